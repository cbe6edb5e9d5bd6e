/* What a door wrote down: torn, damaged, full, fought over and killed. */
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "data/door_record.h"

#define FIRST_TICKET UINT64_C(1000)

struct place {
    char folder[128], path[160];
    struct door_record *record;
    struct tk_error error;
};

static void place_init(struct place *place)
{
    *place = (struct place){0};
    test_folder(place->folder, sizeof place->folder);
    snprintf(place->path, sizeof place->path, "%s/door.record", place->folder);
}

static enum tk_code place_open(struct place *place)
{
    return door_record_open(place->path, &place->record, &place->error);
}

static void place_close(struct place *place)
{
    door_record_close(place->record);
    place->record = NULL;
}

static struct operation make_operation(uint64_t number)
{
    struct operation operation = {.kind = OP_ADMIT,
                                  .at = 1000,
                                  .admit = {FIRST_TICKET + number, SLOT_ID_FIRST, 2000}};

    memcpy(operation.id.bytes, &number, sizeof number);
    operation.id.bytes[15] = 1;
    text_copy(operation.actor, sizeof operation.actor, "Priya");
    text_copy(operation.device, sizeof operation.device, "door 1");
    return operation;
}

static enum tk_code add(struct place *place, uint64_t number)
{
    struct operation operation = make_operation(number);

    return place->record->ops->add(place->record, &operation, &place->error);
}

static enum tk_code settle(struct place *place, uint64_t number)
{
    struct operation operation = make_operation(number);

    return place->record->ops->settle(place->record, &operation.id, NULL, &place->error);
}

struct seen {
    uint64_t first, count;
    bool in_order;
};

static void see(void *context, const struct operation *operation)
{
    struct seen *seen = context;
    uint64_t number = operation->admit.ticket_id - FIRST_TICKET;
    struct operation wanted = make_operation(number);

    if (!seen->count)
        seen->first = number;
    seen->in_order &= number == seen->first + seen->count &&
                      op_id_equal(&operation->id, &wanted.id) && operation->kind == OP_ADMIT &&
                      operation->admit.admitted_at == 2000 &&
                      strcmp(operation->device, "door 1") == 0;
    seen->count++;
}

static struct seen look(struct place *place)
{
    struct seen seen = {.in_order = true};
    struct operation operation;
    bool found = false;

    CU_ASSERT_EQUAL(place->record->ops->list(place->record, see, &seen, NULL), TK_OK);
    CU_ASSERT_EQUAL(place->record->ops->first(place->record, &operation, &found, NULL), TK_OK);
    CU_ASSERT_EQUAL(found, seen.count > 0);
    CU_ASSERT(!found || operation.admit.ticket_id == FIRST_TICKET + seen.first);
    CU_ASSERT(seen.in_order);
    return seen;
}

static struct door_conflict make_conflict(uint64_t number)
{
    struct door_conflict conflict = {.id = make_operation(number).id,
                                     .ticket_id = FIRST_TICKET + number,
                                     .admitted_at = 2000};

    snprintf(conflict.message, sizeof conflict.message, "It went in at Door %llu, 2 minutes ago.",
             (unsigned long long)number);
    return conflict;
}

static enum tk_code refuse(struct place *place, uint64_t number)
{
    struct door_conflict conflict = make_conflict(number);

    return place->record->ops->settle(place->record, &conflict.id, &conflict, &place->error);
}

static enum tk_code acknowledge(struct place *place, uint64_t number)
{
    struct door_conflict conflict = make_conflict(number);

    return place->record->ops->acknowledge(place->record, &conflict.id, &place->error);
}

struct refused {
    uint64_t numbers[500];
    size_t count;
};

static void see_conflict(void *context, const struct door_conflict *conflict)
{
    struct refused *refused = context;
    uint64_t number = conflict->ticket_id - FIRST_TICKET;
    struct door_conflict wanted = make_conflict(number);

    CU_ASSERT(op_id_equal(&conflict->id, &wanted.id));
    CU_ASSERT_EQUAL(conflict->admitted_at, wanted.admitted_at);
    CU_ASSERT_STRING_EQUAL(conflict->message, wanted.message);
    CU_ASSERT_FATAL(refused->count < 500);
    refused->numbers[refused->count++] = number;
}

