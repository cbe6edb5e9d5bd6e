/* Requests of sync read back from what sync_wire.c wrote. */
#include <string.h>

#include "core/map.h"
#include "core/sync_wire_read.h"
#include "core/text.h"

static bool read_slot_id(const struct json *value, int64_t *id)
{
    return json_whole(value, id) && *id >= 1 && *id <= SLOT_ID_MAX;
}

/* Numbers of showings that have to differ, with the list that they go into. */
struct slots_seen {
    void *list;
    struct map map;
};

static enum tk_code see_slot(struct slots_seen *seen, int64_t slot_id, struct tk_error *error)
{
    if (map_find(&seen->map, (uint64_t)slot_id) != MAP_NONE)
        return tk_fail(error, TK_BAD_DATA, "The showing %lld stands here twice.",
                       (long long)slot_id);
    return map_add(&seen->map, (uint64_t)slot_id, 0);
}

static enum tk_code add_entry(void *into, const struct json *item, struct tk_error *error)
{
    struct sync_request *request = into;
    struct mirror_entry entry = {.seq = request->base_seq + (int64_t)request->entries.count + 1};
    enum tk_code code = operation_read(item, &entry.operation, error);

    return code ? code : mirror_entry_list_add(&request->entries, &entry);
}

static enum tk_code add_operation(void *into, const struct json *item, struct tk_error *error)
{
    struct operation operation;
    enum tk_code code = operation_read(item, &operation, error);

    return code ? code : operation_list_add(into, &operation);
}

static bool read_cursor(const struct json *item, struct mirror_cursor *cursor)
{
    size_t count = json_is_array(item) ? json_count(item) : 0;
    const char *ticket = json_text(json_item(item, 2));
    int64_t seq;

    *cursor = (struct mirror_cursor){0};
    if (count < 2 || count > 3 || !read_slot_id(json_item(item, 0), &cursor->slot_id) ||
        !json_whole(json_item(item, 1), &seq) || seq < 0)
        return false;
    cursor->seq = (uint64_t)seq;
    return count == 2 ||
           (ticket && id_parse(ID_TICKET, ticket, &cursor->ticket_id) && cursor->ticket_id);
}

static enum tk_code add_cursor(void *into, const struct json *item, struct tk_error *error)
{
    struct slots_seen *seen = into;
    struct mirror_cursor cursor;
    enum tk_code code;

    if (!read_cursor(item, &cursor))
        return tk_fail(error, TK_BAD_DATA,
                       "A cursor is a list of a showing's number, a seq and perhaps a ticket's "
                       "number.");
    code = see_slot(seen, cursor.slot_id, error);
    return code ? code : mirror_cursor_list_add(seen->list, &cursor);
}

static enum tk_code add_key_wanted(void *into, const struct json *item, struct tk_error *error)
{
    struct slots_seen *seen = into;
    int64_t id;
    enum tk_code code;

    if (!read_slot_id(item, &id))
        return tk_fail(error, TK_BAD_DATA, "This must be a whole number: a showing's.");
    code = see_slot(seen, id, error);
    return code ? code : id_list_add(seen->list, id);
}

static enum tk_code check_names(const struct reading *reading)
{
    static const char *const known[] = {
        "deviceName", "replicaId", "previousId", "centre",     "era",     "seq",  "baseSeq",
        "baseHash",   "entries",   "operations", "cursors",    "all",     "from", "to",
        "version",    "review",    "busiest",    "numbersLeft", "keys",   "recordSeq",
        NULL};
    const char *stranger = json_unknown_member(reading->object, known);
    char shown[80];

    if (!stranger)
        return TK_OK;
    text_display(shown, sizeof shown, stranger);
    return tk_fail(reading->error, reading->refusal, "There is no member “%s” here.", shown);
}

static const struct whole request_wholes[] = {
    WHOLE(sync_request, "era", era, 0, INT64_MAX),
    WHOLE(sync_request, "seq", seq, 0, INT64_MAX),
    WHOLE(sync_request, "baseSeq", base_seq, 0, INT64_MAX),
    WHOLE(sync_request, "from", from, 0, INT64_MAX),
    WHOLE(sync_request, "to", to, 0, INT64_MAX),
    WHOLE(sync_request, "version", version, 0, INT64_MAX),
    WHOLE(sync_request, "busiest", busiest, -1, INT64_MAX),
    WHOLE(sync_request, "numbersLeft", numbers_left, 0, INT64_MAX),
    WHOLE(sync_request, "recordSeq", record_seq, 0, INT64_MAX),
    {0},
};

static enum tk_code read_request_members(const struct reading *reading,
                                         struct sync_request *request)
{
    struct op_id centre;
    const struct json *record_seq = NULL;
    enum tk_code code = reading_wholes(reading, request_wholes, request);

    if (!code)
        code = reading_find(reading, "recordSeq", &record_seq);
    if (!record_seq)
        request->record_seq = -1;
    if (!code)
        code = reading_device(reading, request->device);
    if (!code)
        code = reading_uuid(reading, "replicaId", &request->replica, NULL);
    if (!code)
        code = reading_uuid(reading, "previousId", &request->previous, NULL);
    if (!code)
        code = reading_uuid(reading, "centre", &centre, request->centre);
    if (!code)
        code = reading_bytes(reading, "baseHash", request->base_hash, sizeof request->base_hash);
    if (!code)
        code = reading_flag(reading, "all", &request->all);
    if (!code)
        code = reading_flag(reading, "review", &request->review);
    if (!code && request->base_seq > request->seq)
        code = reading_refuse(reading, "baseSeq", "no more than “seq”");
    return code;
}

static enum tk_code read_request_lists(const struct reading *reading, struct sync_request *request)
{
    struct slots_seen cursors = {.list = &request->cursors}, keys = {.list = &request->keys};
    const struct items items[] = {
        {"entries", SYNC_ENTRIES_MAX, add_entry, request},
        {"operations", SYNC_OPERATIONS_MAX, add_operation, &request->operations},
        {"cursors", SYNC_CURSORS_MAX, add_cursor, &cursors},
        {"keys", SYNC_CURSORS_MAX, add_key_wanted, &keys},
    };
    enum tk_code code = reading_lists(reading, items, COUNT_OF(items));

    map_release(&cursors.map);
    map_release(&keys.map);
    if (!code && (int64_t)request->entries.count > request->seq - request->base_seq)
        code = reading_refuse(reading, "entries", "no more than “seq” less “baseSeq”");
    return code;
}

enum tk_code sync_request_read(const struct json *object, struct sync_request *request,
                               struct tk_error *error)
{
    const struct reading reading = {object, TK_BAD_OPERATION, false, error};
    enum tk_code code;

    *request = (struct sync_request){0};
    if (!json_is_object(object))
        return tk_fail(error, TK_BAD_OPERATION, "This is not a JSON object.");
    code = check_names(&reading);
    if (!code)
        code = read_request_members(&reading, request);
    return code ? code : read_request_lists(&reading, request);
}
