/* exchanges: a till and its centre, over a line that is cut, loses, holds and doubles what it carries. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/support/postgres.h"
#include "tests/support/test.h"
#include "tests/sync/pair.h"

#define SOON TIME_HOUR

struct world {
    struct fixture centre;
    struct pair_till a, b;
    int64_t slot;
};

/* What the centre of the test at hand is on. */
static void (*init_centre)(struct fixture *centre) = fixture_init;

static void open_world(struct world *w, int64_t capacity)
{
    init_centre(&w->centre);
    w->slot = fixture_schedule(&w->centre, "Skyfall", SOON, capacity);
    pair_open(&w->a, &w->centre, "Till A");
    pair_open(&w->b, &w->centre, "Till B");
}

static void close_world(struct world *w)
{
    CU_ASSERT_EQUAL(fixture_verify(&w->centre), 0);
    pair_close(&w->a);
    pair_close(&w->b);
    fixture_release(&w->centre);
}

static void hold(struct pair_till *till)
{
    CU_ASSERT_EQUAL(pair_sync(till, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(till, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(till, SYNC_ROUND, NULL), TK_OK);
}

static void test_first_contact(void)
{
    struct world w;
    struct sync_report report;
    struct slot slot;

    open_world(&w, 100);
    fixture_book(&w.centre, w.slot, 3, "Ada Lovelace", "+44 20 7946 0000", NULL);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_TRUE(report.adopted);
    CU_ASSERT_EQUAL(report.standing, STANDING_GOOD);
    slot = pair_slot(&w.a, w.slot);
    CU_ASSERT_EQUAL(slot.available, 97);
    CU_ASSERT_EQUAL(slot.here, 0);
    CU_ASSERT_EQUAL(pair_count_real(w.a.store, w.slot), 3);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, &report), TK_OK); /* the key */
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.slots, 0); /* nothing changed: nothing comes */
    close_world(&w);
}

static void test_online_sale(void)
{
    struct world w;
    uint64_t first = 0;
    struct crypto_key key;

    open_world(&w, 100);
    hold(&w.a);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, &first), TK_OK);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).slot_id, w.slot);
    CU_ASSERT_EQUAL(pair_ticket(w.a.store, first).slot_id, w.slot);
    CU_ASSERT_EQUAL(pair_state(&w.a).seq, pair_state(&w.a).taken_seq);
    CU_ASSERT_EQUAL(w.a.till.mirror->ops->slot_key(w.a.till.mirror, w.slot, 1, &key, NULL), TK_OK);
    close_world(&w);
}

/* Cut off it sells what it holds, and not one more; afterwards both know the same. */
static void test_cut_off(void)
{
    struct world w;
    uint64_t first = 0;
    struct sync_report report;
    int32_t here;

    open_world(&w, 100);
    hold(&w.a);
    here = pair_slot(&w.a, w.slot).here;
    CU_ASSERT_EQUAL(here, 10); /* the lesser of twice five and a tenth of 100 */
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).allotted, here);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 4, &first), TK_OK);
    CU_ASSERT_TRUE(w.a.link.away_since > 0);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 7, NULL), TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 6, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(pair_slot(&w.a, w.slot).here, 0);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 0);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(report.pushed, 2);
    CU_ASSERT_EQUAL(report.mirror.refused, 0);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 10);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).sale_size, 4);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).allotted, 0);
    CU_ASSERT_EQUAL(pair_slot(&w.a, w.slot).sold, 10);
    CU_ASSERT_EQUAL(pair_state(&w.a).seq, pair_state(&w.a).taken_seq);
    CU_ASSERT_EQUAL(pair_sync(&w.b, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_ticket(w.b.store, first).slot_id, w.slot);
    close_world(&w);
}

/* Its reply lost, the sale at hand is made again from own places, and the first one taken back. */
static void test_reply_lost(void)
{
    struct world w;
    uint64_t first = 0;

    open_world(&w, 100);
    hold(&w.a);
    w.a.manner = PAIR_LOSE_REPLY;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, &first), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).slot_id, 0);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).status, TICKET_BOOKED);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).slot_id, w.slot);
    CU_ASSERT_EQUAL(pair_count_real(w.a.store, w.slot), 2);
    close_world(&w);
}

