/* form: query strings as browsers and programs write them. */
#include "core/form.h"

#include "tests/support/fault_alloc.h"
#include "tests/support/test.h"

/* The form as "name=value|name=value", with bytes below a space as '.'. */
static void flatten(const struct form *form, char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < form->count; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s=%s", i ? "|" : "",
                                 form->pairs[i].name, form->pairs[i].value);
    for (size_t i = 0; i < used; i++)
        if (text[i] > 0 && text[i] < ' ')
            text[i] = '.';
    text[used] = '\0';
}

static void test_read(void)
{
    static const struct {
        const char *query, *flat;
    } cases[] = {
        {"", ""},
        {"a=1", "a=1"},
        {"a=1&b=2", "a=1|b=2"},
        {"&&a=1&&&b=2&", "a=1|b=2"},
        {"a", "a="},
        {"a=&b", "a=|b="},
        {"=1", "=1"},
        {"=", "="},
        {"a=b=c", "a=b=c"},
        {"a=x+y%20z%2Bw", "a=x y z+w"},
        {"n+m=1", "n m=1"},
        {"%61%3D=%26", "a==&"},
        {"a=%zz%4", "a=%zz%4"},
        {"a=%", "a=%"},
        {"a=%C3%a4", "a=\xC3\xA4"},
        {"a=%ff", "a=\xFF"},
        {"a=1;b=2", "a=1;b=2"},
        {"a=%250a", "a=%0a"},
        {"a=%09", "a=."},
        {"\xC3\xA4=\xC3\xA4", "\xC3\xA4=\xC3\xA4"},
    };
    struct form form;
    char flat[256];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(form_read(&form, cases[i].query), TK_OK);
        flatten(&form, flat, sizeof flat);
        CU_ASSERT_STRING_EQUAL(flat, cases[i].flat);
        form_release(&form);
    }
    CU_ASSERT_EQUAL(form_read(&form, NULL), TK_OK);
    CU_ASSERT_EQUAL(form.count, 0);
    CU_ASSERT_PTR_NULL(form_find(&form, ""));
    form_release(&form);
    form_release(&form);
}

static void test_find(void)
{
    const struct form_pair *pair;
    struct form form;

    CU_ASSERT_EQUAL(form_read(&form, "a=1&A=2&a=3&b=%00x&c%00=4"), TK_OK);
    pair = form_find(&form, "a");
    CU_ASSERT(pair && strcmp(pair->value, "3") == 0);
    pair = form_find(&form, "A");
    CU_ASSERT(pair && strcmp(pair->value, "2") == 0);
    pair = form_find(&form, "b");
    CU_ASSERT(pair && pair->value_length == 2 && memcmp(pair->value, "\0x", 3) == 0);
    CU_ASSERT_PTR_NULL(form_find(&form, "c")); /* its name has a NUL */
    CU_ASSERT_PTR_NULL(form_find(&form, "aa"));
    form_release(&form);
}

static void test_bounds(void)
{
    char query[3 * FORM_PAIRS_MAX + 8] = "";
    struct form form;

    for (int i = 0; i < FORM_PAIRS_MAX; i++)
        snprintf(query + 3 * i, 4, "a=&");
    CU_ASSERT_EQUAL(form_read(&form, query), TK_OK);
    CU_ASSERT_EQUAL(form.count, FORM_PAIRS_MAX);
    form_release(&form);
    snprintf(query + 3 * FORM_PAIRS_MAX, 4, "b=1");
    CU_ASSERT_EQUAL(form_read(&form, query), TK_BAD_REQUEST);
    form_release(&form);
    fault_alloc_arm(1, false);
    CU_ASSERT_EQUAL(form_read(&form, "a=1"), TK_NO_MEMORY);
    CU_ASSERT_TRUE(fault_alloc_disarm());
    form_release(&form);
}

static void test_write(void)
{
    struct buffer out;

    buffer_init(&out, 1024);
    form_put(&out, "a", "x y+z");
    form_put(&out, "n\xC3\xB6", "A-Z.a_z~0/&=%?");
    form_put_int(&out, "i", INT64_MIN);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), "a=x%20y%2Bz&n%C3%B6=A-Z.a_z~0%2F%26%3D%25%3F"
                                              "&i=-9223372036854775808");
    buffer_clear(&out);
    buffer_add_text(&out, "/v1/slots?");
    form_put(&out, "a", "");
    form_put(&out, "b", "1");
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), "/v1/slots?a=&b=1");
    buffer_release(&out);
}

/* Whatever is written is read back. */
static void test_round_trip(void)
{
    uint64_t state = test_seed();

    for (int round = 0; round < 20000; round++) {
        char name[12] = "", value[24] = "";
        const struct form_pair *pair;
        struct buffer out;
        struct form form;

        for (size_t i = 0, n = 1 + test_random_below(&state, sizeof name - 2); i < n; i++)
            name[i] = (char)(1 + test_random_below(&state, 255));
        for (size_t i = 0, n = test_random_below(&state, sizeof value - 1); i < n; i++)
            value[i] = (char)(1 + test_random_below(&state, 255));
        buffer_init(&out, 1024);
        form_put(&out, "other", "1");
        form_put(&out, name, value);
        CU_ASSERT_EQUAL(form_read(&form, buffer_text(&out)), TK_OK);
        pair = form_find(&form, name);
        CU_ASSERT(pair && strcmp(pair->value, value) == 0);
        form_release(&form);
        buffer_release(&out);
    }
}

static void test_segment(void)
{
    static const struct {
        const char *text, *plain; /* NULL: refused */
    } cases[] = {
        {"", ""},      {"abc", "abc"},         {"a%20b", "a b"},   {"a+b", "a+b"},
        {"%2F", "/"},  {"%zz", NULL},          {"%4", NULL},       {"%", NULL},
        {"%00", NULL}, {"1234567", "1234567"}, {"12345678", NULL},
    };
    char plain[8];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool fine =
            form_unescape_segment(plain, sizeof plain, cases[i].text, strlen(cases[i].text));

        CU_ASSERT_EQUAL(fine, cases[i].plain != NULL);
        if (fine && cases[i].plain)
            CU_ASSERT_STRING_EQUAL(plain, cases[i].plain);
    }
    CU_ASSERT_TRUE(form_unescape_segment(plain, sizeof plain, "ab/cd", 2));
    CU_ASSERT_STRING_EQUAL(plain, "ab");
    CU_ASSERT_FALSE(form_unescape_segment(plain, sizeof plain, "a%20", 3));
    CU_ASSERT_FALSE(form_unescape_segment(plain, 0, "", 0));
}

SUITE(form, {"pairs, escapes and what is no escape", test_read},
      {"the last of a name counts, case matters, NUL is a byte", test_find},
      {"64 pairs at most; no memory is a code", test_bounds},
      {"what is written is escaped", test_write}, {"what is written is read back", test_round_trip},
      {"one segment of a path", test_segment})
