/*
 * term: a program on a pseudo terminal, and the screen that a person would see.
 *
 * The program runs as under a shell: in a process group of its own in the foreground of a session
 * whose leader (a small keeper process) passes a hang-up on, sees it stop and end, and reads the
 * line settings before and after. libvterm 0.1.4 is the terminal; the modes it does not report
 * (mouse, bracketed paste, keypad) are read from the output. Nothing here sleeps: every wait is a
 * poll() on the terminal and the keeper.
 *
 * 1. What the program wrote stands in the log, byte by byte: all of it up to TERM_LOG_LIMIT, then
 *    at least the last half of that.
 * 2. A wait that fails prints what was waited for and the screen to stderr.
 * 3. After the program's end, a hang-up and term_stop, the screen, the log and term_is_restored
 *    still answer, until term_release.
 *
 * One thread. Rows and columns count from 0. Needs nothing of the test runner.
 */
#ifndef TK_TESTS_SUPPORT_TERM_H
#define TK_TESTS_SUPPORT_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "core/buffer.h"

#define TERM_LOG_LIMIT (8u << 20) /* bytes */
#define TERM_COLUMNS_MAX 512
#define TERM_CELL_TEXT 32 /* bytes of UTF-8 with the NUL */
#define TERM_MODES 9

struct VTerm;
struct VTermScreen;

/* What came back since the last term_send, term_key, term_click, term_paste or term_resize.
   Times are µs from then to the read that got the byte; -1 when nothing came. */
struct term_reply {
    size_t bytes;
    int bursts; /* runs of reads less than 1 ms apart: 1 when the program writes a frame at once */
    int64_t first_us, last_us;
};

struct term {
    struct VTerm *vterm;
    struct VTermScreen *screen; /* of vterm */
    int master, link;           /* -1 when closed; link: the socket to the keeper */
    pid_t keeper, program;
    int rows, columns;
    bool started, ended, stopped;
    int status; /* as wait() gives it, once ended or stopped */
    struct termios before, after;
    bool has_after;
    struct buffer log, answers, text; /* answers: what libvterm replies to queries */
    size_t log_start;                 /* bytes written before those in the log */
    struct term_reply reply;
    int64_t sent_at, read_at; /* µs, monotonic */
    bool modes[TERM_MODES];
    int sequence, parameters[8]; /* the mode sequence being read: its state and numbers */
    int bells;
    bool quiet; /* for tests of this module: failed waits and checks print nothing */
};

/* Starts argv[0] (looked up in PATH) on a terminal of this size. env: NAME=VALUE … NULL, added to
   a clean environment: PATH, HOME=/nonexistent, TERM=xterm-256color, LANG=C.UTF-8 and the
   sanitizers' options; "NAME" alone takes one away. NULL: nothing to add. False, with a message on
   stderr, when it cannot; term_release is fine then. */
bool term_start(struct term *term, int rows, int columns, const char *const *env,
                const char *const *argv);
/* Ends the program (SIGKILL when it still runs) and closes the terminal. Returns the wait status.
 */
int term_stop(struct term *term);
/* Stops and frees. Fine for a zeroed struct and twice. */
void term_release(struct term *term);

/* Sends a signal to the program. */
bool term_signal(struct term *term, int signal);
/* Changes the size: TIOCSWINSZ, and so SIGWINCH. */
bool term_resize(struct term *term, int rows, int columns);
/* Closes the terminal: a hang-up. The program's end can still be waited for. */
void term_hangup(struct term *term);

/* Each returns false when the terminal is closed (or, for the mouse, not asked for). */
bool term_send(struct term *term, const char *text);
bool term_send_bytes(struct term *term, const char *bytes, size_t length);
/* Up Down Left Right Home End PgUp PgDn Insert Delete Tab BackTab Enter Esc Backspace Space F1 …
   F12, Ctrl-A … Ctrl-Z, Ctrl-\, Ctrl-]; one printable ASCII character; Alt- in front of text. In
   the form for the keypad mode that the program has set. Other names abort the run. */
bool term_key(struct term *term, const char *name);
/* The names of `keys`, separated by spaces; a name that term_key has not is sent as text. */
bool term_keys(struct term *term, const char *keys);
/* A press and a release; button 0 left, 1 middle, 2 right; 64 wheel up, 65 wheel down. */
bool term_click(struct term *term, int button, int row, int column);
/* Pasted text, between the brackets when the program asked for them. */
bool term_paste(struct term *term, const char *text);

/* Each reads output until it holds; false at the time-out. Text is looked for in the screen's rows,
   trailing blanks cut and joined by '\n'. */
bool term_wait(struct term *term, const char *text, int timeout_ms);
bool term_wait_gone(struct term *term, const char *text, int timeout_ms);
/* Until these bytes stand in the log after `mark`. */
bool term_wait_log(struct term *term, size_t mark, const char *bytes, int timeout_ms);
/* Until nothing came for quiet_ms: only where nothing else can be waited for. */
bool term_wait_idle(struct term *term, int quiet_ms, int timeout_ms);
/* Until the program ended and all its output was read. *status (may be NULL) as wait() gives it. */
bool term_wait_exit(struct term *term, int *status, int timeout_ms);
/* Until the program is stopped (Ctrl-Z); term_signal(term, SIGCONT) lets it go on. */
bool term_wait_stopped(struct term *term, int timeout_ms);

/* One row, or all joined by '\n'; trailing blanks cut. Borrowed until the next call of either or
   of a wait. */
const char *term_text(struct term *term, int row);
const char *term_screen(struct term *term);
/* The text's first place; false when it is not on the screen. row and column may be NULL. */
bool term_find(struct term *term, const char *text, int *row, int *column);
/* The screen in a frame. */
void term_dump(struct term *term, FILE *file);

struct term_color {
    bool is_default; /* then the numbers are libvterm's: light grey on black */
    uint8_t red, green, blue;
};

struct term_cell {
    char text[TERM_CELL_TEXT]; /* "" for the right half of a wide character; a blank is " " */
    int width;                 /* cells */
    struct term_color foreground, background; /* as set: not yet swapped by `reverse` */
    bool bold, underline, reverse, italic, blink;
};

/* False outside the screen. */
bool term_cell(struct term *term, int row, int column, struct term_cell *cell);
void term_cursor(struct term *term, int *row, int *column);

extern const int term_modes[TERM_MODES];

/* Private modes as the output last set them: 1 cursor keys, 25 cursor shown, 1000 1002 1003 mouse,
   1006 mouse form, 1049 alternate screen, 2004 bracketed paste; and 0: keypad (ESC =). */
bool term_mode(const struct term *term, int mode);
/* Whether modes and colours are as at the start and, once the program ended or is stopped, the
   line settings too; says on stderr what is not. */
bool term_is_restored(struct term *term);

/* Bytes written so far, for term_log_has. */
size_t term_log_mark(const struct term *term);
/* Whether these bytes were written after mark (0: ever, as far as the log goes back). */
bool term_log_has(const struct term *term, size_t mark, const char *bytes);
/* The log after mark; *length gets its bytes. Borrowed until more is read. */
const char *term_log(const struct term *term, size_t mark, size_t *length);

#endif
