/* sync_wire: what a till and its centre say to each other, and what anybody else might say. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/sync.h"
#include "core/text.h"
#include "core/wire.h"
#include "tests/support/fault_alloc.h"
#include "tests/support/test.h"

#define NOW INT64_C(1795370400000000)
#define ROOM ((size_t)128 << 20)
#define MANY 100000

static struct op_id an_id(uint8_t last)
{
    return op_id_make(NOW / 1000, (uint8_t[10]){1, 2, 3, 4, 5, 6, 7, 8, 9, last});
}

/* --- there and back --- */

static struct operation a_sale(uint8_t id, bool cut_off)
{
    struct operation sale = {.id = an_id(id), .kind = OP_BOOK, .at = NOW, .cut_off = cut_off};

    text_copy(sale.actor, sizeof sale.actor, "Jürgen “J”");
    text_copy(sale.device, sizeof sale.device, "Till 2");
    text_copy(sale.book.customer_name, sizeof sale.book.customer_name, "Zoë");
    text_copy(sale.book.customer_phone, sizeof sale.book.customer_phone, "+491711234567");
    sale.book.slot.id = 100001;
    sale.book.count = 2;
    sale.book.first_ticket = cut_off ? 77 : 0;
    return sale;
}

static void fill_request(struct sync_request *request)
{
    struct operation sale = a_sale(9, false);

    *request = (struct sync_request){.replica = an_id(1),
                                     .previous = an_id(2),
                                     .era = 3,
                                     .seq = 12,
                                     .base_seq = 4,
                                     .all = true,
                                     .from = NOW,
                                     .to = NOW + TIME_DAY,
                                     .version = 99,
                                     .review = true,
                                     .busiest = -1,
                                     .numbers_left = 500,
                                     .record_seq = 17};
    text_copy(request->device, sizeof request->device, "Till 2");
    text_copy(request->centre, sizeof request->centre, "01a20673-4480-7102-8304-05060708090a");
    memset(request->base_hash, 0xab, sizeof request->base_hash);
    for (uint8_t i = 0; i < 3; i++) {
        struct mirror_entry entry = {.seq = 5 + i, .operation = a_sale(i, true)};

        CU_ASSERT_EQUAL(mirror_entry_list_add(&request->entries, &entry), TK_OK);
    }
    CU_ASSERT_EQUAL(operation_list_add(&request->operations, &sale), TK_OK);
    for (int64_t i = 0; i < 3; i++) {
        struct mirror_cursor cursor = {100001 + i, (uint64_t)i, i == 2 ? 4711 : 0};

        CU_ASSERT_EQUAL(mirror_cursor_list_add(&request->cursors, &cursor), TK_OK);
        CU_ASSERT_EQUAL(id_list_add(&request->keys, 100005 + i), TK_OK);
    }
}

static struct json *parse(const struct buffer *text)
{
    struct tk_error error = {0};
    struct json *document = NULL;

    CU_ASSERT_FALSE_FATAL(text->failed);
    CU_ASSERT_EQUAL_FATAL(json_read(text->data, text->length, &document, &error), TK_OK);
    return document;
}

static void check_request(const struct sync_request *got, const struct sync_request *sent)
{
    CU_ASSERT_STRING_EQUAL(got->device, sent->device);
    CU_ASSERT(op_id_equal(&got->replica, &sent->replica));
    CU_ASSERT(op_id_equal(&got->previous, &sent->previous));
    CU_ASSERT_STRING_EQUAL(got->centre, sent->centre);
    CU_ASSERT(got->era == 3 && got->seq == 12 && got->base_seq == 4 && got->all && got->review);
    CU_ASSERT_EQUAL(memcmp(got->base_hash, sent->base_hash, sizeof got->base_hash), 0);
    CU_ASSERT(got->from == NOW && got->to == NOW + TIME_DAY && got->version == 99);
    CU_ASSERT(got->busiest == -1 && got->numbers_left == 500 && got->role == ROLE_READER);
    CU_ASSERT(got->record_seq == 17 && !got->attended);
    CU_ASSERT_EQUAL_FATAL(got->entries.count, 3);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(got->entries.items[i].seq, 5 + (int64_t)i);
        CU_ASSERT(got->entries.items[i].operation.cut_off);
        CU_ASSERT_EQUAL(got->entries.items[i].operation.book.first_ticket, 77);
    }
    CU_ASSERT_EQUAL_FATAL(got->operations.count, 1);
    CU_ASSERT_STRING_EQUAL(got->operations.items[0].book.customer_name, "Zoë");
    CU_ASSERT_EQUAL_FATAL(got->cursors.count, 3);
    CU_ASSERT(got->cursors.items[1].ticket_id == 0 && got->cursors.items[2].ticket_id == 4711);
    CU_ASSERT(got->cursors.items[2].slot_id == 100003 && got->cursors.items[2].seq == 2);
    CU_ASSERT(got->keys.count == 3 && got->keys.items[2] == 100007);
}

