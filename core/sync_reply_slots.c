/*
 * The centre's half of sync: slots in the reply.
 *
 * A slot's row and what tills hold of it are told as of one moment: the row is read again after the
 * allotments, and both again until its seq, which each change of either raises, is the same before and
 * after. So a till can tell by that seq alone which of two answers is the newer one
 * (data/sqlite/mirror_take.c). Tickets are read after the row, never before: there may be more of them
 * than the row lets expect, but not fewer, and how far they go is told as no further than the row.
 */
#include "core/sync_reply.h"

#define SLOT_PAGE 500
#define ALLOTMENTS_MAX 20000 /* in one reply, beside those of its last slot: some 6 MB of SYNC_REPLY_MAX */
#define SETTLED_TRIES 8
#define SOLD_MAX 20000 /* tickets in one reply that its request sold, beside those of the slots */

/* Whether what a door must not know early may be told of a slot. */
static bool may_tell(const struct end *e, const struct slot *slot)
{
    return role_reads(e->request->role, ROLE_CLERK) ||
           (e->now >= plan_admission_opens_at(slot, &e->centre->office->rules) - SYNC_DOOR_AHEAD &&
            e->now < slot->ends_at);
}

static bool wants_key(const struct end *e, int64_t slot_id)
{
    for (size_t i = 0; i < e->request->keys.count; i++)
        if (e->request->keys.items[i] == slot_id)
            return true;
    return false;
}

static enum tk_code add_key(struct end *e, const struct slot *slot, struct tk_error *error)
{
    struct key_ring *keys = &e->centre->office->keys;
    struct mirror_key key = {.slot_id = slot->id, .generation = slot->key_generation};
    enum tk_code code = TK_OK;

    if (!key.generation)
        key.generation = e->reply->key_generation;
    if (keys->slot_key(keys->context, slot->id, key.generation, &key.key, NULL) == TK_OK &&
        mirror_key_list_add(&e->reply->rows.keys, &key))
        code = tk_fail_code(error, TK_NO_MEMORY);
    crypto_wipe(&key.key, sizeof key.key);
    return code;
}

static const struct mirror_cursor *find_cursor(const struct end *e, int64_t slot_id)
{
    static const struct mirror_cursor none;
    size_t at = map_find(&e->cursors, (uint64_t)slot_id);

    return at == MAP_NONE ? &none : &e->request->cursors.items[at];
}

/* The tickets of a slot after a cursor, as many as there is room for: *whole false when not all. */
static enum tk_code add_tickets(struct end *e, struct mirror_slot *entry,
                                const struct mirror_cursor *cursor, struct tk_error *error)
{
    struct ticket_list *tickets = &e->reply->rows.tickets;
    struct ticket_query query = TICKET_QUERY_ALL;
    size_t before = tickets->count;
    enum tk_code code;

    query.slot_id = entry->slot.id;
    query.after_seq = cursor->seq;
    query.after_id = cursor->ticket_id;
    query.limit = before < SYNC_TICKETS_MAX ? SYNC_TICKETS_MAX - before : 1;
    code = e->store->ops->list_tickets(e->store, &query, tickets, error);
    entry->from_seq = cursor->seq;
    entry->from_id = cursor->ticket_id;
    entry->through_seq = entry->slot.seq;
    entry->through_id = 0;
    if (code || tickets->count - before < query.limit)
        return code;
    e->cut = e->reply->more = true;
    if (tickets->items[tickets->count - 1].seq <= entry->slot.seq) {
        entry->through_seq = tickets->items[tickets->count - 1].seq;
        entry->through_id = tickets->items[tickets->count - 1].id;
    }
    return TK_OK;
}

static enum tk_code add_customers(struct end *e, const uint64_t *ids, size_t count,
                                  struct tk_error *error)
{
    struct customer_query query = {.ids = ids, .id_count = count};

    return count ? e->store->ops->list_customers(e->store, &query, &e->reply->rows.customers, error)
                 : TK_OK;
}

/* The customers of the tickets from `first` on, each once in a row of its own tickets. */
static enum tk_code add_customers_of(struct end *e, size_t first, struct tk_error *error)
{
    const struct ticket_list *tickets = &e->reply->rows.tickets;
    uint64_t ids[256], last = 0;
    size_t count = 0;
    enum tk_code code = TK_OK;

