/* What goes wrong between a node and PostgreSQL: what was acknowledged is there, once; what was not
 * is not. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "core/time.h"
#include "data/postgres/internal.h"
#include "tests/postgres/cut.h"
#include "tests/postgres/nodes.h"

static struct postgres_store *inside(struct node *node)
{
    return (struct postgres_store *)node->store;
}

static enum tk_code apply(struct node *node, const struct operation *operations, size_t count,
                          struct outcome *outcomes)
{
    struct tk_error error = {0};

    return store_apply(node->store, operations, count, outcomes, &error);
}

/* Runs a statement that has the name of the database at hand in it. */
static void run_for_database(const struct nodes *nodes, const char *format)
{
    char sql[300], name[100];
    const char *begin = strstr(nodes->uri, "@/") + 2;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(begin, "?"), begin);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(sql, sizeof sql, format, name);
#pragma GCC diagnostic pop
    CU_ASSERT_TRUE(postgres_run(nodes->uri, sql));
}

/* Another connection in place of the one at hand. */
static void reopen(struct node *node)
{
    store_close(node->store);
    node->store = nodes_open_store(node->nodes, node);
}

/* --- a line that breaks at any message --- */

#define BATCH 6
#define SMALL_BUDGET_MS 60

struct line {
    struct nodes nodes; /* node 0 straight, node 1 over the line */
    struct cut *cut;
    int64_t slot, entries; /* that node 1's till has in the journal */
    char straight[POSTGRES_URI_SIZE];
};

static void open_over_line(struct line *line)
{
    struct node *node = &line->nodes.items[1];
    const char *begin = strstr(line->straight, "@/") + 2;

    snprintf(line->nodes.uri, sizeof line->nodes.uri,
             "postgresql://postgres@127.0.0.1:%d/%.*s?sslmode=disable&gssencmode=disable",
             cut_port(line->cut), (int)strcspn(begin, "?"), begin);
    node->store = nodes_open_store(&line->nodes, node);
    memcpy(line->nodes.uri, line->straight, sizeof line->straight);
}

static void line_open(struct line *line)
{
    *line = (struct line){.entries = 0};
    nodes_open(&line->nodes, 1);
    memcpy(line->straight, line->nodes.uri, sizeof line->straight);
    line->cut = cut_new(postgres_port());
    CU_ASSERT_PTR_NOT_NULL_FATAL(line->cut);
    line->nodes.items[1] = (struct node){.nodes = &line->nodes, .number = 1, .random = 1};
    open_over_line(line);
    line->nodes.count = 2;
    line->slot = node_schedule(&line->nodes.items[0], "Heat", 5000);
}

static void line_close(struct line *line)
{
    CU_ASSERT_EQUAL(nodes_verify(&line->nodes), 0);
    nodes_close(&line->nodes);
    cut_free(line->cut);
}

/* Something of everything: guests, a cancel, a reissue, what is refused; `rare`: what takes the
 * long way, too. */
static void make_batch(struct line *line, bool rare, struct operation batch[BATCH])
{
    struct node *node = &line->nodes.items[1];
    uint64_t tickets[3];

    for (int i = 0; i < 3; i++) {
        struct operation sale = node_make_sale(&line->nodes.items[0], line->slot, 1);

        tickets[i] = node_apply(&line->nodes.items[0], &sale).ticket_id;
    }
    batch[0] = node_make_sale(node, line->slot, 2);
    snprintf(batch[0].book.customer_name, CUSTOMER_NAME_SIZE, "Guest %d", (int)node->made);
    text_copy(batch[0].book.customer_phone, CUSTOMER_PHONE_SIZE, "5551234");
    batch[1] = node_make_sale(node, line->slot, 1);
    batch[2] = node_make(node, OP_CANCEL);
    batch[2].cancel.ticket_id = tickets[0];
    batch[3] = node_make(node, OP_REISSUE);
    batch[3].reissue.ticket_id = tickets[1];
    batch[3].reissue.slot.id = line->slot;
    batch[4] = node_make_sale(node, 999999, 1);
    batch[5] = node_make(node, rare ? OP_VOID : OP_PRINT);
    if (rare)
        batch[5].void_.operation = node_make(node, OP_BOOK).id;
    else
        batch[5].copy.ticket_id = tickets[2];
}

