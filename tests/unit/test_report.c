/* Reports made of tallies, slots and shifts, and how they are drawn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/report.h"
#include "core/staff.h"
#include "core/text.h"
#include "tests/support/test.h"
#include "ui/report/draw.h"

/* --- a zone that goes forward and back, in 2026 --- */

#define SPRING INT64_C(1774746000) /* 2026-03-29 01:00 UTC */
#define AUTUMN INT64_C(1792890000) /* 2026-10-25 01:00 UTC */

static int32_t berlin(void *context, int64_t utc)
{
    (void)context;
    return utc >= SPRING && utc < AUTUMN ? 7200 : 3600;
}

static const struct time_zone zone = {.offset_at = berlin};

static int64_t at(const char *text)
{
    int64_t moment = 0;

    CU_ASSERT_EQUAL(time_parse(text, &zone, 0, &moment, NULL), TK_OK);
    return moment;
}

static void make(struct report *report, enum report_kind kind, const char *from, const char *to)
{
    CU_ASSERT_EQUAL_FATAL(report_init(report, kind, at(from), at(to), &zone, NULL), TK_OK);
}

static void tell(struct report *report, const char *when, const char *actor, const char *device,
                 enum genre genre, int64_t sold)
{
    struct tally tally = {
        .span_at = tally_span(at(when)), .genre = genre, .sales = 1, .sold = sold, .canceled = 1};

    text_copy(tally.actor, sizeof tally.actor, actor);
    text_copy(tally.device, sizeof tally.device, device);
    CU_ASSERT_EQUAL(report_add_tally(report, &tally), TK_OK);
}

static void check_label(const struct report *report, size_t row, const char *wanted)
{
    char label[REPORT_LABEL_SIZE];

    report_label(report, row, label);
    CU_ASSERT_STRING_EQUAL(label, wanted);
}

/* --- days --- */

static void test_days_of_23_and_25(void)
{
    struct report report;

    make(&report, REPORT_DAY, "2026-03-29 00:00+01:00", "2026-03-30 00:00+02:00");
    CU_ASSERT_EQUAL(report.count, 23);
    check_label(&report, 1, "01:00");
    check_label(&report, 2, "03:00");
    CU_ASSERT_FALSE(report.summed);
    report_release(&report);
    make(&report, REPORT_DAY, "2026-10-25 00:00+02:00", "2026-10-26 00:00+01:00");
    CU_ASSERT_EQUAL(report.count, 25);
    CU_ASSERT_FALSE(report.summed);
    check_label(&report, 2, "02:00 +02:00");
    check_label(&report, 3, "02:00 +01:00");
    check_label(&report, 4, "03:00");
    tell(&report, "2026-10-25 02:15+02:00", "a", "t", GENRE_DRAMA, 3);
    tell(&report, "2026-10-25 02:15+01:00", "a", "t", GENRE_DRAMA, 5);
    report_end(&report);
    CU_ASSERT_EQUAL(report.items[2].counts.sold, 3);
    CU_ASSERT_EQUAL(report.items[3].counts.sold, 5);
    report_release(&report);
}

static void test_day_bounds(void)
{
    int64_t begin = at("2026-10-25 00:00+02:00");

    CU_ASSERT_EQUAL(report_day_begin(begin, &zone), begin);
    CU_ASSERT_EQUAL(report_day_begin(begin - 1, &zone), begin - TIME_DAY);
    CU_ASSERT_EQUAL(report_day_begin(begin + 25 * TIME_HOUR - 1, &zone), begin);
    CU_ASSERT_EQUAL(report_day_end(begin, &zone), begin + 25 * TIME_HOUR);
    CU_ASSERT_EQUAL(report_day_end(begin + 25 * TIME_HOUR - 1, &zone), begin + 25 * TIME_HOUR);
    CU_ASSERT_EQUAL(report_day_end(at("2026-03-29 12:00"), &zone), at("2026-03-30 00:00"));
}

/* Beirut: clocks go from 00:00 to 01:00, so the day begins at one. */
static int32_t beirut(void *context, int64_t utc)
{
    (void)context;
    return utc >= INT64_C(1774735200) /* 2026-03-28 22:00 UTC */ ? 10800 : 7200;
}

