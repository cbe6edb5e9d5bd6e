#include "tests/cluster/checker.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/list.h"

#define FINDINGS_LIMIT ((size_t)64 << 10) /* bytes */
#define SALE_MAX 64                       /* tickets of one sale */

/* A sale, or a reissue, as it was told; and what was told of its first ticket since. */
struct sale {
    uint64_t first, customer_id, replaces, replaced_by;
    int64_t slot_id;
    int32_t size;
    int32_t ends, admissions; /* how often it was canceled or reissued, let in */
    uint64_t found;           /* positions that are in the store, as bits */
};

/* A showing as it was told, and what the tickets in the store come to. */
struct house {
    int64_t slot_id, capacity;
    int64_t told, counted, counted_in; /* tickets */
    bool found;
};

struct check {
    struct history *history;
    size_t from;
    const struct stored *stored;
    struct findings *findings;
    unsigned char *seen; /* owned; of each record, how often it is in the journal */
    struct {
        struct sale *items; /* owned */
        size_t count, capacity;
    } sales;
    struct {
        struct house *items; /* owned */
        size_t count, capacity;
    } houses;
    struct map sale_of, house_of; /* by first ticket, by slot */
};

/* --- findings and what is stored --- */

void stored_release(struct stored *stored)
{
    free(stored->entries.items);
    free(stored->slots.items);
    free(stored->tickets.items);
    *stored = (struct stored){.entries = {NULL, 0, 0}};
}

void findings_init(struct findings *findings)
{
    findings->count = 0;
    buffer_init(&findings->text, FINDINGS_LIMIT);
}

void findings_release(struct findings *findings)
{
    buffer_release(&findings->text);
}

void findings_add(struct findings *findings, const char *format, ...)
{
    char text[512];
    va_list arguments;

    if (findings->count++ >= FINDINGS_TOLD)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer_addf(&findings->text, "    %s\n", text);
}

/* --- names in sentences --- */

struct name {
    char text[OP_ID_TEXT_MAX];
};

static struct name op_name(const struct op_id *id)
{
    struct name name;

    op_id_print(name.text, id);
    return name;
}

static struct name ticket_name(uint64_t id)
{
    struct name name;

    id_print(name.text, ID_TICKET, id);
    return name;
}

static void print_outcome(char *text, size_t size, const struct outcome *outcome)
{
    struct buffer json;

    buffer_init(&json, 1024);
    outcome_print(&json, outcome);
    snprintf(text, size, "%s", buffer_text(&json));
    buffer_release(&json);
}

/* --- what was told: sales and showings --- */

static struct sale *find_sale(struct check *c, uint64_t first)
{
    size_t at = map_find(&c->sale_of, first);

    return at == MAP_NONE ? NULL : &c->sales.items[at];
}

static struct house *find_house(struct check *c, int64_t slot_id)
{
    size_t at = map_find(&c->house_of, (uint64_t)slot_id);

    return at == MAP_NONE ? NULL : &c->houses.items[at];
}

static enum tk_code tell_house(struct check *c, const struct noted *record)
{
    struct house house = {.slot_id = record->outcome.slot_id, .capacity = record->count};

    if (find_house(c, house.slot_id)) {
        findings_add(c->findings, "Showing %" PRId64 " was told to two who scheduled one.",
                     house.slot_id);
        return TK_OK;
    }
    return LIST_ADD(&c->houses, &house) ||
                   map_add(&c->house_of, (uint64_t)house.slot_id, c->houses.count - 1)
               ? TK_NO_MEMORY
               : TK_OK;
}

static enum tk_code tell_sale(struct check *c, const struct noted *record)
{
    const struct outcome *outcome = &record->outcome;
    struct sale sale = {.first = outcome->ticket_id,
                        .customer_id = outcome->customer_id,
                        .replaces = outcome->old_ticket_id,
                        .slot_id = outcome->slot_id,
                        .size = record->kind == OP_BOOK ? outcome->count : 1};
    struct house *house = find_house(c, sale.slot_id);

