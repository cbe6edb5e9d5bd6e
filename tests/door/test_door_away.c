/* A door that goes on by itself while its box office is away, and tells it afterwards. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/door.h"
#include "core/text.h"
#include "data/door_record.h"
#include "tests/support/far_office.h"

struct post {
    struct far_office far;
    struct door_record *record;
    struct door *door;
    int64_t slot; /* 0: all */
    char path[200];
};

struct house {
    struct fixture fixture;
    struct post posts[2];
    struct admission admission; /* of the last scan */
    struct tk_error error;
    int64_t slot;
};

static void post_open(struct house *house, struct post *post)
{
    struct door_options options = {.office = &post->far.office,
                                   .slot_ids = &post->slot,
                                   .slot_count = post->slot ? 1 : 0};

    CU_ASSERT_EQUAL_FATAL(door_record_open(post->path, &post->record, &house->error), TK_OK);
    options.record = post->record;
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &post->door, &house->error), TK_OK);
}

static void post_close(struct post *post)
{
    door_close(post->door);
    door_record_close(post->record);
    post->door = NULL;
    post->record = NULL;
}

static void house_init(struct house *house)
{
    *house = (struct house){0};
    fixture_init(&house->fixture);
    house->fixture.office.rules.admit_before = TIME_HOUR;
    house->slot = fixture_schedule(&house->fixture, "Skyfall", 0, 200);
}

/* When what is to be known has been sold. */
static void open_posts(struct house *house)
{
    for (int i = 0; i < 2; i++) {
        struct post *post = &house->posts[i];
        char name[20];

        snprintf(name, sizeof name, "Door %d", i + 1);
        snprintf(post->path, sizeof post->path, "%s/%d.record", house->fixture.folder, i);
        far_office_init(&post->far, &house->fixture, name);
        post->slot = house->slot;
        post_open(house, post);
    }
}

static void house_release(struct house *house)
{
    CU_ASSERT_EQUAL(fixture_verify(&house->fixture), 0);
    for (int i = 0; i < 2; i++)
        post_close(&house->posts[i]);
    fixture_release(&house->fixture);
}

static uint64_t sell(struct house *house, int64_t slot, int64_t count)
{
    uint64_t first = 0;

    CU_ASSERT_EQUAL(fixture_book(&house->fixture, slot, count, NULL, NULL, &first), TK_OK);
    return first;
}

static void make_pass(struct house *house, uint64_t ticket, char pass[PASS_SIZE])
{
    struct ticket found = fixture_ticket(&house->fixture, ticket);
    struct crypto_key key = pass_slot_key(&house->fixture.site_key, found.slot_id);

    pass_make(pass, &key, ticket, found.slot_id);
}

static enum tk_code try_scan(struct house *house, int post, uint64_t ticket)
{
    char pass[PASS_SIZE];
    int64_t wait = 0;
    enum tk_code code;

    make_pass(house, ticket, pass);
    house->fixture.now += 10 * TIME_MILLISECOND;
    code = door_scan(house->posts[post].door, pass, &house->admission, &wait, &house->error);
    CU_ASSERT_EQUAL(wait, 0);
    return code;
}

static enum verdict scan(struct house *house, int post, uint64_t ticket)
{
    enum tk_code code = try_scan(house, post, ticket);

    CU_ASSERT_EQUAL(code, TK_OK);
    return code ? VERDICT_COUNT : house->admission.verdict;
}

/* Time passes, and the door looks. */
static enum tk_code pass_time(struct house *house, int post, int64_t time)
{
    enum tk_code code = TK_OK;
    bool changed;

    for (int64_t step = TIME_SECOND; time > 0 && !code; time -= step) {
        house->fixture.now += step;
        code = door_tick(house->posts[post].door, &changed, &house->error);
    }
    return code;
}

static void come_back(struct house *house, int post)
{
    house->posts[post].far.line = FAR_UP;
    CU_ASSERT_EQUAL(pass_time(house, post, 60 * TIME_SECOND), TK_OK);
    CU_ASSERT_EQUAL(door_waiting(house->posts[post].door), 0);
    CU_ASSERT_EQUAL(door_away_since(house->posts[post].door), 0);
}

static bool is_in(struct house *house, uint64_t ticket)
{
    return fixture_ticket(&house->fixture, ticket).admitted_at != 0;
}

static int64_t journal_count(struct house *house, enum op_kind kind, enum tk_code outcome)
{
    struct journal_list list = {0};
    int64_t count = 0;
    char text[60];

    snprintf(text, sizeof text, "\"%s\"", tk_code_name(outcome));
    CU_ASSERT_EQUAL(office_journal(&house->fixture.office, &(struct journal_query){0}, &list, NULL),
                    TK_OK);
    for (size_t i = 0; i < list.count; i++)
        count += list.items[i].kind == kind && strstr(list.items[i].outcome, text);
    journal_list_release(&list);
    return count;
}

