#include "core/time.h"

#include "tests/support/test.h"

/* A made-up zone: the offset from each moment on (UTC seconds, rising; ends with 0). */
struct change {
    int64_t from;
    int32_t offset;
};

/* forward on 29 March 2026 at 02:00, back on 25 October at 03:00 */
static const struct change north[] = {
    {INT64_MIN, 3600}, {1774746000, 7200}, {1792890000, 3600}, {0, 0}};
/* back on 5 April 2026 at 03:00, forward on 4 October at 02:00 */
static const struct change south[] = {
    {INT64_MIN, 39600}, {1775318400, 36000}, {1791043200, 39600}, {0, 0}};
/* half an hour, and west of Greenwich: forward and back at the same moments as in the north */
static const struct change half[] = {
    {INT64_MIN, -12600}, {1774746000, -10800}, {1792890000, -12600}, {0, 0}};
static const struct change india[] = {{INT64_MIN, 19800}, {0, 0}};
static const struct change pacific[] = {{INT64_MIN, -28800}, {0, 0}};

static const struct change *const zones[] = {north, south, half, india, pacific};

static int32_t offset_at(void *context, int64_t utc)
{
    const struct change *change = *(const struct change *const *)context;

    while (change[1].from && change[1].from <= utc)
        change++;
    return change->offset;
}

static struct time_zone zone_of(const struct change **changes)
{
    return (struct time_zone){offset_at, changes};
}

/* 2026-11-22 18:00 UTC */
#define NOW INT64_C(1795370400000000)

static enum tk_code parse(const char *text, const struct change *changes, int64_t *moment)
{
    struct time_zone zone = zone_of(&changes);
    struct tk_error error = {0};
    enum tk_code code = time_parse(text, changes ? &zone : NULL, NOW, moment, &error);

    CU_ASSERT_EQUAL(code != TK_OK, error.message[0] != '\0');
    return code;
}

static void test_forms(void)
{
    static const struct {
        const char *text;
        int64_t moment; /* from NOW, seconds */
    } cases[] = {
        {"2026-11-22 18:00", 0},
        {"2026-11-22T18:00:00Z", 0},
        {"2026-11-22t18:00z", 0},
        {" 2026-11-22 18:00:30  ", 30},
        {"2026-11-22 19:00+01:00", 0},
        {"2026-11-22 19:00+0100", 0},
        {"2026-11-22T19:00+01", 0},
        {"2026-11-22 12:30-05:30", 0},
        {"18:00", 0},
        {"today 19:00", 3600},
        {"TOMORROW 18:00", 86400},
        {"today+3 18:00", 3 * 86400},
        {"2026-11-22 18:00:00.000000", 0},
        {"19:00+01:00", 0},
    };
    int64_t moment = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(parse(cases[i].text, NULL, &moment), TK_OK);
        CU_ASSERT_EQUAL(moment, NOW + cases[i].moment * TIME_SECOND);
    }
    CU_ASSERT(parse("2026-11-22 18:00:00.5", NULL, &moment) == TK_OK && moment == NOW + 500000);
    CU_ASSERT(parse("2026-11-22 18:00:00.000001", NULL, &moment) == TK_OK && moment == NOW + 1);
    CU_ASSERT(parse("1970-01-01 00:00", NULL, &moment) == TK_OK && moment == 0);
    CU_ASSERT(parse("9999-12-31 23:59:59.999999", NULL, &moment) == TK_OK && moment == TIME_MAX);
    /* in a zone, today is the zone's day: 18:00 UTC is 05:00 of the 23rd in the south */
    CU_ASSERT(parse("05:00", south, &moment) == TK_OK && moment == NOW);
    CU_ASSERT(parse("today 10:00", pacific, &moment) == TK_OK && moment == NOW);
    CU_ASSERT(parse("2026-11-22 23:30", india, &moment) == TK_OK && moment == NOW);
}

