/* check_told: whether the centre bears out what the clerks were told: the design's invariants 2, 3,
   5, 6 and 7. */
#include "tests/sim/check.h"

struct noted {
    struct journal_list journal;
    struct outcome *outcomes; /* owned */
    struct dispute_list disputes;
    struct map entries, sales, disputed, disputed_tickets;
};

static bool record_open(struct noted *record, struct store *store)
{
    struct journal_query journal = {.limit = STORE_LIST_MAX};
    struct dispute_query disputes = {.limit = STORE_LIST_MAX};
    enum tk_code code;

    *record = (struct noted){0};
    code = store->ops->list_journal(store, &journal, &record->journal, NULL);
    if (!code)
        code = store->ops->list_disputes(store, &disputes, &record->disputes, NULL);
    record->outcomes = calloc(record->journal.count + 1, sizeof *record->outcomes);
    for (size_t i = 0; !code && i < record->journal.count; i++) {
        const struct journal_entry *entry = &record->journal.items[i];
        struct outcome *outcome = &record->outcomes[i];

        code = outcome_parse(entry->outcome, strlen(entry->outcome), outcome);
        check_index(&record->entries, ledger_key(&entry->id), i);
        if (!code && !outcome->code && (entry->kind == OP_BOOK || entry->kind == OP_REISSUE))
            check_index(&record->sales, outcome->ticket_id, i);
    }
    for (size_t i = 0; i < record->disputes.count; i++) {
        check_index(&record->disputed, ledger_key(&record->disputes.items[i].id), i);
        check_index(&record->disputed_tickets, record->disputes.items[i].ticket_id, i);
    }
    return !code;
}

static void record_release(struct noted *record)
{
    journal_list_release(&record->journal);
    dispute_list_release(&record->disputes);
    free(record->outcomes);
    map_release(&record->entries);
    map_release(&record->sales);
    map_release(&record->disputed);
    map_release(&record->disputed_tickets);
}

static bool is_disputed(const struct noted *record, const struct told *told)
{
    struct op_id here = op_id_derive(&told->operation, LEDGER_CUT_OFF);

    return map_find(&record->disputed, ledger_key(&here)) != MAP_NONE ||
           map_find(&record->disputed, ledger_key(&told->operation)) != MAP_NONE ||
           map_find(&record->disputed_tickets, told->ticket) != MAP_NONE;
}

/* What the journal has of a ticket. */
static void print_history(const struct world *world, const struct noted *record,
                          uint64_t ticket_id)
{
    char id[ID_TEXT_MAX];

    id_print(id, ID_TICKET, ticket_id);
    for (size_t i = 0; world->trace && i < record->journal.count; i++) {
        const struct journal_entry *entry = &record->journal.items[i];

        if (strstr(entry->body, id) || strstr(entry->outcome, id))
            printf("  %12.6f %s %s %s %s\n", (double)(entry->recorded_at - WORLD_START) / 1e6,
                   entry->device, op_kind_name(entry->kind), entry->body, entry->outcome);
    }
}

static void check_told(struct world *world, const struct view *centre, const struct noted *record)
{
    for (size_t i = 0; i < world->told_count; i++) {
        const struct told *told = &world->told[i];
        const struct ticket *ticket = view_ticket(centre, told->ticket);
        bool there = ticket && !ticket->canceled_at;

        if (told->loose || told->twice || is_disputed(record, told) ||
            (ticket && told->maybe_canceled))
            continue;
        if (ticket && there != told->canceled)
            continue;
        print_history(world, record, told->ticket);
        world_fail(world, "3: ticket %llu of showing %lld, %s at %s, is %s at the centre",
                   (unsigned long long)told->ticket, (long long)world->slots[told->slot].id,
                   told->canceled ? "taken back" : "sold", world->nodes[told->node].name,
                   ticket ? ticket_status_name(ticket->status) : "unknown");
    }
}

static void check_admitted(struct world *world, const struct view *centre,
                           const struct noted *record)
{
    for (size_t i = 0; i < world->told_count; i++) {
        const struct told *told = &world->told[i];
        const struct ticket *ticket = view_ticket(centre, told->ticket);
        int in = told->in - told->out;

        if (!ticket || told->loose || told->twice || told->maybe_in || in < 1 ||
            map_find(&record->disputed_tickets, told->ticket) != MAP_NONE)
            continue;
        if (in == 1 && ticket->admitted_at)
            continue;
        print_history(world, record, told->ticket);
        world_fail(world, "5: ticket %llu was let in %d times by doors, and is %s at the centre",
                   (unsigned long long)told->ticket, in, ticket->admitted_at ? "in" : "not in");
    }
}

/* A reissue that was given up and had run stands: the guest has the old ticket, which names the new
 * one. */
static bool is_given_up(struct world *world, const struct ticket *ticket)
{
    const struct told *old = ticket->replaces ? ledger_ticket(world, ticket->replaces) : NULL;

    return old && old->maybe_canceled;
}

/* Somebody knows nothing of it; or it was given up, but put away first. */
static bool is_explained(const struct world *world, const struct ticket *ticket,
                         const struct journal_entry *entry)
{
    uint64_t key = entry ? ledger_key(&entry->id) : 0;

    return entry &&
           ((map_find(&world->unknown, key) != MAP_NONE &&
             map_find(&world->known, key) == MAP_NONE) ||
            map_find(&world->unvoided, key) != MAP_NONE ||
            (ticket->status == TICKET_ARCHIVED && map_find(&world->voided, key) != MAP_NONE));
}

