/*
 * Operations and outcomes as JSON. One table of fields per kind serves printing and parsing alike;
 * jansson reads (it refuses all malformed input), core/buffer writes.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "core/operation.h"
#include "core/text.h"

enum field_type {
    FIELD_TEXT,
    FIELD_INT,  /* int64_t */
    FIELD_INT32,
    FIELD_TYPE,  /* enum slot_type by name */
    FIELD_GENRE,
    FIELD_SLOT, /* slot id, int64_t */
    FIELD_TICKET,
    FIELD_CUSTOMER
};

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
    {"startTime", FIELD_INT, AT(operation, schedule.starts_at), false, false},
    {"endTime", FIELD_INT, AT(operation, schedule.ends_at), false, false},
    {"slotType", FIELD_TYPE, AT(operation, schedule.type), false, false},
    {"genre", FIELD_GENRE, AT(operation, schedule.genre), false, false},
    {"capacity", FIELD_INT, AT(operation, schedule.capacity), false, false},
    {0},
};

static const struct field book_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, book.slot.id), false, true},
    {"slotName", FIELD_TEXT, AT(operation, book.slot.name), false, true},
    {"startTime", FIELD_INT, AT(operation, book.slot.starts_at), false, true},
    {"numTickets", FIELD_INT, AT(operation, book.count), false, false},
    {"userName", FIELD_TEXT, AT(operation, book.customer_name), true, true},
    {"phoneNumber", FIELD_TEXT, AT(operation, book.customer_phone), true, true},
    {0},
};

static const struct field reissue_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, reissue.ticket_id), false, false},
    {"slotId", FIELD_SLOT, AT(operation, reissue.slot.id), false, true},
    {"slotName", FIELD_TEXT, AT(operation, reissue.slot.name), false, true},
    {"startTime", FIELD_INT, AT(operation, reissue.slot.starts_at), false, true},
    {0},
};

static const struct field cancel_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, cancel.ticket_id), false, false},
    {0},
};

static const struct field expire_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, expire.slot_id), false, false},
    {"asOf", FIELD_INT, AT(operation, expire.as_of), false, false},
    {0},
};

static const struct field archive_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, archive.slot_id), false, false},
    {"before", FIELD_INT, AT(operation, archive.before), false, false},
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
    int64_t number = 0;

    if (field->type == FIELD_TEXT) {
        if (*at || !field->optional)
            json_put_text(json, field->name, at);
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

/* Turns a JSON value into the field's number. */
static bool field_number(const struct field *field, const json_t *value, int64_t *number)
{
    const char *text = json_string_value(value);
    enum slot_type type;
    enum genre genre;
    uint64_t id;

    switch (field->type) {
    case FIELD_TYPE:
        return text && slot_type_parse(text, &type) && (*number = type, true);
    case FIELD_GENRE:
        return text && genre_parse(text, &genre) && (*number = genre, true);
    case FIELD_TICKET:
    case FIELD_CUSTOMER:
        if (!text || !id_parse(field->type == FIELD_TICKET ? ID_TICKET : ID_CUSTOMER, text, &id))
            return false;
        *number = (int64_t)id;
        return true;
    default:
        *number = json_integer_value(value);
        return json_is_integer(value);
    }
}

static bool field_parse(const struct field *field, const json_t *value, void *object)
{
    char *at = (char *)object + field->offset;
    int64_t number;
    int32_t narrow;

    if (field->type == FIELD_TEXT) {
        const char *text = json_string_value(value);

        return text && strlen(text) == json_string_length(value) &&
               text_copy(at, field->size, text);
    }
    if (!field_number(field, value, &number))
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

/* Reads the members that the table names; NULL or the name of the first bad one. */
static const char *fields_parse(const struct field *fields, json_t *object, void *into)
{
    for (; fields->name; fields++) {
        json_t *value = json_object_get(object, fields->name);

        if (!value && fields->optional)
            continue;
        if (!value || !field_parse(fields, value, into))
            return fields->name;
        json_object_del(object, fields->name);
    }
    return NULL;
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

static const char *header_parse(json_t *object, struct operation *operation)
{
    static const struct field fields[] = {
        {"actor", FIELD_TEXT, AT(operation, actor), false, false},
        {"device", FIELD_TEXT, AT(operation, device), false, false},
        {"at", FIELD_INT, AT(operation, at), false, false},
        {0},
    };
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *kind = json_string_value(json_object_get(object, "operation"));

    if (!id || !op_id_parse(&operation->id, id))
        return "id";
    if (!kind || !op_kind_parse(kind, &operation->kind))
        return "operation";
    json_object_del(object, "id");
    json_object_del(object, "operation");
    return fields_parse(fields, object, operation);
}

enum tk_code operation_parse(const char *json, size_t length, struct operation *operation,
                             struct tk_error *error)
{
    struct operation parsed = {0};
    json_error_t problem;
    json_t *object;
    const char *bad;
    enum tk_code code = TK_OK;

    object = json_loadb(json, length, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(object)) {
        code = tk_fail(error, TK_BAD_OPERATION, "This is not a JSON object: %.100s.",
                       object ? "another value" : problem.text);
        goto out;
    }
    bad = header_parse(object, &parsed);
    if (!bad)
        bad = fields_parse(kind_fields[parsed.kind], object, &parsed);
    if (!bad && json_object_size(object))
        bad = json_object_iter_key(json_object_iter(object));
    if (bad) {
        code = tk_fail(error, TK_BAD_OPERATION, "The member “%.60s” is missing or wrong.", bad);
        goto out;
    }
    *operation = parsed;
out:
    json_decref(object);
    return code;
}

void outcome_print(struct buffer *json, const struct outcome *outcome)
{
    json_put_open(json, NULL, '{');
    json_put_text(json, "code", tk_code_name(outcome->code));
    fields_print(json, outcome_fields, outcome, false);
    json_put_close(json, '}');
}

enum tk_code outcome_parse(const char *json, size_t length, struct outcome *outcome)
{
    struct outcome parsed = {0};
    json_error_t problem = {.text = ""};
    json_t *object = json_loadb(json, length, JSON_REJECT_DUPLICATES, &problem);
    const char *name = json_string_value(json_object_get(object, "code"));
    /* jansson has a text for every mistake in the input, and none for want of memory */
    enum tk_code code = object || problem.text[0] ? TK_BAD_OPERATION : TK_NO_MEMORY;

    if (name && tk_code_parse(name) != TK_CODE_COUNT &&
        !fields_parse(outcome_fields, object, &parsed)) {
        parsed.code = tk_code_parse(name);
        *outcome = parsed;
        code = TK_OK;
    }
    json_decref(object);
    return code;
}
