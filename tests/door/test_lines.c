/*
 * The door without a screen (ui/door/lines.h): the real program between pipes, over a box office
 * file and over a service.
 */
#include "tests/door/entrance.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "core/id.h"
#include "core/text.h"

#define HERE(entrance, ...) \
    entrance_open(entrance, &door, "Door 1", (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define NEVER_SOLD UINT64_C(0x2345678901234)

/* --- what an object looks like --- */

/* Exactly the five members, each of its kind. */
static void check_shape(struct entrance *entrance, const struct json *object)
{
    static const char *const names[] = {"verdict", "message", "ticketId", "slotId", "at", NULL};
    const char *message = json_text(json_member(object, "message"));
    const char *at = json_text(json_member(object, "at"));
    int64_t moment = 0;

    CU_ASSERT_TRUE(json_is_object(object));
    CU_ASSERT_EQUAL(json_count(object), 5);
    CU_ASSERT_PTR_NULL(json_unknown_member(object, names));
    CU_ASSERT_TRUE(message && strlen(message) > 5);
    CU_ASSERT_TRUE(at && office_parse_time(entrance->office, at, &moment, NULL) == TK_OK);
    CU_ASSERT_TRUE(llabs(office_now(entrance->office) - moment) < TIME_MINUTE);
}

static void check_ids(const struct json *object, const struct entrance_ticket *ticket)
{
    const char *id = json_text(json_member(object, "ticketId"));
    char wanted[ID_TEXT_MAX];
    int64_t slot = 0;

    if (!ticket) {
        CU_ASSERT_TRUE(json_is_null(json_member(object, "ticketId")));
        CU_ASSERT_TRUE(json_is_null(json_member(object, "slotId")));
        return;
    }
    id_print(wanted, ID_TICKET, ticket->id);
    CU_ASSERT_STRING_EQUAL(id ? id : "", wanted);
    CU_ASSERT_TRUE(json_whole(json_member(object, "slotId"), &slot));
    CU_ASSERT_EQUAL(slot, ticket->slot);
}

/* The next object has this verdict, and is of this ticket; NULL: of none. */
static void check_next(struct entrance *entrance, struct line_door *door, enum verdict verdict,
                       const struct entrance_ticket *ticket)
{
    char *text = line_door_answer(door, LINE_DOOR_MS);
    struct json *object = NULL;
    enum verdict got = entrance_verdict(text);

    if (got != verdict)
        printf("\n    wanted %s, got %s; stderr: %s", verdict_name(verdict),
               text ? text : "nothing", line_door_told(door));
    CU_ASSERT_EQUAL(got, verdict);
    if (text && json_read(text, strlen(text), &object, NULL) == TK_OK) {
        check_shape(entrance, object);
        check_ids(object, ticket);
    }
    json_free(object);
    free(text);
}

static void check_scan(struct entrance *entrance, struct line_door *door, const char *code,
                       enum verdict verdict, const struct entrance_ticket *ticket)
{
    CU_ASSERT_TRUE(line_door_scan(door, code));
    check_next(entrance, door, verdict, ticket);
}

/* --- every verdict --- */

/* Tickets of which each has another verdict. */
struct queue {
    struct entrance_ticket good, early, over, old, canceled, replaced, nobody;
    char training[PASS_SIZE], forged[PASS_SIZE];
};

static void expire_old(struct entrance *entrance)
{
    struct upkeep_result result;

    CU_ASSERT_EQUAL(office_expire(entrance->office, office_now(entrance->office) + 6 * TIME_HOUR,
                                  &result, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(result.tickets, 1);
}

static void spoil(struct entrance *entrance, struct queue *queue, int64_t slot)
{
    struct op_reissue reissue = {.ticket_id = queue->replaced.id, .slot = {.id = slot}};
    struct ticket_view view, other;

    CU_ASSERT_EQUAL(office_cancel(entrance->office, queue->canceled.id, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_reissue(entrance->office, &reissue, NULL, &view, &other, NULL), TK_OK);
}

static void form_queue(struct entrance *entrance, struct queue *queue)
{
    int64_t open = entrance_schedule(entrance, "Now", -10 * TIME_MINUTE, 2 * TIME_HOUR);

    *queue = (struct queue){.nobody = {.id = NEVER_SOLD, .slot = open}};
    entrance_book(entrance, open, 1, &queue->good);
    entrance_book(entrance, open, 1, &queue->canceled);
    entrance_book(entrance, open, 1, &queue->replaced);
    entrance_book(entrance, entrance_schedule(entrance, "Tomorrow", TIME_DAY, TIME_HOUR), 1,
                  &queue->early);
    entrance_book(entrance, entrance_schedule(entrance, "Over", -3 * TIME_HOUR, 2 * TIME_HOUR), 1,
                  &queue->over);
    entrance_book(entrance, entrance_schedule(entrance, "Old", -5 * TIME_HOUR, 2 * TIME_HOUR), 1,
                  &queue->old);
    spoil(entrance, queue, open);
    expire_old(entrance);
    entrance_pass_of_nobody(entrance, open, NEVER_SOLD, queue->nobody.pass);
    pass_make_training(queue->training, queue->good.id);
    text_copy(queue->forged, sizeof queue->forged, queue->good.pass);
    queue->forged[PASS_LENGTH - 1] = queue->forged[PASS_LENGTH - 1] == '7' ? '8' : '7';
}

static void check_all_open(struct entrance *entrance, const struct queue *queue)
{
    struct line_door door;

    CU_ASSERT_TRUE_FATAL(HERE(entrance, "--all-open"));
    check_scan(entrance, &door, queue->good.pass, VERDICT_ADMITTED, &queue->good);
    check_scan(entrance, &door, queue->early.pass, VERDICT_TOO_EARLY, &queue->early);
    check_scan(entrance, &door, queue->over.pass, VERDICT_OVER, &queue->over);
    check_scan(entrance, &door, queue->old.pass, VERDICT_EXPIRED, &queue->old);
    check_scan(entrance, &door, queue->canceled.pass, VERDICT_CANCELED, &queue->canceled);
    check_scan(entrance, &door, queue->replaced.pass, VERDICT_REPLACED, &queue->replaced);
    check_scan(entrance, &door, queue->forged, VERDICT_NOT_GENUINE, NULL);
    check_scan(entrance, &door, queue->training, VERDICT_TRAINING, NULL);
    check_scan(entrance, &door, "no pass at all", VERDICT_UNREADABLE, NULL);
    CU_ASSERT_TRUE(line_door_scan(&door, queue->nobody.pass));
    free(line_door_answer(&door, 0));
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    CU_ASSERT_STRING_EQUAL(line_door_told(&door), "");
    line_door_release(&door);
}

static void check_second_door(struct entrance *entrance, const struct queue *queue)
{
    struct line_door door;
    char slot[24];

    snprintf(slot, sizeof slot, "%lld", (long long)queue->good.slot);
    CU_ASSERT_TRUE_FATAL(HERE(entrance, "--slot", slot));
    check_scan(entrance, &door, queue->good.pass, VERDICT_ALREADY, &queue->good);
    check_scan(entrance, &door, queue->early.pass, VERDICT_WRONG_SLOT, &queue->early);
    CU_ASSERT_EQUAL(entrance_scan(&door, queue->nobody.pass), VERDICT_UNKNOWN);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    line_door_release(&door);
}

static void check_verdicts(bool served)
{
    struct entrance entrance;
    struct queue queue;

    entrance_init(&entrance, served);
    form_queue(&entrance, &queue);
    check_all_open(&entrance, &queue);
    check_second_door(&entrance, &queue);
    CU_ASSERT_EQUAL(entrance_admitted(&entrance, queue.good.slot), 1);
    entrance_release(&entrance);
}

static void test_verdicts_file(void)
{
    check_verdicts(false);
}

static void test_verdicts_service(void)
{
    check_verdicts(true);
}

/* --- a door at one open showing --- */

struct stage {
    struct entrance entrance;
    int64_t slot;
};

static void stage_set(struct stage *stage, size_t count, struct entrance_ticket *tickets)
{
    entrance_init(&stage->entrance, false);
    stage->slot = entrance_schedule(&stage->entrance, "Now", -10 * TIME_MINUTE, 2 * TIME_HOUR);
    entrance_book(&stage->entrance, stage->slot, count, tickets);
}

static void test_slots(void)
{
    struct stage stage;
    struct entrance_ticket good, early, later;
    struct line_door door;
    char both[64], third[24];

    stage_set(&stage, 1, &good);
    entrance_book(&stage.entrance,
                  entrance_schedule(&stage.entrance, "Tomorrow", TIME_DAY, TIME_HOUR), 1, &early);
    entrance_book(&stage.entrance,
                  entrance_schedule(&stage.entrance, "Later", 2 * TIME_DAY, TIME_HOUR), 1, &later);
    snprintf(both, sizeof both, "%lld,%lld", (long long)good.slot, (long long)early.slot);
    snprintf(third, sizeof third, "--slot=%lld", (long long)later.slot);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance, "--slot", both));
    check_scan(&stage.entrance, &door, early.pass, VERDICT_TOO_EARLY, &early);
    check_scan(&stage.entrance, &door, later.pass, VERDICT_WRONG_SLOT, &later);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    line_door_release(&door);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance, "--slot", both, third));
    check_scan(&stage.entrance, &door, later.pass, VERDICT_TOO_EARLY, &later);
    check_scan(&stage.entrance, &door, good.pass, VERDICT_ADMITTED, &good);
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

/* The door's name is what people are told. */
static void test_named(void)
{
    struct stage stage;
    struct entrance_ticket good;
    struct line_door door;
    char *object;

    stage_set(&stage, 1, &good);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance, "--name", "Door 7"));
    CU_ASSERT_TRUE(line_door_scan(&door, good.pass));
    CU_ASSERT_TRUE(line_door_scan(&door, good.pass));
    check_next(&stage.entrance, &door, VERDICT_ADMITTED, &good);
    object = line_door_answer(&door, LINE_DOOR_MS);
    CU_ASSERT(object && strstr(object, "at Door 7"));
    free(object);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

/* A gate opens once: the same code again is no second admission, however soon. */
static void test_repeated(void)
{
    struct stage stage;
    struct entrance_ticket good;
    struct line_door door;

    stage_set(&stage, 1, &good);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance));
    for (int i = 0; i < 5; i++)
        CU_ASSERT_TRUE(line_door_scan(&door, good.pass));
    for (int i = 0; i < 5; i++)
        check_next(&stage.entrance, &door, i ? VERDICT_ALREADY : VERDICT_ADMITTED, &good);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    CU_ASSERT_EQUAL(entrance_admitted(&stage.entrance, stage.slot), 1);
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

