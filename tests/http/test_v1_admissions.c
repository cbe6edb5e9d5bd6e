/* /v1/admissions: every verdict over HTTP. The service runs in this process, with the test's clock.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/door.h"
#include "core/text.h"
#include "data/sqlite/sqlite_store.h"
#include "tests/support/http.h"
#include "tests/support/served.h"
#include "tests/support/test.h"

#define NOON INT64_C(1795348800000000) /* 2026-11-22 12:00 UTC */
#define ROUNDS 1000
#define FORGED "7K3QF9XW2MAB3DE12345"

static const struct crypto_key site_key = {{42}}; /* as served.c has it */

static _Atomic int64_t moment;

static int64_t told_clock(void *context)
{
    (void)context;
    return moment;
}

static void any_random(void *context, void *data, size_t size)
{
    (void)context;
    memset(data, 7, size);
}

struct house {
    char folder[128], path[160];
    struct store *store;
    const char *address;
    struct answer answer;
    unsigned keys; /* made so far */
};

struct sold {
    char ticket[20], pass[PASS_SIZE];
};

static void house_open(struct house *house)
{
    struct served_options options = {
        .now = told_clock,
        .rules = {.expire_after = 8 * TIME_HOUR, .admit_before = 30 * TIME_MINUTE}};

    moment = NOON;
    *house = (struct house){0};
    test_folder(house->folder, sizeof house->folder);
    snprintf(house->path, sizeof house->path, "%s/office.db", house->folder);
    options.path = house->path;
    house->store = served_open(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(house->store);
    CU_ASSERT_PTR_NOT_NULL(served_service(house->store, &house->address));
}

static void house_close(struct house *house)
{
    answer_release(&house->answer);
    store_close(house->store);
}

static int call_with(struct house *house, const char *key, const char *method, const char *target,
                     const char *body)
{
    const char *headers[] = {key, NULL};

    answer_release(&house->answer);
    house->answer = (struct answer){0};
    CU_ASSERT(http_call(house->address, method, target, headers, body, &house->answer));
    return house->answer.status;
}

static int call(struct house *house, const char *method, const char *target, const char *body)
{
    char key[64];

    snprintf(key, sizeof key, "Idempotency-Key: key %u", ++house->keys);
    return call_with(house, key, method, target, body);
}

static int64_t schedule(struct house *house, int64_t starts_at, int capacity)
{
    char body[300];

    snprintf(body, sizeof body,
             "{\"slotName\":\"Up\",\"startTime\":%" PRId64 ",\"endTime\":%" PRId64
             ",\"slotType\":\"Movie\",\"genre\":\"Comedy\",\"capacity\":%d}",
             starts_at, starts_at + 2 * TIME_HOUR, capacity);
    CU_ASSERT_EQUAL_FATAL(call(house, "POST", "/v1/slots", body), 201);
    return answer_number(&house->answer, "slotId");
}

/* A sale to Jo; its first ticket. */
static struct sold sell(struct house *house, int64_t slot, int count)
{
    struct sold sold;
    char body[200];

    snprintf(body, sizeof body,
             "{\"slotId\":%" PRId64 ",\"numTickets\":%d,\"userName\":\"Jo\","
             "\"phoneNumber\":\"0171234\"}",
             slot, count);
    CU_ASSERT_EQUAL_FATAL(call(house, "POST", "/v1/tickets", body), 201);
    text_copy(sold.ticket, sizeof sold.ticket, answer_text(&house->answer, "tickets.0.ticketId"));
    text_copy(sold.pass, sizeof sold.pass, answer_text(&house->answer, "tickets.0.pass"));
    return sold;
}

static const char *verdict(struct house *house)
{
    return answer_text(&house->answer, "verdict");
}

/* The verdict of a code, at the door of one showing (0: of all). */
static const char *scan_at(struct house *house, const char *code, int64_t slot)
{
    char body[200], slots[60] = "";

    if (slot)
        snprintf(slots, sizeof slots, ",\"slotIds\":[%" PRId64 "]", slot);
    snprintf(body, sizeof body, "{\"code\":\"%s\"%s}", code, slots);
    CU_ASSERT_EQUAL(call(house, "POST", "/v1/admissions", body), 200);
    CU_ASSERT(*answer_text(&house->answer, "message") != '\0');
    CU_ASSERT(*answer_text(&house->answer, "at") != '\0');
    return verdict(house);
}

static const char *scan(struct house *house, const char *code)
{
    return scan_at(house, code, 0);
}

static int64_t count_in(struct house *house, int64_t slot)
{
    char target[60];

    snprintf(target, sizeof target, "/v1/slots/%" PRId64, slot);
    CU_ASSERT_EQUAL(call(house, "GET", target, NULL), 200);
    return answer_number(&house->answer, "admitted");
}

/* A number in /metrics; -1 when it is not there. */
static long metric(struct house *house, const char *name)
{
    char line[120];
    const char *at;

    CU_ASSERT_EQUAL(call(house, "GET", "/metrics", NULL), 200);
    snprintf(line, sizeof line, "\n%s ", name);
    at = strstr(house->answer.body, line);
    return at ? strtol(at + strlen(line), NULL, 10) : -1;
}

static long metric_of_verdict(struct house *house, const char *name)
{
    char whole[100];

    snprintf(whole, sizeof whole, "ticketly_admissions_total{verdict=\"%s\"}", name);
    return metric(house, whole);
}

/* --- verdicts --- */

/* Of a ticket and its showing, what a program shows to a person. */
static void test_admitted(void)
{
    struct house house;
    struct sold sold;
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    sold = sell(&house, slot, 2);
    CU_ASSERT_STRING_EQUAL(scan(&house, sold.pass), "admitted");
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "ticketId"), sold.ticket);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "slotId"), slot);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "admitted"), 1);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "saleSize"), 2);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "saleWaiting"), 1);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "slotName"), "Up");
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "userName"), "Jo");
    CU_ASSERT_STRING_EQUAL(scan(&house, sold.pass), "already_admitted");
    CU_ASSERT_EQUAL(answer_number(&house.answer, "admitted"), 0);
    CU_ASSERT_STRING_EQUAL(scan_at(&house, sold.pass, slot), "already_admitted");
    CU_ASSERT_EQUAL(count_in(&house, slot), 1);
    house_close(&house);
}

