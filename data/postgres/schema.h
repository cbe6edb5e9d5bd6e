/* schema: the tables, as numbered steps. */
#ifndef TK_DATA_POSTGRES_SCHEMA_H
#define TK_DATA_POSTGRES_SCHEMA_H

/* What brings version n to n + 1: statements up to a NULL. */
extern const char *const *const pg_schema_steps[];
extern const int pg_schema_version;

/* Everybody who writes registers anew, and looks again at what the database is (writer.c). The row of the numbers is
   locked already. */
#define PG_RETIRE_ALL                                                                              \
    "WITH gone AS (UPDATE writer SET retired = 1 WHERE retired = 0 AND id > 0 RETURNING batches)"  \
    " UPDATE writer SET batches = batches + (SELECT coalesce(sum(batches), 0)::bigint FROM gone)"  \
    " WHERE id = 0"

/* The journal only grows: whoever made it, which is whom nodes connect as, takes the rest from himself and all others.
   He may give it back to himself, which data/postgres/copy.c does where a copy begins anew. */
#define PG_JOURNAL_KEEP "REVOKE UPDATE, DELETE, TRUNCATE ON journal FROM CURRENT_USER, PUBLIC"
#define PG_JOURNAL_LIFT "GRANT DELETE ON journal TO CURRENT_USER"

#endif
