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

/* What the lines go by: the address as it was sent. False without memory; buffer_release is fine. */
static bool make_key(struct buffer *key, const struct exchange *x)
{
    buffer_init(key, HTTP_HEAD_MAX + 2);
    buffer_addf(key, "%s?%s", x->request->path, x->request->query ? x->request->query : "");
    return !key->failed;
}

/* Takes a reference to a body that still holds; NULL when there is none. */
static struct http_shared *line_take(struct exchange *x, const char *key, char *etag, char *link)
{
    struct service *service = x->service;
    struct http_shared *body = NULL;
    struct cache_line *line;

    pthread_mutex_lock(&service->cache_lock);
    line = line_find(service, key);
    if (line && line->version == x->store_version &&
        (!line->valid_until || office_now(&x->office) < line->valid_until)) {
        line->used = ++service->cache_clock;
        body = http_shared_take(line->body);
        memcpy(etag, line->etag, sizeof line->etag);
        memcpy(link, line->link, sizeof line->link);
    }
    pthread_mutex_unlock(&service->cache_lock);
    return body;
}

/* A far store is not asked by a server's thread, which has no store of its own. */
static enum tk_code ask_version(struct exchange *x)
{
    return x->office.store ? office_version(&x->office, &x->store_version, NULL)
                           : peek_version(x->service, &x->store_version, NULL);
}

bool cache_answer(struct exchange *x)
{
    struct http_response *response = &x->request->response;
    struct http_shared *body = NULL;
    char etag[sizeof(((struct cache_line *)0)->etag)], link[CACHE_LINK_MAX];
    struct buffer key;

    /* the version as of before any look-up: what is kept by this request is no newer than it */
    if (make_key(&key, x) && ask_version(x) == TK_OK)
        body = line_take(x, buffer_text(&key), etag, link);
    buffer_release(&key);
    if (!body)
        return false;
    response->shared = body;
    response->content_type = "application/json";
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

static void line_put(struct exchange *x, const char *key, const char *etag, const char *link,
                     struct http_shared *body)
{
    struct service *service = x->service;
    struct cache_line *line;

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

void cache_keep(struct exchange *x, const char *etag, struct http_shared *body)
{
    const char *link = link_of(&x->request->response);
    struct buffer key;

    if (body->length > CACHE_BYTES / 4 || strlen(link) >= CACHE_LINK_MAX ||
        (x->valid_until && office_now(&x->office) >= x->valid_until))
        return;
    if (make_key(&key, x))
        line_put(x, buffer_text(&key), etag, link, body);
    buffer_release(&key);
}

void cache_release(struct service *service)
{
    for (size_t i = 0; i < CACHE_LINES; i++)
        line_clear(service, &service->cache[i]);
}
