/* asked_again: what is asked for twice, told late, or asked by one who is no longer who he was. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/fault/till.h"
#include "tests/support/test.h"
#include "tests/sync/pair.h"

struct world {
    struct fixture centre;
    struct pair_till a;
    int64_t slot;
};

static void open_world(struct world *w)
{
    fixture_init(&w->centre);
    w->slot = fixture_schedule(&w->centre, "Skyfall", TIME_HOUR, 100);
    pair_open(&w->a, &w->centre, "Till A");
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(pair_sync(&w->a, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_slot(&w->a, w->slot).here, 10);
}

static void close_world(struct world *w)
{
    CU_ASSERT_EQUAL(fixture_verify(&w->centre), 0);
    pair_close(&w->a);
    fixture_release(&w->centre);
}

static struct operation make_sale(struct world *w, int64_t count)
{
    struct operation operation = pair_operation(&w->a, OP_BOOK);

    operation.book.slot.id = w->slot;
    operation.book.count = count;
    return operation;
}

/* Once here and once there, in all orders: one sale, one answer. */
static void test_one_sale(void)
{
    static const struct {
        enum pair_manner first, second;
    } cases[] = {{PAIR_CUT, PAIR_OPEN},        {PAIR_OPEN, PAIR_CUT},
                 {PAIR_LOSE_REPLY, PAIR_OPEN}, {PAIR_HOLD, PAIR_OPEN},
                 {PAIR_LOSE_REPLY, PAIR_CUT},  {PAIR_OPEN, PAIR_LOSE_REPLY}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        struct operation sale;
        struct outcome first, second;

        open_world(&w);
        sale = make_sale(&w, 2);
        w.a.manner = cases[i].first;
        CU_ASSERT_EQUAL(pair_apply(&w.a, &sale, &first), TK_OK);
        sync_link_answered(&w.a.link);
        w.a.manner = cases[i].second;
        CU_ASSERT_EQUAL(pair_apply(&w.a, &sale, &second), TK_OK);
        w.a.manner = PAIR_OPEN;
        if (cases[i].first == PAIR_HOLD)
            pair_deliver(&w.a);
        CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
        CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
        CU_ASSERT_EQUAL(pair_count_real(w.a.store, w.slot), 2);
        CU_ASSERT_EQUAL(pair_ticket(w.centre.store, second.ticket_id).slot_id, w.slot);
        CU_ASSERT_EQUAL(pair_ticket(w.centre.store, second.ticket_id).status, TICKET_BOOKED);
        CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
        close_world(&w);
    }
}

/* What cannot be done here instead and may have been done there is not told as refused. */
static void test_not_known(void)
{
    struct world w;
    struct operation cancel;
    struct outcome outcome;
    uint64_t ticket = 0;

    open_world(&w);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, &ticket), TK_OK);
    cancel = pair_operation(&w.a, OP_CANCEL);
    cancel.cancel.ticket_id = ticket;
    w.a.manner = PAIR_HOLD;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &cancel, &outcome), TK_UNKNOWN);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    pair_deliver(&w.a); /* it is not done later */
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, ticket).status, TICKET_BOOKED);
    cancel = pair_operation(&w.a, OP_CANCEL);
    cancel.cancel.ticket_id = ticket;
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &cancel, &outcome), TK_NEEDS_CENTRE);
    close_world(&w);
}

/* What the centre may know is not taken back here: another may have taken it back there. */
static void test_may_be_known(void)
{
    struct world w;
    struct operation cancel;
    struct outcome outcome;
    uint64_t first = 0, second = 0;

    open_world(&w);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, &first), TK_OK);
    CU_ASSERT_NOT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK); /* surely not sent */
    cancel = pair_operation(&w.a, OP_CANCEL);
    cancel.cancel.ticket_id = first;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &cancel, &outcome), TK_OK);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, &second), TK_OK);
    w.a.manner = PAIR_LOSE_REPLY;
    CU_ASSERT_NOT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_cancel(&w.centre.office, second, NULL, &(struct ticket_view){0}, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&w.centre, w.slot, 91, NULL, NULL, NULL), TK_OK);
    w.a.manner = PAIR_CUT;
    cancel = pair_operation(&w.a, OP_CANCEL);
    cancel.cancel.ticket_id = second;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &cancel, &outcome), TK_NEEDS_CENTRE);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 10, NULL), TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 9, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 100);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
    close_world(&w);
}

