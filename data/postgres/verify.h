/* verify: what verify.c and verify_journal.c share. */
#ifndef TK_DATA_POSTGRES_VERIFY_H
#define TK_DATA_POSTGRES_VERIFY_H

#include "core/seal.h"
#include "data/postgres/internal.h"

struct verify_run {
    struct postgres_store *store; /* in a transaction that reads everything as of one moment */
    struct verify_report *report;
    struct tk_error *error;
};

/* Gives every row of a statement to `add`. */
enum tk_code verify_rows(struct verify_run *run, enum pg_sql sql, const struct pg_params *params,
                         pg_query_add *add, void *context);
/* Walks each writer's entries: none is missing, the chain of each device is whole, the last one is
   the one that the writer's row tells of, and what was sold is there. */
/* By writer and entries. */
struct seal_list {
    struct seal *items; /* owned */
    size_t count, capacity;
};

/* verify_records.c: reads all records, and adds those that are seals. */
enum tk_code verify_records(struct verify_run *run, struct seal_list *seals);
/* verify_journal.c: what is in the journal must be what was signed. */
enum tk_code verify_journal(struct verify_run *run, const struct seal_list *seals);

#endif
