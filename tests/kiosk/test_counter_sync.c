/* The counter of a till with a centre: what it shows of its line, of the places it holds, of disputes; and
   the whole of it with a centre that goes away and comes back. */
#include "tests/kiosk/lined_till.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPEN(lined, term, words)                                                                   \
    lined_till_init(lined);                                                                        \
    lined_till_set(lined, words);                                                                  \
    CU_ASSERT_FATAL(lined_till_counter(lined, term, 24, 80, NULL, NULL))

/* The text stands in the header. */
static bool header_has(struct term *term, const char *text)
{
    int row = -1;

    return term_wait(term, text, TILL_WAIT_MS) && term_find(term, text, &row, NULL) && row == 0;
}

static size_t count_of(const char *screen, const char *text)
{
    size_t count = 0;

    for (const char *at = screen; (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* --- the line --- */

static void header_tells_the_line(void)
{
    static const int widths[] = {60, 80, 120, 200};
    struct lined_till lined;

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct term term = {0};
        const char *line;

        lined_till_init(&lined);
        CU_ASSERT_FATAL(lined_till_counter(&lined, &term, 24, widths[i], NULL, NULL));
        CU_ASSERT(header_has(&term, "● online  Priya"));
        lined_till_set(&lined, "waiting=2");
        CU_ASSERT(header_has(&term, "● online · 2 waiting"));
        lined_till_set(&lined, "online=0 waiting=33");
        CU_ASSERT(header_has(&term, "○ OFFLINE since "));
        CU_ASSERT(header_has(&term, " · 33 waiting  Priya"));
        line = term_text(&term, 0);
        CU_ASSERT(strncmp(line, " Ticketly", strlen(" Ticketly")) == 0);
        lined_till_set(&lined, "online=0 waiting=33 shown=2 ahead=5 standing=2");
        CU_ASSERT(header_has(&term, widths[i] < 120 ? " +" : "may not sell by itself"));
        CU_ASSERT(header_has(&term, widths[i] < 120 ? "Priya" : "2 disputes"));
        CU_ASSERT(header_has(&term, widths[i] < 120 ? "OFFLINE" : "clock 5 min ahead"));
        term_release(&term);
    }
}

static void line_is_told_in_ascii_and_without_colours(void)
{
    static const char *const bare[] = {"NO_COLOR=1", NULL};
    struct lined_till lined;
    struct term term = {0};

    lined_till_init(&lined);
    lined_till_set(&lined, "online=0 here=3 waiting=3");
    CU_ASSERT_FATAL(lined_till_counter(&lined, &term, 18, 60, bare, "--ascii"));
    CU_ASSERT(header_has(&term, "o OFFLINE since "));
    CU_ASSERT(header_has(&term, " - 3 waiting"));
    SEE(&term, "3 here +2");
    SEE(&term, "none here");
    lined_till_set(&lined, "here=3");
    CU_ASSERT(header_has(&term, "* online"));
    term_release(&term);
}

static void coming_and_going_are_told_once(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "");
    lined_till_set(&lined, "online=0 waiting=5");
    SEE(&term, "The box office is away: this till goes on with its own places.");
    lined_till_set(&lined, "online=0 waiting=7");
    CU_ASSERT(header_has(&term, "7 waiting"));
    lined_till_set(&lined, "online=1 waiting=4"); /* it sends them */
    CU_ASSERT(header_has(&term, "online · 4 waiting"));
    CU_ASSERT(!term_find(&term, "is back", NULL, NULL));
    lined_till_set(&lined, "online=1");
    SEE(&term, "The box office is back: 7 operations were sent.");
    lined_till_set(&lined, "online=0");
    SEE(&term, "The box office is away");
    lined_till_set(&lined, "online=1");
    SEE(&term, "The box office is back.");
    CU_ASSERT(term_keys(&term, "m"));
    SEE(&term, "Esc back"); /* the frame's end */
    CU_ASSERT_EQUAL(count_of(term_screen(&term), "is away"), 2);
    CU_ASSERT_EQUAL(count_of(term_screen(&term), "is back"), 2);
    term_release(&term);
}

static void trouble_is_told_with_what_to_do(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "ahead=5");
    CU_ASSERT(header_has(&term, "clock 5 min ahead"));
    SEE(&term, "clock is 5 minutes ahead of the box office's: set it right.");
    lined_till_set(&lined, "standing=2");
    CU_ASSERT(header_has(&term, "may not sell by itself"));
    SEE(&term, "to write its places off. Call whoever runs the box office.");
    lined_till_set(&lined, "suspect=1 online=0");
    SEE(&term, "this till may not sell without it");
    CU_ASSERT(term_keys(&term, "m"));
    SEE(&term, "This till's copy was put back or copied");
    term_release(&term);
}

