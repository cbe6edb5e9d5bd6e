/* The door: what waits in its record, by ticket, and taking back while the box office is away. */
#include <stdlib.h>

#include "core/door_internal.h"
#include "core/list.h"

/* --- what waits --- */

static struct own_ticket *find_own(const struct door *door, uint64_t ticket_id)
{
    size_t place = map_find(&door->own_places, ticket_id);

    return place == MAP_NONE ? NULL : &door->own.items[place];
}

const struct own_ticket *door_own(const struct door *door, uint64_t ticket_id)
{
    const struct own_ticket *own = find_own(door, ticket_id);

    return own && own->unsent ? own : NULL;
}

uint64_t door_ticket_of(const struct operation *operation)
{
    return operation->kind == OP_ADMIT ? operation->admit.ticket_id : operation->unadmit.ticket_id;
}

int64_t door_slot_of(const struct door *door, const struct operation *operation)
{
    const struct ticket *known = door_known(door, door_ticket_of(operation));

    if (operation->kind == OP_ADMIT)
        return operation->admit.slot_id;
    return known ? known->slot_id : 0;
}

static void recount(struct door *door, int64_t slot_id)
{
    struct served *served = door_find_served(door, slot_id);

    if (served)
        door_count(door, served);
}

/* Makes room for what is noted of a ticket, before anything goes into the record. */
static enum tk_code make_room(struct door *door, uint64_t ticket_id)
{
    struct own_ticket none = {.ticket_id = ticket_id};
    enum tk_code code;

    if (map_find(&door->own_places, ticket_id) != MAP_NONE)
        return TK_OK;
    code = LIST_ADD(&door->own, &none);
    if (!code && (code = map_add(&door->own_places, ticket_id, door->own.count - 1)))
        door->own.count--;
    return code;
}

/* Notes an operation that is in the record, for which there is room. */
static void note_unsent(struct door *door, const struct operation *operation)
{
    struct own_ticket *own = find_own(door, door_ticket_of(operation));
    bool in = operation->kind == OP_ADMIT;

    if (!own->unsent)
        own->slot_id = door_slot_of(door, operation);
    own->in = in;
    own->admitted_at = in ? operation->admit.admitted_at : 0;
    own->change += in ? 1 : -1;
    own->unsent++;
    door->waiting++;
    recount(door, own->slot_id);
}

void door_note_sent(struct door *door, const struct operation *operation)
{
    struct own_ticket *own = find_own(door, door_ticket_of(operation));
    int64_t slot_id;

    if (!own || !own->unsent)
        return;
    slot_id = own->slot_id;
    own->change -= operation->kind == OP_ADMIT ? 1 : -1;
    own->unsent--;
    if (!--door->waiting) {
        door->own.count = 0;
        map_clear(&door->own_places);
    }
    recount(door, slot_id);
}

enum tk_code door_write_down(struct door *door, const struct operation *operation,
                             struct tk_error *error)
{
    enum tk_code code = make_room(door, door_ticket_of(operation));

    if (code)
        return tk_fail_code(error, code);
    code = door->record->ops->add(door->record, operation, error);
    if (!code)
        note_unsent(door, operation);
    return code;
}

struct loading {
    struct door *door;
    enum tk_code code;
};

static void load(void *context, const struct operation *operation)
{
    struct loading *loading = context;

    if (!loading->code)
        loading->code = make_room(loading->door, door_ticket_of(operation));
    if (!loading->code)
        note_unsent(loading->door, operation);
}

static void load_conflict(void *context, const struct door_conflict *conflict)
{
    struct loading *loading = context;

    if (!loading->code)
        loading->code = LIST_ADD(&loading->door->conflicts, conflict);
}

enum tk_code door_load_record(struct door *door, struct tk_error *error)
{
    struct loading loading = {.door = door};
    enum tk_code code;

    if (!door->record)
        return TK_OK;
    code = door->record->ops->list(door->record, load, &loading, error);
    if (!code)
        code = door->record->ops->list_conflicts(door->record, load_conflict, &loading, error);
    if (!code && loading.code)
        code = tk_fail_code(error, loading.code);
    if (!code && door->waiting) /* until it is told, the box office does not know who is in */
        door->away_since = office_now(door->office);
    return code;
}

void door_release_own(struct door *door)
{
    free(door->own.items);
    map_release(&door->own_places);
    free(door->conflicts.items);
    ticket_list_release(&door->known);
    map_release(&door->known_places);
}

/* --- taking back --- */

static enum tk_code take_back(struct door *door, struct kept *kept, uint64_t ticket_id,
                              struct tk_error *error)
{
    struct op_id id = op_id_derive(&kept->undo_id, ticket_id);
    struct operation operation = {.unadmit = {.ticket_id = ticket_id}};
    enum tk_code code = office_make(door->office, OP_UNADMIT, &id, &operation, error);

    if (!code)
        code = door_write_down(door, &operation, error);
    if (!code)
        door_note_taken_back(door, kept, ticket_id);
    return code;
}

/* The others that the scan let in: those of the sale that went in at the same moment. */
static enum tk_code list_group(struct door *door, const struct ticket *first,
                               struct ticket_list *group)
{
    struct ticket_list sale = {0};
    enum tk_code code = door_list_known(door, first, &sale);

    for (size_t i = 0; !code && i < sale.count; i++) {
        struct ticket_view view = door_view_of(door, sale.items[i].id, 0);

        if (view.ticket.id != first->id && view.ticket.admitted_at == first->admitted_at)
            code = ticket_list_add(group, &view.ticket);
    }
    ticket_list_release(&sale);
    return code;
}

/* Whether the companions are a guess: the line was cut before they could be read. */
static bool is_guess(const struct door *door, const struct admission *admission)
{
    const struct served *served = door_find_served(door, admission->slot_id);

    return !admission->unrecorded && (!served || !served->was_read);
}

/* All of them or, when they are not all known, none. The first one last: it tells the moment. */
static enum tk_code take_back_group(struct door *door, struct kept *kept,
                                    const struct ticket *first, struct tk_error *error)
{
    int32_t wanted = kept->scan.admission.admitted - kept->taken_back - 1;
    struct ticket_list group = {0};
    enum tk_code code = TK_OK;

    if (wanted > 0 && (code = list_group(door, first, &group)))
        tk_fail_code(error, code);
    else if (wanted > 0 && (group.count < (size_t)wanted || is_guess(door, &kept->scan.admission)))
        code = tk_fail(error, TK_UNAVAILABLE,
                       "The box office is away, and which %d tickets went in is not known here: "
                       "take them back when it is there again.",
                       kept->scan.admission.admitted);
    for (size_t i = 0; !code && i < group.count; i++)
        code = take_back(door, kept, group.items[i].id, error);
    ticket_list_release(&group);
    return code ? code : take_back(door, kept, first->id, error);
}

enum tk_code door_undo_own(struct door *door, struct kept *kept, struct tk_error *error)
{
    const struct admission *admission = &kept->scan.admission;
    struct ticket_view first = door_view_of(door, admission->ticket_id, admission->slot_id);

    if (door->stop.code)
        return tk_fail(error, door->stop.code, "%s", door->stop.message);
    if (!first.ticket.admitted_at)
        return tk_fail_code(error, TK_NOT_ADMITTED);
    if (office_now(door->office) - first.ticket.admitted_at > ADMIT_UNDO_WITHIN)
        return tk_fail_code(error, TK_UNDO_TOO_LATE);
    return take_back_group(door, kept, &first.ticket, error);
}
