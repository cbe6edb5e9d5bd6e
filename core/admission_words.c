/* Admission: what is said of it. */
#include <stdio.h>
#include <string.h>

#include "core/admission_internal.h"
#include "core/sync.h"

#define SLOT_TEXT_MAX (SLOT_NAME_SIZE + TIME_TEXT_MAX + SLOT_SCREEN_SIZE + 16)

/* A moment with its day, unless that is the day of `now`. Returns "at" or "on", the word before it.
 */
static const char *print_moment(const struct box_office *office, int64_t moment, int64_t now,
                                char text[TIME_TEXT_MAX])
{
    const struct time_zone *zone = &office->ports.zone;

    if (time_day_number(moment, zone) == time_day_number(now, zone)) {
        time_print_clock(text, moment, zone);
        return "at";
    }
    time_print_day(text, moment, zone);
    return "on";
}

/* "5 minutes ago" */
static void print_ago(char *text, size_t size, int64_t ago)
{
    static const struct {
        int64_t length;
        const char *name;
    } units[] = {
        {TIME_DAY, "day"}, {TIME_HOUR, "hour"}, {TIME_MINUTE, "minute"}, {TIME_SECOND, "second"}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        long long count = (long long)(ago / units[i].length);

        if (count > 0) {
            snprintf(text, size, "%lld %s%s ago", count, units[i].name, count == 1 ? "" : "s");
            return;
        }
    }
    snprintf(text, size, "just now");
}

/* "Skyfall, Sun 22 Nov 19:45, Screen 2" */
static void print_slot(const struct box_office *office, const struct slot *slot, char *text,
                       size_t size)
{
    size_t used;

    office_name_slot(office, slot, text, size);
    used = strlen(text);
    if (slot->screen[0]) /* a bare "2" would be read as anything */
        snprintf(text + used, size - used, ", %s%s",
                 strspn(slot->screen, "0123456789") == strlen(slot->screen) ? "Screen " : "",
                 slot->screen);
}

static void say_already(const struct box_office *office, const struct ticket *ticket, int64_t now,
                        char *message)
{
    char when[TIME_TEXT_MAX], ago[48];
    const char *word = print_moment(office, ticket->admitted_at, now, when);

    print_ago(ago, sizeof ago, now - ticket->admitted_at);
    if (ticket->admitted_at)
        snprintf(message, TK_MESSAGE_MAX, "This ticket went in %s %s at %s, %s.", word, when,
                 ticket->admitted_by[0] ? ticket->admitted_by : "another door", ago);
    else /* and was taken back since */
        snprintf(message, TK_MESSAGE_MAX, "%s", tk_code_sentence(TK_ALREADY_ADMITTED));
}

/* Of a ticket that was given back or replaced. */
static void say_gone(const struct box_office *office, const struct ticket *ticket, int64_t now,
                     char *message)
{
    char text[ID_TEXT_MAX], other[ID_TEXT_MAX], when[TIME_TEXT_MAX];
    const char *word = print_moment(
        office, ticket->canceled_at ? ticket->canceled_at : ticket->changed_at, now, when);

    id_print(text, ID_TICKET, ticket->id);
    id_print(other, ID_TICKET, ticket->replaced_by);
    if (ticket->replaced_by)
        snprintf(message, TK_MESSAGE_MAX, "Ticket %s was replaced by %s %s %s.", text, other, word,
                 when);
    else
        snprintf(message, TK_MESSAGE_MAX, "Ticket %s was canceled %s %s.", text, word, when);
}

/* Of a ticket whose showing is not now. */
static void say_time(const struct box_office *office, enum verdict verdict, const struct slot *slot,
                     int64_t now, char *message)
{
    char name[SLOT_TEXT_MAX], when[TIME_TEXT_MAX];
    bool early = verdict == VERDICT_TOO_EARLY;
    const char *word = print_moment(
        office, early ? plan_admission_opens_at(slot, &office->rules) : slot->ends_at, now, when);

    print_slot(office, slot, name, sizeof name);
    snprintf(message, TK_MESSAGE_MAX,
             early                        ? "Admission to %s opens %s %s."
             : verdict == VERDICT_EXPIRED ? "%s ended %s %s: its tickets have expired."
                                          : "%s ended %s %s.",
             name, word, when);
}

static void say_denied(const struct ticket *ticket, char *message)
{
    char text[ID_TEXT_MAX];

    id_print(text, ID_TICKET, ticket->id);
    snprintf(message, TK_MESSAGE_MAX,
             "Ticket %s was issued by a till whose places were written off.", text);
}

