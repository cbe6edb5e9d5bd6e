/*
 * Operations and outcomes read from JSON, by the tables of operation_fields.h. core/json refuses
 * all that is malformed; here every refusal names the member and what it must be.
 */
#include <stdio.h>
#include <string.h>

#include "core/operation_fields.h"
#include "core/text.h"

/* How a document is understood. */
struct reading {
    const struct time_zone *zone;
    int64_t now;
    bool fixed; /* a time that is a text must say its day and its offset itself */
    bool given; /* a member that is missing may stand in the object already, or has a fallback */
};

/* --- one member --- */

/* The member of that name; NULL when it is missing, which null says as well. */
static const struct json *member_of(const struct json *object, const char *name)
{
    const struct json *value = json_member(object, name);

    return json_is_null(value) ? NULL : value;
}

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

/* Turns a text into the field's number; *why is filled where there is more to say than its type. */
static bool text_number(const struct field *field, const char *text, const struct reading *reading,
                        int64_t *number, struct tk_error *why)
{
    enum slot_type type = SLOT_MOVIE;
    enum genre genre = GENRE_ACTION;
    enum role role = ROLE_READER;
    uint64_t id = 0;

    switch (field->type) {
    case FIELD_TYPE:
        return !slot_type_require(text, &type, why) && (*number = type, true);
    case FIELD_GENRE:
        return !genre_require(text, &genre, why) && (*number = genre, true);
    case FIELD_ROLE:
        return !role_require(text, &role, why) && (*number = role, true);
    case FIELD_TICKET:
    case FIELD_CUSTOMER:
        return id_parse(field->type == FIELD_TICKET ? ID_TICKET : ID_CUSTOMER, text, &id) &&
               (*number = (int64_t)id, true);
    case FIELD_TIME:
        return !moment_parse(reading, text, number, why);
    default:
        return false;
    }
}

/* Turns a JSON value into the field's number. */
static bool field_number(const struct field *field, const struct json *value,
                         const struct reading *reading, int64_t *number, struct tk_error *why)
{
    switch (field->type) {
    case FIELD_TYPE:
    case FIELD_GENRE:
    case FIELD_ROLE:
    case FIELD_TICKET:
    case FIELD_CUSTOMER:
        return json_text(value) && text_number(field, json_text(value), reading, number, why);
    case FIELD_TIME:
        if (json_text(value))
            return text_number(field, json_text(value), reading, number, why);
        return json_whole(value, number);
    default:
        return json_whole(value, number);
    }
}

static bool field_parse(const struct field *field, const struct json *value,
                        const struct reading *reading, void *object, struct tk_error *why)
{
    char *at = (char *)object + field->offset;
    const char *text = json_text(value);
    int64_t number;
    int32_t narrow;

    if (field->type == FIELD_TEXT)
        return text && text_copy(at, field->size, text);
    if (field->type == FIELD_HASH)
        return text && hex_parse((uint8_t *)at, field->size, text);
    if (field->type == FIELD_OPERATION)
        return text && op_id_parse((struct op_id *)at, text);
    if (field->type == FIELD_BOOL)
        return json_boolean(value, (bool *)at);
    if (!field_number(field, value, reading, &number, why))
        return false;
    if (field->size == sizeof number) {
        memcpy(at, &number, sizeof number);
        return true;
    }
    narrow = (int32_t)number;
    memcpy(at, &narrow, sizeof narrow);
    return narrow == number;
}

/* --- what is wrong with it --- */

static enum tk_code fail_missing(const char *name, struct tk_error *error)
{
    return tk_fail(error, TK_BAD_OPERATION, "The member “%s” is missing.", name);
}

