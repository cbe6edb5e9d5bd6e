/* The ten faults of the system that this one replaces, each with the test that would catch it. */
#include "core/text.h"
#include "core/time.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

/* Sells `houses` houses of 5,000 and returns how many of the ids that the store then has differ. */
static size_t sell_houses(struct fixture *f, size_t houses, size_t *kept)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    uint64_t *ids;
    size_t distinct = 1;

    for (size_t i = 0; i < houses; i++)
        CU_ASSERT_EQUAL(
            fixture_book(f, fixture_schedule(f, "Heat", TIME_HOUR, 5000), 5000, NULL, NULL, NULL),
            TK_OK);
    CU_ASSERT_EQUAL(f->store->ops->list_tickets(f->store, &query, &list, NULL), TK_OK);
    *kept = list.count;
    ids = calloc(list.count + 1, sizeof *ids);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ids);
    for (size_t i = 0; i < list.count; i++)
        ids[i] = list.items[i].id;
    qsort(ids, list.count, sizeof *ids, compare);
    for (size_t i = 1; i < list.count; i++)
        distinct += ids[i] != ids[i - 1];
    free(ids);
    ticket_list_release(&list);
    return distinct;
}

/* 20,000 ids drawn from a million meet with near certainty: about 200 tickets would be lost. */
static void test_ids(void)
{
    struct fixture f;
    size_t kept = 0;

    fixture_init(&f);
    CU_ASSERT_EQUAL(sell_houses(&f, 5, &kept), 25000);
    CU_ASSERT_EQUAL(kept, 25000);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

static void test_last_place(void)
{
    struct fixture f;
    struct sqlite_options options;
    struct store *other = NULL;
    int64_t slot;

    fixture_init(&f);
    options = fixture_options(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 1);
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &other, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_slot(&f, slot).available, 1); /* both tills see it */
    f.office.store = other;
    CU_ASSERT_EQUAL(fixture_slot(&f, slot).available, 1);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, NULL, NULL, NULL), TK_OK);
    f.office.store = f.store;
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, NULL, NULL, NULL), TK_SOLD_OUT);
    CU_ASSERT_EQUAL(fixture_slot(&f, slot).sold, 1);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    store_close(other);
    fixture_release(&f);
}

static size_t count_tickets(struct fixture *f)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(f->store->ops->list_tickets(f->store, &query, &list, NULL), TK_OK);
    count = list.count;
    ticket_list_release(&list);
    return count;
}

static void test_failed_sale(void)
{
    struct fixture f;
    struct op_book book = {.count = 3};
    struct ticket_view_list tickets = {0};

    fixture_init(&f);
    book.slot.id = fixture_schedule(&f, "Heat", TIME_HOUR, 2);
    CU_ASSERT_EQUAL(office_book(&f.office, &book, NULL, &tickets, NULL, NULL), TK_BAD_COUNT);
    CU_ASSERT_EQUAL(fixture_book(&f, book.slot.id, 1, NULL, NULL, NULL), TK_OK);
    book.count = 2;
    text_copy(book.customer_name, sizeof book.customer_name, "Anna");
    text_copy(book.customer_phone, sizeof book.customer_phone, "5551234");
    CU_ASSERT_EQUAL(office_book(&f.office, &book, NULL, &tickets, NULL, NULL),
                    TK_NOT_ENOUGH_PLACES);
    CU_ASSERT_EQUAL(tickets.count, 0);
    CU_ASSERT_EQUAL(count_tickets(&f), 1);
    CU_ASSERT_EQUAL(fixture_slot(&f, book.slot.id).available, 1);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    ticket_view_list_release(&tickets);
    fixture_release(&f);
}