/* What is read and written once more is the same text. */
static void test_request(void)
{
    struct sync_request sent, got;
    struct tk_error error = {0};
    struct buffer first, second;
    struct json *document;

    fill_request(&sent);
    buffer_init(&first, ROOM);
    buffer_init(&second, ROOM);
    sync_request_print(&first, &sent);
    document = parse(&first);
    CU_ASSERT_EQUAL_FATAL(sync_request_read(document, &got, &error), TK_OK);
    check_request(&got, &sent);
    sync_request_print(&second, &got);
    CU_ASSERT_STRING_EQUAL(buffer_text(&first), buffer_text(&second));
    json_free(document);
    sync_request_release(&sent);
    sync_request_release(&got);
    buffer_release(&first);
    buffer_release(&second);
}

/* Whoever does not say how far he knows the records asks for none. */
static void test_no_records(void)
{
    struct sync_request request;
    struct json *document = NULL;
    struct buffer text;

    buffer_init(&text, ROOM);
    CU_ASSERT_EQUAL_FATAL(json_read("{}", 2, &document, NULL), TK_OK);
    CU_ASSERT_EQUAL(sync_request_read(document, &request, NULL), TK_OK);
    CU_ASSERT_EQUAL(request.record_seq, -1);
    sync_request_print(&text, &request);
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&text), "recordSeq"));
    sync_request_release(&request);
    json_free(document);
    buffer_release(&text);
}

static struct ticket a_ticket(uint64_t id)
{
    return (struct ticket){.id = id,
                           .slot_id = 100001,
                           .customer_id = 1 + id / 2,
                           .status = TICKET_BOOKED,
                           .booked_at = NOW + (int64_t)id,
                           .changed_at = NOW + (int64_t)id,
                           .sale_id = id,
                           .sale_position = 1,
                           .sale_size = 1,
                           .seq = id,
                           .prints = 1,
                           .seller = 1042};
}

static struct dispute a_dispute(void)
{
    struct dispute dispute = {.id = an_id(5),
                              .kind = OP_ADMIT,
                              .at = -7,
                              .slot_id = 100001,
                              .code = TK_ALREADY_ADMITTED,
                              .ticket_id = 42,
                              .count = 1,
                              .found_at = NOW,
                              .other_at = NOW - 5,
                              .closed_at = NOW + 5};

    text_copy(dispute.device, sizeof dispute.device, "Door West");
    text_copy(dispute.actor, sizeof dispute.actor, "Priya");
    text_copy(dispute.other, sizeof dispute.other, "Door East");
    text_copy(dispute.customer_name, sizeof dispute.customer_name, "Ada");
    text_copy(dispute.customer_phone, sizeof dispute.customer_phone, "+15550100");
    text_copy(dispute.closed_by, sizeof dispute.closed_by, "Ann");
    text_copy(dispute.reason, sizeof dispute.reason, "She had two.");
    return dispute;
}

