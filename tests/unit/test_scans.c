/* A scanner's keys and a clerk's, through scans as the counter's loop drives it. */
#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "tests/support/test.h"
#include "ui/kiosk/scans.h"

#define START INT64_C(1800000000000000)
#define ACTED_MAX 256

/* A counter whose one view notes what it is given. */
struct desk {
    struct counter counter;
    struct box_office office;
    struct view view;
    int64_t now;
    uint32_t acted[ACTED_MAX];
    int64_t acted_at[ACTED_MAX];
    int count;
    int codes;
    char code[SCAN_TEXT_MAX];
};

static struct desk *desk_of(struct counter *counter)
{
    return (struct desk *)((char *)counter - offsetof(struct desk, counter));
}

static int64_t tell_time(void *context)
{
    return ((struct desk *)context)->now;
}

static unsigned tell_group(const struct view *view)
{
    (void)view;
    return GROUP_PROGRAMME;
}

static void note_code(struct counter *counter, const char *code)
{
    struct desk *desk = desk_of(counter);

    desk->codes++;
    snprintf(desk->code, sizeof desk->code, "%s", code);
}

static void desk_init(struct desk *desk)
{
    static const struct view_ops ops = {.title = "Desk", .group = tell_group};

    *desk = (struct desk){.now = START, .view = {&ops}};
    desk->office.ports = (struct office_ports){.now = tell_time, .context = desk};
    desk->counter.office = &desk->office;
    desk->counter.scanned = note_code;
    desk->counter.views[0] = &desk->view;
    desk->counter.view_count = 1;
}

static void act(struct desk *desk, uint32_t key)
{
    CU_ASSERT_FATAL(desk->count < ACTED_MAX);
    desk->acted_at[desk->count] = desk->now;
    desk->acted[desk->count++] = key;
}

static void look(struct desk *desk, uint32_t key)
{
    uint32_t held[SCANS_HELD_MAX];
    int count = scans_look(&desk->counter, key, held);

    for (int i = 0; i < count; i++)
        act(desk, held[i]);
}

static void press(struct desk *desk, uint32_t key)
{
    look(desk, key);
    if (!scans_take_key(&desk->counter, key))
        act(desk, key);
}

/* Lets time pass as the loop does: it looks when it is asked to. */
static void pass_time(struct desk *desk, int64_t duration)
{
    int64_t until = desk->now + duration;

    while (desk->now < until) {
        int64_t wait = scans_wait_ms(&desk->counter, 250) * TIME_MILLISECOND;

        if (wait < TIME_MILLISECOND)
            wait = TIME_MILLISECOND;
        desk->now = desk->now + wait < until ? desk->now + wait : until;
        look(desk, 0);
    }
}

/* Commands of every sort, too few different ones for a scan: each is acted on, in order, in time. */
static void test_typing(void)
{
    static const uint32_t keys[] = {'u', 'q', 'j', 'k', KEY_DOWN_, KEY_ENTER_};
    static const int64_t gaps[] = {0, 30, 51, 80, 99, 130, 400};
    enum { KEYS = 40, ROUNDS = 3000 };
    uint64_t random = test_seed();
    int wrong = 0, late = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct desk desk;
        uint32_t typed[KEYS];
        int64_t typed_at[KEYS];
        int64_t most = gaps[round % 7] * TIME_MILLISECOND;

        desk_init(&desk);
        for (int i = 0; i < KEYS; i++) {
            pass_time(&desk, (int64_t)test_random_below(&random, (uint64_t)most + 1));
            typed[i] = keys[test_random_below(&random, round % 2 ? 4 : 6)];
            typed_at[i] = desk.now;
            press(&desk, typed[i]);
        }
        pass_time(&desk, TIME_SECOND);
        wrong += desk.codes || desk.count != KEYS || memcmp(desk.acted, typed, sizeof typed) != 0;
        for (int i = 0; i < desk.count && i < KEYS; i++)
            late += desk.acted_at[i] - typed_at[i] > SCANS_HELD_MOST + 2 * TIME_MILLISECOND;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(late, 0);
}

/* One key alone waits no longer than a scanner's next one would. */
static void test_one_key(void)
{
    struct desk desk;

    desk_init(&desk);
    press(&desk, 'u');
    CU_ASSERT_EQUAL(desk.count, 0);
    pass_time(&desk, CAPTURE_SILENCE + 2 * TIME_MILLISECOND);
    CU_ASSERT(desk.count == 1 && desk.acted[0] == 'u');
    press(&desk, 'u');
    press(&desk, KEY_DOWN_); /* no scanner's: nothing more to wait for */
    CU_ASSERT(desk.count == 3 && desk.acted[1] == 'u' && desk.acted[2] == KEY_DOWN_);
}

/* Scanners of every speed, with letters that are commands at any place: one code, no such command. */
static void test_scans(void)
{
    enum { ROUNDS = 3000 };
    uint64_t random = test_seed();
    int wrong = 0, harm = 0;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t pace = (int64_t)test_random_below(&random, 46) * TIME_MILLISECOND;
        struct desk desk;
        char pass[32];

        desk_init(&desk);
        base32_print(pass, test_random(&random), 10);
        base32_print(pass + 10, test_random(&random), 10);
        pass[test_random_below(&random, 12)] = 'q';
        memcpy(pass + test_random_below(&random, 18), "7q", 2);
        pass[20] = '\0';
        for (int i = 0; i < 20; i++) {
            press(&desk, (uint32_t)pass[i]);
            pass_time(&desk, pace);
        }
        if (round % 2)
            press(&desk, KEY_ENTER_);
        pass_time(&desk, TIME_SECOND);
        wrong += desk.codes != 1 || strcmp(desk.code, pass) != 0;
        for (int i = 0; i < desk.count; i++)
            harm += desk.acted[i] == 'q' || desk.acted[i] == 'u';
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(harm, 0);
}

SUITE(scans, {"keys that are no scan's are acted on, in order", test_typing},
      {"a key that waits does so for a moment", test_one_key},
      {"no command of a scan is acted on, however slow the scanner is", test_scans})
