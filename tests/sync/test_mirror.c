/* A till's copy: what it may do, what it takes over, and in which order it may be told (core/mirror.h). */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/sync/copy.h"

/* A copy that holds some places of a showing of 20. */
static int64_t begin(struct copy *copy, int64_t held)
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

/* --- whose copy it is --- */

static void test_adopt(void)
{
    struct copy copy;
    struct mirror_state state;
    struct store_facts facts = {0};
    uint64_t first;
    int64_t slot;

    copy_init(&copy);
    state = copy_state(&copy);
    CU_ASSERT_FALSE(state.adopted || state.suspect || state.seq);
    slot = fixture_schedule(&copy.centre, "Aurora", TIME_HOUR, 20);
    CU_ASSERT_EQUAL(fixture_book(&copy.centre, slot, 2, "Ana", "+351912", &first), TK_OK);
    CU_ASSERT_EQUAL_FATAL(copy_adopt(&copy), TK_OK);
    copy_sync(&copy, slot);
    state = copy_state(&copy);
    copy.centre.store->ops->facts(copy.centre.store, &facts, NULL);
    CU_ASSERT(state.adopted && state.role == ROLE_CLERK && !state.suspect);
    CU_ASSERT_STRING_EQUAL(state.centre, facts.uuid);
    CU_ASSERT_STRING_EQUAL(state.device, COPY_DEVICE);
    CU_ASSERT(op_id_equal(&state.replica, &copy.replica));
    CU_ASSERT_EQUAL(state.rules.admit_before, TIME_HOUR);
    CU_ASSERT_EQUAL(state.latest, copy.centre.now);
    CU_ASSERT(copy_ticket(&copy, first, NULL));
    copy_close(&copy);
    CU_ASSERT_EQUAL(copy_open(&copy, NULL), TK_OK);
    CU_ASSERT(copy_ticket(&copy, first, NULL)); /* the ids' key is kept */
    CU_ASSERT_FALSE(copy_state(&copy).suspect);
    end(&copy);
}

static void test_kinds(void)
{
    struct copy copy;
    struct sqlite_options options;
    struct tk_error error = {0};
    struct operation book;
    struct outcome outcome;
    struct store *store = NULL;
    int64_t slot = begin(&copy, 2);

    book = copy_operation(&copy, OP_BOOK);
    book.cut_off = false;
    book.book.slot.id = slot;
    book.book.count = 1;
    CU_ASSERT_EQUAL(copy_apply(&copy, &book, NULL), TK_BAD_OPERATION);
    CU_ASSERT_EQUAL(store_apply(copy.store, &book, 1, &outcome, &error), TK_READ_ONLY);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "till's copy"));
    options = copy_options(&copy);
    options.mirror = false;
    CU_ASSERT_EQUAL(sqlite_store_open(&options, &store, &error), TK_NOT_A_STORE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "--central"));
    options.look_only = true;
    CU_ASSERT_EQUAL(sqlite_store_open(&options, &store, NULL), TK_OK);
    store_close(store);
    options = fixture_options(&copy.centre);
    options.mirror = true;
    CU_ASSERT_EQUAL(sqlite_store_open(&options, &store, &error), TK_NOT_A_STORE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "box office itself"));
    end(&copy);
}

/* --- doing --- */

static void check_chain(struct copy *copy)
{
    struct mirror_state state = copy_state(copy);
    struct mirror_entry_list list = {0};
    uint8_t hash[CRYPTO_HASH_SIZE], known[CRYPTO_HASH_SIZE];
    int64_t seq = state.taken_seq;

    memcpy(hash, state.taken_hash, sizeof hash);
    copy->mirror->ops->list_queue(copy->mirror, 0, 0, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        CU_ASSERT_EQUAL(list.items[i].seq, ++seq);
        CU_ASSERT_EQUAL(mirror_chain(hash, seq, &list.items[i].operation, hash), TK_OK);
        CU_ASSERT_EQUAL(copy->mirror->ops->hash_at(copy->mirror, seq, known, NULL), TK_OK);
        CU_ASSERT_EQUAL(memcmp(hash, known, sizeof hash), 0);
    }
    CU_ASSERT_EQUAL(seq, state.seq);
    CU_ASSERT_EQUAL(memcmp(hash, state.hash, sizeof hash), 0);
    mirror_entry_list_release(&list);
}