static void test_times(void)
{
    struct house house;
    struct sold here, there, later;
    int64_t slot, other;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    other = schedule(&house, NOON + 20 * TIME_MINUTE, 20);
    here = sell(&house, slot, 1);
    there = sell(&house, other, 1);
    later = sell(&house, schedule(&house, NOON + TIME_DAY, 20), 1);
    CU_ASSERT_STRING_EQUAL(scan_at(&house, there.pass, slot), "wrong_slot");
    CU_ASSERT_EQUAL(answer_number(&house.answer, "slotId"), other);
    CU_ASSERT_STRING_EQUAL(scan(&house, later.pass), "too_early");
    moment = NOON + 10 * TIME_MINUTE + 2 * TIME_HOUR;
    CU_ASSERT_STRING_EQUAL(scan(&house, here.pass), "over");
    CU_ASSERT_STRING_EQUAL(scan(&house, there.pass), "admitted");
    CU_ASSERT_EQUAL(count_in(&house, slot), 0);
    moment = NOON + TIME_DAY - 30 * TIME_MINUTE;
    CU_ASSERT_STRING_EQUAL(scan(&house, later.pass), "admitted");
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/expiries", NULL), 200);
    CU_ASSERT_STRING_EQUAL(scan(&house, here.pass), "expired");
    house_close(&house);
}

