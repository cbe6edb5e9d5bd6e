#include "ui/kiosk/events.h"

#include "core/text.h"
#include "ui/kiosk/frame.h"
#include "ui/kiosk/scans.h"
#include "ui/kiosk/terminal.h"

#define MESSAGE_READ (2 * TIME_SECOND)

static void answer(struct counter *counter, uint32_t key)
{
    struct question question = counter->question;

    if (key == KEY_FUNCTION_1 || key >= KEY_SPECIAL)
        return; /* arrows and such are no answer */
    counter->question.yes = NULL;
    counter->dirty = true;
    if (key == 'y' || key == 'Y')
        question.yes(counter, question.subject);
    else
        counter_say(counter, MESSAGE_INFO, "Nothing was changed.");
}

static void act_anywhere(struct counter *counter, enum action action, int number)
{
    struct view *view = counter_top(counter);

    switch (action) {
    case ACTION_FIND:
        if (!counter->door) /* tickets and passes are the counter's business */
            counter_push(counter, find_view_new());
        break;
    case ACTION_HELP:
        counter_push(counter, help_view_new(counter, view->ops->group(view)));
        break;
    case ACTION_MESSAGES:
        counter_push(counter, messages_view_new());
        break;
    case ACTION_DISPUTES:
        if (!counter->door)
            counter_push(counter, disputes_view_new());
        break;
    case ACTION_UNDO:
        if (counter->door)
            view->ops->act(view, counter, action, number);
        else
            counter_undo(counter);
        break;
    case ACTION_REDRAW:
        terminal_redraw();
        break;
    case ACTION_SIGN_OFF:
        if (view->ops->group(view) & GROUP_SHIFTS)
            view->ops->act(view, counter, action, number);
        else
            stand_leave_post(counter);
        break;
    case ACTION_QUIT:
        if (counter->view_count > 1 && view->ops->guard != GUARD_SHUT)
            counter_pop(counter);
        else if (counter->door)
            view->ops->act(view, counter, action, number);
        else
            stand_quit(counter);
        break;
    default:
        view->ops->act(view, counter, action, number);
    }
}

static void type_key(struct counter *counter, uint32_t key)
{
    struct view *view = counter_top(counter);
    char text[5];

    if (key < 0x20 || key >= KEY_SPECIAL || key == 0x7F || !view->ops->type)
        return;
    text[text_encode(text, key)] = '\0';
    view->ops->type(view, counter, text);
}

/* A message goes with the next key, but not before it could be read. */
static void hide_message(struct counter *counter)
{
    if (counter_now(counter) - counter_newest_message(counter)->at > MESSAGE_READ)
        counter->message_shown = false;
}

/* Whether an action may end in a change. */
static bool may_change(unsigned group, enum action action)
{
    return action == ACTION_UNDO || action == ACTION_PRINT || action == ACTION_PRINT_SALE ||
           (action == ACTION_ACCEPT && group & (GROUP_FORMS | GROUP_REISSUE | GROUP_SHIFTS));
}

static void handle_key(struct counter *counter, uint32_t key)
{
    struct view *view = counter_top(counter);
    unsigned group = view->ops->group(view);
    enum action action;
    int number;

    if (counter->question.yes) {
        counter->changing = true;
        answer(counter, key);
        counter->changing = false;
        return;
    }
    hide_message(counter);
    action = key_action(group, key, &number);
    counter->changing = may_change(group, action);
    if (action == ACTION_NONE)
        type_key(counter, key);
    else
        act_anywhere(counter, action, number);
    counter->changing = false;
    if (counter->store_failing &&
        (action == ACTION_ACCEPT || action == ACTION_REDRAW || counter->stale))
        counter->pause = 0; /* the clerk wants the store: it is looked for at once */
}

void events_refresh(struct counter *counter)
{
    if (!counter->stale || !counter->running)
        return;
    counter->stale = false;
    if (counter_top(counter)->ops->recalc)
        counter_top(counter)->ops->recalc(counter_top(counter), counter);
}

void events_handle_held(struct counter *counter, uint32_t key)
{
    uint32_t held[SCANS_HELD_MAX];
    int count = scans_look(counter, key, held);

    for (int i = 0; i < count && counter->running; i++) {
        counter->dirty = true;
        handle_key(counter, held[i]);
        events_refresh(counter);
    }
}

/* Where a PIN is typed nothing is looked for in what is typed, nor kept. */
static bool takes_scans(const struct counter *counter)
{
    return counter_top(counter)->ops->guard == GUARD_NONE;
}

void events_handle(struct counter *counter, const struct event *event)
{
    struct view *view = counter_top(counter);

    counter->dirty = true;
    if (stand_touch(counter, event))
        return;
    switch (event->kind) {
    case EVENT_KEY:
        if (frame_is_too_small(&counter->canvas))
            break;
        events_handle_held(counter, event->key);
        if (counter->running && !(takes_scans(counter) && scans_take_key(counter, event->key)))
            handle_key(counter, event->key);
        /* Enter pressed again and again at a waiting sale is not meant for the next one */
        if (counter->waiting_shown)
            terminal_forget_key(KEY_ENTER_);
        break;
    case EVENT_TEXT:
        if (!counter->question.yes && view->ops->type && event->text[0])
            view->ops->type(view, counter, event->text);
        break;
    case EVENT_CLICK:
    case EVENT_SCROLL:
        if (!counter->question.yes && view->ops->point && !frame_is_too_small(&counter->canvas))
            view->ops->point(view, counter, event);
        break;
    case EVENT_RESIZE:
        counter->stale = frame_size(counter);
        break;
    default:
        counter->running = false;
    }
}
