#include "core/buffer.h"

#include <jansson.h>

#include "tests/support/test.h"

static void test_limit(void)
{
    struct buffer buffer;

    buffer_init(&buffer, 10);
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "");
    buffer_add_text(&buffer, "12345");
    buffer_addf(&buffer, "%d", 67890);
    CU_ASSERT(!buffer.failed && buffer.length == 10);
    buffer_add(&buffer, "", 0);
    CU_ASSERT_FALSE(buffer.failed);
    buffer_add_char(&buffer, 'x');
    CU_ASSERT_TRUE(buffer.failed);
    CU_ASSERT_STRING_EQUAL(buffer_text(&buffer), "1234567890");
    buffer_clear(&buffer);
    CU_ASSERT(!buffer.failed && buffer.length == 0 && *buffer_text(&buffer) == 0);
    buffer_addf(&buffer, "%s", "12345678901");
    CU_ASSERT(buffer.failed && buffer.length == 0);
    buffer_add_char(&buffer, 'x'); /* stays failed until cleared */
    CU_ASSERT_EQUAL(buffer.length, 0);
    buffer_release(&buffer);
    buffer_release(&buffer);
    CU_ASSERT_EQUAL(buffer.limit, 10);
}

static void test_growth(void)
{
    struct buffer buffer;

    buffer_init(&buffer, 1 << 20);
    for (int i = 0; i < 100000; i++)
        buffer_add_char(&buffer, (char)('a' + i % 26));
    CU_ASSERT(!buffer.failed && buffer.length == 100000);
    CU_ASSERT(buffer.data[99999] == 'a' + 99999 % 26 && buffer.data[100000] == '\0');
    buffer_release(&buffer);
}

static void test_json(void)
{
    struct buffer json;

    buffer_init(&json, 1000);
    json_put_open(&json, NULL, '{');
    json_put_text(&json, "a", "x\"y\\z\n\t\x01");
    json_put_int(&json, "b", INT64_MIN);
    json_put_open(&json, "c", '[');
    json_put_int(&json, NULL, 1);
    json_put_bool(&json, NULL, true);
    json_put_null(&json, NULL);
    json_put_open(&json, NULL, '{');
    json_put_close(&json, '}');
    json_put_text(&json, NULL, "{");
    json_put_text(&json, NULL, "é");
    json_put_close(&json, ']');
    json_put_raw(&json, "d", "[2]");
    json_put_close(&json, '}');
    CU_ASSERT_STRING_EQUAL(buffer_text(&json),
                           "{\"a\":\"x\\\"y\\\\z\\n\\u0009\\u0001\",\"b\":-9223372036854775808,"
                           "\"c\":[1,true,null,{},\"{\",\"é\"],\"d\":[2]}");
    buffer_release(&json);
}

/* Every byte that text may hold comes back through another JSON reader. */
static void test_json_escapes(void)
{
    for (int c = 1; c < 128; c++) {
        char text[] = {'<', (char)c, '>', '\0'};
        struct buffer json;
        json_t *read;

        buffer_init(&json, 100);
        json_put_open(&json, NULL, '[');
        json_put_text(&json, NULL, text);
        json_put_close(&json, ']');
        read = json_loadb(buffer_text(&json), json.length, 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(read);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(read, 0)), text);
        json_decref(read);
        buffer_release(&json);
    }
}

SUITE(buffer, {"a buffer ends at its limit and says so", test_limit},
      {"a buffer grows", test_growth}, {"JSON is written with its commas", test_json},
      {"every character survives JSON", test_json_escapes})
