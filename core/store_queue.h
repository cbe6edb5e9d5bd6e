/*
 * store_queue: the port through which many callers change one store at the same time.
 *
 * Whoever stands behind it (data/group_commit) commits what is queued, many entries at a time.
 *
 *   add ──▶ queued ──▶ taken into a batch ──▶ committed or failed ──▶ done() called
 *             └ take_back ─▶ out again
 *
 * Threading: every function may be called from any thread; close once, when nobody will call again.
 */
#ifndef TK_CORE_STORE_QUEUE_H
#define TK_CORE_STORE_QUEUE_H

#include "core/store.h"

/* Zero it before it is filled. */
struct queue_entry {
    const struct operation *operations; /* borrowed until done() */
    size_t count;                       /* 1 to OP_BATCH_MAX */
    struct outcome *outcomes;           /* of the caller; as many */
    void (*done)(struct queue_entry *entry);
    /* filled for done() */
    enum tk_code code;
    struct tk_error error;
    /* the queue's own */
    struct queue_entry *next;
    int64_t queued_us; /* monotonic */
    const struct operation_source *source; /* apply_all */
    size_t applied, replayed;
};

struct queue_options {
    size_t queue_max; /* operations that may wait; 0: 8192 */
    /* what waited for so long is refused when its turn comes (TK_UNAVAILABLE: nothing was done), so that a
       store that comes back finds those who still wait; 0: no limit */
    int64_t wait_max_us;
    size_t batch_max; /* operations in one commit; 0: OP_BATCH_MAX. 1: one commit per entry */
    /* told after each commit, on the writer's thread, before the done()s; of an apply_all without
       operations (count 0); may be NULL */
    void (*committed)(void *context, const struct operation *operations,
                      const struct outcome *outcomes, size_t count, int64_t took_us);
    /* told why operations were not committed, on the writer's thread, before the done()s of those
       who asked; once for each run of entries that failed with the same code (count: as above); may
       be NULL */
    void (*failed)(void *context, const struct tk_error *error, size_t count);
    void *context;
};

struct store_queue;

struct store_queue_ops {
    /* Queues an entry, which must stay until done(), called once, on the writer's thread, when its
       outcomes are durable or the failure is known. TK_OVERLOADED when the queue is full,
       TK_DRAINING when it is being closed: then done() is not called. */
    enum tk_code (*add)(struct store_queue *queue, struct queue_entry *entry,
                        struct tk_error *error);
    /* Operations that wait. */
    size_t (*depth)(struct store_queue *queue);
    /* A store on the queue: apply and apply_all queue and wait, everything else is asked of `reader`
       (taken). Close it before the queue; one for each thread. */
    enum tk_code (*attach)(struct store_queue *queue, struct store *reader, struct store **store,
                           struct tk_error *error);
    /* Commits what is queued, and ends. */
    void (*close)(struct store_queue *queue);
};

/* The first member of what stands behind it. */
struct store_queue {
    const struct store_queue_ops *ops;
};

#endif
