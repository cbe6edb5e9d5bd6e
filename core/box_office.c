/* The box office: the changes. Questions are in box_office_find.c, words in box_office_words.c, upkeep in
   box_office_upkeep.c. */
#include "core/box_office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_internal.h"
#include "core/text.h"

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

enum tk_code office_submit(struct box_office *office, enum op_kind kind, const struct op_id *id,
                           struct operation *operation, struct outcome *outcome,
                           struct tk_error *error)
{
    enum tk_code code = office_make(office, kind, id, operation, error);

    *outcome = (struct outcome){0};
    if (!code)
        code = store_apply(office->store, operation, 1, outcome, error);
    if (code)
        return code;
    if (office->approver.kind == kind)
        office_disapprove(office);
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
    enum tk_code code = office_submit(office, OP_SCHEDULE, id, &operation, &outcome, error);

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
    code = office_submit(office, OP_BOOK, id, &operation, outcome, error);
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
    enum tk_code code = office_submit(office, OP_REISSUE, id, &operation, &outcome, error);

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
    enum tk_code code = office_submit(office, OP_CANCEL, id, &operation, &outcome, error);

    return code ? code : read_back(office_ticket(office, ticket_id, ticket, error), error);
}

/* Counts what was canceled. What one may not is told when nothing was. */
static enum tk_code count_canceled(struct box_office *office, const struct operation *operations,
                                   const struct outcome *outcomes, size_t count, size_t *canceled,
                                   struct tk_error *error)
{
    size_t refused = count;

    for (size_t i = 0; i < count; i++) {
        *canceled += outcomes[i].code == TK_OK;
        if (outcomes[i].code && refused == count)
            refused = i;
    }
    return !*canceled && refused < count &&
                   office_refuse_staff(office, &operations[refused], &outcomes[refused], error)
               ? outcomes[refused].code
               : TK_OK;
}

/* Cancels a list of tickets in batches, all of them with one approval. */
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
        if (!code)
            code = count_canceled(office, operations, outcomes, count, canceled, error);
    }
    if (code != TK_UNKNOWN && office->approver.kind == OP_CANCEL)
        office_disapprove(office);
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
    enum tk_code code = office_submit(office, OP_PRINT, id, &operation, &outcome, error);

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

    return office_submit(office, OP_ROTATE, id, &operation, &outcome, error);
}

enum tk_code office_import(struct box_office *office, const struct operation_source *source,
                           size_t *added, size_t *known, struct tk_error *error)
{
    return office->store->ops->apply_all(office->store, source, added, known, error);
}

/* --- devices --- */

enum tk_code office_copy_device(char device[DEVICE_SIZE], const char *name, struct tk_error *error)
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
    enum tk_code code = office_copy_device(operation.enrol.name, name, error);

    if (code)
        return code;
    office->ports.random(office->ports.context, random, sizeof random);
    token_make(made, random);
    code = token_hash(operation.enrol.token_hash, made) ? TK_OK : tk_fail_code(error, TK_INTERNAL);
    if (!code)
        code = office_submit(office, OP_ENROL, id, &operation, &outcome, error);
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
    enum tk_code code = office_copy_device(operation.revoke.name, name, error);

    return code ? code : office_submit(office, OP_REVOKE, id, &operation, &outcome, error);
}
