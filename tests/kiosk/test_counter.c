/* The counter at work: selling, finding, reissuing, canceling, scheduling, typed by keys and read
   from the screen. */
#include "core/pass.h"
#include "tests/kiosk/till.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPEN(till, term)                                                                           \
    till_init(till);                                                                               \
    CU_ASSERT_FATAL(till_counter(till, term, 24, 80, NULL, NULL))

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ends the counter from the programme and looks at what it leaves. */
static void leave(struct till *till, struct term *term)
{
    int status = -1;

    CU_ASSERT(term_send(term, "q"));
    CU_ASSERT(term_wait_exit(term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(till_is_sound(till));
    term_release(term);
}

/* --- selling --- */

static void next_showing_is_selected(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT(till_find(&term, "Full House", NULL, NULL));
    CU_ASSERT(till_find(&term, "sold out", NULL, NULL));
    CU_ASSERT(till_find(&term, "Priya", NULL, NULL));
    CU_ASSERT(till_find(&term, "An agent comes home.", NULL, NULL));
    CU_ASSERT(till_find(&term, "5 of 5 left", NULL, NULL));
    leave(&till, &term);
}

static void two_keys_sell_one_ticket(void)
{
    struct till till;
    struct term term = {0};
    char pass[21], id[24];

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket for Skyfall");
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    till_pass(&term, pass);
    CU_ASSERT_EQUAL(strlen(pass), 20);
    snprintf(id, sizeof id, "Ticket TKT%.10s", pass);
    SEE(&term, id);
    SEE(&term, "19:45–22:08");
    SEE(&term, "Screen 1");
    SEE(&term, "walk-up");
    SEE(&term, "1 of 1 in this sale");
    SEE(&term, "▀"); /* the code */
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "4 of 5 left");
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    leave(&till, &term);
}

static void enter_held_sells_once(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r\r\r"));
    SEE(&term, "4 of 5 left"); /* opened, sold, back */
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    leave(&till, &term);
}

static void typed_ahead_is_done_and_no_more(void)
{
    char keys[610];
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r\r\r\r\r\r"));
    SEE(&term, "3 of 5 left");
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    /* more than the queue holds, and a sale of two at the end */
    for (int i = 0; i < 600; i++)
        keys[i] = i % 2 ? 'k' : 'j';
    memcpy(keys + 600, "\r2\r", 4);
    CU_ASSERT(term_send(&term, keys));
    SEE(&term, "Sold: 2 tickets for Skyfall");
    CU_ASSERT(term_send(&term, "\r/spirited\r\r\r\r\r\r\r"));
    SEE(&term, "18 of 20 left");
    CU_ASSERT_EQUAL(till_sold(&till), 6);
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "Paddington");
    leave(&till, &term);
}

static void number_replaces_the_one(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "Enter 3 Enter"));
    SEE(&term, "Sold: 3 tickets for Skyfall");
    SEE(&term, "1 of 3 in this sale");
    CU_ASSERT(term_keys(&term, "n n"));
    SEE(&term, "3 of 3 in this sale");
    CU_ASSERT(term_keys(&term, "n"));
    SEE(&term, "1 of 3 in this sale");
    CU_ASSERT(term_keys(&term, "N"));
    SEE(&term, "3 of 3 in this sale");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "2 of 5 left");
    CU_ASSERT_EQUAL(till_sold(&till), 3);
    leave(&till, &term);
}

static void tab_moves_between_fields(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "Enter"));
    CU_ASSERT(till_wait_cursor(&term, "Places"));
    CU_ASSERT(term_keys(&term, "Tab"));
    CU_ASSERT(till_wait_cursor(&term, "Phone"));
    CU_ASSERT(term_keys(&term, "Tab"));
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_keys(&term, "Tab"));
    CU_ASSERT(till_wait_cursor(&term, "Places"));
    CU_ASSERT(term_keys(&term, "BackTab"));
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_keys(&term, "BackTab"));
    CU_ASSERT(till_wait_cursor(&term, "Phone"));
    CU_ASSERT(term_keys(&term, "Down"));
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_keys(&term, "Enter")); /* sells from any field */
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(term_keys(&term, "Enter"));
    leave(&till, &term);
}

