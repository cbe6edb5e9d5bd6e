/*
 * crypto: the few primitives that the rest needs, from libsodium, which this module owns.
 *
 * BLAKE2b (RFC 7693), SipHash-2-4 (Aumasson, Bernstein 2012). Everything here is a pure function.
 */
#ifndef TK_CORE_CRYPTO_H
#define TK_CORE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_KEY_SIZE 32 /* bytes */
#define CRYPTO_HASH_SIZE 32
#define CRYPTO_SHORT_KEY_SIZE 16
#define CRYPTO_SIGNATURE_SIZE 64
#define CRYPTO_PUBLIC_KEY_SIZE 32

struct crypto_key {
    uint8_t bytes[CRYPTO_KEY_SIZE];
};

/* Lets libsodium choose its fastest code for this processor; once, before any thread is started.
   What follows gives the same results without it. False when libsodium cannot be used. */
bool crypto_init(void);

/* BLAKE2b-256 of the bytes, keyed when key is not NULL. */
void crypto_digest(uint8_t hash[CRYPTO_HASH_SIZE], const struct crypto_key *key, const void *data,
                 size_t size);
/* SHA-256 (FIPS 180-4), where others expect it. */
void crypto_sha256(uint8_t hash[CRYPTO_HASH_SIZE], const void *data, size_t size);
/* Derives an independent key: keyed BLAKE2b over an 8-byte purpose and a number. */
struct crypto_key crypto_derive(const struct crypto_key *key, const char purpose[8],
                                uint64_t number);
/* Ed25519 (RFC 8032) with the key pair that the seed makes. */
void crypto_ed25519_sign(uint8_t signature[CRYPTO_SIGNATURE_SIZE], const struct crypto_key *seed,
                 const void *data, size_t size);
void crypto_ed25519_key(uint8_t key[CRYPTO_PUBLIC_KEY_SIZE], const struct crypto_key *seed);
bool crypto_ed25519_check(const uint8_t signature[CRYPTO_SIGNATURE_SIZE],
                   const uint8_t key[CRYPTO_PUBLIC_KEY_SIZE], const void *data, size_t size);
/* Argon2id (RFC 9106) with libsodium's INTERACTIVE limits, which takes about 80 ms and 64 MiB, in
   libsodium's text form. False without memory. */
#define CRYPTO_PASSWORD_SIZE 128 /* bytes of the text with the NUL */
bool crypto_password_make(char text[CRYPTO_PASSWORD_SIZE], const void *data, size_t size);
enum crypto_password { CRYPTO_PASSWORD_FITS, CRYPTO_PASSWORD_WRONG, CRYPTO_PASSWORD_NO_MEMORY };
enum crypto_password crypto_password_try(const char *text, const void *data, size_t size);
/* SipHash-2-4 of one 64-bit word. */
uint64_t crypto_short_hash(const uint8_t key[CRYPTO_SHORT_KEY_SIZE], uint64_t word);
/* Whether equal, in time that depends on size only. */
bool crypto_equal(const void *a, const void *b, size_t size);
void crypto_wipe(void *data, size_t size);

/* Base 64 (RFC 4648, 4) with its '='; room for 4 * ((size + 2) / 3) + 1 bytes. */
void base64_print(char *text, size_t room, const uint8_t *data, size_t size);
/* Reads so many characters, white space among them passed over. False unless all of it is base 64 and fits. */
bool base64_parse(uint8_t *data, size_t room, const char *text, size_t length, size_t *size);
/* Lower-case hexadecimal; text has 2 * size + 1 bytes. */
void hex_print(char *text, const uint8_t *data, size_t size);
/* False unless text is exactly 2 * size hexadecimal digits. */
bool hex_parse(uint8_t *data, size_t size, const char *text);

#endif
