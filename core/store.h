/*
 * store: the port behind which records live.
 *
 * An engine (data/sqlite, later others) and whatever wraps one are values of struct store; all of
 * them pass tests/contract. A store applies batches of operations, answers queries and tells what
 * changed. It knows no rules: to apply, an engine loads what the batch touches, calls plan() and
 * writes what plan says.
 *
 * Invariants
 * 1. apply gives each operation its effect wholly or not at all, and once, by its id.
 * 2. apply returns TK_OK when every outcome is durable: it survives a power cut. Any other code
 *    but TK_UNKNOWN means that no operation of the batch took effect; after TK_UNKNOWN the same
 *    operations, sent again, have their effect once.
 * 3. Every operation that reached plan, refused ones too, has one journal entry, written in its
 *    transaction and chained to the one before it of the same device (where many nodes write, at the
 *    same writer: a till's entries at several nodes would wait for each other otherwise).
 * 4. Lists come in a stated order that is total, and continue after the last item given.
 *
 * Threading: a store is used by one thread at a time.
 */
#ifndef TK_CORE_STORE_H
#define TK_CORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/allotment.h"
#include "core/customer.h"
#include "core/dispute.h"
#include "core/error.h"
#include "core/operation.h"
#include "core/record.h"
#include "core/slot.h"
#include "core/tally.h"
#include "core/ticket.h"

#define STORE_LIST_MAX 100000   /* items in one answer */

/* Which slots. Zeroed, with genre and type -1 (SLOT_QUERY_ALL), it asks for the first ones. */
struct slot_query {
    const int64_t *ids; /* just these, in this order, whatever else is asked; NULL: not so */
    size_t id_count;
    const char *name;     /* exactly this name … */
    const char *contains; /* … or this inside the name, case and accents aside */
    int genre, type;      /* -1: any */
    bool starts_at_given;
    int64_t starts_at; /* exactly this start */
    int64_t from, to;  /* starts at `from` or later and before `to`; 0: no bound */
    int64_t starts_after, ends_after; /* 0: no bound */
    bool with_room;                   /* only with available places */
    bool unexpired;                   /* only those not expired */
    bool descending;                  /* latest first; default by start, then id */
    bool by_id;                       /* all of them in the order of ids, from after_id on */
    bool after_given;                 /* continue after this slot in the order of the list */
    int64_t after_starts_at, after_id;
    size_t limit; /* 0: STORE_LIST_MAX */
};
#define SLOT_QUERY_ALL ((struct slot_query){.genre = -1, .type = -1})

/* The ends of what a query asks for in the order of the list: it begins behind (starts_at, id), and starts are
   bounded by `bound` at the other end. */
struct slot_range {
    int64_t starts_at, id, bound;
};
struct slot_range slot_query_range(const struct slot_query *query);

/* Which tickets; just one of ids, slot_id, customer_id, sale_id and neither (all) is looked at,
   in this order (ids: in the order given). Without newest_first: by slot in the order of seq and
   then as issued, otherwise as issued. */
struct ticket_query {
    const uint64_t *ids;
    size_t id_count;
    int64_t slot_id;
    uint64_t customer_id;
    uint64_t sale_id;
    int status; /* -1: any */
    bool newest_first;  /* as issued, latest first; not of a sale */
    uint64_t after_id;  /* continue after this ticket; 0: from the beginning */
    uint64_t after_seq; /* in the order of seq: the seq of after_id, or after all of this seq */
    size_t limit;
};
#define TICKET_QUERY_ALL ((struct ticket_query){.status = -1})

/* Which customers; one of ids, phone_end, name and neither (all, as met first). All but ids can be
   limited to those who have, or had, a ticket of a slot. */
struct customer_query {
    const uint64_t *ids;
    size_t id_count;
    const char *phone_end; /* last digits of the phone */
    const char *name;      /* beginnings of words of the name, case and accents aside */
    int64_t slot_id;   /* 0: whatever they have tickets of */
    bool newest_first; /* the last met first; default as met */
    uint64_t after_id;
    size_t limit;
};

/* One line of the journal. */
struct journal_entry {
    int64_t seq; /* one file: 1, 2, 3 … in commit order; many nodes: rising at each writer */
    int64_t writer; /* that wrote it: 0 in one file; each has a chain of each device */
    char device[DEVICE_SIZE];
    int64_t device_seq; /* 1, 2, 3 … of this device, at this writer */
    struct op_id id;
    enum op_kind kind;
    char actor[ACTOR_SIZE];
    int64_t at;          /* UTC µs, the device's clock */
    int64_t recorded_at; /* UTC µs, the store's clock */
    char *body;          /* owned; OP_PRINT_JOURNAL */
    char *outcome;       /* owned; outcome_print */
    uint8_t digest[CRYPTO_HASH_SIZE]; /* operation_digest: the same for the same request; in no hash, but in the
                                         writer's head (core/seal). Zeros: not told */
    uint8_t hash[CRYPTO_HASH_SIZE];
};

