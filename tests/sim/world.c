#include "tests/sim/world.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/text.h"
#include "data/sqlite/sql.h"

void world_fail(struct world *world, const char *format, ...)
{
    va_list arguments;

    if (world->failed)
        return;
    world->failed = true;
    va_start(arguments, format);
    vsnprintf(world->wrong, sizeof world->wrong, format, arguments);
    va_end(arguments);
    if (world->trace)
        printf("FAILED: %s\n", world->wrong);
}

void world_look_at(struct world *world, const char *where, enum tk_code code,
                   const struct tk_error *error)
{
    switch (code) {
    case TK_INTERNAL:
    case TK_NO_MEMORY:
    case TK_CORRUPT:
    case TK_NOT_A_STORE:
    case TK_NEWER_VERSION:
    case TK_BAD_DATA:
    case TK_BAD_OPERATION:
    case TK_CONFIG:
    case TK_FORBIDDEN:
        world_fail(world, "%s: %s (%s)", where, tk_code_name(code), error ? error->message : "");
        break;
    default:
        break;
    }
}

void world_event(struct world *world, const char *what, int node, int64_t a, int64_t b)
{
    uint64_t h = world->hash;

    for (const char *at = what; *at; at++)
        h = (h ^ (uint8_t)*at) * UINT64_C(1099511628211);
    h = (h ^ (uint64_t)node) * UINT64_C(1099511628211);
    h = (h ^ (uint64_t)a) * UINT64_C(1099511628211);
    h = (h ^ (uint64_t)b) * UINT64_C(1099511628211);
    h = (h ^ (uint64_t)world->now) * UINT64_C(1099511628211);
    world->hash = h;
    world->events++;
    if (world->trace)
        printf("%8llu %12.6f %-7s %-22s %lld %lld\n", (unsigned long long)world->step,
               (double)(world->now - WORLD_START) / 1e6, world->nodes[node].name, what,
               (long long)a, (long long)b);
}

/* --- machines --- */

int64_t node_now(void *context)
{
    const struct node *node = context;

    return node->world->now + node->clock_offset;
}

void node_random(void *context, void *data, size_t size)
{
    struct world *world = ((struct node *)context)->world;

    for (size_t i = 0; i < size; i++)
        ((uint8_t *)data)[i] = (uint8_t)dice_roll(&world->dice);
}

bool node_is_up(const struct node *node)
{
    return !node->up_at;
}

static struct sqlite_options node_options(struct node *node)
{
    return (struct sqlite_options){
        .path = node->path,
        .rules = node->world->rules,
        .digest_key = node->world->digest_key,
        .now = node_now,
        .random = node_random,
        .context = node,
        .checkpoint_pages = 64 + (int)(node->world->seed % 3) * 400,
        .mirror = node->index != CENTRE,
        .vfs = DISK_VFS_NAME,
    };
}

static bool open_store(struct node *node, struct store **store)
{
    struct sqlite_options options = node_options(node);
    struct tk_error error = {0};
    enum tk_code code = sqlite_store_open(&options, store, &error);

    if (code)
        world_fail(node->world, "%s does not open its store: %s (%s)", node->name,
                   tk_code_name(code), error.message);
    return !code;
}

static void start_actor(struct node *node, struct actor *actor, bool counter)
{
    *actor = (struct actor){.line = {&net_line}, .node = node, .counter = counter};
    if (!open_store(node, &actor->store))
        return;
    actor->till = (struct sync_till){
        .mirror = sqlite_store_mirror(actor->store),
        .line = &actor->line,
        .ports = {.now = node_now, .random = node_random, .context = node},
        .ahead = 2 * TIME_DAY,
        .holds = node->role >= ROLE_CLERK,
    };
    text_copy(actor->till.device, sizeof actor->till.device, node->name);
}

static void start_centre(struct node *node)
{
    if (!open_store(node, &node->store))
        return;
    node->office = (struct box_office){
        .store = node->store,
        .ports = {.now = node_now, .random = node_random, .context = node},
        .rules = node->world->rules,
        .keys = key_ring_of_site(&node->world->site_key),
        .actor = "Mara",
        .device = "centre",
    };
}

void node_start(struct node *node)
{
    node->up_at = 0;
    node->boot++;
    node->waiting = node->asking = 0;
    node->next_at = node->world->now;
    node->link = (struct sync_link){0};
    node->disk.full = false;
    node->disk.cut_in = node->disk.fail_in = 0;
    world_event(node->world, "start", node->index, (int64_t)node->boot, 0);
    if (node->index == CENTRE) {
        start_centre(node);
        return;
    }
    start_actor(node, &node->counter, true);
    start_actor(node, &node->worker, false);
}

