/* The reference of the replaced API: OpenAPI 3.0.2 in the shape that FastAPI 0.92 gave it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ui/http/replaced.h"

#define ENUMS_MAX 8

static const char about[] =
    "The routes of the system that this box office replaces, for its clients. assets/API.md lists "
    "what differs. New programs use /v1.";

static const char error_schemas[] =
    "\"HTTPException\":{\"title\":\"HTTPException\",\"required\":[\"detail\"],\"type\":\"object\","
    "\"properties\":{\"detail\":{\"title\":\"Detail\",\"type\":\"string\"}}},"
    "\"HTTPValidationError\":{\"title\":\"HTTPValidationError\",\"type\":\"object\","
    "\"properties\":{\"detail\":{\"title\":\"Detail\",\"type\":\"array\",\"items\":{\"$ref\":"
    "\"#/components/schemas/ValidationError\"}}}}";

static const char validation_schema[] =
    "\"ValidationError\":{\"title\":\"ValidationError\",\"required\":[\"loc\",\"msg\",\"type\"],"
    "\"type\":\"object\",\"properties\":{\"loc\":{\"title\":\"Location\",\"type\":\"array\","
    "\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}},\"msg\":{\"title\":"
    "\"Message\",\"type\":\"string\"},\"type\":{\"title\":\"Error Type\",\"type\":\"string\"}}}";

/* As Python's str.title() writes a name of letters. */
static void put_title(struct buffer *out, const char *name, const char *of)
{
    char title[64];
    size_t length = 0;

    for (; of[length] && length + 1 < sizeof title; length++)
        title[length] = (char)(length ? tolower((unsigned char)of[length])
                                      : toupper((unsigned char)of[length]));
    title[length] = '\0';
    json_put_text(out, name, title);
}

static void put_ref(struct buffer *out, const char *schema)
{
    char ref[96];

    snprintf(ref, sizeof ref, "#/components/schemas/%s", schema);
    json_put_open(out, "schema", '{');
    json_put_text(out, "$ref", ref);
    json_put_close(out, '}');
}

static void put_schema(struct buffer *out, const struct pydantic_field *field)
{
    if (field->type == PYDANTIC_ENUM) {
        put_ref(out, field->schema);
        return;
    }
    json_put_open(out, "schema", '{');
    put_title(out, "title", field->name);
    if (field->bounded) {
        json_put_raw(out, "minimum", "");
        buffer_addf(out, "%lld.0", (long long)field->least);
    }
    json_put_text(out, "type", field->type == PYDANTIC_INT ? "integer" : "string");
    if (field->type == PYDANTIC_DATETIME)
        json_put_text(out, "format", "date-time");
    json_put_close(out, '}');
}

