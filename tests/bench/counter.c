/*
 * The counter on a terminal, with the house of a million slots: from its start to the first frame,
 * from a key to the last byte of the frame that answers it, and its memory.
 */
#include "tests/bench/house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "data/keyfile.h"
#include "tests/support/term.h"

#define ROWS 24
#define COLUMNS 80
#define STARTS 15
#define KEYS 300
#define START_LIMIT_MS 100.0
#define FRAME_LIMIT_MS 16.0
#define MEMORY_LIMIT_MB 20.0
#define WAIT_MS 10000
#define QUIET_MS 25
#define IN_EVERY_TITLE " of "

struct counter {
    struct term term;
    char program[BENCH_PATH_SIZE], folder[BENCH_PATH_SIZE + 32], config[BENCH_PATH_SIZE + 32];
    char store[BENCH_PATH_SIZE];
};

static void counter_init(struct counter *counter, const struct bench *bench)
{
    const char *program = getenv("TICKETLY");

    *counter = (struct counter){0};
    snprintf(counter->program, sizeof counter->program, "%s", program ? program : "./ticketly");
    snprintf(counter->folder, sizeof counter->folder, "XDG_DATA_HOME=%s", bench->folder);
    snprintf(counter->config, sizeof counter->config, "XDG_CONFIG_HOME=%s", bench->folder);
    snprintf(counter->store, sizeof counter->store, "%s", bench->house_path);
}

static bool start(struct counter *counter, const char *const *argv)
{
    const char *env[] = {counter->folder, counter->config, NULL};

    return term_start(&counter->term, ROWS, COLUMNS, env, argv);
}

/* Starts the counter and waits for its slots; *ms from before the fork to the frame. */
static bool start_counter(struct counter *counter, double *ms)
{
    /* the store was filled in process, with a key of its own */
    const char *argv[] = {counter->program, "--new-key", "--db", counter->store, NULL};
    int64_t begin = bench_clock();
    bool shown = start(counter, argv) && term_wait(&counter->term, IN_EVERY_TITLE, WAIT_MS);

    *ms = bench_seconds_since(begin) * 1e3;
    return shown;
}

/* The same way through a terminal and out again, with nothing to do. */
static bool start_version(struct counter *counter, double *ms)
{
    const char *argv[] = {counter->program, "--version", NULL};
    int64_t begin = bench_clock();
    int status = -1;
    bool ended = start(counter, argv) && term_wait_exit(&counter->term, &status, WAIT_MS);

    *ms = bench_seconds_since(begin) * 1e3;
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Takes the time of several starts; the terminal is gone after each. */
static enum tk_code time_starts(struct counter *counter,
                                bool (*begin)(struct counter *counter, double *ms), double *times,
                                struct tk_error *error)
{
    for (size_t i = 0; i < STARTS; i++) {
        bool started = begin(counter, &times[i]);

        term_release(&counter->term);
        if (!started)
            return tk_fail(error, TK_INTERNAL, "%s does not start on a terminal.",
                           counter->program);
    }
    return TK_OK;
}

static enum tk_code measure_start(struct counter *counter, struct tk_error *error)
{
    double ours[STARTS], bare[STARTS], ms, least;
    enum tk_code code = time_starts(counter, start_version, bare, error);

    if (!code)
        code = time_starts(counter, start_counter, ours, error);
    if (code)
        return code;
    ms = bench_quantile(ours, STARTS, 0.5);
    least = bench_quantile(bare, STARTS, 0.5);
    bench_figure("start_to_first_frame", ms, "ms", START_LIMIT_MS, ms / START_LIMIT_MS);
    bench_figure("start_against_version", ms, "ms", least, ms / least);
    return TK_OK;
}

/* One key; *ms is -1 when the counter had nothing to say to it. */
static bool press(struct term *term, const char *key, double *ms)
{
    *ms = -1;
    if (!term_key(term, key))
        return false;
    term_wait_idle(term, QUIET_MS, WAIT_MS);
    if (term->reply.bytes)
        *ms = (double)term->reply.last_us / 1e3;
    return !term->ended;
}

static enum tk_code measure_keys(struct counter *counter, const struct bench *bench,
                                 struct tk_error *error)
{
    static const char *const keys[] = {"Down", "Down", "Down", "PgDn", "Down", "PgDn", "Up",
                                       "PgDn", "Tab",  "Down", "Down", "Tab",  "PgDn", "PgUp"};
    size_t count = bench->small ? KEYS / 6 : KEYS, answered = 0;
    double times[KEYS], ms, p99;

    for (size_t i = 0; i < count; i++) {
        if (!press(&counter->term, keys[i % (sizeof keys / sizeof keys[0])], &ms))
            return tk_fail(error, TK_INTERNAL, "The counter ended while keys were pressed.");
        if (ms >= 0)
            times[answered++] = ms;
        if (bench_check_time(bench, error))
            return TK_INTERRUPTED;
    }
    if (answered < count / 2)
        return tk_fail(error, TK_INTERNAL, "The counter answered %zu of %zu keys.", answered,
                       count);
    p99 = bench_quantile(times, answered, 0.99);
    bench_figure("key_to_frame_p99", p99, "ms", FRAME_LIMIT_MS, p99 / FRAME_LIMIT_MS);
    ms = bench_quantile(times, answered, 0.5);
    bench_figure("key_to_frame_p50", ms, "ms", FRAME_LIMIT_MS, ms / FRAME_LIMIT_MS);
    return TK_OK;
}

/* A figure of /proc/PID/status in MB; below 0 when it is not there. */
static double read_memory(pid_t pid, const char *name)
{
    char path[64], line[256];
    double megabytes = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            megabytes = strtod(line + strlen(name), NULL) / 1024;
    if (file)
        fclose(file);
    return megabytes;
}

static enum tk_code measure_memory(const struct counter *counter, struct tk_error *error)
{
    double peak = read_memory(counter->term.program, "VmHWM:");

    if (peak < 0)
        return tk_fail(error, TK_INTERNAL, "The memory of the counter cannot be read.");
    bench_figure("counter_memory_peak", peak, "MB", MEMORY_LIMIT_MB, peak / MEMORY_LIMIT_MB);
    return TK_OK;
}

enum tk_code bench_counter(struct bench *bench, struct tk_error *error)
{
    struct till till = {0};
    struct counter counter;
    struct keyfile key;
    struct site_keys keys;
    enum tk_code code = house_open(bench, &till, error);
    double ms;

    if (!code)
        code = keyfile_beside(&key, till.path, error);
    if (!code)
        code = keyfile_load(&key, true, till.office.ports.random, NULL, &keys, error);
    till_close(&till);
    if (code)
        return code;
    counter_init(&counter, bench);
    code = measure_start(&counter, error);
    if (!code && !start_counter(&counter, &ms))
        code = tk_fail(error, TK_INTERNAL, "%s does not start on a terminal.", counter.program);
    if (!code)
        code = measure_keys(&counter, bench, error);
    if (!code)
        code = measure_memory(&counter, error);
    term_release(&counter.term);
    return code;
}
