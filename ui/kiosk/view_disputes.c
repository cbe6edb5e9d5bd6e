/* Disputes: the list of them, both sides of one, and closing it with a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/dispute_words.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/ticket_list.h"
#include "ui/kiosk/view.h"

#define LINES_EACH 3
#define TEXT_COLUMN 18 /* behind "Sun 22 Nov 19:42" */

static struct view *dispute_view_new(struct counter *counter, const struct dispute *dispute);

/* "Skyfall, Sun 22 Nov 19:45 · TKT7K3QF9XW2M", as far as it is known. */
static void print_subject(const struct counter *counter, const struct canvas *canvas,
                          const struct dispute *dispute, const struct slot *slot, char *text,
                          size_t size)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX] = "a showing that is not known here";
    char id[ID_TEXT_MAX] = "";

    if (slot)
        office_name_slot(counter->office, slot, name, sizeof name);
    id_print(id, ID_TICKET, dispute->ticket_id);
    snprintf(text, size, "%s%s%s%s%s", name, dispute->ticket_id ? " " : "",
             dispute->ticket_id ? canvas_sign(canvas, SIGN_DOT) : "",
             dispute->ticket_id ? " " : "", dispute->ticket_id ? id : "");
}

/* --- the list --- */

struct disputes_view {
    struct view view;
    struct dispute_list list; /* open ones first, the latest first */
    struct slot_list slots;   /* that they name */
    size_t selected;
};

static struct disputes_view *cast_list(struct view *view)
{
    return (struct disputes_view *)view;
}

static unsigned disputes_group(const struct view *view)
{
    (void)view;
    return GROUP_DISPUTES;
}

static void select_again(struct disputes_view *view, const struct op_id *id)
{
    for (size_t i = 0; i < view->list.count; i++)
        if (op_id_equal(&view->list.items[i].id, id))
            view->selected = i;
    if (view->selected >= view->list.count)
        view->selected = view->list.count ? view->list.count - 1 : 0;
}

/* What is closed stays so: this till's copy may learn of it a little later. */
static void keep_closed(struct dispute_list *list, const struct dispute_list *before)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; !list->items[i].closed_at && k < before->count; k++)
            if (op_id_equal(&list->items[i].id, &before->items[k].id))
                list->items[i] = before->items[k];
}

static void disputes_recalc(struct view *base, struct counter *counter)
{
    struct disputes_view *view = cast_list(base);
    struct dispute_query query = {0};
    struct dispute_list list = {0};
    struct slot_list slots = {0};
    struct tk_error error = {0};
    struct op_id id = {0};

    if (view->list.count)
        id = view->list.items[view->selected].id;
    if (office_disputes(counter->office, &query, &list, &error) ||
        dispute_slots(counter->office, &list, &slots, &error)) {
        counter_say_error(counter, &error);
        dispute_list_release(&list);
        slot_list_release(&slots);
        return;
    }
    keep_closed(&list, &view->list);
    dispute_list_sort(&list);
    dispute_list_release(&view->list);
    slot_list_release(&view->slots);
    view->list = list;
    view->slots = slots;
    select_again(view, &id);
}

static void move(struct disputes_view *view, int by)
{
    size_t count = view->list.count, distance = (size_t)(by < 0 ? -by : by);

    if (by < 0)
        view->selected -= distance < view->selected ? distance : view->selected;
    else if (count)
        view->selected = view->selected + distance < count ? view->selected + distance : count - 1;
}

static void disputes_act(struct view *base, struct counter *counter, enum action action,
                         int number)
{
    struct disputes_view *view = cast_list(base);
    int page = (counter->canvas.rows - 6) / LINES_EACH;

    (void)number;
    if (action == ACTION_BACK)
        counter_pop(counter);
    else if (action == ACTION_UP || action == ACTION_DOWN)
        move(view, action == ACTION_UP ? -1 : 1);
    else if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN)
        move(view, action == ACTION_PAGE_UP ? -page : page);
    else if (action == ACTION_FIRST)
        view->selected = 0;
    else if (action == ACTION_LAST)
        view->selected = view->list.count ? view->list.count - 1 : 0;
    else if (action == ACTION_ACCEPT && view->list.count)
        counter_push(counter, dispute_view_new(counter, &view->list.items[view->selected]));
}

