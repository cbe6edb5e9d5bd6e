#include "ui/print/printer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/fake_printer.h"
#include "tests/support/test.h"

#define SLACK_MS 2000 /* of a machine that is busy */
#define BIG 4000000   /* bytes: more than lies in pipes and sockets on the way */

static char big[BIG];

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum tk_code print(const char *where, const void *bytes, size_t size, int timeout_ms,
                          struct tk_error *error)
{
    struct printer_job job = {.where = where, .bytes = bytes, .size = size,
                              .timeout_ms = timeout_ms, .pause_ms = timeout_ms};
    int64_t began = now_ms();
    enum tk_code code;

    *error = (struct tk_error){0};
    code = printer_print(&job, error);
    CU_ASSERT(now_ms() - began <= timeout_ms + PRINTER_ANSWER_MS + SLACK_MS);
    return code;
}

/* Fails so, with these words. */
static void fails(const char *where, size_t size, int timeout_ms, const char *words)
{
    struct tk_error error;

    CU_ASSERT_EQUAL(print(where, big, size, timeout_ms, &error), TK_PRINTER);
    if (!strstr(error.message, words))
        printf("    %s: %s\n", where, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, words));
    CU_ASSERT_EQUAL(strncmp(error.message, "The printer", 11), 0);
}

static void test_places(void)
{
    static const char *const good[] = {"/dev/usb/lp0", "tcp:printer", "tcp:printer:9100",
                                       "printer:9100", "10.0.0.7:9100", "tcp:[::1]",
                                       "[fe80::1]:9100", "file:/tmp/x", "file:x"};
    static const char *const bad[] = {"", "printer", "lp0", "tcp:", "tcp::9100", "printer:",
                                      "printer:0", "printer:65536", "printer:9a", "file:",
                                      "tcp:[::1", "tcp:a/b", "http://printer:80", "10.0.0.7"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_EQUAL(printer_check(good[i], NULL), TK_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tk_error error = {0};

        CU_ASSERT_EQUAL(printer_check(bad[i], &error), TK_CONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "tcp:HOST:9100"));
    }
}

/* --- hosts --- */

static void test_prints(void)
{
    static const enum manner manners[] = {PRINTER_PRINTS, PRINTER_SILENT, PRINTER_TALKS};

    for (int i = 0; i < 3; i++) {
        struct fake_printer printer;
        struct tk_error error;

        fake_printer_start(&printer, manners[i]);
        CU_ASSERT_EQUAL(print(printer.where, "\x1B@ticket", 8, 3000, &error), TK_OK);
        CU_ASSERT(fake_printer_wait(&printer, 1));
        CU_ASSERT_EQUAL(printer.bytes.length, 8);
        CU_ASSERT_EQUAL(memcmp(buffer_text(&printer.bytes), "\x1B@ticket", 8), 0);
        fake_printer_stop(&printer);
    }
}

/* By name, with 9100 not said, and with an address in brackets: where it goes is told in the refusal. */
static void test_names(void)
{
    struct fake_printer printer;
    struct tk_error error;
    char where[64];

    fake_printer_start(&printer, PRINTER_PRINTS);
    snprintf(where, sizeof where, "localhost:%d", printer.port);
    CU_ASSERT_EQUAL(print(where, "x", 1, 3000, &error), TK_OK);
    fake_printer_stop(&printer);
    fails("tcp:no-such-printer.invalid", 8, 3000, "no-such-printer.invalid");
    snprintf(where, sizeof where, "tcp:127.0.0.1:%d", fake_printer_free_port());
    fails(where, 8, 3000, "takes nothing on port");
}

static void test_paper(void)
{
    struct fake_printer printer;

    fake_printer_start(&printer, PRINTER_NO_PAPER);
    fails(printer.where, 100, 3000, "The printer is out of paper.");
    CU_ASSERT(fake_printer_wait(&printer, 1));
    CU_ASSERT_EQUAL(printer.bytes.length, 0); /* it was asked first */
    fake_printer_behave(&printer, PRINTER_RUNS_OUT);
    fails(printer.where, 100, 3000, "ran out of paper");
    fake_printer_stop(&printer);
}

static void test_stuck(void)
{
    struct fake_printer printer;

    fake_printer_start(&printer, PRINTER_STUCK);
    fails(printer.where, BIG, 600, "takes no more");
    fake_printer_stop(&printer);
}

