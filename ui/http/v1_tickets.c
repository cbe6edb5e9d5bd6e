/* /v1/tickets and /v1/customers. */
#include <string.h>

#include "core/text.h"
#include "ui/http/v1.h"

static bool is_door(const struct exchange *x)
{
    return !v1_sees_people(x);
}

/* Of who comes to a showing that it admits to, a door is told the name and the end of the phone:
   the pass may be at home. */
static void put_found(struct exchange *x, const struct ticket_view *view)
{
    char phone[4 * CUSTOMER_PHONE_SIZE];
    struct ticket_view masked = *view;
    struct wire_record record;

    if (!is_door(x) || !v1_is_for_doors(x, &view->slot)) {
        v1_put_ticket(x, NULL, view, true);
        return;
    }
    phone_mask(phone, view->customer.phone, true);
    text_copy(masked.customer.phone, sizeof masked.customer.phone, phone);
    masked.ticket.seller = 0;
    wire_ticket(&record, &masked, NULL, &x->office.ports.zone);
    wire_put_json(exchange_body(x), NULL, &record);
}

static void put_ticket(struct exchange *x, const struct ticket_view *view)
{
    v1_put_ticket(x, NULL, view, true);
}

static void put_tickets(struct exchange *x, const struct ticket_view_list *list,
                        void (*put)(struct exchange *x, const struct ticket_view *view))
{
    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "tickets", '[');
    for (size_t i = 0; i < list->count; i++)
        put(x, &list->items[i]);
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
}

/* Where a list of tickets goes on. */
static void link_tickets(struct exchange *x, struct ticket_query *query, const struct ticket *last)
{
    struct buffer next;

    query->after_id = last->id;
    query->after_seq = query->slot_id && !query->newest_first ? last->seq : 0;
    buffer_init(&next, HTTP_HEAD_MAX);
    query_put_tickets(&next, query);
    v1_link_next(x, "/v1/tickets", &next);
}

/* --- lists --- */

/* The showings that a door may find people of: those that admit soon; of them those asked for (no
   list: all), which end up in slot_ids. */
static enum tk_code list_for_doors(struct exchange *x, const struct slot_query *asked,
                                   struct id_list *slot_ids, struct tk_error *error)
{
    struct slot_list near = {0};
    enum tk_code code = office_slots_admitting(&x->office, V1_DOOR_AHEAD, &near, error);

    for (size_t i = 0; !code && i < near.count; i++) {
        bool wanted = !asked->ids;

        for (size_t j = 0; !wanted && j < asked->id_count; j++)
            wanted = asked->ids[j] == near.items[i].id;
        if (wanted && v1_is_for_doors(x, &near.items[i]) && id_list_add(slot_ids, near.items[i].id))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    slot_list_release(&near);
    return code;
}

/* The ticket of a number or a pass, whatever it is for. */
static enum tk_code find_named(struct exchange *x, const char *text, struct ticket_view_list *list,
                               struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    uint64_t id;
    enum tk_code code = office_read_ticket(&x->office, text, &id, error);

    if (code == TK_BAD_ID || code == TK_TICKET_NOT_FOUND)
        return TK_OK;
    query.ids = &id;
    query.id_count = 1;
    return code ? code : office_tickets(&x->office, &query, list, error);
}

/* A door finds people only where they are about to come in; where it names no showings, any ticket by
   number or pass, too. */
static enum tk_code find_for_door(struct exchange *x, const char *text,
                                  const struct slot_query *asked, size_t limit,
                                  struct ticket_view_list *list, struct tk_error *error)
{
    struct id_list slot_ids = {0};
    enum tk_code code;

    if (!*text)
        return tk_fail(error, TK_FORBIDDEN,
                       "A door finds tickets by number, pass, name or end of phone.");
    code = list_for_doors(x, asked, &slot_ids, error);
    if (!code)
        code = office_find_at(&x->office, text, slot_ids.items, slot_ids.count, limit, list, error);
    if (!code && !list->count && !asked->ids)
        code = find_named(x, text, list, error);
    id_list_release(&slot_ids);
    return code;
}

/* What a text means. */
static enum tk_code find_tickets(struct exchange *x, const char *text,
                                 struct ticket_view_list *list, struct tk_error *error)
{
    static const char *const known[] = {"find", "limit", "slotId", NULL};
    struct query_context context = v1_context(x);
    struct slot_query asked;
    struct query_room room;
    size_t limit;
    enum tk_code code;

