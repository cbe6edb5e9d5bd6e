/* /v1 over real sockets: resources, pages, refusals. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/form.h"
#include "tests/http/v1_shop.h"

static const char new_slot[] =
    "{\"slotName\":\"Up\",\"startTime\":\"tomorrow 19:45\",\"endTime\":\"tomorrow 21:45\","
    "\"slotType\":\"Movie\",\"genre\":\"Comedy\"}";

static void test_slots(void)
{
    struct answer answer = {0};
    struct shop shop;
    char target[64], location[64];

    shop_start(&shop, false);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/slots", new_slot), 201);
    CU_ASSERT_EQUAL(answer_number(&answer, "capacity"), 20);
    snprintf(location, sizeof location, "%s", answer_header(&answer, "Location"));
    snprintf(target, sizeof target, "/v1/slots/%" PRId64, answer_number(&answer, "slotId"));
    CU_ASSERT_STRING_EQUAL(location, target);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "slotName"), "Up");
    CU_ASSERT_EQUAL(answer_number(&answer, "availTickets"), 20);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots?genre=Comedy&contains=u", NULL),
                    200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "slots")), 1);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots?genre=Crime", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "slots")), 0);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots/count", NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "count"), 1);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots/999999", NULL), 404);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "slot_not_found");
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Content-Type"), "application/problem+json");
    CU_ASSERT_EQUAL(answer_number(&answer, "status"), 404);
    snprintf(target, sizeof target, "%s/key", location);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(strlen(answer_text(&answer, "key")), 2 * CRYPTO_KEY_SIZE);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots/999999/key", NULL), 404);
    answer_release(&answer);
    shop_end(&shop);
}

static void test_tickets(void)
{
    struct answer answer = {0};
    struct shop shop;
    char target[100], first[20], pass[24], body[100];
    int64_t slot;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 5);
    snprintf(body, sizeof body,
             "{\"slotId\":%" PRId64 ",\"numTickets\":2,\"userName\":\"Jo\",\"phoneNumber\":\"0171 "
             "234\"}",
             slot);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/tickets", body), 201);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 2);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "tickets.0.phoneNumber"), "0171234");
    snprintf(first, sizeof first, "%s", answer_text(&answer, "tickets.0.ticketId"));
    snprintf(pass, sizeof pass, "%s", answer_text(&answer, "tickets.0.pass"));
    CU_ASSERT_EQUAL(strlen(pass), 20);
    snprintf(target, sizeof target, "/v1/tickets/%s", first);
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Location"), target);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "pass"), pass);
    snprintf(target, sizeof target, "/v1/tickets?find=%s", pass);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 1);
    pass[19] = pass[19] == '0' ? '1' : '0';
    snprintf(target, sizeof target, "/v1/tickets?find=%s", pass);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 409);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "not_genuine");
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/customers?phoneEnd=234", NULL), 200);
    snprintf(target, sizeof target, "/v1/customers/%s",
             answer_text(&answer, "customers.0.userId"));
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "userName"), "Jo");
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/customers/U0000000001", NULL), 404);
    snprintf(target, sizeof target, "/v1/tickets/%s/reissue", first);
    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 "}", slot);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", target, body), 201);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "oldTicket.ticketId"), first);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "ticket.replaces"), first);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", target, body), 409);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "ticket_replaced");
    snprintf(target, sizeof target, "/v1/tickets/%s", first);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "DELETE", target, NULL), 409);
    CU_ASSERT_EQUAL(shop_book(&shop, slot, 1, first), 201);
    snprintf(target, sizeof target, "/v1/tickets/%s", first);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "DELETE", target, NULL), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "ticketStatus"), "Canceled");
    CU_ASSERT(json_is_null(answer_value(&answer, "pass")));
    CU_ASSERT_EQUAL(shop_book(&shop, slot, 4, NULL), 409);
    answer_release(&answer);
    shop_end(&shop);
}

static void test_store(void)
{
    struct answer answer = {0};
    struct shop shop;

    shop_start(&shop, false);
    shop_schedule(&shop, "Up", -20, 5);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/store", NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "rules.expireAfter"), INT64_C(28800000000));
    CU_ASSERT(answer_number(&answer, "rules.admitBefore") > 0);
    CU_ASSERT_EQUAL(strlen(answer_text(&answer, "uuid")), 36);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/due?endedBefore=1", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "slotIds")), 0);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/due", NULL), 400);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/expiries",
                               "{\"asOf\":\"2100-01-01T00:00:00Z\"}"),
                    200);
    CU_ASSERT(answer_number(&answer, "slots") >= 0);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/expiries", NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "slots"), 0);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/expiries", "{\"asOf\":\"soon\"}"),
                    422);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/expiries", "{\"then\":1}"), 400);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/verify", NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "found"), 0);
    CU_ASSERT_EQUAL(answer_number(&answer, "slots"), 1);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/devices", NULL), 200);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/devices?tokenHash=12", NULL), 400);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/backup", NULL), 200);
    CU_ASSERT_STRING_EQUAL(answer_header(&answer, "Content-Type"), "application/vnd.sqlite3");
    CU_ASSERT_EQUAL(memcmp(answer.body, "SQLite format 3", 16), 0);
    answer_release(&answer);
    shop_end(&shop);
}

/* Each answer is the same when it is asked for again. */
static void get_twice(struct shop *shop, struct answer *answer, const char *target)
{
    char link[512] = "";
    struct answer again = {0};

    CU_ASSERT_EQUAL_FATAL(shop_call(shop, answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL_FATAL(shop_call(shop, &again, "GET", target, NULL), 200);
    if (answer_header(answer, "Link"))
        snprintf(link, sizeof link, "%s", answer_header(answer, "Link"));
    CU_ASSERT_STRING_EQUAL(answer_header(&again, "Link") ? answer_header(&again, "Link") : "", link);
    CU_ASSERT_STRING_EQUAL(again.body, answer->body);
    answer_release(&again);
}

/* Follows Link to the end; how many things there were, each once and in rising order of `member`. */
static size_t follow(struct shop *shop, const char *target, const char *list, const char *member)
{
    struct answer answer = {0};
    char next[512], path[64], last[64] = "";
    size_t count = 0;
    bool more = true;

    snprintf(next, sizeof next, "%s", target);
    while (more) {
        size_t items;

        get_twice(shop, &answer, next);
        items = json_count(answer_value(&answer, list));
        for (size_t i = 0; i < items; i++) {
            char now[64];

            snprintf(path, sizeof path, "%s.%zu.%s", list, i, member);
            if (*answer_text(&answer, path))
                snprintf(now, sizeof now, "%s", answer_text(&answer, path));
            else
                snprintf(now, sizeof now, "%018" PRId64, answer_number(&answer, path));
            CU_ASSERT_NOT_EQUAL(strcmp(last, now), 0);
            snprintf(last, sizeof last, "%s", now);
        }
        count += items;
        more = shop_next(&answer, next, sizeof next);
    }
    answer_release(&answer);
    return count;
}

static void test_pages(void)
{
    struct shop shop;
    char target[100], name[20];
    int64_t slot = 0;

    shop_start(&shop, false);
    for (int i = 0; i < 11; i++) {
        snprintf(name, sizeof name, "Film %d", i % 4);
        slot = shop_schedule(&shop, name, 24 + i % 3, 30);
    }
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(shop_book(&shop, slot, 3, NULL), 201);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/slots?limit=2", "slots", "slotId"), 11);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/slots?limit=3&order=desc", "slots", "slotId"), 11);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/slots?limit=4&order=id", "slots", "slotId"), 11);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/slots?limit=11", "slots", "slotId"), 11);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/slots?limit=1&slotName=Film%201", "slots", "slotId"), 3);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/tickets?limit=4", "tickets", "ticketId"), 15);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/tickets?limit=4&order=desc", "tickets", "ticketId"), 15);
    snprintf(target, sizeof target, "/v1/tickets?limit=2&slotId=%" PRId64, slot);
    CU_ASSERT_EQUAL(follow(&shop, target, "tickets", "ticketId"), 15);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/journal?limit=3", "entries", "seq"), 16);
    CU_ASSERT_EQUAL(follow(&shop, "/v1/heads?limit=3", "heads", "slotId"), 11);
    shop_end(&shop);
}

