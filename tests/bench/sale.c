/*
 * Durable sales a second beside a bare loop that writes the same rows. The two take turns of a
 * fraction of a second on two copies of one file, so that whatever the disk does meanwhile hits
 * both; the ratio is the median over the pairs of turns.
 */
#include "tests/bench/bare.h"
#include "tests/bench/house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define SALE_SLOTS 5000
#define SALE_CAPACITY 1000
#define SALES_MAX 64 /* in one commit */
#define ROUNDS 16
#define ROUND_SECONDS 0.3

/* What both sell next. */
struct sales {
    size_t slots[SALES_MAX];
    struct bare_customer customers[SALES_MAX];
};

struct race {
    struct bench *bench;
    struct till till;
    struct bare *bare;
    size_t slots;      /* in the programme */
    size_t per_commit; /* 1: one sale as the counter makes it */
    bool customers;    /* each sale to a new customer */
    uint64_t sold;     /* sales made up so far */
    struct sales sales;
    struct operation *operations; /* owned; per_commit of them */
};

/* A name of two words and a phone number that nobody had before. */
static void make_customer(uint64_t number, struct bare_customer *customer)
{
    static const char *const parts[] = {"an", "bel", "car", "dor", "el", "fin", "gus", "hal"};
    uint64_t mixed = number * UINT64_C(0x9E3779B97F4A7C15) >> 40;

    snprintf(customer->name, sizeof customer->name, "%s%s%s %s%s%s", parts[mixed & 7],
             parts[mixed >> 3 & 7], parts[mixed >> 6 & 7], parts[mixed >> 9 & 7],
             parts[mixed >> 12 & 7], parts[mixed >> 15 & 7]);
    snprintf(customer->phone, sizeof customer->phone, "%010llu",
             (unsigned long long)(number * 7919 % 10000000000));
}

/* Makes up the sales of one commit: slots all over the programme, none twice. */
static void make_sales(struct race *race)
{
    for (size_t i = 0; i < race->per_commit; i++) {
        race->sales.slots[i] = race->sold * 1213 % race->slots;
        make_customer(race->sold++, &race->sales.customers[i]);
    }
}

static void fill_book(const struct race *race, size_t at, struct op_book *book)
{
    *book = (struct op_book){.slot = {.id = SLOT_ID_FIRST + (int64_t)race->sales.slots[at]},
                             .count = 1};
    if (race->customers) {
        text_copy(book->customer_name, sizeof book->customer_name, race->sales.customers[at].name);
        text_copy(book->customer_phone, sizeof book->customer_phone,
                  race->sales.customers[at].phone);
    }
}

static enum tk_code sell_at_counter(struct race *race, struct tk_error *error)
{
    struct ticket_view_list tickets = {0};
    struct op_book book;
    enum tk_code code;

    fill_book(race, 0, &book);
    code = office_book(&race->till.office, &book, NULL, &tickets, NULL, error);
    ticket_view_list_release(&tickets);
    return code;
}

static enum tk_code sell_batch(struct race *race, struct tk_error *error)
{
    struct outcome outcomes[SALES_MAX];
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < race->per_commit; i++) {
        struct operation *operation = &race->operations[i];

        fill_book(race, i, &operation->book);
        office_stamp(&race->till.office, OP_BOOK, operation);
        operation->id = office_make_id(&race->till.office);
        code = operation_clean(operation, error);
    }
    if (!code)
        code = store_apply(race->till.store, race->operations, race->per_commit, outcomes, error);
    for (size_t i = 0; !code && i < race->per_commit; i++)
        if (outcomes[i].code)
            code = office_refuse(&race->till.office, &race->operations[i], &outcomes[i], error);
    return code;
}

static enum tk_code sell_bare(struct race *race, struct tk_error *error)
{
    return bare_sell(race->bare, race->sales.slots, race->per_commit,
                     race->customers ? race->sales.customers : NULL, error);
}

static enum tk_code sell_ours(struct race *race, struct tk_error *error)
{
    return race->per_commit == 1 ? sell_at_counter(race, error) : sell_batch(race, error);
}

