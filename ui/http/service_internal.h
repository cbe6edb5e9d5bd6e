/* service_internal: what the files of the service share; service.h says how they work together. */
#ifndef TK_UI_HTTP_SERVICE_INTERNAL_H
#define TK_UI_HTTP_SERVICE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/text.h"
#include "ui/http/idempotency.h"
#include "ui/http/service.h"

#define PEEKS_MAX 8
#define WORKERS_MAX 8
#define WORK_MAX 4096    /* requests that wait for a worker */
#define WAITING_MAX 4096 /* requests that wait for a change */
#define TOUCHED_BITS 4096 /* a power of two */
#define DEVICES_KNOWN 512
#define MEMBERS_KNOWN 256
#define APPROVALS_KNOWN 8192 /* a power of two; more than two desks make while they last */
#define CACHE_LINES 64
#define CACHE_BYTES (16u << 20)
#define CACHE_LINK_MAX 1024 /* bytes of a Link that is kept, with the NUL */
#define ANSWER_MAX (16u << 20) /* bytes of one answer */
#define ANSWER_TICKET 640u /* … of a ticket in it */
#define BODY_MAX (64u << 10)   /* bytes of a request's body … */
#define BODY_BATCH_MAX (1u << 20) /* … and of a batch of operations */
/* Bodies above BODY_MAX, of requests and answers, share this many bytes: so memory is bounded by the
   connections times what a small request takes, and this. */
#define LARGE_MAX ((size_t)256 << 20)

/* A store for a question that is quick: which version, whose token. Any thread takes a free one. */
struct peek {
    pthread_mutex_t lock;
    struct box_office office; /* its store is owned */
};

/* A token that was seen, and whose it was as of a version of the store. */
struct known_device {
    bool used;
    uint64_t version; /* of a far store: the time in µs (monotonic), as asking it takes long */
    struct device device;
    bool attended; /* said once with its token (plan redeem): it holds as long as that does */
    int64_t seen_at, touched_at; /* UTC µs */
};

/* A member who was looked up, as of a version of the store; as of known_device. */
struct known_member {
    bool used;
    uint64_t version;
    struct staff staff; /* without verifiers; number 0: there was none */
    uint32_t secrets;   /* a mark of those (peek_secrets) */
};

/* The operation for which an approval was used. */
struct used_approval {
    uint8_t tag[STAFF_TAG_SIZE];
    struct op_id operation;
    int64_t until; /* UTC µs; 0: free */
};

struct cache_line {
    char *key; /* owned; NULL: free */
    uint64_t version;
    int64_t valid_until; /* UTC µs; 0: as long as the version */
    uint64_t used;
    char etag[40];
    char link[CACHE_LINK_MAX]; /* the header Link; "": none */
    struct http_shared *body;
};

struct exchange_list {
    struct exchange *first, *last;
    size_t count;
};

/*
 * Which showings our own commits changed since the watcher looked.
 *
 * The writer's thread tells of each commit and asks for the store's version then: all of our commits
 * so far were told, so what the version has above the number of their journal entries is of others.
 * While that difference stays, every change up to `version` is ours and its showing is marked.
 * 1. What is not known to be ours sets `all`.
 * 2. A showing that changed above `seen` and up to `version` is marked, or `all` is set.
 */
struct touched {
    bool known;       /* version and others are as of the last commit */
    uint64_t version; /* up to which 2 holds */
    uint64_t entries; /* of the journal, that our commits made */
    uint64_t others;  /* version less entries: rises when another program writes */
    uint64_t seen;    /* the version when the watcher looked */
    bool all;
    uint64_t slots[TOUCHED_BITS / 64]; /* by the slot's id */
};

struct worker {
    pthread_t thread;
    bool running;
    struct service *service;
    struct store *store; /* owned */
};

struct service {
    struct service_options options;
    struct box_office office; /* store NULL */
    struct http_server *server;
    struct store_queue *queue;
    struct metrics *metrics;
    struct idempotency *keys;
    struct imports *imports; /* v1_imports.c */
    struct rate_limit *rate_tokens, *rate_addresses, *rate_refusals, *rate_passes;
    int64_t started_us; /* monotonic */
    atomic_bool unready, draining;
    atomic_size_t large; /* bytes reserved of LARGE_MAX */
    atomic_uint commits_failed;         /* in a row, through the store's fault … */
    atomic_llong commit_failed_us;      /* … the last of them; monotonic */
    int64_t failure_said_us[TK_CODE_COUNT]; /* in the log; the writer's alone; monotonic */

