/*
 * group_commit: what many callers are told when one thread commits for them all. A store in between
 * can be held while it applies, so that what is queued meanwhile makes one batch, and can be made to
 * fail.
 */
#include "data/group_commit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"
#include "core/time.h"
#include "tests/support/fault_alloc.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#define ASKS 64
#define THREADS 12
#define UNKNOWN_SAID "The disk fell out."

/* A store that wraps another one. */
struct stub {
    struct store store; /* first */
    struct store *inner;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool hold;
    size_t applies, sizes[256]; /* operations of each; 0: a source */
    int unknown;                /* so many applies from now on end unknown … */
    bool unknown_done;          /* … and are done all the same */
    enum tk_code bad;           /* how an apply with a bad operation ends */
    size_t slow;                /* the apply (1: the first) that takes long … */
    enum tk_code slow_code;     /* … and ends so, unless TK_OK */
    bool closed;
};

struct world;

/* An entry with all that it needs. */
struct ask {
    struct queue_entry entry;
    struct operation operations[16];
    struct outcome outcomes[16];
    struct world *world;
    pthread_t told_by;
    int done;
};

struct world {
    struct fixture office; /* its store is a reader */
    struct stub stub;
    struct group_commit *group;
    int64_t slot;
    struct ask asks[ASKS];
    size_t made, operations;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    size_t done, order[ASKS];
    size_t commits, committed, committed_before_done;
    size_t failures, failed, failures_before_done; /* as told, and operations in them */
    struct tk_error failure;                       /* the last */
    size_t operations_made;
};

/* --- the store in between --- */

/* Counts an apply, and stays in it while the store is held. Returns whether it is to end unknown. */
static bool stub_enter(struct stub *stub, size_t size, bool *perform, bool *slow)
{
    bool unknown;

    pthread_mutex_lock(&stub->lock);
    stub->sizes[stub->applies++ % 256] = size;
    *slow = stub->applies == stub->slow;
    pthread_cond_broadcast(&stub->changed);
    unknown = stub->unknown > 0 && stub->unknown--;
    *perform = !unknown || stub->unknown_done;
    while (stub->hold)
        pthread_cond_wait(&stub->changed, &stub->lock);
    pthread_mutex_unlock(&stub->lock);
    return unknown;
}

static bool has_bad(const struct operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(operations[i].actor, "bad") == 0)
            return true;
    return false;
}

static enum tk_code stub_apply(struct store *base, const struct operation *operations,
                               size_t count, struct outcome *outcomes, struct tk_error *error)
{
    struct stub *stub = (struct stub *)base;
    bool perform, slow, unknown = stub_enter(stub, count, &perform, &slow);
    enum tk_code code = TK_OK;

    if (slow)
        nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
    if (slow && stub->slow_code)
        return tk_fail_code(error, stub->slow_code);
    if (!unknown && has_bad(operations, count))
        return tk_fail_code(error, stub->bad);
    if (perform)
        code = store_apply(stub->inner, operations, count, outcomes, error);
    return unknown ? tk_fail(error, TK_UNKNOWN, UNKNOWN_SAID) : code;
}

static enum tk_code stub_apply_all(struct store *base, const struct operation_source *source,
                                   size_t *applied, size_t *replayed, struct tk_error *error)
{
    struct stub *stub = (struct stub *)base;
    bool perform, slow;

    stub_enter(stub, 0, &perform, &slow);
    return stub->inner->ops->apply_all(stub->inner, source, applied, replayed, error);
}

static void stub_close(struct store *base)
{
    struct stub *stub = (struct stub *)base;

    store_close(stub->inner);
    stub->closed = true;
}

static const struct store_ops stub_ops = {
    .apply = stub_apply, .apply_all = stub_apply_all, .close = stub_close};

static void stub_hold(struct stub *stub, bool hold)
{
    pthread_mutex_lock(&stub->lock);
    stub->hold = hold;
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->lock);
}

/* Until so many applies were begun. */
static void stub_wait(struct stub *stub, size_t applies)
{
    pthread_mutex_lock(&stub->lock);
    while (stub->applies < applies)
        pthread_cond_wait(&stub->changed, &stub->lock);
    pthread_mutex_unlock(&stub->lock);
}

