/*
 * server: HTTP/1.1 for whoever handles requests, on libmicrohttpd, which server.c owns.
 *
 * A request is handed over when all of it has arrived and it is well-formed beyond doubt; it is
 * answered at once or later, from any thread, without holding a thread meanwhile.
 *
 *   connected ─ head whole ─▶ admit() ─ body whole ─▶ handle() ─▶ http_server_answer ─▶ over()
 *                  │ not well-formed, too large, refused by admit()                      ▲
 *                  └──────────────▶ refuse() ─ answered, connection closed ──────────────┘
 *
 * Invariants
 * 1. Framing in doubt is refused and the connection closed (http_gate.h says what is checked).
 * 2. handle() leads to exactly one http_server_answer; over() comes once for each request that
 *    admit() or refuse() saw, when it is answered or its connection is gone, and is the last that
 *    is heard of it.
 * 3. Memory: HTTP_HEAD_MAX for each connection plus what admit() lets in as body, plus responses.
 * 4. A request whose head or body takes longer than its time is cut off, however busily it
 *    dribbles; so is a connection that idles.
 *
 * What libmicrohttpd refuses while it parses (a head beyond its memory with 414 or 431, a
 * Content-Length that is no number with 400 or 413, another version with 400 or 505) it answers and
 * closes by itself: the handler does not hear of it. A request refused by admit() that has no body
 * leaves its connection open; one that came in chunks always closes it.
 *
 * Threading: admit, handle, refuse and over are called on the server's threads, of which there are
 * several; for one request never at the same time. Signals are blocked in these threads.
 */
#ifndef TK_UI_HTTP_SERVER_H
#define TK_UI_HTTP_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"

/* Bytes of a connection's memory: request line and headers, three quarters of it at most, records
   about them, and the answer's head. */
#define HTTP_HEAD_MAX 16384
#define HTTP_FIELDS_MAX 64  /* headers of a request */

struct http_field {
    const char *name, *value;
};

/* Bytes that several responses share. */
struct http_shared {
    atomic_int references;
    size_t length;
    char data[];
};

struct http_shared *http_shared_new(const char *data, size_t length); /* one reference; NULL: no memory */
struct http_shared *http_shared_take(struct http_shared *shared);     /* one more */
void http_shared_drop(struct http_shared *shared);                    /* NULL is fine */

#define HTTP_ANSWER_FIELDS_MAX 16

struct http_response {
    int status;               /* 0: none yet */
    const char *content_type; /* static; NULL: none */
    struct http_field fields[HTTP_ANSWER_FIELDS_MAX]; /* names static, values owned */
    size_t field_count;
    struct buffer body;         /* or … */
    struct http_shared *shared; /* … a reference to this (owned), or … */
    int file;                   /* … an open file from its beginning (owned), with file_length; -1 */
    uint64_t file_length;
    bool close; /* the connection, afterwards */
};

/* Adds a header; a value with control characters is left out. */
void http_response_field(struct http_response *response, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void http_response_release(struct http_response *response);

/* Plain, so that handlers can be tried without a socket. Borrowed texts live until over(). */
struct http_request {
    const char *method; /* as sent: "GET" */
    const char *path;   /* up to the '?', not decoded; begins with '/' */
    const char *query;  /* after the '?', not decoded; NULL: there is none */
    struct http_field fields[HTTP_FIELDS_MAX];
    size_t field_count;
    const char *body; /* not NUL-ended; NULL when empty */
    size_t body_length;
    char peer[64];      /* "127.0.0.1", "::1", "unix" */
    bool peer_is_local; /* loopback or a Unix socket */
    bool secure;        /* came through TLS */
    int64_t began_us;   /* monotonic, when the head was whole */
    struct http_response response;
    void *user; /* the handler's */
};

/* The first header of that name, whatever its case; NULL when there is none. */
const char *http_request_field(const struct http_request *request, const char *name);

struct http_server;

struct http_handler {
    /* The head is whole. Returns how many bytes of body may come; larger ones are refused with
       TK_BODY_TOO_LARGE. A response filled in (status set) refuses. */
    size_t (*admit)(void *context, struct http_request *request);
    void (*handle)(void *context, struct http_request *request);
    /* Fills the response for what the server itself refuses. */
    void (*refuse)(void *context, struct http_request *request, enum tk_code code);
    /* `sent`: the answer went out as a whole, as far as can be known. */
    void (*over)(void *context, struct http_request *request, bool sent);
    void *context;
};

struct http_server_options {
    int listener; /* a listening socket, TCP or Unix; taken */
    unsigned threads;        /* 0: as many as processors, at most 8 */
    unsigned connections_max; /* 0: 1024 */
    unsigned idle_ms;        /* a connection between requests; 0: 60000 */
    unsigned request_ms;     /* from the first line to the whole body; 0: 15000 */
    const char *tls_certificate, *tls_key; /* PEM texts, borrowed for the call; NULL: no TLS */
    struct http_handler handler;
};

/* TK_UNAVAILABLE, TK_CONFIG (a certificate that is none), TK_NO_MEMORY. */
enum tk_code http_server_start(const struct http_server_options *options,
                               struct http_server **server, struct tk_error *error);
/* The response is filled in: sends it. Any thread, once for each handle(). */
void http_server_answer(struct http_request *request);
/* Instead of an answer: calls again(request) on the server's thread of the connection, where it does
   what handle() may do. For what was found out on a thread that has better things to do than to write
   an answer. Any thread. */
void http_server_again(struct http_request *request, void (*again)(struct http_request *request));
/* Takes no new connections and closes the listener; every answer from now on closes its connection. */
void http_server_quiesce(struct http_server *server);
size_t http_server_connections(const struct http_server *server);
/* Requests between admit() and over(). */
size_t http_server_in_hand(const struct http_server *server);
/* Closes all connections and ends the threads, once every request that was handed over has been
   answered; until then it waits. NULL is fine. */
void http_server_stop(struct http_server *server);

#endif
