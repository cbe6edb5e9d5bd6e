/* A door together with its box office: scans, undo, more of a sale, counts. */
#include "tests/support/test.h"

#include <string.h>

#include "core/door.h"
#include "core/text.h"
#include "tests/support/fixture.h"

struct gate {
    struct fixture fixture;
    struct box_office other; /* another door's */
    struct door *door;
    struct admission admission; /* the last one */
    struct tk_error error;
};

static void gate_init(struct gate *gate, int64_t slot)
{
    struct door_options options = {.office = &gate->fixture.office,
                                   .slot_ids = &slot,
                                   .slot_count = slot ? 1 : 0};

    text_copy(gate->fixture.office.device, DEVICE_SIZE, "Door 1");
    gate->other = gate->fixture.office;
    text_copy(gate->other.device, DEVICE_SIZE, "Door 2");
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &gate->door, &gate->error), TK_OK);
}

static void gate_release(struct gate *gate)
{
    CU_ASSERT_EQUAL(fixture_verify(&gate->fixture), 0);
    door_close(gate->door);
    fixture_release(&gate->fixture);
}

static void begin(struct gate *gate)
{
    *gate = (struct gate){0};
    fixture_init(&gate->fixture);
    gate->fixture.office.rules.admit_before = TIME_HOUR;
}

static int64_t scan_code(struct gate *gate, const char *code)
{
    int64_t wait = 0;

    CU_ASSERT_EQUAL(door_scan(gate->door, code, &gate->admission, &wait, &gate->error), TK_OK);
    return wait;
}

static enum verdict scan(struct gate *gate, uint64_t ticket)
{
    struct ticket_view view = {.ticket = fixture_ticket(&gate->fixture, ticket)};
    char pass[PASS_SIZE];

    view.slot = fixture_slot(&gate->fixture, view.ticket.slot_id);
    CU_ASSERT(office_pass(&gate->fixture.office, &view, pass));
    CU_ASSERT_EQUAL(scan_code(gate, pass), 0);
    return gate->admission.verdict;
}

static void wait_for(struct gate *gate, int64_t time)
{
    gate->fixture.now += time;
}

static bool tick(struct gate *gate)
{
    bool changed = false;

    CU_ASSERT_EQUAL(door_tick(gate->door, &changed, &gate->error), TK_OK);
    return changed;
}

