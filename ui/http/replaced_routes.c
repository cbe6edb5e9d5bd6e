/* The replaced API: its routes, from what is asked to the answer. */
#include "core/text.h"
#include "ui/http/replaced.h"

/* There is no place for sale: all that a client of old was told is `false`. */
static bool is_unsold(enum tk_code code)
{
    switch (code) {
    case TK_SOLD_OUT:
    case TK_NOT_ENOUGH_PLACES:
    case TK_BAD_COUNT:
    case TK_SELLING_CLOSED:
    case TK_SLOT_EXPIRED:
    case TK_SLOT_NOT_FOUND:
        return true;
    default:
        return false;
    }
}

/* Hands over the one operation of x, whose arguments stand in it. */
static void submit(struct exchange *x, enum op_kind kind, bool (*quick)(struct exchange *x),
                   void (*then)(struct exchange *x))
{
    const struct op_id *key = op_id_is_zero(&x->key_id) ? NULL : &x->key_id;
    struct tk_error error = {0};
    enum tk_code code = office_make(&x->office, kind, key, &x->operations[0], &error);

    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_apply(x, quick, then);
}

static void name_slot(struct slot_ref *ref, const struct replaced_input *input)
{
    text_copy(ref->name, sizeof ref->name, input->name);
    ref->starts_at = input->starts_at;
}

/* --- bookTicket --- */

static void show_booked(struct exchange *x)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct buffer *out = exchange_body(x);
    struct tk_error error = {0};
    enum tk_code code;

    if (x->outcomes[0].code) {
        replaced_answer_refusal(x);
        return;
    }
    query.sale_id = x->outcomes[0].ticket_id;
    json_put_open(out, NULL, '[');
    code = replaced_put_tickets(x, query, &error);
    json_put_close(out, ']');
    if (code || out->failed)
        replaced_answer_unshown(x, code ? code : TK_OVERLOADED);
    else
        exchange_answer(x, 200);
}

static bool answer_booked(struct exchange *x)
{
    const struct outcome *outcome = &x->outcomes[0];
    struct buffer *out = exchange_body(x);

    if (is_unsold(outcome->code)) {
        replaced_answer_false(x, outcome->code);
        return true;
    }
    if (outcome->code || outcome->count != 1)
        return false;
    json_put_open(out, NULL, '[');
    replaced_put_ticket(out, outcome->ticket_id, outcome->customer_id, outcome->slot_id,
                        TICKET_BOOKED);
    json_put_close(out, ']');
    exchange_answer(x, 200);
    return true;
}

static void handle_book(struct exchange *x)
{
    const struct replaced_input *input = replaced_read(x);
    struct op_book *book;

    if (!input || !exchange_operations(x, 1))
        return;
    book = &x->operations[0].book;
    name_slot(&book->slot, input);
    book->count = input->count;
    text_copy(book->customer_name, sizeof book->customer_name, input->user_name);
    text_copy(book->customer_phone, sizeof book->customer_phone, input->phone);
    submit(x, OP_BOOK, answer_booked, show_booked);
}

/* --- updateMovieSlotForTicket --- */

static void show_reissued(struct exchange *x)
{
    const struct outcome *outcome = &x->outcomes[0];
    struct buffer *out = exchange_body(x);
    struct ticket_view old = {0};
    enum tk_code code;

    if (outcome->code) {
        replaced_answer_refusal(x);
        return;
    }
    code = office_ticket(&x->office, outcome->old_ticket_id, &old, NULL);
    if (code) {
        replaced_answer_unshown(x, code);
        return;
    }
    json_put_open(out, NULL, '[');
    json_put_open(out, NULL, '[');
    replaced_put_ticket(out, outcome->ticket_id, outcome->customer_id, outcome->slot_id,
                        TICKET_BOOKED);
    json_put_close(out, ']');
    replaced_put_ticket(out, old.ticket.id, old.ticket.customer_id, old.ticket.slot_id,
                        TICKET_CANCELED);
    json_put_close(out, ']');
    exchange_answer(x, 200);
}

static bool answer_not_reissued(struct exchange *x)
{
    if (!is_unsold(x->outcomes[0].code))
        return false;
    replaced_answer_false(x, x->outcomes[0].code);
    return true;
}

static void handle_update(struct exchange *x)
{
    const struct replaced_input *input = replaced_read(x);

    if (!input)
        return;
    if (!input->ticket_id) {
        exchange_fail(x, TK_TICKET_NOT_FOUND, NULL);
        return;
    }
    if (!exchange_operations(x, 1))
        return;
    x->operations[0].reissue.ticket_id = input->ticket_id;
    name_slot(&x->operations[0].reissue.slot, input);
    submit(x, OP_REISSUE, answer_not_reissued, show_reissued);
}

