/* query_tills: lists of what tills hold and what the centre refused them. */
#include "data/postgres/internal.h"

static enum tk_code add_allotment(struct postgres_store *store, const PGresult *result, int row,
                                  void *list)
{
    struct allotment allotment;

    (void)store;
    row_allotment(result, row, &allotment);
    return allotment_list_add(list, &allotment);
}

enum tk_code postgres_list_allotments(struct store *base, const struct allotment_query *query,
                                      struct allotment_list *list, struct tk_error *error)
{
    static const enum pg_sql statements[2][2] = {
        {PG_LIST_ALLOTMENTS, PG_LIST_ALLOTMENTS_HOLDER},
        {PG_LIST_ALLOTMENTS_SLOT, PG_LIST_ALLOTMENTS_BOTH}};
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);

    params_number(params, query->after_slot);
    params_text(params, query->after_holder);
    params_number(params, query->held);
    params_number(params, pg_query_limit(query->limit));
    if (query->slot_id)
        params_number(params, query->slot_id);
    if (query->holder)
        params_text(params, query->holder);
    return pg_query_rows(store, statements[query->slot_id != 0][query->holder != NULL],
                         add_allotment, list, error);
}

static enum tk_code add_dispute(struct postgres_store *store, const PGresult *result, int row,
                                void *list)
{
    struct dispute dispute;

    return row_dispute(store, result, row, &dispute) ? dispute_list_add(list, &dispute)
                                                     : TK_CORRUPT;
}

enum tk_code postgres_list_disputes(struct store *base, const struct dispute_query *query,
                                    struct dispute_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);

    if (query->id) {
        params_bytes(params, query->id->bytes, sizeof query->id->bytes);
        params_number(params, query->open);
        return pg_query_rows(store, PG_LIST_DISPUTES_ONE, add_dispute, list, error);
    }
    params_number(params, query->after_found_at);
    params_bytes(params, query->after_id.bytes, sizeof query->after_id.bytes);
    params_number(params, pg_query_limit(query->limit));
    return pg_query_rows(store, query->open ? PG_LIST_DISPUTES_OPEN : PG_LIST_DISPUTES, add_dispute,
                         list, error);
}

static enum tk_code add_replica(struct postgres_store *store, const PGresult *result, int row,
                                void *list)
{
    struct replica replica;

    (void)store;
    return row_replica(result, row, &replica) ? replica_list_add(list, &replica) : TK_CORRUPT;
}

enum tk_code postgres_list_replicas(struct store *base, const char *device,
                                    struct replica_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);

    if (device)
        params_text(params, device);
    return pg_query_rows(store, device ? PG_LIST_REPLICAS_DEVICE : PG_LIST_REPLICAS, add_replica,
                         list, error);
}

static enum tk_code add_block(struct postgres_store *store, const PGresult *result, int row,
                              void *list)
{
    struct number_block block;

    (void)store;
    row_block(result, row, &block);
    return number_block_list_add(list, &block);
}

enum tk_code postgres_list_blocks(struct store *base, const char *holder, bool written_off,
                                  struct number_block_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);

    params_number(params, written_off);
    if (holder)
        params_text(params, holder);
    return pg_query_rows(store, holder ? PG_LIST_BLOCKS_HOLDER : PG_LIST_BLOCKS, add_block, list,
                         error);
}
