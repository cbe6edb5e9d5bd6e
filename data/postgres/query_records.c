/* query_records: lists of records and tallies, and the journal looked through. */
#include <stdio.h>
#include <string.h>

#include "core/staff.h"
#include "data/postgres/internal.h"

#define KEY_END "\xF4\x8F\xBF\xBF" /* U+10FFFF: after all keys */

/* --- records --- */

static enum tk_code add_record(struct postgres_store *store, const PGresult *result, int row,
                               void *list)
{
    struct record record;

    (void)store;
    row_record(result, row, &record);
    return record_list_add(list, &record);
}

enum tk_code postgres_list_records(struct store *base, const struct record_query *query,
                                   struct record_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);
    const char *prefix = query->prefix ? query->prefix : "";
    char end[RECORD_KEY_SIZE + sizeof KEY_END];

    if (query->by_seq) {
        params_number(params, query->after_seq);
        params_number(params, pg_query_limit(query->limit));
        return pg_query_rows(store, PG_LIST_RECORDS_SEQ, add_record, list, error);
    }
    if (query->key) {
        params_text(params, query->key);
        return pg_query_rows(store, PG_LIST_RECORDS_ONE, add_record, list, error);
    }
    snprintf(end, sizeof end, "%.*s" KEY_END, RECORD_KEY_SIZE - 1, prefix);
    params_text(params, prefix);
    params_text(params, end);
    params_text(params, query->after_key ? query->after_key : query->descending ? KEY_END : "");
    params_number(params, pg_query_limit(query->limit));
    return pg_query_rows(store, query->descending ? PG_LIST_RECORDS_DOWN : PG_LIST_RECORDS,
                         add_record, list, error);
}

/* --- tallies --- */

static void row_counts(const PGresult *result, int row, int column, struct tally *tally)
{
#define X(member, name, help) tally->member = row_number(result, row, column++);
    TALLY_TABLE(X)
#undef X
}

static enum tk_code add_tally(struct postgres_store *store, const PGresult *result, int row,
                              void *list)
{
    struct tally tally = {.span_at = row_number(result, row, 0),
                          .genre = (enum genre)row_number(result, row, 3)};

    (void)store;
    row_text(result, row, 1, tally.actor, sizeof tally.actor);
    row_text(result, row, 2, tally.device, sizeof tally.device);
    row_counts(result, row, 4, &tally);
    return tally_list_add(list, &tally);
}

static enum tk_code add_slot_tally(struct postgres_store *store, const PGresult *result, int row,
                                   void *list)
{
    struct tally tally = {.slot_id = row_number(result, row, 0),
                          .genre = (enum genre)row_number(result, row, 1)};

    (void)store;
    row_counts(result, row, 2, &tally);
    return tally_list_add(list, &tally);
}

static void put_bounds(struct pg_params *params, int64_t from, int64_t to)
{
    params_number(params, from ? from : INT64_MIN);
    params_number(params, to ? to : INT64_MAX);
}

enum tk_code postgres_list_tallies(struct store *base, const struct tally_query *query,
                                   struct tally_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);
    bool after = query->after_given;

    put_bounds(params, query->from, query->to);
    if (query->by_slot) {
        params_number(params, query->after_slot ? query->after_starts_at : INT64_MIN);
        params_number(params, query->after_slot);
        params_number(params, query->slot_id);
        params_number(params, pg_query_limit(query->limit));
        return pg_query_rows(store, PG_LIST_TALLIES_SLOT, add_slot_tally, list, error);
    }
    params_number(params, after ? query->after_span : INT64_MIN);
    params_text(params, after && query->after_actor ? query->after_actor : "");
    params_text(params, after && query->after_device ? query->after_device : "");
    params_number(params, after ? query->after_genre : -1);
    params_number(params, pg_query_limit(query->limit));
    return pg_query_rows(store, PG_LIST_TALLIES, add_tally, list, error);
}

/* --- the journal --- */

/* Whoever did it; of a member also what somebody approved for him, and what he approved. */
static void put_actor(struct pg_params *params, const char *actor)
{
    char begin[ACTOR_SIZE + 1] = "", end[ACTOR_SIZE + 1] = "";
    int64_t number, approver = 0;

    if (actor && actor_parse(actor, &number, &approver) && !approver) {
        snprintf(begin, sizeof begin, "%s+", actor);
        snprintf(end, sizeof end, "+%s", actor);
    }
    params_text(params, actor ? actor : "");
    params_text(params, begin);
    params_text(params, end);
}

static void put_tickets(struct postgres_store *store, const struct journal_query *query)
{
    char id[ID_TEXT_MAX];

    rows_begin(&store->rows, "t");
    for (size_t i = 0; query->tickets && i < query->ticket_count; i++) {
        id_print(id, ID_TICKET, query->tickets[i]);
        rows_text(&store->rows, id);
    }
    rows_put(&store->rows, &store->params);
}

enum tk_code postgres_list_journal(struct store *base, const struct journal_query *query,
                                   struct journal_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);
    bool some =
        query->actor || query->device || query->kind || query->tickets || query->from || query->to;

    params_number(params, query->after_seq);
    params_number(params, pg_query_limit(query->limit));
    if (!some)
        return pg_query_rows(store, PG_LIST_JOURNAL, pg_query_add_entry, list, error);
    put_actor(params, query->actor);
    params_text(params, query->device ? query->device : "");
    params_text(params, query->kind ? query->kind : "");
    put_bounds(params, query->from, query->to);
    put_tickets(store, query);
    return pg_query_rows(store, PG_LIST_JOURNAL_SOME, pg_query_add_entry, list, error);
}
