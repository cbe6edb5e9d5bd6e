#include "data/postgres/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/postgres/internal.h"
#include "data/postgres/schema.h"

#define SQL_SIZE 2048

struct postgres_end {
    struct copy_end end; /* first */
    struct postgres_store *store;
    enum copy_role role;
    int64_t turn; /* of the copies into this database: whoever came last goes on */
    bool held;    /* a read transaction is open */
};

static struct postgres_store *store_of(struct copy_end *end)
{
    return ((struct postgres_end *)end)->store;
}

static enum tk_code run(struct postgres_store *store, const char *sql,
                        const struct pg_params *params, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(store, sql, params, &result, error);

    PQclear(result);
    return code;
}

/* The first column of the first row; 0 without. */
static enum tk_code ask_number(struct postgres_store *store, const char *sql,
                               const struct pg_params *params, int64_t *number,
                               struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(store, sql, params, &result, error);

    if (!code)
        *number = PQntuples(result) ? row_number(result, 0, 0) : 0;
    PQclear(result);
    return code;
}

/* A transaction that was rolled back answers its COMMIT, too; a WARNING says that no standby has it. */
static enum tk_code end_write(struct postgres_store *store, enum tk_code code, struct tk_error *error)
{
    PGresult *result = NULL;

    if (code) {
        if (store->conn)
            run(store, "ROLLBACK", NULL, NULL);
        return code;
    }
    store->warned = false;
    code = pg_ask_text(store, "COMMIT", NULL, &result, error);
    if (!code && (strcmp(PQcmdStatus(result), "COMMIT") != 0 || store->warned))
        code = tk_fail(error, TK_UNAVAILABLE, "The database did not confirm what was written.");
    PQclear(result);
    return code;
}

/* Only the copy that came last may write: an earlier one divides by nought. */
static enum tk_code begin_write(struct postgres_end *end, struct tk_error *error)
{
    struct pg_params *params = pg_params(end->store);
    int64_t one;
    enum tk_code code = run(end->store, "BEGIN ISOLATION LEVEL READ COMMITTED", NULL, error);

    if (code || !end->turn)
        return code;
    params_number(params, end->turn);
    code = ask_number(end->store,
                      "SELECT 1 / count(*)::bigint FROM meta WHERE key = 'copy' AND number = $1", params,
                      &one, error);
    if (code == TK_BUSY)
        return tk_fail(error, code, "Another copy into this database goes on: this one was stopped.");
    return code;
}

/* --- reading --- */

/* What was voided stands in the journal, as seq 0. */
static const char *where_of(const struct copy_table *table)
{
    return table->id == COPY_VOIDED ? "seq = 0" : table->id == COPY_JOURNAL ? "seq > 0" : "true";
}

static const char *name_of(const struct copy_table *table)
{
    return table->id == COPY_VOIDED ? "journal" : table->name;
}

#define X(id, name, columns, types, keys) _Static_assert((keys) <= 5, "so many are in places and orders");
COPY_TABLES(X)
#undef X

/* The first columns of a table: "slot_id, holder". */
static int key_length(const struct copy_table *table)
{
    const char *end = table->columns;

    for (int i = 0; i < table->keys; i++)
        end += strcspn(end + (i > 0), ",") + (i > 0);
    return (int)(end - table->columns);
}

struct place {
    const PGresult *result;
    int row;
};

static void get_value(const void *row, int column, char type, struct copy_value *value)
{
    const struct place *place = row;

    if (type == 'n' || type == 'N') {
        value->number = row_number(place->result, place->row, column);
        return;
    }
    value->bytes = PQgetvalue(place->result, place->row, column);
    value->size = (size_t)PQgetlength(place->result, place->row, column);
}

static enum tk_code take_rows(struct postgres_store *store, const char *sql,
                              const struct pg_params *params, const struct copy_table *table,
                              bool keys, struct copy_page *page, struct tk_error *error)
{
    PGresult *result = NULL;
    struct place place = {.row = 0};
    enum tk_code code = pg_ask_text(store, sql, params, &result, error);

    place.result = result;
    for (; !code && place.row < PQntuples(result) && !copy_page_is_full(page); place.row++)
        copy_put_row(page, table, keys, get_value, &place);
    PQclear(result);
    return code;
}

