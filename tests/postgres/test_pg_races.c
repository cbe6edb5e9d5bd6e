/* Several nodes on one PostgreSQL at the same moment: what is sold once, is sold once. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "core/time.h"
#include "data/postgres/internal.h"
#include "tests/postgres/nodes.h"

#define MEMBER "#1042"
#define CANCELS_MAX 10

/* --- one place, many tills --- */

struct shared {
    int64_t slots[4];
    struct operation same;
    struct outcome outcomes[NODES_MAX];
};

static struct shared *shared_of(const struct node *node)
{
    return node->nodes->context;
}

static void sell_until_full(struct node *node)
{
    for (int i = 0; i < 40; i++) {
        struct operation sale = node_make_sale(node, shared_of(node)->slots[0], 1);
        struct outcome outcome = node_apply(node, &sale);

        if (outcome.code == TK_OK)
            node->count++;
        else if (outcome.code != TK_SOLD_OUT)
            node->others++;
    }
}

static void test_last_places(void)
{
    struct nodes nodes;
    struct shared shared = {.slots = {0}};
    int64_t sold = 0, others = 0;

    nodes_open(&nodes, 6);
    nodes.context = &shared;
    shared.slots[0] = node_schedule(&nodes.items[0], "Heat", 50);
    nodes_run(&nodes, sell_until_full);
    for (int i = 0; i < nodes.count; i++) {
        sold += nodes.items[i].count;
        others += nodes.items[i].others;
    }
    CU_ASSERT_EQUAL(sold, 50);
    CU_ASSERT_EQUAL(others, 0);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM ticket"), 50);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT sold FROM slot"), 50);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM journal WHERE seq > 0"), 241);
    CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
    nodes_close(&nodes);
}

/* --- the same operation at many nodes --- */

static void do_the_same(struct node *node)
{
    shared_of(node)->outcomes[node->number] = node_apply(node, &shared_of(node)->same);
}

static void test_same_operation(void)
{
    struct nodes nodes;
    struct shared shared = {.slots = {0}};

    nodes_open(&nodes, 4);
    nodes.context = &shared;
    shared.slots[0] = node_schedule(&nodes.items[0], "Heat", 100);
    for (int round = 0; round < 20; round++) {
        int first = 0;

        shared.same = node_make_sale(&nodes.items[0], shared.slots[0], 2);
        if (round % 4 == 1) { /* one that has no slot to wait for */
            shared.same = node_make(&nodes.items[0], OP_CANCEL);
            shared.same.cancel.ticket_id = 12345;
        } else if (round % 4 == 2) {
            shared.same = node_make(&nodes.items[0], OP_SCHEDULE);
            shared.same.schedule = (struct op_schedule){.starts_at = nodes.now + TIME_HOUR,
                                                        .ends_at = nodes.now + 2 * TIME_HOUR,
                                                        .name = "Solaris",
                                                        .capacity = 5};
        }
        nodes_run(&nodes, do_the_same);
        for (int i = 0; i < nodes.count; i++) {
            first += !shared.outcomes[i].replayed;
            CU_ASSERT_EQUAL(shared.outcomes[i].code, round % 4 == 1 ? TK_TICKET_NOT_FOUND : TK_OK);
            CU_ASSERT_EQUAL(shared.outcomes[i].ticket_id, shared.outcomes[0].ticket_id);
            CU_ASSERT_EQUAL(shared.outcomes[i].slot_id, shared.outcomes[0].slot_id);
        }
        CU_ASSERT_EQUAL(first, 1);
    }
    CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
    nodes_close(&nodes);
}

/* --- an operation, and giving it up --- */

static void sell_or_void(struct node *node)
{
    struct shared *shared = shared_of(node);

    if (node->number == 0) {
        shared->outcomes[0] = node_apply(node, &shared->same);
    } else {
        struct operation give_up = node_make(node, OP_VOID);

        give_up.void_.operation = shared->same.id;
        shared->outcomes[1] = node_apply(node, &give_up);
    }
}

/* Whichever comes first, no ticket of it lives afterwards, and it never runs later. */
static void test_void(void)
{
    struct nodes nodes;
    struct shared shared = {.slots = {0}};
    int sold = 0, voided = 0;

    nodes_open(&nodes, 2);
    nodes.context = &shared;
    shared.slots[0] = node_schedule(&nodes.items[0], "Heat", 1000);
    for (int round = 0; round < 60; round++) {
        shared.same = node_make_sale(&nodes.items[0], shared.slots[0], 1);
        text_copy(shared.same.device, sizeof shared.same.device, "till-1");
        nodes_run(&nodes, sell_or_void);
        sold += shared.outcomes[0].code == TK_OK;
        voided += shared.outcomes[0].code == TK_VOIDED;
        CU_ASSERT_EQUAL(shared.outcomes[1].code, TK_OK);
        CU_ASSERT(shared.outcomes[0].code == TK_OK || shared.outcomes[0].code == TK_VOIDED);
    }
    CU_ASSERT_EQUAL(sold + voided, 60);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM ticket WHERE status = 0"), 0);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT available FROM slot"), 1000);
    CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
    nodes_close(&nodes);
}

