/* Replies that cross one another, and other handles: what a copy makes of them, and what is told as one. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/support/test.h"
#include "tests/sync/copy.h"
#include "tests/sync/pair.h"

/* A copy that holds places of a slot of 20. */
static int64_t begin(struct copy *copy, int32_t held)
{
    int64_t slot;

    copy_init(copy);
    slot = fixture_schedule(&copy->centre, "Aurora", TIME_HOUR, 20);
    CU_ASSERT_EQUAL_FATAL(copy_adopt(copy), TK_OK);
    if (held)
        copy_grant(copy, slot, held);
    copy_sync(copy, slot);
    CU_ASSERT_EQUAL(copy_held(copy, slot), held);
    return slot;
}

static void end(struct copy *copy)
{
    CU_ASSERT_EQUAL(copy_verify(copy), 0);
    CU_ASSERT_EQUAL(fixture_verify(&copy->centre), 0);
    copy_release(copy);
}

static void write_off(struct fixture *centre, int64_t slot, const char *holder)
{
    struct operation operation = {0};
    struct outcome outcome;

    office_stamp(&centre->office, OP_WRITE_OFF, &operation);
    operation.id = office_make_id(&centre->office);
    operation.write_off.slot_id = slot;
    text_copy(operation.write_off.holder, DEVICE_SIZE, holder);
    CU_ASSERT_EQUAL(store_apply(centre->store, &operation, 1, &outcome, NULL), TK_OK);
    CU_ASSERT_EQUAL(outcome.code, TK_OK);
}

/* --- whose copy it is --- */

static struct mirror_identity identity_of(struct copy *copy, int64_t era)
{
    struct mirror_identity identity = {.era = era, .role = ROLE_CLERK};
    struct store_facts facts = {0};

    copy->centre.store->ops->facts(copy->centre.store, &facts, NULL);
    text_copy(identity.centre, sizeof identity.centre, facts.uuid);
    text_copy(identity.device, sizeof identity.device, COPY_DEVICE);
    identity.id_key = facts.id_key;
    return identity;
}

static bool is_copy(struct copy *copy, const struct op_id *replica)
{
    struct mirror_state state = copy_state(copy);

    return op_id_equal(&state.replica, replica);
}

static bool was(struct copy *copy, const struct op_id *previous)
{
    struct mirror_state state = copy_state(copy);

    return op_id_equal(&state.previous, previous);
}

/* Two programs of a till are told at the same time to begin anew: the second one's copy is there already. */
static void test_once(void)
{
    struct copy copy;
    struct op_id first, other, none = {0};
    int64_t slot = begin(&copy, 3);
    struct mirror_identity identity = identity_of(&copy, copy_state(&copy).era + 1);

    first = copy.replica;
    other = copy_id(&copy);
    CU_ASSERT_EQUAL(copy.mirror->ops->adopt(copy.mirror, &identity, &other, &none, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy.mirror->ops->adopt(copy.mirror, &identity, &other, &other, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy.mirror->ops->renew(copy.mirror, &other, &other, NULL), TK_OK);
    CU_ASSERT(is_copy(&copy, &first));
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 3);
    CU_ASSERT_FALSE(copy_state(&copy).suspect);
    CU_ASSERT_EQUAL(copy.mirror->ops->renew(copy.mirror, &other, &first, NULL), TK_OK);
    CU_ASSERT(is_copy(&copy, &other));
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    end(&copy);
}

/* The centre was put back: it is told what this copy was. Not by one who may not be the newest. */
static void test_previous(void)
{
    struct copy copy;
    struct op_id first, second, none = {0};
    char mark[220];
    int64_t slot = begin(&copy, 3);
    struct mirror_identity identity = identity_of(&copy, copy_state(&copy).era + 1);

    CU_ASSERT(was(&copy, &none));
    first = copy.replica;
    second = copy_id(&copy);
    CU_ASSERT_EQUAL(copy.mirror->ops->adopt(copy.mirror, &identity, &second, &first, NULL), TK_OK);
    CU_ASSERT(was(&copy, &first));
    copy_close(&copy);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    CU_ASSERT(was(&copy, &first));
    CU_ASSERT_FALSE(copy_state(&copy).suspect);
    CU_ASSERT_EQUAL(copy_renew(&copy), TK_OK);
    CU_ASSERT(was(&copy, &none));
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 3);
    copy_close(&copy);
    snprintf(mark, sizeof mark, "%.200s.mark", copy.path);
    CU_ASSERT_EQUAL(unlink(mark), 0);
    CU_ASSERT_EQUAL_FATAL(copy_open(&copy, NULL), TK_OK);
    CU_ASSERT(copy_state(&copy).suspect);
    identity.era++;
    first = copy_state(&copy).replica;
    CU_ASSERT_EQUAL(copy.mirror->ops->adopt(copy.mirror, &identity, &second, &first, NULL), TK_OK);
    CU_ASSERT(was(&copy, &none));
    CU_ASSERT_FALSE(copy_state(&copy).suspect);
    end(&copy);
}

