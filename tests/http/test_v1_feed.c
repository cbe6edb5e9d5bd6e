/* /v1: the feed by long poll. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/http/v1_shop.h"

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_changes(void)
{
    struct answer answer = {0};
    struct shop shop;
    char target[100];
    int64_t slot;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 100);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes", slot);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "seq"), 1);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 0);
    CU_ASSERT_EQUAL(shop_book(&shop, slot, 3, NULL), 201);
    CU_ASSERT_EQUAL(shop_book(&shop, slot, 2, NULL), 201);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 5);
    CU_ASSERT_PTR_NULL(answer_value(&answer, "tickets.0.pass"));
    CU_ASSERT_EQUAL(answer_number(&answer, "slot.sold"), 5);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?after=%" PRId64, slot,
             answer_number(&answer, "tickets.2.seq"));
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 2);
    answer_release(&answer);
    shop_end(&shop);
}

/* A sale larger than a page has one seq: Link leads through it all the same. */
static void test_large_sale(void)
{
    struct answer answer = {0};
    struct shop shop;
    char target[200], first[20] = "";
    size_t count = 0;
    int64_t slot;
    bool more = true;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 5000);
    CU_ASSERT_EQUAL(shop_book(&shop, slot, 2500, first), 201);
    CU_ASSERT_EQUAL(shop_book(&shop, slot, 1, NULL), 201);
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?after=0", slot);
    while (more) {
        CU_ASSERT_EQUAL_FATAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
        count += json_count(answer_value(&answer, "tickets"));
        more = shop_next(&answer, target, sizeof target);
        /* as far as was told: the showing itself is at 3 */
        CU_ASSERT_EQUAL(answer_number(&answer, "seq"), more ? 2 : 3);
    }
    CU_ASSERT_EQUAL(count, 2501);
    snprintf(target, sizeof target, "/v1/tickets?saleId=%s&limit=1000", first);
    for (count = 0, more = true; more; more = shop_next(&answer, target, sizeof target)) {
        CU_ASSERT_EQUAL_FATAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
        count += json_count(answer_value(&answer, "tickets"));
    }
    CU_ASSERT_EQUAL(count, 2500);
    answer_release(&answer);
    shop_end(&shop);
}

/* Starts a poll on a connection of its own. */
static void start_poll(struct shop *shop, struct client *client, const char *target)
{
    CU_ASSERT_FATAL(client_open(client, shop->process.url, HTTP_CALL_MS));
    CU_ASSERT(client_send(client, "GET", target, NULL, NULL));
}

static void end_poll(struct client *client, struct answer *answer)
{
    answer_release(answer);
    *answer = (struct answer){0};
    CU_ASSERT(client_read(client, answer));
    CU_ASSERT_EQUAL(answer->status, 200);
    client_close(client);
}

static void test_woken(void)
{
    struct client changes = {.fd = -1}, heads = {.fd = -1};
    struct answer answer = {0};
    struct run run = {0};
    struct shop shop;
    char target[100], slot_text[24];
    int64_t slot, began = now_ms(), version;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 10);
    snprintf(slot_text, sizeof slot_text, "%" PRId64, slot);
    for (int outside = 0; outside < 2; outside++) {
        CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/heads", NULL), 200);
        version = answer_number(&answer, "version");
        snprintf(target, sizeof target, "/v1/heads?wait=20&after=%" PRId64, version);
        start_poll(&shop, &heads, target);
        snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?wait=20&after=%" PRId64,
                 slot, answer_number(&answer, "heads.0.seq"));
        start_poll(&shop, &changes, target);
        if (outside) {
            CU_ASSERT_EQUAL(process_admin(&shop.process, &run, "book", "--slot", slot_text,
                                          "--count", "1", NULL),
                            0);
        } else {
            CU_ASSERT_EQUAL(shop_book(&shop, slot, 1, NULL), 201);
        }
        end_poll(&changes, &answer);
        CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 1);
        CU_ASSERT_EQUAL(answer_number(&answer, "slot.sold"), outside + 1);
        end_poll(&heads, &answer);
        CU_ASSERT_NOT_EQUAL(answer_number(&answer, "version"), version);
    }
    CU_ASSERT(now_ms() - began < 15000);
    run_release(&run);
    answer_release(&answer);
    shop_end(&shop);
}

static void test_time_out(void)
{
    struct answer answer = {0};
    struct client client = {.fd = -1};
    struct shop shop;
    char target[100];
    int64_t slot, began;

    shop_start(&shop, false);
    slot = shop_schedule(&shop, "Up", 24, 10);
    began = now_ms();
    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?after=1&wait=1", slot);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 0);
    CU_ASSERT_EQUAL(answer_number(&answer, "seq"), 1);
    CU_ASSERT(now_ms() - began >= 990);
    /* any wait is capped, and let go of when the service stops */
    snprintf(target, sizeof target,
             "/v1/slots/%" PRId64 "/changes?after=1&wait=99999999999999999999", slot);
    start_poll(&shop, &client, target);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/store", NULL), 200);
    began = now_ms();
    CU_ASSERT(process_stop(&shop.process));
    CU_ASSERT(now_ms() - began < 8000);
    end_poll(&client, &answer);
    answer_release(&answer);
    process_release(&shop.process);
}

