/* ledger: what the clerks were told, and what tills had in their queues. */
#include "tests/sim/world.h"

#include "core/list.h"

#define ADD(list, count, capacity, item)                                          \
    do {                                                                          \
        if (list_reserve((void **)&(list), (count), &(capacity), sizeof *(list))) \
            abort();                                                              \
        (list)[(count)++] = (item);                                               \
    } while (0)

#define QUEUE_MAX 100000

uint64_t ledger_key(const struct op_id *id)
{
    uint64_t key;

    memcpy(&key, id->bytes + 8, sizeof key);
    return key;
}

static void put_key(struct map *map, uint64_t key, size_t value)
{
    if (map_find(map, key) == MAP_NONE && map_add(map, key, value))
        abort();
}

struct slot_note *ledger_slot(struct world *world, int64_t slot_id)
{
    size_t at = map_find(&world->slot_index, (uint64_t)slot_id);

    return at == MAP_NONE ? NULL : &world->slots[at];
}

struct told *ledger_ticket(const struct world *world, uint64_t ticket_id)
{
    size_t at = map_find(&world->told_index, ticket_id);

    return at == MAP_NONE ? NULL : &world->told[at];
}

/* Invariant 7, as it can be seen from outside. */
static void check_live(struct world *world, const struct slot_note *slot)
{
    if (!slot->loose && slot->live > slot->capacity + slot->written + slot->twice)
        world_fail(world,
                   "showing %lld of %d places (%d of them written off, %d taken back twice) has %d "
                   "real tickets",
                   (long long)slot->id, slot->capacity, slot->written, slot->twice, slot->live);
}

static void tell_ticket(struct node *node, const struct operation *operation, uint64_t ticket_id,
                        int64_t slot_id)
{
    struct world *world = node->world;
    struct slot_note *slot = ledger_slot(world, slot_id);
    struct told *known = ledger_ticket(world, ticket_id);

    if (!slot) {
        world_fail(world, "a ticket was sold for showing %lld, which nobody scheduled",
                   (long long)slot_id);
        return;
    }
    if (known) {
        if (!known->loose && !node->was_put_back && !world->nodes[known->node].was_put_back)
            world_fail(world, "ticket %llu was sold twice, at %s and %s",
                       (unsigned long long)ticket_id, world->nodes[known->node].name, node->name);
        known->twice = true;
        return;
    }
    struct told told = {.ticket = ticket_id,
                        .operation = operation->id,
                        .slot = (size_t)(slot - world->slots),
                        .node = node->index};

    put_key(&world->told_index, ticket_id, world->told_count);
    ADD(world->told, world->told_count, world->told_capacity, told);
    slot->live++;
    check_live(world, slot);
}

static void tell_sale(struct node *node, const struct operation *operation,
                      const struct outcome *outcome)
{
    const struct id_key *key = &node->world->id_key;
    uint64_t number = id_number(key, ID_TICKET, outcome->ticket_id);

    for (int32_t i = 0; i < outcome->count; number++) {
        uint64_t id = id_make(key, ID_TICKET, number);

        if (!id)
            continue;
        tell_ticket(node, operation, id, outcome->slot_id);
        i++;
    }
}

static void no_longer_live(struct world *world, struct told *told)
{
    if (!told->canceled && !told->maybe_canceled)
        world->slots[told->slot].live--;
}

/* Whether it was done here, and stands in the queue. */
static bool was_cut_off(const struct world *world, const struct operation *operation)
{
    struct op_id here = op_id_derive(&operation->id, LEDGER_CUT_OFF);

    return map_find(&world->queued_index, ledger_key(&here)) != MAP_NONE;
}

/* A till that had no answer to what it sent takes its own sales for unknown at the centre: then the
   ticket may be taken back there as well, and one of the two is a dispute. */
static void tell_canceled(struct node *node, const struct operation *operation, uint64_t ticket_id)
{
    struct world *world = node->world;
    struct told *told = ledger_ticket(world, ticket_id);
    bool cut_off = was_cut_off(world, operation);

    if (!told) /* sold, but nobody was told */
        return;
    if (world->trace)
        printf("  ticket %llu is taken back\n", (unsigned long long)ticket_id);
    if (told->canceled && (cut_off || told->canceled_cut_off))
        world->slots[told->slot].twice++;
    else if (told->canceled && !told->loose && !told->twice)
        world_fail(world, "ticket %llu was taken back twice", (unsigned long long)ticket_id);
    no_longer_live(world, told);
    told->canceled = true;
    told->canceled_cut_off |= cut_off;
}

