/*
 * sync: how a till and its centre come to the same: one exchange brings what the till did to the centre, and
 * what changed there to the till.
 *
 *   till                                                       centre
 *   sync_make ── request: queue, operations, cursors ─────────▶ sync_serve_begin ─ apply (one commit)
 *   sync_take ◀─ reply: answers, outcomes, rows, standing ───── sync_serve_end
 *
 *                  exchange fails as away                   a round succeeds
 *   online ────────────────────────────────────▶ cut off ────────────────────────▶ online
 *
 * Over HTTP an exchange is POST /v1/sync; with a centre that is a file of the same machine it is
 * sync_serve, called.
 *
 * Invariants
 * 1. A request may arrive late, twice, out of order or not at all, and so may a reply: entries and
 *    operations have ids, totals never fall, and rows older than those that are there are not taken.
 * 2. A refusal is an answer. No entry holds up those behind it.
 * 3. Cut off a till sells only what it holds. What it holds never comes back by itself.
 * 4. An operation whose outcome was not learnt is voided before something is done in its place.
 * 5. Nothing here waits longer than SYNC_ANSWER_MS for the sake of a person.
 *
 * Threading: a sync_till belongs to one thread; two of them may work on the same file, each with a line and
 * mirror of its own.
 */
#ifndef TK_CORE_SYNC_H
#define TK_CORE_SYNC_H

#include "core/box_office.h"
#include "core/mirror.h"

#define SYNC_ANSWER_MS 2000    /* a till that has no answer by then goes on by itself */
#define SYNC_ENTRIES_MAX 256   /* of the queue in one request */
#define SYNC_OPERATIONS_MAX 256 /* to be done at once, in one request */
#define SYNC_TICKETS_MAX 2000  /* in one reply, or as many as one change of one slot made, if more */
#define SYNC_SLOTS_MAX 500     /* in one reply */
#define SYNC_CURSORS_MAX 20000 /* in one request */
#define SYNC_TOUCHED_MAX 2048  /* cursors of a request that does not ask for all slots */
#define SYNC_GRANTS_MAX 128    /* in one reply */
#define SYNC_DISPUTES_MAX 500  /* that a till is told of */
#define SYNC_RECORDS_MAX 500   /* in one reply */
#define SYNC_REVIEW (TIME_MINUTE / 4) /* how often a till asks what it should hold */
#define SYNC_KEEP TIME_DAY     /* after its end a slot is forgotten by a till */
#define SYNC_DOOR_AHEAD (2 * TIME_HOUR) /* before admission a door gets a slot's key and names */
#define SYNC_CLOCK_WARN (2 * TIME_MINUTE)
#define SYNC_SENT_KEPT 1024    /* operations that a till remembers to have sent */
#define SYNC_NUMBERS_LOW (NUMBER_BLOCK_SIZE / 2) /* with fewer left a till gets another block */

struct operation_list {
    struct operation *items; /* owned */
    size_t count, capacity;
};

enum tk_code operation_list_add(struct operation_list *list, const struct operation *operation);
void operation_list_release(struct operation_list *list);

struct sync_request {
    char device[DEVICE_SIZE]; /* a service puts that of the token here, and what no wire carries: its role … */
    enum role role;
    bool attended; /* … and whether people sign on at it (core/invite) */
    struct op_id replica;        /* zero: it is nobody's copy yet … */
    struct op_id previous;       /* what it was before; zero: nothing */
    char centre[OP_ID_TEXT_MAX]; /* … and this is "", … */
    int64_t era;                 /* … and 0 */
    int64_t seq;       /* entries that were ever in its queue */
    int64_t base_seq;  /* the entry before the first that is sent … */
    uint8_t base_hash[CRYPTO_HASH_SIZE]; /* … and the hash of the chain there */
    struct mirror_entry_list entries;    /* base_seq + 1, base_seq + 2, … */
    int64_t offered_from; /* the first of them that was never sent before; 0: none. On no wire */
    struct operation_list operations;    /* to be done now, after the entries */
    struct mirror_cursor_list cursors;   /* what is known of slots; of others nothing */
    bool all;          /* asks for all slots of the window; else for those of the cursors and those that
                          entries and operations touch */
    int64_t from, to;  /* the window (UTC µs): slots that end after `from` and start before `to` */
    uint64_t version;  /* as of the last reply that was whole; 0: none */
    bool review;       /* asks for places and numbers to hold, and for disputes */
    int64_t busiest;   /* tickets in its busiest half hour; -1: it wants neither places nor numbers */
    int64_t numbers_left;
    struct id_list keys; /* of these slots it wants the keys */
    int64_t record_seq;  /* of the records that tills keep it knows those up to this seq; -1: it asks for none */
};

struct sync_reply {
    struct mirror_identity identity;
    uint64_t version; /* 0: there is more to pull */
    bool more;
    int64_t now; /* UTC µs */
    struct plan_rules rules;
    int64_t key_generation;
    enum standing standing;
    int64_t taken_seq; /* up to where the queue is taken: what comes after has to be sent (again) */
    struct mirror_answer_list answers; /* of the entries up to taken_seq that were sent */
    struct outcome *outcomes; /* owned; one of each operation */
    size_t outcome_count;
    int64_t granted; /* places that were granted with this */
    struct mirror_rows rows;
};

