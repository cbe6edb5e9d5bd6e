/*
 * /v1/sign-ons: who works at a device says who he is; and what an administrator's program needs to
 * give somebody a PIN.
 *
 *   post ─▶ look up the member (worker) ─▶ try the secret (desk) ─▶ note it in the journal (writer)
 * ─▶ answer (worker)
 *
 * A number that nobody has goes the same way, so that its answer takes as long.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "ui/http/service_internal.h"
#include "ui/http/v1.h"

/* A request in hand: x->state. */
struct sign_on {
    struct desk_work work;
    struct staff staff; /* number 0: nobody has it, or he left */
    bool known;         /* somebody has the number, or had it */
    bool approves;      /* and does not sign on himself … */
    enum op_kind kind;  /* … this */
};

static void sign_on_free(void *state)
{
    crypto_wipe(state, sizeof(struct sign_on));
    free(state);
}

/* --- what was asked --- */

/* The body is of no use any more, and a dump of the memory should not show it. */
static void wipe_body(struct exchange *x)
{
    if (x->request->body)
        crypto_wipe((void *)(uintptr_t)x->request->body, x->request->body_length);
}

static enum tk_code check_members(const struct json *body, const char *const *known,
                                  struct tk_error *error)
{
    const char *stranger = body ? json_unknown_member(body, known) : NULL;

    if (!body)
        return tk_fail(error, TK_BAD_REQUEST, "The body is missing.");
    return stranger ? tk_fail(error, TK_BAD_REQUEST, "There is no member “%.60s” here.", stranger)
                    : TK_OK;
}

static enum tk_code read_who(const struct json *body, struct desk_work *work,
                             struct tk_error *error)
{
    const char *secret = json_text(json_member(body, "secret"));

    if (!json_whole(json_member(body, "number"), &work->number) || work->number < 1 ||
        work->number > STAFF_NUMBER_MAX)
        return tk_fail_code(error, TK_BAD_STAFF);
    if (!secret || !text_copy(work->secret, sizeof work->secret, secret))
        return tk_fail(error, TK_BAD_REQUEST, "The member “secret” is a text of %d bytes at most.",
                       SECRET_MAX);
    return TK_OK;
}

/* Who approves does so for the one who is signed on. */
static enum tk_code read_kind(const struct exchange *x, const struct json *body,
                              struct sign_on *sign_on, struct tk_error *error)
{
    const struct json *member = json_member(body, "approve");
    const char *kind = json_text(member);

    if (!member || json_is_null(member))
        return TK_OK;
    if (!kind || !op_kind_parse(kind, &sign_on->kind))
        return tk_fail(error, TK_BAD_REQUEST,
                       "The member “approve” is the kind of an operation, such as cancel.");
    if (!x->office.member.number)
        return tk_fail(error, TK_SIGN_ON,
                       "Nobody is signed on here for whom it could be approved.");
    sign_on->approves = true;
    return TK_OK;
}

static enum tk_code read_sign_on(const struct exchange *x, const struct json *body,
                                 struct sign_on *sign_on, struct tk_error *error)
{
    static const char *const known[] = {"number", "secret", "approve", NULL};
    enum tk_code code = check_members(body, known, error);

    if (!code)
        code = read_who(body, &sign_on->work, error);
    return code ? code : read_kind(x, body, sign_on, error);
}

/* --- the answer --- */

static void put_token(struct exchange *x, const struct sign_on *sign_on)
{
    char token[STAFF_TOKEN_SIZE];
    struct staff_claim claim = {.kind = sign_on->approves ? STAFF_APPROVAL : STAFF_SESSION,
                                .number = sign_on->staff.number,
                                .member = peek_secrets(&sign_on->staff),
                                .issued_at = office_now(&x->office)};

    if (sign_on->approves) {
        claim.member = x->office.member.number;
        claim.operation = sign_on->kind;
    }
    staff_token_make(token, &claim, &x->service->staff_key,
                     x->has_device ? x->device.token_hash : NULL);
    json_put_text(exchange_body(x), sign_on->approves ? "approval" : "session", token);
    v1_put_time(x, "until", staff_token_until(&claim));
    crypto_wipe(token, sizeof token);
}

