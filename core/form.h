/*
 * form: query strings, as "name=value&name=value" with percent-encoding (the URL Standard's
 * application/x-www-form-urlencoded: '+' is a space).
 *
 * Names are case-sensitive. A broken escape (%zz) stands for itself. A value with a NUL (%00) or of
 * bytes that are not UTF-8 is kept as bytes with its length: who reads it decides.
 */
#ifndef TK_CORE_FORM_H
#define TK_CORE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

#define FORM_PAIRS_MAX 64 /* more are TK_BAD_REQUEST */

struct form_pair {
    const char *name, *value; /* decoded; end with NUL */
    size_t name_length, value_length;
};

struct form {
    struct form_pair pairs[FORM_PAIRS_MAX];
    size_t count;
    char *text; /* owned: what the pairs point into */
};

/* Reads a query string (NULL: empty). TK_BAD_REQUEST with more than FORM_PAIRS_MAX pairs,
   TK_NO_MEMORY. Ends with form_release in any case. */
enum tk_code form_read(struct form *form, const char *query);
void form_release(struct form *form);
/* The last pair of that name; NULL when there is none. */
const struct form_pair *form_find(const struct form *form, const char *name);

/* Appends "name=value" with an & before it unless it is the first (the buffer is empty or ends with
   '?'). */
void form_put(struct buffer *out, const char *name, const char *value);
void form_put_int(struct buffer *out, const char *name, int64_t value);
/* Appends text percent-encoded for one segment of a path or a value. */
void form_put_escaped(struct buffer *out, const char *text);
/* Decodes %XX of a path's segment (not '+') into dst. False when it does not fit or is broken. */
bool form_unescape_segment(char *dst, size_t size, const char *text, size_t length);

#endif
