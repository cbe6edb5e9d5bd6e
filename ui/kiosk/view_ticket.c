/* The ticket: its QR, its pass in letters, and what it is for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/view.h"
#include "ui/pass_of.h"
#include "ui/qr/qr.h"

#define DETAILS_MIN 28 /* columns kept for the words */

struct ticket_page {
    struct view view;
    uint64_t ticket_id; /* the one that is shown */
    bool large;         /* the code over the whole screen */
    struct ticket_view_list sale;
    size_t at;
    char pass[PASS_SIZE]; /* "" when it has none */
    struct qr qr;
};

static struct ticket_page *cast(struct view *view)
{
    return (struct ticket_page *)view;
}

static unsigned ticket_group(const struct view *view)
{
    (void)view;
    return GROUP_TICKET;
}

static const struct ticket_view *shown(const struct ticket_page *view)
{
    return view->at < view->sale.count ? &view->sale.items[view->at] : NULL;
}

static void show(struct ticket_page *view, struct counter *counter, size_t at)
{
    struct tk_error error = {0};
    enum tk_code code;

    view->at = at;
    view->ticket_id = view->sale.items[at].ticket.id;
    view->pass[0] = '\0';
    if (view->sale.items[at].ticket.status != TICKET_BOOKED)
        return;
    code = pass_of(counter->office, &view->sale.items[at], view->pass, &error);
    if (!code)
        code = qr_make(&view->qr, view->pass, &error);
    if (code)
        view->qr.size = 0;
    if (code == TK_CONFIG || (code && view->pass[0])) /* what is away comes back by itself */
        counter_say_error(counter, &error);
}

static void ticket_recalc(struct view *base, struct counter *counter)
{
    struct ticket_page *view = cast(base);
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list sale = {0};
    struct ticket_view ticket;
    struct tk_error error = {0};
    enum tk_code code;

    code = office_ticket(counter->office, view->ticket_id, &ticket, &error);
    query.sale_id = ticket.ticket.sale_id;
    if (!code)
        code = office_tickets(counter->office, &query, &sale, &error);
    if (code) {
        counter_say_error(counter, &error);
        ticket_view_list_release(&sale);
        return;
    }
    ticket_view_list_release(&view->sale);
    view->sale = sale;
    for (size_t i = 0; i < sale.count; i++)
        if (sale.items[i].ticket.id == view->ticket_id)
            show(view, counter, i);
}

/* --- painting --- */

/* How the code is drawn: the largest form and quiet zone that fit. */
struct drawing {
    enum qr_form form; /* QR_WIDE or QR_HALF; QR_AUTO: it does not fit */
    int quiet;
};

static bool fits(const struct qr *qr, struct drawing drawing, struct area area, bool ascii)
{
    return qr_rows(qr, drawing.form, drawing.quiet) <= area.rows &&
           qr_columns(qr, drawing.form, drawing.quiet) <= area.columns - DETAILS_MIN &&
           !(ascii && drawing.form == QR_HALF);
}

/* `large` takes the wide form even with the smallest quiet zone before the half one. */
static struct drawing choose_drawing(const struct qr *qr, struct area area, bool ascii, bool large)
{
    static const struct drawing order[] = {{QR_WIDE, 4}, {QR_WIDE, 2}, {QR_HALF, 4}, {QR_HALF, 2}};
    static const struct drawing order_large[] = {{QR_WIDE, 4}, {QR_WIDE, 2}, {QR_WIDE, 1}};
    const struct drawing *tried = large ? order_large : order;
    size_t count = large ? sizeof order_large / sizeof *order_large : sizeof order / sizeof *order;

    area.rows -= !large; /* for the pass below; with a large code it stands among the words */
    for (size_t i = 0; i < count; i++)
        if (fits(qr, tried[i], area, ascii))
            return tried[i];
    return (struct drawing){QR_AUTO, 0};
}

/* The whole screen is wanted by the clerk, or because the code fits in no other way. */
static bool ticket_is_whole(const struct view *base, const struct canvas *canvas)
{
    const struct ticket_page *view = (const struct ticket_page *)base;
    struct area part = {1, 0, canvas->rows - 3, canvas->columns};
    struct area whole = {0, 0, canvas->rows - 1, canvas->columns};

    if (!view->pass[0] || !view->qr.size)
        return false;
    if (!view->large && choose_drawing(&view->qr, part, canvas->ascii, false).form != QR_AUTO)
        return false;
    return choose_drawing(&view->qr, whole, canvas->ascii, true).form != QR_AUTO;
}

static void paint_wide(const struct qr *qr, int quiet, struct canvas *canvas, int row, int column)
{
    int side = qr->size + 2 * quiet;

    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            canvas_fill(canvas, (struct area){row + y, column + 2 * x, 1, 2},
                        qr_is_dark(qr, y - quiet, x - quiet) ? STYLE_QR_DARK : STYLE_QR_LIGHT);
}

