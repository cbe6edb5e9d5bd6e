/* A store behind HTTP on a line that fails, and before services that are none. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "data/remote/remote_store.h"
#include "data/remote/token_file.h"
#include "tests/http/line.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

#define HELLO {LINE_ANSWER, LINE_JSON("200 OK", LINE_STORE)}
#define SOLD                                                                                       \
    {LINE_ANSWER, LINE_JSON("200 OK", "{\"outcomes\":[{\"code\":\"ok\",\"slotId\":100001,"          \
                                      "\"count\":2,\"replayed\":false}]}")}
#define TOKEN "tly_0123456789abcdefghjkmnpqrstvwxyz"

struct trial {
    struct line line;
    struct store *store;
    struct tk_error error;
};

/* A store on a line with these replies, the first of which opens it. */
static void trial_start(struct trial *trial, const struct line_reply *replies, size_t count)
{
    struct remote_options options = {.token = TOKEN, .timeout_ms = 1500};

    *trial = (struct trial){0};
    line_start(&trial->line, replies, count);
    options.url = trial->line.url;
    CU_ASSERT_EQUAL_FATAL(remote_store_open(&options, &trial->store, &trial->error), TK_OK);
}

static void trial_end(struct trial *trial)
{
    store_close(trial->store);
    line_stop(&trial->line);
    CU_ASSERT_PTR_NULL(strstr(trial->error.message, "tly_"));
}

static enum tk_code sell(struct trial *trial, struct outcome *outcome)
{
    static const uint8_t noise[10] = {7};
    struct operation operation = {.id = op_id_make(FIXTURE_NOW / 1000, noise),
                                  .kind = OP_BOOK,
                                  .actor = "Priya",
                                  .device = "till-1",
                                  .at = FIXTURE_NOW,
                                  .book = {.slot = {.id = 100001}, .count = 2}};

    *outcome = (struct outcome){0};
    return store_apply(trial->store, &operation, 1, outcome, &trial->error);
}

static enum tk_code ask(struct trial *trial)
{
    uint64_t version = 0;

    return trial->store->ops->version(trial->store, &version, &trial->error);
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#define TRIAL(...)                                                                                 \
    static const struct line_reply replies[] = {HELLO, __VA_ARGS__};                               \
    struct trial trial;                                                                            \
    trial_start(&trial, replies, sizeof replies / sizeof *replies)

static bool says(const struct trial *trial, const char *text)
{
    if (strstr(trial->error.message, text))
        return true;
    printf("\n    it says: %s\n", trial->error.message);
    return false;
}

/* The body of a request that was seen. */
static const char *body_of(const char *seen)
{
    const char *body = strstr(seen, "\r\n\r\n");

    return body ? body + 4 : "";
}

/* --- opening --- */

static enum tk_code open_at(const char *url, struct tk_error *error)
{
    struct remote_options options = {.url = url, .timeout_ms = 1000};
    struct store *store = NULL;
    enum tk_code code = remote_store_open(&options, &store, error);

