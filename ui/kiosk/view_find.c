/* Find tickets by number, pass, phone or name as they are typed, newest first. */
#include <stdlib.h>

#include "ui/kiosk/ticket_list.h"
#include "ui/kiosk/view.h"

#define FOUND_SHOWN 200

static struct ticket_search *cast(struct view *view)
{
    return (struct ticket_search *)view;
}

static unsigned find_group(const struct view *view)
{
    (void)view;
    return GROUP_FIND;
}

static void find_recalc(struct view *base, struct counter *counter)
{
    struct ticket_search *view = cast(base);
    struct ticket_view_list tickets = {0};
    struct tk_error error = {0};

    if (office_find(counter->office, view->form.fields[0].text, FOUND_SHOWN, &tickets, &error))
        counter_say_error(counter, &error);
    else
        ticket_rows_set(&view->rows, &tickets);
    ticket_view_list_release(&tickets);
}

static void find_paint(const struct view *base, const struct counter *counter,
                       struct canvas *canvas, struct area area)
{
    const struct ticket_search *view = (const struct ticket_search *)base;
    const char *text = view->form.fields[0].text;
    int width = area.columns - 8 < 60 ? area.columns - 8 : 60;

    canvas_put(canvas, area.row + 1, 1, 5, STYLE_STRONG, "Find");
    field_paint(&view->form.fields[0], canvas, area.row + 1, 6, width, true);
    canvas_put(canvas, area.row + 2, 6, area.columns - 8, STYLE_MUTED,
               text[0] ? "ticket number, pass, end of the phone number, or name"
                       : "the latest tickets; type a ticket number, pass, phone or name");
    if (!view->rows.tickets.count)
        canvas_put(canvas, area.row + 4, 6, area.columns - 8, STYLE_MUTED,
                   text[0] ? "No ticket is found with this." : "Nothing was sold yet.");
    ticket_rows_paint(&view->rows, counter, canvas,
                      (struct area){area.row + 4, 0, area.rows - 4, area.columns});
}

static const struct view_ops find_ops = {
    .title = "Find",
    .group = find_group,
    .recalc = find_recalc,
    .paint = find_paint,
    .act = ticket_search_act,
    .type = ticket_search_type,
    .form = ticket_search_form,
    .point = ticket_search_point,
    .leave = ticket_search_leave,
};

struct view *find_view_new(void)
{
    struct ticket_search *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &find_ops;
    view->rows.with_slot = true;
    form_add(&view->form, "Find", "", CUSTOMER_NAME_SIZE - 1);
    return &view->view;
}
