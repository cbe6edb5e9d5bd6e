/* A door on a copy of its centre's box office: cut off, started while the centre is away, and what the
   centre refuses later. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/door.h"
#include "core/sync.h"
#include "core/text.h"
#include "tests/door/entrance.h"
#include "tests/support/fixture.h"

/* --- in this process: a line that is as the test says --- */

struct post {
    struct fixture fixture;
    struct sync_status status;
    int sent; /* rounds that were asked for */
    struct door *door;
    struct tk_error error;
    int64_t slot;
};

static void told_status(void *context, struct sync_status *status)
{
    *status = ((struct post *)context)->status;
}

static enum tk_code told_sync(void *context, struct sync_report *report, struct tk_error *error)
{
    struct post *post = context;

    (void)report;
    (void)error;
    post->sent++;
    post->status.waiting = 0;
    return TK_OK;
}

static void post_init(struct post *post)
{
    *post = (struct post){.status = {.online = true}};
    fixture_init(&post->fixture);
    post->slot = fixture_schedule(&post->fixture, "Skyfall", TIME_HOUR / 2, 20);
    text_copy(post->fixture.office.device, DEVICE_SIZE, "Door 1");
    post->fixture.office.line =
        (struct line_port){.status = told_status, .sync = told_sync, .context = post};
}

static void post_open(struct post *post)
{
    struct door_options options = {.office = &post->fixture.office};

    CU_ASSERT_EQUAL_FATAL(door_open(&options, &post->door, &post->error), TK_OK);
}

static void post_release(struct post *post)
{
    door_close(post->door);
    CU_ASSERT_EQUAL(fixture_verify(&post->fixture), 0);
    fixture_release(&post->fixture);
}

static bool tick(struct post *post)
{
    bool changed = false;

    post->fixture.now += TIME_SECOND;
    CU_ASSERT_EQUAL(door_tick(post->door, &changed, &post->error), TK_OK);
    return changed;
}

/* What a door did while it was cut off, told late. */
static struct op_id tell(struct post *post, const char *door, enum op_kind kind, uint64_t ticket)
{
    struct operation operation = {.cut_off = true};
    struct outcome outcome = {0};

    operation.id = office_make_id(&post->fixture.office);
    office_stamp(&post->fixture.office, kind, &operation);
    text_copy(operation.device, sizeof operation.device, door);
    if (kind == OP_ADMIT)
        operation.admit = (struct op_admit){ticket, post->slot, post->fixture.now};
    else
        operation.unadmit.ticket_id = ticket;
    CU_ASSERT_EQUAL(store_apply(post->fixture.store, &operation, 1, &outcome, &post->error), TK_OK);
    return operation.id;
}

static struct dispute dispute_of(struct post *post, const struct op_id *id)
{
    struct dispute_query query = {.id = id};
    struct dispute_list list = {0};
    struct dispute found = {0};

    CU_ASSERT_EQUAL(office_disputes(&post->fixture.office, &query, &list, &post->error), TK_OK);
    CU_ASSERT_EQUAL(list.count, 1);
    if (list.count)
        found = list.items[0];
    dispute_list_release(&list);
    return found;
}

static void test_line(void)
{
    struct post post;

    post_init(&post);
    post_open(&post);
    CU_ASSERT(door_has_line(post.door));
    CU_ASSERT_EQUAL(door_away_since(post.door), 0);
    CU_ASSERT(!tick(&post));
    post.status = (struct sync_status){.away_since = FIXTURE_NOW, .waiting = 3};
    CU_ASSERT(tick(&post));
    CU_ASSERT_EQUAL(door_away_since(post.door), FIXTURE_NOW);
    CU_ASSERT_EQUAL(door_waiting(post.door), 3);
    CU_ASSERT_EQUAL(post.sent, 0); /* that is the store's to do … */
    door_hurry(post.door);
    tick(&post);
    CU_ASSERT_EQUAL(post.sent, 1); /* … but before the door closes */
    CU_ASSERT_EQUAL(door_waiting(post.door), 0);
    post.status.online = true;
    CU_ASSERT(tick(&post));
    CU_ASSERT_EQUAL(door_away_since(post.door), 0);
    post_release(&post);
}

static enum verdict scan(struct post *post, const char *code, struct admission *said)
{
    int64_t wait = 0;
    enum tk_code result = door_scan(post->door, code, said, &wait, &post->error);

    return result ? VERDICT_COUNT : said->verdict;
}

