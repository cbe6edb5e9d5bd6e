/* journal: what was done, by whom, where and when. Whether it is what was written is
 * journal_verify.c's. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "core/wire.h"
#include "ui/admin/command.h"

#define PAGE 500
#define TICKETS_MAX 8

static const char *const heads[] = {">Entry", "When",  "Who",     "Where",
                                    "What",   "About", "Outcome", NULL};

/* What is asked for, and the words for it. */
struct reading {
    struct call *call;
    struct box_office *office;
    struct staff_list staff;
    struct journal_query query;
    char actor[ACTOR_SIZE], device[DEVICE_SIZE];
    uint64_t tickets[TICKETS_MAX]; /* the one asked for, what it replaces and was replaced by … */
    size_t ticket_count;
    uint64_t sales[TICKETS_MAX]; /* … and the sales that they are of: of these the sale alone */
    int64_t left;
    struct table table;
    bool began;
    size_t count;
};

/* --- whom and what it is about --- */

static const struct staff *find_member(const struct staff_list *staff, int64_t number)
{
    for (size_t i = 0; i < staff->count; i++)
        if (staff->items[i].number == number)
            return &staff->items[i];
    return NULL;
}

static void name_member(const struct staff_list *staff, int64_t number, char *text, size_t size)
{
    const struct staff *member = find_member(staff, number);

    snprintf(text, size, "#%" PRId64 "%s%s", number, member ? " " : "", member ? member->name : "");
}

#define WHO_SIZE (2 * (STAFF_NAME_SIZE + 24))

/* "#1042 Priya, approved by #2001 Tom"; whoever is no member as he stands there. */
static void name_actor(const struct staff_list *staff, const char *actor, char who[WHO_SIZE])
{
    int64_t number, approver;
    size_t used;

    if (!actor_parse(actor, &number, &approver)) {
        snprintf(who, WHO_SIZE, "%s", actor);
        return;
    }
    name_member(staff, number, who, WHO_SIZE);
    used = strlen(who);
    if (approver) {
        used += (size_t)snprintf(who + used, WHO_SIZE - used, ", approved by ");
        name_member(staff, approver, who + used, WHO_SIZE - used);
    }
}

/* A member by number or name, else whoever stands there by that name. */
static enum tk_code read_person(struct reading *reading, const char *text, struct tk_error *error)
{
    char wanted[STAFF_NAME_SIZE * 4], name[STAFF_NAME_SIZE * 4];
    const char *digits = *text == '#' ? text + 1 : text;
    size_t found = 0;

    reading->query.actor = reading->actor;
    if (*digits && strspn(digits, "0123456789") == strlen(digits)) {
        snprintf(reading->actor, sizeof reading->actor, "#%.20s", digits);
        return TK_OK;
    }
    text_fold(wanted, sizeof wanted, text);
    for (size_t i = 0; i < reading->staff.count; i++) {
        text_fold(name, sizeof name, reading->staff.items[i].name);
        if (strcmp(name, wanted) != 0)
            continue;
        found++;
        actor_print(reading->actor, reading->staff.items[i].number, 0);
    }
    if (found > 1)
        return tk_fail(error, TK_BAD_STAFF,
                       "%zu members of staff have the name “%.60s”: give the number.", found, text);
    return found || text_copy(reading->actor, sizeof reading->actor, text)
               ? TK_OK
               : tk_fail(error, TK_BAD_TEXT, "The person's name is too long.");
}

static bool has_ticket(const struct reading *reading, uint64_t id)
{
    for (size_t i = 0; i < reading->ticket_count; i++)
        if (reading->tickets[i] == id)
            return true;
    return false;
}

/* The ticket, and all that it was made of or became, as far as there is room. */
static enum tk_code follow_ticket(struct reading *reading, uint64_t id, struct tk_error *error)
{
    struct ticket_view view;
    enum tk_code code = TK_OK;

    while (!code && id && !has_ticket(reading, id) && reading->ticket_count < TICKETS_MAX / 2) {
        code = office_ticket(reading->office, id, &view, error);
        if (code)
            break;
        reading->sales[reading->ticket_count] = view.ticket.sale_id;
        reading->tickets[reading->ticket_count++] = id;
        if (reading->ticket_count < TICKETS_MAX / 2 && view.ticket.replaces &&
            !has_ticket(reading, view.ticket.replaces)) {
            code = follow_ticket(reading, view.ticket.replaces, error);
        }
        id = view.ticket.replaced_by;
    }
    return code;
}

static enum tk_code read_ticket(struct reading *reading, const char *text, struct tk_error *error)
{
    uint64_t id;
    size_t own;
    enum tk_code code = office_read_ticket(reading->office, text, &id, error);

    if (!code)
        code = follow_ticket(reading, id, error);
    own = reading->ticket_count;
    for (size_t i = 0; !code && i < own; i++)
        if (!has_ticket(reading, reading->sales[i]))
            reading->tickets[reading->ticket_count++] = reading->sales[i];
    reading->query.tickets = reading->tickets;
    reading->query.ticket_count = reading->ticket_count;
    reading->ticket_count = own;
    return code;
}

/* Of the sale of a ticket only the sale itself is its business, not what became of the others. */
static bool is_wanted(const struct reading *reading, const struct journal_entry *entry)
{
    char id[ID_TEXT_MAX];

    if (!reading->ticket_count || entry->kind == OP_BOOK)
        return true;
    for (size_t i = 0; i < reading->ticket_count; i++) {
        id_print(id, ID_TICKET, reading->tickets[i]);
        if (strstr(entry->body, id) || strstr(entry->outcome, id))
            return true;
    }
    return false;
}

