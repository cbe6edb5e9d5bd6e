/*
 * Durable sales a second for one showing over HTTP: through group commit, with one commit for each
 * sale, over the replaced API, and beside the store's own batches of 64 called in process; then an
 * open loop at half of the peak, calm, during a backup and during checkpoints.
 */
#include "tests/bench/http.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <sqlite3.h>

#include "core/store.h"

#define TURNS 3
#define TURN_SECONDS 2
#define SINGLE_SETTINGS HTTP_SETTINGS "batch = 1\n"
#define BATCH 64
#define P99_LIMIT_MS 4.0
#define PACE_SECONDS 5.0
#define PACE_LIMIT_MS 10.0
#define REST_US 250000 /* from one backup or checkpoint to the next */

struct sales {
    struct bench *bench;
    struct process group, single;
    unsigned slots; /* made so far: each turn sells one out, or nearly */
    /* sales/s, mean of the turns; those of batches are in process, walk-up and to customers */
    double group_rate, single_rate, book_rate, batch_rate, batch_book_rate;
    double group_p99_ms;
};

static double turn_seconds(const struct bench *bench)
{
    return bench->small ? 1 : TURN_SECONDS;
}

/* A turn of wrk: sales that the store has, over the time it took. */
static enum tk_code turn(struct sales *sales, struct process *process, const char *script,
                         double *rate, double *p99_ms, struct tk_error *error)
{
    char address[PROCESS_PATH_SIZE + 16], name[32], slot_text[24];
    bool replaced = strcmp(script, "sale") != 0;
    struct wrk wrk;
    int64_t slot = 0;
    enum tk_code code;

    snprintf(name, sizeof name, "Turn-%u", ++sales->slots);
    code = http_schedule(process, name, &slot, error);
    if (code)
        return code;
    snprintf(slot_text, sizeof slot_text, "%lld", (long long)slot);
    snprintf(address, sizeof address, "%s/", process->url);
    code = wrk_run(sales->bench, script, address, turn_seconds(sales->bench),
                   replaced ? name : slot_text, replaced ? HTTP_START : name, &wrk, error);
    if (code)
        return code;
    *rate += (double)http_sold(process, slot) / wrk.seconds / TURNS;
    if (p99_ms)
        *p99_ms += wrk.p99_ms / TURNS;
    return TK_OK;
}

/* The same rows in process: batches of 64, each one commit. */
static enum tk_code sell_batches(struct bench *bench, struct till *till, const struct slot *slot,
                                 bool customers, double *rate, struct tk_error *error)
{
    static struct operation operations[BATCH];
    struct outcome outcomes[BATCH];
    int64_t start = bench_clock(), sold = 0;
    enum tk_code code = TK_OK;

    while (!code && sold + BATCH <= slot->capacity &&
           bench_seconds_since(start) < turn_seconds(bench)) {
        for (size_t i = 0; i < BATCH; i++) {
            operations[i] = (struct operation){.book = {.slot = {.id = slot->id}, .count = 1}};
            if (customers) { /* as in book_ticket.lua */
                snprintf(operations[i].book.customer_name, CUSTOMER_NAME_SIZE, "Ada");
                snprintf(operations[i].book.customer_phone, CUSTOMER_PHONE_SIZE, "0300%04d",
                         (int)((size_t)sold + i) % 1000);
            }
            office_stamp(&till->office, OP_BOOK, &operations[i]);
            operations[i].id = office_make_id(&till->office);
        }
        code = store_apply(till->store, operations, BATCH, outcomes, error);
        for (size_t i = 0; !code && i < BATCH; i++)
            sold += outcomes[i].code == TK_OK;
    }
    *rate += (double)sold / bench_seconds_since(start) / TURNS;
    return code;
}

static enum tk_code turn_in_process(struct sales *sales, bool customers, double *rate,
                                    struct tk_error *error)
{
    struct op_schedule schedule = {
        .name = "In process", .description = "A film.", .type = SLOT_MOVIE, .capacity = 100000};
    char path[BENCH_PATH_SIZE];
    struct till till;
    struct slot slot = {0};
    enum tk_code code;

    bench_path(sales->bench, path, "in-process.db");
    code = till_open(&till, path, error);
    if (code)
        return code;
    schedule.starts_at = office_now(&till.office) + (1 + sales->slots++) * TIME_DAY;
    schedule.ends_at = schedule.starts_at + TIME_HOUR;
    code = office_schedule(&till.office, &schedule, NULL, &slot, error);
    if (!code)
        code = sell_batches(sales->bench, &till, &slot, customers, rate, error);
    till_close(&till);
    return code;
}

/* They take turns, so that whatever the disk does meanwhile hits them all. */
static enum tk_code take_turns(struct sales *sales, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < TURNS; i++) {
        code = turn(sales, &sales->group, "sale", &sales->group_rate, &sales->group_p99_ms, error);
        if (!code)
            code = turn_in_process(sales, false, &sales->batch_rate, error);
        if (!code)
            code = turn_in_process(sales, true, &sales->batch_book_rate, error);
        if (!code)
            code = turn(sales, &sales->single, "sale", &sales->single_rate, NULL, error);
        if (!code)
            code = turn(sales, &sales->group, "book_ticket", &sales->book_rate, NULL, error);
    }
    return code;
}

