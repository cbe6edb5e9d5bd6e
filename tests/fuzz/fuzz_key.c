/*
 * Idempotency-Key (ui/http/idempotency.h) and traceparent (W3C Trace Context): an input is a key, a
 * NUL and a device's name; the key is tried as a traceparent too.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#include "core/device.h"
#include "core/text.h"
#include "ui/http/idempotency.h"
#include "ui/http/service_internal.h"

static bool means(const char *key, const char *device, struct op_id *id)
{
    struct tk_error error = {0};
    enum tk_code code = idempotency_id(key, device, id, &error);

    FUZZ_REQUIRE(code == TK_OK || code == TK_BAD_REQUEST, "This code is not said.");
    FUZZ_REQUIRE(!code == !error.message[0], "A refusal says nothing, or consent something.");
    return code == TK_OK;
}

static void check_id(const char *key, const char *device, const struct op_id *id)
{
    char other[DEVICE_SIZE];
    struct op_id again = {{0}}, elsewhere = {{0}}, given;

    FUZZ_REQUIRE(*key && strlen(key) <= (*key == '"' ? 2 : 1) * IDEMPOTENCY_KEY_MAX + 2,
                 "No key of this length is one.");
    for (const char *c = key; *c; c++)
        FUZZ_REQUIRE(*c >= ' ' && *c <= '~', "A key is printable ASCII.");
    FUZZ_REQUIRE(!op_id_is_zero(id), "A key means no operation.");
    FUZZ_REQUIRE(id->bytes[6] >> 4 == 7 && id->bytes[8] >> 6 == 2, "The id is no UUIDv7.");
    FUZZ_REQUIRE(means(key, device, &again) && op_id_equal(id, &again),
                 "A key means something else the second time.");
    snprintf(other, sizeof other, "%s-2", device);
    FUZZ_REQUIRE(means(key, other, &elsewhere) && !op_id_equal(id, &elsewhere),
                 "Two devices share a key.");
    if (op_id_parse(&given, key) && given.bytes[6] >> 4 == 7 && given.bytes[8] >> 6 == 2)
        FUZZ_REQUIRE(memcmp(given.bytes, id->bytes, 8) == 0, "A UUIDv7 loses its time.");
}

/* Another key is another operation. */
static void check_distinct(const char *key, const char *device, const struct op_id *id)
{
    char other[IDEMPOTENCY_KEY_MAX + 8];
    struct op_id changed = {{0}};
    size_t length = strlen(key), at = length / 2;

    if (length + 1 > sizeof other || !isalnum((unsigned char)key[at]))
        return;
    snprintf(other, sizeof other, "%s", key);
    other[at] = key[at] == '5' ? '6' : '5';
    if (tolower((unsigned char)key[at]) != other[at] && means(other, device, &changed))
        FUZZ_REQUIRE(!op_id_equal(id, &changed), "Two keys mean the same operation.");
}

/* 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 */
static bool is_trace(const char *text)
{
    static const char shape[] = "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
    bool trace = false, span = false;

    if (strlen(text) != strlen(shape) || strncmp(text, "ff", 2) == 0)
        return false;
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == 'h' ? !isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i])
                            : text[i] != '-')
            return false;
        trace |= i >= 3 && i < 35 && text[i] != '0';
        span |= i >= 36 && i < 52 && text[i] != '0';
    }
    return trace && span;
}

void fuzz_key(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), device[DEVICE_SIZE - 2] = "till-1";
    size_t length = strlen(text);
    struct op_id id = {{0}};

    if (length < size)
        text_copy(device, sizeof device, text + length + 1);
    if (means(text, device, &id)) {
        check_id(text, device, &id);
        check_distinct(text, device, &id);
    }
    FUZZ_REQUIRE(traceparent_is_valid(text) == is_trace(text), "Not what W3C Trace Context says.");
    free(text);
}
