#include "core/wire.h"

#include <stdio.h>
#include <string.h>

#include "core/wire_fields.h"

static struct wire_field *add(struct wire_record *record, const char *name, enum wire_type type)
{
    struct wire_field *field = &record->fields[record->count++];

    field->name = name;
    field->type = type;
    field->number = 0;
    field->text = NULL;
    field->own[0] = '\0';
    return field;
}

static void put_number(struct wire_record *record, const char *name, int64_t value,
                       const struct time_zone *zone)
{
    (void)zone;
    add(record, name, WIRE_NUMBER)->number = value;
}

static void put_text(struct wire_record *record, const char *name, const char *value,
                     const struct time_zone *zone)
{
    (void)zone;
    add(record, name, WIRE_TEXT)->text = value ? value : "";
}

static void put_number_or_null(struct wire_record *record, const char *name, int64_t value,
                               const struct time_zone *zone)
{
    (void)zone;
    add(record, name, value ? WIRE_NUMBER : WIRE_NULL)->number = value;
}

static void put_number_or_absent(struct wire_record *record, const char *name, int64_t value,
                                 const struct time_zone *zone)
{
    (void)zone;
    add(record, name, value ? WIRE_NUMBER : WIRE_ABSENT)->number = value;
}

static void put_text_or_null(struct wire_record *record, const char *name, const char *value,
                             const struct time_zone *zone)
{
    (void)zone;
    add(record, name, *value ? WIRE_TEXT : WIRE_NULL)->text = value;
}

/* NULL leaves the field out */
static void put_pass(struct wire_record *record, const char *name, const char *pass,
                     const struct time_zone *zone)
{
    if (pass)
        put_text_or_null(record, name, pass, zone);
}

static void put_message(struct wire_record *record, const char *name, const char *message,
                        const struct time_zone *zone)
{
    put_text(record, name, message, zone);
}

static void put_json(struct wire_record *record, const char *name, const char *value,
                     const struct time_zone *zone)
{
    (void)zone;
    add(record, name, value ? WIRE_JSON : WIRE_NULL)->text = value;
}

static void put_value(struct wire_record *record, const char *name, const char *value,
                      const struct time_zone *zone)
{
    put_json(record, name, *value ? value : NULL, zone);
}

static void put_seq(struct wire_record *record, const char *name, uint64_t seq,
                    const struct time_zone *zone)
{
    put_number(record, name, (int64_t)seq, zone);
}

#define PUT_NAME(kind, type, name_of)                                                              \
    static void put_##kind(struct wire_record *record, const char *name, type value,               \
                           const struct time_zone *zone)                                           \
    {                                                                                              \
        put_text(record, name, name_of(value), zone);                                              \
    }

PUT_NAME(slot_type, enum slot_type, slot_type_name)
PUT_NAME(genre, enum genre, genre_name)
PUT_NAME(status, enum ticket_status, ticket_status_name)
PUT_NAME(kind, enum op_kind, op_kind_name)
PUT_NAME(role, enum role, role_name)
PUT_NAME(verdict, enum verdict, verdict_name)
PUT_NAME(code, enum tk_code, tk_code_name)

/* 0 is no time; what a device's wrong clock told may be none that has a date */
static void put_time(struct wire_record *record, const char *name, int64_t moment,
                     const struct time_zone *zone)
{
    bool has_date = moment > 0 && moment <= TIME_MAX;
    struct wire_field *field = add(record, name, WIRE_NULL);
    int year = has_date ? time_civil(moment, zone).year : 0;

    if (has_date) /* a year beyond four digits is written as UTC has it */
        time_print(field->own, moment, year < 1970 || year > 9999 ? NULL : zone);
    field->number = moment;
    if (moment)
        field->type = has_date ? WIRE_TEXT : WIRE_NUMBER;
}

static void put_ticket(struct wire_record *record, const char *name, uint64_t id,
                       const struct time_zone *zone)
{
    (void)zone;
    id_print(add(record, name, id ? WIRE_TEXT : WIRE_NULL)->own, ID_TICKET, id);
}

static void put_customer(struct wire_record *record, const char *name, uint64_t id,
                         const struct time_zone *zone)
{
    (void)zone;
    id_print(add(record, name, id ? WIRE_TEXT : WIRE_NULL)->own, ID_CUSTOMER, id);
}

static void put_operation(struct wire_record *record, const char *name, struct op_id id,
                          const struct time_zone *zone)
{
    (void)zone;
    op_id_print(add(record, name, WIRE_TEXT)->own, &id);
}

static void put_hash(struct wire_record *record, const char *name,
                     const uint8_t hash[CRYPTO_HASH_SIZE], const struct time_zone *zone)
{
    struct wire_field *field = add(record, name, WIRE_TEXT);

    (void)zone;
    _Static_assert(2 * CRYPTO_HASH_SIZE < WIRE_TEXT_SIZE, "a hash fits");
    hex_print(field->own, hash, CRYPTO_HASH_SIZE);
}

#define put_hash_or_absent put_hash /* this program always sends it */

