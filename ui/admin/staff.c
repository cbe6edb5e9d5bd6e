/* staff: who works here, and with which PIN. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "ui/admin/secret.h"

static const char *const heads[] = {">Number", "Name", "Role", "Since", "Left", NULL};

struct members {
    const struct box_office *office;
    struct staff_list list;
};

static void put_time(struct buffer *out, const struct box_office *office, const char *name,
                     int64_t moment)
{
    char text[TIME_TEXT_MAX];

    if (!moment) {
        json_put_null(out, name);
        return;
    }
    time_print(text, moment, &office->ports.zone);
    json_put_text(out, name, text);
}

static void put_member(struct buffer *out, const struct box_office *office,
                       const struct staff *staff)
{
    json_put_open(out, NULL, '{');
    json_put_int(out, "number", staff->number);
    json_put_text(out, "name", staff->name);
    json_put_text(out, "role", role_name(staff->role));
    put_time(out, office, "since", staff->since);
    put_time(out, office, "leftAt", staff->left_at);
    json_put_close(out, '}');
}

static void put_listed(struct buffer *out, const void *context, size_t at)
{
    const struct members *members = context;

    put_member(out, members->office, &members->list.items[at]);
}

static void add_time(struct table *table, const struct box_office *office, int64_t moment)
{
    char text[TIME_TEXT_MAX] = "-";

    if (moment)
        time_print_field(text, moment, &office->ports.zone);
    table_add(table, text);
}

static void add_listed(struct table *table, const void *context, size_t at)
{
    const struct members *members = context;
    const struct staff *staff = &members->list.items[at];

    table_addf(table, "%" PRId64, staff->number);
    table_add(table, staff->name);
    table_add(table, role_name(staff->role));
    add_time(table, members->office, staff->since);
    add_time(table, members->office, staff->left_at);
}

static enum tk_code list_members(struct call *call, struct box_office *office,
                                 struct tk_error *error)
{
    struct members members = {.office = office};
    struct rows rows = {.heads = heads,
                        .put = put_listed,
                        .add = add_listed,
                        .context = &members,
                        .empty =
                            "Nobody is on the staff: everybody at this machine may do everything."};
    enum tk_code code = office_staff(office, &members.list, error);

    rows.count = members.list.count;
    if (!code)
        show_rows(call, &rows);
    staff_list_release(&members.list);
    return code;
}

/* The member as he is now, or what was done. */
static enum tk_code show_member(struct call *call, struct box_office *office, int64_t number,
                                const char *done, struct tk_error *error)
{
    struct buffer *out = &call->out.text;
    struct staff staff;
    enum tk_code code = office_member(office, number, &staff, error);

    if (code)
        return code;
    if (call->json) {
        put_member(out, office, &staff);
        buffer_add_char(out, '\n');
    } else {
        buffer_addf(out, "%s (%" PRId64 "), %s: %s\n", staff.name, staff.number,
                    role_name(staff.role), done);
    }
    return TK_OK;
}

static enum tk_code read_number(const struct call *call, int64_t *number, struct tk_error *error)
{
    const char *text = call->values[OPT_NUMBER] ? call->values[OPT_NUMBER] : call->argument;

    if (!text_parse_int(text, number) || *number < 1 || *number > STAFF_NUMBER_MAX)
        return tk_fail(error, TK_BAD_STAFF, "“%.40s” is no member's number: it has 1 to 8 digits.",
                       text);
    return TK_OK;
}

/* Whatever is wrong with it, the sentence says which there are. */
static enum tk_code read_role(const struct call *call, enum role *role, struct tk_error *error)
{
    const char *name = call->values[OPT_ROLE];
    bool known = role_parse(name, role);
    char roles[120] = "";
    size_t used = 0;

    if (known && role_is_for_staff(*role))
        return TK_OK;
    for (int i = 0; i < ROLE_COUNT && used < sizeof roles; i++)
        if (role_is_for_staff((enum role)i))
            used += (size_t)snprintf(roles + used, sizeof roles - used, "%s%s",
                                     !used                ? ""
                                     : i < ROLE_COUNT - 1 ? ", "
                                                          : " or ",
                                     role_name((enum role)i));
    if (known)
        return tk_fail(error, TK_BAD_ROLE, "%s is for devices: a member is %s.", name, roles);
    return tk_fail(error, TK_BAD_ROLE, "There is no role “%.40s”: a member is %s.", name, roles);
}

