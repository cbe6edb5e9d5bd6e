/*
 * service: the real program's `ticketly serve` as a child process, on a folder of its own.
 *
 *   process_start ──▶ running ── process_stop (SIGTERM, waits) ──▶ ended ── process_start_again …
 *                        └────── process_kill (SIGKILL) ─────────▶ ended
 *
 * 1. A thread reads the log (stderr), so the service never waits for its reader; the log is kept up
 *    to PROCESS_LOG_MAX, over restarts.
 * 2. The service ends with the thread that started it, however the tests end.
 * 3. A start or stop that fails says why on stderr, with the end of the log.
 *
 * The environment is clean, as in run.h. Needs nothing of the test runner. One thread for each
 * process; its url and pid may be read by others while it runs.
 */
#ifndef TK_TESTS_SUPPORT_SERVICE_H
#define TK_TESTS_SUPPORT_SERVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buffer.h"
#include "core/device.h"
#include "tests/support/run.h"

#define PROCESS_PATH_SIZE 512
#define PROCESS_LOG_MAX ((size_t)64 << 20) /* bytes */
#define PROCESS_READY_MS 20000
#define PROCESS_STOP_MS 30000

struct process_options {
    const char *folder;             /* an existing one, left alone at the end; NULL: a fresh one */
    const char *store;              /* the box office file; NULL: office.db in the folder */
    const char *settings;           /* text of an INI file; NULL: none */
    const char *listen;             /* NULL: 127.0.0.1:0 */
    bool tokens;                    /* needs tokens; else it runs with --open */
    bool new_key;                   /* the file was made with another site key */
    bool secure;                    /* TLS: then whether it is ready is not asked */
    const char *const *arguments;   /* more of `serve`, ends with NULL; may be NULL */
    const char *const *environment; /* "NAME=VALUE" … NULL; may be NULL */
};

struct process {
    struct process_options options; /* borrowed: listen, arguments and environment for every start */
    char folder[PROCESS_PATH_SIZE], store[PROCESS_PATH_SIZE], config[PROCESS_PATH_SIZE];
    char url[PROCESS_PATH_SIZE]; /* what http_call takes */
    bool own_folder;
    pid_t pid;  /* 0: not running */
    int status; /* how it ended: exit status, 128 + signal; -1: it had to be killed */
    int log_fd;
    unsigned tokens; /* made so far */
    /* the reader's, under `lock` */
    bool reading;
    pthread_t reader;
    pthread_mutex_t lock;
    pthread_cond_t grown;
    struct buffer log;
    _Atomic bool log_ended;
};

/* Starts it and waits until it says where it listens and /readyz answers 200. False when it does
   not come to that; process_release is fine then. */
bool process_start(struct process *process, const struct process_options *options);
/* The same once more on the same folder, after it ended; at a new address unless options.listen
   fixes it. */
bool process_start_again(struct process *process);
/* SIGTERM, and waits for its end. True when it ended by itself with exit 0. */
bool process_stop(struct process *process);
/* A signal alone. */
bool process_signal(struct process *process, int signal);
/* Waits for its end; its exit status as in `status`. */
int process_wait(struct process *process, int timeout_ms);
/* SIGKILL, and waits. */
void process_kill(struct process *process);
/* Ends it (SIGKILL when it still runs), frees all, removes a folder of its own. Fine for a zeroed
   struct and after a start that failed. */
void process_release(struct process *process);

/* The program under test: $TICKETLY, else ./ticketly. */
const char *process_program(void);
/* Runs `ticketly --db FILE admin …` (up to NULL) on the same file and folder; run_release is the
   caller's. Returns the exit status. */
int process_admin(struct process *process, struct run *run, ...) __attribute__((sentinel));
/* A new token of that role. False when none could be made. */
bool process_token(struct process *process, enum role role, char token[TOKEN_SIZE]);
/* The same as a header: "Authorization: Bearer …". */
#define PROCESS_BEARER_SIZE (TOKEN_SIZE + 24)
bool process_bearer(struct process *process, enum role role, char header[PROCESS_BEARER_SIZE]);

/* Waits until the log has this text at or after `mark` (bytes; 0: anywhere). */
bool process_log_wait(struct process *process, size_t mark, const char *text, int timeout_ms);
bool process_log_has(struct process *process, size_t mark, const char *text);
/* Bytes of log so far. */
size_t process_log_mark(struct process *process);
/* A copy of the log from `mark` on; the caller frees it. */
char *process_log_copy(struct process *process, size_t mark);

/* A line of /proc/PID/status ("VmRSS") in KiB; -1 when it is not there. */
int64_t process_memory(const struct process *process, const char *name);
/* User and system time so far, in µs; -1 when it is not there. */
int64_t process_cpu_us(pid_t pid);

#endif
