/* printing: tickets to the printer beside the counter, and what became of them. */
#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"
#include "ui/kiosk/view.h"
#include "ui/print/print.h"
#include "ui/print/spooler.h"

#define TICKETS_AT_ONCE 40 /* each is counted before the next key is answered */

/* Before a copy is counted: there is a printer, and room for a job. */
static enum tk_code get_ready(struct counter *counter, struct tk_error *error)
{
    enum tk_code code = print_check_where(counter->settings, error);

    if (!code && !counter->spooler)
        code = spooler_new(&counter->spooler, error);
    return code ? code : spooler_check_room(counter->spooler, error);
}

static void say_not_printed(struct counter *counter, const struct tk_error *error)
{
    char told[TK_MESSAGE_MAX];

    print_tell(told, sizeof told, error);
    counter_say(counter, MESSAGE_BAD, "%.400s The ticket is safe; p prints again.", told);
}

/* Hands over what was counted. */
static void send_job(struct counter *counter, const char *name, int tickets, struct buffer *bytes)
{
    struct spooler_job job = {.timeout_ms = tickets * print_timeout_ms(counter->settings),
                              .pause_ms = print_timeout_ms(counter->settings),
                              .bytes = *bytes};
    struct tk_error error = {0};

    text_copy(job.where, sizeof job.where, print_where(counter->settings));
    text_copy(job.name, sizeof job.name, name);
    counter->stale = true; /* it has one copy more */
    if (spooler_add(counter->spooler, &job, &error)) {
        say_not_printed(counter, &error);
        return;
    }
    *bytes = (struct buffer){0};
    counter_say(counter, MESSAGE_INFO, "Printing %s.", name);
}

static void print_again(struct counter *counter, uint64_t ticket_id)
{
    struct ticket_view ticket = {.ticket = {.id = ticket_id}};

    counter_print(counter, &ticket);
}

void counter_print(struct counter *counter, const struct ticket_view *ticket)
{
    struct tk_error error = {0};
    struct buffer bytes;
    char id[ID_TEXT_MAX], name[SPOOLER_NAME_SIZE];
    int32_t copy;
    enum tk_code code = get_ready(counter, &error);

    buffer_init(&bytes, RECEIPT_BYTES_MAX);
    if (!code)
        code = print_ticket(counter->office, counter->settings, ticket->ticket.id, &bytes, &copy,
                            &error);
    if (code) {
        counter_say_error(counter, &error);
        stand_offer_approval(counter, &error, OP_PRINT, print_again, ticket->ticket.id);
        buffer_release(&bytes);
        return;
    }
    id_print(id, ID_TICKET, ticket->ticket.id);
    if (copy > 1)
        snprintf(name, sizeof name, "%s, COPY %" PRId32, id, copy);
    else
        text_copy(name, sizeof name, id);
    send_job(counter, name, 1, &bytes);
    buffer_release(&bytes);
}

/* --- a sale --- */

static size_t count_booked(const struct ticket_view_list *sale, int32_t *least_prints)
{
    size_t count = 0;

    for (size_t i = 0; i < sale->count; i++) {
        const struct ticket *ticket = &sale->items[i].ticket;

        if (ticket->status != TICKET_BOOKED)
            continue;
        if (!count || ticket->prints < *least_prints)
            *least_prints = ticket->prints;
        count++;
    }
    return count;
}

/* Counts and gathers the Booked ones; of a large sale some of those that have the fewest copies. What
   was counted is printed, also when the next one is refused. Returns how many. */
static int gather(struct counter *counter, const struct ticket_view_list *sale,
                  struct buffer *bytes, struct tk_error *error)
{
    int32_t least = 0, copy;
    bool all = count_booked(sale, &least) <= TICKETS_AT_ONCE;
    enum tk_code code = TK_OK;
    int count = 0;

    for (size_t i = 0; !code && i < sale->count && count < TICKETS_AT_ONCE; i++) {
        const struct ticket *ticket = &sale->items[i].ticket;

        if (ticket->status != TICKET_BOOKED || (!all && ticket->prints != least))
            continue;
        code = print_ticket(counter->office, counter->settings, ticket->id, bytes, &copy, error);
        count += !code;
    }
    return count;
}

void counter_print_sale(struct counter *counter, const struct ticket_view_list *sale)
{
    struct tk_error error = {0};
    struct buffer bytes;
    char name[SPOOLER_NAME_SIZE];
    int32_t least = 0;
    size_t booked = count_booked(sale, &least);
    int count = 0;

    buffer_init(&bytes, TICKETS_AT_ONCE * RECEIPT_BYTES_MAX);
    if (!booked)
        tk_fail(&error, TK_TICKET_CANCELED, "This sale has no ticket left that is Booked.");
    else if (get_ready(counter, &error) == TK_OK)
        count = gather(counter, sale, &bytes, &error);
    snprintf(name, sizeof name, "%d %s", count, count == 1 ? "ticket" : "tickets");
    if ((size_t)count < booked && !error.code)
        snprintf(name, sizeof name, "%d of %zu tickets (P: more)", count, booked);
    if (count)
        send_job(counter, name, count, &bytes);
    if (error.code)
        counter_say_error(counter, &error);
    buffer_release(&bytes);
}

/* --- what became of it --- */

void counter_poll_printer(struct counter *counter)
{
    struct spooler_result result;

    while (counter->spooler && spooler_poll(counter->spooler, &result)) {
        if (result.code)
            say_not_printed(counter, &result.error);
        else
            counter_say(counter, MESSAGE_GOOD, "Printed %s.", result.name);
    }
}

int counter_end_printing(struct counter *counter)
{
    int lost = spooler_end(counter->spooler);

    counter->spooler = NULL;
    return lost;
}