/* --- cancelTicket --- */

static bool answer_canceled(struct exchange *x)
{
    const struct outcome *outcome = &x->outcomes[0];

    if (outcome->code)
        return false;
    replaced_put_ticket(exchange_body(x), outcome->ticket_id, outcome->customer_id,
                        outcome->slot_id, TICKET_CANCELED);
    exchange_answer(x, 200);
    return true;
}

static void handle_cancel(struct exchange *x)
{
    const struct replaced_input *input = replaced_read(x);

    if (!input)
        return;
    if (!input->ticket_id) {
        exchange_fail(x, TK_TICKET_NOT_FOUND, NULL);
        return;
    }
    if (!exchange_operations(x, 1))
        return;
    x->operations[0].cancel.ticket_id = input->ticket_id;
    submit(x, OP_CANCEL, answer_canceled, replaced_answer_refusal);
}

/* --- getUserDetailsByTicketId --- */

static void show_user(struct exchange *x)
{
    const struct replaced_input *input = x->state;
    struct buffer *out = exchange_body(x);
    struct customer customer = {0};
    struct tk_error error = {0};
    enum tk_code code = office_customer_of(&x->office, input->ticket_id, &customer, &error);
    char id[ID_TEXT_MAX];

    if (!code && customer.erased_at)
        code = tk_fail(&error, TK_NO_CUSTOMER, "The customer of this ticket was forgotten.");
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    id_print(id, ID_CUSTOMER, customer.id);
    json_put_open(out, NULL, '{');
    json_put_text(out, "userId", id);
    json_put_text(out, "userName", customer.name);
    json_put_text(out, "phoneNumber", customer.phone);
    json_put_close(out, '}');
    exchange_answer(x, 200);
}

static void handle_user(struct exchange *x)
{
    const struct replaced_input *input = replaced_read(x);

    if (!input)
        return;
    if (input->ticket_id)
        exchange_work(x, show_user);
    else
        exchange_fail(x, TK_TICKET_NOT_FOUND, NULL);
}

/* --- getAllTicketsForMovieSlot --- */

/* The slots of that name and start; there may be several. TK_SLOT_NOT_FOUND with a sentence. */
static enum tk_code find_slots(struct exchange *x, struct slot_list *slots, struct tk_error *error)
{
    const struct replaced_input *input = x->state;
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_ref ref = {0};
    struct slot first;
    enum tk_code code;

    query.name = input->name;
    query.starts_at_given = true;
    query.starts_at = input->starts_at;
    query.limit = REPLACED_PAGE;
    code = office_slots(&x->office, &query, slots, error);
    if (code || slots->count)
        return code;
    name_slot(&ref, input);
    code = office_slot_by_ref(&x->office, &ref, &first, error);
    return code ? code : slot_list_add(slots, &first);
}

static void show_slot_tickets(struct exchange *x)
{
    struct buffer *out = exchange_body(x);
    struct slot_list slots = {0};
    struct tk_error error = {0};
    enum tk_code code = find_slots(x, &slots, &error);

    json_put_open(out, NULL, '[');
    for (size_t i = 0; !code && !out->failed && i < slots.count; i++) {
        struct ticket_query query = TICKET_QUERY_ALL;

        query.slot_id = slots.items[i].id;
        code = replaced_put_tickets(x, query, &error);
    }
    json_put_close(out, ']');
    slot_list_release(&slots);
    if (code)
        exchange_fail(x, code, &error);
    else
        replaced_answer_list(x);
}

static void handle_slot_tickets(struct exchange *x)
{
    if (replaced_read(x))
        exchange_work(x, show_slot_tickets);
}

/* --- expireTickets --- */

static void show_expired(struct exchange *x)
{
    struct upkeep_result result = {0};
    struct tk_error error = {0};
    enum tk_code code = office_expire(&x->office, 0, &result, &error);

    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    buffer_add_text(exchange_body(x), "true");
    exchange_answer(x, 200);
}

static void handle_expire(struct exchange *x)
{
    exchange_work(x, show_expired);
}

/* --- scheduleMovie --- */

static bool answer_scheduled(struct exchange *x)
{
    const struct replaced_input *input = x->state;
    const struct op_schedule *schedule = &x->operations[0].schedule;
    char starts[PYDANTIC_ISO_SIZE], ends[PYDANTIC_ISO_SIZE];
    struct slot slot = {.id = x->outcomes[0].slot_id,
                        .type = schedule->type,
                        .genre = schedule->genre,
                        .available = x->outcomes[0].available};

    if (x->outcomes[0].code)
        return false;
    text_copy(slot.name, sizeof slot.name, schedule->name);
    text_copy(slot.description, sizeof slot.description, schedule->description);
    pydantic_isoformat(starts, &input->start);
    pydantic_isoformat(ends, &input->end);
    replaced_put_slot(exchange_body(x), &slot, starts, ends);
    exchange_answer(x, 200);
    return true;
}

