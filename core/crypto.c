#include "core/crypto.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

bool crypto_init(void)
{
    return sodium_init() >= 0;
}

void crypto_digest(uint8_t hash[CRYPTO_HASH_SIZE], const struct crypto_key *key, const void *data,
                 size_t size)
{
    crypto_generichash(hash, CRYPTO_HASH_SIZE, data, size, key ? key->bytes : NULL,
                       key ? CRYPTO_KEY_SIZE : 0);
}

struct crypto_key crypto_derive(const struct crypto_key *key, const char purpose[8],
                                uint64_t number)
{
    struct crypto_key derived;
    uint8_t message[16];

    memcpy(message, purpose, 8);
    for (int i = 0; i < 8; i++)
        message[8 + i] = (uint8_t)(number >> (56 - 8 * i));
    crypto_digest(derived.bytes, key, message, sizeof message);
    return derived;
}

void crypto_ed25519_sign(uint8_t signature[CRYPTO_SIGNATURE_SIZE], const struct crypto_key *seed,
                 const void *data, size_t size)
{
    uint8_t public_key[CRYPTO_PUBLIC_KEY_SIZE], secret[crypto_sign_SECRETKEYBYTES];

    crypto_sign_seed_keypair(public_key, secret, seed->bytes);
    crypto_sign_detached(signature, NULL, data, size, secret);
    sodium_memzero(secret, sizeof secret);
}

void crypto_ed25519_key(uint8_t key[CRYPTO_PUBLIC_KEY_SIZE], const struct crypto_key *seed)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    crypto_sign_seed_keypair(key, secret, seed->bytes);
    sodium_memzero(secret, sizeof secret);
}

bool crypto_ed25519_check(const uint8_t signature[CRYPTO_SIGNATURE_SIZE],
                   const uint8_t key[CRYPTO_PUBLIC_KEY_SIZE], const void *data, size_t size)
{
    return crypto_sign_verify_detached(signature, data, size, key) == 0;
}

bool crypto_password_make(char text[CRYPTO_PASSWORD_SIZE], const void *data, size_t size)
{
    _Static_assert(CRYPTO_PASSWORD_SIZE == crypto_pwhash_STRBYTES, "libsodium's text fits");
    return crypto_pwhash_str(text, data, size, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

/* Only errno tells what libsodium could not do from what it found. */
enum crypto_password crypto_password_try(const char *text, const void *data, size_t size)
{
    errno = 0;
    if (crypto_pwhash_str_verify(text, data, size) == 0)
        return CRYPTO_PASSWORD_FITS;
    return errno == ENOMEM ? CRYPTO_PASSWORD_NO_MEMORY : CRYPTO_PASSWORD_WRONG;
}

uint64_t crypto_short_hash(const uint8_t key[CRYPTO_SHORT_KEY_SIZE], uint64_t word)
{
    uint8_t in[8], out[8];
    uint64_t hash = 0;

    for (int i = 0; i < 8; i++)
        in[i] = (uint8_t)(word >> (8 * i));
    crypto_shorthash(out, in, sizeof in, key);
    for (int i = 7; i >= 0; i--)
        hash = hash << 8 | out[i];
    return hash;
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}

void crypto_wipe(void *data, size_t size)
{
    sodium_memzero(data, size);
}

void hex_print(char *text, const uint8_t *data, size_t size)
{
    sodium_bin2hex(text, size * 2 + 1, data, size);
}

bool hex_parse(uint8_t *data, size_t size, const char *text)
{
    size_t length = 0;

    return strlen(text) == 2 * size &&
           sodium_hex2bin(data, size, text, 2 * size, NULL, &length, NULL) == 0 && length == size;
}

void crypto_sha256(uint8_t hash[CRYPTO_HASH_SIZE], const void *data, size_t size)
{
    _Static_assert(CRYPTO_HASH_SIZE == crypto_hash_sha256_BYTES, "both have 32 bytes");
    crypto_hash_sha256(hash, data, size);
}

void base64_print(char *text, size_t room, const uint8_t *data, size_t size)
{
    sodium_bin2base64(text, room, data, size, sodium_base64_VARIANT_ORIGINAL);
}

bool base64_parse(uint8_t *data, size_t room, const char *text, size_t length, size_t *size)
{
    const char *end = text;

    return sodium_base642bin(data, room, text, length, " \t\r\n", size, &end,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           end == text + length;
}