static void test_given_back(void)
{
    struct house house;
    struct sold canceled, replaced;
    char target[80], body[60];
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    canceled = sell(&house, slot, 1);
    replaced = sell(&house, slot, 1);
    snprintf(target, sizeof target, "/v1/tickets/%s", canceled.ticket);
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 200);
    snprintf(target, sizeof target, "/v1/tickets/%s/reissue", replaced.ticket);
    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 "}", slot);
    CU_ASSERT_EQUAL(call(&house, "POST", target, body), 201);
    CU_ASSERT_STRING_EQUAL(scan(&house, canceled.pass), "cancelled");
    CU_ASSERT_STRING_EQUAL(scan(&house, replaced.pass), "replaced");
    CU_ASSERT_EQUAL(count_in(&house, slot), 0);
    house_close(&house);
}

static void test_strangers(void)
{
    struct crypto_key key;
    struct house house;
    struct sold sold;
    char pass[PASS_SIZE], body[80];
    uint64_t id;
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    sold = sell(&house, slot, 1);
    CU_ASSERT(id_parse(ID_TICKET, sold.ticket, &id));
    key = pass_slot_key(&site_key, slot);
    pass_make(pass, &key, id ^ 1, slot);
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "unknown");
    CU_ASSERT_STRING_EQUAL(scan_at(&house, pass, slot), "unknown");
    memcpy(pass, sold.pass, sizeof pass);
    pass[PASS_LENGTH - 1] = pass[PASS_LENGTH - 1] == '0' ? '2' : '0';
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "not_genuine");
    CU_ASSERT_PTR_NOT_NULL(strstr(house.answer.body, "\"ticketId\":null")); /* nothing is told */
    CU_ASSERT_PTR_NULL(strstr(house.answer.body, "Jo"));
    CU_ASSERT_STRING_EQUAL(scan(&house, "a shopping list"), "unreadable");
    CU_ASSERT_STRING_EQUAL(scan(&house, ""), "unreadable");
    pass_make_training(pass, id);
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "training");
    snprintf(body, sizeof body, "{\"ticketId\":\"TKT0000000002\"}");
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", body), 200);
    CU_ASSERT_STRING_EQUAL(verdict(&house), "unknown");
    snprintf(body, sizeof body, "{\"ticketId\":\"%s\"}", sold.ticket); /* the phone is at home */
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", body), 200);
    CU_ASSERT_STRING_EQUAL(verdict(&house), "admitted");
    CU_ASSERT_EQUAL(metric(&house, "ticketly_wrong_passes_total"), 4);
    CU_ASSERT_EQUAL(metric_of_verdict(&house, "unknown"), 3);
    CU_ASSERT_EQUAL(metric_of_verdict(&house, "not_genuine"), 1);
    CU_ASSERT_EQUAL(metric_of_verdict(&house, "unreadable"), 2);
    CU_ASSERT_EQUAL(metric_of_verdict(&house, "training"), 1);
    CU_ASSERT_EQUAL(metric_of_verdict(&house, "admitted"), 1);
    for (int i = 0; i < VERDICT_COUNT; i++) /* all are there from the start */
        CU_ASSERT(metric_of_verdict(&house, verdict_name((enum verdict)i)) >= 0);
    house_close(&house);
}

/* --- sales that are not known yet --- */

/* The file itself, as the service has it. */
static struct store *open_file(struct house *house)
{
    struct sqlite_options options = {.path = house->path,
                                     .rules = {.expire_after = 8 * TIME_HOUR},
                                     .now = told_clock,
                                     .random = any_random};
    struct tk_error error = {0};
    struct store *store = NULL;

    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &store, &error), TK_OK);
    return store;
}

static struct outcome apply(struct store *store, enum op_kind kind, struct operation operation)
{
    static uint8_t made;
    struct outcome outcome = {0};
    struct tk_error error = {0};

    operation.id.bytes[0] = ++made;
    operation.kind = kind;
    operation.at = moment;
    text_copy(operation.actor, sizeof operation.actor, "Olga");
    text_copy(operation.device, sizeof operation.device, "Till 1");
    CU_ASSERT_EQUAL(store_apply(store, &operation, 1, &outcome, &error), TK_OK);
    CU_ASSERT_EQUAL(outcome.code, TK_OK);
    return outcome;
}

