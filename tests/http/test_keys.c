/* Keys: a service at work, and a new generation made beside it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/http/v1_shop.h"

static void sell_there(struct shop *shop, int64_t slot, char pass[24])
{
    struct answer answer = {0};
    char body[100];

    snprintf(body, sizeof body, "{\"slotId\":%" PRId64 ",\"numTickets\":1}", slot);
    CU_ASSERT_EQUAL(shop_call(shop, &answer, "POST", "/v1/tickets", body), 201);
    snprintf(pass, 24, "%s", answer_text(&answer, "tickets.0.pass"));
    answer_release(&answer);
}

static int find_there(struct shop *shop, const char *pass)
{
    struct answer answer = {0};
    char target[100];
    int status;

    snprintf(target, sizeof target, "/v1/tickets?find=%s", pass);
    status = shop_call(shop, &answer, "GET", target, NULL);
    answer_release(&answer);
    return status;
}

static void admit_there(struct shop *shop, const char *pass)
{
    struct answer answer = {0};
    char body[100];

    snprintf(body, sizeof body, "{\"code\":\"%s\"}", pass);
    CU_ASSERT_EQUAL(shop_call(shop, &answer, "POST", "/v1/admissions", body), 200);
    CU_ASSERT_STRING_EQUAL(answer_text(&answer, "verdict"), "admitted");
    answer_release(&answer);
}

static void check_key(struct shop *shop, int64_t slot, int64_t generation)
{
    struct answer answer = {0};
    char target[100];

    snprintf(target, sizeof target, "/v1/slots/%" PRId64 "/key", slot);
    CU_ASSERT_EQUAL(shop_call(shop, &answer, "GET", target, NULL), 200);
    CU_ASSERT_EQUAL(answer_number(&answer, "generation"), generation);
    answer_release(&answer);
}

static void test_service(void)
{
    char old_pass[24], new_pass[24], later_pass[24];
    int64_t old, later, new;
    struct run run = {0};
    struct shop shop;

    shop_start(&shop, false);
    old = shop_schedule(&shop, "Old", 1, 9);
    sell_there(&shop, old, old_pass);
    CU_ASSERT_EQUAL(process_admin(&shop.process, &run, "keys", "rotate", NULL), 0);
    run_release(&run);
    new = shop_schedule(&shop, "New", 1, 9);
    sell_there(&shop, new, new_pass);
    CU_ASSERT_EQUAL(strlen(new_pass), 20);
    check_key(&shop, old, 1);
    check_key(&shop, new, 2);
    sell_there(&shop, old, later_pass);
    CU_ASSERT_EQUAL(find_there(&shop, old_pass), 200);
    CU_ASSERT_EQUAL(find_there(&shop, later_pass), 200);
    CU_ASSERT_EQUAL(find_there(&shop, new_pass), 200);
    CU_ASSERT_EQUAL(process_admin(&shop.process, &run, "ticket", new_pass, NULL), 0);
    run_release(&run);
    admit_there(&shop, old_pass);
    admit_there(&shop, new_pass);
    CU_ASSERT_EQUAL(process_admin(&shop.process, &run, "keys", "rotate", NULL), 0);
    run_release(&run);
    later = shop_schedule(&shop, "Later", 1, 9);
    sell_there(&shop, later, later_pass);
    check_key(&shop, later, 3);
    admit_there(&shop, later_pass);
    shop_end(&shop);
}

/* The key is the service's, so it is made where that runs. */
static void test_from_afar(void)
{
    static const char *const actions[] = {"list", "rotate"};
    struct run_options options = {0};
    struct shop shop;

    shop_start(&shop, false);
    options.home = shop.process.folder;
    for (int i = 0; i < 2; i++) {
        const char *argv[] = {test_program(), "--db", shop.process.url, "admin", "keys",
                              actions[i],     NULL};
        struct run run = {0};

        run_program(&run, &options, argv);
        CU_ASSERT_EQUAL(run.status, 78);
        CU_ASSERT_PTR_NOT_NULL(strstr(run.err, "where it runs"));
        CU_ASSERT_EQUAL(run.out_length, 0);
        run_release(&run);
    }
    shop_end(&shop);
}

SUITE(http_keys, {"a service at work takes a new key without a restart", test_service},
      {"the key of a service is not made from afar", test_from_afar})
