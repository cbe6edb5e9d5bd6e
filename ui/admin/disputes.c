/* disputes: what was done while the box office was away and refused then, and closing it. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/sync.h"
#include "core/wire.h"
#include "ui/admin/command.h"
#include "ui/dispute_words.h"

#define END_LEAST 6 /* characters of a dispute's number that are enough, when no other has them */
#define END_SHOWN 8

static const char *const heads[] = {"Dispute", "Made",  "What",  "Where",
                                    "Showing", "Ticket", "Guest", "State", "Why", NULL};

static const char *const all_heads[] = {"Dispute", "Made",   "What",  "Where",     "Showing", "Ticket",
                                        "Guest",   "State",  "Closed by", "Reason", "Why",   NULL};

struct disputes {
    const struct box_office *office;
    struct dispute_list list;
    struct slot_list slots;
    bool all; /* the closed ones, too: who closed them and why */
};

static void put_dispute(struct buffer *out, const void *context, size_t at)
{
    const struct disputes *disputes = context;
    struct wire_record record;

    wire_dispute(&record, &disputes->list.items[at], &disputes->office->ports.zone);
    wire_put_json(out, NULL, &record);
}

static void add_dispute(struct table *table, const void *context, size_t at)
{
    const struct disputes *disputes = context;
    const struct dispute *dispute = &disputes->list.items[at];
    const struct slot *slot = slot_list_find(&disputes->slots, dispute->slot_id);
    char id[OP_ID_TEXT_MAX], made[TIME_TEXT_MAX], name[80], ticket[ID_TEXT_MAX];
    char showing[SLOT_NAME_SIZE + TIME_TEXT_MAX] = "-";
    char guest[CUSTOMER_NAME_SIZE + CUSTOMER_PHONE_SIZE + 2] = "-";

    op_id_print(id, &dispute->id);
    time_print_field(made, dispute->at, &disputes->office->ports.zone);
    dispute_name(dispute, name, sizeof name);
    id_print(ticket, ID_TICKET, dispute->ticket_id);
    if (slot)
        office_name_slot(disputes->office, slot, showing, sizeof showing);
    if (dispute->customer_name[0])
        snprintf(guest, sizeof guest, "%s, %s", dispute->customer_name, dispute->customer_phone);
    table_add(table, id + strlen(id) - END_SHOWN);
    table_add(table, made);
    table_add(table, name);
    table_add(table, dispute->device);
    table_add(table, showing);
    table_add(table, dispute->ticket_id ? ticket : "-");
    table_add(table, guest);
    table_add(table, dispute->closed_at ? "closed" : "open");
    if (disputes->all) {
        table_add(table, dispute->closed_at ? dispute->closed_by : "-");
        table_add(table, dispute->closed_at ? dispute->reason : "-");
    }
    table_add(table, tk_code_sentence(dispute->code));
}

/* Of all disputes a till keeps those that are open. */
static void tell_what_is_known(const struct call *call, const struct box_office *office)
{
    struct sync_status status;

    if (call->json || !call->values[OPT_ALL] || !office->line.status)
        return;
    office->line.status(office->line.context, &status);
    if (!status.online)
        fputs("Of those that are closed this till knows only when the box office is there.\n",
              stderr);
}

enum tk_code command_disputes(struct call *call, struct tk_error *error)
{
    bool all = call->values[OPT_ALL];
    struct dispute_query query = {.open = !all};
    struct disputes disputes = {.all = all};
    struct rows rows = {.heads = all ? all_heads : heads,
                        .put = put_dispute,
                        .add = add_dispute,
                        .context = &disputes,
                        .empty = all ? "There are no disputes." : "There are no open disputes."};
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = office_disputes(office, &query, &disputes.list, error);
    if (!code && !call->json)
        code = dispute_slots(office, &disputes.list, &disputes.slots, error);
    if (!code) {
        dispute_list_sort(&disputes.list);
        disputes.office = office;
        rows.count = disputes.list.count;
        show_rows(call, &rows);
        tell_what_is_known(call, office);
    }
    dispute_list_release(&disputes.list);
    slot_list_release(&disputes.slots);
    return code;
}

/* --- close --- */

static bool ends_with(const struct op_id *id, const char *end)
{
    char text[OP_ID_TEXT_MAX];

    op_id_print(text, id);
    return strlen(end) <= strlen(text) &&
           strcasecmp(text + strlen(text) - strlen(end), end) == 0;
}

/* By the end of its number, which no other may have. */
static enum tk_code find_by_end(struct box_office *office, const char *end, struct op_id *id,
                                struct tk_error *error)
{
    struct dispute_query query = {0};
    struct dispute_list list = {0};
    enum tk_code code = office_disputes(office, &query, &list, error);
    size_t found = 0;

    for (size_t i = 0; !code && i < list.count; i++) {
        if (!ends_with(&list.items[i].id, end))
            continue;
        *id = list.items[i].id;
        found++;
    }
    dispute_list_release(&list);
    if (code || found == 1)
        return code;
    return found ? tk_fail(error, TK_BAD_ID, "%zu disputes end with “%.36s”: give more of it.", found,
                           end)
                 : tk_fail(error, TK_DISPUTE_NOT_FOUND,
                           "There is no dispute “%.36s”: see ticketly admin disputes.", end);
}

static enum tk_code find_dispute(struct box_office *office, const char *text, struct op_id *id,
                                 struct tk_error *error)
{
    if (op_id_parse(id, text))
        return TK_OK;
    if (strlen(text) < END_LEAST)
        return tk_fail(error, TK_BAD_ID,
                       "Give the dispute's number, or its last %d characters or more.", END_LEAST);
    return find_by_end(office, text, id, error);
}

static enum tk_code show_closed(struct call *call, struct box_office *office,
                                const struct op_id *id, struct tk_error *error)
{
    struct dispute_query query = {.id = id};
    struct disputes disputes = {.office = office};
    struct buffer *out = &call->out.text;
    enum tk_code code = TK_OK;

    if (!call->json) {
        if (office->member.number)
            buffer_addf(out, "The dispute is closed, in the name of %s (%lld).\n",
                        office->member.name, (long long)office->member.number);
        else
            buffer_addf(out, "The dispute is closed, in the name of %s.\n", office->actor);
        return TK_OK;
    }
    code = office_disputes(office, &query, &disputes.list, error);
    if (!code && disputes.list.count) {
        put_dispute(out, &disputes, 0);
        buffer_add_char(out, '\n');
    }
    dispute_list_release(&disputes.list);
    return code;
}

enum tk_code command_close_dispute(struct call *call, struct tk_error *error)
{
    char reason[DISPUTE_REASON_SIZE];
    struct box_office *office;
    struct op_id id;
    enum tk_code code =
        call_text(call, OPT_REASON, reason, sizeof reason, TK_BAD_REASON, "reason", error);

    if (!code)
        code = call_office(call, &office, error);
    if (!code)
        code = find_dispute(office, call->argument, &id, error);
    if (!code)
        code = office_close_dispute(office, &id, reason, NULL, error);
    return code ? code : show_closed(call, office, &id, error);
}
