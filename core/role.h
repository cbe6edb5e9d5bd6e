/*
 * role: who may do what, as one table for people and devices.
 *
 * role.c holds the table of operation × role. plan asks it for whoever signed on (core/staff), the service for
 * the device whose token it was sent, and a front end may ask before it offers something. `ticketly admin roles`,
 * the reference of the service and the tests print and go through it cell by cell.
 *
 * Invariants
 * 1. What a role may do is what its column says, and nothing else: a kind that was forgotten is nobody's.
 * 2. An auditor reads what a manager reads, and changes nothing.
 */
#ifndef TK_CORE_ROLE_H
#define TK_CORE_ROLE_H

#include <stdbool.h>

#include "core/error.h"

/* X(constant, name, what it is for). The first two are for devices alone. */
#define ROLE_TABLE(X)                                                                              \
    X(ROLE_READER, "reader", "a device: showings and how they fill, without names")                \
    X(ROLE_DOOR, "door", "a device: also tickets; passes and names of showings that admit within 2 hours") \
    X(ROLE_USHER, "usher", "lets guests in and out again")                                         \
    X(ROLE_CLERK, "clerk", "also customers; books, reissues and cancels within the limits")        \
    X(ROLE_SUPERVISOR, "supervisor", "the same without limits; approves what a clerk may not, unlocks a till") \
    X(ROLE_MANAGER, "manager", "also schedules, imports, expires, archives, limits, tiers, reports; the journal") \
    X(ROLE_ADMIN, "admin", "everything: also staff, devices, keys and backups")                    \
    X(ROLE_AUDITOR, "auditor", "reads everything with the journal, and changes nothing")

enum role {
#define X(role, name, help) role,
    ROLE_TABLE(X)
#undef X
        ROLE_COUNT
};

const char *role_name(enum role role);
const char *role_help(enum role role);
bool role_parse(const char *name, enum role *role);
/* The same with a sentence that says which exist (TK_BAD_ROLE). */
enum tk_code role_require(const char *name, enum role *role, struct tk_error *error);
/* Whether a person may have it: reader and door are for devices alone. */
bool role_is_for_staff(enum role role);

/* Whether a role sees what `least` sees. */
bool role_reads(enum role role, enum role least);
/* Whether a role may change what `least` may, by operations or otherwise. */
bool role_does(enum role role, enum role least);
/* Whether the limits of core/limit hold for it. */
bool role_is_limited(enum role role);
/* Whether a person of this role may approve what another may not, and unlock a device. */
bool role_approves(enum role role);

#endif
