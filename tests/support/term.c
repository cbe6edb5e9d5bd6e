#include "tests/support/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vterm.h>

#include "tests/support/term_keeper.h"

#define BURST_US 1000

const int term_modes[TERM_MODES] = {0, 1, 25, 1000, 1002, 1003, 1006, 1049, 2004};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t deadline_in(int timeout_ms)
{
    return now_us() + (int64_t)timeout_ms * 1000;
}

/* ---- the keeper ---- */

static bool report_read(struct term *term, struct keeper_report *report)
{
    ssize_t got;

    do
        got = recv(term->link, report, sizeof *report, MSG_WAITALL);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *report;
}

static void take_report(struct term *term)
{
    struct keeper_report report;

    if (!report_read(term, &report)) {
        term->ended = true;
        close(term->link);
        term->link = -1;
        return;
    }
    term->status = report.status;
    term->after = report.line;
    term->has_after = true;
    term->stopped = WIFSTOPPED(report.status);
    term->ended = !term->stopped;
}

/* ---- output: log, modes, screen ---- */

static void on_answer(const char *bytes, size_t length, void *term)
{
    buffer_add(&((struct term *)term)->answers, bytes, length);
}

static int on_bell(void *term)
{
    ((struct term *)term)->bells++;
    return 1;
}

static const VTermScreenCallbacks screen_callbacks = {.bell = on_bell};

static void log_add(struct term *term, const char *bytes, size_t length)
{
    size_t half = TERM_LOG_LIMIT / 2;

    if (term->log.length + length > TERM_LOG_LIMIT) {
        memmove(term->log.data, term->log.data + half, term->log.length - half);
        term->log.length -= half;
        term->log_start += half;
    }
    buffer_add(&term->log, bytes, length);
}

static void mode_set(struct term *term, int number, bool on)
{
    for (int i = 0; i < TERM_MODES; i++)
        if (term_modes[i] == number)
            term->modes[i] = on;
}

/* Reads ESC [ ? n ; n … h or l, and ESC = or >. sequence: 0 outside, 1 after ESC, 2 after
   ESC [, 3 and more in the numbers. */
static void mode_read(struct term *term, char c)
{
    int last = (int)(sizeof term->parameters / sizeof *term->parameters) - 1;
    int at = term->sequence - 3;

    if (c == '\033') {
        term->sequence = 1;
    } else if (term->sequence == 1 && (c == '=' || c == '>')) {
        mode_set(term, 0, c == '=');
        term->sequence = 0;
    } else if (term->sequence == 1 && c == '[') {
        term->sequence = 2;
    } else if (term->sequence == 2 && c == '?') {
        memset(term->parameters, 0, sizeof term->parameters);
        term->sequence = 3;
    } else if (at >= 0 && c >= '0' && c <= '9' && term->parameters[at] < 10000) {
        term->parameters[at] = term->parameters[at] * 10 + c - '0';
    } else if (at >= 0 && c == ';' && at < last) {
        term->sequence++;
    } else {
        for (int i = 0; i <= at && (c == 'h' || c == 'l'); i++)
            mode_set(term, term->parameters[i], c == 'h');
        term->sequence = 0;
    }
}

static void reply_count(struct term *term, size_t length)
{
    int64_t now = now_us();

    if (term->reply.bytes == 0)
        term->reply.first_us = now - term->sent_at;
    if (term->reply.bytes == 0 || now - term->read_at >= BURST_US)
        term->reply.bursts++;
    term->reply.bytes += length;
    term->reply.last_us = now - term->sent_at;
    term->read_at = now;
}

static void reply_reset(struct term *term)
{
    term->reply = (struct term_reply){.first_us = -1, .last_us = -1};
    term->sent_at = term->read_at = now_us();
}

static void master_close(struct term *term)
{
    if (term->master >= 0)
        close(term->master);
    term->master = -1;
}

static bool write_all(struct term *term, const char *bytes, size_t length);

/* Reads what is there. The terminal is closed once the program's side is. */
static void read_output(struct term *term)
{
    char bytes[65536];
    ssize_t got = read(term->master, bytes, sizeof bytes);

    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            master_close(term);
        return;
    }
    reply_count(term, (size_t)got);
    log_add(term, bytes, (size_t)got);
    for (ssize_t i = 0; i < got; i++)
        mode_read(term, bytes[i]);
    vterm_input_write(term->vterm, bytes, (size_t)got);
}

