/* replaced_answer: what the answers of the replaced API are made of. */
#include "ui/http/replaced.h"

void replaced_put_ticket(struct buffer *out, uint64_t id, uint64_t customer_id, int64_t slot_id,
                         enum ticket_status status)
{
    char ticket[ID_TEXT_MAX], customer[ID_TEXT_MAX];

    id_print(ticket, ID_TICKET, id);
    id_print(customer, ID_CUSTOMER, customer_id);
    json_put_open(out, NULL, '{');
    json_put_text(out, "ticketId", ticket);
    if (customer_id)
        json_put_text(out, "userId", customer);
    else
        json_put_null(out, "userId");
    json_put_int(out, "ticketSlotId", slot_id);
    json_put_text(out, "ticketStatus", ticket_status_name(status));
    json_put_close(out, '}');
}

void replaced_put_slot(struct buffer *out, const struct slot *slot, const char *starts,
                       const char *ends)
{
    json_put_open(out, NULL, '{');
    json_put_int(out, "slotId", slot->id);
    json_put_text(out, "slotName", slot->name);
    json_put_text(out, "slotDescription", slot->description);
    json_put_text(out, "startTime", starts);
    json_put_text(out, "endTime", ends);
    json_put_text(out, "slotType", slot_type_name(slot->type));
    json_put_text(out, "genre", genre_name(slot->genre));
    json_put_int(out, "availTickets", slot->available);
    json_put_close(out, '}');
}

void replaced_print_local(char text[PYDANTIC_ISO_SIZE], int64_t moment,
                          const struct time_zone *zone)
{
    struct pydantic_datetime local = {.civil = time_civil(moment, zone)};
    int64_t again;

    local.has_offset = time_from_civil(&local.civil, zone, &again) == TK_TIME_REPEATED;
    pydantic_isoformat(text, &local);
}

void replaced_answer_false(struct exchange *x, enum tk_code code)
{
    x->refused = code;
    buffer_add_text(exchange_body(x), "false");
    exchange_answer(x, 200);
}

void replaced_answer_refusal(struct exchange *x)
{
    struct tk_error error = {0};

    exchange_fail(x, office_refuse(&x->office, &x->operations[0], &x->outcomes[0], &error), &error);
}

void replaced_answer_unshown(struct exchange *x, enum tk_code code)
{
    struct tk_error error = {0};

    tk_fail(&error, TK_UNKNOWN,
            "This was saved, but cannot be shown (%s). Look before you try again.",
            tk_code_name(code));
    exchange_fail(x, TK_UNKNOWN, &error);
}

void replaced_answer_list(struct exchange *x)
{
    struct tk_error error = {0};

    if (exchange_body(x)->failed) {
        tk_fail(&error, TK_OVERLOADED, "This list is too long for one answer: ask /v1 for pages.");
        exchange_fail(x, TK_OVERLOADED, &error);
    } else {
        exchange_answer(x, 200);
    }
}

enum tk_code replaced_put_tickets(struct exchange *x, struct ticket_query query,
                                  struct tk_error *error)
{
    struct buffer *out = exchange_body(x);
    struct ticket_view_list page = {0};
    enum tk_code code;
    bool more;

    query.limit = REPLACED_PAGE;
    do {
        page.count = 0;
        code = office_tickets(&x->office, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++) {
            const struct ticket *ticket = &page.items[i].ticket;

            replaced_put_ticket(out, ticket->id, ticket->customer_id, ticket->slot_id,
                                query.sale_id ? TICKET_BOOKED : ticket->status);
        }
        more = !code && page.count == REPLACED_PAGE && !out->failed;
        if (more) {
            query.after_id = page.items[page.count - 1].ticket.id;
            query.after_seq = page.items[page.count - 1].ticket.seq;
        }
    } while (more);
    ticket_view_list_release(&page);
    return code;
}
