/*
 * connection: to whichever server of the URI takes writes.
 *
 *   none ── pg_connect_bare ──▶ open ── schema, key, statements ──▶ ready
 *     ▲                                                              │
 *     └───────────────── pg_drop: lost, late or in doubt ────────────┘
 */
#include "data/postgres/internal.h"

#include <string.h>
#include <time.h>

#include "data/postgres/schema.h"

#define HOSTS_MAX 8192
#define CONNECT_TIMEOUT_S "2" /* libpq's least; for each host of the URI */

/* For a connection that was stopped in the middle (its machine, its network, its program), so that nobody waits for
   its rows; and so that no wait for rows of others is longer than ours for an answer. */
static const char *const session_settings[] = {
    "SET synchronous_commit = on",
    "SET client_min_messages = warning", /* on_notice has to hear of it */
    "SET row_security = off", /* fails rather than hide what was sold */
    "SET idle_in_transaction_session_timeout = '2s'",
    "SET tcp_keepalives_idle = 3",
    "SET tcp_keepalives_interval = 1",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = '6s'",
    "SET lock_timeout = '2s'",
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off", /* a plan that was made while a table was empty is kept as it grows */
    "SET jit = off", /* costs more than any question here */
    "SET max_parallel_workers_per_gather = 0",
    "SET timezone = 'UTC'",
};

int64_t pg_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum tk_code pg_code(const char *sqlstate, bool *again)
{
    /* the longest beginning that fits comes first */
    static const struct {
        const char *state;
        enum tk_code code;
        bool again;
    } codes[] = {
        {"40001", TK_BUSY, true},        /* serialization_failure */
        {"40P01", TK_BUSY, true},        /* deadlock_detected */
        {"40003", TK_UNKNOWN, false},    /* statement_completion_unknown */
        {"55P03", TK_BUSY, true},        /* lock_not_available */
        {"57014", TK_BUSY, true},        /* query_canceled */
        {"23505", TK_BUSY, true},        /* unique_violation: another node was first */
        {"22012", TK_BUSY, true},        /* division_by_zero: ALL_WRITTEN in sql.h */
        {"25006", TK_UNAVAILABLE, true}, /* read_only_sql_transaction: a standby */
        {"25P03", TK_UNAVAILABLE, true}, /* idle_in_transaction_session_timeout */
        {"57P", TK_UNAVAILABLE, true},   /* the server is shut down, or starts */
        {"08", TK_UNAVAILABLE, true},    /* connection exceptions */
        {"53100", TK_DISK_FULL, false},
        {"53200", TK_BUSY, true}, /* out_of_memory, the server's */
        {"53300", TK_UNAVAILABLE, true}, /* too_many_connections */
        {"28", TK_CONFIG, false}, /* authorization */
        {"3D000", TK_CONFIG, false}, /* no such database */
        {"42501", TK_CONFIG, false}, /* insufficient_privilege */
        {"42P01", TK_CONFIG, false}, /* undefined_table */
        {"42703", TK_CONFIG, false}, /* undefined_column */
        {"58030", TK_IO, false},
        {"XX001", TK_CORRUPT, false},
        {"XX002", TK_CORRUPT, false},
    };

    *again = false;
    for (size_t i = 0; sqlstate && i < sizeof codes / sizeof codes[0]; i++)
        if (strncmp(sqlstate, codes[i].state, strlen(codes[i].state)) == 0) {
            *again = codes[i].again;
            return codes[i].code;
        }
    return TK_INTERNAL;
}

/* A WARNING after COMMIT says that the standby was not waited for. */
static void on_notice(void *context, const PGresult *notice)
{
    struct postgres_store *store = context;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity && strcmp(severity, "WARNING") == 0)
        store->warned = true;
}

void pg_drop(struct postgres_store *store)
{
    PQfinish(store->conn);
    store->conn = NULL;
    store->in_pipe = store->unsynced = false;
    store->syncs = 0;
    writer_forget(&store->writer);
}

/* The first line of what libpq says, which may have many. */
static enum tk_code fail_connect(const struct postgres_store *store, struct tk_error *error)
{
    const char *said = store->conn ? PQerrorMessage(store->conn) : "no memory";

