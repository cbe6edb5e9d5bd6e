/*
 * The service under load: connections in lock step, requests sent twice, a full queue, memory, and
 * SIGTERM and kill -9 in the middle of 64 writers (service.h, invariants 2 to 4).
 */
#include "tests/support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/http/load.h"

#define TIMEOUT_MS 30000
#define QUICK_SETTINGS "[store]\nwait_seconds = 60\n[service]\nlog = problems\n"

static bool start(struct process *process, const char *settings)
{
    struct process_options options = {.settings = settings};
    bool started = process_start(process, &options);

    CU_ASSERT_TRUE(started);
    return started;
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- lock step --- */

#define STEP_MAX 512

static size_t open_clients(struct client *clients, size_t count, const char *address)
{
    size_t opened = 0;

    for (size_t i = 0; i < count; i++)
        opened += client_open(&clients[i], address, TIMEOUT_MS);
    return opened;
}

static void close_clients(struct client *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        client_close(&clients[i]);
}

/* All send, then all wait; returns how many were answered well. */
static size_t step(struct client *clients, size_t count, int64_t slot, unsigned round)
{
    struct sale sale = {0};
    struct answer answer;
    size_t good = 0;

    for (size_t i = 0; i < count; i++) {
        snprintf(sale.key, sizeof sale.key, "step-%zu-%u-%zu", count, round, i);
        if (round % 2)
            sale_ask(&clients[i], slot, sale.key);
        else
            client_send(&clients[i], "GET", round % 4 ? "/livez" : "/v1/slots?limit=5", NULL, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        good += client_read(&clients[i], &answer) &&
                (answer.status == 200 || answer.status == 201) && !answer.closes;
        answer_release(&answer);
    }
    return good;
}

static void lock_step(struct process *process, size_t count)
{
    static struct client clients[STEP_MAX];
    unsigned rounds = test_is_long() ? 300 : 40; /* no more sales than places */
    int64_t begin = clock_ms(), slot;
    char name[32];

    snprintf(name, sizeof name, "Metropolis %zu", count);
    slot = load_schedule(process, name, 100000);
    CU_ASSERT_EQUAL(open_clients(clients, count, process->url), count);
    for (unsigned round = 0; round < rounds; round++) {
        size_t good = step(clients, count, slot, round);

        CU_ASSERT_EQUAL(good, count);
        if (good != count)
            break;
    }
    close_clients(clients, count);
    printf("\n    %zu connections: %u rounds in %lld ms", count, rounds,
           (long long)(clock_ms() - begin));
}

static void test_lock_step(void)
{
    struct process process;

    if (start(&process, QUICK_SETTINGS)) {
        lock_step(&process, 128);
        lock_step(&process, 256);
        lock_step(&process, 512);
        CU_ASSERT_TRUE(process_stop(&process));
    }
    process_release(&process);
}

/* --- every request twice --- */

#define TWICE 64

static void ask_again(struct client *client, int64_t slot, struct sale *sale, struct answer *answer)
{
    CU_ASSERT_TRUE(sale_ask(client, slot, sale->key));
    CU_ASSERT_TRUE(client_read(client, answer));
    sale_read(sale, answer);
}

static void test_twice_in_sequence(void)
{
    struct process process;
    struct stock stock;

    if (start(&process, QUICK_SETTINGS)) {
        int64_t slot = load_schedule(&process, "Vertigo", 1000);
        struct client client;

        CU_ASSERT_TRUE(client_open(&client, process.url, TIMEOUT_MS));
        for (int i = 0; i < TWICE; i++) {
            struct sale first = {0}, second = {0};
            struct answer answer;

            snprintf(first.key, sizeof first.key, "sale %d", i);
            second = first;
            ask_again(&client, slot, &first, &answer);
            CU_ASSERT_PTR_NULL(answer_header(&answer, "Idempotency-Replayed"));
            answer_release(&answer);
            ask_again(&client, slot, &second, &answer);
            CU_ASSERT_PTR_NOT_NULL(answer_header(&answer, "Idempotency-Replayed"));
            CU_ASSERT_STRING_EQUAL(answer.found, "true");
            answer_release(&answer);
            CU_ASSERT(first.state == SALE_SOLD && second.state == SALE_SOLD);
            CU_ASSERT_STRING_EQUAL(first.ticket, second.ticket);
        }
        client_close(&client);
        stock_read(&stock, &process, slot);
        CU_ASSERT_EQUAL(stock.count, TWICE);
        CU_ASSERT_TRUE(stock.adds_up);
        stock_release(&stock);
    }
    process_release(&process);
}

/* One of the two may be told to wait; asked again it gets what the other got. */
static void read_pair(struct client pair[2], int64_t slot, const char *key)
{
    struct sale sales[2] = {{.key = ""}};
    struct answer answer;

    for (int i = 0; i < 2; i++) {
        snprintf(sales[i].key, sizeof sales[i].key, "%s", key);
        CU_ASSERT_TRUE(client_read(&pair[i], &answer));
        sale_read(&sales[i], &answer);
        answer_release(&answer);
    }
    for (int i = 0; i < 2; i++)
        for (int tries = 0; tries < 1000 && sales[i].state == SALE_UNKNOWN; tries++)
            sale_send(&pair[i], slot, &sales[i]);
    CU_ASSERT(sales[0].state == SALE_SOLD && sales[1].state == SALE_SOLD);
    CU_ASSERT_STRING_EQUAL(sales[0].ticket, sales[1].ticket);
}

static void test_twice_at_once(void)
{
    static struct client clients[TWICE][2];
    struct process process;
    struct stock stock;
    char key[SALE_KEY_SIZE];
    unsigned rounds = 8;

    if (start(&process, QUICK_SETTINGS)) {
        int64_t slot = load_schedule(&process, "Persona", 1000);

        CU_ASSERT_EQUAL(open_clients(clients[0], (size_t)2 * TWICE, process.url), 2 * TWICE);
        for (unsigned round = 0; round < rounds; round++) {
            for (int i = 0; i < TWICE * 2; i++) {
                snprintf(key, sizeof key, "pair-%u-%d", round, i / 2);
                CU_ASSERT_TRUE(sale_ask(&clients[i / 2][i % 2], slot, key));
            }
            for (int i = 0; i < TWICE; i++) {
                snprintf(key, sizeof key, "pair-%u-%d", round, i);
                read_pair(clients[i], slot, key);
            }
        }
        close_clients(clients[0], (size_t)2 * TWICE);
        stock_read(&stock, &process, slot);
        CU_ASSERT_EQUAL(stock.count, TWICE * rounds);
        CU_ASSERT_TRUE(stock.adds_up);
        stock_release(&stock);
    }
    process_release(&process);
}

/* --- a full queue --- */

#define QUEUE 8
#define ASKING 64

static int hold_gate(const struct process *process)
{
    char path[PROCESS_PATH_SIZE + 8];
    int fd;

    snprintf(path, sizeof path, "%s.lock", process->store);
    fd = open(path, O_RDWR | O_CLOEXEC);
    CU_ASSERT_FATAL(fd >= 0 && flock(fd, LOCK_EX) == 0);
    return fd;
}

/* Reads the answers that come while nothing can be stored: all are 503 with Retry-After. */
static size_t read_refusals(struct client *clients, bool *waits)
{
    size_t refused = 0;

    for (int i = 0; i < ASKING; i++) {
        struct answer answer;

        /* the first ones are taken; who is refused is told at once */
        clients[i].timeout_ms = refused ? 2000 : 200;
        waits[i] = !client_read(&clients[i], &answer);
        clients[i].timeout_ms = TIMEOUT_MS;
        if (!waits[i]) {
            CU_ASSERT_EQUAL(answer.status, 503);
            CU_ASSERT_STRING_EQUAL(answer_text(&answer, "code"), "overloaded");
            CU_ASSERT_PTR_NOT_NULL(answer_header(&answer, "Retry-After"));
            CU_ASSERT(strtol(answer.found, NULL, 10) > 0);
            refused++;
        }
        answer_release(&answer);
    }
    return refused;
}

static void check_full_queue(struct process *process, struct client *clients, int64_t slot)
{
    bool waits[ASKING];
    size_t refused, sold = 0;
    int gate = hold_gate(process);
    struct stock stock;
    char key[SALE_KEY_SIZE];

    for (int i = 0; i < ASKING; i++) {
        snprintf(key, sizeof key, "queue-%d", i);
        CU_ASSERT_TRUE(sale_ask(&clients[i], slot, key));
    }
    refused = read_refusals(clients, waits);
    /* what waits: the queue, and what the writer took before */
    CU_ASSERT(refused >= ASKING - 2 * QUEUE);
    CU_ASSERT(refused <= ASKING - QUEUE);
    close(gate);
    for (int i = 0; i < ASKING; i++) {
        struct answer answer = {0};

        if (waits[i]) {
            CU_ASSERT_TRUE(client_read(&clients[i], &answer));
            CU_ASSERT(answer.status == 200 || answer.status == 201);
            sold++;
        }
        answer_release(&answer);
    }
    stock_read(&stock, process, slot);
    CU_ASSERT_EQUAL(stock.count, sold); /* 503 came before any work */
    stock_release(&stock);
}

static void test_full_queue(void)
{
    static struct client clients[ASKING];
    struct process process;

    if (start(&process, "[store]\nwait_seconds = 60\n[service]\nqueue = 8\n")) {
        int64_t slot = load_schedule(&process, "Brazil", 1000);

        CU_ASSERT_EQUAL(open_clients(clients, ASKING, process.url), ASKING);
        check_full_queue(&process, clients, slot);
        close_clients(clients, ASKING);
        CU_ASSERT_TRUE(process_stop(&process));
    }
    process_release(&process);
}

/* --- memory --- */

#define SLOW 500
#define SLOW_BODY 65536
#define CONNECTION_KIB 160 /* head, body, and what the server keeps beside them */

/* A head and all of a body but its last byte. */
static bool send_half(struct client *client)
{
    static char body[SLOW_BODY];
    char head[256];

    memset(body, ' ', sizeof body);
    snprintf(head, sizeof head,
             "POST /v1/tickets HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\r\n"
             "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n",
             SLOW_BODY);
    return client_send_text(client, head) && client_send_bytes(client, body, SLOW_BODY - 1);
}

static void test_memory(void)
{
    static struct client clients[SLOW];
    struct process process;
    int64_t before, after;

    if (start(&process, "[service]\nrequest_seconds = 60\nlog = problems\n")) {
        before = process_memory(&process, "VmRSS");
        CU_ASSERT_EQUAL(open_clients(clients, SLOW, process.url), SLOW);
        for (int i = 0; i < SLOW; i++)
            CU_ASSERT_TRUE(send_half(&clients[i]));
        /* others are answered meanwhile */
        for (int i = 0; i < 20; i++) {
            struct answer answer;

            CU_ASSERT_TRUE(http_call(process.url, "GET", "/livez", NULL, NULL, &answer));
            CU_ASSERT_EQUAL(answer.status, 200);
            answer_release(&answer);
        }
        after = process_memory(&process, "VmRSS");
        printf("\n    %d slow bodies of 64 KiB: %lld KiB each", SLOW,
               (long long)(after - before) / SLOW);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        test_skip("sanitizers take memory of their own"); /* the program is built as the tests are */
#else
        CU_ASSERT(before > 0 && after - before < (int64_t)SLOW * CONNECTION_KIB);
#endif
        close_clients(clients, SLOW);
        CU_ASSERT_TRUE(process_stop(&process));
    }
    process_release(&process);
}

/* --- the end in the middle of 64 writers --- */

#define ROUNDS 100
#define ROUNDS_QUICK 20
#define QUICK_MS 60000
#define CAPACITY 2000

struct siege {
    struct process process;
    int64_t slot;
    uint64_t seed;
    size_t acknowledged, unknown;
};

/* After SIGTERM: what was accepted was answered, so nothing is stored that nobody heard of. */
static void check_drained(struct siege *siege, const struct crowd *crowd)
{
    struct stock stock;

    CU_ASSERT_EQUAL(siege->process.status, 0);
    stock_read(&stock, &siege->process, siege->slot);
    CU_ASSERT_EQUAL(stock.count, crowd_count(crowd, SALE_SOLD));
    CU_ASSERT_EQUAL(stock_count_missing(&stock, crowd), 0);
    CU_ASSERT_TRUE(stock.adds_up);
    stock_release(&stock);
}

/* After a restart: each that was acknowledged once, none too many, and the unknown ones cleared up.
 */
static void check_resolved(struct siege *siege, struct crowd *crowd)
{
    struct stock stock;

    siege->acknowledged += crowd_count(crowd, SALE_SOLD);
    stock_read(&stock, &siege->process, siege->slot);
    CU_ASSERT_EQUAL(stock_count_missing(&stock, crowd), 0);
    CU_ASSERT(stock.count <= CAPACITY);
    stock_release(&stock);
    siege->unknown += crowd_resolve(crowd, siege->process.url);
    stock_read(&stock, &siege->process, siege->slot);
    CU_ASSERT_EQUAL(crowd_count(crowd, SALE_UNKNOWN), 0);
    CU_ASSERT_EQUAL(crowd_count(crowd, SALE_WRONG), 0);
    CU_ASSERT_EQUAL(stock.count, crowd_count(crowd, SALE_SOLD));
    CU_ASSERT_EQUAL(stock_count_missing(&stock, crowd), 0);
    CU_ASSERT(stock.count <= CAPACITY);
    CU_ASSERT_TRUE(stock.adds_up);
    stock_release(&stock);
}

static bool siege_round(struct siege *siege, unsigned round)
{
    static struct crowd crowd;
    char name[16];
    bool again;

    snprintf(name, sizeof name, "round-%u", round);
    siege->slot = load_schedule(&siege->process, name, CAPACITY);
    crowd_start(&crowd, siege->process.url, siege->slot, name, CROWD_MAX);
    CU_ASSERT_TRUE(crowd_wait(&crowd, 1 + test_random_below(&siege->seed, CAPACITY), TIMEOUT_MS));
    usleep((useconds_t)test_random_below(&siege->seed, 5000));
    if (round % 2)
        process_kill(&siege->process);
    else
        CU_ASSERT_TRUE(process_stop(&siege->process));
    crowd_join(&crowd);
    if (round % 2 == 0)
        check_drained(siege, &crowd);
    again = process_start_again(&siege->process);
    CU_ASSERT_TRUE(again);
    if (again)
        check_resolved(siege, &crowd);
    crowd_release(&crowd);
    return again;
}

static void test_siege(void)
{
    struct siege siege = {.seed = test_seed()};
    unsigned rounds = test_is_long() ? ROUNDS : ROUNDS_QUICK, round = 0;
    int64_t begin = clock_ms();

    if (start(&siege.process, QUICK_SETTINGS))
        while (round < rounds && (test_is_long() || clock_ms() - begin < QUICK_MS))
            if (!siege_round(&siege, round++))
                break;
    process_release(&siege.process);
    printf("\n    %u rounds: %zu sales acknowledged, %zu cleared up by asking again", round,
           siege.acknowledged, siege.unknown);
    CU_ASSERT(siege.acknowledged > 0);
}

SUITE(http_load, {"128, 256 and 512 connections in lock step never stall", test_lock_step},
      {"a sale sent twice, one after the other, is made once", test_twice_in_sequence},
      {"a sale sent twice at once is made once", test_twice_at_once},
      {"a full queue answers 503 before any work", test_full_queue},
      {"500 slow bodies take no more memory than stated", test_memory},
      {"SIGTERM and kill -9 amid 64 writers: acknowledged is stored, once", test_siege})
