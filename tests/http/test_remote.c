/* Counter and admin on a service: the real programs, with --db as its address. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "data/remote/http_client.h"
#include "data/remote/remote_store.h"
#include "tests/http/line.h"
#include "tests/kiosk/till.h"
#include "tests/support/fault_alloc.h"
#include "tests/support/fixture.h"
#include "tests/support/run.h"
#include "tests/support/served.h"
#include "tests/support/service.h"
#include "tests/support/test.h"

/* A box office with showings, a service on it, and a till that knows the service only. */
struct outpost {
    struct till house; /* on the file */
    struct till till;
    struct process process;
    char listen[200], settings[400];
};

static void outpost_open(struct outpost *outpost, bool tokens, const char *const *arguments)
{
    struct process_options options = {.tokens = tokens, .arguments = arguments,
                                      .secure = arguments != NULL,
                                      .settings = "[venue]\nzone = UTC\n"};

    *outpost = (struct outpost){0};
    till_init(&outpost->house);
    outpost->till = outpost->house;
    test_folder(outpost->till.folder, sizeof outpost->till.folder);
    snprintf(outpost->till.home, sizeof outpost->till.home, "HOME=%s", outpost->till.folder);
    snprintf(outpost->till.config, sizeof outpost->till.config, "%s/ticketly.ini",
             outpost->till.folder);
    till_add_settings(&outpost->till, "[venue]\nzone = UTC\n[till]\nclerk = Priya\n");
    snprintf(outpost->listen, sizeof outpost->listen, "unix:%s/sock", outpost->house.folder);
    options.store = outpost->house.store;
    options.listen = arguments ? "127.0.0.1:0" : outpost->listen;
    CU_ASSERT_FATAL(process_start(&outpost->process, &options));
    text_copy(outpost->till.store, sizeof outpost->till.store,
              arguments ? outpost->process.url : outpost->listen);
}

static void outpost_close(struct outpost *outpost)
{
    CU_ASSERT(process_stop(&outpost->process));
    CU_ASSERT(till_is_sound(&outpost->house));
    process_release(&outpost->process);
}

/* Runs a command on the till; what it says must hold `text`. */
static void expect(const struct outpost *outpost, int status, const char *text,
                   const char *const *words)
{
    struct buffer out;
    int ended;

    buffer_init(&out, 1 << 20);
    ended = till_admin(&outpost->till, &out, words);
    if (ended != status || !strstr(buffer_text(&out), text))
        printf("\n    %s: %d: %s\n", words[0], ended, buffer_text(&out));
    CU_ASSERT_EQUAL(ended, status);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), text));
    buffer_release(&out);
}

#define EXPECT(outpost, status, text, ...) \
    expect(outpost, status, text, (const char *const[]){__VA_ARGS__, NULL})

static void leave(struct term *term)
{
    int status = -1;

    CU_ASSERT(term_send(term, "q"));
    CU_ASSERT(term_wait_exit(term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    term_release(term);
}

static void test_counter_sells(void)
{
    struct outpost outpost;
    struct term term = {0};
    char pass[21], id[24], path[300];

    outpost_open(&outpost, false, NULL);
    CU_ASSERT_FATAL(till_counter(&outpost.till, &term, 24, 80, NULL, NULL));
    SEE(&term, "▌19:45 Skyfall");
    SEE(&term, "● service  Priya");
    CU_ASSERT(term_keys(&term, "Enter 2 Enter"));
    SEE(&term, "Sold: 2 tickets for Skyfall");
    till_pass(&term, pass);
    CU_ASSERT_EQUAL(strlen(pass), 20);
    CU_ASSERT_EQUAL(till_sold(&outpost.house), 2);
    /* the pass is the file's own: it opens the ticket there */
    {
        const char *const find[] = {"find", pass, NULL};
        struct buffer out;

        buffer_init(&out, 1 << 16);
        CU_ASSERT_EQUAL(till_admin(&outpost.house, &out, find), 0);
        snprintf(id, sizeof id, "TKT%.10s", pass);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), id));
        buffer_release(&out);
    }
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "3 of 5 left");
    CU_ASSERT(till_book(&outpost.house, TILL_SKYFALL, 1, NULL, NULL)); /* another till */
    SEE(&term, "2 of 5 left");
    leave(&term);
    snprintf(path, sizeof path, "%s.key", outpost.till.store);
    CU_ASSERT(access(path, F_OK) != 0);
    outpost_close(&outpost);
}

