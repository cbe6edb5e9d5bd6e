/* The checker of tests/cluster finds every kind of lie, and nothing where there is none. */
#include "tests/cluster/checker.h"
#include "tests/support/test.h"

#define SLOT INT64_C(100000)
#define OTHER_SLOT INT64_C(100001)
#define CAPACITY 5

/* An honest small history and the store that belongs to it. */
struct evening {
    struct history history;
    struct stored stored;
    struct findings findings;
};

/* Places in the history, and in the journal. */
enum {
    AT_SCHEDULE,
    AT_OTHER_SCHEDULE,
    AT_SALE,     /* tickets 1, 2 for customer 7 */
    AT_CANCELED, /* ticket 3 … */
    AT_CANCEL,   /* … given back */
    AT_OLD,      /* ticket 4 … */
    AT_REISSUE,  /* … reissued as 5 for the other showing */
    AT_ADMITTED, /* ticket 6 … */
    AT_ADMIT,    /* … let in */
    AT_REFUSED,  /* sold out */
    AT_COUNT
};

static struct op_id id_of(int at)
{
    struct op_id id = {{1, 2, 3}};

    id.bytes[15] = (uint8_t)(at + 1);
    return id;
}

static void add_entry(struct evening *evening, const struct op_id *id, const char *kind,
                      const struct outcome *outcome)
{
    struct stored_entries *entries = &evening->stored.entries;

    entries->items = realloc(entries->items, (entries->count + 1) * sizeof *entries->items);
    CU_ASSERT_PTR_NOT_NULL_FATAL(entries->items);
    entries->items[entries->count] = (struct stored_entry){.id = *id, .outcome = *outcome};
    snprintf(entries->items[entries->count].kind, sizeof entries->items[0].kind, "%s", kind);
    entries->count++;
}

static void add_ticket(struct evening *evening, const struct stored_ticket *ticket)
{
    struct stored_tickets *tickets = &evening->stored.tickets;

    tickets->items = realloc(tickets->items, (tickets->count + 1) * sizeof *tickets->items);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tickets->items);
    tickets->items[tickets->count++] = *ticket;
}

static void add_slot(struct evening *evening, const struct stored_slot *slot)
{
    struct stored_slots *slots = &evening->stored.slots;

    slots->items = realloc(slots->items, (slots->count + 1) * sizeof *slots->items);
    CU_ASSERT_PTR_NOT_NULL_FATAL(slots->items);
    slots->items[slots->count++] = *slot;
}

/* Sent, answered and stored. */
static void happen(struct evening *evening, struct noted record, struct outcome outcome)
{
    size_t at;

    record.id = id_of((int)evening->history.count);
    if (!record.count)
        record.count = 1;
    at = history_sent(&evening->history, &record);
    history_answered(&evening->history, at, &outcome);
    add_entry(evening, &record.id, op_kind_name(record.kind), &outcome);
}

static void fill_history(struct evening *e)
{
    happen(e, (struct noted){.kind = OP_SCHEDULE, .count = CAPACITY},
           (struct outcome){.slot_id = SLOT, .available = 5});
    happen(e, (struct noted){.kind = OP_SCHEDULE, .count = CAPACITY},
           (struct outcome){.slot_id = OTHER_SLOT, .available = 5});
    happen(e, (struct noted){.kind = OP_BOOK, .slot_id = SLOT, .count = 2},
           (struct outcome){
               .slot_id = SLOT, .ticket_id = 1, .count = 2, .available = 3, .customer_id = 7});
    happen(e, (struct noted){.kind = OP_BOOK, .slot_id = SLOT},
           (struct outcome){.slot_id = SLOT, .ticket_id = 3, .count = 1, .available = 2});
    happen(e, (struct noted){.kind = OP_CANCEL, .ticket_id = 3},
           (struct outcome){.slot_id = SLOT, .ticket_id = 3, .count = 1, .available = 3});
    happen(e, (struct noted){.kind = OP_BOOK, .slot_id = SLOT},
           (struct outcome){.slot_id = SLOT, .ticket_id = 4, .count = 1, .available = 2});
    happen(
        e, (struct noted){.kind = OP_REISSUE, .slot_id = OTHER_SLOT, .ticket_id = 4},
        (struct outcome){
            .slot_id = OTHER_SLOT, .ticket_id = 5, .count = 1, .available = 4, .old_ticket_id = 4});
    happen(e, (struct noted){.kind = OP_BOOK, .slot_id = SLOT},
           (struct outcome){.slot_id = SLOT, .ticket_id = 6, .count = 1, .available = 2});
    happen(e, (struct noted){.kind = OP_ADMIT, .ticket_id = 6},
           (struct outcome){.slot_id = SLOT, .ticket_id = 6, .count = 1});
    happen(e, (struct noted){.kind = OP_BOOK, .slot_id = SLOT, .count = 3},
           (struct outcome){.code = TK_NOT_ENOUGH_PLACES, .slot_id = SLOT, .available = 2});
}

