#include "ui/kiosk/scans.h"

#include <string.h>

#include "core/scan.h"
#include "ui/kiosk/terminal.h"

static bool is_character(uint32_t key)
{
    return key >= 0x20 && key < KEY_SPECIAL && key != 0x7F;
}

/* Whether a key does what no Esc takes back. At a door every command that is a character waits: the
   view that it opens would take the rest of the scan for a text. */
static bool is_final(const struct counter *counter, uint32_t key)
{
    const struct view *view = counter_top(counter);
    enum action action;
    int number;

    if (counter->question.yes)
        return key == 'y' || key == 'Y';
    action = key_action(view->ops->group(view), key, &number);
    if (counter->door)
        return action != ACTION_NONE;
    switch (action) {
    case ACTION_QUIT:
    case ACTION_UNDO:
    case ACTION_SIGN_OFF:
    case ACTION_PRINT:
    case ACTION_PRINT_SALE:
        return true;
    default:
        return false;
    }
}

/* Before the first character of what may be a burst: how things are. */
static void remember(struct counter *counter)
{
    struct scans *scans = &counter->scans;
    struct view *view = counter_top(counter);
    const struct form *form = view->ops->form ? view->ops->form(view) : NULL;

    scans->views = counter->view_count;
    scans->has_form = form != NULL;
    if (form)
        scans->form = *form;
    if (view->ops->mark)
        view->ops->mark(view, counter, false);
    scans->question = counter->question;
    scans->leaked = false;
}

static void take_back(struct counter *counter)
{
    struct scans *scans = &counter->scans;
    struct view *view;

    scans->held_count = 0;
    if (!scans->leaked)
        return;
    scans->leaked = false;
    while (counter->view_count > scans->views)
        counter_pop(counter);
    view = counter_top(counter);
    if (counter->view_count == scans->views && scans->has_form && view->ops->form)
        *view->ops->form(view) = scans->form;
    if (counter->view_count == scans->views && view->ops->mark)
        view->ops->mark(view, counter, true);
    counter->question = scans->question;
    counter->message_shown = false;
    counter->stale = counter->dirty = true;
}

/* What comes behind a key that is kept has to wait as well. */
static bool hold(struct counter *counter, uint32_t key, int64_t now)
{
    struct scans *scans = &counter->scans;

    if (scans->held_count == SCANS_HELD_MAX || (!scans->held_count && !is_final(counter, key)))
        return false;
    scans->held[scans->held_count++] = key;
    scans->held_until = now + CAPTURE_SILENCE;
    return true;
}

/* The ticket of a code, in whichever layout it was typed. */
static enum tk_code find_ticket(struct counter *counter, const char *code, uint64_t *id,
                                struct tk_error *error)
{
    struct scan_reading readings[SCAN_LAYOUT_COUNT];
    size_t count = scan_read(code, readings);
    enum tk_code result = count ? TK_OK : tk_fail_code(error, TK_BAD_PASS);

    for (size_t i = 0; i < count; i++) {
        result = office_read_ticket(counter->office, readings[i].pass, id, i ? NULL : error);
        if (!result)
            break;
    }
    return result;
}

/* A question that stood there is about something else than what comes now: it is answered with no. */
static void give_code(struct counter *counter)
{
    take_back(counter);
    counter->question.yes = NULL;
    counter->dirty = true;
    counter->scanned(counter, counter->scans.capture.code);
}

/* Acts on a whole code. Where texts are written it is one only when it is a ticket's, or a door's. */
static bool take_code(struct counter *counter, bool writing)
{
    uint64_t id;

    if (writing && !counter->door &&
        find_ticket(counter, counter->scans.capture.code, &id, NULL)) {
        capture_clear(&counter->scans.capture);
        return false;
    }
    give_code(counter);
    return true;
}

bool scans_take_key(struct counter *counter, uint32_t key)
{
    struct scans *scans = &counter->scans;
    struct view *view = counter_top(counter);
    bool writing = view->ops->form && view->ops->form(view);
    int64_t now = counter_now(counter);

    if (capture_begins(&scans->capture, now))
        remember(counter);
    scans->capture.least = !writing && counter->door   ? CAPTURE_LEAST_DOOR
                           : writing && !counter->door ? 0
                                                       : CAPTURE_LEAST_COMMANDS;
    switch (capture_key(&scans->capture, key, now)) {
    case CAPTURED_CODE:
        if (take_code(counter, writing))
            return true;
        break;
    case CAPTURED_PART:
        scans->held_count = 0; /* they were its first */
        return true;
    default:
        break;
    }
    if (is_character(key) && hold(counter, key, now))
        return true;
    scans->leaked = true;
    return false;
}

static bool is_due(const struct scans *scans, uint32_t key, int64_t now)
{
    return (key && !is_character(key)) || !capture_may_come(&scans->capture, now) ||
           scans->held_count == SCANS_HELD_MAX || now >= scans->held_until ||
           now < scans->held_until - CAPTURE_SILENCE;
}

int scans_look(struct counter *counter, uint32_t key, uint32_t held[SCANS_HELD_MAX])
{
    struct scans *scans = &counter->scans;
    int64_t now = counter_now(counter);
    int count = scans->held_count;

    if (capture_silence(&scans->capture, now) == CAPTURED_CODE) {
        give_code(counter);
        return 0;
    }
    if (!count || !is_due(scans, key, now))
        return 0;
    memcpy(held, scans->held, (size_t)count * sizeof *held);
    scans->held_count = 0;
    return count;
}

int scans_wait_ms(const struct counter *counter, int most)
{
    const struct scans *scans = &counter->scans;
    int64_t now = counter_now(counter), left = scans->held_until - now;
    int wait = capture_wait_ms(&scans->capture, now);

    if (wait >= 0 && wait < most)
        most = wait;
    if (scans->held_count && is_due(scans, 0, now))
        most = 0;
    else if (scans->held_count && left < most * TIME_MILLISECOND)
        most = left < 0 ? 0 : (int)(left / TIME_MILLISECOND) + 1;
    return most;
}

void scans_open_ticket(struct counter *counter, const char *code)
{
    struct tk_error error = {0};
    uint64_t id;

    if (find_ticket(counter, code, &id, &error))
        counter_say_error(counter, &error);
    else
        counter_push(counter, ticket_view_new(id));
    counter->dirty = true;
}
