/* pipe: statements sent together, their results taken in the same order. */
#include "data/postgres/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define BINARY 1
#define WATCH_MS 25 /* between looks at the watch */
/* libpq sends 8 kB as soon as there are so many. Should this program be stopped then, the server waits for the rest
   with rows locked, and gives up in time only when a Sync came before (idle_in_transaction_session_timeout). So
   there is one on both sides of a statement that is longer than these bytes. */
#define LONG_STATEMENT 512

static const char *const texts[] = {
#define X(name, text) text,
    PG_SQL_TABLE(X)
#undef X
};

static const char *const names[] = {
#define X(name, text) #name,
    PG_SQL_TABLE(X)
#undef X
};

const char *pg_sql_text(enum pg_sql sql)
{
    return texts[sql];
}

const char *pg_sql_name(enum pg_sql sql)
{
    return names[sql];
}

struct pg_params *pg_params(struct postgres_store *store)
{
    params_clear(&store->params);
    return &store->params;
}

/* The connection is of no use any more. */
static enum tk_code fail_lost(struct postgres_store *store, const char *why,
                              struct tk_error *error)
{
    enum tk_code code = tk_fail(error, TK_UNAVAILABLE, "The database cannot be reached: %.*s",
                                (int)strcspn(why, "\n"), why);

    store->again = true;
    pg_drop(store);
    return code;
}

/* --- sending --- */

struct values {
    const char *values[PG_PARAMS_MAX];
    int formats[PG_PARAMS_MAX];
};

static void point_at(const struct pg_params *params, struct values *values)
{
    for (int i = 0; i < params->count; i++) {
        values->values[i] = buffer_text(&params->bytes) + params->offsets[i];
        values->formats[i] = BINARY;
    }
}

static enum tk_code put_sync(struct postgres_store *store, struct tk_error *error)
{
    if (!PQpipelineSync(store->conn))
        return fail_lost(store, PQerrorMessage(store->conn), error);
    store->in_pipe = true;
    store->unsynced = false;
    store->syncs++;
    return TK_OK;
}

static bool is_long(const struct pg_params *params)
{
    return params->bytes.length >= LONG_STATEMENT;
}

static enum tk_code before_send(struct postgres_store *store, const struct pg_params *params,
                                struct tk_error *error)
{
    if (!params_good(params))
        return tk_fail_code(error, TK_NO_MEMORY);
    return is_long(params) && store->unsynced ? put_sync(store, error) : TK_OK;
}

static enum tk_code after_send(struct postgres_store *store, int sent,
                               const struct pg_params *params, struct tk_error *error)
{
    if (!sent)
        return fail_lost(store, PQerrorMessage(store->conn), error);
    store->in_pipe = store->unsynced = true;
    return is_long(params) ? put_sync(store, error) : TK_OK;
}

/* A prepared statement by its name, or (name NULL) by its text. */
static enum tk_code send_statement(struct postgres_store *store, const char *name, const char *sql,
                         const struct pg_params *params, struct tk_error *error)
{
    static const struct pg_params none;
    struct values values;
    enum tk_code code;
    int sent;

    params = params ? params : &none;
    code = before_send(store, params, error);
    if (code)
        return code;
    point_at(params, &values);
    if (name)
        sent = PQsendQueryPrepared(store->conn, name, params->count, values.values,
                                   params->lengths, values.formats, BINARY);
    else
        sent = PQsendQueryParams(store->conn, sql, params->count, NULL, values.values,
                                 params->lengths, values.formats, BINARY);
    return after_send(store, sent, params, error);
}

enum tk_code pg_send(struct postgres_store *store, enum pg_sql sql, const struct pg_params *params,
                     struct tk_error *error)
{
    return send_statement(store, names[sql], NULL, params, error);
}

enum tk_code pg_send_text(struct postgres_store *store, const char *sql,
                          const struct pg_params *params, struct tk_error *error)
{
    return send_statement(store, NULL, sql, params, error);
}

/* --- waiting --- */

static bool watch_gives_up(const struct postgres_store *store)
{
    return store->watch_since_ms && store->watch.give_up &&
           store->watch.give_up(store->watch.context, pg_clock_ms() - store->watch_since_ms);
}

/* Waits for the socket for a part of the time that is left; TK_OK when something may have happened. */
static enum tk_code wait_socket(struct postgres_store *store, bool to_send, int64_t until,
                                struct tk_error *error)
{
    struct pollfd socket = {.fd = PQsocket(store->conn),
                            .events = (short)(to_send ? POLLIN | POLLOUT : POLLIN)};
    int64_t left = until - pg_clock_ms();
    int ready;

    if (left <= 0)
        return fail_lost(store, "it does not answer in time", error);
    if (store->watch_since_ms && store->watch.give_up && left > WATCH_MS)
        left = WATCH_MS;
    ready = poll(&socket, 1, (int)left);
    if (ready < 0 && errno != EINTR)
        return fail_lost(store, "waiting for it failed", error);
    if (watch_gives_up(store)) {
        pg_drop(store);
        return tk_fail(error, TK_INTERRUPTED, "Stopped waiting for the database.");
    }
    return TK_OK;
}

