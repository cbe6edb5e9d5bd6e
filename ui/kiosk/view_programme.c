/*
 * The programme: genres beside slots, the selected one described. The same view lets the clerk
 * choose the new showing of a reissue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/programme.h"

#define NEXT_LOOKED 100 /* showings that are looked through for one with room here */
#define COUNT_SLICE (3 * TIME_SECOND / 1000) /* µs a turn for counting genres */

static struct programme_view *cast(struct view *view)
{
    return (struct programme_view *)view;
}

static unsigned programme_group(const struct view *base)
{
    const struct programme_view *view = (const struct programme_view *)base;

    if (view->filtering)
        return GROUP_FILTER;
    return view->reissuing ? GROUP_REISSUE : GROUP_PROGRAMME;
}

/* --- data --- */

static struct slot_query query_of(const struct programme_view *view,
                                  const struct counter *counter)
{
    struct slot_query query = SLOT_QUERY_ALL;

    office_query_open(counter->office, &query);
    query.genre = view->genre;
    query.contains = programme_filter(view)[0] ? programme_filter(view) : NULL;
    return query;
}

/* A certain slot, or the one in its place in the list. */
static enum tk_code select_slot(struct programme_view *view, struct counter *counter,
                                const struct slot_query *query, const struct slot *slot,
                                struct tk_error *error)
{
    enum tk_code code =
        slot_window_seek(&view->window, counter->office, query, slot->starts_at, error);

    for (size_t i = 0; !code && i < view->window.slots.count; i++)
        if (view->window.slots.items[i].id == slot->id)
            view->window.selected = i;
    return code;
}

/* The first of those found that has room here; the first of all when none has. */
static const struct slot *first_with_room(const struct counter *counter,
                                          const struct slot_list *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (line_room(counter, &found->items[i]) > 0)
            return &found->items[i];
    return &found->items[0];
}

/* The next showing that still has room: the first that starts from now on, else any. */
static enum tk_code select_next(struct programme_view *view, struct counter *counter,
                                const struct slot_query *query, struct tk_error *error)
{
    struct slot_query next = *query;
    struct slot_list found = {0};
    enum tk_code code;

    next.with_room = !line_is_there(counter); /* a till has places of its own besides */
    next.limit = next.with_room ? 1 : NEXT_LOOKED;
    next.from = counter_now(counter);
    code = office_slots(counter->office, &next, &found, error);
    if (!code && !found.count) {
        next.from = 0;
        code = office_slots(counter->office, &next, &found, error);
    }
    if (!code)
        code = found.count
                   ? select_slot(view, counter, query, first_with_room(counter, &found), error)
                   : slot_window_first(&view->window, counter->office, query, error);
    slot_list_release(&found);
    return code;
}

/* Counts genres for a few ms; the rest comes in later turns, so a long programme holds no key up. */
static void count_genres(struct programme_view *view, struct counter *counter)
{
    int64_t until = counter_now(counter) + COUNT_SLICE, all = 0;

    while (view->counted < GENRE_COUNT && counter_now(counter) < until) {
        if (office_count_open(counter->office, view->counted, &view->counts[1 + view->counted],
                              NULL))
            return;
        view->counted++;
    }
    counter->unfinished = view->counted < GENRE_COUNT;
    for (int i = 1; i <= GENRE_COUNT; i++)
        all += view->counts[i];
    if (!counter->unfinished)
        view->counts[0] = all;
}

static void programme_recalc(struct view *base, struct counter *counter)
{
    struct programme_view *view = cast(base);
    struct slot_query query = query_of(view, counter);
    struct tk_error error = {0};
    enum tk_code code;

    if (view->placed)
        code = slot_window_reload(&view->window, counter->office, &query, &error);
    else if (view->sought.id)
        code = select_slot(view, counter, &query, &view->sought, &error);
    else
        code = select_next(view, counter, &query, &error);
    if (code)
        counter_say_error(counter, &error);
    else
        view->sought.id = 0;
    view->placed = !code;
    view->counted = 0;
    counter->unfinished = true; /* counting comes after the next frame */
}

static void programme_resume(struct view *base, struct counter *counter)
{
    count_genres(cast(base), counter);
}

static void choose_genre(struct programme_view *view, struct counter *counter, int genre)
{
    if (genre < ALL_GENRES || genre >= GENRE_COUNT)
        return;
    view->genre = genre;
    view->placed = false;
    counter->stale = true;
}

