/* internal: what the files of the PostgreSQL engine share. */
#ifndef TK_DATA_POSTGRES_INTERNAL_H
#define TK_DATA_POSTGRES_INTERNAL_H

#include <libpq-fe.h>

#include "core/map.h"
#include "core/plan.h"
#include "core/store.h"
#include "data/postgres/params.h"
#include "data/postgres/postgres_store.h"
#include "data/postgres/sql.h"

#define WRITER_NUMBERS (INT64_C(1) << 20) /* in the block of a writer */
#define PATIENT_MS (60 * 60 * 1000)
#define WRITER_DEVICES_MAX 4096           /* chains at hand; then another writer goes on */

/* Where the chain of a device stands, at this writer. */
struct pg_chain {
    char device[DEVICE_SIZE];
    int64_t seq;
    uint8_t hash[CRYPTO_HASH_SIZE];
    /* where it stood before the transaction at hand, if it moved in it */
    bool moved;
    int64_t kept_seq;
    uint8_t kept_hash[CRYPTO_HASH_SIZE];
};

/*
 * Who writes: a row of the table `writer`, with numbers of its own for the tickets, customers and journal entries
 * that it writes, and journal chains of its own (one for each device). What happened last stands in memory
 * only, as nobody else writes here; so after a commit that is unknown another writer is registered.
 */
struct pg_writer {
    int64_t id; /* 0: none */
    int64_t first, end;
    int64_t next_ticket, next_customer, next_entry;
    int64_t entries;                /* journal entries so far */
    uint8_t hash[CRYPTO_HASH_SIZE]; /* of the last of them */
    uint8_t head[CRYPTO_HASH_SIZE]; /* over all of them (core/seal.h) */
    /* the same as of the last commit */
    struct {
        int64_t next_ticket, next_customer, next_entry, entries;
        uint8_t hash[CRYPTO_HASH_SIZE], head[CRYPTO_HASH_SIZE];
    } kept;
    struct pg_chain *chains;        /* owned */
    size_t chain_count, chain_capacity;
    struct map chain_index; /* by a hash of the device's name */
};

/* The servers of the address, when there are several. */
struct pg_servers {
    int count; /* 0: not known yet */
    int first; /* which is asked first */
    char *hosts, *ports;  /* owned; lists as libpq writes them */
    int64_t looked_ms;    /* when it was looked last whether another one is better; monotonic */
};

struct postgres_store {
    struct store store; /* first */
    PGconn *conn;       /* NULL after a loss, until connected again */
    struct postgres_options options;
    char *uri; /* owned */
    struct id_key id_key;
    char uuid[OP_ID_TEXT_MAX];
    int64_t era, digest_since, schema;
    bool unfinished; /* a copy into it (data/copy) was begun and not finished */
    bool at_standby; /* any server will do: it is looked at only */
    bool again;   /* the last failure: the same may well work when tried again */
    bool warned;  /* the server has sent a WARNING since the flag was put down */
    bool in_pipe; /* something was sent whose results were not all taken */
    int syncs;    /* that were sent and not yet answered */
    bool unsynced; /* something was sent since the last of them */
    int round_trips; /* flushes so far */
    int64_t patience_ms; /* how long to wait for an answer; PATIENT_MS for what looks at everything */
    int64_t budget_ms;   /* how long a batch may be tried again */
    struct pg_servers servers;
    struct pg_writer writer;
    struct store_watch watch;
    int64_t watch_since_ms; /* 0: nobody is asked whether to go on waiting */
    struct working_set set; /* kept to spare allocations */
    struct pg_params params; /* of the statement that is put together; kept for the same reason */
    struct pg_rows rows;
};

/* --- connection --- */

/* One table from SQLSTATEs to our codes. *again: whether trying again may help. */
enum tk_code pg_code(const char *sqlstate, bool *again);
/* Connects and makes the session as it has to be, without asking what is there. */
enum tk_code pg_connect_bare(struct postgres_store *store, struct tk_error *error);
/* Connects, checks schema and key, prepares all statements. */
enum tk_code pg_connect(struct postgres_store *store, struct tk_error *error);
/* TK_OK when it is connected; connects again after a loss. */
enum tk_code pg_require(struct postgres_store *store, struct tk_error *error);
/* A store that is not connected; released by the port's close. Fails as postgres_check_uri does. */
enum tk_code pg_new(const struct postgres_options *options, struct postgres_store **store,
                    struct tk_error *error);
