/* The line to a centre that is a service. */
#include "data/remote/remote_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "data/remote/remote.h"

#define CONNECT_TIMEOUT_MS 2000
#define STORE_TIMEOUT_MS 10000

struct remote_line {
    struct sync_line line;
    struct remote
        remote; /* no store: of it a line has client, body, answer, and what sentences name */
    struct store *store; /* NULL: not asked for yet */
    char url[HTTP_CLIENT_URL_SIZE], token_file[256], ca_file[512], pin[512];
    char *token; /* owned, wiped at the end; NULL: none */
    int connect_timeout_ms, timeout_ms;
    struct store_watch watch;
    bool has_watch;
};

/* --- an exchange --- */

/* Whether something was done that is told to the service. What it does of its own accord for a
   till, such as granting places, is told with the next reply as well. */
static bool has_changes(const struct sync_request *request)
{
    return request->entries.count || request->operations.count;
}

/* An answer that does not come, or is none: what was sent may have been done all the same. */
static enum tk_code doubt(bool changes, enum tk_code code, struct tk_error *error)
{
    struct tk_error why = *error;

    if (code != TK_UNKNOWN && code != TK_UNAVAILABLE)
        return code;
    return tk_fail(error, changes ? TK_UNKNOWN : TK_UNAVAILABLE, "%s", why.message);
}

/* What answers has no such address: it is a service, but one from before there was sync. */
static enum tk_code fail_old(const struct remote *remote, struct tk_error *error)
{
    return tk_fail(
        error, TK_CONFIG,
        "The service at %.200s is of an older version: it knows no tills that sell while "
        "cut off.",
        http_client_url(remote->client));
}

static bool says_nothing_was_done(enum tk_code code)
{
    return code == TK_OVERLOADED || code == TK_DRAINING || code == TK_RATE_LIMITED;
}

/* Sends it, and again for as long as there is time while the service says that it did nothing. */
static enum tk_code call_service(struct remote *remote, struct http_call *call, int timeout_ms,
                                 bool *uncertain, struct tk_error *error)
{
    int64_t began = http_client_clock_ms(), passed = 0, pause;
    enum tk_code code;

    for (int tries = 1;; tries++) {
        call->timeout_ms = passed < timeout_ms ? (int)(timeout_ms - passed) : 1;
        code = remote_try(remote, call, uncertain, error);
        if (!says_nothing_was_done(code))
            return code;
        pause = remote_pause_before(remote, call, tries);
        passed = http_client_clock_ms() - began;
        if (passed + pause >= timeout_ms)
            return code;
        if (http_client_pause(remote->client, pause, passed, NULL))
            return tk_fail_code(error, TK_INTERRUPTED);
        passed = http_client_clock_ms() - began;
    }
}

static enum tk_code read_reply(struct remote *remote, const struct sync_request *request,
                               struct sync_reply *reply, struct tk_error *error)
{
    struct json *document = NULL;
    const struct buffer *answer = &remote->answer;
    enum tk_code code = json_read(buffer_text(answer), answer->length, &document, NULL);

    if (!code)
        code = sync_reply_read(document, reply, NULL);
    json_free(document);
    if (!code && reply->outcome_count && reply->outcome_count != request->operations.count)
        code = TK_BAD_DATA;
    if (!code)
        return TK_OK;
    sync_reply_release(reply);
    return code == TK_NO_MEMORY ? tk_fail(error, TK_UNKNOWN, "There was no memory for the answer.")
                                : remote_fail_form(remote, error);
}

/* Keys came in it. */
static void wipe_answer(struct remote *remote)
{
    if (remote->answer.data)
        crypto_wipe(remote->answer.data, remote->answer.length);
    buffer_clear(&remote->answer);
}

static enum tk_code post(struct remote *remote, const struct sync_request *request,
                         struct sync_reply *reply, int timeout_ms, struct tk_error *error)
{
    struct http_call call = {
        .method = "POST", .path = "/v1/sync", .file = -1, .answer = &remote->answer};
    bool changes = has_changes(request), uncertain = false;
    enum tk_code code;

    buffer_clear(&remote->body);
    sync_request_print(&remote->body, request);
    if (remote->body.failed)
        return tk_fail_code(error, TK_NO_MEMORY);
    call.body = remote->body.data;
    call.body_length = remote->body.length;
    code = call_service(remote, &call, timeout_ms, &uncertain, error);
    if (!code)
        code = doubt(changes, read_reply(remote, request, reply, error), error);
    else if (code == TK_NOT_FOUND)
        code = fail_old(remote, error);
    else if (uncertain || code == TK_UNKNOWN)
        code = doubt(changes, code, error);
    return code;
}

static enum tk_code exchange(struct sync_line *line, const struct sync_request *request,
                             struct sync_reply *reply, int timeout_ms, struct tk_error *error)
{
    struct remote *remote = &((struct remote_line *)(void *)line)->remote;
    struct tk_error why = {0};
    enum tk_code code = post(remote, request, reply, timeout_ms, &why);

