/* What is kept over restores, lost keys, erased customers and removed lock files. */
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <sqlite3.h>

#include "core/text.h"

/* Opens another store of the fixture's kind at a path; *error says why not. */
static enum tk_code open_at(struct fixture *fixture, const char *path, const char *key, bool new_key,
                            struct store **store, struct tk_error *error)
{
    struct sqlite_options options = fixture_options(fixture);

    options.path = path;
    options.new_key = new_key;
    if (key)
        crypto_digest(options.digest_key.bytes, NULL, key, strlen(key));
    return sqlite_store_open(&options, store, error);
}

/* Closes the fixture's store and goes on with the one at a path. */
static void go_on_with(struct fixture *fixture, const char *path)
{
    struct tk_error error = {0};

    store_close(fixture->store);
    fixture->store = NULL;
    if (open_at(fixture, path, NULL, false, &fixture->store, &error)) {
        printf("%s\n", error.message);
        abort();
    }
    fixture->office.store = fixture->store;
}

static void test_restored_backup(void)
{
    struct store_facts before, after;
    struct tk_error error = {0};
    struct ticket_view view = {0};
    uint64_t lost, fresh;
    struct fixture f;
    char copy[200];
    int64_t slot;

    fixture_init(&f);
    snprintf(copy, sizeof copy, "%s/backup.db", f.folder);
    slot = fixture_schedule(&f, "Skyfall", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, "Ann", "12345", NULL), TK_OK);
    CU_ASSERT_EQUAL(office_facts(&f.office, &before, &error), TK_OK);
    CU_ASSERT_EQUAL(office_backup(&f.office, copy, NULL, NULL, &error), TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, "Ben", "23456", &lost), TK_OK);
    go_on_with(&f, copy);
    CU_ASSERT_EQUAL(office_facts(&f.office, &after, &error), TK_OK);
    CU_ASSERT_STRING_EQUAL(before.uuid, after.uuid);
    CU_ASSERT_EQUAL(after.era, before.era + 1);
    /* the ticket sold after the backup is gone, and no other one is ever given its number */
    CU_ASSERT_EQUAL(office_ticket(&f.office, lost, &view, &error), TK_TICKET_NOT_FOUND);
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, "Cid", "34567", &fresh), TK_OK);
        CU_ASSERT_NOT_EQUAL(fresh, lost);
    }
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

static void test_wrong_key(void)
{
    struct op_book book = {.count = 1}, other = {.count = 2};
    struct ticket_view_list tickets = {0};
    struct tk_error error = {0};
    struct outcome outcome;
    struct op_id id;
    struct fixture f;

    fixture_init(&f);
    book.slot.id = other.slot.id = fixture_schedule(&f, "Skyfall", TIME_HOUR, 20);
    id = office_make_id(&f.office);
    CU_ASSERT_EQUAL(office_book(&f.office, &book, &id, &tickets, &outcome, &error), TK_OK);
    store_close(f.store);
    f.store = NULL;
    CU_ASSERT_EQUAL(open_at(&f, f.path, "another", false, &f.store, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "--new-key"));
    CU_ASSERT_EQUAL_FATAL(open_at(&f, f.path, "another", true, &f.store, &error), TK_OK);
    f.office.store = f.store;
    /* what was done with the lost key is still done once */
    CU_ASSERT_EQUAL(office_book(&f.office, &book, &id, &tickets, &outcome, &error), TK_OK);
    CU_ASSERT(outcome.replayed);
    CU_ASSERT_EQUAL(fixture_slot(&f, book.slot.id).sold, 1);
    /* and with the new key bodies are told apart again */
    id = office_make_id(&f.office);
    CU_ASSERT_EQUAL(office_book(&f.office, &book, &id, &tickets, &outcome, &error), TK_OK);
    CU_ASSERT_EQUAL(office_book(&f.office, &other, &id, &tickets, &outcome, &error), TK_ID_REUSED);
    ticket_view_list_release(&tickets);
    fixture_release(&f);
}

