/* Imports that nobody uses any more, with a clock of the test's own. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/http.h"
#include "tests/support/served.h"
#include "tests/support/test.h"
#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

#define IMPORTS 4
#define MINUTE (60 * INT64_C(1000000))

static _Atomic int64_t moment = 1000 * MINUTE;

static int64_t told_clock(void)
{
    return moment;
}

static int64_t wall_clock(void *context)
{
    (void)context;
    return (int64_t)time(NULL) * 1000000;
}

struct hall {
    char folder[40], path[60];
    struct store *store;
    const char *address;
    struct answer answer;
    unsigned keys;
};

static void hall_open(struct hall *hall)
{
    struct served_options options = {.now = wall_clock};

    *hall = (struct hall){.folder = "/tmp/ticketly-test-XXXXXX"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(hall->folder));
    snprintf(hall->path, sizeof hall->path, "%s/office.db", hall->folder);
    options.path = hall->path;
    hall->store = served_open(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(hall->store);
    imports_set_clock(served_service(hall->store, &hall->address)->imports, told_clock);
}

static int call(struct hall *hall, const char *method, const char *target, const char *body)
{
    char key[60];
    const char *headers[] = {key, NULL};

    snprintf(key, sizeof key, "Idempotency-Key: %u", ++hall->keys);
    answer_release(&hall->answer);
    CU_ASSERT(http_call(hall->address, method, target, headers, body, &hall->answer));
    return hall->answer.status;
}

static void hall_close(struct hall *hall)
{
    char path[80];
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};

    answer_release(&hall->answer);
    store_close(hall->store);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", hall->path, ends[i]);
        unlink(path);
    }
    rmdir(hall->folder);
}

/* Files without a name in the folder that this process has open: spools. */
static size_t count_spools(const struct hall *hall)
{
    size_t count = 0;

    for (int fd = 0; fd < 1024; fd++) {
        char link[40], target[300];
        ssize_t length;

        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, target, sizeof target - 1);
        if (length <= 0)
            continue;
        target[length] = '\0';
        count += strncmp(target, hall->folder, strlen(hall->folder)) == 0 &&
                 strstr(target, "/import (deleted)");
    }
    return count;
}

static int add_nothing(struct hall *hall, const char *id)
{
    char target[120];

    snprintf(target, sizeof target, "/v1/imports/%s/operations?at=0", id);
    return call(hall, "POST", target, "{\"operations\":[]}");
}

/* Ten minutes after its last use an import is given up, and its spool with it; not before. */
static void test_rest(void)
{
    char first[OP_ID_TEXT_MAX], last[OP_ID_TEXT_MAX] = "";
    struct hall hall;

    hall_open(&hall);
    for (int i = 0; i < IMPORTS; i++) {
        CU_ASSERT_EQUAL(call(&hall, "POST", "/v1/imports", NULL), 201);
        snprintf(i ? last : first, sizeof last, "%s", answer_text(&hall.answer, "importId"));
    }
    CU_ASSERT_EQUAL(count_spools(&hall), IMPORTS);
    CU_ASSERT_EQUAL(call(&hall, "POST", "/v1/imports", NULL), 503);
    CU_ASSERT_EQUAL(count_spools(&hall), IMPORTS); /* one that is refused leaves nothing */
    moment += 9 * MINUTE;
    CU_ASSERT_EQUAL(add_nothing(&hall, first), 200);
    moment += MINUTE; /* ten minutes: still there */
    CU_ASSERT_EQUAL(call(&hall, "POST", "/v1/imports", NULL), 503);
    moment++;
    CU_ASSERT_EQUAL(add_nothing(&hall, last), 404);
    CU_ASSERT_EQUAL(count_spools(&hall), 1);
    CU_ASSERT_EQUAL(add_nothing(&hall, first), 200);
    for (int i = 1; i < IMPORTS; i++)
        CU_ASSERT_EQUAL(call(&hall, "POST", "/v1/imports", NULL), 201);
    CU_ASSERT_EQUAL(call(&hall, "POST", "/v1/imports", NULL), 503);
    CU_ASSERT_EQUAL(count_spools(&hall), IMPORTS);
    hall_close(&hall);
}

SUITE(v1_imports, {"an import that is not used for ten minutes is given up", test_rest})
