/* text: a report as a table with bars, in cells of a terminal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/report/draw.h"

#define GAP 2
#define NAME_LEAST 10
#define BAR_LEAST 6
#define BAR_MOST 40
#define ROOMY 100 /* cells from which heads are written out */
#define CELL_SIZE REPORT_LABEL_SIZE

enum column {
    COLUMN_START,
    COLUMN_NAME,
    COLUMN_OPENED,
    COLUMN_CLOSED,
    COLUMN_TILL,
    COLUMN_PLACES,
    COLUMN_SALES,
    COLUMN_SOLD,
    COLUMN_CANCELED,
    COLUMN_REISSUED,
    COLUMN_ADMITTED,
    COLUMN_SHARE,
    COLUMN_KEYS,
    COLUMN_SECONDS,
    COLUMN_BAR,
    COLUMN_COUNT
};

static const struct {
    const char *head, *brief; /* the latter where there is little room; NULL: left out there */
    bool right;
} columns[COLUMN_COUNT] = {
    [COLUMN_START] = {"Start", "Start", false},
    [COLUMN_NAME] = {"", "", false},
    [COLUMN_OPENED] = {"Opened", "Opened", false},
    [COLUMN_CLOSED] = {"Closed", "Closed", false},
    [COLUMN_TILL] = {"Till", NULL, false},
    [COLUMN_PLACES] = {"Places", "Of", true},
    [COLUMN_SALES] = {"Sales", "Sales", true},
    [COLUMN_SOLD] = {"Sold", "Sold", true},
    [COLUMN_CANCELED] = {"Canceled", "Canc.", true},
    [COLUMN_REISSUED] = {"Reissued", "Reis.", true},
    [COLUMN_ADMITTED] = {"Admitted", "In", true},
    [COLUMN_SHARE] = {"Full", "Full", true},
    [COLUMN_KEYS] = {"Keys", "Keys", true},
    [COLUMN_SECONDS] = {"Seconds", "Secs", true},
    [COLUMN_BAR] = {"", "", false},
};

#define COUNTS COLUMN_SOLD, COLUMN_CANCELED, COLUMN_REISSUED, COLUMN_ADMITTED
static const enum column of_sales[] = {COLUMN_NAME, COLUMN_SALES, COUNTS, COLUMN_BAR, COLUMN_COUNT};
static const enum column of_slots[] = {COLUMN_START, COLUMN_NAME, COLUMN_PLACES, COUNTS,
                                       COLUMN_SHARE, COLUMN_BAR,  COLUMN_COUNT};
static const enum column of_shifts[] = {COLUMN_NAME, COLUMN_OPENED,  COLUMN_CLOSED,
                                        COLUMN_TILL, COLUMN_SALES,   COUNTS,
                                        COLUMN_KEYS, COLUMN_SECONDS, COLUMN_COUNT};

static const char *const name_heads[REPORT_KIND_COUNT] = {
    [REPORT_DAY] = "Hour",    [REPORT_WEEK] = "Day",    [REPORT_SLOT] = "Showing",
    [REPORT_GENRE] = "Genre", [REPORT_CLERK] = "Clerk", [REPORT_TILL] = "Till",
    [REPORT_SHIFT] = "Clerk",
};

struct sheet {
    const struct report *report;
    const enum column *columns; /* ends with COLUMN_COUNT */
    int widths[COLUMN_COUNT];   /* 0: left out */
    int width;
    bool ascii, brief;
    int64_t peak;
    size_t first, end; /* rows that are shown */
};

/* --- cells --- */

static void put_time(char *text, int64_t at, const struct time_zone *zone)
{
    char day[TIME_TEXT_MAX];

    time_print_day(day, at, zone);
    snprintf(text, CELL_SIZE, "%s", strchr(day, ' ') ? strchr(day, ' ') + 1 : day);
}

/* The clock alone on the day of the opening. */
static void put_closing(const struct report *report, const struct report_row *row, char *text)
{
    char clock[TIME_TEXT_MAX];

    if (!row->until) {
        snprintf(text, CELL_SIZE, "open");
    } else if (time_day_number(row->at, &report->zone) ==
               time_day_number(row->until, &report->zone)) {
        time_print_clock(clock, row->until, &report->zone);
        snprintf(text, CELL_SIZE, "%s", clock);
    } else {
        put_time(text, row->until, &report->zone);
    }
}