static enum tk_code read_query(struct reading *reading, struct tk_error *error)
{
    const struct call *call = reading->call;
    enum op_kind kind;
    enum tk_code code = TK_OK;

    reading->query.limit = PAGE;
    if (call->values[OPT_PERSON])
        code = read_person(reading, call->values[OPT_PERSON], error);
    if (!code && call->values[OPT_TILL]) {
        code = call_text(call, OPT_TILL, reading->device, DEVICE_SIZE, TK_BAD_NAME, "till's name",
                         error);
        reading->query.device = reading->device;
    }
    if (!code && call->values[OPT_KIND]) {
        reading->query.kind = call->values[OPT_KIND];
        if (!op_kind_parse(reading->query.kind, &kind))
            code = tk_fail(error, TK_USAGE,
                           "There is no kind “%.30s” of entry: it is book, cancel, "
                           "reissue, admit, shift-close … as the journal has it.",
                           reading->query.kind);
    }
    if (!code)
        code = call_day(call, OPT_FROM, reading->office, &reading->query.from, error);
    if (!code)
        code = call_day(call, OPT_TO, reading->office, &reading->query.to, error);
    if (!code && call->values[OPT_TICKET])
        code = read_ticket(reading, call->values[OPT_TICKET], error);
    return code;
}

/* --- showing --- */

static void put_entry(struct reading *reading, const struct journal_entry *entry)
{
    struct wire_record record;

    wire_journal_entry(&record, entry, &reading->office->ports.zone);
    buffer_add_text(&reading->call->out.text, reading->began ? ",\n" : "[");
    wire_put_json(&reading->call->out.text, NULL, &record);
    reading->began = true;
}

/* So that a line has some 110 columns. */
#define WHO_CELLS 22
#define WHERE_CELLS 12
#define KIND_CELLS 11
#define ABOUT_CELLS 32
#define OUTCOME_CELLS 13

static void add_cut(struct table *table, const char *text, int cells)
{
    if (text_width(text) <= cells)
        table_add(table, text);
    else
        table_addf(table, "%.*s…", (int)text_fit(text, cells - 1), text);
}

/* What the body says in short: no quotes and braces, which --json has. */
static void add_about(struct table *table, const char *body)
{
    char text[400];
    size_t used = 0;

    for (; *body && used + 2 < sizeof text; body++) {
        if (strchr("{}[]\"\\", *body))
            continue;
        text[used++] = *body;
        if (*body == ',')
            text[used++] = ' ';
    }
    text[used] = '\0';
    add_cut(table, text, ABOUT_CELLS);
}

static void add_entry(struct reading *reading, const struct journal_entry *entry)
{
    struct outcome outcome = {0};
    char when[TIME_TEXT_MAX], who[WHO_SIZE];
    bool read = outcome_parse(entry->outcome, strlen(entry->outcome), &outcome) == TK_OK;

    time_print_field(when, entry->at, &reading->office->ports.zone);
    name_actor(&reading->staff, entry->actor, who);
    table_addf(&reading->table, "%" PRId64, entry->seq);
    table_add(&reading->table, when);
    add_cut(&reading->table, who, WHO_CELLS);
    add_cut(&reading->table, entry->device[0] ? entry->device : "-", WHERE_CELLS);
    add_cut(&reading->table, op_kind_name(entry->kind) ? op_kind_name(entry->kind) : "?",
            KIND_CELLS);
    add_about(&reading->table, entry->body);
    add_cut(&reading->table, !read ? "?" : tk_code_name(outcome.code), OUTCOME_CELLS);
}

/* False when nobody reads any more. */
static bool show_page(struct reading *reading, const struct journal_list *page)
{
    for (size_t i = 0; i < page->count && reading->left; i++) {
        if (!is_wanted(reading, &page->items[i]))
            continue;
        reading->left--;
        reading->count++;
        if (reading->call->json)
            put_entry(reading, &page->items[i]);
        else
            add_entry(reading, &page->items[i]);
    }
    if (!reading->call->json && page->count)
        table_print(&reading->table, &reading->call->out.text);
    return output_spill(&reading->call->out);
}

static enum tk_code show_all(struct reading *reading, struct tk_error *error)
{
    struct journal_list page = {0};
    enum tk_code code;
    bool more = true;

    do {
        journal_list_release(&page);
        code = office_journal(reading->office, &reading->query, &page, error);
        if (!code && page.count)
            reading->query.after_seq = page.items[page.count - 1].seq;
        if (!code)
            more = show_page(reading, &page) && reading->left && page.count == PAGE;
    } while (!code && more);
    journal_list_release(&page);
    if (!code && reading->call->json)
        buffer_add_text(&reading->call->out.text, reading->began ? "]\n" : "[]\n");
    else if (!code && !reading->count)
        buffer_add_text(&reading->call->out.text, "There are no such entries.\n");
    return code;
}

enum tk_code command_journal(struct call *call, struct tk_error *error)
{
    struct reading reading = {.call = call, .left = call_number(call, OPT_LIMIT, INT64_MAX)};
    enum tk_code code = call_office(call, &reading.office, error);

    if (code)
        return code;
    table_init(&reading.table, heads);
    reading.table.whole = true;
    code = office_staff(reading.office, &reading.staff, error);
    if (code == TK_NOT_PERMITTED || code == TK_NOT_IMPLEMENTED)
        code = TK_OK; /* then numbers stay numbers */
    if (!code)
        code = read_query(&reading, error);
    if (!code)
        code = show_all(&reading, error);
    table_release(&reading.table);
    staff_list_release(&reading.staff);
    return code;
}