/* --- everything at once --- */

#define GUESTS 12

static uint64_t some_ticket(const struct node *node, uint64_t *known, uint64_t count,
                            uint64_t *random)
{
    (void)node;
    return count ? known[test_random_below(random, count)] : 0;
}

static struct operation some_operation(struct node *node, uint64_t *known, uint64_t count)
{
    const struct shared *shared = shared_of(node);
    uint64_t dice = test_random_below(&node->random, 10);
    int64_t slot = shared->slots[test_random_below(&node->random, 4)];
    uint64_t ticket = some_ticket(node, known, count, &node->random);
    struct operation operation;

    if (dice < 5 || !ticket) {
        operation = node_make_sale(node, slot, 1 + (int64_t)test_random_below(&node->random, 3));
        snprintf(operation.book.customer_name, CUSTOMER_NAME_SIZE, "Guest %d",
                 (int)test_random_below(&node->random, GUESTS));
        text_copy(operation.book.customer_phone, CUSTOMER_PHONE_SIZE, "5551234");
    } else if (dice < 7) {
        operation = node_make(node, OP_CANCEL);
        operation.cancel.ticket_id = ticket;
    } else if (dice < 9) {
        operation = node_make(node, OP_REISSUE);
        operation.reissue.ticket_id = ticket;
        operation.reissue.slot.id = slot;
    } else {
        operation = node_make(node, OP_PRINT);
        operation.copy.ticket_id = ticket;
    }
    return operation;
}

/* In batches, so that each locks several slots and guests, in any order that the operations come in. */
static void do_everything(struct node *node)
{
    uint64_t known[400], count = 0;

    for (int round = 0; round < 40; round++) {
        struct operation batch[8];
        struct outcome outcomes[8];
        struct tk_error error = {0};

        for (int i = 0; i < 8; i++)
            batch[i] = some_operation(node, known, count);
        if (store_apply(node->store, batch, 8, outcomes, &error)) {
            printf("\n    node %d: %s\n", node->number, error.message);
            node->others++;
            continue;
        }
        for (int i = 0; i < 8; i++)
            if (!outcomes[i].code && batch[i].kind == OP_BOOK && count < 400)
                known[count++] = outcomes[i].ticket_id;
        node->count += 8;
    }
}

static void test_everything(void)
{
    struct nodes nodes;
    struct shared shared = {.slots = {0}};

    nodes_open(&nodes, 6);
    nodes.context = &shared;
    for (int i = 0; i < 4; i++)
        shared.slots[i] = node_schedule(&nodes.items[i], "Heat", 200);
    nodes_run(&nodes, do_everything);
    for (int i = 0; i < nodes.count; i++)
        CU_ASSERT(nodes.items[i].others == 0 && nodes.items[i].count == 320);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM slot WHERE sold > capacity"),
                    0);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(DISTINCT (name, phone)) - count(*)"
                                               " FROM customer"),
                    0);
    CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
    nodes_close(&nodes);
}

/* --- what a batch costs, and what it leaves --- */

static struct postgres_store *inside(struct node *node)
{
    return (struct postgres_store *)node->store;
}

/* A clerk, who may cancel so many tickets in a shift (0: any number). */
static void hire(struct node *node, int64_t cancels)
{
    struct operation staff = node_make(node, OP_STAFF), limit = node_make(node, OP_LIMIT);

    staff.staff = (struct op_staff){.number = 1042, .name = "Ida", .role = ROLE_CLERK};
    limit.limit = (struct op_limit){"shift-cancels", cancels};
    CU_ASSERT_EQUAL(node_apply(node, &staff).code, TK_OK);
    CU_ASSERT_EQUAL(node_apply(node, &limit).code, TK_OK);
}

