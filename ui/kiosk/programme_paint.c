/* The programme view drawn. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/programme.h"

#define BAR_WIDTH 8
#define PLACES_WIDTH 5
#define SPLIT_WIDTH 23 /* "none here, 19 elsewhere" */
#define SPLIT_COLUMNS 50 /* from which that is said in full */

const char *programme_filter(const struct programme_view *view)
{
    return view->filter.fields[0].text;
}

int programme_first_genre(const struct programme_view *view, int rows)
{
    return view->genre + 1 >= rows ? view->genre + 2 - rows : 0;
}

static void paint_genres(const struct programme_view *view, struct canvas *canvas,
                         struct area area)
{
    int rows = area.rows - 1, first = programme_first_genre(view, rows), selected = view->genre + 1;

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
    bool split; /* places here and elsewhere are told in full, where the bar is else */
};

/* `cut`: a till that is cut off. */
static struct columns columns_of(struct area area, bool cut)
{
    struct columns c = {.time = area.column + 1, .split = cut && area.columns >= SPLIT_COLUMNS};
    int end = area.column + area.columns;

    c.places = end - 1 - PLACES_WIDTH;
    c.bar = c.split ? end - 1 - SPLIT_WIDTH : c.places - BAR_WIDTH - 1;
    c.screen_width = area.columns >= 80 ? 10 : 0;
    c.genre_width = area.columns >= 96   ? 32
                    : area.columns >= 70 ? 18
                    : area.columns >= 50 ? 11
                                         : 0;
    if (c.split)
        c.genre_width = area.columns >= 104 ? 32 : area.columns >= 70 ? 11 : 0;
    c.genre = c.bar - c.genre_width - (c.genre_width > 0);
    c.screen = c.genre - c.screen_width - (c.screen_width > 0);
    c.name = c.time + 6;
    c.name_width = c.screen - c.name - 1;
    return c;
}

/* What a till that is cut off can sell, and what others may. */
static void paint_split(const struct counter *counter, const struct slot *slot,
                        struct canvas *canvas, int row, const struct columns *c, enum style style)
{
    char text[64];

    if (c->split)
        line_print_places(counter, slot, "", text, sizeof text);
    else
        line_print_shortly(slot, text, sizeof text);
    canvas_put(canvas, row, c->bar, c->split ? SPLIT_WIDTH + 1 : BAR_WIDTH + 1 + PLACES_WIDTH,
               style, text);
}

