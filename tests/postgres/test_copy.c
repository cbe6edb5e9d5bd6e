/* A whole box office from a file into a database and back: everything that the generator of the model makes. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"
#include "core/time.h"
#include "data/copy/copy.h"
#include "data/postgres/copy.h"
#include "data/sqlite/copy.h"
#include "data/sqlite/schema.h"
#include "tests/model/generator.h"
#include "tests/support/fixture.h"
#include "tests/support/postgres.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

#define OPERATIONS 6000
#define OFFICE 20261123 /* the seed that it is made from */
#define BATCH 40
#define PLACES_MAX 6

/* Where copies go. */
struct place {
    char path[256]; /* or an address */
    bool database;
};

struct journey {
    struct fixture fixture; /* the first one, a file */
    struct place places[PLACES_MAX];
    int count;
};

/* --- what is copied --- */

static uint64_t real_ticket(const struct id_key *key, uint64_t number)
{
    return number ? id_make(key, ID_TICKET, number) : 0;
}

static struct operation real_operation(const struct id_key *key, const struct operation *operation)
{
    struct operation real = *operation;

    switch (real.kind) {
    case OP_CANCEL:
        real.cancel.ticket_id = real_ticket(key, real.cancel.ticket_id);
        break;
    case OP_BOOK:
        real.book.first_ticket = real_ticket(key, real.book.first_ticket);
        break;
    case OP_REISSUE:
        real.reissue.ticket_id = real_ticket(key, real.reissue.ticket_id);
        real.reissue.new_ticket = real_ticket(key, real.reissue.new_ticket);
        break;
    case OP_ADMIT:
        real.admit.ticket_id = real_ticket(key, real.admit.ticket_id);
        break;
    case OP_UNADMIT:
        real.unadmit.ticket_id = real_ticket(key, real.unadmit.ticket_id);
        break;
    case OP_PRINT:
        real.copy.ticket_id = real_ticket(key, real.copy.ticket_id);
        break;
    default:
        break;
    }
    return real;
}

/* Somebody who works there sells, and all is signed: records and who sold. */
static void staff_it(struct fixture *fixture)
{
    struct operation asked[] = {{.kind = OP_STAFF, .staff = {.number = 1042, .name = "Ida", .role = ROLE_CLERK}},
                                {.kind = OP_LIMIT, .limit = {"sale-tickets", 9}},
                                {.kind = OP_SHIFT_OPEN, .actor = "#1042"},
                                {.kind = OP_BOOK, .actor = "#1042"},
                                {.kind = OP_SHIFT_CLOSE, .actor = "#1042"}};
    struct outcome outcomes[sizeof asked / sizeof asked[0]];
    size_t count = sizeof asked / sizeof asked[0];
    int64_t slot = fixture_schedule(fixture, "Ran", TIME_HOUR, 5);

    asked[3].book.slot.id = slot;
    asked[3].book.count = 2;
    for (size_t i = 0; i < count; i++) {
        fixture_random(fixture, asked[i].id.bytes, sizeof asked[i].id.bytes);
        text_copy(asked[i].device, sizeof asked[i].device, "till-1");
        asked[i].at = fixture->now;
    }
    CU_ASSERT_EQUAL_FATAL(store_apply(fixture->store, asked, count, outcomes, NULL), TK_OK);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(outcomes[i].code, TK_OK);
}

/* A box office to which everything has happened; always the same one, so that nothing is missing from it by chance. */
static void fill(struct fixture *fixture, size_t operations)
{
    struct generator g = {.random = OFFICE, .now = FIXTURE_NOW,
                          .rules = fixture->office.rules};
    struct model_options options = {g.rules, generator_now, &g};
    struct operation asked[BATCH], real[BATCH];
    struct outcome outcomes[BATCH];
    struct store_facts facts;
    struct store *model = model_store_open(&options);

    g.model = model;
    CU_ASSERT_EQUAL_FATAL(fixture->store->ops->facts(fixture->store, &facts, NULL), TK_OK);
    for (size_t step = 0; step < operations; step += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            generator_make(&g, &asked[i]);
            real[i] = real_operation(&facts.id_key, &asked[i]);
        }
        fixture->now = g.now;
        store_apply(model, asked, BATCH, outcomes, NULL);
        CU_ASSERT_EQUAL_FATAL(store_apply(fixture->store, real, BATCH, outcomes, NULL), TK_OK);
        generator_move_clock(&g);
    }
    store_close(model);
    staff_it(fixture);
}

