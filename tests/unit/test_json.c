/* json: what is read, and what is refused. */
#include "core/json.h"

#include "tests/support/test.h"

static enum tk_code read(const char *text, struct json **document)
{
    *document = NULL;
    return json_read(text, strlen(text), document, NULL);
}

static void test_values(void)
{
    static const char *const known[] = {"a", "b", NULL};
    struct json *document;
    int64_t number = 7;
    bool truth = true;

    CU_ASSERT_EQUAL_FATAL(read("{\"a\":[1,-9223372036854775808,1.0,\"x\"],\"b\":null,\"c\":false}",
                               &document),
                          TK_OK);
    struct json *a = json_member(document, "a");

    CU_ASSERT(json_is_object(document) && !json_is_array(document) && json_count(document) == 3);
    CU_ASSERT(json_is_array(a) && json_count(a) == 4);
    CU_ASSERT(json_whole(json_item(a, 1), &number) && number == INT64_MIN);
    CU_ASSERT(!json_whole(json_item(a, 2), &number) && number == INT64_MIN);
    CU_ASSERT(!json_whole(json_item(a, 4), &number) && !json_whole(NULL, &number));
    CU_ASSERT_STRING_EQUAL(json_text(json_item(a, 3)), "x");
    CU_ASSERT(!json_text(a) && !json_text(NULL));
    CU_ASSERT(json_is_null(json_member(document, "b")) && !json_is_null(json_member(document, "d")));
    CU_ASSERT(json_boolean(json_member(document, "c"), &truth) && !truth);
    CU_ASSERT_FALSE(json_boolean(json_member(document, "b"), &truth));
    CU_ASSERT_STRING_EQUAL(json_unknown_member(document, known), "c");
    CU_ASSERT_PTR_NULL(json_member(a, "a"));
    CU_ASSERT(json_count(NULL) == 0 && json_count(json_item(a, 3)) == 0);
    json_free(document);
    json_free(NULL);
}

static void test_refused(void)
{
    static const char *const bad[] = {
        "",      "{",        "{\"a\":1,}",       "[1 2]",     "nul",  "{\"a\":1,\"a\":2}", "1 1",
        "\"\xFF\"", "\"\\u0000\"", "{\"a\\u0000\":1}", "\"\\ud800\"", "[01]", "{'a':1}",          "/**/1",
        "[99999999999999999999]", "\"a\nb\"",
    };
    struct json *document;
    struct tk_error error = {0};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_EQUAL(read(bad[i], &document), TK_BAD_DATA);
        CU_ASSERT_PTR_NULL(document);
    }
    CU_ASSERT_EQUAL(json_read("{\n\"a\" 1}", 8, &document, &error), TK_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "line 2"));
    CU_ASSERT_EQUAL(json_read("1\0", 2, &document, NULL), TK_BAD_DATA);
}

/* An array `levels` deep around what is inside. */
static enum tk_code read_deep(size_t levels, const char *inside)
{
    struct json *document = NULL;
    struct buffer text;
    enum tk_code code;

    buffer_init(&text, 1000000);
    for (size_t i = 0; i < levels; i++)
        buffer_add_char(&text, '[');
    buffer_add_text(&text, inside);
    for (size_t i = 0; i < levels; i++)
        buffer_add_char(&text, ']');
    code = json_read(text.data, text.length, &document, NULL);
    json_free(document);
    buffer_release(&text);
    return code;
}

static void test_depth(void)
{
    CU_ASSERT_EQUAL(read_deep(64, ""), TK_OK);
    CU_ASSERT_EQUAL(read_deep(65, ""), TK_BAD_DATA);
    CU_ASSERT_EQUAL(read_deep(200000, ""), TK_BAD_DATA);
    CU_ASSERT_EQUAL(read_deep(63, "{}"), TK_OK);
    CU_ASSERT_EQUAL(read_deep(64, "{}"), TK_BAD_DATA);
    CU_ASSERT_EQUAL(read_deep(64, "\"[[[\\\"[[{\""), TK_OK);
}

static void test_print(void)
{
    static const char text[] = "{\"z\":[1,true,null,1.5,\"\xC3\xA9\\\"\\\\\\n\"],\"a\":{},\"b\":\"/\"}";
    struct json *document;
    struct buffer out, again;

    buffer_init(&out, 1000);
    buffer_init(&again, 1000);
    CU_ASSERT_EQUAL_FATAL(read(text, &document), TK_OK);
    json_print(&out, NULL, document);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), text);
    json_free(document);
    buffer_release(&out);
    buffer_init(&out, 1000);
    json_put_text(&out, NULL, "\x01\x1F\t\x7F \"\\/\xE2\x80\xA8");
    CU_ASSERT_EQUAL_FATAL(read(buffer_text(&out), &document), TK_OK);
    json_print(&again, NULL, document); /* as core/buffer wrote it, byte by byte */
    CU_ASSERT_STRING_EQUAL(buffer_text(&again), buffer_text(&out));
    json_free(document);
    buffer_release(&again);
    buffer_release(&out);
    buffer_init(&out, 3);
    CU_ASSERT_EQUAL_FATAL(read("[1,2]", &document), TK_OK);
    json_print(&out, NULL, document);
    CU_ASSERT_TRUE(out.failed);
    json_free(document);
    buffer_release(&out);
}

SUITE(json, {"values are read as they are", test_values},
      {"malformed, doubled and NUL are refused", test_refused},
      {"64 levels and no more", test_depth}, {"a value is printed as it came", test_print})
