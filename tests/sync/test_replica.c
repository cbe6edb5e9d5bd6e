/* A till with a copy of its own: online, cut off and back, with a centre that is a file and one that is a
   service. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/sync.h"
#include "core/text.h"
#include "data/replica/replica_store.h"
#include "tests/support/service.h"
#include "tests/support/test.h"
#include "ui/session.h"

#define WAIT_MS 15000
#define SLOW_MS (SYNC_ANSWER_MS + 1000) /* what may take no longer than a till waits, on a busy machine */
#define QUICK_MS 700
#define CAPACITY 100

/* The centre, with a manager who works on its file. */
struct shop {
    bool served;
    char folder[128], file[160], address[PROCESS_PATH_SIZE], listen[200];
    struct process service;
    char token_file[160]; /* a clerk's; "": the service asks for none */
    struct session house;
    struct box_office *office;
    int gate; /* held: the file does not answer; -1: not */
    int64_t slot;
};

struct till {
    struct session session;
    struct box_office *office;
    bool imported;
};

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void stop(const char *what, const struct tk_error *error)
{
    fprintf(stderr, "\n    %s: %s\n", what, error ? error->message : "");
    abort();
}

/* --- the centre --- */

static int64_t schedule(struct shop *shop, const char *name, int64_t starts_in)
{
    struct op_schedule schedule = {.starts_at = office_now(shop->office) + starts_in,
                                   .type = SLOT_MOVIE,
                                   .genre = GENRE_DRAMA,
                                   .capacity = CAPACITY};
    struct slot slot = {0};
    struct tk_error error = {0};

    schedule.ends_at = schedule.starts_at + 2 * TIME_HOUR;
    text_copy(schedule.name, sizeof schedule.name, name);
    if (office_schedule(shop->office, &schedule, NULL, &slot, &error))
        stop("schedule", &error);
    return slot.id;
}

static void start_service(struct shop *shop, bool tokens)
{
    struct process_options options = {.folder = shop->folder,
                                      .store = shop->file,
                                      .listen = shop->listen,
                                      .tokens = tokens};

    snprintf(shop->listen, sizeof shop->listen, "unix:%s/socket", shop->folder);
    if (!process_start(&shop->service, &options))
        stop("service", NULL);
    text_copy(shop->address, sizeof shop->address, shop->service.url);
}

/* Tills that are opened from now on use it. */
static void write_token(struct shop *shop, const char *device, const char *name)
{
    char token[TOKEN_SIZE];
    struct tk_error error = {0};
    FILE *file;
    mode_t mask = umask(077);

    if (office_enrol(shop->office, device, ROLE_CLERK, NULL, token, &error))
        stop("token", &error);
    snprintf(shop->token_file, sizeof shop->token_file, "%s/%s", shop->folder, name);
    file = fopen(shop->token_file, "we");
    if (!file || fprintf(file, "%s\n", token) < 0 || fclose(file))
        stop("token", NULL);
    umask(mask);
}

static void shop_init(struct shop *shop, bool served)
{
    struct tk_error error = {0};

    *shop = (struct shop){.served = served, .gate = -1};
    test_folder(shop->folder, sizeof shop->folder);
    snprintf(shop->file, sizeof shop->file, "%s/office.db", shop->folder);
    text_copy(shop->address, sizeof shop->address, shop->file);
    if (session_init_plain(&shop->house, shop->file, &error) ||
        session_office(&shop->house, &shop->office, &error))
        stop("house", &error);
    shop->slot = schedule(shop, "Skyfall", TIME_HOUR);
    if (served)
        start_service(shop, false);
}

/* A service that asks for tokens, with that of a clerk. */
static void shop_init_closed(struct shop *shop)
{
    shop_init(shop, false);
    shop->served = true;
    write_token(shop, "Till of Priya", "token");
    start_service(shop, true);
}

/* Nobody gets an answer from the centre any more … */
static void cut(struct shop *shop)
{
    char lock[200];

    if (shop->served) {
        process_kill(&shop->service);
        return;
    }
    snprintf(lock, sizeof lock, "%s.lock", shop->file);
    shop->gate = open(lock, O_RDWR | O_CLOEXEC);
    if (shop->gate < 0 || flock(shop->gate, LOCK_EX))
        stop("gate", NULL);
}

/* … and he does again. */
static void mend(struct shop *shop)
{
    if (shop->served && !shop->service.pid && !process_start_again(&shop->service))
        stop("service", NULL);
    if (shop->gate >= 0)
        close(shop->gate);
    shop->gate = -1;
}

static void shop_release(struct shop *shop)
{
    mend(shop);
    if (shop->served)
        process_release(&shop->service);
    session_release(&shop->house);
}

static struct slot slot_at(struct box_office *office, int64_t id)
{
    struct slot slot = {0};

