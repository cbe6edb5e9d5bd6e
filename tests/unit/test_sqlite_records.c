/* Records, tallies, sellers and seals as a box office file keeps them, and what verify finds of
 * them. */
#include "data/sqlite/internal.h"
#include "data/sqlite/schema.h"

#include "core/invite.h"
#include "core/limit.h"
#include "core/seal.h"
#include "core/staff.h"
#include "core/text.h"
#include "core/time.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

/* A house of two members: #1042, a clerk, and #2001, his supervisor; its journal is signed. */
struct house {
    struct fixture f;
    struct crypto_key seed;
    sqlite3 *db; /* the file behind its back */
};

static struct operation make(struct house *house, enum op_kind kind, const char *actor)
{
    struct operation operation = {.kind = kind, .device = "till-1", .at = house->f.now};

    fixture_random(&house->f, operation.id.bytes, sizeof operation.id.bytes);
    text_copy(operation.actor, sizeof operation.actor, actor);
    return operation;
}

static struct outcome apply(struct house *house, const struct operation *operation)
{
    struct outcome outcome = {.code = TK_INTERNAL};
    struct tk_error error = {0};

    if (store_apply(house->f.store, operation, 1, &outcome, &error))
        printf("\n    %s\n", error.message);
    return outcome;
}

static enum tk_code hire(struct house *house, int64_t number, const char *name, enum role role)
{
    struct operation staff = make(house, OP_STAFF, "root");

    staff.staff.number = number;
    staff.staff.role = role;
    text_copy(staff.staff.name, sizeof staff.staff.name, name);
    return apply(house, &staff).code;
}

static void reopen(struct house *house)
{
    struct sqlite_options options = fixture_options(&house->f);
    struct tk_error error = {0};

    store_close(house->f.store);
    house->f.store = house->f.office.store = NULL;
    options.seal_seed = house->seed;
    if (sqlite_store_open(&options, &house->f.store, &error))
        printf("\n    %s\n", error.message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(house->f.store);
    house->f.office.store = house->f.store;
}

static void house_init(struct house *house)
{
    *house = (struct house){.db = NULL};
    fixture_init(&house->f);
    fixture_random(&house->f, &house->seed, sizeof house->seed);
    reopen(house);
    CU_ASSERT_EQUAL(hire(house, 1042, "Ada", ROLE_CLERK), TK_OK);
    CU_ASSERT_EQUAL(hire(house, 2001, "Bo", ROLE_SUPERVISOR), TK_OK);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(house->f.path, &house->db), SQLITE_OK);
}

static void house_release(struct house *house)
{
    sqlite3_close(house->db);
    fixture_release(&house->f);
}

static void run(struct house *house, const char *sql)
{
    char *message = NULL;

    if (sqlite3_exec(house->db, sql, NULL, NULL, &message))
        printf("\n    %s: %s\n", sql, message);
    CU_ASSERT_PTR_NULL(message);
    sqlite3_free(message);
}

static struct outcome book(struct house *house, int64_t slot, int64_t count, const char *actor)
{
    struct operation sale = make(house, OP_BOOK, actor);

    sale.book.slot.id = slot;
    sale.book.count = count;
    return apply(house, &sale);
}

static enum tk_code touch(struct house *house, enum op_kind kind, uint64_t ticket, int64_t slot)
{
    struct operation operation = make(house, kind, "#1042+#2001");

    if (kind == OP_CANCEL)
        operation.cancel.ticket_id = ticket;
    else if (kind == OP_ADMIT)
        operation.admit.ticket_id = ticket;
    else if (kind == OP_UNADMIT)
        operation.unadmit.ticket_id = ticket;
    else
        operation.reissue = (struct op_reissue){.ticket_id = ticket, .slot = {.id = slot}};
    return apply(house, &operation).code;
}

/* --- tallies --- */

static struct tally_list tallies_of(struct house *house, const struct tally_query *query)
{
    struct tally_list list = {0};

    CU_ASSERT_EQUAL(house->f.store->ops->list_tallies(house->f.store, query, &list, NULL), TK_OK);
    return list;
}

