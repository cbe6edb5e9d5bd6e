#include "data/remote/remote_sign_on.h"

#include <string.h>
#include <sys/random.h>

#include "core/text.h"
#include "data/remote/remote.h"

static void wipe_buffer(struct buffer *buffer)
{
    if (buffer->data)
        crypto_wipe(buffer->data, buffer->length);
    buffer_clear(buffer);
}

/* POSTs {"number":…,"secret":…} once; the answer is the caller's to free. */
static enum tk_code post_secret(struct remote *remote, const char *path, int64_t number,
                                const char *secret, const char *approve, struct json **document,
                                struct tk_error *error)
{
    struct buffer *body = &remote->body;
    struct http_call call = {.method = "POST", .path = path, .file = -1, .answer = &remote->answer};
    enum tk_code code;
    bool changed;

    buffer_clear(body);
    json_put_open(body, NULL, '{');
    json_put_int(body, "number", number);
    json_put_text(body, "secret", secret);
    if (approve)
        json_put_text(body, "approve", approve);
    json_put_close(body, '}');
    call.body = body->data;
    call.body_length = body->length;
    code = body->failed ? tk_fail_code(error, TK_NO_MEMORY)
                        : remote_try(remote, &call, &changed, error);
    if (code == TK_UNKNOWN)
        code = tk_fail(error, TK_UNAVAILABLE, "The service at %.200s did not answer: try again.",
                       http_client_url(remote->client));
    if (!code && json_read(buffer_text(call.answer), call.answer->length, document, NULL))
        code = remote_fail_form(remote, error);
    wipe_buffer(body);
    wipe_buffer(&remote->answer);
    return code;
}

static bool read_staff(const struct json *document, struct staff *staff)
{
    const struct json *member = json_member(document, "staff");
    const char *name = json_text(json_member(member, "name"));
    const char *role = json_text(json_member(member, "role"));

    *staff = (struct staff){0};
    return json_whole(json_member(member, "number"), &staff->number) && name && role &&
           text_copy(staff->name, sizeof staff->name, name) && role_parse(role, &staff->role);
}

/* What goes into a header is one word. */
static bool keep(char kept[REMOTE_SESSION_SIZE], const char *token)
{
    if (!token || strspn(token, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(token))
        return false;
    return text_copy(kept, REMOTE_SESSION_SIZE, token);
}

enum tk_code remote_sign_on(struct store *store, int64_t number, const char *secret, bool approve,
                            enum op_kind kind, struct staff *staff, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    char *kept = approve ? remote->approval : remote->session;
    struct json *document = NULL;
    struct staff read;
    enum tk_code code;

    if (!approve) /* a session that is over must not be in the way of the next one */
        http_client_set_staff(remote->client, NULL);
    code = post_secret(remote, "/v1/sign-ons", number, secret, approve ? op_kind_name(kind) : NULL,
                       &document, error);
    if (!code && (!read_staff(document, &read) ||
                  !keep(kept, json_text(json_member(document, approve ? "approval" : "session")))))
        code = remote_fail_form(remote, error);
    json_free(document);
    http_client_set_staff(remote->client, remote->session);
    if (code)
        return code;
    *staff = read;
    return TK_OK;
}

/* Nothing is waited for long: who goes has gone. */
static void tell_service(struct remote *remote)
{
    char key[OP_ID_TEXT_MAX];
    struct op_id id;
    struct http_call call = {.method = "DELETE",
                             .path = "/v1/sign-ons",
                             .key = key,
                             .timeout_ms = REMOTE_GOODBYE_MS,
                             .file = -1,
                             .answer = &remote->answer};

    if (getrandom(id.bytes, sizeof id.bytes, 0) != (ssize_t)sizeof id.bytes)
        return;
    op_id_print(key, &id);
    http_client_call(remote->client, &call, NULL);
}

void remote_sign_off(struct store *store, bool approve)
{
    struct remote *remote = (struct remote *)store;

    crypto_wipe(remote->approval, sizeof remote->approval);
    if (approve || !remote->session[0])
        return;
    tell_service(remote);
    crypto_wipe(remote->session, sizeof remote->session);
    http_client_set_staff(remote->client, NULL);
}

enum tk_code remote_make_verifier(struct store *store, int64_t number, const char *secret,
                                  char verifier[VERIFIER_SIZE], struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    struct json *document = NULL;
    const char *made;
    enum tk_code code =
        post_secret(remote, "/v1/verifiers", number, secret, NULL, &document, error);

    made = json_text(json_member(document, "verifier"));
    if (!code && (!made || !*made || !text_copy(verifier, VERIFIER_SIZE, made)))
        code = remote_fail_form(remote, error);
    json_free(document);
    return code;
}

void remote_session_copy(const struct store *store, char session[REMOTE_SESSION_SIZE])
{
    memcpy(session, ((const struct remote *)store)->session, REMOTE_SESSION_SIZE);
}

bool remote_session_take(struct store *store, const char *session)
{
    struct remote *remote = (struct remote *)store;

    if (!keep(remote->session, session))
        return false;
    http_client_set_staff(remote->client, remote->session);
    return true;
}
