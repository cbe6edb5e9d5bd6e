/* What a store promises to tills that sell while they are cut off (core/allotment.h, core/dispute.h). */
#include "core/text.h"
#include "core/time.h"
#include "tests/contract/contract.h"

#define CENTRE(name)                          \
    static void name##_on(struct home *home); \
    static void name(void)                    \
    {                                         \
        contract_on_each_centre(name##_on);   \
    }                                         \
    static void name##_on(struct home *home)

/* --- asking --- */

static struct operation make_of(struct home *home, enum op_kind kind, const char *device)
{
    struct operation operation = home_make(home, kind);

    text_copy(operation.device, sizeof operation.device, device);
    return operation;
}

static struct outcome join(struct home *home, const char *device, uint8_t replica)
{
    struct operation operation = make_of(home, OP_JOIN, device);

    operation.join.replica.bytes[0] = replica;
    return home_apply(home, &operation);
}

static struct outcome grant(struct home *home, int64_t slot, const char *holder, int64_t granted)
{
    struct operation operation = home_make(home, OP_GRANT);

    operation.grant.slot_id = slot;
    operation.grant.granted = granted;
    text_copy(operation.grant.holder, DEVICE_SIZE, holder);
    return home_apply(home, &operation);
}

static struct outcome give_back(struct home *home, int64_t slot, const char *device,
                                int64_t returned)
{
    struct operation operation = make_of(home, OP_RETURN, device);

    operation.give_back.slot_id = slot;
    operation.give_back.returned = returned;
    return home_apply(home, &operation);
}

static struct outcome write_off(struct home *home, int64_t slot, const char *holder)
{
    struct operation operation = home_make(home, OP_WRITE_OFF);

    operation.write_off.slot_id = slot;
    text_copy(operation.write_off.holder, DEVICE_SIZE, holder);
    return home_apply(home, &operation);
}

static struct outcome block(struct home *home, const char *holder)
{
    struct operation operation = home_make(home, OP_BLOCK);

    text_copy(operation.block.holder, DEVICE_SIZE, holder);
    return home_apply(home, &operation);
}

static struct outcome give_up(struct home *home, const char *device, const struct op_id *id)
{
    struct operation operation = make_of(home, OP_VOID, device);

    operation.void_.operation = *id;
    return home_apply(home, &operation);
}

/* The id of the ticket that comes so many after another. */
static uint64_t after(struct home *home, uint64_t ticket, uint64_t count)
{
    static const struct id_key none;
    struct store_facts facts = {0};
    struct id_key *key = &facts.id_key;

    CU_ASSERT_EQUAL(home->store->ops->facts(home->store, &facts, NULL), TK_OK);
    if (memcmp(key, &none, sizeof none) == 0) /* the model's are numbers */
        return ticket + count;
    return id_make(key, ID_TICKET, id_number(key, ID_TICKET, ticket) + count);
}

static struct operation make_sale(struct home *home, const char *device, int64_t slot,
                                  uint64_t first, int64_t count)
{
    struct operation operation = make_of(home, OP_BOOK, device);

    operation.cut_off = true;
    operation.book.slot.id = slot;
    operation.book.count = count;
    operation.book.first_ticket = first;
    return operation;
}

static struct outcome sell(struct home *home, const char *device, int64_t slot, uint64_t first,
                           int64_t count)
{
    struct operation operation = make_sale(home, device, slot, first, count);

    return home_apply(home, &operation);
}

/* A till that joined, with numbers and places. Returns the first ticket that it may issue. */
static uint64_t make_till(struct home *home, const char *device, int64_t slot, int64_t places)
{
    CU_ASSERT_EQUAL(join(home, device, (uint8_t)device[strlen(device) - 1]).code, TK_OK);
    if (places)
        CU_ASSERT_EQUAL(grant(home, slot, device, places).code, TK_OK);
    return block(home, device).ticket_id;
}

static struct allotment get_allotment(struct home *home, int64_t slot, const char *holder)
{
    struct allotment_query query = {.slot_id = slot, .holder = holder};
    struct allotment_list list = {0};
    struct allotment allotment = {0};

    CU_ASSERT_EQUAL(home->store->ops->list_allotments(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT(list.count <= 1);
    if (list.count)
        allotment = list.items[0];
    allotment_list_release(&list);
    return allotment;
}

static int32_t held(struct home *home, int64_t slot, const char *holder)
{
    struct allotment allotment = get_allotment(home, slot, holder);

    return allotment_held(&allotment);
}

/* available, allotted, sold, lost */
static bool stands(struct home *home, int64_t id, int32_t available, int32_t allotted, int32_t sold,
                   int32_t lost)
{
    struct slot slot = home_get_slot(home, id);
    bool so = slot_is_balanced(&slot) && slot.available == available &&
              slot.allotted == allotted && slot.sold == sold && slot.lost == lost;

    if (!so)
        printf("\n    %d available, %d allotted, %d sold, %d lost\n", slot.available,
               slot.allotted, slot.sold, slot.lost);
    return so;
}

static size_t count_disputes(struct home *home, bool open)
{
    struct dispute_query query = {.open = open};
    struct dispute_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(home->store->ops->list_disputes(home->store, &query, &list, NULL), TK_OK);
    count = list.count;
    dispute_list_release(&list);
    return count;
}

static struct dispute get_dispute(struct home *home, const struct op_id *id)
{
    struct dispute_query query = {.id = id};
    struct dispute_list list = {0};
    struct dispute dispute = {0};

    CU_ASSERT_EQUAL(home->store->ops->list_disputes(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    if (list.count)
        dispute = list.items[0];
    dispute_list_release(&list);
    return dispute;
}

static struct replica get_replica(struct home *home, const char *device)
{
    struct replica_list list = {0};
    struct replica replica = {0};

    CU_ASSERT_EQUAL(home->store->ops->list_replicas(home->store, device, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    if (list.count)
        replica = list.items[0];
    replica_list_release(&list);
    return replica;
}

static bool has_ticket(struct home *home, uint64_t id)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    bool found;

    query.ids = &id;
    query.id_count = 1;
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &list, NULL), TK_OK);
    found = list.count == 1;
    ticket_list_release(&list);
    return found;
}

static void expect_sound(struct home *home)
{
    struct verify_report report = {0};

    CU_ASSERT_EQUAL(home->store->ops->verify(home->store, &report, NULL), TK_OK);
    CU_ASSERT_EQUAL(report.found, 0);
    for (size_t i = 0; i < report.count; i++)
        printf("\n    %s: %s\n", report.items[i].check, report.items[i].text);
    verify_report_release(&report);
}

/* --- places --- */

CENTRE(test_grant)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    struct allotment allotment;
    struct outcome outcome;

    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 4).code, TK_NOT_JOINED);
    join(home, "till-1", 1);
    outcome = grant(home, slot, "till-1", 4);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 4 && outcome.available == 6);
    CU_ASSERT_TRUE(stands(home, slot, 6, 4, 0, 0));
    CU_ASSERT_EQUAL(home_get_slot(home, slot).key_generation, 1);
    /* a total: what is no more changes nothing */
    CU_ASSERT(grant(home, slot, "till-1", 4).count == 0 && grant(home, slot, "till-1", 2).count == 0);
    CU_ASSERT_EQUAL(home_get_slot(home, slot).seq, 2);
    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 11).code, TK_NOT_ENOUGH_PLACES);
    CU_ASSERT_EQUAL(home_book(home, slot, 7, "", "").code, TK_NOT_ENOUGH_PLACES);
    home->now += TIME_MINUTE;
    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 5).count, 1);
    allotment = get_allotment(home, slot, "till-1");
    CU_ASSERT(allotment.granted == 5 && allotment.sold == 0 && allotment.returned == 0);
    CU_ASSERT(allotment.changed_at == home->now && allotment.granted_at == home->now - TIME_MINUTE);
    CU_ASSERT_EQUAL(grant(home, slot + 1, "till-1", 4).code, TK_SLOT_NOT_FOUND);
}