    if (!house || sale.slot_id != record->slot_id || sale.size != record->count ||
        sale.size > SALE_MAX || sale.replaces != record->ticket_id)
        findings_add(c->findings, "Operation %s sold something else than was asked of it.",
                     op_name(&record->id).text);
    if (find_sale(c, sale.first)) {
        findings_add(c->findings, "Ticket %s was sold twice, the second time by operation %s.",
                     ticket_name(sale.first).text, op_name(&record->id).text);
        return TK_OK;
    }
    if (house)
        house->told += sale.size;
    return LIST_ADD(&c->sales, &sale) || map_add(&c->sale_of, sale.first, c->sales.count - 1)
               ? TK_NO_MEMORY
               : TK_OK;
}

/* What was told of a ticket: given back (perhaps for `replaced_by`), or let in. */
static void tell_end(struct check *c, const struct noted *record, uint64_t replaced_by)
{
    struct sale *sale = find_sale(c, record->ticket_id);
    struct house *house = sale ? find_house(c, sale->slot_id) : NULL;

    if (!sale) {
        findings_add(c->findings, "Operation %s gave back ticket %s, which nobody had sold.",
                     op_name(&record->id).text, ticket_name(record->ticket_id).text);
        return;
    }
    sale->ends++;
    sale->replaced_by = replaced_by;
    if (house)
        house->told--;
}

static void tell_admission(struct check *c, const struct noted *record)
{
    struct sale *sale = find_sale(c, record->ticket_id);

    if (sale)
        sale->admissions++;
    else
        findings_add(c->findings, "Operation %s let in ticket %s, which nobody had sold.",
                     op_name(&record->id).text, ticket_name(record->ticket_id).text);
}

/* Steps: showings, what is sold, what becomes of it; so that each finds what it is about. */
enum step { STEP_HOUSES, STEP_SALES, STEP_REST, STEP_COUNT };

static enum tk_code tell_record(struct check *c, const struct noted *record, enum step step)
{
    bool sells = record->kind == OP_BOOK || record->kind == OP_REISSUE;

    if (!record->answered || record->outcome.code != TK_OK)
        return TK_OK;
    if (step == STEP_HOUSES)
        return record->kind == OP_SCHEDULE ? tell_house(c, record) : TK_OK;
    if (step == STEP_SALES)
        return sells ? tell_sale(c, record) : TK_OK;
    if (record->kind == OP_CANCEL)
        tell_end(c, record, 0);
    if (record->kind == OP_REISSUE)
        tell_end(c, record, record->outcome.ticket_id);
    if (record->kind == OP_ADMIT)
        tell_admission(c, record);
    return TK_OK;
}

static enum tk_code tell_all(struct check *c)
{
    enum tk_code code = TK_OK;

    for (int step = 0; !code && step < STEP_COUNT; step++)
        for (size_t i = c->from; !code && i < c->history->count; i++)
            code = tell_record(c, &c->history->items[i], (enum step)step);
    return code;
}

/* --- the journal --- */

static void check_entry(struct check *c, const struct stored_entry *entry)
{
    size_t at = history_find(c->history, &entry->id);
    const struct noted *record = at == HISTORY_NONE ? NULL : &c->history->items[at];
    char told[400], kept[400];

    if (!record) {
        if (strcmp(entry->kind, op_kind_name(OP_ENROL)) != 0)
            findings_add(c->findings, "The journal has operation %s (%s), which nobody sent.",
                         op_name(&entry->id).text, entry->kind);
        return;
    }
    if (c->seen[at] && c->seen[at] < 2)
        findings_add(c->findings, "Operation %s is in the journal twice.",
                     op_name(&entry->id).text);
    c->seen[at] = c->seen[at] ? 2 : 1;
    if (strcmp(entry->kind, op_kind_name(record->kind)) != 0)
        findings_add(c->findings, "Operation %s was sent as %s and is in the journal as %s.",
                     op_name(&entry->id).text, op_kind_name(record->kind), entry->kind);
    if (entry->unreadable)
        findings_add(c->findings, "The journal's outcome of operation %s cannot be read.",
                     op_name(&entry->id).text);
    if (!record->answered || entry->unreadable || outcome_same(&entry->outcome, &record->outcome))
        return;
    print_outcome(told, sizeof told, &record->outcome);
    print_outcome(kept, sizeof kept, &entry->outcome);
    findings_add(c->findings, "Operation %s: told %s, stored %s.", op_name(&entry->id).text, told,
                 kept);
}