static void say_ticket(const struct box_office *office, enum verdict verdict,
                       const struct ticket_view *view, int64_t now, char *message)
{
    char name[SLOT_TEXT_MAX];

    switch (verdict) {
    case VERDICT_ALREADY:
        say_already(office, &view->ticket, now, message);
        break;
    case VERDICT_CANCELED:
    case VERDICT_REPLACED:
        say_gone(office, &view->ticket, now, message);
        break;
    case VERDICT_DENIED:
        say_denied(&view->ticket, message);
        break;
    case VERDICT_TOO_EARLY:
    case VERDICT_OVER:
        say_time(office, verdict, &view->slot, now, message);
        break;
    case VERDICT_EXPIRED: /* or archived, which may have been canceled before */
        if (view->ticket.canceled_at)
            say_gone(office, &view->ticket, now, message);
        else
            say_time(office, verdict, &view->slot, now, message);
        break;
    default:
        print_slot(office, &view->slot, name, sizeof name);
        snprintf(message, TK_MESSAGE_MAX,
                 verdict == VERDICT_ADMITTED ? "One ticket for %s." : "This ticket is for %s.", name);
    }
}

/* Whether a verdict tells of the ticket: not when the pass shows no right to it. */
static bool tells_ticket(enum verdict verdict, const struct ticket_view *ticket)
{
    return ticket && ticket->ticket.id && verdict != VERDICT_NOT_GENUINE &&
           verdict != VERDICT_UNREADABLE && verdict != VERDICT_TRAINING;
}

void admission_say(const struct box_office *office, enum verdict verdict,
                   const struct ticket_view *ticket, int64_t now, struct admission *admission)
{
    char text[ID_TEXT_MAX];

    *admission = (struct admission){.verdict = verdict, .at = now};
    if (!tells_ticket(verdict, ticket)) {
        snprintf(admission->message, sizeof admission->message, "%s",
                 tk_code_sentence(verdict_code(verdict)));
        return;
    }
    admission->ticket_id = ticket->ticket.id;
    if (verdict == VERDICT_UNKNOWN) {
        id_print(text, ID_TICKET, ticket->ticket.id);
        snprintf(admission->message, sizeof admission->message,
                 "There is no ticket %s in this box office.", text);
        return;
    }
    admission->admitted = verdict == VERDICT_ADMITTED;
    admission->slot_id = ticket->slot.id;
    admission->sale_size = ticket->ticket.sale_size;
    memcpy(admission->slot_name, ticket->slot.name, sizeof admission->slot_name);
    memcpy(admission->customer_name, ticket->customer.name, sizeof admission->customer_name);
    say_ticket(office, verdict, ticket, now, admission->message);
}

void admission_say_ticket(struct box_office *office, enum verdict verdict,
                          const struct ticket_view *view, int64_t now, struct admission *admission)
{
    struct ticket_view newer = {0};
    char name[SLOT_NAME_SIZE + TIME_TEXT_MAX + 2];
    size_t used;

    admission_say(office, verdict, view, now, admission);
    if (verdict != VERDICT_REPLACED ||
        office_ticket(office, view->ticket.replaced_by, &newer, NULL))
        return;
    office_name_slot(office, &newer.slot, name, sizeof name);
    used = strlen(admission->message);
    snprintf(admission->message + used, sizeof admission->message - used, " That one is for %s%s",
             name, ticket_check_booked(&newer.ticket) ? ", but is no longer good either." : ".");
}

bool admission_is_cut_off(const struct box_office *office)
{
    struct sync_status status = {.online = true};

    if (office->line.status)
        office->line.status(office->line.context, &status);
    return !status.online;
}

/* Whether a verdict tells of a ticket of which only number and showing are known. */
static bool tells_early(enum verdict verdict)
{
    return verdict == VERDICT_ADMITTED || verdict == VERDICT_ALREADY ||
           verdict == VERDICT_DENIED || verdict == VERDICT_TOO_EARLY || verdict == VERDICT_OVER;
}

void admission_say_early(const struct box_office *office, enum verdict verdict,
                         const struct ticket_view *view, int64_t now, struct admission *admission)
{
    char name[SLOT_TEXT_MAX];

    admission_say(office, tells_early(verdict) ? verdict : VERDICT_UNKNOWN, view, now, admission);
    print_slot(office, &view->slot, name, sizeof name);
    if (verdict == VERDICT_ADMITTED) /* whoever is cut off lacks what was sold since */
        snprintf(admission->message, sizeof admission->message,
                 "One ticket for %s; its sale is not known here yet: %s.", name,
                 admission_is_cut_off(office) ? "this door is cut off"
                                              : "it was made by a till that is cut off");
    else if (verdict == VERDICT_ALREADY)
        snprintf(admission->message, sizeof admission->message,
                 "Somebody went in with this ticket before; its sale is not known here yet.");
}
