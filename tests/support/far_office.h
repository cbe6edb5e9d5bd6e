/*
 * far_office: the box office of a fixture as if it stood behind a service: a store and an admission
 * port whose line can be cut, before or after the request is done.
 */
#ifndef TK_TESTS_SUPPORT_FAR_OFFICE_H
#define TK_TESTS_SUPPORT_FAR_OFFICE_H

#include "core/admission.h"
#include "tests/support/fixture.h"

enum far_line {
    FAR_UP,
    FAR_DOWN,   /* nothing gets there: far_office.failure */
    FAR_LOST,   /* what changes is done there, and the answer is lost: TK_UNKNOWN; no questions */
    FAR_REFUSED /* it answers, and does not know this door: TK_NO_TOKEN */
};

struct far_office {
    struct store store;
    struct fixture *fixture;
    struct box_office there;  /* the service's: judges by all keys */
    struct box_office office; /* the door's: borrowed by whoever opens a door */
    enum far_line line;
    enum tk_code failure;     /* TK_UNAVAILABLE unless set */
    uint64_t calls, admits;   /* that were made at all; of them scans */
    uint64_t cut_after;       /* calls from now until the line goes down; 0: it does not */
    char device[DEVICE_SIZE]; /* as the service calls the door; "": as it calls itself */
};

/* The door is called `name`. */
void far_office_init(struct far_office *far, struct fixture *fixture, const char *name);

#endif
