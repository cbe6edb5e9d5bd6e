/* Tickets on paper from the command line: where they go, what is counted, and what fails. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/admin/world.h"
#include "tests/support/fake_printer.h"
#include "tests/support/paper.h"

#define STAYS_SOLD "The ticket stays sold; printed again it will say COPY"

static void open_world(struct world *world)
{
    world_init(world);
    world_book(world, world_schedule(world, "Skyfall", "5"), "2", "Priya Süß", "5550100");
}

/* The pass of the ticket, as `ticket` tells it. */
static void find_pass(struct world *world, char pass[21])
{
    RUN_OK(world, "ticket", world->id, "--json");
    snprintf(pass, 21, "%s", member_text(world->json, "pass"));
    CU_ASSERT_EQUAL(strlen(pass), 20);
}

static int count_prints(struct world *world)
{
    int count = 0;

    RUN_OK(world, "export", "journal", "--format", "jsonl");
    for (const char *at = world->run.out; (at = strstr(at, "\"print\"")) != NULL; at++)
        count++;
    return count;
}

static void read_file(struct paper *paper, const char *path)
{
    static char bytes[65536];
    FILE *file = fopen(path, "rb");
    size_t size;

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    paper_read(paper, bytes, size);
    CU_ASSERT(paper->is_sound);
}

/* One good ticket: this copy of that pass. */
static void check_paper(const struct paper *paper, const char *pass, int copy)
{
    char words[32];

    CU_ASSERT(paper->is_sound);
    CU_ASSERT_STRING_EQUAL(paper->qr, pass);
    CU_ASSERT_EQUAL(paper->resets, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(paper->text, "Priya Suss\n1 of 2\n"));
    snprintf(words, sizeof words, "COPY %d\n", copy);
    CU_ASSERT_EQUAL(strstr(paper->large, words) != NULL, copy > 1);
}

static void test_file(void)
{
    struct world w;
    struct paper paper = {0};
    struct stat info;
    char pass[21], path[200];

    open_world(&w);
    find_pass(&w, pass);
    snprintf(path, sizeof path, "%s/ticket.bin", w.home);
    RUN_OK(&w, "print", w.id, "--output", path, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "ticketId"), w.id);
    CU_ASSERT_EQUAL(member_number(w.json, "copy"), 1);
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "file"), path);
    CU_ASSERT(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    read_file(&paper, path);
    check_paper(&paper, pass, 1);
    RUN_OK(&w, "print", pass, "--output", path);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "COPY 2"));
    read_file(&paper, path);
    check_paper(&paper, pass, 2);
    CU_ASSERT_EQUAL(count_prints(&w), 2);
    CU_ASSERT(world_adds_up(&w));
    paper_release(&paper);
    world_release(&w);
}

static void test_stdout(void)
{
    struct world w;
    struct paper paper = {0};
    char pass[21];

    open_world(&w);
    find_pass(&w, pass);
    RUN_OK(&w, "print", w.id, "--output", "-");
    CU_ASSERT_STRING_EQUAL(w.run.err, "");
    paper_read(&paper, w.run.out, w.run.out_length);
    check_paper(&paper, pass, 1);
    w.options.closed_pipe = true;
    CU_ASSERT_EQUAL(RUN(&w, "print", w.id, "--output", "-"), 74);
    w.options.closed_pipe = false;
    CU_ASSERT_EQUAL(count_prints(&w), 2);
    REFUSED(&w, "usage", 2, "print", w.id, "--output", "-");
    CU_ASSERT_EQUAL(count_prints(&w), 2);
    paper_release(&paper);
    world_release(&w);
}

/* What is no printer is told before anything is counted. */
static void test_nowhere(void)
{
    static const char *const environment[] = {"TICKETLY_PRINTER_WHERE=lp0", NULL};
    struct world w;

    open_world(&w);
    REFUSED(&w, "config", 78, "print", w.id);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "[printer]"));
    REFUSED(&w, "usage", 2, "print", w.id, "--printer", "lp0");
    REFUSED(&w, "usage", 2, "print", w.id, "--printer", "/dev/null", "--output", "x");
    w.options.environment = environment;
    REFUSED(&w, "config", 78, "print", w.id);
    w.options.environment = NULL;
    REFUSED(&w, "ticket_not_found", 1, "print", "TKT0000000001", "--printer", "/dev/null");
    CU_ASSERT_EQUAL(count_prints(&w), 0);
    world_release(&w);
}

static void test_canceled(void)
{
    struct world w;

    open_world(&w);
    RUN_OK(&w, "cancel", w.id);
    REFUSED(&w, "ticket_canceled", 1, "print", w.id, "--output", "ticket.bin");
    CU_ASSERT_EQUAL(access("ticket.bin", F_OK), -1);
    CU_ASSERT_EQUAL(count_prints(&w), 0);
    world_release(&w);
}

static void test_host(void)
{
    struct world w;
    struct fake_printer printer;
    struct paper paper = {0};
    char pass[21];

    open_world(&w);
    find_pass(&w, pass);
    fake_printer_start(&printer, PRINTER_PRINTS);
    RUN_OK(&w, "print", w.id, "--printer", printer.where, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "printer"), printer.where);
    CU_ASSERT_EQUAL(member_number(w.json, "copy"), 1);
    CU_ASSERT(fake_printer_wait(&printer, 1));
    paper_read(&paper, printer.bytes.data, printer.bytes.length);
    check_paper(&paper, pass, 1);
    fake_printer_stop(&printer);
    paper_release(&paper);
    world_release(&w);
}

