#include "ui/print/spooler.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/fake_printer.h"
#include "tests/support/test.h"

#define QUICK_MS 250 /* a call that does not wait, on a machine that is busy */
#define PATIENCE_MS 20000
#define BIG 4000000

static char big[BIG];

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum tk_code add(struct spooler *spooler, const char *where, const char *name, size_t size,
                        int timeout_ms)
{
    struct spooler_job job = {.timeout_ms = timeout_ms, .pause_ms = timeout_ms};
    int64_t began = now_ms();
    enum tk_code code;

    snprintf(job.where, sizeof job.where, "%s", where);
    snprintf(job.name, sizeof job.name, "%s", name);
    buffer_init(&job.bytes, 2 * BIG);
    buffer_add_text(&job.bytes, name);
    if (size)
        buffer_add(&job.bytes, big, size);
    code = spooler_add(spooler, &job, NULL);
    CU_ASSERT(now_ms() - began < QUICK_MS);
    CU_ASSERT_EQUAL(job.bytes.data == NULL, code == TK_OK);
    buffer_release(&job.bytes);
    return code;
}

/* The spooler has no call that waits, so a result is looked for as the counter does. */
static bool next(struct spooler *spooler, struct spooler_result *result)
{
    int64_t until = now_ms() + PATIENCE_MS;
    struct timespec moment = {.tv_nsec = 2000000};

    while (!spooler_poll(spooler, result)) {
        if (now_ms() > until)
            return false;
        nanosleep(&moment, NULL);
    }
    return true;
}

static void test_order(void)
{
    struct spooler *spooler;
    struct spooler_result result;
    struct fake_printer printer;
    char name[16], folder[128], where[160];

    test_folder(folder, sizeof folder);
    snprintf(where, sizeof where, "file:%s", folder); /* cannot be written */
    fake_printer_start(&printer, PRINTER_PRINTS);
    CU_ASSERT_EQUAL_FATAL(spooler_new(&spooler, NULL), TK_OK);
    CU_ASSERT_FALSE(spooler_poll(spooler, &result));
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "job %d;", i);
        CU_ASSERT_EQUAL(add(spooler, i % 3 == 2 ? where : printer.where, name, 0, 3000), TK_OK);
    }
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "job %d;", i);
        CU_ASSERT_FATAL(next(spooler, &result));
        CU_ASSERT_STRING_EQUAL(result.name, name);
        CU_ASSERT_EQUAL(result.code, i % 3 == 2 ? TK_PRINTER : TK_OK);
        CU_ASSERT_EQUAL(result.error.message[0] == '\0', result.code == TK_OK);
    }
    CU_ASSERT_FALSE(spooler_poll(spooler, &result));
    CU_ASSERT_EQUAL(spooler_end(spooler), 0);
    CU_ASSERT(fake_printer_wait(&printer, 4));
    CU_ASSERT_STRING_EQUAL(buffer_text(&printer.bytes), "job 0;job 1;job 3;job 4;");
    fake_printer_stop(&printer);
}

/* A printer that hangs holds up neither those who add nor those who look; what is too much is told. */
static void test_hanging(void)
{
    struct spooler *spooler;
    struct spooler_result result;
    struct fake_printer printer;
    struct tk_error error = {0};

    fake_printer_start(&printer, PRINTER_STUCK);
    CU_ASSERT_EQUAL_FATAL(spooler_new(&spooler, NULL), TK_OK);
    CU_ASSERT_EQUAL(add(spooler, printer.where, "first", BIG, 1000), TK_OK);
    for (int i = 1; i < SPOOLER_JOBS_MAX; i++)
        CU_ASSERT_EQUAL(add(spooler, "file:/nonexistent/x", "more", 0, 1000), TK_OK);
    CU_ASSERT_EQUAL(spooler_check_room(spooler, &error), TK_PRINTER);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "look at it"));
    CU_ASSERT_EQUAL(add(spooler, printer.where, "too much", 0, 1000), TK_PRINTER);
    CU_ASSERT_FALSE(spooler_poll(spooler, &result));
    for (int i = 0; i < SPOOLER_JOBS_MAX; i++) {
        CU_ASSERT_FATAL(next(spooler, &result));
        CU_ASSERT_STRING_EQUAL(result.name, i ? "more" : "first");
    }
    CU_ASSERT_EQUAL(spooler_check_room(spooler, &error), TK_OK);
    CU_ASSERT_EQUAL(spooler_end(spooler), 0);
    fake_printer_stop(&printer);
}

/* On the way out jobs are waited for … */
static void test_end(void)
{
    struct spooler *spooler;
    struct fake_printer printer;

    CU_ASSERT_EQUAL(spooler_end(NULL), 0);
    fake_printer_start(&printer, PRINTER_SILENT);
    CU_ASSERT_EQUAL_FATAL(spooler_new(&spooler, NULL), TK_OK);
    CU_ASSERT_EQUAL(add(spooler, printer.where, "one;", 0, 3000), TK_OK);
    CU_ASSERT_EQUAL(add(spooler, printer.where, "two;", 0, 3000), TK_OK);
    CU_ASSERT_EQUAL(spooler_end(spooler), 0);
    CU_ASSERT(fake_printer_wait(&printer, 2));
    CU_ASSERT_STRING_EQUAL(buffer_text(&printer.bytes), "one;two;");
    fake_printer_stop(&printer);
}

/* … a moment, and those that are not printed are counted. */
static void test_end_hanging(void)
{
    struct spooler *spooler;
    struct fake_printer printer;
    int64_t began;

    fake_printer_start(&printer, PRINTER_STUCK);
    CU_ASSERT_EQUAL_FATAL(spooler_new(&spooler, NULL), TK_OK);
    CU_ASSERT_EQUAL(add(spooler, printer.where, "first", BIG, 4000), TK_OK);
    CU_ASSERT_EQUAL(add(spooler, printer.where, "second", 0, 4000), TK_OK);
    CU_ASSERT(fake_printer_wait_taken(&printer, 1));
    began = now_ms();
    CU_ASSERT_EQUAL(spooler_end(spooler), 2);
    CU_ASSERT(now_ms() - began < SPOOLER_END_MS + QUICK_MS);
    fake_printer_stop(&printer); /* hangs up: the thread ends, and frees what is left */
}

SUITE(spooler, {"jobs are printed and told in their order", test_order},
      {"a printer that hangs holds nobody up", test_hanging},
      {"on the way out jobs are printed first", test_end},
      {"on the way out a printer that hangs is left", test_end_hanging})
