/* What verify finds in a database that somebody has changed by hand, and reading after a lost
 * connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "data/postgres/postgres_store.h"
#include "tests/support/fixture.h"
#include "tests/support/postgres.h"
#include "tests/support/test.h"

#define ENTRIES 1100 /* more than verify reads at a time */

/* Keeps all tables as they are, and brings them back. */
#define EACH_TABLE(statement)                                                                     \
    "DO $$ DECLARE name text; BEGIN FOR name IN SELECT table_name FROM information_schema.tables" \
    " WHERE table_schema = 'public' LOOP " statement " END LOOP; END $$"
static const char keep_all[] = "CREATE SCHEMA kept; " EACH_TABLE(
    "EXECUTE format('CREATE TABLE kept.%I AS TABLE %I', name, name);");
static const char restore_all[] =
    EACH_TABLE("EXECUTE format('DELETE FROM %I', name);"
               " EXECUTE format('INSERT INTO %I SELECT * FROM kept.%I', name, name);");

static const struct damage {
    const char *sql;
    const char *check, *text; /* what verify has to say */
} damages[] = {
    /* references */
    {"UPDATE ticket SET slot_id = 999999 WHERE number = (SELECT max(number) FROM ticket)",
     "references", "its showing is not there"},
    {"DELETE FROM customer", "references", "its customer is not there"},
    {"DELETE FROM customer", "references", "can be searched for, and is not there"},
    {"INSERT INTO allotment VALUES (999999, 'till-2', 0, 0, 0, 0, 1, 1, 0, '')", "references",
     "a till holds places of showing 999999"},
    {"INSERT INTO early_admission VALUES (900, 999999, 1, 'door')", "references",
     "a door let in to showing 999999"},
    /* counts */
    {"UPDATE slot SET expired_seq = seq + 1", "places", "do not add up"},
    {"UPDATE slot SET sold = sold + 1, available = available - 1", "sold", "its tickets say"},
    {"UPDATE slot SET admitted = admitted + 1", "admitted", "are in, its tickets say"},
    {"UPDATE ticket SET admitted_by = '' WHERE admitted_at > 0", "admitted", "half told"},
    {"UPDATE ticket SET status = 0 WHERE canceled_at > 0", "status", "disagree"},
    {"UPDATE ticket SET replaced_by = NULL", "reissue", "replaces a ticket that does not say so"},
    {"UPDATE ticket SET replaces = NULL", "reissue", "replaced by a ticket that does not say so"},
    {"UPDATE customer SET tickets = tickets + 1", "customers", "tickets, there are"},
    {"UPDATE ticket SET seq = seq + 1000", "changes", "after its last change"},
    /* tills */
    {"UPDATE slot SET allotted = 1, available = available - 1", "allotments", "they hold 0"},
    {"INSERT INTO allotment SELECT min(id), 'till-2', 1, 0, 0, 1, 1, 1, 0, '' FROM slot",
     "allotments", "what a till holds of it"},
    {"INSERT INTO number_block VALUES (500, 100, 500, 'till-2', 1, 0), (550, 100, 550, 'till-3', 1, 0)",
     "numbers", "the numbers from 500 on were given twice"},
    {"INSERT INTO number_block SELECT number, 9, number, 'till-2', 1, 0 FROM meta WHERE key = 'next_number'",
     "numbers", "were given to a till and may be again"},
    {"INSERT INTO number_block SELECT max(number), 1, max(number), 'till-2', 1, 0 FROM ticket",
     "numbers", "given to a till that did not use it"},
    {"INSERT INTO early_admission SELECT number, slot_id, 1, 'door' FROM ticket", "admitted",
     "before it was known"},
    /* writers and their numbers */
    {"UPDATE writer SET count = count + 1 WHERE id = 1", "numbers", "were given to two nodes"},
    {"UPDATE meta SET number = 1 WHERE key = 'next_number'", "numbers",
     "were given to a node and may be again"},
    {"UPDATE meta SET number = 1 WHERE key = 'next_number'", "numbers",
     "its number may be given again"},
    {"UPDATE meta SET number = 1 WHERE key = 'next_number'", "numbers",
     "customer number 1 may be given again"},
    {"UPDATE writer SET count = entries", "numbers",
     "numbers that are not of the node that wrote it"},
    /* the journal */
    {"DELETE FROM journal WHERE seq = 3", "journal", "entry 3 is missing"},
    {"UPDATE journal SET actor = 'Nobody' WHERE seq = 3", "journal",
     "entry 3 (till-1) breaks the chain"},
    {"UPDATE journal SET hash = decode(repeat('00', 32), 'hex') WHERE seq = 3", "journal",
     "entry 4 (till-1) breaks the chain"},
    {"INSERT INTO journal SELECT decode(repeat('42', 16), 'hex'), seq + 1, writer, device, device_seq + 1,"
     " kind, actor, at, recorded_at, body, outcome, digest, hash FROM journal WHERE seq ="
     " (SELECT max(seq) FROM journal WHERE writer = 1)",
     "journal", "breaks the chain"},
    {"DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal WHERE writer = 1)", "journal",
     "its end is cut"},
    {"DELETE FROM journal WHERE writer = 2", "journal", "node 2 wrote 2 entries, 0 are there"},
    {"UPDATE journal SET digest = decode(repeat('42', 32), 'hex') WHERE seq = 3", "journal",
     "the entries of node 1 are not all as it wrote them"},
    {"UPDATE journal SET digest = decode(repeat('42', 32), 'hex') WHERE seq = 3", "seals",
     "entries of node 1 are not those that were signed"},
    {"UPDATE writer SET head = decode(repeat('42', 32), 'hex') WHERE id = 1", "journal",
     "the entries of node 1 are not all as it wrote them"},
    /* seals, of a journal that adds up by itself */
    {"UPDATE record SET value = replace(value, 'asked', 'shift') WHERE key LIKE 'seal/%'", "seals",
     "was not made with the key of this house"},
    {"UPDATE journal SET hash = decode(repeat('42', 32), 'hex') WHERE writer = 1 AND seq ="
     " (SELECT max(seq) FROM journal WHERE writer = 1)",
     "seals", "entries of node 1 are not those that were signed"},
    {"DELETE FROM journal WHERE writer = 2; UPDATE writer SET entries = 0, hash ="
     " decode(repeat('00', 32), 'hex'), head = decode(repeat('00', 32), 'hex') WHERE id = 2",
     "seals", "2 entries of node 2 were signed, 0 are there"},
    {"DELETE FROM journal WHERE writer = 2; DELETE FROM writer WHERE id = 2", "seals",
     "2 entries of node 2 were signed, the node is not there"},
    /* records and reports */
    {"INSERT INTO record VALUES ('staff/7', 0, 1, '{}')", "records", "“staff/7” cannot be read"},
    {"INSERT INTO record VALUES ('juggler/7', 0, 1, '{}')", "records", "cannot be read"},
    {"INSERT INTO record VALUES ('limits', 0, 1, '')", "records", "which change of it is the last"},
    {"INSERT INTO record VALUES ('limits', 9, 1, '')", "records", "which change of it is the last"},
    {"UPDATE tally SET sales = sales + 1 WHERE writer = 1", "tallies", "Drama: reports count 5 sales, the tickets say"},
    {"UPDATE tally SET sold = sold - 1", "tallies", "tickets sold, the tickets say 36"},
    {"UPDATE tally SET canceled = canceled + 1", "tallies", "tickets canceled, the tickets say 1"},
    {"UPDATE tally SET reissued = 0", "tallies", "reports count 0 tickets reissued"},
    {"DELETE FROM tally", "tallies", "reports count 0 sales"},
    {"UPDATE writer SET entries = entries - 1 WHERE id = 1", "journal", "its end is cut"},
    {"UPDATE writer SET hash = decode(repeat('42', 32), 'hex') WHERE id = 1", "journal",
     "its end is cut"},
    {"UPDATE journal SET seq = seq + 5 WHERE seq = (SELECT max(seq) FROM journal WHERE writer = 1)",
     "journal", "is missing"},
    {"UPDATE journal SET seq = seq + 1048576 WHERE seq = 3", "journal",
     "is not among those of the node that wrote it"},
    {"UPDATE journal SET writer = 7 WHERE seq = 3", "journal",
     "entry 3 is not among those of the node that wrote it"},
    {"UPDATE journal SET kind = '' WHERE seq = 3", "journal", "entry 3 was done, though"},
    {"UPDATE journal SET outcome = 'well' WHERE seq = 3", "journal",
     "entry 3 has an unreadable outcome"},
    {"DELETE FROM ticket WHERE number = (SELECT max(number) FROM ticket WHERE sale_size = 30)",
     "tickets", "sold 30 tickets, 29 of them are there"},
    /* devices and disputes */
    {"INSERT INTO device_access VALUES ('till-9', 'king', decode(repeat('42', 32), 'hex'), 1, 0, 0)",
     "devices", "“till-9” has no role"},
    {"INSERT INTO dispute VALUES (decode(repeat('42', 16), 'hex'), 'juggle', 'till-9', '', 1, '', 1, 1, 1,"
     " '', '', 1, '', 0, 0, '', '')",
     "disputes", "a dispute of till-9 cannot be read"},
    {"INSERT INTO dispute VALUES (decode(repeat('42', 16), 'hex'), 'book', 'till-9', '', 1, 'sold_out', 1,"
     " 1, 1, 'Ann', '', 1, '', 0, 1, 'Priya', '')",
     "disputes", "still names its guest"},
};

