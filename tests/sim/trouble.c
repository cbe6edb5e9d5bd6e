/* trouble: what goes wrong, and what a manager does about it. */
#include "tests/sim/world.h"

#include <stdio.h>

#include "core/list.h"
#include "core/text.h"

static bool chance(struct world *world, int in_10000)
{
    return in_10000 && dice_chance(&world->dice, in_10000);
}

static struct node *pick(struct world *world)
{
    return &world->nodes[dice_below(&world->dice, world->node_count)];
}

static struct node *pick_till(struct world *world)
{
    return &world->nodes[1 + dice_below(&world->dice, world->odds.tills)];
}

static struct node *pick_copy(struct world *world)
{
    return &world->nodes[1 + dice_below(&world->dice, world->node_count - 1)];
}

/* --- a manager at the centre --- */

static struct box_office *manager(struct world *world)
{
    struct node *centre = &world->nodes[CENTRE];

    return node_is_up(centre) ? &centre->office : NULL;
}

/* A manager's call is over; the machine may have died in it. */
static void manager_done(struct world *world, const char *what, enum tk_code code,
                         const struct tk_error *error, int64_t result)
{
    world_look_at(world, what, code, error);
    world_event(world, what, CENTRE, code, result);
    world->operations++;
    node_has_died(&world->nodes[CENTRE]);
}

static void note_slot(struct world *world, const struct slot *slot, const char *name)
{
    struct slot_note note = {.id = slot->id,
                             .starts_at = slot->starts_at,
                             .ends_at = slot->ends_at,
                             .name = name,
                             .capacity = slot->capacity};
    struct slot_note *known = ledger_slot(world, slot->id);

    if (known) { /* of a centre that was put back */
        note.loose = true;
        note.live = known->live;
        *known = note;
        return;
    }
    if (map_add(&world->slot_index, (uint64_t)slot->id, world->slot_count) ||
        list_reserve((void **)&world->slots, world->slot_count, &world->slot_capacity,
                     sizeof *world->slots))
        abort();
    world->slots[world->slot_count++] = note;
}

void trouble_schedule(struct world *world)
{
    static const char *const names[] = {"Solaris", "Amélie", "Heat"};
    const char *name = names[dice_below(&world->dice, 3)];
    int64_t half = TIME_HOUR / 2;
    struct op_schedule wanted = {
        .starts_at = world->now - world->now % half + half * dice_between(&world->dice, 0, 14),
        .type = SLOT_MOVIE,
        .genre = GENRE_DRAMA,
        .capacity = dice_between(&world->dice, 1, world->odds.capacity),
    };
    struct box_office *office = manager(world);
    struct tk_error error = {0};
    struct slot slot = {0};
    enum tk_code code;

    if (!office)
        return;
    text_copy(wanted.name, sizeof wanted.name, name);
    wanted.ends_at = wanted.starts_at + dice_between(&world->dice, 1, 5) * half;
    code = office_schedule(office, &wanted, NULL, &slot, &error);
    if (!code)
        note_slot(world, &slot, name);
    manager_done(world, "schedule", code, &error, slot.id);
}

static void upkeep(struct world *world)
{
    struct box_office *office = manager(world);
    struct upkeep_result result = {0};
    struct tk_error error = {0};
    enum tk_code code;

    if (!office)
        return;
    code = dice_below(&world->dice, 3) ? office_expire(office, 0, &result, &error)
                                       : office_archive(office, TIME_HOUR, &result, &error);
    manager_done(world, "upkeep", code, &error, result.slots);
}

static void close_dispute(struct world *world)
{
    struct box_office *office = manager(world);
    struct dispute_query query = {.open = true, .limit = 20};
    struct dispute_list list = {0};
    struct tk_error error = {0};
    enum tk_code code;

    if (!office)
        return;
    code = office_disputes(office, &query, &list, &error);
    if (!code && list.count)
        code = office_close_dispute(office,
                                    &list.items[dice_below(&world->dice, (int64_t)list.count)].id,
                                    "The guest got his money back.", NULL, &error);
    manager_done(world, "close", code, &error, (int64_t)list.count);
    dispute_list_release(&list);
}

