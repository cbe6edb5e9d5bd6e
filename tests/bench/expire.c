/* Expiring a million tickets beside one bare UPDATE of the same rows, each on its own copy. */
#include "tests/bench/bare.h"
#include "tests/bench/house.h"

#include <stdlib.h>

#define EXPIRE_SLOTS 50000
#define PLACES 20
#define SALE_SIZE 2
#define WINDOW 1000 /* slots that are being sold for at the same time */
#define HELD_LIMIT_MS 100.0

/* A store around a store, that notes how long the longest apply took. */
struct timed_store {
    struct store store; /* first */
    struct store *inner;
    double longest; /* seconds */
};

static enum tk_code timed_apply(struct store *base, const struct operation *operations,
                                size_t count, struct outcome *outcomes, struct tk_error *error)
{
    struct timed_store *timed = (struct timed_store *)base;
    int64_t start = bench_clock();
    enum tk_code code = store_apply(timed->inner, operations, count, outcomes, error);
    double seconds = bench_seconds_since(start);

    if (seconds > timed->longest)
        timed->longest = seconds;
    return code;
}

static enum tk_code timed_list_due(struct store *base, const struct due_query *query,
                                   struct id_list *list, struct tk_error *error)
{
    struct timed_store *timed = (struct timed_store *)base;

    return timed->inner->ops->list_due(timed->inner, query, list, error);
}

static const struct store_ops timed_ops = {.apply = timed_apply, .list_due = timed_list_due};

/* Sells the sales from order[0] on, two tickets each, in one commit. */
static enum tk_code sell(struct till *till, const uint32_t *order, size_t count,
                         struct operation *operations, struct outcome *outcomes,
                         struct tk_error *error)
{
    enum tk_code code;

    for (size_t i = 0; i < count; i++) {
        operations[i].book =
            (struct op_book){.slot = {.id = SLOT_ID_FIRST + order[i]}, .count = SALE_SIZE};
        office_stamp(&till->office, OP_BOOK, &operations[i]);
        operations[i].id = office_make_id(&till->office);
    }
    code = store_apply(till->store, operations, count, outcomes, error);
    for (size_t i = 0; !code && i < count; i++)
        if (outcomes[i].code)
            code = office_refuse(&till->office, &operations[i], &outcomes[i], error);
    return code;
}

/* The slots in the order in which their tickets are sold: each as often as it has sales, mixed with
   the others of its window. */
static uint32_t *make_order(struct bench *bench, size_t slots, size_t *count)
{
    size_t each = PLACES / SALE_SIZE, block = WINDOW * each;
    uint32_t *order = calloc(slots * each, sizeof *order);

    *count = slots * each;
    for (size_t i = 0; order && i < *count; i++)
        order[i] = (uint32_t)(i / each);
    for (size_t i = 0; order && i < *count; i++) {
        size_t begin = i / block * block;
        size_t other = begin + bench_random_below(bench, i - begin + 1);
        uint32_t kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }
    return order;
}

static enum tk_code sell_all(struct bench *bench, struct till *till, size_t slots,
                             struct tk_error *error)
{
    struct operation *operations = calloc(OP_BATCH_MAX, sizeof *operations);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    size_t count;
    uint32_t *order = make_order(bench, slots, &count);
    enum tk_code code = operations && outcomes && order ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    for (size_t at = 0; !code && at < count; at += OP_BATCH_MAX) {
        size_t left = count - at;

        code = sell(till, order + at, left < OP_BATCH_MAX ? left : OP_BATCH_MAX, operations,
                    outcomes, error);
        if (!code)
            code = bench_check_time(bench, error);
    }
    free(operations);
    free(outcomes);
    free(order);
    return code;
}

static enum tk_code build(struct bench *bench, struct till *till, size_t slots,
                          struct tk_error *error)
{
    int64_t start = bench_clock(), now = office_now(&till->office);
    struct programme programme = {
        .slots = slots, .from = now + TIME_HOUR, .until = now + 365 * TIME_DAY, .capacity = PLACES};
    enum tk_code code = house_import(bench, till, &programme, NULL, error);

    if (!code)
        code = sell_all(bench, till, slots, error);
    if (!code)
        bench_say("%zu tickets sold in %.1f s", slots * PLACES, bench_seconds_since(start));
    return code;
}

/* Expires all as of two years from now; *seconds is how long it took in all. */
static enum tk_code expire_ours(struct till *till, struct timed_store *timed, int64_t tickets,
                                double *seconds, struct tk_error *error)
{
    int64_t as_of = office_now(&till->office) + 730 * TIME_DAY, start = bench_clock();
    struct upkeep_result result;
    enum tk_code code;

    till->office.store = &timed->store;
    code = office_expire(&till->office, as_of, &result, error);
    till->office.store = till->store;
    *seconds = bench_seconds_since(start);
    if (!code && result.tickets != tickets)
        code = tk_fail(error, TK_INTERNAL, "%lld tickets expired instead of %lld.",
                       (long long)result.tickets, (long long)tickets);
    return code;
}

static enum tk_code expire_bare(const char *path, int64_t tickets, double *seconds,
                                struct tk_error *error)
{
    struct bare *bare = NULL;
    enum tk_code code = bare_open(&bare, path, 0, NULL, error);
    int64_t start = bench_clock(), expired = 0;

    if (!code)
        code = bare_expire(bare, &expired, error);
    *seconds = bench_seconds_since(start);
    if (!code && expired != tickets)
        code = tk_fail(error, TK_INTERNAL, "The bare UPDATE expired %lld tickets.",
                       (long long)expired);
    bare_close(bare);
    return code;
}

enum tk_code bench_expire(struct bench *bench, struct tk_error *error)
{
    struct timed_store timed = {.store = {.ops = &timed_ops}};
    size_t slots = bench_rows(bench, EXPIRE_SLOTS);
    int64_t tickets = (int64_t)slots * PLACES;
    char path[BENCH_PATH_SIZE], bare_path[BENCH_PATH_SIZE];
    struct till till = {0};
    double ours, bare;
    enum tk_code code;

    bench_path(bench, path, "expire.db");
    bench_path(bench, bare_path, "expire-bare.db");
    code = till_open(&till, path, error);
    if (!code)
        code = build(bench, &till, slots, error);
    if (!code)
        code = office_backup(&till.office, bare_path, NULL, NULL, error);
    timed.inner = till.store;
    if (!code)
        code = expire_bare(bare_path, tickets, &bare, error);
    if (!code)
        code = expire_ours(&till, &timed, tickets, &ours, error);
    if (!code) {
        bench_figure("expire_million_tickets", ours, "s", bare, ours / bare);
        bench_figure("expire_writer_held", timed.longest * 1e3, "ms", HELD_LIMIT_MS,
                     timed.longest * 1e3 / HELD_LIMIT_MS);
    }
    till_close(&till);
    return code;
}
