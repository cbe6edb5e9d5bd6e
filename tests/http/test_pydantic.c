/* pydantic: values as the replaced API read them. Expected values were worked out with
   Python 3.11's int(), float(), re and datetime by the rules of pydantic 1.10. */
#include "ui/http/pydantic.h"

#include <float.h>
#include <math.h>

#include "tests/support/test.h"

#define NO_INT INT64_C(-4242)
#define TEXT(text) text, sizeof text - 1

static void test_int(void)
{
    static const struct {
        const char *text;
        size_t length;
        int64_t value; /* NO_INT: refused */
    } cases[] = {
        {TEXT("3"), 3},
        {TEXT("+3"), 3},
        {TEXT("-3"), -3},
        {TEXT("-0"), 0},
        {TEXT("03"), 3},
        {TEXT("007"), 7},
        {TEXT("00_7"), 7},
        {TEXT("1_0"), 10},
        {TEXT("1_000_000"), 1000000},
        {TEXT(" 3"), 3},
        {TEXT("3 \t\n\v\f\r"), 3},
        {TEXT("\xC2\xA0\x33\xE2\x80\x83"), 3}, /* no-break space, em space */
        {TEXT("\xC2\x85\x33"), 3},             /* next line */
        {TEXT("\xE3\x80\x80\x33"), 3},         /* ideographic space */
        {TEXT("\xD9\xA3"), 3},                 /* Arabic-Indic */
        {TEXT("+\xD9\xA3_\xD9\xA4"), 34},
        {TEXT("\xDB\xB3"), 3},         /* Extended Arabic-Indic */
        {TEXT("\xDF\x81"), 1},         /* NKo */
        {TEXT("\xEF\xBC\x95"), 5},     /* fullwidth */
        {TEXT("\xF0\x9D\x9F\x9B"), 3}, /* mathematical double-struck: the second run of ten */
        {TEXT("\xF0\x9D\x9F\xBF"), 9}, /* mathematical monospace: the last one */
        {TEXT("9223372036854775807"), INT64_MAX},
        {TEXT("9223372036854775808"), INT64_MAX},
        {TEXT("-9223372036854775807"), -INT64_MAX},
        {TEXT("-9223372036854775808"), INT64_MIN},
        {TEXT("-9223372036854775809"), INT64_MIN},
        {TEXT("99999999999999999999999999999999999999"), INT64_MAX},
        {TEXT("-99999999999999999999999999999999999999"), INT64_MIN},
        {TEXT(""), NO_INT},
        {TEXT(" "), NO_INT},
        {TEXT("+"), NO_INT},
        {TEXT("+ 3"), NO_INT},
        {TEXT("--3"), NO_INT},
        {TEXT("3.0"), NO_INT},
        {TEXT("1e2"), NO_INT},
        {TEXT("true"), NO_INT},
        {TEXT("0x10"), NO_INT},
        {TEXT("_1"), NO_INT},
        {TEXT("1_"), NO_INT},
        {TEXT("1__0"), NO_INT},
        {TEXT("-_1"), NO_INT},
        {TEXT("1 0"), NO_INT},
        {TEXT("1\0"), NO_INT},
        {TEXT("\x1C\x33"), NO_INT},         /* a space to str.isspace(), not to int() */
        {TEXT("\xC2\xB3"), NO_INT},         /* superscript three */
        {TEXT("\xE2\x80\x8B\x33"), NO_INT}, /* zero-width space */
        {TEXT("\xEF\xBB\xBF\x33"), NO_INT}, /* byte order mark */
        {TEXT("3\xFF"), NO_INT},
        {TEXT("\xC3"), NO_INT},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = NO_INT;
        bool read = pydantic_int(cases[i].text, cases[i].length, &value);

        if (read == (cases[i].value == NO_INT) || value != cases[i].value)
            printf("\n    int(“%s”): %d %lld\n", cases[i].text, read, (long long)value);
        CU_ASSERT_EQUAL(read, cases[i].value != NO_INT);
        CU_ASSERT_EQUAL(value, cases[i].value);
    }
}

/* Any length. */
static void test_long_int(void)
{
    static char text[70000];
    int64_t value = 0;

    memset(text, '0', sizeof text);
    text[sizeof text - 1] = '7';
    CU_ASSERT_TRUE(pydantic_int(text, sizeof text, &value));
    CU_ASSERT_EQUAL(value, 7);
    memset(text, '9', sizeof text);
    CU_ASSERT_TRUE(pydantic_int(text, sizeof text, &value));
    CU_ASSERT_EQUAL(value, INT64_MAX);
}

