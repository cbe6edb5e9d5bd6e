/*
 * The vectors are those of an independent implementation (Python's hashlib.blake2b) of the format
 * that core/pass.h describes.
 */
#include "core/pass.h"

#include "core/id.h"
#include "tests/support/test.h"

static const struct vector {
    int site; /* the key's bytes: 0 all zero, 1 counting up from 0, 2 all 255 */
    int64_t slot;
    uint64_t ticket;
    const char *pass;
} vectors[] = {
    {0, INT64_C(100000), UINT64_C(0x1), "00000000011TEZP06XHM"},
    {0, INT64_C(100042), UINT64_C(0x2AAAAAAAAAAAA), "NANANANANAV0522EHXNA"},
    {0, INT64_C(999999999999999), UINT64_C(0x3FFFFFFFFFFFF), "ZZZZZZZZZZZWTY790F2S"},
    {1, INT64_C(100000), UINT64_C(0x1), "0000000001JZ1NN15VXQ"},
    {1, INT64_C(100042), UINT64_C(0x2AAAAAAAAAAAA), "NANANANANAB9C0KVMNZ8"},
    {1, INT64_C(999999999999999), UINT64_C(0x3FFFFFFFFFFFF), "ZZZZZZZZZZDN8YMC09CZ"},
    {2, INT64_C(100000), UINT64_C(0x1), "00000000019Z1DFJM5AC"},
    {2, INT64_C(100042), UINT64_C(0x2AAAAAAAAAAAA), "NANANANANA63E5TECTB5"},
    {2, INT64_C(999999999999999), UINT64_C(0x3FFFFFFFFFFFF), "ZZZZZZZZZZX5KF0CVPNR"},
};

#define VECTORS (sizeof vectors / sizeof vectors[0])

static struct crypto_key slot_key_of(const struct vector *vector)
{
    struct crypto_key site;

    for (int i = 0; i < CRYPTO_KEY_SIZE; i++)
        site.bytes[i] = (uint8_t)(vector->site == 1 ? i : vector->site ? 255 : 0);
    return pass_slot_key(&site, vector->slot);
}

static void test_vectors(void)
{
    for (size_t i = 0; i < VECTORS; i++) {
        struct crypto_key key = slot_key_of(&vectors[i]);
        char pass[PASS_SIZE];

        pass_make(pass, &key, vectors[i].ticket, vectors[i].slot);
        CU_ASSERT_STRING_EQUAL(pass, vectors[i].pass);
        CU_ASSERT_TRUE(pass_check(pass, &key, vectors[i].slot));
    }
}

static void test_tampered(void)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    for (size_t i = 0; i < VECTORS; i++)
        for (size_t at = 0; at < PASS_LENGTH; at++)
            for (const char *digit = digits; *digit; digit++) {
                struct crypto_key key = slot_key_of(&vectors[i]);
                char pass[PASS_SIZE];

                memcpy(pass, vectors[i].pass, sizeof pass);
                pass[at] = *digit;
                CU_ASSERT_EQUAL(pass_check(pass, &key, vectors[i].slot),
                                *digit == vectors[i].pass[at]);
            }
}

static void test_other_slot(void)
{
    for (size_t i = 0; i < VECTORS; i++) {
        struct vector other = vectors[i];
        struct crypto_key key = slot_key_of(&vectors[i]), other_key;

        other.slot--;
        other_key = slot_key_of(&other);
        CU_ASSERT_FALSE(pass_check(vectors[i].pass, &key, other.slot));
        CU_ASSERT_FALSE(pass_check(vectors[i].pass, &other_key, other.slot));
        CU_ASSERT_FALSE(pass_check(vectors[i].pass, &other_key, vectors[i].slot));
        other = vectors[i];
        other.site = (other.site + 1) % 3;
        other_key = slot_key_of(&other);
        CU_ASSERT_FALSE(pass_check(vectors[i].pass, &other_key, other.slot));
    }
}

static void test_typed(void)
{
    static const char *const none[] = {"",
                                       "NANANANANAB9C0KVMNZ",
                                       "NANANANANAB9C0KVMNZ88",
                                       "NANANANANAB9C0KVMNZU",
                                       "NANANANANAB9C0KVMNZ!",
                                       "0000000000B9C0KVMNZ8",
                                       "NANANANANAB9C0KVMNZ\xC3\xA9"};
    char pass[PASS_SIZE] = "", text[PASS_GROUPED_SIZE];
    uint64_t ticket = 0;

    CU_ASSERT_TRUE(pass_parse(" nanan-anana b9cOk vmnz8 ", &ticket, pass));
    CU_ASSERT_STRING_EQUAL(pass, vectors[4].pass);
    CU_ASSERT_EQUAL(ticket, vectors[4].ticket);
    CU_ASSERT_TRUE(pass_parse("OOOOOOOOOijz1nn15vxq", &ticket, pass));
    CU_ASSERT_STRING_EQUAL(pass, vectors[3].pass);
    pass_group(text, pass);
    CU_ASSERT_STRING_EQUAL(text, "00000 00001 JZ1NN 15VXQ");
    CU_ASSERT_TRUE(pass_parse(text, &ticket, pass));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        CU_ASSERT_FALSE(pass_parse(none[i], &ticket, pass));
}

SUITE(pass, {"passes are those of an independent implementation", test_vectors},
      {"a pass with any character changed is not genuine", test_tampered},
      {"a pass is genuine for its slot and site only", test_other_slot},
      {"a pass is read as people type it", test_typed})
