/* wire: one table of columns serves JSON and CSV. */
#include "core/wire.h"

#include <jansson.h>

#include "core/text.h"
#include "tests/support/test.h"

static void test_slot(void)
{
    struct slot slot = {.id = 100001, .starts_at = TIME_DAY, .ends_at = TIME_DAY + TIME_HOUR,
                        .capacity = 20, .available = 20, .seq = 1};
    struct wire_record record;
    struct buffer out;
    json_t *json;

    buffer_init(&out, 4096);
    text_copy(slot.name, sizeof slot.name, "=\"Up\", again");
    wire_slot(&record, &slot, NULL);
    wire_put_json(&out, NULL, &record);
    json = json_loads(buffer_text(&out), JSON_REJECT_DUPLICATES, NULL);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "slotId")), 100001);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "slotName")), slot.name);
    CU_ASSERT(json_is_null(json_object_get(json, "expiredAt")));
    CU_ASSERT_EQUAL(json_object_size(json), record.count);
    json_decref(json);
    buffer_clear(&out);
    wire_put_csv(&out, &record);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out),
                           "100001,\"'=\"\"Up\"\", again\",,1970-01-02T00:00:00+00:00,"
                           "1970-01-02T01:00:00+00:00,Movie,Action,20,20,0,0,0,,,,1,0,0\n");
    buffer_release(&out);
}

static void test_walk_up(void)
{
    struct ticket_view view = {.ticket = {.id = 1, .slot_id = 100001}};
    struct wire_record record;
    struct buffer out;

    buffer_init(&out, 4096);
    wire_ticket(&record, &view, "", NULL);
    wire_put_json(&out, NULL, &record);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\"userId\":null"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\"pass\":null"));
    buffer_clear(&out);
    wire_ticket(&record, &view, NULL, NULL);
    wire_put_csv_header(&out, &record);
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&out), "pass"));
    buffer_release(&out);
}

