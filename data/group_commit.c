#include "data/group_commit.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE_MAX 8192
#define STUCK_US 1000000

struct group_commit {
    struct store_queue queue; /* first */
    struct store *store; /* the writer's alone once it runs */
    size_t queue_max, batch_max;
    int64_t wait_max_us;
    void (*committed)(void *context, const struct operation *operations,
                      const struct outcome *outcomes, size_t count, int64_t took_us);
    void (*failed)(void *context, const struct tk_error *error, size_t count);
    void *context;
    pthread_t writer;
    bool running;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    struct queue_entry *first, **end; /* the queue */
    size_t depth;                     /* operations in it */
    bool closing;
    /* the writer's alone: what is gathered, kept from batch to batch */
    struct operation *operations;
    struct outcome *outcomes;
};

static int64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- the queue; its functions are called with the lock held --- */

/* How much of the queue an entry takes: of a source it is not known how long it is. */
static size_t entry_weight(const struct queue_entry *entry)
{
    return entry->source ? 1 : entry->count;
}

static void entry_clear(struct queue_entry *entry)
{
    entry->code = entry->error.code = TK_OK;
    entry->error.message[0] = '\0';
    entry->next = NULL;
}

static void queue_add(struct group_commit *group, struct queue_entry *entry)
{
    entry_clear(entry);
    entry->queued_us = clock_us();
    *group->end = entry;
    group->end = &entry->next;
    group->depth += entry_weight(entry);
}

/* Takes one entry out; false when it is not there. */
static bool queue_remove(struct group_commit *group, struct queue_entry *entry)
{
    struct queue_entry **at = &group->first;

    while (*at && *at != entry)
        at = &(*at)->next;
    if (!*at)
        return false;
    *at = entry->next;
    if (!*at)
        group->end = at;
    group->depth -= entry_weight(entry);
    return true;
}

/* Takes the entries of the next batch: as many whole ones as fit, and the first one in any case. A
   source is a transaction of its own. */
static struct queue_entry *queue_take(struct group_commit *group)
{
    struct queue_entry *first = group->first, **at = &first->next;
    size_t taken = entry_weight(first);

    while (!first->source && *at && !(*at)->source && taken + (*at)->count <= group->batch_max) {
        taken += (*at)->count;
        at = &(*at)->next;
    }
    group->first = *at;
    if (!group->first)
        group->end = &group->first;
    *at = NULL;
    group->depth -= taken;
    return first;
}

/* Takes those out that waited too long: they are the first ones. */
static struct queue_entry *queue_take_stale(struct group_commit *group)
{
    int64_t oldest = clock_us() - group->wait_max_us;
    struct queue_entry *first = group->first, **at = &group->first;

    if (!group->wait_max_us)
        return NULL;
    for (; *at && (*at)->queued_us < oldest; at = &(*at)->next)
        group->depth -= entry_weight(*at);
    if (at == &group->first)
        return NULL;
    group->first = *at;
    if (!group->first)
        group->end = &group->first;
    *at = NULL;
    return first;
}

/* --- the writer --- */

static enum tk_code apply(struct group_commit *group, const struct operation *operations,
                          size_t count, struct outcome *outcomes, struct tk_error *error)
{
    int64_t start = clock_us();
    enum tk_code code = store_apply(group->store, operations, count, outcomes, error);

    if (!code && group->committed)
        group->committed(group->context, operations, outcomes, count, clock_us() - start);
    return code;
}

static enum tk_code apply_source(struct group_commit *group, struct queue_entry *entry)
{
    struct store *store = group->store;
    int64_t start = clock_us();
    enum tk_code code = store->ops->apply_all(store, entry->source, &entry->applied,
                                              &entry->replayed, &entry->error);

    if (!code && group->committed && !entry->source->dry_run)
        group->committed(group->context, NULL, NULL, 0, clock_us() - start);
    return code;
}

/* One entry by itself, where it lies. */
static void apply_alone(struct group_commit *group, struct queue_entry *entry)
{
    entry->code = entry->source ? apply_source(group, entry)
                                : apply(group, entry->operations, entry->count, entry->outcomes,
                                        &entry->error);
}

/* What is sent again is not done twice (core/store.h, 1). Any failure leaves it unknown whether the
   time before, which ended with `unknown`, had its effect: TK_UNKNOWN. Returns how it ended itself. */
static enum tk_code apply_again(struct group_commit *group, struct queue_entry *entry,
                                const struct tk_error *unknown)
{
    enum tk_code code;

    apply_alone(group, entry);
    code = entry->code;
    if (code && code != TK_UNKNOWN)
        entry->error = *unknown;
    if (code)
        entry->code = TK_UNKNOWN;
    return code;
}

