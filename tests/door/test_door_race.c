/*
 * Doors against each other and against kill -9: a ticket is admitted once, at one door, and what
 * was told is so (core/admission.h, invariant 1; core/door.h, invariant 1).
 */
#include "tests/door/entrance.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/door.h"
#include "core/text.h"
#include "tests/fault/till.h"

#define ROUNDS 1000
#define SALE_SIZE 10
#define DOORS 2

/* --- two doors at one file, let go by a barrier --- */

/* In memory that the doors' processes share. */
struct duel {
    pthread_barrier_t barrier;
    char passes[ROUNDS][PASS_SIZE];
    enum verdict verdicts[ROUNDS][DOORS];
    char messages[ROUNDS][DOORS][TK_MESSAGE_MAX];
};

static struct duel *duel_new(void)
{
    struct duel *duel =
        mmap(NULL, sizeof *duel, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t shared;

    CU_ASSERT_FATAL(duel != MAP_FAILED);
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&duel->barrier, &shared, DOORS);
    pthread_barrierattr_destroy(&shared);
    return duel;
}

/* In a process of its own. */
static int stand_at_door(struct duel *duel, const struct fixture *base, int place)
{
    struct fixture till;
    struct door_options options = {.office = &till.office};
    struct door *door;
    struct tk_error error = {0};

    alarm(120);
    if (till_open(&till, base, base->path, base->random + (uint64_t)place, NULL))
        return 1;
    snprintf(till.office.device, sizeof till.office.device, "Door %d", place + 1);
    if (door_open(&options, &door, &error))
        return 2;
    for (int i = 0; i < ROUNDS; i++) {
        struct admission admission = {.verdict = VERDICT_COUNT};
        int64_t wait_us = 0;

        pthread_barrier_wait(&duel->barrier);
        if (door_scan(door, duel->passes[i], &admission, &wait_us, &error))
            admission.verdict = VERDICT_COUNT;
        duel->verdicts[i][place] = admission.verdict;
        text_copy(duel->messages[i][place], TK_MESSAGE_MAX, admission.message);
    }
    door_close(door);
    fixture_release(&till);
    return 0;
}

static void run_doors(struct duel *duel, const struct fixture *base)
{
    pid_t doors[DOORS];
    int status;

    fflush(NULL);
    for (int i = 0; i < DOORS; i++) {
        doors[i] = fork();
        if (doors[i] == 0)
            _exit(stand_at_door(duel, base, i));
    }
    for (int i = 0; i < DOORS; i++) {
        CU_ASSERT_EQUAL(waitpid(doors[i], &status, 0), doors[i]);
        CU_ASSERT_EQUAL(status, 0);
    }
}