static void test_day_without_midnight(void)
{
    const struct time_zone place = {.offset_at = beirut};
    int64_t jump = INT64_C(1774735200) * TIME_SECOND;
    struct report report;

    CU_ASSERT_EQUAL(report_day_begin(jump + 5 * TIME_HOUR, &place), jump);
    CU_ASSERT_EQUAL(report_day_end(jump - 1, &place), jump);
    CU_ASSERT_EQUAL(report_day_end(jump, &place), jump + 23 * TIME_HOUR);
    CU_ASSERT_EQUAL_FATAL(
        report_init(&report, REPORT_DAY, jump, jump + 23 * TIME_HOUR, &place, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.count, 23);
    check_label(&report, 0, "01:00");
    report_release(&report);
}

static void test_week(void)
{
    struct report report;

    make(&report, REPORT_WEEK, "2026-10-22 00:00", "2026-10-29 00:00");
    CU_ASSERT_EQUAL(report.count, 7);
    check_label(&report, 3, "Sun 25 Oct");
    tell(&report, "2026-10-25 00:00", "a", "t", GENRE_DRAMA, 1);
    tell(&report, "2026-10-25 23:45", "a", "t", GENRE_DRAMA, 2);
    tell(&report, "2026-10-26 00:00", "a", "t", GENRE_DRAMA, 4);
    tell(&report, "2026-10-29 00:00", "a", "t", GENRE_DRAMA, 100); /* too late */
    tell(&report, "2026-10-21 23:45", "a", "t", GENRE_DRAMA, 100); /* too early */
    report_end(&report);
    CU_ASSERT_EQUAL(report.items[3].counts.sold, 3);
    CU_ASSERT_EQUAL(report.items[4].counts.sold, 4);
    CU_ASSERT_EQUAL(report.totals.sold, 7);
    CU_ASSERT_EQUAL(report.totals.sales, 3);
    CU_ASSERT_EQUAL(report.totals.canceled, 3);
    report_release(&report);
}

static void test_hours_of_many_days(void)
{
    struct report report;

    make(&report, REPORT_DAY, "2026-10-24 00:00", "2026-10-27 00:00");
    CU_ASSERT_TRUE(report.summed);
    CU_ASSERT_EQUAL(report.count, 24);
    tell(&report, "2026-10-24 02:30", "a", "t", GENRE_DRAMA, 1);
    tell(&report, "2026-10-25 02:30+02:00", "a", "t", GENRE_DRAMA, 2);
    tell(&report, "2026-10-25 02:30+01:00", "a", "t", GENRE_DRAMA, 4);
    tell(&report, "2026-10-26 23:59", "a", "t", GENRE_DRAMA, 8);
    report_end(&report);
    CU_ASSERT_EQUAL(report.items[2].counts.sold, 7);
    CU_ASSERT_EQUAL(report.items[23].counts.sold, 8);
    check_label(&report, 2, "02:00");
    report_release(&report);
}

static void test_bad_periods(void)
{
    struct report report;
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(report_init(&report, REPORT_DAY, 100, 100, &zone, &error), TK_BAD_TIME);
    CU_ASSERT(strlen(error.message) > 5);
    CU_ASSERT_EQUAL(report_init(&report, REPORT_WEEK, 200, 100, &zone, NULL), TK_BAD_TIME);
    CU_ASSERT_EQUAL(report_init(&report, REPORT_WEEK, -5, 100, &zone, NULL), TK_BAD_TIME);
}

/* --- names --- */

static void test_by_name(void)
{
    struct report report;

    make(&report, REPORT_CLERK, "2026-11-22 00:00", "2026-11-23 00:00");
    tell(&report, "2026-11-22 10:00", "#1042", "t1", GENRE_DRAMA, 1);
    tell(&report, "2026-11-22 11:00", "till", "t1", GENRE_CRIME, 2);
    tell(&report, "2026-11-22 12:00", "#1042", "t2", GENRE_DRAMA, 4);
    tell(&report, "2026-11-22 12:00", "", "", GENRE_DRAMA, 1);
    report_name_member(&report, 1042, "Priya");
    report_name_member(&report, 7, "Nobody");
    report_end(&report);
    CU_ASSERT_EQUAL_FATAL(report.count, 3);
    check_label(&report, 0, "Priya");
    CU_ASSERT_EQUAL(report.items[0].id, 1042);
    CU_ASSERT_EQUAL(report.items[0].counts.sold, 5);
    check_label(&report, 1, "till");
    check_label(&report, 2, "not recorded");
    report_release(&report);
    make(&report, REPORT_TILL, "2026-11-22 00:00", "2026-11-23 00:00");
    tell(&report, "2026-11-22 10:00", "#1042", "t1", GENRE_DRAMA, 1);
    tell(&report, "2026-11-22 10:00", "#1043", "t1", GENRE_DRAMA, 1);
    report_end(&report);
    CU_ASSERT_EQUAL(report.count, 1);
    report_release(&report);
    make(&report, REPORT_GENRE, "2026-11-22 00:00", "2026-11-23 00:00");
    tell(&report, "2026-11-22 10:00", "#1042", "t1", GENRE_DRAMA, 1);
    tell(&report, "2026-11-22 10:00", "#1042", "t1", GENRE_CRIME, 2);
    report_end(&report);
    check_label(&report, 0, "Crime");
    check_label(&report, 1, "Drama");
    report_release(&report);
}

static void add_slot(struct report *report, int64_t id, const char *start, int32_t capacity,
                     int32_t sold)
{
    struct slot slot = {.id = id, .starts_at = at(start), .capacity = capacity, .sold = sold};

    slot.ends_at = slot.starts_at + TIME_HOUR;
    snprintf(slot.name, sizeof slot.name, "Film %lld", (long long)id);
    CU_ASSERT_EQUAL(report_add_slot(report, &slot), TK_OK);
}

static void test_slots(void)
{
    struct report report;

    make(&report, REPORT_SLOT, "2026-11-22 00:00", "2026-11-23 00:00");
    add_slot(&report, 100002, "2026-11-22 20:00", 20, 5);
    add_slot(&report, 100001, "2026-11-22 18:00", 30, 30);
    add_slot(&report, 100003, "2026-11-23 00:00", 30, 30); /* too late */
    CU_ASSERT_EQUAL(
        report_add_tally(&report, &(struct tally){.slot_id = 100002, .sold = 7, .canceled = 2}),
        TK_OK);
    CU_ASSERT_EQUAL(report_add_tally(&report, &(struct tally){.slot_id = 100003, .sold = 9}),
                    TK_OK);
    report_end(&report);
    CU_ASSERT_EQUAL_FATAL(report.count, 2);
    CU_ASSERT_EQUAL(report.items[0].id, 100001);
    CU_ASSERT_EQUAL(report_value(&report, &report.items[0]), 1000);
    CU_ASSERT_EQUAL(report.items[1].counts.sold, 7);
    CU_ASSERT_EQUAL(report_value(&report, &report.items[1]), 250);
    CU_ASSERT_EQUAL(report.totals.sold, 7);
    CU_ASSERT_EQUAL(report_share(report.taken, report.places), 700);
    CU_ASSERT_EQUAL(report_share(1, 0), 0);
    report_release(&report);
}

/* --- shifts --- */

static void add_shift(struct report *report, int64_t number, const char *opened, const char *closed)
{
    struct shift shift = {.number = number,
                          .opened_at = at(opened),
                          .closed_at = closed ? at(closed) : 0,
                          .device = "Box office 1",
                          .keys = "3:1 4:2 9:1",
                          .seconds = "5:3 40:1"};

    CU_ASSERT_EQUAL(report_add_shift(report, &shift), TK_OK);
}

static void test_shifts(void)
{
    struct report report;
    int64_t from, to;

    make(&report, REPORT_SHIFT, "2026-11-22 00:00", "2026-11-23 00:00");
    add_shift(&report, 1042, "2026-11-22 12:10", "2026-11-22 17:07");
    add_shift(&report, 1042, "2026-11-22 09:00", "2026-11-22 12:08");
    add_shift(&report, 1042, "2026-11-20 09:00", "2026-11-20 12:00"); /* long ago */
    add_shift(&report, 1043, "2026-11-21 23:50", "2026-11-22 02:00"); /* over midnight */
    add_shift(&report, 1043, "2026-11-22 20:00", NULL);
    report_spans(&report, &from, &to);
    CU_ASSERT_EQUAL(from, at("2026-11-21 23:45"));
    CU_ASSERT_EQUAL(to, TIME_MAX);
    tell(&report, "2026-11-21 23:45", "#1043", "t", GENRE_DRAMA, 1);
    tell(&report, "2026-11-22 12:00", "#1042", "t", GENRE_DRAMA, 2); /* 8 minutes, and 5 */
    tell(&report, "2026-11-22 17:00", "#1042", "t", GENRE_DRAMA, 4);
    tell(&report, "2026-11-22 18:00", "#1042", "t", GENRE_DRAMA, 100); /* off duty */
    tell(&report, "2026-11-22 10:00", "#1043", "t", GENRE_DRAMA, 100); /* off duty */
    tell(&report, "2026-11-22 10:00", "#1044", "t", GENRE_DRAMA, 100); /* nobody */
    tell(&report, "2026-11-22 10:00", "till", "t", GENRE_DRAMA, 100);
    tell(&report, "2026-11-22 11:45", "#1042", "t", GENRE_DRAMA, 8);
    tell(&report, "2026-11-22 23:45", "#1043", "t", GENRE_DRAMA, 16);
    report_name_member(&report, 1042, "Priya");
    report_end(&report);
    CU_ASSERT_EQUAL_FATAL(report.count, 4);
    CU_ASSERT_EQUAL(report.items[0].counts.sold, 1);
    check_label(&report, 0, "#1043");
    CU_ASSERT_EQUAL(report.items[1].counts.sold, 10);
    check_label(&report, 1, "Priya");
    CU_ASSERT_EQUAL(report.items[2].counts.sold, 4);
    CU_ASSERT_EQUAL(report.items[3].counts.sold, 16);
    CU_ASSERT_EQUAL(report.items[1].keys.median, 4);
    CU_ASSERT_EQUAL(report.items[1].keys.most, 9);
    CU_ASSERT_EQUAL(report.items[1].seconds.median, 5);
    CU_ASSERT_EQUAL(report.items[1].seconds.most, 40);
    CU_ASSERT_EQUAL(report.items[1].seconds.sales, 4);
    report_release(&report);
}

/* --- any list, in any order: nothing is lost, nothing counts twice --- */

static void shuffle(struct tally *tallies, size_t count, uint64_t *random)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = test_random_below(random, i);
        struct tally kept = tallies[i - 1];

        tallies[i - 1] = tallies[other];
        tallies[other] = kept;
    }
}