/* The service goes away under an open counter, and comes back. */
static void test_counter_outlives(void)
{
    struct outpost outpost;
    struct term term = {0};

    outpost_open(&outpost, false, NULL);
    CU_ASSERT_FATAL(till_counter(&outpost.till, &term, 24, 80, NULL, NULL));
    SEE(&term, "5 of 5 left");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(process_stop(&outpost.process));
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "cannot be reached");
    SEE(&term, "SERVICE AWAY");
    CU_ASSERT_EQUAL(till_sold(&outpost.house), 0);
    CU_ASSERT_FATAL(process_start_again(&outpost.process));
    SEE(&term, "answers again"); /* it is looked for, without a key */
    SEE_GONE(&term, "cannot be reached");
    SEE(&term, "● service  Priya");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket for Skyfall");
    CU_ASSERT_EQUAL(till_sold(&outpost.house), 1);
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "4 of 5 left");
    leave(&term);
    outpost_close(&outpost);
}

/* A sale that is on its way may be done though the clerk waits no more; a file gives it up. */
static void test_counter_waits(void)
{
    struct outpost outpost;
    struct term term = {0};
    int gate;

    outpost_open(&outpost, false, NULL);
    CU_ASSERT_FATAL(till_counter(&outpost.till, &term, 24, 60, NULL, NULL));
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    gate = till_hold_gate(&outpost.house);
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Esc stops waiting; it may still be done.");
    CU_ASSERT(!term_log_has(&term, 0, "nothing is done then"));
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "not known whether this was done");
    close(gate);
    CU_ASSERT(term_keys(&term, "Enter")); /* the same sale once more */
    SEE(&term, "Sold: 1 ticket for Skyfall");
    CU_ASSERT_EQUAL(till_sold(&outpost.house), 1);
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "4 of 5 left");
    leave(&term);
    outpost_close(&outpost);
}

/* The token is good no more under an open counter: it says so, and asks less and less often. */
static void test_counter_locked_out(void)
{
    static const struct line_reply replies[] = {
        {LINE_ANSWER, LINE_JSON("200 OK", LINE_STORE)},
        {LINE_ANSWER, LINE_PROBLEM("401 No", "", "{\"code\":\"token_required\"}")}};
    struct till till;
    struct line line;
    struct term term = {0};
    int64_t began;
    size_t asked;

    till_init(&till);
    line_start(&line, replies, 2);
    text_copy(till.store, sizeof till.store, line.url);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 100, NULL, NULL));
    SEE(&term, "NO ACCESS");
    SEE(&term, "wants a token");
    CU_ASSERT(term_wait_idle(&term, 100, TILL_WAIT_MS));
    asked = atomic_load(&line.asked);
    began = http_client_clock_ms();
    /* pauses of 1, 2 and 4 s, or, where one more was asked before, of 2, 4 and 8; each up to a quarter
       longer */
    while (atomic_load(&line.asked) < asked + 3 && http_client_clock_ms() - began < 20000)
        usleep(1000);
    CU_ASSERT(http_client_clock_ms() - began >= 2500);
    CU_ASSERT(http_client_clock_ms() - began < 20000);
    SEE(&term, "wants a token");
    CU_ASSERT(!term_log_has(&term, 0, "Working,"));
    asked = atomic_load(&line.asked);
    began = http_client_clock_ms();
    CU_ASSERT(term_keys(&term, "Ctrl-L"));
    while (atomic_load(&line.asked) == asked && http_client_clock_ms() - began < 10000)
        usleep(1000);
    CU_ASSERT(http_client_clock_ms() - began < 1500); /* who presses a key is not kept waiting */
    leave(&term);
    line_stop(&line);
}

/* A till that sells asks about once a second whether something changed. */
static void test_counter_asks_calmly(void)
{
    static const struct line_reply replies[] = {
        {LINE_ANSWER, LINE_JSON("200 OK", LINE_STORE)},
        {LINE_ANSWER, LINE_JSON("200 OK", LINE_STORE)},
        {LINE_ANSWER, LINE_JSON("200 OK", "{\"slots\":[],\"records\":[],\"count\":0,\"version\":7}")}};
    struct till till;
    struct line line;
    struct term term = {0};
    int64_t began;
    size_t asked;

    till_init(&till);
    line_start(&line, replies, 3);
    text_copy(till.store, sizeof till.store, line.url);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 100, NULL, NULL));
    SEE(&term, "● service 127.0.0.1:");
    CU_ASSERT(term_wait_idle(&term, 300, TILL_WAIT_MS));
    asked = atomic_load(&line.asked);
    began = http_client_clock_ms();
    while (atomic_load(&line.asked) < asked + 3 && http_client_clock_ms() - began < 10000)
        usleep(1000);
    CU_ASSERT(http_client_clock_ms() - began >= 1300);
    CU_ASSERT(http_client_clock_ms() - began < 10000);
    leave(&term);
    line_stop(&line);
}

