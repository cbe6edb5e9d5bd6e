/*
 * /v1/openapi.json (OpenAPI 3.1), made of the tables that the program itself goes by: routes and
 * query parameters here, things and bodies in v1_schemas.c.
 */
#include <stdio.h>
#include <string.h>

#include "ui/http/v1.h"

#define REF(schema) "{\"$ref\":\"#/components/schemas/" schema "\"}"

/* --- names --- */

/* The name of each operation, for clients made from the document: they never change. */
static const struct {
    void (*handle)(struct exchange *x);
    const char *id;
} operation_ids[] = {
    {v1_get_store, "getStore"},
    {v1_list_slots, "listSlots"},
    {v1_count_slots, "countSlots"},
    {v1_post_slot, "scheduleSlot"},
    {v1_get_slot, "getSlot"},
    {v1_get_changes, "getSlotChanges"},
    {v1_get_slot_key, "getSlotKey"},
    {v1_get_heads, "getHeads"},
    {v1_list_tickets, "listTickets"},
    {v1_post_tickets, "bookTickets"},
    {v1_get_ticket, "getTicket"},
    {v1_delete_ticket, "cancelTicket"},
    {v1_reissue_ticket, "reissueTicket"},
    {v1_list_customers, "listCustomers"},
    {v1_get_customer, "getCustomer"},
    {v1_post_operations, "applyOperations"},
    {v1_post_import, "openImport"},
    {v1_post_import_operations, "addToImport"},
    {v1_post_import_commit, "commitImport"},
    {v1_delete_import, "dropImport"},
    {v1_post_expiries, "expireTickets"},
    {v1_get_due, "listDue"},
    {v1_get_journal, "listJournal"},
    {v1_get_verify, "verifyStore"},
    {v1_get_backup, "getBackup"},
    {v1_get_devices, "listDevices"},
    {v1_get_openapi, "getReference"},
    {v1_post_admission, "admit"},
    {v1_delete_admission, "takeAdmissionBack"},
    {v1_get_admissions, "countAdmissions"},
    {v1_post_sync, "sync"},
    {v1_get_allotments, "listAllotments"},
    {v1_get_disputes, "listDisputes"},
    {v1_post_sign_on, "signOn"},
    {v1_delete_sign_on, "signOff"},
    {v1_post_verifier, "makeVerifier"},
    {v1_post_enrolment, "enrolDevice"},
    {v1_get_records, "listRecords"},
    {v1_get_tallies, "listTallies"},
};

static const char *operation_id(const struct route *route)
{
    for (size_t i = 0; i < sizeof operation_ids / sizeof operation_ids[0]; i++)
        if (operation_ids[i].handle == route->handle)
            return operation_ids[i].id;
    return "";
}

/* --- one operation --- */

static void put_parameter(struct buffer *out, const char *name, const char *in, const char *type,
                          const char *help, const char *const *choices)
{
    json_put_open(out, NULL, '{');
    json_put_text(out, "name", name);
    json_put_text(out, "in", in);
    json_put_bool(out, "required", strcmp(in, "query") != 0);
    if (help)
        json_put_text(out, "description", help);
    if (choices) {
        v1_choice_put(out, "schema", choices);
    } else {
        json_put_open(out, "schema", '{');
        json_put_text(out, "type", type);
        json_put_close(out, '}');
    }
    json_put_close(out, '}');
}

static void put_path_parameters(struct buffer *out, const char *path)
{
    while ((path = strchr(path, '{'))) {
        size_t length = strcspn(++path, "}");
        char name[40];

        snprintf(name, sizeof name, "%.*s", (int)length, path);
        put_parameter(out, name, "path", strcmp(name, "slotId") == 0 ? "integer" : "string", NULL,
                      NULL);
    }
}

static void put_parameters(struct buffer *out, const struct route *route)
{
    json_put_open(out, "parameters", '[');
    put_path_parameters(out, route->path);
    for (const struct query_parameter *p = route->parameters; p && p->name; p++)
        put_parameter(out, p->name, "query", p->type, p->help, p->choices);
    if (route->flags & ROUTE_CHANGES)
        put_parameter(out, "Idempotency-Key", "header", "string",
                      "Names this change: sent again with the same key it is not made twice. Best a "
                      "fresh UUIDv7.",
                      NULL);
    json_put_close(out, ']');
}

static void put_content(struct buffer *out, const char *type, const char *schema)
{
    json_put_open(out, "content", '{');
    json_put_open(out, type, '{');
    buffer_addf(out, "\"schema\":" REF("%s"), schema);
    json_put_close(out, '}');
    json_put_close(out, '}');
}