static void test_goes_on(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    uint64_t known, canceled, late;
    int64_t let_in;

    house_init(&house);
    known = sell(&house, house.slot, 1);
    canceled = sell(&house, house.slot, 1);
    office_cancel(&house.fixture.office, canceled, NULL, &(struct ticket_view){0}, NULL);
    open_posts(&house);
    late = sell(&house, house.slot, 1); /* the door has not heard of it */
    post->far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 0, known), VERDICT_ADMITTED);
    let_in = house.fixture.now;
    CU_ASSERT(house.admission.unrecorded);
    CU_ASSERT_EQUAL(house.admission.ticket_id, known);
    CU_ASSERT_STRING_EQUAL(house.admission.slot_name, "Skyfall");
    CU_ASSERT_NOT_EQUAL(door_away_since(post->door), 0);
    CU_ASSERT_EQUAL(door_waiting(post->door), 1);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 1);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->slot.admitted, 1);
    CU_ASSERT_EQUAL(scan(&house, 0, late), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&house, 0, canceled), VERDICT_CANCELED);
    CU_ASSERT(!is_in(&house, known));
    pass_time(&house, 0, 5 * TIME_SECOND);
    CU_ASSERT_EQUAL(scan(&house, 0, known), VERDICT_ALREADY);
    come_back(&house, 0);
    CU_ASSERT_EQUAL(fixture_ticket(&house.fixture, known).admitted_at, let_in);
    CU_ASSERT(is_in(&house, late));
    CU_ASSERT_EQUAL(door_conflict_count(post->door), 0);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 2);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->slot.admitted, 2);
    CU_ASSERT_EQUAL(scan(&house, 0, known), VERDICT_ALREADY);
    CU_ASSERT_EQUAL(journal_count(&house, OP_ADMIT, TK_OK), 2);
    house_release(&house);
}

static void test_judges_by_itself(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission admission;
    struct ticket_view_list list = {0};
    char pass[PASS_SIZE], id[ID_TEXT_MAX];
    int64_t elsewhere, wait;
    uint64_t ticket, other;

    house_init(&house);
    ticket = sell(&house, house.slot, 1);
    elsewhere = fixture_schedule(&house.fixture, "Up", 0, 20);
    other = sell(&house, elsewhere, 1);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 0, other), VERDICT_NOT_GENUINE);
    CU_ASSERT_PTR_NOT_NULL(strstr(house.admission.message, "for another one, or not ours"));
    pass_make_training(pass, ticket);
    CU_ASSERT_EQUAL(door_scan(post->door, pass, &admission, &wait, NULL), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_TRAINING);
    make_pass(&house, ticket, pass);
    pass[19] = pass[19] == '0' ? '1' : '0';
    CU_ASSERT_EQUAL(door_scan(post->door, pass, &admission, &wait, NULL), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_NOT_GENUINE);
    CU_ASSERT_EQUAL(admission.ticket_id, 0);
    CU_ASSERT_EQUAL(door_scan(post->door, "x", &admission, &wait, NULL), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_UNREADABLE);
    CU_ASSERT_EQUAL(door_find(post->door, "anur", &list, &house.error), TK_UNAVAILABLE);
    id_print(id, ID_TICKET, ticket);
    CU_ASSERT_EQUAL(door_find(post->door, id, &list, &house.error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT_EQUAL(list.items[0].slot.id, house.slot);
    CU_ASSERT_EQUAL(door_admit_ticket(post->door, other, &admission, &house.error),
                    TK_UNAVAILABLE);
    house.fixture.now -= 2 * TIME_HOUR;
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_TOO_EARLY);
    house.fixture.now += 4 * TIME_HOUR;
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_OVER);
    house.fixture.now -= TIME_HOUR;
    CU_ASSERT_EQUAL(door_admit_ticket(post->door, ticket, &admission, &house.error), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_ADMITTED);
    CU_ASSERT(admission.unrecorded);
    ticket_view_list_release(&list);
    house_release(&house);
}

/* It was done, but the answer did not come: that is no conflict with oneself. */
static void test_lost_answer(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    uint64_t tickets[2];

    for (int named = 0; named < 2; named++) {
        house_init(&house);
        tickets[0] = sell(&house, house.slot, 1);
        tickets[1] = sell(&house, house.slot, 1);
        open_posts(&house);
        if (named) { /* the service goes by the name of the token */
            text_copy(post->far.there.device, DEVICE_SIZE, "token of door 1");
            text_copy(post->far.device, DEVICE_SIZE, "token of door 1");
            CU_ASSERT_EQUAL(scan(&house, 0, tickets[1]), VERDICT_ADMITTED);
            pass_time(&house, 0, 3 * TIME_SECOND);
            CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 1);
        }
        post->far.line = FAR_LOST;
        CU_ASSERT_EQUAL(scan(&house, 0, tickets[0]), VERDICT_ADMITTED);
        CU_ASSERT(house.admission.unrecorded);
        CU_ASSERT(is_in(&house, tickets[0]));
        come_back(&house, 0);
        CU_ASSERT_EQUAL(door_conflict_count(post->door), 0);
        CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 1 + named);
        CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 1 + named);
        house_release(&house);
    }
}

static void test_conflict(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct door_conflict conflict;
    uint64_t ticket;

    house_init(&house);
    ticket = sell(&house, house.slot, 1);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 1, ticket), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_ADMITTED); /* it cannot know */
    come_back(&house, 0);
    CU_ASSERT_EQUAL_FATAL(door_conflict_count(post->door), 1);
    CU_ASSERT_EQUAL(door_conflict_at(post->door, 0)->ticket_id, ticket);
    CU_ASSERT_NOT_EQUAL(door_conflict_at(post->door, 0)->message[0], '\0');
    CU_ASSERT(door_take_conflict(post->door, &conflict));
    CU_ASSERT_EQUAL(conflict.ticket_id, ticket);
    CU_ASSERT(!door_take_conflict(post->door, &conflict));
    CU_ASSERT_EQUAL(door_conflict_count(post->door), 1);
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_ALREADY);
    CU_ASSERT_STRING_EQUAL(fixture_ticket(&house.fixture, ticket).admitted_by, "Door 2");
    house_release(&house);
}

