/* A scanner at the counter: in any view a scan opens its ticket, and typing stays what it was. */
#include "tests/kiosk/till.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A sold ticket, its pass read from the screen; the counter is in the programme again. */
static void open_with_pass(struct till *till, struct term *term, char pass[21])
{
    int tries = 0;

    till_init(till);
    CU_ASSERT_FATAL(till_counter(till, term, 24, 80, NULL, NULL));
    CU_ASSERT(term_keys(term, "Enter Enter"));
    SEE(term, "1 of 1 in this sale");
    do
        till_pass(term, pass); /* a frame may come in parts */
    while (!pass[0] && term_wait_idle(term, 30, TILL_WAIT_MS) && ++tries < 50);
    CU_ASSERT_EQUAL(strlen(pass), 20);
    CU_ASSERT(term_keys(term, "Esc"));
    SEE(term, "sell");
}

static void close(struct till *till, struct term *term)
{
    CU_ASSERT(till_is_sound(till));
    term_release(term);
}

/* A person and a scanner never type within CAPTURE_SILENCE of each other: time itself is what is
   waited for. */
static void pause_typing(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 130000000}, NULL);
}

static void scan(struct term *term, const char *code)
{
    pause_typing();
    CU_ASSERT(term_send(term, code));
}

static void sees_ticket(struct term *term, const char *pass)
{
    char id[32];

    snprintf(id, sizeof id, "Ticket TKT%.10s", pass);
    SEE(term, id);
    pause_typing(); /* an Enter right behind it is the scan's */
}

static void opens_in_any_view(void)
{
    static const char *const ways[] = {"", "t", "f", "a", "m", "?", "/", "Enter", "h j j"};
    struct till till;
    struct term term = {0};
    char pass[21], scanned[32];

    open_with_pass(&till, &term, pass);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        CU_ASSERT(term_keys(&term, ways[i]));
        snprintf(scanned, sizeof scanned, "%s%s", pass, i % 2 ? "\r" : "");
        scan(&term, scanned);
        sees_ticket(&term, pass);
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE_GONE(&term, "Ticket TKT");
        CU_ASSERT(term_keys(&term, "Esc Esc"));
        SEE(&term, "q quit");
    }
    close(&till, &term);
}

/* As it is shown to people, in a code of somebody's own making; where texts are written, too. */
static void takes_dashes(void)
{
    static const char *const ways[] = {"", "f", "Enter"};
    struct till till;
    struct term term = {0};
    char pass[21], scanned[32];

    open_with_pass(&till, &term, pass);
    snprintf(scanned, sizeof scanned, "%.5s-%.5s-%.5s-%.5s", pass, pass + 5, pass + 10, pass + 15);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        CU_ASSERT(term_keys(&term, ways[i]));
        scan(&term, scanned);
        sees_ticket(&term, pass);
        CU_ASSERT(term_keys(&term, "Esc Esc"));
        SEE(&term, "q quit");
    }
    close(&till, &term);
}

/* What the letters of a pass do in the programme is undone; lower case is commands. */
static void leaves_things_as_they_were(void)
{
    struct till till;
    struct term term = {0};
    char pass[21], lower[21];

    open_with_pass(&till, &term, pass);
    for (int i = 0; i < 21; i++)
        lower[i] = pass[i] >= 'A' && pass[i] <= 'Z' ? (char)(pass[i] + 32) : pass[i];
    CU_ASSERT(term_keys(&term, "j"));
    SEE(&term, "▌20:00 The Lives of Others");
    scan(&term, lower);
    sees_ticket(&term, pass);
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "▌20:00 The Lives of Others");
    SEE(&term, "▌All");
    close(&till, &term);
}

static void keeps_what_was_typed(void)
{
    struct till till;
    struct term term = {0};
    char pass[21];

    open_with_pass(&till, &term, pass);
    CU_ASSERT(term_keys(&term, "Enter Tab"));
    CU_ASSERT(term_send(&term, "4915112345678"));
    SEE(&term, "4915112345678");
    scan(&term, pass);
    sees_ticket(&term, pass);
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "4915112345678");
    SEE_GONE(&term, pass + 15);
    close(&till, &term);
}

/* Nothing is done by a scan that no Esc takes back: q, u and the y of a question. */
static void does_no_harm(void)
{
    struct till till;
    struct term term = {0};
    char pass[21];
    int sold;

    open_with_pass(&till, &term, pass);
    sold = till_tickets(&till, "Booked");
    scan(&term, "uqhttps://example.org/q?u=yyyy\r");
    SEE(&term, "not a pass");
    CU_ASSERT_EQUAL(till_tickets(&till, "Booked"), sold);
    scan(&term, "4006381333931\r"); /* the code on a bag of crisps */
    SEE(&term, "not a pass");
    SEE(&term, "q quit");
    scan(&term, pass);
    sees_ticket(&term, pass);
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "Its pass stops working");
    scan(&term, "y7k3qf9xw2mab3de1234"); /* the answer is no */
    SEE_GONE(&term, "Its pass stops working");
    CU_ASSERT_EQUAL(till_tickets(&till, "Booked"), sold);
    pause_typing();
    CU_ASSERT(term_keys(&term, "y"));
    CU_ASSERT(term_keys(&term, "c"));
    SEE(&term, "Its pass stops working");
    CU_ASSERT(term_keys(&term, "y"));
    SEE(&term, "is canceled");
    CU_ASSERT_EQUAL(till_tickets(&till, "Booked"), sold - 1);
    close(&till, &term);
}

static void tells_what_is_wrong(void)
{
    struct till till;
    struct term term = {0};
    char pass[21];

    open_with_pass(&till, &term, pass);
    pass[19] = pass[19] == '0' ? '1' : '0';
    scan(&term, pass);
    SEE(&term, "is not genuine");
    pause_typing();
    CU_ASSERT(term_keys(&term, "f"));
    scan(&term, "ANNAMARIAPETERSENSMITH1"); /* a text, however fast */
    SEE(&term, "ANNAMARIAPETERSENSMITH1");
    close(&till, &term);
}

SUITE(counter_scan, {"a scan in any view opens its ticket", opens_in_any_view},
      {"a pass with dashes is one scan", takes_dashes},
      {"the programme is where it was afterwards", leaves_things_as_they_were},
      {"a form has what was typed before", keeps_what_was_typed},
      {"a scan does nothing that cannot be taken back", does_no_harm},
      {"a pass that is not genuine is told; fast typing is no scan", tells_what_is_wrong})
