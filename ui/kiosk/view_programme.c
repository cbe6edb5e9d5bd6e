/*
 * The programme: genres beside slots, the selected one described. The same view lets the clerk
 * choose the new showing of a reissue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/form.h"
#include "ui/kiosk/slot_window.h"
#include "ui/kiosk/view.h"

#define GENRE_WIDTH 22
#define BAR_WIDTH 8
#define PLACES_WIDTH 5
#define COUNT_SLICE (3 * TIME_SECOND / 1000) /* µs a turn for counting genres */
#define ALL (-1)

struct programme_view {
    struct view view;
    bool reissuing;
    struct ticket_view old; /* the ticket to reissue */
    struct op_id operation; /* of the reissue: a second Enter never does it twice */
    struct slot_window window;
    int genre; /* ALL or a genre */
    bool in_genres; /* which pane the keys go to */
    struct form filter; /* one field */
    bool filtering;     /* it is being typed in */
    bool placed;        /* the selection is where it should be */
    bool begun;         /* it was placed once */
    int64_t counts[GENRE_COUNT + 1]; /* [0]: all, [1 + genre]; -1: not known yet */
    int counted;                     /* how many genres are up to date */
};

static struct programme_view *cast(struct view *view)
{
    return (struct programme_view *)view;
}

static const char *filter_text(const struct programme_view *view)
{
    return view->filter.fields[0].text;
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
    query.contains = filter_text(view)[0] ? filter_text(view) : NULL;
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

/* The next showing that still has room: the first that starts from now on, else any. */
static enum tk_code select_next(struct programme_view *view, struct counter *counter,
                                const struct slot_query *query, struct tk_error *error)
{
    struct slot_query next = *query;
    struct slot_list found = {0};
    enum tk_code code;

    next.with_room = true;
    next.limit = 1;
    next.from = counter_now(counter);
    code = office_slots(counter->office, &next, &found, error);
    if (!code && !found.count) {
        next.from = 0;
        code = office_slots(counter->office, &next, &found, error);
    }
    if (!code)
        code = found.count ? select_slot(view, counter, query, &found.items[0], error)
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
    else if (view->reissuing && !view->begun)
        code = select_slot(view, counter, &query, &view->old.slot, &error);
    else
        code = select_next(view, counter, &query, &error);
    view->begun = true;
    if (code)
        counter_say_error(counter, &error);
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
    if (genre < ALL || genre >= GENRE_COUNT)
        return;
    view->genre = genre;
    view->placed = false;
    counter->stale = true;
}

/* --- painting --- */

/* The first line of the genres (0 is All) that is shown in so many rows. */
static int first_genre(const struct programme_view *view, int rows)
{
    return view->genre + 1 >= rows ? view->genre + 2 - rows : 0;
}

static void paint_genres(const struct programme_view *view, struct canvas *canvas,
                         struct area area)
{
    int rows = area.rows - 1, first = first_genre(view, rows), selected = view->genre + 1;

    canvas_put(canvas, area.row, area.column + 1, area.columns - 2, STYLE_STRONG, "Genre");
    canvas_put_right(canvas, area.row, area.column, area.columns - 1, STYLE_STRONG, "Open");
    for (int i = 0; i < rows && first + i <= GENRE_COUNT; i++) {
        int at = first + i, row = area.row + 1 + i;
        enum style style = at != selected   ? STYLE_NORMAL
                           : view->in_genres ? STYLE_SELECTED
                                             : STYLE_SELECTED_IDLE;
        char count[24];

        canvas_fill(canvas, (struct area){row, area.column, 1, area.columns}, style);
        if (at == selected)
            canvas_put(canvas, row, area.column, 1, style, canvas_sign(canvas, SIGN_POINTER));
        canvas_put(canvas, row, area.column + 1, area.columns - 7, style,
                   at ? genre_name((enum genre)(at - 1)) : "All");
        snprintf(count, sizeof count, "%lld", (long long)view->counts[at]);
        if (view->counts[at] >= 0)
            canvas_put_right(canvas, row, area.column, area.columns - 1, style, count);
    }
}

/* Where the columns of a row stand in the space there is. */
struct columns {
    int time, name, screen, genre, bar, places;
    int name_width, screen_width, genre_width;
};

static struct columns columns_of(struct area area)
{
    struct columns c = {.time = area.column + 1};
    int end = area.column + area.columns;

    c.places = end - 1 - PLACES_WIDTH;
    c.bar = c.places - BAR_WIDTH - 1;
    c.screen_width = area.columns >= 80 ? 10 : 0;
    c.genre_width = area.columns >= 96   ? 32
                    : area.columns >= 70 ? 18
                    : area.columns >= 50 ? 11
                                         : 0;
    c.genre = c.bar - c.genre_width - (c.genre_width > 0);
    c.screen = c.genre - c.screen_width - (c.screen_width > 0);
    c.name = c.time + 6;
    c.name_width = c.screen - c.name - 1;
    return c;
}

static void paint_places(const struct slot *slot, struct canvas *canvas, int row,
                         const struct columns *c, enum style style, bool selected)
{
    int sold = slot->capacity - slot->available, filled;
    char text[24];

    if (slot->available == 0) {
        canvas_put(canvas, row, c->bar, BAR_WIDTH + PLACES_WIDTH, selected ? style : STYLE_WARNING,
                   "sold out");
        return;
    }
    filled = (int)((int64_t)sold * BAR_WIDTH / slot->capacity);
    if (sold > 0 && filled == 0)
        filled = 1;
    for (int i = 0; i < BAR_WIDTH; i++)
        canvas_put(canvas, row, c->bar + i, 1,
                   selected     ? style
                   : i < filled ? STYLE_BAR
                                : STYLE_BAR_FREE,
                   canvas_sign(canvas, i < filled ? SIGN_BAR : SIGN_BAR_FREE));
    snprintf(text, sizeof text, "%d", slot->available);
    canvas_put_right(canvas, row, c->places, PLACES_WIDTH, style, text);
}

static void paint_slot(const struct slot *slot, const struct counter *counter,
                       struct canvas *canvas, int row, const struct columns *c, enum style style,
                       bool selected)
{
    char clock[TIME_TEXT_MAX], kind[80];

    time_print_clock(clock, slot->starts_at, counter_zone(counter));
    canvas_put(canvas, row, c->time, 5, style, clock);
    canvas_put(canvas, row, c->name, c->name_width, style, slot->name);
    if (c->screen_width)
        canvas_put(canvas, row, c->screen, c->screen_width, style, slot->screen);
    if (c->genre_width >= 24)
        snprintf(kind, sizeof kind, "%s %s %s", slot_type_name(slot->type),
                 canvas_sign(canvas, SIGN_DOT), genre_name(slot->genre));
    else if (slot->type == SLOT_MOVIE)
        snprintf(kind, sizeof kind, "%s", genre_name(slot->genre));
    else
        snprintf(kind, sizeof kind, "%s", slot_type_name(slot->type));
    canvas_put(canvas, row, c->genre, c->genre_width, selected ? style : STYLE_MUTED, kind);
    paint_places(slot, canvas, row, c, style, selected);
}

static void paint_titles(const struct programme_view *view, struct canvas *canvas,
                         struct area area, const struct columns *c)
{
    int row = area.row;

    if (view->filtering || filter_text(view)[0]) {
        canvas_put(canvas, row, c->time, 8, STYLE_STRONG, "Filter /");
        field_paint(&view->filter.fields[0], canvas, row, c->time + 9, 28, view->filtering);
        return;
    }
    canvas_put(canvas, row, c->time, 5, STYLE_STRONG, "Time");
    canvas_put(canvas, row, c->name, c->name_width, STYLE_STRONG, "Showing");
    if (c->screen_width)
        canvas_put(canvas, row, c->screen, c->screen_width, STYLE_STRONG, "Screen");
    canvas_put(canvas, row, c->genre, c->genre_width, STYLE_STRONG,
               c->genre_width >= 24 ? "Type, genre" : "Genre");
    canvas_put(canvas, row, c->bar, BAR_WIDTH, STYLE_STRONG, "Places");
    canvas_put_right(canvas, row, c->places, PLACES_WIDTH, STYLE_STRONG, "left");
}

/* Rows from slot `at` on until row `end`, a heading before each new day; returns the row after the
   selected slot, or 0 when it is not among them. Paints only when canvas is given. */
static int paint_rows(const struct programme_view *view, const struct counter *counter,
                      struct canvas *canvas, struct area area, size_t at)
{
    const struct slot_list *slots = &view->window.slots;
    struct columns c = columns_of(area);
    int row = area.row, end = area.row + area.rows, found = 0;
    int64_t day = -1;

    for (; at < slots->count && row < end; at++) {
        const struct slot *slot = &slots->items[at];
        bool selected = at == view->window.selected;
        enum style style = !selected        ? STYLE_NORMAL
                           : view->in_genres ? STYLE_SELECTED_IDLE
                                             : STYLE_SELECTED;
        char heading[TIME_TEXT_MAX];

        if (time_day_number(slot->starts_at, counter_zone(counter)) != day) {
            day = time_day_number(slot->starts_at, counter_zone(counter));
            counter_day(counter, slot->starts_at, heading, sizeof heading);
            if (canvas)
                canvas_put(canvas, row, c.time, area.columns - 2, STYLE_STRONG, heading);
            if (++row == end)
                break;
        }
        if (canvas && selected) {
            canvas_fill(canvas, (struct area){row, area.column, 1, area.columns}, style);
            canvas_put(canvas, row, area.column, 1, style, canvas_sign(canvas, SIGN_POINTER));
        }
        if (canvas)
            paint_slot(slot, counter, canvas, row, &c, style, selected);
        row++;
        if (selected)
            found = row;
    }
    return found;
}

/* The first slot that is shown: the selection stands in the middle where the list is long enough on
   both sides. */
static size_t first_slot(const struct programme_view *view, const struct counter *counter,
                         struct area list)
{
    size_t half = (size_t)list.rows / 2, selected = view->window.selected;
    size_t first = selected > half ? selected - half : 0;

    while (first > 0 && view->window.slots.count - first < (size_t)list.rows - 2 &&
           paint_rows(view, counter, NULL, list, first - 1))
        first--;
    while (first < selected && !paint_rows(view, counter, NULL, list, first))
        first++;
    return first;
}

static void paint_slots(const struct programme_view *view, const struct counter *counter,
                        struct canvas *canvas, struct area area)
{
    struct area list = {area.row + 1, area.column, area.rows - 1, area.columns};
    struct columns c = columns_of(area);
    size_t first;

    paint_titles(view, canvas, area, &c);
    if (!view->window.slots.count) {
        canvas_put(canvas, list.row + 1, c.time, area.columns - 2, STYLE_MUTED,
                   !filter_text(view)[0] ? "No open showing here. a schedules one."
                   : view->genre == ALL  ? "No open showing has this in its name. Esc clears it."
                                         : "None of this genre has this in its name. Esc clears it.");
        return;
    }
    first = first_slot(view, counter, list);
    paint_rows(view, counter, canvas, list, first);
}

static void paint_details(const struct programme_view *view, const struct counter *counter,
                          struct canvas *canvas, struct area area)
{
    const struct slot *slot = slot_window_slot(&view->window);
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], left[40], facts[160];
    const char *dot = canvas_sign(canvas, SIGN_DOT);
    int width, used;

    if (!slot)
        return;
    time_print_clock(from, slot->starts_at, counter_zone(counter));
    time_print_clock(to, slot->ends_at, counter_zone(counter));
    snprintf(left, sizeof left, "%d of %d left", slot->available, slot->capacity);
    snprintf(facts, sizeof facts, " %s %s %s %s%s%s%s%s", dot, slot_type_name(slot->type), dot,
             from, canvas_sign(canvas, SIGN_DASH), to, slot->screen[0] ? ", " : "", slot->screen);
    width = area.columns - text_width(left) - 4;
    used = canvas_put(canvas, area.row, 1, width - text_width(facts), STYLE_STRONG, slot->name);
    canvas_put(canvas, area.row, 1 + used, width - used, STYLE_NORMAL, facts);
    canvas_put_right(canvas, area.row, width, text_width(left) + 3,
                     slot->available ? STYLE_GOOD : STYLE_WARNING, left);
    canvas_put_wrapped(canvas, (struct area){area.row + 1, 1, area.rows - 1, area.columns - 2},
                       STYLE_NORMAL, slot->description);
}