static void fill_rows(struct mirror_rows *rows)
{
    struct mirror_slot slot = {.slot = {.id = 100001,
                                        .starts_at = NOW,
                                        .ends_at = NOW + TIME_HOUR,
                                        .capacity = 10,
                                        .available = 3,
                                        .allotted = 4,
                                        .sold = 2,
                                        .lost = 1,
                                        .seq = 8,
                                        .here = 4,
                                        .key_generation = 2},
                               .from_seq = 6,
                               .from_id = 41,
                               .through_seq = 7,
                               .through_id = 42};
    struct allotment allotment = {.slot_id = 100001,
                                  .granted = 9,
                                  .sold = 3,
                                  .returned = 1,
                                  .written_off = 1,
                                  .granted_at = NOW,
                                  .changed_at = NOW + 1,
                                  .written_off_at = NOW + 2};
    struct number_block block = {.first = 1001, .count = 1000, .next = 1007, .granted_at = NOW};
    struct customer customer = {.id = 22, .tickets = 3, .created_at = NOW};
    struct mirror_key key = {.slot_id = 100001, .generation = 2, .key = {{9, 8, 7}}};
    struct ticket ticket = a_ticket(42);
    struct dispute dispute = a_dispute();
    struct record member = {.key = "staff/1042", .seq = 18, .changed_at = NOW, .value = "{\"name\":\"Zoë\"}"};
    struct record limits = {.key = "limits", .seq = 19, .changed_at = NOW};

    text_copy(slot.slot.name, sizeof slot.slot.name, "Up");
    text_copy(allotment.holder, sizeof allotment.holder, "Till 2");
    text_copy(allotment.written_off_by, sizeof allotment.written_off_by, "Ann");
    text_copy(block.holder, sizeof block.holder, "Till 2");
    text_copy(customer.name, sizeof customer.name, "Zoë");
    CU_ASSERT_EQUAL(mirror_slot_list_add(&rows->slots, &slot), TK_OK);
    CU_ASSERT_EQUAL(allotment_list_add(&rows->allotments, &allotment), TK_OK);
    CU_ASSERT_EQUAL(number_block_list_add(&rows->blocks, &block), TK_OK);
    CU_ASSERT_EQUAL(customer_list_add(&rows->customers, &customer), TK_OK);
    CU_ASSERT_EQUAL(mirror_key_list_add(&rows->keys, &key), TK_OK);
    CU_ASSERT_EQUAL(ticket_list_add(&rows->tickets, &ticket), TK_OK);
    CU_ASSERT_EQUAL(dispute_list_add(&rows->disputes, &dispute), TK_OK);
    CU_ASSERT_EQUAL(record_list_add(&rows->records, &member), TK_OK);
    CU_ASSERT_EQUAL(record_list_add(&rows->records, &limits), TK_OK);
    rows->records_from = 17;
    rows->all_blocks = true;
}

static void fill_reply(struct sync_reply *reply)
{
    *reply = (struct sync_reply){.identity = {.era = 3, .role = ROLE_CLERK, .id_key = {{1, 2, 3}}},
                                 .version = 5,
                                 .more = true,
                                 .now = NOW,
                                 .key_generation = 2,
                                 .standing = STANDING_BEHIND,
                                 .taken_seq = 6,
                                 .granted = 4,
                                 .rules = {8 * TIME_HOUR, true, -TIME_MINUTE, TIME_HOUR}};
    text_copy(reply->identity.device, sizeof reply->identity.device, "Till 2");
    text_copy(reply->identity.centre, sizeof reply->identity.centre,
              "01a20673-4480-7102-8304-05060708090a");
    for (int64_t seq = 5; seq <= 6; seq++) {
        struct mirror_answer answer = {
            seq, {.code = seq == 5 ? TK_OK : TK_SOLD_OUT, .replayed = seq == 5, .slot_id = 100001}};

        CU_ASSERT_EQUAL(mirror_answer_list_add(&reply->answers, &answer), TK_OK);
    }
    reply->outcomes = calloc(2, sizeof *reply->outcomes);
    reply->outcome_count = 2;
    reply->outcomes[0] = (struct outcome){
        .slot_id = 100001, .ticket_id = 42, .count = 2, .customer_id = 22, .replayed = true};
    reply->outcomes[1].code = TK_NOT_ENOUGH_PLACES;
    fill_rows(&reply->rows);
}

