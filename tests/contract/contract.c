/* Each store there is, and what the tests ask of it. A new one is one more line in `makers`. */
#include "tests/contract/contract.h"

#include "core/text.h"
#include "core/time.h"
#include "data/postgres/postgres_store.h"
#include "data/sqlite/sqlite_store.h"
#include "tests/model/model_store.h"
#include "tests/support/fixture.h"
#include "tests/support/postgres.h"
#include "tests/support/served.h"

const struct plan_rules contract_rules = {.expire_after = 8 * TIME_HOUR, .admit_before = TIME_HOUR};

static int64_t home_now(void *home)
{
    return ((struct home *)home)->now;
}

static void home_random(void *home, void *data, size_t size)
{
    uint8_t *bytes = data;

    while (size--)
        *bytes++ = (uint8_t)test_random(&((struct home *)home)->random);
}

static struct store *open_sqlite(struct home *home, const char *path)
{
    struct sqlite_options options = {
        .path = path, .rules = contract_rules, .now = home_now, .random = home_random, .context = home};
    struct tk_error error = {0};
    struct store *store = NULL;

    if (sqlite_store_open(&options, &store, &error))
        printf("\n    %s\n", error.message);
    return store;
}

static struct store *open_model(struct home *home, const char *path)
{
    struct model_options options = {contract_rules, home_now, home};

    (void)path;
    return model_store_open(&options);
}

/* A path stands for the database whose address lies there. */
static bool find_database(const struct postgres_options *options, const char *path,
                          char uri[POSTGRES_URI_SIZE])
{
    struct postgres_migration migration;
    struct tk_error error = {0};
    FILE *file = fopen(path, "r");
    bool there = file && fgets(uri, POSTGRES_URI_SIZE, file);

    if (file)
        fclose(file);
    if (there)
        return true;
    if (!postgres_make(uri))
        return false;
    if (postgres_migrate(options, false, &migration, &error))
        printf("\n    %s\n", error.message);
    file = fopen(path, "w");
    return file && fputs(uri, file) >= 0 && fclose(file) == 0;
}

static struct store *open_postgres(struct home *home, const char *path)
{
    char uri[POSTGRES_URI_SIZE] = "";
    struct postgres_options options = {
        .uri = uri, .rules = contract_rules, .now = home_now, .random = home_random, .context = home};
    struct tk_error error = {0};
    struct store *store = NULL;

    CU_ASSERT_TRUE_FATAL(find_database(&options, path, uri));
    if (postgres_store_open(&options, &store, &error))
        printf("\n    %s\n", error.message);
    return store;
}

static struct store *open_group(struct home *home, const char *path)
{
    struct group_options options = {.store = open_sqlite(home, path)};
    struct store *reader = open_sqlite(home, path), *store = NULL;

    CU_ASSERT_FATAL(options.store && reader && home->group_count < 4);
    CU_ASSERT_EQUAL_FATAL(group_commit_open(&options, &home->groups[home->group_count], NULL),
                          TK_OK);
    group_commit_attach(home->groups[home->group_count++], reader, &store, NULL);
    return store;
}

static struct store *open_remote(struct home *home, const char *path)
{
    struct served_options options = {
        .path = path, .rules = contract_rules, .now = home_now, .context = home};

    return served_open(&options);
}

static const struct maker makers[] = {
    {.name = "sqlite", .open = open_sqlite, .lasting = true},
    {.name = "postgresql", .open = open_postgres, .lasting = true, .no_backup = true, .leaps = true},
    {.name = "group commit", .open = open_group, .lasting = true},
    {.name = "remote", .open = open_remote, .lasting = true, .leaves_use = true, .no_tills = true},
    {.name = "model", .open = open_model},
};

