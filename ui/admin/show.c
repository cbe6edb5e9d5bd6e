/* show: slots, tickets and customers as JSON or as text for people. */
#include <langinfo.h>
#include <string.h>

#include "core/text.h"
#include "core/wire.h"
#include "ui/admin/command.h"

static const char *const slot_heads[] = {"Number", "Start", "Name",  "Type", "Genre",
                                         "Screen", ">Left", ">Of", NULL};
static const char *const ticket_heads[] = {"Ticket",   "Status", "Start", "Showing",
                                           "Customer", "Phone",  "Sale",  NULL};

bool locale_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void put_slot(struct buffer *out, const struct box_office *office, const struct slot *slot)
{
    struct wire_record record;

    wire_slot(&record, slot, &office->ports.zone);
    wire_put_json(out, NULL, &record);
}

void put_ticket(struct buffer *out, const char *name, const struct box_office *office,
                const struct ticket_view *view)
{
    struct wire_record record;
    char pass[PASS_SIZE];

    office_pass(office, view, pass);
    wire_ticket(&record, view, pass, &office->ports.zone);
    wire_put_json(out, name, &record);
}

/* --- one thing --- */

void show_slot(struct call *call, const struct box_office *office, const struct slot *slot)
{
    struct buffer *out = &call->out.text;
    char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

    if (call->json) {
        put_slot(out, office, slot);
        buffer_add_char(out, '\n');
        return;
    }
    time_print_field(start, slot->starts_at, &office->ports.zone);
    time_print_field(end, slot->ends_at, &office->ports.zone);
    put_field(out, "Number", "%lld", (long long)slot->id);
    put_field(out, "Name", "%s", slot->name);
    if (slot->description[0])
        put_field(out, "Description", "%s", slot->description);
    put_field(out, "Start", "%s", start);
    put_field(out, "End", "%s", end);
    put_field(out, "Type", "%s", slot_type_name(slot->type));
    put_field(out, "Genre", "%s", genre_name(slot->genre));
    if (slot->screen[0])
        put_field(out, "Screen", "%s", slot->screen);
    put_field(out, "Places", "%d of %d left", slot->available, slot->capacity);
    if (slot->here)
        put_field(out, "Here", "%d more, held by this till", slot->here);
}

static void put_links(struct buffer *out, const struct ticket *ticket)
{
    char text[ID_TEXT_MAX];

    id_print(text, ID_TICKET, ticket->replaces);
    if (ticket->replaces)
        put_field(out, "Replaces", "%s", text);
    id_print(text, ID_TICKET, ticket->replaced_by);
    if (ticket->replaced_by)
        put_field(out, "Replaced by", "%s", text);
}

static void show_ticket_text(struct buffer *out, const struct box_office *office,
                             const struct ticket_view *view)
{
    const struct ticket *ticket = &view->ticket;
    char id[ID_TEXT_MAX], start[TIME_TEXT_MAX], since[TIME_TEXT_MAX];
    char phone[4 * CUSTOMER_PHONE_SIZE], pass[PASS_SIZE], grouped[PASS_GROUPED_SIZE];

    id_print(id, ID_TICKET, ticket->id);
    time_print_field(start, view->slot.starts_at, &office->ports.zone);
    time_print_field(since, ticket->changed_at, &office->ports.zone);
    put_field(out, "Ticket", "%s", id);
    put_field(out, "Status", "%s since %s", ticket_status_name(ticket->status), since);
    time_print_field(since, ticket->admitted_at, &office->ports.zone);
    if (ticket->admitted_at)
        put_field(out, "In", "since %s, %s", since, ticket->admitted_by);
    if (ticket->prints)
        put_field(out, "Printed", "%d %s", ticket->prints, ticket->prints == 1 ? "time" : "times");
    put_field(out, "Showing", "%s", view->slot.name);
    put_field(out, "Start", "%s", start);
    if (view->slot.screen[0])
        put_field(out, "Screen", "%s", view->slot.screen);
    phone_mask(phone, view->customer.phone, !locale_is_utf8());
    if (!view->customer.id)
        put_field(out, "Customer", "walk-up");
    else if (view->customer.erased_at)
        put_field(out, "Customer", "forgotten");
    else
        put_field(out, "Customer", "%s, %s", view->customer.name, phone);
    put_field(out, "Sale", "%d of %d", ticket->sale_position, ticket->sale_size);
    put_links(out, ticket);
    if (office_pass(office, view, pass)) {
        pass_group(grouped, pass);
        put_field(out, "Pass", "%s", grouped);
    }
}

void show_ticket(struct call *call, const struct box_office *office,
                 const struct ticket_view *view)
{
    struct buffer *out = &call->out.text;

    if (!call->json) {
        show_ticket_text(out, office, view);
        return;
    }
    put_ticket(out, NULL, office, view);
    buffer_add_char(out, '\n');
}

void show_customer(struct call *call, const struct box_office *office,
                   const struct customer *customer)
{
    struct buffer *out = &call->out.text;
    struct wire_record record;
    char id[ID_TEXT_MAX];

    if (call->json) {
        wire_customer(&record, customer, &office->ports.zone);
        wire_put_json(out, NULL, &record);
        buffer_add_char(out, '\n');
        return;
    }
    id_print(id, ID_CUSTOMER, customer->id);
    put_field(out, "Number", "%s", id);
    put_field(out, "Name", "%s", customer->erased_at ? "forgotten" : customer->name);
    put_field(out, "Phone", "%s", customer->erased_at ? "forgotten" : customer->phone);
    put_field(out, "Tickets", "%d", customer->tickets);
}