/* A copy that was long under way finds its operation voided. */
static void test_delayed_copy(void)
{
    struct world w;
    uint64_t first = 0;

    open_world(&w, 100);
    hold(&w.a);
    w.a.manner = PAIR_HOLD;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, &first), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    pair_deliver(&w.a);
    pair_deliver(&w.a);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.a.store, w.slot), 2);
    close_world(&w);
}

/* The other way round: it arrives before its void, and is taken back. */
static void test_copy_before_void(void)
{
    struct world w;
    uint64_t first = 0;

    open_world(&w, 100);
    hold(&w.a);
    w.a.manner = PAIR_HOLD;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, &first), TK_OK);
    pair_deliver(&w.a);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).status, TICKET_BOOKED);
    close_world(&w);
}

static void test_twice(void)
{
    struct world w;

    open_world(&w, 100);
    hold(&w.a);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 3, NULL), TK_OK);
    w.a.manner = PAIR_LOSE_REPLY;
    CU_ASSERT_NOT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    w.a.manner = PAIR_TWICE;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 3);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).sold, 3);
    CU_ASSERT_EQUAL(pair_state(&w.a).standing, STANDING_GOOD);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
    close_world(&w);
}

/* What is sold out in the common stock is not sold out for the till that holds the rest. */
static void test_places_pooled(void)
{
    struct world w;

    open_world(&w, 20);
    hold(&w.a);
    CU_ASSERT_EQUAL(pair_slot(&w.a, w.slot).here, 2);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 19, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_SOLD_OUT);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).sold, 20);
    close_world(&w);
}

/* What one till holds goes back when the common stock runs out. */
static void test_asked_back(void)
{
    struct world w;

    open_world(&w, 20);
    hold(&w.a);
    hold(&w.b);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).allotted, 3);
    CU_ASSERT_EQUAL(fixture_book(&w.centre, w.slot, 17, NULL, NULL, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w.b, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_TRUE(fixture_slot(&w.centre, w.slot).available >= 2);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).sold, 17);
    close_world(&w);
}

static void test_closed(void)
{
    struct world w;
    struct sync_report report = {0};
    struct tk_error error;

    open_world(&w, 100);
    hold(&w.a);
    CU_ASSERT_EQUAL(sync_give_back(&w.a.till, &report, &error), TK_OK);
    CU_ASSERT_EQUAL(report.returned, 10);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).allotted, 0);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).available, 100);
    CU_ASSERT_EQUAL(pair_slot(&w.a, w.slot).here, 0);
    close_world(&w);
}

/* The only open dispute of a store. */
static struct dispute dispute_of(struct store *store)
{
    struct dispute_query query = {.open = true};
    struct dispute_list list = {0};
    struct dispute dispute = {0};

