/* statement: SQLite's codes as ours, binding, stepping, rows. */
#include "data/sqlite/internal.h"

#include <string.h>

#include "core/text.h"

enum tk_code sqlite_code(int result)
{
    static const struct {
        int result;
        enum tk_code code;
    } table[] = {
        {SQLITE_BUSY, TK_BUSY},         {SQLITE_LOCKED, TK_BUSY},      {SQLITE_NOMEM, TK_NO_MEMORY},
        {SQLITE_READONLY, TK_READ_ONLY}, {SQLITE_INTERRUPT, TK_INTERRUPTED}, {SQLITE_IOERR, TK_IO},
        {SQLITE_CORRUPT, TK_CORRUPT},   {SQLITE_FULL, TK_DISK_FULL},   {SQLITE_CANTOPEN, TK_CANNOT_CREATE},
        {SQLITE_NOTADB, TK_NOT_A_STORE}, {SQLITE_PERM, TK_READ_ONLY},
    };

    if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE)
        return TK_OK;
    if (result == SQLITE_IOERR_NOMEM)
        return TK_NO_MEMORY;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].result == (result & 0xFF))
            return table[i].code;
    return TK_INTERNAL;
}

enum tk_code sqlite_fail(struct sqlite_store *store, int result, struct tk_error *error)
{
    enum tk_code code = sqlite_code(result);

    switch (code) {
    case TK_OK:
        return TK_OK;
    case TK_CORRUPT:
        return tk_fail(error, code,
                       "%s is damaged. Stop selling with it and put back a backup; "
                       "“ticketly admin doctor” says more.",
                       store->path);
    case TK_NOT_A_STORE:
        return tk_fail(error, code, "%s is not a box office file.", store->path);
    case TK_DISK_FULL:
        return tk_fail(error, code, "The disk is full: free some space and try again. "
                                    "Nothing was changed.");
    case TK_BUSY:
        return tk_fail(error, code,
                       "Another program is using %s: nothing was done. Try again.", store->path);
    case TK_READ_ONLY:
        return tk_fail(error, code, "%s cannot be written by this user.", store->path);
    case TK_INTERRUPTED:
    case TK_NO_MEMORY:
        return tk_fail_code(error, code);
    default:
        return tk_fail(error, code, "%s: %s (%d).", store->path,
                       store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(result),
                       store->db ? sqlite3_extended_errcode(store->db) : result);
    }
}

/* --- statements --- */

sqlite3_stmt *statement_take(struct sqlite_store *store, enum sql sql)
{
    return store->statements[sql];
}

void statement_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

void bind_number(sqlite3_stmt *statement, int at, uint64_t number)
{
    if (number)
        sqlite3_bind_int64(statement, at, (sqlite3_int64)number);
    else
        sqlite3_bind_null(statement, at);
}

enum tk_code statement_step(struct sqlite_store *store, sqlite3_stmt *statement, bool *row,
                            struct tk_error *error)
{
    int result = sqlite3_step(statement);

    *row = result == SQLITE_ROW;
    return sqlite_fail(store, result, error);
}

enum tk_code statement_run(struct sqlite_store *store, sqlite3_stmt *statement,
                           struct tk_error *error)
{
    enum tk_code code = sqlite_fail(store, sqlite3_step(statement), error);

    statement_done(statement);
    return code;
}

enum tk_code statement_each(struct sqlite_store *store, sqlite3_stmt *statement,
                            enum tk_code (*add)(struct sqlite_store *store, sqlite3_stmt *row,
                                                void *list),
                            void *list, struct tk_error *error)
{
    enum tk_code code;
    bool row;

    for (;;) {
        code = statement_step(store, statement, &row, error);
        if (code || !row)
            break;
        code = add(store, statement, list);
        if (code) {
            tk_fail_code(error, code);
            break;
        }
    }
    statement_done(statement);
    return code;
}

void read_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
    const char *value = (const char *)sqlite3_column_text(row, column);

    text_copy(text, size, value ? value : "");
}

