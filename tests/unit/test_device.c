/* Devices: roles, tokens, and what the box office says of them. */
#include "core/device.h"

#include <stdlib.h>

#include "core/text.h"
#include "core/wire.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

static void test_roles(void)
{
    struct tk_error error = {0};
    enum role role;

    for (int i = 0; i < ROLE_COUNT; i++) {
        CU_ASSERT_FATAL(role_parse(role_name((enum role)i), &role));
        CU_ASSERT_EQUAL((int)role, i);
        CU_ASSERT(strlen(role_help((enum role)i)) > 5);
    }
    CU_ASSERT_PTR_NULL(role_name(ROLE_COUNT));
    CU_ASSERT_PTR_NULL(role_help((enum role) - 1));
    CU_ASSERT_EQUAL(role_require("manager", &role, &error), TK_OK);
    CU_ASSERT(role == ROLE_MANAGER && !error.message[0]);
    CU_ASSERT_EQUAL(role_require("Admin", &role, &error), TK_BAD_ROLE);
    CU_ASSERT_STRING_EQUAL(
        error.message, "There is no role “Admin”: it is reader, door, usher, clerk, supervisor, "
                       "manager, admin or auditor.");
    CU_ASSERT_EQUAL(role_require("", &role, NULL), TK_BAD_ROLE);
}

