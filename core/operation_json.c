/*
 * Operations and outcomes as JSON. One table of fields per kind serves printing and parsing alike;
 * core/json reads (it refuses all malformed input), core/buffer writes.
 */
#include <stdio.h>
#include <string.h>

#include "core/operation.h"
#include "core/text.h"

enum field_type {
    FIELD_TEXT,
    FIELD_INT,  /* int64_t */
    FIELD_INT32,
    FIELD_TIME, /* int64_t of UTC µs; read from a text as well */
    FIELD_TYPE,  /* enum slot_type by name */
    FIELD_GENRE,
    FIELD_SLOT, /* slot id, int64_t */
    FIELD_TICKET,
    FIELD_CUSTOMER,
    FIELD_ROLE, /* enum role by name */
    FIELD_HASH  /* CRYPTO_HASH_SIZE bytes as hexadecimal digits */
};

#define FIELDS_MAX 24 /* of an operation with its head, and NULL */

struct field {
    const char *name;
    enum field_type type;
    size_t offset, size;
    bool personal; /* left out of the journal */
    bool optional; /* left out when empty or 0 */
};

#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)

static const struct field schedule_fields[] = {
    {"slotName", FIELD_TEXT, AT(operation, schedule.name), false, false},
    {"slotDescription", FIELD_TEXT, AT(operation, schedule.description), false, true},
    {"screen", FIELD_TEXT, AT(operation, schedule.screen), false, true},
    {"startTime", FIELD_TIME, AT(operation, schedule.starts_at), false, false},
    {"endTime", FIELD_TIME, AT(operation, schedule.ends_at), false, false},
    {"slotType", FIELD_TYPE, AT(operation, schedule.type), false, false},
    {"genre", FIELD_GENRE, AT(operation, schedule.genre), false, false},
    {"capacity", FIELD_INT, AT(operation, schedule.capacity), false, false},
    {0},
};

static const struct field book_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, book.slot.id), false, true},
    {"slotName", FIELD_TEXT, AT(operation, book.slot.name), false, true},
    {"startTime", FIELD_TIME, AT(operation, book.slot.starts_at), false, true},
    {"numTickets", FIELD_INT, AT(operation, book.count), false, false},
    {"userName", FIELD_TEXT, AT(operation, book.customer_name), true, true},
    {"phoneNumber", FIELD_TEXT, AT(operation, book.customer_phone), true, true},
    {0},
};

static const struct field reissue_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, reissue.ticket_id), false, false},
    {"slotId", FIELD_SLOT, AT(operation, reissue.slot.id), false, true},
    {"slotName", FIELD_TEXT, AT(operation, reissue.slot.name), false, true},
    {"startTime", FIELD_TIME, AT(operation, reissue.slot.starts_at), false, true},
    {0},
};

static const struct field cancel_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, cancel.ticket_id), false, false},
    {0},
};

static const struct field expire_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, expire.slot_id), false, false},
    {"asOf", FIELD_TIME, AT(operation, expire.as_of), false, false},
    {0},
};

static const struct field archive_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, archive.slot_id), false, false},
    {"before", FIELD_TIME, AT(operation, archive.before), false, false},
    {0},
};

static const struct field enrol_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, enrol.name), false, false},
    {"role", FIELD_ROLE, AT(operation, enrol.role), false, false},
    {"tokenHash", FIELD_HASH, AT(operation, enrol.token_hash), true, false},
    {0},
};

static const struct field revoke_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, revoke.name), false, false},
    {0},
};

static const struct field *const kind_fields[OP_KIND_COUNT] = {
#define X(kind, member, name) [kind] = member##_fields,
    OP_KIND_TABLE(X)
#undef X
};

static const struct field outcome_fields[] = {
    {"slotId", FIELD_SLOT, AT(outcome, slot_id), false, true},
    {"ticketId", FIELD_TICKET, AT(outcome, ticket_id), false, true},
    {"count", FIELD_INT32, AT(outcome, count), false, true},
    {"available", FIELD_INT32, AT(outcome, available), false, true},
    {"oldTicketId", FIELD_TICKET, AT(outcome, old_ticket_id), false, true},
    {"userId", FIELD_CUSTOMER, AT(outcome, customer_id), false, true},
    {0},
};