static void put_staff(struct buffer *out, const struct staff *staff)
{
    json_put_open(out, "staff", '{');
    json_put_int(out, "number", staff->number);
    json_put_text(out, "name", staff->name);
    json_put_text(out, "role", role_name(staff->role));
    json_put_close(out, '}');
}

/* A note that could not be written leaves nobody signed on. */
static void tell(struct exchange *x)
{
    struct sign_on *sign_on = x->state;
    struct tk_error error = sign_on->work.error;
    enum tk_code code = sign_on->work.code;

    if (!code && x->outcomes[0].code) {
        code = x->outcomes[0].code;
        office_refuse(&x->office, &x->operations[0], &x->outcomes[0], &error);
    }
    if (code) {
        x->applied = false; /* what was done is just the note */
        x->operation_count = 0;
        exchange_fail(x, code, &error);
        return;
    }
    json_put_open(exchange_body(x), NULL, '{');
    put_staff(exchange_body(x), &sign_on->staff);
    put_token(x, sign_on);
    json_put_close(exchange_body(x), '}');
    http_response_field(&x->request->response, "Cache-Control", "no-store");
    exchange_answer_as(x, 200, "application/json");
}

/* --- the way there --- */

static const char *event_of(const struct sign_on *sign_on)
{
    if (sign_on->work.locked)
        return "locked";
    if (sign_on->work.code)
        return "failed";
    return sign_on->approves ? "approved" : "on";
}

/* Who only approved is not who is signed on: both stand in the note. */
static void name_doer(const struct exchange *x, const struct sign_on *sign_on,
                      struct operation *operation)
{
    if (sign_on->work.code)
        text_copy(operation->actor, sizeof operation->actor, x->office.actor);
    else
        actor_print(operation->actor, sign_on->staff.number, 0);
}

static void note(struct exchange *x)
{
    struct sign_on *sign_on = x->state;
    struct tk_error error = {0};
    enum tk_code code;

    if (!sign_on->work.tried) { /* there is nothing to be noted */
        exchange_fail(x, sign_on->work.code, &sign_on->work.error);
        return;
    }
    if (!exchange_operations(x, 1))
        return;
    /* nobody's may be a PIN that was typed in the wrong place */
    x->operations[0].sign.number = sign_on->known ? sign_on->work.number : 0;
    text_copy(x->operations[0].sign.event, SIGN_EVENT_SIZE, event_of(sign_on));
    code = office_make(&x->office, OP_SIGN, NULL, &x->operations[0], &error);
    name_doer(x, sign_on, &x->operations[0]);
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_apply(x, NULL, tell);
}

/* What he approves he must be allowed to himself. */
static void check_approval(struct exchange *x)
{
    struct sign_on *sign_on = x->state;
    struct desk_work *work = &sign_on->work;

    if (!work->code && sign_on->approves &&
        !(role_approves(sign_on->staff.role) && role_may(sign_on->staff.role, sign_on->kind)))
        work->code = tk_fail_code(&work->error, TK_NOT_APPROVED);
    note(x);
}

static bool is_digits(const char *secret)
{
    return secret[strspn(secret, "0123456789")] == '\0';
}

/* A PIN is good on an enrolled device alone, and is all digits. */
static const char *verifier_for(const struct exchange *x, const struct staff *staff,
                                const char *secret)
{
    if (!is_digits(secret))
        return staff->password;
    return x->has_device ? staff->pin : "";
}

/* TK_OK with number 0 when nobody has it; *known: somebody has, or had. */
static enum tk_code find_staff(struct exchange *x, int64_t number, struct staff *staff,
                               bool *known, struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct record_query query = {.key = key, .limit = 1};
    struct record_list list = {0};
    enum tk_code code;

    staff_key(key, number);
    code = office_records(&x->office, &query, &list, error);
    if (!code && list.count && staff_read(&list.items[0], staff))
        code = tk_fail(error, TK_CORRUPT, "The record of this member cannot be read.");
    *known = !code && list.count;
    if (!code && staff->left_at)
        *staff = (struct staff){0};
    if (list.items)
        crypto_wipe(list.items, list.count * sizeof *list.items);
    record_list_release(&list);
    return code;
}

