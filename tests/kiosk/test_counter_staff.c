/* The counter of a house with staff: who signs on, who is kept out, what a supervisor approves. */
#include "core/limit.h"
#include "tests/kiosk/staffed.h"
#include "tests/support/test.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static void pause_typing(void)
{
    poll(NULL, 0, 130);
}

static bool press(struct term *term, const char *key)
{
    pause_typing();
    return term_key(term, key);
}

static void leave(struct till *till, struct term *term, const char *key)
{
    int status = -1;

    pause_typing();
    CU_ASSERT(term_key(term, key));
    CU_ASSERT(term_wait_exit(term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(term_is_restored(term));
    CU_ASSERT(till_is_sound(till));
    term_release(term);
}

/* --- signing on --- */

static void nobody_sees_the_programme(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    SEE(&term, "Sign on");
    SEE(&term, "nobody");
    for (int i = 0; i < 3; i++) { /* no key of the counter is one here */
        static const char *const keys[] = {"F3", "F1", "Ctrl-L"};

        CU_ASSERT(press(&term, keys[i]));
    }
    CU_ASSERT(term_wait_idle(&term, 100, TILL_WAIT_MS));
    CU_ASSERT(!term_find(&term, "Skyfall", NULL, NULL));
    CU_ASSERT(!term_find(&term, "All keys", NULL, NULL));
    CU_ASSERT(!term_log_has(&term, 0, "Skyfall"));
    leave(&till, &term, "F10");
}

static void member_signs_on_and_sells(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(staffed_counter(&till, &term, PRIYA, PRIYA_PIN));
    SEE(&term, "Priya");
    CU_ASSERT(!term_log_has(&term, 0, PRIYA_PIN));
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket for Skyfall");
    CU_ASSERT_EQUAL(staffed_journal_count(&till, "#1042", "book"), 1);
    CU_ASSERT(press(&term, "s"));
    SEE(&term, "nobody");
    SEE_GONE(&term, "Skyfall");
    leave(&till, &term, "F10");
}

static void wrong_pin_says_so_beside_it(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(staffed_type(&term, PRIYA, "111222"));
    SEE(&term, "Number and PIN do not belong together.");
    CU_ASSERT(term_find(&term, "1042", NULL, NULL));
    CU_ASSERT(term_find(&term, "••••••", NULL, NULL)); /* what was typed is still there */
    CU_ASSERT(till_wait_cursor(&term, "PIN "));
    CU_ASSERT(term_send(&term, PRIYA_PIN)); /* and typing takes its place */
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "No shift of yours");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "Skyfall");
    leave(&till, &term, "q");
}

static void too_many_tries_count_down(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(staffed_type(&term, PRIYA, "111222"));
    for (int i = 0; i < 7 && !term_find(&term, "until it can be tried", NULL, NULL); i++) {
        CU_ASSERT(press(&term, "Enter"));
        CU_ASSERT(term_wait_idle(&term, 250, TILL_WAIT_MS));
    }
    SEE(&term, "0:2"); /* of half a minute */
    SEE(&term, "until it can be tried again");
    SEE(&term, "0:27 until"); /* it counts down */
    CU_ASSERT(term_find(&term, "1042", NULL, NULL));
    leave(&till, &term, "F10");
}

static void half_a_sign_on_points_to_its_field(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    SEE(&term, "Sign on");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Type your number.");
    CU_ASSERT(term_send(&term, "1042"));
    CU_ASSERT(press(&term, "Enter"));
    CU_ASSERT(till_wait_cursor(&term, "   PIN"));
    CU_ASSERT(term_paste(&term, PRIYA_PIN));
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "No shift of yours");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term, "q");
}

/* --- locking --- */

#define LOCKS "[counter]\nidle_lock_seconds = 2\n"

static bool begin_a_sale(struct term *term)
{
    return press(term, "Enter") && term_wait(term, "5 of 5 places left", TILL_WAIT_MS) &&
           press(term, "3") && press(term, "Tab") && term_send(term, "55512") &&
           term_wait(term, "55512", TILL_WAIT_MS);
}

static bool wait_locked(struct term *term)
{
    return term_wait(term, "Locked", TILL_WAIT_MS) && term_wait(term, "locked", TILL_WAIT_MS);
}