static enum tk_code fail_wrong(const struct field *field, const struct json *value,
                               const struct tk_error *why, struct tk_error *error)
{
    static const char *const must_be[] = {
        [FIELD_TEXT] = "a text",
        [FIELD_INT] = "a whole number",
        [FIELD_INT32] = "a whole number",
        [FIELD_TIME] = "a time: a text, or whole microseconds since 1970",
        [FIELD_TYPE] = "a text: the name of a type of showing",
        [FIELD_GENRE] = "a text: the name of a genre",
        [FIELD_SLOT] = "a whole number: a showing's",
        [FIELD_TICKET] = "a text: a ticket's number",
        [FIELD_CUSTOMER] = "a text: a customer's number",
        [FIELD_ROLE] = "a text: the name of a role",
        [FIELD_HASH] = "a text of 64 hexadecimal digits",
        [FIELD_OPERATION] = "a UUID",
        [FIELD_BOOL] = "true or false",
    };

    if (why->message[0])
        return tk_fail(error, TK_BAD_OPERATION, "The member “%s” is wrong: %.400s", field->name,
                       why->message);
    if (field->type == FIELD_TEXT && json_text(value))
        return tk_fail(error, TK_BAD_OPERATION, "The member “%s” is longer than %zu bytes.",
                       field->name, field->size - 1);
    return tk_fail(error, TK_BAD_OPERATION, "The member “%s” must be %s.", field->name,
                   must_be[field->type]);
}

/* --- all members --- */

static bool field_is_empty(const struct field *field, const void *object)
{
    static const char zeros[CRYPTO_HASH_SIZE];
    const char *at = (const char *)object + field->offset;

    return field->type == FIELD_TEXT ? !*at : memcmp(at, zeros, field->size) == 0;
}

/* Whether the member may be missing. */
static bool field_stands(const struct field *field, const struct reading *reading, void *object)
{
    if (field->optional)
        return true;
    if (!reading->given)
        return false;
    if (field_is_empty(field, object) && field->fallback)
        memcpy((char *)object + field->offset, &field->fallback, sizeof field->fallback);
    return !field_is_empty(field, object);
}

/* Reads the members that the table names. */
static enum tk_code fields_parse(const struct field *fields, const struct json *object,
                                 const struct reading *reading, void *into, struct tk_error *error)
{
    for (; fields->name; fields++) {
        const struct json *value = member_of(object, fields->name);
        struct tk_error why = {0};

        if (!value && !field_stands(fields, reading, into))
            return fail_missing(fields->name, error);
        if (value && !field_parse(fields, value, reading, into, &why))
            return fail_wrong(fields, value, &why, error);
    }
    return TK_OK;
}

/* Whether each member is one of `names` or in the table. */
static enum tk_code check_names(const char *const *names, const struct field *fields,
                                const struct json *object, struct tk_error *error)
{
    const char *known[OPERATION_FIELDS_MAX] = {NULL}, *stranger;
    char shown[80];
    size_t count = 0;

    for (; *names; names++)
        known[count++] = *names;
    for (; fields->name && count < OPERATION_FIELDS_MAX - 1; fields++)
        known[count++] = fields->name;
    stranger = json_unknown_member(object, known);
    if (!stranger)
        return TK_OK;
    text_display(shown, sizeof shown, stranger);
    return tk_fail(error, TK_BAD_OPERATION, "There is no member “%s” here.", shown);
}

/* --- operations --- */

static const char *const head_names[] = {"id", "operation", "actor", "device", "at", NULL};

#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)

static const struct field head_fields[] = {
    {"actor", FIELD_TEXT, AT(operation, actor), false, false, 0},
    {"device", FIELD_TEXT, AT(operation, device), false, false, 0},
    {"at", FIELD_TIME, AT(operation, at), false, false, 0},
    {0},
};

static enum tk_code kind_read(const struct json *object, enum op_kind *kind, struct tk_error *error)
{
    const struct json *value = member_of(object, "operation");
    const char *text = json_text(value);

    if (!value)
        return fail_missing("operation", error);
    if (text && op_kind_parse(text, kind))
        return TK_OK;
    return tk_fail(error, TK_BAD_OPERATION,
                   "The member “operation” must be the name of a kind of operation, such as book.");
}

