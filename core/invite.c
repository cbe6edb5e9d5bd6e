#include "core/invite.h"

#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "core/record_json.h"

#define HALF 5 /* characters before and after the dash */

void invite_code_print(char code[INVITE_CODE_SIZE], uint64_t random)
{
    char digits[2 * HALF + 1];

    base32_print(digits, random & ID_MAX, 2 * HALF);
    snprintf(code, INVITE_CODE_SIZE, "%.5s-%.5s", digits, digits + HALF);
}

bool invite_code_hash(const char *code, uint8_t hash[CRYPTO_HASH_SIZE])
{
    char squeezed[2 * HALF + 1], digits[2 * HALF + 1];
    uint64_t value;

    if (!base32_squeeze(squeezed, sizeof squeezed, code) || strlen(squeezed) != 2 * HALF ||
        !base32_parse(squeezed, 2 * HALF, &value))
        return false;
    base32_print(digits, value, 2 * HALF); /* O and 0 are one */
    crypto_digest(hash, NULL, digits, 2 * HALF);
    return true;
}

void invite_key(char key[RECORD_KEY_SIZE], const uint8_t code_hash[CRYPTO_HASH_SIZE])
{
    memcpy(key, INVITE_PREFIX, sizeof INVITE_PREFIX);
    hex_print(key + sizeof INVITE_PREFIX - 1, code_hash, CRYPTO_HASH_SIZE);
}

enum tk_code invite_print(const struct invitation *invitation, struct record *record)
{
    struct buffer json;
    enum tk_code code;

    buffer_init(&json, sizeof record->value - 1);
    json_put_open(&json, NULL, '{');
    json_put_text(&json, "deviceName", invitation->name);
    json_put_text(&json, "role", role_name(invitation->role));
    json_put_bool(&json, "attended", invitation->attended);
    json_put_int(&json, "until", invitation->until);
    json_put_int(&json, "usedAt", invitation->used_at);
    json_put_close(&json, '}');
    code = record_put(record, &json);
    buffer_release(&json);
    return code;
}

enum tk_code invite_read(const struct record *record, struct invitation *invitation)
{
    struct json *document = NULL;
    struct invitation read = {0};
    enum tk_code code = record_get(record, &document);
    const char *role = json_text(json_member(document, "role"));

    if (!code && (!json_copy(document, "deviceName", read.name, sizeof read.name) || !role ||
                  !role_parse(role, &read.role) ||
                  !json_boolean(json_member(document, "attended"), &read.attended) ||
                  !json_whole(json_member(document, "until"), &read.until) ||
                  !json_whole(json_member(document, "usedAt"), &read.used_at)))
        code = TK_CORRUPT;
    json_free(document);
    if (!code)
        *invitation = read;
    return code;
}

void device_note_key(char key[RECORD_KEY_SIZE], const char *name)
{
    _Static_assert(sizeof DEVICE_NOTE_PREFIX + DEVICE_SIZE <= RECORD_KEY_SIZE, "a name fits");
    snprintf(key, RECORD_KEY_SIZE, DEVICE_NOTE_PREFIX "%s", name);
}

enum tk_code device_note_print(const struct device_note *note, struct record *record)
{
    struct buffer json;
    enum tk_code code;

    buffer_init(&json, sizeof record->value - 1);
    json_put_open(&json, NULL, '{');
    json_put_bool(&json, "attended", note->attended);
    json_put_close(&json, '}');
    code = record_put(record, &json);
    buffer_release(&json);
    return code;
}

enum tk_code device_note_read(const struct record *record, struct device_note *note)
{
    struct json *document = NULL;
    struct device_note read = {0};
    enum tk_code code = TK_OK;

    if (record->value[0])
        code = record_get(record, &document);
    if (!code && document && !json_boolean(json_member(document, "attended"), &read.attended))
        code = TK_CORRUPT;
    json_free(document);
    if (!code)
        *note = read;
    return code;
}
