/* Lists, page by page: each page names the next one (Link rel="next"). */
#include <stdio.h>
#include <stdlib.h>

#include "core/list.h"
#include "core/text.h"
#include "data/remote/remote.h"

#define IDS_A_PAGE 256 /* so that the address stays short */

static enum tk_code read_page(const struct remote *remote, struct remote_reader *reader,
                              const struct json *document, struct tk_error *error)
{
    const struct json *items = json_member(document, reader->member);
    enum tk_code code = TK_OK;
    size_t count = json_count(items);

    if (!json_is_array(items))
        return remote_fail_form(remote, error);
    for (size_t i = 0; !code && i < count && reader->left; i++, reader->left--)
        code = reader->add(reader->list, json_item(items, i), error);
    return code == TK_BAD_DATA ? remote_fail_form(remote, error) : code;
}

enum tk_code remote_read_pages(struct remote *remote, struct remote_reader *reader,
                               struct tk_error *error)
{
    struct http_call call = {0};
    enum tk_code code;

    do {
        struct json *document = NULL;
        size_t before = reader->left;

        code = remote_get(remote, &call, &document, error);
        if (!code)
            code = read_page(remote, reader, document, error);
        if (!code && call.next[0] && reader->left == before)
            code = remote_fail_form(remote, error); /* it would go on for ever */
        json_free(document);
        buffer_clear(&remote->path);
        buffer_add_text(&remote->path, call.next);
        call.timeout_ms = 0;
    } while (!code && reader->left && call.next[0]);
    return code;
}

size_t remote_wanted(size_t limit)
{
    return limit && limit < STORE_LIST_MAX ? limit : STORE_LIST_MAX;
}

size_t remote_page_of(size_t left)
{
    return left < REMOTE_PAGE_MAX ? left : REMOTE_PAGE_MAX;
}

/* How many of the ids are asked for next. */
static size_t take_ids(size_t count, size_t *at)
{
    size_t taken = count - *at < IDS_A_PAGE ? count - *at : IDS_A_PAGE;

    *at += taken;
    return taken;
}

/* The part of a query that is asked for next. */
struct part {
    size_t limit, at, count; /* at and count: of its ids */
};

static void set_path(struct remote *remote, const char *path)
{
    buffer_clear(&remote->path);
    buffer_add_text(&remote->path, path);
}

/* A list that may be longer than a page, of a query that may have more ids than an address holds;
   put() writes the query with that part of it. */
static enum tk_code read_parts(struct remote *remote, struct remote_reader *reader, const char *path,
                               const void *query, size_t id_count,
                               void (*put)(struct buffer *out, const void *query,
                                           const struct part *part),
                               struct tk_error *error)
{
    enum tk_code code;
    size_t next = 0;

    do {
        struct part part = {.limit = remote_page_of(reader->left), .at = next};

        part.count = take_ids(id_count, &next);
        set_path(remote, path);
        put(&remote->path, query, &part);
        code = remote_read_pages(remote, reader, error);
    } while (!code && reader->left && next < id_count);
    return code;
}

/* --- slots --- */

static enum tk_code add_slot(void *list, const struct json *item, struct tk_error *error)
{
    struct slot slot;
    enum tk_code code = wire_read_slot(item, &slot, error);

    if (!code && slot_list_add(list, &slot))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

static void put_slot_part(struct buffer *out, const void *query, const struct part *part)
{
    struct slot_query asked = *(const struct slot_query *)query;

    asked.limit = part->limit;
    asked.ids = asked.ids ? asked.ids + part->at : NULL;
    asked.id_count = part->count;
    query_put_slots(out, &asked);
}

enum tk_code remote_list_slots(struct store *store, const struct slot_query *query,
                               struct slot_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_slot, list, "slots", remote_wanted(query->limit)};

    if (query->ids && !query->id_count)
        return TK_OK;
    return read_parts(remote, &reader, "/v1/slots?", query, query->id_count, put_slot_part, error);
}

enum tk_code remote_count_slots(struct store *store, const struct slot_query *query,
                                int64_t *count, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct json *document = NULL;
    struct http_call call = {0};
    enum tk_code code;

    set_path(remote, "/v1/slots/count?");
    query_put_slots(&remote->path, query);
    code = remote_get(remote, &call, &document, error);
    if (!code && !json_whole(json_member(document, "count"), count))
        code = remote_fail_form(remote, error);
    json_free(document);
    return code;
}

/* --- admissions --- */

static bool read_count(const struct json *item, struct admission_count *count)
{
    const char *device = json_text(json_member(item, "deviceName"));
    const char *last = json_text(json_member(item, "lastAt"));

    *count = (struct admission_count){0};
    return device && text_copy(count->device, sizeof count->device, device) &&
           json_whole(json_member(item, "admitted"), &count->count) && last &&
           time_parse(last, NULL, 0, &count->last_at, NULL) == TK_OK;
}

