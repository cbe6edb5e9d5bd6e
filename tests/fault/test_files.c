/*
 * Files that are not as they should be: full, read-only, damaged, not ours, in use. The answer is
 * the documented code with a sentence, nothing is half done, nothing crashes (sqlite_store.h).
 */
#include "tests/support/test.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/fault/till.h"

/* The code of opening a path; the sentence must be there when it fails. */
static enum tk_code open_code(const struct fixture *like, const char *path, bool must_exist)
{
    struct fixture till = *like;
    struct sqlite_options options;
    struct tk_error error = {0};
    struct store *store = NULL;
    enum tk_code code;

    options = fixture_options(&till);
    options.path = path;
    options.must_exist = must_exist;
    options.busy_timeout_ms = 200;
    code = sqlite_store_open(&options, &store, &error);
    CU_ASSERT(!code == (store != NULL));
    CU_ASSERT(!code || (error.code == code && strlen(error.message) > 10));
    store_close(store);
    return code;
}

/* A box office with tickets in it, closed; office.db in a folder of its own. */
static int64_t prepare(struct fixture *base, int64_t tickets)
{
    int64_t slot;

    fixture_init(base);
    slot = fixture_schedule(base, "Vertigo", TIME_DAY, 1000);
    for (int64_t i = 0; i < tickets; i++)
        CU_ASSERT_EQUAL(fixture_book(base, slot, 1, i % 3 ? NULL : "Ada", i % 3 ? NULL : "+4412345",
                                     NULL),
                        TK_OK);
    fixture_release(base);
    return slot;
}