static void test_sell(void)
{
    struct copy copy;
    struct journal_list journal = {0};
    bool unsent = false;
    uint64_t first, second;
    int64_t slot = begin(&copy, 3), other;

    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, &first), TK_OK);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 1);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, NULL), TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, &second), TK_OK);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 2);
    CU_ASSERT_NOT_EQUAL(first, second);
    copy.mirror->ops->is_unsent(copy.mirror, first, &unsent, NULL);
    CU_ASSERT(unsent);
    CU_ASSERT_EQUAL(copy_state(&copy).busiest, 3);
    check_chain(&copy);
    copy.store->ops->list_journal(copy.store, &(struct journal_query){0}, &journal, NULL);
    CU_ASSERT_EQUAL(journal.count, 4); /* those refused, too */
    journal_list_release(&journal);
    /* the common stock is the centre's */
    other = fixture_schedule(&copy.centre, "Boreal", TIME_HOUR, 20);
    copy_sync(&copy, other);
    CU_ASSERT_EQUAL(copy_sell(&copy, other, 1, NULL), TK_NOT_ALLOTTED);
    end(&copy);
}

static void test_again(void)
{
    struct copy copy;
    struct operation book, again;
    struct outcome outcome = {0};
    uint64_t first;
    int64_t slot = begin(&copy, 3);

    book = copy_operation(&copy, OP_BOOK);
    book.book.slot.id = slot;
    book.book.count = 1;
    again = book;
    CU_ASSERT_EQUAL(copy_apply(&copy, &book, &outcome), TK_OK);
    CU_ASSERT_EQUAL(book.book.first_ticket, outcome.ticket_id);
    first = outcome.ticket_id;
    CU_ASSERT_EQUAL(copy_apply(&copy, &again, &outcome), TK_OK);
    CU_ASSERT(outcome.replayed && outcome.ticket_id == first);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 1);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 2);
    book = copy_operation(&copy, OP_BOOK);
    book.book.slot.id = slot;
    book.book.count = 3;
    CU_ASSERT_EQUAL(copy_apply(&copy, &book, &outcome), TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(book.book.first_ticket, 0);
    CU_ASSERT_EQUAL(copy_apply(&copy, &book, &outcome), TK_NOT_ALLOTTED);
    CU_ASSERT(outcome.replayed);
    end(&copy);
}

static void test_batch(void)
{
    struct copy copy;
    struct operation batch[3];
    struct outcome outcomes[3];
    int64_t slot = begin(&copy, 2);

    for (int i = 0; i < 3; i++) {
        batch[i] = copy_operation(&copy, OP_BOOK);
        batch[i].book.slot.id = slot;
        batch[i].book.count = 1;
    }
    CU_ASSERT_EQUAL(copy.mirror->ops->apply(copy.mirror, batch, 3, copy.centre.now, outcomes, NULL),
                    TK_OK);
    CU_ASSERT(!outcomes[0].code && !outcomes[1].code);
    CU_ASSERT_NOT_EQUAL(outcomes[0].ticket_id, outcomes[1].ticket_id);
    CU_ASSERT_EQUAL(outcomes[2].code, TK_NOT_ALLOTTED);
    check_chain(&copy);
    end(&copy);
}

/* --- telling and being told --- */

static void test_round(void)
{
    struct copy copy;
    struct mirror_state state;
    uint8_t hash[CRYPTO_HASH_SIZE];
    struct ticket ticket;
    bool unsent = true;
    uint64_t first;
    int64_t slot = begin(&copy, 4);

    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, &first), TK_OK);
    copy_sync(&copy, slot);
    state = copy_state(&copy);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 0);
    CU_ASSERT(state.seq == 1 && state.taken_seq == 1);
    CU_ASSERT_EQUAL(memcmp(state.hash, state.taken_hash, sizeof state.hash), 0);
    CU_ASSERT_EQUAL(copy.mirror->ops->hash_at(copy.mirror, 1, hash, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy.mirror->ops->hash_at(copy.mirror, 2, hash, NULL), TK_NOT_FOUND);
    copy.mirror->ops->is_unsent(copy.mirror, first, &unsent, NULL);
    CU_ASSERT_FALSE(unsent);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 2);
    CU_ASSERT(copy_ticket(&copy, first, &ticket) && ticket.status == TICKET_BOOKED);
    CU_ASSERT_EQUAL(fixture_slot(&copy.centre, slot).sold, 2);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, NULL), TK_OK);
    check_chain(&copy);
    end(&copy);
}