/* The settings say where and how. */
static void test_settings(void)
{
    struct world w;
    struct fake_printer printer;
    struct paper paper = {0};
    char where[80], pass[21];
    const char *const environment[] = {where, "TICKETLY_PRINTER_QR=raster",
                                       "TICKETLY_PRINTER_CHARSET=cp1252",
                                       "TICKETLY_PRINTER_WIDTH=32", "TICKETLY_PRINTER_CUT=no",
                                       NULL};

    open_world(&w);
    find_pass(&w, pass);
    fake_printer_start(&printer, PRINTER_SILENT);
    snprintf(where, sizeof where, "TICKETLY_PRINTER_WHERE=%s", printer.where);
    w.options.environment = environment;
    RUN_OK(&w, "print", w.id);
    CU_ASSERT(fake_printer_wait(&printer, 1));
    paper_read(&paper, printer.bytes.data, printer.bytes.length);
    CU_ASSERT(paper.is_sound);
    CU_ASSERT_EQUAL(paper.page, 16);
    CU_ASSERT_EQUAL(paper.pictures, 1);
    CU_ASSERT_EQUAL(paper.codes, 0);
    CU_ASSERT_EQUAL(paper.cuts, 0);
    CU_ASSERT(paper.widest <= 32);
    CU_ASSERT_PTR_NOT_NULL(strstr(paper.text, "Priya S\xFC\xDF\n"));
    fake_printer_stop(&printer);
    paper_release(&paper);
    world_release(&w);
}

/* Fails with 74 and these words; the copy is counted, and the next one is the one after. */
static void fails(struct world *world, const char *where, const char *words, int copies)
{
    char copy[80];

    REFUSED(world, "printer", 74, "print", world->id, "--printer", where);
    if (!strstr(world->run.err, words))
        printf("    %s: %s\n", where, world->run.err);
    CU_ASSERT_PTR_NOT_NULL(strstr(world->run.err, words));
    snprintf(copy, sizeof copy, STAYS_SOLD " %d.", copies + 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(world->run.err, copy));
    CU_ASSERT_EQUAL(count_prints(world), copies);
}

static void test_failures(void)
{
    static const char *const environment[] = {"TICKETLY_PRINTER_TIMEOUT_SECONDS=1",
                                              "TICKETLY_PRINTER_QR=raster", NULL};
    struct world w;
    struct fake_printer printer;
    char where[200];
    int copies = 0;

    open_world(&w);
    w.options.environment = environment;
    w.options.timeout_ms = 8000;
    fake_printer_start(&printer, PRINTER_NO_PAPER);
    fails(&w, printer.where, "Not printed: the printer is out of paper.", ++copies);
    CU_ASSERT(fake_printer_wait(&printer, 1));
    CU_ASSERT_EQUAL(printer.bytes.length, 0);
    fake_printer_behave(&printer, PRINTER_STUCK);
    fails(&w, printer.where, "the printer takes no more", ++copies);
    fake_printer_stop(&printer);
    snprintf(where, sizeof where, "tcp:127.0.0.1:%d", fake_printer_free_port());
    fails(&w, where, "takes nothing on port", ++copies);
    snprintf(where, sizeof where, "%s/pipe", w.home);
    CU_ASSERT_EQUAL(mkfifo(where, 0600), 0);
    fails(&w, where, "is not ready", ++copies);
    fails(&w, w.home, "is a folder", ++copies);
    fails(&w, "/dev/full", "out of paper", ++copies);
    snprintf(where, sizeof where, "file:%s/no/such/folder", w.home);
    fails(&w, where, "cannot be written", ++copies);
    w.options.environment = NULL;
    snprintf(where, sizeof where, "file:%s/spool", w.home);
    RUN_OK(&w, "print", w.id, "--printer", where, "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "copy"), copies + 1);
    RUN_OK(&w, "tickets", "--movie", "Skyfall", "--start", "today+2 20:00", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 2);
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

/* A serial line: the ticket comes out at its other end. */
static void test_serial(void)
{
    struct world w;
    struct paper paper = {0};
    char path[128], pass[21], bytes[4096];
    int master, slave;
    ssize_t got;

    open_world(&w);
    find_pass(&w, pass);
    CU_ASSERT_EQUAL_FATAL(openpty(&master, &slave, path, NULL, NULL), 0);
    RUN_OK(&w, "print", w.id, "--printer", path);
    fcntl(master, F_SETFL, O_NONBLOCK);
    got = read(master, bytes, sizeof bytes);
    CU_ASSERT_FATAL(got > 3 && memcmp(bytes, "\x10\x04\x04", 3) == 0);
    paper_read(&paper, bytes + 3, (size_t)got - 3);
    check_paper(&paper, pass, 1);
    close(slave);
    close(master);
    paper_release(&paper);
    world_release(&w);
}

SUITE(admin_print, {"a ticket goes into a file, and says COPY 2 the second time", test_file},
      {"a ticket goes to standard output", test_stdout},
      {"without a printer nothing is counted", test_nowhere},
      {"a canceled ticket is not printed", test_canceled},
      {"a ticket goes to a printer in the network", test_host},
      {"a ticket is printed as the settings say", test_settings},
      {"a printer that fails loses nothing", test_failures},
      {"a ticket goes to a serial line", test_serial})
