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

SUITE(v1_feed, {"changes are what happened after", test_changes},
      {"a large sale is told to its end", test_large_sale},
      {"a poll is woken by a sale, here or in another program", test_woken},
      {"a poll ends when its time is up or the service stops", test_time_out})