static void paint_half(const struct qr *qr, int quiet, struct canvas *canvas, int row, int column)
{
    static const enum style styles[2][2] = {{STYLE_QR_LIGHT, STYLE_QR_LIGHT_DARK},
                                            {STYLE_QR_DARK_LIGHT, STYLE_QR_DARK}};
    int side = qr->size + 2 * quiet;

    for (int y = 0; y < side; y += 2)
        for (int x = 0; x < side; x++) {
            bool low = qr_half_is_lower(qr, y - quiet, x - quiet);
            bool ink = qr_is_dark(qr, y + low - quiet, x - quiet);
            bool paper = qr_is_dark(qr, y + !low - quiet, x - quiet);

            canvas_put(canvas, row + y / 2, column + x, 1, styles[ink][paper],
                       ink == paper ? " "
                                    : canvas_sign(canvas, low ? SIGN_LOWER_HALF : SIGN_HALF));
        }
}

/* Draws the code at the right edge; returns the columns left for words. */
static int paint_code(const struct ticket_page *view, struct canvas *canvas, struct area area)
{
    char grouped[PASS_GROUPED_SIZE];
    struct drawing drawing;
    int rows, columns, row, column;

    if (!view->pass[0] || !view->qr.size)
        return area.columns;
    drawing = choose_drawing(&view->qr, area, canvas->ascii,
                             ticket_is_whole(&view->view, canvas));
    if (drawing.form == QR_AUTO)
        return area.columns;
    rows = qr_rows(&view->qr, drawing.form, drawing.quiet);
    columns = qr_columns(&view->qr, drawing.form, drawing.quiet);
    row = area.row + (area.rows > rows + 1 ? (area.rows - rows - 1) / 2 : 0);
    column = area.column + area.columns - columns - 1;
    if (drawing.form == QR_WIDE)
        paint_wide(&view->qr, drawing.quiet, canvas, row, column);
    else
        paint_half(&view->qr, drawing.quiet, canvas, row, column);
    pass_group(grouped, view->pass);
    if (row + rows < area.row + area.rows)
        canvas_put(canvas, row + rows, column + (columns - text_width(grouped)) / 2, columns,
                   STYLE_STRONG, grouped);
    return column - 1;
}

/* When it went in, and where; returns the next row. */
static int paint_admission(const struct ticket *ticket, const struct counter *counter,
                           struct canvas *canvas, int row, int width)
{
    char when[TIME_TEXT_MAX];
    int64_t now = counter_now(counter);

    if (!ticket->admitted_at)
        return row;
    if (time_day_number(now, counter_zone(counter)) ==
        time_day_number(ticket->admitted_at, counter_zone(counter)))
        time_print_clock(when, ticket->admitted_at, counter_zone(counter));
    else
        time_print_day(when, ticket->admitted_at, counter_zone(counter));
    canvas_putf(canvas, row, 2, width, STYLE_STRONG, "in since %s, %s", when,
                ticket->admitted_by);
    return row + 1;
}

static void paint_status(const struct ticket_view *ticket, const struct counter *counter,
                         struct canvas *canvas, int row, int width)
{
    static const enum style styles[] = {[TICKET_BOOKED] = STYLE_GOOD,
                                        [TICKET_EXPIRED] = STYLE_WARNING,
                                        [TICKET_CANCELED] = STYLE_BAD,
                                        [TICKET_ARCHIVED] = STYLE_WARNING};
    char when[TIME_TEXT_MAX];

    time_print_day(when, ticket->ticket.changed_at, counter_zone(counter));
    canvas_putf(canvas, row, 2, width, styles[ticket->ticket.status], " %s %s ",
                ticket_status_name(ticket->ticket.status), when);
}

static int paint_links(const struct ticket *ticket, struct canvas *canvas, int row, int width)
{
    char id[ID_TEXT_MAX];

    if (ticket->replaced_by) {
        id_print(id, ID_TICKET, ticket->replaced_by);
        canvas_putf(canvas, row++, 2, width, STYLE_WARNING, "replaced by %s (o)", id);
    }
    if (ticket->replaces) {
        id_print(id, ID_TICKET, ticket->replaces);
        canvas_putf(canvas, row++, 2, width, STYLE_NORMAL, "replaces %s (o)", id);
    }
    return row;
}

/* Where there is room besides the pass. */
static int paint_prints(const struct ticket *ticket, struct canvas *canvas, int row, int width,
                        int end)
{
    if (!ticket->prints || row + 2 >= end)
        return row;
    if (ticket->prints == 1)
        canvas_put(canvas, row, 2, width, STYLE_MUTED, "printed once");
    else
        canvas_putf(canvas, row, 2, width, STYLE_MUTED, "printed %d times", ticket->prints);
    return row + 1;
}

static void paint_words(const struct ticket_page *view, const struct counter *counter,
                        struct canvas *canvas, struct area area, int width)
{
    const struct ticket_view *ticket = shown(view);
    const struct slot *slot = &ticket->slot;
    char id[ID_TEXT_MAX], when[TIME_TEXT_MAX], to[TIME_TEXT_MAX], phone[CUSTOMER_PHONE_SIZE * 4];
    char grouped[PASS_GROUPED_SIZE] = "no pass";
    int row = area.row + 1, end = area.row + area.rows;

