/* admin_bad: what people get wrong, and what machines do to the box office file. */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/admin/world.h"

#define LONG_NAME 10240

/* schedule with one thing wrong */
#define SCHEDULE(name, start, end, type, genre, capacity)                                          \
    "schedule", "--name", name, "--description", "d", "--start", start, "--end", end, "--type",    \
        type, "--genre", genre, "--capacity", capacity

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void test_usage(void)
{
    struct world w;

    world_init(&w);
    CU_ASSERT_EQUAL(RUN(&w, "book"), 2);
    CU_ASSERT(contains(w.run.err, "See ticketly admin book --help."));
    CU_ASSERT_EQUAL(w.run.out_length, 0);
    REFUSED(&w, "usage", 2, "nonsense");
    REFUSED(&w, "usage", 2, "book", "--slot", "100000");
    REFUSED(&w, "usage", 2, "book", "--slot", "100000", "--count");
    REFUSED(&w, "usage", 2, "book", "--slot", "--count", "1");
    REFUSED(&w, "usage", 2, "book", "--movie", "Up", "--count", "1");
    REFUSED(&w, "usage", 2, "book", "--slot", "100000", "--movie", "Up", "--count", "1");
    REFUSED(&w, "usage", 2, "book", "--slot", "1", "--slot", "2", "--count", "1");
    REFUSED(&w, "usage", 2, "slots", "--colour", "red");
    REFUSED(&w, "usage", 2, "slots", "-x");
    REFUSED(&w, "usage", 2, "slots", "one too many");
    REFUSED(&w, "usage", 2, "slots", "--open=yes");
    REFUSED(&w, "usage", 2, "slots", "--limit", "-1");
    REFUSED(&w, "usage", 2, "ticket");
    REFUSED(&w, "usage", 2, "ticket", "TKT0000000001", "TKT0000000002");
    CU_ASSERT_EQUAL(RUN(&w, "find", "--json", "--", "--weird"), 0);
    CU_ASSERT_EQUAL(RUN(&w, "--json"), 2);
    world_release(&w);
}