/* One is admitted, and the other is told which door it was. Returns which. */
static int check_duel(const struct duel *duel, int round)
{
    int winner = duel->verdicts[round][0] == VERDICT_ADMITTED ? 0 : 1;
    char name[16];

    snprintf(name, sizeof name, "Door %d", winner + 1);
    CU_ASSERT_EQUAL(duel->verdicts[round][winner], VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(duel->verdicts[round][1 - winner], VERDICT_ALREADY);
    CU_ASSERT_PTR_NOT_NULL(strstr(duel->messages[round][1 - winner], name));
    return winner;
}

static void sell_all(struct fixture *base, int64_t slot, struct duel *duel)
{
    struct op_book book = {.slot = {.id = slot}, .count = SALE_SIZE};
    struct ticket_view_list list = {0};

    for (int i = 0; i < ROUNDS / SALE_SIZE; i++)
        CU_ASSERT_EQUAL_FATAL(office_book(&base->office, &book, NULL, &list, NULL, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        CU_ASSERT_TRUE(office_pass(&base->office, &list.items[i], duel->passes[i]));
    ticket_view_list_release(&list);
}

static void test_two_doors(void)
{
    struct duel *duel = duel_new();
    struct fixture base;
    int64_t slot;
    int won = 0;

    fixture_init(&base);
    slot = fixture_schedule(&base, "Heat", 0, ROUNDS);
    sell_all(&base, slot, duel);
    fixture_release(&base);
    run_doors(duel, &base);
    for (int i = 0; i < ROUNDS; i++)
        won += check_duel(duel, i);
    CU_ASSERT_EQUAL_FATAL(till_open(&base, &base, base.path, 7, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_slot(&base, slot).admitted, ROUNDS);
    CU_ASSERT_EQUAL(fixture_verify(&base), 0);
    printf("\n    the second door was first %d times of %d", won, ROUNDS);
    fixture_release(&base);
    munmap(duel, sizeof *duel);
}

/* --- two programs at one service --- */

struct stage {
    struct entrance entrance;
    int64_t slot;
    struct entrance_ticket *tickets; /* owned */
    size_t count;
};

static void stage_set(struct stage *stage, bool served, size_t count)
{
    entrance_init(&stage->entrance, served);
    stage->slot = entrance_schedule(&stage->entrance, "Now", -10 * TIME_MINUTE, 2 * TIME_HOUR);
    stage->count = count;
    stage->tickets = calloc(count, sizeof *stage->tickets);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stage->tickets);
    entrance_book(&stage->entrance, stage->slot, count, stage->tickets);
}

static void stage_clear(struct stage *stage)
{
    struct verify_report report = {0};

    CU_ASSERT_EQUAL(office_verify(stage->entrance.office, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.found, 0);
    verify_report_release(&report);
    free(stage->tickets);
    entrance_release(&stage->entrance);
}

static enum verdict answer_of(struct line_door *door)
{
    char *object = line_door_answer(door, LINE_DOOR_MS);
    enum verdict verdict = entrance_verdict(object);

    free(object);
    return verdict;
}

static void test_two_doors_service(void)
{
    struct line_door doors[DOORS];
    struct stage stage;
    int won[VERDICT_COUNT + 1] = {0};

    stage_set(&stage, true, ROUNDS);
    for (int i = 0; i < DOORS; i++)
        CU_ASSERT_TRUE_FATAL(entrance_open(&stage.entrance, &doors[i], i ? "B" : "A", NULL));
    for (size_t i = 0; i < ROUNDS; i++) {
        enum verdict said[DOORS];

        for (int j = 0; j < DOORS; j++) /* either is the first to be sent to by turns */
            line_door_scan(&doors[(i + (size_t)j) % DOORS], stage.tickets[i].pass);
        for (int j = 0; j < DOORS; j++)
            won[said[j] = answer_of(&doors[j])]++;
        CU_ASSERT_TRUE((said[0] == VERDICT_ADMITTED) != (said[1] == VERDICT_ADMITTED));
    }
    CU_ASSERT_EQUAL(won[VERDICT_ADMITTED], ROUNDS);
    CU_ASSERT_EQUAL(won[VERDICT_ALREADY], ROUNDS);
    CU_ASSERT_EQUAL(entrance_admitted(&stage.entrance, stage.slot), ROUNDS);
    for (int i = 0; i < DOORS; i++) {
        CU_ASSERT_EQUAL(line_door_end(&doors[i]), 0);
        line_door_release(&doors[i]);
    }
    stage_clear(&stage);
}

/* --- kill -9 --- */

#define POOL 4000
#define POOL_LONG 60000
#define AHEAD 60 /* codes in the pipe when a door is killed */
#define KILL_WITHIN_US 40000

/* What was heard about each ticket, over all doors. */
struct hearing {
    struct stage stage;
    int *admitted;  /* owned; by place: how often it was told */
    bool *in_doubt; /* owned; sent, and no answer heard */
    size_t next;    /* the first without an answer */
    uint64_t seed;
};

static void hearing_init(struct hearing *hearing, bool served, size_t count)
{
    *hearing = (struct hearing){.seed = test_seed()};
    stage_set(&hearing->stage, served, count);
    hearing->admitted = calloc(count, sizeof *hearing->admitted);
    hearing->in_doubt = calloc(count, sizeof *hearing->in_doubt);
    CU_ASSERT_FATAL(hearing->admitted && hearing->in_doubt);
}

/* Sends codes from the first one without an answer on. */
static size_t send_ahead(struct hearing *hearing, struct line_door *door)
{
    size_t count = 0;

    while (count < AHEAD && hearing->next + count < hearing->stage.count &&
           line_door_scan(door, hearing->stage.tickets[hearing->next + count].pass))
        count++;
    return count;
}

/* A ticket whose answer was lost may be in already; no other one may. */
static void hear(struct hearing *hearing, const char *object)
{
    enum verdict verdict = entrance_verdict(object);
    size_t at = hearing->next++;

    CU_ASSERT_FATAL(at < hearing->stage.count);
    hearing->admitted[at] += verdict == VERDICT_ADMITTED;
    if (verdict != VERDICT_ADMITTED && !(verdict == VERDICT_ALREADY && hearing->in_doubt[at])) {
        printf("\n    ticket %zu: %s", at, object);
        CU_FAIL("a ticket that nobody used was not admitted");
    }
}

/* What had been said when the door was killed. */
static void hear_rest(struct hearing *hearing, struct line_door *door)
{
    char *object;

    while ((object = line_door_answer(door, 0))) {
        hear(hearing, object);
        free(object);
    }
}

/* Waits for the answers up to this ticket. */
static void hear_until(struct hearing *hearing, struct line_door *door, size_t until)
{
    while (hearing->next < until) {
        char *object = line_door_answer(door, LINE_DOOR_MS);

        if (!object)
            printf("\n    no answer; stderr: %s", line_door_told(door));
        CU_ASSERT_PTR_NOT_NULL_FATAL(object);
        hear(hearing, object);
        free(object);
    }
}

/* Starts a door, sends it work, and kills it at a random moment after its first answer. */
static void kill_round(struct hearing *hearing)
{
    struct line_door door;
    size_t first = hearing->next, sent;

    CU_ASSERT_TRUE_FATAL(entrance_open(&hearing->stage.entrance, &door, "Door 1", NULL));
    sent = send_ahead(hearing, &door);
    hear_until(hearing, &door, first + 1);
    till_sleep_us(test_random_below(&hearing->seed, KILL_WITHIN_US));
    line_door_kill(&door);
    hear_rest(hearing, &door);
    for (size_t i = hearing->next; i < first + sent; i++)
        hearing->in_doubt[i] = true;
    line_door_release(&door);
}

/* Lets the rest of those in doubt in, and holds what was heard against the store. */
static void check_hearing(struct hearing *hearing)
{
    struct stage *stage = &hearing->stage;
    int told = 0;

    for (size_t i = 0; i < hearing->next; i++) {
        CU_ASSERT(hearing->admitted[i] <= 1);
        told += hearing->admitted[i];
        if (!entrance_is_in(&stage->entrance, &stage->tickets[i])) {
            printf("\n    ticket %zu is not in", i);
            CU_FAIL("an admission was lost");
        }
    }
    for (size_t i = hearing->next; i < stage->count; i++)
        CU_ASSERT(hearing->in_doubt[i] || !entrance_is_in(&stage->entrance, &stage->tickets[i]));
    printf("\n    %zu tickets, %d told to be admitted", hearing->next, told);
}

static void hearing_release(struct hearing *hearing)
{
    free(hearing->admitted);
    free(hearing->in_doubt);
    stage_clear(&hearing->stage);
}

static void test_kill_door(void)
{
    struct hearing hearing;
    int rounds = test_is_long() ? 1000 : 100, round;
    int64_t start = till_clock_ms();

    hearing_init(&hearing, false, test_is_long() ? POOL_LONG : POOL);
    for (round = 0; round < rounds && hearing.next + AHEAD < hearing.stage.count; round++) {
        if (!test_is_long() && till_clock_ms() - start > 60000)
            break;
        kill_round(&hearing);
    }
    check_hearing(&hearing);
    printf(", %d kills", round);
    CU_ASSERT(round > 10);
    hearing_release(&hearing);
}

/* --- a door whose service is killed --- */

#define SERVICE_ROUNDS 20
#define SERVICE_AHEAD 20

/* Sends so many more, and kills the service among them; the door answers all of them. */
static void service_round(struct hearing *hearing, struct line_door *door)
{
    struct process *service = &hearing->stage.entrance.service;
    size_t until = hearing->next + SERVICE_AHEAD, sent = hearing->next;
    size_t killed_at = hearing->next + test_random_below(&hearing->seed, SERVICE_AHEAD);

    while (hearing->next < until) {
        while (sent < until && sent <= hearing->next + 3)
            line_door_scan(door, hearing->stage.tickets[sent++].pass);
        if (hearing->next == killed_at && service->pid)
            process_kill(service);
        hear_until(hearing, door, hearing->next + 1);
    }
    CU_ASSERT_TRUE_FATAL(process_start_again(service));
}

/* As many as were heard of, or more: a door may be ahead of what was read of it. Which ones is for
   check_hearing. */
static bool all_are_in(struct hearing *hearing)
{
    return (size_t)entrance_admitted(&hearing->stage.entrance, hearing->stage.slot) >=
           hearing->next;
}

/* The door sends what it wrote down, in its own time. */
static void wait_until_in(struct hearing *hearing, struct line_door *door)
{
    int64_t until = till_clock_ms() + 60000;

    while (!all_are_in(hearing) && till_clock_ms() < until)
        line_door_tells(door, "\n\n", 100);
    CU_ASSERT_TRUE(all_are_in(hearing));
}

static bool open_door(struct hearing *hearing, struct line_door *door)
{
    char slot[24];

    snprintf(slot, sizeof slot, "%lld", (long long)hearing->stage.slot);
    return entrance_open(&hearing->stage.entrance, door, "Door 1",
                         (const char *const[]){"--slot", slot, NULL});
}

static void test_kill_service(void)
{
    struct hearing hearing;
    struct line_door door;

    hearing_init(&hearing, true, SERVICE_ROUNDS * SERVICE_AHEAD);
    CU_ASSERT_TRUE_FATAL(open_door(&hearing, &door));
    for (int round = 0; round < SERVICE_ROUNDS; round++)
        service_round(&hearing, &door);
    wait_until_in(&hearing, &door);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    CU_ASSERT_PTR_NULL(strstr(line_door_told(&door), "Conflict"));
    CU_ASSERT_PTR_NOT_NULL(strstr(line_door_told(&door), "by itself"));
    check_hearing(&hearing);
    CU_ASSERT_EQUAL(hearing.next, SERVICE_ROUNDS * SERVICE_AHEAD);
    line_door_release(&door);
    hearing_release(&hearing);
}

/* The door is killed while it is on its own: the next one sends what it wrote down. */
static void test_kill_both(void)
{
    struct hearing hearing;
    struct line_door door;
    struct process *service;

    hearing_init(&hearing, true, 3 * AHEAD);
    service = &hearing.stage.entrance.service;
    CU_ASSERT_TRUE_FATAL(open_door(&hearing, &door));
    CU_ASSERT_TRUE(line_door_scan(&door, hearing.stage.tickets[0].pass));
    hear_until(&hearing, &door, 1);
    process_kill(service);
    send_ahead(&hearing, &door);
    hear_until(&hearing, &door, AHEAD / 2);
    line_door_kill(&door);
    hear_rest(&hearing, &door);
    memset(hearing.in_doubt + hearing.next, 1, hearing.stage.count - hearing.next);
    line_door_release(&door);
    CU_ASSERT_TRUE_FATAL(process_start_again(service));
    CU_ASSERT_TRUE_FATAL(open_door(&hearing, &door));
    send_ahead(&hearing, &door);
    hear_until(&hearing, &door, AHEAD);
    wait_until_in(&hearing, &door);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    check_hearing(&hearing);
    line_door_release(&door);
    hearing_release(&hearing);
}

/* What the box office refuses later is told to a person. */
static void test_conflict(void)
{
    struct hearing hearing;
    struct line_door door;
    struct ticket_view view;
    struct process *service;

    hearing_init(&hearing, true, 2);
    service = &hearing.stage.entrance.service;
    CU_ASSERT_TRUE_FATAL(open_door(&hearing, &door));
    CU_ASSERT_EQUAL(entrance_scan(&door, hearing.stage.tickets[0].pass), VERDICT_ADMITTED);
    process_kill(service);
    CU_ASSERT_EQUAL(office_cancel(hearing.stage.entrance.office, hearing.stage.tickets[1].id, NULL,
                                  &view, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(entrance_scan(&door, hearing.stage.tickets[1].pass), VERDICT_ADMITTED);
    CU_ASSERT_TRUE_FATAL(process_start_again(service));
    CU_ASSERT_TRUE(line_door_tells(&door, "Conflict: ", LINE_DOOR_MS));
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    line_door_release(&door);
    hearing_release(&hearing);
}

/* At the end of its input a door sends what waits once more, and says what still does. */
static void test_goodbye(void)
{
    struct hearing hearing;
    struct line_door door;
    struct process *service;

    hearing_init(&hearing, true, 4);
    service = &hearing.stage.entrance.service;
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_TRUE_FATAL(open_door(&hearing, &door));
        line_door_scan(&door, hearing.stage.tickets[hearing.next].pass);
        hear_until(&hearing, &door, hearing.next + 1);
        process_kill(service);
        line_door_scan(&door, hearing.stage.tickets[hearing.next].pass);
        hear_until(&hearing, &door, hearing.next + 1);
        if (i > 0) /* it is back in time */
            CU_ASSERT_TRUE_FATAL(process_start_again(service));
        CU_ASSERT_EQUAL(line_door_end(&door), 0);
        CU_ASSERT_EQUAL(strstr(line_door_told(&door), "wait to be sent: ") != NULL, i == 0);
        CU_ASSERT_EQUAL(
            entrance_is_in(&hearing.stage.entrance, &hearing.stage.tickets[hearing.next - 1]),
            i > 0);
        line_door_release(&door);
        if (i == 0)
            CU_ASSERT_TRUE_FATAL(process_start_again(service));
    }
    check_hearing(&hearing);
    hearing_release(&hearing);
}

SUITE(door_race, {"two doors at one ticket: one admits", test_two_doors},
      {"two programs at a service: one admits", test_two_doors_service},
      {"kill -9 of a door loses and doubles nothing", test_kill_door},
      {"kill -9 of the service loses and doubles nothing", test_kill_service},
      {"kill -9 of both loses and doubles nothing", test_kill_both},
      {"what is refused later is a conflict", test_conflict},
      {"at the end what waits is sent", test_goodbye})
