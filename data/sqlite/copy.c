#include "data/sqlite/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/sqlite/internal.h"
#include "data/sqlite/schema.h"

#define SQL_SIZE 2048

#define WRITER_FIRST "(SELECT value FROM meta WHERE key = 'writer_first')"
#define OWN_WRITER "(SELECT value FROM meta WHERE key = 'writer')"
/* from which on nobody was given any */
#define NEXT_NUMBER                                                                                \
    "(SELECT max(value, (SELECT coalesce(max(number), 0) + 1 FROM ticket),"                        \
    " (SELECT coalesce(max(number), 0) + 1 FROM customer))"                                        \
    " FROM meta WHERE key = 'number_floor')"

struct sqlite_end {
    struct copy_end end; /* first */
    struct sqlite_store *store;
    enum copy_role role;
    bool held;   /* a read transaction is open */
    bool inside; /* the gate */
};

static struct sqlite_store *store_of(struct copy_end *end)
{
    return ((struct sqlite_end *)end)->store;
}

static enum tk_code run(struct sqlite_store *store, const char *sql, struct tk_error *error)
{
    return sqlite_fail(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL), error);
}

static enum tk_code prepare(struct sqlite_store *store, const char *sql, sqlite3_stmt **statement,
                            struct tk_error *error)
{
    return sqlite_fail(store, sqlite3_prepare_v2(store->db, sql, -1, statement, NULL), error);
}

/* Ends a transaction, one way or the other. */
static enum tk_code end_write(struct sqlite_store *store, enum tk_code code, struct tk_error *error)
{
    if (!code)
        code = run(store, "COMMIT", error);
    if (code && !sqlite3_get_autocommit(store->db))
        run(store, "ROLLBACK", NULL);
    return code;
}

/* --- reading --- */

/* The rows of a table. This file's own writer has no row until its chains end, which is when they are copied. */
static const char *rows_of(const struct sqlite_end *end, const struct copy_table *table)
{
    if (table->id != COPY_WRITER || end->role == COPY_INTO)
        return table->name;
    return "(SELECT id, first, count, entries, hash, head FROM writer UNION ALL"
           " SELECT id, first, max(first + entries, " NEXT_NUMBER ") - first, entries, hash,"
           " (SELECT value FROM meta WHERE key = 'journal_head') AS head FROM"
           " (SELECT m.value AS id, " WRITER_FIRST " AS first,"
           " (SELECT count(*) FROM journal WHERE writer = m.value) AS entries,"
           " coalesce((SELECT hash FROM journal WHERE writer = m.value ORDER BY seq DESC LIMIT 1),"
           " zeroblob(32)) AS hash FROM meta m WHERE m.key = 'writer'))";
}

#define PLACES "?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20"

/* How much of PLACES is for so many. */
static int places_length(int count)
{
    int length = 0;

    while (count--)
        length += (int)strcspn(&PLACES[length], ",") + 1;
    return length - 1;
}

/* The first columns of a table: "slot_id, holder". */
static int key_length(const struct copy_table *table)
{
    const char *end = table->columns;

    for (int i = 0; i < table->keys; i++)
        end += strcspn(end + (i > 0), ",") + (i > 0);
    return (int)(end - table->columns);
}

static enum tk_code bind(sqlite3_stmt *s, const char *types, int count, struct copy_reader *reader)
{
    struct copy_value value;

    for (int i = 0; i < count; i++) {
        if (!copy_read(reader, types[i], &value))
            return TK_INTERNAL;
        if (types[i] == 'n')
            sqlite3_bind_int64(s, i + 1, value.number);
        else if (types[i] == 'N')
            bind_number(s, i + 1, (uint64_t)value.number);
        else if (types[i] == 't')
            sqlite3_bind_text(s, i + 1, value.bytes, (int)value.size, SQLITE_STATIC);
        else if (value.size)
            sqlite3_bind_blob(s, i + 1, value.bytes, (int)value.size, SQLITE_STATIC);
        else
            sqlite3_bind_zeroblob(s, i + 1, 0);
    }
    return TK_OK;
}

