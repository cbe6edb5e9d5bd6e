/* p and P: tickets on paper from the counter, and a printer that hangs while the clerk goes on. */
#include "tests/kiosk/till.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/fake_printer.h"
#include "tests/support/paper.h"
#include "tests/support/test.h"

#define KEY_MS 250 /* a key that waits for a printer takes seconds */

/* A counter whose printer behaves so, at the ticket of a sale of three. */
static void open_sale(struct till *till, struct term *term, struct fake_printer *printer,
                      enum manner manner, const char *more)
{
    char settings[200];

    till_init(till);
    fake_printer_start(printer, manner);
    snprintf(settings, sizeof settings, "[printer]\nwhere = %s\n%s", printer->where, more);
    till_add_settings(till, settings);
    CU_ASSERT_FATAL(till_book(till, TILL_SKYFALL, 3, "Priya", "5550100"));
    CU_ASSERT_FATAL(till_counter(till, term, 24, 80, NULL, NULL));
    CU_ASSERT(term_keys(term, "f Priya Enter"));
    SEE(term, "3 of 3 in this sale");
    SEE(term, "\n Enter done"); /* the last row: all of it is drawn */
}

static void close_sale(struct term *term, struct fake_printer *printer)
{
    term_release(term);
    fake_printer_stop(printer);
}

static void test_one(void)
{
    struct till till;
    struct term term = {0};
    struct fake_printer printer;
    struct paper paper = {0};
    char pass[21];

    open_sale(&till, &term, &printer, PRINTER_PRINTS, "");
    till_pass(&term, pass);
    CU_ASSERT(term_keys(&term, "p"));
    SEE(&term, "Printed TKT");
    SEE(&term, "printed once");
    CU_ASSERT(fake_printer_wait(&printer, 1));
    paper_read(&paper, printer.bytes.data, printer.bytes.length);
    CU_ASSERT(paper.is_sound);
    CU_ASSERT_EQUAL(paper.codes, 1);
    CU_ASSERT_STRING_EQUAL(paper.qr, pass);
    CU_ASSERT_PTR_NULL(strstr(paper.large, "COPY"));
    CU_ASSERT(term_keys(&term, "p"));
    SEE(&term, "COPY 2.");
    SEE(&term, "printed 2 times");
    CU_ASSERT(fake_printer_wait(&printer, 2));
    paper_read(&paper, printer.bytes.data, printer.bytes.length);
    CU_ASSERT_PTR_NOT_NULL(strstr(paper.large, "COPY 2\n"));
    CU_ASSERT_EQUAL(paper.codes, 2);
    CU_ASSERT(till_is_sound(&till));
    paper_release(&paper);
    close_sale(&term, &printer);
}

/* The first of the three is canceled: two tickets, each with its code, in one job. */
static void test_sale(void)
{
    struct till till;
    struct term term = {0};
    struct fake_printer printer;
    struct paper paper = {0};

    open_sale(&till, &term, &printer, PRINTER_SILENT, "");
    CU_ASSERT(term_keys(&term, "n"));
    SEE(&term, "1 of 3 in this sale");
    CU_ASSERT(term_keys(&term, "c y"));
    SEE(&term, "is canceled;");
    CU_ASSERT(term_keys(&term, "p"));
    SEE(&term, "canceled");
    CU_ASSERT(term_keys(&term, "P"));
    SEE(&term, "Printed 2 tickets.");
    CU_ASSERT(fake_printer_wait(&printer, 1));
    paper_read(&paper, printer.bytes.data, printer.bytes.length);
    CU_ASSERT(paper.is_sound);
    CU_ASSERT_EQUAL(paper.codes, 2);
    CU_ASSERT_EQUAL(paper.cuts, 2);
    CU_ASSERT_PTR_NULL(strstr(paper.large, "COPY"));
    CU_ASSERT_EQUAL(printer.jobs, 1);
    paper_release(&paper);
    close_sale(&term, &printer);
}

static void test_no_paper(void)
{
    struct till till;
    struct term term = {0};
    struct fake_printer printer;

    open_sale(&till, &term, &printer, PRINTER_NO_PAPER, "");
    CU_ASSERT(term_keys(&term, "p"));
    SEE(&term, "Not printed: the printer is out of paper. The ticket is safe; p prints again.");
    fake_printer_behave(&printer, PRINTER_PRINTS);
    CU_ASSERT(term_keys(&term, "p"));
    SEE(&term, "COPY 2.");
    CU_ASSERT_EQUAL(till_tickets(&till, "Booked"), 1 + 3);
    CU_ASSERT(till_is_sound(&till));
    close_sale(&term, &printer);
}

/* Each key is answered while the printer holds its job, and the end waits a moment only. */
static void test_hanging(void)
{
    struct till till;
    struct term term = {0};
    struct fake_printer printer;
    int status = -1;

    /* pictures: more than the printer's side takes without reading */
    open_sale(&till, &term, &printer, PRINTER_STUCK, "qr = raster\ntimeout_seconds = 30\n");
    CU_ASSERT(term_keys(&term, "P"));
    CU_ASSERT(fake_printer_wait_taken(&printer, 1));
    SEE(&term, "Printing 3 tickets.");
    for (int i = 0; i < 6; i++) {
        CU_ASSERT(term_keys(&term, i % 2 ? "N" : "n"));
        SEE(&term, i % 2 ? "3 of 3" : "1 of 3");
        CU_ASSERT(term.reply.first_us >= 0 && term.reply.first_us < KEY_MS * 1000);
    }
    CU_ASSERT(term_keys(&term, "Enter q"));
    CU_ASSERT(term_wait_exit(&term, &status, TILL_WAIT_MS));
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CU_ASSERT(term_is_restored(&term));
    CU_ASSERT(term_log_has(&term, 0, "The printer did not finish"));
    CU_ASSERT(till_is_sound(&till));
    close_sale(&term, &printer);
}

static void test_no_printer(void)
{
    struct till till;
    struct term term = {0};
    struct buffer out;
    const char *const words[] = {"export", "journal", NULL};

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(term_keys(&term, "p"));
    SEE(&term, "No printer is set:");
    SEE(&term, "[printer]");
    buffer_init(&out, 1u << 20);
    CU_ASSERT_EQUAL(till_admin(&till, &out, words), 0);
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&out), ",print,"));
    buffer_release(&out);
    term_release(&term);
}

SUITE(counter_print, {"p prints the ticket, again as a copy", test_one},
      {"P prints what is Booked of the sale", test_sale},
      {"a printer without paper loses nothing", test_no_paper},
      {"a printer that hangs holds no key up", test_hanging},
      {"without a printer it is said what to set", test_no_printer})
