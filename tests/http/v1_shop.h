/* v1_shop: a service of its own with what the tests of /v1 do over and over. */
#ifndef TK_TESTS_HTTP_V1_SHOP_H
#define TK_TESTS_HTTP_V1_SHOP_H

#include "tests/support/http.h"
#include "tests/support/service.h"
#include "tests/support/test.h"

struct shop {
    struct process process;
    const char *bearer; /* a header for every call; NULL: none */
    unsigned keys;      /* made so far */
};

/* Starts it, without tokens unless asked; ends the test when it cannot. */
void shop_start(struct shop *shop, bool tokens);
void shop_end(struct shop *shop);
/* One request. A change (anything but GET) gets a fresh key. Returns the status; the answer holds
   until the next call with it or answer_release. */
int shop_call(struct shop *shop, struct answer *answer, const char *method, const char *target,
               const char *body);
/* The same with one more header (NULL: none), and no key but what that may be. */
int shop_call_with(struct shop *shop, struct answer *answer, const char *method,
                    const char *target, const char *header, const char *body);
/* Schedules a showing that starts in so many hours; its id. */
int64_t shop_schedule(struct shop *shop, const char *name, int hours, int capacity);
/* Sells tickets; the status. *first (may be NULL) gets the first one's id. */
int shop_book(struct shop *shop, int64_t slot, int count, char first[20]);
/* The target of the Link header rel="next"; false when there is none. */
bool shop_next(struct answer *answer, char *target, size_t size);

#endif