void postgres_close(struct store *store);
/* Drops the connection and forgets the writer. */
void pg_drop(struct postgres_store *store);
/* Reads what the store knows of itself; *schema is 0 when there is no box office. */
enum tk_code pg_read_meta(struct postgres_store *store, int64_t *schema, struct crypto_key *key,
                          struct tk_error *error);
/* Reads it, and fails unless this program may write there: TK_CONFIG, TK_NEWER_VERSION. */
enum tk_code pg_check_meta(struct postgres_store *store, struct tk_error *error);
/* What the key is recognised by, without telling it. */
struct crypto_key pg_fingerprint(const struct postgres_store *store);
int64_t pg_clock_ms(void);

/* --- server: which of several (server.c) --- */

/* The first server, from servers.first on, that takes writes; makes the session as it has to be. */
enum tk_code pg_dial(struct postgres_store *store, struct tk_error *error);
/* Once connected: leaves a server that can commit nothing for one that can, if there is one. */
enum tk_code pg_settle(struct postgres_store *store, struct tk_error *error);
/* Whether to connect anew for that reason; asks the server now and then. */
bool pg_should_move(struct postgres_store *store);
/* Appends the lists in the order in which they are to be tried; nothing for one server. */
void pg_servers_from(const struct pg_servers *servers, struct buffer *hosts, struct buffer *ports);
void pg_servers_release(struct pg_servers *servers);

/* --- pipe: statements sent together, results taken in the same order ---
 *
 *   pg_send … pg_send ── pg_flush ──▶ pg_take … pg_take ── pg_end
 *
 * A failure of one makes all after it fail until pg_end, which is called in any case (unless the connection is
 * gone); so what belongs together is sent inside of a transaction: a long statement has a Sync of its own (pipe.c). Results are the caller's, to be given to PQclear. All of them fail with pg_code, or with TK_UNAVAILABLE
 * when the connection is lost (store->conn is NULL then), TK_INTERRUPTED when the watch gave up (so, too). */
enum tk_code pg_send(struct postgres_store *store, enum pg_sql sql, const struct pg_params *params,
                     struct tk_error *error);
/* What is not prepared. */
enum tk_code pg_send_text(struct postgres_store *store, const char *sql,
                          const struct pg_params *params, struct tk_error *error);
enum tk_code pg_flush(struct postgres_store *store, struct tk_error *error);
enum tk_code pg_take(struct postgres_store *store, PGresult **result, struct tk_error *error);
/* The same without its rows. */
enum tk_code pg_skip(struct postgres_store *store, struct tk_error *error);
enum tk_code pg_end(struct postgres_store *store, struct tk_error *error);
/* One statement by itself: a round trip. params may be NULL. */
enum tk_code pg_ask(struct postgres_store *store, enum pg_sql sql, const struct pg_params *params,
                    PGresult **result, struct tk_error *error);
enum tk_code pg_ask_text(struct postgres_store *store, const char *sql,
                         const struct pg_params *params, PGresult **result,
                         struct tk_error *error);
/* The parameters of the next statement, empty. */
struct pg_params *pg_params(struct postgres_store *store);

/* --- row: columns in binary --- */

/* 0 for NULL. */
int64_t row_number(const PGresult *result, int row, int column);
/* Cut to fit; "" for NULL. */
void row_text(const PGresult *result, int row, int column, char *text, size_t size);
/* False unless there are exactly so many bytes. */
bool row_bytes(const PGresult *result, int row, int column, void *data, size_t size);
void row_slot(const PGresult *result, int row, struct slot *slot);
void row_ticket(const struct postgres_store *store, const PGresult *result, int row,
                struct ticket *ticket);
void row_customer(const struct postgres_store *store, const PGresult *result, int row,
                  struct customer *customer);
/* False when it cannot be understood. */
bool row_device(const PGresult *result, int row, struct device *device);
void row_record(const PGresult *result, int row, struct record *record);
/* row_tills.c: the columns are *_COLUMNS of sql.h. The last two: false when it cannot be understood. */
void row_allotment(const PGresult *result, int row, struct allotment *allotment);
void row_block(const PGresult *result, int row, struct number_block *block);
void row_early(const struct postgres_store *store, const PGresult *result, int row,
               struct early_admission *early);
bool row_replica(const PGresult *result, int row, struct replica *replica);
bool row_dispute(const struct postgres_store *store, const PGresult *result, int row,
                 struct dispute *dispute);
uint64_t pg_ticket_number(const struct postgres_store *store, uint64_t id);
uint64_t pg_customer_number(const struct postgres_store *store, uint64_t id);
uint64_t pg_id(const struct postgres_store *store, enum id_kind kind, int64_t number);

