/* A scan, which the service judges: it has all the keys. */
#include "core/sync.h"
#include "data/remote/remote.h"

/* The code as UTF-8: what is none is Latin-1, as core/scan reads it. One that is longer than a code
   stays too long. */
static void put_code(struct buffer *body, const char *code)
{
    char text[2 * SCAN_TEXT_MAX + 3];
    size_t used = 0;

    for (const unsigned char *c = (const unsigned char *)code;
         *c && used < sizeof text - 2 && c - (const unsigned char *)code <= SCAN_TEXT_MAX; c++) {
        if (*c < 0x80) {
            text[used++] = (char)*c;
        } else if (*c >= 0xC2 && *c <= 0xDF && (c[1] & 0xC0) == 0x80) {
            text[used++] = (char)*c;
            text[used++] = (char)*++c;
        } else {
            text[used++] = (char)(0xC0 | *c >> 6);
            text[used++] = (char)(0x80 | (*c & 0x3F));
        }
    }
    text[used] = '\0';
    json_put_text(body, "code", text);
}

static enum tk_code put_request(struct buffer *body, const struct admission_request *request,
                                struct tk_error *error)
{
    char ticket[ID_TEXT_MAX];

    buffer_clear(body);
    json_put_open(body, NULL, '{');
    if (request->code) {
        put_code(body, request->code);
    } else {
        id_print(ticket, ID_TICKET, request->ticket_id);
        json_put_text(body, "ticketId", ticket);
    }
    if (request->slot_count) {
        json_put_open(body, "slotIds", '[');
        for (size_t i = 0; i < request->slot_count; i++)
            json_put_int(body, NULL, request->slot_ids[i]);
        json_put_close(body, ']');
    }
    if (request->count > 1)
        json_put_int(body, "numTickets", request->count);
    json_put_close(body, '}');
    return body->failed ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

/* After a success that cannot be read it is not known what was done. */
static enum tk_code read_answer(const struct remote *remote, const struct http_call *call,
                                struct admission *admission, struct tk_error *error)
{
    struct json *document = NULL;
    struct admission found;
    enum tk_code code = json_read(buffer_text(call->answer), call->answer->length, &document, NULL);

    if (!code)
        code = wire_read_admission(document, &found, NULL);
    json_free(document);
    if (code)
        return tk_fail(error, TK_UNKNOWN,
                       "It is not known whether this ticket was let in: scan it once more. (The "
                       "answer of %.200s cannot be read.)", http_client_url(remote->client));
    *admission = found;
    return TK_OK;
}

enum tk_code remote_admit(struct remote *remote, const struct admission_request *request,
                          struct admission *admission, struct tk_error *error)
{
    char key[OP_ID_TEXT_MAX];
    struct http_call call = {.method = "POST",
                             .path = "/v1/admissions",
                             .key = key,
                             .timeout_ms = SYNC_ANSWER_MS,
                             .file = -1,
                             .answer = &remote->answer};
    enum tk_code code = put_request(&remote->body, request, error);

    if (code)
        return code;
    op_id_print(key, &request->id);
    call.body = remote->body.data;
    call.body_length = remote->body.length;
    code = remote_call(remote, &call, true, error);
    if (code == TK_KEY_RUNNING) /* the service is still at it since the last time */
        return tk_fail(error, TK_UNKNOWN,
                       "The box office is still at work on this ticket: scan it once more.");
    return code ? code : read_answer(remote, &call, admission, error);
}
