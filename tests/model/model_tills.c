/* The model of tills that sell while they are cut off. */
#include "tests/model/model_internal.h"

#include "core/list.h"
#include "core/text.h"
#include "core/time.h"

/* --- words --- */

static bool is_name(const char *name)
{
    return name[0] != '\0' && text_is_clean(name);
}

static bool is_no_id(const struct op_id *id)
{
    static const struct op_id nothing;

    return memcmp(id, &nothing, sizeof nothing) == 0;
}

/* Cut off every ticket has a number, and only a sale may have one otherwise; numbers are for a slot that is
   named by its own. */
static enum tk_code refuse_number(const struct operation *o, uint64_t number, int64_t slot_id)
{
    if (o->cut_off && number == 0)
        return TK_BAD_OPERATION;
    if (number == 0)
        return TK_OK;
    if (!o->cut_off && o->kind == OP_REISSUE)
        return TK_BAD_OPERATION;
    return slot_id == 0 || number > ID_MAX ? TK_BAD_OPERATION : TK_OK;
}

static enum tk_code refuse_holder(const char *name, int64_t total)
{
    if (!is_name(name))
        return TK_BAD_NAME;
    return total < 0 || total > INT32_MAX ? TK_BAD_COUNT : TK_OK;
}

enum tk_code model_refuse_till_words(const struct operation *o)
{
    switch (o->kind) {
    case OP_BOOK:
        return refuse_number(o, o->book.first_ticket, o->book.slot.id);
    case OP_REISSUE:
        return refuse_number(o, o->reissue.new_ticket, o->reissue.slot.id);
    case OP_JOIN:
        return is_no_id(&o->join.replica) ? TK_BAD_OPERATION : refuse_holder(o->device, 0);
    case OP_GRANT:
        return refuse_holder(o->grant.holder, o->grant.granted);
    case OP_RETURN:
        return refuse_holder(o->device, o->give_back.returned);
    case OP_WRITE_OFF:
        return refuse_holder(o->write_off.holder, 0);
    case OP_BLOCK:
        return refuse_holder(o->block.holder, 0);
    case OP_QUARANTINE:
        return refuse_holder(o->quarantine.holder, 0);
    case OP_MARK:
        return o->mark.seq < 0 ? TK_BAD_OPERATION : refuse_holder(o->device, 0);
    case OP_VOID:
        return is_no_id(&o->void_.operation) || !memcmp(&o->void_.operation, &o->id, sizeof o->id)
                   ? TK_BAD_OPERATION
                   : TK_OK;
    case OP_CLOSE:
        return is_name(o->settle.reason) ? TK_OK : TK_BAD_REASON;
    default:
        return model_refuse_staff_words(o);
    }
}

/* --- looking things up --- */

static struct allotment *find_allotment(const struct model *model, int64_t slot_id,
                                        const char *device)
{
    for (size_t i = 0; i < model->allotments.count; i++)
        if (model->allotments.items[i].slot_id == slot_id &&
            strcmp(model->allotments.items[i].holder, device) == 0)
            return &model->allotments.items[i];
    return NULL;
}

static struct number_block *find_block(const struct model *model, uint64_t number)
{
    for (size_t i = 0; i < model->blocks.count; i++) {
        struct number_block *block = &model->blocks.items[i];

        if (block->first <= number && number < block->first + 1000)
            return block;
    }
    return NULL;
}

static struct replica *find_replica(const struct model *model, const char *device)
{
    for (size_t i = 0; i < model->replicas.count; i++)
        if (strcmp(model->replicas.items[i].device, device) == 0)
            return &model->replicas.items[i];
    return NULL;
}

static struct early_admission *find_early(const struct model *model, uint64_t ticket_id)
{
    for (size_t i = 0; i < model->earlies.count; i++)
        if (model->earlies.items[i].ticket_id == ticket_id)
            return &model->earlies.items[i];
    return NULL;
}

static void forget_early(struct model *model, uint64_t ticket_id)
{
    size_t kept = 0;

    for (size_t i = 0; i < model->earlies.count; i++)
        if (model->earlies.items[i].ticket_id != ticket_id)
            model->earlies.items[kept++] = model->earlies.items[i];
    model->earlies.count = kept;
}