static void check_rows(const struct mirror_rows *rows)
{
    const struct allotment *allotment = rows->allotments.items;
    const struct dispute *dispute = rows->disputes.items, was = a_dispute();
    const struct ticket ticket = a_ticket(42);

    CU_ASSERT_FATAL(rows->slots.count == 1 && rows->allotments.count == 1 &&
                    rows->tickets.count == 1 && rows->customers.count == 1 &&
                    rows->keys.count == 1 && rows->blocks.count == 1 && rows->disputes.count == 1);
    CU_ASSERT(rows->slots.items[0].from_seq == 6 && rows->slots.items[0].from_id == 41);
    CU_ASSERT(rows->slots.items[0].through_seq == 7 && rows->slots.items[0].through_id == 42);
    CU_ASSERT(!rows->slots.items[0].whole && rows->slots.items[0].slot.here == 0);
    CU_ASSERT(allotment->granted == 9 && allotment->sold == 3 && allotment->returned == 1 &&
              allotment->written_off == 1 && allotment_held(allotment) == 4);
    CU_ASSERT(allotment->granted_at == NOW && allotment->changed_at == NOW + 1 &&
              allotment->written_off_at == NOW + 2);
    CU_ASSERT_STRING_EQUAL(allotment->written_off_by, "Ann");
    CU_ASSERT(rows->tickets.items[0].id == ticket.id && rows->tickets.items[0].seq == ticket.seq);
    CU_ASSERT_EQUAL(rows->tickets.items[0].customer_id, ticket.customer_id);
    CU_ASSERT_EQUAL(rows->tickets.items[0].booked_at, ticket.booked_at);
    CU_ASSERT_EQUAL(rows->tickets.items[0].sale_id, ticket.sale_id);
    CU_ASSERT_STRING_EQUAL(rows->customers.items[0].name, "Zoë");
    CU_ASSERT(rows->keys.items[0].generation == 2 && rows->keys.items[0].key.bytes[2] == 7);
    CU_ASSERT(rows->blocks.items[0].first == 1001 && rows->blocks.items[0].next == 1007);
    CU_ASSERT_EQUAL(rows->tickets.items[0].seller, 1042);
    CU_ASSERT(rows->records_from == 17 && rows->records.count == 2);
    CU_ASSERT_STRING_EQUAL(rows->records.items[0].value, "{\"name\":\"Zoë\"}");
    CU_ASSERT(rows->records.items[1].seq == 19 && !rows->records.items[1].value[0]);
    CU_ASSERT(rows->all_blocks && !rows->all_disputes);
    CU_ASSERT(op_id_equal(&dispute->id, &was.id) && dispute->kind == OP_ADMIT);
    CU_ASSERT(dispute->code == TK_ALREADY_ADMITTED && dispute->at == -7 && dispute->count == 1);
    CU_ASSERT(dispute->slot_id == 100001 && dispute->ticket_id == 42);
    CU_ASSERT(dispute->found_at == NOW && dispute->other_at == NOW - 5);
    CU_ASSERT_EQUAL(dispute->closed_at, NOW + 5);
    CU_ASSERT_STRING_EQUAL(dispute->other, "Door East");
    CU_ASSERT_STRING_EQUAL(dispute->customer_name, "Ada");
    CU_ASSERT_STRING_EQUAL(dispute->customer_phone, "+15550100");
    CU_ASSERT_STRING_EQUAL(dispute->reason, "She had two.");
}

static void check_reply(const struct sync_reply *got)
{
    CU_ASSERT(got->identity.era == 3 && got->identity.role == ROLE_CLERK &&
              got->identity.id_key.bytes[1] == 2);
    CU_ASSERT_STRING_EQUAL(got->identity.device, "Till 2");
    CU_ASSERT(got->version == 5 && got->more && got->now == NOW && got->key_generation == 2);
    CU_ASSERT(got->standing == STANDING_BEHIND && got->taken_seq == 6 && got->granted == 4);
    CU_ASSERT(got->rules.expire_after == 8 * TIME_HOUR && got->rules.close_at_start &&
              got->rules.close_after == -TIME_MINUTE && got->rules.admit_before == TIME_HOUR);
    CU_ASSERT_EQUAL_FATAL(got->answers.count, 2);
    CU_ASSERT(got->answers.items[0].outcome.replayed && !got->answers.items[1].outcome.replayed);
    CU_ASSERT(got->answers.items[1].seq == 6 && got->answers.items[1].outcome.code == TK_SOLD_OUT);
    CU_ASSERT_EQUAL_FATAL(got->outcome_count, 2);
    CU_ASSERT(got->outcomes[0].replayed && got->outcomes[0].ticket_id == 42 &&
              got->outcomes[0].customer_id == 22 && got->outcomes[0].count == 2);
    CU_ASSERT_EQUAL(got->outcomes[1].code, TK_NOT_ENOUGH_PLACES);
    check_rows(&got->rows);
}

