/* sqlite_store: the store as its users see it. */
#include "data/sqlite/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/text.h"
#include "data/sqlite/schema.h"

#define BUSY_TIMEOUT_MS 5000

static void sqlite_set_watch(struct store *base, const struct store_watch *watch)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    store->watch = *watch;
    store->gate.watch = *watch;
}

/* One number that a statement gives. */
static enum tk_code read_number(struct sqlite_store *store, enum sql sql, int64_t *number,
                                struct tk_error *error)
{
    enum tk_code code = connection_require(store, error);
    sqlite3_stmt *statement;
    bool row;

    if (code)
        return code;
    statement = statement_take(store, sql);
    code = statement_step(store, statement, &row, error);
    if (!code)
        *number = sqlite3_column_int64(statement, 0);
    statement_done(statement);
    return code;
}

/* In one statement: others write meanwhile. */
static enum tk_code read_journal_end(struct sqlite_store *store, struct store_facts *facts,
                                     struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_JOURNAL_END);
    bool row;
    enum tk_code code = statement_step(store, s, &row, error);

    if (!code && row && sqlite3_column_bytes(s, 1) == CRYPTO_HASH_SIZE) {
        facts->journal_writer = store->writer;
        facts->journal_entries = sqlite3_column_int64(s, 0);
        memcpy(facts->journal_head, sqlite3_column_blob(s, 1), CRYPTO_HASH_SIZE);
    }
    statement_done(s);
    return code;
}

static enum tk_code sqlite_facts(struct store *base, struct store_facts *facts,
                                 struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct stat info;
    /* as the file has them now: another program may have upgraded it */
    int64_t version, generation = 1;
    enum tk_code code = read_number(store, SQL_SCHEMA_VERSION, &version, error);

    if (!code)
        code = read_number(store, SQL_KEY_GENERATION, &generation, error);
    if (code)
        return code;
    *facts = (struct store_facts){
        .era = store->era, .schema_version = version, .key_generation = generation,
        .id_key = store->id_key};
    snprintf(facts->engine, sizeof facts->engine, "sqlite %s", sqlite3_libversion());
    text_copy(facts->location, sizeof facts->location, store->path);
    text_copy(facts->uuid, sizeof facts->uuid, store->uuid);
    if (stat(store->path, &info) == 0)
        facts->size = info.st_size;
    return read_journal_end(store, facts, error);
}

/* The journal's length: every change has an entry, and it is the same number for whoever asks. (PRAGMA
   data_version is cheaper by a microsecond, but of use within one connection only.) */
enum tk_code sqlite_version(struct store *base, uint64_t *version, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    int64_t length;
    enum tk_code code = read_number(
        store, store->options.mirror ? SQL_MIRROR_CHANGES : SQL_MAX_JOURNAL, &length, error);

    if (!code)
        *version = (uint64_t)length;
    return code;
}

static void sqlite_store_close(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    connection_close(store);
    gate_close(&store->gate);
    working_set_release(&store->set);
    crypto_wipe(&store->options.digest_key, sizeof store->options.digest_key);
    crypto_wipe(&store->options.seal_seed, sizeof store->options.seal_seed);
    free(store->path);
    free(store);
}

static const struct store_ops sqlite_ops = {
    .apply = sqlite_apply,
    .apply_all = sqlite_apply_all,
    .list_slots = sqlite_list_slots,
    .list_tickets = sqlite_list_tickets,
    .list_customers = sqlite_list_customers,
    .list_journal = sqlite_list_journal,
    .list_due = sqlite_list_due,
    .list_devices = sqlite_list_devices,
    .touch_device = sqlite_touch_device,
    .count_admissions = sqlite_count_admissions,
    .list_allotments = sqlite_list_allotments,
    .list_disputes = sqlite_list_disputes,
    .list_replicas = sqlite_list_replicas,
    .list_records = sqlite_list_records,
    .list_tallies = sqlite_list_tallies,
    .list_blocks = sqlite_list_blocks,
    .count_slots = sqlite_count_slots,
    .version = sqlite_version,
    .verify = sqlite_verify,
    .backup = sqlite_backup,
    .facts = sqlite_facts,
    .set_watch = sqlite_set_watch,
    .close = sqlite_store_close,
};

/* The log lies beside the file that a link points to, so the gate must as well. */
static char *real_path(const char *path)
{
    struct stat info;

    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
        return realpath(path, NULL);
    return strdup(path);
}

enum tk_code sqlite_store_open(const struct sqlite_options *options, struct store **result,
                               struct tk_error *error)
{
    struct sqlite_store *store = calloc(1, sizeof *store);
    enum tk_code code;

    if (!store)
        return tk_fail_code(error, TK_NO_MEMORY);
    store->store.ops = &sqlite_ops;
    store->options = *options;
    if (!options->busy_timeout_ms)
        store->options.busy_timeout_ms = BUSY_TIMEOUT_MS;
    store->gate.fd = -1;
    store->path = real_path(options->path);
    store->options.path = store->path;
    if (store->path)
        code = connection_check_path(store, error);
    else if (errno == ENOMEM)
        code = tk_fail_code(error, TK_NO_MEMORY);
    else
        code = tk_fail(error, TK_NO_INPUT, "%s is a link to nothing: %s.", options->path,
                       strerror(errno));
    if (!code && !options->look_only)
        code = look_before_gate(store, error);
    if (!code && !options->look_only)
        code = gate_open(&store->gate, store->path, store->options.busy_timeout_ms, error);
    if (!code)
        code = connection_open(store, error);
    if (code) {
        sqlite_store_close(&store->store);
        return code;
    }
    *result = &store->store;
    return TK_OK;
}