/* What is done while it is cut off is told to wait, and no pass is called forged by what is not known. */
static void test_words(void)
{
    struct post post;
    struct admission said = {0};
    struct ticket_view view = {0};
    char pass[PASS_SIZE], nobody[PASS_SIZE];
    struct crypto_key key;
    uint64_t ticket;

    post_init(&post);
    fixture_book(&post.fixture, post.slot, 1, NULL, NULL, &ticket);
    view.ticket = fixture_ticket(&post.fixture, ticket);
    view.slot = fixture_slot(&post.fixture, post.slot);
    CU_ASSERT(office_pass(&post.fixture.office, &view, pass));
    key = pass_slot_key(&post.fixture.site_key, 4711);
    pass_make(nobody, &key, 4711, 4711);
    post_open(&post);
    CU_ASSERT_EQUAL(scan(&post, nobody, &said), VERDICT_NOT_GENUINE);
    CU_ASSERT_STRING_EQUAL(said.message, "This pass is not genuine.");
    post.status.online = false;
    tick(&post);
    CU_ASSERT_EQUAL(scan(&post, pass, &said), VERDICT_ADMITTED);
    CU_ASSERT(said.unrecorded);
    post.fixture.now += DOOR_SAME_CODE;
    CU_ASSERT_EQUAL(scan(&post, nobody, &said), VERDICT_NOT_GENUINE);
    CU_ASSERT_PTR_NOT_NULL(strstr(said.message, "cannot be told while the box office is away"));
    post.fixture.now += 4 * TIME_HOUR; /* nothing is open that is known here */
    tick(&post);
    CU_ASSERT_EQUAL(door_slot_count(post.door), 0);
    CU_ASSERT_EQUAL(scan(&post, nobody, &said), VERDICT_COUNT);
    CU_ASSERT_EQUAL(post.error.code, TK_NEEDS_CENTRE);
    post_release(&post);
}

static void test_disputes(void)
{
    struct post post;
    struct door_conflict conflict;
    struct op_id mine, other;
    uint64_t ticket;

    post_init(&post);
    fixture_book(&post.fixture, post.slot, 3, NULL, NULL, &ticket);
    tell(&post, "Door 2", OP_ADMIT, ticket);
    post.fixture.now += TIME_MINUTE;
    mine = tell(&post, "Door 1", OP_ADMIT, ticket); /* somebody else is in with it */
    other = tell(&post, "Door 3", OP_ADMIT, ticket);
    post.status.disputes = 2;
    post_open(&post);
    CU_ASSERT_EQUAL_FATAL(door_conflict_count(post.door), 1); /* not those of another door */
    CU_ASSERT(op_id_equal(&door_conflict_at(post.door, 0)->id, &mine));
    CU_ASSERT_EQUAL(door_conflict_at(post.door, 0)->ticket_id, ticket);
    CU_ASSERT_EQUAL(door_conflict_at(post.door, 0)->admitted_at, FIXTURE_NOW + TIME_MINUTE);
    CU_ASSERT_PTR_NOT_NULL(strstr(door_conflict_at(post.door, 0)->message, "Door 2"));
    CU_ASSERT(door_take_conflict(post.door, &conflict));
    CU_ASSERT(!door_take_conflict(post.door, &conflict));
    tick(&post);
    CU_ASSERT(!door_take_conflict(post.door, &conflict)); /* told once */
    CU_ASSERT_EQUAL(door_conflict_count(post.door), 1);

    text_copy(post.fixture.office.actor, ACTOR_SIZE, "Olga");
    CU_ASSERT_EQUAL(door_acknowledge(post.door, &mine, &post.error), TK_OK);
    CU_ASSERT_EQUAL(door_conflict_count(post.door), 0);
    CU_ASSERT(dispute_of(&post, &mine).closed_at != 0);
    CU_ASSERT_STRING_EQUAL(dispute_of(&post, &mine).closed_by, "Olga");
    CU_ASSERT_STRING_EQUAL(dispute_of(&post, &mine).reason, "Seen at the door.");
    CU_ASSERT_EQUAL(dispute_of(&post, &other).closed_at, 0);
    post.status.disputes = 1;
    tick(&post);
    CU_ASSERT_EQUAL(door_conflict_count(post.door), 0);
    post_release(&post);
}

