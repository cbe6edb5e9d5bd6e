/* What is on, in large letters, while nobody is at a kiosk. Any key takes it away. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/bigtype.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/view.h"
#include "ui/kiosk/view_sign_on.h"

#define SHOWINGS 12
#define LOOK_EVERY (10 * TIME_SECOND)
#define BAR 20 /* cells of the bar of places */
#define BAND_GAP 1

struct attract_view {
    struct view view;
    struct slot_list slots;
    int64_t looked_at; /* by stand_now */
};

static const struct view_ops attract_ops;

bool view_is_attract(const struct view *view)
{
    return view->ops == &attract_ops;
}

static unsigned attract_group(const struct view *view)
{
    (void)view;
    return 0; /* every key does the same */
}

/* The next showings with room; those shown before when it cannot be asked. */
static void attract_recalc(struct view *base, struct counter *counter)
{
    struct attract_view *view = (struct attract_view *)base;
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list found = {0};
    enum tk_code code;

    view->looked_at = stand_now();
    office_query_open(counter->office, &query);
    query.with_room = true;
    query.limit = SHOWINGS;
    counter->in_passing = true;
    code = office_slots(counter->office, &query, &found, NULL);
    counter->in_passing = false;
    if (!code) {
        slot_list_release(&view->slots);
        view->slots = found;
    } else {
        slot_list_release(&found);
    }
}

static void attract_tick(struct view *base, struct counter *counter)
{
    const struct attract_view *view = (const struct attract_view *)base;

    if (stand_now() - view->looked_at >= LOOK_EVERY)
        counter->stale = true;
}

static bool attract_is_whole(const struct view *view, const struct canvas *canvas)
{
    (void)view, (void)canvas;
    return true;
}

/* --- painting --- */

/* A name as large letters have it: A to Z and 0 to 9. */
static void spell(char *word, size_t size, const char *name)
{
    char folded[SLOT_NAME_SIZE * 4];
    size_t used = 0;

    text_fold(folded, sizeof folded, name);
    for (const char *p = folded; *p && used + 1 < size; p++)
        if (isalnum((unsigned char)*p) || (*p == ' ' && used && word[used - 1] != ' '))
            word[used++] = (char)toupper((unsigned char)*p);
    word[used] = '\0';
}

/* "19:45" in large figures; returns the cells used. */
static int paint_time(struct canvas *canvas, int row, int column, struct bigtype type,
                      const char *clock)
{
    char hours[3] = {clock[0], clock[1], '\0'};
    int at = column + bigtype_width(hours, type) + type.across;
    const char *block = canvas->ascii || canvas->colourless ? "#" : " ";

    bigtype_put(canvas, row, column, type, STYLE_READY_INK, hours);
    for (int y = 0; y < BIGTYPE_ROWS * type.down; y++)
        for (int x = 0; x < type.across; x++)
            if (y / type.down == 1 || y / type.down == 3)
                canvas_put(canvas, row + y, at + x, 1, STYLE_READY_INK, block);
    at += 2 * type.across;
    bigtype_put(canvas, row, at, type, STYLE_READY_INK, clock + 3);
    return at + bigtype_width(clock + 3, type) - column;
}

static void paint_bar(const struct slot *slot, int32_t room, struct canvas *canvas, int row,
                      int column)
{
    int taken = slot->capacity > 0 ? BAR - (int)((int64_t)BAR * room / slot->capacity) : 0;

    for (int i = 0; i < BAR; i++)
        canvas_put(canvas, row, column + i, 1, i < taken ? STYLE_BAR : STYLE_BAR_FREE,
                   canvas_sign(canvas, i < taken ? SIGN_BAR : SIGN_BAR_FREE));
}

/* One showing: its time large, beside it what it is. */
static void paint_showing(const struct slot *slot, const struct counter *counter,
                          struct canvas *canvas, struct area area, struct bigtype type)
{
    int32_t room = line_room_anywhere(counter, slot);
    char clock[TIME_TEXT_MAX], day[TIME_TEXT_MAX + 16], word[SLOT_NAME_SIZE * 4];
    int column, width, row = area.row + (area.rows - BIGTYPE_ROWS) / 2;
    struct bigtype large;