/* What was asked before a sale may come after its answer: what was sold is not held again. */
static void test_late(void)
{
    struct copy copy;
    struct copy_reply early, answer;
    struct mirror_report report = {0};
    int64_t slot = begin(&copy, 2);

    copy_ask(&copy, false, slot, true, &early);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_take(&copy, &early, &report), TK_OK);
    CU_ASSERT_EQUAL(report.kept, 1);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    copy_ask(&copy, true, slot, false, &answer);
    CU_ASSERT_EQUAL(copy_take(&copy, &answer, &report), TK_OK);
    CU_ASSERT(report.answered == 1 && report.slots == 1 && !report.kept);
    CU_ASSERT_EQUAL(copy_take(&copy, &early, &report), TK_OK);
    CU_ASSERT(!report.slots && !report.tickets);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    CU_ASSERT_EQUAL(copy_take(&copy, &answer, &report), TK_OK); /* twice */
    CU_ASSERT_EQUAL(report.answered, 0);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_NOT_ALLOTTED);
    copy_reply_release(&early);
    copy_reply_release(&answer);
    end(&copy);
}

/* An answer without the slot's row would leave nothing to tell a late one by. */
static void test_answer_alone(void)
{
    struct copy copy;
    struct copy_reply early, answer;
    int64_t slot = begin(&copy, 2);

    copy_ask(&copy, false, slot, true, &early);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_ask(&copy, true, 0, false, &answer);
    CU_ASSERT_EQUAL(copy_take(&copy, &answer, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_take(&copy, &early, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 1);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 0);
    CU_ASSERT_EQUAL(copy_take(&copy, &early, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 1);
    copy_reply_release(&early);
    copy_reply_release(&answer);
    end(&copy);
}

/* The rows stay this till's while a later entry waits; then they come. */
static void test_kept(void)
{
    struct copy copy;
    struct copy_reply answer;
    struct mirror_report report = {0};
    uint64_t other;
    int64_t slot = begin(&copy, 4);

    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(fixture_book(&copy.centre, slot, 3, "Ana", "+351912", &other), TK_OK);
    copy_ask(&copy, true, slot, false, &answer);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_take(&copy, &answer, &report), TK_OK);
    CU_ASSERT(report.answered == 1 && report.kept == 1 && !report.tickets);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 2);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 1);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 2);
    CU_ASSERT(copy_ticket(&copy, other, NULL));
    copy_reply_release(&answer);
    end(&copy);
}

static void write_off(struct copy *copy, int64_t slot)
{
    struct operation operation = copy_operation(copy, OP_WRITE_OFF);

    operation.cut_off = false;
    text_copy(operation.device, sizeof operation.device, "office");
    operation.write_off.slot_id = slot;
    text_copy(operation.write_off.holder, DEVICE_SIZE, COPY_DEVICE);
    CU_ASSERT_EQUAL(copy_at_centre(copy, &operation), TK_OK);
}

static void test_refused(void)
{
    struct copy copy;
    struct copy_reply answer;
    struct mirror_report report = {0};
    struct ticket ticket = {0};
    uint64_t first, kept;
    int64_t slot = begin(&copy, 3);

    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, &kept), TK_OK);
    copy_sync(&copy, slot);
    write_off(&copy, slot);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, &first), TK_OK);
    copy_ask(&copy, true, slot, false, &answer);
    CU_ASSERT_EQUAL(copy_take(&copy, &answer, &report), TK_OK);
    CU_ASSERT(report.answered == 1 && report.refused == 1);
    CU_ASSERT(copy_ticket(&copy, first, &ticket) && ticket.status == TICKET_CANCELED);
    CU_ASSERT_EQUAL(copy_cursor(&copy, slot).seq, 0);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    copy_sync(&copy, slot);
    CU_ASSERT_FALSE(copy_ticket(&copy, first, NULL));
    CU_ASSERT(copy_ticket(&copy, kept, &ticket) && ticket.status == TICKET_BOOKED);
    CU_ASSERT(copy_cursor(&copy, slot).seq > 0);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 0);
    copy_reply_release(&answer);
    end(&copy);
}