static void check_outcomes(const struct outcome *outcomes)
{
    for (int i = 0; i < BATCH; i++)
        CU_ASSERT_EQUAL(outcomes[i].code, i == 4 ? TK_SLOT_NOT_FOUND : TK_OK);
}

static int64_t entries_of(const struct line *line)
{
    return postgres_number(line->nodes.uri, "SELECT count(*) FROM journal WHERE seq > 0"
                                            " AND device = 'till-1'");
}

/* Until the server has seen that nobody is at the other end of the line. */
static void wait_for_line(const struct line *line)
{
    while (postgres_number(line->nodes.uri, "SELECT count(*) FROM pg_stat_activity"
                                            " WHERE datname = current_database()"
                                            " AND client_port > 0"))
        usleep(2000);
}

/* The batch is sent again, here and elsewhere, and is done once. */
static void resend(struct line *line, const struct operation *batch)
{
    struct outcome again[BATCH], elsewhere[BATCH];

    inside(&line->nodes.items[1])->budget_ms = POSTGRES_WAIT_MS;
    inside(&line->nodes.items[1])->patience_ms = POSTGRES_WAIT_MS;
    CU_ASSERT_EQUAL_FATAL(apply(&line->nodes.items[1], batch, BATCH, again), TK_OK);
    check_outcomes(again);
    CU_ASSERT_EQUAL_FATAL(apply(&line->nodes.items[0], batch, BATCH, elsewhere), TK_OK);
    for (int i = 0; i < BATCH; i++)
        CU_ASSERT(elsewhere[i].replayed && elsewhere[i].ticket_id == again[i].ticket_id);
    line->entries += BATCH;
    CU_ASSERT_EQUAL(entries_of(line), line->entries);
}

/* One batch by a store of its own, so that it registers as a writer, too. False: the line did not
   break any more, as there are not so many messages. */
static bool break_at(struct line *line, bool rare, const struct cut_plan *plan)
{
    struct node *node = &line->nodes.items[1];
    struct operation batch[BATCH];
    struct outcome outcomes[BATCH];
    enum tk_code code;
    bool broken;

    make_batch(line, rare, batch);
    store_close(node->store);
    open_over_line(line);
    inside(node)->budget_ms = SMALL_BUDGET_MS;
    cut_arm(line->cut, plan);
    code = apply(node, batch, BATCH, outcomes);
    broken = cut_is_broken(line->cut);
    if (broken)
        wait_for_line(line);
    cut_mend(line->cut);
    if (code == TK_OK)
        check_outcomes(outcomes);
    else if (code != TK_UNKNOWN)
        CU_ASSERT_EQUAL(entries_of(line), line->entries);
    CU_ASSERT(code == TK_OK || code == TK_UNKNOWN || code == TK_UNAVAILABLE);
    CU_ASSERT(broken || code == TK_OK);
    resend(line, batch);
    return broken;
}

static void break_everywhere(bool rare)
{
    struct cut_plan plan = {.manner = CUT_RESET};
    struct line line;
    int rounds = 0;

    line_open(&line);
    for (int half = 0; half <= (test_is_long() ? 1 : 0); half++)
        for (int side = CUT_REQUESTS; side <= CUT_ANSWERS; side++) {
            plan = (struct cut_plan){
                .manner = CUT_RESET, .side = (enum cut_side)side, .half = half != 0};
            for (; break_at(&line, rare, &plan); plan.after += rare && !test_is_long() ? 3 : 1)
                rounds++;
        }
    CU_ASSERT(rounds > 40);
    line_close(&line);
}

static void test_broken_line(void)
{
    break_everywhere(false);
}

static void test_broken_line_rare(void)
{
    break_everywhere(true);
}

/* --- a node that stops in the middle of what it says --- */

