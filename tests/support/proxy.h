/*
 * proxy: lines between programs of this machine that go wrong as they are told: each is a port that
 * leads to one target. One thread moves the bytes of all of them.
 */
#ifndef TK_TESTS_SUPPORT_PROXY_H
#define TK_TESTS_SUPPORT_PROXY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* X(constant, what it does) */
#define PROXY_MANNER_TABLE(X)                                                                      \
    X(PROXY_OPEN, "carries all")                                                                   \
    X(PROXY_REFUSE, "resets what is open and what comes")                                          \
    X(PROXY_HANG, "takes connections and carries nothing")                                         \
    X(PROXY_ONE_WAY, "carries requests, and no answers")                                           \
    X(PROXY_RESET, "carries requests, and resets in the middle of an answer")                      \
    X(PROXY_SLOW, "carries all 3 seconds later")                                                   \
    X(PROXY_DRIP, "carries answers byte by byte")                                                  \
    X(PROXY_PAGE, "answers everything with a page of its own")

enum proxy_manner {
#define X(manner, what) manner,
    PROXY_MANNER_TABLE(X)
#undef X
        PROXY_MANNER_COUNT
};

#define PROXY_LINES_MAX 32
#define PROXY_CONNECTIONS_MAX 256

struct proxy_line {
    int listener, port, target; /* ports of 127.0.0.1 */
    atomic_int manner;
};

struct proxy;

/* Opens `count` lines to a port; they carry nothing before proxy_run. NULL when it cannot. */
struct proxy *proxy_new(int count, int target_port);
/* Starts the thread: after all forks. */
bool proxy_run(struct proxy *proxy);
int proxy_port(const struct proxy *proxy, int line);
void proxy_set(struct proxy *proxy, int line, enum proxy_manner manner);
/* Ends the thread and closes all. NULL is fine. */
void proxy_free(struct proxy *proxy);
const char *proxy_manner_text(enum proxy_manner manner);

#endif
