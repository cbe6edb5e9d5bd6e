/* Members and lists of what came by sync. */
#include "core/sync_wire_read.h"

#include <string.h>

#include "core/text.h"

/* --- single members --- */

enum tk_code reading_refuse(const struct reading *reading, const char *name, const char *must_be)
{
    return tk_fail(reading->error, reading->refusal, "The member “%s” must be %s.", name, must_be);
}

enum tk_code reading_find(const struct reading *reading, const char *name,
                          const struct json **value)
{
    *value = json_member(reading->object, name);
    if (json_is_null(*value))
        *value = NULL;
    return *value || !reading->strict
               ? TK_OK
               : tk_fail(reading->error, reading->refusal, "The member “%s” is missing.", name);
}

enum tk_code reading_wholes(const struct reading *reading, const struct whole *wholes, void *into)
{
    for (; wholes->name; wholes++) {
        const struct json *value;
        int64_t number = 0;
        enum tk_code code = reading_find(reading, wholes->name, &value);

        if (code)
            return code;
        if (value &&
            (!json_whole(value, &number) || number < wholes->least || number > wholes->most))
            return tk_fail(reading->error, reading->refusal,
                           "The member “%s” must be a whole number from %lld to %lld.",
                           wholes->name, (long long)wholes->least, (long long)wholes->most);
        memcpy((char *)into + wholes->offset, &number, sizeof number);
    }
    return TK_OK;
}

enum tk_code reading_flag(const struct reading *reading, const char *name, bool *flag)
{
    const struct json *value;
    enum tk_code code = reading_find(reading, name, &value);

    if (!code && value && !json_boolean(value, flag))
        code = reading_refuse(reading, name, "true or false");
    return code;
}

enum tk_code reading_bytes(const struct reading *reading, const char *name, uint8_t *bytes,
                           size_t size)
{
    const struct json *value;
    enum tk_code code = reading_find(reading, name, &value);

    if (code || !value || (json_text(value) && hex_parse(bytes, size, json_text(value))))
        return code;
    return tk_fail(reading->error, reading->refusal,
                   "The member “%s” must be a text of %zu hexadecimal digits.", name, 2 * size);
}

enum tk_code reading_uuid(const struct reading *reading, const char *name, struct op_id *id,
                          char text[OP_ID_TEXT_MAX])
{
    const struct json *value;
    enum tk_code code = reading_find(reading, name, &value);

    if (code || !value)
        return code;
    if (!json_text(value) || !op_id_parse(id, json_text(value)))
        return reading_refuse(reading, name, "a UUID");
    if (text)
        op_id_print(text, id);
    return TK_OK;
}

enum tk_code reading_device(const struct reading *reading, char device[DEVICE_SIZE])
{
    const struct json *value;
    enum tk_code code = reading_find(reading, "deviceName", &value);
    const char *text = json_text(value);

    if (code || !value)
        return code;
    if (text && text_is_clean(text) && text_copy(device, DEVICE_SIZE, text))
        return TK_OK;
    memset(device, 0, DEVICE_SIZE);
    return tk_fail(reading->error, reading->refusal,
                   "The member “deviceName” must be a text of %d bytes at most.", DEVICE_SIZE - 1);
}

/* --- lists --- */

static enum tk_code read_list(const struct reading *reading, const struct items *items)
{
    const struct json *list;
    enum tk_code code = reading_find(reading, items->name, &list);
    size_t count = json_count(list);

    if (code || !list)
        return code;
    if (!json_is_array(list) || count > items->most)
        return tk_fail(reading->error, reading->refusal,
                       "The member “%s” must be a list of %zu at most.", items->name, items->most);
    for (size_t i = 0; i < count; i++) {
        struct tk_error why = {0};

        code = items->add(items->into, json_item(list, i), &why);
        if (code == TK_NO_MEMORY)
            return tk_fail_code(reading->error, code);
        if (code)
            return tk_fail(reading->error, reading->refusal, "%s[%zu]: %.400s", items->name, i,
                           why.message);
    }
    return TK_OK;
}

enum tk_code reading_lists(const struct reading *reading, const struct items *lists, size_t count)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++)
        code = read_list(reading, &lists[i]);
    return code;
}
