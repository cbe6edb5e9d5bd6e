/* The sale: places, phone, name; Enter sells from any field. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/form.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/view.h"

#define KNOWN_DIGITS 4 /* digits of a phone from which customers are looked up */
#define KNOWN_SHOWN 5
#define WALK_UP "empty: a walk-up sale"

enum { FIELD_PLACES, FIELD_PHONE, FIELD_NAME };

struct sale_view {
    struct view view;
    struct slot slot;
    struct form form;
    struct op_id operation;     /* kept until the outcome is known: never sold twice */
    struct customer_list known; /* whose phone ends as typed */
    bool filled;                /* the name stands there because the phone is known */
    uint64_t asked;             /* of whom it was asked how often he comes; 0: of nobody */
    bool answered;              /* … and it is known */
    struct loyalty loyalty;
    struct stand_sale effort; /* since the showing was chosen */
};

static struct sale_view *cast(struct view *view)
{
    return (struct sale_view *)view;
}

static unsigned sale_group(const struct view *view)
{
    (void)view;
    return GROUP_SALE;
}

/* The slot may have been sold from meanwhile. */
static void sale_recalc(struct view *base, struct counter *counter)
{
    struct sale_view *view = cast(base);
    struct tk_error error = {0};

    if (office_slot(counter->office, view->slot.id, &view->slot, &error))
        counter_say_error(counter, &error);
}

/* --- who it is --- */

/* Whether each word typed begins a word of the customer's name, case and accents aside. */
static bool name_fits(const struct customer *customer, const char *typed)
{
    char name[CUSTOMER_NAME_SIZE * 4 + 1] = " ", words[FIELD_SIZE], word[FIELD_SIZE + 1];
    const char *p = words;

    text_fold(name + 1, sizeof name - 1, customer->name);
    text_fold(words, sizeof words, typed);
    while (*(p += strspn(p, " "))) {
        snprintf(word, sizeof word, " %.*s", (int)strcspn(p, " "), p);
        if (!strstr(name, word))
            return false;
        p += strcspn(p, " ");
    }
    return true;
}

/* The one customer that phone and name mean so far; NULL when it is nobody or several. */
static const struct customer *meant(const struct sale_view *view)
{
    const char *name = view->filled ? "" : view->form.fields[FIELD_NAME].text;
    const struct customer *found = NULL;

    for (size_t i = 0; i < view->known.count; i++) {
        if (!name_fits(&view->known.items[i], name))
            continue;
        if (found)
            return NULL;
        found = &view->known.items[i];
    }
    return found;
}

/* The end of a phone is enough for someone known. A whole number with another name is someone
   else; so is a name that only begins like it. */
static bool sells_to_known(const struct sale_view *view)
{
    const struct customer *customer = meant(view);
    char phone[CUSTOMER_PHONE_SIZE];

    if (!customer)
        return false;
    if (view->filled)
        return true;
    if (!view->form.fields[FIELD_NAME].text[0])
        return false;
    return phone_clean(phone, view->form.fields[FIELD_PHONE].text) != TK_OK ||
           strcmp(phone, customer->phone) != 0;
}

/* How often he comes is asked when no key waits. */
static void sale_resume(struct view *base, struct counter *counter)
{
    struct sale_view *view = cast(base);
    const struct customer *customer = sells_to_known(view) ? meant(view) : NULL;
    enum tk_code code;

    if (!customer || customer->id == view->asked)
        return;
    counter->in_passing = true;
    code = office_loyalty(counter->office, customer->id, &view->loyalty, NULL);
    counter->in_passing = false;
    counter->unfinished = code == TK_INTERRUPTED; /* again, when the clerk pauses */
    if (code == TK_INTERRUPTED)
        return;
    view->asked = customer->id;
    view->answered = code == TK_OK;
}

