/*
 * /v1/sync: an exchange with a till or a door that keeps its own copy (core/sync.h). What it sent
 * is read and looked at on a worker, applied in the writer's next commit, and told by a worker:
 *
 *   post ─▶ begin ── nothing is to be applied ──────────────▶ end: the reply
 *             └── operations ─ exchange_apply ─▶ applied ─────▶ end
 *
 * It needs no Idempotency-Key: entries and operations have ids, so a request that comes again does
 * nothing again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/sync.h"
#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

/* A request in hand: x->state. */
struct sync {
    struct sync_request request;
    struct sync_serving serving;
};

static void sync_free(void *state)
{
    struct sync *sync = state;

    sync_request_release(&sync->request);
    sync_serving_release(&sync->serving);
    free(sync);
}

static struct sync_centre centre_of(struct exchange *x)
{
    return (struct sync_centre){.office = &x->office, .allotment = x->service->options.allotment};
}

/* --- the reply --- */

static void end(struct exchange *x)
{
    struct sync *sync = x->state;
    struct sync_centre centre = centre_of(x);
    struct sync_reply reply = {0};
    struct tk_error error = {0};
    enum tk_code code = sync_serve_end(&centre, &sync->request, &sync->serving, &reply, &error);

    if (!code)
        sync_reply_print(exchange_body(x), &reply, &x->office.ports.zone);
    sync_reply_release(&reply);
    if (code)
        exchange_fail(x, code, &error); /* told as unknown when something was done */
    else
        exchange_answer(x, 200);
}

static void applied(struct exchange *x)
{
    struct sync *sync = x->state;

    memcpy(sync->serving.outcomes, x->outcomes, sync->serving.count * sizeof *x->outcomes);
    end(x);
}

/* --- the request --- */

/* Who asks is the token's device; without tokens whoever it says it is. */
static enum tk_code name_sender(const struct exchange *x, struct sync_request *request,
                                struct tk_error *error)
{
    request->role = x->acts;
    request->attended = x->attended;
    request->attended = x->attended;
    if (x->has_device)
        memcpy(request->device, x->device.name, sizeof request->device);
    return request->device[0]
               ? TK_OK
               : tk_fail(error, TK_BAD_OPERATION, "The member “deviceName” is missing.");
}

static size_t size_of(const struct sync_request *request)
{
    return request->entries.count * sizeof *request->entries.items +
           request->operations.count * sizeof *request->operations.items +
           request->cursors.count * sizeof *request->cursors.items;
}

static enum tk_code read_request(struct exchange *x, const struct json *body,
                                 struct sync_request *request, struct tk_error *error)
{
    enum tk_code code;

    if (!body)
        return tk_fail(error, TK_BAD_REQUEST, "The body is missing.");
    code = sync_request_read(body, request, error);
    if (!code)
        code = name_sender(x, request, error);
    if (!code && !exchange_reserve(x, size_of(request)))
        code = tk_fail_code(error, TK_OVERLOADED);
    return code;
}

static void apply(struct exchange *x)
{
    const struct sync_serving *serving = &((struct sync *)x->state)->serving;

    if (!exchange_operations(x, serving->count))
        return;
    memcpy(x->operations, serving->operations, serving->count * sizeof *x->operations);
    exchange_apply(x, NULL, applied);
}

static void begin(struct exchange *x)
{
    struct sync *sync = x->state;
    struct sync_centre centre = centre_of(x);
    struct tk_error error = {0};
    struct json *body;
    enum tk_code code;

    if (!v1_body(x, &body))
        return;
    code = read_request(x, body, &sync->request, &error);
    json_free(body);
    if (!code)
        code = sync_serve_begin(&centre, &sync->request, &sync->serving, &error);
    if (code)
        exchange_fail(x, code, &error);
    else if (sync->serving.count)
        apply(x);
    else
        end(x);
}

void v1_post_sync(struct exchange *x)
{
    if (!v1_accepts(x))
        return;
    x->state = calloc(1, sizeof(struct sync));
    if (!x->state) {
        exchange_fail(x, TK_NO_MEMORY, NULL);
        return;
    }
    x->free_state = sync_free;
    exchange_work(x, begin);
}
