/* Reports over a year of a million tickets, and the tier of a customer who has a thousand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "data/sqlite/sqlite_store.h"
#include "tests/bench/bench.h"
#include "ui/report/load.h"

#define TICKETS 1000000
#define TICKETS_PER_SALE 3
#define SHOWINGS 12800 /* ten screens, three or four times a day */
#define CAPACITY 10000
#define AHEAD (6 * TIME_HOUR) /* of the showing, when people buy */
#define CLERKS 20
#define TILLS 10
#define YEAR (365 * TIME_DAY)
#define REPORT_LIMIT 1.0 /* s */
#define LOYAL_TICKETS 1000
#define LOYALTY_LIMIT_MS 20.0
#define ROUNDS 3
#define LOYALTY_ROUNDS 50

/* A year of sales, made by a clock that goes through it. */
struct year {
    struct bench *bench;
    struct till till;
    int64_t from, now;
    int64_t *slots; /* owned; by start */
    size_t slot_count, sales, made;
    uint64_t customer_id;
};

static int64_t year_now(void *context)
{
    return ((struct year *)context)->now;
}

static void year_random(void *context, void *data, size_t size)
{
    (void)context;
    bench_random(NULL, data, size);
}

static enum tk_code year_open(struct year *year, struct tk_error *error)
{
    struct sqlite_options options = {.now = year_now, .random = year_random, .context = year};
    struct till *till = &year->till;

    bench_path(year->bench, till->path, "year.db");
    options.path = till->path;
    options.rules.admit_before = YEAR; /* that doors are open is of no matter here */
    till->office.ports = (struct office_ports){year_now, year_random, year, {0}};
    bench_random(NULL, &till->site_key, sizeof till->site_key);
    till->office.keys = key_ring_of_site(&till->site_key);
    text_copy(till->office.actor, sizeof till->office.actor, "clerk 1");
    text_copy(till->office.device, sizeof till->office.device, "till 1");
    if (sqlite_store_open(&options, &till->store, error))
        return TK_IO;
    till->office.store = till->store;
    return TK_OK;
}

/* Applies what was made; each of them must be taken. */
static enum tk_code apply(struct year *year, const struct operation *operations, size_t count,
                          struct outcome *outcomes, struct tk_error *error)
{
    enum tk_code code = store_apply(year->till.store, operations, count, outcomes, error);

    for (size_t i = 0; !code && i < count; i++)
        if (outcomes[i].code)
            code = tk_fail_code(error, outcomes[i].code);
    return code;
}

static void begin(const struct year *year, enum op_kind kind, struct operation *operation)
{
    *operation = (struct operation){0};
    office_stamp(&year->till.office, kind, operation);
    operation->id = office_make_id(&year->till.office);
}

static void make_slot(struct year *year, size_t at, struct operation *operation)
{
    struct op_schedule *schedule = &operation->schedule;

    begin(year, OP_SCHEDULE, operation);
    snprintf(schedule->name, sizeof schedule->name, "The Harbour of Paper %zu", at % 300);
    schedule->starts_at =
        year->from + AHEAD + (int64_t)(at + 1) * (YEAR / (int64_t)year->slot_count);
    schedule->ends_at = schedule->starts_at + 2 * TIME_HOUR;
    schedule->genre = (enum genre)bench_random_below(year->bench, GENRE_COUNT);
    schedule->capacity = CAPACITY;
}

/* About six hours before a showing, by one of the clerks, who each have a till. */
static void make_sale(struct year *year, struct operation *operation)
{
    size_t clerk = bench_random_below(year->bench, CLERKS);
    size_t slot = (size_t)((year->now - year->from) / (YEAR / (int64_t)year->slot_count)) +
                  bench_random_below(year->bench, 20);

    begin(year, OP_BOOK, operation);
    snprintf(operation->actor, sizeof operation->actor, "clerk %zu", clerk + 1);
    snprintf(operation->device, sizeof operation->device, "till %zu", clerk % TILLS + 1);
    operation->book.slot.id = year->slots[slot < year->slot_count ? slot : year->slot_count - 1];
    operation->book.count = TICKETS_PER_SALE;
}

static enum tk_code make_slots(struct year *year, struct operation *operations,
                               struct outcome *outcomes, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t at = 0; !code && at < year->slot_count;) {
        size_t count = 0;

        for (; count < OP_BATCH_MAX && at + count < year->slot_count; count++)
            make_slot(year, at + count, &operations[count]);
        code = apply(year, operations, count, outcomes, error);
        for (size_t i = 0; !code && i < count; i++)
            year->slots[at + i] = outcomes[i].slot_id;
        at += count;
    }
    return code;
}

/* What is sold in an hour is one batch: hardly two of it are of one clerk and genre. */
static enum tk_code make_sales(struct year *year, struct operation *operations,
                               struct outcome *outcomes, struct tk_error *error)
{
    int64_t spans = YEAR / TIME_HOUR;
    enum tk_code code = TK_OK;

