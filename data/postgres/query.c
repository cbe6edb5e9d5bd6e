/* query: lists and counts of slots, tickets and the journal, and what the store tells of itself. */
#include "data/postgres/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

int64_t pg_query_limit(size_t limit)
{
    return limit == 0 || limit > STORE_LIST_MAX ? STORE_LIST_MAX : (int64_t)limit;
}

static enum tk_code ask_once(struct postgres_store *store, enum pg_sql sql, PGresult **result,
                             struct tk_error *error)
{
    enum tk_code code;

    store->again = false;
    code = pg_require(store, error);
    return code ? code : pg_ask(store, sql, &store->params, result, error);
}

enum tk_code pg_query_ask(struct postgres_store *store, enum pg_sql sql, PGresult **result,
                          struct tk_error *error)
{
    bool was_connected = store->conn != NULL;
    struct tk_error failure = {0};
    enum tk_code code;

    store->watch_since_ms = pg_clock_ms();
    code = ask_once(store, sql, result, &failure);
    if (code == TK_UNAVAILABLE && store->again && was_connected) {
        pg_drop(store); /* the server may have said good-bye on it, and no more */
        code = ask_once(store, sql, result, &failure);
    }
    store->watch_since_ms = 0;
    return code ? tk_fail(error, code, "%s", failure.message) : TK_OK;
}

enum tk_code pg_query_each(struct postgres_store *store, PGresult *result, pg_query_add *add,
                           void *list, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (int row = 0; !code && row < PQntuples(result); row++)
        code = add(store, result, row, list);
    PQclear(result);
    return code ? tk_fail_code(error, code) : TK_OK;
}

enum tk_code pg_query_rows(struct postgres_store *store, enum pg_sql sql, pg_query_add *add,
                           void *list, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_query_ask(store, sql, &result, error);

    return code ? code : pg_query_each(store, result, add, list, error);
}

/* --- slots --- */

static enum tk_code add_slot(struct postgres_store *store, const PGresult *result, int row,
                             void *list)
{
    struct slot slot;

    (void)store;
    row_slot(result, row, &slot);
    return slot_list_add(list, &slot);
}

static enum pg_sql choose_slots(const struct slot_query *query)
{
    if (query->name)
        return query->descending ? PG_LIST_SLOTS_NAME_DOWN : PG_LIST_SLOTS_NAME;
    if (!query->unexpired)
        return query->descending ? PG_LIST_SLOTS_ALL_DOWN : PG_LIST_SLOTS_ALL;
    if (query->genre >= 0)
        return query->descending ? PG_LIST_SLOTS_GENRE_DOWN : PG_LIST_SLOTS_GENRE;
    return query->descending ? PG_LIST_SLOTS_OPEN_DOWN : PG_LIST_SLOTS_OPEN;
}

/* The ends of the range as SLOT_UP and SLOT_DOWN want them. */
static void put_range(struct pg_params *params, const struct slot_query *query)
{
    struct slot_range range = slot_query_range(query);

    params_number(params, range.starts_at);
    params_number(params, range.id);
    params_number(params, range.bound);
}

static enum tk_code list_slots_by_ids(struct postgres_store *store, const struct slot_query *query,
                                      struct slot_list *list, struct tk_error *error)
{
    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < query->id_count; i++)
        rows_number(&store->rows, query->ids[i]);
    rows_put(&store->rows, pg_params(store));
    return pg_query_rows(store, PG_LIST_SLOTS_IDS, add_slot, list, error);
}

enum tk_code postgres_list_slots(struct store *base, const struct slot_query *query,
                                 struct slot_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);
    char folded[SLOT_NAME_SIZE * 4] = "";

    if (query->ids)
        return list_slots_by_ids(store, query, list, error);
    if (query->by_id) {
        params_number(params, query->after_given ? query->after_id : 0);
        params_number(params, pg_query_limit(query->limit));
        return pg_query_rows(store, PG_LIST_SLOTS_BY_ID, add_slot, list, error);
    }
    if (query->contains)
        text_fold(folded, sizeof folded, query->contains);
    params_number(params, query->type);
    params_number(params, query->ends_after);
    params_number(params, query->with_room ? 1 : 0);
    params_text(params, folded);
    params_number(params, pg_query_limit(query->limit));
    put_range(params, query);
    params_number(params, query->genre);
    if (query->name) {
        params_text(params, query->name);
        params_number(params, query->unexpired);
    }
    return pg_query_rows(store, choose_slots(query), add_slot, list, error);
}

