/* load_tills: what a batch touches of tills that sell while they are cut off. */
#include "data/sqlite/internal.h"

#include <string.h>

static enum tk_code add_allotment(struct sqlite_store *store, sqlite3_stmt *row, void *unused)
{
    struct allotment allotment;

    (void)unused;
    read_allotment(row, &allotment);
    if (allotment_held(&allotment) < 0) /* allotment.h, 1: nothing is sold from a damaged row */
        return TK_CORRUPT;
    return working_set_add_allotment(&store->set, &allotment);
}

static enum tk_code load_allotment(struct sqlite_store *store, int64_t slot_id, const char *holder,
                                   struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_ALLOTMENT);

    if (!slot_id || working_set_allotment(&store->set, slot_id, holder))
        return TK_OK;
    sqlite3_bind_int64(statement, 1, slot_id);
    bind_text(statement, 2, holder);
    return statement_each(store, statement, add_allotment, NULL, error);
}

/* Whether a refusal of the operation is a dispute, which tells what its device holds. */
static bool is_told_late(const struct operation *operation)
{
    return operation->cut_off || (operation->kind == OP_BOOK && operation->book.first_ticket);
}

/* What the device of the operation holds of a slot. */
static enum tk_code load_own(struct sqlite_store *store, const struct operation *operation,
                             int64_t slot_id, struct tk_error *error)
{
    return is_told_late(operation) ? load_allotment(store, slot_id, operation->device, error)
                                   : TK_OK;
}

static enum tk_code add_block(struct sqlite_store *store, sqlite3_stmt *row, void *unused)
{
    struct number_block block;

    (void)unused;
    read_block(row, &block);
    return working_set_add_block(&store->set, &block);
}

static enum tk_code load_block_of(struct sqlite_store *store, uint64_t number,
                                  struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_BLOCK_OF);

    if (working_set_block(&store->set, number))
        return TK_OK;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)number);
    return statement_each(store, statement, add_block, NULL, error);
}

static enum tk_code load_blocks_held(struct sqlite_store *store, const char *holder,
                                     struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_BLOCKS_HOLDER);

    bind_text(statement, 1, holder);
    sqlite3_bind_int(statement, 2, 0);
    return statement_each(store, statement, add_block, NULL, error);
}

static enum tk_code add_replica(struct sqlite_store *store, sqlite3_stmt *row, void *unused)
{
    struct replica replica;

    (void)unused;
    return read_replica(row, &replica) ? working_set_add_replica(&store->set, &replica)
                                       : TK_CORRUPT;
}

static enum tk_code load_replica(struct sqlite_store *store, const char *device,
                                 struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_REPLICA);

    if (working_set_replica(&store->set, device))
        return TK_OK;
    bind_text(statement, 1, device);
    return statement_each(store, statement, add_replica, NULL, error);
}

static enum tk_code add_early(struct sqlite_store *store, sqlite3_stmt *row, void *unused)
{
    struct early_admission early;

    (void)unused;
    read_early(store, row, &early);
    return working_set_add_early(&store->set, &early);
}

/* Who was let in before the sale was known with tickets of so many numbers. */
static enum tk_code load_earlies(struct sqlite_store *store, uint64_t number, int64_t count,
                                 struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_EARLIES);

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)number);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)number + count - 1);
    return statement_each(store, statement, add_early, NULL, error);
}

static enum tk_code add_ticket(struct sqlite_store *store, sqlite3_stmt *row, void *unused)
{
    struct ticket ticket;

    (void)unused;
    read_ticket(store, row, &ticket);
    return working_set_add_ticket(&store->set, &ticket);
}

/* Tickets of so many numbers, each with its slot and customer. */
static enum tk_code load_tickets(struct sqlite_store *store, uint64_t number, int64_t count,
                                 struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_TICKETS_NUMBERED);
    struct working_set *set = &store->set;
    size_t at = set->ticket_count;
    enum tk_code code;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)number);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)number + count - 1);
    code = statement_each(store, statement, add_ticket, NULL, error);
    for (; !code && at < set->ticket_count; at++) {
        code = load_slot(store, set->tickets[at].ticket.slot_id, error);
        if (!code)
            code = load_customer(store, set->tickets[at].ticket.customer_id, error);
    }
    return code;
}

/* What has to do with `count` tickets from one on. One number in all makes no id, so there may be
   one number more. */
static enum tk_code load_numbered(struct sqlite_store *store, uint64_t first, int64_t count,
                                  struct tk_error *error)
{
    uint64_t number = ticket_number(store, first);
    enum tk_code code = load_tickets(store, number, count + 1, error);

    return code ? code : load_earlies(store, number, count + 1, error);
}

/* For tickets that a device numbered itself. */
static enum tk_code load_issued(struct sqlite_store *store, const struct operation *operation,
                                uint64_t first, int64_t count, struct tk_error *error)
{
    enum tk_code code;

    if (!first || count < 1 || count > SLOT_CAPACITY_MAX) /* plan refuses it unseen */
        return TK_OK;
    code = load_numbered(store, first, count, error);
    if (!code)
        code = load_block_of(store, ticket_number(store, first), error);
    if (!code)
        code = load_block_of(store, ticket_number(store, first) + (uint64_t)count - 1, error);
    if (!code && count > 1) /* they are of one block, or of none */
        code = load_block_of(store, ticket_number(store, first) + (uint64_t)count - 1, error);
    if (!code && operation->kind == OP_BOOK) /* the customer's number is that of the first ticket */
        code = load_customer(store,
                             id_make(&store->id_key, ID_CUSTOMER, ticket_number(store, first)),
                             error);
    return code;
}