static struct refused look_refused(struct place *place)
{
    struct refused refused = {.count = 0};

    CU_ASSERT_EQUAL(
        place->record->ops->list_conflicts(place->record, see_conflict, &refused, NULL), TK_OK);
    return refused;
}

static size_t read_whole(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t got = file ? fread(text, 1, size, file) : 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fclose(file);
    return got;
}

static void write_whole(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "w");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void test_kept_in_order(void)
{
    struct place place;
    struct stat info;
    struct seen seen;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    CU_ASSERT_EQUAL(stat(place.path, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 07777, 0600);
    for (uint64_t i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(add(&place, i), TK_OK);
    CU_ASSERT_EQUAL(settle(&place, 1), TK_INTERNAL); /* not the first one */
    CU_ASSERT_EQUAL(settle(&place, 0), TK_OK);
    CU_ASSERT_EQUAL(settle(&place, 1), TK_OK);
    place_close(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    seen = look(&place);
    CU_ASSERT_EQUAL(seen.first, 2);
    CU_ASSERT_EQUAL(seen.count, 3);
    for (uint64_t i = 2; i < 5; i++)
        CU_ASSERT_EQUAL(settle(&place, i), TK_OK);
    CU_ASSERT_EQUAL(stat(place.path, &info), 0);
    CU_ASSERT_EQUAL(info.st_size, 0);
    CU_ASSERT_EQUAL(add(&place, 9), TK_OK);
    place_close(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    CU_ASSERT_EQUAL(look(&place).first, 9);
    place_close(&place);
}

static void test_refusals_stay(void)
{
    struct place place;
    struct stat info;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    for (uint64_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(add(&place, i), TK_OK);
    CU_ASSERT_EQUAL(refuse(&place, 1), TK_INTERNAL); /* not the first one */
    CU_ASSERT_EQUAL(refuse(&place, 0), TK_OK);
    CU_ASSERT_EQUAL(settle(&place, 1), TK_OK);
    CU_ASSERT_EQUAL(refuse(&place, 2), TK_OK);
    CU_ASSERT_EQUAL(settle(&place, 3), TK_OK);
    for (int i = 0; i < 2; i++) { /* nothing waits, and it stays */
        place_close(&place);
        CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
        CU_ASSERT_EQUAL(look(&place).count, 0);
        CU_ASSERT_EQUAL(look_refused(&place).count, 2);
        CU_ASSERT_EQUAL(look_refused(&place).numbers[1], 2);
    }
    CU_ASSERT_EQUAL(add(&place, 4), TK_OK);
    CU_ASSERT_EQUAL(acknowledge(&place, 0), TK_OK);
    CU_ASSERT_EQUAL(acknowledge(&place, 0), TK_OK); /* it is gone */
    place_close(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    CU_ASSERT_EQUAL(look(&place).first, 4);
    CU_ASSERT_EQUAL_FATAL(look_refused(&place).count, 1);
    CU_ASSERT_EQUAL(look_refused(&place).numbers[0], 2);
    CU_ASSERT_EQUAL(settle(&place, 4), TK_OK);
    CU_ASSERT_EQUAL(stat(place.path, &info), 0);
    CU_ASSERT(info.st_size > 0);
    CU_ASSERT_EQUAL(acknowledge(&place, 2), TK_OK);
    CU_ASSERT_EQUAL(stat(place.path, &info), 0);
    CU_ASSERT_EQUAL(info.st_size, 0);
    place_close(&place);
}

/* What is over leaves the file though a refusal stays; another process finds it in use all the time. */
static void test_written_anew(void)
{
    struct place place, other;
    struct stat info;
    off_t longest = 0;
    int shrunk = 0;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    for (uint64_t i = 0; i < 600; i++) {
        CU_ASSERT_EQUAL(add(&place, i), TK_OK);
        CU_ASSERT_EQUAL(i < 3 ? refuse(&place, i) : settle(&place, i), TK_OK);
        CU_ASSERT_EQUAL(stat(place.path, &info), 0);
        shrunk += info.st_size < longest;
        longest = info.st_size;
    }
    CU_ASSERT(shrunk > 0);
    CU_ASSERT_EQUAL(info.st_mode & 07777, 0600);
    other = place;
    CU_ASSERT_EQUAL(place_open(&other), TK_BUSY);
    CU_ASSERT_EQUAL(acknowledge(&place, 1), TK_OK);
    CU_ASSERT_EQUAL(add(&place, 7), TK_OK);
    place_close(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    CU_ASSERT_EQUAL(look(&place).first, 7);
    CU_ASSERT_EQUAL_FATAL(look_refused(&place).count, 2);
    CU_ASSERT_EQUAL(look_refused(&place).numbers[1], 2);
    place_close(&place);
}

/* Three lines: two operations, and one answered for. Returns where the last line begins. */
static size_t make_file(struct place *place, char *text, size_t size, size_t *length)
{
    size_t start;

    CU_ASSERT_EQUAL_FATAL(place_open(place), TK_OK);
    CU_ASSERT_EQUAL(add(place, 0), TK_OK);
    CU_ASSERT_EQUAL(add(place, 1), TK_OK);
    CU_ASSERT_EQUAL(refuse(place, 0), TK_OK);
    CU_ASSERT_EQUAL(add(place, 2), TK_OK);
    place_close(place);
    *length = read_whole(place->path, text, size);
    CU_ASSERT_FATAL(*length > 0 && *length <= size);
    for (start = *length ? *length - 1 : 0; start && text[start - 1] != '\n'; start--)
        ;
    return start;
}

static void test_torn(void)
{
    struct place place;
    char text[4096], now[4096];
    size_t length, start;

    place_init(&place);
    start = make_file(&place, text, sizeof text, &length);
    for (size_t cut = start; cut < length; cut++) {
        write_whole(place.path, text, cut);
        CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
        CU_ASSERT_EQUAL(look(&place).first, 1);
        CU_ASSERT_EQUAL(look(&place).count, 1);
        CU_ASSERT_EQUAL(add(&place, 2), TK_OK); /* it goes on as if nothing had been */
        place_close(&place);
        CU_ASSERT_EQUAL(read_whole(place.path, now, sizeof now), length);
        CU_ASSERT_EQUAL(memcmp(now, text, length), 0);
    }
    memcpy(now, text, length); /* a block that never came to the disk */
    memset(now + start + 20, 0, 30);
    write_whole(place.path, now, length);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    CU_ASSERT_EQUAL(look(&place).count, 1);
    place_close(&place);
}

static void test_damaged(void)
{
    struct place place;
    char text[4096], bad[4096], now[4096];
    size_t length, start;

    place_init(&place);
    start = make_file(&place, text, sizeof text, &length);
    for (size_t at = 0; at + 1 < length; at++) {
        memcpy(bad, text, length);
        bad[at] = (char)(bad[at] ^ 0x04);
        write_whole(place.path, bad, length);
        place.error.message[0] = '\0';
        CU_ASSERT_EQUAL(place_open(&place), TK_CORRUPT);
        CU_ASSERT_PTR_NOT_NULL(strstr(place.error.message, "is damaged in line "));
        CU_ASSERT_EQUAL(read_whole(place.path, now, sizeof now), length);
        CU_ASSERT_EQUAL(memcmp(now, bad, length), 0);
    }
    write_whole(place.path, text + 60, length - 60); /* the beginning is gone */
    CU_ASSERT_EQUAL(place_open(&place), TK_CORRUPT);
    write_whole(place.path, memcpy(bad, text + start, length - start), length - start);
    CU_ASSERT_EQUAL(place_open(&place), TK_CORRUPT); /* a whole line, but not the first one */
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full(void)
{
    struct place place;
    char text[4096], now[4096];
    size_t length;
    struct rlimit before;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    place_init(&place);
    getrlimit(RLIMIT_FSIZE, &before);
    make_file(&place, text, sizeof text, &length);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    for (size_t room = 0; room < 100; room += 9) {
        enum tk_code code;

        limit_files(length + room);
        code = add(&place, 3);
        limit_files(before.rlim_cur);
        CU_ASSERT_EQUAL(code, TK_DISK_FULL);
        CU_ASSERT_EQUAL(look(&place).count, 2);
        CU_ASSERT_EQUAL(read_whole(place.path, now, sizeof now), length);
        CU_ASSERT_EQUAL(memcmp(now, text, length), 0);
    }
    CU_ASSERT_EQUAL(add(&place, 3), TK_OK);
    CU_ASSERT_EQUAL(look(&place).count, 3);
    place_close(&place);
    signal(SIGXFSZ, handler);
}

static void test_one_process(void)
{
    struct place place, other;
    int status;
    pid_t child;

    place_init(&place);
    CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
    child = fork();
    if (!child) {
        other = place;
        _exit(place_open(&other) == TK_BUSY && strstr(other.error.message, "in use") ? 0 : 1);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
    place_close(&place);
    CU_ASSERT_EQUAL(place_open(&place), TK_OK);
    place_close(&place);
}

static void test_a_file_of_its_own(void)
{
    struct place place;
    char target[200];

    place_init(&place);
    write_whole(place.path, "", 0);
    chmod(place.path, 0644);
    CU_ASSERT_EQUAL(place_open(&place), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(place.error.message, "can be read by others"));
    snprintf(target, sizeof target, "%s.real", place.path);
    rename(place.path, target);
    CU_ASSERT_EQUAL(symlink(target, place.path), 0);
    CU_ASSERT_EQUAL(place_open(&place), TK_CANNOT_CREATE);
    unlink(place.path);
    CU_ASSERT_EQUAL(mkfifo(place.path, 0600), 0);
    CU_ASSERT_NOT_EQUAL(place_open(&place), TK_OK);
}

/* Adds and settles as fast as it can, and says after each what is durable. */
static void work_until_killed(struct place *place, int out)
{
    uint64_t added = 0, settled = 0;
    char said[2];

    if (place_open(place))
        _exit(1);
    for (;;) {
        bool adds = added - settled < 3 || added % 7;

        if (added - settled > 40)
            adds = false;
        if (adds               ? add(place, added)
            : settled % 3 == 0 ? refuse(place, settled)
                               : settle(place, settled))
            _exit(2);
        if (!adds && settled % 6 == 0 && acknowledge(place, settled))
            _exit(2);
        added += adds;
        settled += !adds;
        said[0] = adds ? '+' : '-';
        if (write(out, said, 1) != 1)
            _exit(3);
    }
}

static void test_killed(void)
{
    uint64_t random = test_seed();
    int rounds = test_is_long() ? 200 : 20;

    for (int round = 0; round < rounds; round++) {
        uint64_t added = 0, settled = 0;
        struct place place;
        struct seen seen;
        struct refused refused;
        int ends[2], status;
        char said;
        pid_t child;
        uint64_t stop = 1 + test_random_below(&random, 200);

        place_init(&place);
        CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
        child = fork();
        if (!child)
            work_until_killed(&place, ends[1]);
        close(ends[1]);
        while (added + settled < stop && read(ends[0], &said, 1) == 1)
            *(said == '+' ? &added : &settled) += 1;
        kill(child, SIGKILL);
        while (read(ends[0], &said, 1) == 1)
            *(said == '+' ? &added : &settled) += 1;
        close(ends[0]);
        waitpid(child, &status, 0);
        CU_ASSERT(WIFSIGNALED(status));
        CU_ASSERT_EQUAL_FATAL(place_open(&place), TK_OK);
        seen = look(&place);
        if (seen.count) { /* one more step may be done than was said */
            CU_ASSERT(seen.first == settled || seen.first == settled + 1);
            CU_ASSERT(seen.first + seen.count >= added && seen.first + seen.count <= added + 1);
        } else {
            CU_ASSERT(added - settled <= 1);
        }
        refused = look_refused(&place); /* those that nobody has dealt with are there */
        for (uint64_t number = 3; number < settled; number += 6)
            CU_ASSERT_EQUAL(refused.numbers[(number - 3) / 6], number);
        place_close(&place);
    }
}

SUITE(door_record, {"what was added and not settled is kept, in order", test_kept_in_order},
      {"what was refused stays until a person has dealt with it", test_refusals_stay},
      {"what is over leaves the file", test_written_anew},
      {"a last line cut at any byte is cut off", test_torn},
      {"a byte changed anywhere is seen, and the file left alone", test_damaged},
      {"a full disk leaves the file as it was", test_full},
      {"one process has the file", test_one_process},
      {"only a file of this user's alone", test_a_file_of_its_own},
      {"kill -9 loses nothing that was told", test_killed})
