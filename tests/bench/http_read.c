/*
 * What the service costs when nothing is sold, beside nginx: a list of 100 showings against the
 * same bytes as a file, the processor's time of the smallest request, the memory of a connection;
 * and how soon it is ready on a file of a million tickets.
 */
#include "tests/bench/house.h"
#include "tests/bench/http.h"

#include <stdio.h>
#include <unistd.h>

#include "core/store.h"
#include "tests/support/nginx.h"

#define LISTED 100
#define TURNS 2
#define TURN_SECONDS 3
#define IDLE 512
#define IDLE_LIMIT_KIB 32.0
#define CPU_LIMIT 1.5
#define READY_LIMIT_MS 300.0
#define STARTS 7
#define MILLION_SLOTS 50000
#define PLACES 20

struct reading {
    struct bench *bench;
    struct process service;
    struct nginx nginx;
    char ours[PROCESS_PATH_SIZE + 32], theirs[128]; /* addresses */
};

static double turn_seconds(const struct bench *bench)
{
    return bench->small ? 1 : TURN_SECONDS;
}

/* A file that nginx serves with the bytes that the service answers. */
static enum tk_code write_list(struct reading *reading, struct tk_error *error)
{
    char path[BENCH_PATH_SIZE];
    struct answer answer;
    FILE *file;
    bool good =
        http_call(reading->service.url, "GET", "/v1/slots?limit=100", NULL, NULL, &answer) &&
        answer.status == 200 && answer_value(&answer, "slots.99");

    bench_path(reading->bench, path, "list.json");
    file = good ? fopen(path, "w") : NULL;
    if (file) {
        good = fwrite(answer.body, 1, answer.body_length, file) == answer.body_length;
        good = fclose(file) == 0 && good;
    }
    if (!file || !good)
        tk_fail(error, TK_UNAVAILABLE, "The list is not there (%d): %.200s", answer.status,
                answer.body ? answer.body : "");
    else
        bench_say("the list of %d showings has %zu bytes", LISTED, answer.body_length);
    answer_release(&answer);
    return file && good ? TK_OK : TK_UNAVAILABLE;
}

static enum tk_code start_nginx(struct reading *reading, struct tk_error *error)
{
    char block[1024];
    int port = free_port();

    snprintf(reading->theirs, sizeof reading->theirs, "http://127.0.0.1:%d", port);
    snprintf(block, sizeof block,
             "sendfile on;\ntcp_nopush on;\nopen_file_cache max=10;\n"
             "types { application/json json; }\n"
             "server {\n    listen 127.0.0.1:%d;\n    root %.400s;\n"
             "    location = /livez { return 200 \"ok\\n\"; }\n}\n",
             port, reading->bench->folder);
    if (nginx_start(&reading->nginx, reading->bench->folder, block, reading->theirs))
        return TK_OK;
    return tk_fail(error, TK_UNAVAILABLE, "nginx does not start.");
}

/* Requests a second of an address, added to *rate as a share of the turns. */
static enum tk_code turn(struct reading *reading, const char *base, const char *target,
                         double *rate, double *count, struct tk_error *error)
{
    char address[PROCESS_PATH_SIZE + 64];
    struct wrk wrk;
    enum tk_code code;

    snprintf(address, sizeof address, "%s%s", base, target);
    code =
        wrk_run(reading->bench, "get", address, turn_seconds(reading->bench), "", "", &wrk, error);
    if (code)
        return code;
    *rate += wrk.requests / wrk.seconds / TURNS;
    if (count)
        *count += wrk.requests;
    return TK_OK;
}

static enum tk_code measure_list(struct reading *reading, struct tk_error *error)
{
    double ours = 0, theirs = 0;
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < TURNS; i++) {
        code = turn(reading, reading->service.url, "/v1/slots?limit=100", &ours, NULL, error);
        if (!code)
            code = turn(reading, reading->theirs, "/list.json", &theirs, NULL, error);
    }
    if (!code)
        bench_figure("http_list_of_100", ours, "requests/s", theirs, ours / theirs);
    return code;
}

/* µs of user and system time for each /livez. */
static enum tk_code measure_cpu(struct reading *reading, struct tk_error *error)
{
    double rate[2] = {0}, count[2] = {0}, cpu[2] = {0};
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < TURNS; i++) {
        int64_t before = process_cpu_us(reading->service.pid);

        code = turn(reading, reading->service.url, "/livez", &rate[0], &count[0], error);
        cpu[0] += (double)(process_cpu_us(reading->service.pid) - before);
        before = nginx_cpu_us(&reading->nginx);
        if (!code)
            code = turn(reading, reading->theirs, "/livez", &rate[1], &count[1], error);
        cpu[1] += (double)(nginx_cpu_us(&reading->nginx) - before);
    }
    if (code)
        return code;
    bench_say("/livez: %.0f a second, nginx %.0f", rate[0], rate[1]);
    bench_figure("http_cpu_trivial", cpu[0] / count[0], "us", cpu[1] / count[1],
                 cpu[0] / count[0] / (cpu[1] / count[1]));
    return TK_OK;
}

