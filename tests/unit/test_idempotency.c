/* idempotency: what a key means. */
#include "ui/http/idempotency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/support/test.h"

/* An exchange as it is before its route's handle(). */
struct ask {
    struct http_request request;
    struct exchange x;
};

static void ask_init(struct ask *ask, const char *device, const char *body)
{
    *ask = (struct ask){.request = {.method = "POST", .path = "/v1/tickets"}};
    ask->request.body = body;
    ask->request.body_length = strlen(body);
    ask->x.request = &ask->request;
    ask->x.has_device = device != NULL;
    if (device)
        text_copy(ask->x.device.name, sizeof ask->x.device.name, device);
}

static struct op_id id_of(const char *key, const char *device)
{
    struct op_id id = {{0}};

    CU_ASSERT_EQUAL(idempotency_id(key, device, &id, NULL), TK_OK);
    return id;
}

static bool same(const char *key, const char *device, const char *other, const char *other_device)
{
    struct op_id a = id_of(key, device), b = id_of(other, other_device);

    return op_id_equal(&a, &b);
}

static void test_ids(void)
{
    static const char uuid[] = "01932f4e-8b7a-7abc-9def-0123456789ab";
    struct op_id id = id_of("anything", "till-1"), kept = id_of(uuid, "till-1"), given;

    CU_ASSERT_EQUAL(id.bytes[6] >> 4, 7);
    CU_ASSERT_EQUAL(id.bytes[8] >> 6, 2);
    CU_ASSERT(op_id_parse(&given, uuid));
    CU_ASSERT_EQUAL(memcmp(kept.bytes, given.bytes, 8), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(kept.bytes + 8, given.bytes + 8, 8), 0);
    CU_ASSERT_EQUAL(kept.bytes[8] >> 6, 2);
    CU_ASSERT(same("a", "till-1", "a", "till-1"));
    CU_ASSERT(same("a", "till-1", "\"a\"", "till-1"));
    CU_ASSERT(same("a\"b\\", "till-1", "\"a\\\"b\\\\\"", "till-1"));
    CU_ASSERT(same(uuid, "till-1", "01932F4E-8B7A-7ABC-9DEF-0123456789AB", "till-1"));
    CU_ASSERT_FALSE(same("a", "till-1", "a", "till-2"));
    CU_ASSERT_FALSE(same(uuid, "till-1", uuid, "till-2"));
    CU_ASSERT_FALSE(same("a", "till-1", "b", "till-1"));
    CU_ASSERT_FALSE(same("1a", "till-", "a", "till-1"));
}

static void test_refusals(void)
{
    static const char *const bad[] = {"", "\"\"", "\"a", "\"a\"b", "\"a\\n\"", "\"\\", "\xc3\xa4",
                                      "a\tb", "\x7f", "\"a\x01\""};
    char key[IDEMPOTENCY_KEY_MAX + 2];
    struct tk_error error;
    struct op_id id;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(idempotency_id(bad[i], "", &id, &error), TK_BAD_REQUEST);
    memset(key, 'k', sizeof key);
    key[IDEMPOTENCY_KEY_MAX + 1] = '\0';
    CU_ASSERT_EQUAL(idempotency_id(key, "", &id, &error), TK_BAD_REQUEST);
    key[IDEMPOTENCY_KEY_MAX] = '\0';
    CU_ASSERT_EQUAL(idempotency_id(key, "", &id, &error), TK_OK);
}

static void test_running(void)
{
    struct idempotency *table = idempotency_new();
    struct ask first, second, other;

    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    ask_init(&first, "till-1", "{}");
    ask_init(&second, "till-1", "{}");
    ask_init(&other, "till-2", "{}");
    CU_ASSERT_EQUAL(idempotency_begin(table, &first.x, "k", NULL), TK_OK);
    CU_ASSERT_EQUAL(idempotency_begin(table, &second.x, "k", NULL), TK_KEY_RUNNING);
    CU_ASSERT_EQUAL(idempotency_begin(table, &other.x, "k", NULL), TK_OK);
    idempotency_end(table, &second.x); /* which had none */
    CU_ASSERT_EQUAL(idempotency_begin(table, &second.x, "k", NULL), TK_KEY_RUNNING);
    idempotency_end(table, &first.x);
    idempotency_end(table, &first.x);
    CU_ASSERT_EQUAL(idempotency_begin(table, &second.x, "k", NULL), TK_OK);
    idempotency_free(table); /* with two in hand */
}

/* A request that is over, with its status. */
static enum tk_code run(struct idempotency *table, const char *key, const char *body, int status)
{
    struct ask ask;
    enum tk_code code;

    ask_init(&ask, NULL, body);
    code = idempotency_begin(table, &ask.x, key, NULL);
    ask.request.response.status = status;
    idempotency_end(table, &ask.x);
    return code;
}

static void test_bodies(void)
{
    struct idempotency *table = idempotency_new();
    char key[20];

    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(run(table, "k", "1", 400), TK_OK); /* was wrong: may be put right */
    CU_ASSERT_EQUAL(run(table, "k", "2", 503), TK_OK);
    CU_ASSERT_EQUAL(run(table, "k", "3", 201), TK_OK);
    CU_ASSERT_EQUAL(run(table, "k", "3", 201), TK_OK);
    CU_ASSERT_EQUAL(run(table, "k", "4", 201), TK_ID_REUSED);
    for (int i = 0; i < IDEMPOTENCY_REMEMBERED - 1; i++) {
        snprintf(key, sizeof key, "k%d", i);
        CU_ASSERT_EQUAL(run(table, key, "", 200), TK_OK);
    }
    CU_ASSERT_EQUAL(run(table, "k", "4", 201), TK_ID_REUSED);
    CU_ASSERT_EQUAL(run(table, "k0", "other", 200), TK_ID_REUSED);
    CU_ASSERT_EQUAL(run(table, "one more", "", 200), TK_OK); /* in the place of the oldest */
    CU_ASSERT_EQUAL(run(table, "k", "4", 201), TK_OK);
    CU_ASSERT_EQUAL(run(table, "k0", "other", 200), TK_OK);
    CU_ASSERT_EQUAL(run(table, "k65534", "other", 200), TK_ID_REUSED);
    idempotency_free(table);
}

static void test_two_headers(void)
{
    struct idempotency *table = idempotency_new();
    struct ask ask;

    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    ask_init(&ask, NULL, "");
    ask.request.fields[0] = (struct http_field){"Idempotency-Key", "a"};
    ask.request.fields[1] = (struct http_field){"idempotency-key", "a"};
    ask.request.field_count = 2;
    CU_ASSERT_EQUAL(idempotency_begin(table, &ask.x, "a", NULL), TK_BAD_REQUEST);
    idempotency_free(table);
}

SUITE(idempotency, {"a key and a device make an id in UUIDv7's form", test_ids},
      {"what is no key is refused", test_refusals},
      {"a key in hand is not taken twice", test_running},
      {"a key means one request, as far back as is remembered", test_bodies},
      {"two keys are none", test_two_headers})