static void test_token(void)
{
    uint8_t random[TOKEN_RANDOM_SIZE] = {0}, hash[CRYPTO_HASH_SIZE], other[CRYPTO_HASH_SIZE];
    char token[TOKEN_SIZE];

    token_make(token, random);
    CU_ASSERT_STRING_EQUAL(token, "tly_00000000000000000000000000000000");
    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (uint8_t)(0xFF - i);
    token_make(token, random);
    CU_ASSERT_EQUAL(strlen(token), TOKEN_SIZE - 1);
    CU_ASSERT_TRUE(token_hash(hash, token));
    crypto_digest(other, NULL, token, strlen(token));
    CU_ASSERT_EQUAL(memcmp(hash, other, sizeof hash), 0);
    /* every bit of the random bytes is in the token */
    for (size_t bit = 0; bit < 8 * sizeof random; bit++) {
        char changed[TOKEN_SIZE];

        random[bit / 8] ^= (uint8_t)(1 << bit % 8);
        token_make(changed, random);
        CU_ASSERT_NOT_EQUAL(strcmp(changed, token), 0);
        CU_ASSERT_TRUE(token_hash(other, changed));
        random[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_bad_token(void)
{
    static const char *const bad[] = {
        "",
        "tly_",
        "tly_0000000000000000000000000000000",
        "tly_000000000000000000000000000000000",
        "TLY_00000000000000000000000000000000",
        "tly_0000000000000000000000000000000A",
        "tly_0000000000000000000000000000000l",
        "tly_0000000000000000000000000000000o",
        "tly_0000000000000000 000000000000000",
        "tly_0000000000000000000000000000000\n",
        " tly_00000000000000000000000000000000",
        "tly_00000000000000000000000000000000 ",
        "xxxx00000000000000000000000000000000",
    };
    uint8_t hash[CRYPTO_HASH_SIZE] = {7};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(token_hash(hash, bad[i]));
    CU_ASSERT_EQUAL(hash[0], 7);
}

static void test_office(void)
{
    struct fixture f;
    struct device_list list = {0};
    char token[TOKEN_SIZE], other[TOKEN_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];

    fixture_init(&f);
    CU_ASSERT_EQUAL(office_enrol(&f.office, " till  1 ", ROLE_CLERK, NULL, token, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_enrol(&f.office, "till-2", ROLE_DOOR, NULL, other, NULL), TK_OK);
    CU_ASSERT_NOT_EQUAL(strcmp(token, other), 0);
    CU_ASSERT_EQUAL(office_devices(&f.office, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT_STRING_EQUAL(list.items[0].name, "till 1");
    CU_ASSERT_TRUE(token_hash(hash, token));
    CU_ASSERT_EQUAL(memcmp(list.items[0].token_hash, hash, sizeof hash), 0);
    device_list_release(&list);
    fixture_release(&f);
}

/* Whether the bytes of a text stand in a file. */
static bool file_has(const char *path, const char *text)
{
    size_t size = 0, length = strlen(text);
    char *data = NULL;
    FILE *file = fopen(path, "rb");
    bool found = false;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fseek(file, 0, SEEK_END);
    size = (size_t)ftell(file);
    rewind(file);
    data = malloc(size + 1);
    CU_ASSERT_FATAL(data && fread(data, 1, size, file) == size);
    fclose(file);
    for (size_t i = 0; !found && i + length <= size; i++)
        found = memcmp(data + i, text, length) == 0;
    free(data);
    return found;
}

/* device.h, 1 */
static void test_not_kept(void)
{
    struct fixture f;
    char token[TOKEN_SIZE], log[200];

    fixture_init(&f);
    snprintf(log, sizeof log, "%s-wal", f.path);
    CU_ASSERT_EQUAL(office_enrol(&f.office, "Door at the foyer", ROLE_DOOR, NULL, token, NULL),
                    TK_OK);
    CU_ASSERT(file_has(log, "Door at the foyer") && !file_has(log, token + 4));
    fixture_release(&f);
    CU_ASSERT(file_has(f.path, "Door at the foyer") && !file_has(f.path, token + 4));
}

static void test_words(void)
{
    struct fixture f;
    struct tk_error error = {0};
    char token[TOKEN_SIZE], other[TOKEN_SIZE] = "as it was";

    fixture_init(&f);
    CU_ASSERT_EQUAL(office_enrol(&f.office, "till 1", ROLE_CLERK, NULL, token, &error), TK_OK);
    CU_ASSERT_EQUAL(error.message[0], '\0');
    CU_ASSERT_EQUAL(office_enrol(&f.office, "till 1", ROLE_ADMIN, NULL, other, &error),
                    TK_DEVICE_KNOWN);
    CU_ASSERT_STRING_EQUAL(other, "as it was");
    CU_ASSERT_STRING_EQUAL(
        error.message,
        "There is a device “till 1” already: revoke it first, or take another name.");
    CU_ASSERT_EQUAL(office_revoke(&f.office, "till-3", NULL, &error), TK_DEVICE_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(error.message, "There is no device “till-3” that could be revoked.");
    CU_ASSERT_EQUAL(office_revoke(&f.office, "till 1", NULL, &error), TK_OK);
    CU_ASSERT_EQUAL(office_revoke(&f.office, "till 1", NULL, &error), TK_DEVICE_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(error.message, "There is no device “till 1” that could be revoked.");
    fixture_release(&f);
}

/* Names that are no names; none of them is cut to another device's. */
static void test_bad_names(void)
{
    static const char *const bad[] = {"", "  ", "\u200B", "\xFF", "\xC0\xAF"};
    char token[TOKEN_SIZE], longest[DEVICE_SIZE + 1] = "";
    struct tk_error error = {0};
    struct fixture f;

    fixture_init(&f);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_EQUAL(office_enrol(&f.office, bad[i], ROLE_DOOR, NULL, token, &error),
                        TK_BAD_NAME);
        CU_ASSERT_EQUAL(office_revoke(&f.office, bad[i], NULL, &error), TK_BAD_NAME);
    }
    memset(longest, 'x', DEVICE_SIZE - 1);
    CU_ASSERT_EQUAL(office_enrol(&f.office, longest, ROLE_DOOR, NULL, token, &error), TK_OK);
    longest[DEVICE_SIZE - 1] = 'x';
    CU_ASSERT_EQUAL(office_revoke(&f.office, longest, NULL, &error), TK_BAD_NAME);
    CU_ASSERT_STRING_EQUAL(error.message,
                           "The device's name is not text, or longer than 64 bytes.");
    fixture_release(&f);
}

/* A token that is another device's already, as only a program could send it. */
static void test_same_token(void)
{
    struct fixture f;
    struct operation operation = {.enrol = {.role = ROLE_DOOR, .token_hash = {1}}};
    struct tk_error error = {0};
    struct outcome outcome = {0};

    fixture_init(&f);
    for (int i = 0; i < 2; i++) {
        text_copy(operation.enrol.name, DEVICE_SIZE, i ? "door-2" : "door-1");
        CU_ASSERT_EQUAL(office_make(&f.office, OP_ENROL, NULL, &operation, &error), TK_OK);
        CU_ASSERT_EQUAL(store_apply(f.store, &operation, 1, &outcome, &error), TK_OK);
    }
    CU_ASSERT_EQUAL(office_refuse(&f.office, &operation, &outcome, &error), TK_DEVICE_KNOWN);
    CU_ASSERT_STRING_EQUAL(error.message,
                           "The token for “door-2” is another device's: make a new one.");
    fixture_release(&f);
}

static void test_wire(void)
{
    struct device device = {.name = "till-1",
                            .role = ROLE_CLERK,
                            .token_hash = {0xAB, 0xCD},
                            .enrolled_at = TIME_DAY,
                            .used_at = 2 * TIME_DAY};
    struct wire_record record;
    struct buffer out;

    buffer_init(&out, 4096);
    wire_device(&record, &device, NULL);
    wire_put_json(&out, NULL, &record);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out),
                           "{\"deviceName\":\"till-1\",\"role\":\"clerk\","
                           "\"enrolledAt\":\"1970-01-02T00:00:00+00:00\","
                           "\"usedAt\":\"1970-01-03T00:00:00+00:00\",\"revokedAt\":null}");
    buffer_release(&out);
}

SUITE(device, {"roles have names and come back from them", test_roles},
      {"a token has all its random bits, and its hash is that of its text", test_token},
      {"what has not a token's form has no hash", test_bad_token},
      {"each device is enrolled with a token of its own", test_office},
      {"the file has no token", test_not_kept},
      {"refusals name the device", test_words},
      {"a device needs a name that fits", test_bad_names},
      {"a token is one device's", test_same_token},
      {"a device on the wire has no hash", test_wire})