static void maybe_canceled(struct world *world, uint64_t ticket_id)
{
    struct told *told = ledger_ticket(world, ticket_id);

    if (!told)
        return;
    no_longer_live(world, told);
    told->maybe_canceled = true;
}

static uint64_t admission_of(const struct operation *operation)
{
    return operation->kind == OP_ADMIT ? operation->admit.ticket_id : operation->unadmit.ticket_id;
}

static void tell_admission(struct node *node, const struct operation *operation)
{
    struct told *told = ledger_ticket(node->world, admission_of(operation));

    if (!told)
        return;
    if (operation->kind == OP_UNADMIT) {
        told->out++;
        return;
    }
    told->in++;
    told->door = node->index;
    told->doors |= 1U << node->index;
}

/* With all that may be done in its place. */
static void put_keys(struct map *map, const struct op_id *id)
{
    struct op_id here = op_id_derive(id, LEDGER_CUT_OFF), again = op_id_derive(id, LEDGER_AGAIN);

    put_key(map, ledger_key(id), 0);
    put_key(map, ledger_key(&here), 0);
    put_key(map, ledger_key(&again), 0);
}

static void tell_nothing(struct node *node, const struct operation *operation)
{
    struct world *world = node->world;
    struct told *told;

    put_keys(&world->unknown, &operation->id);
    if (operation->kind == OP_CANCEL)
        maybe_canceled(world, operation->cancel.ticket_id);
    else if (operation->kind == OP_REISSUE)
        maybe_canceled(world, operation->reissue.ticket_id);
    told = operation->kind == OP_ADMIT || operation->kind == OP_UNADMIT
               ? ledger_ticket(world, admission_of(operation))
               : NULL;
    if (told)
        told->maybe_in = true;
}

void ledger_tell(struct node *node, const struct operation *operation,
                 const struct outcome *outcome, bool unknown)
{
    if (unknown || outcome->code == TK_UNKNOWN) {
        tell_nothing(node, operation);
        return;
    }
    put_keys(&node->world->known, &operation->id);
    if (outcome->code)
        return;
    switch (operation->kind) {
    case OP_BOOK:
        tell_sale(node, operation, outcome);
        break;
    case OP_REISSUE:
        tell_canceled(node, operation, operation->reissue.ticket_id);
        tell_ticket(node, operation, outcome->ticket_id, outcome->slot_id);
        break;
    case OP_CANCEL:
        tell_canceled(node, operation, operation->cancel.ticket_id);
        break;
    case OP_ADMIT:
    case OP_UNADMIT:
        tell_admission(node, operation);
        break;
    default:
        break;
    }
}

static void learn_entry(struct node *node, const struct operation *operation)
{
    struct world *world = node->world;
    struct queued queued = {.id = operation->id,
                            .node = node->index,
                            .kind = operation->kind,
                            .cut_off = operation->cut_off};

    if (map_find(&world->queued_index, ledger_key(&operation->id)) != MAP_NONE)
        return;
    if (operation->kind == OP_VOID) {
        queued.voided = operation->void_.operation;
        put_key(&world->voided, ledger_key(&queued.voided), 0);
    }
    put_key(&world->queued_index, ledger_key(&operation->id), world->queued_count);
    ADD(world->queued, world->queued_count, world->queued_capacity, queued);
    world->operations++;
}

void ledger_learn_queue(struct node *node)
{
    struct mirror *mirror = node->worker.till.mirror;
    struct mirror_entry_list list = {0};
    struct mirror_state state;

    if (!node_is_up(node) || node->disk.dead || mirror->ops->state(mirror, &state, NULL))
        return;
    if (!op_id_equal(&state.replica, &node->known_replica))
        node->known_seq = 0;
    node->known_replica = state.replica;
    if (state.seq == node->known_seq)
        return;
    if (mirror->ops->list_queue(mirror, node->known_seq, QUEUE_MAX, &list, NULL) == TK_OK)
        for (size_t i = 0; i < list.count; i++)
            learn_entry(node, &list.items[i].operation);
    node->known_seq = state.seq;
    mirror_entry_list_release(&list);
}

