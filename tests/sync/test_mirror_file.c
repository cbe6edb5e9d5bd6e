/* A till's copy as a file: put back from a backup, copied, on a disk that fails, killed. */
#include "tests/support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "data/mark.h"
#include "tests/support/fault_vfs.h"
#include "tests/sync/copy.h"

static int64_t begin(struct copy *copy, int64_t held)
{
    int64_t slot;

    copy_init(copy);
    slot = fixture_schedule(&copy->centre, "Aurora", TIME_HOUR, 2000);
    CU_ASSERT_EQUAL_FATAL(copy_adopt(copy), TK_OK);
    copy_grant(copy, slot, held);
    copy_sync(copy, slot);
    return slot;
}

/* Writes what is in one file into another, which stays the same file if it is there. */
static void put_file(const char *from, const char *to)
{
    char part[4096];
    FILE *source = fopen(from, "rb"), *target = fopen(to, "wb");
    size_t size;

    CU_ASSERT_FATAL(source && target);
    while ((size = fread(part, 1, sizeof part, source)) > 0)
        CU_ASSERT_EQUAL(fwrite(part, 1, size, target), size);
    fclose(source);
    fclose(target);
}

static void beside(char path[220], const struct copy *copy, const char *suffix)
{
    snprintf(path, 220, "%s%s", copy->path, suffix);
}

/* An old image in the place of the file: it sells nothing before it is renewed, and then what it is given. */
static void check_suspect(struct copy *copy, int64_t slot)
{

    CU_ASSERT(copy_state(copy).suspect);
    CU_ASSERT_EQUAL(copy_sell(copy, slot, 1, NULL), TK_NOT_ALLOTTED);
    copy_close(copy);
    CU_ASSERT_EQUAL_FATAL(copy_open(copy, NULL), TK_OK);
    CU_ASSERT(copy_state(copy).suspect);
    CU_ASSERT_EQUAL(copy_renew(copy), TK_OK);
    CU_ASSERT_FALSE(copy_state(copy).suspect);
    CU_ASSERT_EQUAL(copy_held(copy, slot), 0);
    CU_ASSERT_EQUAL(copy_sell(copy, slot, 1, NULL), TK_NOT_ALLOTTED);
    copy_close(copy);
    CU_ASSERT_EQUAL_FATAL(copy_open(copy, NULL), TK_OK);
    CU_ASSERT_FALSE(copy_state(copy).suspect);
}

static void test_old_image(void)
{
    struct copy copy;
    char image[220];
    int64_t slot = begin(&copy, 5);

    beside(image, &copy, ".image");
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_close(&copy);
    put_file(copy.path, image);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    CU_ASSERT_FALSE(copy_state(&copy).suspect);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_close(&copy);
    put_file(image, copy.path);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 1);
    check_suspect(&copy, slot);
    copy_release(&copy);
}

/* What is queued meanwhile, as an admission, does not catch up with the mark. */
static void test_suspect_stays(void)
{
    struct copy copy;
    char image[220];
    uint64_t first;
    int64_t slot = begin(&copy, 5);
    struct operation prints;

    beside(image, &copy, ".image");
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, &first), TK_OK);
    copy_close(&copy);
    put_file(copy.path, image);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_close(&copy);
    put_file(image, copy.path);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    for (int i = 0; i < 3; i++) {
        prints = copy_operation(&copy, OP_PRINT);
        prints.copy.ticket_id = first;
        CU_ASSERT_EQUAL(copy_apply(&copy, &prints, NULL), TK_OK);
    }
    check_suspect(&copy, slot);
    copy_release(&copy);
}

static void test_clone(void)
{
    struct copy copy;
    char image[220], mark[220], other[220];
    int64_t slot = begin(&copy, 5);

    beside(image, &copy, ".image");
    beside(mark, &copy, ".mark");
    copy_close(&copy);
    put_file(copy.path, image);
    snprintf(other, sizeof other, "%s.mark", image);
    put_file(mark, other);
    memcpy(copy.path, image, sizeof copy.path);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    check_suspect(&copy, slot);
    copy_release(&copy);
}