/* --- places --- */

static struct sqlite_options sqlite_of(struct fixture *fixture, const char *path)
{
    struct sqlite_options options = fixture_options(fixture);

    options.path = path;
    return options;
}

static struct postgres_options postgres_of(struct fixture *fixture, const char *uri)
{
    return (struct postgres_options){.uri = uri,
                                     .rules = fixture->office.rules,
                                     .now = fixture_now,
                                     .random = fixture_random,
                                     .context = fixture,
                                     .seal_seed = fixture_options(fixture).seal_seed,
                                     .wait_ms = 20000};
}

static void journey_init(struct journey *journey, size_t operations)
{
    *journey = (struct journey){.count = 1};
    fixture_init(&journey->fixture);
    fill(&journey->fixture, operations);
    text_copy(journey->places[0].path, sizeof journey->places[0].path, journey->fixture.path);
    store_close(journey->fixture.store);
    journey->fixture.store = journey->fixture.office.store = NULL;
}

static struct place *journey_add(struct journey *journey, bool database)
{
    struct place *place = &journey->places[journey->count];

    place->database = database;
    if (database)
        text_copy(place->path, sizeof place->path, postgres_uri());
    else
        snprintf(place->path, sizeof place->path, "%s/copy-%d.db", journey->fixture.folder,
                 journey->count);
    journey->count++;
    return place;
}

static struct store *open_place(struct fixture *fixture, const struct place *place,
                                struct tk_error *error)
{
    struct sqlite_options file = sqlite_of(fixture, place->path);
    struct postgres_options database = postgres_of(fixture, place->path);
    struct store *store = NULL;

    if (place->database)
        postgres_store_open(&database, &store, error);
    else
        sqlite_store_open(&file, &store, error);
    return store;
}

static enum tk_code open_end(struct fixture *fixture, const struct place *place,
                             enum copy_role role, struct copy_end **end, struct tk_error *error)
{
    struct sqlite_options file = sqlite_of(fixture, place->path);
    struct postgres_options database = postgres_of(fixture, place->path);

    return place->database ? postgres_copy_open(&database, role, end, error)
                           : sqlite_copy_open(&file, role, end, error);
}

/* --- copying --- */

struct stop {
    int pages, after; /* stops after so many; 0: never */
    bool die;         /* the process, there and then */
    struct journey *journey;
    bool sell; /* somebody sells in the source at that moment */
};

static void sell(struct fixture *fixture, const struct place *place)
{
    struct tk_error error = {0};

    fixture->store = fixture->office.store = open_place(fixture, place, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->store);
    fixture_book(fixture, fixture_schedule(fixture, "Ran", TIME_HOUR, 5), 2, "Ida", "5559876", NULL);
    store_close(fixture->store);
    fixture->store = fixture->office.store = NULL;
}

static bool on_page(void *context, const struct copy_progress *progress)
{
    struct stop *stop = context;

    CU_ASSERT(progress->done <= progress->total && progress->done > 0);
    if (++stop->pages != stop->after)
        return true;
    if (stop->sell)
        sell(&stop->journey->fixture, &stop->journey->places[0]);
    if (stop->die)
        _exit(0);
    return stop->sell;
}

static enum tk_code copy(struct journey *journey, const struct place *from,
                         const struct place *into, struct stop *stop, struct copy_result *result,
                         struct tk_error *error)
{
    struct stop never = {.after = 0};
    const struct copy_options options = {on_page, stop ? stop : &never};
    struct copy_end *source = NULL, *destination = NULL;
    struct copy_result ignored;
    enum tk_code code = open_end(&journey->fixture, from, COPY_FROM, &source, error);

    if (!code)
        code = open_end(&journey->fixture, into, COPY_INTO, &destination, error);
    if (!code)
        code = copy_run(source, destination, &options, result ? result : &ignored, error);
    copy_end_close(destination);
    copy_end_close(source);
    return code;
}

static bool copy_well(struct journey *journey, const struct place *from, const struct place *into,
                      struct copy_result *result)
{
    struct tk_error error = {0};
    enum tk_code code = copy(journey, from, into, NULL, result, &error);

    if (code)
        printf("\n    %s to %s: %s\n", from->path, into->path, error.message);
    CU_ASSERT_EQUAL(code, TK_OK);
    return !code;
}

/* --- looking --- */

