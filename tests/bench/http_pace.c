/*
 * An open loop: one thread, epoll, HTTP_CONNECTIONS connections. A request is due at its own time,
 * waits in line for a connection when none is free, and its latency counts from when it was due
 * (Gil Tene's "coordinated omission").
 */
#include "tests/bench/http.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define GRACE_S 10 /* for the last answers */
#define ANSWER_MAX 4096

struct line {
    struct client client;
    double due; /* of the request that it carries; seconds since the start */
    bool busy;
    char answer[ANSWER_MAX];
    size_t length;
};

struct race {
    struct pace *pace;
    int epoll;
    int64_t start;
    struct line lines[HTTP_CONNECTIONS];
    unsigned idle[HTTP_CONNECTIONS], idle_count;
    size_t sent, total;
    double *latencies; /* owned; ms */
};

static enum tk_code open_lines(struct race *race, struct tk_error *error)
{
    for (unsigned i = 0; i < HTTP_CONNECTIONS; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

        if (!client_open(&race->lines[i].client, race->pace->address, 5000) ||
            epoll_ctl(race->epoll, EPOLL_CTL_ADD, race->lines[i].client.fd, &event))
            return tk_fail(error, TK_UNAVAILABLE, "The service cannot be reached.");
        race->idle[race->idle_count++] = i;
    }
    return TK_OK;
}

static bool send_sale(struct race *race, struct line *line)
{
    char body[128], request[512];
    int length;

    snprintf(body, sizeof body,
             "{\"operations\":[{\"operation\":\"book\",\"slotId\":%lld,\"numTickets\":1}]}",
             (long long)race->pace->slot);
    length = snprintf(request, sizeof request,
                      "POST /v1/operations HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                      "Content-Type: application/json\r\nIdempotency-Key: %s-%zu\r\n"
                      "Content-Length: %zu\r\n\r\n%s",
                      race->pace->name, race->sent, strlen(body), body);
    return client_send_bytes(&line->client, request, (size_t)length);
}

/* Sends what is due, as far as there are connections. */
static void send_due(struct race *race)
{
    double now = bench_seconds_since(race->start);

    while (race->idle_count && race->sent < race->total &&
           (double)race->sent / race->pace->rate <= now) {
        struct line *line = &race->lines[race->idle[--race->idle_count]];

        line->due = (double)race->sent / race->pace->rate;
        line->busy = true;
        line->length = 0;
        if (!send_sale(race, line))
            race->pace->failed++;
        race->sent++;
    }
}

/* Whether the answer is whole: head and Content-Length. */
static bool is_whole(const struct line *line)
{
    const char *end = strstr(line->answer, "\r\n\r\n");
    const char *size = strcasestr(line->answer, "\r\nContent-Length:");

    return end && size && size < end &&
           line->length >= (size_t)(end + 4 - line->answer) + strtoul(size + 17, NULL, 10);
}

static void end_sale(struct race *race, unsigned at, bool sold)
{
    struct line *line = &race->lines[at];

    line->busy = false;
    race->idle[race->idle_count++] = at;
    if (sold)
        race->latencies[race->pace->answered++] =
            (bench_seconds_since(race->start) - line->due) * 1e3;
    else
        race->pace->failed++;
}

/* False when the connection is gone. */
static bool take_answer(struct race *race, unsigned at)
{
    struct line *line = &race->lines[at];
    ssize_t count = recv(line->client.fd, line->answer + line->length,
                         ANSWER_MAX - 1 - line->length, MSG_DONTWAIT);

    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    if (count == 0)
        return false;
    line->length += (size_t)count;
    line->answer[line->length] = '\0';
    if (line->busy && is_whole(line))
        end_sale(race, at,
                 strncmp(line->answer + 9, "200", 3) == 0 &&
                     strstr(line->answer, "\"code\":\"ok\"") != NULL);
    return true;
}

/* Until the next request is due. Spinning would take the processor from the service. */
static struct timespec wait_time(const struct race *race)
{
    double left = (double)race->sent / race->pace->rate - bench_seconds_since(race->start);

    if (race->sent == race->total || !race->idle_count)
        left = 0.1;
    return (struct timespec){.tv_nsec = left > 0 ? (long)(left * 1e9) % 1000000000 : 0};
}

static enum tk_code run(struct race *race, struct tk_error *error)
{
    double last = race->pace->seconds + GRACE_S;

    while (race->pace->answered + race->pace->failed < race->total) {
        struct epoll_event events[HTTP_CONNECTIONS];
        struct timespec wait;
        int count;

        send_due(race);
        wait = wait_time(race);
        count = epoll_pwait2(race->epoll, events, HTTP_CONNECTIONS, &wait, NULL);
        for (int i = 0; i < count; i++)
            if (!take_answer(race, events[i].data.u32))
                return tk_fail(error, TK_UNAVAILABLE, "The service closed a connection.");
        if (bench_seconds_since(race->start) > last)
            return tk_fail(error, TK_UNAVAILABLE, "%zu of %zu sales were not answered in time.",
                           race->total - race->pace->answered, race->total);
    }
    return TK_OK;
}

static void sum_up(struct race *race)
{
    struct pace *pace = race->pace;

    pace->p99_ms = bench_quantile(race->latencies, pace->answered, 0.99);
    pace->p50_ms = bench_quantile(race->latencies, pace->answered, 0.5);
    pace->most_ms = pace->answered ? race->latencies[pace->answered - 1] : 0;
}

enum tk_code pace_run(struct pace *pace, struct tk_error *error)
{
    struct race *race = calloc(1, sizeof *race);
    enum tk_code code;

    if (!race)
        return tk_fail_code(error, TK_NO_MEMORY);
    for (unsigned i = 0; i < HTTP_CONNECTIONS; i++)
        race->lines[i].client.fd = -1;
    race->pace = pace;
    race->total = (size_t)(pace->rate * pace->seconds);
    race->latencies = calloc(race->total + 1, sizeof *race->latencies);
    race->epoll = epoll_create1(EPOLL_CLOEXEC);
    code = race->latencies && race->epoll >= 0 ? open_lines(race, error)
                                               : tk_fail_code(error, TK_NO_MEMORY);
    prctl(PR_SET_TIMERSLACK, 1);
    race->start = bench_clock();
    if (!code)
        code = run(race, error);
    if (!code)
        sum_up(race);
    for (unsigned i = 0; i < HTTP_CONNECTIONS; i++)
        client_close(&race->lines[i].client);
    if (race->epoll >= 0)
        close(race->epoll);
    free(race->latencies);
    free(race);
    return code;
}
