/* /v1: changes once and only once, batches, imports. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/http/v1_shop.h"

static void test_replay(void)
{
    static const char key[] = "Idempotency-Key: 01932f4e-8b7a-7abc-9def-0123456789ab";
    struct answer answer = {0};
    struct shop shop;
    char first[20], body[60], other[60];
    int64_t slot;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 5);
    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 "}", slot);
    snprintf(other, sizeof other, "{\"slotId\":%" PRId64 ",\"numTickets\":2}", slot);
    CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/tickets", key, body), 201);
    CU_ASSERT_PTR_NULL(answer_header(&answer, "Idempotency-Replayed"));
    text_copy(first, sizeof first, answer_text(&answer, "tickets.0.ticketId"));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/tickets", key, body), 201);
        CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Idempotency-Replayed"), "true");
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "tickets.0.ticketId"), first);
        CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/tickets", key, other), 422);
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "operation_id_reused");
        if (!i) { /* what the store knows holds after a restart */
            CU_ASSERT(process_stop(&shop.process));
            CU_ASSERT_FATAL(process_start_again(&shop.process));
        }
    }
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots", NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "slots.0.sold"), 1);
    answer_release(&answer);
    shop_end(&shop);
}

/* Requests that are not answered yet, that for the metrics among them. */
static long in_hand(const struct answer *answer)
{
    static const char name[] = "\nticketly_requests_in_hand ";
    const char *at = strstr(answer->body, name);

    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    return strtol(at + sizeof name - 1, NULL, 10);
}

/* While the first request waits for the file, which the test holds, the second one is refused. */
static void test_running(void)
{
    static const char *const headers[] = {"Idempotency-Key: \"once\"", NULL};
    struct answer answer = {0}, slow = {0};
    struct client client = {.fd = -1};
    struct shop shop;
    char body[60], lock[PROCESS_PATH_SIZE + 8];
    int gate, status = 0;

    shop_start(&shop, false);
    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 "}", shop_schedule(&shop, "Up", 24, 5));
    snprintf(lock, sizeof lock, "%s.lock", shop.process.store);
    gate = open(lock, O_RDWR | O_CLOEXEC);
    CU_ASSERT_FATAL(gate >= 0);
    CU_ASSERT_EQUAL(flock(gate, LOCK_EX), 0);
    CU_ASSERT_FATAL(client_open(&client, shop.process.url, HTTP_CALL_MS));
    CU_ASSERT(client_send(&client, "POST", "/v1/tickets", headers, body));
    do { /* until the writer has it, or it waits for the writer */
        CU_ASSERT_EQUAL_FATAL(shop_call(&shop, &answer, "GET", "/metrics", NULL), 200);
    } while (in_hand(&answer) < 2);
    status = shop_call_with(&shop, &answer, "POST", "/v1/tickets", headers[0], body);
    CU_ASSERT_EQUAL(status, 409);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "still_running");
    close(gate);
    CU_ASSERT(client_read(&client, &slow));
    CU_ASSERT_EQUAL(slow.status, 201);
    CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/tickets", headers[0], body), 201);
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Idempotency-Replayed"), "true");
    answer_release(&slow);
    answer_release(&answer);
    client_close(&client);
    shop_end(&shop);
}

static void test_batch(void)
{
    static const char id[] = "01932f4e-8b7a-7abc-9def-0123456789ab";
    struct answer answer = {0};
    struct shop shop;
    char body[600];
    int64_t slot;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 5);
    snprintf(body, sizeof body,
             "{\"operations\":[{\"operation\":\"book\",\"slotId\":%" PRId64 ",\"numTickets\":2},"
             "{\"id\":\"%s\",\"operation\":\"book\",\"actor\":\"Ann\",\"device\":\"till-7\","
             "\"at\":1795370400000000,\"slotId\":%" PRId64 ",\"numTickets\":2},"
             "{\"operation\":\"book\",\"slotId\":%" PRId64 ",\"numTickets\":2}]}",
             slot, id, slot, slot);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/operations",
                                        "Idempotency-Key: batch", body),
                        200);
        CU_ASSERT_EQUAL(json_count(answer_value(&answer, "outcomes")), 3);
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.0.code"), "ok");
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.1.id"), id);
        CU_ASSERT_EQUAL(answer_number(&answer, "outcomes.1.count"), 2);
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.2.code"), "not_enough_places");
        CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&answer, "outcomes.2.message"), "1 place"));
        CU_ASSERT_EQUAL(answer_header(&answer, "Idempotency-Replayed") != NULL, i == 1);
    }
    body[strlen(body) - 1] = ' '; /* still the same key */
    CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/operations",
                                    "Idempotency-Key: batch", "{\"operations\":[{}]}"),
                    422);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "operation_id_reused");
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/journal", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "entries")), 4);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "entries.2.actor"), "Ann");
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "entries.2.device"), "till-7");
    answer_release(&answer);
    shop_end(&shop);
}