static void fill_store(struct evening *e)
{
    static const struct stored_ticket tickets[] = {{.id = 1,
                                                    .sale_id = 1,
                                                    .slot_id = SLOT,
                                                    .sale_position = 1,
                                                    .sale_size = 2,
                                                    .customer_id = 7},
                                                   {.id = 2,
                                                    .sale_id = 1,
                                                    .slot_id = SLOT,
                                                    .sale_position = 2,
                                                    .sale_size = 2,
                                                    .customer_id = 7},
                                                   {.id = 3,
                                                    .sale_id = 3,
                                                    .slot_id = SLOT,
                                                    .sale_position = 1,
                                                    .sale_size = 1,
                                                    .status = TICKET_CANCELED},
                                                   {.id = 4,
                                                    .sale_id = 4,
                                                    .slot_id = SLOT,
                                                    .sale_position = 1,
                                                    .sale_size = 1,
                                                    .status = TICKET_CANCELED,
                                                    .replaced_by = 5},
                                                   {.id = 5,
                                                    .sale_id = 5,
                                                    .slot_id = OTHER_SLOT,
                                                    .sale_position = 1,
                                                    .sale_size = 1,
                                                    .replaces = 4},
                                                   {.id = 6,
                                                    .sale_id = 6,
                                                    .slot_id = SLOT,
                                                    .sale_position = 1,
                                                    .sale_size = 1,
                                                    .admitted = true}};
    struct op_id beside = {{9}};

    for (size_t i = 0; i < sizeof tickets / sizeof *tickets; i++)
        add_ticket(e, &tickets[i]);
    add_slot(e, &(struct stored_slot){
                    .id = SLOT, .capacity = CAPACITY, .available = 2, .sold = 3, .admitted = 1});
    add_slot(e, &(struct stored_slot){
                    .id = OTHER_SLOT, .capacity = CAPACITY, .available = 4, .sold = 1});
    add_entry(e, &beside, "enrol", &(struct outcome){.code = TK_OK});
}

static void evening_init(struct evening *evening)
{
    *evening = (struct evening){.stored = {.entries = {NULL, 0, 0}}};
    history_init(&evening->history);
    findings_init(&evening->findings);
    fill_history(evening);
    fill_store(evening);
    CU_ASSERT_EQUAL_FATAL(evening->history.count, AT_COUNT);
}

static void evening_release(struct evening *evening)
{
    history_release(&evening->history);
    stored_release(&evening->stored);
    findings_release(&evening->findings);
}

/* --- lies --- */

static void forget_entry(struct evening *e, size_t at)
{
    struct stored_entries *entries = &e->stored.entries;

    entries->items[at] = entries->items[--entries->count];
}

static void forget_ticket(struct evening *e, size_t at)
{
    struct stored_tickets *tickets = &e->stored.tickets;

    tickets->items[at] = tickets->items[--tickets->count];
}

static void lose_sale(struct evening *e)
{
    forget_entry(e, AT_SALE);
    forget_ticket(e, 1);
    forget_ticket(e, 0);
    e->stored.slots.items[0].available += 2;
    e->stored.slots.items[0].sold -= 2;
}

static void lose_refusal(struct evening *e)
{
    forget_entry(e, AT_REFUSED);
}

