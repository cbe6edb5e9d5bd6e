/*
 * mirror: a till's copy of a centre: the one row that says whose copy it is.
 *
 * What is done here (mirror_queue.c) and whose copy it is are synced to the disk. What was pulled is not:
 * after a power cut the cursors are as old as the rows, and a queue whose answer was lost with them is
 * sent again and answered as before, by the operations' ids.
 */
#include "data/sqlite/mirror_internal.h"

#include <stddef.h>
#include <string.h>

#include "core/text.h"
#include "data/mark.h"
#include "data/sqlite/schema.h"

struct sqlite_store *mirror_store(struct mirror *mirror)
{
    return (struct sqlite_store *)(void *)((char *)mirror - offsetof(struct sqlite_store, mirror));
}

struct mirror *sqlite_store_mirror(struct store *base)
{
    return &((struct sqlite_store *)base)->mirror;
}

/* --- statements --- */

enum tk_code mirror_run(struct sqlite_store *store, enum sql sql, int64_t number,
                        struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, sql);

    if (sqlite3_bind_parameter_count(s))
        sqlite3_bind_int64(s, 1, number);
    return statement_run(store, s, error);
}

enum tk_code mirror_has(struct sqlite_store *store, enum sql sql, int64_t number, bool *has,
                        struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, sql);
    enum tk_code code;

    if (sqlite3_bind_parameter_count(s))
        sqlite3_bind_int64(s, 1, number);
    code = statement_step(store, s, has, error);
    if (*has && sqlite3_column_int64(s, 0) == 0)
        *has = false;
    statement_done(s);
    return code;
}

static enum tk_code run_all(struct sqlite_store *store, const enum sql *list, size_t count,
                            int64_t number, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++)
        code = mirror_run(store, list[i], number, error);
    return code;
}

/* --- the row --- */

static bool read_blob(sqlite3_stmt *row, int column, void *data, size_t size)
{
    if (sqlite3_column_bytes(row, column) != (int)size)
        return false;
    memcpy(data, sqlite3_column_blob(row, column), size);
    return true;
}

static bool read_row(struct sqlite_store *store, sqlite3_stmt *s, struct mirror_row *row)
{
    struct mirror_state *state = &row->state;
    char role[16], standing[16];

    *row = (struct mirror_row){.state = {.adopted = sqlite3_column_int(s, 1) != 0}};
    read_text(s, 2, state->centre, sizeof state->centre);
    state->era = sqlite3_column_int64(s, 3);
    read_text(s, 4, state->device, sizeof state->device);
    read_text(s, 5, role, sizeof role);
    read_text(s, 7, standing, sizeof standing);
    state->seq = sqlite3_column_int64(s, 8);
    state->taken_seq = sqlite3_column_int64(s, 10);
    state->rules = (struct plan_rules){.expire_after = sqlite3_column_int64(s, 12),
                                       .close_at_start = sqlite3_column_int(s, 13) != 0,
                                       .close_after = sqlite3_column_int64(s, 14),
                                       .admit_before = sqlite3_column_int64(s, 15)};
    state->key_generation = sqlite3_column_int64(s, 16);
    state->clock_ahead = sqlite3_column_int64(s, 17);
    state->latest = sqlite3_column_int64(s, 18);
    state->contact_at = sqlite3_column_int64(s, 19);
    state->version = (uint64_t)sqlite3_column_int64(s, 20);
    state->busiest = sqlite3_column_int64(s, 21);
    row->half_hour = sqlite3_column_int64(s, 22);
    row->half_hour_sold = sqlite3_column_int64(s, 23);
    /* another handle may have adopted since this one was opened */
    return read_blob(s, 6, state->replica.bytes, sizeof state->replica.bytes) &&
           read_blob(s, 9, state->hash, sizeof state->hash) &&
           read_blob(s, 11, state->taken_hash, sizeof state->taken_hash) &&
           read_blob(s, 24, state->previous.bytes, sizeof state->previous.bytes) &&
           read_blob(s, 25, store->id_key.bytes, sizeof store->id_key.bytes) &&
           role_parse(role, &state->role) && standing_parse(standing, &state->standing);
}

static enum tk_code read_known(struct sqlite_store *store, struct mirror_row *row,
                               struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_MIRROR);
    bool found;
    enum tk_code code = statement_step(store, s, &found, error);

    if (!code && (!found || !read_row(store, s, row)))
        code = sqlite_fail(store, SQLITE_CORRUPT, error);
    statement_done(s);
    return code;
}

