#include "core/text.h"

#include "tests/support/test.h"

struct cleaning {
    const char *text, *clean; /* NULL: refused */
};

static void assert_cleaned(const struct cleaning *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char clean[100] = "before", again[100];
        enum tk_code code = text_clean(clean, sizeof clean, cases[i].text);

        CU_ASSERT_EQUAL(code, cases[i].clean ? TK_OK : TK_BAD_TEXT);
        CU_ASSERT_STRING_EQUAL(clean, cases[i].clean ? cases[i].clean : "");
        CU_ASSERT_EQUAL(text_is_clean(cases[i].text),
                        cases[i].clean && strcmp(cases[i].clean, cases[i].text) == 0);
        CU_ASSERT_TRUE(text_is_clean(clean));
        CU_ASSERT(text_clean(again, sizeof again, clean) == TK_OK && !strcmp(again, clean));
    }
}

static void test_clean(void)
{
    static const struct cleaning cases[] = {
        {"", ""},
        {"Heat", "Heat"},
        {"  Heat \t\r\n 2 ", "Heat 2"},
        {"a\u00A0\u2003b\u2028c", "a b c"},
        {"\x1B[2J\x07red\x7F", "[2Jred"},
        {"a\xC2\x9B"
         "b",
         "ab"},
        {"\u202Eevil\u202C\u2066x\u2069", "evilx"},
        {"a\u200B\u200C\u200D\u2060\uFEFF\u00AD\u034Fb", "ab"},
        {"\uE000\u0378x\U000F0000", "x"},
        {"❤\uFE0F", "❤"},
        {"e\u0301t\u00E9", "\u00E9t\u00E9"},
        {"e\u200B\u0301", "\u00E9"},
        {"\u212B", "\u00C5"},
        {"\u1112\u1161\u11AB", "\uD55C"},
        {"李小龍 🎬", "李小龍 🎬"},
        {"Robert'); DROP TABLE slot;--", "Robert'); DROP TABLE slot;--"},
    };

    assert_cleaned(cases, sizeof cases / sizeof cases[0]);
}

static void test_not_utf8(void)
{
    static const struct cleaning cases[] = {
        {"\x80", NULL},
        {"a\xFF", NULL},
        {"\xC3", NULL},
        {"\xC3(", NULL},
        {"\xC0\xAF", NULL},
        {"\xE0\x80\xAF", NULL},
        {"\xF0\x80\x80\xAF", NULL},
        {"\xED\xA0\x80", NULL},
        {"\xF4\x90\x80\x80", NULL},
        {"\xE2\x82", NULL},
        {"\xFE\xFE\xFF\xFF", NULL},
    };

    assert_cleaned(cases, sizeof cases / sizeof cases[0]);
}

static void test_clean_size(void)
{
    char text[8], large[10001];

    CU_ASSERT(text_clean(text, sizeof text, "1234567") == TK_OK && strlen(text) == 7);
    CU_ASSERT(text_clean(text, sizeof text, "12345678") == TK_BAD_TEXT && !*text);
    CU_ASSERT(text_clean(text, sizeof text, "ééé") == TK_OK && strlen(text) == 6);
    CU_ASSERT(text_clean(text, sizeof text, "éééé") == TK_BAD_TEXT && !*text);
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    CU_ASSERT_EQUAL(text_clean(text, sizeof text, large), TK_BAD_TEXT);
    large[0] = '\xC3';
    CU_ASSERT_EQUAL(text_clean(text, sizeof text, large), TK_BAD_TEXT);
}

static void test_display(void)
{
    char text[20];

    text_display(text, sizeof text, "a\xFF\x1B[0m é");
    CU_ASSERT_STRING_EQUAL(text, "a\uFFFD[0m é");
    text_display(text, 6, "ééé");
    CU_ASSERT_STRING_EQUAL(text, "éé");
    text_display(text, 6, "123456789");
    CU_ASSERT_STRING_EQUAL(text, "12345");
    text_display(text, sizeof text, "\xC0\xAF");
    CU_ASSERT_STRING_EQUAL(text, "\uFFFD\uFFFD");
}

static void test_fold(void)
{
    static const char *const cases[][2] = {
        {"Amélie", "amelie"}, {"AMÉLIE", "amelie"}, {"Straße", "strasse"},    {"HEAT 2", "heat 2"},
        {"ﬁlm", "film"},      {"Ｆｉｌｍ", "film"}, {"Ångström", "angstrom"}, {"李", "李"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];

        text_fold(text, sizeof text, cases[i][0]);
        CU_ASSERT_STRING_EQUAL(text, cases[i][1]);
    }
}