    CU_ASSERT_EQUAL(office_slot(office, id, &slot, NULL), TK_OK);
    return slot;
}

static void check_sound(struct shop *shop)
{
    struct verify_report report = {0};

    CU_ASSERT_EQUAL(office_verify(shop->office, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.found, 0);
    for (size_t i = 0; i < report.count; i++)
        printf("    verify: %s: %s\n", report.items[i].check, report.items[i].text);
    verify_report_release(&report);
}

/* --- the till --- */

static enum tk_code open_till(struct shop *shop, struct till *till, const char *name,
                              enum session_use use, struct tk_error *error)
{
    char copy[200];
    enum tk_code code;

    till->imported = false;
    snprintf(copy, sizeof copy, "%s/%s.db", shop->folder, name);
    code = session_init(&till->session, NULL, copy, shop->address, error);
    if (!code)
        code = settings_set(&till->session.settings, SETTING_till_name, name, "test", error);
    if (!code && *shop->token_file)
        code = settings_set(&till->session.settings, SETTING_store_token_file, shop->token_file,
                            "test", error);
    till->session.use = use;
    return code ? code : session_office(&till->session, &till->office, error);
}

static void till_init(struct shop *shop, struct till *till, const char *name,
                      enum session_use use)
{
    struct tk_error error = {0};

    if (open_till(shop, till, name, use, &error))
        stop("till", &error);
}

static void till_release(struct till *till)
{
    session_release(&till->session);
}

static struct sync_status status_of(struct till *till)
{
    struct sync_status status;

    till->office->line.status(till->office->line.context, &status);
    return status;
}

/* Sells; *first is the first ticket. */
static enum tk_code sell(struct box_office *office, int64_t slot, int64_t count, uint64_t *first)
{
    struct op_book book = {.slot = {.id = slot}, .count = count};
    struct ticket_view_list tickets = {0};
    struct tk_error error = {0};
    enum tk_code code = office_book(office, &book, NULL, &tickets, NULL, &error);

    if (first)
        *first = tickets.count ? tickets.items[0].ticket.id : 0;
    if (!code)
        CU_ASSERT_EQUAL((int64_t)tickets.count, count);
    ticket_view_list_release(&tickets);
    return code;
}

static int32_t held_by(struct box_office *office, const char *holder, int64_t slot)
{
    struct allotment_query query = {.holder = holder, .slot_id = slot};
    struct allotment_list list = {0};
    int32_t held = 0;

    CU_ASSERT_EQUAL(office_allotments(office, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        held += allotment_held(&list.items[i]);
    allotment_list_release(&list);
    return held;
}

/* Asks again until it holds. */
#define WAIT_UNTIL(condition)                                                                      \
    do {                                                                                           \
        int64_t until_ms = clock_ms() + WAIT_MS;                                                   \
        while (!(condition) && clock_ms() < until_ms)                                              \
            usleep(5000);                                                                          \
        CU_ASSERT(condition);                                                                      \
    } while (0)

/* --- online --- */

static void check_sold_at_both(bool served)
{
    struct shop shop;
    struct till till;
    struct ticket_view view = {0};
    uint64_t ticket, version, later;
    char pass[PASS_SIZE];

    shop_init(&shop, served);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    CU_ASSERT_STRING_EQUAL(slot_at(till.office, shop.slot).name, "Skyfall");
    CU_ASSERT(status_of(&till).online);
    CU_ASSERT_STRING_EQUAL(status_of(&till).why, "");
    CU_ASSERT_STRING_EQUAL(status_of(&till).centre, shop.address);
    /* sold here */
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 3, &ticket), TK_OK);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).sold, 3);
    CU_ASSERT_EQUAL(slot_at(till.office, shop.slot).sold, 3);
    CU_ASSERT_EQUAL(office_ticket(shop.office, ticket, &view, NULL), TK_OK);
    CU_ASSERT_STRING_EQUAL(view.slot.name, "Skyfall");
    CU_ASSERT_EQUAL(office_ticket(till.office, ticket, &view, NULL), TK_OK);
    CU_ASSERT(office_pass(till.office, &view, pass));
    CU_ASSERT_EQUAL(office_check_pass(shop.office, &view, pass, NULL), TK_OK);
    /* sold there */
    CU_ASSERT_EQUAL(office_version(till.office, &version, NULL), TK_OK);
    CU_ASSERT_EQUAL(sell(shop.office, shop.slot, 2, &ticket), TK_OK);
    WAIT_UNTIL(slot_at(till.office, shop.slot).sold == 5);
    CU_ASSERT_EQUAL(office_version(till.office, &later, NULL), TK_OK);
    CU_ASSERT_NOT_EQUAL(later, version);
    CU_ASSERT_EQUAL(office_ticket(till.office, ticket, &view, NULL), TK_OK);
    till_release(&till);
    check_sound(&shop);
    shop_release(&shop);
}

