/* Number and PIN: of who begins to work here, comes back, approves one action, or ends the program.
 */
#include "ui/kiosk/view_sign_on.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/text.h"
#include "ui/kiosk/terminal.h"

#define SECRET_KEPT \
    (30 * TIME_SECOND) /* a PIN that nobody goes on typing is forgotten after so long */
#define FORM_WIDTH 60

enum { FIELD_NUMBER, FIELD_PIN };

struct sign_view {
    struct view view;
    enum sign_use use;
    struct form form;
    struct sign_request request;
    int64_t typed_at;   /* by stand_now */
    int64_t wait_until; /* by stand_now; 0: it can be tried at once */
    int64_t shown;      /* the second of the countdown that is on the screen */
};

static struct sign_view *cast(struct view *view)
{
    return (struct sign_view *)view;
}

static unsigned sign_group(const struct view *base)
{
    const struct sign_view *view = (const struct sign_view *)base;

    return view->use == SIGN_ON || view->use == SIGN_LOCKED ? GROUP_SIGN_ON : GROUP_APPROVAL;
}

/* --- trying --- */

/* How long a sentence says to wait, in seconds: its first number with a unit behind it; 0: it says
   none. A countdown that is a little wrong does no harm: it is asked again then. */
static int64_t seconds_in(const char *sentence)
{
    for (const char *p = sentence; *p; p++) {
        char *unit;
        long number;

        if (!isdigit((unsigned char)*p) || (p > sentence && isalnum((unsigned char)p[-1])))
            continue;
        number = strtol(p, &unit, 10);
        unit += *unit == ' ';
        if (number > 0 && number < 86400 && (*unit == 's' || *unit == 'm'))
            return *unit == 's' ? number : number * 60;
    }
    return 0;
}

static int64_t wait_left(const struct sign_view *view)
{
    int64_t left = view->wait_until - stand_now();

    return left > 0 ? (left + TIME_SECOND - 1) / TIME_SECOND : 0;
}

/* The sentence beside the field that it is about. What was typed stays; the next character typed
   takes a PIN's place. */
static void refused(struct sign_view *view, struct counter *counter, const struct tk_error *error)
{
    struct field *pin = &view->form.fields[FIELD_PIN];

    form_clear_notes(&view->form);
    form_point_out(&view->form, FIELD_PIN, error->message);
    pin->fresh = pin->text[0] != '\0';
    if (error->code == TK_SIGN_ON_WAIT || error->code == TK_SIGN_ON_LOCKED)
        view->wait_until = stand_now() + seconds_in(error->message) * TIME_SECOND;
    counter->dirty = true;
}

static bool read_number(struct sign_view *view, int64_t *number)
{
    if (text_parse_int(view->form.fields[FIELD_NUMBER].text, number) && *number > 0 &&
        *number <= STAFF_NUMBER_MAX)
        return true;
    form_point_out(&view->form, FIELD_NUMBER,
                   view->form.fields[FIELD_NUMBER].text[0] ? tk_code_sentence(TK_BAD_STAFF)
                                                           : "Type your number.");
    return false;
}

/* Does what was refused, now that somebody approved it. */
static void approved(struct sign_view *view, struct counter *counter, const struct staff *approver)
{
    struct sign_request request = view->request;

    counter_pop(counter); /* frees the view */
    request.again(counter, request.subject);
    office_disapprove(counter->office); /* whatever came of it */
    (void)approver;
}

/* Signed on is whoever was: a manager beside a clerk only says that the program may end. */
static enum tk_code ask_to_leave(struct counter *counter, int64_t number, const char *pin,
                                 struct tk_error *error)
{
    struct box_office *office = counter->office;
    enum tk_code code;