static void disputes_point(struct view *base, struct counter *counter, const struct event *event)
{
    (void)counter;
    move(cast_list(base), event->rows);
}

static void paint_dispute(const struct disputes_view *view, const struct counter *counter,
                          struct canvas *canvas, struct area area, size_t at)
{
    const struct dispute *dispute = &view->list.items[at];
    bool selected = at == view->selected;
    enum style style = selected             ? STYLE_SELECTED
                       : dispute->closed_at ? STYLE_MUTED
                                            : STYLE_NORMAL;
    char when[TIME_TEXT_MAX], name[80];
    char subject[SLOT_NAME_SIZE + TIME_TEXT_MAX + ID_TEXT_MAX];
    int column = area.column + 1 + TEXT_COLUMN, width = area.columns - TEXT_COLUMN - 2;

    canvas_fill(canvas, area, style);
    for (int i = 0; selected && i < area.rows; i++)
        canvas_put(canvas, area.row + i, area.column, 1, style, canvas_sign(canvas, SIGN_POINTER));
    time_print_day(when, dispute->at, counter_zone(counter));
    dispute_name(dispute, name, sizeof name);
    canvas_put(canvas, area.row, area.column + 1, 16, style, when);
    canvas_putf(canvas, area.row, column, width - 8, style, "%s at %s", name, dispute->device);
    canvas_put_right(canvas, area.row, area.column + area.columns - 9, 8,
                     selected || dispute->closed_at ? style : STYLE_WARNING,
                     dispute->closed_at ? "closed" : "open");
    print_subject(counter, canvas, dispute, slot_list_find(&view->slots, dispute->slot_id),
                  subject, sizeof subject);
    canvas_put(canvas, area.row + 1, column, width, style, subject);
    canvas_put(canvas, area.row + 2, column, width, style, tk_code_sentence(dispute->code));
}

static size_t count_open(const struct dispute_list *list)
{
    size_t open = 0;

    while (open < list->count && !list->items[open].closed_at)
        open++;
    return open;
}

static void disputes_paint(const struct view *base, const struct counter *counter,
                           struct canvas *canvas, struct area area)
{
    const struct disputes_view *view = (const struct disputes_view *)base;
    int rows = (area.rows - 3) / LINES_EACH;
    size_t count = view->list.count, first = list_first_shown(count, view->selected, rows);
    size_t open = count_open(&view->list);

    if (line_is_cut(counter))
        canvas_putf(canvas, area.row, 1, area.columns - 2, STYLE_STRONG,
                    "Disputes: %zu open; closed ones are not known here while it is away", open);
    else
        canvas_putf(canvas, area.row, 1, area.columns - 2, STYLE_STRONG,
                    "Disputes: %zu open, %zu closed", open, count - open);
    canvas_put(canvas, area.row + 1, 1, area.columns - 2, STYLE_MUTED,
               "done while the box office was away, and refused by it afterwards");
    if (!count)
        canvas_put(canvas, area.row + 3, 1, area.columns - 2, STYLE_MUTED, "There are none.");
    for (int i = 0; i < rows && first + (size_t)i < count; i++)
        paint_dispute(view, counter, canvas,
                      (struct area){area.row + 3 + i * LINES_EACH, 0, LINES_EACH, area.columns},
                      first + (size_t)i);
}

static void disputes_leave(struct view *base)
{
    dispute_list_release(&cast_list(base)->list);
    slot_list_release(&cast_list(base)->slots);
    free(base);
}

static const struct view_ops disputes_ops = {
    .title = "Disputes",
    .group = disputes_group,
    .recalc = disputes_recalc,
    .paint = disputes_paint,
    .act = disputes_act,
    .point = disputes_point,
    .leave = disputes_leave,
};

struct view *disputes_view_new(void)
{
    struct disputes_view *view = calloc(1, sizeof *view);

    if (view)
        view->view.ops = &disputes_ops;
    return view ? &view->view : NULL;
}

