/* The SQLite file: how it is made, what it refuses by itself, and how it is read. */
#include "data/sqlite/internal.h"
#include "data/sqlite/schema.h"

#include "core/time.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

static sqlite3 *open_file(const char *path)
{
    sqlite3 *db = NULL;

    CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static int64_t read_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;

    CU_ASSERT_EQUAL(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* Everything that the schema says, in order of names. */
static void dump_schema(sqlite3 *db, struct buffer *text)
{
    sqlite3_stmt *statement = NULL;

    sqlite3_prepare_v2(db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2", -1,
                       &statement, NULL);
    while (sqlite3_step(statement) == SQLITE_ROW)
        for (int i = 0; i < 4; i++) {
            const char *value = (const char *)sqlite3_column_text(statement, i);

            buffer_addf(text, "%s|", value ? value : "");
        }
    sqlite3_finalize(statement);
}

static void test_steps(void)
{
    struct fixture f;
    struct buffer fresh, stepped;
    sqlite3 *db, *memory;

    fixture_init(&f);
    buffer_init(&fresh, 1 << 20);
    buffer_init(&stepped, 1 << 20);
    db = open_file(f.path);
    memory = open_file(":memory:");
    for (int i = 0; i < schema_version; i++)
        CU_ASSERT_EQUAL(sqlite3_exec(memory, schema_steps[i], NULL, NULL, NULL), SQLITE_OK);
    dump_schema(db, &fresh);
    dump_schema(memory, &stepped);
    CU_ASSERT(fresh.length > 1000 && !fresh.failed);
    CU_ASSERT_STRING_EQUAL(buffer_text(&fresh), buffer_text(&stepped));
    CU_ASSERT_EQUAL(read_number(db, "PRAGMA user_version"), schema_version);
    CU_ASSERT_EQUAL(read_number(db, "PRAGMA application_id"), SCHEMA_APPLICATION_ID);
    sqlite3_close(memory);
    sqlite3_close(db);
    buffer_release(&fresh);
    buffer_release(&stepped);
    fixture_release(&f);
}

/* The schema that the first `version` steps make. */
static void dump_steps(int version, struct buffer *text)
{
    sqlite3 *memory = open_file(":memory:");

    buffer_clear(text);
    for (int i = 0; i < version; i++)
        CU_ASSERT_EQUAL(sqlite3_exec(memory, schema_steps[i], NULL, NULL, NULL), SQLITE_OK);
    dump_schema(memory, text);
    sqlite3_close(memory);
}

/* What takes a file from a version to the one before it. */
static const char *const steps_back[] = {
    [2] = "DROP TABLE device_access; PRAGMA user_version = 1",
    [3] = "DROP INDEX ticket_admitted;"
          "ALTER TABLE slot DROP COLUMN admitted; ALTER TABLE slot DROP COLUMN key_generation;"
          "ALTER TABLE ticket DROP COLUMN admitted_at; ALTER TABLE ticket DROP COLUMN admitted_by;"
          "ALTER TABLE ticket DROP COLUMN prints;"
          "DELETE FROM meta WHERE key = 'key_generation'; PRAGMA user_version = 2",
    [4] = "DROP TABLE allotment; DROP TABLE number_block; DROP TABLE replica;"
          "DROP TABLE early_admission; DROP TABLE voided; DROP TABLE dispute; DROP TABLE mirror;"
          "DROP TABLE queue; DROP TABLE queue_slot; DROP TABLE queue_ticket; DROP TABLE pulled;"
          "DROP TABLE slot_key; DROP TABLE lost_ticket;"
          "ALTER TABLE slot DROP COLUMN here; PRAGMA user_version = 3",
    [5] = "ALTER TABLE journal DROP COLUMN writer; DROP TABLE writer;"
          "DELETE FROM meta WHERE key IN ('writer', 'writer_first'); PRAGMA user_version = 4",
    [6] = "DROP TABLE record; DROP TABLE tally; ALTER TABLE ticket DROP COLUMN seller;"
          "ALTER TABLE writer DROP COLUMN head;"
          "DELETE FROM meta WHERE key IN ('record_seq', 'journal_entries', 'journal_head');"
          "PRAGMA user_version = 5",
};

/* Makes the file what that version of this program left. */
static void step_back(const char *path, int version)
{
    struct buffer old, wanted;
    sqlite3 *db = open_file(path);

    buffer_init(&old, 1 << 20);
    buffer_init(&wanted, 1 << 20);
    for (int at = schema_version; at > version; at--)
        CU_ASSERT_EQUAL(sqlite3_exec(db, steps_back[at], NULL, NULL, NULL), SQLITE_OK);
    dump_schema(db, &old);
    dump_steps(version, &wanted);
    CU_ASSERT_STRING_EQUAL(buffer_text(&old), buffer_text(&wanted));
    sqlite3_close(db);
    buffer_release(&old);
    buffer_release(&wanted);
}

/* What was sold before there were doors: its pass is made with the first key, nobody is in. */
static void check_doors(struct fixture *f, int64_t slot, uint64_t ticket)
{
    struct operation admit = {.kind = OP_ADMIT, .device = "door", .id = {{7}}};
    struct outcome outcome;

    CU_ASSERT(fixture_slot(f, slot).key_generation == 1 && fixture_slot(f, slot).admitted == 0);
    CU_ASSERT(fixture_ticket(f, ticket).admitted_at == 0 && fixture_ticket(f, ticket).prints == 0);
    CU_ASSERT_STRING_EQUAL(fixture_ticket(f, ticket).admitted_by, "");
    admit.admit.ticket_id = ticket;
    CU_ASSERT_EQUAL(store_apply(f->store, &admit, 1, &outcome, NULL), TK_OK);
    CU_ASSERT_EQUAL(outcome.code, TK_OK);
    CU_ASSERT_EQUAL(fixture_slot(f, slot).admitted, 1);
}

/* What was sold before it was counted is counted, at the time at which it was sold, as nobody's. */
static void check_counted(struct fixture *f)
{
    struct tally_query query = {0};
    struct tally_list list = {0};

    CU_ASSERT_EQUAL(f->store->ops->list_tallies(f->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT_EQUAL(list.items[0].span_at, tally_span(FIXTURE_NOW));
    CU_ASSERT_EQUAL(list.items[1].span_at, tally_span(FIXTURE_NOW) + TALLY_SPAN);
    CU_ASSERT(list.items[0].sales == 2 && list.items[0].sold == 4 && !list.items[0].canceled &&
              !list.items[0].reissued && !list.items[0].admitted);
    CU_ASSERT(!list.items[1].sales && !list.items[1].sold && list.items[1].canceled == 1 &&
              list.items[1].reissued == 1 && !list.items[1].admitted);
    CU_ASSERT_STRING_EQUAL(list.items[0].actor, "");
    CU_ASSERT_STRING_EQUAL(list.items[0].device, "");
    tally_list_release(&list);
}

/* Of one sale all is left; of another one ticket is canceled and one was given for a third. */
static void sell(struct fixture *f, int64_t slot, uint64_t *ticket)
{
    struct operation cancel = {.kind = OP_CANCEL, .device = "till-1", .id = {{8}}};
    struct operation reissue = {.kind = OP_REISSUE, .device = "till-1", .id = {{9}}};
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    struct outcome outcome;
    uint64_t other;

    fixture_book(f, slot, 2, "Anna", "5551234", ticket);
    fixture_book(f, slot, 2, NULL, NULL, &other);
    query.sale_id = other;
    CU_ASSERT_EQUAL(f->store->ops->list_tickets(f->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    f->now += TALLY_SPAN;
    cancel.cancel.ticket_id = list.items[0].id;
    reissue.reissue = (struct op_reissue){.ticket_id = list.items[1].id, .slot = {.id = slot}};
    CU_ASSERT(!store_apply(f->store, &cancel, 1, &outcome, NULL) && !outcome.code);
    CU_ASSERT(!store_apply(f->store, &reissue, 1, &outcome, NULL) && !outcome.code);
    ticket_list_release(&list);
}

static void migrate_from(int version)
{
    struct fixture f;
    struct sqlite_options options;
    struct buffer migrated, fresh;
    char token[TOKEN_SIZE];
    uint64_t ticket = 0;
    int64_t slot;
    sqlite3 *db;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 5);
    sell(&f, slot, &ticket);
    store_close(f.store);
    step_back(f.path, version);
    options = fixture_options(&f);
    f.store = f.office.store = NULL;
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &f.store, NULL), TK_OK);
    f.office.store = f.store;
    buffer_init(&migrated, 1 << 20);
    buffer_init(&fresh, 1 << 20);
    db = open_file(f.path);
    dump_schema(db, &migrated);
    dump_steps(schema_version, &fresh);
    CU_ASSERT_STRING_EQUAL(buffer_text(&migrated), buffer_text(&fresh));
    CU_ASSERT_EQUAL(read_number(db, "PRAGMA user_version"), schema_version);
    sqlite3_close(db);
    /* what was there is there, and the new table is of use */
    check_counted(&f);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    CU_ASSERT_EQUAL(fixture_ticket(&f, ticket).status, TICKET_BOOKED);
    CU_ASSERT_EQUAL(office_enrol(&f.office, "till-1", ROLE_CLERK, NULL, token, NULL), TK_OK);
    check_doors(&f, slot, ticket);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    buffer_release(&migrated);
    buffer_release(&fresh);
    fixture_release(&f);
}

static void test_migration(void)
{
    for (int version = 1; version < schema_version; version++)
        migrate_from(version);
}

/* A till's copy of that version is one still, and no box office. */
static void test_migrated_copy(void)
{
    struct fixture f;
    struct sqlite_options options;
    struct store *store = NULL;
    char path[300];

    fixture_init(&f);
    snprintf(path, sizeof path, "%s/copy.db", f.folder);
    options = fixture_options(&f);
    options.path = path;
    for (int version = SCHEMA_MIRROR; version < schema_version; version++) {
        options.mirror = true;
        CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &store, NULL), TK_OK);
        store_close(store);
        step_back(path, version);
        options.mirror = false;
        CU_ASSERT_EQUAL(sqlite_store_open(&options, &store, NULL), TK_NOT_A_STORE);
        options.mirror = true;
        CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &store, NULL), TK_OK);
        store_close(store);
    }
    fixture_release(&f);
}

