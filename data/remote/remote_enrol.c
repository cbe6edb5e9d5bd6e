#include "data/remote/remote_enrol.h"

#include <string.h>
#include <unistd.h>

#include "core/invite.h"
#include "core/text.h"
#include "data/remote/remote.h"

#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS 20000
#define ANSWER_BYTES_MAX 65536

static void make_key(char key[OP_ID_TEXT_MAX], const char *code, const char *token)
{
    uint8_t parts[2][CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    struct op_id id;

    if (!invite_code_hash(code, parts[0])) /* it is refused: any key will do */
        memset(parts[0], 0, sizeof parts[0]);
    crypto_digest(parts[1], NULL, token, strlen(token));
    crypto_digest(hash, NULL, parts, sizeof parts);
    memcpy(id.bytes, hash, sizeof id.bytes);
    op_id_print(key, &id);
}

static bool read_device(const struct json *document, struct device *device, bool *attended)
{
    const char *name = json_text(json_member(document, "deviceName"));
    const char *role = json_text(json_member(document, "role"));

    *device = (struct device){0};
    return name && role && text_copy(device->name, sizeof device->name, name) &&
           role_parse(role, &device->role) &&
           json_boolean(json_member(document, "attended"), attended);
}

static enum tk_code post(struct remote *remote, const char *code_text, const char *token,
                         struct device *device, bool *attended, struct tk_error *error)
{
    char key[OP_ID_TEXT_MAX];
    struct json *document = NULL;
    struct http_call call = {.method = "POST",
                             .path = "/v1/enrolments",
                             .key = key,
                             .file = -1,
                             .answer = &remote->answer};
    enum tk_code code;

    make_key(key, code_text, token);
    json_put_open(&remote->body, NULL, '{');
    json_put_text(&remote->body, "code", code_text);
    json_put_text(&remote->body, "token", token);
    json_put_close(&remote->body, '}');
    call.body = remote->body.data;
    call.body_length = remote->body.length;
    code = remote->body.failed ? tk_fail_code(error, TK_NO_MEMORY)
                               : remote_call(remote, &call, true, error);
    if (!code)
        code = json_read(buffer_text(call.answer), call.answer->length, &document, NULL);
    if (code == TK_BAD_DATA || (!code && !read_device(document, device, attended)))
        code = remote_fail_form(remote, error);
    json_free(document);
    return code;
}

enum tk_code remote_enrol(const struct remote_options *options, const char *code_text,
                          const char *token, struct device *device, bool *attended,
                          struct tk_error *error)
{
    struct http_client_options line = {.url = options->url,
                                       .ca_file = options->ca_file,
                                       .pin = options->pin,
                                       .connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                       .timeout_ms = TIMEOUT_MS};
    struct remote remote = {.timeout_ms = TIMEOUT_MS};
    enum tk_code code;

    remote.noise = (uint64_t)http_client_clock_ms() ^ (uint64_t)getpid() << 32;
    buffer_init(&remote.body, REMOTE_BODY_MAX);
    buffer_init(&remote.answer, ANSWER_BYTES_MAX);
    code = http_client_open(&line, &remote.client, error);
    if (!code)
        code = post(&remote, code_text, token, device, attended, error);
    http_client_close(remote.client);
    if (remote.body.data)
        crypto_wipe(remote.body.data, remote.body.length);
    buffer_release(&remote.body);
    buffer_release(&remote.answer);
    return code;
}
