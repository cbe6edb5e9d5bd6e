/* counter: the loop, from the opening of the terminal to the way out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/text.h"
#include "ui/kiosk/door_view.h"
#include "ui/kiosk/events.h"
#include "ui/kiosk/frame.h"
#include "ui/kiosk/kiosk.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/scans.h"
#include "ui/kiosk/terminal.h"
#include "ui/kiosk/view.h"
#include "ui/kiosk/watch.h"

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

/* --- the loop --- */

/* How long the loop may wait for a key. */
static int wait_ms(const struct counter *counter)
{
    int most = counter->door ? door_view_wait_ms(counter, WATCH_TICK_MS) : WATCH_TICK_MS;
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
        events_handle(counter, &event);
        events_refresh(counter);
        terminal_read(&event, 0);
    }
    if (event.kind == EVENT_HANGUP)
        return false;
    if (event.kind != EVENT_NONE && counter->running)
        events_handle(counter, &event);
    if (counter->running)
        events_handle_held(counter, 0);
    if (counter->running)
        watch_tick(counter);
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
        watch_look(counter);
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
              bool locked, struct stand_memory *memory)
{
    struct counter first = {.office = office,
                            .settings = settings,
                            .stand = {.kiosk = locked, .memory = memory},
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
