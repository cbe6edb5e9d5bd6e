/*
 * The schemas of /v1/openapi.json: things from the columns of the wire, bodies from the arguments of
 * operations. Only what stands around things is written out here.
 */
#include <stdio.h>
#include <string.h>

#include "core/mirror.h"
#include "core/operation_fields.h"
#include "core/wire_fields.h"
#include "ui/http/v1.h"

/* --- columns --- */

static void put_type(struct buffer *out, const char *name, const char *type)
{
    json_put_raw(out, name, type);
}

#define X(constant, name, ...) name,
static const char *const type_names[] = {SLOT_TYPE_TABLE(X) NULL};
static const char *const genre_names[] = {GENRE_TABLE(X) NULL};
static const char *const status_names[] = {TICKET_STATUS_TABLE(X) NULL};
static const char *const role_names[] = {ROLE_TABLE(X) NULL};
static const char *const verdict_names[] = {VERDICT_TABLE(X) NULL};
#undef X
#define X(standing, name) name,
static const char *const standing_names[] = {STANDING_TABLE(X) NULL};
#undef X
#define X(constant, member, name) name,
static const char *const kind_names[] = {OP_KIND_TABLE(X) NULL};
#undef X

void v1_choice_put(struct buffer *out, const char *name, const char *const *choices)
{
    json_put_open(out, name, '{');
    json_put_text(out, "type", "string");
    json_put_open(out, "enum", '[');
    for (; *choices; choices++)
        json_put_text(out, NULL, *choices);
    json_put_close(out, ']');
    json_put_close(out, '}');
}

/* put_KIND_column for each kind of column in wire_fields.h */
#define COLUMN_number "{\"type\":\"integer\"}"
#define COLUMN_number_or_null "{\"type\":[\"integer\",\"null\"]}"
#define COLUMN_number_or_absent "{\"type\":\"integer\"}"
#define COLUMN_seq "{\"type\":\"integer\"}"
#define COLUMN_text "{\"type\":\"string\"}"
#define COLUMN_text_or_null "{\"type\":[\"string\",\"null\"]}"
#define COLUMN_pass "{\"type\":[\"string\",\"null\"]}"
#define COLUMN_time "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define COLUMN_ticket "{\"type\":[\"string\",\"null\"]}"
#define COLUMN_customer "{\"type\":[\"string\",\"null\"]}"
#define COLUMN_operation "{\"type\":\"string\",\"format\":\"uuid\"}"
#define COLUMN_json "{\"type\":[\"object\",\"null\"]}"
#define COLUMN_value "{\"type\":[\"object\",\"null\"]}"
#define COLUMN_hash "{\"type\":\"string\"}"
#define COLUMN_hash_or_absent COLUMN_hash
#define COLUMN_code "{\"$ref\":\"#/components/schemas/Code\"}"
#define COLUMN_message "{\"type\":\"string\"}"
#define COLUMN_slot_type type_names
#define COLUMN_genre genre_names
#define COLUMN_status status_names
#define COLUMN_kind kind_names
#define COLUMN_role role_names
#define COLUMN_verdict verdict_names
#define PUT_COLUMN(name, column)                                                                   \
    _Generic(&(column)[0], const char *const *: put_choice_of, default: put_type_of)(out, name,    \
                                                                                     column)

static void put_choice_of(struct buffer *out, const char *name, const void *choices)
{
    v1_choice_put(out, name, choices);
}

static void put_type_of(struct buffer *out, const char *name, const void *type)
{
    put_type(out, name, type);
}

/* A pass, and who sold it, is for clerks and above; all else is always there, if only as null. */
static void put_required(struct buffer *out, const char *const *names)
{
    json_put_open(out, "required", '[');
    for (; *names; names++)
        if (strcmp(*names, "pass") != 0 && strcmp(*names, "soldBy") != 0)
            json_put_text(out, NULL, *names);
    json_put_close(out, ']');
}