static void add_slots(struct store *store, struct buffer *text)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};

    query.by_id = true;
    CU_ASSERT_EQUAL(store->ops->list_slots(store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++) {
        const struct slot *s = &list.items[i];

        buffer_addf(text, "%lld %s %d %d %d %d %d %d %lld %lld %llu %d %lld\n", (long long)s->id,
                    s->name, s->capacity, s->available, s->allotted, s->sold, s->lost, (int)s->genre,
                    (long long)s->expired_at, (long long)s->archived_at, (unsigned long long)s->seq,
                    s->admitted, (long long)s->key_generation);
    }
    slot_list_release(&list);
}

static void add_tickets(struct store *store, struct buffer *text, int64_t *statuses)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};

    CU_ASSERT_EQUAL(store->ops->list_tickets(store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++) {
        const struct ticket *t = &list.items[i];

        statuses[t->status]++;
        buffer_addf(text, "%llu %lld %llu %d %lld %lld %llu %llu %llu %d %d %llu %lld %s %d %lld\n",
                    (unsigned long long)t->id, (long long)t->slot_id,
                    (unsigned long long)t->customer_id, (int)t->status, (long long)t->booked_at,
                    (long long)t->changed_at, (unsigned long long)t->replaces,
                    (unsigned long long)t->replaced_by, (unsigned long long)t->sale_id,
                    t->sale_position, t->sale_size, (unsigned long long)t->seq,
                    (long long)t->admitted_at, t->admitted_by, t->prints, (long long)t->seller);
    }
    ticket_list_release(&list);
}

