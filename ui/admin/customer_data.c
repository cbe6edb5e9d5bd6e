/* customer_data: all that is held of one person, to be handed out or forgotten. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/wire.h"
#include "ui/admin/command.h"
#include "ui/admin/customers.h"

#define DISPUTES_PAGE 1000

/* --- disputes that name somebody --- */

static bool names(const struct dispute *dispute, const struct customer *customer)
{
    return customer->phone[0] && strcmp(dispute->customer_phone, customer->phone) == 0 &&
           strcmp(dispute->customer_name, customer->name) == 0;
}

/* Appends those that name the customer. */
static enum tk_code list_disputes(struct box_office *office, const struct customer *customer,
                                  struct dispute_list *list, struct tk_error *error)
{
    struct dispute_query query = {.limit = DISPUTES_PAGE};
    struct dispute_list page = {0};
    enum tk_code code;
    bool more;

    do {
        dispute_list_release(&page);
        code = office_disputes(office, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++)
            if (names(&page.items[i], customer) && dispute_list_add(list, &page.items[i]))
                code = tk_fail_code(error, TK_NO_MEMORY);
        more = !code && page.count == DISPUTES_PAGE;
        if (more) {
            query.after_found_at = page.items[page.count - 1].found_at;
            query.after_id = page.items[page.count - 1].id;
        }
    } while (more);
    dispute_list_release(&page);
    return code;
}

/* --- export --- */

struct held {
    struct customer_known known;
    struct ticket_view_list tickets;
    struct dispute_list disputes;
};

static enum tk_code load_held(struct box_office *office, struct held *held, struct tk_error *error)
{
    enum tk_code code = customer_load(office, &held->known, error);

    if (!code)
        code = office_history(office, held->known.customer.id, &held->tickets, error);
    return code ? code : list_disputes(office, &held->known.customer, &held->disputes, error);
}

/* Without passes: they are keys, not data about somebody. */
static void put_held(struct buffer *out, const struct held *held, const struct time_zone *zone)
{
    struct wire_record record;

    json_put_open(out, NULL, '{');
    wire_customer(&record, &held->known.customer, zone);
    wire_put_json(out, "customer", &record);
    json_put_open(out, "loyalty", '{');
    customer_put_loyalty(out, &held->known, zone);
    json_put_close(out, '}');
    json_put_open(out, "tickets", '[');
    for (size_t i = 0; i < held->tickets.count; i++) {
        wire_ticket(&record, &held->tickets.items[i], NULL, zone);
        wire_put_json(out, NULL, &record);
    }
    json_put_close(out, ']');
    json_put_open(out, "disputes", '[');
    for (size_t i = 0; i < held->disputes.count; i++) {
        wire_dispute(&record, &held->disputes.items[i], zone);
        wire_put_json(out, NULL, &record);
    }
    json_put_close(out, ']');
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static enum tk_code write_held(struct call *call, const struct held *held,
                               const struct time_zone *zone, struct tk_error *error)
{
    const char *path = call->values[OPT_OUTPUT];
    struct buffer *out = &call->out.text;
    char place[OUTPUT_PATH_SIZE];
    struct output file;
    enum tk_code code = output_open(&file, path, error);

    if (code)
        return code;
    put_held(&file.text, held, zone);
    code = output_end(&file, false, error);
    if (code)
        return code;
    path = path_shown(path, place);
    if (!call->json) {
        buffer_addf(out, "Written to %s.\n", path);
        return TK_OK;
    }
    json_put_open(out, NULL, '{');
    json_put_text(out, "file", path);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
    return TK_OK;
}

enum tk_code command_customer_export(struct call *call, struct tk_error *error)
{
    struct held held = {0};
    struct box_office *office;
    enum tk_code code = customer_open(call, &office, &held.known.customer, error);

    if (!code)
        code = load_held(office, &held, error);
    if (!code && call->values[OPT_OUTPUT])
        code = write_held(call, &held, &office->ports.zone, error);
    else if (!code)
        put_held(&call->out.text, &held, &office->ports.zone);
    ticket_view_list_release(&held.tickets);
    dispute_list_release(&held.disputes);
    return code;
}

/* --- erase --- */

static void tell_disputes(struct buffer *out, size_t open)
{
    if (open)
        buffer_addf(out,
                    "%zu open %s the name until somebody closes %s: see ticketly admin disputes.\n",
                    open, open == 1 ? "dispute keeps" : "disputes keep", open == 1 ? "it" : "them");
}

static void tell_kept(struct buffer *out, const struct held *held)
{
    size_t tickets = held->tickets.count;

    if (tickets)
        buffer_addf(out, "%zu %s, as of a walk-up sale, and the journal, which names nobody.\n",
                    tickets, tickets == 1 ? "ticket stays" : "tickets stay");
    tell_disputes(out, held->disputes.count);
    buffer_add_text(out, "Backups and exports made before keep what they have.\n");
}

/* Then it is refused, and there is nothing to ask. */
static bool is_expected(const struct held *held)
{
    for (size_t i = 0; i < held->tickets.count; i++)
        if (held->tickets.items[i].ticket.status == TICKET_BOOKED)
            return true;
    return false;
}

/* What goes and what stays, and whether to go on. */
static enum tk_code ask(const struct call *call, const struct held *held, struct tk_error *error)
{
    const struct customer_known *known = &held->known;
    char answer[16] = "", id[ID_TEXT_MAX];
    struct buffer text;

    if (call->values[OPT_YES])
        return TK_OK;
    if (call->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return tk_fail(error, TK_USAGE, "Only with --yes: name and phone are gone for good then.");
    id_print(id, ID_CUSTOMER, known->customer.id);
    buffer_init(&text, 4096);
    buffer_addf(&text,
                "Name and phone of %s (%s)%s go for good, on tills with their next exchange.\n", id,
                known->customer.name, known->loyalty.chosen ? " and the tier chosen" : "");
    tell_kept(&text, held);
    fprintf(stderr, "%sType yes to go on: ", buffer_text(&text));
    buffer_release(&text);
    if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0)
        return TK_OK;
    return tk_fail(error, TK_INTERRUPTED, "Nothing was erased, as you did not type yes.");
}

static void show_erased(struct call *call, const struct held *held)
{
    struct buffer *out = &call->out.text;
    char id[ID_TEXT_MAX];

    id_print(id, ID_CUSTOMER, held->known.customer.id);
    if (!call->json) {
        buffer_addf(out, "Name and phone of %s are gone.\n", id);
        tell_kept(out, held);
        return;
    }
    json_put_open(out, NULL, '{');
    json_put_text(out, "userId", id);
    json_put_bool(out, "erased", true);
    json_put_int(out, "ticketsKept", (int64_t)held->tickets.count);
    json_put_int(out, "disputesNaming", (int64_t)held->disputes.count);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

enum tk_code command_customer_erase(struct call *call, struct tk_error *error)
{
    char reason[REASON_SIZE];
    struct held held = {0};
    struct box_office *office;
    enum tk_code code =
        call_text(call, OPT_REASON, reason, sizeof reason, TK_BAD_REASON, "reason", error);

    if (!code)
        code = customer_open(call, &office, &held.known.customer, error);
    if (!code)
        code = load_held(office, &held, error);
    if (!code && !held.known.customer.erased_at && !is_expected(&held))
        code = ask(call, &held, error);
    if (!code)
        code = office_erase_customer(office, held.known.customer.id, reason, error);
    if (!code)
        show_erased(call, &held);
    ticket_view_list_release(&held.tickets);
    dispute_list_release(&held.disputes);
    return code;
}