#define MANY 64
#define LONG_WAIT_MS 60000

struct stopped {
    struct node *node;
    struct operation batch[MANY];
    enum tk_code code;
};

static void *apply_stopped(void *context)
{
    struct stopped *stopped = context;
    struct outcome outcomes[MANY];

    stopped->code = apply(stopped->node, stopped->batch, MANY, outcomes);
    return NULL;
}

/* A writer that does not go away by itself. */
static void make_patient(struct line *line)
{
    struct node *node = &line->nodes.items[1];
    struct operation sale = node_make_sale(node, line->slot, 1);

    store_close(node->store);
    open_over_line(line);
    node_apply(node, &sale);
    inside(node)->budget_ms = inside(node)->patience_ms = LONG_WAIT_MS;
}

/* Its line stays open, as it does when a machine is frozen; others sell the same showing all the
 * same. */
static void stop_at(struct line *line, const struct cut_plan *plan)
{
    struct node *other = &line->nodes.items[0];
    struct stopped stopped = {.node = &line->nodes.items[1]};
    struct outcome outcome = {.code = TK_INTERNAL};
    struct operation sale = node_make_sale(other, line->slot, 1);
    pthread_t thread;

    make_patient(line);
    for (int i = 0; i < MANY; i++) {
        stopped.batch[i] = node_make_sale(stopped.node, line->slot, 1);
        snprintf(stopped.batch[i].book.customer_name, CUSTOMER_NAME_SIZE, "Guest %d %d",
                 (int)stopped.node->made, i);
        text_copy(stopped.batch[i].book.customer_phone, CUSTOMER_PHONE_SIZE, "5551234");
    }
    cut_arm(line->cut, plan);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, apply_stopped, &stopped), 0);
    while (!cut_is_broken(line->cut))
        usleep(1000);
    CU_ASSERT_EQUAL(apply(other, &sale, 1, &outcome), TK_OK);
    CU_ASSERT_EQUAL(outcome.code, TK_OK);
    cut_mend(line->cut);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(stopped.code, TK_OK);
}

/* In the middle of each long statement, which libpq sends piece by piece; and when all is locked.
 */
static void test_stopped_node(void)
{
    struct cut_plan plan = {.manner = CUT_HANG, .least = 2000, .half = true};
    struct line line;

    line_open(&line);
    for (plan.after = 0; plan.after < 4; plan.after++)
        stop_at(&line, &plan);
    plan = (struct cut_plan){.manner = CUT_HANG, .side = CUT_ANSWERS, .after = 6};
    stop_at(&line, &plan);
    CU_ASSERT_EQUAL(postgres_number(line.nodes.uri, "SELECT sold FROM slot"), 5 * (MANY + 2));
    line_close(&line);
}

/* --- what a server answers --- */

static void open_with_showing(struct nodes *nodes, int64_t *slot)
{
    nodes_open(nodes, 1);
    *slot = node_schedule(&nodes->items[0], "Heat", 100);
}

/* One sale, and the same again when it is known not to have been done. */
static enum tk_code sell(struct nodes *nodes, int64_t slot, struct outcome *outcome)
{
    struct operation sale = node_make_sale(&nodes->items[0], slot, 1);

    return apply(&nodes->items[0], &sale, 1, outcome);
}

static void close_with(struct nodes *nodes, int64_t sold)
{
    CU_ASSERT_EQUAL(postgres_number(nodes->uri, "SELECT count(*) FROM ticket"), sold);
    CU_ASSERT_EQUAL(nodes_verify(nodes), 0);
    nodes_close(nodes);
}

/* As behind a balancer that leads to a standby for a moment: the connection is good, and takes no
 * changes. */
static void test_read_only(void)
{
    struct postgres_options options;
    struct tk_error error = {0};
    struct store *store = NULL;
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    options = inside(&nodes.items[0])->options;
    options.uri = nodes.uri;
    run_for_database(&nodes, "ALTER DATABASE %s SET default_transaction_read_only = on");
    CU_ASSERT_EQUAL(postgres_store_open(&options, &store, &error), TK_UNAVAILABLE);
    postgres_run(nodes.uri, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_UNAVAILABLE);
    run_for_database(&nodes, "BEGIN READ WRITE;"
                             " ALTER DATABASE %s RESET default_transaction_read_only; COMMIT");
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    close_with(&nodes, 1);
}