/* Each is one line, or two where it says so, and none of them a pass. */
static const struct {
    const char *bytes;
    size_t length;
    int objects;
} bad_lines[] = {
/* clang-format off */
#define LINE(text, objects) {text, sizeof(text) - 1, objects}
    LINE("hello\n", 1),
    LINE("\n\n\r\n\r\r", 0),
    LINE("first\r\nsecond\r\n", 2),
    LINE("only carriage\rreturns\r", 2),
    LINE(" \n", 1),
    LINE("\0\n", 1),
    LINE("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\n", 1),
    LINE("\x1b[2J\x1b]0;title\a\x9b\n", 1),
    LINE("\xff\xfe\xc0\x80\xed\xa0\x80\n", 1),
    LINE("\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf\n", 1),
    LINE("\"}\\u0000{\"verdict\":\"admitted\"\n", 1),
    LINE("%s%n%1000000d\n", 1),
    LINE("7K3QF9XW2MAB3DE1234\n", 1),   /* one short */
    LINE("7K3QF9XW2MAB3DE123456\n", 1), /* one long */
#undef LINE
    /* clang-format on */
};

#define LONGEST 65536

static void send_long(struct line_door *door, const char *pass, size_t length, bool at_end)
{
    char line[LONGEST + 1];

    memset(line, ' ', length); /* which a shorter pass may have around it */
    memcpy(line + (at_end ? length - PASS_LENGTH : 0), pass, PASS_LENGTH);
    line[length] = '\n';
    CU_ASSERT_TRUE(line_door_send(door, line, length + 1));
}

