/*
 * load_tills: what a rare batch touches beside slots, tickets and named customers: devices, what is put away, and
 * tills that sell while they are cut off. One question at a time; what was asked for once is not asked for again.
 */
#include "data/postgres/internal.h"

#include <string.h>

/* --- asking --- */

typedef enum tk_code row_adder(struct postgres_store *store, const PGresult *result, int row);

/* Asks with the parameters that were put, and hands each row on. */
static enum tk_code ask_each(struct postgres_store *store, enum pg_sql sql, row_adder *add,
                             struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask(store, sql, &store->params, &result, error);
    enum tk_code added = TK_OK;

    for (int row = 0; !code && !added && row < PQntuples(result); row++)
        added = add(store, result, row);
    PQclear(result);
    return added ? tk_fail_code(error, added) : code;
}

/* The same for a statement with one text. */
static enum tk_code ask_named(struct postgres_store *store, enum pg_sql sql, const char *name,
                              row_adder *add, struct tk_error *error)
{
    params_text(pg_params(store), name);
    return ask_each(store, sql, add, error);
}

static enum tk_code add_allotment(struct postgres_store *store, const PGresult *result, int row)
{
    struct allotment allotment;

    row_allotment(result, row, &allotment);
    if (allotment_held(&allotment) < 0) /* allotment.h, 1: nothing is sold from a damaged row */
        return TK_CORRUPT;
    return working_set_add_allotment(&store->set, &allotment);
}

static enum tk_code add_block(struct postgres_store *store, const PGresult *result, int row)
{
    struct number_block block;

    row_block(result, row, &block);
    return working_set_add_block(&store->set, &block);
}

static enum tk_code add_replica(struct postgres_store *store, const PGresult *result, int row)
{
    struct replica replica;

    return row_replica(result, row, &replica) ? working_set_add_replica(&store->set, &replica)
                                              : TK_CORRUPT;
}

static enum tk_code add_early(struct postgres_store *store, const PGresult *result, int row)
{
    struct early_admission early;

    row_early(store, result, row, &early);
    return working_set_add_early(&store->set, &early);
}

static enum tk_code add_dispute(struct postgres_store *store, const PGresult *result, int row)
{
    struct dispute dispute;

    return row_dispute(store, result, row, &dispute)
               ? working_set_add_dispute(&store->set, &dispute)
               : TK_CORRUPT;
}

static enum tk_code add_device(struct postgres_store *store, const PGresult *result, int row)
{
    struct device device;

    return row_device(result, row, &device) ? working_set_add_device(&store->set, &device)
                                            : TK_CORRUPT;
}

static enum tk_code add_ticket(struct postgres_store *store, const PGresult *result, int row)
{
    struct ticket ticket;

    row_ticket(store, result, row, &ticket);
    return working_set_add_ticket(&store->set, &ticket);
}

static enum tk_code add_customer(struct postgres_store *store, const PGresult *result, int row)
{
    struct customer customer;

    row_customer(store, result, row, &customer);
    return working_set_add_customer(&store->set, &customer);
}

/* --- what tills hold --- */

/* What a till holds of the slots of the set, or (not 0) of one slot. */
static enum tk_code load_allotments(struct postgres_store *store, int64_t slot_id,
                                    const char *holder, struct tk_error *error)
{
    const struct working_set *set = &store->set;

    rows_begin(&store->rows, "n");
    if (slot_id && !working_set_allotment(set, slot_id, holder))
        rows_number(&store->rows, slot_id);
    for (size_t i = 0; !slot_id && i < set->slot_count; i++)
        if (!working_set_allotment(set, set->slots[i].slot.id, holder))
            rows_number(&store->rows, set->slots[i].slot.id);
    if (!rows_count(&store->rows))
        return TK_OK;
    rows_put(&store->rows, pg_params(store));
    params_text(&store->params, holder);
    return ask_each(store, PG_ALLOTMENTS_OF, add_allotment, error);
}

static enum tk_code load_allotment(struct postgres_store *store, int64_t slot_id,
                                   const char *holder, struct tk_error *error)
{
    return slot_id ? load_allotments(store, slot_id, holder, error) : TK_OK;
}

