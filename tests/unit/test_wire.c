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
                           "1970-01-02T01:00:00+00:00,Movie,Action,20,20,0,0,0,,,,1\n");
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
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(wire_is_formula(cases[i].text), cases[i].is_formula);
}

SUITE(wire, {"a slot in JSON and in CSV", test_slot},
      {"what is not there is null, or left out", test_walk_up},
      {"what a spreadsheet would take for a formula", test_formulas})
