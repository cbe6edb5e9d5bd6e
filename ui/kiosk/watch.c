#include "ui/kiosk/watch.h"

#include "ui/kiosk/door_view.h"
#include "ui/kiosk/line.h"

#define REMOTE_LOOK TIME_SECOND      /* between looks at a service */
#define PAUSE_MAX (30 * TIME_SECOND) /* between looks at a service that is away */
#define MESSAGE_AGE (12 * TIME_SECOND)

/* How long after this look the next one is: a service that is away is left in peace, and tills that
   lost it together do not come back together. */
static int64_t next_pause(const struct counter *counter)
{
    int64_t pause = counter->store_failing ? counter->pause * 2 : REMOTE_LOOK;
    uint16_t noise;

    if (!counter_is_remote(counter))
        return WATCH_TICK_MS * 1000;
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
    if (counter->message_shown && counter_is_away(counter_newest_message(counter)->code))
        counter_say(counter, MESSAGE_GOOD, "The box office answers again.");
}

void watch_look(struct counter *counter)
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
    if (failing || (version == counter->version && counter->stand.staffed_known))
        return;
    counter->stale |= version != counter->version;
    counter->version = version;
    stand_look(counter);
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
    const struct message *message = counter_newest_message(counter);

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
        watch_look(counter);
    if (now - counter->upkept_at >=
            settings_number(counter->settings, SETTING_upkeep_every) * TIME_SECOND ||
        now < counter->upkept_at)
        run_upkeep(counter, now);
}

void watch_tick(struct counter *counter)
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
