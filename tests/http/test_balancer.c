/*
 * Two services on one box office file behind nginx, each restarted by SIGTERM while sellers sell:
 * no request fails and no sale is lost or made twice.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/http/load.h"
#include "tests/support/nginx.h"

#define SELLERS 16
#define RESTARTS 3  /* of each service */
#define BETWEEN 300 /* sales between one restart and the next */
#define TIMEOUT_MS 30000

struct pair {
    char folder[128], listen[2][192], front[192];
    struct process services[2];
    struct nginx nginx;
};

/* nginx asks the other one when a connection is refused, as it does by default; a change that was
   sent is never sent again, so an answer that does not come is a failure that the seller sees. */
static void write_block(const struct pair *pair, bool keeps_alive, char *block, size_t size)
{
    snprintf(
        block, size,
        "upstream offices {\n"
        "    server %s max_fails=0;\n    server %s max_fails=0;\n    %s\n}\n"
        "server {\n    listen %s;\n    location / {\n"
        "        proxy_pass http://offices;\n"
        "        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n    }\n}\n",
        pair->listen[0], pair->listen[1], keeps_alive ? "keepalive 32;" : "", pair->front);
}

static bool pair_start(struct pair *pair, bool keeps_alive)
{
    char block[1024], store[160];

    *pair = (struct pair){0};
    test_folder(pair->folder, sizeof pair->folder);
    snprintf(pair->front, sizeof pair->front, "unix:%s/front", pair->folder);
    snprintf(store, sizeof store, "%s/office.db", pair->folder);
    for (int i = 0; i < 2; i++) {
        struct process_options options = {.folder = pair->folder,
                                          .store = store,
                                          .listen = pair->listen[i],
                                          .settings = "[store]\nwait_seconds = 30\n"
                                                      "[service]\nlog = problems\n"};

        snprintf(pair->listen[i], sizeof pair->listen[i], "unix:%s/office-%d", pair->folder, i);
        if (!process_start(&pair->services[i], &options))
            return false;
    }
    write_block(pair, keeps_alive, block, sizeof block);
    return nginx_start(&pair->nginx, pair->folder, block, pair->front);
}

static void pair_release(struct pair *pair)
{
    nginx_stop(&pair->nginx);
    for (int i = 0; i < 2; i++)
        process_release(&pair->services[i]);
}

static void restart_all(struct pair *pair, struct crowd *crowd)
{
    for (int i = 0; i < 2 * RESTARTS * (test_is_long() ? 10 : 1); i++) {
        struct process *service = &pair->services[i % 2];

        CU_ASSERT_TRUE(crowd_wait(crowd, atomic_load(&crowd->answered) + BETWEEN, TIMEOUT_MS));
        CU_ASSERT_TRUE(process_stop(service));
        CU_ASSERT_TRUE(process_start_again(service));
    }
    CU_ASSERT_TRUE(crowd_wait(crowd, atomic_load(&crowd->answered) + BETWEEN, TIMEOUT_MS));
}

static void check_sales(struct pair *pair, const struct crowd *crowd)
{
    struct stock stock;

    CU_ASSERT_EQUAL(crowd_count(crowd, SALE_UNKNOWN), 0);
    CU_ASSERT_EQUAL(crowd_count(crowd, SALE_WRONG), 0);
    CU_ASSERT_EQUAL(crowd_count(crowd, SALE_REFUSED), 0);
    stock_read(&stock, &pair->services[0], crowd->slot);
    CU_ASSERT_EQUAL(stock.count, crowd_count(crowd, SALE_SOLD));
    CU_ASSERT_EQUAL(stock_count_missing(&stock, crowd), 0);
    CU_ASSERT_TRUE(stock.adds_up);
    printf("\n    %zu sales through %d restarts", stock.count,
           2 * RESTARTS * (test_is_long() ? 10 : 1));
    stock_release(&stock);
}

static void restart(bool keeps_alive)
{
    static struct crowd crowd;
    struct pair pair;
    bool started;

    if (!nginx_is_there()) {
        test_skip("nginx is not installed (Debian's nginx-light)");
        return;
    }
    started = pair_start(&pair, keeps_alive);
    CU_ASSERT_TRUE(started);
    if (started) {
        int64_t slot = load_schedule(&pair.services[0], "Playtime", 100000);

        crowd_start(&crowd, pair.front, slot, "front", SELLERS);
        restart_all(&pair, &crowd);
        crowd_stop(&crowd);
        check_sales(&pair, &crowd);
        crowd_release(&crowd);
    }
    pair_release(&pair);
}

static void test_restart(void)
{
    restart(false);
}

static void test_restart_kept_alive(void)
{
    restart(true);
}

SUITE(http_balancer, {"a restart behind a balancer drops no request", test_restart},
      {"nor when the balancer keeps its connections", test_restart_kept_alive})