    if (office->member.number) {
        code = office_approve(office, number, pin, OP_LIMIT, NULL, error);
        office_disapprove(office);
        return code == TK_NOT_APPROVED
                   ? tk_fail(error, code, "Only a manager or an administrator may leave it.")
                   : code;
    }
    code = office_sign_on(office, number, pin, error);
    if (!code && !role_does(office->member.role, ROLE_MANAGER)) {
        office_sign_off(office);
        code = tk_fail(error, TK_NOT_PERMITTED, "Only a manager or an administrator may leave it.");
    }
    return code;
}

static void leave_program(struct counter *counter)
{
    counter->stand.left = true;
    counter->running = false;
}

static enum tk_code ask(struct sign_view *view, struct counter *counter, int64_t number,
                        struct staff *approver, struct tk_error *error)
{
    const char *pin = view->form.fields[FIELD_PIN].text;

    if (view->use == SIGN_APPROVE)
        return office_approve(counter->office, number, pin, view->request.kind, approver, error);
    if (view->use == SIGN_LEAVE)
        return ask_to_leave(counter, number, pin, error);
    return office_sign_on(counter->office, number, pin, error);
}

static void try(struct sign_view *view, struct counter *counter)
{
    struct tk_error error = {0};
    struct staff approver = {0};
    int64_t number;

    if (!read_number(view, &number))
        return;
    if (!view->form.fields[FIELD_PIN].text[0]) {
        form_clear_notes(&view->form);
        form_act(&view->form, ACTION_NEXT_PANE);
        view->form.active = FIELD_PIN;
        return;
    }
    if (wait_left(view))
        return; /* the countdown says so */
    if (ask(view, counter, number, &approver, &error)) {
        refused(view, counter, &error);
        return;
    }
    form_wipe(&view->form, FIELD_PIN);
    if (view->use == SIGN_APPROVE)
        approved(view, counter, &approver);
    else if (view->use == SIGN_LEAVE)
        leave_program(counter);
    else
        stand_enter(counter); /* frees the view */
}

/* --- keys --- */

static void empty(struct sign_view *view)
{
    form_wipe(&view->form, FIELD_NUMBER);
    form_wipe(&view->form, FIELD_PIN);
    form_clear_notes(&view->form);
    view->form.active = FIELD_NUMBER;
}

/* Back without anybody's PIN. */
static void give_up(const struct sign_view *view, struct counter *counter)
{
    bool approval = view->use == SIGN_APPROVE;

    counter_pop(counter); /* frees the view */
    if (approval)
        counter_say(counter, MESSAGE_INFO, "Not approved: nothing was changed.");
}

static void sign_act(struct view *base, struct counter *counter, enum action action, int number)
{
    struct sign_view *view = cast(base);

    (void)number;
    view->typed_at = stand_now();
    if (action == ACTION_ACCEPT)
        try(view, counter);
    else if (action == ACTION_BACK && sign_group(base) == GROUP_SIGN_ON)
        empty(view);
    else if (action == ACTION_BACK)
        give_up(view, counter);
    else
        form_act(&view->form, action);
}

static void sign_type(struct view *base, struct counter *counter, const char *text)
{
    struct sign_view *view = cast(base);

    (void)counter;
    view->typed_at = stand_now();
    form_type(&view->form, text);
}

static void sign_tick(struct view *base, struct counter *counter)
{
    struct sign_view *view = cast(base);
    int64_t left = wait_left(view);

    if (view->form.fields[FIELD_PIN].text[0] && stand_now() - view->typed_at > SECRET_KEPT) {
        form_wipe(&view->form, FIELD_PIN);
        counter->dirty = true;
    }
    if (left != view->shown)
        counter->dirty = true;
    if (view->shown && !left) {
        view->wait_until = 0;
        form_clear_notes(&view->form);
    }
    view->shown = left;
}

static struct form *sign_form(struct view *base)
{
    return &cast(base)->form;
}

/* --- painting --- */

/* The least role that may approve it, for a heading. */
static const char *least_approver(enum op_kind kind)
{
    if (role_may(ROLE_SUPERVISOR, kind))
        return "A supervisor";
    return role_may(ROLE_MANAGER, kind) ? "A manager" : "An administrator";
}