static struct dispute *find_dispute(const struct model *model, const struct op_id *id)
{
    for (size_t i = 0; i < model->disputes.count; i++)
        if (memcmp(&model->disputes.items[i].id, id, sizeof *id) == 0)
            return &model->disputes.items[i];
    return NULL;
}

bool model_is_voided(const struct model *model, const struct op_id *id)
{
    for (size_t i = 0; i < model->voided.count; i++)
        if (memcmp(&model->voided.items[i], id, sizeof *id) == 0)
            return true;
    return false;
}

int32_t model_held(const struct model *model, int64_t slot_id, const char *device,
                   struct allotment **row)
{
    struct allotment *found = find_allotment(model, slot_id, device);

    if (row)
        *row = found;
    return found ? found->granted - found->sold - found->returned - found->written_off : 0;
}

int64_t model_done_at(const struct model *model, const struct operation *o)
{
    int64_t now = model_now(model);

    if (!o->cut_off || o->at > now)
        return now;
    return o->at;
}

/* --- sales of tickets that have their numbers --- */

static bool is_own_fresh(const struct model *model, const struct operation *o, uint64_t number)
{
    const struct number_block *block = find_block(model, number);

    return block && strcmp(block->holder, o->device) == 0 && block->next <= number;
}

static enum tk_code refuse_numbers(const struct model *model, const struct operation *o,
                                   uint64_t first, uint64_t count)
{
    const struct number_block *block = find_block(model, first);

    if (count > 1000) /* no till has so many */
        return TK_NUMBER_USED;
    if (!o->cut_off && first + count > model->next_ticket) /* nobody was ever given these */
        return TK_NUMBER_USED;
    for (uint64_t n = first; n < first + count; n++)
        if (model_find_ticket(model, n) || find_block(model, n) != block ||
            (o->cut_off && !is_own_fresh(model, o, n)))
            return TK_NUMBER_USED;
    return TK_OK;
}

enum tk_code model_refuse_issued(const struct model *model, const struct operation *o,
                                 const struct slot *slot, uint64_t first, int64_t count,
                                 int64_t giving_back)
{
    int32_t common = slot->available + slot->lost; /* one of them is 0 */
    int32_t held = model_held(model, slot->id, o->device, NULL);

    if (count > slot->capacity)
        return TK_BAD_COUNT;
    if (o->cut_off && held + (slot->id == giving_back) < count)
        return TK_NOT_ALLOTTED;
    if (o->cut_off && slot->sold + count > slot->capacity + (slot->id == giving_back))
        return TK_NOT_ALLOTTED;
    if (!o->cut_off && common < count)
        return common == 0 ? TK_SOLD_OUT : TK_NOT_ENOUGH_PLACES;
    return refuse_numbers(model, o, first, (uint64_t)count);
}

void model_count_own_sale(struct model *model, const struct operation *o, int64_t slot_id,
                          int32_t count)
{
    struct allotment *row;
    int32_t before = model_held(model, slot_id, o->device, &row);

    if (!o->cut_off || !row)
        return;
    row->sold += count;
    row->changed_at = model_now(model);
    if (before == 0 && count < 0)
        row->granted_at = row->changed_at;
}

void model_use_numbers(struct model *model, uint64_t first, int64_t count)
{
    struct number_block *block = find_block(model, first);

    if (block && block->next < first + (uint64_t)count)
        block->next = first + (uint64_t)count;
}

/* --- doors --- */

void model_take_early(struct model *model, struct ticket *ticket)
{
    const struct early_admission *early = find_early(model, ticket->id);

    if (!early || early->slot_id != ticket->slot_id)
        return;
    ticket->admitted_at = early->admitted_at;
    text_copy(ticket->admitted_by, sizeof ticket->admitted_by, early->admitted_by);
    forget_early(model, ticket->id);
}

