/*
 * Durable sales a second in PostgreSQL, for one showing that everybody wants and for 1,000: pgbench
 * doing one sale in one statement, the store's own batches called in process, and PG_CONNECTIONS
 * to 1, 2 and 3 nodes; and what a sale costs of processors, disk and lines. TICKETLY_BENCH_SECONDS
 * (1 to 5; 2) is how long each turn takes.
 */
#include "tests/bench/postgres.h"

#include <stdio.h>
#include <sys/stat.h>

#define TURNS 2
#define SECONDS_MAX 5
#define TOKENS 8
#define P99_LIMIT_MS 50.0
#define SETTINGS "[service]\nlog = problems\nrate_per_second = 0\n"

static const char *const load_names[PG_LOADS] = {"hot", "1000"};
static const size_t batch_sizes[] = {64, 256};
#define BATCHES (sizeof batch_sizes / sizeof batch_sizes[0])

/* Of one load. */
struct figures {
    int clients;    /* of pgbench, that are best for it */
    double rate_64; /* pgbench with 64 */
    struct pg_use pgbench, batches[BATCHES], http[PG_NODES];
};

struct run_pg {
    struct bench *bench;
    int seconds;
    struct pg_base bare, own, served; /* pgbench's, the batches', the nodes' */
    struct process nodes[PG_NODES];
    struct figures figures[PG_LOADS];
};

/* --- setting up --- */

static enum tk_code write_file(const struct bench *bench, const char *name, const char *text,
                               struct tk_error *error)
{
    char path[BENCH_PATH_SIZE];
    FILE *file;
    bool written;

    bench_path(bench, path, name);
    file = fopen(path, "a");
    written = file && fputs(text, file) >= 0;
    if (file && fclose(file))
        written = false;
    return written ? TK_OK : tk_fail(error, TK_IO, "%s cannot be written.", path);
}

/* Where each node looks for settings that it was not told: they all live in one folder, with one
 * key file. */
static enum tk_code write_settings(const struct bench *bench, struct tk_error *error)
{
    char path[BENCH_PATH_SIZE];

    bench_path(bench, path, "config");
    mkdir(path, 0700);
    bench_path(bench, path, "config/ticketly");
    mkdir(path, 0700);
    return write_file(bench, "config/ticketly/ticketly.ini", SETTINGS, error);
}

static enum tk_code migrate(void *context, const char *uri, struct tk_error *error)
{
    const struct bench *bench = context;
    char *program = realpath(process_program(), NULL);
    const char *argv[] = {program, "--db", uri, "admin", "migrate", NULL};
    struct run_options options = {.home = bench->folder};
    struct run run;
    enum tk_code code;

    run_program(&run, &options, argv);
    free(program);
    code =
        run.status ? tk_fail(error, TK_UNAVAILABLE, "No schema was made: %.300s", run.err) : TK_OK;
    run_release(&run);
    return code;
}

static enum tk_code start_nodes(struct run_pg *pg, struct tk_error *error)
{
    struct process_options options = {
        .folder = pg->bench->folder, .store = pg->served.uri, .tokens = true};
    char token[TOKEN_SIZE + 1];
    enum tk_code code = TK_OK;

    for (int i = 0; i < PG_NODES; i++)
        if (!process_start(&pg->nodes[i], &options))
            return tk_fail(error, TK_UNAVAILABLE, "The service does not start.");
    for (int i = 0; !code && i < TOKENS; i++) {
        if (!process_token(&pg->nodes[0], ROLE_CLERK, token))
            return tk_fail(error, TK_UNAVAILABLE, "No token was made.");
        code = write_file(pg->bench, PG_TOKENS_FILE, token, error);
        if (!code)
            code = write_file(pg->bench, PG_TOKENS_FILE, "\n", error);
    }
    return code;
}

static enum tk_code set_up(struct run_pg *pg, struct tk_error *error)
{
    enum tk_code code;

    chmod(pg->bench->folder, 0711); /* PostgreSQL runs as another user */
    postgres_keep_in(pg->bench->folder);
    code = write_settings(pg->bench, error);
    if (!code)
        code = pg_base_open(&pg->bare, pg_migrate_here, NULL, error);
    if (!code)
        code = pg_base_open(&pg->own, pg_migrate_here, NULL, error);
    if (!code)
        code = pg_base_open(&pg->served, migrate, pg->bench, error);
    return code ? code : start_nodes(pg, error);
}

/* --- measuring --- */

static enum tk_code find_clients(struct run_pg *pg, enum pg_load load, struct tk_error *error)
{
    struct figures *figures = &pg->figures[load];
    double best = 0;
    enum tk_code code = TK_OK;