/* A reply from before a write-off comes after one that was read after it. */
static void test_written_off(void)
{
    struct copy copy;
    struct copy_reply before, after;
    int64_t slot = begin(&copy, 5);

    copy_ask(&copy, false, slot, false, &before);
    write_off(&copy, slot);
    copy_ask(&copy, false, slot, false, &after);
    CU_ASSERT_EQUAL(copy_take(&copy, &after, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    CU_ASSERT_EQUAL(copy_take(&copy, &before, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    copy_reply_release(&before);
    copy_reply_release(&after);
    copy_sync(&copy, slot);
    end(&copy);
}

/* Keeps the first tickets of a reply, as one that had no room for more. */
static void cut(struct copy_reply *reply, size_t tickets)
{
    struct mirror_slot *slot = &reply->rows.slots.items[0];

    reply->rows.tickets.count = tickets;
    slot->through_seq = reply->rows.tickets.items[tickets - 1].seq;
    slot->through_id = reply->rows.tickets.items[tickets - 1].id;
}

static void test_parts(void)
{
    struct copy copy;
    struct copy_reply first, second;
    uint64_t sold[3];
    int64_t slot = begin(&copy, 0);

    for (int i = 0; i < 3; i++)
        fixture_book(&copy.centre, slot, 2, i ? NULL : "Ana", i ? NULL : "+351912", &sold[i]);
    copy_ask(&copy, false, slot, true, &first);
    cut(&first, 3); /* in the middle of a sale */
    CU_ASSERT_EQUAL(copy_take(&copy, &first, NULL), TK_OK);
    CU_ASSERT(copy_ticket(&copy, sold[1], NULL) && !copy_ticket(&copy, sold[2], NULL));
    CU_ASSERT_EQUAL(copy_cursor(&copy, slot).ticket_id, sold[1]);
    copy_ask(&copy, false, slot, false, &second);
    CU_ASSERT_EQUAL(second.rows.tickets.count, 3);
    CU_ASSERT_EQUAL(copy_take(&copy, &second, NULL), TK_OK);
    CU_ASSERT(copy_ticket(&copy, sold[2], NULL));
    CU_ASSERT_EQUAL(copy_cursor(&copy, slot).ticket_id, 0);
    CU_ASSERT_EQUAL(copy_take(&copy, &first, NULL), TK_OK); /* late: nothing is lost */
    CU_ASSERT(copy_ticket(&copy, sold[2], NULL));
    CU_ASSERT_EQUAL(copy_cursor(&copy, slot).ticket_id, 0);
    copy_reply_release(&first);
    copy_reply_release(&second);
    end(&copy);
}

/* Changes of what is not here are no whole. */
static void test_gap(void)
{
    struct copy copy;
    struct copy_reply changes;
    size_t forgotten = 0;
    int64_t slot = begin(&copy, 0);

    fixture_book(&copy.centre, slot, 2, NULL, NULL, NULL);
    copy_ask(&copy, false, slot, false, &changes);
    CU_ASSERT_FALSE(changes.rows.slots.items[0].whole);
    copy.mirror->ops->purge(copy.mirror, TIME_MAX, &forgotten, NULL);
    CU_ASSERT_EQUAL(forgotten, 1);
    CU_ASSERT_EQUAL(copy_take(&copy, &changes, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_cursor(&copy, slot).seq, 0);
    copy_reply_release(&changes);
    end(&copy);
}

/* One who bought while the till was cut off, and whom the centre knows under another number. */
static void test_same_person(void)
{
    struct copy copy;
    struct operation book;
    struct outcome outcome = {0};
    struct ticket here, there;
    uint64_t known;
    int64_t slot = begin(&copy, 2), other;

    other = fixture_schedule(&copy.centre, "Boreal", TIME_HOUR, 20);
    book = copy_operation(&copy, OP_BOOK);
    book.book.slot.id = slot;
    book.book.count = 1;
    text_copy(book.book.customer_name, CUSTOMER_NAME_SIZE, "Ana");
    text_copy(book.book.customer_phone, CUSTOMER_PHONE_SIZE, "+351912");
    CU_ASSERT_EQUAL(copy_apply(&copy, &book, &outcome), TK_OK);
    fixture_book(&copy.centre, other, 1, "Ana", "+351912", &known);
    copy_sync(&copy, other);
    CU_ASSERT(copy_ticket(&copy, known, &there));
    CU_ASSERT(copy_ticket(&copy, outcome.ticket_id, &here));
    CU_ASSERT_EQUAL(here.customer_id, there.customer_id);
    copy_sync(&copy, slot);
    CU_ASSERT(copy_ticket(&copy, outcome.ticket_id, &here));
    CU_ASSERT_EQUAL(here.customer_id, there.customer_id);
    end(&copy);
}

static void test_rest(void)
{
    struct copy copy;
    struct mirror_rows rows = {0};
    struct mirror_key key = {.generation = 1};
    struct dispute dispute = {.kind = OP_BOOK, .code = TK_NOT_ALLOTTED, .count = 1, .found_at = 5};
    struct crypto_key found;
    struct id_list keyless = {0};
    struct dispute_list disputes = {0};
    int64_t slot = begin(&copy, 2);

    copy.mirror->ops->list_keyless(copy.mirror, 0, 0, &keyless, NULL);
    CU_ASSERT(keyless.count == 1 && keyless.items[0] == slot);
    key.slot_id = slot;
    memset(&key.key, 7, sizeof key.key);
    dispute.id = copy_id(&copy);
    mirror_key_list_add(&rows.keys, &key);
    dispute_list_add(&rows.disputes, &dispute);
    rows.all_disputes = true;
    CU_ASSERT_EQUAL(copy.mirror->ops->take(copy.mirror, &rows, NULL, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy.mirror->ops->slot_key(copy.mirror, slot, 0, &found, NULL), TK_OK);
    CU_ASSERT_EQUAL(memcmp(&found, &key.key, sizeof found), 0);
    CU_ASSERT_EQUAL(copy.mirror->ops->slot_key(copy.mirror, slot, 2, &found, NULL), TK_NOT_FOUND);
    id_list_release(&keyless);
    copy.mirror->ops->list_keyless(copy.mirror, 0, 0, &keyless, NULL);
    CU_ASSERT_EQUAL(keyless.count, 0);
    copy.store->ops->list_disputes(copy.store, &(struct dispute_query){.open = true}, &disputes,
                                   NULL);
    CU_ASSERT_EQUAL(disputes.count, 1);
    rows.disputes.count = 0;
    CU_ASSERT_EQUAL(copy.mirror->ops->take(copy.mirror, &rows, NULL, NULL, NULL, NULL), TK_OK);
    dispute_list_release(&disputes);
    copy.store->ops->list_disputes(copy.store, &(struct dispute_query){.open = true}, &disputes,
                                   NULL);
    CU_ASSERT_EQUAL(disputes.count, 0);
    dispute_list_release(&disputes);
    mirror_rows_release(&rows);
    end(&copy);
}

/* Numbers are used once, whatever the centre knows of them. */
static void test_numbers(void)
{
    struct copy copy;
    struct copy_reply early;
    uint64_t first, second;
    int64_t slot = begin(&copy, 4);

    copy_ask(&copy, false, 0, false, &early);
    early.rows.all_blocks = true;
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, &first), TK_OK);
    CU_ASSERT_EQUAL(copy_take(&copy, &early, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 2, &second), TK_OK);
    CU_ASSERT_NOT_EQUAL(first, second);
    copy_reply_release(&early);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(fixture_slot(&copy.centre, slot).sold, 4);
    end(&copy);
}

/* What was asked for as another replica has other numbers for the queue. */
static void test_other_replica(void)
{
    struct copy copy;
    struct copy_reply late;
    struct mirror_report report = {0};
    int64_t slot = begin(&copy, 4);

    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_ask(&copy, true, slot, true, &late);
    CU_ASSERT_EQUAL(copy_renew(&copy), TK_OK);
    CU_ASSERT_EQUAL(copy_take(&copy, &late, &report), TK_OK);
    CU_ASSERT(!report.answered && !report.slots);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 1);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 0);
    check_chain(&copy);
    copy_reply_release(&late);
    copy_sync(&copy, slot);
    end(&copy);
}

static void test_standing(void)
{
    static const struct {
        enum standing standing;
        enum tk_code code;
    } table[] = {{STANDING_STRANGER, TK_SAME_TILL}, {STANDING_QUARANTINED, TK_QUARANTINED},
                 {STANDING_DISMISSED, TK_DISMISSED}, {STANDING_BEHIND, TK_NOT_ALLOTTED},
                 {STANDING_GOOD, TK_OK}};
    struct copy copy;
    struct copy_reply old, reply;
    int64_t slot = begin(&copy, 4);

    copy_ask(&copy, false, 0, false, &old);
    copy.centre.now += TIME_SECOND;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        copy_ask(&copy, false, 0, false, &reply);
        reply.state.standing = table[i].standing;
        CU_ASSERT_EQUAL(copy_take(&copy, &reply, NULL), TK_OK);
        if (table[i].standing != STANDING_GOOD) /* good news from before */
            CU_ASSERT_EQUAL(copy_take(&copy, &old, NULL), TK_OK);
        CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), table[i].code);
        copy_reply_release(&reply);
    }
    copy_reply_release(&old);
    end(&copy);
}