static void test_refusals(void)
{
    static const struct {
        const char *method, *target, *header, *body;
        int status;
        const char *code;
    } cases[] = {
        {"POST", "/v1/slots", NULL, "{}", 400, "idempotency_key_missing"},
        {"POST", "/v1/slots", "Idempotency-Key: ", "{}", 400, "bad_request"},
        {"POST", "/v1/slots", "Idempotency-Key: \"a", "{}", 400, "bad_request"},
        {"POST", "/v1/slots", "Idempotency-Key: 1", NULL, 400, "bad_request"},
        {"POST", "/v1/slots", "Idempotency-Key: 1", "{", 400, "bad_request"},
        {"POST", "/v1/slots", "Idempotency-Key: 1", "[]", 400, "bad_request"},
        {"POST", "/v1/slots", "Idempotency-Key: 1", "{}", 422, "bad_operation"},
        {"POST", "/v1/slots", "Idempotency-Key: 1", "{\"slotName\":\"Up\",\"stranger\":1}", 422,
         "bad_operation"},
        {"POST", "/v1/tickets", "Idempotency-Key: 1", "{\"numTickets\":1}", 422, "bad_operation"},
        {"POST", "/v1/tickets/TKT0000000001/reissue", "Idempotency-Key: 1", "{}", 422,
         "bad_operation"},
        {"POST", "/v1/operations", "Idempotency-Key: 1",
         "{\"operations\":[{\"operation\":\"book\",\"numTickets\":1}]}", 422, "bad_operation"},
        {"POST", "/v1/tickets", "Idempotency-Key: 1", "{\"slotId\":999999}", 404,
         "slot_not_found"},
        {"POST", "/v1/tickets", "Idempotency-Key: 2", "{\"slotId\":999999,\"userName\":\"Jo\"}",
         422, "half_customer"},
        {"DELETE", "/v1/tickets/x", "Idempotency-Key: 3", NULL, 422, "bad_id"},
        {"DELETE", "/v1/tickets/TKT0000000001", "Idempotency-Key: 4", NULL, 404,
         "ticket_not_found"},
        {"DELETE", "/v1/tickets/TKT0000000001", "Idempotency-Key: 5", "{}", 400, "bad_request"},
        {"POST", "/v1/tickets/TKT0000000001/reissue", "Idempotency-Key: 6",
         "{\"ticketId\":\"TKT0000000002\",\"slotId\":100000}", 422, "bad_operation"},
        {"POST", "/v1/operations", "Idempotency-Key: 7", "{\"operations\":[]}", 400,
         "bad_request"},
        {"POST", "/v1/operations", "Idempotency-Key: 7", "{\"operations\":[1]}", 422,
         "bad_operation"},
        {"POST", "/v1/operations", "Idempotency-Key: 7", "{\"operations\":{}}", 400,
         "bad_request"},
        {"POST", "/v1/operations", "Idempotency-Key: 7",
         "{\"operations\":[{\"operation\":\"cancel\"}],\"more\":1}", 400, "bad_request"},
        {"POST", "/v1/imports/1/commit", "Idempotency-Key: 8", NULL, 404, "not_found"},
        {"GET", "/v1/slots?limit=1001", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/slots?stranger=1", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/slots?limit%00x=1", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/slots?limit=1%00", NULL, NULL, 422, "bad_text"},
        {"GET", "/v1/slots?slotName=U%00p", NULL, NULL, 422, "bad_text"},
        {"GET", "/v1/slots?genre=Western", NULL, NULL, 422, "bad_genre"},
        {"GET", "/v1/slots/abc", NULL, NULL, 422, "bad_id"},
        {"GET", "/v1/slots/abc/changes", NULL, NULL, 422, "bad_id"},
        {"GET", "/v1/slots/999999/changes", NULL, NULL, 404, "slot_not_found"},
        {"GET", "/v1/slots/999999/changes?wait=x", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/slots/999999/changes?wait=-1", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/slots/999999/changes?wait=1e9", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/slots/999999/changes?after=-1", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/slots/999999/changes?afterTicket=1", NULL, NULL, 422, "bad_id"},
        {"GET", "/v1/heads?limit=10001", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/tickets?find=x&saleId=TKT0000000002", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/tickets/TKT0000000001", NULL, NULL, 404, "ticket_not_found"},
        {"GET", "/v1/customers/x", NULL, NULL, 422, "bad_id"},
        {"GET", "/v1/store?x=1", NULL, NULL, 400, "bad_request"},
        {"GET", "/v1/nothing", NULL, NULL, 404, "not_found"},
        {"PUT", "/v1/slots", NULL, NULL, 405, "method_not_allowed"},
    };
    static const char *const plain[] = {"Idempotency-Key: 9", "Content-Type: text/plain", NULL};
    struct answer answer = {0};
    struct shop shop;

    shop_start(&shop, false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = shop_call_with(&shop, &answer, cases[i].method, cases[i].target,
                                     cases[i].header, cases[i].body);

        CU_ASSERT_EQUAL(status, cases[i].status);
        CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), cases[i].code);
        if (status != cases[i].status || strcmp(answer_text(&answer, "code"), cases[i].code) != 0)
            printf("    %s %s %s: %d %s\n", cases[i].method, cases[i].target,
                   cases[i].body ? cases[i].body : "", status, answer.body ? answer.body : "");
    }
    answer_release(&answer);
    answer = (struct answer){0};
    CU_ASSERT(http_call(shop.process.url, "POST", "/v1/slots", plain, new_slot, &answer));
    CU_ASSERT_EQUAL(answer.status, 415);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "bad_media_type");
    answer_release(&answer);
    shop_end(&shop);
}

