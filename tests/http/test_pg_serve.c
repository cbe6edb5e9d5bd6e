/*
 * `ticketly` on a PostgreSQL server: how a box office is made there, several nodes on one database, and a
 * server that goes away. The server is the test run's own (tests/support/postgres.h).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/http/load.h"
#include "tests/support/postgres.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

#define WAIT_MS 20000
#define TICK_MS 5
#define KEY_VARIABLE "TICKETLY_STORE_KEY_FILE="

/* A database, and the key file of those who work on it. */
struct site {
    char folder[128], key[200], variable[256], uri[POSTGRES_URI_SIZE];
    const char *environment[2];
    struct run run; /* of the last command */
};

static void site_init(struct site *site)
{
    *site = (struct site){.environment = {NULL, NULL}};
    test_folder(site->folder, sizeof site->folder);
    snprintf(site->key, sizeof site->key, "%s/keys/site.key", site->folder);
    snprintf(site->variable, sizeof site->variable, KEY_VARIABLE "%s", site->key);
    site->environment[0] = site->variable;
    CU_ASSERT_FATAL(postgres_make(site->uri));
}

static void site_release(struct site *site)
{
    run_release(&site->run);
}

/* `ticketly --db URI …`; returns its exit status. */
static int run(struct site *site, const char *uri, const char *const *arguments)
{
    const char *argv[24] = {process_program(), "--db", uri};
    struct run_options options = {.home = site->folder, .environment = site->environment};
    int count = 3;

    for (; *arguments && count < 23; arguments++)
        argv[count++] = *arguments;
    run_release(&site->run);
    run_program(&site->run, &options, argv);
    return site->run.status;
}

#define RUN(site, ...) run(site, (site)->uri, (const char *const[]){__VA_ARGS__, NULL})

/* Whether the last command refused with these words, and printed nothing. */
static bool said(const struct site *site, const char *words)
{
    bool found = site->run.out_length == 0 && strstr(site->run.err, words);

    if (!found)
        printf("\n    “%s” is not in: %s%s", words, site->run.err, site->run.out);
    return found;
}

static bool printed(const struct site *site, const char *words)
{
    bool found = strstr(site->run.out, words) != NULL;

    if (!found)
        printf("\n    “%s” is not in: %s%s", words, site->run.out, site->run.err);
    return found;
}

/* A node with the site's key; `listen` NULL: anywhere. */
static void node_start(struct site *site, struct process *process)
{
    struct process_options options = {.store = site->uri, .environment = site->environment};

    CU_ASSERT_TRUE_FATAL(process_start(process, &options));
}

static int ask(const struct process *process, const char *target, struct answer *answer)
{
    answer_release(answer);
    *answer = (struct answer){0};
    http_call(process->url, "GET", target, NULL, NULL, answer);
    return answer->status;
}

static int sell(const struct process *process, int64_t slot, const char *key, struct answer *answer)
{
    char header[80], body[96];
    const char *headers[] = {header, NULL};

    snprintf(header, sizeof header, "Idempotency-Key: %s", key);
    snprintf(body, sizeof body, "{\"slotId\":%lld,\"numTickets\":1}", (long long)slot);
    answer_release(answer);
    *answer = (struct answer){0};
    http_call(process->url, "POST", "/v1/tickets", headers, body, answer);
    return answer->status;
}

static bool wait_ready(const struct process *process, int status)
{
    struct answer answer = {0};
    int found = 0;

    for (int waited = 0; waited < WAIT_MS && found != status; waited += TICK_MS) {
        found = ask(process, "/readyz", &answer);
        if (found != status)
            usleep(TICK_MS * 1000);
    }
    answer_release(&answer);
    return found == status;
}

static int64_t sold(const struct site *site)
{
    return postgres_number(site->uri, "SELECT count(*)::bigint FROM ticket");
}

/* --- making one --- */