CENTRE(test_return)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    struct outcome outcome;

    make_till(home, "till-1", slot, 6);
    outcome = give_back(home, slot, "till-1", 2);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 2 && outcome.available == 6);
    CU_ASSERT_TRUE(stands(home, slot, 6, 4, 0, 0));
    /* late, twice, out of order */
    CU_ASSERT_EQUAL(give_back(home, slot, "till-1", 2).count, 0);
    CU_ASSERT_EQUAL(give_back(home, slot, "till-1", 3).count, 1);
    CU_ASSERT_EQUAL(give_back(home, slot, "till-1", 2).count, 0);
    CU_ASSERT_TRUE(stands(home, slot, 7, 3, 0, 0));
    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 8).count, 2);
    CU_ASSERT_EQUAL(give_back(home, slot, "till-1", 3).count, 0);
    CU_ASSERT_TRUE(stands(home, slot, 5, 5, 0, 0));
    /* no more than it holds, and only its own */
    CU_ASSERT_EQUAL(give_back(home, slot, "till-2", 5).count, 0);
    CU_ASSERT_EQUAL(give_back(home, slot, "till-1", 100).count, 5);
    CU_ASSERT_TRUE(stands(home, slot, 10, 0, 0, 0));
    CU_ASSERT_EQUAL(give_back(home, slot + 1, "till-1", 1).code, TK_SLOT_NOT_FOUND);
}

CENTRE(test_write_off)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-1", slot, 6);
    struct operation sale = make_sale(home, "till-1", slot, after(home, first, 2), 1);
    struct allotment allotment;
    struct dispute dispute;

    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 2).code, TK_OK);
    CU_ASSERT_EQUAL(write_off(home, slot, "till-1").count, 4);
    CU_ASSERT_EQUAL(write_off(home, slot, "till-1").count, 0);
    CU_ASSERT_TRUE(stands(home, slot, 8, 0, 2, 0));
    allotment = get_allotment(home, slot, "till-1");
    CU_ASSERT(allotment.written_off == 4 && allotment.written_off_at == home->now);
    CU_ASSERT_STRING_EQUAL(allotment.written_off_by, "Priya");
    /* what it sold of them is a dispute that names who took them */
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_NOT_ALLOTTED);
    dispute = get_dispute(home, &sale.id);
    CU_ASSERT(dispute.code == TK_NOT_ALLOTTED && dispute.slot_id == slot && dispute.count == 1);
    CU_ASSERT(dispute.ticket_id == sale.book.first_ticket && dispute.kind == OP_BOOK);
    CU_ASSERT(dispute.at == sale.at && dispute.found_at == home->now && !dispute.closed_at);
    CU_ASSERT_STRING_EQUAL(dispute.device, "till-1");
    CU_ASSERT_STRING_EQUAL(dispute.actor, "Priya");
    CU_ASSERT_STRING_EQUAL(dispute.other, "Priya");
    CU_ASSERT_EQUAL(dispute.other_at, allotment.written_off_at);
    CU_ASSERT_FALSE(has_ticket(home, sale.book.first_ticket));
    CU_ASSERT_EQUAL(give_back(home, slot, "till-1", 4).count, 0);
}

/* --- sales --- */

CENTRE(test_sale)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-1", slot, 4);
    struct operation sale = make_sale(home, "till-1", slot, first, 3);
    struct outcome outcome;
    struct ticket ticket;

    text_copy(sale.book.customer_name, CUSTOMER_NAME_SIZE, "Anna");
    text_copy(sale.book.customer_phone, CUSTOMER_PHONE_SIZE, "5551234");
    sale.at = home->now;
    home->now += 5 * TIME_HOUR; /* selling has closed: the till judged the time */
    outcome = home_apply(home, &sale);
    CU_ASSERT(outcome.code == TK_OK && outcome.ticket_id == first && outcome.count == 3);
    CU_ASSERT_EQUAL(outcome.available, 1); /* that it holds */
    CU_ASSERT_TRUE(stands(home, slot, 6, 1, 3, 0));
    ticket = home_get_ticket(home, after(home, first, 2));
    CU_ASSERT(ticket.status == TICKET_BOOKED && ticket.booked_at == sale.at);
    CU_ASSERT(ticket.sale_id == first && ticket.sale_position == 3 && ticket.sale_size == 3);
    CU_ASSERT(ticket.customer_id == outcome.customer_id && ticket.customer_id);
    CU_ASSERT_EQUAL(home_get_customer(home, outcome.customer_id).tickets, 3);
    CU_ASSERT_EQUAL(get_allotment(home, slot, "till-1").sold, 3);
    /* the same again, and the same id for something else */
    outcome = home_apply(home, &sale);
    CU_ASSERT(outcome.replayed && outcome.code == TK_OK && outcome.count == 3);
    CU_ASSERT_EQUAL(count_disputes(home, false), 0);
    sale.book.count = 2;
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_ID_REUSED);
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_ID_REUSED);
    CU_ASSERT_EQUAL(count_disputes(home, false), 1);
    CU_ASSERT_TRUE(stands(home, slot, 6, 1, 3, 0));
}