static void test_file_sold_at_both(void)
{
    check_sold_at_both(false);
}

static void test_service_sold_at_both(void)
{
    check_sold_at_both(true);
}

/* --- cut off, and back --- */

static void sell_cut_off(struct shop *shop, struct till *till)
{
    int64_t began = clock_ms();
    uint64_t first, second;
    struct ticket_view view;

    CU_ASSERT_EQUAL(sell(till->office, shop->slot, 2, &first), TK_OK);
    CU_ASSERT(clock_ms() - began < SLOW_MS);
    CU_ASSERT(!status_of(till).online && !status_of(till).refused);
    CU_ASSERT(status_of(till).away_since > 0);
    CU_ASSERT(status_of(till).why[0] != '\0');
    CU_ASSERT(status_of(till).waiting >= 1);
    began = clock_ms();
    CU_ASSERT_EQUAL(sell(till->office, shop->slot, 1, &second), TK_OK);
    CU_ASSERT_EQUAL(sell(till->office, shop->slot, CAPACITY / 2, NULL), TK_NOT_ALLOTTED);
    CU_ASSERT(clock_ms() - began < QUICK_MS);
    CU_ASSERT_EQUAL(slot_at(till->office, shop->slot).sold, 4);
    mend(shop);
    WAIT_UNTIL(status_of(till).online && status_of(till).waiting == 0);
    CU_ASSERT_EQUAL(slot_at(shop->office, shop->slot).sold, 4);
    CU_ASSERT_EQUAL(slot_at(till->office, shop->slot).sold, 4);
    CU_ASSERT_EQUAL(office_ticket(shop->office, first, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_ticket(shop->office, second, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(status_of(till).disputes, 0);
}

static void check_cut_off(bool served)
{
    struct shop shop;
    struct till till;

    shop_init(&shop, served);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_OK);
    WAIT_UNTIL(held_by(till.office, "till-1", shop.slot) >= 5);
    cut(&shop);
    sell_cut_off(&shop, &till);
    /* online again it is sold at the centre */
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).sold, 5);
    CU_ASSERT(status_of(&till).online);
    till_release(&till);
    check_sound(&shop);
    shop_release(&shop);
}

static void test_file_cut_off(void)
{
    check_cut_off(false);
}

static void test_service_cut_off(void)
{
    check_cut_off(true);
}

/* Another program writes into the centre's file and has never heard of our gate. */
static void test_file_locked(void)
{
    struct shop shop;
    struct till till;
    struct sync_report report = {0};
    sqlite3 *other = NULL;
    int64_t began;

    shop_init(&shop, false);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_OK);
    WAIT_UNTIL(held_by(till.office, "till-1", shop.slot) >= 5);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(shop.file, &other), SQLITE_OK);
    sqlite3_busy_timeout(other, WAIT_MS);
    CU_ASSERT_EQUAL_FATAL(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    began = clock_ms();
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 2, NULL), TK_OK);
    CU_ASSERT(clock_ms() - began < SLOW_MS);
    CU_ASSERT(!status_of(&till).online);
    CU_ASSERT_EQUAL(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    CU_ASSERT_EQUAL(till.office->line.sync(till.office->line.context, &report, NULL), TK_OK);
    CU_ASSERT(status_of(&till).online);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).sold, 3);
    till_release(&till);
    check_sound(&shop);
    shop_release(&shop);
}

/* Rounds that only read are answered by a file that others hold: nobody waits for it again and again. */
static void test_read_only_rounds(void)
{
    struct shop shop;
    struct till till;
    int64_t ends_ms, began, contact_at;

    shop_init(&shop, false);
    till_init(&shop, &till, "door-1", SESSION_DOOR); /* it asks for no places: its rounds only read */
    contact_at = status_of(&till).contact_at;
    WAIT_UNTIL(status_of(&till).contact_at > contact_at); /* the thread is at work */
    cut(&shop);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_NOT_ALLOTTED);
    contact_at = status_of(&till).contact_at;
    ends_ms = clock_ms() + 2000;
    do {
        began = clock_ms();
        CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_NOT_ALLOTTED);
        CU_ASSERT(clock_ms() - began < QUICK_MS);
        usleep(50000);
    } while (clock_ms() < ends_ms);
    WAIT_UNTIL(status_of(&till).contact_at > contact_at); /* there were such rounds … */
    mend(&shop);
    WAIT_UNTIL(status_of(&till).online); /* … and they bring it back in the end */
    till_release(&till);
    shop_release(&shop);
}