enum tk_code postgres_count_slots(struct store *base, const struct slot_query *query,
                                  int64_t *count, struct tk_error *error)
{
    static const enum pg_sql statements[2][2] = {
        {PG_COUNT_SLOTS, PG_COUNT_SLOTS_GENRE}, {PG_COUNT_SLOTS_START, PG_COUNT_SLOTS_GENRE_START}};
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);
    bool by_start = query->starts_after > 0, by_genre = query->genre >= 0;
    PGresult *result = NULL;
    enum tk_code code;

    params_number(params, by_start ? query->starts_after : query->ends_after);
    if (by_genre)
        params_number(params, query->genre);
    code = pg_query_ask(store, statements[by_start][by_genre], &result, error);
    if (!code)
        *count = row_number(result, 0, 0);
    PQclear(result);
    return code;
}

static enum tk_code add_admissions(struct postgres_store *store, const PGresult *result, int row,
                                   void *list)
{
    struct admission_count count = {.count = row_number(result, row, 1),
                                    .last_at = row_number(result, row, 2)};

    (void)store;
    row_text(result, row, 0, count.device, sizeof count.device);
    return admission_count_list_add(list, &count);
}

enum tk_code postgres_count_admissions(struct store *base, int64_t slot_id,
                                       struct admission_count_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;

    params_number(pg_params(store), slot_id);
    return pg_query_rows(store, PG_COUNT_ADMISSIONS, add_admissions, list, error);
}

static enum tk_code add_id(struct postgres_store *store, const PGresult *result, int row,
                           void *list)
{
    (void)store;
    return id_list_add(list, row_number(result, row, 0));
}

enum tk_code postgres_list_due(struct store *base, const struct due_query *query,
                               struct id_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);
    int64_t before = query->ended_before ? query->ended_before : query->settled_before;

    params_number(params, before);
    params_number(params, pg_query_limit(query->limit));
    return pg_query_rows(store, query->ended_before ? PG_LIST_DUE_EXPIRE : PG_LIST_DUE_ARCHIVE,
                         add_id, list, error);
}

/* --- tickets --- */

static enum tk_code add_ticket(struct postgres_store *store, const PGresult *result, int row,
                               void *list)
{
    struct ticket ticket;

    row_ticket(store, result, row, &ticket);
    return ticket_list_add(list, &ticket);
}

static enum tk_code list_tickets_by_ids(struct postgres_store *store,
                                        const struct ticket_query *query, struct ticket_list *list,
                                        struct tk_error *error)
{
    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < query->id_count; i++)
        rows_number(&store->rows, (int64_t)pg_ticket_number(store, query->ids[i]));
    rows_put(&store->rows, pg_params(store));
    return pg_query_rows(store, PG_LIST_TICKETS_IDS, add_ticket, list, error);
}

/* The statement for the query, with what its tickets are of put. */
static enum pg_sql choose_tickets(struct postgres_store *store, const struct ticket_query *query)
{
    bool down = query->newest_first;

    if (query->slot_id) {
        params_number(&store->params, query->slot_id);
        if (!down)
            params_number(&store->params, (int64_t)query->after_seq);
        return down ? PG_LIST_TICKETS_SLOT_DOWN : PG_LIST_TICKETS_SLOT;
    }
    if (query->customer_id) {
        params_number(&store->params, (int64_t)pg_customer_number(store, query->customer_id));
        return down ? PG_LIST_TICKETS_CUSTOMER_DOWN : PG_LIST_TICKETS_CUSTOMER;
    }
    if (query->sale_id) {
        params_number(&store->params, (int64_t)pg_ticket_number(store, query->sale_id));
        return PG_LIST_TICKETS_SALE;
    }
    return down ? PG_LIST_TICKETS_ALL_DOWN : PG_LIST_TICKETS_ALL;
}