static void text_is_edited(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "Enter Tab Tab"));
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_send(&term, "Grce Hoppör"));
    SEE(&term, "Grce Hoppör");
    CU_ASSERT(term_keys(&term, "Backspace Backspace er Home Right Right a"));
    SEE(&term, "Grace Hopper");
    CU_ASSERT(term_keys(&term, "End x Left Delete"));
    SEE_GONE(&term, "Hopperx");
    CU_ASSERT(term_keys(&term, "Ctrl-U"));
    SEE_GONE(&term, "Grace");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

static void customer_is_kept_and_masked(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r2\t+49 176 1234-6543\tAnuranjan\r"));
    SEE(&term, "Sold: 2 tickets");
    SEE(&term, "Anuranjan");
    SEE(&term, "6543");
    CU_ASSERT(!term_find(&term, "1234", NULL, NULL));
    CU_ASSERT(!term_find(&term, "12346543", NULL, NULL));
    CU_ASSERT(term_send(&term, "\rt"));
    SEE(&term, "Tickets for Skyfall");
    SEE(&term, "••6543");
    CU_ASSERT(!term_find(&term, "12346543", NULL, NULL));
    CU_ASSERT(term_send(&term, "f"));
    SEE(&term, "the latest tickets");
    SEE(&term, "••6543");
    CU_ASSERT(!term_find(&term, "12346543", NULL, NULL));
    CU_ASSERT(term_keys(&term, "Esc Esc"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

static void known_phone_fills_in_the_name(void)
{
    static const char *const customers[] = {"export", "customers", "--format", "jsonl", NULL};
    struct till till;
    struct term term = {0};
    struct buffer out;

    till_init(&till);
    CU_ASSERT(till_book(&till, TILL_LIVES, 1, "Anuranjan", "+4917612346543"));
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_keys(&term, "Enter Tab 654"));
    SEE(&term, "654");
    CU_ASSERT(!term_find(&term, "Anuranjan", NULL, NULL));
    CU_ASSERT(term_keys(&term, "3"));
    SEE(&term, "Anuranjan");
    SEE(&term, "Known customer");
    CU_ASSERT(term_keys(&term, "Backspace"));
    SEE_GONE(&term, "Anuranjan");
    CU_ASSERT(term_keys(&term, "3 Enter"));
    SEE(&term, "Sold: 1 ticket");
    SEE(&term, "Anuranjan");
    buffer_init(&out, 1u << 20);
    CU_ASSERT_EQUAL(till_admin(&till, &out, customers), 0);
    CU_ASSERT_PTR_NULL(strstr(strstr(buffer_text(&out), "userId") + 1, "\"userId"));
    buffer_release(&out);
    CU_ASSERT(term_keys(&term, "Enter"));
    leave(&till, &term);
}

static void half_a_customer_is_pointed_at(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r2\t\tPriya\r"));
    SEE(&term, "Give both a name and a phone number");
    CU_ASSERT(till_wait_cursor(&term, "Phone"));
    CU_ASSERT(till_find(&term, "Priya", NULL, NULL));
    CU_ASSERT(till_find(&term, "Places  2", NULL, NULL));
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    CU_ASSERT(term_send(&term, "0301234567\r")); /* it goes on where it stopped */
    SEE(&term, "Sold: 2 tickets");
    CU_ASSERT(term_send(&term, "\r\r\t0405556677\r"));
    SEE(&term, "Give both a name and a phone number");
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(till_find(&term, "0405556677", NULL, NULL));
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

static void too_many_says_what_is_left(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r6\t0301234567\tPriya K\r"));
    SEE(&term, "A sale for Skyfall"); /* more than the house holds */
    CU_ASSERT(till_wait_cursor(&term, "Places"));
    CU_ASSERT(till_find(&term, "Priya K", NULL, NULL));
    CU_ASSERT(till_find(&term, "0301234567", NULL, NULL));
    CU_ASSERT(till_book(&till, TILL_SKYFALL, 2, NULL, NULL));
    SEE(&term, "3 of 5 places left"); /* by itself, while the sale is typed */
    CU_ASSERT(term_keys(&term, "Backspace 4 Enter"));
    SEE(&term, "Only 3 places are left");
    CU_ASSERT(till_wait_cursor(&term, "Places"));
    CU_ASSERT(till_find(&term, "Places  4", NULL, NULL));
    CU_ASSERT(till_find(&term, "Priya K", NULL, NULL));
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    CU_ASSERT(term_keys(&term, "Ctrl-U 3 Enter"));
    SEE(&term, "Sold: 3 tickets");
    CU_ASSERT_EQUAL(till_sold(&till), 5);
    CU_ASSERT(term_keys(&term, "Enter Enter"));
    SEE(&term, "is sold out.");
    leave(&till, &term);
}

struct bad_count {
    const char *typed, *sentence;
};

static void bad_counts_are_refused(void)
{
    static const struct bad_count counts[] = {
        {"0", "1 ticket or more, up to a whole house"},
        {"1.5", "How many places? Type a number."},
        {"-5", "1 ticket or more, up to a whole house"},
        {"two", "How many places? Type a number."},
        {"21", "A sale for Skyfall"},
        {"", "How many places? Type a number."},
        {"100000000000000000000", "1 ticket or more, up to a whole house"},
    };
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "Enter"));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char shown[64];

        snprintf(shown, sizeof shown, *counts[i].typed ? "Places  %s\n" : "Places\n%s",
                 counts[i].typed);
        CU_ASSERT(term_keys(&term, "Ctrl-U"));
        CU_ASSERT(term_send(&term, counts[i].typed));
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, counts[i].sentence);
        SEE(&term, shown);
        CU_ASSERT(till_wait_cursor(&term, "Places"));
    }
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    CU_ASSERT(term_keys(&term, "Ctrl-U 1 Tab 12 Enter"));
    SEE(&term, "3 to 15 digits");
    CU_ASSERT(till_wait_cursor(&term, "Phone"));
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    leave(&till, &term);
}

