#include "ui/kiosk/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_FIRST_MS 250
#define PAUSE_MAX_MS 30000
#define STEADY_MS 60000     /* a counter that ran so long is not one that cannot start */
#define PATIENCE_MS 15000   /* for a counter that was asked to end */
#define GONE_AFTER_MS 60000 /* a terminal that cannot be opened for so long is gone for good */
#define EXIT_GONE 69        /* EX_UNAVAILABLE */
#define TERMINAL_NAME_SIZE 128

#if defined __x86_64__
#define KEEPER_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define KEEPER_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Off: alternate screen, mouse, pasting in brackets; the cursor is shown; a clean page. */
static const char restore_sequence[] =
    "\033[?2004l\033[?1000l\033[?1006l\033[?1049l\033[?25h\033[?1l\033>\033[0m\r\n";

struct keeper {
    char terminal[TERMINAL_NAME_SIZE];
    struct termios before; /* as it was when we came */
    sigset_t awaited;
    bool ending; /* SIGTERM came */
    int pause_ms;
};

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- no other program --- */

bool keeper_forbid_programs(void)
{
#ifdef KEEPER_ARCHITECTURE
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, KEEPER_ARCHITECTURE, 1, 0),
        REFUSE,
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 2, 0), /* x32's numbers */
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_execve, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_execveat, 0, 1),
        REFUSE,
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#else
    return false;
#endif
}

/* --- the terminal --- */

static void put_back(const struct keeper *keeper)
{
    if (write(STDOUT_FILENO, restore_sequence, sizeof restore_sequence - 1) > 0)
        tcsetattr(STDIN_FILENO, TCSANOW, &keeper->before);
}

/* Between two counters: as it was, but that keys are neither shown nor kept, nor make signals. */
static void keep_quiet(const struct keeper *keeper)
{
    static const char again[] = "The counter starts again in a moment.\r\n";
    struct termios quiet = keeper->before;

    put_back(keeper);
    if (write(STDOUT_FILENO, again, sizeof again - 1) < 0)
        return;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
}

/* Whether it is there; one that was hung up answers no more. */
static bool is_there(void)
{
    struct termios now;

    return tcgetattr(STDIN_FILENO, &now) == 0 && tcgetattr(STDOUT_FILENO, &now) == 0;
}

/* By its name, after a hang-up. */
static bool reopen(struct keeper *keeper)
{
    bool shows_errors = isatty(STDERR_FILENO) || fcntl(STDERR_FILENO, F_GETFL) < 0;
    int fd = open(keeper->terminal, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return false;
    if (!isatty(fd)) {
        close(fd);
        return false;
    }
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    if (shows_errors)
        dup2(fd, STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
    return is_there();
}

/* --- the counter --- */

/* The next signal within a time; 0: none. */
static int await(struct keeper *keeper, int ms)
{
    struct timespec most = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    int number = sigtimedwait(&keeper->awaited, NULL, &most);

    if (number == SIGTERM)
        keeper->ending = true;
    return number > 0 ? number : 0;
}

/* For ms, or until it has to end. */
static void rest(struct keeper *keeper, int ms)
{
    int64_t until = clock_ms() + ms, left;

    while (!keeper->ending && (left = until - clock_ms()) > 0)
        await(keeper, (int)left);
}

static _Noreturn void run_counter(pid_t keeper, int (*counter)(void *), void *context)
{
    sigset_t none;
    int status;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != keeper) /* it ended before that was set */
        _exit(0);
    keeper_forbid_programs();
    status = counter(context);
    fflush(NULL);
    _exit(status);
}

/* Whether it ended; one that was stopped goes on. */
static bool has_ended(pid_t child, int *status)
{
    pid_t found;

    while ((found = waitpid(child, status, WNOHANG | WUNTRACED)) == child) {
        if (!WIFSTOPPED(*status))
            return true;
        kill(child, SIGCONT);
    }
    return found < 0 && errno == ECHILD;
}

/* Waits for its end, and asks for that when SIGTERM comes. */
static int wait_for(struct keeper *keeper, pid_t child)
{
    int64_t asked_at = 0;
    int status = 0;

    while (!has_ended(child, &status)) {
        await(keeper, 1000); /* a child's stop and end come as signals, too */
        if (keeper->ending && !asked_at) {
            asked_at = clock_ms();
            kill(child, SIGTERM);
        } else if (asked_at && clock_ms() - asked_at > PATIENCE_MS) {
            kill(child, SIGKILL);
        }
    }
    return status;
}

/* A counter that cannot start is tried again less and less often. */
static void pause_before_next(struct keeper *keeper, int64_t ran_ms)
{
    if (ran_ms > STEADY_MS)
        keeper->pause_ms = PAUSE_FIRST_MS;
    rest(keeper, keeper->pause_ms);
    keeper->pause_ms = keeper->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : keeper->pause_ms * 2;
}

/* After a hang-up; false when it did not come back. */
static bool find_terminal(struct keeper *keeper)
{
    int64_t until = clock_ms() + GONE_AFTER_MS;

    while (!is_there() && !reopen(keeper)) {
        if (keeper->ending || clock_ms() > until)
            return false;
        rest(keeper, PAUSE_FIRST_MS);
    }
    return true;
}

/* --- all of it --- */

static void take_signals(struct keeper *keeper)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct rlimit none = {0, 0};

    sigemptyset(&ignore.sa_mask);
    sigemptyset(&keeper->awaited);
    sigaddset(&keeper->awaited, SIGTERM);
    sigaddset(&keeper->awaited, SIGCHLD);
    sigaddset(&keeper->awaited, SIGHUP);
    sigprocmask(SIG_BLOCK, &keeper->awaited, NULL);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (sigismember(&keeper->awaited, number) == 0 && number != SIGCONT)
            sigaction(number, &ignore, NULL); /* of some it fails: those cannot be ignored */
    setrlimit(RLIMIT_CORE, &none);            /* a PIN may stand in memory */
}

static bool keeper_init(struct keeper *keeper)
{
    *keeper = (struct keeper){.pause_ms = PAUSE_FIRST_MS};
    take_signals(keeper);
    return ttyname_r(STDIN_FILENO, keeper->terminal, sizeof keeper->terminal) == 0 &&
           tcgetattr(STDIN_FILENO, &keeper->before) == 0;
}

/* What a crash handler of a counter does with the other signals is the counter's. */
static int start(struct keeper *keeper, int (*counter)(void *), void *context)
{
    pid_t self = getpid(), child = fork();

    if (child == 0)
        run_counter(self, counter, context);
    return child < 0 ? EXIT_FAILURE << 8 : wait_for(keeper, child);
}

int keeper_keep(int (*counter)(void *context), void *context)
{
    struct keeper keeper;
    int status = 0;

    if (!keeper_init(&keeper))
        return EXIT_GONE;
    while (!keeper.ending) {
        int64_t began = clock_ms();

        status = start(&keeper, counter, context);
        if (keeper.ending || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
            break;
        if (is_there())
            keep_quiet(&keeper);
        pause_before_next(&keeper, clock_ms() - began);
        if (!keeper.ending && !find_terminal(&keeper))
            return keeper.ending ? 0 : EXIT_GONE;
        tcflush(STDIN_FILENO, TCIFLUSH); /* it was meant for a counter that is no more */
    }
    if (is_there())
        put_back(&keeper);
    return 0;
}