static void test_migrate(void)
{
    char again[POSTGRES_URI_SIZE];
    struct site site;
    struct stat info;

    site_init(&site);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "slots"), 78); /* neither key nor box office */
    CU_ASSERT(said(&site, "There is no box office in this database yet: make one with"));
    CU_ASSERT_EQUAL(RUN(&site, "serve", "--open", "--listen", "127.0.0.1:0"), 78);
    CU_ASSERT(said(&site, "There is no box office in this database yet: make one with"));
    CU_ASSERT_EQUAL(RUN(&site, "admin", "migrate", "--json"), 0);
    CU_ASSERT(printed(&site, "\"from\":0") && printed(&site, "\"era\":1") &&
              printed(&site, "\"keyMade\":true") && printed(&site, site.key));
    CU_ASSERT_FATAL(stat(site.key, &info) == 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0600);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "migrate"), 0);
    CU_ASSERT(printed(&site, "The box office is of version") && printed(&site, "to every node"));
    CU_ASSERT_FATAL(postgres_make(again));
    CU_ASSERT_EQUAL(run(&site, again, (const char *const[]){"admin", "migrate", NULL}), 0);
    CU_ASSERT(printed(&site, "made with the key that was there"));
    CU_ASSERT_EQUAL(RUN(&site, "admin", "slots"), 0);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "migrate", "--restored", "--json"), 0);
    CU_ASSERT(printed(&site, "\"era\":2") && printed(&site, "\"keyMade\":false"));
    CU_ASSERT_EQUAL(RUN(&site, "admin", "verify"), 0);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "doctor", "--json"), 0);
    CU_ASSERT(printed(&site, "\"check\":\"durability\"") && printed(&site, "\"check\":\"schema\""));
    site_release(&site);
}

static void test_versions(void)
{
    struct site site;

    site_init(&site);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "migrate"), 0);
    CU_ASSERT(postgres_run(site.uri, "UPDATE meta SET number = 99 WHERE key = 'schema'"));
    CU_ASSERT_NOT_EQUAL(RUN(&site, "admin", "slots"), 0);
    CU_ASSERT(said(&site, "of version 99"));
    CU_ASSERT_NOT_EQUAL(RUN(&site, "serve", "--open", "--listen", "127.0.0.1:0"), 0);
    CU_ASSERT(said(&site, "install the newer"));
    CU_ASSERT_NOT_EQUAL(RUN(&site, "admin", "migrate"), 0);
    CU_ASSERT(said(&site, "nothing was changed"));
    CU_ASSERT_EQUAL(
        postgres_number(site.uri, "SELECT number FROM meta WHERE key = 'schema'"), 99);
    site_release(&site);
}

/* A key of its own is no key: tickets would be sold that no door lets in. */
static void test_keys(void)
{
    char aside[220];
    struct site site;

    site_init(&site);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "migrate"), 0);
    snprintf(aside, sizeof aside, "%s.aside", site.key);
    CU_ASSERT_EQUAL(rename(site.key, aside), 0);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "slots"), 78);
    CU_ASSERT(said(&site, "copy it from another node"));
    CU_ASSERT_EQUAL(RUN(&site, "admin", "migrate"), 78);
    CU_ASSERT(said(&site, "copy it from another node"));
    CU_ASSERT_NOT_EQUAL(access(site.key, F_OK), 0);
    CU_ASSERT_EQUAL(RUN(&site, "--new-key", "admin", "slots"), 2);
    CU_ASSERT(said(&site, "admin migrate"));
    CU_ASSERT_NOT_EQUAL(access(site.key, F_OK), 0);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "migrate", "--new-key"), 0);
    CU_ASSERT_EQUAL(RUN(&site, "admin", "slots"), 0);
    CU_ASSERT_EQUAL(rename(aside, site.key), 0); /* it was the right one until then */
    CU_ASSERT_EQUAL(RUN(&site, "admin", "slots"), 78);
    CU_ASSERT(said(&site, "copy the key file of another node"));
    CU_ASSERT_EQUAL(RUN(&site, "serve", "--open", "--listen", "127.0.0.1:0"), 78);
    site_release(&site);
}

static void refuse_secret(struct site *site, const char *uri, const char *const *arguments)
{
    CU_ASSERT_NOT_EQUAL(run(site, uri, arguments), 0);
    CU_ASSERT_PTR_NULL(strstr(site->run.err, "geheim"));
    CU_ASSERT_PTR_NULL(strstr(site->run.out, "geheim"));
}

#define REFUSED(site, uri, ...) refuse_secret(site, uri, (const char *const[]){__VA_ARGS__, NULL})

