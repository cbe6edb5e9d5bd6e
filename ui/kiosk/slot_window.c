#include "ui/kiosk/slot_window.h"

#include <string.h>

#define AROUND 120 /* slots loaded on either side: more than any screen shows */
#define MARGIN 70  /* fewer than this on a side: load more */

void slot_window_release(struct slot_window *window)
{
    slot_list_release(&window->slots);
    *window = (struct slot_window){0};
}

const struct slot *slot_window_slot(const struct slot_window *window)
{
    return window->selected < window->slots.count ? &window->slots.items[window->selected] : NULL;
}

static void reverse(struct slot_list *list)
{
    for (size_t i = 0, j = list->count; i + 1 < j; i++) {
        struct slot swap = list->items[i];

        list->items[i] = list->items[--j];
        list->items[j] = swap;
    }
}

/* Loads AROUND slots before a place and as many from it on. Nothing changes on failure. */
static enum tk_code load_around(struct slot_window *window, struct box_office *office,
                                const struct slot_query *query, int64_t starts_at, int64_t id,
                                struct tk_error *error)
{
    struct slot_query part = *query;
    struct slot_list slots = {0};
    size_t before;
    enum tk_code code;

    part.limit = AROUND;
    part.after_given = true;
    part.after_starts_at = starts_at;
    part.after_id = id;
    part.descending = true;
    code = office_slots(office, &part, &slots, error);
    if (!code) {
        reverse(&slots);
        before = slots.count;
        part.descending = false;
        part.after_id = id - 1; /* the place itself belongs to what follows */
        code = office_slots(office, &part, &slots, error);
    }
    if (code) {
        slot_list_release(&slots);
        return code;
    }
    slot_list_release(&window->slots);
    window->slots = slots;
    window->more_before = before == AROUND;
    window->more_after = slots.count - before == AROUND;
    window->selected = before < slots.count ? before : slots.count - (slots.count > 0);
    return TK_OK;
}

enum tk_code slot_window_reload(struct slot_window *window, struct box_office *office,
                                const struct slot_query *query, struct tk_error *error)
{
    const struct slot *slot = slot_window_slot(window);

    return slot ? load_around(window, office, query, slot->starts_at, slot->id, error)
                : load_around(window, office, query, 0, 0, error);
}

enum tk_code slot_window_seek(struct slot_window *window, struct box_office *office,
                              const struct slot_query *query, int64_t starts_at,
                              struct tk_error *error)
{
    return load_around(window, office, query, starts_at, 0, error);
}

enum tk_code slot_window_first(struct slot_window *window, struct box_office *office,
                               const struct slot_query *query, struct tk_error *error)
{
    return load_around(window, office, query, 0, 0, error);
}

enum tk_code slot_window_last(struct slot_window *window, struct box_office *office,
                              const struct slot_query *query, struct tk_error *error)
{
    return load_around(window, office, query, INT64_MAX - 1, INT64_MAX, error);
}

enum tk_code slot_window_move(struct slot_window *window, struct box_office *office,
                              const struct slot_query *query, int rows, struct tk_error *error)
{
    size_t count = window->slots.count, room, by = (size_t)(rows < 0 ? -rows : rows);
    bool short_of;

    if (!count)
        return TK_OK;
    room = rows < 0 ? window->selected : count - 1 - window->selected;
    if (by > room)
        by = room;
    window->selected = rows < 0 ? window->selected - by : window->selected + by;
    short_of = (window->more_before && window->selected < MARGIN) ||
               (window->more_after && count - 1 - window->selected < MARGIN);
    return short_of ? slot_window_reload(window, office, query, error) : TK_OK;
}