static bool says(const struct verify_report *report, const struct damage *damage)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->items[i].check, damage->check) == 0 &&
            strstr(report->items[i].text, damage->text))
            return true;
    return false;
}

static void print_report(const struct verify_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        printf("\n    [%s] %s", report->items[i].check, report->items[i].text);
}

static void check_damage(struct fixture *f, const struct damage *damage)
{
    struct verify_report report = {0};
    bool found;

    CU_ASSERT_TRUE_FATAL(postgres_run(f->path, damage->sql));
    CU_ASSERT_EQUAL(f->store->ops->verify(f->store, &report, NULL), TK_OK);
    found = says(&report, damage);
    CU_ASSERT_TRUE(found);
    if (!found) {
        printf("\n    not found: %s: %s", damage->check, damage->sql);
        print_report(&report);
    }
    verify_report_release(&report);
    CU_ASSERT_TRUE_FATAL(postgres_run(f->path, restore_all));
}

static struct outcome apply(struct store *store, struct operation *operation, int64_t now)
{
    struct outcome outcome = {.code = TK_INTERNAL};

    operation->at = now;
    text_copy(operation->actor, sizeof operation->actor, "Priya");
    if (!operation->device[0])
        text_copy(operation->device, sizeof operation->device, "till-1");
    CU_ASSERT_EQUAL(store_apply(store, operation, 1, &outcome, NULL), TK_OK);
    return outcome;
}

