#include "ui/door/lines.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "core/wire.h"

#define TICK_US TIME_SECOND
#define BLOCK_SIZE 4096
#define OBJECT_MAX 8192 /* bytes; a message is TK_MESSAGE_MAX at most, escaped */
#define SPOILT '\1'     /* stands for a NUL: no code has it */

static volatile sig_atomic_t ended; /* by a signal */

struct lines {
    struct door *door;
    const struct box_office *office;
    char line[LINE_MAX_BYTES + 2]; /* what there is of it; one byte too many when it is too long */
    size_t length;
    sigset_t waiting;     /* the signals' mask while waiting, which lets them in */
    bool finished;        /* the input ended, or the output … */
    bool unwritten;       /* … which may lack an object */
    enum tk_code failure; /* the first code for which there was no verdict */
    enum tk_code trouble; /* of the last tick */
    bool away;
};

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
#define SIGNALS (sizeof signals / sizeof signals[0])

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
    char message[TK_MESSAGE_MAX * 2], shown[TK_MESSAGE_MAX * 6];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    text_display(shown, sizeof shown, message);
    fprintf(stderr, "ticketly: %s\n", shown);
}

/* --- signals: let in only while waiting, so that the line in hand is finished --- */

static void on_signal(int signal)
{
    (void)signal;
    ended = 1;
}

/* The second one of a kind ends the program, even while it waits for a reader. */
static void catch_signals(struct lines *lines)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, before;
    sigset_t ends;

    sigemptyset(&ends);
    ended = 0;
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&ends, signals[i]);
    sigprocmask(SIG_BLOCK, &ends, &lines->waiting);
    for (size_t i = 0; i < SIGNALS; i++) {
        sigdelset(&lines->waiting, signals[i]);
        sigaction(signals[i], NULL, &before);
        if (before.sa_handler != SIG_IGN) /* such as under nohup */
            sigaction(signals[i], &action, NULL);
    }
}

/* --- waiting and writing --- */

static void stop_unwritten(struct lines *lines, int reason)
{
    say("The output could not be written: %s.", strerror(reason));
    lines->finished = lines->unwritten = true;
    lines->failure = TK_IO;
}

/* Waits for so long (below 0: for good) until there is input (`in`) or room for output (`out`);
   ends with a signal, too. Stops when nobody reads the output any more. */
static short wait_for(struct lines *lines, bool in, bool out, int64_t us)
{
    struct pollfd ends[] = {{.fd = STDOUT_FILENO, .events = out ? POLLOUT : 0},
                            {.fd = in ? STDIN_FILENO : -1, .events = POLLIN}};
    struct timespec time = {.tv_sec = us / TIME_SECOND, .tv_nsec = us % TIME_SECOND * 1000};

    if (ppoll(ends, 2, us < 0 ? NULL : &time, &lines->waiting) < 0)
        return 0;
    if (ends[0].revents & POLLERR)
        stop_unwritten(lines, EPIPE);
    return ends[1].revents;
}

static void write_out(struct lines *lines, const char *text, size_t length)
{
    wait_for(lines, false, true, -1);
    while (length && !lines->finished) {
        ssize_t written = write(STDOUT_FILENO, text, length);

        if (written > 0) {
            text += written;
            length -= (size_t)written;
        } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
            stop_unwritten(lines, errno);
        } else {
            wait_for(lines, false, true, -1);
        }
    }
}

static void put_object(struct lines *lines, const struct admission *admission, bool has_verdict)
{
    struct wire_record record;
    struct buffer out;

    buffer_init(&out, OBJECT_MAX);
    wire_admission(&record, admission, false, &lines->office->ports.zone);
    if (!has_verdict)
        record.fields[0].type = WIRE_NULL;
    wire_put_json(&out, NULL, &record);
    buffer_add_char(&out, '\n');
    if (out.failed)
        stop_unwritten(lines, ENOMEM);
    else
        write_out(lines, buffer_text(&out), out.length);
    buffer_release(&out);
}