/* What is wrong is said in words, and uses up no key. */
static void test_sentences(void)
{
    static const char key[] = "Idempotency-Key: one";
    struct answer answer = {0};
    struct shop shop;
    char body[200], target[400] = "/v1/slots?a=1";

    shop_start(&shop, false);
    CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/tickets", key,
                                    "{\"numTickets\":1}"),
                    422);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "detail"),
                           "Say which showing: slotId, or slotName and startTime.");
    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 ",\"userName\":null}",
             shop_schedule(&shop, "Up", 24, 5));
    CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "POST", "/v1/tickets", key, body), 201);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 1);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/operations",
                               "{\"operations\":[{\"operation\":\"revoke\",\"deviceName\":\"x\"},"
                               "{\"operation\":\"cancel\"}]}"),
                    422);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "detail"),
                           "operations[1]: The member “ticketId” is missing.");
    for (int i = 0; i < FORM_PAIRS_MAX; i++)
        snprintf(target + 13 + 4 * i, 5, "&a=1");
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 400);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "detail"), "There are more than 64 parameters.");
    answer_release(&answer);
    shop_end(&shop);
}

static void test_etags(void)
{
    struct answer answer = {0};
    struct shop shop;
    char header[100];
    int64_t slot;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 5);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/slots", NULL), 200);
    snprintf(header, sizeof header, "If-None-Match: %s", answer_header(&answer, "ETag"));
    CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "GET", "/v1/slots", header, NULL), 304);
    CU_ASSERT_EQUAL(answer.body_length, 0);
    CU_ASSERT_EQUAL(shop_book(&shop, slot, 1, NULL), 201);
    CU_ASSERT_EQUAL(shop_call_with(&shop, &answer, "GET", "/v1/slots", header, NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "slots.0.sold"), 1);
    /* what has the time in it is never the same */
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/store", NULL), 200);
    CU_ASSERT_PTR_NULL(answer_header(&answer, "ETag"));
    answer_release(&answer);
    shop_end(&shop);
}