/* One that is found while the door works is told; closed by somebody else it goes. */
static void test_dispute_comes_and_goes(void)
{
    struct post post;
    struct door_conflict conflict;
    struct op_id id;
    uint64_t ticket;

    post_init(&post);
    fixture_book(&post.fixture, post.slot, 1, NULL, NULL, &ticket);
    post_open(&post);
    CU_ASSERT(!door_take_conflict(post.door, &conflict));
    tell(&post, "Door 2", OP_ADMIT, ticket);
    id = tell(&post, "Door 1", OP_ADMIT, ticket);
    CU_ASSERT(tick(&post));
    CU_ASSERT(door_take_conflict(post.door, &conflict));
    CU_ASSERT(op_id_equal(&conflict.id, &id));
    CU_ASSERT_PTR_NOT_NULL(strstr(conflict.message, "Door 2"));
    CU_ASSERT_EQUAL(
        office_close_dispute(&post.fixture.office, &id, "Looked into.", NULL, &post.error), TK_OK);
    CU_ASSERT(tick(&post));
    CU_ASSERT_EQUAL(door_conflict_count(post.door), 0);
    CU_ASSERT_EQUAL(door_acknowledge(post.door, &id, &post.error), TK_OK); /* seen too late */
    CU_ASSERT_STRING_EQUAL(dispute_of(&post, &id).reason, "Looked into.");
    post_release(&post);
}

/* --- the real program --- */

#define TICKETS 8

struct stage {
    struct entrance entrance;
    struct entrance_ticket tickets[TICKETS];
    int64_t slot;
};

static void stage_init(struct stage *stage)
{
    entrance_init(&stage->entrance, true);
    stage->slot = entrance_schedule(&stage->entrance, "Skyfall", -TIME_MINUTE, TIME_HOUR);
    entrance_book(&stage->entrance, stage->slot, TICKETS, stage->tickets);
}

