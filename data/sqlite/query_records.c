/* query_records: lists of records, tallies and the journal. */
#include "data/sqlite/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/staff.h"

/* --- records --- */

static enum tk_code add_record(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct record record;

    (void)store;
    read_record(row, &record);
    return record_list_add(list, &record);
}

/* Gone ones have no value. */
static enum tk_code add_known(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    return sqlite3_column_bytes(row, 3) ? add_record(store, row, list) : TK_OK;
}

static const char *later(const char *a, const char *b)
{
    return strcmp(a, b) > 0 ? a : b;
}

static const char *earlier(const char *a, const char *b)
{
    return strcmp(a, b) < 0 ? a : b;
}

static enum tk_code list_in_order(struct sqlite_store *store, const struct record_query *query,
                                  struct record_list *list, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, query->descending ? SQL_RECORDS_DOWN : SQL_RECORDS_UP);
    const char *prefix = query->prefix ? query->prefix : "";
    const char *after = query->after_key ? query->after_key : "";
    char end[RECORD_KEY_SIZE + 4];

    snprintf(end, sizeof end, "%s\xF4\x8F\xBF\xBF", prefix); /* U+10FFFF */
    if (query->descending) {
        bind_text(s, 1, prefix);
        bind_text(s, 3, *after ? earlier(after, end) : end);
    } else {
        bind_text(s, 1, later(after, prefix));
        bind_text(s, 2, after);
        bind_text(s, 3, end);
    }
    sqlite3_bind_int64(s, 4, query_limit(query->limit));
    return query_rows(store, s, add_record, list, error);
}

enum tk_code sqlite_list_records(struct store *base, const struct record_query *query,
                                 struct record_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    if (query->by_seq) {
        s = statement_take(store, SQL_RECORDS_SEQ);
        sqlite3_bind_int64(s, 1, query->after_seq);
        sqlite3_bind_int64(s, 2, query_limit(query->limit));
        return query_rows(store, s, add_record, list, error);
    }
    if (!query->key)
        return list_in_order(store, query, list, error);
    s = statement_take(store, SQL_RECORD);
    bind_text(s, 1, query->key);
    return query_rows(store, s, add_known, list, error);
}

/* --- tallies --- */

/* The five counters, from a column on. */
static void read_counters(sqlite3_stmt *row, int at, struct tally *tally)
{
#define X(member, name, help) tally->member = sqlite3_column_int64(row, at++);
    TALLY_TABLE(X)
#undef X
}

static enum tk_code add_span(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct tally tally = {.span_at = sqlite3_column_int64(row, 0),
                          .genre = (enum genre)sqlite3_column_int(row, 3)};

    (void)store;
    read_text(row, 1, tally.actor, sizeof tally.actor);
    read_text(row, 2, tally.device, sizeof tally.device);
    read_counters(row, 4, &tally);
    return tally_list_add(list, &tally);
}

static enum tk_code add_showing(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct tally tally = {.slot_id = sqlite3_column_int64(row, 0),
                          .genre = (enum genre)sqlite3_column_int(row, 1)};

    (void)store;
    read_counters(row, 2, &tally);
    return tally_list_add(list, &tally);
}

/* Whether the place to continue after is within what is asked for. */
static void bind_spans(sqlite3_stmt *s, const struct tally_query *query)
{
    bool after = query->after_given && query->after_span >= query->from;

    sqlite3_bind_int64(s, 1, after ? query->after_span : query->from);
    bind_text(s, 2, after && query->after_actor ? query->after_actor : "");
    bind_text(s, 3, after && query->after_device ? query->after_device : "");
    sqlite3_bind_int(s, 4, after ? query->after_genre : -1);
    sqlite3_bind_int64(s, 5, query->to ? query->to : INT64_MAX);
    sqlite3_bind_int64(s, 6, query_limit(query->limit));
}

static void bind_showings(sqlite3_stmt *s, const struct tally_query *query)
{
    bool after = query->after_slot && query->after_starts_at >= query->from;

    sqlite3_bind_int64(s, 1, after ? query->after_starts_at : query->from);
    sqlite3_bind_int64(s, 2, after ? query->after_slot : 0);
    sqlite3_bind_int64(s, 3, query->to ? query->to : INT64_MAX);
    sqlite3_bind_int64(s, 4, query_limit(query->limit));
    if (query->slot_id)
        sqlite3_bind_int64(s, 5, query->slot_id);
}

