/* The counter when things go wrong: terminals that cannot, signals, hang-ups, a store in trouble. */
#include "tests/kiosk/till.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What curses itself leaves allocated is no business of ours. */
#define OWN_LEAKS "LSAN_OPTIONS=detect_leaks=0"

/* --- terminals --- */

static void poor_terminals_are_refused(void)
{
    static const char *const dumb[] = {"TERM=dumb", OWN_LEAKS, NULL};
    static const char *const nonsense[] = {"TERM=nonsense", OWN_LEAKS, NULL};
    static const char *const empty[] = {"TERM=", OWN_LEAKS, NULL};
    static const char *const none[] = {"TERM", OWN_LEAKS, NULL};
    static const char *const *const envs[] = {dumb, nonsense, empty, none};
    struct till till;

    till_init(&till);
    for (size_t i = 0; i < sizeof envs / sizeof envs[0]; i++) {
        struct term term = {0};
        int status = -1;

        CU_ASSERT_FATAL(till_start(&till, &term, 24, 100, envs[i], NULL));
        CU_ASSERT(term_wait_exit(&term, &status, TILL_WAIT_MS));
        CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 69);
        SEE(&term, "Set TERM to what it is");
        SEE(&term, "ticketly admin");
        CU_ASSERT(!term_log_has(&term, 0, "\033"));
        CU_ASSERT(term_is_restored(&term));
        term_release(&term);
    }
}

/* --- ways out --- */

static void terminal_is_put_back_on_every_way_out(void)
{
    static const struct {
        int signal;
        bool dies; /* of it */
    } ways[] = {{SIGTERM, false}, {SIGINT, false}, {SIGHUP, false}, {SIGQUIT, false},
                {SIGSEGV, true},  {SIGABRT, true}, {SIGBUS, true}};
    static const char *const keys[] = {"q", "Ctrl-C", "Ctrl-\\"};
    struct till till;

    till_init(&till);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0] + 3; i++) {
        struct term term = {0};
        int status = -1;

        CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
        CU_ASSERT(term_mode(&term, 1049) && term_mode(&term, 2004));
        if (i < 3)
            CU_ASSERT(term_key(&term, keys[i]));
        if (i >= 3)
            CU_ASSERT(term_signal(&term, ways[i - 3].signal));
        CU_ASSERT(term_wait_exit(&term, &status, TILL_WAIT_MS));
        if (i >= 3 && ways[i - 3].dies)
            CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == ways[i - 3].signal);
        if (i < 3)
            CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CU_ASSERT(term_is_restored(&term));
        CU_ASSERT(!term_find(&term, "Skyfall", NULL, NULL));
        term_release(&term);
    }
    CU_ASSERT(till_is_sound(&till));
}

static void stops_and_goes_on(void)
{
    struct till till;
    struct term term = {0};
    size_t mark;

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r2\t0301234567\tGrace"));
    SEE(&term, "Grace");
    CU_ASSERT(term_wait_idle(&term, 50, TILL_WAIT_MS)); /* curses ignores Ctrl-Z while it draws */
    CU_ASSERT(term_key(&term, "Ctrl-Z"));
    CU_ASSERT_FATAL(term_wait_stopped(&term, TILL_WAIT_MS));
    CU_ASSERT(term_is_restored(&term)); /* while it is stopped */
    mark = term_log_mark(&term);
    CU_ASSERT(term_signal(&term, SIGCONT));
    CU_ASSERT(term_wait_log(&term, mark, "\033[?2004h", TILL_WAIT_MS));
    SEE(&term, "Name  Grace");
    SEE(&term, "Enter sell");
    CU_ASSERT(term_mode(&term, 1049) && term_mode(&term, 2004) && term_mode(&term, 1000));
    CU_ASSERT(term_paste(&term, "\nHopper\n"));
    SEE(&term, "GraceHopper");
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "Sold: 2 tickets");
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    CU_ASSERT(term_keys(&term, "Enter q"));
    CU_ASSERT(term_wait_exit(&term, NULL, TILL_WAIT_MS));
    CU_ASSERT(term_is_restored(&term));
    term_release(&term);
}

