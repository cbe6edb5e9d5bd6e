/* write_tills: puts what plan decided about tills that are cut off into the tables. */
#include "data/sqlite/internal.h"

#include <string.h>

static void bind_id(sqlite3_stmt *s, int at, const struct op_id *id)
{
    sqlite3_bind_blob(s, at, id->bytes, sizeof id->bytes, SQLITE_STATIC);
}

/* What a till holds itself stands in its copy's slot. */
static enum tk_code write_here(struct sqlite_store *store, const struct allotment *allotment,
                               struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_SLOT_HERE);

    sqlite3_bind_int64(s, 1, allotment->slot_id);
    bind_text(s, 2, allotment->holder);
    sqlite3_bind_int(s, 3, allotment_held(allotment));
    return statement_run(store, s, error);
}

enum tk_code write_allotment(struct sqlite_store *store, const struct allotment *allotment,
                             struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_ALLOTMENT_PUT);
    enum tk_code code;

    sqlite3_bind_int64(s, 1, allotment->slot_id);
    bind_text(s, 2, allotment->holder);
    sqlite3_bind_int(s, 3, allotment->granted);
    sqlite3_bind_int(s, 4, allotment->sold);
    sqlite3_bind_int(s, 5, allotment->returned);
    sqlite3_bind_int(s, 6, allotment->written_off);
    sqlite3_bind_int64(s, 7, allotment->granted_at);
    sqlite3_bind_int64(s, 8, allotment->changed_at);
    sqlite3_bind_int64(s, 9, allotment->written_off_at);
    bind_text(s, 10, allotment->written_off_by);
    code = statement_run(store, s, error);
    return code || !store->options.mirror ? code : write_here(store, allotment, error);
}

enum tk_code write_block(struct sqlite_store *store, const struct number_block *block,
                         struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_BLOCK_PUT);

    sqlite3_bind_int64(s, 1, (sqlite3_int64)block->first);
    sqlite3_bind_int64(s, 2, block->count);
    sqlite3_bind_int64(s, 3, (sqlite3_int64)block->next);
    bind_text(s, 4, block->holder);
    sqlite3_bind_int64(s, 5, block->granted_at);
    sqlite3_bind_int64(s, 6, block->written_off_at);
    return statement_run(store, s, error);
}

enum tk_code write_replica(struct sqlite_store *store, const struct replica *replica,
                           struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_REPLICA_PUT);

    bind_text(s, 1, replica->device);
    bind_id(s, 2, &replica->id);
    sqlite3_bind_int64(s, 3, replica->joined_at);
    sqlite3_bind_int64(s, 4, replica->seq);
    sqlite3_bind_blob(s, 5, replica->hash, sizeof replica->hash, SQLITE_STATIC);
    sqlite3_bind_int64(s, 6, replica->dismissed_at);
    sqlite3_bind_int64(s, 7, replica->quarantined_at);
    return statement_run(store, s, error);
}

enum tk_code write_early(struct sqlite_store *store, const struct early_admission *early,
                         struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_EARLY_PUT);

    sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, early->ticket_id));
    sqlite3_bind_int64(s, 2, early->slot_id);
    sqlite3_bind_int64(s, 3, early->admitted_at);
    bind_text(s, 4, early->admitted_by);
    return statement_run(store, s, error);
}

static enum tk_code delete_early(struct sqlite_store *store, const struct early_admission *early,
                                 struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_EARLY_DELETE);

    sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, early->ticket_id));
    return statement_run(store, s, error);
}

static enum tk_code insert_voided(struct sqlite_store *store, const struct op_id *id,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_VOIDED_INSERT);

    bind_id(s, 1, id);
    return statement_run(store, s, error);
}

enum tk_code insert_dispute(struct sqlite_store *store, const struct dispute *dispute,
                            struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_DISPUTE_INSERT);

    bind_id(s, 1, &dispute->id);
    bind_text(s, 2, op_kind_name(dispute->kind) ? op_kind_name(dispute->kind) : "unknown");
    bind_text(s, 3, dispute->device);
    bind_text(s, 4, dispute->actor);
    sqlite3_bind_int64(s, 5, dispute->at);
    bind_text(s, 6, tk_code_name(dispute->code));
    sqlite3_bind_int64(s, 7, dispute->slot_id);
    bind_number(s, 8, ticket_number(store, dispute->ticket_id));
    sqlite3_bind_int(s, 9, dispute->count);
    sqlite3_bind_int64(s, 10, dispute->found_at);
    bind_text(s, 11, dispute->other);
    sqlite3_bind_int64(s, 12, dispute->other_at);
    sqlite3_bind_int64(s, 13, dispute->closed_at);
    bind_text(s, 14, dispute->closed_by);
    bind_text(s, 15, dispute->reason);
    bind_text(s, 16, dispute->customer_name);
    bind_text(s, 17, dispute->customer_phone);
    return statement_run(store, s, error);
}

static enum tk_code close_dispute(struct sqlite_store *store, const struct dispute *dispute,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_DISPUTE_CLOSE);

    bind_id(s, 1, &dispute->id);
    sqlite3_bind_int64(s, 2, dispute->closed_at);
    bind_text(s, 3, dispute->closed_by);
    bind_text(s, 4, dispute->reason);
    return statement_run(store, s, error);
}

/* What tills hold. */
static enum tk_code write_holdings(struct sqlite_store *store, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < set->allotment_count; i++)
        if (set->allotments[i].state != ROW_LOADED)
            code = write_allotment(store, &set->allotments[i].allotment, error);
    for (size_t i = 0; !code && i < set->block_count; i++)
        if (set->blocks[i].state != ROW_LOADED)
            code = write_block(store, &set->blocks[i].block, error);
    for (size_t i = 0; !code && i < set->replica_count; i++)
        if (set->replicas[i].state != ROW_LOADED)
            code = write_replica(store, &set->replicas[i].replica, error);
    return code;
}

enum tk_code write_tills(struct sqlite_store *store, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code = write_holdings(store, error);

    for (size_t i = 0; !code && i < set->early_count; i++)
        if (set->earlies[i].gone)
            code = delete_early(store, &set->earlies[i].early, error);
        else if (set->earlies[i].state != ROW_LOADED)
            code = write_early(store, &set->earlies[i].early, error);
    for (size_t i = 0; !code && i < set->void_count; i++)
        if (set->voids[i].state == ROW_NEW)
            code = insert_voided(store, &set->voids[i].operation, error);
    for (size_t i = 0; !code && i < set->dispute_count; i++)
        if (set->disputes[i].state == ROW_NEW)
            code = insert_dispute(store, &set->disputes[i].dispute, error);
        else if (set->disputes[i].state == ROW_CHANGED)
            code = close_dispute(store, &set->disputes[i].dispute, error);
    return code;
}