/* A clerk's batch: what is not a clerk's is not done, the rest is; nobody speaks for another till. */
static void test_forbidden(void)
{
    char clerk[PROCESS_BEARER_SIZE], admin[PROCESS_BEARER_SIZE];
    struct answer answer = {0};
    struct shop shop;
    char body[300];
    int64_t slot;

    shop_start(&shop, true);
    CU_ASSERT(process_bearer(&shop.process, ROLE_CLERK, clerk));
    CU_ASSERT(process_bearer(&shop.process, ROLE_ADMIN, admin));
    shop.bearer = admin;
    slot = shop_schedule(&shop, "Up", 24, 5);
    shop.bearer = clerk;
    snprintf(body, sizeof body,
             "{\"operations\":[{\"operation\":\"expire\",\"slotId\":%" PRId64 ",\"asOf\":1},"
             "{\"operation\":\"book\",\"device\":\"other\",\"slotId\":%" PRId64
             ",\"numTickets\":1}]}",
             slot, slot);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/operations", body), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.0.code"), "forbidden");
    CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&answer, "outcomes.0.message"),
                                  "Expiring needs a token of the role manager; that of “"));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer_text(&answer, "outcomes.0.message"), "” is clerk."));
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.1.code"), "ok");
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/operations",
                               "{\"operations\":[{\"operation\":\"revoke\",\"deviceName\":\"x\"}]}"),
                    200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "outcomes.0.code"), "forbidden");
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/imports", NULL), 403);
    shop.bearer = admin;
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/journal", NULL), 200);
    CU_ASSERT_PTR_NULL(strstr(answer.body, "\"device\":\"other\""));
    answer_release(&answer);
    shop_end(&shop);
}

/* `count` operations from number `first` on, which schedule a showing each. */
static char *schedules(int first, int count, int capacity)
{
    struct buffer out;

    buffer_init(&out, 1 << 20);
    buffer_add_text(&out, "{\"operations\":[");
    for (int i = first; i < first + count; i++)
        buffer_addf(&out,
                    "%s{\"id\":\"01932f4e-0000-7000-8000-%012d\",\"operation\":\"schedule\","
                    "\"slotName\":\"Film %d\",\"startTime\":4102444800000000,"
                    "\"endTime\":4102452000000000,\"slotType\":\"Movie\",\"genre\":\"Saga\","
                    "\"capacity\":%d}",
                    i > first ? "," : "", i, i, i == 7 ? capacity : 10);
    buffer_add_text(&out, "]}");
    CU_ASSERT_FALSE(out.failed);
    return out.data;
}

static void open_import(struct shop *shop, char path[80])
{
    struct answer answer = {0};

    CU_ASSERT_EQUAL(shop_call(shop, &answer, "POST", "/v1/imports", NULL), 201);
    snprintf(path, 80, "/v1/imports/%s", answer_text(&answer, "importId"));
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Location"), path);
    answer_release(&answer);
}

static int add(struct shop *shop, const char *path, int at, const char *body,
               struct answer *answer)
{
    char target[120];

    snprintf(target, sizeof target, "%s/operations?at=%d", path, at);
    return shop_call(shop, answer, "POST", target, body);
}

static void test_import(void)
{
    char *first = schedules(0, 5, 10), *both = schedules(3, 7, 10);
    struct answer answer = {0};
    struct shop shop;
    char path[80], commit[100], dry[120];

    shop_start(&shop, false);
    open_import(&shop, path);
    snprintf(commit, sizeof commit, "%s/commit", path);
    CU_ASSERT_EQUAL(add(&shop, path, 0, first, &answer), 200);
    CU_ASSERT_EQUAL(add(&shop, path, 0, first, &answer), 200); /* the answer was lost */
    CU_ASSERT_EQUAL(answer_number(&answer, "operations"), 5);
    CU_ASSERT_EQUAL(add(&shop, path, 6, both, &answer), 400); /* one is missing */
    CU_ASSERT_EQUAL(add(&shop, path, 3, both, &answer), 200); /* two are there already */
    CU_ASSERT_EQUAL(answer_number(&answer, "operations"), 10);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "slots")), 0);
    snprintf(dry, sizeof dry, "%s?dryRun=true", commit);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", dry, NULL), 200);
        CU_ASSERT_EQUAL(answer_number(&answer, "applied"), 10);
        CU_ASSERT_EQUAL(answer_number(&answer, "replayed"), 0);
    }
    snprintf(dry, sizeof dry, "%s?dryRun=perhaps", commit);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", dry, NULL), 400);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "slots")), 0);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", commit, NULL), 200);
        CU_ASSERT_EQUAL(answer_number(&answer, "applied"), 10);
        CU_ASSERT_EQUAL(answer_number(&answer, "replayed"), 0);
    }
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "slots")), 10);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "DELETE", path, NULL), 204);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", commit, NULL), 404);
    free(first);
    free(both);
    answer_release(&answer);
    shop_end(&shop);
}

static void test_import_refused(void)
{
    char *bad = schedules(0, 10, 1000000);
    struct answer answer = {0};
    struct shop shop;
    char path[5][80], commit[100];

    shop_start(&shop, false);
    for (int i = 0; i < 4; i++)
        open_import(&shop, path[i]);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/imports", NULL), 503);
    snprintf(commit, sizeof commit, "%s/commit", path[3]);
    CU_ASSERT_EQUAL(add(&shop, path[3], 0, "{\"operations\":[{\"operation\":\"cancel\"}]}", &answer),
                    422);
    CU_ASSERT_EQUAL(add(&shop, path[3], 0, bad, &answer), 200);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", commit, NULL), 422);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "bad_capacity");
    CU_ASSERT_EQUAL(answer_number(&answer, "applied"), 7);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "slots")), 0);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "DELETE", path[0], NULL), 204);
    open_import(&shop, path[4]);
    free(bad);
    answer_release(&answer);
    shop_end(&shop);
}

SUITE(v1_changes, {"a change sent again is told, not made again", test_replay},
      {"a key in hand is refused until it is done", test_running},
      {"a batch has an outcome for each operation", test_batch},
      {"what a role may not is not done", test_forbidden},
      {"an import is applied as a whole, and told again", test_import},
      {"or not at all, with the number of what went before", test_import_refused})