/* Sends what is queued, taking in what comes meanwhile so that neither side waits for the other. */
enum tk_code pg_flush(struct postgres_store *store, struct tk_error *error)
{
    int64_t until = pg_clock_ms() + store->patience_ms;
    enum tk_code code = put_sync(store, error);
    int left;

    store->round_trips++;
    while (!code && (left = PQflush(store->conn)) != 0) {
        if (left < 0)
            return fail_lost(store, PQerrorMessage(store->conn), error);
        code = wait_socket(store, true, until, error);
        if (!code && !PQconsumeInput(store->conn))
            return fail_lost(store, PQerrorMessage(store->conn), error);
    }
    return code;
}

/* The next result that libpq has, which is NULL between statements. */
static enum tk_code next_result(struct postgres_store *store, PGresult **result,
                                struct tk_error *error)
{
    int64_t until = pg_clock_ms() + store->patience_ms;
    enum tk_code code = TK_OK;

    while (!code && PQisBusy(store->conn)) {
        code = wait_socket(store, false, until, error);
        if (!code && !PQconsumeInput(store->conn))
            return fail_lost(store, PQerrorMessage(store->conn), error);
    }
    if (code)
        return code;
    *result = PQgetResult(store->conn);
    if (!*result && PQstatus(store->conn) != CONNECTION_OK)
        return fail_lost(store, PQerrorMessage(store->conn), error);
    return TK_OK;
}

/* Whether a number that the writer gave is there already: it is used up, whoever did that. */
static bool is_number_taken(const PGresult *result)
{
    static const char *const keys[] = {"ticket_pkey", "ticket_number", "customer_pkey",
                                       "journal_seq"};
    const char *key = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

    for (size_t i = 0; key && i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static enum tk_code fail_result(struct postgres_store *store, const PGresult *result,
                                struct tk_error *error)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum tk_code code = pg_code(state, &store->again);

    if (is_number_taken(result)) /* the same numbers would fail for ever */
        writer_forget(&store->writer);
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
        return tk_fail(error, TK_INTERNAL, "A statement failed before.");
    if (code == TK_DISK_FULL)
        return tk_fail_code(error, code);
    return tk_fail(error, code, "The database says: %s (%s).", said ? said : "nothing",
                   state ? state : "no code");
}

/* The result of the next statement; a Sync in between is passed over, the last one is not. */
static enum tk_code next_statement(struct postgres_store *store, PGresult **result,
                                   struct tk_error *error)
{
    enum tk_code code = next_result(store, result, error);

    while (!code && PQresultStatus(*result) == PGRES_PIPELINE_SYNC && store->syncs > 1) {
        store->syncs--;
        PQclear(*result);
        *result = NULL;
        code = next_result(store, result, error);
    }
    return code;
}

enum tk_code pg_take(struct postgres_store *store, PGresult **result, struct tk_error *error)
{
    PGresult *taken = NULL, *after = NULL;
    enum tk_code code = next_statement(store, &taken, error);

    if (code)
        return code;
    if (!taken || PQresultStatus(taken) == PGRES_PIPELINE_SYNC) {
        PQclear(taken);
        return fail_lost(store, "it answers out of order", error);
    }
    code = next_result(store, &after, error); /* NULL: the end of the statement */
    PQclear(after);
    if (!code && PQresultStatus(taken) != PGRES_TUPLES_OK &&
        PQresultStatus(taken) != PGRES_COMMAND_OK)
        code = fail_result(store, taken, error);
    if (code)
        PQclear(taken);
    else
        *result = taken;
    return code;
}

enum tk_code pg_skip(struct postgres_store *store, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_take(store, &result, error);

    if (!code)
        PQclear(result);
    return code;
}

/* What was not taken is passed over. What was never flushed is not waited for. */
enum tk_code pg_end(struct postgres_store *store, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    bool again = store->again;

    if (store->conn && !store->syncs)
        return fail_lost(store, "what was begun was not sent", error);
    if (!store->conn)
        return tk_fail_code(error, TK_UNAVAILABLE);
    while (!code && store->syncs) {
        PGresult *result = NULL;

        code = next_result(store, &result, error);
        if (!code && PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            store->syncs--;
        if (!code)
            PQclear(result);
    }
    if (code)
        return code;
    store->again = again;
    store->in_pipe = false;
    return TK_OK;
}

/* Flushes one statement and takes its result. */
static enum tk_code answer(struct postgres_store *store, enum tk_code code, PGresult **result,
                           struct tk_error *error)
{
    enum tk_code end;

    if (!code)
        code = pg_flush(store, error);
    if (!code)
        code = pg_take(store, result, error);
    if (!store->conn)
        return code;
    end = pg_end(store, code ? NULL : error);
    if (!code && end) {
        PQclear(*result);
        *result = NULL; /* callers clear what they have in any case */
    }
    return code ? code : end;
}

enum tk_code pg_ask(struct postgres_store *store, enum pg_sql sql, const struct pg_params *params,
                    PGresult **result, struct tk_error *error)
{
    return answer(store, pg_send(store, sql, params, error), result, error);
}

enum tk_code pg_ask_text(struct postgres_store *store, const char *sql,
                         const struct pg_params *params, PGresult **result,
                         struct tk_error *error)
{
    return answer(store, pg_send_text(store, sql, params, error), result, error);
}