static struct operation make(struct fixture *f, enum op_kind kind)
{
    struct operation operation = {.kind = kind};
    uint8_t noise[10];

    fixture_random(f, noise, sizeof noise);
    operation.id = op_id_make(f->now / 1000, noise);
    return operation;
}

/* A little of everything, and entries of another node at the end, which signs all. */
static int64_t sell(struct fixture *f)
{
    int64_t slot = fixture_schedule(f, "Heat", TIME_HOUR / 2, 100);
    struct operation reissue = make(f, OP_REISSUE), cancel = make(f, OP_CANCEL),
                     admit = make(f, OP_ADMIT), other = make(f, OP_BOOK), seal = make(f, OP_SEAL);
    uint64_t first = 0, many = 0;
    struct store *node = fixture_open_postgres(f);

    CU_ASSERT_EQUAL_FATAL(fixture_book(f, slot, 30, NULL, NULL, &many), TK_OK);
    CU_ASSERT_EQUAL_FATAL(fixture_book(f, slot, 3, "Ann Lee", "+441632960001", &first), TK_OK);
    reissue.reissue.ticket_id = first;
    reissue.reissue.slot.id = slot;
    CU_ASSERT_EQUAL(apply(f->store, &reissue, f->now).code, TK_OK);
    cancel.cancel.ticket_id = many;
    CU_ASSERT_EQUAL(apply(f->store, &cancel, f->now).code, TK_OK);
    CU_ASSERT_EQUAL_FATAL(fixture_book(f, slot, 1, NULL, NULL, &first), TK_OK);
    admit.admit.ticket_id = first;
    admit.admit.slot_id = slot;
    CU_ASSERT_EQUAL(apply(f->store, &admit, f->now).code, TK_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(node);
    other.book.slot.id = slot;
    other.book.count = 2;
    CU_ASSERT_EQUAL(apply(node, &other, f->now).code, TK_OK);
    text_copy(seal.seal.why, sizeof seal.seal.why, "asked");
    CU_ASSERT_EQUAL(apply(node, &seal, f->now).code, TK_OK);
    store_close(node);
    return slot;
}

static void test_damage(void)
{
    struct verify_report report = {0};
    struct fixture f;

    fixture_init_postgres(&f);
    sell(&f);
    CU_ASSERT_TRUE_FATAL(postgres_run(f.path, keep_all));
    CU_ASSERT_EQUAL(f.store->ops->verify(f.store, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.found, 0);
    print_report(&report);
    CU_ASSERT_EQUAL(report.slots, 1);
    CU_ASSERT_EQUAL(report.tickets, 37);
    CU_ASSERT_EQUAL(report.customers, 1);
    CU_ASSERT_EQUAL(report.entries, 9);
    verify_report_release(&report);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
        check_damage(&f, &damages[i]);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

/* Operations of three devices by turns. */
static void apply_many(struct fixture *f, int64_t slot, int count)
{
    struct operation operations[100];
    struct outcome outcomes[100];

    for (int done = 0; done < count; done += 100) {
        for (int i = 0; i < 100; i++) {
            operations[i] = make(f, OP_BOOK);
            operations[i].at = f->now;
            operations[i].book.slot.id = slot;
            operations[i].book.count = 1;
            snprintf(operations[i].device, sizeof operations[i].device, "till-%d", i % 3);
            text_copy(operations[i].actor, sizeof operations[i].actor, "Priya");
        }
        CU_ASSERT_EQUAL_FATAL(store_apply(f->store, operations, 100, outcomes, NULL), TK_OK);
    }
}

/* At the edges of what is read at a time, too. */
static void test_long_journal(void)
{
    static const int places[] = {2, 999, 1000, 1001, 1002, ENTRIES};
    struct fixture f;
    int64_t slot;

    fixture_init_postgres(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 2000);
    apply_many(&f, slot, ENTRIES);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    CU_ASSERT_EQUAL(postgres_number(f.path, "SELECT count(*) FROM record WHERE key LIKE 'seal/%'"), 1);
    CU_ASSERT_TRUE_FATAL(postgres_run(f.path, keep_all));
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char sql[80], text[40];
        struct damage damage = {sql, "journal", text};

        snprintf(sql, sizeof sql, "DELETE FROM journal WHERE seq = %d", places[i]);
        snprintf(text, sizeof text, "entry %d is missing", places[i]);
        check_damage(&f, &damage);
    }
    fixture_release(&f);
}

/* --- what migrate makes --- */

static enum tk_code migrate(struct fixture *f, const char *uri)
{
    struct postgres_options options = {.uri = uri,
                                       .rules = f->office.rules,
                                       .now = fixture_now,
                                       .random = fixture_random,
                                       .context = f};
    struct postgres_migration done;
    struct tk_error error = {0};
    enum tk_code code = postgres_migrate(&options, false, &done, &error);

    if (code)
        printf("\n    %s\n", error.message);
    return code;
}

/* A database as version 1 had it has the same heads and counts afterwards. */
static void test_migrated(void)
{
    static const char back[] =
        "CREATE TABLE told AS SELECT id, head FROM writer; DROP TABLE record; DROP TABLE tally;"
        "ALTER TABLE ticket DROP COLUMN seller; ALTER TABLE writer DROP COLUMN head;"
        "DELETE FROM meta WHERE key = 'record_seq'; UPDATE meta SET number = 1 WHERE key = 'schema'";
    struct fixture f;
    int64_t slot;
    uint64_t first = 0;

    fixture_init_postgres(&f);
    slot = sell(&f);
    store_close(f.store);
    CU_ASSERT_TRUE_FATAL(postgres_run(f.path, back));
    CU_ASSERT_PTR_NULL(fixture_open_postgres(&f)); /* until it is brought up */
    CU_ASSERT_EQUAL_FATAL(migrate(&f, f.path), TK_OK);
    f.store = f.office.store = fixture_open_postgres(&f);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f.store);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    CU_ASSERT_EQUAL(postgres_number(f.path, "SELECT count(*) FROM told JOIN writer USING (id)"
                                            " WHERE told.head <> writer.head"),
                    0);
    CU_ASSERT_EQUAL(postgres_number(f.path, "SELECT sum(sold * 1000 + sales * 100 + canceled * 10"
                                            " + reissued + admitted)::bigint FROM tally"),
                    36412);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 2, NULL, NULL, &first), TK_OK);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