static void same_person_finds_the_half_sale(void)
{
    struct till till;
    struct term term = {0};
    size_t mark;

    staffed_init(&till, LOCKS);
    CU_ASSERT_FATAL(staffed_counter(&till, &term, PRIYA, PRIYA_PIN));
    CU_ASSERT(begin_a_sale(&term));
    SEE(&term, "This counter locks in");
    CU_ASSERT_FATAL(wait_locked(&term));
    SEE(&term, "Priya: what was begun here");
    SEE_GONE(&term, "55512");
    SEE_GONE(&term, "Skyfall");
    mark = term_log_mark(&term);
    CU_ASSERT(press(&term, "F3")); /* nothing leads below it */
    CU_ASSERT(press(&term, "Esc"));
    CU_ASSERT(term_wait_idle(&term, 100, TILL_WAIT_MS));
    CU_ASSERT(!term_log_has(&term, mark, "Skyfall"));
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "55512");
    CU_ASSERT(press(&term, "Ctrl-U"));
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Sold: 3 tickets for Skyfall");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "2 of 5 left");
    leave(&till, &term, "q");
}

static void another_person_finds_nothing_of_it(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, LOCKS);
    CU_ASSERT_FATAL(staffed_counter(&till, &term, PRIYA, PRIYA_PIN));
    CU_ASSERT(begin_a_sale(&term));
    CU_ASSERT_FATAL(wait_locked(&term));
    CU_ASSERT(staffed_type(&term, TOM, TOM_PIN));
    SEE(&term, "Hello, Tom");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "5 of 5 left");
    CU_ASSERT(press(&term, "u")); /* nor can he undo what she sold */
    SEE(&term, "There is no sale to undo");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(!term_find(&term, "55512", NULL, NULL));
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "5 of 5 left");
    leave(&till, &term, "q");
    CU_ASSERT_EQUAL(staffed_sold(&till), 0);
}

static void key_keeps_it_open(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, "[counter]\nidle_lock_seconds = 3\n");
    CU_ASSERT_FATAL(staffed_counter(&till, &term, PRIYA, PRIYA_PIN));
    for (int i = 0; i < 6; i++) {
        SEE(&term, "locks in 2 s");
        CU_ASSERT(term_key(&term, i % 2 ? "j" : "k"));
        SEE(&term, "locks in 3 s");
    }
    CU_ASSERT(!term_find(&term, "Locked", NULL, NULL));
    leave(&till, &term, "q");
}

/* --- approvals --- */

static void supervisor_approves_one_sale(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    staffed_limit(&till, LIMIT_SALE_TICKETS, 2);
    CU_ASSERT_FATAL(staffed_counter(&till, &term, PRIYA, PRIYA_PIN));
    CU_ASSERT(press(&term, "Enter") && press(&term, "4") && press(&term, "Enter"));
    SEE(&term, "A supervisor can approve");
    CU_ASSERT_EQUAL(staffed_sold(&till), 0);
    CU_ASSERT(press(&term, "Esc")); /* all stays */
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(press(&term, "Enter"));
    CU_ASSERT(staffed_fill(&term, TOM, TOM_PIN)); /* a clerk cannot */
    SEE(&term, "A supervisor can approve");
    SEE(&term, "cannot approve");
    CU_ASSERT_EQUAL(staffed_sold(&till), 0);
    CU_ASSERT(press(&term, "BackTab") && press(&term, "Ctrl-U"));
    CU_ASSERT(term_send(&term, "2001"));
    CU_ASSERT(press(&term, "Tab") && press(&term, "Ctrl-U"));
    CU_ASSERT(term_send(&term, MAYA_PIN));
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Sold: 4 tickets for Skyfall");
    SEE(&term, "Priya"); /* who is signed on still */
    CU_ASSERT_EQUAL(staffed_journal_count(&till, "#1042+#2001", "book"), 1);
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "1 of 5 left");
    CU_ASSERT(press(&term, "j") && press(&term, "Enter")); /* the next one needs another one */
    SEE(&term, "12 of 12 places left");
    CU_ASSERT(press(&term, "3") && press(&term, "Enter"));
    SEE(&term, "A supervisor can approve");
    CU_ASSERT_EQUAL(staffed_sold(&till), 4);
    CU_ASSERT(press(&term, "Esc") && press(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term, "q");
}