/* --- forgetting and finding --- */

static void test_purge(void)
{
    struct copy copy;
    struct customer_list customers = {0};
    size_t forgotten = 9;
    uint64_t first;
    int64_t slot = begin(&copy, 2);

    fixture_book(&copy.centre, slot, 1, "Ana", "+351912", &first);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy.mirror->ops->purge(copy.mirror, TIME_MAX, &forgotten, NULL), TK_OK);
    CU_ASSERT_EQUAL(forgotten, 0); /* something waits */
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(
        copy.mirror->ops->purge(copy.mirror, copy.centre.now + TIME_HOUR, &forgotten, NULL), TK_OK);
    CU_ASSERT_EQUAL(forgotten, 0);
    CU_ASSERT_EQUAL(
        copy.mirror->ops->purge(copy.mirror, copy.centre.now + 3 * TIME_HOUR, &forgotten, NULL),
        TK_OK);
    CU_ASSERT_EQUAL(forgotten, 1);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), -1);
    CU_ASSERT_FALSE(copy_ticket(&copy, first, NULL));
    copy.store->ops->list_customers(copy.store, &(struct customer_query){0}, &customers, NULL);
    CU_ASSERT_EQUAL(customers.count, 0);
    customer_list_release(&customers);
    end(&copy);
}