/* A till holds places, and numbers from *ticket on. */
static void hold_places(struct house *house, int64_t slot, uint64_t *ticket)
{
    struct store *store = open_file(house);

    apply(store, OP_JOIN, (struct operation){.join = {.replica = {{1}}}});
    *ticket = apply(store, OP_BLOCK, (struct operation){.block = {.holder = "Till 1"}}).ticket_id;
    apply(store, OP_GRANT,
          (struct operation){.grant = {.slot_id = slot, .holder = "Till 1", .granted = 2}});
    store_close(store);
}

static void test_early(void)
{
    struct house house;
    struct store *store;
    struct crypto_key key;
    char pass[PASS_SIZE], text[ID_TEXT_MAX], target[60];
    uint64_t ticket;
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    hold_places(&house, slot, &ticket);
    key = pass_slot_key(&site_key, slot);
    pass_make(pass, &key, ticket, slot);
    id_print(text, ID_TICKET, ticket);
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "admitted");
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "ticketId"), text);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "saleSize"), 0);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "admitted"), 1);
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "already_admitted");
    snprintf(target, sizeof target, "/v1/admissions/%s", text);
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "ticketId"), text);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "slotName"), "Up");
    CU_ASSERT(json_is_null(answer_value(&house.answer, "admittedAt")));
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 404);
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "admitted");
    CU_ASSERT_EQUAL(count_in(&house, slot), 0); /* its sale is not there */
    CU_ASSERT_EQUAL(metric(&house, "ticketly_wrong_passes_total"), 0);
    store = open_file(&house);
    apply(store, OP_WRITE_OFF, (struct operation){.write_off = {.holder = "Till 1"}});
    store_close(store);
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "already_admitted"); /* he is in */
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 200);
    CU_ASSERT_STRING_EQUAL(scan(&house, pass), "denied");
    CU_ASSERT_EQUAL(metric_of_verdict(&house, "denied"), 1);
    house_close(&house);
}

/* The store says that they are nobody's: that is as slow as when the service says it. */
static void test_unknown_are_slow(void)
{
    struct house house;
    struct crypto_key key;
    char pass[PASS_SIZE], body[100];
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    sell(&house, slot, 1);
    key = pass_slot_key(&site_key, slot);
    for (uint64_t i = 0; i < WRONG_PASSES_FREE; i++) {
        pass_make(pass, &key, 4711 + i, slot);
        CU_ASSERT_STRING_EQUAL(scan(&house, pass), "unknown");
    }
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", pass);
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", body), 429);
    CU_ASSERT_EQUAL(metric(&house, "ticketly_wrong_passes_total"), WRONG_PASSES_FREE);
    house_close(&house);
}

/* --- bodies --- */

