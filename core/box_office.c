#include "core/box_office.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/text.h"

#define UPKEEP_BATCH OP_BATCH_MAX /* slots in one transaction, at most … */
#define UPKEEP_TICKETS 16384      /* … and the tickets that it should not much exceed */
#define UPKEEP_STEP 32            /* slots, for those who must answer a key meanwhile */
#define FIND_CUSTOMERS_MAX 50

void ticket_view_list_release(struct ticket_view_list *list)
{
    free(list->items);
    *list = (struct ticket_view_list){0};
}

int64_t office_now(const struct box_office *office)
{
    return office->ports.now(office->ports.context);
}

struct op_id office_make_id(const struct box_office *office)
{
    uint8_t random[10];

    office->ports.random(office->ports.context, random, sizeof random);
    return op_id_make(office_now(office) / 1000, random);
}

void office_stamp(const struct box_office *office, enum op_kind kind, struct operation *operation)
{
    operation->kind = kind;
    operation->at = office_now(office);
    text_copy(operation->actor, sizeof operation->actor, office->actor);
    text_copy(operation->device, sizeof operation->device, office->device);
}

/* Cleans, applies one operation and puts a refusal into words. */
static enum tk_code submit(struct box_office *office, enum op_kind kind, const struct op_id *id,
                           struct operation *operation, struct outcome *outcome,
                           struct tk_error *error)
{
    enum tk_code code;

    *outcome = (struct outcome){0};
    office_stamp(office, kind, operation);
    operation->id = id ? *id : office_make_id(office);
    code = operation_clean(operation, error);
    if (!code)
        code = store_apply(office->store, operation, 1, outcome, error);
    if (code)
        return code;
    return outcome->code ? office_refuse(office, operation, outcome, error) : TK_OK;
}

/* --- changes --- */

/* A change that is in the store but could not be read back must not look as if it had failed: it
   would be made once more. Sent again with its id it is only read. */
static enum tk_code read_back(enum tk_code code, struct tk_error *error)
{
    if (!code)
        return TK_OK;
    return tk_fail(error, TK_UNKNOWN,
                   "This was saved, but cannot be shown (%s). Look before you try again.",
                   tk_code_name(code));
}

enum tk_code office_schedule(struct box_office *office, const struct op_schedule *schedule,
                             const struct op_id *id, struct slot *slot, struct tk_error *error)
{
    struct operation operation = {.schedule = *schedule};
    struct outcome outcome;
    enum tk_code code = submit(office, OP_SCHEDULE, id, &operation, &outcome, error);

    return code ? code : read_back(office_slot(office, outcome.slot_id, slot, error), error);
}

enum tk_code office_book(struct box_office *office, const struct op_book *book,
                         const struct op_id *id, struct ticket_view_list *tickets,
                         struct outcome *outcome, struct tk_error *error)
{
    struct operation operation = {.book = *book};
    struct ticket_query query = TICKET_QUERY_ALL;
    struct outcome own;
    enum tk_code code;

    if (!outcome)
        outcome = &own;
    code = submit(office, OP_BOOK, id, &operation, outcome, error);
    if (code)
        return code;
    query.sale_id = outcome->ticket_id;
    return read_back(office_tickets(office, &query, tickets, error), error);
}

enum tk_code office_reissue(struct box_office *office, const struct op_reissue *reissue,
                            const struct op_id *id, struct ticket_view *new_ticket,
                            struct ticket_view *old_ticket, struct tk_error *error)
{
    struct operation operation = {.reissue = *reissue};
    struct outcome outcome;
    enum tk_code code = submit(office, OP_REISSUE, id, &operation, &outcome, error);

    if (code)
        return code;
    code = office_ticket(office, outcome.ticket_id, new_ticket, error);
    if (!code)
        code = office_ticket(office, outcome.old_ticket_id, old_ticket, error);
    return read_back(code, error);
}