static void lose_ticket(struct evening *e)
{
    forget_ticket(e, 1);
    e->stored.slots.items[0].available++;
    e->stored.slots.items[0].sold--;
}

static void lose_cancel(struct evening *e)
{
    e->stored.tickets.items[2].status = TICKET_BOOKED;
    e->stored.slots.items[0].available--;
    e->stored.slots.items[0].sold++;
}

static void lose_admission(struct evening *e)
{
    e->stored.tickets.items[5].admitted = false;
    e->stored.slots.items[0].admitted = 0;
}

static void lose_slot(struct evening *e)
{
    e->stored.slots.count--;
}

static void double_entry(struct evening *e)
{
    add_entry(e, &e->history.items[AT_SALE].id, "book", &e->history.items[AT_SALE].outcome);
}

/* Done again under numbers of its own: nobody was told of these. */
static void double_sale(struct evening *e)
{
    add_ticket(e, &(struct stored_ticket){
                      .id = 8, .sale_id = 8, .slot_id = SLOT, .sale_position = 1, .sale_size = 1});
    e->stored.slots.items[0].available--;
    e->stored.slots.items[0].sold++;
}

static void double_place(struct evening *e)
{
    add_ticket(e, &(struct stored_ticket){.id = 8,
                                          .sale_id = 1,
                                          .slot_id = SLOT,
                                          .sale_position = 2,
                                          .sale_size = 2,
                                          .customer_id = 7});
}

static void sell_ticket_twice(struct evening *e)
{
    happen(e, (struct noted){.kind = OP_BOOK, .slot_id = SLOT},
           (struct outcome){.slot_id = SLOT, .ticket_id = 6, .count = 1, .available = 1});
}

static void cancel_twice(struct evening *e)
{
    happen(e, (struct noted){.kind = OP_CANCEL, .ticket_id = 3},
           (struct outcome){.slot_id = SLOT, .ticket_id = 3, .count = 1, .available = 3});
}

static void admit_canceled(struct evening *e)
{
    happen(e, (struct noted){.kind = OP_ADMIT, .ticket_id = 3},
           (struct outcome){.slot_id = SLOT, .ticket_id = 3, .count = 1});
}

static void admit_twice(struct evening *e)
{
    happen(e, (struct noted){.kind = OP_ADMIT, .ticket_id = 6},
           (struct outcome){.slot_id = SLOT, .ticket_id = 6, .count = 1});
}

static void other_outcome(struct evening *e)
{
    e->stored.entries.items[AT_SALE].outcome.ticket_id = 2;
}

static void refusal_was_sale(struct evening *e)
{
    e->stored.entries.items[AT_REFUSED].outcome.code = TK_OK;
}

static void other_available(struct evening *e)
{
    e->stored.entries.items[AT_CANCELED].outcome.available++;
}

static void unreadable_outcome(struct evening *e)
{
    e->stored.entries.items[AT_CANCELED].unreadable = true;
}

static void other_kind(struct evening *e)
{
    snprintf(e->stored.entries.items[AT_CANCEL].kind, sizeof e->stored.entries.items[0].kind,
             "admit");
}

static void other_customer(struct evening *e)
{
    e->stored.tickets.items[1].customer_id = 8;
}

static void other_slot(struct evening *e)
{
    e->stored.tickets.items[5].slot_id = OTHER_SLOT;
}

static void other_successor(struct evening *e)
{
    e->stored.tickets.items[3].replaced_by = 6;
}

/* Store and answers agree, and both are too many. */
static void oversell(struct evening *e)
{
    happen(e, (struct noted){.kind = OP_BOOK, .slot_id = SLOT, .count = 3},
           (struct outcome){.slot_id = SLOT, .ticket_id = 10, .count = 3});
    for (int32_t i = 1; i <= 3; i++)
        add_ticket(e, &(struct stored_ticket){.id = (uint64_t)(9 + i),
                                              .sale_id = 10,
                                              .slot_id = SLOT,
                                              .sale_position = i,
                                              .sale_size = 3});
    e->stored.slots.items[0].sold = 6;
    e->stored.slots.items[0].available = -1;
}

static void miscount(struct evening *e)
{
    e->stored.slots.items[0].sold--;
    e->stored.slots.items[0].available++;
}

