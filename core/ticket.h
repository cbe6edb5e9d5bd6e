/*
 * ticket: a place at a slot, sold.
 *
 *            plan expire
 *           ┌───────────▶ Expired ─────┐
 *   Booked ─┤                          ├─▶ Archived     (plan archive)
 *           └───────────▶ Canceled ────┘
 *            plan cancel, plan reissue
 *
 * Admission is a fact beside the status: admit sets admitted_at, unadmit takes it back.
 *
 * Invariants
 * 1. A ticket changes along these arrows only. Reissue makes a new ticket and cancels the old one
 *    in one operation, each naming the other.
 * 2. canceled_at is set for good when a ticket is canceled: such a ticket holds no place.
 * 3. Only a ticket that was Booked then is admitted (a door may tell of it when it is Expired), and an
 *    admitted one is never canceled.
 */
#ifndef TK_CORE_TICKET_H
#define TK_CORE_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/device.h"
#include "core/error.h"

#define TICKET_STATUS_TABLE(X)                                                                     \
    X(TICKET_BOOKED, "Booked")                                                                     \
    X(TICKET_EXPIRED, "Expired")                                                                   \
    X(TICKET_CANCELED, "Canceled")                                                                 \
    X(TICKET_ARCHIVED, "Archived")

enum ticket_status {
#define X(status, name) status,
    TICKET_STATUS_TABLE(X)
#undef X
        TICKET_STATUS_COUNT
};

struct ticket {
    uint64_t id; /* 50 bits, as people see it */
    int64_t slot_id;
    uint64_t customer_id; /* 0 for a walk-up */
    enum ticket_status status;
    int64_t booked_at;   /* UTC µs */
    int64_t changed_at;  /* when it took its status */
    int64_t canceled_at; /* 0 unless canceled */
    uint64_t replaces;   /* the ticket that it was issued for, or 0 */
    uint64_t replaced_by;
    uint64_t sale_id; /* the first ticket of the sale */
    int32_t sale_position, sale_size; /* 1 of 2 */
    uint64_t seq; /* the slot's seq at its last change */
    int64_t admitted_at; /* UTC µs; 0: not in */
    char admitted_by[DEVICE_SIZE]; /* the door; "" when not in */
    int32_t prints;                /* copies on paper */
    int64_t seller;                /* member of staff who sold it, or what it replaces; 0: nobody signed on */
};

struct ticket_list {
    struct ticket *items; /* owned */
    size_t count, capacity;
};

const char *ticket_status_name(enum ticket_status status);
bool ticket_status_parse(const char *name, enum ticket_status *status);
enum tk_code ticket_status_require(const char *name, enum ticket_status *status,
                                   struct tk_error *error);
/* Why a ticket cannot be canceled, reissued or admitted: TK_OK when it is Booked. */
enum tk_code ticket_check_booked(const struct ticket *ticket);

enum tk_code ticket_list_add(struct ticket_list *list, const struct ticket *ticket);
void ticket_list_release(struct ticket_list *list);

#endif
