/*
 * /v1/enrolments: a device comes with a one-time code and a token that it made itself. Nobody asks
 * for a token here; who guesses codes is slowed down as who guesses tokens is.
 */
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

/* One more wrong code of that address. */
static void fail_code(struct exchange *x, enum tk_code code, const struct tk_error *error)
{
    char address[GUARD_NAME_SIZE];
    unsigned retry_s;

    guard_name_address(x->request->peer, address);
    rate_limit_take(x->service->rate_refusals, address, exchange_clock_us(), &retry_s);
    exchange_fail(x, code, error);
}

static void tell(struct exchange *x)
{
    const struct op_redeem *redeem = &x->operations[0].redeem;
    struct tk_error error = {0};
    struct device_note note;
    struct device device;
    enum tk_code code = x->outcomes[0].code;

    if (code) {
        office_refuse(&x->office, &x->operations[0], &x->outcomes[0], &error);
        fail_code(x, code, &error);
        return;
    }
    code = office_device_of(&x->office, redeem->token_hash, &device, &error);
    if (!code)
        code = office_device_note(&x->office, redeem->name, &note, &error);
    if (code) {
        v1_fail_to_show(x, code);
        return;
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_text(exchange_body(x), "deviceName", device.name);
    json_put_text(exchange_body(x), "role", role_name(device.role));
    json_put_bool(exchange_body(x), "attended", note.attended);
    json_put_close(exchange_body(x), '}');
    exchange_answer(x, 201);
}

/* The name is in the invitation: the device is told it. */
static enum tk_code find_invitation(struct exchange *x, const uint8_t *hash,
                                    struct invitation *invitation, struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct record_query query = {.key = key, .limit = 1};
    struct record_list list = {0};
    enum tk_code code;

    invite_key(key, hash);
    code = office_records(&x->office, &query, &list, error);
    if (!code && (!list.count || invite_read(&list.items[0], invitation)))
        code = tk_fail_code(error, TK_BAD_CODE);
    record_list_release(&list);
    return code;
}

static enum tk_code read_body(const struct json *body, struct op_redeem *redeem,
                              struct tk_error *error)
{
    static const char *const known[] = {"code", "token", NULL};
    const char *stranger = body ? json_unknown_member(body, known) : NULL;
    const char *code = json_text(json_member(body, "code"));
    const char *token = json_text(json_member(body, "token"));

    if (stranger)
        return tk_fail(error, TK_BAD_REQUEST, "There is no member “%.60s” here.", stranger);
    if (!code || !token)
        return tk_fail(error, TK_BAD_REQUEST, "The members “code” and “token” are needed.");
    if (!token_hash(redeem->token_hash, token))
        return tk_fail(error, TK_BAD_REQUEST,
                       "The member “token” is tly_ and 32 characters more, made at random.");
    return invite_code_hash(code, redeem->code_hash) ? TK_OK : tk_fail_code(error, TK_BAD_CODE);
}

static void redeem(struct exchange *x)
{
    struct tk_error error = {0};
    struct op_redeem wanted = {.name = ""};
    struct invitation invitation;
    struct json *body;
    enum tk_code code;

    if (!v1_body(x, &body))
        return;
    code = read_body(body, &wanted, &error);
    json_free(body);
    if (!code)
        code = find_invitation(x, wanted.code_hash, &invitation, &error);
    if (code == TK_BAD_CODE) {
        fail_code(x, code, &error);
        return;
    }
    if (!code && !exchange_operations(x, 1))
        return;
    if (!code) {
        text_copy(wanted.name, sizeof wanted.name, invitation.name);
        text_copy(x->office.device, sizeof x->office.device, invitation.name);
        x->operations[0].redeem = wanted;
        code = office_make(&x->office, OP_REDEEM, &x->key_id, &x->operations[0], &error);
    }
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_apply(x, NULL, tell);
}

void v1_post_enrolment(struct exchange *x)
{
    char address[GUARD_NAME_SIZE];

    if (!v1_accepts(x))
        return;
    guard_name_address(x->request->peer, address);
    if (rate_limit_has(x->service->rate_refusals, address, exchange_clock_us(), &x->retry_s))
        exchange_work(x, redeem);
    else
        exchange_fail(x, TK_RATE_LIMITED, NULL);
}
