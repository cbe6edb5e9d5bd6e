/* /v1/openapi.json says what the program does. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "tests/support/test.h"
#include "ui/http/v1.h"

static struct json *read_document(struct buffer *out)
{
    struct json *document = NULL;
    struct tk_error error = {0};

    buffer_init(out, 1 << 20);
    v1_openapi_put(out);
    CU_ASSERT_FALSE(out->failed);
    CU_ASSERT_EQUAL(json_read(buffer_text(out), out->length, &document, &error), TK_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    return document;
}

static const struct json *find_operation(const struct json *document, const struct route *route)
{
    char method[16] = "";

    for (size_t i = 0; route->method[i]; i++)
        method[i] = (char)(route->method[i] | 0x20);
    return json_member(json_member(json_member(document, "paths"), route->path), method);
}

static bool has_parameter(const struct json *operation, const char *name, const char *in)
{
    const struct json *list = json_member(operation, "parameters");

    for (size_t i = 0; i < json_count(list); i++) {
        const char *found = json_text(json_member(json_item(list, i), "name"));
        const char *where = json_text(json_member(json_item(list, i), "in"));

        if (found && where && strcmp(found, name) == 0 && strcmp(where, in) == 0)
            return true;
    }
    return false;
}

static void check_route(const struct json *document, const struct route *route)
{
    const struct json *operation = find_operation(document, route);
    const struct json *answers = json_member(operation, "responses");
    const char *id = json_text(json_member(operation, "operationId"));
    char status[8];

    CU_ASSERT_PTR_NOT_NULL_FATAL(operation);
    CU_ASSERT(id && *id);
    for (const struct query_parameter *p = route->parameters; p && p->name; p++)
        CU_ASSERT(has_parameter(operation, p->name, "query"));
    CU_ASSERT_EQUAL(has_parameter(operation, "Idempotency-Key", "header"),
                    (route->flags & ROUTE_CHANGES) != 0);
    CU_ASSERT_EQUAL(json_member(operation, "requestBody") != NULL, route->body_schema != NULL);
    snprintf(status, sizeof status, "%d", route->status);
    CU_ASSERT_PTR_NOT_NULL(json_member(answers, status));
    CU_ASSERT_PTR_NOT_NULL(json_member(answers, "401"));
    CU_ASSERT_PTR_NOT_NULL(json_member(answers, "503"));
    if (route->body_schema)
        CU_ASSERT_PTR_NOT_NULL(json_member(
            json_member(json_member(document, "components"), "schemas"), route->body_schema));
}

static void test_routes(void)
{
    struct buffer out;
    struct json *document = read_document(&out);
    const char *ids[64] = {NULL};
    size_t count = 0;

    for (const struct route *route = v1_routes; route->method; route++) {
        check_route(document, route);
        ids[count] = json_text(json_member(find_operation(document, route), "operationId"));
        for (size_t i = 0; i < count; i++)
            CU_ASSERT_STRING_NOT_EQUAL(ids[i], ids[count]);
        count++;
    }
    for (const char *at = buffer_text(&out); (at = strstr(at, "\"operationId\":\"")); at++)
        count--;
    CU_ASSERT_EQUAL(count, 0); /* and none more */
    json_free(document);
    buffer_release(&out);
}

/* Every reference leads somewhere. */
static void test_references(void)
{
    static const char head[] = "\"$ref\":\"#/components/";
    struct buffer out;
    struct json *document = read_document(&out);
    const struct json *components = json_member(document, "components");
    size_t count = 0;

    for (const char *at = buffer_text(&out); (at = strstr(at, head)); count++) {
        char group[40], name[40];

        at += sizeof head - 1;
        snprintf(group, sizeof group, "%.*s", (int)strcspn(at, "/"), at);
        at += strlen(group) + 1;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "\""), at);
        CU_ASSERT_PTR_NOT_NULL(json_member(json_member(components, group), name));
    }
    CU_ASSERT(count > 100);
    json_free(document);
    buffer_release(&out);
}

/* The columns of the wire are the schema's members, no more and no less. */
static void test_columns(void)
{
    struct buffer out;
    struct json *document = read_document(&out);
    const struct json *schemas = json_member(json_member(document, "components"), "schemas");
    const struct json *members =
        json_member(json_member(schemas, "Ticket"), "properties");
    struct ticket_view view = {.ticket = {.id = 1}};
    struct wire_record record;

    wire_ticket(&record, &view, "", NULL);
    CU_ASSERT_EQUAL(json_count(members), record.count);
    for (size_t i = 0; i < record.count; i++)
        CU_ASSERT_PTR_NOT_NULL(json_member(members, record.fields[i].name));
    CU_ASSERT_EQUAL(json_count(json_member(json_member(schemas, "Code"), "enum")), TK_CODE_COUNT);
    json_free(document);
    buffer_release(&out);
}

SUITE(v1_openapi, {"every route is in the reference, and no other", test_routes},
      {"every reference in it leads somewhere", test_references},
      {"things have the columns of the wire", test_columns})
