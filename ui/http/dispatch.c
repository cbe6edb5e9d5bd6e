/* dispatch: from a request that has arrived to its route, and what every request gets. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sync.h"
#include "ui/http/service_internal.h"

#define REQUEST_ID_MAX 64

/* --- names of requests --- */

static bool is_hex(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") >= length;
}

static bool is_zeros(const char *text, size_t length)
{
    return strspn(text, "0") >= length;
}

bool traceparent_is_valid(const char *text)
{
    return strlen(text) == 55 && is_hex(text, 2) && strncmp(text, "ff", 2) != 0 &&
           text[2] == '-' && is_hex(text + 3, 32) && !is_zeros(text + 3, 32) && text[35] == '-' &&
           is_hex(text + 36, 16) && !is_zeros(text + 36, 16) && text[52] == '-' &&
           is_hex(text + 53, 2);
}

/* A request's own name is kept when it is one that can stand in a log. */
static void name_request(struct exchange *x)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+=";
    static atomic_uint_fast64_t count;
    const char *id = http_request_field(x->request, "X-Request-ID");
    const char *trace = http_request_field(x->request, "traceparent");
    size_t length = id ? strlen(id) : 0;

    if (length && length <= REQUEST_ID_MAX && strspn(id, allowed) == length)
        text_copy(x->request_id, sizeof x->request_id, id);
    else
        snprintf(x->request_id, sizeof x->request_id, "%08" PRIx64 "-%" PRIuFAST64,
                 (uint64_t)x->service->started_us & UINT32_MAX, atomic_fetch_add(&count, 1));
    if (trace && traceparent_is_valid(trace))
        text_copy(x->traceparent, sizeof x->traceparent, trace);
}

/* --- the handler --- */

static struct exchange *exchange_new(struct service *service, struct http_request *request)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x)
        return NULL;
    x->request = request;
    x->service = service;
    x->office = service->office;
    request->user = x;
    name_request(x);
    return x;
}

static void exchange_free(struct exchange *x)
{
    idempotency_end(x->service->keys, x);
    if (x->free_state)
        x->free_state(x->state);
    atomic_fetch_sub(&x->service->large, x->reserved);
    form_release(&x->form);
    free(x->operations);
    free(x->outcomes);
    free(x);
}

/* What the server refuses by itself, perhaps before there was an exchange. */
static void on_refuse(void *context, struct http_request *request, enum tk_code code)
{
    struct exchange *x = request->user;

    if (!x)
        x = exchange_new(context, request);
    request->response.status = tk_code_http(code);
    if (x)
        exchange_put_failure(x, code, NULL);
}

/* Bytes of body that a route takes. */
static size_t body_most(const struct route *route)
{
    if (route->flags & ROUTE_SYNC)
        return SYNC_REQUEST_MAX;
    return route->flags & ROUTE_BATCH ? BODY_BATCH_MAX : BODY_MAX;
}

/* Bytes of body that the head announces; of chunks the most that may come. */
static size_t announced(const struct http_request *request, size_t most)
{
    const char *length = http_request_field(request, "Content-Length");
    int64_t number;

    if (http_request_field(request, "Transfer-Encoding"))
        return most;
    return length && text_parse_int(length, &number) && number > 0 && number <= (int64_t)most
               ? (size_t)number
               : 0;
}

static size_t on_admit(void *context, struct http_request *request)
{
    struct service *service = context;
    struct exchange *x = exchange_new(service, request);
    char allow[128];

    if (!x) {
        request->response.status = tk_code_http(TK_NO_MEMORY);
        return 0;
    }
    x->route = route_find(request->method, request->path, x->variables, allow, sizeof allow);
    if (x->route)
        x->guarded = guard_check(x, &x->retry_s, &x->guard_error);
    /* who may not is refused when the request is whole; until then it takes no more than others */
    if (!x->route || x->guarded)
        return BODY_MAX;
    if (exchange_reserve(x, announced(request, body_most(x->route))))
        return body_most(x->route);
    on_refuse(service, request, TK_OVERLOADED);
    return 0;
}

