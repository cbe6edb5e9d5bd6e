#include "ui/http/pydantic.h"

#include <stdio.h>
#include <string.h>

/* The error object but for its last bracket. */
static void open_error(struct buffer *errors, const char *name, const char *message,
                       const char *type)
{
    json_put_open(errors, NULL, '{');
    json_put_open(errors, "loc", '[');
    json_put_text(errors, NULL, "query");
    json_put_text(errors, NULL, name);
    json_put_close(errors, ']');
    json_put_text(errors, "msg", message);
    json_put_text(errors, "type", type);
}

void pydantic_put_error(struct buffer *errors, const char *name, const char *message,
                        const char *type)
{
    open_error(errors, name, message, type);
    json_put_close(errors, '}');
}

static bool read_int(const struct form_pair *pair, const struct pydantic_field *field,
                     struct pydantic_value *value, struct buffer *errors)
{
    char message[80];

    if (!pydantic_int(pair->value, pair->value_length, &value->number)) {
        pydantic_put_error(errors, field->name, "value is not a valid integer",
                           "type_error.integer");
        return false;
    }
    if (!field->bounded || value->number >= field->least)
        return true;
    snprintf(message, sizeof message, "ensure this value is greater than or equal to %lld",
             (long long)field->least);
    open_error(errors, field->name, message, "value_error.number.not_ge");
    json_put_open(errors, "ctx", '{');
    json_put_int(errors, "limit_value", field->least);
    json_put_close(errors, '}');
    json_put_close(errors, '}');
    return false;
}

static bool read_datetime(const struct form_pair *pair, const struct pydantic_field *field,
                          struct pydantic_value *value, struct buffer *errors)
{
    switch (pydantic_datetime(pair->value, pair->value_length, &value->time)) {
    case PYDANTIC_FINE:
        return true;
    case PYDANTIC_NAN:
        pydantic_put_error(errors, field->name, "cannot convert float NaN to integer",
                           "value_error");
        return false;
    default:
        pydantic_put_error(errors, field->name, "invalid datetime format", "value_error.datetime");
        return false;
    }
}

static void put_enum_error(const struct pydantic_field *field, struct buffer *errors)
{
    char message[TK_MESSAGE_MAX];
    int used =
        snprintf(message, sizeof message, "value is not a valid enumeration member; permitted:");

    for (const char *const *choice = field->choices; *choice; choice++)
        used += snprintf(message + used, sizeof message - (size_t)used, "%s '%s'",
                         choice == field->choices ? "" : ",", *choice);
    open_error(errors, field->name, message, "type_error.enum");
    json_put_open(errors, "ctx", '{');
    json_put_open(errors, "enum_values", '[');
    for (const char *const *choice = field->choices; *choice; choice++)
        json_put_text(errors, NULL, *choice);
    json_put_close(errors, ']');
    json_put_close(errors, '}');
    json_put_close(errors, '}');
}

static bool read_enum(const struct form_pair *pair, const struct pydantic_field *field,
                      struct pydantic_value *value, struct buffer *errors)
{
    for (size_t i = 0; field->choices[i]; i++)
        if (pair->value_length == strlen(field->choices[i]) &&
            memcmp(pair->value, field->choices[i], pair->value_length) == 0) {
            value->choice = i;
            return true;
        }
    put_enum_error(field, errors);
    return false;
}

bool pydantic_read(const struct form *form, const struct pydantic_field *field,
                   struct pydantic_value *value, struct buffer *errors)
{
    const struct form_pair *pair = form_find(form, field->name);

    if (!pair) {
        pydantic_put_error(errors, field->name, "field required", "value_error.missing");
        return false;
    }
    switch (field->type) {
    case PYDANTIC_INT:
        return read_int(pair, field, value, errors);
    case PYDANTIC_DATETIME:
        return read_datetime(pair, field, value, errors);
    case PYDANTIC_ENUM:
        return read_enum(pair, field, value, errors);
    default:
        value->text = pair->value;
        value->length = pair->value_length;
        return true;
    }
}
