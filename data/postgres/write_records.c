/* write_records: sends records, tallies and seals. */
#include <string.h>

#include "core/seal.h"
#include "core/shift.h"
#include "core/text.h"
#include "data/postgres/internal.h"

/* --- records --- */

static void add_record(struct pg_rows *rows, const struct record *record)
{
    rows_text(rows, record->key);
    rows_number(rows, record->seq);
    rows_number(rows, record->changed_at);
    rows_text(rows, record->value);
}

/* What another node may make at the same moment, which has no row to lock yet: whoever comes second
   is told, and tries again. */
static bool is_contended(const struct record_row *row)
{
    return row->state == ROW_NEW &&
           strncmp(row->record.key, DUTY_PREFIX, sizeof DUTY_PREFIX - 1) == 0;
}

static enum tk_code write_records(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code;

    rows_begin(&store->rows, "tnnt");
    for (size_t i = 0; i < set->record_count; i++)
        if (is_contended(&set->records[i]))
            add_record(&store->rows, &set->records[i].record);
    code = pg_send_rows(store, PG_RECORDS_INSERT, false, sent, error);
    if (code)
        return code;
    rows_begin(&store->rows, "tnnt");
    for (size_t i = 0; i < set->record_count; i++)
        if (set->records[i].state != ROW_LOADED && !is_contended(&set->records[i]))
            add_record(&store->rows, &set->records[i].record);
    return pg_send_rows(store, PG_RECORDS_PUT, false, sent, error);
}

static enum tk_code write_seq(struct postgres_store *store, int *sent, struct tk_error *error)
{
    enum tk_code code;

    if (!store->set.ids.recorded)
        return TK_OK;
    params_text(pg_params(store), "record_seq");
    params_number(&store->params, store->set.ids.record_seq);
    code = pg_send(store, PG_META_PUT, &store->params, error);
    *sent += !code;
    return code;
}

/* --- tallies --- */

/* Each writer has rows of his own, so that nodes never wait for one another's, whatever their order. */
static enum tk_code write_tallies(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    struct pg_rows *rows = &store->rows;

    rows_begin(rows, "nttnnnnnnn");
    for (size_t i = 0; i < set->tally_count; i++) {
        const struct tally *tally = &set->tallies[i].tally;

        rows_number(rows, tally->span_at);
        rows_text(rows, tally->actor);
        rows_text(rows, tally->device);
        rows_number(rows, (int64_t)tally->genre);
        rows_number(rows, store->writer.id);
#define X(member, name, help) rows_number(rows, tally->member);
        TALLY_TABLE(X)
#undef X
    }
    return pg_send_rows(store, PG_TALLIES_ADD, false, sent, error);
}

enum tk_code pg_write_records(struct postgres_store *store, int *sent, struct tk_error *error)
{
    enum tk_code code = write_records(store, sent, error);

    if (!code)
        code = write_seq(store, sent, error);
    return code ? code : write_tallies(store, sent, error);
}

/* --- seals --- */

static bool has_seed(const struct postgres_store *store)
{
    static const struct crypto_key none;

    return !crypto_equal(&store->options.seal_seed, &none, sizeof none);
}

static enum tk_code add_seal(struct postgres_store *store, struct seal *seal, const char *why,
                             struct tk_error *error)
{
    struct record record;
    enum tk_code code;

    text_copy(seal->why, sizeof seal->why, why);
    code = seal_make(seal, store->uuid, &store->options.seal_seed, &record);
    if (code)
        return tk_fail_code(error, code);
    add_record(&store->rows, &record);
    return TK_OK;
}

/* Each node is a writer, and nobody knows when another one seals next. What they have committed
 * stays as it is. */
enum tk_code pg_seal_others(struct postgres_store *store, int64_t now, int *sent,
                            struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code;

    if (!store->set.seal || !has_seed(store))
        return TK_OK;
    params_number(pg_params(store), store->writer.id);
    code = pg_ask(store, PG_WRITERS_UNSEALED, &store->params, &result, error);
    rows_begin(&store->rows, "tnnt");
    for (int i = 0; !code && i < PQntuples(result); i++) {
        struct seal seal = {.writer = row_number(result, i, 0),
                            .entries = row_number(result, i, 1),
                            .made_at = now};

        row_bytes(result, i, 2, seal.head, sizeof seal.head);
        code = add_seal(store, &seal, store->set.seal, error);
    }
    PQclear(result);
    return code ? code : pg_send_rows(store, PG_SEALS_INSERT, false, sent, error);
}

enum tk_code pg_seal_own(struct postgres_store *store, int64_t before, int64_t now, int *sent,
                         struct tk_error *error)
{
    const struct pg_writer *writer = &store->writer;
    struct seal seal = {.writer = writer->id, .entries = writer->entries, .made_at = now};
    enum tk_code code;

    if (!has_seed(store) || (!store->set.seal && !seal_is_due(before, writer->entries)))
        return TK_OK;
    memcpy(seal.head, writer->head, sizeof seal.head);
    rows_begin(&store->rows, "tnnt");
    code = add_seal(store, &seal, store->set.seal ? store->set.seal : "entries", error);
    return code ? code : pg_send_rows(store, PG_SEALS_INSERT, false, sent, error);
}
