/* The schemas of /v1/openapi.json against a running service: every member that the schema of a body
   has is taken, every member that the schema of an answer promises is there, and no other. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/http/v1_shop.h"
#include "ui/http/v1.h"

#define NAMES_MAX 32 /* members of an object, and NULL */
#define HEX_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct walk {
    struct shop shop;
    struct json *document;
    const struct json *schemas;
    struct answer answer;
    int64_t slot;
    char ticket[20], user[20], import[OP_ID_TEXT_MAX], centre[OP_ID_TEXT_MAX];
    unsigned ids; /* of operations, made so far */
};

static struct json *read_document(void)
{
    struct json *document = NULL;
    struct buffer out;

    buffer_init(&out, 1 << 20);
    v1_openapi_put(&out);
    CU_ASSERT_EQUAL(json_read(buffer_text(&out), out.length, &document, NULL), TK_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    buffer_release(&out);
    return document;
}

static void take_ticket(struct walk *walk)
{
    char body[120];

    snprintf(body, sizeof body,
             "{\"slotId\":%" PRId64 ",\"userName\":\"Jo\",\"phoneNumber\":\"0171234\"}",
             walk->slot);
    CU_ASSERT_EQUAL_FATAL(shop_call(&walk->shop, &walk->answer, "POST", "/v1/tickets", body), 201);
    text_copy(walk->ticket, sizeof walk->ticket, answer_text(&walk->answer, "tickets.0.ticketId"));
    text_copy(walk->user, sizeof walk->user, answer_text(&walk->answer, "tickets.0.userId"));
}

static void open_import(struct walk *walk)
{
    CU_ASSERT_EQUAL_FATAL(shop_call(&walk->shop, &walk->answer, "POST", "/v1/imports", NULL), 201);
    text_copy(walk->import, sizeof walk->import, answer_text(&walk->answer, "importId"));
}

static void walk_start(struct walk *walk)
{
    *walk = (struct walk){.document = read_document()};
    walk->schemas = json_member(json_member(walk->document, "components"), "schemas");
    shop_start(&walk->shop, false);
    walk->slot = shop_schedule(&walk->shop, "Up", 24, 1000);
    CU_ASSERT_EQUAL(shop_call(&walk->shop, &walk->answer, "GET", "/v1/store", NULL), 200);
    text_copy(walk->centre, sizeof walk->centre, answer_text(&walk->answer, "uuid"));
}

static void walk_end(struct walk *walk)
{
    answer_release(&walk->answer);
    shop_end(&walk->shop);
    json_free(walk->document);
}

/* --- reading schemas --- */

/* The names of an object's members, ended with NULL. */
static size_t list_names(const struct json *object, const char *names[NAMES_MAX])
{
    size_t count = 0;

    memset(names, 0, NAMES_MAX * sizeof *names);
    while (count < NAMES_MAX - 1 && (names[count] = json_unknown_member(object, names)))
        count++;
    CU_ASSERT_EQUAL(count, json_is_object(object) ? json_count(object) : 0);
    return count;
}

static const struct json *resolve(const struct walk *walk, const struct json *schema)
{
    static const char head[] = "#/components/schemas/";
    const char *reference = json_text(json_member(schema, "$ref"));

    if (!reference)
        return schema;
    CU_ASSERT_EQUAL_FATAL(strncmp(reference, head, sizeof head - 1), 0);
    schema = json_member(walk->schemas, reference + sizeof head - 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(schema);
    return schema;
}

static bool lists(const struct json *list, const char *text)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (json_text(json_item(list, i)) && strcmp(json_text(json_item(list, i)), text) == 0)
            return true;
    return false;
}

static const char *type_of(const struct json *value)
{
    int64_t number;
    bool truth;

    if (json_is_object(value))
        return "object";
    if (json_is_array(value))
        return "array";
    if (json_is_null(value))
        return "null";
    if (json_boolean(value, &truth))
        return "boolean";
    return json_whole(value, &number) ? "integer" : json_text(value) ? "string" : "number";
}

/* --- answers --- */

#define CHECK(truth, where, what)                \
    do {                                         \
        bool holds = (truth);                    \
        CU_ASSERT(holds);                        \
        if (!holds)                              \
            printf("    %s: %s\n", where, what); \
    } while (0)

static void check_value(const struct walk *walk, const struct json *schema,
                        const struct json *value, const char *where)
{
    const struct json *type, *members, *required, *choices;
    const char *names[NAMES_MAX];

    schema = resolve(walk, schema);
    type = json_member(schema, "type");
    members = json_member(schema, "properties");
    required = json_member(schema, "required");
    choices = json_member(schema, "enum");
    CHECK(json_text(type) ? strcmp(json_text(type), type_of(value)) == 0
                          : lists(type, type_of(value)),
          where, "is of another type");
    if (choices && json_text(value))
        CHECK(lists(choices, json_text(value)), where, "is none of those that there are");
    for (size_t i = 0; i < json_count(required); i++)
        CHECK(json_member(value, json_text(json_item(required, i))), where,
              json_text(json_item(required, i)));
    for (size_t i = 0; members && i < list_names(value, names); i++) {
        CHECK(json_member(members, names[i]), where, names[i]);
        if (json_member(members, names[i]))
            check_value(walk, json_member(members, names[i]), json_member(value, names[i]),
                        names[i]);
    }
    for (size_t i = 0; json_is_array(value) && i < json_count(value); i++)
        check_value(walk, json_member(schema, "items"), json_item(value, i), where);
}

/* What the route answered against its schema, a failure against that of failures. */
static void check_answer(struct walk *walk, const struct route *route)
{
    const char *schema = walk->answer.status < 400 ? route->answer_schema : "Problem";

    if (schema && strcmp(schema, "Backup") != 0)
        check_value(walk, json_member(walk->schemas, schema), answer_value(&walk->answer, ""),
                    route->path);
}

/* The path with its variables filled in; what must be asked besides. */
static void target_of(const struct walk *walk, const struct route *route, char *target, size_t size)
{
    const char *open = strchr(route->path, '{');
    const char *value = "";
    char slot[24];

    snprintf(slot, sizeof slot, "%" PRId64, walk->slot);
    if (open)
        value = strncmp(open, "{slotId}", 8) == 0      ? slot
                : strncmp(open, "{ticketId}", 10) == 0 ? walk->ticket
                : strncmp(open, "{userId}", 8) == 0    ? walk->user
                                                       : walk->import;
    snprintf(target, size, "%.*s%s%s%s",
             open ? (int)(open - route->path) : (int)strlen(route->path), route->path, value,
             open ? strchr(open, '}') + 1 : "",
             strcmp(route->path, "/v1/due") == 0                             ? "?endedBefore=1"
             : strcmp(route->path, "/v1/records") == 0                       ? "?prefix=limits"
             : strcmp(route->path, "/v1/imports/{importId}/operations") == 0 ? "?at=0"
                                                                             : "");
}

static void test_answers(void)
{
    struct walk walk;
    char target[200];

    walk_start(&walk);
    take_ticket(&walk);
    for (const struct route *route = v1_routes; route->method; route++) {
        if (strcmp(route->method, "GET") != 0)
            continue;
        target_of(&walk, route, target, sizeof target);
        CU_ASSERT_EQUAL(shop_call(&walk.shop, &walk.answer, "GET", target, NULL), route->status);
        check_answer(&walk, route);
        snprintf(target + strlen(target), 6, "%cno=1", strchr(target, '?') ? '&' : '?');
        CU_ASSERT_EQUAL(shop_call(&walk.shop, &walk.answer, "GET", target, NULL), 400);
        check_answer(&walk, route);
    }
    walk_end(&walk);
}

/* --- bodies --- */

/* A value that goes for a member of that name. */
static void put_example(struct walk *walk, struct buffer *out, const char *name,
                        const struct json *schema)
{
    static const struct {
        const char *name, *json;
    } examples[] = {
        {"slotName", "\"Up\""},
        {"slotDescription", "\"A house flies.\""},
        {"screen", "\"Screen 2\""},
        {"startTime", "4102444800000000"},
        {"endTime", "\"2100-01-01T02:00:00Z\""},
        {"slotType", "\"Movie\""},
        {"genre", "\"Comedy\""},
        {"capacity", "7"},
        {"numTickets", "2"},
        {"userName", "\"Jo\""},
        {"phoneNumber", "\"0171234\""},
        {"asOf", "\"2000-01-01T00:00:00Z\""},
        {"before", "1"},
        {"deviceName", "\"till-9\""},
        {"role", "\"door\""},
        {"tokenHash", "\"" HEX_64 "\""},
        {"actor", "\"Ann\""},
        {"device", "\"till-7\""},
        {"at", "\"2026-11-22T18:00:00Z\""},
        {"admittedAt", "\"2026-11-22T18:00:00Z\""},
        {"generation", "2"},
        {"code", "\"7K3QF 9XW2M AB3DE 12345\""},
        {"slotIds", "[100000]"},
        {"firstTicketId", "\"TKT0000000001\""},
        {"newTicketId", "\"TKT0000000001\""},
        {"cutOff", "false"},
        {"replicaId", "\"01a20673-4480-7102-8304-05060708090b\""},
        {"previousId", "\"01a20673-4480-7102-8304-05060708090d\""},
        {"operationId", "\"01a20673-4480-7102-8304-05060708090c\""},
        {"replacesId", "\"01a20673-4480-7102-8304-05060708090e\""},
        {"granted", "1"},
        {"returned", "1"},
        {"seq", "0"},
        {"hash", "\"" HEX_64 "\""},
        {"reason", "\"Paid back.\""},
        {"era", "1"},
        {"baseSeq", "0"},
        {"baseHash", "\"" HEX_64 "\""},
        {"entries", "[]"},
        {"operations", "[]"},
        {"cursors", "[[100000,1],[100001,1,\"TKT0000000001\"]]"},
        {"all", "true"},
        {"from", "0"},
        {"to", "4102444800000000"},
        {"version", "1"},
        {"review", "true"},
        {"busiest", "5"},
        {"numbersLeft", "100"},
        {"keys", "[100000]"},
        {"recordSeq", "0"},
        {"number", "1042"},
        {"name", "\"sale-tickets\""},
        {"left", "false"},
        {"pin", "\"\""},
        {"password", "\"\""},
        {"event", "\"on\""},
        {"seconds", "\"7:15\""},
        {"value", "1"},
        {"attended", "false"},
        {"codeHash", "\"" HEX_64 "\""},
        {"until", "4102444800000000"},
        {"tier", "\"Gold\""},
        {"why", "\"asked\""},
        {"approve", "false"},
        {"secret", "\"274915\""},
        {"token", "\"tly_00000000000000000000000000000000\""},
    };
    const char *text = json_text(json_member(schema, "const"));
    const struct json *type = json_member(schema, "type");

    if (strcmp(name, "keys") == 0 &&
        (lists(type, "string") || (json_text(type) && strcmp(json_text(type), "string") == 0))) {
        json_put_text(out, name, "2:14 3:1"); /* of sales, not of showings */
        return;
    }
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        if (strcmp(examples[i].name, name) == 0) {
            json_put_raw(out, name, examples[i].json);
            return;
        }
    if (text)
        json_put_text(out, name, text);
    else if (strcmp(name, "centre") == 0)
        json_put_text(out, name, walk->centre);
    else if (strcmp(name, "slotId") == 0)
        json_put_int(out, name, walk->slot);
    else if (strcmp(name, "ticketId") == 0)
        json_put_text(out, name, walk->ticket);
    else if (strcmp(name, "userId") == 0)
        json_put_text(out, name, walk->user);
    else if (strcmp(name, "id") == 0)
        buffer_addf(out, "%s\"id\":\"01932f4e-0000-7000-8000-%012u\"",
                    out->data[out->length - 1] == '{' ? "" : ",", ++walk->ids);
    else {
        printf("    %s\n", name);
        CU_FAIL("There is no example for a member.");
    }
}

/* An object with all members of the schema, or those that must be; one of them left out or null. */
static void put_object(struct walk *walk, struct buffer *out, const struct json *schema, bool all,
                       const char *without, const char *null)
{
    const struct json *members = json_member(schema, "properties");
    const char *names[NAMES_MAX];

    json_put_open(out, NULL, '{');
    for (size_t i = 0; i < list_names(members, names); i++) {
        if ((!all && !lists(json_member(schema, "required"), names[i])) ||
            (without && strcmp(without, names[i]) == 0))
            continue;
        if (null && strcmp(null, names[i]) == 0)
            json_put_raw(out, names[i], "null");
        else
            put_example(walk, out, names[i], json_member(members, names[i]));
    }
    json_put_close(out, '}');
}

/* What a route that takes a batch takes one of; NULL for others. */
static const struct json *batch_items(const struct route *route, const struct json *schema)
{
    if (!(route->flags & ROUTE_BATCH))
        return NULL;
    return json_member(json_member(json_member(schema, "properties"), "operations"), "items");
}

/* Sends it to the route, in a list of one where it takes a batch; what must be there already is. */
static int send_object(struct walk *walk, const struct route *route, const struct json *schema,
                       bool all, const char *without, const char *null)
{
    bool batch = route->flags & ROUTE_BATCH;
    struct buffer out;
    char target[200];
    int status;

    take_ticket(walk);
    if (strstr(route->path, "{importId}"))
        open_import(walk);
    target_of(walk, route, target, sizeof target);
    buffer_init(&out, 65536);
    buffer_add_text(&out, batch ? "{\"operations\":[" : "");
    put_object(walk, &out, schema, all, without, null);
    buffer_add_text(&out, batch ? "]}" : "");
    CU_ASSERT_FALSE(out.failed);
    status = shop_call(&walk->shop, &walk->answer, route->method, target, buffer_text(&out));
    check_answer(walk, route);
    if (!without && !null && status != route->status)
        printf("    %s %s: %d %s\n", route->path, buffer_text(&out), status, walk->answer.body);
    buffer_release(&out);
    if (strstr(route->path, "{importId}")) {
        struct answer answer = {0};

        snprintf(target, sizeof target, "/v1/imports/%s", walk->import);
        CU_ASSERT_EQUAL(shop_call(&walk->shop, &answer, "DELETE", target, NULL), 204);
        answer_release(&answer);
    }
    return status;
}

static void check_member(struct walk *walk, const struct route *route, const struct json *schema,
                         const char *name)
{
    const struct json *member = json_member(json_member(schema, "properties"), name);
    bool needed = lists(json_member(schema, "required"), name);
    int status = send_object(walk, route, schema, true, name, NULL);

    if (needed)
        CHECK(status == 422 && strstr(answer_text(&walk->answer, "detail"), name) &&
                  strstr(answer_text(&walk->answer, "detail"), "is missing."),
              route->path, name);
    else
        CHECK(strcmp(answer_text(&walk->answer, "code"), "bad_operation") != 0 ||
                  strcmp(name, "id") == 0, /* which an import must have */
              route->path, name);
    if (lists(json_member(member, "type"), "null")) {
        CHECK(!needed, route->path, name);
        send_object(walk, route, schema, true, NULL, name);
        CHECK(strcmp(answer_text(&walk->answer, "code"), "bad_operation") != 0, route->path, name);
    }
}

static void check_body(struct walk *walk, const struct route *route, const struct json *schema)
{
    const char *names[NAMES_MAX];

    CU_ASSERT_EQUAL(send_object(walk, route, schema, true, NULL, NULL), route->status);
    CU_ASSERT_EQUAL(json_member(schema, "additionalProperties") != NULL, true);
    for (size_t i = 0; i < list_names(json_member(schema, "properties"), names); i++)
        check_member(walk, route, schema, names[i]);
}

/* What is answered depends on who has which secret: suites staff_http and http_enrol. */
static bool asks_for_secret(const struct route *route)
{
    static const char *const paths[] = {"/v1/sign-ons", "/v1/verifiers", "/v1/enrolments"};

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcmp(route->path, paths[i]) == 0)
            return true;
    return false;
}

