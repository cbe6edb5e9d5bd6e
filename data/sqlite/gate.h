/*
 * gate: one writer at a time, over all processes that use a box office file.
 *
 * Every write transaction and every checkpoint holds an flock(2) on a file beside the database
 * (PATH.lock). SQLite before 3.51.3 can lose commits when two connections write and checkpoint at
 * once; the gate excludes that, and the kernel serves those who wait in turn.
 *
 * Threading: a gate belongs to one thread at a time; stores of one process in several threads have
 * one each, and exclude one another as processes do. While it waits a thread lets SIGRTMIN in, which
 * is this module's own.
 */
#ifndef TK_DATA_SQLITE_GATE_H
#define TK_DATA_SQLITE_GATE_H

#include "core/error.h"
#include "core/store.h"

struct gate {
    int fd; /* -1 for none */
    char path[4096];
    int depth;
    int timeout_ms;
    struct store_watch watch; /* asked while waiting */
};

/* Opens (and makes) DATABASE.lock. */
enum tk_code gate_open(struct gate *gate, const char *database, int timeout_ms,
                       struct tk_error *error);
void gate_close(struct gate *gate);
/* Enters; nested calls count. TK_BUSY after timeout_ms, TK_INTERRUPTED when the watch gives up. */
enum tk_code gate_enter(struct gate *gate, struct tk_error *error);
void gate_leave(struct gate *gate);

#endif