/* A request of long ago comes once more, or its number with something else in it. */
static void again(struct world *world)
{
    size_t most = sizeof world->again / sizeof world->again[0];
    size_t count = world->again_count < most ? world->again_count : most;
    struct box_office *office = manager(world);
    bool other = dice_below(&world->dice, 2);
    struct tk_error error = {0};
    struct outcome outcome = {0};
    struct done_before before;
    enum tk_code code;

    if (!office || !count)
        return;
    before = world->again[dice_below(&world->dice, (int64_t)count)];
    before.operation.book.count += other;
    code = store_apply(office->store, &before.operation, 1, &outcome, &error);
    if (!code && other && outcome.code != TK_ID_REUSED)
        world_fail(world, "an operation's number was taken with another body: %s",
                   tk_code_name(outcome.code));
    if (!code && !other &&
        (!outcome.replayed || outcome.code != before.outcome.code ||
         outcome.ticket_id != before.outcome.ticket_id))
        world_fail(world, "an operation sent again had another outcome: %s",
                   tk_code_name(outcome.code));
    manager_done(world, "again", code, &error, outcome.code);
}

void trouble_act(struct world *world, enum act act)
{
    switch (act) {
    case ACT_SCHEDULE:
        trouble_schedule(world);
        break;
    case ACT_UPKEEP:
        upkeep(world);
        break;
    case ACT_CLOSE:
        close_dispute(world);
        break;
    case ACT_AGAIN:
        if (dice_below(&world->dice, 3))
            clerk_ask_again(world);
        else
            again(world);
        break;
    default: /* nobody is there for a while */
        world->now += dice_between(&world->dice, TIME_MINUTE, 90 * TIME_MINUTE);
        world_event(world, "pause", CENTRE, 0, 0);
        break;
    }
}

/* What the manager takes upon himself: these places may be sold twice. */
static void note_written(struct world *world, const struct allotment_list *held)
{
    for (size_t i = 0; i < held->count; i++) {
        struct slot_note *slot = ledger_slot(world, held->items[i].slot_id);

        if (slot)
            slot->written += allotment_held(&held->items[i]);
    }
}

void trouble_write_off(struct world *world, struct node *node)
{
    struct allotment_query query = {.holder = node->name, .held = true};
    struct allotment_list held = {0};
    struct box_office *office = manager(world);
    struct tk_error error = {0};
    int64_t places = 0;
    enum tk_code code;

    if (!office)
        return;
    code = office_allotments(office, &query, &held, &error);
    if (!code)
        note_written(world, &held);
    if (!code)
        code = office_write_off(office, node->name, 0, &places, &error);
    manager_done(world, "write off", code, &error, places);
    allotment_list_release(&held);
}

/* --- what goes wrong --- */

static void cut(struct node *node)
{
    int64_t way = dice_below(&node->world->dice, 4);

    node->cut_out = way != 0;
    node->cut_in = way != 1;
    node->refuses = dice_chance(&node->world->dice, node->world->odds.refuse);
    if (!node->cut_since)
        node->cut_since = node->world->now;
    world_event(node->world, "cut", node->index, node->cut_out, node->cut_in);
}

static void mend(struct node *node)
{
    if (!node->cut_since)
        return;
    node->cut_out = node->cut_in = false;
    node->cut_since = 0;
    world_event(node->world, "mend", node->index, 0, 0);
}

static void take_image(struct node *node)
{
    disk_image_take(&node->disk, node->mark, &node->image);
    world_event(node->world, "image", node->index, (int64_t)node->image.count, 0);
}

