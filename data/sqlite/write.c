/* write: puts what plan decided into the tables. */
#include "data/sqlite/internal.h"

#include <string.h>

#include "core/text.h"

enum tk_code insert_slot(struct sqlite_store *store, const struct slot_row *row,
                         struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_SLOT_INSERT);
    const struct slot *slot = &row->slot;
    char name_key[SLOT_NAME_SIZE * 4];

    text_fold(name_key, sizeof name_key, slot->name);
    sqlite3_bind_int64(s, 1, slot->id);
    bind_text(s, 2, slot->name);
    bind_text(s, 3, slot->description);
    bind_text(s, 4, slot->screen);
    sqlite3_bind_int64(s, 5, slot->starts_at);
    sqlite3_bind_int64(s, 6, slot->ends_at);
    sqlite3_bind_int(s, 7, (int)slot->type);
    sqlite3_bind_int(s, 8, (int)slot->genre);
    sqlite3_bind_int(s, 9, slot->capacity);
    sqlite3_bind_int(s, 10, slot->available);
    sqlite3_bind_int(s, 11, slot->allotted);
    sqlite3_bind_int(s, 12, slot->sold);
    sqlite3_bind_int(s, 13, slot->lost);
    sqlite3_bind_int64(s, 14, slot->expired_at);
    sqlite3_bind_int64(s, 15, slot->archived_at);
    sqlite3_bind_int64(s, 16, (sqlite3_int64)slot->seq);
    sqlite3_bind_int(s, 17, slot->admitted);
    sqlite3_bind_int64(s, 18, slot->key_generation);
    sqlite3_bind_int(s, 19, slot->here);
    bind_text(s, 20, name_key);
    sqlite3_bind_int64(s, 21, (sqlite3_int64)row->expired_seq);
    return statement_run(store, s, error);
}

/* Only the columns that change: what is rarely touched stays out of the hot statement, and with it
   the indexes that hold it. */
static enum tk_code update_slot(struct sqlite_store *store, const struct slot_row *row,
                                struct tk_error *error)
{
    const struct slot *slot = &row->slot;
    sqlite3_stmt *s =
        statement_take(store, slot->expired_at ? SQL_SLOT_CLOSE : SQL_SLOT_UPDATE);

    sqlite3_bind_int64(s, 1, slot->id);
    sqlite3_bind_int(s, 2, slot->available);
    sqlite3_bind_int(s, 3, slot->allotted);
    sqlite3_bind_int(s, 4, slot->sold);
    sqlite3_bind_int(s, 5, slot->lost);
    sqlite3_bind_int64(s, 6, (sqlite3_int64)slot->seq);
    if (slot->expired_at) {
        sqlite3_bind_int64(s, 7, slot->expired_at);
        sqlite3_bind_int64(s, 8, slot->archived_at);
        sqlite3_bind_int(s, 9, slot->admitted);
        sqlite3_bind_int64(s, 10, slot->key_generation);
        sqlite3_bind_int64(s, 11, (sqlite3_int64)row->expired_seq);
    } else {
        sqlite3_bind_int(s, 7, slot->admitted);
        sqlite3_bind_int64(s, 8, slot->key_generation);
    }
    return statement_run(store, s, error);
}

/* Expired is kept in the slot (see sql.h). */
static int kept_status(const struct ticket *ticket)
{
    return (int)(ticket->status == TICKET_EXPIRED ? TICKET_BOOKED : ticket->status);
}

enum tk_code insert_ticket(struct sqlite_store *store, const struct ticket *ticket,
                           struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_TICKET_INSERT);
    uint64_t number = ticket_number(store, ticket->id);

    sqlite3_bind_int64(s, 1, (sqlite3_int64)number);
    sqlite3_bind_int64(s, 2, ticket->slot_id);
    bind_number(s, 3, customer_number(store, ticket->customer_id));
    sqlite3_bind_int(s, 4, kept_status(ticket));
    sqlite3_bind_int64(s, 5, ticket->booked_at);
    sqlite3_bind_int64(s, 6, ticket->changed_at);
    sqlite3_bind_int64(s, 7, ticket->canceled_at);
    bind_number(s, 8, ticket_number(store, ticket->replaces));
    bind_number(s, 9, ticket_number(store, ticket->replaced_by));
    sqlite3_bind_int64(s, 10, (sqlite3_int64)(ticket->sale_id == ticket->id
                                                  ? number
                                                  : ticket_number(store, ticket->sale_id)));
    sqlite3_bind_int(s, 11, ticket->sale_position);
    sqlite3_bind_int(s, 12, ticket->sale_size);
    sqlite3_bind_int64(s, 13, (sqlite3_int64)ticket->seq);
    sqlite3_bind_int64(s, 14, ticket->admitted_at);
    bind_text(s, 15, ticket->admitted_by);
    sqlite3_bind_int(s, 16, ticket->prints);
    sqlite3_bind_int64(s, 17, ticket->seller);
    return statement_run(store, s, error);
}

