#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/http/watch.h"

/*
 * Lines gather in one of two buffers while the writer empties the other:
 *
 *   service_log_say ─▶ gathering ─ 50 ms or half full ─▶ (exchanged) ─▶ writing ─▶ fd
 *
 * A line for which gathering has no room is lost and counted; the next line that fits comes after
 * one that tells how many. The writer never holds the lock while it writes, and writes no more at
 * once than a pipe takes without waiting, so that a reader that stalls holds up nobody, not even
 * service_log_close for long.
 */

#define GATHER_MAX ((size_t)1 << 20)
#define GATHER_US (50 * 1000)
#define LINE_MAX_BYTES 4096
#define TEXT_SIZE 512 /* of a message */
#define GIVE_UP_MS 1000 /* at the end, without any progress */

struct gathered {
    char *data; /* owned; GATHER_MAX bytes */
    size_t length;
    uint64_t lines;
};

struct service_log {
    int fd;
    enum log_level level;
    pthread_mutex_t lock;
    pthread_cond_t wake; /* monotonic clock */
    pthread_t writer;
    struct gathered gathering, writing;
    uint64_t untold; /* lost and not told yet; under the lock */
    atomic_ullong lost;
    atomic_bool ends;
};

/* --- the writer --- */

/* False when fd takes nothing any more. */
static bool write_some(struct service_log *log, const char **data, size_t *length)
{
    struct pollfd end = {.fd = log->fd, .events = POLLOUT};
    int stalled_ms = 0;
    ssize_t count;

    while (poll(&end, 1, 100) <= 0) {
        stalled_ms = atomic_load(&log->ends) ? stalled_ms + 100 : 0;
        if (stalled_ms >= GIVE_UP_MS)
            return false;
    }
    count = write(log->fd, *data, *length < PIPE_BUF ? *length : PIPE_BUF);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    *data += count;
    *length -= (size_t)count;
    return true;
}

static void write_gathered(struct service_log *log)
{
    const char *data = log->writing.data;
    size_t length = log->writing.length;

    while (length)
        if (!write_some(log, &data, &length)) {
            atomic_fetch_add(&log->lost, log->writing.lines);
            break;
        }
    log->writing.length = 0;
    log->writing.lines = 0;
}

static struct timespec moment_in(int64_t us)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += us * 1000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

/* Waits for something worth writing, under the lock. */
static void wait_for_lines(struct service_log *log)
{
    struct timespec until;

    while (!log->gathering.length && !atomic_load(&log->ends))
        pthread_cond_wait(&log->wake, &log->lock);
    until = moment_in(GATHER_US);
    while (log->gathering.length < GATHER_MAX / 2 && !atomic_load(&log->ends))
        if (pthread_cond_timedwait(&log->wake, &log->lock, &until) == ETIMEDOUT)
            break;
}

static void *write_lines(void *argument)
{
    struct service_log *log = argument;
    bool more = true;

    pthread_mutex_lock(&log->lock);
    while (more) {
        struct gathered full;

        wait_for_lines(log);
        full = log->gathering;
        log->gathering = log->writing;
        log->writing = full;
        more = !atomic_load(&log->ends);
        pthread_mutex_unlock(&log->lock);
        write_gathered(log);
        pthread_mutex_lock(&log->lock);
    }
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

/* --- opening and closing --- */

static void log_free(struct service_log *log)
{
    free(log->gathering.data);
    free(log->writing.data);
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

/* The writer has no signals of its own: SIGPIPE of a closed stderr least of all. */
static bool start_writer(struct service_log *log)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&log->writer, NULL, write_lines, log);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !failed;
}

struct service_log *service_log_open(int fd, enum log_level level)
{
    struct service_log *log = calloc(1, sizeof *log);
    pthread_condattr_t monotonic;

    if (!log)
        return NULL;
    log->fd = fd;
    log->level = level;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    log->gathering.data = malloc(GATHER_MAX);
    log->writing.data = malloc(GATHER_MAX);
    if (!log->gathering.data || !log->writing.data || !start_writer(log)) {
        log_free(log);
        return NULL;
    }
    return log;
}

void service_log_close(struct service_log *log)
{
    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    atomic_store(&log->ends, true);
    pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->writer, NULL);
    log_free(log);
}

uint64_t service_log_lost(const struct service_log *log)
{
    return atomic_load(&log->lost);
}

/* --- lines --- */

/* 2026-11-22T18:45:00.123Z */
static void put_time(struct buffer *line)
{
    struct timespec now;
    struct civil_time t;
    char text[TIME_TEXT_MAX];

    clock_gettime(CLOCK_REALTIME, &now);
    t = time_civil((int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000, NULL);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.year, t.month, t.day,
             t.hour, t.minute, t.second, t.microsecond / 1000);
    json_put_text(line, "time", text);
}

static void line_begin(struct buffer *line, const char *level, const char *event)
{
    buffer_init(line, LINE_MAX_BYTES);
    json_put_open(line, NULL, '{');
    put_time(line);
    json_put_text(line, "level", level);
    json_put_text(line, "event", event);
}

static bool gather(struct service_log *log, const struct buffer *line)
{
    struct gathered *to = &log->gathering;

    if (line->failed || line->length > GATHER_MAX - to->length)
        return false;
    if (line->length)
        memcpy(to->data + to->length, line->data, line->length);
    to->length += line->length;
    to->lines++;
    return true;
}

/* Under the lock: the line that tells of those lost. */
static void gather_loss(struct service_log *log)
{
    struct buffer line;

    line_begin(&line, "warning", "log_lost");
    json_put_text(&line, "message", "Lines were lost because nobody read them in time.");
    json_put_int(&line, "lines", (int64_t)log->untold);
    json_put_close(&line, '}');
    buffer_add_char(&line, '\n');
    if (gather(log, &line))
        log->untold = 0;
    buffer_release(&line);
}

