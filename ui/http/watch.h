/*
 * watch: what operators see of a service: metrics, log, rate limits, systemd.
 *
 * Every function may be called from any thread and none waits for a disk, a socket or another
 * thread for longer than it takes to copy a line.
 */
#ifndef TK_UI_HTTP_WATCH_H
#define TK_UI_HTTP_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/admission.h"
#include "core/box_office.h"
#include "ui/http/exchange.h"

/* --- metrics.c: counters in one table, printed as Prometheus text (version 0.0.4) --- */

struct metrics;

struct metrics *metrics_new(void); /* NULL: no memory */
void metrics_free(struct metrics *metrics);
/* One request is over: by route, status and time; refusals by code. route NULL: no such address. */
void metrics_request(struct metrics *metrics, const struct route *route, int status,
                     enum tk_code refused, int64_t took_us);
/* One commit: batch size, time, sales, cancellations, expiries … from the outcomes. */
void metrics_commit(struct metrics *metrics, const struct operation *operations,
                    const struct outcome *outcomes, size_t count, int64_t took_us);
/* A commit failed. */
void metrics_commit_failed(struct metrics *metrics, enum tk_code code);
/* Whether a commit fails with this code because of the store or its disk, not of what was asked. */
bool metrics_is_trouble(enum tk_code code);
/* A scan got its verdict; wrong: a pass that nobody here made, or whose ticket is unknown. */
void metrics_admission(struct metrics *metrics, enum verdict verdict, bool wrong);
/* So many requests that wait for a change were sent to look. */
void metrics_woken(struct metrics *metrics, size_t count);
/* Upkeep ran (UTC µs); failed or not. */
void metrics_upkeep(struct metrics *metrics, int64_t at, bool failed);

struct metrics_gauges {
    size_t queue_depth, connections, in_hand, waiting, work_depth;
    int64_t uptime_s;
    uint64_t log_lost; /* service_log_lost */
    bool ready;
};
void metrics_print(const struct metrics *metrics, const struct metrics_gauges *gauges,
                   struct buffer *out);

/* --- log.c: JSON lines on stderr, gathered and written by a thread of its own --- */

enum log_level { LOG_PROBLEMS, LOG_CHANGES, LOG_ALL };

struct service_log;

struct service_log *service_log_open(int fd, enum log_level level); /* NULL: no memory or thread */
/* Writes what has gathered and ends. NULL is fine. */
void service_log_close(struct service_log *log);
/* {"time":…,"level":"info","event":event,"message":…}; level as in syslog. */
void service_log_say(struct service_log *log, const char *level, const char *event,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* {"time":…,"level":"info","event":"listening","address":"http://127.0.0.1:8477"} */
void service_log_address(struct service_log *log, const char *address);
/* One request: time, method, route, path, status, code, ms, bytes, device, peer, requestId, traceId,
   spanId. Never names, phones, tokens or the query string. */
void service_log_request(struct service_log *log, const struct exchange *x, bool sent,
                         int64_t took_us);
/* Lines that did not fit because nobody read stderr. */
uint64_t service_log_lost(const struct service_log *log);

/* --- rate.c: token buckets by name --- */

struct rate_limit;

/* so many a second, bursts of `burst`; per_second 0: no limit. Remembers `names` names at most: the
   ones unused for longest are forgotten. NULL: no memory. */
struct rate_limit *rate_limit_new(unsigned per_second, unsigned burst, size_t names);
void rate_limit_free(struct rate_limit *limit);
/* Takes one from the bucket of that name; false when it is empty: *retry_s gets when to try again. */
bool rate_limit_take(struct rate_limit *limit, const char *name, int64_t now_us, unsigned *retry_s);
/* Whether there is one, without taking it. */
bool rate_limit_has(struct rate_limit *limit, const char *name, int64_t now_us, unsigned *retry_s);
/* Gives back one that was taken and is not to count. */
void rate_limit_give(struct rate_limit *limit, const char *name);

/* --- notify.c: systemd's sd_notify(3) and sd_listen_fds(3) protocols, from their manual pages --- */

/* "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…". Nothing happens without $NOTIFY_SOCKET. */
void notify_systemd(const char *state);
/* Microseconds between WATCHDOG=1 messages that systemd wants (half of its limit, as its manual
   advises); 0: none. */
int64_t notify_watchdog_us(void);
/* The listening socket that systemd hands over; -1: none. Takes the variables out of the
   environment. */
int notify_listener(void);

#endif
