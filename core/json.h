/*
 * json: reading JSON (RFC 8259) that anybody may have sent, with jansson, which this module owns.
 *
 * Refused: malformed text, members of the same name, more than 64 levels, texts with NUL. Writing
 * is in core/buffer.h. All values that a document gives are borrowed from it.
 */
#ifndef TK_CORE_JSON_H
#define TK_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"

/* A value inside a document; NULL stands for "not there". */
struct json;

/* Reads a document. TK_BAD_DATA with a sentence that says where it is wrong, TK_NO_MEMORY. */
enum tk_code json_read(const char *text, size_t length, struct json **document,
                       struct tk_error *error);
/* Frees a document (what json_read gave, nothing inside it). NULL is fine. */
void json_free(struct json *document);

bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
bool json_is_null(const struct json *value);
/* The member of that name; NULL when there is none or `object` is no object. */
struct json *json_member(const struct json *object, const char *name);
/* Members of an object, items of an array; else 0. */
size_t json_count(const struct json *value);
struct json *json_item(const struct json *array, size_t at);
/* The name of the first member that `known` (a NULL-ended list) does not have; NULL: none. */
const char *json_unknown_member(const struct json *object, const char *const *known);

/* Appends the value as core/buffer.h writes it: compact, members in the order in which they came.
   `name` may be NULL. */
void json_print(struct buffer *out, const char *name, const struct json *value);

/* NULL when it is no text. */
const char *json_text(const struct json *value);
/* False, and *number untouched, when it is no whole number of 64 bits (1.0 is none). */
bool json_whole(const struct json *value, int64_t *number);
bool json_boolean(const struct json *value, bool *truth);

#endif
