/*
 * mirror: a till's own copy of a part of the centre's box office, and what it did that the centre does not
 * know yet.
 *
 * A mirror lies over a store of this till (data/sqlite makes both from one file): rows that were pulled
 * from the centre, and a queue of operations that were done here while it could not be asked. core/sync
 * moves both; nobody else changes a mirror.
 *
 * Invariants
 * 1. What is done cut off and its place in the queue are written in one transaction, synced to the disk
 *    before apply returns; it is planned by the same rules as at the centre, over what this till holds.
 * 2. The queue is numbered without a gap and hash-chained; an entry leaves it only when the centre has
 *    answered for it, in the transaction that takes over the centre's rows of the slots it touched.
 * 3. The rows of a slot that an entry of the queue touches are this till's: the centre's are not taken
 *    over before the centre has answered for all such entries. Nor are rows older than those taken over
 *    last, so that answers may come late and out of order.
 * 4. Pulled rows need no sync: what a power cut takes is pulled again, for the cursor goes with it.
 * 5. Where the copy may not be the newest one (the high-water mark beside the file is ahead of it, or was
 *    made for another file), or the centre says so, nothing is done cut off.
 * 6. Records that tills keep are taken over by seq without a gap. What is counted here of a member's duty is
 *    what waits in the queue, and is forgotten when that is empty.
 *
 * The chain: hash = BLAKE2b-256 over the hash before it (32 zero bytes at first), the entry's number in 8
 * bytes, big-endian, and the operation as OP_PRINT_WHOLE.
 * Threading: as the store that it lies over; several processes may have the same file open.
 */
#ifndef TK_CORE_MIRROR_H
#define TK_CORE_MIRROR_H

#include "core/plan.h"
#include "core/store.h"

/* What the centre says of this till's copy. X(constant, name on the wire) */
#define STANDING_TABLE(X)                                                                          \
    X(STANDING_GOOD, "good")               /* it may hold places */                                \
    X(STANDING_STRANGER, "stranger")       /* another copy of this device's name holds places */   \
    X(STANDING_QUARANTINED, "quarantined") /* its queue does not follow on what was taken */       \
    X(STANDING_DISMISSED, "dismissed")     /* its places were written off: it has to join anew */  \
    X(STANDING_BEHIND, "behind")           /* the centre took more from it than it knows of */

enum standing {
#define X(standing, name) standing,
    STANDING_TABLE(X)
#undef X
        STANDING_COUNT
};

const char *standing_name(enum standing standing);
bool standing_parse(const char *name, enum standing *standing);

#define MIRROR_VERSION_KEPT UINT64_MAX

struct mirror_state {
    bool adopted; /* false: it is nobody's copy yet, and empty */
    char centre[OP_ID_TEXT_MAX]; /* the uuid of the centre's store … */
    int64_t era;                 /* … and its era */
    char device[DEVICE_SIZE]; /* as the centre calls this till */
    enum role role;
    struct op_id replica; /* this very copy … */
    struct op_id previous; /* … and what it was before the same centre adopted it anew, when it was surely the
                              newest copy then; zero: nothing. Never after renew: who may be one of two must
                              not take over what the other holds */
    enum standing standing;
    bool suspect; /* the high-water mark says that this file is not the newest: invariant 5 */
    int64_t seq;  /* entries that were ever in the queue … */
    uint8_t hash[CRYPTO_HASH_SIZE]; /* … and the chain's hash at the newest */
    int64_t taken_seq;              /* up to where the centre has answered … */
    uint8_t taken_hash[CRYPTO_HASH_SIZE]; /* … and the hash there */
    struct plan_rules rules; /* the centre's */
    int64_t key_generation;
    int64_t clock_ahead; /* µs that this machine's clock is ahead of the centre's */
    int64_t latest;      /* the latest time (UTC µs, the centre's clock) at which anything was done here */
    int64_t contact_at;  /* when the centre answered last, by its own clock; 0: never */
    uint64_t version;    /* of the centre's store when all of it that is kept here was pulled; 0: not all.
                            To take: MIRROR_VERSION_KEPT leaves it as it is */
    int64_t busiest;     /* tickets that this till sold in its busiest half hour */
};

/* Whose copy a mirror becomes. */
struct mirror_identity {
    char centre[OP_ID_TEXT_MAX];
    int64_t era;
    char device[DEVICE_SIZE];
    enum role role;
    struct id_key id_key;
};

/* One operation of the queue. */
struct mirror_entry {
    int64_t seq;
    struct operation operation;
};

struct mirror_entry_list {
    struct mirror_entry *items; /* owned */
    size_t count, capacity;
};

/* How far the changes of a slot are known here: the row and all tickets up to seq, or with ticket_id not 0
   of seq those up to that ticket only. */