    return tk_fail(error, TK_UNAVAILABLE,
                   "The database cannot be reached, or no server of it takes changes: %.*s",
                   (int)strcspn(said, "\n"), said);
}

/* Sends and takes what a session begins with. */
static enum tk_code set_up(struct postgres_store *store, struct tk_error *error)
{
    size_t count = sizeof session_settings / sizeof session_settings[0], taken = 0;
    enum tk_code code = TK_OK, end;

    for (size_t i = 0; !code && i < count; i++)
        code = pg_send_text(store, session_settings[i], NULL, error);
    if (!code)
        code = pg_flush(store, error);
    for (; !code && taken < count; taken++)
        code = pg_skip(store, error);
    end = pg_end(store, code ? NULL : error);
    return code ? code : end;
}

static PGconn *dial(const struct postgres_store *store)
{
    /* what the address says itself comes after, and counts; but for the order of its servers */
    const char *const keywords[] = {"client_encoding", "connect_timeout", "application_name",
                                    "tcp_user_timeout", "target_session_attrs", "dbname", "host",
                                    "port", NULL};
    struct buffer hosts, ports;
    const char *values[] = {"UTF8", CONNECT_TIMEOUT_S, "ticketly", "4000",
                            store->at_standby ? "any" : "read-write", store->uri, NULL, NULL, NULL};
    PGconn *conn = NULL;

    buffer_init(&hosts, HOSTS_MAX);
    buffer_init(&ports, HOSTS_MAX);
    pg_servers_from(&store->servers, &hosts, &ports);
    values[6] = buffer_text(&hosts); /* "" counts as not given */
    values[7] = buffer_text(&ports);
    if (!hosts.failed && !ports.failed)
        conn = PQconnectdbParams(keywords, values, 1);
    buffer_release(&hosts);
    buffer_release(&ports);
    return conn;
}

enum tk_code pg_dial(struct postgres_store *store, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    const char *encoding;

    store->again = true;
    store->in_pipe = store->unsynced = false;
    store->conn = dial(store);
    if (PQstatus(store->conn) != CONNECTION_OK || PQsetnonblocking(store->conn, 1) ||
        !PQenterPipelineMode(store->conn)) {
        code = fail_connect(store, error);
        pg_drop(store);
        return code;
    }
    PQsetNoticeReceiver(store->conn, on_notice, store);
    encoding = PQparameterStatus(store->conn, "server_encoding");
    if (!encoding || strcmp(encoding, "UTF8") != 0) {
        pg_drop(store);
        store->again = false;
        return tk_fail(error, TK_CONFIG, "The database is not kept in UTF-8: make another one with "
                                         "`createdb --encoding=UTF8 --template=template0`.");
    }
    code = set_up(store, error);
    if (code)
        pg_drop(store);
    return code;
}

enum tk_code pg_connect_bare(struct postgres_store *store, struct tk_error *error)
{
    enum tk_code code = pg_dial(store, error);

    return code ? code : pg_settle(store, error);
}

static enum tk_code prepare_all(struct postgres_store *store, struct tk_error *error)
{
    enum tk_code code = TK_OK, end;

    for (int i = 0; i < PG_SQL_COUNT; i++)
        if (!PQsendPrepare(store->conn, pg_sql_name((enum pg_sql)i), pg_sql_text((enum pg_sql)i), 0,
                           NULL)) {
            code = fail_connect(store, error);
            pg_drop(store);
            return code;
        }
    store->in_pipe = true;
    code = pg_flush(store, error);
    for (int i = 0; !code && i < PG_SQL_COUNT; i++)
        code = pg_skip(store, error);
    end = pg_end(store, code ? NULL : error);
    return code ? code : end;
}

struct crypto_key pg_fingerprint(const struct postgres_store *store)
{
    return crypto_derive(&store->options.digest_key, "fingerpr", 0);
}

