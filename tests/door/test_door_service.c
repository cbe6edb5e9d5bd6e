/* A scan that a service judges, and one that stands still. */
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/door.h"
#include "core/text.h"
#include "data/door_record.h"
#include "data/remote/http_client.h"
#include "data/remote/remote_store.h"
#include "tests/support/service.h"
#include "ui/ports.h"

struct far {
    char folder[128], address[160];
    struct process process;
    struct store *store;
    struct box_office office;
    struct tk_error error;
    uint64_t tickets[4];
    char passes[4][PASS_SIZE];
    int64_t slot;
};

static enum tk_code far_key(void *store, int64_t slot_id, int64_t generation,
                            struct crypto_key *key, struct tk_error *error)
{
    return remote_store_slot_key(store, slot_id, generation, key, error);
}

static bool far_open(struct far *far)
{
    struct remote_options options = {.url = far->address};
    char token[TOKEN_SIZE];

    test_folder(far->folder, sizeof far->folder);
    snprintf(far->address, sizeof far->address, "unix:%s/s", far->folder);
    if (!process_start(&far->process,
                       &(struct process_options){.listen = far->address, .tokens = true}) ||
        !process_token(&far->process, ROLE_ADMIN, token))
        return false;
    options.token = token; /* its device is another name than the one this door goes by */
    if (remote_store_open(&options, &far->store, &far->error))
        return false;
    ports_init(&far->office.ports, "", NULL);
    far->office.store = far->store;
    far->office.rules = remote_store_rules(far->store);
    far->office.keys = (struct key_ring){.slot_key = far_key, .context = far->store};
    far->office.admissions = (struct admission_port){remote_store_admit, far->store};
    text_copy(far->office.device, sizeof far->office.device, "Door 1");
    return true;
}

static bool far_init(struct far *far)
{
    struct op_schedule schedule = {.type = SLOT_MOVIE, .genre = GENRE_DRAMA, .capacity = 20};
    struct op_book book = {.count = 4};
    struct ticket_view_list list = {0};
    struct slot slot = {0};
    bool done;

    *far = (struct far){0};
    if (!far_open(far))
        return false;
    schedule.starts_at = office_now(&far->office) + TIME_MINUTE;
    schedule.ends_at = schedule.starts_at + TIME_HOUR;
    text_copy(schedule.name, sizeof schedule.name, "Skyfall");
    done = office_schedule(&far->office, &schedule, NULL, &slot, &far->error) == TK_OK;
    far->slot = book.slot.id = slot.id;
    done = done && office_book(&far->office, &book, NULL, &list, NULL, &far->error) == TK_OK;
    for (size_t i = 0; done && i < 4; i++) {
        far->tickets[i] = list.items[i].ticket.id;
        done = office_pass(&far->office, &list.items[i], far->passes[i]);
    }
    ticket_view_list_release(&list);
    return done;
}

static void far_release(struct far *far)
{
    store_close(far->store);
    process_release(&far->process);
}

static enum tk_code admit(struct far *far, const char *code, const struct op_id *id,
                          struct admission *admission)
{
    struct admission_request request = {.code = code,
                                        .slot_ids = &far->slot,
                                        .slot_count = 1,
                                        .count = 1,
                                        .id = *id};

    return remote_store_admit(far->store, &request, admission, &far->error);
}

