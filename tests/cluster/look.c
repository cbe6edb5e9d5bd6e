#include "tests/cluster/look.h"

#include <inttypes.h>

#include "core/json.h"

#define ANSWER_MAX ((size_t)64 << 10)

static int64_t member(const struct json *slot, const char *name)
{
    int64_t number = -1;

    json_whole(json_member(slot, name), &number);
    return number;
}

static bool says_the_same(const struct json *told, const struct stored_slot *slot)
{
    return member(told, "slotId") == slot->id && member(told, "capacity") == slot->capacity &&
           member(told, "availTickets") == slot->available && member(told, "sold") == slot->sold &&
           member(told, "admitted") == slot->admitted;
}

static enum tk_code look_at(struct http_client *client, const struct stored_slot *slot,
                            struct buffer *answer, struct findings *findings,
                            struct tk_error *error)
{
    char path[64];
    struct http_call call = {.method = "GET", .path = path, .file = -1, .answer = answer};
    struct json *told = NULL;
    enum tk_code code;

    snprintf(path, sizeof path, "/v1/slots/%" PRId64, slot->id);
    code = http_client_call(client, &call, error);
    if (code)
        return code;
    json_read(buffer_text(answer), answer->length, &told, NULL);
    if (call.status != 200 || !says_the_same(told, slot))
        findings_add(findings, "Of showing %" PRId64 " the service says (%d) %.300s", slot->id,
                     call.status, buffer_text(answer));
    json_free(told);
    return TK_OK;
}

enum tk_code look_at_slots(const struct http_client_options *service, const struct stored *stored,
                           struct findings *findings, struct tk_error *error)
{
    struct http_client *client = NULL;
    enum tk_code code = http_client_open(service, &client, error);
    struct buffer answer;

    buffer_init(&answer, ANSWER_MAX);
    for (size_t i = 0; !code && i < stored->slots.count; i++)
        code = look_at(client, &stored->slots.items[i], &answer, findings, error);
    buffer_release(&answer);
    http_client_close(client);
    return code;
}