static void test_wipe(void)
{
    struct copy copy;
    struct copy_reply early;
    struct operation give;
    struct crypto_key key;
    int64_t slot = begin(&copy, 3);

    copy_ask(&copy, false, slot, true, &early);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy.mirror->ops->wipe(copy.mirror, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_take(&copy, &early, NULL), TK_OK); /* known for an old one all the same */
    CU_ASSERT_EQUAL(copy_held(&copy, slot), -1);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 2);
    give = copy_operation(&copy, OP_RETURN); /* its numbers are the centre's to give anew */
    give.give_back.slot_id = slot;
    give.give_back.returned = 1;
    CU_ASSERT_EQUAL(copy_apply(&copy, &give, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy.mirror->ops->wipe(copy.mirror, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), -1);
    CU_ASSERT_EQUAL(copy.mirror->ops->slot_key(copy.mirror, slot, 0, &key, NULL), TK_NOT_FOUND);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 1);
    check_chain(&copy);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 1);
    CU_ASSERT_EQUAL(copy_take(&copy, &early, NULL), TK_OK);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), 1);
    copy_reply_release(&early);
    end(&copy);
}

/* The centre is put back from a backup: what it sold since is known here. */
static void test_lost(void)
{
    struct copy copy;
    struct mirror_entry_list lost = {0};
    struct mirror_identity identity = {.role = ROLE_CLERK};
    struct mirror_state state;
    struct copy_reply reply;
    struct store_facts facts;
    struct op_id replica, first_id;
    uint64_t sold[2];
    int64_t slot = begin(&copy, 3);

    fixture_book(&copy.centre, slot, 1, "Ana", "+351912", &sold[0]);
    fixture_book(&copy.centre, slot, 1, NULL, NULL, &sold[1]);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_sell(&copy, slot, 1, NULL), TK_OK);
    copy_ask(&copy, false, slot, true, &reply);
    copy.centre.store->ops->facts(copy.centre.store, &facts, NULL);
    text_copy(identity.centre, sizeof identity.centre, facts.uuid);
    text_copy(identity.device, sizeof identity.device, COPY_DEVICE);
    identity.era = facts.era + 1;
    identity.id_key = facts.id_key;
    replica = copy_id(&copy);
    CU_ASSERT_EQUAL(copy.mirror->ops->adopt(copy.mirror, &identity, &replica, &copy.replica, NULL),
                    TK_OK);
    state = copy_state(&copy);
    CU_ASSERT(state.era == facts.era + 1 && state.seq == 1 && !state.taken_seq && !state.version);
    CU_ASSERT_EQUAL(copy_held(&copy, slot), -1);
    check_chain(&copy);
    copy.mirror->ops->list_lost(copy.mirror, 0, &lost, NULL);
    CU_ASSERT_EQUAL(lost.count, 0);
    /* the first of them was in the backup */
    reply.rows.slots.count = 0;
    reply.state.replica = replica;
    CU_ASSERT_EQUAL(copy_take(&copy, &reply, NULL), TK_OK);
    copy.mirror->ops->list_lost(copy.mirror, 0, &lost, NULL);
    CU_ASSERT_EQUAL_FATAL(lost.count, 2);
    CU_ASSERT_EQUAL(lost.items[0].operation.book.first_ticket, sold[0]);
    CU_ASSERT_STRING_EQUAL(lost.items[0].operation.book.customer_name, "Ana");
    CU_ASSERT(lost.items[0].operation.book.slot.id == slot && !lost.items[0].operation.cut_off);
    first_id = lost.items[0].operation.id;
    CU_ASSERT_FALSE(op_id_equal(&first_id, &lost.items[1].operation.id));
    lost.count = 1;
    CU_ASSERT_EQUAL(copy.mirror->ops->forget_lost(copy.mirror, &lost, NULL), TK_OK);
    lost.count = 0;
    copy.mirror->ops->list_lost(copy.mirror, 0, &lost, NULL);
    CU_ASSERT_EQUAL(lost.count, 1);
    CU_ASSERT_EQUAL(lost.items[0].operation.book.first_ticket, sold[1]);
    mirror_entry_list_release(&lost);
    copy_reply_release(&reply);
    end(&copy);
}

