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
    int64_t digest_since; /* journal entries before this have digests of a lost key */
    struct store_watch watch;
    int64_t watch_since_ms;
    struct working_set set; /* kept to spare allocations */
    const struct slot_ref *last_ref; /* while loading: whose slots were loaded last, by name */
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
enum tk_code connection_prepare(struct sqlite_store *store, struct tk_error *error);
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

/* Copies a text column, cut to fit; "" for NULL, which a damaged file may have anywhere. */
void read_text(sqlite3_stmt *row, int column, char *text, size_t size);
void read_slot(sqlite3_stmt *row, struct slot *slot);
void read_ticket(const struct sqlite_store *store, sqlite3_stmt *row, struct ticket *ticket);
void read_customer(const struct sqlite_store *store, sqlite3_stmt *row, struct customer *customer);
/* False when the row does not say what the device may: then it may nothing. */
bool read_device(sqlite3_stmt *row, struct device *device);

uint64_t ticket_number(const struct sqlite_store *store, uint64_t id);
uint64_t customer_number(const struct sqlite_store *store, uint64_t id);

/* load and write: the two sides of plan. */
enum tk_code load_batch(struct sqlite_store *store, const struct operation *operations,
                        size_t count, struct tk_error *error);
enum tk_code write_batch(struct sqlite_store *store, const struct operation *operations,
                         size_t count, const struct outcome *outcomes, int64_t now,
                         struct tk_error *error);
/* Looks an operation up in the journal. */
enum tk_code load_seen(struct sqlite_store *store, const struct operation *operation,
                       struct seen_operation *seen, struct tk_error *error);

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
enum tk_code sqlite_count_slots(struct store *store, const struct slot_query *query,
                                int64_t *count, struct tk_error *error);
enum tk_code sqlite_version(struct store *store, uint64_t *version, struct tk_error *error);
enum tk_code sqlite_verify(struct store *store, struct verify_report *report,
                           struct tk_error *error);
enum tk_code sqlite_backup(struct store *store, const char *path,
                           void (*progress)(void *context, int64_t done, int64_t total),
                           void *context, struct tk_error *error);

/* The words by which a customer is found, each with its mark: 'n' + folded word of the name,
   'p' + digits of the phone from the end. Calls add for each; stops at the first failure. */
enum tk_code customer_keys(const char *name, const char *phone,
                           enum tk_code (*add)(void *context, const char *key), void *context);

#endif