/* A host that takes no connection: its queue is full, and so our first packet is dropped. */
static void test_away(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), waiting[4];
    char where[64];

    CU_ASSERT_EQUAL_FATAL(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL_FATAL(listen(listener, 0), 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    for (int i = 0; i < 4; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(waiting[i], (struct sockaddr *)&address, sizeof address);
    }
    snprintf(where, sizeof where, "127.0.0.1:%d", ntohs(address.sin_port));
    fails(where, 8, 500, "does not answer");
    for (int i = 0; i < 4; i++)
        close(waiting[i]);
    close(listener);
}

static void test_breaks(void)
{
    struct fake_printer printer;

    fake_printer_start(&printer, PRINTER_BREAKS);
    fails(printer.where, BIG, 3000, "broke off");
    fake_printer_stop(&printer);
}

/* --- devices --- */

static void test_no_devices(void)
{
    char folder[128], path[160];
    FILE *file;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/plain", folder);
    file = fopen(path, "w");
    fputs("precious", file);
    fclose(file);
    fails(path, 8, 1000, "file:");
    CU_ASSERT_EQUAL(truncate(path, 8), 0);
    fails(folder, 8, 1000, "a folder");
    fails("/dev/usb/lp99", 8, 1000, "is it plugged in");
    snprintf(path, sizeof path, "%s/pipe", folder);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    fails(path, 8, 1000, "is not ready");
    fails("/dev/full", 8, 1000, "out of paper");
}

/* A pipe that nobody empties, and one whose reader goes away. */
static void test_pipes(void)
{
    char folder[128], path[160], got[16] = "";
    struct tk_error error;
    int reader;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/pipe", folder);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    CU_ASSERT_EQUAL(print(path, "ticket", 6, 1000, &error), TK_OK);
    CU_ASSERT_EQUAL(read(reader, got, sizeof got), 6);
    CU_ASSERT_STRING_EQUAL(got, "ticket");
    fails(path, BIG, 400, "takes no more");
    close(reader);
    fails(path, 8, 400, "is not ready");
}

/* Takes a piece every 50 ms. */
static void *run_slow(void *context)
{
    static char piece[65536];
    struct timespec pause = {.tv_nsec = 50000000};
    int reader = *(int *)context;
    struct pollfd wait = {.fd = reader, .events = POLLIN};

    while (poll(&wait, 1, 5000) > 0 && read(reader, piece, sizeof piece) > 0)
        nanosleep(&pause, NULL);
    return NULL;
}

/* One that is slow has not stopped; but it has its time. */
static void test_slow(void)
{
    struct printer_job job = {.bytes = big, .size = BIG / 4, .timeout_ms = 20000, .pause_ms = 600};
    struct tk_error error = {0};
    char folder[128], path[160];
    pthread_t thread;
    int reader;

    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/pipe", folder);
    job.where = path;
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    for (int i = 0; i < 2; i++) {
        reader = open(path, O_RDONLY | O_NONBLOCK);
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_slow, &reader), 0);
        CU_ASSERT_EQUAL(printer_print(&job, &error), i ? TK_PRINTER : TK_OK);
        pthread_join(thread, NULL);
        close(reader);
        job.timeout_ms = 300;
    }
}

static void test_talkers(void)
{
    struct tk_error error;

    CU_ASSERT_EQUAL(print("/dev/zero", "x", 1, 1000, &error), TK_OK); /* never stops answering */
    CU_ASSERT_EQUAL(print("/dev/null", "x", 1, 1000, &error), TK_OK);
}

/* A printer on a serial line: answers a question, a byte at a time, keeps the rest. */
struct serial {
    int master;
    const char *answer;
    char got[256];
    size_t length;
};

static void *run_serial(void *context)
{
    struct serial *serial = context;
    struct pollfd wait = {.fd = serial->master, .events = POLLIN};

    while (serial->length < sizeof serial->got && poll(&wait, 1, 5000) > 0) {
        ssize_t got = read(serial->master, serial->got + serial->length,
                           sizeof serial->got - serial->length);

        if (got <= 0)
            break;
        serial->length += (size_t)got;
        if (got >= 3 &&
            memcmp(serial->got + serial->length - 3, "\x10\x04\x04", 3) == 0) {
            serial->length -= 3;
            for (const char *byte = serial->answer; *byte; byte++) {
                (void)!write(serial->master, byte, 1);
                nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* 9600 baud */
            }
        }
        if (memchr(serial->got, '$', serial->length))
            break; /* the end of the job; what may stand behind it is an echo of what it said */
    }
    return NULL;
}

