/* The pages of lines: help, made from the table of keys, and the messages so far. */
#include <stdlib.h>

#include "core/text.h"
#include "ui/kiosk/view.h"

struct text_view {
    struct view view;
    unsigned group;  /* of the view that help was asked from */
    unsigned groups; /* that are told of: a door's, or a counter's */
    int first;      /* the first line shown */
};

static struct text_view *cast(struct view *view)
{
    return (struct text_view *)view;
}

/* `last`: the last line that may stand on top. */
static void scroll(struct text_view *view, int by, int last)
{
    view->first += by;
    if (view->first > last)
        view->first = last;
    if (view->first < 0)
        view->first = 0;
}

static void text_act(struct text_view *view, struct counter *counter, enum action action, int page,
                     int last)
{
    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
        scroll(view, action == ACTION_UP ? -1 : 1, last);
        break;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        scroll(view, action == ACTION_PAGE_UP ? -page : page, last);
        break;
    case ACTION_FIRST:
    case ACTION_LAST:
        scroll(view, action == ACTION_FIRST ? -view->first : last, last);
        break;
    case ACTION_BACK:
    case ACTION_ACCEPT:
        counter_pop(counter);
        break;
    default:
        break;
    }
}

static void text_leave(struct view *base)
{
    free(base);
}

/* --- help --- */

#define AT_DOORS (GROUP_DOORS | GROUP_MESSAGES | GROUP_HELP)

/* Calls `line` for each line of the help page; those of the view asked from come first. Returns how
   many there are. canvas may be NULL to count only. */
static int help_lines(const struct text_view *view, struct canvas *canvas, struct area area)
{
    int at = 0;

    for (int pass = -1; pass < GROUP_COUNT; pass++) {
        unsigned group = pass < 0 ? view->group : 1u << pass;

        if (pass >= 0 && (group == view->group || !(group & view->groups)))
            continue;
        for (int i = -1; i < key_binding_count; i++) {
            int row = area.row + at - view->first;
            bool seen = canvas && row >= area.row && row < area.row + area.rows;

            if (i >= 0 && (!(key_bindings[i].groups & group) || !key_bindings[i].help))
                continue;
            if (seen && i < 0)
                canvas_put(canvas, row, 2, area.columns - 4, STYLE_STRONG, key_group_name(group));
            if (seen && i >= 0) {
                canvas_put(canvas, row, 4, 12, STYLE_KEY, key_bindings[i].shown);
                canvas_put(canvas, row, 17, area.columns - 19, STYLE_NORMAL,
                           key_bindings[i].help);
            }
            at++;
        }
        at++; /* a blank line */
    }
    return at;
}

static unsigned help_group(const struct view *view)
{
    (void)view;
    return GROUP_HELP;
}

static void help_paint(const struct view *base, const struct counter *counter,
                       struct canvas *canvas, struct area area)
{
    struct area page = {area.row + 2, 0, area.rows - 2, area.columns};

    (void)counter;
    canvas_put(canvas, area.row, 2, area.columns - 4, STYLE_STRONG, "All keys");
    help_lines((const struct text_view *)base, canvas, page);
}

static int help_page(const struct counter *counter)
{
    return counter->canvas.rows - 5;
}

static int help_last(const struct text_view *view, const struct counter *counter)
{
    int lines = help_lines(view, NULL, (struct area){0}), page = help_page(counter);

    return lines > page ? lines - page : 0;
}

static void help_act(struct view *base, struct counter *counter, enum action action, int number)
{
    (void)number;
    text_act(cast(base), counter, action, help_page(counter), help_last(cast(base), counter));
}

static void help_point(struct view *base, struct counter *counter, const struct event *event)
{
    scroll(cast(base), event->rows, help_last(cast(base), counter));
}

static const struct view_ops help_ops = {
    .title = "Help",
    .group = help_group,
    .paint = help_paint,
    .act = help_act,
    .point = help_point,
    .leave = text_leave,
};

struct view *help_view_new(const struct counter *counter, unsigned group)
{
    struct text_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &help_ops;
    view->group = group;
    view->groups = counter->door ? AT_DOORS : GROUP_ANY & ~(unsigned)GROUP_DOORS;
    return &view->view;
}

/* --- messages --- */

static unsigned messages_group(const struct view *view)
{
    (void)view;
    return GROUP_MESSAGES;
}

static int message_total(const struct counter *counter)
{
    return counter->message_count < MESSAGES_KEPT ? counter->message_count : MESSAGES_KEPT;
}

static void messages_paint(const struct view *base, const struct counter *counter,
                           struct canvas *canvas, struct area area)
{
    static const char *const words[] = {
        [MESSAGE_INFO] = "", [MESSAGE_GOOD] = "done", [MESSAGE_WARNING] = "no",
        [MESSAGE_BAD] = "FAILED"};
    const struct text_view *view = (const struct text_view *)base;
    int row = area.row + 2;

    canvas_put(canvas, area.row, 2, area.columns - 4, STYLE_STRONG, "Messages, latest first");
    for (int i = view->first; i < message_total(counter) && row < area.row + area.rows; i++) {
        const struct message *message =
            &counter->messages[(counter->message_count - 1 - i) % MESSAGES_KEPT];
        char clock[TIME_TEXT_MAX];

        time_print_clock(clock, message->at, counter_zone(counter));
        canvas_put(canvas, row, 2, 5, STYLE_MUTED, clock);
        canvas_put(canvas, row, 8, 6, message->kind >= MESSAGE_WARNING ? STYLE_WARNING : STYLE_GOOD,
                   words[message->kind]);
        row += canvas_put_wrapped(
            canvas, (struct area){row, 15, area.row + area.rows - row, area.columns - 17},
            STYLE_NORMAL, message->text);
    }
}

static void messages_act(struct view *base, struct counter *counter, enum action action,
                         int number)
{
    int page = (counter->canvas.rows - 5) / 3, total = message_total(counter); /* of three rows */

    (void)number;
    text_act(cast(base), counter, action, page, total > page ? total - 1 : 0);
}

static const struct view_ops messages_ops = {
    .title = "Messages",
    .group = messages_group,
    .paint = messages_paint,
    .act = messages_act,
    .leave = text_leave,
};

struct view *messages_view_new(void)
{
    struct text_view *view = calloc(1, sizeof *view);

    if (view)
        view->view.ops = &messages_ops;
    return view ? &view->view : NULL;
}