/* --- two handles --- */

static void test_two_handles(void)
{
    struct copy copy;
    struct copy other;
    int64_t slot;
    int sold = 0;

    copy_init(&copy);
    other = copy;
    CU_ASSERT_EQUAL_FATAL(copy_open(&other, NULL), TK_OK);
    slot = fixture_schedule(&copy.centre, "Aurora", TIME_HOUR, 20);
    CU_ASSERT_EQUAL_FATAL(copy_adopt(&copy), TK_OK);
    copy_grant(&copy, slot, 5);
    copy_sync(&copy, slot);
    CU_ASSERT(copy_state(&other).adopted && copy_held(&other, slot) == 5);
    other.centre.random += 77;
    for (int i = 0; i < 8; i++)
        sold += copy_sell(i % 2 ? &other : &copy, slot, 1, NULL) == TK_OK;
    CU_ASSERT_EQUAL(sold, 5);
    check_chain(&other);
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_waiting(&other), 0);
    CU_ASSERT_EQUAL(fixture_slot(&copy.centre, slot).sold, 5);
    copy_close(&other);
    end(&copy);
}

/* --- any order --- */

#define HELD_BACK 6

/* Deals with one of the replies that are under way: takes it, or asks for a new one in its place. */
static void deal(struct copy *copy, struct copy_reply *reply, bool *there, int64_t slot,
                 uint64_t *seed)
{
    if (!*there)
        copy_ask(copy, test_random_below(seed, 2), slot, test_random_below(seed, 3) == 0, reply);
    else
        CU_ASSERT_EQUAL(copy_take(copy, reply, NULL), TK_OK);
    if (*there && test_random_below(seed, 3)) { /* else it comes once more */
        copy_reply_release(reply);
        *there = false;
        return;
    }
    *there = true;
}

static void cancel_one(struct copy *copy, uint64_t *tickets, size_t *count, uint64_t *seed)
{
    struct operation cancel = copy_operation(copy, OP_CANCEL);
    size_t at = *count ? test_random_below(seed, *count) : 0;
    bool unsent = false;

    if (!*count)
        return;
    copy->mirror->ops->is_unsent(copy->mirror, tickets[at], &unsent, NULL);
    cancel.cancel.ticket_id = tickets[at];
    if (unsent && copy_apply(copy, &cancel, NULL) == TK_OK)
        tickets[at] = tickets[--*count];
}