    for (int clients = 1; !code && clients <= 64; clients *= 2) {
        struct pg_use use = {0};

        code = pg_sell_pgbench(pg->bench, &pg->bare, load, clients, pg->seconds, &use, error);
        bench_say("%s: pgbench, %d clients: %.0f a second", load_names[load], clients,
                  pg_rate(&use));
        if (pg_rate(&use) > best) {
            best = pg_rate(&use);
            figures->clients = clients;
        }
        figures->rate_64 = pg_rate(&use);
    }
    return code;
}

/* They take turns, so that whatever the disk does meanwhile hits them all. */
static enum tk_code take_turn(struct run_pg *pg, enum pg_load load, struct tk_error *error)
{
    struct figures *figures = &pg->figures[load];
    enum tk_code code = pg_sell_pgbench(pg->bench, &pg->bare, load, figures->clients, pg->seconds,
                                        &figures->pgbench, error);

    for (size_t i = 0; !code && i < BATCHES; i++)
        code = pg_sell_batches(pg->bench, &pg->own, load, batch_sizes[i], pg->seconds,
                               &figures->batches[i], error);
    for (int i = 0; !code && i < PG_NODES; i++)
        code = pg_sell_http(pg->bench, &pg->served, load, pg->nodes, i + 1, pg->seconds,
                            &figures->http[i], error);
    return code;
}

static enum tk_code measure(struct run_pg *pg, enum pg_load load, struct tk_error *error)
{
    enum tk_code code = find_clients(pg, load, error);

    for (int i = 0; !code && i < TURNS; i++)
        code = take_turn(pg, load, error);
    return code;
}

/* Every sale that was counted has its ticket and its entry. */
static enum tk_code check(const struct pg_base *base, struct tk_error *error)
{
    int64_t wrong =
        postgres_number(base->uri, "SELECT abs((SELECT sum(sold) FROM slot)"
                                   " - (SELECT count(*) FROM ticket))::bigint"
                                   " + abs((SELECT count(*) FROM ticket)"
                                   " - (SELECT count(*) FROM journal WHERE kind = 'book'))");

    return wrong ? tk_fail(error, TK_CORRUPT, "%lld sales have no ticket, or no entry.",
                           (long long)wrong)
                 : TK_OK;
}

/* --- printing --- */

static void figure(const char *name, enum pg_load load, double value, const char *unit,
                   double limit)
{
    char whole[64];

    snprintf(whole, sizeof whole, "pg_%s_%s", name, load_names[load]);
    bench_figure(whole, value, unit, limit, limit > 0 ? value / limit : 0);
}

static void print_batches(const struct figures *figures, enum pg_load load)
{
    for (size_t i = 0; i < BATCHES; i++) {
        const struct pg_use *use = &figures->batches[i];
        double size = (double)batch_sizes[i];
        char name[40];

        snprintf(name, sizeof name, "batches_of_%zu", batch_sizes[i]);
        figure(name, load, pg_rate(use), "sales/s", pg_rate(&figures->pgbench));
        snprintf(name, sizeof name, "batch_of_%zu_time", batch_sizes[i]);
        figure(name, load, use->seconds / use->batches * 1e3, "ms",
               size / pg_rate(&figures->pgbench) * 1e3);
        snprintf(name, sizeof name, "round_trips_of_%zu", batch_sizes[i]);
        figure(name, load, use->round_trips / use->batches, "round trips", 2);
    }
}

static void print_http(const struct figures *figures, enum pg_load load)
{
    for (int i = 0; i < PG_NODES; i++) {
        const struct pg_use *use = &figures->http[i];
        char name[40];

        snprintf(name, sizeof name, "http_%d_beside_pgbench", i + 1);
        figure(name, load, pg_rate(use), "sales/s", pg_rate(&figures->pgbench));
        snprintf(name, sizeof name, "http_%d_beside_batches", i + 1);
        figure(name, load, pg_rate(use), "sales/s", pg_rate(&figures->batches[0]));
        snprintf(name, sizeof name, "http_%d_p99", i + 1);
        figure(name, load, use->p99_ms / use->turns, "ms", P99_LIMIT_MS);
        bench_say("%s: %d nodes: %.1f sales a batch", load_names[load], i + 1,
                  use->sold / use->batches);
    }
}

