/* clerk: what is done at tills and doors. */
#include "tests/sim/world.h"

#include "core/text.h"

static const char *const people[] = {"Anna Berg", "Zoë", "李小龍", "Bo Li", "Cem", "Dora", "Eve"};

static struct node *pick(struct world *world, enum role role)
{
    int first = role == ROLE_DOOR ? 1 + world->odds.tills : 1;
    int count = role == ROLE_DOOR ? world->odds.doors : world->odds.tills;

    return &world->nodes[first + (int)dice_below(&world->dice, count)];
}

/* One of the last that are not over, the newest ones most of all, and seldom one that is sold out. */
static struct slot_note *pick_slot(struct world *world)
{
    for (int tries = 0; tries < 6 && world->slot_count; tries++) {
        int64_t most = world->slot_count < 14 ? (int64_t)world->slot_count : 14;
        size_t at = world->slot_count - 1 -
                    (size_t)dice_below(&world->dice, 1 + dice_below(&world->dice, most));

        if (world->slots[at].ends_at > world->now &&
            (world->slots[at].live < world->slots[at].capacity ||
             dice_below(&world->dice, 4) == 0))
            return &world->slots[at];
    }
    return NULL;
}

/* One of the last that were sold, by whomever; seldom any. */
static struct told *pick_ticket(struct world *world)
{
    int64_t most =
        dice_below(&world->dice, 8) ? 60 + 4 * world->odds.batch : (int64_t)world->told_count;

    if (!world->told_count)
        return NULL;
    if (most > (int64_t)world->told_count)
        most = (int64_t)world->told_count;
    return &world->told[world->told_count - 1 - (size_t)dice_below(&world->dice, most)];
}

struct operation clerk_operation(struct node *node, enum op_kind kind)
{
    struct operation operation = {.kind = kind, .at = node_now(node)};
    uint8_t random[10];

    node_random(node, random, sizeof random);
    operation.id = op_id_make(node_now(node) / 1000, random);
    text_copy(operation.actor, sizeof operation.actor, node->role == ROLE_DOOR ? "Udo" : "Ann");
    text_copy(operation.device, sizeof operation.device, node->name);
    return operation;
}

static void make_ref(struct world *world, const struct slot_note *slot, struct slot_ref *ref)
{
    if (dice_below(&world->dice, 5)) {
        ref->id = slot->id;
        return;
    }
    text_copy(ref->name, sizeof ref->name, slot->name);
    ref->starts_at = slot->starts_at;
}

static bool make_book(struct node *node, struct operation *operation)
{
    struct world *world = node->world;
    const struct slot_note *slot = pick_slot(world);
    size_t who = (size_t)dice_below(&world->dice, 3 * (int64_t)(sizeof people / sizeof people[0]));

    if (!slot)
        return false;
    *operation = clerk_operation(node, OP_BOOK);
    make_ref(world, slot, &operation->book.slot);
    operation->book.count = dice_between(&world->dice, 1, 1 + dice_below(&world->dice, 4));
    if (who < sizeof people / sizeof people[0]) {
        text_copy(operation->book.customer_name, CUSTOMER_NAME_SIZE, people[who]);
        snprintf(operation->book.customer_phone, CUSTOMER_PHONE_SIZE, "555%04d",
                 (int)dice_below(&world->dice, 30));
    }
    return true;
}

static bool make_change(struct node *node, enum op_kind kind, struct operation *operation)
{
    struct world *world = node->world;
    const struct told *told = pick_ticket(world);
    const struct slot_note *slot = pick_slot(world);

    if (!told || (told->canceled && dice_below(&world->dice, 5)))
        return false;
    *operation = clerk_operation(node, kind);
    if (kind == OP_CANCEL)
        operation->cancel.ticket_id = told->ticket;
    else if (kind == OP_PRINT)
        operation->copy.ticket_id = told->ticket;
    else if (slot)
        operation->reissue = (struct op_reissue){
            .ticket_id = told->ticket,
            .slot = {.id = dice_below(&world->dice, 2) ? slot->id : world->slots[told->slot].id}};
    return kind != OP_REISSUE || slot;
}