static void hang_up_ends_it_and_sells_nothing_by_half(void)
{
    struct till till;
    struct term term = {0};
    int sold;

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r3\t0301234567\tGrace"));
    SEE(&term, "Grace");
    term_hangup(&term);
    CU_ASSERT(term_wait_exit(&term, NULL, 1000));
    term_release(&term);
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    for (int i = 0; i < 10; i++) { /* in the middle of selling; there are places for all */
        CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
        CU_ASSERT(term_send(&term, "/spirited\r\r2\r"));
        if (i % 2)
            SEE(&term, "in this sale");
        term_hangup(&term);
        CU_ASSERT(term_wait_exit(&term, NULL, 1000));
        term_release(&term);
        sold = till_sold(&till);
        CU_ASSERT(sold >= 0 && sold % 2 == 0 && sold <= 2 * (i + 1));
    }
    CU_ASSERT(till_is_sound(&till));
}

/* --- upkeep --- */

/* Puts a showing so far back that its tickets are due. */
#define LONG_OVER "UPDATE slot SET starts_at = 1, ends_at = 2 WHERE id = 100000"

static void tickets_expire_on_the_timer(void)
{
    static const char *const env[] = {"TICKETLY_UPKEEP_EVERY_SECONDS=1", NULL};
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, env, NULL));
    SEE(&term, "Full House");
    CU_ASSERT(till_sql(&till, LONG_OVER)); /* while the counter runs: only its timer can tell */
    SEE(&term, "1 ticket of past showings expired.");
    SEE_GONE(&term, "Full House");
    CU_ASSERT_EQUAL(till_tickets(&till, "Expired"), 1);
    term_release(&term);
}

static void tickets_expire_at_the_start(void)
{
    static const char *const words[] = {"tickets", "--slot", "100000", "--json", NULL};
    struct till till;
    struct buffer out;

    till_init(&till);
    buffer_init(&out, 64 * 1024);
    CU_ASSERT(till_sql(&till, LONG_OVER));
    CU_ASSERT_EQUAL(till_admin(&till, &out, words), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "\"ticketStatus\":\"Expired\""));
    buffer_release(&out);
}

/* --- a store that others hold --- */

static void waits_for_the_gate_and_can_be_stopped(void)
{
    struct till till;
    struct term term = {0};
    int gate;

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r2\t0301234567\tGrace"));
    SEE(&term, "Grace");
    gate = till_hold_gate(&till);
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "Esc stops it; nothing is done then.");
    CU_ASSERT(term_key(&term, "Esc"));
    SEE_GONE(&term, "Working,");
    SEE(&term, "Name  Grace");
    SEE(&term, "Phone  0301234567");
    SEE(&term, "Places  2");
    SEE(&term, "Enter sell");
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "Esc stops it");
    close(gate); /* now it goes through by itself */
    SEE(&term, "Sold: 2 tickets");
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "3 of 5 left");
    CU_ASSERT(till_is_sound(&till));
    term_release(&term);
}

static void impatience_sells_once(void)
{
    struct till till;
    struct term term = {0};
    int gate;

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    gate = till_hold_gate(&till);
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Esc stops it");
    CU_ASSERT(term_send(&term, "\r\r\r\r\r\r"));
    SEE(&term, "Working, 1 s"); /* they have arrived */
    close(gate);
    SEE(&term, "Sold: 1 ticket");
    SEE(&term, "1 of 1 in this sale");
    CU_ASSERT(term_keys(&term, "f")); /* and nothing is left to come */
    SEE(&term, "the latest tickets");
    CU_ASSERT_EQUAL(till_sold(&till), 1);
    term_release(&term);
}

static void gives_up_waiting_and_keeps_the_text(void)
{
    static const char *const env[] = {"TICKETLY_STORE_WAIT_SECONDS=1", NULL};
    struct till till;
    struct term term = {0};
    int gate;

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, env, NULL));
    CU_ASSERT(term_send(&term, "\r2\t0301234567\tGrace"));
    SEE(&term, "Grace");
    gate = till_hold_gate(&till);
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "Another program has held the box office file");
    SEE(&term, "Name  Grace");
    CU_ASSERT(term_key(&term, "F1")); /* it answers meanwhile */
    SEE(&term, "All keys");
    CU_ASSERT(term_key(&term, "Esc"));
    SEE(&term, "Name  Grace");
    close(gate);
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "Sold: 2 tickets");
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    term_release(&term);
}

static void reading_needs_no_gate(void)
{
    struct till till;
    struct term term = {0};
    int gate;

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    gate = till_hold_gate(&till);
    CU_ASSERT(term_keys(&term, "f"));
    SEE(&term, "Full House");
    CU_ASSERT(term_keys(&term, "Esc t"));
    SEE(&term, "Tickets for Skyfall");
    close(gate);
    term_release(&term);
}

/* --- a store that is gone or broken --- */

enum harm { HARM_REMOVED, HARM_REPLACED, HARM_GARBAGE, HARM_EMPTIED, HARM_COUNT };