static void test_counts(void)
{
    static const char *const bad[] = {"0",  "-5", "21", "100000000000000000000",
                                      "-100000000000000000000", "1000001"};
    static const char *const no_numbers[] = {"abc", "", "1.5", "0x10", "1 2"};
    struct world w;
    const char *slot;

    world_init(&w);
    slot = world_schedule(&w, "Skyfall", "20");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(&w, "bad_count", 1, "book", "--slot", slot, "--count", bad[i]);
    for (size_t i = 0; i < sizeof no_numbers / sizeof *no_numbers; i++)
        REFUSED(&w, "usage", 2, "book", "--slot", slot, "--count", no_numbers[i]);
    RUN_OK(&w, "slots", "--json");
    CU_ASSERT_EQUAL(member_number(json_array_get(w.json, 0), "availTickets"), 20);
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_schedule_refusals(void)
{
    struct world w;

    world_init(&w);
    REFUSED(&w, "bad_time", 1,
            SCHEDULE("N", "2031-02-30 10:00", "2031-03-01 10:00", "Movie", "Drama", "9"));
    REFUSED(&w, "bad_time", 1,
            SCHEDULE("N", "soon", "2031-03-01 10:00", "Movie", "Drama", "9"));
    REFUSED(&w, "bad_time", 1,
            SCHEDULE("N", "2031-02-03 25:00", "2031-03-01 10:00", "Movie", "Drama", "9"));
    REFUSED(&w, "end_before_start", 1,
            SCHEDULE("N", "2031-02-02 10:00", "2031-02-02 09:00", "Movie", "Drama", "9"));
    REFUSED(&w, "end_before_start", 1,
            SCHEDULE("N", "2031-02-02 10:00", "2031-02-02 10:00", "Movie", "Drama", "9"));
    REFUSED(&w, "bad_capacity", 1,
            SCHEDULE("N", "2031-02-02 10:00", "2031-02-02 11:00", "Movie", "Drama", "0"));
    REFUSED(&w, "bad_capacity", 1,
            SCHEDULE("N", "2031-02-02 10:00", "2031-02-02 11:00", "Movie", "Drama",
                     "1000000000"));
    REFUSED(&w, "bad_type", 1,
            SCHEDULE("N", "2031-02-02 10:00", "2031-02-02 11:00", "Opera", "Drama", "9"));
    REFUSED(&w, "bad_genre", 1,
            SCHEDULE("N", "2031-02-02 10:00", "2031-02-02 11:00", "Movie", "Noir", "9"));
    CU_ASSERT(contains(w.run.err, "Magical Realism"));
    REFUSED(&w, "bad_name", 1,
            SCHEDULE("", "2031-02-02 10:00", "2031-02-02 11:00", "Movie", "Drama", "9"));
    RUN_OK(&w, "slots", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    world_release(&w);
}

static void test_zone(void)
{
    struct world w;

    world_init(&w);
    w.options.environment = (const char *const[]){"TICKETLY_VENUE_ZONE=Europe/Berlin", NULL};
    REFUSED(&w, "time_skipped", 1,
            SCHEDULE("N", "2027-03-28 02:30", "2027-03-28 04:00", "Movie", "Drama", "9"));
    REFUSED(&w, "time_repeated", 1,
            SCHEDULE("N", "2027-10-31 02:30", "2027-10-31 05:00", "Movie", "Drama", "9"));
    RUN_OK(&w, SCHEDULE("N", "2027-10-31T02:30+01:00", "2027-10-31 05:00", "Movie", "Drama", "9"),
           "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "startTime"), "2027-10-31T02:30:00+01:00");
    w.options.environment = (const char *const[]){"TICKETLY_VENUE_ZONE=Europe/Atlantis", NULL};
    REFUSED(&w, "config", 78, "slots");
    world_release(&w);
}

static void test_names(void)
{
    static char longest[LONG_NAME + 1];
    struct world w;

    world_init(&w);
    memset(longest, 'x', LONG_NAME);
    REFUSED(&w, "bad_name", 1,
            SCHEDULE(longest, "2031-02-02 10:00", "2031-02-02 11:00", "Movie", "Drama", "9"));
    REFUSED(&w, "bad_name", 1,
            SCHEDULE("\xff\xfe", "2031-02-02 10:00", "2031-02-02 11:00", "Movie", "Drama", "9"));
    RUN_OK(&w, SCHEDULE("\033[31mRed\033[0m\a \xE2\x80\xAEtxt", "2031-02-02 10:00",
                        "2031-02-02 11:00", "Movie", "Drama", "9"));
    CU_ASSERT(!contains(w.run.out, "\033"));
    CU_ASSERT(!contains(w.run.out, "\xE2\x80\xAE"));
    RUN_OK(&w, SCHEDULE("'; DROP TABLE slot; --", "2031-02-02 10:00", "2031-02-02 11:00", "Movie",
                        "Drama", "9"));
    RUN_OK(&w, "book", "--movie", "'; DROP TABLE slot; --", "--start", "2031-02-02 10:00",
           "--count", "1", "--name", "Robert'); DELETE FROM ticket; --", "--phone", "12345");
    RUN_OK(&w, "find", "robert", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "find", "%' OR 1=1 --", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    REFUSED(&w, "bad_name", 1, "book", "--slot", "100000", "--count", "1", "--name", longest,
            "--phone", "12345");
    REFUSED(&w, "bad_phone", 1, "book", "--slot", "100000", "--count", "1", "--name", "x",
            "--phone", longest);
    REFUSED(&w, "bad_name", 1, "book", "--movie", longest, "--start", "2031-02-02 10:00",
            "--count", "1");
    RUN_OK(&w, "find", longest);
    RUN_OK(&w, "slots", "--name", longest);
    CU_ASSERT_EQUAL(RUN(&w, "ticket", "\033]0;x\a"), 1);
    CU_ASSERT(!contains(w.run.err, "\033"));
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_ids_of_nobody(void)
{
    struct world w;

    world_init(&w);
    world_schedule(&w, "Skyfall", "20");
    REFUSED(&w, "slot_not_found", 1, "book", "--slot", "999999", "--count", "1");
    REFUSED(&w, "slot_not_found", 1, "book", "--movie", "Nothing", "--start", "19:45", "--count",
            "1");
    REFUSED(&w, "slot_not_found", 1, "tickets", "--slot", "999999");
    REFUSED(&w, "bad_id", 1, "book", "--slot", "1", "--count", "1");
    REFUSED(&w, "bad_id", 1, "book", "--slot", "100000000000000000000", "--count", "1");
    REFUSED(&w, "ticket_not_found", 1, "ticket", "TKT7K3QF9XW2M");
    REFUSED(&w, "ticket_not_found", 1, "cancel", "TKT7K3QF9XW2M");
    REFUSED(&w, "ticket_not_found", 1, "reissue", "TKT7K3QF9XW2M", "--slot", "100000");
    REFUSED(&w, "ticket_not_found", 1, "customer", "--ticket", "TKT7K3QF9XW2M");
    REFUSED(&w, "ticket_not_found", 1, "qr", "TKT7K3QF9XW2M");
    REFUSED(&w, "bad_id", 1, "ticket", "hello");
    REFUSED(&w, "bad_id", 1, "cancel", "");
    world_release(&w);
}

/* A file that cannot be imported: nothing is, and line and column are named. */
static void refused_import(struct world *world, const char *text, const char *names)
{
    char path[256];

    snprintf(path, sizeof path, "%s", world_file(world, "bad.csv", text, strlen(text)));
    REFUSED(world, "bad_data", 65, "import", path);
    if (!contains(world->run.err, names))
        printf("    wanted %s in %s", names, world->run.err);
    CU_ASSERT(contains(world->run.err, names));
    RUN_OK(world, "slots", "--json");
    CU_ASSERT_EQUAL(json_array_size(world->json), 0);
}

static void test_imports(void)
{
#define HEADER "slotName,startTime,endTime,slotType,genre\n"
#define GOOD "Up,2031-05-01 20:00,2031-05-01 22:00,Movie,Drama\n"
    struct world w;

    world_init(&w);
    refused_import(&w, "", ":1");
    refused_import(&w, "name,when\nUp,now\n", "name");
    refused_import(&w, "slotName,startTime,endTime,slotType\n", "genre");
    refused_import(&w, HEADER GOOD "Up,2031-02-30 20:00,2031-05-01 22:00,Movie,Drama\n", ":3");
    refused_import(&w, HEADER GOOD "Up,2031-02-30 20:00,2031-05-01 22:00,Movie,Drama\n",
                   "startTime");
    refused_import(&w, HEADER "Up,2031-05-01 20:00,2031-05-01 22:00,Movie,Noir\n", "genre");
    refused_import(&w, HEADER "Up,2031-05-01 20:00,2031-05-01 19:00,Movie,Drama\n", ":2");
    refused_import(&w, HEADER GOOD "Up,only two\n", ":3");
    refused_import(&w, HEADER GOOD "\"Up,2031", ":3");
    refused_import(&w, HEADER "\xff\xfe,2031-05-01 20:00,2031-05-01 22:00,Movie,Drama\n", ":2");
    REFUSED(&w, "no_input", 66, "import", "/nowhere/at/all.csv");
    CU_ASSERT_NOT_EQUAL(RUN(&w, "import", w.home), 0);
    world_release(&w);
}

/* --- the file --- */

static void pragma(const char *path, const char *sql)
{
    sqlite3 *db = NULL;

    CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Nothing is left beside what is not ours, with a key file there or without. */
static void refuse_untouched(struct world *w)
{
    char key[300], lock[300];

    snprintf(key, sizeof key, "%s.key", w->store);
    snprintf(lock, sizeof lock, "%s.lock", w->store);
    REFUSED(w, "not_a_store", 65, "slots");
    CU_ASSERT_NOT_EQUAL(access(lock, F_OK), 0);
    CU_ASSERT_NOT_EQUAL(access(key, F_OK), 0);
    REFUSED(w, "not_a_store", 65, "verify");
    world_file(w, "office.db.key",
               "ticketly-site-key 1\n"
               "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
               85);
    CU_ASSERT_EQUAL(chmod(key, 0600), 0);
    REFUSED(w, "not_a_store", 65, "slots");
    CU_ASSERT_NOT_EQUAL(access(lock, F_OK), 0);
    CU_ASSERT_EQUAL(unlink(key), 0);
}

static void test_other_files(void)
{
    struct world w;

    world_init(&w);
    world_file(&w, "office.db", "Dear diary, this is no database.\n", 33);
    refuse_untouched(&w);
    CU_ASSERT_EQUAL(RUN(&w, "doctor"), 1);
    CU_ASSERT_EQUAL(unlink(w.store), 0);
    pragma(w.store, "CREATE TABLE song (name); PRAGMA application_id = 77;");
    refuse_untouched(&w);
    world_release(&w);
    world_init(&w);
    world_schedule(&w, "Skyfall", "20");
    pragma(w.store, "PRAGMA user_version = 999;");
    REFUSED(&w, "newer_version", 78, "slots");
    CU_ASSERT_EQUAL(RUN(&w, "doctor", "--json"), 1);
    CU_ASSERT(json_is_false(json_object_get(w.json, "ok")));
    world_release(&w);
}

static void test_damaged(void)
{
    struct world w;
    char noise[4096];
    int file;

    world_init(&w);
    world_schedule(&w, "Skyfall", "20");
    memset(noise, 0xA5, sizeof noise);
    file = open(w.store, O_RDWR);
    for (off_t at = 4096; at < 40960; at += 4096)
        CU_ASSERT_EQUAL(pwrite(file, noise, sizeof noise, at), (ssize_t)sizeof noise);
    close(file);
    REFUSED(&w, "corrupt", 65, "slots");
    CU_ASSERT_NOT_EQUAL(RUN(&w, "verify"), 0);
    CU_ASSERT_EQUAL(RUN(&w, "doctor"), 1);
    world_release(&w);
}

static void give_to_nobody(const char *path, mode_t mode)
{
    CU_ASSERT_EQUAL(chmod(path, mode), 0);
    if (geteuid() == 0)
        CU_ASSERT_EQUAL(chown(path, 65534, 65534), 0);
}

static void test_read_only(void)
{
    struct world w;
    char key[300], lock[300];

    world_init(&w);
    world_schedule(&w, "Skyfall", "20");
    snprintf(key, sizeof key, "%s.key", w.store);
    snprintf(lock, sizeof lock, "%s.lock", w.store);
    give_to_nobody(key, 0600);
    give_to_nobody(lock, 0600);
    give_to_nobody(w.store, 0400);
    give_to_nobody(w.home, 0500);
    if (geteuid() == 0) {
        /* the folder of the whole run has to be passable for an ordinary user */
        char above[300];

        snprintf(above, sizeof above, "%s/..", w.home);
        CU_ASSERT_EQUAL(chmod(above, 0711), 0);
    }
    w.options.as_nobody = true;
    if (RUN(&w, "--help") == 127 || w.run.status == 126) {
        test_skip("an ordinary user cannot reach the program");
    } else {
        REFUSED(&w, "read_only", 77, "book", "--slot", "100000", "--count", "1");
        CU_ASSERT_EQUAL(RUN(&w, "doctor"), 1);
        CU_ASSERT(contains(w.run.out, "read-only"));
    }
    w.options.as_nobody = false;
    CU_ASSERT_EQUAL(chmod(w.home, 0700), 0);
    world_release(&w);
}

static void test_locked(void)
{
    struct world w;
    char lock[300];
    int fd;

    world_init(&w);
    world_schedule(&w, "Skyfall", "20");
    snprintf(lock, sizeof lock, "%s.lock", w.store);
    fd = open(lock, O_RDWR | O_CLOEXEC);
    CU_ASSERT(fd >= 0);
    CU_ASSERT_EQUAL(flock(fd, LOCK_EX), 0);
    w.options.environment = (const char *const[]){"TICKETLY_STORE_WAIT_SECONDS=1", NULL};
    REFUSED(&w, "busy", 75, "book", "--slot", "100000", "--count", "1");
    close(fd);
    RUN_OK(&w, "book", "--slot", "100000", "--count", "1");
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_key(void)
{
    struct world w;
    char key[300];
    struct stat info;

    world_init(&w);
    world_schedule(&w, "Skyfall", "20");
    snprintf(key, sizeof key, "%s.key", w.store);
    CU_ASSERT_EQUAL(stat(key, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0600);
    CU_ASSERT_EQUAL(chmod(key, 0644), 0);
    REFUSED(&w, "config", 78, "slots");
    CU_ASSERT_EQUAL(RUN(&w, "doctor"), 1);
    CU_ASSERT(contains(w.run.out, "chmod 600"));
    CU_ASSERT_EQUAL(unlink(key), 0);
    REFUSED(&w, "config", 78, "slots");
    world_release(&w);
}

static void test_lost_output(void)
{
    struct world w;

    world_init(&w);
    world_schedule(&w, "Skyfall", "20");
    w.options.out_path = "/dev/full";
    REFUSED(&w, "disk_full", 74, "slots");
    REFUSED(&w, "disk_full", 74, "book", "--slot", "100000", "--count", "1");
    CU_ASSERT(contains(w.run.err, "is done all the same"));
    w.options.out_path = NULL;
    w.options.closed_pipe = true;
    REFUSED(&w, "io_error", 74, "slots");
    REFUSED(&w, "io_error", 74, "export", "slots");
    w.options.closed_pipe = false;
    RUN_OK(&w, "tickets", "--slot", "100000", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    world_release(&w);
}

SUITE(admin_bad, {"usage errors exit 2 and say how to go on", test_usage},
      {"counts from below zero to beyond all numbers", test_counts},
      {"schedule refuses what cannot be", test_schedule_refusals},
      {"the skipped and the repeated hour of the venue's zone", test_zone},
      {"names of 10 kB, with escapes, bidi marks, bad bytes, SQL", test_names},
      {"ids of nobody", test_ids_of_nobody},
      {"a bad programme is named by line and column, nothing is imported", test_imports},
      {"files of other programs and of newer versions", test_other_files},
      {"a damaged file", test_damaged},
      {"a read-only file", test_read_only},
      {"a file locked for long", test_locked},
      {"a site key that is lost or open to others", test_key},
      {"a full disk or a closed pipe for the answer", test_lost_output})
