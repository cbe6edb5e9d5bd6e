/*
 * http: what the parts that measure the service share: wrk (closed loop), an open loop of our own,
 * and services on files in the bench's folder, all on the same disk.
 */
#ifndef TK_TESTS_BENCH_HTTP_H
#define TK_TESTS_BENCH_HTTP_H

#include "tests/bench/bench.h"
#include "tests/support/http.h"
#include "tests/support/service.h"

#define HTTP_CONNECTIONS 64
#define HTTP_SETTINGS "[store]\nwait_seconds = 30\n[service]\nlog = problems\n"

/* What wrk measured. */
struct wrk {
    double requests, seconds, bad; /* bad: errors and statuses above 399 */
    double p50_ms, p99_ms;
    double bytes_in, bytes_out; /* by what scripts tell; else 0 */
};

/* Runs wrk with tests/bench/NAME.lua on an address ("http://…/path") for so long; the two arguments
   go to the script. TK_UNAVAILABLE with a sentence when it cannot, or nothing was answered. */
enum tk_code wrk_run(const struct bench *bench, const char *script, const char *address,
                     double seconds, const char *first, const char *second, struct wrk *wrk,
                     struct tk_error *error);

/* The same with so many threads and connections, and all arguments of the script (NULL after the last). */
enum tk_code wrk_run_with(const struct bench *bench, const char *script, int threads,
                          int connections, const char *address, double seconds,
                          const char *const *arguments, struct wrk *wrk, struct tk_error *error);

/* A service on NAME.db in the bench's folder. */
enum tk_code http_serve(const struct bench *bench, struct process *process, const char *name,
                        const char *settings, struct tk_error *error);
/* A showing of 100,000 places, always at HTTP_START. */
#define HTTP_START "2099-06-01T20:00:00Z"
enum tk_code http_schedule(struct process *process, const char *name, int64_t *slot,
                           struct tk_error *error);
/* How many places of it are sold. */
int64_t http_sold(const struct process *process, int64_t slot);

/* An open loop: `rate` sales a second for so long, sent when they are due whatever became of those
   before; each latency counts from when it was due, so nothing is left out that had to wait. */
struct pace {
    double rate, seconds;
    const char *address;
    int64_t slot;
    const char *name; /* begins its keys */
    /* results */
    size_t answered, failed;
    double p50_ms, p99_ms, most_ms;
};
enum tk_code pace_run(struct pace *pace, struct tk_error *error);

#endif
