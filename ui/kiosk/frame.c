/* frame: what stands around every view, and the picture as a whole. */
#include "ui/kiosk/frame.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/kiosk/door_view.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/terminal.h"
#include "ui/session.h"

#define ROWS_MIN 18
#define COLUMNS_MIN 60
#define WAIT_NOTICE_MS 150     /* a wait longer than this is shown */
#define LOOK_MS 2000           /* for a look at a store that failed the last time */
#define WHOLE_MESSAGE_WIDTH 30 /* of a message beside a code that takes the screen */
#define PERSON_WIDTH 20 /* columns of who is signed on */
#define NAME_LEAST 10 /* columns of whose screen it is, when there is much to say beside it */

/* Its first host, which stands before its port, its name and what else the address says. */
static void name_database(const char *host, bool shortly, char *text, size_t size)
{
    const char *at = strchr(host, '@');
    size_t length;

    host = at && at < host + strcspn(host, "/?") ? at + 1 : host + strlen("://");
    length = strcspn(host, *host == '[' ? "/?," : ":/?,");
    if (shortly || !length)
        text_copy(text, size, "database");
    else
        snprintf(text, size, "database %.*s", (int)(length < 80 ? length : 80), host);
}

/* Where the box office is, or what is wrong with it. Where is short when there is no room. */
static void name_place(const struct counter *counter, bool shortly, char *text, size_t size)
{
    const char *place = settings_text(counter->settings, SETTING_store_file);
    const char *host = strstr(place, "://");
    bool remote = counter_is_remote(counter), database = session_kind_of(place) == SESSION_DATABASE;

    if (counter->store_failing && remote)
        text_copy(text, size,
                  tk_code_is_shut_out(counter->failure) || counter->failure == TK_FORBIDDEN
                      ? "NO ACCESS"
                      : "SERVICE AWAY");
    else if (counter->store_failing)
        text_copy(text, size, "STORE FAILING");
    else if (!remote && database)
        name_database(host, shortly, text, size);
    else if (!remote)
        text_copy(text, size, "local");
    else if (shortly || !host)
        text_copy(text, size, "service");
    else
        snprintf(text, size, "service %.80s", host + strlen("://"));
}

/* Who is signed on, of long names the beginning, or how long still; where nobody signs on who the settings
   say. */
static void name_person(const struct counter *counter, char person[ACTOR_SIZE])
{
    const char *name = stand_name(counter);
    int locks = stand_countdown(counter);

    if (name && locks >= 0)
        snprintf(person, ACTOR_SIZE, "locks in %d s", locks);
    else if (name)
        snprintf(person, ACTOR_SIZE, "%.*s", (int)text_fit(name, PERSON_WIDTH), name);
    else
        text_copy(person, ACTOR_SIZE, counter->office->actor);
}

/* The right half of the header at a level of brevity, and how it is meant. Returns whether there is a
   shorter one. */
static bool name_state(const struct counter *counter, const struct canvas *canvas, int level,
                       char *text, size_t size, enum style *note)
{
    bool lined = line_is_there(counter) && !counter->store_failing, away = counter->store_failing;
    char clock[TIME_TEXT_MAX] = "", place[LINE_TEXT_SIZE], person[ACTOR_SIZE];
    int shorter = 1;

    if (!lined || level == 0)
        time_print_day(clock, counter_now(counter), counter_zone(counter));
    else if (level == 1)
        time_print_clock(clock, counter_now(counter), counter_zone(counter));
    if (lined) {
        away = line_is_cut(counter);
        shorter = 2 + line_print(counter, canvas, level - 2, place, sizeof place);
    } else if (counter->door) {
        door_view_place(counter, place, sizeof place, &away);
    } else {
        name_place(counter, level > 0, place, sizeof place);
    }
    if (away)
        *note = STYLE_BAD;
    else if (lined && line_is_troubled(counter) && *note == STYLE_HEADER_NOTE)
        *note = STYLE_HEADER_WARNING;
    name_person(counter, person);
    if (stand_countdown(counter) >= 0 && *note == STYLE_HEADER_NOTE)
        *note = STYLE_HEADER_WARNING;
    snprintf(text, size, "%s  %s %s  %s ", clock,
             canvas_sign(canvas, away ? SIGN_OFFLINE : SIGN_ONLINE), place, person);
    return level < shorter;
}

