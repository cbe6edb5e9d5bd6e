/*
 * allotment: what tills hold to go on selling while they are cut off: places, numbers, a name.
 *
 *                 plan grant                        plan book (cut off)
 *   common stock ────────────▶ held by one till ─────────────────────────▶ sold
 *        ▲                        │  │  ▲                                    │
 *        └── plan return ─────────┘  │  └───── plan cancel (cut off) ────────┘
 *        └── plan write-off ─────────┘
 *
 * Each of granted, sold, returned and written_off is a total over all time, so that a report that comes
 * late, twice or out of order does no harm. `granted` and `written_off` are the centre's to raise, `sold`
 * and `returned` the till's.
 *
 * Invariants
 * 1. held = granted - sold - returned - written_off, and never below zero.
 * 2. The sum of what tills hold of an open slot is its `allotted`. Of an expired one nothing is allotted:
 *    all of it is in `lost`, from where a sale made in time that is told late takes its place.
 * 3. Nothing that is held goes back by itself: no timer frees it.
 * 4. A number is issued once: `next` of its block only rises, at the till and at the centre.
 */
#ifndef TK_CORE_ALLOTMENT_H
#define TK_CORE_ALLOTMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto.h"
#include "core/device.h"
#include "core/id.h"

#define ALLOTMENT_ACTOR_SIZE 65 /* bytes with the NUL, as ACTOR_SIZE in operation.h */
#define NUMBER_BLOCK_SIZE 1000  /* numbers that a till is given at a time */

/* The places of one slot that one till holds. */
struct allotment {
    int64_t slot_id;
    char holder[DEVICE_SIZE]; /* the device */
    int32_t granted, sold, returned, written_off;
    int64_t granted_at; /* UTC µs; since when something is held without a break */
    int64_t changed_at;
    int64_t written_off_at; /* 0: never … */
    char written_off_by[ALLOTMENT_ACTOR_SIZE]; /* … and by whom */
};

/* Numbers first … first + count - 1, from which a till issues tickets (and a customer for each sale,
   by the number of its first ticket) while it is cut off. */
struct number_block {
    uint64_t first;
    int64_t count;
    uint64_t next; /* the first that was not issued, as far as is known here */
    char holder[DEVICE_SIZE];
    int64_t granted_at;
    int64_t written_off_at; /* not 0: a door lets nobody in with a ticket of these that is not known */
};

/* A till's or door's copy of the centre, as the centre knows it: one for each device. */
struct replica {
    char device[DEVICE_SIZE];
    struct op_id id; /* of this very copy: another one after a restore */
    int64_t joined_at;
    int64_t seq; /* up to where its queue was taken … */
    uint8_t hash[CRYPTO_HASH_SIZE]; /* … and the hash of its chain there */
    int64_t dismissed_at;   /* its places were written off; 0: no */
    int64_t quarantined_at; /* what it sent did not follow on what it had sent; 0: no */
};

/* Somebody who was let in with a genuine pass before his sale was known here. */
struct early_admission {
    uint64_t ticket_id;
    int64_t slot_id;
    int64_t admitted_at;
    char admitted_by[DEVICE_SIZE];
};

struct allotment_list {
    struct allotment *items; /* owned */
    size_t count, capacity;
};

struct number_block_list {
    struct number_block *items; /* owned */
    size_t count, capacity;
};

struct replica_list {
    struct replica *items; /* owned */
    size_t count, capacity;
};

int32_t allotment_held(const struct allotment *allotment);
enum tk_code allotment_list_add(struct allotment_list *list, const struct allotment *allotment);
void allotment_list_release(struct allotment_list *list);
enum tk_code number_block_list_add(struct number_block_list *list,
                                   const struct number_block *block);
void number_block_list_release(struct number_block_list *list);
bool number_block_has(const struct number_block *block, uint64_t number);
enum tk_code replica_list_add(struct replica_list *list, const struct replica *replica);
void replica_list_release(struct replica_list *list);

/*
 * How many places of a slot a till should hold.
 * The lesser of busy_times its busiest half hour and share_percent of what is left, for slots that start
 * within `ahead`.
 */
struct allotment_rule {
    int64_t ahead; /* µs; 0: none are granted */
    int64_t share_percent; /* 0 … 100 */
    int64_t busy_times;
};
#define ALLOTMENT_RULE_DEFAULT                                                                     \
    ((struct allotment_rule){.ahead = 12 * TIME_HOUR, .share_percent = 10, .busy_times = 2})
#define ALLOTMENT_BUSY_LEAST 5 /* tickets in half an hour that a till without a past is taken to sell */
#define ALLOTMENT_BUSY_MOST 100000 /* what is told beyond that is no truth */

/* What a till is to be granted now beside the `held` that it has; 0: nothing, for it has half of what it
   should have, or more. `left` is what the common stock has, `busiest` tickets in half an hour. */
int32_t allotment_wanted(const struct allotment_rule *rule, int32_t held, int32_t left,
                         int64_t busiest);

#endif
