#include "core/plan.h"

#include <assert.h>
#include <string.h>

#include "core/list.h"

/* What one operation is decided with. */
struct context {
    const struct operation *operation;
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
    customer.id = next_id(c->set, ID_CUSTOMER);
    if (working_set_add_customer(c->set, &customer))
        return TK_NO_MEMORY;
    *row = &c->set->customers[c->set->customer_count - 1];
    (*row)->state = ROW_NEW;
    return TK_OK;
}

/* Adds one new ticket of the slot to the set. */
static enum tk_code add_ticket(struct context *c, const struct slot *slot, struct ticket *ticket)
{
    ticket->id = next_id(c->set, ID_TICKET);
    if (!ticket->sale_id)
        ticket->sale_id = ticket->id;
    ticket->slot_id = slot->id;
    ticket->status = TICKET_BOOKED;
    ticket->booked_at = ticket->changed_at = c->now;
    ticket->seq = slot->seq;
    if (working_set_add_ticket(c->set, ticket))
        return TK_NO_MEMORY;
    c->set->tickets[c->set->ticket_count - 1].state = ROW_NEW;
    return TK_OK;
}

/* The first ticket of a slot decides with which key its passes are made. */
static void slot_sell(const struct context *c, struct slot_row *row, int32_t count)
{
    row->slot.available -= count;
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
    enum tk_code code;

    code = choose_slot(c, &book->slot, book->count, 0, &row);
    if (row) {
        c->outcome->slot_id = row->slot.id;
        c->outcome->available = row->slot.available;
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
    for (int64_t i = 0; i < book->count; i++) {
        ticket.sale_position = (int32_t)i + 1;
        code = add_ticket(c, &row->slot, &ticket);
        if (code)
            return code;
    }
    c->outcome->ticket_id = ticket.sale_id;
    c->outcome->count = (int32_t)book->count;
    c->outcome->customer_id = ticket.customer_id;
    c->outcome->available = row->slot.available;
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
static enum tk_code take_booked(struct context *c, uint64_t id, struct ticket_row **ticket,
                                struct slot_row **slot)
{
    enum tk_code code = take_ticket(c, id, ticket, slot);

    if (!code) {
        c->outcome->customer_id = (*ticket)->ticket.customer_id;
        code = ticket_check_booked(&(*ticket)->ticket);
    }
    return !code && (*ticket)->ticket.admitted_at ? TK_TICKET_ADMITTED : code;
}

/* Gives the place back and makes the ticket Canceled. */
static void give_back(const struct context *c, struct ticket_row *ticket, struct slot_row *slot)
{
    slot->slot.available++;
    slot->slot.sold--;
    slot_touch(slot);
    ticket->ticket.status = TICKET_CANCELED;
    ticket->ticket.changed_at = ticket->ticket.canceled_at = c->now;
    ticket_touch(ticket, slot->slot.seq);
}

static enum tk_code plan_cancel(struct context *c)
{
    struct ticket_row *ticket;
    struct slot_row *slot;
    enum tk_code code = take_booked(c, c->operation->cancel.ticket_id, &ticket, &slot);

    if (code)
        return code;
    give_back(c, ticket, slot);
    c->outcome->ticket_id = ticket->ticket.id;
    c->outcome->count = 1;
    c->outcome->available = slot->slot.available;
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
    if (code)
        return code;
    code = choose_slot(c, &reissue->slot, 1, old_slot->slot.id, &slot);
    if (slot) {
        c->outcome->slot_id = slot->slot.id;
        c->outcome->available = slot->slot.available;
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
    code = add_ticket(c, &slot->slot, &ticket);
    if (code)
        return code;
    working_set_ticket(c->set, reissue->ticket_id)->ticket.replaced_by = ticket.id;
    c->outcome->ticket_id = ticket.id;
    c->outcome->old_ticket_id = reissue->ticket_id;
    c->outcome->count = 1;
    c->outcome->available = slot->slot.available;
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
    row->slot.lost += row->slot.available;
    row->slot.available = 0;
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

static enum tk_code plan_admit(struct context *c)
{
    const struct op_admit *admit = &c->operation->admit;
    struct ticket_row *ticket;
    struct slot_row *slot;
    struct ticket then;
    int64_t at = admit->admitted_at ? admit->admitted_at : c->now;
    enum tk_code code = take_ticket(c, admit->ticket_id, &ticket, &slot);

    if (code)
        return code;
    c->outcome->ticket_id = ticket->ticket.id;
    if (at > c->now + ADMIT_CLOCK_SLACK) /* nobody is let in ahead of time */
        at = c->now;
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
static int64_t taken_back_at(const struct context *c, const struct ticket *ticket)
{
    int64_t at = c->operation->at;

    return at < ticket->admitted_at || at > c->now ? c->now : at;
}

static enum tk_code plan_unadmit(struct context *c)
{
    static const char nobody[DEVICE_SIZE];
    struct ticket_row *ticket;
    struct slot_row *slot;
    enum tk_code code = take_ticket(c, c->operation->unadmit.ticket_id, &ticket, &slot);

    if (code)
        return code;
    c->outcome->ticket_id = ticket->ticket.id;
    if (!ticket->ticket.admitted_at)
        return TK_NOT_ADMITTED;
    if (ticket->ticket.status != TICKET_EXPIRED ||
        taken_back_at(c, &ticket->ticket) >= slot->slot.expired_at)
        code = ticket_check_booked(&ticket->ticket); /* once the books are closed it stays */
    if (code)
        return code;
    if (strcmp(ticket->ticket.admitted_by, c->operation->device) != 0)
        return TK_OTHER_DOOR;
    if (taken_back_at(c, &ticket->ticket) - ticket->ticket.admitted_at > ADMIT_UNDO_WITHIN)
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
        code = ticket_check_booked(&ticket->ticket);
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
        struct context c = {&operations[i], set, rules, now, &outcomes[i]};
        enum tk_code code = TK_OK;

        outcomes[i] = (struct outcome){0};
        if (plan_replay(operations, i, set, outcomes, &code))
            continue;
        if (code)
            return code;
        outcomes[i].code = operation_check(&operations[i]);
        if (!outcomes[i].code)
            outcomes[i].code = kinds[operations[i].kind](&c);
        if (outcomes[i].code == TK_NO_MEMORY || outcomes[i].code == TK_INTERNAL)
            return outcomes[i].code;
    }
    return TK_OK;
}