static void get_value(const void *row, int column, char type, struct copy_value *value)
{
    sqlite3_stmt *s = (sqlite3_stmt *)(uintptr_t)row;

    if (type == 'n' || type == 'N') {
        value->number = sqlite3_column_int64(s, column);
        return;
    }
    value->bytes = type == 't' ? (const char *)sqlite3_column_text(s, column)
                               : sqlite3_column_blob(s, column);
    value->size = (size_t)sqlite3_column_bytes(s, column);
}

/* Puts the rows of a statement into the page until it is full. */
static enum tk_code take_rows(struct sqlite_store *store, sqlite3_stmt *s,
                              const struct copy_table *table, bool keys, struct copy_page *page,
                              struct tk_error *error)
{
    enum tk_code code = TK_OK;
    bool row = true;

    while (!code && row && !copy_page_is_full(page)) {
        code = statement_step(store, s, &row, error);
        if (!code && row)
            copy_put_row(page, table, keys, get_value, s);
    }
    return code;
}

static enum tk_code sqlite_read(struct copy_end *base, const struct copy_table *table,
                                const char *after, size_t after_size, struct copy_page *page,
                                struct tk_error *error)
{
    struct sqlite_end *end = (struct sqlite_end *)base;
    struct copy_reader reader = {after, after + after_size};
    char sql[SQL_SIZE], where[256] = "";
    sqlite3_stmt *s = NULL;
    enum tk_code code;

    if (after_size)
        snprintf(where, sizeof where, " WHERE (%.*s) > (%.*s)", key_length(table),
                 table->columns, places_length(table->keys), PLACES);
    snprintf(sql, sizeof sql, "SELECT %s FROM %s%s ORDER BY %.*s LIMIT %d", table->columns,
             rows_of(end, table), where, key_length(table), table->columns, COPY_PAGE_ROWS);
    code = prepare(end->store, sql, &s, error);
    if (!code && after_size && bind(s, table->types, table->keys, &reader))
        code = tk_fail_code(error, TK_INTERNAL);
    if (!code)
        code = take_rows(end->store, s, table, false, page, error);
    sqlite3_finalize(s);
    return code;
}

static enum tk_code sqlite_last(struct copy_end *base, const struct copy_table *table,
                                struct copy_page *page, struct tk_error *error)
{
    struct sqlite_end *end = (struct sqlite_end *)base;
    char sql[SQL_SIZE], order[256] = "";
    sqlite3_stmt *s = NULL;
    enum tk_code code;

    for (int i = 0; i < table->keys; i++) /* the columns by their numbers */
        snprintf(order + strlen(order), sizeof order - strlen(order), "%s%d DESC", i ? ", " : "",
                 i + 1);
    snprintf(sql, sizeof sql, "SELECT %.*s FROM %s ORDER BY %s LIMIT 1", key_length(table),
             table->columns, rows_of(end, table), order);
    code = prepare(end->store, sql, &s, error);
    if (!code)
        code = take_rows(end->store, s, table, true, page, error);
    sqlite3_finalize(s);
    return code;
}

static enum tk_code ask_number(struct sqlite_store *store, const char *sql, int64_t *number,
                               struct tk_error *error)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    enum tk_code code = prepare(store, sql, &s, error);

    if (!code)
        code = statement_step(store, s, &row, error);
    if (!code)
        *number = row ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return code;
}

static enum tk_code sqlite_count(struct copy_end *base, const struct copy_table *table,
                                 int64_t *count, struct tk_error *error)
{
    struct sqlite_end *end = (struct sqlite_end *)base;
    char sql[SQL_SIZE];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", rows_of(end, table));
    return ask_number(end->store, sql, count, error);
}

/* A file counts its entries. */
static enum tk_code sqlite_journal_seq(struct copy_end *end, int64_t n, int64_t *seq,
                                       struct tk_error *error)
{
    (void)end;
    (void)error;
    *seq = n;
    return TK_OK;
}

static enum tk_code sqlite_writer_first(struct copy_end *end, int64_t writer, int64_t *first,
                                        struct tk_error *error)
{
    char sql[SQL_SIZE];