/* One that stands still answers nobody, and hears all of it later. */
static void test_stands_still(void)
{
    struct shop shop;
    struct till till;
    int64_t began;

    shop_init(&shop, true);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    WAIT_UNTIL(held_by(till.office, "till-1", shop.slot) >= 5);
    process_signal(&shop.service, SIGSTOP);
    began = clock_ms();
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 2, NULL), TK_OK);
    CU_ASSERT(clock_ms() - began < SLOW_MS);
    process_signal(&shop.service, SIGCONT);
    WAIT_UNTIL(status_of(&till).online && status_of(&till).waiting == 0);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).sold, 2);
    till_release(&till);
    check_sound(&shop);
    shop_release(&shop);
}

static size_t count_slots(struct box_office *office)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(office_slots(office, &query, &list, NULL), TK_OK);
    count = list.count;
    slot_list_release(&list);
    return count;
}

/* Its token is revoked: it knows and sells nothing any more, cut off neither. */
static void test_let_in_no_more(void)
{
    struct shop shop;
    struct till till;
    struct tk_error error = {0};

    shop_init_closed(&shop);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    CU_ASSERT_STRING_EQUAL(till.office->device, "Till of Priya"); /* as the centre calls it */
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 2, NULL), TK_OK);
    CU_ASSERT(held_by(till.office, "Till of Priya", shop.slot) >= 5);
    CU_ASSERT_EQUAL(office_revoke(shop.office, "Till of Priya", NULL, &error), TK_OK);
    WAIT_UNTIL(!status_of(&till).online && count_slots(till.office) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(status_of(&till).why, "token"));
    CU_ASSERT(status_of(&till).refused);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_TOKEN_REVOKED);
    cut(&shop);
    CU_ASSERT_NOT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_OK);
    till_release(&till);
    mend(&shop);
    CU_ASSERT_EQUAL(open_till(&shop, &till, "till-1", SESSION_COMMAND, &error), TK_TOKEN_REVOKED);
    till_release(&till);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).sold, 2);
    shop_release(&shop);
}

/* The settings of whoever looks after the file say what tills hold. */
static void test_holds_nothing(void)
{
    struct shop shop;
    struct till till;
    struct sync_report report = {0};

    shop_init(&shop, false);
    setenv("TICKETLY_ALLOTMENT_HOURS", "0", 1);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    unsetenv("TICKETLY_ALLOTMENT_HOURS");
    CU_ASSERT_EQUAL(till.office->line.sync(till.office->line.context, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.granted, 0);
    CU_ASSERT_EQUAL(held_by(shop.office, "till-1", shop.slot), 0);
    cut(&shop);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_NOT_ALLOTTED);
    till_release(&till);
    shop_release(&shop);
}

/* One more showing than there was, as an import brings it. */
static enum tk_code next_showing(void *context, struct operation *operation, bool *end,
                                 struct tk_error *error)
{
    struct till *till = context;

    *end = till->imported;
    if (*end)
        return TK_OK;
    till->imported = true;
    *operation = (struct operation){.schedule = {.name = "Ran",
                                                 .type = SLOT_MOVIE,
                                                 .genre = GENRE_DRAMA,
                                                 .capacity = CAPACITY}};
    operation->schedule.starts_at = office_now(till->office) + TIME_HOUR;
    operation->schedule.ends_at = operation->schedule.starts_at + TIME_HOUR;
    return office_make(till->office, OP_SCHEDULE, NULL, operation, error);
}