void sync_request_release(struct sync_request *request);
void sync_reply_release(struct sync_reply *reply);

/* --- the wire (core/sync_wire.c): one JSON object each --- */

#define SYNC_REQUEST_MAX (4u << 20) /* bytes */
#define SYNC_REPLY_MAX (16u << 20)

void sync_request_print(struct buffer *json, const struct sync_request *request);
/* Fills all but role and attended; device is what the sender calls itself, proven by nothing. TK_BAD_OPERATION or
   TK_BAD_DATA with a sentence that names the member, TK_NO_MEMORY. The caller releases *request in any
   case. */
enum tk_code sync_request_read(const struct json *object, struct sync_request *request,
                               struct tk_error *error);
/* Times of slots, tickets and customers are as wire.h has them, in `zone`. */
void sync_reply_print(struct buffer *json, const struct sync_reply *reply,
                      const struct time_zone *zone);
enum tk_code sync_reply_read(const struct json *object, struct sync_reply *reply,
                             struct tk_error *error);

/* --- the centre's half (core/sync_serve.c) --- */

struct sync_centre {
    struct box_office *office;    /* borrowed: store, keys, rules, clock, randomness */
    struct allotment_rule allotment;
};

/* A request at work. */
struct sync_serving {
    struct store_facts facts; /* of the centre's store */
    struct operation *operations; /* owned: to be applied in one batch … */
    struct outcome *outcomes;     /* … with these */
    size_t count;                 /* 0: nothing is to be applied */
    size_t entries, first_operation, operation_count; /* where they stand among them */
    enum standing standing;
    int64_t taken_seq;
    bool stranger; /* of another store, or another era: it gets an identity and nothing else */
};

/* Looks at the request and at what is there, and says what is to be applied. Changes nothing.
   TK_FORBIDDEN for an operation that the role may not send, TK_SIGN_ON for one of nobody's from a device at
   which people sign on (of the queue plan judges that), with the whole request; failures of the store. */
enum tk_code sync_serve_begin(const struct sync_centre *centre, const struct sync_request *request,
                              struct sync_serving *serving, struct tk_error *error);
/* When that was applied (or there was nothing): the reply. */
enum tk_code sync_serve_end(const struct sync_centre *centre, const struct sync_request *request,
                            const struct sync_serving *serving, struct sync_reply *reply,
                            struct tk_error *error);
void sync_serving_release(struct sync_serving *serving);
/* Both with the store between them. */
enum tk_code sync_serve(const struct sync_centre *centre, const struct sync_request *request,
                        struct sync_reply *reply, struct tk_error *error);

/* --- the till's half (core/sync_till.c) --- */

struct sync_line;
struct sync_line_ops {
    /* TK_OK with a reply; TK_UNKNOWN: the centre may have got the request; any other code: it did nothing
       of it. timeout_ms is for the whole exchange. */
    enum tk_code (*exchange)(struct sync_line *line, const struct sync_request *request,
                             struct sync_reply *reply, int timeout_ms, struct tk_error *error);
    /* The centre's store itself, for what no till keeps (the journal, backups, imports, devices); opened
       at the first call, borrowed. Asked from the till's thread only. */
    enum tk_code (*store)(struct sync_line *line, struct store **store, struct tk_error *error);
    void (*set_watch)(struct sync_line *line, const struct store_watch *watch); /* as a store's */
    void (*close)(struct sync_line *line);
    /* A scan that the centre judges, within SYNC_ANSWER_MS, as line_port's admit; from the till's thread only.
       NULL where the copy has all that the centre has. */
    enum tk_code (*admit)(struct sync_line *line, const struct admission_request *request,
                          struct admission *admission, struct tk_error *error);
};

/* The first member of what stands behind it: data/remote/remote_line, data/replica/file_line. */
struct sync_line {
    const struct sync_line_ops *ops;
};

/* Whether a code says that the centre is away, so that a till goes on by itself: TK_UNAVAILABLE,
   TK_UNKNOWN, TK_OVERLOADED, TK_DRAINING, TK_RATE_LIMITED, and of a centre that is a file TK_BUSY, TK_IO,
   TK_DISK_FULL, TK_READ_ONLY, TK_NO_INPUT, TK_CORRUPT. Not TK_INTERRUPTED: a person gave up. */
bool sync_means_away(enum tk_code code);

/* How the line is; its owner locks it where threads share it. */
struct sync_link {
    int64_t away_since; /* UTC µs; 0: online */
    int64_t next_at;    /* when to try again */
    int failures;       /* one after another */
    struct tk_error why;
};

#define SYNC_PAUSE_LEAST (TIME_SECOND / 2)
#define SYNC_PAUSE_MOST (15 * TIME_SECOND)

/* Notes that an exchange failed: the next try is after a pause chosen evenly from nothing up to a bound
   that doubles with each failure (full jitter; Brooker, "Exponential Backoff And Jitter", 2015). */
