/* The rules: who is let in, and out again. */
#include "core/plan_internal.h"

#include <string.h>

/* Whether the ticket of an expired slot was Booked at a time when it could be admitted: a door that
   was cut off tells late of whom it let in. */
static bool was_good(const struct plan_context *c, const struct ticket *ticket,
                     const struct slot *slot, int64_t at)
{
    return ticket->status == TICKET_EXPIRED && at >= plan_admission_opens_at(slot, c->rules) &&
           at < slot->ends_at && at < slot->expired_at;
}

/* Whether somebody may be let in with a ticket that is not known here, whose pass is genuine: its
   sale is on a till that is cut off. A copy lacks what was sold since as well. */
static enum tk_code check_early(const struct plan_context *c, const struct slot_row *slot)
{
    const struct op_admit *admit = &c->operation->admit;
    uint64_t number = id_number(c->set->ids.key, ID_TICKET, admit->ticket_id);
    const struct early_row *early = working_set_early(c->set, admit->ticket_id);
    const struct block_row *block = working_set_block(c->set, number);
    const struct allotment_row *held;

    if (early && !early->gone)
        return TK_ALREADY_ADMITTED;
    if (block && block->block.written_off_at)
        return TK_DENIED;
    if (c->set->partial)
        return TK_OK;
    if (!block)
        return TK_TICKET_NOT_FOUND;
    held = working_set_allotment(c->set, slot->slot.id, block->block.holder);
    return held && (c->operation->cut_off || allotment_held(&held->allotment))
               ? TK_OK
               : TK_TICKET_NOT_FOUND;
}

static enum tk_code admit_early(struct plan_context *c, int64_t at)
{
    const struct op_admit *admit = &c->operation->admit;
    const struct slot_row *slot = working_set_slot(c->set, admit->slot_id);
    struct early_admission early = {
        .ticket_id = admit->ticket_id, .slot_id = admit->slot_id, .admitted_at = at};
    struct ticket booked = {.slot_id = admit->slot_id, .status = TICKET_BOOKED};
    struct early_row *row = working_set_early(c->set, admit->ticket_id);
    enum tk_code code;

    if (!slot)
        return TK_TICKET_NOT_FOUND;
    c->outcome->slot_id = slot->slot.id;
    c->outcome->ticket_id = admit->ticket_id;
    code = check_early(c, slot);
    if (!code)
        code = plan_check_admission(&booked, &slot->slot, 0, c->rules, at);
    if (code)
        return code;
    memcpy(early.admitted_by, c->operation->device, sizeof early.admitted_by);
    if (!row) {
        if (working_set_add_early(c->set, &early))
            return TK_NO_MEMORY;
        c->set->earlies[c->set->early_count - 1].state = ROW_NEW;
    } else {
        row->early = early;
        row->gone = false;
        if (row->state == ROW_LOADED)
            row->state = ROW_CHANGED;
    }
    c->outcome->count = 1;
    return TK_OK;
}

enum tk_code plan_admit(struct plan_context *c)
{
    const struct op_admit *admit = &c->operation->admit;
    struct ticket_row *ticket;
    struct slot_row *slot;
    struct ticket then;
    int64_t at = admit->admitted_at ? admit->admitted_at : c->now;
    enum tk_code code = plan_take_ticket(c, admit->ticket_id, &ticket, &slot);

    if (at > c->now + ADMIT_CLOCK_SLACK) /* nobody is let in ahead of time */
        at = c->now;
    if (code == TK_TICKET_NOT_FOUND && admit->slot_id)
        return admit_early(c, at);
    if (code)
        return code;
    c->outcome->ticket_id = ticket->ticket.id;
    then = ticket->ticket;
    if (admit->admitted_at && was_good(c, &then, &slot->slot, at))
        then.status = TICKET_BOOKED;
    code = plan_check_admission(&then, &slot->slot, admit->slot_id, c->rules, at);
    if (code)
        return code;
    slot->slot.admitted++;
    slot_touch(slot);
    ticket_admit(ticket, at, c->operation->device, slot->slot.seq);
    c->outcome->count = 1;
    return TK_OK;
}

/* When a door took an admission back: it may have been cut off then. */
static int64_t taken_back_at(const struct plan_context *c, int64_t admitted_at)
{
    int64_t at = c->operation->at;

    return at < admitted_at || at > c->now ? c->now : at;
}

static enum tk_code unadmit_early(struct plan_context *c)
{
    struct early_row *row = working_set_early(c->set, c->operation->unadmit.ticket_id);

    if (!row || row->gone)
        return TK_TICKET_NOT_FOUND;
    c->outcome->slot_id = row->early.slot_id;
    c->outcome->ticket_id = row->early.ticket_id;
    if (strcmp(row->early.admitted_by, c->operation->device) != 0)
        return TK_OTHER_DOOR;
    if (taken_back_at(c, row->early.admitted_at) - row->early.admitted_at > ADMIT_UNDO_WITHIN)
        return TK_UNDO_TOO_LATE;
    row->gone = true;
    c->outcome->count = 1;
    return TK_OK;
}

enum tk_code plan_unadmit(struct plan_context *c)
{
    static const char nobody[DEVICE_SIZE];
    struct ticket_row *ticket;
    struct slot_row *slot;
    enum tk_code code = plan_take_ticket(c, c->operation->unadmit.ticket_id, &ticket, &slot);

    if (code == TK_TICKET_NOT_FOUND)
        return unadmit_early(c);
    if (code)
        return code;
    c->outcome->ticket_id = ticket->ticket.id;
    if (!ticket->ticket.admitted_at) /* cut off it may be told once more than it was done */
        return c->operation->cut_off ? TK_OK : TK_NOT_ADMITTED;
    if (ticket->ticket.status != TICKET_EXPIRED ||
        taken_back_at(c, ticket->ticket.admitted_at) >= slot->slot.expired_at)
        code = ticket_check_booked(&ticket->ticket); /* once the books are closed it stays */
    if (code)
        return code;
    if (strcmp(ticket->ticket.admitted_by, c->operation->device) != 0)
        return TK_OTHER_DOOR;
    if (taken_back_at(c, ticket->ticket.admitted_at) - ticket->ticket.admitted_at >
        ADMIT_UNDO_WITHIN)
        return TK_UNDO_TOO_LATE;
    slot->slot.admitted--;
    slot_touch(slot);
    ticket_admit(ticket, 0, nobody, slot->slot.seq);
    c->outcome->count = 1;
    return TK_OK;
}

void plan_undo_admission(struct plan_context *c, uint64_t ticket_id)
{
    static const char nobody[DEVICE_SIZE];
    struct early_row *early = working_set_early(c->set, ticket_id);
    struct ticket_row *ticket = working_set_ticket(c->set, ticket_id);
    struct slot_row *slot = ticket ? working_set_slot(c->set, ticket->ticket.slot_id) : NULL;

    if (early && !early->gone && strcmp(early->early.admitted_by, c->operation->device) == 0) {
        early->gone = true;
        c->outcome->count = 1;
    }
    if (!slot || !ticket->ticket.admitted_at ||
        strcmp(ticket->ticket.admitted_by, c->operation->device) != 0)
        return;
    slot->slot.admitted--;
    slot_touch(slot);
    ticket_admit(ticket, 0, nobody, slot->slot.seq);
    c->outcome->slot_id = slot->slot.id;
    c->outcome->count = 1;
}
