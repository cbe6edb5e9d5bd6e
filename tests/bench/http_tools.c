#include "tests/bench/http.h"

#include <stdio.h>
#include <unistd.h>

#define WRK_ARGUMENTS_MAX 8

static double number_after(const char *text, const char *name)
{
    const char *found = strstr(text, name);

    return found ? strtod(found + strlen(name), NULL) : 0;
}

static void read_figures(const struct run *run, struct wrk *wrk)
{
    wrk->requests = number_after(run->out, "\"requests\":");
    wrk->seconds = number_after(run->out, "\"us\":") / 1e6;
    wrk->bad = number_after(run->out, "\"bad\":");
    wrk->p50_ms = number_after(run->out, "\"p50\":") / 1e3;
    wrk->p99_ms = number_after(run->out, "\"p99\":") / 1e3;
    wrk->bytes_in = number_after(run->out, "\"in\":");
    wrk->bytes_out = number_after(run->out, "\"out\":");
}

enum tk_code wrk_run_with(const struct bench *bench, const char *script, int threads,
                          int connections, const char *address, double seconds,
                          const char *const *arguments, struct wrk *wrk, struct tk_error *error)
{
    char path[64], time[16], lines[16], cores[16];
    char *whole;
    const char *argv[8 + WRK_ARGUMENTS_MAX + 1] = {"wrk", cores, lines, time,
                                                   "-s",  NULL,  address,     "--"};
    struct run_options options = {.home = bench->folder,
                                  .timeout_ms = (int)(seconds * 1000) + 20000};
    struct run run;

    snprintf(path, sizeof path, "tests/bench/%s.lua", script);
    snprintf(time, sizeof time, "-d%.0fs", seconds);
    snprintf(lines, sizeof lines, "-c%d", connections);
    snprintf(cores, sizeof cores, "-t%d", threads);
    for (size_t i = 0; i < WRK_ARGUMENTS_MAX && arguments[i]; i++)
        argv[8 + i] = arguments[i];
    argv[5] = whole = realpath(path, NULL);
    if (!whole)
        return tk_fail(error, TK_NO_INPUT, "%s is not there.", path);
    run_program(&run, &options, argv);
    free(whole);
    read_figures(&run, wrk);
    if (run.status || wrk->requests < 1)
        tk_fail(error, TK_UNAVAILABLE, "wrk measured nothing: %.300s", run.err);
    if (wrk->bad > 0)
        bench_say("%.0f of %.0f requests failed", wrk->bad, wrk->requests);
    run_release(&run);
    return wrk->requests < 1 ? TK_UNAVAILABLE : bench_check_time(bench, error);
}

enum tk_code wrk_run(const struct bench *bench, const char *script, const char *address,
                     double seconds, const char *first, const char *second, struct wrk *wrk,
                     struct tk_error *error)
{
    const char *const arguments[] = {first, second, NULL};

    return wrk_run_with(bench, script, 2, HTTP_CONNECTIONS, address, seconds, arguments, wrk, error);
}

enum tk_code http_serve(const struct bench *bench, struct process *process, const char *name,
                        const char *settings, struct tk_error *error)
{
    char store[BENCH_PATH_SIZE], file[64];
    struct process_options options = {
        .folder = bench->folder, .store = store, .settings = settings};

    snprintf(file, sizeof file, "%s.db", name);
    bench_path(bench, store, file);
    if (process_start(process, &options))
        return TK_OK;
    process_release(process);
    return tk_fail(error, TK_UNAVAILABLE, "The service does not start.");
}

enum tk_code http_schedule(struct process *process, const char *name, int64_t *slot,
                           struct tk_error *error)
{
    const char *found;
    struct run run;

    process_admin(process, &run, "schedule", "--name", name, "--description", "A film.", "--start",
                  HTTP_START, "--end", "2099-06-01T22:00:00Z", "--type", "Movie", "--genre",
                  "Drama", "--capacity", "100000", "--json", NULL);
    found = strstr(run.out, "\"slotId\":");
    *slot = found ? strtoll(found + strlen("\"slotId\":"), NULL, 10) : 0;
    if (!found)
        tk_fail(error, TK_UNAVAILABLE, "No showing was made: %.300s", run.err);
    run_release(&run);
    return *slot ? TK_OK : TK_UNAVAILABLE;
}

int64_t http_sold(const struct process *process, int64_t slot)
{
    struct answer answer;
    char target[64];
    int64_t sold;

    snprintf(target, sizeof target, "/v1/slots/%lld", (long long)slot);
    http_call(process->url, "GET", target, NULL, NULL, &answer);
    sold = answer_number(&answer, "sold");
    answer_release(&answer);
    return sold;
}
