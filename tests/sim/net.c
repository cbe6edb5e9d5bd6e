/* net: what a till says to the centre and back, on a line that loses, repeats and delays it. */
#include "tests/sim/world.h"

#include "core/list.h"

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* --- messages --- */

static void message_free(struct message *message)
{
    if (!message)
        return;
    letter_drop(message->request);
    letter_drop(message->answer);
    free(message);
}

static bool chance(struct world *world, int in_10000)
{
    return !world->healing && in_10000 && dice_chance(&world->dice, in_10000);
}

static int64_t travel(struct world *world)
{
    int64_t latency = world->healing ? 5 * TIME_MILLISECOND : world->odds.latency;

    if (chance(world, world->odds.slow))
        return dice_between(&world->dice, TIME_SECOND, 30 * TIME_SECOND);
    return dice_between(&world->dice, latency / 2, latency * 3 / 2);
}

/* Takes a message, to be delivered after a while. */
static void put(struct world *world, const struct message *message, int64_t after)
{
    struct message *copy = must(malloc(sizeof *copy));

    *copy = *message;
    copy->request = letter_share(message->request);
    copy->answer = letter_share(message->answer);
    copy->due = world->now + after;
    copy->serial = ++world->serial;
    if (list_reserve((void **)&world->messages, world->message_count, &world->message_capacity,
                     sizeof(struct message *)))
        abort();
    world->messages[world->message_count++] = copy;
}

/* Onto the line, and what it makes of it. */
static void post(struct world *world, const struct message *message)
{
    if (!chance(world, world->odds.drop))
        put(world, message, travel(world));
    else
        world_event(world, message->reply ? "reply lost" : "request lost", message->node,
                    (int64_t)message->exchange, 0);
    if (chance(world, world->odds.twice))
        put(world, message, travel(world));
    if (chance(world, world->odds.late))
        put(world, message, dice_between(&world->dice, TIME_SECOND, 10 * TIME_MINUTE));
}

static struct message *take_next(struct world *world, int64_t until)
{
    struct message *message;
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < world->message_count; i++) {
        const struct message *m = world->messages[i];

        if (m->due <= until &&
            (best == SIZE_MAX || m->due < world->messages[best]->due ||
             (m->due == world->messages[best]->due && m->serial < world->messages[best]->serial)))
            best = i;
    }
    if (best == SIZE_MAX)
        return NULL;
    message = world->messages[best];
    world->messages[best] = world->messages[--world->message_count];
    return message;
}

void net_clear(struct world *world)
{
    for (size_t i = 0; i < world->message_count; i++)
        message_free(world->messages[i]);
    free(world->messages);
    world->messages = NULL;
    world->message_count = world->message_capacity = 0;
    for (int i = 0; i < world->node_count; i++) {
        message_free(world->nodes[i].answer);
        world->nodes[i].answer = NULL;
    }
}

/* --- at the centre --- */

/* What was decided here, to be sent again some day. */
static void remember(struct world *world, const struct sync_request *request,
                     const struct sync_reply *reply)
{
    size_t most = sizeof world->again / sizeof world->again[0];

    for (size_t i = 0; i < reply->outcome_count && i < request->operations.count; i++) {
        if (request->operations.items[i].kind != OP_BOOK || reply->outcomes[i].code)
            continue;
        world->again[world->again_count++ % most] = (struct done_before){
            .operation = request->operations.items[i], .outcome = reply->outcomes[i]};
    }
}

static enum tk_code serve(struct world *world, struct node *node, const struct message *message,
                          struct letter **answer)
{
    struct node *centre = &world->nodes[CENTRE];
    struct sync_centre half = {&centre->office, world->odds.allotment};
    const struct sync_request *request = letter_request(node, message->request);
    struct sync_reply reply = {0};
    struct tk_error error = {0};
    enum tk_code code;