/* A sale through one node, beside one of pgbench, or of the store called in process. */
static void print_costs(const struct figures *figures, enum pg_load load)
{
    const struct pg_use *use = &figures->http[0], *bare = &figures->pgbench,
                        *own = &figures->batches[0];

    figure("cost_node", load, pg_each(use, use->seller_us), "us", pg_each(own, own->seller_us));
    figure("cost_postgres", load, pg_each(use, use->postgres_us), "us",
           pg_each(bare, bare->postgres_us));
    figure("cost_postgres_batches", load, pg_each(own, own->postgres_us), "us",
           pg_each(bare, bare->postgres_us));
    figure("cost_load", load, pg_each(use, use->load_us), "us", pg_each(bare, bare->load_us));
    figure("cost_wal", load, pg_each(use, use->wal), "bytes", pg_each(bare, bare->wal));
    figure("cost_http_line", load, pg_each(use, use->line_in + use->line_out), "bytes",
           pg_each(own, own->line_in + own->line_out));
    bench_say("%s: lines: from a till %.0f bytes, to it %.0f; from the server %.0f, to it %.0f",
              load_names[load], pg_each(use, use->line_in), pg_each(use, use->line_out),
              pg_each(own, own->line_in), pg_each(own, own->line_out));
}

/* Tables grow in steps, so of all sales together. */
static void print_disk(const struct run_pg *pg)
{
    static const char sql[] = "SELECT sum(pg_total_relation_size(oid))::bigint / (SELECT count(*)"
                              " FROM ticket) FROM pg_class WHERE relname IN ('ticket', 'journal')";
    double ours = (double)postgres_number(pg->served.uri, sql),
           bare = (double)postgres_number(pg->bare.uri, sql);

    bench_figure("pg_cost_disk", ours, "bytes", bare, ours / bare);
}

static void print(const struct run_pg *pg, enum pg_load load)
{
    const struct figures *figures = &pg->figures[load];

    bench_say("%s: pgbench is best with %d clients", load_names[load], figures->clients);
    figure("pgbench", load, pg_rate(&figures->pgbench), "sales/s", figures->rate_64);
    print_batches(figures, load);
    print_http(figures, load);
    print_costs(figures, load);
}

/* What people do before they book, at one node; and what a balancer costs. */
static enum tk_code measure_reading(struct run_pg *pg, struct tk_error *error)
{
    static const struct {
        const char *name, *target;
    } pages[] = {{"list", "/v1/slots?limit=100"}, {"slot", "/v1/slots/100000"}};
    const struct pg_use *sale = &pg->figures[PG_MANY].http[0];
    double us, sale_us = pg_each(sale, sale->seller_us);
    enum tk_code code;

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct pg_use use = {0};
        char name[40];

        code =
            pg_read(pg->bench, &pg->served, pg->nodes, pages[i].target, pg->seconds, &use, error);
        if (code)
            return code;
        us = pg_each(&use, use.seller_us);
        snprintf(name, sizeof name, "pg_cost_node_%s", pages[i].name);
        bench_figure(name, us, "us", sale_us, us / sale_us);
        bench_say("%s: %.0f a second, %.0f bytes, of PostgreSQL %.1f us", pages[i].name,
                  pg_rate(&use), pg_each(&use, use.line_out), pg_each(&use, use.postgres_us));
    }
    code = pg_measure_edge(pg->bench, &pg->served, pg->nodes, pg->seconds, &us, error);
    if (!code)
        bench_figure("pg_cost_haproxy", us, "us", sale_us, us / sale_us);
    return code;
}

static int seconds_of_a_turn(const struct bench *bench)
{
    const char *wish = getenv("TICKETLY_BENCH_SECONDS");
    long seconds = wish ? strtol(wish, NULL, 10) : 0;

    if (bench->small)
        return 1;
    return seconds < 1 ? 2 : seconds > SECONDS_MAX ? SECONDS_MAX : (int)seconds;
}

enum tk_code bench_pg(struct bench *bench, struct tk_error *error)
{
    struct run_pg pg = {.bench = bench, .seconds = seconds_of_a_turn(bench)};
    enum tk_code code = set_up(&pg, error);

    for (int load = 0; !code && load < PG_LOADS; load++) {
        code = measure(&pg, (enum pg_load)load, error);
        if (!code)
            print(&pg, (enum pg_load)load);
    }
    if (!code)
        code = measure_reading(&pg, error);
    if (!code)
        print_disk(&pg);
    if (!code)
        code = check(&pg.own, error);
    if (!code)
        code = check(&pg.served, error);
    if (!code)
        code = check(&pg.bare, error);
    for (int i = 0; i < PG_NODES; i++)
        process_release(&pg.nodes[i]);
    return code;
}
