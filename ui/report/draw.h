/*
 * draw: a report (core/report) as text for a terminal, as SVG, CSV and JSON. Pure: no terminal, no
 * file, no clock.
 *
 * Text: a heading, a table with a bar beside each row, a line of the total, and of hours, days and
 * showings the course as a line of small blocks. No line takes more than look->width cells; what is
 * dropped first is the bar, then the end of names. No colours, so that NO_COLOR has nothing to ask.
 *
 * At the counter: report_load_today (ui/report/load) into a struct report, then report_print_day
 * into a buffer with the width of the canvas; each line of the buffer is one to draw. Load again
 * when office_version has changed, print again when the width has.
 */
#ifndef TK_UI_REPORT_DRAW_H
#define TK_UI_REPORT_DRAW_H

#include "core/box_office_staff.h"
#include "core/buffer.h"
#include "core/report.h"

#define REPORT_WIDTH_MIN 40
#define REPORT_LABEL_SIZE (REPORT_NAME_SIZE + 64)

struct report_look {
    int width;  /* cells; less than REPORT_WIDTH_MIN is taken for that */
    bool ascii; /* no signs beyond ASCII of ours; names stay as they are */
};

/* What people call a row: "19:00", "Sun 22 Nov", a name. Hours that come twice have their offset.
 */
void report_label(const struct report *report, size_t at, char label[REPORT_LABEL_SIZE]);
/* "Sun 22 Nov 2026", "Mon 16 Nov 2026 to Sun 22 Nov 2026" (the last day, not the bound); with the
   clock where it does not begin at midnight. */
void report_print_period(const struct report *report, char text[REPORT_LABEL_SIZE]);

/* The whole of it, each line with its newline. */
void report_print(struct buffer *out, const struct report *report, const struct report_look *look);
/* The same without heading, for a view that has one of its own. */
void report_print_day(struct buffer *out, const struct report *report,
                      const struct report_look *look);
/* "Journal" with the latest seal of each writer, a line each. */
void report_print_seals(struct buffer *out, const struct seal_list *seals,
                        const struct time_zone *zone);

/* A drawing of its own in SVG 1.1, with title, axes and labels: bars, and where there are more than
   REPORT_BARS_MAX rows a line. */
#define REPORT_BARS_MAX 62
void report_put_svg(struct buffer *out, const struct report *report);

/* A header and a line for each row; what a spreadsheet would take for a formula is guarded
   (core/wire). */
void report_put_csv(struct buffer *out, const struct report *report);
/* {"report":…, "from":…, "to":…, "rows":[…], "totals":{…}}, of shifts with "journal":[…] (`seals`,
   or NULL). */
void report_put_json(struct buffer *out, const struct report *report,
                     const struct seal_list *seals);

#endif