static bool is_tally(const struct tally *tally, const char *actor, int64_t slot,
                     const int64_t *counts)
{
    return strcmp(tally->actor, actor) == 0 && tally->slot_id == slot &&
           tally->sales == counts[0] && tally->sold == counts[1] && tally->canceled == counts[2] &&
           tally->reissued == counts[3] && tally->admitted == counts[4];
}

/* Three sales in two quarters of an hour; of the five tickets one is canceled, one given for
   another showing, two are let in and one of those out again. */
static void sell(struct house *house, int64_t slots[2])
{
    struct outcome first, second;

    slots[0] = fixture_schedule(&house->f, "Heat", TIME_HOUR, 9);
    slots[1] = fixture_schedule(&house->f, "Ran", TIME_HOUR, 9);
    first = book(house, slots[0], 3, "#1042");
    CU_ASSERT_EQUAL(book(house, slots[0], 1, "someone").code, TK_OK);
    house->f.now += TALLY_SPAN;
    second = book(house, slots[1], 1, "#1042");
    CU_ASSERT(!first.code && !second.code);
    CU_ASSERT_EQUAL(touch(house, OP_CANCEL, second.ticket_id, 0), TK_OK);
    CU_ASSERT_EQUAL(touch(house, OP_REISSUE, first.ticket_id, slots[1]), TK_OK);
    house->f.now += TIME_HOUR - TALLY_SPAN;
    for (uint64_t i = 1; i < 3; i++) {
        struct ticket_query query = TICKET_QUERY_ALL;
        struct ticket_list list = {0};

        query.sale_id = first.ticket_id;
        CU_ASSERT_EQUAL(house->f.store->ops->list_tickets(house->f.store, &query, &list, NULL),
                        TK_OK);
        CU_ASSERT_EQUAL_FATAL(list.count, 3);
        CU_ASSERT_EQUAL(list.items[i].seller, 1042);
        CU_ASSERT_EQUAL(touch(house, OP_ADMIT, list.items[i].id, 0), TK_OK);
        if (i == 2)
            CU_ASSERT_EQUAL(touch(house, OP_UNADMIT, list.items[i].id, 0), TK_OK);
        ticket_list_release(&list);
    }
}

static void test_tallies(void)
{
    static const int64_t sold[] = {1, 3, 0, 0, 0}, sold_other[] = {1, 1, 0, 0, 0},
                         late[] = {1, 1, 1, 1, 0}, in[] = {0, 0, 0, 0, 1}, heat[] = {2, 4, 0, 1, 1},
                         ran[] = {1, 1, 1, 0, 0};
    struct house house;
    struct tally_query query = {0};
    struct tally_list list;
    int64_t slots[2], start;

    house_init(&house);
    house.f.now = tally_span(house.f.now);
    start = house.f.now;
    sell(&house, slots);
    /* as in a copy of what two nodes wrote: it is one tally all the same */
    run(&house, "INSERT INTO tally SELECT span_at, actor, device, genre, 5, 0, 1, 0, 0, 0 FROM tally"
                " WHERE sold = 3; UPDATE tally SET sold = 2 WHERE sold = 3");
    list = tallies_of(&house, &query);
    CU_ASSERT_EQUAL_FATAL(list.count, 4);
    CU_ASSERT(is_tally(&list.items[0], "#1042", 0, sold) && list.items[0].span_at == start);
    CU_ASSERT(is_tally(&list.items[1], "someone", 0, sold_other));
    CU_ASSERT_STRING_EQUAL(list.items[1].device, "till-1");
    CU_ASSERT(is_tally(&list.items[2], "#1042", 0, late));
    CU_ASSERT_EQUAL(list.items[2].span_at, start + TALLY_SPAN);
    CU_ASSERT(is_tally(&list.items[3], "#1042", 0, in));
    /* one at a time; a span's bounds */
    for (size_t i = 0; i < list.count; i++) {
        struct tally_query next = {.limit = 1};
        struct tally_list one;

        if (i) {
            next.after_given = true;
            next.after_span = list.items[i - 1].span_at;
            next.after_actor = list.items[i - 1].actor;
            next.after_device = list.items[i - 1].device;
            next.after_genre = (int)list.items[i - 1].genre;
        }
        one = tallies_of(&house, &next);
        CU_ASSERT(one.count == 1 && memcmp(&one.items[0], &list.items[i], sizeof *one.items) == 0);
        tally_list_release(&one);
    }
    tally_list_release(&list);
    query = (struct tally_query){.from = start + TALLY_SPAN, .to = start + 2 * TALLY_SPAN};
    list = tallies_of(&house, &query);
    CU_ASSERT(list.count == 1 && is_tally(&list.items[0], "#1042", 0, late));
    tally_list_release(&list);
    query = (struct tally_query){.by_slot = true};
    list = tallies_of(&house, &query);
    CU_ASSERT_EQUAL_FATAL(list.count, 2);
    CU_ASSERT(is_tally(&list.items[0], "", slots[0], heat));
    CU_ASSERT(is_tally(&list.items[1], "", slots[1], ran));
    tally_list_release(&list);
    query = (struct tally_query){.by_slot = true,
                                 .after_starts_at = fixture_slot(&house.f, slots[0]).starts_at,
                                 .after_slot = slots[0]};
    list = tallies_of(&house, &query);
    CU_ASSERT(list.count == 1 && is_tally(&list.items[0], "", slots[1], ran));
    tally_list_release(&list);
    query = (struct tally_query){.by_slot = true, .slot_id = slots[0]};
    list = tallies_of(&house, &query);
    CU_ASSERT(list.count == 1 && is_tally(&list.items[0], "", slots[0], heat));
    tally_list_release(&list);
    CU_ASSERT_EQUAL(fixture_verify(&house.f), 0);
    house_release(&house);
}

