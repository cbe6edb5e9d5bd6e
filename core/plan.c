/* The rules: times, rows, and the batch. plan_internal.h says where each kind of operation is
 * decided. */
#include "core/plan_internal.h"

#include <string.h>

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
int64_t plan_done_at(const struct plan_context *c)
{
    return c->operation->cut_off && c->operation->at < c->now ? c->operation->at : c->now;
}

void slot_touch(struct slot_row *row)
{
    row->slot.seq++;
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

void ticket_touch(struct ticket_row *row, uint64_t seq)
{
    row->ticket.seq = seq;
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

/* Lets somebody in at a time by a door, or (0, "") takes it back. */
void ticket_admit(struct ticket_row *row, int64_t at, const char door[DEVICE_SIZE], uint64_t seq)
{
    row->ticket.admitted_at = at;
    memcpy(row->ticket.admitted_by, door, sizeof row->ticket.admitted_by);
    row->admission_changed = true;
    ticket_touch(row, seq);
}

void customer_touch(struct customer_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

void device_touch(struct device_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

/* Notes a change of an allotment that held `before`. */
void allotment_touch(const struct plan_context *c, struct allotment_row *row, int32_t before)
{
    if (!before && allotment_held(&row->allotment))
        row->allotment.granted_at = c->now;
    row->allotment.changed_at = c->now;
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

void replica_touch(struct replica_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

void block_touch(struct block_row *row)
{
    if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
}

/* Whether count places may be sold of the slot; `returning` is one given back in the same step. */
enum tk_code plan_check_room(const struct plan_context *c, const struct slot *slot, int64_t count,
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

/* What the device holds of a slot; NULL: nothing, ever. */
struct allotment_row *plan_own_allotment(const struct plan_context *c, int64_t slot_id)
{
    return working_set_allotment(c->set, slot_id, c->operation->device);
}

/* A ticket with its slot. */
enum tk_code plan_take_ticket(struct plan_context *c, uint64_t id, struct ticket_row **ticket,
                              struct slot_row **slot)
{
    *ticket = working_set_ticket(c->set, id);
    if (!*ticket)
        return TK_TICKET_NOT_FOUND;
    c->outcome->slot_id = (*ticket)->ticket.slot_id;
    *slot = working_set_slot(c->set, (*ticket)->ticket.slot_id);
    return *slot ? TK_OK : TK_INTERNAL;
}

/* What was done with a ticket while a device was cut off, and it was Booked, is told late when its
   slot has expired since. */
enum tk_code plan_check_booked_then(const struct plan_context *c, const struct ticket *ticket,
                                    const struct slot *slot)
{
    enum tk_code code = ticket_check_booked(ticket);

    return code == TK_TICKET_EXPIRED && c->operation->cut_off && slot->expired_at &&
                   plan_done_at(c) < slot->expired_at
               ? TK_OK
               : code;
}

void ticket_cancel(const struct plan_context *c, struct ticket_row *row, uint64_t seq)
{
    row->ticket.status = TICKET_CANCELED;
    row->ticket.changed_at = row->ticket.canceled_at = plan_done_at(c);
    ticket_touch(row, seq);
}

static enum tk_code (*const kinds[OP_KIND_COUNT])(struct plan_context *) = {
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
        return answer_again(set->digests[at], seen->digest_lost ? set->digests[at] : seen->digest,
                            &seen->outcome, &outcomes[at]);
    earlier = find_earlier(operations, at, set, code);
    return earlier != at &&
           answer_again(set->digests[at], set->digests[earlier], &outcomes[earlier], &outcomes[at]);
}

enum tk_code plan(const struct operation *operations, size_t count, struct working_set *set,
                  const struct plan_rules *rules, int64_t now, struct outcome *outcomes)
{
    for (size_t i = 0; i < count; i++) {
        struct plan_context c = {.operation = &operations[i],
                                 .batch = operations,
                                 .outcomes = outcomes,
                                 .at = i,
                                 .set = set,
                                 .rules = rules,
                                 .now = now,
                                 .outcome = &outcomes[i]};
        enum tk_code code = TK_OK;
        bool looked;

        outcomes[i] = (struct outcome){0};
        if (plan_replay(operations, i, set, outcomes, &code)) {
            /* what became of it first is told; that its id was another's, or given up, is news */
            bool news = outcomes[i].code == TK_ID_REUSED || outcomes[i].code == TK_VOIDED;

            code = news ? plan_note_dispute(&c, false) : TK_OK;
            if (code)
                return code;
            continue;
        }
        if (code)
            return code;
        outcomes[i].code = operation_check(&operations[i]);
        looked = !outcomes[i].code;
        if (looked)
            outcomes[i].code = plan_check_actor(&c);
        if (!outcomes[i].code)
            outcomes[i].code = kinds[operations[i].kind](&c);
        if (!outcomes[i].code)
            outcomes[i].code = plan_count(&c);
        if (outcomes[i].code == TK_NO_MEMORY || outcomes[i].code == TK_INTERNAL)
            return outcomes[i].code;
        if (outcomes[i].code && plan_note_dispute(&c, looked))
            return TK_NO_MEMORY;
    }
    return TK_OK;
}