struct journal_list {
    struct journal_entry *items; /* owned */
    size_t count, capacity;
};

#define JOURNAL_TICKETS_MAX 8
/* Which entries, as they were written; each bound that is given narrows it. */
struct journal_query {
    int64_t after_seq;
    const char *actor;  /* whoever did or approved it: exactly this actor, or a member's "#1042" alone or as approver
                           or approved; NULL: anybody */
    const char *device; /* NULL: any */
    const char *kind;   /* op_kind_name; NULL: any */
    const uint64_t *tickets; /* whose body or outcome names one of these tickets; NULL: any */
    size_t ticket_count;     /* JOURNAL_TICKETS_MAX at most */
    int64_t from, to;   /* at (the device's clock) `from` or later and before `to`, UTC µs; 0: no bound */
    size_t limit;
};

/* How many of a slot's tickets each door has let in. */
struct admission_count {
    char device[DEVICE_SIZE];
    int64_t count;
    int64_t last_at; /* UTC µs; the latest of them */
};

struct admission_count_list {
    struct admission_count *items; /* owned */
    size_t count, capacity;
};

/* What upkeep has to do: slots that ended at `ended_before` or earlier and are not expired, or
   slots with Expired or Canceled tickets that took that status at `settled_before` or earlier.
   Exactly one of the two is given (not 0). In no order: what was done is no longer listed. */
struct due_query {
    int64_t ended_before;
    int64_t settled_before;
    size_t limit;
};

struct id_list {
    int64_t *items; /* owned */
    size_t count, capacity;
};

/* Which allotments, by slot and then holder: those of a slot, of a holder, or (neither) all. */
struct allotment_query {
    int64_t slot_id; /* 0: any */
    const char *holder; /* NULL: any */
    bool held;   /* only those of which something is held */
    int64_t after_slot; /* continue after this one; "" with 0: from the beginning */
    char after_holder[DEVICE_SIZE];
    size_t limit;
};

/* Disputes in the order in which they were found, then by id. */
struct dispute_query {
    bool open; /* only those that nobody has closed */
    const struct op_id *id; /* just this one; NULL: not so */
    int64_t after_found_at; /* continue after this one; 0: from the beginning */
    struct op_id after_id;
    size_t limit;
};

/* Where operations come from one by one: fills *operation and returns TK_OK, sets *end at the end.
   Any other code stops the whole. */
struct operation_source {
    enum tk_code (*next)(void *context, struct operation *operation, bool *end,
                         struct tk_error *error);
    /* told after each chunk how many were applied; may be NULL */
    void (*progress)(void *context, size_t applied);
    void *context;
    bool dry_run; /* all of it is done and counted, then undone: the store is as it was */
};

/* Asked while a store waits or works long, with ms since the call began: true to give up, which
   ends the call with TK_INTERRUPTED (nothing done). */
struct store_watch {
    bool (*give_up)(void *context, int64_t waited_ms);
    void *context;
};

struct store_problem {
    char check[40];
    char text[200];
};

struct verify_report {
    struct store_problem *items; /* owned; the first 100 */
    size_t count, capacity;
    int64_t found; /* all of them */
    int64_t slots, tickets, customers, entries; /* looked at */
};

struct store_facts {
    char engine[40];    /* "sqlite 3.40.1" */
    char location[512]; /* a path; never a secret */
    char uuid[OP_ID_TEXT_MAX];
    int64_t era, schema_version;
    int64_t size; /* bytes */
    int64_t key_generation; /* that slots take now with their first ticket; 0: not told */
    int64_t journal_writer;
    int64_t journal_entries; /* of that writer, as the store noted it; 0: not told … */
    uint8_t journal_head[CRYPTO_HASH_SIZE]; /* … and the head that they had (core/seal) */
    struct id_key id_key;   /* of the permutation of its numbers; zero: not told */
};

struct store;

