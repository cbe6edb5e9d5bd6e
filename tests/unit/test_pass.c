/*
 * The vectors are those of an independent implementation (Python's hashlib.blake2b) of the format
 * that core/pass.h describes:
 *
 *     from hashlib import blake2b
 *     D = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
 *     b32 = lambda v: "".join(D[v >> 5 * (9 - i) & 31] for i in range(10))
 *     be = lambda v: v.to_bytes(8, "big")
 *     mac = lambda k, m: b32(int.from_bytes(blake2b(m, key=k, digest_size=32).digest()[:8], "big")
 * >> 14) slot_key = lambda site, S: blake2b(b"slot-key" + be(S), key=site, digest_size=32).digest()
 *     genuine = lambda site, S, T: b32(T) + mac(slot_key(site, S), b"tkpass01" + be(T) + be(S))
 *     training = lambda T: b32(T) + mac(bytes(32), b"tktrain1" + be(T))
 *     # sites: bytes(32), bytes(range(32)), b"\\xff" * 32, bytes(range(31, -1, -1))
 */
#include "core/pass.h"

#include "core/box_office.h"
#include "core/id.h"
#include "tests/support/test.h"

static const struct vector {
    int site; /* the key's bytes: 0 all zero, 1 counting up from 0, 2 all 255, 3 down to 0 */
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
    /* what a site whose key was 1 makes of the same tickets with its second generation, 3 */
    {3, INT64_C(100000), UINT64_C(0x1), "0000000001DP461T0BFQ"},
    {3, INT64_C(100042), UINT64_C(0x2AAAAAAAAAAAA), "NANANANANA8PE70MW988"},
    {3, INT64_C(999999999999999), UINT64_C(0x3FFFFFFFFFFFF), "ZZZZZZZZZZTMZ8P98KAM"},
};

static const struct {
    uint64_t ticket;
    const char *pass;
} training[] = {
    {UINT64_C(0x1), "0000000001NPF75XN0A0"},
    {UINT64_C(123456789), "00003NQK8N1BVQPWYJ6S"},
    {UINT64_C(0x2AAAAAAAAAAAA), "NANANANANA4KNBCH57VZ"},
    {UINT64_C(0x3FFFFFFFFFFFF), "ZZZZZZZZZZBZ9SX069HM"},
};

#define VECTORS (sizeof vectors / sizeof vectors[0])

static struct crypto_key slot_key_of(const struct vector *vector)
{
    struct crypto_key site;

    for (int i = 0; i < CRYPTO_KEY_SIZE; i++)
        site.bytes[i] = (uint8_t)(vector->site == 1   ? i
                                  : vector->site == 2 ? 255
                                  : vector->site == 3 ? 31 - i
                                                      : 0);
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
        other.site = (other.site + 1) % 4;
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

static void test_training(void)
{
    char pass[PASS_SIZE];

    for (size_t i = 0; i < sizeof training / sizeof training[0]; i++) {
        pass_make_training(pass, training[i].ticket);
        CU_ASSERT_STRING_EQUAL(pass, training[i].pass);
        CU_ASSERT_TRUE(pass_is_training(pass));
        pass[19] = pass[19] == '0' ? '1' : '0';
        CU_ASSERT_FALSE(pass_is_training(pass));
    }
    for (size_t i = 0; i < VECTORS; i++)
        for (size_t k = 0; k < sizeof training / sizeof training[0]; k++) {
            struct crypto_key key = slot_key_of(&vectors[i]);

            CU_ASSERT_FALSE(pass_is_training(vectors[i].pass));
            CU_ASSERT_FALSE(pass_check(training[k].pass, &key, vectors[i].slot));
        }
}

/* Two generations: each slot's passes are made with the one that it took. */
static enum tk_code two_keys(void *context, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error)
{
    const struct crypto_key *site_keys = context;

    (void)error;
    *key = pass_slot_key(&site_keys[generation == 2], slot_id);
    return TK_OK;
}

/* What office_pass makes office_check_pass takes, and of no other ticket, slot or generation. */
static void test_office(void)
{
    uint64_t seed = test_seed();
    struct crypto_key site_keys[2];
    struct box_office office = {.keys = {two_keys, site_keys, false}};

    for (int i = 0; i < CRYPTO_KEY_SIZE; i++) {
        site_keys[0].bytes[i] = (uint8_t)test_random(&seed);
        site_keys[1].bytes[i] = (uint8_t)test_random(&seed);
    }
    for (int round = 0; round < 2000; round++) {
        struct ticket_view view = {0}, other;
        char pass[PASS_SIZE], made[PASS_SIZE];
        uint64_t claimed;

        office.keys.training = round % 5 == 0;
        view.ticket.id = 1 + test_random_below(&seed, ID_MAX);
        view.ticket.slot_id = view.slot.id =
            SLOT_ID_FIRST + (int64_t)test_random_below(&seed, 1000000);
        view.slot.key_generation = 1 + (int64_t)test_random_below(&seed, 2);
        CU_ASSERT_TRUE_FATAL(office_pass(&office, &view, made));
        CU_ASSERT_TRUE_FATAL(pass_parse(made, &claimed, pass));
        CU_ASSERT_STRING_EQUAL(made, pass);
        CU_ASSERT_EQUAL(claimed, view.ticket.id);
        CU_ASSERT_EQUAL(office_check_pass(&office, &view, pass, NULL), TK_OK);
        pass[10 + test_random_below(&seed, 10)] ^= 1; /* a digit's neighbour, or none */
        if (pass_parse(pass, &claimed, pass) && memcmp(pass, made, sizeof pass) != 0)
            CU_ASSERT_EQUAL(office_check_pass(&office, &view, pass, NULL), TK_NOT_GENUINE);
        office.keys.training = !office.keys.training;
        CU_ASSERT_EQUAL(office_check_pass(&office, &view, made, NULL), TK_NOT_GENUINE);
        if (office.keys.training) {
            office.keys.training = false;
            other = view;
            other.slot.key_generation = 3 - view.slot.key_generation;
            CU_ASSERT_EQUAL(office_check_pass(&office, &other, made, NULL), TK_NOT_GENUINE);
            other = view;
            other.slot.id = ++other.ticket.slot_id;
            CU_ASSERT_EQUAL(office_check_pass(&office, &other, made, NULL), TK_NOT_GENUINE);
        }
        for (int status = TICKET_EXPIRED; status < TICKET_STATUS_COUNT; status++) {
            view.ticket.status = (enum ticket_status)status;
            CU_ASSERT_FALSE(office_pass(&office, &view, made));
        }
    }
}

SUITE(pass, {"passes are those of an independent implementation", test_vectors},
      {"a pass with any character changed is not genuine", test_tampered},
      {"a pass is genuine for its slot and site only", test_other_slot},
      {"a pass is read as people type it", test_typed},
      {"passes for training are those of an independent implementation, and no others",
       test_training},
      {"the box office takes the passes that it makes, and no others", test_office})