/* In the list below, where it is the view that is seen again. */
static void mark_closed(struct counter *counter, const struct op_id *id, const char *reason)
{
    struct view *top = counter_top(counter);
    struct dispute_list *list = top->ops == &disputes_ops ? &cast_list(top)->list : NULL;

    for (size_t i = 0; list && i < list->count; i++) {
        struct dispute *dispute = &list->items[i];

        if (!op_id_equal(&dispute->id, id) || dispute->closed_at)
            continue;
        dispute->closed_at = counter_now(counter);
        text_display(dispute->closed_by, sizeof dispute->closed_by, counter->office->actor);
        text_display(dispute->reason, sizeof dispute->reason, reason);
        dispute->customer_name[0] = dispute->customer_phone[0] = '\0'; /* as the box office has it */
    }
    counter->stale = true;
}

/* --- one --- */

struct dispute_view {
    struct view view;
    struct dispute dispute;
    struct slot slot; /* id 0: not known here */
    bool closing;     /* the reason is being typed */
    struct form form;
    struct op_id operation; /* kept until the outcome is known */
};

static struct dispute_view *cast(struct view *view)
{
    return (struct dispute_view *)view;
}

static unsigned dispute_group(const struct view *base)
{
    const struct dispute_view *view = (const struct dispute_view *)base;

    return view->closing ? GROUP_CLOSING : GROUP_DISPUTE;
}

/* Somebody else may have closed it meanwhile. */
static void dispute_recalc(struct view *base, struct counter *counter)
{
    struct dispute_view *view = cast(base);
    struct dispute_query query = {.id = &view->dispute.id};
    struct dispute_list list = {0};
    struct tk_error error = {0};

    if (office_disputes(counter->office, &query, &list, &error))
        counter_say_error(counter, &error);
    else if (list.count && (list.items[0].closed_at || !view->dispute.closed_at))
        view->dispute = list.items[0];
    view->closing &= !view->dispute.closed_at;
    dispute_list_release(&list);
    if (view->dispute.slot_id &&
        office_slot(counter->office, view->dispute.slot_id, &view->slot, NULL))
        view->slot.id = 0;
}

static void close_again(struct counter *counter, uint64_t unused);

static void refused(struct dispute_view *view, struct counter *counter,
                    const struct tk_error *error)
{
    if (error->code == TK_DISPUTE_CLOSED)
        view->closing = false;
    else if (!counter_is_away(error->code))
        form_point_out(&view->form, 0, error->message);
    if (tk_code_is_refusal(error->code) || error->code == TK_NOT_PERMITTED)
        view->operation = office_make_id(counter->office);
    counter_say_error(counter, error);
    counter->stale = true;
    stand_offer_approval(counter, error, OP_CLOSE, close_again, 0);
}

static void close_dispute(struct dispute_view *view, struct counter *counter)
{
    struct tk_error error = {0};
    const char *actor = stand_name(counter) ? stand_name(counter) : counter->office->actor;
    struct op_id id = view->dispute.id;
    char reason[DISPUTE_REASON_SIZE];

    text_display(reason, sizeof reason, view->form.fields[0].text);
    if (office_close_dispute(counter->office, &view->dispute.id, view->form.fields[0].text,
                             &view->operation, &error)) {
        refused(view, counter, &error);
        return;
    }
    counter_pop(counter); /* frees this view */
    mark_closed(counter, &id, reason);
    line_look(counter);
    counter_say(counter, MESSAGE_GOOD, "The dispute is closed, in the name of %s.", actor);
}

static void begin_closing(struct dispute_view *view, struct counter *counter)
{
    if (view->dispute.closed_at)
        counter_say(counter, MESSAGE_WARNING, "%s", tk_code_sentence(TK_DISPUTE_CLOSED));
    else
        view->closing = true;
}

static void show_ticket(const struct dispute_view *view, struct counter *counter)
{
    if (view->dispute.ticket_id)
        counter_push(counter, ticket_view_new(view->dispute.ticket_id));
    else
        counter_say(counter, MESSAGE_WARNING, "No ticket is known of this.");
}

/* Approved: the dispute is on top again. */
static void close_again(struct counter *counter, uint64_t unused)
{
    (void)unused;
    close_dispute(cast(counter_top(counter)), counter);
}

