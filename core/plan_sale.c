/* The rules: sales, and what is given back of them. */
#include "core/plan_internal.h"

#include <assert.h>
#include <string.h>

static uint64_t next_id(struct working_set *set, enum id_kind kind)
{
    uint64_t *next = kind == ID_TICKET ? &set->ids.next_ticket : &set->ids.next_customer;
    uint64_t id;

    do
        id = id_make(set->ids.key, kind, (*next)++);
    while (id == 0);
    return id;
}

/* How near a slot is to a sale, to choose the best of several. */
static int nearness(enum tk_code code)
{
    switch (code) {
    case TK_OK:
        return 5;
    case TK_NOT_ENOUGH_PLACES:
        return 4;
    case TK_SOLD_OUT:
        return 3;
    case TK_BAD_COUNT:
        return 2;
    case TK_SELLING_CLOSED:
        return 1;
    default:
        return 0;
    }
}

static bool ref_matches(const struct slot_ref *ref, const struct slot *slot)
{
    return ref->starts_at == slot->starts_at && strcmp(ref->name, slot->name) == 0;
}

/*
 * The slot that a reference means: the one of that id, or of those with that name and start the
 * first with room, in id order. `old_slot` gets one place back in the same step (0: none). On a
 * refusal *row is the nearest one, the first in id order; NULL when there is none at all.
 */
static enum tk_code choose_slot(const struct plan_context *c, const struct slot_ref *ref,
                                int64_t count, int64_t old_slot, struct slot_row **row)
{
    enum tk_code best = TK_SLOT_NOT_FOUND, code;
    struct slot_row *found;

    *row = NULL;
    if (ref->id) {
        *row = working_set_slot(c->set, ref->id);
        return *row ? plan_check_room(c, &(*row)->slot, count, (*row)->slot.id == old_slot)
                    : TK_SLOT_NOT_FOUND;
    }
    for (size_t i = 0; i < c->set->slot_count; i++) {
        found = &c->set->slots[i];
        if (!ref_matches(ref, &found->slot))
            continue;
        code = plan_check_room(c, &found->slot, count, found->slot.id == old_slot);
        if (*row && (nearness(code) < nearness(best) ||
                     (nearness(code) == nearness(best) && (*row)->slot.id < found->slot.id)))
            continue;
        *row = found;
        best = code;
    }
    return best;
}

/* The id of the ticket at *number or behind it, which it is taken past. */
static uint64_t next_issued(const struct plan_context *c, uint64_t *number)
{
    uint64_t id;

    do
        id = id_make(c->set->ids.key, ID_TICKET, (*number)++);
    while (!id);
    return id;
}

/* Whether the numbers of tickets that a device issued itself are its own and fresh (allotment.h,
   4). They are of one block, be it one that the centre had lost. */
static enum tk_code check_numbers(const struct plan_context *c, uint64_t first, int64_t count)
{
    const struct id_supply *ids = &c->set->ids;
    uint64_t number = id_number(ids->key, ID_TICKET, first);
    uint64_t given = ids->given > ids->next_ticket ? ids->given : ids->next_ticket;
    struct block_row *row = working_set_block(c->set, number);

    if (count > NUMBER_BLOCK_SIZE || row != working_set_block(c->set, number + (uint64_t)count - 1))
        return TK_NUMBER_USED;
    if (!c->operation->cut_off && number + (uint64_t)count > given)
        return TK_NUMBER_USED; /* never given out: what was lost lies below what a restored store
                                  gives */
    if (c->operation->cut_off &&
        (!row || strcmp(row->block.holder, c->operation->device) != 0 || number < row->block.next))
        return TK_NUMBER_USED;
    for (int64_t i = 0; i < count; i++)
        if (working_set_ticket(c->set, next_issued(c, &number)))
            return TK_NUMBER_USED;
    return TK_OK;
}

/* Whether places are there for tickets that have their numbers: cut off those that the device
   holds, and nobody but the device itself judges the time; of a sale that the centre had lost those
   that are left. */
static enum tk_code check_held(const struct plan_context *c, const struct slot *slot, int64_t count,
                               int32_t returning)
{
    const struct allotment_row *own = plan_own_allotment(c, slot->id);
    int32_t left = slot->expired_at ? slot->lost : slot->available;

    if (count < 1 || count > slot->capacity)
        return TK_BAD_COUNT;
    if (!c->operation->cut_off)
        return count <= left ? TK_OK : left ? TK_NOT_ENOUGH_PLACES : TK_SOLD_OUT;
    if (c->set->partial && slot->expired_at)
        return TK_SLOT_EXPIRED;
    if (c->set->partial && c->operation->at >= plan_selling_closes_at(slot, c->rules))
        return TK_SELLING_CLOSED;
    /* a sale that the centre had lost took the place */
    if (slot->expired_at && count > left + returning)
        return TK_NOT_ALLOTTED;
    return own && count <= allotment_held(&own->allotment) + returning ? TK_OK : TK_NOT_ALLOTTED;
}