    for (size_t i = first; !code && i < tickets->count; i++) {
        uint64_t id = tickets->items[i].customer_id;

        if (!id || id == last)
            continue;
        ids[count++] = last = id;
        if (count == sizeof ids / sizeof ids[0]) {
            code = add_customers(e, ids, count, error);
            count = 0;
        }
    }
    return code ? code : add_customers(e, ids, count, error);
}

static enum tk_code read_again(struct end *e, struct slot *slot, bool *found,
                               struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    enum tk_code code;

    query.ids = &slot->id;
    query.id_count = 1;
    code = e->store->ops->list_slots(e->store, &query, &list, error);
    *found = !code && list.count > 0;
    if (*found)
        *slot = list.items[0];
    slot_list_release(&list);
    return code;
}

/* What tills hold of a slot, with its row as of the same moment. *settled false: there was none. Of a slot
   of which nobody ever held anything the row may be any older one. */
static enum tk_code add_allotments(struct end *e, struct slot *slot, bool *settled,
                                   struct tk_error *error)
{
    struct allotment_list *list = &e->reply->rows.allotments;
    struct allotment_query query = {.slot_id = slot->id};
    size_t before = list->count;
    bool found = true;
    enum tk_code code = TK_OK;

    *settled = false;
    for (int i = 0; !code && found && !*settled && i < SETTLED_TRIES; i++) {
        uint64_t seq = slot->seq;

        list->count = before;
        code = e->store->ops->list_allotments(e->store, &query, list, error);
        *settled = !code && list->count == before && !slot->allotted;
        if (code || *settled)
            break;
        code = read_again(e, slot, &found, error);
        *settled = !code && found && slot->seq == seq;
    }
    if (!*settled)
        list->count = before;
    return code;
}

/* What changed of a slot after the cursor, when what is held of it is added. */
static enum tk_code add_settled(struct end *e, const struct slot *slot, struct tk_error *error)
{
    static const struct mirror_cursor beginning;
    struct mirror_slot entry = {.slot = *slot};
    const struct mirror_cursor *cursor = find_cursor(e, slot->id);
    size_t first = e->reply->rows.tickets.count;
    bool key = wants_key(e, slot->id) && may_tell(e, slot);
    enum tk_code code;

    if (key && !role_reads(e->request->role, ROLE_CLERK)) /* with the key come the names */
        cursor = &beginning;
    entry.slot.here = 0;
    entry.whole = !cursor->seq && !cursor->ticket_id;
    code = add_tickets(e, &entry, cursor, error);
    if (!code && may_tell(e, slot))
        code = add_customers_of(e, first, error);
    if (!code && key)
        code = add_key(e, slot, error);
    if (!code && mirror_slot_list_add(&e->reply->rows.slots, &entry))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

/* Adds a slot whose row was read before. One that changes all the time comes with the next reply. */
static enum tk_code add_slot(struct end *e, const struct slot *known, struct tk_error *error)
{
    struct slot slot = *known;
    bool settled = false;
    enum tk_code code;

    if (map_find(&e->done, (uint64_t)slot.id) != MAP_NONE)
        return TK_OK;
    if (map_add(&e->done, (uint64_t)slot.id, 0))
        return tk_fail_code(error, TK_NO_MEMORY);
    code = add_allotments(e, &slot, &settled, error);
    if (!code && settled)
        return add_settled(e, &slot, error);
    e->reply->more = true;
    return code;
}

static bool has_many_allotments(const struct end *e)
{
    return e->reply->rows.allotments.count >= ALLOTMENTS_MAX;
}

static enum tk_code add_slots(struct end *e, const int64_t *ids, size_t count,
                              struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list slots = {0};
    enum tk_code code;

    if (!count)
        return TK_OK;
    query.ids = ids;
    query.id_count = count;
    code = e->store->ops->list_slots(e->store, &query, &slots, error);
    for (size_t i = 0; !code && i < slots.count; i++) {
        if (has_many_allotments(e)) {
            e->reply->more = true;
            break;
        }
        code = add_slot(e, &slots.items[i], error);
    }
    slot_list_release(&slots);
    return code;
}

/* What the batch touched comes always, changed or not: a till is told what became of its rows. */
enum tk_code reply_add_touched(struct end *e, struct tk_error *error)
{
    struct id_list ids = {0};
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < e->serving->count; i++)
        if (e->serving->outcomes[i].slot_id)
            code = id_list_add(&ids, e->serving->outcomes[i].slot_id);
    for (size_t i = 0; !code && !e->request->all && i < e->request->cursors.count; i++)
        code = id_list_add(&ids, e->request->cursors.items[i].slot_id);
    if (code)
        tk_fail_code(error, code);
    else
        code = add_slots(e, ids.items, ids.count, error);
    id_list_release(&ids);
    return code;
}