CENTRE(test_sale_without_places)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-1", slot, 2);

    make_till(home, "till-2", slot, 3);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 3).code, TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 2).code, TK_OK);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, first, 2), 1).code, TK_NOT_ALLOTTED);
    CU_ASSERT_TRUE(stands(home, slot, 5, 3, 2, 0));
    CU_ASSERT_EQUAL(count_disputes(home, true), 2);
}

CENTRE(test_numbers)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 50);
    uint64_t first = make_till(home, "till-1", slot, 20);
    uint64_t other = make_till(home, "till-2", slot, 10);
    uint64_t online = home_book(home, slot, 1, "", "").ticket_id;

    CU_ASSERT_EQUAL(sell(home, "till-1", slot, other, 1).code, TK_NUMBER_USED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, online, 1).code, TK_NUMBER_USED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, online, 5000), 1).code, TK_NUMBER_USED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, first, 998), 3).code, TK_NUMBER_USED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, first, 5), 2).code, TK_OK);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, first, 6), 1).code, TK_NUMBER_USED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 1).code, TK_NUMBER_USED); /* they only rise */
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, first, 998), 2).code, TK_OK);
    CU_ASSERT_TRUE(stands(home, slot, 19, 26, 5, 0));
    CU_ASSERT_EQUAL(count_disputes(home, true), 6);
}

CENTRE(test_cancel)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-1", slot, 2);
    uint64_t online = home_book(home, slot, 1, "", "").ticket_id;
    struct operation cancel = make_of(home, OP_CANCEL, "till-1"), other;
    struct outcome outcome;

    cancel.cut_off = true;
    cancel.cancel.ticket_id = online;
    CU_ASSERT_EQUAL(home_apply(home, &cancel).code, TK_NOT_ALLOTTED); /* it sold none of its own */
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 2).code, TK_OK);
    cancel = make_of(home, OP_CANCEL, "till-1");
    cancel.cut_off = true;
    cancel.cancel.ticket_id = first;
    cancel.at = home->now - TIME_MINUTE;
    outcome = home_apply(home, &cancel);
    CU_ASSERT(outcome.code == TK_OK && outcome.available == 1);
    CU_ASSERT_TRUE(stands(home, slot, 7, 1, 2, 0)); /* to what it holds, not to the common stock */
    CU_ASSERT_EQUAL(home_get_ticket(home, first).canceled_at, cancel.at);
    CU_ASSERT_EQUAL(get_allotment(home, slot, "till-1").sold, 1);
    other = make_of(home, OP_CANCEL, "till-2");
    other.cut_off = true;
    other.cancel.ticket_id = after(home, first, 1);
    CU_ASSERT_EQUAL(home_apply(home, &other).code, TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, first, 2), 1).code, TK_OK);
    CU_ASSERT_TRUE(stands(home, slot, 7, 0, 3, 0));
    CU_ASSERT_EQUAL(home_cancel(home, first).code, TK_TICKET_CANCELED);
}

CENTRE(test_reissue)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    int64_t later = home_schedule(home, "Solaris", 3 * TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-1", slot, 1);
    struct operation reissue = make_of(home, OP_REISSUE, "till-1");
    struct outcome outcome;

    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 1).code, TK_OK);
    reissue.cut_off = true;
    reissue.reissue = (struct op_reissue){first, {.id = slot}, after(home, first, 1)};
    outcome = home_apply(home, &reissue); /* its own place suffices */
    CU_ASSERT(outcome.code == TK_OK && outcome.old_ticket_id == first);
    CU_ASSERT_EQUAL(home_get_ticket(home, first).replaced_by, after(home, first, 1));
    CU_ASSERT_TRUE(stands(home, slot, 9, 0, 1, 0));
    reissue = make_of(home, OP_REISSUE, "till-1");
    reissue.cut_off = true;
    reissue.reissue =
        (struct op_reissue){after(home, first, 1), {.id = later}, after(home, first, 2)};
    CU_ASSERT_EQUAL(home_apply(home, &reissue).code, TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(home_get_ticket(home, after(home, first, 1)).status, TICKET_BOOKED);
    CU_ASSERT_EQUAL(grant(home, later, "till-1", 2).code, TK_OK);
    home->made++;
    reissue.id = home_make(home, OP_REISSUE).id;
    CU_ASSERT_EQUAL(home_apply(home, &reissue).code, TK_OK);
    CU_ASSERT_TRUE(stands(home, slot, 9, 1, 0, 0) && stands(home, later, 8, 1, 1, 0));
}

CENTRE(test_late_sale)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-1", slot, 4);
    int64_t sold_at = home->now, expired_at;
    struct operation sale = make_sale(home, "till-1", slot, after(home, first, 1), 3);
    struct ticket ticket;
    struct slot row;

    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 1).code, TK_OK);
    home->now += TIME_DAY;
    expired_at = home->now;
    CU_ASSERT_EQUAL(home_expire(home, slot, home->now).count, 1);
    CU_ASSERT_TRUE(stands(home, slot, 0, 0, 1, 9));
    CU_ASSERT_EQUAL(held(home, slot, "till-1"), 3);
    home->now += TIME_HOUR;
    CU_ASSERT_EQUAL(home_archive(home, slot, home->now).count, 1);
    CU_ASSERT_NOT_EQUAL(home_get_slot(home, slot).archived_at, 0);
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_OK);
    CU_ASSERT_TRUE(stands(home, slot, 0, 0, 4, 6));
    ticket = home_get_ticket(home, after(home, first, 3));
    CU_ASSERT(ticket.status == TICKET_EXPIRED && ticket.booked_at == sold_at);
    CU_ASSERT_EQUAL(ticket.changed_at, expired_at);
    row = home_get_slot(home, slot);
    CU_ASSERT(row.archived_at == 0 && ticket.seq == row.seq && row.expired_at == expired_at);
    CU_ASSERT_EQUAL(home_archive(home, slot, home->now).count, 3);
    CU_ASSERT_EQUAL(home_get_ticket(home, after(home, first, 3)).status, TICKET_ARCHIVED);
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, first, 4), 1).code, TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 10).code, TK_SLOT_EXPIRED);
}

