/*
 * A door at a box office of a million tickets: from a scan to its verdict, in this process, on a copy with
 * the service there and away, and at 60 scans a second for a minute through the real program's lines; and
 * what checking a pass costs for each slot key.
 */
#include "tests/bench/house.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/door.h"
#include "tests/support/line_door.h"
#include "tests/support/run.h"
#include "tests/support/service.h"
#include "ui/session.h"

#define TICKETS 1000000
#define PLACES 1000 /* of a slot */
#define SALE_SIZE 2
#define OPEN_SLOTS 20
#define SCANS 3000
#define RATE 60 /* scans a second */
#define SECONDS 60
#define CHECKS 2000000
#define SCAN_LIMIT_MS 5.0
#define SERVICE_LIMIT_MS 50.0
#define AWAY_LIMIT_MS 20.0
#define COPY_MAX_MS 600000
#define PACE_LIMIT_MS (1000.0 / RATE) /* answered before the next one is due */
#define CHECK_LIMIT_US 2.0

struct house {
    struct bench *bench;
    char path[BENCH_PATH_SIZE];
    struct session session;
    struct box_office *office;
    size_t slots;              /* the open ones come last */
    char (*passes)[PASS_SIZE]; /* owned; of the open slots, mixed */
    size_t pass_count, next;   /* used so far */
    double *times;             /* owned; ms */
};

/* --- the house --- */

static enum tk_code sell_places(struct house *house, int64_t slot, struct operation *operations,
                                struct outcome *outcomes, struct tk_error *error)
{
    size_t count = PLACES / SALE_SIZE;
    enum tk_code code;

    for (size_t i = 0; i < count; i++) {
        operations[i].book = (struct op_book){.slot = {.id = slot}, .count = SALE_SIZE};
        office_stamp(house->office, OP_BOOK, &operations[i]);
        operations[i].id = office_make_id(house->office);
    }
    code = store_apply(house->office->store, operations, count, outcomes, error);
    for (size_t i = 0; !code && i < count; i++)
        if (outcomes[i].code)
            code = office_refuse(house->office, &operations[i], &outcomes[i], error);
    return code ? code : bench_check_time(house->bench, error);
}

static enum tk_code sell_house(struct house *house, struct tk_error *error)
{
    struct operation *operations = calloc(PLACES / SALE_SIZE, sizeof *operations);
    struct outcome *outcomes = calloc(PLACES / SALE_SIZE, sizeof *outcomes);
    enum tk_code code = operations && outcomes ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    for (size_t i = 0; !code && i < house->slots; i++)
        code = sell_places(house, SLOT_ID_FIRST + (int64_t)i, operations, outcomes, error);
    free(operations);
    free(outcomes);
    return code;
}

/* Most are to come, some are let in to now. */
static enum tk_code schedule_house(struct house *house, struct tk_error *error)
{
    int64_t now = office_now(house->office);
    struct programme later = {.slots = house->slots - OPEN_SLOTS,
                              .from = now + TIME_DAY,
                              .until = now + 365 * TIME_DAY,
                              .capacity = PLACES};
    struct programme open = {.slots = OPEN_SLOTS,
                             .from = now - 20 * TIME_MINUTE,
                             .until = now + 20 * TIME_MINUTE,
                             .capacity = PLACES};
    struct till till = {.office = *house->office, .store = house->office->store};
    enum tk_code code = house_import(house->bench, &till, &later, NULL, error);

    return code ? code : house_import(house->bench, &till, &open, NULL, error);
}

static enum tk_code take_passes(struct house *house, int64_t slot, struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list list = {0};
    enum tk_code code;

    query.slot_id = slot;
    code = office_tickets(house->office, &query, &list, error);
    for (size_t i = 0; !code && i < list.count; i++)
        if (!office_pass(house->office, &list.items[i], house->passes[house->pass_count++]))
            code = tk_fail(error, TK_INTERNAL, "A ticket has no pass.");
    ticket_view_list_release(&list);
    return code;
}

static void mix_passes(struct house *house)
{
    for (size_t i = 1; i < house->pass_count; i++) {
        size_t other = bench_random_below(house->bench, i + 1);
        char kept[PASS_SIZE];

        memcpy(kept, house->passes[i], PASS_SIZE);
        memcpy(house->passes[i], house->passes[other], PASS_SIZE);
        memcpy(house->passes[other], kept, PASS_SIZE);
    }
}