/* Whether a refusal of the operation is a dispute, which tells what its device holds. */
static bool is_told_late(const struct operation *operation)
{
    return operation->cut_off || (operation->kind == OP_BOOK && operation->book.first_ticket);
}

/* What the device of the operation holds of a slot. */
static enum tk_code load_own(struct postgres_store *store, const struct operation *operation,
                             int64_t slot_id, struct tk_error *error)
{
    return is_told_late(operation) ? load_allotment(store, slot_id, operation->device, error)
                                   : TK_OK;
}

static enum tk_code load_block_of(struct postgres_store *store, uint64_t number,
                                  struct tk_error *error)
{
    if (working_set_block(&store->set, number))
        return TK_OK;
    params_number(pg_params(store), (int64_t)number);
    return ask_each(store, PG_BLOCK_OF, add_block, error);
}

static enum tk_code load_replica(struct postgres_store *store, const char *device,
                                 struct tk_error *error)
{
    return working_set_replica(&store->set, device)
               ? TK_OK
               : ask_named(store, PG_REPLICA_OF, device, add_replica, error);
}

/* A slot with what a till holds of it. */
static enum tk_code load_held(struct postgres_store *store, int64_t slot_id, const char *holder,
                              struct tk_error *error)
{
    enum tk_code code = pg_load_slot(store, slot_id, error);

    return code ? code : load_allotment(store, slot_id, holder, error);
}

/* With all that it holds: other operations of the batch may give some of that back. */
static enum tk_code load_join(struct postgres_store *store, const char *device,
                              struct tk_error *error)
{
    enum tk_code code = load_replica(store, device, error);

    return code ? code : ask_named(store, PG_ALLOTMENTS_HELD, device, add_allotment, error);
}

static enum tk_code load_grant(struct postgres_store *store, const struct op_grant *grant,
                               struct tk_error *error)
{
    enum tk_code code = load_held(store, grant->slot_id, grant->holder, error);

    return code ? code : load_replica(store, grant->holder, error);
}

static enum tk_code load_write_off(struct postgres_store *store,
                                   const struct op_write_off *write_off, struct tk_error *error)
{
    enum tk_code code;

    if (write_off->slot_id)
        return load_held(store, write_off->slot_id, write_off->holder, error);
    code = load_replica(store, write_off->holder, error);
    return code ? code : ask_named(store, PG_BLOCKS_OF, write_off->holder, add_block, error);
}

/* --- tickets and those who were let in --- */

/* Who was let in before the sale was known with tickets of so many numbers. */
static enum tk_code load_earlies(struct postgres_store *store, uint64_t number, int64_t count,
                                 struct tk_error *error)
{
    struct pg_params *params = pg_params(store);

    params_number(params, (int64_t)number);
    params_number(params, (int64_t)number + count - 1);
    return ask_each(store, PG_EARLIES, add_early, error);
}

/* What has to do with `count` tickets from one on. One number in all makes no id, so there may be
   one number more. */
static enum tk_code load_numbered(struct postgres_store *store, uint64_t first, int64_t count,
                                  struct tk_error *error)
{
    uint64_t number = pg_ticket_number(store, first);
    enum tk_code code = pg_load_tickets(store, number, count + 1, error);

    return code ? code : load_earlies(store, number, count + 1, error);
}

/* For tickets that a device numbered itself. */
static enum tk_code load_issued(struct postgres_store *store, const struct operation *operation,
                                uint64_t first, int64_t count, struct tk_error *error)
{
    uint64_t number = pg_ticket_number(store, first);
    enum tk_code code;

    if (!first || count < 1 || count > SLOT_CAPACITY_MAX) /* plan refuses it unseen */
        return TK_OK;
    code = load_numbered(store, first, count, error);
    if (!code)
        code = load_block_of(store, number, error);
    if (!code && count > 1)
        code = load_block_of(store, number + (uint64_t)count - 1, error);
    if (!code && operation->kind == OP_BOOK) /* the customer's number is that of the first ticket */
        code = pg_load_customer(store, pg_id(store, ID_CUSTOMER, (int64_t)number), error);
    return code;
}

