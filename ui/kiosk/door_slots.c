/* The slots that a door serves, a row each. */
#include <stdio.h>

#include "ui/kiosk/door_view.h"

#define BAR_WIDTH 10
#define COUNT_WIDTH 15 /* "1234 of 1234 in" */
#define SCREEN_WIDTH 10
#define DOORS_MIN 100 /* columns from which each door's count is told */

static void name_doors(const struct door_slot *served, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < served->doors.count && used < size; i++) {
        const struct admission_count *door = &served->doors.items[i];

        used += (size_t)snprintf(text + used, size - used, "%s%s %lld", i ? ", " : "", door->device,
                                 (long long)door->count);
    }
}

static void paint_bar(const struct slot *slot, struct canvas *canvas, int row, int column)
{
    int filled = slot->sold ? (int)((int64_t)slot->admitted * BAR_WIDTH / slot->sold) : 0;

    if (slot->admitted && !filled)
        filled = 1;
    for (int i = 0; i < BAR_WIDTH; i++)
        canvas_put(canvas, row, column + i, 1, i < filled ? STYLE_BAR_FREE : STYLE_MUTED,
                   canvas_sign(canvas, i < filled ? SIGN_BAR : SIGN_BAR_FREE));
}

/* The bar, or why nobody comes in now. */
static void paint_state(const struct door_slot *served, const struct counter *counter,
                        struct canvas *canvas, int row, int column, int width)
{
    int64_t now = counter_now(counter);
    char clock[TIME_TEXT_MAX];

    if (now >= served->slot.ends_at) {
        canvas_put(canvas, row, column, width, STYLE_WARNING, "over");
    } else if (now < served->opens_at) {
        time_print_clock(clock, served->opens_at, counter_zone(counter));
        canvas_putf(canvas, row, column, width, STYLE_WARNING, "opens %s", clock);
    } else if (!served->has_key && served->slot.sold) {
        canvas_put(canvas, row, column, width, STYLE_BAD, "NO KEY");
    } else {
        paint_bar(&served->slot, canvas, row, column);
    }
}

/* `several`: at some slot more than one door lets in. */
static void paint_slot(const struct door_slot *served, const struct counter *counter,
                       struct canvas *canvas, int row, bool several)
{
    const struct slot *slot = &served->slot;
    int doors = !several ? 0 : canvas->columns >= DOORS_MIN ? canvas->columns / 4 : 9;
    int end = canvas->columns - 1 - doors, count = end - COUNT_WIDTH - 1;
    int bar = count - BAR_WIDTH - 2, screen = bar - SCREEN_WIDTH - 2;
    char clock[TIME_TEXT_MAX], text[300];

    if (canvas->columns < 70)
        screen = bar;
    time_print_clock(clock, slot->starts_at, counter_zone(counter));
    canvas_put(canvas, row, 1, 5, STYLE_STRONG, clock);
    canvas_put(canvas, row, 8, screen - 9, STYLE_NORMAL, slot->name);
    canvas_put(canvas, row, screen, bar - screen - 1, STYLE_MUTED, slot->screen);
    paint_state(served, counter, canvas, row, bar, BAR_WIDTH + 1);
    snprintf(text, sizeof text, "%d of %d in", slot->admitted, slot->sold);
    canvas_put_right(canvas, row, count, COUNT_WIDTH, STYLE_STRONG, text);
    snprintf(text, sizeof text, "here %lld", (long long)served->here);
    if (canvas->columns >= DOORS_MIN)
        name_doors(served, text, sizeof text);
    if (several)
        canvas_put(canvas, row, end + 2, doors - 2, STYLE_MUTED, text);
}

void door_view_paint_slots(const struct counter *counter, struct canvas *canvas, struct area area)
{
    size_t count = door_slot_count(counter->door);
    bool several = false;

    for (size_t i = 0; i < count; i++)
        several = several || door_slot_at(counter->door, i)->doors.count > 1;
    if (!count)
        canvas_put(canvas, area.row, 1, area.columns - 2, STYLE_MUTED,
                   "No showing is open now; each one comes here when its admission opens.");
    for (int i = 0; i < area.rows && (size_t)i < count; i++) {
        size_t left = count - (size_t)i;

        if (i + 1 == area.rows && left > 1)
            canvas_putf(canvas, area.row + i, 1, area.columns - 2, STYLE_MUTED,
                        "%s and %zu more showings", canvas_sign(canvas, SIGN_MORE), left);
        else
            paint_slot(door_slot_at(counter->door, (size_t)i), counter, canvas, area.row + i,
                       several);
    }
}