static bool refuses(const char *uri)
{
    return !postgres_run(uri, "UPDATE journal SET actor = 'Nobody'") &&
           !postgres_run(uri, "DELETE FROM journal") && !postgres_run(uri, "TRUNCATE journal");
}

/* Nodes connect as whoever owns the tables. He can take the right back, and every migrate takes it from him. */
static void test_journal_kept(void)
{
    char uri[POSTGRES_URI_SIZE];
    struct operation voided;
    const char *at;
    struct fixture f;
    int64_t slot;
    uint64_t first = 0;

    fixture_init_postgres(&f);
    store_close(f.store);
    CU_ASSERT_TRUE_FATAL(postgres_make(f.path));
    CU_ASSERT_TRUE_FATAL(postgres_run(f.path, "CREATE ROLE seller LOGIN; GRANT CREATE ON SCHEMA public TO seller"));
    at = strchr(f.path, '@');
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(uri, sizeof uri, "postgresql://seller%s", at);
    text_copy(f.path, sizeof f.path, uri);
    CU_ASSERT_EQUAL_FATAL(migrate(&f, uri), TK_OK);
    f.store = f.office.store = fixture_open_postgres(&f);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f.store);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 10);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 2, "Ann Lee", "+441632960001", &first), TK_OK);
    voided = make(&f, OP_VOID);
    voided.void_.operation = make(&f, OP_BOOK).id;
    CU_ASSERT_EQUAL(apply(f.store, &voided, f.now).code, TK_OK);
    CU_ASSERT_TRUE(refuses(uri));
    CU_ASSERT_EQUAL(postgres_number(uri, "SELECT count(*) FROM journal"), 4);
    CU_ASSERT_TRUE(postgres_run(uri, "GRANT ALL ON journal TO seller"));
    CU_ASSERT_EQUAL(migrate(&f, uri), TK_OK);
    CU_ASSERT_TRUE(refuses(uri));
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