enum tk_code remote_count_admissions(struct store *store, int64_t slot_id,
                                     struct admission_count_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    const struct json *doors;
    struct json *document = NULL;
    struct admission_count count;
    struct http_call call = {0};
    char path[64];
    enum tk_code code;

    snprintf(path, sizeof path, "/v1/slots/%lld/admissions", (long long)slot_id);
    set_path(remote, path);
    code = remote_get(remote, &call, &document, error);
    if (code == TK_SLOT_NOT_FOUND)
        return TK_OK;
    doors = json_member(document, "doors");
    if (!code && !json_is_array(doors))
        code = remote_fail_form(remote, error);
    for (size_t i = 0; !code && i < json_count(doors); i++) {
        if (!read_count(json_item(doors, i), &count))
            code = remote_fail_form(remote, error);
        else if (admission_count_list_add(list, &count))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    json_free(document);
    return code;
}

/* --- tickets --- */

static enum tk_code add_ticket(void *list, const struct json *item, struct tk_error *error)
{
    struct ticket_view view;
    enum tk_code code = wire_read_ticket(item, &view, error);

    if (!code && ticket_list_add(list, &view.ticket))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

static void put_ticket_part(struct buffer *out, const void *query, const struct part *part)
{
    struct ticket_query asked = *(const struct ticket_query *)query;

    asked.limit = part->limit;
    asked.ids = asked.ids ? asked.ids + part->at : NULL;
    asked.id_count = part->count;
    query_put_tickets(out, &asked);
}

enum tk_code remote_list_tickets(struct store *store, const struct ticket_query *query,
                                 struct ticket_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_ticket, list, "tickets", remote_wanted(query->limit)};

    if (query->ids && !query->id_count)
        return TK_OK;
    return read_parts(remote, &reader, "/v1/tickets?", query, query->id_count, put_ticket_part, error);
}

/* --- customers --- */

static enum tk_code add_customer(void *list, const struct json *item, struct tk_error *error)
{
    struct customer customer;
    enum tk_code code = wire_read_customer(item, &customer, error);

    if (!code && customer_list_add(list, &customer))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

static void put_customer_part(struct buffer *out, const void *query, const struct part *part)
{
    struct customer_query asked = *(const struct customer_query *)query;

    asked.limit = part->limit;
    asked.ids = asked.ids ? asked.ids + part->at : NULL;
    asked.id_count = part->count;
    query_put_customers(out, &asked);
}

enum tk_code remote_list_customers(struct store *store, const struct customer_query *query,
                                   struct customer_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_customer, list, "customers", remote_wanted(query->limit)};

    if (query->ids && !query->id_count)
        return TK_OK;
    return read_parts(remote, &reader, "/v1/customers?", query, query->id_count, put_customer_part, error);
}

/* --- journal, what is due, devices --- */

static enum tk_code add_entry(void *list, const struct json *item, struct tk_error *error)
{
    struct journal_entry entry;
    enum tk_code code = wire_read_journal_entry(item, &entry, error);

    if (code || !journal_list_add(list, &entry))
        return code;
    free(entry.body);
    free(entry.outcome);
    return tk_fail_code(error, TK_NO_MEMORY);
}

enum tk_code remote_list_journal(struct store *store, const struct journal_query *query,
                                 struct journal_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_entry, list, "entries", remote_wanted(query->limit)};
    struct journal_query part = *query;

    part.limit = remote_page_of(reader.left);
    set_path(remote, "/v1/journal?");
    query_put_journal(&remote->path, &part);
    return remote_read_pages(remote, &reader, error);
}

static enum tk_code add_id(void *list, const struct json *item, struct tk_error *error)
{
    int64_t id;

    if (!json_whole(item, &id))
        return TK_BAD_DATA;
    return id_list_add(list, id) ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

/* What is due has no order and so no pages: it is asked for again when it was done. */
enum tk_code remote_list_due(struct store *store, const struct due_query *query,
                             struct id_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_id, list, "slotIds", remote_wanted(query->limit)};
    struct due_query part = *query;

    part.limit = reader.left;
    set_path(remote, "/v1/due?");
    query_put_due(&remote->path, &part);
    return remote_read_pages(remote, &reader, error);
}

static enum tk_code add_device(void *list, const struct json *item, struct tk_error *error)
{
    struct device device;
    enum tk_code code = wire_read_device(item, &device, error);

    if (!code && device_list_add(list, &device))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

enum tk_code remote_list_devices(struct store *store, const struct device_query *query,
                                 struct device_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_device, list, "devices", STORE_LIST_MAX};
    char hash[2 * CRYPTO_HASH_SIZE + 1];

    set_path(remote, "/v1/devices?");
    if (query->name)
        form_put(&remote->path, "deviceName", query->name);
    if (query->token_hash) {
        hex_print(hash, query->token_hash, CRYPTO_HASH_SIZE);
        form_put(&remote->path, "tokenHash", hash);
    }
    return remote_read_pages(remote, &reader, error);
}