/* A bad code never blocks the next, and each has one object. */
static void test_bad_lines(void)
{
    struct stage stage;
    struct entrance_ticket good, spare;
    struct line_door door;
    static const size_t lengths[] = {4095, 4096, 4097, 4098, 8192, 8193, LONGEST};

    stage_set(&stage, 1, &good);
    entrance_book(&stage.entrance, stage.slot, 1, &spare);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance));
    for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) {
        CU_ASSERT_TRUE(line_door_send(&door, bad_lines[i].bytes, bad_lines[i].length));
        for (int object = 0; object < bad_lines[i].objects; object++)
            check_next(&stage.entrance, &door, VERDICT_UNREADABLE, NULL);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        send_long(&door, spare.pass, lengths[i], i % 2);
        check_next(&stage.entrance, &door, VERDICT_UNREADABLE, NULL);
    }
    /* a NUL does not end what is looked at */
    CU_ASSERT_TRUE(line_door_send(&door, spare.pass, PASS_SIZE));
    CU_ASSERT_TRUE(line_door_send(&door, "\n", 1));
    check_next(&stage.entrance, &door, VERDICT_UNREADABLE, NULL);
    /* the last line has no end */
    CU_ASSERT_TRUE(line_door_send(&door, good.pass, PASS_LENGTH));
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    check_next(&stage.entrance, &door, VERDICT_ADMITTED, &good);
    CU_ASSERT_PTR_NULL(line_door_answer(&door, 0));
    CU_ASSERT_FALSE(entrance_is_in(&stage.entrance, &spare));
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