enum tk_code sqlite_list_tallies(struct store *base, const struct tally_query *query,
                                 struct tally_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    if (!query->by_slot) {
        s = statement_take(store, SQL_TALLIES_SPAN);
        bind_spans(s, query);
        return query_rows(store, s, add_span, list, error);
    }
    s = statement_take(store, query->slot_id ? SQL_TALLIES_ONE : SQL_TALLIES_SLOT);
    bind_showings(s, query);
    return query_rows(store, s, add_showing, list, error);
}

/* --- the journal --- */

/* The row's own text, which nobody changes. */
static char *column_text(sqlite3_stmt *row, int column)
{
    static const char nothing[] = "";
    const unsigned char *text = sqlite3_column_text(row, column);

    return (char *)(uintptr_t)(text ? (const void *)text : nothing);
}

void read_entry(sqlite3_stmt *row, struct journal_entry *entry)
{
    *entry = (struct journal_entry){.seq = sqlite3_column_int64(row, 0)};
    read_text(row, 1, entry->device, sizeof entry->device);
    entry->device_seq = sqlite3_column_int64(row, 2);
    if (sqlite3_column_bytes(row, 3) == (int)sizeof entry->id.bytes)
        memcpy(entry->id.bytes, sqlite3_column_blob(row, 3), sizeof entry->id.bytes);
    if (!op_kind_parse(column_text(row, 4), &entry->kind))
        entry->kind = OP_KIND_COUNT;
    read_text(row, 5, entry->actor, sizeof entry->actor);
    entry->at = sqlite3_column_int64(row, 6);
    entry->recorded_at = sqlite3_column_int64(row, 7);
    entry->body = column_text(row, 8);
    entry->outcome = column_text(row, 9);
    if (sqlite3_column_bytes(row, 10) == CRYPTO_HASH_SIZE)
        memcpy(entry->hash, sqlite3_column_blob(row, 10), CRYPTO_HASH_SIZE);
    entry->writer = sqlite3_column_int64(row, 11);
    if (sqlite3_column_bytes(row, 12) == CRYPTO_HASH_SIZE)
        memcpy(entry->digest, sqlite3_column_blob(row, 12), CRYPTO_HASH_SIZE);
}

static enum tk_code add_entry(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct journal_entry entry;

    (void)store;
    read_entry(row, &entry);
    entry.body = strdup(entry.body);
    entry.outcome = strdup(entry.outcome);
    if (entry.body && entry.outcome && !journal_list_add(list, &entry))
        return TK_OK;
    free(entry.body);
    free(entry.outcome);
    return TK_NO_MEMORY;
}

/* What outlives the binding: a member as the one who did it, and as the one who approved it;
 * tickets. */
struct journal_terms {
    char doer[ACTOR_SIZE + 1], approver[ACTOR_SIZE + 1];
    char tickets[JOURNAL_TICKETS_MAX][ID_TEXT_MAX];
};

static void bind_actor(sqlite3_stmt *s, const char *actor, struct journal_terms *terms)
{
    int64_t number, approver;

    bind_text(s, 7, actor);
    if (!actor || !actor_parse(actor, &number, &approver) || approver)
        return;
    snprintf(terms->doer, sizeof terms->doer, "%s+", actor);
    snprintf(terms->approver, sizeof terms->approver, "+%s", actor);
    bind_text(s, 8, terms->doer);
    bind_text(s, 9, terms->approver);
}

static void bind_filter(sqlite3_stmt *s, const struct journal_query *query,
                        struct journal_terms *terms)
{
    bind_text(s, 3, query->device);
    bind_text(s, 4, query->kind);
    sqlite3_bind_int64(s, 5, query->from ? query->from : INT64_MIN);
    sqlite3_bind_int64(s, 6, query->to ? query->to : INT64_MAX);
    bind_actor(s, query->actor, terms);
    for (size_t i = 0; query->tickets && i < query->ticket_count && i < JOURNAL_TICKETS_MAX; i++) {
        id_print(terms->tickets[i], ID_TICKET, query->tickets[i]);
        bind_text(s, 10 + (int)i, terms->tickets[i]);
    }
}

static bool is_filtered(const struct journal_query *query)
{
    return query->actor || query->device || query->kind || query->tickets || query->from ||
           query->to;
}

enum tk_code sqlite_list_journal(struct store *base, const struct journal_query *query,
                                 struct journal_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct journal_terms terms;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, is_filtered(query) ? SQL_JOURNAL_SOME : SQL_JOURNAL_LIST);
    sqlite3_bind_int64(s, 1, query->after_seq);
    sqlite3_bind_int64(s, 2, query_limit(query->limit));
    if (is_filtered(query))
        bind_filter(s, query, &terms);
    return query_rows(store, s, add_entry, list, error);
}
