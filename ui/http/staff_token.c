#include "ui/http/staff_token.h"

#include <string.h>

#include "core/id.h"
#include "core/staff.h"

#define PREFIX_SIZE 4
#define HEAD_SIZE 19 /* bytes before the tag */
#define WHOLE_SIZE (HEAD_SIZE + STAFF_TAG_SIZE)
#define GROUP_BYTES 5
#define GROUP_DIGITS 8
#define VERSION 1
#define CLOCKS_APART (5 * TIME_MINUTE) /* of two nodes, at most */

static const char *const prefixes[] = {[STAFF_SESSION] = "tls_", [STAFF_APPROVAL] = "tla_"};

_Static_assert(WHOLE_SIZE % GROUP_BYTES == 0 &&
                   STAFF_TOKEN_SIZE == PREFIX_SIZE + WHOLE_SIZE / GROUP_BYTES * GROUP_DIGITS + 1,
               "the groups fill a token");
_Static_assert(OP_KIND_COUNT <= 256 && STAFF_NUMBER_MAX < UINT32_MAX, "they fit their bytes");

struct crypto_key staff_token_key(const struct crypto_key *site_key)
{
    return crypto_derive(site_key, "session ", 0);
}

int64_t staff_token_until(const struct staff_claim *claim)
{
    return claim->issued_at + (claim->kind == STAFF_SESSION ? SESSION_LASTS : APPROVAL_LASTS);
}

static void put_number(uint8_t *bytes, int64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((uint64_t)number >> 8 * (size - 1 - i));
}

static int64_t get_number(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return (int64_t)number;
}

static void make_tag(uint8_t tag[STAFF_TAG_SIZE], enum staff_token_kind kind,
                     const uint8_t head[HEAD_SIZE], const struct crypto_key *key,
                     const uint8_t *device)
{
    uint8_t whole[PREFIX_SIZE + HEAD_SIZE + CRYPTO_HASH_SIZE] = {0}, hash[CRYPTO_HASH_SIZE];

    memcpy(whole, prefixes[kind], PREFIX_SIZE);
    memcpy(whole + PREFIX_SIZE, head, HEAD_SIZE);
    if (device)
        memcpy(whole + PREFIX_SIZE + HEAD_SIZE, device, CRYPTO_HASH_SIZE);
    crypto_digest(hash, key, whole, sizeof whole);
    memcpy(tag, hash, STAFF_TAG_SIZE);
}

static void print_bytes(char *text, const uint8_t bytes[WHOLE_SIZE])
{
    char *at = text;

    for (size_t i = 0; i < WHOLE_SIZE; i += GROUP_BYTES, at += GROUP_DIGITS)
        base32_print(at, (uint64_t)get_number(bytes + i, GROUP_BYTES), GROUP_DIGITS);
    for (at = text; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
}

/* One token has one spelling. */
static bool parse_bytes(uint8_t bytes[WHOLE_SIZE], const char *text)
{
    uint64_t group;

    if (strspn(text, "0123456789abcdefghjkmnpqrstvwxyz") != STAFF_TOKEN_SIZE - 1 - PREFIX_SIZE)
        return false;
    for (size_t i = 0; i < WHOLE_SIZE; i += GROUP_BYTES, text += GROUP_DIGITS) {
        if (!base32_parse(text, GROUP_DIGITS, &group))
            return false;
        put_number(bytes + i, (int64_t)group, GROUP_BYTES);
    }
    return true;
}

void staff_token_make(char token[STAFF_TOKEN_SIZE], struct staff_claim *claim,
                      const struct crypto_key *key, const uint8_t *device)
{
    uint8_t bytes[WHOLE_SIZE] = {VERSION, (uint8_t)claim->operation};

    put_number(bytes + 2, claim->number, 4);
    put_number(bytes + 6, claim->member, 4);
    put_number(bytes + 10, claim->issued_at, 8);
    make_tag(bytes + HEAD_SIZE, claim->kind, bytes, key, device);
    memcpy(claim->tag, bytes + HEAD_SIZE, STAFF_TAG_SIZE);
    memcpy(token, prefixes[claim->kind], PREFIX_SIZE);
    print_bytes(token + PREFIX_SIZE, bytes);
}

bool staff_token_check(const char *token, enum staff_token_kind kind, const struct crypto_key *key,
                       const uint8_t *device, int64_t now, struct staff_claim *claim)
{
    uint8_t bytes[WHOLE_SIZE], tag[STAFF_TAG_SIZE];
    struct staff_claim read = {.kind = kind};

    if (strnlen(token, STAFF_TOKEN_SIZE) != STAFF_TOKEN_SIZE - 1 ||
        memcmp(token, prefixes[kind], PREFIX_SIZE) != 0 || !parse_bytes(bytes, token + PREFIX_SIZE))
        return false;
    make_tag(tag, kind, bytes, key, device);
    if (!crypto_equal(tag, bytes + HEAD_SIZE, STAFF_TAG_SIZE) || bytes[0] != VERSION ||
        bytes[1] >= OP_KIND_COUNT)
        return false;
    read.operation = (enum op_kind)bytes[1];
    read.number = get_number(bytes + 2, 4);
    read.member = get_number(bytes + 6, 4);
    read.issued_at = get_number(bytes + 10, 8);
    memcpy(read.tag, tag, STAFF_TAG_SIZE);
    if (now >= staff_token_until(&read) || read.issued_at > now + CLOCKS_APART)
        return false;
    *claim = read;
    return true;
}
