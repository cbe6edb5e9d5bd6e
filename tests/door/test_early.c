/* Somebody is let in with a genuine pass whose sale is not known yet: a till that is cut off made it. */
#include <string.h>

#include "core/door.h"
#include "core/text.h"
#include "tests/door/entrance.h"
#include "tests/support/fixture.h"

#define PLACES 5
#define TILL "Till 1"

/* A till that holds places and numbers of a showing, and is cut off. */
struct cut_off_till {
    struct box_office *office; /* the centre's */
    int64_t slot;
    uint64_t ticket; /* the first that it issues */
};

static struct outcome apply(struct cut_off_till *till, enum op_kind kind,
                            struct operation *operation)
{
    struct outcome outcome = {0};
    struct tk_error error = {0};

    operation->id = office_make_id(till->office);
    office_stamp(till->office, kind, operation);
    text_copy(operation->device, sizeof operation->device, TILL);
    CU_ASSERT_EQUAL(store_apply(till->office->store, operation, 1, &outcome, &error), TK_OK);
    return outcome;
}

static void till_init(struct cut_off_till *till, struct box_office *office, int64_t slot)
{
    struct operation join = {.join = {.replica = office_make_id(office)}};
    struct operation block = {.block = {.holder = TILL}};
    struct operation grant = {.grant = {.slot_id = slot, .holder = TILL, .granted = PLACES}};

    *till = (struct cut_off_till){.office = office, .slot = slot};
    CU_ASSERT_EQUAL(apply(till, OP_JOIN, &join).code, TK_OK);
    till->ticket = apply(till, OP_BLOCK, &block).ticket_id;
    CU_ASSERT_EQUAL(apply(till, OP_GRANT, &grant).code, TK_OK);
    CU_ASSERT_FATAL(till->ticket != 0);
}

/* The sale that it made while it was cut off, told. */
static enum tk_code tell_sale(struct cut_off_till *till)
{
    struct operation sale = {
        .cut_off = true,
        .book = {.slot = {.id = till->slot}, .count = 1, .first_ticket = till->ticket}};

    return apply(till, OP_BOOK, &sale).code;
}

static void write_off(struct cut_off_till *till)
{
    struct tk_error error = {0};
    int64_t places = 0;

    CU_ASSERT_EQUAL(office_write_off(till->office, TILL, 0, &places, &error), TK_OK);
    CU_ASSERT_EQUAL(places, PLACES);
}

/* --- what is decided --- */

struct gate {
    struct fixture fixture;
    struct cut_off_till till;
    int64_t slot, other;
    char pass[PASS_SIZE];
    struct tk_error error;
};

static void gate_init(struct gate *gate)
{
    struct crypto_key key;

    *gate = (struct gate){0};
    fixture_init(&gate->fixture);
    gate->slot = fixture_schedule(&gate->fixture, "Skyfall", TIME_HOUR / 2, 20);
    gate->other = fixture_schedule(&gate->fixture, "Up", TIME_HOUR / 2, 20);
    till_init(&gate->till, &gate->fixture.office, gate->slot);
    key = pass_slot_key(&gate->fixture.site_key, gate->slot);
    pass_make(gate->pass, &key, gate->till.ticket, gate->slot);
    text_copy(gate->fixture.office.device, DEVICE_SIZE, "Door 1");
}

static void gate_release(struct gate *gate)
{
    CU_ASSERT_EQUAL(fixture_verify(&gate->fixture), 0);
    fixture_release(&gate->fixture);
}

static struct admission scan(struct gate *gate, const char *code)
{
    struct admission_request request = {
        .code = code, .count = 1, .id = office_make_id(&gate->fixture.office)};
    struct admission admission = {.verdict = VERDICT_COUNT};

    CU_ASSERT_EQUAL(office_admit(&gate->fixture.office, &request, &admission, &gate->error), TK_OK);
    return admission;
}