static struct tally any_tally(uint64_t *random, int64_t from, int64_t days)
{
    struct tally tally = {
        .span_at = from + (int64_t)test_random_below(random, (uint64_t)days * 96) * TALLY_SPAN,
        .genre = (enum genre)test_random_below(random, GENRE_COUNT)};

    snprintf(tally.actor, sizeof tally.actor, "#%d", (int)test_random_below(random, 5) + 1);
    snprintf(tally.device, sizeof tally.device, "till %d", (int)test_random_below(random, 4));
    tally.sales = (int64_t)test_random_below(random, 4);
    tally.sold = tally.sales * 2;
    tally.admitted = (int64_t)test_random_below(random, 7) - 3;
    return tally;
}

static void check_sums(enum report_kind kind, const struct tally *tallies, size_t count,
                       int64_t from, int64_t to, struct report *report)
{
    struct report_counts wanted = {0};

    CU_ASSERT_EQUAL_FATAL(report_init(report, kind, from, to, &zone, NULL), TK_OK);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL_FATAL(report_add_tally(report, &tallies[i]), TK_OK);
        if (tallies[i].span_at < from || tallies[i].span_at >= to)
            continue;
        wanted.sales += tallies[i].sales;
        wanted.sold += tallies[i].sold;
        wanted.admitted += tallies[i].admitted;
    }
    report_end(report);
    CU_ASSERT_EQUAL(report->totals.sales, wanted.sales);
    CU_ASSERT_EQUAL(report->totals.sold, wanted.sold);
    CU_ASSERT_EQUAL(report->totals.admitted, wanted.admitted);
}