/* seq and writer are numbered anew; nothing else of an entry is. */
static void add_journal(struct store *store, struct buffer *text)
{
    struct journal_list list = {0};

    CU_ASSERT_EQUAL(store->ops->list_journal(store, &(struct journal_query){0}, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++) {
        const struct journal_entry *e = &list.items[i];
        char hash[2 * CRYPTO_HASH_SIZE + 1], digest[2 * CRYPTO_HASH_SIZE + 1];

        hex_print(hash, e->hash, sizeof e->hash);
        hex_print(digest, e->digest, sizeof e->digest);
        buffer_addf(text, "%s %lld %d %s %lld %lld %s %s %s %s\n", e->device, (long long)e->device_seq,
                    (int)e->kind, e->actor, (long long)e->at, (long long)e->recorded_at, e->body,
                    e->outcome, digest, hash);
    }
    journal_list_release(&list);
}

static void add_records(struct store *store, struct buffer *text)
{
    struct record_list records = {0};
    struct tally_list tallies = {0};

    CU_ASSERT_EQUAL(store->ops->list_records(store, &(struct record_query){0}, &records, NULL), TK_OK);
    CU_ASSERT_EQUAL(store->ops->list_tallies(store, &(struct tally_query){0}, &tallies, NULL), TK_OK);
    CU_ASSERT(records.count >= 4 && tallies.count > 4); /* staff, limits, a shift, a seal */
    for (size_t i = 0; i < records.count; i++)
        buffer_addf(text, "%s %lld %lld %s\n", records.items[i].key, (long long)records.items[i].seq,
                    (long long)records.items[i].changed_at, records.items[i].value);
    for (size_t i = 0; i < tallies.count; i++) {
        const struct tally *t = &tallies.items[i];

        buffer_addf(text, "%lld %s %s %d", (long long)t->span_at, t->actor, t->device, (int)t->genre);
#define X(member, name, help) buffer_addf(text, " %lld", (long long)t->member);
        TALLY_TABLE(X)
#undef X
    }
    record_list_release(&records);
    tally_list_release(&tallies);
}

static void add_others(struct store *store, struct buffer *text)
{
    struct customer_list customers = {0};
    struct dispute_list disputes = {0};
    struct allotment_list allotments = {0};
    struct number_block_list blocks = {0};
    struct device_list devices = {0};

    CU_ASSERT_EQUAL(store->ops->list_customers(store, &(struct customer_query){0}, &customers, NULL), TK_OK);
    CU_ASSERT_EQUAL(store->ops->list_disputes(store, &(struct dispute_query){0}, &disputes, NULL), TK_OK);
    CU_ASSERT_EQUAL(store->ops->list_allotments(store, &(struct allotment_query){0}, &allotments, NULL), TK_OK);
    CU_ASSERT_EQUAL(store->ops->list_blocks(store, NULL, false, &blocks, NULL), TK_OK);
    CU_ASSERT_EQUAL(store->ops->list_devices(store, &(struct device_query){0}, &devices, NULL), TK_OK);
    for (size_t i = 0; i < customers.count; i++)
        buffer_addf(text, "%llu %s %s %d %lld\n", (unsigned long long)customers.items[i].id,
                    customers.items[i].name, customers.items[i].phone, customers.items[i].tickets,
                    (long long)customers.items[i].erased_at);
    for (size_t i = 0; i < disputes.count; i++)
        buffer_addf(text, "%s %llu %s %lld\n", disputes.items[i].device,
                    (unsigned long long)disputes.items[i].ticket_id, disputes.items[i].reason,
                    (long long)disputes.items[i].closed_at);
    for (size_t i = 0; i < allotments.count; i++)
        buffer_addf(text, "%lld %s %lld %lld\n", (long long)allotments.items[i].slot_id,
                    allotments.items[i].holder, (long long)allotments.items[i].granted,
                    (long long)allotments.items[i].sold);
    for (size_t i = 0; i < blocks.count; i++)
        buffer_addf(text, "%lld %s\n", (long long)blocks.items[i].next, blocks.items[i].holder);
    for (size_t i = 0; i < devices.count; i++)
        buffer_addf(text, "%s %d %lld\n", devices.items[i].name, (int)devices.items[i].role,
                    (long long)devices.items[i].revoked_at);
    customer_list_release(&customers);
    dispute_list_release(&disputes);
    allotment_list_release(&allotments);
    number_block_list_release(&blocks);
    device_list_release(&devices);
}

/* All that the port tells; verify finds nothing. */
static void tell_place(struct journey *journey, const struct place *place, struct buffer *text,
                       int64_t *statuses)
{
    struct tk_error error = {0};
    struct store *store = open_place(&journey->fixture, place, &error);

    if (!store)
        printf("\n    %s: %s\n", place->path, error.message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    add_slots(store, text);
    add_tickets(store, text, statuses);
    add_journal(store, text);
    add_others(store, text);
    add_records(store, text);
    journey->fixture.store = journey->fixture.office.store = store;
    CU_ASSERT_EQUAL(fixture_verify(&journey->fixture), 0);
    store_close(store);
    journey->fixture.store = journey->fixture.office.store = NULL;
}

/* Lists sum them up: the rows of each writer are there as they were. */
static int64_t tally_rows(const struct place *place)
{
    static const char sql[] = "SELECT CAST(sum((1 + sold + 10 * canceled) * (1 + writer * 7)) AS bigint) FROM tally";
    sqlite3_stmt *s = NULL;
    sqlite3 *db = NULL;
    int64_t sum = -1;

    if (place->database)
        return postgres_number(place->path, sql);
    if (sqlite3_open(place->path, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        sum = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return sum;
}

static void check_same(struct journey *journey, const struct place *a, const struct place *b)
{
    int64_t statuses[8] = {0};
    struct buffer one, other;

    CU_ASSERT(tally_rows(a) > 1);
    CU_ASSERT_EQUAL(tally_rows(a), tally_rows(b));

    buffer_init(&one, 64 << 20);
    buffer_init(&other, 64 << 20);
    tell_place(journey, a, &one, statuses);
    for (int i = 0; i < 4; i++)
        CU_ASSERT(statuses[i] > 0);
    tell_place(journey, b, &other, statuses);
    CU_ASSERT(one.length > 10000 && !one.failed && !other.failed);
    CU_ASSERT_EQUAL(one.length, other.length);
    CU_ASSERT(one.length == other.length && memcmp(one.data, other.data, one.length) == 0);
    buffer_release(&one);
    buffer_release(&other);
}

static uint64_t greatest_number(struct store *store)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    struct store_facts facts;
    uint64_t most = 0;

    store->ops->facts(store, &facts, NULL);
    CU_ASSERT_EQUAL(store->ops->list_tickets(store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++) {
        uint64_t number = id_number(&facts.id_key, ID_TICKET, list.items[i].id);

        most = number > most ? number : most;
    }
    ticket_list_release(&list);
    return most;
}

/* Sales go on there, with numbers that nobody else may ever give out. */
static void sell_on(struct journey *journey, const struct place *place)
{
    struct fixture *fixture = &journey->fixture;
    struct tk_error error = {0};
    struct store_facts facts;
    uint64_t before, first = 0;

    fixture->store = fixture->office.store = open_place(fixture, place, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->store);
    before = greatest_number(fixture->store);
    CU_ASSERT_EQUAL(fixture_book(fixture, fixture_schedule(fixture, "Ran", TIME_HOUR, 5), 2, "Ida",
                                 "5559876", &first),
                    TK_OK);
    fixture->store->ops->facts(fixture->store, &facts, NULL);
    CU_ASSERT(id_number(&facts.id_key, ID_TICKET, first) > before + (1 << 29));
    CU_ASSERT_EQUAL(fixture_verify(fixture), 0);
    store_close(fixture->store);
    fixture->store = fixture->office.store = NULL;
}

static int64_t era_of(struct journey *journey, const struct place *place,
                      char uuid[OP_ID_TEXT_MAX])
{
    struct store *store = open_place(&journey->fixture, place, NULL);
    struct store_facts facts = {.era = 0};

    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(store->ops->facts(store, &facts, NULL), TK_OK);
    text_copy(uuid, OP_ID_TEXT_MAX, facts.uuid);
    store_close(store);
    return facts.era;
}

/* --- tests --- */

/* file, database, file, database, file: sold in at each. */
static void test_there_and_back(void)
{
    char first[OP_ID_TEXT_MAX], last[OP_ID_TEXT_MAX];
    struct copy_result result = {.era = 0};
    struct journey journey;

    journey_init(&journey, OPERATIONS);
    for (int i = 1; i < 5; i++) {
        const struct place *from = &journey.places[i - 1], *into = journey_add(&journey, i % 2 == 1);

        if (!copy_well(&journey, from, into, &result))
            break;
        check_same(&journey, from, into);
        for (int table = 0; table < COPY_TABLE_COUNT; table++)
            if (!result.rows[table])
                printf("\n    no row of %s\n", copy_tables[table].name);
        CU_ASSERT(!result.went_on && !result.anew);
        CU_ASSERT_EQUAL(era_of(&journey, into, last), era_of(&journey, from, first) + 1);
        CU_ASSERT_STRING_EQUAL(first, last);
        sell_on(&journey, into);
    }
}

static void test_same_engine(void)
{
    struct journey journey;
    struct place *file, *one, *other;

    journey_init(&journey, 1200);
    file = journey_add(&journey, false);
    one = journey_add(&journey, true);
    other = journey_add(&journey, true);
    CU_ASSERT_TRUE_FATAL(copy_well(&journey, &journey.places[0], file, NULL));
    sell_on(&journey, file);
    CU_ASSERT_TRUE_FATAL(copy_well(&journey, file, one, NULL));
    sell_on(&journey, one);
    CU_ASSERT_TRUE_FATAL(copy_well(&journey, one, other, NULL));
    check_same(&journey, one, other);
    sell_on(&journey, other);
}

/* Until it is finished nobody can open it. */
static void check_closed(struct journey *journey, const struct place *place)
{
    struct tk_error error = {0};
    struct store *store = open_place(&journey->fixture, place, &error);

    CU_ASSERT_PTR_NULL(store);
    CU_ASSERT_EQUAL(error.code, TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "not finished"));
    store_close(store);
}

static void kill_after(struct journey *journey, const struct place *from, const struct place *into,
                       int pages)
{
    struct stop stop = {.after = pages, .die = true};
    pid_t pid;
    int status;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        copy(journey, from, into, &stop, NULL, NULL);
        _exit(1);
    }
    CU_ASSERT(waitpid(pid, &status, 0) == pid);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Killed after each page, of rows and of what is compared. */
static void go_on_each_time(struct journey *journey, const struct place *from,
                            const struct place *into)
{
    struct stop all = {.after = 0}, rest = {.after = 0};
    struct copy_result result = {.went_on = false};
    struct tk_error error = {0};
    struct place *whole = journey_add(journey, into->database);

    CU_ASSERT_EQUAL_FATAL(copy(journey, from, whole, &all, NULL, &error), TK_OK);
    CU_ASSERT(all.pages > 20);
    for (int i = 0; i < all.pages / 2; i++) {
        kill_after(journey, from, into, 1);
        check_closed(journey, into);
    }
    kill_after(journey, from, into, 3);
    check_closed(journey, into);
    CU_ASSERT_EQUAL_FATAL(copy(journey, from, into, &rest, &result, &error), TK_OK);
    CU_ASSERT(result.went_on && !result.anew);
    /* what was copied was not copied again */
    CU_ASSERT(rest.pages < all.pages - COPY_TABLE_COUNT / 2);
    check_same(journey, from, into);
    sell_on(journey, into);
}

static void test_killed(void)
{
    struct journey journey;
    struct place *database;

    journey_init(&journey, OPERATIONS);
    database = journey_add(&journey, true);
    go_on_each_time(&journey, &journey.places[0], database);
    go_on_each_time(&journey, database, journey_add(&journey, false));
}

static void test_changed_source(void)
{
    for (int database = 0; database < 2; database++) {
        struct journey journey;
        struct stop half = {.after = 4}, sold = {.after = 3, .sell = true, .journey = &journey};
        struct tk_error error = {0};
        struct copy_result result = {.went_on = false};
        struct place *into;

        journey_init(&journey, 1200);
        into = journey_add(&journey, database);
        CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], into, &half, NULL, &error),
                        TK_INTERRUPTED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "goes on where it stopped"));
        /* sold in between: what was copied is of no use */
        sell(&journey.fixture, &journey.places[0]);
        CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], into, &sold, &result, &error), TK_BUSY);
        CU_ASSERT(result.anew && !result.went_on);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "stop the tills, the nodes"));
        check_closed(&journey, into);
        CU_ASSERT_TRUE(copy_well(&journey, &journey.places[0], into, &result));
        CU_ASSERT(result.anew);
        check_same(&journey, &journey.places[0], into);
    }
}