/* As choose_slot, for tickets from `first` on. */
static enum tk_code choose_issued(const struct plan_context *c, const struct slot_ref *ref,
                                  int64_t count, uint64_t first, int64_t old_slot,
                                  struct slot_row **row)
{
    enum tk_code code;

    *row = working_set_slot(c->set, ref->id);
    if (!*row)
        return TK_SLOT_NOT_FOUND;
    code = check_held(c, &(*row)->slot, count, (*row)->slot.id == old_slot);
    return code ? code : check_numbers(c, first, count);
}

/* What is left to sell to whoever asks: cut off that is what the device holds. */
static int32_t left_of(const struct plan_context *c, const struct slot *slot)
{
    const struct allotment_row *own = plan_own_allotment(c, slot->id);

    if (!c->operation->cut_off)
        return slot->available;
    return own ? allotment_held(&own->allotment) : 0;
}

/* Of a block that the centre had lost, it goes on behind what comes to light itself. */
static void raise_floor(struct id_supply *ids, uint64_t floor)
{
    if (ids->floor >= floor)
        return;
    ids->floor = floor;
    ids->raised = true;
    if (ids->next_ticket < floor)
        ids->next_ticket = floor;
    if (ids->next_customer < floor)
        ids->next_customer = floor;
}

/* Takes numbers from their block: they are used, at the till and at the centre. */
static void use_numbers(const struct plan_context *c, uint64_t first, int64_t count)
{
    uint64_t number = id_number(c->set->ids.key, ID_TICKET, first);
    struct block_row *row = working_set_block(c->set, number);

    if (!c->set->partial)
        raise_floor(&c->set->ids, number + (uint64_t)count);
    if (!row || row->block.next >= number + (uint64_t)count)
        return;
    row->block.next = number + (uint64_t)count;
    block_touch(row);
}

enum tk_code plan_schedule(struct plan_context *c)
{
    const struct op_schedule *wanted = &c->operation->schedule;
    struct slot slot = {
        .id = c->set->ids.next_slot,
        .starts_at = wanted->starts_at,
        .ends_at = wanted->ends_at,
        .type = wanted->type,
        .genre = wanted->genre,
        .capacity = (int32_t)wanted->capacity,
        .available = (int32_t)wanted->capacity,
        .seq = 1,
    };

    memcpy(slot.name, wanted->name, sizeof slot.name);
    memcpy(slot.description, wanted->description, sizeof slot.description);
    memcpy(slot.screen, wanted->screen, sizeof slot.screen);
    if (working_set_add_slot(c->set, &slot))
        return TK_NO_MEMORY;
    c->set->slots[c->set->slot_count - 1].state = ROW_NEW;
    c->set->ids.next_slot++;
    c->outcome->slot_id = slot.id;
    c->outcome->available = slot.available;
    return TK_OK;
}

/* The customer of a sale, made when not known. Sets *row to NULL for a walk-up. */
static enum tk_code take_customer(struct plan_context *c, struct customer_row **row)
{
    const struct op_book *book = &c->operation->book;
    struct customer customer = {.created_at = c->now};

    *row = NULL;
    if (!book->customer_name[0])
        return TK_OK;
    for (size_t i = 0; i < c->set->customer_count; i++) {
        const struct customer *known = &c->set->customers[i].customer;

        if (!known->erased_at && strcmp(known->name, book->customer_name) == 0 &&
            strcmp(known->phone, book->customer_phone) == 0) {
            *row = &c->set->customers[i];
            return TK_OK;
        }
    }
    memcpy(customer.name, book->customer_name, sizeof customer.name);
    memcpy(customer.phone, book->customer_phone, sizeof customer.phone);
    customer.id = book->first_ticket
                      ? id_make(c->set->ids.key, ID_CUSTOMER,
                                id_number(c->set->ids.key, ID_TICKET, book->first_ticket))
                      : next_id(c->set, ID_CUSTOMER);
    if (!customer.id || working_set_customer(c->set, customer.id))
        return TK_NUMBER_USED;
    if (working_set_add_customer(c->set, &customer))
        return TK_NO_MEMORY;
    *row = &c->set->customers[c->set->customer_count - 1];
    (*row)->state = ROW_NEW;
    return TK_OK;
}