static void test_undo(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission taken;
    uint64_t before, during, both;

    house_init(&house);
    before = sell(&house, house.slot, 1);
    during = sell(&house, house.slot, 1);
    both = sell(&house, house.slot, 1);
    open_posts(&house);
    scan(&house, 0, before);
    post->far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(door_undo(post->door, &taken, &house.error), TK_OK);
    CU_ASSERT_EQUAL(taken.ticket_id, before);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 0);
    CU_ASSERT(is_in(&house, before));
    scan(&house, 0, during);
    CU_ASSERT_EQUAL(door_undo(post->door, &taken, &house.error), TK_OK);
    CU_ASSERT_EQUAL(door_undo(post->door, &taken, &house.error), TK_NOT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&house, 0, during), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(door_undo(post->door, &taken, &house.error), TK_OK);
    scan(&house, 0, both);
    CU_ASSERT_EQUAL(door_undo(post->door, &taken, &house.error), TK_OK);
    CU_ASSERT_EQUAL(scan(&house, 1, both), VERDICT_ADMITTED); /* at the other door */
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 0);
    come_back(&house, 0);
    CU_ASSERT(!is_in(&house, before));
    CU_ASSERT(!is_in(&house, during));
    CU_ASSERT(is_in(&house, both));
    CU_ASSERT_EQUAL(door_conflict_count(post->door), 0); /* nobody is in twice */
    CU_ASSERT_EQUAL(scan(&house, 0, during), VERDICT_ADMITTED);
    house_release(&house);
}

static void test_undo_too_late(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission taken;
    uint64_t ticket;

    house_init(&house);
    ticket = sell(&house, house.slot, 1);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    scan(&house, 0, ticket);
    house.fixture.now += ADMIT_UNDO_WITHIN + TIME_SECOND;
    CU_ASSERT_EQUAL(door_undo(post->door, &taken, &house.error), TK_UNDO_TOO_LATE);
    CU_ASSERT_EQUAL(door_waiting(post->door), 1);
    house_release(&house);
}

static void test_more_of_a_sale(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission more;
    uint64_t first;

    house_init(&house);
    first = sell(&house, house.slot, 5);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    scan(&house, 0, first);
    CU_ASSERT_EQUAL(house.admission.sale_waiting, 4);
    house.fixture.now += TIME_SECOND;
    CU_ASSERT_EQUAL(door_admit_more(post->door, first, 3, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 3);
    CU_ASSERT_EQUAL(more.sale_waiting, 1);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 1);
    scan(&house, 0, first);
    house.fixture.now += TIME_SECOND;
    CU_ASSERT_EQUAL(door_admit_more(post->door, first, 9, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 4);
    come_back(&house, 0);
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 5);
    CU_ASSERT_EQUAL(door_conflict_count(post->door), 0);
    house_release(&house);
}

/* Until the box office has been told, it does not know who is in. */
static void test_restart(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    uint64_t in, out;

    house_init(&house);
    in = sell(&house, house.slot, 1);
    out = sell(&house, house.slot, 1);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    scan(&house, 0, out);
    door_undo(post->door, &house.admission, NULL);
    scan(&house, 0, in);
    post_close(post);
    post->far.line = FAR_UP;
    post_open(&house, post);
    CU_ASSERT_EQUAL(door_waiting(post->door), 3);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 1);
    CU_ASSERT_EQUAL(scan(&house, 0, in), VERDICT_ALREADY);
    CU_ASSERT_EQUAL(scan(&house, 0, out), VERDICT_ADMITTED);
    come_back(&house, 0);
    CU_ASSERT(is_in(&house, in) && is_in(&house, out));
    CU_ASSERT_EQUAL(door_conflict_count(post->door), 0);
    house_release(&house);
}

static void test_revoked(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    uint64_t tickets[3];
    bool changed;

    house_init(&house);
    for (int i = 0; i < 3; i++)
        tickets[i] = sell(&house, house.slot, 1);
    open_posts(&house);
    post->far.line = FAR_REFUSED;
    CU_ASSERT_EQUAL(try_scan(&house, 0, tickets[0]), TK_NO_TOKEN);
    CU_ASSERT_EQUAL(door_away_since(post->door), 0);
    post->far.line = FAR_DOWN; /* pulling the plug does not help */
    CU_ASSERT_EQUAL(try_scan(&house, 0, tickets[0]), TK_NO_TOKEN);
    post->far.line = FAR_UP;
    come_back(&house, 0);
    post->far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 0, tickets[0]), VERDICT_ADMITTED);
    post->far.line = FAR_REFUSED; /* revoked while it was away */
    house.fixture.now += TIME_MINUTE;
    CU_ASSERT_EQUAL(door_tick(post->door, &changed, &house.error), TK_NO_TOKEN);
    CU_ASSERT_EQUAL(try_scan(&house, 0, tickets[1]), TK_NO_TOKEN);
    CU_ASSERT_EQUAL(door_waiting(post->door), 1); /* and nothing is dropped */
    come_back(&house, 0);
    CU_ASSERT(is_in(&house, tickets[0]));
    CU_ASSERT_EQUAL(scan(&house, 0, tickets[1]), VERDICT_ADMITTED);
    house_release(&house);
}