    if (!request)
        return TK_BAD_DATA;
    if (!node->let_in)
        return TK_TOKEN_REVOKED;
    if (message->token != node->token) /* nothing is left of it, once the till was enrolled anew */
        return TK_NO_TOKEN;
    code = sync_serve(&half, request, &reply, &error);
    world_look_at(world, "sync_serve", code, &error);
    world_event(world, "serve", node->index, code,
                (int64_t)(request->entries.count * 1000 + request->operations.count));
    if (!code) {
        world->operations += reply.answers.count + reply.outcome_count;
        remember(world, request, &reply);
        *answer = letter_of_reply(world, &reply);
    }
    sync_reply_release(&reply);
    return code;
}

static void deliver_request(struct world *world, const struct message *message)
{
    struct node *node = &world->nodes[message->node], *centre = &world->nodes[CENTRE];
    struct message reply = *message;

    if (!node_is_up(centre))
        return;
    reply.reply = true;
    reply.code = serve(world, node, message, &reply.answer);
    if (!node_has_died(centre) && !node->cut_in)
        post(world, &reply);
    letter_drop(reply.answer);
}

/* --- back at the till --- */

static uint32_t noise(struct node *node)
{
    uint32_t noise;

    node_random(node, &noise, sizeof noise);
    return noise;
}

static void note_code(struct node *node, enum tk_code code)
{
    struct tk_error why = {.code = code};

    if (sync_means_away(code))
        sync_link_failed(&node->link, node_now(node), noise(node), &why);
    else
        sync_link_answered(&node->link);
}

/* Takes a reply over, whatever became of the exchange that it is of. */
static void take(struct node *node, const struct message *message)
{
    const struct sync_request *request = letter_request(node, message->request);
    const struct sync_reply *reply = request ? letter_reply(node, message->answer) : NULL;
    struct sync_report report = {0};
    struct tk_error error = {0};
    enum tk_code code;

    if (!reply)
        return;
    code = sync_take(&node->worker.till, request, reply, message->sent_at, node_now(node), &report,
                     &error);
    world_look_at(node->world, "sync_take", code, &error);
    world_event(node->world, "take", node->index, code, (int64_t)report.mirror.answered);
    if (!code && report.more)
        node->next_at = node->world->now;
    node_has_died(node);
}

static void deliver_reply(struct world *world, struct message **taken)
{
    struct message *message = *taken;
    struct node *node = &world->nodes[message->node];

    if (!node_is_up(node) || node->boot != message->boot || node->cut_in)
        return;
    if (message->counter && node->asking == message->exchange && !node->answer) {
        node->answer = message;
        *taken = NULL;
        return;
    }
    if (!message->counter && node->waiting == message->exchange) {
        node->waiting = 0;
        note_code(node, message->code);
        node->next_at = world->now + world->odds.round;
    }
    if (message->answer)
        take(node, message);
}

static void deliver(struct world *world, struct message *message)
{
    world->now = message->due > world->now ? message->due : world->now;
    if (message->reply)
        deliver_reply(world, &message);
    else if (!world->nodes[message->node].cut_out)
        deliver_request(world, message);
    message_free(message);
}

/* --- the line --- */

static uint64_t request_send(struct node *node, bool counter, const struct sync_request *request)
{
    struct world *world = node->world;
    struct message message = {.node = node->index,
                              .boot = node->boot,
                              .counter = counter,
                              .token = node->token,
                              .exchange = ++world->serial,
                              .sent_at = node_now(node),
                              .request = letter_of_request(node, request)};

    post(world, &message);
    letter_drop(message.request);
    return message.exchange;
}

/* Until the answer is there, the power gone or the time over. */
static void await(struct node *node, int64_t until)
{
    struct world *world = node->world;
    struct message *message;

    while (!world->failed && !node->answer && !node->disk.dead && node_is_up(node)) {
        message = take_next(world, until);
        if (!message) {
            world->now = world->now > until ? world->now : until;
            return;
        }
        deliver(world, message);
    }
}