enum tk_code office_cancel(struct box_office *office, uint64_t ticket_id, const struct op_id *id,
                           struct ticket_view *ticket, struct tk_error *error)
{
    struct operation operation = {.cancel = {.ticket_id = ticket_id}};
    struct outcome outcome;
    enum tk_code code = submit(office, OP_CANCEL, id, &operation, &outcome, error);

    return code ? code : read_back(office_ticket(office, ticket_id, ticket, error), error);
}

/* Cancels a list of tickets in batches. */
static enum tk_code cancel_all(struct box_office *office, const struct ticket_list *tickets,
                               size_t *canceled, struct tk_error *error)
{
    struct operation *operations = calloc(OP_BATCH_MAX, sizeof *operations);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    enum tk_code code = operations && outcomes ? TK_OK : TK_NO_MEMORY;

    if (code)
        tk_fail_code(error, code);
    for (size_t at = 0; !code && at < tickets->count; at += OP_BATCH_MAX) {
        size_t count = tickets->count - at < OP_BATCH_MAX ? tickets->count - at : OP_BATCH_MAX;

        for (size_t i = 0; i < count; i++) {
            office_stamp(office, OP_CANCEL, &operations[i]);
            operations[i].id = office_make_id(office);
            operations[i].cancel.ticket_id = tickets->items[at + i].id;
        }
        code = store_apply(office->store, operations, count, outcomes, error);
        for (size_t i = 0; !code && i < count; i++)
            *canceled += outcomes[i].code == TK_OK;
    }
    free(operations);
    free(outcomes);
    return code;
}

enum tk_code office_cancel_sale(struct box_office *office, uint64_t sale_id, size_t *canceled,
                                struct tk_error *error)
{
    struct ticket_query query = {.status = TICKET_BOOKED, .sale_id = sale_id};
    struct ticket_list tickets = {0};
    enum tk_code code = office->store->ops->list_tickets(office->store, &query, &tickets, error);

    *canceled = 0;
    if (!code && !tickets.count)
        code = tk_fail(error, TK_TICKET_CANCELED, "Nothing of this sale is booked any more.");
    if (!code)
        code = cancel_all(office, &tickets, canceled, error);
    ticket_list_release(&tickets);
    return code;
}

/* One batch of upkeep: what is due, each slot as one operation. *more tells whether to go on. */
static enum tk_code upkeep_batch(struct box_office *office, const struct due_query *due,
                                 const struct operation *model, struct upkeep_result *result,
                                 bool *more, struct tk_error *error)
{
    struct operation *operations = calloc(due->limit, sizeof *operations);
    struct outcome *outcomes = calloc(due->limit, sizeof *outcomes);
    struct id_list slots = {0};
    enum tk_code code = operations && outcomes ? TK_OK : TK_NO_MEMORY;
    int64_t done = 0;

    *more = false;
    if (code)
        tk_fail_code(error, code);
    else
        code = office->store->ops->list_due(office->store, due, &slots, error);
    for (size_t i = 0; !code && i < slots.count; i++) {
        operations[i] = *model;
        office_stamp(office, model->kind, &operations[i]);
        operations[i].id = office_make_id(office);
        if (model->kind == OP_EXPIRE)
            operations[i].expire.slot_id = slots.items[i];
        else
            operations[i].archive.slot_id = slots.items[i];
    }
    if (!code)
        code = store_apply(office->store, operations, slots.count, outcomes, error);
    for (size_t i = 0; !code && i < slots.count; i++) {
        done += outcomes[i].code == TK_OK;
        result->tickets += outcomes[i].count;
    }
    result->slots += done;
    *more = slots.count == due->limit && done > 0;
    free(operations);
    free(outcomes);
    id_list_release(&slots);
    return code;
}