    CU_ASSERT_EQUAL(store->ops->list_disputes(store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    if (list.count)
        dispute = list.items[0];
    dispute_list_release(&list);
    return dispute;
}

/* Whether a till's file or its log has a text. */
static bool is_on_disk(const struct pair_till *till, const char *text)
{
    static char data[4 << 20];
    static const char *const ends[] = {"", "-wal"};
    bool found = false;

    for (int i = 0; i < 2; i++) {
        char path[sizeof till->path + 8];
        size_t length = 0;
        FILE *file;

        snprintf(path, sizeof path, "%s%s", till->path, ends[i]);
        file = fopen(path, "rb");
        if (file) {
            length = fread(data, 1, sizeof data, file);
            fclose(file);
        }
        CU_ASSERT(length < sizeof data);
        found |= memmem(data, length, text, strlen(text)) != NULL;
    }
    return found;
}

/* Whose sale is in dispute stands nowhere else: tills know it, doors do not. */
static void test_guest_in_dispute(void)
{
    struct world w;
    struct operation book;
    struct outcome outcome;
    struct dispute found;
    int64_t places;

    open_world(&w, 100);
    w.b.role = ROLE_DOOR;
    hold(&w.a);
    w.a.manner = PAIR_CUT;
    book = pair_operation(&w.a, OP_BOOK);
    book.book.slot.id = w.slot;
    book.book.count = 2;
    text_copy(book.book.customer_name, CUSTOMER_NAME_SIZE, "Ada Lovelace");
    text_copy(book.book.customer_phone, CUSTOMER_PHONE_SIZE, "+442079460000");
    CU_ASSERT_EQUAL(pair_apply(&w.a, &book, &outcome), TK_OK);
    CU_ASSERT_EQUAL(office_write_off(&w.centre.office, "Till A", w.slot, &places, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w.b, SYNC_REVIEWED, NULL), TK_OK);
    found = dispute_of(w.centre.store);
    CU_ASSERT_STRING_EQUAL(found.customer_name, "Ada Lovelace");
    CU_ASSERT_STRING_EQUAL(found.customer_phone, "+442079460000");
    CU_ASSERT_STRING_EQUAL(dispute_of(w.a.store).customer_name, "Ada Lovelace");
    CU_ASSERT_STRING_EQUAL(dispute_of(w.b.store).customer_name, "");
    CU_ASSERT_STRING_EQUAL(dispute_of(w.b.store).customer_phone, "");
    CU_ASSERT(!is_on_disk(&w.b, "Lovelace"));
    w.b.role = ROLE_CLERK;
    CU_ASSERT_EQUAL(pair_sync(&w.b, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_STRING_EQUAL(dispute_of(w.b.store).customer_phone, "+442079460000");
    CU_ASSERT(is_on_disk(&w.b, "Lovelace"));
    CU_ASSERT_EQUAL(office_close_dispute(&w.centre.office, &found.id, "Paid back.", NULL, NULL),
                    TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w.b, SYNC_REVIEWED, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_open_disputes(w.b.store), 0);
    CU_ASSERT(!is_on_disk(&w.b, "Lovelace") && !is_on_disk(&w.b, "442079460000"));
    close_world(&w);
}

/* A manager takes the places of a till back that comes back all the same: what it sold is in dispute. */
static void test_written_off(void)
{
    struct world w;
    struct sync_report report;
    int64_t places = 0;
    uint64_t first = 0;

    open_world(&w, 100);
    hold(&w.a);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 4, &first), TK_OK);
    CU_ASSERT_EQUAL(office_write_off(&w.centre.office, "Till A", 0, &places, NULL), TK_OK);
    CU_ASSERT_EQUAL(places, 10);
    CU_ASSERT_EQUAL(fixture_book(&w.centre, w.slot, 100, NULL, NULL, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(report.mirror.refused, 1);
    CU_ASSERT_EQUAL(report.standing, STANDING_GOOD);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 1);
    CU_ASSERT_EQUAL(pair_open_disputes(w.a.store), 1);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).sold, 100);
    CU_ASSERT_TRUE(!pair_ticket(w.a.store, first).slot_id ||
                   pair_ticket(w.a.store, first).status != TICKET_BOOKED);
    CU_ASSERT_EQUAL(pair_state(&w.a).seq, pair_state(&w.a).taken_seq);
    close_world(&w);
}

/* Two tills of one name: the second one sells online, and nothing by itself. */
static void test_same_name(void)
{
    struct world w;
    struct pair_till twin;

    open_world(&w, 100);
    hold(&w.a);
    pair_open(&twin, &w.centre, "Till A twin");
    text_copy(twin.till.device, sizeof twin.till.device, "Till A");
    hold(&twin);
    CU_ASSERT_EQUAL(pair_state(&twin).standing, STANDING_STRANGER);
    CU_ASSERT_EQUAL(pair_book(&twin, w.slot, 2, NULL), TK_OK);
    twin.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&twin, w.slot, 1, NULL), TK_SAME_TILL);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_state(&w.a).standing, STANDING_GOOD);
    pair_close(&twin);
    close_world(&w);
}