static void test_what_means_away(void)
{
    static const enum tk_code away[] = {TK_UNAVAILABLE, TK_UNKNOWN, TK_OVERLOADED, TK_DRAINING};
    static const enum tk_code not[] = {TK_NO_TOKEN, TK_FORBIDDEN, TK_INTERNAL, TK_IO, TK_CORRUPT,
                                       TK_NO_MEMORY, TK_BUSY, TK_DISK_FULL, TK_INTERRUPTED};
    struct house house;

    for (size_t i = 0; i < sizeof away / sizeof away[0] + sizeof not / sizeof not[0]; i++) {
        bool is = i < sizeof away / sizeof away[0];
        enum tk_code failure = is ? away[i] : not[i - sizeof away / sizeof away[0]];
        uint64_t ticket;

        house_init(&house);
        ticket = sell(&house, house.slot, 1);
        open_posts(&house);
        house.posts[0].far.line = FAR_DOWN;
        house.posts[0].far.failure = failure;
        CU_ASSERT_EQUAL(try_scan(&house, 0, ticket), is ? TK_OK : failure);
        CU_ASSERT_EQUAL(door_waiting(house.posts[0].door), is);
        house_release(&house);
    }
}

/* The pause between two tries grows, and a scan does not wait for one. */
static void test_tries_again(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    uint64_t calls;
    int64_t now;
    bool changed;

    house_init(&house);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    house.fixture.now += TIME_MINUTE;
    CU_ASSERT_EQUAL(door_tick(post->door, &changed, &house.error), TK_OK);
    CU_ASSERT(changed);
    now = door_away_since(post->door);
    CU_ASSERT_EQUAL(now, house.fixture.now);
    calls = post->far.calls;
    for (int i = 0; i < 60 * 100; i++) {
        house.fixture.now += TIME_SECOND / 100;
        door_tick(post->door, &changed, &house.error);
    }
    calls = post->far.calls - calls;
    CU_ASSERT(calls >= 6 && calls <= 14); /* 1 2 4 8 10 10 10 … */
    CU_ASSERT_EQUAL(door_away_since(post->door), now);
    come_back(&house, 0);
    house_release(&house);
}

/* An error is no verdict: the next scan of the code goes on with the same operation. */
static void test_same_operation(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct door_options options;
    struct admission more;
    uint64_t ticket, sale;

    house_init(&house);
    ticket = sell(&house, house.slot, 1);
    sale = sell(&house, house.slot, 6);
    open_posts(&house);
    post_close(post);
    options = (struct door_options){.office = &post->far.office,
                                    .slot_ids = &house.slot,
                                    .slot_count = 1};
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &post->door, &house.error), TK_OK);
    post->far.line = FAR_LOST; /* it has no record, so there is no verdict */
    CU_ASSERT_EQUAL(try_scan(&house, 0, ticket), TK_UNKNOWN);
    CU_ASSERT(is_in(&house, ticket));
    CU_ASSERT_NOT_EQUAL(door_away_since(post->door), 0);
    post->far.line = FAR_UP;
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&house, 0, sale), VERDICT_ADMITTED);
    post->far.line = FAR_UP;
    house.fixture.now += TIME_SECOND;
    post->far.cut_after = 0;
    post->far.failure = TK_UNKNOWN;
    CU_ASSERT_EQUAL(door_admit_more(post->door, sale, 2, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 2);
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 4);
    come_back(&house, 0);
    house_release(&house);
}

/* --- groups --- */

static void list_sale(struct house *house, uint64_t first, struct ticket_list *sale)
{
    struct ticket_query query = {.status = -1, .sale_id = first};

    CU_ASSERT_EQUAL(house->fixture.store->ops->list_tickets(house->fixture.store, &query, sale,
                                                            NULL),
                    TK_OK);
}

/* Who went in with a group is known at once: the line may be cut a moment later. */
static void test_group_then_cut(void)
{
    for (int cut = 0; cut < 2; cut++) {
        struct house house;
        struct post *post = &house.posts[0];
        struct ticket_list sale = {0};
        struct admission more;
        uint64_t first;

        house_init(&house);
        first = sell(&house, house.slot, 4);
        list_sale(&house, first, &sale);
        open_posts(&house);
        CU_ASSERT_EQUAL(scan(&house, 0, first), VERDICT_ADMITTED);
        house.fixture.now += TIME_SECOND;
        post->far.cut_after = cut ? 3 : 0; /* 1: then the sale cannot be read after the answer */
        CU_ASSERT_EQUAL(door_admit_more(post->door, first, 2, &more, &house.error), TK_OK);
        CU_ASSERT_EQUAL(more.admitted, 2);
        CU_ASSERT(!more.unrecorded);
        post->far.line = FAR_DOWN;
        pass_time(&house, 0, 3 * TIME_SECOND);
        CU_ASSERT_EQUAL(sale.count, 4);
        for (size_t i = 0; i < sale.count; i++)
            CU_ASSERT_EQUAL(scan(&house, 0, sale.items[i].id),
                            is_in(&house, sale.items[i].id) ? VERDICT_ALREADY : VERDICT_ADMITTED);
        come_back(&house, 0);
        CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 4);
        CU_ASSERT_EQUAL(door_conflict_count(post->door), 0);
        ticket_list_release(&sale);
        house_release(&house);
    }
}