/* "4/9": the median and what 95 of 100 did not exceed. */
static void put_effort(const struct report_effort *effort, char *text)
{
    if (effort->sales)
        snprintf(text, CELL_SIZE, "%" PRId64 "/%" PRId64, effort->median, effort->most);
    else
        snprintf(text, CELL_SIZE, "-");
}

static void put_share(int64_t taken, int64_t places, char *text)
{
    int64_t share = report_share(taken, places);

    snprintf(text, CELL_SIZE, "%" PRId64 "%%", (share + 5) / 10);
}

static int64_t count_of(const struct report_counts *counts, enum column column)
{
    switch (column) {
    case COLUMN_SALES:
        return counts->sales;
    case COLUMN_SOLD:
        return counts->sold;
    case COLUMN_CANCELED:
        return counts->canceled;
    case COLUMN_REISSUED:
        return counts->reissued;
    default:
        return counts->admitted;
    }
}

static void cell_of(const struct report *report, size_t at, enum column column, char *text)
{
    const struct report_row *row = &report->items[at];

    text[0] = '\0';
    if (column == COLUMN_NAME)
        report_label(report, at, text);
    else if (column == COLUMN_START || column == COLUMN_OPENED)
        put_time(text, row->at, &report->zone);
    else if (column == COLUMN_CLOSED)
        put_closing(report, row, text);
    else if (column == COLUMN_TILL)
        text_display(text, CELL_SIZE, row->device);
    else if (column == COLUMN_PLACES)
        snprintf(text, CELL_SIZE, "%" PRId64, row->places);
    else if (column == COLUMN_SHARE)
        put_share(row->taken, row->places, text);
    else if (column == COLUMN_KEYS || column == COLUMN_SECONDS)
        put_effort(column == COLUMN_KEYS ? &row->keys : &row->seconds, text);
    else if (column != COLUMN_BAR)
        snprintf(text, CELL_SIZE, "%" PRId64, count_of(&row->counts, column));
}

static void total_of(const struct sheet *sheet, enum column column, char *text)
{
    const struct report *report = sheet->report;

    text[0] = '\0';
    if (column == sheet->columns[0])
        snprintf(text, CELL_SIZE, "Total");
    else if (column == COLUMN_PLACES)
        snprintf(text, CELL_SIZE, "%" PRId64, report->places);
    else if (column == COLUMN_SHARE)
        put_share(report->taken, report->places, text);
    else if (column >= COLUMN_SALES && column <= COLUMN_ADMITTED)
        snprintf(text, CELL_SIZE, "%" PRId64, count_of(&report->totals, column));
}

static const char *head_of(const struct sheet *sheet, enum column column)
{
    if (column == COLUMN_NAME)
        return name_heads[sheet->report->kind];
    return sheet->brief ? columns[column].brief : columns[column].head;
}

/* --- the layout --- */

static void widen(struct sheet *sheet, enum column column, const char *text)
{
    int width = text_width(text);

    if (width > sheet->widths[column])
        sheet->widths[column] = width;
}

static int width_of(const struct sheet *sheet)
{
    int width = 0;

    for (const enum column *column = sheet->columns; *column != COLUMN_COUNT; column++)
        if (sheet->widths[*column])
            width += sheet->widths[*column] + (width ? GAP : 0);
    return width;
}

/* Names give way when there is too little room; a bar takes what is left. */
static void fit(struct sheet *sheet)
{
    int *name = &sheet->widths[COLUMN_NAME], left;
    bool has_bar = sheet->report->kind != REPORT_SHIFT && sheet->peak > 0;
    int wanted = has_bar ? BAR_LEAST + GAP + 4 : 0;

    left = sheet->width - width_of(sheet);
    if (left<wanted && * name> NAME_LEAST) {
        *name += left - wanted;
        if (*name < NAME_LEAST)
            *name = NAME_LEAST;
        left = sheet->width - width_of(sheet);
    }
    left -= GAP;
    if (has_bar && left >= BAR_LEAST)
        sheet->widths[COLUMN_BAR] = left < BAR_MOST ? left : BAR_MOST;
    else if (left + GAP < 0 && *name + left + GAP > 0)
        *name += left + GAP;
}

