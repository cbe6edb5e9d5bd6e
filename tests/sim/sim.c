#include "tests/sim/sim.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/sim/world.h"

int64_t sim_clock_ms(void)
{
    struct timespec now;

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

/* In memory where that can be: locks and marks are written there all the time. */
static void make_folder(char *folder, size_t size)
{
    const char *given = getenv("TMPDIR");

    snprintf(folder, size, "%s/ticketly-sim.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm"
             : given                       ? given
                                           : "/tmp");
    if (!mkdtemp(folder))
        abort();
}

/* What the program itself reads of clocks is the simulated time as well (the link wraps it). */
static const struct world *running;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!running)
        return (int)syscall(SYS_clock_gettime, clock, now);
    *now = (struct timespec){.tv_sec = running->now / TIME_SECOND,
                             .tv_nsec = running->now % TIME_SECOND * 1000};
    return 0;
}

void sim_run(uint64_t seed, int steps, bool trace, struct sim_result *result)
{
    struct world *world = calloc(1, sizeof *world);
    char folder[100];

    if (!world)
        abort();
    make_folder(folder, sizeof folder);
    running = world;
    sim_world_run(world, seed, folder, steps, trace);
    *result = (struct sim_result){.step = world->step,
                                  .operations = world->operations,
                                  .events = world->events,
                                  .hash = world->hash};
    text_copy(result->wrong, sizeof result->wrong, world->wrong);
    sim_world_release(world);
    running = NULL;
    free(world);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
