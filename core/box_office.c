/* The box office: the changes. Questions are in box_office_find.c, words in box_office_words.c. */
#include "core/box_office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define UPKEEP_PERIOD (10 * TIME_MINUTE)
#define UPKEEP_BATCH OP_BATCH_MAX /* slots in one transaction, at most … */
#define UPKEEP_TICKETS 16384      /* … and the tickets that it should not much exceed */
#define UPKEEP_STEP 32            /* slots, for those who must answer a key meanwhile … */
#define ARCHIVE_STEP 4            /* … of which each has all its tickets written */

void ticket_view_list_release(struct ticket_view_list *list)
{
    free(list->items);
    *list = (struct ticket_view_list){0};
}

static enum tk_code site_slot_key(void *context, int64_t slot_id, int64_t generation,
                                  struct crypto_key *key, struct tk_error *error)
{
    (void)generation;
    (void)error;
    *key = pass_slot_key(context, slot_id);
    return TK_OK;
}

struct key_ring key_ring_of_site(const struct crypto_key *site_key)
{
    return (struct key_ring){.slot_key = site_slot_key, .context = (void *)site_key};
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
    if (office->member.number)
        actor_print(operation->actor, office->member.number,
                    office->approver.kind == kind ? office->approver.number : 0);
    else
        text_copy(operation->actor, sizeof operation->actor, office->actor);
    text_copy(operation->device, sizeof operation->device, office->device);
}

enum tk_code office_make(const struct box_office *office, enum op_kind kind, const struct op_id *id,
                         struct operation *operation, struct tk_error *error)
{
    office_stamp(office, kind, operation);
    operation->id = id ? *id : office_make_id(office);
    return operation_clean(operation, error);
}

/* Makes and applies one operation and puts a refusal into words. */
static enum tk_code submit(struct box_office *office, enum op_kind kind, const struct op_id *id,
                           struct operation *operation, struct outcome *outcome,
                           struct tk_error *error)
{
    enum tk_code code = office_make(office, kind, id, operation, error);

    *outcome = (struct outcome){0};
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

/* Leaves those out of the list that were used. Returns how many. */
static size_t leave_admitted(struct ticket_list *tickets)
{
    size_t kept = 0, admitted;

    for (size_t i = 0; i < tickets->count; i++)
        if (!tickets->items[i].admitted_at)
            tickets->items[kept++] = tickets->items[i];
    admitted = tickets->count - kept;
    tickets->count = kept;
    return admitted;
}

enum tk_code office_cancel_sale(struct box_office *office, uint64_t sale_id, size_t *canceled,
                                struct tk_error *error)
{
    struct ticket_query query = {.status = TICKET_BOOKED, .sale_id = sale_id};
    struct ticket_list tickets = {0};
    enum tk_code code = office->store->ops->list_tickets(office->store, &query, &tickets, error);
    size_t admitted = leave_admitted(&tickets);

    *canceled = 0;
    if (!code && tickets.count)
        code = cancel_all(office, &tickets, canceled, error);
    if (!code && !*canceled && admitted)
        code = tk_fail(error, TK_TICKET_ADMITTED,
                       "What is left of this sale was used: the door that let it in must take that "
                       "back first.");
    else if (!code && !*canceled) /* or another till was faster */
        code = tk_fail(error, TK_TICKET_CANCELED, "Nothing of this sale is booked any more.");
    ticket_list_release(&tickets);
    return code;
}

enum tk_code office_print(struct box_office *office, uint64_t ticket_id, const struct op_id *id,
                          struct ticket_view *ticket, int32_t *copy, struct tk_error *error)
{
    struct operation operation = {.copy = {.ticket_id = ticket_id}};
    struct outcome outcome;
    enum tk_code code = submit(office, OP_PRINT, id, &operation, &outcome, error);

    if (!code)
        code = read_back(office_ticket(office, ticket_id, ticket, error), error);
    if (!code)
        *copy = outcome.count;
    return code;
}

enum tk_code office_rotate(struct box_office *office, int64_t generation, const struct op_id *id,
                           struct tk_error *error)
{
    struct operation operation = {.rotate = {.generation = generation}};
    struct outcome outcome;

