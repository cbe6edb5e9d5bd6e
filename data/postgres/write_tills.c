#include "data/postgres/internal.h"

enum tk_code pg_write_tills(struct postgres_store *store, int *sent, struct tk_error *error)
{
    (void)store;
    (void)sent;
    (void)error;
    return TK_OK;
}

