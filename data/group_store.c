/* group_store: the store that one caller of a group sees. */
#include "data/group_commit.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define WATCH_MS 25 /* between looks at the watch */

struct group_store {
    struct store store; /* first */
    struct group_commit *group;
    struct store *reader; /* owned */
    struct store_watch watch;
    struct queue_entry entry; /* of the call that waits */
    pthread_mutex_t lock;     /* of done */
    pthread_cond_t told;      /* monotonic clock */
    bool done;
};

static void on_done(struct queue_entry *entry)
{
    struct group_store *store =
        (struct group_store *)((char *)entry - offsetof(struct group_store, entry));

    pthread_mutex_lock(&store->lock);
    store->done = true;
    pthread_cond_signal(&store->told);
    pthread_mutex_unlock(&store->lock);
}

/* Waits for the end, or WATCH_MS for it; returns whether it came. */
static bool wait_done(struct group_store *store, bool for_good)
{
    struct timespec until;
    int failure = 0;
    bool done;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WATCH_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&store->lock);
    while (!store->done && !failure)
        failure = for_good ? pthread_cond_wait(&store->told, &store->lock)
                           : pthread_cond_timedwait(&store->told, &store->lock, &until);
    done = store->done;
    pthread_mutex_unlock(&store->lock);
    return done;
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the entry is through: true. False when the watch gave up and it was taken back; what
   is in a batch already is waited for. */
static bool wait_through(struct group_store *store)
{
    int64_t start = clock_ms();
    bool for_good = !store->watch.give_up;

    while (!wait_done(store, for_good)) {
        if (!store->watch.give_up(store->watch.context, clock_ms() - start))
            continue;
        if (group_commit_take_back(store->group, &store->entry))
            return false;
        for_good = true;
    }
    return true;
}

static enum tk_code submit(struct group_store *store, struct tk_error *error)
{
    enum tk_code code;

    store->done = false;
    store->entry.done = on_done;
    code = group_commit_queue(store->group, &store->entry, error);
    if (code)
        return code;
    if (!wait_through(store))
        return tk_fail(error, TK_INTERRUPTED, "Stopped waiting in the queue: nothing was done.");
    if (store->entry.code && error)
        *error = store->entry.error;
    return store->entry.code;
}

static enum tk_code group_apply(struct store *base, const struct operation *operations,
                                size_t count, struct outcome *outcomes, struct tk_error *error)
{
    struct group_store *store = (struct group_store *)base;

    store->entry = (struct queue_entry){
        .operations = operations, .count = count, .outcomes = outcomes};
    return submit(store, error);
}

static enum tk_code group_apply_all(struct store *base, const struct operation_source *source,
                                    size_t *applied, size_t *replayed, struct tk_error *error)
{
    struct group_store *store = (struct group_store *)base;
    enum tk_code code;

    store->entry = (struct queue_entry){.source = source};
    code = submit(store, error);
    *applied = store->entry.applied;
    *replayed = store->entry.replayed;
    return code;
}

/* Everything that changes nothing is the reader's. */
#define ON_READER(op, parameters, ...)                               \
    static enum tk_code group_##op parameters                        \
    {                                                                \
        struct store *reader = ((struct group_store *)base)->reader; \
                                                                     \
        return reader->ops->op(reader, __VA_ARGS__);                 \
    }

/* clang-format off */
ON_READER(list_slots, (struct store *base, const struct slot_query *query, struct slot_list *list,
                       struct tk_error *error), query, list, error)
ON_READER(list_tickets, (struct store *base, const struct ticket_query *query,
                         struct ticket_list *list, struct tk_error *error), query, list, error)
ON_READER(list_customers, (struct store *base, const struct customer_query *query,
                           struct customer_list *list, struct tk_error *error), query, list, error)
ON_READER(list_journal, (struct store *base, const struct journal_query *query,
                         struct journal_list *list, struct tk_error *error), query, list, error)
ON_READER(list_due, (struct store *base, const struct due_query *query, struct id_list *list,
                     struct tk_error *error), query, list, error)
ON_READER(list_devices, (struct store *base, const struct device_query *query,
                         struct device_list *list, struct tk_error *error), query, list, error)
ON_READER(touch_device, (struct store *base, const char *name, int64_t at,
                         struct tk_error *error), name, at, error)
ON_READER(count_admissions, (struct store *base, int64_t slot_id,
                             struct admission_count_list *list, struct tk_error *error),
          slot_id, list, error)
ON_READER(list_allotments, (struct store *base, const struct allotment_query *query,
                            struct allotment_list *list, struct tk_error *error),
          query, list, error)
ON_READER(list_disputes, (struct store *base, const struct dispute_query *query,
                          struct dispute_list *list, struct tk_error *error), query, list, error)
ON_READER(list_replicas, (struct store *base, const char *device, struct replica_list *list,
                          struct tk_error *error), device, list, error)
ON_READER(list_records, (struct store *base, const struct record_query *query,
                         struct record_list *list, struct tk_error *error), query, list, error)
ON_READER(list_tallies, (struct store *base, const struct tally_query *query,
                         struct tally_list *list, struct tk_error *error), query, list, error)
ON_READER(list_blocks, (struct store *base, const char *holder, bool written_off,
                        struct number_block_list *list, struct tk_error *error),
          holder, written_off, list, error)
ON_READER(count_slots, (struct store *base, const struct slot_query *query, int64_t *count,
                        struct tk_error *error), query, count, error)
ON_READER(version, (struct store *base, uint64_t *version, struct tk_error *error),
          version, error)
ON_READER(verify, (struct store *base, struct verify_report *report, struct tk_error *error),
          report, error)
ON_READER(backup, (struct store *base, const char *path,
                   void (*progress)(void *context, int64_t done, int64_t total), void *context,
                   struct tk_error *error), path, progress, context, error)
ON_READER(facts, (struct store *base, struct store_facts *facts, struct tk_error *error),
          facts, error)
/* clang-format on */

static void group_set_watch(struct store *base, const struct store_watch *watch)
{
    struct group_store *store = (struct group_store *)base;

    store->watch = *watch;
    store->reader->ops->set_watch(store->reader, watch);
}

static void group_store_close(struct store *base)
{
    struct group_store *store = (struct group_store *)base;

    store_close(store->reader);
    pthread_cond_destroy(&store->told);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

static const struct store_ops group_ops = {
    .apply = group_apply,
    .apply_all = group_apply_all,
    .list_slots = group_list_slots,
    .list_tickets = group_list_tickets,
    .list_customers = group_list_customers,
    .list_journal = group_list_journal,
    .list_due = group_list_due,
    .list_devices = group_list_devices,
    .touch_device = group_touch_device,
    .count_admissions = group_count_admissions,
    .list_allotments = group_list_allotments,
    .list_disputes = group_list_disputes,
    .list_replicas = group_list_replicas,
    .list_records = group_list_records,
    .list_tallies = group_list_tallies,
    .list_blocks = group_list_blocks,
    .count_slots = group_count_slots,
    .version = group_version,
    .verify = group_verify,
    .backup = group_backup,
    .facts = group_facts,
    .set_watch = group_set_watch,
    .close = group_store_close,
};

enum tk_code group_commit_attach(struct group_commit *group, struct store *reader,
                                 struct store **result, struct tk_error *error)
{
    struct group_store *store = calloc(1, sizeof *store);
    pthread_condattr_t monotonic;

    if (!store) {
        store_close(reader);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    store->store.ops = &group_ops;
    store->group = group;
    store->reader = reader;
    pthread_mutex_init(&store->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&store->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *result = &store->store;
    return TK_OK;
}
