#include "data/postgres/internal.h"

enum tk_code pg_load_tills(struct postgres_store *store, const struct operation *operation,
                        struct tk_error *error)
{
    (void)store;
    (void)operation;
    (void)error;
    return TK_OK;
}

enum tk_code pg_load_tills_after(struct postgres_store *store, const struct operation *operations,
                              size_t count, struct tk_error *error)
{
    (void)store;
    (void)operations;
    (void)count;
    (void)error;
    return TK_OK;
}