/* --- load, plan, write --- */

/* Whether a batch has anything that is not done all day (postgres_store.h, 1). */
bool pg_load_is_rare(const struct operation *operations, size_t count);
/* Begins a transaction and brings what the batch touches into store->set. *rare: hold `rare`; set where it turns
   out that it must be held: then all is to be begun again. */
enum tk_code pg_load_batch(struct postgres_store *store, const struct operation *operations,
                        size_t count, bool *rare, struct tk_error *error);
/* The same of a further batch of a transaction that was begun and holds `rare`. */
enum tk_code pg_load_more(struct postgres_store *store, const struct operation *operations,
                       size_t count, struct tk_error *error);
/* load_tills.c: of a rare batch what is about tills, and of any what was not found. One question at a time. */
enum tk_code pg_load_tills(struct postgres_store *store, const struct operation *operation,
                        struct tk_error *error);
enum tk_code pg_load_tills_after(struct postgres_store *store, const struct operation *operations,
                              size_t count, struct tk_error *error);
/* Into the set, unless it is there, with its row locked: a slot; a customer (0: none). */
enum tk_code pg_load_slot(struct postgres_store *store, int64_t id, struct tk_error *error);
enum tk_code pg_load_customer(struct postgres_store *store, uint64_t id, struct tk_error *error);
/* Tickets of `count` numbers from one on, each with its slot and customer. */
enum tk_code pg_load_tickets(struct postgres_store *store, uint64_t number, int64_t count,
                          struct tk_error *error);
/* Looks an operation up in the journal and among those that were voided. */
enum tk_code pg_load_seen(struct postgres_store *store, const struct op_id *id,
                       struct seen_operation *seen, struct tk_error *error);
/* load_rows.c: rows of a result into the set; TK_CORRUPT for what cannot be. Of tickets each one's slot must be there:
   TK_BUSY, to be tried again, where it was sold since its slot was looked for. */
enum tk_code pg_load_add_slots(struct postgres_store *store, const PGresult *result,
                               struct tk_error *error);
enum tk_code pg_load_add_tickets(struct postgres_store *store, const PGresult *result,
                                 struct tk_error *error);
enum tk_code pg_load_add_customers(struct postgres_store *store, const PGresult *result,
                                   struct tk_error *error);
/* A row of PG_SEEN. */
enum tk_code pg_load_read_seen(const struct postgres_store *store, const PGresult *result, int row,
                               struct seen_operation *seen, struct tk_error *error);

/* load_records.c: the records that operations are decided with: whether there are any; sending, in at most two statements
   for all of them, and taking what they answer, with those that are not there missed. */
struct pg_records_sent {
    bool locked, plain;
};
bool pg_records_any(const struct operation *operation);
enum tk_code pg_records_send(struct postgres_store *store, const struct operation *const *items,
                             size_t count, struct pg_records_sent *sent, struct tk_error *error);
enum tk_code pg_records_take(struct postgres_store *store, const struct operation *const *items,
                             size_t count, const struct pg_records_sent *sent,
                             struct tk_error *error);
/* What the set's ids are told where an operation raises it. `rare` is held. */
enum tk_code pg_records_load_seq(struct postgres_store *store, const struct operation *operations,
                                 size_t count, struct tk_error *error);

/* Sends what plan decided, each change as one statement; *sent counts statements whose results are
   to be taken. Neither flushes nor commits. */
enum tk_code pg_write_batch(struct postgres_store *store, const struct operation *operations,
                         size_t count, const struct outcome *outcomes, int64_t now, int *sent,
                         struct tk_error *error);
/* Sends store->rows as the statement's arrays, unless there are none; `all`: the statement also wants to know how
   many. */
enum tk_code pg_send_rows(struct postgres_store *store, enum pg_sql sql, bool all, int *sent,
                          struct tk_error *error);
/* write_tills.c: the rows of plan that are about tills and devices. */
enum tk_code pg_write_tills(struct postgres_store *store, int *sent, struct tk_error *error);

/* write_records.c: records and tallies; and seals (core/seal.h): of all other writers where plan asked for it, which is a
   round trip before anything is sent, and of the store's own after its entries were made, of which there were `before`.
   Without a seed none are made. */
enum tk_code pg_write_records(struct postgres_store *store, int *sent, struct tk_error *error);
enum tk_code pg_seal_others(struct postgres_store *store, int64_t now, int *sent,
                            struct tk_error *error);
enum tk_code pg_seal_own(struct postgres_store *store, int64_t before, int64_t now, int *sent,
                         struct tk_error *error);

