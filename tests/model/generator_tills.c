/* What tills and doors do while they are cut off, and what is done about them. */
#include "tests/model/generator.h"

#include "core/text.h"
#include "core/time.h"
#include "tests/support/test.h"

static const char *const tills[GENERATOR_TILLS] = {"till-1", "till-2", "Foyer"};

static int64_t below(struct generator *g, int64_t bound)
{
    return (int64_t)test_random_below(&g->random, (uint64_t)bound);
}

static void pick_till(struct generator *g, char name[DEVICE_SIZE])
{
    if (below(g, 20))
        text_copy(name, DEVICE_SIZE, tills[below(g, GENERATOR_TILLS)]);
    else
        generator_device(g, name);
}

/* Mostly an allotment of which something is held, if there is one. */
static const struct allotment *pick_allotment(struct generator *g)
{
    const struct allotment_list *list = model_allotments(g->model);
    size_t start = list->count ? (size_t)below(g, (int64_t)list->count) : 0;

    for (size_t i = 0; i < list->count && below(g, 12); i++) {
        const struct allotment *allotment = &list->items[(start + i) % list->count];

        if (allotment_held(allotment) > 0)
            return allotment;
    }
    return list->count ? &list->items[start] : NULL;
}

static const struct allotment *known_allotment(const struct generator *g, int64_t slot_id,
                                               const char *holder)
{
    const struct allotment_list *list = model_allotments(g->model);

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].slot_id == slot_id && strcmp(list->items[i].holder, holder) == 0)
            return &list->items[i];
    return NULL;
}

/* The last block of a till. */
static const struct number_block *pick_block(const struct generator *g, const char *holder)
{
    const struct number_block_list *blocks = model_blocks(g->model);

    for (size_t i = blocks->count; i-- > 0;)
        if (strcmp(blocks->items[i].holder, holder) == 0)
            return &blocks->items[i];
    return NULL;
}

/* Somebody else's, one that was used, one beyond all blocks or past the last. */
static uint64_t pick_wrong_number(struct generator *g)
{
    const struct number_block_list *blocks = model_blocks(g->model);
    const struct ticket_list *tickets = model_tickets(g->model);

    switch (below(g, 5)) {
    case 0:
        return tickets->count ? tickets->items[below(g, (int64_t)tickets->count)].id : 1;
    case 1:
        return blocks->count ? blocks->items[below(g, (int64_t)blocks->count)].next : 0;
    case 2:
        return blocks->count ? blocks->items[blocks->count - 1].first + NUMBER_BLOCK_SIZE - 2 : 1;
    case 3:
        return model_next_ticket(g->model) + (uint64_t)below(g, 4);
    default:
        return below(g, 8) ? 0 : ID_MAX + 1 + (uint64_t)below(g, 2);
    }
}

/* The number that a till issues next. */
static uint64_t pick_number(struct generator *g, const char *device, int64_t count)
{
    const struct number_block *block = pick_block(g, device);
    uint64_t *handed = NULL, number;

    for (size_t i = 0; i < GENERATOR_TILLS; i++)
        if (strcmp(tills[i], device) == 0)
            handed = &g->handed[i];
    if (!block || !handed || below(g, 8) == 0)
        return pick_wrong_number(g);
    number = block->next;
    if (number_block_has(block, *handed) && *handed >= number && below(g, 4))
        number = *handed + 1;
    *handed = number + (uint64_t)(count < 1 ? 1 : count) - 1;
    return number;
}

/* Where a till that is cut off would sell: mostly of what it holds. */
static void pick_held(struct generator *g, struct operation *operation, struct slot_ref *ref)
{
    const struct allotment *allotment = pick_allotment(g);

    *ref = (struct slot_ref){.id = generator_slot(g)};
    if (!allotment || below(g, 10) == 0)
        return;
    ref->id = allotment->slot_id;
    if (below(g, 12))
        text_copy(operation->device, DEVICE_SIZE, allotment->holder);
}