static bool is_full(const struct end *e)
{
    return e->reply->rows.slots.count >= SYNC_SLOTS_MAX ||
           e->reply->rows.tickets.count >= SYNC_TICKETS_MAX || has_many_allotments(e);
}

/* One page of the window; *last: there is no other. */
static enum tk_code add_page(struct end *e, struct slot_query *query, bool *last,
                             struct tk_error *error)
{
    struct slot_list slots = {0};
    enum tk_code code = e->store->ops->list_slots(e->store, query, &slots, error);

    for (size_t i = 0; !code && i < slots.count; i++) {
        const struct slot *slot = &slots.items[i];
        const struct mirror_cursor *cursor = find_cursor(e, slot->id);

        query->after_given = true;
        query->after_starts_at = slot->starts_at;
        query->after_id = slot->id;
        if (cursor->seq == slot->seq && !cursor->ticket_id && !wants_key(e, slot->id))
            continue;
        if (is_full(e)) {
            e->reply->more = true;
            break;
        }
        code = add_slot(e, slot, error);
    }
    *last = slots.count < query->limit || e->reply->more;
    slot_list_release(&slots);
    return code;
}

enum tk_code reply_add_window(struct end *e, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    bool last = false;
    enum tk_code code = TK_OK;

    query.ends_after = e->request->from ? e->request->from : e->now - SYNC_KEEP;
    query.to = e->request->to;
    query.limit = SLOT_PAGE;
    while (!code && !last)
        code = add_page(e, &query, &last, error);
    return code;
}

/* --- what this very request sold --- */

/* The tickets of one sale, without those that are in the reply. */
static enum tk_code add_sale(struct end *e, uint64_t sale_id, uint64_t ticket_id, struct map *there,
                             struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    enum tk_code code;

    query.sale_id = sale_id;
    if (!sale_id) {
        query.ids = &ticket_id;
        query.id_count = 1;
    }
    code = e->store->ops->list_tickets(e->store, &query, &list, error);
    for (size_t i = 0; !code && i < list.count; i++) {
        if (map_find(there, list.items[i].id) != MAP_NONE)
            continue;
        if (map_add(there, list.items[i].id, 0) ||
            ticket_list_add(&e->reply->rows.tickets, &list.items[i]))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    ticket_list_release(&list);
    return code;
}

static enum tk_code find_there(const struct end *e, struct map *there, struct tk_error *error)
{
    const struct ticket_list *tickets = &e->reply->rows.tickets;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < tickets->count; i++)
        if (map_find(there, tickets->items[i].id) == MAP_NONE)
            code = map_add(there, tickets->items[i].id, i);
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* Who sold has to show it at once, however much of the slot is still to come before it. */
enum tk_code reply_add_sold(struct end *e, struct tk_error *error)
{
    const struct sync_request *request = e->request;
    size_t first = e->reply->rows.tickets.count;
    struct map there = {0};
    enum tk_code code = e->cut ? find_there(e, &there, error) : TK_OK;

    for (size_t i = 0; !code && e->cut && i < e->reply->outcome_count; i++) {
        const struct outcome *outcome = &e->reply->outcomes[i];
        enum op_kind kind = request->operations.items[i].kind;

        if (outcome->code || (kind != OP_BOOK && kind != OP_REISSUE) ||
            e->reply->rows.tickets.count - first >= SOLD_MAX)
            continue;
        code = add_sale(e, kind == OP_BOOK ? outcome->ticket_id : 0, outcome->ticket_id, &there,
                        error);
    }
    map_release(&there);
    return code ? code : add_customers_of(e, first, error);
}
