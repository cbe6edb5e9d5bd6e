/* The box office: what is said to people. */
#include "core/box_office.h"

#include <stdio.h>
#include <string.h>

#include "core/box_office_internal.h"
#include "core/sync.h"

static enum tk_code slot_key_of(const struct box_office *office, const struct slot *slot,
                                struct crypto_key *key, struct tk_error *error)
{
    return office->keys.slot_key(office->keys.context, slot->id, slot->key_generation, key, error);
}

bool office_pass(const struct box_office *office, const struct ticket_view *view,
                 char pass[PASS_SIZE])
{
    const struct ticket *ticket = &view->ticket;
    struct crypto_key key;

    pass[0] = '\0';
    if (ticket->status != TICKET_BOOKED)
        return false;
    if (office->keys.training) {
        pass_make_training(pass, ticket->id);
        return true;
    }
    if (slot_key_of(office, &view->slot, &key, NULL))
        return false;
    pass_make(pass, &key, ticket->id, ticket->slot_id);
    crypto_wipe(&key, sizeof key);
    return true;
}

enum tk_code office_check_pass(const struct box_office *office, const struct ticket_view *view,
                               const char pass[PASS_SIZE], struct tk_error *error)
{
    struct crypto_key key;
    enum tk_code code;
    bool genuine;

    if (office->keys.training) {
        genuine = pass_is_training(pass);
    } else {
        code = slot_key_of(office, &view->slot, &key, error);
        if (code)
            return code;
        genuine = pass_check(pass, &key, view->ticket.slot_id);
        crypto_wipe(&key, sizeof key);
    }
    return genuine ? TK_OK
                   : tk_fail(error, TK_NOT_GENUINE,
                             "The pass %s is not genuine: it was not made for ticket TKT%.10s.",
                             pass, pass);
}

enum tk_code office_parse_time(const struct box_office *office, const char *text, int64_t *moment,
                               struct tk_error *error)
{
    return time_parse(text, &office->ports.zone, office_now(office), moment, error);
}

void office_name_slot(const struct box_office *office, const struct slot *slot, char *text,
                      size_t size)
{
    char when[TIME_TEXT_MAX];

    int year = time_civil(slot->starts_at, &office->ports.zone).year;

    time_print_day(when, slot->starts_at, &office->ports.zone);
    if (year == time_civil(office_now(office), &office->ports.zone).year)
        snprintf(text, size, "%s, %s", slot->name, when);
    else /* "Sun 22 Nov 2025 19:45" */
        snprintf(text, size, "%s, %.*s %d %s", slot->name, (int)strlen(when) - 6, when, year,
                 when + strlen(when) - 5);
}

/* Of a till that is cut off. */
static enum tk_code refuse_held(const struct operation *operation, const char *slot,
                                int32_t available, struct tk_error *error)
{
    char text[ID_TEXT_MAX];

    if (operation->kind == OP_CANCEL) {
        id_print(text, ID_TICKET, operation->cancel.ticket_id);
        return tk_fail(error, TK_NOT_ALLOTTED,
                       "Ticket %s was not sold by this till itself: it can be canceled when the box "
                       "office is back.",
                       text);
    }
    if (available < 1)
        return tk_fail(error, TK_NOT_ALLOTTED,
                       "This till holds no places of its own for %s: sell another showing, or wait until "
                       "the box office is back.",
                       slot);
    return tk_fail(error, TK_NOT_ALLOTTED,
                   "This till may sell %d %s for %s by itself while the box office is away.",
                   available, available == 1 ? "place" : "places", slot);
}

/* Of a slot whose common stock does not suffice. */
static enum tk_code refuse_places(const struct slot *slot, const char *name, int32_t available,
                                  struct tk_error *error)
{
    int32_t others = slot->allotted - slot->here;
    const char *verb = available == 1 ? "place is" : "places are";

    if (others > 0)
        return tk_fail(error, TK_NOT_ENOUGH_PLACES,
                       "Only %d %s left for %s; %d more %s held by other tills and may come back. "
                       "Nothing was sold.",
                       available, verb, name, others, others == 1 ? "is" : "are");
    return tk_fail(error, TK_NOT_ENOUGH_PLACES, "Only %d %s left for %s: nothing was sold.", available,
                   verb, name);
}