/* As when its programs are killed. */
static void let_go(struct node *node)
{
    node->disk.dead = true;
    store_close(node->store);
    store_close(node->counter.store);
    store_close(node->worker.store);
    node->store = node->counter.store = node->worker.store = NULL;
    node->office.store = NULL;
}

void node_crash(struct node *node, int64_t off_for)
{
    if (!node_is_up(node))
        return;
    if (node->asking) { /* its counter is at work: it finds the disk gone, and ends */
        node->disk.dead = true;
        return;
    }
    world_event(node->world, "crash", node->index, off_for, 0);
    let_go(node);
    disk_crash(&node->disk);
    node->up_at = node->world->now + off_for + 1;
}

bool node_has_died(struct node *node)
{
    if (!node_is_up(node))
        return true;
    if (!node->disk.dead)
        return false;
    node_crash(node, dice_between(&node->world->dice, TIME_SECOND / 10, 20 * TIME_SECOND));
    return true;
}

/* The file that stands at the path on the real disk, anew: then it is another one. */
static void make_place(const char *path)
{
    char fresh[200];
    FILE *file;

    snprintf(fresh, sizeof fresh, "%s.new", path);
    file = fopen(fresh, "wb");
    if (!file || fclose(file) || rename(fresh, path))
        abort();
}

/* As SQL_MARK_COPY leaves a backup. */
static void mark_copy(struct node *node)
{
    sqlite3 *db = NULL;
    char *why = NULL;

    if (sqlite3_open_v2(node->path, &db, SQLITE_OPEN_READWRITE, DISK_VFS_NAME) ||
        sqlite3_exec(db, SQL_MARK_COPY, NULL, NULL, &why))
        world_fail(node->world, "the backup cannot be marked: %s", why ? why : sqlite3_errmsg(db));
    sqlite3_free(why);
    sqlite3_close_v2(db);
}

void node_put_back(struct node *node, bool with_mark)
{
    struct map tickets = {0}, operations = {0};

    if (!node_is_up(node)) /* what it had is looked at first */
        node_start(node);
    ledger_before(node, &tickets, &operations);
    world_event(node->world, "put back", node->index, (int64_t)node->image.count, with_mark);
    let_go(node);
    disk_crash(&node->disk);
    disk_image_put(&node->disk, &node->image, node->mark, with_mark);
    if (dice_below(&node->world->dice, 3) == 0)
        make_place(node->path);
    node->was_put_back = true;
    if (node->index == CENTRE)
        mark_copy(node);
    node_start(node);
    ledger_after(node, &tickets, &operations);
    map_release(&tickets);
    map_release(&operations);
}

/* --- the world --- */

static void init_node(struct world *world, int index, const char *folder)
{
    struct node *node = &world->nodes[index];
    char name[40];

    node->world = world;
    node->index = index;
    node->role = index <= world->odds.tills ? ROLE_CLERK : ROLE_DOOR;
    node->let_in = true;
    if (index == CENTRE)
        text_copy(name, sizeof name, "centre");
    else
        snprintf(name, sizeof name, "%s%d", node->role == ROLE_DOOR ? "door" : "till", index);
    text_copy(node->name, sizeof node->name, name);
    snprintf(node->folder, sizeof node->folder, "%.100s/%.40s", folder, name);
    snprintf(node->path, sizeof node->path, "%.100s/%.40s/office.db", folder, name);
    snprintf(node->mark, sizeof node->mark, "%.100s/%.40s/office.db.mark", folder, name);
    mkdir(node->folder, 0700);
    remove(node->mark);
    make_place(node->path);
    disk_mount(&node->disk, node->folder, &world->dice);
}

static int often(struct world *world, int in_of, int most)
{
    return dice_below(&world->dice, in_of) ? 0 : (int)dice_between(&world->dice, 1, most);
}