/* What letters and digits do here is to move; a form of one line has what else they type. */
static void programme_mark(struct view *base, struct counter *counter, bool back)
{
    struct programme_view *view = cast(base);
    const struct slot *slot = slot_window_slot(&view->window);

    if (back) {
        view->genre = view->mark.genre;
        view->in_genres = view->mark.in_genres;
        view->filtering = view->mark.filtering;
        view->sought = view->mark.slot;
        view->placed = false;
        counter->stale = true;
        return;
    }
    view->mark.genre = view->genre;
    view->mark.in_genres = view->in_genres;
    view->mark.filtering = view->filtering;
    view->mark.slot = slot ? *slot : (struct slot){0};
}

static struct form *programme_form(struct view *base)
{
    struct programme_view *view = cast(base);

    return view->filtering ? &view->filter : NULL;
}

/* --- acting --- */

static void reissue_again(struct counter *counter, uint64_t slot_id);

static void do_reissue(struct programme_view *view, struct counter *counter,
                       const struct slot *slot)
{
    struct op_reissue reissue = {.ticket_id = view->old.ticket.id, .slot = {.id = slot->id}};
    struct ticket_view fresh, old;
    struct tk_error error = {0};
    char id[ID_TEXT_MAX], old_id[ID_TEXT_MAX];
    enum tk_code code;

    code = office_reissue(counter->office, &reissue, &view->operation, &fresh, &old, &error);
    counter->stale = true;
    if (code) {
        counter_say_error(counter, &error);
        if (tk_code_is_refusal(code) || code == TK_NOT_PERMITTED)
            view->operation = office_make_id(counter->office);
        stand_offer_approval(counter, &error, OP_REISSUE, reissue_again, (uint64_t)slot->id);
        return;
    }
    id_print(id, ID_TICKET, fresh.ticket.id);
    id_print(old_id, ID_TICKET, old.ticket.id);
    counter_pop_all(counter);
    counter_push(counter, ticket_view_new(fresh.ticket.id));
    counter_say(counter, MESSAGE_GOOD, "Reissued: %s replaces %s, whose pass no longer works.", id,
                old_id);
}

/* Approved: the view that chose the showing is on top again. */
static void reissue_again(struct counter *counter, uint64_t slot_id)
{
    struct slot slot;
    struct tk_error error = {0};

    if (office_slot(counter->office, (int64_t)slot_id, &slot, &error))
        counter_say_error(counter, &error);
    else
        do_reissue(cast(counter_top(counter)), counter, &slot);
}

static void accept(struct programme_view *view, struct counter *counter)
{
    const struct slot *slot = slot_window_slot(&view->window);
    struct tk_error error = {0};
    struct slot whole;

    if (view->in_genres) {
        view->in_genres = false;
        return;
    }
    if (!slot) {
        counter_say(counter, MESSAGE_WARNING, "No showing is selected.");
        return;
    }
    if (view->reissuing) {
        do_reissue(view, counter, slot);
        return;
    }
    whole = *slot;
    whole.available = line_room_anywhere(counter, slot);
    if (office_check_open(counter->office, &whole, &error))
        counter_say_error(counter, &error);
    else
        counter_push(counter, sale_view_new(counter, slot));
}

static void move(struct programme_view *view, struct counter *counter, int rows)
{
    struct slot_query query = query_of(view, counter);
    struct tk_error error = {0};

    if (view->in_genres) {
        int genre = view->genre + rows;

        choose_genre(view, counter, genre < ALL_GENRES ? ALL_GENRES : genre >= GENRE_COUNT ? GENRE_COUNT - 1 : genre);
        return;
    }
    if (slot_window_move(&view->window, counter->office, &query, rows, &error))
        counter_say_error(counter, &error);
}

static void move_to_end(struct programme_view *view, struct counter *counter, bool last)
{
    struct slot_query query = query_of(view, counter);
    struct tk_error error = {0};

    if (view->in_genres)
        choose_genre(view, counter, last ? GENRE_COUNT - 1 : ALL_GENRES);
    else if (last ? slot_window_last(&view->window, counter->office, &query, &error)
                  : slot_window_first(&view->window, counter->office, &query, &error))
        counter_say_error(counter, &error);
}

/* Esc: out of the filter, then the filter, the genre, and (choosing) the view. */
static void step_back(struct programme_view *view, struct counter *counter)
{
    if (programme_filter(view)[0]) {
        form_set(&view->filter, 0, "");
        view->placed = false;
        counter->stale = true;
    } else if (view->filtering) {
        view->filtering = false;
    } else if (view->reissuing) {
        counter_pop(counter);
        return;
    } else {
        if (view->genre != ALL_GENRES)
            choose_genre(view, counter, ALL_GENRES);
        view->in_genres = false;
    }
    view->filtering = false;
}

static void show_tickets(const struct programme_view *view, struct counter *counter)
{
    const struct slot *slot = slot_window_slot(&view->window);

    if (slot)
        counter_push(counter, tickets_view_new(slot));
    else
        counter_say(counter, MESSAGE_WARNING, "No showing is selected.");
}

