/*
 * echo: a server in this process with a small handler, and raw bytes to and from it.
 *
 *   /echo    the body, or METHOD PATH?QUERY when there is none
 *   /later   the same, answered by one of the helpers, threads of their own
 *   /hold    answered by echo_release; /hold/again by way of http_server_again
 *   /shared  http_shared, the same bytes for all      /file  a file of 100000 bytes
 *   /stingy  its admit() allows no body               /no    refused by admit()
 */
#ifndef TK_TESTS_HTTP_ECHO_H
#define TK_TESTS_HTTP_ECHO_H

#include <pthread.h>

#include "ui/http/server.h"

#define ECHO_BODY_MAX 4096
#define ECHO_HELPERS 3
#define ECHO_FILE_SIZE 100000

struct echo {
    struct http_server_options options; /* set before echo_start; handler and listener are ours */
    struct http_server *server;
    char shown[128];
    char address[128]; /* to listen on; "": 127.0.0.1:0 */
    atomic_size_t admitted, handled, refused, sent, unsent;
    atomic_size_t untimely; /* over() before the answer, or twice */
    struct http_shared *shared;
    pthread_t helpers[ECHO_HELPERS];
    pthread_mutex_t lock;
    pthread_cond_t there;
    struct http_request *queue[1024], *held[64];
    size_t queued, held_count;
    bool ends;
};

bool echo_start(struct echo *echo);
void echo_stop(struct echo *echo);
/* Answers what is held. */
void echo_release(struct echo *echo);
size_t echo_held(struct echo *echo);

/* A connection; -1 when there is none. */
int echo_connect(const struct echo *echo);
bool echo_send(int fd, const void *bytes, size_t length);
bool echo_say(int fd, const char *text);

struct answer {
    int status; /* 0: the connection ended without one */
    char head[4096];
    char body[ECHO_FILE_SIZE + 1];
    size_t body_length;
};

/* Reads one answer; waits 10 s at most. */
void echo_hear(int fd, struct answer *answer, bool head_only);
/* Whether the other side ends the connection, leaving no pause longer than this. */
bool echo_ends(int fd, int wait_ms);
/* Sends and reads one answer on a connection of its own; its status. *ended: it was closed then. */
int echo_ask(const struct echo *echo, const void *bytes, size_t length, struct answer *answer,
             bool *ended);
/* Waits until *count is `least`, 10 s at most. */
bool echo_wait(atomic_size_t *count, size_t least);

#endif