/* Whoever was let in before his sale was known here is in with it. */
static void take_early(const struct plan_context *c, struct slot_row *slot, struct ticket *ticket)
{
    struct early_row *row = working_set_early(c->set, ticket->id);

    if (!row || row->gone || row->early.slot_id != slot->slot.id)
        return;
    row->gone = true;
    ticket->admitted_at = row->early.admitted_at;
    memcpy(ticket->admitted_by, row->early.admitted_by, sizeof ticket->admitted_by);
    slot->slot.admitted++;
}

/* Adds one new ticket of the slot to the set; `id` 0: the store numbers it. */
static enum tk_code add_ticket(struct plan_context *c, struct slot_row *slot, uint64_t id,
                               struct ticket *ticket)
{
    ticket->id = id ? id : next_id(c->set, ID_TICKET);
    if (!ticket->sale_id)
        ticket->sale_id = ticket->id;
    ticket->slot_id = slot->slot.id;
    ticket->status = slot->slot.expired_at ? TICKET_EXPIRED : TICKET_BOOKED;
    ticket->booked_at = ticket->changed_at = plan_done_at(c);
    if (slot->slot.expired_at)
        ticket->changed_at = slot->slot.expired_at;
    ticket->seq = slot->slot.seq;
    ticket->admitted_at = 0;
    memset(ticket->admitted_by, 0, sizeof ticket->admitted_by);
    take_early(c, slot, ticket);
    if (working_set_add_ticket(c->set, ticket))
        return TK_NO_MEMORY;
    c->set->tickets[c->set->ticket_count - 1].state = ROW_NEW;
    return TK_OK;
}

/* Places for tickets that are sold: from what the device holds when it was cut off, else from the
   common stock; of an expired slot all of it was lost. The first ticket of a slot decides with
   which key its passes are made. */
static void slot_sell(const struct plan_context *c, struct slot_row *row, int32_t count)
{
    struct allotment_row *own = c->operation->cut_off ? plan_own_allotment(c, row->slot.id) : NULL;
    int32_t *stock = row->slot.expired_at ? &row->slot.lost
                     : own                ? &row->slot.allotted
                                          : &row->slot.available;

    *stock -= count;
    if (own) {
        own->allotment.sold += count;
        allotment_touch(c, own, 1);
    }
    if (row->slot.expired_at)
        row->slot.archived_at = 0; /* there is something to put away again */
    row->slot.sold += count;
    if (!row->slot.key_generation)
        row->slot.key_generation = c->set->ids.key_generation;
    slot_touch(row);
}

enum tk_code plan_book(struct plan_context *c)
{
    const struct op_book *book = &c->operation->book;
    struct ticket ticket = {.sale_size = (int32_t)book->count, .seller = plan_seller(c)};
    struct customer_row *customer;
    struct slot_row *row;
    uint64_t number;
    enum tk_code code;

    code = book->first_ticket
               ? choose_issued(c, &book->slot, book->count, book->first_ticket, 0, &row)
               : choose_slot(c, &book->slot, book->count, 0, &row);
    if (row) {
        c->outcome->slot_id = row->slot.id;
        c->outcome->available = left_of(c, &row->slot);
    }
    if (code)
        return code;
    code = take_customer(c, &customer);
    if (code)
        return code;
    assert(row); /* or there was a refusal */
    slot_sell(c, row, (int32_t)book->count);
    if (customer) {
        ticket.customer_id = customer->customer.id;
        customer->customer.tickets += (int32_t)book->count;
        customer_touch(customer);
    }
    if (book->first_ticket)
        use_numbers(c, book->first_ticket, book->count);
    number = book->first_ticket ? id_number(c->set->ids.key, ID_TICKET, book->first_ticket) : 0;
    for (int64_t i = 0; i < book->count; i++) {
        ticket.sale_position = (int32_t)i + 1;
        code = add_ticket(c, row, number ? next_issued(c, &number) : 0, &ticket);
        if (code)
            return code;
    }
    c->outcome->ticket_id = ticket.sale_id;
    c->outcome->count = (int32_t)book->count;
    c->outcome->customer_id = ticket.customer_id;
    c->outcome->available = left_of(c, &row->slot);
    return TK_OK;
}

/* A ticket that is to be taken back: one that was used is not. */
static enum tk_code take_booked(struct plan_context *c, uint64_t id, struct ticket_row **ticket,
                                struct slot_row **slot)
{
    enum tk_code code = plan_take_ticket(c, id, ticket, slot);