/* The whole group or nothing of it is taken back. */
static void test_undo_group_then_cut(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission more;
    uint64_t first;

    house_init(&house);
    first = sell(&house, house.slot, 4);
    open_posts(&house);
    scan(&house, 0, first);
    house.fixture.now += TIME_SECOND;
    CU_ASSERT_EQUAL(door_admit_more(post->door, first, 3, &more, &house.error), TK_OK);
    post->far.line = FAR_DOWN;
    pass_time(&house, 0, 3 * TIME_SECOND);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 3);
    CU_ASSERT_EQUAL(door_waiting(post->door), 3);
    come_back(&house, 0);
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 1);
    CU_ASSERT(is_in(&house, first));
    house_release(&house);
}

/* Each look at a real clock is another moment. */
static int64_t run_clock(void *context)
{
    return ((struct fixture *)context)->now++;
}

static void test_undo_group_by_a_real_clock(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission more;
    uint64_t first;

    house_init(&house);
    first = sell(&house, house.slot, 4);
    open_posts(&house);
    CU_ASSERT_PTR_EQUAL(post->far.office.ports.context, &house.fixture);
    post->far.office.ports.now = run_clock;
    post->far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 0, first), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(door_admit_more(post->door, first, 3, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 3);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 1);
    come_back(&house, 0);
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 1);
    house_release(&house);
}

/* The line was cut before it could be read who the companions are: nothing is said to be taken back. */
static void test_undo_group_not_known(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission more;
    uint64_t first;

    house_init(&house);
    open_posts(&house);
    first = sell(&house, house.slot, 3);
    CU_ASSERT_EQUAL(scan(&house, 0, first), VERDICT_ADMITTED);
    house.fixture.now += TIME_SECOND;
    CU_ASSERT_EQUAL(pass_time(&house, 0, 3 * TIME_SECOND), TK_OK);
    post->far.cut_after = 3; /* its sale, the admission */
    CU_ASSERT_EQUAL(door_admit_more(post->door, first, 2, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 2);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(house.error.message, "2 tickets"));
    CU_ASSERT_EQUAL(door_waiting(post->door), 0);
    come_back(&house, 0);
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 3);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 1);
    house_release(&house);
}

/* The line is cut between two tickets of a group that is taken back: the rest follows. */
static void test_undo_group_cut_within(void)
{
    for (uint64_t calls = 1; calls < 10; calls++) {
        struct house house;
        struct post *post = &house.posts[0];
        struct admission more;
        uint64_t first;
        enum tk_code code;

        house_init(&house);
        first = sell(&house, house.slot, 4);
        open_posts(&house);
        scan(&house, 0, first);
        house.fixture.now += TIME_SECOND;
        CU_ASSERT_EQUAL(door_admit_more(post->door, first, 3, &more, &house.error), TK_OK);
        post->far.cut_after = calls;
        code = door_undo(post->door, &more, &house.error);
        CU_ASSERT(code == TK_OK || code == TK_UNKNOWN);
        post->far.cut_after = 0;
        come_back(&house, 0);
        if (code)
            CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
        CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 1);
        CU_ASSERT_EQUAL(door_conflict_count(post->door), 0);
        house_release(&house);
    }
}

/* What was asked is done, the answer is lost, and the line with it. */
static enum tk_code lose_answer(void *context, const struct admission_request *request,
                                struct admission *admission, struct tk_error *error)
{
    struct far_office *far = context;

    CU_ASSERT_EQUAL(office_admit(&far->there, request, admission, error), TK_OK);
    far->line = FAR_DOWN;
    return tk_fail(error, TK_UNKNOWN, "The answer was lost.");
}

/* The answer for a group was lost: the same tickets are let in here, by the same operations. */
static void test_lost_group(void)
{
    for (int before = 0; before < 8; before++) {
        struct house house;
        struct post *post = &house.posts[0];
        struct admission more;
        uint64_t first;

        house_init(&house);
        for (int i = 0; i < before; i++)
            sell(&house, house.slot, 1);
        first = sell(&house, house.slot, 5);
        open_posts(&house);
        scan(&house, 0, first);
        pass_time(&house, 0, 3 * TIME_SECOND);
        post->far.office.admissions.admit = lose_answer;
        CU_ASSERT_EQUAL(door_admit_more(post->door, first, 2, &more, &house.error), TK_OK);
        CU_ASSERT_EQUAL(more.admitted, 2);
        CU_ASSERT(more.unrecorded);
        come_back(&house, 0);
        CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 3);
        CU_ASSERT_EQUAL(door_conflict_count(post->door), 0);
        house_release(&house);
    }
}

/* --- which scan is meant --- */

static void test_more_of_the_one_shown(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    struct admission more;
    uint64_t a, b;

    house_init(&house);
    a = sell(&house, house.slot, 4);
    b = sell(&house, house.slot, 4);
    open_posts(&house);
    scan(&house, 0, a);
    scan(&house, 0, b);
    scan(&house, 0, a);
    CU_ASSERT(house.admission.repeated);
    CU_ASSERT_EQUAL(door_admit_more(post->door, house.admission.ticket_id, 2, &more, &house.error),
                    TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 2);
    CU_ASSERT_EQUAL(fixture_ticket(&house.fixture, more.ticket_id).sale_id, a);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 2);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.ticket_id, b); /* the last one, whatever was shown since */
    CU_ASSERT_EQUAL(door_admit_more(post->door, b, 1, &more, &house.error), TK_NOT_ADMITTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(house.error.message, "was taken back"));
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 1);
    CU_ASSERT_EQUAL(scan(&house, 0, b), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(door_admit_more(post->door, b, 1, &more, &house.error), TK_OK);
    house_release(&house);
}