static void test_bodies(void)
{
    static const struct {
        const char *body;
        int status;
        const char *code, *detail;
    } cases[] = {
        {NULL, 400, "bad_request", "body"},
        {"[]", 400, "bad_request", "object"},
        {"{", 400, "bad_request", ""},
        {"{}", 422, "bad_operation", "“code” or “ticketId” is missing."},
        {"{\"code\":null}", 422, "bad_operation", "“code” or “ticketId” is missing."},
        {"{\"code\":1}", 422, "bad_operation", "“code” must be a text"},
        {"{\"code\":\"x\",\"ticketId\":\"TKT0000000002\"}", 422, "bad_operation", "not both"},
        {"{\"ticketId\":7}", 422, "bad_operation", "“ticketId” must be"},
        {"{\"ticketId\":\"U0000000002\"}", 422, "bad_operation", "“ticketId” must be"},
        {"{\"code\":\"x\",\"deviceName\":\"other\"}", 422, "bad_operation", "“deviceName”"},
        {"{\"code\":\"x\",\"device\":\"other\"}", 422, "bad_operation", "“device”"},
        {"{\"code\":\"x\",\"slotIds\":100000}", 422, "bad_operation", "“slotIds” must be a list"},
        {"{\"code\":\"x\",\"slotIds\":[]}", 422, "bad_operation", "“slotIds” must be a list"},
        {"{\"code\":\"x\",\"slotIds\":[100000,\"x\"]}", 422, "bad_operation", "slotIds[1]"},
        {"{\"code\":\"x\",\"slotIds\":[0]}", 422, "bad_operation", "slotIds[0]"},
        {"{\"code\":\"x\",\"numTickets\":0}", 422, "bad_operation", "from 1 to 100"},
        {"{\"code\":\"x\",\"numTickets\":101}", 422, "bad_operation", "from 1 to 100"},
        {"{\"code\":\"x\",\"numTickets\":\"2\"}", 422, "bad_operation", "from 1 to 100"},
        {"{\"code\":\"x\",\"numTickets\":1.0}", 422, "bad_operation", "from 1 to 100"},
        {"{\"code\":\"x\",\"slotIds\":null,\"numTickets\":null,\"ticketId\":null}", 200, "", ""},
    };
    struct house house;
    struct buffer many;

    house_open(&house);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = call(&house, "POST", "/v1/admissions", cases[i].body);
        bool right = status == cases[i].status &&
                     strcmp(answer_text(&house.answer, "code"), cases[i].code) == 0 &&
                     strstr(answer_text(&house.answer, "detail"), cases[i].detail);

        CU_ASSERT(right);
        if (!right)
            printf("    %s: %d %s\n", cases[i].body ? cases[i].body : "", status,
                   house.answer.body);
    }
    buffer_init(&many, 4096);
    buffer_add_text(&many, "{\"code\":\"x\",\"slotIds\":[100000");
    for (int i = 0; i < DOOR_SLOTS_MAX; i++)
        buffer_add_text(&many, ",100000");
    buffer_add_text(&many, "]}");
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", buffer_text(&many)), 422);
    buffer_release(&many);
    CU_ASSERT_EQUAL(call_with(&house, NULL, "POST", "/v1/admissions", "{\"code\":\"x\"}"), 400);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "code"), "idempotency_key_missing");
    CU_ASSERT_EQUAL(call(&house, "DELETE", "/v1/admissions/nobody", NULL), 422);
    CU_ASSERT_EQUAL(call(&house, "DELETE", "/v1/admissions/TKT0000000002", NULL), 404);
    CU_ASSERT_EQUAL(call(&house, "GET", "/v1/slots/999999/admissions", NULL), 404);
    CU_ASSERT_EQUAL(call(&house, "GET", "/v1/slots/up/admissions", NULL), 422);
    house_close(&house);
}

/* A code as long as a body may be is none, and holds up nobody. */
static void test_long_code(void)
{
    struct house house;
    struct buffer body;

    house_open(&house);
    buffer_init(&body, 65536);
    buffer_add_text(&body, "{\"code\":\"");
    while (body.length < 60000)
        buffer_add_char(&body, 'A');
    buffer_add_text(&body, "\"}");
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", buffer_text(&body)), 200);
    CU_ASSERT_STRING_EQUAL(verdict(&house), "unreadable");
    buffer_release(&body);
    house_close(&house);
}

/* --- once --- */

/* The same scan sent again is told again: in a sale, too, nobody else is let in by it. */
static void test_again(void)
{
    static const char key[] = "Idempotency-Key: 01932f4e-8b7a-7abc-9def-0123456789ab";
    struct house house;
    struct sold sold;
    char body[100], other[100], target[60], first[2000];
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    for (int size = 1; size <= 5; size += 4) {
        int64_t before = count_in(&house, slot);
        char fresh[80];

        snprintf(fresh, sizeof fresh, "%s%d", key, size);
        sold = sell(&house, slot, size);
        snprintf(body, sizeof body, "{\"code\":\"%s\",\"numTickets\":%d}", sold.pass,
                 size == 1 ? 1 : 2);
        CU_ASSERT_EQUAL(call_with(&house, fresh, "POST", "/v1/admissions", body), 200);
        CU_ASSERT_STRING_EQUAL(verdict(&house), "admitted");
        CU_ASSERT_PTR_NULL(answer_header(&house.answer, "Idempotency-Replayed"));
        CU_ASSERT(text_copy(first, sizeof first, house.answer.body));
        CU_ASSERT_EQUAL(call_with(&house, fresh, "POST", "/v1/admissions", body), 200);
        CU_ASSERT_PTR_NOT_NULL(answer_header(&house.answer, "Idempotency-Replayed"));
        CU_ASSERT_STRING_EQUAL(house.answer.body, first);
        CU_ASSERT_EQUAL(count_in(&house, slot) - before, size == 1 ? 1 : 2);
        snprintf(other, sizeof other, "{\"code\":\"%s\"}", sold.pass);
        CU_ASSERT_EQUAL(call_with(&house, fresh, "POST", "/v1/admissions", other), 422);
        CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "code"), "operation_id_reused");
    }
    CU_ASSERT_EQUAL(metric_of_verdict(&house, "admitted"), 2);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/admissions", slot);
    CU_ASSERT_EQUAL(call(&house, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "doors.0.admitted"), 3);
    house_close(&house);
}

