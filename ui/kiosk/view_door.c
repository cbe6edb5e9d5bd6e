/* The view of a door: scans, typed codes and commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/door_view.h"

#define MORE_DIGITS 3

static struct door_view *cast(struct view *view)
{
    return (struct door_view *)view;
}

/* It is the lowest of the stack. */
static struct door_view *view_of(const struct counter *counter)
{
    return cast(counter->views[0]);
}

static const char *typed(const struct door_view *view)
{
    return view->typed.fields[0].text;
}

static unsigned door_group(const struct view *base)
{
    const struct door_view *view = (const struct door_view *)base;

    return view->asking ? GROUP_DOOR_MORE : typed(view)[0] ? GROUP_DOOR_CODE : GROUP_DOOR;
}

static void clear_typed(struct door_view *view)
{
    form_set(&view->typed, 0, "");
    view->asking = false;
}

/* --- answers --- */

static void answer(struct door_view *view, struct counter *counter, int given)
{
    view->answer = given;
    counter->message_shown = false;
    counter->dirty = true;
    tone_play(&counter->tones, &door_look_of(given)->tone, counter_now(counter));
}

/* What a scan, a look-up or a further admission came to. */
static void tell(struct door_view *view, struct counter *counter, enum tk_code code,
                 const struct admission *admission, const struct tk_error *error)
{
    if (code) {
        text_display(view->message, sizeof view->message, error->message);
        view->refused = tk_code_is_shut_out(code) || code == TK_FORBIDDEN;
        answer(view, counter, ANSWER_NOT_CHECKED);
        return;
    }
    view->refused = false;
    view->admission = *admission;
    if (admission->repeated && view->answer == (int)admission->verdict)
        counter->dirty = true; /* it was heard already */
    else
        answer(view, counter, (int)admission->verdict);
}

int door_view_more(const struct door_view *view)
{
    const struct admission *admission = &view->admission;

    return view->answer == VERDICT_ADMITTED || view->answer == VERDICT_ALREADY
               ? admission->sale_waiting
               : 0;
}

/* Judges the oldest code of the queue; false when it has to wait. */
static bool judge(struct door_view *view, struct counter *counter)
{
    struct tk_error error = {0};
    struct admission admission = {0};
    int64_t wait_us = 0;
    enum tk_code code;

    counter->changing = true;
    code = door_scan(counter->door, view->queue[0], &admission, &wait_us, &error);
    counter->changing = false;
    if (!code && wait_us > 0) {
        view->wait_until = counter_now(counter) + wait_us;
        if (view->answer != ANSWER_WAIT)
            answer(view, counter, ANSWER_WAIT);
        return false;
    }
    view->queued--;
    memmove(view->queue[0], view->queue[1], (size_t)view->queued * sizeof view->queue[0]);
    tell(view, counter, code, &admission, &error);
    return true;
}

static void judge_all(struct door_view *view, struct counter *counter)
{
    int64_t now = counter_now(counter);

    if (view->wait_until && now < view->wait_until &&
        view->wait_until - now <= WRONG_PASS_PAUSE) /* a clock set back keeps nobody waiting */
        return;
    view->wait_until = 0;
    while (view->queued && judge(view, counter))
        continue;
}

static void take_code(struct door_view *view, struct counter *counter, const char *code)
{
    clear_typed(view);
    counter->dirty = true;
    if (view->queued == DOOR_QUEUE_MAX) {
        text_copy(view->message, sizeof view->message,
                  "Too many passes wait to be checked: this one was not taken.");
        answer(view, counter, ANSWER_NOT_CHECKED);
        return;
    }
    text_copy(view->queue[view->queued++], sizeof view->queue[0], code);
    judge_all(view, counter);
}

void door_view_scanned(struct counter *counter, const char *code)
{
    counter_pop_all(counter);
    counter->question.yes = NULL;
    take_code(view_of(counter), counter, code);
}

void door_view_admit(struct counter *counter, uint64_t ticket_id)
{
    struct tk_error error = {0};
    struct admission admission = {0};
    enum tk_code code;

    counter_pop_all(counter);
    counter->changing = true;
    code = door_admit_ticket(counter->door, ticket_id, &admission, &error);
    counter->changing = false;
    tell(view_of(counter), counter, code, &admission, &error);
}

/* --- commands --- */

static void ask_more(struct door_view *view, struct counter *counter)
{
    clear_typed(view);
    if (door_view_more(view))
        view->asking = true;
    else if (view->answer == VERDICT_ADMITTED || view->answer == VERDICT_ALREADY)
        counter_say(counter, MESSAGE_INFO, "All of this sale are in.");
    else
        counter_say(counter, MESSAGE_WARNING,
                    "Scan a ticket of the sale first: then more of it can be let in.");
}

/* `text`: how many; "": all. */
static void admit_more(struct door_view *view, struct counter *counter, const char *text)
{
    struct tk_error error = {0};
    struct admission admission = {0};
    int64_t count = door_view_more(view);
    enum tk_code code;

    if (*text && (!text_parse_int(text, &count) || count < 1 || count > door_view_more(view))) {
        form_set(&view->typed, 0, "");
        counter_say(counter, MESSAGE_WARNING, "%d more of this sale can be let in: 1 to %d.",
                    door_view_more(view), door_view_more(view));
        return;
    }
    clear_typed(view);
    counter->changing = true;
    code = door_admit_more(counter->door, view->admission.ticket_id, count, &admission, &error);
    counter->changing = false;
    tell(view, counter, code, &admission, &error);
}

