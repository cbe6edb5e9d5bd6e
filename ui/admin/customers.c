/* customers: who comes again: what is known of one person, its tier, and forgetting it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "core/wire.h"
#include "ui/admin/command.h"
#include "ui/admin/customers.h"

#define FOUND_SHOWN 5

/* --- finding one --- */

static enum tk_code refuse_many(const char *text, const struct customer_list *list,
                                struct tk_error *error)
{
    char who[FOUND_SHOWN * (ID_TEXT_MAX + CUSTOMER_NAME_SIZE)] = "", id[ID_TEXT_MAX];
    size_t used = 0;

    for (size_t i = 0; i < list->count && i < FOUND_SHOWN && used < sizeof who; i++) {
        id_print(id, ID_CUSTOMER, list->items[i].id);
        used += (size_t)snprintf(who + used, sizeof who - used, "%s%s %.40s", i ? ", " : "", id,
                                 list->items[i].name);
    }
    return tk_fail(error, TK_BAD_ID, "More than one customer fits “%.40s”: %s%s. Give the number.",
                   text, who, list->count > FOUND_SHOWN ? " and others" : "");
}

/* By the end of a phone number, or beginnings of words of the name. */
static enum tk_code find_by_words(struct box_office *office, const char *text,
                                  struct customer *customer, struct tk_error *error)
{
    struct customer_query query = {.newest_first = true, .limit = FOUND_SHOWN + 1};
    char digits[CUSTOMER_PHONE_SIZE] = "", words[CUSTOMER_NAME_SIZE];
    struct customer_list list = {0};
    size_t used = 0;
    enum tk_code code;

    if (strspn(text, "0123456789+ -/().") == strlen(text)) {
        for (const char *c = text; *c && used + 1 < sizeof digits; c++)
            if (*c >= '0' && *c <= '9')
                digits[used++] = *c;
        query.phone_end = digits;
    } else {
        text_display(words, sizeof words, text);
        query.name = words;
    }
    code = (query.name && words[0]) || digits[0] ? office_customers(office, &query, &list, error)
                                                 : TK_OK;
    if (!code && list.count == 1)
        *customer = list.items[0];
    else if (!code && !list.count)
        code = tk_fail(error, TK_CUSTOMER_NOT_FOUND, "There is no customer “%.60s”.", text);
    else if (!code)
        code = refuse_many(text, &list, error);
    customer_list_release(&list);
    return code;
}

static enum tk_code find_customer(struct box_office *office, const char *text,
                                  struct customer *customer, struct tk_error *error)
{
    uint64_t id;
    enum tk_code code;

    if (id_parse(ID_CUSTOMER, text, &id))
        return office_customer(office, id, customer, error);
    code = office_read_ticket(office, text, &id, error);
    if (!code)
        return office_customer_of(office, id, customer, error);
    return code == TK_BAD_ID ? find_by_words(office, text, customer, error) : code;
}

enum tk_code customer_open(struct call *call, struct box_office **office, struct customer *customer,
                           struct tk_error *error)
{
    enum tk_code code = call_office(call, office, error);

    return code ? code : find_customer(*office, call->argument, customer, error);
}

/* --- one --- */

enum tk_code customer_load(struct box_office *office, struct customer_known *known,
                           struct tk_error *error)
{
    enum tk_code code = office_loyalty(office, known->customer.id, &known->loyalty, error);

    return code ? code : office_tier_choice(office, known->customer.id, &known->choice, error);
}

static void put_time_or_null(struct buffer *out, const char *name, int64_t at,
                             const struct time_zone *zone)
{
    char text[TIME_TEXT_MAX];

    if (!at) {
        json_put_null(out, name);
        return;
    }
    time_print(text, at, zone);
    json_put_text(out, name, text);
}

void customer_put_loyalty(struct buffer *out, const struct customer_known *known,
                          const struct time_zone *zone)
{
    const struct loyalty *loyalty = &known->loyalty;

    json_put_int(out, "visits", loyalty->visits);
    put_time_or_null(out, "lastVisitAt", loyalty->last_visit_at, zone);
    json_put_int(out, "ticketsUsedInYear", loyalty->tickets);
    json_put_text(out, "tier", tier_name(loyalty->tier));
    json_put_text(out, "tierCounted", tier_name(loyalty->counted));
    if (!loyalty->chosen) {
        json_put_null(out, "tierChosen");
        return;
    }
    json_put_open(out, "tierChosen", '{');
    json_put_text(out, "tier", tier_name(known->choice.tier));
    json_put_text(out, "reason", known->choice.reason);
    json_put_text(out, "by", known->choice.by);
    put_time_or_null(out, "at", known->choice.at, zone);
    json_put_close(out, '}');
}