static void test_addresses(void)
{
    static const char *const nearly[] = {"postgresql:/office", "host=/tmp dbname=office"};
    static const char with[] = "postgresql://box:geheim@127.0.0.1:1/office",
                      other[] = "postgresql://127.0.0.1:1/office?user=box&password=geheim";
    struct site site;

    site_init(&site);
    for (size_t i = 0; i < sizeof nearly / sizeof nearly[0]; i++) {
        CU_ASSERT_EQUAL(run(&site, nearly[i], (const char *const[]){"admin", "slots", NULL}), 78);
        CU_ASSERT(said(&site, "write postgresql://HOST/DATABASE"));
    }
    REFUSED(&site, with, "admin", "slots");
    CU_ASSERT(said(&site, "~/.pgpass"));
    REFUSED(&site, with, "serve");
    CU_ASSERT(said(&site, "~/.pgpass"));
    REFUSED(&site, with, "admin", "config", "--json");
    REFUSED(&site, with, "admin", "doctor");
    REFUSED(&site, with, "admin", "migrate");
    REFUSED(&site, other, "admin", "slots");
    REFUSED(&site, "x.db", "--central", with, "admin", "slots");
    CU_ASSERT(said(&site, "http://"));
    CU_ASSERT_EQUAL(RUN(&site, "--train", "admin", "slots"), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(site.run.err, "no training in a database"));
    CU_ASSERT_EQUAL(run(&site, "postgresql://127.0.0.1:1/office",
                        (const char *const[]){"admin", "migrate", NULL}),
                    69);
    CU_ASSERT(said(&site, "cannot be reached"));
    CU_ASSERT_NOT_EQUAL(access(site.key, F_OK), 0);
    site_release(&site);
}

/* --- nodes --- */

struct two {
    struct site site;
    struct process nodes[2];
    int64_t slot;
    struct answer answer;
};

static void two_start(struct two *two, unsigned capacity)
{
    *two = (struct two){.slot = 0};
    site_init(&two->site);
    CU_ASSERT_EQUAL_FATAL(RUN(&two->site, "admin", "migrate"), 0);
    for (int i = 0; i < 2; i++)
        node_start(&two->site, &two->nodes[i]);
    two->slot = load_schedule(&two->nodes[0], "Solaris", capacity);
    CU_ASSERT_NOT_EQUAL_FATAL(two->slot, 0);
}

static void two_release(struct two *two)
{
    answer_release(&two->answer);
    for (int i = 0; i < 2; i++)
        process_release(&two->nodes[i]);
    site_release(&two->site);
}

/* All that the crowds were told is in the database, once. */
static void check_stock(struct two *two, struct crowd *const *crowds, size_t count)
{
    struct stock stock;
    size_t told = 0;

    stock_read(&stock, &two->nodes[1], two->slot);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(crowd_count(crowds[i], SALE_WRONG), 0);
        CU_ASSERT_EQUAL(crowd_count(crowds[i], SALE_UNKNOWN), 0);
        CU_ASSERT_EQUAL(stock_count_missing(&stock, crowds[i]), 0);
        told += crowd_count(crowds[i], SALE_SOLD);
    }
    CU_ASSERT_EQUAL(stock.count, told);
    CU_ASSERT_TRUE(stock.adds_up);
    stock_release(&stock);
}

static void test_last_places(void)
{
    struct two two;
    struct crowd crowds[2];

    two_start(&two, 60);
    crowd_start(&crowds[0], two.nodes[0].url, two.slot, "a", 6);
    crowd_start(&crowds[1], two.nodes[1].url, two.slot, "b", 6);
    CU_ASSERT(crowd_wait(&crowds[0], 100, WAIT_MS) && crowd_wait(&crowds[1], 100, WAIT_MS));
    crowd_stop(&crowds[0]);
    crowd_stop(&crowds[1]);
    CU_ASSERT_EQUAL(crowd_count(&crowds[0], SALE_SOLD) + crowd_count(&crowds[1], SALE_SOLD), 60);
    check_stock(&two, (struct crowd *[]){&crowds[0], &crowds[1]}, 2);
    crowd_release(&crowds[0]);
    crowd_release(&crowds[1]);
    two_release(&two);
}

/* What one node sold is what the other one shows next, however often it was asked before. */
static void test_seen_at_once(void)
{
    char left[40], key[20];
    struct two two;

    two_start(&two, 20);
    for (int i = 1; i <= 8; i++) {
        for (int again = 0; again < 3; again++)
            CU_ASSERT_EQUAL(ask(&two.nodes[(i + 1) % 2], "/v1/slots", &two.answer), 200);
        snprintf(key, sizeof key, "once-%d", i);
        CU_ASSERT_EQUAL(sell(&two.nodes[i % 2], two.slot, key, &two.answer), 201);
        CU_ASSERT_EQUAL(ask(&two.nodes[(i + 1) % 2], "/v1/slots", &two.answer), 200);
        snprintf(left, sizeof left, "\"availTickets\":%d,", 20 - i);
        CU_ASSERT_PTR_NOT_NULL(strstr(two.answer.body, left));
    }
    /* the same sale at the other node is the same sale */
    CU_ASSERT_EQUAL(sell(&two.nodes[1], two.slot, "once-8", &two.answer), 201);
    CU_ASSERT_PTR_NOT_NULL(answer_header(&two.answer, "Idempotency-Replayed"));
    CU_ASSERT_EQUAL(sold(&two.site), 8);
    CU_ASSERT(process_stop(&two.nodes[0]) && process_start_again(&two.nodes[0]));
    CU_ASSERT_EQUAL(ask(&two.nodes[0], "/v1/slots", &two.answer), 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(two.answer.body, "\"availTickets\":12,"));
    two_release(&two);
}