/* False when the key is not whole. */
static bool put_key(struct pg_params *params, const struct copy_table *table, const char *key,
                    size_t size)
{
    struct copy_reader reader = {key, key + size};
    struct copy_value value;

    for (int i = 0; i < table->keys; i++) {
        if (!copy_read(&reader, table->types[i], &value))
            return false;
        if (table->types[i] == 'n')
            params_number(params, value.number);
        else
            params_bytes(params, value.bytes, value.size);
    }
    return true;
}

static enum tk_code postgres_read(struct copy_end *base, const struct copy_table *table,
                                  const char *after, size_t after_size, struct copy_page *page,
                                  struct tk_error *error)
{
    struct postgres_store *store = store_of(base);
    struct pg_params *params = pg_params(store);
    int key = key_length(table);
    static const char places[] = "$1, $2, $3, $4, $5";
    char sql[SQL_SIZE], beyond[256] = "";

    if (after_size && !put_key(params, table, after, after_size))
        return tk_fail_code(error, TK_INTERNAL);
    if (after_size)
        snprintf(beyond, sizeof beyond, " AND (%.*s) > (%.*s)", key, table->columns,
                 4 * table->keys - 2, places);
    snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s%s ORDER BY %.*s LIMIT %d", table->columns,
             name_of(table), where_of(table), beyond, key, table->columns, COPY_PAGE_ROWS);
    return take_rows(store, sql, params, table, false, page, error);
}

static enum tk_code postgres_last(struct copy_end *base, const struct copy_table *table,
                                  struct copy_page *page, struct tk_error *error)
{
    static const char orders[] = "1 DESC, 2 DESC, 3 DESC, 4 DESC, 5 DESC"; /* the columns by their numbers */
    int key = key_length(table);
    char sql[SQL_SIZE];

    snprintf(sql, sizeof sql, "SELECT %.*s FROM %s WHERE %s ORDER BY %.*s LIMIT 1", key,
             table->columns, name_of(table), where_of(table), 8 * table->keys - 2, orders);
    return take_rows(store_of(base), sql, NULL, table, true, page, error);
}

static enum tk_code postgres_count(struct copy_end *base, const struct copy_table *table,
                                   int64_t *count, struct tk_error *error)
{
    char sql[SQL_SIZE];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE %s", name_of(table), where_of(table));
    return ask_number(store_of(base), sql, NULL, count, error);
}

static enum tk_code postgres_journal_seq(struct copy_end *base, int64_t n, int64_t *seq,
                                         struct tk_error *error)
{
    struct postgres_store *store = store_of(base);
    struct pg_params *params = pg_params(store);

    params_number(params, n - 1);
    return ask_number(store, "SELECT seq FROM journal WHERE seq > 0 ORDER BY seq OFFSET $1 LIMIT 1",
                      params, seq, error);
}

/* --- what a store knows of itself --- */

static enum tk_code end_version(struct copy_end *end, uint64_t *version, struct tk_error *error)
{
    int64_t number = 0;
    enum tk_code code = ask_number(store_of(end), pg_sql_text(PG_VERSION), NULL, &number, error);

    if (!code)
        *version = (uint64_t)number;
    return code;
}

/* A destination is looked at by a store of its own, which knows it as it will be known. */
static enum tk_code end_verify(struct copy_end *base, struct verify_report *report,
                               struct tk_error *error)
{
    struct postgres_end *end = (struct postgres_end *)base;
    struct store *store = NULL;
    enum tk_code code;

    if (end->role == COPY_FROM)
        return postgres_verify(&end->store->store, report, error);
    code = postgres_store_open(&end->store->options, &store, error);
    if (!code)
        code = store->ops->verify(store, report, error);
    store_close(store);
    return code;
}

static enum tk_code read_facts(struct postgres_store *store, struct copy_facts *facts,
                               struct tk_error *error)
{
    struct pg_params *params;
    int64_t schema = 0;
    enum tk_code code = pg_read_meta(store, &schema, &facts->digest_key, error);