static void test_groups(void)
{
    struct house house;
    struct sold sold;
    char body[100];
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 200);
    sold = sell(&house, slot, 5);
    snprintf(body, sizeof body, "{\"code\":\"%s\",\"numTickets\":3}", sold.pass);
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", body), 200);
    CU_ASSERT_STRING_EQUAL(verdict(&house), "admitted");
    CU_ASSERT_EQUAL(answer_number(&house.answer, "admitted"), 3);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "saleSize"), 5);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "saleWaiting"), 2);
    CU_ASSERT_EQUAL(count_in(&house, slot), 3);
    sold = sell(&house, slot, 3); /* fewer than are asked for: all of them */
    snprintf(body, sizeof body, "{\"ticketId\":\"%s\",\"numTickets\":100}", sold.ticket);
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", body), 200);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "admitted"), 3);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "saleWaiting"), 0);
    sold = sell(&house, slot, 110); /* a scan admits 100 at most */
    snprintf(body, sizeof body, "{\"code\":\"%s\",\"numTickets\":100}", sold.pass);
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", body), 200);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "admitted"), 100);
    CU_ASSERT_EQUAL(answer_number(&house.answer, "saleWaiting"), 10);
    CU_ASSERT_EQUAL(count_in(&house, slot), 106);
    house_close(&house);
}

/* --- taking back --- */

static void test_undo(void)
{
    struct house house;
    struct sold sold;
    char target[60];
    int64_t slot;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, 20);
    sold = sell(&house, slot, 1);
    snprintf(target, sizeof target, "/v1/admissions/%s", sold.ticket);
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 409);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "code"), "not_admitted");
    CU_ASSERT_STRING_EQUAL(scan(&house, sold.pass), "admitted");
    moment += 15 * TIME_MINUTE;
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "ticketId"), sold.ticket);
    CU_ASSERT(json_is_null(answer_value(&house.answer, "admittedAt")));
    CU_ASSERT_EQUAL(count_in(&house, slot), 0);
    CU_ASSERT_STRING_EQUAL(scan(&house, sold.pass), "admitted");
    moment += 15 * TIME_MINUTE + 1;
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 409);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "code"), "undo_too_late");
    CU_ASSERT_EQUAL(count_in(&house, slot), 1);
    snprintf(target, sizeof target, "/v1/tickets/%s", sold.ticket);
    CU_ASSERT_EQUAL(call(&house, "DELETE", target, NULL), 409); /* it was used */
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "code"), "ticket_admitted");
    house_close(&house);
}

/* --- wrong passes --- */

