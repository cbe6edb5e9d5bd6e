#include "tests/support/line_door.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/service.h"

#define ARGUMENTS_MAX 24
#define KEPT_MAX ((size_t)64 << 20)
#define TICK_MS 2

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- starting --- */

static void set_environment(const struct line_door_options *options)
{
    static const char *const kept[] = {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                       "TMPDIR"};
    char values[5][512];

    for (int i = 0; i < 5; i++)
        snprintf(values[i], sizeof values[i], "%s", getenv(kept[i]) ? getenv(kept[i]) : "");
    clearenv();
    for (int i = 0; i < 5; i++)
        if (values[i][0])
            setenv(kept[i], values[i], 1);
    setenv("HOME", options->home, 1);
    setenv("LANG", "C.UTF-8", 1);
    setenv("TZ", "UTC", 1);
    for (const char *const *more = options->environment; more && *more; more++) {
        char *copy = strdup(*more);

        if (copy)
            putenv(copy);
    }
}

/* In the child: never returns. */
static void become_door(const struct line_door_options *options, int in, int out, int err,
                        pid_t parent)
{
    char *path = realpath(process_program(), NULL);
    const char *argv[ARGUMENTS_MAX] = {path ? path : process_program(), "--db", options->store};
    int count = 3;

    if (options->training)
        argv[count++] = "--train";
    argv[count++] = "door";
    argv[count++] = "--lines";
    for (const char *const *more = options->arguments; more && *more && count + 1 < ARGUMENTS_MAX;
         more++)
        argv[count++] = *more;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
        chdir(options->home) != 0)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    set_environment(options);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

bool line_door_start(struct line_door *door, const struct line_door_options *options)
{
    int in[2], out[2], err[2];
    pid_t parent = getpid();

    *door = (struct line_door){.in = -1, .out = -1, .err = -1};
    buffer_init(&door->said, KEPT_MAX);
    buffer_init(&door->told, KEPT_MAX);
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        return false;
    fflush(NULL);
    door->pid = fork();
    if (door->pid == 0)
        become_door(options, in[0], options->out_fd ? options->out_fd : out[1], err[1], parent);
    close(in[0]);
    close(out[1]);
    close(err[1]);
    door->in = in[1];
    door->out = out[0];
    door->err = err[0];
    fcntl(door->in, F_SETFL, O_NONBLOCK);
    if (door->pid < 0)
        door->pid = 0;
    return door->pid > 0;
}

/* --- in and out --- */

/* Takes what has come; closes at the end. */
static void drain(int *fd, struct buffer *to)
{
    char bytes[65536];
    ssize_t count = read(*fd, bytes, sizeof bytes);

    if (count > 0) {
        buffer_add(to, bytes, (size_t)count);
    } else if (count == 0 || errno != EINTR) {
        close(*fd);
        *fd = -1;
    }
}

/* Waits until something comes out, or (`in`) something may go in. False when nothing did in time,
   or never will. */
static bool attend(struct line_door *door, bool in, int timeout_ms)
{
    struct pollfd ends[] = {{.fd = door->out, .events = POLLIN},
                            {.fd = door->err, .events = POLLIN},
                            {.fd = in ? door->in : -1, .events = POLLOUT}};

    if (door->out < 0 && door->err < 0)
        return false;
    if (timeout_ms < 0 || poll(ends, 3, timeout_ms) <= 0)
        return false;
    if (ends[0].revents)
        drain(&door->out, &door->said);
    if (ends[1].revents)
        drain(&door->err, &door->told);
    return true;
}

bool line_door_send(struct line_door *door, const void *bytes, size_t length)
{
    const char *at = bytes;
    int64_t until = now_ms() + LINE_DOOR_MS;

    signal(SIGPIPE, SIG_IGN);
    while (length && door->in >= 0) {
        ssize_t count = write(door->in, at, length);

        if (count > 0) {
            at += count;
            length -= (size_t)count;
        } else if ((errno != EAGAIN && errno != EINTR) ||
                   !attend(door, true, (int)(until - now_ms()))) {
            break;
        }
    }
    return length == 0;
}

bool line_door_scan(struct line_door *door, const char *code)
{
    char line[256];
    int length = snprintf(line, sizeof line, "%s\n", code);

    return line_door_send(door, line, (size_t)length);
}

static char *take_line(struct line_door *door)
{
    const char *start = buffer_text(&door->said) + door->taken;
    const char *end = door->said.length > door->taken
                          ? memchr(start, '\n', door->said.length - door->taken)
                          : NULL;

    if (!end)
        return NULL;
    door->taken += (size_t)(end - start) + 1;
    return strndup(start, (size_t)(end - start));
}

char *line_door_answer(struct line_door *door, int timeout_ms)
{
    int64_t until = now_ms() + timeout_ms;
    char *line;

    while (!(line = take_line(door)) && door->out >= 0 &&
           attend(door, false, (int)(until - now_ms())))
        ;
    return line ? line : take_line(door);
}

const char *line_door_told(const struct line_door *door)
{
    return buffer_text(&door->told);
}

bool line_door_tells(struct line_door *door, const char *text, int timeout_ms)
{
    int64_t until = now_ms() + timeout_ms;

    while (!strstr(line_door_told(door), text))
        if (!attend(door, false, (int)(until - now_ms())))
            return strstr(line_door_told(door), text) != NULL;
    return true;
}

/* --- ending --- */

void line_door_close_input(struct line_door *door)
{
    if (door->in >= 0)
        close(door->in);
    door->in = -1;
}

int line_door_wait(struct line_door *door)
{
    int64_t until = now_ms() + LINE_DOOR_MS;
    int status = 0;
    bool killed = false;

    while (door->pid && waitpid(door->pid, &status, WNOHANG) == 0) {
        if (now_ms() > until && !killed)
            killed = kill(door->pid, SIGKILL) == 0;
        if (!attend(door, false, TICK_MS) && door->out < 0 && door->err < 0)
            usleep(1000 * TICK_MS);
    }
    if (door->pid)
        door->status = killed              ? -1
                       : WIFEXITED(status) ? WEXITSTATUS(status)
                                           : 128 + WTERMSIG(status);
    door->pid = 0;
    while (attend(door, false, 0))
        ;
    return door->status;
}

int line_door_end(struct line_door *door)
{
    line_door_close_input(door);
    return line_door_wait(door);
}

void line_door_kill(struct line_door *door)
{
    if (door->pid)
        kill(door->pid, SIGKILL);
    line_door_wait(door);
}

void line_door_release(struct line_door *door)
{
    line_door_kill(door);
    line_door_close_input(door);
    if (door->out >= 0)
        close(door->out);
    if (door->err >= 0)
        close(door->err);
    door->out = door->err = -1;
    buffer_release(&door->said);
    buffer_release(&door->told);
}
