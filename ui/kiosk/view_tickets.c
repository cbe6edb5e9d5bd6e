/* The tickets of one slot, newest first. */
#include <stdlib.h>

#include "core/text.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/ticket_list.h"
#include "ui/kiosk/view.h"

#define TICKETS_SHOWN 2000

struct tickets_view {
    struct view view;
    struct slot slot;
    struct ticket_rows rows;
    char refusal[TK_MESSAGE_MAX]; /* why there are no tickets to be seen; "": there is none */
};

static struct tickets_view *cast(struct view *view)
{
    return (struct tickets_view *)view;
}

static unsigned tickets_group(const struct view *view)
{
    (void)view;
    return GROUP_TICKETS;
}

static void tickets_recalc(struct view *base, struct counter *counter)
{
    struct tickets_view *view = cast(base);
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list tickets = {0};
    struct tk_error error = {0};

    query.slot_id = view->slot.id;
    query.newest_first = true;
    query.limit = TICKETS_SHOWN;
    if (office_slot(counter->office, view->slot.id, &view->slot, &error) ||
        office_tickets(counter->office, &query, &tickets, &error))
        counter_say_error(counter, &error);
    else
        ticket_rows_set(&view->rows, &tickets);
    text_copy(view->refusal, sizeof view->refusal, error.message);
    ticket_view_list_release(&tickets);
}

static void tickets_paint(const struct view *base, const struct counter *counter,
                          struct canvas *canvas, struct area area)
{
    const struct tickets_view *view = (const struct tickets_view *)base;
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX], places[64];

    office_name_slot(counter->office, &view->slot, name, sizeof name);
    line_print_places(counter, &view->slot, " places", places, sizeof places);
    canvas_putf(canvas, area.row, 1, area.columns - 2, STYLE_STRONG, "Tickets for %s", name);
    canvas_putf(canvas, area.row + 1, 1, area.columns - 2, STYLE_MUTED,
                "%d sold, %s", view->slot.sold, places);
    if (!view->rows.tickets.count && view->refusal[0])
        canvas_put_wrapped(canvas, (struct area){area.row + 3, 1, 3, area.columns - 2},
                           STYLE_WARNING, view->refusal);
    else if (!view->rows.tickets.count)
        canvas_put(canvas, area.row + 3, 1, area.columns - 2, STYLE_MUTED,
                   "Nothing was sold for this showing yet.");
    ticket_rows_paint(&view->rows, counter, canvas,
                      (struct area){area.row + 3, 0, area.rows - 3, area.columns});
}

static void tickets_act(struct view *base, struct counter *counter, enum action action,
                        int number)
{
    (void)number;
    if (action == ACTION_BACK)
        counter_pop(counter);
    else
        ticket_rows_act(&cast(base)->rows, counter, action);
}

static void tickets_point(struct view *base, struct counter *counter, const struct event *event)
{
    (void)counter;
    ticket_rows_scroll(&cast(base)->rows, event->rows);
}

static void tickets_leave(struct view *base)
{
    ticket_rows_release(&cast(base)->rows);
    free(base);
}

static const struct view_ops tickets_ops = {
    .title = "Tickets",
    .group = tickets_group,
    .recalc = tickets_recalc,
    .paint = tickets_paint,
    .act = tickets_act,
    .point = tickets_point,
    .leave = tickets_leave,
};

struct view *tickets_view_new(const struct slot *slot)
{
    struct tickets_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &tickets_ops;
    view->slot = *slot;
    return &view->view;
}
