#include "ui/admin/permit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "ui/admin/secret.h"

/* --- commands --- */

/* X(command, argument or NULL, whether a member is needed, role that he needs at least, or reads
 * as) */
enum need {
    NEED_NOBODY,
    NEED_MACHINE, /* nobody, as of a timer; but whoever signed on does that much */
    NEED_READER,
    NEED_DOER
};
static const struct {
    const char *command, *argument;
    enum need need;
    enum role least;
} table[] = {
    {"expire", NULL, NEED_NOBODY, ROLE_READER},
    {"archive", NULL, NEED_NOBODY, ROLE_READER},
    {"sync", NULL, NEED_NOBODY, ROLE_READER},
    {"migrate", NULL, NEED_NOBODY, ROLE_READER},
    {"copy", NULL, NEED_NOBODY, ROLE_READER},
    {"backup", NULL, NEED_MACHINE, ROLE_ADMIN},
    {"sign-on", NULL, NEED_NOBODY, ROLE_READER},
    {"sign-off", NULL, NEED_NOBODY, ROLE_READER},
    {"staff", "rescue", NEED_NOBODY, ROLE_READER},
    {"staff", "list", NEED_READER, ROLE_MANAGER},
    {"token", "list", NEED_READER, ROLE_MANAGER},
    {"device", "list", NEED_READER, ROLE_MANAGER},
    {"keys", "list", NEED_READER, ROLE_MANAGER},
    {"keys", "make", NEED_DOER, ROLE_ADMIN},
    {"keys", "rotate", NEED_DOER, ROLE_ADMIN}, /* before the key file is touched */
    {"find", NULL, NEED_READER, ROLE_CLERK},
    {"ticket", NULL, NEED_READER, ROLE_CLERK},
    {"tickets", NULL, NEED_READER, ROLE_CLERK},
    {"qr", NULL, NEED_READER, ROLE_CLERK},
    {"customer", NULL, NEED_READER, ROLE_CLERK},
    {"customer show", NULL, NEED_READER, ROLE_CLERK},
    {"customer history", NULL, NEED_READER, ROLE_CLERK},
    {"customer export", NULL, NEED_READER, ROLE_MANAGER},
    {"disputes", NULL, NEED_READER, ROLE_CLERK},
    {"export", "tickets", NEED_READER, ROLE_MANAGER},
    {"export", "customers", NEED_READER, ROLE_MANAGER},
    {"export", "journal", NEED_READER, ROLE_MANAGER},
    {"report", NULL, NEED_READER, ROLE_MANAGER},
    {"journal", NULL, NEED_READER, ROLE_MANAGER},
};

/* What is not in the table needs a member when it changes something: then the rules say whether he
 * may. */
static void find_need(const struct call *call, enum need *need, enum role *least)
{
    *need = call->command->changes ? NEED_DOER : NEED_NOBODY;
    *least = ROLE_READER;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].command, call->command->name) == 0 &&
            (!table[i].argument ||
             (call->argument && strcmp(table[i].argument, call->argument) == 0))) {
            *need = table[i].need;
            *least = table[i].least;
            return;
        }
}

/* --- who signed on --- */

/* Whoever left by now is nobody. */
static void resume(struct session *session, struct box_office *office)
{
    int64_t number = office->member.number ? 0 : session_kept_member(session);
    struct staff staff;

    if (number && !office_member(office, number, &staff, NULL) && !staff.left_at)
        office->member = staff;
}

/* --- whether he may --- */

static enum tk_code check_role(const struct call *call, const struct staff *member, enum need need,
                               enum role least, struct tk_error *error)
{
    if (need == NEED_READER ? role_reads(member->role, least) : role_does(member->role, least))
        return TK_OK;
    if (least == ROLE_READER) /* the rules say */
        return TK_OK;
    return tk_fail(error, TK_NOT_PERMITTED, "%s is %s: “%s” is for the role %s.", member->name,
                   role_name(member->role), call->command->name, role_name(least));
}

enum tk_code permit_call(const struct call *call, struct box_office *office, struct tk_error *error)
{
    enum need need;
    enum role least;
    bool staffed = false;
    enum tk_code code;

    find_need(call, &need, &least);
    resume(call->session, office);
    if (need == NEED_NOBODY || (call->session->kind == SESSION_REMOTE && !*call->session->central))
        return TK_OK; /* a service looks after itself */
    if (office->member.number)
        return check_role(call, &office->member, need, least, error);
    if (need == NEED_MACHINE)
        return TK_OK;
    code = office_is_staffed(office, &staffed, error);
    if (!code && staffed)
        code = tk_fail(error, TK_SIGN_ON, "Sign on first: ticketly admin sign-on NUMBER.");
    return code;
}

enum tk_code permit_approve(const struct call *call, struct box_office *office, enum op_kind kind,
                            struct tk_error *error)
{
    const char *text = call->values[OPT_APPROVED_BY];
    char secret[SECRET_SIZE], prompt[40];
    int64_t number;
    enum tk_code code;

    if (!text)
        return call->values[OPT_SECRET_FILE]
                   ? tk_fail(error, TK_USAGE, "--secret-file is for --approved-by NUMBER.")
                   : TK_OK;
    if (!text_parse_int(text, &number) || number < 1 || number > STAFF_NUMBER_MAX)
        return tk_fail(error, TK_BAD_STAFF, "“%.40s” is no member's number: it has 1 to 8 digits.",
                       text);
    snprintf(prompt, sizeof prompt, "PIN of %" PRId64 ": ", number);
    code = secret_ask(call, prompt, false, secret, error);
    if (!code)
        code = office_approve(office, number, secret, kind, NULL, error);
    crypto_wipe(secret, sizeof secret);
    return code;
}
