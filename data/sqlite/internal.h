/* internal: what the files of the SQLite engine share. */
#ifndef TK_DATA_SQLITE_INTERNAL_H
#define TK_DATA_SQLITE_INTERNAL_H

#include <sqlite3.h>

#include "core/plan.h"
#include "core/store.h"
#include "data/sqlite/gate.h"
#include "data/sqlite/sql.h"
#include "data/sqlite/sqlite_store.h"

struct sqlite_store {
    struct store store; /* first */
    sqlite3 *db;        /* NULL after a failure, until opened again */
    bool doubtful;      /* a commit ended unknown and the file was not opened since */
    int log_pages, log_next; /* in the log after the last commit; at which it is moved next */
    int64_t room_tried_ms; /* connection_make_room; monotonic */
    bool forgetting;    /* the log still has customers that were erased */
    sqlite3_stmt *statements[SQL_COUNT];
    struct gate gate;
    struct sqlite_options options;
    char *path; /* owned */
    struct id_key id_key;
    char uuid[OP_ID_TEXT_MAX];
    int64_t era;
    int64_t writer;       /* whose journal entries this file adds (schema.c, version 5) */
    int64_t digest_since; /* journal entries before this have digests of a lost key */
    struct store_watch watch;
    int64_t watch_since_ms;
    struct working_set set; /* kept to spare allocations */
    const struct slot_ref *last_ref; /* while loading: whose slots were loaded last, by name */
    struct mirror mirror; /* of a till's copy */
    bool suspect;         /* its file may not be the newest */
};

/* errors: one table from SQLite's result codes to ours. */
enum tk_code sqlite_code(int result);
/* Fills the error from the connection's last failure. */
enum tk_code sqlite_fail(struct sqlite_store *store, int result, struct tk_error *error);

/* connection: opening, with everything that a fresh file needs. */
/* Looks at the path before SQLite does, for the clearest sentence. */
enum tk_code connection_check_path(const struct sqlite_store *store, struct tk_error *error);
enum tk_code connection_open(struct sqlite_store *store, struct tk_error *error);
void connection_close(struct sqlite_store *store);
/* Steps of opening, each once the one before was done: whether it is ours and of which version; the
   statements; what the store knows of itself. */
enum tk_code connection_identify(struct sqlite_store *store, int64_t *version,
                                 struct tk_error *error);
enum tk_code connection_prepare_all(struct sqlite_store *store, struct tk_error *error);
/* Those from `first` up to `end` that are not prepared yet. */
enum tk_code connection_prepare(struct sqlite_store *store, enum sql first, enum sql end,
                                struct tk_error *error);
/* TK_CONFIG for one that data/copy was at and has not finished. */
enum tk_code connection_check_finished(struct sqlite_store *store, struct tk_error *error);
enum tk_code connection_read_meta(struct sqlite_store *store, struct tk_error *error);
/* Opens again after a failure; TK_OK when it is open. */
enum tk_code connection_require(struct sqlite_store *store, struct tk_error *error);
/* Moves the whole log into the database, syncs it and empties the log: what is read from here on is
   on the disk and not only in the kernel's memory of a failed write, and a commit that was written
   but not taken up cannot come back when the log is recovered. TK_BUSY when others read from it. */
enum tk_code connection_empty_log(struct sqlite_store *store, struct tk_error *error);
/* The same without waiting for those who read. */
enum tk_code connection_try_empty_log(struct sqlite_store *store, struct tk_error *error);
/* On a full disk: the log may be what fills it. Once a second at most, as all of it is written. */
void connection_make_room(struct sqlite_store *store);

/* look: opening for reading alone, outside the gate. */
enum tk_code look_open(struct sqlite_store *store, struct tk_error *error);
/* Refuses with TK_NOT_A_STORE what is seen to be none before the gate's file is made beside it; what
   cannot be told is left to connection_open. */
enum tk_code look_before_gate(struct sqlite_store *store, struct tk_error *error);

/* Binding and stepping. Whoever takes a statement ends with statement_done, which resets it, so that
   no read transaction stays open. */
sqlite3_stmt *statement_take(struct sqlite_store *store, enum sql sql);
void statement_done(sqlite3_stmt *statement);
void bind_text(sqlite3_stmt *statement, int at, const char *text);
/* NULL for 0 */
void bind_number(sqlite3_stmt *statement, int at, uint64_t number);
/* Steps a statement that gives no rows. */
enum tk_code statement_run(struct sqlite_store *store, sqlite3_stmt *statement,
                           struct tk_error *error);
/* Steps; TK_OK with *row telling whether there is one. The caller ends with statement_done. */
enum tk_code statement_step(struct sqlite_store *store, sqlite3_stmt *statement, bool *row,
                            struct tk_error *error);

