/*
 * loyalty: what a house knows of a customer who comes again.
 *
 * The tier follows from the tickets used (admitted) within the last year and the thresholds of
 * core/limit; a manager may choose another one, with a reason, which holds until he leaves it to
 * the counting again.
 */
#ifndef TK_CORE_LOYALTY_H
#define TK_CORE_LOYALTY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/limit.h"
#include "core/operation.h"
#include "core/record.h"
#include "core/ticket.h"

#define TIER_PREFIX "tier/"
#define LOYALTY_YEAR (365 * TIME_DAY)

/* What a manager chose. */
struct tier_choice {
    uint64_t customer_id;
    enum tier tier; /* TIER_COUNTED: none was chosen, or it was taken back */
    char reason[REASON_SIZE];
    char by[ACTOR_SIZE];
    int64_t at; /* UTC µs */
};

struct loyalty {
    enum tier tier;    /* never TIER_COUNTED */
    enum tier counted; /* what the counting alone gives */
    bool chosen;
    int64_t tickets; /* used within the last year */
    int64_t visits;  /* showings of which at least one ticket was used, over all that is known */
    int64_t last_visit_at; /* UTC µs; 0: none */
};

void tier_key(char key[RECORD_KEY_SIZE], uint64_t customer_id);
enum tk_code tier_print(const struct tier_choice *choice, struct record *record);
enum tk_code tier_read(const struct record *record, struct tier_choice *choice);

/* From all tickets of the customer, in any order; `choice` may be NULL. TK_NO_MEMORY. */
enum tk_code loyalty_count(const struct ticket_list *tickets, const struct tier_choice *choice,
                           const struct limits *limits, int64_t now, struct loyalty *loyalty);

#endif
