/* Schedule a showing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/form.h"
#include "ui/kiosk/view.h"

#define LENGTH_DEFAULT (2 * TIME_HOUR)

enum {
    FIELD_NAME,
    FIELD_DESCRIPTION,
    FIELD_START,
    FIELD_END,
    FIELD_TYPE,
    FIELD_GENRE,
    FIELD_CAPACITY,
    FIELD_SCREEN
};

struct schedule_view {
    struct view view;
    struct form form;
    struct op_id operation; /* kept until the outcome is known */
    bool warned;            /* that the showing is over already */
};

static struct schedule_view *cast(struct view *view)
{
    return (struct schedule_view *)view;
}

static unsigned schedule_group(const struct view *view)
{
    (void)view;
    return GROUP_SCHEDULE;
}

static const char *type_choice(int at)
{
    return at < 0 ? NULL : slot_type_name((enum slot_type)at);
}

static const char *genre_choice(int at)
{
    return at < 0 ? NULL : genre_name((enum genre)at);
}

static int field_of(enum tk_code code)
{
    switch (code) {
    case TK_BAD_TEXT:
        return FIELD_DESCRIPTION;
    case TK_END_BEFORE_START:
    case TK_TOO_LONG:
        return FIELD_END;
    case TK_BAD_CAPACITY:
        return FIELD_CAPACITY;
    case TK_BAD_NAME:
        return FIELD_NAME;
    default:
        return FIELD_START;
    }
}

/* Reads a time field; an error points at it. */
static enum tk_code read_time(struct schedule_view *view, struct counter *counter, int field,
                              int64_t *moment, struct tk_error *error)
{
    enum tk_code code =
        office_parse_time(counter->office, view->form.fields[field].text, moment, error);

    if (code)
        form_point_out(&view->form, field, error->message);
    return code;
}

static enum tk_code read_form(struct schedule_view *view, struct counter *counter,
                              struct op_schedule *schedule, struct tk_error *error)
{
    const struct field *fields = view->form.fields;
    enum tk_code code;

    text_copy(schedule->name, sizeof schedule->name, fields[FIELD_NAME].text);
    text_copy(schedule->description, sizeof schedule->description,
              fields[FIELD_DESCRIPTION].text);
    text_copy(schedule->screen, sizeof schedule->screen, fields[FIELD_SCREEN].text);
    schedule->type = (enum slot_type)fields[FIELD_TYPE].chosen;
    schedule->genre = (enum genre)fields[FIELD_GENRE].chosen;
    if (!text_parse_int(fields[FIELD_CAPACITY].text, &schedule->capacity))
        schedule->capacity = 0; /* the rules refuse it with their sentence */
    code = read_time(view, counter, FIELD_START, &schedule->starts_at, error);
    return code ? code : read_time(view, counter, FIELD_END, &schedule->ends_at, error);
}

static void schedule_again(struct counter *counter, uint64_t unused);

static void schedule(struct schedule_view *view, struct counter *counter)
{
    struct op_schedule wanted = {0};
    struct tk_error error = {0};
    struct slot slot;
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX];
    enum tk_code code;

    form_clear_notes(&view->form);
    code = read_form(view, counter, &wanted, &error);
    if (!code && wanted.ends_at > wanted.starts_at && wanted.ends_at <= counter_now(counter) &&
        !view->warned) {
        view->warned = true;
        form_point_out(&view->form, FIELD_START,
                       "In the past: nothing can be sold. Enter again schedules it.");
        return;
    }
    if (!code) {
        code = office_schedule(counter->office, &wanted, &view->operation, &slot, &error);
        if (code && !counter_is_away(code))
            form_point_out(&view->form, field_of(code), error.message);
        if (tk_code_is_refusal(code) || code == TK_NOT_PERMITTED)
            view->operation = office_make_id(counter->office);
    }
    if (code) {
        counter_say_error(counter, &error);
        stand_offer_approval(counter, &error, OP_SCHEDULE, schedule_again, 0);
        return;
    }
    office_name_slot(counter->office, &slot, name, sizeof name);
    counter_pop(counter); /* frees this view */
    if (office_check_open(counter->office, &slot, NULL))
        counter_say(counter, MESSAGE_WARNING,
                    "Scheduled: %s as %lld. It is over already: nothing can be sold for it.", name,
                    (long long)slot.id);
    else
        counter_say(counter, MESSAGE_GOOD, "Scheduled: %s as %lld, %d places.", name,
                    (long long)slot.id, slot.capacity);
}