static void sold_out_says_so(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "Up Enter"));
    SEE(&term, "Full House, ");
    SEE(&term, "is sold out.");
    CU_ASSERT_EQUAL(term.bells, 0);
    leave(&till, &term);
}

/* --- tickets --- */

static void tickets_are_found(void)
{
    struct till till;
    struct term term = {0};
    char pass[21], id[24], grouped[PASS_GROUPED_SIZE];
    int first = 0, second = 0, third = 0;

    till_init(&till);
    CU_ASSERT(till_book(&till, TILL_LIVES, 1, "Ulrich Mühe", "+493012345671"));
    CU_ASSERT(till_book(&till, TILL_LIVES, 1, "Martina Gedeck", "+493012345682"));
    CU_ASSERT(till_book(&till, TILL_LIVES, 1, "Sebastian Koch", "+493099995693"));
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    till_pass(&term, pass);
    CU_ASSERT(term_keys(&term, "Enter F3"));
    SEE(&term, "the latest tickets");
    SEE(&term, "Ulrich");
    SEE(&term, "\n Enter show");
    CU_ASSERT(till_find(&term, "Koch", &first, NULL) && till_find(&term, "Gedeck", &second, NULL) &&
              till_find(&term, "Ulrich", &third, NULL));
    CU_ASSERT(first < second && second < third); /* newest first */
    CU_ASSERT(term_send(&term, "muhe"));
    SEE_GONE(&term, "Gedeck");
    CU_ASSERT(till_find(&term, "Ulrich Mühe", NULL, NULL));
    CU_ASSERT(term_keys(&term, "Ctrl-U 5682"));
    SEE_GONE(&term, "Ulrich");
    SEE(&term, "Gedeck");
    CU_ASSERT(term_keys(&term, "Ctrl-U"));
    CU_ASSERT(term_send(&term, "nobody"));
    SEE(&term, "No ticket is found with this.");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "There is no ticket to choose here.");
    CU_ASSERT(term_keys(&term, "Ctrl-U"));
    pass_group(grouped, pass); /* as it is read aloud; at once and without spaces it is a scan */
    CU_ASSERT(term_send(&term, grouped));
    SEE_GONE(&term, "Gedeck");
    SEE(&term, "Skyfall");
    snprintf(id, sizeof id, "TKT%.10s", pass);
    CU_ASSERT(till_find(&term, id, NULL, NULL));
    CU_ASSERT(term_keys(&term, "Ctrl-U"));
    SEE(&term, "Gedeck");
    for (char *p = id; *p; p++) /* by number, in small letters */
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    CU_ASSERT(term_send(&term, id));
    SEE_GONE(&term, "Gedeck");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Ticket TKT");
    SEE(&term, "19:45–22:08");
    CU_ASSERT(term_keys(&term, "Esc Esc"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

static void tickets_of_a_showing(void)
{
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT(till_book(&till, TILL_SKYFALL, 2, "Judi Dench", "+442079460123"));
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_keys(&term, "t"));
    SEE(&term, "Tickets for Skyfall");
    SEE(&term, "2 sold, 3 of 5 places left");
    SEE(&term, "2 of 2");
    SEE(&term, "Judi Dench");
    CU_ASSERT(term_keys(&term, "Down Enter"));
    SEE(&term, "1 of 2 in this sale");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "Tickets for Skyfall");
    CU_ASSERT(term_keys(&term, "q"));
    SEE(&term, "q quit");
    CU_ASSERT(term_keys(&term, "Down t"));
    SEE(&term, "Nothing was sold for this showing yet.");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

/* The ticket's number on the screen: "TKT…". */
static void shown_ticket(struct term *term, char id[14])
{
    int row = 0, column = 0;

    id[0] = '\0';
    if (till_find(term, "Ticket TKT", &row, &column))
        snprintf(id, 14, "%.13s", term_text(term, row) + column + 7);
}

static void ticket_is_reissued(void)
{
    struct till till;
    struct term term = {0};
    char old_id[14], new_id[14], replaced[64];

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    shown_ticket(&term, old_id);
    CU_ASSERT(term_keys(&term, "r"));
    SEE(&term, "choose the new showing");
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT(term_keys(&term, "Down Enter"));
    SEE(&term, "Reissued: TKT");
    SEE(&term, "The Lives of Others");
    shown_ticket(&term, new_id);
    CU_ASSERT_STRING_NOT_EQUAL(new_id, old_id);
    snprintf(replaced, sizeof replaced, "replaces %s", old_id);
    SEE(&term, replaced);
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    CU_ASSERT(term_keys(&term, "o"));
    snprintf(replaced, sizeof replaced, "replaced by %s", new_id);
    SEE(&term, replaced);
    SEE(&term, "Canceled");
    SEE(&term, "no pass");
    CU_ASSERT(term_keys(&term, "r")); /* only a booked ticket */
    SEE(&term, "was replaced by");
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "was replaced by");
    CU_ASSERT(term_keys(&term, "Esc Esc"));
    SEE(&term, "5 of 5 left"); /* the place is given back */
    CU_ASSERT(term_keys(&term, "Down"));
    SEE(&term, "11 of 12 left");
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    leave(&till, &term);
}