    struct peek peeks[PEEKS_MAX];
    unsigned peek_count;

    atomic_bool devices_seen; /* there are known ones */
    pthread_mutex_t device_lock;
    struct known_device devices[DEVICES_KNOWN]; /* by hash, one place each */
    struct known_member members[MEMBERS_KNOWN]; /* by number; under device_lock, as approvals */
    struct used_approval approvals[APPROVALS_KNOWN];
    struct crypto_key staff_key; /* of sessions and approvals */
    int64_t opened_at;           /* UTC µs: what was used before is not known here */
    struct pin_desk *desk;

    pthread_mutex_t cache_lock;
    struct cache_line cache[CACHE_LINES];
    size_t cache_bytes;
    uint64_t cache_clock;

    pthread_mutex_t work_lock;
    pthread_cond_t work_there;
    struct exchange_list work, long_work; /* the first worker alone takes from long_work */
    bool work_ends;
    struct worker workers[WORKERS_MAX];
    unsigned worker_count;

    pthread_mutex_t wait_lock;
    pthread_cond_t wait_wake; /* monotonic clock */
    struct exchange_list waiting;
    bool committed;           /* since the watcher looked */
    struct touched touched;
    bool watch_ends;
    pthread_t watcher;
    bool watcher_runs;
    struct box_office watch_office; /* its store is the watcher's; owned */
    atomic_bool store_answers, schema_current, keys_there;
    int64_t schema_version; /* of the store when it was opened */
    int64_t facts_us;       /* when it was asked for its facts; monotonic; the watcher's alone */
    bool away_said;         /* in the log; the watcher's alone */
    int64_t watchdog_us, watchdog_told_us; /* 0: nobody wants to know; monotonic */
    atomic_llong store_answered_us; /* monotonic */
    atomic_llong store_asked_us;    /* since when it is asked; monotonic; 0: it is not just now */

    pthread_mutex_t upkeep_lock;
    pthread_cond_t upkeep_wake;
    bool upkeep_ends;
    pthread_t upkeep;
    bool upkeep_runs;
    struct box_office upkeep_office; /* its store is owned */
};

/* service.c */
/* Puts an exchange at the end of a list, and takes the first. */
void exchange_list_add(struct exchange_list *list, struct exchange *x);
struct exchange *exchange_list_take(struct exchange_list *list);
/* A thread of that name. */
bool service_thread(pthread_t *thread, const char *name, void *(*run)(void *), void *argument);

/* dispatch.c: the server's handler */
struct http_handler dispatch_handler(struct service *service);
/* Whether a text is a traceparent as W3C's Trace Context has it (version 00 … fe, 55 characters). */
bool traceparent_is_valid(const char *text);

/* exchange.c */
/* Reserves room for a body of that size until the exchange is over; false when there is none. */
bool exchange_reserve(struct exchange *x, size_t size);
/* Fills the response with a failure, without sending it. */
void exchange_put_failure(struct exchange *x, enum tk_code code, const struct tk_error *error);
/* Adds what every answer has and sends it; etag NULL: none. With an etag: 304 when the client has
   it. */
void exchange_answer_tagged(struct exchange *x, int status, const char *etag);

/* route.c */
/* The route of method and path, its variables decoded; NULL with *allow (static or in `room`) naming
   the methods that the path has, or "" when there is no such path. HEAD finds what GET does. */
const struct route *route_find(const char *method, const char *path,
                               char variables[ROUTE_VARIABLES_MAX][128], char *allow, size_t size);

/* Whether there is no use in asking the store: it is far, and does not answer. Then *error says so. */
bool service_is_cut_off(const struct service *service, struct tk_error *error);
/* The same before a change, and when a key is missed that passes are made with. */
bool service_takes_changes(const struct service *service, struct tk_error *error);

/* peek.c */
enum tk_code peek_version(struct service *service, uint64_t *version, struct tk_error *error);
/* The device of a token, and whether people sign on at it; TK_NO_TOKEN when there is none that may. */
enum tk_code peek_device(struct service *service, const char *token, struct device *device,
                         bool *attended, struct tk_error *error);
/* A member, without verifiers, but with a mark of them; TK_STAFF_NOT_FOUND. */
enum tk_code peek_member(struct service *service, int64_t number, struct staff *staff,
                         uint32_t *secrets, struct tk_error *error);
/* The mark: another one, but for a chance in 2^32, when there is a new PIN or password. */
uint32_t peek_secrets(const struct staff *staff);
/* Whether the token is one that was revoked, as far as it is known: not of a device whose name was
   enrolled anew. Reads all devices. */
