/* The shift: opened after signing on, closed before signing off, with its figures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/view.h"
#include "ui/kiosk/view_sign_on.h"
#include "ui/report/load.h"

#define HEAD_SHOWN 32 /* hexadecimal digits of the journal's head, in groups of 8 */

enum shift_step { STEP_OPEN, STEP_CLOSE, STEP_CLOSED };

struct shift_view {
    struct view view;
    enum shift_step step;
    struct op_id operation; /* kept until the outcome is known */
    bool tried;             /* it has one */
    struct duty duty;
    /* once closed */
    struct shift shift;
    struct seal seal;
    struct report_counts counts;
    bool counted, unseen; /* counts are known; it is closed, but cannot be shown */
};

static struct shift_view *cast(struct view *view)
{
    return (struct shift_view *)view;
}

static unsigned shift_group(const struct view *base)
{
    static const unsigned groups[] = {[STEP_OPEN] = GROUP_SHIFT_OPEN,
                                      [STEP_CLOSE] = GROUP_SHIFT_CLOSE,
                                      [STEP_CLOSED] = GROUP_SHIFT_CLOSED};

    return groups[((const struct shift_view *)base)->step];
}

static const struct op_id *operation_of(struct shift_view *view, struct counter *counter)
{
    if (!view->tried)
        view->operation = office_make_id(counter->office);
    view->tried = true;
    return &view->operation;
}

/* --- opening --- */

static void open_shift(struct shift_view *view, struct counter *counter)
{
    struct tk_error error = {0};
    enum tk_code code = office_open_shift(counter->office, operation_of(view, counter), &error);

    if (code) {
        counter_say_error(counter, &error);
        view->tried = !tk_code_is_refusal(code);
        if (tk_code_is_refusal(code))
            counter_pop(counter);
        return;
    }
    stand_forget_effort(counter, counter->office->member.number);
    counter_pop(counter);
    counter_say(counter, MESSAGE_GOOD, "Your shift is open, %s.", counter->office->member.name);
}

/* --- closing --- */

/* What was sold in it, from the report of shifts; not told where that cannot be asked. */
static void count(struct shift_view *view, struct counter *counter)
{
    struct report_request request = {.kind = REPORT_SHIFT,
                                     .from = view->shift.opened_at,
                                     .to = view->shift.closed_at + TALLY_SPAN};
    struct report report = {0};

    if (report_load(counter->office, &request, &report, NULL, NULL) == TK_OK)
        for (size_t i = 0; i < report.count; i++)
            if (report.items[i].id == view->shift.number &&
                report.items[i].at == view->shift.opened_at) {
                view->counts = report.items[i].counts;
                view->counted = true;
            }
    report_release(&report);
}

static void close_shift(struct shift_view *view, struct counter *counter)
{
    struct stand_effort *effort = stand_effort_of(counter, counter->office->member.number);
    struct tk_error error = {0};
    enum tk_code code =
        office_close_shift(counter->office, &effort->keys, &effort->seconds,
                           operation_of(view, counter), &view->shift, &view->seal, &error);

    if (code && code != TK_UNKNOWN) {
        counter_say_error(counter, &error);
        view->tried = !tk_code_is_refusal(code);
        return;
    }
    view->unseen = code != TK_OK;
    view->step = STEP_CLOSED;
    if (!code)
        count(view, counter);
    stand_forget_effort(counter, counter->office->member.number);
    counter->dirty = true;
    if (code)
        counter_say_error(counter, &error);
}

static void shift_act(struct view *base, struct counter *counter, enum action action, int number)
{
    struct shift_view *view = cast(base);

    (void)number;
    if (view->step == STEP_OPEN && action == ACTION_ACCEPT)
        open_shift(view, counter);
    else if (view->step == STEP_CLOSE && action == ACTION_ACCEPT)
        close_shift(view, counter);
    else if (action == ACTION_SIGN_OFF || view->step == STEP_CLOSED)
        stand_sign_off(counter); /* frees the view */
    else if (action == ACTION_BACK)
        counter_pop(counter);
}

/* --- painting --- */

/* "17:02", or with its day when that is another one. */
static void print_moment(const struct counter *counter, int64_t moment, char text[TIME_TEXT_MAX])
{
    const struct time_zone *zone = counter_zone(counter);

    if (time_day_number(moment, zone) == time_day_number(counter_now(counter), zone))
        time_print_clock(text, moment, zone);
    else
        time_print_day(text, moment, zone);
}

static int paint_line(struct canvas *canvas, struct area area, int row, const char *label,
                      const char *text)
{
    canvas_put_right(canvas, area.row + row, area.column, 12, STYLE_MUTED, label);
    canvas_put(canvas, area.row + row, area.column + 14, area.columns - 14, STYLE_NORMAL, text);
    return row + 1;
}

static int paint_effort(struct canvas *canvas, struct area area, int row, const char *label,
                        const char *counted)
{
    struct effort effort = {0};
    char text[120];

    if (!effort_read(&effort, counted) || !effort_total(&effort))
        return row;
    snprintf(text, sizeof text, "%lld in the middle, 95 of 100 up to %lld",
             (long long)effort_percentile(&effort, 50), (long long)effort_percentile(&effort, 95));
    return paint_line(canvas, area, row, label, text);
}

