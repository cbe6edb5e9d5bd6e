/*
 * history: what was sent to a box office and what it answered, operation by operation.
 *
 *   history_sent ──▶ open ── history_lost ──▶ open, unknown ──┐
 *                     └───────── history_answered ────────────┴──▶ answered
 *
 * 1. A record is made before its operation is sent for the first time, so nothing can be stored
 * that has none.
 * 2. Only an outcome that stands is an answer: done, or refused by the rules. Whatever leaves it
 * open whether it was done makes the record unknown, until the same id was answered.
 * 3. The first answer counts. A later one of the same id that is not the same contradicts it.
 *
 * Any number of threads.
 */
#ifndef TK_TESTS_CLUSTER_HISTORY_H
#define TK_TESTS_CLUSTER_HISTORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/map.h"
#include "core/operation.h"

#define HISTORY_NONE SIZE_MAX

struct noted {
    struct op_id id;
    enum op_kind kind;
    int64_t slot_id;              /* where it sells; 0: it names none */
    uint64_t ticket_id;           /* the ticket that it names, or 0 */
    int64_t count;                /* tickets wanted; schedule: the capacity */
    int64_t sent_at, answered_at; /* µs of history_now; the first sending, the first answer */
    int32_t sends;
    bool answered, unknown, contradicted;
    struct outcome outcome; /* once answered */
    enum tk_code other;     /* once contradicted: what came later */
};

struct history {
    pthread_mutex_t lock;
    struct noted *items; /* owned; in the order in which they were first sent */
    size_t count, capacity;
    struct map places;                   /* of records by id */
    int64_t last_done_at, longest_pause; /* µs */
};

void history_init(struct history *history);
void history_release(struct history *history);

/* µs of a clock that is never set. */
int64_t history_now(void);
/* Whether an outcome of this code stands (invariant 2). */
bool history_is_final(enum tk_code code);
/* Whether two outcomes say the same; `replayed` does not count. */
bool outcome_same(const struct outcome *a, const struct outcome *b);

/* Notes what is sent; kind and the rest are the caller's, times and sends are set. The record's
   place; ends the program when there is no memory, as a record that is missing would be a lie. */
size_t history_sent(struct history *history, const struct noted *record);
/* It is sent once more. */
void history_again(struct history *history, size_t at);
/* A sending ended without it being known what became of it. */
void history_lost(struct history *history, size_t at);
/* An outcome that stands came. */
void history_answered(struct history *history, size_t at, const struct outcome *outcome);
/* It was told that the id is another operation's: contradicts whatever else was or will be
 * answered. */
void history_denied(struct history *history, size_t at);
/* A copy of a record. */
struct noted history_get(struct history *history, size_t at);
/* The place of an id; HISTORY_NONE. */
size_t history_find(struct history *history, const struct op_id *id);

/* What was told from record `from` on. */
struct history_sum {
    size_t sent, sold, refused, unknown, open; /* sold: sales and reissues that were done */
};
struct history_sum history_sum(struct history *history, size_t from);
/* How many were sent at `since` or later, and done before `until`. */
size_t history_done_within(struct history *history, size_t from, int64_t since, int64_t until);

/* Pauses are counted from here … */
void history_pause_begin(struct history *history);
/* … to here: the longest time, in µs, in which nothing was done. */
int64_t history_pause_end(struct history *history);

/* Writes all records to a file, one line of JSON each. False when it cannot. */
bool history_write(struct history *history, const char *path);

#endif
