/* The box office: what is said to people who may not do something, or not that far. */
#include <inttypes.h>
#include <stdio.h>

#include "core/box_office_internal.h"
#include "core/text.h"

#define WHO_SIZE (STAFF_NAME_SIZE + 16)

static const char *const doings[OP_KIND_COUNT] = {
    [OP_SCHEDULE] = "schedule showings",
    [OP_BOOK] = "sell tickets",
    [OP_REISSUE] = "reissue tickets",
    [OP_CANCEL] = "cancel tickets",
    [OP_PRINT] = "print tickets again",
    [OP_EXPIRE] = "close showings that are over",
    [OP_ARCHIVE] = "put old tickets away",
    [OP_ADMIT] = "let guests in",
    [OP_UNADMIT] = "take an admission back",
    [OP_CLOSE] = "close disputes",
    [OP_WRITE_OFF] = "write off what a till holds",
    [OP_ENROL] = "let a device in",
    [OP_REVOKE] = "revoke a device",
    [OP_ROTATE] = "make a new key",
    [OP_JOIN] = "let a till keep a copy",
    [OP_GRANT] = "give a till places",
    [OP_RETURN] = "give back what a till holds",
    [OP_BLOCK] = "give a till numbers",
    [OP_MARK] = "note what a till sent",
    [OP_QUARANTINE] = "shut a till out",
    [OP_VOID] = "give up what was begun",
    [OP_STAFF] = "change the staff",
    [OP_PIN] = "set this PIN or password",
    [OP_SIGN] = "sign on",
    [OP_SHIFT_OPEN] = "open a shift",
    [OP_SHIFT_CLOSE] = "close a shift",
    [OP_LIMIT] = "set limits",
    [OP_INVITE] = "invite a device",
    [OP_REDEEM] = "let a device in",
    [OP_TIER] = "choose a tier",
    [OP_ERASE] = "forget a customer",
    [OP_SEAL] = "seal the journal",
};

const char *office_op_words(enum op_kind kind)
{
    return (unsigned)kind < OP_KIND_COUNT && doings[kind] ? doings[kind] : "do this";
}

/* "Ada Lovelace (1042)" */
static void name_member(struct box_office *office, int64_t number, char who[WHO_SIZE])
{
    struct staff staff;

    if (office_member(office, number, &staff, NULL))
        snprintf(who, WHO_SIZE, "number %" PRId64, number);
    else
        snprintf(who, WHO_SIZE, "%s (%" PRId64 ")", staff.name, number);
}

void office_name_actor(struct box_office *office, const char *actor, char *who, size_t size)
{
    int64_t number, approver;
    char name[WHO_SIZE];
    bool is_member = actor_parse(actor, &number, &approver);

    if (is_member)
        name_member(office, number, name);
    snprintf(who, size, "%s", is_member ? name : actor);
}

static enum tk_code refuse_sale(struct box_office *office, const struct operation *operation,
                                struct tk_error *error)
{
    struct limits limits;
    int64_t most;

    if (office_limits(office, &limits, NULL) || !limits.values[LIMIT_SALE_TICKETS])
        return tk_fail_code(error, TK_SALE_LIMIT);
    most = limits.values[LIMIT_SALE_TICKETS];
    return tk_fail(error, TK_SALE_LIMIT,
                   "You may sell up to %" PRId64 " %s at once, and this is %" PRId64
                   ": a supervisor can approve it.",
                   most, most == 1 ? "ticket" : "tickets", operation->book.count);
}

/* How many it were in the shift that is open: those that were approved count, too. */
static int64_t count_cancels(struct box_office *office, const char *actor, int64_t otherwise)
{
    int64_t number, approver;
    char key[RECORD_KEY_SIZE];
    struct record record;
    struct duty duty;

    if (!actor_parse(actor, &number, &approver))
        return otherwise;
    duty_key(key, number);
    if (office_record(office, key, &record, NULL) || !record.value[0] || duty_read(&record, &duty))
        return otherwise;
    return duty.cancels > otherwise ? duty.cancels : otherwise;
}

static enum tk_code refuse_cancels(struct box_office *office, const struct operation *operation,
                                   struct tk_error *error)
{
    struct limits limits;
    int64_t most, done;

    if (office_limits(office, &limits, NULL) || !limits.values[LIMIT_SHIFT_CANCELS])
        return tk_fail_code(error, TK_CANCEL_LIMIT);
    most = limits.values[LIMIT_SHIFT_CANCELS];
    done = count_cancels(office, operation->actor, most);
    return tk_fail(error, TK_CANCEL_LIMIT,
                   "You have canceled %" PRId64 " %s in this shift, and may cancel %" PRId64
                   " by yourself: a supervisor can approve more.",
                   done, done == 1 ? "ticket" : "tickets", most);
}