/* Whether this file may not be the newest one. Outside the gate the mark may be of a moment after the row's:
   then the row has changed, and both are looked at again. */
static enum tk_code judge(struct sqlite_store *store, struct mirror_row *row,
                          struct tk_error *error)
{
    struct mirror_state before;
    bool holds = false;
    enum tk_code code;

    do {
        before = row->state;
        code = mirror_has(store, SQL_MIRROR_HOLDS, 0, &holds, error);
        if (!code)
            store->suspect = mark_doubts(store->path, &before.replica, before.seq,
                                         holds || before.seq > 0);
        if (!code && store->suspect)
            code = read_known(store, row, error);
    } while (!code && store->suspect &&
             (row->state.seq != before.seq || !op_id_equal(&row->state.replica, &before.replica)));
    return code;
}

enum tk_code mirror_read(struct sqlite_store *store, struct mirror_row *row,
                         struct tk_error *error)
{
    enum tk_code code = read_known(store, row, error);

    if (!code && store->suspect) /* another handle may have renewed it */
        code = judge(store, row, error);
    if (!code)
        row->state.suspect = store->suspect;
    return code;
}

enum tk_code mirror_save(struct sqlite_store *store, const struct mirror_row *row, bool changed,
                         struct tk_error *error)
{
    const struct mirror_state *state = &row->state;
    sqlite3_stmt *s = statement_take(store, SQL_MIRROR_SAVE);

    sqlite3_bind_int(s, 2, state->adopted);
    bind_text(s, 3, state->centre);
    sqlite3_bind_int64(s, 4, state->era);
    bind_text(s, 5, state->device);
    bind_text(s, 6, role_name(state->role));
    sqlite3_bind_blob(s, 7, state->replica.bytes, sizeof state->replica.bytes, SQLITE_STATIC);
    bind_text(s, 8, standing_name(state->standing));
    sqlite3_bind_int64(s, 9, state->seq);
    sqlite3_bind_blob(s, 10, state->hash, sizeof state->hash, SQLITE_STATIC);
    sqlite3_bind_int64(s, 11, state->taken_seq);
    sqlite3_bind_blob(s, 12, state->taken_hash, sizeof state->taken_hash, SQLITE_STATIC);
    sqlite3_bind_int64(s, 13, state->rules.expire_after);
    sqlite3_bind_int(s, 14, state->rules.close_at_start);
    sqlite3_bind_int64(s, 15, state->rules.close_after);
    sqlite3_bind_int64(s, 16, state->rules.admit_before);
    sqlite3_bind_int64(s, 17, state->key_generation);
    sqlite3_bind_int64(s, 18, state->clock_ahead);
    sqlite3_bind_int64(s, 19, state->latest);
    sqlite3_bind_int64(s, 20, state->contact_at);
    sqlite3_bind_int64(s, 21, (sqlite3_int64)state->version);
    sqlite3_bind_int64(s, 22, state->busiest);
    sqlite3_bind_int64(s, 23, row->half_hour);
    sqlite3_bind_int64(s, 24, row->half_hour_sold);
    sqlite3_bind_blob(s, 25, state->previous.bytes, sizeof state->previous.bytes, SQLITE_STATIC);
    sqlite3_bind_int(s, 26, changed);
    return statement_run(store, s, error);
}

static enum tk_code mirror_state(struct mirror *mirror, struct mirror_state *state,
                                 struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = connection_require(store, error);

    if (!code)
        code = mirror_read(store, &row, error);
    if (!code)
        *state = row.state;
    return code;
}

/* --- transactions --- */

static enum tk_code set_care(struct sqlite_store *store, const char *pragma,
                             struct tk_error *error)
{
    return sqlite_fail(store, sqlite3_exec(store->db, pragma, NULL, NULL, NULL), error);
}

/* The next one who begins may have to be sure of the disk. */
static void leave(struct sqlite_store *store)
{
    if (store->db && set_care(store, SQL_SYNC_ALL, NULL))
        connection_close(store);
    gate_leave(&store->gate);
}

enum tk_code mirror_begin(struct sqlite_store *store, enum mirror_care care,
                          struct mirror_row *row, struct tk_error *error)
{
    enum tk_code code = gate_enter(&store->gate, error);

