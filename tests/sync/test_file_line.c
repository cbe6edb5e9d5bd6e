/* The line to a centre that is a file: opening, waiting, and looking after it. */
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"
#include "data/replica/file_line.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

struct bench {
    struct fixture fixture;
    struct sync_line *line;
    enum tk_code failure; /* of opening */
    int opened, closed;
    int timeout_ms; /* with which it was opened */
};

static enum tk_code open_centre(void *context, int timeout_ms, struct store **store,
                                struct key_ring *keys, struct tk_error *error)
{
    struct bench *bench = context;
    struct sqlite_options options = fixture_options(&bench->fixture);
    enum tk_code code = bench->failure ? tk_fail_code(error, bench->failure) : TK_OK;

    options.busy_timeout_ms = bench->timeout_ms = timeout_ms;
    if (!code)
        code = sqlite_store_open(&options, store, error);
    if (!code)
        *keys = bench->fixture.office.keys;
    bench->opened += !code;
    return code;
}

static void close_centre(void *context)
{
    ((struct bench *)context)->closed++;
}

static void bench_init(struct bench *bench)
{
    struct file_line_options options = {.open = open_centre,
                                        .closed = close_centre,
                                        .context = bench,
                                        .allotment = ALLOTMENT_RULE_DEFAULT,
                                        .archive_after = TIME_DAY};

    *bench = (struct bench){0};
    fixture_init(&bench->fixture);
    options.ports = bench->fixture.office.ports;
    options.rules = bench->fixture.office.rules;
    CU_ASSERT_EQUAL_FATAL(file_line_open(&options, &bench->line, NULL), TK_OK);
}

static void bench_release(struct bench *bench)
{
    bench->line->ops->close(bench->line);
    CU_ASSERT_EQUAL(bench->closed, bench->opened);
    fixture_release(&bench->fixture);
}

/* One from a copy that the centre knows, or not. */
static enum tk_code ask(struct bench *bench, bool known, int timeout_ms, struct sync_reply *reply)
{
    struct sync_request request = {.busiest = -1, .replica = {{7}}};
    struct store_facts facts = {0};
    enum tk_code code;

    text_copy(request.device, sizeof request.device, "till-2");
    if (known) {
        CU_ASSERT_EQUAL(office_facts(&bench->fixture.office, &facts, NULL), TK_OK);
        text_copy(request.centre, sizeof request.centre, facts.uuid);
        request.era = facts.era;
    }
    *reply = (struct sync_reply){0};
    code = bench->line->ops->exchange(bench->line, &request, reply, timeout_ms, NULL);
    sync_request_release(&request);
    return code;
}

static void test_opened_when_asked(void)
{
    struct bench bench;
    struct sync_reply reply;

    bench_init(&bench);
    CU_ASSERT_EQUAL(bench.opened, 0);
    bench.failure = TK_NO_INPUT;
    CU_ASSERT_EQUAL(ask(&bench, false, 1000, &reply), TK_NO_INPUT);
    bench.failure = TK_OK;
    CU_ASSERT_EQUAL(ask(&bench, false, 1000, &reply), TK_OK);
    CU_ASSERT_STRING_EQUAL(reply.identity.device, "till-2");
    sync_reply_release(&reply);
    CU_ASSERT_EQUAL(ask(&bench, false, 1000, &reply), TK_OK);
    sync_reply_release(&reply);
    CU_ASSERT_EQUAL(bench.opened, 1);
    bench_release(&bench);
}

static void test_waits_its_time(void)
{
    struct bench bench;
    struct sync_reply reply;
    char lock[200];
    time_t now;
    int gate;

    bench_init(&bench);
    CU_ASSERT_EQUAL(ask(&bench, false, 20000, &reply), TK_OK); /* it is open, with much patience */
    sync_reply_release(&reply);
    snprintf(lock, sizeof lock, "%s.lock", bench.fixture.path);
    gate = open(lock, O_RDWR | O_CLOEXEC);
    CU_ASSERT_FATAL(gate >= 0 && flock(gate, LOCK_EX) == 0);
    now = time(NULL);
    CU_ASSERT_EQUAL(ask(&bench, true, 200, &reply), TK_BUSY); /* to join is a change */
    CU_ASSERT(time(NULL) - now < 3);
    close(gate);
    CU_ASSERT_EQUAL(ask(&bench, true, 1000, &reply), TK_OK);
    CU_ASSERT_EQUAL(reply.standing, STANDING_GOOD);
    sync_reply_release(&reply);
    CU_ASSERT_EQUAL(bench.opened, 1); /* a file that is in use is not broken */
    bench_release(&bench);
}