/* Each row that says another thing of who is in than the others do is found. */
static void test_damaged_admission(void)
{
    static const struct {
        const char *damage, *repair;
        int64_t found;
    } cases[] = {
        {"UPDATE slot SET admitted = 0", "UPDATE slot SET admitted = 1", 1},
        {"UPDATE slot SET admitted = 2", "UPDATE slot SET admitted = 1", 1},
        {"UPDATE ticket SET admitted_by = '' WHERE sale_position = 1",
         "UPDATE ticket SET admitted_by = 'till-1' WHERE sale_position = 1", 1},
        {"UPDATE ticket SET admitted_by = 'door' WHERE sale_position = 2",
         "UPDATE ticket SET admitted_by = '' WHERE sale_position = 2", 1},
        /* its slot counts one too few, too */
        {"UPDATE ticket SET admitted_at = 5 WHERE sale_position = 2",
         "UPDATE ticket SET admitted_at = 0 WHERE sale_position = 2", 2},
        {"UPDATE ticket SET admitted_at = 5, admitted_by = 'door' WHERE sale_position = 2",
         "UPDATE ticket SET admitted_at = 0, admitted_by = '' WHERE sale_position = 2", 1},
    };
    struct operation admit = {.kind = OP_ADMIT, .device = "till-1", .id = {{7}}};
    struct outcome outcome;
    struct fixture f;
    sqlite3 *db;

    fixture_init(&f);
    fixture_book(&f, fixture_schedule(&f, "Heat", TIME_HOUR, 5), 2, "Anna", "5551234",
                 &admit.admit.ticket_id);
    CU_ASSERT(store_apply(f.store, &admit, 1, &outcome, NULL) == TK_OK && outcome.code == TK_OK);
    db = open_file(f.path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verify_report report = {0};

        CU_ASSERT_EQUAL(sqlite3_exec(db, cases[i].damage, NULL, NULL, NULL), SQLITE_OK);
        CU_ASSERT_EQUAL(f.store->ops->verify(f.store, &report, NULL), TK_OK);
        if (report.found != cases[i].found)
            printf("\n    %lld found after: %s\n", (long long)report.found, cases[i].damage);
        CU_ASSERT_EQUAL(report.found, cases[i].found);
        for (size_t j = 0; j < report.count; j++)
            CU_ASSERT_STRING_EQUAL(report.items[j].check, "admitted");
        verify_report_release(&report);
        CU_ASSERT_EQUAL(sqlite3_exec(db, cases[i].repair, NULL, NULL, NULL), SQLITE_OK);
        CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    }
    sqlite3_close(db);
    fixture_release(&f);
}

