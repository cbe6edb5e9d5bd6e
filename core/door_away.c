/* The door: going on while the box office is away. */
#include <stdlib.h>
#include <string.h>

#include "core/door_internal.h"
#include "core/list.h"
#include "core/text.h"

/* --- whether it is --- */

bool door_means_away(const struct door *door, enum tk_code code)
{
    switch (code) {
    case TK_UNAVAILABLE:
    case TK_UNKNOWN:
    case TK_OVERLOADED:
    case TK_DRAINING:
    case TK_INTERRUPTED:
        return door->has_service;
    default:
        return false;
    }
}

void door_go_away(struct door *door)
{
    if (door->away_since)
        return;
    door->away_since = office_now(door->office);
    door->pause = 0;
    door_schedule(door, true);
}

void door_stop(struct door *door, const struct tk_error *why)
{
    if (why->code == TK_NO_TOKEN || why->code == TK_FORBIDDEN)
        door->stop = *why;
}

bool door_is_on_its_own(const struct door *door)
{
    return door->away_since && door->record;
}

/* --- what waits, by ticket --- */

const struct own_ticket *door_own(const struct door *door, uint64_t ticket_id)
{
    for (size_t i = 0; i < door->own.count; i++)
        if (door->own.items[i].ticket_id == ticket_id)
            return &door->own.items[i];
    return NULL;
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

/* Notes an operation that is in the record. Room is made before it goes there. */
static void note_unsent(struct door *door, const struct operation *operation)
{
    struct own_ticket *own = (struct own_ticket *)door_own(door, door_ticket_of(operation));
    bool in = operation->kind == OP_ADMIT;

    if (!own) {
        own = &door->own.items[door->own.count++];
        *own = (struct own_ticket){.ticket_id = door_ticket_of(operation),
                                   .slot_id = door_slot_of(door, operation)};
    }
    own->in = in;
    own->admitted_at = in ? operation->admit.admitted_at : 0;
    own->change += in ? 1 : -1;
    own->unsent++;
    door->waiting++;
    recount(door, own->slot_id);
}

void door_note_sent(struct door *door, const struct operation *operation)
{
    struct own_ticket *own = (struct own_ticket *)door_own(door, door_ticket_of(operation));
    int64_t slot_id;

    if (!own)
        return;
    slot_id = own->slot_id;
    own->change -= operation->kind == OP_ADMIT ? 1 : -1;
    if (!--own->unsent)
        *own = door->own.items[--door->own.count];
    door->waiting--;
    recount(door, slot_id);
}

static enum tk_code make_room(struct door *door, struct tk_error *error)
{
    return list_reserve((void **)&door->own.items, door->own.count, &door->own.capacity,
                        sizeof *door->own.items)
               ? tk_fail_code(error, TK_NO_MEMORY)
               : TK_OK;
}

/* Durable when it returns TK_OK. */
static enum tk_code record(struct door *door, const struct operation *operation,
                           struct tk_error *error)
{
    enum tk_code code = make_room(door, error);

    if (!code)
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

    if (!loading->code && !(loading->code = make_room(loading->door, NULL)))
        note_unsent(loading->door, operation);
}

enum tk_code door_load_record(struct door *door, struct tk_error *error)
{
    struct loading loading = {.door = door};
    enum tk_code code;

    if (!door->record)
        return TK_OK;
    code = door->record->ops->list(door->record, load, &loading, error);
    if (!code && loading.code)
        code = tk_fail_code(error, loading.code);
    if (!code && door->waiting) /* until it is told, the box office does not know who is in */
        door->away_since = office_now(door->office);
    return code;
}

void door_release_own(struct door *door)
{
    free(door->own.items);
    free(door->conflicts);
    ticket_list_release(&door->known);
    map_release(&door->known_places);
}

/* --- judging --- */

/* The ticket as far as it is known here. */
static struct ticket_view view_of(struct door *door, uint64_t ticket_id, int64_t slot_id)
{
    const struct ticket *known = door_known(door, ticket_id);
    const struct own_ticket *own = door_own(door, ticket_id);
    struct served *served;
    struct ticket_view view = {.ticket = {.id = ticket_id,
                                          .slot_id = slot_id,
                                          .status = TICKET_BOOKED}};

    if (known)
        view.ticket = *known;
    if (own) {
        view.ticket.admitted_at = own->admitted_at;
        text_copy(view.ticket.admitted_by, sizeof view.ticket.admitted_by,
                  own->in ? door->name : "");
    }
    served = door_find_served(door, view.ticket.slot_id);
    if (served)
        view.slot = served->shown.slot;
    return view;
}

/* The slot whose key makes one of the readings. */
static struct served *find_by_key(struct door *door, const struct scan_reading *readings,
                                  size_t count, uint64_t *ticket_id)
{
    for (size_t i = 0; i < door->slot_count; i++)
        for (size_t k = 0; door->slots[i].shown.has_key && k < count; k++)
            if (pass_check(readings[k].pass, &door->slots[i].key, door->slots[i].shown.slot.id)) {
                *ticket_id = readings[k].ticket_id;
                return &door->slots[i];
            }
    return NULL;
}

static void say(struct door *door, enum verdict verdict, const struct ticket_view *view,
                struct admission *admission)
{
    admission_say(door->office, verdict, view, office_now(door->office), admission);
}

/* A pass that no key here makes: one of another showing cannot be told from one that is not ours. */
static void judge_stranger(struct door *door, const struct scan_reading *readings, size_t count,
                           struct admission *admission)
{
    for (size_t i = 0; i < count; i++)
        if (pass_is_training(readings[i].pass)) {
            say(door, VERDICT_TRAINING, NULL, admission);
            return;
        }
    say(door, count ? VERDICT_NOT_GENUINE : VERDICT_UNREADABLE, NULL, admission);
    if (count)
        text_copy(admission->message, sizeof admission->message,
                  "This pass is of no showing that this door serves: it is for another one, or not "
                  "ours. Which of the two cannot be told while the box office is away.");
}

static enum tk_code let_in(struct door *door, const struct op_id *id,
                           const struct ticket_view *view, struct tk_error *error)
{
    struct operation operation = {.admit = {.ticket_id = view->ticket.id,
                                            .slot_id = view->ticket.slot_id,
                                            .admitted_at = office_now(door->office)}};
    enum tk_code code = office_make(door->office, OP_ADMIT, id, &operation, error);

    return code ? code : record(door, &operation, error);
}

/* The same moment for each of several: they are taken back together. */
static void let_in_more(struct door *door, const struct attempt *attempt,
                        const struct ticket_view *first, int32_t *admitted)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && *admitted < attempt->count && i < door->known.count; i++) {
        struct ticket_view view = view_of(door, door->known.items[i].id, 0);
        struct op_id id = op_id_derive(&attempt->id, view.ticket.id);

        if (view.ticket.sale_id != first->ticket.sale_id || view.ticket.admitted_at ||
            view.ticket.slot_id != first->ticket.slot_id ||
            view.ticket.status != TICKET_BOOKED)
            continue;
        code = let_in(door, &id, &view, NULL);
        *admitted += !code;
    }
}