static void test_find_done(void)
{
    struct copy copy;
    struct operation book, unmake;
    struct outcome done = {0}, found_outcome = {0};
    bool found = true;
    int64_t slot = begin(&copy, 2);

    book = copy_operation(&copy, OP_BOOK);
    unmake = copy_operation(&copy, OP_VOID);
    book.book.slot.id = slot;
    book.book.count = 2;
    unmake.void_.operation = copy_id(&copy);
    copy.mirror->ops->find_done(copy.mirror, &book.id, &found, &found_outcome, NULL);
    CU_ASSERT_FALSE(found);
    CU_ASSERT_EQUAL(copy_apply(&copy, &book, &done), TK_OK);
    CU_ASSERT_EQUAL(copy_apply(&copy, &unmake, NULL), TK_OK);
    copy.mirror->ops->find_done(copy.mirror, &book.id, &found, &found_outcome, NULL);
    CU_ASSERT(found && found_outcome.ticket_id == done.ticket_id && found_outcome.count == 2);
    copy.mirror->ops->find_done(copy.mirror, &unmake.void_.operation, &found, &found_outcome, NULL);
    CU_ASSERT_FALSE(found);
    copy_sync(&copy, slot);
    end(&copy);
}

/* --- gaps --- */

/* Keeps the first ticket of a reply, as one that had no room for more. */
static void cut(struct copy_reply *reply)
{
    struct mirror_slot *slot = &reply->rows.slots.items[0];

    reply->rows.tickets.count = 1;
    slot->through_seq = reply->rows.tickets.items[0].seq;
    slot->through_id = reply->rows.tickets.items[0].id;
}

/* A late reply to what was asked from further on than is known now: what lies between still comes. */
static void test_lasting_gap(void)
{
    struct copy copy;
    struct copy_reply late, answer, part;
    uint64_t sold[3], after;
    int64_t slot = begin(&copy, 3);

    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(fixture_book(&copy.centre, slot, 1, NULL, NULL, &sold[i]), TK_OK);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    write_off(&copy.centre, slot, COPY_DEVICE);
    copy_ask(&copy, true, slot, false, &answer);
    CU_ASSERT_EQUAL(fixture_book(&copy.centre, slot, 1, NULL, NULL, &after), TK_OK);
    copy_ask(&copy, false, slot, false, &late);
    CU_ASSERT_FALSE(late.rows.slots.items[0].whole);
    CU_ASSERT_EQUAL(copy_take(&copy, &answer, NULL), TK_OK); /* refused: it has to be pulled anew */
    CU_ASSERT_EQUAL(copy_state(&copy).version, 0);
    copy_ask(&copy, false, slot, false, &part);
    cut(&part);
    CU_ASSERT_EQUAL(copy_take(&copy, &part, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_state(&copy).version, 1);
    CU_ASSERT_FALSE(copy_ticket(&copy, sold[1], NULL));
    CU_ASSERT_EQUAL(copy_take(&copy, &late, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_state(&copy).version, 0);
    CU_ASSERT_EQUAL(copy_cursor(&copy, slot).ticket_id, sold[0]);
    copy_sync(&copy, slot);
    for (int i = 0; i < 3; i++)
        CU_ASSERT(copy_ticket(&copy, sold[i], NULL));
    CU_ASSERT(copy_ticket(&copy, after, NULL));
    CU_ASSERT_EQUAL(copy_state(&copy).version, 1);
    copy_reply_release(&late);
    copy_reply_release(&answer);
    copy_reply_release(&part);
    end(&copy);
}

/* Until what was kept has been pulled the copy does not count as whole. */
static void test_kept_is_not_whole(void)
{
    struct copy copy;
    struct copy_reply reply;
    int64_t slot = begin(&copy, 3);

    CU_ASSERT_EQUAL(copy_state(&copy).version, 1);
    copy_ask(&copy, false, slot, false, &reply);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    reply.state.role = ROLE_ADMIN;
    CU_ASSERT_EQUAL(copy_take(&copy, &reply, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_state(&copy).version, 0);
    CU_ASSERT_EQUAL(copy_state(&copy).role, ROLE_ADMIN);
    copy_reply_release(&reply);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_state(&copy).version, 1);
    end(&copy);
}

/* Nor does it with one that what was refused has touched, be it told or not. */
static void test_refused_is_not_whole(void)
{
    struct copy copy;
    struct copy_reply answer;
    struct mirror_report report;
    int64_t slot = begin(&copy, 3);

    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    write_off(&copy.centre, slot, COPY_DEVICE);
    copy_ask(&copy, true, 0, false, &answer);
    CU_ASSERT_EQUAL(copy_take(&copy, &answer, &report), TK_OK);
    CU_ASSERT(report.refused == 1 && !report.slots && !report.kept);
    CU_ASSERT_EQUAL(copy_state(&copy).version, 0);
    copy_reply_release(&answer);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_state(&copy).version, 1);
    end(&copy);
}

/* --- what is held --- */

/* It gives back what was written off meanwhile, and holds places again: none of them is lost. */
static void test_crossing_return(void)
{
    struct copy copy;
    struct operation give;
    int64_t slot = begin(&copy, 5);

    give = copy_operation(&copy, OP_RETURN);
    give.give_back.slot_id = slot;
    give.give_back.returned = 5;
    CU_ASSERT_EQUAL(copy_apply(&copy, &give, NULL), TK_OK);
    write_off(&copy.centre, slot, COPY_DEVICE);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    copy_grant(&copy, slot, 9);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(fixture_slot(&copy.centre, slot).allotted, copy_held(&copy, slot));
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 4);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(fixture_slot(&copy.centre, slot).sold, 4);
    end(&copy);
}