    op_id_parse(&facts->uuid, store->uuid);
    facts->era = store->era;
    facts->id_key = store->id_key;
    facts->digest_since = store->digest_since;
    if (!code)
        code = ask_number(store, "SELECT number FROM meta WHERE key = 'key_generation'", NULL,
                          &facts->key_generation, error);
    if (!code)
        code = ask_number(store, "SELECT number FROM meta WHERE key = 'next_number'", NULL,
                          &facts->floor, error);
    params = pg_params(store);
    params_number(params, facts->digest_since);
    return code ? code
                : ask_number(store, "SELECT count(*) + 1 FROM journal WHERE seq > 0 AND seq < $1",
                             params, &facts->digest_since_counted, error);
}

static enum tk_code postgres_hold(struct copy_end *base, struct copy_facts *facts,
                                  struct tk_error *error)
{
    struct postgres_end *end = (struct postgres_end *)base;
    enum tk_code code =
        run(end->store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, error);

    end->held = !code;
    return code ? code : read_facts(end->store, facts, error);
}

static void postgres_release(struct copy_end *base)
{
    struct postgres_end *end = (struct postgres_end *)base;

    if (end->held && end->store->conn)
        run(end->store, "COMMIT", NULL, NULL);
    end->held = false;
}

/* --- a destination --- */

static enum tk_code put_meta(struct postgres_store *store, const char *key, int64_t number,
                             const void *data, size_t size, struct tk_error *error)
{
    struct pg_params *params = pg_params(store);

    params_text(params, key);
    params_number(params, number);
    params_bytes(params, data, size);
    return run(store, SQL_META_SET, params, error);
}

/* The mark, and this copy's turn, which ends those of others. */
static enum tk_code take_turn(struct postgres_end *end, struct copy_state *state,
                              struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(end->store,
                                    "UPDATE meta SET number = number + 1 WHERE key = 'copy'"
                                    " RETURNING number, data",
                                    NULL, &result, error);

    if (!code && PQntuples(result)) {
        state->unfinished = true;
        end->turn = row_number(result, 0, 0);
        copy_mark_parse(&state->mark, PQgetvalue(result, 0, 1), (size_t)PQgetlength(result, 0, 1));
    }
    PQclear(result);
    return code;
}

static enum tk_code postgres_state(struct copy_end *base, struct copy_state *state,
                                   struct tk_error *error)
{
    struct postgres_end *end = (struct postgres_end *)base;
    struct crypto_key key;
    int64_t schema = 0, used = 0;
    enum tk_code code = pg_read_meta(end->store, &schema, &key, error);

    if (!code)
        code = take_turn(end, state, error);
    if (!code)
        code = ask_number(end->store,
                          "SELECT (EXISTS (SELECT 1 FROM slot) OR EXISTS (SELECT 1 FROM journal))"
                          "::int::bigint",
                          NULL, &used, error);
    if (code)
        return code;
    state->used = used != 0;
    op_id_parse(&state->uuid, end->store->uuid);
    return TK_OK;
}

static enum tk_code remove_rows(struct postgres_store *store, bool all, struct tk_error *error)
{
    enum tk_code code = all ? run(store, PG_JOURNAL_LIFT, NULL, error) : TK_OK;

    for (int i = COPY_TABLE_COUNT - 1; !code && i >= 0; i--) {
        char sql[SQL_SIZE];

        snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s", name_of(&copy_tables[i]),
                 where_of(&copy_tables[i]));
        if (all || i == COPY_RESTLESS)
            code = run(store, sql, NULL, error);
    }
    return code || !all ? code : run(store, PG_JOURNAL_KEEP, NULL, error);
}

static enum tk_code postgres_mark(struct copy_end *base, const struct copy_mark *mark, bool all,
                                  struct tk_error *error)
{
    struct postgres_end *end = (struct postgres_end *)base;
    uint8_t bytes[COPY_MARK_SIZE];
    enum tk_code code = begin_write(end, error);

    copy_mark_print(bytes, mark);
    if (!end->turn)
        end->turn = 1;
    if (!code)
        code = put_meta(end->store, "copy", end->turn, bytes, sizeof bytes, error);
    if (!code)
        code = remove_rows(end->store, all, error);
    return end_write(end->store, code, error);
}