/* Whatever bytes come, in whatever pieces, there is one object for each line that is not empty. */
static void test_noise(void)
{
    struct stage stage;
    struct entrance_ticket good;
    struct line_door door;
    uint64_t seed = test_seed();
    size_t lines = 0, length = 0;
    char *object;

    stage_set(&stage, 1, &good);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance));
    for (int i = 0; i < 20000; i++) {
        char byte = (char)(test_random_below(&seed, 8) ? test_random(&seed) : '\n');

        if (byte != '\n' && byte != '\r') {
            length++;
        } else {
            lines += length > 0;
            length = 0;
        }
        CU_ASSERT_TRUE_FATAL(line_door_send(&door, &byte, 1));
    }
    lines += length > 0;
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    while ((object = line_door_answer(&door, 0))) {
        lines--;
        CU_ASSERT_EQUAL(entrance_verdict(object), VERDICT_UNREADABLE);
        free(object);
    }
    CU_ASSERT_EQUAL(lines, 0);
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

/* Guessing is slow; what comes behind waits and is not lost. */
static void test_wrong_passes(void)
{
    struct stage stage;
    struct entrance_ticket good;
    struct line_door door;
    int64_t start;
    char pass[PASS_SIZE];

    stage_set(&stage, 1, &good);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance));
    start = office_now(stage.entrance.office);
    for (unsigned i = 0; i < WRONG_PASSES_FREE + 3; i++) {
        snprintf(pass, sizeof pass, "7K3QF9XW2M%010u", 12345678 + i);
        CU_ASSERT_TRUE(line_door_scan(&door, pass));
    }
    CU_ASSERT_TRUE(line_door_scan(&door, good.pass));
    for (int i = 0; i < WRONG_PASSES_FREE + 3; i++)
        check_next(&stage.entrance, &door, VERDICT_NOT_GENUINE, NULL);
    check_next(&stage.entrance, &door, VERDICT_ADMITTED, &good);
    CU_ASSERT_TRUE(office_now(stage.entrance.office) - start >= 2 * WRONG_PASS_PAUSE);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

/* --- ways to end --- */