static enum tk_code refuse_early(const struct model *model, const struct operation *o,
                                 const struct slot *slot, int64_t moment)
{
    const struct number_block *block = find_block(model, o->admit.ticket_id);
    struct allotment *row = NULL;

    if (find_early(model, o->admit.ticket_id))
        return TK_ALREADY_ADMITTED;
    if (block && block->written_off_at)
        return TK_DENIED;
    /* nobody who is cut off could have sold it */
    if (!block || (model_held(model, slot->id, block->holder, &row) <= 0 && !o->cut_off) || !row)
        return TK_TICKET_NOT_FOUND;
    if (moment < slot->starts_at - model->options.rules.admit_before)
        return TK_TOO_EARLY;
    return moment < slot->ends_at ? TK_OK : TK_SLOT_OVER;
}

struct outcome model_admit_early(struct model *model, const struct operation *o, int64_t moment)
{
    const struct slot *slot = model_find_slot(model, o->admit.slot_id);
    struct early_admission early = {
        .ticket_id = o->admit.ticket_id, .slot_id = o->admit.slot_id, .admitted_at = moment};
    struct outcome outcome = {.slot_id = o->admit.slot_id, .ticket_id = o->admit.ticket_id};

    if (!slot)
        return (struct outcome){.code = TK_TICKET_NOT_FOUND};
    outcome.code = refuse_early(model, o, slot, moment);
    if (outcome.code)
        return outcome;
    text_copy(early.admitted_by, sizeof early.admitted_by, o->device);
    model_must(LIST_ADD(&model->earlies, &early));
    outcome.count = 1;
    return outcome;
}

struct outcome model_unadmit_early(struct model *model, const struct operation *o)
{
    const struct early_admission *early = find_early(model, o->unadmit.ticket_id);
    struct outcome outcome = {0};
    int64_t when = model_now(model);

    if (!early)
        return (struct outcome){.code = TK_TICKET_NOT_FOUND};
    outcome.slot_id = early->slot_id;
    outcome.ticket_id = early->ticket_id;
    if (o->at >= early->admitted_at && o->at < when)
        when = o->at;
    if (strcmp(early->admitted_by, o->device) != 0)
        outcome.code = TK_OTHER_DOOR;
    else if (when - early->admitted_at > 15 * TIME_MINUTE)
        outcome.code = TK_UNDO_TOO_LATE;
    if (outcome.code)
        return outcome;
    forget_early(model, o->unadmit.ticket_id);
    outcome.count = 1;
    return outcome;
}

/* --- what tills hold --- */

static enum tk_code refuse_replica(const struct replica *replica)
{
    if (!replica)
        return TK_NOT_JOINED;
    if (replica->dismissed_at)
        return TK_DISMISSED;
    return replica->quarantined_at ? TK_QUARANTINED : TK_OK;
}

static struct outcome do_join(struct model *model, const struct operation *o)
{
    struct replica *known = find_replica(model, o->device);
    struct replica joined = {.id = o->join.replica, .joined_at = model_now(model)};
    int64_t held = 0;

    for (size_t i = 0; i < model->allotments.count; i++)
        held += model_held(model, model->allotments.items[i].slot_id, o->device, NULL);
    if (known && memcmp(&known->id, &joined.id, sizeof joined.id) == 0)
        return (struct outcome){.code = known->dismissed_at ? TK_DISMISSED : TK_OK};
    if (known && !known->dismissed_at &&
        memcmp(&known->id, &o->join.replaces, sizeof known->id) != 0 &&
        (held || memcmp(&joined.id, &known->id, sizeof joined.id) < 0))
        return (struct outcome){.code = TK_SAME_TILL};
    text_copy(joined.device, sizeof joined.device, o->device);
    if (known)
        *known = joined;
    else
        model_must(replica_list_add(&model->replicas, &joined));
    return (struct outcome){0};
}

static struct outcome do_grant(struct model *model, const struct op_grant *grant)
{
    struct slot *slot = model_find_slot(model, grant->slot_id);
    struct allotment *row, made = {.slot_id = grant->slot_id, .granted_at = model_now(model)};
    int32_t held = model_held(model, grant->slot_id, grant->holder, &row);
    int64_t more = grant->granted - (row ? row->granted : 0);
    struct outcome outcome = {0};