/* Refusals that speak of a slot. */
static enum tk_code refuse_slot(const struct box_office *office,
                                const struct operation *operation, const struct outcome *outcome,
                                const struct slot *slot, struct tk_error *error)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX + 2], when[TIME_TEXT_MAX];

    office_name_slot(office, slot, name, sizeof name);
    switch (outcome->code) {
    case TK_SOLD_OUT:
        return tk_fail(error, outcome->code, "%s is sold out.", name);
    case TK_NOT_ENOUGH_PLACES:
        return refuse_places(slot, name, outcome->available, error);
    case TK_SELLING_CLOSED:
        time_print_day(when, plan_selling_closes_at(slot, &office->rules), &office->ports.zone);
        return tk_fail(error, outcome->code, "Selling for %s closed on %s.", name, when);
    case TK_SLOT_EXPIRED:
        return tk_fail(error, outcome->code, "%s is over.", name);
    case TK_BAD_COUNT:
        return tk_fail(error, outcome->code, "A sale for %s is 1 to %d tickets.", name,
                       slot->capacity);
    case TK_NOT_DUE:
        return tk_fail(error, outcome->code, "There is nothing to do for %s yet.", name);
    case TK_NOT_ALLOTTED:
        return refuse_held(operation, name, outcome->available, error);
    case TK_VOIDED:
        return tk_fail(error, outcome->code,
                       "This sale for %s was given up before it was done: nothing was sold.", name);
    default:
        return tk_fail_code(error, outcome->code);
    }
}

enum tk_code office_check_open(const struct box_office *office, const struct slot *slot,
                               struct tk_error *error)
{
    static const struct operation sale = {.kind = OP_BOOK};
    struct outcome outcome = {.code = plan_check_open(slot, &office->rules, office_now(office))};

    if (!outcome.code && slot->available == 0)
        outcome.code = TK_SOLD_OUT;
    return outcome.code ? refuse_slot(office, &sale, &outcome, slot, error) : TK_OK;
}

/* "Ticket TKT… went in at 19:42 at Door 1" */
static void print_admission(const struct box_office *office, const struct ticket *ticket,
                            char *text, size_t size)
{
    const struct time_zone *zone = &office->ports.zone;
    char number[ID_TEXT_MAX], when[TIME_TEXT_MAX];
    bool today = time_day_number(ticket->admitted_at, zone) ==
                 time_day_number(office_now(office), zone);

    id_print(number, ID_TICKET, ticket->id);
    if (today)
        time_print_clock(when, ticket->admitted_at, zone);
    else
        time_print_day(when, ticket->admitted_at, zone);
    snprintf(text, size, "Ticket %s went in %s %s at %s", number, today ? "at" : "on", when,
             ticket->admitted_by);
}

/* Of a ticket that was used: while that can be taken back it can be canceled after that. */
static enum tk_code refuse_admitted(const struct box_office *office, const struct ticket *ticket,
                                    struct tk_error *error)
{
    char went_in[ID_TEXT_MAX + TIME_TEXT_MAX + DEVICE_SIZE + 32], until[TIME_TEXT_MAX];
    int64_t undo_until = ticket->admitted_at + ADMIT_UNDO_WITHIN;

    print_admission(office, ticket, went_in, sizeof went_in);
    time_print_clock(until, undo_until, &office->ports.zone);
    if (office_now(office) > undo_until)
        return tk_fail(error, TK_TICKET_ADMITTED,
                       "%s: it cannot be canceled or given for another.", went_in);
    return tk_fail(error, TK_TICKET_ADMITTED,
                   "%s: it cannot be canceled or given for another unless that door takes the "
                   "admission back by %s.",
                   went_in, until);
}

/* Of an admission that is not to be taken back. */
static enum tk_code refuse_unadmit(const struct box_office *office, const struct ticket *ticket,
                                   enum tk_code code, struct tk_error *error)
{
    char went_in[ID_TEXT_MAX + TIME_TEXT_MAX + DEVICE_SIZE + 32], text[ID_TEXT_MAX];