/* Connections that were used once and now wait. */
static enum tk_code measure_memory(struct reading *reading, struct tk_error *error)
{
    static struct client clients[IDLE];
    int64_t before = process_memory(&reading->service, "VmRSS");
    struct answer answer;
    bool good = true;
    double each;

    for (int i = 0; i < IDLE; i++)
        clients[i].fd = -1;
    for (int i = 0; good && i < IDLE; i++) {
        good = client_open(&clients[i], reading->service.url, 5000) &&
               client_call(&clients[i], "GET", "/livez", NULL, NULL, &answer);
        answer_release(&answer);
    }
    each = (double)(process_memory(&reading->service, "VmRSS") - before) / IDLE;
    for (int i = 0; i < IDLE; i++)
        client_close(&clients[i]);
    if (!good)
        return tk_fail(error, TK_UNAVAILABLE, "A connection was not served.");
    bench_figure("http_memory_idle_connection", each, "KiB", IDLE_LIMIT_KIB, each / IDLE_LIMIT_KIB);
    return TK_OK;
}

static enum tk_code fill(struct bench *bench, const char *file, size_t slots, struct till *till,
                         struct tk_error *error)
{
    struct programme programme = {.slots = slots, .capacity = PLACES};
    char path[BENCH_PATH_SIZE];
    enum tk_code code;

    bench_path(bench, path, file);
    code = till_open(till, path, error);
    if (code)
        return code;
    programme.from = office_now(&till->office) + TIME_HOUR;
    programme.until = programme.from + 365 * TIME_DAY;
    code = house_import(bench, till, &programme, NULL, error);
    if (code)
        till_close(till);
    return code;
}

/* A service on a file that was filled in process, with a key of its own. */
static enum tk_code serve_filled(struct bench *bench, const char *file, struct process *process,
                                 struct tk_error *error)
{
    char path[BENCH_PATH_SIZE];
    struct process_options options = {
        .folder = bench->folder, .store = path, .settings = HTTP_SETTINGS, .new_key = true};

    bench_path(bench, path, file);
    if (!process_start(process, &options))
        return tk_fail(error, TK_UNAVAILABLE, "The service does not start.");
    process->options.new_key = false;
    return TK_OK;
}

enum tk_code bench_http_read(struct bench *bench, struct tk_error *error)
{
    struct reading reading = {.bench = bench};
    struct till till;
    enum tk_code code = fill(bench, "list.db", LISTED, &till, error);

    if (!code) {
        till_close(&till);
        code = serve_filled(bench, "list.db", &reading.service, error);
    }
    if (!code)
        code = write_list(&reading, error);
    if (!code)
        code = start_nginx(&reading, error);
    if (!code)
        code = measure_memory(&reading, error);
    if (!code)
        code = measure_list(&reading, error);
    if (!code)
        code = measure_cpu(&reading, error);
    nginx_stop(&reading.nginx);
    process_release(&reading.service);
    return code;
}

/* --- a million tickets --- */

static enum tk_code sell_out(struct bench *bench, struct till *till, size_t slots,
                             struct tk_error *error)
{
    struct operation *operations = calloc(OP_BATCH_MAX, sizeof *operations);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    enum tk_code code = operations && outcomes ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    for (size_t at = 0; !code && at < slots; at += OP_BATCH_MAX) {
        size_t count = slots - at < OP_BATCH_MAX ? slots - at : OP_BATCH_MAX;

        for (size_t i = 0; i < count; i++) {
            operations[i] = (struct operation){
                .book = {.slot = {.id = SLOT_ID_FIRST + (int64_t)(at + i)}, .count = PLACES}};
            office_stamp(&till->office, OP_BOOK, &operations[i]);
            operations[i].id = office_make_id(&till->office);
        }
        code = store_apply(till->store, operations, count, outcomes, error);
        if (!code)
            code = bench_check_time(bench, error);
    }
    free(operations);
    free(outcomes);
    return code;
}

static enum tk_code time_starts(struct process *process, double *times, struct tk_error *error)
{
    for (int i = 0; i < STARTS; i++) {
        int64_t start;

        if (!process_stop(process))
            return tk_fail(error, TK_UNAVAILABLE, "The service does not stop well.");
        start = bench_clock();
        if (!process_start_again(process))
            return tk_fail(error, TK_UNAVAILABLE, "The service does not start again.");
        times[i] = bench_seconds_since(start) * 1e3;
    }
    return TK_OK;
}

enum tk_code bench_http_start(struct bench *bench, struct tk_error *error)
{
    size_t slots = bench_rows(bench, MILLION_SLOTS);
    struct process process = {0};
    double times[STARTS], median;
    struct till till;
    enum tk_code code = fill(bench, "million.db", slots, &till, error);

    if (code)
        return code;
    code = sell_out(bench, &till, slots, error);
    till_close(&till);
    if (!code)
        code = serve_filled(bench, "million.db", &process, error);
    if (!code)
        code = time_starts(&process, times, error);
    if (!code) {
        median = bench_quantile(times, STARTS, 0.5);
        bench_say("ready after %.0f to %.0f ms, with %zu tickets", times[0], times[STARTS - 1],
                  slots * PLACES);
        bench_figure("http_ready_million_tickets", median, "ms", READY_LIMIT_MS,
                     median / READY_LIMIT_MS);
    }
    process_release(&process);
    return code;
}
