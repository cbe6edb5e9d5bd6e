/*
 * apply: load, plan, write and commit, again where that may help, until it is known how it ended.
 *
 *   idle ─ load_batch ─▶ open ─ plan, write_batch, COMMIT ─▶ sent ── COMMIT without a WARNING ──▶ done
 *     ▲                    │ failure: ROLLBACK                │ ROLLBACK, an error: nothing done
 *     └── again, in time ──┴──────────────────────────────────┤
 *     └── again, in time: the ids tell what happened ─────────┘ lost, late, a WARNING: unknown
 */
#include "data/postgres/internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_FIRST_MS 2
#define PAUSE_MAX_MS 250

/* How one try ended, beside its code. */
struct attempt {
    bool rare;    /* begin with the row `rare` */
    bool unknown; /* COMMIT was sent, and what became of it is not known */
};

/* Numbers that a batch may use up of one sort: tickets, new customers and entries. */
static int64_t numbers_needed(const struct operation *operations, size_t count)
{
    int64_t needed = 2 * (int64_t)count;

    for (size_t i = 0; i < count; i++) {
        const struct operation *operation = &operations[i];

        if (operation->kind == OP_BOOK && operation->book.count > 0 &&
            operation->book.count <= SLOT_CAPACITY_MAX)
            needed += operation->book.count + 2;
        else if (operation->kind == OP_BLOCK)
            needed += 3 * NUMBER_BLOCK_SIZE;
    }
    return needed;
}

/* What was not committed is undone, and what the writer's memory says of it. A server that does not take changes any
   more is left. */
static void undo(struct postgres_store *store, enum tk_code failure)
{
    PGresult *result = NULL;
    bool again = store->again;

    writer_undo(&store->writer);
    if (store->conn && (failure == TK_UNAVAILABLE || store->in_pipe ||
                        pg_ask(store, PG_ROLLBACK, NULL, &result, NULL)))
        pg_drop(store);
    PQclear(result);
    store->again = again;
}

/* Takes the results of what was sent before COMMIT. The last of them is the writer's row: one that is not as it was
   left is another's now. */
static enum tk_code take_written(struct postgres_store *store, int sent, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (int i = 0; !code && i < sent; i++) {
        code = pg_skip(store, error);
        if (code && i == sent - 1)
            writer_forget(&store->writer);
    }
    return code;
}

static enum tk_code take_committed(struct postgres_store *store, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code;

    store->warned = false; /* what was said before is not about COMMIT */
    code = pg_take(store, &result, error);
    if (code == TK_INTERNAL) /* no answer that is known to mean a rollback */
        code = tk_fail(error, TK_UNKNOWN, "The database did not say how it ended.");
    if (!code && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        store->again = true;
        code = tk_fail_code(error, TK_BUSY);
    } else if (!code && store->warned) {
        code = tk_fail(error, TK_UNKNOWN, "The database did not wait for its standby.");
    }
    PQclear(result);
    return code;
}

/* Only a clear answer to COMMIT is an answer: where one is missing, whichever, it was on its way all the same. */
static enum tk_code take_commit(struct postgres_store *store, int sent, struct attempt *attempt,
                                struct tk_error *error)
{
    enum tk_code code = take_written(store, sent, error), end = TK_OK;

    if (!code)
        code = take_committed(store, error);
    if (store->conn)
        end = pg_end(store, code ? NULL : error);
    code = code ? code : end;
    attempt->unknown = code && (!store->conn || code == TK_UNAVAILABLE || code == TK_UNKNOWN);
    if (attempt->unknown)
        pg_drop(store);
    return code;
}

static enum tk_code commit(struct postgres_store *store, int sent, struct attempt *attempt,
                           struct tk_error *error)
{
    enum tk_code code = pg_send(store, PG_COMMIT, NULL, error);

    if (!code)
        code = pg_flush(store, error);
    if (code) { /* some of it may have been sent */
        attempt->unknown = true;
        return code;
    }
    return take_commit(store, sent, attempt, error);
}

/* Plans what is loaded and sends it. */
static enum tk_code plan_and_write(struct postgres_store *store,
                                   const struct operation *operations, size_t count,
                                   struct outcome *outcomes, int *sent, struct tk_error *error)
{
    int64_t now = store->options.now(store->options.context);
    enum tk_code code =
        plan(operations, count, &store->set, &store->options.rules, now, outcomes);

    if (code)
        return tk_fail_code(error, code);
    return pg_write_batch(store, operations, count, outcomes, now, sent, error);
}

static enum tk_code apply_once(struct postgres_store *store, const struct operation *operations,
                               size_t count, struct outcome *outcomes, struct attempt *attempt,
                               struct tk_error *error)
{
    enum tk_code code;
    int sent = 0;

    store->again = false;
    attempt->unknown = false;
    code = pg_require(store, error);
    if (!code)
        code = writer_require(store, numbers_needed(operations, count), error);
    if (!code)
        code = pg_load_batch(store, operations, count, &attempt->rare, error);
    if (!code)
        code = plan_and_write(store, operations, count, outcomes, &sent, error);
    if (!code)
        code = commit(store, sent, attempt, error);
    if (code)
        undo(store, code);
    else
        writer_keep(&store->writer);
    return code;
}

/* Full jitter, so that those who met do not meet again (https://aws.amazon.com/builders-library, "Timeouts,
   retries and backoff with jitter"). */
static void pause_before(struct postgres_store *store, int tries)
{
    int64_t most = tries < 8 ? PAUSE_FIRST_MS << tries : PAUSE_MAX_MS;
    uint32_t random = 0;
    struct timespec pause = {0};

    store->options.random(store->options.context, &random, sizeof random);
    most = (most > PAUSE_MAX_MS ? PAUSE_MAX_MS : most) * 1000000;
    pause.tv_nsec = (long)((uint64_t)random * (uint64_t)most >> 32);
    nanosleep(&pause, NULL);
}