/* Approved: the form is on top again. */
static void schedule_again(struct counter *counter, uint64_t unused)
{
    (void)unused;
    schedule(cast(counter_top(counter)), counter);
}

/* While the end still stands as proposed it follows the start. */
static void propose_end(struct schedule_view *view, struct counter *counter)
{
    char text[TIME_TEXT_MAX];
    int64_t start;

    if (!view->form.fields[FIELD_END].fresh ||
        office_parse_time(counter->office, view->form.fields[FIELD_START].text, &start, NULL))
        return;
    time_print_field(text, start + LENGTH_DEFAULT, counter_zone(counter));
    form_set(&view->form, FIELD_END, text);
}

static void schedule_act(struct view *base, struct counter *counter, enum action action,
                         int number)
{
    struct schedule_view *view = cast(base);

    (void)number;
    if (action == ACTION_BACK)
        counter_pop(counter);
    else if (action == ACTION_ACCEPT)
        schedule(view, counter);
    else if (form_act(&view->form, action))
        propose_end(view, counter);
}

static void schedule_type(struct view *base, struct counter *counter, const char *text)
{
    cast(base)->warned = false;
    if (form_type(&cast(base)->form, text))
        propose_end(cast(base), counter);
}

static void schedule_paint(const struct view *base, const struct counter *counter,
                           struct canvas *canvas, struct area area)
{
    const struct schedule_view *view = (const struct schedule_view *)base;
    struct area form = {area.row + 3, 2, area.rows - 3, area.columns - 4};

    (void)counter;
    canvas_put(canvas, area.row + 1, 2, area.columns - 4, STYLE_STRONG,
               "Schedule a showing");
    form_paint(&view->form, canvas, form);
}

static void schedule_leave(struct view *base)
{
    free(base);
}

static struct form *schedule_form(struct view *base)
{
    return &cast(base)->form;
}

static const struct view_ops schedule_ops = {
    .title = "Schedule",
    .group = schedule_group,
    .paint = schedule_paint,
    .act = schedule_act,
    .type = schedule_type,
    .form = schedule_form,
    .leave = schedule_leave,
};

struct view *schedule_view_new(struct counter *counter)
{
    struct schedule_view *view = calloc(1, sizeof *view);
    int64_t start = (counter_now(counter) / TIME_HOUR + 1) * TIME_HOUR;
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], capacity[16];

    if (!view)
        return NULL;
    view->view.ops = &schedule_ops;
    view->operation = office_make_id(counter->office);
    time_print_field(from, start, counter_zone(counter));
    time_print_field(to, start + LENGTH_DEFAULT, counter_zone(counter));
    snprintf(capacity, sizeof capacity, "%d", SLOT_CAPACITY_DEFAULT);
    form_add(&view->form, "Name", "", SLOT_NAME_SIZE - 1);
    form_add(&view->form, "Description", "", SLOT_DESCRIPTION_SIZE - 1);
    form_add(&view->form, "Start", from, TIME_TEXT_MAX - 1);
    form_add(&view->form, "End", to, TIME_TEXT_MAX - 1);
    form_add_choice(&view->form, "Type", type_choice, SLOT_MOVIE);
    form_add_choice(&view->form, "Genre", genre_choice, GENRE_DRAMA);
    form_add(&view->form, "Places", capacity, 40);
    form_add(&view->form, "Screen", "", SLOT_SCREEN_SIZE - 1);
    return &view->view;
}
