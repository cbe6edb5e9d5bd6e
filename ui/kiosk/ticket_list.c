#include "ui/kiosk/ticket_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define PHONE_END 6 /* cells for the end of a phone number */

void ticket_rows_set(struct ticket_rows *rows, struct ticket_view_list *tickets)
{
    const struct ticket_view *before = ticket_rows_ticket(rows);
    uint64_t id = before ? before->ticket.id : 0;
    size_t selected = 0;

    for (size_t i = 0; i < tickets->count; i++)
        if (tickets->items[i].ticket.id == id)
            selected = i;
    ticket_view_list_release(&rows->tickets);
    rows->tickets = *tickets;
    rows->selected = selected;
    *tickets = (struct ticket_view_list){0};
}

void ticket_rows_release(struct ticket_rows *rows)
{
    ticket_view_list_release(&rows->tickets);
}

const struct ticket_view *ticket_rows_ticket(const struct ticket_rows *rows)
{
    return rows->selected < rows->tickets.count ? &rows->tickets.items[rows->selected] : NULL;
}

size_t list_first_shown(size_t count, size_t selected, int rows)
{
    size_t shown = rows > 0 ? (size_t)rows : 1, first;

    if (count <= shown || selected < shown / 2)
        return 0;
    first = selected - shown / 2;
    return first > count - shown ? count - shown : first;
}

static enum style status_style(enum ticket_status status)
{
    return status == TICKET_BOOKED ? STYLE_NORMAL : STYLE_MUTED;
}

/* The end of a masked phone, short enough that its digits are seen in every list. */
static void mask_end(char *text, const char *phone, bool ascii)
{
    size_t length = strlen(phone);

    phone_mask(text, phone + (length > PHONE_END ? length - PHONE_END : 0), ascii);
}

static void paint_row(const struct ticket_rows *rows, const struct ticket_view *view,
                      const struct counter *counter, struct canvas *canvas, int row,
                      struct area area, bool selected)
{
    enum style style = selected ? STYLE_SELECTED : status_style(view->ticket.status);
    char id[ID_TEXT_MAX], when[TIME_TEXT_MAX], phone[CUSTOMER_PHONE_SIZE * 4];
    char in[TIME_TEXT_MAX + 4];
    const char *status =
        view->ticket.replaced_by ? "Replaced" : ticket_status_name(view->ticket.status);
    int column = area.column + 1, end = area.column + area.columns - 1;

    canvas_fill(canvas, (struct area){row, area.column, 1, area.columns}, style);
    if (selected)
        canvas_put(canvas, row, area.column, 1, style, canvas_sign(canvas, SIGN_POINTER));
    id_print(id, ID_TICKET, view->ticket.id);
    canvas_put(canvas, row, column, 14, style, id);
    if (view->ticket.admitted_at && view->ticket.status == TICKET_BOOKED) {
        time_print_clock(when, view->ticket.admitted_at, counter_zone(counter));
        snprintf(in, sizeof in, "in %s", when);
        status = in;
    }
    canvas_put(canvas, row, column + 14, 9, style, status);
    column += 24;
    if (rows->with_slot) {
        int width = (end - column) / 2 - 4;

        time_print_day(when, view->slot.starts_at, counter_zone(counter));
        canvas_put(canvas, row, column, 16, style, when);
        canvas_put(canvas, row, column + 17, width - 10, style, view->slot.name);
        column += width + 8;
    } else {
        time_print_day(when, view->ticket.booked_at, counter_zone(counter));
        canvas_put(canvas, row, column, 16, style, when);
        canvas_putf(canvas, row, column + 17, 9, style, "%d of %d", view->ticket.sale_position,
                    view->ticket.sale_size);
        column += 28;
    }
    mask_end(phone, view->customer.phone, canvas->ascii);
    canvas_put_right(canvas, row, end - PHONE_END, PHONE_END, style, phone);
    canvas_put(canvas, row, column, end - column - (phone[0] ? PHONE_END + 1 : 0), style,
               view->customer.erased_at ? "customer forgotten"
               : view->customer.id      ? view->customer.name
                                        : "walk-up");
}

void ticket_rows_paint(const struct ticket_rows *rows, const struct counter *counter,
                       struct canvas *canvas, struct area area)
{
    size_t first = list_first_shown(rows->tickets.count, rows->selected, area.rows);

    for (int i = 0; i < area.rows && first + (size_t)i < rows->tickets.count; i++)
        paint_row(rows, &rows->tickets.items[first + (size_t)i], counter, canvas, area.row + i,
                  area, first + (size_t)i == rows->selected);
}

void ticket_rows_scroll(struct ticket_rows *rows, int by)
{
    size_t count = rows->tickets.count, distance = (size_t)(by < 0 ? -by : by);

    if (by < 0)
        rows->selected -= distance < rows->selected ? distance : rows->selected;
    else if (count)
        rows->selected = rows->selected + distance < count ? rows->selected + distance : count - 1;
}

bool ticket_rows_act(struct ticket_rows *rows, struct counter *counter, enum action action)
{
    const struct ticket_view *ticket = ticket_rows_ticket(rows);
    int page = counter->canvas.rows - 8;

    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
        ticket_rows_scroll(rows, action == ACTION_UP ? -1 : 1);
        return true;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        ticket_rows_scroll(rows, action == ACTION_PAGE_UP ? -page : page);
        return true;
    case ACTION_FIRST:
        rows->selected = 0;
        return true;
    case ACTION_LAST:
        rows->selected = rows->tickets.count ? rows->tickets.count - 1 : 0;
        return true;
    case ACTION_ACCEPT:
    case ACTION_REISSUE:
    case ACTION_CANCEL_TICKET:
        if (!ticket)
            counter_say(counter, MESSAGE_WARNING, "There is no ticket to choose here.");
        else if (action == ACTION_ACCEPT)
            counter_push(counter, ticket_view_new(ticket->ticket.id));
        else if (action == ACTION_REISSUE)
            counter_reissue(counter, ticket);
        else
            counter_ask_cancel(counter, ticket);
        return true;
    default:
        return false;
    }
}

/* --- looking tickets up --- */

static struct ticket_search *search_of(struct view *view)
{
    return (struct ticket_search *)view;
}

void ticket_search_act(struct view *view, struct counter *counter, enum action action, int number)
{
    struct ticket_search *search = search_of(view);
    char before[FIELD_SIZE];

    (void)number;
    if (action == ACTION_BACK) {
        counter_pop(counter);
        return;
    }
    if (action != ACTION_FIRST && action != ACTION_LAST) {
        text_copy(before, sizeof before, search->form.fields[0].text);
        if (form_act(&search->form, action)) {
            if (strcmp(before, search->form.fields[0].text) != 0)
                counter->stale = true;
            return;
        }
    }
    ticket_rows_act(&search->rows, counter, action);
}

void ticket_search_type(struct view *view, struct counter *counter, const char *text)
{
    if (form_type(&search_of(view)->form, text)) {
        search_of(view)->rows.selected = 0;
        counter->stale = true;
    }
}

void ticket_search_point(struct view *view, struct counter *counter, const struct event *event)
{
    (void)counter;
    ticket_rows_scroll(&search_of(view)->rows, event->rows);
}

struct form *ticket_search_form(struct view *view)
{
    return &search_of(view)->form;
}

void ticket_search_leave(struct view *view)
{
    ticket_rows_release(&search_of(view)->rows);
    free(view);
}