static void test_torn_mark(void)
{
    struct copy copy;
    struct stat info;
    char mark[220];
    int64_t slot = begin(&copy, 5);

    beside(mark, &copy, ".mark");
    CU_ASSERT_EQUAL(stat(mark, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0600);
    copy_close(&copy);
    CU_ASSERT_EQUAL(truncate(mark, 100), 0);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    check_suspect(&copy, slot);
    copy_grant(&copy, slot, 9); /* the replica at the centre is another one by now */
    copy_close(&copy);
    CU_ASSERT_EQUAL(unlink(mark), 0);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    CU_ASSERT_FALSE(copy_state(&copy).suspect); /* it holds nothing and did nothing */
    copy_release(&copy);
}

static void test_mark(void)
{
    struct op_id a = {{1}}, b = {{2}};
    char folder[160], path[200], mark[220];
    int file;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(mark, sizeof mark, "%s.mark", path);
    CU_ASSERT_EQUAL(mark_write(path, &a, 1, NULL), TK_CANNOT_CREATE);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    CU_ASSERT(mark_doubts(path, &a, 0, true) && !mark_doubts(path, &a, 0, false));
    CU_ASSERT_EQUAL(mark_write(path, &a, 9, NULL), TK_OK);
    CU_ASSERT(!mark_doubts(path, &a, 9, true) && !mark_doubts(path, &a, 10, true));
    CU_ASSERT(mark_doubts(path, &a, 8, true) && mark_doubts(path, &a, 8, false));
    CU_ASSERT(mark_doubts(path, &b, 9, true) && !mark_doubts(path, &b, 9, false));
    file = open(mark, O_WRONLY); /* of two that were written one over the other */
    CU_ASSERT_EQUAL(pwrite(file, "1", 1, 75), 1);
    close(file);
    CU_ASSERT(mark_doubts(path, &a, INT64_MAX, true) && !mark_doubts(path, &a, 0, false));
    CU_ASSERT_EQUAL(mark_write(path, &a, INT64_MAX, NULL), TK_OK);
    CU_ASSERT(mark_doubts(path, &a, 10, false));
    CU_ASSERT_EQUAL(mark_write(path, &a, 11, NULL), TK_OK);
    CU_ASSERT_FALSE(mark_doubts(path, &a, 11, true));
}

/* --- a disk that fails --- */

struct fault {
    enum fault_kind kind;
    bool forever;
    int result;
};

static const struct fault faults[] = {{FAULT_WRITE, false, 0},
                                      {FAULT_WRITE, true, SQLITE_FULL},
                                      {FAULT_SYNC, false, 0},
                                      {FAULT_SYNC, true, 0},
                                      {FAULT_READ, false, 0},
                                      {FAULT_LOCK, false, 0}};

/* A sale with the n-th call failing; false when there was no such call. */
static bool sell_on_bad_disk(const struct fault *fault, int64_t n)
{
    struct fault_plan plan = {fault->kind, n, fault->forever, fault->result};
    struct copy copy;
    int64_t slot = begin(&copy, 5);
    struct operation book = copy_operation(&copy, OP_BOOK), again;
    struct outcome outcome = {0};
    enum tk_code code;
    bool failed;

    copy_close(&copy);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    book.book.slot.id = slot;
    book.book.count = 2;
    again = book;
    fault_vfs_arm(&plan);
    code = copy_apply(&copy, &book, &outcome);
    failed = fault_vfs_disarm();
    copy_close(&copy);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    if (code != TK_UNKNOWN) {
        CU_ASSERT_EQUAL(copy_waiting(&copy), code == TK_OK);
        CU_ASSERT_EQUAL(copy_held(&copy, slot), code == TK_OK ? 3 : 5);
    }
    CU_ASSERT_FALSE(copy_state(&copy).suspect);
    CU_ASSERT_EQUAL(copy_apply(&copy, &again, &outcome), TK_OK);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 1);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 3);
    CU_ASSERT_EQUAL(copy_verify(&copy), 0);
    copy_release(&copy);
    return failed;
}

