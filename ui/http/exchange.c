/* exchange: how a request is answered, at once or by way of the writer and the workers. */
#include "ui/http/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/http/service_internal.h"

int64_t exchange_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct buffer *exchange_body(struct exchange *x)
{
    struct buffer *body = &x->request->response.body;

    if (!body->limit)
        buffer_init(body, ANSWER_MAX);
    return body;
}

bool exchange_reserve(struct exchange *x, size_t size)
{
    atomic_size_t *large = &x->service->large;

    if (size <= BODY_MAX)
        return true;
    if (atomic_fetch_add(large, size) + size > LARGE_MAX) {
        atomic_fetch_sub(large, size);
        return false;
    }
    x->reserved += size;
    return true;
}

/* Room for the answer, of which a change has taken some before it was made. */
static bool reserve_answer(struct exchange *x, size_t length)
{
    if (length <= x->answer_reserved)
        return true;
    if (!exchange_reserve(x, length))
        return false;
    x->answer_reserved = length;
    return true;
}

static bool has_changed(const struct exchange *x)
{
    for (size_t i = 0; x->applied && i < x->operation_count; i++)
        if (!x->outcomes[i].code)
            return true;
    return false;
}

/* A change that had been made before is told as such. */
static void put_replayed(struct exchange *x)
{
    for (size_t i = 0; i < x->operation_count; i++)
        if (!x->outcomes[i].replayed)
            return;
    if (x->operation_count)
        http_response_field(&x->request->response, "Idempotency-Replayed", "true");
}

/* The last that is done with an exchange: from here on it may be gone. */
static void send_answer(struct exchange *x, int status)
{
    struct http_response *response = &x->request->response;

    response->status = status;
    http_response_field(response, "X-Request-ID", "%s", x->request_id);
    if (x->operation_count && x->route && (x->route->flags & ROUTE_CHANGES))
        put_replayed(x);
    idempotency_end(x->service->keys, x); /* before the answer: its reader may use the key again */
    http_server_answer(x->request);
}

static void drop_body(struct http_response *response)
{
    buffer_release(&response->body);
    http_shared_drop(response->shared);
    response->shared = NULL;
    response->content_type = NULL;
}

/* Whether a list of tags as in If-None-Match has this one (RFC 9110, 13.1.2: compared weakly). */
static bool has_tag(const char *list, const char *etag)
{
    size_t length = strlen(etag);

    for (const char *at = list; at && *at; at = strchr(at, ',')) {
        at += strspn(at, ", \t");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, etag, length) == 0)
            return true;
    }
    return false;
}

void exchange_answer_tagged(struct exchange *x, int status, const char *etag)
{
    struct http_response *response = &x->request->response;
    size_t length = response->shared ? response->shared->length : response->body.length;

    if (!reserve_answer(x, length)) {
        exchange_fail(x, TK_OVERLOADED, NULL);
        return;
    }
    if (etag && *etag) {
        http_response_field(response, "ETag", "%s", etag);
        http_response_field(response, "Cache-Control", "private, no-cache");
        if (has_tag(http_request_field(x->request, "If-None-Match"), etag)) {
            drop_body(response);
            status = 304;
        }
    }
    send_answer(x, status);
}

static void make_etag(char etag[40], const char *body, size_t length)
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_digest(hash, NULL, body, length);
    etag[0] = '"';
    hex_print(etag + 1, hash, 16);
    text_copy(etag + 33, 2, "\"");
}

static void share_body(struct exchange *x, const char *etag)
{
    struct http_response *response = &x->request->response;

    response->shared = http_shared_new(buffer_text(&response->body), response->body.length);
    if (!response->shared)
        return;
    buffer_release(&response->body);
    cache_keep(x, etag, response->shared);
}

void exchange_answer(struct exchange *x, int status)
{
    struct http_response *response = &x->request->response;
    struct buffer *body = exchange_body(x);
    bool tagged = x->route->style == STYLE_V1 && status == 200 &&
                  strcmp(x->route->method, "GET") == 0;
    char etag[40] = "";

    if (body->failed) {
        exchange_fail(x, body->length > ANSWER_MAX / 2 ? TK_OVERLOADED : TK_NO_MEMORY, NULL);
        return;
    }
    response->content_type = "application/json";
    if (tagged)
        make_etag(etag, buffer_text(body), body->length);
    if ((x->route->flags & ROUTE_CACHED) && status == 200)
        share_body(x, etag);
    exchange_answer_tagged(x, status, etag);
}

void exchange_answer_as(struct exchange *x, int status, const char *content_type)
{
    struct buffer *body = exchange_body(x);

    if (body->failed) {
        exchange_fail(x, TK_NO_MEMORY, NULL);
        return;
    }
    x->request->response.content_type = content_type;
    exchange_answer_tagged(x, status, NULL);
}

/* --- failures --- */

static void put_problem(struct buffer *out, enum tk_code code, const char *message)
{
    json_put_open(out, NULL, '{');
    buffer_addf(out, "\"type\":\"urn:ticketly:problem:%s\"", tk_code_name(code));
    json_put_text(out, "title", tk_code_sentence(code));
    json_put_int(out, "status", tk_code_http(code));
    json_put_text(out, "detail", message);
    json_put_text(out, "code", tk_code_name(code));
    json_put_close(out, '}');
}

static void put_failure(struct exchange *x, enum route_style style, enum tk_code code,
                        const char *message)
{
    struct http_response *response = &x->request->response;
    struct buffer *out = &response->body;

    drop_body(response);
    buffer_init(out, TK_MESSAGE_MAX * 8);
    if (style == STYLE_V1) {
        response->content_type = "application/problem+json";
        put_problem(out, code, message);
    } else if (style == STYLE_REPLACED) {
        response->content_type = "application/json";
        json_put_open(out, NULL, '{');
        json_put_text(out, "detail", message);
        json_put_close(out, '}');
    } else {
        response->content_type = "text/plain; charset=utf-8";
        buffer_addf(out, "%s\n", message);
    }
}