    wipe_answer(remote);
    if (code && error)
        *error = why;
    return code;
}

static enum tk_code admit(struct sync_line *line, const struct admission_request *request,
                          struct admission *admission, struct tk_error *error)
{
    return remote_admit(&((struct remote_line *)(void *)line)->remote, request, admission, error);
}

/* --- the rest of the port --- */

static enum tk_code open_store(struct sync_line *base, struct store **store, struct tk_error *error)
{
    struct remote_line *line = (struct remote_line *)(void *)base;
    const struct remote_options options = {.url = line->url,
                                           .token = line->token,
                                           .token_file = line->token_file,
                                           .ca_file = line->ca_file[0] ? line->ca_file : NULL,
                                           .pin = line->pin,
                                           .connect_timeout_ms = line->connect_timeout_ms,
                                           .timeout_ms = line->timeout_ms};
    enum tk_code code = line->store ? TK_OK : remote_store_open(&options, &line->store, error);

    if (code)
        return code;
    remote_session_take(line->store, line->remote.session);
    line->store->ops->set_watch(line->store, line->has_watch ? &line->watch : NULL);
    *store = line->store;
    return TK_OK;
}

static void set_watch(struct sync_line *base, const struct store_watch *watch)
{
    struct remote_line *line = (struct remote_line *)(void *)base;

    line->has_watch = watch != NULL;
    if (watch)
        line->watch = *watch;
    http_client_set_watch(line->remote.client, watch);
    if (line->store)
        line->store->ops->set_watch(line->store, watch);
}

static void close_line(struct sync_line *base)
{
    struct remote_line *line = (struct remote_line *)(void *)base;

    store_close(line->store);
    http_client_close(line->remote.client);
    buffer_release(&line->remote.body);
    wipe_answer(&line->remote);
    buffer_release(&line->remote.answer);
    crypto_wipe(line->remote.session, sizeof line->remote.session);
    if (line->token)
        crypto_wipe(line->token, strlen(line->token));
    free(line->token);
    free(line);
}

static const struct sync_line_ops line_ops = {
    .exchange = exchange,
    .store = open_store,
    .set_watch = set_watch,
    .close = close_line,
    .admit = admit,
};

/* --- people --- */

bool remote_line_take_session(struct sync_line *base, const char *session)
{
    struct remote_line *line = (struct remote_line *)(void *)base;

    if (!remote_session_take(&line->remote.store, session))
        return false;
    return !line->store || remote_session_take(line->store, session);
}

void remote_line_session(const struct sync_line *base, char session[REMOTE_SESSION_SIZE])
{
    remote_session_copy(&((const struct remote_line *)(const void *)base)->remote.store, session);
}

/* --- opening --- */

static enum tk_code keep_options(struct remote_line *line, const struct remote_options *options,
                                 struct tk_error *error)
{
    struct remote *remote = &line->remote;

    line->connect_timeout_ms =
        options->connect_timeout_ms ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    line->timeout_ms = options->timeout_ms ? options->timeout_ms : STORE_TIMEOUT_MS;
    if (!text_copy(line->url, sizeof line->url, options->url) ||
        !text_copy(line->ca_file, sizeof line->ca_file, options->ca_file ? options->ca_file : "") ||
        !text_copy(line->pin, sizeof line->pin, options->pin ? options->pin : ""))
        return tk_fail(error, TK_CONFIG, "The address of the service is too long.");
    text_copy(line->token_file, sizeof line->token_file,
              options->token_file ? options->token_file : "");
    text_display(remote->token_file, sizeof remote->token_file, line->token_file);
    remote->has_token = options->token && *options->token;
    if (remote->has_token && !(line->token = strdup(options->token)))
        return tk_fail_code(error, TK_NO_MEMORY);
    remote->noise = (uint64_t)http_client_clock_ms() ^ (uint64_t)getpid() << 32;
    buffer_init(&remote->body, SYNC_REQUEST_MAX);
    buffer_init(&remote->answer, SYNC_REPLY_MAX);
    return TK_OK;
}

enum tk_code remote_line_open(const struct remote_options *options, struct sync_line **line,
                              struct tk_error *error)
{
    struct remote_line *made = calloc(1, sizeof *made);
    struct http_client_options client = {
        .url = options->url, .token = options->token, .ca_file = options->ca_file,
        .pin = options->pin};
    enum tk_code code;

    if (!made)
        return tk_fail_code(error, TK_NO_MEMORY);
    made->line.ops = &line_ops;
    code = keep_options(made, options, error);
    client.connect_timeout_ms = made->connect_timeout_ms;
    client.timeout_ms = made->timeout_ms;
    if (!code)
        code = http_client_open(&client, &made->remote.client, error);
    if (code)
        close_line(&made->line);
    else
        *line = &made->line;
    return code;
}