static void miscount_admitted(struct evening *e)
{
    e->stored.slots.items[0].admitted++;
}

static void phantom_entry(struct evening *e)
{
    struct op_id id = {{5}};

    add_entry(e, &id, "book", &(struct outcome){.slot_id = SLOT, .ticket_id = 9, .count = 1});
}

static void phantom_slot(struct evening *e)
{
    add_slot(e, &(struct stored_slot){.id = SLOT + 7, .capacity = 1, .available = 1});
}

static void leave_open(struct evening *e)
{
    struct noted record = {.id = id_of(40), .kind = OP_BOOK, .slot_id = SLOT, .count = 1};

    history_lost(&e->history, history_sent(&e->history, &record));
}

static void answer_otherwise(struct evening *e)
{
    history_answered(&e->history, AT_REFUSED, &(struct outcome){.slot_id = SLOT, .ticket_id = 9});
}

static void deny_id(struct evening *e)
{
    history_denied(&e->history, AT_SALE);
}

static void sell_elsewhere(struct evening *e)
{
    e->history.items[AT_SALE].slot_id = OTHER_SLOT;
}

static const struct {
    void (*tell)(struct evening *evening);
    const char *found; /* must be among the findings */
} lies[] = {
    {lose_sale, "LOST: operation 01020300-"},
    {lose_refusal, "was answered not_enough_places and is not stored"},
    {lose_ticket, "has not all its tickets"},
    {lose_cancel, "should be Canceled"},
    {lose_admission, "is not in, against what was told"},
    {lose_slot, "LOST: showing 100001"},
    {double_entry, "is in the journal twice"},
    {double_sale, "belongs to no sale that was told"},
    {double_place, "is there twice"},
    {sell_ticket_twice, "was sold twice"},
    {cancel_twice, "was given back 2 times"},
    {admit_canceled, "was let in and given back"},
    {admit_twice, "was let in 2 times"},
    {other_outcome, "stored {\"code\":\"ok\""},
    {refusal_was_sale, "told {\"code\":\"not_enough_places\""},
    {other_available, "\"available\":3}."},
    {unreadable_outcome, "cannot be read"},
    {other_kind, "was sent as cancel and is in the journal as admit"},
    {other_customer, "is not as it was sold"},
    {other_slot, "is not as it was sold"},
    {other_successor, "was reissued otherwise"},
    {oversell, "OVERSOLD: showing 100000 of 5 places: sold 6, tickets 6, told 6"},
    {miscount, "does not add up"},
    {miscount_admitted, "does not add up"},
    {phantom_entry, "which nobody sent"},
    {phantom_slot, "nobody scheduled it"},
    {leave_open, "has no answer"},
    {answer_otherwise, "had two answers: not_enough_places, and later ok"},
    {deny_id, "had two answers: ok, and later operation_id_reused"},
    {sell_elsewhere, "sold something else than was asked"},
};

static void nothing_is_found_in_the_truth(void)
{
    struct evening evening;

    evening_init(&evening);
    CU_ASSERT_EQUAL(checker_run(&evening.history, 0, &evening.stored, &evening.findings), TK_OK);
    CU_ASSERT_EQUAL(evening.findings.count, 0);
    CU_ASSERT_STRING_EQUAL(buffer_text(&evening.findings.text), "");
    evening_release(&evening);
}

static void every_lie_is_found(void)
{
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct evening evening;
        bool found;

        evening_init(&evening);
        lies[i].tell(&evening);
        CU_ASSERT_EQUAL(checker_run(&evening.history, 0, &evening.stored, &evening.findings),
                        TK_OK);
        found = strstr(buffer_text(&evening.findings.text), lies[i].found) != NULL;
        CU_ASSERT(found && evening.findings.count > 0);
        if (!found)
            printf("\n    lie %zu (%s): %s\n", i, lies[i].found,
                   buffer_text(&evening.findings.text));
        evening_release(&evening);
    }
}