static void test_before_its_sale(void)
{
    struct gate gate;
    struct admission said;
    struct ticket ticket;
    struct admission_request request = {.count = 1};

    gate_init(&gate);
    request.code = gate.pass;
    request.id = office_make_id(&gate.fixture.office);
    for (int i = 0; i < 2; i++) { /* the same request again has the same answer */
        CU_ASSERT_EQUAL(office_admit(&gate.fixture.office, &request, &said, &gate.error), TK_OK);
        CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED);
        CU_ASSERT_STRING_EQUAL(said.message,
                               "One ticket for Skyfall, Sun 22 Nov 18:30; its sale is not known "
                               "here yet: it was made by a till that is cut off.");
        CU_ASSERT(admission_is_early(&said));
        CU_ASSERT_EQUAL(said.ticket_id, gate.till.ticket);
        CU_ASSERT_EQUAL(said.slot_id, gate.slot);
        CU_ASSERT_EQUAL(said.admitted, 1);
    }
    CU_ASSERT_EQUAL(scan(&gate, gate.pass).verdict, VERDICT_ALREADY);
    CU_ASSERT_EQUAL(fixture_slot(&gate.fixture, gate.slot).admitted, 0); /* its place is not sold */
    gate.fixture.now += TIME_MINUTE;
    CU_ASSERT_EQUAL(tell_sale(&gate.till), TK_OK);
    ticket = fixture_ticket(&gate.fixture, gate.till.ticket);
    CU_ASSERT_EQUAL(ticket.admitted_at, FIXTURE_NOW);
    CU_ASSERT_STRING_EQUAL(ticket.admitted_by, "Door 1");
    CU_ASSERT_EQUAL(fixture_slot(&gate.fixture, gate.slot).admitted, 1);
    said = scan(&gate, gate.pass);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ALREADY);
    CU_ASSERT_STRING_EQUAL(said.message, "This ticket went in at 18:00 at Door 1, 1 minute ago.");
    CU_ASSERT_EQUAL(office_admit(&gate.fixture.office, &request, &said, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED); /* and it is still the same request */
    CU_ASSERT(!admission_is_early(&said));
    gate_release(&gate);
}

