/* The door: one that works on a copy of its centre's box office: how its line is, and what the centre
   refused of what was done here while it was cut off. */
#include <stdio.h>
#include <string.h>

#include "core/door_internal.h"
#include "core/list.h"
#include "core/text.h"

#define REASON "Seen at the door."

/* --- the line --- */

bool door_has_line(const struct door *door)
{
    return door->office->line.status != NULL;
}

bool door_is_cut_off(const struct door *door)
{
    return door_has_line(door) && !door->line.online;
}

void door_look_at_line(struct door *door, bool *changed)
{
    const struct line_port *port = &door->office->line;
    struct sync_status before = door->line;

    if (!door_has_line(door))
        return;
    port->status(port->context, &door->line);
    if (!door->line.online && !door->line.away_since)
        door->line.away_since = before.away_since ? before.away_since : office_now(door->office);
    *changed = *changed || before.online != door->line.online ||
               before.waiting != door->line.waiting || before.away_since != door->line.away_since;
}

/* Failing is no failure of this: what waits is in the copy. */
void door_send_line(struct door *door)
{
    const struct line_port *port = &door->office->line;
    struct sync_report report = {0};

    if (door_has_line(door) && door->line.waiting && port->sync)
        port->sync(port->context, &report, NULL);
}

/* --- disputes --- */

/* "TKT… had gone in at Door 1, Sun 22 Nov 19:40.": what is said in one line of a screen. */
static void tell_dispute(const struct door *door, const struct dispute *dispute,
                         struct door_conflict *conflict)
{
    char when[TIME_TEXT_MAX], id[ID_TEXT_MAX];

    *conflict = (struct door_conflict){.id = dispute->id,
                                       .ticket_id = dispute->ticket_id,
                                       .admitted_at = dispute->at,
                                       .is_dispute = true};
    id_print(id, ID_TICKET, dispute->ticket_id);
    time_print_day(when, dispute->other_at, &door->office->ports.zone);
    if (dispute->kind == OP_UNADMIT)
        snprintf(conflict->message, sizeof conflict->message, "%s was taken back here: %s", id,
                 tk_code_sentence(dispute->code));
    else if (dispute->code == TK_ALREADY_ADMITTED && dispute->other[0])
        snprintf(conflict->message, sizeof conflict->message, "%s had gone in at %s, %s.", id,
                 dispute->other, when);
    else
        snprintf(conflict->message, sizeof conflict->message, "%s: %s", id,
                 tk_code_sentence(dispute->code));
}

static bool is_ours(const struct door *door, const struct dispute *dispute)
{
    return (dispute->kind == OP_ADMIT || dispute->kind == OP_UNADMIT) &&
           strcmp(dispute->device, door->name) == 0;
}

static bool has_dispute(const struct dispute_list *list, const struct op_id *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (op_id_equal(&list->items[i].id, id))
            return true;
    return false;
}

/* Those that somebody closed elsewhere are shown no more. */
static void forget_closed(struct door *door, const struct dispute_list *open, bool *changed)
{
    for (size_t at = door->conflicts.count; at-- > 0;)
        if (door->conflicts.items[at].is_dispute &&
            !has_dispute(open, &door->conflicts.items[at].id)) {
            door_forget_conflict(door, at);
            *changed = true;
        }
}

static bool is_shown(const struct door *door, const struct op_id *id)
{
    for (size_t i = 0; i < door->conflicts.count; i++)
        if (op_id_equal(&door->conflicts.items[i].id, id))
            return true;
    return false;
}

enum tk_code door_read_disputes(struct door *door, bool *changed, struct tk_error *error)
{
    struct dispute_query query = {.open = true, .limit = SYNC_DISPUTES_MAX};
    struct dispute_list list = {0};
    enum tk_code code;

    if (!door_has_line(door))
        return TK_OK;
    code = office_disputes(door->office, &query, &list, error);
    if (!code)
        forget_closed(door, &list, changed);
    for (size_t i = 0; !code && i < list.count; i++) {
        struct door_conflict conflict;

        if (!is_ours(door, &list.items[i]) || is_shown(door, &list.items[i].id))
            continue;
        tell_dispute(door, &list.items[i], &conflict);
        if (LIST_ADD(&door->conflicts, &conflict))
            code = tk_fail_code(error, TK_NO_MEMORY);
        *changed = true;
    }
    if (!code)
        door->disputes_read = door->line.disputes;
    dispute_list_release(&list);
    return code;
}

enum tk_code door_close_dispute(struct door *door, const struct op_id *id, struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code = office_close_dispute(door->office, id, REASON, NULL, &why);

    if (code == TK_DISPUTE_CLOSED || code == TK_DISPUTE_NOT_FOUND) /* somebody else has done it */
        return TK_OK;
    if (code == TK_FORBIDDEN)
        return tk_fail(error, code,
                       "A door may not close a dispute: the box office does, and it goes from this "
                       "list then.");
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}
