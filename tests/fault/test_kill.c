/*
 * kill -9 at random points under load: every sale and every admission that was acknowledged is
 * there, and the box office adds up (store.h, invariants 1 to 3).
 */
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>

#include "tests/fault/till.h"

#define ROUNDS 100
#define SELLERS 2
#define QUICK_MS 60000 /* the everyday run ends here, whatever its rounds */

struct stand {
    const struct fixture *base;
    int64_t slot;
    uint64_t seed;
};

static int run_stand(void *context, int notes_fd)
{
    const struct stand *stand = context;
    struct fixture till;

    if (till_open(&till, stand->base, stand->base->path, stand->seed, NULL))
        return 1;
    till_sell_and_admit(&till, stand->slot, notes_fd);
    return 2; /* it is to be killed while it sells */
}

/* Opens after the kill, as the next till would, and holds the sales noted against the file. */
static void check_after_kill(const struct fixture *base, const struct sale_notes *notes,
                             uint64_t seed)
{
    struct fixture till;
    struct tk_error error = {0};

    if (till_open(&till, base, base->path, seed, &error)) {
        CU_FAIL("the file does not open after a kill");
        printf("    %s\n", error.message);
        return;
    }
    CU_ASSERT_EQUAL(till_count_missing(&till, notes), 0);
    CU_ASSERT_EQUAL(fixture_verify(&till), 0);
    fixture_release(&till);
}

/* Lets sellers work on a file for a random time, kills them, and adds up. */
static size_t kill_round(struct fixture *base, int64_t slot, uint64_t *seed)
{
    struct stand stands[SELLERS];
    struct seller sellers[SELLERS];
    struct sale_notes notes = {0};
    size_t sold;

    for (int i = 0; i < SELLERS; i++) {
        stands[i] = (struct stand){base, slot, test_random(seed)};
        CU_ASSERT_FATAL(seller_start(&sellers[i], run_stand, &stands[i]));
    }
    if (test_random_below(seed, 2)) /* else perhaps while it opens the file */
        seller_wait(&sellers[0]);
    till_sleep_us(2000 + test_random_below(seed, 60000));
    for (int i = 0; i < SELLERS; i++)
        kill(sellers[i].pid, SIGKILL);
    for (int i = 0; i < SELLERS; i++)
        CU_ASSERT_EQUAL(seller_finish(&sellers[i], &notes), -1);
    check_after_kill(base, &notes, test_random(seed));
    sold = notes.count;
    sale_notes_release(&notes);
    return sold;
}

static void test_kill(void)
{
    struct fixture base;
    uint64_t seed = test_seed();
    int64_t slot = 0, start = till_clock_ms();
    int rounds = ROUNDS * (test_is_long() ? 10 : 1), round;
    size_t sold = 0;

    for (round = 0; round < rounds; round++) {
        if (!test_is_long() && till_clock_ms() - start > QUICK_MS)
            break;
        if (round % 10 == 0) {
            fixture_init(&base);
            slot = fixture_schedule(&base, "Kill Bill", TIME_HOUR, 100000);
            fixture_release(&base);
        }
        sold += kill_round(&base, slot, &seed);
    }
    printf("\n    %d kills, %zu sales and admissions acknowledged\n", round, sold);
    CU_ASSERT(sold > 0);
}

SUITE(fault_kill, {"kill -9 while selling and admitting loses nothing that was acknowledged", test_kill})
