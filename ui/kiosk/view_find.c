/* Find tickets by number, pass, phone or name as they are typed, newest first. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/form.h"
#include "ui/kiosk/ticket_list.h"
#include "ui/kiosk/view.h"

#define FOUND_SHOWN 200

struct find_view {
    struct view view;
    struct form form; /* one field */
    struct ticket_rows rows;
};

static struct find_view *cast(struct view *view)
{
    return (struct find_view *)view;
}

static unsigned find_group(const struct view *view)
{
    (void)view;
    return GROUP_FIND;
}

static void find_recalc(struct view *base, struct counter *counter)
{
    struct find_view *view = cast(base);
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
    const struct find_view *view = (const struct find_view *)base;
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

static void find_act(struct view *base, struct counter *counter, enum action action, int number)
{
    struct find_view *view = cast(base);
    char before[FIELD_SIZE];

    (void)number;
    if (action == ACTION_BACK) {
        counter_pop(counter);
        return;
    }
    if (action != ACTION_FIRST && action != ACTION_LAST) {
        text_copy(before, sizeof before, view->form.fields[0].text);
        if (form_act(&view->form, action)) {
            if (strcmp(before, view->form.fields[0].text) != 0)
                counter->stale = true;
            return;
        }
    }
    ticket_rows_act(&view->rows, counter, action);
}

static void find_type(struct view *base, struct counter *counter, const char *text)
{
    if (form_type(&cast(base)->form, text)) {
        cast(base)->rows.selected = 0;
        counter->stale = true;
    }
}

static void find_point(struct view *base, struct counter *counter, const struct event *event)
{
    (void)counter;
    ticket_rows_scroll(&cast(base)->rows, event->rows);
}

static void find_leave(struct view *base)
{
    ticket_rows_release(&cast(base)->rows);
    free(base);
}

static struct form *find_form(struct view *base)
{
    return &cast(base)->form;
}

static const struct view_ops find_ops = {
    .title = "Find",
    .group = find_group,
    .recalc = find_recalc,
    .paint = find_paint,
    .act = find_act,
    .type = find_type,
    .form = find_form,
    .point = find_point,
    .leave = find_leave,
};

struct view *find_view_new(void)
{
    struct find_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &find_ops;
    view->rows.with_slot = true;
    form_add(&view->form, "Find", "", CUSTOMER_NAME_SIZE - 1);
    return &view->view;
}