/* --- what the centre tells --- */

static void sell(struct fixture *centre, int64_t slot)
{
    CU_ASSERT_EQUAL(fixture_book(centre, slot, 1, NULL, NULL, NULL), TK_OK);
}

static void write_off_a(struct fixture *centre, int64_t slot)
{
    write_off(centre, slot, "Till A");
}

/* A centre's store where something happens just before, or just after, what tills hold is listed. */
static struct busy {
    struct fixture *centre;
    const struct store_ops *ops;
    struct store_ops shim;
    int64_t slot;
    bool after;
    int changes;  /* that are still to come */
    int invented; /* rows that each list gets */
    void (*change)(struct fixture *centre, int64_t slot);
} busy;

static void change(const struct allotment_query *query)
{
    if (query->slot_id != busy.slot || busy.changes == 0)
        return;
    busy.changes--;
    busy.change(busy.centre, busy.slot);
}

static enum tk_code list_busy(struct store *store, const struct allotment_query *query,
                              struct allotment_list *list, struct tk_error *error)
{
    struct allotment row = {.slot_id = query->slot_id, .granted = 1, .returned = 1};
    enum tk_code code;

    if (!busy.after)
        change(query);
    code = busy.ops->list_allotments(store, query, list, error);
    if (busy.after)
        change(query);
    for (int i = 0; !code && query->slot_id && i < busy.invented; i++) {
        snprintf(row.holder, sizeof row.holder, "Till %d", i);
        code = allotment_list_add(list, &row);
    }
    return code;
}

static void begin_busy(struct fixture *centre, int64_t slot)
{
    busy = (struct busy){.centre = centre, .ops = centre->store->ops, .shim = *centre->store->ops,
                         .slot = slot};
    busy.shim.list_allotments = list_busy;
    centre->store->ops = &busy.shim;
}

static void end_busy(void)
{
    busy.centre->store->ops = busy.ops;
}

static struct sync_reply ask(struct pair_till *till, struct sync_request *request)
{
    struct sync_centre centre = {.office = &till->centre->office, .allotment = till->rule};
    struct sync_reply reply = {0};

    CU_ASSERT_EQUAL_FATAL(sync_make(&till->till, SYNC_ROUND, NULL, 0, request, NULL), TK_OK);
    request->version = 0;
    CU_ASSERT_EQUAL_FATAL(sync_serve(&centre, request, &reply, NULL), TK_OK);
    return reply;
}

static const struct mirror_slot *told_slot(const struct sync_reply *reply, int64_t slot)
{
    for (size_t i = 0; i < reply->rows.slots.count; i++)
        if (reply->rows.slots.items[i].slot.id == slot)
            return &reply->rows.slots.items[i];
    return NULL;
}

static void open_till(struct pair_till *till, struct fixture *centre)
{
    pair_open(till, centre, "Till A");
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(pair_sync(till, SYNC_REVIEWED, NULL), TK_OK);
}

