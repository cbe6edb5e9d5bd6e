#include "tests/cluster/snapshot.h"

#include <inttypes.h>

#include "core/list.h"

#define SQL_LIMIT ((size_t)1 << 20) /* bytes */

struct snapshot {
    const struct database *database;
    const int64_t *slot_ids;
    size_t slot_count;
    struct stored *stored;
    struct id_key key;
};

static int64_t whole(const char *text)
{
    return strtoll(text, NULL, 10);
}

/* --- the key of the ids --- */

static enum tk_code take_key(void *context, const char *const *columns)
{
    struct id_key *key = context;

    return hex_parse(key->bytes, sizeof key->bytes, columns[0]) ? TK_OK : TK_BAD_DATA;
}

static enum tk_code read_key(struct snapshot *s, struct tk_error *error)
{
    const char *sql = s->database->psql
                          ? "SELECT encode(data, 'hex') FROM meta WHERE key = 'id_key'"
                          : "SELECT lower(hex(value)) FROM meta WHERE key = 'id_key'";

    return database_query(s->database, sql, take_key, &s->key, error);
}

/* --- the journal --- */

static enum tk_code take_entry(void *context, const char *const *columns)
{
    struct snapshot *s = context;
    struct stored_entry entry = {.kind = ""};

    if (!hex_parse(entry.id.bytes, sizeof entry.id.bytes, columns[0]))
        return TK_BAD_DATA;
    snprintf(entry.kind, sizeof entry.kind, "%s", columns[1]);
    entry.unreadable = outcome_parse(columns[2], strlen(columns[2]), &entry.outcome) != TK_OK;
    return LIST_ADD(&s->stored->entries, &entry);
}

static enum tk_code read_journal(struct snapshot *s, int64_t since, struct tk_error *error)
{
    char sql[256];

    snprintf(sql, sizeof sql, "SELECT %s, kind, outcome FROM journal WHERE recorded_at >= %" PRId64,
             s->database->psql ? "encode(op_id, 'hex')" : "lower(hex(op_id))", since);
    return database_query(s->database, sql, take_entry, s, error);
}

/* --- showings and tickets --- */

static enum tk_code take_slot(void *context, const char *const *columns)
{
    struct snapshot *s = context;
    struct stored_slot slot = {.id = whole(columns[0]),
                               .capacity = whole(columns[1]),
                               .available = whole(columns[2]),
                               .allotted = whole(columns[3]),
                               .sold = whole(columns[4]),
                               .lost = whole(columns[5]),
                               .admitted = whole(columns[6])};

    return LIST_ADD(&s->stored->slots, &slot);
}

static uint64_t id_of(const struct snapshot *s, enum id_kind kind, const char *number)
{
    uint64_t counted = strtoull(number, NULL, 10);

    return counted ? id_make(&s->key, kind, counted) : 0;
}

static enum tk_code take_ticket(void *context, const char *const *columns)
{
    struct snapshot *s = context;
    struct stored_ticket ticket = {.id = id_of(s, ID_TICKET, columns[0]),
                                   .slot_id = whole(columns[1]),
                                   .customer_id = id_of(s, ID_CUSTOMER, columns[2]),
                                   .status = (int32_t)whole(columns[3]),
                                   .replaces = id_of(s, ID_TICKET, columns[4]),
                                   .replaced_by = id_of(s, ID_TICKET, columns[5]),
                                   .sale_id = id_of(s, ID_TICKET, columns[6]),
                                   .sale_position = (int32_t)whole(columns[7]),
                                   .sale_size = (int32_t)whole(columns[8]),
                                   .admitted = whole(columns[9]) > 0};

    return LIST_ADD(&s->stored->tickets, &ticket);
}

/* A query of rows that belong to the slots that are wanted, named by `column`. */
static enum tk_code read_of_slots(struct snapshot *s, const char *select, const char *column,
                                  row_taker *take, struct tk_error *error)
{
    struct buffer sql;
    enum tk_code code;

    buffer_init(&sql, SQL_LIMIT);
    buffer_add_text(&sql, select);
    if (s->slot_count)
        buffer_addf(&sql, " WHERE %s IN (0", column);
    for (size_t i = 0; i < s->slot_count; i++)
        buffer_addf(&sql, ", %" PRId64, s->slot_ids[i]);
    if (s->slot_count)
        buffer_add_char(&sql, ')');
    code =
        sql.failed ? TK_NO_MEMORY : database_query(s->database, buffer_text(&sql), take, s, error);
    buffer_release(&sql);
    return code;
}

enum tk_code snapshot_read(const struct database *database, const int64_t *slot_ids,
                           size_t slot_count, int64_t since, struct stored *stored,
                           struct tk_error *error)
{
    struct snapshot s = {
        .database = database, .slot_ids = slot_ids, .slot_count = slot_count, .stored = stored};
    enum tk_code code;

    *stored = (struct stored){.entries = {NULL, 0, 0}};
    code = read_key(&s, error);
    if (!code)
        code = read_journal(&s, since, error);
    if (!code)
        code = read_of_slots(&s,
                             "SELECT id, capacity, available, allotted, sold, lost, admitted"
                             " FROM slot",
                             "id", take_slot, error);
    if (!code)
        code = read_of_slots(&s,
                             "SELECT number, slot_id, customer, status, replaces, replaced_by,"
                             " sale, sale_position, sale_size, admitted_at FROM ticket",
                             "slot_id", take_ticket, error);
    return code;
}
