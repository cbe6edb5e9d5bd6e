/*
 * A till that keeps selling: its sales through its copy beside those without one, sales while it is
 * cut off, how long its queue takes to drain and its first copy to come, and the counter's keys
 * meanwhile; each with a centre that is a service on this machine and one that is a file.
 */
#include "tests/bench/branch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/sync.h"
#include "tests/support/term.h"

#define RATIO_LIMIT 1.3
#define SALES 2000
#define SALES_A_TURN 20
#define RACE_SLOTS 20 /* for each: a hall's worth of sales in one slot */
#define OFFLINE_SALES 2000
#define OFFLINE_LIMIT_MS 10.0
#define QUEUE 10000
#define QUEUE_SLOTS 20
#define DRAIN_LIMIT_S 5.0
#define COPY_SLOTS 1000
#define COPY_TICKETS 100 /* of a slot */
#define COPY_CAPACITY 200
#define COPY_ROOM "200" /* a slot's row that came before its tickets were sold */
#define COPY_LIMIT_S 5.0
#define COPIES 3
#define KEY_ROUNDS 4 /* counters one after another, for more than a hundred keys */
#define FRAME_LIMIT_MS 16.0
#define KEYS_MAX 4000
#define ROWS 24
#define COLUMNS 80
#define WAIT_MS 20000
#define QUIET_MS 25
#define LOOK_US 2000
#define ASK_EVERY 4 /* keys */

static void print(const struct centre *centre, const char *name, double value, const char *unit,
                  double limit)
{
    char whole[80];

    snprintf(whole, sizeof whole, "%s_%s", name, centre->kind);
    bench_figure(whole, value, unit, limit, value / limit);
}

/* --- online --- */

static enum tk_code sell(struct box_office *office, int64_t slot, double *ms,
                         struct tk_error *error)
{
    struct op_book book = {.slot = {.id = slot}, .count = 1};
    struct ticket_view_list tickets = {0};
    int64_t start = bench_clock();
    enum tk_code code = office_book(office, &book, NULL, &tickets, NULL, error);

    *ms = bench_seconds_since(start) * 1e3;
    ticket_view_list_release(&tickets);
    return code;
}

/* They take turns, so that whatever the disk does meanwhile hits both; each has slots of its own.
 */
static enum tk_code race(struct post *copied, struct post *direct, size_t count, double *ours,
                         double *theirs, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < 2 * count; i++) {
        bool is_ours = i / SALES_A_TURN % 2 == 0;
        size_t at = i / (2 * SALES_A_TURN) * SALES_A_TURN + i % SALES_A_TURN;

        code = sell(is_ours ? copied->office : direct->office,
                    SLOT_ID_FIRST + (int64_t)(2 * (at % RACE_SLOTS) + is_ours),
                    is_ours ? &ours[at] : &theirs[at], error);
    }
    return code;
}

static void print_race(const struct centre *centre, size_t count, double *ours, double *theirs)
{
    double half = bench_quantile(theirs, count, 0.5), most = bench_quantile(theirs, count, 0.99);

    print(centre, "sync_sale_p50", bench_quantile(ours, count, 0.5), "ms", half * RATIO_LIMIT);
    print(centre, "sync_sale_p99", bench_quantile(ours, count, 0.99), "ms", most);
    print(centre, "sync_sale_against_direct", bench_quantile(ours, count, 0.5) / half, "times",
          RATIO_LIMIT);
}

static enum tk_code measure_online(struct centre *centre, struct tk_error *error)
{
    size_t count = bench_rows(centre->bench, SALES);
    double *ours = calloc(count, sizeof *ours), *theirs = calloc(count, sizeof *theirs);
    struct post copied = {0}, direct = {0};
    enum tk_code code = ours && theirs ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    if (!code)
        code = post_open(&copied, centre, "online", SESSION_COUNTER, error);
    if (!code)
        code = post_open_direct(&direct, centre, error);
    if (!code)
        code = race(&copied, &direct, count, ours, theirs, error);
    if (!code && post_status(&copied).away_since)
        code = tk_fail(error, TK_INTERNAL, "The till was cut off while it sold online.");
    if (!code)
        print_race(centre, count, ours, theirs);
    post_close(&copied);
    post_close(&direct);
    free(ours);
    free(theirs);
    return code;
}

/* --- cut off --- */

/* What the disk itself takes for the least that a sale can be, in the same moments. */
static bool write_page(int fd, double *ms)
{
    static const char page[4096] = {1};
    int64_t start = bench_clock();
    bool written = write(fd, page, sizeof page) == (ssize_t)sizeof page && fdatasync(fd) == 0;

    *ms = bench_seconds_since(start) * 1e3;
    return written;
}

