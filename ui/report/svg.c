/* svg: a report as a drawing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/report/draw.h"

/* User units, which are pixels unless scaled. */
#define WIDTH 960
#define HEIGHT 500
#define LEFT 90
#define RIGHT 24
#define TOP 64
#define BOTTOM 150
#define PLOT_WIDTH (WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT (HEIGHT - TOP - BOTTOM)
#define TICKS 5
#define LABELS_MAX 24 /* of what is too much for bars */
#define LABEL_CELLS 22

#define COLOUR_BAR "#2f6db5"
#define COLOUR_LINE "#c2571a"

struct plot {
    const struct report *report;
    int64_t top;  /* value at the upper end */
    int64_t step; /* between two lines */
    bool bars;
    bool with_line; /* people admitted, too */
};

/* Text as XML takes it; what XML has no place for becomes a space. */
static void put_text(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '&')
            buffer_add_text(out, "&amp;");
        else if (c == '<')
            buffer_add_text(out, "&lt;");
        else if (c == '>')
            buffer_add_text(out, "&gt;");
        else if (c == '"')
            buffer_add_text(out, "&quot;");
        else
            buffer_add_char(out, (char)(c < 0x20 || c == 0x7F ? ' ' : c));
    }
}

/* Clean, and no longer than so many cells. */
static void put_short(struct buffer *out, const char *text, int cells)
{
    char shown[REPORT_LABEL_SIZE];

    text_display(shown, sizeof shown, text);
    if (text_width(shown) <= cells) {
        put_text(out, shown);
        return;
    }
    shown[text_fit(shown, cells - 1)] = '\0';
    put_text(out, shown);
    buffer_add_text(out, "…");
}

/* 1, 2 or 5 times a power of ten, so that TICKS of them reach the peak. */
static int64_t nice_step(int64_t peak)
{
    int64_t power = 1;

    while (peak > power * 10 * TICKS)
        power *= 10;
    return peak <= power * TICKS       ? power
           : peak <= power * 2 * TICKS ? power * 2
           : peak <= power * 5 * TICKS ? power * 5
                                       : power * 10;
}

static void plot_init(struct plot *plot, const struct report *report)
{
    int64_t peak = report_peak(report);

    *plot = (struct plot){.report = report, .bars = report->count <= REPORT_BARS_MAX};
    plot->with_line = (report->kind == REPORT_DAY || report->kind == REPORT_WEEK) &&
                      report->count > 1 && report->totals.admitted > 0;
    for (size_t i = 0; plot->with_line && i < report->count; i++)
        if (report->items[i].counts.admitted > peak)
            peak = report->items[i].counts.admitted;
    plot->step = report->kind == REPORT_SLOT ? 200 : nice_step(peak);
    plot->top = (peak + plot->step - 1) / plot->step * plot->step;
    if (plot->top < plot->step)
        plot->top = plot->step;
}

static double y_of(const struct plot *plot, int64_t value)
{
    value = value < 0 ? 0 : value > plot->top ? plot->top : value;
    return TOP + PLOT_HEIGHT - (double)PLOT_HEIGHT * (double)value / (double)plot->top;
}

/* The middle of a row. */
static double x_of(const struct plot *plot, size_t at)
{
    return LEFT + (double)PLOT_WIDTH * ((double)at + 0.5) / (double)plot->report->count;
}

static const char *y_name(const struct report *report)
{
    return report->kind == REPORT_SLOT ? "Places taken, %" : "Tickets sold";
}

static const char *x_name(const struct report *report)
{
    static const char *const x_names[REPORT_KIND_COUNT] = {
        [REPORT_DAY] = "Hour of the day", [REPORT_WEEK] = "Day",    [REPORT_SLOT] = "Showing",
        [REPORT_GENRE] = "Genre",         [REPORT_CLERK] = "Clerk", [REPORT_TILL] = "Till",
        [REPORT_SHIFT] = "Shift",
    };

    return x_names[report->kind];
}

static void put_heading(struct buffer *out, const struct report *report)
{
    char period[REPORT_LABEL_SIZE];

    report_print_period(report, period);
    buffer_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"sans-serif\" "
                "font-size=\"12\" fill=\"#222\">\n<title>",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_text(out, report_kind_title(report->kind));
    buffer_add_text(out, ", ");
    put_text(out, period);
    buffer_addf(out,
                "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
                "<text x=\"%d\" y=\"28\" font-size=\"18\">",
                WIDTH, HEIGHT, LEFT);
    put_text(out, report_kind_title(report->kind));
    buffer_addf(out, "</text>\n<text x=\"%d\" y=\"48\" fill=\"#555\">", LEFT);
    put_text(out, period);
    buffer_add_text(out, "</text>\n");
}