/* No verdict, then one for the same code; at the end the exit status tells. */
static void test_busy(void)
{
    struct stage stage;
    struct entrance_ticket tickets[2];
    struct line_door door;
    char path[200];
    int gate;

    stage_set(&stage, 2, tickets);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance));
    check_scan(&stage.entrance, &door, tickets[0].pass, VERDICT_ADMITTED, &tickets[0]);
    snprintf(path, sizeof path, "%s.lock", stage.entrance.store);
    gate = open(path, O_RDWR | O_CLOEXEC);
    CU_ASSERT_EQUAL_FATAL(flock(gate, LOCK_EX), 0);
    check_scan(&stage.entrance, &door, tickets[1].pass, VERDICT_COUNT, NULL);
    CU_ASSERT_FALSE(entrance_is_in(&stage.entrance, &tickets[1]));
    close(gate);
    check_scan(&stage.entrance, &door, tickets[1].pass, VERDICT_ADMITTED, &tickets[1]);
    CU_ASSERT_EQUAL(line_door_end(&door), tk_code_exit(TK_BUSY));
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

static bool open_onto(struct stage *stage, struct line_door *door, int out_fd)
{
    struct line_door_options options = {
        .home = stage->entrance.door_home, .store = stage->entrance.place, .out_fd = out_fd};

    return line_door_start(door, &options);
}

/* Nobody reads: it ends at once, though more may come in. */
static void test_closed_output(void)
{
    struct stage stage;
    struct entrance_ticket good;
    struct line_door door;
    int ends[2];

    stage_set(&stage, 1, &good);
    CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
    CU_ASSERT_TRUE_FATAL(open_onto(&stage, &door, ends[1]));
    close(ends[1]);
    CU_ASSERT_TRUE(line_door_scan(&door, "hello"));
    CU_ASSERT_EQUAL(read(ends[0], (char[1]){0}, 1), 1);
    close(ends[0]);
    CU_ASSERT_EQUAL(line_door_wait(&door), tk_code_exit(TK_IO));
    CU_ASSERT_PTR_NOT_NULL(strstr(line_door_told(&door), "could not be written"));
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

static void test_full_output(void)
{
    struct stage stage;
    struct entrance_ticket tickets[2];
    struct line_door door;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    stage_set(&stage, 2, tickets);
    CU_ASSERT_TRUE_FATAL(open_onto(&stage, &door, full));
    close(full);
    CU_ASSERT_TRUE(line_door_scan(&door, tickets[0].pass));
    line_door_scan(&door, tickets[1].pass);
    CU_ASSERT_EQUAL(line_door_wait(&door), tk_code_exit(TK_IO));
    CU_ASSERT_FALSE(entrance_is_in(&stage.entrance, &tickets[1]));
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

/* What was judged is told, the rest is not judged; half a line is none. */
static void check_signal(int signal)
{
    enum { COUNT = 190 };
    static struct entrance_ticket tickets[COUNT];
    char all[COUNT * PASS_SIZE] = ""; /* in one piece, so that the door has read them all */
    size_t length = 0;
    struct stage stage;
    struct line_door door;
    int32_t told = 1;
    char *object;

    stage_set(&stage, COUNT, tickets);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance));
    check_scan(&stage.entrance, &door, tickets[0].pass, VERDICT_ADMITTED, &tickets[0]);
    for (size_t i = 1; i < COUNT; i++)
        length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", i > 1 ? "\n" : "",
                                   tickets[i].pass);
    line_door_send(&door, all, length);
    kill(door.pid, signal);
    CU_ASSERT_EQUAL(line_door_wait(&door), 0);
    while ((object = line_door_answer(&door, 0))) {
        told += entrance_verdict(object) == VERDICT_ADMITTED;
        free(object);
    }
    CU_ASSERT_EQUAL(entrance_admitted(&stage.entrance, stage.slot), told);
    CU_ASSERT_FALSE(entrance_is_in(&stage.entrance, &tickets[COUNT - 1]));
    CU_ASSERT(told < COUNT - 1);
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

static void test_signals(void)
{
    check_signal(SIGTERM);
    check_signal(SIGINT);
    check_signal(SIGHUP);
}

/* --- the command line --- */

