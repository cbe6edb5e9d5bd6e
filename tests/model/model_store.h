/*
 * model_store: a box office told in the plainest words, to hold the real ones against.
 *
 * It has the whole store port but rules of its own: lists that are walked from end to end, places
 * counted anew from the tickets after each change, no plan(). Ticket and customer ids are the
 * numbers 1, 2, 3 … as they are; slot ids begin at SLOT_ID_FIRST.
 */
#ifndef TK_TESTS_MODEL_MODEL_STORE_H
#define TK_TESTS_MODEL_MODEL_STORE_H

#include "core/plan.h"
#include "core/store.h"

struct model_options {
    struct plan_rules rules;
    int64_t (*now)(void *context); /* UTC µs */
    void *context;
};

/* An empty one, closed with store_close. Aborts the test when there is no memory. */
struct store *model_store_open(const struct model_options *options);

/* Its lists as they stand; borrowed until the next change. */
const struct slot_list *model_slots(const struct store *store);
const struct ticket_list *model_tickets(const struct store *store);
const struct customer_list *model_customers(const struct store *store);
const struct device_list *model_devices(const struct store *store);
const struct allotment_list *model_allotments(const struct store *store);
const struct number_block_list *model_blocks(const struct store *store);
const struct replica_list *model_replicas(const struct store *store);
const struct dispute_list *model_disputes(const struct store *store);
/* In no order; gone ones with "". */
const struct record_list *model_records(const struct store *store);
const struct tally_list *model_tallies(const struct store *store);
/* The number that its next ticket has. */
uint64_t model_next_ticket(const struct store *store);
/* Of the site's key. */
int64_t model_generation(const struct store *store);

#endif
