/*
 * Processes that sell the last places of one slot: never more than there are, none lost, and nobody
 * waits long (store.h; gate.h).
 */
#include "tests/support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/fault/till.h"

#define CAPACITY 20
#define SLOTS_MAX 200
#define SELLERS_MAX 16
#define FAIR_MS 2000

struct crowd {
    struct fixture base;
    int64_t slots[SLOTS_MAX];
    size_t slot_count;
    int gate[2]; /* closing the second end starts all at once */
    uint64_t seed;
};

/* Waits until the parent lets all go. */
static void wait_for_start(const struct crowd *crowd)
{
    char byte;

    close(crowd->gate[1]);
    while (read(crowd->gate[0], &byte, 1) > 0)
        ;
}

static int run_seller(void *context, int notes_fd)
{
    const struct crowd *crowd = context;
    struct fixture till;

    if (till_open(&till, &crowd->base, crowd->base.path, crowd->seed, NULL))
        return 1;
    wait_for_start(crowd);
    for (size_t i = 0; i < crowd->slot_count; i++)
        till_sell(&till, crowd->slots[i], notes_fd);
    fixture_release(&till);
    return 0;
}

static size_t count_sold(const struct sale_notes *notes, int64_t slot)
{
    size_t sold = 0;

    for (size_t i = 0; i < notes->count; i++)
        sold += notes->items[i].slot == slot && notes->items[i].code == TK_OK;
    return sold;
}

/* Every answer is a sale or "sold out"; each slot is sold to the last place and not beyond. */
static void check_crowd(struct crowd *crowd, const struct sale_notes *notes)
{
    struct fixture till;
    int32_t waited = 0;

    CU_ASSERT_EQUAL_FATAL(till_open(&till, &crowd->base, crowd->base.path, 3, NULL), TK_OK);
    for (size_t i = 0; i < notes->count; i++) {
        CU_ASSERT(notes->items[i].code == TK_OK || notes->items[i].code == TK_SOLD_OUT);
        if (notes->items[i].waited_ms > waited)
            waited = notes->items[i].waited_ms;
    }
    for (size_t i = 0; i < crowd->slot_count; i++) {
        CU_ASSERT_EQUAL(count_sold(notes, crowd->slots[i]), CAPACITY);
        CU_ASSERT_EQUAL(fixture_slot(&till, crowd->slots[i]).sold, CAPACITY);
    }
    CU_ASSERT_EQUAL(till_count_missing(&till, notes), 0);
    CU_ASSERT_EQUAL(fixture_verify(&till), 0);
    CU_ASSERT(waited <= FAIR_MS);
    printf("\n    %zu answers, longest wait %d ms", notes->count, waited);
    fixture_release(&till);
}

static void crowd_prepare(struct crowd *crowd, size_t slots)
{
    fixture_init(&crowd->base);
    crowd->slot_count = slots;
    crowd->seed = test_seed();
    for (size_t i = 0; i < slots; i++)
        crowd->slots[i] = fixture_schedule(&crowd->base, "Speed", TIME_DAY, CAPACITY);
    fixture_release(&crowd->base);
    CU_ASSERT_EQUAL_FATAL(pipe2(crowd->gate, O_CLOEXEC), 0);
}

/* Starts a process for each seller, lets them go together and gathers what they note. */
static void crowd_run(struct crowd *crowd, size_t count, int (*run)(void *context, int notes_fd),
                      struct sale_notes *notes)
{
    struct seller sellers[SELLERS_MAX];

    for (size_t i = 0; i < count; i++) {
        crowd->seed++;
        CU_ASSERT_FATAL(seller_start(&sellers[i], run, crowd));
    }
    close(crowd->gate[0]);
    close(crowd->gate[1]);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(seller_finish(&sellers[i], notes), 0);
}

static void race(size_t sellers, size_t slots)
{
    struct crowd crowd;
    struct sale_notes notes = {0};

    crowd_prepare(&crowd, slots);
    crowd_run(&crowd, sellers, run_seller, &notes);
    check_crowd(&crowd, &notes);
    sale_notes_release(&notes);
}

static void test_two(void)
{
    race(2, test_is_long() ? SLOTS_MAX : 60);
}

static void test_sixteen(void)
{
    race(SELLERS_MAX, test_is_long() ? SLOTS_MAX : 60);
}

/* --- a brand-new file --- */

/* Opens a file that is not there yet and puts a showing into it; notes the start of its uuid. */
static int run_founder(void *context, int notes_fd)
{
    const struct crowd *crowd = context;
    struct sale_note note = {0};
    struct store_facts facts;
    struct fixture till;

    wait_for_start(crowd);
    if (till_open(&till, &crowd->base, crowd->base.path, crowd->seed, NULL))
        return 1;
    note.slot = fixture_schedule(&till, "Genesis", TIME_DAY, CAPACITY);
    if (office_facts(&till.office, &facts, NULL))
        return 2;
    memcpy(&note.ticket, facts.uuid + 19, sizeof note.ticket); /* its random part */
    fixture_release(&till);
    return write(notes_fd, &note, sizeof note) == (ssize_t)sizeof note ? 0 : 3;
}

static void test_new_file(void)
{
    for (int round = 0; round < (test_is_long() ? 500 : 40); round++) {
        struct sale_notes notes = {0};
        struct crowd crowd;
        struct fixture till;

        crowd_prepare(&crowd, 0);
        till_remove_store(crowd.base.path);
        crowd.seed += (uint64_t)round * 10;
        crowd_run(&crowd, 2, run_founder, &notes);
        CU_ASSERT_EQUAL_FATAL(notes.count, 2);
        CU_ASSERT_EQUAL(notes.items[0].ticket, notes.items[1].ticket);
        CU_ASSERT_NOT_EQUAL(notes.items[0].slot, notes.items[1].slot);
        CU_ASSERT_EQUAL_FATAL(till_open(&till, &crowd.base, crowd.base.path, 9, NULL), TK_OK);
        CU_ASSERT_EQUAL(fixture_verify(&till), 0);
        fixture_release(&till);
        sale_notes_release(&notes);
    }
}

SUITE(fault_race, {"two processes sell the last places", test_two},
      {"sixteen processes sell the last places, in turn", test_sixteen},
      {"two processes make a new file at once", test_new_file})
