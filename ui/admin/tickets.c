/* tickets: look at tickets and their customers. */
#include "ui/admin/command.h"

#define PAGE 500
#define FIND_LIMIT 100
#define FIND_LIMIT_MAX 100000

/* The tickets of one slot, newest first: in this order changes do not move them while we read. */
static enum tk_code list_slot_tickets(struct listing *listing, struct box_office *office,
                                      int64_t slot_id, int status, struct tk_error *error)
{
    struct ticket_query query = {.slot_id = slot_id, .status = status, .newest_first = true,
                                 .limit = PAGE};
    struct ticket_view_list page = {0};
    enum tk_code code = TK_OK;
    bool more = true;

    while (!code && more) {
        page.count = 0;
        code = office_tickets(office, &query, &page, error);
        if (code || !page.count)
            break;
        query.after_id = page.items[page.count - 1].ticket.id;
        more = listing_add_tickets(listing, &page) && page.count == PAGE;
    }
    ticket_view_list_release(&page);
    return code;
}

/* The slots that a reference means: one by id, or all of that name and start. */
static enum tk_code find_slots(struct box_office *office, const struct slot_ref *ref,
                               struct slot_list *slots, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot first;
    enum tk_code code = office_slot_by_ref(office, ref, &first, error);

    if (code)
        return code;
    if (ref->id)
        return slot_list_add(slots, &first) ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
    query.name = ref->name;
    query.starts_at_given = true;
    query.starts_at = ref->starts_at;
    return office_slots(office, &query, slots, error);
}

enum tk_code command_tickets(struct call *call, struct tk_error *error)
{
    struct slot_list slots = {0};
    struct slot_ref ref;
    struct listing listing;
    struct box_office *office;
    enum ticket_status status;
    bool any = !call->values[OPT_STATUS];
    enum tk_code code = call_office(call, &office, error);

    if (code)
        return code;
    listing_init(&listing, call, office, LIST_TICKETS);
    code = call_slot_ref(call, office, &ref, error);
    if (!code && !any)
        code = ticket_status_require(call->values[OPT_STATUS], &status, error);
    if (!code)
        code = find_slots(office, &ref, &slots, error);
    for (size_t i = 0; !code && i < slots.count; i++)
        code = list_slot_tickets(&listing, office, slots.items[i].id, any ? -1 : (int)status,
                                 error);
    listing_end(&listing, code != TK_OK, "There are no such tickets.");
    slot_list_release(&slots);
    return code;
}

enum tk_code command_ticket(struct call *call, struct tk_error *error)
{
    struct ticket_view ticket;
    struct box_office *office;
    uint64_t id;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = office_read_ticket(office, call->argument, &id, error);
    if (!code)
        code = office_ticket(office, id, &ticket, error);
    if (!code)
        show_ticket(call, office, &ticket);
    return code;
}

enum tk_code command_customer(struct call *call, struct tk_error *error)
{
    struct customer customer;
    struct box_office *office;
    uint64_t id;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = office_read_ticket(office, call->values[OPT_TICKET], &id, error);
    if (!code)
        code = office_customer_of(office, id, &customer, error);
    if (!code)
        show_customer(call, office, &customer);
    return code;
}

enum tk_code command_find_text(struct call *call, struct tk_error *error)
{
    struct ticket_view_list list = {0};
    struct listing listing;
    struct box_office *office;
    int64_t limit = call_number(call, OPT_LIMIT, FIND_LIMIT);
    enum tk_code code = call_office(call, &office, error);

    if (code)
        return code;
    limit = limit > FIND_LIMIT_MAX ? FIND_LIMIT_MAX : limit;
    listing_init(&listing, call, office, LIST_TICKETS);
    if (limit)
        code = office_find(office, call->argument, (size_t)limit, &list, error);
    if (!code && list.count)
        listing_add_tickets(&listing, &list);
    listing_end(&listing, code != TK_OK, "Nothing was found.");
    ticket_view_list_release(&list);
    return code;
}