/* Where the parts of the view stand. */
struct layout {
    struct area genres, slots, details;
    int rule;
};

static struct layout layout_of(const struct programme_view *view, struct area area)
{
    int details = area.rows >= 34 ? 6 : area.rows >= 26 ? 4 : 3;
    int rule = area.row + area.rows - details - 1;
    int top = area.row + view->reissuing; /* a heading takes a row */

    return (struct layout){
        .genres = {top, 0, rule - top, GENRE_WIDTH},
        .slots = {top, GENRE_WIDTH + 1, rule - top, area.columns - GENRE_WIDTH - 1},
        .details = {rule + 1, 0, details, area.columns},
        .rule = rule,
    };
}

static void programme_paint(const struct view *base, const struct counter *counter,
                            struct canvas *canvas, struct area area)
{
    const struct programme_view *view = (const struct programme_view *)base;
    struct layout layout = layout_of(view, area);

    if (view->reissuing) {
        char id[ID_TEXT_MAX];

        id_print(id, ID_TICKET, view->old.ticket.id);
        canvas_fill(canvas, (struct area){area.row, 0, 1, area.columns}, STYLE_SELECTED_IDLE);
        canvas_putf(canvas, area.row, 1, area.columns - 2, STYLE_WARNING,
                    "Reissue %s: choose the new showing, Enter (%s)", id, view->old.slot.name);
    }
    paint_genres(view, canvas, layout.genres);
    canvas_rule_down(canvas, layout.genres.row, GENRE_WIDTH, layout.genres.rows);
    paint_slots(view, counter, canvas, layout.slots);
    canvas_rule(canvas, layout.rule, 0, area.columns);
    canvas_put(canvas, layout.rule, GENRE_WIDTH, 1, STYLE_RULE, canvas_sign(canvas, SIGN_TEE_UP));
    paint_details(view, counter, canvas, layout.details);
}