/* --- putting a machine back --- */

/* Changes with everything that can be said of a ticket. */
static size_t digest(const struct ticket *ticket)
{
    return (size_t)ticket->status + (ticket->admitted_at ? 8 : 0) + 16 * (size_t)ticket->seq;
}

static void list_tickets(struct store *store, struct map *tickets)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};

    query.limit = STORE_LIST_MAX;
    if (store->ops->list_tickets(store, &query, &list, NULL) == TK_OK)
        for (size_t i = 0; i < list.count; i++)
            put_key(tickets, list.items[i].id, digest(&list.items[i]));
    ticket_list_release(&list);
}

static void list_journal(struct store *store, struct map *operations)
{
    struct journal_query query = {.limit = STORE_LIST_MAX};
    struct journal_list list = {0};

    if (store->ops->list_journal(store, &query, &list, NULL) == TK_OK)
        for (size_t i = 0; i < list.count; i++)
            put_key(operations, ledger_key(&list.items[i].id), 0);
    journal_list_release(&list);
}

static void list_queue(struct node *node, struct map *operations)
{
    struct mirror *mirror = node->worker.till.mirror;
    struct mirror_entry_list list = {0};

    if (mirror->ops->list_queue(mirror, 0, QUEUE_MAX, &list, NULL) == TK_OK)
        for (size_t i = 0; i < list.count; i++)
            put_key(operations, ledger_key(&list.items[i].operation.id), 0);
    mirror_entry_list_release(&list);
}

static struct store *store_of(struct node *node)
{
    return node->index == CENTRE ? node->store : node->worker.store;
}

static void list_all(struct node *node, struct map *tickets, struct map *operations)
{
    if (!store_of(node))
        return;
    list_tickets(store_of(node), tickets);
    if (node->index == CENTRE)
        list_journal(node->store, operations);
    else
        list_queue(node, operations);
}

void ledger_before(struct node *node, struct map *tickets, struct map *operations)
{
    if (node->index != CENTRE)
        ledger_learn_queue(node);
    list_all(node, tickets, operations);
}

/* What a till had sold and the centre does not know, or what became of a ticket at the centre
 * since. */
static void loosen_tickets(struct node *node, const struct map *before, const struct map *now)
{
    struct world *world = node->world;

    for (size_t i = 0; i < world->told_count; i++) {
        struct told *told = &world->told[i];

        if (node->index == CENTRE)
            told->loose |= map_find(before, told->ticket) != map_find(now, told->ticket);
        else if (told->node == node->index)
            told->loose |= map_find(now, told->ticket) == MAP_NONE;
        told->maybe_in |= (told->doors >> node->index & 1) != 0;
    }
}

static void note_lost(struct world *world, const struct map *before, const struct map *now)
{
    for (size_t i = 0; i < world->queued_count; i++) {
        struct queued *queued = &world->queued[i];
        uint64_t key = ledger_key(&queued->id);

        queued->lost |= map_find(before, key) != MAP_NONE && map_find(now, key) == MAP_NONE;
        if (queued->lost && queued->kind == OP_VOID) /* it may run, or have run, after all */
            put_key(&world->unvoided, ledger_key(&queued->voided), 0);
    }
}

void ledger_after(struct node *node, struct map *tickets, struct map *operations)
{
    struct world *world = node->world;
    struct node *centre = &world->nodes[CENTRE];
    struct map tickets_now = {0}, operations_now = {0};

    list_all(node, &tickets_now, &operations_now);
    note_lost(world, operations, &operations_now);
    if (node != centre) {
        map_clear(&tickets_now);
        if (centre->store)
            list_tickets(centre->store, &tickets_now);
    }
    loosen_tickets(node, tickets, &tickets_now);
    for (size_t i = 0; i < world->slot_count; i++)
        world->slots[i].loose = true;
    for (size_t i = 0; node == centre && i < tickets->capacity; i++)
        if (tickets->entries[i].value)
            put_key(&world->excused, tickets->entries[i].key, 0);
    if (node == centre)
        world->again_count = 0;
    world->centre_was_put_back |= node == centre;
    node->known_seq = 0;
    map_release(&tickets_now);
    map_release(&operations_now);
}
