/* Reports and customers out of a box office on a file. */
#include <string.h>

#include "core/box_office_staff.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"
#include "ui/report/draw.h"
#include "ui/report/load.h"

static void load(struct fixture *f, enum report_kind kind, int64_t from, int64_t to,
                 struct report *report)
{
    struct report_request request = {.kind = kind, .from = from, .to = to};
    struct tk_error error = {0};

    report_period(&f->office, &request);
    if (report_load(&f->office, &request, report, NULL, &error))
        printf("    %s\n", error.message);
}

static void admit(struct fixture *f, uint64_t ticket)
{
    struct operation operation = {.admit = {.ticket_id = ticket}};
    struct outcome outcome = {0};

    CU_ASSERT_EQUAL(office_make(&f->office, OP_ADMIT, NULL, &operation, NULL), TK_OK);
    CU_ASSERT_EQUAL(store_apply(f->store, &operation, 1, &outcome, NULL), TK_OK);
    CU_ASSERT_EQUAL(outcome.code, TK_OK);
}

static void put_member(struct fixture *f, int64_t number, const char *name, enum role role)
{
    struct op_staff staff = {.number = number, .role = role};
    struct tk_error error = {0};

    snprintf(staff.name, sizeof staff.name, "%s", name);
    CU_ASSERT_EQUAL(office_put_staff(&f->office, &staff, NULL, &error), TK_OK);
}

/* Signed on without asking for a secret. */
static void become(struct fixture *f, int64_t number)
{
    CU_ASSERT_EQUAL(office_member(&f->office, number, &f->office.member, NULL), TK_OK);
}

/* --- what is counted --- */