/* As the client spoke to whoever stands before us on this machine, or to us. */
static const char *scheme_of(const struct http_request *request)
{
    const char *forwarded = http_request_field(request, "X-Forwarded-Proto");

    if (request->secure)
        return "https";
    return request->peer_is_local && forwarded && strcmp(forwarded, "https") == 0 ? "https" : "http";
}

/* The replaced API sends a client that wrote a slash too many or too few to the right address. */
static bool answer_redirect(struct exchange *x)
{
    struct http_request *request = x->request;
    size_t length = strlen(request->path);
    char path[128], allow[128], variables[ROUTE_VARIABLES_MAX][128];
    const char *host = http_request_field(request, "Host");
    const char *query = request->query && *request->query ? request->query : NULL;
    const struct route *route;

    if (length < 2 || length >= sizeof path || request->path[length - 1] != '/')
        return false;
    text_copy(path, sizeof path, request->path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    route = route_find("POST", path, variables, allow, sizeof allow);
    if (!route || route->style != STYLE_REPLACED)
        return false;
    http_response_field(&request->response, "Location", "%s://%s%s%s%s", scheme_of(request),
                        host ? host : "localhost", path, query ? "?" : "", query ? query : "");
    exchange_answer_as(x, 307, NULL);
    return true;
}

static void answer_nowhere(struct exchange *x)
{
    static const struct tk_error not_found = {TK_NOT_FOUND, "Not Found"},
                                 not_allowed = {TK_BAD_METHOD, "Method Not Allowed"};
    bool plain = strncmp(x->request->path, "/v1/", 4) != 0;
    char allow[128], variables[ROUTE_VARIABLES_MAX][128];

    route_find(x->request->method, x->request->path, variables, allow, sizeof allow);
    if (*allow) {
        http_response_field(&x->request->response, "Allow", "%s", allow);
        exchange_fail(x, TK_BAD_METHOD, plain ? &not_allowed : NULL);
    } else if (!answer_redirect(x)) {
        exchange_fail(x, TK_NOT_FOUND, plain ? &not_found : NULL);
    }
}

/* The key under which a change is made once. The replaced API had none, but may be given one. */
static enum tk_code take_key(struct exchange *x, struct tk_error *error)
{
    const char *key = http_request_field(x->request, "Idempotency-Key");

    if (!(x->route->flags & ROUTE_CHANGES))
        return TK_OK;
    if (key)
        return idempotency_begin(x->service->keys, x, key, error);
    return x->route->style == STYLE_REPLACED ? TK_OK : tk_fail_code(error, TK_KEY_MISSING);
}

static void on_handle(void *context, struct http_request *request)
{
    struct exchange *x = request->user;
    struct tk_error error = {0};
    enum tk_code code;

    (void)context;
    if (!x->route) {
        answer_nowhere(x);
        return;
    }
    if (x->guarded) {
        exchange_fail(x, x->guarded, &x->guard_error);
        return;
    }
    code = take_key(x, &error);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    if ((x->route->flags & ROUTE_CACHED) && !x->service->options.far && cache_answer(x))
        return;
    code = form_read(&x->form, request->query);
    if (code == TK_BAD_REQUEST)
        tk_fail(&error, code, "There are more than %d parameters.", FORM_PAIRS_MAX);
    if (code)
        exchange_fail(x, code, &error);
    else
        x->route->handle(x);
}

static void on_over(void *context, struct http_request *request, bool sent)
{
    struct service *service = context;
    struct exchange *x = request->user;
    int64_t took_us = exchange_clock_us() - request->began_us;

    if (!x)
        return;
    metrics_request(service->metrics, x->route, request->response.status, x->refused, took_us);
    service_log_request(service->options.log, x, sent, took_us);
    exchange_free(x);
}

struct http_handler dispatch_handler(struct service *service)
{
    return (struct http_handler){.admit = on_admit,
                                 .handle = on_handle,
                                 .refuse = on_refuse,
                                 .over = on_over,
                                 .context = service};
}
