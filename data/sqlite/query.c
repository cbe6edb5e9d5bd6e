/* query: lists and counts of slots, tickets, customers and devices. */
#include "data/sqlite/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"

sqlite3_int64 query_limit(size_t limit)
{
    return limit == 0 || limit > STORE_LIST_MAX ? STORE_LIST_MAX : (sqlite3_int64)limit;
}

enum tk_code query_begin(struct sqlite_store *store, struct tk_error *error)
{
    struct timespec now;
    enum tk_code code = connection_require(store, error);

    clock_gettime(CLOCK_MONOTONIC, &now);
    store->watch_since_ms = code ? 0 : (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    return code;
}

static void read_end(struct sqlite_store *store, sqlite3_stmt *statement)
{
    store->watch_since_ms = 0;
    if (statement)
        statement_done(statement);
}

enum tk_code query_rows(struct sqlite_store *store, sqlite3_stmt *statement,
                        enum tk_code (*add)(struct sqlite_store *store, sqlite3_stmt *row,
                                            void *list),
                        void *list, struct tk_error *error)
{
    enum tk_code code = statement_each(store, statement, add, list, error);

    read_end(store, NULL);
    return code;
}

/* --- slots --- */

static enum tk_code add_slot(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct slot slot;

    (void)store;
    read_slot(row, &slot);
    return slot_list_add(list, &slot);
}

static enum sql choose_slots(const struct slot_query *query)
{
    if (query->name)
        return query->descending ? SQL_SLOTS_NAME_DOWN : SQL_SLOTS_NAME;
    if (!query->unexpired)
        return query->descending ? SQL_SLOTS_ALL_DOWN : SQL_SLOTS_ALL;
    if (query->genre >= 0)
        return query->descending ? SQL_SLOTS_GENRE_DOWN : SQL_SLOTS_GENRE;
    return query->descending ? SQL_SLOTS_OPEN_DOWN : SQL_SLOTS_OPEN;
}

/* The ends of the range as SLOT_UP and SLOT_DOWN want them. */
static void bind_range(sqlite3_stmt *s, const struct slot_query *query)
{
    struct slot_range range = slot_query_range(query);

    sqlite3_bind_int64(s, 7, range.starts_at);
    sqlite3_bind_int64(s, 8, range.id);
    sqlite3_bind_int64(s, 9, range.bound);
}

static enum tk_code list_slots_by_ids(struct sqlite_store *store, const struct slot_query *query,
                                      struct slot_list *list, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < query->id_count; i++) {
        sqlite3_stmt *s = statement_take(store, SQL_SLOT);

        sqlite3_bind_int64(s, 1, query->ids[i]);
        code = statement_each(store, s, add_slot, list, error);
    }
    read_end(store, NULL);
    return code;
}

enum tk_code sqlite_list_slots(struct store *base, const struct slot_query *query,
                               struct slot_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    char folded[SLOT_NAME_SIZE * 4] = "";
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    if (query->ids)
        return list_slots_by_ids(store, query, list, error);
    if (query->by_id) {
        s = statement_take(store, SQL_SLOTS_BY_ID);
        sqlite3_bind_int64(s, 1, query->after_given ? query->after_id : 0);
        sqlite3_bind_int64(s, 2, query_limit(query->limit));
        return query_rows(store, s, add_slot, list, error);
    }
    s = statement_take(store, choose_slots(query));
    if (query->contains)
        text_fold(folded, sizeof folded, query->contains);
    sqlite3_bind_int(s, 1, query->type);
    sqlite3_bind_int64(s, 2, -1); /* starts_after is in the range */
    sqlite3_bind_int64(s, 3, query->ends_after);
    sqlite3_bind_int(s, 4, query->with_room ? 1 : 0);
    bind_text(s, 5, folded);
    sqlite3_bind_int64(s, 6, query_limit(query->limit));
    bind_range(s, query);
    if (sqlite3_bind_parameter_count(s) >= 10)
        sqlite3_bind_int(s, 10, query->genre);
    if (query->name) {
        bind_text(s, 11, query->name);
        sqlite3_bind_int(s, 12, query->unexpired);
    }
    return query_rows(store, s, add_slot, list, error);
}