static enum tk_code exchange(struct sync_line *line, const struct sync_request *request,
                             struct sync_reply *reply, int timeout_ms, struct tk_error *error)
{
    struct actor *actor = (struct actor *)line;
    struct node *node = actor->node;
    enum tk_code code;

    if (node->disk.dead)
        return tk_fail_code(error, TK_UNAVAILABLE);
    if (node->cut_out && node->refuses) {
        node->world->now += TIME_MILLISECOND;
        return tk_fail_code(error, TK_UNAVAILABLE);
    }
    node->sent++;
    node->asking = request_send(node, true, request);
    await(node, node->world->now + (int64_t)timeout_ms * TIME_MILLISECOND);
    node->asking = 0;
    if (!node->answer)
        return tk_fail_code(error, TK_UNKNOWN);
    code = node->answer->code;
    node->failed += code != TK_OK;
    if (code)
        tk_fail_code(error, code);
    else if (!letter_take_reply(node, node->answer->answer, reply))
        code = tk_fail_code(error, TK_BAD_DATA);
    message_free(node->answer);
    node->answer = NULL;
    return code;
}

static enum tk_code no_store(struct sync_line *line, struct store **store, struct tk_error *error)
{
    (void)line, (void)store;
    return tk_fail_code(error, TK_UNAVAILABLE);
}

static void set_watch(struct sync_line *line, const struct store_watch *watch)
{
    (void)line, (void)watch;
}

static void close_line(struct sync_line *line)
{
    (void)line;
}

const struct sync_line_ops net_line = {
    .exchange = exchange, .store = no_store, .set_watch = set_watch, .close = close_line};

/* --- workers --- */

static void start_round(struct node *node)
{
    struct world *world = node->world;
    struct sync_request request;
    struct tk_error error = {0};
    bool review = world->now >= node->review_at;
    enum tk_code code = sync_make(&node->worker.till, review ? SYNC_REVIEWED : SYNC_ROUND, NULL, 0,
                                  &request, &error);

    world_look_at(world, "sync_make", code, &error);
    if (code)
        return;
    if (review)
        node->review_at = world->now + SYNC_REVIEW;
    node->waiting = request_send(node, false, &request);
    node->give_up_at = world->now + SYNC_ANSWER_MS * TIME_MILLISECOND;
    sync_request_release(&request);
}

void net_worker_round(struct node *node)
{
    struct world *world = node->world;
    int64_t away = node->link.next_at - node_now(node);

    node->next_at = world->now + world->odds.round;
    if (node->waiting) {
        node->waiting = 0;
        note_code(node, TK_UNAVAILABLE);
        return;
    }
    if (node->link.away_since && away > 0 && away <= SYNC_PAUSE_MOST)
        return;
    if (dice_below(&world->dice, 3) == 0)
        clerk_round(node, world->now >= node->review_at ? SYNC_REVIEWED : SYNC_ROUND, NULL);
    else if (node->cut_out && node->refuses)
        note_code(node, TK_UNAVAILABLE);
    else
        start_round(node);
    node_has_died(node);
}

static int64_t due_at(const struct node *node)
{
    if (node->up_at)
        return node->up_at;
    return node->index == CENTRE ? INT64_MAX : node->waiting ? node->give_up_at : node->next_at;
}

static struct node *next_node(struct world *world, int64_t until)
{
    struct node *best = NULL;

    for (int i = 0; i < world->node_count; i++)
        if (due_at(&world->nodes[i]) <= until && (!best || due_at(&world->nodes[i]) < due_at(best)))
            best = &world->nodes[i];
    return best;
}

void net_advance(struct world *world, int64_t until)
{
    while (!world->failed) {
        struct node *node = next_node(world, until);
        struct message *message = take_next(world, node ? due_at(node) : until);

        if (message) {
            deliver(world, message);
            continue;
        }
        if (!node)
            break;
        world->now = due_at(node) > world->now ? due_at(node) : world->now;
        if (!node_is_up(node))
            node_start(node);
        else
            net_worker_round(node);
    }
    world->now = world->now > until ? world->now : until;
}