static void clock_and_refusal_are_said_in_words(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "back=1 waiting=3");
    CU_ASSERT(header_has(&term, "● online · clock set back"));
    lined_till_set(&lined, "online=0 refused=1");
    CU_ASSERT(header_has(&term, "○ REFUSED since "));
    SEE(&term, "The token of this till was revoked. Call whoever runs the box office.");
    CU_ASSERT(term_keys(&term, "m"));
    SEE(&term, "Esc back");
    CU_ASSERT(!term_find(&term, "is away", NULL, NULL));
    term_release(&term);
}

/* --- places --- */

static void places_here_and_elsewhere_are_shown(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "here=3 allotted=4");
    SEE(&term, "4 of 5 left"); /* one is another till's */
    SEE(&term, "of them 3 held by this till");
    lined_till_set(&lined, "online=0 here=3 allotted=4");
    SEE(&term, "3 here, 1 elsewhere"); /* and so 4 as online */
    SEE(&term, "none here, 8 elsewhere");
    SEE(&term, "as of ");
    CU_ASSERT(term_find(&term, "sold out", NULL, NULL)); /* Full House */
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "3 places here, 1 elsewhere as of ");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    CU_ASSERT(term_keys(&term, "Down Enter"));
    SEE(&term, "The Lives of Others");
    SEE(&term, "none here, 8 elsewhere");
    SEE(&term, "Sell another showing, or this one when the box office is back.");
    lined_till_set(&lined, "online=1 here=3");
    SEE(&term, "12 of 12 places left");
    term_release(&term);
}

static void showing_with_places_here_is_selected_first(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "online=0 here=5"); /* all of Skyfall's, so that nothing of it is common */
    SEE(&term, "▌19:45 Skyfall");
    SEE(&term, "5 here, 0 elsewhere");
    CU_ASSERT(term_keys(&term, "Enter")); /* and it is not sold out */
    SEE(&term, "5 places here");
    term_release(&term);
}

/* --- selling --- */

static void sale_of_own_places_says_so(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "here=3");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "places left");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket for Skyfall");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "q quit");
    lined_till_set(&lined, "online=0 here=3");
    SEE(&term, "OFFLINE");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "3 places here");
    CU_ASSERT(term_keys(&term, "2 Enter"));
    SEE(&term, "Sold from this till's own places: the box office is away. 2 tickets");
    CU_ASSERT(header_has(&term, "1 waiting"));
    CU_ASSERT_EQUAL(till_sold(&lined.till), 3);
    term_release(&term);
}

static void line_that_breaks_in_a_sale_is_told_with_it(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "here=3 drop=1");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sold from this till's own places: the box office is away.");
    CU_ASSERT(header_has(&term, "OFFLINE"));
    CU_ASSERT(term_keys(&term, "m"));
    SEE(&term, "The box office is away: this till goes on");
    CU_ASSERT_EQUAL(till_sold(&lined.till), 1);
    term_release(&term);
}

static void too_many_say_what_is_here_and_keep_what_was_typed(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "online=0 here=3");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "3 places here");
    CU_ASSERT(term_keys(&term, "4 Tab Tab Grace Tab"));
    SEE(&term, "Grace");
    CU_ASSERT(term_keys(&term, "Tab 0301234567 Enter"));
    SEE(&term, "The box office is away: only 3 places are here, nothing was sold.");
    SEE(&term, "Name  Grace");
    CU_ASSERT(till_wait_cursor(&term, "Places  4"));
    CU_ASSERT_EQUAL(till_sold(&lined.till), 0);
    CU_ASSERT(term_keys(&term, "Backspace 3 Enter"));
    SEE(&term, "Sold from this till's own places");
    CU_ASSERT_EQUAL(till_sold(&lined.till), 3);
    term_release(&term);
}