/* What the centre imports is seen at the till that asked for it at once; while it is away, not at all. */
static void check_imported(bool served)
{
    struct shop shop;
    struct till till;
    struct operation_source source = {.next = next_showing, .context = &till};
    struct store_facts facts;
    size_t added, known;

    shop_init(&shop, served);
    till_init(&shop, &till, "till-1", SESSION_COMMAND);
    CU_ASSERT_EQUAL(office_import(till.office, &source, &added, &known, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_slots(till.office), 2);
    CU_ASSERT_EQUAL(count_slots(shop.office), 2);
    CU_ASSERT_EQUAL(office_facts(till.office, &facts, NULL), TK_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(facts.location, shop.address));
    CU_ASSERT_PTR_NOT_NULL(strstr(facts.location, till.session.store_path));
    till_release(&till);
    shop_release(&shop);
}

static void test_file_imported(void)
{
    check_imported(false);
}

static void test_service_imported(void)
{
    check_imported(true);
}

static void test_needs_centre(void)
{
    struct shop shop;
    struct till till;
    struct journal_query query = {.limit = 1};
    struct journal_list list = {0};
    struct device_list devices = {0};
    struct tk_error error = {0};
    int64_t began;

    shop_init(&shop, true);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    CU_ASSERT_EQUAL(office_journal(till.office, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    process_signal(&shop.service, SIGSTOP); /* who asks it waits, unless it is known to be away */
    WAIT_UNTIL(!status_of(&till).online);
    began = clock_ms();
    CU_ASSERT_EQUAL(office_journal(till.office, &query, &list, &error), TK_NEEDS_CENTRE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, shop.address));
    CU_ASSERT_EQUAL(office_devices(till.office, &devices, NULL), TK_NEEDS_CENTRE);
    CU_ASSERT(clock_ms() - began < QUICK_MS);
    journal_list_release(&list);
    device_list_release(&devices);
    process_signal(&shop.service, SIGCONT);
    till_release(&till);
    shop_release(&shop);
}

static size_t records_of(struct till *till, const char *prefix, enum tk_code wanted)
{
    struct record_query query = {.prefix = prefix};
    struct record_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(till->office->store->ops->list_records(till->office->store, &query, &list, NULL),
                    wanted);
    count = list.count;
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_PTR_NULL(strstr(list.items[i].value, "argon2"));
    record_list_release(&list);
    return count;
}

static void put_member(struct shop *shop, int64_t number)
{
    struct operation staff, pin;
    struct outcome outcomes[2] = {{0}};

    office_stamp(shop->office, OP_STAFF, &staff);
    staff.id = office_make_id(shop->office);
    staff.staff = (struct op_staff){.number = number, .name = "Ana", .role = ROLE_CLERK};
    office_stamp(shop->office, OP_PIN, &pin);
    pin.id = office_make_id(shop->office);
    pin.pin = (struct op_pin){.number = number, .pin = "$argon2id$v=19$x"};
    CU_ASSERT_EQUAL(store_apply(shop->office->store, &staff, 1, &outcomes[0], NULL), TK_OK);
    CU_ASSERT_EQUAL(store_apply(shop->office->store, &pin, 1, &outcomes[1], NULL), TK_OK);
    CU_ASSERT(!outcomes[0].code && !outcomes[1].code);
}

/* Staff and limits are known cut off, without verifiers; all else of that kind is the centre's. */
static void check_records(bool served)
{
    struct shop shop;
    struct till till;

    shop_init(&shop, served);
    put_member(&shop, 1042);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    WAIT_UNTIL(records_of(&till, "staff/", TK_OK) == 1);
    put_member(&shop, 1043);
    WAIT_UNTIL(records_of(&till, "staff/", TK_OK) == 2);
    WAIT_UNTIL(held_by(shop.office, "till-1", shop.slot) > 0);
    if (!served)
        CU_ASSERT_EQUAL(records_of(&till, NULL, TK_OK), 2); /* of the file itself, likewise without */
    cut(&shop);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_OK); /* who sells finds it out */
    CU_ASSERT_FALSE(status_of(&till).online);
    CU_ASSERT_EQUAL(records_of(&till, "staff/", TK_OK), 2);
    CU_ASSERT_EQUAL(records_of(&till, "limits", TK_OK), 0);
    CU_ASSERT_EQUAL(records_of(&till, "local/", TK_OK), 0);
    CU_ASSERT_EQUAL(records_of(&till, "tier/", TK_NEEDS_CENTRE), 0);
    CU_ASSERT_EQUAL(records_of(&till, NULL, TK_NEEDS_CENTRE), 0);
    mend(&shop);
    till_release(&till);
    check_sound(&shop);
    shop_release(&shop);
}

static void test_file_records(void)
{
    check_records(false);
}

static void test_service_records(void)
{
    check_records(true);
}

/* --- opening and closing --- */

static void check_given_back(bool served)
{
    struct shop shop;
    struct till till;
    struct sync_report report = {0};
    int64_t began;

    shop_init(&shop, served);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    WAIT_UNTIL(held_by(shop.office, "till-1", shop.slot) > 0);
    CU_ASSERT(slot_at(shop.office, shop.slot).available < CAPACITY);
    began = clock_ms();
    CU_ASSERT_EQUAL(till.office->line.give_back(till.office->line.context, &report, NULL), TK_OK);
    till_release(&till);
    CU_ASSERT(clock_ms() - began < SLOW_MS);
    CU_ASSERT(report.returned > 0);
    CU_ASSERT_EQUAL(held_by(shop.office, "till-1", shop.slot), 0);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).available, CAPACITY);
    check_sound(&shop);
    shop_release(&shop);
}

static void test_file_given_back(void)
{
    check_given_back(false);
}

static void test_service_given_back(void)
{
    check_given_back(true);
}