static void put_axes(struct buffer *out, const struct plot *plot)
{
    int64_t unit = plot->report->kind == REPORT_SLOT ? 10 : 1;

    for (int64_t value = 0; value <= plot->top; value += plot->step) {
        double y = y_of(plot, value);

        buffer_addf(out,
                    "<path d=\"M%d %.1fH%d\" stroke=\"%s\"/>\n"
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%" PRId64 "</text>\n",
                    LEFT, y, WIDTH - RIGHT, value ? "#ddd" : "#222", LEFT - 8, y + 4, value / unit);
    }
    buffer_addf(out, "<path d=\"M%d %dV%d\" stroke=\"#222\"/>\n", LEFT, TOP, TOP + PLOT_HEIGHT);
    buffer_addf(out,
                "<text transform=\"translate(18 %d) rotate(-90)\" text-anchor=\"middle\">%s"
                "</text>\n<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                TOP + PLOT_HEIGHT / 2, y_name(plot->report), LEFT + PLOT_WIDTH / 2, HEIGHT - 10,
                x_name(plot->report));
}

/* Of showings and shifts the time, too: the same film is shown many times. */
static void full_label(const struct report *report, size_t at, char label[REPORT_LABEL_SIZE * 2])
{
    char name[REPORT_LABEL_SIZE], when[TIME_TEXT_MAX];

    report_label(report, at, name);
    if (report->kind != REPORT_SLOT && report->kind != REPORT_SHIFT) {
        snprintf(label, REPORT_LABEL_SIZE * 2, "%s", name);
        return;
    }
    time_print_day(when, report->items[at].at, &report->zone);
    snprintf(label, REPORT_LABEL_SIZE * 2, "%s %s",
             strchr(when, ' ') ? strchr(when, ' ') + 1 : when, name);
}

static void put_labels(struct buffer *out, const struct plot *plot)
{
    size_t count = plot->report->count;
    size_t each = plot->bars ? 1 : (count + LABELS_MAX - 1) / LABELS_MAX;
    char label[REPORT_LABEL_SIZE * 2];

    for (size_t i = 0; i < count; i += each) {
        full_label(plot->report, i, label);
        buffer_addf(out,
                    "<text font-size=\"11\" text-anchor=\"end\" "
                    "transform=\"translate(%.1f %d) rotate(-45)\">",
                    x_of(plot, i) + 4, TOP + PLOT_HEIGHT + 16);
        put_short(out, label, LABEL_CELLS);
        buffer_add_text(out, "</text>\n");
    }
}

static void put_bars(struct buffer *out, const struct plot *plot)
{
    const struct report *report = plot->report;
    double pitch = (double)PLOT_WIDTH / (double)report->count;
    double width = pitch * 0.72 > 64 ? 64 : pitch * 0.72;
    char label[REPORT_LABEL_SIZE * 2];

    buffer_add_text(out, "<g fill=\"" COLOUR_BAR "\" stroke=\"none\">\n");
    for (size_t i = 0; i < report->count; i++) {
        int64_t value = report_value(report, &report->items[i]);
        double y = y_of(plot, value);

        full_label(report, i, label);
        buffer_addf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>",
                    x_of(plot, i) - width / 2, y, width, TOP + PLOT_HEIGHT - y);
        put_short(out, label, REPORT_LABEL_SIZE);
        if (report->kind == REPORT_SLOT)
            buffer_addf(out, ": %" PRId64 " %%</title></rect>\n", (value + 5) / 10);
        else
            buffer_addf(out, ": %" PRId64 "</title></rect>\n", value);
    }
    buffer_add_text(out, "</g>\n");
}

static void put_polyline(struct buffer *out, const struct plot *plot, bool admitted,
                         const char *colour)
{
    const struct report *report = plot->report;

    buffer_addf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    for (size_t i = 0; i < report->count; i++) {
        const struct report_row *row = &report->items[i];
        int64_t value = admitted ? row->counts.admitted : report_value(report, row);

        buffer_addf(out, "%s%.1f,%.1f", i ? " " : "", x_of(plot, i), y_of(plot, value));
    }
    buffer_add_text(out, "\"/>\n");
}

static void put_legend(struct buffer *out, int at, const char *colour, const char *text)
{
    buffer_addf(out,
                "<rect x=\"%d\" y=\"38\" width=\"12\" height=\"12\" fill=\"%s\"/>"
                "<text x=\"%d\" y=\"48\">%s</text>\n",
                at, colour, at + 18, text);
}

void report_put_svg(struct buffer *out, const struct report *report)
{
    struct plot plot;

    plot_init(&plot, report);
    put_heading(out, report);
    put_axes(out, &plot);
    if (!report->count)
        buffer_addf(out,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">Nothing was sold.</text>\n",
                    LEFT + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT / 2);
    else if (plot.bars)
        put_bars(out, &plot);
    else
        put_polyline(out, &plot, false, COLOUR_BAR);
    if (plot.with_line) {
        put_polyline(out, &plot, true, COLOUR_LINE);
        put_legend(out, WIDTH - 220, COLOUR_BAR, "sold");
        put_legend(out, WIDTH - 140, COLOUR_LINE, "admitted");
    }
    if (report->count)
        put_labels(out, &plot);
    buffer_add_text(out, "</svg>\n");
}
