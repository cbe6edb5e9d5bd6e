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
void door_sync(struct door *door)
{
    const struct line_port *port = &door->office->line;
    struct sync_report report = {0};

    if (port->sync)
        port->sync(port->context, &report, NULL);
}

int64_t door_away_since(const struct door *door)
{
    return door_is_cut_off(door) ? door->line.away_since : 0;
}

size_t door_waiting(const struct door *door)
{
    return (size_t)door->line.waiting;
}

/* --- disputes --- */

/* "TKT… had gone in at Door 1, Sun 22 Nov 19:40.": what is said in one line of a screen. */
static void tell_dispute(const struct door *door, const struct dispute *dispute,
                         struct door_conflict *conflict)
{
    char when[TIME_TEXT_MAX], id[ID_TEXT_MAX];

    *conflict = (struct door_conflict){.id = dispute->id,
                                       .ticket_id = dispute->ticket_id,
                                       .admitted_at = dispute->at};
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
           strcmp(dispute->device, door->office->device) == 0;
}

static bool has_dispute(const struct dispute_list *list, const struct op_id *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (op_id_equal(&list->items[i].id, id))
            return true;
    return false;
}

static void forget_conflict(struct door *door, size_t at)
{
    struct conflict_list *list = &door->conflicts;

    list->count--;
    memmove(list->items + at, list->items + at + 1, (list->count - at) * sizeof *list->items);
    door->conflicts_told -= at < door->conflicts_told;
}

/* Those that somebody closed elsewhere are shown no more. */
static void forget_closed(struct door *door, const struct dispute_list *open, bool *changed)
{
    for (size_t at = door->conflicts.count; at-- > 0;)
        if (!has_dispute(open, &door->conflicts.items[at].id)) {
            forget_conflict(door, at);
            *changed = true;
        }
}

/* The place of one that is shown; their count: it is not. */
static size_t find_conflict(const struct door *door, const struct op_id *id)
{
    size_t at = 0;

    while (at < door->conflicts.count && !op_id_equal(&door->conflicts.items[at].id, id))
        at++;
    return at;
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

        if (!is_ours(door, &list.items[i]) || find_conflict(door, &list.items[i].id) < door->conflicts.count)
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

static enum tk_code close_dispute(struct door *door, const struct op_id *id, struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code = office_close_dispute(door->office, id, REASON, NULL, &why);

    if (code == TK_DISPUTE_CLOSED || code == TK_DISPUTE_NOT_FOUND) /* somebody else has done it */
        return TK_OK;
    return code ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

enum tk_code door_acknowledge(struct door *door, const struct op_id *id, struct tk_error *error)
{
    size_t at = find_conflict(door, id);
    enum tk_code code;

    if (at == door->conflicts.count)
        return TK_OK;
    code = close_dispute(door, id, error);
    if (!code)
        forget_conflict(door, at);
    return code;
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