/* A name; the number where there is no name for it. */
static void name_print(struct buffer *json, const struct field *field, const char *name,
                       int64_t number)
{
    if (name)
        json_put_text(json, field->name, name);
    else
        json_put_int(json, field->name, number);
}

static void field_print(struct buffer *json, const struct field *field, const void *object)
{
    const char *at = (const char *)object + field->offset;
    char id[ID_TEXT_MAX];
    char hash[2 * CRYPTO_HASH_SIZE + 1];
    int64_t number = 0;

    if (field->type == FIELD_TEXT) {
        if (*at || !field->optional)
            json_put_text(json, field->name, at);
        return;
    }
    if (field->type == FIELD_HASH) {
        hex_print(hash, (const uint8_t *)at, CRYPTO_HASH_SIZE);
        json_put_text(json, field->name, hash);
        return;
    }
    if (field->size == sizeof(int32_t)) {
        int32_t narrow;

        memcpy(&narrow, at, sizeof narrow);
        number = narrow;
    } else {
        memcpy(&number, at, sizeof number);
    }
    if (!number && field->optional)
        return;
    switch (field->type) {
    case FIELD_TYPE:
        name_print(json, field, slot_type_name((enum slot_type)number), number);
        break;
    case FIELD_ROLE:
        name_print(json, field, role_name((enum role)number), number);
        break;
    case FIELD_GENRE:
        name_print(json, field, genre_name((enum genre)number), number);
        break;
    case FIELD_TICKET:
    case FIELD_CUSTOMER:
        id_print(id, field->type == FIELD_TICKET ? ID_TICKET : ID_CUSTOMER, (uint64_t)number);
        json_put_text(json, field->name, id);
        break;
    default:
        json_put_int(json, field->name, number);
    }
}

/* How times that are texts are understood. */
struct reading {
    const struct time_zone *zone;
    int64_t now;
    bool fixed; /* a text must say its day and its offset itself */
};

static int32_t hour_east(void *context, int64_t utc)
{
    (void)context;
    (void)utc;
    return 3600;
}

static enum tk_code moment_parse(const struct reading *reading, const char *text, int64_t *moment,
                                 struct tk_error *error)
{
    static const struct time_zone east = {hour_east, NULL};
    enum tk_code code = time_parse(text, reading->zone, reading->now, moment, error);
    int64_t other;

    /* a text that means the same moment elsewhere and on another day leaves nothing open */
    if (!code && reading->fixed &&
        (time_parse(text, &east, 1000 * TIME_DAY, &other, NULL) || other != *moment))
        code = tk_fail(error, TK_BAD_TIME, "A time needs its day and its offset.");
    return code;
}

/* Turns a JSON value into the field's number. */
static bool field_number(const struct field *field, const struct json *value,
                         const struct reading *reading, int64_t *number)
{
    const char *text = json_text(value);
    enum slot_type type;
    enum genre genre;
    enum role role;
    uint64_t id;

    switch (field->type) {
    case FIELD_TYPE:
        return text && slot_type_parse(text, &type) && (*number = type, true);
    case FIELD_GENRE:
        return text && genre_parse(text, &genre) && (*number = genre, true);
    case FIELD_ROLE:
        return text && role_parse(text, &role) && (*number = role, true);
    case FIELD_TICKET:
    case FIELD_CUSTOMER:
        if (!text || !id_parse(field->type == FIELD_TICKET ? ID_TICKET : ID_CUSTOMER, text, &id))
            return false;
        *number = (int64_t)id;
        return true;
    case FIELD_TIME:
        if (text)
            return moment_parse(reading, text, number, NULL) == TK_OK;
        return json_whole(value, number);
    default:
        return json_whole(value, number);
    }
}

static bool field_parse(const struct field *field, const struct json *value,
                        const struct reading *reading, void *object)
{
    char *at = (char *)object + field->offset;
    const char *text = json_text(value);
    int64_t number;
    int32_t narrow;

    if (field->type == FIELD_TEXT)
        return text && text_copy(at, field->size, text);
    if (field->type == FIELD_HASH)
        return text && hex_parse((uint8_t *)at, field->size, text);
    if (!field_number(field, value, reading, &number))
        return false;
    if (field->size == sizeof number) {
        memcpy(at, &number, sizeof number);
        return true;
    }
    narrow = (int32_t)number;
    memcpy(at, &narrow, sizeof narrow);
    return narrow == number;
}