    time_print_clock(clock, slot->starts_at, counter_zone(counter));
    counter_day(counter, slot->starts_at, day, sizeof day);
    column = area.column + paint_time(canvas, area.row, area.column, type, clock) + 4;
    width = area.column + area.columns - column;
    spell(word, sizeof word, slot->name);
    large = bigtype_fit(word, area.rows - 3, width);
    if (large.down) { /* the rest stands below */
        bigtype_put(canvas, area.row, column, large, STYLE_READY_INK, word);
        row = area.row + area.rows - 4;
    } else {
        canvas_put(canvas, row, column, width, STYLE_STRONG, slot->name);
    }
    canvas_putf(canvas, row + 2, column, width, STYLE_NORMAL, "%s%s%s  %s", day,
                slot->screen[0] ? "  " : "", slot->screen, genre_name(slot->genre));
    if (width >= BAR + 20) {
        paint_bar(slot, room, canvas, row + 3, column);
        column += BAR + 2;
    }
    canvas_putf(canvas, row + 3, column, width, STYLE_GOOD, "%d %s", room,
                room == 1 ? "place" : "places");
}

static int paint_title(const struct counter *counter, struct canvas *canvas, struct area area)
{
    const char *name = settings_text(counter->settings, SETTING_venue_name);
    char clock[TIME_TEXT_MAX];

    time_print_day(clock, counter_now(counter), counter_zone(counter));
    canvas_fill(canvas, (struct area){area.row, area.column, 1, area.columns}, STYLE_HEADER);
    canvas_putf(canvas, area.row, area.column + 2, area.columns - 24, STYLE_HEADER, "%s  %s", name,
                counter->training ? "TRAINING: nothing here is real" : "");
    canvas_put_right(canvas, area.row, area.column + area.columns - 22, 20, STYLE_HEADER, clock);
    return 2;
}

static void attract_paint(const struct view *base, const struct counter *counter,
                          struct canvas *canvas, struct area area)
{
    const struct attract_view *view = (const struct attract_view *)base;
    int large = area.columns >= 130 && area.rows >= 40, row;
    struct bigtype type = {1 + large, 1 + large, area.columns < 100};
    int band = BIGTYPE_ROWS * type.down + BAND_GAP + large;
    int end = area.row + area.rows - 1;

    row = area.row + paint_title(counter, canvas, area);
    if (!view->slots.count)
        canvas_put(canvas, row + 1, 4, area.columns - 8, STYLE_STRONG, "Tickets are sold here.");
    for (size_t i = 0; i < view->slots.count && row + band <= end + 1; i++, row += band)
        paint_showing(
            &view->slots.items[i], counter, canvas,
            (struct area){row, area.column + 3, band - BAND_GAP - large, area.columns - 6}, type);
    canvas_put(canvas, area.row + area.rows, 2, area.columns - 4, STYLE_HINT,
               "Press any key to begin.");
    canvas_cursor(canvas, -1, -1);
}

static void attract_act(struct view *base, struct counter *counter, enum action action, int number)
{
    (void)base, (void)action, (void)number;
    counter_pop(counter);
}

static void attract_leave(struct view *base)
{
    slot_list_release(&((struct attract_view *)base)->slots);
    free(base);
}

static const struct view_ops attract_ops = {
    .title = "Attract",
    .guard = GUARD_GUEST,
    .group = attract_group,
    .recalc = attract_recalc,
    .is_whole = attract_is_whole,
    .paint = attract_paint,
    .act = attract_act,
    .tick = attract_tick,
    .leave = attract_leave,
};

struct view *attract_view_new(void)
{
    struct attract_view *view = calloc(1, sizeof *view);

    if (view)
        view->view.ops = &attract_ops;
    return view ? &view->view : NULL;
}
