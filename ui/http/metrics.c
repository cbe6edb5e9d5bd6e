#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ui/http/watch.h"

/* Prometheus text exposition format, version 0.0.4; names after its "Metric and label naming". */

#define PREFIX "ticketly_"
#define BUCKETS_MAX 16
#define ROUTES_MAX 128 /* a power of two, well above the number of routes */

/* X(metric, name, type, function that prints its lines or NULL for one plain number, help) */
/* clang-format off */
#define METRIC_TABLE(X)                                                                                        \
    X(REQUESTS,         "requests_total",           "counter",   print_requests,   "Requests answered, by route, method and status.") \
    X(REQUEST_TIME,     "request_duration_seconds", "histogram", print_times,      "From a request's head to its answer; what waits for a change waits on purpose.") \
    X(REFUSALS,         "refusals_total",           "counter",   print_refusals,   "Requests that were not granted, by code.") \
    X(OPERATIONS,       "operations_total",         "counter",   print_operations, "Operations that were committed, by kind and outcome.") \
    X(REPLAYED,         "operations_replayed_total", "counter",  NULL,             "Operations that were sent again and answered as the first time.") \
    X(COMMIT_SIZE,      "commit_operations",        "histogram", print_sizes,      "Operations in one commit.") \
    X(COMMIT_TIME,      "commit_duration_seconds",  "histogram", print_commits,    "How long a commit took, its sync of the disk included.") \
    X(COMMIT_FAILURES,  "commit_failures_total",    "counter",   print_failures,   "Commits that failed, by code.") \
    X(SALES,            "sales_total",              "counter",   NULL,             "Tickets sold.")              \
    X(REISSUED,         "reissued_total",           "counter",   NULL,             "Tickets given for others.")  \
    X(CANCELED,         "canceled_total",           "counter",   NULL,             "Tickets taken back; those that were reissued are not among them.") \
    X(EXPIRED,          "expired_total",            "counter",   NULL,             "Tickets that expired.")      \
    X(ARCHIVED,         "archived_total",           "counter",   NULL,             "Tickets that were archived.") \
    X(ADMISSIONS,       "admissions_total",         "counter",   print_admissions, "Scans at doors, by verdict; one told again counts once.") \
    X(WRONG_PASSES,     "wrong_passes_total",       "counter",   NULL,             "Scans of passes that are not genuine or of no known ticket.") \
    X(SCHEDULED,        "scheduled_total",          "counter",   NULL,             "Showings put into the programme.") \
    X(UPKEEP_RUNS,      "upkeep_runs_total",        "counter",   NULL,             "Times that upkeep ran.")     \
    X(UPKEEP_FAILURES,  "upkeep_failures_total",    "counter",   NULL,             "Times that upkeep failed.")  \
    X(UPKEEP_SUCCESS,   "upkeep_last_success_timestamp_seconds", "gauge", NULL,    "When upkeep last went well; 0: not since the start.") \
    X(QUEUE,            "queue_depth",              "gauge",     NULL,             "Operations that wait for a commit.") \
    X(WORK,             "work_depth",               "gauge",     NULL,             "Requests that wait for a worker.") \
    X(WAITING,          "waiting",                  "gauge",     NULL,             "Requests that wait for a change.") \
    X(WOKEN,            "woken_total",              "counter",   NULL,             "Times that a request which waits for a change was sent to look.") \
    X(CONNECTIONS,      "connections",              "gauge",     NULL,             "Open connections.")          \
    X(IN_HAND,          "requests_in_hand",         "gauge",     NULL,             "Requests that are not answered yet.") \
    X(LOG_LOST,         "log_lines_lost_total",     "counter",   NULL,             "Lines of the log that nobody read in time.") \
    X(READY,            "ready",                    "gauge",     NULL,             "1 when the service takes work.") \
    X(UPTIME,           "uptime_seconds",           "gauge",     NULL,             "Since the service started.") \
    X(BUILD,            "build_info",               "gauge",     print_build,      "1, with the version.")
/* clang-format on */

enum metric {
#define X(metric, name, type, print, help) METRIC_##metric,
    METRIC_TABLE(X)
#undef X
        METRIC_COUNT
};

/* Statuses with a counter of their own; index 0 takes all others. */
static const short statuses[] = {0,   200, 201, 202, 204, 206, 301, 304, 307, 308, 400,
                                 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415,
                                 422, 429, 431, 500, 501, 503, 504, 505, 507};
#define STATUS_COUNT (sizeof statuses / sizeof *statuses)