static enum tk_code judge_ticket(struct door *door, const struct attempt *attempt,
                                 const struct ticket_view *view, struct admission *admission,
                                 struct tk_error *error)
{
    enum tk_code code = plan_check_admission(&view->ticket, &view->slot, view->ticket.slot_id,
                                             &door->office->rules, office_now(door->office));
    struct ticket_view after;
    int32_t admitted = 1;
    int64_t waiting = 0;

    if (code) {
        say(door, verdict_of(code), view, admission);
        return TK_OK;
    }
    code = let_in(door, &attempt->id, view, error);
    if (code)
        return code;
    if (attempt->count > 1 && view->ticket.sale_id) /* that some are in is said, come what may */
        let_in_more(door, attempt, view, &admitted);
    after = view_of(door, view->ticket.id, view->ticket.slot_id);
    say(door, VERDICT_ADMITTED, &after, admission);
    door_first_waiting(door, view->ticket.id, &waiting);
    admission->at = after.ticket.admitted_at;
    admission->admitted = admitted;
    admission->sale_waiting = (int32_t)waiting;
    admission->unrecorded = true;
    return TK_OK;
}

enum tk_code door_judge(struct door *door, const struct attempt *attempt,
                        struct admission *admission, struct tk_error *error)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    size_t count = attempt->code ? scan_read(attempt->code, readings) : 0;
    uint64_t ticket_id = attempt->ticket_id;
    struct served *served = NULL;
    const struct ticket *known;
    struct ticket_view view;

    if (door->stop.code)
        return tk_fail(error, door->stop.code, "%s", door->stop.message);
    if (attempt->code) {
        served = find_by_key(door, readings, count, &ticket_id);
        if (!served) {
            judge_stranger(door, readings, count, admission);
            return TK_OK;
        }
    }
    known = door_known(door, ticket_id);
    if (!served && !known)
        return tk_fail(error, TK_UNAVAILABLE,
                       "The box office is away, and nothing is known here of this ticket: scan its "
                       "pass.");
    view = view_of(door, ticket_id, served ? served->shown.slot.id : known->slot_id);
    return judge_ticket(door, attempt, &view, admission, error);
}

