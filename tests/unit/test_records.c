/* Shifts and what they came to, invitations, tiers, tallies, seals: as values. */
#include <stdio.h>
#include <string.h>

#include "core/invite.h"
#include "core/loyalty.h"
#include "core/seal.h"
#include "core/shift.h"
#include "core/tally.h"
#include "core/text.h"
#include "tests/support/test.h"

#define NOW INT64_C(1795370400000000)

/* --- shifts --- */

static void test_effort_words(void)
{
    static const char *const bad[] = {" ",
                                      "3",
                                      "3:",
                                      ":3",
                                      "3:0",
                                      "3:1 ",
                                      " 3:1",
                                      "3:1  4:1",
                                      "4:1 3:1",
                                      "3:1 3:1",
                                      "121:1",
                                      "-1:1",
                                      "3:-1",
                                      "3:1,4:1",
                                      "3:1 4",
                                      "x",
                                      "3:1x",
                                      "3.0:1",
                                      "3:99999999999999999999",
                                      "99999999999999999999:1",
                                      "3:2147483648",
                                      "+3:1",
                                      "3:1\t4:1"};
    struct effort effort = {{0}}, same;
    char text[SHIFT_EFFORT_SIZE];

    CU_ASSERT_TRUE(effort_read(&effort, "3:12 4:7 120:1"));
    CU_ASSERT(effort.counts[3] == 12 && effort.counts[4] == 7 && effort_total(&effort) == 20);
    CU_ASSERT_TRUE(effort_read(&effort, "")); /* adds nothing */
    CU_ASSERT_TRUE(effort_read(&effort, "3:1"));
    CU_ASSERT(effort_print(&effort, text) && !strcmp(text, "3:13 4:7 120:1"));
    same = effort;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_FALSE(effort_read(&effort, bad[i]));
        CU_ASSERT_EQUAL(memcmp(&effort, &same, sizeof same), 0);
    }
}

static void test_effort_counts(void)
{
    struct effort effort = {{0}}, read = {{0}};
    char text[SHIFT_EFFORT_SIZE];
    uint64_t random = test_seed();

    CU_ASSERT(effort_percentile(&effort, 50) == 0 && effort_total(&effort) == 0);
    effort_add(&effort, -5);
    effort_add(&effort, 1000);
    CU_ASSERT(effort.counts[0] == 1 && effort.counts[SHIFT_EFFORT_MAX] == 1);
    effort = (struct effort){{0}};
    for (int i = 1; i <= 100; i++)
        effort_add(&effort, i);
    CU_ASSERT_EQUAL(effort_percentile(&effort, 50), 50);
    CU_ASSERT_EQUAL(effort_percentile(&effort, 95), 95);
    CU_ASSERT_EQUAL(effort_percentile(&effort, 100), 100);
    CU_ASSERT_EQUAL(effort_percentile(&effort, 0), 1);
    effort = (struct effort){{0}};
    for (int i = 1; i <= 3; i++) /* the second and the third of three */
        effort_add(&effort, 10 * i);
    CU_ASSERT(effort_percentile(&effort, 50) == 20 && effort_percentile(&effort, 95) == 30);
    effort = (struct effort){{0}};
    for (int i = 0; i < 500; i++)
        effort_add(&effort, (int64_t)test_random_below(&random, 60));
    CU_ASSERT(effort_print(&effort, text) && effort_read(&read, text) &&
              memcmp(&effort, &read, sizeof read) == 0);
    for (int i = 0; i <= SHIFT_EFFORT_MAX; i++)
        effort.counts[i] = 1000000;
    CU_ASSERT_FALSE(effort_print(&effort, text)); /* cut, and said so */
    CU_ASSERT_TRUE(effort_read(&read, text));
}

static void test_shift_records(void)
{
    struct shift shift = {.number = 7, .opened_at = NOW, .closed_at = NOW + 1, .cancels = 2}, read = {0};
    struct duty duty = {.number = 7, .opened_at = NOW, .cancels = 2}, back;
    struct record record = {.seq = 0};
    char key[RECORD_KEY_SIZE];

    text_copy(shift.device, sizeof shift.device, "till-1");
    text_copy(shift.keys, sizeof shift.keys, "3:12");
    shift_key(key, 7, NOW);
    CU_ASSERT_STRING_EQUAL(key, "shift/7/1795370400000000");
    CU_ASSERT(!shift_print(&shift, &record) && !shift_read(&record, &read));
    CU_ASSERT(read.opened_at == NOW && read.cancels == 2 && !strcmp(read.keys, "3:12") &&
              !strcmp(read.device, "till-1"));
    CU_ASSERT_EQUAL(duty_read(&record, &back), TK_OK); /* has all that a duty has */
    CU_ASSERT(!duty_print(&duty, &record) && !duty_read(&record, &back) && back.cancels == 2);
    CU_ASSERT_EQUAL(shift_read(&record, &read), TK_CORRUPT);
    text_copy(record.value, sizeof record.value, "{\"number\":7}");
    CU_ASSERT_EQUAL(duty_read(&record, &back), TK_CORRUPT);
}

