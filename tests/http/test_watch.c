/* What operators see: metrics, rate limits, systemd; the log is in test_log.c. */
#include "ui/http/watch.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/test.h"

#define THREADS 4
#define ROUNDS 2000

/* --- metrics --- */

static const struct route some_routes[] = {
    {.method = "GET", .path = "/v1/slots/{slotId}", .flags = 0},
    {.method = "POST", .path = "/v1/tickets", .flags = ROUTE_CHANGES},
};

static char *print_metrics(const struct metrics *metrics)
{
    struct metrics_gauges gauges = {.queue_depth = 3, .ready = true, .log_lost = 7};
    struct buffer out;

    buffer_init(&out, 1 << 20);
    metrics_print(metrics, &gauges, &out);
    CU_ASSERT_FALSE(out.failed);
    return out.data;
}

/* The value of the line that begins with `line`; -1 when there is none. */
static double value_of(const char *text, const char *line)
{
    size_t length = strlen(line);

    for (const char *at = text; at && *at; at = strchr(at, '\n'), at += at != NULL)
        if (strncmp(at, line, length) == 0 && at[length] == ' ')
            return strtod(at + length, NULL);
    return -1;
}

/* One commit of `sold` tickets, a refusal, a replay and an expiry of two. */
static void commit_some(struct metrics *metrics, int32_t sold, int64_t took_us)
{
    struct operation operations[4] = {
        {.kind = OP_BOOK}, {.kind = OP_BOOK}, {.kind = OP_BOOK}, {.kind = OP_EXPIRE}};
    struct outcome outcomes[4] = {{.code = TK_OK, .count = sold},
                                  {.code = TK_SOLD_OUT},
                                  {.code = TK_OK, .count = 5, .replayed = true},
                                  {.code = TK_OK, .count = 2}};

    metrics_commit(metrics, operations, outcomes, 4, took_us);
}

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz_0123456789", text[i]))
            return false;
    return length > 0;
}

/* name="value", … with its closing brace; NULL when it is not like that. */
static const char *skip_labels(const char *at)
{
    do {
        size_t length = strcspn(++at, "=");

        if (!is_name(at, length) || strncmp(at + length, "=\"", 2) != 0)
            return NULL;
        at += length + 2;
        at += strcspn(at, "\"\n\\");
        if (*at++ != '"')
            return NULL;
    } while (*at == ',');
    return *at == '}' ? at + 1 : NULL;
}

static bool is_sample(const char *line)
{
    size_t length = strcspn(line, "{ ");
    const char *at = line + length;
    char *end;

    if (strncmp(line, "ticketly_", 9) != 0 || !is_name(line, length))
        return false;
    if (*at == '{')
        at = skip_labels(at);
    if (!at || *at != ' ')
        return false;
    strtod(at + 1, &end);
    return end > at + 1 && *end == '\0';
}

static void test_metrics_text(void)
{
    struct metrics *metrics = metrics_new();
    char *text, *rest, *line;
    int samples = 0;

    metrics_request(metrics, &some_routes[0], 200, TK_OK, 700);
    metrics_request(metrics, &some_routes[1], 409, TK_SOLD_OUT, 3000);
    metrics_request(metrics, NULL, 299, TK_BAD_REQUEST, 20000000);
    commit_some(metrics, 4, 900);
    rest = text = print_metrics(metrics);
    while ((line = strsep(&rest, "\n")) && *line) {
        bool comment = strncmp(line, "# HELP ticketly_", 16) == 0 ||
                       strncmp(line, "# TYPE ticketly_", 16) == 0;

        if (!comment && !is_sample(line)) {
            fprintf(stderr, "not a sample: %s\n", line);
            CU_FAIL("a line that Prometheus would not read");
        }
        samples += !comment;
    }
    CU_ASSERT(samples > 50);
    CU_ASSERT(line && !rest); /* it ends with a newline and nothing after it */
    free(text);
    metrics_free(metrics);
}