/* --- acting --- */

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
        if (tk_code_is_refusal(code))
            view->operation = office_make_id(counter->office);
        return;
    }
    id_print(id, ID_TICKET, fresh.ticket.id);
    id_print(old_id, ID_TICKET, old.ticket.id);
    counter_pop_all(counter);
    counter_push(counter, ticket_view_new(fresh.ticket.id));
    counter_say(counter, MESSAGE_GOOD, "Reissued: %s replaces %s, whose pass no longer works.", id,
                old_id);
}

static void accept(struct programme_view *view, struct counter *counter)
{
    const struct slot *slot = slot_window_slot(&view->window);
    struct tk_error error = {0};

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
    if (office_check_open(counter->office, slot, &error))
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

        choose_genre(view, counter, genre < ALL ? ALL : genre >= GENRE_COUNT ? GENRE_COUNT - 1 : genre);
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
        choose_genre(view, counter, last ? GENRE_COUNT - 1 : ALL);
    else if (last ? slot_window_last(&view->window, counter->office, &query, &error)
                  : slot_window_first(&view->window, counter->office, &query, &error))
        counter_say_error(counter, &error);
}

/* Esc: out of the filter, then the filter, the genre, and (choosing) the view. */
static void step_back(struct programme_view *view, struct counter *counter)
{
    if (filter_text(view)[0]) {
        form_set(&view->filter, 0, "");
        view->placed = false;
        counter->stale = true;
    } else if (view->filtering) {
        view->filtering = false;
    } else if (view->reissuing) {
        counter_pop(counter);
        return;
    } else {
        if (view->genre != ALL)
            choose_genre(view, counter, ALL);
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

    text_copy(before, sizeof before, filter_text(view));
    if (action == ACTION_UP || action == ACTION_DOWN) {
        move(view, counter, action == ACTION_UP ? -1 : 1);
    } else if (action == ACTION_ACCEPT) {
        view->filtering = false;
    } else if (form_act(&view->filter, action) && strcmp(before, filter_text(view)) != 0) {
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
    size_t first = first_slot(view, counter, list), before = view->window.selected;

    for (size_t i = first; i < view->window.slots.count; i++) {
        int after;

        view->window.selected = i;
        after = paint_rows(view, counter, NULL, list, first);
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
    struct layout layout = layout_of(view, counter_view_area(counter));

    if (event->kind == EVENT_SCROLL) {
        move(view, counter, event->rows);
        return;
    }
    if (event->row <= layout.genres.row || event->row >= layout.rule)
        return;
    view->in_genres = event->column < GENRE_WIDTH;
    if (view->in_genres)
        choose_genre(view, counter,
                     first_genre(view, layout.genres.rows - 1) + event->row -
                         layout.genres.row - 1 + ALL);
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
    .leave = programme_leave,
};

struct view *programme_view_new(void)
{
    struct programme_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &programme_ops;
    view->genre = ALL;
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
    view->operation = office_make_id(counter->office);
    return &view->view;
}
