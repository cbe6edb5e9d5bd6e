#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/wiped.h"

/* jansson has macros of these names */
#undef json_is_object
#undef json_is_array
#undef json_is_null
#undef json_boolean

#define DEPTH_MAX 64 /* levels; jansson itself goes down 2048 */

/* Before anything is read: a document may hold a PIN or a token. */
__attribute__((constructor)) static void use_wiped_memory(void)
{
    json_set_alloc_funcs(malloc, wiped_free);
}

static const json_t *value_of(const struct json *value)
{
    return (const json_t *)value;
}

static struct json *wrap(json_t *value)
{
    return (struct json *)value;
}

/* Whether brackets outside of texts stand in each other too deep, before anything is built. */
static bool is_too_deep(const char *text, size_t length)
{
    bool in_text = false;
    int depth = 0;

    for (size_t i = 0; i < length; i++) {
        if (in_text && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_text = !in_text;
        else if (!in_text && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!in_text && (text[i] == '}' || text[i] == ']'))
            depth--;
        if (depth > DEPTH_MAX)
            return true;
    }
    return false;
}

enum tk_code json_read(const char *text, size_t length, struct json **document,
                       struct tk_error *error)
{
    json_error_t problem = {.text = ""};
    json_t *root;

    /* jansson loses one that comes right after a number */
    if (length && memchr(text, '\0', length))
        return tk_fail(error, TK_BAD_DATA, "This is not JSON: it holds a NUL.");
    if (is_too_deep(text, length))
        return tk_fail(error, TK_BAD_DATA, "This JSON has more than %d levels.", DEPTH_MAX);
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (root) {
        *document = wrap(root);
        return TK_OK;
    }
    /* jansson has a text for every mistake in the input, and none for want of memory */
    if (!problem.text[0])
        return tk_fail_code(error, TK_NO_MEMORY);
    return tk_fail(error, TK_BAD_DATA, "This is not JSON (line %d, column %d): %.100s.",
                   problem.line, problem.column, problem.text);
}

void json_free(struct json *document)
{
    json_decref((json_t *)document);
}

bool json_is_object(const struct json *value)
{
    return value && json_typeof(value_of(value)) == JSON_OBJECT;
}

bool json_is_array(const struct json *value)
{
    return value && json_typeof(value_of(value)) == JSON_ARRAY;
}

bool json_is_null(const struct json *value)
{
    return value && json_typeof(value_of(value)) == JSON_NULL;
}

struct json *json_member(const struct json *object, const char *name)
{
    return wrap(json_object_get(value_of(object), name));
}

size_t json_count(const struct json *value)
{
    return json_is_object(value) ? json_object_size(value_of(value))
                                 : json_array_size(value_of(value));
}

struct json *json_item(const struct json *array, size_t at)
{
    return wrap(json_array_get(value_of(array), at));
}

static bool is_known(const char *name, const char *const *known)
{
    for (; *known; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

const char *json_unknown_member(const struct json *object, const char *const *known)
{
    json_t *all = (json_t *)object; /* jansson's iterator asks for it, and changes nothing */

    for (void *at = json_object_iter(all); at; at = json_object_iter_next(all, at))
        if (!is_known(json_object_iter_key(at), known))
            return json_object_iter_key(at);
    return NULL;
}

static void put_value(struct buffer *out, const char *name, json_t *value)
{
    char real[64] = "";

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_put_open(out, name, '{');
        for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at))
            put_value(out, json_object_iter_key(at), json_object_iter_value(at));
        json_put_close(out, '}');
        break;
    case JSON_ARRAY:
        json_put_open(out, name, '[');
        for (size_t i = 0; i < json_array_size(value); i++)
            put_value(out, NULL, json_array_get(value, i));
        json_put_close(out, ']');
        break;
    case JSON_STRING:
        json_put_text(out, name, json_string_value(value));
        break;
    case JSON_INTEGER:
        json_put_int(out, name, json_integer_value(value));
        break;
    case JSON_REAL:
        json_dumpb(value, real, sizeof real - 1, JSON_ENCODE_ANY);
        json_put_raw(out, name, real);
        break;
    case JSON_NULL:
        json_put_null(out, name);
        break;
    default:
        json_put_bool(out, name, json_is_true(value));
    }
}

void json_print(struct buffer *out, const char *name, const struct json *value)
{
    put_value(out, name, (json_t *)value);
}

const char *json_text(const struct json *value)
{
    return json_string_value(value_of(value));
}

bool json_whole(const struct json *value, int64_t *number)
{
    if (!value || !json_is_integer(value_of(value)))
        return false;
    *number = json_integer_value(value_of(value));
    return true;
}

bool json_boolean(const struct json *value, bool *truth)
{
    if (!value || !json_is_boolean(value_of(value)))
        return false;
    *truth = json_is_true(value_of(value));
    return true;
}
