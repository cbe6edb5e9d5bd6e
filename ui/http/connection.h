/*
 * connection: what the server keeps about one connection and its request at hand. server.c's own.
 *
 * A connection has one request at a time, so the request is part of it and its memory is used
 * again. Owned by the server thread of the connection; only `turn` and the line's time are shared.
 */
#ifndef TK_UI_HTTP_CONNECTION_H
#define TK_UI_HTTP_CONNECTION_H

#include "ui/http/http_gate.h"
#include "ui/http/porter.h"
#include "ui/http/server.h"

/* Where the request stands. */
enum phase {
    PHASE_LINE,    /* the request line came, or nothing yet */
    PHASE_BODY,    /* admitted */
    PHASE_SURPLUS, /* its body is too large */
    PHASE_REFUSED, /* to be answered when the request has been read */
    PHASE_ANSWER   /* handed over */
};

/* Who gets there first: the answer, or the server thread that suspends the connection. */
enum turn { TURN_AT_WORK, TURN_SUSPENDED, TURN_ANSWERED };

/* The headers as the parser has them. */
struct field_list {
    struct http_gate_field fields[HTTP_FIELDS_MAX];
    size_t count; /* may be more than fit */
};

struct connection {
    struct porter_line line; /* first: the porter gives it back */
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct http_request request;
    enum phase phase;
    atomic_int turn;
    void (*again)(struct http_request *request); /* set before the turn: call it, do not answer */
    bool at_work;   /* handed over: the server does not stop before its answer is out */
    bool in_hand;   /* admit or refuse saw the request */
    bool cut_short; /* answered before all of the request was read */
    bool chunked;
    bool is_local;
    char peer[64];
    size_t allowed; /* bytes of body */
    size_t surplus; /* bytes read beyond and forgotten */
    size_t body_capacity;
    char *body;         /* owned */
    char *target;       /* owned copy of the target as sent; its memory is kept */
    size_t target_size; /* of that memory */
    size_t target_length;
    const char *raw_target; /* where the parser has it */
};

/* NULL: no memory. */
struct connection *connection_new(struct http_server *server, const struct sockaddr *address);
void connection_free(struct connection *connection);
struct connection *connection_of_line(struct porter_line *line);
struct connection *connection_of_request(struct http_request *request);
/* Copies the target before the parser changes it. False: no memory. */
bool connection_keep_target(struct connection *connection, const char *target);
/* Fills in the request; path and query only for a target that passed the gate. */
void connection_fill(struct connection *connection, const char *method,
                     const struct field_list *list);
void connection_split_target(struct connection *connection);
/* Appends to the body, which has room for connection->allowed. False: no memory. */
bool connection_gather(struct connection *connection, const char *data, size_t length);
void connection_drop_body(struct connection *connection);
/* Ready for the next request. */
void connection_clear(struct connection *connection);

#endif