static void test_a_day(void)
{
    struct ticket_view view, old;
    struct fixture f;
    struct report report = {0};
    uint64_t first, second;
    int64_t slot, other;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Skyfall", TIME_HOUR / 2, 20);
    other = fixture_schedule(&f, "Heat", 4 * TIME_HOUR, 20);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 3, NULL, NULL, &first), TK_OK);
    f.now += TIME_HOUR / 4;
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 2, NULL, NULL, &second), TK_OK);
    admit(&f, first);
    f.now += TIME_HOUR;
    CU_ASSERT_EQUAL(office_cancel(&f.office, second, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(
        office_reissue(&f.office,
                       &(struct op_reissue){.ticket_id = first + 0, .slot = {.id = other}}, NULL,
                       &view, &old, NULL),
        TK_TICKET_ADMITTED);
    load(&f, REPORT_DAY, 0, 0, &report);
    CU_ASSERT_EQUAL_FATAL(report.count, 24);
    CU_ASSERT_EQUAL(report.items[18].counts.sales, 2);
    CU_ASSERT_EQUAL(report.items[18].counts.sold, 5);
    CU_ASSERT_EQUAL(report.items[18].counts.admitted, 1);
    CU_ASSERT_EQUAL(report.items[19].counts.canceled, 1);
    CU_ASSERT_EQUAL(report.totals.sold, 5);
    report_release(&report);
    load(&f, REPORT_SLOT, 0, 0, &report);
    CU_ASSERT_EQUAL_FATAL(report.count, 2);
    CU_ASSERT_EQUAL(report.items[0].id, slot);
    CU_ASSERT_EQUAL(report.items[0].counts.sold, 5);
    CU_ASSERT_EQUAL(report.items[0].counts.canceled, 1);
    CU_ASSERT_EQUAL(report.items[0].counts.admitted, 1);
    CU_ASSERT_EQUAL(report.items[0].taken, 4);
    CU_ASSERT_EQUAL(report_value(&report, &report.items[0]), 200);
    CU_ASSERT_EQUAL(report.items[1].counts.sold, 0);
    report_release(&report);
    fixture_release(&f);
}

static void test_standard_periods(void)
{
    struct report_request request = {.kind = REPORT_WEEK};
    struct fixture f;

    fixture_init(&f); /* a Sunday, 18:00 in UTC */
    report_period(&f.office, &request);
    CU_ASSERT_EQUAL(request.to, FIXTURE_NOW + 6 * TIME_HOUR);
    CU_ASSERT_EQUAL(request.from, request.to - 7 * TIME_DAY);
    request = (struct report_request){.kind = REPORT_DAY, .from = FIXTURE_NOW - 10 * TIME_DAY};
    report_period(&f.office, &request);
    CU_ASSERT_EQUAL(request.to, FIXTURE_NOW + 6 * TIME_HOUR - 10 * TIME_DAY);
    request = (struct report_request){.kind = REPORT_GENRE, .from = FIXTURE_NOW - 10 * TIME_DAY};
    report_period(&f.office, &request);
    CU_ASSERT_EQUAL(request.to, FIXTURE_NOW + 6 * TIME_HOUR);
    request = (struct report_request){.kind = REPORT_GENRE, .to = FIXTURE_NOW};
    report_period(&f.office, &request);
    CU_ASSERT_EQUAL(request.from, FIXTURE_NOW - 18 * TIME_HOUR);
    fixture_release(&f);
}

/* More rows than a page of them. */
static void test_many_slots(void)
{
    struct fixture f;
    struct report report = {0};
    int64_t wanted = 0;
    int64_t ids[1203];

    fixture_init(&f);
    for (int i = 0; i < 1203; i++)
        ids[i] = fixture_schedule(&f, "Skyfall", TIME_HOUR + (i % 60) * TIME_MINUTE, 5);
    for (int i = 0; i < 1203; i += 100) {
        CU_ASSERT_EQUAL(fixture_book(&f, ids[i], 2, NULL, NULL, NULL), TK_OK);
        wanted += 2;
    }
    load(&f, REPORT_SLOT, 0, 0, &report);
    CU_ASSERT_EQUAL(report.count, 1203);
    CU_ASSERT_EQUAL(report.totals.sold, wanted);
    CU_ASSERT_EQUAL(report.taken, wanted);
    report_release(&report);
    fixture_release(&f);
}

static void test_a_shift(void)
{
    struct effort keys = {{0}}, seconds = {{0}};
    struct report_request request = {.kind = REPORT_SHIFT};
    struct fixture f;
    struct report report = {0};
    struct seal_list seals = {0};
    struct tk_error error = {0};
    struct ticket_view view;
    struct shift shift;
    uint64_t first;
    int64_t slot;

    fixture_init(&f);
    put_member(&f, 1, "Olga", ROLE_ADMIN);
    become(&f, 1);
    put_member(&f, 1042, "Priya", ROLE_CLERK);
    slot = fixture_schedule(&f, "Skyfall", 2 * TIME_HOUR, 20);
    become(&f, 1042);
    CU_ASSERT_EQUAL(office_open_shift(&f.office, NULL, NULL), TK_OK);
    f.now += 5 * TIME_MINUTE;
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 3, NULL, NULL, &first), TK_OK);
    effort_add(&keys, 4);
    effort_add(&seconds, 9);
    CU_ASSERT_EQUAL(office_cancel(&f.office, first, NULL, &view, NULL), TK_OK);
    f.now += TIME_HOUR;
    CU_ASSERT_EQUAL(office_close_shift(&f.office, &keys, &seconds, NULL, &shift, NULL, &error),
                    TK_OK);
    f.now += TIME_HOUR;
    become(&f, 1);
    CU_ASSERT_EQUAL(office_open_shift(&f.office, NULL, NULL), TK_OK);
    report_period(&f.office, &request);
    CU_ASSERT_EQUAL(report_load(&f.office, &request, &report, &seals, &error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(report.count, 2);
    CU_ASSERT_STRING_EQUAL(report.items[0].name, "Priya");
    CU_ASSERT_EQUAL(report.items[0].id, 1042);
    CU_ASSERT_EQUAL(report.items[0].counts.sold, 3);
    CU_ASSERT_EQUAL(report.items[0].counts.canceled, 1);
    CU_ASSERT_EQUAL(report.items[0].cancels, 1);
    CU_ASSERT_EQUAL(report.items[0].keys.median, 4);
    CU_ASSERT_EQUAL(report.items[0].seconds.most, 9);
    CU_ASSERT_EQUAL(report.items[0].until, report.items[0].at + 65 * TIME_MINUTE);
    CU_ASSERT_STRING_EQUAL(report.items[1].name, "Olga");
    CU_ASSERT_EQUAL(report.items[1].until, 0);
    CU_ASSERT_EQUAL_FATAL(seals.count, 1); /* that of the shift's end */
    CU_ASSERT_STRING_EQUAL(seals.items[0].why, "shift");
    report_release(&report);
    seal_list_release(&seals);
    load(&f, REPORT_CLERK, 0, 0, &report);
    CU_ASSERT_EQUAL(report.count, 1);
    CU_ASSERT_STRING_EQUAL(report.items[0].name, "Priya");
    report_release(&report);
    fixture_release(&f);
}

/* --- customers --- */

static uint64_t customer_of(struct fixture *f, uint64_t ticket)
{
    struct customer customer = {0};

    CU_ASSERT_EQUAL(office_customer_of(&f->office, ticket, &customer, NULL), TK_OK);
    return customer.id;
}

/* A ticket used for a showing of its own. */
static uint64_t visit(struct fixture *f, int64_t tickets)
{
    int64_t slot = fixture_schedule(f, "Skyfall", TIME_MINUTE, 50);
    uint64_t first = 0;
    struct ticket_list list = {0};
    struct ticket_query query = {.status = -1, .slot_id = slot};

    CU_ASSERT_EQUAL(fixture_book(f, slot, tickets, "Ada Lovelace", "+442079460000", &first), TK_OK);
    CU_ASSERT_EQUAL(f->store->ops->list_tickets(f->store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        admit(f, list.items[i].id);
    ticket_list_release(&list);
    return first;
}

static void check_loyalty(struct fixture *f, uint64_t id, enum tier tier, enum tier counted,
                          int64_t tickets, int64_t visits)
{
    struct loyalty loyalty = {0};

    CU_ASSERT_EQUAL(office_loyalty(&f->office, id, &loyalty, NULL), TK_OK);
    CU_ASSERT_EQUAL(loyalty.tier, tier);
    CU_ASSERT_EQUAL(loyalty.counted, counted);
    CU_ASSERT_EQUAL(loyalty.tickets, tickets);
    CU_ASSERT_EQUAL(loyalty.visits, visits);
}

static void test_tiers(void)
{
    struct tier_choice choice;
    struct fixture f;
    uint64_t id;

    fixture_init(&f);
    id = customer_of(&f, visit(&f, 11));
    check_loyalty(&f, id, TIER_SILVER, TIER_SILVER, 11, 1);
    visit(&f, 1);
    check_loyalty(&f, id, TIER_GOLD, TIER_GOLD, 12, 2);
    visit(&f, 28);
    check_loyalty(&f, id, TIER_PLATINUM, TIER_PLATINUM, 40, 3);
    CU_ASSERT_EQUAL(office_set_limit(&f.office, LIMIT_PLATINUM_TICKETS, 50, NULL), TK_OK);
    check_loyalty(&f, id, TIER_GOLD, TIER_GOLD, 40, 3);
    CU_ASSERT_EQUAL(office_choose_tier(&f.office, id, TIER_PLATINUM, "a friend of the house", NULL),
                    TK_OK);
    check_loyalty(&f, id, TIER_PLATINUM, TIER_GOLD, 40, 3);
    CU_ASSERT_EQUAL(office_tier_choice(&f.office, id, &choice, NULL), TK_OK);
    CU_ASSERT_STRING_EQUAL(choice.reason, "a friend of the house");
    f.now += LOYALTY_YEAR + TIME_DAY;
    check_loyalty(&f, id, TIER_PLATINUM, TIER_SILVER, 0, 3);
    CU_ASSERT_EQUAL(office_choose_tier(&f.office, id, TIER_COUNTED, "over", NULL), TK_OK);
    check_loyalty(&f, id, TIER_SILVER, TIER_SILVER, 0, 3);
    CU_ASSERT_EQUAL(office_choose_tier(&f.office, id, TIER_GOLD, "", NULL), TK_BAD_REASON);
    CU_ASSERT_EQUAL(office_choose_tier(&f.office, 4711, TIER_GOLD, "x", NULL),
                    TK_CUSTOMER_NOT_FOUND);
    fixture_release(&f);
}

/* Of more tickets than a page has all are seen, newest first. */
static void test_history(void)
{
    struct ticket_view_list list = {0};
    struct fixture f;
    uint64_t first = 0, id;
    int64_t slot;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Skyfall", TIME_HOUR, 3000);
    for (int i = 0; i < 25; i++, f.now += TIME_SECOND)
        CU_ASSERT_EQUAL(fixture_book(&f, slot, 100, "Ada Lovelace", "+442079460000", &first),
                        TK_OK);
    id = customer_of(&f, first);
    CU_ASSERT_EQUAL(office_history(&f.office, id, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 2500);
    for (size_t i = 1; i < list.count; i++)
        CU_ASSERT(list.items[i - 1].ticket.booked_at >= list.items[i].ticket.booked_at);
    CU_ASSERT_EQUAL(list.items[0].customer.id, id);
    ticket_view_list_release(&list);
    fixture_release(&f);
}

static void test_erase(void)
{
    struct tier_choice choice;
    struct tk_error error = {0};
    struct customer customer;
    struct ticket_view view;
    struct fixture f;
    uint64_t first, id;
    int64_t slot;

    fixture_init(&f);
    id = customer_of(&f, visit(&f, 2));
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, "Ada Lovelace", "+442079460000", &first), TK_OK);
    f.now += 11 * TIME_HOUR;
    CU_ASSERT_EQUAL(office_choose_tier(&f.office, id, TIER_GOLD, "a friend", NULL), TK_OK);
    CU_ASSERT_EQUAL(office_erase_customer(&f.office, id, "asked for it", &error),
                    TK_CUSTOMER_EXPECTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "TKT"));
    CU_ASSERT_EQUAL(office_customer(&f.office, id, &customer, NULL), TK_OK);
    CU_ASSERT_STRING_EQUAL(customer.name, "Ada Lovelace");
    CU_ASSERT_EQUAL(office_expire(&f.office, 0, &(struct upkeep_result){0}, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_erase_customer(&f.office, id, "", NULL), TK_BAD_REASON);
    CU_ASSERT_EQUAL(office_erase_customer(&f.office, id, "asked for it", &error), TK_OK);
    CU_ASSERT_EQUAL(office_customer(&f.office, id, &customer, NULL), TK_OK);
    CU_ASSERT_STRING_EQUAL(customer.name, "");
    CU_ASSERT_STRING_EQUAL(customer.phone, "");
    CU_ASSERT(customer.erased_at != 0);
    CU_ASSERT_EQUAL(office_ticket(&f.office, first, &view, NULL), TK_OK);
    CU_ASSERT_STRING_EQUAL(view.customer.name, "");
    CU_ASSERT_EQUAL(office_tier_choice(&f.office, id, &choice, NULL), TK_OK);
    CU_ASSERT_EQUAL(choice.tier, TIER_COUNTED);
    CU_ASSERT_STRING_EQUAL(choice.reason, "");
    CU_ASSERT_EQUAL(office_erase_customer(&f.office, id, "again", NULL), TK_CUSTOMER_NOT_FOUND);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

SUITE(report_load, {"a day", test_a_day}, {"periods that nobody gave", test_standard_periods},
      {"more showings than a page", test_many_slots}, {"a shift", test_a_shift},
      {"tiers", test_tiers}, {"history", test_history}, {"a customer is forgotten", test_erase})