static void test_any_list(void)
{
    static const enum report_kind kinds[] = {REPORT_DAY, REPORT_WEEK, REPORT_GENRE, REPORT_CLERK,
                                             REPORT_TILL};
    int64_t from = at("2026-10-20 00:00"), to = at("2026-10-30 00:00");
    struct tally tallies[600];
    uint64_t random = test_seed();

    for (int round = 0; round < 20; round++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            struct report one, other;

            for (size_t i = 0; i < 600; i++)
                tallies[i] = any_tally(&random, from - TIME_DAY, 12);
            check_sums(kinds[k], tallies, 600, from, to, &one);
            shuffle(tallies, 600, &random);
            check_sums(kinds[k], tallies, 600, from, to, &other);
            CU_ASSERT_EQUAL_FATAL(one.count, other.count);
            for (size_t i = 0; i < one.count; i++) {
                CU_ASSERT_STRING_EQUAL(one.items[i].name, other.items[i].name);
                CU_ASSERT_EQUAL(memcmp(&one.items[i].counts, &other.items[i].counts,
                                       sizeof one.items[i].counts),
                                0);
            }
            report_release(&one);
            report_release(&other);
        }
}

/* --- drawings --- */

/* No line wider than that, and no space at the ends of lines. */
static void check_width(const struct buffer *out, int width)
{
    char line[1024];

    for (const char *text = buffer_text(out); *text;) {
        size_t length = strcspn(text, "\n");

        snprintf(line, sizeof line, "%.*s", (int)length, text);
        if (text_width(line) > width)
            printf("    %d cells: %s\n", text_width(line), line);
        CU_ASSERT(text_width(line) <= width);
        CU_ASSERT(length == 0 || text[length - 1] != ' ');
        text += length + (text[length] == '\n');
    }
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

static void fill_day(struct report *report)
{
    make(report, REPORT_DAY, "2026-11-22 00:00", "2026-11-23 00:00");
    tell(report, "2026-11-22 10:15", "#1042", "t1", GENRE_DRAMA, 8);
    tell(report, "2026-11-22 12:00", "#1042", "t1", GENRE_DRAMA, 4);
    tell(report, "2026-11-22 13:00", "#1042", "t1", GENRE_DRAMA, 1);
    report_end(report);
}

static void test_text_of_day(void)
{
    struct report report;
    struct buffer out;

    fill_day(&report);
    buffer_init(&out, 1 << 20);
    report_print(&out, &report, &(struct report_look){.width = 80, .ascii = true});
    CU_ASSERT(is_ascii(buffer_text(&out)));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "Sales by hour, Sun 22 Nov 2026\n"));
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&out), "09:00"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\n11:00"));
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&out), "14:00"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "Sold      #_=.  to 8\n"));
    check_width(&out, 80);
    buffer_clear(&out);
    report_print(&out, &report, &(struct report_look){.width = 80});
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "█▁▅▂  to 8\n"));
    buffer_release(&out);
    report_release(&report);
}