#define X(name, kind, where) name,
static const char *const slot_columns[] = {SLOT_FIELDS(X) NULL};
static const char *const ticket_columns[] = {TICKET_FIELDS(X) NULL};
static const char *const customer_columns[] = {CUSTOMER_FIELDS(X) NULL};
static const char *const journal_columns[] = {JOURNAL_FIELDS(X) NULL};
static const char *const device_columns[] = {DEVICE_FIELDS(X) NULL};
static const char *const admission_columns[] = {ADMISSION_FIELDS(X) ADMISSION_MORE_FIELDS(X) NULL};
static const char *const allotment_columns[] = {ALLOTMENT_FIELDS(X) NULL};
static const char *const block_columns[] = {BLOCK_FIELDS(X) NULL};
static const char *const dispute_columns[] = {DISPUTE_FIELDS(X) NULL};
static const char *const keyed_columns[] = {KEYED_FIELDS(X) NULL};
#undef X
/* a sync leaves out what is null */
static const char *const synced_ticket_columns[] = {"ticketId", "ticketSlotId", "ticketStatus",
                                                    NULL};
static const char *const synced_customer_columns[] = {"userId", "tickets", NULL};

static void open_thing(struct buffer *out, const char *name, const char *const *required)
{
    json_put_open(out, name, '{');
    json_put_text(out, "type", "object");
    put_required(out, required);
    json_put_open(out, "properties", '{');
}

static void close_thing(struct buffer *out)
{
    json_put_close(out, '}');
    json_put_close(out, '}');
}

#define X(name, kind, where) PUT_COLUMN(name, COLUMN_##kind);

static void put_columns(struct buffer *out)
{
    open_thing(out, "Slot", slot_columns);
    SLOT_FIELDS(X)
    close_thing(out);
    open_thing(out, "Ticket", ticket_columns);
    TICKET_FIELDS(X)
    close_thing(out);
    open_thing(out, "Customer", customer_columns);
    CUSTOMER_FIELDS(X)
    close_thing(out);
    open_thing(out, "Entry", journal_columns);
    JOURNAL_FIELDS(X)
    close_thing(out);
    open_thing(out, "Device", device_columns);
    DEVICE_FIELDS(X)
    close_thing(out);
    open_thing(out, "Admission", admission_columns);
    ADMISSION_FIELDS(X)
    ADMISSION_MORE_FIELDS(X)
    close_thing(out);
}

static void put_columns_of_sync(struct buffer *out)
{
    open_thing(out, "Allotment", allotment_columns);
    ALLOTMENT_FIELDS(X)
    close_thing(out);
    open_thing(out, "Record", keyed_columns);
    KEYED_FIELDS(X)
    close_thing(out);
    open_thing(out, "NumberBlock", block_columns);
    BLOCK_FIELDS(X)
    close_thing(out);
    open_thing(out, "Dispute", dispute_columns);
    DISPUTE_FIELDS(X)
    close_thing(out);
    open_thing(out, "SyncTicket", synced_ticket_columns);
    TICKET_FIELDS(X)
    close_thing(out);
    open_thing(out, "SyncCustomer", synced_customer_columns);
    CUSTOMER_FIELDS(X)
    close_thing(out);
}

#undef X

/* --- what stands around things --- */

/* `required` names the members that are always there. */
#define OBJECT(required, members)                                                                  \
    "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" members "}}"
#define INTEGER(name) "\"" name "\":{\"type\":\"integer\"}"
#define BOOLEAN(name) "\"" name "\":{\"type\":\"boolean\"}"
#define STRING(name) "\"" name "\":{\"type\":\"string\"}"
#define UUID(name) "\"" name "\":{\"type\":\"string\",\"format\":\"uuid\"}"
#define REF(schema) "{\"$ref\":\"#/components/schemas/" schema "\"}"
#define ONE(name, schema) "\"" name "\":" REF(schema)
#define LIST(name, schema) "\"" name "\":{\"type\":\"array\",\"items\":" REF(schema) "}"
#define WHEN_OR(null)                                                                              \
    "{\"type\":[\"string\",\"integer\"" null "],\"description\":\"RFC 3339, as typed at the "       \
    "counter, or UTC microseconds\"}"