    if (code)
        return code;
    code = connection_require(store, error);
    if (!code && care == MIRROR_QUICK)
        code = set_care(store, SQL_SYNC_LESS, error);
    if (!code)
        code = apply_begin(store, error);
    if (!code)
        code = mirror_read(store, row, error);
    if (!code)
        return TK_OK;
    if (store->db)
        apply_undo(store);
    leave(store);
    return code;
}

static enum tk_code finish(struct sqlite_store *store, enum tk_code code,
                           const struct operation *probe, struct tk_error *error)
{
    if (code)
        apply_undo(store);
    else
        code = apply_commit(store, probe, error);
    if (!code)
        apply_forget(store);
    else if (code == TK_DISK_FULL)
        connection_make_room(store);
    return code;
}

enum tk_code mirror_end(struct sqlite_store *store, enum tk_code code,
                        const struct operation *probe, struct tk_error *error)
{
    code = finish(store, code, probe, error);
    leave(store);
    return code;
}

/* Should the mark fail it is behind, which says nothing wrong. A file that is suspected stays so, however
   long its queue gets. */
enum tk_code mirror_end_queued(struct sqlite_store *store, const struct mirror_row *row,
                               enum tk_code code, const struct operation *probe,
                               struct tk_error *error)
{
    code = finish(store, code, probe, error);
    if (!code)
        mark_write(store->path, &row->state.replica,
                   row->state.suspect ? INT64_MAX : row->state.seq, NULL);
    leave(store);
    return code;
}

void mirror_count_sold(struct mirror_row *row, int64_t count, int64_t now)
{
    int64_t begin = now - now % HALF_HOUR;

    if (row->half_hour != begin)
        row->half_hour_sold = 0;
    row->half_hour = begin;
    row->half_hour_sold += count;
    if (row->state.busiest < row->half_hour_sold)
        row->state.busiest = row->half_hour_sold;
}

static enum tk_code mirror_count(struct mirror *mirror, int64_t count, int64_t now,
                                 struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = mirror_begin(store, MIRROR_QUICK, &row, error);

    if (code)
        return code;
    mirror_count_sold(&row, count, now);
    return mirror_end(store, mirror_save(store, &row, false, error), NULL, error);
}

/* --- whose copy it is --- */

/* All that was pulled, and what tells whether rows are older than those that were here. */
static enum tk_code empty(struct sqlite_store *store, struct tk_error *error)
{
    static const enum sql all[] = {SQL_WIPE_TICKETS,  SQL_PURGE_NAMES, SQL_PURGE_CUSTOMERS,
                                   SQL_WIPE_EARLIES,  SQL_WIPE_ALLOTMENTS, SQL_WIPE_KEYS,
                                   SQL_WIPE_DISPUTES, SQL_WIPE_RECORDS,    SQL_WIPE_SLOTS};

    store->forgetting = true;
    return run_all(store, all, sizeof all / sizeof all[0], 0, error);
}

/* Numbers that were issued from here may be unknown to the centre, so none of the old blocks is used any
   further: there are more than enough. Of another centre they are other numbers. */
static enum tk_code leave_blocks(struct sqlite_store *store, bool same, struct tk_error *error)
{
    enum tk_code code = mirror_run(store, SQL_WIPE_BLOCKS, !same, error);

    return code ? code : mirror_run(store, SQL_WIPE_NUMBERS, 0, error);
}

static enum tk_code put_id_key(struct sqlite_store *store, const struct id_key *key,
                               struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_META_PUT);

    bind_text(s, 1, "id_key");
    sqlite3_bind_blob(s, 2, key->bytes, sizeof key->bytes, SQLITE_STATIC);
    return statement_run(store, s, error);
}

static enum tk_code become(struct sqlite_store *store, struct mirror_row *row,
                           const struct mirror_identity *identity, const struct op_id *replica,
                           struct tk_error *error)
{
    struct mirror_state *state = &row->state;
    bool same = state->adopted && strcmp(state->centre, identity->centre) == 0;
    struct op_id previous = same && !state->suspect ? state->replica : (struct op_id){0};
    enum tk_code code = TK_OK;

