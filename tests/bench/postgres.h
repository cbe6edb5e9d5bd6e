/*
 * postgres: what the parts of `make bench-pg` share: databases of the run's own server, which syncs
 * its files on the bench's disk; ways of selling; and what each takes of processors, disk and
 * lines.
 *
 * Everybody comes over TCP on the same machine, as nodes do from others, and does the same: one
 * walk-up sale, with a ticket and a journal entry, acknowledged when it is on the disk.
 */
#ifndef TK_TESTS_BENCH_POSTGRES_H
#define TK_TESTS_BENCH_POSTGRES_H

#include "tests/bench/http.h"
#include "tests/support/postgres.h"

#define PG_NODES 3
#define PG_SLOTS 1000
#define PG_SLOT_FIRST 100000
#define PG_HOT_FIRST 200000 /* a fresh one for each turn */

/* One showing that everybody wants, or PG_SLOTS at random. */
enum pg_load { PG_HOT, PG_MANY, PG_LOADS };

/* So many that the batches of three nodes can fill while others are committed. */
#ifndef PG_CONNECTIONS
#define PG_CONNECTIONS 192
#endif

struct pg_base {
    char uri[POSTGRES_URI_SIZE]; /* over TCP */
    int64_t hot;                 /* slots of that sort made so far */
};

/* Which slots a turn sells: `count` from `first` on. */
struct pg_range {
    int64_t first, count;
};

/* What selling took, over all turns. Times are µs of processors. */
struct pg_use {
    double seconds, sold, batches, round_trips;
    double seller_us, postgres_us, load_us; /* seller: nodes, or the caller of the store */
    double wal;                             /* bytes that the server wrote to it */
    double line_in, line_out;               /* bytes from and to tills, or to and from the server */
    double p99_ms;                          /* sum of the turns' */
    int turns;
};
double pg_rate(const struct pg_use *use);
/* `value`, one of the above, for each sale. */
double pg_each(const struct pg_use *use, double value);

/* --- postgres_meter.c --- */

struct pg_meter {
    const struct pg_base *base;
    const struct process *nodes; /* PG_NODES of them; NULL: this program sells */
    int64_t sold, wal, batches, seller_us, postgres_us, load_us, start;
};
/* A database with PG_SLOTS showings; the schema is made by `migrate`. */
enum tk_code pg_base_open(struct pg_base *base,
                          enum tk_code (*migrate)(void *context, const char *uri,
                                                  struct tk_error *error),
                          void *context, struct tk_error *error);
/* What the next turn sells; a hot showing is made for it. */
enum tk_code pg_base_range(struct pg_base *base, enum pg_load load, struct pg_range *range,
                           struct tk_error *error);
void pg_meter_start(struct pg_meter *meter, const struct pg_base *base,
                    const struct process *nodes);
/* Adds what happened since to `use`, but for what only the seller knows. */
void pg_meter_stop(const struct pg_meter *meter, struct pg_use *use);

/* --- postgres_sell.c: a turn of so many seconds each, added to `use` --- */

/* pgbench with so many clients, one sale in one statement and one transaction. */
enum tk_code pg_sell_pgbench(struct bench *bench, struct pg_base *base, enum pg_load load,
                             int clients, int seconds, struct pg_use *use, struct tk_error *error);
/* The store's batches of so many, called here. */
enum tk_code pg_sell_batches(struct bench *bench, struct pg_base *base, enum pg_load load,
                             size_t batch, int seconds, struct pg_use *use, struct tk_error *error);
/* PG_CONNECTIONS in all to `nodes` of the services. */
enum tk_code pg_sell_http(struct bench *bench, struct pg_base *base, enum pg_load load,
                          const struct process *services, int nodes, int seconds,
                          struct pg_use *use, struct tk_error *error);
/* The same by whatever listens at these ports. */
enum tk_code pg_sell_at(struct bench *bench, struct pg_base *base, enum pg_load load,
                        const struct process *services, const char *const *ports, int count,
                        int seconds, struct pg_use *use, struct tk_error *error);
/* Reads an address of one service again and again; `sold` counts requests. */
enum tk_code pg_read(struct bench *bench, struct pg_base *base, const struct process *services,
                     const char *target, int seconds, struct pg_use *use, struct tk_error *error);
/* Makes the schema for the first two. */
enum tk_code pg_migrate_here(void *context, const char *uri, struct tk_error *error);
/* Where pg_sell_http's tokens stand, one a line. */
#define PG_TOKENS_FILE "tokens"

/* --- postgres_edge.c --- */

/* HAProxy in front of the services, without TLS, for so many seconds of selling; us: its processor
   time for each sale. TK_UNAVAILABLE when it does not start. */
enum tk_code pg_measure_edge(struct bench *bench, struct pg_base *base,
                             const struct process *services, int seconds, double *us,
                             struct tk_error *error);

#endif