static enum tk_code refuse_others_sale(struct box_office *office, const struct operation *operation,
                                       struct tk_error *error)
{
    char text[ID_TEXT_MAX], who[WHO_SIZE] = "somebody else";
    struct ticket_view view;

    id_print(text, ID_TICKET, operation_ticket(operation));
    if (!office_ticket(office, operation_ticket(operation), &view, NULL) && view.ticket.seller)
        name_member(office, view.ticket.seller, who);
    return tk_fail(error, TK_NOT_OWN_SALE,
                   "Ticket %s was sold by %s, who can cancel it; or a supervisor can approve that "
                   "you do.",
                   text, who);
}

static enum tk_code refuse_late(struct box_office *office, const struct operation *operation,
                                struct tk_error *error)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX + 2];
    struct ticket_view view;

    if (office_ticket(office, operation_ticket(operation), &view, NULL))
        return tk_fail_code(error, TK_REISSUE_LATE);
    office_name_slot(office, &view.slot, name, sizeof name);
    return tk_fail(error, TK_REISSUE_LATE,
                   "%s has begun: a supervisor can approve that its ticket is reissued.", name);
}

/* Who asked, or who approved: of both the one whom the code is about. */
static enum tk_code refuse_member(struct box_office *office, const struct operation *operation,
                                  enum tk_code code, struct tk_error *error)
{
    int64_t number = 0, approver = 0;
    struct staff staff;
    char who[WHO_SIZE];

    actor_parse(operation->actor, &number, &approver);
    if (code == TK_NOT_APPROVED && approver)
        number = approver;
    if (code == TK_STAFF_LEFT && approver && !office_member(office, approver, &staff, NULL) &&
        staff.left_at)
        number = approver;
    if (code == TK_STAFF_NOT_FOUND && !office_member(office, number, &staff, NULL))
        number = operation->kind == OP_PIN     ? operation->pin.number
                 : operation->kind == OP_STAFF ? operation->staff.number
                                               : approver;
    else if (code == TK_STAFF_NOT_FOUND && !number && operation->kind == OP_PIN)
        number = operation->pin.number;
    if (!number)
        return tk_fail_code(error, code);
    if (code == TK_STAFF_NOT_FOUND)
        return tk_fail(error, code, "There is no member of staff %" PRId64 ".", number);
    name_member(office, number, who);
    if (code == TK_STAFF_LEFT)
        return tk_fail(error, code, "%s works here no more.", who);
    if (office_member(office, number, &staff, NULL))
        return tk_fail_code(error, code);
    if (code == TK_NOT_APPROVED)
        return tk_fail(error, code, "%s is %s and cannot approve this.", who,
                       role_name(staff.role));
    return tk_fail(error, code, "%s is %s, who may not %s.", who, role_name(staff.role),
                   office_op_words(operation->kind));
}

static enum tk_code refuse_shift(struct box_office *office, const struct operation *operation,
                                 enum tk_code code, struct tk_error *error)
{
    int64_t number = 0, approver;
    char key[RECORD_KEY_SIZE], who[WHO_SIZE], when[TIME_TEXT_MAX];
    struct record record;
    struct duty duty;

    if (!actor_parse(operation->actor, &number, &approver))
        return tk_fail_code(error, code);
    name_member(office, number, who);
    if (code == TK_NO_SHIFT)
        return tk_fail(error, code, "%s has no shift open.", who);
    duty_key(key, number);
    if (office_record(office, key, &record, NULL) || !record.value[0] ||
        duty_read(&record, &duty) || !duty.opened_at)
        return tk_fail_code(error, code);
    time_print_day(when, duty.opened_at, &office->ports.zone);
    return tk_fail(error, code, "%s has a shift open since %s at %s: close it first.", who, when,
                   duty.device);
}

bool office_refuse_staff(struct box_office *office, const struct operation *operation,
                         const struct outcome *outcome, struct tk_error *error)
{
    switch (outcome->code) {
    case TK_SALE_LIMIT:
        refuse_sale(office, operation, error);
        return true;
    case TK_CANCEL_LIMIT:
        refuse_cancels(office, operation, error);
        return true;
    case TK_NOT_OWN_SALE:
        refuse_others_sale(office, operation, error);
        return true;
    case TK_REISSUE_LATE:
        refuse_late(office, operation, error);
        return true;
    case TK_STAFF_NOT_FOUND:
    case TK_STAFF_LEFT:
    case TK_NOT_PERMITTED:
    case TK_NOT_APPROVED:
        refuse_member(office, operation, outcome->code, error);
        return true;
    case TK_SHIFT_IS_OPEN:
    case TK_NO_SHIFT:
        refuse_shift(office, operation, outcome->code, error);
        return true;
    default:
        return false;
    }
}