struct mirror_cursor {
    int64_t slot_id;
    uint64_t seq;
    uint64_t ticket_id;
};

struct mirror_cursor_list {
    struct mirror_cursor *items; /* owned */
    size_t count, capacity;
};

/* The key by which passes of a slot are made and checked. */
struct mirror_key {
    int64_t slot_id, generation;
    struct crypto_key key;
};

struct mirror_key_list {
    struct mirror_key *items; /* owned; mirror_key_list_release wipes */
    size_t count, capacity;
};

/* What the centre says of one entry. */
struct mirror_answer {
    int64_t seq;
    struct outcome outcome;
};

struct mirror_answer_list {
    struct mirror_answer *items; /* owned */
    size_t count, capacity;
};

/* A slot as the centre has it, up to where its tickets come with it. */
struct mirror_slot {
    struct slot slot;
    bool whole; /* what comes with it is all there is from its first ticket on: what else is here of it is gone */
    uint64_t from_seq, from_id; /* the cursor that this was asked from, 0 when whole: nothing is missing for
                                   one who knew that much … */
    uint64_t through_seq, through_id; /* … and as a cursor, how far it goes */
};

struct mirror_slot_list {
    struct mirror_slot *items; /* owned */
    size_t count, capacity;
};

/* A part of the centre, to be taken over in one transaction. */
struct mirror_rows {
    struct mirror_slot_list slots;
    struct allotment_list allotments; /* all of each slot's */
    struct ticket_list tickets;       /* of those slots */
    struct customer_list customers;   /* of those tickets */
    struct mirror_key_list keys;
    struct number_block_list blocks; /* the till's own, and those written off */
    bool all_blocks;                 /* blocks is all of them */
    struct dispute_list disputes;
    bool all_disputes; /* disputes is all that are open */
    struct record_list records; /* that tills keep, by seq, verifiers blanked … */
    int64_t records_from;       /* … all that changed after this seq, up to the last of them */
};

void mirror_rows_release(struct mirror_rows *rows);

/* What taking over did. */
struct mirror_report {
    size_t slots, tickets, customers, records; /* rows taken over */
    size_t answered, refused;         /* entries that left the queue, and those of them that were refused */
    size_t kept; /* slots whose rows were left alone: something of theirs waits in the queue */
};

struct mirror;

