/*
 * nginx: the web server, as a child process on a folder of its own, as a balancer in front of
 * services and as the measure beside them.
 *
 * One thread. It ends with the thread that started it. Needs nothing of the test runner.
 */
#ifndef TK_TESTS_SUPPORT_NGINX_H
#define TK_TESTS_SUPPORT_NGINX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct nginx {
    pid_t pid; /* 0: not running */
    char folder[256];
};

/* Whether it is installed. */
bool nginx_is_there(void);
/* Starts it with what stands between "http {" and "}", in an existing folder, and waits until
   `address` (as http_call takes it) answers. False, with nginx's words on stderr, when it does not. */
bool nginx_start(struct nginx *nginx, const char *folder, const char *block, const char *address);
/* Fine for a zeroed struct and twice. */
void nginx_stop(struct nginx *nginx);
/* User and system time of all its processes so far, in µs. */
int64_t nginx_cpu_us(const struct nginx *nginx);
/* A TCP port of 127.0.0.1 that nobody has just now; 0 when there is none. */
int free_port(void);

#endif
