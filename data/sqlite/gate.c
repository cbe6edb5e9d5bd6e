#include "data/sqlite/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 25

static enum tk_code open_file(struct gate *gate, struct tk_error *error)
{
    gate->fd = open(gate->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (gate->fd < 0)
        return tk_fail(error, errno == EACCES || errno == EROFS ? TK_READ_ONLY : TK_CANNOT_CREATE,
                       "%s cannot be opened for writing: %s.", gate->path, strerror(errno));
    return TK_OK;
}

enum tk_code gate_open(struct gate *gate, const char *database, int timeout_ms,
                       struct tk_error *error)
{
    *gate = (struct gate){.fd = -1, .timeout_ms = timeout_ms};
    if (snprintf(gate->path, sizeof gate->path, "%s.lock", database) >= (int)sizeof gate->path)
        return tk_fail(error, TK_CONFIG, "The path of the box office file is too long.");
    return open_file(gate, error);
}

void gate_close(struct gate *gate)
{
    if (gate->fd >= 0)
        close(gate->fd);
    gate->fd = -1;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_tick(int signal)
{
    (void)signal;
}

struct ticker {
    timer_t timer;
    sigset_t before; /* the thread's mask */
};

/* A pending tick must not meet the default action, which ends the process: the handler stays. */
static void ticker_stop(struct ticker *ticker)
{
    timer_delete(ticker->timer);
    pthread_sigmask(SIG_SETMASK, &ticker->before, NULL);
}

/* A timer that interrupts this thread's system calls every TICK_MS, so that a blocking flock, which
   the kernel serves in turn, can still be given up. Each thread has its own; all share the handler,
   which does nothing. */
static bool ticker_start(struct ticker *ticker)
{
    struct sigaction action = {.sa_handler = on_tick};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
    struct itimerspec every = {{0, TICK_MS * 1000000L}, {0, TICK_MS * 1000000L}};
    sigset_t tick;

    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    if (sigaction(SIGRTMIN, &action, NULL))
        return false;
    if (timer_create(CLOCK_MONOTONIC, &event, &ticker->timer))
        return false;
    sigemptyset(&tick);
    sigaddset(&tick, SIGRTMIN);
    /* a thread of a service may have all signals blocked */
    pthread_sigmask(SIG_UNBLOCK, &tick, &ticker->before);
    if (timer_settime(ticker->timer, 0, &every, NULL) == 0)
        return true;
    ticker_stop(ticker);
    return false;
}

static enum tk_code wait_in_turn(struct gate *gate, struct tk_error *error)
{
    int64_t start = now_ms(), waited;

    while (flock(gate->fd, LOCK_EX)) {
        if (errno != EINTR)
            return tk_fail(error, TK_IO, "The lock beside the box office file failed: %s.",
                           strerror(errno));
        waited = now_ms() - start;
        if (gate->watch.give_up && gate->watch.give_up(gate->watch.context, waited))
            return tk_fail(error, TK_INTERRUPTED,
                           "Stopped waiting for another till: nothing was done.");
        if (waited >= gate->timeout_ms)
            return tk_fail(error, TK_BUSY,
                           "Another program has held the box office file for %d seconds: "
                           "nothing was done. Try again.",
                           gate->timeout_ms / 1000);
    }
    return TK_OK;
}

static enum tk_code lock(struct gate *gate, struct tk_error *error)
{
    enum tk_code code;
    struct ticker ticker;

    if (flock(gate->fd, LOCK_EX | LOCK_NB) == 0)
        return TK_OK;
    if (!ticker_start(&ticker))
        return tk_fail(error, TK_INTERNAL, "No timer can be made: %s.", strerror(errno));
    code = wait_in_turn(gate, error);
    ticker_stop(&ticker);
    return code;
}

/* Whether the locked file still is the one of that name: somebody may have removed it. */
static bool is_current(const struct gate *gate)
{
    struct stat ours, named;

    return fstat(gate->fd, &ours) == 0 && stat(gate->path, &named) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

enum tk_code gate_enter(struct gate *gate, struct tk_error *error)
{
    enum tk_code code;

    if (gate->fd < 0 || gate->depth > 0) {
        gate->depth++;
        return TK_OK;
    }
    code = lock(gate, error);
    while (!code && !is_current(gate)) {
        close(gate->fd);
        code = open_file(gate, error);
        if (!code)
            code = lock(gate, error);
    }
    if (!code)
        gate->depth = 1;
    return code;
}

void gate_leave(struct gate *gate)
{
    if (--gate->depth == 0 && gate->fd >= 0)
        flock(gate->fd, LOCK_UN);
}