enum tk_code sqlite_count_slots(struct store *base, const struct slot_query *query,
                                int64_t *count, struct tk_error *error)
{
    static const enum sql statements[2][2] = {{SQL_SLOTS_COUNT, SQL_SLOTS_COUNT_GENRE},
                                              {SQL_SLOTS_COUNT_START, SQL_SLOTS_COUNT_GENRE_START}};
    struct sqlite_store *store = (struct sqlite_store *)base;
    bool by_start = query->starts_after > 0, by_genre = query->genre >= 0, row;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, statements[by_start][by_genre]);
    sqlite3_bind_int64(s, 1, by_start ? query->starts_after : query->ends_after);
    if (by_genre)
        sqlite3_bind_int(s, 2, query->genre);
    code = statement_step(store, s, &row, error);
    if (!code)
        *count = sqlite3_column_int64(s, 0);
    read_end(store, s);
    return code;
}

/* --- admissions --- */

static enum tk_code add_admissions(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct admission_count count = {.count = sqlite3_column_int64(row, 1),
                                    .last_at = sqlite3_column_int64(row, 2)};

    (void)store;
    read_text(row, 0, count.device, sizeof count.device);
    return admission_count_list_add(list, &count);
}

enum tk_code sqlite_count_admissions(struct store *base, int64_t slot_id,
                                     struct admission_count_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, SQL_ADMISSIONS);
    sqlite3_bind_int64(s, 1, slot_id);
    return query_rows(store, s, add_admissions, list, error);
}

/* --- tickets --- */

static enum tk_code add_ticket(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct ticket ticket;

    read_ticket(store, row, &ticket);
    return ticket_list_add(list, &ticket);
}

static enum tk_code list_tickets_by_ids(struct sqlite_store *store,
                                        const struct ticket_query *query,
                                        struct ticket_list *list, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < query->id_count; i++) {
        sqlite3_stmt *s = statement_take(store, SQL_TICKET);

        sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, query->ids[i]));
        code = statement_each(store, s, add_ticket, list, error);
    }
    read_end(store, NULL);
    return code;
}

/* The statement for the query, with its first parameter bound. */
static sqlite3_stmt *take_tickets(struct sqlite_store *store, const struct ticket_query *query)
{
    sqlite3_stmt *s;

    if (query->slot_id) {
        s = statement_take(store, query->newest_first ? SQL_TICKETS_SLOT_DOWN : SQL_TICKETS_SLOT);
        sqlite3_bind_int64(s, 1, query->slot_id);
    } else if (query->customer_id) {
        s = statement_take(store, query->newest_first ? SQL_TICKETS_CUSTOMER_DOWN
                                                      : SQL_TICKETS_CUSTOMER);
        sqlite3_bind_int64(s, 1, (sqlite3_int64)customer_number(store, query->customer_id));
    } else if (query->sale_id) {
        s = statement_take(store, SQL_TICKETS_SALE);
        sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, query->sale_id));
    } else {
        s = statement_take(store, query->newest_first ? SQL_TICKETS_ALL_DOWN : SQL_TICKETS_ALL);
    }
    return s;
}

enum tk_code sqlite_list_tickets(struct store *base, const struct ticket_query *query,
                                 struct ticket_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_int64 after;
    sqlite3_stmt *s;

    if (code)
        return code;
    if (query->ids)
        return list_tickets_by_ids(store, query, list, error);
    s = take_tickets(store, query);
    after = (sqlite3_int64)ticket_number(store, query->after_id);
    if (!after && query->newest_first && !query->sale_id)
        after = INT64_MAX;
    /* after a seq alone means after all its tickets */
    if (!query->after_id && query->after_seq)
        after = INT64_MAX;
    if (query->slot_id)
        sqlite3_bind_int64(s, 2, (sqlite3_int64)query->after_seq);
    sqlite3_bind_int64(s, 3, after);
    sqlite3_bind_int(s, 4, query->status);
    sqlite3_bind_int64(s, 5, query_limit(query->limit));
    return query_rows(store, s, add_ticket, list, error);
}

/* --- customers --- */

static enum tk_code add_customer(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct customer customer;

    read_customer(store, row, &customer);
    return customer_list_add(list, &customer);
}

static enum tk_code list_customers_by_ids(struct sqlite_store *store,
                                          const struct customer_query *query,
                                          struct customer_list *list, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < query->id_count; i++) {
        sqlite3_stmt *s = statement_take(store, SQL_CUSTOMER);

        sqlite3_bind_int64(s, 1, (sqlite3_int64)customer_number(store, query->ids[i]));
        code = statement_each(store, s, add_customer, list, error);
    }
    read_end(store, NULL);
    return code;
}