    for (size_t i = 0; i < x->form.count; i++)
        if (strcmp(x->form.pairs[i].name, known[0]) != 0 &&
            strcmp(x->form.pairs[i].name, known[1]) != 0 &&
            strcmp(x->form.pairs[i].name, known[2]) != 0)
            return tk_fail(error, TK_BAD_REQUEST,
                           "Beside “find” there are “limit” and “slotId” only.");
    context.also = known;
    code = query_read_slots(&x->form, &context, &room, &asked, error);
    if (code)
        return code;
    limit = v1_limit(x, asked.limit);
    if (is_door(x))
        return find_for_door(x, text, &asked, limit, list, error);
    if (asked.ids)
        return office_find_at(&x->office, text, asked.ids, asked.id_count, limit, list, error);
    return office_find(&x->office, text, limit, list, error);
}

static enum tk_code query_tickets(struct exchange *x, struct ticket_view_list *list,
                                  struct tk_error *error)
{
    struct query_context context = v1_context(x);
    struct ticket_query query;
    struct query_room room;
    size_t limit;
    enum tk_code code = query_read_tickets(&x->form, &context, &room, &query, error);

    if (code)
        return code;
    limit = query.ids ? QUERY_IDS_MAX : v1_limit(x, query.limit);
    query.limit = limit + 1;
    code = office_tickets(&x->office, &query, list, error);
    if (!code && list->count > limit) {
        list->count = limit;
        query.limit = limit;
        link_tickets(x, &query, &list->items[limit - 1].ticket);
    }
    return code;
}

static void list_tickets(struct exchange *x)
{
    struct ticket_view_list list = {0};
    struct tk_error error = {0};
    const char *text = NULL;
    enum tk_code code;

    if (!v1_text(x, "find", &text))
        return;
    code = text ? find_tickets(x, text, &list, &error) : query_tickets(x, &list, &error);
    if (!code) {
        put_tickets(x, &list, text ? put_found : put_ticket);
        exchange_answer(x, 200);
    } else {
        exchange_fail(x, code, &error);
    }
    ticket_view_list_release(&list);
}

void v1_list_tickets(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, list_tickets);
}

static void show_ticket(struct exchange *x)
{
    struct tk_error error = {0};
    struct ticket_view view = {0};
    uint64_t id;
    enum tk_code code;

    if (!v1_path_ticket(x, &id))
        return;
    code = office_ticket(&x->office, id, &view, &error);
    if (code) {
        exchange_fail(x, code, &error);
        return;
    }
    v1_put_ticket(x, NULL, &view, true);
    exchange_answer(x, 200);
}

void v1_get_ticket(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_ticket);
}

/* --- changes --- */

static void put_location(struct exchange *x, uint64_t ticket_id)
{
    char text[ID_TEXT_MAX];

    id_print(text, ID_TICKET, ticket_id);
    http_response_field(&x->request->response, "Location", "/v1/tickets/%s", text);
}

/* The tickets of a sale; a large one goes on as any list. */
static void show_sale(struct exchange *x)
{
    struct ticket_view_list list = {0};
    struct ticket_query query = TICKET_QUERY_ALL;
    struct tk_error error = {0};
    enum tk_code code;

    if (v1_refused(x))
        return;
    query.sale_id = x->outcomes[0].ticket_id;
    query.limit = V1_PAGE_MAX;
    code = office_tickets(&x->office, &query, &list, &error);
    if (code) {
        v1_fail_to_show(x, code);
    } else {
        if (x->outcomes[0].count > V1_PAGE_MAX && list.count)
            link_tickets(x, &query, &list.items[list.count - 1].ticket);
        put_tickets(x, &list, put_ticket);
        put_location(x, x->outcomes[0].ticket_id);
        exchange_answer(x, 201);
    }
    ticket_view_list_release(&list);
}

void v1_post_tickets(struct exchange *x)
{
    struct operation model = {0};
    struct json *body;

    if (v1_accepts(x) && v1_body(x, &body))
        v1_change(x, OP_BOOK, &model, body, show_sale);
}

static void show_canceled(struct exchange *x)
{
    struct tk_error error = {0};
    struct ticket_view view = {0};
    enum tk_code code;

    if (v1_refused(x))
        return;
    code = office_ticket(&x->office, x->operations[0].cancel.ticket_id, &view, &error);
    if (code) {
        v1_fail_to_show(x, code);
        return;
    }
    v1_put_ticket(x, NULL, &view, true);
    exchange_answer(x, 200);
}

