/* admin: each command of the real program, its output, its JSON and its exit status. */
#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/admin/world.h"

/* "a b c": all of them are members */
static void has_members(const json_t *object, const char *names)
{
    char name[40];

    while (*names) {
        size_t length = strcspn(names, " ");

        snprintf(name, sizeof name, "%.*s", (int)length, names);
        if (!json_object_get(object, name))
            printf("    %s is missing\n", name);
        CU_ASSERT_PTR_NOT_NULL(json_object_get(object, name));
        names += length + (names[length] == ' ');
    }
}

#define SLOT_MEMBERS                                                                               \
    "slotId slotName slotDescription startTime endTime slotType genre availTickets capacity sold " \
    "allotted lost screen expiredAt seq"
#define TICKET_MEMBERS                                                                             \
    "ticketId userId ticketSlotId ticketStatus pass slotName startTime userName phoneNumber "      \
    "bookedAt changedAt replaces replacedBy saleId salePosition saleSize"

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void test_schedule_and_slots(void)
{
    struct world w;
    const char *slot;

    world_init(&w);
    slot = world_schedule(&w, "Skyfall", "3");
    has_members(w.json, SLOT_MEMBERS);
    CU_ASSERT(json_is_integer(json_object_get(w.json, "slotId")));
    CU_ASSERT_EQUAL(member_number(w.json, "availTickets"), 3);
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "genre"), "Drama");
    RUN_OK(&w, "schedule", "--name=Up", "--description=", "--start=2031-01-01T10:00+01:00",
           "--end=2031-01-01T12:00+01:00", "--type=movie", "--genre=animation", "--screen=2");
    CU_ASSERT(contains(w.run.out, "2031-01-01 09:00"));
    CU_ASSERT(contains(w.run.out, "20 of 20 left"));
    RUN_OK(&w, "slots", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 2);
    RUN_OK(&w, "slots", "--genre", "Animation", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "slots", "--type", "Concert", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    RUN_OK(&w, "slots", "--name", "SKY", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "slots", "--after", "2031-01-01T09:00Z", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "slots", "--before", "2031-01-01T09:00Z", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "slots", "--limit", "1", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    world_book(&w, slot, "3", NULL, NULL);
    RUN_OK(&w, "slots", "--open", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "slots");
    CU_ASSERT(contains(w.run.out, "Skyfall"));
    world_release(&w);
}

static void test_book(void)
{
    struct world w;
    const json_t *ticket;
    const char *slot;

    world_init(&w);
    slot = world_schedule(&w, "Skyfall", "5");
    world_book(&w, slot, "2", "Priya Nair", "+49 171 2345678");
    CU_ASSERT_EQUAL(json_array_size(w.json), 2);
    ticket = json_array_get(w.json, 1);
    has_members(ticket, TICKET_MEMBERS);
    CU_ASSERT_STRING_EQUAL(member_text(ticket, "ticketStatus"), "Booked");
    CU_ASSERT_STRING_EQUAL(member_text(ticket, "phoneNumber"), "+491712345678");
    CU_ASSERT_EQUAL(strlen(member_text(ticket, "pass")), 20);
    CU_ASSERT_EQUAL(member_number(ticket, "salePosition"), 2);
    CU_ASSERT_EQUAL(member_number(ticket, "ticketSlotId"), strtoll(slot, NULL, 10));
    RUN_OK(&w, "book", "--movie", "Skyfall", "--start", "today+2 20:00", "--count", "1", "--json");
    CU_ASSERT(json_is_null(json_object_get(json_array_get(w.json, 0), "userId")));
    RUN_OK(&w, "book", "--slot", slot, "--count", "1", "--name", "Priya Nair", "--phone",
           "+491712345678");
    CU_ASSERT(contains(w.run.out, "5678"));
    CU_ASSERT(!contains(w.run.out, "1712345678"));
    REFUSED(&w, "not_enough_places", 1, "book", "--slot", slot, "--count", "2");
    REFUSED(&w, "half_customer", 1, "book", "--slot", slot, "--count", "1", "--name", "X");
    REFUSED(&w, "bad_phone", 1, "book", "--slot", slot, "--count", "1", "--name", "X", "--phone",
            "ring me");
    world_book(&w, slot, "1", NULL, NULL);
    REFUSED(&w, "sold_out", 1, "book", "--slot", slot, "--count", "1");
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

/* Several showings of one name and start: the first with room is taken, and tickets lists all. */
static void test_several_of_one_name(void)
{
    struct world w;

    world_init(&w);
    world_schedule(&w, "Twins", "1");
    world_schedule(&w, "Twins", "2");
    for (int i = 0; i < 3; i++)
        RUN_OK(&w, "book", "--movie", "Twins", "--start", "today+2 20:00", "--count", "1");
    REFUSED(&w, "sold_out", 1, "book", "--movie", "Twins", "--start", "today+2 20:00", "--count",
            "1");
    RUN_OK(&w, "tickets", "--movie", "Twins", "--start", "today+2 20:00", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 3);
    world_release(&w);
}

static void test_reissue_and_cancel(void)
{
    struct world w;
    const json_t *new_ticket, *old_ticket;
    char first[32], second[32], pass[32];
    const char *slot;

    world_init(&w);
    slot = world_schedule(&w, "Skyfall", "1");
    world_book(&w, slot, "1", NULL, NULL);
    snprintf(first, sizeof first, "%s", w.id);
    snprintf(pass, sizeof pass, "%s", member_text(json_array_get(w.json, 0), "pass"));
    RUN_OK(&w, "ticket", pass);
    CU_ASSERT(contains(w.run.out, first));
    RUN_OK(&w, "reissue", first, "--slot", slot, "--json");
    new_ticket = json_object_get(w.json, "newTicket");
    old_ticket = json_object_get(w.json, "oldTicket");
    has_members(new_ticket, TICKET_MEMBERS);
    has_members(old_ticket, TICKET_MEMBERS);
    CU_ASSERT_STRING_EQUAL(member_text(new_ticket, "replaces"), first);
    CU_ASSERT_STRING_EQUAL(member_text(old_ticket, "ticketStatus"), "Canceled");
    CU_ASSERT(json_is_null(json_object_get(old_ticket, "pass")));
    snprintf(second, sizeof second, "%s", member_text(new_ticket, "ticketId"));
    CU_ASSERT_STRING_EQUAL(member_text(old_ticket, "replacedBy"), second);
    REFUSED(&w, "ticket_replaced", 1, "reissue", first, "--slot", slot);
    REFUSED(&w, "ticket_replaced", 1, "cancel", first);
    REFUSED(&w, "ticket_replaced", 1, "qr", first);
    RUN_OK(&w, "cancel", second, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "ticketStatus"), "Canceled");
    REFUSED(&w, "ticket_canceled", 1, "cancel", second);
    REFUSED(&w, "ticket_canceled", 1, "reissue", second, "--slot", slot);
    RUN_OK(&w, "slots", "--json");
    CU_ASSERT_EQUAL(member_number(json_array_get(w.json, 0), "availTickets"), 1);
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_tickets_customer_find(void)
{
    struct world w;
    const char *slot;
    char walk_up[32];

    world_init(&w);
    slot = world_schedule(&w, "Skyfall", "9");
    world_book(&w, slot, "1", NULL, NULL);
    snprintf(walk_up, sizeof walk_up, "%s", w.id);
    world_book(&w, slot, "2", "Priya Nair", "01712345678");
    RUN_OK(&w, "tickets", "--slot", slot, "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 3);
    RUN_OK(&w, "tickets", "--slot", slot, "--status", "canceled", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    REFUSED(&w, "bad_status", 1, "tickets", "--slot", slot, "--status", "Sold");
    RUN_OK(&w, "customer", "--ticket", w.id, "--json");
    has_members(w.json, "userId userName phoneNumber tickets createdAt");
    CU_ASSERT_EQUAL(member_number(w.json, "tickets"), 2);
    RUN_OK(&w, "customer", "--ticket", w.id);
    CU_ASSERT(contains(w.run.out, "01712345678"));
    REFUSED(&w, "no_customer", 1, "customer", "--ticket", walk_up);
    RUN_OK(&w, "find", "5678", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 2);
    RUN_OK(&w, "find", "priya", "--limit", "1", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "find", walk_up, "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "find", "nobody", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    CU_ASSERT(json_is_array(w.json));
    RUN_OK(&w, "find", "nobody");
    CU_ASSERT(contains(w.run.out, "Nothing"));
    world_release(&w);
}

static void test_expire_and_archive(void)
{
    struct world w;
    const char *slot;

    world_init(&w);
    slot = world_schedule(&w, "Skyfall", "3");
    world_book(&w, slot, "2", "Priya Nair", "01712345678");
    RUN_OK(&w, "expire", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "tickets"), 0);
    RUN_OK(&w, "expire", "--at", "today+3 05:59", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "slots"), 0);
    RUN_OK(&w, "expire", "--at", "today+3 06:00", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "slots"), 1);
    CU_ASSERT_EQUAL(member_number(w.json, "tickets"), 2);
    REFUSED(&w, "ticket_expired", 1, "cancel", w.id);
    REFUSED(&w, "slot_expired", 1, "book", "--slot", slot, "--count", "1");
    RUN_OK(&w, "archive", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "tickets"), 0);
    RUN_OK(&w, "archive", "--older-than", "0", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "tickets"), 2);
    RUN_OK(&w, "customer", "--ticket", w.id, "--json");
    CU_ASSERT(json_is_null(json_object_get(w.json, "userName")));
    RUN_OK(&w, "archive", "--older-than", "99999999999999999999", "--json");
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_qr(void)
{
    struct world w;
    char path[256];
    struct stat info = {0};

    world_init(&w);
    world_book(&w, world_schedule(&w, "Skyfall", "3"), "1", NULL, NULL);
    RUN_OK(&w, "qr", w.id);
    CU_ASSERT(contains(w.run.out, "##"));
    CU_ASSERT(!contains(w.run.out, "\033"));
    RUN_OK(&w, "qr", w.id, "--form", "wide");
    CU_ASSERT(contains(w.run.out, "\033["));
    RUN_OK(&w, "qr", w.id, "--form", "half");
    RUN_OK(&w, "qr", w.id, "--form", "svg");
    CU_ASSERT(contains(w.run.out, "<svg"));
    RUN_OK(&w, "qr", w.id, "--form", "png");
    CU_ASSERT(w.run.out_length > 8 && memcmp(w.run.out, "\x89PNG", 4) == 0);
    snprintf(path, sizeof path, "%s/pass.png", w.home);
    RUN_OK(&w, "qr", w.id, "--form", "png", "--output", path, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "file"), path);
    CU_ASSERT(stat(path, &info) == 0 && info.st_size > 8);
    RUN_OK(&w, "qr", w.id, "--json");
    has_members(w.json, "ticketId pass form text");
    REFUSED(&w, "usage", 2, "qr", w.id, "--form", "png");
    REFUSED(&w, "usage", 2, "qr", w.id, "--form", "gif");
    REFUSED(&w, "disk_full", 74, "qr", w.id, "--form", "svg", "--output", "/dev/full");
    world_release(&w);
}

