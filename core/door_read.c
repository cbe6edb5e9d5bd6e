/* The door: what the box office says of the slots served. */
#include <stdlib.h>
#include <string.h>

#include "core/door_internal.h"
#include "core/list.h"
#include "core/text.h"

#define LOOK_HERE (TIME_SECOND / 4) /* between two looks at a file … */
#define LOOK_SERVICE (2 * TIME_SECOND)
#define LOOK_SLOTS (30 * TIME_SECOND) /* … and at the slots, though nothing changed: time does */
#define LOOK_KEYS TIME_SECOND /* … while a key has not come to this copy yet */
#define AHEAD TIME_HOUR /* before its admission opens a slot is taken in */
#define PAUSE_FIRST TIME_SECOND
#define PAUSE_MAX (10 * TIME_SECOND)
#define TICKETS_PAGE 1000

/* --- when --- */

/* Doors that were cut off together come back one by one. */
static int64_t spread(const struct door *door, int64_t pause)
{
    const struct office_ports *ports = &door->office->ports;
    uint16_t noise;

    ports->random(ports->context, &noise, sizeof noise);
    return pause - pause / 4 + pause / 2 * noise / UINT16_MAX;
}

void door_schedule(struct door *door, bool failed)
{
    int64_t now = office_now(door->office);

    if (!failed) {
        door->pause = 0;
        door->look_at = now + (door->has_service ? spread(door, LOOK_SERVICE) : LOOK_HERE);
        return;
    }
    door->pause = !door->pause                  ? PAUSE_FIRST
                  : door->pause < PAUSE_MAX / 2 ? door->pause * 2
                                                : PAUSE_MAX;
    door->look_at = now + spread(door, door->pause);
}

/* --- tickets that are known --- */

struct ticket *door_known(const struct door *door, uint64_t ticket_id)
{
    size_t place = map_find(&door->known_places, ticket_id);

    return place == MAP_NONE ? NULL : &door->known.items[place];
}

enum tk_code door_know(struct door *door, const struct ticket *ticket)
{
    struct ticket *known = door_known(door, ticket->id);
    enum tk_code code;

    if (ticket->id == door->named_by && ticket->admitted_at) {
        if (ticket->admitted_at >= door->named_at - DOOR_SAME_CODE &&
            ticket->admitted_at <= door->named_at + DOOR_SAME_CODE)
            text_copy(door->name, sizeof door->name, ticket->admitted_by);
        door->named_by = 0;
    }
    if (known) {
        *known = *ticket;
        return TK_OK;
    }
    code = ticket_list_add(&door->known, ticket);
    if (!code && (code = map_add(&door->known_places, ticket->id, door->known.count - 1)))
        door->known.count--;
    return code;
}

void door_note_admitted(struct door *door, uint64_t ticket_id, int64_t slot_id, int64_t at)
{
    struct ticket *known = door_known(door, ticket_id);
    struct ticket made = {.id = ticket_id, .slot_id = slot_id, .status = TICKET_BOOKED};

    if (!at && ticket_id == door->named_by) /* whoever lets it in next may be another door */
        door->named_by = 0;
    if (!door->record || (!known && !at))
        return;
    if (!known && door_know(door, &made)) /* no memory: the next look tells */
        return;
    known = door_known(door, ticket_id);
    known->admitted_at = at;
    text_copy(known->admitted_by, sizeof known->admitted_by, at ? door->name : "");
}

/* Forgets the tickets of slots that are not served any more. */
static void forget_others(struct door *door)
{
    struct ticket_list *known = &door->known;
    size_t count = known->count;

    map_clear(&door->known_places);
    known->count = 0;
    for (size_t i = 0; i < count; i++)
        if (door_serves(door, known->items[i].slot_id) &&
            !map_add(&door->known_places, known->items[i].id, known->count))
            known->items[known->count++] = known->items[i];
}

void door_doubt(struct door *door, int64_t slot_id)
{
    struct served *served = door_find_served(door, slot_id);

    if (!served)
        return;
    served->after_id = served->after_seq = 0;
    served->was_read = false;
    door->version_known = false;
    door->look_at = 0;
}

/* The tickets of a slot that changed since they were read. */
static enum tk_code read_tickets(struct door *door, struct served *served, struct tk_error *error)
{
    struct store *store = door->office->store;
    size_t count;
    enum tk_code code;

    if (!door->record)
        return TK_OK;
    do {
        struct ticket_query query = {.slot_id = served->shown.slot.id,
                                     .status = -1,
                                     .after_id = served->after_id,
                                     .after_seq = served->after_seq,
                                     .limit = TICKETS_PAGE};
        struct ticket_list list = {0};

        code = store->ops->list_tickets(store, &query, &list, error);
        count = list.count;
        for (size_t i = 0; !code && i < count; i++) {
            code = door_know(door, &list.items[i]);
            served->after_id = list.items[i].id;
            served->after_seq = list.items[i].seq;
            if (code)
                tk_fail_code(error, code);
        }
        ticket_list_release(&list);
    } while (!code && count == TICKETS_PAGE);
    return code;
}

/* --- one slot --- */

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
    served->here = 0;
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].device, door->name) == 0)
            served->here = list.items[i].count;
    return TK_OK;
}

/* A key that is not given (yet) is no failure: the box office judges, while it is there. */
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
        served->key = key;
        served->key_generation = slot->key_generation;
        served->shown.has_key = true;
    }
    crypto_wipe(&key, sizeof key);
    return door_means_away(door, code) || code == TK_INTERRUPTED ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

static enum tk_code read_slot(struct door *door, struct served *served, struct tk_error *error)
{
    const struct slot *slot = &served->shown.slot;
    enum tk_code code = TK_OK;

    if (!served->was_read || served->seq != slot->seq) {
        code = read_tickets(door, served, error); /* it may tell our name, by which we count */
        if (!code)
            code = read_counts(door, served, error);
        if (!code)
            served->seq = slot->seq;
        served->was_read = !code;
    }
    return code ? code : read_key(door, served, error);
}

/* --- all slots --- */

bool door_serves(const struct door *door, int64_t slot_id)
{
    return door_find_served(door, slot_id) != NULL;
}

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
    crypto_wipe(served, sizeof *served);
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
            crypto_wipe(old, sizeof *old); /* its list has moved, its id is none */
        }
        slots[i].shown.slot = list->items[i];
        slots[i].shown.opens_at = plan_admission_opens_at(&list->items[i], &door->office->rules);
        slots[i].admitted = list->items[i].admitted;
    }
    for (size_t i = 0; i < count_before; i++)
        served_release(&before[i]);
    free(before);
    door->slots = slots;
    door->slot_count = count;
    forget_others(door);
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
    for (size_t i = 0; i < door->slot_count; i++)
        door_count(door, &door->slots[i]);
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
