#include "core/wire.h"

#include <stdio.h>
#include <string.h>

/* X(name, kind, value), in the order in which the fields stand */
#define SLOT_FIELDS(X)                                                                             \
    X("slotId", number, slot->id)                                                                  \
    X("slotName", text, slot->name)                                                                \
    X("slotDescription", text, slot->description)                                                  \
    X("startTime", time, slot->starts_at)                                                          \
    X("endTime", time, slot->ends_at)                                                              \
    X("slotType", text, slot_type_name(slot->type))                                                \
    X("genre", text, genre_name(slot->genre))                                                      \
    X("availTickets", number, slot->available)                                                     \
    X("capacity", number, slot->capacity)                                                          \
    X("sold", number, slot->sold)                                                                  \
    X("allotted", number, slot->allotted)                                                          \
    X("lost", number, slot->lost)                                                                  \
    X("screen", text, slot->screen)                                                                \
    X("expiredAt", time, slot->expired_at)                                                         \
    X("archivedAt", time, slot->archived_at)                                                       \
    X("seq", number, (int64_t)slot->seq)

#define TICKET_FIELDS(X)                                                                           \
    X("ticketId", ticket, ticket->id)                                                              \
    X("userId", customer, ticket->customer_id)                                                     \
    X("ticketSlotId", number, ticket->slot_id)                                                     \
    X("ticketStatus", text, ticket_status_name(ticket->status))                                    \
    X("pass", pass, pass)                                                                          \
    X("slotName", text, view->slot.name)                                                           \
    X("startTime", time, view->slot.starts_at)                                                     \
    X("userName", text_or_null, view->customer.name)                                               \
    X("phoneNumber", text_or_null, view->customer.phone)                                           \
    X("bookedAt", time, ticket->booked_at)                                                         \
    X("changedAt", time, ticket->changed_at)                                                       \
    X("canceledAt", time, ticket->canceled_at)                                                     \
    X("replaces", ticket, ticket->replaces)                                                        \
    X("replacedBy", ticket, ticket->replaced_by)                                                   \
    X("saleId", ticket, ticket->sale_id)                                                           \
    X("salePosition", number, ticket->sale_position)                                               \
    X("saleSize", number, ticket->sale_size)                                                       \
    X("seq", number, (int64_t)ticket->seq)

#define CUSTOMER_FIELDS(X)                                                                         \
    X("userId", customer, customer->id)                                                            \
    X("userName", text_or_null, customer->name)                                                    \
    X("phoneNumber", text_or_null, customer->phone)                                                \
    X("tickets", number, customer->tickets)                                                        \
    X("createdAt", time, customer->created_at)                                                     \
    X("erasedAt", time, customer->erased_at)

#define JOURNAL_FIELDS(X)                                                                          \
    X("seq", number, entry->seq)                                                                   \
    X("device", text, entry->device)                                                               \
    X("deviceSeq", number, entry->device_seq)                                                      \
    X("operationId", operation, &entry->id)                                                        \
    X("kind", text, op_kind_name(entry->kind))                                                     \
    X("actor", text, entry->actor)                                                                 \
    X("at", time, entry->at)                                                                       \
    X("recordedAt", time, entry->recorded_at)                                                      \
    X("body", json, entry->body)                                                                   \
    X("outcome", json, entry->outcome)                                                             \
    X("hash", hash, entry->hash)

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

static void put_json(struct wire_record *record, const char *name, const char *value,
                     const struct time_zone *zone)
{
    (void)zone;
    add(record, name, value ? WIRE_JSON : WIRE_NULL)->text = value;
}

/* 0 is no time */
static void put_time(struct wire_record *record, const char *name, int64_t moment,
                     const struct time_zone *zone)
{
    struct wire_field *field = add(record, name, moment ? WIRE_TEXT : WIRE_NULL);

    if (moment)
        time_print(field->own, moment, zone);
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

static void put_operation(struct wire_record *record, const char *name, const struct op_id *id,
                          const struct time_zone *zone)
{
    (void)zone;
    op_id_print(add(record, name, WIRE_TEXT)->own, id);
}

static void put_hash(struct wire_record *record, const char *name,
                     const uint8_t hash[CRYPTO_HASH_SIZE], const struct time_zone *zone)
{
    struct wire_field *field = add(record, name, WIRE_TEXT);

    (void)zone;
    _Static_assert(2 * CRYPTO_HASH_SIZE < WIRE_TEXT_SIZE, "a hash fits");
    for (size_t i = 0; i < CRYPTO_HASH_SIZE; i++)
        snprintf(field->own + 2 * i, 3, "%02x", hash[i]);
}

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

#undef X

static const char *field_text(const struct wire_field *field)
{
    return field->text ? field->text : field->own;
}

void wire_put_json(struct buffer *out, const char *name, const struct wire_record *record)
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
        else
            json_put_null(out, field->name);
    }
    json_put_close(out, '}');
}

/* Marks that stand there already count as nothing, so that one of them can be taken away again. */
bool wire_is_formula(const char *text)
{
    text += strspn(text, "'");
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
        else if (field->type != WIRE_NULL)
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
