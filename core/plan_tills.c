/* The rules: tills that sell while they are cut off, what shall not have run, disputes. */
#include "core/plan_internal.h"

#include <string.h>

static enum tk_code take_replica(const struct plan_context *c, const char *device,
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

enum tk_code plan_join(struct plan_context *c)
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
static enum tk_code make_allotment(struct plan_context *c, int64_t slot_id, const char *holder,
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

/* A slot that sells to one who is cut off has its key from then on: a till could not know another.
 */
enum tk_code plan_grant(struct plan_context *c)
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
    code = plan_check_room(c, &slot->slot, more, 0);
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
static void unallot(const struct plan_context *c, struct allotment_row *row, struct slot_row *slot,
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

/* Never refused for its number: a till that was written off meanwhile has nothing left to give
 * back. */
enum tk_code plan_give_back(struct plan_context *c)
{
    const struct op_give_back *give = &c->operation->give_back;
    struct slot_row *slot = working_set_slot(c->set, give->slot_id);
    struct allotment_row *row = plan_own_allotment(c, give->slot_id);
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

static enum tk_code dismiss(struct plan_context *c, const char *holder)
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

enum tk_code plan_write_off(struct plan_context *c)
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
enum tk_code plan_block(struct plan_context *c)
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
    ids->next_ticket = ids->next_customer = block.first + NUMBER_BLOCK_SIZE;
    if (ids->floor < ids->next_ticket) {
        ids->floor = ids->next_ticket;
        ids->raised = true;
    }
    c->outcome->ticket_id = id_make(ids->key, ID_TICKET, block.first);
    c->outcome->count = NUMBER_BLOCK_SIZE;
    return TK_OK;
}

enum tk_code plan_mark(struct plan_context *c)
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

enum tk_code plan_quarantine(struct plan_context *c)
{
    struct replica_row *row;
    enum tk_code code = take_replica(c, c->operation->quarantine.holder, &row);

    if (code)
        return code == TK_QUARANTINED ? TK_OK : code;
    row->replica.quarantined_at = c->now;
    replica_touch(row);
    return TK_OK;
}

/* Takes back what is left of a sale that nobody has, as one change. It was asked of the common
   stock, and goes back there. */
static void undo_sale(struct plan_context *c, uint64_t sale_id)
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

/* What became of the operation so far, in the journal or earlier in the batch. */
static struct seen_operation find_run(const struct plan_context *c, const struct void_row *row)
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

enum tk_code plan_void_(struct plan_context *c)
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
    c->voided = seen.kind;
    if (!seen.outcome.code && seen.kind == OP_BOOK)
        undo_sale(c, seen.outcome.ticket_id);
    else if (!seen.outcome.code && seen.kind == OP_ADMIT)
        plan_undo_admission(c, seen.outcome.ticket_id);
    return TK_OK;
}

enum tk_code plan_settle(struct plan_context *c)
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
    if (operation->kind != OP_BOOK)
        return operation_ticket(operation);
    /* which may be no number at all, and be refused for that */
    return operation->book.first_ticket <= ID_MAX ? operation->book.first_ticket : 0;
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

/* Who stands on the other side, as far as the rows tell: the door that let the ticket in, when it
   was canceled, who wrote the places off. */
static void tell_other(const struct plan_context *c, struct dispute *dispute)
{
    const struct ticket_row *ticket = working_set_ticket(c->set, dispute->ticket_id);
    const struct early_row *early = working_set_early(c->set, dispute->ticket_id);
    const struct allotment_row *own = plan_own_allotment(c, dispute->slot_id);

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

/* What was done while a device was cut off cannot be undone by a refusal: a person has to look at
   it. `looked`: the rows were loaded and looked at. */
enum tk_code plan_note_dispute(const struct plan_context *c, bool looked)
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

    bool told_late =
        operation->cut_off || (operation->kind == OP_BOOK && operation->book.first_ticket);

    if (!told_late || c->set->partial) /* that it is refused is why it is asked */
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