static void a_round_is_held_against_its_own_part(void)
{
    struct evening evening;

    /* of the first showing's records nothing is asked; its entries must still be as they were told
     */
    evening_init(&evening);
    free(evening.stored.tickets.items);
    evening.stored.tickets = (struct stored_tickets){NULL, 0, 0};
    evening.stored.slots.count = 0;
    forget_entry(&evening, AT_SALE);
    CU_ASSERT_EQUAL(checker_run(&evening.history, AT_COUNT, &evening.stored, &evening.findings),
                    TK_OK);
    CU_ASSERT_EQUAL(evening.findings.count, 0);
    other_available(&evening);
    CU_ASSERT_EQUAL(checker_run(&evening.history, AT_COUNT, &evening.stored, &evening.findings),
                    TK_OK);
    CU_ASSERT_EQUAL(evening.findings.count, 1);
    evening_release(&evening);
}

static void an_answer_that_was_lost_is_settled_by_the_next(void)
{
    struct noted record = {.id = id_of(40), .kind = OP_BOOK, .slot_id = SLOT, .count = 1};
    struct outcome outcome = {.slot_id = SLOT, .ticket_id = 9, .count = 1}, again = outcome;
    struct history history;
    size_t at;

    history_init(&history);
    at = history_sent(&history, &record);
    history_lost(&history, at);
    history_again(&history, at);
    CU_ASSERT_EQUAL(history_sum(&history, 0).open, 1);
    again.replayed = true;
    history_answered(&history, at, &again);
    history_answered(&history, at, &outcome);
    record = history_get(&history, at);
    CU_ASSERT(record.answered && record.unknown && !record.contradicted && record.sends == 2);
    CU_ASSERT_EQUAL(history_sum(&history, 0).sold, 1);
    CU_ASSERT_EQUAL(history_sum(&history, 0).unknown, 1);
    CU_ASSERT_EQUAL(history_find(&history, &record.id), at);
    history_release(&history);
}

/* One line of JSON for each record, in their order. */
static void a_history_is_written_to_be_read(void)
{
    struct evening evening;
    struct json *line = NULL;
    char path[300], text[1000];
    FILE *file;
    int count = 0;

    evening_init(&evening);
    leave_open(&evening);
    test_folder(path, 200);
    snprintf(path + strlen(path), 50, "/history");
    CU_ASSERT_FATAL(history_write(&evening.history, path));
    file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fgets(text, sizeof text, file)) {
        struct outcome outcome;
        bool open = count == AT_COUNT;

        CU_ASSERT_EQUAL_FATAL(json_read(text, strlen(text), &line, NULL), TK_OK);
        CU_ASSERT_STRING_EQUAL(json_text(json_member(line, "operation")),
                               op_kind_name(evening.history.items[count].kind));
        CU_ASSERT_EQUAL(json_member(line, "outcome") == NULL, open);
        CU_ASSERT(open || outcome_read(json_member(line, "outcome"), &outcome) == TK_OK);
        CU_ASSERT(open || outcome_same(&outcome, &evening.history.items[count].outcome));
        json_free(line);
        count++;
    }
    CU_ASSERT_EQUAL(count, AT_COUNT + 1);
    fclose(file);
    evening_release(&evening);
}

static void what_leaves_it_open_is_no_answer(void)
{
    static const enum tk_code open[] = {TK_UNKNOWN,   TK_BUSY,        TK_UNAVAILABLE, TK_OVERLOADED,
                                        TK_DISK_FULL, TK_KEY_RUNNING, TK_ID_REUSED,   TK_IO};

    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        CU_ASSERT_FALSE(history_is_final(open[i]));
    CU_ASSERT(history_is_final(TK_OK) && history_is_final(TK_SOLD_OUT) &&
              history_is_final(TK_TICKET_CANCELED) && history_is_final(TK_VOIDED));
}

SUITE(history, {"nothing is found where all is as it was told", nothing_is_found_in_the_truth},
      {"each of many lies is found", every_lie_is_found},
      {"a round is held against its own part of the history", a_round_is_held_against_its_own_part},
      {"an answer that was lost is settled by the next one",
       an_answer_that_was_lost_is_settled_by_the_next},
      {"a history is written to be read", a_history_is_written_to_be_read},
      {"what leaves open whether it was done is no answer", what_leaves_it_open_is_no_answer})