/* Whose screen this is, and when. Long names are cut before the rest. */
static void paint_header_words(const struct counter *counter, struct canvas *canvas, int column,
                               enum style style, enum style note)
{
    const struct settings *settings = counter->settings;
    char left[400], right[LINE_TEXT_SIZE + 160];
    int width, least;
    bool more = true;

    snprintf(left, sizeof left, "%.190s  %.190s", settings_text(settings, SETTING_venue_name),
             counter->door ? counter->office->device : settings_text(settings, SETTING_till_name));
    least = text_width(left);
    for (int level = 0; more; level++) {
        more = name_state(counter, canvas, level, right, sizeof right, &note);
        width = text_width(right);
        if (width + column + least + 2 <= canvas->columns)
            break;
        if (level > 0 && least > NAME_LEAST) {
            least = NAME_LEAST;
            level--; /* the same again, with less of the name */
        }
    }
    canvas_put(canvas, 0, column, canvas->columns - width - column - 1, style, left);
    canvas_put_right(canvas, 0, canvas->columns - width, width, note, right);
}

static void paint_header(const struct counter *counter, struct canvas *canvas)
{
    canvas_fill(canvas, (struct area){0, 0, 1, canvas->columns}, STYLE_HEADER);
    paint_header_words(counter, canvas, 1, STYLE_HEADER, STYLE_HEADER_NOTE);
}

/* Over everything: the header says in words that nothing is real, and so do both edges, whatever
   view is shown and on whatever terminal. */
static void paint_training(const struct counter *counter, struct canvas *canvas)
{
    static const char word[] = "TRAINING";
    int used, first = (canvas->rows - (int)sizeof word) / 2;

    canvas_fill(canvas, (struct area){0, 0, 1, canvas->columns}, STYLE_TRAINING);
    used = canvas_putf(canvas, 0, 1, canvas->columns - 2, STYLE_TRAINING,
                       "%s %s nothing here is real", word, canvas_sign(canvas, SIGN_DASH));
    if (canvas->columns >= COLUMNS_MIN + 20)
        paint_header_words(counter, canvas, used + 4, STYLE_TRAINING, STYLE_TRAINING);
    for (int row = 1; row < canvas->rows; row++) {
        bool in_word = row >= first && row < first + (int)sizeof word - 1;
        char letter[2] = {in_word ? word[row - first] : ' ', '\0'};

        canvas_put(canvas, row, 0, 1, STYLE_TRAINING, letter);
        canvas_put(canvas, row, canvas->columns - 1, 1, STYLE_TRAINING, letter);
    }
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
    char warning[80];
    int rows, locks = stand_countdown(counter);

    if (locks >= 0 && !text) { /* the header says so as well */
        snprintf(warning, sizeof warning, "This counter locks in %d s: any key keeps it open.",
                 locks);
        text = warning;
        style = STYLE_WARNING;
    }
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
           (binding->action == ACTION_QUIT &&
            binding->groups & (GROUP_PROGRAMME | GROUP_DOOR | GROUP_SIGN_ON));
}

/* Where leaving the view is leaving the program. */
static bool ends_program(unsigned group)
{
    return group == GROUP_PROGRAMME || group == GROUP_DOOR || group == GROUP_SIGN_ON;
}

/* The columns that these need in a group; quitting only where it ends the program. */
static int hints_kept(unsigned group)
{
    int width = 0;

    for (int i = 0; i < key_binding_count; i++) {
        const struct key_binding *binding = &key_bindings[i];

        if (binding->hint && binding->groups & group && is_way_out(binding) &&
            (binding->action != ACTION_QUIT || ends_program(group)))
            width += text_width(binding->shown) + text_width(binding->hint) + 3;
    }
    return width;
}

/* Apart, at the right edge, where there is room. */
static void paint_quit(struct canvas *canvas, int row, int column, int end,
                       const struct key_binding *binding)
{
    int width = text_width(binding->shown) + 1 + text_width(binding->hint);

    paint_hint(canvas, row, end - width > column ? end - width : end, end, binding->shown,
               binding->hint);
}