static void test_once(void)
{
    struct gate gate;
    uint64_t ticket;
    int64_t slot;

    begin(&gate);
    slot = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    fixture_book(&gate.fixture, slot, 1, NULL, NULL, &ticket);
    gate_init(&gate, slot);
    CU_ASSERT_EQUAL(scan(&gate, ticket), VERDICT_ADMITTED);
    CU_ASSERT(!gate.admission.repeated && !gate.admission.unrecorded);
    CU_ASSERT_EQUAL(gate.admission.ticket_id, ticket);
    for (int i = 0; i < 5; i++) { /* it lies under the scanner: that is one scan … */
        wait_for(&gate, DOOR_SAME_CODE / 5 - 1);
        CU_ASSERT_EQUAL(scan(&gate, ticket), VERDICT_ADMITTED);
        CU_ASSERT(gate.admission.repeated);
    }
    CU_ASSERT_EQUAL(door_scan_count(gate.door), 1);
    wait_for(&gate, 5); /* … but not for longer: somebody else may hold it up */
    CU_ASSERT_EQUAL(scan(&gate, ticket), VERDICT_ALREADY);
    CU_ASSERT(!gate.admission.repeated);
    CU_ASSERT_EQUAL(door_scan_count(gate.door), 2);
    CU_ASSERT_EQUAL(door_scan_at(gate.door, 0)->admission.verdict, VERDICT_ALREADY);
    CU_ASSERT_EQUAL(door_scan_at(gate.door, 1)->admission.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(strlen(door_scan_at(gate.door, 0)->code), PASS_GROUPED_SIZE - 1);
    CU_ASSERT_EQUAL(fixture_slot(&gate.fixture, slot).admitted, 1);
    gate_release(&gate);
}

/* The same code in another writing is the same code. */
static void test_same_in_any_writing(void)
{
    struct gate gate;
    struct ticket_view view = {0};
    char pass[PASS_SIZE], grouped[PASS_GROUPED_SIZE];
    uint64_t ticket;
    int64_t slot;

    begin(&gate);
    slot = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    fixture_book(&gate.fixture, slot, 1, NULL, NULL, &ticket);
    gate_init(&gate, slot);
    view.ticket = fixture_ticket(&gate.fixture, ticket);
    view.slot = fixture_slot(&gate.fixture, slot);
    office_pass(&gate.fixture.office, &view, pass);
    pass_group(grouped, pass);
    scan_code(&gate, grouped);
    CU_ASSERT_EQUAL(gate.admission.verdict, VERDICT_ADMITTED);
    for (char *c = pass; *c; c++)
        *c = (char)(*c >= 'A' ? *c | 0x20 : *c);
    scan_code(&gate, pass);
    CU_ASSERT(gate.admission.repeated);
    scan_code(&gate, "no pass at all \x1b[31m\xff");
    CU_ASSERT_EQUAL(gate.admission.verdict, VERDICT_UNREADABLE);
    CU_ASSERT(!gate.admission.repeated);
    CU_ASSERT_PTR_NULL(strchr(door_scan_at(gate.door, 0)->code, '\x1b'));
    scan_code(&gate, "no pass at all \x1b[31m\xff");
    CU_ASSERT(gate.admission.repeated);
    gate_release(&gate);
}

static void test_wrong_passes_pause(void)
{
    struct gate gate;
    char pass[PASS_SIZE];
    uint64_t ticket, wrong = 0;
    int64_t slot, wait = 0;

    begin(&gate);
    slot = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    fixture_book(&gate.fixture, slot, 1, NULL, NULL, &ticket);
    gate_init(&gate, slot);
    for (int i = 0; i < 100; i++)
        scan_code(&gate, "not readable");
    for (int i = 0; i < 50 && !wait; i++) {
        base32_print(pass, 123456789 + (uint64_t)i, 10);
        base32_print(pass + 10, 987654321, 10);
        wait = scan_code(&gate, pass);
        wrong += !wait;
    }
    CU_ASSERT_EQUAL(wrong, WRONG_PASSES_FREE);
    CU_ASSERT(wait > 0 && wait <= WRONG_PASS_PAUSE);
    CU_ASSERT_EQUAL(door_wrong_passes(gate.door), wrong);
    wait_for(&gate, wait);
    CU_ASSERT_EQUAL(scan(&gate, ticket), VERDICT_ADMITTED); /* held up for no longer */
    gate_release(&gate);
}

static void test_undo(void)
{
    struct gate gate;
    struct admission taken;
    uint64_t ticket;
    int64_t slot;

    begin(&gate);
    slot = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    fixture_book(&gate.fixture, slot, 1, NULL, NULL, &ticket);
    gate_init(&gate, slot);
    CU_ASSERT_EQUAL(door_undo(gate.door, &taken, &gate.error), TK_NOT_ADMITTED);
    scan(&gate, ticket);
    CU_ASSERT_EQUAL(door_slot_at(gate.door, 0)->here, 1);
    CU_ASSERT_EQUAL(door_undo(gate.door, &taken, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(taken.ticket_id, ticket);
    CU_ASSERT_EQUAL(fixture_ticket(&gate.fixture, ticket).admitted_at, 0);
    CU_ASSERT_EQUAL(door_slot_at(gate.door, 0)->here, 0);
    CU_ASSERT(door_scan_at(gate.door, 0)->undone);
    CU_ASSERT_EQUAL(door_undo(gate.door, &taken, &gate.error), TK_NOT_ADMITTED);
    CU_ASSERT_EQUAL(scan(&gate, ticket), VERDICT_ADMITTED); /* at once: it is another scan */
    CU_ASSERT(!gate.admission.repeated);
    wait_for(&gate, ADMIT_UNDO_WITHIN + 1);
    CU_ASSERT_EQUAL(door_undo(gate.door, &taken, &gate.error), TK_UNDO_TOO_LATE);
    CU_ASSERT_EQUAL(fixture_slot(&gate.fixture, slot).admitted, 1);
    gate_release(&gate);
}

static void test_more_of_a_sale(void)
{
    struct gate gate;
    struct admission more, taken;
    uint64_t first, other;
    int64_t slot;

    begin(&gate);
    slot = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    fixture_book(&gate.fixture, slot, 5, NULL, NULL, &first);
    fixture_book(&gate.fixture, slot, 1, NULL, NULL, &other);
    gate_init(&gate, slot);
    CU_ASSERT_EQUAL(door_admit_more(gate.door, first, 1, &more, &gate.error),
                    TK_TICKET_NOT_FOUND);
    scan(&gate, first);
    CU_ASSERT_EQUAL(gate.admission.sale_waiting, 4);
    wait_for(&gate, 1);
    CU_ASSERT_EQUAL(door_admit_more(gate.door, first, 0, &more, &gate.error), TK_BAD_COUNT);
    CU_ASSERT_EQUAL(door_admit_more(gate.door, first, 2, &more, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(more.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(more.admitted, 2);
    CU_ASSERT_EQUAL(more.sale_waiting, 2);
    CU_ASSERT_EQUAL(fixture_slot(&gate.fixture, slot).admitted, 3);
    CU_ASSERT_EQUAL(door_slot_at(gate.door, 0)->here, 3);
    CU_ASSERT_EQUAL(door_undo(gate.door, &taken, &gate.error), TK_OK); /* both, and not the first */
    CU_ASSERT_EQUAL(fixture_slot(&gate.fixture, slot).admitted, 1);
    CU_ASSERT_NOT_EQUAL(fixture_ticket(&gate.fixture, first).admitted_at, 0);
    wait_for(&gate, 1);
    scan(&gate, first);
    CU_ASSERT_EQUAL(door_admit_more(gate.door, first, 50, &more, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(more.admitted, 4);
    CU_ASSERT_EQUAL(more.sale_waiting, 0);
    CU_ASSERT_EQUAL(door_admit_more(gate.door, first, 1, &more, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(more.verdict, VERDICT_ALREADY);
    CU_ASSERT_EQUAL(fixture_ticket(&gate.fixture, other).admitted_at, 0);
    gate_release(&gate);
}

static void test_looked_up(void)
{
    struct gate gate;
    struct ticket_view_list list = {0};
    struct admission admission;
    uint64_t here, elsewhere;
    int64_t slot, later;

    begin(&gate);
    slot = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    later = fixture_schedule(&gate.fixture, "Up", TIME_HOUR / 2, 20);
    fixture_book(&gate.fixture, later, 1, "Anuranjan", "9876543", &elsewhere);
    fixture_book(&gate.fixture, slot, 1, "Anuranjan", "9876543", &here);
    gate_init(&gate, slot);
    CU_ASSERT_EQUAL(door_find(gate.door, "anur", &list, &gate.error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT_EQUAL(list.items[0].ticket.id, here);
    CU_ASSERT_EQUAL(door_find(gate.door, "6543", &list, &gate.error), TK_OK); /* appended */
    CU_ASSERT_EQUAL(list.count, 2);
    CU_ASSERT_EQUAL(door_admit_ticket(gate.door, here, &admission, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(door_admit_ticket(gate.door, here, &admission, &gate.error), TK_OK);
    CU_ASSERT(admission.repeated);
    CU_ASSERT_EQUAL(door_admit_ticket(gate.door, elsewhere, &admission, &gate.error), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_WRONG_SLOT);
    ticket_view_list_release(&list);
    gate_release(&gate);
}

static void test_sees_others(void)
{
    struct gate gate;
    struct admission_request request = {.count = 1};
    struct admission admission;
    const struct door_slot *shown;
    uint64_t first;
    int64_t slot;

    begin(&gate);
    slot = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    fixture_book(&gate.fixture, slot, 2, NULL, NULL, &first);
    gate_init(&gate, slot);
    tick(&gate);
    CU_ASSERT(!tick(&gate));
    wait_for(&gate, TIME_SECOND);
    CU_ASSERT(!tick(&gate)); /* nobody changed anything */
    request.ticket_id = first;
    request.id = office_make_id(&gate.other);
    CU_ASSERT_EQUAL(office_admit(&gate.other, &request, &admission, &gate.error), TK_OK);
    CU_ASSERT(!tick(&gate)); /* not so often */
    wait_for(&gate, TIME_SECOND);
    CU_ASSERT(tick(&gate));
    shown = door_slot_at(gate.door, 0);
    CU_ASSERT_EQUAL(shown->slot.admitted, 1);
    CU_ASSERT_EQUAL(shown->here, 0);
    CU_ASSERT_EQUAL_FATAL(shown->doors.count, 1);
    CU_ASSERT_STRING_EQUAL(shown->doors.items[0].device, "Door 2");
    CU_ASSERT_EQUAL(shown->opens_at, FIXTURE_NOW - TIME_HOUR);
    CU_ASSERT(shown->has_key);
    wait_for(&gate, -TIME_HOUR); /* the clock is set back */
    CU_ASSERT_EQUAL(scan(&gate, first), VERDICT_ALREADY);
    fixture_book(&gate.fixture, slot, 1, NULL, NULL, NULL);
    CU_ASSERT(tick(&gate));
    CU_ASSERT_EQUAL(door_slot_at(gate.door, 0)->slot.sold, 3);
    gate_release(&gate);
}

static void test_slots_come_and_go(void)
{
    struct gate gate;
    uint64_t ticket;
    int64_t now, later;

    begin(&gate);
    now = fixture_schedule(&gate.fixture, "Skyfall", 0, 20);
    later = fixture_schedule(&gate.fixture, "Up", 3 * TIME_HOUR, 20);
    fixture_book(&gate.fixture, later, 1, NULL, NULL, &ticket);
    gate_init(&gate, 0);
    CU_ASSERT(door_serves_all(gate.door));
    CU_ASSERT_EQUAL_FATAL(door_slot_count(gate.door), 1);
    CU_ASSERT_EQUAL(door_slot_at(gate.door, 0)->slot.id, now);
    CU_ASSERT_EQUAL(scan(&gate, ticket), VERDICT_TOO_EARLY);
    wait_for(&gate, TIME_HOUR + TIME_MINUTE); /* it opens in 59 minutes */
    tick(&gate);
    CU_ASSERT_EQUAL_FATAL(door_slot_count(gate.door), 2);
    CU_ASSERT_EQUAL(door_slot_at(gate.door, 1)->slot.id, later);
    CU_ASSERT(door_slot_at(gate.door, 1)->has_key);
    wait_for(&gate, TIME_HOUR);
    tick(&gate);
    CU_ASSERT_EQUAL_FATAL(door_slot_count(gate.door), 1);
    CU_ASSERT_EQUAL(door_slot_at(gate.door, 0)->slot.id, later);
    CU_ASSERT_EQUAL(scan(&gate, ticket), VERDICT_ADMITTED);
    gate_release(&gate);
}

static void test_no_such_slot(void)
{
    struct gate gate;
    int64_t slots[DOOR_SLOTS_MAX + 1] = {999999};
    struct door_options options = {.slot_ids = slots, .slot_count = 1};

    begin(&gate);
    options.office = &gate.fixture.office;
    CU_ASSERT_EQUAL(door_open(&options, &gate.door, &gate.error), TK_SLOT_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(gate.error.message, "999999"));
    options.slot_count = DOOR_SLOTS_MAX + 1;
    CU_ASSERT_EQUAL(door_open(&options, &gate.door, &gate.error), TK_USAGE);
    CU_ASSERT_PTR_NULL(gate.door);
    fixture_release(&gate.fixture);
}

SUITE(door, {"a ticket goes in once, and may lie under the scanner for a moment", test_once},
      {"a code is the same in any writing", test_same_in_any_writing},
      {"guessing is slow, and holds nobody up for long", test_wrong_passes_pause},
      {"the last admission is taken back", test_undo},
      {"more of a sale go in with one key, and out with one", test_more_of_a_sale},
      {"a ticket is looked up among those of the slots served", test_looked_up},
      {"what others do is seen", test_sees_others},
      {"a door for all takes slots in as they open and lets them go", test_slots_come_and_go},
      {"slots that are not there are named", test_no_such_slot})
