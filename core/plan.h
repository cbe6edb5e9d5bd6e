/*
 * plan: the rules of the box office, as one pure function.
 *
 * An engine loads what a batch touches into a working set, calls plan(), and writes back every row
 * that plan marked, in one transaction with one journal entry per outcome that is not `replayed`.
 * No I/O, no clock, no SQL: the same rules under every engine.
 *
 * Invariants (beside those of slot.h, ticket.h, customer.h)
 * 1. An operation that is refused leaves the working set as it was.
 * 2. Operations of a batch see the effects of those before them.
 * 3. The outcome depends on the operation, the rows it touches, `now`, the rules and the ids only.
 *
 * What has to be loaded, by kind (plan_load says it in code):
 *   every one   seen: whether its id is in the journal, with digest and outcome
 *   schedule    nothing
 *   book        the slot, or all slots of that name and start, in id order; the customer of that
 *               name and phone
 *   reissue     the ticket, its slot, the wanted slot or slots
 *   cancel      the ticket, its slot
 *   expire      the slot and the batch's tickets of it
 *   archive     the slot; its Expired and Canceled tickets that are old enough, and the Booked
 *               ones, which may expire earlier in the batch; their customers
 *   admit, unadmit, print
 *               the ticket, its slot; admit, unadmit of a ticket that is not there: the slot of the
 *               pass, the early admission and the block of that number, the allotment of that slot
 *               and the block's holder
 *   rotate      nothing (ids.key_generation is)
 *   cut off     also the allotment of the device for each slot touched; of first_ticket and
 *               new_ticket (cut off or not): the blocks of the first and the last, early admissions,
 *               and the tickets of those numbers and the customer of the first, which should not be
 *               there; of a ticket that is not there its early admission, for a dispute
 *               the same for a ticket that is sold earlier in the batch and given back in it
 *   grant, return, write-off
 *               the slot, its allotment of that holder; write-off without a slot: the holder's
 *               replica and blocks
 *   join        the device's replica, its allotments of which something is held
 *   block       the replica of the holder
 *   mark        the device's replica;   quarantine   the holder's
 *   void        whether that operation is in the journal or voided, with kind and outcome; the tickets
 *               that it sold or let in, their slots and early admissions
 *   close       the dispute
 *   every one   the records that operation_records names: those that are not there are missed
 *   tier, erase the customer
 *   staff, pin, limit
 *               ids.record_seq
 *   invite      the device of that name;   redeem   as enrol
 *   enrol       the device of that name, revoked or not; the one not revoked that has that token
 *   revoke      the device of that name
 */
#ifndef TK_CORE_PLAN_H
#define TK_CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/allotment.h"
#include "core/customer.h"
#include "core/device.h"
#include "core/dispute.h"
#include "core/id.h"
#include "core/map.h"
#include "core/operation.h"
#include "core/record.h"
#include "core/slot.h"
#include "core/tally.h"
#include "core/ticket.h"

#define ADMIT_UNDO_WITHIN (15 * TIME_MINUTE)
#define ADMIT_CLOCK_SLACK (5 * TIME_SECOND) /* how far a door's clock may be ahead of the store's */

struct plan_rules {
    int64_t expire_after; /* µs from a slot's end until its tickets expire */
    bool close_at_start;  /* selling closes at the start rather than the end … */
    int64_t close_after;  /* … plus this many µs (may be negative) */
    int64_t admit_before; /* µs before a slot's start from which on its tickets are admitted */
};

enum row_state { ROW_LOADED, ROW_CHANGED, ROW_NEW };

struct slot_row {
    struct slot slot;
    enum row_state state;
    /* every Booked ticket of it in the store is Expired, with expired_seq (seq may have risen since):
       to be written, or to be read so from the slot's row as data/sqlite does */
    bool expire_tickets;
    uint64_t expired_seq;
    uint64_t loaded_seq; /* seq as it was read: what is to be there still when it is written */
};