    if (!code) {
        c->outcome->customer_id = (*ticket)->ticket.customer_id;
        code = plan_check_booked_then(c, &(*ticket)->ticket, &(*slot)->slot);
    }
    return !code && (*ticket)->ticket.admitted_at ? TK_TICKET_ADMITTED : code;
}

/* Gives the place back, cut off to what the device holds, and makes the ticket Canceled. */
static void give_back(const struct plan_context *c, struct ticket_row *ticket,
                      struct slot_row *slot)
{
    struct allotment_row *own = c->operation->cut_off ? plan_own_allotment(c, slot->slot.id) : NULL;

    if (own) {
        int32_t before = allotment_held(&own->allotment);

        own->allotment.sold--;
        allotment_touch(c, own, before);
    }
    if (slot->slot.expired_at)
        slot->slot.lost++;
    else if (own)
        slot->slot.allotted++;
    else
        slot->slot.available++;
    slot->slot.sold--;
    slot_touch(slot);
    ticket_cancel(c, ticket, slot->slot.seq);
}

/* Whether the place of a ticket may go back to where it has to: cut off a device takes back what it
   sold from its own. */
static enum tk_code check_returnable(const struct plan_context *c, int64_t slot_id)
{
    const struct allotment_row *own = plan_own_allotment(c, slot_id);

    return !c->operation->cut_off || (own && own->allotment.sold > 0) ? TK_OK : TK_NOT_ALLOTTED;
}

enum tk_code plan_cancel(struct plan_context *c)
{
    struct ticket_row *ticket;
    struct slot_row *slot;
    enum tk_code code = take_booked(c, c->operation->cancel.ticket_id, &ticket, &slot);

    if (!code)
        code = check_returnable(c, slot->slot.id);
    if (code)
        return code;
    give_back(c, ticket, slot);
    c->outcome->ticket_id = ticket->ticket.id;
    c->outcome->count = 1;
    c->outcome->available = left_of(c, &slot->slot);
    return TK_OK;
}

enum tk_code plan_reissue(struct plan_context *c)
{
    const struct op_reissue *reissue = &c->operation->reissue;
    struct ticket_row *old;
    struct slot_row *old_slot, *slot;
    struct customer_row *customer;
    struct ticket ticket = {.sale_position = 1, .sale_size = 1};
    enum tk_code code;

    code = take_booked(c, reissue->ticket_id, &old, &old_slot);
    if (!code)
        code = check_returnable(c, old_slot->slot.id);
    if (code)
        return code;
    code = reissue->new_ticket
               ? choose_issued(c, &reissue->slot, 1, reissue->new_ticket, old_slot->slot.id, &slot)
               : choose_slot(c, &reissue->slot, 1, old_slot->slot.id, &slot);
    if (slot) {
        c->outcome->slot_id = slot->slot.id;
        c->outcome->available = left_of(c, &slot->slot);
    }
    if (code)
        return code;
    assert(slot);
    give_back(c, old, old_slot);
    slot_sell(c, slot, 1);
    ticket.customer_id = old->ticket.customer_id;
    ticket.replaces = old->ticket.id;
    ticket.seller = old->ticket.seller; /* or who reissues could cancel another's sale as his own */
    customer = working_set_customer(c->set, ticket.customer_id);
    if (customer) {
        customer->customer.tickets++;
        customer_touch(customer);
    }
    if (reissue->new_ticket)
        use_numbers(c, reissue->new_ticket, 1);
    code = add_ticket(c, slot, reissue->new_ticket, &ticket);
    if (code)
        return code;
    working_set_ticket(c->set, reissue->ticket_id)->ticket.replaced_by = ticket.id;
    c->outcome->ticket_id = ticket.id;
    c->outcome->old_ticket_id = reissue->ticket_id;
    c->outcome->count = 1;
    c->outcome->available = left_of(c, &slot->slot);
    return TK_OK;
}

enum tk_code plan_copy(struct plan_context *c)
{
    struct ticket_row *ticket;
    struct slot_row *slot;
    enum tk_code code = plan_take_ticket(c, c->operation->copy.ticket_id, &ticket, &slot);

    if (!code)
        code = plan_check_booked_then(c, &ticket->ticket, &slot->slot);
    if (code)
        return code;
    slot_touch(slot);
    c->outcome->ticket_id = ticket->ticket.id;
    c->outcome->count = ++ticket->ticket.prints;
    ticket_touch(ticket, slot->slot.seq);
    return TK_OK;
}