static void put_back(struct node *node)
{
    if (node->index == CENTRE && !node->image.taken)
        return;
    if (node->index != CENTRE && dice_below(&node->world->dice, 6) == 0) {
        node->image.count = 0; /* another disk */
        node->image.taken = false;
        node->image.mark.size = 0;
        free(node->image.mark.data);
        node->image.mark = (struct disk_bytes){0};
    }
    node_put_back(node,
                  node->index == CENTRE || !node->image.taken || dice_below(&node->world->dice, 2));
    if (node->index == CENTRE) /* README.md, What is not checked */
        disk_image_release(&node->image);
}

static void jump(struct node *node)
{
    uint64_t *dice = &node->world->dice;
    int64_t ways[] = {TIME_HOUR, -TIME_HOUR, -dice_between(dice, 1, 30) * TIME_SECOND,
                      -node->clock_offset};

    node->clock_offset += ways[dice_below(dice, 4)];
    world_event(node->world, "clock", node->index, node->clock_offset, 0);
}

static void trouble_lines(struct world *world)
{
    if (chance(world, world->odds.cut))
        cut(pick_copy(world));
    if (chance(world, world->odds.mend))
        mend(pick_copy(world));
}

static void trouble_disks(struct world *world)
{
    const struct odds *odds = &world->odds;
    struct node *node = pick(world);

    node->disk.full = chance(world, odds->full) || (node->disk.full && dice_below(&world->dice, 8));
    if (chance(world, odds->io))
        pick(world)->disk.fail_in = dice_between(&world->dice, 1, 20);
    if (chance(world, odds->cut_short))
        pick(world)->disk.cut_in = dice_between(&world->dice, 1, 30);
    if (chance(world, odds->crash))
        node_crash(pick(world), dice_between(&world->dice, 0, 20 * TIME_SECOND));
    if (chance(world, odds->image))
        take_image(pick(world));
    if (chance(world, odds->image_back))
        put_back(pick_copy(world));
    if (chance(world, odds->centre_back))
        put_back(&world->nodes[CENTRE]);
}

static void trouble_people(struct world *world)
{
    const struct odds *odds = &world->odds;
    struct node *node = pick_copy(world);

    if (chance(world, odds->jump))
        jump(pick(world));
    if (chance(world, odds->drift))
        pick(world)->clock_offset += dice_between(&world->dice, -2, 2) * TIME_SECOND;
    if (chance(world, odds->write_off) && (node->cut_since || dice_below(&world->dice, 4) == 0))
        trouble_write_off(world, node);
    node = pick_till(world);
    if (node->let_in && chance(world, odds->revoke)) {
        node->let_in = false;
        node->token++;
    } else if (!node->let_in && dice_below(&world->dice, 30) == 0) {
        node->let_in = true;
    }
}

void trouble_step(struct world *world)
{
    trouble_lines(world);
    trouble_disks(world);
    trouble_people(world);
}

/* --- the end of it --- */

static void mend_all(struct world *world)
{
    for (int i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];

        mend(node);
        node->let_in = true;
        node->clock_offset = 0;
        node->disk.full = false;
        node->disk.cut_in = node->disk.fail_in = 0;
        if (!node_is_up(node))
            node_start(node);
    }
}

/* Whom the centre will not hear before a manager has spoken. */
static void settle(struct world *world)
{
    for (int i = 1; i < world->node_count && !world->failed; i++) {
        struct node *node = &world->nodes[i];
        struct mirror *mirror = node->worker.till.mirror;
        struct mirror_state state = {0};

        clerk_round(node, SYNC_REVIEWED, NULL);
        if (mirror->ops->state(mirror, &state, NULL) == TK_OK &&
            (state.standing == STANDING_STRANGER || state.standing == STANDING_QUARANTINED))
            trouble_write_off(world, node);
    }
}

void trouble_end(struct world *world)
{
    world->healing = true;
    mend_all(world);
    for (int i = 0; i < 3 && !world->failed; i++) {
        net_advance(world, world->now + TIME_SECOND);
        settle(world);
    }
}
