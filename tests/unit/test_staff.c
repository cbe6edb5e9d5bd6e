/* Who may do what, cell by cell; who did something; what is kept of people. */
#include <stdio.h>
#include <string.h>

#include "core/limit.h"
#include "core/operation.h"
#include "core/role.h"
#include "core/staff.h"
#include "core/text.h"
#include "tests/support/test.h"

/* The table of operation × role as the house has agreed on it, written out: reader, door, usher,
   clerk, supervisor, manager, admin, auditor. */
static const struct {
    const char *kind, *may;
} table[] = {
    {"schedule", "-----ma-"},   {"book", "---csma-"},        {"reissue", "---csma-"},
    {"cancel", "---csma-"},     {"expire", "-----ma-"},      {"archive", "-----ma-"},
    {"enrol", "------a-"},      {"revoke", "------a-"},      {"admit", "-ducsma-"},
    {"unadmit", "-ducsma-"},    {"print", "---csma-"},       {"rotate", "------a-"},
    {"join", "------a-"},       {"grant", "------a-"},       {"return", "------a-"},
    {"write-off", "-----ma-"},  {"block", "------a-"},       {"mark", "------a-"},
    {"quarantine", "------a-"}, {"void", "------a-"},        {"close", "-ducsma-"},
    {"staff", "------a-"},      {"pin", "--ucsmaA"},         {"sign", "-ducsmaA"},
    {"shift-open", "--ucsma-"}, {"shift-close", "--ucsma-"}, {"limit", "-----ma-"},
    {"invite", "------a-"},     {"redeem", "------a-"},      {"tier", "-----ma-"},
    {"erase", "-----ma-"},      {"seal", "-----ma-"},
};
static const char letters[] = "rducsmaA";
static const char *const role_names[] = {"reader",     "door",    "usher", "clerk",
                                         "supervisor", "manager", "admin", "auditor"};

static void test_role_table(void)
{
    size_t kinds = sizeof table / sizeof table[0];

    CU_ASSERT_EQUAL_FATAL(kinds, OP_KIND_COUNT);
    CU_ASSERT_EQUAL_FATAL(sizeof role_names / sizeof role_names[0], ROLE_COUNT);
    for (size_t i = 0; i < kinds; i++)
        for (int r = 0; r < ROLE_COUNT; r++) {
            enum op_kind kind = OP_KIND_COUNT;
            enum role role = ROLE_COUNT;

            CU_ASSERT(op_kind_parse(table[i].kind, &kind) && role_parse(role_names[r], &role));
            if (role_may(role, kind) != (table[i].may[r] == letters[r])) {
                printf("\n    %s × %s\n", table[i].kind, role_names[r]);
                CU_FAIL("a cell is not what was agreed");
            }
        }
    for (int i = 0; i < OP_KIND_COUNT; i++)
        CU_ASSERT(!role_may(ROLE_COUNT, (enum op_kind)i) &&
                  !role_may((enum role) - 1, (enum op_kind)i));
    for (int r = 0; r < ROLE_COUNT; r++)
        CU_ASSERT(!role_may((enum role)r, OP_KIND_COUNT));
}

static void test_role_ranks(void)
{
    enum role role;

    for (int a = 0; a < ROLE_COUNT; a++)
        for (int b = 0; b < ROLE_COUNT; b++) {
            bool reads = a == ROLE_AUDITOR   ? b <= ROLE_MANAGER || b == ROLE_AUDITOR
                         : b == ROLE_AUDITOR ? a == ROLE_MANAGER || a == ROLE_ADMIN
                                             : a >= b;
            bool does = a == ROLE_AUDITOR ? b == ROLE_READER || b == ROLE_AUDITOR : a >= b;

            CU_ASSERT_EQUAL(role_reads((enum role)a, (enum role)b), reads);
            if (b != ROLE_AUDITOR)
                CU_ASSERT_EQUAL(role_does((enum role)a, (enum role)b), does);
        }
    for (int r = 0; r < ROLE_COUNT; r++) {
        bool leads = r == ROLE_SUPERVISOR || r == ROLE_MANAGER || r == ROLE_ADMIN;

        CU_ASSERT_EQUAL(role_approves((enum role)r), leads);
        CU_ASSERT_EQUAL(role_is_limited((enum role)r), !leads);
        CU_ASSERT_EQUAL(role_is_for_staff((enum role)r), r != ROLE_READER && r != ROLE_DOOR);
    }
    CU_ASSERT_FALSE(role_parse("Clerk", &role));
    CU_ASSERT_FALSE(role_parse("", &role));
    CU_ASSERT_PTR_NULL(role_name(ROLE_COUNT));
}