enum tk_code postgres_list_tickets(struct store *base, const struct ticket_query *query,
                                   struct ticket_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);
    int64_t after = (int64_t)pg_ticket_number(store, query->after_id);

    if (query->ids)
        return list_tickets_by_ids(store, query, list, error);
    if (!after && query->newest_first && !query->sale_id)
        after = INT64_MAX;
    /* after a seq alone means after all its tickets */
    if (!query->after_id && query->after_seq)
        after = INT64_MAX;
    params_number(params, after);
    params_number(params, query->status);
    params_number(params, pg_query_limit(query->limit));
    return pg_query_rows(store, choose_tickets(store, query), add_ticket, list, error);
}

/* --- the journal --- */

enum tk_code pg_query_add_entry(struct postgres_store *store, const PGresult *result, int row,
                                void *list)
{
    struct journal_entry entry = {.seq = row_number(result, row, 0)};

    (void)store;
    entry.writer = row_number(result, row, 1);
    row_text(result, row, 2, entry.device, sizeof entry.device);
    entry.device_seq = row_number(result, row, 3);
    row_bytes(result, row, 4, entry.id.bytes, sizeof entry.id.bytes);
    if (!op_kind_parse(PQgetvalue(result, row, 5), &entry.kind))
        entry.kind = OP_KIND_COUNT;
    row_text(result, row, 6, entry.actor, sizeof entry.actor);
    entry.at = row_number(result, row, 7);
    entry.recorded_at = row_number(result, row, 8);
    row_bytes(result, row, 11, entry.digest, sizeof entry.digest);
    row_bytes(result, row, 12, entry.hash, sizeof entry.hash);
    entry.body = strdup(PQgetvalue(result, row, 9));
    entry.outcome = strdup(PQgetvalue(result, row, 10));
    if (entry.body && entry.outcome && !journal_list_add(list, &entry))
        return TK_OK;
    free(entry.body);
    free(entry.outcome);
    return TK_NO_MEMORY;
}

/* --- the store itself --- */

enum tk_code postgres_version(struct store *base, uint64_t *version, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    PGresult *result = NULL;
    enum tk_code code;

    pg_params(store);
    code = pg_query_ask(store, PG_VERSION, &result, error);
    if (!code)
        *version = (uint64_t)row_number(result, 0, 0);
    PQclear(result);
    return code;
}

/* 0 when the server does not know. */
static enum tk_code read_size(struct postgres_store *store, int64_t *size, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask_text(store, SQL_DATABASE_SIZE, NULL, &result, error);

    *size = code ? 0 : row_number(result, 0, 0);
    PQclear(result);
    return store->conn ? TK_OK : code;
}

/* Where the server is, and what it is: without anything of the URI that may be secret. */
static void tell_place(const struct postgres_store *store, struct store_facts *facts)
{
    int version = PQserverVersion(store->conn);
    const char *host = PQhost(store->conn), *port = PQport(store->conn), *name = PQdb(store->conn);

    snprintf(facts->engine, sizeof facts->engine, "postgresql %d.%d", version / 10000,
             version % 10000);
    snprintf(facts->location, sizeof facts->location, "%s:%s/%s", host ? host : "",
             port ? port : "", name ? name : "");
}

enum tk_code postgres_facts(struct store *base, struct store_facts *facts, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct store_facts found = {0};
    PGresult *result = NULL;
    enum tk_code code;

    pg_params(store);
    code = pg_query_ask(store, PG_META, &result, error);
    if (!code) { /* as the database has them now: another program may have upgraded it */
        found.schema_version = row_number(result, 0, 0);
        found.key_generation = row_number(result, 0, 1);
    }
    PQclear(result);
    if (!code)
        code = read_size(store, &found.size, error);
    if (code)
        return code;
    found.era = store->era;
    found.id_key = store->id_key;
    text_copy(found.uuid, sizeof found.uuid, store->uuid);
    tell_place(store, &found);
    *facts = found;
    return TK_OK;
}
