/* counter: the loop, the stack of views, messages, questions, upkeep. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/kiosk.h"
#include "ui/kiosk/terminal.h"
#include "ui/kiosk/view.h"

#define ROWS_MIN 18
#define COLUMNS_MIN 60
#define TICK_MS 200            /* between looks at what others changed */
#define WAIT_NOTICE_MS 150     /* a wait longer than this is shown */
#define MESSAGE_AGE (12 * TIME_SECOND)
#define MESSAGE_READ (2 * TIME_SECOND)
#define WHOLE_MESSAGE_WIDTH 30 /* of a message beside a code that takes the screen */
#define QUIT_WIDTH 6           /* "q quit" */
#define EVENTS_A_TURN 512      /* typed ahead, answered before the next frame */

int64_t counter_now(const struct counter *counter)
{
    return office_now(counter->office);
}

const struct time_zone *counter_zone(const struct counter *counter)
{
    return &counter->office->ports.zone;
}

void counter_day(const struct counter *counter, int64_t moment, char *text, size_t size)
{
    const struct time_zone *zone = counter_zone(counter);
    int64_t days = time_day_number(moment, zone) - time_day_number(counter_now(counter), zone);
    char day[TIME_TEXT_MAX];

    time_print_day(day, moment, zone);
    day[strlen(day) - 6] = '\0'; /* without " 19:45" */
    if (days == 0 || days == 1)
        snprintf(text, size, "%s  %s", days ? "Tomorrow" : "Today", day);
    else
        text_copy(text, size, day);
}

/* --- messages and questions --- */

static void say(struct counter *counter, enum message_kind kind, const char *text)
{
    struct message *message = &counter->messages[counter->message_count % MESSAGES_KEPT];

    message->kind = kind;
    message->at = counter_now(counter);
    text_display(message->text, sizeof message->text, text);
    counter->message_count++;
    counter->message_shown = true;
    counter->dirty = true;
}

