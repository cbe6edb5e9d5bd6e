/* sign-on: in whose name the commands that follow are run. */
#include <inttypes.h>
#include <stdio.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "ui/admin/permit.h"
#include "ui/admin/secret.h"

static void show(struct call *call, const struct box_office *office, int64_t until)
{
    const struct staff *member = &office->member;
    struct buffer *out = &call->out.text;
    char text[TIME_TEXT_MAX];

    if (!call->json) {
        time_print_day(text, until, &office->ports.zone);
        buffer_addf(out, "%s (%" PRId64 ") is signed on as %s until %s.\n", member->name,
                    member->number, role_name(member->role), text);
        return;
    }
    time_print(text, until, &office->ports.zone);
    json_put_open(out, NULL, '{');
    json_put_int(out, "number", member->number);
    json_put_text(out, "name", member->name);
    json_put_text(out, "role", role_name(member->role));
    json_put_text(out, "until", text);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

enum tk_code command_sign_on(struct call *call, struct tk_error *error)
{
    char secret[SECRET_SIZE] = "", prompt[40];
    struct box_office *office;
    int64_t number, until = 0;
    bool staffed = false;
    enum tk_code code;

    if (!text_parse_int(call->argument, &number) || number < 1 || number > STAFF_NUMBER_MAX)
        return tk_fail(error, TK_BAD_STAFF, "“%.40s” is no member's number: it has 1 to 8 digits.",
                       call->argument);
    code = call_office(call, &office, error);
    if (!code)
        code = office_is_staffed(office, &staffed, error);
    if (!code && !staffed)
        code = tk_fail(error, TK_STAFF_NOT_FOUND,
                       "Nobody is on the staff, and nobody has to sign on.");
    snprintf(prompt, sizeof prompt, "PIN of %" PRId64 ": ", number);
    if (!code)
        code = secret_ask(call, prompt, false, secret, error);
    if (!code && office->member.number && office->member.number != number)
        office_sign_off(office); /* one at a time */
    if (!code)
        code = office_sign_on(office, number, secret, error);
    crypto_wipe(secret, sizeof secret);
    if (!code)
        code = session_keep_member(call->session, PERMIT_LASTS, &until, error);
    if (!code)
        show(call, office, until);
    return code;
}

enum tk_code command_sign_off(struct call *call, struct tk_error *error)
{
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);
    struct staff member;

    if (code)
        return code;
    member = office->member;
    office_sign_off(office);
    session_forget_member(call->session);
    if (call->json)
        buffer_addf(&call->out.text, "{\"number\":%" PRId64 ",\"signedOff\":%s}\n", member.number,
                    member.number ? "true" : "false");
    else if (member.number)
        buffer_addf(&call->out.text, "%s is signed off.\n", member.name);
    else
        buffer_add_text(&call->out.text, "Nobody was signed on.\n");
    return TK_OK;
}