/* The ticket was loaded when it is there. */
static enum tk_code load_around(struct postgres_store *store, const struct operation *operation,
                                uint64_t ticket_id, struct tk_error *error)
{
    const struct ticket_row *row = working_set_ticket(&store->set, ticket_id);

    if (row)
        return load_own(store, operation, row->ticket.slot_id, error);
    return load_earlies(store, pg_ticket_number(store, ticket_id), 1, error);
}

/* A ticket that is not there may have been sold by a till that is cut off. */
static enum tk_code load_admission(struct postgres_store *store, const struct operation *operation,
                                   uint64_t ticket_id, int64_t slot_id, struct tk_error *error)
{
    uint64_t number = pg_ticket_number(store, ticket_id);
    const struct block_row *block;
    enum tk_code code = load_around(store, operation, ticket_id, error);

    if (code || working_set_ticket(&store->set, ticket_id))
        return code;
    code = load_block_of(store, number, error);
    if (!code)
        code = pg_load_slot(store, slot_id, error);
    if (!code)
        code = load_own(store, operation, slot_id, error);
    block = working_set_block(&store->set, number);
    return code || !block ? code : load_allotment(store, slot_id, block->block.holder, error);
}

/* What plan takes back should the operation have run. */
static enum tk_code load_void(struct postgres_store *store, const struct operation *operation,
                              struct tk_error *error)
{
    struct seen_operation seen = {0};
    const struct outcome *outcome = &seen.outcome;
    enum tk_code code = pg_load_seen(store, &operation->void_.operation, &seen, error);

    if (code)
        return code;
    if (working_set_add_void(&store->set, &operation->void_.operation, &seen))
        return tk_fail_code(error, TK_NO_MEMORY);
    if (!seen.found || outcome->code || !outcome->ticket_id ||
        (seen.kind != OP_BOOK && seen.kind != OP_ADMIT))
        return TK_OK;
    code = load_numbered(store, outcome->ticket_id, outcome->count, error);
    return code ? code : load_own(store, operation, outcome->slot_id, error);
}

static enum tk_code load_reissue(struct postgres_store *store, const struct operation *operation,
                                 struct tk_error *error)
{
    const struct op_reissue *reissue = &operation->reissue;
    enum tk_code code = load_around(store, operation, reissue->ticket_id, error);

    if (!code)
        code = load_own(store, operation, reissue->slot.id, error);
    return code ? code : load_issued(store, operation, reissue->new_ticket, 1, error);
}

/* Sales, and what is done with tickets. */
static enum tk_code load_sale(struct postgres_store *store, const struct operation *operation,
                              struct tk_error *error)
{
    const struct op_book *book = &operation->book;
    enum tk_code code;

    switch (operation->kind) {
    case OP_BOOK:
        code = load_own(store, operation, book->slot.id, error);
        return code ? code
                    : load_issued(store, operation, book->first_ticket, book->count, error);
    case OP_REISSUE:
        return load_reissue(store, operation, error);
    case OP_CANCEL:
        return load_around(store, operation, operation->cancel.ticket_id, error);
    case OP_PRINT:
        return load_around(store, operation, operation->copy.ticket_id, error);
    case OP_ADMIT:
        return load_admission(store, operation, operation->admit.ticket_id,
                              operation->admit.slot_id, error);
    case OP_UNADMIT:
        return load_admission(store, operation, operation->unadmit.ticket_id, 0, error);
    default:
        return TK_OK;
    }
}

/* --- upkeep --- */

/* Their customers come when those of the whole batch are known. */
static enum tk_code load_unarchived(struct postgres_store *store, int64_t slot_id,
                                    struct tk_error *error)
{
    enum tk_code code = pg_load_slot(store, slot_id, error);

    if (code || !working_set_slot(&store->set, slot_id))
        return code;
    params_number(pg_params(store), slot_id);
    return ask_each(store, PG_TICKETS_UNARCHIVED, add_ticket, error);
}

static enum tk_code load_enrol(struct postgres_store *store, const char *name,
                               const uint8_t token_hash[CRYPTO_HASH_SIZE], struct tk_error *error)
{
    enum tk_code code = ask_named(store, PG_ACCESS_OF, name, add_device, error);

    if (code)
        return code;
    params_bytes(pg_params(store), token_hash, CRYPTO_HASH_SIZE);
    return ask_each(store, PG_ACCESS_BY_TOKEN, add_device, error);
}