static void handle_schedule(struct exchange *x)
{
    const struct replaced_input *input = replaced_read(x);
    struct op_schedule *schedule;

    if (!input || !exchange_operations(x, 1))
        return;
    schedule = &x->operations[0].schedule;
    text_copy(schedule->name, sizeof schedule->name, input->name);
    text_copy(schedule->description, sizeof schedule->description, input->description);
    schedule->starts_at = input->starts_at;
    schedule->ends_at = input->ends_at;
    schedule->type = (enum slot_type)input->type;
    schedule->genre = (enum genre)input->genre;
    schedule->capacity = SLOT_CAPACITY_DEFAULT;
    submit(x, OP_SCHEDULE, answer_scheduled, replaced_answer_refusal);
}

/* --- getAllMovieSlots, getAllMovieSlotsByGenre --- */

static void put_stored_slot(struct exchange *x, const struct slot *slot)
{
    const struct time_zone *zone = &x->office.ports.zone;
    char starts[PYDANTIC_ISO_SIZE], ends[PYDANTIC_ISO_SIZE];

    replaced_print_local(starts, slot->starts_at, zone);
    replaced_print_local(ends, slot->ends_at, zone);
    replaced_put_slot(exchange_body(x), slot, starts, ends);
}

/* All slots in the order in which they were scheduled, page by page; genre -1: of all genres. */
static enum tk_code put_slots(struct exchange *x, int genre, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list page = {0};
    enum tk_code code;
    bool more;

    query.by_id = true;
    query.limit = REPLACED_PAGE;
    do {
        slot_list_clear(&page);
        code = office_slots(&x->office, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++)
            if (genre < 0 || genre == (int)page.items[i].genre)
                put_stored_slot(x, &page.items[i]);
        more = !code && page.count == REPLACED_PAGE && !exchange_body(x)->failed;
        if (more) {
            query.after_given = true;
            query.after_id = page.items[page.count - 1].id;
        }
    } while (more);
    slot_list_release(&page);
    return code;
}

static void show_slots(struct exchange *x)
{
    const struct replaced_input *input = x->state;
    struct tk_error error = {0};
    enum tk_code code;

    json_put_open(exchange_body(x), NULL, '[');
    code = put_slots(x, replaced_parameters(x->route)->field.name ? input->genre : -1, &error);
    json_put_close(exchange_body(x), ']');
    if (code)
        exchange_fail(x, code, &error);
    else
        replaced_answer_list(x);
}

static void handle_slots(struct exchange *x)
{
    if (replaced_read(x))
        exchange_work(x, show_slots);
}

/* --- the table --- */

/* clang-format off */
#define POST(path, flags, role, handle, summary)                                                   \
    {"POST", path, STYLE_REPLACED, flags, role, handle, summary, NULL, NULL, NULL, 200}

const struct route replaced_routes[] = {
    POST("/bookTicket", ROUTE_CHANGES, ROLE_CLERK, handle_book,
         "Sells tickets for a showing to a customer: the tickets, or false when there are not that many places."),
    POST("/updateMovieSlotForTicket", ROUTE_CHANGES, ROLE_CLERK, handle_update,
         "Gives a ticket for another showing in place of one: the new ticket in a list and the old one, or false when there is no place."),
    POST("/getAllTicketsForMovieSlot", 0, ROLE_DOOR, handle_slot_tickets,
         "All tickets of a showing."),
    POST("/getUserDetailsByTicketId", 0, ROLE_CLERK, handle_user,
         "Who bought a ticket."),
    POST("/cancelTicket", ROUTE_CHANGES, ROLE_CLERK, handle_cancel,
         "Takes a ticket back and frees its place."),
    POST("/expireTickets", ROUTE_CHANGES | ROUTE_LONG, ROLE_MANAGER, handle_expire,
         "Expires the tickets of showings that are long over."),
    POST("/scheduleMovie", ROUTE_CHANGES, ROLE_MANAGER, handle_schedule,
         "Puts a showing into the programme."),
    POST("/getAllMovieSlots", ROUTE_CACHED, ROLE_READER, handle_slots,
         "All showings."),
    POST("/getAllMovieSlotsByGenre", ROUTE_CACHED, ROLE_READER, handle_slots,
         "All showings of a genre."),
    {"GET", "/openapi.json", STYLE_REPLACED, ROUTE_DOCS | ROUTE_ALONE, ROLE_READER, replaced_openapi,
     "This reference (OpenAPI 3.0.2).", NULL, NULL, NULL, 200},
    {.method = NULL},
};
/* clang-format on */