static void send_answers(struct term *term)
{
    struct buffer answers = term->answers;

    if (answers.length == 0)
        return;
    buffer_init(&term->answers, answers.limit);
    write_all(term, answers.data, answers.length);
    buffer_release(&answers);
}

/* Waits for output or a report until the deadline (µs) and takes it. False when there was none
   and can be none. */
static bool pump(struct term *term, int64_t deadline, short wanted)
{
    struct pollfd fds[2] = {{.fd = term->master, .events = (short)(POLLIN | wanted)},
                            {.fd = term->ended ? -1 : term->link, .events = POLLIN}};
    int64_t left = deadline - now_us();
    struct timespec wait = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
    int ready;

    if (left < 0)
        wait = (struct timespec){0};
    if ((fds[0].fd < 0 && fds[1].fd < 0) || (ready = ppoll(fds, 2, &wait, NULL)) == 0)
        return false;
    if (ready < 0)
        return errno == EINTR && left > 0;
    if (fds[1].revents)
        take_report(term);
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
        read_output(term);
    send_answers(term);
    return true;
}

static bool write_all(struct term *term, const char *bytes, size_t length)
{
    int64_t deadline = deadline_in(10000);

    while (length > 0 && term->master >= 0) {
        ssize_t put = write(term->master, bytes, length);

        if (put > 0) {
            bytes += put;
            length -= (size_t)put;
        } else if (errno == EAGAIN) {
            if (!pump(term, deadline, POLLOUT))
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return length == 0;
}

/* ---- start and end ---- */

static bool make_screen(struct term *term)
{
    buffer_init(&term->log, TERM_LOG_LIMIT);
    buffer_init(&term->answers, 1u << 20);
    buffer_init(&term->text, 16u << 20);
    term->vterm = vterm_new(term->rows, term->columns);
    if (!term->vterm)
        return false;
    vterm_set_utf8(term->vterm, 1);
    vterm_output_set_callback(term->vterm, on_answer, term);
    term->screen = vterm_obtain_screen(term->vterm);
    vterm_screen_set_callbacks(term->screen, &screen_callbacks, term);
    vterm_screen_enable_altscreen(term->screen, 1);
    vterm_screen_reset(term->screen, 1);
    mode_set(term, 25, true);
    return true;
}

static bool fork_keeper(struct term *term, const char *const *env, const char *const *argv)
{
    struct winsize size = {.ws_row = (unsigned short)term->rows,
                           .ws_col = (unsigned short)term->columns};
    char *program_env[KEEPER_ENV_MAX + 1] = {NULL};
    int links[2];

    keeper_env(program_env, env);
    fflush(NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links))
        return false;
    term->link = links[0];
    term->keeper = forkpty(&term->master, NULL, NULL, &size);
    if (term->keeper == 0)
        keeper_run(links[1], argv, program_env);
    close(links[1]);
    if (term->keeper < 0) {
        term->master = -1;
        return false;
    }
    return fcntl(term->master, F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(term->master, F_SETFL, O_RDWR | O_NONBLOCK) == 0;
}

bool term_start(struct term *term, int rows, int columns, const char *const *env,
                const char *const *argv)
{
    struct keeper_report first = {0}, second = {0};

    *term = (struct term){.master = -1, .link = -1, .rows = rows, .columns = columns};
    if (columns > TERM_COLUMNS_MAX || !make_screen(term))
        goto out;
    term->started = true;
    reply_reset(term);
    if (!fork_keeper(term, env, argv) || !report_read(term, &first) || !report_read(term, &second))
        goto out;
    term->before = first.line;
    term->program = second.program;
    return true;
out:
    fprintf(stderr, "term: cannot start %s: %s\n", argv[0], strerror(errno));
    term_release(term);
    return false;
}

int term_stop(struct term *term)
{
    if (!term->started)
        return term->status;
    if (term->program > 0 && !term->ended)
        kill(-term->program, SIGKILL);
    while (term->program > 0 && !term->ended)
        pump(term, deadline_in(1000), 0);
    master_close(term);
    if (term->link >= 0)
        close(term->link);
    term->link = -1;
    while (term->keeper > 0 && waitpid(term->keeper, NULL, 0) < 0 && errno == EINTR)
        continue;
    term->started = false;
    return term->status;
}

void term_release(struct term *term)
{
    term_stop(term);
    if (term->vterm)
        vterm_free(term->vterm);
    buffer_release(&term->log);
    buffer_release(&term->answers);
    buffer_release(&term->text);
    *term = (struct term){.master = -1, .link = -1, .status = term->status};
}

bool term_signal(struct term *term, int signal)
{
    return !term->ended && term->program > 0 && kill(-term->program, signal) == 0;
}

bool term_resize(struct term *term, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

    if (term->master < 0 || columns > TERM_COLUMNS_MAX)
        return false;
    term->rows = rows;
    term->columns = columns;
    vterm_set_size(term->vterm, rows, columns);
    reply_reset(term);
    return ioctl(term->master, TIOCSWINSZ, &size) == 0;
}

void term_hangup(struct term *term)
{
    master_close(term);
}

/* ---- input ---- */

bool term_send_bytes(struct term *term, const char *bytes, size_t length)
{
    /* what came before the key does not belong to its reply; some programs never pause */
    for (int i = 0; i < 64 && pump(term, 0, 0); i++)
        continue;
    reply_reset(term);
    return write_all(term, bytes, length);
}

bool term_send(struct term *term, const char *text)
{
    return term_send_bytes(term, text, strlen(text));
}

/* ---- waiting ---- */

static bool complain(struct term *term, const char *what, const char *detail, int timeout_ms)
{
    if (term->quiet)
        return false;
    fprintf(stderr, "\n    term: %s%s%s%s after %d ms%s\n", what, detail ? " \"" : "",
            detail ? detail : "", detail ? "\"" : "", timeout_ms,
            term->ended ? " (the program has ended)" : "");
    term_dump(term, stderr);
    return false;
}

static bool wait_text(struct term *term, const char *text, bool there, int timeout_ms)
{
    int64_t deadline = deadline_in(timeout_ms);

    do
        if ((strstr(term_screen(term), text) != NULL) == there)
            return true;
    while (pump(term, deadline, 0));
    return (strstr(term_screen(term), text) != NULL) == there;
}

bool term_wait(struct term *term, const char *text, int timeout_ms)
{
    return wait_text(term, text, true, timeout_ms) || complain(term, "no", text, timeout_ms);
}

bool term_wait_gone(struct term *term, const char *text, int timeout_ms)
{
    return wait_text(term, text, false, timeout_ms) || complain(term, "still", text, timeout_ms);
}

bool term_wait_log(struct term *term, size_t mark, const char *bytes, int timeout_ms)
{
    int64_t deadline = deadline_in(timeout_ms);

    while (!term_log_has(term, mark, bytes))
        if (!pump(term, deadline, 0))
            return term_log_has(term, mark, bytes) ||
                   complain(term, "bytes not written:", bytes, timeout_ms);
    return true;
}

bool term_wait_idle(struct term *term, int quiet_ms, int timeout_ms)
{
    int64_t deadline = deadline_in(timeout_ms);

    while (now_us() < deadline)
        if (!pump(term, deadline_in(quiet_ms), 0))
            return true;
    return complain(term, "never quiet", NULL, timeout_ms);
}

bool term_wait_exit(struct term *term, int *status, int timeout_ms)
{
    int64_t deadline = deadline_in(timeout_ms);

    while (!term->ended)
        if (!pump(term, deadline, 0))
            return complain(term, "still running", NULL, timeout_ms);
    /* The terminal gives its last byte, then reports that the other side is closed. A process that
       the program left behind may hold it open. */
    while (term->master >= 0 && pump(term, deadline, 0))
        continue;
    if (status)
        *status = term->status;
    return true;
}

bool term_wait_stopped(struct term *term, int timeout_ms)
{
    int64_t deadline = deadline_in(timeout_ms);

    while (!term->stopped)
        if (term->ended || !pump(term, deadline, 0))
            return complain(term, "not stopped", NULL, timeout_ms);
    /* what it wrote before it stopped is on its way at most */
    while (pump(term, deadline_in(5), 0))
        continue;
    return true;
}

/* ---- modes and log ---- */

bool term_mode(const struct term *term, int mode)
{
    for (int i = 0; i < TERM_MODES; i++)
        if (term_modes[i] == mode)
            return term->modes[i];
    return false;
}

size_t term_log_mark(const struct term *term)
{
    return term->log_start + term->log.length;
}

const char *term_log(const struct term *term, size_t mark, size_t *length)
{
    size_t skip = mark > term->log_start ? mark - term->log_start : 0;

    if (skip > term->log.length)
        skip = term->log.length;
    *length = term->log.length - skip;
    return buffer_text(&term->log) + skip;
}

bool term_log_has(const struct term *term, size_t mark, const char *bytes)
{
    size_t length;
    const char *log = term_log(term, mark, &length);

    return memmem(log, length, bytes, strlen(bytes)) != NULL;
}