static void test_formulas(void)
{
    static const struct {
        const char *text;
        bool is_formula;
    } cases[] = {
        {"", false},      {"Up", false},         {"=1+1", true},   {"+49171234", false},
        {"-5", false},    {"-5+cmd|' /C", true}, {"+", true},      {"@SUM(A1)", true},
        {"\t=1", true},   {"'quoted'", false},   {"'=1", true},    {"''+1", false},
        {"1-1", false},   {"+49 171", true},
        {"\r=1", true},    {"＝1+1", true},       {"＋49", true},        {"－1", true},
        {"＠SUM(A1)", true}, {"'＝1", true},      {"１＋１", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(wire_is_formula(cases[i].text), cases[i].is_formula);
}

/* --- there and back --- */

static uint64_t random_state;

static int64_t any(int64_t least, int64_t most)
{
    return least + (int64_t)test_random_below(&random_state, (uint64_t)(most - least) + 1);
}

/* Now and then 0: nothing. */
static int64_t any_time(void)
{
    return any(0, 4) ? any(1, TIME_MAX) : 0;
}

static uint64_t any_id(void)
{
    return any(0, 4) ? (uint64_t)any(1, (int64_t)ID_MAX) : 0;
}

static void any_text(char *text, size_t size)
{
    static const char *const parts[] = {"a", "Z", " ", "\"", "\\", "/", "Ã©", "â¬",
                                        "\x01", "\n", "\x7F", "'", "{", "ð¬"};
    size_t wanted = (size_t)any(0, (int64_t)size - 1);

    text[0] = '\0';
    for (size_t length = 0;;) {
        const char *part = parts[any(0, sizeof parts / sizeof *parts - 1)];

        if (length + strlen(part) > wanted)
            break;
        memcpy(text + length, part, strlen(part) + 1);
        length += strlen(part);
    }
}

static int32_t berlin(void *context, int64_t utc)
{
    (void)context;
    return utc / 15000000 % 2 ? 7200 : 3600;
}

/* Writes a record and reads the document. */
static struct json *there(const struct wire_record *record, struct buffer *out)
{
    struct json *document = NULL;

    buffer_clear(out);
    wire_put_json(out, NULL, record);
    CU_ASSERT_EQUAL_FATAL(json_read(buffer_text(out), out->length, &document, NULL), TK_OK);
    return document;
}

static struct slot any_slot(void)
{
    struct slot slot = {.id = any(1, SLOT_ID_MAX),
                        .starts_at = any_time(),
                        .ends_at = any_time(),
                        .type = (enum slot_type)any(0, SLOT_TYPE_COUNT - 1),
                        .genre = (enum genre)any(0, GENRE_COUNT - 1),
                        .capacity = (int32_t)any(INT32_MIN, INT32_MAX),
                        .available = (int32_t)any(INT32_MIN, INT32_MAX),
                        .allotted = (int32_t)any(INT32_MIN, INT32_MAX),
                        .sold = (int32_t)any(INT32_MIN, INT32_MAX),
                        .lost = (int32_t)any(INT32_MIN, INT32_MAX),
                        .expired_at = any_time(),
                        .archived_at = any_time(),
                        .seq = (uint64_t)any(0, INT64_MAX - 1),
                        .admitted = (int32_t)any(INT32_MIN, INT32_MAX),
                        .key_generation = any(0, INT64_MAX - 1)};

    any_text(slot.name, sizeof slot.name);
    any_text(slot.description, sizeof slot.description);
    any_text(slot.screen, sizeof slot.screen);
    return slot;
}

static struct ticket any_ticket(void)
{
    struct ticket ticket = {.id = any_id(),
                            .slot_id = any(1, SLOT_ID_MAX),
                            .customer_id = any_id(),
                            .status = (enum ticket_status)any(0, TICKET_STATUS_COUNT - 1),
                            .booked_at = any_time(),
                            .changed_at = any_time(),
                            .canceled_at = any_time(),
                            .replaces = any_id(),
                            .replaced_by = any_id(),
                            .sale_id = any_id(),
                            .sale_position = (int32_t)any(0, INT32_MAX),
                            .sale_size = (int32_t)any(0, INT32_MAX),
                            .seq = (uint64_t)any(0, INT64_MAX - 1),
                            .admitted_at = any_time(),
                            .prints = (int32_t)any(0, INT32_MAX),
                            .seller = any(0, 1) ? any(1, 99999999) : 0};

    if (any(0, 1))
        any_text(ticket.admitted_by, sizeof ticket.admitted_by);
    return ticket;
}

/* Members one by one: there is padding between them. */
static bool same_slot(const struct slot *a, const struct slot *b)
{
    return a->id == b->id && !strcmp(a->name, b->name) && !strcmp(a->screen, b->screen) &&
           !strcmp(a->description, b->description) && a->starts_at == b->starts_at &&
           a->ends_at == b->ends_at && a->type == b->type && a->genre == b->genre &&
           a->capacity == b->capacity && a->available == b->available &&
           a->allotted == b->allotted && a->sold == b->sold && a->lost == b->lost &&
           a->expired_at == b->expired_at && a->archived_at == b->archived_at &&
           a->seq == b->seq && a->admitted == b->admitted &&
           a->key_generation == b->key_generation;
}

static bool same_ticket(const struct ticket *a, const struct ticket *b)
{
    return a->id == b->id && a->slot_id == b->slot_id && a->customer_id == b->customer_id &&
           a->status == b->status && a->booked_at == b->booked_at &&
           a->changed_at == b->changed_at && a->canceled_at == b->canceled_at &&
           a->replaces == b->replaces && a->replaced_by == b->replaced_by &&
           a->sale_id == b->sale_id && a->sale_position == b->sale_position &&
           a->sale_size == b->sale_size && a->seq == b->seq && a->admitted_at == b->admitted_at &&
           !strcmp(a->admitted_by, b->admitted_by) && a->prints == b->prints &&
           a->seller == b->seller;
}

static void slot_and_back(const struct time_zone *zone, struct buffer *out)
{
    struct slot slot = any_slot(), back;
    struct wire_record record;
    struct json *document;

    wire_slot(&record, &slot, zone);
    document = there(&record, out);
    CU_ASSERT_EQUAL(wire_read_slot(document, &back, NULL), TK_OK);
    CU_ASSERT(same_slot(&slot, &back));
    json_free(document);
}

static void ticket_and_back(const struct time_zone *zone, struct buffer *out)
{
    struct ticket_view view = {.ticket = any_ticket()}, back;
    struct wire_record record;
    struct json *document;

    any_text(view.slot.name, sizeof view.slot.name);
    any_text(view.customer.name, sizeof view.customer.name);
    any_text(view.customer.phone, sizeof view.customer.phone);
    view.slot.starts_at = any_time();
    wire_ticket(&record, &view, any(0, 1) ? "" : NULL, zone);
    document = there(&record, out);
    CU_ASSERT_EQUAL(wire_read_ticket(document, &back, NULL), TK_OK);
    CU_ASSERT(same_ticket(&view.ticket, &back.ticket));
    CU_ASSERT(!strcmp(view.slot.name, back.slot.name) &&
              view.slot.starts_at == back.slot.starts_at &&
              back.slot.id == view.ticket.slot_id);
    CU_ASSERT(!strcmp(view.customer.name, back.customer.name) &&
              !strcmp(view.customer.phone, back.customer.phone) &&
              back.customer.id == view.ticket.customer_id);
    json_free(document);
}

static void customer_and_back(const struct time_zone *zone, struct buffer *out)
{
    struct customer customer = {.id = any_id(), .tickets = (int32_t)any(0, INT32_MAX),
                                .created_at = any_time(), .erased_at = any_time()}, back;
    struct wire_record record;
    struct json *document;

    any_text(customer.name, sizeof customer.name);
    any_text(customer.phone, sizeof customer.phone);
    wire_customer(&record, &customer, zone);
    document = there(&record, out);
    CU_ASSERT_EQUAL(wire_read_customer(document, &back, NULL), TK_OK);
    CU_ASSERT(back.id == customer.id && !strcmp(back.name, customer.name) &&
              !strcmp(back.phone, customer.phone) && back.tickets == customer.tickets &&
              back.created_at == customer.created_at && back.erased_at == customer.erased_at);
    json_free(document);
}

static void entry_and_back(const struct time_zone *zone, struct buffer *out)
{
    char body[] = "{\"slotName\":\"\\u0001Ã©\",\"capacity\":20}", outcome[] = "{\"code\":\"ok\"}";
    struct journal_entry entry = {.seq = any(1, INT64_MAX - 1),
                                  .device_seq = any(1, INT64_MAX - 1),
                                  .kind = (enum op_kind)any(0, OP_KIND_COUNT - 1),
                                  .at = any(0, 1) ? any_time() : any(-TIME_MAX, TIME_MAX),
                                  .recorded_at = any_time(),
                                  .body = body,
                                  .outcome = any(0, 1) ? outcome : NULL}, back;
    struct wire_record record;
    struct json *document;

    any_text(entry.device, sizeof entry.device);
    any_text(entry.actor, sizeof entry.actor);
    for (size_t i = 0; i < sizeof entry.hash; i++)
        entry.digest[i] = (uint8_t)any(0, 255), entry.hash[i] = (uint8_t)any(0, 255);
    memcpy(entry.id.bytes, entry.hash, sizeof entry.id.bytes);
    wire_journal_entry(&record, &entry, zone);
    document = there(&record, out);
    CU_ASSERT_EQUAL_FATAL(wire_read_journal_entry(document, &back, NULL), TK_OK);
    CU_ASSERT(back.seq == entry.seq && back.device_seq == entry.device_seq &&
              back.kind == entry.kind && back.at == entry.at &&
              back.recorded_at == entry.recorded_at && op_id_equal(&back.id, &entry.id) &&
              !strcmp(back.device, entry.device) && !strcmp(back.actor, entry.actor) &&
              !memcmp(back.digest, entry.digest, sizeof entry.digest) &&
              !memcmp(back.hash, entry.hash, sizeof entry.hash));
    CU_ASSERT_STRING_EQUAL(back.body, body);
    CU_ASSERT(entry.outcome ? back.outcome && !strcmp(back.outcome, outcome) : !back.outcome);
    free(back.body);
    free(back.outcome);
    json_free(document);
}

static void device_and_back(const struct time_zone *zone, struct buffer *out)
{
    struct device device = {.role = (enum role)any(0, ROLE_COUNT - 1), .enrolled_at = any_time(),
                            .revoked_at = any_time(), .used_at = any_time()}, back;
    struct wire_record record;
    struct json *document;

    any_text(device.name, sizeof device.name);
    wire_device(&record, &device, zone);
    document = there(&record, out);
    CU_ASSERT_EQUAL(wire_read_device(document, &back, NULL), TK_OK);
    CU_ASSERT(!strcmp(back.name, device.name) && back.role == device.role &&
              back.enrolled_at == device.enrolled_at && back.revoked_at == device.revoked_at &&
              back.used_at == device.used_at);
    json_free(document);
}

static void keyed_and_back(const struct time_zone *zone, struct buffer *out)
{
    struct record record = {.seq = any(0, INT64_MAX - 1), .changed_at = any_time()}, back;
    struct wire_record wire;
    struct json *document;

    any_text(record.key, sizeof record.key);
    if (any(0, 1))
        snprintf(record.value, sizeof record.value, "{\"number\":%lld,\"name\":\"Zo\xC3\xAB \\\"Z\\\"\"}",
                 (long long)any(0, 9));
    wire_keyed(&wire, &record, zone);
    document = there(&wire, out);
    CU_ASSERT_EQUAL(wire_read_keyed(document, &back, NULL), TK_OK);
    CU_ASSERT(!strcmp(back.key, record.key) && back.seq == record.seq &&
              back.changed_at == record.changed_at && !strcmp(back.value, record.value));
    json_free(document);
}

static void tally_and_back(const struct time_zone *zone, struct buffer *out)
{
    struct tally tally = {.span_at = any_time(), .genre = (enum genre)any(0, GENRE_COUNT - 1),
                          .slot_id = any(0, 1) ? any(1, SLOT_ID_MAX) : 0, .sales = any(0, 9),
                          .sold = any(0, INT64_MAX - 1), .canceled = any(0, 9),
                          .reissued = any(0, 9), .admitted = any(-9, 9)}, back;
    struct wire_record record;
    struct json *document;

    any_text(tally.actor, sizeof tally.actor);
    any_text(tally.device, sizeof tally.device);
    wire_tally(&record, &tally, zone);
    document = there(&record, out);
    CU_ASSERT_EQUAL(wire_read_tally(document, &back, NULL), TK_OK);
    CU_ASSERT(back.span_at == tally.span_at && back.genre == tally.genre &&
              back.slot_id == tally.slot_id && !strcmp(back.actor, tally.actor) &&
              !strcmp(back.device, tally.device));
    CU_ASSERT(back.sales == tally.sales && back.sold == tally.sold &&
              back.canceled == tally.canceled && back.reissued == tally.reissued &&
              back.admitted == tally.admitted);
    json_free(document);
}

/* Who sold it is left out of JSON where nobody signed on, and an empty cell in CSV. */
static void test_sold_by(void)
{
    struct ticket_view view = {.ticket = {.id = 1, .slot_id = 100001, .prints = 3}};
    struct wire_record record;
    struct buffer out;

    buffer_init(&out, 4096);
    wire_ticket(&record, &view, NULL, NULL);
    wire_put_json(&out, NULL, &record);
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&out), "soldBy"));
    buffer_clear(&out);
    wire_put_csv_header(&out, &record);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), ",prints,soldBy\n"));
    buffer_clear(&out);
    wire_put_csv(&out, &record);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), ",3,\n"));
    buffer_clear(&out);
    view.ticket.seller = 1042;
    wire_ticket(&record, &view, NULL, NULL);
    wire_put_json(&out, NULL, &record);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\"soldBy\":1042"));
    buffer_release(&out);
}

