#include "ui/kiosk/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/dispute_words.h"

#define PARTS_MAX 5
#define PART_SIZE 48
#define BACK_WAIT (5 * TIME_SECOND) /* for the queue to be empty, before its coming back is told */

bool line_is_there(const struct counter *counter)
{
    return counter->office->line.status && !counter->door;
}

bool line_is_cut(const struct counter *counter)
{
    return line_is_there(counter) && !counter->line.status.online;
}

/* --- trouble --- */

static int clock_minutes(const struct sync_status *status)
{
    return (int)(status->clock_ahead / TIME_MINUTE);
}

static bool is_clock_wrong(const struct sync_status *status)
{
    return status->clock_ahead > SYNC_CLOCK_WARN || status->clock_ahead < -SYNC_CLOCK_WARN;
}

/* Whether something keeps this till from selling while it is cut off. */
static bool is_barred(const struct counter *counter, const struct sync_status *status)
{
    return office_print_bar(counter->office, status, NULL, 0);
}

bool line_is_troubled(const struct counter *counter)
{
    const struct sync_status *status = &counter->line.status;

    return status->disputes || is_clock_wrong(status) || is_barred(counter, status);
}

/* --- the header --- */

static void add_part(char parts[PARTS_MAX][PART_SIZE], int *count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_part(char parts[PARTS_MAX][PART_SIZE], int *count, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(parts[(*count)++], PART_SIZE, format, args);
    va_end(args);
}

static void print_since(const struct counter *counter, int64_t moment, char text[TIME_TEXT_MAX])
{
    const struct time_zone *zone = counter_zone(counter);

    if (time_day_number(moment, zone) == time_day_number(counter_now(counter), zone))
        time_print_clock(text, moment, zone);
    else
        time_print_day(text, moment, zone);
}

/* A clock that is not right is said before all that it makes doubtful. */
static void add_clock(const struct sync_status *status, char parts[PARTS_MAX][PART_SIZE],
                      int *count)
{
    int minutes = clock_minutes(status);

    if (status->clock_set_back)
        add_part(parts, count, "clock set back");
    else if (is_clock_wrong(status))
        add_part(parts, count, "clock %d min %s", minutes < 0 ? -minutes : minutes,
                 minutes < 0 ? "behind" : "ahead");
}

/* The most important first. */
static int make_parts(const struct counter *counter, char parts[PARTS_MAX][PART_SIZE])
{
    const struct sync_status *status = &counter->line.status;
    char since[TIME_TEXT_MAX];
    int count = 0;

    print_since(counter, status->away_since, since);
    if (status->online)
        add_part(parts, &count, "online");
    else
        add_part(parts, &count, "%s since %s", status->refused ? "REFUSED" : "OFFLINE", since);
    add_clock(status, parts, &count);
    if (status->waiting)
        add_part(parts, &count, "%lld waiting", (long long)status->waiting);
    if (is_barred(counter, status))
        add_part(parts, &count, "may not sell by itself");
    if (status->disputes)
        add_part(parts, &count, "%lld %s", (long long)status->disputes,
                 status->disputes == 1 ? "dispute" : "disputes");
    return count;
}

int line_print(const struct counter *counter, const struct canvas *canvas, int dropped, char *text,
               size_t size)
{
    char parts[PARTS_MAX][PART_SIZE];
    int count = make_parts(counter, parts), shown;
    size_t used = 0;

    dropped = dropped < 0 ? 0 : dropped < count ? dropped : count - 1;
    shown = count - dropped;
    for (int i = 0; i < shown; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", i ? " " : "",
                                 i ? canvas_sign(canvas, SIGN_DOT) : "", i ? " " : "", parts[i]);
    if (dropped)
        snprintf(text + used, size - used, " +%d", dropped);
    return count - 1;
}

/* --- coming and going --- */

/* It is there, and will have nothing to do with this till. */
static void tell_refused(struct counter *counter)
{
    static const char call[] = "Call whoever runs the box office.";
    const char *why = counter->line.status.why;

    if (strstr(why, call))
        counter_say(counter, MESSAGE_BAD, "%s", why);
    else
        counter_say(counter, MESSAGE_BAD, "%s %s", why, call);
}

static void tell_gone(struct counter *counter)
{
    const struct sync_status *status = &counter->line.status;

    counter->line.back_at = 0;
    if (status->refused) {
        tell_refused(counter);
        return;
    }
    if (status->why[0])
        counter_say(counter, MESSAGE_INFO, "%s", status->why);
    if (status->first)
        counter_say(counter, MESSAGE_WARNING,
                    "The box office is away, and nothing was fetched from it yet.");
    else if (is_barred(counter, status))
        counter_say(counter, MESSAGE_WARNING,
                    "The box office is away, and this till may not sell without it (m: why).");
    else
        counter_say(counter, MESSAGE_WARNING,
                    "The box office is away: this till goes on with its own places.");
}

/* When the queue is empty, or does not get empty. */
static void tell_back(struct counter *counter)
{
    const struct sync_status *status = &counter->line.status;
    int64_t sent = counter->line.queued - status->waiting, now = counter_now(counter);

    if (status->waiting && now >= counter->line.back_at && now - counter->line.back_at < BACK_WAIT)
        return;
    counter->line.back_at = 0;
    if (status->waiting)
        counter_say(counter, MESSAGE_WARNING,
                    "The box office is back: %lld of %lld operations were sent, the others wait.",
                    (long long)(sent > 0 ? sent : 0), (long long)(sent > 0 ? sent + status->waiting
                                                                           : status->waiting));
    else if (sent > 0)
        counter_say(counter, MESSAGE_GOOD, "The box office is back: %lld %s sent.",
                    (long long)sent, sent == 1 ? "operation was" : "operations were");
    else
        counter_say(counter, MESSAGE_GOOD, "The box office is back.");
}

static void tell_line(struct counter *counter, const struct sync_status *before)
{
    const struct sync_status *now = &counter->line.status;

    if (!now->online) {
        if (before->online || before->refused != now->refused || !counter->line.known)
            tell_gone(counter);
        counter->line.queued = now->waiting;
    } else if (counter->line.known && !before->online) {
        counter->line.back_at = counter_now(counter);
    }
    if (counter->line.back_at)
        tell_back(counter);
}

/* --- what else is told once --- */

static void tell_dispute(struct counter *counter)
{
    struct dispute_query query = {.open = true};
    struct dispute_list list = {0};
    char name[80];

    if (office_disputes(counter->office, &query, &list, NULL) == TK_OK && list.count) {
        const struct dispute *newest = &list.items[list.count - 1];

        dispute_name(newest, name, sizeof name);
        counter_say(counter, MESSAGE_WARNING,
                    "A new dispute: the box office refused %s made at %s. d shows it.", name,
                    newest->device);
    } else {
        counter_say(counter, MESSAGE_WARNING, "There is a new dispute. d shows it.");
    }
    dispute_list_release(&list);
}

static bool is_barred_alike(const struct sync_status *a, const struct sync_status *b)
{
    return a->standing == b->standing && a->suspect == b->suspect &&
           a->clock_set_back == b->clock_set_back;
}

static void tell_trouble(struct counter *counter, const struct sync_status *before)
{
    const struct sync_status *now = &counter->line.status;
    /* what is to be written off then is an operator's */
    static const char stranger[] =
        "Another copy of this till holds places, or did a moment ago: it goes on selling online. "
        "Should that stay so, call whoever runs the box office.";
    char bar[TK_MESSAGE_MAX];
    bool is_strange = now->standing == STANDING_STRANGER && !now->suspect;
    int minutes = clock_minutes(now);

    if (is_clock_wrong(now) && (!counter->line.known || !is_clock_wrong(before)))
        counter_say(counter, MESSAGE_WARNING,
                    "This machine's clock is %d minutes %s the box office's: set it right.",
                    minutes < 0 ? -minutes : minutes, minutes < 0 ? "behind" : "ahead of");
    if (office_print_bar(counter->office, now, bar, sizeof bar) &&
        (!counter->line.known || !is_barred_alike(now, before)))
        counter_say(counter, MESSAGE_WARNING, "%s", is_strange ? stranger : bar);
    if (counter->line.known && now->disputes > before->disputes)
        tell_dispute(counter);
}

static bool looks_alike(const struct sync_status *a, const struct sync_status *b)
{
    return a->online == b->online && a->away_since == b->away_since && a->waiting == b->waiting &&
           a->disputes == b->disputes && is_barred_alike(a, b) && a->first == b->first &&
           a->refused == b->refused &&
           clock_minutes(a) == clock_minutes(b);
}

void line_look(struct counter *counter)
{
    struct sync_status before = counter->line.status;

    if (!line_is_there(counter))
        return;
    counter->office->line.status(counter->office->line.context, &counter->line.status);
    tell_trouble(counter, &before);
    tell_line(counter, &before);
    if (!counter->line.known || !looks_alike(&before, &counter->line.status))
        counter->stale = counter->dirty = true;
    counter->line.known = true;
}

bool line_did_alone(const struct counter *counter, int64_t before)
{
    return line_is_cut(counter) ||
           (line_is_there(counter) && counter->line.status.waiting > before);
}

/* --- places --- */

/* Online this is what is left beside those here, so it is cut off: what other tills hold is neither. */
static int32_t elsewhere(const struct slot *slot)
{
    return slot->available;
}

int32_t line_room(const struct counter *counter, const struct slot *slot)
{
    return slot->here + (line_is_cut(counter) ? 0 : slot->available);
}

int32_t line_room_anywhere(const struct counter *counter, const struct slot *slot)
{
    (void)counter;
    return slot->here + slot->available;
}

void line_print_places(const struct counter *counter, const struct slot *slot, const char *what,
                       char *text, size_t size)
{
    if (!line_is_cut(counter))
        snprintf(text, size, "%d of %d%s left", line_room(counter, slot), slot->capacity, what);
    else if (slot->here)
        snprintf(text, size, "%d%s here, %d elsewhere", slot->here, what, elsewhere(slot));
    else
        snprintf(text, size, "none here, %d elsewhere", elsewhere(slot));
}

void line_print_shortly(const struct slot *slot, char *text, size_t size)
{
    if (slot->here)
        snprintf(text, size, "%d here +%d", slot->here, elsewhere(slot));
    else
        snprintf(text, size, "none here");
}

void line_print_held(const struct counter *counter, const struct slot *slot, char *text,
                     size_t size)
{
    char when[TIME_TEXT_MAX];

    text[0] = '\0';
    if (line_is_cut(counter) && counter->line.status.contact_at) {
        print_since(counter, counter->line.status.contact_at, when);
        snprintf(text, size, "as of %s", when);
    } else if (!line_is_cut(counter) && slot->here) {
        snprintf(text, size, "of them %d held by this till", slot->here);
    }
}