/* How often a text stands in a file. */
static int count_in_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "rb");
    size_t length = strlen(text), matched = 0;
    int found = 0, c;

    while (file && (c = getc(file)) != EOF) {
        matched = c == text[matched] ? matched + 1 : c == text[0];
        if (matched == length) {
            found++;
            matched = 0;
        }
    }
    if (file)
        fclose(file);
    return found;
}

static int count_anywhere(const struct fixture *fixture, const char *text)
{
    char log[200];

    snprintf(log, sizeof log, "%s-wal", fixture->path);
    return count_in_file(fixture->path, text) + count_in_file(log, text);
}

static void test_forgotten_customers(void)
{
    struct upkeep_result result;
    struct store *reader = NULL;
    struct tk_error error = {0};
    struct fixture f;
    int64_t slot;

    fixture_init(&f);
    CU_ASSERT_EQUAL(open_at(&f, f.path, NULL, false, &reader, &error), TK_OK);
    slot = fixture_schedule(&f, "Skyfall", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 2, "Zuleika Quartermain", "5550123987", NULL), TK_OK);
    CU_ASSERT(count_anywhere(&f, "Zuleika") > 0);
    f.now += 100 * TIME_HOUR;
    CU_ASSERT_EQUAL(office_expire(&f.office, 0, &result, &error), TK_OK);
    f.now += 100 * TIME_DAY;
    CU_ASSERT_EQUAL(office_archive(&f.office, 90 * TIME_DAY, &result, &error), TK_OK);
    CU_ASSERT_EQUAL(result.tickets, 2);
    /* name, folded name and phone are gone from file and log, while another till has it open */
    CU_ASSERT_EQUAL(count_anywhere(&f, "Zuleika"), 0);
    CU_ASSERT_EQUAL(count_anywhere(&f, "zuleika"), 0);
    CU_ASSERT_EQUAL(count_anywhere(&f, "5550123987"), 0);
    CU_ASSERT_EQUAL(count_anywhere(&f, "7893210555"), 0);
    store_close(reader);
    fixture_release(&f);
}

/* Whose sale is in dispute is written down there alone, until it is closed. */
static void test_forgotten_guest(void)
{
    struct operation book = {.kind = OP_BOOK, .cut_off = true};
    struct outcome outcome;
    struct fixture f;

    fixture_init(&f);
    book.id = office_make_id(&f.office);
    text_copy(book.device, sizeof book.device, "till-2");
    text_copy(book.actor, sizeof book.actor, "Priya");
    book.at = f.now;
    book.book.slot.id = fixture_schedule(&f, "Skyfall", TIME_HOUR, 20);
    book.book.count = 1;
    text_copy(book.book.customer_name, CUSTOMER_NAME_SIZE, "Zuleika Quartermain");
    text_copy(book.book.customer_phone, CUSTOMER_PHONE_SIZE, "5550123987");
    CU_ASSERT_EQUAL(store_apply(f.store, &book, 1, &outcome, NULL), TK_OK);
    CU_ASSERT(tk_code_is_refusal(outcome.code));
    CU_ASSERT(count_anywhere(&f, "Zuleika") > 0);
    CU_ASSERT_EQUAL(office_close_dispute(&f.office, &book.id, "Paid back.", NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(count_anywhere(&f, "Zuleika"), 0);
    CU_ASSERT_EQUAL(count_anywhere(&f, "5550123987"), 0);
    fixture_release(&f);
}

static bool give_up(void *context, int64_t waited_ms)
{
    (void)context, (void)waited_ms;
    return true;
}

static void test_removed_lock(void)
{
    struct store_watch watch = {give_up, NULL};
    int file;
    struct store *other = NULL;
    struct tk_error error = {0};
    struct fixture f;
    char lock[200];
    int64_t slot;

    fixture_init(&f);
    snprintf(lock, sizeof lock, "%s.lock", f.path);
    slot = fixture_schedule(&f, "Skyfall", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(unlink(lock), 0);
    CU_ASSERT_EQUAL(open_at(&f, f.path, NULL, false, &other, &error), TK_OK);
    /* whoever holds the new file of that name keeps out who has the old one open */
    file = open(lock, O_RDWR | O_CLOEXEC);
    CU_ASSERT_EQUAL(flock(file, LOCK_EX), 0);
    office_set_watch(&f.office, &watch);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, NULL, NULL, NULL), TK_INTERRUPTED);
    close(file);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, NULL, NULL, NULL), TK_OK);
    store_close(other);
    fixture_release(&f);
}

