/* write_tills: sends what plan decided about devices, and about tills that are cut off. */
#include "data/postgres/internal.h"

static void add_id(struct pg_rows *rows, const struct op_id *id)
{
    rows_bytes(rows, id->bytes, sizeof id->bytes);
}

/* --- devices --- */

static void add_device(struct pg_rows *rows, const struct device *device)
{
    rows_text(rows, device->name);
    rows_text(rows, role_name(device->role));
    rows_bytes(rows, device->token_hash, sizeof device->token_hash);
    rows_number(rows, device->enrolled_at);
    rows_number(rows, device->revoked_at);
    rows_number(rows, device->used_at);
}

/* All that changed goes before any is put: they may have taken each other's tokens. */
static enum tk_code write_devices(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code;

    rows_begin(&store->rows, "t");
    for (size_t i = 0; i < set->device_count; i++)
        if (set->devices[i].state == ROW_CHANGED)
            rows_text(&store->rows, set->devices[i].device.name);
    code = pg_send_rows(store, PG_ACCESS_DELETE, false, sent, error);
    if (code)
        return code;
    rows_begin(&store->rows, "ttbnnn");
    for (size_t i = 0; i < set->device_count; i++)
        if (set->devices[i].state != ROW_LOADED)
            add_device(&store->rows, &set->devices[i].device);
    return pg_send_rows(store, PG_ACCESS_INSERT, false, sent, error);
}

/* --- what tills hold --- */

static void add_allotment(struct pg_rows *rows, const struct allotment *allotment)
{
    rows_number(rows, allotment->slot_id);
    rows_text(rows, allotment->holder);
    rows_number(rows, allotment->granted);
    rows_number(rows, allotment->sold);
    rows_number(rows, allotment->returned);
    rows_number(rows, allotment->written_off);
    rows_number(rows, allotment->granted_at);
    rows_number(rows, allotment->changed_at);
    rows_number(rows, allotment->written_off_at);
    rows_text(rows, allotment->written_off_by);
}

static void add_block(struct pg_rows *rows, const struct number_block *block)
{
    rows_number(rows, (int64_t)block->first);
    rows_number(rows, block->count);
    rows_number(rows, (int64_t)block->next);
    rows_text(rows, block->holder);
    rows_number(rows, block->granted_at);
    rows_number(rows, block->written_off_at);
}

static void add_replica(struct pg_rows *rows, const struct replica *replica)
{
    rows_text(rows, replica->device);
    add_id(rows, &replica->id);
    rows_number(rows, replica->joined_at);
    rows_number(rows, replica->seq);
    rows_bytes(rows, replica->hash, sizeof replica->hash);
    rows_number(rows, replica->dismissed_at);
    rows_number(rows, replica->quarantined_at);
}

static enum tk_code write_holdings(struct postgres_store *store, int *sent,
                                   struct tk_error *error)
{
    const struct working_set *set = &store->set;
    struct pg_rows *rows = &store->rows;
    enum tk_code code;

    rows_begin(rows, "ntnnnnnnnt");
    for (size_t i = 0; i < set->allotment_count; i++)
        if (set->allotments[i].state != ROW_LOADED)
            add_allotment(rows, &set->allotments[i].allotment);
    code = pg_send_rows(store, PG_ALLOTMENTS_PUT, false, sent, error);
    if (code)
        return code;
    rows_begin(rows, "nnntnn");
    for (size_t i = 0; i < set->block_count; i++)
        if (set->blocks[i].state != ROW_LOADED)
            add_block(rows, &set->blocks[i].block);
    code = pg_send_rows(store, PG_BLOCKS_PUT, false, sent, error);
    if (code)
        return code;
    rows_begin(rows, "tbnnbnn");
    for (size_t i = 0; i < set->replica_count; i++)
        if (set->replicas[i].state != ROW_LOADED)
            add_replica(rows, &set->replicas[i].replica);
    return pg_send_rows(store, PG_REPLICAS_PUT, false, sent, error);
}