/* Of a member as well, who may be on duty at several at once. */
static void test_round_trips(void)
{
    struct operation batch[64];
    struct outcome outcomes[64];
    struct nodes nodes;
    int64_t slot;
    int before;

    nodes_open(&nodes, 1);
    slot = node_schedule(&nodes.items[0], "Heat", 500);
    for (int i = 0; i < 64; i++)
        batch[i] = node_make_sale(&nodes.items[0], slot, 1);
    before = inside(&nodes.items[0])->round_trips;
    CU_ASSERT_EQUAL(store_apply(nodes.items[0].store, batch, 64, outcomes, NULL), TK_OK);
    CU_ASSERT_EQUAL(inside(&nodes.items[0])->round_trips - before, 2);
    hire(&nodes.items[0], 0);
    for (int i = 0; i < 64; i++) {
        batch[i] = node_make(&nodes.items[0], OP_CANCEL);
        batch[i].cancel.ticket_id = outcomes[i].ticket_id;
        text_copy(batch[i].actor, sizeof batch[i].actor, MEMBER);
    }
    before = inside(&nodes.items[0])->round_trips;
    CU_ASSERT_EQUAL(store_apply(nodes.items[0].store, batch, 64, outcomes, NULL), TK_OK);
    CU_ASSERT_EQUAL(inside(&nodes.items[0])->round_trips - before, 2);
    CU_ASSERT_EQUAL(outcomes[63].code, TK_OK);
    nodes_close(&nodes);
}

/* Sells and cancels, with more tries than may be well; each node of a showing of its own, whose lock none waits for. */
static void cancel_some(struct node *node)
{
    for (int i = 0; i < CANCELS_MAX; i++) {
        struct operation sale = node_make_sale(node, shared_of(node)->slots[node->number], 1),
                         cancel = node_make(node, OP_CANCEL);
        enum tk_code code;

        cancel.cancel.ticket_id = node_apply(node, &sale).ticket_id;
        text_copy(cancel.actor, sizeof cancel.actor, MEMBER);
        code = node_apply(node, &cancel).code;
        CU_ASSERT(code == TK_OK || code == TK_CANCEL_LIMIT);
        node->count += code == TK_OK;
    }
}

/* What a member has used up of his limit is one number, be he signed on at four tills at once; at first there is none. */
static void test_limit(void)
{
    for (int round = 0; round < 5; round++) {
        struct nodes nodes;
        struct shared shared = {.slots = {0}};
        int64_t done = 0;

        nodes_open(&nodes, 4);
        for (int i = 0; i < nodes.count; i++)
            shared.slots[i] = node_schedule(&nodes.items[0], "Heat", 500);
        nodes.context = &shared;
        hire(&nodes.items[0], CANCELS_MAX);
        nodes_run(&nodes, cancel_some);
        for (int i = 0; i < nodes.count; i++)
            done += nodes.items[i].count;
        CU_ASSERT_EQUAL(done, CANCELS_MAX);
        CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT sum(canceled)::bigint FROM tally"),
                        CANCELS_MAX);
        CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
        nodes_close(&nodes);
    }
}

static struct outcome sell_on_the_web(struct node *node, int64_t slot, int64_t count)
{
    struct operation sale = node_make_sale(node, slot, count);

    text_copy(sale.device, sizeof sale.device, "web");
    text_copy(sale.actor, sizeof sale.actor, "web");
    return node_apply(node, &sale);
}

/* Nodes that sell for one device at the same time do not wait for one another to count it, and what they count is one
   tally. */
static void test_tallies(void)
{
    struct tally_list list = {0};
    struct nodes nodes;
    int64_t slots[2];
    PGconn *conn;

    nodes_open(&nodes, 2);
    for (int i = 0; i < 2; i++) {
        slots[i] = node_schedule(&nodes.items[0], "Heat", 50);
        CU_ASSERT_EQUAL(sell_on_the_web(&nodes.items[i], slots[i], 2).code, TK_OK);
    }
    conn = PQconnectdb(nodes.uri);
    PQclear(PQexec(conn, "BEGIN"));
    PQclear(PQexec(conn, "SELECT sold FROM tally WHERE device = 'web' AND writer ="
                         " (SELECT min(id) FROM writer WHERE id > 0) FOR UPDATE"));
    CU_ASSERT_EQUAL(PQtransactionStatus(conn), PQTRANS_INTRANS);
    CU_ASSERT_EQUAL(sell_on_the_web(&nodes.items[1], slots[1], 3).code, TK_OK);
    PQfinish(conn);
    CU_ASSERT_EQUAL(sell_on_the_web(&nodes.items[0], slots[0], 4).code, TK_OK);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM tally WHERE device = 'web'"), 2);
    CU_ASSERT_EQUAL(nodes.items[0].store->ops->list_tallies(
                        nodes.items[0].store, &(struct tally_query){0}, &list, NULL),
                    TK_OK);
    CU_ASSERT(list.count == 1 && list.items[0].sales == 4 && list.items[0].sold == 11);
    CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
    tally_list_release(&list);
    nodes_close(&nodes);
}