/* Sales of which a centre that was restored knows nothing come with the numbers that they have. */
CENTRE(test_lost_sale)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 4);
    uint64_t first = make_till(home, "till-2", slot, 0);
    struct operation sale = make_sale(home, "till-1", slot, after(home, first, 3), 2);
    struct outcome outcome;

    sale.cut_off = false;
    outcome = home_apply(home, &sale);
    CU_ASSERT(outcome.code == TK_OK && outcome.ticket_id == after(home, first, 3));
    CU_ASSERT_TRUE(stands(home, slot, 2, 0, 2, 0));
    CU_ASSERT_EQUAL(home_book(home, slot, 1, "", "").ticket_id,
                    after(home, first, NUMBER_BLOCK_SIZE));
    sale.id = home_make(home, OP_BOOK).id;
    sale.book.first_ticket = after(home, first, 10);
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_NOT_ENOUGH_PLACES);
    CU_ASSERT_EQUAL(get_dispute(home, &sale.id).count, 2);
    sale.id = home_make(home, OP_BOOK).id;
    sale.book.count = 1;
    sale.book.first_ticket = after(home, first, 3 * NUMBER_BLOCK_SIZE); /* nobody was given it */
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_NUMBER_USED);
}

/* In one batch the store's own numbers go on as they would have. */
CENTRE(test_lost_sale_in_batch)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-2", slot, 0);
    struct operation batch[3];
    struct outcome outcomes[3];

    batch[0] = make_sale(home, "till-1", slot, after(home, first, 1), 2);
    batch[0].cut_off = false;
    batch[1] = home_make_book(home, slot, 2, "Anna", "5551234");
    batch[2] = home_make_book(home, slot, 1, "Tom", "5550000");
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 3, outcomes, NULL), TK_OK);
    CU_ASSERT(!outcomes[0].code && !outcomes[1].code && !outcomes[2].code);
    CU_ASSERT_EQUAL(outcomes[1].ticket_id, after(home, first, NUMBER_BLOCK_SIZE));
    CU_ASSERT_EQUAL(outcomes[2].ticket_id, after(home, first, NUMBER_BLOCK_SIZE + 2));
    CU_ASSERT_TRUE(stands(home, slot, 5, 0, 5, 0));
}

/* Places that others hold of an expired showing are not there for a sale that was lost … and if one took
   them, nobody is sold a place that is not there. */
CENTRE(test_lost_and_late)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 2);
    uint64_t first = make_till(home, "till-1", slot, 2);
    struct operation late = make_sale(home, "till-1", slot, first, 2);
    struct operation lost = make_sale(home, "till-2", slot, after(home, first, 500), 1);

    home->now += TIME_DAY;
    CU_ASSERT_EQUAL(home_expire(home, slot, home->now).code, TK_OK);
    lost.cut_off = false;
    home_apply(home, &lost);
    home_apply(home, &late);
    CU_ASSERT(home_get_slot(home, slot).sold <= 2);
    CU_ASSERT_EQUAL(count_disputes(home, true), 1);
}

/* --- what shall not have run --- */

CENTRE(test_void_before)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 5);
    struct operation sale = home_make_book(home, slot, 2, "", "");

    CU_ASSERT_EQUAL(give_up(home, "till-1", &sale.id).code, TK_OK);
    CU_ASSERT_EQUAL(give_up(home, "till-1", &sale.id).code, TK_OK);
    for (int i = 0; i < 2; i++) {
        struct outcome outcome = home_apply(home, &sale);

        CU_ASSERT(outcome.code == TK_VOIDED && outcome.replayed && outcome.count == 0);
    }
    CU_ASSERT_TRUE(stands(home, slot, 5, 0, 0, 0));
    CU_ASSERT_EQUAL(count_disputes(home, false), 0);
}

CENTRE(test_void_after)
{
    int64_t slot = home_schedule(home, "Heat", TIME_MINUTE, 5);
    struct operation sale = home_make_book(home, slot, 3, "", ""), admit = home_make(home, OP_ADMIT);
    uint64_t first = home_apply(home, &sale).ticket_id;
    struct outcome outcome;

    admit.admit.ticket_id = after(home, first, 1);
    CU_ASSERT_EQUAL(home_apply(home, &admit).code, TK_OK);
    outcome = give_up(home, "till-1", &sale.id);
    CU_ASSERT(outcome.code == TK_OK && outcome.count == 2 && outcome.ticket_id == first);
    CU_ASSERT_TRUE(stands(home, slot, 4, 0, 1, 0));
    CU_ASSERT_EQUAL(home_get_ticket(home, first).status, TICKET_CANCELED);
    CU_ASSERT_EQUAL(home_get_ticket(home, admit.admit.ticket_id).status, TICKET_BOOKED);
    outcome = home_apply(home, &sale); /* it ran, and sells nothing anew */
    CU_ASSERT(outcome.replayed && outcome.code == TK_OK);
    CU_ASSERT_EQUAL(give_up(home, "till-1", &sale.id).count, 0);
    CU_ASSERT_TRUE(stands(home, slot, 4, 0, 1, 0));
    /* another device's admission stays */
    CU_ASSERT_EQUAL(give_up(home, "till-2", &admit.id).count, 0);
    CU_ASSERT_EQUAL(give_up(home, "till-1", &admit.id).count, 1);
    CU_ASSERT_EQUAL(home_get_slot(home, slot).admitted, 0);
    CU_ASSERT_EQUAL(home_get_ticket(home, admit.admit.ticket_id).admitted_at, 0);
}