static int paint_counts(const struct shift_view *view, struct canvas *canvas, struct area area,
                        int row)
{
    char text[120];

    if (view->counted) {
        snprintf(text, sizeof text, "%lld in %lld %s", (long long)view->counts.sold,
                 (long long)view->counts.sales, view->counts.sales == 1 ? "sale" : "sales");
        row = paint_line(canvas, area, row, "Sold", text);
        snprintf(text, sizeof text, "%lld", (long long)view->counts.reissued);
        row = paint_line(canvas, area, row, "Reissued", text);
    }
    snprintf(text, sizeof text, "%lld", (long long)view->shift.cancels);
    return paint_line(canvas, area, row, "Canceled", text);
}

static int paint_head(const struct shift_view *view, const struct counter *counter,
                      struct canvas *canvas, struct area area, int row)
{
    char hex[2 * CRYPTO_HASH_SIZE + 1], text[160] = "", when[TIME_TEXT_MAX];
    size_t used = 0;

    if (!view->seal.made_at)
        return row;
    hex_print(hex, view->seal.head, sizeof view->seal.head);
    for (int i = 0; i < HEAD_SHOWN; i++) {
        if (i && i % 8 == 0)
            text[used++] = ' ';
        text[used++] = hex[i];
    }
    text[used] = '\0';
    row = paint_line(canvas, area, row, "Journal", text);
    print_moment(counter, view->seal.made_at, when);
    snprintf(text, sizeof text, "its head after %lld entries, signed %s",
             (long long)view->seal.entries, when);
    return paint_line(canvas, area, row, "", text);
}

static void paint_closed(const struct shift_view *view, const struct counter *counter,
                         struct canvas *canvas, struct area area)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], text[200];
    int row = 2;

    canvas_putf(canvas, area.row, area.column, area.columns, STYLE_STRONG,
                "The shift of %s is closed", counter->office->member.name);
    if (view->unseen) {
        canvas_put(canvas, area.row + 2, area.column, area.columns, STYLE_WARNING,
                   "Its figures cannot be shown now: the report of shifts has them.");
        return;
    }
    print_moment(counter, view->shift.opened_at, from);
    print_moment(counter, view->shift.closed_at, to);
    snprintf(text, sizeof text, "%s%s%s", from, canvas_sign(canvas, SIGN_DASH), to);
    row = paint_line(canvas, area, row, "Time", text);
    row = paint_line(canvas, area, row, "Till", view->shift.closed_device);
    row = 1 + paint_counts(view, canvas, area, row + 1);
    row = paint_effort(canvas, area, row, "Keys a sale", view->shift.keys);
    row = paint_effort(canvas, area, row, "Seconds", view->shift.seconds);
    paint_head(view, counter, canvas, area, row + 1);
}

static void shift_paint(const struct view *base, const struct counter *counter,
                        struct canvas *canvas, struct area area)
{
    const struct shift_view *view = (const struct shift_view *)base;
    const struct staff *member = &counter->office->member;
    int width = area.columns - 4 < 72 ? area.columns - 4 : 72;
    struct area panel = {area.row + 2 + (area.rows > 24 ? (area.rows - 20) / 3 : 0),
                         (area.columns - width) / 2, area.rows - 2, width};
    char since[TIME_TEXT_MAX], text[200];

    canvas_rule(canvas, panel.row + 1, panel.column, width);
    if (view->step == STEP_CLOSED) {
        paint_closed(view, counter, canvas, panel);
        return;
    }
    if (view->step == STEP_OPEN) {
        canvas_putf(canvas, panel.row, panel.column, width, STYLE_STRONG, "Hello, %s",
                    member->name);
        canvas_put_wrapped(canvas, (struct area){panel.row + 3, panel.column, 3, width},
                           STYLE_NORMAL,
                           "No shift of yours is open. Enter opens it; Esc goes on without one.");
        return;
    }
    print_moment(counter, view->duty.opened_at, since);
    canvas_putf(canvas, panel.row, panel.column, width, STYLE_STRONG, "Sign off, %s", member->name);
    snprintf(text, sizeof text,
             "Your shift is open since %s. Enter closes it and shows its figures; s signs off "
             "only, and the shift goes on.",
             since);
    canvas_put_wrapped(canvas, (struct area){panel.row + 3, panel.column, 3, width}, STYLE_NORMAL,
                       text);
}

static void shift_leave(struct view *base)
{
    free(base);
}

static const struct view_ops shift_ops = {
    .title = "Shift",
    .group = shift_group,
    .paint = shift_paint,
    .act = shift_act,
    .leave = shift_leave,
};

static struct view *shift_view_new(enum shift_step step, const struct duty *duty)
{
    struct shift_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &shift_ops;
    view->step = step;
    if (duty)
        view->duty = *duty;
    return &view->view;
}

struct view *shift_open_view_new(void)
{
    return shift_view_new(STEP_OPEN, NULL);
}

struct view *shift_close_view_new(const struct duty *duty)
{
    return shift_view_new(STEP_CLOSE, duty);
}
