/* record_json: the value of a record as a JSON object, for the modules that own keys. */
#ifndef TK_CORE_RECORD_JSON_H
#define TK_CORE_RECORD_JSON_H

#include "core/buffer.h"
#include "core/json.h"
#include "core/record.h"

/* The object that was written becomes the value; TK_NO_MEMORY when it could not be. */
enum tk_code record_put(struct record *record, const struct buffer *json);
/* TK_CORRUPT unless it is an object; *document is the caller's then. */
enum tk_code record_get(const struct record *record, struct json **document);
/* Copies a text member; false when it is none, or does not fit. */
bool json_copy(const struct json *object, const char *name, char *text, size_t size);

#endif