    for (int64_t span = 0; !code && span < spans; span++) {
        size_t until = (size_t)((double)year->sales * (double)(span + 1) / (double)spans);
        size_t count = 0;

        year->now = year->from + span * TIME_HOUR;
        for (; year->made + count < until && count < OP_BATCH_MAX; count++)
            make_sale(year, &operations[count]);
        if (count)
            code = apply(year, operations, count, outcomes, error);
        year->made += count;
        if (!code && span % 256 == 0)
            code = bench_check_time(year->bench, error);
    }
    return code;
}

/* Somebody who is there a thousand times. */
static enum tk_code make_regular(struct year *year, struct operation *operations,
                                 struct outcome *outcomes, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < LOYAL_TICKETS; i++) {
        struct op_book *book = &operations[i].book;

        begin(year, OP_BOOK, &operations[i]);
        book->slot.id = year->slots[year->slot_count - 1 - i % (year->slot_count / 400 + 1)];
        book->count = 1;
        text_copy(book->customer_name, sizeof book->customer_name, "Ada Lovelace");
        text_copy(book->customer_phone, sizeof book->customer_phone, "+442079460000");
    }
    code = apply(year, operations, LOYAL_TICKETS, outcomes, error);
    if (!code)
        year->customer_id = outcomes[0].customer_id;
    for (size_t i = 0; !code && i < LOYAL_TICKETS; i++) {
        begin(year, OP_ADMIT, &operations[i]);
        operations[i].admit.ticket_id = outcomes[i].ticket_id;
    }
    if (!code)
        code = apply(year, operations, LOYAL_TICKETS, outcomes, error);
    return code;
}

static enum tk_code make_year(struct year *year, struct tk_error *error)
{
    struct operation *operations = calloc(OP_BATCH_MAX, sizeof *operations);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    int64_t start = bench_clock();
    enum tk_code code = operations && outcomes ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    if (!code)
        code = make_slots(year, operations, outcomes, error);
    if (!code)
        code = make_sales(year, operations, outcomes, error);
    year->now = year->from + YEAR - TIME_DAY;
    if (!code)
        code = make_regular(year, operations, outcomes, error);
    year->now = year->from + YEAR;
    if (!code)
        bench_say("a year of %zu showings and %zu tickets was made in %.1f s", year->slot_count,
                  year->sales * TICKETS_PER_SALE, bench_seconds_since(start));
    free(operations);
    free(outcomes);
    return code;
}

static enum tk_code measure_report(struct year *year, enum report_kind kind, struct tk_error *error)
{
    struct report_request request = {
        .kind = kind, .from = year->from, .to = year->from + YEAR + TIME_DAY};
    double seconds[ROUNDS], middle;
    char name[64];

    for (int round = 0; round < ROUNDS; round++) {
        struct report report = {0};
        int64_t start = bench_clock();
        enum tk_code code = report_load(&year->till.office, &request, &report, NULL, error);

        seconds[round] = bench_seconds_since(start);
        if (!code && report.totals.sold < (int64_t)(year->sales * TICKETS_PER_SALE))
            code = tk_fail(error, TK_INTERNAL, "The report counts %lld tickets.",
                           (long long)report.totals.sold);
        report_release(&report);
        if (code)
            return code;
    }
    middle = bench_quantile(seconds, ROUNDS, 0.5);
    snprintf(name, sizeof name, "report_%s_of_a_year", report_kind_name(kind));
    bench_figure(name, middle, "s", REPORT_LIMIT, middle / REPORT_LIMIT);
    return TK_OK;
}

static enum tk_code measure_loyalty(struct year *year, struct tk_error *error)
{
    double ms[LOYALTY_ROUNDS], middle;
    struct loyalty loyalty;

    for (int round = 0; round < LOYALTY_ROUNDS; round++) {
        int64_t start = bench_clock();
        enum tk_code code = office_loyalty(&year->till.office, year->customer_id, &loyalty, error);

        ms[round] = bench_seconds_since(start) * 1e3;
        if (code)
            return code;
    }
    bench_say("%lld visits, %lld tickets used", (long long)loyalty.visits,
              (long long)loyalty.tickets);
    middle = bench_quantile(ms, LOYALTY_ROUNDS, 0.5);
    bench_figure("loyalty_of_1000_tickets", middle, "ms", LOYALTY_LIMIT_MS,
                 middle / LOYALTY_LIMIT_MS);
    return TK_OK;
}

enum tk_code bench_report(struct bench *bench, struct tk_error *error)
{
    static const enum report_kind kinds[] = {REPORT_DAY, REPORT_WEEK, REPORT_SLOT, REPORT_GENRE,
                                             REPORT_CLERK};
    struct year year = {.bench = bench, .from = INT64_C(1767225600) * TIME_SECOND};
    enum tk_code code;

    year.now = year.from;
    year.slot_count = bench_rows(bench, SHOWINGS);
    year.sales = bench_rows(bench, TICKETS / TICKETS_PER_SALE + 1);
    year.slots = calloc(year.slot_count, sizeof *year.slots);
    code = year.slots ? year_open(&year, error) : tk_fail_code(error, TK_NO_MEMORY);
    if (!code)
        code = make_year(&year, error);
    for (size_t i = 0; !code && i < sizeof kinds / sizeof *kinds; i++)
        code = measure_report(&year, kinds[i], error);
    if (!code)
        code = measure_loyalty(&year, error);
    till_close(&year.till);
    free(year.slots);
    return code;
}