static void test_reply(void)
{
    struct sync_reply sent, got;
    struct tk_error error = {0};
    struct buffer first, second;
    struct json *document;

    fill_reply(&sent);
    buffer_init(&first, ROOM);
    buffer_init(&second, ROOM);
    sync_reply_print(&first, &sent, NULL);
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&first), "here\""));
    document = parse(&first);
    CU_ASSERT_EQUAL_FATAL(sync_reply_read(document, &got, &error), TK_OK);
    check_reply(&got);
    sync_reply_print(&second, &got, NULL);
    CU_ASSERT_STRING_EQUAL(buffer_text(&first), buffer_text(&second));
    json_free(document);
    sync_reply_release(&sent);
    sync_reply_release(&got);
    buffer_release(&first);
    buffer_release(&second);
}

/* --- what is not as it should be --- */

/* Refused with a sentence that has these words. */
static void refuse_request(const char *text, const char *words)
{
    struct sync_request request;
    struct tk_error error = {0};
    struct json *document = NULL;
    enum tk_code code;

    CU_ASSERT_EQUAL_FATAL(json_read(text, strlen(text), &document, &error), TK_OK);
    code = sync_request_read(document, &request, &error);
    CU_ASSERT_EQUAL(code, TK_BAD_OPERATION);
    if (!strstr(error.message, words))
        printf("\n    %.60s: %s\n", text, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, words));
    sync_request_release(&request);
    json_free(document);
}

#define SALE                                                                                   \
    "{\"id\":\"01932f4e-0000-7000-8000-000000000001\",\"operation\":\"book\",\"actor\":\"a\"," \
    "\"device\":\"d\",\"at\":1,\"slotId\":100001,\"numTickets\":1}"

static void test_bad_requests(void)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"[]", "not a JSON object"},
        {"{\"x\":1}", "“x”"},
        {"{\"role\":\"admin\"}", "“role”"},
        {"{\"deviceName\":7}", "“deviceName”"},
        {"{\"deviceName\":\"a\\nb\"}", "“deviceName”"},
        {"{\"deviceName\":\"0123456789012345678901234567890123456789012345678901234567890123456\"}",
         "“deviceName”"},
        {"{\"era\":-1}", "“era”"},
        {"{\"era\":1.5}", "“era”"},
        {"{\"era\":\"1\"}", "“era”"},
        {"{\"version\":-1}", "“version”"},
        {"{\"from\":-1}", "“from”"},
        {"{\"busiest\":-2}", "“busiest”"},
        {"{\"recordSeq\":-1}", "“recordSeq”"},
        {"{\"attended\":true}", "“attended”"},
        {"{\"all\":1}", "“all”"},
        {"{\"review\":\"yes\"}", "“review”"},
        {"{\"replicaId\":\"x\"}", "“replicaId”"},
        {"{\"previousId\":7}", "“previousId”"},
        {"{\"centre\":[]}", "“centre”"},
        {"{\"baseHash\":\"abcd\"}", "“baseHash”"},
        {"{\"baseSeq\":1}", "“baseSeq”"},
        {"{\"entries\":{}}", "“entries”"},
        {"{\"entries\":[" SALE "]}", "“entries”"},
        {"{\"seq\":9223372036854775807,\"baseSeq\":9223372036854775807,\"entries\":[" SALE "]}",
         "“entries”"},
        {"{\"seq\":1,\"entries\":[{}]}", "entries[0]: The member “operation” is missing."},
        {"{\"seq\":2,\"entries\":[" SALE ",7]}", "entries[1]: This is not a JSON object."},
        {"{\"operations\":[null]}", "operations[0]"},
        {"{\"operations\":7}", "“operations”"},
        {"{\"cursors\":[7]}", "cursors[0]"},
        {"{\"cursors\":[[100001]]}", "cursors[0]"},
        {"{\"cursors\":[[100001,1,2]]}", "cursors[0]"},
        {"{\"cursors\":[[100001,1,\"TKT\"]]}", "cursors[0]"},
        {"{\"cursors\":[[100001,1,\"TKT0000000001\",1]]}", "cursors[0]"},
        {"{\"cursors\":[[100001,-1]]}", "cursors[0]"},
        {"{\"cursors\":[[0,1]]}", "cursors[0]"},
        {"{\"cursors\":[[1000000000000000,1]]}", "cursors[0]"},
        {"{\"cursors\":[[100001,1],[100002,1],[100001,2]]}", "cursors[2]: The showing 100001"},
        {"{\"keys\":[\"100001\"]}", "keys[0]"},
        {"{\"keys\":[100001,100001]}", "keys[1]"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse_request(bad[i].text, bad[i].words);
}