static void give_back(struct copy *copy, int64_t slot)
{
    struct operation give = copy_operation(copy, OP_RETURN);
    struct allotment_query query = {.slot_id = slot, .holder = COPY_DEVICE};
    struct allotment_list list = {0};

    copy->store->ops->list_allotments(copy->store, &query, &list, NULL);
    if (list.count && allotment_held(&list.items[0])) {
        give.give_back.slot_id = slot;
        give.give_back.returned = list.items[0].returned + 1;
        CU_ASSERT_EQUAL(copy_apply(copy, &give, NULL), TK_OK);
    }
    allotment_list_release(&list);
}

static void step(struct copy *copy, int64_t slot, int64_t *granted, uint64_t *tickets,
                 size_t *count, uint64_t *seed)
{
    switch (test_random_below(seed, 6)) {
    case 0:
        if (fixture_slot(&copy->centre, slot).available > 2)
            copy_grant(copy, slot, *granted += 2);
        break;
    case 1:
        fixture_book(&copy->centre, slot, 1, "Ana", "+351912", NULL);
        break;
    case 2:
        cancel_one(copy, tickets, count, seed);
        break;
    case 3:
        give_back(copy, slot);
        break;
    default:
        if (copy_sell(copy, slot, 1, &tickets[*count]) == TK_OK)
            ++*count;
    }
}

static void any_order(uint64_t seed)
{
    struct copy copy;
    struct copy_reply replies[HELD_BACK];
    bool there[HELD_BACK] = {false};
    uint64_t tickets[200];
    size_t count = 0;
    int64_t slot, granted = 0;

    slot = begin(&copy, 0);
    for (int i = 0; i < 120; i++) {
        size_t at = test_random_below(&seed, HELD_BACK);

        step(&copy, slot, &granted, tickets, &count, &seed);
        deal(&copy, &replies[at], &there[at], slot, &seed);
    }
    copy_sync(&copy, slot);
    for (size_t i = 0; i < HELD_BACK; i++)
        if (there[i]) {
            CU_ASSERT_EQUAL(copy_take(&copy, &replies[i], NULL), TK_OK);
            copy_reply_release(&replies[i]);
        }
    while (copy_sell(&copy, slot, 1, &tickets[count]) == TK_OK)
        count++;
    copy_sync(&copy, slot);
    CU_ASSERT_EQUAL(copy_waiting(&copy), 0);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(fixture_ticket(&copy.centre, tickets[i]).status, TICKET_BOOKED);
    end(&copy);
}

static void test_any_order(void)
{
    uint64_t seed = test_seed();

    for (int i = 0; i < (test_is_long() ? 300 : 12); i++)
        any_order(test_random(&seed));
}

SUITE(mirror, {"a copy becomes a centre's, with its numbers", test_adopt},
      {"a copy and a box office are not taken for one another", test_kinds},
      {"cut off it sells what it holds and no more", test_sell},
      {"the same sale again is one sale", test_again},
      {"sales of a batch find what those before them left", test_batch},
      {"what was done is told, answered and taken over", test_round},
      {"a late answer does not bring back what was sold", test_late},
      {"an entry leaves the queue only with the row of its slot", test_answer_alone},
      {"rows stay while something of theirs waits", test_kept},
      {"what the centre refuses is canceled and pulled anew", test_refused},
      {"what was written off stays so", test_written_off},
      {"a slot comes in parts, and a part that comes again does no harm", test_parts},
      {"changes of what is not here leave it to be pulled whole", test_gap},
      {"one person has one number", test_same_person},
      {"keys and disputes are taken over", test_rest},
      {"a number is issued once", test_numbers},
      {"what was asked as another replica is not taken", test_other_replica},
      {"nothing is sold where the centre says so", test_standing},
      {"what is over is forgotten, with its people", test_purge},
      {"a wiped copy keeps its queue", test_wipe},
      {"sales that the centre lost are found", test_lost},
      {"two handles have one copy", test_two_handles},
      {"replies in any order: every sale is good at the centre", test_any_order})