static enum tk_code load_dispute(struct postgres_store *store, const struct op_id *id,
                                 struct tk_error *error)
{
    params_bytes(pg_params(store), id->bytes, sizeof id->bytes);
    return ask_each(store, PG_DISPUTE_OF, add_dispute, error);
}

enum tk_code pg_load_tills(struct postgres_store *store, const struct operation *operation,
                        struct tk_error *error)
{
    switch (operation->kind) {
    case OP_ARCHIVE:
        return load_unarchived(store, operation->archive.slot_id, error);
    case OP_ENROL:
        return load_enrol(store, operation->enrol.name, operation->enrol.token_hash, error);
    case OP_REDEEM:
        return load_enrol(store, operation->redeem.name, operation->redeem.token_hash, error);
    case OP_INVITE:
        return ask_named(store, PG_ACCESS_OF, operation->invite.name, add_device, error);
    case OP_REVOKE:
        return ask_named(store, PG_ACCESS_OF, operation->revoke.name, add_device, error);
    case OP_JOIN:
        return load_join(store, operation->device, error);
    case OP_GRANT:
        return load_grant(store, &operation->grant, error);
    case OP_RETURN:
        return load_held(store, operation->give_back.slot_id, operation->device, error);
    case OP_WRITE_OFF:
        return load_write_off(store, &operation->write_off, error);
    case OP_BLOCK:
        return load_replica(store, operation->block.holder, error);
    case OP_MARK:
        return load_replica(store, operation->device, error);
    case OP_QUARANTINE:
        return load_replica(store, operation->quarantine.holder, error);
    case OP_VOID:
        return load_void(store, operation, error);
    case OP_CLOSE:
        return load_dispute(store, &operation->settle.dispute, error);
    default:
        return load_sale(store, operation, error);
    }
}

/* --- when all else is there --- */

/* The ticket that a device that was cut off takes back; 0: none. */
static uint64_t ticket_taken_back(const struct operation *operation)
{
    if (!operation->cut_off)
        return 0;
    return operation->kind == OP_CANCEL    ? operation->cancel.ticket_id
           : operation->kind == OP_REISSUE ? operation->reissue.ticket_id
                                           : 0;
}

/* A ticket that is sold earlier in the batch is of any of its slots. */
static enum tk_code load_sold_here(struct postgres_store *store,
                                   const struct operation *operations, size_t count,
                                   struct tk_error *error)
{
    const char *done = NULL; /* most of a batch are one till's */
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++) {
        uint64_t ticket = ticket_taken_back(&operations[i]);

        if (!ticket || working_set_ticket(&store->set, ticket) || !store->set.slot_count ||
            (done && strcmp(done, operations[i].device) == 0))
            continue;
        done = operations[i].device;
        code = load_allotments(store, 0, operations[i].device, error);
    }
    return code;
}

static bool puts_away(const struct working_set *set, const struct operation *operations,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (operations[i].kind == OP_ARCHIVE && !set->seen[i].found)
            return true;
    return false;
}

/* The customers of all tickets that are there, in one question: a showing has hundreds, and they are locked in the
   order of their numbers (postgres_store.h, 1). */
static enum tk_code load_customers(struct postgres_store *store, struct tk_error *error)
{
    static const char *const others[] = {"n", "tt"}; /* nobody by ticket, nobody by name */
    const struct working_set *set = &store->set;

    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < set->ticket_count; i++) {
        uint64_t id = set->tickets[i].ticket.customer_id;

        if (id && !working_set_customer(set, id))
            rows_number(&store->rows, (int64_t)pg_customer_number(store, id));
    }
    if (!rows_count(&store->rows))
        return TK_OK;
    rows_put(&store->rows, pg_params(store));
    for (int i = 0; i < 2; i++) {
        rows_begin(&store->rows, others[i]);
        rows_put(&store->rows, &store->params);
    }
    return ask_each(store, PG_CUSTOMERS_LOCK, add_customer, error);
}

enum tk_code pg_load_tills_after(struct postgres_store *store, const struct operation *operations,
                              size_t count, struct tk_error *error)
{
    enum tk_code code = load_sold_here(store, operations, count, error);

    if (code || !puts_away(&store->set, operations, count))
        return code;
    return load_customers(store, error);
}
