/*
 * writers: many tills at once, each a thread that sells, gives back, reissues and lets in, on hot
 * showings with few places and on many with more, and now and then sends what was answered once
 * more.
 *
 *   writers_start ──▶ selling ── writers_stop: each ends what it is at ──▶ gone
 *
 * Which ticket a till takes is left to chance, among all that were sold lately by any of them: so
 * two give back, or let in, the same one now and then, and one of them must hear that it is too
 * late.
 */
#ifndef TK_TESTS_CLUSTER_WRITERS_H
#define TK_TESTS_CLUSTER_WRITERS_H

#include "data/remote/http_client.h"
#include "tests/cluster/history.h"

#define WRITERS_MAX 256

struct writers_options {
    const struct http_client_options *service; /* borrowed, like what follows */
    struct history *history;
    uint64_t seed;
    int count;                 /* threads, at most WRITERS_MAX */
    int think_ms;              /* between two requests of one of them, on the average */
    const int64_t *hot, *wide; /* showings */
    size_t hot_count, wide_count;
};

struct writers;

/* NULL when it cannot. */
struct writers *writers_start(const struct writers_options *options);
/* Waits until nothing is open any more (or was given up), and frees. NULL is fine. */
void writers_stop(struct writers *writers);

#endif