CENTRE(test_void_in_batch)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 5);
    struct operation sale = home_make_book(home, slot, 2, "", "");
    struct operation later = home_make_book(home, slot, 1, "", "");
    struct operation batch[] = {sale, home_make(home, OP_VOID), home_make(home, OP_VOID), later};
    struct outcome outcomes[4];

    batch[1].void_.operation = sale.id;
    batch[2].void_.operation = later.id;
    CU_ASSERT_EQUAL(store_apply(home->store, batch, 4, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].code == TK_OK && outcomes[1].count == 2 && outcomes[2].count == 0);
    CU_ASSERT(outcomes[3].code == TK_VOIDED && outcomes[3].replayed);
    CU_ASSERT_TRUE(stands(home, slot, 5, 0, 0, 0));
    CU_ASSERT_EQUAL(home_apply(home, &later).code, TK_VOIDED);
    CU_ASSERT_EQUAL(give_up(home, "till-1", &(struct op_id){{0}}).code, TK_BAD_OPERATION);
}

/* --- doors --- */

static struct outcome admit(struct home *home, const char *door, uint64_t ticket, int64_t slot)
{
    struct operation operation = make_of(home, OP_ADMIT, door);

    operation.admit.ticket_id = ticket;
    operation.admit.slot_id = slot;
    return home_apply(home, &operation);
}

CENTRE(test_early)
{
    int64_t slot = home_schedule(home, "Heat", TIME_MINUTE, 10), entered;
    uint64_t first = make_till(home, "till-1", slot, 4);
    struct operation undo = make_of(home, OP_UNADMIT, "door-2");
    struct ticket ticket;
    struct slot row;

    CU_ASSERT_EQUAL(admit(home, "door-1", first, 0).code, TK_TICKET_NOT_FOUND);
    CU_ASSERT_EQUAL(admit(home, "door-1", after(home, first, 5000), slot).code, TK_TICKET_NOT_FOUND);
    CU_ASSERT_EQUAL(admit(home, "door-1", first, slot).code, TK_OK);
    entered = home->now;
    CU_ASSERT_EQUAL(admit(home, "door-2", first, slot).code, TK_ALREADY_ADMITTED);
    CU_ASSERT_EQUAL(admit(home, "door-2", after(home, first, 1), slot).code, TK_OK);
    CU_ASSERT_EQUAL(home_get_slot(home, slot).admitted, 0); /* of those sold */
    undo.unadmit.ticket_id = first;
    CU_ASSERT_EQUAL(home_apply(home, &undo).code, TK_OTHER_DOOR);
    undo.id = home_make(home, OP_UNADMIT).id;
    undo.unadmit.ticket_id = after(home, first, 1);
    CU_ASSERT_EQUAL(home_apply(home, &undo).code, TK_OK);
    home->now += TIME_MINUTE;
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 2).code, TK_OK);
    ticket = home_get_ticket(home, first);
    CU_ASSERT_EQUAL(ticket.admitted_at, entered);
    CU_ASSERT_STRING_EQUAL(ticket.admitted_by, "door-1");
    CU_ASSERT_EQUAL(home_get_ticket(home, after(home, first, 1)).admitted_at, 0);
    row = home_get_slot(home, slot);
    CU_ASSERT(row.admitted == 1 && ticket.seq == row.seq);
    CU_ASSERT_EQUAL(admit(home, "door-2", first, slot).code, TK_ALREADY_ADMITTED);
    CU_ASSERT_EQUAL(admit(home, "door-2", after(home, first, 1), slot).code, TK_OK);
    expect_sound(home); /* nobody is both in and early */
}

/* A door that was cut off tells of somebody who was let in elsewhere: both sides are shown. */
CENTRE(test_two_doors)
{
    int64_t slot = home_schedule(home, "Heat", TIME_MINUTE, 10);
    uint64_t ticket = home_book(home, slot, 1, "", "").ticket_id;
    struct operation second = make_of(home, OP_ADMIT, "door-2");
    struct dispute dispute;

    CU_ASSERT_EQUAL(admit(home, "door-1", ticket, slot).code, TK_OK);
    second.cut_off = true;
    second.admit = (struct op_admit){ticket, slot, home->now + 1};
    second.at = home->now + 1;
    home->now += TIME_HOUR;
    CU_ASSERT_EQUAL(home_apply(home, &second).code, TK_ALREADY_ADMITTED);
    dispute = get_dispute(home, &second.id);
    CU_ASSERT(dispute.ticket_id == ticket && dispute.slot_id == slot && dispute.count == 1);
    CU_ASSERT_STRING_EQUAL(dispute.device, "door-2");
    CU_ASSERT_STRING_EQUAL(dispute.other, "door-1");
    CU_ASSERT_EQUAL(dispute.other_at, home->now - TIME_HOUR);
    CU_ASSERT_EQUAL(dispute.at, second.at);
}

CENTRE(test_denied)
{
    int64_t slot = home_schedule(home, "Heat", TIME_MINUTE, 10);
    uint64_t first = make_till(home, "till-1", slot, 4);

    CU_ASSERT_EQUAL(sell(home, "till-1", slot, first, 1).code, TK_OK);
    CU_ASSERT_EQUAL(write_off(home, 0, "till-2").code, TK_NOT_JOINED);
    CU_ASSERT_EQUAL(write_off(home, 0, "till-1").code, TK_OK);
    CU_ASSERT_EQUAL(admit(home, "door-1", first, slot).code, TK_OK); /* it is known */
    CU_ASSERT_EQUAL(admit(home, "door-1", after(home, first, 1), slot).code, TK_DENIED);
    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 6).code, TK_DISMISSED);
    CU_ASSERT_EQUAL(block(home, "till-1").code, TK_DISMISSED);
}

/* --- disputes --- */

