/* Replies of sync read back from what sync_wire.c wrote. */
#include <stdlib.h>

#include "core/sync_wire_read.h"
#include "core/text.h"
#include "core/wire.h"

/* Of a reply, beside the bound of its bytes: a change of one slot comes whole. */
#define ROWS_MAX 200000

/* --- what it is made of --- */

static enum tk_code fail_item(const char *what, struct tk_error *error)
{
    return tk_fail(error, TK_BAD_DATA, "This is no %s.", what);
}

static bool read_outcome(const struct json *item, struct outcome *outcome)
{
    const struct json *replayed = json_member(item, "replayed");

    return outcome_read(item, outcome) == TK_OK &&
           (!replayed || json_boolean(replayed, &outcome->replayed));
}

/* In the order of the queue. */
static enum tk_code add_answer(void *into, const struct json *item, struct tk_error *error)
{
    struct mirror_answer_list *list = into;
    struct mirror_answer answer = {0};
    int64_t before = list->count ? list->items[list->count - 1].seq : 0;

    if (!read_outcome(item, &answer.outcome) ||
        !json_whole(json_member(item, "seq"), &answer.seq) || answer.seq <= before)
        return fail_item("answer for an entry after the one before it", error);
    return mirror_answer_list_add(list, &answer);
}

static enum tk_code add_outcome(void *into, const struct json *item, struct tk_error *error)
{
    struct sync_reply *reply = into;

    if (!read_outcome(item, &reply->outcomes[reply->outcome_count]))
        return fail_item("outcome", error);
    reply->outcome_count++;
    return TK_OK;
}

static enum tk_code add_slot(void *into, const struct json *item, struct tk_error *error)
{
    static const struct whole wholes[] = {
        WHOLE(mirror_slot, "fromSeq", from_seq, 0, INT64_MAX),
        WHOLE(mirror_slot, "throughSeq", through_seq, 0, INT64_MAX),
        {0}};
    const struct reading reading = {item, TK_BAD_DATA, true, error};
    const char *from = json_text(json_member(item, "fromTicketId"));
    const char *through = json_text(json_member(item, "throughTicketId"));
    struct mirror_slot slot = {0};
    enum tk_code code = wire_read_slot(json_member(item, "slot"), &slot.slot, error);

    if (!code)
        code = reading_flag(&reading, "whole", &slot.whole);
    if (!code)
        code = reading_wholes(&reading, wholes, &slot);
    if (code)
        return code;
    if (slot.slot.id < 1 || slot.slot.id > SLOT_ID_MAX || !slot_is_balanced(&slot.slot) ||
        (int64_t)slot.slot.seq < 0 || (from && !id_parse(ID_TICKET, from, &slot.from_id)) ||
        (through && !id_parse(ID_TICKET, through, &slot.through_id)))
        return fail_item("showing whose numbers fit together", error);
    return mirror_slot_list_add(into, &slot);
}

static enum tk_code add_allotment(void *into, const struct json *item, struct tk_error *error)
{
    struct allotment allotment;
    enum tk_code code = wire_read_allotment(item, &allotment, error);

    if (code)
        return code;
    if (allotment.granted < 0 || allotment.sold < 0 || allotment.returned < 0 ||
        allotment.written_off < 0 ||
        (int64_t)allotment.sold + allotment.returned + allotment.written_off > allotment.granted)
        return fail_item("allotment whose numbers fit together", error);
    return allotment_list_add(into, &allotment);
}

static enum tk_code add_ticket(void *into, const struct json *item, struct tk_error *error)
{
    struct ticket_view view;
    enum tk_code code = wire_read_ticket(item, &view, error);

    if (code)
        return code;
    if (!view.ticket.id || view.ticket.slot_id < 1 || (int64_t)view.ticket.seq < 0 ||
        view.ticket.prints < 0)
        return fail_item("ticket", error);
    return ticket_list_add(into, &view.ticket);
}

static enum tk_code add_customer(void *into, const struct json *item, struct tk_error *error)
{
    struct customer customer;
    enum tk_code code = wire_read_customer(item, &customer, error);

    if (code)
        return code;
    if (!customer.id || customer.tickets < 0)
        return fail_item("customer", error);
    return customer_list_add(into, &customer);
}

static enum tk_code add_key(void *into, const struct json *item, struct tk_error *error)
{
    static const struct whole wholes[] = {
        WHOLE(mirror_key, "slotId", slot_id, 1, SLOT_ID_MAX),
        WHOLE(mirror_key, "generation", generation, 0, KEY_GENERATION_MAX),
        {0}};
    const struct reading reading = {item, TK_BAD_DATA, true, error};
    struct mirror_key key = {0};
    enum tk_code code = reading_wholes(&reading, wholes, &key);

    if (!code)
        code = reading_bytes(&reading, "key", key.key.bytes, sizeof key.key.bytes);
    if (!code)
        code = mirror_key_list_add(into, &key);
    crypto_wipe(&key, sizeof key);
    return code;
}

static enum tk_code add_block(void *into, const struct json *item, struct tk_error *error)
{
    struct number_block block;
    enum tk_code code = wire_read_block(item, &block, error);

    if (code)
        return code;
    if (block.first < 1 || block.first > ID_MAX || block.count < 1 ||
        block.count > (int64_t)(ID_MAX - block.first + 1) || block.next < block.first ||
        block.next > block.first + (uint64_t)block.count)
        return fail_item("block of numbers", error);
    return number_block_list_add(into, &block);
}

static enum tk_code add_dispute(void *into, const struct json *item, struct tk_error *error)
{
    struct dispute dispute;
    enum tk_code code = wire_read_dispute(item, &dispute, error);