bool peek_was_revoked(struct service *service, const char *token);
/* Asks a far store what has become of all tokens and members that are known. */
void peek_refresh_devices(struct service *service, struct box_office *office);
void peek_refresh_members(struct service *service, struct box_office *office);
/* After one was enrolled or revoked, or staff changed, here, whatever the version. */
void peek_forget_devices(struct service *service);
void peek_forget_members(struct service *service);
/* Writes down who was seen a minute or more after the last time, or `all`. May wait for the gate. */
void peek_touch_devices(struct service *service, struct box_office *office, bool all);

/* guard.c: who may ask what, and how often */
enum tk_code guard_check(struct exchange *x, unsigned *retry_s, struct tk_error *error);
/* Whose bucket an address shares: of IPv6 the first four groups, which one customer owns. */
#define GUARD_NAME_SIZE DEVICE_SIZE
void guard_name_address(const char *peer, char name[GUARD_NAME_SIZE]);

/* guard_staff.c: who signed on */
/* Reads Ticketly-Staff and Ticketly-Approval into x->office, when they came: TK_SIGN_ON unless they are
   good here and now, and of members who work here. */
enum tk_code guard_staff(struct exchange *x, struct tk_error *error);
/* Whether whoever asks may use the route: TK_SIGN_ON, TK_FORBIDDEN. Sets x->role and x->acts. */
enum tk_code guard_role(struct exchange *x, struct tk_error *error);
/* Whether an operation of this kind may be sent from there; what the member may plan decides. */
bool guard_may(const struct exchange *x, enum op_kind kind);
/* The operation is done in the name of who signed on, whatever it says, and an approval is used up by
   the first of its kind. TK_FORBIDDEN when it names somebody else who signs on. */
enum tk_code guard_claim(struct exchange *x, struct operation *operation, struct tk_error *error);
/* Whether the approval that came with x is good for this operation: it is for the first one only. */
bool guard_use_approval(struct exchange *x, const struct op_id *operation);

/* pin_desk.c: what takes a tenth of a second of work and 64 MiB. Two at once, one of each place; those that
   wait take their turns, DESK_MAX of them; who comes without a device takes up half of that, so that nobody from
   anywhere keeps the tills' people out. */
#define DESK_MAX 64
#define DESK_STRANGERS_MAX (DESK_MAX / 2)
/* What x->state begins with while x is at the desk. */
struct desk_work {
    char place[GUARD_NAME_SIZE]; /* whose failures count together: a device, or an address */
    int64_t number;
    char secret[SECRET_MAX + 1];   /* wiped when it was tried */
    char verifier[VERIFIER_SIZE];  /* to be tried, "": there is none; or made */
    bool makes;                    /* makes a verifier: nothing is tried */
    enum role role;                /* of the member */
    void (*then)(struct exchange *x); /* on a worker */
    /* what came of it */
    enum tk_code code;
    struct tk_error error;
    bool tried, locked; /* the secret was tried; and with that the place was locked */
};
enum tk_code pin_desk_open(struct service *service, struct tk_error *error);
void pin_desk_close(struct service *service);
/* False when too many wait. */
bool pin_desk_add(struct service *service, struct exchange *x);

/* cache.c */
/* Answers from the cache when it can; of a far store on a worker's thread, by its store. */
bool cache_answer(struct exchange *x);
/* Keeps the answer that x is about to give: body, ETag and Link. Not one whose valid_until is over or
   whose Link does not fit. */
void cache_keep(struct exchange *x, const char *etag, struct http_shared *body);
void cache_release(struct service *service);

/* worker.c */
enum tk_code workers_start(struct service *service, struct tk_error *error);
void workers_stop(struct service *service);
/* False when the queue is full. */
bool work_add(struct service *service, struct exchange *x);
size_t work_depth(struct service *service);

/* watcher.c */
enum tk_code watcher_start(struct service *service, struct tk_error *error);
void watcher_stop(struct service *service);
/* There is something to look at for everybody who waits. */
void watcher_wake(struct service *service);
/* The writer committed these; count 0: it is not known what. On the writer's thread alone. */
void watcher_commit(struct service *service, const struct operation *operations,
                    const struct outcome *outcomes, size_t count);
/* False when too many wait. */
bool wait_add(struct service *service, struct exchange *x);
size_t wait_depth(struct service *service);

/* upkeep.c */
enum tk_code upkeep_start(struct service *service, struct tk_error *error);
void upkeep_stop(struct service *service);

#endif