    store_close(store);
    return code;
}

static void test_addresses(void)
{
    static const char *const bad[] = {
        "http://",  "http:///x", "http://a b", "http://user:secret@localhost", "http://localhost/x",
        "unix:",    "http://localhost?x=1", "http://localhost:99999", "office.db", "",
        "ftp://localhost",
    };
    struct tk_error error;

    CU_ASSERT(remote_is_url("http://h") && remote_is_url("https://h") && remote_is_url("unix:s"));
    CU_ASSERT(!remote_is_url("/var/http:") && !remote_is_url("") && !remote_is_url("office.db"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error = (struct tk_error){0};
        CU_ASSERT_EQUAL(open_at(bad[i], &error), TK_CONFIG);
        if (error.code != TK_CONFIG)
            printf("\n    %s: %s\n", bad[i], error.message);
        CU_ASSERT_PTR_NULL(strstr(error.message, "secret"));
    }
}

static void test_nobody_there(void)
{
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(open_at("http://127.0.0.1:1", &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "http://127.0.0.1:1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "nobody listens"));
    CU_ASSERT_EQUAL(open_at("http://nobody.invalid", &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "no machine has this name"));
    CU_ASSERT_EQUAL(open_at("unix:/tmp/no-such-socket", &error), TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "unix:/tmp/no-such-socket"));
}

/* Each of these answers, and what the store makes of it when it is opened. */
static void test_not_a_service(void)
{
    static const struct {
        struct line_reply reply;
        enum tk_code code;
        const char *says;
    } cases[] = {
        {{LINE_ANSWER, "SSH-2.0-OpenSSH_9.2\r\n"}, TK_UNAVAILABLE, "no box office"},
        {{LINE_ANSWER, LINE_JSON("200 OK", "{}")}, TK_UNAVAILABLE, "no box office"},
        {{LINE_ANSWER, LINE_JSON("200 OK", "<html>")}, TK_UNAVAILABLE, "no box office"},
        {{LINE_ANSWER, LINE_JSON("404 Not Found", "{}")}, TK_UNAVAILABLE, "says 404"},
        {{LINE_ANSWER, LINE_JSON("500 Oh", "")}, TK_UNAVAILABLE, "says 500"},
        {{LINE_ANSWER, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                       "Content-Length: 0\r\n\r\n"}, TK_UNAVAILABLE, "says 302"},
        {{LINE_CLOSE, ""}, TK_UNAVAILABLE, "broke"},
        {{LINE_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"}, TK_UNAVAILABLE, "broke"},
        {{LINE_SILENT, ""}, TK_UNAVAILABLE, "in time"},
        {{LINE_SILENT, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"}, TK_UNAVAILABLE, "in time"},
        {{LINE_FLOOD, "HTTP/1.1 200 OK\r\n\r\n"}, TK_UNAVAILABLE, "too long"},
        {{LINE_ANSWER, LINE_PROBLEM("403 Forbidden", "", "{\"code\":\"forbidden\","
                                    "\"detail\":\"Ask for \xE2\x80\xAE one.\"}")},
         TK_FORBIDDEN, "Ask for"},
        {{LINE_ANSWER, LINE_PROBLEM("401 Unauthorized", "", "{\"code\":\"token_required\"}")},
         TK_NO_TOKEN, "wants a token: put it into a file (mode 600) and name that in "
                      "store.token_file"},
        {{LINE_ANSWER, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"}, TK_UNAVAILABLE,
         "behind the proxy at http://127.0.0.1:"},
        {{LINE_ANSWER, LINE_JSON("503 Away", "<html>")}, TK_UNAVAILABLE, "is away (503)"},
        {{LINE_ANSWER, LINE_JSON("504 Away", "<html>")}, TK_UNAVAILABLE, "is away (504)"},
        {{LINE_ANSWER, LINE_JSON("400 No", "The plain HTTP request was sent to HTTPS port")},
         TK_UNAVAILABLE, "write https://"},
        {{LINE_ANSWER, LINE_PROBLEM("401 Unauthorized", "", "{\"code\":\"made_up\"}")},
         TK_UNAVAILABLE, "no box office"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tk_error error = {0};
        struct line line;

        line_start(&line, &cases[i].reply, 1);
        CU_ASSERT_EQUAL(open_at(line.url, &error), cases[i].code);
        if (!strstr(error.message, cases[i].says))
            printf("\n    case %zu says: %s\n", i, error.message);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].says));
        CU_ASSERT_PTR_NULL(strstr(error.message, "\xE2\x80\xAE"));
        line_stop(&line);
    }
}

static void test_opened(void)
{
    struct store_facts facts = {0};
    uint64_t version = 0;

    TRIAL(HELLO);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.line.first, "GET /v1/store HTTP/1.1\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.line.first, "Authorization: Bearer " TOKEN "\r\n"));
    CU_ASSERT_EQUAL(remote_store_rules(trial.store).expire_after, 5);
    CU_ASSERT_TRUE(remote_store_rules(trial.store).close_at_start);
    CU_ASSERT_EQUAL(remote_store_rules(trial.store).close_after, -6);
    CU_ASSERT_EQUAL(remote_store_rules(trial.store).admit_before, 7);
    CU_ASSERT_EQUAL(trial.store->ops->version(trial.store, &version, NULL), TK_OK);
    CU_ASSERT_EQUAL(version, 7);
    CU_ASSERT_EQUAL(trial.store->ops->facts(trial.store, &facts, NULL), TK_OK);
    CU_ASSERT_STRING_EQUAL(facts.location, trial.line.url);
    trial_end(&trial);
}

/* --- selling --- */

static void test_broken_then_sold(void)
{
    struct outcome outcome;

    TRIAL({LINE_CLOSE, ""}, {LINE_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"out"},
          {LINE_ANSWER, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"}, SOLD);
    CU_ASSERT_EQUAL(sell(&trial, &outcome), TK_OK);
    CU_ASSERT(outcome.code == TK_OK && outcome.slot_id == 100001 && outcome.count == 2);
    CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 5);
    CU_ASSERT_PTR_NOT_NULL(strstr(body_of(trial.line.last), "\"numTickets\":2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.line.last, "\r\nIdempotency-Key: "));
    trial_end(&trial);
}

/* What is not known stays so, whatever is said later. */
static void test_unknown(void)
{
    static const struct line_reply ends[][3] = {
        {HELLO, {LINE_CLOSE, ""}, {LINE_CLOSE, ""}},
        {HELLO, {LINE_SILENT, ""}, SOLD},
        {HELLO, {LINE_ANSWER, LINE_JSON("200 OK", "{\"outcomes\":[]}")}, SOLD},
        {HELLO, {LINE_ANSWER, LINE_JSON("200 OK", "{\"outcomes\":[{\"code\":\"what\"}]}")}, SOLD},
        {HELLO, {LINE_ANSWER, LINE_JSON("200 OK", "oh")}, SOLD},
        {HELLO, {LINE_FLOOD, "HTTP/1.1 200 OK\r\n\r\n"}, {LINE_FLOOD, "HTTP/1.1 200 OK\r\n\r\n"}},
        {HELLO, {LINE_CLOSE, ""}, {LINE_ANSWER, LINE_PROBLEM("503 No", "", "{\"code\":\"busy\"}")}},
        {HELLO, {LINE_ANSWER, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"},
         {LINE_ANSWER, LINE_PROBLEM("503 No", "", "{\"code\":\"busy\"}")}},
        {HELLO, {LINE_ANSWER, LINE_JSON("200 OK", "{\"outcomes\":[{\"code\":\"ok\"},"
                                                  "{\"code\":\"ok\"}]}")}, SOLD},
        {HELLO, {LINE_ANSWER, LINE_PROBLEM("503 No", "", "{\"code\":\"unknown_outcome\"}")},
         {LINE_ANSWER, LINE_PROBLEM("503 No", "", "{\"code\":\"unknown_outcome\"}")}},
    };

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct outcome outcome;
        struct trial trial;

        trial_start(&trial, ends[i], 3);
        CU_ASSERT_EQUAL(sell(&trial, &outcome), TK_UNKNOWN);
        if (trial.error.code != TK_UNKNOWN)
            printf("\n    case %zu\n", i);
        CU_ASSERT(says(&trial, "not known"));
        trial_end(&trial);
    }
}

/* The service said no and nothing else happened: nothing is unknown, nothing is sent again. */
static void test_refused(void)
{
    static const struct {
        const char *text;
        enum tk_code code;
    } cases[] = {
        {LINE_PROBLEM("503 No", "", "{\"code\":\"busy\",\"detail\":\"In use.\"}"), TK_BUSY},
        {LINE_PROBLEM("403 No", "", "{\"code\":\"forbidden\",\"detail\":\"Not you.\"}"), TK_FORBIDDEN},
        {LINE_PROBLEM("507 No", "", "{\"code\":\"disk_full\",\"detail\":\"Full.\"}"), TK_DISK_FULL},
        {LINE_PROBLEM("422 No", "", "{\"code\":\"bad_operation\"}"), TK_BAD_OPERATION},
        {LINE_JSON("413 No", "<html>"), TK_UNAVAILABLE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct line_reply replies[] = {HELLO, {LINE_ANSWER, cases[i].text}};
        struct outcome outcome;
        struct trial trial;

        trial_start(&trial, replies, 2);
        CU_ASSERT_EQUAL(sell(&trial, &outcome), cases[i].code);
        CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 2);
        trial_end(&trial);
    }
}

/* Nothing of it was let in: the service's own words reach whoever asked. */
static void test_refused_in_words(void)
{
    struct outcome outcome;

    TRIAL({LINE_ANSWER, LINE_JSON("200 OK", "{\"outcomes\":[{\"code\":\"forbidden\","
                                            "\"message\":\"Not you, \xE2\x80\xAE door.\"}]}")});
    CU_ASSERT_EQUAL(sell(&trial, &outcome), TK_FORBIDDEN);
    CU_ASSERT(says(&trial, "Not you,"));
    CU_ASSERT_PTR_NULL(strstr(trial.error.message, "\xE2\x80\xAE"));
    trial_end(&trial);
}

static void test_waits(void)
{
    struct outcome outcome;
    int64_t began;

    TRIAL({LINE_ANSWER, LINE_PROBLEM("429 No", "Retry-After: 1\r\n", "{\"code\":\"rate_limited\"}")},
          SOLD);
    began = clock_ms();
    CU_ASSERT_EQUAL(sell(&trial, &outcome), TK_OK);
    CU_ASSERT(clock_ms() - began >= 1000);
    CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 3);
    trial_end(&trial);
}

static void test_waits_for_its_own(void)
{
    struct outcome outcome;

    TRIAL({LINE_ANSWER, LINE_PROBLEM("409 No", "", "{\"code\":\"still_running\"}")},
          {LINE_ANSWER, LINE_PROBLEM("503 No", "", "{\"code\":\"draining\"}")},
          {LINE_ANSWER, LINE_PROBLEM("503 No", "", "{\"code\":\"overloaded\"}")}, SOLD);
    CU_ASSERT_EQUAL(sell(&trial, &outcome), TK_OK);
    trial_end(&trial);
}

/* A service that asks for more patience than there is: it is said at once, and nothing was done. */
static void test_no_patience(void)
{
    struct outcome outcome;

    TRIAL({LINE_ANSWER, LINE_PROBLEM("503 No", "Retry-After: 60\r\n", "{\"code\":\"overloaded\","
                                     "\"detail\":\"Too much.\"}")}, SOLD);
    CU_ASSERT_EQUAL(sell(&trial, &outcome), TK_OVERLOADED);
    CU_ASSERT(says(&trial, "Too much."));
    CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 2);
    trial_end(&trial);
}

/* When what is asked was surely sent. */
static bool stop_soon(void *context, int64_t waited_ms)
{
    (void)context;
    return waited_ms > 300;
}

static void test_given_up(void)
{
    struct store_watch watch = {stop_soon, NULL};
    struct outcome outcome;

    TRIAL({LINE_SILENT, ""});
    trial.store->ops->set_watch(trial.store, &watch);
    CU_ASSERT_EQUAL(ask(&trial), TK_INTERRUPTED);
    CU_ASSERT_EQUAL(sell(&trial, &outcome), TK_UNKNOWN); /* it was sent */
    trial_end(&trial);
}

/* --- reading --- */

#define NEXT(address) "\r\nLink: <" address ">; rel=\"next\""
#define ANNA "{\"customers\":[{\"userId\":\"U7K3QF9XW2M\",\"tickets\":1}]}"

static void test_asked_again(void)
{
    TRIAL({LINE_CLOSE, ""}, HELLO);
    CU_ASSERT_EQUAL(ask(&trial), TK_OK);
    trial_end(&trial);
}

static void test_pages(void)
{
    struct customer_query query = {.limit = 3};
    struct customer_list list = {0};

    TRIAL({LINE_ANSWER, LINE_JSON("200 OK" NEXT("/v1/customers?after=9&limit=2"), ANNA)},
          {LINE_ANSWER, LINE_JSON("200 OK" NEXT("http://evil.example/"), ANNA)});
    CU_ASSERT_EQUAL(trial.store->ops->list_customers(trial.store, &query, &list, &trial.error),
                    TK_OK);
    CU_ASSERT_EQUAL(list.count, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.line.last, "GET /v1/customers?after=9&limit=2 HTTP"));
    CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 3);
    trial_end(&trial);
    customer_list_release(&list);
}

/* A service that never comes to an end is none. */
static void test_endless_pages(void)
{
    struct customer_query query = {.limit = 3};
    struct customer_list list = {0};

    TRIAL({LINE_ANSWER, LINE_JSON("200 OK" NEXT("/v1/customers?after=9"), "{\"customers\":[]}")});
    CU_ASSERT_EQUAL(trial.store->ops->list_customers(trial.store, &query, &list, &trial.error),
                    TK_UNAVAILABLE);
    CU_ASSERT(says(&trial, "no box office"));
    trial_end(&trial);
    customer_list_release(&list);
}

static void test_backup_breaks(void)
{
    char folder[128], path[160];

    TRIAL({LINE_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nSQLite"},
          {LINE_ANSWER, LINE_PROBLEM("507 No", "", "{\"code\":\"disk_full\"}")},
          {LINE_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nSQLite"});
    struct store *store = trial.store;
    struct stat info;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/copy.db", folder);
    CU_ASSERT_EQUAL(store->ops->backup(store, path, NULL, NULL, &trial.error), TK_UNAVAILABLE);
    CU_ASSERT_EQUAL(store->ops->backup(store, path, NULL, NULL, &trial.error), TK_DISK_FULL);
    CU_ASSERT(rmdir(folder) == 0 && mkdir(folder, 0700) == 0); /* nothing is left behind */
    CU_ASSERT_EQUAL(store->ops->backup(store, path, NULL, NULL, &trial.error), TK_OK);
    CU_ASSERT(stat(path, &info) == 0 && info.st_size == 6 && (info.st_mode & 0777) == 0600);
    CU_ASSERT_EQUAL(store->ops->backup(store, path, NULL, NULL, &trial.error), TK_CANNOT_CREATE);
    trial_end(&trial);
}

/* --- the token --- */

static enum tk_code read_token(const char *text, mode_t mode, char token[TOKEN_FILE_SIZE],
                               struct tk_error *error)
{
    char folder[128], path[160];
    FILE *file;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/token", folder);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
    return token_file_read(path, token, error);
}

static void test_token_file(void)
{
    char token[TOKEN_FILE_SIZE];
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(read_token(TOKEN " \r\n", 0600, token, &error), TK_OK);
    CU_ASSERT_STRING_EQUAL(token, TOKEN);
    CU_ASSERT_EQUAL(read_token(TOKEN, 0640, token, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "chmod 600"));
    CU_ASSERT_EQUAL(read_token("", 0600, token, &error), TK_CONFIG);
    CU_ASSERT_EQUAL(read_token("secret-of-mine", 0600, token, &error), TK_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "holds no token"));
    CU_ASSERT_PTR_NULL(strstr(error.message, "secret-of-mine"));
    CU_ASSERT_EQUAL(read_token(TOKEN "0", 0600, token, &error), TK_CONFIG);
    CU_ASSERT_EQUAL(read_token("a\nb", 0600, token, &error), TK_CONFIG);
    CU_ASSERT_EQUAL(token_file_read("/tmp/no/such/token", token, &error), TK_CONFIG);
    CU_ASSERT_EQUAL(token_file_read("/tmp", token, &error), TK_CONFIG);
    CU_ASSERT_PTR_NULL(strstr(error.message, TOKEN));
}

SUITE(remote_line, {"what is no address is refused", test_addresses},
      {"nobody there", test_nobody_there}, {"somebody else there", test_not_a_service},
      {"a service is asked who it is", test_opened},
      {"a sale whose line broke is sent again", test_broken_then_sold},
      {"what is not known is said so", test_unknown},
      {"a refusal is final, with its sentence", test_refused},
      {"what the role may not is told in the service's words", test_refused_in_words},
      {"a service that is busy is waited for", test_waits},
      {"so is a first request that is still at work", test_waits_for_its_own},
      {"nobody waits longer than the time there is", test_no_patience},
      {"whoever waits can give up", test_given_up},
      {"a question whose line broke is asked again", test_asked_again},
      {"pages are followed, on this service only", test_pages},
      {"pages without end are refused", test_endless_pages},
      {"a backup is whole or not there", test_backup_breaks},
      {"a token comes from a file for one's own eyes", test_token_file})
