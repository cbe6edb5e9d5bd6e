/*
 * apply: load, plan, write and commit, behind the gate.
 *
 *   idle ─ begin ─▶ open ─ load, plan, write ─▶ written ─ COMMIT ─▶ done
 *                    │ failure: ROLLBACK           │ failure: unknown; disk full: nothing done
 *                    ▼                             ▼
 *               nothing done            resolve: reopen, checkpoint, look up by id
 */
#include "data/sqlite/internal.h"

#include <stdlib.h>
#include <string.h>

#define SET_KEPT 16384 /* tickets in the working set that is kept for the next batch */

static enum tk_code apply_chunk(struct sqlite_store *store, const struct operation *operations,
                                size_t count, struct outcome *outcomes, struct tk_error *error)
{
    int64_t now = store->options.now(store->options.context);
    enum tk_code code = load_batch(store, operations, count, error);

    if (code)
        return code;
    code = plan(operations, count, &store->set, &store->options.rules, now, outcomes);
    if (code)
        return tk_fail_code(error, code);
    return write_batch(store, operations, count, outcomes, now, error);
}

static enum tk_code fail_unknown(enum tk_code failure, struct tk_error *error)
{
    return tk_fail(error, TK_UNKNOWN,
                   "The disk failed while saving (%s): it is not known whether this was done. "
                   "Try the same again; it is never done twice.",
                   tk_code_name(failure));
}

enum tk_code apply_begin(struct sqlite_store *store, struct tk_error *error)
{
    enum tk_code code = connection_require(store, error);

    /* what is sent now may be what was left unknown */
    if (code)
        return store->doubtful ? fail_unknown(code, error) : code;
    return statement_run(store, statement_take(store, SQL_BEGIN_WRITE), error);
}

/* Before COMMIT was tried nothing can have happened. A connection that cannot even roll back is
   thrown away, which rolls back. */
void apply_undo(struct sqlite_store *store)
{
    if (sqlite3_get_autocommit(store->db))
        return;
    if (statement_run(store, statement_take(store, SQL_ROLLBACK), NULL) &&
        !sqlite3_get_autocommit(store->db))
        connection_close(store);
}

/*
 * After a failed COMMIT: finds out by the first operation's id whether the transaction is there.
 * TK_OK when it is, `failure` when it is not, TK_UNKNOWN when that cannot be told.
 */
static enum tk_code resolve(struct sqlite_store *store, const struct operation *probe,
                            enum tk_code failure, struct tk_error *error)
{
    struct seen_operation seen = {0};
    enum tk_code code;

    connection_close(store);
    code = connection_open(store, NULL);
    if (!code)
        code = connection_empty_log(store, NULL);
    if (!code && probe)
        code = load_seen(store, &probe->id, &seen, NULL);
    if (code) {
        connection_close(store);
        store->doubtful = true;
        return fail_unknown(failure, error);
    }
    return seen.found ? TK_OK : failure;
}

/* The operation whose journal entry tells whether the batch was committed: one not known before. */
static const struct operation *find_probe(const struct operation *operations, size_t count,
                                          const struct outcome *outcomes)
{
    for (size_t i = 0; i < count; i++)
        if (!outcomes[i].replayed)
            return &operations[i];
    return NULL;
}

/* The frame that makes a commit valid is the last one written to the log: where the disk is too full
   for the log it is not there, and SQLite has rolled back. Only where a commit is padded to a whole
   sector may it be there all the same (https://sqlite.org/psow.html). */
static bool is_surely_undone(struct sqlite_store *store, enum tk_code failure)
{
    int unpadded = -1; /* asks */

    if (failure != TK_DISK_FULL || !sqlite3_get_autocommit(store->db))
        return false;
    sqlite3_file_control(store->db, "main", SQLITE_FCNTL_POWERSAFE_OVERWRITE, &unpadded);
    return unpadded == 1;
}

enum tk_code apply_commit(struct sqlite_store *store, const struct operation *probe,
                          struct tk_error *error)
{
    struct tk_error failure = {0};
    enum tk_code code = statement_run(store, statement_take(store, SQL_COMMIT), &failure);

    if (!code)
        return TK_OK;
    if (!is_surely_undone(store, code))
        code = resolve(store, probe, code, error);
    if (code && code == failure.code && error)
        *error = failure;
    return code;
}