/* A source cannot be read twice. Returns how the last try ended. */
static enum tk_code apply_and_resolve(struct group_commit *group, struct queue_entry *entry)
{
    struct tk_error unknown;

    apply_alone(group, entry);
    if (entry->code != TK_UNKNOWN || entry->source)
        return entry->code;
    unknown = entry->error;
    return apply_again(group, entry, &unknown);
}

static size_t gather(struct group_commit *group, const struct queue_entry *entry)
{
    size_t count = 0;

    for (; entry; entry = entry->next) {
        memcpy(&group->operations[count], entry->operations,
               entry->count * sizeof *group->operations);
        count += entry->count;
    }
    return count;
}

static void hand_out(const struct group_commit *group, struct queue_entry *entry)
{
    const struct outcome *outcomes = group->outcomes;

    for (; entry; entry = entry->next) {
        memcpy(entry->outcomes, outcomes, entry->count * sizeof *outcomes);
        outcomes += entry->count;
        entry->code = TK_OK;
    }
}

/* The store has waited in vain: for another program, or for its server. */
static bool is_stuck(enum tk_code code, int64_t took_us)
{
    return (code == TK_BUSY || code == TK_UNAVAILABLE) && took_us > STUCK_US;
}

/* What to do when entries failed together: nobody suffers for another. But where even one by itself
   waits long in vain (for another program, say), the rest are spared the same wait in a row. */
static void settle(struct group_commit *group, struct queue_entry *entries, enum tk_code code,
                   const struct tk_error *error, int64_t took_us)
{
    bool again = code == TK_UNKNOWN, stuck = is_stuck(code, took_us);
    const struct tk_error *told = error;

    for (struct queue_entry *entry = entries; entry; entry = entry->next) {
        int64_t start = clock_us(), took;
        enum tk_code ended;

        if (stuck) {
            entry->code = code;
            entry->error = *told;
            continue;
        }
        ended = again ? apply_again(group, entry, error) : apply_and_resolve(group, entry);
        took = clock_us() - start;
        /* a store in doubt says TK_UNKNOWN when it could not even begin */
        stuck = is_stuck(ended, took) || (ended == TK_UNKNOWN && took > STUCK_US);
        code = entry->code;
        told = &entry->error;
    }
}

static void run_batch(struct group_commit *group, struct queue_entry *entries)
{
    struct tk_error error = {0};
    enum tk_code code;
    int64_t start;
    size_t count;

    if (!entries->next) {
        apply_and_resolve(group, entries);
        return;
    }
    count = gather(group, entries);
    start = clock_us();
    code = apply(group, group->operations, count, group->outcomes, &error);
    if (code)
        settle(group, entries, code, &error, clock_us() - start);
    else
        hand_out(group, entries);
}

/* An error has the sentence that the store gave, else its code's own; a success has none. */
static void complete_errors(struct queue_entry *entry)
{
    for (; entry; entry = entry->next) {
        if (entry->code && entry->error.code != entry->code)
            tk_fail_code(&entry->error, entry->code);
        else if (!entry->code)
            entry->error = (struct tk_error){0};
    }
}

static void tell_failures(const struct group_commit *group, const struct queue_entry *entry)
{
    while (entry) {
        const struct queue_entry *first = entry;
        size_t count = 0;

        for (; entry && entry->code == first->code; entry = entry->next)
            count += entry->source ? 0 : entry->count;
        if (first->code && group->failed)
            group->failed(group->context, &first->error, count);
    }
}

static void tell(const struct group_commit *group, struct queue_entry *entry)
{
    struct queue_entry *next;

    complete_errors(entry);
    tell_failures(group, entry);
    for (; entry; entry = next) {
        next = entry->next; /* done() may free it */
        entry->next = NULL;
        entry->done(entry);
    }
}

static void refuse_stale(const struct group_commit *group, struct queue_entry *entries)
{
    for (struct queue_entry *entry = entries; entry; entry = entry->next)
        entry->code = tk_fail(&entry->error, TK_UNAVAILABLE,
                              "The box office could not be reached for too long: nothing was done.");
    tell(group, entries);
}

static void *writer_run(void *context)
{
    struct group_commit *group = context;
    struct queue_entry *entries, *stale;

    pthread_setname_np(pthread_self(), "group-commit");
    pthread_mutex_lock(&group->lock);
    for (;;) {
        while (!group->first && !group->closing)
            pthread_cond_wait(&group->wake, &group->lock);
        if (!group->first)
            break;
        stale = queue_take_stale(group);
        entries = group->first ? queue_take(group) : NULL;
        pthread_mutex_unlock(&group->lock);
        refuse_stale(group, stale);
        if (entries) {
            run_batch(group, entries);
            tell(group, entries);
        }
        pthread_mutex_lock(&group->lock);
    }
    pthread_mutex_unlock(&group->lock);
    return NULL;
}

