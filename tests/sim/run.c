/* run: one world from its seed to its last check. */
#include "tests/sim/world.h"

#define CHECK_EVERY 400 /* steps */

static enum act pick_act(struct world *world)
{
    int64_t sum = 0, at;

    for (int i = 0; i < ACT_COUNT; i++)
        sum += world->odds.weights[i];
    at = dice_below(&world->dice, sum);
    for (int i = 0; i < ACT_COUNT; i++) {
        at -= world->odds.weights[i];
        if (at < 0)
            return (enum act)i;
    }
    return ACT_BOOK;
}

static bool has_open_slot(const struct world *world)
{
    for (size_t i = world->slot_count; i > 0 && i + 8 > world->slot_count; i--)
        if (world->slots[i - 1].ends_at > world->now)
            return true;
    return false;
}

static void step(struct world *world)
{
    world->step++;
    net_advance(world, world->now + dice_below(&world->dice, 2 * world->odds.pace));
    if (!has_open_slot(world))
        trouble_schedule(world);
    clerk_act(world, pick_act(world));
    trouble_step(world);
    if (world->step % CHECK_EVERY == 0)
        check_now(world);
}

/* What is still under way arrives at last, and changes nothing. */
static void hurry_messages(struct world *world)
{
    for (size_t i = 0; i < world->message_count; i++)
        world->messages[i]->due = world->now;
    net_advance(world, world->now + 10 * TIME_SECOND);
}

bool world_run(struct world *world, uint64_t seed, const char *folder, int steps, bool trace)
{
    world_init(world, seed, folder, trace);
    for (int i = 0; i < 3 && !world->failed; i++)
        trouble_schedule(world);
    for (int i = 0; i < steps && !world->failed; i++)
        step(world);
    if (!world->failed)
        trouble_end(world);
    if (!world->failed)
        net_advance(world, world->now + 30 * TIME_SECOND);
    if (!world->failed)
        check_whole(world);
    if (!world->failed) {
        hurry_messages(world);
        check_whole(world);
    }
    return !world->failed;
}