uint64_t door_first_waiting(const struct door *door, uint64_t ticket_id, int64_t *waiting)
{
    const struct ticket *known = door_known(door, ticket_id);
    uint64_t first = 0;

    *waiting = 0;
    for (size_t i = 0; known && i < door->known.count; i++) {
        const struct ticket *other = &door->known.items[i];
        const struct own_ticket *own = door_own(door, other->id);

        if (other->sale_id != known->sale_id || other->slot_id != known->slot_id ||
            other->status != TICKET_BOOKED || (own ? own->in : other->admitted_at != 0))
            continue;
        if (!(*waiting)++)
            first = other->id;
    }
    return first;
}

/* --- taking back --- */

static enum tk_code take_back(struct door *door, const struct kept *kept, uint64_t ticket_id,
                              struct tk_error *error)
{
    struct op_id id = op_id_derive(&kept->undo_id, ticket_id);
    struct operation operation = {.unadmit = {.ticket_id = ticket_id}};
    enum tk_code code = office_make(door->office, OP_UNADMIT, &id, &operation, error);

    return code ? code : record(door, &operation, error);
}

enum tk_code door_undo_own(struct door *door, struct kept *kept, struct tk_error *error)
{
    const struct admission *admission = &kept->scan.admission;
    struct ticket_view first = view_of(door, admission->ticket_id, admission->slot_id);
    enum tk_code code = TK_OK;

    if (door->stop.code)
        return tk_fail(error, door->stop.code, "%s", door->stop.message);
    if (!first.ticket.admitted_at)
        return tk_fail_code(error, TK_NOT_ADMITTED);
    if (office_now(door->office) - first.ticket.admitted_at > ADMIT_UNDO_WITHIN)
        return tk_fail_code(error, TK_UNDO_TOO_LATE);
    for (size_t i = 0; !code && admission->admitted > 1 && i < door->known.count; i++) {
        struct ticket_view view = view_of(door, door->known.items[i].id, 0);

        if (view.ticket.sale_id == first.ticket.sale_id && view.ticket.id != first.ticket.id &&
            view.ticket.admitted_at == first.ticket.admitted_at)
            code = take_back(door, kept, view.ticket.id, error);
    }
    return code ? code : take_back(door, kept, first.ticket.id, error);
}
