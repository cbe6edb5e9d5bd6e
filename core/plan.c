#include "core/plan.h"

#include <assert.h>
#include <string.h>

#include "core/list.h"

/* What one operation is decided with. */
struct context {
    const struct operation *operation;
    const struct operation *batch; /* of which the operation is the one at `at` */
    const struct outcome *outcomes;
    size_t at;
    struct working_set *set;
    const struct plan_rules *rules;
    int64_t now;
    struct outcome *outcome;
};

int64_t plan_selling_closes_at(const struct slot *slot, const struct plan_rules *rules)
{
    return (rules->close_at_start ? slot->starts_at : slot->ends_at) + rules->close_after;
}

enum tk_code plan_check_open(const struct slot *slot, const struct plan_rules *rules, int64_t now)
{
    if (slot->expired_at)
        return TK_SLOT_EXPIRED;
    return now < plan_selling_closes_at(slot, rules) ? TK_OK : TK_SELLING_CLOSED;
}

int64_t plan_admission_opens_at(const struct slot *slot, const struct plan_rules *rules)
{
    return slot->starts_at - rules->admit_before;
}

enum tk_code plan_check_admission(const struct ticket *ticket, const struct slot *slot,
                                  int64_t slot_id, const struct plan_rules *rules, int64_t at)
{
    enum tk_code code = ticket_check_booked(ticket);

    if (code)
        return code;
    if (slot_id && slot_id != ticket->slot_id)
        return TK_WRONG_SLOT;
    if (ticket->admitted_at)
        return TK_ALREADY_ADMITTED;
    if (at < plan_admission_opens_at(slot, rules))
        return TK_TOO_EARLY;
    return at < slot->ends_at ? TK_OK : TK_SLOT_OVER;
}

/* When it was done: cut off, at the device; never later than now. */
static int64_t done_at(const struct context *c)
{
    return c->operation->cut_off && c->operation->at < c->now ? c->operation->at : c->now;
}

/* --- rows --- */