/* One turn; *rate is sales a second. */
static enum tk_code take_turn(struct race *race,
                              enum tk_code (*sell)(struct race *race, struct tk_error *error),
                              double *rate, struct tk_error *error)
{
    double seconds = ROUND_SECONDS / (race->bench->small ? 4 : 1);
    int64_t start = bench_clock();
    size_t count = 0;
    enum tk_code code;

    do {
        make_sales(race);
        code = sell(race, error);
        count += race->per_commit;
    } while (!code && bench_seconds_since(start) < seconds);
    *rate = (double)count / bench_seconds_since(start);
    return code ? code : bench_check_time(race->bench, error);
}

static enum tk_code run_race(struct race *race, const char *name, struct tk_error *error)
{
    double ours[ROUNDS], bare[ROUNDS], ratios[ROUNDS];
    size_t rounds = race->bench->small ? 4 : ROUNDS;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < rounds; i++) {
        bool first = i % 2 == 0;

        code = take_turn(race, first ? sell_ours : sell_bare, first ? &ours[i] : &bare[i], error);
        if (!code)
            code =
                take_turn(race, first ? sell_bare : sell_ours, first ? &bare[i] : &ours[i], error);
        ratios[i] = code ? 0 : ours[i] / bare[i];
    }
    if (!code)
        bench_figure(name, bench_quantile(ours, rounds, 0.5), "sales/s",
                     bench_quantile(bare, rounds, 0.5), bench_quantile(ratios, rounds, 0.5));
    return code;
}

/* Sells one, reads how it is written in the journal, and copies the file for the bare loop. */
static enum tk_code open_bare(struct race *race, const char *path, struct tk_error *error)
{
    struct journal_query query = {.after_seq = (int64_t)race->slots};
    struct journal_list entries = {0};
    enum tk_code code;

    make_sales(race);
    code = sell_ours(race, error);
    if (!code)
        code = office_journal(&race->till.office, &query, &entries, error);
    if (!code && !entries.count)
        code = tk_fail(error, TK_INTERNAL, "The sale is not in the journal.");
    if (!code)
        code = office_backup(&race->till.office, path, NULL, NULL, error);
    if (!code)
        code = bare_open(&race->bare, path, race->slots, &entries.items[entries.count - 1], error);
    journal_list_release(&entries);
    return code;
}

static enum tk_code measure(struct bench *bench, const char *name, size_t per_commit,
                            bool customers, struct tk_error *error)
{
    struct race race = {.bench = bench, .per_commit = per_commit, .customers = customers};
    char path[BENCH_PATH_SIZE], bare_path[BENCH_PATH_SIZE], file[64];
    struct programme programme = {.capacity = SALE_CAPACITY};
    enum tk_code code;

    snprintf(file, sizeof file, "%s.db", name);
    bench_path(bench, path, file);
    snprintf(file, sizeof file, "%s-bare.db", name);
    bench_path(bench, bare_path, file);
    race.operations = calloc(per_commit, sizeof *race.operations);
    code = race.operations ? till_open(&race.till, path, error) : tk_fail_code(error, TK_NO_MEMORY);
    if (code)
        goto out;
    race.slots = programme.slots = SALE_SLOTS;
    programme.from = office_now(&race.till.office) + TIME_HOUR;
    programme.until = programme.from + 14 * TIME_DAY;
    code = house_import(bench, &race.till, &programme, NULL, error);
    if (!code)
        code = open_bare(&race, bare_path, error);
    if (!code)
        code = run_race(&race, name, error);
out:
    bare_close(race.bare);
    till_close(&race.till);
    free(race.operations);
    return code;
}

enum tk_code bench_sale(struct bench *bench, struct tk_error *error)
{
    enum tk_code code = measure(bench, "sale_walk_up", 1, false, error);

    return code ? code : measure(bench, "sale_customer", 1, true, error);
}

enum tk_code bench_batch(struct bench *bench, struct tk_error *error)
{
    enum tk_code code = measure(bench, "batch_walk_up", SALES_MAX, false, error);

    return code ? code : measure(bench, "batch_customer", SALES_MAX, true, error);
}