/* Expiry as of a time. False when nothing can be due. */
static bool expiry_of(const struct box_office *office, int64_t as_of, struct due_query *due,
                      struct operation *model)
{
    *model = (struct operation){.kind = OP_EXPIRE, .expire = {.as_of = as_of}};
    *due = (struct due_query){.ended_before = as_of - office->rules.expire_after,
                              .limit = UPKEEP_STEP};
    return due->ended_before > 0;
}

static bool archiving_of(const struct box_office *office, int64_t older_than,
                         struct due_query *due, struct operation *model)
{
    int64_t before = office_now(office) - older_than;

    *model = (struct operation){.kind = OP_ARCHIVE, .archive = {.before = before}};
    *due = (struct due_query){.settled_before = before, .limit = UPKEEP_STEP};
    return before > 0;
}

/* All that is due, in batches that grow and shrink with the houses: many small ones in a commit,
   few large ones, so that others who sell never wait long. */
static enum tk_code upkeep_all(struct box_office *office, struct due_query *due,
                               const struct operation *model, struct upkeep_result *result,
                               struct tk_error *error)
{
    enum tk_code code;
    bool more;

    do {
        int64_t before = result->tickets, tickets;

        code = upkeep_batch(office, due, model, result, &more, error);
        tickets = result->tickets - before;
        if (tickets > 2 * UPKEEP_TICKETS && due->limit > 1)
            due->limit /= 2;
        else if (tickets < UPKEEP_TICKETS && due->limit < UPKEEP_BATCH)
            due->limit *= 2;
    } while (!code && more);
    return code;
}

enum tk_code office_expire(struct box_office *office, int64_t as_of, struct upkeep_result *result,
                           struct tk_error *error)
{
    struct operation model;
    struct due_query due;

    *result = (struct upkeep_result){0};
    if (!expiry_of(office, as_of ? as_of : office_now(office), &due, &model))
        return TK_OK;
    return upkeep_all(office, &due, &model, result, error);
}

enum tk_code office_archive(struct box_office *office, int64_t older_than,
                            struct upkeep_result *result, struct tk_error *error)
{
    struct operation model;
    struct due_query due;

    *result = (struct upkeep_result){0};
    if (!archiving_of(office, older_than, &due, &model))
        return TK_OK;
    return upkeep_all(office, &due, &model, result, error);
}

enum tk_code office_upkeep(struct box_office *office, int64_t archive_older_than,
                           struct upkeep_result *result, struct tk_error *error)
{
    struct upkeep_result archived = {0};
    struct operation model;
    struct due_query due;
    enum tk_code code = TK_OK;

    *result = (struct upkeep_result){0};
    if (expiry_of(office, office_now(office), &due, &model))
        code = upkeep_batch(office, &due, &model, result, &result->more, error);
    if (!code && !result->more && archiving_of(office, archive_older_than, &due, &model))
        code = upkeep_batch(office, &due, &model, &archived, &result->more, error);
    return code;
}

enum tk_code office_import(struct box_office *office, const struct operation_source *source,
                           size_t *added, size_t *known, struct tk_error *error)
{
    return office->store->ops->apply_all(office->store, source, added, known, error);
}

/* --- questions --- */

enum tk_code office_slot(struct box_office *office, int64_t id, struct slot *slot,
                         struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    enum tk_code code;

    query.ids = &id;
    query.id_count = 1;
    code = office->store->ops->list_slots(office->store, &query, &list, error);
    if (!code && list.count)
        *slot = list.items[0];
    else if (!code)
        code = tk_fail(error, TK_SLOT_NOT_FOUND, "There is no showing %lld.", (long long)id);
    slot_list_release(&list);
    return code;
}