static void test_admin_works(void)
{
    struct outpost outpost;
    char copy[200];
    struct stat info;

    outpost_open(&outpost, false, NULL);
    EXPECT(&outpost, 0, "Anna Berg", "book", "--slot", "100001", "--count", "2", "--name",
           "Anna Berg", "--phone", "555 1234");
    EXPECT(&outpost, 0, "Anna Berg", "find", "1234");
    EXPECT(&outpost, 1, "Only 3 places", "book", "--slot", "100001", "--count", "4");
    EXPECT(&outpost, 0, "Skyfall", "slots");
    EXPECT(&outpost, 0, "Everything adds up", "verify");
    EXPECT(&outpost, 0, "the service's", "config");
    EXPECT(&outpost, 0, "sqlite", "doctor");
    snprintf(copy, sizeof copy, "%s/copy.db", outpost.till.folder);
    EXPECT(&outpost, 0, "the service's key file", "backup", copy);
    CU_ASSERT(stat(copy, &info) == 0 && (info.st_mode & 0777) == 0600);
    EXPECT(&outpost, 73, "there already", "backup", copy);
    EXPECT(&outpost, 0, "0 tickets of 0 showings", "expire");
    outpost_close(&outpost);
    EXPECT(&outpost, 69, "cannot be reached", "slots");
}

/* Writes the token file that the settings name. */
static void write_token(const struct outpost *outpost, const char *token, mode_t mode)
{
    char path[200];
    FILE *file;

    snprintf(path, sizeof path, "%s/token", outpost->till.folder);
    unlink(path);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "%s\n", token);
    fclose(file);
    chmod(path, mode);
}

static void test_tokens(void)
{
    struct outpost outpost;
    char token[TOKEN_SIZE], line[300];

    outpost_open(&outpost, true, NULL);
    EXPECT(&outpost, 77, "name that in store.token_file", "slots");
    snprintf(line, sizeof line, "[store]\ntoken_file = %s/token\n", outpost.till.folder);
    till_add_settings(&outpost.till, line);
    EXPECT(&outpost, 78, "token file", "slots");
    write_token(&outpost, "not-a-token", 0600);
    EXPECT(&outpost, 78, "holds no token", "slots");
    write_token(&outpost, "tly_00000000000000000000000000000000", 0600);
    EXPECT(&outpost, 77, "mistyped or revoked", "slots");
    EXPECT(&outpost, 77, "/token is not known", "slots");
    CU_ASSERT_FATAL(process_token(&outpost.process, ROLE_CLERK, token));
    write_token(&outpost, token, 0644);
    EXPECT(&outpost, 78, "chmod 600", "slots");
    write_token(&outpost, token, 0600);
    EXPECT(&outpost, 0, "Skyfall", "book", "--slot", "100001", "--count", "1");
    EXPECT(&outpost, 77, "role", "backup", "/tmp/never-made.db");
    CU_ASSERT(access("/tmp/never-made.db", F_OK) != 0);
    EXPECT(&outpost, 77, "Scheduling needs a token of the role manager", "schedule", "--name", "X", "--description", "x", "--start",
           "2081-05-01 20:00", "--end", "2081-05-01 22:00", "--type", "Movie", "--genre", "Drama");
    outpost_close(&outpost);
}