static void test_judged_there(void)
{
    struct far far;
    struct admission admission = {0};
    struct op_id id, again;
    char text[3 * PASS_SIZE];

    CU_ASSERT_FATAL(far_init(&far));
    id = office_make_id(&far.office);
    again = office_make_id(&far.office);
    CU_ASSERT_EQUAL(admit(&far, far.passes[0], &id, &admission), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(admission.ticket_id, far.tickets[0]);
    CU_ASSERT_EQUAL(admission.slot_id, far.slot);
    CU_ASSERT_STRING_EQUAL(admission.slot_name, "Skyfall");
    CU_ASSERT_EQUAL(admission.sale_waiting, 3);
    CU_ASSERT_EQUAL(admit(&far, far.passes[0], &id, &admission), TK_OK); /* the same request */
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(admit(&far, far.passes[0], &again, &admission), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_ALREADY);
    snprintf(text, sizeof text, "\xe9\xff %.10s", far.passes[1]); /* Latin-1, and no pass */
    again = office_make_id(&far.office);
    CU_ASSERT_EQUAL(admit(&far, text, &again, &admission), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_UNREADABLE);
    far_release(&far);
}

static int64_t slot_admitted(struct far *far)
{
    struct slot slot = {0};

    CU_ASSERT_EQUAL(office_slot(&far->office, far->slot, &slot, &far->error), TK_OK);
    return slot.admitted;
}

static void test_stands_still(void)
{
    struct far far;
    struct admission admission = {0};
    struct op_id id;
    int64_t began;

    CU_ASSERT_FATAL(far_init(&far));
    id = office_make_id(&far.office);
    process_signal(&far.process, SIGSTOP);
    began = http_client_clock_ms();
    CU_ASSERT_EQUAL(admit(&far, far.passes[0], &id, &admission), TK_UNKNOWN);
    CU_ASSERT(http_client_clock_ms() - began < 3500);
    process_signal(&far.process, SIGCONT);
    CU_ASSERT_EQUAL(admit(&far, far.passes[0], &id, &admission), TK_OK);
    CU_ASSERT_EQUAL(admission.verdict, VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(slot_admitted(&far), 1);
    process_kill(&far.process);
    id = office_make_id(&far.office);
    began = http_client_clock_ms();
    CU_ASSERT_EQUAL(admit(&far, far.passes[1], &id, &admission), TK_UNAVAILABLE);
    CU_ASSERT(http_client_clock_ms() - began < 3500);
    far_release(&far);
}

static int64_t scan(struct far *far, struct door *door, int pass, struct admission *admission)
{
    int64_t wait;

    CU_ASSERT_EQUAL(door_scan(door, far->passes[pass], admission, &wait, &far->error), TK_OK);
    return admission->verdict;
}

/* The service is killed under a door, and comes back. */
static void test_killed(void)
{
    struct far far;
    struct door *door = NULL;
    struct door_record *record = NULL;
    struct admission admission;
    struct door_options options;
    char folder[128], path[160];
    bool changed;

    CU_ASSERT_FATAL(far_init(&far));
    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/door.record", folder);
    CU_ASSERT_EQUAL_FATAL(door_record_open(path, &record, &far.error), TK_OK);
    options = (struct door_options){.office = &far.office,
                                    .slot_ids = &far.slot,
                                    .slot_count = 1,
                                    .record = record};
    CU_ASSERT_EQUAL_FATAL(door_open(&options, &door, &far.error), TK_OK);
    CU_ASSERT_EQUAL(scan(&far, door, 0, &admission), VERDICT_ADMITTED);
    CU_ASSERT(!admission.unrecorded);
    process_kill(&far.process);
    CU_ASSERT_EQUAL(scan(&far, door, 1, &admission), VERDICT_ADMITTED);
    CU_ASSERT(admission.unrecorded);
    CU_ASSERT_EQUAL(scan(&far, door, 2, &admission), VERDICT_ADMITTED);
    CU_ASSERT_EQUAL(door_undo(door, &admission, &far.error), TK_OK);
    CU_ASSERT_EQUAL(door_waiting(door), 3);
    CU_ASSERT_FATAL(process_start_again(&far.process));
    for (int i = 0; i < 1500 && door_away_since(door); i++) {
        CU_ASSERT_EQUAL(door_tick(door, &changed, &far.error), TK_OK);
        usleep(10000);
    }
    CU_ASSERT_EQUAL(door_away_since(door), 0);
    CU_ASSERT_EQUAL(door_waiting(door), 0);
    CU_ASSERT_EQUAL(door_conflict_count(door), 0);
    CU_ASSERT_EQUAL(slot_admitted(&far), 2);
    CU_ASSERT_EQUAL(door_slot_at(door, 0)->here, 2);
    door_close(door);
    door_record_close(record);
    far_release(&far);
}

SUITE(door_service, {"a scan is judged by the service, once however often it is sent",
                     test_judged_there},
      {"one that stands still holds nobody up, and lets in once", test_stands_still},
      {"one that is killed is told afterwards", test_killed})
