/*
 * load_records: the records that a batch is decided with (core/record.h), one statement for all of
 * it.
 *
 * Of those that batches change without holding `rare` there is one sort, what members on duty have
 * used up of their limits: where an operation may change it, it is read with its row locked. All
 * others are changed under `rare` only, so that reading them is enough.
 */
#include <string.h>

#include "core/shift.h"
#include "core/staff.h"
#include "data/postgres/internal.h"

static bool changes_duty(const struct operation *operation)
{
    return operation->kind == OP_CANCEL || operation->kind == OP_SHIFT_OPEN ||
           operation->kind == OP_SHIFT_CLOSE;
}

static bool is_duty(const char *key)
{
    return strncmp(key, DUTY_PREFIX, sizeof DUTY_PREFIX - 1) == 0;
}

/* Whether the operation needs what the one before it needed: a till's come one after another. */
static bool is_as_before(const struct operation *operation, const struct operation *before)
{
    return before && before->kind == operation->kind &&
           (operation->kind == OP_BOOK || operation->kind == OP_CANCEL ||
            operation->kind == OP_REISSUE || operation->kind == OP_ADMIT) &&
           before->cut_off == operation->cut_off &&
           strcmp(before->device, operation->device) == 0 &&
           strcmp(before->actor, operation->actor) == 0;
}

bool pg_records_any(const struct operation *operation)
{
    char keys[OPERATION_RECORDS_MAX][RECORD_KEY_SIZE];

    return operation_records(operation, keys) > 0;
}

/* Sends the keys that are to be locked, or those that are not, unless there are none. */
static enum tk_code send_keys(struct postgres_store *store, const struct operation *const *items,
                              size_t count, bool locked, bool *sent, struct tk_error *error)
{
    char keys[OPERATION_RECORDS_MAX][RECORD_KEY_SIZE];

    rows_begin(&store->rows, "t");
    for (size_t i = 0; i < count; i++) {
        size_t found =
            is_as_before(items[i], i ? items[i - 1] : NULL) ? 0 : operation_records(items[i], keys);

        for (size_t k = 0; k < found; k++)
            if ((changes_duty(items[i]) && is_duty(keys[k])) == locked)
                rows_text(&store->rows, keys[k]);
    }
    *sent = rows_count(&store->rows) > 0;
    if (!*sent)
        return TK_OK;
    rows_put(&store->rows, pg_params(store));
    return pg_send(store, locked ? PG_RECORDS_LOCK : PG_RECORDS, &store->params, error);
}

enum tk_code pg_records_send(struct postgres_store *store, const struct operation *const *items,
                             size_t count, struct pg_records_sent *sent, struct tk_error *error)
{
    enum tk_code code = send_keys(store, items, count, true, &sent->locked, error);

    return code ? code : send_keys(store, items, count, false, &sent->plain, error);
}

static enum tk_code take_records(struct postgres_store *store, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_take(store, &result, error);

    for (int i = 0; !code && i < PQntuples(result); i++) {
        struct record record;

        row_record(result, i, &record);
        if (working_set_add_record(&store->set, &record))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    PQclear(result);
    return code;
}

static enum tk_code miss_records(struct postgres_store *store, const struct operation *const *items,
                                 size_t count, struct tk_error *error)
{
    char keys[OPERATION_RECORDS_MAX][RECORD_KEY_SIZE];

    for (size_t i = 0; i < count; i++) {
        size_t found =
            is_as_before(items[i], i ? items[i - 1] : NULL) ? 0 : operation_records(items[i], keys);

        for (size_t k = 0; k < found; k++)
            if (working_set_miss_record(&store->set, keys[k]))
                return tk_fail_code(error, TK_NO_MEMORY);
    }
    return TK_OK;
}

/* What was read with its row locked is as it is now, so it comes first: what is in the set stays.
 */
enum tk_code pg_records_take(struct postgres_store *store, const struct operation *const *items,
                             size_t count, const struct pg_records_sent *sent,
                             struct tk_error *error)
{
    enum tk_code code = sent->locked ? take_records(store, error) : TK_OK;

    if (!code && sent->plain)
        code = take_records(store, error);
    return code || !(sent->locked || sent->plain) ? code : miss_records(store, items, count, error);
}

enum tk_code pg_records_load_seq(struct postgres_store *store, const struct operation *operations,
                                 size_t count, struct tk_error *error)
{
    PGresult *result = NULL;
    bool needed = false;
    enum tk_code code;

    for (size_t i = 0; !needed && i < count; i++)
        needed = operations[i].kind == OP_STAFF || operations[i].kind == OP_PIN ||
                 operations[i].kind == OP_LIMIT;
    if (!needed)
        return TK_OK;
    code = pg_ask(store, PG_RECORD_SEQ, NULL, &result, error);
    if (!code)
        store->set.ids.record_seq = row_number(result, 0, 0);
    PQclear(result);
    return code;
}
