/*
 * tally: what was sold, canceled, reissued and admitted, counted as it happens, for reports
 * (core/report).
 *
 * plan adds to the tallies of its batch, and a store adds those to the rows that it keeps, one for
 * each quarter of an hour, doer, device and genre in which something happened; of a database, one at
 * each of its writers, whose sum is the tally, so that nodes that sell for one device do not wait
 * for one another. By showing, the store counts tickets instead.
 *
 * Invariants
 * 1. A tally is a sum of changes: a row that is not there is all zeros, and nothing ever reads one
 * to decide.
 * 2. A till's copy keeps none: its sales are counted where they arrive, at the time at which they
 * were made.
 */
#ifndef TK_CORE_TALLY_H
#define TK_CORE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/operation.h"
#include "core/slot.h"

#define TALLY_SPAN (15 * TIME_MINUTE) /* no zone of today is off the full hour by less */

/* X(member, name on wires, what is counted) */
#define TALLY_TABLE(X)                                               \
    X(sales, "sales", "sales")                                       \
    X(sold, "sold", "tickets sold, reissued ones aside")             \
    X(canceled, "canceled", "tickets canceled, reissued ones aside") \
    X(reissued, "reissued", "tickets reissued")                      \
    X(admitted, "admitted", "people let in, less those let out again")

struct tally {
    int64_t span_at;          /* UTC µs, a multiple of TALLY_SPAN; by showing: 0 */
    char actor[ACTOR_SIZE];   /* the doer (actor_doer); by showing: "" */
    char device[DEVICE_SIZE]; /* by showing: "" */
    enum genre genre;
    int64_t slot_id; /* by showing: which; else 0 */
#define X(member, name, help) int64_t member;
    TALLY_TABLE(X)
#undef X
};

struct tally_list {
    struct tally *items; /* owned */
    size_t count, capacity;
};

/* Which: of the spans that begin at `from` or later and before `to`, by span, actor, device and
   genre; or by showing: of the showings that start then, by start and id, those of which no ticket
   was ever sold too. Of a reissue the old ticket's showing counts it as reissued. */
struct tally_query {
    int64_t from, to; /* UTC µs; 0: no bound */
    bool by_slot;
    int64_t slot_id; /* by showing: just this one; 0: not so */
    /* by showing: continue after this one; 0: from the beginning */
    int64_t after_starts_at, after_slot;
    /* by span: continue after this row; the first of a span has "" and the least genre */
    bool after_given;
    int64_t after_span;
    const char *after_actor, *after_device;
    int after_genre;
    size_t limit; /* 0: STORE_LIST_MAX */
};

enum tk_code tally_list_add(struct tally_list *list, const struct tally *tally);
void tally_list_release(struct tally_list *list);
/* The span that a time falls into. */
int64_t tally_span(int64_t at);

#endif
