/* check: what check.c and check_told.c share. Numbers are those of the design's invariants. */
#ifndef TK_TESTS_SIM_CHECK_H
#define TK_TESTS_SIM_CHECK_H

#include "tests/sim/world.h"

/* All of one store. */
struct view {
    struct node *node;
    struct store *store;
    struct slot_list slots;
    struct ticket_list tickets;
    struct allotment_list allotments;
    struct customer_list customers;
    struct map slot_index, ticket_index, customer_index;
};

const struct ticket *view_ticket(const struct view *view, uint64_t id);
const struct slot *view_slot(const struct view *view, int64_t id);
/* The first of those with a key counts. */
void check_index(struct map *map, uint64_t key, size_t at);
/* 2, 3, 5, 6, 7: whether the centre bears out what the clerks were told. */
void check_all_told(struct world *world, const struct view *centre);

#endif