/* What a role may not see is said, and what it may see is shown. */
static void test_roles_see(void)
{
    struct outpost outpost;
    struct term term = {0};
    char token[TOKEN_SIZE], line[300];

    outpost_open(&outpost, true, NULL);
    CU_ASSERT(till_book(&outpost.house, TILL_SKYFALL, 2, "Anna Berg", "5551234"));
    snprintf(line, sizeof line, "[store]\ntoken_file = %s/token\n", outpost.till.folder);
    till_add_settings(&outpost.till, line);
    CU_ASSERT_FATAL(process_token(&outpost.process, ROLE_DOOR, token));
    write_token(&outpost, token, 0600);
    EXPECT(&outpost, 0, "Booked", "tickets", "--slot", "100001");
    EXPECT(&outpost, 0, "Booked", "export", "tickets");
    CU_ASSERT_FATAL(process_token(&outpost.process, ROLE_READER, token));
    write_token(&outpost, token, 0600);
    CU_ASSERT_FATAL(till_counter(&outpost.till, &term, 24, 80, NULL, NULL));
    SEE(&term, "3 of 5 left");
    CU_ASSERT(term_keys(&term, "t"));
    SEE(&term, "2 sold");
    SEE(&term, "of the role door");
    CU_ASSERT(!term_find(&term, "Nothing was sold", NULL, NULL));
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "3 of 5 left");
    leave(&term);
    outpost_close(&outpost);
}

/* An address that is written by half is no file. */
static void test_no_address(void)
{
    struct outpost outpost = {0};

    till_init(&outpost.till);
    text_copy(outpost.till.store, sizeof outpost.till.store, "localhost:8477");
    EXPECT(&outpost, 78, "did you mean http://localhost:8477?", "slots");
    CU_ASSERT(access("localhost:8477", F_OK) != 0);
    text_copy(outpost.till.store, sizeof outpost.till.store, "[::1]:8477");
    EXPECT(&outpost, 78, "did you mean http://[::1]:8477?", "slots");
    text_copy(outpost.till.store, sizeof outpost.till.store, "ftp://foo");
    EXPECT(&outpost, 78, "http, https, unix: and postgresql are known", "slots");
}

static void test_dry_run(void)
{
    static const char head[] = "slotName,startTime,endTime,slotType,genre\n";
    struct outpost outpost;
    char path[200], wanted[60];
    FILE *file;

    outpost_open(&outpost, false, NULL);
    snprintf(path, sizeof path, "%s/programme.csv", outpost.till.folder);
    for (int rows = 3; rows < 3000; rows += 2500) {
        file = fopen(path, "w");
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        fputs(head, file);
        for (int i = 0; i < rows; i++)
            fprintf(file, "Film %d,2081-05-01 20:00,2081-05-01 22:00,Movie,Drama\n", i);
        fclose(file);
        snprintf(wanted, sizeof wanted, "%d showings to be added, %d known already",
                 rows == 3 ? 3 : rows - 3, rows == 3 ? 0 : 3);
        for (int i = 0; i < 6; i++) /* more often than there is room for imports */
            EXPECT(&outpost, 0, wanted, "import", path, "--dry-run");
        EXPECT(&outpost, 0, "showings added", "import", path);
    }
    outpost_close(&outpost);
}

static bool make_certificate(char *certificate, char *key, size_t size)
{
    char folder[128];
    const char *const argv[] = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                                "-keyout", key, "-out", certificate, "-days", "2", "-subj",
                                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", NULL};
    struct run_options options = {.home = folder};
    struct run run = {0};
    bool made;

    test_folder(folder, sizeof folder);
    snprintf(certificate, size, "%s/cert.pem", folder);
    snprintf(key, size, "%s/key.pem", folder);
    run_program(&run, &options, argv);
    made = run.status == 0;
    run_release(&run);
    return made;
}

static void test_tls(void)
{
    struct outpost outpost;
    char certificate[200], key[200], line[300];
    const char *const arguments[] = {"--tls-cert", certificate, "--tls-key", key, NULL};

    if (!make_certificate(certificate, key, sizeof key)) {
        test_skip("there is no openssl to make a certificate");
        return;
    }
    outpost_open(&outpost, false, arguments);
    CU_ASSERT_EQUAL(strncmp(outpost.till.store, "https://", 8), 0);
    EXPECT(&outpost, 69, "cannot be trusted", "slots");
    EXPECT(&outpost, 69, "name it in store.ca_file", "slots");
    snprintf(line, sizeof line, "[store]\nca_file = %s\n", certificate);
    till_add_settings(&outpost.till, line);
    EXPECT(&outpost, 0, "Skyfall", "slots");
    snprintf(line, sizeof line, "%s", outpost.till.store);
    snprintf(outpost.till.store, sizeof outpost.till.store, "https://localhost%s",
             strrchr(line, ':'));
    EXPECT(&outpost, 69, "cannot be trusted", "slots"); /* another name than in the certificate */
    snprintf(outpost.till.store, sizeof outpost.till.store, "http%s", line + 5);
    EXPECT(&outpost, 69, "speaks HTTPS: write https://", "slots");
    outpost_close(&outpost);
}

