#include "data/postgres/postgres_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/postgres/internal.h"

bool postgres_is_uri(const char *text)
{
    return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
}

enum tk_code postgres_check_uri(const char *uri, struct tk_error *error)
{
    char *said = NULL;
    PQconninfoOption *options = PQconninfoParse(uri, &said);
    enum tk_code code = TK_OK;

    if (!options) { /* what libpq says of it may repeat a password */
        PQfreemem(said);
        return tk_fail(error, TK_CONFIG,
                       "This is no address of a database: write postgresql://HOST/NAME, several hosts with commas "
                       "between, or postgresql:///?service=NAME.");
    }
    for (const PQconninfoOption *option = options; !code && option->keyword; option++)
        if (option->dispchar && *option->dispchar == '*' && option->val && *option->val)
            code = tk_fail(error, TK_CONFIG,
                           "A password in the address can be read by everybody on this machine: leave it out, and "
                           "put it into ~/.pgpass (or a file that PGPASSFILE names), mode 600.");
    PQconninfoFree(options);
    return code;
}

enum tk_code pg_new(const struct postgres_options *options, struct postgres_store **result,
                    struct tk_error *error)
{
    struct postgres_store *store;
    enum tk_code code = postgres_check_uri(options->uri, error);

    if (code)
        return code;
    store = calloc(1, sizeof *store);
    if (!store)
        return tk_fail_code(error, TK_NO_MEMORY);
    store->options = *options;
    store->uri = strdup(options->uri);
    store->budget_ms = options->wait_ms > 0 ? options->wait_ms : POSTGRES_WAIT_MS;
    store->patience_ms = store->budget_ms * 4 / 5;
    params_init(&store->params);
    rows_init(&store->rows);
    if (!store->uri) {
        postgres_close(&store->store);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    *result = store;
    return TK_OK;
}

static void postgres_set_watch(struct store *base, const struct store_watch *watch)
{
    ((struct postgres_store *)base)->watch = watch ? *watch : (struct store_watch){0};
}

/* A file of it all is made by `ticketly admin copy`. */
static enum tk_code postgres_backup(struct store *base, const char *path,
                                    void (*progress)(void *context, int64_t done, int64_t total),
                                    void *context, struct tk_error *error)
{
    (void)base;
    (void)path;
    (void)progress;
    (void)context;
    return tk_fail(error, TK_CONFIG,
                   "A database is backed up with its own tools: pg_dump, pg_basebackup, pgBackRest. (`ticketly "
                   "admin copy` moves the box office into a file, to sell there.)");
}

void postgres_close(struct store *base)
{
    struct postgres_store *store = (struct postgres_store *)base;

    pg_drop(store);
    params_release(&store->params);
    rows_release(&store->rows);
    working_set_release(&store->set);
    crypto_wipe(&store->options.digest_key, sizeof store->options.digest_key);
    crypto_wipe(&store->options.seal_seed, sizeof store->options.seal_seed);
    pg_servers_release(&store->servers);
    free(store->uri);
    free(store);
}

static const struct store_ops ops = {
    .apply = postgres_apply,
    .apply_all = postgres_apply_all,
    .list_slots = postgres_list_slots,
    .list_tickets = postgres_list_tickets,
    .list_customers = postgres_list_customers,
    .list_journal = postgres_list_journal,
    .list_due = postgres_list_due,
    .list_devices = postgres_list_devices,
    .touch_device = postgres_touch_device,
    .count_admissions = postgres_count_admissions,
    .list_allotments = postgres_list_allotments,
    .list_disputes = postgres_list_disputes,
    .list_replicas = postgres_list_replicas,
    .list_records = postgres_list_records,
    .list_tallies = postgres_list_tallies,
    .list_blocks = postgres_list_blocks,
    .count_slots = postgres_count_slots,
    .version = postgres_version,
    .verify = postgres_verify,
    .backup = postgres_backup,
    .facts = postgres_facts,
    .set_watch = postgres_set_watch,
    .close = postgres_close,
};

enum tk_code postgres_store_open(const struct postgres_options *options, struct store **result,
                                 struct tk_error *error)
{
    struct postgres_store *store = NULL;
    enum tk_code code = pg_new(options, &store, error);

    if (code)
        return code;
    store->store.ops = &ops;
    code = pg_connect(store, error);
    if (code) {
        postgres_close(&store->store);
        return code;
    }
    *result = &store->store;
    return TK_OK;
}
