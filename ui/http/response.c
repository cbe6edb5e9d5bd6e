#include "ui/http/server.h"

#include <stdarg.h>
#include <strings.h>
#include <unistd.h>

#define FIELD_VALUE_MAX 4096

struct http_shared *http_shared_new(const char *data, size_t length)
{
    struct http_shared *shared = malloc(sizeof *shared + length);

    if (!shared)
        return NULL;
    atomic_init(&shared->references, 1);
    shared->length = length;
    if (length)
        memcpy(shared->data, data, length);
    return shared;
}

struct http_shared *http_shared_take(struct http_shared *shared)
{
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void http_shared_drop(struct http_shared *shared)
{
    if (shared && atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) == 1)
        free(shared);
}

/* Whether a value may stand in a header: no controls, so that it cannot begin another line. */
static bool is_sayable(const char *value)
{
    for (; *value; value++)
        if ((unsigned char)*value < ' ' || *value == 0x7F)
            return false;
    return true;
}

void http_response_field(struct http_response *response, const char *name, const char *format, ...)
{
    char text[FIELD_VALUE_MAX];
    char *value;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof text || !is_sayable(text) ||
        response->field_count == HTTP_ANSWER_FIELDS_MAX)
        return;
    value = strdup(text);
    if (value)
        response->fields[response->field_count++] = (struct http_field){name, value};
}

void http_response_release(struct http_response *response)
{
    for (size_t i = 0; i < response->field_count; i++)
        free((char *)response->fields[i].value);
    response->field_count = 0;
    buffer_release(&response->body);
    http_shared_drop(response->shared);
    response->shared = NULL;
    if (response->file >= 0)
        close(response->file);
    response->file = -1;
}

const char *http_request_field(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++)
        if (strcasecmp(request->fields[i].name, name) == 0)
            return request->fields[i].value;
    return NULL;
}