static void dispute_act(struct view *base, struct counter *counter, enum action action, int number)
{
    struct dispute_view *view = cast(base);

    (void)number;
    if (action == ACTION_BACK && view->closing)
        view->closing = false; /* what was typed stays */
    else if (action == ACTION_BACK)
        counter_pop(counter);
    else if (action == ACTION_CLOSE)
        begin_closing(view, counter);
    else if (action == ACTION_TICKETS)
        show_ticket(view, counter);
    else if (action == ACTION_ACCEPT && view->closing)
        close_dispute(view, counter);
    else if (view->closing)
        form_act(&view->form, action);
}

static void dispute_type(struct view *base, struct counter *counter, const char *text)
{
    (void)counter;
    if (cast(base)->closing)
        form_type(&cast(base)->form, text);
}

static struct form *dispute_form(struct view *base)
{
    return cast(base)->closing ? &cast(base)->form : NULL;
}

/* A heading and its text; returns the row after the blank one below. */
static int paint_side(struct canvas *canvas, struct area area, int row, const char *heading,
                      const char *text)
{
    struct area rest = {row + 1, 4, area.row + area.rows - row - 1, area.columns - 6};

    canvas_put(canvas, row, 2, area.columns - 4, STYLE_STRONG, heading);
    return row + 2 + canvas_put_wrapped(canvas, rest, STYLE_NORMAL, text);
}

static void paint_closing(const struct dispute_view *view, const struct counter *counter,
                          struct canvas *canvas, struct area area, int row)
{
    int width = area.columns - 4 < 100 ? area.columns - 4 : 100;

    if (!view->closing) {
        canvas_put_wrapped(canvas, (struct area){row, 2, 2, area.columns - 4}, STYLE_MUTED,
                           "Nothing was undone by the refusal: settle it with the guest, then "
                           "close it.");
        return;
    }
    canvas_putf(canvas, row, 2, area.columns - 4, STYLE_STRONG,
                "Close it in the name of %s: what was done about it?",
                stand_name(counter) ? stand_name(counter) : counter->office->actor);
    field_paint(&view->form.fields[0], canvas, row + 1, 2, width, true);
    canvas_put(canvas, row + 2, 2, area.columns - 4,
               view->form.fields[0].wrong ? STYLE_WARNING : STYLE_MUTED, view->form.fields[0].note);
}

static void dispute_paint(const struct view *base, const struct counter *counter,
                          struct canvas *canvas, struct area area)
{
    const struct dispute_view *view = (const struct dispute_view *)base;
    const struct dispute *dispute = &view->dispute;
    char text[DISPUTE_WORDS_SIZE];
    int row = area.row + 4;

    dispute_name(dispute, text, sizeof text);
    canvas_putf(canvas, area.row + 1, 2, area.columns - 12, STYLE_STRONG, "Dispute about %s", text);
    canvas_put_right(canvas, area.row + 1, area.columns - 9, 8,
                     dispute->closed_at ? STYLE_MUTED : STYLE_WARNING,
                     dispute->closed_at ? "closed" : "open");
    print_subject(counter, canvas, dispute, view->slot.id ? &view->slot : NULL, text, sizeof text);
    canvas_put(canvas, area.row + 2, 2, area.columns - 4, STYLE_NORMAL, text);
    dispute_tell_ours(dispute, counter_zone(counter), text, sizeof text);
    row = paint_side(canvas, area, row, "What was done", text);
    dispute_tell_theirs(dispute, counter_zone(counter), text, sizeof text);
    row = paint_side(canvas, area, row, "What the box office says", text);
    dispute_tell_end(dispute, counter_zone(counter), text, sizeof text);
    if (dispute->closed_at)
        paint_side(canvas, area, row, "What was done about it", text);
    else
        paint_closing(view, counter, canvas, area, row);
}

static void dispute_leave(struct view *base)
{
    free(base);
}

static const struct view_ops dispute_ops = {
    .title = "Dispute",
    .group = dispute_group,
    .recalc = dispute_recalc,
    .paint = dispute_paint,
    .act = dispute_act,
    .type = dispute_type,
    .form = dispute_form,
    .leave = dispute_leave,
};

static struct view *dispute_view_new(struct counter *counter, const struct dispute *dispute)
{
    struct dispute_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &dispute_ops;
    view->dispute = *dispute;
    view->operation = office_make_id(counter->office);
    form_add(&view->form, "Reason", "", DISPUTE_REASON_SIZE - 1);
    return &view->view;
}
