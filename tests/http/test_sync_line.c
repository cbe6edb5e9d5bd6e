/* The line of a till to a service: on a wire that fails, and before services that are none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "data/remote/http_client.h"
#include "data/remote/remote_line.h"
#include "tests/http/line.h"
#include "tests/support/test.h"

#define TOKEN "tly_0123456789abcdefghjkmnpqrstvwxyz"
#define SOON_MS 600 /* an exchange's time; a busy machine gets as much again */
#define HTML(status)   \
    "HTTP/1.1 " status \
    "\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>Sign in</html>"
#define PROBLEM(status, more, code) \
    LINE_PROBLEM(status, more,      \
                 "{\"type\":\"urn:x\",\"code\":\"" code "\",\"detail\":\"So it is.\"}")

struct trial {
    struct line line;
    struct sync_line *sync;
    struct sync_request request;
    struct sync_reply reply;
    struct tk_error error;
    int64_t took_ms;
};

static void add_sale(struct sync_request *request)
{
    struct operation sale = {.kind = OP_BOOK,
                             .at = 1,
                             .actor = "Priya",
                             .device = "Till 9",
                             .book = {.slot = {.id = 100001}, .count = 1}};

    sale.id = op_id_make(1795370400000, (uint8_t[10]){5});
    CU_ASSERT_EQUAL(operation_list_add(&request->operations, &sale), TK_OK);
}

static void open_line(struct trial *trial, const char *url)
{
    struct remote_options options = {
        .url = url, .token = TOKEN, .token_file = "/etc/token", .timeout_ms = 60000};

    text_copy(trial->request.device, sizeof trial->request.device, "Till 9");
    CU_ASSERT_EQUAL_FATAL(remote_line_open(&options, &trial->sync, &trial->error), TK_OK);
}

/* One exchange with a sale in it, or with none, before a service that replies so. */
static enum tk_code try_it(struct trial *trial, const struct line_reply *replies, size_t count,
                           bool sells)
{
    int64_t began;
    enum tk_code code;

    *trial = (struct trial){.sync = NULL};
    line_start(&trial->line, replies, count);
    open_line(trial, trial->line.url);
    if (sells)
        add_sale(&trial->request);
    began = http_client_clock_ms();
    code = trial->sync->ops->exchange(trial->sync, &trial->request, &trial->reply, SOON_MS,
                                      &trial->error);
    trial->took_ms = http_client_clock_ms() - began;
    CU_ASSERT(trial->took_ms < 2 * SOON_MS);
    CU_ASSERT_PTR_NULL(strstr(trial->error.message, "tly_"));
    CU_ASSERT_EQUAL(code == TK_OK, trial->error.message[0] == '\0');
    return code;
}

static void end_it(struct trial *trial)
{
    trial->sync->ops->close(trial->sync);
    sync_request_release(&trial->request);
    sync_reply_release(&trial->reply);
    line_stop(&trial->line);
}

/* A reply as a service would write it, with so many outcomes. */
static const char *good_reply(size_t outcomes)
{
    static char text[4096];
    struct sync_reply reply = {.now = 1795370400000000, .outcome_count = outcomes};
    struct buffer json;

    reply.outcomes = calloc(outcomes + 1, sizeof *reply.outcomes);
    text_copy(reply.identity.centre, sizeof reply.identity.centre,
              "01a20673-4480-7102-8304-05060708090a");
    buffer_init(&json, sizeof text);
    sync_reply_print(&json, &reply, NULL);
    snprintf(text, sizeof text, LINE_JSON("200 OK", "%s"), buffer_text(&json));
    buffer_release(&json);
    sync_reply_release(&reply);
    return text;
}

static void check(const struct line_reply *reply, enum tk_code selling, enum tk_code asking,
                  const char *words)
{
    struct trial trial;
    enum tk_code code;

    for (int sells = 0; sells <= 1; sells++) {
        code = try_it(&trial, reply, 1, sells);
        if (code != (sells ? selling : asking) || !strstr(trial.error.message, words))
            printf("\n    %.60s: %s %s\n", reply->text, tk_code_name(code), trial.error.message);
        CU_ASSERT_EQUAL(code, sells ? selling : asking);
        CU_ASSERT_PTR_NOT_NULL(strstr(trial.error.message, words));
        end_it(&trial);
    }
}