/* --- who is woken --- */

static int64_t metric(struct shop *shop, const char *name)
{
    struct answer answer = {0};
    const char *line;
    char start[60];
    int64_t value = -1;

    snprintf(start, sizeof start, "\n%s ", name);
    CU_ASSERT_EQUAL(shop_call(shop, &answer, "GET", "/metrics", NULL), 200);
    line = answer.body ? strstr(answer.body, start) : NULL;
    if (line)
        value = strtoll(line + strlen(start), NULL, 10);
    answer_release(&answer);
    return value;
}

static void wait_for_waiting(struct shop *shop, int64_t count)
{
    int64_t until = now_ms() + 10000;

    while (metric(shop, "ticketly_waiting") != count && now_ms() < until)
        continue;
    CU_ASSERT_EQUAL(metric(shop, "ticketly_waiting"), count);
}

static void poll_after(struct shop *shop, struct client *client, int64_t slot, int64_t after)
{
    char target[100];

    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?wait=30&after=%" PRId64, slot,
             after);
    start_poll(shop, client, target);
}

/* A sale sends those to look who wait for that showing; when another program writes, all. */
#define SALES 12
static void test_others_sleep(void)
{
    struct client busy = {.fd = -1}, idle = {.fd = -1};
    struct answer answer = {0};
    struct run run = {0};
    struct shop shop;
    char slot_text[24];
    int64_t slots[2], woken;

    shop_start(&shop, false);
    for (int i = 0; i < 2; i++)
        slots[i] = shop_schedule(&shop, "Up", 24 + 3 * i, 100);
    poll_after(&shop, &idle, slots[1], 1);
    wait_for_waiting(&shop, 1);
    woken = metric(&shop, "ticketly_woken_total");
    for (int i = 1; i <= SALES; i++) {
        poll_after(&shop, &busy, slots[0], i);
        wait_for_waiting(&shop, 2);
        CU_ASSERT_EQUAL(shop_book(&shop, slots[0], 1, NULL), 201);
        end_poll(&busy, &answer);
        CU_ASSERT_EQUAL(answer_number(&answer, "seq"), i + 1);
    }
    woken = metric(&shop, "ticketly_woken_total") - woken;
    /* a few looks of the other one are let pass: a sale may be seen before it is told */
    CU_ASSERT(woken >= SALES && woken < SALES + SALES / 2);
    woken = metric(&shop, "ticketly_woken_total");
    poll_after(&shop, &busy, slots[0], SALES + 1);
    wait_for_waiting(&shop, 2);
    snprintf(slot_text, sizeof slot_text, "%" PRId64, slots[1]);
    CU_ASSERT_EQUAL(process_admin(&shop.process, &run, "book", "--slot", slot_text, "--count", "1",
                                  NULL),
                    0);
    end_poll(&idle, &answer);
    CU_ASSERT_EQUAL(answer_number(&answer, "seq"), 2);
    CU_ASSERT_EQUAL(metric(&shop, "ticketly_woken_total") - woken, 2);
    CU_ASSERT_EQUAL(shop_book(&shop, slots[0], 1, NULL), 201);
    end_poll(&busy, &answer);
    CU_ASSERT_EQUAL(answer_number(&answer, "seq"), SALES + 2);
    run_release(&run);
    answer_release(&answer);
    shop_end(&shop);
}

/* What changes both showings, or none, finds who waits for it. */
static void test_reissue_wakes_both(void)
{
    struct client clients[2] = {{.fd = -1}, {.fd = -1}};
    struct answer answer = {0};
    struct shop shop;
    char first[20], target[80], body[60];
    int64_t slots[2];

    shop_start(&shop, false);
    for (int i = 0; i < 2; i++)
        slots[i] = shop_schedule(&shop, "Up", 24 + 3 * i, 100);
    CU_ASSERT_EQUAL(shop_book(&shop, slots[0], 1, first), 201);
    for (int i = 0; i < 2; i++)
        poll_after(&shop, &clients[i], slots[i], 2 - i);
    wait_for_waiting(&shop, 2);
    snprintf(target, sizeof target, "/v1/tickets/%s/reissue", first);
    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 "}", slots[1]);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", target, body), 201);
    for (int i = 0; i < 2; i++) {
        end_poll(&clients[i], &answer);
        CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")), 1);
    }
    answer_release(&answer);
    shop_end(&shop);
}

