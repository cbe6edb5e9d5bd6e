/* cache: the written bodies of lists that are asked for again and again. */
#include <stdlib.h>
#include <string.h>

#include "ui/http/service_internal.h"

static void line_clear(struct service *service, struct cache_line *line)
{
    if (line->body)
        service->cache_bytes -= line->body->length;
    http_shared_drop(line->body);
    free(line->key);
    *line = (struct cache_line){0};
}

static struct cache_line *line_find(struct service *service, const char *key)
{
    for (size_t i = 0; i < CACHE_LINES; i++)
        if (service->cache[i].key && strcmp(service->cache[i].key, key) == 0)
            return &service->cache[i];
    return NULL;
}

bool cache_answer(struct exchange *x, const char *key)
{
    struct service *service = x->service;
    struct http_response *response = &x->request->response;
    struct cache_line *line;
    struct http_shared *body = NULL;
    char etag[sizeof line->etag], link[sizeof line->link];
    const char *type = "application/json";

    /* the version as of before any look-up: what is kept by this request is no newer than it */
    if (peek_version(service, &x->store_version, NULL))
        return false;
    pthread_mutex_lock(&service->cache_lock);
    line = line_find(service, key);
    if (line && line->version == x->store_version &&
        (!line->valid_until || office_now(&x->office) < line->valid_until)) {
        line->used = ++service->cache_clock;
        body = http_shared_take(line->body);
        memcpy(etag, line->etag, sizeof etag);
        memcpy(link, line->link, sizeof link);
    }
    pthread_mutex_unlock(&service->cache_lock);
    if (!body)
        return false;
    response->shared = body;
    response->content_type = type;
    if (*link)
        http_response_field(response, "Link", "%s", link);
    exchange_answer_tagged(x, 200, etag);
    return true;
}

/* The line that may go: a free one, or the one unused for longest. */
static struct cache_line *line_oldest(struct service *service)
{
    struct cache_line *oldest = &service->cache[0];

    for (size_t i = 0; i < CACHE_LINES; i++) {
        struct cache_line *line = &service->cache[i];

        if (!line->key)
            return line;
        if (line->used < oldest->used)
            oldest = line;
    }
    return oldest;
}

/* Makes room for so many bytes. */
static void drop_oldest(struct service *service, size_t length)
{
    while (service->cache_bytes + length > CACHE_BYTES) {
        struct cache_line *other = NULL;

        for (size_t i = 0; i < CACHE_LINES; i++)
            if (service->cache[i].key && (!other || service->cache[i].used < other->used))
                other = &service->cache[i];
        if (!other)
            break;
        line_clear(service, other);
    }
}

/* The Link that the answer has so far; "" without. */
static const char *link_of(const struct http_response *response)
{
    for (size_t i = 0; i < response->field_count; i++)
        if (strcmp(response->fields[i].name, "Link") == 0)
            return response->fields[i].value;
    return "";
}

void cache_keep(struct exchange *x, const char *key, const char *etag, struct http_shared *body)
{
    struct service *service = x->service;
    const char *link = link_of(&x->request->response);
    struct cache_line *line;

    if (body->length > CACHE_BYTES / 4 || strlen(link) >= sizeof line->link ||
        (x->valid_until && office_now(&x->office) >= x->valid_until))
        return;
    pthread_mutex_lock(&service->cache_lock);
    line = line_find(service, key);
    if (!line)
        line = line_oldest(service);
    line_clear(service, line);
    drop_oldest(service, body->length);
    line->key = strdup(key);
    if (line->key) {
        line->version = x->store_version;
        line->valid_until = x->valid_until;
        line->used = ++service->cache_clock;
        text_copy(line->etag, sizeof line->etag, etag);
        text_copy(line->link, sizeof line->link, link);
        line->body = http_shared_take(body);
        service->cache_bytes += body->length;
    }
    pthread_mutex_unlock(&service->cache_lock);
}

void cache_release(struct service *service)
{
    for (size_t i = 0; i < CACHE_LINES; i++)
        line_clear(service, &service->cache[i]);
}