static enum tk_code sell_cut_off(struct post *post, int fd, size_t count, double *times,
                                 double *disk, struct tk_error *error)
{
    double first; /* finds out that the centre is away */
    enum tk_code code = sell(post->office, SLOT_ID_FIRST, &first, error);

    for (size_t i = 0; !code && i < count; i++) {
        code = sell(post->office, SLOT_ID_FIRST + (int64_t)(i % QUEUE_SLOTS), &times[i], error);
        if (!code && !write_page(fd, &disk[i]))
            code = tk_fail(error, TK_IO, "The disk cannot be written.");
    }
    if (!code && post_status(post).waiting <= (int64_t)count)
        code = tk_fail(error, TK_INTERNAL, "Of %zu sales only %lld wait.", count + 1,
                       (long long)post_status(post).waiting);
    return code;
}

static void print_cut_off(size_t count, double *times, double *disk)
{
    double p99 = bench_quantile(times, count, 0.99), p50 = bench_quantile(times, count, 0.5);

    bench_figure("sync_sale_cut_off_p99", p99, "ms", OFFLINE_LIMIT_MS, p99 / OFFLINE_LIMIT_MS);
    bench_figure("sync_sale_cut_off_p50", p50, "ms", OFFLINE_LIMIT_MS, p50 / OFFLINE_LIMIT_MS);
    bench_say("a page written and synced meanwhile: %.2f ms, p99 %.2f ms",
              bench_quantile(disk, count, 0.5), bench_quantile(disk, count, 0.99));
}

static enum tk_code measure_offline(struct centre *centre, struct tk_error *error)
{
    size_t count = bench_rows(centre->bench, OFFLINE_SALES);
    double *times = calloc(count, sizeof *times), *disk = calloc(count, sizeof *disk);
    char path[BENCH_PATH_SIZE];
    struct post post = {0};
    enum tk_code code = times && disk ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);
    int fd;

    bench_path(centre->bench, path, "pages");
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (!code)
        code = post_open(&post, centre, "offline", SESSION_COUNTER, error);
    if (!code)
        code = post_grant(&post, centre, QUEUE_SLOTS, (int64_t)count / QUEUE_SLOTS + 2, error);
    if (!code)
        code = centre_cut(centre, error);
    if (!code)
        code = sell_cut_off(&post, fd, count, times, disk, error);
    if (!code)
        print_cut_off(count, times, disk);
    post_close(&post);
    if (fd >= 0)
        close(fd);
    free(times);
    free(disk);
    return code ? code : centre_mend(centre, error);
}

/* --- the queue --- */

static int64_t sold_of_queue(struct centre *centre)
{
    int64_t sold = 0;

    for (int64_t i = 0; i < QUEUE_SLOTS; i++) {
        struct slot slot = {0};

        office_slot(centre->office, SLOT_ID_FIRST + i, &slot, NULL);
        sold += slot.sold;
    }
    return sold;
}

static enum tk_code check_sold(struct centre *centre, int64_t count, struct tk_error *error)
{
    int64_t sold = sold_of_queue(centre);

    return sold == count ? TK_OK
                         : tk_fail(error, TK_INTERNAL, "Of %lld sales %lld were taken.",
                                   (long long)count, (long long)sold);
}

static enum tk_code wait_for_queue(struct centre *centre, struct post *post, struct tk_error *error)
{
    while (post_status(post).waiting) {
        if (bench_check_time(centre->bench, error))
            return TK_INTERRUPTED;
        usleep(LOOK_US);
    }
    return TK_OK;
}

static enum tk_code prepare_queue(struct centre *centre, const char *name, struct tk_error *error)
{
    size_t count = bench_rows(centre->bench, QUEUE);
    enum tk_code code =
        post_prepare(name, centre, QUEUE_SLOTS, (int64_t)count / QUEUE_SLOTS, error);

    return code ? code : post_queue(centre, name, QUEUE_SLOTS, count, error);
}

static enum tk_code measure_drain(struct centre *centre, struct tk_error *error)
{
    size_t count = bench_rows(centre->bench, QUEUE);
    struct post post = {0};
    int64_t start, before;
    enum tk_code code = prepare_queue(centre, "drain", error);

    before = sold_of_queue(centre);
    start = bench_clock();
    if (!code)
        code = post_open(&post, centre, "drain", SESSION_COUNTER, error);
    if (!code)
        code = wait_for_queue(centre, &post, error);
    if (!code)
        print(centre, "sync_drain_10000", bench_seconds_since(start), "s", DRAIN_LIMIT_S);
    post_close(&post);
    return code ? code : check_sold(centre, before + (int64_t)count, error);
}

