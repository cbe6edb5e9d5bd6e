#include "tests/support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buffer.h"

#define TIMEOUT_MS 20000
#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define NOBODY 65534

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void keep_environment(const char *name, char *place, size_t size)
{
    const char *value = getenv(name);

    snprintf(place, size, "%s", value ? value : "");
}

static void set_environment(const struct run_options *options)
{
    static const char *const kept[] = {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TMPDIR"};
    char values[4][512], path[512];

    for (int i = 0; i < 4; i++)
        keep_environment(kept[i], values[i], sizeof values[i]);
    clearenv();
    for (int i = 0; i < 4; i++)
        if (values[i][0])
            setenv(kept[i], values[i], 1);
    setenv("HOME", options->home, 1);
    snprintf(path, sizeof path, "%s/config", options->home);
    setenv("XDG_CONFIG_HOME", path, 1);
    snprintf(path, sizeof path, "%s/data", options->home);
    setenv("XDG_DATA_HOME", path, 1);
    setenv("LANG", "C.UTF-8", 1);
    setenv("TERM", "dumb", 1);
    setenv("TZ", "UTC", 1);
    for (const char *const *more = options->environment; more && *more; more++) {
        char *copy = strdup(*more);

        if (copy)
            putenv(copy);
    }
}

static void become_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
        _exit(126);
}

/* In the child: never returns. */
static void start(const struct run_options *options, const char *const *argv, int out, int err)
{
    int in = open(options->in_path ? options->in_path : "/dev/null", O_RDONLY);

    if (options->out_path)
        out = open(options->out_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
        chdir(options->home) != 0)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    set_environment(options);
    if (options->as_nobody)
        become_nobody();
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        abort();
}

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

/* Reads both until they end. False when the time is up. */
static bool collect(int out, int err, struct buffer *out_text, struct buffer *err_text,
                    int timeout_ms)
{
    int64_t until = now_ms() + timeout_ms;

    while (out >= 0 || err >= 0) {
        struct pollfd ends[] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
        int64_t left = until - now_ms();

        if (left <= 0)
            break;
        if (poll(ends, 2, (int)left) < 0 && errno != EINTR)
            break;
        if (ends[0].revents)
            drain(&out, out_text);
        if (ends[1].revents)
            drain(&err, err_text);
    }
    if (out >= 0)
        close(out);
    if (err >= 0)
        close(err);
    return out < 0 && err < 0;
}

static int end_of(pid_t child, bool in_time)
{
    int status;

    if (!in_time)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            abort();
    if (!in_time)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void take_text(struct buffer *from, char **text, size_t *length)
{
    buffer_add(from, "", 0);
    *text = from->data;
    *length = from->length;
    if (!*text)
        abort();
}

void run_program(struct run *run, const struct run_options *options, const char *const *argv)
{
    struct buffer out, err;
    int out_pipe[2], err_pipe[2];
    bool in_time;
    pid_t child;

    buffer_init(&out, OUTPUT_MAX);
    buffer_init(&err, OUTPUT_MAX);
    make_pipe(out_pipe);
    make_pipe(err_pipe);
    fflush(NULL);
    child = fork();
    if (child < 0)
        abort();
    if (options->closed_pipe || child == 0) {
        close(out_pipe[0]);
        out_pipe[0] = -1;
    }
    if (child == 0)
        start(options, argv, out_pipe[1], err_pipe[1]);
    close(out_pipe[1]);
    close(err_pipe[1]);
    in_time = collect(out_pipe[0], err_pipe[0], &out, &err,
                      options->timeout_ms ? options->timeout_ms : TIMEOUT_MS);
    run->status = end_of(child, in_time);
    take_text(&out, &run->out, &run->out_length);
    take_text(&err, &run->err, &run->err_length);
}

void run_release(struct run *run)
{
    free(run->out);
    free(run->err);
    *run = (struct run){0};
}