/* What became of operations that were asked for at a counter. */
static void tell_all(struct node *node, const struct operation *operations, size_t count,
                     const struct outcome *outcomes, enum tk_code code, bool unknown, bool failed)
{
    struct world *world = node->world;

    for (size_t i = 0; i < count; i++) {
        world_event(world, op_kind_name(operations[i].kind), node->index,
                    code ? code : outcomes[i].code,
                    code || outcomes[i].code ? (int64_t)ledger_key(&operations[i].id)
                                             : (int64_t)outcomes[i].ticket_id);
        if (!code)
            world_look_at(world, "an outcome", outcomes[i].code, NULL);
        if (unknown || !code)
            ledger_tell(node, &operations[i], &outcomes[i],
                        unknown || (failed && outcomes[i].code));
    }
}

static void remember(struct node *node, const struct operation *operation,
                     const struct outcome *outcome, bool unknown)
{
    struct op_id here = op_id_derive(&operation->id, LEDGER_CUT_OFF);
    bool cut_off = map_find(&node->world->queued_index, ledger_key(&here)) != MAP_NONE;

    if (unknown || (cut_off && !outcome->code))
        node->asked[node->asked_count++ % WORLD_ASKED] =
            (struct done_before){*operation, *outcome, node->known_replica, node->boot, unknown};
}

/* Does operations as the counter does, and notes what the clerk is told. Whatever he is told, a
   request that went out may come to the centre late, and be done. */
static void perform(struct node *node, const struct operation *operations, size_t count,
                    struct outcome *outcomes)
{
    struct tk_error error = {0};
    uint64_t sent = node->sent, failed = node->failed;
    enum tk_code code =
        sync_apply(&node->counter.till, &node->link, operations, count, outcomes, &error);
    size_t at = (size_t)dice_below(&node->world->dice, (int64_t)count);
    bool unknown;

    world_look_at(node->world, "sync_apply", code, &error);
    ledger_learn_queue(node);
    unknown = node_has_died(node) || code == TK_UNKNOWN || (code && node->sent != sent);
    tell_all(node, operations, count, outcomes, code, unknown, node->failed != failed);
    if (unknown || !code)
        remember(node, &operations[at], &outcomes[at], unknown || outcomes[at].code == TK_UNKNOWN);
}

/* The same is answered that was answered before; what was not known is done once, be it now. */
void clerk_ask_again(struct world *world)
{
    struct node *node = pick(world, dice_below(&world->dice, 4) ? ROLE_CLERK : ROLE_DOOR);
    size_t count = node->asked_count < WORLD_ASKED ? node->asked_count : WORLD_ASKED;
    struct done_before *asked;
    struct operation operation;
    struct outcome outcome = {0}, before;

    if (!node_is_up(node) || !count)
        return;
    asked = &node->asked[dice_below(&world->dice, (int64_t)count)];
    if (asked->boot != node->boot || !op_id_equal(&asked->replica, &node->known_replica))
        return;
    operation = asked->operation;
    before = asked->outcome;
    if (asked->unknown) {
        asked->boot = 0; /* what is told now is another one */
        perform(node, &operation, 1, &outcome);
        return;
    }
    if (sync_apply(&node->counter.till, &node->link, &operation, 1, &outcome, NULL) == TK_OK &&
        !node_has_died(node) &&
        (outcome.code || !outcome.replayed || outcome.ticket_id != before.ticket_id))
        world_fail(world, "%s answers “%s” asked for again with %s, ticket %llu, not %llu",
                   node->name, op_kind_name(operation.kind), tk_code_name(outcome.code),
                   (unsigned long long)outcome.ticket_id, (unsigned long long)before.ticket_id);
    ledger_learn_queue(node);
    node_has_died(node);
    world_event(world, "again", node->index, outcome.code, (int64_t)outcome.ticket_id);
}

