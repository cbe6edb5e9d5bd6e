/* The rules of tills that are cut off where no store can show them: at the till's own copy, and at numbers
   that are hardly ever met. */
#include "core/plan.h"

#include "core/text.h"
#include "core/time.h"
#include "tests/support/test.h"

#define NOW (INT64_C(1795370400) * TIME_SECOND)
#define SLOT INT64_C(100042)

static const struct plan_rules rules = {.expire_after = 8 * TIME_HOUR, .admit_before = TIME_HOUR};
static const struct id_key key = {{1, 2, 3}};

static void expect_plan(struct working_set *set, const struct operation *operation, int64_t now,
                        struct outcome *outcome)
{
    CU_ASSERT_EQUAL(plan(operation, 1, set, &rules, now, outcome), TK_OK);
}

static struct operation make(enum op_kind kind, uint8_t id)
{
    struct operation operation = {
        .id = {{id, [15] = id}}, .kind = kind, .actor = "Priya", .device = "till-1", .at = NOW};

    return operation;
}

/* A showing of 10 of which till-1 holds 3, with numbers from 5000 on; as a till's copy or at the centre. */
static void make_set(struct working_set *set, bool partial, int64_t expired_at)
{
    struct slot slot = {.id = SLOT,
                        .name = "Heat",
                        .starts_at = NOW + TIME_HOUR,
                        .ends_at = NOW + 3 * TIME_HOUR,
                        .capacity = 10,
                        .available = expired_at ? 0 : 7,
                        .allotted = expired_at ? 0 : 3,
                        .lost = expired_at ? 10 : 0,
                        .expired_at = expired_at,
                        .seq = 1};
    struct allotment own = {.slot_id = SLOT, .holder = "till-1", .granted = 3};
    struct number_block block = {.first = 5000, .count = 1000, .next = 5000, .holder = "till-1"};

    *set = (struct working_set){.partial = partial};
    set->ids = (struct id_supply){.key = &key, .next_ticket = 6000, .next_customer = 6000,
                                  .floor = 6000, .key_generation = 1};
    CU_ASSERT_EQUAL(working_set_add_slot(set, &slot), TK_OK);
    CU_ASSERT_EQUAL(working_set_add_allotment(set, &own), TK_OK);
    CU_ASSERT_EQUAL(working_set_add_block(set, &block), TK_OK);
}

static struct operation make_sale(uint8_t id, uint64_t number, int64_t count, int64_t at)
{
    struct operation sale = make(OP_BOOK, id);

    sale.cut_off = true;
    sale.at = at;
    sale.book.slot.id = SLOT;
    sale.book.count = count;
    sale.book.first_ticket = id_make(&key, ID_TICKET, number);
    return sale;
}

/* At the till the time is judged; the centre takes what the till has judged. */
static void test_who_judges(void)
{
    static const struct {
        bool partial;
        int64_t at, expired_at;
        enum tk_code code;
    } cases[] = {
        {true, NOW, 0, TK_OK},
        {true, NOW + 3 * TIME_HOUR - 1, 0, TK_OK},
        {true, NOW + 3 * TIME_HOUR, 0, TK_SELLING_CLOSED},
        {true, NOW, NOW + 11 * TIME_HOUR, TK_SLOT_EXPIRED},
        {false, NOW + 3 * TIME_HOUR, 0, TK_OK},
        {false, NOW, NOW + 11 * TIME_HOUR, TK_OK},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct operation sale = make_sale(1, 5000, 2, cases[i].at);
        struct outcome outcome;
        struct working_set set;

        make_set(&set, cases[i].partial, cases[i].expired_at);
        expect_plan(&set, &sale, NOW + 12 * TIME_HOUR, &outcome);
        CU_ASSERT_EQUAL(outcome.code, cases[i].code);
        CU_ASSERT_TRUE(slot_is_balanced(&set.slots[0].slot));
        CU_ASSERT_EQUAL(set.allotments[0].allotment.sold, outcome.code ? 0 : 2);
        CU_ASSERT_EQUAL(set.blocks[0].block.next, outcome.code ? 5000 : 5002);
        CU_ASSERT_FALSE(set.ids.raised);
        working_set_release(&set);
    }
}

