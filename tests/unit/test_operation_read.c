/* Operations read from documents: whole, and their arguments alone. */
#include "core/operation.h"

#include "tests/support/test.h"

#define NOW INT64_C(1795370400000000) /* 2026-11-22 18:00 UTC */
#define HEAD \
    "\"id\":\"01a20673-4480-7102-8304-05060708090a\",\"actor\":\"P\",\"device\":\"t\",\"at\":1,"

static int32_t two_hours_east(void *context, int64_t utc)
{
    (void)context;
    (void)utc;
    return 7200;
}

static const struct time_zone zone = {two_hours_east, NULL};

static struct json *document_of(const char *text)
{
    struct json *document = NULL;

    CU_ASSERT_EQUAL_FATAL(json_read(text, strlen(text), &document, NULL), TK_OK);
    return document;
}

static enum tk_code arguments(const char *text, struct operation *operation,
                              struct tk_error *error)
{
    struct json *document = document_of(text);
    enum tk_code code = operation_read_arguments(document, &zone, NOW, operation, error);

    json_free(document);
    return code;
}

static enum tk_code whole(const char *text, struct operation *operation, struct tk_error *error)
{
    struct json *document = document_of(text);
    enum tk_code code = operation_read(document, operation, error);

    json_free(document);
    return code;
}

static void test_arguments(void)
{
    struct operation operation = {.kind = OP_BOOK, .book = {.slot = {.id = 100001}, .count = 1}};
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(arguments("{}", &operation, &error), TK_OK);
    CU_ASSERT(operation.book.count == 1 && operation.book.slot.id == 100001);
    CU_ASSERT_EQUAL(arguments("{\"numTickets\":3,\"userName\":\"Anna\"}", &operation, &error),
                    TK_OK);
    CU_ASSERT(operation.book.count == 3 && !strcmp(operation.book.customer_name, "Anna"));
    CU_ASSERT_EQUAL(arguments("{\"numTickets\":3,\"ticketId\":\"TKT7K3QF9XW2M\"}", &operation,
                              &error), TK_BAD_OPERATION);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "ticketId"));
    CU_ASSERT_EQUAL(arguments("{\"numTickets\":\"3\"}", &operation, &error), TK_BAD_OPERATION);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "numTickets"));
    CU_ASSERT_EQUAL(arguments("[]", &operation, &error), TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(operation.book.count, 3); /* as it was before what failed */
}

/* --- what a front door takes when it is not given --- */

#define SCHEDULE                                                                               \
    "\"slotName\":\"Up\",\"startTime\":1,\"endTime\":2,\"slotType\":\"Movie\",\"genre\":\"Saga\""
#define STRICT_BOOK HEAD "\"operation\":\"book\",\"slotId\":100001"

static enum tk_code stamped(const char *text, struct operation *operation, struct tk_error *error)
{
    struct json *document = document_of(text);
    enum tk_code code;

    *operation = (struct operation){.id = {{1}}, .actor = "P", .device = "t", .at = 1};
    code = operation_read_stamped(document, &zone, NOW, operation, error);
    json_free(document);
    return code;
}

static void test_defaults(void)
{
    static const char *const counts[] = {"", ",\"numTickets\":null"};
    struct operation operation;
    struct tk_error error = {0};
    char text[300];

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        snprintf(text, sizeof text, "{\"slotId\":100001%s}", counts[i]);
        operation = (struct operation){.kind = OP_BOOK};
        CU_ASSERT_EQUAL(arguments(text, &operation, &error), TK_OK);
        CU_ASSERT_EQUAL(operation.book.count, BOOK_COUNT_DEFAULT);
        operation.book.count = 7; /* what stands there goes before */
        CU_ASSERT_EQUAL(arguments(text, &operation, &error), TK_OK);
        CU_ASSERT_EQUAL(operation.book.count, 7);
        snprintf(text, sizeof text, "{\"operation\":\"book\",\"slotId\":100001%s}", counts[i]);
        CU_ASSERT_EQUAL(stamped(text, &operation, &error), TK_OK);
        CU_ASSERT_EQUAL(operation.book.count, BOOK_COUNT_DEFAULT);
    }
    CU_ASSERT_EQUAL(stamped("{\"operation\":\"book\",\"slotId\":100001,\"numTickets\":0}",
                            &operation, &error), TK_OK);
    CU_ASSERT_EQUAL(operation.book.count, 0);
    operation = (struct operation){.kind = OP_SCHEDULE};
    CU_ASSERT_EQUAL(arguments("{" SCHEDULE "}", &operation, &error), TK_OK);
    CU_ASSERT_EQUAL(operation.schedule.capacity, SLOT_CAPACITY_DEFAULT);
    CU_ASSERT_EQUAL(stamped("{\"operation\":\"schedule\"," SCHEDULE "}", &operation, &error),
                    TK_OK);
    CU_ASSERT_EQUAL(operation.schedule.capacity, SLOT_CAPACITY_DEFAULT);
    /* what was written says all itself */
    CU_ASSERT_EQUAL(whole("{" STRICT_BOOK "}", &operation, &error), TK_BAD_OPERATION);
    CU_ASSERT_STRING_EQUAL(error.message, "The member “numTickets” is missing.");
    CU_ASSERT_EQUAL(whole("{" STRICT_BOOK ",\"numTickets\":0}", &operation, &error), TK_OK);
}