/* Which refusals and failures a route can answer, beside those that all have. */
static bool may_answer(const struct route *route, int status)
{
    bool changes = route->flags & ROUTE_CHANGES, syncs = route->flags & ROUTE_SYNC;

    switch (status) {
    case 404:
        return strchr(route->path, '{') || changes;
    case 409:
        return changes || strstr(route->path, "/tickets"); /* a pass that is not genuine */
    case 422:
        return changes || syncs || route->parameters || strchr(route->path, '{');
    case 413:
    case 415:
        return route->body_schema != NULL;
    case 507:
        return changes || syncs;
    default:
        return true;
    }
}

static void put_answers(struct buffer *out, const struct route *route)
{
    static const int statuses[] = {400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503, 507};
    char status[8];

    json_put_open(out, "responses", '{');
    snprintf(status, sizeof status, "%d", route->status);
    json_put_open(out, status, '{');
    json_put_text(out, "description", route->summary);
    if (route->answer_schema && strcmp(route->answer_schema, "Backup") == 0)
        json_put_raw(out, "content", "{\"application/vnd.sqlite3\":{}}");
    else if (route->answer_schema)
        put_content(out, "application/json", route->answer_schema);
    json_put_close(out, '}');
    if (strcmp(route->method, "GET") == 0)
        json_put_raw(out, "304", "{\"description\":\"As If-None-Match has it\"}");
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (!may_answer(route, statuses[i]))
            continue;
        snprintf(status, sizeof status, "%d", statuses[i]);
        json_put_raw(out, status, "{\"$ref\":\"#/components/responses/Problem\"}");
    }
    json_put_close(out, '}');
}

static void put_operation(struct buffer *out, const struct route *route)
{
    char method[16] = "", text[80];

    for (size_t i = 0; route->method[i] && i < sizeof method - 1; i++)
        method[i] = (char)(route->method[i] | 0x20); /* ASCII capitals become small */
    json_put_open(out, method, '{');
    json_put_text(out, "operationId", operation_id(route));
    json_put_text(out, "summary", route->summary);
    snprintf(text, sizeof text, "%.*s", (int)strcspn(route->path + 4, "/"), route->path + 4);
    json_put_open(out, "tags", '[');
    json_put_text(out, NULL, text);
    json_put_close(out, ']');
    snprintf(text, sizeof text, "For %s and those who may more.", role_name(route->role));
    json_put_text(out, "description", text);
    put_parameters(out, route);
    if (route->body_schema) {
        json_put_open(out, "requestBody", '{');
        json_put_bool(out, "required", strcmp(route->body_schema, "Expiry") != 0);
        put_content(out, "application/json", route->body_schema);
        json_put_close(out, '}');
    }
    put_answers(out, route);
    json_put_close(out, '}');
}

/* --- the document --- */

/* All operations of a path, unless an earlier route had the same one. */
static void put_path(struct buffer *out, const struct route *route)
{
    for (const struct route *other = v1_routes; other != route; other++)
        if (strcmp(other->path, route->path) == 0)
            return;
    json_put_open(out, route->path, '{');
    for (const struct route *other = route; other->method; other++)
        if (strcmp(other->path, route->path) == 0)
            put_operation(out, other);
    json_put_close(out, '}');
}

static void put_components(struct buffer *out)
{
    json_put_open(out, "components", '{');
    v1_schemas_put(out);
    json_put_open(out, "responses", '{');
    json_put_open(out, "Problem", '{');
    json_put_text(out, "description", "Why it was not done (RFC 9457); code tells programs.");
    put_content(out, "application/problem+json", "Problem");
    json_put_close(out, '}');
    json_put_close(out, '}');
    json_put_raw(out, "securitySchemes", "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
    json_put_close(out, '}');
}

void v1_openapi_put(struct buffer *out)
{
    json_put_open(out, NULL, '{');
    json_put_text(out, "openapi", "3.1.0");
    json_put_open(out, "info", '{');
    json_put_text(out, "title", "Ticketly");
    json_put_text(out, "version", TICKETLY_VERSION);
    json_put_text(out, "description",
                  "A box office. Lists come in pages: Link names the next one. Reads have an ETag.");
    json_put_close(out, '}');
    json_put_raw(out, "servers", "[{\"url\":\"/\"}]");
    json_put_raw(out, "security", "[{\"bearer\":[]}]");
    json_put_open(out, "paths", '{');
    for (const struct route *route = v1_routes; route->method; route++)
        put_path(out, route);
    json_put_close(out, '}');
    put_components(out);
    json_put_close(out, '}');
}

void v1_get_openapi(struct exchange *x)
{
    if (!v1_accepts(x))
        return;
    v1_openapi_put(exchange_body(x));
    exchange_answer(x, 200);
}