static void slot_touch(struct slot_row *row)
{
    row->slot.seq++;
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

static void ticket_touch(struct ticket_row *row, uint64_t seq)
{
    row->ticket.seq = seq;
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

/* Lets somebody in at a time by a door, or (0, "") takes it back. */
static void ticket_admit(struct ticket_row *row, int64_t at, const char door[DEVICE_SIZE],
                         uint64_t seq)
{
    row->ticket.admitted_at = at;
    memcpy(row->ticket.admitted_by, door, sizeof row->ticket.admitted_by);
    row->admission_changed = true;
    ticket_touch(row, seq);
}

static void customer_touch(struct customer_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

static void device_touch(struct device_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

/* Notes a change of an allotment that held `before`. */
static void allotment_touch(const struct context *c, struct allotment_row *row, int32_t before)
{
    if (!before && allotment_held(&row->allotment))
        row->allotment.granted_at = c->now;
    row->allotment.changed_at = c->now;
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

static void replica_touch(struct replica_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

static void block_touch(struct block_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

static uint64_t next_id(struct working_set *set, enum id_kind kind)
{
    uint64_t *next = kind == ID_TICKET ? &set->ids.next_ticket : &set->ids.next_customer;
    uint64_t id;

    do
        id = id_make(set->ids.key, kind, (*next)++);
    while (id == 0);
    return id;
}

/* --- finding a slot --- */

/* Whether count places may be sold of the slot; `returning` is one given back in the same step. */
static enum tk_code check_room(const struct context *c, const struct slot *slot, int64_t count,
                               int32_t returning)
{
    enum tk_code code = plan_check_open(slot, c->rules, c->now);
    int32_t free = slot->available + returning;

    if (code)
        return code;
    if (count < 1 || count > slot->capacity)
        return TK_BAD_COUNT;
    if (free == 0)
        return TK_SOLD_OUT;
    return count > free ? TK_NOT_ENOUGH_PLACES : TK_OK;
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
static enum tk_code choose_slot(const struct context *c, const struct slot_ref *ref, int64_t count,
                                int64_t old_slot, struct slot_row **row)
{
    enum tk_code best = TK_SLOT_NOT_FOUND, code;
    struct slot_row *found;

    *row = NULL;
    if (ref->id) {
        *row = working_set_slot(c->set, ref->id);
        return *row ? check_room(c, &(*row)->slot, count, (*row)->slot.id == old_slot)
                    : TK_SLOT_NOT_FOUND;
    }
    for (size_t i = 0; i < c->set->slot_count; i++) {
        found = &c->set->slots[i];
        if (!ref_matches(ref, &found->slot))
            continue;
        code = check_room(c, &found->slot, count, found->slot.id == old_slot);
        if (*row && (nearness(code) < nearness(best) ||
                     (nearness(code) == nearness(best) && (*row)->slot.id < found->slot.id)))
            continue;
        *row = found;
        best = code;
    }
    return best;
}

/* --- what a device did while it was cut off --- */

/* What the device holds of a slot; NULL: nothing, ever. */
static struct allotment_row *own_allotment(const struct context *c, int64_t slot_id)
{
    return working_set_allotment(c->set, slot_id, c->operation->device);
}

/* The id of the ticket at *number or behind it, which it is taken past. */
static uint64_t next_issued(const struct context *c, uint64_t *number)
{
    uint64_t id;

    do
        id = id_make(c->set->ids.key, ID_TICKET, (*number)++);
    while (!id);
    return id;
}

/* Whether the numbers of tickets that a device issued itself are its own and fresh (allotment.h, 4). They
   are of one block, be it one that the centre had lost. */
static enum tk_code check_numbers(const struct context *c, uint64_t first, int64_t count)
{
    uint64_t number = id_number(c->set->ids.key, ID_TICKET, first);
    struct block_row *row = working_set_block(c->set, number);

    if (count > NUMBER_BLOCK_SIZE ||
        row != working_set_block(c->set, number + (uint64_t)count - 1))
        return TK_NUMBER_USED;
    if (!c->operation->cut_off && number + (uint64_t)count > c->set->ids.next_ticket)
        return TK_NUMBER_USED; /* never given out: what was lost lies below what a restored store gives */
    if (c->operation->cut_off &&
        (!row || strcmp(row->block.holder, c->operation->device) != 0 || number < row->block.next))
        return TK_NUMBER_USED;
    for (int64_t i = 0; i < count; i++)
        if (working_set_ticket(c->set, next_issued(c, &number)))
            return TK_NUMBER_USED;
    return TK_OK;
}

/* Whether places are there for tickets that have their numbers: cut off those that the device holds, and
   nobody but the device itself judges the time; of a sale that the centre had lost those that are left. */
static enum tk_code check_held(const struct context *c, const struct slot *slot, int64_t count,
                               int32_t returning)
{
    const struct allotment_row *own = own_allotment(c, slot->id);
    int32_t left = slot->expired_at ? slot->lost : slot->available;

    if (count < 1 || count > slot->capacity)
        return TK_BAD_COUNT;
    if (!c->operation->cut_off)
        return count <= left ? TK_OK : left ? TK_NOT_ENOUGH_PLACES : TK_SOLD_OUT;
    if (c->set->partial && slot->expired_at)
        return TK_SLOT_EXPIRED;
    if (c->set->partial && c->operation->at >= plan_selling_closes_at(slot, c->rules))
        return TK_SELLING_CLOSED;
    if (slot->expired_at && count > left) /* a sale that the centre had lost took the place */
        return TK_NOT_ALLOTTED;
    return own && count <= allotment_held(&own->allotment) + returning ? TK_OK : TK_NOT_ALLOTTED;
}

/* As choose_slot, for tickets from `first` on. */
static enum tk_code choose_issued(const struct context *c, const struct slot_ref *ref,
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
static int32_t left_of(const struct context *c, const struct slot *slot)
{
    const struct allotment_row *own = own_allotment(c, slot->id);

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
static void use_numbers(const struct context *c, uint64_t first, int64_t count)
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

/* --- the kinds --- */

static enum tk_code plan_schedule(struct context *c)
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
static enum tk_code take_customer(struct context *c, struct customer_row **row)
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
static void take_early(const struct context *c, struct slot_row *slot, struct ticket *ticket)
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
static enum tk_code add_ticket(struct context *c, struct slot_row *slot, uint64_t id,
                               struct ticket *ticket)
{
    ticket->id = id ? id : next_id(c->set, ID_TICKET);
    if (!ticket->sale_id)
        ticket->sale_id = ticket->id;
    ticket->slot_id = slot->slot.id;
    ticket->status = slot->slot.expired_at ? TICKET_EXPIRED : TICKET_BOOKED;
    ticket->booked_at = ticket->changed_at = done_at(c);
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

/* Places for tickets that are sold: from what the device holds when it was cut off, else from the common
   stock; of an expired slot all of it was lost. The first ticket of a slot decides with which key its
   passes are made. */
static void slot_sell(const struct context *c, struct slot_row *row, int32_t count)
{
    struct allotment_row *own = c->operation->cut_off ? own_allotment(c, row->slot.id) : NULL;
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

static enum tk_code plan_book(struct context *c)
{
    const struct op_book *book = &c->operation->book;
    struct ticket ticket = {.sale_size = (int32_t)book->count};
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

/* A ticket with its slot. */
static enum tk_code take_ticket(struct context *c, uint64_t id, struct ticket_row **ticket,
                                struct slot_row **slot)
{
    *ticket = working_set_ticket(c->set, id);
    if (!*ticket)
        return TK_TICKET_NOT_FOUND;
    c->outcome->slot_id = (*ticket)->ticket.slot_id;
    *slot = working_set_slot(c->set, (*ticket)->ticket.slot_id);
    return *slot ? TK_OK : TK_INTERNAL;
}

/* A ticket that is to be taken back: one that was used is not. */
/* What was done with a ticket while a device was cut off, and it was Booked, is told late when its slot
   has expired since. */
static enum tk_code check_booked_then(const struct context *c, const struct ticket *ticket,
                                      const struct slot *slot)
{
    enum tk_code code = ticket_check_booked(ticket);

    return code == TK_TICKET_EXPIRED && c->operation->cut_off && slot->expired_at &&
                   done_at(c) < slot->expired_at
               ? TK_OK
               : code;
}

static enum tk_code take_booked(struct context *c, uint64_t id, struct ticket_row **ticket,
                                struct slot_row **slot)
{
    enum tk_code code = take_ticket(c, id, ticket, slot);

    if (!code) {
        c->outcome->customer_id = (*ticket)->ticket.customer_id;
        code = check_booked_then(c, &(*ticket)->ticket, &(*slot)->slot);
    }
    return !code && (*ticket)->ticket.admitted_at ? TK_TICKET_ADMITTED : code;
}

static void ticket_cancel(const struct context *c, struct ticket_row *row, uint64_t seq)
{
    row->ticket.status = TICKET_CANCELED;
    row->ticket.changed_at = row->ticket.canceled_at = done_at(c);
    ticket_touch(row, seq);
}

/* Gives the place back, cut off to what the device holds, and makes the ticket Canceled. */
static void give_back(const struct context *c, struct ticket_row *ticket, struct slot_row *slot)
{
    struct allotment_row *own = c->operation->cut_off ? own_allotment(c, slot->slot.id) : NULL;

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

/* Whether the place of a ticket may go back to where it has to: cut off a device takes back what it sold
   from its own. */
static enum tk_code check_returnable(const struct context *c, int64_t slot_id)
{
    const struct allotment_row *own = own_allotment(c, slot_id);

    return !c->operation->cut_off || (own && own->allotment.sold > 0) ? TK_OK : TK_NOT_ALLOTTED;
}

static enum tk_code plan_cancel(struct context *c)
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

static enum tk_code plan_reissue(struct context *c)
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
    code = reissue->new_ticket ? choose_issued(c, &reissue->slot, 1, reissue->new_ticket,
                                               old_slot->slot.id, &slot)
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

static enum tk_code plan_expire(struct context *c)
{
    const struct op_expire *expire = &c->operation->expire;
    struct slot_row *row = working_set_slot(c->set, expire->slot_id);

    if (!row)
        return TK_SLOT_NOT_FOUND;
    c->outcome->slot_id = row->slot.id;
    if (row->slot.expired_at)
        return TK_SLOT_EXPIRED;
    if (expire->as_of < row->slot.ends_at ||
        expire->as_of - row->slot.ends_at < c->rules->expire_after)
        return TK_NOT_DUE;
    c->outcome->count = row->slot.sold;
    row->slot.lost += row->slot.available + row->slot.allotted;
    row->slot.available = row->slot.allotted = 0;
    row->slot.expired_at = c->now;
    slot_touch(row);
    row->expire_tickets = true;
    row->expired_seq = row->slot.seq;
    for (size_t i = 0; i < c->set->ticket_count; i++) {
        struct ticket_row *ticket = &c->set->tickets[i];

        if (ticket->ticket.slot_id != row->slot.id || ticket->ticket.status != TICKET_BOOKED)
            continue;
        ticket->ticket.status = TICKET_EXPIRED;
        ticket->ticket.changed_at = c->now;
        ticket_touch(ticket, row->slot.seq);
    }
    return TK_OK;
}

/* Counts a ticket of the customer as gone and forgets the customer with the last one. */
static void customer_lose_ticket(const struct context *c, struct customer_row *row)
{
    customer_touch(row);
    if (--row->customer.tickets > 0)
        return;
    memset(row->customer.name, 0, sizeof row->customer.name);
    memset(row->customer.phone, 0, sizeof row->customer.phone);
    row->customer.erased_at = c->now;
}

static bool is_settled(const struct ticket *ticket, int64_t slot_id, int64_t before)
{
    return ticket->slot_id == slot_id && ticket->changed_at <= before &&
           (ticket->status == TICKET_EXPIRED || ticket->status == TICKET_CANCELED);
}

static enum tk_code plan_archive(struct context *c)
{
    const struct op_archive *archive = &c->operation->archive;
    struct slot_row *row = working_set_slot(c->set, archive->slot_id);
    bool whole;

    if (!row)
        return TK_SLOT_NOT_FOUND;
    c->outcome->slot_id = row->slot.id;
    whole = row->slot.expired_at && row->slot.expired_at <= archive->before &&
            !row->slot.archived_at;
    for (size_t i = 0; i < c->set->ticket_count; i++) {
        struct ticket_row *ticket = &c->set->tickets[i];
        struct customer_row *customer;

        if (!is_settled(&ticket->ticket, archive->slot_id, archive->before))
            continue;
        if (c->outcome->count++ == 0)
            slot_touch(row);
        ticket->ticket.status = TICKET_ARCHIVED;
        ticket->ticket.changed_at = c->now;
        ticket_touch(ticket, row->slot.seq);
        customer = working_set_customer(c->set, ticket->ticket.customer_id);
        if (customer)
            customer_lose_ticket(c, customer);
    }
    if (!c->outcome->count && !whole)
        return TK_NOT_DUE;
    if (whole) {
        if (!c->outcome->count)
            slot_touch(row);
        row->slot.archived_at = c->now;
    }
    return TK_OK;
}

/* A token opens one door: while a device has it, no other may be enrolled with it. */
static bool is_token_taken(const struct working_set *set, const uint8_t hash[CRYPTO_HASH_SIZE])
{
    for (size_t i = 0; i < set->device_count; i++) {
        const struct device *device = &set->devices[i].device;

        if (!device->revoked_at && memcmp(device->token_hash, hash, CRYPTO_HASH_SIZE) == 0)
            return true;
    }
    return false;
}

static enum tk_code plan_enrol(struct context *c)
{
    const struct op_enrol *enrol = &c->operation->enrol;
    struct device_row *row = working_set_device(c->set, enrol->name);
    struct device device = {.role = enrol->role, .enrolled_at = c->now};

    if ((row && !row->device.revoked_at) || is_token_taken(c->set, enrol->token_hash))
        return TK_DEVICE_KNOWN;
    memcpy(device.name, enrol->name, sizeof device.name);
    memcpy(device.token_hash, enrol->token_hash, sizeof device.token_hash);
    if (row) {
        row->device = device;
        device_touch(row);
        return TK_OK;
    }
    if (working_set_add_device(c->set, &device))
        return TK_NO_MEMORY;
    c->set->devices[c->set->device_count - 1].state = ROW_NEW;
    return TK_OK;
}

static enum tk_code plan_revoke(struct context *c)
{
    struct device_row *row = working_set_device(c->set, c->operation->revoke.name);

    if (!row || row->device.revoked_at)
        return TK_DEVICE_NOT_FOUND;
    row->device.revoked_at = c->now;
    device_touch(row);
    return TK_OK;
}

/* Whether the ticket of an expired slot was Booked at a time when it could be admitted: a door that
   was cut off tells late of whom it let in. */
static bool was_good(const struct context *c, const struct ticket *ticket, const struct slot *slot,
                     int64_t at)
{
    return ticket->status == TICKET_EXPIRED && at >= plan_admission_opens_at(slot, c->rules) &&
           at < slot->ends_at && at < slot->expired_at;
}

/* Whether somebody may be let in with a ticket that is not known here, whose pass is genuine: its sale is
   on a till that is cut off. A copy lacks what was sold since as well. */
static enum tk_code check_early(const struct context *c, const struct slot_row *slot)
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
    return held && (c->operation->cut_off || allotment_held(&held->allotment)) ? TK_OK
                                                                               : TK_TICKET_NOT_FOUND;
}

static enum tk_code admit_early(struct context *c, int64_t at)
{
    const struct op_admit *admit = &c->operation->admit;
    const struct slot_row *slot = working_set_slot(c->set, admit->slot_id);
    struct early_admission early = {.ticket_id = admit->ticket_id, .slot_id = admit->slot_id,
                                    .admitted_at = at};
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

static enum tk_code plan_admit(struct context *c)
{
    const struct op_admit *admit = &c->operation->admit;
    struct ticket_row *ticket;
    struct slot_row *slot;
    struct ticket then;
    int64_t at = admit->admitted_at ? admit->admitted_at : c->now;
    enum tk_code code = take_ticket(c, admit->ticket_id, &ticket, &slot);

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
static int64_t taken_back_at(const struct context *c, int64_t admitted_at)
{
    int64_t at = c->operation->at;

    return at < admitted_at || at > c->now ? c->now : at;
}

static enum tk_code unadmit_early(struct context *c)
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

static enum tk_code plan_unadmit(struct context *c)
{
    static const char nobody[DEVICE_SIZE];
    struct ticket_row *ticket;
    struct slot_row *slot;
    enum tk_code code = take_ticket(c, c->operation->unadmit.ticket_id, &ticket, &slot);

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

static enum tk_code plan_copy(struct context *c)
{
    struct ticket_row *ticket;
    struct slot_row *slot;
    enum tk_code code = take_ticket(c, c->operation->copy.ticket_id, &ticket, &slot);

    if (!code)
        code = check_booked_then(c, &ticket->ticket, &slot->slot);
    if (code)
        return code;
    slot_touch(slot);
    c->outcome->ticket_id = ticket->ticket.id;
    c->outcome->count = ++ticket->ticket.prints;
    ticket_touch(ticket, slot->slot.seq);
    return TK_OK;
}

static enum tk_code plan_rotate(struct context *c)
{
    struct id_supply *ids = &c->set->ids;

    if (c->operation->rotate.generation != ids->key_generation + 1)
        return TK_BAD_GENERATION;
    ids->key_generation++;
    ids->rotated = true;
    c->outcome->count = (int32_t)ids->key_generation;
    return TK_OK;
}

/* --- tills that sell while they are cut off --- */

static enum tk_code take_replica(const struct context *c, const char *device,
                                 struct replica_row **row)
{
    *row = working_set_replica(c->set, device);
    if (!*row)
        return TK_NOT_JOINED;
    if ((*row)->replica.dismissed_at)
        return TK_DISMISSED;
    return (*row)->replica.quarantined_at ? TK_QUARANTINED : TK_OK;
}

static bool holds_places(const struct working_set *set, const char *device)
{
    for (size_t i = 0; i < set->allotment_count; i++)
        if (strcmp(set->allotments[i].allotment.holder, device) == 0 &&
            allotment_held(&set->allotments[i].allotment) > 0)
            return true;
    return false;
}

/* Ids rise with time: a request of a copy that was followed by another is late. */
static bool is_older(const struct op_id *id, const struct op_id *than)
{
    return memcmp(id->bytes, than->bytes, sizeof id->bytes) < 0;
}

static enum tk_code plan_join(struct context *c)
{
    const struct op_id *id = &c->operation->join.replica;
    struct replica_row *row = working_set_replica(c->set, c->operation->device);
    struct replica replica = {.id = *id, .joined_at = c->now};
    bool same = row && op_id_equal(&row->replica.id, id);

    if (same && row->replica.dismissed_at)
        return TK_DISMISSED;
    if (same)
        return TK_OK;
    if (row && !row->replica.dismissed_at &&
        !op_id_equal(&row->replica.id, &c->operation->join.replaces) &&
        (is_older(id, &row->replica.id) || holds_places(c->set, c->operation->device)))
        return TK_SAME_TILL;
    memcpy(replica.device, c->operation->device, sizeof replica.device);
    if (row) {
        row->replica = replica;
        replica_touch(row);
        return TK_OK;
    }
    if (working_set_add_replica(c->set, &replica))
        return TK_NO_MEMORY;
    c->set->replicas[c->set->replica_count - 1].state = ROW_NEW;
    return TK_OK;
}

/* The allotment of a holder, made when there is none yet. */
static enum tk_code make_allotment(struct context *c, int64_t slot_id, const char *holder,
                                   struct allotment_row **row)
{
    struct allotment allotment = {.slot_id = slot_id};

    *row = working_set_allotment(c->set, slot_id, holder);
    if (*row)
        return TK_OK;
    memcpy(allotment.holder, holder, sizeof allotment.holder);
    if (working_set_add_allotment(c->set, &allotment))
        return TK_NO_MEMORY;
    *row = &c->set->allotments[c->set->allotment_count - 1];
    (*row)->state = ROW_NEW;
    return TK_OK;
}

/* A slot that sells to one who is cut off has its key from then on: a till could not know another. */
static enum tk_code plan_grant(struct context *c)
{
    const struct op_grant *grant = &c->operation->grant;
    struct slot_row *slot = working_set_slot(c->set, grant->slot_id);
    const struct allotment_row *known =
        working_set_allotment(c->set, grant->slot_id, grant->holder);
    int64_t more = grant->granted - (known ? known->allotment.granted : 0);
    struct replica_row *replica;
    struct allotment_row *row;
    int32_t before;
    enum tk_code code = slot ? take_replica(c, grant->holder, &replica) : TK_SLOT_NOT_FOUND;

    if (code)
        return code;
    c->outcome->slot_id = slot->slot.id;
    c->outcome->available = slot->slot.available;
    if (more <= 0)
        return TK_OK;
    code = check_room(c, &slot->slot, more, 0);
    if (!code)
        code = make_allotment(c, grant->slot_id, grant->holder, &row);
    if (code)
        return code;
    before = allotment_held(&row->allotment);
    row->allotment.granted += (int32_t)more;
    allotment_touch(c, row, before);
    slot->slot.available -= (int32_t)more;
    slot->slot.allotted += (int32_t)more;
    if (!slot->slot.key_generation)
        slot->slot.key_generation = c->set->ids.key_generation;
    slot_touch(slot);
    c->outcome->count = (int32_t)more;
    c->outcome->available = slot->slot.available;
    return TK_OK;
}

/* Moves places that a till holds back to the common stock. */
static void unallot(const struct context *c, struct allotment_row *row, struct slot_row *slot,
                    int32_t *total, int32_t count)
{
    int32_t before = allotment_held(&row->allotment);

    *total += count;
    allotment_touch(c, row, before);
    if (!slot->slot.expired_at) {
        slot->slot.allotted -= count;
        slot->slot.available += count;
    }
    slot_touch(slot);
    c->outcome->count = count;
    c->outcome->available = slot->slot.available;
}

/* Never refused for its number: a till that was written off meanwhile has nothing left to give back. */
static enum tk_code plan_give_back(struct context *c)
{
    const struct op_give_back *give = &c->operation->give_back;
    struct slot_row *slot = working_set_slot(c->set, give->slot_id);
    struct allotment_row *row = own_allotment(c, give->slot_id);
    int64_t more;

    if (!slot)
        return TK_SLOT_NOT_FOUND;
    c->outcome->slot_id = slot->slot.id;
    more = row ? give->returned - row->allotment.returned : 0;
    if (row && more > allotment_held(&row->allotment))
        more = allotment_held(&row->allotment);
    if (more > 0)
        unallot(c, row, slot, &row->allotment.returned, (int32_t)more);
    return TK_OK;
}

static enum tk_code dismiss(struct context *c, const char *holder)
{
    struct replica_row *replica = working_set_replica(c->set, holder);

    if (!replica)
        return TK_NOT_JOINED;
    if (replica->replica.dismissed_at)
        return TK_OK;
    replica->replica.dismissed_at = c->now;
    replica_touch(replica);
    for (size_t i = 0; i < c->set->block_count; i++) {
        struct block_row *row = &c->set->blocks[i];

        if (row->block.written_off_at || strcmp(row->block.holder, holder) != 0)
            continue;
        row->block.written_off_at = c->now;
        block_touch(row);
    }
    return TK_OK;
}

static enum tk_code plan_write_off(struct context *c)
{
    const struct op_write_off *write_off = &c->operation->write_off;
    struct slot_row *slot = working_set_slot(c->set, write_off->slot_id);
    struct allotment_row *row;

    if (!write_off->slot_id)
        return dismiss(c, write_off->holder);
    if (!slot)
        return TK_SLOT_NOT_FOUND;
    c->outcome->slot_id = slot->slot.id;
    row = working_set_allotment(c->set, write_off->slot_id, write_off->holder);
    if (!row || !allotment_held(&row->allotment))
        return TK_OK;
    row->allotment.written_off_at = c->now;
    memcpy(row->allotment.written_off_by, c->operation->actor,
           sizeof row->allotment.written_off_by);
    unallot(c, row, slot, &row->allotment.written_off, allotment_held(&row->allotment));
    return TK_OK;
}

static bool is_in(uint64_t number, uint64_t first)
{
    return number >= first && number < first + NUMBER_BLOCK_SIZE;
}

/* None of a block's numbers makes an id that is none. */
static enum tk_code plan_block(struct context *c)
{
    struct id_supply *ids = &c->set->ids;
    struct number_block block = {.count = NUMBER_BLOCK_SIZE, .granted_at = c->now};
    uint64_t holes[] = {id_number(ids->key, ID_TICKET, 0), id_number(ids->key, ID_CUSTOMER, 0)};
    struct replica_row *replica;
    enum tk_code code = take_replica(c, c->operation->block.holder, &replica);

    if (code)
        return code;
    block.first = ids->next_ticket > ids->next_customer ? ids->next_ticket : ids->next_customer;
    while (is_in(holes[0], block.first) || is_in(holes[1], block.first))
        block.first += NUMBER_BLOCK_SIZE;
    block.next = block.first;
    memcpy(block.holder, c->operation->block.holder, sizeof block.holder);
    if (working_set_add_block(c->set, &block))
        return TK_NO_MEMORY;
    c->set->blocks[c->set->block_count - 1].state = ROW_NEW;
    ids->next_ticket = ids->next_customer = ids->floor = block.first + NUMBER_BLOCK_SIZE;
    ids->raised = true;
    c->outcome->ticket_id = id_make(ids->key, ID_TICKET, block.first);
    c->outcome->count = NUMBER_BLOCK_SIZE;
    return TK_OK;
}

static enum tk_code plan_mark(struct context *c)
{
    const struct op_mark *mark = &c->operation->mark;
    struct replica_row *row;
    enum tk_code code = take_replica(c, c->operation->device, &row);

    if (!code && !op_id_equal(&row->replica.id, &mark->replica))
        code = TK_NOT_JOINED;
    if (code || mark->seq <= row->replica.seq) /* told before */
        return code;
    row->replica.seq = mark->seq;
    memcpy(row->replica.hash, mark->hash, sizeof row->replica.hash);
    replica_touch(row);
    return TK_OK;
}

static enum tk_code plan_quarantine(struct context *c)
{
    struct replica_row *row;
    enum tk_code code = take_replica(c, c->operation->quarantine.holder, &row);

    if (code)
        return code == TK_QUARANTINED ? TK_OK : code;
    row->replica.quarantined_at = c->now;
    replica_touch(row);
    return TK_OK;
}

/* --- operations that shall not have run --- */

/* Takes back what is left of a sale that nobody has, as one change. It was asked of the common stock, and
   goes back there. */
static void undo_sale(struct context *c, uint64_t sale_id)
{
    for (size_t i = 0; i < c->set->ticket_count; i++) {
        struct ticket_row *ticket = &c->set->tickets[i];
        struct slot_row *slot = working_set_slot(c->set, ticket->ticket.slot_id);

        if (ticket->ticket.sale_id != sale_id || ticket->ticket.admitted_at || !slot ||
            (ticket->ticket.status != TICKET_BOOKED && ticket->ticket.status != TICKET_EXPIRED))
            continue;
        if (c->outcome->count++ == 0)
            slot_touch(slot);
        if (slot->slot.expired_at)
            slot->slot.lost++;
        else
            slot->slot.available++;
        slot->slot.sold--;
        ticket_cancel(c, ticket, slot->slot.seq);
        c->outcome->slot_id = slot->slot.id;
        c->outcome->available = slot->slot.available;
    }
}

static void undo_admission(struct context *c, uint64_t ticket_id)
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

/* What became of the operation so far, in the journal or earlier in the batch. */
static struct seen_operation find_run(const struct context *c, const struct void_row *row)
{
    struct seen_operation seen = row->seen;

    for (size_t i = 0; !seen.found && i < c->at; i++)
        if (op_id_equal(&c->batch[i].id, &row->operation)) {
            seen = (struct seen_operation){
                .found = true, .kind = c->batch[i].kind, .outcome = c->outcomes[i]};
            memcpy(seen.device, c->batch[i].device, sizeof seen.device);
        }
    return seen;
}

static enum tk_code plan_void_(struct context *c)
{
    struct void_row *row = working_set_void(c->set, &c->operation->void_.operation);
    struct seen_operation seen;

    if (!row)
        return TK_INTERNAL; /* it is loaded always */
    seen = find_run(c, row);
    if (!seen.found) {
        row->state = ROW_NEW;
        return TK_OK;
    }
    if (strcmp(seen.device, c->operation->device) != 0) /* what others did is theirs to take back */
        return TK_OK;
    c->outcome->ticket_id = seen.outcome.ticket_id;
    if (!seen.outcome.code && seen.kind == OP_BOOK)
        undo_sale(c, seen.outcome.ticket_id);
    else if (!seen.outcome.code && seen.kind == OP_ADMIT)
        undo_admission(c, seen.outcome.ticket_id);
    return TK_OK;
}

/* --- disputes --- */

static enum tk_code plan_settle(struct context *c)
{
    const struct op_close *settle = &c->operation->settle;
    struct dispute_row *row = working_set_dispute(c->set, &settle->dispute);

    if (!row)
        return TK_DISPUTE_NOT_FOUND;
    c->outcome->slot_id = row->dispute.slot_id;
    c->outcome->ticket_id = row->dispute.ticket_id;
    if (row->dispute.closed_at)
        return TK_DISPUTE_CLOSED;
    row->dispute.closed_at = c->now;
    memcpy(row->dispute.closed_by, c->operation->actor, sizeof row->dispute.closed_by);
    memcpy(row->dispute.reason, settle->reason, sizeof row->dispute.reason);
    dispute_hide_customer(&row->dispute);
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
    return TK_OK;
}

static uint64_t ticket_of(const struct operation *operation)
{
    switch (operation->kind) {
    case OP_BOOK: /* which may be no number at all, and be refused for that */
        return operation->book.first_ticket <= ID_MAX ? operation->book.first_ticket : 0;
    case OP_REISSUE:
        return operation->reissue.ticket_id;
    case OP_CANCEL:
        return operation->cancel.ticket_id;
    case OP_ADMIT:
        return operation->admit.ticket_id;
    case OP_UNADMIT:
        return operation->unadmit.ticket_id;
    case OP_PRINT:
        return operation->copy.ticket_id;
    default:
        return 0;
    }
}

static int64_t slot_of(const struct operation *operation)
{
    switch (operation->kind) {
    case OP_BOOK:
        return operation->book.slot.id;
    case OP_REISSUE:
        return operation->reissue.slot.id;
    case OP_ADMIT:
        return operation->admit.slot_id;
    case OP_RETURN:
        return operation->give_back.slot_id;
    default:
        return 0;
    }
}

static int32_t count_of(const struct operation *operation)
{
    int64_t count = operation->kind == OP_BOOK ? operation->book.count : 1;

    return count < 0 || count > SLOT_CAPACITY_MAX ? 0 : (int32_t)count;
}

/* Who stands on the other side, as far as the rows tell: the door that let the ticket in, when it was
   canceled, who wrote the places off. */
static void tell_other(const struct context *c, struct dispute *dispute)
{
    const struct ticket_row *ticket = working_set_ticket(c->set, dispute->ticket_id);
    const struct early_row *early = working_set_early(c->set, dispute->ticket_id);
    const struct allotment_row *own = own_allotment(c, dispute->slot_id);

    if (ticket && ticket->ticket.admitted_at) {
        memcpy(dispute->other, ticket->ticket.admitted_by, sizeof ticket->ticket.admitted_by);
        dispute->other_at = ticket->ticket.admitted_at;
    } else if (ticket) {
        dispute->other_at = ticket->ticket.changed_at;
    } else if (early && !early->gone) {
        memcpy(dispute->other, early->early.admitted_by, sizeof early->early.admitted_by);
        dispute->other_at = early->early.admitted_at;
    } else if (own && own->allotment.written_off_at) {
        memcpy(dispute->other, own->allotment.written_off_by, sizeof dispute->other);
        dispute->other_at = own->allotment.written_off_at;
    }
}

/* What was done while a device was cut off cannot be undone by a refusal: a person has to look at it.
   `looked`: the rows were loaded and looked at. */
static enum tk_code note_dispute(const struct context *c, bool looked)
{
    const struct operation *operation = c->operation;
    struct dispute dispute = {
        .id = operation->id,
        .kind = operation->kind,
        .at = operation->at,
        .code = c->outcome->code,
        .slot_id = c->outcome->slot_id ? c->outcome->slot_id : slot_of(operation),
        .ticket_id = ticket_of(operation),
        .count = count_of(operation),
        .found_at = c->now,
    };

    bool told_late = operation->cut_off ||
                     (operation->kind == OP_BOOK && operation->book.first_ticket);

    if (!told_late || c->set->partial || !tk_code_is_refusal(c->outcome->code))
        return TK_OK;
    memcpy(dispute.device, operation->device, sizeof dispute.device);
    memcpy(dispute.actor, operation->actor, sizeof dispute.actor);
    if (operation->kind == OP_BOOK) { /* there is no customer of a sale that was refused */
        memcpy(dispute.customer_name, operation->book.customer_name, sizeof dispute.customer_name);
        memcpy(dispute.customer_phone, operation->book.customer_phone,
               sizeof dispute.customer_phone);
    }
    if (looked)
        tell_other(c, &dispute);
    if (working_set_dispute(c->set, &dispute.id))
        return TK_OK;
    if (working_set_add_dispute(c->set, &dispute))
        return TK_NO_MEMORY;
    c->set->disputes[c->set->dispute_count - 1].state = ROW_NEW;
    return TK_OK;
}

static enum tk_code (*const kinds[OP_KIND_COUNT])(struct context *) = {
#define X(kind, member, name) [kind] = plan_##member,
    OP_KIND_TABLE(X)
#undef X
};

/* --- the batch --- */

static bool answer_again(const uint8_t digest[CRYPTO_HASH_SIZE],
                         const uint8_t known[CRYPTO_HASH_SIZE], const struct outcome *before,
                         struct outcome *outcome)
{
    if (memcmp(digest, known, CRYPTO_HASH_SIZE) == 0)
        *outcome = *before;
    else
        *outcome = (struct outcome){.code = TK_ID_REUSED};
    outcome->replayed = true;
    return true;
}

/* The place of an operation of the same id earlier in the batch, or `at`. Ids that differ in their
   first half only share an entry of the index: then all are looked at. */
static size_t find_earlier(const struct operation *operations, size_t at, struct working_set *set,
                           enum tk_code *code)
{
    const struct op_id *id = &operations[at].id;
    uint64_t key;
    size_t earlier;

    memcpy(&key, id->bytes + 8, sizeof key);
    earlier = map_find(&set->operation_index, key);
    if (earlier == MAP_NONE) {
        *code = map_add(&set->operation_index, key, at);
        return at;
    }
    for (size_t i = earlier; i < at; i++)
        if (op_id_equal(&operations[i].id, id))
            return i;
    return at;
}

/* Whether the operation was seen before, in the journal or earlier in the batch. */
static bool plan_replay(const struct operation *operations, size_t at, struct working_set *set,
                        struct outcome *outcomes, enum tk_code *code)
{
    const struct seen_operation *seen = &set->seen[at];
    size_t earlier;

    if (!seen->found) {
        const struct void_row *voided = working_set_void(set, &operations[at].id);

        if (voided && voided->state == ROW_NEW) {
            outcomes[at] = (struct outcome){.code = TK_VOIDED, .replayed = true};
            return true;
        }
    }
    if (seen->found)
        return answer_again(set->digests[at],
                            seen->digest_lost ? set->digests[at] : seen->digest, &seen->outcome,
                            &outcomes[at]);
    earlier = find_earlier(operations, at, set, code);
    return earlier != at && answer_again(set->digests[at], set->digests[earlier],
                                         &outcomes[earlier], &outcomes[at]);
}

enum tk_code plan(const struct operation *operations, size_t count, struct working_set *set,
                  const struct plan_rules *rules, int64_t now, struct outcome *outcomes)
{
    for (size_t i = 0; i < count; i++) {
        struct context c = {&operations[i], operations, outcomes, i, set, rules, now, &outcomes[i]};
        enum tk_code code = TK_OK;
        bool looked;

        outcomes[i] = (struct outcome){0};
        if (plan_replay(operations, i, set, outcomes, &code)) {
            /* what became of it first is told; that its id was another's, or given up, is news */
            bool news = outcomes[i].code == TK_ID_REUSED || outcomes[i].code == TK_VOIDED;

            code = news ? note_dispute(&c, false) : TK_OK;
            if (code)
                return code;
            continue;
        }
        if (code)
            return code;
        outcomes[i].code = operation_check(&operations[i]);
        looked = !outcomes[i].code;
        if (looked)
            outcomes[i].code = kinds[operations[i].kind](&c);
        if (outcomes[i].code == TK_NO_MEMORY || outcomes[i].code == TK_INTERNAL)
            return outcomes[i].code;
        if (outcomes[i].code && note_dispute(&c, looked))
            return TK_NO_MEMORY;
    }
    return TK_OK;
}