static void fields_print(struct buffer *json, const struct field *fields, const void *object,
                         bool journal)
{
    for (; fields->name; fields++)
        if (!journal || !fields->personal)
            field_print(json, fields, object);
}

static bool field_is_empty(const struct field *field, const void *object)
{
    static const char zeros[CRYPTO_HASH_SIZE];
    const char *at = (const char *)object + field->offset;

    return field->type == FIELD_TEXT ? !*at : memcmp(at, zeros, field->size) == 0;
}

/* Reads the members that the table names; NULL or the name of the first bad one. `given`: a member
   that is missing may stand in the object already. */
static const char *fields_parse(const struct field *fields, const struct json *object,
                                const struct reading *reading, bool given, void *into)
{
    for (; fields->name; fields++) {
        struct json *value = json_member(object, fields->name);

        if (!value && (fields->optional || (given && !field_is_empty(fields, into))))
            continue;
        if (!value || !field_parse(fields, value, reading, into))
            return fields->name;
    }
    return NULL;
}

/* The first member that is neither one of `names` nor in the table; NULL: all are known. */
static const char *fields_unknown(const char *const *names, const struct field *fields,
                                  const struct json *object)
{
    const char *known[FIELDS_MAX] = {NULL};
    size_t count = 0;

    for (; *names; names++)
        known[count++] = *names;
    for (; fields->name && count < FIELDS_MAX - 1; fields++)
        known[count++] = fields->name;
    return json_unknown_member(object, known);
}

void operation_print(struct buffer *json, const struct operation *operation, enum op_print what)
{
    char id[OP_ID_TEXT_MAX];

    if ((unsigned)operation->kind >= OP_KIND_COUNT) {
        json_put_raw(json, NULL, "{}");
        return;
    }
    json_put_open(json, NULL, '{');
    if (what == OP_PRINT_WHOLE) {
        op_id_print(id, &operation->id);
        json_put_text(json, "id", id);
        json_put_text(json, "operation", op_kind_name(operation->kind));
        json_put_text(json, "actor", operation->actor);
        json_put_text(json, "device", operation->device);
        json_put_int(json, "at", operation->at);
    }
    fields_print(json, kind_fields[operation->kind], operation, what == OP_PRINT_JOURNAL);
    json_put_close(json, '}');
}

static const struct field header_fields[] = {
    {"actor", FIELD_TEXT, AT(operation, actor), false, false},
    {"device", FIELD_TEXT, AT(operation, device), false, false},
    {"at", FIELD_INT, AT(operation, at), false, false},
    {0},
};

static const char *header_parse(const struct json *object, const struct reading *reading,
                                struct operation *operation)
{
    const char *id = json_text(json_member(object, "id"));
    const char *kind = json_text(json_member(object, "operation"));

    if (!id || !op_id_parse(&operation->id, id))
        return "id";
    if (!kind || !op_kind_parse(kind, &operation->kind))
        return "operation";
    return fields_parse(header_fields, object, reading, false, operation);
}

/* The sentence for a member; for a time it says what is wrong with it. */
static enum tk_code fail_member(const char *name, const struct field *fields,
                                const struct json *object, const struct reading *reading,
                                struct tk_error *error)
{
    const char *text = json_text(json_member(object, name));
    struct tk_error why;
    int64_t moment;

    for (; text && fields->name; fields++)
        if (fields->type == FIELD_TIME && strcmp(fields->name, name) == 0 &&
            moment_parse(reading, text, &moment, &why))
            return tk_fail(error, TK_BAD_OPERATION, "The member “%.60s” is wrong: %.400s", name,
                           why.message);
    return tk_fail(error, TK_BAD_OPERATION, "The member “%.60s” is missing or wrong.", name);
}

enum tk_code operation_read(const struct json *object, struct operation *operation,
                            struct tk_error *error)
{
    static const char *const names[] = {"id", "operation", "actor", "device", "at", NULL};
    static const struct reading reading = {.fixed = true};
    struct operation parsed = {0};
    const struct field *fields = kind_fields[0];
    const char *bad;

