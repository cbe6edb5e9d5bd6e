/* migrate: makes the schema, or brings it up to this version, in one transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/seal.h"
#include "data/postgres/internal.h"
#include "data/postgres/schema.h"

/* What a store that went on after the backup may have given out: a writer takes 2^20 at a time. */
#define RESTORED_AHEAD (INT64_C(1) << 30)
#define HEADS_PAGE INT64_C(10000) /* entries that are read at a time */
#define HEADS_SINCE 2             /* the version from which on writers have heads */

#define SQL_JOURNAL_OWNED                                                                          \
    "SELECT 1::bigint FROM pg_catalog.pg_tables WHERE tablename = 'journal'"                       \
    " AND schemaname = current_schema() AND tableowner = current_user"

static enum tk_code run(struct postgres_store *store, const char *sql, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(store, sql, NULL, &result, error);

    PQclear(result);
    return code;
}

static enum tk_code put_meta(struct postgres_store *store, const char *key, int64_t number,
                             const void *data, size_t size, struct tk_error *error)
{
    struct pg_params *params = pg_params(store);
    PGresult *result = NULL;
    enum tk_code code;

    params_text(params, key);
    params_number(params, number);
    params_bytes(params, data, size);
    code = pg_ask_text(store, SQL_META_SET, params, &result, error);
    PQclear(result);
    return code;
}

static void make_random(const struct postgres_store *store, void *data, size_t size)
{
    store->options.random(store->options.context, data, size);
}

/* What a new box office is known by. */
static enum tk_code put_identity(struct postgres_store *store, struct tk_error *error)
{
    struct crypto_key fingerprint = pg_fingerprint(store);
    uint8_t noise[10];
    struct op_id uuid;
    enum tk_code code;

    make_random(store, noise, sizeof noise);
    make_random(store, store->id_key.bytes, sizeof store->id_key.bytes);
    uuid = op_id_make(store->options.now(store->options.context) / 1000, noise);
    code = put_meta(store, "uuid", 0, uuid.bytes, sizeof uuid.bytes, error);
    if (!code)
        code = put_meta(store, "id_key", 0, store->id_key.bytes, sizeof store->id_key.bytes, error);
    if (!code)
        code = put_meta(store, "digest_key", 0, fingerprint.bytes, sizeof fingerprint.bytes, error);
    if (!code)
        code = put_meta(store, "digest_since", 1, "", 0, error);
    store->era = 1;
    return code ? code : put_meta(store, "era", 1, "", 0, error);
}

/* --- the heads of writers, which version 1 did not keep --- */

struct written {
    int64_t writer, next, end; /* entries are read from `next` on */
    uint8_t head[CRYPTO_HASH_SIZE];
};

struct written_list {
    struct written *items; /* owned */
    size_t count, capacity;
};