/* --- who was let in before the sale was known --- */

static enum tk_code write_earlies(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    struct pg_rows *rows = &store->rows;
    enum tk_code code;

    rows_begin(rows, "n");
    for (size_t i = 0; i < set->early_count; i++)
        if (set->earlies[i].gone)
            rows_number(rows,
                        (int64_t)pg_ticket_number(store, set->earlies[i].early.ticket_id));
    code = pg_send_rows(store, PG_EARLIES_DELETE, false, sent, error);
    if (code)
        return code;
    rows_begin(rows, "nnnt");
    for (size_t i = 0; i < set->early_count; i++) {
        const struct early_admission *early = &set->earlies[i].early;

        if (set->earlies[i].gone || set->earlies[i].state == ROW_LOADED)
            continue;
        rows_number(rows, (int64_t)pg_ticket_number(store, early->ticket_id));
        rows_number(rows, early->slot_id);
        rows_number(rows, early->admitted_at);
        rows_text(rows, early->admitted_by);
    }
    return pg_send_rows(store, PG_EARLIES_PUT, false, sent, error);
}

/* --- what shall not have run, and what was refused too late --- */

static enum tk_code write_voided(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;

    rows_begin(&store->rows, "b");
    for (size_t i = 0; i < set->void_count; i++)
        if (set->voids[i].state == ROW_NEW)
            add_id(&store->rows, &set->voids[i].operation);
    return pg_send_rows(store, PG_VOIDED_INSERT, false, sent, error);
}

static void add_dispute(struct postgres_store *store, const struct dispute *dispute)
{
    struct pg_rows *rows = &store->rows;
    const char *kind = op_kind_name(dispute->kind);

    add_id(rows, &dispute->id);
    rows_text(rows, kind ? kind : "unknown");
    rows_text(rows, dispute->device);
    rows_text(rows, dispute->actor);
    rows_number(rows, dispute->at);
    rows_text(rows, tk_code_name(dispute->code));
    rows_number(rows, dispute->slot_id);
    rows_number_or_null(rows, (int64_t)pg_ticket_number(store, dispute->ticket_id));
    rows_number(rows, dispute->count);
    rows_number(rows, dispute->found_at);
    rows_text(rows, dispute->other);
    rows_number(rows, dispute->other_at);
    rows_number(rows, dispute->closed_at);
    rows_text(rows, dispute->closed_by);
    rows_text(rows, dispute->reason);
    rows_text(rows, dispute->customer_name);
    rows_text(rows, dispute->customer_phone);
}

static enum tk_code write_disputes(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    struct pg_rows *rows = &store->rows;
    enum tk_code code;

    rows_begin(rows, "btttntnnnntnntttt");
    for (size_t i = 0; i < set->dispute_count; i++)
        if (set->disputes[i].state == ROW_NEW)
            add_dispute(store, &set->disputes[i].dispute);
    code = pg_send_rows(store, PG_DISPUTES_INSERT, false, sent, error);
    if (code)
        return code;
    rows_begin(rows, "bntt");
    for (size_t i = 0; i < set->dispute_count; i++) {
        const struct dispute *dispute = &set->disputes[i].dispute;

        if (set->disputes[i].state != ROW_CHANGED)
            continue;
        add_id(rows, &dispute->id);
        rows_number(rows, dispute->closed_at);
        rows_text(rows, dispute->closed_by);
        rows_text(rows, dispute->reason);
    }
    return pg_send_rows(store, PG_DISPUTES_CLOSE, true, sent, error);
}

enum tk_code pg_write_tills(struct postgres_store *store, int *sent, struct tk_error *error)
{
    enum tk_code code = write_devices(store, sent, error);

    if (!code)
        code = write_holdings(store, sent, error);
    if (!code)
        code = write_earlies(store, sent, error);
    if (!code)
        code = write_voided(store, sent, error);
    return code ? code : write_disputes(store, sent, error);
}
