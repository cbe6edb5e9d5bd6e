/*
 * exchange: one request on its way through the service, and the verbs its route may use.
 *
 * A route's handle() runs on a server thread, where nothing may wait: it reads the request and then
 * does one of these, each of which leads to one answer:
 *
 *   exchange_answer / exchange_fail          at once
 *   exchange_work(x, then)                   then(x) on a worker's thread, with a store to ask
 *   exchange_apply(x, quick, then)           x->operations through the queue; quick(x) when they
 *                                            are durable (a server thread: no store; true when it
 *                                            answered), else then(x) on a worker
 *   exchange_wait(x, look, until_us)         look(x) on a worker now and whenever the store changed,
 *                                            until it answered (returns true) or time is up: then
 *                                            once more with x->last_look set, when it must answer;
 *                                            with x->wait_slot set: when that showing changed, or
 *                                            may have changed
 *
 * `then` and `look` may again use any of these.
 */
#ifndef TK_UI_HTTP_EXCHANGE_H
#define TK_UI_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/box_office.h"
#include "core/device.h"
#include "core/form.h"
#include "core/query.h"
#include "core/store_queue.h"
#include "ui/http/server.h"
#include "ui/http/staff_token.h"

struct service;
struct exchange;

/* How failures are written. */
enum route_style {
    STYLE_V1,       /* application/problem+json (RFC 9457) with `code` */
    STYLE_REPLACED, /* {"detail": …} */
    STYLE_PLAIN     /* a line of text */
};

enum route_flags {
    ROUTE_OPEN = 1,        /* needs no token */
    ROUTE_CHANGES = 2,     /* needs an Idempotency-Key (STYLE_V1) */
    ROUTE_BATCH = 4,       /* a body of up to 1 MiB, else 64 KiB */
    ROUTE_CACHED = 8,      /* its answer depends on address, store and valid_until alone */
    ROUTE_STAYS = 16,      /* works while draining: health */
    ROUTE_LONG = 64,       /* its work may take seconds or more: never on all workers */
    ROUTE_DOCS = 32,       /* open as well when the setting says so */
    ROUTE_SYNC = 128,      /* a body of up to SYNC_REQUEST_MAX; changes, and needs no key */
    ROUTE_EACH = 256,      /* each operation asks for its own role: whoever reads what the role does may ask */
    ROUTE_ALONE = 512,     /* a device at which people work may by itself, with nobody signed on */
    ROUTE_SIGN_ON = 1024   /* asks for a token only to know the device: without one it is nobody's */
};

#define ROUTE_VARIABLES_MAX 2

struct route {
    const char *method;
    const char *path; /* "/v1/slots/{slotId}/changes" */
    enum route_style style;
    unsigned flags;
    enum role role; /* the least that may */
    void (*handle)(struct exchange *x);
    /* for the reference */
    const char *summary;
    const struct query_parameter *parameters; /* NULL: none */
    const char *body_schema, *answer_schema;  /* names in the document; NULL: none */
    int status;                               /* when all went well */
};

/* Each ends with a NULL method. */
extern const struct route replaced_routes[], v1_routes[], plain_routes[];

/* An entry in the table of Idempotency-Keys in hand; idempotency.c. */
struct running_key;

struct exchange {
    struct http_request *request;
    struct service *service;
    const struct route *route;
    char variables[ROUTE_VARIABLES_MAX][128]; /* decoded, in the order of the path */
    struct form form; /* the query string */
    bool has_device;  /* false: open to all, and then role is ROLE_ADMIN */
    struct device device;
    bool attended;    /* people sign on at the device: by itself it does what is ROUTE_ALONE */
    enum role role;   /* what is shown is held to it: the device's, or the member's who signed on */
    enum role acts;   /* what is changed is held to it, beside what the member may: the device's */
    bool has_approval; /* office.approver, who has this role, came with it … */
    enum role approver_role;
    uint8_t approval[STAFF_TAG_SIZE]; /* … by this one, which is for one operation */
    char request_id[65];  /* X-Request-ID as sent, or made */
    char traceparent[56]; /* "" when none came or it was not well-formed */
    /* A copy for this request: actor, device, member and approver are who asks. store is NULL but on
       a worker. */
    struct box_office office;
    struct op_id key_id; /* from the Idempotency-Key; zero without */
    struct running_key *running;
    struct operation *operations; /* owned */
    struct outcome *outcomes;
    size_t operation_count;
    struct queue_entry entry;
    enum tk_code code; /* of the last apply; its sentence in entry.error */
    int64_t wait_until_us; /* exchange_wait */
    bool last_look;
    int64_t wait_slot; /* the showing whose changes it waits for; 0: any change */
    /* UTC µs until which a cached answer holds; 0: until the store changes; past: it is not kept */
    int64_t valid_until;
    uint64_t store_version; /* as of before the work began (ROUTE_CACHED) */
    enum tk_code refused; /* what the answer says, for metrics and log */
    unsigned retry_s;     /* for Retry-After; 0: 1 */
    void *state; /* the route's own; freed with free_state */
    void (*free_state)(void *state);
    /* the service's own */
    enum tk_code guarded; /* what guard_check said when the head was there … */
    struct tk_error guard_error; /* … and why */
    size_t reserved; /* bytes of the room for what is large … */
    size_t answer_reserved; /* … and how many of them for the answer */
    bool applied; /* the queue did it: has_changed() tells whether anything came of it */
    void (*then)(struct exchange *x);
    bool (*quick)(struct exchange *x);
    bool (*look)(struct exchange *x);
    struct exchange *next;
};

/* The body to write into; its limit is the bound of an answer. */
struct buffer *exchange_body(struct exchange *x);
/* Answers with what stands in exchange_body as application/json (STYLE_V1, 200, GET: with an ETag,
   and 304 when If-None-Match has it). A body that failed to grow becomes TK_NO_MEMORY. */
void exchange_answer(struct exchange *x, int status);
/* The same with another type; no ETag. */
void exchange_answer_as(struct exchange *x, int status, const char *content_type);
/* Answers with a failure in the route's style; error may be NULL. Adds Retry-After to 429 and 503. */
void exchange_fail(struct exchange *x, enum tk_code code, const struct tk_error *error);
void exchange_work(struct exchange *x, void (*then)(struct exchange *x));
/* Room for so many operations and outcomes, zeroed. False without memory (answered already). */
bool exchange_operations(struct exchange *x, size_t count);
/* then may be NULL when quick always answers. A failure as a whole (x->code: overloaded, unknown …)
   is answered by the exchange itself. */
void exchange_apply(struct exchange *x, bool (*quick)(struct exchange *x),
                    void (*then)(struct exchange *x));
void exchange_wait(struct exchange *x, bool (*look)(struct exchange *x), int64_t until_us);
/* Monotonic µs. */
int64_t exchange_clock_us(void);

#endif