static void test_float(void)
{
    static const struct {
        const char *text;
        double value; /* NAN: refused */
    } cases[] = {
        {"1", 1},
        {"1.5", 1.5},
        {".5", 0.5},
        {"5.", 5},
        {"-1e3", -1000},
        {"1E-2", 0.01},
        {"1_0.0_1", 10.01},
        {"1e1_0", 1e10},
        {" 12\n", 12},
        {"inf", INFINITY},
        {"-Infinity", -INFINITY},
        {"+INF", INFINITY},
        {"1e400", INFINITY},
        {"1e-400", 0},
        {"0.1", 0.1},
        {"1604233320.123456", 1604233320.123456},
        {"\xD9\xA3.\xD9\xA4", 3.4},
        {"", NAN},
        {".", NAN},
        {"1e", NAN},
        {"1e+", NAN},
        {"e5", NAN},
        {"1._5", NAN},
        {"1_.5", NAN},
        {"1_e5", NAN},
        {"0x1p3", NAN},
        {"infinit", NAN},
        {"in f", NAN},
        {"1.5.2", NAN},
        {"1,5", NAN},
        {"--1", NAN},
        {"1f", NAN},
    };
    double value;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool read = pydantic_float(cases[i].text, strlen(cases[i].text), &value);

        if (read == (isnan(cases[i].value) != 0))
            printf("\n    float(“%s”): %d\n", cases[i].text, read);
        CU_ASSERT_EQUAL(read, !isnan(cases[i].value));
        if (read)
            CU_ASSERT(memcmp(&value, &cases[i].value, sizeof value) == 0);
    }
    CU_ASSERT_TRUE(pydantic_float("nan", 3, &value) && isnan(value));
    CU_ASSERT_TRUE(pydantic_float("-NaN", 4, &value) && isnan(value));
}