static void test_no_times(void)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "2026-02-29 10:00",
                                      "2100-02-29 10:00",
                                      "2026-04-31 10:00",
                                      "2026-13-01 10:00",
                                      "2026-00-01 10:00",
                                      "2026-01-00 10:00",
                                      "2026-11-22 24:00",
                                      "2026-11-22 10:60",
                                      "2026-11-22 10:00:60",
                                      "1969-12-31 10:00",
                                      "1970-01-01 00:00+01:00",
                                      "9999-12-31 23:59-01:00",
                                      "2026-11-22",
                                      "2026-11-2 10:00",
                                      "22.11.2026 10:00",
                                      "2026-11-22 10:00 pm",
                                      "2026-11-22 10:00+24:00",
                                      "2026-11-22 10:00+01:60",
                                      "2026-11-22 10:00+1",
                                      "2026-11-22 10:00:00.",
                                      "10",
                                      "1:00",
                                      "yesterday 10:00",
                                      "today10:00",
                                      "tomorrow",
                                      "today-1 10:00",
                                      "2026-11-22  10:00",
                                      "\xFF\xFE",
                                      "99999-01-01 10:00",
                                      "2026-02-29 10:00Z"};
    int64_t moment = 7;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_EQUAL(parse(bad[i], NULL, &moment), TK_BAD_TIME);
        CU_ASSERT_EQUAL(moment, 7);
    }
}

static void test_leap_years(void)
{
    int64_t a, b;

    CU_ASSERT(parse("2000-02-29 12:00", NULL, &a) == TK_OK && a == 951825600 * TIME_SECOND);
    CU_ASSERT_EQUAL(parse("2024-02-29 12:00", NULL, &a), TK_OK);
    CU_ASSERT_EQUAL(parse("2024-03-01 12:00", NULL, &b), TK_OK);
    CU_ASSERT_EQUAL(b - a, TIME_DAY);
    CU_ASSERT(!parse("2100-02-28 12:00", NULL, &a) && !parse("2100-03-01 12:00", NULL, &b));
    CU_ASSERT_EQUAL(b - a, TIME_DAY);
}

static void test_gaps_and_repeats(void)
{
    int64_t a = 0, b = 0;

    CU_ASSERT_EQUAL(parse("2026-03-29 02:00", north, &a), TK_TIME_SKIPPED);
    CU_ASSERT_EQUAL(parse("2026-03-29 02:59:59.999999", north, &a), TK_TIME_SKIPPED);
    CU_ASSERT(parse("2026-03-29 01:59:59", north, &a) == TK_OK && a == 1774745999 * TIME_SECOND);
    CU_ASSERT(parse("2026-03-29 03:00", north, &a) == TK_OK && a == 1774746000 * TIME_SECOND);
    CU_ASSERT_EQUAL(parse("2026-10-25 02:00", north, &a), TK_TIME_REPEATED);
    CU_ASSERT_EQUAL(parse("2026-10-25 02:59:59", north, &a), TK_TIME_REPEATED);
    CU_ASSERT_EQUAL(parse("2026-10-25 01:59:59", north, &a), TK_OK);
    CU_ASSERT_EQUAL(parse("2026-10-25 03:00", north, &b), TK_OK);
    CU_ASSERT_EQUAL(b - a, 2 * TIME_HOUR + TIME_SECOND);
    CU_ASSERT_EQUAL(parse("2026-10-25 02:30+02:00", north, &a), TK_OK);
    CU_ASSERT_EQUAL(parse("2026-10-25 02:30+01:00", north, &b), TK_OK);
    CU_ASSERT_EQUAL(b - a, TIME_HOUR);
    CU_ASSERT_EQUAL(parse("2026-10-04 02:30", south, &a), TK_TIME_SKIPPED);
    CU_ASSERT(parse("2026-10-04 03:00", south, &a) == TK_OK && a == 1791043200 * TIME_SECOND);
    CU_ASSERT_EQUAL(parse("2026-04-05 02:30", south, &a), TK_TIME_REPEATED);
    CU_ASSERT_EQUAL(parse("2026-04-05 03:00", south, &a), TK_OK);
    CU_ASSERT_EQUAL(parse("2026-03-28 21:45", half, &a), TK_TIME_SKIPPED);
    CU_ASSERT_EQUAL(parse("2026-03-28 22:00", half, &a), TK_OK);
    CU_ASSERT_EQUAL(parse("2026-10-24 21:45", half, &a), TK_TIME_REPEATED);
    CU_ASSERT_EQUAL(parse("2026-10-24 21:15", half, &a), TK_OK);
}

/* Of a repeated time the first is given, though the code says that it comes twice. */
static void test_first_of_two(void)
{
    const struct change *changes = north;
    struct time_zone zone = zone_of(&changes);
    struct civil_time civil = {.year = 2026, .month = 10, .day = 25, .hour = 2, .minute = 30};
    int64_t moment = 0;

    CU_ASSERT_EQUAL(time_from_civil(&civil, &zone, &moment), TK_TIME_REPEATED);
    CU_ASSERT_EQUAL(moment, 1792888200 * TIME_SECOND);
}

