/*
 * http_gate: whether a request's head is beyond doubt, as a pure function.
 *
 * Checks what RFC 9112 wants refused and what has been used to smuggle requests past proxies:
 * Host (exactly one, well-formed; HTTP/1.0 may have none), Content-Length (one number, differing
 * ones refused, equal repeated ones too), Transfer-Encoding ("chunked" alone, once, and not with a
 * Content-Length nor in HTTP/1.0), names that are tokens (no space before the colon), values
 * without control characters, no folded lines, no bare CR or LF, no NUL.
 */
#ifndef TK_UI_HTTP_GATE_H
#define TK_UI_HTTP_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

struct http_gate_field {
    const char *name, *value; /* as the parser gave them: may hold anything */
    size_t name_length, value_length;
};

struct http_gate_head {
    const char *method, *target, *version;
    const struct http_gate_field *fields;
    size_t field_count;
    bool intact; /* the parser's texts lie in its memory as they came: nothing was cut or joined */
};

/* TK_OK; TK_BAD_REQUEST, TK_NOT_IMPLEMENTED (a transfer coding or method unknown to HTTP),
   TK_URI_TOO_LONG, TK_HEADERS_TOO_LARGE. *length gets the Content-Length, 0 when there is none;
   *chunked whether the body comes in chunks. *why gets a static sentence. */
enum tk_code http_gate_check(const struct http_gate_head *head, uint64_t *length, bool *chunked,
                             const char **why);

#endif
