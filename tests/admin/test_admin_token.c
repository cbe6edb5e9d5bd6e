/* Tokens: devices are let in, listed and revoked, and nothing tells a token twice. */
#include <unistd.h>

#include "core/device.h"
#include "tests/admin/world.h"

static const char *const all_roles[] = {"reader", "door", "clerk", "manager", "admin"};

static void test_add(void)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char first[TOKEN_SIZE];
    struct world w;

    world_init(&w);
    RUN_OK(&w, "token", "add", "--name", "till-1", "--role", "clerk");
    CU_ASSERT_EQUAL_FATAL(w.run.out_length, TOKEN_SIZE); /* a line of its own */
    CU_ASSERT_EQUAL(w.run.out[TOKEN_SIZE - 1], '\n');
    snprintf(first, sizeof first, "%.*s", TOKEN_SIZE - 1, w.run.out);
    CU_ASSERT_TRUE(token_hash(hash, first));
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "“till-1”. It is shown only now"));
    CU_ASSERT_PTR_NULL(strstr(w.run.err, first));
    RUN_OK(&w, "token", "add", "--name", " till  2 ", "--role", "door", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "deviceName"), "till 2");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "role"), "door");
    CU_ASSERT_TRUE(token_hash(hash, member_text(w.json, "token")));
    CU_ASSERT_NOT_EQUAL(strcmp(member_text(w.json, "token"), first), 0);
    CU_ASSERT_EQUAL(json_object_size(w.json), 3);
    CU_ASSERT_STRING_EQUAL(w.run.err, "");
    for (size_t i = 0; i < sizeof all_roles / sizeof all_roles[0]; i++)
        RUN_OK(&w, "token", "add", "--name", all_roles[i], "--role", all_roles[i]);
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

/* Whether the text stands in what the last command printed. */
static bool is_printed(const struct world *world, const char *text)
{
    return strstr(world->run.out, text) || strstr(world->run.err, text);
}

static void test_list(void)
{
    char token[TOKEN_SIZE], hex[2 * CRYPTO_HASH_SIZE + 1];
    uint8_t hash[CRYPTO_HASH_SIZE];
    const json_t *device;
    struct world w;

    world_init(&w);
    RUN_OK(&w, "token", "list", "--json");
    CU_ASSERT(json_is_array(w.json) && json_array_size(w.json) == 0);
    RUN_OK(&w, "token", "list");
    CU_ASSERT_STRING_EQUAL(w.run.out, "There are no devices.\n");
    RUN_OK(&w, "token", "add", "--name", "till-1", "--role", "clerk", "--json");
    snprintf(token, sizeof token, "%s", member_text(w.json, "token"));
    CU_ASSERT_FATAL(token_hash(hash, token));
    hex_print(hex, hash, sizeof hash);
    RUN_OK(&w, "token", "add", "--name", "door", "--role", "door");
    RUN_OK(&w, "token", "revoke", "--name", "door");
    RUN_OK(&w, "token", "list", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 2);
    device = json_array_get(w.json, 1);
    CU_ASSERT_STRING_EQUAL(member_text(device, "deviceName"), "till-1");
    CU_ASSERT_STRING_EQUAL(member_text(device, "role"), "clerk");
    CU_ASSERT(member_text(device, "enrolledAt")[0] == '2');
    CU_ASSERT(json_is_null(json_object_get(device, "usedAt")));
    CU_ASSERT(json_is_null(json_object_get(device, "revokedAt")));
    CU_ASSERT_EQUAL(json_object_size(device), 5);
    CU_ASSERT(member_text(json_array_get(w.json, 0), "revokedAt")[0] == '2');
    CU_ASSERT(!is_printed(&w, token) && !is_printed(&w, hex));
    RUN_OK(&w, "token", "list");
    CU_ASSERT(strncmp(w.run.out, "Device", 6) == 0 && is_printed(&w, "till-1"));
    CU_ASSERT(!is_printed(&w, token) && !is_printed(&w, hex));
    RUN_OK(&w, "export", "journal");
    CU_ASSERT(is_printed(&w, "till-1") && !is_printed(&w, token) && !is_printed(&w, hex));
    world_release(&w);
}

