/* The pages that a door opens: tickets looked up by name or phone, and what was refused later. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/door_view.h"
#include "ui/kiosk/ticket_list.h"

/* --- look up --- */

struct door_find_view {
    struct ticket_search search; /* first */
    char why[TK_MESSAGE_MAX]; /* nothing could be looked up; "": it could */
};

static struct door_find_view *cast(struct view *view)
{
    return (struct door_find_view *)view;
}

static unsigned find_group(const struct view *view)
{
    (void)view;
    return GROUP_DOOR_FIND;
}

static void find_recalc(struct view *base, struct counter *counter)
{
    struct door_find_view *view = cast(base);
    struct ticket_view_list tickets = {0};
    struct tk_error error = {0};

    view->why[0] = '\0';
    if (door_find(counter->door, view->search.form.fields[0].text, &tickets, &error)) {
        text_display(view->why, sizeof view->why, error.message);
        ticket_view_list_release(&tickets);
    }
    ticket_rows_set(&view->search.rows, &tickets);
    ticket_view_list_release(&tickets);
}

static void find_paint(const struct view *base, const struct counter *counter,
                       struct canvas *canvas, struct area area)
{
    const struct door_find_view *view = (const struct door_find_view *)base;
    const char *text = view->search.form.fields[0].text;
    int width = area.columns - 13 < 60 ? area.columns - 13 : 60;

    canvas_put(canvas, area.row + 1, 1, 8, STYLE_STRONG, "Look up");
    field_paint(&view->search.form.fields[0], canvas, area.row + 1, 10, width, true);
    canvas_put(canvas, area.row + 2, 10, area.columns - 12, STYLE_MUTED,
               "name, end of the phone number, or ticket number; Enter lets in");
    if (view->why[0])
        canvas_put_wrapped(canvas, (struct area){area.row + 4, 10, 3, area.columns - 12},
                           STYLE_WARNING, view->why);
    else if (!view->search.rows.tickets.count)
        canvas_put(canvas, area.row + 4, 10, area.columns - 12, STYLE_MUTED,
                   text[0] ? "No ticket of a showing that is open here is found with this."
                           : "No ticket of a showing that is open here was sold yet.");
    ticket_rows_paint(&view->search.rows, counter, canvas,
                      (struct area){area.row + 4, 0, area.rows - 4, area.columns});
}

static void admit_selected(struct door_find_view *view, struct counter *counter)
{
    const struct ticket_view *ticket = ticket_rows_ticket(&view->search.rows);

    if (ticket)
        door_view_admit(counter, ticket->ticket.id);
    else
        counter_say(counter, MESSAGE_WARNING, "There is no ticket to choose here.");
}

static void find_act(struct view *base, struct counter *counter, enum action action, int number)
{
    if (action == ACTION_ACCEPT)
        admit_selected(cast(base), counter);
    else
        ticket_search_act(base, counter, action, number);
}

static const struct view_ops find_ops = {
    .title = "Look up",
    .group = find_group,
    .recalc = find_recalc,
    .paint = find_paint,
    .act = find_act,
    .type = ticket_search_type,
    .form = ticket_search_form,
    .point = ticket_search_point,
    .leave = ticket_search_leave,
};

struct view *door_find_view_new(void)
{
    struct door_find_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->search.view.ops = &find_ops;
    view->search.rows.with_slot = true;
    form_add(&view->search.form, "Look up", "", CUSTOMER_NAME_SIZE - 1);
    return &view->search.view;
}

/* --- conflicts --- */

struct conflicts_view {
    struct view view;
    size_t selected;    /* counted from the newest */
    struct op_id asked; /* whether this one was dealt with */
};

static unsigned conflicts_group(const struct view *view)
{
    (void)view;
    return GROUP_MESSAGES;
}