struct ticket_row {
    struct ticket ticket;
    enum row_state state;
    bool admission_changed; /* admitted_at and admitted_by, which have an index of their own */
};

struct customer_row {
    struct customer customer;
    enum row_state state;
};

/* ROW_CHANGED may be another device of the same name: the row is to be replaced as a whole. Two rows
   may have taken each other's tokens, so those that changed go before any is put. */
struct device_row {
    struct device device;
    enum row_state state;
};

/* Few of these in a batch, so they are looked through. */
struct allotment_row {
    struct allotment allotment;
    enum row_state state;
};

struct block_row {
    struct number_block block;
    enum row_state state;
};

struct replica_row {
    struct replica replica;
    enum row_state state;
};

struct early_row {
    struct early_admission early;
    enum row_state state;
    bool gone; /* to be deleted: the sale is known now, or he is out again */
};

struct dispute_row {
    struct dispute dispute;
    enum row_state state;
};

/* An operation that the journal knows already, or that was voided (then its outcome is TK_VOIDED and there
   is no digest). */
struct seen_operation {
    bool found;
    bool digest_lost; /* made with a key that is gone, or voided: the id alone tells */
    enum op_kind kind;
    char device[DEVICE_SIZE]; /* that did it */
    uint8_t digest[CRYPTO_HASH_SIZE];
    struct outcome outcome;
};

struct record_row {
    struct record record;
    enum row_state state; /* ROW_NEW: it was not there */
    bool absent;          /* it was looked for and is not there */
    void *parsed;         /* what plan made of it; freed with the row */
};

/* Something that happened, to be added to what is kept of it. */
struct tally_row {
    struct tally tally;
};

/* What an operation of the kind void is about. */
struct void_row {
    struct op_id operation;
    struct seen_operation seen;
    enum row_state state; /* ROW_NEW: it is voided from now on */
};

/* Where new ids come from: the store's counters, used up from next on. */
struct id_supply {
    const struct id_key *key;
    uint64_t next_ticket, next_customer; /* numbers, not ids */
    uint64_t floor; /* numbers below it that were not issued are not the store's to give */
    uint64_t given; /* where many give out numbers: those below it were, before a backup was put back; or 0 */
    bool raised;    /* plan raised the floor: to be written */
    int64_t next_slot;
    int64_t key_generation; /* that slots take with their first ticket */
    bool rotated;           /* plan raised it: to be written */
    int64_t record_seq;     /* the highest that a record has; loaded with operations of the kinds staff, pin and limit */
    bool recorded;          /* plan raised it: to be written */
};

struct working_set {
    struct slot_row *slots;
    size_t slot_count, slot_capacity;
    struct ticket_row *tickets;
    size_t ticket_count, ticket_capacity;
    struct customer_row *customers;
    size_t customer_count, customer_capacity;
    struct device_row *devices;
    size_t device_count, device_capacity; /* few, so they are looked through */
    struct allotment_row *allotments;
    size_t allotment_count, allotment_capacity;
    struct block_row *blocks;
    size_t block_count, block_capacity;
    struct replica_row *replicas;
    size_t replica_count, replica_capacity;
    struct early_row *earlies;
    size_t early_count, early_capacity;
    struct dispute_row *disputes;
    size_t dispute_count, dispute_capacity;
    struct void_row *voids;
    size_t void_count, void_capacity;
    struct record_row *records;
    size_t record_count, record_capacity;
    struct tally_row *tallies; /* of the whole batch, one of a key; a till's copy writes none */
    size_t tally_count, tally_capacity;
    const char *seal; /* why the journal is to be signed after this batch; NULL: it need not be */
    bool partial; /* the store is a till's copy: what is not here may be at the centre */
    struct map slot_index, ticket_index, customer_index; /* by id */
    struct map operation_index; /* of the batch, by the random end of the id */
    struct seen_operation seen[OP_BATCH_MAX];            /* one per operation of the batch */
    uint8_t digests[OP_BATCH_MAX][CRYPTO_HASH_SIZE];     /* of the batch's operations */
    struct id_supply ids;
};