void read_slot(sqlite3_stmt *row, struct slot *slot)
{
    *slot = (struct slot){.id = sqlite3_column_int64(row, 0)};
    read_text(row, 1, slot->name, sizeof slot->name);
    read_text(row, 2, slot->description, sizeof slot->description);
    read_text(row, 3, slot->screen, sizeof slot->screen);
    slot->starts_at = sqlite3_column_int64(row, 4);
    slot->ends_at = sqlite3_column_int64(row, 5);
    slot->type = (enum slot_type)sqlite3_column_int(row, 6);
    slot->genre = (enum genre)sqlite3_column_int(row, 7);
    slot->capacity = sqlite3_column_int(row, 8);
    slot->available = sqlite3_column_int(row, 9);
    slot->allotted = sqlite3_column_int(row, 10);
    slot->sold = sqlite3_column_int(row, 11);
    slot->lost = sqlite3_column_int(row, 12);
    slot->expired_at = sqlite3_column_int64(row, 13);
    slot->archived_at = sqlite3_column_int64(row, 14);
    slot->seq = (uint64_t)sqlite3_column_int64(row, 15);
    slot->admitted = sqlite3_column_int(row, 16);
    slot->key_generation = sqlite3_column_int64(row, 17);
    slot->here = sqlite3_column_int(row, 18);
}

uint64_t ticket_number(const struct sqlite_store *store, uint64_t id)
{
    return id ? id_number(&store->id_key, ID_TICKET, id) : 0;
}

uint64_t customer_number(const struct sqlite_store *store, uint64_t id)
{
    return id ? id_number(&store->id_key, ID_CUSTOMER, id) : 0;
}

static uint64_t read_id(const struct sqlite_store *store, sqlite3_stmt *row, int column,
                        enum id_kind kind)
{
    uint64_t number = (uint64_t)sqlite3_column_int64(row, column);

    return number ? id_make(&store->id_key, kind, number) : 0;
}

void read_ticket(const struct sqlite_store *store, sqlite3_stmt *row, struct ticket *ticket)
{
    *ticket = (struct ticket){.id = read_id(store, row, 0, ID_TICKET)};
    ticket->slot_id = sqlite3_column_int64(row, 1);
    ticket->customer_id = read_id(store, row, 2, ID_CUSTOMER);
    ticket->status = (enum ticket_status)sqlite3_column_int(row, 3);
    ticket->booked_at = sqlite3_column_int64(row, 4);
    ticket->changed_at = sqlite3_column_int64(row, 5);
    ticket->canceled_at = sqlite3_column_int64(row, 6);
    ticket->replaces = read_id(store, row, 7, ID_TICKET);
    ticket->replaced_by = read_id(store, row, 8, ID_TICKET);
    ticket->sale_id = read_id(store, row, 9, ID_TICKET);
    ticket->sale_position = sqlite3_column_int(row, 10);
    ticket->sale_size = sqlite3_column_int(row, 11);
    ticket->seq = (uint64_t)sqlite3_column_int64(row, 12);
    ticket->admitted_at = sqlite3_column_int64(row, 13);
    read_text(row, 14, ticket->admitted_by, sizeof ticket->admitted_by);
    ticket->prints = sqlite3_column_int(row, 15);
    ticket->seller = sqlite3_column_int64(row, 16);
}

void read_customer(const struct sqlite_store *store, sqlite3_stmt *row, struct customer *customer)
{
    *customer = (struct customer){.id = read_id(store, row, 0, ID_CUSTOMER)};
    read_text(row, 1, customer->name, sizeof customer->name);
    read_text(row, 2, customer->phone, sizeof customer->phone);
    customer->tickets = sqlite3_column_int(row, 3);
    customer->created_at = sqlite3_column_int64(row, 4);
    customer->erased_at = sqlite3_column_int64(row, 5);
}

bool read_device(sqlite3_stmt *row, struct device *device)
{
    char role[16];

    *device = (struct device){.enrolled_at = sqlite3_column_int64(row, 3)};
    device->revoked_at = sqlite3_column_int64(row, 4);
    device->used_at = sqlite3_column_int64(row, 5);
    read_text(row, 0, device->name, sizeof device->name);
    read_text(row, 1, role, sizeof role);
    if (sqlite3_column_bytes(row, 2) != CRYPTO_HASH_SIZE)
        return false;
    memcpy(device->token_hash, sqlite3_column_blob(row, 2), CRYPTO_HASH_SIZE);
    return device->name[0] && role_parse(role, &device->role);
}

void read_record(sqlite3_stmt *row, struct record *record)
{
    read_text(row, 0, record->key, sizeof record->key);
    record->seq = sqlite3_column_int64(row, 1);
    record->changed_at = sqlite3_column_int64(row, 2);
    read_text(row, 3, record->value, sizeof record->value);
}
