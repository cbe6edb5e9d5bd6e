/*
 * mirror_records: what a till keeps of the house's records, to tell cut off who may do what:
 * members of staff, without verifiers, and limits; and its own, by which it knows the members who
 * have signed on at it.
 *
 * The highest seq that is here says how far they are known: what comes is all that there is after
 * the one that was asked from, so that an answer from beyond it (another process was faster, or a
 * power cut took what it took over) leaves a gap and is asked for again.
 */
#include "data/sqlite/mirror_take.h"

#include <stdio.h>
#include <string.h>

#include "core/staff.h"

static enum tk_code known_seq(struct sqlite_store *store, int64_t *seq, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_MIRROR_RECORD_SEQ);
    bool row;
    enum tk_code code = statement_step(store, s, &row, error);

    *seq = !code && row ? sqlite3_column_int64(s, 0) : 0;
    statement_done(s);
    return code;
}

enum tk_code mirror_record_seq(struct mirror *mirror, int64_t *seq, struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    enum tk_code code = connection_require(store, error);

    return code ? code : known_seq(store, seq, error);
}

static enum tk_code put(struct sqlite_store *store, const struct record *record,
                        struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_RECORD_PUT);

    bind_text(s, 1, record->key);
    sqlite3_bind_int64(s, 2, record->seq);
    sqlite3_bind_int64(s, 3, record->changed_at);
    bind_text(s, 4, record->value);
    return statement_run(store, s, error);
}

static enum tk_code forget(struct sqlite_store *store, const char *key, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_MIRROR_RECORD_DELETE);

    bind_text(s, 1, key);
    store->forgetting = true; /* what tells a PIN is out of the file when the log is */
    return statement_run(store, s, error);
}

enum tk_code mirror_keep_record(struct mirror *mirror, const struct record *record,
                                struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code;

    if (strncmp(record->key, RECORD_LOCAL_PREFIX, sizeof RECORD_LOCAL_PREFIX - 1) != 0 ||
        record->seq)
        return tk_fail(error, TK_BAD_OPERATION, "This is no record of a till's own.");
    code = mirror_begin(store, MIRROR_SYNCED, &row, error);
    if (code)
        return code;
    code = forget(store, record->key, error);
    if (!code && record->value[0])
        code = put(store, record, error);
    return mirror_end(store, code, NULL, error);
}

/* --- taking over --- */

/* Whoever has another PIN, another role or left signs on at the centre once before he does so here.
 */
static enum tk_code forget_own(struct sqlite_store *store, const char *key, struct tk_error *error)
{
    char own[RECORD_KEY_SIZE];

    if (strncmp(key, STAFF_PREFIX, sizeof STAFF_PREFIX - 1) != 0)
        return TK_OK;
    snprintf(own, sizeof own, RECORD_LOCAL_PREFIX "%.80s", key + sizeof STAFF_PREFIX - 1);
    return forget(store, own, error);
}

static enum tk_code take_record(struct take *take, const struct record *record, int64_t known,
                                struct tk_error *error)
{
    enum tk_code code;

    if (record->seq <= known)
        return TK_OK;
    code = forget_own(take->store, record->key, error);
    if (!code)
        code = put(take->store, record, error);
    take->report.records++;
    return code;
}

/* What is counted of a duty is what the centre does not know yet. */
static enum tk_code forget_duties(struct take *take, struct tk_error *error)
{
    const struct mirror_state *state = &take->row->state;

    return take->report.answered && state->taken_seq == state->seq
               ? mirror_run(take->store, SQL_MIRROR_DUTIES_DELETE, 0, error)
               : TK_OK;
}

enum tk_code take_records(struct take *take, struct tk_error *error)
{
    const struct record_list *records = &take->rows->records;
    int64_t known = 0;
    enum tk_code code = forget_duties(take, error);

    if (code || !records->count)
        return code;
    code = known_seq(take->store, &known, error);
    if (!code && take->rows->records_from > known) {
        take->again = true;
        return TK_OK;
    }
    for (size_t i = 0; !code && i < records->count; i++)
        code = take_record(take, &records->items[i], known, error);
    return code;
}