enum tk_code office_slot_by_ref(struct box_office *office, const struct slot_ref *ref,
                                struct slot *slot, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    char name[SLOT_NAME_SIZE];
    enum tk_code code;

    if (ref->id)
        return office_slot(office, ref->id, slot, error);
    if (text_clean(name, sizeof name, ref->name))
        return tk_fail_code(error, TK_BAD_NAME);
    query.name = name;
    query.starts_at_given = true;
    query.starts_at = ref->starts_at;
    query.limit = 1;
    code = office->store->ops->list_slots(office->store, &query, &list, error);
    if (!code && list.count) {
        *slot = list.items[0];
    } else if (!code) {
        char when[TIME_TEXT_MAX];

        time_print_day(when, ref->starts_at, &office->ports.zone);
        code = tk_fail(error, TK_SLOT_NOT_FOUND, "There is no showing of “%.100s” on %s.", name,
                       when);
    }
    slot_list_release(&list);
    return code;
}

enum tk_code office_slots(struct box_office *office, const struct slot_query *query,
                          struct slot_list *list, struct tk_error *error)
{
    return office->store->ops->list_slots(office->store, query, list, error);
}

void office_query_open(const struct box_office *office, struct slot_query *query)
{
    int64_t closed = office_now(office) - office->rules.close_after;

    query->unexpired = true;
    if (office->rules.close_at_start)
        query->starts_after = closed;
    else
        query->ends_after = closed;
}

enum tk_code office_check_open(const struct box_office *office, const struct slot *slot)
{
    enum tk_code code = plan_check_open(slot, &office->rules, office_now(office));

    return code || slot->available > 0 ? code : TK_SOLD_OUT;
}

enum tk_code office_count_open(struct box_office *office, int genre, int64_t *count,
                               struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;

    office_query_open(office, &query);
    query.genre = genre;
    return office->store->ops->count_slots(office->store, &query, count, error);
}

enum tk_code office_ticket(struct box_office *office, uint64_t id, struct ticket_view *ticket,
                           struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list list = {0};
    char text[ID_TEXT_MAX];
    enum tk_code code;

    query.ids = &id;
    query.id_count = 1;
    code = office_tickets(office, &query, &list, error);
    if (!code && list.count) {
        *ticket = list.items[0];
    } else if (!code) {
        id_print(text, ID_TICKET, id);
        code = tk_fail(error, TK_TICKET_NOT_FOUND, "There is no ticket %s.", text);
    }
    ticket_view_list_release(&list);
    return code;
}

/* The slot of a ticket, from the view before it when that is the same one. */
static enum tk_code fill_slot(struct box_office *office, const struct ticket_view_list *list,
                              struct ticket_view *view, struct tk_error *error)
{
    const struct ticket_view *last = list->count ? &list->items[list->count - 1] : NULL;

    if (last && last->slot.id == view->ticket.slot_id) {
        view->slot = last->slot;
        return TK_OK;
    }
    return office_slot(office, view->ticket.slot_id, &view->slot, error);
}

static enum tk_code fill_customer(struct box_office *office, const struct ticket_view_list *list,
                                  struct ticket_view *view, struct tk_error *error)
{
    const struct ticket_view *last = list->count ? &list->items[list->count - 1] : NULL;
    struct customer_query query = {.ids = &view->ticket.customer_id, .id_count = 1};
    struct customer_list found = {0};
    enum tk_code code;

    if (!view->ticket.customer_id)
        return TK_OK;
    if (last && last->customer.id == view->ticket.customer_id) {
        view->customer = last->customer;
        return TK_OK;
    }
    code = office->store->ops->list_customers(office->store, &query, &found, error);
    if (!code && found.count)
        view->customer = found.items[0];
    customer_list_release(&found);
    return code;
}

enum tk_code office_tickets(struct box_office *office, const struct ticket_query *query,
                            struct ticket_view_list *list, struct tk_error *error)
{
    struct ticket_list tickets = {0};
    enum tk_code code = office->store->ops->list_tickets(office->store, query, &tickets, error);