static bool gives_up(const struct postgres_store *store, int64_t since)
{
    int64_t waited = pg_clock_ms() - since;

    return waited >= store->budget_ms ||
           (store->watch.give_up && store->watch.give_up(store->watch.context, waited));
}

/* In words for a clerk. Whoever is in the way for all that time may be a commit of this very server that never
   ends: another one is looked for. */
static enum tk_code fail_for_good(struct postgres_store *store, enum tk_code code,
                                  const struct tk_error *failure, struct tk_error *error)
{
    if (code == TK_BUSY && store->servers.count > 1)
        pg_drop(store);
    if (code == TK_BUSY)
        return tk_fail(error, code, "The box office is busy: nothing was done. Try again in a moment.");
    if (code == TK_UNAVAILABLE)
        return tk_fail(error, code, "The database cannot be reached: nothing was done. Try again in a moment.");
    return tk_fail(error, code, "%s", failure->message);
}

enum tk_code postgres_apply(struct store *base, const struct operation *operations, size_t count,
                            struct outcome *outcomes, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct attempt attempt = {.rare = pg_load_is_rare(operations, count)};
    int64_t since = pg_clock_ms();
    struct tk_error failure = {0};
    bool unknown = false;
    enum tk_code code;

    for (int tries = 0;; tries++) {
        bool was_rare = attempt.rare;

        code = apply_once(store, operations, count, outcomes, &attempt, &failure);
        unknown = unknown || attempt.unknown;
        if (!code || (!store->again && !attempt.unknown) || gives_up(store, since))
            break;
        if (attempt.rare == was_rare)
            pause_before(store, tries);
    }
    if (!code)
        return TK_OK;
    if (unknown)
        return tk_fail(error, TK_UNKNOWN,
                       "The database went away while this was being saved: it is not known whether it was done. "
                       "Try the same again; it is never done twice.");
    return fail_for_good(store, code, &failure, error);
}

/* --- a whole source in one transaction --- */

/* Plans a chunk and has it written, not yet committed. A writer has numbers for chunk after chunk: all of an import are
   schedules, which take none but their entries'. */
static enum tk_code apply_chunk(struct postgres_store *store, const struct operation *chunk,
                                size_t count, bool first, struct outcome *outcomes,
                                struct tk_error *error)
{
    bool rare = true;
    enum tk_code code = first ? pg_load_batch(store, chunk, count, &rare, error)
                              : pg_load_more(store, chunk, count, error);
    enum tk_code end;
    int sent = 0;

    if (!code)
        code = plan_and_write(store, chunk, count, outcomes, &sent, error);
    if (!code)
        code = pg_flush(store, error);
    for (int i = 0; !code && i < sent; i++)
        code = pg_skip(store, error);
    if (!store->conn || !store->in_pipe)
        return code;
    end = pg_end(store, code ? NULL : error);
    return code ? code : end;
}

/* A source may take its time between two chunks. */
static enum tk_code be_patient(struct postgres_store *store, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask(store, PG_SLOWLY, NULL, &result, error);

    PQclear(result);
    return code;
}

static enum tk_code count_outcomes(const struct outcome *outcomes, size_t count, size_t *applied,
                                   size_t *replayed, struct tk_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (outcomes[i].code)
            return tk_fail_code(error, outcomes[i].code);
        *(outcomes[i].replayed ? replayed : applied) += 1;
    }
    return TK_OK;
}

static enum tk_code apply_source(struct postgres_store *store,
                                 const struct operation_source *source, struct operation *chunk,
                                 struct outcome *outcomes, size_t *applied, size_t *replayed,
                                 struct tk_error *error)
{
    bool end = false, first = true;
    size_t count;
    enum tk_code code;

    while (!end) {
        code = operation_source_take(source, chunk, &count, &end, error);
        if (!code && (count || first))
            code = apply_chunk(store, chunk, count, first, outcomes, error);
        if (!code && first)
            code = be_patient(store, error);
        if (!code)
            code = count_outcomes(outcomes, count, applied, replayed, error);
        if (code)
            return code;
        first = false;
        if (source->progress)
            source->progress(source->context, *applied + *replayed);
    }
    return TK_OK;
}

/* The source cannot be read twice, so what ends unknown stays so; the same import again does the rest. */
static enum tk_code commit_source(struct postgres_store *store, struct tk_error *error)
{
    struct attempt attempt = {.rare = true};
    enum tk_code code = commit(store, 0, &attempt, error);

    if (attempt.unknown)
        return tk_fail(error, TK_UNKNOWN,
                       "The database went away while this was being saved: it is not known whether it was done. "
                       "Try the same again; it is never done twice.");
    return code;
}

enum tk_code postgres_apply_all(struct store *base, const struct operation_source *source,
                                size_t *applied, size_t *replayed, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct operation *chunk = calloc(OP_BATCH_MAX, sizeof *chunk);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    enum tk_code code = TK_OK;

    *applied = *replayed = 0;
    if (!chunk || !outcomes) {
        code = tk_fail_code(error, TK_NO_MEMORY);
        goto out;
    }
    code = pg_require(store, error);
    if (!code)
        code = writer_require(store, WRITER_NUMBERS, error);
    if (!code)
        code = apply_source(store, source, chunk, outcomes, applied, replayed, error);
    if (!code && !source->dry_run)
        code = commit_source(store, error);
    if (code || source->dry_run)
        undo(store, code);
    else
        writer_keep(&store->writer);
out:
    free(chunk);
    free(outcomes);
    return code;
}