/* What came in under its hands is found before it is a box office. */
static void test_differs(void)
{
    struct journey journey;
    struct stop half = {.after = 6};
    struct tk_error error = {0};
    struct copy_result result = {.went_on = false};
    struct place *into;

    journey_init(&journey, 1200);
    into = journey_add(&journey, true);
    CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], into, &half, NULL, &error), TK_INTERRUPTED);
    CU_ASSERT_TRUE(postgres_run(into->path, "UPDATE customer SET created_at = created_at + 1"));
    CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], into, NULL, NULL, &error), TK_NOT_VERIFIED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "table customer"));
    check_closed(&journey, into);
    CU_ASSERT_TRUE(copy_well(&journey, &journey.places[0], into, &result));
    CU_ASSERT_TRUE(result.anew);
}

/* Whoever owns a database may not remove entries of its journal, but begins a copy anew all the same. */
static void test_owner(void)
{
    struct journey journey;
    struct stop half = {.after = 12};
    struct tk_error error = {0};
    struct copy_result result = {.went_on = false};
    struct place *into;
    char rest[sizeof into->path];

    journey_init(&journey, 1200);
    into = journey_add(&journey, true);
    CU_ASSERT_TRUE_FATAL(postgres_run(into->path, "CREATE ROLE copier LOGIN; GRANT CREATE ON SCHEMA public TO copier"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(strchr(into->path, '@'));
    text_copy(rest, sizeof rest, strchr(into->path, '@'));
    snprintf(into->path, sizeof into->path, "postgresql://copier%.200s", rest);
    CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], into, &half, NULL, &error), TK_INTERRUPTED);
    CU_ASSERT(postgres_number(into->path, "SELECT count(*) FROM journal") > 0);
    CU_ASSERT_FALSE(postgres_run(into->path, "DELETE FROM journal"));
    sell(&journey.fixture, &journey.places[0]);
    CU_ASSERT_TRUE(copy_well(&journey, &journey.places[0], into, &result));
    CU_ASSERT_TRUE(result.anew);
    CU_ASSERT_FALSE(postgres_run(into->path, "DELETE FROM journal"));
    check_same(&journey, &journey.places[0], into);
}