/* Nobody has these tickets, so nobody may have sold them. */
static void check_ghosts(struct world *world, const struct view *centre,
                         const struct noted *record)
{
    for (size_t i = 0; i < centre->tickets.count; i++) {
        const struct ticket *ticket = &centre->tickets.items[i];
        const struct journal_entry *entry;
        size_t at;

        if (ticket->canceled_at || ledger_ticket(world, ticket->id) ||
            map_find(&world->excused, ticket->id) != MAP_NONE || is_given_up(world, ticket))
            continue;
        at = map_find(&record->sales, ticket->sale_id);
        entry = at == MAP_NONE ? NULL : &record->journal.items[at];
        if (is_explained(world, ticket, entry))
            continue;
        print_history(world, record, ticket->id);
        world_fail(world,
                   "2: ticket %llu of showing %lld is sold (by %lld, %s by %s), and nobody has it",
                   (unsigned long long)ticket->id, (long long)ticket->slot_id,
                   entry ? (long long)ledger_key(&entry->id) : 0,
                   entry ? op_kind_name(entry->kind) : "?", entry ? entry->device : "?");
    }
}

static void check_queued(struct world *world, const struct noted *record)
{
    for (size_t i = 0; i < world->queued_count; i++) {
        const struct queued *queued = &world->queued[i];
        size_t at = map_find(&record->entries, ledger_key(&queued->id));

        if (queued->lost)
            continue;
        if (at == MAP_NONE)
            world_fail(world, "6: “%s” in the queue of %s never came to the centre",
                       op_kind_name(queued->kind), world->nodes[queued->node].name);
        else if (queued->cut_off && tk_code_is_refusal(record->outcomes[at].code) &&
                 map_find(&record->disputed, ledger_key(&queued->id)) == MAP_NONE)
            world_fail(world, "6: “%s” of %s was refused (%s), and there is no dispute",
                       op_kind_name(queued->kind), world->nodes[queued->node].name,
                       tk_code_name(record->outcomes[at].code));
    }
}

/* What a till lacks that counted on the place of a ticket which it took back cut off, and the
   centre did not: the centre knew it already, and somebody was in with it, or it had been taken
   back there. */
static int32_t count_missing(const struct world *world, const struct noted *record,
                             const char *device, int64_t slot_id)
{
    int32_t count = 0;

    for (size_t i = 0; i < record->disputes.count; i++) {
        const struct dispute *dispute = &record->disputes.items[i];
        const struct told *told = ledger_ticket(world, dispute->ticket_id);

        count += (dispute->kind == OP_CANCEL || dispute->kind == OP_REISSUE) &&
                 (told ? world->slots[told->slot].id : dispute->slot_id) == slot_id &&
                 strcmp(dispute->device, device) == 0;
    }
    return count;
}

static bool is_refused_sale(const struct dispute *dispute)
{
    return dispute->kind == OP_BOOK ||
           (dispute->kind == OP_REISSUE && dispute->code == TK_NOT_ALLOTTED);
}

static int32_t count_refused(const struct noted *record, const char *device, int64_t slot_id)
{
    int32_t count = 0;

    for (size_t i = 0; i < record->disputes.count; i++) {
        const struct dispute *dispute = &record->disputes.items[i];

        count += is_refused_sale(dispute) && dispute->slot_id == slot_id &&
                 strcmp(dispute->device, device) == 0;
    }
    return count;
}

/* What a till sold from its own is refused only after somebody decided to. */
static void check_causes(struct world *world, const struct noted *record)
{
    for (size_t i = 0; i < record->disputes.count; i++) {
        const struct dispute *sale = &record->disputes.items[i];
        const struct slot_note *slot = ledger_slot(world, sale->slot_id);

        if (!is_refused_sale(sale) || !slot || slot->loose || slot->written ||
            count_refused(record, sale->device, slot->id) <=
                count_missing(world, record, sale->device, slot->id))
            continue;
        world_fail(
            world,
            "7: a sale by %s of %d for showing %lld at %.6f was refused (%s) at %.6f without "
            "a cause",
            sale->device, sale->count, (long long)sale->slot_id,
            (double)(sale->at - WORLD_START) / 1e6, tk_code_name(sale->code),
            (double)(sale->found_at - WORLD_START) / 1e6);
    }
}

/* What was done in time and told late is taken, and what is done already is not refused. */
static void check_late(struct world *world, const struct view *centre, const struct noted *record)
{
    for (size_t i = 0; i < record->disputes.count; i++) {
        const struct dispute *dispute = &record->disputes.items[i];
        const struct ticket *ticket = view_ticket(centre, dispute->ticket_id);
        const struct slot *slot = ticket ? view_slot(centre, ticket->slot_id) : NULL;

        if (dispute->kind == OP_UNADMIT && dispute->code == TK_NOT_ADMITTED)
            world_fail(world, "5: %s let out again who is not in, and that is a dispute",
                       dispute->device);
        if (dispute->code != TK_TICKET_EXPIRED || !slot || dispute->at >= slot->expired_at ||
            (dispute->kind != OP_CANCEL && dispute->kind != OP_REISSUE &&
             dispute->kind != OP_PRINT))
            continue;
        world_fail(world, "7: “%s” by %s at %.6f is refused, for showing %lld expired at %.6f",
                   op_kind_name(dispute->kind), dispute->device,
                   (double)(dispute->at - WORLD_START) / 1e6, (long long)slot->id,
                   (double)(slot->expired_at - WORLD_START) / 1e6);
    }
}

void check_all_told(struct world *world, const struct view *centre)
{
    struct noted record;

    if (record_open(&record, centre->store)) {
        check_told(world, centre, &record);
        check_admitted(world, centre, &record);
        check_ghosts(world, centre, &record);
        check_queued(world, &record);
        check_causes(world, &record);
        check_late(world, centre, &record);
    } else {
        world_fail(world, "the centre's journal cannot be read");
    }
    record_release(&record);
}