/* Apart from the rest, so that the index of those who are in is left alone by all other changes. */
static enum tk_code update_admission(struct sqlite_store *store, const struct ticket *ticket,
                                     struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_TICKET_ADMIT);

    sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, ticket->id));
    sqlite3_bind_int64(s, 2, ticket->admitted_at);
    bind_text(s, 3, ticket->admitted_by);
    return statement_run(store, s, error);
}

static enum tk_code update_ticket(struct sqlite_store *store, const struct ticket_row *row,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_TICKET_UPDATE);
    const struct ticket *ticket = &row->ticket;
    enum tk_code code;

    sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, ticket->id));
    sqlite3_bind_int(s, 2, kept_status(ticket));
    sqlite3_bind_int64(s, 3, ticket->changed_at);
    sqlite3_bind_int64(s, 4, ticket->canceled_at);
    bind_number(s, 5, ticket_number(store, ticket->replaced_by));
    sqlite3_bind_int64(s, 6, (sqlite3_int64)ticket->seq);
    sqlite3_bind_int(s, 7, ticket->prints);
    code = statement_run(store, s, error);
    return code || !row->admission_changed ? code : update_admission(store, ticket, error);
}

static enum tk_code write_number(struct sqlite_store *store, const char *key, int64_t number,
                                 struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_META_PUT);

    bind_text(s, 1, key);
    sqlite3_bind_int64(s, 2, number);
    return statement_run(store, s, error);
}

static enum tk_code write_ids(struct sqlite_store *store, struct tk_error *error)
{
    const struct id_supply *ids = &store->set.ids;
    enum tk_code code = TK_OK;

    if (ids->rotated)
        code = write_number(store, "key_generation", ids->key_generation, error);
    if (!code && ids->raised)
        code = write_number(store, "number_floor", (int64_t)ids->floor, error);
    if (!code && ids->recorded)
        code = write_number(store, "record_seq", ids->record_seq, error);
    return code;
}

struct key_sink {
    struct sqlite_store *store;
    uint64_t number;
    struct tk_error *error;
};

static enum tk_code insert_key(void *context, const char *key)
{
    struct key_sink *sink = context;
    sqlite3_stmt *s = statement_take(sink->store, SQL_KEY_INSERT);

    bind_text(s, 1, key);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)sink->number);
    return statement_run(sink->store, s, sink->error);
}

enum tk_code insert_customer(struct sqlite_store *store, const struct customer *customer,
                             struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_CUSTOMER_INSERT);
    struct key_sink sink = {store, customer_number(store, customer->id), error};
    enum tk_code code;

    sqlite3_bind_int64(s, 1, (sqlite3_int64)sink.number);
    bind_text(s, 2, customer->name);
    bind_text(s, 3, customer->phone);
    sqlite3_bind_int(s, 4, customer->tickets);
    sqlite3_bind_int64(s, 5, customer->created_at);
    sqlite3_bind_int64(s, 6, customer->erased_at);
    code = statement_run(store, s, error);
    return code ? code : customer_keys(customer->name, customer->phone, insert_key, &sink);
}

static enum tk_code update_customer(struct sqlite_store *store, const struct customer *customer,
                                    struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_CUSTOMER_UPDATE);
    sqlite3_stmt *forget = statement_take(store, SQL_KEYS_DELETE);
    sqlite3_int64 number = (sqlite3_int64)customer_number(store, customer->id);
    enum tk_code code;

    sqlite3_bind_int64(s, 1, number);
    bind_text(s, 2, customer->name);
    bind_text(s, 3, customer->phone);
    sqlite3_bind_int(s, 4, customer->tickets);
    sqlite3_bind_int64(s, 5, customer->erased_at);
    code = statement_run(store, s, error);
    if (code || !customer->erased_at)
        return code;
    sqlite3_bind_int64(forget, 1, number);
    return statement_run(store, forget, error);
}

