/*
 * remote: what the files of the store behind HTTP share; remote_store.h says what it is.
 *
 *   remote_store.c   opening, facts, keys, backup, verify
 *   remote_call.c    one request with patience: sent again when that is right
 *   remote_read.c    lists, page by page
 *   remote_apply.c   changes
 *   remote_admit.c   a scan that the service judges
 *   remote_tills.c   what tills hold, disputes
 *   remote_records.c records and tallies
 *   remote_sign_on.c people who sign on
 *   remote_enrol.c   a device that comes with a code, over a client of its own
 *   remote_line.c    sync, over a client of its own
 */
#ifndef TK_DATA_REMOTE_REMOTE_H
#define TK_DATA_REMOTE_REMOTE_H

#include "core/admission.h"
#include "core/json.h"
#include "core/map.h"
#include "core/query.h"
#include "core/wire.h"
#include "data/remote/http_client.h"
#include "data/remote/remote_sign_on.h"
#include "data/remote/remote_store.h"

#define REMOTE_ANSWER_MAX (32u << 20) /* bytes of one answer */
#define REMOTE_BODY_MAX (1u << 20)    /* bytes of one request */
#define REMOTE_PAGE_MAX 1000          /* items of one page */
#define REMOTE_GOODBYE_MS 1000 /* for what nobody waits for */
#define REMOTE_LONG_MS 600000         /* for what the service works on for long */

struct remote {
    struct store store;
    struct http_client *client;
    struct buffer path, body, answer;
    struct plan_rules rules;
    int timeout_ms;
    bool has_token;
    char token_file[256]; /* "": not known */
    char session[REMOTE_SESSION_SIZE], approval[REMOTE_SESSION_SIZE]; /* "": none; wiped at the end */
    uint64_t noise; /* for pauses of different length */
    struct map key_places; /* by slot */
    struct remote_key {
        int64_t generation;
        struct crypto_key key;
    } *keys; /* owned; wiped at the end */
    size_t key_count, key_capacity;
};

/* --- remote_call.c --- */

/* Makes a request and, when that can help, makes it again, for timeout_ms in all (0: the store's).
   TK_OK when the answer is a success; what the service says of a failure otherwise. Of a call that
   changes nothing no failure is TK_UNKNOWN; of one that changes, any failure but TK_UNKNOWN means
   that nothing was changed. */
enum tk_code remote_call(struct remote *remote, struct http_call *call, bool changes,
                         struct tk_error *error);
/* GETs remote->path and reads the answer, which json_free frees. */
enum tk_code remote_get(struct remote *remote, struct http_call *call, struct json **document,
                        struct tk_error *error);
/* What an answer says that is no success. */
enum tk_code remote_read_problem(const struct remote *remote, const struct http_call *call,
                                 struct tk_error *error);
/* An answer that is a success, but not of the form that it should have. */
enum tk_code remote_fail_form(const struct remote *remote, struct tk_error *error);

/* The same once: one try. *changed: what it asks for may have been done, in spite of the failure. */
enum tk_code remote_try(const struct remote *remote, struct http_call *call, bool *changed,
                        struct tk_error *error);
/* How many ms to wait after so many tries before the next. */
int64_t remote_pause_before(struct remote *remote, const struct http_call *call, int tries);

/* --- remote_admit.c --- */

/* The service judges the scan (POST /v1/admissions with the request's id as Idempotency-Key), within
   SYNC_ANSWER_MS. TK_UNAVAILABLE when the service has seen nothing of it by then, TK_UNKNOWN when it may
   have; TK_RATE_LIMITED after too many wrong passes. */
enum tk_code remote_admit(struct remote *remote, const struct admission_request *request,
                          struct admission *admission, struct tk_error *error);

/* --- remote_read.c --- */

/* What becomes of the items of a list. */
struct remote_reader {
    enum tk_code (*add)(void *list, const struct json *item, struct tk_error *error);
    void *list;
    const char *member; /* of the answer, where the items stand */
    size_t left;        /* that are still wanted */
};

/* Asks for the page at remote->path and all that follow while items are wanted. */
enum tk_code remote_read_pages(struct remote *remote, struct remote_reader *reader,
                               struct tk_error *error);
/* How many a query's limit means, and of so many those of one page. */
size_t remote_wanted(size_t limit);
size_t remote_page_of(size_t left);

enum tk_code remote_list_slots(struct store *store, const struct slot_query *query,
                               struct slot_list *list, struct tk_error *error);
enum tk_code remote_list_tickets(struct store *store, const struct ticket_query *query,
                                 struct ticket_list *list, struct tk_error *error);
enum tk_code remote_list_customers(struct store *store, const struct customer_query *query,
                                   struct customer_list *list, struct tk_error *error);
enum tk_code remote_list_journal(struct store *store, const struct journal_query *query,
                                 struct journal_list *list, struct tk_error *error);
enum tk_code remote_list_due(struct store *store, const struct due_query *query,
                             struct id_list *list, struct tk_error *error);
enum tk_code remote_list_devices(struct store *store, const struct device_query *query,
                                 struct device_list *list, struct tk_error *error);
enum tk_code remote_count_admissions(struct store *store, int64_t slot_id,
                                     struct admission_count_list *list, struct tk_error *error);
enum tk_code remote_count_slots(struct store *store, const struct slot_query *query,
                                int64_t *count, struct tk_error *error);

/* --- remote_tills.c --- */

enum tk_code remote_list_allotments(struct store *store, const struct allotment_query *query,
                                    struct allotment_list *list, struct tk_error *error);
enum tk_code remote_list_disputes(struct store *store, const struct dispute_query *query,
                                  struct dispute_list *list, struct tk_error *error);
/* --- remote_records.c --- */

enum tk_code remote_list_records(struct store *store, const struct record_query *query,
                                struct record_list *list, struct tk_error *error);
enum tk_code remote_list_tallies(struct store *store, const struct tally_query *query,
                                struct tally_list *list, struct tk_error *error);
/* TK_NOT_IMPLEMENTED: only a centre asks these, of its own store. */
enum tk_code remote_list_replicas(struct store *store, const char *device,
                                  struct replica_list *list, struct tk_error *error);
enum tk_code remote_list_blocks(struct store *store, const char *holder, bool written_off,
                                struct number_block_list *list, struct tk_error *error);

/* --- remote_apply.c --- */

enum tk_code remote_apply(struct store *store, const struct operation *operations, size_t count,
                          struct outcome *outcomes, struct tk_error *error);
enum tk_code remote_apply_all(struct store *store, const struct operation_source *source,
                              size_t *applied, size_t *replayed, struct tk_error *error);

#endif