    id_print(text, ID_TICKET, ticket->id);
    print_admission(office, ticket, went_in, sizeof went_in);
    if (code == TK_NOT_ADMITTED || !ticket->admitted_at)
        return tk_fail(error, code, "Ticket %s: %s", text, tk_code_sentence(code));
    if (code == TK_OTHER_DOOR)
        return tk_fail(error, code, "%s: only that door can take it back.", went_in);
    return tk_fail(error, code, "%s: that can be taken back for %d minutes only.", went_in,
                   (int)(ADMIT_UNDO_WITHIN / TIME_MINUTE));
}

enum tk_code office_check_good(const struct box_office *office, const struct ticket *ticket,
                               struct tk_error *error)
{
    char text[ID_TEXT_MAX], other[ID_TEXT_MAX], when[TIME_TEXT_MAX];
    enum tk_code code = ticket_check_booked(ticket);

    id_print(text, ID_TICKET, ticket->id);
    id_print(other, ID_TICKET, ticket->replaced_by);
    time_print_day(when, ticket->changed_at, &office->ports.zone);
    switch (code) {
    case TK_OK:
        return TK_OK;
    case TK_TICKET_CANCELED:
        return tk_fail(error, code, "Ticket %s was canceled on %s.", text, when);
    case TK_TICKET_REPLACED:
        return tk_fail(error, code, "Ticket %s was replaced by %s on %s.", text, other, when);
    case TK_TICKET_EXPIRED:
        return tk_fail(error, code, "Ticket %s has expired: its showing is over.", text);
    default:
        return tk_fail(error, code, "Ticket %s was archived on %s.", text, when);
    }
}

enum tk_code office_check_booked(const struct box_office *office, const struct ticket *ticket,
                                 struct tk_error *error)
{
    enum tk_code code = office_check_good(office, ticket, error);

    return !code && ticket->admitted_at ? refuse_admitted(office, ticket, error) : code;
}

/* Refusals that speak of a ticket, which may have changed again since. */
static enum tk_code refuse_ticket(struct box_office *office, enum tk_code code, uint64_t id,
                                  struct tk_error *error)
{
    struct ticket_view view = {0};
    char text[ID_TEXT_MAX];

    id_print(text, ID_TICKET, id);
    if (code == TK_TICKET_NOT_FOUND)
        return tk_fail(error, code, "There is no ticket %s.", text);
    if (code == TK_NOT_ADMITTED || code == TK_OTHER_DOOR || code == TK_UNDO_TOO_LATE)
        return office_ticket(office, id, &view, NULL)
                   ? tk_fail(error, code, "Ticket %s: %s", text, tk_code_sentence(code))
                   : refuse_unadmit(office, &view.ticket, code, error);
    if (office_ticket(office, id, &view, NULL) ||
        office_check_booked(office, &view.ticket, error) != code)
        tk_fail(error, code, "Ticket %s: %s", text, tk_code_sentence(code));
    return code;
}

/* Whether a device of this name may use the service just now; yes when that cannot be told. */
static bool is_enrolled(struct box_office *office, const char *name)
{
    struct device_query query = {.name = name};
    struct device_list list = {0};
    bool enrolled = true;

    if (office->store->ops->list_devices(office->store, &query, &list, NULL) == TK_OK)
        enrolled = list.count && !list.items[0].revoked_at;
    device_list_release(&list);
    return enrolled;
}

/* Refusals that speak of a device. */
static enum tk_code refuse_device(struct box_office *office, const struct operation *operation,
                                  enum tk_code code, struct tk_error *error)
{
    const char *name = operation->kind == OP_ENROL    ? operation->enrol.name
                       : operation->kind == OP_INVITE ? operation->invite.name
                       : operation->kind == OP_REDEEM ? operation->redeem.name
                                                      : NULL;

    if (operation->kind == OP_REVOKE && code == TK_DEVICE_NOT_FOUND)
        return tk_fail(error, code, "There is no device “%s” that could be revoked.",
                       operation->revoke.name);
    if (!name || code != TK_DEVICE_KNOWN)
        return tk_fail_code(error, code);
    if (is_enrolled(office, name))
        return tk_fail(error, code,
                       "There is a device “%s” already: revoke it first, or take another name.",
                       name);
    return tk_fail(error, code, "The %s for “%s” is another device's: make a new one.",
                   operation->kind == OP_INVITE ? "code" : "token", name);
}