#define WHEN WHEN_OR("")
#define WHEN_OR_NULL WHEN_OR(",\"null\"")
#define NAME(name) "\"" name "\""
#define AND(name) ",\"" name "\""

#define HEX(name) "\"" name "\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]+$\"}"
/* Members of a request that may be missing, or null. */
#define MAYBE(name, type, more) "\"" name "\":{\"type\":[\"" type "\",\"null\"]" more "}"
#define MAYBE_LIST(name, most, schema)                                                             \
    MAYBE(name, "array", ",\"maxItems\":" most ",\"items\":" schema)
#define SAYS(text) ",\"description\":\"" text "\""

/* What a door asks about, by its pass or by its number. */
#define SCAN(what, description)                                                                    \
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"" what                        \
    "\"],\"properties\":{\"" what "\":{\"type\":\"string\",\"description\":\"" description              \
    "\"},\"slotIds\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"integer\"},\"minItems\":1,"     \
    "\"maxItems\":64,\"description\":\"the showings that this door serves; all when missing\"},"      \
    "\"numTickets\":{\"type\":[\"integer\",\"null\"],\"minimum\":1,\"maximum\":100,\"default\":1,"       \
    "\"description\":\"how many of its sale to let in, this one first\"}}}"

#define X(member, name, help) AND(name)
#define TALLY_NAMES TALLY_TABLE(X)
#define TALLY_MEMBERS "," INTEGER("sales") "," INTEGER("sold") "," INTEGER("canceled") "," INTEGER("reissued") \
                      "," INTEGER("admitted")

