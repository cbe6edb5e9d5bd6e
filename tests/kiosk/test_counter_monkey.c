/* Someone who types at random: the counter lives, answers, and the books add up. */
#include "tests/kiosk/till.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <sys/wait.h>

#define ROUND 250 /* keys between looks */

/* Without q and the keys of the terminal, which end the program. Enter and y come often. */
static const char *const keys[] = {
    "Enter", "Enter", "Enter", "Enter", "Esc",   "Esc", "Tab",  "BackTab", "Up",   "Down",
    "Left",  "Right", "PgUp",  "PgDn",  "Home",  "End", "F1",   "F3",      "Backspace", "Delete",
    "Ctrl-U", "Ctrl-L", "Space", "a",    "c",     "f",   "g",    "h",       "j",    "k",
    "l",     "m",     "n",     "N",     "o",     "r",   "t",    "u",       "v",    "y",
    "y",     "0",     "1",     "2",     "3",     "5",   "9",    "G",       "/",    "?",
    "F5",    "Insert", "+",    "Alt-x", "-"};
static const char *const texts[] = {"日本", "é", "2026-02-30 25:00", "Evening", "0301234567", "1e9"};
static const int sizes[][2] = {{24, 80}, {18, 60}, {60, 200}, {3, 10}, {40, 120}, {1, 1}};

static void press(struct term *term, uint64_t *random)
{
    uint64_t choice = test_random_below(random, 100);

    if (choice == 0) {
        const int *size = sizes[test_random_below(random, 6)];

        CU_ASSERT(term_resize(term, size[0], size[1]));
    } else if (choice == 1) {
        CU_ASSERT(term_paste(term, texts[test_random_below(random, 6)]));
    } else if (choice == 2) {
        CU_ASSERT(term_send(term, texts[test_random_below(random, 6)]));
    } else if (choice == 3) {
        CU_ASSERT(term_click(term, test_random_below(random, 2) ? 0 : 64, 5, 30));
    } else {
        CU_ASSERT(term_key(term, keys[test_random_below(random, sizeof keys / sizeof keys[0])]));
    }
}

/* Back to the programme, and there help comes and goes. */
static bool still_answers(struct term *term)
{
    return term_resize(term, 24, 80) && term_send(term, "n\033\033\033\033\033\033\033\033") &&
           term_send(term, "\033\033\033\033\033\033\033\033") &&
           term_wait(term, "q quit", TILL_WAIT_MS) && term_send(term, "?") &&
           term_wait(term, "All keys", TILL_WAIT_MS) && term_send(term, "\033") &&
           term_wait(term, "Places", TILL_WAIT_MS);
}

static void random_keys_do_no_harm(void)
{
    int count = test_is_long() ? 100000 : 3000;
    uint64_t random = test_seed();
    struct till till;
    struct term term = {0};
    int status = -1;

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    for (int i = 0; i < count; i++) {
        press(&term, &random);
        if (i % ROUND != ROUND - 1)
            continue;
        CU_ASSERT_FATAL(still_answers(&term));
        CU_ASSERT(term_send(&term, "\r\r\033\033")); /* what comes next may be in any view */
        CU_ASSERT(i % (ROUND * 4) || till_book(&till, TILL_AMELIE, 1, NULL, NULL));
    }
    CU_ASSERT(term_send(&term, "q"));
    CU_ASSERT(term_wait_exit(&term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(term_is_restored(&term));
    term_release(&term);
    CU_ASSERT(till_is_sound(&till));
    CU_ASSERT(till_tickets(&till, "") > 1); /* it did sell */
}

SUITE(counter_monkey, {"random keys do no harm", random_keys_do_no_harm})