/* The ticket was loaded when it is there. */
static enum tk_code load_around(struct sqlite_store *store, const struct operation *operation,
                                uint64_t ticket_id, struct tk_error *error)
{
    const struct ticket_row *row = working_set_ticket(&store->set, ticket_id);

    if (row)
        return load_own(store, operation, row->ticket.slot_id, error);
    return load_earlies(store, ticket_number(store, ticket_id), 1, error);
}

/* A ticket that is not there may have been sold by a till that is cut off. */
static enum tk_code load_admission(struct sqlite_store *store, const struct operation *operation,
                                   uint64_t ticket_id, int64_t slot_id, struct tk_error *error)
{
    uint64_t number = ticket_number(store, ticket_id);
    const struct block_row *block;
    enum tk_code code = load_around(store, operation, ticket_id, error);

    if (code || working_set_ticket(&store->set, ticket_id))
        return code;
    code = load_block_of(store, number, error);
    if (!code && slot_id)
        code = load_slot(store, slot_id, error);
    if (!code)
        code = load_own(store, operation, slot_id, error);
    block = working_set_block(&store->set, number);
    return code || !block ? code : load_allotment(store, slot_id, block->block.holder, error);
}

/* What plan takes back should the operation have run. */
static enum tk_code load_void(struct sqlite_store *store, const struct operation *operation,
                              struct tk_error *error)
{
    struct seen_operation seen = {0};
    const struct outcome *outcome = &seen.outcome;
    enum tk_code code = load_seen(store, &operation->void_.operation, &seen, error);

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

/* With all that it holds: other operations of the batch may give some of that back. */
static enum tk_code load_join(struct sqlite_store *store, const char *device,
                              struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_ALLOTMENTS_HELD);
    enum tk_code code = load_replica(store, device, error);

    if (code)
        return code;
    bind_text(statement, 1, device);
    return statement_each(store, statement, add_allotment, NULL, error);
}

/* A slot with what a till holds of it. */
static enum tk_code load_held(struct sqlite_store *store, int64_t slot_id, const char *holder,
                              struct tk_error *error)
{
    enum tk_code code = load_slot(store, slot_id, error);

    return code ? code : load_allotment(store, slot_id, holder, error);
}

static enum tk_code load_write_off(struct sqlite_store *store,
                                   const struct op_write_off *write_off, struct tk_error *error)
{
    enum tk_code code;

    if (write_off->slot_id)
        return load_held(store, write_off->slot_id, write_off->holder, error);
    code = load_replica(store, write_off->holder, error);
    return code ? code : load_blocks_held(store, write_off->holder, error);
}

static enum tk_code add_dispute(struct sqlite_store *store, sqlite3_stmt *row, void *unused)
{
    struct dispute dispute;

    (void)unused;
    return read_dispute(store, row, &dispute) ? working_set_add_dispute(&store->set, &dispute)
                                              : TK_CORRUPT;
}

static enum tk_code load_dispute(struct sqlite_store *store, const struct op_id *id,
                                 struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_DISPUTE);

    sqlite3_bind_blob(statement, 1, id->bytes, sizeof id->bytes, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, 0);
    return statement_each(store, statement, add_dispute, NULL, error);
}

/* Sales, and what is done with tickets. */
static enum tk_code load_sale(struct sqlite_store *store, const struct operation *operation,
                              struct tk_error *error)
{
    const struct op_book *book = &operation->book;
    const struct op_reissue *reissue = &operation->reissue;
    enum tk_code code;

    switch (operation->kind) {
    case OP_BOOK:
        code = load_own(store, operation, book->slot.id, error);
        return code ? code
                    : load_issued(store, operation, book->first_ticket, book->count, error);
    case OP_REISSUE:
        code = load_around(store, operation, reissue->ticket_id, error);
        if (!code)
            code = load_own(store, operation, reissue->slot.id, error);
        return code ? code : load_issued(store, operation, reissue->new_ticket, 1, error);
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

/* The ticket that a device that was cut off takes back; 0: none. */
static uint64_t ticket_taken_back(const struct operation *operation)
{
    if (!operation->cut_off)
        return 0;
    return operation->kind == OP_CANCEL    ? operation->cancel.ticket_id
           : operation->kind == OP_REISSUE ? operation->reissue.ticket_id
                                           : 0;
}

enum tk_code load_tills_after(struct sqlite_store *store, const struct operation *operations,
                              size_t count, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    const char *done = NULL; /* most of a batch are one till's */
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++) {
        const struct operation *operation = &operations[i];
        uint64_t ticket = ticket_taken_back(operation);

        if (!ticket || working_set_ticket(set, ticket) ||
            (done && strcmp(done, operation->device) == 0))
            continue;
        done = operation->device;
        for (size_t j = 0; !code && j < set->slot_count; j++)
            code = load_allotment(store, set->slots[j].slot.id, operation->device, error);
    }
    return code;
}

enum tk_code load_tills(struct sqlite_store *store, const struct operation *operation,
                        struct tk_error *error)
{
    enum tk_code code;

    switch (operation->kind) {
    case OP_JOIN:
        return load_join(store, operation->device, error);
    case OP_GRANT:
        code = load_held(store, operation->grant.slot_id, operation->grant.holder, error);
        return code ? code : load_replica(store, operation->grant.holder, error);
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