static void test_newest_found(void)
{
    struct ticket_view_list found = {0};
    struct tk_error error = {0};
    uint64_t last = 0;
    char name[40], phone[20];
    struct fixture f;
    int64_t slot;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Skyfall", TIME_HOUR, 1000);
    for (int i = 0; i < 120; i++) {
        snprintf(name, sizeof name, "Zebulon %d", i);
        snprintf(phone, sizeof phone, "49171%03d777", i);
        f.now += TIME_SECOND;
        CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, name, phone, &last), TK_OK);
    }
    CU_ASSERT_EQUAL(office_find(&f.office, "zebulon", 20, &found, &error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(found.count, 20);
    CU_ASSERT_EQUAL(found.items[0].ticket.id, last);
    ticket_view_list_release(&found);
    CU_ASSERT_EQUAL(office_find(&f.office, "777", 20, &found, &error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(found.count, 20);
    CU_ASSERT_EQUAL(found.items[0].ticket.id, last);
    ticket_view_list_release(&found);
    fixture_release(&f);
}

static void test_forged_pass(void)
{
    struct ticket_view_list found = {0};
    struct tk_error error = {0};
    uint64_t id = 0, read = 0;
    char pass[PASS_SIZE];
    struct ticket_view ticket;
    struct fixture f;

    fixture_init(&f);
    CU_ASSERT_EQUAL(
        fixture_book(&f, fixture_schedule(&f, "Skyfall", TIME_HOUR, 20), 1, NULL, NULL, &id),
        TK_OK);
    CU_ASSERT_EQUAL_FATAL(office_ticket(&f.office, id, &ticket, &error), TK_OK);
    CU_ASSERT(office_pass(&f.office, &ticket, pass));
    CU_ASSERT_EQUAL(office_find(&f.office, pass, 10, &found, &error), TK_OK);
    CU_ASSERT_EQUAL(found.count, 1);
    CU_ASSERT_EQUAL(office_read_ticket(&f.office, pass, &read, &error), TK_OK);
    CU_ASSERT_EQUAL(read, id);
    pass[PASS_LENGTH - 1] = pass[PASS_LENGTH - 1] == '0' ? '1' : '0';
    ticket_view_list_release(&found);
    CU_ASSERT_EQUAL(office_find(&f.office, pass, 10, &found, &error), TK_NOT_GENUINE);
    CU_ASSERT_EQUAL(found.count, 0);
    CU_ASSERT_EQUAL(office_read_ticket(&f.office, pass, &read, &error), TK_NOT_GENUINE);
    ticket_view_list_release(&found);
    fixture_release(&f);
}

static void test_damaged_row(void)
{
    struct fixture f;
    sqlite3 *db = NULL;
    int64_t slot;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Skyfall", TIME_HOUR, 20);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(f.path, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db,
                                 "PRAGMA ignore_check_constraints = ON;"
                                 "UPDATE slot SET available = 25",
                                 NULL, NULL, NULL),
                    SQLITE_OK);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, NULL, NULL, NULL), TK_CORRUPT);
    CU_ASSERT(fixture_verify(&f) > 0);
    sqlite3_close(db);
    fixture_release(&f);
}

SUITE(keeping, {"nothing is sold from a row that does not add up", test_damaged_row},
      {"a forged pass finds no ticket", test_forged_pass},
      {"a restored backup never gives out a number again", test_restored_backup},
      {"a wrong key is refused; with a new one nothing is done twice", test_wrong_key},
      {"erased customers are gone from the disk", test_forgotten_customers},
      {"the guest of a dispute that is closed is gone from the disk", test_forgotten_guest},
      {"a removed lock file does not split the gate", test_removed_lock},
      {"the newest tickets are found, however many match", test_newest_found})
