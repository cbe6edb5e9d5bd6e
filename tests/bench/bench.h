/*
 * bench: what the box office does, measured beside its limit in the same run.
 *
 * `make bench` runs every part, `make bench BENCH=sale` those whose name contains the word. Each
 * figure is one JSON line on stdout: name, value, unit, limit and ratio (value / limit). The limit
 * is the same work done by a bare SQLite loop or a bare process where there is one, else the
 * greatest value allowed. What is being done, and where, goes to stderr.
 *
 * Files are made in a folder of their own under $TMPDIR (else /var/tmp), which must be on a disk:
 * a sync in memory costs nothing and proves nothing. TICKETLY_BENCH_SMALL=1 runs everything on a
 * fiftieth of the rows, in seconds and on any file system, to see that it works.
 */
#ifndef TK_TESTS_BENCH_BENCH_H
#define TK_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/box_office.h"

#define BENCH_PATH_SIZE 512

struct bench {
    char folder[BENCH_PATH_SIZE];
    bool small;
    int64_t ends_at;  /* bench_clock() by which all must be done */
    bool house_built; /* see house_open */
    char house_path[BENCH_PATH_SIZE];
    uint64_t random;
};

/* A box office on one file, with the machine's clock and randomness. */
struct till {
    struct box_office office;
    struct store *store; /* owned */
    struct crypto_key site_key;
    char path[BENCH_PATH_SIZE];
};

/* The parts, each printing its figures. */
enum tk_code bench_sale(struct bench *bench, struct tk_error *error);
enum tk_code bench_batch(struct bench *bench, struct tk_error *error);
enum tk_code bench_page(struct bench *bench, struct tk_error *error);
enum tk_code bench_expire(struct bench *bench, struct tk_error *error);
enum tk_code bench_counter(struct bench *bench, struct tk_error *error);
enum tk_code bench_journal(struct bench *bench, struct tk_error *error);
enum tk_code bench_door(struct bench *bench, struct tk_error *error);
enum tk_code bench_sync(struct bench *bench, struct tk_error *error);
enum tk_code bench_staff(struct bench *bench, struct tk_error *error);
enum tk_code bench_report(struct bench *bench, struct tk_error *error);
/* These run when their name is given only (`make bench-http`). */
enum tk_code bench_http_sale(struct bench *bench, struct tk_error *error);
enum tk_code bench_http_read(struct bench *bench, struct tk_error *error);
enum tk_code bench_http_start(struct bench *bench, struct tk_error *error);
enum tk_code bench_pg(struct bench *bench, struct tk_error *error); /* `make bench-pg` */

/* Prints one figure. */
void bench_figure(const char *name, double value, const char *unit, double limit, double ratio);
/* Says on stderr what is being done. */
void bench_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Monotonic nanoseconds. */
int64_t bench_clock(void);
double bench_seconds_since(int64_t start);
/* TK_INTERRUPTED with a sentence when the time for the whole run is used up. */
enum tk_code bench_check_time(const struct bench *bench, struct tk_error *error);
/* `small` rows in the small form, else `full`. */
size_t bench_rows(const struct bench *bench, size_t full);
/* SplitMix64; the same numbers in every run. */
uint64_t bench_random_below(struct bench *bench, uint64_t bound);
void bench_path(const struct bench *bench, char path[BENCH_PATH_SIZE], const char *name);
/* The value below which this share of the values lies; sorts them. */
double bench_quantile(double *values, size_t count, double share);

/* The machine's clock and randomness, as ports take them. */
int64_t bench_now(void *context);
void bench_random(void *context, void *data, size_t size);

/* Opens a new or existing file in the bench's folder. */
enum tk_code till_open(struct till *till, const char *path, struct tk_error *error);
void till_close(struct till *till);

#endif
