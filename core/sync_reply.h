/*
 * sync_reply: what the files share that make a reply.
 *
 *   sync_reply.c          who is answered, what became of his operations, numbers, disputes
 *   sync_reply_slots.c    slots with what belongs to them
 *   sync_reply_records.c  staff and limits
 */
#ifndef TK_CORE_SYNC_REPLY_H
#define TK_CORE_SYNC_REPLY_H

#include "core/map.h"
#include "core/sync.h"

struct end {
    const struct sync_centre *centre;
    const struct sync_request *request;
    const struct sync_serving *serving;
    struct sync_reply *reply;
    struct store *store;
    int64_t now;
    struct map cursors; /* places in request->cursors by slot */
    struct map done;    /* slots that are in the reply */
    bool cut;           /* tickets of a slot are left for the next one */
};

/* Slots that the batch touched, or that are asked for: they come always, changed or not. */
enum tk_code reply_add_touched(struct end *e, struct tk_error *error);
/* Slots of the window that changed after the cursors, until the reply is full. */
enum tk_code reply_add_window(struct end *e, struct tk_error *error);
/* Tickets that the request itself sold, wherever the cursors are. Last of the three. */
enum tk_code reply_add_sold(struct end *e, struct tk_error *error);
/* Records that tills keep and that changed since, without verifiers, until the reply is full. `same`: the store
   is as it was when all of it was pulled. */
enum tk_code reply_add_records(struct end *e, bool same, struct tk_error *error);

#endif