static void look_up(struct exchange *x)
{
    struct sign_on *sign_on = x->state;
    struct desk_work *work = &sign_on->work;
    struct tk_error error = {0};
    struct store *store = x->office.store;
    enum tk_code code = find_staff(x, work->number, &sign_on->staff, &sign_on->known, &error);

    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    text_copy(work->verifier, sizeof work->verifier,
              verifier_for(x, &sign_on->staff, work->secret));
    work->role = sign_on->staff.role;
    work->then = check_approval;
    x->office.store = NULL; /* the worker's */
    if (pin_desk_add(x->service, x))
        return;
    x->office.store = store;
    exchange_fail(x, TK_OVERLOADED, NULL);
}

/* Whose failures count together. A device's name may look like an address. */
static void name_place(const struct exchange *x, char place[GUARD_NAME_SIZE])
{
    char address[GUARD_NAME_SIZE];

    if (x->has_device) {
        text_copy(place, GUARD_NAME_SIZE, x->device.name);
        return;
    }
    guard_name_address(x->request->peer, address);
    snprintf(place, GUARD_NAME_SIZE, "@%.60s", address);
}

static bool start(struct exchange *x, struct json **body)
{
    if (!v1_accepts(x) || !v1_body(x, body))
        return false;
    wipe_body(x);
    x->state = calloc(1, sizeof(struct sign_on));
    x->free_state = sign_on_free;
    if (x->state)
        return true;
    json_free(*body);
    exchange_fail(x, TK_NO_MEMORY, NULL);
    return false;
}

void v1_post_sign_on(struct exchange *x)
{
    struct tk_error error = {0};
    struct json *body;
    enum tk_code code;

    if (!start(x, &body))
        return;
    code = read_sign_on(x, body, x->state, &error);
    json_free(body);
    name_place(x, ((struct sign_on *)x->state)->work.place);
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_work(x, look_up);
}

/* --- signing off --- */

static void signed_off(struct exchange *x)
{
    if (!v1_refused(x))
        exchange_answer_as(x, 204, NULL);
}

/* There is nothing to forget: the journal has it that he went. */
void v1_delete_sign_on(struct exchange *x)
{
    struct operation operation = {.sign = {.number = x->office.member.number, .event = "off"}};
    struct tk_error error = {0};

    if (!v1_accepts(x))
        return;
    if (x->office.member.number)
        v1_change(x, OP_SIGN, &operation, NULL, signed_off);
    else
        exchange_fail(x, tk_fail(&error, TK_SIGN_ON, "Nobody is signed on here."), &error);
}

/* --- verifiers: what an operation of the kind pin carries in the place of a secret --- */

static void tell_verifier(struct exchange *x)
{
    struct sign_on *sign_on = x->state;

    if (sign_on->work.code) {
        exchange_fail(x, sign_on->work.code, &sign_on->work.error);
        return;
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_text(exchange_body(x), "verifier", sign_on->work.verifier);
    json_put_close(exchange_body(x), '}');
    http_response_field(&x->request->response, "Cache-Control", "no-store");
    exchange_answer_as(x, 200, "application/json");
}

/* One's own, or an administrator's doing. */
static enum tk_code check_owner(const struct exchange *x, int64_t number, struct tk_error *error)
{
    if (x->office.member.number == number || role_does(x->role, ROLE_ADMIN))
        return TK_OK;
    return tk_fail(error, TK_FORBIDDEN, "Only an administrator gives others a PIN or a password.");
}

void v1_post_verifier(struct exchange *x)
{
    static const char *const known[] = {"number", "secret", NULL};
    struct tk_error error = {0};
    struct desk_work *work;
    struct json *body;
    enum tk_code code;

    if (!start(x, &body))
        return;
    work = x->state;
    code = check_members(body, known, &error);
    if (!code)
        code = read_who(body, work, &error);
    json_free(body);
    if (!code)
        code = check_owner(x, work->number, &error);
    if (!code)
        code = secret_check(is_digits(work->secret) ? SECRET_PIN : SECRET_PASSWORD, work->secret,
                            &error);
    name_place(x, work->place);
    work->makes = true;
    work->then = tell_verifier;
    if (!code && !pin_desk_add(x->service, x))
        code = tk_fail_code(&error, TK_OVERLOADED);
    if (code)
        exchange_fail(x, code, &error);
}