/* Places are written off between a slot's row and what is held of it, or while that is read: they are told as
   of one moment, so that an older answer does not bring them back. */
static void check_one_moment(bool after)
{
    struct fixture centre;
    struct pair_till till;
    struct sync_request request, early;
    struct sync_reply reply, before;
    struct sync_report report = {0};
    const struct mirror_slot *told;
    int64_t slot;

    fixture_init(&centre);
    slot = fixture_schedule(&centre, "Aurora", TIME_HOUR, 100);
    open_till(&till, &centre);
    CU_ASSERT(pair_slot(&till, slot).here > 0);
    CU_ASSERT_EQUAL(fixture_book(&centre, slot, 1, NULL, NULL, NULL), TK_OK);
    before = ask(&till, &early);
    begin_busy(&centre, slot);
    busy.changes = 1;
    busy.after = after;
    busy.change = write_off_a;
    reply = ask(&till, &request);
    end_busy();
    told = told_slot(&reply, slot);
    CU_ASSERT_PTR_NOT_NULL_FATAL(told);
    CU_ASSERT_EQUAL(told->slot.seq, fixture_slot(&centre, slot).seq);
    CU_ASSERT_EQUAL(told->slot.allotted, 0);
    CU_ASSERT_EQUAL_FATAL(request.cursors.count, 1);
    CU_ASSERT(!told->whole && told->from_seq > 0);
    CU_ASSERT_EQUAL(told->from_seq, request.cursors.items[0].seq);
    CU_ASSERT_EQUAL_FATAL(reply.rows.allotments.count, 1);
    CU_ASSERT_EQUAL(allotment_held(&reply.rows.allotments.items[0]), 0);
    CU_ASSERT_EQUAL(sync_take(&till.till, &request, &reply, centre.now, centre.now, &report, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(pair_slot(&till, slot).here, 0);
    CU_ASSERT_EQUAL(sync_take(&till.till, &early, &before, centre.now, centre.now, &report, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(pair_slot(&till, slot).here, 0);
    sync_reply_release(&reply);
    sync_request_release(&request);
    sync_reply_release(&before);
    sync_request_release(&early);
    pair_close(&till);
    fixture_release(&centre);
}

static void test_one_moment(void)
{
    check_one_moment(false);
    check_one_moment(true);
}

/* One that changes all the time is left out, and comes when it has come to rest. */
static void test_restless(void)
{
    struct fixture centre;
    struct pair_till till;
    struct sync_request request;
    struct sync_reply reply;
    int64_t slot, calm;

    fixture_init(&centre);
    slot = fixture_schedule(&centre, "Aurora", TIME_HOUR, 100);
    calm = fixture_schedule(&centre, "Belle", TIME_HOUR, 100);
    open_till(&till, &centre);
    CU_ASSERT_EQUAL(fixture_book(&centre, slot, 1, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&centre, calm, 1, NULL, NULL, NULL), TK_OK);
    begin_busy(&centre, slot);
    busy.changes = 40;
    busy.change = sell;
    reply = ask(&till, &request);
    end_busy();
    CU_ASSERT(busy.changes > 0 && reply.more && !reply.version);
    CU_ASSERT_PTR_NULL(told_slot(&reply, slot));
    CU_ASSERT_PTR_NOT_NULL(told_slot(&reply, calm));
    for (size_t i = 0; i < reply.rows.allotments.count; i++)
        CU_ASSERT_EQUAL(reply.rows.allotments.items[i].slot_id, calm);
    CU_ASSERT_EQUAL(pair_sync(&till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_slot(&till, slot).sold, fixture_slot(&centre, slot).sold);
    sync_reply_release(&reply);
    sync_request_release(&request);
    pair_close(&till);
    fixture_release(&centre);
}

/* Many tills hold places of many slots: a reply stays one that can be read, and the rest comes next. */
static void test_many_allotments(void)
{
    struct fixture centre;
    struct pair_till till;
    struct sync_request request;
    struct sync_reply reply;
    int64_t slot = 0;

    fixture_init(&centre);
    pair_open(&till, &centre, "Till A");
    CU_ASSERT_EQUAL(pair_sync(&till, SYNC_ROUND, NULL), TK_OK);
    for (int i = 0; i < 60; i++)
        slot = fixture_schedule(&centre, "Aurora", TIME_HOUR + i * TIME_MINUTE, 10);
    begin_busy(&centre, 0);
    busy.invented = 500;
    reply = ask(&till, &request);
    CU_ASSERT(reply.more && !reply.version);
    CU_ASSERT_EQUAL(reply.rows.slots.count, 40);
    CU_ASSERT_EQUAL(reply.rows.allotments.count, 20000);
    CU_ASSERT_EQUAL(pair_sync(&till, SYNC_ROUND, NULL), TK_OK);
    end_busy();
    CU_ASSERT_EQUAL(pair_slot(&till, slot).id, slot);
    sync_reply_release(&reply);
    sync_request_release(&request);
    pair_close(&till);
    fixture_release(&centre);
}

/* What is sold while the copy is still coming is in it at once, with its customer, all of the sale. */
static void test_sold_is_there(void)
{
    struct fixture centre;
    struct pair_till till;
    struct sync_report report = {0};
    struct operation book;
    struct outcome outcome;
    struct ticket ticket;
    struct customer_query query = {0};
    struct customer_list people = {0};
    int64_t slot;

    fixture_init(&centre);
    slot = fixture_schedule(&centre, "Aurora", TIME_HOUR, 9000);
    pair_open(&till, &centre, "Till A");
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(fixture_book(&centre, slot, 60, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(sync_round(&till.till, SYNC_ROUND, 2, SYNC_ANSWER_MS, &report, NULL), TK_OK);
    CU_ASSERT(report.more);
    book = pair_operation(&till, OP_BOOK);
    book.book.slot.id = slot;
    book.book.count = 3;
    text_copy(book.book.customer_name, sizeof book.book.customer_name, "Ana");
    text_copy(book.book.customer_phone, sizeof book.book.customer_phone, "+351912");
    CU_ASSERT_EQUAL(pair_apply(&till, &book, &outcome), TK_OK);
    ticket = pair_ticket(till.store, outcome.ticket_id);
    CU_ASSERT(ticket.slot_id == slot && ticket.customer_id == outcome.customer_id);
    query.ids = &outcome.customer_id;
    query.id_count = 1;
    CU_ASSERT_EQUAL(till.store->ops->list_customers(till.store, &query, &people, NULL), TK_OK);
    CU_ASSERT_EQUAL(people.count, 1);
    customer_list_release(&people);
    CU_ASSERT(pair_count_real(till.store, slot) < 6000);
    CU_ASSERT_EQUAL(pair_sync(&till, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(till.store, slot), 6003);
    pair_close(&till);
    fixture_release(&centre);
}

/* --- time --- */

static void take_at(struct copy *copy, int64_t now)
{
    struct copy_reply reply;

    copy_ask(copy, false, 0, false, &reply);
    reply.state.contact_at = reply.state.latest = now;
    CU_ASSERT_EQUAL(copy_take(copy, &reply, NULL), TK_OK);
    copy_reply_release(&reply);
}

/* The centre's clock was ahead and was put right: so is the time that nothing is sold before, unless what was
   sold then still waits. */
static void test_latest_falls(void)
{
    struct copy copy;
    int64_t slot = begin(&copy, 3), now = copy.centre.now;

    take_at(&copy, now + TIME_HOUR);
    CU_ASSERT_EQUAL(copy_state(&copy).latest, now + TIME_HOUR);
    take_at(&copy, now);
    CU_ASSERT_EQUAL(copy_state(&copy).latest, now);
    copy.centre.now = now + TIME_MINUTE;
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_state(&copy).latest, now + TIME_MINUTE);
    take_at(&copy, now + 1);
    CU_ASSERT_EQUAL(copy_state(&copy).latest, now + TIME_MINUTE);
    copy_sync(&copy, slot);
    take_at(&copy, now + 2);
    CU_ASSERT_EQUAL(copy_state(&copy).latest, now + 2);
    end(&copy);
}

SUITE(take_order, {"a copy is adopted and renewed once", test_once},
      {"a centre that was put back is told what the copy was", test_previous},
      {"what was done here is found by its id", test_find_done},
      {"a late reply leaves no lasting gap", test_lasting_gap},
      {"a copy with a slot that was kept is not whole", test_kept_is_not_whole},
      {"a copy of which something was refused is not whole", test_refused_is_not_whole},
      {"places that were given back and written off do not stick", test_crossing_return},
      {"a slot and what is held of it are told as of one moment", test_one_moment},
      {"a slot that does not rest comes with the next reply", test_restless},
      {"a reply has a bound of what tills hold", test_many_allotments},
      {"what was sold is in a copy that is still coming", test_sold_is_there},
      {"the latest time falls when the centre's clock is put right", test_latest_falls})