static void check_record(struct check *c, size_t at)
{
    const struct noted *record = &c->history->items[at];

    if (record->contradicted)
        findings_add(c->findings, "Operation %s had two answers: %s, and later %s.",
                     op_name(&record->id).text,
                     record->answered ? tk_code_name(record->outcome.code) : "none",
                     tk_code_name(record->other));
    if (!record->answered)
        findings_add(c->findings, "Operation %s (%s) was sent %d times and has no answer%s.",
                     op_name(&record->id).text, op_kind_name(record->kind), record->sends,
                     c->seen[at] ? ", but is stored" : "");
    else if (!c->seen[at])
        findings_add(c->findings, "LOST: operation %s (%s) was answered %s and is not stored.",
                     op_name(&record->id).text, op_kind_name(record->kind),
                     tk_code_name(record->outcome.code));
}

static void check_journal(struct check *c)
{
    for (size_t i = 0; i < c->stored->entries.count; i++)
        check_entry(c, &c->stored->entries.items[i]);
    for (size_t i = c->from; i < c->history->count; i++)
        check_record(c, i);
}

/* --- tickets --- */

/* The first ticket of a sale is the one that others name; no other ever changes. */
static void check_fate(struct check *c, const struct sale *sale, const struct stored_ticket *ticket)
{
    bool first = ticket->sale_position == 1;
    bool ended = first && sale->ends, in = first && sale->admissions;
    int32_t status = ended ? TICKET_CANCELED : TICKET_BOOKED;

    if (ticket->status != status)
        findings_add(c->findings, "Ticket %s should be %s and has the status %d.",
                     ticket_name(ticket->id).text, ticket_status_name((enum ticket_status)status),
                     ticket->status);
    if (ticket->admitted != in)
        findings_add(c->findings, "Ticket %s is %s, against what was told.",
                     ticket_name(ticket->id).text, in ? "not in" : "in");
    if (first && (ticket->replaces != sale->replaces || ticket->replaced_by != sale->replaced_by))
        findings_add(c->findings, "Ticket %s was reissued otherwise than was told.",
                     ticket_name(ticket->id).text);
}

static void check_ticket(struct check *c, const struct stored_ticket *ticket)
{
    struct sale *sale = find_sale(c, ticket->sale_id);
    struct house *house = find_house(c, ticket->slot_id);
    int32_t position = ticket->sale_position;
    uint64_t bit;

    if (house) {
        house->counted += ticket->status == TICKET_BOOKED;
        house->counted_in += ticket->admitted;
    }
    if (!sale) {
        findings_add(c->findings,
                     "Ticket %s of showing %" PRId64 " belongs to no sale that was told.",
                     ticket_name(ticket->id).text, ticket->slot_id);
        return;
    }
    if (ticket->slot_id != sale->slot_id || ticket->sale_size != sale->size || position < 1 ||
        position > sale->size || position > SALE_MAX ||
        (position == 1 && ticket->id != sale->first) ||
        (!sale->replaces && ticket->customer_id != sale->customer_id)) {
        findings_add(c->findings, "Ticket %s is not as it was sold.", ticket_name(ticket->id).text);
        return;
    }
    bit = UINT64_C(1) << (position - 1);
    if (sale->found & bit)
        findings_add(c->findings, "Place %d of sale %s is there twice.", position,
                     ticket_name(sale->first).text);
    sale->found |= bit;
    check_fate(c, sale, ticket);
}

