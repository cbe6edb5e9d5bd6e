#include "core/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"

#define LONGEST_DAY (36 * TIME_HOUR)

static const char *const names[REPORT_KIND_COUNT] = {
#define X(kind, name, title) [kind] = name,
    REPORT_KIND_TABLE(X)
#undef X
};

static const char *const titles[REPORT_KIND_COUNT] = {
#define X(kind, name, title) [kind] = title,
    REPORT_KIND_TABLE(X)
#undef X
};

const char *report_kind_name(enum report_kind kind)
{
    return (unsigned)kind < REPORT_KIND_COUNT ? names[kind] : NULL;
}

const char *report_kind_title(enum report_kind kind)
{
    return (unsigned)kind < REPORT_KIND_COUNT ? titles[kind] : NULL;
}

bool report_kind_parse(const char *name, enum report_kind *kind)
{
    for (int i = 0; i < REPORT_KIND_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *kind = (enum report_kind)i;
            return true;
        }
    return false;
}

bool report_is_by_slot(enum report_kind kind)
{
    return kind == REPORT_SLOT;
}

/* --- days and hours --- */

/* The first second after `before`, and not after `until`, that is of that day or a later one. Asked
   of the zone and not of midnight, which may come twice, or not at all. */
static int64_t first_of_day(int64_t day, int64_t before, int64_t until,
                            const struct time_zone *zone)
{
    int64_t low = before / TIME_SECOND, high = (until + TIME_SECOND - 1) / TIME_SECOND;

    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;

        if (time_day_number(middle * TIME_SECOND, zone) >= day)
            high = middle;
        else
            low = middle;
    }
    return high * TIME_SECOND;
}

int64_t report_day_begin(int64_t moment, const struct time_zone *zone)
{
    int64_t day = time_day_number(moment, zone);

    return first_of_day(day, moment - LONGEST_DAY, moment - moment % TIME_SECOND, zone);
}

int64_t report_day_end(int64_t moment, const struct time_zone *zone)
{
    int64_t day = time_day_number(moment, zone);

    return first_of_day(day + 1, moment, moment + LONGEST_DAY, zone);
}

/* The next full hour of the clock. */
static int64_t hour_end(int64_t at, const struct time_zone *zone)
{
    struct civil_time civil = time_civil(at, zone);

    return at - civil.microsecond - civil.second * TIME_SECOND - civil.minute * TIME_MINUTE +
           TIME_HOUR;
}

static enum tk_code add_row(struct report *report, const struct report_row *row)
{
    return LIST_ADD(report, row);
}

static enum tk_code make_days(struct report *report)
{
    int64_t at = report->from;
    enum tk_code code = TK_OK;

    while (!code && at < report->to) {
        struct report_row row = {.at = at, .until = report_day_end(at, &report->zone)};

        if (row.until > report->to)
            row.until = report->to;
        code = add_row(report, &row);
        at = row.until;
    }
    return code;
}

static enum tk_code make_hours(struct report *report)
{
    int64_t at = report->from;
    enum tk_code code = TK_OK;

    while (!code && at < report->to) {
        struct report_row row = {.at = at, .until = hour_end(at, &report->zone)};

        if (row.until > report->to)
            row.until = report->to;
        row.hour = time_civil(at, &report->zone).hour;
        code = add_row(report, &row);
        at = row.until;
    }
    return code;
}

static enum tk_code make_clock_hours(struct report *report)
{
    enum tk_code code = TK_OK;

    for (int hour = 0; !code && hour < 24; hour++)
        code = add_row(report, &(struct report_row){.hour = hour});
    return code;
}

enum tk_code report_init(struct report *report, enum report_kind kind, int64_t from, int64_t to,
                         const struct time_zone *zone, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    *report = (struct report){.kind = kind, .from = from, .to = to};
    if (zone)
        report->zone = *zone;
    if (from >= to)
        return tk_fail(error, TK_BAD_TIME, "The period of a report begins before it ends.");
    if (from < 0 || to > TIME_MAX || (to - from) / TIME_DAY > REPORT_ROWS_MAX)
        return tk_fail(error, TK_BAD_TIME, "The period of the report is too long.");
    report->summed = kind == REPORT_DAY && to > report_day_end(from, zone);
    if (kind == REPORT_WEEK)
        code = make_days(report);
    else if (kind == REPORT_DAY)
        code = report->summed ? make_clock_hours(report) : make_hours(report);
    return code ? tk_fail_code(error, code) : TK_OK;
}

void report_release(struct report *report)
{
    free(report->items);
    map_release(&report->found);
    *report = (struct report){0};
}

/* --- the end --- */

static int by_time(const void *a, const void *b)
{
    const struct report_row *left = a, *right = b;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return (left->id > right->id) - (left->id < right->id);
}

static int by_sold(const void *a, const void *b)
{
    const struct report_row *left = a, *right = b;

    if (left->counts.sold != right->counts.sold)
        return left->counts.sold > right->counts.sold ? -1 : 1;
    return strcmp(left->name, right->name);
}

void report_end(struct report *report)
{
    bool timed = report->kind == REPORT_SLOT || report->kind == REPORT_SHIFT;

    if (report->count && report->kind != REPORT_DAY && report->kind != REPORT_WEEK)
        qsort(report->items, report->count, sizeof *report->items, timed ? by_time : by_sold);
    map_clear(&report->found);
    report->totals = (struct report_counts){0};
    report->places = report->taken = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_row *row = &report->items[i];

#define X(member, name, help) report->totals.member += row->counts.member;
        TALLY_TABLE(X)
#undef X
        report->places += row->places;
        report->taken += row->taken;
    }
}

int64_t report_share(int64_t taken, int64_t places)
{
    return places > 0 ? (taken * 1000 + places / 2) / places : 0;
}

int64_t report_value(const struct report *report, const struct report_row *row)
{
    return report->kind == REPORT_SLOT ? report_share(row->taken, row->places) : row->counts.sold;
}

int64_t report_peak(const struct report *report)
{
    int64_t peak = 0;

    for (size_t i = 0; i < report->count; i++)
        if (report_value(report, &report->items[i]) > peak)
            peak = report_value(report, &report->items[i]);
    return report->kind == REPORT_SLOT ? 1000 : peak;
}