/* Returns the rows used. */
static int paint_conflict(const struct door_conflict *conflict, const struct counter *counter,
                          struct canvas *canvas, struct area area, bool selected)
{
    enum style style = selected ? STYLE_SELECTED : STYLE_NORMAL;
    char clock[TIME_TEXT_MAX], id[ID_TEXT_MAX];

    time_print_clock(clock, conflict->admitted_at, counter_zone(counter));
    id_print(id, ID_TICKET, conflict->ticket_id);
    if (selected)
        canvas_fill(canvas, (struct area){area.row, 1, 1, area.columns - 2}, style);
    canvas_put(canvas, area.row, 2, 5, selected ? style : STYLE_MUTED, clock);
    canvas_put(canvas, area.row, 8, 14, selected ? style : STYLE_WARNING, id);
    return canvas_put_wrapped(canvas, (struct area){area.row, 23, area.rows, area.columns - 25},
                              style, conflict->message);
}

static void conflicts_paint(const struct view *base, const struct counter *counter,
                            struct canvas *canvas, struct area area)
{
    const struct conflicts_view *view = (const struct conflicts_view *)base;
    size_t count = door_conflict_count(counter->door);
    size_t selected = view->selected < count ? view->selected : count ? count - 1 : 0;
    int row = area.row + 3, end = area.row + area.rows;

    canvas_put(canvas, area.row, 2, area.columns - 4, STYLE_STRONG,
               "Done here on its own, and refused by the box office later; latest first");
    canvas_put(canvas, area.row + 1, 2, area.columns - 4, STYLE_MUTED,
               count ? "Enter: seen and dealt with, which takes it off this list"
                     : "Nothing was refused.");
    for (size_t i = list_first_shown(count, selected, area.rows / 3); i < count && row < end; i++)
        row += paint_conflict(door_conflict_at(counter->door, i), counter, canvas,
                              (struct area){row, 0, end - row, area.columns}, i == selected);
}

static void conflict_yes(struct counter *counter, uint64_t subject)
{
    struct conflicts_view *view = (struct conflicts_view *)counter_top(counter);
    struct tk_error error = {0};

    (void)subject;
    if (view->view.ops->paint != conflicts_paint)
        return;
    if (door_acknowledge(counter->door, &view->asked, &error))
        counter_say_error(counter, &error);
}

static void ask_dealt_with(struct conflicts_view *view, struct counter *counter)
{
    const struct door_conflict *conflict = door_conflict_at(counter->door, view->selected);
    char id[ID_TEXT_MAX];

    view->asked = conflict->id;
    id_print(id, ID_TICKET, conflict->ticket_id);
    counter_ask(counter, conflict_yes, 0, "%s: seen and dealt with? %s closes this dispute.", id,
                counter->office->actor);
}

static void conflicts_act(struct view *base, struct counter *counter, enum action action,
                          int number)
{
    struct conflicts_view *view = (struct conflicts_view *)base;
    size_t count = door_conflict_count(counter->door);

    (void)number;
    if (view->selected >= count)
        view->selected = count ? count - 1 : 0;
    if (action == ACTION_BACK || (action == ACTION_ACCEPT && !count))
        counter_pop(counter);
    else if (action == ACTION_ACCEPT)
        ask_dealt_with(view, counter);
    else if ((action == ACTION_DOWN || action == ACTION_PAGE_DOWN) && view->selected + 1 < count)
        view->selected++;
    else if ((action == ACTION_UP || action == ACTION_PAGE_UP) && view->selected)
        view->selected--;
    else if (action == ACTION_FIRST || action == ACTION_LAST)
        view->selected = action == ACTION_LAST && count ? count - 1 : 0;
}

static void conflicts_leave(struct view *base)
{
    free(base);
}

static const struct view_ops conflicts_ops = {
    .title = "Conflicts",
    .group = conflicts_group,
    .paint = conflicts_paint,
    .act = conflicts_act,
    .leave = conflicts_leave,
};

struct view *door_conflicts_view_new(void)
{
    struct conflicts_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &conflicts_ops;
    return &view->view;
}