static void check_sale(struct check *c, const struct sale *sale)
{
    uint64_t all = sale->size >= SALE_MAX ? UINT64_MAX : (UINT64_C(1) << sale->size) - 1;

    if (sale->found != all)
        findings_add(c->findings, "LOST: sale %s of %d has not all its tickets.",
                     ticket_name(sale->first).text, sale->size);
    if (sale->ends > 1)
        findings_add(c->findings, "Ticket %s was given back %d times.",
                     ticket_name(sale->first).text, sale->ends);
    if (sale->admissions > 1)
        findings_add(c->findings, "Ticket %s was let in %d times.", ticket_name(sale->first).text,
                     sale->admissions);
    if (sale->ends && sale->admissions)
        findings_add(c->findings, "Ticket %s was let in and given back.",
                     ticket_name(sale->first).text);
}

static void check_tickets(struct check *c)
{
    for (size_t i = 0; i < c->stored->tickets.count; i++)
        check_ticket(c, &c->stored->tickets.items[i]);
    for (size_t i = 0; i < c->sales.count; i++)
        check_sale(c, &c->sales.items[i]);
}

/* --- showings --- */

static void check_slot(struct check *c, const struct stored_slot *slot)
{
    struct house *house = find_house(c, slot->id);

    if (!house || house->found) {
        findings_add(c->findings,
                     house ? "Showing %" PRId64 " is there twice."
                           : "Showing %" PRId64 " is there, and nobody scheduled it.",
                     slot->id);
        return;
    }
    house->found = true;
    if (slot->sold > slot->capacity || house->counted > slot->capacity ||
        house->told > house->capacity)
        findings_add(c->findings,
                     "OVERSOLD: showing %" PRId64 " of %" PRId64 " places: sold %" PRId64
                     ", tickets %" PRId64 ", told %" PRId64 ".",
                     slot->id, slot->capacity, slot->sold, house->counted, house->told);
    if (slot->capacity != house->capacity || slot->allotted || slot->lost ||
        slot->available + slot->sold != slot->capacity || slot->sold != house->counted ||
        slot->sold != house->told || slot->admitted != house->counted_in)
        findings_add(c->findings,
                     "Showing %" PRId64 " does not add up: sold %" PRId64 " + available %" PRId64
                     " of %" PRId64 ", tickets %" PRId64 ", told %" PRId64 "; in %" PRId64
                     ", tickets in %" PRId64 ".",
                     slot->id, slot->sold, slot->available, slot->capacity, house->counted,
                     house->told, slot->admitted, house->counted_in);
}

static void check_slots(struct check *c)
{
    for (size_t i = 0; i < c->stored->slots.count; i++)
        check_slot(c, &c->stored->slots.items[i]);
    for (size_t i = 0; i < c->houses.count; i++)
        if (!c->houses.items[i].found)
            findings_add(c->findings, "LOST: showing %" PRId64 " is not there.",
                         c->houses.items[i].slot_id);
}

enum tk_code checker_run(struct history *history, size_t from, const struct stored *stored,
                         struct findings *findings)
{
    struct check c = {.history = history, .from = from, .stored = stored, .findings = findings};
    enum tk_code code = TK_NO_MEMORY;

    c.seen = calloc(history->count + 1, 1);
    if (!c.seen)
        goto out;
    code = tell_all(&c);
    if (code)
        goto out;
    check_journal(&c);
    check_tickets(&c);
    check_slots(&c);
out:
    free(c.seen);
    free(c.sales.items);
    free(c.houses.items);
    map_release(&c.sale_of);
    map_release(&c.house_of);
    return code;
}