static void test_bodies(void)
{
    struct walk walk;
    size_t bodies = 0;

    walk_start(&walk);
    for (const struct route *route = v1_routes; route->method; route++) {
        const struct json *schema, *kinds;

        if (!route->body_schema || asks_for_secret(route))
            continue;
        schema = json_member(walk.schemas, route->body_schema);
        CU_ASSERT_PTR_NOT_NULL_FATAL(schema);
        kinds = batch_items(route, schema);
        kinds = json_member(kinds ? resolve(&walk, kinds) : schema, "oneOf");
        for (size_t i = 0; i < json_count(kinds); i++, bodies++)
            check_body(&walk, route, resolve(&walk, json_item(kinds, i)));
        if (!kinds)
            check_body(&walk, route, schema);
        bodies += !kinds;
    }
    CU_ASSERT_EQUAL(bodies, 7 + 2 * OP_KIND_COUNT);
    walk_end(&walk);
}

/* What the document says is taken when a member is missing is what is taken. */
static void test_defaults(void)
{
    struct answer answer = {0};
    struct walk walk;
    char body[400];
    const struct json *members;
    int64_t count = 0, capacity = 0;

    walk_start(&walk);
    members = json_member(json_member(walk.schemas, "bookOperation"), "properties");
    CU_ASSERT(json_whole(json_member(json_member(members, "numTickets"), "default"), &count));
    members = json_member(json_member(walk.schemas, "NewSlot"), "properties");
    CU_ASSERT(json_whole(json_member(json_member(members, "capacity"), "default"), &capacity));
    CU_ASSERT_STRING_EQUAL(
        json_text(json_member(json_member(members, "slotDescription"), "default")), "");
    snprintf(body, sizeof body,
             "{\"operations\":[{\"operation\":\"book\",\"slotId\":%" PRId64 "},"
             "{\"operation\":\"schedule\",\"slotName\":\"Up\",\"startTime\":\"tomorrow 19:45\","
             "\"endTime\":\"tomorrow 21:45\",\"slotType\":\"Movie\",\"genre\":\"Comedy\"}]}",
             walk.slot);
    CU_ASSERT_EQUAL(shop_call(&walk.shop, &answer, "POST", "/v1/operations", body), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "outcomes.0.count"), count);
    CU_ASSERT_EQUAL(answer_number(&answer, "outcomes.1.available"), capacity);
    answer_release(&answer);
    walk_end(&walk);
}