/* Erased names are out of the file when its log is; others who read are not waited for, then it is
   tried again with the next commit. */
void apply_forget(struct sqlite_store *store)
{
    const struct working_set *set = &store->set;

    for (size_t i = 0; !store->forgetting && i < set->customer_count; i++)
        store->forgetting = set->customers[i].state != ROW_LOADED &&
                            set->customers[i].customer.erased_at != 0;
    for (size_t i = 0; !store->forgetting && i < set->dispute_count; i++)
        store->forgetting = set->disputes[i].state == ROW_CHANGED; /* it was closed */
    if (store->forgetting && connection_try_empty_log(store, NULL) == TK_OK)
        store->forgetting = false;
}

enum tk_code sqlite_apply(struct store *base, const struct operation *operations, size_t count,
                          struct outcome *outcomes, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = mirror_refuse(store, error);

    if (code)
        return code;
    code = gate_enter(&store->gate, error);
    if (code)
        return store->doubtful ? fail_unknown(code, error) : code;
    code = apply_begin(store, error);
    if (code)
        goto out;
    code = apply_chunk(store, operations, count, outcomes, error);
    if (code)
        apply_undo(store);
    else
        code = apply_commit(store, find_probe(operations, count, outcomes), error);
    if (!code)
        apply_forget(store);
    else if (code == TK_DISK_FULL)
        connection_make_room(store);
    if (store->set.ticket_capacity > SET_KEPT) /* a large house was archived */
        working_set_release(&store->set);
out:
    gate_leave(&store->gate);
    return code;
}

enum tk_code sqlite_touch_device(struct store *base, const char *name, int64_t at,
                                 struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = mirror_refuse(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    code = gate_enter(&store->gate, error);
    if (code)
        return code;
    code = apply_begin(store, error);
    if (code)
        goto out;
    s = statement_take(store, SQL_ACCESS_TOUCH);
    bind_text(s, 1, name);
    sqlite3_bind_int64(s, 2, at);
    code = statement_run(store, s, error);
    if (code)
        apply_undo(store);
    else
        code = apply_commit(store, NULL, error);
out:
    gate_leave(&store->gate);
    return code;
}

static enum tk_code apply_source(struct sqlite_store *store, const struct operation_source *source,
                                 struct operation *chunk, struct outcome *outcomes,
                                 struct operation *probe, size_t *applied, size_t *replayed,
                                 struct tk_error *error)
{
    bool end = false;
    size_t count;
    enum tk_code code;

    while (!end) {
        code = operation_source_take(source, chunk, &count, &end, error);
        if (!code && count)
            code = apply_chunk(store, chunk, count, outcomes, error);
        if (code)
            return code;
        for (size_t i = 0; i < count; i++) {
            if (outcomes[i].code)
                return tk_fail_code(error, outcomes[i].code);
            if (!outcomes[i].replayed && op_id_is_zero(&probe->id))
                *probe = chunk[i];
            *(outcomes[i].replayed ? replayed : applied) += 1;
        }
        if (source->progress)
            source->progress(source->context, *applied + *replayed);
    }
    return TK_OK;
}

enum tk_code sqlite_apply_all(struct store *base, const struct operation_source *source,
                              size_t *applied, size_t *replayed, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct operation *chunk = calloc(OP_BATCH_MAX + 1, sizeof *chunk); /* the last is the probe */
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    enum tk_code code = TK_NO_MEMORY;

    *applied = *replayed = 0;
    if (!chunk || !outcomes) {
        tk_fail_code(error, code);
        goto out;
    }
    code = mirror_refuse(store, error);
    if (code)
        goto out;
    code = gate_enter(&store->gate, error);
    if (code)
        goto out;
    code = apply_begin(store, error);
    if (!code) {
        struct operation *probe = &chunk[OP_BATCH_MAX];

        code = apply_source(store, source, chunk, outcomes, probe, applied, replayed, error);
        if (code || source->dry_run)
            apply_undo(store);
        else
            code = apply_commit(store, op_id_is_zero(&probe->id) ? NULL : probe, error);
        if (code == TK_DISK_FULL)
            connection_make_room(store);
    }
    gate_leave(&store->gate);
out:
    free(chunk);
    free(outcomes);
    return code;
}