/* --- PINs and passwords --- */

/* Asks, and looks whether it will do. An empty one that is typed is none where `may_be_none`. */
static enum tk_code ask_secret(const struct call *call, int64_t number, enum secret_kind kind,
                               bool may_be_none, char secret[SECRET_SIZE], struct tk_error *error)
{
    bool pin = kind == SECRET_PIN;
    char prompt[100];
    enum tk_code code;

    snprintf(prompt, sizeof prompt,
             "New %s for %" PRId64 " (%d %s or more%s): ", pin ? "PIN" : "password", number,
             pin ? PIN_DIGITS_MIN : PASSWORD_MIN, pin ? "digits" : "characters",
             may_be_none ? "; Enter alone: none yet" : "");
    code = secret_ask(call, prompt, true, secret, error);
    if (!code && (*secret || !may_be_none))
        code = secret_check(kind, secret, error);
    return code;
}

static enum tk_code set_secret(struct call *call, struct box_office *office, int64_t number,
                               enum secret_kind kind, struct tk_error *error)
{
    char secret[SECRET_SIZE] = "";
    enum tk_code code = ask_secret(call, number, kind, false, secret, error);

    if (!code)
        code = office_set_secrets(office, number, kind == SECRET_PIN ? secret : NULL,
                                  kind == SECRET_PASSWORD ? secret : NULL, error);
    crypto_wipe(secret, sizeof secret);
    return code;
}

enum tk_code command_pin(struct call *call, struct tk_error *error)
{
    enum secret_kind kind = call->values[OPT_PASSWORD] ? SECRET_PASSWORD : SECRET_PIN;
    struct box_office *office;
    struct staff staff;
    int64_t number;
    enum tk_code code = read_number(call, &number, error);

    if (!code)
        code = call_office(call, &office, error);
    if (!code) /* before anything is typed */
        code = office_member(office, number, &staff, error);
    if (!code)
        code = set_secret(call, office, number, kind, error);
    return code ? code
                : show_member(call, office, number,
                              kind == SECRET_PIN ? "the PIN is set." : "the password is set.",
                              error);
}

/* --- the actions --- */

/* The first member could not sign on without a PIN, and nobody else could give him one. */
static enum tk_code ask_first(const struct call *call, struct box_office *office,
                              const struct op_staff *staff, char secret[SECRET_SIZE],
                              struct tk_error *error)
{
    bool staffed;
    enum tk_code code = office_is_staffed(office, &staffed, error);

    if (!code && !staffed && staff->role != ROLE_ADMIN)
        code = tk_fail(error, TK_BAD_ROLE,
                       "The first member of staff is an administrator: give the role admin.");
    if (code || (staffed && !secret_can_be_asked(call)))
        return code;
    return ask_secret(call, staff->number, SECRET_PIN, staffed, secret, error);
}

static enum tk_code add_member(struct call *call, struct box_office *office, struct op_staff *staff,
                               struct tk_error *error)
{
    char secret[SECRET_SIZE] = "";
    struct staff known;
    enum tk_code code = read_role(call, &staff->role, error);

    if (!code && office_member(office, staff->number, &known, NULL) == TK_OK)
        code = tk_fail(error, TK_BAD_STAFF,
                       "%" PRId64 " is %s's number%s: a number is one person's for good.",
                       staff->number, known.name, known.left_at ? ", who left" : "");
    if (!code)
        code = ask_first(call, office, staff, secret, error);
    if (!code)
        code = office_put_staff(office, staff, NULL, error);
    if (!code && *secret)
        code = office_set_secrets(office, staff->number, secret, NULL, error);
    crypto_wipe(secret, sizeof secret);
    return code ? code : show_member(call, office, staff->number, "works here now.", error);
}

static enum tk_code change_member(struct call *call, struct box_office *office,
                                  struct op_staff *staff, struct tk_error *error)
{
    struct staff known;
    enum tk_code code = office_member(office, staff->number, &known, error);