/* --- writer --- */

/* A writer with numbers for a batch that needs so many at most: registers one where needed, in a transaction of
   its own. */
enum tk_code writer_require(struct postgres_store *store, int64_t numbers, struct tk_error *error);
/* Forgets it: the next batch registers another one. */
void writer_forget(struct pg_writer *writer);
/* The transaction was committed; it was not, and the writer is as it was before. */
void writer_keep(struct pg_writer *writer);
void writer_undo(struct pg_writer *writer);
/* An entry is the new end of a chain, and of all that the writer wrote. */
void writer_move(struct pg_writer *writer, struct pg_chain *chain,
                 const struct journal_entry *entry);
/* The chain of a device; borrowed until the next call; NULL: no memory. */
struct pg_chain *writer_chain(struct pg_writer *writer, const char *device);

/* --- query: what lists are read with --- */

/* At most STORE_LIST_MAX; 0 means all of these. */
int64_t pg_query_limit(size_t limit);
/* Asks with store->params, once more on a new connection when the first is lost: a question may be put twice. A
   watch may give up meanwhile. Not inside a transaction. */
enum tk_code pg_query_ask(struct postgres_store *store, enum pg_sql sql, PGresult **result,
                          struct tk_error *error);
/* The same, with every row given to `add`. */
typedef enum tk_code pg_query_add(struct postgres_store *store, const PGresult *result, int row,
                                  void *list);
enum tk_code pg_query_rows(struct postgres_store *store, enum pg_sql sql, pg_query_add *add,
                           void *list, struct tk_error *error);
/* Gives every row of a result to `add`, and the result to PQclear. */
enum tk_code pg_query_each(struct postgres_store *store, PGresult *result, pg_query_add *add,
                           void *list, struct tk_error *error);
/* Adds a row of JOURNAL_COLUMNS to a struct journal_list. */
pg_query_add pg_query_add_entry;

/* --- the port's functions --- */

enum tk_code postgres_apply(struct store *store, const struct operation *operations, size_t count,
                            struct outcome *outcomes, struct tk_error *error);
enum tk_code postgres_apply_all(struct store *store, const struct operation_source *source,
                                size_t *applied, size_t *replayed, struct tk_error *error);
enum tk_code postgres_list_slots(struct store *store, const struct slot_query *query,
                                 struct slot_list *list, struct tk_error *error);
enum tk_code postgres_list_tickets(struct store *store, const struct ticket_query *query,
                                   struct ticket_list *list, struct tk_error *error);
enum tk_code postgres_list_customers(struct store *store, const struct customer_query *query,
                                     struct customer_list *list, struct tk_error *error);
enum tk_code postgres_list_journal(struct store *store, const struct journal_query *query,
                                   struct journal_list *list, struct tk_error *error);
enum tk_code postgres_list_due(struct store *store, const struct due_query *query,
                               struct id_list *list, struct tk_error *error);
enum tk_code postgres_list_devices(struct store *store, const struct device_query *query,
                                   struct device_list *list, struct tk_error *error);
enum tk_code postgres_touch_device(struct store *store, const char *name, int64_t at,
                                   struct tk_error *error);
enum tk_code postgres_count_admissions(struct store *store, int64_t slot_id,
                                       struct admission_count_list *list, struct tk_error *error);
enum tk_code postgres_list_allotments(struct store *store, const struct allotment_query *query,
                                      struct allotment_list *list, struct tk_error *error);
enum tk_code postgres_list_disputes(struct store *store, const struct dispute_query *query,
                                    struct dispute_list *list, struct tk_error *error);
enum tk_code postgres_list_records(struct store *store, const struct record_query *query,
                                struct record_list *list, struct tk_error *error);
enum tk_code postgres_list_tallies(struct store *store, const struct tally_query *query,
                                struct tally_list *list, struct tk_error *error);
enum tk_code postgres_list_replicas(struct store *store, const char *device,
                                    struct replica_list *list, struct tk_error *error);
enum tk_code postgres_list_blocks(struct store *store, const char *holder, bool written_off,
                                  struct number_block_list *list, struct tk_error *error);
enum tk_code postgres_count_slots(struct store *store, const struct slot_query *query,
                                  int64_t *count, struct tk_error *error);
enum tk_code postgres_version(struct store *store, uint64_t *version, struct tk_error *error);
enum tk_code postgres_verify(struct store *store, struct verify_report *report,
                             struct tk_error *error);
enum tk_code postgres_facts(struct store *store, struct store_facts *facts,
                            struct tk_error *error);

#endif