/* The session became one that only reads, under a store that had it: a server that was demoted. */
static void test_turned_read_only(void)
{
    struct outcome outcome;
    struct nodes nodes;
    PGresult *result = NULL;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    CU_ASSERT_EQUAL(pg_ask_text(inside(&nodes.items[0]), "SET default_transaction_read_only = on",
                                NULL, &result, NULL),
                    TK_OK);
    PQclear(result);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    close_with(&nodes, 1);
}

/* An error that a trigger makes, as the server would. */
static void make_trap(const struct nodes *nodes, const char *table, const char *when,
                      const char *level, const char *state)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "CREATE OR REPLACE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
             " RAISE %s 'trap' USING ERRCODE = '%s'; RETURN NULL; END $$;"
             " CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON %s %s FOR EACH ROW"
             " EXECUTE FUNCTION trap()",
             level, state, table, when);
    CU_ASSERT_TRUE(postgres_run(nodes->uri, sql));
}

static void drop_trap(const struct nodes *nodes)
{
    CU_ASSERT_TRUE(postgres_run(nodes->uri, "SET client_min_messages = warning;"
                                            " DROP FUNCTION trap CASCADE"));
}

#define AT_ONCE "NOT DEFERRABLE"
#define AT_COMMIT "DEFERRABLE INITIALLY DEFERRED"

static void test_disk_full(void)
{
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    make_trap(&nodes, "ticket", AT_ONCE, "EXCEPTION", "53100");
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_DISK_FULL);
    drop_trap(&nodes);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    close_with(&nodes, 1);
}

/* A WARNING that comes before COMMIT is about something else. */
static void test_other_warning(void)
{
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    make_trap(&nodes, "ticket", AT_ONCE, "WARNING", "01000");
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    CU_ASSERT_FALSE(outcome.replayed);
    drop_trap(&nodes);
    close_with(&nodes, 1);
}

/* Some engines say so when they cannot tell how a COMMIT ended. */
static void test_commit_in_doubt(void)
{
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    inside(&nodes.items[0])->budget_ms = SMALL_BUDGET_MS;
    make_trap(&nodes, "ticket", AT_COMMIT, "EXCEPTION", "40003");
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_UNKNOWN);
    drop_trap(&nodes);
    make_trap(&nodes, "ticket", AT_COMMIT, "EXCEPTION", "40001");
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_BUSY);
    drop_trap(&nodes);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    close_with(&nodes, 1);
}

/* --- what an administrator sets --- */

/* What tells that a commit did not wait is a WARNING, which sessions may have been set not to get.
 */
static void test_silent_warning(void)
{
    struct outcome outcome;
    struct nodes nodes;
    pthread_t canceller;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    run_for_database(&nodes, "ALTER DATABASE %s SET client_min_messages = 'error'");
    reopen(&nodes.items[0]);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK); /* registers */
    nodes_set_standby(&nodes, "ghost");
    CU_ASSERT_EQUAL_FATAL(pthread_create(&canceller, NULL, nodes_cancel_waits, &nodes), 0);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_UNKNOWN);
    __atomic_store_n(&nodes.items[0].others, 1, __ATOMIC_RELEASE);
    pthread_join(canceller, NULL);
    nodes_set_standby(&nodes, "");
    close_with(&nodes, 2);
}

/* A limit of the administrator's on statements does not cut a wait for the standby short. */
static void test_statement_timeout(void)
{
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    run_for_database(&nodes, "ALTER DATABASE %s SET statement_timeout = '100ms'");
    reopen(&nodes.items[0]);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    nodes_set_standby(&nodes, "ghost");
    inside(&nodes.items[0])->budget_ms = inside(&nodes.items[0])->patience_ms = 500;
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_UNKNOWN);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM ticket"), 1);
    nodes_set_standby(&nodes, "");
    while (postgres_number(nodes.uri, "SELECT count(*) FROM ticket") != 2)
        usleep(2000);
    close_with(&nodes, 2);
}