static void test_no_tls(void)
{
    struct process_options options = {.folder = NULL};
    struct outpost outpost = {0};

    till_init(&outpost.till);
    CU_ASSERT_FATAL(process_start(&outpost.process, &options));
    snprintf(outpost.till.store, sizeof outpost.till.store, "https%s", outpost.process.url + 4);
    EXPECT(&outpost, 69, "does not speak HTTPS: write http://", "slots");
    CU_ASSERT(process_stop(&outpost.process));
    process_release(&outpost.process);
}

/* --- the store itself, with a service in this process --- */

static int64_t stand_still(void *context)
{
    (void)context;
    return FIXTURE_NOW;
}

static struct store *open_served(char *path, size_t size)
{
    struct served_options options = {.rules = {.expire_after = 8 * TIME_HOUR},
                                     .now = stand_still};
    char folder[128];

    test_folder(folder, sizeof folder);
    snprintf(path, size, "%s/office.db", folder);
    options.path = path;
    return served_open(&options);
}

static struct operation make_schedule(uint64_t number, size_t description)
{
    struct operation operation = {.kind = OP_SCHEDULE, .actor = "P", .device = "t",
                                  .at = FIXTURE_NOW,
                                  .schedule = {.name = "Heat", .starts_at = FIXTURE_NOW + TIME_HOUR,
                                               .ends_at = FIXTURE_NOW + 3 * TIME_HOUR,
                                               .capacity = 20}};
    uint8_t noise[10] = {0};

    memset(operation.schedule.description, 'x', description);
    for (int i = 0; i < 8; i++)
        noise[2 + i] = (uint8_t)(number >> (56 - 8 * i));
    operation.id = op_id_make(FIXTURE_NOW / 1000, noise);
    return operation;
}

/* More ids than an address holds, the last first. */
static void ask_by_ids(struct store *store, struct slot_list *list)
{
    struct slot_query query = SLOT_QUERY_ALL;
    int64_t ids[OP_BATCH_MAX];

    for (int i = 0; i < OP_BATCH_MAX; i++)
        ids[i] = SLOT_ID_FIRST + OP_BATCH_MAX - 1 - i;
    query.ids = ids;
    query.id_count = OP_BATCH_MAX;
    CU_ASSERT_EQUAL(store->ops->list_slots(store, &query, list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list->count, OP_BATCH_MAX);
    for (int i = 0; i < OP_BATCH_MAX; i++)
        CU_ASSERT_EQUAL(list->items[i].id, ids[i]);
}

/* Each slot has its own key, asked for the first time or again. */
static void compare_keys(struct store *store)
{
    struct crypto_key keys[4];

    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(remote_store_slot_key(store, SLOT_ID_FIRST + i % 2, 1, &keys[i], NULL), TK_OK);
    CU_ASSERT_NOT_EQUAL(memcmp(&keys[0], &keys[1], sizeof keys[0]), 0);
    CU_ASSERT_EQUAL(memcmp(&keys[0], &keys[2], sizeof keys[0]), 0);
    CU_ASSERT_EQUAL(memcmp(&keys[1], &keys[3], sizeof keys[0]), 0);
}

static enum tk_code next_showing(void *context, struct operation *operation, bool *end,
                                 struct tk_error *error)
{
    uint64_t *given = context;

    (void)error;
    *end = *given == 2500;
    if (!*end)
        *operation = make_schedule(++*given, 1000);
    return TK_OK;
}

/* More than one request may hold, all or none. */
static void test_large_import(void)
{
    uint64_t given = 0;
    struct operation_source source = {.next = next_showing, .context = &given};
    struct slot_query query = SLOT_QUERY_ALL;
    size_t applied = 0, replayed = 0;
    struct tk_error error = {0};
    int64_t count = 0;
    char path[200];
    struct store *store = open_served(path, sizeof path);

    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(store->ops->apply_all(store, &source, &applied, &replayed, &error), TK_OK);
    CU_ASSERT(applied == 2500 && replayed == 0);
    CU_ASSERT_EQUAL(store->ops->count_slots(store, &query, &count, &error), TK_OK);
    CU_ASSERT_EQUAL(count, 2500);
    store_close(store);
}

/* More than one request may hold; some of it again. */
static void test_large_batch(void)
{
    struct operation *operations = calloc(OP_BATCH_MAX, sizeof *operations);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    struct tk_error error = {0};
    char path[200];
    struct store *store = open_served(path, sizeof path);

    CU_ASSERT_FATAL(store && operations && outcomes);
    for (size_t i = 0; i < OP_BATCH_MAX; i++)
        operations[i] = make_schedule(i + 1, SLOT_DESCRIPTION_SIZE - 1);
    for (int round = 0; round < 2; round++) {
        CU_ASSERT_EQUAL(store_apply(store, operations, OP_BATCH_MAX, outcomes, &error), TK_OK);
        for (size_t i = 0; i < OP_BATCH_MAX; i++)
            CU_ASSERT(outcomes[i].code == TK_OK && outcomes[i].replayed == (round == 1) &&
                      outcomes[i].slot_id == SLOT_ID_FIRST + (int64_t)i);
    }
    CU_ASSERT_EQUAL(store->ops->list_slots(store, &query, &list, &error), TK_OK);
    CU_ASSERT_EQUAL(list.count, OP_BATCH_MAX);
    slot_list_clear(&list);
    ask_by_ids(store, &list);
    slot_list_release(&list);
    compare_keys(store);
    store_close(store);
    free(operations);
    free(outcomes);
}

struct asked {
    struct store *store;
    struct operation operation;
};

static enum tk_code sell_and_look(struct asked *asked)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    struct outcome outcome = {0};
    struct crypto_key key;
    enum tk_code code = store_apply(asked->store, &asked->operation, 1, &outcome, NULL);

    if (!code)
        code = asked->store->ops->list_slots(asked->store, &query, &list, NULL);
    if (!code)
        code = remote_store_slot_key(asked->store, SLOT_ID_FIRST, 1, &key, NULL);
    slot_list_release(&list);
    return code;
}