/* Whether a ticket is in at the centre, once the door has told it. */
static bool comes_in(struct stage *stage, const struct entrance_ticket *ticket)
{
    struct timespec pause = {.tv_nsec = 10000000};

    for (int i = 0; i < LINE_DOOR_MS / 10; i++) {
        if (entrance_is_in(&stage->entrance, ticket))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static void leave(struct line_door *door)
{
    CU_ASSERT_EQUAL(line_door_end(door), 0);
    line_door_release(door);
}

/* Of a sale of this moment the centre knows, and its answer brings it. */
static void check_fresh_sale(struct stage *stage, struct line_door *door)
{
    struct entrance_ticket fresh;
    char *object;

    entrance_book(&stage->entrance, stage->slot, 1, &fresh);
    object = line_door_scan(door, fresh.pass) ? line_door_answer(door, LINE_DOOR_MS) : NULL;
    CU_ASSERT_EQUAL(entrance_verdict(object), VERDICT_ADMITTED);
    CU_ASSERT(object && !strstr(object, "not known here"));
    free(object);
    CU_ASSERT(entrance_is_in(&stage->entrance, &fresh));
}

static void test_cut_off(void)
{
    struct stage stage;
    struct line_door door = {0};
    struct entrance_ticket late;

    stage_init(&stage);
    CU_ASSERT_FATAL(entrance_open(&stage.entrance, &door, "door-1", NULL));
    CU_ASSERT_EQUAL(entrance_scan(&door, stage.tickets[0].pass), VERDICT_ADMITTED);
    CU_ASSERT(entrance_is_in(&stage.entrance, &stage.tickets[0])); /* by the centre itself */
    check_fresh_sale(&stage, &door);
    process_kill(&stage.entrance.service);
    CU_ASSERT_EQUAL(entrance_scan(&door, stage.tickets[0].pass), VERDICT_ALREADY);
    CU_ASSERT_EQUAL(entrance_scan(&door, stage.tickets[1].pass), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(entrance_scan(&door, stage.tickets[1].pass), VERDICT_ALREADY);
    CU_ASSERT(line_door_tells(&door, "goes on by itself", LINE_DOOR_MS));
    entrance_book(&stage.entrance, stage.slot, 1, &late); /* which the copy does not know */
    CU_ASSERT_EQUAL(entrance_scan(&door, late.pass), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(entrance_scan(&door, late.pass), VERDICT_ALREADY);
    CU_ASSERT(!entrance_is_in(&stage.entrance, &stage.tickets[1]));
    CU_ASSERT_FATAL(process_start_again(&stage.entrance.service));
    CU_ASSERT(comes_in(&stage, &stage.tickets[1]));
    CU_ASSERT(comes_in(&stage, &late));
    CU_ASSERT(line_door_tells(&door, "there again", LINE_DOOR_MS));
    leave(&door);
    CU_ASSERT_PTR_NULL(strstr(line_door_told(&door), "Conflict"));
    entrance_release(&stage.entrance);
}

/* It was there before: then it needs no centre to begin. */
static void test_started_alone(void)
{
    struct stage stage;
    struct line_door door = {0};

    stage_init(&stage);
    CU_ASSERT_FATAL(entrance_open(&stage.entrance, &door, "door-1", NULL));
    CU_ASSERT_EQUAL(entrance_scan(&door, stage.tickets[0].pass), VERDICT_ADMITTED);
    leave(&door);
    process_kill(&stage.entrance.service);
    for (int i = 1; i < 3; i++) { /* and what it does then, the next one knows */
        CU_ASSERT_FATAL(entrance_open(&stage.entrance, &door, "door-1", NULL));
        for (int k = 0; k < i; k++)
            CU_ASSERT_EQUAL(entrance_scan(&door, stage.tickets[k].pass), VERDICT_ALREADY);
        CU_ASSERT_EQUAL(entrance_scan(&door, stage.tickets[i].pass), VERDICT_ADMITTED);
        CU_ASSERT_EQUAL(line_door_end(&door), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(line_door_told(&door), "wait to be sent"));
        line_door_release(&door);
    }
    CU_ASSERT_FATAL(process_start_again(&stage.entrance.service));
    CU_ASSERT_FATAL(entrance_open(&stage.entrance, &door, "door-1", NULL));
    CU_ASSERT(comes_in(&stage, &stage.tickets[1]) && comes_in(&stage, &stage.tickets[2]));
    leave(&door);
    entrance_release(&stage.entrance);
}

static struct dispute_list open_disputes(struct stage *stage)
{
    struct dispute_query query = {.open = true};
    struct dispute_list list = {0};
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(office_disputes(stage->entrance.office, &query, &list, &error), TK_OK);
    return list;
}

/* The same ticket at two doors that are cut off: both let it in, and one hears that it was wrong, until
   a person has closed it. */
static void test_twice(void)
{
    static const char *const names[] = {"door-1", "door-2"};
    struct stage stage;
    struct line_door doors[2] = {0};
    struct dispute_list list;
    struct tk_error error = {0};

    stage_init(&stage);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_FATAL(entrance_open(&stage.entrance, &doors[i], names[i], NULL));
        CU_ASSERT_EQUAL(entrance_scan(&doors[i], stage.tickets[i].pass), VERDICT_ADMITTED);
    }
    process_kill(&stage.entrance.service);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(entrance_scan(&doors[i], stage.tickets[2].pass), VERDICT_ADMITTED);
        CU_ASSERT(line_door_tells(&doors[i], "goes on by itself", LINE_DOOR_MS));
    }
    leave(&doors[1]); /* what it did waits in its copy */
    CU_ASSERT_FATAL(process_start_again(&stage.entrance.service));
    CU_ASSERT(comes_in(&stage, &stage.tickets[2]));
    leave(&doors[0]);
    CU_ASSERT_EQUAL(entrance_admitted(&stage.entrance, stage.slot), 3);
    list = open_disputes(&stage);
    CU_ASSERT_EQUAL(list.count, 0);
    dispute_list_release(&list);
    for (int i = 0; i < 2; i++) { /* told by each door of that name until it is closed */
        CU_ASSERT_FATAL(entrance_open(&stage.entrance, &doors[1], names[1], NULL));
        CU_ASSERT(line_door_tells(&doors[1], "Conflict: ", LINE_DOOR_MS));
        leave(&doors[1]);
    }
    list = open_disputes(&stage);
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT_EQUAL(list.items[0].kind, OP_ADMIT);
    CU_ASSERT_EQUAL(list.items[0].ticket_id, stage.tickets[2].id);
    CU_ASSERT_EQUAL(
        office_close_dispute(stage.entrance.office, &list.items[0].id, "Seen.", NULL, &error),
        TK_OK);
    dispute_list_release(&list);
    CU_ASSERT_EQUAL(entrance_admitted(&stage.entrance, stage.slot), 3);
    entrance_release(&stage.entrance);
}

SUITE(door_copy, {"a door shows how its line is", test_line},
      {"cut off it says what it does not know", test_words},
      {"what the centre refused of it is shown until somebody closes it", test_disputes},
      {"that comes and goes while it works", test_dispute_comes_and_goes},
      {"cut off it lets in by its copy, and tells it", test_cut_off},
      {"it may begin while the centre is away", test_started_alone},
      {"one ticket at two doors that are cut off is a dispute", test_twice})