    for (size_t i = 0; !code && i < tickets.count; i++) {
        struct ticket_view view = {.ticket = tickets.items[i]};

        code = fill_slot(office, list, &view, error);
        if (!code)
            code = fill_customer(office, list, &view, error);
        if (!code && LIST_ADD(list, &view))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    ticket_list_release(&tickets);
    return code;
}

static int newest_first(const void *a, const void *b)
{
    const struct ticket_view *left = a, *right = b;

    if (left->ticket.booked_at != right->ticket.booked_at)
        return left->ticket.booked_at < right->ticket.booked_at ? 1 : -1;
    return right->ticket.sale_position - left->ticket.sale_position;
}

static enum tk_code find_by_customer(struct box_office *office, const struct customer_query *query,
                                     size_t limit, struct ticket_view_list *list,
                                     struct tk_error *error)
{
    struct customer_list customers = {0};
    enum tk_code code;

    code = office->store->ops->list_customers(office->store, query, &customers, error);
    for (size_t i = 0; !code && i < customers.count; i++) {
        struct ticket_query tickets = {.status = -1, .newest_first = true, .limit = limit};

        tickets.customer_id = customers.items[i].id;
        code = office_tickets(office, &tickets, list, error);
    }
    customer_list_release(&customers);
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, newest_first);
    if (list->count > limit)
        list->count = limit;
    return code;
}

static bool is_phone_like(const char *text)
{
    size_t digits = 0;

    for (; *text; text++) {
        if (!isdigit((unsigned char)*text) && !strchr("+ -/().", *text))
            return false;
        digits += isdigit((unsigned char)*text) != 0;
    }
    return digits > 0;
}

/* A ticket that may not exist: then the list stays empty. */
static enum tk_code find_ticket(struct box_office *office, uint64_t id,
                                struct ticket_view_list *list, struct tk_error *error)
{
    struct ticket_query query = {.status = -1, .ids = &id, .id_count = 1};

    return office_tickets(office, &query, list, error);
}

enum tk_code office_find(struct box_office *office, const char *text, size_t limit,
                         struct ticket_view_list *list, struct tk_error *error)
{
    struct customer_query customers = {.limit = FIND_CUSTOMERS_MAX};
    char pass[PASS_SIZE], digits[64], words[CUSTOMER_NAME_SIZE];
    uint64_t id;
    enum tk_code code = TK_OK;
    size_t used = 0;

    if (!*text) {
        struct ticket_query all = {.status = -1, .newest_first = true, .limit = limit};

        return office_tickets(office, &all, list, error);
    }
    if (pass_parse(text, &id, pass) || id_parse(ID_TICKET, text, &id))
        code = find_ticket(office, id, list, error);
    if (code || list->count)
        return code;
    if (id_parse(ID_CUSTOMER, text, &id)) {
        customers.ids = &id;
        customers.id_count = 1;
    } else if (is_phone_like(text)) {
        for (; *text && used + 1 < sizeof digits; text++)
            if (isdigit((unsigned char)*text))
                digits[used++] = *text;
        digits[used] = '\0';
        customers.phone_end = digits;
    } else {
        text_display(words, sizeof words, text);
        if (!words[0])
            return TK_OK;
        customers.name = words;
    }
    return find_by_customer(office, &customers, limit, list, error);
}

enum tk_code office_customer_of(struct box_office *office, uint64_t ticket_id,
                                struct customer *customer, struct tk_error *error)
{
    struct ticket_view view = {0};
    char text[ID_TEXT_MAX];
    enum tk_code code = office_ticket(office, ticket_id, &view, error);

    if (code)
        return code;
    id_print(text, ID_TICKET, ticket_id);
    if (!view.customer.id)
        return tk_fail(error, TK_NO_CUSTOMER, "Ticket %s is a walk-up: it has no customer.", text);
    *customer = view.customer;
    return TK_OK;
}

enum tk_code office_customers(struct box_office *office, const struct customer_query *query,
                              struct customer_list *list, struct tk_error *error)
{
    return office->store->ops->list_customers(office->store, query, list, error);
}