/* Every allocation of ours fails once; what was sold is sold once. */
static void test_no_memory(void)
{
    struct process process;
    struct process_options options = {.folder = NULL};
    struct asked asked = {.operation = make_schedule(1, 10)};
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    bool struck = true;

    CU_ASSERT_FATAL(process_start(&process, &options));
    fault_alloc_install();
    for (int64_t n = 1; struck && n < 2000; n++) {
        struct remote_options remote = {.url = process.url};
        enum tk_code code;

        asked.store = NULL;
        fault_alloc_arm(n, false);
        code = remote_store_open(&remote, &asked.store, NULL);
        if (!code)
            code = sell_and_look(&asked);
        struck = fault_alloc_disarm();
        CU_ASSERT(code == TK_OK || code == TK_NO_MEMORY || code == TK_UNKNOWN ||
                  code == TK_UNAVAILABLE);
        CU_ASSERT(struck || code == TK_OK);
        store_close(asked.store);
    }
    fault_alloc_remove();
    {
        struct remote_options remote = {.url = process.url};

        CU_ASSERT_EQUAL_FATAL(remote_store_open(&remote, &asked.store, NULL), TK_OK);
        CU_ASSERT_EQUAL(asked.store->ops->list_slots(asked.store, &query, &list, NULL), TK_OK);
        CU_ASSERT_EQUAL(list.count, 1);
        slot_list_release(&list);
        store_close(asked.store);
    }
    CU_ASSERT(process_stop(&process));
    process_release(&process);
}

SUITE(remote, {"a counter sells through a service", test_counter_sells},
      {"a counter goes on when its service comes back", test_counter_outlives},
      {"a sale that is on its way is not promised to be undone", test_counter_waits},
      {"a counter that is locked out asks less and less often", test_counter_locked_out},
      {"a counter asks for changes once a second", test_counter_asks_calmly},
      {"a door sees tickets without names, a reader that it may not", test_roles_see},
      {"an address by half is told from a file", test_no_address},
      {"a dry run counts as it does on a file", test_dry_run},
      {"https is told from http", test_no_tls},
      {"commands work through a service", test_admin_works},
      {"a till needs a token, and may what its role may", test_tokens},
      {"a service behind TLS is trusted by its certificate", test_tls},
      {"a batch larger than a request goes out in parts, each once", test_large_batch},
      {"an import larger than a request arrives whole", test_large_import},
      {"without memory it says so, and nothing is done twice", test_no_memory})