static void what_needs_the_centre_waits_for_it(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "online=0");
    CU_ASSERT(term_keys(&term, "a"));
    SEE(&term, "Schedule a showing");
    CU_ASSERT(term_keys(&term, "Metropolis Enter"));
    SEE(&term, "The box office is away: this has to wait until it is back.");
    SEE(&term, "Metropolis"); /* still there */
    lined_till_set(&lined, "online=1");
    CU_ASSERT(header_has(&term, "● online"));
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Scheduled: Metropolis");
    term_release(&term);
}

/* --- disputes --- */

static void new_dispute_announces_itself_once(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "");
    CU_ASSERT(!term_find(&term, "d disputes", NULL, NULL));
    lined_till_set(&lined, "shown=1");
    SEE(&term, "A new dispute: the box office refused a sale of 2 tickets made at Box office");
    CU_ASSERT(header_has(&term, "· 1 dispute"));
    SEE(&term, "d disputes");
    CU_ASSERT(term_keys(&term, "m"));
    SEE(&term, "Messages");
    lined_till_set(&lined, "shown=1 waiting=1");
    CU_ASSERT(header_has(&term, "1 waiting"));
    CU_ASSERT_EQUAL(count_of(term_screen(&term), "A new dispute"), 1);
    term_release(&term);
}

static void dispute_is_closed_with_a_reason_in_the_clerks_name(void)
{
    struct lined_till lined;
    struct term term = {0};
    int status = -1;

    OPEN(&lined, &term, "shown=2");
    CU_ASSERT(header_has(&term, "· 2 disputes"));
    CU_ASSERT(term_keys(&term, "d"));
    SEE(&term, "Disputes: 2 open, 0 closed");
    SEE(&term, "an admission at Door North");
    SEE(&term, "This ticket is in already.");
    SEE(&term, "a sale of 2 tickets at Box office 1");
    CU_ASSERT(term_keys(&term, "Down Enter"));
    SEE(&term, "Priya sold 2 tickets to Ada Lovelace (+442079460000) at Box office 1");
    SEE(&term, "Olga had");
    SEE(&term, "written this till's places off");
    SEE(&term, "Skyfall, ");
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "Close it in the name of Priya");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Say what was done about it");
    CU_ASSERT(term_send(&term, "seats in row 4"));
    SEE(&term, "seats in row 4");
    CU_ASSERT(term_keys(&term, "Esc")); /* not closed, and not forgotten */
    SEE(&term, "Nothing was undone by the refusal");
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "seats in row 4");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "The dispute is closed, in the name of Priya.");
    SEE(&term, "Disputes: 1 open, 1 closed");
    CU_ASSERT(header_has(&term, "· 1 dispute"));
    CU_ASSERT(term_keys(&term, "End Enter"));
    SEE(&term, "Closed by Priya, ");
    SEE(&term, "seats in row 4");
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "This dispute is closed already.");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "Disputes: 1 open");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    CU_ASSERT(term_keys(&term, "q"));
    CU_ASSERT(term_wait_exit(&term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    term_release(&term);
}

static void what_was_closed_is_closed_before_the_copy_knows(void)
{
    struct lined_till lined;
    struct term term = {0};

    OPEN(&lined, &term, "shown=2 late=1");
    CU_ASSERT(term_keys(&term, "d"));
    SEE(&term, "Disputes: 2 open, 0 closed");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "What the box office says");
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "Close it in the name of Priya");
    CU_ASSERT(term_send(&term, "seats in row 4\r"));
    SEE(&term, "The dispute is closed, in the name of Priya.");
    SEE(&term, "Disputes: 1 open, 1 closed");
    CU_ASSERT(term_keys(&term, "End Enter"));
    SEE(&term, "Closed by Priya, ");
    lined_till_set(&lined, "shown=2");
    SEE(&term, "Closed by Priya, ");
    term_release(&term);
}

