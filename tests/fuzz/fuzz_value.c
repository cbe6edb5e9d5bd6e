/*
 * Values: integers and datetimes as the replaced API read them (ui/http/pydantic.h) against
 * readings of their own for what is plain ASCII, and times as people write them (core/time.h).
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <math.h>

#include "core/time.h"
#include "ui/http/pydantic.h"

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] <= 0)
            return false;
    return true;
}

/* What int() takes away from an ASCII text; of others str.isspace() decides. */
static void strip(const char **text, size_t *length)
{
    static const char blanks[] = " \t\n\v\f\r";

    while (*length && strchr(blanks, **text))
        ++*text, --*length;
    while (*length && strchr(blanks, (*text)[*length - 1]))
        --*length;
}

/* Digits with single underscores between them. */
static bool is_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isdigit((unsigned char)text[i]) &&
            (text[i] != '_' || i == 0 || i + 1 == length || text[i + 1] == '_'))
            return false;
    return length > 0;
}

/* int() of an ASCII text; beyond int64 the least or greatest number. */
static bool read_int(const char *text, size_t length, int64_t *value)
{
    __int128 sum = 0;
    bool negative;

    strip(&text, &length);
    negative = length && *text == '-';
    if (length && (*text == '-' || *text == '+'))
        text++, length--;
    if (!is_digits(text, length))
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] != '_' && sum <= INT64_MAX)
            sum = sum * 10 + (text[i] - '0');
    sum = negative ? -sum : sum;
    *value = sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
    return true;
}

static void check_int(const char *text, size_t length)
{
    int64_t got = 42, wanted = 42;
    bool accepted = pydantic_int(text, length, &got);

    if (!is_ascii(text, length))
        return;
    FUZZ_REQUIRE(accepted == read_int(text, length, &wanted), "Not what int() accepts.");
    FUZZ_REQUIRE(!accepted || got == wanted, "Not the number that int() gives.");
}

static bool is_same(const struct pydantic_datetime *a, const struct pydantic_datetime *b)
{
    return a->civil.year == b->civil.year && a->civil.month == b->civil.month &&
           a->civil.day == b->civil.day && a->civil.hour == b->civil.hour &&
           a->civil.minute == b->civil.minute && a->civil.second == b->civil.second &&
           a->civil.microsecond == b->civil.microsecond && a->has_offset == b->has_offset &&
           (!a->has_offset || a->civil.offset == b->civil.offset);
}

static bool is_possible(const struct civil_time *civil)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = civil->year % 4 == 0 && (civil->year % 100 != 0 || civil->year % 400 == 0);

    return civil->year >= 1 && civil->year <= 9999 && civil->month >= 1 && civil->month <= 12 &&
           civil->day >= 1 && civil->day <= days[civil->month - 1] + (leap && civil->month == 2) &&
           civil->hour >= 0 && civil->hour <= 23 && civil->minute >= 0 && civil->minute <= 59 &&
           civil->second >= 0 && civil->second <= 59 && civil->microsecond >= 0 &&
           civil->microsecond <= 999999;
}

/* Whether the text begins as the pattern says: 0 a digit, 9 one or two, ? a T or a blank. */
static bool begins_like(const char *text, const char *pattern)
{
    for (; *pattern; pattern++, text++) {
        bool digit = isdigit((unsigned char)*text);

        if (*pattern == '9' && digit && isdigit((unsigned char)text[1]))
            text++;
        if (*pattern == '0' || *pattern == '9' ? !digit
            : *pattern == '?'                  ? *text != 'T' && *text != ' '
                                               : *text != *pattern)
            return false;
    }
    return true;
}

static void check_datetime(const char *text, size_t length)
{
    struct pydantic_datetime time = {0}, again = {0};
    char iso[PYDANTIC_ISO_SIZE];
    double number;

    if (pydantic_datetime(text, length, &time) != PYDANTIC_FINE)
        return;
    FUZZ_REQUIRE(is_possible(&time.civil), "There is no such day or time.");
    FUZZ_REQUIRE(!is_ascii(text, length) || begins_like(text, "0000-9-9?9:9") ||
                     pydantic_float(text, length, &number),
                 "This is neither a date nor a number, and was accepted.");
    pydantic_isoformat(iso, &time);
    FUZZ_REQUIRE(pydantic_datetime(iso, strlen(iso), &again) == PYDANTIC_FINE,
                 "A datetime that was written is not read.");
    FUZZ_REQUIRE(is_same(&time, &again), "A datetime changes on its way.");
}

/* float() of what has no underscore and is made of digits, sign, point and exponent. */
static void check_float(const char *text, size_t length)
{
    double got = 0, wanted;
    bool accepted = pydantic_float(text, length, &got);
    char *end;

    if (strlen(text) != length || text[strspn(text, "0123456789+-.eE")])
        return;
    wanted = strtod(text, &end);
    FUZZ_REQUIRE(accepted == (end != text && !*end), "Not what float() accepts.");
    FUZZ_REQUIRE(!accepted || memcmp(&got, &wanted, sizeof got) == 0,
                 "Not the number that float() gives.");
}

/* --- times as people write them --- */

static int32_t east(void *context, int64_t utc)
{
    (void)utc;
    return *(const int32_t *)context;
}

/* YYYY-MM-DDTHH:MM:SSZ to the letter is read by the C library as well. */
static void check_exact(const char *text, bool accepted, int64_t moment)
{
    struct tm tm = {0};
    const char *end = strlen(text) == 20 && begins_like(text, "0000-00-00T00:00:00Z")
                          ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm)
                          : NULL;
    time_t seconds;
    int day = tm.tm_mday;

    if (!end || *end || tm.tm_sec > 59)
        return;
    seconds = timegm(&tm);
    if (tm.tm_mday == day && tm.tm_year >= 70)
        FUZZ_REQUIRE(accepted && moment == (int64_t)seconds * TIME_SECOND,
                     "A time is not the one that stands there.");
    else
        FUZZ_REQUIRE(!accepted, "There is no such day, or it is too long ago.");
}

static void check_time(const char *text, int32_t offset)
{
    struct time_zone zone = {east, &offset};
    int64_t now = INT64_C(1795370400000000), moment = -1, again = -1;
    struct tk_error error = {0};
    char printed[TIME_TEXT_MAX];
    bool accepted = time_parse(text, &zone, now, &moment, &error) == TK_OK;

    check_exact(text, accepted, moment);
    if (!accepted) {
        FUZZ_REQUIRE(error.message[0], "A refusal says nothing.");
        return;
    }
    FUZZ_REQUIRE(moment >= 0 && moment <= TIME_MAX, "A moment is out of range.");
    time_print(printed, moment, &zone);
    if (time_civil(moment, &zone).year >= 1970 && time_civil(moment, &zone).year <= 9999)
        FUZZ_REQUIRE(time_parse(printed, NULL, now, &again, &error) == TK_OK && again == moment,
                     "A time changes on its way.");
}

void fuzz_value(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    check_int(text, size);
    check_float(text, size);
    check_datetime(text, size);
    check_time(text, 0);
    check_time(text, size % 2 ? 20700 : -34200); /* +05:45, -09:30 */
    free(text);
}
