/*
 * A service whose disk is full, and one whose file is copied and counted while it sells. The disk is
 * SQLite's, under a service of this process (fault_vfs.h).
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/time.h"
#include "tests/http/load.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/served.h"
#include "tests/support/test.h"
#include "ui/http/service.h"

#define WAIT_MS 20000
#define FULL_SAID "The disk is full: free some space and try again. Nothing was changed."

static int64_t wall_clock(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- a full disk --- */

struct house {
    char folder[128], path[160], log_path[160];
    struct service_log *log;
    struct store *store;
    const char *address;
    int64_t slot;
    struct answer answer;
};

static int call(struct house *house, const char *method, const char *target, const char *key,
                const char *body)
{
    char header[64];
    const char *headers[] = {header, NULL};

    snprintf(header, sizeof header, "Idempotency-Key: %s", key ? key : "");
    answer_release(&house->answer);
    house->answer = (struct answer){0};
    CU_ASSERT(http_call(house->address, method, target, key ? headers : NULL, body,
                        &house->answer));
    return house->answer.status;
}

static void house_open(struct house *house)
{
    struct served_options options = {.path = house->path, .now = wall_clock};
    int64_t start = (wall_clock(NULL) / TIME_HOUR + 5) * TIME_HOUR;
    char body[300];
    int fd;

    *house = (struct house){.slot = 0};
    test_folder(house->folder, sizeof house->folder);
    snprintf(house->path, sizeof house->path, "%s/office.db", house->folder);
    snprintf(house->log_path, sizeof house->log_path, "%s/log", house->folder);
    fd = open(house->log_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    house->log = options.log = service_log_open(fd, LOG_PROBLEMS);
    house->store = served_open(&options);
    CU_ASSERT_FATAL(fd >= 0 && house->log && house->store);
    CU_ASSERT_PTR_NOT_NULL(served_service(house->store, &house->address));
    snprintf(body, sizeof body,
             "{\"slotName\":\"Heat\",\"startTime\":%" PRId64 ",\"endTime\":%" PRId64
             ",\"slotType\":\"Movie\",\"genre\":\"Crime\",\"capacity\":100}",
             start, start + 2 * TIME_HOUR);
    CU_ASSERT_EQUAL(call(house, "POST", "/v1/slots", "programme", body), 201);
    house->slot = answer_number(&house->answer, "slotId");
}

/* Ends the service and its log, which is then read into `log`. */
static void house_close(struct house *house, char *log, size_t size)
{
    ssize_t length;
    int fd;

    store_close(house->store);
    service_log_close(house->log);
    fd = open(house->log_path, O_RDONLY | O_CLOEXEC);
    length = read(fd, log, size - 1);
    CU_ASSERT(length >= 0);
    log[length > 0 ? length : 0] = '\0';
    close(fd);
    answer_release(&house->answer);
}

static int sell(struct house *house, const char *key)
{
    char body[60];

    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 ",\"numTickets\":2}", house->slot);
    return call(house, "POST", "/v1/tickets", key, body);
}

static int64_t left(struct house *house)
{
    char target[60];

    snprintf(target, sizeof target, "/v1/slots/%" PRId64, house->slot);
    CU_ASSERT_EQUAL(call(house, "GET", target, NULL, NULL), 200);
    return answer_number(&house->answer, "availTickets");
}

static bool is_ready(struct house *house)
{
    return call(house, "GET", "/readyz", NULL, NULL) == 200;
}

static void check_refuses_changes(struct house *house)
{
    CU_ASSERT_EQUAL(call(house, "GET", "/readyz", NULL, NULL), 503);
    CU_ASSERT_PTR_NOT_NULL(strstr(house->answer.body, "the store refuses changes"));
}

static void check_counted(struct house *house, unsigned failures)
{
    char line[80];

    snprintf(line, sizeof line, "ticketly_commit_failures_total{code=\"disk_full\"} %u\n",
             failures);
    CU_ASSERT_EQUAL(call(house, "GET", "/metrics", NULL, NULL), 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(house->answer.body, line));
}

static void check_log(const char *log)
{
    const char *line = strstr(log, "\"event\":\"commit_failed\"");

    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    CU_ASSERT_PTR_NOT_NULL(strstr(line, FULL_SAID));
    CU_ASSERT_PTR_NOT_NULL(strstr(log, "\"level\":\"err\",\"event\":\"commit_failed\""));
}

/* How many lines have this event. */
static size_t count_events(const char *log, const char *event)
{
    size_t count = 0;

    while ((log = strstr(log, event))) {
        count++;
        log++;
    }
    return count;
}

static void check_full_answer(struct house *house, const char *key)
{
    CU_ASSERT_EQUAL(sell(house, key), 507);
    CU_ASSERT_STRING_EQUAL(answer_text(&house->answer, "code"), "disk_full");
    CU_ASSERT_STRING_EQUAL(answer_text(&house->answer, "detail"), FULL_SAID);
}