/* The same of taking over the answer: all of it, or nothing. */
static bool take_on_bad_disk(const struct fault *fault, int64_t n)
{
    struct fault_plan plan = {fault->kind, n, fault->forever, fault->result};
    struct copy copy;
    struct copy_reply reply;
    int64_t slot = begin(&copy, 5);
    bool failed;

    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, NULL), TK_OK);
    copy_ask(&copy, true, slot, true, &reply);
    copy_close(&copy);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    fault_vfs_arm(&plan);
    copy_take(&copy, &reply, NULL);
    failed = fault_vfs_disarm();
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 3);
    CU_ASSERT_EQUAL(copy_state(&copy).taken_seq, 1 - (int64_t)copy_waiting(&copy));
    CU_ASSERT_EQUAL(copy_take(&copy, &reply, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 0);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 3);
    CU_ASSERT_EQUAL(copy_verify(&copy), 0);
    copy_reply_release(&reply);
    copy_release(&copy);
    return failed;
}

static void each_call(bool (*run)(const struct fault *fault, int64_t n))
{
    fault_vfs_install();
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        for (int64_t n = 1; run(&faults[i], n) && n < (test_is_long() ? 1000 : 12);)
            n += test_is_long() || n < 6 ? 1 : 3;
    fault_vfs_remove();
}

static void test_sell_on_bad_disk(void)
{
    each_call(sell_on_bad_disk);
}

static void test_take_on_bad_disk(void)
{
    each_call(take_on_bad_disk);
}

/* Where no mark can be written the sale stands: it is on the disk. */
static void test_no_mark(void)
{
    struct copy copy;
    char mark[220];
    int64_t slot = begin(&copy, 5);

    beside(mark, &copy, ".mark");
    CU_ASSERT_EQUAL(unlink(mark), 0);
    CU_ASSERT_EQUAL(mkdir(mark, 0700), 0);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 1);
    copy_release(&copy);
}

/* --- kill --- */

#define PLACES 1000 /* more than are sold before the last one is killed */

static void sell_until_killed(struct copy *copy, int64_t slot, int notes)
{
    uint64_t first;

    copy->store = NULL;
    if (copy_open(copy, NULL))
        _exit(1);
    while (copy_sell(copy, slot, 1, &first) == TK_OK)
        if (write(notes, &first, sizeof first) != sizeof first)
            break;
    close(notes); /* there is no more to come, should all be sold before it is killed */
    for (;;)
        pause();
}

static void test_kill(void)
{
    struct copy copy;
    uint64_t seed = test_seed(), first;
    int64_t slot = begin(&copy, PLACES);
    int64_t sold = 0;

    for (int round = 0; round < 5; round++) {
        uint64_t wanted = 1 + test_random_below(&seed, 15);
        int notes[2];
        pid_t child;

        copy_close(&copy);
        CU_ASSERT_EQUAL_FATAL(pipe(notes), 0);
        child = fork();
        if (child == 0) {
            copy.centre.random = seed + (uint64_t)round;
            sell_until_killed(&copy, slot, notes[1]);
        }
        close(notes[1]);
        CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
        while (wanted-- && read(notes[0], &first, sizeof first) == sizeof first) {
            CU_ASSERT(copy_ticket(&copy, first, NULL));
            sold++;
        }
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(notes[0], &first, sizeof first) == sizeof first)
            sold++;
        close(notes[0]);
        copy_close(&copy);
        CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
        CU_ASSERT_FALSE(copy_state(&copy).suspect);
        /* one may be done whose note was not written */
        CU_ASSERT((int64_t)copy_waiting(&copy) - sold <= round + 1);
        CU_ASSERT((int64_t)copy_waiting(&copy) >= sold);
        CU_ASSERT_EQUAL(copy_held(&copy, slot), PLACES - (int32_t)copy_waiting(&copy));
    }
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 0);
    CU_ASSERT_EQUAL(copy_verify(&copy), 0);
    CU_ASSERT_EQUAL(fixture_verify(&copy.centre), 0);
    copy_release(&copy);
}

SUITE(mirror_file, {"the mark tells files apart", test_mark},
      {"an old image sells nothing", test_old_image},
      {"and does not grow out of it", test_suspect_stays},
      {"a clone sells nothing", test_clone},
      {"half a mark is none", test_torn_mark},
      {"a sale stands without its mark", test_no_mark},
      {"a disk that fails: a sale is made once or not at all", test_sell_on_bad_disk},
      {"a disk that fails: an answer is taken wholly or not at all", test_take_on_bad_disk},
      {"kill -9: what was sold is in the queue", test_kill})
