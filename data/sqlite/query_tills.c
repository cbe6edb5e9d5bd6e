/* query_tills: what tills hold and what the centre refused them: rows and lists. */
#include "data/sqlite/internal.h"

#include <string.h>

/* --- rows --- */

static bool read_bytes(sqlite3_stmt *row, int column, void *data, size_t size)
{
    if (sqlite3_column_bytes(row, column) != (int)size)
        return false;
    memcpy(data, sqlite3_column_blob(row, column), size);
    return true;
}

static uint64_t read_ticket_id(const struct sqlite_store *store, sqlite3_stmt *row, int column)
{
    uint64_t number = (uint64_t)sqlite3_column_int64(row, column);

    return number ? id_make(&store->id_key, ID_TICKET, number) : 0;
}

void read_allotment(sqlite3_stmt *row, struct allotment *allotment)
{
    *allotment = (struct allotment){.slot_id = sqlite3_column_int64(row, 0)};
    read_text(row, 1, allotment->holder, sizeof allotment->holder);
    allotment->granted = sqlite3_column_int(row, 2);
    allotment->sold = sqlite3_column_int(row, 3);
    allotment->returned = sqlite3_column_int(row, 4);
    allotment->written_off = sqlite3_column_int(row, 5);
    allotment->granted_at = sqlite3_column_int64(row, 6);
    allotment->changed_at = sqlite3_column_int64(row, 7);
    allotment->written_off_at = sqlite3_column_int64(row, 8);
    read_text(row, 9, allotment->written_off_by, sizeof allotment->written_off_by);
}

void read_block(sqlite3_stmt *row, struct number_block *block)
{
    *block = (struct number_block){.first = (uint64_t)sqlite3_column_int64(row, 0)};
    block->count = sqlite3_column_int64(row, 1);
    block->next = (uint64_t)sqlite3_column_int64(row, 2);
    read_text(row, 3, block->holder, sizeof block->holder);
    block->granted_at = sqlite3_column_int64(row, 4);
    block->written_off_at = sqlite3_column_int64(row, 5);
}

void read_early(const struct sqlite_store *store, sqlite3_stmt *row,
                struct early_admission *early)
{
    *early = (struct early_admission){.ticket_id = read_ticket_id(store, row, 0)};
    early->slot_id = sqlite3_column_int64(row, 1);
    early->admitted_at = sqlite3_column_int64(row, 2);
    read_text(row, 3, early->admitted_by, sizeof early->admitted_by);
}

bool read_replica(sqlite3_stmt *row, struct replica *replica)
{
    *replica = (struct replica){.joined_at = sqlite3_column_int64(row, 2)};
    read_text(row, 0, replica->device, sizeof replica->device);
    replica->seq = sqlite3_column_int64(row, 3);
    replica->dismissed_at = sqlite3_column_int64(row, 5);
    replica->quarantined_at = sqlite3_column_int64(row, 6);
    return read_bytes(row, 1, replica->id.bytes, sizeof replica->id.bytes) &&
           read_bytes(row, 4, replica->hash, sizeof replica->hash);
}

bool read_dispute(const struct sqlite_store *store, sqlite3_stmt *row, struct dispute *dispute)
{
    char kind[24], code[40];

    *dispute = (struct dispute){.at = sqlite3_column_int64(row, 4)};
    read_text(row, 1, kind, sizeof kind);
    read_text(row, 2, dispute->device, sizeof dispute->device);
    read_text(row, 3, dispute->actor, sizeof dispute->actor);
    read_text(row, 5, code, sizeof code);
    dispute->code = tk_code_parse(code);
    dispute->slot_id = sqlite3_column_int64(row, 6);
    dispute->ticket_id = read_ticket_id(store, row, 7);
    dispute->count = sqlite3_column_int(row, 8);
    dispute->found_at = sqlite3_column_int64(row, 9);
    read_text(row, 10, dispute->other, sizeof dispute->other);
    dispute->other_at = sqlite3_column_int64(row, 11);
    dispute->closed_at = sqlite3_column_int64(row, 12);
    read_text(row, 13, dispute->closed_by, sizeof dispute->closed_by);
    read_text(row, 14, dispute->reason, sizeof dispute->reason);
    read_text(row, 15, dispute->customer_name, sizeof dispute->customer_name);
    read_text(row, 16, dispute->customer_phone, sizeof dispute->customer_phone);
    return read_bytes(row, 0, dispute->id.bytes, sizeof dispute->id.bytes) &&
           op_kind_parse(kind, &dispute->kind) && dispute->code != TK_CODE_COUNT;
}

/* --- lists --- */

static enum tk_code add_allotment(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct allotment allotment;

    (void)store;
    read_allotment(row, &allotment);
    return allotment_list_add(list, &allotment);
}

enum tk_code sqlite_list_allotments(struct store *base, const struct allotment_query *query,
                                    struct allotment_list *list, struct tk_error *error)
{
    static const enum sql statements[2][2] = {{SQL_ALLOTMENTS_ALL, SQL_ALLOTMENTS_HOLDER},
                                              {SQL_ALLOTMENTS_SLOT, SQL_ALLOTMENTS_BOTH}};
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, statements[query->slot_id != 0][query->holder != NULL]);
    if (query->slot_id)
        sqlite3_bind_int64(s, 1, query->slot_id);
    if (query->holder)
        bind_text(s, 2, query->holder);
    sqlite3_bind_int64(s, 3, query->after_slot);
    bind_text(s, 4, query->after_holder);
    sqlite3_bind_int(s, 5, query->held);
    sqlite3_bind_int64(s, 6, query_limit(query->limit));
    return query_rows(store, s, add_allotment, list, error);
}

static enum tk_code add_dispute(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct dispute dispute;

    return read_dispute(store, row, &dispute) ? dispute_list_add(list, &dispute) : TK_CORRUPT;
}

enum tk_code sqlite_list_disputes(struct store *base, const struct dispute_query *query,
                                  struct dispute_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    if (query->id) {
        s = statement_take(store, SQL_DISPUTE);
        sqlite3_bind_blob(s, 1, query->id->bytes, sizeof query->id->bytes, SQLITE_STATIC);
        sqlite3_bind_int(s, 2, query->open);
        return query_rows(store, s, add_dispute, list, error);
    }
    s = statement_take(store, query->open ? SQL_DISPUTES_OPEN : SQL_DISPUTES_ALL);
    sqlite3_bind_int64(s, 1, query->after_found_at);
    sqlite3_bind_blob(s, 2, query->after_id.bytes, sizeof query->after_id.bytes, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, query_limit(query->limit));
    return query_rows(store, s, add_dispute, list, error);
}

static enum tk_code add_replica(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct replica replica;

    (void)store;
    return read_replica(row, &replica) ? replica_list_add(list, &replica) : TK_CORRUPT;
}

enum tk_code sqlite_list_replicas(struct store *base, const char *device,
                                  struct replica_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, device ? SQL_REPLICA : SQL_REPLICAS_ALL);
    if (device)
        bind_text(s, 1, device);
    return query_rows(store, s, add_replica, list, error);
}

static enum tk_code add_block(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct number_block block;

    (void)store;
    read_block(row, &block);
    return number_block_list_add(list, &block);
}

enum tk_code sqlite_list_blocks(struct store *base, const char *holder, bool written_off,
                                struct number_block_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, holder ? SQL_BLOCKS_HOLDER : SQL_BLOCKS_ALL);
    if (holder)
        bind_text(s, 1, holder);
    sqlite3_bind_int(s, 2, written_off);
    return query_rows(store, s, add_block, list, error);
}