void sync_link_failed(struct sync_link *link, int64_t now, uint32_t noise,
                      const struct tk_error *why);
void sync_link_answered(struct sync_link *link);

struct sync_till {
    struct mirror *mirror;   /* borrowed, as all here */
    struct sync_line *line;
    struct office_ports ports; /* this machine's clock, and randomness */
    int64_t ahead;   /* µs: slots that start within this are kept here */
    char device[DEVICE_SIZE]; /* what it calls itself, until the centre says what it is called */
    bool holds;      /* it wants places to sell while cut off: a counter, not a door or one command */
    struct op_id sent[SYNC_SENT_KEPT]; /* what the centre may have got last; a ring … */
    size_t sent_count;                 /* … zeroed, as what follows, by whoever makes a sync_till */
    int64_t sold;    /* tickets sold online that the mirror was not told of yet … */
    int64_t told_at; /* … since then (this machine's clock) */
};

/* The centre's time, as far as it is known here: this machine's, corrected by what was measured. */
int64_t sync_now(const struct sync_till *till, const struct mirror_state *state);

/* What a request is for. */
enum sync_what {
    SYNC_ROUND,  /* the queue and all that changed */
    SYNC_REVIEWED, /* that, and what the till should hold */
    SYNC_SALE    /* operations now, with the queue before them */
};

/* Makes a request. `operations` (SYNC_SALE) is copied. TK_BUSY when operations would have to wait for more
   of the queue than one request takes. */
enum tk_code sync_make(struct sync_till *till, enum sync_what what,
                       const struct operation *operations, size_t count,
                       struct sync_request *request, struct tk_error *error);

struct sync_report {
    struct mirror_report mirror; /* of all exchanges together */
    size_t pushed;   /* entries that the centre took */
    int64_t granted; /* places */
    int64_t returned;
    size_t lost, restored; /* sales that the centre had lost, and those of them that it has again */
    size_t forgotten; /* slots */
    bool adopted;    /* it became the centre's copy, or anew after a restore */
    bool more;       /* there is more to push or to pull */
    enum standing standing;
};

/* Takes over what a reply brought (sent_at, answered_at: this machine's clock around the exchange; the
   report adds up). A reply to a request of another time is as good as any. */
enum tk_code sync_take(struct sync_till *till, const struct sync_request *request,
                       const struct sync_reply *reply, int64_t sent_at, int64_t answered_at,
                       struct sync_report *report, struct tk_error *error);

/* Exchanges until nothing is left to push or to pull, or `exchanges` were made (0: no bound); forgets what
   is over. What a till holds of slots whose common stock ran out is given back on the way (while it is
   online it needs none). TK_TOKEN_REVOKED: it is let in no more, and its copy is wiped. */
enum tk_code sync_round(struct sync_till *till, enum sync_what what, int exchanges, int timeout_ms,
                        struct sync_report *report, struct tk_error *error);
/* Gives back all that the till holds: before it closes. */
enum tk_code sync_give_back(struct sync_till *till, struct sync_report *report,
                            struct tk_error *error);

/*
 * Does operations: at the centre while `link` is online, else here by what this till holds, as does
 * what had no answer after SYNC_ANSWER_MS (the link is cut off from then on). As store_apply, and:
 *   book      cut off from this till's own places, under an id derived from its own, which is voided when
 *             the centre may have got it; online, when the common stock does not suffice, what this till
 *             holds of the slot goes back to it and it is asked for once more
 *   cancel, reissue  cut off for tickets that were issued here and that the centre does not know yet
 *   admit, unadmit, print, sign  cut off as well
 *   all else  TK_NEEDS_CENTRE cut off; TK_UNKNOWN when the centre may have done it: it will not do it later
 * Asked for once more under the same id, what was done is answered, wherever it was done.
 * What a person gave up waiting for (TK_INTERRUPTED) is voided, and nothing is done in its place.
 * TK_CLOCK, TK_SAME_TILL, TK_QUARANTINED, TK_DISMISSED, TK_NOT_ALLOTTED are outcomes of what cannot be
 * done cut off.
 */
enum tk_code sync_apply(struct sync_till *till, struct sync_link *link,
                        const struct operation *operations, size_t count,
                        struct outcome *outcomes, struct tk_error *error);

/* --- what is shown --- */

struct sync_status {
    bool online;
    int64_t away_since; /* UTC µs */
    int64_t waiting;    /* entries in the queue */
    int64_t disputes;   /* open ones */
    int64_t clock_ahead; /* µs */
    int64_t contact_at;
    enum standing standing;
    bool suspect;
    bool first; /* nothing was pulled ever: there is nothing to show yet */
    bool refused; /* not online, for another reason: the centre is there, but does not let this till in (its
                     token is revoked, or another till's); `why` says it, away_since since when */
    char why[TK_MESSAGE_MAX]; /* it is cut off, or refused; "" online */
    char centre[200]; /* its address */
    bool clock_set_back; /* nothing is sold cut off before it is put right */
};

#endif