/* Swarm testing (Groce et al., 2012): what a seed leaves out, others find less of in its place. */
static void choose_odds(struct world *world)
{
    uint64_t *dice = &world->dice;
    struct odds *odds = &world->odds;
#define X(act, name, weight) \
    odds->weights[act] = dice_below(dice, 6) ? (int)dice_between(dice, 1, weight) : 0;
    ACT_TABLE(X)
#undef X
    odds->weights[ACT_BOOK] += 30;
    odds->weights[ACT_SCHEDULE] += 1;
    odds->tills = (int)dice_between(dice, 3, 6);
    odds->doors = (int)dice_between(dice, 1, 2);
    odds->latency = dice_between(dice, 1, 60) * TIME_MILLISECOND;
    odds->pace = dice_between(dice, 5, dice_below(dice, 4) ? 300 : 1500) * TIME_MILLISECOND;
    odds->round = dice_between(dice, 1, 10) * TIME_SECOND;
    odds->drop = often(world, 2, 1500);
    odds->twice = often(world, 2, 1500);
    odds->late = often(world, 2, 800);
    odds->slow = often(world, 3, 500);
    odds->cut = often(world, 6, 4) ? (int)dice_between(dice, 5, 120) : 0;
    odds->cut = odds->cut ? odds->cut : (int)dice_between(dice, 20, 200);
    odds->mend = (int)dice_between(dice, 30, 400);
    odds->refuse = (int)dice_between(dice, 0, 10000);
    odds->crash = often(world, 2, 40);
    odds->cut_short = often(world, 2, 40);
    odds->image = often(world, 2, 40);
    odds->image_back = often(world, 3, 15);
    odds->centre_back = often(world, 5, 8);
    odds->full = often(world, 2, 120);
    odds->io = often(world, 2, 60);
    odds->jump = often(world, 3, 40);
    odds->drift = often(world, 2, 10);
    odds->write_off = often(world, 3, 15);
    odds->revoke = often(world, 4, 10);
    odds->wire = (int)(dice_below(dice, 4) ? dice_between(dice, 200, 3000) : 10000);
    odds->batch =
        (int)(dice_below(dice, 3) ? dice_between(dice, 16, WORLD_BATCH) : dice_between(dice, 1, 6));
    odds->capacity = (int)dice_between(dice, 2, dice_below(dice, 3) ? odds->batch * 30 : 40);
    odds->allotment = (struct allotment_rule){.ahead = dice_between(dice, 1, 24) * TIME_HOUR,
                                              .share_percent = dice_between(dice, 5, 60),
                                              .busy_times = dice_between(dice, 1, 4)};
}

static void init_keys(struct world *world)
{
    for (size_t i = 0; i < CRYPTO_KEY_SIZE; i++) {
        world->site_key.bytes[i] = (uint8_t)dice_roll(&world->dice);
        world->digest_key.bytes[i] = (uint8_t)dice_roll(&world->dice);
    }
    world->rules = (struct plan_rules){.expire_after = dice_between(&world->dice, 1, 8) * TIME_HOUR,
                                       .admit_before = 12 * TIME_HOUR};
}

void sim_world_init(struct world *world, uint64_t seed, const char *folder, bool trace)
{
    struct store_facts facts;

    *world = (struct world){.seed = seed,
                            .dice = seed,
                            .now = WORLD_START,
                            .trace = trace,
                            .hash = UINT64_C(14695981039346656037)};
    disk_install(&world->now, &world->dice);
    choose_odds(world);
    world->made = calloc(WORLD_HOUSE_BATCH, sizeof *world->made);
    world->outcomes = calloc(WORLD_HOUSE_BATCH, sizeof *world->outcomes);
    if (!world->made || !world->outcomes)
        abort();
    init_keys(world);
    world->node_count = 1 + world->odds.tills + world->odds.doors;
    for (int i = 0; i < world->node_count; i++)
        init_node(world, i, folder);
    for (int i = 0; i < world->node_count; i++)
        node_start(&world->nodes[i]);
    if (!world->failed && office_facts(&world->nodes[CENTRE].office, &facts, NULL) == TK_OK)
        world->id_key = facts.id_key;
}

void sim_world_release(struct world *world)
{
    net_clear(world);
    for (int i = 0; i < world->node_count; i++) {
        let_go(&world->nodes[i]);
        disk_unmount(&world->nodes[i].disk);
        disk_image_release(&world->nodes[i].image);
    }
    disk_remove();
    map_release(&world->slot_index);
    map_release(&world->told_index);
    map_release(&world->queued_index);
    map_release(&world->unknown);
    map_release(&world->known);
    map_release(&world->voided);
    map_release(&world->unvoided);
    map_release(&world->excused);
    free(world->made);
    free(world->outcomes);
    free(world->slots);
    free(world->told);
    free(world->queued);
}