/* Cancel and reissue cut off: of what was sold here since, and of nothing else. */
static void test_taken_back_here(void)
{
    struct world w;
    struct operation cancel, reissue;
    struct outcome outcome;
    uint64_t known = 0, first = 0;

    open_world(&w, 100);
    hold(&w.a);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, &known), TK_OK);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, &first), TK_OK);
    cancel = pair_operation(&w.a, OP_CANCEL);
    cancel.cancel.ticket_id = known;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &cancel, &outcome), TK_NEEDS_CENTRE);
    cancel = pair_operation(&w.a, OP_CANCEL);
    cancel.cancel.ticket_id = first;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &cancel, &outcome), TK_OK);
    CU_ASSERT_EQUAL(pair_slot(&w.a, w.slot).here, 9);
    reissue = pair_operation(&w.a, OP_REISSUE);
    reissue.reissue.ticket_id = first;
    reissue.reissue.slot.id = w.slot;
    CU_ASSERT_EQUAL(pair_apply(&w.a, &reissue, &outcome), TK_TICKET_CANCELED);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, first).status, TICKET_CANCELED);
    CU_ASSERT_EQUAL(fixture_slot(&w.centre, w.slot).sold, 2);
    CU_ASSERT_EQUAL(pair_open_disputes(w.centre.store), 0);
    close_world(&w);
}

static void test_clock_set_back(void)
{
    struct world w;

    open_world(&w, 100);
    hold(&w.a);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_OK);
    w.a.clock_off = -TIME_HOUR;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_CLOCK);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_state(&w.a).clock_ahead, -TIME_HOUR);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_OK); /* it goes by the centre's clock */
    close_world(&w);
}

/* Whoever is proven to be let in no more forgets what he knows, but for what he has yet to tell. */
static void test_revoked(void)
{
    struct world w;

    open_world(&w, 100);
    hold(&w.a);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    w.a.refusal = TK_NO_TOKEN; /* that may be a slip of whoever looks after the centre */
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_NO_TOKEN);
    CU_ASSERT_EQUAL(pair_slot(&w.a, w.slot).here, 9);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 1, NULL), TK_OK);
    w.a.manner = PAIR_OPEN;
    w.a.refusal = TK_TOKEN_REVOKED;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_TOKEN_REVOKED);
    CU_ASSERT_EQUAL(pair_slot(&w.a, w.slot).id, 0);
    CU_ASSERT(pair_state(&w.a).seq - pair_state(&w.a).taken_seq >= 2);
    w.a.refusal = TK_OK;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 2);
    close_world(&w);
}

/* The centre is put back from a backup: the tills bring what it lost. */
static void test_centre_restored(void)
{
    struct world w;
    struct sync_report report;
    struct sqlite_options options;
    struct tk_error error = {0};
    char copy[200], command[512];
    uint64_t online = 0, cut_off = 0;

    open_world(&w, 100);
    hold(&w.a);
    snprintf(copy, sizeof copy, "%.150s/backup.db", w.centre.folder);
    CU_ASSERT_EQUAL(office_backup(&w.centre.office, copy, NULL, NULL, &error), TK_OK);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 3, &online), TK_OK);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, &cut_off), TK_OK);
    store_close(w.centre.store);
    snprintf(command, sizeof command, "%.150s-wal", w.centre.path);
    unlink(command);
    CU_ASSERT_EQUAL(rename(copy, w.centre.path), 0);
    options = fixture_options(&w.centre);
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &w.centre.store, &error), TK_OK);
    w.centre.office.store = w.centre.store;
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, online).slot_id, 0);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, &report), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, online).slot_id, w.slot);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, cut_off).slot_id, w.slot);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 5);
    CU_ASSERT_EQUAL(pair_count_real(w.a.store, w.slot), 5);
    CU_ASSERT_EQUAL(pair_state(&w.a).seq, pair_state(&w.a).taken_seq);
    close_world(&w);
}

/* The same of a centre on PostgreSQL, put back from a copy of its database. */
static void test_postgres_restored(void)
{
    struct world w;
    char backup[POSTGRES_URI_SIZE];
    uint64_t online = 0, cut_off = 0;

    init_centre = fixture_init_postgres;
    open_world(&w, 100);
    init_centre = fixture_init;
    hold(&w.a);
    store_close(w.centre.store);
    CU_ASSERT_TRUE_FATAL(postgres_make_copy(w.centre.path, backup));
    w.centre.store = w.centre.office.store = fixture_open_postgres(&w.centre);
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 3, &online), TK_OK);
    w.a.manner = PAIR_CUT;
    CU_ASSERT_EQUAL(pair_book(&w.a, w.slot, 2, &cut_off), TK_OK);
    CU_ASSERT_TRUE_FATAL(fixture_restore_postgres(&w.centre, backup));
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, online).slot_id, 0);
    w.a.manner = PAIR_OPEN;
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_sync(&w.a, SYNC_ROUND, NULL), TK_OK);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, online).slot_id, w.slot);
    CU_ASSERT_EQUAL(pair_ticket(w.centre.store, cut_off).slot_id, w.slot);
    CU_ASSERT_EQUAL(pair_count_real(w.centre.store, w.slot), 5);
    CU_ASSERT_EQUAL(pair_count_real(w.a.store, w.slot), 5);
    CU_ASSERT_EQUAL(fixture_verify(&w.centre), 0);
    close_world(&w);
}

