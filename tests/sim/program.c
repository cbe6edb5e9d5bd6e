/*
 * sim: runs simulated box offices until the time is over or one fails.
 *
 *   sim [--seed N [--trace] | --from N] [--time SECONDS] [--steps N] [--jobs N]
 *
 * With a seed it runs that one world, twice, and says whether both times the same happened.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/crypto.h"
#include "tests/sim/sim.h"

/* In memory that the workers share; each has one of its own, and `stop` is in the first. */
struct sums {
    uint64_t worlds, operations, events;
    atomic_bool stop; /* one of them found something */
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
static int work(const struct wish *wish, uint64_t seed, struct sums *sums, atomic_bool *stop)
{
    int64_t end = sim_clock_ms() + wish->seconds * INT64_C(1000);

    for (; !*stop && sim_clock_ms() < end; seed += (uint64_t)wish->jobs) {
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
        *stop = true;
        return 1;
    }
    return 0;
}

/* Of the workers that have ended. */
static int64_t used_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000) +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void print_sums(const struct wish *wish, const struct sums *sums, int64_t took_ms,
                       bool failed)
{
    struct sums all = {0};

    for (int i = 0; i < wish->jobs; i++) {
        all.worlds += sums[i].worlds;
        all.operations += sums[i].operations;
        all.events += sums[i].events;
    }
    printf("seeds from %" PRIu64 ": %" PRIu64 " worlds, %" PRIu64 " operations, %" PRIu64
           " events in %" PRId64 " s: %" PRIu64 " operations/s, %" PRIu64
           " in a second of a processor: %s\n",
           wish->seed, all.worlds, all.operations, all.events, took_ms / 1000,
           all.operations * 1000 / (uint64_t)(took_ms + 1),
           all.operations * 1000 / (uint64_t)(used_ms() + 1), failed ? "FAILED" : "all held");
}

static int run_many(const struct wish *wish)
{
    struct sums *sums = mmap(NULL, (size_t)wish->jobs * sizeof *sums, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int64_t began = sim_clock_ms();
    bool failed = false;
    int status;

    if (sums == MAP_FAILED)
        return 70;
    fflush(NULL);
    for (int i = 0; i < wish->jobs; i++)
        if (fork() == 0)
            exit(work(wish, wish->seed + (uint64_t)i, &sums[i], &sums->stop));
    while (wait(&status) > 0)
        failed |= !WIFEXITED(status) || WEXITSTATUS(status);
    print_sums(wish, sums, sim_clock_ms() - began, failed);
    return failed;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"time", required_argument, NULL, 't'},
                                            {"steps", required_argument, NULL, 'n'},
                                            {"trace", no_argument, NULL, 'v'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"from", required_argument, NULL, 'f'},
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