/* Doors see tickets without names and passes, and find no people but those who are about to come. */
static void test_door(void)
{
    char clerk[PROCESS_BEARER_SIZE], door[PROCESS_BEARER_SIZE], manager[PROCESS_BEARER_SIZE];
    struct answer answer = {0};
    struct shop shop;
    char target[100], body[120], first[20];

    shop_start(&shop, true);
    CU_ASSERT(process_bearer(&shop.process, ROLE_CLERK, clerk));
    CU_ASSERT(process_bearer(&shop.process, ROLE_DOOR, door));
    CU_ASSERT(process_bearer(&shop.process, ROLE_MANAGER, manager));
    shop.bearer = manager;
    snprintf(body, sizeof body,
             "{\"slotId\":%" PRId64 ",\"userName\":\"Jo\",\"phoneNumber\":\"0171234\"}",
             shop_schedule(&shop, "Up", 24, 5));
    shop.bearer = clerk;
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/slots", new_slot), 403);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/tickets", body), 201);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "tickets.0.userName"), "Jo");
    snprintf(first, sizeof first, "%s", answer_text(&answer, "tickets.0.ticketId"));
    shop.bearer = door;
    snprintf(target, sizeof target, "/v1/tickets/%s", first);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_PTR_NULL(strstr(answer.body, "Jo"));
    CU_ASSERT_PTR_NULL(strstr(answer.body, "0171234"));
    CU_ASSERT_PTR_NULL(answer_value(&answer, "pass"));
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/tickets?find=Jo", NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 0);
    snprintf(target, sizeof target, "/v1/tickets?find=%s", first);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 1);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/customers", NULL), 403);
    answer_release(&answer);
    shop_end(&shop);
}

SUITE(v1, {"showings are scheduled, listed and shown", test_slots},
      {"tickets are booked, found, reissued and canceled", test_tickets},
      {"the box office as a whole tells about itself", test_store},
      {"Link leads through all pages, each thing once", test_pages},
      {"what is not right is refused with its code", test_refusals},
      {"in words, and before anything is done", test_sentences},
      {"an ETag holds until something changes", test_etags},
      {"a door sees no names, phones and passes", test_door})