static void test_revoke(void)
{
    struct world w;

    world_init(&w);
    REFUSED(&w, "device_not_found", 1, "token", "revoke", "--name", "till-1");
    RUN_OK(&w, "token", "add", "--name", "till-1", "--role", "clerk");
    REFUSED(&w, "device_known", 1, "token", "add", "--name", "till-1", "--role", "admin");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "till-1"));
    RUN_OK(&w, "token", "revoke", "--name", "till-1", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "deviceName"), "till-1");
    CU_ASSERT(json_is_true(json_object_get(w.json, "revoked")));
    REFUSED(&w, "device_not_found", 1, "token", "revoke", "--name", "till-1");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "till-1"));
    RUN_OK(&w, "token", "add", "--name", "till-1", "--role", "manager");
    RUN_OK(&w, "token", "revoke", "--name", "till-1");
    CU_ASSERT_STRING_EQUAL(w.run.out, "“till-1” is revoked: its token is good no more.\n");
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_usage(void)
{
    struct world w;

    world_init(&w);
    REFUSED(&w, "usage", 2, "token");
    REFUSED(&w, "usage", 2, "token", "make");
    REFUSED(&w, "usage", 2, "token", "");
    REFUSED(&w, "usage", 2, "token", "add", "list");
    REFUSED(&w, "usage", 2, "token", "add");
    REFUSED(&w, "usage", 2, "token", "add", "--name", "till-1");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "token add wants --role: --role clerk."));
    REFUSED(&w, "usage", 2, "token", "add", "--role", "clerk");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "token add wants --name: --name till-1."));
    REFUSED(&w, "usage", 2, "token", "add", "--name", "a", "--name", "b", "--role", "clerk");
    REFUSED(&w, "usage", 2, "token", "add", "--name", "a", "--role", "clerk", "--token", "x");
    REFUSED(&w, "usage", 2, "token", "revoke");
    REFUSED(&w, "usage", 2, "token", "revoke", "--name", "a", "--role", "clerk");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "token revoke takes no --role."));
    REFUSED(&w, "usage", 2, "token", "list", "--name", "a");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "token list takes no --name."));
    CU_ASSERT_NOT_EQUAL(access(w.store, F_OK), 0); /* nothing was made for it */
    world_release(&w);
}

static void test_bad_input(void)
{
    static const char *const names[] = {"", "  ", "\x1B[2J", "\xFF\xFE", "\u200B", "\n"};
    static const char *const roles[] = {"", "owner", "Admin", "clerk ", "0", "admin\x1B[2J"};
    char huge[20000];
    struct world w;

    world_init(&w);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        REFUSED(&w, "bad_role", 1, "token", "add", "--name", "till-1", "--role", roles[i]);
        CU_ASSERT_PTR_NULL(strchr(w.run.err, '\x1B'));
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        /* what is left of a text without its control characters may be a name */
        if (i == 2)
            continue;
        REFUSED(&w, "bad_name", 1, "token", "add", "--name", names[i], "--role", "clerk");
        REFUSED(&w, "bad_name", 1, "token", "revoke", "--name", names[i]);
    }
    memset(huge, 'x', sizeof huge);
    huge[sizeof huge - 1] = '\0';
    REFUSED(&w, "bad_name", 1, "token", "add", "--name", huge, "--role", "clerk");
    REFUSED(&w, "bad_role", 1, "token", "add", "--name", "till-1", "--role", huge);
    huge[DEVICE_SIZE] = '\0';
    REFUSED(&w, "bad_name", 1, "token", "add", "--name", huge, "--role", "clerk");
    RUN_OK(&w, "token", "add", "--name", names[2], "--role", "clerk", "--json");
    CU_ASSERT_PTR_NULL(strchr(member_text(w.json, "deviceName"), '\x1B'));
    RUN_OK(&w, "token", "list", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

/* A token that could not be shown is good for nothing. */
static void test_lost_token(void)
{
    struct world w;

    world_init(&w);
    w.options.out_path = "/dev/full";
    CU_ASSERT_EQUAL(RUN(&w, "token", "add", "--name", "till-1", "--role", "clerk"), 74);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "revoked again"));
    w.options.out_path = NULL;
    w.options.closed_pipe = true;
    CU_ASSERT_EQUAL(RUN(&w, "token", "add", "--name", "till-1", "--role", "clerk"), 74);
    w.options.closed_pipe = false;
    RUN_OK(&w, "token", "list", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    CU_ASSERT(member_text(json_array_get(w.json, 0), "revokedAt")[0] == '2');
    RUN_OK(&w, "token", "add", "--name", "till-1", "--role", "clerk");
    world_release(&w);
}

SUITE(admin_token, {"a token is shown once, alone on a line", test_add},
      {"devices are listed, without a token or its hash", test_list},
      {"a device is revoked, once, and its name comes back", test_revoke},
      {"each action wants its own options", test_usage},
      {"names and roles that are none are refused", test_bad_input},
      {"a token that could not be written is taken back", test_lost_token})