static void on_store(const struct maker *maker, void (*check)(struct home *home))
{
    struct home home = {.maker = maker, .now = FIXTURE_NOW, .random = test_seed()};
    unsigned int failures = CU_get_number_of_failures();
    char folder[128];

    test_folder(folder, sizeof folder);
    snprintf(home.path, sizeof home.path, "%s/office.db", folder);
    home.store = home.maker->open(&home, home.path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(home.store);
    check(&home);
    store_close(home.store);
    while (home.group_count)
        group_commit_close(home.groups[--home.group_count]);
    if (CU_get_number_of_failures() != failures)
        printf("\n    on the store “%s”\n", home.maker->name);
}

void contract_on_each_store(void (*check)(struct home *home))
{
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        on_store(&makers[i], check);
}

void contract_on_each_centre(void (*check)(struct home *home))
{
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        if (!makers[i].no_tills)
            on_store(&makers[i], check);
}

/* --- asking --- */

struct operation home_make(struct home *home, enum op_kind kind)
{
    struct operation operation = {.kind = kind, .actor = "Priya", .device = "till-1"};
    uint8_t noise[10] = {0};

    for (int i = 0; i < 8; i++)
        noise[2 + i] = (uint8_t)(home->made >> (56 - 8 * i));
    home->made++;
    operation.id = op_id_make(home->now / 1000, noise);
    operation.at = home->now;
    return operation;
}

struct outcome home_apply(struct home *home, const struct operation *operation)
{
    struct outcome outcome = {0};
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(store_apply(home->store, operation, 1, &outcome, &error), TK_OK);
    if (error.message[0])
        printf("\n    %s\n", error.message);
    return outcome;
}

struct operation home_make_schedule(struct home *home, const char *name, int64_t starts_in,
                                      int64_t capacity)
{
    struct operation operation = home_make(home, OP_SCHEDULE);

    text_copy(operation.schedule.name, sizeof operation.schedule.name, name);
    operation.schedule.starts_at = home->now + starts_in;
    operation.schedule.ends_at = operation.schedule.starts_at + 2 * TIME_HOUR;
    operation.schedule.genre = GENRE_DRAMA;
    operation.schedule.capacity = capacity;
    return operation;
}

int64_t home_schedule(struct home *home, const char *name, int64_t starts_in, int64_t capacity)
{
    struct operation operation = home_make_schedule(home, name, starts_in, capacity);

    return home_apply(home, &operation).slot_id;
}

struct operation home_make_book(struct home *home, int64_t slot, int64_t count, const char *name,
                                  const char *phone)
{
    struct operation operation = home_make(home, OP_BOOK);

    operation.book.slot.id = slot;
    operation.book.count = count;
    text_copy(operation.book.customer_name, CUSTOMER_NAME_SIZE, name);
    text_copy(operation.book.customer_phone, CUSTOMER_PHONE_SIZE, phone);
    return operation;
}

struct outcome home_book(struct home *home, int64_t slot, int64_t count, const char *name,
                           const char *phone)
{
    struct operation operation = home_make_book(home, slot, count, name, phone);

    return home_apply(home, &operation);
}

struct outcome home_cancel(struct home *home, uint64_t ticket)
{
    struct operation operation = home_make(home, OP_CANCEL);

    operation.cancel.ticket_id = ticket;
    return home_apply(home, &operation);
}

struct outcome home_reissue(struct home *home, uint64_t ticket, int64_t slot)
{
    struct operation operation = home_make(home, OP_REISSUE);

    operation.reissue.ticket_id = ticket;
    operation.reissue.slot.id = slot;
    return home_apply(home, &operation);
}

struct outcome home_expire(struct home *home, int64_t slot, int64_t as_of)
{
    struct operation operation = home_make(home, OP_EXPIRE);

    operation.expire.slot_id = slot;
    operation.expire.as_of = as_of;
    return home_apply(home, &operation);
}

struct outcome home_archive(struct home *home, int64_t slot, int64_t before)
{
    struct operation operation = home_make(home, OP_ARCHIVE);

    operation.archive.slot_id = slot;
    operation.archive.before = before;
    return home_apply(home, &operation);
}

struct slot home_get_slot(struct home *home, int64_t id)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    struct slot slot = {0};

    query.ids = &id;
    query.id_count = 1;
    CU_ASSERT_EQUAL(home->store->ops->list_slots(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    if (list.count)
        slot = list.items[0];
    slot_list_release(&list);
    return slot;
}

struct ticket home_get_ticket(struct home *home, uint64_t id)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    struct ticket ticket = {0};

    query.ids = &id;
    query.id_count = 1;
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    if (list.count)
        ticket = list.items[0];
    ticket_list_release(&list);
    return ticket;
}

struct customer home_get_customer(struct home *home, uint64_t id)
{
    struct customer_query query = {.ids = &id, .id_count = 1};
    struct customer_list list = {0};
    struct customer customer = {0};

    CU_ASSERT_EQUAL(home->store->ops->list_customers(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    if (list.count)
        customer = list.items[0];
    customer_list_release(&list);
    return customer;
}