static void disputes_fit_the_smallest_screen(void)
{
    static const char *const keys[] = {"d", "Enter", "c"};
    static const char *const seen[] = {"2 open", "What the box office says", "Close it in the name"};
    struct lined_till lined;
    struct term term = {0};

    lined_till_init(&lined);
    lined_till_set(&lined, "shown=2");
    CU_ASSERT_FATAL(lined_till_counter(&lined, &term, 18, 60, NULL, NULL));
    for (int i = 0; i < 3; i++) {
        CU_ASSERT(term_keys(&term, keys[i]));
        SEE(&term, seen[i]);
        SEE(&term, "Esc back");
    }
    term_release(&term);
}

/* --- with a centre that is really there, or not --- */

/* A showing that starts in an hour, so that places are held of it. */
static void schedule_soon(const struct till *till)
{
    char times[2][40];
    const char *const words[] = {"schedule", "--name", "Tonight", "--description", "Soon.",
                                 "--start", times[0], "--end", times[1], "--type", "Movie",
                                 "--genre", "Drama", NULL};

    for (int i = 0; i < 2; i++) {
        time_t moment = time(NULL) + 3600 * (1 + 2 * i);
        struct tm utc;

        gmtime_r(&moment, &utc);
        strftime(times[i], sizeof times[i], "%Y-%m-%d %H:%M", &utc);
    }
    CU_ASSERT_EQUAL_FATAL(till_admin(till, NULL, words), 0);
}

static void centre_goes_away_and_comes_back(void)
{
    char central[200], away[200];
    const char *const env[] = {central, NULL};
    struct till till, copy;
    struct term term = {0};
    int status = -1;

    till_init(&till);
    schedule_soon(&till);
    snprintf(central, sizeof central, "TICKETLY_CENTRAL_ADDRESS=%s", till.store);
    snprintf(away, sizeof away, "%s.away", till.store);
    copy = till;
    snprintf(copy.store, sizeof copy.store, "%s/copy.db", till.folder);
    CU_ASSERT_FATAL(till_counter(&copy, &term, 24, 100, env, NULL));
    CU_ASSERT(header_has(&term, "● online"));
    SEE(&term, "held by this till"); /* it was granted some of Tonight */
    CU_ASSERT(rename(till.store, away) == 0);
    SEE(&term, "○ OFFLINE since");
    SEE(&term, "The box office is away: this till goes on with its own places.");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "places here");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sold from this till's own places");
    CU_ASSERT(header_has(&term, "1 waiting"));
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "q quit");
    CU_ASSERT(rename(away, till.store) == 0);
    CU_ASSERT(term_wait(&term, "The box office is back: 1 operation was sent.", 4 * TILL_WAIT_MS));
    CU_ASSERT(header_has(&term, "● online"));
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    CU_ASSERT(term_keys(&term, "q"));
    CU_ASSERT(term_wait_exit(&term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(till_is_sound(&till));
    term_release(&term);
}

SUITE(counter_sync, {"the header tells the line in words", header_tells_the_line},
      {"the line is told in ASCII and without colours", line_is_told_in_ascii_and_without_colours},
      {"coming and going are told once", coming_and_going_are_told_once},
      {"clock and refusal are said in words", clock_and_refusal_are_said_in_words},
      {"trouble is told with what to do", trouble_is_told_with_what_to_do},
      {"places here and elsewhere are shown", places_here_and_elsewhere_are_shown},
      {"a showing with places here is selected first", showing_with_places_here_is_selected_first},
      {"a sale of own places says so", sale_of_own_places_says_so},
      {"a line that breaks in a sale is told with it", line_that_breaks_in_a_sale_is_told_with_it},
      {"too many: what is here is said, what was typed stays",
       too_many_say_what_is_here_and_keep_what_was_typed},
      {"what needs the centre waits for it", what_needs_the_centre_waits_for_it},
      {"a new dispute announces itself once", new_dispute_announces_itself_once},
      {"a dispute is closed with a reason, in the clerk's name",
       dispute_is_closed_with_a_reason_in_the_clerks_name},
      {"what was closed is closed before the copy knows",
       what_was_closed_is_closed_before_the_copy_knows},
      {"disputes fit the smallest screen", disputes_fit_the_smallest_screen},
      {"a centre goes away and comes back", centre_goes_away_and_comes_back})
