/* sync_internal: what the files of the till's half of sync share: sync_till.c (requests and replies),
   sync_round.c (rounds of them),
   sync_apply.c (operations, online and cut off), sync_hold.c (what it knows and holds). */
#ifndef TK_CORE_SYNC_INTERNAL_H
#define TK_CORE_SYNC_INTERNAL_H

#include "core/sync.h"

struct op_id sync_make_id(const struct sync_till *till);
/* The ticket as this copy has it. */
enum tk_code sync_find_ticket(const struct sync_till *till, uint64_t ticket_id,
                              struct ticket *ticket, bool *found, struct tk_error *error);
/* Sends a request and takes over the reply, which stays the caller's. */
enum tk_code sync_exchange(struct sync_till *till, const struct sync_request *request,
                           struct sync_reply *reply, int timeout_ms, struct sync_report *report,
                           struct tk_error *error);
/* Notes, should the code say so, that what a request brings was surely not sent. */
void sync_withdraw(struct sync_till *till, const struct sync_request *request, enum tk_code code);
/* Takes another replica id: the centre is told, and tells, anew. */
enum tk_code sync_renew(struct sync_till *till, const struct mirror_state *state,
                        struct sync_report *report, struct tk_error *error);
enum tk_code sync_find_slots(const struct sync_till *till, const struct slot_ref *ref,
                             struct slot_list *slots, struct tk_error *error);

/* Which of the places that a till holds go back: all, or those of slots whose common stock ran out and
   that are over. */
enum sync_return { SYNC_RETURN_ALL, SYNC_RETURN_UNNEEDED };

/* Queues their return, of one slot or (0) of all. *returned counts places, on top of what it had. */
enum tk_code sync_return(struct sync_till *till, enum sync_return which, int64_t slot_id,
                         int64_t *returned, struct tk_error *error);

#endif
