/*
 * entrance: a box office file with showings of every kind around now, for tests of the real program
 * at a door: what is sold and changed is done in this process, on the same file, with the same site
 * key.
 */
#ifndef TK_TESTS_DOOR_ENTRANCE_H
#define TK_TESTS_DOOR_ENTRANCE_H

#include "core/admission.h"
#include "core/json.h"
#include "tests/support/line_door.h"
#include "tests/support/service.h"
#include "tests/support/test.h"
#include "ui/session.h"

struct entrance {
    char home[128];      /* the folder of the box office */
    char door_home[160]; /* of the doors */
    char store[160];
    char place[PROCESS_PATH_SIZE]; /* what a door opens: the file, or the service's address */
    char token[256];               /* environment of a door at a service; "" for none */
    struct session session;
    struct box_office *office; /* borrowed from the session */
    struct process service;    /* when `served` */
    bool served;
};

struct entrance_ticket {
    uint64_t id;
    int64_t slot;
    char pass[PASS_SIZE];
};

/* Aborts the tests when it cannot. served: doors reach it through a service, as role door. */
void entrance_init(struct entrance *entrance, bool served);
void entrance_release(struct entrance *entrance);
/* Starts in so many µs (below 0: it has begun) and takes so long. */
int64_t entrance_schedule(struct entrance *entrance, const char *name, int64_t starts_in,
                          int64_t takes);
void entrance_book(struct entrance *entrance, int64_t slot, size_t count,
                   struct entrance_ticket *tickets);
bool entrance_is_in(struct entrance *entrance, const struct entrance_ticket *ticket);
/* How many of the slot's are in. */
int32_t entrance_admitted(struct entrance *entrance, int64_t slot);
/* A pass of a ticket that nobody sold, by the slot's own key. */
void entrance_pass_of_nobody(struct entrance *entrance, int64_t slot, uint64_t ticket_id,
                             char pass[PASS_SIZE]);

/* A door of this entrance, by its name; arguments as in struct line_door_options. At a service it has a token
   of its own, and a copy that stays for the next door of that name. */
bool entrance_open(struct entrance *entrance, struct line_door *door, const char *name,
                   const char *const *arguments);
/* What it says to a code; VERDICT_COUNT when it says none, or nothing. */
enum verdict entrance_scan(struct line_door *door, const char *code);
/* The verdict of an object; VERDICT_COUNT for none. */
enum verdict entrance_verdict(const char *object);

#endif