struct mirror_ops {
    enum tk_code (*state)(struct mirror *mirror, struct mirror_state *state, struct tk_error *error);
    /* Becomes the copy of a centre, with a replica id of its own: empty but for its queue, whose chain
       begins anew. Also for the same centre after its era changed. Only while this copy is still
       `instead_of` (zero: nobody's copy), or it does nothing: another handle was faster. */
    enum tk_code (*adopt)(struct mirror *mirror, const struct mirror_identity *identity,
                          const struct op_id *replica, const struct op_id *instead_of,
                          struct tk_error *error);
    /* Takes another replica id: the chain begins anew with what waits. Suspect no more; but what it held is
       not known here any more (own allotments are gone, `here` is 0, cursors of all slots begin anew), so
       that it sells nothing by itself before the centre tells it anew. `instead_of` as for adopt. */
    enum tk_code (*renew)(struct mirror *mirror, const struct op_id *replica,
                          const struct op_id *instead_of, struct tk_error *error);
    /* Does operations here and queues what was done. All are cut_off or of the kinds return and void.
       Where a sale or reissue has no number yet it gets one of this till's blocks; TK_NOT_ALLOTTED when
       there is none. Durable when it returns TK_OK, as store_apply, and as there the code otherwise.
       `now` (UTC µs, the centre's clock) is when. */
    enum tk_code (*apply)(struct mirror *mirror, struct operation *operations, size_t count,
                          int64_t now, struct outcome *outcomes, struct tk_error *error);
    /* Entries after a number, in order. */
    enum tk_code (*list_queue)(struct mirror *mirror, int64_t after, size_t limit,
                               struct mirror_entry_list *list, struct tk_error *error);
    /* The hash of the chain at an entry that is in the queue, or at taken_seq. */
    enum tk_code (*hash_at)(struct mirror *mirror, int64_t seq, uint8_t hash[CRYPTO_HASH_SIZE],
                            struct tk_error *error);
    /* What this till's own journal has of an operation; *found false: nothing. */
    enum tk_code (*find_done)(struct mirror *mirror, const struct op_id *id, bool *found,
                              struct outcome *outcome, struct tk_error *error);
    /* Notes that entries up to `last` are about to be sent: from then on the centre may know them. *from is
       the first that was not offered before, 0: none. Durable. */
    enum tk_code (*offer)(struct mirror *mirror, int64_t last, int64_t *from,
                          struct tk_error *error);
    /* They were surely not sent. */
    enum tk_code (*withdraw)(struct mirror *mirror, int64_t from, int64_t last,
                             struct tk_error *error);
    /* Whether a ticket was issued here and the centre cannot know it yet. apply holds cancel and reissue to
       it as well (TK_NEEDS_CENTRE): what another has canceled meanwhile must not be sold once more. */
    enum tk_code (*is_unsent)(struct mirror *mirror, uint64_t ticket_id, bool *unsent,
                              struct tk_error *error);
    /* Of the slots given, or (none) of all; of a slot that is not here seq is 0. */
    enum tk_code (*list_cursors)(struct mirror *mirror, const int64_t *slot_ids, size_t count,
                                 struct mirror_cursor_list *list, struct tk_error *error);
    /* Slots with a generation, whose key is not here: for a till all, for a door those that are admitted
       before `until`. */
    enum tk_code (*list_keyless)(struct mirror *mirror, int64_t until, size_t limit,
                                 struct id_list *list, struct tk_error *error);
    /* TK_NOT_FOUND when it is not here. generation 0: the newest one. */
    enum tk_code (*slot_key)(struct mirror *mirror, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error);
    /* The highest seq of a record that was taken over; 0: none. */
    enum tk_code (*record_seq)(struct mirror *mirror, int64_t *seq, struct tk_error *error);
    /* Keeps a record of this till's own, whose key begins with RECORD_LOCAL_PREFIX (TK_BAD_OPERATION); an
       empty value forgets it. Durable. It is forgotten with the copy, and that of a member whenever his own
       record is another one. */
    enum tk_code (*keep_record)(struct mirror *mirror, const struct record *record,
                                struct tk_error *error);
    /* Takes over rows and the answers for entries of the queue, wholly or not at all. Entries that were
       refused leave the queue as well; what they sold here is canceled here, for it is the centre's
       dispute then. `state` (may be NULL): standing, rules, generation, clock, contact and version
       are set from it, and raise `latest`. */
    enum tk_code (*take)(struct mirror *mirror, const struct mirror_rows *rows,
                         const struct mirror_answer_list *answers,
                         const struct mirror_state *state, struct mirror_report *report,
                         struct tk_error *error);
    /* Sales that the centre lost when it was put back from a backup (its era changed): tickets that were
       Booked here and that it has not told of since, each as an operation of the kind book with its
       number in first_ticket and an id that every till gives it. None before all was pulled anew. */
    enum tk_code (*list_lost)(struct mirror *mirror, size_t limit, struct mirror_entry_list *list,
                              struct tk_error *error);
    /* They were told. */
    enum tk_code (*forget_lost)(struct mirror *mirror, const struct mirror_entry_list *told,
                                struct tk_error *error);
    /* Forgets slots that ended at `before` or earlier and of which nothing waits, with their tickets and
       the customers who have none left; *forgotten counts slots. */
    enum tk_code (*purge)(struct mirror *mirror, int64_t before, size_t *forgotten,
                          struct tk_error *error);
    /* Forgets everything that was pulled, keys too. The queue stays: nothing queued is dropped. */
    enum tk_code (*wipe)(struct mirror *mirror, struct tk_error *error);
    /* Notes tickets that this till sold online at `now`, for `busiest`; apply counts its own. Lost in a
       power cut without harm. */
    enum tk_code (*count_sold)(struct mirror *mirror, int64_t count, int64_t now,
                               struct tk_error *error);
};

/* The first member of what stands behind it. */
struct mirror {
    const struct mirror_ops *ops;
    struct store *store; /* the same rows, for reading alone; borrowed */
};

/* The hash of the chain after an entry. TK_NO_MEMORY. */
enum tk_code mirror_chain(const uint8_t before[CRYPTO_HASH_SIZE], int64_t seq,
                          const struct operation *operation, uint8_t hash[CRYPTO_HASH_SIZE]);

enum tk_code mirror_entry_list_add(struct mirror_entry_list *list,
                                   const struct mirror_entry *entry);
void mirror_entry_list_release(struct mirror_entry_list *list);
enum tk_code mirror_cursor_list_add(struct mirror_cursor_list *list,
                                    const struct mirror_cursor *cursor);
void mirror_cursor_list_release(struct mirror_cursor_list *list);
enum tk_code mirror_key_list_add(struct mirror_key_list *list, const struct mirror_key *key);
void mirror_key_list_release(struct mirror_key_list *list);
enum tk_code mirror_answer_list_add(struct mirror_answer_list *list,
                                    const struct mirror_answer *answer);
void mirror_answer_list_release(struct mirror_answer_list *list);
enum tk_code mirror_slot_list_add(struct mirror_slot_list *list, const struct mirror_slot *slot);
void mirror_slot_list_release(struct mirror_slot_list *list);

#endif
