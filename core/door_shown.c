/* The door: what is shown. */
#include <string.h>

#include "core/door_internal.h"

struct served *door_find_served(const struct door *door, int64_t slot_id)
{
    for (size_t i = 0; i < door->slot_count; i++)
        if (door->slots[i].shown.slot.id == slot_id)
            return &door->slots[i];
    return NULL;
}

void door_count(struct door *door, struct served *served)
{
    int64_t change = 0;

    for (size_t i = 0; i < door->own.count; i++)
        if (door->own.items[i].slot_id == served->shown.slot.id)
            change += door->own.items[i].change;
    served->shown.here = served->here + change;
    served->shown.slot.admitted = (int32_t)(served->admitted + change);
}

size_t door_slot_count(const struct door *door)
{
    return door->slot_count;
}

const struct door_slot *door_slot_at(const struct door *door, size_t at)
{
    return &door->slots[at].shown;
}

bool door_serves_all(const struct door *door)
{
    return door->serves_all;
}

size_t door_scan_count(const struct door *door)
{
    return door->kept_count;
}

const struct door_scan *door_scan_at(const struct door *door, size_t at)
{
    return &door_kept(door, at)->scan;
}

int64_t door_away_since(const struct door *door)
{
    return door_is_cut_off(door) ? door->line.away_since : door->away_since;
}

size_t door_waiting(const struct door *door)
{
    return door_has_line(door) ? (size_t)door->line.waiting : door->waiting;
}

size_t door_conflict_count(const struct door *door)
{
    return door->conflicts.count;
}

const struct door_conflict *door_conflict_at(const struct door *door, size_t at)
{
    return &door->conflicts.items[door->conflicts.count - 1 - at];
}

bool door_take_conflict(struct door *door, struct door_conflict *conflict)
{
    if (door->conflicts_told >= door->conflicts.count)
        return false;
    *conflict = door->conflicts.items[door->conflicts_told++];
    return true;
}

void door_forget_conflict(struct door *door, size_t at)
{
    struct conflict_list *list = &door->conflicts;

    list->count--;
    memmove(list->items + at, list->items + at + 1, (list->count - at) * sizeof *list->items);
    door->conflicts_told -= at < door->conflicts_told;
}

enum tk_code door_acknowledge(struct door *door, const struct op_id *id, struct tk_error *error)
{
    const struct conflict_list *list = &door->conflicts;
    size_t at = 0;
    enum tk_code code;

    while (at < list->count && !op_id_equal(&list->items[at].id, id))
        at++;
    if (at == list->count)
        return TK_OK;
    code = list->items[at].is_dispute ? door_close_dispute(door, id, error)
                                      : door->record->ops->acknowledge(door->record, id, error);
    if (!code)
        door_forget_conflict(door, at);
    return code;
}

uint64_t door_wrong_passes(const struct door *door)
{
    return door->wrong.count;
}
