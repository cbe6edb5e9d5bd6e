/* writer: who writes, with numbers and chains of its own (internal.h). */
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/seal.h"
#include "core/text.h"
#include "data/postgres/internal.h"

#define IDLE_US (24 * INT64_C(3600000000)) /* a writer that wrote nothing for so long is not waited for */

void writer_forget(struct pg_writer *writer)
{
    free(writer->chains);
    map_release(&writer->chain_index);
    *writer = (struct pg_writer){0};
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_name(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * UINT64_C(1099511628211);
    return hash;
}

/* Two names of one hash are told apart by looking through all: it does not happen. */
static size_t find_chain(const struct pg_writer *writer, const char *device, uint64_t hash)
{
    size_t at = map_find(&writer->chain_index, hash);

    if (at == MAP_NONE || strcmp(writer->chains[at].device, device) == 0)
        return at;
    for (at = 0; at < writer->chain_count; at++)
        if (strcmp(writer->chains[at].device, device) == 0)
            return at;
    return MAP_NONE;
}

struct pg_chain *writer_chain(struct pg_writer *writer, const char *device)
{
    uint64_t hash = hash_name(device);
    size_t at = find_chain(writer, device, hash);
    struct pg_chain *chain;

    if (at != MAP_NONE)
        return &writer->chains[at];
    if (list_reserve((void **)&writer->chains, writer->chain_count, &writer->chain_capacity,
                     sizeof *writer->chains) ||
        (map_find(&writer->chain_index, hash) == MAP_NONE &&
         map_add(&writer->chain_index, hash, writer->chain_count)))
        return NULL;
    chain = &writer->chains[writer->chain_count++];
    *chain = (struct pg_chain){0};
    text_copy(chain->device, sizeof chain->device, device);
    return chain;
}

void writer_move(struct pg_writer *writer, struct pg_chain *chain,
                 const struct journal_entry *entry)
{
    if (!chain->moved) {
        chain->moved = true;
        chain->kept_seq = chain->seq;
        memcpy(chain->kept_hash, chain->hash, sizeof chain->hash);
    }
    chain->seq = entry->device_seq;
    memcpy(chain->hash, entry->hash, sizeof chain->hash);
    writer->entries++;
    memcpy(writer->hash, entry->hash, sizeof writer->hash);
    seal_head_add(writer->head, entry->hash, entry->digest);
}

void writer_keep(struct pg_writer *writer)
{
    for (size_t i = 0; i < writer->chain_count; i++)
        writer->chains[i].moved = false;
    writer->kept.next_ticket = writer->next_ticket;
    writer->kept.next_customer = writer->next_customer;
    writer->kept.next_entry = writer->next_entry;
    writer->kept.entries = writer->entries;
    memcpy(writer->kept.hash, writer->hash, sizeof writer->hash);
    memcpy(writer->kept.head, writer->head, sizeof writer->head);
}

void writer_undo(struct pg_writer *writer)
{
    for (size_t i = 0; i < writer->chain_count; i++) {
        struct pg_chain *chain = &writer->chains[i];

        if (!chain->moved)
            continue;
        chain->moved = false;
        chain->seq = chain->kept_seq;
        memcpy(chain->hash, chain->kept_hash, sizeof chain->hash);
    }
    writer->next_ticket = writer->kept.next_ticket;
    writer->next_customer = writer->kept.next_customer;
    writer->next_entry = writer->kept.next_entry;
    writer->entries = writer->kept.entries;
    memcpy(writer->hash, writer->kept.hash, sizeof writer->hash);
    memcpy(writer->head, writer->kept.head, sizeof writer->head);
}

/* --- registering --- */

/* Those who are gone are not asked for the version any more: what they did is kept in the row of nobody. One
   that is not gone finds its row retired, and registers another. */
static enum tk_code retire_idle(struct postgres_store *store, int64_t now, struct tk_error *error)
{
    struct pg_params *params = pg_params(store);
    PGresult *result = NULL;
    int64_t batches = 0;
    enum tk_code code;

    params_number(params, now - IDLE_US);
    code = pg_ask(store, PG_WRITERS_RETIRE, params, &result, error);
    for (int i = 0; !code && i < PQntuples(result); i++)
        batches += row_number(result, i, 0);
    PQclear(result);
    if (code || !batches)
        return code;
    params = pg_params(store);
    params_number(params, batches);
    result = NULL;
    code = pg_ask(store, PG_WRITERS_FOLD, params, &result, error);
    PQclear(result);
    return code;
}

static enum tk_code insert_writer(struct postgres_store *store, int64_t numbers, int64_t now,
                                  struct tk_error *error)
{
    static const uint8_t none[CRYPTO_HASH_SIZE];
    struct pg_writer *writer = &store->writer;
    struct pg_params *params = pg_params(store);
    PGresult *result = NULL;
    enum tk_code code;

    params_number(params, writer->first);
    params_number(params, numbers);
    params_bytes(params, none, sizeof none);
    params_number(params, now);
    code = pg_ask(store, PG_WRITER_INSERT, params, &result, error);
    if (!code)
        writer->id = row_number(result, 0, 0);
    PQclear(result);
    return code;
}

/* Takes a block from the database's numbers, whose row's lock makes those who register come one by one. */
static enum tk_code take_block(struct postgres_store *store, int64_t numbers,
                               struct tk_error *error)
{
    struct pg_writer *writer = &store->writer;
    struct pg_params *params;
    PGresult *result = NULL;
    enum tk_code code = pg_ask(store, PG_NEXT_NUMBER_LOCK, NULL, &result, error);

    if (!code)
        writer->first = row_number(result, 0, 0);
    PQclear(result);
    if (code)
        return code;
    if (writer->first < 1)
        return tk_fail(error, TK_CORRUPT, "The database has lost its count of numbers. Put back a backup.");
    params = pg_params(store);
    params_number(params, writer->first + numbers);
    result = NULL;
    code = pg_ask(store, PG_NEXT_NUMBER_RAISE, params, &result, error);
    PQclear(result);
    return code;
}

static enum tk_code register_writer(struct postgres_store *store, int64_t numbers,
                                    struct tk_error *error)
{
    struct pg_writer *writer = &store->writer;
    int64_t now = store->options.now(store->options.context);
    PGresult *result = NULL;
    enum tk_code code = pg_ask(store, PG_BEGIN, NULL, &result, error);

    PQclear(result);
    if (!code)
        code = take_block(store, numbers, error);
    if (!code) /* who puts a backup back or changes the key holds the row of the numbers, too */
        code = pg_check_meta(store, error);
    if (!code)
        code = retire_idle(store, now, error);
    if (!code)
        code = insert_writer(store, numbers, now, error);
    result = NULL;
    if (store->conn)
        pg_ask(store, code ? PG_ROLLBACK : PG_COMMIT, NULL, &result, code ? NULL : error);
    if (!code && (!result || strcmp(PQcmdStatus(result), "COMMIT") != 0))
        code = tk_fail_code(error, TK_UNAVAILABLE);
    PQclear(result);
    if (code) {
        writer_forget(writer);
        return code;
    }
    writer->end = writer->first + numbers;
    writer->next_ticket = writer->next_customer = writer->next_entry = writer->first;
    writer_keep(writer);
    return TK_OK;
}

static bool has_room(const struct pg_writer *writer, int64_t numbers)
{
    return writer->id && writer->chain_count < WRITER_DEVICES_MAX &&
           writer->next_ticket + numbers <= writer->end &&
           writer->next_customer + numbers <= writer->end &&
           writer->next_entry + numbers <= writer->end;
}

enum tk_code writer_require(struct postgres_store *store, int64_t numbers, struct tk_error *error)
{
    if (has_room(&store->writer, numbers))
        return TK_OK;
    writer_forget(&store->writer);
    return register_writer(store, numbers > WRITER_NUMBERS ? numbers : WRITER_NUMBERS, error);
}