/* The members of the wire's customer, and then the rest. */
static void put_known(struct buffer *out, const struct customer_known *known,
                      const struct time_zone *zone)
{
    struct wire_record record;

    wire_customer(&record, &known->customer, zone);
    wire_put_json(out, NULL, &record);
    if (out->failed)
        return;
    out->data[--out->length] = '\0'; /* its bracket: there is more to say */
    customer_put_loyalty(out, known, zone);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void print_tier(struct buffer *out, const struct customer_known *known,
                       const struct time_zone *zone)
{
    const struct loyalty *loyalty = &known->loyalty;
    char when[TIME_TEXT_MAX];

    if (!loyalty->chosen) {
        put_field(out, "Tier", "%s, by the tickets used in the last year",
                  tier_name(loyalty->tier));
        return;
    }
    time_print_day(when, known->choice.at, zone);
    put_field(out, "Tier", "%s, chosen by %s, %s: %s", tier_name(loyalty->tier), known->choice.by,
              when, known->choice.reason);
    put_field(out, "By counting", "%s", tier_name(loyalty->counted));
}

static void print_known(struct buffer *out, const struct customer_known *known,
                        const struct time_zone *zone)
{
    const struct customer *customer = &known->customer;
    char id[ID_TEXT_MAX], since[TIME_TEXT_MAX], last[TIME_TEXT_MAX] = "";
    bool came = known->loyalty.last_visit_at != 0;

    id_print(id, ID_CUSTOMER, customer->id);
    time_print_field(since, customer->created_at, zone);
    if (came)
        time_print_field(last, known->loyalty.last_visit_at, zone);
    put_field(out, "Number", "%s", id);
    put_field(out, "Name", "%s", customer->erased_at ? "forgotten" : customer->name);
    put_field(out, "Phone", "%s", customer->erased_at ? "forgotten" : customer->phone);
    put_field(out, "Since", "%s", since);
    put_field(out, "Visits", "%" PRId64 "%s%s", known->loyalty.visits, came ? ", the last on " : "",
              last);
    print_tier(out, known, zone);
    put_field(out, "Used", "%" PRId64 " %s in the last year", known->loyalty.tickets,
              known->loyalty.tickets == 1 ? "ticket" : "tickets");
    put_field(out, "Tickets", "%d", customer->tickets);
}

static enum tk_code show_known(struct call *call, struct box_office *office,
                               struct customer_known *known, struct tk_error *error)
{
    struct buffer *out = &call->out.text;
    enum tk_code code = customer_load(office, known, error);

    if (!code && call->json)
        put_known(out, known, &office->ports.zone);
    else if (!code)
        print_known(out, known, &office->ports.zone);
    return code;
}

enum tk_code command_customer_show(struct call *call, struct tk_error *error)
{
    struct customer_known known = {0};
    struct box_office *office;
    enum tk_code code = customer_open(call, &office, &known.customer, error);

    return code ? code : show_known(call, office, &known, error);
}

/* --- history --- */

static const char *const history_heads[] = {"Ticket",  "Status", "Booked", "Start",
                                            "Showing", "Used",   "Sale",   NULL};

struct history {
    const struct box_office *office;
    struct ticket_view_list list;
};

static void put_history(struct buffer *out, const void *context, size_t at)
{
    const struct history *history = context;
    struct wire_record record;

    wire_ticket(&record, &history->list.items[at], NULL, &history->office->ports.zone);
    wire_put_json(out, NULL, &record);
}

static void add_history(struct table *table, const void *context, size_t at)
{
    const struct history *history = context;
    const struct ticket_view *view = &history->list.items[at];
    const struct time_zone *zone = &history->office->ports.zone;
    char id[ID_TEXT_MAX], booked[TIME_TEXT_MAX], start[TIME_TEXT_MAX], used[TIME_TEXT_MAX] = "-";

    id_print(id, ID_TICKET, view->ticket.id);
    time_print_field(booked, view->ticket.booked_at, zone);
    time_print_field(start, view->slot.starts_at, zone);
    if (view->ticket.admitted_at)
        time_print_clock(used, view->ticket.admitted_at, zone);
    table_add(table, id);
    table_add(table, ticket_status_name(view->ticket.status));
    table_add(table, booked);
    table_add(table, start);
    table_add(table, view->slot.name);
    table_add(table, used);
    table_addf(table, "%d/%d", view->ticket.sale_position, view->ticket.sale_size);
}

enum tk_code command_customer_history(struct call *call, struct tk_error *error)
{
    struct history history = {0};
    struct rows rows = {.heads = history_heads,
                        .put = put_history,
                        .add = add_history,
                        .context = &history,
                        .empty = "This customer has no tickets."};
    struct customer customer;
    struct box_office *office;
    enum tk_code code = customer_open(call, &office, &customer, error);

    if (!code)
        code = office_history(office, customer.id, &history.list, error);
    if (!code) {
        history.office = office;
        rows.count = history.list.count;
        show_rows(call, &rows);
    }
    ticket_view_list_release(&history.list);
    return code;
}

/* --- tier --- */

enum tk_code command_customer_tier(struct call *call, struct tk_error *error)
{
    enum tier tier = TIER_COUNTED;
    char reason[REASON_SIZE];
    struct customer_known known = {0};
    struct box_office *office;
    enum tk_code code =
        call_text(call, OPT_REASON, reason, sizeof reason, TK_BAD_REASON, "reason", error);

    tier_parse(call->values[OPT_TIER], &tier);
    if (!code)
        code = customer_open(call, &office, &known.customer, error);
    if (!code)
        code = office_choose_tier(office, known.customer.id, tier, reason, error);
    return code ? code : show_known(call, office, &known, error);
}
