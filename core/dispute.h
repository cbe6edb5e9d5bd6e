/*
 * dispute: what was done while a till or a door was cut off, and the centre then refused.
 *
 *   an operation that was made cut off ── plan refuses it ──▶ open ── plan close, by a person ──▶ closed
 *
 * The guest has the ticket or sits in the house, so nothing is undone: both sides are shown until a named
 * person says what was done about it. It is written in the same transaction as the refusal. A named guest of
 * a refused sale stands nowhere else: the name is kept until the dispute is closed, and erased then.
 */
#ifndef TK_CORE_DISPUTE_H
#define TK_CORE_DISPUTE_H

#include <stddef.h>
#include <stdint.h>

#include "core/operation.h"

struct dispute {
    struct op_id id; /* of the operation that was refused */
    enum op_kind kind;
    char device[DEVICE_SIZE]; /* where it was made … */
    char actor[ACTOR_SIZE];   /* … by whom … */
    int64_t at;               /* … and when (UTC µs), by that device's clock */
    enum tk_code code;        /* why it was refused */
    int64_t slot_id;          /* 0: not known */
    uint64_t ticket_id;       /* the first one; 0: not known */
    int32_t count;            /* tickets */
    char customer_name[CUSTOMER_NAME_SIZE]; /* whose sale it is: both "" for a walk-up, for anything that
                                               is no sale, and once it is closed */
    char customer_phone[CUSTOMER_PHONE_SIZE];
    int64_t found_at;         /* when it was refused */
    char other[ACTOR_SIZE];   /* the other side: the door that let it in before, who wrote the places off;
                                 "" when there is none */
    int64_t other_at;         /* when that was; 0: not known */
    int64_t closed_at;        /* 0: open */
    char closed_by[ACTOR_SIZE];
    char reason[DISPUTE_REASON_SIZE];
};

struct dispute_list {
    struct dispute *items; /* owned */
    size_t count, capacity;
};

/* Takes the guest's name out of it: it is closed, or shown to somebody who may not know. */
void dispute_hide_customer(struct dispute *dispute);
enum tk_code dispute_list_add(struct dispute_list *list, const struct dispute *dispute);
void dispute_list_release(struct dispute_list *list);

#endif