static void test_cancel_twice(void)
{
    struct fixture f;
    struct ticket_view view;
    uint64_t ticket;
    int64_t slot;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 2);
    fixture_book(&f, slot, 2, NULL, NULL, &ticket);
    CU_ASSERT_EQUAL(office_cancel(&f.office, ticket, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_cancel(&f.office, ticket, NULL, &view, NULL), TK_TICKET_CANCELED);
    CU_ASSERT_EQUAL(fixture_slot(&f, slot).available, 1);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

static void test_reissue_canceled(void)
{
    struct fixture f;
    struct op_reissue reissue = {0};
    struct ticket_view view, old;

    fixture_init(&f);
    reissue.slot.id = fixture_schedule(&f, "Heat", TIME_HOUR, 2);
    fixture_book(&f, reissue.slot.id, 1, NULL, NULL, &reissue.ticket_id);
    CU_ASSERT_EQUAL(office_cancel(&f.office, reissue.ticket_id, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_reissue(&f.office, &reissue, NULL, &view, &old, NULL),
                    TK_TICKET_CANCELED);
    CU_ASSERT_EQUAL(count_tickets(&f), 1);
    CU_ASSERT_EQUAL(fixture_slot(&f, reissue.slot.id).sold, 0);
    fixture_release(&f);
}

/* The new ticket and the canceled old one are one step: both or neither. */
static void test_reissue_halfway(void)
{
    struct fixture f;
    struct op_reissue reissue = {0};
    struct ticket_view view, old;
    int64_t from;

    fixture_init(&f);
    from = fixture_schedule(&f, "Heat", TIME_HOUR, 2);
    reissue.slot.id = fixture_schedule(&f, "Solaris", TIME_HOUR, 1);
    fixture_book(&f, from, 1, NULL, NULL, &reissue.ticket_id);
    fixture_book(&f, reissue.slot.id, 1, NULL, NULL, NULL);
    CU_ASSERT_EQUAL(office_reissue(&f.office, &reissue, NULL, &view, &old, NULL), TK_SOLD_OUT);
    CU_ASSERT_EQUAL(fixture_ticket(&f, reissue.ticket_id).status, TICKET_BOOKED);
    CU_ASSERT_EQUAL(count_tickets(&f), 2);
    reissue.slot.id = from;
    CU_ASSERT_EQUAL(office_reissue(&f.office, &reissue, NULL, &view, &old, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_ticket(&f, reissue.ticket_id).status, TICKET_CANCELED);
    CU_ASSERT_EQUAL(fixture_ticket(&f, reissue.ticket_id).replaced_by, view.ticket.id);
    CU_ASSERT_EQUAL(office_reissue(&f.office, &reissue, NULL, &view, &old, NULL),
                    TK_TICKET_REPLACED);
    CU_ASSERT_EQUAL(fixture_slot(&f, from).sold, 1);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

static void test_bad_counts(void)
{
    static const int64_t counts[] = {0, -5, 21, INT64_MIN, INT64_MAX, -4294967295};
    struct fixture f;
    int64_t slot;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 20);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        CU_ASSERT_EQUAL(fixture_book(&f, slot, counts[i], NULL, NULL, NULL), TK_BAD_COUNT);
    CU_ASSERT_EQUAL(fixture_slot(&f, slot).available, 20);
    fixture_release(&f);
}

static void test_unknown_slot(void)
{
    struct fixture f;
    struct slot slot;
    struct tk_error error = {0};

    fixture_init(&f);
    CU_ASSERT_EQUAL(fixture_book(&f, 999999, 1, NULL, NULL, NULL), TK_SLOT_NOT_FOUND);
    CU_ASSERT_EQUAL(fixture_book(&f, -1, 1, NULL, NULL, NULL), TK_SLOT_NOT_FOUND);
    CU_ASSERT_EQUAL(office_slot(&f.office, 999999, &slot, &error), TK_SLOT_NOT_FOUND);
    CU_ASSERT_NOT_EQUAL(error.message[0], '\0');
    fixture_release(&f);
}

static int32_t fixed_offset(void *offset, int64_t utc)
{
    (void)utc;
    return *(int32_t *)offset;
}

/* 8 hours after the end are 8 hours, wherever the house stands. */
static void test_expiry_offset(void)
{
    static int32_t offsets[] = {19800, -28800};

    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        struct upkeep_result result = {0};
        int64_t slot, ends;

        fixture_init(&f);
        f.office.ports.zone = (struct time_zone){fixed_offset, &offsets[i]};
        slot = fixture_schedule(&f, "Heat", TIME_HOUR, 2);
        fixture_book(&f, slot, 1, NULL, NULL, NULL);
        ends = fixture_slot(&f, slot).ends_at;
        f.now = ends + 8 * TIME_HOUR - 1;
        CU_ASSERT_EQUAL(office_expire(&f.office, 0, &result, NULL), TK_OK);
        CU_ASSERT(result.slots == 0 && fixture_slot(&f, slot).expired_at == 0);
        f.now++;
        CU_ASSERT_EQUAL(office_expire(&f.office, 0, &result, NULL), TK_OK);
        CU_ASSERT(result.slots == 1 && result.tickets == 1);
        CU_ASSERT_EQUAL(fixture_slot(&f, slot).expired_at, f.now);
        fixture_release(&f);
    }
}

static void test_several_slots(void)
{
    struct fixture f;
    struct op_book book = {.count = 1};
    struct ticket_view_list tickets = {0};
    int64_t first, second;

    fixture_init(&f);
    first = fixture_schedule(&f, "Heat", TIME_HOUR, 1);
    second = fixture_schedule(&f, "Heat", TIME_HOUR, 1);
    text_copy(book.slot.name, sizeof book.slot.name, "Heat");
    book.slot.starts_at = f.now + TIME_HOUR;
    CU_ASSERT_EQUAL(office_book(&f.office, &book, NULL, &tickets, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_book(&f.office, &book, NULL, &tickets, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_book(&f.office, &book, NULL, &tickets, NULL, NULL), TK_SOLD_OUT);
    CU_ASSERT_EQUAL_FATAL(tickets.count, 2);
    CU_ASSERT_EQUAL(tickets.items[0].ticket.slot_id, first);
    CU_ASSERT_EQUAL(tickets.items[1].ticket.slot_id, second);
    ticket_view_list_release(&tickets);
    fixture_release(&f);
}

SUITE(faults_of_old, {"ids drawn from a million values and saved over one another", test_ids},
      {"two sales of the last place", test_last_place},
      {"a failed sale that leaves or returns tickets", test_failed_sale},
      {"cancel twice frees two places", test_cancel_twice},
      {"reissue of a cancelled ticket", test_reissue_canceled},
      {"reissue that books and then fails to cancel", test_reissue_halfway},
      {"booking 0 or -5", test_bad_counts}, {"unknown slot crashes", test_unknown_slot},
      {"expiry off by the UTC offset", test_expiry_offset},
      {"several slots of one name and time where only the first is looked at", test_several_slots})