    outcome.code = slot ? refuse_replica(find_replica(model, grant->holder)) : TK_SLOT_NOT_FOUND;
    if (outcome.code)
        return outcome;
    outcome.slot_id = slot->id;
    outcome.available = slot->available;
    if (more <= 0)
        return outcome;
    outcome.code = model_refuse_sale(model, slot, more, 0);
    if (outcome.code)
        return outcome;
    if (!row) {
        text_copy(made.holder, sizeof made.holder, grant->holder);
        model_must(allotment_list_add(&model->allotments, &made));
        row = &model->allotments.items[model->allotments.count - 1];
    }
    row->granted = (int32_t)grant->granted;
    row->changed_at = model_now(model);
    if (held == 0)
        row->granted_at = model_now(model);
    if (slot->key_generation == 0)
        slot->key_generation = model->generation;
    slot->seq++;
    model_count_places(model, slot);
    outcome.count = (int32_t)more;
    outcome.available = slot->available;
    return outcome;
}

/* Books places out of what a till holds, in one of its totals. */
static void take_away(const struct model *model, struct slot *slot, struct allotment *row,
                      int32_t *total, int32_t count, struct outcome *outcome)
{
    *total += count;
    row->changed_at = model_now(model);
    slot->seq++;
    model_count_places(model, slot);
    outcome->count = count;
    outcome->available = slot->available;
}

static struct outcome do_return(struct model *model, const struct operation *o)
{
    struct slot *slot = model_find_slot(model, o->give_back.slot_id);
    struct allotment *row;
    int32_t held = model_held(model, o->give_back.slot_id, o->device, &row);
    struct outcome outcome = {.slot_id = o->give_back.slot_id};
    int64_t wanted = row ? o->give_back.returned : 0;

    if (!slot)
        return (struct outcome){.code = TK_SLOT_NOT_FOUND};
    if (!row || wanted <= row->returned || held == 0)
        return outcome;
    if (wanted - row->returned > held)
        wanted = row->returned + held;
    take_away(model, slot, row, &row->returned, (int32_t)(wanted - row->returned), &outcome);
    return outcome;
}

static struct outcome dismiss(struct model *model, const char *holder)
{
    struct replica *replica = find_replica(model, holder);

    if (!replica)
        return (struct outcome){.code = TK_NOT_JOINED};
    if (replica->dismissed_at)
        return (struct outcome){0};
    replica->dismissed_at = model_now(model);
    for (size_t i = 0; i < model->blocks.count; i++)
        if (strcmp(model->blocks.items[i].holder, holder) == 0 &&
            model->blocks.items[i].written_off_at == 0)
            model->blocks.items[i].written_off_at = model_now(model);
    return (struct outcome){0};
}

static struct outcome do_write_off(struct model *model, const struct operation *o)
{
    struct slot *slot = model_find_slot(model, o->write_off.slot_id);
    struct outcome outcome = {.slot_id = o->write_off.slot_id};
    struct allotment *row;
    int32_t held = model_held(model, o->write_off.slot_id, o->write_off.holder, &row);

    if (!o->write_off.slot_id)
        return dismiss(model, o->write_off.holder);
    if (!slot)
        return (struct outcome){.code = TK_SLOT_NOT_FOUND};
    if (held == 0)
        return outcome;
    row->written_off_at = model_now(model);
    text_copy(row->written_off_by, sizeof row->written_off_by, o->actor);
    take_away(model, slot, row, &row->written_off, held, &outcome);
    return outcome;
}

static struct outcome do_block(struct model *model, const char *holder)
{
    struct number_block block = {.count = 1000, .granted_at = model_now(model)};
    struct outcome outcome = {.code = refuse_replica(find_replica(model, holder))};

    if (outcome.code)
        return outcome;
    block.first = model->next_ticket;
    if (block.first < model->next_customer)
        block.first = model->next_customer;
    block.next = block.first;
    text_copy(block.holder, sizeof block.holder, holder);
    model_must(number_block_list_add(&model->blocks, &block));
    model->next_ticket = model->next_customer = block.first + 1000;
    outcome.ticket_id = block.first;
    outcome.count = 1000;
    return outcome;
}

