/*
 * http_client: requests to one service over one connection that is kept open, with libcurl, which
 * http_client.c owns.
 *
 * Invariants
 * 1. A call gives up: connecting and answering have a time each, and the watch is asked all along.
 * 2. The certificate of a service behind https is checked; nothing is followed to another address;
 *    no proxy stands between a program and its own machine.
 *    With a pin ("sha256//" and the base 64 of SHA-256 over the key's SubjectPublicKeyInfo, as RFC 7469
 *    has it; several with ";" between) it need not be signed by an authority that is known here, nor be
 *    for that name, nor be in date: the pin says whose key it has to be, and in the handshake the service
 *    shows that it holds that key. That is more than an authority would vouch for. The pin itself must
 *    have come by a way that can be trusted: beside the one-time code, from an administrator's screen.
 * 3. The token goes into the request's head and nowhere else: not into an address, not into an
 *    error. It is wiped when the client is closed.
 * 4. TK_UNAVAILABLE means that the service has seen nothing of the request; when it may have seen
 *    it and no whole answer came, it is TK_UNKNOWN.
 *
 * Threading: one thread at a time. No signals are used.
 */
#ifndef TK_DATA_REMOTE_HTTP_CLIENT_H
#define TK_DATA_REMOTE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/store.h"

#define HTTP_CLIENT_URL_SIZE 512

struct http_client;

struct http_client_options {
    const char *url;     /* http://HOST[:PORT], https://…, unix:PATH */
    const char *token;   /* NULL or "": none */
    const char *ca_file; /* NULL: the system's */
    const char *pin; /* of https: the service's key has to be this one; NULL or "": any */
    int connect_timeout_ms, timeout_ms;
};

struct http_call {
    const char *method;
    const char *path; /* "/v1/slots?limit=5" */
    const char *body; /* JSON; NULL: none */
    size_t body_length;
    const char *key; /* Idempotency-Key; NULL: none */
    const char *approval; /* Ticketly-Approval; NULL or "": none */
    int timeout_ms;  /* 0: the client's; -1: as long as bytes keep coming */
    int file;        /* where the body of a 200 goes; -1: to answer, as all others */
    void (*progress)(void *context, int64_t done, int64_t total); /* total 0: not known; may be NULL */
    void *context;
    /* filled; also by a call that fails, as far as it came */
    struct buffer *answer; /* of the caller; its limit is how much may come. Cleared first */
    bool sent; /* the service may have seen something of it */
    int status;
    char content_type[64]; /* lower case, without parameters */
    char next[1024]; /* the Link with rel="next" when it is an address of this service; "" */
    int retry_after_s;     /* -1: not said */
};

/* Whether the text is written as an address of a service. */
bool http_client_is_url(const char *text);
/* Makes a client; nothing is sent yet. TK_CONFIG for what is no address, or has a name, a password,
   a path or a query in it; TK_NO_MEMORY. */
enum tk_code http_client_open(const struct http_client_options *options,
                              struct http_client **client, struct tk_error *error);
/* NULL is fine. */
void http_client_close(struct http_client *client);
/* TK_OK when a whole answer came, whatever its status. TK_UNAVAILABLE, TK_UNKNOWN, TK_INTERRUPTED
   (the watch gave up), TK_CONFIG (the CA file), TK_NO_MEMORY, TK_DISK_FULL and TK_IO (file). */
enum tk_code http_client_call(struct http_client *client, struct http_call *call,
                              struct tk_error *error);
/* Who signed on (the header Ticketly-Staff), with all calls from now on; NULL or "": nobody. Copied, wiped
   at the end. */
void http_client_set_staff(struct http_client *client, const char *session);
/* Whether the text is a pin as above. */
bool http_client_is_pin(const char *text);
/* NULL: none. Copied. */
void http_client_set_watch(struct http_client *client, const struct store_watch *watch);
/* Waits so long; TK_INTERRUPTED when the watch gives up. waited_ms is what to tell it at first. */
enum tk_code http_client_pause(struct http_client *client, int64_t ms, int64_t waited_ms,
                               struct tk_error *error);
/* Monotonic ms. */
int64_t http_client_clock_ms(void);
/* The address as it is shown to people. */
const char *http_client_url(const struct http_client *client);

#endif