static void heading(const struct sign_view *view, const struct counter *counter, char *title,
                    char *text, size_t size)
{
    const struct staff *owner = &counter->stand.owner;

    switch (view->use) {
    case SIGN_LOCKED:
        snprintf(title, size, "Locked");
        snprintf(text, size, "%s: what was begun here comes back with your PIN.%s", owner->name,
                 " Anybody else who signs on finds nothing of it.");
        break;
    case SIGN_APPROVE:
        snprintf(title, size, "%s can approve", least_approver(view->request.kind));
        snprintf(text, size, "%s", view->request.refusal);
        break;
    case SIGN_LEAVE:
        snprintf(title, size, "Leave the counter");
        snprintf(text, size, "A manager's number and PIN end the program on this terminal.");
        break;
    default:
        snprintf(title, size, "Sign on");
        snprintf(text, size, "Type your number and your PIN.");
    }
}

/* The panel in the middle of the screen, a little above it. */
static void sign_paint(const struct view *base, const struct counter *counter,
                       struct canvas *canvas, struct area area)
{
    const struct sign_view *view = (const struct sign_view *)base;
    int width = area.columns - 4 < FORM_WIDTH ? area.columns - 4 : FORM_WIDTH;
    int column = (area.columns - width) / 2;
    int row = area.row + (area.rows - 9) / 3 + (area.rows > 12);
    char title[TK_MESSAGE_MAX], text[TK_MESSAGE_MAX];
    int64_t left = wait_left(view);

    heading(view, counter, title, text, sizeof text);
    canvas_put(canvas, row, column, width, STYLE_STRONG, title);
    canvas_rule(canvas, row + 1, column, width);
    row += 2;
    row += 1 + canvas_put_wrapped(canvas, (struct area){row, column, 3, width},
                                  view->use == SIGN_APPROVE ? STYLE_WARNING : STYLE_NORMAL, text);
    row += form_paint(&view->form, canvas, (struct area){row, column, 4, width});
    if (left)
        canvas_putf(canvas, row, column + view->form.label_width + 2, width, STYLE_WARNING,
                    "%lld:%02lld until it can be tried again", (long long)(left / 60),
                    (long long)(left % 60));
}

static void sign_leave(struct view *base)
{
    crypto_wipe(cast(base), sizeof(struct sign_view));
    free(base);
}

static const struct view_ops guard_ops = {
    .title = "Sign on",
    .guard = GUARD_SHUT,
    .group = sign_group,
    .paint = sign_paint,
    .act = sign_act,
    .type = sign_type,
    .form = sign_form,
    .tick = sign_tick,
    .leave = sign_leave,
};

static const struct view_ops prompt_ops = {
    .title = "Approval",
    .guard = GUARD_GUEST,
    .group = sign_group,
    .paint = sign_paint,
    .act = sign_act,
    .type = sign_type,
    .form = sign_form,
    .tick = sign_tick,
    .leave = sign_leave,
};

struct view *sign_on_view_new(const struct counter *counter, enum sign_use use,
                              const struct sign_request *request)
{
    struct sign_view *view = calloc(1, sizeof *view);
    char number[24] = "";

    if (!view)
        return NULL;
    view->view.ops = use == SIGN_ON || use == SIGN_LOCKED ? &guard_ops : &prompt_ops;
    view->use = use;
    view->typed_at = stand_now();
    if (request)
        view->request = *request;
    if (use == SIGN_LOCKED)
        snprintf(number, sizeof number, "%lld", (long long)counter->stand.owner.number);
    form_add(&view->form, "Number", number, 8);
    form_add(&view->form, "PIN", "", SECRET_MAX);
    view->form.fields[FIELD_PIN].secret = true;
    view->form.active = number[0] ? FIELD_PIN : FIELD_NUMBER;
    return &view->view;
}
