/* The door: going on while the box office is away. */
#include <stdio.h>
#include <string.h>

#include "core/admission_internal.h"
#include "core/door_internal.h"
#include "core/text.h"

/* --- whether it is --- */

bool door_means_away(const struct door *door, enum tk_code code)
{
    switch (code) {
    case TK_UNAVAILABLE:
    case TK_UNKNOWN:
    case TK_OVERLOADED:
    case TK_DRAINING:
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

/* --- judging --- */

struct ticket_view door_view_of(struct door *door, uint64_t ticket_id, int64_t slot_id)
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

/* For which showing the ticket is that took the place of this one, when that is known here. */
static void say_newer(struct door *door, const struct ticket *ticket, struct admission *admission)
{
    const struct ticket *newer = door_known(door, ticket->replaced_by);
    const struct served *served = newer ? door_find_served(door, newer->slot_id) : NULL;
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX + 2];
    size_t used = strlen(admission->message);

    if (!served)
        return;
    office_name_slot(door->office, &served->shown.slot, name, sizeof name);
    snprintf(admission->message + used, sizeof admission->message - used, " That one is for %s%s",
             name, ticket_check_booked(newer) ? ", but is no longer good either." : ".");
}

static void say(struct door *door, enum verdict verdict, const struct ticket_view *view,
                struct admission *admission)
{
    admission_say(door->office, verdict, view, office_now(door->office), admission);
    if (verdict == VERDICT_REPLACED)
        say_newer(door, &view->ticket, admission);
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
    if (count) {
        text_copy(admission->message, sizeof admission->message,
                  "This pass is of no showing that this door serves: it is for another one, or not "
                  "ours. Which of the two cannot be told while the box office is away.");
        admission->advice = "Send them to the box office.";
    }
}

static enum tk_code let_in(struct door *door, const struct op_id *id,
                           const struct ticket_view *view, int64_t now, struct tk_error *error)
{
    struct operation operation = {.admit = {.ticket_id = view->ticket.id,
                                            .slot_id = view->ticket.slot_id,
                                            .admitted_at = now}};
    enum tk_code code = office_make(door->office, OP_ADMIT, id, &operation, error);

    return code ? code : door_write_down(door, &operation, error);
}

/* The same moment for each of several: they are taken back together. And the same ids as the box office
   gives to those that it lets in (core/admission): where it did so and its answer was lost, that is
   known by them. */
static void let_in_more(struct door *door, const struct attempt *attempt,
                        const struct ticket *first, int64_t now, int32_t *admitted)
{
    struct ticket_list sale = {0};
    enum tk_code code = door_list_known(door, first, &sale);

    for (size_t i = 0; !code && *admitted < attempt->count && i < sale.count; i++) {
        struct ticket_view view = door_view_of(door, sale.items[i].id, 0);
        struct op_id id = op_id_derive(&attempt->id, first->sale_id * 128 + (uint64_t)*admitted);

        if (view.ticket.id == first->id || !admission_is_waiting(&view.ticket))
            continue;
        code = let_in(door, &id, &view, now, NULL);
        *admitted += !code;
    }
    ticket_list_release(&sale);
}

static enum tk_code judge_ticket(struct door *door, const struct attempt *attempt,
                                 const struct ticket_view *view, struct admission *admission,
                                 struct tk_error *error)
{
    int64_t now = office_now(door->office);
    enum tk_code code = plan_check_admission(&view->ticket, &view->slot, view->ticket.slot_id,
                                             &door->office->rules, now);
    struct ticket_view after;
    int32_t admitted = 1;
    int64_t waiting = 0;

    if (code) {
        say(door, verdict_of(code), view, admission);
        return TK_OK;
    }
    code = let_in(door, &attempt->id, view, now, error);
    if (code)
        return code;
    if (attempt->count > 1 && view->ticket.sale_id) /* that some are in is said, come what may */
        let_in_more(door, attempt, &view->ticket, now, &admitted);
    after = door_view_of(door, view->ticket.id, view->ticket.slot_id);
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
    view = door_view_of(door, ticket_id, served ? served->shown.slot.id : known->slot_id);
    return judge_ticket(door, attempt, &view, admission, error);
}

/* --- the tickets of a sale --- */

enum tk_code door_list_known(const struct door *door, const struct ticket *ticket,
                             struct ticket_list *list)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < door->known.count; i++) {
        const struct ticket *other = &door->known.items[i];
        size_t at = list->count;

        if (other->sale_id != ticket->sale_id || other->slot_id != ticket->slot_id)
            continue;
        code = ticket_list_add(list, other);
        for (; !code && at && list->items[at - 1].sale_position > other->sale_position; at--) {
            list->items[at] = list->items[at - 1];
            list->items[at - 1] = *other;
        }
    }
    return code;
}

uint64_t door_first_waiting(const struct door *door, uint64_t ticket_id, int64_t *waiting)
{
    const struct ticket *known = door_known(door, ticket_id);
    struct ticket_list sale = {0};
    uint64_t first = 0;

    *waiting = 0;
    if (known && known->sale_size > 1)
        door_list_known(door, known, &sale); /* no memory: then fewer may be let in */
    for (size_t i = 0; i < sale.count; i++) {
        const struct ticket *other = &sale.items[i];
        const struct own_ticket *own = door_own(door, other->id);

        if (other->status == TICKET_BOOKED && !(own ? own->in : other->admitted_at != 0) &&
            !(*waiting)++)
            first = other->id;
    }
    ticket_list_release(&sale);
    return first;
}
