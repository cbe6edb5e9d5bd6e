/* talk: messages, questions, and the deals that start with one. */
#include <stdarg.h>
#include <stdio.h>

#include "core/text.h"
#include "ui/kiosk/line.h"
#include "ui/kiosk/view.h"

#define UNDO_AT_ONCE (2 * TIME_MINUTE) /* an older sale is undone only when the clerk says yes */

static void say(struct counter *counter, enum message_kind kind, enum tk_code code,
                const char *text)
{
    struct message *message = &counter->messages[counter->message_count % MESSAGES_KEPT];

    message->kind = kind;
    message->code = code;
    message->at = counter_now(counter);
    text_display(message->text, sizeof message->text, text);
    counter->message_count++;
    counter->message_shown = true;
    counter->dirty = true;
}

const struct message *counter_newest_message(const struct counter *counter)
{
    return &counter->messages[(counter->message_count + MESSAGES_KEPT - 1) % MESSAGES_KEPT];
}

void counter_say(struct counter *counter, enum message_kind kind, const char *format, ...)
{
    char text[TK_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(counter, kind, TK_OK, text);
}

void counter_say_error(struct counter *counter, const struct tk_error *error)
{
    bool no = tk_code_is_refusal(error->code) || error->code == TK_NEEDS_CENTRE;

    say(counter, no ? MESSAGE_WARNING : MESSAGE_BAD, error->code, error->message);
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

static void cancel_yes(struct counter *counter, uint64_t ticket_id)
{
    struct tk_error error = {0};
    struct ticket_view ticket;
    char id[ID_TEXT_MAX];

    id_print(id, ID_TICKET, ticket_id);
    counter->stale = true;
    if (office_cancel(counter->office, ticket_id, NULL, &ticket, &error)) {
        counter_say_error(counter, &error);
        stand_offer_approval(counter, &error, OP_CANCEL, cancel_yes, ticket_id);
        return;
    }
    counter_say(counter, MESSAGE_GOOD, "Ticket %s is canceled; %d places are left for %s.", id,
                line_room(counter, &ticket.slot), ticket.slot.name);
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

/* How many tickets of a sale are not canceled by its undo: those that are in, or were given for others. */
static int count_kept(struct counter *counter, uint64_t sale_id)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list sale = {0};
    int kept = 0;

    query.sale_id = sale_id;
    if (office_tickets(counter->office, &query, &sale, NULL) == TK_OK)
        for (size_t i = 0; i < sale.count; i++)
            kept += sale.items[i].ticket.status == TICKET_BOOKED ||
                    sale.items[i].ticket.replaced_by != 0;
    ticket_view_list_release(&sale);
    return kept;
}

static void undo_sale(struct counter *counter, uint64_t sale_id)
{
    struct tk_error error = {0};
    char rest[80] = "";
    size_t canceled;
    int kept;

    counter->stale = true;
    if (office_cancel_sale(counter->office, sale_id, &canceled, &error)) {
        counter_say_error(counter, &error);
        if (stand_offer_approval(counter, &error, OP_CANCEL, undo_sale, sale_id))
            return;
        if (tk_code_is_refusal(error.code))
            counter->last_sale = 0;
        return;
    }
    counter->last_sale = 0;
    kept = count_kept(counter, sale_id);
    if (kept)
        snprintf(rest, sizeof rest, " %d %s: in already, or given for another.", kept,
                 kept == 1 ? "stays" : "stay");
    counter_say(counter, kept ? MESSAGE_WARNING : MESSAGE_GOOD,
                "Undone: %zu %s for %s canceled.%s", canceled,
                canceled == 1 ? "ticket" : "tickets", counter->last_sale_name, rest);
}

void counter_undo(struct counter *counter)
{
    int64_t age = counter_now(counter) - counter->last_sale_at;

    if (!counter->last_sale)
        counter_say(counter, MESSAGE_WARNING,
                    "There is no sale to undo at this till. Find the ticket (f) and cancel it.");
    else if (age < 0 || age > UNDO_AT_ONCE)
        counter_ask(counter, undo_sale, counter->last_sale,
                    "Undo the sale for %s, %lld minutes ago? Its tickets are canceled.",
                    counter->last_sale_name, (long long)(age / TIME_MINUTE));
    else
        undo_sale(counter, counter->last_sale);
}