/* While the thread waits for one that does not answer. */
static void check_closed_promptly(bool served)
{
    struct shop shop;
    struct till till;
    int64_t began, contact_at;

    shop_init(&shop, served);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    CU_ASSERT(held_by(till.office, "till-1", shop.slot) >= 5);
    contact_at = status_of(&till).contact_at;
    WAIT_UNTIL(status_of(&till).contact_at > contact_at); /* the thread is at work */
    if (served)
        process_signal(&shop.service, SIGSTOP);
    else
        cut(&shop);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_OK); /* it has waited for 2 s */
    replica_store_poke(till.session.store);
    began = clock_ms();
    till_release(&till);
    CU_ASSERT(clock_ms() - began < QUICK_MS);
    if (served)
        process_signal(&shop.service, SIGCONT);
    shop_release(&shop);
}

static void test_file_closed_promptly(void)
{
    check_closed_promptly(false);
}

static void test_service_closed_promptly(void)
{
    check_closed_promptly(true);
}

static void test_first_start(void)
{
    struct shop shop;
    struct till till;
    struct tk_error error = {0};
    struct stat info;
    char key[200];

    shop_init(&shop, true);
    cut(&shop);
    CU_ASSERT_EQUAL(open_till(&shop, &till, "till-1", SESSION_COUNTER, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, shop.address));
    till_release(&till);
    /* a file that is not there is not made, nor is a key */
    snprintf(shop.address, sizeof shop.address, "%s/none.db", shop.folder);
    CU_ASSERT_EQUAL(open_till(&shop, &till, "till-1", SESSION_COMMAND, &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, shop.address));
    snprintf(key, sizeof key, "%s.key", shop.address);
    CU_ASSERT(stat(shop.address, &info) != 0 && stat(key, &info) != 0);
    till_release(&till);
    shop_release(&shop);
}

static void test_second_start(void)
{
    struct shop shop;
    struct till till;
    struct sync_report report = {0};

    shop_init(&shop, true);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    WAIT_UNTIL(held_by(till.office, "till-1", shop.slot) >= 5);
    till_release(&till);
    cut(&shop);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    CU_ASSERT_STRING_EQUAL(slot_at(till.office, shop.slot).name, "Skyfall");
    CU_ASSERT_STRING_EQUAL(till.office->device, "till-1");
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 2, NULL), TK_OK);
    till_release(&till);
    /* a command sells from the same copy, and sends what waits when it can */
    till_init(&shop, &till, "till-1", SESSION_COMMAND);
    CU_ASSERT(!status_of(&till).online);
    CU_ASSERT_EQUAL(sell(till.office, shop.slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(status_of(&till).waiting, 2);
    mend(&shop);
    CU_ASSERT_EQUAL(till.office->line.sync(till.office->line.context, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.pushed, 2);
    CU_ASSERT_EQUAL(status_of(&till).waiting, 0);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).sold, 3);
    till_release(&till);
    check_sound(&shop);
    shop_release(&shop);
}

/* A command asks first, so that it tells what is so now. */
static void test_command(void)
{
    struct shop shop;
    struct till till;

    shop_init(&shop, false);
    till_init(&shop, &till, "till-1", SESSION_COMMAND);
    CU_ASSERT_EQUAL(held_by(shop.office, "till-1", 0), 0);
    till_release(&till);
    CU_ASSERT_EQUAL(sell(shop.office, shop.slot, 2, NULL), TK_OK);
    till_init(&shop, &till, "till-1", SESSION_COMMAND);
    CU_ASSERT_EQUAL(slot_at(till.office, shop.slot).sold, 2);
    till_release(&till);
    shop_release(&shop);
}

/* --- disputes --- */

static size_t count_disputes(struct box_office *office, bool open, const struct op_id *id,
                             struct dispute *last)
{
    struct dispute_query query = {.open = open, .id = id};
    struct dispute_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(office_disputes(office, &query, &list, NULL), TK_OK);
    count = list.count;
    if (last && count)
        *last = list.items[count - 1];
    dispute_list_release(&list);
    return count;
}

/* A till sells cut off what its centre takes back meanwhile and sells to others. */
static void sell_twice(struct shop *shop, struct till *till)
{
    int64_t places = 0;

    till_init(shop, till, "till-1", SESSION_COUNTER);
    WAIT_UNTIL(held_by(till->office, "till-1", shop->slot) >= 5);
    till_release(till);
    cut(shop);
    till_init(shop, till, "till-1", SESSION_COMMAND);
    CU_ASSERT_EQUAL(sell(till->office, shop->slot, 2, NULL), TK_OK);
    till_release(till);
    mend(shop);
    CU_ASSERT_EQUAL(office_write_off(shop->office, "till-1", 0, &places, NULL), TK_OK);
    CU_ASSERT(places >= 5);
    CU_ASSERT_EQUAL(sell(shop->office, shop->slot, CAPACITY, NULL), TK_OK);
}

