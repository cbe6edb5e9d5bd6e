#include "ui/print/printer.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/print/channel.h"
#include "ui/print/file.h"

#define PORT_DIGITS_MAX 5
#define LOOK_MS 10 /* between looks at what is still on its way */
#define FORGET_MAX 64 /* reads */
#define TEXT_GAP_MS 20 /* between two bytes of a text, at most */

int64_t channel_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int channel_left(int64_t deadline)
{
    int64_t left = deadline - channel_now_ms();

    return left < 0 ? 0 : (int)left;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* --- where --- */

enum place_kind { PLACE_NONE, PLACE_DEVICE, PLACE_HOST, PLACE_FILE };

struct place {
    enum place_kind kind;
    char name[PRINTER_WHERE_SIZE]; /* path or host */
    char port[PORT_DIGITS_MAX + 1];
};

static bool is_port(const char *text)
{
    int64_t number;

    return strlen(text) <= PORT_DIGITS_MAX && text[0] >= '0' && text[0] <= '9' &&
           text_parse_int(text, &number) && number >= 1 && number <= 65535;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT. */
static bool read_host(struct place *place, const char *text, bool needs_port)
{
    bool bracket = text[0] == '[';
    const char *end = bracket ? strchr(text, ']') : text + strcspn(text, ":");
    const char *port;

    if (!end || end == text + bracket)
        return false;
    snprintf(place->name, sizeof place->name, "%.*s", (int)(end - text - bracket), text + bracket);
    port = end + bracket;
    if (strpbrk(place->name, "/ \t") || (!*port && needs_port))
        return false;
    if (*port && (*port != ':' || !is_port(port + 1)))
        return false;
    text_copy(place->port, sizeof place->port, *port ? port + 1 : PRINTER_PORT);
    place->kind = PLACE_HOST;
    return true;
}

static bool read_place(struct place *place, const char *where)
{
    *place = (struct place){0};
    if (strlen(where) >= sizeof place->name)
        return false;
    if (strncmp(where, "tcp:", 4) == 0)
        return read_host(place, where + 4, false);
    if (strncmp(where, "file:", 5) == 0 || where[0] == '/') {
        place->kind = where[0] == '/' ? PLACE_DEVICE : PLACE_FILE;
        text_copy(place->name, sizeof place->name, where + (where[0] == '/' ? 0 : 5));
        return place->name[0] != '\0';
    }
    return read_host(place, where, true);
}

static enum tk_code find_place(struct place *place, const char *where, struct tk_error *error)
{
    if (read_place(place, where))
        return TK_OK;
    return tk_fail(error, TK_CONFIG,
                   "“%.200s” names no printer: write /dev/usb/lp0, tcp:HOST:9100 or file:PATH.",
                   where);
}

enum tk_code printer_check(const char *where, struct tk_error *error)
{
    struct place place;

    return find_place(&place, where, error);
}

/* --- a printer --- */

static enum tk_code fail_slow(struct tk_error *error)
{
    return tk_fail(error, TK_PRINTER,
                   "The printer takes no more: is it switched on, closed, and has it paper?");
}

static enum tk_code fail_paper(struct tk_error *error)
{
    return tk_fail(error, TK_PRINTER, "The printer is out of paper.");
}

/* A printer's driver says ENOSPC when the paper is out. */
static enum tk_code fail_write(int number, struct tk_error *error)
{
    switch (number) {
    case ENOSPC:
        return fail_paper(error);
    case EPIPE:
    case ECONNRESET:
        return tk_fail(error, TK_PRINTER,
                       "The printer broke off: look at it, and what it printed, before trying again.");
    case ENODEV:
    case ENXIO:
    case EIO:
        return tk_fail(error, TK_PRINTER,
                       "The printer does not work: is it plugged in, switched on and closed?");
    default:
        return tk_fail(error, TK_PRINTER, "The printer cannot be written to: %s.",
                       strerror(number));
    }
}

/* Whether it can be written to or read from before the deadline. */
static bool wait_ready(const struct channel *channel, short events, int64_t deadline)
{
    struct pollfd wait = {.fd = channel->fd, .events = events};
    int ready;

    do
        ready = poll(&wait, 1, channel_left(deadline));
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static ssize_t put_some(const struct channel *channel, const char *bytes, size_t size)
{
    return channel->is_host ? send(channel->fd, bytes, size, MSG_NOSIGNAL)
                            : write(channel->fd, bytes, size);
}

static enum tk_code put_all(const struct channel *channel, const void *bytes, size_t size,
                            int64_t deadline, struct tk_error *error)
{
    const char *at = bytes;

    while (size) {
        ssize_t put;

        if (!wait_ready(channel, POLLOUT,
                        earlier(deadline, channel_now_ms() + channel->pause_ms)))
            return fail_slow(error);
        put = put_some(channel, at, size);
        if (put < 0 && errno != EINTR && errno != EAGAIN)
            return fail_write(errno, error);
        if (put > 0) {
            at += put;
            size -= (size_t)put;
        }
    }
    return TK_OK;
}

/* What it said unasked; one that never stops talking is not listened to. */
static void forget_answers(const struct channel *channel)
{
    char bytes[256];

    for (int i = 0; i < FORGET_MAX && read(channel->fd, bytes, sizeof bytes) > 0; i++)
        ;
}

enum paper { PAPER_UNKNOWN, PAPER_IN, PAPER_OUT };

/* A status is one byte with bits 1 and 4 set, 0 and 7 not; the paper is out when bits 5 or 6 are. Any
   other answer is of something else (a spooler talks in words), which may have paper or not. */
static enum paper read_paper(const unsigned char *bytes, ssize_t count)
{
    if (count != 1 || (bytes[0] & 0x93) != 0x12)
        return PAPER_UNKNOWN;
    return bytes[0] & 0x60 ? PAPER_OUT : PAPER_IN;
}

/* Reads the first answer; a byte behind which more comes at once is the first of a text. */
static enum paper hear_paper(const struct channel *channel, int64_t until)
{
    unsigned char bytes[64];
    enum paper paper;
    ssize_t got;

    do {
        if (!wait_ready(channel, POLLIN, until))
            return PAPER_UNKNOWN;
        got = read(channel->fd, bytes, sizeof bytes);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN) && channel_left(until));
    paper = read_paper(bytes, got);
    if (paper != PAPER_UNKNOWN && wait_ready(channel, POLLIN, channel_now_ms() + TEXT_GAP_MS) &&
        read(channel->fd, bytes, sizeof bytes) > 0)
        return PAPER_UNKNOWN;
    return paper;
}

/* DLE EOT 4: answered at once, whatever the printer is at. */
static enum tk_code ask_paper(const struct channel *channel, int64_t deadline, enum paper *paper,
                              struct tk_error *error)
{
    static const unsigned char question[] = {0x10, 0x04, 4};
    enum tk_code code;

    forget_answers(channel);
    code = put_all(channel, question, sizeof question, deadline, error);
    if (!code)
        *paper = hear_paper(channel, earlier(deadline, channel_now_ms() + PRINTER_ANSWER_MS));
    return code || *paper != PAPER_OUT ? code : fail_paper(error);
}

/* Bytes on their way that the other side has not confirmed. */
static int count_pending(const struct channel *channel)
{
    int pending = 0;

    if (channel->is_host && ioctl(channel->fd, SIOCOUTQ, &pending) == 0)
        return pending;
    if (channel->is_line && ioctl(channel->fd, TIOCOUTQ, &pending) == 0)
        return pending;
    return 0;
}

/* Until all was taken. */
static enum tk_code settle(const struct channel *channel, int64_t deadline, struct tk_error *error)
{
    int64_t pause = channel_now_ms() + channel->pause_ms;
    int pending, before = 0;

    for (; (pending = count_pending(channel)) > 0; before = pending) {
        int failure = 0;
        socklen_t size = sizeof failure;

        if (channel->is_host)
            getsockopt(channel->fd, SOL_SOCKET, SO_ERROR, &failure, &size);
        if (failure)
            return fail_write(failure, error);
        if (pending < before)
            pause = channel_now_ms() + channel->pause_ms;
        if (channel_left(earlier(deadline, pause)) == 0)
            return fail_slow(error);
        poll(NULL, 0, LOOK_MS);
    }
    return TK_OK;
}

/* A connection with unread bytes is reset when closed, and the printer may drop the job for that: so it
   is read until the printer closes too, or a moment is over. */
static void part(const struct channel *channel, int64_t deadline)
{
    int64_t until = earlier(deadline, channel_now_ms() + PRINTER_ANSWER_MS);
    char bytes[256];

    shutdown(channel->fd, SHUT_WR);
    while (wait_ready(channel, POLLIN, until)) {
        ssize_t got = read(channel->fd, bytes, sizeof bytes);

        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN) || !channel_left(until))
            break;
    }
}

