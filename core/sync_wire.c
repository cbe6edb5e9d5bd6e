/*
 * sync_wire: requests and replies of sync as JSON; sync_wire_request.c and sync_wire_reply.c are
 * the other direction.
 *
 * Members have the names that they have on every wire. Of what is there by the thousand little is
 * written: a cursor is [slotId,seq] or [slotId,seq,"TKT…"], and of tickets and customers what is
 * null is left out. Moments that are the sync's own are UTC µs, those of records as wire.h has
 * them.
 */
#include "core/sync.h"
#include "core/wire.h"

static void put_hex(struct buffer *json, const char *name, const uint8_t *data, size_t size)
{
    char text[2 * CRYPTO_KEY_SIZE + 1];

    _Static_assert(CRYPTO_HASH_SIZE <= CRYPTO_KEY_SIZE, "a hash fits");
    hex_print(text, data, size);
    json_put_text(json, name, text);
    crypto_wipe(text, sizeof text);
}

static void put_op_id(struct buffer *json, const char *name, const struct op_id *id)
{
    char text[OP_ID_TEXT_MAX];

    op_id_print(text, id);
    json_put_text(json, name, text);
}

/* Nothing for 0. */
static void put_ticket_id(struct buffer *json, const char *name, uint64_t id)
{
    char text[ID_TEXT_MAX];

    if (!id)
        return;
    id_print(text, ID_TICKET, id);
    json_put_text(json, name, text);
}

/* --- the request --- */

static void put_entries(struct buffer *json, const struct mirror_entry_list *entries)
{
    json_put_open(json, "entries", '[');
    for (size_t i = 0; i < entries->count; i++)
        operation_print(json, &entries->items[i].operation, OP_PRINT_WHOLE);
    json_put_close(json, ']');
}

static void put_operations(struct buffer *json, const struct operation_list *operations)
{
    json_put_open(json, "operations", '[');
    for (size_t i = 0; i < operations->count; i++)
        operation_print(json, &operations->items[i], OP_PRINT_WHOLE);
    json_put_close(json, ']');
}

static void put_cursors(struct buffer *json, const struct mirror_cursor_list *cursors)
{
    json_put_open(json, "cursors", '[');
    for (size_t i = 0; i < cursors->count; i++) {
        const struct mirror_cursor *cursor = &cursors->items[i];

        json_put_open(json, NULL, '[');
        json_put_int(json, NULL, cursor->slot_id);
        json_put_int(json, NULL, (int64_t)cursor->seq);
        put_ticket_id(json, NULL, cursor->ticket_id);
        json_put_close(json, ']');
    }
    json_put_close(json, ']');
}

/* Whose copy the till's is, and where its queue stands. */
static void put_copy(struct buffer *json, const struct sync_request *request)
{
    if (request->device[0])
        json_put_text(json, "deviceName", request->device);
    if (!op_id_is_zero(&request->replica))
        put_op_id(json, "replicaId", &request->replica);
    if (!op_id_is_zero(&request->previous))
        put_op_id(json, "previousId", &request->previous);
    if (request->centre[0])
        json_put_text(json, "centre", request->centre);
    json_put_int(json, "era", request->era);
    json_put_int(json, "seq", request->seq);
    json_put_int(json, "baseSeq", request->base_seq);
    put_hex(json, "baseHash", request->base_hash, sizeof request->base_hash);
}

void sync_request_print(struct buffer *json, const struct sync_request *request)
{
    json_put_open(json, NULL, '{');
    put_copy(json, request);
    put_entries(json, &request->entries);
    put_operations(json, &request->operations);
    put_cursors(json, &request->cursors);
    json_put_bool(json, "all", request->all);
    json_put_int(json, "from", request->from);
    json_put_int(json, "to", request->to);
    json_put_int(json, "version", (int64_t)request->version);
    json_put_bool(json, "review", request->review);
    json_put_int(json, "busiest", request->busiest);
    json_put_int(json, "numbersLeft", request->numbers_left);
    if (request->record_seq >= 0)
        json_put_int(json, "recordSeq", request->record_seq);
    json_put_open(json, "keys", '[');
    for (size_t i = 0; i < request->keys.count; i++)
        json_put_int(json, NULL, request->keys.items[i]);
    json_put_close(json, ']');
    json_put_close(json, '}');
}

/* --- the reply --- */

static void put_identity(struct buffer *json, const struct mirror_identity *identity)
{
    json_put_text(json, "centre", identity->centre);
    json_put_int(json, "era", identity->era);
    json_put_text(json, "deviceName", identity->device);
    json_put_text(json, "role", role_name(identity->role));
    put_hex(json, "idKey", identity->id_key.bytes, sizeof identity->id_key.bytes);
}

static void put_rules(struct buffer *json, const struct plan_rules *rules)
{
    json_put_open(json, "rules", '{');
    json_put_int(json, "expireAfter", rules->expire_after);
    json_put_bool(json, "closeAtStart", rules->close_at_start);
    json_put_int(json, "closeAfter", rules->close_after);
    json_put_int(json, "admitBefore", rules->admit_before);
    json_put_close(json, '}');
}

