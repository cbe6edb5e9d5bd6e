/* sync_internal: what the files of the till's half of sync share: sync_till.c (exchanges) and
   sync_apply.c (operations, online and cut off). */
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
/* Queues the return of what this till holds: of all slots, or of those whose common stock ran out and
   that are over. *returned counts places. */
enum tk_code sync_return(struct sync_till *till, bool all, int64_t *returned,
                         struct tk_error *error);

#endif
