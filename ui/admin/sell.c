/* sell: book, reissue, cancel. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/admin/command.h"
#include "ui/admin/permit.h"

/* The phone as typed; the rules clean it. What cannot be one is refused before it is cut. */
static enum tk_code read_phone(const struct call *call, char phone[CUSTOMER_PHONE_SIZE],
                               struct tk_error *error)
{
    const char *typed = call->values[OPT_PHONE] ? call->values[OPT_PHONE] : "";

    phone[0] = '\0';
    if (!*typed)
        return TK_OK;
    return phone_clean(phone, typed) ? tk_fail_code(error, TK_BAD_PHONE) : TK_OK;
}

/* What was read back may be behind the sale: what is known of it is told. */
static void show_unseen(struct call *call, const struct outcome *outcome, int64_t count)
{
    char id[ID_TEXT_MAX], text[300];

    id_print(id, ID_TICKET, outcome->ticket_id);
    snprintf(text, sizeof text,
             "Sold: %lld %s, the first is %s. They cannot be shown yet: do not sell again, look with "
             "`ticketly admin ticket %s`.\n",
             (long long)count, count == 1 ? "ticket" : "tickets", id, id);
    buffer_add_text(&call->out.text, call->json ? "[]\n" : text);
    if (call->json)
        fputs(text, stderr);
}

enum tk_code command_book(struct call *call, struct tk_error *error)
{
    struct op_book book = {.count = call_number(call, OPT_COUNT, 1)};
    struct ticket_view_list tickets = {0};
    struct outcome outcome = {0};
    struct listing listing;
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = call_slot_ref(call, office, &book.slot, error);
    if (!code)
        code = call_text(call, OPT_NAME, book.customer_name, sizeof book.customer_name,
                         TK_BAD_NAME, "customer's name", error);
    if (!code)
        code = read_phone(call, book.customer_phone, error);
    if (!code)
        code = permit_approve(call, office, OP_BOOK, error);
    if (!code)
        code = office_book(office, &book, NULL, &tickets, &outcome, error);
    if (!code && !tickets.count) {
        show_unseen(call, &outcome, book.count);
    } else if (!code) {
        listing_init(&listing, call, office, LIST_TICKETS);
        listing_add_tickets(&listing, &tickets);
        listing_end(&listing, false, "");
    }
    ticket_view_list_release(&tickets);
    return code;
}

static void show_reissue(struct call *call, const struct box_office *office,
                         const struct ticket_view *new_ticket,
                         const struct ticket_view *old_ticket)
{
    struct buffer *out = &call->out.text;

    if (!call->json) {
        show_ticket(call, office, new_ticket);
        return;
    }
    json_put_open(out, NULL, '{');
    put_ticket(out, "newTicket", office, new_ticket);
    put_ticket(out, "oldTicket", office, old_ticket);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

enum tk_code command_reissue(struct call *call, struct tk_error *error)
{
    struct op_reissue reissue;
    struct ticket_view new_ticket, old_ticket;
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = office_read_ticket(office, call->argument, &reissue.ticket_id, error);
    if (!code)
        code = call_slot_ref(call, office, &reissue.slot, error);
    if (!code)
        code = permit_approve(call, office, OP_REISSUE, error);
    if (!code)
        code = office_reissue(office, &reissue, NULL, &new_ticket, &old_ticket, error);
    if (!code)
        show_reissue(call, office, &new_ticket, &old_ticket);
    return code;
}

enum tk_code command_cancel(struct call *call, struct tk_error *error)
{
    struct ticket_view ticket;
    struct box_office *office;
    uint64_t id;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = office_read_ticket(office, call->argument, &id, error);
    if (!code)
        code = permit_approve(call, office, OP_CANCEL, error);
    if (!code)
        code = office_cancel(office, id, NULL, &ticket, error);
    if (!code)
        show_ticket(call, office, &ticket);
    return code;
}