    return code ? code : dispute_list_add(into, &dispute);
}

/* By seq: it is all that there is between. Only what tills keep: what is their own nobody else puts there. */
static enum tk_code add_record(void *into, const struct json *item, struct tk_error *error)
{
    struct record_list *list = into;
    struct record record;
    int64_t before = list->count ? list->items[list->count - 1].seq : 0;
    enum tk_code code = wire_read_keyed(item, &record, error);

    if (code)
        return code;
    if (!record_is_shared(record.key) || !text_is_clean(record.key) || record.seq <= before)
        return fail_item("record that a till keeps, after the one before it", error);
    return record_list_add(list, &record);
}

/* --- the whole --- */

static const struct whole reply_wholes[] = {
    WHOLE(sync_reply, "era", identity.era, 0, INT64_MAX),
    WHOLE(sync_reply, "version", version, 0, INT64_MAX),
    WHOLE(sync_reply, "now", now, 1, TIME_MAX),
    WHOLE(sync_reply, "keyGeneration", key_generation, 0, KEY_GENERATION_MAX),
    WHOLE(sync_reply, "takenSeq", taken_seq, 0, INT64_MAX),
    WHOLE(sync_reply, "granted", granted, 0, INT64_MAX),
    WHOLE(sync_reply, "recordsFrom", rows.records_from, 0, INT64_MAX),
    {0},
};

static const struct whole rule_wholes[] = {
    WHOLE(plan_rules, "expireAfter", expire_after, INT64_MIN, INT64_MAX),
    WHOLE(plan_rules, "closeAfter", close_after, INT64_MIN, INT64_MAX),
    WHOLE(plan_rules, "admitBefore", admit_before, INT64_MIN, INT64_MAX),
    {0},
};

static enum tk_code read_rules(const struct reading *reading, struct plan_rules *rules)
{
    struct reading inner = *reading;
    enum tk_code code = reading_find(reading, "rules", &inner.object);

    if (!code)
        code = reading_wholes(&inner, rule_wholes, rules);
    return code ? code : reading_flag(&inner, "closeAtStart", &rules->close_at_start);
}

static enum tk_code read_who(const struct reading *reading, struct mirror_identity *identity)
{
    const struct json *role = NULL;
    struct op_id centre;
    enum tk_code code = reading_uuid(reading, "centre", &centre, identity->centre);

    if (!code)
        code = reading_device(reading, identity->device);
    if (!code)
        code =
            reading_bytes(reading, "idKey", identity->id_key.bytes, sizeof identity->id_key.bytes);
    if (!code)
        code = reading_find(reading, "role", &role);
    if (!code && (!json_text(role) || !role_parse(json_text(role), &identity->role)))
        code = reading_refuse(reading, "role", "the name of a role");
    return code;
}

static enum tk_code read_standing(const struct reading *reading, enum standing *standing)
{
    const struct json *value;
    enum tk_code code = reading_find(reading, "standing", &value);

    if (!code && (!json_text(value) || !standing_parse(json_text(value), standing)))
        code = reading_refuse(reading, "standing", "the name of a standing");
    return code;
}

static enum tk_code read_reply_members(const struct reading *reading, struct sync_reply *reply)
{
    enum tk_code code = reading_wholes(reading, reply_wholes, reply);

    if (!code)
        code = read_who(reading, &reply->identity);
    if (!code)
        code = read_rules(reading, &reply->rules);
    if (!code)
        code = read_standing(reading, &reply->standing);
    if (!code)
        code = reading_flag(reading, "more", &reply->more);
    if (!code)
        code = reading_flag(reading, "allBlocks", &reply->rows.all_blocks);
    return code ? code : reading_flag(reading, "allDisputes", &reply->rows.all_disputes);
}

static enum tk_code read_reply_lists(const struct reading *reading, struct sync_reply *reply)
{
    struct mirror_rows *rows = &reply->rows;
    const struct items items[] = {
        {"answers", SYNC_ENTRIES_MAX, add_answer, &reply->answers},
        {"outcomes", SYNC_OPERATIONS_MAX, add_outcome, reply},
        {"slots", ROWS_MAX, add_slot, &rows->slots},
        {"allotments", ROWS_MAX, add_allotment, &rows->allotments},
        {"tickets", ROWS_MAX, add_ticket, &rows->tickets},
        {"customers", ROWS_MAX, add_customer, &rows->customers},
        {"keys", SYNC_CURSORS_MAX, add_key, &rows->keys},
        {"blocks", ROWS_MAX, add_block, &rows->blocks},
        {"disputes", SYNC_DISPUTES_MAX, add_dispute, &rows->disputes},
        {"records", SYNC_RECORDS_MAX, add_record, &rows->records},
    };

    reply->outcomes = calloc(SYNC_OPERATIONS_MAX, sizeof *reply->outcomes);
    if (!reply->outcomes)
        return tk_fail_code(reading->error, TK_NO_MEMORY);
    return reading_lists(reading, items, COUNT_OF(items));
}

enum tk_code sync_reply_read(const struct json *object, struct sync_reply *reply,
                             struct tk_error *error)
{
    const struct reading reading = {object, TK_BAD_DATA, true, error};
    enum tk_code code;

    *reply = (struct sync_reply){0};
    if (!json_is_object(object))
        return tk_fail(error, TK_BAD_DATA, "This is not a JSON object.");
    code = read_reply_members(&reading, reply);
    if (!code)
        code = read_reply_lists(&reading, reply);
    if (!code && reply->answers.count &&
        reply->answers.items[reply->answers.count - 1].seq > reply->taken_seq)
        code = reading_refuse(&reading, "takenSeq", "that of the last answer at least");
    return code;
}