/* Upper bounds of buckets, in the unit that is counted, of which `unit` make what is printed. */
struct scale {
    uint64_t bounds[BUCKETS_MAX];
    size_t count;
    double unit;
};

/* µs counted, seconds printed */
static const struct scale times = {{500, 1000, 2000, 4000, 10000, 25000, 50000, 100000, 250000,
                                    500000, 1000000, 2500000, 5000000, 10000000},
                                   14,
                                   1e6};
static const struct scale sizes = {{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}, 11, 1};

struct histogram {
    atomic_ullong buckets[BUCKETS_MAX + 1]; /* not cumulative; after the last bound: above it */
    atomic_ullong sum;
};

/* Found by the route's address; a place once taken stays. */
struct route_counts {
    _Atomic(const struct route *) route; /* NULL: free */
    atomic_ullong answers[STATUS_COUNT];
    struct histogram took;
};

struct metrics {
    struct route_counts routes[ROUTES_MAX];
    struct route_counts unknown; /* addresses that are none, and what was no request at all */
    atomic_ullong values[METRIC_COUNT];
    atomic_ullong refusals[TK_CODE_COUNT];
    atomic_ullong operations[OP_KIND_COUNT][TK_CODE_COUNT];
    atomic_ullong commit_failures[TK_CODE_COUNT];
    atomic_ullong verdicts[VERDICT_COUNT];
    struct histogram commit_size, commit_time;
};