/* Reads all rows, each handed to add, whose failure stops it, and is done with the statement. */
enum tk_code statement_each(struct sqlite_store *store, sqlite3_stmt *statement,
                            enum tk_code (*add)(struct sqlite_store *store, sqlite3_stmt *row,
                                                void *list),
                            void *list, struct tk_error *error);

/* Copies a text column, cut to fit; "" for NULL, which a damaged file may have anywhere. */
void read_text(sqlite3_stmt *row, int column, char *text, size_t size);
void read_slot(sqlite3_stmt *row, struct slot *slot);
void read_ticket(const struct sqlite_store *store, sqlite3_stmt *row, struct ticket *ticket);
void read_customer(const struct sqlite_store *store, sqlite3_stmt *row, struct customer *customer);
/* False when the row does not say what the device may: then it may nothing. */
bool read_device(sqlite3_stmt *row, struct device *device);
/* In the order of the columns in sql.h. */
void read_allotment(sqlite3_stmt *row, struct allotment *allotment);
void read_block(sqlite3_stmt *row, struct number_block *block);
void read_early(const struct sqlite_store *store, sqlite3_stmt *row,
                struct early_admission *early);
/* False when a row cannot be understood. */
bool read_replica(sqlite3_stmt *row, struct replica *replica);
bool read_dispute(const struct sqlite_store *store, sqlite3_stmt *row, struct dispute *dispute);
void read_record(sqlite3_stmt *row, struct record *record);
/* body and outcome are the row's own: borrowed until it is stepped, and not to be freed. */
void read_entry(sqlite3_stmt *row, struct journal_entry *entry);

uint64_t ticket_number(const struct sqlite_store *store, uint64_t id);
uint64_t customer_number(const struct sqlite_store *store, uint64_t id);

/* load and write: the two sides of plan. */
enum tk_code load_batch(struct sqlite_store *store, const struct operation *operations,
                        size_t count, struct tk_error *error);
enum tk_code write_batch(struct sqlite_store *store, const struct operation *operations,
                         size_t count, const struct outcome *outcomes, int64_t now,
                         struct tk_error *error);
/* The part of write_batch that adds to the journal, moves its head and seals it. */
enum tk_code write_journal(struct sqlite_store *store, const struct operation *operations,
                           size_t count, const struct outcome *outcomes, int64_t now,
                           struct tk_error *error);
/* Where the journal of this file's writer ends (core/seal). */
struct journal_end {
    int64_t entries;
    uint8_t head[CRYPTO_HASH_SIZE];
};
enum tk_code load_journal_end(struct sqlite_store *store, struct journal_end *end,
                              struct tk_error *error);
/* Fills in the heads of a journal from before they were kept; within its upgrade, before statements are prepared. */
enum tk_code heads_make(struct sqlite_store *store, struct tk_error *error);
/* Single rows, as they are. */
enum tk_code insert_slot(struct sqlite_store *store, const struct slot_row *row,
                         struct tk_error *error);
enum tk_code insert_ticket(struct sqlite_store *store, const struct ticket *ticket,
                           struct tk_error *error);
enum tk_code insert_customer(struct sqlite_store *store, const struct customer *customer,
                             struct tk_error *error);
/* Looks an operation up in the journal and among those that were voided. */
enum tk_code load_seen(struct sqlite_store *store, const struct op_id *id,
                       struct seen_operation *seen, struct tk_error *error);
/* Into the working set, unless it is there: a slot; a customer (0: none); a ticket with both. */
enum tk_code load_slot(struct sqlite_store *store, int64_t id, struct tk_error *error);
enum tk_code load_customer(struct sqlite_store *store, uint64_t id, struct tk_error *error);
enum tk_code load_ticket(struct sqlite_store *store, uint64_t id, struct tk_error *error);
/* Beside what is loaded of any operation what those who sell cut off need. */
enum tk_code load_tills(struct sqlite_store *store, const struct operation *operation,
                        struct tk_error *error);
/* When all of a batch is loaded: what devices hold of slots whose tickets they take back, should those be
   sold earlier in the batch. */
enum tk_code load_tills_after(struct sqlite_store *store, const struct operation *operations,
                              size_t count, struct tk_error *error);
/* The rows of plan that are about tills. */
enum tk_code write_tills(struct sqlite_store *store, struct tk_error *error);
/* One of them, whether it is there or not; in a till's copy its slot's `here` goes with its own. */
enum tk_code write_allotment(struct sqlite_store *store, const struct allotment *allotment,
                             struct tk_error *error);
enum tk_code write_block(struct sqlite_store *store, const struct number_block *block,
                         struct tk_error *error);