/* The thread takes over the mask of the one that makes it. A fault of its own must not be hidden; a
   store that uses a signal lets it in itself (data/sqlite/gate.h). */
static int writer_start(struct group_commit *group)
{
    sigset_t blocked, before;
    int failure;

    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    failure = pthread_create(&group->writer, NULL, writer_run, group);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

/* --- from any thread --- */

enum tk_code group_commit_open(const struct group_options *options, struct group_commit **result,
                               struct tk_error *error)
{
    struct group_commit *group = calloc(1, sizeof *group);

    if (!group) {
        store_close(options->store);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    group->store = options->store;
    group->queue_max = options->queue.queue_max ? options->queue.queue_max : QUEUE_MAX;
    group->batch_max = options->queue.batch_max && options->queue.batch_max < OP_BATCH_MAX ? options->queue.batch_max
                                                                               : OP_BATCH_MAX;
    group->wait_max_us = options->queue.wait_max_us;
    group->committed = options->queue.committed;
    group->failed = options->queue.failed;
    group->context = options->queue.context;
    group->end = &group->first;
    pthread_mutex_init(&group->lock, NULL);
    pthread_cond_init(&group->wake, NULL);
    group->operations = calloc(group->batch_max, sizeof *group->operations);
    group->outcomes = calloc(group->batch_max, sizeof *group->outcomes);
    if (!group->operations || !group->outcomes || writer_start(group)) {
        group_commit_close(group);
        return tk_fail_code(error, TK_NO_MEMORY); /* or no thread, for the same want */
    }
    group->running = true;
    *result = group;
    return TK_OK;
}

enum tk_code group_commit_queue(struct group_commit *group, struct queue_entry *entry,
                                struct tk_error *error)
{
    size_t weight = entry_weight(entry);
    enum tk_code code = TK_OK;

    if (!entry->source && (!entry->count || entry->count > OP_BATCH_MAX))
        return tk_fail(error, TK_INTERNAL, "An entry has 1 to %d operations.", OP_BATCH_MAX);
    pthread_mutex_lock(&group->lock);
    if (group->closing)
        code = TK_DRAINING;
    else if (group->depth && group->depth + weight > group->queue_max)
        code = TK_OVERLOADED;
    else
        queue_add(group, entry);
    if (group->first == entry) /* or the writer is awake */
        pthread_cond_signal(&group->wake);
    pthread_mutex_unlock(&group->lock);
    return code ? tk_fail_code(error, code) : TK_OK;
}

bool group_commit_take_back(struct group_commit *group, struct queue_entry *entry)
{
    bool taken;

    pthread_mutex_lock(&group->lock);
    taken = queue_remove(group, entry);
    pthread_mutex_unlock(&group->lock);
    return taken;
}

size_t group_commit_depth(struct group_commit *group)
{
    size_t depth;

    pthread_mutex_lock(&group->lock);
    depth = group->depth;
    pthread_mutex_unlock(&group->lock);
    return depth;
}

void group_commit_close(struct group_commit *group)
{
    if (!group)
        return;
    pthread_mutex_lock(&group->lock);
    group->closing = true;
    pthread_cond_signal(&group->wake);
    pthread_mutex_unlock(&group->lock);
    if (group->running)
        pthread_join(group->writer, NULL);
    store_close(group->store);
    pthread_cond_destroy(&group->wake);
    pthread_mutex_destroy(&group->lock);
    free(group->operations);
    free(group->outcomes);
    free(group);
}

/* --- as the port --- */

static enum tk_code queue_port_add(struct store_queue *queue, struct queue_entry *entry,
                                   struct tk_error *error)
{
    return group_commit_queue((struct group_commit *)queue, entry, error);
}

static size_t queue_port_depth(struct store_queue *queue)
{
    return group_commit_depth((struct group_commit *)queue);
}

static enum tk_code queue_port_attach(struct store_queue *queue, struct store *reader,
                                      struct store **store, struct tk_error *error)
{
    return group_commit_attach((struct group_commit *)queue, reader, store, error);
}

static void queue_port_close(struct store_queue *queue)
{
    group_commit_close((struct group_commit *)queue);
}

struct store_queue *group_commit_as_queue(struct group_commit *group)
{
    static const struct store_queue_ops ops = {queue_port_add, queue_port_depth,
                                               queue_port_attach, queue_port_close};

    group->queue.ops = &ops;
    return &group->queue;
}