CENTRE(test_dispute_closed_once)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);
    uint64_t first = make_till(home, "till-1", slot, 0);
    struct operation sale = make_sale(home, "till-1", slot, first, 1);
    struct operation close = home_make(home, OP_CLOSE);
    struct dispute dispute;
    struct outcome outcome;

    text_copy(sale.book.customer_name, CUSTOMER_NAME_SIZE, "Anna");
    text_copy(sale.book.customer_phone, CUSTOMER_PHONE_SIZE, "5551234");
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_NOT_ALLOTTED);
    dispute = get_dispute(home, &sale.id); /* nobody else knows whose it was */
    CU_ASSERT_STRING_EQUAL(dispute.customer_name, "Anna");
    CU_ASSERT_STRING_EQUAL(dispute.customer_phone, "5551234");
    close.settle.dispute = sale.id;
    CU_ASSERT_EQUAL(home_apply(home, &close).code, TK_BAD_REASON);
    close = home_make(home, OP_CLOSE);
    close.settle.dispute = sale.id;
    text_copy(close.settle.reason, DISPUTE_REASON_SIZE, "They sat in row 9.");
    text_copy(close.actor, ACTOR_SIZE, "Tom");
    home->now += TIME_HOUR;
    outcome = home_apply(home, &close);
    CU_ASSERT(outcome.code == TK_OK && outcome.slot_id == slot && outcome.ticket_id == first);
    dispute = get_dispute(home, &sale.id);
    CU_ASSERT_EQUAL(dispute.closed_at, home->now);
    CU_ASSERT_STRING_EQUAL(dispute.closed_by, "Tom");
    CU_ASSERT_STRING_EQUAL(dispute.reason, "They sat in row 9.");
    CU_ASSERT(!dispute.customer_name[0] && !dispute.customer_phone[0]);
    close.id = home_make(home, OP_CLOSE).id;
    CU_ASSERT_EQUAL(home_apply(home, &close).code, TK_DISPUTE_CLOSED);
    close.id = home_make(home, OP_CLOSE).id;
    close.settle.dispute = close.id;
    CU_ASSERT_EQUAL(home_apply(home, &close).code, TK_DISPUTE_NOT_FOUND);
    CU_ASSERT(count_disputes(home, true) == 0 && count_disputes(home, false) == 1);
    home_apply(home, &sale); /* sent again it opens nothing */
    CU_ASSERT_EQUAL(count_disputes(home, true), 0);
}

/* A sale that the centre had lost, and that does not fit any more. */
CENTRE(test_guest_of_lost_sale)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 1);
    struct operation sale = make_sale(home, "till-1", slot, home_book(home, slot, 1, "", "").ticket_id, 1);
    struct dispute dispute;

    sale.cut_off = false;
    text_copy(sale.book.customer_name, CUSTOMER_NAME_SIZE, "Anna");
    text_copy(sale.book.customer_phone, CUSTOMER_PHONE_SIZE, "5551234");
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_SOLD_OUT);
    dispute = get_dispute(home, &sale.id);
    CU_ASSERT_STRING_EQUAL(dispute.customer_name, "Anna");
    CU_ASSERT_STRING_EQUAL(dispute.customer_phone, "5551234");
}

CENTRE(test_dispute_pages)
{
    struct dispute_query query = {.limit = 2};
    struct dispute_list list = {0};
    size_t before = 0;

    for (int i = 0; i < 7; i++) {
        sell(home, "till-1", SLOT_ID_FIRST, 5, 1);
        home->now += i % 2;
    }
    do {
        before = list.count;
        CU_ASSERT_EQUAL(home->store->ops->list_disputes(home->store, &query, &list, NULL), TK_OK);
        query.after_found_at = list.items[list.count - 1].found_at;
        query.after_id = list.items[list.count - 1].id;
    } while (list.count > before);
    CU_ASSERT_EQUAL(list.count, 7);
    for (size_t i = 1; i < list.count; i++)
        CU_ASSERT(list.items[i - 1].found_at < list.items[i].found_at ||
                  memcmp(&list.items[i - 1].id, &list.items[i].id, sizeof query.after_id) < 0);
    dispute_list_release(&list);
}

/* Sale counts that are none, and an operation that was voided though it was done. */
CENTRE(test_odd_disputes)
{
    struct operation sale = make_sale(home, "till-1", SLOT_ID_FIRST, ID_MAX + 1, INT64_MIN);

    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_BAD_COUNT);
    CU_ASSERT(get_dispute(home, &sale.id).count == 0 && !get_dispute(home, &sale.id).ticket_id);
    sale = make_sale(home, "till-1", SLOT_ID_FIRST, 5, 1);
    CU_ASSERT_EQUAL(give_up(home, "till-1", &sale.id).code, TK_OK);
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_VOIDED);
    CU_ASSERT_EQUAL(home_apply(home, &sale).code, TK_VOIDED);
    CU_ASSERT_EQUAL(get_dispute(home, &sale.id).code, TK_VOIDED);
    CU_ASSERT_EQUAL(count_disputes(home, true), 2);
}

/* --- copies --- */

CENTRE(test_join)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 10);

    CU_ASSERT_EQUAL(join(home, "till-1", 0).code, TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(join(home, "", 1).code, TK_BAD_NAME);
    CU_ASSERT_EQUAL(join(home, "till-1", 1).code, TK_OK);
    CU_ASSERT_EQUAL(join(home, "till-1", 1).code, TK_OK);
    CU_ASSERT_EQUAL(join(home, "till-1", 2).code, TK_OK); /* it held nothing */
    CU_ASSERT_EQUAL(get_replica(home, "till-1").id.bytes[0], 2);
    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 3).code, TK_OK);
    CU_ASSERT_EQUAL(join(home, "till-1", 3).code, TK_SAME_TILL);
    CU_ASSERT_EQUAL(join(home, "till-2", 3).code, TK_OK);
    CU_ASSERT_EQUAL(get_replica(home, "till-1").id.bytes[0], 2);
    CU_ASSERT_EQUAL(give_back(home, slot, "till-1", 2).count, 2);
    CU_ASSERT_EQUAL(join(home, "till-1", 3).code, TK_SAME_TILL);
    CU_ASSERT_EQUAL(write_off(home, 0, "till-1").code, TK_OK);
    CU_ASSERT_EQUAL(get_replica(home, "till-1").dismissed_at, home->now);
    CU_ASSERT_EQUAL(join(home, "till-1", 2).code, TK_DISMISSED); /* not the same copy */
    CU_ASSERT_EQUAL(join(home, "till-1", 3).code, TK_OK);
    CU_ASSERT_EQUAL(get_replica(home, "till-1").dismissed_at, 0);
    CU_ASSERT_EQUAL(grant(home, slot, "till-1", 4).code, TK_OK);
}

