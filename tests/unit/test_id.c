#include "core/id.h"

#include "tests/support/test.h"

#define CONSECUTIVE 200000

static struct id_key make_key(uint64_t seed)
{
    struct id_key key;

    for (size_t i = 0; i < sizeof key.bytes; i++)
        key.bytes[i] = (uint8_t)test_random(&seed);
    return key;
}

static void test_inverse(void)
{
    struct id_key key = make_key(test_seed());
    uint64_t random = test_seed();

    for (int i = 0; i < 20000; i++) {
        uint64_t number = i < 64 ? ID_MAX >> i : test_random(&random) & ID_MAX;

        for (int kind = ID_TICKET; kind <= ID_CUSTOMER; kind++) {
            uint64_t id = id_make(&key, (enum id_kind)kind, number);

            CU_ASSERT(id <= ID_MAX && id_number(&key, (enum id_kind)kind, id) == number);
            CU_ASSERT_EQUAL(
                id_make(&key, (enum id_kind)kind, id_number(&key, (enum id_kind)kind, number)),
                number);
        }
    }
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

static void test_no_collisions(void)
{
    struct id_key key = make_key(test_seed());
    uint64_t *ids = malloc(CONSECUTIVE * sizeof *ids);
    size_t same = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(ids);
    for (uint64_t i = 0; i < CONSECUTIVE; i++)
        ids[i] = id_make(&key, ID_TICKET, i + 1);
    qsort(ids, CONSECUTIVE, sizeof *ids, compare);
    for (size_t i = 1; i < CONSECUTIVE; i++)
        same += ids[i] == ids[i - 1];
    CU_ASSERT_EQUAL(same, 0);
    free(ids);
}

/* Neighbours differ in about half of their 50 bits, rise as often as they fall, and another key or
   kind gives others. */
static void test_not_sequential(void)
{
    struct id_key key = make_key(test_seed()), other = make_key(test_seed() + 1);
    int64_t bits = 0, rises = 0, shared = 0;

    for (uint64_t i = 1; i <= 10000; i++) {
        uint64_t a = id_make(&key, ID_TICKET, i), b = id_make(&key, ID_TICKET, i + 1);

        bits += __builtin_popcountll(a ^ b);
        rises += b > a;
        shared += a == id_make(&other, ID_TICKET, i) || a == id_make(&key, ID_CUSTOMER, i);
    }
    CU_ASSERT(bits > 24 * 10000 && bits < 26 * 10000);
    CU_ASSERT(rises > 4500 && rises < 5500);
    CU_ASSERT_EQUAL(shared, 0);
}

static void test_base32(void)
{
    char text[ID_DIGITS + 1];
    uint64_t value = 0;

    base32_print(text, ID_MAX, ID_DIGITS);
    CU_ASSERT_STRING_EQUAL(text, "ZZZZZZZZZZ");
    base32_print(text, 32, ID_DIGITS);
    CU_ASSERT_STRING_EQUAL(text, "0000000010");
    CU_ASSERT(base32_parse("00000000Vz", ID_DIGITS, &value) && value == 27 * 32 + 31);
    CU_ASSERT(base32_parse("oOiIlL", 6, &value) && value == 33825);
    CU_ASSERT_FALSE(base32_parse("000000000U", ID_DIGITS, &value));
    CU_ASSERT_FALSE(base32_parse("00000", ID_DIGITS, &value));
    CU_ASSERT_TRUE(base32_squeeze(text, sizeof text, " ab-c 1 "));
    CU_ASSERT_STRING_EQUAL(text, "ABC1");
    CU_ASSERT_FALSE(base32_squeeze(text, sizeof text, "ab.c"));
    CU_ASSERT_FALSE(base32_squeeze(text, sizeof text, "0123456789A"));
}

static void test_typed(void)
{
    static const char *const good[] = {"TKT7K3QF9XW2M", "tkt7k3qf9xw2m", "TKT 7K3QF 9XW2M",
                                       "7k3qf-9xw2m", " TKT-7K3QF9XW2M "};
    static const char *const bad[] = {"",
                                      "TKT",
                                      "TKT7K3QF9XW2",
                                      "TKT7K3QF9XW2MM",
                                      "U7K3QF9XW2M",
                                      "TKU7K3QF9XW2M",
                                      "TKT7K3QF9XWUM",
                                      "TKT0000000000",
                                      "7K3QF_9XW2M",
                                      "123456",
                                      "\xF0\x9F\x98\x80"};
    uint64_t id = 0, first = 0;
    char text[ID_TEXT_MAX];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CU_ASSERT_TRUE(id_parse(ID_TICKET, good[i], &id));
        CU_ASSERT(first == 0 || first == id);
        first = id;
    }
    id_print(text, ID_TICKET, first);
    CU_ASSERT_STRING_EQUAL(text, "TKT7K3QF9XW2M");
    id_print(text, ID_CUSTOMER, first);
    CU_ASSERT_STRING_EQUAL(text, "U7K3QF9XW2M");
    CU_ASSERT_TRUE(id_parse(ID_CUSTOMER, text, &id) && id == first);
    CU_ASSERT_FALSE(id_parse(ID_CUSTOMER, "7K3QF9XW2M", &id));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(id_parse(ID_TICKET, bad[i], &id));
    id_print(text, ID_TICKET, 0);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void test_slot_ids(void)
{
    static const char *const bad[] = {"",       "99999",   "099999",  "1000000000000000",
                                      "10000O", "-100000", "100 000", "1e9999"};
    int64_t id = 0;

    CU_ASSERT(slot_id_parse("100000", &id) && id == SLOT_ID_FIRST);
    CU_ASSERT(slot_id_parse("999999999999999", &id) && id == SLOT_ID_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(slot_id_parse(bad[i], &id));
}

/* RFC 9562, 5.7 and its example in appendix A.6 */
static void test_operation_ids(void)
{
    static const uint8_t random[10] = {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
    static const uint8_t ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    struct op_id id = op_id_make(INT64_C(0x017F22E279B0), random), later, read;
    char text[OP_ID_TEXT_MAX];

    op_id_print(text, &id);
    CU_ASSERT_STRING_EQUAL(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    CU_ASSERT_TRUE(op_id_parse(&read, text) && op_id_equal(&id, &read));
    CU_ASSERT_TRUE(op_id_parse(&read, "017F22E2-79B0-7CC3-98C4-DC0C0C07398F") &&
                   op_id_equal(&id, &read));
    later = op_id_make(INT64_C(0x017F22E279B1), ones);
    CU_ASSERT(memcmp(&later, &id, sizeof id) > 0);
    op_id_print(text, &later);
    CU_ASSERT(text[14] == '7' && text[19] == 'b');
    CU_ASSERT_FALSE(op_id_parse(&read, "017f22e279b07cc398c4dc0c0c07398f"));
    CU_ASSERT_FALSE(op_id_parse(&read, "017f22e2-79b0-7cc3-98c4-dc0c0c07398g"));
    CU_ASSERT_FALSE(op_id_parse(&read, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"));
    CU_ASSERT_FALSE(op_id_parse(&read, "017f22e27-9b0-7cc3-98c4-dc0c0c07398f"));
    CU_ASSERT_FALSE(op_id_is_zero(&id));
    CU_ASSERT_TRUE(op_id_is_zero(&(struct op_id){{0}}));
}

SUITE(id, {"the permutation has its inverse", test_inverse},
      {"200,000 numbers in a row give as many ids", test_no_collisions},
      {"ids tell nothing about their numbers", test_not_sequential},
      {"base 32 is Crockford's", test_base32}, {"ids are read as people type them", test_typed},
      {"slot ids have 6 to 15 digits", test_slot_ids},
      {"operation ids are UUIDs of version 7", test_operation_ids})