static void line_end(struct service_log *log, struct buffer *line)
{
    size_t before;

    json_put_close(line, '}');
    buffer_add_char(line, '\n');
    pthread_mutex_lock(&log->lock);
    before = log->gathering.length;
    /* told only when there is room for both, or the two would take turns at being lost */
    if (log->untold && GATHER_MAX - before > (size_t)2 * LINE_MAX_BYTES)
        gather_loss(log);
    if (log->untold || !gather(log, line)) {
        log->untold++;
        atomic_fetch_add(&log->lost, 1);
    }
    if (!before || (before < GATHER_MAX / 2 && log->gathering.length >= GATHER_MAX / 2))
        pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
    buffer_release(line);
}

/* A text that may come from anywhere. */
static void put_clean(struct buffer *line, const char *name, const char *text, size_t length)
{
    char given[TEXT_SIZE], clean[TEXT_SIZE];

    snprintf(given, sizeof given, "%.*s", length < TEXT_SIZE ? (int)length : TEXT_SIZE - 1, text);
    text_display(clean, sizeof clean, given);
    json_put_text(line, name, clean);
}

void service_log_say(struct service_log *log, const char *level, const char *event,
                     const char *format, ...)
{
    char message[TEXT_SIZE];
    struct buffer line;
    va_list args;

    if (!log)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    line_begin(&line, level, event);
    put_clean(&line, "message", message, sizeof message);
    line_end(log, &line);
}

void service_log_address(struct service_log *log, const char *address)
{
    struct buffer line;

    line_begin(&line, "info", "listening");
    put_clean(&line, "address", address, strlen(address));
    line_end(log, &line);
}

/* --- requests --- */

static bool is_wanted(enum log_level level, const struct exchange *x, bool sent)
{
    int status = x->request->response.status;

    if (level == LOG_ALL || status >= 500 || status == 401 || status == 403 || !sent)
        return true;
    return level == LOG_CHANGES &&
           (x->operation_count || (x->route && x->route->flags & ROUTE_CHANGES));
}

static const char *level_of(int status, bool sent)
{
    if (status >= 500 && status != 503)
        return "err";
    return status == 503 || status == 401 || status == 403 || !sent ? "warning" : "info";
}

/* Whether a segment of an address is the number of something, and so no name and no phone. */
static bool is_number_of_something(const char *pattern, const char *text)
{
    int64_t slot;
    uint64_t id;

    if (strncmp(pattern, "{slotId}", 8) == 0)
        return slot_id_parse(text, &slot);
    if (strncmp(pattern, "{ticketId}", 10) == 0)
        return strncasecmp(text, "TKT", 3) == 0 && id_parse(ID_TICKET, text, &id);
    return strncmp(pattern, "{userId}", 8) == 0 && id_parse(ID_CUSTOMER, text, &id);
}

/* The address as far as it is ours: of what stands in a variable's place only ids. */
static void put_path(struct buffer *line, const struct exchange *x)
{
    const char *pattern = x->route->path;
    char path[TEXT_SIZE];
    size_t used = 0, variable = 0;

    while (*pattern && used + ID_TEXT_MAX < sizeof path) {
        const char *text = *pattern == '{' && variable < ROUTE_VARIABLES_MAX
                               ? x->variables[variable++] : NULL;

        if (text && strlen(text) < ID_TEXT_MAX && is_number_of_something(pattern, text)) {
            used += (size_t)snprintf(path + used, sizeof path - used, "%s", text);
            pattern += strcspn(pattern, "}") + 1;
        } else {
            path[used++] = *pattern++;
        }
    }
    path[used] = '\0';
    put_clean(line, "path", path, sizeof path);
}

static uint64_t body_length(const struct http_response *response)
{
    if (response->shared)
        return response->shared->length;
    return response->file_length ? response->file_length : response->body.length; /* file is gone */
}

/* traceparent (W3C Trace Context): version-traceid-spanid-flags, 2, 32, 16 and 2 digits */
static void put_trace(struct buffer *line, const char *traceparent)
{
    if (strlen(traceparent) < 55)
        return;
    put_clean(line, "traceId", traceparent + 3, 32);
    put_clean(line, "spanId", traceparent + 36, 16);
}

static void put_request(struct buffer *line, const struct exchange *x, bool sent, int64_t took_us)
{
    const struct http_request *request = x->request;
    char ms[32];

    put_clean(line, "method", x->route ? x->route->method : request->method, 16);
    if (x->route) {
        json_put_text(line, "route", x->route->path);
        put_path(line, x);
    }
    json_put_int(line, "status", request->response.status);
    json_put_text(line, "code", tk_code_name(x->refused));
    snprintf(ms, sizeof ms, "%.3f", (double)took_us / 1000);
    json_put_raw(line, "ms", ms);
    json_put_int(line, "bytes", (int64_t)body_length(&request->response));
    if (x->has_device)
        put_clean(line, "device", x->device.name, sizeof x->device.name);
    put_clean(line, "peer", request->peer, sizeof request->peer);
    put_clean(line, "requestId", x->request_id, sizeof x->request_id);
    put_trace(line, x->traceparent);
    if (!sent)
        json_put_bool(line, "sent", false);
}

void service_log_request(struct service_log *log, const struct exchange *x, bool sent,
                         int64_t took_us)
{
    struct buffer line;

    if (!log || !is_wanted(log->level, x, sent))
        return;
    line_begin(&line, level_of(x->request->response.status, sent), "request");
    put_request(&line, x, sent, took_us);
    line_end(log, &line);
}