static void put_failure(struct lines *lines, const struct tk_error *error)
{
    struct admission none = {.at = office_now(lines->office)};

    text_display(none.message, sizeof none.message, error->message);
    if (!lines->failure)
        lines->failure = error->code ? error->code : TK_INTERNAL;
    put_object(lines, &none, false);
}

/* --- beside the lines --- */

static void tell_whether_away(struct lines *lines)
{
    bool away = door_away_since(lines->door) != 0;

    if (away && !lines->away)
        say("The box office is away: this door goes on by itself.");
    else if (!away && lines->away)
        say("The box office is there again.");
    lines->away = away;
}

static void tell_conflicts(struct lines *lines)
{
    struct door_conflict conflict;

    while (door_take_conflict(lines->door, &conflict))
        say("Conflict: %s", conflict.message);
}

static void tick(struct lines *lines)
{
    struct tk_error error = {0};
    bool changed = false;
    enum tk_code code = door_tick(lines->door, &changed, &error);

    if (code && code != lines->trouble)
        say("%s", error.message);
    lines->trouble = code;
    tell_whether_away(lines);
    tell_conflicts(lines);
}

/* --- in --- */

/* Too many wrong passes: the line waits, and all behind it. */
static void judge(struct lines *lines)
{
    struct admission admission = {0};
    struct tk_error error = {0};
    int64_t wait_us = 0;
    enum tk_code code = door_scan(lines->door, lines->line, &admission, &wait_us, &error);

    while (!code && wait_us > 0) {
        wait_for(lines, false, false, wait_us < TICK_US ? wait_us : TICK_US);
        if (lines->finished)
            return;
        tick(lines);
        code = door_scan(lines->door, lines->line, &admission, &wait_us, &error);
    }
    if (code)
        put_failure(lines, &error);
    else
        put_object(lines, &admission, true);
}

static void end_line(struct lines *lines)
{
    if (!lines->length)
        return;
    lines->line[lines->length] = '\0';
    lines->length = 0;
    judge(lines);
    tick(lines);
}

static void take_byte(struct lines *lines, char byte)
{
    if (byte == '\n' || byte == '\r')
        end_line(lines);
    else if (lines->length <= LINE_MAX_BYTES)
        lines->line[lines->length++] = byte ? byte : SPOILT;
}

/* A signal that came meanwhile is let in between two lines. */
static void take_block(struct lines *lines, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && !lines->finished && !ended; i++) {
        take_byte(lines, bytes[i]);
        if (!lines->length)
            wait_for(lines, false, false, 0);
    }
}

static void read_input(struct lines *lines)
{
    char bytes[BLOCK_SIZE];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);

    if (count > 0) {
        take_block(lines, bytes, (size_t)count);
    } else if (count == 0) {
        end_line(lines); /* the last one may have no end */
        lines->finished = true;
    } else if (errno != EINTR && errno != EAGAIN) {
        say("The input cannot be read: %s.", strerror(errno));
        lines->failure = lines->failure ? lines->failure : TK_IO;
        lines->finished = true;
    }
}

/* What waits is sent, if the box office is there; what still waits is in its copy. */
static void say_goodbye(struct lines *lines)
{
    size_t waiting = door_waiting(lines->door), before = waiting + 1;

    while (waiting && waiting < before) { /* a batch each time */
        before = waiting;
        door_hurry(lines->door);
        tick(lines);
        waiting = door_waiting(lines->door);
    }
    if (waiting)
        say("Admissions that wait to be sent: %zu. They will be when this door works again.",
            waiting);
}

int lines_run(struct door *door, const struct box_office *office)
{
    struct lines lines = {.door = door, .office = office};

    catch_signals(&lines);
    tick(&lines);
    while (!lines.finished && !ended) {
        bool has_input = wait_for(&lines, true, false, TICK_US) != 0;

        if (has_input && !lines.finished)
            read_input(&lines);
        tick(&lines);
    }
    if (!lines.unwritten)
        say_goodbye(&lines);
    return tk_code_exit(lines.failure);
}