static enum tk_code build(struct house *house, struct tk_error *error)
{
    int64_t start = bench_clock(), first_open;
    enum tk_code code = schedule_house(house, error);

    if (!code)
        code = sell_house(house, error);
    if (!code)
        bench_say("%zu tickets sold in %.1f s", house->slots * PLACES, bench_seconds_since(start));
    first_open = SLOT_ID_FIRST + (int64_t)house->slots - OPEN_SLOTS;
    for (int64_t i = 0; !code && i < OPEN_SLOTS; i++)
        code = take_passes(house, first_open + i, error);
    if (!code)
        mix_passes(house);
    return code;
}

static enum tk_code house_init(struct house *house, struct bench *bench, struct tk_error *error)
{
    size_t tickets = bench_rows(bench, TICKETS);
    enum tk_code code;

    *house = (struct house){.bench = bench,
                            .slots = tickets / PLACES +
                                     (tickets / PLACES <= OPEN_SLOTS ? OPEN_SLOTS : 0)};
    bench_path(bench, house->path, "door.db");
    house->passes = calloc(OPEN_SLOTS * PLACES, sizeof *house->passes);
    house->times = calloc(OPEN_SLOTS * PLACES, sizeof *house->times);
    if (!house->passes || !house->times)
        return tk_fail_code(error, TK_NO_MEMORY);
    code = session_init_plain(&house->session, house->path, error);
    if (!code)
        code = session_office(&house->session, &house->office, error);
    return code ? code : build(house, error);
}

static void house_release(struct house *house)
{
    session_release(&house->session);
    free(house->passes);
    free(house->times);
}

static void tell_times(struct house *house, const char *name, size_t count, double limit)
{
    double p50 = bench_quantile(house->times, count, 0.5);
    double p99 = bench_quantile(house->times, count, 0.99);
    char full[80];

    snprintf(full, sizeof full, "door_%s_p50", name);
    bench_figure(full, p50, "ms", limit, p50 / limit);
    snprintf(full, sizeof full, "door_%s_p99", name);
    bench_figure(full, p99, "ms", limit, p99 / limit);
    bench_say("%s: %zu scans, longest %.2f ms", name, count, house->times[count - 1]);
}

/* What the machine itself takes to make a change durable just now, to hold the rest against. */
static enum tk_code sync_bare(struct house *house, struct tk_error *error)
{
    static const char page[8192];
    size_t count = bench_rows(house->bench, SCANS);
    char path[BENCH_PATH_SIZE];
    int file;
    bool fine = true;
    double p50, p99;

    bench_path(house->bench, path, "door-bare");
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (size_t i = 0; file >= 0 && fine && i < count; i++) {
        int64_t start = bench_clock();

        fine = write(file, page, sizeof page) == (ssize_t)sizeof page && fdatasync(file) == 0;
        house->times[i] = bench_seconds_since(start) * 1e3;
    }
    if (file < 0 || close(file) || !fine)
        return tk_fail(error, TK_IO, "%.200s cannot be written.", path);
    p50 = bench_quantile(house->times, count, 0.5);
    p99 = bench_quantile(house->times, count, 0.99);
    bench_say("a bare write and sync takes %.2f ms, 99 of 100 less than %.2f ms", p50, p99);
    return TK_OK;
}

/* --- in this process --- */

/* Each with the look at the store that goes before it. */
static enum tk_code scan_one(struct house *house, struct door *door, double *ms,
                             struct tk_error *error)
{
    struct admission admission = {0};
    int64_t start = bench_clock(), wait_us = 0;
    bool changed;
    enum tk_code code = door_tick(door, &changed, error);

    if (!code)
        code = door_scan(door, house->passes[house->next++], &admission, &wait_us, error);
    *ms = bench_seconds_since(start) * 1e3;
    if (!code && admission.verdict != VERDICT_ADMITTED)
        code = tk_fail(error, TK_INTERNAL, "A pass was not admitted: %s", admission.message);
    return code;
}

static enum tk_code scan_here(struct house *house, struct tk_error *error)
{
    struct door_options options = {.office = house->office};
    size_t count = bench_rows(house->bench, SCANS);
    struct door *door = NULL;
    enum tk_code code = door_open(&options, &door, error);

