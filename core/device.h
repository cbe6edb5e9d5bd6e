/*
 * device: a till, door or program that may use the service, by its token.
 *
 *              plan enrol                    plan revoke
 *   (unknown) ───────────▶ enrolled ────────────────────────▶ revoked (for good; the name may be
 *                                                             enrolled anew with another token)
 *
 * Invariants
 * 1. The token itself is never kept: only its BLAKE2b-256. It has 160 random bits, so a plain hash
 *    cannot be searched.
 * 2. A role allows what core/role and the service's table of routes say, and nothing else.
 */
#ifndef TK_CORE_DEVICE_H
#define TK_CORE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto.h"
#include "core/error.h"
#include "core/role.h"

#define DEVICE_SIZE 65 /* bytes of a name with the NUL */

struct device {
    char name[DEVICE_SIZE]; /* clean text; identifies it */
    enum role role;
    uint8_t token_hash[CRYPTO_HASH_SIZE];
    int64_t enrolled_at; /* UTC µs */
    int64_t revoked_at;  /* 0: it may */
    int64_t used_at;     /* last use, as recorded from time to time; 0: never */
};

struct device_list {
    struct device *items; /* owned */
    size_t count, capacity;
};

/* Just one of name and token_hash, or neither (all, by name). */
struct device_query {
    const char *name;
    const uint8_t *token_hash; /* CRYPTO_HASH_SIZE bytes; finds those not revoked only */
};

#define TOKEN_RANDOM_SIZE 20 /* bytes */
#define TOKEN_SIZE 37        /* "tly_" + 32 characters of Crockford base 32, lower case, and NUL */

/* The token that these random bytes make. */
void token_make(char token[TOKEN_SIZE], const uint8_t random[TOKEN_RANDOM_SIZE]);
/* The hash of a token as it was sent; false when it is not of a token's form. */
bool token_hash(uint8_t hash[CRYPTO_HASH_SIZE], const char *token);

enum tk_code device_list_add(struct device_list *list, const struct device *device);
void device_list_release(struct device_list *list);

#endif