bool office_print_bar(const struct box_office *office, const struct sync_status *status, char *text,
                      size_t size)
{
    if (status->suspect || status->standing == STANDING_BEHIND)
        snprintf(text, size,
                 "This till's copy was put back or copied: it sells online until the box office knows "
                 "it anew.");
    else if (status->standing == STANDING_STRANGER)
        snprintf(text, size,
                 "Another copy of this till holds places, or did a moment ago: it goes on selling "
                 "online. If there is no other one, write off the places of “%s” (admin allotment "
                 "write-off).",
                 office->device);
    else if (status->standing == STANDING_QUARANTINED)
        snprintf(text, size,
                 "What this till sent does not follow on what it had sent before: a manager has to "
                 "write its places off. Call whoever runs the box office.");
    else if (status->standing == STANDING_DISMISSED)
        snprintf(text, size,
                 "The places of this till were written off: it sells online, and joins anew by "
                 "itself.");
    else if (status->clock_set_back)
        snprintf(text, size, "%s", tk_code_sentence(TK_CLOCK));
    else
        return false;
    return true;
}

/* Of this very till, which knows more of it than the refusal says. */
static bool refuse_own(const struct box_office *office, const struct operation *operation,
                       enum tk_code code, struct tk_error *error)
{
    struct sync_status status;
    char text[TK_MESSAGE_MAX];

    if (!office->line.status || operation->kind == OP_WRITE_OFF)
        return false;
    office->line.status(office->line.context, &status);
    if (!office_print_bar(office, &status, text, sizeof text))
        return false;
    tk_fail(error, code, "%s", text);
    return true;
}

/* Refusals that speak of a till that keeps a copy. */
static enum tk_code refuse_till(const struct box_office *office, const struct operation *operation,
                                enum tk_code code, struct tk_error *error)
{
    const char *till = operation->kind == OP_GRANT        ? operation->grant.holder
                       : operation->kind == OP_WRITE_OFF  ? operation->write_off.holder
                       : operation->kind == OP_BLOCK      ? operation->block.holder
                       : operation->kind == OP_QUARANTINE ? operation->quarantine.holder
                                                          : operation->device;

    if (code != TK_NOT_JOINED && refuse_own(office, operation, code, error))
        return code;
    switch (code) {
    case TK_NOT_JOINED:
        return tk_fail(error, code, "The box office knows of no copy that a till “%s” keeps.", till);
    case TK_SAME_TILL:
        return tk_fail(error, code,
                       "Another till called “%s” holds places: give this one a name of its own, or "
                       "write the other's places off.",
                       till);
    case TK_DISMISSED:
        return tk_fail(error, code,
                       "The places of “%s” were written off: it sells nothing by itself before it "
                       "has joined again.",
                       till);
    default:
        return tk_fail(error, code,
                       "What “%s” sent does not follow on what it had sent before: a manager has to "
                       "write its places off.",
                       till);
    }
}

/* Of one that somebody wanted to close. */
static enum tk_code refuse_dispute(struct box_office *office, const struct op_id *id,
                                   enum tk_code code, struct tk_error *error)
{
    struct dispute_query query = {.id = id};
    struct dispute_list list = {0};
    char text[OP_ID_TEXT_MAX], when[TIME_TEXT_MAX], who[ACTOR_SIZE + STAFF_NAME_SIZE];

    op_id_print(text, id);
    if (code == TK_DISPUTE_NOT_FOUND) {
        tk_fail(error, code, "There is no dispute %s.", text);
    } else if (office_disputes(office, &query, &list, NULL) || !list.count ||
               !list.items[0].closed_at) { /* who and why may not be known here yet */
        tk_fail_code(error, code);
    } else {
        time_print_day(when, list.items[0].closed_at, &office->ports.zone);
        office_name_actor(office, list.items[0].closed_by, who, sizeof who);
        tk_fail(error, code, "This dispute was closed by %s on %s: %s", who, when,
                list.items[0].reason);
    }
    dispute_list_release(&list);
    return code;
}

/* What has to wait until the box office is back. */
static enum tk_code refuse_away(const struct operation *operation, struct tk_error *error)
{
    char text[ID_TEXT_MAX] = "";
    uint64_t ticket_id = operation_ticket(operation);

    id_print(text, ID_TICKET, ticket_id);
    if (!ticket_id)
        return tk_fail_code(error, TK_NEEDS_CENTRE);
    return tk_fail(error, TK_NEEDS_CENTRE,
                   "The box office is away: ticket %s has to wait until it is back.", text);
}