struct metrics *metrics_new(void)
{
    return calloc(1, sizeof(struct metrics));
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

/* --- counting --- */

static void count_more(atomic_ullong *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t count_now(const atomic_ullong *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void histogram_add(struct histogram *histogram, const struct scale *scale, int64_t value)
{
    uint64_t amount = value > 0 ? (uint64_t)value : 0;
    size_t at = 0;

    while (at < scale->count && amount > scale->bounds[at])
        at++;
    count_more(&histogram->buckets[at], 1);
    count_more(&histogram->sum, amount);
}

static size_t status_index(int status)
{
    for (size_t i = 1; i < STATUS_COUNT; i++)
        if (statuses[i] == status)
            return i;
    return 0;
}

/* The counts of a route, taking a free place when it is seen for the first time. */
static struct route_counts *route_counts_get(struct metrics *metrics, const struct route *route)
{
    size_t start = (size_t)((uintptr_t)route * UINT64_C(0x9E3779B97F4A7C15) >> 40);

    for (size_t i = 0; route && i < ROUTES_MAX; i++) {
        struct route_counts *counts = &metrics->routes[(start + i) % ROUTES_MAX];
        const struct route *found = atomic_load_explicit(&counts->route, memory_order_acquire);

        if (!found && atomic_compare_exchange_strong(&counts->route, &found, route))
            return counts;
        if (found == route)
            return counts;
    }
    return &metrics->unknown;
}

void metrics_request(struct metrics *metrics, const struct route *route, int status,
                     enum tk_code refused, int64_t took_us)
{
    struct route_counts *counts = route_counts_get(metrics, route);

    count_more(&counts->answers[status_index(status)], 1);
    histogram_add(&counts->took, &times, took_us);
    if (refused != TK_OK && refused < TK_CODE_COUNT)
        count_more(&metrics->refusals[refused], 1);
}

/* Which counter of tickets or showings an operation of a kind adds to. */
static enum metric metric_of_kind(enum op_kind kind)
{
    switch (kind) {
    case OP_SCHEDULE:
        return METRIC_SCHEDULED;
    case OP_BOOK:
        return METRIC_SALES;
    case OP_REISSUE:
        return METRIC_REISSUED;
    case OP_CANCEL:
        return METRIC_CANCELED;
    case OP_EXPIRE:
        return METRIC_EXPIRED;
    case OP_ARCHIVE:
        return METRIC_ARCHIVED;
    default:
        return METRIC_COUNT;
    }
}

static void count_outcome(struct metrics *metrics, enum op_kind kind, const struct outcome *outcome)
{
    enum metric metric = metric_of_kind(kind);
    bool one_each = kind == OP_SCHEDULE || kind == OP_REISSUE;

    if (outcome->replayed) {
        count_more(&metrics->values[METRIC_REPLAYED], 1);
        return;
    }
    if (kind >= OP_KIND_COUNT || outcome->code >= TK_CODE_COUNT)
        return;
    count_more(&metrics->operations[kind][outcome->code], 1);
    if (outcome->code != TK_OK || metric == METRIC_COUNT)
        return;
    count_more(&metrics->values[metric],
               one_each ? 1 : outcome->count > 0 ? (uint64_t)outcome->count : 0);
}

void metrics_commit(struct metrics *metrics, const struct operation *operations,
                    const struct outcome *outcomes, size_t count, int64_t took_us)
{
    histogram_add(&metrics->commit_size, &sizes, (int64_t)count);
    histogram_add(&metrics->commit_time, &times, took_us);
    for (size_t i = 0; i < count; i++)
        count_outcome(metrics, operations[i].kind, &outcomes[i]);
}

void metrics_commit_failed(struct metrics *metrics, enum tk_code code)
{
    if (code < TK_CODE_COUNT)
        count_more(&metrics->commit_failures[code], 1);
}

bool metrics_is_trouble(enum tk_code code)
{
    static const enum tk_code troubles[] = {TK_IO, TK_DISK_FULL, TK_UNKNOWN, TK_READ_ONLY,
                                            TK_CORRUPT, TK_NOT_A_STORE, TK_CANNOT_CREATE,
                                            TK_UNAVAILABLE};

    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (troubles[i] == code)
            return true;
    return false;
}

void metrics_admission(struct metrics *metrics, enum verdict verdict, bool wrong)
{
    if ((unsigned)verdict < VERDICT_COUNT)
        count_more(&metrics->verdicts[verdict], 1);
    if (wrong)
        count_more(&metrics->values[METRIC_WRONG_PASSES], 1);
}

void metrics_woken(struct metrics *metrics, size_t count)
{
    count_more(&metrics->values[METRIC_WOKEN], count);
}

void metrics_upkeep(struct metrics *metrics, int64_t at, bool failed)
{
    count_more(&metrics->values[METRIC_UPKEEP_RUNS], 1);
    if (failed)
        count_more(&metrics->values[METRIC_UPKEEP_FAILURES], 1);
    else
        atomic_store_explicit(&metrics->values[METRIC_UPKEEP_SUCCESS],
                              (unsigned long long)(at / TIME_SECOND), memory_order_relaxed);
}

/* --- printing --- */

/* `labels` is "" or ends with a comma. */
static void print_histogram(struct buffer *out, const char *name, const char *labels,
                            const struct histogram *histogram, const struct scale *scale)
{
    uint64_t sum = count_now(&histogram->sum), count = 0;
    size_t length = strlen(labels);

    for (size_t i = 0; i < scale->count; i++) {
        count += count_now(&histogram->buckets[i]);
        buffer_addf(out, PREFIX "%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, labels,
                    (double)scale->bounds[i] / scale->unit, count);
    }
    count += count_now(&histogram->buckets[scale->count]);
    buffer_addf(out, PREFIX "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, labels, count);
    if (length) {
        buffer_addf(out, PREFIX "%s_sum{%.*s} %.6f\n", name, (int)length - 1, labels,
                    (double)sum / scale->unit);
        buffer_addf(out, PREFIX "%s_count{%.*s} %" PRIu64 "\n", name, (int)length - 1, labels,
                    count);
    } else {
        buffer_addf(out, PREFIX "%s_sum %.6f\n", name, (double)sum / scale->unit);
        buffer_addf(out, PREFIX "%s_count %" PRIu64 "\n", name, count);
    }
}

/* route="/v1/slots",method="GET", */
static void route_labels(char *labels, size_t size, const struct route *route)
{
    snprintf(labels, size, "route=\"%s\",method=\"%s\",", route ? route->path : "unknown",
             route ? route->method : "any");
}

static void print_answers(struct buffer *out, const char *name, const struct route_counts *counts)
{
    char labels[200];

    route_labels(labels, sizeof labels, atomic_load(&counts->route));
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        uint64_t count = count_now(&counts->answers[i]);

        if (count && i)
            buffer_addf(out, PREFIX "%s{%scode=\"%d\"} %" PRIu64 "\n", name, labels, statuses[i],
                        count);
        else if (count)
            buffer_addf(out, PREFIX "%s{%scode=\"other\"} %" PRIu64 "\n", name, labels, count);
    }
}

static void print_requests(const struct metrics *metrics, const char *name, struct buffer *out)
{
    for (size_t i = 0; i < ROUTES_MAX; i++)
        if (atomic_load(&metrics->routes[i].route))
            print_answers(out, name, &metrics->routes[i]);
    print_answers(out, name, &metrics->unknown);
}

static void print_times(const struct metrics *metrics, const char *name, struct buffer *out)
{
    char labels[200];

    for (size_t i = 0; i < ROUTES_MAX; i++) {
        const struct route *route = atomic_load(&metrics->routes[i].route);

        route_labels(labels, sizeof labels, route);
        if (route)
            print_histogram(out, name, labels, &metrics->routes[i].took, &times);
    }
    route_labels(labels, sizeof labels, NULL);
    print_histogram(out, name, labels, &metrics->unknown.took, &times);
}

/* All of them always: Prometheus sees no increase in a series that begins with 1, and an alarm has to
   go off at the first failure of the disk. */
static void print_refusals(const struct metrics *metrics, const char *name, struct buffer *out)
{
    for (enum tk_code code = TK_OK + 1; code < TK_CODE_COUNT; code++)
        buffer_addf(out, PREFIX "%s{code=\"%s\"} %" PRIu64 "\n", name, tk_code_name(code),
                    count_now(&metrics->refusals[code]));
}

/* Those that went well always, so that a rate can be taken from the first one on. */
static void print_operations(const struct metrics *metrics, const char *name, struct buffer *out)
{
    for (enum op_kind kind = 0; kind < OP_KIND_COUNT; kind++)
        for (enum tk_code code = TK_OK; code < TK_CODE_COUNT; code++) {
            uint64_t count = count_now(&metrics->operations[kind][code]);

            if (count || code == TK_OK)
                buffer_addf(out, PREFIX "%s{kind=\"%s\",code=\"%s\"} %" PRIu64 "\n", name,
                            op_kind_name(kind), tk_code_name(code), count);
        }
}

/* All of them always, so that a rate can be taken from the first one on. */
static void print_admissions(const struct metrics *metrics, const char *name, struct buffer *out)
{
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        buffer_addf(out, PREFIX "%s{verdict=\"%s\"} %" PRIu64 "\n", name,
                    verdict_name((enum verdict)verdict), count_now(&metrics->verdicts[verdict]));
}

static void print_sizes(const struct metrics *metrics, const char *name, struct buffer *out)
{
    print_histogram(out, name, "", &metrics->commit_size, &sizes);
}

static void print_commits(const struct metrics *metrics, const char *name, struct buffer *out)
{
    print_histogram(out, name, "", &metrics->commit_time, &times);
}

/* Those that mean trouble always, so that the first one is seen as an increase. */
static void print_failures(const struct metrics *metrics, const char *name, struct buffer *out)
{
    for (enum tk_code code = TK_OK + 1; code < TK_CODE_COUNT; code++) {
        uint64_t count = count_now(&metrics->commit_failures[code]);

        if (count || metrics_is_trouble(code))
            buffer_addf(out, PREFIX "%s{code=\"%s\"} %" PRIu64 "\n", name, tk_code_name(code),
                        count);
    }
}

static void print_build(const struct metrics *metrics, const char *name, struct buffer *out)
{
    (void)metrics;
    buffer_addf(out, PREFIX "%s{version=\"" TICKETLY_VERSION "\"} 1\n", name);
}

static const struct metric_info {
    const char *name, *type, *help;
    void (*print)(const struct metrics *metrics, const char *name, struct buffer *out);
} metric_infos[METRIC_COUNT] = {
#define X(metric, name, type, print, help) [METRIC_##metric] = {name, type, help, print},
    METRIC_TABLE(X)
#undef X
};

static void take_values(const struct metrics *metrics, const struct metrics_gauges *gauges,
                        uint64_t values[METRIC_COUNT])
{
    for (size_t i = 0; i < METRIC_COUNT; i++)
        values[i] = count_now(&metrics->values[i]);
    values[METRIC_QUEUE] = gauges->queue_depth;
    values[METRIC_WORK] = gauges->work_depth;
    values[METRIC_WAITING] = gauges->waiting;
    values[METRIC_CONNECTIONS] = gauges->connections;
    values[METRIC_IN_HAND] = gauges->in_hand;
    values[METRIC_LOG_LOST] = gauges->log_lost;
    values[METRIC_READY] = gauges->ready;
    values[METRIC_UPTIME] = gauges->uptime_s > 0 ? (uint64_t)gauges->uptime_s : 0;
}

void metrics_print(const struct metrics *metrics, const struct metrics_gauges *gauges,
                   struct buffer *out)
{
    uint64_t values[METRIC_COUNT];

    take_values(metrics, gauges, values);
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_info *info = &metric_infos[i];

        buffer_addf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", info->name, info->help,
                    info->name, info->type);
        if (info->print)
            info->print(metrics, info->name, out);
        else
            buffer_addf(out, PREFIX "%s %" PRIu64 "\n", info->name, values[i]);
    }
}