void show_upkeep(struct call *call, const struct upkeep_result *result, const char *verb)
{
    struct buffer *out = &call->out.text;

    if (call->json) {
        json_put_open(out, NULL, '{');
        json_put_int(out, "slots", result->slots);
        json_put_int(out, "tickets", result->tickets);
        json_put_close(out, '}');
        buffer_add_char(out, '\n');
        return;
    }
    buffer_addf(out, "%lld %s of %lld %s %s.\n", (long long)result->tickets,
                result->tickets == 1 ? "ticket" : "tickets", (long long)result->slots,
                result->slots == 1 ? "showing" : "showings", verb);
}

/* --- lists --- */

static void list_slot(struct table *table, const struct box_office *office,
                      const struct slot *slot)
{
    char start[TIME_TEXT_MAX];

    time_print_field(start, slot->starts_at, &office->ports.zone);
    table_addf(table, "%lld", (long long)slot->id);
    table_add(table, start);
    table_add(table, slot->name);
    table_add(table, slot_type_name(slot->type));
    table_add(table, genre_name(slot->genre));
    table_add(table, slot->screen);
    if (slot->here) /* held by this till */
        table_addf(table, "%d+%d", slot->available, slot->here);
    else
        table_addf(table, "%d", slot->available);
    table_addf(table, "%d", slot->capacity);
}

static void list_ticket(struct table *table, const struct box_office *office,
                        const struct ticket_view *view)
{
    char id[ID_TEXT_MAX], start[TIME_TEXT_MAX], phone[4 * CUSTOMER_PHONE_SIZE];

    id_print(id, ID_TICKET, view->ticket.id);
    time_print_field(start, view->slot.starts_at, &office->ports.zone);
    phone_mask(phone, view->customer.phone, !locale_is_utf8());
    table_add(table, id);
    table_add(table, ticket_status_name(view->ticket.status));
    table_add(table, start);
    table_add(table, view->slot.name);
    table_add(table, view->customer.id ? view->customer.name : "walk-up");
    table_add(table, phone);
    table_addf(table, "%d/%d", view->ticket.sale_position, view->ticket.sale_size);
}

void show_rows(struct call *call, const struct rows *rows)
{
    struct buffer *out = &call->out.text;
    struct table table;

    if (!call->json && !rows->count) {
        buffer_addf(out, "%s\n", rows->empty);
        return;
    }
    table_init(&table, rows->heads);
    if (call->json)
        buffer_add_char(out, '[');
    for (size_t i = 0; i < rows->count; i++) {
        if (!call->json) {
            rows->add(&table, rows->context, i);
            continue;
        }
        buffer_add_text(out, i ? ",\n" : "\n");
        rows->put(out, rows->context, i);
    }
    if (call->json)
        buffer_add_text(out, "]\n");
    else
        table_print(&table, out);
    table_release(&table);
}

void listing_init(struct listing *listing, struct call *call, const struct box_office *office,
                  enum listing_kind kind)
{
    *listing = (struct listing){.call = call, .office = office};
    table_init(&listing->table, kind == LIST_SLOTS ? slot_heads : ticket_heads);
}

static void listing_begin(struct listing *listing)
{
    if (!listing->began && listing->call->json)
        json_put_open(&listing->call->out.text, NULL, '[');
    listing->began = true;
}

/* JSON: the items are told apart here, because the text before may have been written already. */
static void separate(struct listing *listing)
{
    buffer_add_text(&listing->call->out.text, listing->count++ ? ",\n" : "\n");
}

static bool listing_flush(struct listing *listing)
{
    struct output *out = &listing->call->out;

    if (!listing->call->json && listing->count)
        table_print(&listing->table, &out->text);
    return output_spill(out);
}

bool listing_add_slots(struct listing *listing, const struct slot_list *page)
{
    listing_begin(listing);
    for (size_t i = 0; i < page->count; i++) {
        if (listing->call->json) {
            separate(listing);
            put_slot(&listing->call->out.text, listing->office, &page->items[i]);
        } else {
            list_slot(&listing->table, listing->office, &page->items[i]);
            listing->count++;
        }
    }
    return listing_flush(listing);
}

bool listing_add_tickets(struct listing *listing, const struct ticket_view_list *page)
{
    listing_begin(listing);
    for (size_t i = 0; i < page->count; i++) {
        if (listing->call->json) {
            separate(listing);
            put_ticket(&listing->call->out.text, NULL, listing->office, &page->items[i]);
        } else {
            list_ticket(&listing->table, listing->office, &page->items[i]);
            listing->count++;
        }
    }
    return listing_flush(listing);
}

void listing_end(struct listing *listing, bool failed, const char *when_empty)
{
    struct buffer *out = &listing->call->out.text;

    if (!failed && listing->call->json) {
        listing_begin(listing);
        buffer_add_text(out, "]\n");
    } else if (!failed && !listing->count) {
        buffer_addf(out, "%s\n", when_empty);
    }
    table_release(&listing->table);
}