static void test_metrics_values(void)
{
    struct metrics *metrics = metrics_new();
    char *text;

    for (int i = 0; i < 3; i++)
        metrics_request(metrics, &some_routes[0], 200, TK_OK, 500);
    metrics_request(metrics, &some_routes[0], 404, TK_SLOT_NOT_FOUND, 501);
    metrics_request(metrics, NULL, 404, TK_NOT_FOUND, 11000000);
    commit_some(metrics, 4, 900);
    metrics_commit_failed(metrics, TK_BUSY);
    metrics_commit_failed(metrics, TK_BUSY);
    metrics_upkeep(metrics, INT64_C(1795370400123456), false);
    metrics_upkeep(metrics, INT64_C(1795370460123456), true);
    text = print_metrics(metrics);
#define IS(line, value) CU_ASSERT_DOUBLE_EQUAL(value_of(text, "ticketly_" line), value, 1e-9)
#define SLOT "route=\"/v1/slots/{slotId}\",method=\"GET\""
    IS("requests_total{" SLOT ",code=\"200\"}", 3);
    IS("requests_total{" SLOT ",code=\"404\"}", 1);
    IS("requests_total{route=\"unknown\",method=\"any\",code=\"404\"}", 1);
    IS("request_duration_seconds_bucket{" SLOT ",le=\"0.0005\"}", 3);
    IS("request_duration_seconds_bucket{" SLOT ",le=\"0.001\"}", 4);
    IS("request_duration_seconds_bucket{" SLOT ",le=\"+Inf\"}", 4);
    IS("request_duration_seconds_sum{" SLOT "}", 0.002001);
    IS("request_duration_seconds_count{" SLOT "}", 4);
    IS("request_duration_seconds_bucket{route=\"unknown\",method=\"any\",le=\"10\"}", 0);
    IS("request_duration_seconds_bucket{route=\"unknown\",method=\"any\",le=\"+Inf\"}", 1);
    IS("refusals_total{code=\"slot_not_found\"}", 1);
    /* an alarm sees an increase only where there was a number before */
    IS("refusals_total{code=\"disk_full\"}", 0);
    IS("refusals_total{code=\"overloaded\"}", 0);
    IS("operations_total{kind=\"book\",code=\"ok\"}", 1);
    IS("operations_total{kind=\"book\",code=\"sold_out\"}", 1);
    IS("operations_total{kind=\"cancel\",code=\"ok\"}", 0);
    IS("operations_replayed_total", 1);
    IS("sales_total", 4);
    IS("expired_total", 2);
    IS("commit_operations_bucket{le=\"2\"}", 0);
    IS("commit_operations_bucket{le=\"4\"}", 1);
    IS("commit_operations_sum", 4);
    IS("commit_duration_seconds_sum", 0.0009);
    IS("commit_failures_total{code=\"busy\"}", 2);
    IS("commit_failures_total{code=\"disk_full\"}", 0);
    IS("upkeep_runs_total", 2);
    IS("upkeep_failures_total", 1);
    IS("upkeep_last_success_timestamp_seconds", 1795370400);
    IS("queue_depth", 3);
    IS("log_lines_lost_total", 7);
    IS("ready", 1);
#undef SLOT
#undef IS
    free(text);
    metrics_free(metrics);
}

#define MANY_ROUTES 100

struct counting {
    struct metrics *metrics;
    pthread_barrier_t *together;
};

static struct route many_routes[MANY_ROUTES];

static void *count_much(void *argument)
{
    struct counting *counting = argument;

    pthread_barrier_wait(counting->together);
    for (int i = 0; i < ROUNDS * MANY_ROUTES; i++)
        metrics_request(counting->metrics, &many_routes[i % MANY_ROUTES], 200, TK_OK, i);
    for (int i = 0; i < ROUNDS; i++)
        commit_some(counting->metrics, 1, i);
    return NULL;
}

static void expect_each(const char *text)
{
    for (int i = 0; i < MANY_ROUTES; i++) {
        char line[200];

        snprintf(line, sizeof line,
                 "ticketly_requests_total{route=\"%s\",method=\"GET\",code=\"200\"}",
                 many_routes[i].path);
        CU_ASSERT_DOUBLE_EQUAL(value_of(text, line), (double)THREADS * ROUNDS, 0.1);
    }
}

static void test_metrics_threads(void)
{
    static char paths[MANY_ROUTES][16];
    pthread_barrier_t together;
    struct counting counting = {metrics_new(), &together};
    pthread_t threads[THREADS];
    char *text;

    for (int i = 0; i < MANY_ROUTES; i++) {
        snprintf(paths[i], sizeof paths[i], "/%d", i);
        many_routes[i] = (struct route){.method = "GET", .path = paths[i]};
    }
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, count_much, &counting), 0);
    free(print_metrics(counting.metrics)); /* while they count */
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    text = print_metrics(counting.metrics);
    expect_each(text);
    CU_ASSERT_DOUBLE_EQUAL(value_of(text, "ticketly_sales_total"), (double)THREADS * ROUNDS, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(value_of(text, "ticketly_expired_total"), 2.0 * THREADS * ROUNDS, 0.1);
    free(text);
    pthread_barrier_destroy(&together);
    metrics_free(counting.metrics);
}

/* More routes than there is room for are counted all the same. */
static void test_metrics_many_routes(void)
{
    static struct route routes[200];
    struct metrics *metrics = metrics_new();
    char *text;

    for (size_t i = 0; i < 200; i++) {
        routes[i] = (struct route){.method = "GET", .path = "/x"};
        metrics_request(metrics, &routes[i], 200, TK_OK, 1);
    }
    text = print_metrics(metrics);
    CU_ASSERT_DOUBLE_EQUAL(
        value_of(text, "ticketly_requests_total{route=\"unknown\",method=\"any\",code=\"200\"}"),
        200 - 128, 0.1);
    free(text);
    metrics_free(metrics);
}

