/* A door that goes on by itself while its box office is away, and tells it afterwards. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

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
    CU_ASSERT_EQUAL(door_admit_more(post->door, 3, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 3);
    CU_ASSERT_EQUAL(more.sale_waiting, 1);
    CU_ASSERT_EQUAL(door_undo(post->door, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(door_slot_at(post->door, 0)->here, 1);
    scan(&house, 0, first);
    house.fixture.now += TIME_SECOND;
    CU_ASSERT_EQUAL(door_admit_more(post->door, 9, &more, &house.error), TK_OK);
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
    static const enum tk_code away[] = {TK_UNAVAILABLE, TK_UNKNOWN, TK_OVERLOADED, TK_DRAINING,
                                        TK_INTERRUPTED};
    static const enum tk_code not[] = {TK_NO_TOKEN, TK_FORBIDDEN, TK_INTERNAL, TK_IO, TK_CORRUPT,
                                       TK_NO_MEMORY, TK_BUSY, TK_DISK_FULL};
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
    CU_ASSERT_EQUAL(door_admit_more(post->door, 2, &more, &house.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 2);
    CU_ASSERT_EQUAL(fixture_slot(&house.fixture, house.slot).admitted, 4);
    come_back(&house, 0);
    house_release(&house);
}

enum { TICKETS = 12, STEPS = 300 };

struct crowd {
    struct house house;
    uint64_t random;
    uint64_t tickets[TICKETS];
    int told[TICKETS][2];      /* let in by that door, less taken back */
    bool conflicted[TICKETS];  /* a person was told: two are in by one ticket */
};

static void note_conflicts(struct crowd *crowd)
{
    struct door_conflict conflict;

    for (int at = 0; at < 2; at++)
        while (door_take_conflict(crowd->house.posts[at].door, &conflict))
            for (int i = 0; i < TICKETS; i++)
                crowd->conflicted[i] |= crowd->tickets[i] == conflict.ticket_id;
}

static void take_back(struct crowd *crowd, int at)
{
    struct house *house = &crowd->house;
    enum tk_code code = door_undo(house->posts[at].door, &house->admission, &house->error);

    for (int i = 0; !code && i < TICKETS; i++)
        crowd->told[i][at] -= crowd->tickets[i] == house->admission.ticket_id;
}

static void step_at_random(struct crowd *crowd)
{
    struct house *house = &crowd->house;
    int i = (int)test_random_below(&crowd->random, TICKETS);
    int at = (int)test_random_below(&crowd->random, 2);
    struct post *post = &house->posts[at];

    house->fixture.now += (int64_t)test_random_below(&crowd->random, 3 * TIME_SECOND);
    switch (test_random_below(&crowd->random, 12)) {
    case 0:
        post->far.line = (enum far_line)test_random_below(&crowd->random, 3);
        break;
    case 1:
        post->far.line = FAR_UP;
        post->far.cut_after = 1 + test_random_below(&crowd->random, 6);
        break;
    case 2:
        if (post->far.line != FAR_UP || post->far.cut_after)
            break;
        post_close(post);
        post_open(house, post);
        break;
    case 3:
        take_back(crowd, at);
        break;
    case 4:
    case 5:
        CU_ASSERT_EQUAL(pass_time(house, at, 3 * TIME_SECOND), TK_OK);
        break;
    default:
        if (scan(house, at, crowd->tickets[i]) == VERDICT_ADMITTED && !house->admission.repeated)
            crowd->told[i][at]++;
        CU_ASSERT(crowd->told[i][at] <= 1 || crowd->conflicted[i]);
    }
    note_conflicts(crowd);
}

/* Doors that are cut off, lose answers and are restarted as chance will have it: whoever was let in is
   in, by one door, or a person is told. */
static void test_at_random(void)
{
    uint64_t seed = test_seed();

    for (int round = 0; round < (test_is_long() ? 300 : 20); round++) {
        struct crowd crowd = {.random = seed + (uint64_t)round};
        struct house *house = &crowd.house;

        house_init(house);
        for (int i = 0; i < TICKETS; i++)
            crowd.tickets[i] = sell(house, house->slot, 1);
        open_posts(house);
        for (int step = 0; step < STEPS; step++)
            step_at_random(&crowd);
        for (int at = 0; at < 2; at++) {
            house->posts[at].far.cut_after = 0;
            come_back(house, at);
        }
        note_conflicts(&crowd);
        for (int i = 0; i < TICKETS; i++) {
            int told = crowd.told[i][0] + crowd.told[i][1];

            CU_ASSERT(told <= 1 || crowd.conflicted[i]);
            /* not the other way round: an answer that was lost may have let in somebody whom the door,
               not knowing that another one had taken its admission back, then sent away */
            CU_ASSERT(is_in(house, crowd.tickets[i]) || !told || crowd.conflicted[i]);
        }
        house_release(house);
    }
}

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
