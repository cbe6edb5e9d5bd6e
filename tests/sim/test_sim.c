/* A few simulated box offices in the run of every day; `make sim` runs them by the thousand. */
#include "core/time.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

#define SECONDS 5

static void run(uint64_t seed, struct sim_result *result)
{
    sim_run(seed, SIM_STEPS / 3, false, result);
    if (result->wrong[0])
        printf("\n    seed %llu (--steps %d): %s\n", (unsigned long long)seed, SIM_STEPS / 3,
               result->wrong);
}

static void test_worlds(void)
{
    int64_t end = sim_clock_ms() + SECONDS * INT64_C(1000);
    uint64_t seed = test_seed() % 1000000000, operations = 0;
    struct sim_result result;

    do {
        run(seed++, &result);
        operations += result.operations;
        CU_ASSERT_STRING_EQUAL(result.wrong, "");
    } while (!result.wrong[0] && sim_clock_ms() < end);
    CU_ASSERT(operations > 100);
}

static void test_again(void)
{
    struct sim_result first, second;

    run(7, &first);
    run(7, &second);
    CU_ASSERT_EQUAL(first.hash, second.hash);
    CU_ASSERT_EQUAL(first.events, second.events);
}

SUITE(sim, {"whatever fails, nothing is oversold, lost or done twice", test_worlds},
      {"the same seed is the same world", test_again})