/* --- whose admission it is --- */

/* Two doors of one name, or two that are cut off: by the hour alone nothing is known. */
static void test_twins(void)
{
    struct house house;
    struct post *one = &house.posts[0], *other = &house.posts[1];
    uint64_t ticket;

    house_init(&house);
    ticket = sell(&house, house.slot, 1);
    open_posts(&house);
    text_copy(other->far.there.device, DEVICE_SIZE, "Door 1");
    text_copy(other->far.office.device, DEVICE_SIZE, "Door 1");
    one->far.line = other->far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&house, 1, ticket), VERDICT_ADMITTED);
    come_back(&house, 0);
    come_back(&house, 1);
    CU_ASSERT_EQUAL(door_conflict_count(one->door) + door_conflict_count(other->door), 1);
    house_release(&house);
}

/* The first answer of all was lost, so what the service calls this door is not known. */
static void test_lost_first_answer(void)
{
    for (int refused = 0; refused < 2; refused++) {
        struct house house;
        struct post *post = &house.posts[0];
        uint64_t ticket;

        house_init(&house);
        ticket = sell(&house, house.slot, 1);
        open_posts(&house);
        text_copy(post->far.device, DEVICE_SIZE, "token of door 1");
        text_copy(post->far.there.device, DEVICE_SIZE, "token of door 1");
        if (refused)
            scan(&house, 1, ticket);
        post->far.line = FAR_LOST;
        CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_ADMITTED);
        come_back(&house, 0);
        CU_ASSERT_EQUAL(door_conflict_count(post->door), (size_t)refused);
        house_release(&house);
    }
}

/* --- conflicts stay --- */

static void test_conflicts_stay(void)
{
    enum { MANY = 260 };
    struct house house;
    struct post *post = &house.posts[0];
    struct door_conflict conflict;
    uint64_t tickets[MANY];
    size_t told = 0;

    house_init(&house);
    house.slot = fixture_schedule(&house.fixture, "Arena", 0, MANY);
    for (int i = 0; i < MANY; i++)
        tickets[i] = sell(&house, house.slot, 1);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    for (int i = 0; i < MANY; i++)
        office_cancel(&house.fixture.office, tickets[i], NULL, &(struct ticket_view){0}, NULL);
    for (int i = 0; i < MANY; i++)
        CU_ASSERT_EQUAL(scan(&house, 0, tickets[i]), VERDICT_ADMITTED);
    come_back(&house, 0);
    CU_ASSERT_EQUAL(door_conflict_count(post->door), MANY);
    post_close(post); /* nobody has looked yet */
    post_open(&house, post);
    CU_ASSERT_EQUAL(door_away_since(post->door), 0); /* there is nothing to tell the box office */
    CU_ASSERT_EQUAL_FATAL(door_conflict_count(post->door), MANY);
    while (door_take_conflict(post->door, &conflict)) {
        CU_ASSERT_EQUAL(conflict.ticket_id, tickets[told]);
        CU_ASSERT_NOT_EQUAL(conflict.message[0], '\0');
        told++;
    }
    CU_ASSERT_EQUAL(told, MANY);
    for (int i = 0; i < MANY - 1; i++) {
        conflict = *door_conflict_at(post->door, door_conflict_count(post->door) - 1);
        CU_ASSERT_EQUAL(conflict.ticket_id, tickets[i]);
        CU_ASSERT_EQUAL(door_acknowledge(post->door, &conflict.id, &house.error), TK_OK);
    }
    CU_ASSERT(!door_take_conflict(post->door, &conflict));
    post_close(post);
    post_open(&house, post);
    CU_ASSERT_EQUAL_FATAL(door_conflict_count(post->door), 1);
    CU_ASSERT_EQUAL(door_conflict_at(post->door, 0)->ticket_id, tickets[MANY - 1]);
    house_release(&house);
}

/* --- breaking off, many showings, what is told, how fast --- */

/* A key breaks off a look: that is no reason to go on alone. */
static void test_interrupted_look(void)
{
    struct house house;
    struct post *post = &house.posts[0];
    uint64_t ticket;
    bool changed;

    house_init(&house);
    ticket = sell(&house, house.slot, 1);
    open_posts(&house);
    house.fixture.now += 3 * TIME_SECOND;
    post->far.line = FAR_DOWN;
    post->far.failure = TK_INTERRUPTED;
    CU_ASSERT_EQUAL(door_tick(post->door, &changed, &house.error), TK_OK);
    CU_ASSERT_EQUAL(door_away_since(post->door), 0);
    post->far.line = FAR_UP;
    CU_ASSERT_EQUAL(scan(&house, 1, ticket), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_ALREADY);
    house_release(&house);
}

