/*
 * snapshot: what lies in a store, read with SQL from the database itself, beside the program under
 * test: a SQLite file through its library, PostgreSQL through psql.
 *
 * Both schemas name their tables and columns alike. Tickets and customers are stored by number and
 * get their ids here, by the key that the store keeps.
 */
#ifndef TK_TESTS_CLUSTER_SNAPSHOT_H
#define TK_TESTS_CLUSTER_SNAPSHOT_H

#include "core/error.h"
#include "tests/cluster/checker.h"

#define SQL_COLUMNS_MAX 16

/* Where the database is. Either file or psql is set. */
struct database {
    const char *file;               /* of SQLite */
    const char *const *psql;        /* a command that is psql at the right place; ends with NULL */
    const char *const *environment; /* of that command, as in run.h */
    const char *home;               /* a folder of ours for what psql writes */
};

/* Gives each row, as texts ("" for NULL), to `take`, which says whether to go on. */
typedef enum tk_code row_taker(void *context, const char *const *columns);
/* TK_UNAVAILABLE, with the database's own words, when it does not answer within a minute. */
enum tk_code database_query(const struct database *database, const char *sql, row_taker *take,
                            void *context, struct tk_error *error);

/* Reads the showings with these ids, their tickets, and the journal from `since` (UTC µs) on; with
   slot_count 0 all there is. *stored is to be released by the caller, after a failure, too. */
enum tk_code snapshot_read(const struct database *database, const int64_t *slot_ids,
                           size_t slot_count, int64_t since, struct stored *stored,
                           struct tk_error *error);

#endif