static const struct {
    const char *name, *json;
} schemas[] = {
    {"Store", OBJECT(NAME("uuid") AND("era") AND("version") AND("engine") AND("schemaVersion")
                         AND("size") AND("rules") AND("serverTime"),
                     UUID("uuid") "," INTEGER("era") "," INTEGER("version") "," STRING("engine") ","
                     INTEGER("schemaVersion") "," INTEGER("size") "," ONE("rules", "Rules") ","
                     STRING("serverTime"))},
    {"Rules", OBJECT(NAME("expireAfter") AND("closeAtStart") AND("closeAfter") AND("admitBefore"),
                     "\"expireAfter\":{\"type\":\"integer\",\"description\":\"microseconds\"},"
                     BOOLEAN("closeAtStart")
                     ",\"closeAfter\":{\"type\":\"integer\",\"description\":\"microseconds\"},"
                     "\"admitBefore\":{\"type\":\"integer\",\"description\":\"microseconds\"}")},
    {"SlotList", OBJECT(NAME("slots"), LIST("slots", "Slot"))},
    {"TicketList", OBJECT(NAME("tickets"), LIST("tickets", "Ticket"))},
    {"CustomerList", OBJECT(NAME("customers"), LIST("customers", "Customer"))},
    {"DeviceList", OBJECT(NAME("devices"), LIST("devices", "Device"))},
    {"Journal", OBJECT(NAME("entries"), LIST("entries", "Entry"))},
    {"Count", OBJECT(NAME("count"), INTEGER("count"))},
    {"SlotKey", OBJECT(NAME("slotId") AND("generation") AND("key"),
                       INTEGER("slotId") "," INTEGER("generation") "," STRING("key"))},
    {"Door", OBJECT(NAME("deviceName") AND("admitted") AND("lastAt"),
                    STRING("deviceName") "," INTEGER("admitted")
                    ",\"lastAt\":{\"type\":\"string\",\"format\":\"date-time\"}")},
    {"Admissions", OBJECT(NAME("slotId") AND("expected") AND("admitted") AND("doors"),
                          INTEGER("slotId") "," INTEGER("expected") "," INTEGER("admitted") ","
                          LIST("doors", "Door"))},
    {"Changes", OBJECT(NAME("slot") AND("tickets") AND("seq") AND("more"),
                       ONE("slot", "Slot") "," LIST("tickets", "Ticket") "," INTEGER("seq") ","
                       BOOLEAN("more"))},
    {"Head", OBJECT(NAME("slotId") AND("seq"), INTEGER("slotId") "," INTEGER("seq"))},
    {"Heads", OBJECT(NAME("uuid") AND("era") AND("version") AND("heads"),
                     UUID("uuid") "," INTEGER("era") "," INTEGER("version") ","
                     LIST("heads", "Head"))},
    {"Reissued", OBJECT(NAME("ticket") AND("oldTicket"),
                        ONE("ticket", "Ticket") "," ONE("oldTicket", "Ticket"))},
    {"Outcome", OBJECT(NAME("id") AND("code") AND("replayed"),
                       UUID("id") "," ONE("code", "Code") "," INTEGER("slotId") ","
                       STRING("ticketId") "," INTEGER("count") "," INTEGER("available") ","
                       STRING("oldTicketId") "," STRING("userId") "," BOOLEAN("replayed") ","
                       STRING("message"))},
    {"OutcomeList", OBJECT(NAME("outcomes"), LIST("outcomes", "Outcome"))},
    {"NewImport", OBJECT(NAME("importId"), UUID("importId"))},
    {"ImportSize", OBJECT(NAME("operations"), INTEGER("operations"))},
    {"Imported", OBJECT(NAME("applied") AND("replayed"),
                        INTEGER("applied") "," INTEGER("replayed"))},
    {"Upkeep", OBJECT(NAME("slots") AND("tickets"), INTEGER("slots") "," INTEGER("tickets"))},
    {"Due", OBJECT(NAME("slotIds"), "\"slotIds\":{\"type\":\"array\",\"items\":{\"type\":"
                                    "\"integer\"}}")},
    {"Finding", OBJECT(NAME("check") AND("text"), STRING("check") "," STRING("text"))},
    {"Report", OBJECT(NAME("problems") AND("found") AND("slots") AND("tickets") AND("customers")
                          AND("entries"),
                      LIST("problems", "Finding") "," INTEGER("found") "," INTEGER("slots") ","
                      INTEGER("tickets") "," INTEGER("customers") "," INTEGER("entries"))},
    {"HouseRecord", OBJECT(NAME("key") AND("seq") AND("changedAt") AND("value"),
                      STRING("key") ",\"seq\":{\"type\":\"integer\"" SAYS("0: tills do not keep it")
                      "},\"changedAt\":{\"type\":\"string\",\"format\":\"date-time\"},\"value\":{"
                      "\"type\":\"object\"" SAYS("times in it are UTC microseconds") "}")},
    {"RecordList", OBJECT(NAME("records"), LIST("records", "HouseRecord"))},
    {"Tally", OBJECT(NAME("genre") TALLY_NAMES,
                     INTEGER("slotId") ",\"spanAt\":{\"type\":\"string\",\"format\":\"date-time\"},"
                     STRING("actor") "," STRING("deviceName") "," ONE("genre", "Genre") TALLY_MEMBERS)},
    {"TallyList", OBJECT(NAME("tallies"), LIST("tallies", "Tally"))},
    {"Member", OBJECT(NAME("number") AND("name") AND("role"),
                      INTEGER("number") "," STRING("name") "," ONE("role", "Role"))},
    {"SignOn", OBJECT(NAME("staff") AND("until"),
                      ONE("staff", "Member") ",\"session\":{\"type\":\"string\""
                      SAYS("for the header Ticketly-Staff") "},\"approval\":{\"type\":\"string\""
                      SAYS("for the header Ticketly-Approval of one operation")
                      "},\"until\":{\"type\":\"string\",\"format\":\"date-time\"}")},
    {"NewSignOn", "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"number\",\"secret\"],"
                  "\"properties\":{" INTEGER("number") ",\"secret\":{\"type\":\"string\",\"maxLength\":128},"
                  MAYBE("approve", "string", SAYS("the kind of operation that is approved for who is signed on"))
                  "}}"},
    {"NewVerifier", "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"number\",\"secret\"],"
                    "\"properties\":{" INTEGER("number") ",\"secret\":{\"type\":\"string\",\"maxLength\":128}}}"},
    {"Verifier", OBJECT(NAME("verifier"), STRING("verifier"))},
    {"NewEnrolment", "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"code\",\"token\"],"
                     "\"properties\":{\"code\":{\"type\":\"string\"" SAYS("as it was shown, 7K3QF-9XW2M") "},"
                     "\"token\":{\"type\":\"string\",\"pattern\":\"^tly_[0-9a-hjkmnp-tv-z]{32}$\""
                     SAYS("160 random bits in Crockford base 32: the device's token from then on") "}}}"},
    {"Enrolment", OBJECT(NAME("deviceName") AND("role") AND("attended"),
                         STRING("deviceName") "," ONE("role", "Role") "," BOOLEAN("attended"))},
    {"OpenApi", "{\"type\":\"object\"}"},
    {"Problem", OBJECT(NAME("type") AND("title") AND("status") AND("detail") AND("code"),
                       STRING("type") "," STRING("title") "," INTEGER("status") ","
                       STRING("detail") "," ONE("code", "Code") "," INTEGER("applied"))},
    {"Expiry", "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"asOf\":" WHEN_OR_NULL
               "}}"},
    {"ScannedPass", SCAN("code", "what was scanned or typed")},
    {"TicketLookedUp", SCAN("ticketId", "the number of a ticket that a person looked up")},
    {"NewAdmission", "{\"oneOf\":[" REF("ScannedPass") "," REF("TicketLookedUp") "]}"},
    {"AllotmentList", OBJECT(NAME("allotments"), LIST("allotments", "Allotment"))},
    {"DisputeList", OBJECT(NAME("disputes"), LIST("disputes", "Dispute"))},
    {"SyncCursor", "{\"type\":\"array\",\"minItems\":2,\"maxItems\":3,\"items\":{\"type\":[\"integer\","
                   "\"string\"]}" SAYS("a showing's number, its seq and, when not all of that seq is known, "
                                       "the last ticket of it that is") "}"},
    {"SyncRequest",
     "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"deviceName\"],"
     "\"properties\":{\"deviceName\":{\"type\":\"string\"" SAYS("who asks; that of the token counts") "},"
     MAYBE("replicaId", "string", ",\"format\":\"uuid\"" SAYS("of this very copy")) ","
     MAYBE("previousId", "string", ",\"format\":\"uuid\"" SAYS("what it was before it was adopted anew")) ","
     MAYBE("centre", "string", ",\"format\":\"uuid\"" SAYS("of the box office that it is a copy of")) ","
     MAYBE("era", "integer", "") ","
     MAYBE("seq", "integer", SAYS("entries that were ever in its queue")) ","
     MAYBE("baseSeq", "integer", SAYS("the entry before the first that is sent")) ","
     MAYBE("baseHash", "string", ",\"pattern\":\"^[0-9a-f]{64}$\"" SAYS("of the queue's chain there")) ","
     MAYBE_LIST("entries", "256", REF("Operation")) ","
     MAYBE_LIST("operations", "256", REF("Operation")) ","
     MAYBE_LIST("cursors", "20000", REF("SyncCursor")) ","
     MAYBE("all", "boolean", SAYS("asks for all showings of the window, not just those of the cursors")) ","
     MAYBE("from", "integer", SAYS("the window in UTC microseconds: ends after this …")) ","
     MAYBE("to", "integer", SAYS("… and starts before this")) ","
     MAYBE("version", "integer", SAYS("of the last reply that was whole")) ","
     MAYBE("review", "boolean", SAYS("asks for places and numbers to hold, and for disputes")) ","
     MAYBE("busiest", "integer", SAYS("tickets in its busiest half hour; -1: it wants to hold nothing")) ","
     MAYBE("numbersLeft", "integer", "") ","
     MAYBE("recordSeq", "integer", SAYS("of staff and limits it knows what changed up to this seq; left out: "
                                        "it asks for none")) ","
     MAYBE_LIST("keys", "20000", "{\"type\":\"integer\"}") "}}"},
    {"SyncSlot", OBJECT(NAME("slot") AND("whole") AND("fromSeq") AND("throughSeq"),
                        ONE("slot", "Slot") "," BOOLEAN("whole") "," INTEGER("fromSeq") ","
                        STRING("fromTicketId") "," INTEGER("throughSeq") ","
                        STRING("throughTicketId"))},
    {"SyncOutcome", OBJECT(NAME("code"),
                           ONE("code", "Code") "," INTEGER("slotId") "," STRING("ticketId") ","
                           INTEGER("count") "," INTEGER("available") "," STRING("oldTicketId") ","
                           STRING("userId") "," BOOLEAN("replayed") "," INTEGER("seq"))},
    {"SyncKey", OBJECT(NAME("slotId") AND("generation") AND("key"),
                       INTEGER("slotId") "," INTEGER("generation") "," HEX("key"))},
    {"SyncReply",
     OBJECT(NAME("centre") AND("era") AND("deviceName") AND("role") AND("idKey") AND("version")
                AND("more") AND("now") AND("rules") AND("keyGeneration") AND("standing")
                AND("takenSeq") AND("answers") AND("outcomes") AND("granted") AND("slots")
                AND("allotments") AND("tickets") AND("customers") AND("keys") AND("blocks")
                AND("allBlocks") AND("disputes") AND("allDisputes")
                AND("records") AND("recordsFrom"),
            UUID("centre") "," INTEGER("era") "," STRING("deviceName") "," ONE("role", "Role") ","
            HEX("idKey") "," INTEGER("version") "," BOOLEAN("more") ",\"now\":{\"type\":\"integer\""
            SAYS("UTC microseconds") "}," ONE("rules", "Rules") "," INTEGER("keyGeneration") ","
            ONE("standing", "Standing") "," INTEGER("takenSeq") "," LIST("answers", "SyncOutcome") ","
            LIST("outcomes", "SyncOutcome") "," INTEGER("granted") "," LIST("slots", "SyncSlot") ","
            LIST("allotments", "Allotment") "," LIST("tickets", "SyncTicket") ","
            LIST("customers", "SyncCustomer") "," LIST("keys", "SyncKey") ","
            LIST("blocks", "NumberBlock") "," BOOLEAN("allBlocks") "," LIST("disputes", "Dispute") ","
            BOOLEAN("allDisputes") "," LIST("records", "Record") "," INTEGER("recordsFrom"))},
    {"OperationBatch", "{\"type\":\"object\",\"additionalProperties\":false,\"required\":["
                       "\"operations\"],\"properties\":{\"operations\":{\"type\":\"array\","
                       "\"minItems\":1,\"maxItems\":1024,\"items\":" REF("Operation") "}}}"},
};