static void test_many_showings(void)
{
    struct house house;
    uint64_t ticket = 0;

    house_init(&house);
    for (int i = 0; i < DOOR_SLOTS_MAX + 6; i++) {
        int64_t slot = fixture_schedule(&house.fixture, "Short", 30 * TIME_MINUTE, 5);

        ticket = sell(&house, slot, 1);
    }
    house.slot = 0;
    open_posts(&house);
    CU_ASSERT_EQUAL(door_slot_count(house.posts[0].door), DOOR_SLOTS_MAX + 7);
    house.posts[0].far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 0, ticket), VERDICT_ADMITTED);
    house_release(&house);
}

static void test_tells_the_newer_ticket(void)
{
    struct house house;
    struct op_reissue reissue = {0};
    struct ticket_view view, newer;

    house_init(&house);
    reissue.ticket_id = sell(&house, house.slot, 1);
    reissue.slot.id = fixture_schedule(&house.fixture, "Stop Making Sense", TIME_HOUR / 2, 20);
    CU_ASSERT_EQUAL(office_reissue(&house.fixture.office, &reissue, NULL, &view, &newer, NULL),
                    TK_OK);
    house.slot = 0; /* all */
    open_posts(&house);
    house.posts[0].far.line = FAR_DOWN;
    CU_ASSERT_EQUAL(scan(&house, 0, reissue.ticket_id), VERDICT_REPLACED);
    CU_ASSERT_PTR_NOT_NULL(strstr(house.admission.message, "That one is for Stop Making Sense"));
    house_release(&house);
}

/* 20,000 tickets are known and 3,000 admissions wait: a scan stays far below what is noticed. */
static void test_fast_on_its_own(void)
{
    enum { SALES = 200, SALE = 100, IN = 3000, TIMED = 200 };
    struct house house;
    struct post *post = &house.posts[0];
    struct ticket_list list = {0};
    struct timespec from, to;
    double ms;

    house_init(&house);
    house.slot = fixture_schedule(&house.fixture, "Arena", 0, SALES * SALE);
    for (int i = 0; i < SALES; i++)
        sell(&house, house.slot, SALE);
    house.fixture.store->ops->list_tickets(
        house.fixture.store, &(struct ticket_query){.status = -1, .slot_id = house.slot}, &list,
        NULL);
    CU_ASSERT_EQUAL_FATAL(list.count, SALES * SALE);
    open_posts(&house);
    post->far.line = FAR_DOWN;
    for (size_t i = 0; i < IN; i++)
        scan(&house, 0, list.items[i * 7919 % list.count].id);
    CU_ASSERT_EQUAL(door_waiting(post->door), IN);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from); /* whatever else the machine does */
    for (size_t i = IN; i < IN + TIMED; i++)
        CU_ASSERT_EQUAL(scan(&house, 0, list.items[i * 7919 % list.count].id), VERDICT_ADMITTED);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    ms = ((double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6) /
         TIMED;
    if (ms >= 5)
        fprintf(stderr, "%.2f ms a scan\n", ms);
    CU_ASSERT(ms < 5);
    ticket_list_release(&list);
    house_release(&house);
}

/* --- at random --- */

enum { SALES = 4, SALE = 4, STEPS = 300 };

struct crowd {
    struct house house;
    uint64_t random;
    uint64_t tickets[SALES * SALE];
    int told[SALES];      /* let in, less taken back */
    int dealt[SALES];     /* conflicts that a person has dealt with */
    uint64_t shown[2];    /* on the screen */
};

static int sale_of(const struct crowd *crowd, uint64_t ticket)
{
    int i = 0;

    while (i < SALES * SALE && crowd->tickets[i] != ticket)
        i++;
    CU_ASSERT_FATAL(i < SALES * SALE);
    return i / SALE;
}

/* Everybody who was let in stands for a ticket that is in, or for a conflict: so nobody was let in twice
   without one. */
static void check_sales(struct crowd *crowd)
{
    int accounted[SALES];

    for (int sale = 0; sale < SALES; sale++) {
        accounted[sale] = crowd->dealt[sale];
        for (int i = 0; i < SALE; i++)
            accounted[sale] += is_in(&crowd->house, crowd->tickets[sale * SALE + i]);
    }
    for (int at = 0; at < 2; at++) {
        const struct door *door = crowd->house.posts[at].door;

        for (size_t i = 0; i < door_conflict_count(door); i++)
            accounted[sale_of(crowd, door_conflict_at(door, i)->ticket_id)]++;
    }
    for (int sale = 0; sale < SALES; sale++)
        CU_ASSERT(crowd->told[sale] <= accounted[sale]);
}

static void take_back(struct crowd *crowd, int at)
{
    struct house *house = &crowd->house;
    struct post *post = &house->posts[at];
    enum tk_code code = door_undo(post->door, &house->admission, &house->error);

    if (code == TK_UNAVAILABLE || code == TK_UNKNOWN) { /* perhaps done in part */
        post->far.cut_after = 0;
        come_back(house, at);
        code = door_undo(post->door, &house->admission, &house->error);
    }
    if (!code)
        crowd->told[sale_of(crowd, house->admission.ticket_id)] -= house->admission.admitted;
}

static void note_said(struct crowd *crowd, int at)
{
    const struct admission *said = &crowd->house.admission;

    crowd->shown[at] = said->ticket_id;
    if (said->verdict == VERDICT_ADMITTED && !said->repeated)
        crowd->told[sale_of(crowd, said->ticket_id)] += said->admitted;
}