/* A ticket that nobody here knows, of a slot that its till holds places of. */
static void make_early(struct generator *g, struct op_admit *admit)
{
    const struct allotment *allotment = pick_allotment(g);
    const struct number_block *block = allotment ? pick_block(g, allotment->holder) : NULL;

    if (!block)
        return;
    admit->ticket_id = block->next + (uint64_t)below(g, 3);
    admit->slot_id = below(g, 12) ? allotment->slot_id : below(g, 2) ? generator_slot(g) : 0;
    for (size_t i = 0; i < model_slots(g->model)->count && below(g, 12); i++) {
        const struct slot *slot = &model_slots(g->model)->items[i];

        if (slot->id == allotment->slot_id)
            admit->admitted_at = slot->starts_at + below(g, TIME_HOUR);
    }
}

void generator_cut_off(struct generator *g, struct operation *operation)
{
    operation->cut_off = true;
    operation->at = g->now - below(g, below(g, 4) ? TIME_HOUR : TIME_DAY);
    if (below(g, 20) == 0)
        operation->at = g->now + below(g, TIME_HOUR);
    switch (operation->kind) {
    case OP_BOOK:
        pick_held(g, operation, &operation->book.slot);
        operation->book.count = below(g, 15) ? 1 + below(g, 2) : below(g, 31) - 5;
        operation->book.first_ticket = pick_number(g, operation->device, operation->book.count);
        operation->cut_off = below(g, 12) != 0; /* the centre had lost it */
        break;
    case OP_REISSUE:
        pick_held(g, operation, &operation->reissue.slot);
        operation->reissue.new_ticket = pick_number(g, operation->device, 1);
        operation->cut_off = below(g, 20) != 0;
        break;
    case OP_ADMIT:
        if (below(g, 3))
            make_early(g, &operation->admit);
        operation->cut_off = below(g, 2) != 0;
        break;
    case OP_UNADMIT:
        if (below(g, 2) && g->made) {
            const struct operation *last =
                &g->recent[below(g, (int64_t)(g->made < GENERATOR_RECENT ? g->made : GENERATOR_RECENT))];

            if (last->kind == OP_ADMIT)
                operation->unadmit.ticket_id = last->admit.ticket_id;
            if (last->kind == OP_ADMIT && below(g, 4))
                text_copy(operation->device, DEVICE_SIZE, last->device);
        }
        break;
    case OP_CANCEL:
    case OP_PRINT:
        break;
    default: /* it is no part of the others */
        operation->cut_off = false;
    }
}

static void pick_replica(struct generator *g, struct op_id *id)
{
    *id = (struct op_id){{0}};
    if (below(g, 40))
        id->bytes[0] = (uint8_t)(1 + below(g, 4));
}

static void make_grant(struct generator *g, struct op_grant *grant)
{
    const struct allotment *known;

    grant->slot_id = generator_slot(g);
    pick_till(g, grant->holder);
    known = known_allotment(g, grant->slot_id, grant->holder);
    grant->granted = (known ? known->granted : 0) + below(g, 6) - 1;
    if (below(g, 30) == 0)
        grant->granted = below(g, 2) ? INT64_MAX : INT32_MAX;
}

static void make_return(struct generator *g, struct operation *operation)
{
    const struct allotment *known = pick_allotment(g);

    operation->give_back.slot_id = generator_slot(g);
    if (known && below(g, 8)) {
        operation->give_back.slot_id = known->slot_id;
        operation->give_back.returned = known->returned + below(g, 5) - 1;
        text_copy(operation->device, DEVICE_SIZE, known->holder);
    } else if (below(g, 4)) {
        operation->give_back.returned = below(g, 8) - 1;
    } else {
        operation->give_back.returned = below(g, 2) ? INT32_MAX : INT64_MAX;
    }
    operation->cut_off = below(g, 4) == 0;
}

static void make_write_off(struct generator *g, struct op_write_off *write_off)
{
    const struct allotment *known = pick_allotment(g);

    pick_till(g, write_off->holder);
    if (below(g, 3) == 0)
        return;
    write_off->slot_id = generator_slot(g);
    if (!known || below(g, 8) == 0)
        return;
    write_off->slot_id = known->slot_id;
    text_copy(write_off->holder, DEVICE_SIZE, known->holder);
}

