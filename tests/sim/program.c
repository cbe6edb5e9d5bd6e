/*
 * sim: runs simulated box offices until the time is over or one fails.
 *
 *   sim [--seed N] [--time SECONDS] [--steps N] [--trace] [--jobs N]
 *
 * With a seed it runs that one world, twice, and says whether both times the same happened.
 */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/crypto.h"
#include "tests/sim/sim.h"

struct sums {
    uint64_t worlds, operations, events;
};

struct wish {
    uint64_t seed;
    int seconds, steps, jobs;
    bool given, trace;
};

static int run_one(const struct wish *wish)
{
    struct sim_result first, second;

    sim_run(wish->seed, wish->steps, wish->trace, &first);
    printf("seed %" PRIu64 ": %" PRIu64 " operations, %" PRIu64 " events, %016" PRIx64 "%s%s\n",
           wish->seed, first.operations, first.events, first.hash, first.wrong[0] ? "\n" : "",
           first.wrong);
    sim_run(wish->seed, wish->steps, false, &second);
    if (first.hash != second.hash) {
        printf("the same seed did not lead to the same: %016" PRIx64 "\n", second.hash);
        return 1;
    }
    return first.wrong[0] != '\0';
}

/* Every jobs-th seed from `seed` on. */
static int work(const struct wish *wish, uint64_t seed, struct sums *sums)
{
    int64_t end = sim_clock_ms() + wish->seconds * INT64_C(1000);

    for (; sim_clock_ms() < end; seed += (uint64_t)wish->jobs) {
        struct sim_result result;

        sim_run(seed, wish->steps, false, &result);
        sums->worlds++;
        sums->operations += result.operations;
        sums->events += result.events;
        if (!result.wrong[0])
            continue;
        printf("seed %" PRIu64 ", step %" PRIu64 ": %s\nreplay: make sim SEED=%" PRIu64
               " [TRACE=1]\n",
               seed, result.step, result.wrong, seed);
        fflush(stdout);
        return 1;
    }
    return 0;
}

static int run_many(const struct wish *wish)
{
    struct sums *sums = mmap(NULL, (size_t)wish->jobs * sizeof *sums, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct sums all = {0};
    int failed = 0, status;

    if (sums == MAP_FAILED)
        return 70;
    fflush(NULL);
    for (int i = 0; i < wish->jobs; i++)
        if (fork() == 0)
            exit(work(wish, wish->seed + (uint64_t)i, &sums[i]));
    while (wait(&status) > 0)
        failed |= !WIFEXITED(status) || WEXITSTATUS(status);
    for (int i = 0; i < wish->jobs; i++) {
        all.worlds += sums[i].worlds;
        all.operations += sums[i].operations;
        all.events += sums[i].events;
    }
    printf("seeds from %" PRIu64 ": %" PRIu64 " worlds, %" PRIu64 " operations, %" PRIu64
           " events in %d s: %s\n",
           wish->seed, all.worlds, all.operations, all.events, wish->seconds,
           failed ? "FAILED" : "all held");
    return failed;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},  {"time", required_argument, NULL, 't'},
        {"steps", required_argument, NULL, 'n'}, {"trace", no_argument, NULL, 'v'},
        {"jobs", required_argument, NULL, 'j'},  {"from", required_argument, NULL, 'f'},
        {0}};
    struct wish wish = {.seconds = 60, .steps = SIM_STEPS, .jobs = 2};
    int option;

    crypto_init();
    if (getrandom(&wish.seed, sizeof wish.seed, 0) != sizeof wish.seed)
        wish.seed = 1;
    wish.seed %= 1000000000;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's' || option == 'f')
            wish.seed = strtoull(optarg, NULL, 0);
        wish.given |= option == 's';
        if (option == 't')
            wish.seconds = (int)strtol(optarg, NULL, 10);
        else if (option == 'n')
            wish.steps = (int)strtol(optarg, NULL, 10);
        else if (option == 'j')
            wish.jobs = (int)strtol(optarg, NULL, 10);
        else if (option == 'v')
            wish.trace = true;
        else if (option == '?')
            return 2;
    }
    return wish.given ? run_one(&wish) : run_many(&wish);
}