static enum tk_code print_serial(const char *answer, struct serial *serial,
                                 struct tk_error *error)
{
    struct termios before, after;
    char path[128];
    pthread_t thread;
    int slave;
    enum tk_code code;

    *serial = (struct serial){.answer = answer};
    CU_ASSERT_EQUAL_FATAL(openpty(&serial->master, &slave, path, NULL, NULL), 0);
    tcgetattr(slave, &before);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_serial, serial), 0);
    code = print(path, "a\nb\x1D\x11\x13\x03$", 8, 3000, error);
    tcgetattr(slave, &after);
    CU_ASSERT_EQUAL(after.c_lflag, before.c_lflag);
    CU_ASSERT_EQUAL(after.c_oflag, before.c_oflag);
    close(slave);
    pthread_join(thread, NULL);
    close(serial->master);
    return code;
}

static void test_serial(void)
{
    struct serial serial;
    struct tk_error error;

    CU_ASSERT_EQUAL(print_serial("\x12", &serial, &error), TK_OK);
    CU_ASSERT_EQUAL(serial.length, 8); /* no \r was put in, nothing was taken for a key */
    CU_ASSERT_EQUAL(memcmp(serial.got, "a\nb\x1D\x11\x13\x03$", 8), 0);
    CU_ASSERT_EQUAL(print_serial("\x7E", &serial, &error), TK_PRINTER);
    CU_ASSERT_STRING_EQUAL(error.message, "The printer is out of paper.");
    CU_ASSERT_EQUAL(serial.length, 0);
    CU_ASSERT_EQUAL(print_serial("\x1E", &serial, &error), TK_OK); /* nearly out is not out */
}

/* Only one byte alone is an answer, and only with the bits that are always so: "R", "r" and "2" have
   those of a printer without paper. */
static void test_words(void)
{
    static const char *const words[] = {"@PJL ready", "Ready\r\n", "r2R2", "\x12\x72", "\x72\x12",
                                        "\x73", "\xF2", "\x60", "\x70", "\x62", "\x11", ""};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct serial serial;
        struct tk_error error;

        CU_ASSERT_EQUAL(print_serial(words[i], &serial, &error), TK_OK);
        CU_ASSERT(serial.length >= 8 && memcmp(serial.got, "a\nb\x1D\x11\x13\x03$", 8) == 0);
    }
}

/* --- files --- */

static void test_files(void)
{
    char folder[128], where[200], got[32] = "";
    struct tk_error error;
    struct stat info;
    FILE *file;

    test_folder(folder, sizeof folder);
    snprintf(where, sizeof where, "file:%s/job", folder);
    CU_ASSERT_EQUAL(print(where, "a longer one", 12, 1000, &error), TK_OK);
    CU_ASSERT_EQUAL(print(where, "short", 5, 1000, &error), TK_OK);
    file = fopen(where + 5, "r");
    CU_ASSERT_EQUAL(fread(got, 1, sizeof got, file), 5);
    fclose(file);
    CU_ASSERT_STRING_EQUAL(got, "short");
    CU_ASSERT(stat(where + 5, &info) == 0 && (info.st_mode & 0777) == 0600);
    snprintf(where, sizeof where, "file:%s", folder);
    CU_ASSERT_EQUAL(print(where, "x", 1, 1000, &error), TK_PRINTER);
    CU_ASSERT_EQUAL(print("file:/dev/null", "x", 1, 1000, &error), TK_PRINTER);
    CU_ASSERT_EQUAL(print("file:/nonexistent/x", "x", 1, 1000, &error), TK_PRINTER);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "The file /nonexistent/x cannot be written"));
}

SUITE(printer, {"a printer is a device, a host or a file", test_places},
      {"a host gets the job, whether it answers or not", test_prints},
      {"a host has a name or an address, and may not be there", test_names},
      {"a printer without paper is not given the job, one that runs out is told", test_paper},
      {"a printer that reads nothing is given up in time", test_stuck},
      {"a host that does not answer is given up in time", test_away},
      {"a printer that breaks off is told", test_breaks},
      {"plain files, folders and what is not there are no devices", test_no_devices},
      {"a pipe is written while somebody reads", test_pipes},
      {"a printer that is slow has its time", test_slow},
      {"a device that talks without end is not listened to", test_talkers},
      {"a serial line gets the bytes as they are, and is as before then", test_serial},
      {"a printer that answers in words is given the job", test_words},
      {"a file is written anew, for its owner alone", test_files})
