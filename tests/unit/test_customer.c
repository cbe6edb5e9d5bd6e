#include "core/customer.h"

#include "tests/support/test.h"

static void test_phones(void)
{
    static const struct {
        const char *text, *phone; /* NULL: refused */
    } cases[] = {
        {"5551234", "5551234"},
        {"+49 (151) 123-45.67/8", "+4915112345678"},
        {"123", "123"},
        {"12", NULL},
        {"", NULL},
        {"+", NULL},
        {"+12", NULL},
        {"123456789012345", "123456789012345"},
        {"+123456789012345", "+123456789012345"},
        {"1234567890123456", NULL},
        {"0000000000000000000000000000000000000000", NULL},
        {"49+151", NULL},
        {"++49151", NULL},
        {"555x1234", NULL},
        {"٣٤٥٦", NULL},
        {"555\n1234", NULL},
        {"555\xFF", NULL},
        {"\u202E5551234", NULL},
        {" ( 555 ) ", "555"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char phone[CUSTOMER_PHONE_SIZE] = "before";
        enum tk_code code = phone_clean(phone, cases[i].text);

        CU_ASSERT_EQUAL(code, cases[i].phone ? TK_OK : TK_BAD_PHONE);
        CU_ASSERT_STRING_EQUAL(phone, cases[i].phone ? cases[i].phone : "before");
        CU_ASSERT_EQUAL(phone_is_clean(cases[i].text),
                        cases[i].phone && strcmp(cases[i].phone, cases[i].text) == 0);
    }
}

static void test_mask(void)
{
    char text[4 * CUSTOMER_PHONE_SIZE];

    phone_mask(text, "9876543", false);
    CU_ASSERT_STRING_EQUAL(text, "•••6543");
    phone_mask(text, "+123456789012345", true);
    CU_ASSERT_STRING_EQUAL(text, "************2345");
    phone_mask(text, "+123456789012345", false);
    CU_ASSERT_EQUAL(strlen(text), 12 * 3 + 4);
    phone_mask(text, "123", false);
    CU_ASSERT_STRING_EQUAL(text, "123");
    phone_mask(text, "", false);
    CU_ASSERT_STRING_EQUAL(text, "");
}

SUITE(customer, {"phone numbers are read as people write them", test_phones},
      {"a masked phone shows its last four digits", test_mask})