static enum tk_code list_written(struct postgres_store *store, struct written_list *list,
                                 struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(
        store, "SELECT id, first, first + count FROM writer WHERE entries > 0 ORDER BY id", NULL,
        &result, error);

    for (int i = 0; !code && i < PQntuples(result); i++) {
        struct written written = {
            row_number(result, i, 0), row_number(result, i, 1), row_number(result, i, 2), {0}};

        if (LIST_ADD(list, &written))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    PQclear(result);
    return code;
}

static enum tk_code read_hashes(struct postgres_store *store, struct written *written,
                                int64_t *read, struct tk_error *error)
{
    struct pg_params *params = pg_params(store);
    uint8_t hash[CRYPTO_HASH_SIZE] = {0}, digest[CRYPTO_HASH_SIZE] = {0};
    PGresult *result = NULL;
    enum tk_code code;

    params_number(params, written->next);
    params_number(params, written->end);
    params_number(params, written->writer);
    params_number(params, HEADS_PAGE);
    code = pg_ask_text(store,
                       "SELECT seq, hash, digest FROM journal WHERE seq > 0 AND seq >= $1 AND seq < $2"
                       " AND writer = $3 ORDER BY seq LIMIT $4",
                       params, &result, error);
    *read = code ? 0 : PQntuples(result);
    for (int i = 0; i < *read; i++) {
        row_bytes(result, i, 1, hash, sizeof hash);
        row_bytes(result, i, 2, digest, sizeof digest);
        seal_head_add(written->head, hash, digest);
        written->next = row_number(result, i, 0) + 1;
    }
    PQclear(result);
    return code;
}

static enum tk_code put_head(struct postgres_store *store, struct written *written,
                             struct tk_error *error)
{
    struct pg_params *params;
    PGresult *result = NULL;
    int64_t read;
    enum tk_code code;

    do
        code = read_hashes(store, written, &read, error);
    while (!code && read == HEADS_PAGE);
    if (code)
        return code;
    params = pg_params(store);
    params_number(params, written->writer);
    params_bytes(params, written->head, sizeof written->head);
    code = pg_ask_text(store, "UPDATE writer SET head = $2 WHERE id = $1", params, &result, error);
    PQclear(result);
    return code;
}

static enum tk_code put_heads(struct postgres_store *store, struct tk_error *error)
{
    struct written_list list = {0};
    enum tk_code code = list_written(store, &list, error);

    for (size_t i = 0; !code && i < list.count; i++)
        code = put_head(store, &list.items[i], error);
    free(list.items);
    return code;
}

static enum tk_code run_steps(struct postgres_store *store, int64_t from, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (int64_t step = from; !code && step < pg_schema_version; step++)
        for (const char *const *sql = pg_schema_steps[step]; !code && *sql; sql++)
            code = run(store, *sql, error);
    if (!code && from < HEADS_SINCE)
        code = put_heads(store, error);
    if (!code && from == 0)
        code = put_identity(store, error);
    return code || from == pg_schema_version
               ? code
               : put_meta(store, "schema", pg_schema_version, "", 0, error);
}

/* Again each time: a backup may have been put back without what it says of privileges. Who only may use the tables of
   another cannot take anything from him. */
static enum tk_code keep_journal(struct postgres_store *store, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(store, SQL_JOURNAL_OWNED, NULL, &result, error);
    bool owned = !code && PQntuples(result) > 0;

    PQclear(result);
    return owned ? run(store, PG_JOURNAL_KEEP, error) : code;
}

/* Nobody is asked to trust the counts of a database that was put back: a new era, numbers far above. */
static enum tk_code begin_era(struct postgres_store *store, struct tk_error *error)
{
    struct pg_params *params = pg_params(store);
    PGresult *result = NULL;
    enum tk_code code;

    params_number(params, RESTORED_AHEAD);
    code = pg_ask_text(store, "UPDATE meta SET number = $1 + (SELECT number FROM meta WHERE key ="
                              " 'next_number') WHERE key IN ('next_number', 'number_floor')",
                       params, &result, error);
    PQclear(result);
    if (!code)
        code = run(store, PG_RETIRE_ALL, error);
    return code ? code : put_meta(store, "era", ++store->era, "", 0, error);
}

static enum tk_code check_before(struct postgres_store *store, int64_t from,
                                 const struct crypto_key *known, bool restored,
                                 struct tk_error *error)
{
    struct crypto_key own = pg_fingerprint(store);

    if (from > pg_schema_version)
        return tk_fail(error, TK_NEWER_VERSION,
                       "The database is of version %lld, this program knows %d: nothing was changed.",
                       (long long)from, pg_schema_version);
    if (!from && restored)
        return tk_fail(error, TK_CONFIG, "There is no box office in this database: it was not put back.");
    if (from && !crypto_equal(known, &own, sizeof own) && !store->options.new_key)
        return tk_fail(error, TK_CONFIG,
                       "The site key here is not the one that this box office was made with: use the key file of a "
                       "node. Only when all are lost, give --new-key: passes printed before then show as not "
                       "genuine.");
    return TK_OK;
}

/* From now on with another key: what the journal has so far is known by id alone. */
static enum tk_code change_key(struct postgres_store *store, struct tk_error *error)
{
    struct crypto_key own = pg_fingerprint(store);
    PGresult *result = NULL;
    int64_t last = 0;
    enum tk_code code =
        pg_ask_text(store, pg_sql_text(PG_NEXT_NUMBER_LOCK), NULL, &result, error);

    if (!code)
        last = row_number(result, 0, 0);
    PQclear(result);
    if (!code)
        code = run(store, PG_RETIRE_ALL, error);
    if (!code)
        code = put_meta(store, "digest_key", 0, own.bytes, sizeof own.bytes, error);
    return code ? code : put_meta(store, "digest_since", last, "", 0, error);
}

static enum tk_code migrate(struct postgres_store *store, bool restored,
                            struct postgres_migration *migration, struct tk_error *error)
{
    struct crypto_key known = {{0}}, own = pg_fingerprint(store);
    PGresult *result = NULL;
    int64_t from = 0;
    enum tk_code code = run(store, "BEGIN", error);

    if (!code)
        code = pg_read_meta(store, &from, &known, error);
    if (!code)
        code = check_before(store, from, &known, restored, error);
    if (!code)
        code = run_steps(store, from, error);
    if (!code)
        code = keep_journal(store, error);
    if (!code && restored)
        code = begin_era(store, error);
    if (!code && from && !crypto_equal(&known, &own, sizeof own))
        code = change_key(store, error);
    if (!store->conn)
        return code;
    if (code) {
        run(store, "ROLLBACK", NULL);
        return code;
    }
    store->warned = false;
    code = pg_ask_text(store, "COMMIT", NULL, &result, error);
    if (!code && store->warned)
        code = tk_fail(error, TK_UNKNOWN, "The database did not wait for its standby: run the same again when "
                                          "the standby is there.");
    if (!code && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        code = tk_fail_code(error, TK_BUSY);
    PQclear(result);
    *migration = (struct postgres_migration){from, pg_schema_version, store->era};
    return code;
}

enum tk_code postgres_migrate(const struct postgres_options *options, bool restored,
                              struct postgres_migration *migration, struct tk_error *error)
{
    struct postgres_store *store = NULL;
    enum tk_code code = pg_new(options, &store, error);

    if (code)
        return code;
    store->patience_ms = PATIENT_MS; /* an index may take its time */
    code = pg_connect_bare(store, error);
    if (!code)
        code = run(store, "SET lock_timeout = 0", error);
    if (!code)
        code = run(store, "SET idle_in_transaction_session_timeout = 0", error);
    if (!code)
        code = migrate(store, restored, migration, error);
    postgres_close(&store->store);
    return code;
}
