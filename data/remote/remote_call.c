/* One request with patience. */
#include <string.h>

#include "core/text.h"
#include "data/remote/remote.h"

#define FIRST_PAUSE_MS 50
#define LONGEST_PAUSE_MS 2000
#define READ_TRIES_MAX 3 /* of a question whose line broke */

enum tk_code remote_fail_form(const struct remote *remote, struct tk_error *error)
{
    return tk_fail(error, TK_UNAVAILABLE,
                   "What answers at %.200s is no box office, or one of another version.",
                   http_client_url(remote->client));
}

/* Somebody else answers: what stands before the service, or another service. */
static enum tk_code fail_stranger(const struct remote *remote, const struct http_call *call,
                                  struct tk_error *error)
{
    const char *url = http_client_url(remote->client);
    int status = call->status;

    if (status == 400 && strcasestr(buffer_text(call->answer), "HTTPS port")) /* nginx says so */
        return tk_fail(error, TK_UNAVAILABLE,
                       "What answers at %.200s speaks HTTPS: write https://.", url);
    if (status == 502 || status == 503 || status == 504)
        return tk_fail(error, TK_UNAVAILABLE,
                       "The service behind the proxy at %.200s is away (%d).", url, status);
    return tk_fail(error, TK_UNAVAILABLE,
                   "What answers at %.200s is no box office: it says %d to this.", url, status);
}

/* What the service cannot know: where this program has its token from. */
static enum tk_code fail_token(const struct remote *remote, enum tk_code code,
                               struct tk_error *error)
{
    const char *url = http_client_url(remote->client);

    if (!remote->has_token)
        return tk_fail(error, TK_NO_TOKEN,
                       "The service at %.150s wants a token: put it into a file (mode 600) and name "
                       "that in store.token_file.", url);
    return tk_fail(error, code,
                   code == TK_TOKEN_REVOKED ? "The token%s%s was revoked at %.150s."
                                            : "The token%s%s is not known at %.150s (mistyped or "
                                              "revoked).",
                   remote->token_file[0] ? " in " : "", remote->token_file, url);
}

/* What an answer that is no success means. *ours: it is an answer of a box office. */
static enum tk_code read_problem(const struct remote *remote, const struct http_call *call,
                                 bool *ours, struct tk_error *error)
{
    struct json *document = NULL;
    const char *name, *detail;
    char sentence[TK_MESSAGE_MAX];
    enum tk_code code;

    *ours = false;
    if (strcasecmp(call->content_type, "application/problem+json") != 0 ||
        json_read(buffer_text(call->answer), call->answer->length, &document, NULL))
        return fail_stranger(remote, call, error);
    name = json_text(json_member(document, "code"));
    detail = json_text(json_member(document, "detail"));
    code = name ? tk_code_parse(name) : TK_CODE_COUNT;
    *ours = code != TK_CODE_COUNT && code != TK_OK;
    if (!*ours) {
        code = remote_fail_form(remote, error);
    } else if (tk_code_is_shut_out(code)) {
        fail_token(remote, code, error);
    } else {
        text_display(sentence, sizeof sentence, detail ? detail : tk_code_sentence(code));
        tk_fail(error, code, "%s", sentence);
    }
    json_free(document);
    return code;
}

enum tk_code remote_read_problem(const struct remote *remote, const struct http_call *call,
                                 struct tk_error *error)
{
    bool ours;

    return read_problem(remote, call, &ours, error);
}

enum tk_code remote_try(const struct remote *remote, struct http_call *call, bool *changed,
                        struct tk_error *error)
{
    enum tk_code code = http_client_call(remote->client, call, error);
    bool ours;

    *changed = code && call->sent;
    if (code)
        return code;
    if (call->status >= 200 && call->status < 300)
        return TK_OK;
    code = read_problem(remote, call, &ours, error);
    *changed = ours ? code == TK_UNKNOWN : call->status >= 500;
    return code;
}

/* SplitMix64: tills that were cut off together come back one by one */
static int64_t spread(struct remote *remote, int64_t ms)
{
    uint64_t x = remote->noise += UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x ^= x >> 27;
    return ms + (int64_t)(x % (uint64_t)(ms / 2 + 1));
}

int64_t remote_pause_before(struct remote *remote, const struct http_call *call, int tries)
{
    int64_t ms = FIRST_PAUSE_MS;

    while (--tries > 0 && ms < LONGEST_PAUSE_MS)
        ms *= 2;
    if (call->retry_after_s > 0)
        ms = (int64_t)call->retry_after_s * 1000;
    return spread(remote, ms);
}

/* Whether to ask again may help: the service said so, or the line broke. */
static bool may_help(enum tk_code code, const struct http_call *call, bool changes, bool uncertain,
                     int tries)
{
    switch (code) {
    case TK_OVERLOADED:
    case TK_DRAINING:
    case TK_RATE_LIMITED:
    case TK_KEY_RUNNING:
        return true;
    case TK_UNKNOWN:
    case TK_UNAVAILABLE:
        return changes ? uncertain : call->sent && tries < READ_TRIES_MAX;
    default:
        return false;
    }
}

/* What stands at the end, after a failure. */
static enum tk_code conclude(enum tk_code code, bool changes, bool uncertain,
                             struct tk_error *error)
{
    struct tk_error why = {.message = ""};

    if (!code || (changes ? !uncertain : code != TK_UNKNOWN))
        return code;
    if (error)
        why = *error;
    if (!changes)
        return tk_fail(error, TK_UNAVAILABLE, "%s", why.message);
    return tk_fail(error, TK_UNKNOWN, "It is not known whether this was done: look before you try "
                                      "again. (%.300s)", why.message);
}

enum tk_code remote_call(struct remote *remote, struct http_call *call, bool changes,
                         struct tk_error *error)
{
    int64_t began = http_client_clock_ms(), passed = 0, pause;
    int whole = call->timeout_ms ? call->timeout_ms : remote->timeout_ms;
    bool uncertain = false, changed;
    struct tk_error own;
    enum tk_code code;

    if (!error)
        error = &own;
    for (int tries = 1;; tries++) {
        if (whole > 0) /* 0 and less would mean something else: a pause may last longer than asked */
            call->timeout_ms = passed < whole ? (int)(whole - passed) : 1;
        code = remote_try(remote, call, &changed, error);
        uncertain = code && (uncertain || changed);
        if (!code || !may_help(code, call, changes, uncertain, tries))
            break;
        pause = remote_pause_before(remote, call, tries);
        passed = http_client_clock_ms() - began;
        if (whole > 0 && passed + pause >= whole)
            break;
        if (http_client_pause(remote->client, pause, passed, NULL)) {
            code = tk_fail_code(error, TK_INTERRUPTED);
            break;
        }
        passed = http_client_clock_ms() - began;
    }
    return conclude(code, changes, uncertain, error);
}

enum tk_code remote_get(struct remote *remote, struct http_call *call, struct json **document,
                        struct tk_error *error)
{
    enum tk_code code;

    call->method = "GET";
    call->path = buffer_text(&remote->path);
    call->file = -1;
    call->answer = &remote->answer;
    if (remote->path.failed)
        return tk_fail_code(error, TK_NO_MEMORY);
    code = remote_call(remote, call, false, error);
    if (code)
        return code;
    code = json_read(buffer_text(call->answer), call->answer->length, document, error);
    return code == TK_BAD_DATA ? remote_fail_form(remote, error) : code;
}