/* Of two copies into one database at once the one that came last goes on. */
static void test_two_at_once(void)
{
    struct journey journey;
    struct stop half = {.after = 6};
    struct copy_end *end = NULL;
    struct copy_state state = {.used = false};
    struct copy_mark mark = {.version = 1};
    struct tk_error error = {0};
    struct place *into;

    journey_init(&journey, 1200);
    into = journey_add(&journey, true);
    CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], into, &half, NULL, &error), TK_INTERRUPTED);
    CU_ASSERT_EQUAL_FATAL(open_end(&journey.fixture, into, COPY_INTO, &end, &error), TK_OK);
    CU_ASSERT_EQUAL(end->ops->state(end, &state, &error), TK_OK);
    CU_ASSERT_TRUE(state.unfinished);
    CU_ASSERT_TRUE(copy_well(&journey, &journey.places[0], into, NULL));
    CU_ASSERT_EQUAL(end->ops->mark(end, &mark, true, &error), TK_BUSY);
    CU_ASSERT_EQUAL(end->ops->finish(end, &error), TK_BUSY);
    copy_end_close(end);
    check_same(&journey, &journey.places[0], into);
}

static void test_refused(void)
{
    struct journey journey;
    struct tk_error error = {0};
    struct place *file, *database, *used;
    struct store *copy_of_till = NULL;
    struct sqlite_options options;

    journey_init(&journey, 1200);
    used = journey_add(&journey, false);
    sell(&journey.fixture, used);
    CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], used, NULL, NULL, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "a box office already"));
    database = journey_add(&journey, true);
    CU_ASSERT_TRUE(copy_well(&journey, &journey.places[0], database, NULL));
    CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], database, NULL, NULL, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "copied there before"));
    CU_ASSERT_EQUAL(copy(&journey, used, database, NULL, NULL, &error), TK_CONFIG);
    CU_ASSERT_EQUAL(copy(&journey, database, database, NULL, NULL, &error), TK_CONFIG);
    /* a till's copy is neither */
    file = journey_add(&journey, false);
    options = sqlite_of(&journey.fixture, file->path);
    options.mirror = true;
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &copy_of_till, NULL), TK_OK);
    store_close(copy_of_till);
    CU_ASSERT_EQUAL(copy(&journey, file, database, NULL, NULL, &error), TK_NOT_A_STORE);
    CU_ASSERT_EQUAL(copy(&journey, &journey.places[0], file, NULL, NULL, &error), TK_NOT_A_STORE);
}

