#include "tests/support/term_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void exec_program(const char *const *argv, char **env)
{
    sigset_t none;

    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid()); /* SIGTTOU is blocked still */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP)
            signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvpe(argv[0], (char *const *)argv, env);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void report_send(int link, pid_t program, int status)
{
    struct keeper_report report = {.program = program, .status = status};

    tcgetattr(STDIN_FILENO, &report.line);
    if (write(link, &report, sizeof report) != (ssize_t)sizeof report)
        _exit(1);
}

/* Reports each stop and the end. A hang-up is passed on, as a shell does. */
static void keep_program(int link, pid_t program, const sigset_t *signals)
{
    int status, number;

    for (;;) {
        if (waitpid(program, &status, WUNTRACED | WNOHANG) == program) {
            report_send(link, program, status);
            if (!WIFSTOPPED(status))
                return;
        }
        number = sigwaitinfo(signals, NULL);
        if (number == SIGHUP)
            kill(-program, SIGHUP);
    }
}

void keeper_run(int link, const char *const *argv, char **env)
{
    sigset_t signals;
    pid_t program;
    char byte;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (link != 3 && dup2(link, 3) != 3)
        _exit(1);
    closefrom(4); /* no lock and no other terminal of the test may live on in here */
    fcntl(3, F_SETFD, FD_CLOEXEC);
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTTOU);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    report_send(3, 0, 0);
    program = fork();
    if (program == 0)
        exec_program(argv, env);
    if (program < 0)
        _exit(1);
    setpgid(program, program);
    report_send(3, program, 0);
    keep_program(3, program, &signals);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    while (read(3, &byte, 1) < 0 && errno == EINTR)
        continue;
    _exit(0);
}

static bool is_named(const char *entry, const char *other)
{
    size_t length = strcspn(other, "=");

    return strncmp(entry, other, length) == 0 && (entry[length] == '=' || !entry[length]);
}

static void env_put(char **env, int *count, const char *entry)
{
    int at = 0;

    while (at < *count && !is_named(env[at], entry))
        at++;
    if (!strchr(entry, '=')) {
        if (at < *count)
            env[at] = env[--*count];
    } else if (at < KEEPER_ENV_MAX) {
        env[at] = (char *)entry;
        *count += at == *count;
    }
    env[*count] = NULL;
}

void keeper_env(char **env, const char *const *added)
{
    static const char *const kept[] = {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                       "LLVM_PROFILE_FILE"};
    int count = 0;

    env_put(env, &count, "HOME=/nonexistent");
    env_put(env, &count, "TERM=xterm-256color");
    env_put(env, &count, "LANG=C.UTF-8");
    for (char **entry = environ; *entry; entry++)
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            if (is_named(*entry, kept[i]))
                env_put(env, &count, *entry);
    for (; added && *added; added++)
        env_put(env, &count, *added);
}