/* Ten in a row are judged at once, then one a second; the next pass that is good comes in then. */
static void test_wrong_passes(void)
{
    struct house house;
    struct sold sold;
    char body[100];
    const char *after;
    int status;

    house_open(&house);
    sold = sell(&house, schedule(&house, NOON + 10 * TIME_MINUTE, 20), 1);
    for (int i = 0; i < WRONG_PASSES_FREE; i++)
        CU_ASSERT_STRING_EQUAL(scan(&house, FORGED), "not_genuine");
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", sold.pass);
    CU_ASSERT_EQUAL(call(&house, "POST", "/v1/admissions", body), 429);
    CU_ASSERT_STRING_EQUAL(answer_text(&house.answer, "code"), "rate_limited");
    after = answer_header(&house.answer, "Retry-After");
    CU_ASSERT_PTR_NOT_NULL_FATAL(after);
    CU_ASSERT_STRING_EQUAL(after, "1");
    do {
        status = call(&house, "POST", "/v1/admissions", body);
    } while (status == 429);
    CU_ASSERT_EQUAL(status, 200);
    CU_ASSERT_STRING_EQUAL(verdict(&house), "admitted");
    CU_ASSERT_STRING_EQUAL(scan(&house, sold.pass), "already_admitted"); /* which costs nothing */
    CU_ASSERT_EQUAL(metric(&house, "ticketly_wrong_passes_total"), WRONG_PASSES_FREE);
    house_close(&house);
}

#define GUESSERS 50
#define GUESS_US 2500000

struct guesser {
    const char *address;
    int64_t until_us;
    int number, judged, refused, other;
};

static int64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void *guess_all(void *argument)
{
    struct guesser *guesser = argument;
    struct client client = {.fd = -1};
    char key[60];
    const char *const headers[] = {key, NULL};

    client_open(&client, guesser->address, HTTP_CALL_MS);
    for (int i = 0; clock_us() < guesser->until_us; i++) {
        struct answer answer = {0};

        snprintf(key, sizeof key, "Idempotency-Key: guesser %d, %d", guesser->number, i);
        if (!client_call(&client, "POST", "/v1/admissions", headers, "{\"code\":\"" FORGED "\"}",
                         &answer))
            answer.status = 0;
        guesser->judged += answer.status == 200;
        guesser->refused += answer.status == 429;
        guesser->other += answer.status != 200 && answer.status != 429;
        answer_release(&answer);
    }
    client_close(&client);
    return NULL;
}

/* Nor does it help to guess on many lines at once. */
static void test_guessing_at_once(void)
{
    static struct guesser guessers[GUESSERS];
    pthread_t threads[GUESSERS];
    int64_t begun = clock_us();
    struct house house;
    int judged = 0, refused = 0, other = 0;

    house_open(&house);
    for (int i = 0; i < GUESSERS; i++) {
        guessers[i] =
            (struct guesser){.address = house.address, .until_us = begun + GUESS_US, .number = i};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, guess_all, &guessers[i]), 0);
    }
    for (int i = 0; i < GUESSERS; i++) {
        pthread_join(threads[i], NULL);
        judged += guessers[i].judged;
        refused += guessers[i].refused;
        other += guessers[i].other;
    }
    CU_ASSERT(judged >= WRONG_PASSES_FREE);
    CU_ASSERT(judged <= WRONG_PASSES_FREE + (clock_us() - begun) / WRONG_PASS_PAUSE);
    CU_ASSERT(refused > 0 && other == 0);
    if (judged > WRONG_PASSES_FREE + 3 || other)
        printf("\n    %d judged, %d refused, %d other\n", judged, refused, other);
    CU_ASSERT_EQUAL(metric(&house, "ticketly_wrong_passes_total"), judged);
    house_close(&house);
}

/* --- two doors --- */

struct door_hand {
    const char *address;
    char (*passes)[PASS_SIZE];
    pthread_barrier_t *start;
    char number;
    enum verdict verdicts[ROUNDS]; /* VERDICT_COUNT: none came */
    char said[300];                /* instead, the first time */
};

static enum verdict scan_once(struct door_hand *hand, struct client *client, int round)
{
    char key[60], body[60];
    const char *const headers[] = {key, NULL};
    struct answer answer = {0};
    enum verdict verdict = VERDICT_COUNT;

    snprintf(key, sizeof key, "Idempotency-Key: door %c, %d", hand->number, round);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", hand->passes[round]);
    pthread_barrier_wait(hand->start);
    if (!client_call(client, "POST", "/v1/admissions", headers, body, &answer) ||
        answer.status != 200 || !verdict_parse(answer_text(&answer, "verdict"), &verdict))
        verdict = VERDICT_COUNT;
    if (verdict == VERDICT_COUNT && !hand->said[0])
        snprintf(hand->said, sizeof hand->said, "%d %.250s", answer.status,
                 answer.body ? answer.body : "");
    answer_release(&answer);
    return verdict;
}

