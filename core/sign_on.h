/*
 * sign_on: whether somebody is who he says, and how often he may say it.
 *
 * A PIN has 6 digits or more and is good on an enrolled device alone; a password has 15 characters
 * or more and is good anywhere. What is kept of either is Argon2id (RFC 9106; libsodium's
 * INTERACTIVE limits: 64 MiB, 2 passes) of BLAKE2b-256 keyed with the house's pepper over number ‖
 * secret, in libsodium's text form. The pepper is derived from the site's key, so that a stolen
 * database alone is of no use.
 *
 * Who tries is held up by the device that he tries at, never by the number that he tries: nobody
 * can lock a colleague out from elsewhere.
 *
 *            a failure, and SIGN_ON_FREE were before       SIGN_ON_LOCK of them
 *   free ─────────────────────────────────────▶ waits ─────────────────────────▶ locked
 *    ▲  ◀──────── a success forgets the failures ──┘  (30 s, doubling …)            │
 *    │            of that number alone                                              │
 *    └───────── a supervisor signs on (one try in SIGN_ON_LOCKED_WAIT) ◀────────────┘
 *
 * Invariants
 * 1. A wrong secret, a number that nobody has, one who left and one who has no such secret get the
 * same answer (TK_WRONG_PIN) after the same work: one Argon2id each.
 * 2. Failures of numbers other than one's own are not forgotten by one's own success, for 24 hours;
 * a supervisor's at a locked device forgets all (elsewhere he could guess without end).
 * 3. The state of a device survives a restart of what guards it (data/sign_on_file).
 *
 * No I/O, no clock. At most two secrets are worked on at once: who calls sees to that
 * (data/sign_on_file).
 */
#ifndef TK_CORE_SIGN_ON_H
#define TK_CORE_SIGN_ON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto.h"
#include "core/error.h"
#include "core/staff.h"

#define SIGN_ON_FREE 5                         /* failures without a wait */
#define SIGN_ON_FIRST_WAIT (30 * TIME_SECOND)  /* after the next one, then twice that … */
#define SIGN_ON_LOCK 12                        /* failures after which the device is locked */
#define SIGN_ON_LOCKED_WAIT (15 * TIME_MINUTE) /* between tries at a locked device */
#define SIGN_ON_REMEMBER (24 * TIME_HOUR)
#define SIGN_ON_NUMBERS 32 /* numbers told apart at a device; those beyond count as one */
#define PIN_DIGITS_MIN 6
#define PASSWORD_MIN 15 /* characters */
#define SECRET_MAX 128  /* bytes without the NUL */

enum secret_kind { SECRET_PIN, SECRET_PASSWORD };

/* The pepper of the house from the first site key. To be wiped. */
struct crypto_key sign_on_pepper(const struct crypto_key *site_key);
/* TK_BAD_PIN with a sentence: digits alone and enough of them, not all the same nor 123456 and its
   like; for a password its length, and that it is not digits alone, by which the two are told
   apart. */
enum tk_code secret_check(enum secret_kind kind, const char *secret, struct tk_error *error);
/* Takes about 80 ms and 64 MiB. TK_NO_MEMORY. */
enum tk_code secret_make(char verifier[VERIFIER_SIZE], const struct crypto_key *pepper,
                         int64_t number, const char *secret);
/* The same time, whether there is a verifier (not "") or not. *fits is false unless it does.
 * TK_NO_MEMORY. */
enum tk_code secret_try(const char *verifier, const struct crypto_key *pepper, int64_t number,
                        const char *secret, bool *fits);

struct sign_on_failures {
    int64_t number; /* 0: of items[0], those that are not told apart; of others: none */
    int64_t count;
    int64_t last_at; /* UTC µs */
};

/* Of one device; zeroed: nobody has failed. */
struct sign_on_guard {
    struct sign_on_failures items[SIGN_ON_NUMBERS];
    int64_t locked_at; /* UTC µs; 0: not locked */
    int64_t tried_at;  /* the last try while it was locked */
};

/* When the next try may be made (UTC µs, not after `now`: at once), and whether only a supervisor
 * may sign on. */
int64_t sign_on_next_at(const struct sign_on_guard *guard, int64_t now, bool *locked);
/* Notes a failed try. True when it locked the device. */
bool sign_on_note_failure(struct sign_on_guard *guard, int64_t number, int64_t now);
/* Notes a good one. At a locked device only a role that approves may sign on (TK_SIGN_ON_LOCKED,
   which counts as a failed try but does not say whether the secret was right). */
enum tk_code sign_on_note_success(struct sign_on_guard *guard, int64_t number, enum role role,
                                  int64_t now);

#endif
