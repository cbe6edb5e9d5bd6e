#include "data/postgres/internal.h"

enum tk_code postgres_list_allotments(struct store *store, const struct allotment_query *query,
                                      struct allotment_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_disputes(struct store *store, const struct dispute_query *query,
                                    struct dispute_list *list, struct tk_error *error)
{
    (void)store;
    (void)query;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_replicas(struct store *store, const char *device,
                                    struct replica_list *list, struct tk_error *error)
{
    (void)store;
    (void)device;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

enum tk_code postgres_list_blocks(struct store *store, const char *holder, bool written_off,
                                  struct number_block_list *list, struct tk_error *error)
{
    (void)store;
    (void)holder;
    (void)written_off;
    (void)list;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