static uint64_t ticket_of(const struct operation *operation)
{
    return operation->kind == OP_CANCEL  ? operation->cancel.ticket_id
           : operation->kind == OP_PRINT ? operation->copy.ticket_id
                                         : operation->reissue.ticket_id;
}

/* A clerk does not change a ticket twice in one call. */
static bool is_changed(const struct operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (operations[i].kind != OP_BOOK &&
            ticket_of(&operations[i]) == ticket_of(&operations[count]))
            return true;
    return false;
}

static void act_sell(struct world *world, enum op_kind kind)
{
    struct node *node = pick(world, ROLE_CLERK);
    int64_t wanted = dice_between(&world->dice, 1, world->odds.batch), count = 0;

    if (!node_is_up(node))
        return;
    if (kind != OP_BOOK && dice_below(&world->dice, 2))
        wanted = 1;
    while (wanted-- > 0)
        if (kind == OP_BOOK ? make_book(node, &world->made[count])
                            : make_change(node, kind, &world->made[count]) &&
                                  !is_changed(world->made, (size_t)count))
            count++;
    if (count)
        perform(node, world->made, (size_t)count, world->outcomes);
}

/* --- the house's own counter --- */

static bool make_any(struct node *node, struct operation *operation)
{
    static const enum op_kind kinds[] = {OP_BOOK,   OP_BOOK,    OP_BOOK,  OP_BOOK,  OP_CANCEL,
                                         OP_CANCEL, OP_REISSUE, OP_PRINT, OP_PRINT, OP_ADMIT};
    struct world *world = node->world;
    enum op_kind kind = kinds[dice_below(&world->dice, sizeof kinds / sizeof kinds[0])];
    const struct told *told;

    if (kind == OP_BOOK)
        return make_book(node, operation);
    if (kind != OP_ADMIT)
        return make_change(node, kind, operation);
    told = pick_ticket(world);
    if (!told)
        return false;
    *operation = clerk_operation(node, kind);
    operation->admit = (struct op_admit){told->ticket, world->slots[told->slot].id, 0};
    return true;
}

/* Much is done at the centre itself, in one step: what tills hold and lack changes with it. */
static void act_house(struct world *world)
{
    struct node *centre = &world->nodes[CENTRE];
    int64_t wanted = dice_between(&world->dice, 1, 4 * world->odds.batch), count = 0;
    struct tk_error error = {0};
    enum tk_code code;
    bool died;

    if (!node_is_up(centre))
        return;
    while (wanted-- > 0)
        count += make_any(centre, &world->made[count]);
    if (!count)
        return;
    code = store_apply(centre->store, world->made, (size_t)count, world->outcomes, &error);
    world_look_at(world, "the centre", code, &error);
    died = node_has_died(centre);
    tell_all(centre, world->made, (size_t)count, world->outcomes, code, died || code == TK_UNKNOWN,
             false);
    world->operations += code ? 0 : (uint64_t)count;
}

/* --- doors --- */

static bool find_here(struct node *door, uint64_t ticket_id, struct ticket *ticket)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    bool found;

    query.ids = &ticket_id;
    query.id_count = 1;
    door->counter.store->ops->list_tickets(door->counter.store, &query, &list, NULL);
    found = list.count == 1;
    if (found)
        *ticket = list.items[0];
    ticket_list_release(&list);
    return found;
}

/* Whether the door can tell that the guest's pass is genuine, which it is. */
static bool is_genuine(struct node *door, const struct told *told)
{
    struct world *world = door->world;
    int64_t slot_id = world->slots[told->slot].id;
    struct crypto_key own, sites = pass_slot_key(&world->site_key, slot_id);
    struct mirror *mirror = door->counter.till.mirror;
    char pass[PASS_SIZE];

    if (mirror->ops->slot_key(mirror, slot_id, 0, &own, NULL))
        return false;
    pass_make(pass, &sites, told->ticket, slot_id);
    if (!pass_check(pass, &own, slot_id))
        world_fail(world, "%s has a wrong key for showing %lld", door->name, (long long)slot_id);
    return true;
}