static void write_file(const char *path, const void *data, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CU_ASSERT_FATAL(file >= 0);
    CU_ASSERT_EQUAL(write(file, data, size), (ssize_t)size);
    close(file);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;

    CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Runs in a child: exit status of what it returns, -1 when it crashed. */
static int in_child(int (*run)(void *context), void *context)
{
    int status = -1;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        _exit(run(context));
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* --- what is not a box office --- */

static void test_not_a_store(void)
{
    static const char noise[4096] = "This is a letter, not a database. It goes on for a while.";
    struct fixture base;
    char path[200];

    prepare(&base, 1);
    snprintf(path, sizeof path, "%s/letter.txt", base.folder);
    write_file(path, noise, sizeof noise);
    CU_ASSERT_EQUAL(open_code(&base, path, false), TK_NOT_A_STORE);
    CU_ASSERT_EQUAL(open_code(&base, base.folder, false), TK_NOT_A_STORE);
    snprintf(path, sizeof path, "%s/other.db", base.folder);
    run_sql(path, "CREATE TABLE invoice (id); INSERT INTO invoice VALUES (7)");
    CU_ASSERT_EQUAL(open_code(&base, path, false), TK_NOT_A_STORE);
    run_sql(path, "PRAGMA application_id = 77");
    CU_ASSERT_EQUAL(open_code(&base, path, true), TK_NOT_A_STORE);
    snprintf(path, sizeof path, "%s/named.db", base.folder);
    run_sql(path, "PRAGMA user_version = 9");
    CU_ASSERT_EQUAL(open_code(&base, path, true), TK_NOT_A_STORE);
    run_sql(base.path, "PRAGMA user_version = 1000");
    CU_ASSERT_EQUAL(open_code(&base, base.path, true), TK_NEWER_VERSION);
    run_sql(base.path, "PRAGMA user_version = -3");
    CU_ASSERT_EQUAL(open_code(&base, base.path, true), TK_CORRUPT);
}

static void test_paths(void)
{
    struct fixture base;
    char path[9000];

    prepare(&base, 1);
    snprintf(path, sizeof path, "%s/none.db", base.folder);
    CU_ASSERT_EQUAL(open_code(&base, path, true), TK_NO_INPUT);
    CU_ASSERT_EQUAL(access(path, F_OK), -1);
    snprintf(path, sizeof path, "%s/no/such/folder.db", base.folder);
    CU_ASSERT_EQUAL(open_code(&base, path, false), TK_CANNOT_CREATE);
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    path[0] = '/';
    CU_ASSERT_EQUAL(open_code(&base, path, false), TK_CONFIG);
    path[300] = '\0'; /* longer than a file's name may be */
    CU_ASSERT_NOT_EQUAL(open_code(&base, path, false), TK_OK);
    /* an empty file is a new box office */
    snprintf(path, sizeof path, "%s/empty.db", base.folder);
    write_file(path, "", 0);
    CU_ASSERT_EQUAL(open_code(&base, path, true), TK_OK);
}

/* Whoever comes through a link meets those who come by the file's own name at the same gate. */
static void test_link(void)
{
    struct fixture base, till, linked;
    char path[200], lock[208];
    int64_t slot = prepare(&base, 1);

    snprintf(path, sizeof path, "%s/link.db", base.folder);
    CU_ASSERT_EQUAL(symlink(base.path, path), 0);
    CU_ASSERT_EQUAL_FATAL(till_open(&till, &base, base.path, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(till_open(&linked, &base, path, 2, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&linked, slot, 1, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&till, slot, 1, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_slot(&linked, slot).sold, 3);
    snprintf(lock, sizeof lock, "%s.lock", path);
    CU_ASSERT_EQUAL(access(lock, F_OK), -1);
    fixture_release(&linked);
    fixture_release(&till);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(symlink("nothing.db", path), 0);
    CU_ASSERT_EQUAL(open_code(&base, path, false), TK_NO_INPUT);
}

static void test_network(void)
{
    static const long network[] = {NFS_SUPER_MAGIC, 0xFF534D42L, 0xFE534D42L, CEPH_SUPER_MAGIC,
                                   V9FS_MAGIC, (int)0xFF534D42};
    static const long local[] = {EXT4_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC, XFS_SUPER_MAGIC,
                                 OVERLAYFS_SUPER_MAGIC, 0};

    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++)
        CU_ASSERT(sqlite_is_network_filesystem(network[i]));
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        CU_ASSERT(!sqlite_is_network_filesystem(local[i]));
}

/* --- read-only --- */

static int open_as_nobody(void *context)
{
    const struct fixture *base = context;

    if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
        return 250;
    return (int)open_code(base, base->path, true);
}

static void test_read_only(void)
{
    struct fixture base;
    char lock[200], above[sizeof base.folder];

    prepare(&base, 1);
    text_copy(above, sizeof above, base.folder);
    *strrchr(above, '/') = '\0';
    chmod(above, 0755); /* so that another user comes here at all */
    snprintf(lock, sizeof lock, "%s.lock", base.path);
    CU_ASSERT_EQUAL(chmod(base.path, 0444), 0);
    CU_ASSERT_EQUAL(chmod(lock, 0666), 0);
    CU_ASSERT_EQUAL(chmod(base.folder, 0777), 0);
    CU_ASSERT_EQUAL(in_child(open_as_nobody, &base), TK_READ_ONLY);
    CU_ASSERT_EQUAL(chmod(lock, 0444), 0);
    CU_ASSERT_EQUAL(in_child(open_as_nobody, &base), TK_READ_ONLY);
    CU_ASSERT_EQUAL(unlink(lock), 0);
    CU_ASSERT_EQUAL(chmod(base.path, 0666), 0);
    CU_ASSERT_EQUAL(chmod(base.folder, 0555), 0);
    CU_ASSERT_EQUAL(in_child(open_as_nobody, &base), TK_READ_ONLY);
    CU_ASSERT_EQUAL(chmod(base.folder, 0755), 0);
    chmod(above, 0700);
}

/* --- a full disk --- */

struct full {
    struct fixture base;
    int64_t slot;
    rlim_t limit; /* no file grows beyond this many bytes */
    size_t *sold; /* shared with the parent */
    uint64_t seed;
};

/* Sells until no file can grow any more; what was acknowledged is counted. */
static int sell_until_full(void *context)
{
    const struct full *full = context;
    struct fixture till;
    struct rlimit limit = {full->limit, full->limit};
    enum tk_code code = till_open(&till, &full->base, full->base.path, full->seed, NULL);

    signal(SIGXFSZ, SIG_IGN);
    if (code || setrlimit(RLIMIT_FSIZE, &limit))
        return 250;
    for (;;) {
        code = fixture_book(&till, full->slot, 1, NULL, NULL, NULL);
        if (code)
            break;
        ++*full->sold;
    }
    fixture_release(&till);
    return (int)code;
}

static void test_disk_full(void)
{
    size_t *sold = mmap(NULL, sizeof *sold, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0);
    struct full full = {.sold = sold};

    CU_ASSERT_NOT_EQUAL_FATAL(sold, MAP_FAILED);
    for (rlim_t step = 0; step < 6; step++) {
        struct fixture till;
        int code, there;

        full.slot = prepare(&full.base, 1);
        full.limit = (200 + 37 * step) * 1024;
        full.seed = test_seed() + step;
        *sold = 0;
        code = in_child(sell_until_full, &full);
        CU_ASSERT(code == TK_DISK_FULL || code == TK_IO || code == TK_UNKNOWN);
        CU_ASSERT_EQUAL_FATAL(till_open(&till, &full.base, full.base.path, 3, NULL), TK_OK);
        there = fixture_slot(&till, full.slot).sold - 1; /* one was sold before */
        CU_ASSERT(there == (int)*sold || (code == TK_UNKNOWN && there == (int)*sold + 1));
        CU_ASSERT(*sold > 0);
        CU_ASSERT_EQUAL(fixture_verify(&till), 0);
        CU_ASSERT_EQUAL(fixture_book(&till, full.slot, 1, NULL, NULL, NULL), TK_OK);
        fixture_release(&till);
    }
    munmap(sold, sizeof *sold);
}

/* --- damage --- */

#define DAMAGED_MAX (512 * 1024)

struct damage {
    struct fixture base;
    char path[200];
    uint8_t whole[DAMAGED_MAX], bytes[DAMAGED_MAX];
    size_t size;
    int64_t slot;
    uint64_t *seed; /* shared with the parent: the one at work */
    uint64_t last;
    size_t opened, booked;
};

static void load_whole(struct damage *damage)
{
    int file = open(damage->base.path, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(file, damage->whole, sizeof damage->whole);

    CU_ASSERT_FATAL(got > 0 && (size_t)got < sizeof damage->whole);
    damage->size = (size_t)got;
    close(file);
}

/* Everything a till does, on a file that may be damaged: any answer is fine, a crash is not. */
static int use_damaged(struct damage *damage)
{
    struct fixture till;
    struct slot_query slots = SLOT_QUERY_ALL;
    struct slot_list slot_list = {0};
    struct ticket_view_list tickets = {0};
    struct journal_query journal = {0};
    struct journal_list entries = {0};
    struct verify_report report = {0};
    struct upkeep_result upkeep;
    enum tk_code code;

    if (till_open(&till, &damage->base, damage->path, 3, NULL))
        return TK_CORRUPT;
    office_slots(&till.office, &slots, &slot_list, NULL);
    office_find(&till.office, "ada", 50, &tickets, NULL);
    office_find(&till.office, "", 500, &tickets, NULL);
    code = fixture_book(&till, damage->slot, 2, "Bob", "+4912345", NULL);
    if (tickets.count)
        office_cancel(&till.office, tickets.items[0].ticket.id, NULL, &tickets.items[0], NULL);
    office_journal(&till.office, &journal, &entries, NULL);
    office_expire(&till.office, FIXTURE_NOW + 90 * TIME_DAY, &upkeep, NULL);
    office_archive(&till.office, 1, &upkeep, NULL);
    office_verify(&till.office, &report, NULL);
    slot_list_release(&slot_list);
    ticket_view_list_release(&tickets);
    journal_list_release(&entries);
    verify_report_release(&report);
    fixture_release(&till);
    return (int)code;
}

/* Changes a few bytes anywhere, or a stretch of them. */
static void flip(struct damage *damage, uint64_t *seed)
{
    uint64_t flips = 1 + test_random_below(seed, 12);
    size_t length = test_random_below(seed, 4) ? 1 : 1 + test_random_below(seed, 600);

    memcpy(damage->bytes, damage->whole, damage->size);
    while (flips--) {
        size_t at = test_random_below(seed, damage->size - length);

        if (test_random_below(seed, 3) == 0)
            at = at / 4096 * 4096 + test_random_below(seed, 100); /* where a page says what it is */
        for (size_t i = 0; i < length && at + i < damage->size; i++)
            damage->bytes[at + i] = (uint8_t)test_random(seed);
    }
}

static int damage_all(void *context)
{
    struct damage *damage = context;

    for (; *damage->seed < damage->last; ++*damage->seed) {
        uint64_t seed = *damage->seed;

        alarm(20); /* reading in circles is a crash too */
        flip(damage, &seed);
        till_remove_store(damage->path);
        write_file(damage->path, damage->bytes, damage->size);
        use_damaged(damage);
    }
    return 0;
}

static void test_damaged(void)
{
    uint64_t *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static struct damage damage;
    uint64_t count = test_is_long() ? 20000 : 300;

    CU_ASSERT_NOT_EQUAL_FATAL(shared, MAP_FAILED);
    damage.slot = prepare(&damage.base, 100);
    load_whole(&damage);
    snprintf(damage.path, sizeof damage.path, "%s/damaged.db", damage.base.folder);
    damage.seed = shared;
    *shared = test_seed();
    damage.last = *shared + count;
    while (*shared < damage.last && in_child(damage_all, &damage) != 0) {
        printf("    damage with seed %llu crashes\n", (unsigned long long)*shared);
        CU_FAIL("a damaged file makes the program crash");
        ++*shared;
    }
    munmap(shared, sizeof *shared);
}

/* Cut at every kind of place: open fails with a code, or what is left is told from what is not. */
static void test_truncated(void)
{
    static struct damage damage;

    damage.slot = prepare(&damage.base, 100);
    load_whole(&damage);
    snprintf(damage.path, sizeof damage.path, "%s/cut.db", damage.base.folder);
    for (size_t size = 1; size < damage.size; size = size * 5 / 3 + 1) {
        till_remove_store(damage.path);
        write_file(damage.path, damage.whole, size);
        CU_ASSERT_NOT_EQUAL(use_damaged(&damage), TK_OK);
    }
}

/* --- in use --- */

static bool give_up_soon(void *context, int64_t waited_ms)
{
    (void)context;
    return waited_ms >= 100;
}

static void test_gate_held(void)
{
    struct fixture base, till;
    struct store_watch watch = {.give_up = give_up_soon}, none = {0};
    struct sqlite_options options;
    char lock[200];
    int64_t slot = prepare(&base, 1), start;
    int gate;

    till = base;
    options = fixture_options(&till);
    options.busy_timeout_ms = 400;
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &till.store, NULL), TK_OK);
    till.office.store = till.store;
    snprintf(lock, sizeof lock, "%s.lock", base.path);
    gate = open(lock, O_RDWR | O_CLOEXEC);
    CU_ASSERT_EQUAL(flock(gate, LOCK_EX), 0);

    start = till_clock_ms();
    CU_ASSERT_EQUAL(fixture_book(&till, slot, 1, NULL, NULL, NULL), TK_BUSY);
    CU_ASSERT(till_clock_ms() - start >= 400 && till_clock_ms() - start < 2000);
    office_set_watch(&till.office, &watch);
    start = till_clock_ms();
    CU_ASSERT_EQUAL(fixture_book(&till, slot, 1, NULL, NULL, NULL), TK_INTERRUPTED);
    CU_ASSERT(till_clock_ms() - start >= 100 && till_clock_ms() - start < 390);
    office_set_watch(&till.office, &none);
    /* reading does not wait */
    CU_ASSERT_EQUAL(fixture_slot(&till, slot).sold, 1);
    CU_ASSERT_EQUAL(flock(gate, LOCK_UN), 0);
    CU_ASSERT_EQUAL(fixture_book(&till, slot, 1, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_slot(&till, slot).sold, 2);
    CU_ASSERT_EQUAL(flock(gate, LOCK_EX), 0);
    CU_ASSERT_EQUAL(open_code(&base, base.path, true), TK_BUSY);
    close(gate);
    fixture_release(&till);
}

/* Another program that knows nothing of the gate holds the file for writing. */
static void test_foreign_writer(void)
{
    struct fixture base, till;
    struct sqlite_options options;
    sqlite3 *db = NULL;
    int64_t slot = prepare(&base, 1);

    till = base;
    options = fixture_options(&till);
    options.busy_timeout_ms = 300;
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &till.store, NULL), TK_OK);
    till.office.store = till.store;
    CU_ASSERT_EQUAL(sqlite3_open(base.path, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    CU_ASSERT_EQUAL(fixture_book(&till, slot, 1, NULL, NULL, NULL), TK_BUSY);
    CU_ASSERT_EQUAL(fixture_slot(&till, slot).sold, 1);
    CU_ASSERT_EQUAL(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    CU_ASSERT_EQUAL(fixture_book(&till, slot, 1, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_verify(&till), 0);
    sqlite3_close(db);
    fixture_release(&till);
}

SUITE(fault_files, {"what is not a box office is not opened", test_not_a_store},
      {"paths that lead nowhere", test_paths},
      {"a link and the file it points to share one gate", test_link},
      {"network file systems are told from local ones", test_network},
      {"read-only file, lock and folder", test_read_only},
      {"a disk that fills up while selling", test_disk_full},
      {"damaged files never crash the program", test_damaged},
      {"truncated files are not sold from", test_truncated},
      {"a gate held for long: busy, or given up by the watch", test_gate_held},
      {"a writer that does not know the gate: busy", test_foreign_writer})