/* Of tickets by their number: one that a till issued, or that a door was shown. */
static enum tk_code refuse_number(const struct operation *operation, enum tk_code code,
                                  struct tk_error *error)
{
    uint64_t issued = operation->kind == OP_BOOK      ? operation->book.first_ticket
                      : operation->kind == OP_REISSUE ? operation->reissue.new_ticket
                                                      : operation_ticket(operation);
    char text[ID_TEXT_MAX];

    id_print(text, ID_TICKET, issued);
    if (code == TK_DENIED)
        return tk_fail(error, code,
                       "Ticket %s was issued by a till whose places were written off: it admits "
                       "nobody.",
                       text);
    return tk_fail(error, code,
                   "A ticket %s was issued before, or this number is not the till's: nothing was sold.",
                   text);
}

/* What was given up, by what it was about. */
static enum tk_code refuse_voided(struct box_office *office, const struct operation *operation,
                                  const struct outcome *outcome, struct tk_error *error)
{
    char text[ID_TEXT_MAX];
    struct slot slot;

    if (operation->kind == OP_BOOK &&
        office_slot_by_ref(office, &operation->book.slot, &slot, NULL) == TK_OK)
        return refuse_slot(office, operation, outcome, &slot, error);
    id_print(text, ID_TICKET, operation_ticket(operation));
    return operation_ticket(operation) ? tk_fail(error, TK_VOIDED, "Ticket %s: %s", text,
                                          tk_code_sentence(TK_VOIDED))
                                : tk_fail_code(error, TK_VOIDED);
}

enum tk_code office_refuse(struct box_office *office, const struct operation *operation,
                           const struct outcome *outcome, struct tk_error *error)
{
    uint64_t ticket_id = operation_ticket(operation);
    struct slot slot = {0};

    if (office_refuse_staff(office, operation, outcome, error))
        return outcome->code;
    switch (outcome->code) {
    case TK_TICKET_NOT_FOUND:
    case TK_TICKET_CANCELED:
    case TK_TICKET_REPLACED:
    case TK_TICKET_EXPIRED:
    case TK_TICKET_ARCHIVED:
    case TK_TICKET_ADMITTED:
    case TK_NOT_ADMITTED:
    case TK_OTHER_DOOR:
    case TK_UNDO_TOO_LATE:
        return refuse_ticket(office, outcome->code, ticket_id, error);
    case TK_BAD_GENERATION:
        return tk_fail(error, outcome->code,
                       "Key %lld was made meanwhile, or others are missing before it: look which one "
                       "is in use, and try again.",
                       (long long)operation->rotate.generation);
    case TK_DEVICE_KNOWN:
    case TK_DEVICE_NOT_FOUND:
        return refuse_device(office, operation, outcome->code, error);
    case TK_NOT_JOINED:
    case TK_SAME_TILL:
    case TK_DISMISSED:
    case TK_QUARANTINED:
        return refuse_till(office, operation, outcome->code, error);
    case TK_DISPUTE_NOT_FOUND:
    case TK_DISPUTE_CLOSED:
        return refuse_dispute(office, &operation->settle.dispute, outcome->code, error);
    case TK_NEEDS_CENTRE:
        return refuse_away(operation, error);
    case TK_DENIED:
    case TK_NUMBER_USED:
        return refuse_number(operation, outcome->code, error);
    case TK_VOIDED:
        return refuse_voided(office, operation, outcome, error);
    case TK_SLOT_NOT_FOUND:
        if (operation->kind == OP_BOOK)
            return office_slot_by_ref(office, &operation->book.slot, &slot, error)
                       ? outcome->code
                       : tk_fail_code(error, outcome->code);
        if (operation->kind == OP_REISSUE)
            return office_slot_by_ref(office, &operation->reissue.slot, &slot, error)
                       ? outcome->code
                       : tk_fail_code(error, outcome->code);
        return tk_fail_code(error, outcome->code);
    default:
        if (outcome->slot_id && office_slot(office, outcome->slot_id, &slot, NULL) == TK_OK)
            return refuse_slot(office, operation, outcome, &slot, error);
        return tk_fail_code(error, outcome->code);
    }
}