static void supervisor_approves_one_cancellation(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    staffed_limit(&till, LIMIT_OWN_CANCELS, 1);
    CU_ASSERT_FATAL(staffed_counter(&till, &term, TOM, TOM_PIN));
    CU_ASSERT(press(&term, "Enter") && press(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(press(&term, "s"));
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "No shift of yours");
    CU_ASSERT(press(&term, "Esc") && press(&term, "t"));
    SEE(&term, "TKT");
    CU_ASSERT(press(&term, "c") && press(&term, "y"));
    SEE(&term, "A supervisor can approve");
    CU_ASSERT(staffed_fill(&term, MAYA, MAYA_PIN));
    SEE(&term, "is canceled; 5 places are left");
    CU_ASSERT_EQUAL(staffed_journal_count(&till, "#1042+#2001", "cancel"), 1);
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term, "q");
}

/* --- shifts --- */

static void shift_ends_with_its_figures(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "No shift of yours");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Your shift is open, Priya.");
    CU_ASSERT(press(&term, "Enter") && press(&term, "Enter")); /* two keys */
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "4 of 5 left");
    CU_ASSERT(press(&term, "Enter") && press(&term, "2") && press(&term, "Enter")); /* three */
    SEE(&term, "Sold: 2 tickets");
    CU_ASSERT(press(&term, "u"));
    SEE(&term, "Undone: 2 tickets");
    CU_ASSERT(press(&term, "F9"));
    SEE(&term, "Your shift is open since");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "The shift of Priya is closed");
    SEE(&term, "3 in 2 sales");
    SEE(&term, "Canceled  2");
    SEE(&term, "2 in the middle, 95 of 100 up to 3");
    SEE(&term, "Journal");
    SEE(&term, "its head after");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "nobody");
    CU_ASSERT_EQUAL(staffed_journal_count(&till, "#1042", "shift-close"), 1);
    leave(&till, &term, "F10");
}

static void shift_may_go_on_after_signing_off(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "No shift of yours");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Your shift is open, Priya.");
    CU_ASSERT(press(&term, "s"));
    SEE(&term, "Your shift is open since");
    CU_ASSERT(press(&term, "s"));
    SEE(&term, "nobody");
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "Priya is signed on."); /* it is not offered again */
    CU_ASSERT(!term_find(&term, "No shift of yours", NULL, NULL));
    CU_ASSERT_EQUAL(staffed_journal_count(&till, "#1042", "shift-open"), 1);
    leave(&till, &term, "q");
}

/* --- who comes again --- */

static void tier_is_shown_at_the_sale(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(staffed_counter(&till, &term, PRIYA, PRIYA_PIN));
    CU_ASSERT(press(&term, "Enter") && press(&term, "Tab"));
    CU_ASSERT(term_send(&term, "5551234567"));
    CU_ASSERT(press(&term, "Tab"));
    CU_ASSERT(term_send(&term, "Anuranjan"));
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(press(&term, "Enter") && press(&term, "Enter"));
    SEE(&term, "4 of 5 places left");
    CU_ASSERT(press(&term, "Tab"));
    CU_ASSERT(term_send(&term, "4567"));
    SEE(&term, "Silver");
    SEE(&term, "0 visits, 0 tickets used in a year, customer since 20");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&till, &term, "q");
}

SUITE(counter_staff, {"nobody sees the programme", nobody_sees_the_programme},
      {"a member signs on and sells", member_signs_on_and_sells},
      {"a wrong PIN says so beside it", wrong_pin_says_so_beside_it},
      {"too many tries count down", too_many_tries_count_down},
      {"half a sign-on points to its field", half_a_sign_on_points_to_its_field},
      {"the same person finds the half sale", same_person_finds_the_half_sale},
      {"another person finds nothing of it", another_person_finds_nothing_of_it},
      {"a key keeps it open", key_keeps_it_open},
      {"a supervisor approves one sale", supervisor_approves_one_sale},
      {"a supervisor approves one cancellation", supervisor_approves_one_cancellation},
      {"a shift ends with its figures", shift_ends_with_its_figures},
      {"a shift may go on after signing off", shift_may_go_on_after_signing_off},
      {"the tier is shown at the sale", tier_is_shown_at_the_sale})