/* The bar of the greatest is as long as there is room, that of half of it half. */
static void test_bars(void)
{
    struct report report;
    struct buffer out;
    const char *line;
    size_t whole = 0, half = 0;

    fill_day(&report);
    buffer_init(&out, 1 << 20);
    report_print_day(&out, &report, &(struct report_look){.width = 80, .ascii = true});
    line = strstr(buffer_text(&out), "10:00");
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    for (; *line != '\n'; line++)
        whole += *line == '#';
    line = strstr(buffer_text(&out), "12:00");
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    for (; *line != '\n'; line++)
        half += *line == '#';
    CU_ASSERT(whole >= 20);
    CU_ASSERT(half == whole / 2 || half == whole / 2 + 1);
    buffer_release(&out);
    report_release(&report);
}

static void test_widths(void)
{
    struct report slots, shifts;
    struct buffer out;

    make(&slots, REPORT_SLOT, "2026-11-22 00:00", "2026-11-23 00:00");
    add_slot(&slots, 100001, "2026-11-22 18:00", 30, 30);
    add_slot(&slots, 100002, "2026-11-22 20:00", 99999, 5000);
    text_copy(slots.items[0].name, sizeof slots.items[0].name,
              "千と千尋の神隠し千と千尋の神隠し千と千尋の神隠し");
    report_end(&slots);
    make(&shifts, REPORT_SHIFT, "2026-11-22 00:00", "2026-11-23 00:00");
    add_shift(&shifts, 1043, "2026-11-21 23:50", "2026-11-22 02:00");
    add_shift(&shifts, 1043, "2026-11-22 20:00", NULL);
    report_name_member(&shifts, 1043, "Bartholomew Featherstonehaugh");
    report_end(&shifts);
    for (int width = 80; width <= 160; width += 8) {
        buffer_init(&out, 1 << 20);
        report_print(&out, &slots, &(struct report_look){.width = width});
        report_print(&out, &shifts, &(struct report_look){.width = width});
        check_width(&out, width);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "100%"));
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "4/9"));
        buffer_release(&out);
    }
    report_release(&slots);
    report_release(&shifts);
}

