/* One page of a genre's slots among a million, as the counter asks for it. */
#include "tests/bench/bare.h"
#include "tests/bench/house.h"

#include <stdlib.h>

#define PAGE_ROWS 50
#define PAGE_LIMIT_US 1000.0
#define LOOKS 4000

/* The open slots of a random genre: from the first, or from somewhere in the next year. */
static struct slot_query make_query(struct bench *bench, const struct till *till, bool first)
{
    struct slot_query query = SLOT_QUERY_ALL;

    office_query_open(&till->office, &query);
    query.genre = (int)bench_random_below(bench, GENRE_COUNT);
    query.limit = PAGE_ROWS;
    if (!first) {
        query.after_given = true;
        query.after_starts_at = office_now(&till->office) +
                                (int64_t)bench_random_below(bench, (uint64_t)(365 * TIME_DAY));
    }
    return query;
}

struct looks {
    double *ours, *bare; /* µs */
    size_t count;
};

/* Every page is asked for by both, the bare loop first, so that ours never profits from it having
   warmed a cache: each has a cache of its own. */
static enum tk_code look(struct bench *bench, struct till *till, struct bare *bare, bool first,
                         struct looks *looks, struct tk_error *error)
{
    struct slot_list list = {0};
    enum tk_code code = TK_OK;
    size_t rows = 0;

    for (looks->count = 0; !code && looks->count < bench_rows(bench, LOOKS); looks->count++) {
        struct slot_query query = make_query(bench, till, first);
        int64_t start = bench_clock();

        code = bare_page(bare, &query, &rows, error);
        looks->bare[looks->count] = bench_seconds_since(start) * 1e6;
        start = bench_clock();
        if (!code)
            code = office_slots(&till->office, &query, &list, error);
        looks->ours[looks->count] = bench_seconds_since(start) * 1e6;
        if (!code && list.count != rows)
            code = tk_fail(error, TK_INTERNAL, "A page has %zu slots instead of %zu.", list.count,
                           rows);
        slot_list_release(&list);
        if (!code)
            code = bench_check_time(bench, error);
    }
    return code;
}

static void print_looks(struct looks *looks, const char *fixed, const char *median,
                        const char *beside)
{
    double p50 = bench_quantile(looks->ours, looks->count, 0.5);
    double p99 = bench_quantile(looks->ours, looks->count, 0.99);
    double bare = bench_quantile(looks->bare, looks->count, 0.5);

    bench_say("99 of 100 bare selects took %.0f us at most",
              bench_quantile(looks->bare, looks->count, 0.99));
    bench_figure(fixed, p99, "us", PAGE_LIMIT_US, p99 / PAGE_LIMIT_US);
    bench_figure(median, p50, "us", PAGE_LIMIT_US, p50 / PAGE_LIMIT_US);
    bench_figure(beside, p50, "us", bare, p50 / bare);
}

static enum tk_code count_genres(struct till *till, struct tk_error *error)
{
    int64_t start = bench_clock(), count;
    enum tk_code code = TK_OK;
    double ms;

    for (int genre = 0; !code && genre < GENRE_COUNT; genre++)
        code = office_count_open(&till->office, genre, &count, error);
    ms = bench_seconds_since(start) * 1e3;
    if (!code)
        bench_figure("count_open_of_every_genre", ms, "ms", 100, ms / 100);
    return code;
}

enum tk_code bench_page(struct bench *bench, struct tk_error *error)
{
    struct looks looks = {calloc(LOOKS, sizeof(double)), calloc(LOOKS, sizeof(double)), 0};
    struct bare *bare = NULL;
    struct till till = {0};
    enum tk_code code = looks.ours && looks.bare ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    if (!code)
        code = house_open(bench, &till, error);
    if (!code)
        code = bare_open(&bare, till.path, 0, NULL, error);
    if (!code)
        code = look(bench, &till, bare, true, &looks, error);
    if (!code) {
        print_looks(&looks, "page_first_p99", "page_first_p50", "page_first_against_bare_select");
        code = look(bench, &till, bare, false, &looks, error);
    }
    if (!code) {
        print_looks(&looks, "page_any_p99", "page_any_p50", "page_any_against_bare_select");
        code = count_genres(&till, error);
    }
    bare_close(bare);
    till_close(&till);
    free(looks.ours);
    free(looks.bare);
    return code;
}