static void test_showing(void)
{
    static const struct {
        const char *text;
        bool named;
    } cases[] = {
        {"", false},
        {",\"slotName\":\"Up\"", false},
        {",\"startTime\":5", false},
        {",\"slotId\":null,\"slotName\":\"\",\"startTime\":5", false},
        {",\"slotId\":0", false},
        {",\"slotId\":1", true},
        {",\"slotName\":\"Up\",\"startTime\":5", true},
        {",\"slotId\":null,\"slotName\":\"Up\",\"startTime\":5", true},
    };
    static const char *const kinds[] = {"\"operation\":\"book\",\"numTickets\":1",
                                        "\"operation\":\"reissue\",\"ticketId\":\"TKT7K3QF9XW2M\""};
    char text[300];

    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        bool named = cases[i / 2].named;
        struct operation operation;
        struct tk_error error = {0};

        snprintf(text, sizeof text, "{%s%s}", kinds[i % 2], cases[i / 2].text);
        CU_ASSERT_EQUAL(stamped(text, &operation, &error), named ? TK_OK : TK_BAD_OPERATION);
        CU_ASSERT_STRING_EQUAL(error.message,
                               named ? ""
                                     : "Say which showing: slotId, or slotName and startTime.");
        /* one that is written somewhere is read all the same */
        snprintf(text, sizeof text, "{" HEAD "%s%s}", kinds[i % 2], cases[i / 2].text);
        CU_ASSERT_EQUAL(whole(text, &operation, &error), TK_OK);
    }
}

static void test_sentences(void)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"{\"operation\":\"book\",\"foo\":1}", "There is no member “foo” here."},
        {"{\"operation\":\"cancel\"}", "The member “ticketId” is missing."},
        {"{\"operation\":\"cancel\",\"ticketId\":null}", "The member “ticketId” is missing."},
        {"{\"operation\":\"cancel\",\"ticketId\":5}",
         "The member “ticketId” must be a text: a ticket's number."},
        {"{\"operation\":\"cancel\",\"ticketId\":\"5\"}",
         "The member “ticketId” must be a text: a ticket's number."},
        {"{\"operation\":\"book\",\"slotId\":\"5\"}",
         "The member “slotId” must be a whole number: a showing's."},
        {"{\"operation\":\"book\",\"slotId\":5,\"numTickets\":\"5\"}",
         "The member “numTickets” must be a whole number."},
        {"{\"operation\":\"book\",\"slotId\":5,\"userName\":5}",
         "The member “userName” must be a text."},
        {"{\"operation\":\"book\",\"slotId\":5,\"phoneNumber\":\"123456789012345678\"}",
         "The member “phoneNumber” is longer than 16 bytes."},
        {"{\"operation\":\"expire\",\"slotId\":5,\"asOf\":[]}",
         "The member “asOf” must be a time: a text, or whole microseconds since 1970."},
        {"{\"operation\":\"schedule\",\"slotName\":\"Up\",\"startTime\":1,\"endTime\":2,"
         "\"slotType\":\"Play\"}",
         "The member “slotType” is wrong: There is no type “Play”: Movie, Documentary or Concert."},
        {"{\"operation\":\"enrol\",\"deviceName\":\"t\",\"role\":\"door\",\"tokenHash\":\"5\"}",
         "The member “tokenHash” must be a text of 64 hexadecimal digits."},
        {"{\"id\":5,\"operation\":\"revoke\",\"deviceName\":\"t\"}",
         "The member “id” must be a UUID."},
        {"{}", "The member “operation” is missing."},
        {"{\"operation\":\"destroy\"}",
         "The member “operation” must be the name of a kind of operation, such as book."},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct operation operation;
        struct tk_error error = {0};

        CU_ASSERT_EQUAL(stamped(cases[i].text, &operation, &error), TK_BAD_OPERATION);
        CU_ASSERT_STRING_EQUAL(error.message, cases[i].sentence);
    }
}