static void ticket_is_reissued_for_the_same_showing(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(till_book(&till, TILL_SKYFALL, 4, NULL, NULL));
    SEE(&term, "1 of 5 left");
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(term_keys(&term, "r"));
    SEE(&term, "choose the new showing");
    SEE(&term, "▌19:45 Skyfall"); /* it begins at the ticket's own showing, though sold out */
    CU_ASSERT(term_keys(&term, "Home"));
    SEE(&term, "▌18:00 Full House");
    CU_ASSERT(term_keys(&term, "Enter")); /* no room there: told, and the choice stays */
    SEE(&term, "Full House");
    SEE(&term, "is sold out.");
    SEE(&term, "choose the new showing");
    CU_ASSERT_EQUAL(till_tickets(&till, "Canceled"), 0);
    CU_ASSERT(term_keys(&term, "Down Enter")); /* its own place is free for it */
    SEE(&term, "Reissued: TKT");
    CU_ASSERT_EQUAL(till_sold(&till), 5);
    CU_ASSERT_EQUAL(till_tickets(&till, "Canceled"), 1);
    CU_ASSERT(term_keys(&term, "r"));
    SEE(&term, "choose the new showing");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "Ticket TKT");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

static void cancel_asks_and_default_is_no(void)
{
    static const char *const noes[] = {"Enter", "Esc", "n", "Space"};
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    for (size_t i = 0; i < sizeof noes / sizeof noes[0]; i++) {
        CU_ASSERT(term_keys(&term, "c"));
        SEE(&term, "Cancel TKT");
        SEE(&term, "Its pass stops working for good."); /* the consequence, not cut */
        SEE(&term, "Enter no");
        CU_ASSERT(term_keys(&term, noes[i]));
        SEE(&term, "Nothing was changed.");
        SEE(&term, "▀");
    }
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    CU_ASSERT(term_keys(&term, "c y"));
    SEE(&term, "is canceled");
    SEE_GONE(&term, "▀");
    SEE(&term, "no pass");
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "was canceled on");
    CU_ASSERT(term_keys(&term, "r"));
    SEE(&term, "was canceled on");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "5 of 5 left");
    leave(&till, &term);
}