static struct outcome do_mark(struct model *model, const struct operation *o)
{
    struct replica *replica = find_replica(model, o->device);
    struct outcome outcome = {.code = refuse_replica(replica)};

    if (outcome.code)
        return outcome;
    if (memcmp(&replica->id, &o->mark.replica, sizeof replica->id) != 0)
        outcome.code = TK_NOT_JOINED;
    else if (replica->seq < o->mark.seq) {
        replica->seq = o->mark.seq;
        memcpy(replica->hash, o->mark.hash, sizeof replica->hash);
    }
    return outcome;
}

static struct outcome do_quarantine(struct model *model, const char *holder)
{
    struct replica *replica = find_replica(model, holder);

    if (!replica || replica->dismissed_at)
        return (struct outcome){.code = replica ? TK_DISMISSED : TK_NOT_JOINED};
    if (!replica->quarantined_at)
        replica->quarantined_at = model_now(model);
    return (struct outcome){0};
}

/* --- operations that shall not have run --- */

static void unsell(struct model *model, uint64_t sale, struct outcome *outcome)
{
    for (size_t i = 0; i < model->tickets.count; i++) {
        struct ticket *ticket = &model->tickets.items[i];
        struct slot *slot = model_find_slot(model, ticket->slot_id);

        if (ticket->sale_id != sale || ticket->admitted_at ||
            (ticket->status != TICKET_BOOKED && ticket->status != TICKET_EXPIRED))
            continue;
        ticket->status = TICKET_CANCELED;
        ticket->canceled_at = ticket->changed_at = model_now(model);
        slot->seq += outcome->count++ == 0; /* the sale as a whole */
        ticket->seq = slot->seq;
        model_count_places(model, slot);
        outcome->slot_id = slot->id;
        outcome->available = slot->available;
    }
}

static void let_out(struct model *model, const struct operation *o, uint64_t ticket_id,
                    struct outcome *outcome)
{
    struct early_admission *early = find_early(model, ticket_id);
    struct ticket *ticket = model_find_ticket(model, ticket_id);
    struct slot *slot;

    if (early && strcmp(early->admitted_by, o->device) == 0) {
        forget_early(model, ticket_id);
        outcome->count = 1;
    }
    if (!ticket || !ticket->admitted_at || strcmp(ticket->admitted_by, o->device) != 0)
        return;
    slot = model_find_slot(model, ticket->slot_id);
    ticket->admitted_at = 0;
    memset(ticket->admitted_by, 0, sizeof ticket->admitted_by);
    ticket->seq = ++slot->seq;
    model_count_places(model, slot);
    outcome->slot_id = slot->id;
    outcome->count = 1;
}

static struct outcome do_void(struct model *model, const struct operation *o)
{
    const struct op_id *id = &o->void_.operation;
    struct outcome outcome = {0};

    for (size_t i = 0; i < model->journal.count; i++) {
        const struct asked *ran = &model->asked[i];

        if (memcmp(&ran->operation.id, id, sizeof *id) != 0)
            continue;
        if (strcmp(ran->operation.device, o->device) != 0)
            return outcome;
        outcome.ticket_id = ran->outcome.ticket_id;
        model->voided_kind = ran->operation.kind;
        if (ran->outcome.code == TK_OK && ran->operation.kind == OP_BOOK)
            unsell(model, outcome.ticket_id, &outcome);
        if (ran->outcome.code == TK_OK && ran->operation.kind == OP_ADMIT)
            let_out(model, o, outcome.ticket_id, &outcome);
        return outcome;
    }
    if (!model_is_voided(model, id))
        model_must(LIST_ADD(&model->voided, id));
    return outcome;
}

/* --- disputes --- */

static struct outcome do_close(struct model *model, const struct operation *o)
{
    struct dispute *dispute = find_dispute(model, &o->settle.dispute);
    struct outcome outcome = {0};