/* More than may stand in a list. */
static void refuse_long(const char *name, const char *item, size_t count)
{
    struct buffer text;

    buffer_init(&text, ROOM);
    buffer_addf(&text, "{\"seq\":1000,\"%s\":[", name);
    for (size_t i = 0; i <= count; i++)
        buffer_addf(&text, "%s%s", i ? "," : "", item);
    buffer_add_text(&text, "]}");
    refuse_request(buffer_text(&text), name);
    buffer_release(&text);
}

static void test_long_lists(void)
{
    refuse_long("entries", SALE, SYNC_ENTRIES_MAX);
    refuse_long("operations", SALE, SYNC_OPERATIONS_MAX);
    refuse_long("cursors", "[1,1]", SYNC_CURSORS_MAX);
    refuse_long("keys", "1", SYNC_CURSORS_MAX);
}

/* A whole reply with one text in it replaced by another. */
static void refuse_reply(const char *what, const char *by, const char *words)
{
    struct sync_reply sent, got;
    struct tk_error error = {0};
    struct json *document = NULL;
    struct buffer whole, text;
    const char *at;

    fill_reply(&sent);
    buffer_init(&whole, ROOM);
    buffer_init(&text, ROOM);
    sync_reply_print(&whole, &sent, NULL);
    at = strstr(buffer_text(&whole), what);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    buffer_add(&text, whole.data, (size_t)(at - whole.data));
    buffer_addf(&text, "%s%s", by, at + strlen(what));
    document = parse(&text);
    CU_ASSERT_EQUAL(sync_reply_read(document, &got, &error), TK_BAD_DATA);
    if (!strstr(error.message, words))
        printf("\n    %s: %s\n", by, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, words));
    json_free(document);
    sync_reply_release(&sent);
    sync_reply_release(&got);
    buffer_release(&whole);
    buffer_release(&text);
}

static void test_bad_replies(void)
{
    refuse_reply("\"era\":3,", "", "“era” is missing");
    refuse_reply("\"more\":true", "\"more\":null", "“more” is missing");
    refuse_reply("\"centre\":\"01a2", "\"centre\":\"zza2", "“centre”");
    refuse_reply("\"role\":\"clerk\"", "\"role\":\"king\"", "“role”");
    refuse_reply("\"idKey\":\"01", "\"idKey\":\"1", "“idKey”");
    refuse_reply("\"standing\":\"behind\"", "\"standing\":\"fine\"", "“standing”");
    refuse_reply("\"closeAtStart\":true", "\"closeAtStart\":1", "“closeAtStart”");
    refuse_reply("\"rules\":{", "\"rules\":[],\"r\":{", "“expireAfter”");
    refuse_reply("\"takenSeq\":6", "\"takenSeq\":5", "“takenSeq”");
    refuse_reply("\"seq\":6", "\"seq\":5", "answers[1]");
    refuse_reply("\"code\":\"sold_out\"", "\"code\":\"sold\"", "answers[1]");
    refuse_reply("\"replayed\":true", "\"replayed\":1", "answers[0]");
    refuse_reply("\"not_enough_places\"", "7", "outcomes[1]");
    refuse_reply("\"availTickets\":3", "\"availTickets\":4", "slots[0]");
    refuse_reply("\"fromSeq\":6", "\"fromSeq\":-6", "slots[0]");
    refuse_reply("\"fromTicketId\":\"TKT", "\"fromTicketId\":\"TK!", "slots[0]");
    refuse_reply("\"throughSeq\":7", "\"throughSeq\":-7", "slots[0]");
    refuse_reply("\"granted\":9", "\"granted\":4", "allotments[0]");
    refuse_reply("\"ticketStatus\":\"Booked\"", "\"ticketStatus\":\"Lent\"", "“ticketStatus”");
    refuse_reply("\"key\":\"staff/1042\"", "\"key\":\"local/1042\"", "records[0]");
    refuse_reply("\"key\":\"staff/1042\"", "\"key\":\"device/x\"", "records[0]");
    refuse_reply("\"key\":\"limits\",\"seq\":19", "\"key\":\"limits\",\"seq\":18", "records[1]");
    refuse_reply("\"recordsFrom\":17", "\"recordsFrom\":-1", "“recordsFrom”");
    refuse_reply("\"soldBy\":1042", "\"soldBy\":\"Zoë\"", "“soldBy”");
    refuse_reply("\"generation\":2", "\"generation\":-1", "keys[0]");
    refuse_reply("\"next\":1007", "\"next\":2002", "blocks[0]");
    refuse_reply("\"first\":1001", "\"first\":0", "blocks[0]");
    refuse_reply("\"code\":\"already_admitted\"", "\"code\":\"no such\"", "disputes[0]");
    refuse_reply("\"allDisputes\":false", "\"allDisputes\":0", "“allDisputes”");
}