/* --- reading --- */

static int64_t list(struct fixture *f)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list slots = {0};
    struct tk_error error = {0};
    enum tk_code code = f->store->ops->list_slots(f->store, &query, &slots, &error);
    int64_t count = (int64_t)slots.count;

    if (code)
        printf("\n    %s\n", error.message);
    slot_list_release(&slots);
    return code ? -1 : count;
}

static void cut_off(struct fixture *f)
{
    CU_ASSERT_TRUE(postgres_run(f->path,
                                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
                                " WHERE datname = current_database()"
                                " AND pid <> pg_backend_pid()"));
}

static void test_lost_connection(void)
{
    struct verify_report report = {0};
    struct store_facts facts;
    struct fixture f;
    uint64_t version, again;

    fixture_init_postgres(&f);
    sell(&f);
    CU_ASSERT_EQUAL(f.store->ops->version(f.store, &version, NULL), TK_OK);
    cut_off(&f);
    CU_ASSERT_EQUAL(list(&f), 1);
    cut_off(&f);
    CU_ASSERT_EQUAL(f.store->ops->version(f.store, &again, NULL), TK_OK);
    CU_ASSERT_EQUAL(again, version);
    cut_off(&f);
    CU_ASSERT_EQUAL(f.store->ops->facts(f.store, &facts, NULL), TK_OK);
    CU_ASSERT_EQUAL(facts.key_generation, 1);
    CU_ASSERT_TRUE(facts.size > 0 && facts.schema_version > 0 && facts.era == 1);
    CU_ASSERT_TRUE(strncmp(facts.engine, "postgresql ", 11) == 0 && strchr(facts.location, '/'));
    cut_off(&f);
    CU_ASSERT_EQUAL(f.store->ops->touch_device(f.store, "till-1", f.now, NULL), TK_OK);
    cut_off(&f);
    CU_ASSERT_EQUAL(f.store->ops->verify(f.store, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.found, 0);
    verify_report_release(&report);
    fixture_release(&f);
}

static bool give_up(void *context, int64_t waited_ms)
{
    *(int64_t *)context = waited_ms;
    return true;
}

/* A list that takes long gives up when it is told to, and the next one works. */
static void test_watch(void)
{
    int64_t waited = -1;
    struct store_watch watch = {give_up, &waited};
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list slots = {0};
    struct fixture f;

    fixture_init_postgres(&f);
    sell(&f);
    CU_ASSERT_TRUE_FATAL(postgres_run(f.path,
                                      "ALTER TABLE slot RENAME TO shown; CREATE VIEW slot AS SELECT"
                                      " s.* FROM shown s, pg_sleep(0.3)"));
    f.store->ops->set_watch(f.store, &watch);
    CU_ASSERT_EQUAL(f.store->ops->list_slots(f.store, &query, &slots, NULL), TK_INTERRUPTED);
    CU_ASSERT_TRUE(waited >= 0 && waited < 200);
    CU_ASSERT_EQUAL(slots.count, 0);
    f.store->ops->set_watch(f.store, NULL);
    CU_ASSERT_TRUE_FATAL(postgres_run(f.path, "DROP VIEW slot; ALTER TABLE shown RENAME TO slot"));
    CU_ASSERT_EQUAL(list(&f), 1);
    fixture_release(&f);
}

SUITE(pg_verify, {"every damage that was planted is named", test_damage},
      {"a database of version 1 is brought up with its heads and counts", test_migrated},
      {"the journal refuses whoever sells to change or remove entries", test_journal_kept},
      {"an entry that is missing is named, wherever it is", test_long_journal},
      {"what is read on a lost connection is read on another", test_lost_connection},
      {"a list gives up when the watch says so", test_watch})