#undef X

/* --- bodies: the arguments of operations --- */

static const char *type_of(enum field_type type)
{
    switch (type) {
    case FIELD_INT:
    case FIELD_INT32:
    case FIELD_SLOT:
        return "{\"type\":\"integer\"}";
    case FIELD_TIME:
        return WHEN;
    case FIELD_TYPE:
        return REF("SlotType");
    case FIELD_GENRE:
        return REF("Genre");
    case FIELD_ROLE:
        return REF("Role");
    case FIELD_HASH:
        return "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}";
    case FIELD_OPERATION:
        return "{\"type\":\"string\",\"format\":\"uuid\"}";
    default:
        return "{\"type\":\"string\"}";
    }
}

/* The same where it may be missing, as null says as well. */
static const char *optional_type_of(enum field_type type)
{
    switch (type) {
    case FIELD_TEXT:
        return "{\"type\":[\"string\",\"null\"],\"default\":\"\"}";
    case FIELD_TIME:
        return WHEN_OR_NULL;
    case FIELD_TICKET:
    case FIELD_OPERATION:
        return "{\"type\":[\"string\",\"null\"]}";
    case FIELD_BOOL:
        return "{\"type\":[\"boolean\",\"null\"]}";
    default:
        return "{\"type\":[\"integer\",\"null\"]}";
    }
}