static void *scan_all(void *argument)
{
    struct door_hand *hand = argument;
    struct client client = {.fd = -1};

    client_open(&client, hand->address, HTTP_CALL_MS);
    for (int i = 0; i < ROUNDS; i++)
        hand->verdicts[i] = scan_once(hand, &client, i);
    client_close(&client);
    return NULL;
}

/* So many tickets, each a sale of its own. */
static void make_passes(struct house *house, int64_t slot, char (*passes)[PASS_SIZE])
{
    struct operation *operations = calloc(ROUNDS, sizeof *operations);
    struct outcome *outcomes = calloc(ROUNDS, sizeof *outcomes);
    struct crypto_key key = pass_slot_key(&site_key, slot);

    CU_ASSERT_FATAL(operations && outcomes);
    for (int i = 0; i < ROUNDS; i++) {
        operations[i] = (struct operation){.kind = OP_BOOK,
                                           .at = NOON,
                                           .actor = "Jo",
                                           .device = "till",
                                           .book = {.slot = {.id = slot}, .count = 1}};
        operations[i].id =
            op_id_make(NOON / 1000, (uint8_t[10]){[8] = (uint8_t)i, (uint8_t)(i >> 8)});
    }
    CU_ASSERT_EQUAL(store_apply(house->store, operations, ROUNDS, outcomes, NULL), TK_OK);
    for (int i = 0; i < ROUNDS; i++) {
        CU_ASSERT(!outcomes[i].code && !outcomes[i].replayed);
        pass_make(passes[i], &key, outcomes[i].ticket_id, slot);
    }
    free(operations);
    free(outcomes);
}

static void test_two_doors(void)
{
    static struct door_hand hands[2];
    static char passes[ROUNDS][PASS_SIZE];
    pthread_barrier_t start;
    pthread_t threads[2];
    struct house house;
    int64_t slot;
    int wrong = 0;

    house_open(&house);
    slot = schedule(&house, NOON + 10 * TIME_MINUTE, ROUNDS);
    make_passes(&house, slot, passes);
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++) {
        hands[i] = (struct door_hand){house.address, passes, &start, (char)('1' + i), {0}, ""};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, scan_all, &hands[i]), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (hands[0].said[0] || hands[1].said[0])
        printf("    %s\n    %s\n", hands[0].said, hands[1].said);
    for (int i = 0; i < ROUNDS; i++) {
        enum verdict one = hands[0].verdicts[i], other = hands[1].verdicts[i];

        if (one + other != VERDICT_ADMITTED + VERDICT_ALREADY && wrong++ < 5)
            printf("    %d: %s, %s\n", i, verdict_name(one), verdict_name(other));
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(count_in(&house, slot), ROUNDS);
    pthread_barrier_destroy(&start);
    house_close(&house);
}

SUITE(v1_admissions, {"a good pass is let in once, with all that a person is shown", test_admitted},
      {"at its own showing and time only", test_times},
      {"one that was given back is not", test_given_back},
      {"nor one that is unknown, forged, none or for practice; all are counted", test_strangers},
      {"one whose sale is not known yet is let in where a till may have sold it", test_early},
      {"those that no till sold are as slow as forged ones", test_unknown_are_slow},
      {"a body that is wrong is told why", test_bodies},
      {"a code may be as long as it likes", test_long_code},
      {"a scan sent again is told again and lets nobody else in", test_again},
      {"one scan lets in as many of its sale as are asked for", test_groups},
      {"an admission is taken back for 15 minutes", test_undo},
      {"wrong passes are slowed down, the next good one is let in", test_wrong_passes},
      {"also of many at once no more are judged", test_guessing_at_once},
      {"of two doors at the same instant one lets in, 1,000 times", test_two_doors})