static void let_in_more(struct crowd *crowd, int at)
{
    struct house *house = &crowd->house;
    int64_t count = 1 + (int64_t)test_random_below(&crowd->random, SALE);

    if (crowd->shown[at] && !door_admit_more(house->posts[at].door, crowd->shown[at], count,
                                             &house->admission, &house->error))
        note_said(crowd, at);
}

/* At any time: between the refusal and its being told, too. */
static void restart(struct house *house, struct post *post)
{
    size_t conflicts = door_conflict_count(post->door), waiting = door_waiting(post->door);

    if (post->far.line != FAR_UP || post->far.cut_after)
        return;
    post_close(post);
    post_open(house, post);
    CU_ASSERT_EQUAL(door_conflict_count(post->door), conflicts);
    CU_ASSERT_EQUAL(door_waiting(post->door), waiting);
}

static void deal_with_one(struct crowd *crowd, struct post *post)
{
    struct door_conflict conflict;

    if (!door_conflict_count(post->door))
        return;
    conflict = *door_conflict_at(post->door, 0);
    CU_ASSERT_EQUAL(door_acknowledge(post->door, &conflict.id, &crowd->house.error), TK_OK);
    crowd->dealt[sale_of(crowd, conflict.ticket_id)]++;
}

static void step_at_random(struct crowd *crowd)
{
    struct house *house = &crowd->house;
    uint64_t ticket = crowd->tickets[test_random_below(&crowd->random, SALES * SALE)];
    int at = (int)test_random_below(&crowd->random, 2);
    struct post *post = &house->posts[at];

    house->fixture.now += (int64_t)test_random_below(&crowd->random, 3 * TIME_SECOND);
    switch (test_random_below(&crowd->random, 15)) {
    case 0:
        post->far.line = (enum far_line)test_random_below(&crowd->random, 3);
        break;
    case 1:
        post->far.line = FAR_UP;
        post->far.cut_after = 1 + test_random_below(&crowd->random, 8);
        break;
    case 2:
        restart(house, post);
        break;
    case 3:
    case 4:
        take_back(crowd, at);
        break;
    case 5:
    case 6:
        CU_ASSERT_EQUAL(pass_time(house, at, 3 * TIME_SECOND), TK_OK);
        break;
    case 7:
    case 8:
        let_in_more(crowd, at);
        break;
    case 9:
        deal_with_one(crowd, post);
        break;
    case 10: /* it lies under the scanner still */
        ticket = crowd->shown[at] ? crowd->shown[at] : ticket;
        __attribute__((fallthrough));
    default:
        scan(house, at, ticket);
        note_said(crowd, at);
    }
}

/* Doors that are cut off, lose answers and are restarted as chance will have it. */
static void test_at_random(void)
{
    uint64_t seed = test_seed();

    for (int round = 0; round < (test_is_long() ? 300 : 20); round++) {
        struct crowd crowd = {.random = seed + (uint64_t)round};
        struct house *house = &crowd.house;

        house_init(house);
        for (int sale = 0; sale < SALES; sale++) {
            struct ticket_list list = {0};

            list_sale(house, sell(house, house->slot, SALE), &list);
            CU_ASSERT_EQUAL_FATAL(list.count, SALE);
            for (int i = 0; i < SALE; i++)
                crowd.tickets[sale * SALE + i] = list.items[i].id;
            ticket_list_release(&list);
        }
        open_posts(house);
        for (int step = 0; step < STEPS; step++) {
            step_at_random(&crowd);
            if (step % 50 < 49)
                continue;
            for (int at = 0; at < 2; at++) {
                house->posts[at].far.cut_after = 0;
                come_back(house, at);
            }
            check_sales(&crowd);
        }
        house_release(house);
    }
}

SUITE(door_away_groups, {"who went in with a group is known when the line is cut", test_group_then_cut},
      {"a group is taken back whole", test_undo_group_then_cut},
      {"or when each look at the clock is another moment", test_undo_group_by_a_real_clock},
      {"or not at all, when it is not known", test_undo_group_not_known},
      {"or when the line is cut within", test_undo_group_cut_within},
      {"a lost answer for a group lets in nobody else", test_lost_group},
      {"more of the sale that is shown, and none after undo", test_more_of_the_one_shown},
      {"another door of the same name is another door", test_twins},
      {"the first answer of all is lost", test_lost_first_answer},
      {"conflicts stay until a person has dealt with them", test_conflicts_stay},
      {"a look that was broken off changes nothing", test_interrupted_look},
      {"as many showings as are open", test_many_showings},
      {"a replaced ticket tells of the newer one", test_tells_the_newer_ticket},
      {"twenty thousand tickets are no hurdle", test_fast_on_its_own})
SUITE(door_away, {"a door goes on by itself, and tells the box office afterwards", test_goes_on},
      {"it judges by its keys and what it knew", test_judges_by_itself},
      {"a lost answer is no conflict with oneself", test_lost_answer},
      {"what another door let in meanwhile is a conflict, told once", test_conflict},
      {"an admission is taken back while the box office is away", test_undo},
      {"but not after fifteen minutes", test_undo_too_late},
      {"more of a sale go in while it is away", test_more_of_a_sale},
      {"a door that restarts remembers who is in", test_restart},
      {"a door whose token was revoked lets nobody in", test_revoked},
      {"which failures mean away", test_what_means_away},
      {"it looks again after pauses that grow", test_tries_again},
      {"after an error the same operation goes on", test_same_operation},
      {"cut off, robbed of answers and restarted at random", test_at_random})