/* Looks up whose phone ends with what is typed and fills in the name when it is one person. */
static void look_up(struct sale_view *view, struct counter *counter)
{
    struct field *name = &view->form.fields[FIELD_NAME];
    const char *phone = view->form.fields[FIELD_PHONE].text;
    struct customer_query query = {.limit = KNOWN_SHOWN + 1};
    char digits[CUSTOMER_PHONE_SIZE] = "";
    size_t used = 0;

    for (const char *p = phone; *p && used + 1 < sizeof digits; p++)
        if (isdigit((unsigned char)*p))
            digits[used++] = *p;
    digits[used] = '\0';
    text_copy(view->form.fields[FIELD_PHONE].note, sizeof view->form.fields[FIELD_PHONE].note,
              phone[0] ? "" : WALK_UP);
    view->known.count = 0;
    counter->unfinished = true;
    if (used >= KNOWN_DIGITS) {
        query.phone_end = digits;
        if (office_customers(counter->office, &query, &view->known, NULL))
            view->known.count = 0;
    }
    if (view->known.count == 1 && (!name->text[0] || view->filled)) {
        form_set(&view->form, FIELD_NAME, view->known.items[0].name);
        view->filled = true;
    } else if (view->filled) {
        form_set(&view->form, FIELD_NAME, "");
        view->filled = false;
    }
}

/* --- selling --- */

static int field_of(enum tk_code code)
{
    switch (code) {
    case TK_BAD_PHONE:
        return FIELD_PHONE;
    case TK_BAD_NAME:
        return FIELD_NAME;
    default:
        return FIELD_PLACES;
    }
}

/* Cut off, it can be told what this till may sell yet. */
static void tell_what_is_here(struct sale_view *view, struct counter *counter,
                              struct tk_error *error)
{
    int here;

    if (error->code != TK_NOT_ALLOTTED || !line_is_cut(counter) ||
        office_slot(counter->office, view->slot.id, &view->slot, NULL))
        return;
    here = view->slot.here;
    if (here) /* else the sentence says it */
        tk_fail(error, error->code,
                "The box office is away: only %d %s here, nothing was sold.", here,
                here == 1 ? "place is" : "places are");
}

static void sell_again(struct counter *counter, uint64_t unused);

/* A sale that did not come about: the sentence, the cursor in the field that it is about. */
static void refused(struct sale_view *view, struct counter *counter, struct tk_error *error)
{
    int field = field_of(error->code);

    line_look(counter);
    tell_what_is_here(view, counter, error);
    if (error->code == TK_HALF_CUSTOMER)
        field = view->form.fields[FIELD_PHONE].text[0] ? FIELD_NAME : FIELD_PHONE;
    form_clear_notes(&view->form);
    if (!counter_is_away(error->code))
        form_point_out(&view->form, field, error->message);
    counter_say_error(counter, error);
    if (error->code == TK_ID_REUSED)
        counter_say(counter, MESSAGE_BAD,
                    "The try before was saved after all: find it (F3) before selling again.");
    if (tk_code_is_refusal(error->code) || error->code == TK_NOT_PERMITTED)
        view->operation = office_make_id(counter->office);
    counter->stale = true;
    stand_offer_approval(counter, error, OP_BOOK, sell_again, 0);
}

static enum tk_code read_form(const struct sale_view *view, struct op_book *book,
                              struct tk_error *error)
{
    const struct field *fields = view->form.fields;

    book->slot.id = view->slot.id;
    if (!text_parse_int(fields[FIELD_PLACES].text, &book->count))
        return tk_fail(error, TK_BAD_COUNT, "How many places? Type a number.");
    if (!text_copy(book->customer_name, sizeof book->customer_name, fields[FIELD_NAME].text))
        return tk_fail(error, TK_BAD_NAME, "The name is longer than %zu bytes.",
                       sizeof book->customer_name - 1);
    if (sells_to_known(view)) {
        text_copy(book->customer_name, sizeof book->customer_name, meant(view)->name);
        text_copy(book->customer_phone, sizeof book->customer_phone, meant(view)->phone);
        return TK_OK;
    }
    if (!fields[FIELD_PHONE].text[0])
        return TK_OK;
    if (phone_clean(book->customer_phone, fields[FIELD_PHONE].text))
        return tk_fail_code(error, TK_BAD_PHONE);
    return TK_OK;
}

/* What was read back may be behind the sale: the sale stands. */
static void say_unseen(struct counter *counter, uint64_t first)
{
    char id[ID_TEXT_MAX];

    id_print(id, ID_TICKET, first);
    counter_say(counter, MESSAGE_WARNING,
                "Sold. The tickets cannot be shown yet: look them up under %s.", id);
}

