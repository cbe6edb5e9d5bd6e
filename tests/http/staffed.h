/*
 * staffed: a service that asks for tokens, in this process, where people work: with a clock of its
 * own.
 *
 * Staff of each role has the number that staffed_number gives, the PIN STAFFED_PIN and the password
 * STAFFED_PASSWORD. Devices: "till" (clerk, attended), "office" (admin, attended), "door" (door,
 * attended), "alone" (clerk, nobody signs on at it). The clock stands still unless it is moved.
 */
#ifndef TK_TESTS_HTTP_STAFFED_H
#define TK_TESTS_HTTP_STAFFED_H

#include <stdatomic.h>

#include "core/box_office.h"
#include "tests/support/http.h"
#include "tests/support/test.h"

#define STAFFED_PIN "483920"
#define STAFFED_PASSWORD "a horse, a lamp and a stone"
#define STAFFED_HEADER_SIZE 96

enum staffed_device { DEVICE_TILL, DEVICE_OFFICE, DEVICE_DOOR, DEVICE_ALONE, DEVICE_COUNT };

struct service;

struct staffed {
    char folder[64], path[96], url[160];
    struct crypto_key site_key;
    _Atomic int64_t now; /* UTC µs */
    struct store *store; /* to prepare and to look with */
    struct service *service;
    char tokens[DEVICE_COUNT][TOKEN_SIZE];
    int64_t slot; /* a showing to sell */
    unsigned keys;
};

void staffed_start(struct staffed *staffed);
void staffed_stop(struct staffed *staffed);
/* Ends the service and starts another one on the same file. */
void staffed_restart(struct staffed *staffed);
int64_t staffed_number(enum role role);
/* Applies one operation to the store as it is; its outcome. */
enum tk_code staffed_apply(struct staffed *staffed, struct operation *operation);

/* One request with a device's token (DEVICE_COUNT: none), a session and an approval ("" none), and
   a fresh key unless one is given; the status. *answer is released first. */
struct staffed_call {
    enum staffed_device device;
    const char *session, *approval, *key;
};
int staffed_ask(struct staffed *staffed, const struct staffed_call *call, const char *method,
                const char *target, const char *body, struct answer *answer);
/* Signs a member on; the status. *session gets the header's value. */
int staffed_sign_on(struct staffed *staffed, enum staffed_device device, int64_t number,
                    const char *secret, char session[STAFFED_HEADER_SIZE]);

#endif