static void last_sale_is_undone(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "u"));
    SEE(&term, "There is no sale to undo");
    CU_ASSERT(term_keys(&term, "Enter 3 Enter"));
    SEE(&term, "Sold: 3 tickets");
    CU_ASSERT(term_keys(&term, "Enter u"));
    SEE(&term, "Undone: 3 tickets for Skyfall");
    SEE(&term, "5 of 5 left");
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    CU_ASSERT_EQUAL(till_tickets(&till, "Canceled"), 3);
    CU_ASSERT(term_keys(&term, "u"));
    SEE(&term, "There is no sale to undo");
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(term_keys(&term, "u")); /* from the ticket, which loses its code */
    SEE(&term, "Undone: 1 ticket for Skyfall");
    SEE_GONE(&term, "▀");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

static void many_tickets_in_a_row_are_looked_up(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    for (int i = 0; i < 20; i++) { /* without ever going back */
        CU_ASSERT(term_keys(&term, "f"));
        SEE(&term, "the latest tickets");
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, "in this sale");
    }
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "▌19:45 Skyfall");
    leave(&till, &term);
}

/* --- scheduling --- */

static void showing_is_scheduled(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    CU_ASSERT(term_keys(&term, "a"));
    SEE(&term, "Schedule a showing");
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_send(&term, "Metropolis\tA city of two worlds.\t2081-03-15 18:30"));
    SEE(&term, "2081-03-15 20:30"); /* the end follows */
    CU_ASSERT(term_keys(&term, "Tab Tab"));
    CU_ASSERT(till_wait_cursor(&term, "< Movie >"));
    CU_ASSERT(term_keys(&term, "Right"));
    SEE(&term, "< Documentary >");
    CU_ASSERT(term_keys(&term, "Left Tab s s s"));
    SEE(&term, "< Scifi >");
    CU_ASSERT(term_keys(&term, "Tab 7 Tab"));
    CU_ASSERT(term_send(&term, "Screen 9\r"));
    SEE(&term, "Scheduled: Metropolis");
    SEE(&term, "18:30 Metropolis");
    CU_ASSERT(term_send(&term, "/metro\r\r\r"));
    SEE(&term, "Sold: 1 ticket for Metropolis");
    SEE(&term, "Screen 9");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "6 of 7 left");
    leave(&till, &term);
}

