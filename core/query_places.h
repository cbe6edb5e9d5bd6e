/*
 * query_places: the table of parameters as reading (query.c) and writing (query_put.c) go by it.
 * The table itself stands in query_table.c.
 */
#ifndef TK_CORE_QUERY_PLACES_H
#define TK_CORE_QUERY_PLACES_H

#include "core/query.h"

#define QUERY_ITEM_MAX 40 /* bytes of one id in a list, or of a number */

enum query_kind {
    KIND_TEXT,
    KIND_TIME,       /* 0: not given */
    KIND_MOMENT,     /* with a companion that tells whether it is given */
    KIND_FLAG,
    KIND_GENRE,      /* these three: -1 when not given */
    KIND_TYPE,
    KIND_STATUS,
    KIND_ORDER,      /* true: descending */
    KIND_SLOT_ORDER, /* the companion: by id */
    KIND_SLOT_AFTER,
    KIND_TALLY_AFTER,
    KIND_GENRE_AFTER, /* -1 when not given; the companion tells whether after is */
    KIND_OP,          /* a kind of operation, by name */
    KIND_SLOT,
    KIND_TICKET,
    KIND_CUSTOMER,
    KIND_SLOT_IDS, /* the companion counts them */
    KIND_TICKET_IDS,
    KIND_CUSTOMER_IDS,
    KIND_NUMBER,
    KIND_LIMIT
};

/* A parameter and where it stands in its query. */
struct query_place {
    const char *name;
    enum query_kind kind;
    size_t member, companion; /* offsets */
};

/* Each ends with a NULL name. */
extern const struct query_place query_slot_places[], query_ticket_places[],
    query_customer_places[], query_journal_places[], query_due_places[], query_record_places[],
    query_tally_places[];

/* What an order may be; ends with NULL. */
extern const char *const query_slot_orders[], *const query_orders[];

#endif