    if (same && state->era != identity->era && role_reads(identity->role, ROLE_CLERK))
        code = mirror_run(store, SQL_LOST_NOTE, 0, error);
    else if (!same) /* another centre's numbers */
        code = run_all(store, (enum sql[]){SQL_LOST_CLEAR, SQL_QUEUE_TICKETS_CLEAR}, 2, 0, error);
    if (!code)
        code = empty(store, error);
    if (!code)
        code = mirror_run(store, SQL_WIPE_PULLED, 0, error);
    if (!code)
        code = leave_blocks(store, same, error);
    if (!code)
        code = put_id_key(store, &identity->id_key, error);
    *state = (struct mirror_state){.adopted = true, .era = identity->era, .role = identity->role,
                                   .replica = *replica, .previous = previous,
                                   .seq = state->seq,
                                   .latest = same ? state->latest : 0, .busiest = state->busiest};
    text_copy(state->centre, sizeof state->centre, identity->centre);
    text_copy(state->device, sizeof state->device, identity->device);
    return code ? code : queue_chain_anew(store, row, error);
}

/*
 * Ends what gave the copy another replica id. Its mark is written before it is committed, all behind the
 * gate: whoever looks in between finds the mark of a replica that his copy is not, suspects it, and finds it
 * renewed when he wants to do so himself. Without a mark the copy says that it may be an old one.
 */
static enum tk_code end_renewed(struct sqlite_store *store, const struct mirror_row *row,
                                enum tk_code code, struct tk_error *error)
{
    bool marked;

    if (code)
        return mirror_end(store, code, NULL, error);
    marked = mark_write(store->path, &row->state.replica, row->state.seq, NULL) == TK_OK;
    code = finish(store, TK_OK, NULL, error);
    store->suspect = code || !marked; /* looked at again whenever it is asked */
    leave(store);
    return code;
}

static bool is_still(const struct mirror_row *row, const struct op_id *instead_of)
{
    return op_id_equal(&row->state.replica, instead_of);
}

static enum tk_code mirror_adopt(struct mirror *mirror, const struct mirror_identity *identity,
                                 const struct op_id *replica, const struct op_id *instead_of,
                                 struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = mirror_begin(store, MIRROR_SYNCED, &row, error);

    if (code)
        return code;
    if (!is_still(&row, instead_of))
        return mirror_end(store, TK_OK, NULL, error);
    code = become(store, &row, identity, replica, error);
    if (!code)
        code = mirror_save(store, &row, true, error);
    code = end_renewed(store, &row, code, error);
    if (!code)
        store->id_key = identity->id_key;
    return code;
}

/* What it holds and its numbers are those of the newest copy, which this one may not be: they are the
   centre's to tell again, and nobody is told what it was before. */
static enum tk_code mirror_renew(struct mirror *mirror, const struct op_id *replica,
                                 const struct op_id *instead_of, struct tk_error *error)
{
    static const enum sql own[] = {SQL_WIPE_OWN, SQL_WIPE_HERE, SQL_WIPE_NUMBERS, SQL_PULLED_DIRTY};
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = mirror_begin(store, MIRROR_SYNCED, &row, error);

    if (code)
        return code;
    if (!is_still(&row, instead_of))
        return mirror_end(store, TK_OK, NULL, error);
    row.state.replica = *replica;
    row.state.previous = (struct op_id){0};
    row.state.version = 0;
    code = run_all(store, own, sizeof own / sizeof own[0], 0, error);
    if (!code)
        code = queue_chain_anew(store, &row, error);
    if (!code)
        code = mirror_save(store, &row, true, error);
    return end_renewed(store, &row, code, error);
}

/* --- forgetting --- */

/* What was taken over last is remembered, without a name, so that an answer that comes late is known for
   an old one. */
static enum tk_code mirror_wipe(struct mirror *mirror, struct tk_error *error)
{
    static const enum sql all[] = {SQL_PULLED_DIRTY, SQL_LOST_CLEAR};
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = mirror_begin(store, MIRROR_SYNCED, &row, error);

    if (code)
        return code;
    row.state.version = 0;
    row.state.contact_at = 0;
    code = empty(store, error);
    if (!code)
        code = run_all(store, all, sizeof all / sizeof all[0], 0, error);
    if (!code)
        code = leave_blocks(store, true, error);
    if (!code)
        code = mirror_save(store, &row, true, error);
    return mirror_end(store, code, NULL, error);
}