static void channel_close(struct channel *channel, bool failed, int64_t deadline)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (channel->is_host && failed) /* what was not read yet is not to be printed later */
        setsockopt(channel->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    else if (channel->is_host)
        part(channel, deadline);
    if (channel->is_line) {
        if (failed)
            tcflush(channel->fd, TCOFLUSH); /* closing would wait for it */
        tcsetattr(channel->fd, TCSANOW, &channel->before);
    }
    close(channel->fd);
}

/* One that answered is asked how it went, too. It has the job: that it says nothing more, or is gone,
   is no failure. */
static enum tk_code look_again(const struct channel *channel, struct tk_error *error)
{
    enum paper paper = PAPER_UNKNOWN;

    ask_paper(channel, channel_now_ms() + PRINTER_ANSWER_MS, &paper, NULL);
    return paper != PAPER_OUT ? TK_OK
                              : tk_fail(error, TK_PRINTER,
                                        "The printer ran out of paper: what it printed may be torn off short.");
}

static enum tk_code deliver(const struct channel *channel, const struct printer_job *job,
                            int64_t deadline, struct tk_error *error)
{
    enum paper paper = PAPER_UNKNOWN;
    enum tk_code code = TK_OK;

    if (channel->answers)
        code = ask_paper(channel, deadline, &paper, error);
    if (!code)
        code = put_all(channel, job->bytes, job->size, deadline, error);
    if (!code)
        code = settle(channel, deadline, error);
    return code || paper != PAPER_IN ? code : look_again(channel, error);
}

enum tk_code printer_print(const struct printer_job *job, struct tk_error *error)
{
    int64_t deadline = channel_now_ms() + job->timeout_ms;
    struct channel channel = {.fd = -1};
    struct place place;
    enum tk_code code = find_place(&place, job->where, error);

    if (code)
        return code;
    if (place.kind == PLACE_FILE)
        return print_file(place.name, job->bytes, job->size, error);
    if (place.kind == PLACE_DEVICE)
        code = channel_open_device(&channel, place.name, deadline, error);
    else
        code = channel_connect(&channel, place.name, place.port,
                               earlier(deadline, channel_now_ms() + PRINTER_CONNECT_MS), error);
    if (code)
        return code;
    channel.pause_ms = job->pause_ms;
    code = deliver(&channel, job, deadline, error);
    channel_close(&channel, code != TK_OK, deadline);
    return code;
}