static void act_admit(struct world *world)
{
    struct node *door = pick(world, ROLE_DOOR);
    const struct told *told = pick_ticket(world);
    struct operation operation;
    struct outcome outcome = {0};
    struct ticket known = {0};
    bool away, found;
    int in;

    if (!told || !node_is_up(door) || !is_genuine(door, told))
        return;
    operation = clerk_operation(door, OP_ADMIT);
    operation.admit = (struct op_admit){told->ticket, world->slots[told->slot].id, 0};
    away = door->link.away_since != 0;
    found = find_here(door, told->ticket, &known);
    in = told->in;
    perform(door, &operation, 1, &outcome);
    /* invariant 5, as far as the door can know */
    if (away && found && (known.status == TICKET_CANCELED || known.admitted_at) && told->in > in)
        world_fail(world, "%s let in a ticket that it knew to be %s", door->name,
                   known.admitted_at ? "in" : "canceled");
}

static void act_unadmit(struct world *world)
{
    const struct told *told = pick_ticket(world);
    struct operation operation;
    struct outcome outcome;
    struct node *door;

    for (int tries = 0; tries < 10 && told && told->in <= told->out; tries++)
        told = pick_ticket(world);
    if (!told || told->in <= told->out)
        return;
    door = &world->nodes[told->door];
    if (door->role != ROLE_DOOR || !node_is_up(door))
        return;
    operation = clerk_operation(door, OP_UNADMIT);
    operation.unadmit.ticket_id = told->ticket;
    perform(door, &operation, 1, &outcome);
}

/* --- rounds --- */

enum tk_code clerk_round(struct node *node, enum sync_what what, struct sync_report *report)
{
    struct world *world = node->world;
    struct sync_report own = {0};
    struct tk_error error = {0};
    uint32_t noise;
    enum tk_code code =
        sync_round(&node->worker.till, what, 8, SYNC_ANSWER_MS, report ? report : &own, &error);

    node_random(node, &noise, sizeof noise);
    world_look_at(world, "sync_round", code, &error);
    world_event(world, "round", node->index, code, (int64_t)(report ? report : &own)->pushed);
    if (sync_means_away(code))
        sync_link_failed(&node->link, node_now(node), noise, &error);
    else
        sync_link_answered(&node->link);
    if (!code && what == SYNC_REVIEWED)
        node->review_at = world->now + SYNC_REVIEW;
    return code;
}

static void act_give_back(struct world *world)
{
    struct node *node = pick(world, ROLE_CLERK);
    struct sync_report report = {0};
    struct tk_error error = {0};
    enum tk_code code;

    if (!node_is_up(node))
        return;
    code = sync_give_back(&node->worker.till, &report, &error);
    world_look_at(world, "sync_give_back", code, &error);
    world_event(world, "give back", node->index, code, report.returned);
    ledger_learn_queue(node);
    node_has_died(node);
}

void clerk_act(struct world *world, enum act act)
{
    switch (act) {
    case ACT_BOOK:
        act_sell(world, OP_BOOK);
        break;
    case ACT_CANCEL:
        act_sell(world, OP_CANCEL);
        break;
    case ACT_REISSUE:
        act_sell(world, OP_REISSUE);
        break;
    case ACT_PRINT:
        act_sell(world, OP_PRINT);
        break;
    case ACT_ADMIT:
        act_admit(world);
        break;
    case ACT_UNADMIT:
        act_unadmit(world);
        break;
    case ACT_HOUSE:
        act_house(world);
        break;
    case ACT_GIVE_BACK:
        act_give_back(world);
        break;
    default:
        trouble_act(world, act);
        break;
    }
}