/* --- methods --- */

/* After a HEAD the next answer on the connection is read as such: nothing stood between them. */
static void check_head(struct walk *walk, struct client *client, const char *target)
{
    struct answer answer = {0};

    CU_ASSERT(client_send(client, "HEAD", target, NULL, NULL));
    CU_ASSERT(client_read_head_only(client, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_EQUAL(answer.body_length, 0);
    CU_ASSERT_FALSE(answer.closes);
    answer_release(&answer);
    answer = (struct answer){0};
    CU_ASSERT(client_call(client, "GET", "/v1/store", NULL, NULL, &answer));
    CU_ASSERT_EQUAL(answer.status, 200);
    check_value(walk, json_member(walk->schemas, "Store"), answer_value(&answer, ""), target);
    answer_release(&answer);
}

static void test_head(void)
{
    struct client client = {.fd = -1};
    struct walk walk;
    char target[200];

    walk_start(&walk);
    take_ticket(&walk);
    CU_ASSERT_FATAL(client_open(&client, walk.shop.process.url, HTTP_CALL_MS));
    for (const struct route *route = v1_routes; route->method; route++) {
        if (strcmp(route->method, "GET") != 0)
            continue;
        target_of(&walk, route, target, sizeof target);
        check_head(&walk, &client, target);
    }
    client_close(&client);
    walk_end(&walk);
}

/* Allow has all methods of the path and no other, each once. */
static void test_allow(void)
{
    struct walk walk;
    char target[200], allow[100];

    walk_start(&walk);
    take_ticket(&walk);
    open_import(&walk);
    for (const struct route *route = v1_routes; route->method; route++) {
        const char *got;

        allow[0] = '\0';
        for (const struct route *other = v1_routes; other->method; other++)
            if (strcmp(other->path, route->path) == 0)
                snprintf(allow + strlen(allow), sizeof allow - strlen(allow), "%s%s%s",
                         *allow ? ", " : "", other->method,
                         strcmp(other->method, "GET") == 0 ? ", HEAD" : "");
        target_of(&walk, route, target, sizeof target);
        CU_ASSERT_EQUAL(shop_call(&walk.shop, &walk.answer, "PUT", target, NULL), 405);
        got = answer_header(&walk.answer, "Allow");
        CU_ASSERT_PTR_NOT_NULL_FATAL(got);
        CU_ASSERT_STRING_EQUAL(got, allow);
    }
    walk_end(&walk);
}

SUITE(v1_schemas, {"every answer has what its schema promises, and no more", test_answers},
      {"every member of every body's schema is taken, and needed where it says so", test_bodies},
      {"what is not given is what the reference says", test_defaults},
      {"HEAD answers as GET does, without a body", test_head},
      {"Allow names the methods of each address", test_allow})