static enum tk_code delete_device(struct sqlite_store *store, const struct device *device,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_ACCESS_DELETE);

    bind_text(s, 1, device->name);
    return statement_run(store, s, error);
}

static enum tk_code insert_device(struct sqlite_store *store, const struct device *device,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_ACCESS_INSERT);

    bind_text(s, 1, device->name);
    bind_text(s, 2, role_name(device->role));
    sqlite3_bind_blob(s, 3, device->token_hash, CRYPTO_HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, device->enrolled_at);
    sqlite3_bind_int64(s, 5, device->revoked_at);
    sqlite3_bind_int64(s, 6, device->used_at);
    return statement_run(store, s, error);
}

/* All that changed goes before any is put: they may have taken each other's tokens. */
static enum tk_code write_devices(struct sqlite_store *store, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < set->device_count; i++)
        if (set->devices[i].state == ROW_CHANGED)
            code = delete_device(store, &set->devices[i].device, error);
    for (size_t i = 0; !code && i < set->device_count; i++)
        if (set->devices[i].state != ROW_LOADED)
            code = insert_device(store, &set->devices[i].device, error);
    return code;
}

enum tk_code write_record(struct sqlite_store *store, const struct record *record,
                          struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_RECORD_PUT);

    bind_text(s, 1, record->key);
    sqlite3_bind_int64(s, 2, record->seq);
    sqlite3_bind_int64(s, 3, record->changed_at);
    bind_text(s, 4, record->value);
    return statement_run(store, s, error);
}

static enum tk_code write_records(struct sqlite_store *store, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < set->record_count; i++)
        if (set->records[i].state != ROW_LOADED)
            code = write_record(store, &set->records[i].record, error);
    return code;
}

/* Of a till's copy there are none (core/tally). */
static enum tk_code write_tallies(struct sqlite_store *store, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < set->tally_count; i++) {
        const struct tally *tally = &set->tallies[i].tally;
        sqlite3_stmt *s = statement_take(store, SQL_TALLY_ADD);

        sqlite3_bind_int64(s, 1, tally->span_at);
        bind_text(s, 2, tally->actor);
        bind_text(s, 3, tally->device);
        sqlite3_bind_int(s, 4, (int)tally->genre);
        sqlite3_bind_int64(s, 5, store->writer);
        sqlite3_bind_int64(s, 6, tally->sales);
        sqlite3_bind_int64(s, 7, tally->sold);
        sqlite3_bind_int64(s, 8, tally->canceled);
        sqlite3_bind_int64(s, 9, tally->reissued);
        sqlite3_bind_int64(s, 10, tally->admitted);
        code = statement_run(store, s, error);
    }
    return code;
}

/* Rows that others refer to come first. */
static enum tk_code write_rows(struct sqlite_store *store, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < set->slot_count; i++)
        if (set->slots[i].state == ROW_NEW)
            code = insert_slot(store, &set->slots[i], error);
        else if (set->slots[i].state == ROW_CHANGED)
            code = update_slot(store, &set->slots[i], error);
    for (size_t i = 0; !code && i < set->customer_count; i++)
        if (set->customers[i].state == ROW_NEW)
            code = insert_customer(store, &set->customers[i].customer, error);
        else if (set->customers[i].state == ROW_CHANGED)
            code = update_customer(store, &set->customers[i].customer, error);
    for (size_t i = 0; !code && i < set->ticket_count; i++)
        if (set->tickets[i].state == ROW_NEW)
            code = insert_ticket(store, &set->tickets[i].ticket, error);
    for (size_t i = 0; !code && i < set->ticket_count; i++)
        if (set->tickets[i].state == ROW_CHANGED)
            code = update_ticket(store, &set->tickets[i], error);
    if (!code)
        code = write_devices(store, error);
    if (!code)
        code = write_tills(store, error);
    return code ? code : write_records(store, error);
}

enum tk_code write_batch(struct sqlite_store *store, const struct operation *operations,
                         size_t count, const struct outcome *outcomes, int64_t now,
                         struct tk_error *error)
{
    enum tk_code code = write_rows(store, error);

    if (!code)
        code = write_ids(store, error);
    if (!code && !store->set.partial)
        code = write_tallies(store, error);
    return code ? code : write_journal(store, operations, count, outcomes, now, error);
}