void v1_delete_ticket(struct exchange *x)
{
    struct operation model = {0};

    if (v1_accepts(x) && v1_path_ticket(x, &model.cancel.ticket_id))
        v1_change(x, OP_CANCEL, &model, NULL, show_canceled);
}

static void show_reissued(struct exchange *x)
{
    struct tk_error error = {0};
    struct ticket_view new_ticket = {0}, old_ticket = {0};
    enum tk_code code;

    if (v1_refused(x))
        return;
    code = office_ticket(&x->office, x->outcomes[0].ticket_id, &new_ticket, &error);
    if (!code)
        code = office_ticket(&x->office, x->outcomes[0].old_ticket_id, &old_ticket, &error);
    if (code) {
        v1_fail_to_show(x, code);
        return;
    }
    json_put_open(exchange_body(x), NULL, '{');
    v1_put_ticket(x, "ticket", &new_ticket, true);
    v1_put_ticket(x, "oldTicket", &old_ticket, true);
    json_put_close(exchange_body(x), '}');
    put_location(x, new_ticket.ticket.id);
    exchange_answer(x, 201);
}

void v1_reissue_ticket(struct exchange *x)
{
    struct operation model = {0};
    struct json *body;

    if (!v1_accepts(x) || !v1_path_ticket(x, &model.reissue.ticket_id) || !v1_body(x, &body))
        return;
    if (json_member(body, "ticketId")) { /* the path says which */
        struct tk_error error;

        tk_fail(&error, TK_BAD_OPERATION, "The member “ticketId” is not for the body: the address has it.");
        json_free(body);
        exchange_fail(x, TK_BAD_OPERATION, &error);
        return;
    }
    v1_change(x, OP_REISSUE, &model, body, show_reissued);
}

/* --- customers --- */

static void put_customer(struct exchange *x, const struct customer *customer)
{
    struct wire_record record;

    wire_customer(&record, customer, &x->office.ports.zone);
    wire_put_json(exchange_body(x), NULL, &record);
}

static void link_customers(struct exchange *x, struct customer_query *query,
                           const struct customer *last)
{
    struct buffer next;

    query->after_id = last->id;
    buffer_init(&next, HTTP_HEAD_MAX);
    query_put_customers(&next, query);
    v1_link_next(x, "/v1/customers", &next);
}

static void list_customers(struct exchange *x)
{
    struct query_context context = v1_context(x);
    struct customer_query query;
    struct query_room room;
    struct customer_list list = {0};
    struct tk_error error = {0};
    size_t limit = 0;
    enum tk_code code = query_read_customers(&x->form, &context, &room, &query, &error);

    if (!code) {
        limit = query.ids ? QUERY_IDS_MAX : v1_limit(x, query.limit);
        query.limit = limit + 1;
        code = office_customers(&x->office, &query, &list, &error);
    }
    if (code) {
        exchange_fail(x, code, &error);
        goto out;
    }
    if (list.count > limit) {
        list.count = limit;
        query.limit = limit;
        link_customers(x, &query, &list.items[limit - 1]);
    }
    json_put_open(exchange_body(x), NULL, '{');
    json_put_open(exchange_body(x), "customers", '[');
    for (size_t i = 0; i < list.count; i++)
        put_customer(x, &list.items[i]);
    json_put_close(exchange_body(x), ']');
    json_put_close(exchange_body(x), '}');
    exchange_answer(x, 200);
out:
    customer_list_release(&list);
}

void v1_list_customers(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, list_customers);
}

static void show_customer(struct exchange *x)
{
    struct customer_query query = {.id_count = 1};
    struct customer_list list = {0};
    struct tk_error error = {0};
    uint64_t id;
    enum tk_code code;

    if (!v1_path_customer(x, &id))
        return;
    query.ids = &id;
    code = office_customers(&x->office, &query, &list, &error);
    if (!code && !list.count)
        code = tk_fail(&error, TK_NOT_FOUND, "There is no customer %.20s.", x->variables[0]);
    if (code) {
        exchange_fail(x, code, &error);
    } else {
        put_customer(x, &list.items[0]);
        exchange_answer(x, 200);
    }
    customer_list_release(&list);
}

void v1_get_customer(struct exchange *x)
{
    if (v1_accepts(x))
        exchange_work(x, show_customer);
}