/* --- who sees what --- */

static void test_roles(void)
{
    static const enum role roles[] = {ROLE_READER, ROLE_DOOR, ROLE_CLERK};
    char manager[PROCESS_BEARER_SIZE], bearer[PROCESS_BEARER_SIZE], target[100], body[120];
    struct answer answer = {0};
    struct client client = {.fd = -1};
    const char *headers[] = {bearer, NULL};
    struct shop shop;
    int64_t slot;
    bool more = true;

    shop_start(&shop, true);
    CU_ASSERT(process_bearer(&shop.process, ROLE_MANAGER, manager));
    shop.bearer = manager;
    slot = shop_schedule(&shop, "Up", 24, 100);
    snprintf(body, sizeof body,
             "{\"slotId\":%" PRId64 ",\"userName\":\"Jo\",\"phoneNumber\":\"0171234\"}", slot);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "POST", "/v1/tickets", body), 201);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        shop.bearer = bearer;
        CU_ASSERT(process_bearer(&shop.process, roles[i], bearer));
        snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes", slot);
        CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
        CU_ASSERT_EQUAL(answer_number(&answer, "slot.sold"), (int)i + 1);
        CU_ASSERT_EQUAL(answer_number(&answer, "seq"), (int)i + 2);
        CU_ASSERT(json_boolean(answer_value(&answer, "more"), &more) && !more);
        CU_ASSERT_EQUAL(json_count(answer_value(&answer, "tickets")),
                        roles[i] == ROLE_READER ? 0 : i + 1);
        CU_ASSERT_EQUAL(strstr(answer.body, "TKT") == NULL, roles[i] == ROLE_READER);
        CU_ASSERT_EQUAL(strstr(answer.body, "userId") == NULL, roles[i] == ROLE_READER);
        CU_ASSERT_PTR_NULL(strstr(answer.body, "Jo"));
        CU_ASSERT_PTR_NULL(strstr(answer.body, "0171234"));
        CU_ASSERT_PTR_NULL(answer_value(&answer, "tickets.0.pass"));
        /* and all of them are woken */
        snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/changes?wait=20&after=%d", slot,
                 (int)i + 2);
        CU_ASSERT_FATAL(client_open(&client, shop.process.url, HTTP_CALL_MS));
        CU_ASSERT(client_send(&client, "GET", target, headers, NULL));
        shop.bearer = manager;
        CU_ASSERT_EQUAL(shop_book(&shop, slot, 1, NULL), 201);
        end_poll(&client, &answer);
        CU_ASSERT_EQUAL(answer_number(&answer, "seq"), (int)i + 3);
    }
    answer_release(&answer);
    shop_end(&shop);
}

/* --- heads --- */

/* What changes between two pages of the heads is told to who waits after the last one. */
static void test_heads_pages(void)
{
    struct answer answer = {0};
    struct shop shop;
    char target[200];
    int64_t slots[3], version;
    int count = 1;

    shop_start(&shop, false);
    for (int i = 0; i < 3; i++)
        slots[i] = shop_schedule(&shop, "Up", 72 - 3 * i, 100);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", "/v1/heads?limit=1", NULL), 200);
    version = answer_number(&answer, "version");
    CU_ASSERT_EQUAL(answer_number(&answer, "heads.0.slotId"), slots[0]);
    CU_ASSERT_EQUAL(shop_book(&shop, slots[0], 1, NULL), 201);
    for (; count < 3 && shop_next(&answer, target, sizeof target); count++) {
        CU_ASSERT_EQUAL_FATAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
        CU_ASSERT_EQUAL(answer_number(&answer, "heads.0.slotId"), slots[count]);
        CU_ASSERT_EQUAL(answer_number(&answer, "version"), version);
    }
    CU_ASSERT_EQUAL(count, 3);
    CU_ASSERT_FALSE(shop_next(&answer, target, sizeof target));
    snprintf(target, sizeof target, "/v1/heads?wait=20&after=%" PRId64, version);
    CU_ASSERT_EQUAL(shop_call(&shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "heads.0.seq"), 2);
    CU_ASSERT_EQUAL(answer_number(&answer, "version"), version + 1);
    answer_release(&answer);
    shop_end(&shop);
}

SUITE(v1_feed, {"changes are what happened after", test_changes},
      {"a sale sends those to look who wait for its showing", test_others_sleep},
      {"a reissue sends those who wait for either showing", test_reissue_wakes_both},
      {"a reader sees showings, a door tickets without names", test_roles},
      {"the heads' pages have one version", test_heads_pages},
      {"a large sale is told to its end", test_large_sale},
      {"a poll is woken by a sale, here or in another program", test_woken},
      {"a poll ends when its time is up or the service stops", test_time_out})