/* --- records --- */

static void expect_keys(struct house *house, const struct record_query *query, const char *keys)
{
    struct record_list list = {0};
    char found[500] = "";
    size_t length = 0;

    CU_ASSERT_EQUAL(house->f.store->ops->list_records(house->f.store, query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        length += (size_t)snprintf(found + length, sizeof found - length, "%s ", list.items[i].key);
    CU_ASSERT_STRING_EQUAL(found, keys);
    record_list_release(&list);
}

static void test_records(void)
{
    struct house house;
    struct operation limit, seal;

    house_init(&house);
    limit = make(&house, OP_LIMIT, "root");
    text_copy(limit.limit.name, sizeof limit.limit.name, limit_name(LIMIT_SALE_TICKETS));
    limit.limit.value = 8;
    CU_ASSERT_EQUAL(apply(&house, &limit).code, TK_OK);
    seal = make(&house, OP_SEAL, "root");
    text_copy(seal.seal.why, sizeof seal.seal.why, "midnight");
    CU_ASSERT_EQUAL(apply(&house, &seal).code, TK_OK);
    CU_ASSERT_EQUAL(hire(&house, 1042, "Ada Low", ROLE_CLERK), TK_OK); /* her second change */
    expect_keys(&house, &(struct record_query){0},
                "limits seal/0000000000000000/0000000000000004 staff/1042 staff/2001 ");
    expect_keys(&house, &(struct record_query){.prefix = STAFF_PREFIX, .descending = true},
                "staff/2001 staff/1042 ");
    expect_keys(&house, &(struct record_query){.prefix = STAFF_PREFIX, .after_key = "staff/1042"},
                "staff/2001 ");
    expect_keys(&house,
                &(struct record_query){
                    .prefix = STAFF_PREFIX, .after_key = "staff/2001", .descending = true},
                "staff/1042 ");
    expect_keys(&house, &(struct record_query){.after_key = "limits", .limit = 1},
                "seal/0000000000000000/0000000000000004 ");
    expect_keys(&house, &(struct record_query){.key = "limits"}, "limits ");
    expect_keys(&house, &(struct record_query){.key = "limit"}, "");
    expect_keys(&house, &(struct record_query){.by_seq = true}, "staff/2001 limits staff/1042 ");
    expect_keys(&house, &(struct record_query){.by_seq = true, .after_seq = 3}, "staff/1042 ");
    CU_ASSERT_EQUAL(fixture_verify(&house.f), 0);
    /* one that is gone is told of by its seq alone */
    run(&house, "UPDATE record SET value = '' WHERE key = 'staff/2001'");
    expect_keys(&house, &(struct record_query){.prefix = STAFF_PREFIX}, "staff/1042 ");
    expect_keys(&house, &(struct record_query){.key = "staff/2001"}, "");
    expect_keys(&house, &(struct record_query){.by_seq = true}, "staff/2001 limits staff/1042 ");
    CU_ASSERT_EQUAL(fixture_verify(&house.f), 0);
    house_release(&house);
}

/* --- the journal --- */

static size_t count_entries(struct house *house, struct journal_query query)
{
    struct journal_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(house->f.store->ops->list_journal(house->f.store, &query, &list, NULL), TK_OK);
    count = list.count;
    journal_list_release(&list);
    return count;
}

static void test_journal_filters(void)
{
    struct house house;
    struct outcome sale;
    uint64_t tickets[2] = {0};
    int64_t slots[2], at;

    house_init(&house);
    at = house.f.now;
    sell(&house, slots); /* 2 showings, 3 sales, a cancel, a reissue, 2 admits, an unadmit */
    sale = book(&house, slots[1], 1, "#2001");
    CU_ASSERT_EQUAL(sale.code, TK_OK);
    tickets[0] =
        book(&house, fixture_schedule(&house.f, "Big", TIME_HOUR, 3), 1, "#10422").ticket_id;
    CU_ASSERT_EQUAL(tickets[0], 0); /* nobody of that number works here */
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.actor = "#1042"}), 7);
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.actor = "#2001"}), 6);
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.actor = "#1042+#2001"}), 5);
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.actor = "someone"}), 1);
    CU_ASSERT_EQUAL(
        count_entries(&house, (struct journal_query){.actor = "#1042", .kind = "admit"}), 2);
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.device = "till-2"}), 0);
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.kind = "book", .limit = 2}), 2);
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.kind = "book", .to = at + 1}), 2);
    CU_ASSERT_EQUAL(count_entries(&house, (struct journal_query){.kind = "book", .from = at + 1}),
                    3);
    tickets[0] = book(&house, slots[1] + 1, 2, "someone").ticket_id;
    CU_ASSERT_NOT_EQUAL(tickets[0], 0);
    tickets[1] = tickets[0] + 1; /* nobody's */
    CU_ASSERT_EQUAL(
        count_entries(&house, (struct journal_query){.tickets = tickets, .ticket_count = 1}), 1);
    CU_ASSERT_EQUAL(touch(&house, OP_CANCEL, tickets[0], 0), TK_OK);
    CU_ASSERT_EQUAL(
        count_entries(&house, (struct journal_query){.tickets = tickets, .ticket_count = 2}), 2);
    CU_ASSERT_EQUAL(
        count_entries(&house, (struct journal_query){.tickets = tickets + 1, .ticket_count = 1}),
        0);
    house_release(&house);
}