static enum tk_code purge(struct sqlite_store *store, int64_t before, size_t *forgotten,
                          struct tk_error *error)
{
    static const enum sql parts[] = {SQL_PURGE_TICKETS, SQL_PURGE_EARLIES, SQL_PURGE_ALLOTMENTS,
                                     SQL_PURGE_KEYS, SQL_PURGE_PULLED, SQL_PURGE_SLOTS};
    enum tk_code code = run_all(store, parts, sizeof parts / sizeof parts[0], before, error);

    if (!code)
        *forgotten = (size_t)sqlite3_changes(store->db);
    if (!code)
        code = mirror_run(store, SQL_PURGE_NAMES, 0, error);
    store->forgetting = true;
    return code ? code : mirror_run(store, SQL_PURGE_CUSTOMERS, 0, error);
}

static enum tk_code mirror_purge(struct mirror *mirror, int64_t before, size_t *forgotten,
                                 struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    bool any = false;
    size_t count = 0;
    enum tk_code code = connection_require(store, error);

    *forgotten = 0;
    if (!code)
        code = mirror_has(store, SQL_PURGE_ANY, before, &any, error);
    if (code || !any)
        return code;
    code = mirror_begin(store, MIRROR_QUICK, &row, error);
    if (code)
        return code;
    code = purge(store, before, &count, error);
    if (!code)
        code = mirror_save(store, &row, true, error);
    code = mirror_end(store, code, NULL, error);
    if (!code)
        *forgotten = count;
    return code;
}

/* --- opening --- */

enum tk_code mirror_check_kind(struct sqlite_store *store, int64_t version,
                               struct tk_error *error)
{
    bool wanted = store->options.mirror, copy = false, used = version > 0;
    sqlite3_stmt *s = NULL;
    int result = SQLITE_OK;

    if (version >= SCHEMA_MIRROR) {
        result = sqlite3_prepare_v2(store->db, SQL_KIND, -1, &s, NULL);
        if (result == SQLITE_OK)
            result = sqlite3_step(s);
        copy = result == SQLITE_ROW && sqlite3_column_int(s, 0);
        used = result == SQLITE_ROW && sqlite3_column_int(s, 1);
        sqlite3_finalize(s);
    }
    if (sqlite_code(result))
        return sqlite_fail(store, result, error);
    if (wanted && !copy && used)
        return tk_fail(error, TK_NOT_A_STORE,
                       "%s is a box office itself and cannot be a till's copy of one: give another "
                       "file for the copy with --db.",
                       store->path);
    if (!wanted && copy && !store->options.look_only)
        return tk_fail(error, TK_NOT_A_STORE,
                       "%s is a till's copy of a box office: open it with --central and the address "
                       "of the box office.",
                       store->path);
    return TK_OK;
}

static const struct mirror_ops mirror_ops = {
    .state = mirror_state,
    .adopt = mirror_adopt,
    .renew = mirror_renew,
    .apply = mirror_apply,
    .list_queue = mirror_list_queue,
    .hash_at = mirror_hash_at,
    .find_done = mirror_find_done,
    .offer = mirror_offer,
    .withdraw = mirror_withdraw,
    .is_unsent = mirror_is_unsent,
    .list_cursors = mirror_list_cursors,
    .list_keyless = mirror_list_keyless,
    .slot_key = mirror_slot_key,
    .record_seq = mirror_record_seq,
    .keep_record = mirror_keep_record,
    .take = mirror_take,
    .list_lost = mirror_list_lost,
    .forget_lost = mirror_forget_lost,
    .purge = mirror_purge,
    .wipe = mirror_wipe,
    .count_sold = mirror_count,
};

enum tk_code mirror_open(struct sqlite_store *store, struct tk_error *error)
{
    struct mirror_row row = {0};
    enum tk_code code = TK_OK;

    store->mirror = (struct mirror){&mirror_ops, &store->store};
    if (!store->options.mirror)
        return TK_OK;
    if (!store->options.look_only)
        code = mirror_run(store, SQL_MIRROR_MAKE, 0, error);
    if (!code)
        code = read_known(store, &row, error);
    return code ? code : judge(store, &row, error);
}

enum tk_code mirror_refuse(const struct sqlite_store *store, struct tk_error *error)
{
    if (!store->options.mirror)
        return TK_OK;
    return tk_fail(error, TK_READ_ONLY,
                   "%s is a till's copy: only the box office that it is a copy of can do this.",
                   store->path);
}
