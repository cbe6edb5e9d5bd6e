/*
 * plan_internal: what the files of the rules share; plan.h says what they promise.
 *
 *   plan.c         times, rows, the batch
 *   plan_sale.c    schedule, book, cancel, reissue, print
 *   plan_door.c    admit, unadmit
 *   plan_upkeep.c  expire, archive, enrol, revoke, rotate
 *   plan_staff.c   who may, limits; staff, pin, sign, shift-open, shift-close, limit, invite, redeem, tier, erase, seal
 *   plan_tills.c   join, grant, return, write-off, block, mark, quarantine, void, close; disputes
 */
#ifndef TK_CORE_PLAN_INTERNAL_H
#define TK_CORE_PLAN_INTERNAL_H

#include "core/plan.h"

/* What one operation is decided with. */
struct plan_context {
    const struct operation *operation;
    const struct operation *batch; /* of which the operation is the one at `at` */
    const struct outcome *outcomes;
    size_t at;
    struct working_set *set;
    const struct plan_rules *rules;
    int64_t now;
    struct outcome *outcome;
    enum op_kind voided; /* of void: what was taken back, when outcome->count tells that something was */
};

/* One for each kind. */
#define X(kind, member, name) enum tk_code plan_##member(struct plan_context *c);
OP_KIND_TABLE(X)
#undef X

/* When it was done: cut off, at the device; never later than now. */
int64_t plan_done_at(const struct plan_context *c);
void slot_touch(struct slot_row *row);
void ticket_touch(struct ticket_row *row, uint64_t seq);
/* Lets somebody in at a time by a door, or (0, "") takes it back. */
void ticket_admit(struct ticket_row *row, int64_t at, const char door[DEVICE_SIZE], uint64_t seq);
void customer_touch(struct customer_row *row);
void device_touch(struct device_row *row);
/* Notes a change of an allotment that held `before`. */
void allotment_touch(const struct plan_context *c, struct allotment_row *row, int32_t before);
void replica_touch(struct replica_row *row);
void block_touch(struct block_row *row);
/* Whether count places may be sold of the slot; `returning` is one given back in the same step. */
enum tk_code plan_check_room(const struct plan_context *c, const struct slot *slot, int64_t count,
                             int32_t returning);
/* What the device holds of a slot; NULL: nothing, ever. */
struct allotment_row *plan_own_allotment(const struct plan_context *c, int64_t slot_id);
/* A ticket with its slot. */
enum tk_code plan_take_ticket(struct plan_context *c, uint64_t id, struct ticket_row **ticket,
                              struct slot_row **slot);
/* TK_OK for a ticket that is Booked. What was done with it while a device was cut off, and it was Booked, is
   told late when its slot has expired since. */
enum tk_code plan_check_booked_then(const struct plan_context *c, const struct ticket *ticket,
                                    const struct slot *slot);
/* Makes it Canceled; its place is the caller's to give back. */
void ticket_cancel(const struct plan_context *c, struct ticket_row *row, uint64_t seq);
/* Whether a member of staff may do it, alone or approved; whoever is none is held to his device's role where
   he came in. */
enum tk_code plan_check_actor(struct plan_context *c);
/* Counts what was done. */
enum tk_code plan_count(struct plan_context *c);
/* The member who does it; 0: none. */
int64_t plan_seller(const struct plan_context *c);
/* Lets a device in. TK_DEVICE_KNOWN while there is one of its name, or with its token. */
enum tk_code plan_put_device(struct plan_context *c, const struct device *device);
/* What was said of another device of this name. */
enum tk_code plan_forget_note(struct plan_context *c, const char *device);
void plan_forget_customer(const struct plan_context *c, struct customer_row *row);
/* Lets out whom the device of an operation that is voided had let in. */
void plan_undo_admission(struct plan_context *c, uint64_t ticket_id);
/* What was done while a device was cut off cannot be undone by a refusal: a person has to look at it.
   `looked`: the rows were loaded and looked at. */
enum tk_code plan_note_dispute(const struct plan_context *c, bool looked);

#endif