/* The hours before the first and after the last in which something happened say nothing. */
static void trim(struct sheet *sheet)
{
    const struct report *report = sheet->report;
    static const struct report_counts none;

    sheet->end = report->count;
    if (report->kind != REPORT_DAY)
        return;
    while (sheet->end > 0 && memcmp(&report->items[sheet->end - 1].counts, &none, sizeof none) == 0)
        sheet->end--;
    while (sheet->first < sheet->end &&
           memcmp(&report->items[sheet->first].counts, &none, sizeof none) == 0)
        sheet->first++;
}

static void lay_out(struct sheet *sheet, const struct report *report,
                    const struct report_look *look)
{
    char text[CELL_SIZE];

    *sheet = (struct sheet){.report = report, .ascii = look->ascii};
    sheet->width = look->width < REPORT_WIDTH_MIN ? REPORT_WIDTH_MIN : look->width;
    sheet->columns = report->kind == REPORT_SLOT    ? of_slots
                     : report->kind == REPORT_SHIFT ? of_shifts
                                                    : of_sales;
    sheet->brief = sheet->width < (sheet->columns == of_sales ? 72 : ROOMY);
    sheet->peak = report_peak(report);
    trim(sheet);
    for (const enum column *column = sheet->columns; *column != COLUMN_COUNT; column++) {
        if (*column == COLUMN_BAR || !head_of(sheet, *column))
            continue;
        widen(sheet, *column, head_of(sheet, *column));
        total_of(sheet, *column, text);
        widen(sheet, *column, text);
        for (size_t i = sheet->first; i < sheet->end; i++) {
            cell_of(report, i, *column, text);
            widen(sheet, *column, text);
        }
    }
    fit(sheet);
}

/* --- drawing --- */

static void put_bar(struct buffer *out, const struct sheet *sheet, int64_t value)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int64_t width = sheet->widths[COLUMN_BAR], eighths;

    if (value <= 0 || sheet->peak <= 0 || !width)
        return;
    value = value > sheet->peak ? sheet->peak : value;
    eighths = (value * width * 8 + sheet->peak / 2) / sheet->peak;
    eighths = eighths ? eighths : 1;
    if (sheet->ascii) {
        for (int64_t i = 0; i < (eighths + 7) / 8; i++)
            buffer_add_char(out, '#');
        return;
    }
    for (int64_t i = 0; i < eighths / 8; i++)
        buffer_add_text(out, "█");
    buffer_add_text(out, parts[eighths % 8]);
}

/* Cut with two dots, as tables of commands are. */
static void put_cell(struct buffer *out, const char *text, int width, bool right)
{
    int cells = text_width(text);

    if (right && cells < width)
        buffer_addf(out, "%*s", width - cells, "");
    if (cells <= width) {
        buffer_add_text(out, text);
    } else {
        size_t length = text_fit(text, width - 2);

        buffer_add(out, text, length);
        buffer_add_text(out, "..");
    }
    if (!right && cells < width)
        buffer_addf(out, "%*s", width - cells, "");
}

