#include "core/form.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that the escape at text (%XX) stands for; -1 when it is broken. */
static int escape_at(const char *text, size_t length)
{
    int high, low;

    if (length < 3)
        return -1;
    high = hex_digit(text[1]);
    low = hex_digit(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decodes in place, where `length` bytes become no more than that, and ends them with NUL. */
static size_t decode(char *text, size_t length)
{
    size_t used = 0;

    for (size_t at = 0; at < length; at++) {
        int byte = text[at] == '%' ? escape_at(text + at, length - at) : -1;

        if (byte >= 0)
            at += 2;
        text[used++] = byte >= 0 ? (char)byte : text[at] == '+' ? ' ' : text[at];
    }
    text[used] = '\0';
    return used;
}

/* One "name=value" of `length` bytes, whose byte after the last may be written. */
static void read_pair(struct form_pair *pair, char *text, size_t length)
{
    char *equals = memchr(text, '=', length);
    size_t name = equals ? (size_t)(equals - text) : length;

    /* the value first: decoding the name writes a NUL over the '=' */
    pair->value = equals ? equals + 1 : "";
    pair->value_length = equals ? decode(equals + 1, length - name - 1) : 0;
    pair->name = text;
    pair->name_length = decode(text, name);
}

enum tk_code form_read(struct form *form, const char *query)
{
    char *text;

    form->count = 0;
    form->text = NULL;
    if (!query || !*query)
        return TK_OK;
    form->text = text = strdup(query);
    if (!text)
        return TK_NO_MEMORY;
    while (*text) {
        size_t length = strcspn(text, "&");
        char *next = text + length + (text[length] == '&');

        if (length && form->count == FORM_PAIRS_MAX)
            return TK_BAD_REQUEST;
        if (length)
            read_pair(&form->pairs[form->count++], text, length);
        text = next;
    }
    return TK_OK;
}

void form_release(struct form *form)
{
    free(form->text);
    form->text = NULL;
    form->count = 0;
}

const struct form_pair *form_find(const struct form *form, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = form->count; i-- > 0;) {
        const struct form_pair *pair = &form->pairs[i];

        if (pair->name_length == length && memcmp(pair->name, name, length) == 0)
            return pair;
    }
    return NULL;
}

void form_put_escaped(struct buffer *out, const char *text)
{
    static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    while (*text) {
        size_t run = strspn(text, kept);

        buffer_add(out, text, run);
        text += run;
        if (*text)
            buffer_addf(out, "%%%02X", (unsigned char)*text++);
    }
}

void form_put(struct buffer *out, const char *name, const char *value)
{
    if (out->length && out->data[out->length - 1] != '?')
        buffer_add_char(out, '&');
    form_put_escaped(out, name);
    buffer_add_char(out, '=');
    form_put_escaped(out, value);
}

void form_put_int(struct buffer *out, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)value);
    form_put(out, name, text);
}

bool form_unescape_segment(char *dst, size_t size, const char *text, size_t length)
{
    size_t used = 0;

    for (size_t at = 0; at < length; at++) {
        int byte = (unsigned char)text[at];

        if (text[at] == '%') {
            byte = escape_at(text + at, length - at);
            at += 2;
        }
        if (byte <= 0 || used + 1 >= size) /* a NUL would cut it short */
            return false;
        dst[used++] = (char)byte;
    }
    if (!size)
        return false;
    dst[used] = '\0';
    return true;
}