static void test_width(void)
{
    static const struct {
        const char *text;
        int width;
    } cases[] = {
        {"", 0},       {"Heat", 4},     {"é", 1},     {"e\u0301", 1}, {"e\u0301\u0323x", 2},
        {"李小龍", 6}, {"ｆ", 2},       {"🎬", 2},     {"a🎬b", 4},     {"한", 2},
        {"\u0301", 0}, {"\xFF\xFE", 2}, {"a\xC3", 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(text_width(cases[i].text), cases[i].width);
}

static void test_fit(void)
{
    CU_ASSERT_EQUAL(text_fit("Heat", 2), 2);
    CU_ASSERT_EQUAL(text_fit("Heat", 9), 4);
    CU_ASSERT_EQUAL(text_fit("Heat", 0), 0);
    CU_ASSERT_EQUAL(text_fit("李小龍", 3), 3);
    CU_ASSERT_EQUAL(text_fit("李小龍", 4), 6);
    CU_ASSERT_EQUAL(text_fit("e\u0301x", 1), 3);
    CU_ASSERT_EQUAL(text_fit("a\xFF\xFE", 2), 2);
}

static void test_steps(void)
{
    const char text[] = "ae\u0301李x";
    int width;

    CU_ASSERT(text_next(text, &width) == 1 && width == 1);
    CU_ASSERT(text_next(text + 1, &width) == 3 && width == 1);
    CU_ASSERT(text_next(text + 4, &width) == 3 && width == 2);
    CU_ASSERT(text_next("", &width) == 0 && width == 0);
    CU_ASSERT(text_next("\xFFz", &width) == 1 && width == 1);
    CU_ASSERT_EQUAL(text_previous(text, sizeof text - 1), 1);
    CU_ASSERT_EQUAL(text_previous(text, 7), 3);
    CU_ASSERT_EQUAL(text_previous(text, 4), 3);
    CU_ASSERT_EQUAL(text_previous(text, 1), 1);
    CU_ASSERT_EQUAL(text_previous(text, 0), 0);
}

static void test_copy(void)
{
    char text[5];

    CU_ASSERT(text_copy(text, sizeof text, "1234") && !strcmp(text, "1234"));
    CU_ASSERT(!text_copy(text, sizeof text, "12345") && !strcmp(text, "1234"));
    CU_ASSERT(text_copy(text, sizeof text, "") && !*text);
}

static void test_parse_int(void)
{
    static const char *const bad[] = {"", "-", "+", "1 ", " 1", "1.5", "0x10", "1e3", "--1", "١"};
    int64_t value = 0;

    CU_ASSERT(text_parse_int("0", &value) && value == 0);
    CU_ASSERT(text_parse_int("-5", &value) && value == -5);
    CU_ASSERT(text_parse_int("+007", &value) && value == 7);
    CU_ASSERT(text_parse_int("9223372036854775807", &value) && value == INT64_MAX);
    CU_ASSERT(text_parse_int("100000000000000000000", &value) && value == INT64_MAX);
    CU_ASSERT(text_parse_int("-100000000000000000000", &value) && value == INT64_MIN);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(text_parse_int(bad[i], &value));
}

/* Whatever the bytes: no crash, and what is cleaned is clean and stays so. */
static void test_any_bytes(void)
{
    uint64_t random = test_seed();

    for (int i = 0; i < 20000; i++) {
        char text[24], clean[64], again[64];
        size_t length = (size_t)test_random_below(&random, sizeof text);
        int width;

        for (size_t j = 0; j < length; j++)
            text[j] = (char)(test_random_below(&random, 2) ? 0xC0 + test_random_below(&random, 64)
                                                           : 1 + test_random_below(&random, 255));
        text[length] = '\0';
        if (text_clean(clean, sizeof clean, text) == TK_OK) {
            CU_ASSERT_TRUE(text_is_clean(clean));
            CU_ASSERT(text_clean(again, sizeof again, clean) == TK_OK && !strcmp(clean, again));
        }
        text_display(clean, sizeof clean, text);
        CU_ASSERT(text_fit(text, text_width(text)) == length && text_next(text, &width) <= length);
    }
}

SUITE(text, {"text is cleaned of what is not to be seen", test_clean},
      {"what is not UTF-8 is refused", test_not_utf8},
      {"text that does not fit is refused whole", test_clean_size},
      {"text for showing never fails", test_display}, {"case and accents fold", test_fold},
      {"widths are those of terminal cells", test_width},
      {"text is fitted between characters", test_fit},
      {"steps are those of characters as people see them", test_steps},
      {"copies are cut to fit", test_copy}, {"numbers saturate", test_parse_int},
      {"any bytes are survived", test_any_bytes})