static void put_parameters(struct buffer *out, const struct replaced_parameter *parameters)
{
    json_put_open(out, "parameters", '[');
    for (; parameters->field.name; parameters++) {
        json_put_open(out, NULL, '{');
        json_put_bool(out, "required", true);
        put_schema(out, &parameters->field);
        json_put_text(out, "name", parameters->field.name);
        json_put_text(out, "in", "query");
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
}

/* schema NULL: any JSON */
static void put_response(struct buffer *out, const char *status, const char *description,
                         const char *schema)
{
    json_put_open(out, status, '{');
    json_put_text(out, "description", description);
    json_put_open(out, "content", '{');
    json_put_open(out, "application/json", '{');
    if (schema)
        put_ref(out, schema);
    else
        json_put_raw(out, "schema", "{}");
    json_put_close(out, '}');
    json_put_close(out, '}');
    json_put_close(out, '}');
}

/* Whether a route answers 404 and 409 beside 200 and 422. */
struct refusals {
    bool not_found, conflict;
};

static struct refusals refusals_of(const struct route *route, const struct replaced_parameter *p)
{
    bool takes_ticket = p->field.name && strcmp(p->field.name, "ticketId") == 0;
    bool lists_slot = p->field.name && strcmp(p->field.name, "movieName") == 0;

    return (struct refusals){.not_found = takes_ticket || lists_slot,
                             .conflict = takes_ticket && (route->flags & ROUTE_CHANGES)};
}

static void put_responses(struct buffer *out, const struct route *route,
                          const struct replaced_parameter *parameters)
{
    struct refusals refusals = refusals_of(route, parameters);

    json_put_open(out, "responses", '{');
    put_response(out, "200", "Successful Response", NULL);
    if (refusals.not_found)
        put_response(out, "404", "Not Found", "HTTPException");
    if (refusals.conflict)
        put_response(out, "409", "Conflict", "HTTPException");
    if (parameters->field.name)
        put_response(out, "422", "Validation Error", "HTTPValidationError");
    json_put_close(out, '}');
}

static void put_route(struct buffer *out, const struct route *route)
{
    const struct replaced_parameter *parameters = replaced_parameters(route);
    const char *name = route->path + 1;
    char operation[160];

    snprintf(operation, sizeof operation, "%s_%s_post", name, name);
    json_put_open(out, route->path, '{');
    json_put_open(out, "post", '{');
    put_title(out, "summary", name);
    json_put_text(out, "description", route->summary);
    json_put_text(out, "operationId", operation);
    if (parameters->field.name)
        put_parameters(out, parameters);
    put_responses(out, route, parameters);
    json_put_raw(out, "security", "[{\"HTTPBearer\":[]}]");
    json_put_close(out, '}');
    json_put_close(out, '}');
}

static bool is_operation(const struct route *route)
{
    return strcmp(route->method, "POST") == 0;
}

static void put_enum(struct buffer *out, const struct pydantic_field *field)
{
    json_put_open(out, field->schema, '{');
    json_put_text(out, "title", field->schema);
    json_put_open(out, "enum", '[');
    for (const char *const *choice = field->choices; *choice; choice++)
        json_put_text(out, NULL, *choice);
    json_put_close(out, ']');
    json_put_text(out, "type", "string");
    json_put_text(out, "description", "An enumeration.");
    json_put_close(out, '}');
}

/* The classes that parameters name, each once and in the order of their names. */
static size_t list_enums(const struct pydantic_field *enums[ENUMS_MAX])
{
    size_t count = 0;

    for (const struct route *route = replaced_routes; route->method; route++)
        for (const struct replaced_parameter *p = replaced_parameters(route); p->field.name; p++) {
            size_t at = 0;

            if (p->field.type != PYDANTIC_ENUM || count == ENUMS_MAX)
                continue;
            while (at < count && strcmp(enums[at]->schema, p->field.schema) < 0)
                at++;
            if (at < count && strcmp(enums[at]->schema, p->field.schema) == 0)
                continue;
            memmove(&enums[at + 1], &enums[at], (count++ - at) * sizeof(void *));
            enums[at] = &p->field;
        }
    return count;
}

static void put_schemas(struct buffer *out)
{
    const struct pydantic_field *enums[ENUMS_MAX + 1];
    size_t count = list_enums(enums), at = 0;

    json_put_open(out, "schemas", '{');
    for (; at < count && strcmp(enums[at]->schema, "HTTPException") < 0; at++)
        put_enum(out, enums[at]);
    buffer_addf(out, "%s%s", at ? "," : "", error_schemas);
    for (; at < count; at++)
        put_enum(out, enums[at]);
    buffer_addf(out, ",%s", validation_schema);
    json_put_close(out, '}');
}

void replaced_openapi(struct exchange *x)
{
    struct buffer *out = exchange_body(x);

    json_put_open(out, NULL, '{');
    json_put_text(out, "openapi", "3.0.2");
    json_put_open(out, "info", '{');
    json_put_text(out, "title", "Ticketly");
    json_put_text(out, "description", about);
    json_put_text(out, "version", TICKETLY_VERSION);
    json_put_close(out, '}');
    json_put_open(out, "paths", '{');
    for (const struct route *route = replaced_routes; route->method; route++)
        if (is_operation(route))
            put_route(out, route);
    json_put_close(out, '}');
    json_put_open(out, "components", '{');
    put_schemas(out);
    json_put_raw(out, "securitySchemes",
                 "{\"HTTPBearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
    json_put_close(out, '}');
    json_put_close(out, '}');
    exchange_answer(x, 200);
}
