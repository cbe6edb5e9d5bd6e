#include "core/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/record_json.h"
#include "core/text.h"

void seal_head_add(uint8_t head[CRYPTO_HASH_SIZE], const uint8_t entry_hash[CRYPTO_HASH_SIZE],
                   const uint8_t digest[CRYPTO_HASH_SIZE])
{
    uint8_t all[3 * CRYPTO_HASH_SIZE];

    memcpy(all, head, CRYPTO_HASH_SIZE);
    memcpy(all + CRYPTO_HASH_SIZE, entry_hash, CRYPTO_HASH_SIZE);
    memcpy(all + 2 * CRYPTO_HASH_SIZE, digest, CRYPTO_HASH_SIZE);
    crypto_digest(head, NULL, all, sizeof all);
}

bool seal_is_due(int64_t before, int64_t after)
{
    return before / SEAL_EVERY != after / SEAL_EVERY;
}

struct crypto_key seal_seed(const struct crypto_key *site_key)
{
    return crypto_derive(site_key, "seal sgn", 0);
}

static void put_number(struct buffer *out, int64_t number)
{
    char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)number >> (56 - 8 * i));
    buffer_add(out, bytes, sizeof bytes);
}

static void put_text(struct buffer *out, const char *text)
{
    put_number(out, (int64_t)strlen(text));
    buffer_add_text(out, text);
}

/* False without memory. */
static bool put_signed(struct buffer *out, const struct seal *seal, const char *uuid)
{
    buffer_init(out, 1024);
    buffer_add_text(out, "ticketly seal 1");
    put_text(out, uuid);
    put_number(out, seal->writer);
    put_number(out, seal->entries);
    buffer_add(out, (const char *)seal->head, sizeof seal->head);
    put_number(out, seal->made_at);
    put_text(out, seal->why);
    return !out->failed;
}

void seal_key(char key[RECORD_KEY_SIZE], int64_t writer, int64_t entries)
{
    snprintf(key, RECORD_KEY_SIZE, SEAL_PREFIX "%016" PRId64 "/%016" PRId64, writer, entries);
}

enum tk_code seal_print(const struct seal *seal, struct record *record)
{
    char hash[2 * CRYPTO_HASH_SIZE + 1], signature[2 * CRYPTO_SIGNATURE_SIZE + 1];
    struct buffer text;
    enum tk_code code;

    hex_print(hash, seal->head, sizeof seal->head);
    hex_print(signature, seal->signature, sizeof seal->signature);
    *record = (struct record){.changed_at = seal->made_at};
    seal_key(record->key, seal->writer, seal->entries);
    buffer_init(&text, sizeof record->value - 1);
    json_put_open(&text, NULL, '{');
    json_put_int(&text, "writer", seal->writer);
    json_put_int(&text, "entries", seal->entries);
    json_put_text(&text, "head", hash);
    json_put_int(&text, "madeAt", seal->made_at);
    json_put_text(&text, "why", seal->why);
    json_put_text(&text, "signature", signature);
    json_put_close(&text, '}');
    code = record_put(record, &text);
    buffer_release(&text);
    return code;
}

enum tk_code seal_make(struct seal *seal, const char *uuid, const struct crypto_key *seed,
                       struct record *record)
{
    struct buffer text;

    if (!put_signed(&text, seal, uuid)) {
        buffer_release(&text);
        return TK_NO_MEMORY;
    }
    crypto_ed25519_sign(seal->signature, seed, text.data, text.length);
    buffer_release(&text);
    return seal_print(seal, record);
}

enum tk_code seal_read(const struct record *record, struct seal *seal)
{
    struct json *document = NULL;
    struct seal read = {0};
    enum tk_code code = record_get(record, &document);
    const char *head = json_text(json_member(document, "head"));
    const char *signature = json_text(json_member(document, "signature"));

    if (!code && (!json_whole(json_member(document, "writer"), &read.writer) ||
                  !json_whole(json_member(document, "entries"), &read.entries) || !head ||
                  !hex_parse(read.head, sizeof read.head, head) ||
                  !json_whole(json_member(document, "madeAt"), &read.made_at) ||
                  !json_copy(document, "why", read.why, sizeof read.why) || !signature ||
                  !hex_parse(read.signature, sizeof read.signature, signature)))
        code = TK_CORRUPT;
    json_free(document);
    if (!code)
        *seal = read;
    return code;
}

bool seal_check(const struct seal *seal, const char *uuid,
                const uint8_t public_key[CRYPTO_PUBLIC_KEY_SIZE])
{
    struct buffer text;
    bool good = put_signed(&text, seal, uuid) &&
                crypto_ed25519_check(seal->signature, public_key, text.data, text.length);

    buffer_release(&text);
    return good;
}