/* --- size, and memory that runs out --- */

/* Of this thread's work, whatever else the machine does. */
static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first copy of a large house, had it come in one reply. */
static void test_many(void)
{
    struct sync_reply sent = {.now = NOW}, got;
    struct tk_error error = {0};
    struct json *document;
    struct buffer text;
    int64_t began;

    text_copy(sent.identity.centre, sizeof sent.identity.centre,
              "01a20673-4480-7102-8304-05060708090a");
    for (uint64_t i = 1; i <= MANY; i++) {
        struct ticket ticket = a_ticket(i);

        CU_ASSERT_EQUAL_FATAL(ticket_list_add(&sent.rows.tickets, &ticket), TK_OK);
    }
    buffer_init(&text, ROOM);
    began = clock_ms();
    sync_reply_print(&text, &sent, NULL);
    document = parse(&text);
    CU_ASSERT_EQUAL_FATAL(sync_reply_read(document, &got, &error), TK_OK);
    json_free(document);
    began = clock_ms() - began;
    CU_ASSERT_EQUAL(got.rows.tickets.count, MANY);
    CU_ASSERT(text.length / MANY < 400); /* bytes of one */
    CU_ASSERT(began < 10000); /* 0.6 s, but for sanitizers */
    if (test_is_long())
        printf("\n    %d tickets: %zu bytes, %" PRId64 " ms\n", MANY, text.length, began);
    sync_reply_release(&sent);
    sync_reply_release(&got);
    buffer_release(&text);
}

static void read_both(const struct json *request, const struct json *reply, int64_t fail)
{
    struct sync_request asked;
    struct sync_reply told;
    struct tk_error error = {0};
    enum tk_code first, second;

    fault_alloc_arm(fail, false);
    first = sync_request_read(request, &asked, &error);
    second = sync_reply_read(reply, &told, &error);
    if (fault_alloc_disarm())
        CU_ASSERT((first == TK_NO_MEMORY) != (second == TK_NO_MEMORY));
    sync_request_release(&asked);
    sync_reply_release(&told);
}

static void test_memory(void)
{
    struct sync_request request;
    struct sync_reply reply;
    struct buffer asked, told;
    struct json *request_json, *reply_json;

    fill_request(&request);
    fill_reply(&reply);
    buffer_init(&asked, ROOM);
    buffer_init(&told, ROOM);
    sync_request_print(&asked, &request);
    sync_reply_print(&told, &reply, NULL);
    request_json = parse(&asked);
    reply_json = parse(&told);
    for (int64_t fail = 1; fail <= 20; fail++)
        read_both(request_json, reply_json, fail);
    json_free(request_json);
    json_free(reply_json);
    sync_request_release(&request);
    sync_reply_release(&reply);
    buffer_release(&asked);
    buffer_release(&told);
}

SUITE(sync_wire, {"a request is the same when it was written and read", test_request},
      {"a reply is the same when it was written and read", test_reply},
      {"who says nothing of records asks for none", test_no_records},
      {"a request that is none is refused, with the member's name", test_bad_requests},
      {"a list that is too long is refused", test_long_lists},
      {"a reply that is none is refused, with the member's name", test_bad_replies},
      {"a hundred thousand tickets are written and read quickly", test_many},
      {"no memory is told as such", test_memory})