/* A member that is missing leaves what stands there, if that is one. */
static enum tk_code id_read(const struct json *object, struct op_id *id, struct tk_error *error)
{
    const struct json *value = member_of(object, "id");
    const char *text = json_text(value);

    if (!value)
        return op_id_is_zero(id) ? fail_missing("id", error) : TK_OK;
    if (text && op_id_parse(id, text))
        return TK_OK;
    return tk_fail(error, TK_BAD_OPERATION, "The member “id” must be a UUID.");
}

/* The whole of it over what stands in *operation, which a failure leaves half done. */
static enum tk_code whole_read(const struct json *object, const struct reading *reading,
                               struct operation *operation, struct tk_error *error)
{
    enum tk_code code;

    if (!json_is_object(object))
        return tk_fail(error, TK_BAD_OPERATION, "This is not a JSON object.");
    code = kind_read(object, &operation->kind, error);
    if (!code)
        code = check_names(head_names, operation_fields[operation->kind], object, error);
    if (!code)
        code = id_read(object, &operation->id, error);
    if (!code)
        code = fields_parse(head_fields, object, reading, operation, error);
    if (!code)
        code = fields_parse(operation_fields[operation->kind], object, reading, operation, error);
    return code;
}

/* Whether a showing is named at all. A front door asks for it before anything is applied; what was
   written once is read as it is, and refused by the store. */
static enum tk_code check_showing(const struct operation *operation, struct tk_error *error)
{
    const struct slot_ref *ref = operation->kind == OP_BOOK      ? &operation->book.slot
                                 : operation->kind == OP_REISSUE ? &operation->reissue.slot
                                                                 : NULL;

    if (!ref || ref->id || (ref->name[0] && ref->starts_at))
        return TK_OK;
    return tk_fail(error, TK_BAD_OPERATION,
                   "Say which showing: slotId, or slotName and startTime.");
}

enum tk_code operation_read(const struct json *object, struct operation *operation,
                            struct tk_error *error)
{
    static const struct reading reading = {.fixed = true};
    struct operation parsed = {0};
    enum tk_code code = whole_read(object, &reading, &parsed, error);

    if (!code)
        *operation = parsed;
    return code;
}

enum tk_code operation_read_stamped(const struct json *object, const struct time_zone *zone,
                                    int64_t now, struct operation *operation,
                                    struct tk_error *error)
{
    const struct reading reading = {.zone = zone, .now = now, .given = true};
    struct operation parsed = {.id = operation->id, .at = operation->at};
    enum tk_code code;

    memcpy(parsed.actor, operation->actor, sizeof parsed.actor);
    memcpy(parsed.device, operation->device, sizeof parsed.device);
    code = whole_read(object, &reading, &parsed, error);
    if (!code)
        code = check_showing(&parsed, error);
    if (!code)
        *operation = parsed;
    return code;
}

enum tk_code operation_read_arguments(const struct json *object, const struct time_zone *zone,
                                      int64_t now, struct operation *operation,
                                      struct tk_error *error)
{
    static const char *const no_names[] = {NULL};
    const struct reading reading = {.zone = zone, .now = now, .given = true};
    struct operation parsed = *operation;
    const struct field *fields;
    enum tk_code code;

    if (!json_is_object(object) || (unsigned)operation->kind >= OP_KIND_COUNT)
        return tk_fail(error, TK_BAD_OPERATION, "This is not a JSON object.");
    fields = operation_fields[operation->kind];
    code = check_names(no_names, fields, object, error);
    if (!code)
        code = fields_parse(fields, object, &reading, &parsed, error);
    if (!code)
        code = check_showing(&parsed, error);
    if (!code)
        *operation = parsed;
    return code;
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

/* --- outcomes --- */

enum tk_code outcome_read(const struct json *object, struct outcome *outcome)
{
    static const struct reading reading = {.fixed = true};
    struct outcome parsed = {0};
    const char *name = json_text(json_member(object, "code"));

    if (!name || tk_code_parse(name) == TK_CODE_COUNT ||
        fields_parse(operation_outcome_fields, object, &reading, &parsed, NULL))
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
