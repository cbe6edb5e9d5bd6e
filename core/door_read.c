/* The door: what the box office says of the slots served, and what is shown. */
#include <stdlib.h>
#include <string.h>

#include "core/door_internal.h"

#define LOOK (TIME_SECOND / 4) /* between two looks at what may have changed … */
#define LOOK_SLOTS (30 * TIME_SECOND) /* … and at the slots, though nothing changed: time does */
#define LOOK_KEYS TIME_SECOND /* … while a key has not come to this copy yet */
#define AHEAD TIME_HOUR /* before its admission opens a slot is taken in */
#define PAUSE_FIRST TIME_SECOND
#define PAUSE_MAX (10 * TIME_SECOND)

/* --- when --- */

void door_schedule(struct door *door, bool failed)
{
    int64_t now = office_now(door->office);

    if (!failed) {
        door->pause = 0;
        door->look_at = now + LOOK;
        return;
    }
    door->pause = !door->pause                  ? PAUSE_FIRST
                  : door->pause < PAUSE_MAX / 2 ? door->pause * 2
                                                : PAUSE_MAX;
    door->look_at = now + door->pause;
}

/* --- one slot --- */

struct served *door_find_served(const struct door *door, int64_t slot_id)
{
    for (size_t i = 0; i < door->slot_count; i++)
        if (door->slots[i].shown.slot.id == slot_id)
            return &door->slots[i];
    return NULL;
}

void door_count(struct served *served, int32_t change)
{
    served->shown.here += change;
    served->shown.slot.admitted += change;
}

static enum tk_code read_counts(struct door *door, struct served *served, struct tk_error *error)
{
    struct admission_count_list list = {0};
    enum tk_code code = office_admissions(door->office, served->shown.slot.id, &list, error);

    if (code) {
        admission_count_list_release(&list);
        return code;
    }
    admission_count_list_release(&served->shown.doors);
    served->shown.doors = list;
    served->shown.here = 0;
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].device, door->office->device) == 0)
            served->shown.here = list.items[i].count;
    return TK_OK;
}

/* Whether there is one. That it is not given (yet) is no failure: whoever judges a scan asks for it. */
static enum tk_code read_key(struct door *door, struct served *served, struct tk_error *error)
{
    const struct key_ring *keys = &door->office->keys;
    const struct slot *slot = &served->shown.slot;
    struct crypto_key key;
    struct tk_error why = {0};
    enum tk_code code;

    if (!slot->key_generation || (served->shown.has_key &&
                                  served->key_generation == slot->key_generation))
        return TK_OK;
    code = keys->slot_key(keys->context, slot->id, slot->key_generation, &key, &why);
    door->keyless = door->keyless || code == TK_NEEDS_CENTRE;
    if (!code) {
        served->key_generation = slot->key_generation;
        served->shown.has_key = true;
    }
    crypto_wipe(&key, sizeof key);
    return code == TK_INTERRUPTED ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

static enum tk_code read_slot(struct door *door, struct served *served, struct tk_error *error)
{
    const struct slot *slot = &served->shown.slot;
    enum tk_code code = TK_OK;

    if (!served->was_read || served->seq != slot->seq) {
        code = read_counts(door, served, error);
        if (!code)
            served->seq = slot->seq;
        served->was_read = !code;
    }
    return code ? code : read_key(door, served, error);
}

/* --- all slots --- */

static enum tk_code list_slots(struct door *door, struct slot_list *list, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;

    if (door->serves_all)
        return office_slots_admitting(door->office, AHEAD, list, error);
    query.ids = door->slot_ids;
    query.id_count = door->slot_id_count;
    return office_slots(door->office, &query, list, error);
}

static void served_release(struct served *served)
{
    admission_count_list_release(&served->shown.doors);
    *served = (struct served){0};
}

/* Brings the slots served into the order of the list: takes in those that are new, lets go those that
   are not in it. */
static enum tk_code take_slots(struct door *door, const struct slot_list *list,
                               struct tk_error *error)
{
    size_t count = list->count, count_before = door->slot_count;
    struct served *slots = calloc(count ? count : 1, sizeof *slots), *before = door->slots;

    if (!slots)
        return tk_fail_code(error, TK_NO_MEMORY);
    for (size_t i = 0; i < count; i++) {
        struct served *old = door_find_served(door, list->items[i].id);

        if (old) {
            slots[i] = *old;
            *old = (struct served){0}; /* its list has moved, its id is none */
        }
        slots[i].shown.slot = list->items[i];
        slots[i].shown.opens_at = plan_admission_opens_at(&list->items[i], &door->office->rules);
    }
    for (size_t i = 0; i < count_before; i++)
        served_release(&before[i]);
    free(before);
    door->slots = slots;
    door->slot_count = count;
    return TK_OK;
}

static enum tk_code read_slots(struct door *door, struct tk_error *error)
{
    struct slot_list list = {0};
    enum tk_code code = list_slots(door, &list, error);

    door->keyless = false;
    if (!code)
        code = take_slots(door, &list, error);
    for (size_t i = 0; !code && i < door->slot_count; i++)
        code = read_slot(door, &door->slots[i], error);
    slot_list_release(&list);
    return code;
}

enum tk_code door_read(struct door *door, bool *changed, struct tk_error *error)
{
    int64_t now = office_now(door->office);
    uint64_t version = 0;
    enum tk_code code = office_version(door->office, &version, error);

    if (code || (door->version_known && version == door->version && now < door->slots_at &&
                 door->slots_at - now <= LOOK_SLOTS &&
                 (!door_has_line(door) || door->line.disputes == door->disputes_read)))
        return code;
    door->version_known = false;
    code = read_slots(door, error);
    if (!code)
        code = door_read_disputes(door, changed, error);
    if (code)
        return code;
    door->version = version;
    door->version_known = true;
    door->slots_at = now + (door->keyless ? LOOK_KEYS : LOOK_SLOTS);
    *changed = true;
    return TK_OK;
}

/* --- what is shown --- */

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

uint64_t door_wrong_passes(const struct door *door)
{
    return door->wrong.count;
}
