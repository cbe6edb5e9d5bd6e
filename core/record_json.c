#include "core/record_json.h"

#include <string.h>

#include "core/text.h"

enum tk_code record_put(struct record *record, const struct buffer *json)
{
    return !json->failed && text_copy(record->value, sizeof record->value, buffer_text(json))
               ? TK_OK
               : TK_NO_MEMORY;
}

enum tk_code record_get(const struct record *record, struct json **document)
{
    enum tk_code code = json_read(record->value, strlen(record->value), document, NULL);

    if (code == TK_NO_MEMORY)
        return code;
    if (!code && !json_is_object(*document)) {
        json_free(*document);
        *document = NULL;
        code = TK_BAD_DATA;
    }
    return code ? TK_CORRUPT : TK_OK;
}

bool json_copy(const struct json *object, const char *name, char *text, size_t size)
{
    const char *value = json_text(json_member(object, name));

    return value && text_copy(text, size, value);
}