static void test_datetime(void)
{
    static const struct {
        const char *text, *iso; /* NULL: refused */
    } cases[] = {
        {"2020-11-01T12:22", "2020-11-01T12:22:00"},
        {"2020-11-01T12:22:00", "2020-11-01T12:22:00"},
        {"2020-11-01 12:22:33", "2020-11-01T12:22:33"},
        {"2020-1-2T3:4:5", "2020-01-02T03:04:05"},
        {"2020-11-01T12:22:00.5", "2020-11-01T12:22:00.500000"},
        {"2020-11-01T12:22:00.000000", "2020-11-01T12:22:00"},
        {"2020-11-01T12:22:00.123456789012", "2020-11-01T12:22:00.123456"},
        {"2020-11-01T12:22:00.1234567890123", NULL},
        {"2020-11-01T12:22:00.", NULL},
        {"2020-11-01T12:22Z", "2020-11-01T12:22:00+00:00"},
        {"2020-11-01T12:22+01:00", "2020-11-01T12:22:00+01:00"},
        {"2020-11-01T12:22-0530", "2020-11-01T12:22:00-05:30"},
        {"2020-11-01T12:22+05", "2020-11-01T12:22:00+05:00"},
        {"2020-11-01T12:22:00-00:00", "2020-11-01T12:22:00+00:00"},
        {"2020-11-01T12:22+22:99", "2020-11-01T12:22:00+23:39"},
        {"2020-11-01T12:22+23:59", "2020-11-01T12:22:00+23:59"},
        {"2020-11-01T12:22+24:00", NULL},
        {"2020-11-01T12:22+23:99", NULL},
        {"2020-11-01T12:22+1", NULL},
        {"2020-11-01T12:22+01:", NULL},
        {"2020-11-01T12:22+010", NULL},
        {"2020-11-01T12:22z", NULL},
        {"2020-11-01T12:22 Z", NULL},
        {"2020-11-01t12:22", NULL},
        {"2020-11-01  12:22", NULL},
        {"2020-11-01", NULL},
        {"2020-11-01T", NULL},
        {"2020-11-01T12", NULL},
        {"2020-11-01T12:22:", NULL},
        {" 2020-11-01T12:22", NULL},
        {"2020-11-01T12:22 ", NULL},
        {"2020-11-01T12:22\n", "2020-11-01T12:22:00"}, /* the $ of Python's re */
        {"2020-11-01T12:22\n\n", NULL},
        {"2020-11-01T24:00", NULL},
        {"2020-11-01T12:60", NULL},
        {"2020-11-01T12:22:60", NULL},
        {"2020-13-01T12:22", NULL},
        {"2020-00-01T12:22", NULL},
        {"2020-04-31T12:22", NULL},
        {"2019-02-29T12:22", NULL},
        {"2020-02-29T12:22", "2020-02-29T12:22:00"},
        {"1900-02-29T12:22", NULL},
        {"2000-02-29T12:22", "2000-02-29T12:22:00"},
        {"0000-01-01T00:00", NULL},
        {"0001-01-01T00:00", "0001-01-01T00:00:00"},
        {"9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999"},
        {"12020-11-01T12:22", NULL},
        {"20-11-01T12:22", NULL},
        {"\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA0-11-01T12:22", "2020-11-01T12:22:00"},
        {"2020-11-01\xC2\xA0"
         "12:22",
         NULL},
        {"", NULL},
        {"now", NULL},
        {"tomorrow 19:45", NULL},
        {"19:45", NULL},
        /* numbers */
        {"0", "1970-01-01T00:00:00+00:00"},
        {"2020", "1970-01-01T00:33:40+00:00"},
        {"20201101", "1970-08-22T19:25:01+00:00"},
        {"1604233320", "2020-11-01T12:22:00+00:00"},
        {" 1_604_233_320 ", "2020-11-01T12:22:00+00:00"},
        {"1604233320.5", "2020-11-01T12:22:00.500000+00:00"},
        {"1604233320000", "2020-11-01T12:22:00+00:00"},
        {"1604233320123", "2020-11-01T12:22:00.123000+00:00"},
        {"1604233320123456", "2020-11-01T12:22:00.123456+00:00"},
        {"1.60423332e9", "2020-11-01T12:22:00+00:00"},
        {"-1", "1969-12-31T23:59:59+00:00"},
        {"-1604233320000", "1919-03-02T11:38:00+00:00"},
        {"20000000000", "2603-10-11T11:33:20+00:00"},
        {"20000000001", "1970-08-20T11:33:20.001000+00:00"},
        {"0.0000005", "1970-01-01T00:00:00+00:00"}, /* halves to the even one */
        {"0.0000015", "1970-01-01T00:00:00.000002+00:00"},
        {"3e20", "1979-07-05T05:20:00+00:00"},
        {"4e20", "9999-12-31T23:59:59.999999"},
        {"inf", "9999-12-31T23:59:59.999999"},
        {"-inf", "0001-01-01T00:00:00"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pydantic_datetime time;
        char iso[PYDANTIC_ISO_SIZE] = "";
        bool read = pydantic_datetime(cases[i].text, strlen(cases[i].text), &time) == PYDANTIC_FINE;

        if (read)
            pydantic_isoformat(iso, &time);
        if (strcmp(iso, cases[i].iso ? cases[i].iso : "") != 0)
            printf("\n    datetime “%s”: “%s”\n", cases[i].text, iso);
        CU_ASSERT_STRING_EQUAL(iso, cases[i].iso ? cases[i].iso : "");
    }
}

static const char *const choices[] = {"Movie", "Documentary", "Concert", NULL};
static const struct pydantic_field fields[] = {
    {.name = "s", .type = PYDANTIC_STR},
    {.name = "i", .type = PYDANTIC_INT},
    {.name = "n", .type = PYDANTIC_INT, .bounded = true, .least = 1},
    {.name = "t", .type = PYDANTIC_DATETIME},
    {.name = "e", .type = PYDANTIC_ENUM, .schema = "SlotType", .choices = choices},
};

/* The errors of a query string, one after another; "" when all was read. */
static const char *errors_of(const char *query, struct buffer *errors,
                             struct pydantic_value values[5])
{
    struct form form;

    CU_ASSERT_EQUAL(form_read(&form, query), TK_OK);
    buffer_clear(errors);
    buffer_add_char(errors, '[');
    for (size_t i = 0; i < 5; i++) {
        size_t before = errors->length;
        bool read = pydantic_read(&form, &fields[i], &values[i], errors);

        CU_ASSERT_EQUAL(read, errors->length == before);
    }
    form_release(&form);
    return buffer_text(errors) + 1;
}

#define MISSING(name) \
    "{\"loc\":[\"query\",\"" name "\"],\"msg\":\"field required\",\"type\":\"value_error.missing\"}"
#define NO_INTEGER(name)          \
    "{\"loc\":[\"query\",\"" name \
    "\"],\"msg\":\"value is not a valid integer\",\"type\":\"type_error.integer\"}"
#define NO_DATETIME                                                                          \
    "{\"loc\":[\"query\",\"t\"],\"msg\":\"invalid datetime format\",\"type\":\"value_error." \
    "datetime\"}"
#define NO_MEMBER                                                                                 \
    "{\"loc\":[\"query\",\"e\"],\"msg\":\"value is not a valid enumeration member; permitted: "   \
    "'Movie', 'Documentary', 'Concert'\",\"type\":\"type_error.enum\",\"ctx\":{\"enum_values\":[" \
    "\"Movie\",\"Documentary\",\"Concert\"]}}"
#define TOO_SMALL                                                                             \
    "{\"loc\":[\"query\",\"n\"],\"msg\":\"ensure this value is greater than or equal to 1\"," \
    "\"type\":\"value_error.number.not_ge\",\"ctx\":{\"limit_value\":1}}"

static void test_errors(void)
{
    static const struct {
        const char *query, *errors;
    } cases[] = {
        {"s=&i=0&n=1&t=0&e=Movie", ""},
        {"", MISSING("s") "," MISSING("i") "," MISSING("n") "," MISSING("t") "," MISSING("e")},
        {"S=x&I=0&n=1&t=0&E=Movie", MISSING("s") "," MISSING("i") "," MISSING("e")},
        {"e=Opera&t=soon&n=few&i=&s=x",
         NO_INTEGER("i") "," NO_INTEGER("n") "," NO_DATETIME "," NO_MEMBER},
        {"s=x&i=1&n=0&t=0&e=movie", TOO_SMALL "," NO_MEMBER},
        {"s=x&i=1&n=-5&t=0&e=Movie%20", TOO_SMALL "," NO_MEMBER},
        {"s=x&i=1&n=1&t=0&e=Movie%00", NO_MEMBER},
        {"s=x&i=1&n=2&n=x&t=0&e=Opera&e=Concert", NO_INTEGER("n")},
        {"s=x&i=1&n=1&t=NaN&e=Movie",
         "{\"loc\":[\"query\",\"t\"],\"msg\":\"cannot convert float NaN to integer\",\"type\":"
         "\"value_error\"}"},
    };
    struct pydantic_value values[5] = {{0}};
    struct buffer errors;

    buffer_init(&errors, 65536);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_STRING_EQUAL(errors_of(cases[i].query, &errors, values), cases[i].errors);
    CU_ASSERT_STRING_EQUAL(errors_of("s=a&s=&i=+0_7&n=99&t=0&e=Concert", &errors, values), "");
    CU_ASSERT_EQUAL(values[0].length, 0);
    CU_ASSERT_EQUAL(values[1].number, 7);
    CU_ASSERT_EQUAL(values[2].number, 99);
    CU_ASSERT_EQUAL(values[3].time.civil.year, 1970);
    CU_ASSERT_EQUAL(values[4].choice, 2);
    buffer_release(&errors);
}

/* Whatever comes, reading ends, and what was read as a time can be printed. */
static void test_anything(void)
{
    static const char alphabet[] = "0123456789+-_.:TZ einfa\n\xD9\xA3\xC2\xA0\xFF";
    uint64_t state = test_seed();

    for (int round = 0; round < 100000; round++) {
        char text[40], iso[PYDANTIC_ISO_SIZE];
        size_t length = test_random_below(&state, sizeof text);
        struct pydantic_datetime time;
        int64_t number;
        double real;

        for (size_t i = 0; i < length; i++)
            text[i] = alphabet[test_random_below(&state, sizeof alphabet)];
        if (pydantic_int(text, length, &number))
            CU_ASSERT_TRUE(pydantic_float(text, length, &real));
        if (pydantic_datetime(text, length, &time))
            continue;
        pydantic_isoformat(iso, &time);
        CU_ASSERT(strlen(iso) >= 19 && iso[10] == 'T');
    }
}

SUITE(pydantic, {"int() of a text", test_int}, {"numbers of any length", test_long_int},
      {"float() of a text", test_float}, {"datetimes and Unix numbers", test_datetime},
      {"errors in parameter order, byte for byte", test_errors},
      {"any text ends in a value or a refusal", test_anything})
