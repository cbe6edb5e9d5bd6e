/*
 * intact: whether a parser's view of a request's head is what came, byte for byte.
 *
 * A parser that works in place puts NULs over separators and line ends and hands out pointers into
 * its memory. One that cuts at a NUL, takes a bare LF for a line end or joins folded lines leaves
 * gaps or overlaps. So each part must begin exactly where the one before it ended plus its
 * separator, and the last line's end must be the head's end:
 *
 *   METHOD 0 TARGET 0 HTTP/1.x 00  NAME 0 blanks VALUE 00  …  00
 *   └─────────────────────── length ─────────────────────────┘
 *
 * Invariants
 * 1. Only bytes between `method` and `method + length` are read; pointers are compared as numbers
 *    before anything is read through them.
 * 2. What cannot be told apart in memory afterwards and so passes: a NUL at the very end of a value
 *    whose line ends with LF alone. Its lines end where they seem to, and dropping that NUL is what
 *    RFC 9110, 5.5 asks for.
 */
#ifndef TK_UI_HTTP_INTACT_H
#define TK_UI_HTTP_INTACT_H

#include "ui/http/http_gate.h"

struct intact_head {
    const char *method, *target, *version; /* as the parser gave them */
    size_t target_length;
    const struct http_gate_field *fields;
    size_t field_count;
    size_t length; /* of the whole head, the empty line included */
};

bool intact_check(const struct intact_head *head);

#endif