/* A ticket that was canceled although somebody is in with it. */
static void test_used_and_canceled(void)
{
    struct operation admit = {.kind = OP_ADMIT, .device = "till-1", .id = {{7}}};
    struct verify_report report = {0};
    struct outcome outcome;
    struct fixture f;
    sqlite3 *db;

    fixture_init(&f);
    fixture_book(&f, fixture_schedule(&f, "Heat", TIME_HOUR, 5), 2, "Anna", "5551234",
                 &admit.admit.ticket_id);
    CU_ASSERT(store_apply(f.store, &admit, 1, &outcome, NULL) == TK_OK && outcome.code == TK_OK);
    db = open_file(f.path);
    CU_ASSERT_EQUAL(sqlite3_exec(db,
                                 "UPDATE ticket SET status = 2, canceled_at = 5"
                                 " WHERE admitted_at > 0;"
                                 "UPDATE slot SET sold = 1, available = 4",
                                 NULL, NULL, NULL),
                    SQLITE_OK);
    CU_ASSERT_EQUAL(f.store->ops->verify(f.store, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.found, 1);
    if (report.count)
        CU_ASSERT_STRING_EQUAL(report.items[0].check, "admitted");
    verify_report_release(&report);
    sqlite3_close(db);
    fixture_release(&f);
}

/* A row that does not say what its device may lets nobody in. */
static void test_damaged_device(void)
{
    struct fixture f;
    struct device_list list = {0};
    struct verify_report report = {0};
    struct device_query query = {.name = "till-1"};
    char token[TOKEN_SIZE];
    sqlite3 *db;

    fixture_init(&f);
    CU_ASSERT_EQUAL(office_enrol(&f.office, "till-1", ROLE_DOOR, NULL, token, NULL), TK_OK);
    db = open_file(f.path);
    CU_ASSERT_EQUAL(sqlite3_exec(db, "UPDATE device_access SET role = 'owner'", NULL, NULL, NULL),
                    SQLITE_OK);
    sqlite3_close(db);
    CU_ASSERT_EQUAL(f.store->ops->list_devices(f.store, &query, &list, NULL), TK_CORRUPT);
    CU_ASSERT_EQUAL(list.count, 0);
    CU_ASSERT_EQUAL(office_revoke(&f.office, "till-1", NULL, NULL), TK_CORRUPT);
    CU_ASSERT_EQUAL(f.store->ops->verify(f.store, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.found, 1);
    CU_ASSERT_STRING_EQUAL(report.items[0].check, "devices");
    verify_report_release(&report);
    device_list_release(&list);
    fixture_release(&f);
}

static void test_pragmas(void)
{
    struct fixture f;
    sqlite3 *db;

    fixture_init(&f);
    db = ((struct sqlite_store *)f.store)->db;
    CU_ASSERT_EQUAL(read_number(db, "PRAGMA synchronous"), 2);
    CU_ASSERT_EQUAL(read_number(db, "PRAGMA foreign_keys"), 1);
    CU_ASSERT_EQUAL(read_number(db, "PRAGMA trusted_schema"), 0);
    CU_ASSERT_EQUAL(read_number(db, "PRAGMA secure_delete"), 1);
    CU_ASSERT_EQUAL(read_number(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    fixture_release(&f);
}

static bool is_refused(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_CONSTRAINT;
}

#define ACCESS_ROW(name, hash, revoked) \
    "INSERT INTO device_access VALUES (" name ", 'door', " hash ", 1, " revoked ", 0)"

static void test_constraints(void)
{
    struct fixture f;
    sqlite3 *db;

    fixture_init(&f);
    fixture_book(&f, fixture_schedule(&f, "Heat", TIME_HOUR, 5), 2, "Anna", "5551234", NULL);
    db = open_file(f.path);
    sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    CU_ASSERT_TRUE(is_refused(db, "UPDATE slot SET available = available + 1"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE slot SET sold = sold - 1"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE slot SET available = -1, sold = 6"));
    CU_ASSERT_FALSE(is_refused(db, "UPDATE slot SET available = 2, lost = 1"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE slot SET admitted = -1"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE slot SET admitted = 3"));
    CU_ASSERT_FALSE(is_refused(db, "UPDATE slot SET admitted = 2"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE ticket SET status = 4"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE ticket SET slot_id = 999999"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE ticket SET replaced_by = 999999"));
    CU_ASSERT_TRUE(is_refused(db, "DELETE FROM slot"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE customer SET erased_at = 1"));
    CU_ASSERT_TRUE(is_refused(db, "UPDATE journal SET body = ''"));
    CU_ASSERT_TRUE(is_refused(db, "DELETE FROM journal"));
    CU_ASSERT_EQUAL(read_number(db, "SELECT count(*) FROM journal"), 2);
    CU_ASSERT_FALSE(is_refused(db, ACCESS_ROW("'a'", "zeroblob(32)", "0")));
    CU_ASSERT_TRUE(is_refused(db, ACCESS_ROW("'a'", "randomblob(32)", "0")));
    CU_ASSERT_TRUE(is_refused(db, ACCESS_ROW("'b'", "zeroblob(32)", "0")));
    CU_ASSERT_FALSE(is_refused(db, ACCESS_ROW("'b'", "zeroblob(32)", "1")));
    CU_ASSERT_TRUE(is_refused(db, ACCESS_ROW("'c'", "randomblob(31)", "0")));
    CU_ASSERT_TRUE(is_refused(db, ACCESS_ROW("''", "randomblob(32)", "0")));
    sqlite3_close(db);
    fixture_release(&f);
}

/* The statement's plan in one line. */
static void explain(struct sqlite_store *store, enum sql sql, struct buffer *text)
{
    sqlite3_stmt *statement = NULL;
    struct buffer query;

    buffer_init(&query, 16 * 1024);
    buffer_addf(&query, "EXPLAIN QUERY PLAN %s", sqlite3_sql(store->statements[sql]));
    buffer_clear(text);
    CU_ASSERT_EQUAL(sqlite3_prepare_v2(store->db, buffer_text(&query), -1, &statement, NULL),
                    SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        buffer_addf(text, "%s; ", (const char *)sqlite3_column_text(statement, 3));
    sqlite3_finalize(statement);
    buffer_release(&query);
}

static void test_query_plans(void)
{
    static const struct {
        enum sql sql;
        const char *uses;
    } hot[] = {
        {SQL_SLOTS_OPEN, "INDEX slot_open_start"},
        {SQL_SLOTS_OPEN_DOWN, "INDEX slot_open_start"},
        {SQL_SLOTS_GENRE, "INDEX slot_open_genre "},
        {SQL_SLOTS_GENRE_DOWN, "INDEX slot_open_genre "},
        {SQL_SLOTS_ALL, "INDEX slot_start"},
        {SQL_SLOTS_ALL_DOWN, "INDEX slot_start"},
        {SQL_SLOTS_NAME, "INDEX slot_name"},
        {SQL_SLOTS_NAME_DOWN, "INDEX slot_name"},
        {SQL_SLOTS_NAMED, "INDEX slot_name"},
        {SQL_SLOTS_BY_ID, "INTEGER PRIMARY KEY"},
        {SQL_SLOTS_COUNT, "INDEX slot_open_end"},
        {SQL_SLOTS_COUNT_GENRE, "INDEX slot_open_genre_end"},
        {SQL_SLOTS_COUNT_START, "INDEX slot_open_start"},
        {SQL_SLOTS_COUNT_GENRE_START, "INDEX slot_open_genre "},
        {SQL_SLOT, "INTEGER PRIMARY KEY"},
        {SQL_SEEN, "INDEX sqlite_autoindex_journal"},
        {SQL_TICKET, "INTEGER PRIMARY KEY"},
        {SQL_TICKETS_SLOT, "INDEX ticket_slot"},
        {SQL_TICKETS_UNARCHIVED, "INDEX ticket_slot"},
        {SQL_TICKETS_SLOT_DOWN, "INDEX ticket_slot"},
        {SQL_TICKETS_CUSTOMER, "INDEX ticket_customer"},
        {SQL_TICKETS_CUSTOMER_DOWN, "INDEX ticket_customer"},
        {SQL_TICKETS_SALE, "INTEGER PRIMARY KEY"},
        {SQL_TICKETS_ALL, "INTEGER PRIMARY KEY"},
        {SQL_TICKETS_ALL_DOWN, "INTEGER PRIMARY KEY"},
        {SQL_CUSTOMER, "INTEGER PRIMARY KEY"},
        {SQL_CUSTOMER_KNOWN, "INDEX customer_known"},
        {SQL_CUSTOMERS_KEY, "PRIMARY KEY"},
        {SQL_KEYS_DELETE, "INDEX customer_key_of"},
        {SQL_DEVICE, "PRIMARY KEY"},
        {SQL_ACCESS_NAMED, "PRIMARY KEY"},
        {SQL_ACCESS_TOKEN, "INDEX device_access_token"},
        {SQL_ACCESS_TOUCH, "PRIMARY KEY"},
        {SQL_ACCESS_LIST, "SCAN device_access"},
        {SQL_JOURNAL_LIST, "INTEGER PRIMARY KEY"},
        {SQL_DUE_EXPIRE, "INDEX slot_open_end"},
        {SQL_DUE_ARCHIVE, "INDEX slot_settled"},
        {SQL_DUE_ARCHIVE, "INDEX ticket_canceled"},
        {SQL_SLOT_UPDATE, "INTEGER PRIMARY KEY"},
        {SQL_TICKET_UPDATE, "INTEGER PRIMARY KEY"},
        {SQL_TICKET_ADMIT, "INTEGER PRIMARY KEY"},
        {SQL_ADMISSIONS, "INDEX ticket_admitted"},
        {SQL_KEY_GENERATION, "PRIMARY KEY"},
        {SQL_SEEN, "SEARCH voided USING PRIMARY KEY"},
        {SQL_TICKETS_NUMBERED, "INTEGER PRIMARY KEY"},
        {SQL_ALLOTMENT, "PRIMARY KEY"},
        {SQL_ALLOTMENTS_HELD, "INDEX allotment_holder"},
        {SQL_ALLOTMENTS_ALL, "SEARCH allotment USING PRIMARY KEY"},
        {SQL_ALLOTMENTS_SLOT, "SEARCH allotment USING PRIMARY KEY"},
        {SQL_ALLOTMENTS_HOLDER, "INDEX allotment_holder"},
        {SQL_ALLOTMENTS_BOTH, "SEARCH allotment USING PRIMARY KEY"},
        {SQL_BLOCK_OF, "INTEGER PRIMARY KEY"},
        {SQL_BLOCKS_HOLDER, "INDEX number_block_holder"},
        {SQL_REPLICA, "PRIMARY KEY"},
        {SQL_EARLIES, "INTEGER PRIMARY KEY"},
        {SQL_DISPUTE, "PRIMARY KEY"},
        {SQL_DISPUTES_ALL, "INDEX dispute_found"},
        {SQL_DISPUTES_OPEN, "INDEX dispute_open"},
    };
    struct fixture f;
    struct buffer text;

    fixture_init(&f);
    buffer_init(&text, 16 * 1024);
    for (size_t i = 0; i < sizeof hot / sizeof hot[0]; i++) {
        unsigned int failures = CU_get_number_of_failures();

        explain((struct sqlite_store *)f.store, hot[i].sql, &text);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&text), hot[i].uses));
        CU_ASSERT_PTR_NULL(strstr(buffer_text(&text), "SCAN ticket USING INDEX ticket_slot"));
        CU_ASSERT_PTR_NULL(strstr(buffer_text(&text), "SCAN t "));
        CU_ASSERT_PTR_NULL(strstr(buffer_text(&text), "SCAN s"));
        CU_ASSERT_PTR_NULL(strstr(buffer_text(&text), "SCAN customer"));
        CU_ASSERT_PTR_NULL(strstr(buffer_text(&text), "SCAN journal"));
        /* the changes of one slot are few and sorted as they are read (see sql.h) */
        if (hot[i].sql != SQL_TICKETS_SLOT)
            CU_ASSERT_PTR_NULL(strstr(buffer_text(&text), "FOR ORDER BY"));
        if (CU_get_number_of_failures() != failures)
            printf("\n    %s: %s\n", hot[i].uses, buffer_text(&text));
    }
    buffer_release(&text);
    fixture_release(&f);
}

SUITE(schema, {"a fresh file is what the steps make", test_steps},
      {"an older file becomes what a fresh one is, with all that it had", test_migration},
      {"a till's copy of an older version stays one", test_migrated_copy},
      {"a device whose row is damaged may nothing, and verify says so", test_damaged_device},
      {"what is wrong with who is in is found", test_damaged_admission},
      {"a canceled ticket that somebody is in with is found", test_used_and_canceled},
      {"every connection is careful", test_pragmas},
      {"the file refuses what does not add up, and changes to the journal", test_constraints},
      {"hot statements use their indexes and never sort", test_query_plans})
