/*
 * seal: signed checkpoints of the journal, by which a tail that was cut off is found.
 *
 * Each writer of a journal (the one of a file, each node's of a database) has a head: a hash over
 * the hashes of all its entries in their order and the digests that repeated requests are known by,
 * which are in no entry's hash. head(0) = 32 zero bytes, head(n) = BLAKE2b-256(head(n - 1) ‖ hash of
 * entry n ‖ digest of entry n). A seal says how many entries there were and what the head was,
 * signed with Ed25519 (RFC 8032) by a key that is derived from the site's key: whoever
 * can write the database but not read the key file cannot make one. Signed is "ticketly seal 1" ‖
 * uuid of the store ‖ writer ‖ entries ‖ head ‖ made_at ‖ why with texts and numbers as in
 * journal_hash (store.h).
 *
 * A store makes one in the transaction that completes each SEAL_EVERY entries of a writer, and in
 * that of a shift-close or a seal operation.
 */
#ifndef TK_CORE_SEAL_H
#define TK_CORE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto.h"
#include "core/error.h"
#include "core/record.h"

#define SEAL_PREFIX "seal/"
#define SEAL_EVERY 1000 /* entries */
#define SEAL_WHY_SIZE 16

struct seal {
    int64_t writer;
    int64_t entries; /* of this writer, up to here */
    uint8_t head[CRYPTO_HASH_SIZE];
    int64_t made_at;         /* UTC µs */
    char why[SEAL_WHY_SIZE]; /* "entries", "shift", "midnight" */
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
};

/* Moves a head over one more entry. */
void seal_head_add(uint8_t head[CRYPTO_HASH_SIZE], const uint8_t entry_hash[CRYPTO_HASH_SIZE],
                   const uint8_t digest[CRYPTO_HASH_SIZE]);
/* Whether a thousand was completed between two counts of entries. */
bool seal_is_due(int64_t before, int64_t after);
/* The seed of the house's signing key, from the first site key. To be wiped. */
struct crypto_key seal_seed(const struct crypto_key *site_key);

/* Signs (signature is filled in) and makes the whole record. TK_NO_MEMORY. */
enum tk_code seal_make(struct seal *seal, const char *uuid, const struct crypto_key *seed,
                       struct record *record);
/* The record of one that is signed already. TK_NO_MEMORY. */
enum tk_code seal_print(const struct seal *seal, struct record *record);
void seal_key(char key[RECORD_KEY_SIZE], int64_t writer, int64_t entries);
enum tk_code seal_read(const struct record *record, struct seal *seal);
/* Whether it was signed for this store by the owner of that public key. */
bool seal_check(const struct seal *seal, const char *uuid,
                const uint8_t public_key[CRYPTO_PUBLIC_KEY_SIZE]);

#endif
