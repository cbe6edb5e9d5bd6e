/* row: columns of a result, in binary, as the values of core. */
#include "data/postgres/internal.h"

#include <string.h>

#include "core/text.h"

int64_t row_number(const PGresult *result, int row, int column)
{
    const uint8_t *bytes = (const uint8_t *)PQgetvalue(result, row, column);
    int length = PQgetlength(result, row, column);
    uint64_t number = 0;

    if (PQgetisnull(result, row, column))
        return 0;
    for (int i = 0; i < length && i < 8; i++)
        number = number << 8 | bytes[i];
    return length == 4 ? (int32_t)number : (int64_t)number;
}

void row_text(const PGresult *result, int row, int column, char *text, size_t size)
{
    text_copy(text, size, PQgetvalue(result, row, column));
}

bool row_bytes(const PGresult *result, int row, int column, void *data, size_t size)
{
    if (PQgetlength(result, row, column) != (int)size)
        return false;
    memcpy(data, PQgetvalue(result, row, column), size);
    return true;
}

uint64_t pg_ticket_number(const struct postgres_store *store, uint64_t id)
{
    return id ? id_number(&store->id_key, ID_TICKET, id) : 0;
}

uint64_t pg_customer_number(const struct postgres_store *store, uint64_t id)
{
    return id ? id_number(&store->id_key, ID_CUSTOMER, id) : 0;
}

uint64_t pg_id(const struct postgres_store *store, enum id_kind kind, int64_t number)
{
    return number ? id_make(&store->id_key, kind, (uint64_t)number) : 0;
}

static int32_t row_int(const PGresult *result, int row, int column)
{
    return (int32_t)row_number(result, row, column);
}

void row_slot(const PGresult *result, int row, struct slot *slot)
{
    *slot = (struct slot){.id = row_number(result, row, 0)};
    row_text(result, row, 1, slot->name, sizeof slot->name);
    row_text(result, row, 2, slot->description, sizeof slot->description);
    row_text(result, row, 3, slot->screen, sizeof slot->screen);
    slot->starts_at = row_number(result, row, 4);
    slot->ends_at = row_number(result, row, 5);
    slot->type = (enum slot_type)row_int(result, row, 6);
    slot->genre = (enum genre)row_int(result, row, 7);
    slot->capacity = row_int(result, row, 8);
    slot->available = row_int(result, row, 9);
    slot->allotted = row_int(result, row, 10);
    slot->sold = row_int(result, row, 11);
    slot->lost = row_int(result, row, 12);
    slot->expired_at = row_number(result, row, 13);
    slot->archived_at = row_number(result, row, 14);
    slot->seq = (uint64_t)row_number(result, row, 15);
    slot->admitted = row_int(result, row, 16);
    slot->key_generation = row_number(result, row, 17);
}

void row_ticket(const struct postgres_store *store, const PGresult *result, int row,
                struct ticket *ticket)
{
    *ticket = (struct ticket){.id = pg_id(store, ID_TICKET, row_number(result, row, 0))};
    ticket->slot_id = row_number(result, row, 1);
    ticket->customer_id = pg_id(store, ID_CUSTOMER, row_number(result, row, 2));
    ticket->status = (enum ticket_status)row_int(result, row, 3);
    ticket->booked_at = row_number(result, row, 4);
    ticket->changed_at = row_number(result, row, 5);
    ticket->canceled_at = row_number(result, row, 6);
    ticket->replaces = pg_id(store, ID_TICKET, row_number(result, row, 7));
    ticket->replaced_by = pg_id(store, ID_TICKET, row_number(result, row, 8));
    ticket->sale_id = pg_id(store, ID_TICKET, row_number(result, row, 9));
    ticket->sale_position = row_int(result, row, 10);
    ticket->sale_size = row_int(result, row, 11);
    ticket->seq = (uint64_t)row_number(result, row, 12);
    ticket->admitted_at = row_number(result, row, 13);
    row_text(result, row, 14, ticket->admitted_by, sizeof ticket->admitted_by);
    ticket->prints = row_int(result, row, 15);
    ticket->seller = row_number(result, row, 16);
}

void row_customer(const struct postgres_store *store, const PGresult *result, int row,
                  struct customer *customer)
{
    *customer = (struct customer){.id = pg_id(store, ID_CUSTOMER, row_number(result, row, 0))};
    row_text(result, row, 1, customer->name, sizeof customer->name);
    row_text(result, row, 2, customer->phone, sizeof customer->phone);
    customer->tickets = row_int(result, row, 3);
    customer->created_at = row_number(result, row, 4);
    customer->erased_at = row_number(result, row, 5);
}

void row_record(const PGresult *result, int row, struct record *record)
{
    *record = (struct record){.seq = row_number(result, row, 1),
                              .changed_at = row_number(result, row, 2)};
    row_text(result, row, 0, record->key, sizeof record->key);
    row_text(result, row, 3, record->value, sizeof record->value);
}

bool row_device(const PGresult *result, int row, struct device *device)
{
    char role[16];

    *device = (struct device){.enrolled_at = row_number(result, row, 3)};
    device->revoked_at = row_number(result, row, 4);
    device->used_at = row_number(result, row, 5);
    row_text(result, row, 0, device->name, sizeof device->name);
    row_text(result, row, 1, role, sizeof role);
    return row_bytes(result, row, 2, device->token_hash, CRYPTO_HASH_SIZE) && device->name[0] &&
           role_parse(role, &device->role);
}
