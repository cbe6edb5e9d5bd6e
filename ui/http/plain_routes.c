/* plain_routes: what is neither the replaced API nor ours: health, metrics, the reference page. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "ui/http/docs/assets.h"
#include "ui/http/service.h"

#define TEXT_TYPE "text/plain; charset=utf-8"
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

static void answer_text(struct exchange *x, const char *text)
{
    http_response_field(&x->request->response, "Cache-Control", "no-store");
    buffer_add_text(exchange_body(x), text);
    exchange_answer_as(x, 200, TEXT_TYPE);
}

/* --- health --- */

static void handle_livez(struct exchange *x)
{
    answer_text(x, "alive\n");
}

static void handle_readyz(struct exchange *x)
{
    struct tk_error error = {0};
    const char *why = "";

    if (service_is_ready(x->service, &why)) {
        answer_text(x, "ready\n");
        return;
    }
    http_response_field(&x->request->response, "Cache-Control", "no-store");
    exchange_fail(x, tk_fail(&error, TK_UNAVAILABLE, "%s", why), &error);
}

static void handle_metrics(struct exchange *x)
{
    struct metrics_gauges gauges = service_gauges(x->service);

    metrics_print(service_metrics(x->service), &gauges, exchange_body(x));
    http_response_field(&x->request->response, "Cache-Control", "no-store");
    exchange_answer_as(x, 200, METRICS_TYPE);
}

/* --- the reference page --- */

/* Whether a weight as in ";q=0.5" is 0 (RFC 9110, 12.4.2). */
static bool is_weight_zero(const char *item, size_t length)
{
    const char *weight = memmem(item, length, "q=", 2);

    if (!weight)
        return false;
    for (weight += 2; weight < item + length && strchr("0. \t", *weight); weight++)
        ;
    return weight == item + length;
}

/* Whether Accept-Encoding lets an answer come through gzip. */
static bool takes_gzip(const char *list)
{
    for (const char *item = list; item && *item;) {
        size_t length;

        item += strspn(item, " \t");
        length = strcspn(item, ",");
        if (strncasecmp(item, "gzip", 4) == 0 && strchr(";, \t", item[4]))
            return !is_weight_zero(item, length);
        item += length;
        item += *item == ',';
    }
    return false;
}

static void answer_asset(struct exchange *x, const char *name)
{
    struct http_response *response = &x->request->response;
    struct buffer *body = exchange_body(x);
    struct docs_asset asset;

    if (!docs_asset_find(name, &asset)) {
        exchange_fail(x, TK_NOT_FOUND, NULL);
        return;
    }
    http_response_field(response, "Content-Security-Policy",
                        "default-src 'self'; img-src 'self' data:");
    http_response_field(response, "X-Content-Type-Options", "nosniff");
    http_response_field(response, "Referrer-Policy", "no-referrer");
    http_response_field(response, "X-Frame-Options", "DENY");
    http_response_field(response, "Cache-Control", "private, max-age=300");
    if (asset.packed)
        http_response_field(response, "Vary", "Accept-Encoding");
    if (asset.packed && takes_gzip(http_request_field(x->request, "Accept-Encoding"))) {
        http_response_field(response, "Content-Encoding", "gzip");
        buffer_add(body, asset.packed, asset.packed_length);
    } else {
        buffer_add(body, asset.data, asset.length);
    }
    exchange_answer_as(x, 200, asset.type);
}

static void handle_docs(struct exchange *x)
{
    answer_asset(x, "");
}

static void handle_docs_file(struct exchange *x)
{
    answer_asset(x, x->variables[0]);
}

#define HEALTH (ROUTE_OPEN | ROUTE_STAYS)

const struct route plain_routes[] = {
    {"GET", "/livez", STYLE_PLAIN, HEALTH, ROLE_READER, handle_livez,
     "Whether the service runs at all", NULL, NULL, NULL, 200},
    {"GET", "/readyz", STYLE_PLAIN, HEALTH, ROLE_READER, handle_readyz,
     "Whether it takes work: the store answers and the service is not about to stop", NULL, NULL,
     NULL, 200},
    {"GET", "/metrics", STYLE_PLAIN, ROUTE_STAYS | ROUTE_ALONE, ROLE_READER, handle_metrics,
     "What it does, as Prometheus text", NULL, NULL, NULL, 200},
    {"GET", "/docs", STYLE_PLAIN, ROUTE_DOCS | ROUTE_ALONE, ROLE_READER, handle_docs, "This reference", NULL,
     NULL, NULL, 200},
    {"GET", "/docs/", STYLE_PLAIN, ROUTE_DOCS | ROUTE_ALONE, ROLE_READER, handle_docs, "This reference", NULL,
     NULL, NULL, 200},
    {"GET", "/docs/{file}", STYLE_PLAIN, ROUTE_DOCS | ROUTE_ALONE, ROLE_READER, handle_docs_file,
     "A file of the reference", NULL, NULL, NULL, 200},
    {.method = NULL},
};
