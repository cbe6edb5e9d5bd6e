#include "tests/support/fixture.h"

#include "core/text.h"
#include "data/postgres/postgres_store.h"
#include "tests/support/postgres.h"
#include "tests/support/test.h"

int64_t fixture_now(void *fixture)
{
    return ((struct fixture *)fixture)->now;
}

void fixture_random(void *fixture, void *data, size_t size)
{
    uint8_t *bytes = data;

    while (size--)
        *bytes++ = (uint8_t)test_random(&((struct fixture *)fixture)->random);
}

/* What the journals of all fixtures are signed with. */
static const struct crypto_key seal_key = {.bytes = {0x5e, 0xa1}};

struct sqlite_options fixture_options(struct fixture *fixture)
{
    return (struct sqlite_options){
        .path = fixture->path,
        .rules = fixture->office.rules,
        .now = fixture_now,
        .random = fixture_random,
        .context = fixture,
        .seal_seed = seal_key,
    };
}

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.now = FIXTURE_NOW, .random = test_seed()};
    fixture->office.rules.expire_after = 8 * TIME_HOUR;
    fixture->office.rules.admit_before = TIME_HOUR;
}

/* Around its store. */
static void make_office(struct fixture *fixture)
{
    fixture->office.store = fixture->store;
    fixture->office.ports = (struct office_ports){fixture_now, fixture_random, fixture, {0}};
    fixture_random(fixture, &fixture->site_key, sizeof fixture->site_key);
    fixture->office.keys = key_ring_of_site(&fixture->site_key);
    text_copy(fixture->office.actor, sizeof fixture->office.actor, "Priya");
    text_copy(fixture->office.device, sizeof fixture->office.device, "till-1");
}

void fixture_init(struct fixture *fixture)
{
    struct sqlite_options options;
    struct tk_error error = {0};

    begin(fixture);
    test_folder(fixture->folder, sizeof fixture->folder);
    snprintf(fixture->path, sizeof fixture->path, "%s/office.db", fixture->folder);
    options = fixture_options(fixture);
    if (sqlite_store_open(&options, &fixture->store, &error)) {
        fprintf(stderr, "fixture: %s\n", error.message);
        abort();
    }
    make_office(fixture);
}

static struct postgres_options postgres_options(struct fixture *fixture)
{
    return (struct postgres_options){.uri = fixture->path,
                                     .rules = fixture->office.rules,
                                     .now = fixture_now,
                                     .random = fixture_random,
                                     .context = fixture,
                                     .seal_seed = seal_key};
}

struct store *fixture_open_postgres(struct fixture *fixture)
{
    struct postgres_options options = postgres_options(fixture);
    struct tk_error error = {0};
    struct store *store = NULL;

    if (postgres_store_open(&options, &store, &error))
        printf("\n    %s\n", error.message);
    return store;
}

bool fixture_restore_postgres(struct fixture *fixture, const char *uri)
{
    struct postgres_options options = postgres_options(fixture);
    struct postgres_migration migration;
    struct tk_error error = {0};

    store_close(fixture->store);
    options.uri = uri;
    text_copy(fixture->path, sizeof fixture->path, uri);
    if (postgres_migrate(&options, true, &migration, &error))
        printf("\n    %s\n", error.message);
    fixture->store = fixture->office.store = fixture_open_postgres(fixture);
    return fixture->store != NULL;
}

void fixture_init_postgres(struct fixture *fixture)
{
    struct postgres_options options;
    struct postgres_migration migration;
    struct tk_error error = {0};

    begin(fixture);
    test_folder(fixture->folder, sizeof fixture->folder);
    options = postgres_options(fixture);
    if (!postgres_make(fixture->path) ||
        postgres_migrate(&options, false, &migration, &error) ||
        !(fixture->store = fixture_open_postgres(fixture))) {
        fprintf(stderr, "fixture: %s\n", error.message);
        abort();
    }
    make_office(fixture);
}

void fixture_release(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

int64_t fixture_schedule(struct fixture *fixture, const char *name, int64_t starts_in,
                         int64_t capacity)
{
    struct op_schedule schedule = {.starts_at = fixture->now + starts_in,
                                   .ends_at = fixture->now + starts_in + 2 * TIME_HOUR,
                                   .type = SLOT_MOVIE,
                                   .genre = GENRE_DRAMA,
                                   .capacity = capacity};
    struct slot slot = {0};
    struct tk_error error = {0};

    text_copy(schedule.name, sizeof schedule.name, name);
    if (office_schedule(&fixture->office, &schedule, NULL, &slot, &error)) {
        fprintf(stderr, "fixture: %s\n", error.message);
        abort();
    }
    return slot.id;
}

enum tk_code fixture_book(struct fixture *fixture, int64_t slot, int64_t count, const char *name,
                          const char *phone, uint64_t *first)
{
    struct op_book book = {.slot = {.id = slot}, .count = count};
    struct ticket_view_list tickets = {0};
    enum tk_code code;

    text_copy(book.customer_name, sizeof book.customer_name, name ? name : "");
    text_copy(book.customer_phone, sizeof book.customer_phone, phone ? phone : "");
    code = office_book(&fixture->office, &book, NULL, &tickets, NULL, NULL);
    if (first)
        *first = tickets.count ? tickets.items[0].ticket.id : 0;
    ticket_view_list_release(&tickets);
    return code;
}

struct slot fixture_slot(struct fixture *fixture, int64_t id)
{
    struct slot slot = {0};

    CU_ASSERT_EQUAL(office_slot(&fixture->office, id, &slot, NULL), TK_OK);
    return slot;
}

struct ticket fixture_ticket(struct fixture *fixture, uint64_t id)
{
    struct ticket_view view = {0};

    CU_ASSERT_EQUAL(office_ticket(&fixture->office, id, &view, NULL), TK_OK);
    return view.ticket;
}

int64_t fixture_verify_store(struct store *store)
{
    struct verify_report report = {0};
    struct tk_error error = {0};
    int64_t found = -1;

    if (store->ops->verify(store, &report, &error) == TK_OK)
        found = report.found;
    else
        printf("    verify: %s\n", error.message);
    for (size_t i = 0; i < report.count; i++)
        printf("    verify: %s: %s\n", report.items[i].check, report.items[i].text);
    verify_report_release(&report);
    return found;
}

int64_t fixture_verify(struct fixture *fixture)
{
    return fixture_verify_store(fixture->store);
}