enum tk_code office_journal(struct box_office *office, const struct journal_query *query,
                            struct journal_list *list, struct tk_error *error)
{
    return office->store->ops->list_journal(office->store, query, list, error);
}

enum tk_code office_version(struct box_office *office, uint64_t *version, struct tk_error *error)
{
    return office->store->ops->version(office->store, version, error);
}

enum tk_code office_verify(struct box_office *office, struct verify_report *report,
                           struct tk_error *error)
{
    return office->store->ops->verify(office->store, report, error);
}

enum tk_code office_backup(struct box_office *office, const char *path,
                           void (*progress)(void *context, int64_t done, int64_t total),
                           void *context, struct tk_error *error)
{
    return office->store->ops->backup(office->store, path, progress, context, error);
}

enum tk_code office_facts(struct box_office *office, struct store_facts *facts,
                          struct tk_error *error)
{
    return office->store->ops->facts(office->store, facts, error);
}

void office_set_watch(struct box_office *office, const struct store_watch *watch)
{
    office->store->ops->set_watch(office->store, watch);
}

/* --- words --- */

bool office_pass(const struct box_office *office, const struct ticket *ticket,
                 char pass[PASS_SIZE])
{
    struct crypto_key key;

    pass[0] = '\0';
    if (ticket->status != TICKET_BOOKED)
        return false;
    key = pass_slot_key(&office->site_key, ticket->slot_id);
    pass_make(pass, &key, ticket->id, ticket->slot_id);
    crypto_wipe(&key, sizeof key);
    return true;
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

    time_print_day(when, slot->starts_at, &office->ports.zone);
    snprintf(text, size, "%s, %s", slot->name, when);
}

/* Refusals that speak of a slot. */
static enum tk_code refuse_slot(struct box_office *office, const struct operation *operation,
                                const struct outcome *outcome, const struct slot *slot,
                                struct tk_error *error)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX + 2], when[TIME_TEXT_MAX];

    office_name_slot(office, slot, name, sizeof name);
    switch (outcome->code) {
    case TK_SOLD_OUT:
        return tk_fail(error, outcome->code, "%s is sold out.", name);
    case TK_NOT_ENOUGH_PLACES:
        return tk_fail(error, outcome->code, "Only %d %s left for %s: nothing was sold.",
                       outcome->available, outcome->available == 1 ? "place is" : "places are",
                       name);
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
    default:
        (void)operation;
        return tk_fail_code(error, outcome->code);
    }
}

/* Refusals that speak of a ticket. */
static enum tk_code refuse_ticket(struct box_office *office, enum tk_code code, uint64_t id,
                                  struct tk_error *error)
{
    char text[ID_TEXT_MAX], other[ID_TEXT_MAX], when[TIME_TEXT_MAX];
    struct ticket_view view = {0};

    id_print(text, ID_TICKET, id);
    if (code == TK_TICKET_NOT_FOUND || office_ticket(office, id, &view, NULL))
        return tk_fail(error, code, "There is no ticket %s.", text);
    time_print_day(when, view.ticket.changed_at, &office->ports.zone);
    id_print(other, ID_TICKET, view.ticket.replaced_by);
    switch (code) {
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

enum tk_code office_refuse(struct box_office *office, const struct operation *operation,
                           const struct outcome *outcome, struct tk_error *error)
{
    uint64_t ticket_id = operation->kind == OP_REISSUE  ? operation->reissue.ticket_id
                         : operation->kind == OP_CANCEL ? operation->cancel.ticket_id
                                                        : 0;
    struct slot slot = {0};

    switch (outcome->code) {
    case TK_TICKET_NOT_FOUND:
    case TK_TICKET_CANCELED:
    case TK_TICKET_REPLACED:
    case TK_TICKET_EXPIRED:
    case TK_TICKET_ARCHIVED:
        return refuse_ticket(office, outcome->code, ticket_id, error);
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