/* What a till gives back in the same batch it holds no more when it joins. */
CENTRE(test_join_in_batch)
{
    int64_t one = home_schedule(home, "Heat", TIME_HOUR, 10);
    int64_t two = home_schedule(home, "Solaris", TIME_HOUR, 10);
    struct operation batch[2];
    struct outcome outcomes[2];

    make_till(home, "till-1", one, 2);
    grant(home, two, "till-1", 2);
    for (int i = 0; i < 2; i++) {
        batch[0] = make_of(home, OP_RETURN, "till-1");
        batch[0].give_back = (struct op_give_back){i ? two : one, 2};
        batch[1] = make_of(home, OP_JOIN, "till-1");
        batch[1].join.replica.bytes[0] = 0x99; /* newer than the one that is known */
        CU_ASSERT_EQUAL(store_apply(home->store, batch, 2, outcomes, NULL), TK_OK);
        CU_ASSERT(outcomes[0].code == TK_OK && outcomes[0].count == 2);
        CU_ASSERT_EQUAL(outcomes[1].code, i ? TK_OK : TK_SAME_TILL);
    }
}

static struct outcome mark(struct home *home, uint8_t replica, int64_t seq)
{
    struct operation operation = make_of(home, OP_MARK, "till-1");

    operation.mark.replica.bytes[0] = replica;
    operation.mark.seq = seq;
    operation.mark.hash[0] = (uint8_t)seq;
    return home_apply(home, &operation);
}

