/* run: one world from its seed to its last check. */
#include "tests/sim/world.h"

#define CHECK_EVERY 300 /* steps */

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

/* Whether one of the newest showings may be sold; with_room: and has places left, as far as was told. */
static bool has_open_slot(const struct world *world, bool with_room)
{
    for (size_t i = world->slot_count; i > 0 && i + 8 > world->slot_count; i--) {
        const struct slot_note *slot = &world->slots[i - 1];

        if (slot->ends_at > world->now && (!with_room || slot->live < slot->capacity))
            return true;
    }
    return false;
}

static void step(struct world *world)
{
    world->step++;
    net_advance(world, world->now + dice_below(&world->dice, 2 * world->odds.pace));
    if (!has_open_slot(world, dice_below(&world->dice, 4) == 0))
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
    net_advance(world, world->now + 30 * TIME_SECOND);
}

bool sim_world_run(struct world *world, uint64_t seed, const char *folder, int steps, bool trace)
{
    sim_world_init(world, seed, folder, trace);
    for (int i = 0; i < 3 && !world->failed; i++)
        trouble_schedule(world);
    for (int i = 0; i < steps && !world->failed; i++)
        step(world);
    if (!world->failed)
        trouble_end(world);
    if (!world->failed)
        net_advance(world, world->now + 30 * TIME_SECOND);
    if (!world->failed)
        check_whole(world, false);
    if (!world->failed) {
        hurry_messages(world);
        check_whole(world, true);
    }
    return !world->failed;
}
