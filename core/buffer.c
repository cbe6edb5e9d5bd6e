#include "core/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){.limit = limit};
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){.limit = buffer->limit};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

const char *buffer_text(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

/* Makes room for `more` bytes and the NUL. */
static bool buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t need, capacity;
    char *data;

    if (buffer->failed || more > buffer->limit - buffer->length) {
        buffer->failed = true;
        return false;
    }
    need = buffer->length + more + 1;
    if (need <= buffer->capacity)
        return true;
    capacity = buffer->capacity ? buffer->capacity * 2 : 256;
    if (capacity < need)
        capacity = need;
    data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_add(struct buffer *buffer, const char *text, size_t length)
{
    if (!buffer_reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->data + buffer->length, text, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_add_char(struct buffer *buffer, char c)
{
    buffer_add(buffer, &c, 1);
}

void buffer_addf(struct buffer *buffer, const char *format, ...)
{
    size_t room = buffer->capacity - buffer->length;
    va_list args;
    int length;

    if (buffer->failed)
        return;
    va_start(args, format);
    length = vsnprintf(buffer->data ? buffer->data + buffer->length : NULL, room, format, args);
    va_end(args);
    if (length < 0 || !buffer_reserve(buffer, (size_t)length)) {
        buffer->failed = true;
        if (buffer->data) /* cut where it was */
            buffer->data[buffer->length] = '\0';
        return;
    }
    if ((size_t)length >= room) {
        va_start(args, format);
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, args);
        va_end(args);
    }
    buffer->length += (size_t)length;
}

/* What is no text becomes U+FFFD: JSON is UTF-8. */
static void json_quote(struct buffer *buffer, const char *text)
{
    const char *run = text;

    buffer_add_char(buffer, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        size_t length = c < 0x80 ? 1 : text_code_point(text);

        if (length && c >= 0x20 && c != '"' && c != '\\') {
            text += length - 1;
            continue;
        }
        buffer_add(buffer, run, (size_t)(text - run));
        run = text + 1;
        if (!length)
            buffer_add_text(buffer, "\uFFFD");
        else if (c == '"' || c == '\\')
            buffer_addf(buffer, "\\%c", c);
        else if (c == '\n')
            buffer_add_text(buffer, "\\n");
        else
            buffer_addf(buffer, "\\u%04x", c);
    }
    buffer_add(buffer, run, (size_t)(text - run));
    buffer_add_char(buffer, '"');
}

static void json_name(struct buffer *buffer, const char *name)
{
    if (buffer->length && !strchr("{[\n", buffer->data[buffer->length - 1]))
        buffer_add_char(buffer, ',');
    if (name) {
        json_quote(buffer, name);
        buffer_add_char(buffer, ':');
    }
}

void json_put_open(struct buffer *buffer, const char *name, char bracket)
{
    json_name(buffer, name);
    buffer_add_char(buffer, bracket);
}

void json_put_close(struct buffer *buffer, char bracket)
{
    buffer_add_char(buffer, bracket);
}

void json_put_text(struct buffer *buffer, const char *name, const char *value)
{
    json_name(buffer, name);
    json_quote(buffer, value);
}

void json_put_int(struct buffer *buffer, const char *name, int64_t value)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--at = '-';
    json_name(buffer, name);
    buffer_add(buffer, at, (size_t)(digits + sizeof digits - at));
}

void json_put_bool(struct buffer *buffer, const char *name, bool value)
{
    json_put_raw(buffer, name, value ? "true" : "false");
}

void json_put_null(struct buffer *buffer, const char *name)
{
    json_put_raw(buffer, name, "null");
}

void json_put_raw(struct buffer *buffer, const char *name, const char *json)
{
    json_name(buffer, name);
    buffer_add_text(buffer, json);
}