static void test_nothing(void)
{
    for (int kind = 0; kind < REPORT_KIND_COUNT; kind++) {
        struct report report;
        struct buffer out;

        make(&report, (enum report_kind)kind, "2026-11-22 00:00", "2026-11-23 00:00");
        report_end(&report);
        buffer_init(&out, 1 << 20);
        report_print(&out, &report, &(struct report_look){.width = 80});
        check_width(&out, 80);
        report_put_svg(&out, &report);
        report_put_csv(&out, &report);
        report_put_json(&out, &report, NULL);
        CU_ASSERT(!out.failed && out.length > 100);
        buffer_release(&out);
        report_release(&report);
    }
}

static void test_exports_are_guarded(void)
{
    static const char *const bad[] = {"=1+1", "+1x", "-1x", "@SUM(A1)", "＝1", "＠x"};
    struct report report;
    struct buffer out;

    make(&report, REPORT_TILL, "2026-11-22 00:00", "2026-11-23 00:00");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        tell(&report, "2026-11-22 10:00", "a", bad[i], GENRE_DRAMA, 10 - (int64_t)i);
    report_end(&report);
    buffer_init(&out, 1 << 20);
    report_put_csv(&out, &report);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[80];

        snprintf(line, sizeof line, "\n'%s,1,%d,", bad[i], 10 - (int)i);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), line));
    }
    buffer_release(&out);
    report_release(&report);
}

static void test_json(void)
{
    struct report report;
    struct buffer out;
    struct json *json = NULL, *rows;
    int64_t sold = 0, canceled = 0;

    fill_day(&report);
    buffer_init(&out, 1 << 20);
    report_put_json(&out, &report, NULL);
    CU_ASSERT_EQUAL_FATAL(json_read(buffer_text(&out), out.length, &json, NULL), TK_OK);
    rows = json_member(json, "rows");
    CU_ASSERT_EQUAL(json_count(rows), 24);
    CU_ASSERT(json_whole(json_member(json_item(rows, 10), "sold"), &sold));
    CU_ASSERT_EQUAL(sold, 8);
    CU_ASSERT_STRING_EQUAL(json_text(json_member(json_item(rows, 10), "from")),
                           "2026-11-22T10:00:00+01:00");
    CU_ASSERT(json_whole(json_member(json_member(json, "totals"), "canceled"), &canceled));
    CU_ASSERT_EQUAL(canceled, 3);
    json_free(json);
    buffer_release(&out);
    report_release(&report);
}

static void test_svg_is_escaped(void)
{
    struct report report;
    struct buffer out;

    make(&report, REPORT_TILL, "2026-11-22 00:00", "2026-11-23 00:00");
    tell(&report, "2026-11-22 10:00", "a", "<script>&\"x\"</script>", GENRE_DRAMA, 3);
    report_end(&report);
    buffer_init(&out, 1 << 20);
    report_put_svg(&out, &report);
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&out), "<script"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buffer_text(&out), "&lt;script&gt;&amp;&quot;x&quot;&lt;/script"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buffer_text(&out), "<title>Sales by till, Sun 22 Nov 2026</title>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), ">Tickets sold</text>"));
    buffer_release(&out);
    report_release(&report);
}

SUITE(report, {"days of 23 and 25 hours", test_days_of_23_and_25},
      {"where days begin and end", test_day_bounds},
      {"a day without midnight", test_day_without_midnight}, {"days of a week", test_week},
      {"hours of many days", test_hours_of_many_days}, {"bad periods", test_bad_periods},
      {"by clerk, till and genre", test_by_name}, {"by showing", test_slots},
      {"by shift", test_shifts}, {"any list, in any order", test_any_list},
      {"a day as text", test_text_of_day}, {"bars", test_bars},
      {"no line is too wide", test_widths}, {"nothing at all", test_nothing},
      {"exports are guarded", test_exports_are_guarded}, {"JSON", test_json},
      {"SVG is escaped", test_svg_is_escaped})