    for (size_t i = 0; !code && i < count; i++)
        code = scan_one(house, door, &house->times[i], error);
    door_close(door);
    if (!code)
        tell_times(house, "scan", count, SCAN_LIMIT_MS);
    return code;
}

/* --- through the real program --- */

static enum tk_code check_answer(char *object, struct tk_error *error)
{
    bool admitted = object && strstr(object, "\"verdict\":\"admitted\"");

    if (!admitted)
        tk_fail(error, TK_INTERNAL, "The door said: %s", object ? object : "nothing");
    free(object);
    return admitted ? TK_OK : TK_INTERNAL;
}

/* One after the other. */
static enum tk_code scan_lines(struct house *house, struct line_door *door, size_t count,
                               struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++) {
        int64_t start = bench_clock();

        line_door_scan(door, house->passes[house->next++]);
        code = check_answer(line_door_answer(door, LINE_DOOR_MS), error);
        house->times[i] = bench_seconds_since(start) * 1e3;
    }
    return code;
}

/* When they are due, whatever became of those before; each time counts from when it was due. */
static enum tk_code scan_paced(struct house *house, struct line_door *door, size_t count,
                               struct tk_error *error)
{
    int64_t step = 1000000000 / RATE, start = bench_clock();
    size_t sent = 0, answered = 0;
    enum tk_code code = TK_OK;

    while (!code && answered < count) {
        int64_t left = sent < count ? start + (int64_t)sent * step - bench_clock() : step;
        char *object;

        if (left <= 0) {
            line_door_scan(door, house->passes[house->next + sent++]);
            continue;
        }
        object = line_door_answer(door, (int)(left / 1000000));
        if (!object && sent < count)
            continue;
        house->times[answered] = (double)(bench_clock() - start - (int64_t)answered * step) / 1e6;
        if (object)
            answered++;
        else if (bench_clock() - start > (int64_t)count * step + 5000000000)
            code = tk_fail(error, TK_INTERNAL, "%zu scans were dropped.", count - answered);
        else
            continue;
        if (!code)
            code = check_answer(object, error);
    }
    house->next += count;
    return code;
}

static enum tk_code end_door(struct line_door *door, enum tk_code code, struct tk_error *error)
{
    int status = code ? 0 : line_door_end(door);

    if (!code && status)
        code =
            tk_fail(error, TK_INTERNAL, "The door ended with %d: %s", status, line_door_told(door));
    line_door_release(door);
    return code;
}

static enum tk_code scan_minute(struct house *house, struct tk_error *error)
{
    struct line_door_options options = {.home = house->bench->folder, .store = house->path};
    size_t count = RATE * (house->bench->small ? 3 : SECONDS);
    struct line_door door;
    enum tk_code code = line_door_start(&door, &options)
                            ? scan_lines(house, &door, 1, error) /* it has started */
                            : tk_fail(error, TK_INTERNAL, "The door cannot be started.");

    if (!code)
        code = scan_paced(house, &door, count, error);
    code = end_door(&door, code, error);
    if (!code)
        tell_times(house, "lines_60_a_second", count, PACE_LIMIT_MS);
    return code;
}

static enum tk_code write_token(struct house *house, struct process *service, char *variable,
                                size_t size, struct tk_error *error)
{
    char token[TOKEN_SIZE], path[BENCH_PATH_SIZE];
    bool written = process_token(service, ROLE_DOOR, token);
    int fd;

    bench_path(house->bench, path, "door.token");
    fd = written ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    written = fd >= 0 && write(fd, token, strlen(token)) == (ssize_t)strlen(token);
    if (fd >= 0)
        close(fd);
    snprintf(variable, size, "TICKETLY_STORE_TOKEN_FILE=%s", path);
    return written ? TK_OK : tk_fail(error, TK_INTERNAL, "The door has no token.");
}