/* --- the world --- */

static void on_committed(void *context, const struct operation *operations,
                         const struct outcome *outcomes, size_t count, int64_t took_us)
{
    struct world *world = context;

    CU_ASSERT((operations && outcomes) == (count > 0) && took_us >= 0);
    world->commits++;
    world->committed += count;
}

static void on_failed(void *context, const struct tk_error *error, size_t count)
{
    struct world *world = context;

    CU_ASSERT(error->code != TK_OK && error->message[0]);
    world->failures++;
    world->failed += count;
    world->failure = *error;
}

static struct store *open_sqlite(struct world *world, int busy_timeout_ms)
{
    struct sqlite_options options = fixture_options(&world->office);
    struct store *store = NULL;

    options.busy_timeout_ms = busy_timeout_ms;
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &store, NULL), TK_OK);
    return store;
}

/* wait_max_us: as in queue_options. */
static void world_init_waiting(struct world *world, int64_t capacity, size_t queue_max,
                               size_t batch_max, int64_t wait_max_us)
{
    struct group_options options = {.store = &world->stub.store,
                                    .queue.queue_max = queue_max,
                                    .queue.batch_max = batch_max,
                                    .queue.wait_max_us = wait_max_us,
                                    .queue.committed = on_committed,
                                    .queue.failed = on_failed,
                                    .queue.context = world};

    *world = (struct world){0};
    fixture_init(&world->office);
    world->slot = fixture_schedule(&world->office, "Heat", TIME_HOUR, capacity);
    world->stub.store.ops = &stub_ops;
    world->stub.bad = TK_DISK_FULL;
    world->stub.inner = open_sqlite(world, 1100);
    pthread_mutex_init(&world->stub.lock, NULL);
    pthread_cond_init(&world->stub.changed, NULL);
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    CU_ASSERT_EQUAL_FATAL(group_commit_open(&options, &world->group, NULL), TK_OK);
}

static void world_init(struct world *world, int64_t capacity, size_t queue_max, size_t batch_max)
{
    world_init_waiting(world, capacity, queue_max, batch_max, 0);
}

static void world_release(struct world *world)
{
    group_commit_close(world->group);
    CU_ASSERT(world->stub.closed);
    CU_ASSERT_EQUAL(fixture_verify(&world->office), 0);
    fixture_release(&world->office);
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
    pthread_cond_destroy(&world->stub.changed);
    pthread_mutex_destroy(&world->stub.lock);
}

static int64_t sold(struct world *world)
{
    return fixture_slot(&world->office, world->slot).sold;
}

static struct operation make_sale(struct world *world)
{
    struct operation operation = {.kind = OP_BOOK, .actor = "Priya", .device = "till-1"};
    uint8_t noise[10] = {0};
    size_t number;

    pthread_mutex_lock(&world->lock);
    number = world->operations_made++;
    pthread_mutex_unlock(&world->lock);
    for (int i = 0; i < 8; i++)
        noise[2 + i] = (uint8_t)(number >> (56 - 8 * i));
    operation.id = op_id_make(FIXTURE_NOW / 1000, noise);
    operation.at = FIXTURE_NOW;
    operation.book.slot.id = world->slot;
    operation.book.count = 1;
    return operation;
}

