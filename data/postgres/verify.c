#include "data/postgres/internal.h"

enum tk_code postgres_verify(struct store *store, struct verify_report *report,
                             struct tk_error *error)
{
    (void)store;
    (void)report;
    return tk_fail_code(error, TK_NOT_IMPLEMENTED);
}