static void test_taken_back(void)
{
    struct gate gate;
    struct ticket_view view = {0};

    gate_init(&gate);
    CU_ASSERT_EQUAL(scan(&gate, gate.pass).verdict, VERDICT_ADMITTED);
    text_copy(gate.fixture.office.device, DEVICE_SIZE, "Door 2");
    CU_ASSERT_EQUAL(
        office_unadmit(&gate.fixture.office, gate.till.ticket, NULL, &view, &gate.error),
        TK_OTHER_DOOR);
    text_copy(gate.fixture.office.device, DEVICE_SIZE, "Door 1");
    CU_ASSERT_EQUAL(
        office_unadmit(&gate.fixture.office, gate.till.ticket, NULL, &view, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(view.ticket.id, gate.till.ticket);
    CU_ASSERT_EQUAL(view.ticket.status, TICKET_BOOKED);
    CU_ASSERT_EQUAL(view.slot.id, gate.slot);
    CU_ASSERT_EQUAL(
        office_unadmit(&gate.fixture.office, gate.till.ticket, NULL, &view, &gate.error),
        TK_TICKET_NOT_FOUND);
    CU_ASSERT_EQUAL(tell_sale(&gate.till), TK_OK);
    CU_ASSERT_EQUAL(fixture_ticket(&gate.fixture, gate.till.ticket).admitted_at, 0);
    CU_ASSERT_EQUAL(scan(&gate, gate.pass).verdict, VERDICT_ADMITTED);
    gate_release(&gate);
}

static void test_written_off(void)
{
    struct gate gate;
    struct admission said;
    char expected[200], text[ID_TEXT_MAX];

    gate_init(&gate);
    id_print(text, ID_TICKET, gate.till.ticket);
    write_off(&gate.till);
    said = scan(&gate, gate.pass);
    snprintf(expected, sizeof expected,
             "Ticket %s was issued by a till whose places were written off.", text);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_DENIED);
    CU_ASSERT_STRING_EQUAL(said.message, expected);
    CU_ASSERT_EQUAL(said.ticket_id, gate.till.ticket);
    CU_ASSERT_EQUAL(said.slot_id, gate.slot);
    CU_ASSERT_EQUAL(said.admitted, 0);
    CU_ASSERT(!verdict_is_wrong_pass(said.verdict));
    gate_release(&gate);
}

/* The pass decides first, then whether a till could have sold it for that showing. */
static void test_nobody(void)
{
    struct gate gate;
    struct crypto_key key;
    struct admission_request request = {.count = 1, .slot_count = 1};
    struct admission said;
    char pass[PASS_SIZE];
    uint64_t sold;

    gate_init(&gate);
    key = pass_slot_key(&gate.fixture.site_key, gate.slot);
    pass_make(pass, &key, 4711, gate.slot); /* a number that no till was given */
    CU_ASSERT_EQUAL(scan(&gate, pass).verdict, VERDICT_UNKNOWN);
    key = pass_slot_key(&gate.fixture.site_key, gate.other);
    pass_make(pass, &key, gate.till.ticket, gate.other); /* of which the till holds nothing */
    CU_ASSERT_EQUAL(scan(&gate, pass).verdict, VERDICT_UNKNOWN);
    fixture_book(&gate.fixture, gate.slot, 1, "Jo", "1234567", &sold);
    pass_make(pass, &key, sold, gate.other); /* another one's number: nothing is told of it */
    said = scan(&gate, pass);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_UNKNOWN);
    CU_ASSERT_STRING_EQUAL(said.customer_name, "");
    CU_ASSERT_EQUAL(fixture_ticket(&gate.fixture, sold).admitted_at, 0);
    memcpy(pass, gate.pass, sizeof pass);
    pass[PASS_LENGTH - 1] = pass[PASS_LENGTH - 1] == '0' ? '2' : '0';
    CU_ASSERT_EQUAL(scan(&gate, pass).verdict, VERDICT_NOT_GENUINE);
    request.code = gate.pass; /* at a door of another showing its key is not tried */
    request.slot_ids = &gate.other;
    request.id = office_make_id(&gate.fixture.office);
    CU_ASSERT_EQUAL(office_admit(&gate.fixture.office, &request, &said, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_NOT_GENUINE);
    gate.fixture.now += 3 * TIME_HOUR; /* the showing is over, for whoever names it */
    request.slot_ids = &gate.slot;
    request.id = office_make_id(&gate.fixture.office);
    CU_ASSERT_EQUAL(office_admit(&gate.fixture.office, &request, &said, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_OVER);
    gate_release(&gate);
}

/* --- keys that are not here yet --- */

struct slow_ring {
    struct key_ring ring;
    int64_t missing; /* this slot's key */
    int asked;
};

static enum tk_code slow_key(void *context, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error)
{
    struct slow_ring *slow = context;

    slow->asked++;
    if (slot_id == slow->missing)
        return tk_fail_code(error, TK_NEEDS_CENTRE);
    return slow->ring.slot_key(slow->ring.context, slot_id, generation, key, error);
}

static enum tk_code try_scan(struct gate *gate, const char *code, struct admission *said)
{
    struct admission_request request = {
        .code = code, .count = 1, .id = office_make_id(&gate->fixture.office)};

    return office_admit(&gate->fixture.office, &request, said, &gate->error);
}

static void test_key_to_come(void)
{
    struct gate gate;
    struct slow_ring slow;
    struct admission said;
    struct crypto_key key;
    char forged[PASS_SIZE];

    gate_init(&gate);
    fixture_book(&gate.fixture, gate.other, 1, NULL, NULL, NULL);
    slow = (struct slow_ring){.ring = gate.fixture.office.keys, .missing = gate.other};
    gate.fixture.office.keys = (struct key_ring){.slot_key = slow_key, .context = &slow};
    CU_ASSERT_EQUAL(scan(&gate, gate.pass).verdict, VERDICT_ADMITTED); /* by another key */
    key = pass_slot_key(&gate.fixture.site_key, 4711);
    pass_make(forged, &key, 4711, gate.slot);
    CU_ASSERT_EQUAL(try_scan(&gate, forged, &said), TK_NEEDS_CENTRE); /* it may be of that one */
    CU_ASSERT_PTR_NOT_NULL(strstr(gate.error.message, "Up, Sun 22 Nov 18:30"));
    slow.missing = gate.slot;
    CU_ASSERT_EQUAL(try_scan(&gate, gate.pass, &said), TK_NEEDS_CENTRE);
    slow.missing = 0;
    CU_ASSERT_EQUAL(scan(&gate, forged).verdict, VERDICT_NOT_GENUINE);
    slow.asked = 0;
    CU_ASSERT_EQUAL(scan(&gate, "no pass at all").verdict, VERDICT_UNREADABLE);
    CU_ASSERT_EQUAL(scan(&gate, "https://example.org").verdict, VERDICT_UNREADABLE);
    CU_ASSERT_EQUAL(slow.asked, 0); /* for what is no pass no key is asked */
    gate_release(&gate);
}

/* A door says so, goes on, and asks again. */
static void test_door_without_key(void)
{
    struct gate gate;
    struct slow_ring slow;
    struct door_options options = {.office = &gate.fixture.office};
    struct door *door = NULL;
    struct admission said = {0};
    int64_t wait = 0;
    bool changed;

    gate_init(&gate);
    slow = (struct slow_ring){.ring = gate.fixture.office.keys, .missing = gate.slot};
    gate.fixture.office.keys = (struct key_ring){.slot_key = slow_key, .context = &slow};
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &door, &gate.error), TK_OK);
    CU_ASSERT(!door_slot_at(door, 0)->has_key);
    CU_ASSERT_EQUAL(door_scan(door, gate.pass, &said, &wait, &gate.error), TK_NEEDS_CENTRE);
    CU_ASSERT_PTR_NOT_NULL(strstr(gate.error.message, "Skyfall"));
    slow.missing = 0;
    gate.fixture.now += 2 * TIME_SECOND;
    CU_ASSERT_EQUAL(door_tick(door, &changed, &gate.error), TK_OK);
    CU_ASSERT(door_slot_at(door, 0)->has_key);
    CU_ASSERT_EQUAL(door_scan(door, gate.pass, &said, &wait, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(door_slot_at(door, 0)->here, 0); /* counted with its sale */
    CU_ASSERT_EQUAL(door_undo(door, &said, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(door_slot_at(door, 0)->here, 0);
    gate.fixture.now += DOOR_SAME_CODE;
    CU_ASSERT_EQUAL(door_scan(door, gate.pass, &said, &wait, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(said.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(tell_sale(&gate.till), TK_OK);
    gate.fixture.now += TIME_SECOND;
    CU_ASSERT_EQUAL(door_tick(door, &changed, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(door_slot_at(door, 0)->here, 1);
    door_close(door);
    gate_release(&gate);
}

/* Passes whose tickets are nobody's are slowed down as before, though the store decides on them. */
static void test_guessing_is_slow(void)
{
    struct gate gate;
    struct door_options options = {.office = &gate.fixture.office};
    struct door *door = NULL;
    struct crypto_key key;
    struct admission said = {0};
    int64_t wait = 0;
    uint64_t judged = 0;

    gate_init(&gate);
    key = pass_slot_key(&gate.fixture.site_key, gate.slot);
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &door, &gate.error), TK_OK);
    for (uint64_t i = 0; i < 50 && !wait; i++) {
        char pass[PASS_SIZE];

        pass_make(pass, &key, 4711 + i, gate.slot);
        CU_ASSERT_EQUAL(door_scan(door, pass, &said, &wait, &gate.error), TK_OK);
        judged += !wait;
    }
    CU_ASSERT_EQUAL(judged, WRONG_PASSES_FREE);
    CU_ASSERT(wait > 0 && wait <= WRONG_PASS_PAUSE);
    door_close(door);
    gate_release(&gate);
}

/* --- the real program --- */

static void check_program(bool served)
{
    struct entrance entrance;
    struct cut_off_till till;
    struct line_door door = {0}, other = {0};
    char pass[PASS_SIZE], nobody[PASS_SIZE];
    int64_t slot;

    entrance_init(&entrance, served);
    slot = entrance_schedule(&entrance, "Skyfall", -TIME_MINUTE, TIME_HOUR);
    till_init(&till, entrance.office, slot);
    entrance_pass_of_nobody(&entrance, slot, till.ticket, pass);
    entrance_pass_of_nobody(&entrance, slot, 4711, nobody);
    CU_ASSERT_FATAL(entrance_open(&entrance, &door, "door-1", NULL));
    CU_ASSERT_FATAL(entrance_open(&entrance, &other, "door-2", NULL));
    CU_ASSERT_EQUAL(entrance_scan(&door, nobody), VERDICT_UNKNOWN);
    CU_ASSERT_EQUAL(entrance_scan(&door, pass), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(entrance_scan(&other, pass), VERDICT_ALREADY);
    CU_ASSERT_EQUAL(entrance_admitted(&entrance, slot), 0);
    CU_ASSERT_EQUAL(tell_sale(&till), TK_OK);
    CU_ASSERT_EQUAL(entrance_admitted(&entrance, slot), 1);
    CU_ASSERT_EQUAL(entrance_scan(&other, pass), VERDICT_ALREADY);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    CU_ASSERT_EQUAL(line_door_end(&other), 0);
    line_door_release(&door);
    line_door_release(&other);
    entrance_release(&entrance);
}

static void test_at_file(void)
{
    check_program(false);
}

static void test_at_service(void)
{
    check_program(true);
}

/* What a till that was written off issued is denied. */
static void check_denied(bool served)
{
    struct entrance entrance;
    struct cut_off_till till;
    struct line_door door = {0};
    char pass[PASS_SIZE];
    int64_t slot;

    entrance_init(&entrance, served);
    slot = entrance_schedule(&entrance, "Skyfall", -TIME_MINUTE, TIME_HOUR);
    till_init(&till, entrance.office, slot);
    entrance_pass_of_nobody(&entrance, slot, till.ticket, pass);
    write_off(&till);
    CU_ASSERT_FATAL(entrance_open(&entrance, &door, "door-1", NULL));
    CU_ASSERT_EQUAL(entrance_scan(&door, pass), VERDICT_DENIED);
    CU_ASSERT_EQUAL(line_door_end(&door), 0);
    line_door_release(&door);
    entrance_release(&entrance);
}

static void test_denied(void)
{
    check_denied(false);
    check_denied(true);
}

SUITE(early, {"somebody is let in before his sale is known, once", test_before_its_sale},
      {"that is taken back by the same door", test_taken_back},
      {"a till that was written off lets nobody in", test_written_off},
      {"a pass without a till behind it lets nobody in", test_nobody},
      {"a key that has not come yet is said, and keeps nobody else waiting", test_key_to_come},
      {"a door asks for it again", test_door_without_key},
      {"guessing is slow", test_guessing_is_slow},
      {"the program at a file", test_at_file},
      {"the program at a service", test_at_service},
      {"what was written off is denied, at a file and at a service", test_denied})