/* `seen`: its tickets can be shown; `waiting`: in the queue before it. */
static void sold(struct sale_view *view, struct counter *counter, uint64_t first, size_t count,
                 bool seen, int64_t waiting)
{
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX];

    office_name_slot(counter->office, &view->slot, name, sizeof name);
    stand_count_sale(counter, &view->effort);
    counter->last_sale = first;
    counter->last_sale_at = counter_now(counter);
    text_copy(counter->last_sale_name, sizeof counter->last_sale_name, name);
    counter_pop(counter); /* frees this view */
    if (seen)
        counter_push(counter, ticket_view_new(first));
    line_look(counter);
    if (!seen)
        say_unseen(counter, first);
    else if (line_did_alone(counter, waiting))
        counter_say(counter, MESSAGE_GOOD,
                    "Sold from this till's own places: the box office is away. %zu %s for %s.",
                    count, count == 1 ? "ticket" : "tickets", name);
    else
        counter_say(counter, MESSAGE_GOOD, "Sold: %zu %s for %s.", count,
                    count == 1 ? "ticket" : "tickets", name);
}

static void sell(struct sale_view *view, struct counter *counter)
{
    struct op_book book = {0};
    struct ticket_view_list tickets = {0};
    struct outcome outcome = {0};
    struct tk_error error = {0};
    enum tk_code code = read_form(view, &book, &error);
    int64_t waiting;

    line_look(counter);
    waiting = counter->line.status.waiting;
    if (!code)
        code = office_book(counter->office, &book, &view->operation, &tickets, &outcome,
                           &error);
    if (code)
        refused(view, counter, &error);
    else
        sold(view, counter, outcome.ticket_id, (size_t)book.count, tickets.count > 0, waiting);
    ticket_view_list_release(&tickets);
}

/* Approved: the sale is on top again. */
static void sell_again(struct counter *counter, uint64_t unused)
{
    (void)unused;
    sell(cast(counter_top(counter)), counter);
}

/* --- keys --- */

static void sale_act(struct view *base, struct counter *counter, enum action action, int number)
{
    struct sale_view *view = cast(base);
    int field = view->form.active;

    (void)number;
    if (action == ACTION_ACCEPT) {
        sell(view, counter);
    } else if (action == ACTION_BACK) {
        counter_pop(counter);
    } else if (form_act(&view->form, action)) {
        if (field == FIELD_PHONE &&
            (action == ACTION_ERASE || action == ACTION_DELETE || action == ACTION_CLEAR_FIELD))
            look_up(view, counter);
        if (field == FIELD_NAME && !view->form.fields[FIELD_NAME].fresh)
            view->filled = false;
        counter->unfinished = true;
    }
}

static void sale_type(struct view *base, struct counter *counter, const char *text)
{
    struct sale_view *view = cast(base);
    int field = view->form.active;

    if (!form_type(&view->form, text))
        return;
    if (field == FIELD_PHONE)
        look_up(view, counter);
    else if (field == FIELD_NAME)
        view->filled = false;
    counter->unfinished = true;
}

/* --- painting --- */

/* "Gold  14 visits, the last one Fri 20 Nov  31 tickets in a year  customer since 2024-03-03" */
static void paint_loyalty(const struct sale_view *view, const struct counter *counter,
                          struct canvas *canvas, struct area area)
{
    const struct customer *customer = sells_to_known(view) ? meant(view) : NULL;
    const struct loyalty *loyalty = &view->loyalty;
    char since[TIME_TEXT_MAX], text[160];
    int used;

    if (!customer || !view->answered || view->asked != customer->id || area.rows < 1)
        return;
    time_print_field(since, customer->created_at, counter_zone(counter));
    used = canvas_putf(canvas, area.row, area.column, area.columns, STYLE_STRONG, "%s%s",
                       tier_name(loyalty->tier), loyalty->chosen ? " by choice" : "");
    snprintf(text, sizeof text, "%lld %s, %lld %s used in a year, customer since %.10s",
             (long long)loyalty->visits, loyalty->visits == 1 ? "visit" : "visits",
             (long long)loyalty->tickets, loyalty->tickets == 1 ? "ticket" : "tickets", since);
    used += 2;
    canvas_put_wrapped(
        canvas, (struct area){area.row, area.column + used, area.rows, area.columns - used},
        STYLE_NORMAL, text);
}