/* Everything above with a centre on PostgreSQL. */
#define ON_POSTGRES(test)                    \
    static void test##_on_postgres(void)     \
    {                                        \
        init_centre = fixture_init_postgres; \
        test();                              \
        init_centre = fixture_init;          \
    }
ON_POSTGRES(test_first_contact)
ON_POSTGRES(test_online_sale)
ON_POSTGRES(test_cut_off)
ON_POSTGRES(test_reply_lost)
ON_POSTGRES(test_delayed_copy)
ON_POSTGRES(test_copy_before_void)
ON_POSTGRES(test_twice)
ON_POSTGRES(test_places_pooled)
ON_POSTGRES(test_asked_back)
ON_POSTGRES(test_closed)
ON_POSTGRES(test_written_off)
ON_POSTGRES(test_guest_in_dispute)
ON_POSTGRES(test_same_name)
ON_POSTGRES(test_taken_back_here)
ON_POSTGRES(test_clock_set_back)
ON_POSTGRES(test_revoked)

SUITE(exchanges, {"the first contact makes a copy", test_first_contact},
      {"a sale online is at once at both", test_online_sale},
      {"cut off a till sells what it holds and not one more", test_cut_off},
      {"a sale whose reply was lost is made once", test_reply_lost},
      {"a copy that arrives late never runs", test_delayed_copy},
      {"one that arrives before its void is taken back", test_copy_before_void},
      {"what is sent twice is done once", test_twice},
      {"the last places are not held back from whoever holds them", test_places_pooled},
      {"places are asked back when the common stock runs out", test_asked_back},
      {"a till that closes gives back what it holds", test_closed},
      {"what was sold of written-off places is in dispute", test_written_off},
      {"the guest of a sale in dispute is known, but not at doors", test_guest_in_dispute},
      {"of two tills of one name one sells by itself", test_same_name},
      {"cut off a till takes back its own fresh sales alone", test_taken_back_here},
      {"a clock that was set back ends selling cut off", test_clock_set_back},
      {"a revoked till forgets", test_revoked},
      {"a centre that was restored gets back what it lost", test_centre_restored})

SUITE(exchanges_postgres, {"the first contact makes a copy", test_first_contact_on_postgres},
      {"a sale online is at once at both", test_online_sale_on_postgres},
      {"cut off a till sells what it holds and not one more", test_cut_off_on_postgres},
      {"a sale whose reply was lost is made once", test_reply_lost_on_postgres},
      {"a copy that arrives late never runs", test_delayed_copy_on_postgres},
      {"one that arrives before its void is taken back", test_copy_before_void_on_postgres},
      {"what is sent twice is done once", test_twice_on_postgres},
      {"the last places are not held back from whoever holds them", test_places_pooled_on_postgres},
      {"places are asked back when the common stock runs out", test_asked_back_on_postgres},
      {"a till that closes gives back what it holds", test_closed_on_postgres},
      {"what was sold of written-off places is in dispute", test_written_off_on_postgres},
      {"the guest of a sale in dispute is known, but not at doors", test_guest_in_dispute_on_postgres},
      {"of two tills of one name one sells by itself", test_same_name_on_postgres},
      {"cut off a till takes back its own fresh sales alone", test_taken_back_here_on_postgres},
      {"a clock that was set back ends selling cut off", test_clock_set_back_on_postgres},
      {"a revoked till forgets", test_revoked_on_postgres},
      {"a database that was put back gets back what it lost", test_postgres_restored})