    if (!json_is_object(object))
        return tk_fail(error, TK_BAD_OPERATION, "This is not a JSON object.");
    bad = header_parse(object, &reading, &parsed);
    if (!bad) {
        fields = kind_fields[parsed.kind];
        bad = fields_parse(fields, object, &reading, false, &parsed);
        if (!bad)
            bad = fields_unknown(names, fields, object);
    }
    if (bad)
        return fail_member(bad, fields, object, &reading, error);
    *operation = parsed;
    return TK_OK;
}

enum tk_code operation_read_arguments(const struct json *object, const struct time_zone *zone,
                                      int64_t now, struct operation *operation,
                                      struct tk_error *error)
{
    static const char *const names[] = {NULL};
    const struct reading reading = {.zone = zone, .now = now};
    const struct field *fields;
    struct operation parsed = *operation;
    const char *bad;

    if (!json_is_object(object) || (unsigned)operation->kind >= OP_KIND_COUNT)
        return tk_fail(error, TK_BAD_OPERATION, "This is not a JSON object.");
    fields = kind_fields[operation->kind];
    bad = fields_parse(fields, object, &reading, true, &parsed);
    if (!bad)
        bad = fields_unknown(names, fields, object);
    if (bad)
        return fail_member(bad, fields, object, &reading, error);
    *operation = parsed;
    return TK_OK;
}

enum tk_code operation_read_stamped(const struct json *object, const struct time_zone *zone,
                                    int64_t now, struct operation *operation,
                                    struct tk_error *error)
{
    static const char *const names[] = {"id", "operation", "actor", "device", "at", NULL};
    const struct reading reading = {.zone = zone, .now = now};
    struct operation parsed = {.id = operation->id, .at = operation->at};
    const struct json *id = json_member(object, "id");
    const char *kind = json_text(json_member(object, "operation")), *bad = NULL;
    const struct field *fields = header_fields;

    if (!json_is_object(object))
        return tk_fail(error, TK_BAD_OPERATION, "This is not a JSON object.");
    memcpy(parsed.actor, operation->actor, sizeof parsed.actor);
    memcpy(parsed.device, operation->device, sizeof parsed.device);
    if (!kind || !op_kind_parse(kind, &parsed.kind))
        bad = "operation";
    else if (id && (!json_text(id) || !op_id_parse(&parsed.id, json_text(id))))
        bad = "id";
    else
        bad = fields_parse(fields, object, &reading, true, &parsed);
    if (!bad) {
        fields = kind_fields[parsed.kind];
        bad = fields_parse(fields, object, &reading, true, &parsed);
    }
    if (!bad)
        bad = fields_unknown(names, fields, object);
    if (bad)
        return fail_member(bad, fields, object, &reading, error);
    *operation = parsed;
    return TK_OK;
}

enum tk_code operation_parse(const char *json, size_t length, struct operation *operation,
                             struct tk_error *error)
{
    struct json *document = NULL;
    struct tk_error why;
    enum tk_code code = json_read(json, length, &document, &why);

    if (code == TK_BAD_DATA)
        code = tk_fail(error, TK_BAD_OPERATION, "%s", why.message);
    else if (code)
        tk_fail_code(error, code);
    else
        code = operation_read(document, operation, error);
    json_free(document);
    return code;
}

void outcome_print(struct buffer *json, const struct outcome *outcome)
{
    json_put_open(json, NULL, '{');
    json_put_text(json, "code", tk_code_name(outcome->code));
    fields_print(json, outcome_fields, outcome, false);
    json_put_close(json, '}');
}

enum tk_code outcome_read(const struct json *object, struct outcome *outcome)
{
    static const struct reading reading = {.fixed = true};
    struct outcome parsed = {0};
    const char *name = json_text(json_member(object, "code"));

    if (!name || tk_code_parse(name) == TK_CODE_COUNT ||
        fields_parse(outcome_fields, object, &reading, false, &parsed))
        return TK_BAD_OPERATION;
    parsed.code = tk_code_parse(name);
    *outcome = parsed;
    return TK_OK;
}

enum tk_code outcome_parse(const char *json, size_t length, struct outcome *outcome)
{
    struct json *document = NULL;
    enum tk_code code = json_read(json, length, &document, NULL);

    if (!code)
        code = outcome_read(document, outcome);
    json_free(document);
    return code == TK_BAD_DATA ? TK_BAD_OPERATION : code;
}