    staff->role = known.role;
    if (!code && call->values[OPT_ROLE])
        code = read_role(call, &staff->role, error);
    if (!code && !call->values[OPT_NAME])
        memcpy(staff->name, known.name, sizeof staff->name);
    if (!code)
        code = office_put_staff(office, staff, NULL, error);
    return code ? code
                : show_member(call, office, staff->number,
                              known.left_at ? "works here again." : "changed.", error);
}

static enum tk_code part_with(struct call *call, struct box_office *office, struct op_staff *staff,
                              struct tk_error *error)
{
    struct staff known;
    enum tk_code code = office_member(office, staff->number, &known, error);

    if (code)
        return code;
    staff->role = known.role;
    staff->left = true;
    memcpy(staff->name, known.name, sizeof staff->name);
    code = office_put_staff(office, staff, NULL, error);
    return code ? code : show_member(call, office, staff->number, "works here no more.", error);
}

/* For whoever can read the key file itself, when no administrator can sign on: it stands in the
   journal under his login name. */
static enum tk_code rescue(struct call *call, struct box_office *office, int64_t number,
                           struct tk_error *error)
{
    struct staff staff;
    enum tk_code code = TK_OK;

    if (!call->session->ring || *call->session->central || call->session->training)
        return tk_fail(error, TK_USAGE,
                       "staff rescue is for the machine that has the box office's key file.");
    code = office_member(office, number, &staff, error);
    if (!code && (staff.role != ROLE_ADMIN || staff.left_at))
        code = tk_fail(error, TK_BAD_ROLE,
                       "%s is no administrator who works here: staff rescue is for one who is.",
                       staff.name);
    office->member = (struct staff){0};
    if (!code)
        code = set_secret(call, office, number, SECRET_PIN, error);
    return code ? code : show_member(call, office, number, "the PIN is set.", error);
}

/* Each action has its own options. */
static enum tk_code check_options(const struct call *call, const char *action,
                                  struct tk_error *error)
{
    static const struct {
        const char *action;
        bool number, name, role; /* wanted */
        bool changes, secret;    /* takes name and role, or a secret */
    } rules[] = {{"add", true, true, true, true, true},
                 {"change", true, false, false, true, false},
                 {"leave", true, false, false, false, false},
                 {"rescue", true, false, false, false, true},
                 {"list", false, false, false, false, false}};
    size_t at = 0;

    while (strcmp(rules[at].action, action) != 0)
        at++;
    if (rules[at].number && !call->values[OPT_NUMBER])
        return tk_fail(error, TK_USAGE, "staff %s wants --number: --number 1042.", action);
    if (rules[at].name && !call->values[OPT_NAME])
        return tk_fail(error, TK_USAGE, "staff %s wants --name: --name 'Ada Lovelace'.", action);
    if (rules[at].role && !call->values[OPT_ROLE])
        return tk_fail(error, TK_USAGE, "staff %s wants --role: --role clerk.", action);
    if ((!rules[at].number && call->values[OPT_NUMBER]) ||
        (!rules[at].changes && (call->values[OPT_NAME] || call->values[OPT_ROLE])) ||
        (!rules[at].secret && call->values[OPT_SECRET_FILE]))
        return tk_fail(error, TK_USAGE, "staff %s takes fewer options.", action);
    if (strcmp(action, "change") == 0 && !call->values[OPT_NAME] && !call->values[OPT_ROLE])
        return tk_fail(error, TK_USAGE, "staff change wants --name or --role.");
    return TK_OK;
}

enum tk_code command_staff(struct call *call, struct tk_error *error)
{
    const char *action = call->argument;
    struct op_staff staff = {.number = 0};
    struct box_office *office;
    enum tk_code code = check_options(call, action, error);

    if (!code && call->values[OPT_NUMBER])
        code = read_number(call, &staff.number, error);
    if (!code)
        code = call_text(call, OPT_NAME, staff.name, sizeof staff.name, TK_BAD_NAME,
                         "member's name", error);
    if (!code)
        code = call_office(call, &office, error);
    if (code)
        return code;
    switch (*action) {
    case 'a':
        return add_member(call, office, &staff, error);
    case 'c':
        return change_member(call, office, &staff, error);
    case 'r':
        return rescue(call, office, staff.number, error);
    default:
        return strcmp(action, "leave") == 0 ? part_with(call, office, &staff, error)
                                            : list_members(call, office, error);
    }
}