    snprintf(sql, sizeof sql,
             "SELECT CASE WHEN %lld = " OWN_WRITER " THEN " WRITER_FIRST
             " ELSE (SELECT first FROM writer WHERE id = %lld) END",
             (long long)writer, (long long)writer);
    return ask_number(store_of(end), sql, first, error);
}

/* --- what a store knows of itself --- */

static enum tk_code end_version(struct copy_end *end, uint64_t *version, struct tk_error *error)
{
    return sqlite_version(&store_of(end)->store, version, error);
}

static enum tk_code end_verify(struct copy_end *end, struct verify_report *report,
                               struct tk_error *error)
{
    return sqlite_verify(&store_of(end)->store, report, error);
}

/* Exactly `size` bytes of meta, or with data NULL a number. False when they are not there. */
static enum tk_code get_meta(struct sqlite_store *store, const char *key, void *data, size_t size,
                             int64_t *number, bool *there, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_META_GET);
    enum tk_code code;

    bind_text(s, 1, key);
    code = statement_step(store, s, there, error);
    if (!code && *there && data && sqlite3_column_bytes(s, 0) == (int)size)
        memcpy(data, sqlite3_column_blob(s, 0), size);
    else if (!code && data)
        *there = false;
    else if (!code && number)
        *number = sqlite3_column_int64(s, 0);
    statement_done(s);
    return code;
}

static enum tk_code put_meta(struct sqlite_store *store, const char *key, const void *data,
                             size_t size, int64_t number, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_META_PUT);

    bind_text(s, 1, key);
    if (data)
        sqlite3_bind_blob(s, 2, data, (int)size, SQLITE_STATIC);
    else
        sqlite3_bind_int64(s, 2, number);
    return statement_run(store, s, error);
}

/* As the entry will be numbered in a database: its place among those of its writer, in his block. */
static enum tk_code read_digest_since(struct sqlite_store *store, int64_t *seq,
                                      struct tk_error *error)
{
    char sql[SQL_SIZE];

    snprintf(sql, sizeof sql,
             "SELECT coalesce((SELECT j.seq - (SELECT min(seq) FROM journal WHERE writer = j.writer)"
             " + CASE WHEN j.writer = " OWN_WRITER " THEN " WRITER_FIRST
             " ELSE (SELECT first FROM writer WHERE id = j.writer) END"
             " FROM journal j WHERE j.seq = %lld), " WRITER_FIRST
             " + (SELECT count(*) FROM journal WHERE writer = " OWN_WRITER "))",
             (long long)store->digest_since);
    return ask_number(store, sql, seq, error);
}

/* What connection_read_meta does not keep. */
static enum tk_code read_facts(struct sqlite_store *store, struct copy_facts *facts,
                               struct tk_error *error)
{
    bool there;
    enum tk_code code = get_meta(store, "digest_key", facts->digest_key.bytes,
                                 sizeof facts->digest_key.bytes, NULL, &there, error);

    op_id_parse(&facts->uuid, store->uuid);
    facts->era = store->era;
    facts->id_key = store->id_key;
    facts->digest_since_counted = store->digest_since;
    if (!code)
        code = ask_number(store, "SELECT value FROM meta WHERE key = 'key_generation'",
                          &facts->key_generation, error);
    if (!code)
        code = read_digest_since(store, &facts->digest_since, error);
    return code ? code : ask_number(store, "SELECT " NEXT_NUMBER, &facts->floor, error);
}

static enum tk_code sqlite_hold(struct copy_end *base, struct copy_facts *facts,
                                struct tk_error *error)
{
    struct sqlite_end *end = (struct sqlite_end *)base;
    enum tk_code code = run(end->store, SQL_BEGIN_READ, error);

    end->held = !code;
    if (!code)
        code = connection_read_meta(end->store, error);
    return code ? code : read_facts(end->store, facts, error);
}

static void sqlite_release(struct copy_end *base)
{
    struct sqlite_end *end = (struct sqlite_end *)base;

    if (end->held)
        run(end->store, "COMMIT", NULL);
    end->held = false;
}

/* --- a destination --- */

