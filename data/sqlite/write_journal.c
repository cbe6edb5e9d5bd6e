/* write_journal: an entry for each outcome, chained and sealed. */
#include "data/sqlite/internal.h"

#include <string.h>

#include "core/seal.h"
#include "core/text.h"

#define CHAINS_MAX 32 /* devices whose chains are kept at hand within a batch */

/* Where a device's chain stands. */
struct chain {
    char device[DEVICE_SIZE];
    int64_t seq;
    uint8_t hash[CRYPTO_HASH_SIZE];
};

static enum tk_code chain_load(struct sqlite_store *store, const char *device, struct chain *chain,
                               struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_DEVICE);
    enum tk_code code;
    bool row;

    *chain = (struct chain){0};
    text_copy(chain->device, sizeof chain->device, device);
    bind_text(s, 1, device);
    code = statement_step(store, s, &row, error);
    if (!code && row && sqlite3_column_bytes(s, 1) == CRYPTO_HASH_SIZE) {
        chain->seq = sqlite3_column_int64(s, 0);
        memcpy(chain->hash, sqlite3_column_blob(s, 1), CRYPTO_HASH_SIZE);
    }
    statement_done(s);
    return code;
}

static enum tk_code chain_save(struct sqlite_store *store, const struct chain *chain,
                               struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_DEVICE_PUT);

    bind_text(s, 1, chain->device);
    sqlite3_bind_int64(s, 2, chain->seq);
    sqlite3_bind_blob(s, 3, chain->hash, sizeof chain->hash, SQLITE_STATIC);
    return statement_run(store, s, error);
}

static enum tk_code insert_entry(struct sqlite_store *store, const struct journal_entry *entry,
                                 struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_JOURNAL_INSERT);

    bind_text(s, 1, entry->device);
    sqlite3_bind_int64(s, 2, entry->device_seq);
    sqlite3_bind_blob(s, 3, entry->id.bytes, sizeof entry->id.bytes, SQLITE_STATIC);
    bind_text(s, 4, op_kind_name(entry->kind) ? op_kind_name(entry->kind) : "unknown");
    bind_text(s, 5, entry->actor);
    sqlite3_bind_int64(s, 6, entry->at);
    sqlite3_bind_int64(s, 7, entry->recorded_at);
    bind_text(s, 8, entry->body);
    bind_text(s, 9, entry->outcome);
    sqlite3_bind_blob(s, 10, entry->digest, sizeof entry->digest, SQLITE_STATIC);
    sqlite3_bind_blob(s, 11, entry->hash, sizeof entry->hash, SQLITE_STATIC);
    sqlite3_bind_int64(s, 12, store->writer);
    return statement_run(store, s, error);
}

/* Adds one entry to the chain of its device at this writer: `device` has no other's. */
static enum tk_code write_entry(struct sqlite_store *store, const struct operation *operation,
                                const struct outcome *outcome, const uint8_t *digest, int64_t now,
                                struct chain *chain, struct journal_end *end,
                                struct tk_error *error)
{
    struct journal_entry entry = {
        .id = operation->id, .kind = operation->kind, .at = operation->at, .recorded_at = now};
    struct buffer body, result;
    enum tk_code code;

    buffer_init(&body, 16 * 1024);
    buffer_init(&result, 4 * 1024);
    text_copy(entry.device, sizeof entry.device, operation->device);
    text_copy(entry.actor, sizeof entry.actor, operation->actor);
    entry.device_seq = chain->seq + 1;
    operation_print(&body, operation, OP_PRINT_JOURNAL);
    outcome_print(&result, outcome);
    if (body.failed || result.failed) {
        code = tk_fail_code(error, TK_NO_MEMORY);
        goto out;
    }
    entry.body = body.data;
    entry.outcome = result.data;
    code = journal_hash(&entry, chain->hash, entry.hash);
    if (code) {
        tk_fail_code(error, code);
        goto out;
    }
    memcpy(entry.digest, digest, sizeof entry.digest);
    code = insert_entry(store, &entry, error);
    if (!code) {
        chain->seq = entry.device_seq;
        memcpy(chain->hash, entry.hash, sizeof chain->hash);
        seal_head_add(end->head, entry.hash, entry.digest);
        end->entries++;
    }
out:
    buffer_release(&body);
    buffer_release(&result);
    return code;
}

/* The chains of a batch: many tills may take turns in it. */
struct chains {
    struct chain items[CHAINS_MAX];
    size_t count;
};

static enum tk_code chains_save(struct sqlite_store *store, struct chains *chains,
                                struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < chains->count; i++)
        code = chain_save(store, &chains->items[i], error);
    chains->count = 0;
    return code;
}

/* *chain is borrowed until the next call. */
static enum tk_code chains_find(struct sqlite_store *store, struct chains *chains,
                                const char *device, struct chain **chain, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; i < chains->count; i++)
        if (strcmp(chains->items[i].device, device) == 0) {
            *chain = &chains->items[i];
            return TK_OK;
        }
    if (chains->count == CHAINS_MAX)
        code = chains_save(store, chains, error);
    if (!code)
        code = chain_load(store, device, &chains->items[chains->count], error);
    if (!code)
        *chain = &chains->items[chains->count++];
    return code;
}

static enum tk_code save_end(struct sqlite_store *store, const struct journal_end *end,
                             struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_JOURNAL_END_PUT);

    sqlite3_bind_int64(s, 1, end->entries);
    sqlite3_bind_blob(s, 2, end->head, sizeof end->head, SQLITE_STATIC);
    return statement_run(store, s, error);
}

/* Signs the journal up to its new end where that is due, or plan asked for it. */
static enum tk_code write_seal(struct sqlite_store *store, int64_t before,
                               const struct journal_end *end, int64_t now, struct tk_error *error)
{
    static const struct crypto_key none;
    const char *why = store->set.seal;
    struct seal seal = {.writer = store->writer, .entries = end->entries, .made_at = now};
    struct record record;
    enum tk_code code;

    if (crypto_equal(&store->options.seal_seed, &none, sizeof none) || store->set.partial ||
        (!why && !seal_is_due(before, end->entries)))
        return TK_OK;
    memcpy(seal.head, end->head, sizeof seal.head);
    text_copy(seal.why, sizeof seal.why, why ? why : "entries");
    code = seal_make(&seal, store->uuid, &store->options.seal_seed, &record);
    return code ? tk_fail_code(error, code) : write_record(store, &record, error);
}

/* Of a batch that was not wholly known before. */
static enum tk_code write_entries(struct sqlite_store *store, const struct operation *operations,
                                  size_t count, const struct outcome *outcomes, int64_t now,
                                  struct tk_error *error)
{
    struct chains chains = {.count = 0};
    struct chain *chain = NULL;
    struct journal_end end;
    enum tk_code code = load_journal_end(store, &end, error);
    int64_t before = code ? 0 : end.entries;

    for (size_t i = 0; !code && i < count; i++) {
        if (outcomes[i].replayed)
            continue;
        code = chains_find(store, &chains, operations[i].device, &chain, error);
        if (!code)
            code = write_entry(store, &operations[i], &outcomes[i], store->set.digests[i], now,
                               chain, &end, error);
    }
    if (!code)
        code = chains_save(store, &chains, error);
    if (!code)
        code = save_end(store, &end, error);
    return code ? code : write_seal(store, before, &end, now, error);
}

enum tk_code write_journal(struct sqlite_store *store, const struct operation *operations,
                           size_t count, const struct outcome *outcomes, int64_t now,
                           struct tk_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!outcomes[i].replayed)
            return write_entries(store, operations, count, outcomes, now, error);
    return TK_OK;
}
