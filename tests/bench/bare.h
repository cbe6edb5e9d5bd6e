/*
 * bare: SQLite with nothing around it, as the limit to measure against.
 *
 * It works on a file that the box office made, with the same settings and the same statements, and
 * writes the same rows; it looks nothing up, checks nothing and formats nothing.
 */
#ifndef TK_TESTS_BENCH_BARE_H
#define TK_TESTS_BENCH_BARE_H

#include "tests/bench/bench.h"

struct bare;

/* `model` is a journal entry as the box office wrote it for the same kind of sale: the bare rows
   have its texts. Copied. May be NULL when nothing is sold. */
enum tk_code bare_open(struct bare **bare, const char *path, size_t slots,
                       const struct journal_entry *model, struct tk_error *error);
void bare_close(struct bare *bare);

struct bare_customer {
    char name[CUSTOMER_NAME_SIZE], phone[CUSTOMER_PHONE_SIZE];
};
/* Sells one ticket each of `count` slots in one transaction; `customers` (as many, each new) may be
   NULL. slots[i] counts from 0. */
enum tk_code bare_sell(struct bare *bare, const size_t *slots, size_t count,
                       const struct bare_customer *customers, struct tk_error *error);
/* Expires every booked ticket with one UPDATE. */
enum tk_code bare_expire(struct bare *bare, int64_t *tickets, struct tk_error *error);
/* Steps through one page of a genre's open slots without keeping anything. */
enum tk_code bare_page(struct bare *bare, const struct slot_query *query, size_t *rows,
                       struct tk_error *error);

#endif