/* One row of meta, where it belongs. */
static bool take_meta(struct postgres_store *store, const PGresult *result, int row,
                      int64_t *schema, struct crypto_key *key)
{
    const char *name = PQgetvalue(result, row, 0);
    int64_t number = row_number(result, row, 1);
    struct op_id uuid;

    if (strcmp(name, "schema") == 0)
        *schema = number;
    else if (strcmp(name, "era") == 0)
        store->era = number;
    else if (strcmp(name, "digest_since") == 0)
        store->digest_since = number;
    else if (strcmp(name, "copy") == 0)
        store->unfinished = true;
    else if (strcmp(name, "id_key") == 0)
        return row_bytes(result, row, 2, store->id_key.bytes, sizeof store->id_key.bytes);
    else if (strcmp(name, "digest_key") == 0)
        return row_bytes(result, row, 2, key->bytes, sizeof key->bytes);
    else if (strcmp(name, "uuid") == 0) {
        if (!row_bytes(result, row, 2, uuid.bytes, sizeof uuid.bytes))
            return false;
        op_id_print(store->uuid, &uuid);
    }
    return true;
}

enum tk_code pg_read_meta(struct postgres_store *store, int64_t *schema, struct crypto_key *key,
                          struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(store, SQL_META_THERE, NULL, &result, error);
    bool there = !code && PQntuples(result) > 0;

    PQclear(result);
    *schema = 0;
    store->unfinished = false;
    if (code || !there)
        return code;
    result = NULL;
    code = pg_ask_text(store, SQL_META_ALL, NULL, &result, error);
    if (code == TK_CONFIG)
        return tk_fail(error, code, "This database holds something else than a box office, or this user may not "
                                    "read it: take an empty database of the user's own.");
    for (int i = 0; !code && i < PQntuples(result); i++)
        if (!take_meta(store, result, i, schema, key))
            code = tk_fail(error, TK_CORRUPT, "The database has lost what it knows of itself. Put back a "
                                              "backup.");
    PQclear(result);
    return code;
}

static enum tk_code check_schema(int64_t schema, struct tk_error *error)
{
    if (schema == pg_schema_version)
        return TK_OK;
    if (schema > pg_schema_version)
        return tk_fail(error, TK_NEWER_VERSION,
                       "The database is of version %lld, this program knows %d: install the newer "
                       "ticketly on this machine.",
                       (long long)schema, pg_schema_version);
    return tk_fail(error, TK_CONFIG,
                   schema ? "The database is of an older version: bring it up to date with `ticketly "
                            "admin migrate`."
                          : "There is no box office in this database yet: make one with `ticketly "
                            "admin migrate`.");
}

/* It lacks what was not copied yet; nothing of it may be sold. */
static enum tk_code check_finished(const struct postgres_store *store, struct tk_error *error)
{
    if (!store->unfinished || store->options.copying)
        return TK_OK;
    return tk_fail(error, TK_CONFIG,
                   "A copy into this database was not finished: run the same `ticketly admin copy` again.");
}

static enum tk_code check_key(struct postgres_store *store, const struct crypto_key *known,
                              struct tk_error *error)
{
    struct crypto_key own = pg_fingerprint(store);

    if (crypto_equal(known, &own, sizeof own))
        return TK_OK;
    return tk_fail(error, TK_CONFIG,
                   "The site key here is not the one that this box office was made with: copy the key file of "
                   "another node to where `ticketly admin config` says that this one keeps its own.");
}

enum tk_code pg_check_meta(struct postgres_store *store, struct tk_error *error)
{
    struct crypto_key key = {{0}};
    int64_t schema = 0;
    enum tk_code code = pg_read_meta(store, &schema, &key, error);

    if (code)
        return code;
    code = check_schema(schema, error);
    if (!code)
        code = check_finished(store, error);
    if (!code)
        code = check_key(store, &key, error);
    store->again = store->again && !code;
    store->schema = schema;
    return code;
}

enum tk_code pg_connect(struct postgres_store *store, struct tk_error *error)
{
    enum tk_code code = pg_connect_bare(store, error);

    if (!code)
        code = pg_check_meta(store, error);
    if (!code)
        code = prepare_all(store, error);
    if (code)
        pg_drop(store);
    return code;
}

enum tk_code pg_require(struct postgres_store *store, struct tk_error *error)
{
    if (store->conn && PQstatus(store->conn) == CONNECTION_OK && !store->in_pipe &&
        !pg_should_move(store))
        return TK_OK;
    pg_drop(store);
    return pg_connect(store, error);
}