    if (!dispute)
        return (struct outcome){.code = TK_DISPUTE_NOT_FOUND};
    outcome.slot_id = dispute->slot_id;
    outcome.ticket_id = dispute->ticket_id;
    if (dispute->closed_at) {
        outcome.code = TK_DISPUTE_CLOSED;
        return outcome;
    }
    dispute->closed_at = model_now(model);
    text_copy(dispute->closed_by, sizeof dispute->closed_by, o->actor);
    text_copy(dispute->reason, sizeof dispute->reason, o->settle.reason);
    dispute->customer_name[0] = dispute->customer_phone[0] = '\0';
    return outcome;
}

/* What the operation says that it is about. */
static void fill_dispute(struct dispute *dispute, const struct operation *o)
{
    dispute->count = 1;
    switch (o->kind) {
    case OP_BOOK:
        dispute->slot_id = o->book.slot.id;
        dispute->ticket_id = o->book.first_ticket > ID_MAX ? 0 : o->book.first_ticket;
        dispute->count = o->book.count < 0 || o->book.count > SLOT_CAPACITY_MAX
                             ? 0
                             : (int32_t)o->book.count;
        text_copy(dispute->customer_name, sizeof dispute->customer_name, o->book.customer_name);
        text_copy(dispute->customer_phone, sizeof dispute->customer_phone, o->book.customer_phone);
        break;
    case OP_REISSUE:
        dispute->slot_id = o->reissue.slot.id;
        dispute->ticket_id = o->reissue.ticket_id;
        break;
    case OP_CANCEL:
        dispute->ticket_id = o->cancel.ticket_id;
        break;
    case OP_ADMIT:
        dispute->slot_id = o->admit.slot_id;
        dispute->ticket_id = o->admit.ticket_id;
        break;
    case OP_UNADMIT:
        dispute->ticket_id = o->unadmit.ticket_id;
        break;
    case OP_PRINT:
        dispute->ticket_id = o->copy.ticket_id;
        break;
    default:
        dispute->slot_id = o->kind == OP_RETURN ? o->give_back.slot_id : 0;
    }
}

/* The other side: who let him in, when the ticket became what it is, who wrote the places off. */
static void fill_other(const struct model *model, struct dispute *dispute)
{
    const struct ticket *ticket = model_find_ticket(model, dispute->ticket_id);
    const struct early_admission *early = find_early(model, dispute->ticket_id);
    const struct allotment *row = find_allotment(model, dispute->slot_id, dispute->device);

    if (ticket) {
        dispute->other_at = ticket->admitted_at ? ticket->admitted_at : ticket->changed_at;
        text_copy(dispute->other, sizeof dispute->other, ticket->admitted_by);
    } else if (early) {
        dispute->other_at = early->admitted_at;
        text_copy(dispute->other, sizeof dispute->other, early->admitted_by);
    } else if (row && row->written_off_at) {
        dispute->other_at = row->written_off_at;
        text_copy(dispute->other, sizeof dispute->other, row->written_off_by);
    }
}

void model_note_dispute(struct model *model, const struct operation *o,
                        const struct outcome *outcome, bool looked)
{
    struct dispute dispute = {.id = o->id,
                              .kind = o->kind,
                              .at = o->at,
                              .code = outcome->code,
                              .found_at = model_now(model)};
    bool late = o->cut_off || (o->kind == OP_BOOK && o->book.first_ticket);

    if (!late || outcome->code == TK_OK || find_dispute(model, &o->id))
        return;
    text_copy(dispute.device, sizeof dispute.device, o->device);
    text_copy(dispute.actor, sizeof dispute.actor, o->actor);
    fill_dispute(&dispute, o);
    if (outcome->slot_id)
        dispute.slot_id = outcome->slot_id;
    if (looked)
        fill_other(model, &dispute);
    model_must(dispute_list_add(&model->disputes, &dispute));
}

