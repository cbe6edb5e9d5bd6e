/* look: what a server is like, for those who set it up. */
#include <string.h>

#include "core/text.h"
#include "core/time.h"
#include "data/postgres/internal.h"
#include "data/postgres/schema.h"

/* A standby has no clock of its own to ask: clock_timestamp() is the machine's. Microseconds fit a bigint. */
#define SQL_SERVER                                                                                 \
    "SELECT current_setting('server_version'), pg_is_in_recovery()::int::bigint,"                  \
    " current_setting('synchronous_commit'), current_setting('synchronous_standby_names'),"        \
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,"                                  \
    " (SELECT count(*) FROM pg_stat_replication)::bigint"
#define SQL_WRITERS                                                                                \
    "SELECT count(*)::bigint FROM writer WHERE id > 0 AND retired = 0 AND touched_at > $1::bigint"

static enum tk_code look_at_server(struct postgres_store *store, struct postgres_look *look,
                                   struct tk_error *error)
{
    int64_t before = store->options.now(store->options.context), after;
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(store, SQL_SERVER, NULL, &result, error);

    after = store->options.now(store->options.context);
    if (!code) {
        row_text(result, 0, 0, look->version, sizeof look->version);
        look->in_recovery = row_number(result, 0, 1) != 0;
        row_text(result, 0, 2, look->commit, sizeof look->commit);
        row_text(result, 0, 3, look->standbys, sizeof look->standbys);
        look->clock_ahead = row_number(result, 0, 4) - (before + (after - before) / 2);
        look->standby_count = row_number(result, 0, 5);
    }
    PQclear(result);
    return code;
}

static enum tk_code look_at_writers(struct postgres_store *store, struct postgres_look *look,
                                    struct tk_error *error)
{
    struct pg_params *params = pg_params(store);
    PGresult *result = NULL;
    enum tk_code code;

    params_number(params, store->options.now(store->options.context) - TIME_DAY);
    code = pg_ask_text(store, SQL_WRITERS, params, &result, error);
    if (!code)
        look->writers = row_number(result, 0, 0);
    PQclear(result);
    return code;
}

static bool has_many_hosts(const char *uri)
{
    PQconninfoOption *options = PQconninfoParse(uri, NULL);
    bool many = false;

    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        many = many || ((strcmp(option->keyword, "host") == 0 ||
                         strcmp(option->keyword, "hostaddr") == 0) &&
                        option->val && strchr(option->val, ','));
    PQconninfoFree(options);
    return many;
}

static enum tk_code look_inside(struct postgres_store *store, struct postgres_look *look,
                                struct tk_error *error)
{
    struct crypto_key known = {{0}}, own = pg_fingerprint(store);
    enum tk_code code = look_at_server(store, look, error);

    look->known_schema = pg_schema_version;
    if (!code)
        code = pg_read_meta(store, &look->schema, &known, error);
    if (code || !look->schema)
        return code;
    look->era = store->era;
    look->key_fits = crypto_equal(&known, &own, sizeof own);
    return look->schema == pg_schema_version ? look_at_writers(store, look, error) : TK_OK;
}

enum tk_code postgres_look(const struct postgres_options *options, struct postgres_look *look,
                           struct tk_error *error)
{
    struct postgres_look found = {0};
    struct postgres_store *store = NULL;
    enum tk_code code = pg_new(options, &store, error);

    if (code)
        return code;
    found.many_hosts = has_many_hosts(options->uri);
    store->at_standby = true;
    code = pg_connect_bare(store, error);
    if (!code)
        code = look_inside(store, &found, error);
    postgres_close(&store->store);
    if (!code)
        *look = found;
    return code;
}
