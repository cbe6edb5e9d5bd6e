/*
 * postgres_store: the box office in a PostgreSQL database, behind any number of nodes.
 *
 * libpq in pipeline mode: a batch of operations is two round trips, whatever is in it of what a counter
 * and a door do: `BEGIN; load … FOR UPDATE` | plan | `insert …; update …; COMMIT`. SQL that other engines of
 * the same protocol know: no sequences, advisory locks, LISTEN, triggers, SKIP LOCKED, foreign keys.
 *
 * Invariants
 * 1. Row locks are taken in one order: the meta row `rare`, slots by id, customers by number, records by key;
 *    tallies are rows of its writer's own. A batch in which something is done that not every counter does all day (plan
 *    changes more than slots, tickets, customers and what a member on duty has used up) is rare: it holds `rare`,
 *    so that such batches come one after another.
 * 2. A batch of nothing but operations that are known already writes, too (its writer's row): its COMMIT waits
 *    until what it answers is on the standby.
 * 3. After COMMIT was sent, a lost connection and any WARNING leave it unknown what happened: the same batch is
 *    sent again, to whichever server takes writes, until the time is up (TK_UNKNOWN).
 * 4. No wait for a server is without an end.
 * 5. Numbers are unique by construction: each writer has blocks of its own (struct pg_writer).
 *
 * Threading: as core/store.h says; each store has a connection of its own.
 */
#ifndef TK_DATA_POSTGRES_POSTGRES_STORE_H
#define TK_DATA_POSTGRES_POSTGRES_STORE_H

#include "core/crypto.h"
#include "core/plan.h"
#include "core/store.h"

#define POSTGRES_WAIT_MS 5000

struct postgres_options {
    const char *uri; /* postgresql://…; without a password */
    struct plan_rules rules;
    struct crypto_key digest_key;  /* keys the digests of operation bodies */
    struct crypto_key seal_seed;   /* of the key that signs the journal (core/seal.h); zero: nothing is signed */
    int64_t (*now)(void *context); /* UTC µs */
    void (*random)(void *context, void *data, size_t size);
    void *context;
    int wait_ms; /* how long a batch may try again, and any answer may take; 0: POSTGRES_WAIT_MS */
    bool copying; /* for data/copy alone: a copy into it need not be finished */
    bool new_key; /* migrate: take another digest_key than the box office was made with */
};

/* What postgres_migrate found and did. */
struct postgres_migration {
    int64_t from, to; /* schema versions; from is 0 when there was none */
    int64_t era;
};

/* What a server is like, for those who set it up. */
struct postgres_look {
    char version[40];      /* of the server */
    bool in_recovery;      /* it is a standby */
    char commit[16];       /* synchronous_commit as our sessions have it */
    char standbys[128];    /* synchronous_standby_names; "": none is waited for */
    int64_t standby_count; /* that follow it */
    bool many_hosts;       /* the URI names more than one server */
    int64_t schema;        /* 0: there is no box office */
    int64_t known_schema;  /* this program's */
    int64_t era;
    bool key_fits;       /* the box office was made with this digest_key */
    int64_t clock_ahead; /* µs: the server's clock less this machine's */
    int64_t writers;     /* that wrote in the last 24 hours, where the schema is known */
};

/* Whether a text names a database rather than a file: postgresql:// or postgres://. */
bool postgres_is_uri(const char *text);
/* Refuses a password in a URI, which anyone on the machine can read in a list of processes, and what libpq
   cannot parse: TK_CONFIG with a sentence. */
enum tk_code postgres_check_uri(const char *uri, struct tk_error *error);

/* Connects; *store is to be closed with store_close. TK_UNAVAILABLE when no server can be reached or none takes
   writes; TK_CONFIG when there is no box office in the database, it is of an older version, the key is another one, or the
   database is not UTF-8; TK_NEWER_VERSION; TK_NO_MEMORY. Nothing is made or changed. */
enum tk_code postgres_store_open(const struct postgres_options *options, struct store **store,
                                 struct tk_error *error);

/* Looks, and changes nothing; also at a standby, and where there is no box office. Fails as
   postgres_store_open. */
enum tk_code postgres_look(const struct postgres_options *options, struct postgres_look *look,
                           struct tk_error *error);

/* Makes the schema, or brings it up to the version that this program knows, in one transaction. restored: what
   is there was put back from a backup, after which others may have sold: a new era begins, and
   numbers go on above all that may have been given out since. Fails as postgres_store_open. */
enum tk_code postgres_migrate(const struct postgres_options *options, bool restored,
                              struct postgres_migration *migration, struct tk_error *error);

#endif