/* --- rate --- */

#define S INT64_C(1000000)

static unsigned take_all(struct rate_limit *limit, const char *name, int64_t now_us)
{
    unsigned taken = 0, retry_s;

    while (taken < 1000 && rate_limit_take(limit, name, now_us, &retry_s))
        taken++;
    return taken;
}

static void test_rate(void)
{
    struct rate_limit *limit = rate_limit_new(2, 5, 100);
    unsigned retry_s = 99;

    CU_ASSERT_EQUAL(take_all(limit, "a", 100 * S), 5);
    CU_ASSERT_EQUAL(take_all(limit, "b", 100 * S), 5); /* each for himself */
    CU_ASSERT_FALSE(rate_limit_take(limit, "a", 100 * S, &retry_s));
    CU_ASSERT_EQUAL(retry_s, 1);
    CU_ASSERT_FALSE(rate_limit_has(limit, "a", 100 * S + 499999, &retry_s));
    CU_ASSERT_TRUE(rate_limit_has(limit, "a", 100 * S + 500000, &retry_s));
    CU_ASSERT_EQUAL(take_all(limit, "a", 100 * S + 500000), 1); /* has takes nothing */
    CU_ASSERT_EQUAL(take_all(limit, "a", 101 * S + 500000), 2);
    CU_ASSERT_EQUAL(take_all(limit, "a", 200 * S), 5); /* never more than the burst */
    CU_ASSERT_TRUE(rate_limit_has(limit, "unheard", 200 * S, &retry_s));
    rate_limit_give(limit, "a"); /* back, and once */
    rate_limit_give(limit, "unheard");
    CU_ASSERT_EQUAL(take_all(limit, "a", 200 * S), 1);
    CU_ASSERT_EQUAL(take_all(limit, "unheard", 200 * S), 5);
    rate_limit_give(limit, "unheard");
    CU_ASSERT_EQUAL(take_all(limit, "unheard", 300 * S), 5);
    rate_limit_free(limit);
    limit = rate_limit_new(0, 1, 1);
    CU_ASSERT_EQUAL(take_all(limit, "a", 1), 1000); /* no limit */
    rate_limit_free(limit);
    rate_limit_free(NULL);
}

static void test_rate_retry(void)
{
    struct rate_limit *limit = rate_limit_new(1, 10, 10);
    unsigned retry_s = 0;

    take_all(limit, "a", S);
    for (int i = 0; i < 3; i++) /* refusals cost nothing */
        CU_ASSERT_FALSE(rate_limit_take(limit, "a", S + S / 2, &retry_s));
    CU_ASSERT_EQUAL(retry_s, 1);
    CU_ASSERT_TRUE(rate_limit_take(limit, "a", S + S / 2 + retry_s * S, &retry_s));
    rate_limit_free(limit);
}

/* The table is bounded: the name unused for longest is forgotten first. */
static void test_rate_forgets(void)
{
    struct rate_limit *limit = rate_limit_new(1, 1, 3);
    unsigned retry_s;

    CU_ASSERT_TRUE(rate_limit_take(limit, "a", S, &retry_s));
    CU_ASSERT_TRUE(rate_limit_take(limit, "b", S, &retry_s));
    CU_ASSERT_TRUE(rate_limit_take(limit, "c", S, &retry_s));
    CU_ASSERT_FALSE(rate_limit_take(limit, "a", S, &retry_s)); /* used: now b is the oldest */
    CU_ASSERT_TRUE(rate_limit_take(limit, "d", S, &retry_s));
    CU_ASSERT_FALSE(rate_limit_has(limit, "a", S, &retry_s));
    CU_ASSERT_FALSE(rate_limit_has(limit, "c", S, &retry_s));
    CU_ASSERT_FALSE(rate_limit_has(limit, "d", S, &retry_s));
    CU_ASSERT_TRUE(rate_limit_has(limit, "b", S, &retry_s));
    for (int i = 0; i < 10000; i++) {
        char name[100];

        snprintf(name, sizeof name, "192.0.2.%d and a name that is much longer than a bucket has "
                                    "room for, which is cut", i);
        rate_limit_take(limit, name, S + i, &retry_s);
    }
    CU_ASSERT_TRUE(rate_limit_take(limit, "a", S, &retry_s));
    rate_limit_free(limit);
}

struct takers {
    struct rate_limit *limit;
    unsigned taken;
};