/* What verify finds of one kind; *all counts what it finds at all. */
static int64_t found(struct house *house, const char *check, const char *part, int64_t *all)
{
    struct verify_report report = {0};
    int64_t count = 0;

    CU_ASSERT_EQUAL(house->f.store->ops->verify(house->f.store, &report, NULL), TK_OK);
    for (size_t i = 0; i < report.count; i++)
        count += strcmp(report.items[i].check, check) == 0 && strstr(report.items[i].text, part);
    *all = report.found;
    verify_report_release(&report);
    return count;
}

struct damage {
    const char *damage, *repair, *check, *part;
    int64_t all;
};

static void try_damages(struct house *house, const struct damage *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t all, those;

        run(house, cases[i].damage);
        those = found(house, cases[i].check, cases[i].part, &all);
        if (those != 1 || all != cases[i].all)
            printf("\n    %lld, %lld in all, found after: %s\n", (long long)those, (long long)all,
                   cases[i].damage);
        CU_ASSERT_EQUAL(those, 1);
        CU_ASSERT_EQUAL(all, cases[i].all);
        run(house, cases[i].repair);
        CU_ASSERT_EQUAL(fixture_verify(&house->f), 0);
    }
}

static void test_damage(void)
{
    static const struct damage cases[] = {
        {"UPDATE tally SET sold = sold + 1 WHERE actor = 'someone'",
         "UPDATE tally SET sold = sold - 1 WHERE actor = 'someone'", "tallies",
         "5 tickets were sold", 1},
        {"UPDATE record SET value = '{' || value WHERE key = 'staff/1042'",
         "UPDATE record SET value = substr(value, 2) WHERE key = 'staff/1042'", "records",
         "staff/1042", 1},
        {"UPDATE record SET key = 'staff/1043' WHERE key = 'staff/1042'",
         "UPDATE record SET key = 'staff/1042' WHERE key = 'staff/1043'", "records", "staff/1043",
         1},
        {"INSERT INTO record VALUES ('other/1', 0, 5, '{}')",
         "DELETE FROM record WHERE key = 'other/1'", "records", "other/1", 1},
        {"UPDATE record SET seq = 2 WHERE key = 'staff/1042'",
         "UPDATE record SET seq = 1 WHERE key = 'staff/1042'", "records", "change 2", 1},
        {"UPDATE record SET seq = 3 WHERE key = 'staff/1042'",
         "UPDATE record SET seq = 1 WHERE key = 'staff/1042'", "records", "change 3", 1},
        {"UPDATE meta SET value = value + 1 WHERE key = 'journal_entries'",
         "UPDATE meta SET value = value - 1 WHERE key = 'journal_entries'", "journal",
         "its head says", 1},
        {"INSERT INTO meta SELECT 'kept', value FROM meta WHERE key = 'journal_head';"
         "UPDATE meta SET value = zeroblob(32) WHERE key = 'journal_head'",
         "UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'kept')"
         " WHERE key = 'journal_head'; DELETE FROM meta WHERE key = 'kept'",
         "journal", "not what its head says", 1},
        /* no entry's hash knows of a digest */
        {"DROP TRIGGER journal_keep_update;"
         "INSERT INTO meta SELECT 'kept', digest FROM journal WHERE seq = 3;"
         "UPDATE journal SET digest = zeroblob(32) WHERE seq = 3",
         "UPDATE journal SET digest = (SELECT value FROM meta WHERE key = 'kept') WHERE seq = 3;"
         "DELETE FROM meta WHERE key = 'kept'",
         "journal", "not what its head says", 1},
    };
    struct house house;
    int64_t slots[2];

    house_init(&house);
    sell(&house, slots);
    CU_ASSERT_EQUAL(fixture_verify(&house.f), 0);
    try_damages(&house, cases, sizeof cases / sizeof *cases);
    house_release(&house);
}