static void test_answers(void)
{
    static const struct {
        struct line_reply reply;
        enum tk_code selling, asking;
        const char *words;
    } cases[] = {
        {{LINE_SILENT, ""}, TK_UNKNOWN, TK_UNAVAILABLE, "in time"},
        {{LINE_SILENT, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       "Content-Length: 900\r\n\r\n{\"centre\":"},
         TK_UNKNOWN,
         TK_UNAVAILABLE,
         "in time"},
        {{LINE_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"centre\":"},
         TK_UNKNOWN,
         TK_UNAVAILABLE,
         "broke"},
        {{LINE_FLOOD, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"},
         TK_UNKNOWN,
         TK_UNAVAILABLE,
         "127.0.0.1"},
        {{LINE_ANSWER, HTML("200 OK")}, TK_UNKNOWN, TK_UNAVAILABLE, "no box office"},
        {{LINE_ANSWER, LINE_JSON("200 OK", "{}")}, TK_UNKNOWN, TK_UNAVAILABLE, "no box office"},
        {{LINE_ANSWER, LINE_JSON("200 OK", "[]")}, TK_UNKNOWN, TK_UNAVAILABLE, "no box office"},
        {{LINE_ANSWER, HTML("502 Bad Gateway")}, TK_UNKNOWN, TK_UNAVAILABLE, "proxy"},
        {{LINE_ANSWER, HTML("401 Unauthorized")}, TK_UNAVAILABLE, TK_UNAVAILABLE, "401"},
        {{LINE_ANSWER, HTML("404 Not Found")}, TK_UNAVAILABLE, TK_UNAVAILABLE, "404"},
        {{LINE_ANSWER, HTML("302 Found")}, TK_UNAVAILABLE, TK_UNAVAILABLE, "302"},
        {{LINE_ANSWER, LINE_PROBLEM("401 Unauthorized", "", "{\"title\":\"Sign in\"}")},
         TK_UNAVAILABLE,
         TK_UNAVAILABLE,
         "no box office"},
        {{LINE_ANSWER, PROBLEM("401 Unauthorized", "", "token_required")},
         TK_NO_TOKEN,
         TK_NO_TOKEN,
         "/etc/token"},
        {{LINE_ANSWER, PROBLEM("401 Unauthorized", "", "token_revoked")},
         TK_TOKEN_REVOKED,
         TK_TOKEN_REVOKED,
         "/etc/token was revoked"},
        {{LINE_ANSWER, PROBLEM("404 Not Found", "", "not_found")},
         TK_CONFIG,
         TK_CONFIG,
         "older version: it knows no tills that sell while cut off."},
        {{LINE_ANSWER, PROBLEM("422 Unprocessable", "", "bad_operation")},
         TK_BAD_OPERATION,
         TK_BAD_OPERATION,
         "So it is."},
        {{LINE_ANSWER, PROBLEM("403 Forbidden", "", "forbidden")},
         TK_FORBIDDEN,
         TK_FORBIDDEN,
         "So it is."},
        {{LINE_ANSWER, PROBLEM("503 Unavailable", "", "unknown_outcome")},
         TK_UNKNOWN,
         TK_UNAVAILABLE,
         "So it is."},
        {{LINE_ANSWER, PROBLEM("503 Unavailable", "", "overloaded")},
         TK_OVERLOADED,
         TK_OVERLOADED,
         "So it is."},
        {{LINE_ANSWER, PROBLEM("503 Unavailable", "Retry-After: 9\r\n", "draining")},
         TK_DRAINING,
         TK_DRAINING,
         "So it is."},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i].reply, cases[i].selling, cases[i].asking, cases[i].words);
}

/* Nobody listens there: nothing of it was seen. */
static void test_nobody(void)
{
    static const struct line_reply none = {LINE_ANSWER, ""};
    struct trial trial = {.sync = NULL};

    line_start(&trial.line, &none, 1);
    open_line(&trial, trial.line.url);
    line_stop(&trial.line);
    add_sale(&trial.request);
    CU_ASSERT_EQUAL(
        trial.sync->ops->exchange(trial.sync, &trial.request, &trial.reply, SOON_MS, &trial.error),
        TK_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.error.message, "nobody listens"));
    trial.sync->ops->close(trial.sync);
    sync_request_release(&trial.request);
}