static void take_back(struct door_view *view, struct counter *counter)
{
    struct tk_error error = {0};
    struct admission admission = {0};
    enum tk_code code;

    counter->changing = true;
    code = door_undo(counter->door, &admission, &error);
    counter->changing = false;
    if (code) {
        counter_say_error(counter, &error);
        return;
    }
    view->admission = admission;
    answer(view, counter, ANSWER_TAKEN_BACK);
}

static void leave_yes(struct counter *counter, uint64_t subject)
{
    (void)subject;
    counter->running = false;
}

static void leave_door(struct counter *counter)
{
    size_t waiting = door_waiting(counter->door);

    if (!waiting)
        counter->running = false;
    else
        counter_ask(counter, leave_yes, 0,
                    "%zu %s to be sent to the box office: kept here, and sent when this door is "
                    "opened again. Leave?",
                    waiting, waiting == 1 ? "admission waits" : "admissions wait");
}

static void accept(struct door_view *view, struct counter *counter)
{
    char code[SCAN_TEXT_MAX];

    text_copy(code, sizeof code, typed(view));
    if (view->asking)
        admit_more(view, counter, code);
    else if (code[0])
        take_code(view, counter, code);
}

static void door_act(struct view *base, struct counter *counter, enum action action, int number)
{
    struct door_view *view = cast(base);

    (void)number;
    switch (action) {
    case ACTION_ACCEPT:
        accept(view, counter);
        break;
    case ACTION_BACK:
        clear_typed(view);
        break;
    case ACTION_LOOK_UP:
        clear_typed(view);
        counter_push(counter, door_find_view_new());
        break;
    case ACTION_ADMIT_MORE:
        ask_more(view, counter);
        break;
    case ACTION_UNDO:
        take_back(view, counter);
        break;
    case ACTION_CONFLICTS:
        counter_push(counter, door_conflicts_view_new());
        break;
    case ACTION_QUIT:
        leave_door(counter);
        break;
    default:
        form_act(&view->typed, action);
    }
}

static void door_type(struct view *base, struct counter *counter, const char *text)
{
    struct door_view *view = cast(base);

    (void)counter;
    if (!view->asking || strspn(text, "0123456789") == strlen(text))
        form_type(&view->typed, text);
}

static void door_leave(struct view *base)
{
    free(base);
}

/* Without a form: what is typed here is no text that people write, so any burst is a scan, and a scan
   clears what was typed. */
static const struct view_ops door_ops = {
    .title = "Door",
    .group = door_group,
    .paint = door_view_paint,
    .act = door_act,
    .type = door_type,
    .leave = door_leave,
};

struct view *door_view_new(void)
{
    struct door_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &door_ops;
    view->answer = ANSWER_READY;
    form_add(&view->typed, "Code", "", SCAN_TEXT_MAX - 1);
    return &view->view;
}

/* --- the clock --- */

/* Whether a scan may be under way, of which nothing must keep the loop. */
static bool is_being_typed(const struct counter *counter)
{
    return capture_wait_ms(&counter->scans.capture, counter_now(counter)) >= 0 ||
           counter->scans.held_count > 0;
}

static void tell_conflicts(struct counter *counter)
{
    struct door_conflict conflict;

    while (door_take_conflict(counter->door, &conflict))
        counter_say(counter, MESSAGE_BAD, "%s (F5 lists all that were refused later.)",
                    conflict.message);
}

static void look_at_door(struct door_view *view, struct counter *counter)
{
    struct tk_error error = {0};
    bool changed = false;
    enum tk_code code;

    counter->looking = true;
    code = door_tick(counter->door, &changed, &error);
    counter->looking = false;
    if (code && code != TK_INTERRUPTED && !view->failing)
        counter_say_error(counter, &error);
    if (code != TK_INTERRUPTED)
        view->failing = code != TK_OK;
    tell_conflicts(counter);
    if (changed)
        counter->stale = counter->dirty = true;
}

/* One digit is an answer where more cannot be meant, once it is known to begin no scan. */
static void answer_digit(struct door_view *view, struct counter *counter)
{
    if (view->asking && strlen(typed(view)) == 1 && door_view_more(view) < 10)
        accept(view, counter);
}

void door_view_tick(struct counter *counter)
{
    struct door_view *view = view_of(counter);

    if (is_being_typed(counter))
        return;
    answer_digit(view, counter);
    if (view->queued)
        judge_all(view, counter);
    look_at_door(view, counter);
}

int door_view_wait_ms(const struct counter *counter, int most)
{
    const struct door_view *view = view_of(counter);
    int64_t left = view->wait_until - counter_now(counter);

    if (!view->queued || left >= most * TIME_MILLISECOND)
        return most;
    return left < 0 ? 0 : (int)(left / TIME_MILLISECOND) + 1;
}