struct bad_showing {
    const char *start, *end, *capacity; /* NULL: as proposed */
    const char *label, *sentence;
};

static const struct bad_showing bad_showings[] = {
    {"2081-03-15 20:00", "2081-03-15 19:00", NULL, "End", "The end must be after the start"},
    {"2081-03-15 20:00", "2081-03-15 20:00", NULL, "End", "The end must be after the start"},
    {"2081-03-15 20:00", "2081-04-15 20:00", NULL, "End", "7 days at most"},
    {"2026-02-30 20:00", NULL, NULL, "Start", "2026-02-30"},
    {"soon", NULL, NULL, "Start", "soon"},
    {"2081-03-15 20:00", "2081-02-29 21:00", NULL, "End", "2081-02-29"},
    {"2081-03-15 20:00", NULL, "0", "Places", "1 to 100000 places"},
    {"2081-03-15 20:00", NULL, "1000000000", "Places", "1 to 100000 places"},
    {"2081-03-15 20:00", NULL, "many", "Places", "1 to 100000 places"},
};

static void replace_field(struct term *term, const char *text)
{
    if (!text)
        return;
    CU_ASSERT(term_keys(term, "Ctrl-U"));
    CU_ASSERT(term_send(term, text));
    SEE(term, text);
}

static void bad_showings_are_kept_and_pointed_at(void)
{
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 100, NULL, NULL));
    for (size_t i = 0; i < sizeof bad_showings / sizeof bad_showings[0]; i++) {
        const struct bad_showing *bad = &bad_showings[i];

        CU_ASSERT(term_send(&term, "aMetropolis\t\t"));
        CU_ASSERT(till_wait_cursor(&term, "Start"));
        replace_field(&term, bad->start);
        CU_ASSERT(term_keys(&term, "Tab"));
        replace_field(&term, bad->end);
        CU_ASSERT(term_keys(&term, "Tab Tab Tab"));
        CU_ASSERT(till_wait_cursor(&term, "Places"));
        replace_field(&term, bad->capacity);
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, bad->sentence);
        CU_ASSERT(till_wait_cursor(&term, bad->label));
        CU_ASSERT(till_find(&term, "Metropolis", NULL, NULL));
        CU_ASSERT(till_find(&term, bad->start, NULL, NULL));
        CU_ASSERT(!bad->end || till_find(&term, bad->end, NULL, NULL));
        CU_ASSERT(!bad->capacity || till_find(&term, bad->capacity, NULL, NULL));
        CU_ASSERT(term_keys(&term, "Esc"));
        SEE(&term, "q quit");
    }
    CU_ASSERT(term_keys(&term, "a Enter")); /* no name */
    SEE(&term, "The showing needs a name.");
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    CU_ASSERT(!term_find(&term, "Metropolis", NULL, NULL));
    leave(&till, &term);
}

/* --- several tills --- */

static void other_tills_are_seen_within_a_second(void)
{
    struct till till;
    struct term term = {0};

    OPEN(&till, &term);
    SEE(&term, "5 of 5 left");
    for (int left = 4; left >= 1; left--) {
        char wanted[32];
        int64_t sold_at;

        CU_ASSERT(till_book(&till, TILL_SKYFALL, 1, NULL, NULL));
        sold_at = clock_ms();
        snprintf(wanted, sizeof wanted, "%d of 5 left", left);
        CU_ASSERT(term_wait(&term, wanted, 1500));
        CU_ASSERT(clock_ms() - sold_at <= 1000);
    }
    CU_ASSERT(term_keys(&term, "t"));
    SEE(&term, "4 sold");
    CU_ASSERT(till_book(&till, TILL_SKYFALL, 1, "Judi Dench", "+442079460123"));
    CU_ASSERT(term_wait(&term, "Judi Dench", 1500));
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term);
}