static void paint_places(const struct counter *counter, const struct slot *slot,
                         struct canvas *canvas, int row, const struct columns *c, enum style style,
                         bool selected)
{
    int room = line_room(counter, slot), sold = slot->capacity - room, filled;
    char text[24];

    if (line_room_anywhere(counter, slot) == 0) {
        canvas_put(canvas, row, c->bar, BAR_WIDTH + PLACES_WIDTH, selected ? style : STYLE_WARNING,
                   "sold out");
        return;
    }
    if (line_is_cut(counter)) {
        paint_split(counter, slot, canvas, row, c,
                    selected || slot->here ? style : STYLE_WARNING);
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
    snprintf(text, sizeof text, "%d", room);
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
    if (c->genre_width)
        canvas_put(canvas, row, c->genre, c->genre_width, selected ? style : STYLE_MUTED, kind);
    paint_places(counter, slot, canvas, row, c, style, selected);
}

static void paint_titles(const struct programme_view *view, const struct counter *counter,
                         struct canvas *canvas, struct area area, const struct columns *c)
{
    int row = area.row;

    if (view->filtering || programme_filter(view)[0]) {
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
    if (line_is_cut(counter))
        return;
    canvas_put_right(canvas, row, c->places, PLACES_WIDTH, STYLE_STRONG, "left");
}

int programme_paint_rows(const struct programme_view *view, const struct counter *counter,
                      struct canvas *canvas, struct area area, size_t at)
{
    const struct slot_list *slots = &view->window.slots;
    struct columns c = columns_of(area, line_is_cut(counter));
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

size_t programme_first_slot(const struct programme_view *view, const struct counter *counter,
                         struct area list)
{
    size_t half = (size_t)list.rows / 2, selected = view->window.selected;
    size_t first = selected > half ? selected - half : 0;

    while (first > 0 && view->window.slots.count - first < (size_t)list.rows - 2 &&
           programme_paint_rows(view, counter, NULL, list, first - 1))
        first--;
    while (first < selected && !programme_paint_rows(view, counter, NULL, list, first))
        first++;
    return first;
}

static void paint_slots(const struct programme_view *view, const struct counter *counter,
                        struct canvas *canvas, struct area area)
{
    struct area list = {area.row + 1, area.column, area.rows - 1, area.columns};
    struct columns c = columns_of(area, line_is_cut(counter));
    size_t first;

    paint_titles(view, counter, canvas, area, &c);
    if (!view->window.slots.count) {
        canvas_put(canvas, list.row + 1, c.time, area.columns - 2, STYLE_MUTED,
                   line_is_there(counter) && counter->line.status.first
                       ? "Nothing was fetched from the box office yet."
                   : !programme_filter(view)[0]
                       ? (stand_offers(counter, OP_SCHEDULE)
                              ? "No open showing here. a schedules one."
                              : "No open showing here.")
                   : view->genre == ALL_GENRES  ? "No open showing has this in its name. Esc clears it."
                                         : "None of this genre has this in its name. Esc clears it.");
        return;
    }
    first = programme_first_slot(view, counter, list);
    programme_paint_rows(view, counter, canvas, list, first);
}

static void paint_details(const struct programme_view *view, const struct counter *counter,
                          struct canvas *canvas, struct area area)
{
    const struct slot *slot = slot_window_slot(&view->window);
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], left[64], held[64], in[40] = "", facts[200];
    const char *dot = canvas_sign(canvas, SIGN_DOT);
    int width, used, text_columns = area.columns - 2;

    if (!slot)
        return;
    time_print_clock(from, slot->starts_at, counter_zone(counter));
    time_print_clock(to, slot->ends_at, counter_zone(counter));
    if (line_is_cut(counter) && area.columns < GENRE_WIDTH + SPLIT_COLUMNS)
        line_print_shortly(slot, left, sizeof left);
    else
        line_print_places(counter, slot, "", left, sizeof left);
    line_print_held(counter, slot, held, sizeof held);
    if (slot->admitted)
        snprintf(in, sizeof in, " %s %d in", dot, slot->admitted);
    snprintf(facts, sizeof facts, " %s %s %s %s%s%s%s%s%s", dot, slot_type_name(slot->type), dot,
             from, canvas_sign(canvas, SIGN_DASH), to, slot->screen[0] ? ", " : "", slot->screen,
             in);
    width = area.columns - text_width(left) - 4;
    used = canvas_put(canvas, area.row, 1, width - text_width(facts), STYLE_STRONG, slot->name);
    canvas_put(canvas, area.row, 1 + used, width - used, STYLE_NORMAL, facts);
    canvas_put_right(canvas, area.row, width, text_width(left) + 3,
                     line_room(counter, slot) ? STYLE_GOOD : STYLE_WARNING, left);
    if (held[0]) {
        text_columns -= text_width(held) + 2;
        canvas_put_right(canvas, area.row + 1, 1, area.columns - 2, STYLE_MUTED, held);
    }
    canvas_put_wrapped(canvas, (struct area){area.row + 1, 1, area.rows - 1, text_columns},
                       STYLE_NORMAL, slot->description);
}

struct programme_layout programme_layout(const struct programme_view *view, struct area area)
{
    int details = area.rows >= 34 ? 6 : area.rows >= 26 ? 4 : 3;
    int rule = area.row + area.rows - details - 1;
    int top = area.row + view->reissuing; /* a heading takes a row */

    return (struct programme_layout){
        .genres = {top, 0, rule - top, GENRE_WIDTH},
        .slots = {top, GENRE_WIDTH + 1, rule - top, area.columns - GENRE_WIDTH - 1},
        .details = {rule + 1, 0, details, area.columns},
        .rule = rule,
    };
}

void programme_paint(const struct view *base, const struct counter *counter,
                            struct canvas *canvas, struct area area)
{
    const struct programme_view *view = (const struct programme_view *)base;
    struct programme_layout layout = programme_layout(view, area);

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