/* The service says what is wrong, goes out of the balancer's way, lets somebody try now and then, and
   sells again as soon as there is room. */
static void test_full_disk(void)
{
    static const char *const keys[] = {"a", "b", "c"};
    struct house house;
    static char log[256 << 10];
    int64_t until;

    fault_vfs_install();
    house_open(&house);
    CU_ASSERT_EQUAL(sell(&house, "before"), 201);
    check_counted(&house, 0);
    fault_vfs_arm(
        &(struct fault_plan){.kind = FAULT_WRITE, .n = 1, .forever = true, .result = SQLITE_FULL});
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT(is_ready(&house));
        check_full_answer(&house, keys[i]);
    }
    check_refuses_changes(&house);
    check_counted(&house, 3);
    CU_ASSERT_EQUAL(left(&house), 98);
    until = clock_ms() + WAIT_MS;
    while (!is_ready(&house) && clock_ms() < until)
        usleep(50000);
    CU_ASSERT(is_ready(&house));
    check_full_answer(&house, "a");
    check_refuses_changes(&house);
    CU_ASSERT(fault_vfs_disarm());
    CU_ASSERT_EQUAL(sell(&house, "a"), 201); /* the key that was refused */
    CU_ASSERT(is_ready(&house));
    CU_ASSERT_EQUAL(sell(&house, "a"), 201);
    check_counted(&house, 4);
    CU_ASSERT_EQUAL(left(&house), 96);
    house_close(&house, log, sizeof log);
    fault_vfs_remove();
    check_log(log);
    CU_ASSERT_EQUAL(count_events(log, "commit_failed"), 2); /* seconds lie between them */
}

/* --- a copy and a count while it sells --- */

#define SELLERS 8
#define CAPACITY 90000

/* Runs a command that must succeed while the crowd (NULL: none) goes on buying. */
static void admin(struct process *process, struct crowd *crowd, const char *command,
                  const char *argument)
{
    size_t before = crowd ? atomic_load(&crowd->answered) : 0;
    struct run run;

    CU_ASSERT_EQUAL(process_admin(process, &run, command, argument, NULL), 0);
    if (run.status)
        printf("\n    %s: %s%s", command, run.out, run.err);
    run_release(&run);
    CU_ASSERT(!crowd || atomic_load(&crowd->answered) > before);
}

/* A copy is a box office of its own, once it has the key. */
static void check_copy(const struct process *process, const char *path)
{
    struct process copy = {.pid = 0}; /* never started */
    char key[2][PROCESS_PATH_SIZE + 8];
    struct run run;

    snprintf(copy.folder, sizeof copy.folder, "%s", process->folder);
    snprintf(copy.store, sizeof copy.store, "%s", path);
    snprintf(key[0], sizeof key[0], "%s.key", process->store);
    snprintf(key[1], sizeof key[1], "%s.key", copy.store);
    CU_ASSERT_EQUAL(link(key[0], key[1]), 0);
    CU_ASSERT_EQUAL(process_admin(&copy, &run, "verify", NULL), 0);
    run_release(&run);
}

/* Every sale that was told is there, and no other. */
static void check_sold(struct process *process, const struct crowd *crowd)
{
    struct answer answer = {0};
    char target[60];

    CU_ASSERT_EQUAL(crowd_count(crowd, SALE_UNKNOWN) + crowd_count(crowd, SALE_WRONG), 0);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64, crowd->slot);
    CU_ASSERT(http_call(process->url, "GET", target, NULL, NULL, &answer));
    CU_ASSERT_EQUAL(CAPACITY - answer_number(&answer, "availTickets"),
                    (int64_t)crowd_count(crowd, SALE_SOLD));
    answer_release(&answer);
}

static void test_beside_sales(void)
{
    static struct crowd crowd;
    struct process process = {0};
    struct process_options options = {0};
    char path[PROCESS_PATH_SIZE];

    if (!process_start(&process, &options)) {
        CU_FAIL("no service");
        process_release(&process);
        return;
    }
    crowd_start(&crowd, process.url, load_schedule(&process, "Beside", CAPACITY), "beside",
                SELLERS);
    CU_ASSERT(crowd_wait(&crowd, 2000, WAIT_MS)); /* so that there is something to copy */
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%.400s/copy-%u.db", process.folder, i);
        admin(&process, &crowd, "verify", NULL);
        admin(&process, &crowd, "backup", path);
        check_copy(&process, path);
    }
    crowd_stop(&crowd);
    check_sold(&process, &crowd);
    admin(&process, NULL, "verify", NULL);
    crowd_release(&crowd);
    CU_ASSERT(process_stop(&process));
    process_release(&process);
}

SUITE(http_trouble, {"a full disk is named, and sales go on when there is room", test_full_disk},
      {"a copy and a count beside sales disturb nobody", test_beside_sales})
