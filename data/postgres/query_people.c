/* query_people: lists of customers and of the devices that may use the service. */
#include "data/postgres/internal.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

#define PAGE 1000 /* looked through at a time where few may pass */

/* --- customers --- */

static enum tk_code add_customer(struct postgres_store *store, const PGresult *result, int row,
                                 void *list)
{
    struct customer customer;

    row_customer(store, result, row, &customer);
    return customer_list_add(list, &customer);
}

static enum tk_code list_customers_by_ids(struct postgres_store *store,
                                          const struct customer_query *query,
                                          struct customer_list *list, struct tk_error *error)
{
    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < query->id_count; i++)
        rows_number(&store->rows, (int64_t)pg_customer_number(store, query->ids[i]));
    rows_put(&store->rows, pg_params(store));
    return pg_query_rows(store, PG_LIST_CUSTOMERS_IDS, add_customer, list, error);
}

/* Customers as they are read, page by page: the limit counts those that pass the filter, so SQL
 * cannot keep it. */
struct customer_page {
    struct customer_list *list;
    const char *name; /* NULL: keep all */
    int64_t left;     /* how many may still be added */
    int64_t after;    /* number of the last that was read */
};

static enum tk_code add_customer_named(struct postgres_store *store, const PGresult *result,
                                       int row, void *context)
{
    struct customer_page *page = context;
    struct customer customer;

    row_customer(store, result, row, &customer);
    page->after = row_number(result, row, 0);
    if (!page->left || (page->name && !customer_is_named(customer.name, page->name)))
        return TK_OK;
    page->left--;
    return customer_list_add(page->list, &customer);
}

static enum pg_sql choose_customers(const struct customer_query *query, bool by_key)
{
    if (query->slot_id)
        return query->newest_first ? PG_LIST_CUSTOMERS_SLOT_DOWN : PG_LIST_CUSTOMERS_SLOT;
    if (by_key)
        return query->newest_first ? PG_LIST_CUSTOMERS_KEY_DOWN : PG_LIST_CUSTOMERS_KEY;
    return query->newest_first ? PG_LIST_CUSTOMERS_ALL_DOWN : PG_LIST_CUSTOMERS_ALL;
}

/* Reads `count` customers at most, beginning with those that have the key, behind page->after. */
static enum tk_code read_page(struct postgres_store *store, const struct customer_query *query,
                              const char *key, int64_t count, struct customer_page *page,
                              int64_t *read, struct tk_error *error)
{
    struct pg_params *params = pg_params(store);
    char end[CUSTOMER_NAME_SIZE * 4 + 8];
    PGresult *result = NULL;
    enum tk_code code;

    params_number(params, page->after);
    params_number(params, count);
    if (key[0] || query->slot_id) {
        snprintf(end, sizeof end, "%s\xF4\x8F\xBF\xBF", key); /* U+10FFFF */
        params_text(params, key);
        params_text(params, end);
    }
    if (query->slot_id)
        params_number(params, query->slot_id);
    code = pg_query_ask(store, choose_customers(query, key[0] != '\0'), &result, error);
    if (code)
        return code;
    *read = PQntuples(result);
    return pg_query_each(store, result, add_customer_named, page, error);
}

enum tk_code postgres_list_customers(struct store *base, const struct customer_query *query,
                                     struct customer_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    char key[CUSTOMER_KEY_SIZE] = "";
    struct customer_page page = {list, query->phone_end ? NULL : query->name,
                                 pg_query_limit(query->limit),
                                 (int64_t)pg_customer_number(store, query->after_id)};
    int64_t count = page.left, read = 0;
    enum tk_code code;

    if (query->ids)
        return list_customers_by_ids(store, query, list, error);
    if (query->newest_first && !query->after_id)
        page.after = INT64_MAX;
    if (query->phone_end)
        customer_longest_key("", query->phone_end, key);
    else if (query->name)
        customer_longest_key(query->name, "", key);
    for (;;) {
        code = read_page(store, query, key, count, &page, &read, error);
        if (code || read < count || !page.left)
            return code;
        count = PAGE;
    }
}

/* --- devices --- */

static enum tk_code add_device(struct postgres_store *store, const PGresult *result, int row,
                               void *list)
{
    struct device device;

    (void)store;
    return row_device(result, row, &device) ? device_list_add(list, &device) : TK_CORRUPT;
}

enum tk_code postgres_list_devices(struct store *base, const struct device_query *query,
                                   struct device_list *list, struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct pg_params *params = pg_params(store);

    if (query->name)
        params_text(params, query->name);
    else if (query->token_hash)
        params_bytes(params, query->token_hash, CRYPTO_HASH_SIZE);
    return pg_query_rows(store,
                         query->name         ? PG_LIST_DEVICES_NAMED
                         : query->token_hash ? PG_LIST_DEVICES_TOKEN
                                             : PG_LIST_DEVICES,
                         add_device, list, error);
}

/* A transaction that no standby is waited for, in one round trip. */
static enum tk_code touch(struct postgres_store *store, const char *name, int64_t at,
                          struct tk_error *error)
{
    static const enum pg_sql around[] = {PG_BEGIN, PG_TOUCH_LIGHTLY};
    struct pg_params *params = pg_params(store);
    enum tk_code code = TK_OK, end;

    params_text(params, name);
    params_number(params, at);
    for (size_t i = 0; !code && i < sizeof around / sizeof around[0]; i++)
        code = pg_send(store, around[i], NULL, error);
    if (!code)
        code = pg_send(store, PG_TOUCH_DEVICE, params, error);
    if (!code)
        code = pg_send(store, PG_COMMIT, NULL, error);
    if (!code)
        code = pg_flush(store, error);
    for (int i = 0; !code && i < 4; i++)
        code = pg_skip(store, error);
    if (!store->conn)
        return code;
    end = pg_end(store, code ? NULL : error);
    return code ? code : end;
}

static enum tk_code touch_once(struct postgres_store *store, const char *name, int64_t at,
                               struct tk_error *error)
{
    PGresult *result = NULL;
    bool again;
    enum tk_code code;

    store->again = false;
    code = pg_require(store, error);
    if (!code)
        code = touch(store, name, at, error);
    if (!code || !store->conn)
        return code;
    again = store->again;
    if (pg_ask(store, PG_ROLLBACK, NULL, &result, NULL))
        pg_drop(store);
    PQclear(result);
    store->again = again;
    return code;
}

/* Done twice it is as done once. */
enum tk_code postgres_touch_device(struct store *base, const char *name, int64_t at,
                                   struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    bool was_connected = store->conn != NULL;
    struct tk_error failure = {0};
    enum tk_code code = touch_once(store, name, at, &failure);

    if (code == TK_UNAVAILABLE && store->again && was_connected) {
        pg_drop(store);
        code = touch_once(store, name, at, &failure);
    }
    return code ? tk_fail(error, code, "%s", failure.message) : TK_OK;
}