/* --- seals --- */

/* So many entries more, in batches. */
static void fill(struct house *house, size_t count)
{
    struct operation *operations = calloc(100, sizeof *operations);
    struct outcome *outcomes = calloc(100, sizeof *outcomes);

    CU_ASSERT_FATAL(operations && outcomes);
    for (size_t done = 0; done < count; done += 100) {
        for (size_t i = 0; i < 100; i++) {
            operations[i] = make(house, OP_SIGN, "root");
            text_copy(operations[i].sign.event, sizeof operations[i].sign.event, "failed");
            operations[i].sign.number = (int64_t)(1 + i);
        }
        CU_ASSERT_EQUAL(store_apply(house->f.store, operations, 100, outcomes, NULL), TK_OK);
        CU_ASSERT_EQUAL(outcomes[99].code, TK_OK);
    }
    free(operations);
    free(outcomes);
}

static struct seal read_seal(struct house *house, const char *key)
{
    struct record_query query = {.key = key};
    struct record_list list = {0};
    struct seal seal = {0};

    CU_ASSERT_EQUAL(house->f.store->ops->list_records(house->f.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    CU_ASSERT(list.count == 1 && !seal_read(&list.items[0], &seal));
    record_list_release(&list);
    return seal;
}

#define FIRST_SEAL "seal/0000000000000000/0000000000001002"
#define SHIFT_SEAL "seal/0000000000000000/0000000000001004"

/* 1,000 are completed by a batch that ends with 1,002, and a shift ends soon after. */
static void make_seals(struct house *house)
{
    struct operation shift;

    fill(house, 1000);
    shift = make(house, OP_SHIFT_OPEN, "#1042");
    CU_ASSERT_EQUAL(apply(house, &shift).code, TK_OK);
    shift = make(house, OP_SHIFT_CLOSE, "#1042");
    CU_ASSERT_EQUAL(apply(house, &shift).code, TK_OK);
}

static void test_seals(void)
{
    uint8_t public_key[CRYPTO_PUBLIC_KEY_SIZE];
    struct store_facts facts;
    struct house house;
    struct seal first, shift;

    house_init(&house);
    crypto_ed25519_key(public_key, &house.seed);
    make_seals(&house);
    expect_keys(&house, &(struct record_query){.prefix = SEAL_PREFIX},
                FIRST_SEAL " " SHIFT_SEAL " ");
    first = read_seal(&house, FIRST_SEAL);
    shift = read_seal(&house, SHIFT_SEAL);
    CU_ASSERT_STRING_EQUAL(first.why, "entries");
    CU_ASSERT_STRING_EQUAL(shift.why, "shift");
    CU_ASSERT_EQUAL(house.f.store->ops->facts(house.f.store, &facts, NULL), TK_OK);
    CU_ASSERT(seal_check(&first, facts.uuid, public_key));
    CU_ASSERT(seal_check(&shift, facts.uuid, public_key));
    CU_ASSERT_EQUAL(fixture_verify(&house.f), 0);
    /* it goes on where it was left */
    reopen(&house);
    fill(&house, 1000);
    expect_keys(&house, &(struct record_query){.prefix = SEAL_PREFIX},
                FIRST_SEAL " " SHIFT_SEAL " seal/0000000000000000/0000000000002004 ");
    CU_ASSERT_EQUAL(fixture_verify(&house.f), 0);
    house_release(&house);
}

/* Whoever can write the file makes all else fit; a seal he cannot make. */
static void test_cut(void)
{
    struct house house;
    int64_t all;

    house_init(&house);
    make_seals(&house);
    store_close(house.f.store);
    house.f.store = NULL;
    /* the last entry goes, with all that tells of it but the seal */
    run(&house,
        "DROP TRIGGER journal_keep_delete; DELETE FROM journal WHERE seq = 1004;"
        "DELETE FROM record WHERE key LIKE 'shift/%';"
        "UPDATE device SET seq = seq - 1, hash = (SELECT hash FROM journal WHERE seq = 1003)");
    run(&house, SCHEMA_JOURNAL_KEEP);
    reopen(&house);
    CU_ASSERT_EQUAL(found(&house, "seals", "is cut: a seal signs 1004 entries", &all), 1);
    CU_ASSERT_EQUAL(all, 2); /* and its head */
    house_release(&house);
}

static void test_forged(void)
{
    struct house house;
    struct seal seal;
    struct record record;
    struct crypto_key other = {{1}};
    struct store_facts facts;
    int64_t all;
    char sql[4000];

    house_init(&house);
    make_seals(&house);
    CU_ASSERT_EQUAL(house.f.store->ops->facts(house.f.store, &facts, NULL), TK_OK);
    seal = read_seal(&house, SHIFT_SEAL);
    CU_ASSERT_EQUAL(seal_make(&seal, facts.uuid, &other, &record), TK_OK);
    snprintf(sql, sizeof sql, "UPDATE record SET value = '%s' WHERE key = '%s'", record.value,
             record.key);
    run(&house, sql);
    CU_ASSERT_EQUAL(found(&house, "seals", "1004 entries (up to entry 1004) is not signed", &all),
                    1);
    CU_ASSERT_EQUAL(all, 1);
    /* signed rightly, of another journal */
    seal.head[0] ^= 1;
    CU_ASSERT_EQUAL(seal_make(&seal, facts.uuid, &house.seed, &record), TK_OK);
    snprintf(sql, sizeof sql, "UPDATE record SET value = '%s' WHERE key = '%s'", record.value,
             record.key);
    run(&house, sql);
    CU_ASSERT_EQUAL(found(&house, "seals", "entry 1004 is not what the seal", &all), 1);
    CU_ASSERT_EQUAL(all, 1);
    house_release(&house);
}

SUITE(sqlite_records, {"what was done is counted by span and by showing", test_tallies},
      {"records are listed in their orders", test_records},
      {"the journal by who, where, what, which ticket and when", test_journal_filters},
      {"records, tallies and heads that were changed are found", test_damage},
      {"the journal is sealed each thousand and with a shift", test_seals},
      {"a seal tells of an end that was cut off", test_cut},
      {"a seal of another key, or another journal, is found", test_forged})
