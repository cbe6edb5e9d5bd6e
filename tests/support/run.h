/*
 * run: another program, run to its end with its output caught.
 *
 * Each run has its own environment: HOME and the XDG folders lie in `home`, the locale is C.UTF-8,
 * TERM is dumb, and nothing of ours but PATH and what sanitizers need is passed on.
 */
#ifndef TK_TESTS_SUPPORT_RUN_H
#define TK_TESTS_SUPPORT_RUN_H

#include <stdbool.h>
#include <stddef.h>

struct run {
    int status;      /* exit status; 128 + signal; -1 when it took longer than the time given */
    char *out, *err; /* owned; end with NUL */
    size_t out_length, err_length;
};

struct run_options {
    const char *home;               /* also the working folder; must exist */
    const char *const *environment; /* more of it, "NAME=VALUE"; ends with NULL; may be NULL */
    const char *in_path;            /* stdin; NULL: /dev/null */
    const char *out_path;           /* stdout goes there, not to `out`; may be NULL */
    bool closed_pipe;               /* stdout is a pipe that nobody reads */
    bool as_nobody;                 /* as an ordinary user when we are root */
    int timeout_ms;                 /* 0: 20 s */
};

/* Runs argv (ends with NULL) and waits. Aborts the tests when it cannot. */
void run_program(struct run *run, const struct run_options *options, const char *const *argv);
void run_release(struct run *run);

#endif