void counter_say(struct counter *counter, enum message_kind kind, const char *format, ...)
{
    char text[TK_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(counter, kind, text);
}

void counter_say_error(struct counter *counter, const struct tk_error *error)
{
    say(counter, tk_code_is_refusal(error->code) ? MESSAGE_WARNING : MESSAGE_BAD, error->message);
}

void counter_ask(struct counter *counter, void (*yes)(struct counter *, uint64_t),
                 uint64_t subject, const char *format, ...)
{
    char text[TK_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text_display(counter->question.text, sizeof counter->question.text, text);
    counter->question.yes = yes;
    counter->question.subject = subject;
    counter->dirty = true;
}

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

static void cancel_yes(struct counter *counter, uint64_t ticket_id)
{
    struct tk_error error = {0};
    struct ticket_view ticket;
    char id[ID_TEXT_MAX];

    id_print(id, ID_TICKET, ticket_id);
    counter->stale = true;
    if (office_cancel(counter->office, ticket_id, NULL, &ticket, &error))
        counter_say_error(counter, &error);
    else
        counter_say(counter, MESSAGE_GOOD, "Ticket %s is canceled; %d places are left for %s.", id,
                    ticket.slot.available, ticket.slot.name);
}

/* Whether a ticket can be taken back; says why not. */
static bool is_booked(struct counter *counter, const struct ticket_view *ticket)
{
    struct tk_error error = {0};

    if (office_check_booked(counter->office, &ticket->ticket, &error) == TK_OK)
        return true;
    counter_say_error(counter, &error);
    return false;
}

void counter_reissue(struct counter *counter, const struct ticket_view *ticket)
{
    if (is_booked(counter, ticket))
        counter_push(counter, reissue_view_new(counter, ticket));
}

void counter_ask_cancel(struct counter *counter, const struct ticket_view *ticket)
{
    char id[ID_TEXT_MAX], name[SLOT_NAME_SIZE + TIME_TEXT_MAX];

    if (!is_booked(counter, ticket))
        return;
    id_print(id, ID_TICKET, ticket->ticket.id);
    office_name_slot(counter->office, &ticket->slot, name, sizeof name);
    counter_ask(counter, cancel_yes, ticket->ticket.id,
                "Cancel %s? Its pass stops working for good. (%s)", id, name);
}

void counter_undo(struct counter *counter)
{
    struct tk_error error = {0};
    size_t canceled;

    if (!counter->last_sale) {
        counter_say(counter, MESSAGE_WARNING,
                    "There is no sale to undo at this till. Find the ticket (f) and cancel it.");
        return;
    }
    counter->stale = true;
    if (office_cancel_sale(counter->office, counter->last_sale, &canceled, &error)) {
        counter_say_error(counter, &error);
        if (tk_code_is_refusal(error.code))
            counter->last_sale = 0;
        return;
    }
    counter->last_sale = 0;
    counter_say(counter, MESSAGE_GOOD, "Undone: %zu %s for %s canceled.", canceled,
                canceled == 1 ? "ticket" : "tickets", counter->last_sale_name);
}

/* --- the stack --- */

static struct view *top(const struct counter *counter)
{
    return counter->views[counter->view_count - 1];
}

void counter_push(struct counter *counter, struct view *view)
{
    if (!view) {
        counter_say(counter, MESSAGE_BAD, "%s", tk_code_sentence(TK_NO_MEMORY));
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

void counter_pop(struct counter *counter)
{
    if (counter->view_count > 1) {
        struct view *view = top(counter);

        counter->views[--counter->view_count] = NULL;
        view->ops->leave(view);
        counter->message_shown = false;
        counter->stale = true;
    }
}

void counter_pop_all(struct counter *counter)
{
    while (counter->view_count > 1)
        counter_pop(counter);
}

/* --- painting --- */

static void paint_header(const struct counter *counter, struct canvas *canvas)
{
    const struct settings *settings = counter->settings;
    char clock[TIME_TEXT_MAX], right[200];
    int width;

    canvas_fill(canvas, (struct area){0, 0, 1, canvas->columns}, STYLE_HEADER);
    time_print_day(clock, counter_now(counter), counter_zone(counter));
    snprintf(right, sizeof right, "%s  %s %s  %s ", clock, canvas_sign(canvas, SIGN_ONLINE),
             counter->store_failing ? "STORE FAILING" : "local", counter->office->actor);
    width = text_width(right);
    canvas_putf(canvas, 0, 1, canvas->columns - width - 2, STYLE_HEADER, "%s  %s",
                settings_text(settings, SETTING_venue_name),
                settings_text(settings, SETTING_till_name));
    canvas_put_right(canvas, 0, canvas->columns - width, width,
                     counter->store_failing ? STYLE_BAD : STYLE_HEADER_NOTE, right);
}

static enum style message_style(enum message_kind kind)
{
    static const enum style styles[] = {[MESSAGE_INFO] = STYLE_NORMAL,
                                        [MESSAGE_GOOD] = STYLE_GOOD,
                                        [MESSAGE_WARNING] = STYLE_WARNING,
                                        [MESSAGE_BAD] = STYLE_BAD};

    return styles[kind];
}

/* What has to be said now; NULL when nothing has. */
static const char *message_text(const struct counter *counter, enum style *style)
{
    const struct message *message;

    if (counter->question.yes) {
        *style = STYLE_WARNING;
        return counter->question.text;
    }
    if (!counter->message_shown || !counter->message_count)
        return NULL;
    message = &counter->messages[(counter->message_count - 1) % MESSAGES_KEPT];
    *style = message_style(message->kind);
    return message->text;
}

/* In its row; a long one takes the row above, too. */
static void paint_message(const struct counter *counter, struct canvas *canvas, int row, int width)
{
    enum style style = STYLE_NORMAL;
    const char *text = message_text(counter, &style);
    int rows;

    if (!text)
        return;
    rows = text_width(text) > width ? 2 : 1;
    canvas_fill(canvas, (struct area){row + 1 - rows, 0, rows, width + 1}, STYLE_NORMAL);
    canvas_put_wrapped(canvas, (struct area){row + 1 - rows, 1, rows, width}, style, text);
}

/* One hint, when it still fits; returns the next column. */
static int paint_hint(struct canvas *canvas, int row, int column, int end, const char *keys,
                      const char *hint)
{
    int width = text_width(keys) + 1 + text_width(hint);

    if (column + width > end)
        return column;
    canvas_put(canvas, row, column, width, STYLE_KEY, keys);
    canvas_put(canvas, row, column + text_width(keys) + 1, width, STYLE_HINT, hint);
    return column + width + 2;
}

/* Help and the way back are told however narrow the screen is. */
static bool is_way_out(const struct key_binding *binding)
{
    return binding->action == ACTION_HELP || binding->action == ACTION_BACK ||
           (binding->action == ACTION_QUIT && binding->groups & GROUP_PROGRAMME);
}

/* The columns that these need in a group; quitting only where it ends the program. */
static int hints_kept(unsigned group)
{
    int width = 0;

    for (int i = 0; i < key_binding_count; i++) {
        const struct key_binding *binding = &key_bindings[i];

        if (binding->hint && binding->groups & group && is_way_out(binding) &&
            (binding->action != ACTION_QUIT || group == GROUP_PROGRAMME))
            width += text_width(binding->shown) + text_width(binding->hint) + 3;
    }
    return width;
}

static void paint_hints(const struct counter *counter, struct canvas *canvas, int row)
{
    unsigned group = top(counter)->ops->group(top(counter));
    int column = 1, end = canvas->columns - 1, last;

    if (counter->question.yes) {
        column = paint_hint(canvas, row, column, end, "y", "yes");
        paint_hint(canvas, row, column, end, "Enter", "no");
        return;
    }
    last = end - hints_kept(group);
    for (int i = 0; i < key_binding_count; i++) {
        const struct key_binding *binding = &key_bindings[i];

        if (!binding->hint || !(binding->groups & group))
            continue;
        if (binding->action == ACTION_QUIT && group != GROUP_PROGRAMME)
            continue; /* there it only leaves the view, as Esc does */
        if (binding->action == ACTION_QUIT) /* apart, at the right edge */
            paint_hint(canvas, row, end - QUIT_WIDTH > column ? end - QUIT_WIDTH : end, end,
                       binding->shown, binding->hint);
        else
            column = paint_hint(canvas, row, column, is_way_out(binding) ? end : last,
                                binding->shown, binding->hint);
    }
}

static void paint_too_small(struct canvas *canvas)
{
    canvas_put(canvas, 0, 0, canvas->columns, STYLE_STRONG, "Too small");
    canvas_putf(canvas, 1, 0, canvas->columns, STYLE_NORMAL, "need %dx%d", COLUMNS_MIN, ROWS_MIN);
    canvas_putf(canvas, 2, 0, canvas->columns, STYLE_NORMAL, "have %dx%d", canvas->columns,
                canvas->rows);
    if (canvas->rows > 4)
        canvas_put_wrapped(canvas, (struct area){4, 0, canvas->rows - 4, canvas->columns},
                           STYLE_NORMAL, "Make the window larger: nothing is lost meanwhile.");
}

/* The canvas follows the size of the terminal. */
static bool size_canvas(struct counter *counter)
{
    int rows, columns;

    terminal_size(&rows, &columns);
    if (counter->canvas.cells && counter->canvas.rows == rows &&
        counter->canvas.columns == columns)
        return true;
    canvas_release(&counter->canvas);
    return canvas_init(&counter->canvas, rows, columns, terminal_is_ascii()) == TK_OK;
}

struct area counter_view_area(const struct counter *counter)
{
    return (struct area){1, 0, counter->canvas.rows - 3, counter->canvas.columns};
}

static void paint_view(const struct counter *counter, struct canvas *canvas)
{
    const struct view *view = top(counter);
    struct area area = counter_view_area(counter);
    struct area whole = {0, 0, canvas->rows - 1, canvas->columns};
    bool is_whole = view->ops->is_whole && view->ops->is_whole(view, canvas);

    if (!is_whole)
        paint_header(counter, canvas);
    view->ops->paint(view, counter, canvas, is_whole ? whole : area);
    paint_message(counter, canvas, canvas->rows - 2,
                  is_whole ? WHOLE_MESSAGE_WIDTH : canvas->columns - 2);
    paint_hints(counter, canvas, canvas->rows - 1);
}

static bool is_too_small(const struct canvas *canvas)
{
    return canvas->rows < ROWS_MIN || canvas->columns < COLUMNS_MIN;
}

static void paint(struct counter *counter)
{
    struct canvas *canvas = &counter->canvas;

    if (!size_canvas(counter))
        return;
    canvas_clear(canvas);
    if (is_too_small(canvas)) {
        paint_too_small(canvas);
    } else {
        paint_view(counter, canvas);
        if (counter->question.yes)
            canvas_cursor(canvas, -1, -1);
    }
    terminal_show(canvas);
    counter->dirty = false;
    counter->waiting_shown = 0;
}

/* The store asks while it waits or searches long. */
static bool give_up(void *context, int64_t waited_ms)
{
    struct counter *counter = context;
    struct canvas *canvas = &counter->canvas;
    int64_t second = waited_ms / 1000 + 1;

    if (waited_ms < WAIT_NOTICE_MS)
        return false;
    if (canvas->cells && !is_too_small(canvas) && second != counter->waiting_shown) {
        counter->waiting_shown = second;
        canvas_fill(canvas, (struct area){canvas->rows - 2, 0, 1, canvas->columns}, STYLE_NORMAL);
        canvas_putf(canvas, canvas->rows - 2, 1, canvas->columns - 2, STYLE_WARNING,
                    "Working, %lld s. Esc stops it; nothing is done then.",
                    (long long)(waited_ms / 1000));
        terminal_show(canvas);
        counter->dirty = true;
    }
    return terminal_was_escaped();
}

/* --- events --- */

static void act_anywhere(struct counter *counter, enum action action, int number)
{
    struct view *view = top(counter);

    switch (action) {
    case ACTION_FIND:
        counter_push(counter, find_view_new());
        break;
    case ACTION_HELP:
        counter_push(counter, help_view_new(view->ops->group(view)));
        break;
    case ACTION_MESSAGES:
        counter_push(counter, messages_view_new());
        break;
    case ACTION_UNDO:
        counter_undo(counter);
        break;
    case ACTION_REDRAW:
        terminal_redraw();
        break;
    case ACTION_QUIT:
        if (counter->view_count == 1)
            counter->running = false;
        else
            counter_pop(counter);
        break;
    default:
        view->ops->act(view, counter, action, number);
    }
}

static void type_key(struct counter *counter, uint32_t key)
{
    struct view *view = top(counter);
    char text[8];
    int length = 0;

    if (key < 0x20 || key >= KEY_SPECIAL || key == 0x7F || !view->ops->type)
        return;
    if (key < 0x80)
        text[length++] = (char)key;
    else if (key < 0x800) {
        text[length++] = (char)(0xC0 | key >> 6);
        text[length++] = (char)(0x80 | (key & 0x3F));
    } else {
        if (key >= 0x10000) {
            text[length++] = (char)(0xF0 | key >> 18);
            text[length++] = (char)(0x80 | (key >> 12 & 0x3F));
        } else {
            text[length++] = (char)(0xE0 | key >> 12);
        }
        text[length++] = (char)(0x80 | (key >> 6 & 0x3F));
        text[length++] = (char)(0x80 | (key & 0x3F));
    }
    text[length] = '\0';
    view->ops->type(view, counter, text);
}

/* A message goes with the next key, but not before it could be read. */
static void hide_message(struct counter *counter)
{
    const struct message *message =
        &counter->messages[(counter->message_count + MESSAGES_KEPT - 1) % MESSAGES_KEPT];

    if (counter_now(counter) - message->at > MESSAGE_READ)
        counter->message_shown = false;
}

static void handle_key(struct counter *counter, uint32_t key)
{
    struct view *view = top(counter);
    unsigned group = view->ops->group(view);
    enum action action;
    int number;

    if (counter->question.yes) {
        answer(counter, key);
        return;
    }
    hide_message(counter);
    action = key_action(group, key, &number);
    if (action == ACTION_NONE)
        type_key(counter, key);
    else
        act_anywhere(counter, action, number);
}

static void handle(struct counter *counter, const struct event *event)
{
    struct view *view = top(counter);

    counter->dirty = true;
    switch (event->kind) {
    case EVENT_KEY:
        if (!is_too_small(&counter->canvas))
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
        if (!counter->question.yes && view->ops->point && !is_too_small(&counter->canvas))
            view->ops->point(view, counter, event);
        break;
    case EVENT_RESIZE:
        counter->stale = size_canvas(counter);
        break;
    default:
        counter->running = false;
    }
}

/* --- the clock --- */

static void look_for_changes(struct counter *counter, int64_t now)
{
    struct tk_error error = {0};
    uint64_t version;
    bool failing;

    counter->looked_at = now;
    failing = office_version(counter->office, &version, &error) != TK_OK;
    if (failing && !counter->store_failing)
        counter_say_error(counter, &error);
    if (failing != counter->store_failing)
        counter->dirty = true;
    counter->store_failing = failing;
    if (!failing && version != counter->version) {
        counter->version = version;
        counter->stale = true;
    }
}

/* One batch a turn, so that a long backlog never holds a key up. */
static void run_upkeep(struct counter *counter, int64_t now)
{
    int64_t archive_after =
        settings_number(counter->settings, SETTING_upkeep_archive_after) * TIME_DAY;
    struct tk_error error = {0};
    struct upkeep_result result;

    counter->upkept_at = now;
    if (office_upkeep(counter->office, archive_after, &result, &error)) {
        counter_say_error(counter, &error);
        return;
    }
    counter->expired_tickets += result.tickets;
    if (result.more) {
        counter->upkept_at = 0;
    } else if (counter->expired_tickets) {
        counter_say(counter, MESSAGE_INFO, "%lld tickets of past showings have expired.",
                    (long long)counter->expired_tickets);
        counter->expired_tickets = 0;
    }
}

static void tick(struct counter *counter)
{
    int64_t now = counter_now(counter);
    const struct message *message =
        &counter->messages[(counter->message_count + MESSAGES_KEPT - 1) % MESSAGES_KEPT];

    if (now - counter->looked_at >= TICK_MS * 1000 || now < counter->looked_at)
        look_for_changes(counter, now);
    if (now - counter->upkept_at >=
            settings_number(counter->settings, SETTING_upkeep_every) * TIME_SECOND ||
        now < counter->upkept_at)
        run_upkeep(counter, now);
    if (now / TIME_MINUTE != counter->minute) {
        counter->minute = now / TIME_MINUTE;
        counter->stale = true;
    }
    if (counter->message_shown && now - message->at > MESSAGE_AGE &&
        message->kind < MESSAGE_WARNING) {
        counter->message_shown = false;
        counter->dirty = true;
    }
}

static void resume(struct counter *counter)
{
    counter->unfinished = false;
    if (top(counter)->ops->resume)
        top(counter)->ops->resume(top(counter), counter);
    counter->dirty = !counter->unfinished;
}

/* One turn: data, picture, then everything that was typed meanwhile. Returns whether the terminal
   is still there. */
static bool turn(struct counter *counter)
{
    struct event event;

    if (counter->stale) {
        counter->stale = false;
        if (top(counter)->ops->recalc)
            top(counter)->ops->recalc(top(counter), counter);
        counter->dirty = true;
    }
    if (counter->dirty)
        paint(counter);
    terminal_read(&event, counter->unfinished ? 0 : TICK_MS);
    if (event.kind == EVENT_NONE && counter->unfinished)
        resume(counter);
    for (int i = 0; counter->running && event.kind != EVENT_NONE && i < EVENTS_A_TURN; i++) {
        if (event.kind == EVENT_HANGUP)
            return false;
        handle(counter, &event);
        /* a view that has just come needs its data before the next key */
        if (counter->stale && counter->running) {
            counter->stale = false;
            if (top(counter)->ops->recalc)
                top(counter)->ops->recalc(top(counter), counter);
        }
        terminal_read(&event, 0);
    }
    if (event.kind == EVENT_HANGUP)
        return false;
    if (event.kind != EVENT_NONE && counter->running)
        handle(counter, &event);
    tick(counter);
    return true;
}

static void counter_release(struct counter *counter)
{
    struct store_watch none = {0};

    office_set_watch(counter->office, &none);
    while (counter->view_count > 0) {
        struct view *view = counter->views[--counter->view_count];

        view->ops->leave(view);
    }
    canvas_release(&counter->canvas);
}

static enum tk_code counter_init(struct counter *counter, struct box_office *office,
                                 const struct settings *settings, const char *greeting)
{
    struct store_watch watch = {give_up, counter};

    *counter = (struct counter){.office = office, .settings = settings, .running = true};
    counter->views[0] = programme_view_new();
    if (!counter->views[0] || !size_canvas(counter))
        return TK_NO_MEMORY;
    counter->view_count = 1;
    counter->stale = true;
    office_set_watch(office, &watch);
    if (greeting)
        say(counter, MESSAGE_INFO, greeting);
    look_for_changes(counter, counter_now(counter));
    counter->minute = counter_now(counter) / TIME_MINUTE;
    return TK_OK;
}

int kiosk_run(struct box_office *office, const struct settings *settings, const char *greeting)
{
    struct terminal_options options = {
        .ascii = settings_number(settings, SETTING_counter_ascii) != 0,
        .mouse = settings_number(settings, SETTING_counter_mouse) != 0,
        .theme = (enum theme)settings_number(settings, SETTING_counter_theme),
    };
    struct counter *counter = calloc(1, sizeof *counter);
    struct tk_error error = {0};
    enum tk_code code = counter ? TK_OK : tk_fail_code(&error, TK_NO_MEMORY);
    bool present = true;

    if (!code)
        code = terminal_open(&options, &error);
    if (code) {
        fprintf(stderr, "%s\n", error.message);
        free(counter);
        return tk_code_exit(code);
    }
    code = counter_init(counter, office, settings, greeting);
    while (!code && counter->running && present)
        present = turn(counter);
    counter_release(counter);
    if (present)
        terminal_close();
    else
        terminal_abandon();
    free(counter);
    return code ? tk_code_exit(code) : 0;
}