static void damage(const struct place *file, const char *sql)
{
    sqlite3 *db = NULL;

    CU_ASSERT_EQUAL_FATAL(sqlite3_open(file->path, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static bool verify_says(struct journey *journey, const struct place *place, const char *what)
{
    struct store *store = open_place(&journey->fixture, place, NULL);
    struct verify_report report = {0};
    bool said = false;

    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(store->ops->verify(store, &report, NULL), TK_OK);
    for (size_t i = 0; i < report.count; i++)
        said = said || strstr(report.items[i].text, what);
    verify_report_release(&report);
    store_close(store);
    return said;
}

/* A file that came from a database knows where the chains of its nodes ended. */
static void test_verify(void)
{
    static const char *const damages[][2] = {
        {"UPDATE writer SET entries = entries + 1 WHERE entries > 0", "entries, there are"},
        {"UPDATE writer SET hash = zeroblob(32) WHERE entries > 0", "is cut"},
        {"DELETE FROM writer WHERE entries > 0", "is cut"},
        {SCHEMA_JOURNAL_LIFT "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)", "is cut"},
    };
    struct journey journey;
    struct place *database;

    journey_init(&journey, 1200);
    database = journey_add(&journey, true);
    CU_ASSERT_TRUE_FATAL(copy_well(&journey, &journey.places[0], database, NULL));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct place file = {.database = false};

        snprintf(file.path, sizeof file.path, "%s/damaged-%zu.db", journey.fixture.folder, i);
        CU_ASSERT_TRUE_FATAL(copy_well(&journey, database, &file, NULL));
        damage(&file, damages[i][0]);
        CU_ASSERT_TRUE(verify_says(&journey, &file, damages[i][1]));
    }
}

/* --- the command --- */

static int run_copy(struct run *run, const char *home, const char *from, const char *into)
{
    struct run_options options = {.home = home, .timeout_ms = 60000};
    const char *const argv[] = {test_program(), "admin", "copy", "--from", from,
                                "--to",         into,    "--json", NULL};

    run_program(run, &options, argv);
    return run->status;
}

static bool has_mode(const char *path, mode_t mode)
{
    struct stat info;

    return stat(path, &info) == 0 && (info.st_mode & 07777) == mode;
}

static void make_office(const char *home, const char *file)
{
    struct run_options options = {.home = home};
    const char *const argv[] = {test_program(), "--db",   file,      "admin",   "schedule",
                                "--name",       "Heat",   "--description", "x", "--start",
                                "2036-01-01 20:00", "--end", "2036-01-01 22:00", "--type", "Movie",
                                "--genre",      "Drama",  NULL};
    struct run run = {0};

    run_program(&run, &options, argv);
    CU_ASSERT_EQUAL(run.status, 0);
    run_release(&run);
}

/* The key goes along beside a file; for a database it is said where it has to go. */
static void test_command(void)
{
    char home[128], uri[POSTGRES_URI_SIZE], key[256], other[256];
    struct run run = {0};

    test_folder(home, sizeof home);
    text_copy(uri, sizeof uri, postgres_uri());
    make_office(home, "a.db");
    CU_ASSERT_EQUAL(run_copy(&run, home, "a.db", "a.db"), 2);
    run_release(&run);
    CU_ASSERT_EQUAL(run_copy(&run, home, "no.db", uri), 66);
    run_release(&run);
    CU_ASSERT_EQUAL(run_copy(&run, home, "a.db", "http://localhost:1"), 2);
    run_release(&run);
    CU_ASSERT_EQUAL(run_copy(&run, home, "a.db", "b.db"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "\"slots\":1,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "\"toKeyFile\":\"b.db.key\""));
    run_release(&run);
    snprintf(key, sizeof key, "%s/b.db.key", home);
    snprintf(other, sizeof other, "%s/a.db.key", home);
    CU_ASSERT_TRUE(has_mode(key, 0600));
    CU_ASSERT_EQUAL(run_copy(&run, home, "b.db", uri), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(run.out, "\"fromKeyFile\":\"b.db.key\""));
    run_release(&run);
    /* a node's key file is missing, then it is there */
    CU_ASSERT_EQUAL(run_copy(&run, home, uri, "c.db"), 78);
    run_release(&run);
    make_office(home, "d.db");
    CU_ASSERT_EQUAL(run_copy(&run, home, "a.db", "d.db"), 78); /* another key lies there */
    CU_ASSERT_PTR_NOT_NULL(strstr(run.err, "is another key"));
    run_release(&run);
}

/* With TICKETLY_LONG: how long 100,000 tickets take, each sold by itself. */
static void sell_many(struct fixture *fixture, int64_t tickets)
{
    int64_t slot = fixture_schedule(fixture, "Heat", TIME_HOUR, 100000);
    struct operation batch[100];
    struct outcome outcomes[100];

    for (int64_t sold = 0; sold < tickets; sold += 100) {
        for (int i = 0; i < 100; i++) {
            batch[i] = (struct operation){.kind = OP_BOOK, .device = "till-1", .actor = "Ida"};
            fixture_random(fixture, batch[i].id.bytes, sizeof batch[i].id.bytes);
            batch[i].book = (struct op_book){.slot = {.id = slot}, .count = 1};
            snprintf(batch[i].book.customer_name, CUSTOMER_NAME_SIZE, "Guest %lld",
                     (long long)sold + i);
            snprintf(batch[i].book.customer_phone, CUSTOMER_PHONE_SIZE, "555%lld",
                     (long long)sold + i);
        }
        CU_ASSERT_EQUAL_FATAL(store_apply(fixture->store, batch, 100, outcomes, NULL), TK_OK);
    }
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_many(void)
{
    int64_t tickets = test_is_long() ? 100000 : 5000;
    struct journey journey = {.count = 1};

    fixture_init(&journey.fixture);
    sell_many(&journey.fixture, tickets);
    text_copy(journey.places[0].path, sizeof journey.places[0].path, journey.fixture.path);
    store_close(journey.fixture.store);
    journey.fixture.store = journey.fixture.office.store = NULL;
    for (int i = 1; i < 3; i++) {
        double begun = now_s();

        CU_ASSERT_TRUE_FATAL(
            copy_well(&journey, &journey.places[i - 1], journey_add(&journey, i == 1), NULL));
        if (test_is_long())
            printf("\n    %lld tickets %s a database: %.1f s\n", (long long)tickets,
                   i == 1 ? "into" : "out of", now_s() - begun);
    }
}

SUITE(copy, {"a box office goes from file to database and back, and is the same", test_there_and_back},
      {"and from file to file, from database to database", test_same_engine},
      {"killed after any page it goes on where it stopped, and nobody opens it before", test_killed},
      {"a source that has changed is copied anew, one that changes stops it", test_changed_source},
      {"a copy that is not the same is never finished", test_differs},
      {"who owns a database copies into it anew, and does not change its journal", test_owner},
      {"of two copies into one database the last one goes on", test_two_at_once},
      {"a file from a database knows where the nodes' chains ended", test_verify},
      {"the command copies the key, or says where it has to go", test_command},
      {"a large one takes pages of a thousand", test_many},
      {"what has a box office is not copied into, nor a till's copy from or into", test_refused})
