/*
 * group_commit: many callers, one commit.
 *
 * One thread owns a store and applies what is queued, as much as there is at a time (up to
 * OP_BATCH_MAX operations), in one step: one sync of the disk acknowledges them all. No artificial
 * delay: while one batch is being committed the next one gathers.
 *
 *   queued ──▶ taken into a batch ──▶ committed or failed ──▶ done() called
 *
 * Invariants
 * 1. done() is called exactly once for each entry that was queued, in the order of queueing, from
 *    the writer's thread, when its outcomes are durable or the failure is known. An entry's
 *    operations are applied in one batch.
 * 2. When a batch of several entries fails as a whole with anything but TK_UNKNOWN, or with
 *    TK_BAD_OPERATION for one of them, no entry suffers for another: they are tried one by one.
 *    After TK_UNKNOWN each is sent again once by itself (the same ids: never done twice), and is
 *    told TK_UNKNOWN when that fails, with the sentence of the last try that ended so. Only where a
 *    try was stuck for a second (TK_BUSY, TK_UNAVAILABLE, or TK_UNKNOWN of one by itself) are the rest told
 *    the same, without a try of their own.
 * 3. A full queue refuses before any work is done.
 * 4. Closing commits everything that was queued.
 * 5. What waited longer than queue_options.wait_max_us is refused when its turn comes, untried.
 *
 * Threading: every function may be called from any thread, also from done(); group_commit_close
 * once, when nobody will call again. Signals are blocked in the writer's thread, but for the store's
 * own.
 */
#ifndef TK_DATA_GROUP_COMMIT_H
#define TK_DATA_GROUP_COMMIT_H

#include "core/store_queue.h"

struct group_commit;

struct group_options {
    struct store *store; /* taken: closed with group_commit_close, also when opening fails */
    struct queue_options queue;
};

enum tk_code group_commit_open(const struct group_options *options, struct group_commit **group,
                               struct tk_error *error);
/* Queues an entry, which must stay until done(). TK_OVERLOADED when the queue is full, TK_DRAINING
   when it is being closed: then done() is not called. */
enum tk_code group_commit_queue(struct group_commit *group, struct queue_entry *entry,
                                struct tk_error *error);
/* Takes an entry out of the queue again: true, and done() is not called; false when it is in a batch
   already, or through. */
bool group_commit_take_back(struct group_commit *group, struct queue_entry *entry);
/* Operations that wait. */
size_t group_commit_depth(struct group_commit *group);
/* Commits what is queued, stops the writer, closes its store. NULL is fine. */
void group_commit_close(struct group_commit *group);

/* A store on the group: apply and apply_all queue and wait, everything else is asked of `reader`
   (taken). Close it before the group. Like any store it serves one thread at a time; make one for
   each thread. */
enum tk_code group_commit_attach(struct group_commit *group, struct store *reader,
                                 struct store **store, struct tk_error *error);

/* The group as the port that a service works with; closing that closes the group. */
struct store_queue *group_commit_as_queue(struct group_commit *group);

#endif