struct name_filter {
    struct customer_list *list;
    const char *name; /* NULL: keep all */
    size_t left;      /* how many may still be added */
};

static enum tk_code add_customer_named(struct sqlite_store *store, sqlite3_stmt *row,
                                       struct name_filter *filter)
{
    struct customer customer;

    read_customer(store, row, &customer);
    if (filter->name && !customer_is_named(customer.name, filter->name))
        return TK_OK;
    filter->left--;
    return customer_list_add(filter->list, &customer);
}

/* The limit counts those that pass the filter, so SQL cannot keep it. */
static enum tk_code read_customers(struct sqlite_store *store, sqlite3_stmt *statement,
                                   struct name_filter *filter, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    bool row;

    while (!code && filter->left) {
        code = statement_step(store, statement, &row, error);
        if (code || !row)
            break;
        code = add_customer_named(store, statement, filter);
        if (code)
            tk_fail_code(error, code);
    }
    read_end(store, statement);
    return code;
}

static enum sql choose_customers(const struct customer_query *query, bool by_key)
{
    if (query->slot_id)
        return query->newest_first ? SQL_CUSTOMERS_SLOT_DOWN : SQL_CUSTOMERS_SLOT;
    if (by_key)
        return query->newest_first ? SQL_CUSTOMERS_KEY_DOWN : SQL_CUSTOMERS_KEY;
    return query->newest_first ? SQL_CUSTOMERS_ALL_DOWN : SQL_CUSTOMERS_ALL;
}

enum tk_code sqlite_list_customers(struct store *base, const struct customer_query *query,
                                   struct customer_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    char key[CUSTOMER_KEY_SIZE] = "", end[CUSTOMER_NAME_SIZE * 4 + 8];
    struct name_filter filter = {list, query->phone_end ? NULL : query->name,
                                 (size_t)query_limit(query->limit)};
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    if (query->ids)
        return list_customers_by_ids(store, query, list, error);
    if (query->phone_end)
        customer_longest_key("", query->phone_end, key);
    else if (query->name)
        customer_longest_key(query->name, "", key);
    s = statement_take(store, choose_customers(query, key[0] != '\0'));
    sqlite3_bind_int64(s, 1, query->newest_first && !query->after_id
                                 ? INT64_MAX
                                 : (sqlite3_int64)customer_number(store, query->after_id));
    sqlite3_bind_int64(s, 2, filter.name ? -1 : query_limit(query->limit));
    if (query->slot_id)
        sqlite3_bind_int64(s, 5, query->slot_id);
    if (key[0] || query->slot_id) {
        snprintf(end, sizeof end, "%s\xF4\x8F\xBF\xBF", key); /* U+10FFFF */
        bind_text(s, 3, key);
        bind_text(s, 4, end);
    }
    return read_customers(store, s, &filter, error);
}

/* --- devices and upkeep --- */

static enum tk_code add_device(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    struct device device;

    (void)store;
    return read_device(row, &device) ? device_list_add(list, &device) : TK_CORRUPT;
}

enum tk_code sqlite_list_devices(struct store *base, const struct device_query *query,
                                 struct device_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, query->name         ? SQL_ACCESS_NAMED
                              : query->token_hash ? SQL_ACCESS_TOKEN
                                                  : SQL_ACCESS_LIST);
    if (query->name)
        bind_text(s, 1, query->name);
    else if (query->token_hash)
        sqlite3_bind_blob(s, 1, query->token_hash, CRYPTO_HASH_SIZE, SQLITE_STATIC);
    return query_rows(store, s, add_device, list, error);
}

static enum tk_code add_id(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    (void)store;
    return id_list_add(list, sqlite3_column_int64(row, 0));
}

enum tk_code sqlite_list_due(struct store *base, const struct due_query *query,
                             struct id_list *list, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = query_begin(store, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, query->ended_before ? SQL_DUE_EXPIRE : SQL_DUE_ARCHIVE);
    sqlite3_bind_int64(s, 1, query->ended_before ? query->ended_before : query->settled_before);
    sqlite3_bind_int64(s, 2, query_limit(query->limit));
    return query_rows(store, s, add_id, list, error);
}