void working_set_clear(struct working_set *set);
void working_set_release(struct working_set *set);
/* Adds a loaded row; one that is there already is left alone. */
enum tk_code working_set_add_slot(struct working_set *set, const struct slot *slot);
enum tk_code working_set_add_ticket(struct working_set *set, const struct ticket *ticket);
enum tk_code working_set_add_customer(struct working_set *set, const struct customer *customer);
enum tk_code working_set_add_device(struct working_set *set, const struct device *device);
enum tk_code working_set_add_allotment(struct working_set *set, const struct allotment *allotment);
enum tk_code working_set_add_block(struct working_set *set, const struct number_block *block);
enum tk_code working_set_add_replica(struct working_set *set, const struct replica *replica);
enum tk_code working_set_add_early(struct working_set *set, const struct early_admission *early);
enum tk_code working_set_add_dispute(struct working_set *set, const struct dispute *dispute);
enum tk_code working_set_add_void(struct working_set *set, const struct op_id *operation,
                                  const struct seen_operation *seen);
/* Borrowed until the next row is added; NULL when it is not there. */
enum tk_code working_set_add_record(struct working_set *set, const struct record *record);
/* It was looked for and is not there. */
enum tk_code working_set_miss_record(struct working_set *set, const char *key);
/* Adds up. */
enum tk_code working_set_add_tally(struct working_set *set, const struct tally *tally);
struct allotment_row *working_set_allotment(const struct working_set *set, int64_t slot_id,
                                            const char *holder);
struct block_row *working_set_block(const struct working_set *set, uint64_t number);
struct replica_row *working_set_replica(const struct working_set *set, const char *device);
struct early_row *working_set_early(const struct working_set *set, uint64_t ticket_id);
struct dispute_row *working_set_dispute(const struct working_set *set, const struct op_id *id);
struct void_row *working_set_void(const struct working_set *set, const struct op_id *operation);
struct slot_row *working_set_slot(const struct working_set *set, int64_t id);
struct ticket_row *working_set_ticket(const struct working_set *set, uint64_t id);
struct customer_row *working_set_customer(const struct working_set *set, uint64_t id);
struct device_row *working_set_device(const struct working_set *set, const char *name);
/* One that is absent, too: NULL when it was not looked for. */
struct record_row *working_set_record(const struct working_set *set, const char *key);

/*
 * Decides a batch. outcomes[i] belongs to operations[i]. Returns TK_OK when all are decided, and
 * TK_NO_MEMORY when they could not be: then nothing may be written.
 */
enum tk_code plan(const struct operation *operations, size_t count, struct working_set *set,
                  const struct plan_rules *rules, int64_t now, struct outcome *outcomes);

/* When selling for a slot closes (UTC µs). */
int64_t plan_selling_closes_at(const struct slot *slot, const struct plan_rules *rules);
/* What a door that was cut off tells late is judged by its own time: a ticket that has Expired since is
   admitted by an admit with admitted_at inside the slot's admission and before its expired_at, and taken
   back by an unadmit that was made before expired_at. */
/* When admission to a slot opens (UTC µs). It closes with the slot's end. */
int64_t plan_admission_opens_at(const struct slot *slot, const struct plan_rules *rules);
/* Whether the ticket may be admitted at a time to the slot that its pass is for (0: whichever its own
   is): TK_OK, what ticket_check_booked says, TK_WRONG_SLOT, TK_ALREADY_ADMITTED, TK_TOO_EARLY,
   TK_SLOT_OVER; in this order. */
enum tk_code plan_check_admission(const struct ticket *ticket, const struct slot *slot,
                                  int64_t slot_id, const struct plan_rules *rules, int64_t at);
/* Whether the slot may still be sold at a time, room aside: TK_OK, TK_SELLING_CLOSED or
   TK_SLOT_EXPIRED. */
enum tk_code plan_check_open(const struct slot *slot, const struct plan_rules *rules, int64_t now);

#endif
