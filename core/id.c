#include "core/id.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define HALF_BITS 25
#define HALF_MASK ((UINT64_C(1) << HALF_BITS) - 1)
#define ROUNDS 8

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char *const prefixes[] = {[ID_TICKET] = "TKT", [ID_CUSTOMER] = "U"};

static uint64_t round_of(const struct id_key *key, enum id_kind kind, int round, uint64_t half)
{
    return crypto_short_hash(key->bytes, (uint64_t)kind << 56 | (uint64_t)round << 48 | half) &
           HALF_MASK;
}

uint64_t id_make(const struct id_key *key, enum id_kind kind, uint64_t number)
{
    uint64_t left = number >> HALF_BITS & HALF_MASK, right = number & HALF_MASK;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t next = left ^ round_of(key, kind, round, right);

        left = right;
        right = next;
    }
    return left << HALF_BITS | right;
}

uint64_t id_number(const struct id_key *key, enum id_kind kind, uint64_t id)
{
    uint64_t left = id >> HALF_BITS & HALF_MASK, right = id & HALF_MASK;

    for (int round = ROUNDS - 1; round >= 0; round--) {
        uint64_t before = right ^ round_of(key, kind, round, left);

        right = left;
        left = before;
    }
    return left << HALF_BITS | right;
}

void base32_print(char *text, uint64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--, value >>= 5)
        text[i] = digits[value & 31];
    text[count] = '\0';
}

static int digit_value(char c)
{
    const char *found;

    c = (char)toupper((unsigned char)c);
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

bool base32_parse(const char *text, int count, uint64_t *value)
{
    uint64_t result = 0;

    for (int i = 0; i < count; i++) {
        int digit = digit_value(text[i]);

        if (digit < 0)
            return false;
        result = result << 5 | (uint64_t)digit;
    }
    *value = result;
    return true;
}

bool base32_squeeze(char *dst, size_t size, const char *src)
{
    size_t used = 0;

    for (; *src; src++) {
        if (*src == ' ' || *src == '-')
            continue;
        if (!isalnum((unsigned char)*src) || used + 1 >= size)
            return false;
        dst[used++] = (char)toupper((unsigned char)*src);
    }
    dst[used] = '\0';
    return true;
}

void id_print(char text[ID_TEXT_MAX], enum id_kind kind, uint64_t id)
{
    char number[ID_DIGITS + 1];

    text[0] = '\0';
    if (!id)
        return;
    base32_print(number, id, ID_DIGITS);
    snprintf(text, ID_TEXT_MAX, "%s%s", prefixes[kind], number);
}

bool id_parse(enum id_kind kind, const char *text, uint64_t *id)
{
    char squeezed[ID_TEXT_MAX] = "";
    const char *number = squeezed;
    size_t prefix = strlen(prefixes[kind]);
    uint64_t value;

    if (!base32_squeeze(squeezed, sizeof squeezed, text))
        return false;
    if (strlen(squeezed) == prefix + ID_DIGITS && strncmp(squeezed, prefixes[kind], prefix) == 0)
        number += prefix;
    else if (strlen(squeezed) != ID_DIGITS || kind != ID_TICKET)
        return false;
    if (!base32_parse(number, ID_DIGITS, &value) || value == 0)
        return false;
    *id = value;
    return true;
}

bool slot_id_parse(const char *text, int64_t *id)
{
    size_t length = strlen(text);
    int64_t value = 0;

    if (length < 6 || length > 15 || text[0] == '0')
        return false;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text))
            return false;
        value = value * 10 + *text - '0';
    }
    *id = value;
    return true;
}

struct op_id op_id_make(int64_t unix_ms, const uint8_t random[10])
{
    struct op_id id;

    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
    memcpy(id.bytes + 6, random, 10);
    id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0F));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3F));
    return id;
}

struct op_id op_id_derive(const struct op_id *request, uint64_t step)
{
    uint8_t mixed[sizeof request->bytes + 8], hash[CRYPTO_HASH_SIZE];
    struct op_id id = *request;

    memcpy(mixed, request->bytes, sizeof request->bytes);
    for (size_t i = 0; i < 8; i++)
        mixed[sizeof request->bytes + i] = (uint8_t)(step >> (56 - 8 * i));
    crypto_digest(hash, NULL, mixed, sizeof mixed);
    memcpy(id.bytes + 8, hash, 8);
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

bool op_id_equal(const struct op_id *a, const struct op_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool op_id_is_zero(const struct op_id *id)
{
    static const struct op_id zero;

    return op_id_equal(id, &zero);
}

void op_id_print(char text[OP_ID_TEXT_MAX], const struct op_id *id)
{
    char hex[33];

    hex_print(hex, id->bytes, sizeof id->bytes);
    snprintf(text, OP_ID_TEXT_MAX, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

bool op_id_parse(struct op_id *id, const char *text)
{
    char hex[33];

    if (strlen(text) != 36)
        return false;
    for (int from = 0, to = 0; from < 36; from++) {
        bool dash = from == 8 || from == 13 || from == 18 || from == 23;

        if (dash != (text[from] == '-'))
            return false;
        if (!dash)
            hex[to++] = text[from];
    }
    hex[32] = '\0';
    return hex_parse(id->bytes, sizeof id->bytes, hex);
}
