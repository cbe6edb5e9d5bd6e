#include "tests/bench/house.h"

#include <stdio.h>

#include "core/text.h"

/* Where an import is. */
struct import {
    struct bench *bench;
    const struct till *till;
    const struct programme *programme;
    size_t at;
};

static const char *const words[] = {"Harbour", "Winter",  "Paper",  "Silent", "Copper", "Garden",
                                    "Distant", "Orchard", "Mirror", "Salt",   "Night",  "River",
                                    "Glass",   "Summer",  "Cedar",  "Signal", "Velvet", "Tower"};
#define WORDS (sizeof words / sizeof words[0])

/* A few thousand titles, each shown many times. */
static void fill_schedule(struct bench *bench, const struct programme *programme, size_t at,
                          struct op_schedule *schedule)
{
    uint64_t title = bench_random_below(bench, WORDS * WORDS * WORDS);
    int64_t step = (programme->until - programme->from) / (int64_t)programme->slots;

    snprintf(schedule->name, sizeof schedule->name, "The %s %s of %s", words[title % WORDS],
             words[title / WORDS % WORDS], words[title / WORDS / WORDS]);
    snprintf(schedule->description, sizeof schedule->description,
             "A %s in a town by the sea, and what became of the people who stayed there when the "
             "others had left.",
             words[title % WORDS]);
    snprintf(schedule->screen, sizeof schedule->screen, "Screen %d",
             (int)bench_random_below(bench, 12) + 1);
    schedule->starts_at = programme->from + (int64_t)at * step;
    schedule->ends_at = schedule->starts_at + 2 * TIME_HOUR;
    schedule->type = (enum slot_type)bench_random_below(bench, SLOT_TYPE_COUNT);
    schedule->genre = (enum genre)bench_random_below(bench, GENRE_COUNT);
    schedule->capacity = programme->capacity;
}

static enum tk_code next_slot(void *context, struct operation *operation, bool *end,
                              struct tk_error *error)
{
    struct import *import = context;

    *end = import->at == import->programme->slots;
    if (*end)
        return TK_OK;
    if (import->at % 1024 == 0 && bench_check_time(import->bench, error))
        return TK_INTERRUPTED;
    *operation = (struct operation){0};
    fill_schedule(import->bench, import->programme, import->at++, &operation->schedule);
    office_stamp(&import->till->office, OP_SCHEDULE, operation);
    operation->id = office_make_id(&import->till->office);
    return operation_clean(operation, error);
}

enum tk_code house_import(struct bench *bench, struct till *till, const struct programme *programme,
                          double *seconds, struct tk_error *error)
{
    struct import import = {bench, till, programme, 0};
    struct operation_source source = {.next = next_slot, .context = &import};
    int64_t start = bench_clock();
    size_t added, known;
    enum tk_code code = office_import(&till->office, &source, &added, &known, error);

    if (!code && added != programme->slots)
        code =
            tk_fail(error, TK_INTERNAL, "%zu of %zu slots were imported.", added, programme->slots);
    if (!code && seconds)
        *seconds = bench_seconds_since(start);
    return code;
}

static enum tk_code house_build(struct bench *bench, struct till *till, struct tk_error *error)
{
    int64_t now = office_now(&till->office);
    struct programme programme = {.slots = bench_rows(bench, 1000000),
                                  .from = now - 182 * TIME_DAY,
                                  .until = now + 548 * TIME_DAY,
                                  .capacity = SLOT_CAPACITY_DEFAULT};
    struct upkeep_result expired = {0};
    double seconds = 0;
    int64_t start;
    enum tk_code code;

    bench_say("importing %zu slots", programme.slots);
    code = house_import(bench, till, &programme, &seconds, error);
    if (code)
        return code;
    bench_say("imported in %.1f s: %.0f slots a second", seconds,
              (double)programme.slots / seconds);
    start = bench_clock();
    code = office_expire(&till->office, 0, &expired, error);
    if (!code)
        bench_say("%lld slots of the past expired in %.1f s", (long long)expired.slots,
                  bench_seconds_since(start));
    return code;
}

enum tk_code house_open(struct bench *bench, struct till *till, struct tk_error *error)
{
    enum tk_code code;

    bench_path(bench, bench->house_path, "house.db");
    code = till_open(till, bench->house_path, error);
    if (!code && !bench->house_built) {
        code = house_build(bench, till, error);
        bench->house_built = !code;
        till_close(till);
        if (!code)
            code = till_open(till, bench->house_path, error);
    }
    return code;
}
