#include "tests/postgres/nodes.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "core/time.h"
#include "data/postgres/postgres_store.h"
#include "tests/support/fixture.h"

static int64_t node_now(void *context)
{
    return ((struct node *)context)->nodes->now;
}

static void node_random(void *context, void *data, size_t size)
{
    uint8_t *bytes = data;

    while (size--)
        *bytes++ = (uint8_t)test_random(&((struct node *)context)->random);
}

static struct postgres_options node_options(struct node *node)
{
    return (struct postgres_options){
        .uri = node->nodes->uri,
        .rules = {.expire_after = 8 * TIME_HOUR, .admit_before = TIME_HOUR},
        .now = node_now,
        .random = node_random,
        .context = node,
    };
}

struct store *nodes_open_store(struct nodes *nodes, struct node *node)
{
    struct postgres_options options = node_options(node);
    struct tk_error error = {0};
    struct store *store = NULL;

    (void)nodes;
    if (postgres_store_open(&options, &store, &error))
        printf("\n    %s\n", error.message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    return store;
}

void nodes_open(struct nodes *nodes, int count)
{
    struct postgres_options options;
    struct postgres_migration migration;
    struct tk_error error = {0};

    *nodes = (struct nodes){.count = count, .now = FIXTURE_NOW};
    CU_ASSERT_TRUE_FATAL(postgres_make(nodes->uri));
    for (int i = 0; i < count; i++) {
        struct node *node = &nodes->items[i];

        *node = (struct node){.nodes = nodes, .number = i, .random = test_seed() + (uint64_t)i};
        options = node_options(node);
        if (i == 0)
            CU_ASSERT_EQUAL_FATAL(postgres_migrate(&options, false, &migration, &error), TK_OK);
        node->store = nodes_open_store(nodes, node);
    }
}

void nodes_close(struct nodes *nodes)
{
    for (int i = 0; i < nodes->count; i++)
        store_close(nodes->items[i].store);
    nodes->count = 0;
}

static void *node_run(void *context)
{
    struct node *node = context;

    node->work(node);
    return NULL;
}

void nodes_run(struct nodes *nodes, void (*work)(struct node *node))
{
    pthread_t threads[NODES_MAX];

    for (int i = 0; i < nodes->count; i++) {
        nodes->items[i].work = work;
        nodes->items[i].count = nodes->items[i].others = 0;
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, node_run, &nodes->items[i]), 0);
    }
    for (int i = 0; i < nodes->count; i++)
        pthread_join(threads[i], NULL);
}

struct operation node_make(struct node *node, enum op_kind kind)
{
    struct operation operation = {.kind = kind, .actor = "Priya", .at = node->nodes->now};
    uint8_t noise[10] = {(uint8_t)node->number};

    for (int i = 0; i < 8; i++)
        noise[2 + i] = (uint8_t)(node->made >> (56 - 8 * i));
    noise[1] = (uint8_t)node->number;
    node->made++;
    snprintf(operation.device, sizeof operation.device, "till-%d", node->number);
    operation.id = op_id_make(node->nodes->now / 1000, noise);
    return operation;
}

struct operation node_make_sale(struct node *node, int64_t slot, int64_t count)
{
    struct operation operation = node_make(node, OP_BOOK);

    operation.book.slot.id = slot;
    operation.book.count = count;
    return operation;
}

/* CUnit's assertions are for one thread: what fails elsewhere is said, and found by the caller. */
struct outcome node_apply(struct node *node, const struct operation *operation)
{
    struct outcome outcome = {.code = TK_INTERNAL};
    struct tk_error error = {0};

    if (store_apply(node->store, operation, 1, &outcome, &error)) {
        printf("\n    node %d: %s\n", node->number, error.message);
        outcome.code = error.code;
    }
    return outcome;
}

int64_t node_schedule(struct node *node, const char *name, int64_t capacity)
{
    struct operation operation = node_make(node, OP_SCHEDULE);

    text_copy(operation.schedule.name, sizeof operation.schedule.name, name);
    operation.schedule.starts_at = node->nodes->now + TIME_HOUR;
    operation.schedule.ends_at = operation.schedule.starts_at + 2 * TIME_HOUR;
    operation.schedule.genre = GENRE_DRAMA;
    operation.schedule.capacity = capacity;
    return node_apply(node, &operation).slot_id;
}

int64_t nodes_verify(struct nodes *nodes)
{
    return fixture_verify_store(nodes->items[0].store);
}

void *nodes_cancel_waits(void *context)
{
    struct nodes *nodes = context;

    while (!__atomic_load_n(&nodes->items[0].others, __ATOMIC_ACQUIRE)) { /* until told */
        postgres_run(nodes->uri, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                                 " WHERE wait_event = 'SyncRep'");
        usleep(20000);
    }
    return NULL;
}

void nodes_set_standby(const struct nodes *nodes, const char *name)
{
    char sql[100];

    snprintf(sql, sizeof sql, "ALTER SYSTEM SET synchronous_standby_names = '%s'", name);
    CU_ASSERT_TRUE(postgres_run(nodes->uri, sql));
    CU_ASSERT_TRUE(postgres_run(nodes->uri, "SELECT pg_reload_conf()"));
    while (postgres_number(nodes->uri, "SELECT CASE current_setting('synchronous_standby_names')"
                                       " WHEN '' THEN 0 ELSE 1 END") != (*name != '\0'))
        usleep(10000);
}
