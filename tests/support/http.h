/*
 * http: a small blocking HTTP/1.1 client over raw sockets, for tests and measurements.
 *
 * It sends what it is told, right or wrong, and reads answers strictly: one that is not well-formed
 * counts as none. Addresses are "http://127.0.0.1:8477", "127.0.0.1:8477", "[::1]:8477" and
 * "unix:PATH"; no names, no TLS.
 *
 * 1. Nothing waits longer than the time given to client_open (or to http_call: HTTP_CALL_MS).
 * 2. An answer owns its texts; answer_release frees them and is fine for a zeroed one.
 *
 * One connection is for one thread at a time. Needs nothing of the test runner.
 */
#ifndef TK_TESTS_SUPPORT_HTTP_H
#define TK_TESTS_SUPPORT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/json.h"

#define HTTP_CALL_MS 10000
#define HTTP_ANSWER_MAX ((size_t)64 << 20) /* bytes of an answer */

struct client {
    int fd; /* -1: closed */
    int timeout_ms;
    struct buffer in; /* read, from `taken` on not yet used */
    size_t taken;
};

struct answer {
    int status; /* 0: none came */
    char *head; /* owned: status line and headers as they came; lines end with "\r\n" */
    char *body; /* owned: decoded; ends with NUL */
    size_t body_length;
    bool chunked;
    bool closes;       /* the server said that it closes, or its body ends with the end */
    struct json *json; /* owned; NULL until answer_json */
    char found[512];   /* answer_header */
};

/* Connects. False when nobody answers in time; client_close is fine then. timeout_ms is that of
   each call. */
bool client_open(struct client *client, const char *address, int timeout_ms);
/* Closes and frees; fine for a zeroed struct with fd -1 and twice. */
void client_close(struct client *client);
/* Sends all of it; false when the other side is gone or takes nothing. */
bool client_send_bytes(struct client *client, const char *bytes, size_t length);
bool client_send_text(struct client *client, const char *text);
/* Sends a request with a Host of our own, and with Content-Length and Content-Type:
   application/json unless body is NULL. headers ("Name: value" … NULL) may be NULL; a Host or
   Content-Type among them takes the place of ours. */
bool client_send(struct client *client, const char *method, const char *target,
                 const char *const *headers, const char *body);
/* Reads one answer, skipping 1xx. _head_only: it answers a HEAD, so no body comes. False when the
   time is up, the connection ends before its end, or it is not HTTP; what came is in *answer. */
bool client_read(struct client *client, struct answer *answer);
bool client_read_head_only(struct client *client, struct answer *answer);
/* Sends and reads. */
bool client_call(struct client *client, const char *method, const char *target,
                 const char *const *headers, const char *body, struct answer *answer);
/* Whether the other side closed: waits for that (true) or the time-out or further bytes (false). */
bool client_wait_end(struct client *client, int timeout_ms);

/* One request on a connection of its own. False when no answer came. */
bool http_call(const char *address, const char *method, const char *target,
               const char *const *headers, const char *body, struct answer *answer);

/* The value of the first header of that name, whatever its case; NULL when there is none. Borrowed
   until the next call. */
const char *answer_header(struct answer *answer, const char *name);
/* How many headers have that name. */
size_t answer_header_count(const struct answer *answer, const char *name);
/* The body as JSON; NULL when it is none. Borrowed from the answer. */
struct json *answer_json(struct answer *answer);
/* A text or number down a path of members and array places, such as "detail.0.loc.1"; "" and -1 for
   one that is not there. */
const char *answer_text(struct answer *answer, const char *path);
int64_t answer_number(struct answer *answer, const char *path);
/* The value itself; NULL when it is not there. */
struct json *answer_value(struct answer *answer, const char *path);
void answer_release(struct answer *answer);

#endif
