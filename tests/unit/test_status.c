#include "core/status.h"

#include <ctype.h>

#include "core/error.h"
#include "tests/support/test.h"

static void test_table(void)
{
    for (int i = 0; i < TK_CODE_COUNT; i++) {
        enum tk_code code = (enum tk_code)i;
        const char *sentence = tk_code_sentence(code);

        CU_ASSERT_EQUAL(tk_code_parse(tk_code_name(code)), code);
        CU_ASSERT(isupper((unsigned char)sentence[0]) && sentence[strlen(sentence) - 1] == '.');
        CU_ASSERT_PTR_NULL(strchr(sentence, '!'));
        CU_ASSERT(tk_code_http(code) >= 200 && tk_code_http(code) < 600);
        CU_ASSERT_EQUAL(tk_code_is_refusal(code), tk_code_exit(code) == 1);
        CU_ASSERT_EQUAL(code == TK_OK, tk_code_exit(code) == 0);
    }
}

static void test_known_codes(void)
{
    CU_ASSERT_STRING_EQUAL(tk_code_name(TK_SOLD_OUT), "sold_out");
    CU_ASSERT_EQUAL(tk_code_parse("operation_id_reused"), TK_ID_REUSED);
    CU_ASSERT_STRING_EQUAL(tk_code_name(TK_ALREADY_ADMITTED), "already_admitted");
    CU_ASSERT_STRING_EQUAL(tk_code_name(TK_WRONG_SLOT), "wrong_slot");
    CU_ASSERT_STRING_EQUAL(tk_code_name(TK_TOO_EARLY), "too_early");
    CU_ASSERT_STRING_EQUAL(tk_code_name(TK_TICKET_ADMITTED), "ticket_admitted");
    CU_ASSERT(tk_code_exit(TK_OTHER_DOOR) == 1 && tk_code_http(TK_UNDO_TOO_LATE) == 409);
    CU_ASSERT_EQUAL(tk_code_parse("no such"), TK_CODE_COUNT);
    CU_ASSERT(tk_code_exit(TK_SOLD_OUT) == 1 && tk_code_exit(TK_USAGE) == 2);
    CU_ASSERT(tk_code_exit(TK_BUSY) == 75 && tk_code_exit(TK_BAD_DATA) == 65);
    CU_ASSERT(tk_code_is_refusal(TK_SOLD_OUT) && !tk_code_is_refusal(TK_IO));
    CU_ASSERT_STRING_EQUAL(tk_code_name(TK_CODE_COUNT), "internal");
    CU_ASSERT_STRING_EQUAL(tk_code_name((enum tk_code) - 1), "internal");
}

static void test_fail(void)
{
    struct tk_error error = {0};
    char name[2 * TK_MESSAGE_MAX];

    CU_ASSERT_EQUAL(tk_fail(NULL, TK_IO, "%d", 1), TK_IO);
    CU_ASSERT_EQUAL(tk_fail(&error, TK_BAD_ID, "No %s, %d.", "ticket", 7), TK_BAD_ID);
    CU_ASSERT_EQUAL(error.code, TK_BAD_ID);
    CU_ASSERT_STRING_EQUAL(error.message, "No ticket, 7.");
    tk_fail_code(&error, TK_SOLD_OUT);
    CU_ASSERT_STRING_EQUAL(error.message, tk_code_sentence(TK_SOLD_OUT));
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    tk_fail(&error, TK_BAD_ID, "%s", name);
    CU_ASSERT_EQUAL(strlen(error.message), TK_MESSAGE_MAX - 1);
}

SUITE(status, {"every code has a name, a sentence and its numbers", test_table},
      {"codes on the wire are what they were", test_known_codes},
      {"an error carries a sentence, cut to fit", test_fail})
