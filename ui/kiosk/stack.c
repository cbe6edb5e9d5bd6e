/* stack: the views of a counter, the one on top seen; view.h says what each does. */
#include "core/crypto.h"
#include "ui/kiosk/view.h"

struct view *counter_top(const struct counter *counter)
{
    return counter->views[counter->view_count - 1];
}

void counter_push(struct counter *counter, struct view *view)
{
    if (!view) {
        counter_say(counter, MESSAGE_BAD, "%s", tk_code_sentence(TK_NO_MEMORY));
        return;
    }
    if (view->ops->guard == GUARD_NONE && stand_is_shut(counter)) {
        view->ops->leave(view);
        return;
    }
    if (counter->view_count == VIEWS_MAX) { /* the way back is long: its oldest step goes */
        counter->views[1]->ops->leave(counter->views[1]);
        counter->view_count--;
        for (int i = 1; i < counter->view_count; i++)
            counter->views[i] = counter->views[i + 1];
    }
    counter->views[counter->view_count++] = view;
    counter->message_shown = false;
    counter->stale = true;
}

static void pop(struct counter *counter)
{
    struct view *view = counter_top(counter);

    counter->views[--counter->view_count] = NULL;
    view->ops->leave(view);
    counter->message_shown = false;
    counter->stale = true;
}

static bool is_guard(const struct view *view)
{
    return view->ops->guard == GUARD_SHUT;
}

void counter_pop(struct counter *counter)
{
    if (counter->view_count > 1 && !is_guard(counter_top(counter)))
        pop(counter);
}

void counter_unshut(struct counter *counter)
{
    if (counter->view_count > 1 && is_guard(counter_top(counter)))
        pop(counter);
}

void counter_begin_anew(struct counter *counter)
{
    struct view *fresh = programme_view_new();

    while (counter->view_count > 1)
        pop(counter);
    if (fresh) {
        counter->views[0]->ops->leave(counter->views[0]);
        counter->views[0] = fresh;
    }
    crypto_wipe(counter->messages, sizeof counter->messages);
    crypto_wipe(&counter->scans, sizeof counter->scans);
    crypto_wipe(&counter->question, sizeof counter->question);
    counter->message_count = 0;
    counter->message_shown = false;
    counter->last_sale = 0;
    counter->stale = counter->dirty = true;
}

void counter_pop_all(struct counter *counter)
{
    while (counter->view_count > 1 && !is_guard(counter_top(counter)))
        counter_pop(counter);
}