    return submit(office, OP_ROTATE, id, &operation, &outcome, error);
}

/* The same from every program that looks after the box office by itself, for ten minutes: so what two of them
   do at once is done, and stands in the journal, once. After that it is tried anew. */
static struct op_id upkeep_id(const struct box_office *office, const char *uuid, enum op_kind kind,
                              int64_t slot_id)
{
    int64_t period = office_now(office) / UPKEEP_PERIOD;
    char text[OP_ID_TEXT_MAX + 80];
    uint8_t hash[CRYPTO_HASH_SIZE];

    snprintf(text, sizeof text, "upkeep %s %s %lld %lld", uuid, op_kind_name(kind),
             (long long)slot_id, (long long)period);
    crypto_digest(hash, NULL, text, strlen(text));
    return op_id_make(period * (UPKEEP_PERIOD / 1000), hash);
}

/* One batch of upkeep: what is due, each slot as one operation. *more tells whether to go on. shared: others may
   be at it. */
static enum tk_code upkeep_batch(struct box_office *office, const struct due_query *due,
                                 const struct operation *model, bool shared,
                                 struct upkeep_result *result, bool *more, struct tk_error *error)
{
    struct store_facts facts = {0};
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
    if (!code && shared && slots.count)
        code = office_facts(office, &facts, error);
    for (size_t i = 0; !code && i < slots.count; i++) {
        operations[i] = *model;
        office_stamp(office, model->kind, &operations[i]);
        operations[i].id = shared ? upkeep_id(office, facts.uuid, model->kind, slots.items[i])
                                  : office_make_id(office);
        if (model->kind == OP_EXPIRE)
            operations[i].expire.slot_id = slots.items[i];
        else
            operations[i].archive.slot_id = slots.items[i];
    }
    if (!code)
        code = store_apply(office->store, operations, slots.count, outcomes, error);
    for (size_t i = 0; !code && i < slots.count; i++) {
        if (outcomes[i].replayed)
            continue;
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
    *due = (struct due_query){.settled_before = before, .limit = ARCHIVE_STEP};
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

        code = upkeep_batch(office, due, model, false, result, &more, error);
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
        code = upkeep_batch(office, &due, &model, true, result, &result->more, error);
    if (!code && !result->more && archiving_of(office, archive_older_than, &due, &model))
        code = upkeep_batch(office, &due, &model, true, &archived, &result->more, error);
    return code;
}

enum tk_code office_import(struct box_office *office, const struct operation_source *source,
                           size_t *added, size_t *known, struct tk_error *error)
{
    return office->store->ops->apply_all(office->store, source, added, known, error);
}

/* --- devices --- */

/* A name that is cut would be another device's. */
static enum tk_code copy_device(char device[DEVICE_SIZE], const char *name, struct tk_error *error)
{
    enum tk_code code = text_clean(device, DEVICE_SIZE, name);

    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    return code ? tk_fail(error, TK_BAD_NAME,
                          "The device's name is not text, or longer than %d bytes.",
                          DEVICE_SIZE - 1)
                : TK_OK;
}

enum tk_code office_enrol(struct box_office *office, const char *name, enum role role,
                          const struct op_id *id, char token[TOKEN_SIZE], struct tk_error *error)
{
    struct operation operation = {.enrol = {.role = role}};
    uint8_t random[TOKEN_RANDOM_SIZE];
    char made[TOKEN_SIZE];
    struct outcome outcome;
    enum tk_code code = copy_device(operation.enrol.name, name, error);

    if (code)
        return code;
    office->ports.random(office->ports.context, random, sizeof random);
    token_make(made, random);
    code = token_hash(operation.enrol.token_hash, made) ? TK_OK : tk_fail_code(error, TK_INTERNAL);
    if (!code)
        code = submit(office, OP_ENROL, id, &operation, &outcome, error);
    if (!code)
        memcpy(token, made, sizeof made);
    crypto_wipe(random, sizeof random);
    crypto_wipe(made, sizeof made);
    return code;
}

enum tk_code office_revoke(struct box_office *office, const char *name, const struct op_id *id,
                           struct tk_error *error)
{
    struct operation operation = {0};
    struct outcome outcome;
    enum tk_code code = copy_device(operation.revoke.name, name, error);

    return code ? code : submit(office, OP_REVOKE, id, &operation, &outcome, error);
}