/* The door's copy, whole, before it is held against time. */
static enum tk_code fetch_copy(struct house *house, const struct process *service,
                               const char *const *environment, struct tk_error *error)
{
    const char *const argv[] = {process_program(), "--central", service->url, "admin", "sync", NULL};
    struct run_options options = {
        .home = house->bench->folder, .environment = environment, .timeout_ms = COPY_MAX_MS};
    struct run run = {0};
    int64_t start = bench_clock();
    enum tk_code code = TK_OK;

    run_program(&run, &options, argv);
    if (run.status)
        code = tk_fail(error, TK_INTERNAL, "The door has no copy: %s", run.err);
    bench_say("the door's copy came in %.1f s", bench_seconds_since(start));
    run_release(&run);
    return code;
}

/* Then the same while the service is away. */
static enum tk_code scan_both_ways(struct house *house, struct process *service,
                                   struct line_door *door, struct tk_error *error)
{
    size_t count = bench_rows(house->bench, SCANS);
    enum tk_code code = scan_lines(house, door, 1, error); /* it has started */

    if (!code)
        code = scan_lines(house, door, count, error);
    if (code)
        return code;
    tell_times(house, "service", count, SERVICE_LIMIT_MS);
    process_kill(service);
    code = scan_lines(house, door, 1, error); /* it knows that */
    if (!code)
        code = scan_lines(house, door, count, error);
    if (!code)
        tell_times(house, "away", count, AWAY_LIMIT_MS);
    return code ? code
                : process_start_again(service) ? TK_OK
                                               : tk_fail(error, TK_INTERNAL, "It does not start.");
}

static enum tk_code scan_served(struct house *house, struct process *service,
                                struct tk_error *error)
{
    char variable[BENCH_PATH_SIZE + 40], data[BENCH_PATH_SIZE + 40];
    const char *environment[] = {variable, data, NULL};
    struct line_door_options options = {
        .home = house->bench->folder, .store = service->url, .environment = environment};
    struct line_door door = {.in = -1, .out = -1, .err = -1};
    enum tk_code code = write_token(house, service, variable, sizeof variable, error);

    snprintf(data, sizeof data, "XDG_DATA_HOME=%s/data", house->bench->folder);
    if (!code)
        code = fetch_copy(house, service, environment, error);
    if (!code && !line_door_start(&door, &options))
        code = tk_fail(error, TK_INTERNAL, "The door cannot be started.");
    if (!code)
        code = scan_both_ways(house, service, &door, error);
    return end_door(&door, code, error);
}

static enum tk_code scan_through_service(struct house *house, struct tk_error *error)
{
    char listen[BENCH_PATH_SIZE + 20]; /* the same after it was away */
    struct process_options options = {.folder = house->bench->folder,
                                      .store = house->path,
                                      .listen = listen,
                                      .tokens = true,
                                      .settings = "[service]\nlog = problems\n"};
    struct process service;
    enum tk_code code;

    snprintf(listen, sizeof listen, "unix:%s/socket", house->bench->folder);
    code = process_start(&service, &options)
               ? scan_served(house, &service, error)
               : tk_fail(error, TK_INTERNAL, "The service cannot be started.");
    process_release(&service);
    return code;
}

/* --- the pass alone --- */

/* A pass that another key made: no check is cut short. */
static void check_passes(struct house *house)
{
    size_t count = bench_rows(house->bench, CHECKS), genuine = 0;
    struct crypto_key key = {{1}}, other = {{2}};
    int64_t start;
    char pass[PASS_SIZE];
    double us;

    pass_make(pass, &other, 12345, SLOT_ID_FIRST);
    start = bench_clock();
    for (size_t i = 0; i < count; i++)
        genuine += pass_check(pass, &key, SLOT_ID_FIRST + (int64_t)(i % DOOR_SLOTS_MAX));
    us = bench_seconds_since(start) * 1e6 / (double)count;
    if (genuine)
        bench_say("%zu passes were taken for genuine", genuine);
    bench_figure("door_pass_check", us, "us", CHECK_LIMIT_US, us / CHECK_LIMIT_US);
}

enum tk_code bench_door(struct bench *bench, struct tk_error *error)
{
    struct house house;
    enum tk_code code = house_init(&house, bench, error);

    if (!code)
        code = sync_bare(&house, error);
    if (!code)
        code = scan_here(&house, error);
    if (!code)
        code = scan_through_service(&house, error);
    if (!code)
        code = scan_minute(&house, error);
    if (!code)
        check_passes(&house);
    house_release(&house);
    return code;
}