static void test_import_export(void)
{
    static const char programme[] =
        "\xEF\xBB\xBFslotName,startTime,endTime,slotType,genre,capacity,screen\r\n"
        "\"Alien, \"\"again\"\"\",2031-05-01 20:00,2031-05-01 22:00,Movie,Horror,30,1\r\n"
        "=SUM(A1),2031-05-02 20:00,2031-05-02 22:00,Concert,Satire,,\r\n";
    struct world w, other;
    char path[256], file[256];

    world_init(&w);
    world_init(&other);
    snprintf(file, sizeof file, "%s", world_file(&w, "in.csv", programme, strlen(programme)));
    RUN_OK(&w, "import", file, "--dry-run", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "added"), 2);
    RUN_OK(&w, "slots", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    RUN_OK(&w, "import", file, "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "added"), 2);
    RUN_OK(&w, "import", file, "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "added"), 0);
    CU_ASSERT_EQUAL(member_number(w.json, "known"), 2);
    RUN_OK(&w, "export", "slots");
    CU_ASSERT(contains(w.run.out, "slotId,slotName,"));
    CU_ASSERT(contains(w.run.out, "\"Alien, \"\"again\"\"\""));
    CU_ASSERT(contains(w.run.out, ",'=SUM(A1),"));
    snprintf(path, sizeof path, "%s/out.csv", w.home);
    RUN_OK(&w, "export", "slots", "--output", path, "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "rows"), 2);
    RUN_OK(&other, "import", path, "--json");
    CU_ASSERT_EQUAL(member_number(other.json, "added"), 2);
    RUN_OK(&other, "slots", "--name", "=SUM", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(json_array_get(other.json, 0), "slotName"), "=SUM(A1)");
    world_book(&w, "100000", "1", "-Nair", "+491712345678");
    RUN_OK(&w, "export", "customers");
    CU_ASSERT(contains(w.run.out, ",'-Nair,+491712345678,"));
    RUN_OK(&w, "export", "tickets", "--format", "jsonl");
    CU_ASSERT(contains(w.run.out, "\"ticketStatus\":\"Booked\""));
    CU_ASSERT(!contains(w.run.out, "\"pass\""));
    RUN_OK(&w, "export", "journal", "--json");
    CU_ASSERT(contains(w.run.out, "\"kind\":\"schedule\""));
    CU_ASSERT(!contains(w.run.out, "Nair"));
    RUN_OK(&other, "export", "tickets");
    CU_ASSERT(contains(other.run.out, "ticketId,userId"));
    REFUSED(&w, "usage", 2, "export", "slots", "--format", "xml");
    REFUSED(&w, "usage", 2, "export", "films");
    REFUSED(&w, "disk_full", 74, "export", "slots", "--output", "/dev/full");
    REFUSED(&w, "cannot_create", 73, "export", "slots", "--output", "/nowhere/at/all");
    world_release(&w);
    world_release(&other);
}

static void test_backup_and_verify(void)
{
    struct world w, copy;
    char path[256], key[300], there[300];

    world_init(&w);
    world_init(&copy);
    world_book(&w, world_schedule(&w, "Skyfall", "3"), "2", NULL, NULL);
    snprintf(path, sizeof path, "%s", copy.store);
    RUN_OK(&w, "backup", path, "--json");
    CU_ASSERT(member_number(w.json, "bytes") > 4096);
    CU_ASSERT_NOT_EQUAL(RUN(&w, "backup", path), 0);
    /* with the key put beside it the copy is a box office */
    snprintf(key, sizeof key, "%s.key", w.store);
    snprintf(there, sizeof there, "%s.key", copy.store);
    REFUSED(&copy, "config", 78, "slots");
    CU_ASSERT_EQUAL(link(key, there), 0);
    CU_ASSERT(world_adds_up(&copy));
    has_members(copy.json, "ok slots tickets customers entries problems");
    CU_ASSERT_EQUAL(member_number(copy.json, "tickets"), 2);
    RUN_OK(&copy, "verify");
    CU_ASSERT(contains(copy.run.out, "adds up"));
    world_release(&w);
    world_release(&copy);
}

/* What stands in a folder: names, sizes and times of change, as text. */
static void list_folder(const char *folder, char *text, size_t size)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    size_t used = 0;

    CU_ASSERT_FATAL(count >= 0);
    for (int i = 0; i < count; i++) {
        char path[600];
        struct stat info = {0};

        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && used < size && stat(path, &info) == 0)
            used += (size_t)snprintf(text + used, size - used, "%s %lld %lld.%09ld\n",
                                     entries[i]->d_name, (long long)info.st_size,
                                     (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
        free(entries[i]);
    }
    free(entries);
}

/* A copy is checked where its key is not, and is the same copy afterwards. */
static void test_verify_without_key(void)
{
    struct world w, copy;
    char before[2000] = "", after[2000] = "", folder[160];

    world_init(&w);
    world_init(&copy);
    /* a name that is none in an address: nothing of it may be taken for one */
    snprintf(folder, sizeof folder, "%s/50%% off?mode=rw#1", copy.home);
    CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0700), 0);
    snprintf(copy.store, sizeof copy.store, "%s/copy.db", folder);
    world_book(&w, world_schedule(&w, "Skyfall", "3"), "2", NULL, NULL);
    RUN_OK(&w, "backup", copy.store);
    list_folder(folder, before, sizeof before);
    RUN_OK(&copy, "verify");
    CU_ASSERT(contains(copy.run.out, "Everything adds up."));
    CU_ASSERT(contains(copy.run.out, "copy.db.key is not there"));
    CU_ASSERT(world_adds_up(&copy));
    CU_ASSERT_EQUAL(member_number(copy.json, "tickets"), 2);
    list_folder(folder, after, sizeof after);
    CU_ASSERT_STRING_EQUAL(before, after);
    /* whatever needs the key says where it belongs, and is no reason to give the old one up */
    CU_ASSERT_EQUAL(RUN(&copy, "slots"), 78);
    CU_ASSERT(contains(copy.run.err, "copy.db.key is not there: put it beside"));
    CU_ASSERT(contains(copy.run.err, "Only when it is lost for good"));
    list_folder(folder, after, sizeof after);
    CU_ASSERT_STRING_EQUAL(before, after);
    world_release(&w);
    world_release(&copy);
}

/* Nothing is looked for where nothing is, and a copy that was changed is found out. */
static void test_verify_of_others(void)
{
    struct world w;
    char key[300], log[300], sql[] = "UPDATE ticket SET status = 2";
    sqlite3 *db = NULL;

    world_init(&w);
    REFUSED(&w, "no_input", 66, "verify");
    CU_ASSERT_NOT_EQUAL(access(w.store, F_OK), 0);
    world_file(&w, "office.db", "", 0);
    REFUSED(&w, "not_a_store", 65, "verify");
    CU_ASSERT_EQUAL(unlink(w.store), 0);
    world_book(&w, world_schedule(&w, "Skyfall", "3"), "2", NULL, NULL);
    snprintf(key, sizeof key, "%s.key", w.store);
    CU_ASSERT_EQUAL(unlink(key), 0);
    /* one that keeps a log, and that nobody has open, gets none */
    snprintf(log, sizeof log, "%s-wal", w.store);
    RUN_OK(&w, "verify");
    CU_ASSERT_NOT_EQUAL(access(log, F_OK), 0);
    /* the newest changes are in the log of who has it open */
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(w.store, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    CU_ASSERT_EQUAL(RUN(&w, "verify", "--json"), 1);
    CU_ASSERT(json_is_false(json_object_get(w.json, "ok")));
    sqlite3_close(db);
    world_release(&w);
}

/* One of before the last upgrade is not upgraded unasked. */
static void test_verify_of_older(void)
{
    struct world w;
    char key[300];
    sqlite3 *db = NULL;

    world_init(&w);
    world_schedule(&w, "Skyfall", "3");
    snprintf(key, sizeof key, "%s.key", w.store);
    CU_ASSERT_EQUAL(unlink(key), 0);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(w.store, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, "PRAGMA user_version = 1; DROP TABLE device_access", NULL,
                                 NULL, NULL),
                    SQLITE_OK);
    sqlite3_close(db);
    REFUSED(&w, "config", 78, "verify");
    CU_ASSERT(contains(w.run.err, "older version"));
    REFUSED(&w, "config", 78, "slots");
    CU_ASSERT(contains(w.run.err, ".key is not there"));
    world_release(&w);
}

static void test_doctor_and_config(void)
{
    static const char ini[] = "[till]\nname = Door 3\n";
    struct world w;
    char config[256];
    const json_t *setting;

    world_init(&w);
    RUN_OK(&w, "doctor", "--json");
    CU_ASSERT(json_is_true(json_object_get(w.json, "ok")));
    CU_ASSERT_NOT_EQUAL(access(w.store, F_OK), 0);
    RUN_OK(&w, "config", "--json");
    CU_ASSERT_NOT_EQUAL(access(w.store, F_OK), 0);
    setting = json_object_get(json_object_get(w.json, "settings"), "store.file");
    CU_ASSERT_STRING_EQUAL(member_text(setting, "from"), "--db");
    snprintf(config, sizeof config, "TICKETLY_TILL_NAME=Door 4");
    w.options.environment = (const char *const[]){config, NULL};
    RUN_OK(&w, "config", "--json");
    setting = json_object_get(json_object_get(w.json, "settings"), "till.name");
    CU_ASSERT_STRING_EQUAL(member_text(setting, "value"), "Door 4");
    snprintf(config, sizeof config, "%s/config", w.home);
    CU_ASSERT_EQUAL(mkdir(config, 0700), 0);
    snprintf(config, sizeof config, "%s/config/ticketly", w.home);
    CU_ASSERT_EQUAL(mkdir(config, 0700), 0);
    world_file(&w, "config/ticketly/ticketly.ini", ini, strlen(ini));
    w.options.environment = NULL;
    RUN_OK(&w, "config");
    CU_ASSERT(contains(w.run.out, "Door 3"));
    CU_ASSERT(contains(w.run.out, "ticketly.ini:2"));
    world_file(&w, "config/ticketly/ticketly.ini", "[till]\nnmae = x\n", 16);
    REFUSED(&w, "config", 78, "slots");
    CU_ASSERT(contains(w.run.err, ":2"));
    CU_ASSERT_EQUAL(RUN(&w, "doctor"), 1);
    CU_ASSERT(contains(w.run.out, "bad   settings"));
    RUN_OK(&w, "slots", "--help");
    world_release(&w);
}

static void test_help_and_docs(void)
{
    static const char *const kinds[] = {"man",      "completion", "commands", "settings",
                                        "ini",      "keys",       "status"};
    struct world w;

    world_init(&w);
    RUN_OK(&w, "--help");
    CU_ASSERT(contains(w.run.out, "reissue"));
    CU_ASSERT(!contains(w.run.out, "  docs"));
    RUN_OK(&w, "book", "--help");
    CU_ASSERT(contains(w.run.out, "(--slot ID | --movie NAME --start TIME) --count N"));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        RUN_OK(&w, "docs", kinds[i]);
        CU_ASSERT(w.run.out_length > 100);
    }
    CU_ASSERT_NOT_EQUAL(access(w.store, F_OK), 0);
    world_release(&w);
}

SUITE(admin, {"schedule and slots", test_schedule_and_slots},
      {"book sells all or none, to customers and walk-ups", test_book},
      {"several showings of one name and start are all looked at", test_several_of_one_name},
      {"reissue and cancel", test_reissue_and_cancel},
      {"tickets, customer and find", test_tickets_customer_find},
      {"expire and archive", test_expire_and_archive},
      {"qr in each form", test_qr},
      {"what is exported can be imported", test_import_export},
      {"backup and verify", test_backup_and_verify},
      {"a copy is checked without its key, and not changed", test_verify_without_key},
      {"verify makes nothing, and reads what is in use", test_verify_of_others},
      {"verify upgrades nothing without its key", test_verify_of_older},
      {"doctor and config open nothing and change nothing", test_doctor_and_config},
      {"help and documentation come from the table", test_help_and_docs})