/* What its sellers were not told is sent again to the other node: sold once. */
static void test_killed(void)
{
    struct two two;
    struct crowd crowd;
    size_t told = 0;

    two_start(&two, 100000);
    for (int i = 0; i < (test_is_long() ? 20 : 3); i++) {
        char name[16];

        snprintf(name, sizeof name, "k%d", i);
        crowd_start(&crowd, two.nodes[0].url, two.slot, name, 8);
        CU_ASSERT(crowd_wait(&crowd, 40, WAIT_MS));
        process_kill(&two.nodes[0]);
        crowd_join(&crowd);
        crowd_resolve(&crowd, two.nodes[1].url);
        CU_ASSERT_EQUAL(crowd_count(&crowd, SALE_WRONG), 0);
        CU_ASSERT_EQUAL(crowd_count(&crowd, SALE_UNKNOWN), 0);
        told += crowd_count(&crowd, SALE_SOLD);
        CU_ASSERT_EQUAL((size_t)sold(&two.site), told);
        crowd_release(&crowd);
        CU_ASSERT_TRUE_FATAL(process_start_again(&two.nodes[0]));
    }
    CU_ASSERT_EQUAL(RUN(&two.site, "admin", "verify"), 0);
    two_release(&two);
}

/* --- a server that goes away --- */

static void check_away(struct two *two, int node)
{
    CU_ASSERT(wait_ready(&two->nodes[node], 503));
    CU_ASSERT_EQUAL(ask(&two->nodes[node], "/readyz", &two->answer), 503);
    CU_ASSERT_PTR_NOT_NULL(strstr(two->answer.body, "no server of the database takes changes"));
    CU_ASSERT_EQUAL(ask(&two->nodes[node], "/livez", &two->answer), 200);
    CU_ASSERT_EQUAL(sell(&two->nodes[node], two->slot, "while-away", &two->answer), 503);
    CU_ASSERT_PTR_NOT_NULL(strstr(two->answer.body, "\"code\":\"unavailable\""));
    CU_ASSERT_PTR_NOT_NULL(answer_header(&two->answer, "Retry-After"));
    CU_ASSERT_EQUAL(ask(&two->nodes[node], "/v1/slots", &two->answer), 503);
}

static void test_away(void)
{
    struct crowd crowds[2];
    struct two two;
    int sold;

    two_start(&two, 100000);
    crowd_start(&crowds[0], two.nodes[0].url, two.slot, "a", 4);
    crowd_start(&crowds[1], two.nodes[1].url, two.slot, "b", 4);
    CU_ASSERT(crowd_wait(&crowds[0], 30, WAIT_MS) && crowd_wait(&crowds[1], 30, WAIT_MS));
    postgres_stop(true);
    CU_ASSERT(wait_ready(&two.nodes[0], 503) && wait_ready(&two.nodes[1], 503));
    crowd_stop(&crowds[0]);
    crowd_stop(&crowds[1]);
    check_away(&two, 0);
    check_away(&two, 1);
    CU_ASSERT_FATAL(postgres_start());
    CU_ASSERT(wait_ready(&two.nodes[0], 200) && wait_ready(&two.nodes[1], 200));
    crowd_resolve(&crowds[0], two.nodes[1].url);
    crowd_resolve(&crowds[1], two.nodes[0].url);
    check_stock(&two, (struct crowd *[]){&crowds[0], &crowds[1]}, 2);
    sold = sell(&two.nodes[0], two.slot, "while-away", &two.answer);
    if (sold != 201 && sold != 200)
        printf("\n    %d: %s\n", sold, two.answer.body);
    CU_ASSERT(sold == 201 || sold == 200); /* or it was done when it ended unknown */
    CU_ASSERT(process_log_has(&two.nodes[0], 0, "store_away") &&
              process_log_has(&two.nodes[0], 0, "store_back"));
    crowd_release(&crowds[0]);
    crowd_release(&crowds[1]);
    two_release(&two);
}