struct store_ops {
    /* See the invariants. count is 1 to OP_BATCH_MAX. */
    enum tk_code (*apply)(struct store *store, const struct operation *operations, size_t count,
                          struct outcome *outcomes, struct tk_error *error);
    /* All operations of a source in one transaction, or none: the first refusal undoes all and is
       returned with *applied telling how many went before it. A dry run that nothing refuses is
       TK_OK, too. */
    enum tk_code (*apply_all)(struct store *store, const struct operation_source *source,
                              size_t *applied, size_t *replayed, struct tk_error *error);
    /* The lists are appended to. */
    enum tk_code (*list_slots)(struct store *store, const struct slot_query *query,
                               struct slot_list *list, struct tk_error *error);
    enum tk_code (*list_tickets)(struct store *store, const struct ticket_query *query,
                                 struct ticket_list *list, struct tk_error *error);
    enum tk_code (*list_customers)(struct store *store, const struct customer_query *query,
                                   struct customer_list *list, struct tk_error *error);
    enum tk_code (*list_journal)(struct store *store, const struct journal_query *query,
                                 struct journal_list *list, struct tk_error *error);
    enum tk_code (*list_due)(struct store *store, const struct due_query *query,
                             struct id_list *list, struct tk_error *error);
    /* Devices that may use the service, by name. */
    enum tk_code (*list_devices)(struct store *store, const struct device_query *query,
                                 struct device_list *list, struct tk_error *error);
    /* Records that a device was seen; no operation, and lost in a power cut without harm. */
    enum tk_code (*touch_device)(struct store *store, const char *name, int64_t at,
                                 struct tk_error *error);
    /* The doors of a slot by name, with what each let in; none for a slot that is not there. */
    enum tk_code (*count_admissions)(struct store *store, int64_t slot_id,
                                     struct admission_count_list *list, struct tk_error *error);
    /* What tills hold, or held. */
    enum tk_code (*list_allotments)(struct store *store, const struct allotment_query *query,
                                    struct allotment_list *list, struct tk_error *error);
    enum tk_code (*list_disputes)(struct store *store, const struct dispute_query *query,
                                  struct dispute_list *list, struct tk_error *error);
    /* Copies of this box office by the name of their device; with a device just that one's. */
    enum tk_code (*list_replicas)(struct store *store, const char *device,
                                  struct replica_list *list, struct tk_error *error);
    /* Numbers that were given to tills, in rising order: with a holder just his; written_off: only
       those that were written off. */
    enum tk_code (*list_blocks)(struct store *store, const char *holder, bool written_off,
                                struct number_block_list *list, struct tk_error *error);
    /* Small things of the house (core/record). Verifiers of staff are in their values where they are kept: a
       store behind HTTP is not told them. */
    enum tk_code (*list_records)(struct store *store, const struct record_query *query,
                                 struct record_list *list, struct tk_error *error);
    /* What was sold and so on (core/tally). A till's copy asks its centre. */
    enum tk_code (*list_tallies)(struct store *store, const struct tally_query *query,
                                 struct tally_list *list, struct tk_error *error);
    /* How many slots that are not expired the query means. Looks at genre and at one of starts_after
       and ends_after only. */
    enum tk_code (*count_slots)(struct store *store, const struct slot_query *query,
                                int64_t *count, struct tk_error *error);
    /* A number that is another one whenever anyone has changed the store by an operation; whoever
       asks, and however he opened it, is told the same. Cheap: asked often. */
    enum tk_code (*version)(struct store *store, uint64_t *version, struct tk_error *error);
    /* Counts everything again and checks the journal's chains. TK_OK when it could look, whatever
       it found. */
    enum tk_code (*verify)(struct store *store, struct verify_report *report,
                           struct tk_error *error);
    /* A copy as of now to a new file, while others work. `progress` may be NULL. */
    enum tk_code (*backup)(struct store *store, const char *path,
                           void (*progress)(void *context, int64_t done, int64_t total),
                           void *context, struct tk_error *error);
    enum tk_code (*facts)(struct store *store, struct store_facts *facts, struct tk_error *error);
    void (*set_watch)(struct store *store, const struct store_watch *watch);
    void (*close)(struct store *store);
};

/* The first member of every engine's own struct. */
struct store {
    const struct store_ops *ops;
};

enum tk_code store_apply(struct store *store, const struct operation *operations, size_t count,
                         struct outcome *outcomes, struct tk_error *error);
/* NULL is fine. */
void store_close(struct store *store);
/* Fills a chunk (OP_BATCH_MAX) from a source; *end as the source tells it. */
enum tk_code operation_source_take(const struct operation_source *source, struct operation *chunk,
                                   size_t *count, bool *end, struct tk_error *error);

enum tk_code id_list_add(struct id_list *list, int64_t id);
void id_list_release(struct id_list *list);
enum tk_code admission_count_list_add(struct admission_count_list *list,
                                      const struct admission_count *count);
void admission_count_list_release(struct admission_count_list *list);
enum tk_code journal_list_add(struct journal_list *list, const struct journal_entry *entry);
void journal_list_release(struct journal_list *list);
/* Counts a problem and keeps it while there is room. */
enum tk_code verify_report_add(struct verify_report *report, const char *check,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));
void verify_report_release(struct verify_report *report);

/*
 * The chain of the journal: hash = BLAKE2b-256 over the hash before it of the same device (32 zero
 * bytes at first) and the entry's fields, each text with its length in 8 bytes before it and each
 * number in 8 bytes, big-endian, in the order of struct journal_entry from device to outcome.
 */
enum tk_code journal_hash(const struct journal_entry *entry, const uint8_t before[CRYPTO_HASH_SIZE],
                          uint8_t hash[CRYPTO_HASH_SIZE]);

#endif