static enum tk_code sqlite_state(struct copy_end *base, struct copy_state *state,
                                 struct tk_error *error)
{
    struct sqlite_store *store = store_of(base);
    uint8_t mark[COPY_MARK_SIZE];
    int64_t used = 0;
    enum tk_code code =
        get_meta(store, "copy", mark, sizeof mark, NULL, &state->unfinished, error);

    if (!code)
        code = ask_number(store,
                          "SELECT EXISTS (SELECT 1 FROM slot) OR EXISTS (SELECT 1 FROM journal)",
                          &used, error);
    if (code)
        return code;
    state->used = used != 0;
    if (state->unfinished)
        copy_mark_parse(&state->mark, mark, sizeof mark);
    op_id_parse(&state->uuid, store->uuid);
    return TK_OK;
}

static enum tk_code remove_rows(struct sqlite_store *store, bool all, struct tk_error *error)
{
    enum tk_code code = all ? run(store, SCHEMA_JOURNAL_LIFT "DELETE FROM device", error) : TK_OK;

    for (int i = COPY_TABLE_COUNT - 1; !code && i >= 0; i--) {
        char sql[64];

        snprintf(sql, sizeof sql, "DELETE FROM %s", copy_tables[i].name);
        if (all || i == COPY_RESTLESS)
            code = run(store, sql, error);
    }
    return code || !all ? code : run(store, SCHEMA_JOURNAL_KEEP, error);
}

static enum tk_code sqlite_mark(struct copy_end *base, const struct copy_mark *mark, bool all,
                                struct tk_error *error)
{
    struct sqlite_store *store = store_of(base);
    uint8_t bytes[COPY_MARK_SIZE];
    enum tk_code code = run(store, "BEGIN IMMEDIATE", error);

    copy_mark_print(bytes, mark);
    if (!code)
        code = put_meta(store, "copy", bytes, sizeof bytes, 0, error);
    if (!code)
        code = remove_rows(store, all, error);
    return end_write(store, code, error);
}

static enum tk_code insert_rows(struct sqlite_store *store, sqlite3_stmt *s,
                                const struct copy_table *table, const struct copy_page *page,
                                struct tk_error *error)
{
    struct copy_reader reader = {page->bytes.data, page->bytes.data + page->bytes.length};
    int columns = (int)strlen(table->types);
    enum tk_code code = TK_OK;

    while (!code && reader.at < reader.end) {
        if (bind(s, table->types, columns, &reader))
            return tk_fail_code(error, TK_INTERNAL);
        code = statement_run(store, s, error);
    }
    return code;
}

static enum tk_code sqlite_write(struct copy_end *base, const struct copy_table *table,
                                 const struct copy_page *page, struct tk_error *error)
{
    struct sqlite_store *store = store_of(base);
    bool writer = table->id == COPY_WRITER; /* whose chains have ended */
    int places = places_length((int)strlen(table->types));
    char sql[SQL_SIZE];
    sqlite3_stmt *s = NULL;
    enum tk_code code;

    snprintf(sql, sizeof sql, "INSERT INTO %s (%s%s) VALUES (%.*s%s)", table->name, table->columns,
             writer ? ", batches, touched_at, retired" : "", places, PLACES,
             writer ? ", 0, 0, min(?1, 1)" : "");
    code = prepare(store, sql, &s, error);
    if (code)
        return code;
    code = run(store, "BEGIN IMMEDIATE", error);
    if (!code)
        code = insert_rows(store, s, table, page, error);
    sqlite3_finalize(s);
    return end_write(store, code, error);
}

/* This file's own writer has no entries; records go on counting. */
static enum tk_code put_ends(struct sqlite_store *store, struct tk_error *error)
{
    static const uint8_t none[CRYPTO_HASH_SIZE];
    int64_t seq = 0;
    enum tk_code code = put_meta(store, "journal_entries", NULL, 0, 0, error);

    if (!code)
        code = put_meta(store, "journal_head", none, sizeof none, 0, error);
    if (!code)
        code = ask_number(store, "SELECT max(seq) FROM record", &seq, error);
    return code ? code : put_meta(store, "record_seq", NULL, 0, seq, error);
}