/* --- invitations --- */

static void test_codes(void)
{
    /* worked out apart: 50 bits in Crockford's base 32, and BLAKE2b-256 of the ten characters */
    static const char hash_text[] =
        "084a9c802ecbde70c72f982ed8e0330ac033e7eff80de619d35b703d0fd329fe";
    static const char *const same[] = {"N5YF4-X2YTE", "n5yf4x2yte", " n5yf4 x2yte ",
                                       "N-5-Y-F-4-X-2-Y-T-E"};
    static const char *const bad[] = {"",
                                      "N5YF4-X2YT",
                                      "N5YF4-X2YTEE",
                                      "N5YF4-X2YT!",
                                      "N5YF4-X2YTU",
                                      "N5YF4_X2YTE",
                                      "N5YF4-X2YT\xC3\xB6"};
    uint8_t hash[CRYPTO_HASH_SIZE], wanted[CRYPTO_HASH_SIZE];
    char code[INVITE_CODE_SIZE];

    hex_parse(wanted, sizeof wanted, hash_text);
    invite_code_print(code, UINT64_C(0x2a5f3c9d17b4e));
    CU_ASSERT_STRING_EQUAL(code, "N5YF4-X2YTE");
    invite_code_print(code, UINT64_C(0x3fff) << 50 | UINT64_C(0x2a5f3c9d17b4e));
    CU_ASSERT_STRING_EQUAL(code, "N5YF4-X2YTE"); /* the low 50 bits */
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        CU_ASSERT(invite_code_hash(same[i], hash) && memcmp(hash, wanted, sizeof hash) == 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(invite_code_hash(bad[i], hash));
    invite_code_print(code, 0x21); /* 00000-00011 */
    CU_ASSERT_STRING_EQUAL(code, "00000-00011");
    CU_ASSERT_TRUE(invite_code_hash(code, wanted));
    CU_ASSERT(invite_code_hash("OOOOO-OOOIL", hash) && memcmp(hash, wanted, sizeof hash) == 0);
    CU_ASSERT(invite_code_hash("ooooo-oooli", hash) && memcmp(hash, wanted, sizeof hash) == 0);
}

static void test_invite_records(void)
{
    struct invitation invitation = {.role = ROLE_CLERK, .attended = true, .until = NOW},
                      read = {.used_at = 0};
    struct device_note note = {true};
    struct record record = {.seq = 0};

    text_copy(invitation.name, sizeof invitation.name, "Tür 1");
    CU_ASSERT(!invite_print(&invitation, &record) && !invite_read(&record, &read));
    CU_ASSERT(read.attended && read.until == NOW && !read.used_at && !strcmp(read.name, "Tür 1"));
    CU_ASSERT_EQUAL(device_note_read(&record, &note), TK_OK);
    record.value[0] = '\0';
    CU_ASSERT(!device_note_read(&record, &note) && !note.attended);
    CU_ASSERT_EQUAL(invite_read(&record, &read), TK_CORRUPT);
    text_copy(record.value, sizeof record.value, "{\"attended\":1}");
    CU_ASSERT_EQUAL(device_note_read(&record, &note), TK_CORRUPT);
}

/* --- tiers --- */

/* So many tickets used at a time, two of each showing. */
static void use_tickets(struct ticket_list *list, int count, int64_t at)
{
    for (int i = 0; i < count; i++) {
        struct ticket ticket = {.slot_id = SLOT_ID_FIRST + (int64_t)list->count / 2,
                                .admitted_at = at};

        CU_ASSERT_EQUAL_FATAL(ticket_list_add(list, &ticket), TK_OK);
    }
}

static void test_loyalty(void)
{
    struct ticket_list list = {0};
    struct ticket unused = {.slot_id = 900000};
    struct tier_choice choice = {.tier = TIER_PLATINUM};
    struct limits limits;
    struct loyalty loyalty;

    limits_init(&limits);
    CU_ASSERT(!loyalty_count(&list, NULL, &limits, NOW, &loyalty) && loyalty.tier == TIER_SILVER &&
              !loyalty.visits && !loyalty.last_visit_at);
    use_tickets(&list, 11, NOW - 5);
    use_tickets(&list, 3, NOW - LOYALTY_YEAR); /* just too long ago */
    ticket_list_add(&list, &unused);
    CU_ASSERT(!loyalty_count(&list, NULL, &limits, NOW, &loyalty) && loyalty.tier == TIER_SILVER &&
              loyalty.tickets == 11 && loyalty.visits == 7 && loyalty.last_visit_at == NOW - 5);
    use_tickets(&list, 1, NOW - LOYALTY_YEAR + 1);
    CU_ASSERT(!loyalty_count(&list, NULL, &limits, NOW, &loyalty) && loyalty.tier == TIER_GOLD);
    use_tickets(&list, 28, NOW);
    CU_ASSERT(!loyalty_count(&list, NULL, &limits, NOW, &loyalty) &&
              loyalty.tier == TIER_PLATINUM && loyalty.tickets == 40);
    limits.values[LIMIT_PLATINUM_TICKETS] = 41;
    CU_ASSERT(!loyalty_count(&list, &choice, &limits, NOW, &loyalty) &&
              loyalty.tier == TIER_PLATINUM && loyalty.counted == TIER_GOLD && loyalty.chosen);
    choice.tier = TIER_COUNTED;
    CU_ASSERT(!loyalty_count(&list, &choice, &limits, NOW, &loyalty) && loyalty.tier == TIER_GOLD &&
              !loyalty.chosen);
    ticket_list_release(&list);
}

/* --- tallies --- */

static void test_spans(void)
{
    CU_ASSERT_EQUAL(tally_span(NOW), NOW);
    CU_ASSERT_EQUAL(tally_span(NOW + TALLY_SPAN - 1), NOW);
    CU_ASSERT_EQUAL(tally_span(NOW - 1), NOW - TALLY_SPAN);
    CU_ASSERT_EQUAL(tally_span(0), 0);
    CU_ASSERT_EQUAL(tally_span(-1), -TALLY_SPAN);
}

/* --- seals --- */

/* Worked out apart with another Ed25519 and BLAKE2b. */
static void test_seal_vector(void)
{
    static const char uuid[] = "01980000-0000-7000-8000-000000000001";
    static const char wanted[] = "46744f04c84e1145592b41303f5fb7d32fc5b253d9ef03eb372a477723e790f0"
                                 "d14b3a549872c6ac22a4ed8ad7f1ce63790929cca5cc43878b33d7556d263d03";
    struct seal seal = {.writer = 5, .entries = 3, .made_at = NOW, .why = "shift"}, read;
    struct crypto_key site, seed;
    uint8_t key[CRYPTO_PUBLIC_KEY_SIZE], entry[CRYPTO_HASH_SIZE], digest[CRYPTO_HASH_SIZE];
    char text[2 * CRYPTO_SIGNATURE_SIZE + 1];
    struct record record;

    for (size_t i = 0; i < sizeof site.bytes; i++)
        site.bytes[i] = (uint8_t)i;
    seed = seal_seed(&site);
    crypto_ed25519_key(key, &seed);
    hex_print(text, key, sizeof key);
    CU_ASSERT_STRING_EQUAL(text,
                           "d63ab30fa948340abede053489e179bfe598d36b7438b3a90241f64074e8ab15");
    for (int i = 1; i <= 3; i++) {
        memset(entry, i, sizeof entry);
        memset(digest, 16 + i, sizeof digest);
        seal_head_add(seal.head, entry, digest);
    }
    hex_print(text, seal.head, sizeof seal.head);
    CU_ASSERT_STRING_EQUAL(text,
                           "ebd73aea605a2ea6a9bc9a1786f51ab5bfa0ce685b4d9cccca563c64a0afe680");
    CU_ASSERT_EQUAL_FATAL(seal_make(&seal, uuid, &seed, &record), TK_OK);
    hex_print(text, seal.signature, sizeof seal.signature);
    CU_ASSERT_STRING_EQUAL(text, wanted);
    CU_ASSERT_STRING_EQUAL(record.key, "seal/0000000000000005/0000000000000003");
    CU_ASSERT(!seal_read(&record, &read) && seal_check(&read, uuid, key));
    for (size_t i = 0; i < sizeof read.signature; i++) {
        read.signature[i] ^= 1;
        CU_ASSERT_FALSE(seal_check(&read, uuid, key));
        read.signature[i] ^= 1;
    }
    read.made_at++;
    CU_ASSERT_FALSE(seal_check(&read, uuid, key));
    read.made_at--;
    text_copy(read.why, sizeof read.why, "entries");
    CU_ASSERT_FALSE(seal_check(&read, uuid, key));
}

static void test_seal_due(void)
{
    CU_ASSERT(!seal_is_due(0, 999) && seal_is_due(999, 1000) && !seal_is_due(1000, 1999) &&
              seal_is_due(999, 2023) && !seal_is_due(1000, 1000));
}

SUITE(records,
      {"how much a sale took is written as it was counted, and nothing else is read",
       test_effort_words},
      {"how much sales took is told by median and 95th", test_effort_counts},
      {"shifts are read back", test_shift_records},
      {"a code is the same however it is typed, O for 0 and I and L for 1", test_codes},
      {"invitations are read back, a device without a note is unattended", test_invite_records},
      {"a tier follows from a year of tickets used, unless one was chosen", test_loyalty},
      {"a quarter of an hour begins where it begins, before 1970 too", test_spans},
      {"a seal is what another program makes of the same", test_seal_vector},
      {"each thousand entries has a seal", test_seal_due})