/* A moment within 2026, most often near a change of the clocks. */
static int64_t random_moment(uint64_t *random)
{
    static const int64_t near[] = {1774746000, 1792890000, 1775318400, 1791043200};

    if (test_random_below(random, 3) == 0)
        return (int64_t)test_random_below(random, TIME_MAX);
    return (near[test_random_below(random, 4)] - 7200 + (int64_t)test_random_below(random, 14400)) *
               TIME_SECOND +
           (int64_t)test_random_below(random, 2) * 123456;
}

static void test_round_trips(void)
{
    uint64_t random = test_seed();

    for (int i = 0; i < 50000; i++) {
        const struct change *changes = zones[test_random_below(&random, 5)];
        struct time_zone zone = zone_of(&changes);
        int64_t moment = random_moment(&random), found = 0;
        struct civil_time civil = time_civil(moment, &zone);
        char text[TIME_TEXT_MAX];
        enum tk_code code;

        time_print(text, moment, &zone);
        if (civil.year <= 9999)
            CU_ASSERT(time_parse(text, NULL, 0, &found, NULL) == TK_OK && found == moment);
        code = civil.year < 1970 || civil.year > 9999 ? TK_BAD_TIME
                                                      : time_from_civil(&civil, &zone, &found);
        CU_ASSERT(code == TK_OK
                      ? found == moment
                      : code != TK_TIME_REPEATED || found == moment ||
                            moment - found == TIME_HOUR || moment - found == TIME_HOUR / 2);
        CU_ASSERT_NOT_EQUAL(code, TK_TIME_SKIPPED);
        if (code == TK_BAD_TIME)
            continue;
        time_print_field(text, moment, &zone);
        CU_ASSERT_EQUAL(time_parse(text, &zone, 0, &found, NULL), TK_OK);
        CU_ASSERT_EQUAL(found, moment - moment % TIME_MINUTE);
    }
}

static void test_print(void)
{
    const struct change *changes = north;
    struct time_zone zone = zone_of(&changes);
    char text[TIME_TEXT_MAX];
    struct civil_time civil = time_civil(NOW + 1, &zone);

    time_print(text, NOW, &zone);
    CU_ASSERT_STRING_EQUAL(text, "2026-11-22T19:00:00+01:00");
    time_print(text, NOW + 1, NULL);
    CU_ASSERT_STRING_EQUAL(text, "2026-11-22T18:00:00.000001+00:00");
    time_print_day(text, NOW, &zone);
    CU_ASSERT_STRING_EQUAL(text, "Sun 22 Nov 19:00");
    time_print_clock(text, NOW, &zone);
    CU_ASSERT_STRING_EQUAL(text, "19:00");
    time_print_field(text, NOW, &zone);
    CU_ASSERT_STRING_EQUAL(text, "2026-11-22 19:00");
    time_print_field(text, 1792888200 * TIME_SECOND, &zone);
    CU_ASSERT_STRING_EQUAL(text, "2026-10-25 02:30+02:00");
    time_print_field(text, 1792891800 * TIME_SECOND, &zone);
    CU_ASSERT_STRING_EQUAL(text, "2026-10-25 02:30+01:00");
    CU_ASSERT(civil.weekday == 0 && civil.microsecond == 1 && civil.offset == 3600);
    changes = pacific;
    time_print(text, 0, &zone);
    CU_ASSERT_STRING_EQUAL(text, "1969-12-31T16:00:00-08:00");
    CU_ASSERT_EQUAL(time_day_number(0, &zone), -1);
    CU_ASSERT_EQUAL(time_day_number(8 * TIME_HOUR, &zone), 0);
    CU_ASSERT_EQUAL(time_day_number(8 * TIME_HOUR - 1, &zone), -1);
}

SUITE(time, {"times are read as people and programs write them", test_forms},
      {"days and times that do not exist are refused", test_no_times},
      {"leap years are those of the Gregorian calendar", test_leap_years},
      {"the skipped and the repeated hour are told", test_gaps_and_repeats},
      {"of a repeated time the first is given", test_first_of_two},
      {"what is printed is read back, at any moment in any zone", test_round_trips},
      {"times are printed as said", test_print})
