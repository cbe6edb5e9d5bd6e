/* house: programmes of many slots, imported as a file would be. */
#ifndef TK_TESTS_BENCH_HOUSE_H
#define TK_TESTS_BENCH_HOUSE_H

#include "tests/bench/bench.h"

struct programme {
    size_t slots;
    int64_t from, until; /* UTC µs; the starts lie evenly between */
    int64_t capacity;
};

/* Imports a programme into an open till, in one transaction; ids rise from SLOT_ID_FIRST in a new
   store. *seconds (may be NULL) is how long it took. */
enum tk_code house_import(struct bench *bench, struct till *till, const struct programme *programme,
                          double *seconds, struct tk_error *error);
/* Opens the house of a million slots over two years, a quarter of them past and expired; the first
   call of a run builds it. */
enum tk_code house_open(struct bench *bench, struct till *till, struct tk_error *error);

#endif