static enum tk_code put_numbers(struct sqlite_store *store, const struct copy_facts *facts,
                                struct tk_error *error)
{
    int64_t floor = 0, writer = 0, first;
    enum tk_code code = ask_number(store,
                                   "SELECT max((SELECT coalesce(max(number), 0) FROM ticket),"
                                   " (SELECT coalesce(max(number), 0) FROM customer),"
                                   " (SELECT coalesce(max(first + count), 0) FROM number_block))",
                                   &floor, error);

    if (!code)
        code = ask_number(store, "SELECT coalesce(max(id), -1) + 1 FROM writer", &writer, error);
    first = COPY_AHEAD + (floor < facts->floor ? facts->floor : floor);
    if (!code)
        code = put_meta(store, "number_floor", NULL, 0, first, error);
    if (!code)
        code = put_meta(store, "writer", NULL, 0, writer, error);
    if (!code)
        code = put_meta(store, "writer_first", NULL, 0, first, error);
    if (!code)
        code = put_meta(store, "era", NULL, 0, facts->era + 1, error);
    if (!code)
        code = put_meta(store, "key_generation", NULL, 0, facts->key_generation, error);
    return code ? code
                : put_meta(store, "digest_since", NULL, 0, facts->digest_since_counted, error);
}

static enum tk_code sqlite_settle(struct copy_end *base, const struct copy_facts *facts,
                                  struct tk_error *error)
{
    struct sqlite_store *store = store_of(base);
    enum tk_code code = run(store, "BEGIN IMMEDIATE", error);

    if (!code)
        code = put_numbers(store, facts, error);
    if (!code)
        code = put_ends(store, error);
    if (!code)
        code = put_meta(store, "uuid", facts->uuid.bytes, sizeof facts->uuid.bytes, 0, error);
    if (!code)
        code = put_meta(store, "id_key", facts->id_key.bytes, sizeof facts->id_key.bytes, 0, error);
    if (!code)
        code = put_meta(store, "digest_key", facts->digest_key.bytes,
                        sizeof facts->digest_key.bytes, 0, error);
    code = end_write(store, code, error);
    return code ? code : connection_read_meta(store, error);
}

static enum tk_code sqlite_finish(struct copy_end *base, struct tk_error *error)
{
    return run(store_of(base), "DELETE FROM meta WHERE key = 'copy'", error);
}

/* --- opening --- */

static void sqlite_close(struct copy_end *base)
{
    struct sqlite_end *end = (struct sqlite_end *)base;

    sqlite_release(base);
    if (end->inside)
        gate_leave(&end->store->gate);
    if (end->store)
        store_close(&end->store->store);
    free(end);
}

static const struct copy_end_ops sqlite_ops = {
    .counts_journal = true,
    .version = end_version,
    .verify = end_verify,
    .hold = sqlite_hold,
    .release = sqlite_release,
    .read = sqlite_read,
    .count = sqlite_count,
    .last = sqlite_last,
    .journal_seq = sqlite_journal_seq,
    .writer_first = sqlite_writer_first,
    .state = sqlite_state,
    .mark = sqlite_mark,
    .write = sqlite_write,
    .settle = sqlite_settle,
    .finish = sqlite_finish,
    .close = sqlite_close,
};

enum tk_code sqlite_copy_open(const struct sqlite_options *options, enum copy_role role,
                              struct copy_end **result, struct tk_error *error)
{
    struct sqlite_options own = *options;
    struct sqlite_end *end = calloc(1, sizeof *end);
    struct store *store = NULL;
    enum tk_code code;

    if (!end)
        return tk_fail_code(error, TK_NO_MEMORY);
    end->end.ops = &sqlite_ops;
    end->role = role;
    own.must_exist = role == COPY_FROM;
    own.copying = role == COPY_INTO;
    code = sqlite_store_open(&own, &store, error);
    end->store = (struct sqlite_store *)store;
    if (!code && role == COPY_INTO) {
        code = gate_enter(&end->store->gate, error);
        end->inside = !code;
    }
    if (code)
        sqlite_close(&end->end);
    else
        *result = &end->end;
    return code;
}
