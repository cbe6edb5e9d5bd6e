/*
 * term_keeper: the process between a test's terminal and the program on it, as a shell is.
 *
 * It leads the terminal's session, runs the program in the foreground in a process group of its
 * own, passes a hang-up on and tells the test of each stop and of the end. It stays after that:
 * when a leader goes, the kernel resets the line and may drop output that was not read yet.
 */
#ifndef TK_TESTS_SUPPORT_TERM_KEEPER_H
#define TK_TESTS_SUPPORT_TERM_KEEPER_H

#include <sys/types.h>
#include <termios.h>

#define KEEPER_ENV_MAX 64

/* What it tells on the link: first {0} with the line as it was, then the program's pid, then each
   stop and the end. */
struct keeper_report {
    pid_t program;
    int status; /* as wait() gives it */
    struct termios line;
};

/* Runs in the child that forkpty made, and ends it once the other end of `link` is closed. */
_Noreturn void keeper_run(int link, const char *const *argv, char **env);
/* Fills env (KEEPER_ENV_MAX + 1 pointers) with the clean environment of term_start and what is
   added. The strings are borrowed. */
void keeper_env(char **env, const char *const *added);

#endif
