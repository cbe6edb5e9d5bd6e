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
    operation = (struct operation){.kind = OP_BOOK};
    CU_ASSERT_EQUAL(arguments("{\"slotId\":100001}", &operation, &error), TK_BAD_OPERATION);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "numTickets"));
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
      {"a time is a number or a text; on a wire it fixes its day and offset", test_times},
      {"a wrong time is named", test_bad_times},
      {"an outcome is read whatever else stands there", test_outcome})