/* A service that says it did nothing is asked again; one that may have done it is not. */
static void test_again(void)
{
    struct line_reply replies[] = {
        {LINE_ANSWER, PROBLEM("503 Unavailable", "", "draining")},
        {LINE_ANSWER, good_reply(1)},
    };
    struct trial trial;

    CU_ASSERT_EQUAL(try_it(&trial, replies, 2, true), TK_OK);
    CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 2);
    CU_ASSERT_EQUAL(trial.reply.outcome_count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.line.last, "POST /v1/sync HTTP/1.1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.line.last, "Authorization: Bearer " TOKEN));
    CU_ASSERT_PTR_NULL(strcasestr(trial.line.last, "Idempotency-Key"));
    end_it(&trial);
    replies[0].text = PROBLEM("503 Unavailable", "", "unknown_outcome");
    CU_ASSERT_EQUAL(try_it(&trial, replies, 2, true), TK_UNKNOWN);
    CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 1);
    end_it(&trial);
}

/* As many outcomes as operations, or the answer is none. */
static void test_outcomes(void)
{
    struct line_reply reply = {LINE_ANSWER, good_reply(2)};
    struct trial trial;

    CU_ASSERT_EQUAL(try_it(&trial, &reply, 1, true), TK_UNKNOWN);
    end_it(&trial);
    reply.text = good_reply(0); /* a stranger gets none */
    CU_ASSERT_EQUAL(try_it(&trial, &reply, 1, true), TK_OK);
    end_it(&trial);
}

static bool at_once(void *context, int64_t waited_ms)
{
    (void)context;
    return waited_ms > 100;
}

static void test_gives_up(void)
{
    static const struct line_reply reply = {LINE_SILENT, ""};
    static const struct store_watch watch = {at_once, NULL};
    struct trial trial = {.sync = NULL};

    line_start(&trial.line, &reply, 1);
    open_line(&trial, trial.line.url);
    add_sale(&trial.request);
    trial.sync->ops->set_watch(trial.sync, &watch);
    CU_ASSERT_EQUAL(
        trial.sync->ops->exchange(trial.sync, &trial.request, &trial.reply, 60000, &trial.error),
        TK_INTERRUPTED);
    end_it(&trial);
}

/* Opening asks nobody; the store behind it is asked for once. */
static void test_open(void)
{
    static const struct line_reply hello = {LINE_ANSWER, LINE_JSON("200 OK", LINE_STORE)};
    struct remote_options options = {.url = "ftp://localhost"};
    struct store *first = NULL, *second = NULL;
    struct trial trial = {.sync = NULL};

    CU_ASSERT_EQUAL(remote_line_open(&options, &trial.sync, &trial.error), TK_CONFIG);
    options.url = "http://127.0.0.1:1";
    CU_ASSERT_EQUAL_FATAL(remote_line_open(&options, &trial.sync, &trial.error), TK_OK);
    CU_ASSERT_EQUAL(trial.sync->ops->store(trial.sync, &first, &trial.error), TK_UNAVAILABLE);
    trial.sync->ops->close(trial.sync);
    line_start(&trial.line, &hello, 1);
    open_line(&trial, trial.line.url);
    CU_ASSERT_EQUAL(atomic_load(&trial.line.asked), 0);
    CU_ASSERT_EQUAL(trial.sync->ops->store(trial.sync, &first, &trial.error), TK_OK);
    CU_ASSERT_EQUAL(trial.sync->ops->store(trial.sync, &second, &trial.error), TK_OK);
    CU_ASSERT(first && first == second && atomic_load(&trial.line.asked) == 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.line.first, "Bearer " TOKEN));
    end_it(&trial);
}

SUITE(http_sync_line, {"what each kind of answer means for what was sent", test_answers},
      {"where nobody listens nothing was done", test_nobody},
      {"it is sent again only when nothing was done", test_again},
      {"each operation has its outcome", test_outcomes}, {"a person may give up", test_gives_up},
      {"opening asks nobody, and the store is opened once", test_open})