/* What belongs to an address that has no route, too. */
static enum route_style style_of(const struct exchange *x)
{
    if (x->route)
        return x->route->style;
    if (!x->request->path)
        return STYLE_REPLACED;
    return strncmp(x->request->path, "/v1/", 4) == 0 ? STYLE_V1 : STYLE_REPLACED;
}

void exchange_put_failure(struct exchange *x, enum tk_code code, const struct tk_error *error)
{
    struct http_response *response = &x->request->response;

    /* what is done but cannot be shown must not look as if it had failed */
    if (has_changed(x) && !tk_code_is_refusal(code) && code != TK_UNKNOWN) {
        code = TK_UNKNOWN;
        error = NULL; /* its sentence would say to try again */
    }
    x->refused = code;
    response->status = tk_code_http(code);
    put_failure(x, style_of(x), code,
                error && error->message[0] ? error->message : tk_code_sentence(code));
    if (response->status == 429 || response->status == 503)
        http_response_field(response, "Retry-After", "%u", x->retry_s ? x->retry_s : 1);
    if (response->status == 401)
        http_response_field(response, "WWW-Authenticate", "Bearer");
}

void exchange_fail(struct exchange *x, enum tk_code code, const struct tk_error *error)
{
    exchange_put_failure(x, code, error);
    send_answer(x, x->request->response.status);
}

/* --- the ways to answer later --- */

void exchange_work(struct exchange *x, void (*then)(struct exchange *x))
{
    x->then = then;
    x->look = NULL;
    if (!work_add(x->service, x))
        exchange_fail(x, TK_OVERLOADED, NULL);
}

bool exchange_operations(struct exchange *x, size_t count)
{
    if (!exchange_reserve(x, count * (sizeof *x->operations + sizeof *x->outcomes))) {
        exchange_fail(x, TK_OVERLOADED, NULL);
        return false;
    }
    x->operations = calloc(count, sizeof *x->operations);
    x->outcomes = calloc(count, sizeof *x->outcomes);
    if (x->operations && x->outcomes) {
        x->operation_count = count;
        return true;
    }
    exchange_fail(x, TK_NO_MEMORY, NULL);
    return false;
}

/* What was applied is told: at once, or by a worker, who can look things up. */
static void tell(struct exchange *x)
{
    if (x->code)
        exchange_fail(x, x->code, &x->entry.error);
    else if (x->quick && x->quick(x))
        return;
    else if (!x->then || !work_add(x->service, x))
        exchange_fail(x, TK_OVERLOADED, NULL);
}

static void tell_again(struct http_request *request)
{
    tell(request->user);
}

/* On the writer's thread, for whose next commit others wait. */
static void on_done(struct queue_entry *entry)
{
    struct exchange *x =
        (struct exchange *)(void *)((char *)entry - offsetof(struct exchange, entry));

    x->code = entry->code;
    x->applied = !x->code;
    if (x->quick || x->code)
        http_server_again(x->request, tell_again);
    else
        tell(x);
}

/* About how long the answer gets: most of it are the tickets sold. */
static size_t answer_size(const struct exchange *x)
{
    int64_t tickets = 0;

    for (size_t i = 0; i < x->operation_count; i++)
        if (x->operations[i].kind == OP_BOOK && x->operations[i].book.count > 0 &&
            x->operations[i].book.count <= (int64_t)(ANSWER_MAX / ANSWER_TICKET))
            tickets += x->operations[i].book.count;
    return tickets < (int64_t)(ANSWER_MAX / ANSWER_TICKET) ? (size_t)tickets * ANSWER_TICKET
                                                           : ANSWER_MAX;
}

/* An approval is for one operation, however often that is sent. */
static bool has_spent_approval(struct exchange *x)
{
    int64_t number, approver;

    for (size_t i = 0; x->has_approval && i < x->operation_count; i++)
        if (actor_parse(x->operations[i].actor, &number, &approver) && approver &&
            !guard_use_approval(x, &x->operations[i].id))
            return true;
    return false;
}

void exchange_apply(struct exchange *x, bool (*quick)(struct exchange *x),
                    void (*then)(struct exchange *x))
{
    struct tk_error error = {0};
    struct store_queue *queue = x->service->queue;
    enum tk_code code;

    x->quick = quick;
    x->then = then;
    x->look = NULL;
    if (!service_takes_changes(x->service, &error)) {
        x->operation_count = 0;
        exchange_fail(x, error.code, &error);
        return;
    }
    if (!reserve_answer(x, answer_size(x))) {
        exchange_fail(x, TK_OVERLOADED, NULL);
        return;
    }
    if (has_spent_approval(x)) {
        x->operation_count = 0;
        tk_fail(&error, TK_NOT_APPROVED, "The approval was used for something else: ask for it again.");
        exchange_fail(x, error.code, &error);
        return;
    }
    x->entry = (struct queue_entry){.operations = x->operations,
                                    .count = x->operation_count,
                                    .outcomes = x->outcomes,
                                    .done = on_done};
    code = queue->ops->add(queue, &x->entry, &error);
    if (code) {
        x->operation_count = 0;
        exchange_fail(x, code, &error);
    }
}

void exchange_wait(struct exchange *x, bool (*look)(struct exchange *x), int64_t until_us)
{
    x->look = look;
    x->wait_until_us = until_us;
    x->last_look =
        exchange_clock_us() >= until_us || atomic_load(&x->service->draining);
    if (!work_add(x->service, x))
        exchange_fail(x, TK_OVERLOADED, NULL);
}