static void make_mark(struct generator *g, struct operation *operation)
{
    const struct replica_list *replicas = model_replicas(g->model);
    const struct replica *replica =
        replicas->count ? &replicas->items[below(g, (int64_t)replicas->count)] : NULL;

    pick_replica(g, &operation->mark.replica);
    operation->mark.seq = below(g, 4) - 1;
    operation->mark.hash[0] = (uint8_t)below(g, 256);
    if (!replica || below(g, 6) == 0)
        return;
    text_copy(operation->device, DEVICE_SIZE, replica->device);
    if (below(g, 6))
        operation->mark.replica = replica->id;
    operation->mark.seq = replica->seq + below(g, 5) - 2;
}

/* One that was done, one of the same batch, one that comes later, or never. */
static void make_void(struct generator *g, struct operation *operation)
{
    struct op_id *id = &operation->void_.operation;

    if (g->made && below(g, 3)) {
        const struct operation *recent =
            &g->recent[below(g, (int64_t)(g->made < GENERATOR_RECENT ? g->made : GENERATOR_RECENT))];

        *id = recent->id;
        if (below(g, 4))
            text_copy(operation->device, DEVICE_SIZE, recent->device);
        return;
    }
    if (below(g, 10) == 0) {
        *id = below(g, 2) ? operation->id : (struct op_id){{0}};
        return;
    }
    *id = op_id_derive(&operation->id, 1);
    g->voided[g->void_count++ % (sizeof g->voided / sizeof g->voided[0])] = *id;
}

static void make_close(struct generator *g, struct operation *operation)
{
    const struct dispute_list *disputes = model_disputes(g->model);
    int64_t count = (int64_t)disputes->count;

    operation->settle.dispute = operation->id;
    if (count && below(g, 10))
        operation->settle.dispute =
            disputes->items[below(g, 2) ? below(g, count) : count - 1].id;
    text_copy(operation->settle.reason, DISPUTE_REASON_SIZE,
              below(g, 10) ? "They sat in row 9." : below(g, 2) ? "" : " \n");
}

/* Something that was given up comes after all. */
static void make_delayed(struct generator *g, struct operation *operation)
{
    const size_t room = sizeof g->voided / sizeof g->voided[0];

    operation->kind = OP_BOOK;
    operation->book.slot.id = generator_slot(g);
    operation->book.count = 1;
    if (g->void_count)
        operation->id =
            g->voided[below(g, (int64_t)(g->void_count < room ? g->void_count : room))];
    if (below(g, 3) == 0)
        generator_cut_off(g, operation);
}

void generator_make_till(struct generator *g, struct operation *operation)
{
    static const enum op_kind kinds[] = {
        OP_JOIN,   OP_JOIN, OP_GRANT,     OP_GRANT,     OP_GRANT, OP_GRANT,      OP_GRANT, OP_RETURN,
        OP_RETURN, OP_MARK, OP_WRITE_OFF, OP_BLOCK,     OP_VOID,  OP_VOID,       OP_VOID,  OP_CLOSE,
        OP_BOOK,   OP_BOOK, OP_BOOK,      OP_QUARANTINE};

    operation->kind = kinds[below(g, (int64_t)(sizeof kinds / sizeof kinds[0]))];
    switch (operation->kind) {
    case OP_JOIN:
        pick_till(g, operation->device);
        pick_replica(g, &operation->join.replica);
        if (below(g, 3) == 0)
            pick_replica(g, &operation->join.replaces);
        break;
    case OP_GRANT:
        make_grant(g, &operation->grant);
        break;
    case OP_RETURN:
        make_return(g, operation);
        break;
    case OP_WRITE_OFF:
        make_write_off(g, &operation->write_off);
        break;
    case OP_BLOCK:
        pick_till(g, operation->block.holder);
        break;
    case OP_MARK:
        make_mark(g, operation);
        break;
    case OP_VOID:
        make_void(g, operation);
        break;
    case OP_CLOSE:
        make_close(g, operation);
        break;
    case OP_QUARANTINE:
        if (below(g, 3) == 0)
            pick_till(g, operation->quarantine.holder);
        break;
    default:
        if (below(g, 4))
            generator_cut_off(g, operation);
        else
            make_delayed(g, operation);
    }
}