/* "$1::bigint[], $2::text[] …" */
static void print_arrays(char *text, size_t size, const char *types)
{
    size_t used = 0;

    for (int i = 0; types[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s$%d::%s[]", i ? ", " : "", i + 1,
                                 types[i] == 't'   ? "text"
                                 : types[i] == 'b' ? "bytea"
                                                   : "bigint");
}

/* What a table has here besides what is copied. */
static const char *more_columns(const struct copy_table *table)
{
    switch (table->id) {
    case COPY_WRITER:
        return ", batches, touched_at, retired";
    case COPY_VOIDED:
        return ", seq, writer, device, device_seq, kind, actor, at, recorded_at, body, outcome, digest, hash";
    default:
        return "";
    }
}

static const char *more_values(const struct copy_table *table)
{
    switch (table->id) {
    case COPY_WRITER: /* only nobody's row goes on: it keeps count for the version */
        return ", 0, 0, least(n.id, 1)";
    case COPY_VOIDED:
        return ", 0, 0, '', 0, '', '', 0, 0, '', '', ''::bytea, ''::bytea";
    default:
        return "";
    }
}

static bool put_rows(struct pg_rows *rows, const struct copy_table *table,
                     const struct copy_page *page)
{
    struct copy_reader reader = {page->bytes.data, page->bytes.data + page->bytes.length};
    char types[PG_PARAMS_MAX + 1];
    struct copy_value value;
    size_t columns = strlen(table->types);

    for (size_t i = 0; i <= columns; i++)
        types[i] = table->types[i] == 'N' ? 'n' : table->types[i];
    rows_begin(rows, types);
    while (reader.at < reader.end)
        for (size_t i = 0; i < columns; i++) {
            if (!copy_read(&reader, table->types[i], &value))
                return false;
            if (table->types[i] == 'n')
                rows_number(rows, value.number);
            else if (table->types[i] == 'N')
                rows_number_or_null(rows, value.number);
            else
                rows_bytes(rows, value.bytes, value.size);
        }
    return true;
}

static enum tk_code postgres_write(struct copy_end *base, const struct copy_table *table,
                                   const struct copy_page *page, struct tk_error *error)
{
    struct postgres_end *end = (struct postgres_end *)base;
    struct postgres_store *store = end->store;
    char sql[SQL_SIZE], arrays[512];
    enum tk_code code = begin_write(end, error);

    print_arrays(arrays, sizeof arrays, table->types);
    snprintf(sql, sizeof sql,
             "INSERT INTO %s (%s%s) SELECT n.*%s FROM unnest(%s) AS n (%s)", name_of(table),
             table->columns, more_columns(table), more_values(table), arrays, table->columns);
    if (!code && !put_rows(&store->rows, table, page))
        code = tk_fail_code(error, TK_INTERNAL);
    if (!code) {
        struct pg_params *params = pg_params(store);

        rows_put(&store->rows, params);
        code = run(store, sql, params, error);
    }
    return end_write(store, code, error);
}

static enum tk_code put_numbers(struct postgres_store *store, const struct copy_facts *facts,
                                struct tk_error *error)
{
    int64_t floor = 0;
    enum tk_code code = ask_number(
        store,
        "SELECT greatest((SELECT coalesce(max(number), 0) FROM ticket),"
        " (SELECT coalesce(max(number), 0) FROM customer), (SELECT coalesce(max(seq), 0) FROM journal),"
        " (SELECT coalesce(max(first + count), 0) FROM number_block),"
        " (SELECT coalesce(max(first + count), 0) FROM writer)) + 1",
        NULL, &floor, error);

    if (!code)
        code = put_meta(store, "next_number",
                        COPY_AHEAD + (floor < facts->floor ? facts->floor : floor), "", 0, error);
    if (!code)
        code = put_meta(store, "era", facts->era + 1, "", 0, error);
    if (!code)
        code = put_meta(store, "key_generation", facts->key_generation, "", 0, error);
    if (!code)
        code = run(store,
                   "UPDATE meta SET number = (SELECT coalesce(max(seq), 0) FROM record)"
                   " WHERE key = 'record_seq'",
                   NULL, error);
    return code ? code : put_meta(store, "digest_since", facts->digest_since, "", 0, error);
}

static enum tk_code postgres_settle(struct copy_end *base, const struct copy_facts *facts,
                                    struct tk_error *error)
{
    struct postgres_end *end = (struct postgres_end *)base;
    enum tk_code code = begin_write(end, error);

    if (!code)
        code = put_numbers(end->store, facts, error);
    if (!code)
        code = put_meta(end->store, "uuid", 0, facts->uuid.bytes, sizeof facts->uuid.bytes, error);
    if (!code)
        code = put_meta(end->store, "id_key", 0, facts->id_key.bytes, sizeof facts->id_key.bytes,
                        error);
    if (!code)
        code = put_meta(end->store, "digest_key", 0, facts->digest_key.bytes,
                        sizeof facts->digest_key.bytes, error);
    return end_write(end->store, code, error);
}

static enum tk_code postgres_finish(struct copy_end *base, struct tk_error *error)
{
    struct postgres_end *end = (struct postgres_end *)base;
    enum tk_code code = begin_write(end, error);

    if (!code)
        code = run(end->store, "DELETE FROM meta WHERE key = 'copy'", NULL, error);
    return end_write(end->store, code, error);
}

/* --- opening --- */

static void postgres_end_close(struct copy_end *base)
{
    struct postgres_end *end = (struct postgres_end *)base;

    if (end->store) {
        postgres_release(base);
        postgres_close(&end->store->store);
    }
    free(end);
}

static const struct copy_end_ops postgres_ops = {
    .version = end_version,
    .verify = end_verify,
    .hold = postgres_hold,
    .release = postgres_release,
    .read = postgres_read,
    .count = postgres_count,
    .last = postgres_last,
    .journal_seq = postgres_journal_seq,
    .state = postgres_state,
    .mark = postgres_mark,
    .write = postgres_write,
    .settle = postgres_settle,
    .finish = postgres_finish,
    .close = postgres_end_close,
};

/* A copy takes its time: nothing of it is hurried along by the settings for sales. Whole tables are read, and
   no statement is worth being compiled. */
static enum tk_code be_patient(struct postgres_store *store, struct tk_error *error)
{
    static const char *const settings[] = {
        "SET lock_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
        "SET enable_seqscan = on",
        "SET jit = off",
    };
    enum tk_code code = TK_OK;

    store->patience_ms = PATIENT_MS;
    for (size_t i = 0; !code && i < sizeof settings / sizeof settings[0]; i++)
        code = run(store, settings[i], NULL, error);
    return code;
}

/* The key of what was made there, and nothing done in it, does not matter: the copy brings its own. */
static enum tk_code make_schema(const struct postgres_store *store, int64_t schema,
                                struct tk_error *error)
{
    struct postgres_options options = store->options;
    struct postgres_migration migration;

    if (schema == pg_schema_version)
        return TK_OK;
    if (schema && schema < pg_schema_version && !store->unfinished)
        return tk_fail(error, TK_CONFIG,
                       "There is a box office of an older version where the copy should go: nothing was done. "
                       "Name an empty database.");
    options.new_key = true;
    return postgres_migrate(&options, false, &migration, error);
}

static enum tk_code connect_into(struct postgres_end *end, const struct postgres_options *options,
                                 struct tk_error *error)
{
    struct crypto_key key;
    int64_t schema = 0;
    enum tk_code code = pg_new(options, &end->store, error);

    if (code)
        return code;
    end->store->options.copying = true;
    code = pg_connect_bare(end->store, error);
    if (!code)
        code = pg_read_meta(end->store, &schema, &key, error);
    return code ? code : make_schema(end->store, schema, error);
}

static enum tk_code connect_from(struct postgres_end *end, const struct postgres_options *options,
                                 struct tk_error *error)
{
    struct store *store = NULL;
    enum tk_code code = postgres_store_open(options, &store, error);

    end->store = (struct postgres_store *)store;
    return code;
}

enum tk_code postgres_copy_open(const struct postgres_options *options, enum copy_role role,
                                struct copy_end **result, struct tk_error *error)
{
    struct postgres_end *end;
    enum tk_code code = postgres_check_uri(options->uri, error);

    if (code)
        return code;
    end = calloc(1, sizeof *end);
    if (!end)
        return tk_fail_code(error, TK_NO_MEMORY);
    end->end.ops = &postgres_ops;
    end->role = role;
    code = role == COPY_FROM ? connect_from(end, options, error)
                             : connect_into(end, options, error);
    if (!code)
        code = be_patient(end->store, error);
    if (code)
        postgres_end_close(&end->end);
    else
        *result = &end->end;
    return code;
}
