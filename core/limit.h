/*
 * limit: what a manager has set: how far clerks may go, and from how many visits a customer has
 * which tier.
 *
 * One record holds all of them; what it does not say is as the table has it. plan holds roles with
 * role_is_limited to the first four, unless somebody else approved.
 */
#ifndef TK_CORE_LIMIT_H
#define TK_CORE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/record.h"

#define LIMITS_KEY "limits"

/* X(constant, name, value unless set, least, greatest, help) */
#define LIMIT_TABLE(X)                                          \
    X(LIMIT_SALE_TICKETS, "sale-tickets", 0, 0, 100000,         \
      "tickets that a clerk sells at once; 0: any number")      \
    X(LIMIT_SHIFT_CANCELS, "shift-cancels", 0, 0, 100000,       \
      "tickets that a clerk cancels in a shift; 0: any number") \
    X(LIMIT_OWN_CANCELS, "own-cancels", 0, 0, 1,                \
      "1: clerks cancel only what they sold themselves")        \
    X(LIMIT_LATE_REISSUE, "late-reissue", 1, 0, 1,              \
      "1: clerks reissue tickets of showings that have begun")  \
    X(LIMIT_GOLD_TICKETS, "gold-tickets", 12, 1, 100000,        \
      "tickets used in a year that make a customer Gold")       \
    X(LIMIT_PLATINUM_TICKETS, "platinum-tickets", 40, 1, 100000, "… and Platinum")

enum limit {
#define X(limit, name, standard, least, greatest, help) limit,
    LIMIT_TABLE(X)
#undef X
        LIMIT_COUNT
};

struct limits {
    int64_t values[LIMIT_COUNT];
};

const char *limit_name(enum limit limit);
const char *limit_help(enum limit limit);
bool limit_parse(const char *name, enum limit *limit);
/* Whether the value may be set. */
bool limit_fits(enum limit limit, int64_t value);
int64_t limit_least(enum limit limit);
int64_t limit_greatest(enum limit limit);

void limits_init(struct limits *limits);
enum tk_code limits_print(const struct limits *limits, struct record *record);
/* A record that is gone holds none. TK_CORRUPT when it is not one. */
enum tk_code limits_read(const struct record *record, struct limits *limits);

#endif