    id_print(id, ID_TICKET, ticket->ticket.id);
    time_print_day(when, slot->starts_at, counter_zone(counter));
    time_print_clock(to, slot->ends_at, counter_zone(counter));
    phone_mask(phone, ticket->customer.phone, canvas->ascii);
    if (view->pass[0])
        pass_group(grouped, view->pass);
    canvas_putf(canvas, row++, 2, width, STYLE_STRONG, "Ticket %s", id);
    paint_status(ticket, counter, canvas, row++, width);
    row = paint_admission(&ticket->ticket, counter, canvas, row, width);
    row += 1 + canvas_put_wrapped(canvas, (struct area){row + 1, 2, 3, width}, STYLE_STRONG,
                                  slot->name);
    canvas_putf(canvas, row++, 2, width, STYLE_NORMAL, "%s%s%s", when,
                canvas_sign(canvas, SIGN_DASH), to);
    canvas_put(canvas, row, 2, width, STYLE_NORMAL, slot->screen);
    row += slot->screen[0] != '\0';
    row++;
    canvas_put(canvas, row++, 2, width, STYLE_NORMAL,
               ticket->customer.erased_at ? "customer forgotten"
               : ticket->customer.id      ? ticket->customer.name
                                          : "walk-up");
    if (phone[0])
        canvas_put(canvas, row++, 2, width, STYLE_MUTED, phone);
    canvas_putf(canvas, row++, 2, width, STYLE_NORMAL, "%d of %d in this sale",
                ticket->ticket.sale_position, ticket->ticket.sale_size);
    row = paint_links(&ticket->ticket, canvas, row, width);
    row = paint_prints(&ticket->ticket, canvas, row, width, end);
    if (view->pass[0] && width <= area.columns - 8 && !ticket_is_whole(&view->view, canvas))
        return; /* it stands below the code */
    row += row + 2 < end; /* a blank row, where there is room */
    if (row < end)
        canvas_put(canvas, row, 2, width, STYLE_STRONG, grouped);
    if (row + 1 < end && view->pass[0] && width > area.columns - 8)
        canvas_put(canvas, row + 1, 2, width, STYLE_MUTED,
                   "This window is too small for the code.");
}

static void ticket_paint(const struct view *base, const struct counter *counter,
                         struct canvas *canvas, struct area area)
{
    const struct ticket_page *view = (const struct ticket_page *)base;
    int width;

    if (!shown(view)) {
        canvas_put(canvas, area.row + 1, 2, area.columns - 4, STYLE_MUTED, "No such ticket.");
        return;
    }
    width = paint_code(view, canvas, area) - 3;
    paint_words(view, counter, canvas, area, width);
}

/* --- keys --- */

static void open_other(const struct ticket_page *view, struct counter *counter)
{
    const struct ticket_view *ticket = shown(view);
    uint64_t other = ticket->ticket.replaced_by ? ticket->ticket.replaced_by
                                                : ticket->ticket.replaces;

    if (other)
        counter_push(counter, ticket_view_new(other));
    else
        counter_say(counter, MESSAGE_WARNING, "This ticket neither replaces one nor was replaced.");
}

static void step(struct ticket_page *view, struct counter *counter, int by)
{
    size_t count = view->sale.count;

    if (count < 2) {
        counter_say(counter, MESSAGE_INFO, "This is the only ticket of its sale.");
        return;
    }
    show(view, counter, (view->at + count + (size_t)(by + (int)count)) % count);
}

static void ticket_act(struct view *base, struct counter *counter, enum action action, int number)
{
    struct ticket_page *view = cast(base);

    (void)number;
    if (action == ACTION_BACK) {
        counter_pop(counter);
    } else if (action == ACTION_ACCEPT) {
        counter_pop_all(counter);
    } else if (!shown(view)) {
        return;
    } else if (action == ACTION_NEXT_TICKET || action == ACTION_PREVIOUS_TICKET) {
        step(view, counter, action == ACTION_NEXT_TICKET ? 1 : -1);
    } else if (action == ACTION_REISSUE) {
        counter_reissue(counter, shown(view));
    } else if (action == ACTION_CANCEL_TICKET) {
        counter_ask_cancel(counter, shown(view));
    } else if (action == ACTION_PRINT) {
        counter_print(counter, shown(view));
    } else if (action == ACTION_PRINT_SALE) {
        counter_print_sale(counter, &view->sale);
    } else if (action == ACTION_LARGE_CODE) {
        view->large = !view->large;
    } else if (action == ACTION_OTHER_TICKET) {
        open_other(view, counter);
    }
}

static void ticket_leave(struct view *base)
{
    ticket_view_list_release(&cast(base)->sale);
    crypto_wipe(cast(base)->pass, PASS_SIZE);
    free(base);
}

static const struct view_ops ticket_ops = {
    .title = "Ticket",
    .group = ticket_group,
    .recalc = ticket_recalc,
    .is_whole = ticket_is_whole,
    .paint = ticket_paint,
    .act = ticket_act,
    .leave = ticket_leave,
};

struct view *ticket_view_new(uint64_t ticket_id)
{
    struct ticket_page *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &ticket_ops;
    view->ticket_id = ticket_id;
    return &view->view;
}