static void on_done(struct queue_entry *entry)
{
    struct ask *ask = (struct ask *)entry; /* its first member */
    struct world *world = ask->world;

    pthread_mutex_lock(&world->lock);
    ask->done++;
    ask->told_by = pthread_self();
    if (world->done < ASKS)
        world->order[world->done] = (size_t)(ask - world->asks);
    world->done++;
    world->committed_before_done = world->committed;
    world->failures_before_done = world->failures;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

/* Makes an ask of so many sales. */
static struct ask *make_ask(struct world *world, size_t sales)
{
    struct ask *ask = &world->asks[world->made++];

    CU_ASSERT_FATAL(world->made <= ASKS && sales <= 16);
    ask->world = world;
    for (size_t i = 0; i < sales; i++)
        ask->operations[i] = make_sale(world);
    ask->entry = (struct queue_entry){.operations = ask->operations,
                                      .count = sales,
                                      .outcomes = ask->outcomes,
                                      .done = on_done};
    return ask;
}

static struct ask *queue(struct world *world, struct ask *ask)
{
    CU_ASSERT_EQUAL(group_commit_queue(world->group, &ask->entry, NULL), TK_OK);
    return ask;
}

/* Holds the store in an apply of one sale: what is queued from here on makes the next batches. */
static void hold(struct world *world)
{
    size_t before = world->stub.applies;

    stub_hold(&world->stub, true);
    queue(world, make_ask(world, 1));
    stub_wait(&world->stub, before + 1);
}

/* Lets go, and waits until so many asks were answered since the beginning. */
static void let_go(struct world *world, size_t done)
{
    stub_hold(&world->stub, false);
    pthread_mutex_lock(&world->lock);
    while (world->done < done)
        pthread_cond_wait(&world->changed, &world->lock);
    pthread_mutex_unlock(&world->lock);
}

/* --- tests --- */

struct seller {
    struct world *world;
    struct store *store;
    pthread_t thread;
    int sold, refused, wrong, left[64];
};

static void *seller_run(void *context)
{
    struct seller *seller = context;

    for (int i = 0; i < 20; i++) {
        struct operation sale = make_sale(seller->world);
        struct outcome outcome = {0};
        enum tk_code code = store_apply(seller->store, &sale, 1, &outcome, NULL);

        if (!code && !outcome.code && outcome.count == 1 && outcome.ticket_id)
            seller->left[seller->sold++] = outcome.available;
        else if (!code && outcome.code == TK_SOLD_OUT && !outcome.ticket_id)
            seller->refused++;
        else
            seller->wrong++;
    }
    return NULL;
}

/* Invariant of slot.h: what is left after each sale is another number each, so none was given two. */
static void test_last_places(void)
{
    struct seller sellers[THREADS] = {0};
    struct world world;
    bool seen[100] = {false};
    int total = 0, refused = 0, twice = 0;

    world_init(&world, 100, 0, 0);
    for (int i = 0; i < THREADS; i++) {
        sellers[i].world = &world;
        CU_ASSERT_EQUAL_FATAL(group_commit_attach(world.group, open_sqlite(&world, 0),
                                                  &sellers[i].store, NULL),
                              TK_OK);
    }
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(
            pthread_create(&sellers[i].thread, NULL, seller_run, &sellers[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(sellers[i].thread, NULL);
        store_close(sellers[i].store);
        CU_ASSERT_EQUAL(sellers[i].wrong, 0);
        total += sellers[i].sold;
        refused += sellers[i].refused;
        for (int k = 0; k < sellers[i].sold; k++) {
            twice += seen[sellers[i].left[k]];
            seen[sellers[i].left[k]] = true;
        }
    }
    CU_ASSERT(total == 100 && refused == THREADS * 20 - 100 && twice == 0);
    CU_ASSERT_EQUAL(sold(&world), 100);
    world_release(&world);
}

static void test_order(void)
{
    struct world world;

    world_init(&world, 1000, 0, 0);
    hold(&world);
    for (size_t i = 1; i < ASKS; i++)
        queue(&world, make_ask(&world, 1 + i % 3));
    let_go(&world, ASKS);
    for (size_t i = 0; i < ASKS; i++) {
        CU_ASSERT(world.order[i] == i && world.asks[i].done == 1);
        CU_ASSERT(pthread_equal(world.asks[i].told_by, world.asks[0].told_by));
        CU_ASSERT(!pthread_equal(world.asks[i].told_by, pthread_self()));
        for (size_t k = 0; k < world.asks[i].entry.count; k++)
            CU_ASSERT_EQUAL(world.asks[i].outcomes[k].code, TK_OK);
    }
    CU_ASSERT(world.stub.applies == 2 && world.stub.sizes[1] == 126 && world.commits == 2);
    CU_ASSERT(world.committed == 127 && world.committed_before_done == 127);
    CU_ASSERT_EQUAL(sold(&world), 127);
    world_release(&world);
}

static void test_full(void)
{
    struct tk_error error = {0};
    struct world world;
    struct ask *late;

    world_init(&world, 100, 10, 0);
    hold(&world);
    queue(&world, make_ask(&world, 4));
    queue(&world, make_ask(&world, 6));
    CU_ASSERT_EQUAL(group_commit_depth(world.group), 10);
    late = make_ask(&world, 1);
    CU_ASSERT_EQUAL(group_commit_queue(world.group, &late->entry, &error), TK_OVERLOADED);
    CU_ASSERT_EQUAL(error.code, TK_OVERLOADED);
    CU_ASSERT_EQUAL(group_commit_depth(world.group), 10);
    let_go(&world, 3);
    CU_ASSERT(late->done == 0 && sold(&world) == 11);
    queue(&world, make_ask(&world, 16)); /* more than ever fits, but nothing waits */
    let_go(&world, 4);
    CU_ASSERT_EQUAL(sold(&world), 27);
    late->entry.count = 0;
    CU_ASSERT_EQUAL(group_commit_queue(world.group, &late->entry, NULL), TK_INTERNAL);
    world_release(&world);
}

static void test_whole_entries(void)
{
    static const size_t asked[] = {3, 3, 2, 2, 10, 1}, applied[] = {1, 3, 5, 2, 10, 1};
    struct world world;

    world_init(&world, 100, 0, 5);
    hold(&world);
    for (size_t i = 0; i < 6; i++)
        queue(&world, make_ask(&world, asked[i]));
    let_go(&world, 7);
    CU_ASSERT_EQUAL(world.stub.applies, 6);
    for (size_t i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(world.stub.sizes[i], applied[i]);
    CU_ASSERT_EQUAL(sold(&world), 22);
    world_release(&world);
}

static void *close_run(void *context)
{
    struct world *world = context;

    group_commit_close(world->group);
    return NULL;
}

static void test_close(void)
{
    struct world world;
    struct ask *late;
    pthread_t closer;
    enum tk_code code;

    world_init(&world, 100, 0, 2);
    hold(&world);
    for (size_t i = 0; i < 7; i++)
        queue(&world, make_ask(&world, 1));
    late = make_ask(&world, 1);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&closer, NULL, close_run, &world), 0);
    while ((code = group_commit_queue(world.group, &late->entry, NULL)) == TK_OK) {
        CU_ASSERT(group_commit_take_back(world.group, &late->entry));
        sched_yield(); /* until the closer has come so far */
    }
    CU_ASSERT_EQUAL(code, TK_DRAINING);
    let_go(&world, 8);
    pthread_join(closer, NULL);
    CU_ASSERT(world.done == 8 && late->done == 0 && sold(&world) == 8);
    world.group = NULL;
    world_release(&world);
}

static void test_failing_entry(void)
{
    struct world world;

    world_init(&world, 100, 0, 0);
    hold(&world);
    for (size_t i = 1; i <= 5; i++)
        queue(&world, make_ask(&world, 2));
    text_copy(world.asks[3].operations[1].actor, ACTOR_SIZE, "bad");
    let_go(&world, 6);
    for (size_t i = 1; i <= 5; i++) {
        CU_ASSERT_EQUAL(world.order[i], i);
        CU_ASSERT_EQUAL(world.asks[i].entry.code, i == 3 ? TK_DISK_FULL : TK_OK);
        CU_ASSERT_EQUAL(world.asks[i].entry.error.code, world.asks[i].entry.code);
        CU_ASSERT(i == 3 || !world.asks[i].outcomes[1].replayed);
    }
    CU_ASSERT_EQUAL(world.stub.applies, 7); /* held, the batch, five alone */
    CU_ASSERT_EQUAL(sold(&world), 9);
    CU_ASSERT(world.commits == 5 && world.committed == 9);
    CU_ASSERT(world.failures == 1 && world.failed == 2 && world.failures_before_done == 1);
    CU_ASSERT_EQUAL(world.failure.code, TK_DISK_FULL);
    CU_ASSERT_STRING_EQUAL(world.failure.message, tk_code_sentence(TK_DISK_FULL));
    world_release(&world);
}

/* Three asks make a batch, the second one bad. The apply `slow` (2: the batch) takes long and ends
   with `slow_code`. What each is told. */
static void check_slow(size_t slow, enum tk_code slow_code, enum tk_code first, enum tk_code second,
                       enum tk_code third, size_t applies)
{
    const enum tk_code told[] = {TK_OK, first, second, third};
    struct world world;
    int64_t sales = 0;

    world_init(&world, 100, 0, 0);
    world.stub.bad = TK_BAD_OPERATION;
    world.stub.slow = slow;
    world.stub.slow_code = slow_code;
    hold(&world);
    for (size_t i = 1; i <= 3; i++)
        queue(&world, make_ask(&world, 1));
    text_copy(world.asks[2].operations[0].actor, ACTOR_SIZE, "bad");
    let_go(&world, 4);
    for (size_t i = 0; i <= 3; i++) {
        CU_ASSERT_EQUAL(world.asks[i].entry.code, told[i]);
        CU_ASSERT_EQUAL(world.asks[i].entry.error.code, told[i]);
        sales += told[i] == TK_OK;
    }
    CU_ASSERT_EQUAL(world.stub.applies, applies);
    CU_ASSERT_EQUAL(sold(&world), sales);
    world_release(&world);
}

/* Invariant 2: only a store that is busy is not asked again for the rest. */
static void test_slow_failure(void)
{
    check_slow(2, TK_OK, TK_OK, TK_BAD_OPERATION, TK_OK, 5);
    check_slow(4, TK_OK, TK_OK, TK_BAD_OPERATION, TK_OK, 5);
    check_slow(3, TK_DISK_FULL, TK_DISK_FULL, TK_BAD_OPERATION, TK_OK, 5);
    check_slow(2, TK_BUSY, TK_BUSY, TK_BUSY, TK_BUSY, 2);
    check_slow(4, TK_BUSY, TK_OK, TK_BUSY, TK_BUSY, 4);
    check_slow(2, TK_UNAVAILABLE, TK_UNAVAILABLE, TK_UNAVAILABLE, TK_UNAVAILABLE, 2);
    check_slow(4, TK_UNAVAILABLE, TK_OK, TK_UNAVAILABLE, TK_UNAVAILABLE, 4);
}

/* A batch of three ends unknown, and so do the `more` applies that follow. What each is told. */
static void check_unknown(bool done, int more, enum tk_code first, enum tk_code second,
                          int64_t sold_then)
{
    struct world world;

    world_init(&world, 100, 0, 0);
    hold(&world);
    for (size_t i = 1; i <= 3; i++)
        queue(&world, make_ask(&world, 1));
    world.stub.unknown = 1 + more; /* from the next apply on */
    world.stub.unknown_done = done;
    let_go(&world, 4);
    CU_ASSERT_EQUAL(world.stub.applies, 5); /* held, the batch, three alone */
    CU_ASSERT_EQUAL(world.asks[1].entry.code, first);
    CU_ASSERT_EQUAL(world.asks[2].entry.code, second);
    CU_ASSERT_EQUAL(world.asks[3].entry.code, TK_OK);
    CU_ASSERT_EQUAL(world.asks[1].entry.error.code, first);
    CU_ASSERT_EQUAL(world.asks[3].outcomes[0].replayed, done);
    CU_ASSERT_EQUAL(sold(&world), sold_then);
    world_release(&world);
}

static void test_unknown_batch(void)
{
    check_unknown(true, 0, TK_OK, TK_OK, 4);
    check_unknown(false, 0, TK_OK, TK_OK, 4);
    check_unknown(true, 1, TK_UNKNOWN, TK_OK, 4);
    check_unknown(false, 1, TK_UNKNOWN, TK_OK, 3);
    check_unknown(false, 2, TK_UNKNOWN, TK_UNKNOWN, 2);
}

static void test_unknown_alone(void)
{
    struct world world;
    struct ask *bad;

    world_init(&world, 100, 0, 0);
    world.stub.unknown = 1;
    world.stub.unknown_done = true;
    queue(&world, make_ask(&world, 2));
    let_go(&world, 1);
    CU_ASSERT(world.asks[0].entry.code == TK_OK && world.asks[0].outcomes[1].replayed);
    CU_ASSERT_EQUAL(world.asks[0].entry.error.message[0], '\0');
    world.stub.unknown = 1; /* then the disk is full: what went before is still not known */
    bad = make_ask(&world, 1);
    text_copy(bad->operations[0].actor, ACTOR_SIZE, "bad");
    queue(&world, bad);
    let_go(&world, 2);
    CU_ASSERT(bad->entry.code == TK_UNKNOWN && bad->entry.error.code == TK_UNKNOWN);
    CU_ASSERT_STRING_EQUAL(bad->entry.error.message, UNKNOWN_SAID);
    CU_ASSERT(world.failures == 1 && world.failed == 1 && world.failure.code == TK_UNKNOWN);
    CU_ASSERT_EQUAL(world.stub.applies, 4);
    CU_ASSERT_EQUAL(sold(&world), 3);
    world_release(&world);
}

static void test_stuck(void)
{
    struct world world;
    char path[200];
    int other;

    world_init(&world, 100, 0, 0);
    hold(&world);
    snprintf(path, sizeof path, "%s.lock", world.office.path);
    other = open(path, O_RDWR | O_CLOEXEC);
    CU_ASSERT_EQUAL_FATAL(flock(other, LOCK_EX), 0);
    for (size_t i = 1; i <= 3; i++)
        queue(&world, make_ask(&world, 1));
    let_go(&world, 4); /* the writer's thread has all signals blocked, and still gives up */
    close(other);
    for (size_t i = 0; i <= 3; i++)
        CU_ASSERT_EQUAL(world.asks[i].entry.code, TK_BUSY);
    CU_ASSERT_EQUAL(world.stub.applies, 2);
    CU_ASSERT_EQUAL(sold(&world), 0);
    world_release(&world);
}

/* Invariant 5: what waited too long is refused untried; what came later has its turn. */
static void test_stale(void)
{
    struct world world;

    world_init_waiting(&world, 100, 0, 0, 300000);
    hold(&world);
    for (size_t i = 1; i <= 3; i++)
        queue(&world, make_ask(&world, 2));
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL); /* the time that is asked for */
    queue(&world, make_ask(&world, 1));
    let_go(&world, 5);
    for (size_t i = 0; i <= 4; i++)
        CU_ASSERT_EQUAL(world.asks[i].entry.code, i >= 1 && i <= 3 ? TK_UNAVAILABLE : TK_OK);
    CU_ASSERT(world.failures == 1 && world.failed == 6);
    CU_ASSERT_EQUAL(world.stub.applies, 2);
    CU_ASSERT_EQUAL(group_commit_depth(world.group), 0);
    CU_ASSERT_EQUAL(sold(&world), 2);
    world_release(&world);
}

static void test_same_id(void)
{
    struct world world;
    const struct ask *asks = world.asks;

    world_init(&world, 100, 0, 0);
    hold(&world);
    for (size_t i = 1; i <= 4; i++)
        queue(&world, make_ask(&world, i == 4 ? 2 : 1));
    /* nobody looks at them before the store is let go */
    world.asks[2].operations[0] = world.asks[3].operations[0] = asks[1].operations[0];
    world.asks[4].operations[1] = asks[1].operations[0];
    world.asks[3].operations[0].book.count = 2;
    let_go(&world, 5);
    CU_ASSERT_EQUAL(world.stub.sizes[1], 5);
    CU_ASSERT(asks[1].outcomes[0].code == TK_OK && !asks[1].outcomes[0].replayed);
    CU_ASSERT(asks[2].outcomes[0].code == TK_OK && asks[2].outcomes[0].replayed);
    CU_ASSERT_EQUAL(asks[2].outcomes[0].ticket_id, asks[1].outcomes[0].ticket_id);
    CU_ASSERT_EQUAL(asks[3].outcomes[0].code, TK_ID_REUSED);
    CU_ASSERT(asks[4].outcomes[0].code == TK_OK && !asks[4].outcomes[0].replayed);
    CU_ASSERT(asks[4].outcomes[1].code == TK_OK && asks[4].outcomes[1].replayed);
    CU_ASSERT_EQUAL(asks[4].outcomes[1].ticket_id, asks[1].outcomes[0].ticket_id);
    CU_ASSERT_EQUAL(sold(&world), 3);
    world_release(&world);
}

struct source {
    struct world *world;
    size_t left;
    int64_t count; /* tickets of each sale */
};

static enum tk_code source_next(void *context, struct operation *operation, bool *end,
                                struct tk_error *error)
{
    struct source *source = context;

    (void)error;
    *end = source->left == 0;
    if (*end)
        return TK_OK;
    source->left--;
    *operation = make_sale(source->world);
    operation->book.count = source->count;
    return TK_OK;
}

static void test_source_alone(void)
{
    struct world world;
    struct source good = {&world, 3, 1}, bad = {&world, 3, 0};
    struct operation_source sources[] = {{.next = source_next, .context = &good},
                                         {.next = source_next, .context = &bad}};

    world_init(&world, 100, 0, 0);
    hold(&world);
    queue(&world, make_ask(&world, 2));
    for (size_t i = 0; i < 2; i++) {
        struct ask *ask = make_ask(&world, 0);

        ask->entry.source = &sources[i];
        queue(&world, ask);
    }
    queue(&world, make_ask(&world, 2));
    queue(&world, make_ask(&world, 1));
    CU_ASSERT_EQUAL(group_commit_depth(world.group), 7);
    let_go(&world, 6);
    CU_ASSERT(world.stub.applies == 5 && world.stub.sizes[1] == 2 && world.stub.sizes[4] == 3);
    CU_ASSERT(world.stub.sizes[2] == 0 && world.stub.sizes[3] == 0);
    CU_ASSERT(world.asks[2].entry.code == TK_OK && world.asks[2].entry.applied == 3);
    CU_ASSERT(world.asks[3].entry.code == TK_BAD_COUNT && world.asks[3].entry.applied == 0);
    CU_ASSERT(world.asks[5].entry.code == TK_OK && world.commits == 4);
    CU_ASSERT_EQUAL(sold(&world), 9);
    world_release(&world);
}

/* A caller that gives up; once what it sent is in a batch, it lets the store go too. */
struct impatience {
    struct world *world;
    bool in_batch;
    int asked;
};

static bool give_up(void *context, int64_t waited_ms)
{
    struct impatience *impatience = context;

    impatience->asked++;
    CU_ASSERT(waited_ms >= 0);
    if (impatience->in_batch) {
        stub_wait(&impatience->world->stub, 2);
        stub_hold(&impatience->world->stub, false);
    }
    return true;
}

static void test_interrupted(void)
{
    struct world world;
    struct impatience impatience = {.world = &world};
    struct store_watch watch = {give_up, &impatience};
    struct store *store = NULL;
    struct operation sale;
    struct outcome outcome;
    struct tk_error error = {0};

    world_init(&world, 100, 0, 0);
    CU_ASSERT_EQUAL_FATAL(
        group_commit_attach(world.group, open_sqlite(&world, 0), &store, NULL), TK_OK);
    store->ops->set_watch(store, &watch);
    hold(&world);
    sale = make_sale(&world);
    CU_ASSERT_EQUAL(store_apply(store, &sale, 1, &outcome, &error), TK_INTERRUPTED);
    CU_ASSERT(error.code == TK_INTERRUPTED && impatience.asked == 1);
    CU_ASSERT_EQUAL(group_commit_depth(world.group), 0);
    let_go(&world, 1);
    CU_ASSERT_EQUAL(sold(&world), 1);
    stub_hold(&world.stub, true);
    impatience.in_batch = true;
    CU_ASSERT_EQUAL(store_apply(store, &sale, 1, &outcome, &error), TK_OK);
    CU_ASSERT(impatience.asked == 2);
    CU_ASSERT(outcome.code == TK_OK && !outcome.replayed && sold(&world) == 2);
    store_close(store);
    world_release(&world);
}

static void test_told_why(void)
{
    struct world world;
    struct store *store = NULL;
    struct operation sale;
    struct outcome outcome;
    struct tk_error error = {0};

    world_init(&world, 100, 0, 0);
    CU_ASSERT_EQUAL_FATAL(
        group_commit_attach(world.group, open_sqlite(&world, 0), &store, NULL), TK_OK);
    sale = make_sale(&world);
    text_copy(sale.actor, sizeof sale.actor, "bad");
    CU_ASSERT_EQUAL(store_apply(store, &sale, 1, &outcome, NULL), TK_DISK_FULL);
    CU_ASSERT_EQUAL(store_apply(store, &sale, 1, &outcome, &error), TK_DISK_FULL);
    CU_ASSERT_EQUAL(error.code, TK_DISK_FULL);
    CU_ASSERT_STRING_EQUAL(error.message, tk_code_sentence(TK_DISK_FULL));
    store_close(store);
    world_release(&world);
}

static void test_take_back(void)
{
    struct world world;

    world_init(&world, 100, 0, 0);
    hold(&world);
    for (size_t i = 1; i <= 4; i++)
        queue(&world, make_ask(&world, i));
    CU_ASSERT(!group_commit_take_back(world.group, &world.asks[0].entry));
    CU_ASSERT(group_commit_take_back(world.group, &world.asks[2].entry));
    CU_ASSERT(!group_commit_take_back(world.group, &world.asks[2].entry));
    CU_ASSERT(group_commit_take_back(world.group, &world.asks[4].entry)); /* the last */
    queue(&world, make_ask(&world, 1));
    CU_ASSERT_EQUAL(group_commit_depth(world.group), 5);
    let_go(&world, 4);
    CU_ASSERT(world.asks[2].done == 0 && world.asks[4].done == 0 && world.asks[5].done == 1);
    CU_ASSERT_EQUAL(sold(&world), 6);
    world_release(&world);
}

static void test_no_memory(void)
{
    struct stub stub = {.store.ops = &stub_ops};
    struct group_options options = {.store = &stub.store};
    struct group_commit *group = NULL;
    struct tk_error error = {0};

    for (int64_t n = 1; n <= 3; n++) {
        stub.closed = false;
        fault_alloc_arm(n, false);
        CU_ASSERT_EQUAL(group_commit_open(&options, &group, &error), TK_NO_MEMORY);
        fault_alloc_disarm();
        CU_ASSERT(stub.closed && error.code == TK_NO_MEMORY && !group);
    }
    stub.closed = false;
    CU_ASSERT_EQUAL_FATAL(group_commit_open(&options, &group, &error), TK_OK);
    fault_alloc_arm(1, false);
    CU_ASSERT_EQUAL(group_commit_attach(group, &stub.store, &(struct store *){0}, &error),
                    TK_NO_MEMORY);
    fault_alloc_disarm();
    CU_ASSERT(stub.closed);
    stub.closed = false;
    group_commit_close(group);
    CU_ASSERT(stub.closed);
    group_commit_close(NULL);
}

SUITE(group_commit, {"many sellers sell the last places once", test_last_places},
      {"entries are answered in order, after their commit", test_order},
      {"a full queue refuses before any work", test_full},
      {"a batch has whole entries", test_whole_entries},
      {"closing commits what is queued", test_close},
      {"no entry suffers for another", test_failing_entry},
      {"one that failed slowly keeps nobody from a try", test_slow_failure},
      {"what ended unknown is asked once more for each", test_unknown_batch},
      {"a single entry that ended unknown is asked once more", test_unknown_alone},
      {"a store that is stuck is waited for once", test_stuck},
      {"what waited too long is refused, and nothing of it done", test_stale},
      {"one id in several entries is done once", test_same_id},
      {"a source is a commit of its own", test_source_alone},
      {"who gives up takes back what still waits", test_interrupted},
      {"a caller is told why", test_told_why},
      {"an entry is taken back from any place", test_take_back},
      {"without memory the store is closed", test_no_memory})