enum tk_code write_replica(struct sqlite_store *store, const struct replica *replica,
                           struct tk_error *error);
enum tk_code write_early(struct sqlite_store *store, const struct early_admission *early,
                         struct tk_error *error);
enum tk_code write_record(struct sqlite_store *store, const struct record *record,
                          struct tk_error *error);
/* Left alone when it is there. */
enum tk_code insert_dispute(struct sqlite_store *store, const struct dispute *dispute,
                            struct tk_error *error);

/* What lists have in common. A read begins (for the watch) and ends with its rows. */
enum tk_code query_begin(struct sqlite_store *store, struct tk_error *error);
enum tk_code query_rows(struct sqlite_store *store, sqlite3_stmt *statement,
                        enum tk_code (*add)(struct sqlite_store *store, sqlite3_stmt *row,
                                            void *list),
                        void *list, struct tk_error *error);
sqlite3_int64 query_limit(size_t limit);

/* A write transaction, behind the gate: begins it; undoes what was not committed; commits, and when that
   fails looks for the journal entry of `probe` (may be NULL); moves erased names out of the log. */
enum tk_code apply_begin(struct sqlite_store *store, struct tk_error *error);
void apply_undo(struct sqlite_store *store);
enum tk_code apply_commit(struct sqlite_store *store, const struct operation *probe,
                          struct tk_error *error);
void apply_forget(struct sqlite_store *store);

/* mirror: a till's copy. Refuses a file of the other kind than the options want, which needs no statement
   to be prepared; the last step of opening, of any store; refuses what is not for a till's copy. */
enum tk_code mirror_check_kind(struct sqlite_store *store, int64_t version,
                               struct tk_error *error);
enum tk_code mirror_open(struct sqlite_store *store, struct tk_error *error);
enum tk_code mirror_refuse(const struct sqlite_store *store, struct tk_error *error);

/* apply, query and verify: the port's functions. */
enum tk_code sqlite_apply(struct store *store, const struct operation *operations, size_t count,
                          struct outcome *outcomes, struct tk_error *error);
enum tk_code sqlite_apply_all(struct store *store, const struct operation_source *source,
                              size_t *applied, size_t *replayed, struct tk_error *error);
enum tk_code sqlite_list_slots(struct store *store, const struct slot_query *query,
                               struct slot_list *list, struct tk_error *error);
enum tk_code sqlite_list_tickets(struct store *store, const struct ticket_query *query,
                                 struct ticket_list *list, struct tk_error *error);
enum tk_code sqlite_list_customers(struct store *store, const struct customer_query *query,
                                   struct customer_list *list, struct tk_error *error);
enum tk_code sqlite_list_journal(struct store *store, const struct journal_query *query,
                                 struct journal_list *list, struct tk_error *error);
enum tk_code sqlite_list_due(struct store *store, const struct due_query *query,
                             struct id_list *list, struct tk_error *error);
enum tk_code sqlite_list_devices(struct store *store, const struct device_query *query,
                                 struct device_list *list, struct tk_error *error);
enum tk_code sqlite_touch_device(struct store *store, const char *name, int64_t at,
                                 struct tk_error *error);
enum tk_code sqlite_count_admissions(struct store *store, int64_t slot_id,
                                     struct admission_count_list *list, struct tk_error *error);
enum tk_code sqlite_list_allotments(struct store *store, const struct allotment_query *query,
                                    struct allotment_list *list, struct tk_error *error);
enum tk_code sqlite_list_disputes(struct store *store, const struct dispute_query *query,
                                  struct dispute_list *list, struct tk_error *error);
enum tk_code sqlite_list_records(struct store *store, const struct record_query *query,
                                struct record_list *list, struct tk_error *error);
enum tk_code sqlite_list_tallies(struct store *store, const struct tally_query *query,
                                struct tally_list *list, struct tk_error *error);
enum tk_code sqlite_list_replicas(struct store *store, const char *device,
                                  struct replica_list *list, struct tk_error *error);
enum tk_code sqlite_list_blocks(struct store *store, const char *holder, bool written_off,
                                struct number_block_list *list, struct tk_error *error);
enum tk_code sqlite_count_slots(struct store *store, const struct slot_query *query,
                                int64_t *count, struct tk_error *error);
enum tk_code sqlite_version(struct store *store, uint64_t *version, struct tk_error *error);
enum tk_code sqlite_verify(struct store *store, struct verify_report *report,
                           struct tk_error *error);
enum tk_code sqlite_backup(struct store *store, const char *path,
                           void (*progress)(void *context, int64_t done, int64_t total),
                           void *context, struct tk_error *error);

#endif