/* --- the counter's keys --- */

/* The counter on a copy, and what tells when its background has done its work. */
struct keys {
    struct centre *centre;
    const char *name; /* of the tills, which are numbered */
    char till[48], copy[BENCH_PATH_SIZE];
    const char *ask; /* of the copy … */
    int64_t until;   /* … and what it says then */
    struct term term;
    double *times, most; /* ms; owned */
    size_t count;
};

static bool start_counter(struct keys *keys)
{
    const struct centre *centre = keys->centre;
    char data[BENCH_PATH_SIZE + 32], config[BENCH_PATH_SIZE + 32], name[64];
    const char *env[] = {data, config, name, NULL};
    const char *argv[] = {process_program(), "--central", centre->address, "--db",
                          keys->copy,        NULL};

    snprintf(data, sizeof data, "XDG_DATA_HOME=%s", centre->bench->folder);
    snprintf(config, sizeof config, "XDG_CONFIG_HOME=%s", centre->bench->folder);
    snprintf(name, sizeof name, "TICKETLY_TILL_NAME=%s", keys->till);
    return term_start(&keys->term, ROWS, COLUMNS, env, argv) &&
           term_wait(&keys->term, " of ", WAIT_MS);
}

/* A frame that nobody asked for (the line's state changed) may come behind the answer to a key:
   then the answer is the first. */
static bool press(struct keys *keys, const char *key)
{
    const struct term_reply *reply = &keys->term.reply;
    double last;

    if (!term_key(&keys->term, key))
        return false;
    term_wait_idle(&keys->term, QUIET_MS, WAIT_MS);
    if (keys->term.ended || !reply->bytes)
        return !keys->term.ended;
    last = (double)reply->last_us / 1e3;
    keys->most = last > keys->most ? last : keys->most;
    keys->times[keys->count++] = reply->bursts > 1 ? (double)reply->first_us / 1e3 : last;
    return true;
}

/* Presses keys for as long as the background works. */
static enum tk_code press_all(struct keys *keys, struct tk_error *error)
{
    static const char *const names[] = {"Down", "Down", "PgDn", "Down", "Up", "PgUp"};

    for (size_t i = 0; keys->count < KEYS_MAX; i++) {
        if (i % ASK_EVERY == 0 && post_ask(keys->copy, keys->ask) == keys->until)
            return TK_OK;
        if (!press(keys, names[i % (sizeof names / sizeof names[0])]))
            return tk_fail(error, TK_INTERNAL, "The counter ended while keys were pressed.");
        if (bench_check_time(keys->centre->bench, error))
            return TK_INTERRUPTED;
    }
    return tk_fail(error, TK_INTERNAL, "The counter's background does not come to an end.");
}

static void name_till(char till[48], const char *name, int round)
{
    snprintf(till, 48, "%s-%d", name, round);
}

static enum tk_code press_for(struct keys *keys, int round, struct tk_error *error)
{
    enum tk_code code;

    name_till(keys->till, keys->name, round);
    post_path(keys->centre, keys->till, keys->copy);
    code = start_counter(keys) ? press_all(keys, error)
                               : tk_fail(error, TK_INTERNAL, "The counter does not start.");
    if (code && keys->term.vterm)
        term_dump(&keys->term, stderr);
    term_release(&keys->term);
    return code;
}

static void print_keys(const struct keys *keys, const char *figure)
{
    char name[64];

    bench_say("%zu keys", keys->count);
    snprintf(name, sizeof name, "sync_keys_p99_%s", figure);
    print(keys->centre, name, bench_quantile(keys->times, keys->count, 0.99), "ms", FRAME_LIMIT_MS);
    snprintf(name, sizeof name, "sync_keys_p50_%s", figure);
    print(keys->centre, name, bench_quantile(keys->times, keys->count, 0.5), "ms", FRAME_LIMIT_MS);
    snprintf(name, sizeof name, "sync_keys_most_%s", figure);
    print(keys->centre, name, keys->most, "ms", FRAME_LIMIT_MS);
}

static enum tk_code measure_keys(struct keys *keys, const char *figure, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    keys->times = calloc(KEYS_MAX, sizeof *keys->times);
    if (!keys->times)
        return tk_fail_code(error, TK_NO_MEMORY);
    for (int i = 0; !code && i < KEY_ROUNDS; i++)
        code = press_for(keys, i, error);
    if (!code)
        print_keys(keys, figure);
    free(keys->times);
    return code;
}