/* A refusal at the till is said to the clerk, at the centre nobody is there to hear it. */
static void test_where_disputes_are(void)
{
    for (int partial = 0; partial < 2; partial++) {
        struct operation sale = make_sale(1, 5000, 4, NOW);
        struct outcome outcome;
        struct working_set set;

        make_set(&set, partial, 0);
        expect_plan(&set, &sale, NOW, &outcome);
        CU_ASSERT(outcome.code == TK_NOT_ALLOTTED && outcome.available == 3);
        CU_ASSERT_EQUAL(set.dispute_count, partial ? 0 : 1);
        working_set_release(&set);
    }
}

/* What a copy does not know may have been sold since; of numbers that were written off nothing was. */
static void test_unknown_at_a_copy(void)
{
    for (int partial = 0; partial < 2; partial++) {
        struct operation admit = make(OP_ADMIT, 1);
        struct outcome outcome;
        struct working_set set;

        make_set(&set, partial, 0);
        admit.admit = (struct op_admit){id_make(&key, ID_TICKET, 77), SLOT, 0};
        expect_plan(&set, &admit, NOW, &outcome);
        CU_ASSERT_EQUAL(outcome.code, partial ? TK_OK : TK_TICKET_NOT_FOUND);
        set.blocks[0].block.written_off_at = NOW;
        admit = make(OP_ADMIT, 2);
        admit.admit = (struct op_admit){id_make(&key, ID_TICKET, 5001), SLOT, 0};
        expect_plan(&set, &admit, NOW, &outcome);
        CU_ASSERT_EQUAL(outcome.code, TK_DENIED);
        working_set_release(&set);
    }
}

/* One number makes no ticket and one no customer: no till is given either. */
static void test_holes(void)
{
    static const enum id_kind kinds[] = {ID_TICKET, ID_CUSTOMER};

    for (int i = 0; i < 2; i++) {
        uint64_t hole = id_number(&key, kinds[i], 0);
        struct replica replica = {.device = "till-1", .id = {{1}}};
        struct operation block = make(OP_BLOCK, 1);
        struct working_set set;
        struct outcome outcome;

        make_set(&set, false, 0);
        CU_ASSERT_EQUAL(working_set_add_replica(&set, &replica), TK_OK);
        set.ids.next_ticket = hole - 10;
        set.ids.next_customer = hole - 20;
        text_copy(block.block.holder, DEVICE_SIZE, "till-1");
        expect_plan(&set, &block, NOW, &outcome);
        CU_ASSERT_EQUAL(outcome.code, TK_OK);
        CU_ASSERT_EQUAL_FATAL(set.block_count, 2);
        CU_ASSERT(set.blocks[1].block.first > hole);
        CU_ASSERT_EQUAL(set.ids.floor, set.blocks[1].block.first + NUMBER_BLOCK_SIZE);
        CU_ASSERT(set.ids.raised && set.ids.next_ticket == set.ids.floor &&
                  set.ids.next_customer == set.ids.floor);
        working_set_release(&set);
    }
}

/* Numbers are of one block, else a till's `next` would leave it; and none that nobody was given. */
static void test_across_blocks(void)
{
    static const struct {
        uint64_t number;
        int64_t count;
        enum tk_code code;
    } cases[] = {{5998, 2, TK_OK},          {5998, 3, TK_NUMBER_USED}, {4999, 1, TK_OK},
                 {4999, 2, TK_NUMBER_USED}, {7000, 3, TK_NUMBER_USED}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct operation sale = make_sale(1, cases[i].number, cases[i].count, NOW);
        struct working_set set;
        struct outcome outcome;

        sale.cut_off = false;
        make_set(&set, false, 0);
        expect_plan(&set, &sale, NOW, &outcome);
        CU_ASSERT_EQUAL(outcome.code, cases[i].code);
        CU_ASSERT(set.blocks[0].block.next <= 6000);
        CU_ASSERT_EQUAL(set.ids.next_ticket, 6000);
        working_set_release(&set);
    }
}

SUITE(plan_tills, {"the till judges the time, and the centre does not", test_who_judges},
      {"the centre alone keeps disputes", test_where_disputes_are},
      {"a copy lets in whom it does not know, unless the number was written off",
       test_unknown_at_a_copy},
      {"no block has a number that makes no id", test_holes},
      {"numbers of a sale are of one block", test_across_blocks})
