/*
 * porter: one thread that lets connections in, cuts off those that are late, and sees the refused
 * out.
 *
 *   accepted ─ over the limit ─▶ closed
 *      │
 *   take() ─▶ line entered ─▶ admit() ─▶ … porter_until … ─▶ porter_leave ─▶ drop()
 *                                              │ late                  └─ perhaps lingers
 *                                              └─▶ socket shut down
 *
 * Invariants
 * 1. Never more than `lines_max` lines, not for a moment; a connection beyond is closed at once.
 * 2. A line's socket is shut down only while the line is entered, and the owner leaves before it
 *    closes the socket: so the number never belongs to somebody else.
 * 3. After porter_quiesce the listener is closed and whoever was connected by then is let in: a
 *    connection that the kernel had accepted is not reset.
 * 4. Lingering: a connection closed with bytes unread is reset by the kernel, and the client may
 *    lose the answer that tells why. So its socket is read and forgotten for a moment, for a
 *    bounded number of sockets.
 *
 * Threading: porter_until may be called by whoever works on the line, all others by any thread.
 * take, admit and drop are called without a lock; drop on the thread that leaves.
 */
#ifndef TK_UI_HTTP_PORTER_H
#define TK_UI_HTTP_PORTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include "core/error.h"

#define PORTER_NEVER INT64_MAX

struct porter;

/* A connection. Part of its owner's struct. */
struct porter_line {
    int fd;
    _Atomic int64_t until_us; /* monotonic */
    bool begun;               /* the server has taken it over */
};

struct porter_options {
    int listener; /* taken, also when opening fails */
    size_t lines_max;
    unsigned first_ms; /* how long a new connection has at first */
    unsigned tick_ms;  /* how late a cut may be */
    struct porter_line *(*take)(void *context, int fd, const struct sockaddr *address,
                                socklen_t length); /* NULL: no memory */
    /* Hands the connection to the server, which owns the socket from here on. False: it failed and
       the socket is closed. */
    bool (*admit)(void *context, struct porter_line *line, const struct sockaddr *address,
                  socklen_t length);
    void (*drop)(void *context, struct porter_line *line);
    void *context;
};

/* Lets nobody in before porter_open_door. TK_UNAVAILABLE, TK_NO_MEMORY. */
enum tk_code porter_open(const struct porter_options *options, struct porter **porter,
                         struct tk_error *error);
void porter_open_door(struct porter *porter);
/* The line of a socket that the server begins with; NULL: there is none. */
struct porter_line *porter_begin(struct porter *porter, int fd);
void porter_until(struct porter_line *line, int64_t until_us);
/* Before the socket is closed. `refused`: the client may not have been heard to the end. */
void porter_leave(struct porter *porter, struct porter_line *line, bool refused);
void porter_quiesce(struct porter *porter);
size_t porter_count(struct porter *porter);
/* Ends the thread; all lines have left. NULL is fine. */
void porter_close(struct porter *porter);
/* Monotonic µs. */
int64_t porter_now_us(void);

#endif
