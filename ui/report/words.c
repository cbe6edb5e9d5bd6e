/* words: what rows and periods of a report are called. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/report/draw.h"

#define CLOCK_LENGTH 6 /* " 19:45" at the end of a time_print_day */

/* Whether another row has the same clock: the hour that the clocks show twice. */
static bool is_twice(const struct report *report, size_t at)
{
    const struct report_row *row = &report->items[at];

    return (at > 0 && report->items[at - 1].hour == row->hour) ||
           (at + 1 < report->count && report->items[at + 1].hour == row->hour);
}

static void label_hour(const struct report *report, size_t at, char label[REPORT_LABEL_SIZE])
{
    const struct report_row *row = &report->items[at];
    char clock[TIME_TEXT_MAX];
    int offset = time_civil(row->at, &report->zone).offset / 60;

    if (report->summed) {
        snprintf(label, REPORT_LABEL_SIZE, "%02d:00", row->hour);
        return;
    }
    time_print_clock(clock, row->at, &report->zone);
    if (is_twice(report, at))
        snprintf(label, REPORT_LABEL_SIZE, "%s %+03d:%02d", clock, offset / 60,
                 (offset < 0 ? -offset : offset) % 60);
    else
        snprintf(label, REPORT_LABEL_SIZE, "%s", clock);
}

static void print_date(char text[TIME_TEXT_MAX], int64_t at, const struct time_zone *zone)
{
    time_print_day(text, at, zone);
    if (strlen(text) > CLOCK_LENGTH)
        text[strlen(text) - CLOCK_LENGTH] = '\0';
}

void report_label(const struct report *report, size_t at, char label[REPORT_LABEL_SIZE])
{
    const struct report_row *row = &report->items[at];
    char date[TIME_TEXT_MAX];

    switch (report->kind) {
    case REPORT_DAY:
        label_hour(report, at, label);
        return;
    case REPORT_WEEK:
        print_date(date, row->at, &report->zone);
        if (time_civil(report->from, &report->zone).year !=
            time_civil(report->to - 1, &report->zone).year)
            snprintf(label, REPORT_LABEL_SIZE, "%s %d", date,
                     time_civil(row->at, &report->zone).year);
        else
            snprintf(label, REPORT_LABEL_SIZE, "%s", date);
        return;
    default:
        text_display(label, REPORT_LABEL_SIZE, row->name[0] ? row->name : "not recorded");
    }
}

/* One end of a period: a date, with the clock unless it is a day's begin or end. */
static void print_end(const struct report *report, int64_t at, bool last, char *text, size_t size)
{
    const struct time_zone *zone = &report->zone;
    bool whole = report_day_begin(at, zone) == at;
    int64_t shown = last && whole ? at - 1 : at;
    char date[TIME_TEXT_MAX], clock[TIME_TEXT_MAX];
    int year = time_civil(shown, zone).year;

    print_date(date, shown, zone);
    time_print_clock(clock, shown, zone);
    snprintf(text, size, "%s %d%s%s", date, year, whole ? "" : " ", whole ? "" : clock);
}

void report_print_period(const struct report *report, char text[REPORT_LABEL_SIZE])
{
    char from[80], to[80];

    print_end(report, report->from, false, from, sizeof from);
    print_end(report, report->to, true, to, sizeof to);
    if (strcmp(from, to) == 0)
        snprintf(text, REPORT_LABEL_SIZE, "%s", from);
    else
        snprintf(text, REPORT_LABEL_SIZE, "%s to %s", from, to);
}
