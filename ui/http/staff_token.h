/*
 * staff_token: what a member of staff shows with each request once he signed on, so that any node
 * of the service knows him without having kept anything.
 *
 *   session    "tls_" …, good for SESSION_LASTS; in the header Ticketly-Staff
 *   approval   "tla_" …, good for APPROVAL_LASTS and one operation of one kind by one member; in
 * the header Ticketly-Approval
 *
 * Behind the prefix stand 56 characters of Crockford base 32, lower case, of 35 bytes:
 *
 *   version 1 ‖ kind of operation ‖ member (4) ‖ for whom (4) ‖ issued at (8, UTC µs) ‖ 0 ‖ tag
 * (16)
 *
 * numbers big-endian. In the place of whom, a session has a mark of the secrets that the member had
 * then: it is over when he gets new ones. The tag is keyed BLAKE2b, cut, over prefix, these bytes and the hash of the
 * device's token (zeros without a device): so it is of no use at another device, or at the same one
 * enrolled anew. The key is derived from the first site key, which every node has.
 *
 * Whether the member still works here, and in which role, is not in it: who checks looks that up.
 * Pure functions.
 */
#ifndef TK_UI_HTTP_STAFF_TOKEN_H
#define TK_UI_HTTP_STAFF_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto.h"
#include "core/operation.h"

#define SESSION_LASTS (12 * TIME_HOUR)
#define APPROVAL_LASTS (2 * TIME_MINUTE)
#define STAFF_TOKEN_SIZE 61 /* with the NUL */
#define STAFF_TAG_SIZE 16

enum staff_token_kind { STAFF_SESSION, STAFF_APPROVAL };

struct staff_claim {
    enum staff_token_kind kind;
    int64_t number;              /* who signed on, or approved */
    int64_t member;              /* approval: for whom; session: a mark of his secrets */
    enum op_kind operation;      /* approval: of what; session: 0 */
    int64_t issued_at;           /* UTC µs */
    uint8_t tag[STAFF_TAG_SIZE]; /* filled by making and checking: tells approvals apart */
};

/* The key of the house's sessions from the first site key. To be wiped. */
struct crypto_key staff_token_key(const struct crypto_key *site_key);
/* `device`: the hash of its token; NULL: none. Fills claim->tag. */
void staff_token_make(char token[STAFF_TOKEN_SIZE], struct staff_claim *claim,
                      const struct crypto_key *key, const uint8_t *device);
/* False for one that is not of this kind, was not made with this key for this device, is over, or
   is from the future. */
bool staff_token_check(const char *token, enum staff_token_kind kind, const struct crypto_key *key,
                       const uint8_t *device, int64_t now, struct staff_claim *claim);
/* Until when it is good, UTC µs. */
int64_t staff_token_until(const struct staff_claim *claim);

#endif