static void *take_in_thread(void *argument)
{
    struct takers *takers = argument;
    unsigned retry_s;

    for (int i = 0; i < ROUNDS; i++) {
        char name[20];

        takers->taken += rate_limit_take(takers->limit, "shared", S, &retry_s);
        snprintf(name, sizeof name, "%d", i % 500);
        rate_limit_take(takers->limit, name, S, &retry_s);
    }
    return NULL;
}

static void test_rate_threads(void)
{
    struct rate_limit *limit = rate_limit_new(1000, 700, 4096);
    struct takers takers[THREADS];
    pthread_t threads[THREADS];
    unsigned taken = 0;

    for (int i = 0; i < THREADS; i++) {
        takers[i] = (struct takers){.limit = limit};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, take_in_thread, &takers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        taken += takers[i].taken;
    }
    CU_ASSERT_EQUAL(taken, 700);
    rate_limit_free(limit);
}

/* --- systemd --- */

/* What systemd would hear at an address of its own; the name as in $NOTIFY_SOCKET. */
static void hear(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    int in = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char heard[100];
    ssize_t count;

    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    CU_ASSERT_EQUAL_FATAL(bind(in, (struct sockaddr *)&address, length), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    notify_systemd("READY=1\nSTATUS=Selling.");
    count = recv(in, heard, sizeof heard - 1, MSG_DONTWAIT);
    CU_ASSERT_FATAL(count > 0);
    heard[count] = '\0';
    CU_ASSERT_STRING_EQUAL(heard, "READY=1\nSTATUS=Selling.");
    close(in);
    notify_systemd("READY=1"); /* nobody there: nothing happens */
    unsetenv("NOTIFY_SOCKET");
}

static void test_notify(void)
{
    char folder[200], name[300];

    test_folder(folder, sizeof folder);
    snprintf(name, sizeof name, "%s/n", folder);
    hear(name);
    snprintf(name, sizeof name, "@ticketly-test-%d", getpid());
    hear(name);
    notify_systemd("READY=1");
    setenv("NOTIFY_SOCKET", "nonsense", 1);
    notify_systemd("READY=1");
    unsetenv("NOTIFY_SOCKET");
}

static void test_watchdog(void)
{
    char pid[20];

    CU_ASSERT_EQUAL(notify_watchdog_us(), 0);
    setenv("WATCHDOG_USEC", "30000000", 1);
    CU_ASSERT_EQUAL(notify_watchdog_us(), 15000000);
    setenv("WATCHDOG_PID", "1", 1);
    CU_ASSERT_EQUAL(notify_watchdog_us(), 0);
    snprintf(pid, sizeof pid, "%d", getpid());
    setenv("WATCHDOG_PID", pid, 1);
    CU_ASSERT_EQUAL(notify_watchdog_us(), 15000000);
    setenv("WATCHDOG_USEC", "soon", 1);
    CU_ASSERT_EQUAL(notify_watchdog_us(), 0);
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

/* With a listening socket as descriptor 3, which is put back afterwards. */
static void test_listener(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int kept = fcntl(3, F_DUPFD_CLOEXEC, 100), in = socket(AF_UNIX, SOCK_STREAM, 0);
    char pid[20];

    CU_ASSERT_EQUAL(notify_listener(), -1);
    CU_ASSERT_EQUAL_FATAL(bind(in, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
    CU_ASSERT_EQUAL_FATAL(listen(in, 1), 0);
    if (in != 3) {
        dup2(in, 3);
        close(in);
    }
    snprintf(pid, sizeof pid, "%d", getpid());
    setenv("LISTEN_PID", "1", 1);
    setenv("LISTEN_FDS", "1", 1);
    CU_ASSERT_EQUAL(notify_listener(), -1); /* meant for another process */
    CU_ASSERT_PTR_NULL(getenv("LISTEN_PID"));
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    CU_ASSERT_EQUAL(notify_listener(), 3);
    CU_ASSERT_EQUAL(fcntl(3, F_GETFD), FD_CLOEXEC);
    CU_ASSERT_PTR_NULL(getenv("LISTEN_FDS"));
    CU_ASSERT_EQUAL(notify_listener(), -1); /* only once */
    if (kept >= 0) {
        dup2(kept, 3);
        close(kept);
    } else {
        close(3);
    }
}

SUITE(watch, {"metrics are text that Prometheus reads", test_metrics_text},
      {"metrics say what was counted", test_metrics_values},
      {"metrics lose nothing when many threads count", test_metrics_threads},
      {"more routes than there is room for count as unknown", test_metrics_many_routes},
      {"a bucket gives its burst and then its rate", test_rate},
      {"when to try again is true", test_rate_retry},
      {"a table of buckets is bounded and forgets the oldest", test_rate_forgets},
      {"a bucket gives no more when many threads ask", test_rate_threads},
      {"systemd is told, at a path and at an abstract name", test_notify},
      {"the watchdog's time is read", test_watchdog},
      {"systemd's socket is taken", test_listener})