/* --- the open loop, and what disturbs it --- */

struct disturbance {
    const char *name;
    void *(*run)(void *context);
    struct sales *sales;
    atomic_bool ends;
    atomic_uint done; /* backups or checkpoints */
};

static void *back_up(void *context)
{
    struct disturbance *disturbance = context;
    char path[BENCH_PATH_SIZE], file[32];
    struct run run;

    while (!atomic_load(&disturbance->ends)) {
        snprintf(file, sizeof file, "backup-%u.db", atomic_load(&disturbance->done));
        bench_path(disturbance->sales->bench, path, file);
        if (process_admin(&disturbance->sales->group, &run, "backup", path, NULL))
            bench_say("no backup: %.200s", run.err);
        else
            atomic_fetch_add(&disturbance->done, 1);
        run_release(&run);
        usleep(REST_US);
    }
    return NULL;
}

/* Another program's checkpoint, inside the gate, as a till on the same file makes them. */
static bool checkpoint_once(sqlite3 *db, int lock)
{
    bool done;

    if (flock(lock, LOCK_EX))
        return false;
    done = sqlite3_exec(db, "PRAGMA wal_checkpoint(FULL)", NULL, NULL, NULL) == SQLITE_OK;
    flock(lock, LOCK_UN);
    return done;
}

static void *checkpoint(void *context)
{
    struct disturbance *disturbance = context;
    const char *store = disturbance->sales->group.store;
    char path[PROCESS_PATH_SIZE + 8];
    sqlite3 *db = NULL;
    int lock;

    snprintf(path, sizeof path, "%s.lock", store);
    lock = open(path, O_RDWR | O_CLOEXEC);
    if (lock < 0 || sqlite3_open(store, &db) != SQLITE_OK)
        bench_say("no checkpoint: %s cannot be opened", store);
    else
        while (!atomic_load(&disturbance->ends)) {
            if (checkpoint_once(db, lock))
                atomic_fetch_add(&disturbance->done, 1);
            usleep(REST_US);
        }
    sqlite3_close(db);
    if (lock >= 0)
        close(lock);
    return NULL;
}

static enum tk_code keep_pace(struct sales *sales, double rate, struct disturbance *disturbance,
                              struct tk_error *error)
{
    char name[48];
    struct pace pace = {.rate = rate,
                        .seconds = sales->bench->small ? 1 : PACE_SECONDS,
                        .address = sales->group.url,
                        .name = name};
    pthread_t thread;
    bool runs = false;
    enum tk_code code;

    snprintf(name, sizeof name, "pace-%s", disturbance->name);
    disturbance->sales = sales;
    code = http_schedule(&sales->group, name, &pace.slot, error);
    if (!code && disturbance->run)
        runs = pthread_create(&thread, NULL, disturbance->run, disturbance) == 0;
    if (!code)
        code = pace_run(&pace, error);
    atomic_store(&disturbance->ends, true);
    if (runs)
        pthread_join(thread, NULL);
    if (code)
        return code;
    snprintf(name, sizeof name, "http_open_loop_p99_%s", disturbance->name);
    bench_figure(name, pace.p99_ms, "ms", PACE_LIMIT_MS, pace.p99_ms / PACE_LIMIT_MS);
    bench_say("%s: %.0f a second, %zu answered, %zu failed; p50 %.2f ms, at most %.1f ms; %u done",
              name, rate, pace.answered, pace.failed, pace.p50_ms, pace.most_ms,
              atomic_load(&disturbance->done));
    return bench_check_time(sales->bench, error);
}

static enum tk_code keep_paces(struct sales *sales, struct tk_error *error)
{
    struct disturbance calm = {.name = "calm"}, backup = {.name = "backup", .run = back_up},
                       checkpoints = {.name = "checkpoint", .run = checkpoint};
    double rate = sales->group_rate / 2;
    enum tk_code code = keep_pace(sales, rate, &calm, error);

    if (!code)
        code = keep_pace(sales, rate, &backup, error);
    if (!code)
        code = keep_pace(sales, rate, &checkpoints, error);
    return code;
}

static void print(const struct sales *sales)
{
    bench_figure("http_sale_group_commit", sales->group_rate, "sales/s", sales->single_rate,
                 sales->group_rate / sales->single_rate);
    bench_figure("http_sale_beside_batches", sales->group_rate, "sales/s", sales->batch_rate,
                 sales->group_rate / sales->batch_rate);
    bench_figure("http_sale_replaced_api", sales->book_rate, "sales/s", sales->batch_book_rate,
                 sales->book_rate / sales->batch_book_rate);
    bench_figure("http_sale_p99", sales->group_p99_ms, "ms", P99_LIMIT_MS,
                 sales->group_p99_ms / P99_LIMIT_MS);
}

enum tk_code bench_http_sale(struct bench *bench, struct tk_error *error)
{
    struct sales sales = {.bench = bench};
    enum tk_code code = http_serve(bench, &sales.group, "group", HTTP_SETTINGS, error);

    if (!code)
        code = http_serve(bench, &sales.single, "single", SINGLE_SETTINGS, error);
    if (!code)
        code = take_turns(&sales, error);
    if (!code)
        print(&sales);
    if (!code)
        code = keep_paces(&sales, error);
    process_release(&sales.group);
    process_release(&sales.single);
    return code;
}