static void check_disputes(bool served)
{
    struct shop shop;
    struct till till;
    struct sync_report report = {0};
    struct dispute dispute = {.closed_at = 0}, closed = {.closed_at = 0};

    shop_init(&shop, served);
    sell_twice(&shop, &till);
    till_init(&shop, &till, "till-1", SESSION_COMMAND); /* opening moves it; the first sync tells */
    CU_ASSERT_EQUAL(till.office->line.sync(till.office->line.context, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.pushed, 1);
    CU_ASSERT_EQUAL(report.mirror.refused, 1);
    report = (struct sync_report){0};
    CU_ASSERT_EQUAL(till.office->line.sync(till.office->line.context, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.pushed, 0);
    till_release(&till);
    /* one command at another till sees it */
    till_init(&shop, &till, "till-2", SESSION_COMMAND);
    CU_ASSERT_EQUAL(count_disputes(till.office, true, NULL, &dispute), 1);
    CU_ASSERT_STRING_EQUAL(dispute.device, "till-1");
    CU_ASSERT_EQUAL(status_of(&till).disputes, 1);
    CU_ASSERT_EQUAL(held_by(shop.office, "till-2", 0), 0);
    CU_ASSERT_EQUAL(office_close_dispute(shop.office, &dispute.id, "Paid back.", NULL, NULL), TK_OK);
    till_release(&till);
    /* whoever comes later has it from the centre, as long as that is there */
    till_init(&shop, &till, "till-3", SESSION_COMMAND);
    CU_ASSERT_EQUAL(count_disputes(till.office, true, NULL, NULL), 0);
    CU_ASSERT_EQUAL(count_disputes(till.office, false, &dispute.id, &closed), 1);
    CU_ASSERT_STRING_EQUAL(closed.reason, "Paid back.");
    CU_ASSERT_EQUAL(count_disputes(till.office, false, NULL, NULL), 1);
    cut(&shop);
    if (served) { /* a file that others hold can still be read */
        CU_ASSERT_EQUAL(count_disputes(till.office, false, NULL, NULL), 0);
        CU_ASSERT(!status_of(&till).online);
    }
    till_release(&till);
    shop_release(&shop);
}

static void test_file_disputes(void)
{
    check_disputes(false);
}

static void test_service_disputes(void)
{
    check_disputes(true);
}

/* --- the way in --- */

static void check_refused(const char *db, const char *central, const char *words)
{
    struct session session;
    struct tk_error error = {0};
    struct box_office *office;
    enum tk_code code = session_init(&session, NULL, db, central, &error);

    if (!code)
        code = session_office(&session, &office, &error);
    CU_ASSERT_EQUAL(code, TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, words));
    session_release(&session);
}

static void test_refused(void)
{
    struct shop shop;
    struct session session;
    struct box_office office;
    struct tk_error error = {0};

    shop_init(&shop, false);
    check_refused("http://127.0.0.1:1", shop.file, "http://127.0.0.1:1");
    check_refused(shop.file, shop.file, "cannot be the centre and");
    check_refused(NULL, "ftp://nowhere", "ftp");
    CU_ASSERT_EQUAL(session_init(&session, NULL, NULL, shop.file, &error), TK_OK);
    CU_ASSERT_EQUAL(session_service(&session, &office, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "serve"));
    session_release(&session);
    shop_release(&shop);
}

static void copy_place(const char *central, const char *name, char *path, size_t size)
{
    struct session session;
    struct box_office *office;

    CU_ASSERT_EQUAL(session_init(&session, NULL, NULL, central, NULL), TK_OK);
    CU_ASSERT_EQUAL(settings_set(&session.settings, SETTING_till_name, name, "test", NULL), TK_OK);
    CU_ASSERT_EQUAL(session_office(&session, &office, NULL), TK_OK);
    text_copy(path, size, session.store_path);
    session_release(&session);
}

/* Two centres, or two tills, never share a copy. */
static void test_copies(void)
{
    struct shop one, other;
    char paths[4][SESSION_PATH_SIZE];
    struct stat info;

    shop_init(&one, false);
    shop_init(&other, false);
    copy_place(one.file, "Box office 1", paths[0], sizeof paths[0]);
    copy_place(one.file, "Box office 2", paths[1], sizeof paths[1]);
    copy_place(other.file, "Box office 1", paths[2], sizeof paths[2]);
    copy_place(one.file, "Box-office-1", paths[3], sizeof paths[3]); /* looks alike */
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(stat(paths[i], &info), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(paths[i], "/ticketly/replica-Box-office-"));
        for (int j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(paths[i], paths[j]);
    }
    shop_release(&one);
    shop_release(&other);
}

static void open_by_token(struct shop *shop, struct till *till)
{
    struct tk_error error = {0};
    enum tk_code code = session_init(&till->session, NULL, NULL, shop->address, &error);

    if (!code)
        code = settings_set(&till->session.settings, SETTING_store_token_file, shop->token_file,
                            "test", &error);
    if (code || session_office(&till->session, &till->office, &error))
        stop("till", &error);
}

/* Two tokens of one user are two tills, also where nobody gave them names. */
static void test_two_tokens(void)
{
    struct shop shop;
    struct till one, other;

    shop_init_closed(&shop);
    open_by_token(&shop, &one);
    write_token(&shop, "Till of Omar", "token-2");
    open_by_token(&shop, &other);
    CU_ASSERT_STRING_EQUAL(one.office->device, "Till of Priya");
    CU_ASSERT_STRING_EQUAL(other.office->device, "Till of Omar");
    CU_ASSERT_STRING_NOT_EQUAL(one.session.store_path, other.session.store_path);
    CU_ASSERT_EQUAL(sell(one.office, shop.slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(sell(other.office, shop.slot, 1, NULL), TK_OK);
    till_release(&one);
    till_release(&other);
    shop_release(&shop);
}

/* A copy that is opened with the token of another till is refused by it, and says so. */
static void test_other_token(void)
{
    struct shop shop;
    struct till till;
    char first[160];

    shop_init_closed(&shop);
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    till_release(&till);
    text_copy(first, sizeof first, shop.token_file);
    write_token(&shop, "Till of Omar", "token-2");
    till_init(&shop, &till, "till-1", SESSION_COUNTER);
    WAIT_UNTIL(!status_of(&till).online);
    CU_ASSERT(status_of(&till).refused);
    CU_ASSERT_PTR_NOT_NULL(strstr(status_of(&till).why, "Till of Omar"));
    till_release(&till);
    text_copy(shop.token_file, sizeof shop.token_file, first);
    till_init(&shop, &till, "till-1", SESSION_COMMAND);
    CU_ASSERT(status_of(&till).online && !status_of(&till).refused);
    till_release(&till);
    shop_release(&shop);
}

static void test_training(void)
{
    struct shop shop;
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};

    shop_init(&shop, false);
    CU_ASSERT_EQUAL(session_init(&session, NULL, NULL, shop.file, &error), TK_OK);
    session.training = true;
    session.use = SESSION_COUNTER;
    CU_ASSERT_EQUAL_FATAL(session_office(&session, &office, &error), TK_OK);
    CU_ASSERT_PTR_NULL(office->line.status);
    CU_ASSERT(office->keys.training);
    session_release(&session);
    CU_ASSERT_EQUAL(slot_at(shop.office, shop.slot).sold, 0);
    shop_release(&shop);
}

SUITE(replica, {"file: what a till sells is at its centre and in its copy at once, and the other way",
                test_file_sold_at_both},
      {"service: what a till sells is at its centre and in its copy at once, and the other way",
       test_service_sold_at_both},
      {"file: cut off it sells what it holds within 2 s; back, the centre has all of it once",
       test_file_cut_off},
      {"service: cut off it sells what it holds within 2 s; back, the centre has all of it once",
       test_service_cut_off},
      {"a file that another program locks holds a sale up for 2 s", test_file_locked},
      {"a file that others hold is not waited for again because it can be read", test_read_only_rounds},
      {"a centre that stands still holds a sale up for 2 s, and has it once", test_stands_still},
      {"whose token is revoked sells nothing more, and forgets what it knew", test_let_in_no_more},
      {"without allotments nothing is sold cut off", test_holds_nothing},
      {"file: what is imported is at the centre and in the copy at once", test_file_imported},
      {"service: what is imported is at the centre and in the copy at once", test_service_imported},
      {"what no till keeps is refused at once while the centre is away", test_needs_centre},
      {"file: staff and limits are known cut off, without verifiers", test_file_records},
      {"service: staff and limits are known cut off, without verifiers", test_service_records},
      {"file: a till that closes gives back what it holds", test_file_given_back},
      {"service: a till that closes gives back what it holds", test_service_given_back},
      {"file: a till closes promptly while its centre does not answer", test_file_closed_promptly},
      {"service: a till closes promptly while its centre does not answer",
       test_service_closed_promptly},
      {"file: a command sees what is in dispute, and what was; the first sync tells what was moved",
       test_file_disputes},
      {"service: a command sees what is in dispute, and what was; the first sync tells what was moved",
       test_service_disputes},
      {"a first start without its centre fails, and says where it looked", test_first_start},
      {"a second start without its centre works from the copy", test_second_start},
      {"a command asks the centre first, and holds nothing", test_command},
      {"a service's address for the copy, one file for both, and serve are refused", test_refused},
      {"two centres and two tills have copies of their own", test_copies},
      {"two tokens of one user have copies of their own", test_two_tokens},
      {"a copy with the token of another till is refused, not away", test_other_token},
      {"who practises with a centre does so on a box office of his own", test_training})