CENTRE(test_mark)
{
    struct operation quarantine = home_make(home, OP_QUARANTINE);
    struct replica replica;

    CU_ASSERT_EQUAL(mark(home, 1, 1).code, TK_NOT_JOINED);
    join(home, "till-1", 1);
    CU_ASSERT_EQUAL(mark(home, 2, 1).code, TK_NOT_JOINED);
    CU_ASSERT_EQUAL(mark(home, 1, -1).code, TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(mark(home, 1, 5).code, TK_OK);
    CU_ASSERT_EQUAL(mark(home, 1, 3).code, TK_OK); /* late: it was told before */
    replica = get_replica(home, "till-1");
    CU_ASSERT(replica.seq == 5 && replica.hash[0] == 5 && replica.joined_at == home->now);
    text_copy(quarantine.quarantine.holder, DEVICE_SIZE, "till-1");
    CU_ASSERT_EQUAL(home_apply(home, &quarantine).code, TK_OK);
    CU_ASSERT_EQUAL(get_replica(home, "till-1").quarantined_at, home->now);
    CU_ASSERT_EQUAL(mark(home, 1, 6).code, TK_QUARANTINED);
    CU_ASSERT_EQUAL(block(home, "till-1").code, TK_QUARANTINED);
    CU_ASSERT_EQUAL(get_replica(home, "till-1").seq, 5);
    CU_ASSERT_EQUAL(join(home, "till-1", 2).code, TK_OK); /* it holds nothing */
    replica = get_replica(home, "till-1");
    CU_ASSERT(replica.seq == 0 && replica.hash[0] == 0 && replica.quarantined_at == 0);
}

/* --- numbers --- */

CENTRE(test_blocks)
{
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 50);
    uint64_t one = make_till(home, "till-1", slot, 5), online, two;
    struct number_block_list blocks = {0};

    online = home_book(home, slot, 1, "Anna", "5551234").ticket_id;
    CU_ASSERT_EQUAL(online, after(home, one, NUMBER_BLOCK_SIZE));
    CU_ASSERT_EQUAL(block(home, "nobody").code, TK_NOT_JOINED);
    if (home->maker->lasting && !home->group_count) {
        store_close(home->store);
        home->store = home->maker->open(home, home->path);
        CU_ASSERT_PTR_NOT_NULL_FATAL(home->store);
    }
    two = block(home, "till-1").ticket_id;
    if (!home->maker->leaps)
        CU_ASSERT_EQUAL(two, after(home, online, 1));
    CU_ASSERT_EQUAL(home_book(home, slot, 1, "Tom", "5550000").ticket_id,
                    after(home, two, NUMBER_BLOCK_SIZE));
    CU_ASSERT_EQUAL(sell(home, "till-1", slot, after(home, one, 7), 2).code, TK_OK);
    CU_ASSERT_EQUAL(home->store->ops->list_blocks(home->store, "till-1", false, &blocks, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL_FATAL(blocks.count, 2);
    CU_ASSERT(blocks.items[0].count == 1000 && blocks.items[0].next == blocks.items[0].first + 9);
    CU_ASSERT(home->maker->leaps ? blocks.items[1].first > blocks.items[0].first + 1000
                                 : blocks.items[1].first == blocks.items[0].first + 1001);
    CU_ASSERT_EQUAL(blocks.items[1].next, blocks.items[1].first);
    number_block_list_release(&blocks);
    write_off(home, 0, "till-1");
    CU_ASSERT_EQUAL(home->store->ops->list_blocks(home->store, NULL, true, &blocks, NULL), TK_OK);
    CU_ASSERT(blocks.count == 2 && blocks.items[1].written_off_at == home->now);
    number_block_list_release(&blocks);
}

CENTRE(test_list_allotments)
{
    static const char *const tills[] = {"till-2", "till-1", "till-3"};
    struct allotment_query query = {.limit = 2};
    struct allotment_list list = {0};
    size_t before;

    for (int i = 0; i < 3; i++)
        home_schedule(home, "Heat", TIME_HOUR, 20);
    for (int i = 0; i < 3; i++) {
        join(home, tills[i], 1);
        for (int j = 0; j < 3; j++)
            grant(home, SLOT_ID_FIRST + j, tills[i], 2);
    }
    give_back(home, SLOT_ID_FIRST + 1, "till-1", 2);
    do {
        before = list.count;
        CU_ASSERT_EQUAL(home->store->ops->list_allotments(home->store, &query, &list, NULL), TK_OK);
        query.after_slot = list.items[list.count - 1].slot_id;
        text_copy(query.after_holder, DEVICE_SIZE, list.items[list.count - 1].holder);
    } while (list.count > before);
    CU_ASSERT_EQUAL_FATAL(list.count, 9);
    for (size_t i = 0; i < list.count; i++)
        CU_ASSERT(list.items[i].slot_id == SLOT_ID_FIRST + (int64_t)i / 3 &&
                  list.items[i].holder[5] == (char)('1' + i % 3));
    allotment_list_release(&list);
    query = (struct allotment_query){.slot_id = SLOT_ID_FIRST + 1, .held = true};
    CU_ASSERT_EQUAL(home->store->ops->list_allotments(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 2);
    allotment_list_release(&list);
    query = (struct allotment_query){.holder = "till-1", .after_slot = SLOT_ID_FIRST};
    query.held = true;
    text_copy(query.after_holder, DEVICE_SIZE, "till-1");
    CU_ASSERT_EQUAL(home->store->ops->list_allotments(home->store, &query, &list, NULL), TK_OK);
    CU_ASSERT(list.count == 1 && list.items[0].slot_id == SLOT_ID_FIRST + 2);
    allotment_list_release(&list);
}

/* --- nothing oversells --- */

static int64_t below(struct home *home, int64_t bound)
{
    return (int64_t)test_random_below(&home->random, (uint64_t)bound);
}

static int32_t sum_held(struct home *home, int64_t slot)
{
    struct allotment_query query = {.slot_id = slot};
    struct allotment_list list = {0};
    int32_t sum = 0;

    CU_ASSERT_EQUAL(home->store->ops->list_allotments(home->store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++) {
        CU_ASSERT(allotment_held(&list.items[i]) >= 0);
        sum += allotment_held(&list.items[i]);
    }
    allotment_list_release(&list);
    return sum;
}

static int32_t count_living(struct home *home, int64_t slot)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    int32_t living = 0;

    query.slot_id = slot;
    CU_ASSERT_EQUAL(home->store->ops->list_tickets(home->store, &query, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        living += !list.items[i].canceled_at;
    ticket_list_release(&list);
    return living;
}

/* One step of a till, online or cut off. */
static void step(struct home *home, int64_t slot, const char *till, uint64_t *next,
                 uint64_t *last)
{
    struct allotment own = get_allotment(home, slot, till);
    struct operation operation = make_of(home, OP_CANCEL, till);
    int64_t count = 1 + below(home, 3);

    switch (below(home, 8)) {
    case 0:
        grant(home, slot, till, own.granted + below(home, 6));
        break;
    case 1:
        give_back(home, slot, till, own.returned + below(home, 5) - 1);
        break;
    case 2:
        if (below(home, 4) == 0)
            write_off(home, slot, till);
        break;
    case 3:
        home_book(home, slot, count, "", "");
        break;
    case 4:
        operation.cut_off = below(home, 2) != 0;
        operation.cancel.ticket_id = *last;
        home_apply(home, &operation);
        break;
    default:
        if (sell(home, till, slot, *next, count).code)
            break;
        *last = *next;
        *next = after(home, *next, (uint64_t)count);
    }
}

CENTRE(test_never_oversold)
{
    static const char *const tills[] = {"till-1", "till-2", "till-3"};
    int64_t slot = home_schedule(home, "Heat", TIME_HOUR, 30);
    uint64_t next[3], last = 0;

    for (int i = 0; i < 3; i++)
        next[i] = make_till(home, tills[i], slot, 2);
    for (int i = 0; i < 150; i++) {
        int64_t till = below(home, 3);
        struct slot row;

        step(home, slot, tills[till], &next[till], &last);
        if (i == 120) {
            home->now += TIME_DAY;
            home_expire(home, slot, home->now);
        }
        row = home_get_slot(home, slot);
        CU_ASSERT_TRUE(slot_is_balanced(&row));
        CU_ASSERT_EQUAL(row.sold, count_living(home, slot));
        CU_ASSERT(row.expired_at ? row.allotted == 0 && sum_held(home, slot) <= row.lost
                                 : row.allotted == sum_held(home, slot));
    }
    expect_sound(home);
}

SUITE(contract_tills, {"a till is granted places, by a total", test_grant},
      {"and gives them back by a total, late, twice and out of order", test_return},
      {"what is written off is in the common stock, and a sale of it is a dispute", test_write_off},
      {"a sale that was made cut off takes what the till holds, once", test_sale},
      {"more than it holds is a dispute", test_sale_without_places},
      {"its numbers are its own, and fresh", test_numbers},
      {"what is canceled cut off goes back to what the till holds", test_cancel},
      {"a ticket is reissued cut off where places are held", test_reissue},
      {"a sale that is told when the showing has expired takes a lost place", test_late_sale},
      {"a sale that the centre had lost keeps its numbers", test_lost_sale},
      {"and the next number comes after them in the same batch", test_lost_sale_in_batch},
      {"nothing that is told late oversells an expired showing", test_lost_and_late},
      {"what was given up before it came is never done", test_void_before},
      {"what ran before it was given up is taken back", test_void_after},
      {"operations and their voids meet in a batch", test_void_in_batch},
      {"who was let in before the sale is known is in with it", test_early},
      {"of two doors the second one's guest is a dispute with both sides", test_two_doors},
      {"unknown tickets of a till that was written off are denied", test_denied},
      {"a dispute is closed once, by a person, with a reason", test_dispute_closed_once},
      {"a sale that the centre had lost keeps its guest in dispute", test_guest_of_lost_sale},
      {"pages of disputes join without gap or repeat", test_dispute_pages},
      {"disputes are told of whatever was sent", test_odd_disputes},
      {"a copy joins unless another one of its name holds places", test_join},
      {"what was given back in a batch is not held when it joins", test_join_in_batch},
      {"the mark of a queue only rises, and stands in quarantine", test_mark},
      {"numbers of blocks are nobody else's, also after reopening", test_blocks},
      {"allotments are listed by slot and holder", test_list_allotments},
      {"nothing is oversold, whatever tills do", test_never_oversold})