/* A copy that followed another is not thrown out by a request that the older one had sent. */
static void test_late_join(void)
{
    struct world w;
    int64_t places = 0;

    open_world(&w);
    w.a.manner = PAIR_HOLD;
    CU_ASSERT_NOT_EQUAL(pair_sync(&w.a, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_write_off(&w.centre.office, "Till A", 0, &places, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_state(&w.a).standing, STANDING_GOOD);
    pair_deliver(&w.a);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_state(&w.a).standing, STANDING_GOOD);
    CU_ASSERT_TRUE(pair_slot(&w.a, w.slot).here > 0);
    close_world(&w);
}

static void restore_centre(struct world *w, const char *copy)
{
    struct sqlite_options options;
    struct tk_error error = {0};

    store_close(w->centre.store);
    CU_ASSERT_EQUAL(rename(copy, w->centre.path), 0);
    options = fixture_options(&w->centre);
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &w->centre.store, &error), TK_OK);
    w->centre.office.store = w->centre.store;
}

/* A till that held places when the backup was made sells by itself again after it was put back. */
static void test_restored(void)
{
    struct world w;
    struct tk_error error = {0};
    char copy[200];

    open_world(&w);
    snprintf(copy, sizeof copy, "%.150s/backup.db", w.centre.folder);
    CU_ASSERT_EQUAL(office_backup(&w.centre.office, copy, NULL, NULL, &error), TK_OK);
    restore_centre(&w, copy);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_state(&w.a).standing, STANDING_GOOD);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).allotted, 10);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
    close_world(&w);
}

static void till_copy_beside(const char *from, const char *to, const char *end)
{
    char source[300], target[300];

    snprintf(source, sizeof source, "%s%s", from, end);
    snprintf(target, sizeof target, "%s%s", to, end);
    CU_ASSERT_TRUE(till_copy_file(source, target));
}

/* A second copy of a till's file does not take over what the first one holds. */
static void test_clone(void)
{
    struct world w;
    struct pair_till twin;

    open_world(&w);
    store_close(w.a.store);
    pair_open(&twin, &w.centre, "twin");
    text_copy(twin.till.device, sizeof twin.till.device, "Till A");
    store_close(twin.store);
    till_copy_beside(w.a.path, twin.path, "");
    till_copy_beside(w.a.path, twin.path, ".mark");
    pair_open_again(&w.a);
    pair_open_again(&twin);
    CU_ASSERT_TRUE(pair_state(&twin).suspect);
    CU_ASSERT_EQUAL(pair_sync(&twin, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_state(&twin).standing, STANDING_STRANGER);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).allotted, 10);
    w.a.manner = twin.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&twin, w.slot, 1, NULL), TK_SAME_TILL);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 10, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 10);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
    pair_close(&twin);
    close_world(&w);
}

/* Doors get neither places nor numbers, and take back nothing that others did. */
static void test_door(void)
{
    struct world w;
    struct pair_till door;
    struct operation sale, take_back;
    struct outcome outcome;

    open_world(&w);
    sale = make_sale(&w, 2);
    CU_ASSERT_EQUAL(pair_apply(&w.a, &sale, &outcome), TK_OK);
    pair_open(&door, &w.centre, "Door 1");
    door.role = ROLE_DOOR;
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(pair_sync(&door, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_slot(&door, w.slot).here, 0);
    take_back = pair_operation(&door, OP_VOID);
    take_back.void_.operation = sale.id;
    CU_ASSERT_EQUAL(door.till.mirror->ops->apply(door.till.mirror, &take_back, 1, w.centre.now,
                                                 &outcome, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&door, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    pair_close(&door);
    close_world(&w);
}

/* What was given back cut off before the books were closed is given back, however late it is told. */
static void test_told_after_expiry(void)
{
    struct world w;
    struct operation cancel;
    struct outcome outcome;
    struct upkeep_result result;
    uint64_t first = 0;

    open_world(&w);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 10, &first), TK_OK);
    cancel = pair_operation(&w.a, OP_CANCEL);
    cancel.cancel.ticket_id = first;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &cancel, &outcome), TK_OK);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_OK);
    w.centre.now += 20 * TIME_HOUR;
    CU_ASSERT_EQUAL(office_expire(&w.centre.office, 0, &result, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).sold, 10);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).lost, 90);
    close_world(&w);
}

SUITE(asked_again, {"a sale that is asked for twice is made once, wherever", test_one_sale},
      {"what may have been done is not told as refused", test_not_known},
      {"what the centre may know is not taken back cut off", test_may_be_known},
      {"a late request of an older copy changes nothing", test_late_join},
      {"after a restore tills sell by themselves again", test_restored},
      {"a second copy of a till does not take over what the first holds", test_clone},
      {"a door is given nothing to sell and takes nothing back", test_door},
      {"what is told after the books were closed is taken as it was", test_told_after_expiry})