/* What is known already is answered after a commit of its own, which waits for a standby. */
static void test_replay_writes(void)
{
    struct operation sale;
    struct outcome first, again;
    struct nodes nodes;
    int64_t before;

    nodes_open(&nodes, 2);
    sale = node_make_sale(&nodes.items[0], node_schedule(&nodes.items[0], "Heat", 5), 1);
    first = node_apply(&nodes.items[0], &sale);
    node_apply(&nodes.items[1], &sale); /* registers a writer */
    before = postgres_number(nodes.uri, "SELECT sum(batches) FROM writer");
    again = node_apply(&nodes.items[1], &sale);
    CU_ASSERT(again.replayed && again.ticket_id == first.ticket_id);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT sum(batches) FROM writer"), before + 1);
    nodes_close(&nodes);
}

/* One that was taken for gone goes on under another row, and the version never falls. */
static void test_retired_writer(void)
{
    struct operation sale;
    struct nodes nodes;
    uint64_t before, after;
    int64_t slot;

    nodes_open(&nodes, 2);
    slot = node_schedule(&nodes.items[0], "Heat", 50);
    sale = node_make_sale(&nodes.items[0], slot, 1);
    node_apply(&nodes.items[0], &sale);
    CU_ASSERT_EQUAL(nodes.items[0].store->ops->version(nodes.items[0].store, &before, NULL), TK_OK);
    nodes.now += 2 * TIME_DAY;
    sale = node_make(&nodes.items[1], OP_CANCEL); /* refused: but registers, and retires the other */
    sale.cancel.ticket_id = 77;
    CU_ASSERT_EQUAL(node_apply(&nodes.items[1], &sale).code, TK_TICKET_NOT_FOUND);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM writer WHERE retired = 1"), 1);
    CU_ASSERT_EQUAL(nodes.items[0].store->ops->version(nodes.items[0].store, &after, NULL), TK_OK);
    CU_ASSERT(after > before);
    sale = node_make(&nodes.items[0], OP_CANCEL);
    sale.cancel.ticket_id = 78;
    CU_ASSERT_EQUAL(node_apply(&nodes.items[0], &sale).code, TK_TICKET_NOT_FOUND);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM writer WHERE id > 0"), 3);
    CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
    nodes_close(&nodes);
}

/* --- a standby that is not there --- */

static void sell_one(struct node *node)
{
    struct shared *shared = shared_of(node);
    struct tk_error error = {0};

    shared->outcomes[0] = (struct outcome){.code = TK_INTERNAL};
    node->count =
        (int64_t)store_apply(node->store, &shared->same, 1, &shared->outcomes[0], &error);
}

/* The server says COMMIT with a WARNING, again and again: that is not yes. */
static void test_cancelled_wait(void)
{
    struct nodes nodes;
    struct shared shared = {.slots = {0}};
    struct outcome again;
    pthread_t canceller;

    nodes_open(&nodes, 1);
    nodes.context = &shared;
    shared.slots[0] = node_schedule(&nodes.items[0], "Heat", 50);
    shared.same = node_make_sale(&nodes.items[0], shared.slots[0], 1);
    nodes_set_standby(&nodes, "ghost");
    CU_ASSERT_EQUAL_FATAL(pthread_create(&canceller, NULL, nodes_cancel_waits, &nodes), 0);
    sell_one(&nodes.items[0]);
    __atomic_store_n(&nodes.items[0].others, 1, __ATOMIC_RELEASE);
    pthread_join(canceller, NULL);
    CU_ASSERT_EQUAL(nodes.items[0].count, TK_UNKNOWN);
    nodes_set_standby(&nodes, "");
    again = node_apply(&nodes.items[0], &shared.same);
    CU_ASSERT_EQUAL(again.code, TK_OK);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM ticket"), 1);
    CU_ASSERT_EQUAL(nodes_verify(&nodes), 0);
    nodes_close(&nodes);
}

SUITE(pg_races, {"the last places are sold once, at whichever node", test_last_places},
      {"an operation that comes to many nodes at once is done once", test_same_operation},
      {"an operation and its voiding exclude one another", test_void},
      {"sales, cancels, reissues of the same guests at six nodes at once", test_everything},
      {"a batch is two round trips", test_round_trips},
      {"a member's limit holds at four nodes at once", test_limit},
      {"nodes that sell for one device do not wait for one another", test_tallies},
      {"what is known already is written for, too", test_replay_writes},
      {"a writer that was taken for gone registers anew", test_retired_writer},
      {"a commit that did not wait for its standby is unknown", test_cancelled_wait})
