/* Records and tallies, page by page as all lists. */
#include <string.h>

#include "core/record_json.h"
#include "core/text.h"
#include "data/remote/remote.h"

/* --- records --- */

/* The value is printed as it stands: the text that the service has. */
static enum tk_code read_value(const struct json *item, struct record *record)
{
    struct buffer value;
    enum tk_code code;

    if (!json_is_object(json_member(item, "value")))
        return TK_BAD_DATA;
    buffer_init(&value, sizeof record->value - 1);
    json_print(&value, NULL, json_member(item, "value"));
    code = record_put(record, &value);
    buffer_release(&value);
    return code;
}

static enum tk_code add_record(void *list, const struct json *item, struct tk_error *error)
{
    const char *changed = json_text(json_member(item, "changedAt"));
    struct record record = {.seq = 0};
    enum tk_code code;

    if (!json_copy(item, "key", record.key, sizeof record.key) ||
        !json_whole(json_member(item, "seq"), &record.seq) || !changed ||
        time_parse(changed, NULL, 0, &record.changed_at, NULL))
        return TK_BAD_DATA;
    code = read_value(item, &record);
    if (!code)
        code = record_list_add(list, &record);
    return code == TK_NO_MEMORY ? tk_fail_code(error, code) : code;
}

/* The order of seq is what a centre asks its own store for. */
enum tk_code remote_list_records(struct store *store, const struct record_query *query,
                                 struct record_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_record, list, "records", remote_wanted(query->limit)};
    struct record_query part = *query;

    if (query->by_seq)
        return tk_fail(error, TK_NOT_IMPLEMENTED,
                       "The service at %.200s does not tell this: ask where its file is.",
                       http_client_url(remote->client));
    part.limit = remote_page_of(reader.left);
    buffer_clear(&remote->path);
    buffer_add_text(&remote->path, "/v1/records?");
    query_put_records(&remote->path, &part);
    return remote_read_pages(remote, &reader, error);
}

/* --- tallies --- */

static bool read_tally(const struct json *item, struct tally *tally)
{
    const char *genre = json_text(json_member(item, "genre"));
    const char *span = json_text(json_member(item, "spanAt"));

    *tally = (struct tally){0};
    if (!genre || !genre_parse(genre, &tally->genre))
        return false;
    if (json_whole(json_member(item, "slotId"), &tally->slot_id))
        return true;
    return span && time_parse(span, NULL, 0, &tally->span_at, NULL) == TK_OK &&
           json_copy(item, "actor", tally->actor, sizeof tally->actor) &&
           json_copy(item, "deviceName", tally->device, sizeof tally->device);
}

static enum tk_code add_tally(void *list, const struct json *item, struct tk_error *error)
{
    struct tally tally;

    if (!read_tally(item, &tally))
        return TK_BAD_DATA;
#define X(member, name, help)                                \
    if (!json_whole(json_member(item, name), &tally.member)) \
        return TK_BAD_DATA;
    TALLY_TABLE(X)
#undef X
    return tally_list_add(list, &tally) ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

enum tk_code remote_list_tallies(struct store *store, const struct tally_query *query,
                                 struct tally_list *list, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct remote_reader reader = {add_tally, list, "tallies", remote_wanted(query->limit)};
    struct tally_query part = *query;

    part.limit = remote_page_of(reader.left);
    buffer_clear(&remote->path);
    buffer_add_text(&remote->path, "/v1/tallies?");
    query_put_tallies(&remote->path, &part);
    return remote_read_pages(remote, &reader, error);
}