/* --- what is done to a database under stores that are open --- */

static enum tk_code migrate(struct node *node, bool restored, bool new_key)
{
    struct postgres_options options = inside(node)->options;
    struct postgres_migration migration;
    struct tk_error error = {0};

    options.uri = node->nodes->uri;
    options.new_key = new_key;
    if (new_key)
        options.digest_key.bytes[0] ^= 1;
    return postgres_migrate(&options, restored, &migration, &error);
}

/* Numbers of before may have been given out by others; a new era is told to all. */
static void test_restored_under(void)
{
    struct store_facts facts = {0};
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot, next;

    open_with_showing(&nodes, &slot);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    CU_ASSERT_EQUAL(migrate(&nodes.items[0], true, false), TK_OK);
    next = postgres_number(nodes.uri, "SELECT number FROM meta WHERE key = 'number_floor'");
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    CU_ASSERT(postgres_number(nodes.uri, "SELECT max(number) FROM ticket") >= next);
    CU_ASSERT_EQUAL(nodes.items[0].store->ops->facts(nodes.items[0].store, &facts, NULL), TK_OK);
    CU_ASSERT_EQUAL(facts.era, 2);
    close_with(&nodes, 2);
}

/* With another key the same operation would seem to be another one. */
static void test_new_key_under(void)
{
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot;

    nodes_open(&nodes, 2);
    slot = node_schedule(&nodes.items[0], "Heat", 100);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    CU_ASSERT_EQUAL(migrate(&nodes.items[0], false, true), TK_OK);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_CONFIG);
    CU_ASSERT_EQUAL(node_schedule(&nodes.items[1], "Heat", 5), 0); /* was no writer before */
    close_with(&nodes, 1);
}

/* Numbers that somebody else used up do not stop a node for good. */
static void test_number_taken(void)
{
    struct outcome outcome;
    struct nodes nodes;
    char sql[400];
    int64_t slot;

    open_with_showing(&nodes, &slot);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    snprintf(sql, sizeof sql,
             "INSERT INTO ticket SELECT %lld, slot_id, customer, status, booked_at, changed_at,"
             " canceled_at, replaces, replaced_by, sale, sale_position, sale_size, seq,"
             " admitted_at, admitted_by, prints FROM ticket",
             (long long)inside(&nodes.items[0])->writer.next_ticket);
    CU_ASSERT_TRUE(postgres_run(nodes.uri, sql));
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    CU_ASSERT_TRUE(postgres_run(nodes.uri, "DELETE FROM ticket WHERE number <> sale"));
    close_with(&nodes, 2);
}

/* A block that ends and more devices than a writer has in mind: another writer goes on. */
static void test_used_up_writer(void)
{
    static struct operation batch[OP_BATCH_MAX];
    static struct outcome outcomes[OP_BATCH_MAX];
    struct node *node;
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    node = &nodes.items[0];
    inside(node)->writer.end = inside(node)->writer.next_entry + 2;
    CU_ASSERT_EQUAL(sell(&nodes, slot, outcomes), TK_OK);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM writer WHERE id > 0"), 2);
    for (int round = 0; round * OP_BATCH_MAX < WRITER_DEVICES_MAX + OP_BATCH_MAX; round++) {
        for (int i = 0; i < OP_BATCH_MAX; i++) {
            batch[i] = node_make_sale(node, 999999, 1);
            snprintf(batch[i].device, sizeof batch[i].device, "till-%d-%d", round, i);
        }
        CU_ASSERT_EQUAL(apply(node, batch, OP_BATCH_MAX, outcomes), TK_OK);
    }
    CU_ASSERT_EQUAL(apply(node, batch, OP_BATCH_MAX, outcomes), TK_OK);
    CU_ASSERT(outcomes[0].replayed && outcomes[OP_BATCH_MAX - 1].replayed);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM writer WHERE id > 0"), 3);
    close_with(&nodes, 1);
}

