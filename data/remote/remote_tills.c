/* What tills hold, and disputes, of the service. */
#include "core/form.h"
#include "data/remote/remote.h"

/* --- allotments --- */

static enum tk_code add_allotment(void *list, const struct json *item, struct tk_error *error)
{
    struct allotment allotment;
    enum tk_code code = wire_read_allotment(item, &allotment, error);

    if (!code && allotment_list_add(list, &allotment))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

enum tk_code remote_list_allotments(struct store *store, const struct allotment_query *query,
                                    struct allotment_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_allotment, list, "allotments", remote_wanted(query->limit)};
    struct buffer *path = &remote->path;

    buffer_clear(path);
    buffer_add_text(path, "/v1/allotments?");
    if (query->slot_id)
        form_put_int(path, "slotId", query->slot_id);
    if (query->holder)
        form_put(path, "deviceName", query->holder);
    if (query->held)
        form_put(path, "held", "true");
    if (query->after_slot) {
        form_put_int(path, "after", query->after_slot);
        form_put(path, "afterDevice", query->after_holder);
    }
    form_put_int(path, "limit", (int64_t)remote_page_of(reader.left));
    return remote_read_pages(remote, &reader, error);
}

/* --- disputes --- */

static enum tk_code add_dispute(void *list, const struct json *item, struct tk_error *error)
{
    struct dispute dispute;
    enum tk_code code = wire_read_dispute(item, &dispute, error);

    if (!code && dispute_list_add(list, &dispute))
        code = tk_fail_code(error, TK_NO_MEMORY);
    return code;
}

static void put_id(struct buffer *path, const char *name, const struct op_id *id)
{
    char text[OP_ID_TEXT_MAX];

    op_id_print(text, id);
    form_put(path, name, text);
}

enum tk_code remote_list_disputes(struct store *store, const struct dispute_query *query,
                                  struct dispute_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_dispute, list, "disputes", remote_wanted(query->limit)};
    struct buffer *path = &remote->path;

    buffer_clear(path);
    buffer_add_text(path, "/v1/disputes?");
    if (query->open)
        form_put(path, "open", "true");
    if (query->id)
        put_id(path, "disputeId", query->id);
    if (query->after_found_at) {
        form_put_int(path, "afterFound", query->after_found_at);
        put_id(path, "after", &query->after_id);
    }
    form_put_int(path, "limit", (int64_t)remote_page_of(reader.left));
    return remote_read_pages(remote, &reader, error);
}

/* --- what only a centre asks itself --- */

static enum tk_code fail_centres_own(const struct remote *remote, struct tk_error *error)
{
    return tk_fail(error, TK_NOT_IMPLEMENTED,
                   "The service at %.200s does not tell this: ask where its file is.",
                   http_client_url(remote->client));
}

enum tk_code remote_list_replicas(struct store *store, const char *device,
                                  struct replica_list *list, struct tk_error *error)
{
    (void)device;
    (void)list;
    return fail_centres_own((const struct remote *)store, error);
}

enum tk_code remote_list_blocks(struct store *store, const char *holder, bool written_off,
                                struct number_block_list *list, struct tk_error *error)
{
    (void)holder;
    (void)written_off;
    (void)list;
    return fail_centres_own((const struct remote *)store, error);
}
