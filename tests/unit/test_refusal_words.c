/* What a clerk reads when a till that is cut off, or one that was, is refused something. */
#include "core/text.h"
#include "core/time.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

/* Asserts the sentence of a refusal. */
static void expect(struct fixture *f, const struct operation *operation,
                   const struct outcome *outcome, const char *sentence)
{
    struct tk_error error = {0};

    CU_ASSERT_EQUAL(office_refuse(&f->office, operation, outcome, &error), outcome->code);
    CU_ASSERT_STRING_EQUAL(error.message, sentence);
}

static void test_places(void)
{
    struct fixture f;
    struct operation sale = {.kind = OP_BOOK, .cut_off = true}, cancel = {.kind = OP_CANCEL};
    struct outcome outcome = {.code = TK_NOT_ALLOTTED, .available = 3};

    fixture_init(&f);
    outcome.slot_id = fixture_schedule(&f, "Skyfall", 105 * TIME_MINUTE, 10);
    expect(&f, &sale, &outcome,
           "This till may sell 3 places for Skyfall, Sun 22 Nov 19:45 by itself while the box office "
           "is away.");
    outcome.available = 1;
    expect(&f, &sale, &outcome,
           "This till may sell 1 place for Skyfall, Sun 22 Nov 19:45 by itself while the box office "
           "is away.");
    outcome.available = 0;
    expect(&f, &sale, &outcome,
           "This till holds no places of its own for Skyfall, Sun 22 Nov 19:45: sell another showing, or "
           "wait until the box office is back.");
    cancel.cancel.ticket_id = 1;
    expect(&f, &cancel, &outcome,
           "Ticket TKT0000000001 was not sold by this till itself: it can be canceled when the box "
           "office is back.");
    sale.book.slot.id = outcome.slot_id;
    expect(&f, &sale, &(struct outcome){.code = TK_VOIDED},
           "This sale for Skyfall, Sun 22 Nov 19:45 was given up before it was done: nothing was "
           "sold.");
    fixture_release(&f);
}

static void test_tickets(void)
{
    struct fixture f;
    struct operation admit = {.kind = OP_ADMIT}, sale = {.kind = OP_BOOK};

    fixture_init(&f);
    admit.admit.ticket_id = 1;
    sale.book.first_ticket = 2;
    expect(&f, &admit, &(struct outcome){.code = TK_DENIED},
           "Ticket TKT0000000001 was issued by a till whose places were written off: it admits "
           "nobody.");
    expect(&f, &admit, &(struct outcome){.code = TK_NEEDS_CENTRE},
           "The box office is away: ticket TKT0000000001 has to wait until it is back.");
    expect(&f, &sale, &(struct outcome){.code = TK_NUMBER_USED},
           "A ticket TKT0000000002 was issued before, or this number is not the till's: nothing was "
           "sold.");
    expect(&f, &sale, &(struct outcome){.code = TK_NEEDS_CENTRE},
           tk_code_sentence(TK_NEEDS_CENTRE));
    expect(&f, &admit, &(struct outcome){.code = TK_VOIDED},
           "Ticket TKT0000000001: This was given up before it was done: it is not done any more.");
    fixture_release(&f);
}

static void test_tills(void)
{
    struct fixture f;
    struct operation join = {.kind = OP_JOIN, .device = "Foyer"};
    struct operation write_off = {.kind = OP_WRITE_OFF, .write_off = {.holder = "Foyer 2"}};

    fixture_init(&f);
    expect(&f, &join, &(struct outcome){.code = TK_SAME_TILL},
           "Another till called “Foyer” holds places: give this one a name of its own, or write the "
           "other's places off.");
    expect(&f, &join, &(struct outcome){.code = TK_DISMISSED},
           "The places of “Foyer” were written off: it sells nothing by itself before it has joined "
           "again.");
    expect(&f, &join, &(struct outcome){.code = TK_QUARANTINED},
           "What “Foyer” sent does not follow on what it had sent before: a manager has to write its "
           "places off.");
    expect(&f, &write_off, &(struct outcome){.code = TK_NOT_JOINED},
           "The box office knows of no copy that a till “Foyer 2” keeps.");
    fixture_release(&f);
}

static void test_disputes(void)
{
    struct fixture f;
    struct operation sale = {.id = {{1}}, .kind = OP_BOOK, .device = "Foyer", .cut_off = true};
    struct outcome outcome;
    struct tk_error error = {0};

    fixture_init(&f);
    sale.book.slot.id = fixture_schedule(&f, "Skyfall", 105 * TIME_MINUTE, 10);
    sale.book.count = 1;
    sale.book.first_ticket = 5;
    text_copy(f.office.actor, sizeof f.office.actor, "Tom");
    CU_ASSERT_EQUAL(office_close_dispute(&f.office, &sale.id, "x", NULL, &error),
                    TK_DISPUTE_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(error.message,
                           "There is no dispute 01000000-0000-0000-0000-000000000000.");
    CU_ASSERT_EQUAL(store_apply(f.store, &sale, 1, &outcome, NULL), TK_OK);
    CU_ASSERT_EQUAL(outcome.code, TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL(office_close_dispute(&f.office, &sale.id, "They sat in row 9.", NULL, &error),
                    TK_OK);
    CU_ASSERT_EQUAL(office_close_dispute(&f.office, &sale.id, "x", NULL, &error),
                    TK_DISPUTE_CLOSED);
    CU_ASSERT_STRING_EQUAL(
        error.message, "This dispute was closed by Tom on Sun 22 Nov 18:00: They sat in row 9.");
    fixture_release(&f);
}

SUITE(refusal_words, {"of places that a till may sell by itself", test_places},
      {"of tickets by their number", test_tickets}, {"of tills by their name", test_tills},
      {"of a dispute that somebody else closed", test_disputes})