static void test_actors(void)
{
    static const char *const good[] = {"#1", "#1042", "#99999999", "#1042+#2001", "#1+#1"};
    static const char *const bad[] = {"#",
                                      "#0",
                                      "#01",
                                      "##1",
                                      "#1042 ",
                                      " #1042",
                                      "#1042+",
                                      "#1+2",
                                      "#1+#",
                                      "#1+#2+#3",
                                      "#1#2",
                                      "#100000000",
                                      "#-1",
                                      "#+1",
                                      "#1.0",
                                      "#1a",
                                      "#a",
                                      "# 1",
                                      "#1 +#2",
                                      "#1+ #2",
                                      "#9999999999999999999",
                                      "#1+#100000000",
                                      "#1,#2",
                                      "#１",
                                      "#1\t",
                                      "#1+#0"};
    static const char *const others[] = {"", "Priya", "door", "1042", "Priya #1042", "＃1042"};
    char text[ACTOR_SIZE];
    int64_t number, approver;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CU_ASSERT_TRUE(actor_parse(good[i], &number, &approver) && actor_is_clean(good[i]));
        actor_print(text, number, approver);
        CU_ASSERT_STRING_EQUAL(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool none = !actor_parse(bad[i], &number, &approver) &&
                    (bad[i][0] != '#' || !actor_is_clean(bad[i]));

        CU_ASSERT_TRUE(none);
        if (!none)
            printf("\n    “%s”\n", bad[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        CU_ASSERT_TRUE(actor_is_clean(others[i]));
        CU_ASSERT_FALSE(actor_parse(others[i], &number, &approver));
        actor_doer(text, others[i]);
        CU_ASSERT_STRING_EQUAL(text, others[i]);
    }
    CU_ASSERT_TRUE(actor_parse("#1042+#2001", &number, &approver) && number == 1042 &&
                   approver == 2001);
    CU_ASSERT_TRUE(actor_parse("#1042", &number, &approver) && approver == 0);
    actor_doer(text, "#1042+#2001");
    CU_ASSERT_STRING_EQUAL(text, "#1042");
}

static void test_staff_record(void)
{
    struct staff staff = {.number = 1042, .role = ROLE_CLERK, .since = 5, .left_at = 7}, read;
    static const char *const hostile[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"number\":1",
        "\"staff\"",
        "{\"number\":\"1\",\"name\":\"A\",\"role\":\"clerk\",\"pin\":\"\",\"password\":\"\",\"since\":1,\"leftAt\":0}",
        "{\"number\":1,\"name\":\"A\",\"role\":\"boss\",\"pin\":\"\",\"password\":\"\",\"since\":1,\"leftAt\":0}",
        "{\"number\":1,\"name\":null,\"role\":\"clerk\",\"pin\":\"\",\"password\":\"\",\"since\":1,\"leftAt\":0}",
        "{\"number\":1,\"name\":\"A\",\"role\":\"clerk\",\"pin\":\"\",\"password\":\"\",\"since\":1.5,\"leftAt\":0}",
        "{\"number\":1,\"name\":\"A\",\"role\":\"clerk\",\"pin\":\"\",\"password\":\"\",\"since\":1}",
        "{\"number\":1,\"number\":2,\"name\":\"A\",\"role\":\"clerk\",\"pin\":\"\",\"password\":\"\",\"since\":1,\"leftAt\":0}",
        "{\"number\":1,\"name\":\"0123456789012345678901234567890123456789012345678901234567890\",\"role\":\"clerk\",\"pin\":\"\",\"password\":\"\",\"since\":1,\"leftAt\":0}"};
    struct record record = {.seq = 0};
    struct staff before = {.number = 3};

    text_copy(staff.name, sizeof staff.name, "Zoë \"Z\" \\ O’Hara");
    text_copy(staff.pin, sizeof staff.pin, "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA");
    CU_ASSERT_EQUAL_FATAL(staff_print(&staff, &record), TK_OK);
    CU_ASSERT_EQUAL_FATAL(staff_read(&record, &read), TK_OK);
    CU_ASSERT(read.number == 1042 && read.role == ROLE_CLERK && read.since == 5 &&
              read.left_at == 7 && !strcmp(read.name, staff.name) && !strcmp(read.pin, staff.pin) &&
              !read.password[0]);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        text_copy(record.value, sizeof record.value, hostile[i]);
        read = before;
        CU_ASSERT_EQUAL(staff_read(&record, &read), TK_CORRUPT);
        CU_ASSERT_EQUAL(read.number, 3); /* untouched */
    }
}

static void test_limits(void)
{
    struct limits limits, read;
    struct record record = {.seq = 0};
    enum limit limit;

    limits_init(&limits);
    CU_ASSERT(!limits.values[LIMIT_SALE_TICKETS] && limits.values[LIMIT_LATE_REISSUE] == 1 &&
              limits.values[LIMIT_GOLD_TICKETS] == 12);
    CU_ASSERT_EQUAL(limits_read(&record, &read), TK_OK); /* gone: as the table has it */
    CU_ASSERT_EQUAL(memcmp(&read, &limits, sizeof read), 0);
    limits.values[LIMIT_SHIFT_CANCELS] = 3;
    CU_ASSERT_EQUAL(limits_print(&limits, &record), TK_OK);
    CU_ASSERT_EQUAL(limits_read(&record, &read), TK_OK);
    CU_ASSERT_EQUAL(memcmp(&read, &limits, sizeof read), 0);
    text_copy(record.value, sizeof record.value, "{\"sale-tickets\":4,\"of a later version\":1}");
    CU_ASSERT(limits_read(&record, &read) == TK_OK && read.values[LIMIT_SALE_TICKETS] == 4 &&
              read.values[LIMIT_SHIFT_CANCELS] == 0);
    for (int i = 0; i < LIMIT_COUNT; i++) {
        CU_ASSERT(limit_parse(limit_name((enum limit)i), &limit) && (int)limit == i);
        CU_ASSERT(limit_fits(limit, limit_least(limit)) &&
                  limit_fits(limit, limit_greatest(limit)));
        CU_ASSERT(!limit_fits(limit, limit_least(limit) - 1) &&
                  !limit_fits(limit, limit_greatest(limit) + 1));
        snprintf(record.value, sizeof record.value, "{\"%s\":%lld}", limit_name(limit),
                 (long long)limit_greatest(limit) + 1);
        CU_ASSERT_EQUAL(limits_read(&record, &read), TK_CORRUPT);
    }
    CU_ASSERT(!limit_parse("", &limit) && !limit_fits(LIMIT_COUNT, 0));
}

static void test_shared(void)
{
    CU_ASSERT(record_is_shared("staff/1") && record_is_shared("limits"));
    CU_ASSERT(!record_is_shared("limits2") && !record_is_shared("staff") &&
              !record_is_shared("duty/1") && !record_is_shared("seal/0/1") &&
              !record_is_shared(""));
}

SUITE(staff, {"who may do what is the table that was agreed, cell by cell", test_role_table},
      {"roles read and do what those below them do; auditors change nothing", test_role_ranks},
      {"an actor is a member only as he is written", test_actors},
      {"what is kept of a member is read back, and nothing else is taken for it",
       test_staff_record},
      {"limits are what the table allows", test_limits},
      {"tills keep staff and limits, and nothing else", test_shared})