static void test_there_and_back(void)
{
    static const struct time_zone zone = {berlin, NULL};
    unsigned int failures = CU_get_number_of_failures();
    struct buffer out;

    random_state = test_seed();
    buffer_init(&out, 256 * 1024);
    for (int i = 0; i < 500; i++) {
        const struct time_zone *where = i % 2 ? &zone : NULL;

        slot_and_back(where, &out);
        ticket_and_back(where, &out);
        customer_and_back(where, &out);
        entry_and_back(where, &out);
        device_and_back(where, &out);
        keyed_and_back(where, &out);
        tally_and_back(where, &out);
    }
    if (CU_get_number_of_failures() != failures)
        printf("\n    seed %llu\n", (unsigned long long)test_seed());
    buffer_release(&out);
}

/* Each member of a slot's record that is taken away or of another type is missed, or is null. */
static void test_bad_records(void)
{
    static const char *const bad[] = {
        "[]", "{}", "null",
        "{\"userId\":7}",
        "{\"userId\":\"TKT7K3QF9XW2M\",\"tickets\":1}",
        "{\"userId\":\"U7K3QF9XW2M\",\"tickets\":1.5}",
        "{\"userId\":\"U7K3QF9XW2M\",\"tickets\":2147483648}",
        "{\"userId\":\"U7K3QF9XW2M\",\"tickets\":1,\"userName\":7}",
        "{\"userId\":\"U7K3QF9XW2M\",\"tickets\":1,\"createdAt\":\"tomorrow\"}",
        "{\"userId\":\"U7K3QF9XW2M\",\"tickets\":1,\"phoneNumber\":\"12345678901234567\"}",
    };
    static const char fine[] = "{\"more\":1,\"userId\":\"U7K3QF9XW2M\",\"tickets\":1}";
    struct customer customer;
    struct json *document;
    struct tk_error error;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error = (struct tk_error){0};
        CU_ASSERT_EQUAL_FATAL(json_read(bad[i], strlen(bad[i]), &document, NULL), TK_OK);
        CU_ASSERT_EQUAL(wire_read_customer(document, &customer, &error), TK_BAD_DATA);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "customer"));
        json_free(document);
    }
    CU_ASSERT_EQUAL_FATAL(json_read(fine, strlen(fine), &document, NULL), TK_OK);
    CU_ASSERT_EQUAL(wire_read_customer(document, &customer, NULL), TK_OK);
    CU_ASSERT(customer.tickets == 1 && !customer.name[0] && !customer.created_at);
    json_free(document);
}

SUITE(wire, {"a slot in JSON and in CSV", test_slot},
      {"what is not there is null, or left out", test_walk_up},
      {"who sold it is told where somebody did", test_sold_by},
      {"what a spreadsheet would take for a formula", test_formulas},
      {"everything comes back from its record as it was", test_there_and_back},
      {"records that are not as they should be are refused", test_bad_records})