/* The outcome as it is printed everywhere, with more members; the caller closes it. */
static void open_outcome(struct buffer *json, const struct outcome *outcome)
{
    outcome_print(json, outcome);
    if (!json->failed)
        json->data[--json->length] = '\0';
    if (outcome->replayed)
        json_put_bool(json, "replayed", true);
}

static void put_outcomes(struct buffer *json, const struct sync_reply *reply)
{
    json_put_open(json, "answers", '[');
    for (size_t i = 0; i < reply->answers.count; i++) {
        open_outcome(json, &reply->answers.items[i].outcome);
        json_put_int(json, "seq", reply->answers.items[i].seq);
        json_put_close(json, '}');
    }
    json_put_close(json, ']');
    json_put_open(json, "outcomes", '[');
    for (size_t i = 0; i < reply->outcome_count; i++) {
        open_outcome(json, &reply->outcomes[i]);
        json_put_close(json, '}');
    }
    json_put_close(json, ']');
}

static void put_slots(struct buffer *json, const struct mirror_slot_list *slots,
                      const struct time_zone *zone)
{
    struct wire_record record;

    json_put_open(json, "slots", '[');
    for (size_t i = 0; i < slots->count; i++) {
        const struct mirror_slot *item = &slots->items[i];

        json_put_open(json, NULL, '{');
        wire_slot(&record, &item->slot, zone);
        wire_put_json(json, "slot", &record);
        json_put_bool(json, "whole", item->whole);
        json_put_int(json, "fromSeq", (int64_t)item->from_seq);
        put_ticket_id(json, "fromTicketId", item->from_id);
        json_put_int(json, "throughSeq", (int64_t)item->through_seq);
        put_ticket_id(json, "throughTicketId", item->through_id);
        json_put_close(json, '}');
    }
    json_put_close(json, ']');
}

static void put_tickets(struct buffer *json, const struct ticket_list *tickets,
                        const struct time_zone *zone)
{
    struct wire_record record;
    struct ticket_view view = {0};

    json_put_open(json, "tickets", '[');
    for (size_t i = 0; i < tickets->count; i++) {
        view.ticket = tickets->items[i];
        wire_ticket(&record, &view, NULL, zone);
        wire_put_json_short(json, NULL, &record);
    }
    json_put_close(json, ']');
}

static void put_keys(struct buffer *json, const struct mirror_key_list *keys)
{
    json_put_open(json, "keys", '[');
    for (size_t i = 0; i < keys->count; i++) {
        json_put_open(json, NULL, '{');
        json_put_int(json, "slotId", keys->items[i].slot_id);
        json_put_int(json, "generation", keys->items[i].generation);
        put_hex(json, "key", keys->items[i].key.bytes, CRYPTO_KEY_SIZE);
        json_put_close(json, '}');
    }
    json_put_close(json, ']');
}

/* A list whose things are records of their own, put by `put`. */
#define PUT_LIST(name, list, fill, put)              \
    do {                                             \
        json_put_open(json, name, '[');              \
        for (size_t i = 0; i < (list)->count; i++) { \
            fill(&record, &(list)->items[i], zone);  \
            put(json, NULL, &record);                \
        }                                            \
        json_put_close(json, ']');                   \
    } while (0)

static void put_rows(struct buffer *json, const struct mirror_rows *rows,
                     const struct time_zone *zone)
{
    struct wire_record record;

    put_slots(json, &rows->slots, zone);
    PUT_LIST("allotments", &rows->allotments, wire_allotment, wire_put_json);
    put_tickets(json, &rows->tickets, zone);
    PUT_LIST("customers", &rows->customers, wire_customer, wire_put_json_short);
    put_keys(json, &rows->keys);
    PUT_LIST("blocks", &rows->blocks, wire_block, wire_put_json);
    json_put_bool(json, "allBlocks", rows->all_blocks);
    PUT_LIST("disputes", &rows->disputes, wire_dispute, wire_put_json);
    json_put_bool(json, "allDisputes", rows->all_disputes);
    PUT_LIST("records", &rows->records, wire_keyed, wire_put_json);
    json_put_int(json, "recordsFrom", rows->records_from);
}

void sync_reply_print(struct buffer *json, const struct sync_reply *reply,
                      const struct time_zone *zone)
{
    json_put_open(json, NULL, '{');
    put_identity(json, &reply->identity);
    json_put_int(json, "version", (int64_t)reply->version);
    json_put_bool(json, "more", reply->more);
    json_put_int(json, "now", reply->now);
    put_rules(json, &reply->rules);
    json_put_int(json, "keyGeneration", reply->key_generation);
    json_put_text(json, "standing", standing_name(reply->standing));
    json_put_int(json, "takenSeq", reply->taken_seq);
    put_outcomes(json, reply);
    json_put_int(json, "granted", reply->granted);
    put_rows(json, &reply->rows, zone);
    json_put_close(json, '}');
}