static void strip_spaces(struct buffer *out)
{
    while (out->length && out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
}

enum line { LINE_HEAD, LINE_ROW, LINE_TOTAL };

static void put_line(struct buffer *out, const struct sheet *sheet, enum line line, size_t at)
{
    char text[CELL_SIZE];
    bool began = false;

    for (const enum column *column = sheet->columns; *column != COLUMN_COUNT; column++) {
        if (!sheet->widths[*column])
            continue;
        if (began)
            buffer_addf(out, "%*s", GAP, "");
        began = true;
        if (*column == COLUMN_BAR) {
            if (line == LINE_ROW)
                put_bar(out, sheet, report_value(sheet->report, &sheet->report->items[at]));
            continue;
        }
        if (line == LINE_HEAD)
            snprintf(text, sizeof text, "%s", head_of(sheet, *column));
        else if (line == LINE_TOTAL)
            total_of(sheet, *column, text);
        else
            cell_of(sheet->report, at, *column, text);
        put_cell(out, text, sheet->widths[*column], columns[*column].right);
    }
    strip_spaces(out);
    buffer_add_char(out, '\n');
}

/* --- the course --- */

static int64_t course_value(const struct report *report, size_t at, bool admitted)
{
    const struct report_row *row = &report->items[at];

    return admitted ? row->counts.admitted : report_value(report, row);
}

/* The greatest of the rows that one cell stands for. */
static int64_t course_peak(const struct sheet *sheet, size_t from, size_t to, bool admitted)
{
    int64_t peak = 0;

    for (size_t i = from; i < to; i++)
        if (course_value(sheet->report, i, admitted) > peak)
            peak = course_value(sheet->report, i, admitted);
    return peak;
}

static void put_course(struct buffer *out, const struct sheet *sheet, const char *name,
                       bool admitted)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char ascii[] = "_.:-=+*#";
    size_t rows = sheet->end - sheet->first, cells = (size_t)sheet->width - 24;
    int64_t peak = course_peak(sheet, sheet->first, sheet->end, admitted);
    int64_t scale = sheet->report->kind == REPORT_SLOT ? 1000 : peak;

    cells = cells > rows ? rows : cells;
    buffer_addf(out, "%-9s ", name);
    for (size_t i = 0; i < cells; i++) {
        int64_t value = course_peak(sheet, sheet->first + i * rows / cells,
                                    sheet->first + (i + 1) * rows / cells, admitted);
        int64_t level = scale ? (value * 7 + scale - 1) / scale : 0;

        level = level > 7 ? 7 : level;
        if (sheet->ascii)
            buffer_add_char(out, ascii[level]);
        else
            buffer_add_text(out, blocks[level]);
    }
    if (sheet->report->kind == REPORT_SLOT)
        buffer_addf(out, "  to %" PRId64 "%%\n", (peak + 5) / 10);
    else
        buffer_addf(out, "  to %" PRId64 "\n", peak);
}

void report_print_day(struct buffer *out, const struct report *report,
                      const struct report_look *look)
{
    bool has_course =
        report->kind == REPORT_DAY || report->kind == REPORT_WEEK || report->kind == REPORT_SLOT;
    struct sheet sheet;

    lay_out(&sheet, report, look);
    if (sheet.first == sheet.end) {
        buffer_addf(out, "%s\n",
                    report->kind == REPORT_SLOT    ? "There are no showings."
                    : report->kind == REPORT_SHIFT ? "There were no shifts."
                                                   : "Nothing was sold.");
        return;
    }
    put_line(out, &sheet, LINE_HEAD, 0);
    for (size_t i = sheet.first; i < sheet.end; i++)
        put_line(out, &sheet, LINE_ROW, i);
    put_line(out, &sheet, LINE_TOTAL, 0);
    if (!has_course || sheet.end - sheet.first < 3 || !sheet.peak)
        return;
    buffer_add_char(out, '\n');
    put_course(out, &sheet, report->kind == REPORT_SLOT ? "Full" : "Sold", false);
    if (report->totals.admitted > 0 && report->kind != REPORT_SLOT)
        put_course(out, &sheet, "Admitted", true);
}

void report_print(struct buffer *out, const struct report *report, const struct report_look *look)
{
    char period[REPORT_LABEL_SIZE];

    report_print_period(report, period);
    buffer_addf(out, "%s, %s\n\n", report_kind_title(report->kind), period);
    report_print_day(out, report, look);
}

void report_print_seals(struct buffer *out, const struct seal_list *seals,
                        const struct time_zone *zone)
{
    for (size_t i = 0; i < seals->count; i++) {
        const struct seal *seal = &seals->items[i];
        char head[17], when[TIME_TEXT_MAX];

        for (size_t byte = 0; byte < 8; byte++)
            snprintf(head + 2 * byte, 3, "%02x", seal->head[byte]);
        time_print_day(when, seal->made_at, zone);
        buffer_addf(out, "Journal %" PRId64 ": %" PRId64 " entries, head %s, signed %s (%s)\n",
                    seal->writer, seal->entries, head, when, seal->why);
    }
}