#define X(name, kind, value) put_##kind(record, name, value, zone);

void wire_slot(struct wire_record *record, const struct slot *slot, const struct time_zone *zone)
{
    record->count = 0;
    SLOT_FIELDS(X)
}

void wire_ticket(struct wire_record *record, const struct ticket_view *view, const char *pass,
                 const struct time_zone *zone)
{
    const struct ticket *ticket = &view->ticket;

    record->count = 0;
    TICKET_FIELDS(X)
}

void wire_customer(struct wire_record *record, const struct customer *customer,
                   const struct time_zone *zone)
{
    record->count = 0;
    CUSTOMER_FIELDS(X)
}

void wire_journal_entry(struct wire_record *record, const struct journal_entry *entry,
                        const struct time_zone *zone)
{
    record->count = 0;
    JOURNAL_FIELDS(X)
}

void wire_device(struct wire_record *record, const struct device *device,
                 const struct time_zone *zone)
{
    record->count = 0;
    DEVICE_FIELDS(X)
}

void wire_admission(struct wire_record *record, const struct admission *admission, bool whole,
                    const struct time_zone *zone)
{
    record->count = 0;
    ADMISSION_FIELDS(X)
    if (whole) {
        ADMISSION_MORE_FIELDS(X)
    }
}

void wire_allotment(struct wire_record *record, const struct allotment *allotment,
                    const struct time_zone *zone)
{
    int32_t held = allotment_held(allotment);

    record->count = 0;
    ALLOTMENT_FIELDS(X)
}

void wire_block(struct wire_record *record, const struct number_block *block,
                const struct time_zone *zone)
{
    record->count = 0;
    BLOCK_FIELDS(X)
}

void wire_keyed(struct wire_record *record, const struct record *keyed,
                const struct time_zone *zone)
{
    record->count = 0;
    KEYED_FIELDS(X)
}

void wire_tally(struct wire_record *record, const struct tally *tally, const struct time_zone *zone)
{
    record->count = 0;
    TALLY_FIELDS(X)
#define COUNT(member, name, help) put_number(record, name, tally->member, zone);
    TALLY_TABLE(COUNT)
#undef COUNT
}

void wire_dispute(struct wire_record *record, const struct dispute *dispute,
                  const struct time_zone *zone)
{
    const char *message = tk_code_sentence(dispute->code);

    record->count = 0;
    DISPUTE_FIELDS(X)
}

#undef X

static const char *field_text(const struct wire_field *field)
{
    return field->text ? field->text : field->own;
}

static void put_record(struct buffer *out, const char *name, const struct wire_record *record,
                       bool with_nulls)
{
    json_put_open(out, name, '{');
    for (size_t i = 0; i < record->count; i++) {
        const struct wire_field *field = &record->fields[i];

        if (field->type == WIRE_NUMBER)
            json_put_int(out, field->name, field->number);
        else if (field->type == WIRE_TEXT)
            json_put_text(out, field->name, field_text(field));
        else if (field->type == WIRE_JSON)
            json_put_raw(out, field->name, field_text(field));
        else if (with_nulls && field->type == WIRE_NULL)
            json_put_null(out, field->name);
    }
    json_put_close(out, '}');
}

void wire_put_json(struct buffer *out, const char *name, const struct wire_record *record)
{
    put_record(out, name, record, true);
}

void wire_put_json_short(struct buffer *out, const char *name, const struct wire_record *record)
{
    put_record(out, name, record, false);
}

/* Marks that stand there already count as nothing, so that one of them can be taken away again. */
bool wire_is_formula(const char *text)
{
    static const char *const wide[] = {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};

    text += strspn(text, "'");
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) /* ＝＋－＠ mean the same to some */
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return true;
    if (!*text || !strchr("=+-@\t\r", *text))
        return false;
    return !strchr("+-", *text) || !text[1] || text[1 + strspn(text + 1, "0123456789")] != '\0';
}

static void put_cell(struct buffer *out, const char *text)
{
    bool guard = wire_is_formula(text);

    if (!strpbrk(text, ",\"\r\n")) {
        buffer_addf(out, "%s%s", guard ? "'" : "", text);
        return;
    }
    buffer_add_text(out, guard ? "\"'" : "\"");
    for (; *text; text++) {
        if (*text == '"')
            buffer_add_char(out, '"');
        buffer_add_char(out, *text);
    }
    buffer_add_char(out, '"');
}

void wire_put_csv(struct buffer *out, const struct wire_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct wire_field *field = &record->fields[i];

        if (i)
            buffer_add_char(out, ',');
        if (field->type == WIRE_NUMBER)
            buffer_addf(out, "%lld", (long long)field->number);
        else if (field->type == WIRE_TEXT || field->type == WIRE_JSON)
            put_cell(out, field_text(field));
    }
    buffer_add_char(out, '\n');
}

void wire_put_csv_header(struct buffer *out, const struct wire_record *record)
{
    for (size_t i = 0; i < record->count; i++)
        buffer_addf(out, "%s%s", i ? "," : "", record->fields[i].name);
    buffer_add_char(out, '\n');
}