static void paint_known(const struct sale_view *view, const struct counter *counter,
                        struct canvas *canvas, struct area area)
{
    size_t shown = view->known.count < KNOWN_SHOWN ? view->known.count : KNOWN_SHOWN;
    char phone[CUSTOMER_PHONE_SIZE * 4];

    if (view->known.count == 0)
        return;
    canvas_put(canvas, area.row, area.column, area.columns, STYLE_MUTED,
               sells_to_known(view)     ? "Known customer; Enter sells to the one marked:"
               : view->known.count == 1 ? "This phone is known with the name:"
                                        : "Several have a phone that ends so: more digits or the name");
    for (size_t i = 0; i < shown && (int)i + 1 < area.rows; i++) {
        bool marked = sells_to_known(view) && meant(view) == &view->known.items[i];

        phone_mask(phone, view->known.items[i].phone, canvas->ascii);
        canvas_putf(canvas, area.row + 1 + (int)i, area.column, area.columns,
                    marked ? STYLE_GOOD : STYLE_NORMAL, "%s %s  %s",
                    marked ? canvas_sign(canvas, SIGN_POINTER) : " ", phone,
                    view->known.items[i].name);
    }
    area.rows -= 1 + (int)shown;
    area.row += 1 + (int)shown;
    paint_loyalty(view, counter, canvas, area);
}

static void sale_paint(const struct view *base, const struct counter *counter,
                       struct canvas *canvas, struct area area)
{
    const struct sale_view *view = (const struct sale_view *)base;
    const struct slot *slot = &view->slot;
    char day[TIME_TEXT_MAX], to[TIME_TEXT_MAX], places[80], held[64];
    struct area form = {area.row + 5, 2, 6, area.columns < 84 ? area.columns - 4 : 80};
    int row;

    time_print_day(day, slot->starts_at, counter_zone(counter));
    time_print_clock(to, slot->ends_at, counter_zone(counter));
    canvas_putf(canvas, area.row + 1, 2, area.columns - 4, STYLE_STRONG, "Sell  %s", slot->name);
    canvas_putf(canvas, area.row + 2, 2, area.columns - 4, STYLE_NORMAL, "%s%s%s%s%s  %s  %s", day,
                canvas_sign(canvas, SIGN_DASH), to, slot->screen[0] ? "  " : "", slot->screen,
                slot_type_name(slot->type), genre_name(slot->genre));
    line_print_places(counter, slot, " places", places, sizeof places);
    line_print_held(counter, slot, held, sizeof held);
    canvas_putf(canvas, area.row + 3, 2, area.columns - 4,
                line_room(counter, slot) ? STYLE_GOOD : STYLE_WARNING, "%s%s%s", places,
                !held[0]                ? ""
                : line_is_cut(counter) ? " "
                                       : ", ",
                held);
    if (line_is_cut(counter) && !slot->here)
        canvas_put(canvas, area.row + 4, 2, area.columns - 4, STYLE_WARNING,
                   "Sell another showing, or this one when the box office is back.");
    row = form.row + form_paint(&view->form, canvas, form);
    paint_known(view, counter, canvas,
                (struct area){row, form.column, area.row + area.rows - row, form.columns});
}

static void sale_leave(struct view *base)
{
    customer_list_release(&cast(base)->known);
    free(base);
}

static struct form *sale_form(struct view *base)
{
    return &cast(base)->form;
}

static const struct view_ops sale_ops = {
    .title = "Sale",
    .group = sale_group,
    .recalc = sale_recalc,
    .resume = sale_resume,
    .paint = sale_paint,
    .act = sale_act,
    .type = sale_type,
    .form = sale_form,
    .leave = sale_leave,
};

struct view *sale_view_new(struct counter *counter, const struct slot *slot)
{
    struct sale_view *view = calloc(1, sizeof *view);

    if (!view)
        return NULL;
    view->view.ops = &sale_ops;
    view->slot = *slot;
    view->operation = office_make_id(counter->office);
    view->effort = stand_begin_sale(counter);
    form_add(&view->form, "Places", "1", 40);
    form_add(&view->form, "Phone", "", 40);
    form_add(&view->form, "Name", "", CUSTOMER_NAME_SIZE - 1);
    text_copy(view->form.fields[FIELD_PHONE].note, sizeof view->form.fields[FIELD_PHONE].note,
              WALK_UP);
    return &view->view;
}