static enum tk_code measure_keys_of_drain(struct centre *centre, struct tk_error *error)
{
    struct keys keys = {
        .centre = centre, .name = "drain-keys", .ask = "SELECT count(*) FROM queue", .until = 0};
    enum tk_code code = TK_OK;
    char till[48];

    for (int i = 0; !code && i < KEY_ROUNDS; i++) {
        name_till(till, keys.name, i);
        code = prepare_queue(centre, till, error);
    }
    return code ? code : measure_keys(&keys, "drain", error);
}

/* --- the first copy --- */

static enum tk_code fill(struct centre *centre, struct tk_error *error)
{
    size_t slots = bench_rows(centre->bench, COPY_SLOTS), customers = 0;
    int64_t start = bench_clock();
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < slots; i++)
        code = centre_sell(centre, SLOT_ID_FIRST + (int64_t)i, COPY_TICKETS, &customers, error);
    bench_say("%zu tickets of %zu slots and %zu customers sold in %.1f s", slots * COPY_TICKETS,
              slots, customers, bench_seconds_since(start));
    return code;
}

static enum tk_code check_copy(const struct centre *centre, const char *name,
                               struct tk_error *error)
{
    int64_t tickets = (int64_t)bench_rows(centre->bench, COPY_SLOTS) * COPY_TICKETS, found;
    char copy[BENCH_PATH_SIZE];

    post_path(centre, name, copy);
    found = post_ask(copy, "SELECT count(*) FROM ticket");
    return found == tickets ? TK_OK
                            : tk_fail(error, TK_INTERNAL, "Of %lld tickets %lld came.",
                                      (long long)tickets, (long long)found);
}

static enum tk_code measure_copy(struct centre *centre, struct tk_error *error)
{
    double times[COPIES];
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < COPIES; i++) {
        struct post post = {0};
        char name[32];
        int64_t start = bench_clock();

        snprintf(name, sizeof name, "copy-%d", i);
        code = post_open(&post, centre, name, SESSION_COMMAND, error);
        times[i] = bench_seconds_since(start);
        post_close(&post);
        if (!code)
            code = check_copy(centre, name, error);
        if (!code)
            code = bench_check_time(centre->bench, error);
    }
    if (!code)
        print(centre, "sync_first_copy", bench_quantile(times, COPIES, 0.5), "s", COPY_LIMIT_S);
    return code;
}

/* On a copy that was made before anything was to come: the counter would wait for a fresh one. */
static enum tk_code measure_keys_of_copy(struct centre *centre, struct tk_error *error)
{
    struct keys keys = {.centre = centre,
                        .name = "copy-keys",
                        .ask = "SELECT count(*) FROM slot WHERE available = " COPY_ROOM,
                        .until = 0};

    return measure_keys(&keys, "first_copy", error);
}

/* --- both --- */

static enum tk_code measure_sales(struct bench *bench, bool served, struct tk_error *error)
{
    struct centre centre;
    enum tk_code code = centre_open(&centre, bench, "sales", served, error);

    if (!code)
        code = centre_schedule(&centre, 2 * RACE_SLOTS, 100000, error);
    if (!code)
        code = measure_online(&centre, error);
    if (!code && served)
        code = measure_offline(&centre, error);
    if (!code)
        code = measure_drain(&centre, error);
    if (!code)
        code = measure_keys_of_drain(&centre, error);
    centre_close(&centre);
    return code;
}

static enum tk_code measure_copies(struct bench *bench, bool served, struct tk_error *error)
{
    struct centre centre;
    enum tk_code code = centre_open(&centre, bench, "copies", served, error);

    if (!code)
        code = centre_schedule(&centre, bench_rows(bench, COPY_SLOTS), COPY_CAPACITY, error);
    for (int i = 0; !code && i < KEY_ROUNDS; i++) {
        char till[48];

        name_till(till, "copy-keys", i);
        code = post_prepare(till, &centre, 0, 0, error);
    }
    if (!code)
        code = fill(&centre, error);
    if (!code)
        code = measure_copy(&centre, error);
    if (!code)
        code = measure_keys_of_copy(&centre, error);
    centre_close(&centre);
    return code;
}

enum tk_code bench_sync(struct bench *bench, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    setenv("XDG_CONFIG_HOME", bench->folder, 1); /* this user's settings are none of ours */
    for (int served = 1; !code && served >= 0; served--) {
        code = measure_sales(bench, served, error);
        if (!code)
            code = measure_copies(bench, served, error);
    }
    return code;
}