struct words {
    const char *words[6];
    int status;
    const char *says; /* on stderr, or with 0 on stdout */
};

static void check_words(struct stage *stage, const struct words *words)
{
    char *program = realpath(test_program(), NULL);
    const char *argv[12] = {program ? program : test_program(), "--db", stage->entrance.store,
                            "door"};
    struct run_options options = {.home = stage->entrance.door_home};
    struct run run;

    memcpy(argv + 4, words->words, sizeof words->words);
    run_program(&run, &options, argv);
    if (run.status != words->status || !strstr(words->status ? run.err : run.out, words->says))
        printf("\n    wanted %d “%s”, got %d: %s%s", words->status, words->says, run.status,
               run.out, run.err);
    CU_ASSERT_EQUAL(run.status, words->status);
    CU_ASSERT_PTR_NOT_NULL(strstr(words->status ? run.err : run.out, words->says));
    CU_ASSERT(!words->status || !run.out_length);
    run_release(&run);
    free(program);
}

static void test_command_line(void)
{
    static const struct words all[] = {
        {{NULL}, 2, "door --lines"},
        {{"--help"}, 0, "--all-open"},
        {{"--help"}, 0, "already_admitted wrong_slot"},
        {{"--lines"}, 0, ""},
        {{"--lines", "--all-open"}, 0, ""},
        {{"--lines", "--all-open", "--slot", "100001"}, 2, "one of the two"},
        {{"--lines", "--slot"}, 2, "missing"},
        {{"--lines", "--slot", ""}, 1, "not a showing's number"},
        {{"--lines", "--slot", "100001,"}, 1, "not a showing's number"},
        {{"--lines", "--slot", "100001,\x1b[2J"}, 1, "not a showing's number"},
        {{"--lines", "--slot", "999999"}, 1, "showing"},
        {{"--lines=yes"}, 2, "nothing to set"},
        {{"--slots", "100001"}, 2, "no option"},
        {{"--lines", "extra"}, 2, "not understood"},
    };
    struct stage stage;
    struct entrance_ticket good;

    stage_set(&stage, 1, &good);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check_words(&stage, &all[i]);
    entrance_release(&stage.entrance);
}

/* --- a crowd --- */

#define RATE 60 /* scans a second */
#define CROWD_S 3

static void wait_until_due(const struct timespec *start, int at)
{
    struct timespec due = *start;

    due.tv_nsec += at % RATE * (1000000000L / RATE);
    due.tv_sec += at / RATE + due.tv_nsec / 1000000000;
    due.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void test_crowd(void)
{
    enum { COUNT = RATE * CROWD_S };
    static struct entrance_ticket tickets[COUNT];
    struct stage stage;
    struct line_door door;
    struct timespec start;

    stage_set(&stage, COUNT, tickets);
    CU_ASSERT_TRUE_FATAL(HERE(&stage.entrance));
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < COUNT; i++) {
        wait_until_due(&start, i);
        CU_ASSERT_TRUE(line_door_scan(&door, tickets[i].pass));
    }
    for (int i = 0; i < COUNT; i++)
        check_next(&stage.entrance, &door, VERDICT_ADMITTED, &tickets[i]);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    CU_ASSERT_EQUAL(entrance_admitted(&stage.entrance, stage.slot), COUNT);
    line_door_release(&door);
    entrance_release(&stage.entrance);
}

SUITE(lines, {"each of the verdicts, over a file", test_verdicts_file},
      {"each of the verdicts, over a service", test_verdicts_service},
      {"--slot names several showings", test_slots},
      {"the same code at once opens a gate once", test_repeated},
      {"a door has the name that it was given", test_named},
      {"bad lines have one object each, and block nothing", test_bad_lines},
      {"noise has an object for each line", test_noise},
      {"wrong passes are slowed down, and nothing is lost", test_wrong_passes},
      {"while the store is busy there is no verdict", test_busy},
      {"it ends at once when nobody reads", test_closed_output},
      {"it stops at a full output", test_full_output},
      {"a signal ends it after the line in hand", test_signals},
      {"its command line", test_command_line},
      {"sixty scans a second are all answered", test_crowd})