static void last_place_goes_to_one(void)
{
    struct till till;
    struct term first = {0}, second = {0};

    OPEN(&till, &first);
    CU_ASSERT(till_book(&till, TILL_SKYFALL, 4, NULL, NULL));
    CU_ASSERT_FATAL(till_counter(&till, &second, 24, 80, NULL, NULL));
    SEE(&first, "1 of 5 left");
    CU_ASSERT(term_send(&first, "\r\t0301234567\tLoser"));
    SEE(&first, "Loser");
    CU_ASSERT(term_send(&second, "\r\r"));
    SEE(&second, "Sold: 1 ticket");
    CU_ASSERT(term_keys(&first, "Enter"));
    SEE(&first, "Skyfall, Sat 15 Mar 2081 19:45 is sold out.");
    SEE(&first, "0 of 5 places left");
    CU_ASSERT(till_find(&first, "Loser", NULL, NULL));
    CU_ASSERT(till_find(&first, "0301234567", NULL, NULL));
    CU_ASSERT_EQUAL(till_sold(&till), 5);
    CU_ASSERT(term_keys(&second, "u")); /* the winner gives it back: the loser needs one key */
    SEE(&second, "Undone: 1 ticket");
    SEE(&first, "1 of 5 places left");
    CU_ASSERT(term_keys(&first, "Enter"));
    SEE(&first, "Sold: 1 ticket");
    SEE(&first, "Loser");
    CU_ASSERT_EQUAL(till_sold(&till), 5);
    CU_ASSERT(term_keys(&second, "Enter"));
    SEE(&second, "q quit");
    leave(&till, &second);
    CU_ASSERT(term_keys(&first, "Enter"));
    SEE(&first, "q quit");
    leave(&till, &first);
}

SUITE(counter, {"the next showing with room is selected", next_showing_is_selected},
      {"Enter, Enter sells one ticket and shows it", two_keys_sell_one_ticket},
      {"Enter held sells once", enter_held_sells_once},
      {"what is typed ahead is done, and no more", typed_ahead_is_done_and_no_more},
      {"a number replaces the one", number_replaces_the_one},
      {"Tab and Shift-Tab move between fields", tab_moves_between_fields},
      {"text is edited", text_is_edited},
      {"a customer is kept, the phone masked", customer_is_kept_and_masked},
      {"a known phone fills in the name", known_phone_fills_in_the_name},
      {"half a customer is pointed at", half_a_customer_is_pointed_at},
      {"too many says what is left and keeps the text", too_many_says_what_is_left},
      {"bad counts are refused", bad_counts_are_refused},
      {"sold out says so", sold_out_says_so},
      {"tickets are found by number, pass, phone and name", tickets_are_found},
      {"the tickets of a showing", tickets_of_a_showing},
      {"a ticket is reissued", ticket_is_reissued},
      {"a ticket is reissued for the same showing", ticket_is_reissued_for_the_same_showing},
      {"cancel asks, and the default is no", cancel_asks_and_default_is_no},
      {"the last sale is undone", last_sale_is_undone},
      {"many tickets in a row are looked up", many_tickets_in_a_row_are_looked_up},
      {"a showing is scheduled", showing_is_scheduled},
      {"bad showings are kept and pointed at", bad_showings_are_kept_and_pointed_at},
      {"other tills' sales are seen within a second", other_tills_are_seen_within_a_second},
      {"the last place goes to one till", last_place_goes_to_one})