/* --- an import --- */

#define IMPORTED (2 * OP_BATCH_MAX + 100)

struct import {
    struct nodes *nodes;
    int next, lost_at; /* 0: never */
};

static enum tk_code next_showing(void *context, struct operation *operation, bool *end,
                                 struct tk_error *error)
{
    struct import *import = context;

    (void)error;
    *end = import->next == IMPORTED;
    if (import->next++ == import->lost_at && import->lost_at)
        postgres_run(import->nodes->uri,
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    *operation = node_make(&import->nodes->items[0], OP_SCHEDULE);
    snprintf(operation->schedule.name, sizeof operation->schedule.name, "Film %d", import->next);
    operation->schedule.starts_at = import->nodes->now + TIME_HOUR;
    operation->schedule.ends_at = operation->schedule.starts_at + TIME_HOUR;
    operation->schedule.capacity = 5;
    return TK_OK;
}

static enum tk_code import_all(struct nodes *nodes, int lost_at, bool dry_run)
{
    struct import import = {nodes, 0, lost_at};
    struct operation_source source = {.next = next_showing, .context = &import, .dry_run = dry_run};
    struct store *store = nodes->items[0].store;
    size_t applied, replayed;
    struct tk_error error = {0};

    return store->ops->apply_all(store, &source, &applied, &replayed, &error);
}

/* All of it or nothing, and the store goes on. */
static void test_lost_import(void)
{
    static const int lost_at[] = {1, OP_BATCH_MAX, OP_BATCH_MAX + 50, IMPORTED - 1};
    struct outcome outcome;
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    for (size_t i = 0; i < sizeof lost_at / sizeof lost_at[0]; i++) {
        CU_ASSERT_EQUAL(import_all(&nodes, lost_at[i], false), TK_UNAVAILABLE);
        CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM slot"), 1);
    }
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    CU_ASSERT_EQUAL(import_all(&nodes, 0, true), TK_OK);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM slot"), 1);
    CU_ASSERT_EQUAL(import_all(&nodes, 0, false), TK_OK);
    CU_ASSERT_EQUAL(postgres_number(nodes.uri, "SELECT count(*) FROM slot"), IMPORTED + 1);
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    close_with(&nodes, 2);
}

/* --- a server that goes and comes --- */

static void test_restarts(void)
{
    struct outcome outcome = {.code = TK_INTERNAL};
    struct nodes nodes;
    int64_t slot;

    open_with_showing(&nodes, &slot);
    for (int round = 0; round < 4; round++) {
        CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
        postgres_stop(round % 2 == 0);
        if (round == 3)
            CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_UNAVAILABLE);
        CU_ASSERT_TRUE_FATAL(postgres_start());
    }
    CU_ASSERT_EQUAL(sell(&nodes, slot, &outcome), TK_OK);
    close_with(&nodes, 5);
}

SUITE(pg_faults, {"a line that breaks at any message of a batch", test_broken_line},
      {"a line that breaks at any message of a rare batch", test_broken_line_rare},
      {"a node that stops in the middle of a batch holds nobody up", test_stopped_node},
      {"a server that takes no changes is not stayed with", test_read_only},
      {"a server that takes no changes any more is left", test_turned_read_only},
      {"a full disk refuses, and what is refused is not done", test_disk_full},
      {"a warning before COMMIT is no doubt about it", test_other_warning},
      {"an error of COMMIT that tells nothing is unknown", test_commit_in_doubt},
      {"warnings come though sessions are set to have none", test_silent_warning},
      {"a limit on statements does not end a wait for the standby", test_statement_timeout},
      {"a database that was put back gives every store new numbers", test_restored_under},
      {"a new key stops those who have the old one", test_new_key_under},
      {"a number that is used up is passed over", test_number_taken},
      {"a writer that is used up is followed by another", test_used_up_writer},
      {"an import that loses its connection is not there", test_lost_import},
      {"a server that goes and comes back", test_restarts})