struct outcome model_do_till(struct model *model, const struct operation *o)
{
    switch (o->kind) {
    case OP_JOIN:
        return do_join(model, o);
    case OP_GRANT:
        return do_grant(model, &o->grant);
    case OP_RETURN:
        return do_return(model, o);
    case OP_WRITE_OFF:
        return do_write_off(model, o);
    case OP_BLOCK:
        return do_block(model, o->block.holder);
    case OP_MARK:
        return do_mark(model, o);
    case OP_QUARANTINE:
        return do_quarantine(model, o->quarantine.holder);
    case OP_VOID:
        return do_void(model, o);
    case OP_CLOSE:
        return do_close(model, o);
    default:
        return model_do_staff(model, o);
    }
}

/* --- lists --- */

static int allotment_order(const void *left, const void *right)
{
    const struct allotment *a = left, *b = right;

    if (a->slot_id != b->slot_id)
        return a->slot_id > b->slot_id ? 1 : -1;
    return strcmp(a->holder, b->holder);
}

static bool allotment_asked(const struct allotment *a, const struct allotment_query *q)
{
    struct allotment after = {.slot_id = q->after_slot};

    text_copy(after.holder, sizeof after.holder, q->after_holder);
    return (!q->slot_id || a->slot_id == q->slot_id) &&
           (!q->holder || strcmp(a->holder, q->holder) == 0) &&
           (!q->held || allotment_held(a) > 0) && allotment_order(a, &after) > 0;
}

enum tk_code model_list_allotments(struct store *store, const struct allotment_query *query,
                                   struct allotment_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    struct allotment_list found = {0};

    (void)error;
    for (size_t i = 0; i < model->allotments.count; i++)
        if (allotment_asked(&model->allotments.items[i], query))
            model_must(allotment_list_add(&found, &model->allotments.items[i]));
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, allotment_order);
    for (size_t i = 0; i < found.count && i < model_limit(query->limit); i++)
        model_must(allotment_list_add(list, &found.items[i]));
    allotment_list_release(&found);
    return TK_OK;
}

static int dispute_order(const void *left, const void *right)
{
    const struct dispute *a = left, *b = right;

    if (a->found_at != b->found_at)
        return a->found_at > b->found_at ? 1 : -1;
    return memcmp(&a->id, &b->id, sizeof a->id);
}

static bool dispute_asked(const struct dispute *d, const struct dispute_query *q)
{
    struct dispute after = {.found_at = q->after_found_at, .id = q->after_id};

    if (q->id)
        return memcmp(q->id, &d->id, sizeof d->id) == 0 && !(q->open && d->closed_at);
    return !(q->open && d->closed_at) && (!q->after_found_at || dispute_order(d, &after) > 0);
}

enum tk_code model_list_disputes(struct store *store, const struct dispute_query *query,
                                 struct dispute_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    struct dispute_list found = {0};

    (void)error;
    for (size_t i = 0; i < model->disputes.count; i++)
        if (dispute_asked(&model->disputes.items[i], query))
            model_must(dispute_list_add(&found, &model->disputes.items[i]));
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, dispute_order);
    for (size_t i = 0; i < found.count && i < model_limit(query->limit); i++)
        model_must(dispute_list_add(list, &found.items[i]));
    dispute_list_release(&found);
    return TK_OK;
}

static int replica_order(const void *left, const void *right)
{
    const struct replica *a = left, *b = right;

    return strcmp(a->device, b->device);
}

enum tk_code model_list_replicas(struct store *store, const char *device,
                                 struct replica_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;
    size_t before = list->count;

    (void)error;
    for (size_t i = 0; i < model->replicas.count; i++)
        if (!device || strcmp(model->replicas.items[i].device, device) == 0)
            model_must(replica_list_add(list, &model->replicas.items[i]));
    if (list->count > before)
        qsort(list->items + before, list->count - before, sizeof *list->items, replica_order);
    return TK_OK;
}

enum tk_code model_list_blocks(struct store *store, const char *holder, bool written_off,
                               struct number_block_list *list, struct tk_error *error)
{
    const struct model *model = (struct model *)store;

    (void)error;
    for (size_t i = 0; i < model->blocks.count; i++) {
        const struct number_block *block = &model->blocks.items[i];

        if ((!holder || strcmp(block->holder, holder) == 0) &&
            (!written_off || block->written_off_at))
            model_must(number_block_list_add(list, block));
    }
    return TK_OK;
}