static void test_null(void)
{
    struct operation operation;
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(stamped("{\"id\":null,\"actor\":null,\"operation\":\"book\",\"slotId\":5,"
                            "\"startTime\":null,\"userName\":null,\"phoneNumber\":null}",
                            &operation, &error), TK_OK);
    CU_ASSERT_EQUAL(operation.id.bytes[0], 1);
    CU_ASSERT_STRING_EQUAL(operation.actor, "P");
    CU_ASSERT_STRING_EQUAL(operation.book.customer_name, "");
}

static void test_times(void)
{
    static const struct {
        const char *text;
        bool fixed; /* says the same everywhere and always */
        int64_t moment;
    } cases[] = {
        {"1795370400000001", true, NOW + 1},
        {"\"2026-11-22T18:00:00Z\"", true, NOW},
        {"\"2026-11-22 19:00+01:00\"", true, NOW},
        {"\"2026-11-22 20:00\"", false, NOW},
        {"\"20:00\"", false, NOW},
        {"\"today 18:00Z\"", false, NOW},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct operation operation = {.kind = OP_EXPIRE, .expire = {.slot_id = 100001}};
        struct tk_error error = {0};
        char text[400];

        snprintf(text, sizeof text, "{\"asOf\":%s}", cases[i].text);
        CU_ASSERT_EQUAL(arguments(text, &operation, &error), TK_OK);
        CU_ASSERT_EQUAL(operation.expire.as_of, cases[i].moment);
        snprintf(text, sizeof text,
                 "{" HEAD "\"operation\":\"expire\",\"slotId\":100001,\"asOf\":%s}",
                 cases[i].text);
        operation.expire.as_of = 7;
        CU_ASSERT_EQUAL(whole(text, &operation, &error),
                        cases[i].fixed ? TK_OK : TK_BAD_OPERATION);
        CU_ASSERT_EQUAL(operation.expire.as_of, cases[i].fixed ? cases[i].moment : 7);
        CU_ASSERT(cases[i].fixed || strstr(error.message, "offset"));
    }
}

static void test_bad_times(void)
{
    struct operation operation = {.kind = OP_EXPIRE, .expire = {.slot_id = 100001}};
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(arguments("{\"asOf\":\"soon\"}", &operation, &error), TK_BAD_OPERATION);
    CU_ASSERT(strstr(error.message, "asOf") && strstr(error.message, "soon"));
    CU_ASSERT_EQUAL(arguments("{\"asOf\":1.5}", &operation, &error), TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(arguments("{\"asOf\":null}", &operation, &error), TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(operation.expire.as_of, 0);
}

static void test_outcome(void)
{
    struct json *document = document_of("{\"code\":\"ok\",\"count\":2,\"message\":\"new\"}");
    struct outcome outcome = {0};

    CU_ASSERT_EQUAL(outcome_read(document, &outcome), TK_OK);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 2);
    CU_ASSERT_EQUAL(outcome_read(NULL, &outcome), TK_BAD_OPERATION);
    json_free(document);
}

SUITE(operation_read, {"arguments fill what is not given already", test_arguments},
      {"what is not given has a value that is said", test_defaults},
      {"a sale says which showing it is for", test_showing},
      {"a refusal names the member and what it must be", test_sentences},
      {"null is as not given", test_null},
      {"a time is a number or a text; on a wire it fixes its day and offset", test_times},
      {"a wrong time is named", test_bad_times},
      {"an outcome is read whatever else stands there", test_outcome})