static void act_on_filter(struct programme_view *view, struct counter *counter,
                          enum action action)
{
    char before[FIELD_SIZE];

    text_copy(before, sizeof before, programme_filter(view));
    if (action == ACTION_UP || action == ACTION_DOWN) {
        move(view, counter, action == ACTION_UP ? -1 : 1);
    } else if (action == ACTION_ACCEPT) {
        view->filtering = false;
    } else if (form_act(&view->filter, action) && strcmp(before, programme_filter(view)) != 0) {
        view->placed = false;
        counter->stale = true;
    }
}

static void programme_act(struct view *base, struct counter *counter, enum action action,
                          int number)
{
    struct programme_view *view = cast(base);
    int page = counter->canvas.rows / 2;

    if (action == ACTION_BACK)
        step_back(view, counter);
    else if (view->filtering)
        act_on_filter(view, counter, action);
    else if (action == ACTION_ACCEPT)
        accept(view, counter);
    else if (action == ACTION_UP || action == ACTION_DOWN)
        move(view, counter, action == ACTION_UP ? -1 : 1);
    else if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN)
        move(view, counter, action == ACTION_PAGE_UP ? -page : page);
    else if (action == ACTION_FIRST || action == ACTION_LAST)
        move_to_end(view, counter, action == ACTION_LAST);
    else if (action == ACTION_LEFT || action == ACTION_RIGHT)
        view->in_genres = action == ACTION_LEFT;
    else if (action == ACTION_NEXT_PANE)
        view->in_genres = !view->in_genres;
    else if (action == ACTION_FILTER)
        view->filtering = true;
    else if (action == ACTION_TICKETS)
        show_tickets(view, counter);
    else if (action == ACTION_GENRE)
        choose_genre(view, counter, number - 1);
    else if (action == ACTION_SCHEDULE)
        counter_push(counter, schedule_view_new(counter));
}

static void programme_type(struct view *base, struct counter *counter, const char *text)
{
    struct programme_view *view = cast(base);

    if (!view->filtering || !form_type(&view->filter, text))
        return;
    view->placed = false;
    counter->stale = true;
}

/* Selects the slot in a row of the screen. */
static void select_row(struct programme_view *view, const struct counter *counter,
                       struct area area, int row)
{
    struct area list = {area.row + 1, area.column, area.rows - 1, area.columns};
    size_t first = programme_first_slot(view, counter, list), before = view->window.selected;

    for (size_t i = first; i < view->window.slots.count; i++) {
        int after;

        view->window.selected = i;
        after = programme_paint_rows(view, counter, NULL, list, first);
        if (after == row + 1)
            return;
        if (!after || after > row + 1)
            break;
    }
    view->window.selected = before;
}

static void programme_point(struct view *base, struct counter *counter, const struct event *event)
{
    struct programme_view *view = cast(base);
    struct programme_layout layout = programme_layout(view, counter_view_area(counter));

    if (event->kind == EVENT_SCROLL) {
        move(view, counter, event->rows);
        return;
    }
    if (event->row <= layout.genres.row || event->row >= layout.rule)
        return;
    view->in_genres = event->column < GENRE_WIDTH;
    if (view->in_genres)
        choose_genre(view, counter,
                     programme_first_genre(view, layout.genres.rows - 1) + event->row -
                         layout.genres.row - 1 + ALL_GENRES);
    else
        select_row(view, counter, layout.slots, event->row);
}

static void programme_leave(struct view *base)
{
    slot_window_release(&cast(base)->window);
    free(base);
}

static const struct view_ops programme_ops = {
    .title = "Programme",
    .group = programme_group,
    .recalc = programme_recalc,
    .resume = programme_resume,
    .paint = programme_paint,
    .act = programme_act,
    .type = programme_type,
    .point = programme_point,
    .form = programme_form,
    .mark = programme_mark,
    .leave = programme_leave,
};

struct view *programme_view_new(void)
{
    struct programme_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &programme_ops;
    view->genre = ALL_GENRES;
    for (int i = 0; i <= GENRE_COUNT; i++)
        view->counts[i] = -1;
    form_add(&view->filter, "", "", SLOT_NAME_SIZE - 1);
    return &view->view;
}

struct view *reissue_view_new(struct counter *counter, const struct ticket_view *ticket)
{
    struct programme_view *view = (struct programme_view *)programme_view_new();

    if (!view)
        return NULL;
    view->reissuing = true;
    view->old = *ticket;
    view->sought = ticket->slot;
    view->operation = office_make_id(counter->office);
    return &view->view;
}
