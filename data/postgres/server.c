/*
 * server: which of several servers.
 *
 * A server that was replaced while nobody could tell it so (its agent is gone, it was frozen) goes on answering and
 * says that it takes writes. It cannot: its commits wait for standbys that have left. So one that has to wait for
 * standbys and has none is left for another that takes writes, if there is one.
 */
#include <stdlib.h>
#include <string.h>

#include "data/postgres/internal.h"

#define LOOK_EVERY_MS 3000
#define LOOK_AGAIN_MS 15000 /* when none of the others was any better */

#define SQL_LONELY                                                                                 \
    "SELECT (current_setting('synchronous_standby_names') <> ''"                                   \
    " AND NOT EXISTS (SELECT 1 FROM pg_stat_replication))::int::bigint"

static int count_items(const char *list)
{
    int count = 1;

    for (; *list; list++)
        count += *list == ',';
    return count;
}

/* The item at `at` of a list, or its only one. */
static const char *item_at(const char *list, int at, size_t *length)
{
    if (count_items(list) > 1)
        while (at-- > 0)
            list += strcspn(list, ",") + 1;
    *length = strcspn(list, ",");
    return list;
}

void pg_servers_release(struct pg_servers *servers)
{
    free(servers->hosts);
    free(servers->ports);
    *servers = (struct pg_servers){0};
}

/* What libpq made of address, service file and environment; addresses without names are left to it. */
static void learn_servers(struct postgres_store *store)
{
    struct pg_servers *servers = &store->servers;
    PQconninfoOption *options = servers->count ? NULL : PQconninfo(store->conn);

    for (const PQconninfoOption *option = options; option && option->keyword; option++) {
        if (strcmp(option->keyword, "host") == 0 && option->val && *option->val)
            servers->hosts = strdup(option->val);
        else if (strcmp(option->keyword, "port") == 0 && option->val && *option->val)
            servers->ports = strdup(option->val);
    }
    PQconninfoFree(options);
    if (!servers->count)
        servers->count = servers->hosts && servers->ports ? count_items(servers->hosts) : 1;
}

/* Where the connection leads. */
static int find_server(const struct postgres_store *store)
{
    const struct pg_servers *servers = &store->servers;
    const char *host = PQhost(store->conn), *port = PQport(store->conn);
    size_t length;

    for (int i = 0; i < servers->count; i++) {
        const char *item = item_at(servers->hosts, i, &length);

        if (strncmp(item, host, length) != 0 || host[length])
            continue;
        item = item_at(servers->ports, i, &length);
        if (strncmp(item, port, length) == 0 && !port[length])
            return i;
    }
    return 0;
}

static void put_item(struct buffer *list, const char *items, int at)
{
    size_t length;
    const char *item = item_at(items, at, &length);

    if (list->length)
        buffer_add_char(list, ',');
    buffer_add(list, item, length);
}

void pg_servers_from(const struct pg_servers *servers, struct buffer *hosts, struct buffer *ports)
{
    for (int i = 0; servers->count > 1 && i < servers->count; i++) {
        put_item(hosts, servers->hosts, (servers->first + i) % servers->count);
        put_item(ports, servers->ports, (servers->first + i) % servers->count);
    }
}

/* An engine that does not know of standbys has none to wait for. */
static bool is_lonely(struct postgres_store *store)
{
    PGresult *result = NULL;
    bool lonely;

    if (pg_ask_text(store, SQL_LONELY, NULL, &result, NULL))
        return false;
    lonely = row_number(result, 0, 0) != 0;
    PQclear(result);
    return lonely;
}

/* Looks at the others in their order, and stays at the first that has company. */
static enum tk_code find_company(struct postgres_store *store)
{
    struct pg_servers *servers = &store->servers;
    PGconn *lonely = store->conn;
    int at = find_server(store);

    for (int i = 1; i < servers->count; i++) {
        servers->first = (at + i) % servers->count;
        store->conn = NULL;
        if (pg_dial(store, NULL) == TK_OK && find_server(store) != at && !is_lonely(store) &&
            store->conn) {
            PQfinish(lonely);
            return TK_OK;
        }
        pg_drop(store);
    }
    servers->first = at;
    servers->looked_ms = pg_clock_ms() + LOOK_AGAIN_MS - LOOK_EVERY_MS;
    store->conn = lonely;
    store->in_pipe = false;
    return TK_OK;
}

enum tk_code pg_settle(struct postgres_store *store, struct tk_error *error)
{
    bool lonely;

    learn_servers(store);
    store->servers.looked_ms = pg_clock_ms();
    if (store->at_standby || store->servers.count < 2)
        return TK_OK;
    lonely = is_lonely(store);
    if (!store->conn)
        return tk_fail_code(error, TK_UNAVAILABLE);
    return lonely ? find_company(store) : TK_OK;
}

bool pg_should_move(struct postgres_store *store)
{
    struct pg_servers *servers = &store->servers;
    int64_t now = pg_clock_ms();

    if (servers->count < 2 || now - servers->looked_ms < LOOK_EVERY_MS)
        return false;
    servers->looked_ms = now;
    return is_lonely(store) || !store->conn;
}