/* SQLite's own lock asks nobody who waits, so that the first exchange, which may take longer, must not say
   how long. */
static void test_waits_for_lock(void)
{
    struct bench bench;
    struct sync_reply reply;
    sqlite3 *other = NULL;
    time_t now;

    bench_init(&bench);
    CU_ASSERT_EQUAL(ask(&bench, false, 20000, &reply), TK_OK);
    sync_reply_release(&reply);
    CU_ASSERT_EQUAL(bench.timeout_ms, SYNC_ANSWER_MS);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(bench.fixture.path, &other), SQLITE_OK);
    sqlite3_busy_timeout(other, 5000);
    CU_ASSERT_EQUAL_FATAL(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    now = time(NULL);
    CU_ASSERT_EQUAL(ask(&bench, true, SYNC_ANSWER_MS, &reply), TK_BUSY);
    CU_ASSERT(time(NULL) - now < 4);
    sqlite3_close(other);
    CU_ASSERT_EQUAL(ask(&bench, true, SYNC_ANSWER_MS, &reply), TK_OK);
    sync_reply_release(&reply);
    CU_ASSERT_EQUAL(bench.opened, 1);
    bench_release(&bench);
}

static bool stop_waiting(void *context, int64_t waited_ms)
{
    (void)waited_ms;
    ++*(int *)context;
    return true;
}

static void test_given_up(void)
{
    struct bench bench;
    struct sync_reply reply;
    int asked = 0, gate;
    struct store_watch watch = {stop_waiting, &asked};
    char lock[200];

    bench_init(&bench);
    CU_ASSERT_EQUAL(ask(&bench, false, 1000, &reply), TK_OK);
    sync_reply_release(&reply);
    snprintf(lock, sizeof lock, "%s.lock", bench.fixture.path);
    gate = open(lock, O_RDWR | O_CLOEXEC);
    CU_ASSERT_FATAL(gate >= 0 && flock(gate, LOCK_EX) == 0);
    bench.line->ops->set_watch(bench.line, &watch);
    CU_ASSERT_EQUAL(ask(&bench, true, 5000, &reply), TK_INTERRUPTED);
    CU_ASSERT(asked > 0);
    close(gate);
    bench_release(&bench);
}

/* Whoever asks looks after the file, too. */
static void test_looked_after(void)
{
    struct bench bench;
    struct sync_reply reply;
    int64_t slot;
    uint64_t ticket = 0;

    bench_init(&bench);
    slot = fixture_schedule(&bench.fixture, "Skyfall", TIME_HOUR, 10);
    CU_ASSERT_EQUAL(fixture_book(&bench.fixture, slot, 1, NULL, NULL, &ticket), TK_OK);
    bench.fixture.now += 11 * TIME_HOUR + TIME_MINUTE; /* it ended 8 hours and a minute ago */
    CU_ASSERT_EQUAL(ask(&bench, false, 1000, &reply), TK_OK);
    sync_reply_release(&reply);
    CU_ASSERT(fixture_slot(&bench.fixture, slot).expired_at != 0);
    CU_ASSERT_EQUAL(fixture_ticket(&bench.fixture, ticket).status, TICKET_EXPIRED);
    bench_release(&bench);
}

SUITE(file_line, {"the centre's file is opened when it is first asked, and again after a failure",
                  test_opened_when_asked},
      {"a file that others hold is waited for no longer than allowed", test_waits_its_time},
      {"a file that another program locks is waited for no longer than a person waits",
       test_waits_for_lock},
      {"whoever waits for a file can give up", test_given_up},
      {"whoever works with a file expires what is over", test_looked_after})