/* A connection that was cut is no outage: nothing is seen of it. */
static void test_cut(void)
{
    struct two two;
    char key[20];

    two_start(&two, 1000);
    for (int i = 0; i < 4; i++) {
        snprintf(key, sizeof key, "cut-%d", i);
        CU_ASSERT(postgres_run(two.site.uri, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                             "WHERE datname = current_database() AND pid <> "
                                             "pg_backend_pid()"));
        CU_ASSERT_EQUAL(sell(&two.nodes[i % 2], two.slot, key, &two.answer), 201);
        CU_ASSERT_EQUAL(ask(&two.nodes[i % 2], "/readyz", &two.answer), 200);
        CU_ASSERT_EQUAL(ask(&two.nodes[i % 2], "/v1/slots", &two.answer), 200);
    }
    CU_ASSERT_EQUAL(sold(&two.site), 4);
    CU_ASSERT_FALSE(process_log_has(&two.nodes[0], 0, "store_away"));
    two_release(&two);
}

/* --- a key that not every node has --- */

static void copy_file(const char *from, const char *to)
{
    char text[8192];
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    size_t length;

    CU_ASSERT_FATAL(in && out);
    length = fread(text, 1, sizeof text, in);
    CU_ASSERT_EQUAL(fwrite(text, 1, length, out), length);
    fclose(in);
    fclose(out);
    chmod(to, 0600);
}

/* A till at a node without the key, of the ticket in the last answer. */
static void refuse_pass(struct two *two, const struct process *late)
{
    const char *ticket = strstr(two->answer.body, "TKT");
    char number[14] = "";

    CU_ASSERT_PTR_NOT_NULL_FATAL(ticket);
    text_copy(number, sizeof number, ticket);
    CU_ASSERT_EQUAL(
        run(&two->site, late->url, (const char *const[]){"admin", "qr", number, NULL}), 78);
    CU_ASSERT(said(&two->site, "This node lacks the newest site key: copy the key file"));
}

static void test_rotated(void)
{
    char old[200], variable[256];
    struct process late = {0};
    struct two two;

    two_start(&two, 20);
    snprintf(old, sizeof old, "%s/keys/late.key", two.site.folder);
    copy_file(two.site.key, old);
    snprintf(variable, sizeof variable, KEY_VARIABLE "%s", old);
    CU_ASSERT_TRUE_FATAL(process_start(
        &late, &(struct process_options){.store = two.site.uri,
                                         .environment = (const char *const[]){variable, NULL}}));
    CU_ASSERT_EQUAL(RUN(&two.site, "admin", "keys", "rotate"), 78);
    CU_ASSERT(said(&two.site, "keys make"));
    CU_ASSERT_EQUAL(RUN(&two.site, "admin", "keys", "make"), 0);
    CU_ASSERT_EQUAL(RUN(&two.site, "admin", "keys", "rotate"), 0); /* one node was forgotten */
    CU_ASSERT(wait_ready(&late, 503));
    CU_ASSERT_EQUAL(ask(&late, "/readyz", &two.answer), 503);
    CU_ASSERT_PTR_NOT_NULL(strstr(two.answer.body, "lacks the newest key"));
    CU_ASSERT_EQUAL(sell(&late, two.slot, "late", &two.answer), 503);
    CU_ASSERT_PTR_NOT_NULL(strstr(two.answer.body, "copy the key file"));
    CU_ASSERT_EQUAL(sold(&two.site), 0);
    CU_ASSERT_EQUAL(sell(&two.nodes[0], two.slot, "early", &two.answer), 201);
    refuse_pass(&two, &late);
    copy_file(two.site.key, old);
    CU_ASSERT(wait_ready(&late, 200));
    CU_ASSERT_EQUAL(sell(&late, two.slot, "late", &two.answer), 201);
    process_release(&late);
    two_release(&two);
}

SUITE(pg_serve, {"migrate makes a box office and its key, and does nothing twice", test_migrate},
      {"a newer schema is refused by all, and left alone", test_versions},
      {"a key that is missing or another one is refused, and none is made", test_keys},
      {"a password in an address is refused and never shown", test_addresses},
      {"two nodes sell the last places once", test_last_places},
      {"what one node sold the other one shows at once, also after a restart", test_seen_at_once},
      {"of a node that was killed nothing is lost, and nothing done twice", test_killed},
      {"while the server is away nodes say so, and come back by themselves", test_away},
      {"a connection that is cut is made again", test_cut},
      {"a node without the newest key sells nothing until it has it", test_rotated})
