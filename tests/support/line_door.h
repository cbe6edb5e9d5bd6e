/*
 * line_door: the real program's `ticketly door --lines` as a child process, between pipes.
 *
 * Codes go in and objects come out line by line, at any pace: what comes is kept until it is asked
 * for. Nothing waits longer than LINE_DOOR_MS. The environment is clean and has no TERM. Needs
 * nothing of the test runner. A door is for one thread.
 */
#ifndef TK_TESTS_SUPPORT_LINE_DOOR_H
#define TK_TESTS_SUPPORT_LINE_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buffer.h"

#define LINE_DOOR_MS 30000

struct line_door_options {
    const char *home;               /* also the working folder */
    const char *store;              /* a file, or the address of a service */
    const char *const *arguments;   /* more after `door --lines`, ends with NULL; may be NULL */
    const char *const *environment; /* "NAME=VALUE" … NULL; may be NULL */
    bool training;                  /* --train */
    int out_fd;                     /* takes stdout in place of a pipe; 0: a pipe */
};

struct line_door {
    pid_t pid;                /* 0: it ended */
    int in, out, err;         /* ends of pipes; -1: closed */
    int status;               /* exit status, 128 + signal; -1: it had to be killed */
    struct buffer said, told; /* stdout from `taken` on not yet asked for; stderr */
    size_t taken;
};

/* False when it cannot be started; line_door_release is fine then. */
bool line_door_start(struct line_door *door, const struct line_door_options *options);
/* Bytes as they are. False when the door takes no more. */
bool line_door_send(struct line_door *door, const void *bytes, size_t length);
/* A code and a newline. */
bool line_door_scan(struct line_door *door, const char *code);
/* The next object without its newline, to be freed; NULL when none came in time, or the output
   ended. */
char *line_door_answer(struct line_door *door, int timeout_ms);
/* Waits until stderr has this text. */
bool line_door_tells(struct line_door *door, const char *text, int timeout_ms);
/* What stderr had so far. */
const char *line_door_told(const struct line_door *door);
/* No more input. */
void line_door_close_input(struct line_door *door);
/* Waits for its end; its exit status. What it wrote can still be asked for. */
int line_door_wait(struct line_door *door);
/* Closes the input, and waits. */
int line_door_end(struct line_door *door);
void line_door_kill(struct line_door *door);
/* Ends it (SIGKILL when it still runs) and frees all. */
void line_door_release(struct line_door *door);

#endif
