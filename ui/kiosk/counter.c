/* counter: the loop, the stack of views, upkeep. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/text.h"
#include "ui/kiosk/door_view.h"
#include "ui/kiosk/frame.h"
#include "ui/kiosk/kiosk.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/scans.h"
#include "ui/kiosk/terminal.h"
#include "ui/kiosk/view.h"

#define TICK_MS 200            /* between looks at what others changed, in a file … */
#define REMOTE_LOOK TIME_SECOND /* … and at a service */
#define PAUSE_MAX (30 * TIME_SECOND) /* between looks at a service that is away */
#define MESSAGE_AGE (12 * TIME_SECOND)
#define MESSAGE_READ (2 * TIME_SECOND)
#define EVENTS_A_TURN 512      /* typed ahead, answered before the next frame */

int64_t counter_now(const struct counter *counter)
{
    return office_now(counter->office);
}

const struct time_zone *counter_zone(const struct counter *counter)
{
    return &counter->office->ports.zone;
}

bool counter_is_remote(const struct counter *counter)
{
    return counter->office->upkept_elsewhere && !line_is_there(counter);
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

/* --- the stack --- */

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

/* --- events --- */

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
        if (counter->view_count > 1 && !is_guard(view))
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

static const struct message *newest_message(const struct counter *counter)
{
    return &counter->messages[(counter->message_count + MESSAGES_KEPT - 1) % MESSAGES_KEPT];
}

/* A message goes with the next key, but not before it could be read. */
static void hide_message(struct counter *counter)
{
    if (counter_now(counter) - newest_message(counter)->at > MESSAGE_READ)
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

/* A view that has just come needs its data before the next key. */
static void refresh(struct counter *counter)
{
    if (!counter->stale || !counter->running)
        return;
    counter->stale = false;
    if (counter_top(counter)->ops->recalc)
        counter_top(counter)->ops->recalc(counter_top(counter), counter);
}

/* Acts on keys that were kept and turned out to be no scan's, before `key` (0: none). */
static void handle_held(struct counter *counter, uint32_t key)
{
    uint32_t held[SCANS_HELD_MAX];
    int count = scans_look(counter, key, held);

    for (int i = 0; i < count && counter->running; i++) {
        counter->dirty = true;
        handle_key(counter, held[i]);
        refresh(counter);
    }
}

/* Where a PIN is typed nothing is looked for in what is typed, nor kept. */
static bool takes_scans(const struct counter *counter)
{
    return counter_top(counter)->ops->guard == GUARD_NONE;
}

static void handle(struct counter *counter, const struct event *event)
{
    struct view *view = counter_top(counter);

    counter->dirty = true;
    if (stand_touch(counter, event))
        return;
    switch (event->kind) {
    case EVENT_KEY:
        if (frame_is_too_small(&counter->canvas))
            break;
        handle_held(counter, event->key);
        if (counter->running &&
            !(takes_scans(counter) && scans_take_key(counter, event->key)))
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

/* --- the clock --- */

/* How long after this look the next one is: a service that is away is left in peace, and tills that
   lost it together do not come back together. */
static int64_t next_pause(const struct counter *counter)
{
    int64_t pause = counter->store_failing ? counter->pause * 2 : REMOTE_LOOK;
    uint16_t noise;

    if (!counter_is_remote(counter))
        return TICK_MS * 1000;
    pause = pause < REMOTE_LOOK ? REMOTE_LOOK : pause > PAUSE_MAX ? PAUSE_MAX : pause;
    counter->office->ports.random(counter->office->ports.context, &noise, sizeof noise);
    return pause - pause / 4 + pause / 2 * noise / UINT16_MAX;
}

bool counter_is_away(enum tk_code code)
{
    return code == TK_UNAVAILABLE || tk_code_is_shut_out(code) || code == TK_RATE_LIMITED ||
           code == TK_OVERLOADED || code == TK_DRAINING || code == TK_NEEDS_CENTRE;
}

static void tell_failure(struct counter *counter, const struct tk_error *error)
{
    if (!counter->store_failing)
        counter_say_error(counter, error);
    if (!counter->store_failing ||
        (error->code != TK_RATE_LIMITED && error->code != TK_INTERRUPTED))
        counter->failure = error->code;
}

static void tell_recovery(struct counter *counter)
{
    counter->stale = true;
    if (counter->message_shown && counter_is_away(newest_message(counter)->code))
        counter_say(counter, MESSAGE_GOOD, "The box office answers again.");
}

static void look_for_changes(struct counter *counter)
{
    struct tk_error error = {0};
    uint64_t version;
    bool failing;
    enum tk_code code;

    counter->looking = true;
    code = office_version(counter->office, &version, &error);
    counter->looking = false;
    counter->looked_at = counter_now(counter);
    if (code == TK_INTERRUPTED && counter_is_remote(counter) && !counter->store_failing)
        return; /* the clerk typed meanwhile */
    failing = code != TK_OK;
    if (failing)
        tell_failure(counter, &error);
    else if (counter->store_failing)
        tell_recovery(counter);
    if (failing != counter->store_failing) {
        counter->dirty = true;
        counter->pause = 0;
    }
    counter->store_failing = failing;
    counter->pause = next_pause(counter);
    if (!failing && version != counter->version) {
        counter->version = version;
        counter->stale = true;
        stand_look(counter);
    }
}

/* One batch a turn, so that a long backlog never holds a key up. */
static void run_upkeep(struct counter *counter, int64_t now)
{
    int64_t archive_after =
        settings_number(counter->settings, SETTING_upkeep_archive_after) * TIME_DAY;
    const struct staff member = counter->office->member;
    struct tk_error error = {0};
    struct upkeep_result result;
    enum tk_code code;

    counter->upkept_at = now;
    if (counter->office->upkept_elsewhere)
        return;
    counter->office->member = (struct staff){0}; /* the house does it, whoever is here */
    code = office_upkeep(counter->office, archive_after, &result, &error);
    counter->office->member = member;
    if (code) {
        counter_say_error(counter, &error);
        return;
    }
    counter->expired_tickets += result.tickets;
    if (result.more) {
        counter->upkept_at = 0;
    } else if (counter->expired_tickets) {
        counter_say(counter, MESSAGE_INFO, "%lld %s of past showings expired.",
                    (long long)counter->expired_tickets,
                    counter->expired_tickets == 1 ? "ticket" : "tickets");
        counter->expired_tickets = 0;
    }
}

/* Good news goes by itself; what went wrong stays until a key. */
static void age_message(struct counter *counter, int64_t now)
{
    const struct message *message = newest_message(counter);

    if (!counter->message_shown || now - message->at <= MESSAGE_AGE ||
        message->kind >= MESSAGE_WARNING)
        return;
    counter->message_shown = false;
    counter->dirty = true;
}

/* What a counter does beside its keys; a door leaves it to the counters, and is quick. */
static void look_after_store(struct counter *counter, int64_t now)
{
    if (now - counter->looked_at >= counter->pause || now < counter->looked_at)
        look_for_changes(counter);
    if (now - counter->upkept_at >=
            settings_number(counter->settings, SETTING_upkeep_every) * TIME_SECOND ||
        now < counter->upkept_at)
        run_upkeep(counter, now);
}

static void tick(struct counter *counter)
{
    int64_t now = counter_now(counter);

    if (counter->door)
        door_view_tick(counter);
    else
        look_after_store(counter, now);
    line_look(counter);
    if (now / TIME_MINUTE != counter->minute) {
        counter->minute = now / TIME_MINUTE;
        counter->stale = !counter->store_failing || counter->stale;
        counter->dirty = true;
    }
    counter_poll_printer(counter);
    age_message(counter, now);
    if (!counter->door)
        stand_tick(counter);
    tone_tick(&counter->tones, counter_now(counter));
}

/* How long the loop may wait for a key. */
static int wait_ms(const struct counter *counter)
{
    int most = counter->door ? door_view_wait_ms(counter, TICK_MS) : TICK_MS;
    int tone = tone_wait_ms(&counter->tones, counter_now(counter));

    if (counter->unfinished)
        return 0;
    return scans_wait_ms(counter, tone >= 0 && tone < most ? tone : most);
}

static void resume(struct counter *counter)
{
    counter->unfinished = false;
    if (counter_top(counter)->ops->resume)
        counter_top(counter)->ops->resume(counter_top(counter), counter);
    counter->dirty = !counter->unfinished;
}

/* One turn: data, picture, then everything that was typed meanwhile. Returns whether the terminal
   is still there. */
static bool turn(struct counter *counter)
{
    struct event event;

    if (counter->stale) {
        counter->stale = false;
        if (counter_top(counter)->ops->recalc)
            counter_top(counter)->ops->recalc(counter_top(counter), counter);
        counter->dirty = true;
    }
    if (counter->dirty)
        frame_paint(counter);
    terminal_read(&event, wait_ms(counter));
    if (event.kind == EVENT_NONE && counter->unfinished)
        resume(counter);
    for (int i = 0; counter->running && event.kind != EVENT_NONE && i < EVENTS_A_TURN; i++) {
        if (event.kind == EVENT_HANGUP)
            return false;
        handle(counter, &event);
        refresh(counter);
        terminal_read(&event, 0);
    }
    if (event.kind == EVENT_HANGUP)
        return false;
    if (event.kind != EVENT_NONE && counter->running)
        handle(counter, &event);
    if (counter->running)
        handle_held(counter, 0);
    if (counter->running)
        tick(counter);
    return true;
}

static void counter_release(struct counter *counter)
{
    struct store_watch none = {0};

    stand_close(counter);
    office_set_watch(counter->office, &none);
    while (counter->view_count > 0) {
        struct view *view = counter->views[--counter->view_count];

        view->ops->leave(view);
    }
    tone_release(&counter->tones);
    canvas_release(&counter->canvas);
}

/* `first`: what it is for; a door's view or the programme at the bottom follows from it. */
static enum tk_code counter_init(struct counter *counter, const struct counter *first,
                                 const char *greeting)
{
    struct store_watch watch = {frame_give_up, counter};

    *counter = *first;
    counter->running = true;
    counter->views[0] = counter->door ? door_view_new() : programme_view_new();
    if (!counter->views[0] || !frame_size(counter))
        return TK_NO_MEMORY;
    counter->view_count = 1;
    counter->stale = true;
    office_set_watch(counter->office, &watch);
    if (greeting)
        counter_say(counter, MESSAGE_INFO, "%s", greeting);
    if (!counter->door)
        look_for_changes(counter);
    line_look(counter);
    stand_open(counter);
    counter->minute = counter_now(counter) / TIME_MINUTE;
    return TK_OK;
}

/* Opens the terminal, turns until it is left, and puts everything back. */
static int run(const struct counter *first, const char *greeting)
{
    const struct settings *settings = first->settings;
    struct terminal_options options = {
        .ascii = settings_number(settings, SETTING_counter_ascii) != 0,
        .mouse = settings_number(settings, SETTING_counter_mouse) != 0,
        .theme = (enum theme)settings_number(settings, SETTING_counter_theme),
        .kiosk = first->stand.kiosk,
    };
    struct counter *counter = calloc(1, sizeof *counter);
    struct tk_error error = {0};
    enum tk_code code = counter ? TK_OK : tk_fail_code(&error, TK_NO_MEMORY);
    bool present = true, left;
    int unprinted;

    if (!code)
        code = terminal_open(&options, &error);
    if (code) {
        fprintf(stderr, "%s\n", error.message);
        free(counter);
        return tk_code_exit(code);
    }
    code = counter_init(counter, first, greeting);
    while (!code && counter->running && present)
        present = turn(counter);
    left = !code && present && (counter->stand.left || !counter->stand.kiosk);
    unprinted = counter_end_printing(counter);
    counter_release(counter);
    if (present)
        terminal_close();
    else
        terminal_abandon();
    if (present && unprinted)
        fputs("The printer did not finish: look at what it printed. No ticket is lost.\n", stderr);
    crypto_wipe(counter, sizeof *counter);
    free(counter);
    if (first->stand.kiosk && !code && !left)
        return KIOSK_GO_ON;
    return code ? tk_code_exit(code) : 0;
}

int kiosk_run(struct box_office *office, const struct settings *settings, const char *greeting,
              bool locked)
{
    struct counter first = {.office = office,
                            .settings = settings,
                            .stand = {.kiosk = locked},
                            .training = office->keys.training,
                            .scanned = scans_open_ticket};

    return run(&first, greeting);
}

int kiosk_run_door(struct box_office *office, struct door *door, const struct settings *settings,
                   bool training)
{
    struct counter first = {
        .office = office,
        .settings = settings,
        .door = door,
        .training = training,
        .scanned = door_view_scanned,
        .tones = {.way = (enum tone_way)settings_number(settings, SETTING_door_sound),
                  .program = settings_text(settings, SETTING_door_sound_program)},
    };

    return run(&first, NULL);
}