static void put_argument(struct buffer *out, const struct field *field)
{
    if (field->fallback) {
        json_put_open(out, field->name, '{');
        json_put_raw(out, "type", "[\"integer\",\"null\"]");
        json_put_int(out, "default", field->fallback);
        json_put_close(out, '}');
    } else if (field->optional) { /* null: not given */
        json_put_raw(out, field->name, optional_type_of(field->type));
    } else {
        json_put_raw(out, field->name, type_of(field->type));
    }
}

/* Numbers that a till gives itself, and that it was cut off: for batches and sync alone. */
static bool is_tills_own(const struct field *field)
{
    return field->type == FIELD_BOOL || (field->type == FIELD_TICKET && field->optional);
}

/* The arguments of a kind but for one that the address has (NULL: none); `head`: as one of a batch,
   with what every operation has. */
static void put_arguments(struct buffer *out, const char *name, enum op_kind kind, bool head,
                          const char *without)
{
    json_put_open(out, name, '{');
    json_put_text(out, "type", "object");
    json_put_bool(out, "additionalProperties", false);
    if (kind == OP_BOOK || kind == OP_REISSUE)
        json_put_text(out, "description",
                      kind == OP_BOOK
                          ? "The showing by slotId, or by slotName and startTime. userName and "
                            "phoneNumber go together; a walk-up sale has neither."
                          : "The new showing by slotId, or by slotName and startTime.");
    json_put_open(out, "required", '[');
    if (head)
        json_put_text(out, NULL, "operation");
    for (const struct field *field = operation_fields[kind]; field->name; field++)
        if (!field->optional && !field->fallback && !(without && !strcmp(field->name, without)))
            json_put_text(out, NULL, field->name);
    json_put_close(out, ']');
    json_put_open(out, "properties", '{');
    if (head)
        buffer_addf(out,
                    UUID("id") ",\"operation\":{\"type\":\"string\",\"const\":\"%s\"}," STRING("actor")
                    "," STRING("device") ",\"at\":" WHEN,
                    op_kind_name(kind));
    for (const struct field *field = operation_fields[kind]; field->name; field++)
        if ((!without || strcmp(field->name, without) != 0) && (head || !is_tills_own(field)))
            put_argument(out, field);
    json_put_close(out, '}');
    json_put_close(out, '}');
}