static void do_harm(const struct till *till, enum harm harm)
{
    char garbage[65536], other[200];
    int fd;

    memset(garbage, 0x5A, sizeof garbage);
    if (harm == HARM_REMOVED) {
        unlink(till->store);
    } else if (harm == HARM_EMPTIED) {
        CU_ASSERT(truncate(till->store, 0) == 0);
    } else {
        snprintf(other, sizeof other, "%s/other", till->folder);
        fd = open(harm == HARM_REPLACED ? other : till->store, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        CU_ASSERT(write(fd, garbage, sizeof garbage) == sizeof garbage);
        close(fd);
        if (harm == HARM_REPLACED)
            CU_ASSERT(rename(other, till->store) == 0);
    }
}

static void broken_store_is_told_and_survived(void)
{
    for (int harm = 0; harm < HARM_COUNT; harm++) {
        struct till till;
        struct term term = {0};
        int status = -1;

        till_init(&till);
        CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
        SEE(&term, "▌19:45 Skyfall");
        do_harm(&till, (enum harm)harm);
        CU_ASSERT(term_send(&term, "\r\r"));
        CU_ASSERT(term_keys(&term, "F1"));
        SEE(&term, "All keys");
        CU_ASSERT(term_keys(&term, "m"));
        SEE(&term, "FAILED"); /* in words, among the messages */
        CU_ASSERT(!term_find(&term, "Sold: ", NULL, NULL));
        CU_ASSERT(term_send(&term, "\033\033\033\033"));
        SEE(&term, "q quit");
        CU_ASSERT(term_keys(&term, "q"));
        CU_ASSERT(term_wait_exit(&term, &status, TILL_WAIT_MS));
        CU_ASSERT(WIFEXITED(status));
        CU_ASSERT(term_is_restored(&term));
        term_release(&term);
    }
}

/* --- a sale that is read back too early --- */

/* As a reader has it that is behind: what was sold just now is not among the tickets of its sale. */
#define BEHIND                                                                                     \
    "CREATE TRIGGER behind AFTER INSERT ON ticket BEGIN"                                           \
    " UPDATE ticket SET sale = 1 WHERE number = NEW.number; END"

static void sale_that_cannot_be_seen_yet_stands(void)
{
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT(till_sql(&till, BEHIND));
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 100, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r2\t0301234567\tGrace"));
    SEE(&term, "Grace");
    CU_ASSERT(term_key(&term, "Enter"));
    SEE(&term, "Sold. The tickets cannot be shown yet: look them up under TKT");
    SEE(&term, "3 of 5 left"); /* in the programme */
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    CU_ASSERT(term_keys(&term, "q"));
    CU_ASSERT(term_wait_exit(&term, NULL, TILL_WAIT_MS));
    term_release(&term);
}

static void command_tells_of_a_sale_that_cannot_be_seen_yet(void)
{
    static const char *const words[] = {"book", "--slot", "100001", "--count", "2", NULL};
    struct till till;
    struct buffer out;

    till_init(&till);
    buffer_init(&out, 64 * 1024);
    CU_ASSERT(till_sql(&till, BEHIND));
    CU_ASSERT_EQUAL(till_admin(&till, &out, words), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "Sold: 2 tickets, the first is TKT"));
    CU_ASSERT_EQUAL(till_sold(&till), 2);
    buffer_release(&out);
}

SUITE(counter_faults, {"poor terminals are refused with a sentence", poor_terminals_are_refused},
      {"the terminal is put back on every way out", terminal_is_put_back_on_every_way_out},
      {"Ctrl-Z stops, and it goes on", stops_and_goes_on},
      {"a hang-up ends it and sells nothing by half", hang_up_ends_it_and_sells_nothing_by_half},
      {"tickets expire on the counter's timer", tickets_expire_on_the_timer},
      {"tickets expire at the start", tickets_expire_at_the_start},
      {"waits for the gate and can be stopped", waits_for_the_gate_and_can_be_stopped},
      {"gives up waiting and keeps the text", gives_up_waiting_and_keeps_the_text},
      {"Enter pressed again while a sale waits sells once", impatience_sells_once},
      {"reading needs no gate", reading_needs_no_gate},
      {"a broken store is told and survived", broken_store_is_told_and_survived},
      {"a sale that cannot be seen yet stands", sale_that_cannot_be_seen_yet_stands},
      {"book tells of a sale that cannot be seen yet", command_tells_of_a_sale_that_cannot_be_seen_yet})