/* What whoever is here cannot do is told by help alone. */
static bool is_of_use(const struct counter *counter, enum action action)
{
    switch (action) {
    case ACTION_SIGN_OFF:
        return counter->office->member.number != 0;
    case ACTION_SCHEDULE:
        return stand_offers(counter, OP_SCHEDULE);
    default:
        return true;
    }
}

static void paint_hints(const struct counter *counter, struct canvas *canvas, int row)
{
    unsigned group = counter_top(counter)->ops->group(counter_top(counter));
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
        if (binding->action == ACTION_QUIT && !ends_program(group))
            continue; /* there it only leaves the view, as Esc does */
        if (binding->action == ACTION_FIND && counter->door)
            continue;
        if (binding->action == ACTION_DISPUTES && !counter->line.status.disputes)
            continue; /* help tells of it */
        if (!is_of_use(counter, binding->action))
            continue;
        if (binding->action == ACTION_QUIT)
            paint_quit(canvas, row, column, end, binding);
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
bool frame_size(struct counter *counter)
{
    int rows, columns;

    terminal_size(&rows, &columns);
    if (counter->canvas.cells && counter->canvas.rows == rows &&
        counter->canvas.columns == columns)
        return true;
    canvas_release(&counter->canvas);
    if (canvas_init(&counter->canvas, rows, columns, terminal_is_ascii()))
        return false;
    counter->canvas.colourless = terminal_is_colourless();
    return true;
}

struct area counter_view_area(const struct counter *counter)
{
    return (struct area){1, 0, counter->canvas.rows - 3, counter->canvas.columns};
}

static void paint_view(const struct counter *counter, struct canvas *canvas)
{
    const struct view *view = counter_top(counter);
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

bool frame_is_too_small(const struct canvas *canvas)
{
    return canvas->rows < ROWS_MIN || canvas->columns < COLUMNS_MIN;
}

void frame_paint(struct counter *counter)
{
    struct canvas *canvas = &counter->canvas;

    if (!frame_size(counter))
        return;
    canvas_clear(canvas);
    if (frame_is_too_small(canvas)) {
        paint_too_small(canvas);
    } else {
        paint_view(counter, canvas);
        if (counter->training)
            paint_training(counter, canvas);
        if (counter->question.yes)
            canvas_cursor(canvas, -1, -1);
    }
    terminal_show(canvas);
    counter->dirty = false;
    counter->waiting_shown = 0;
}

/* What stopping means. A service may do what it was asked for though nobody waits any more. */
static const char *stop_words(const struct counter *counter)
{
    if (line_is_there(counter) && counter->changing)
        return "Esc goes on without the box office.";
    if (!counter_is_remote(counter))
        return "Esc stops it; nothing is done then.";
    return counter->changing ? "Esc stops waiting; it may still be done." : "Esc stops waiting.";
}

static bool is_away(const struct counter *counter)
{
    return counter->door ? door_away_since(counter->door) != 0 : counter->store_failing;
}

/* The store asks while it waits or searches long. */
bool frame_give_up(void *context, int64_t waited_ms)
{
    struct counter *counter = context;
    struct canvas *canvas = &counter->canvas;
    int64_t second = waited_ms / 1000 + 1;

    if (counter->in_passing)
        return terminal_has_typed() || waited_ms >= LOOK_MS;
    if (waited_ms < WAIT_NOTICE_MS)
        return false;
    if (counter->looking && counter_is_remote(counter)) /* nobody waits for it, nor is kept by it */
        return terminal_has_typed() || (is_away(counter) && waited_ms >= LOOK_MS);
    if (canvas->cells && !frame_is_too_small(canvas) && second != counter->waiting_shown) {
        counter->waiting_shown = second;
        canvas_fill(canvas, (struct area){canvas->rows - 2, 0, 1, canvas->columns}, STYLE_NORMAL);
        canvas_putf(canvas, canvas->rows - 2, 1, canvas->columns - 2, STYLE_WARNING,
                    "Working, %lld s. %s", (long long)(waited_ms / 1000), stop_words(counter));
        terminal_show(canvas);
        counter->dirty = true;
    }
    return terminal_was_escaped();
}