/* One of a batch: the schema of each kind has the kind's name with "Operation" behind it. */
static void put_operations(struct buffer *out)
{
    char name[40];

    for (int kind = 0; kind < OP_KIND_COUNT; kind++) {
        snprintf(name, sizeof name, "%sOperation", op_kind_name((enum op_kind)kind));
        put_arguments(out, name, (enum op_kind)kind, true, NULL);
    }
    json_put_open(out, "Operation", '{');
    json_put_open(out, "oneOf", '[');
    for (int kind = 0; kind < OP_KIND_COUNT; kind++) {
        json_put_open(out, NULL, '{');
        snprintf(name, sizeof name, "%sOperation", op_kind_name((enum op_kind)kind));
        buffer_addf(out, "\"$ref\":\"#/components/schemas/%s\"", name);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_close(out, '}');
}

static void put_codes(struct buffer *out)
{
    json_put_open(out, "Code", '{');
    json_put_text(out, "type", "string");
    json_put_open(out, "enum", '[');
    for (int code = 0; code < TK_CODE_COUNT; code++)
        json_put_text(out, NULL, tk_code_name((enum tk_code)code));
    json_put_close(out, ']');
    json_put_close(out, '}');
}

void v1_schemas_put(struct buffer *out)
{
    json_put_open(out, "schemas", '{');
    put_columns(out);
    put_columns_of_sync(out);
    v1_choice_put(out, "Standing", standing_names);
    v1_choice_put(out, "SlotType", type_names);
    v1_choice_put(out, "Genre", genre_names);
    v1_choice_put(out, "Role", role_names);
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++)
        json_put_raw(out, schemas[i].name, schemas[i].json);
    put_arguments(out, "NewSlot", OP_SCHEDULE, false, NULL);
    put_arguments(out, "NewTickets", OP_BOOK, false, NULL);
    put_arguments(out, "Reissue", OP_REISSUE, false, "ticketId");
    put_operations(out);
    put_codes(out);
    json_put_close(out, '}');
}
