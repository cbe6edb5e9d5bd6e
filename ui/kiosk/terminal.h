/*
 * terminal: the one place that knows curses. It shows canvases and gives events.
 *
 * The terminal is put back on every way out: terminal_close, signals that end the program, and
 * crashes (a handler that only writes and calls tcsetattr). One terminal per process.
 */
#ifndef TK_UI_KIOSK_TERMINAL_H
#define TK_UI_KIOSK_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "ui/kiosk/canvas.h"
#include "ui/kiosk/style.h"

#define EVENT_TEXT_SIZE 1024

/* Keys that are not characters; characters are themselves (Unicode). */
enum key {
    KEY_NONE = 0,
    KEY_TAB_ = 0x09,
    KEY_ENTER_ = 0x0D,
    KEY_ESC = 0x1B,
    KEY_SPECIAL = 0x110000, /* from here on: no characters */
    KEY_UP_,
    KEY_DOWN_,
    KEY_LEFT_,
    KEY_RIGHT_,
    KEY_HOME_,
    KEY_END_,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_BACKTAB,
    KEY_BACKSPACE_,
    KEY_DELETE,
    KEY_FUNCTION_1,
    KEY_FUNCTION_12 = KEY_FUNCTION_1 + 11
};

enum event_kind {
    EVENT_NONE,   /* the time is up */
    EVENT_KEY,    /* key */
    EVENT_TEXT,   /* text pasted, cleaned, without line ends */
    EVENT_CLICK,  /* row, column; double when twice */
    EVENT_SCROLL, /* rows: -1 up, 1 down, at row, column */
    EVENT_RESIZE,
    EVENT_QUIT,  /* a signal asks to end */
    EVENT_HANGUP /* the terminal is gone: leave without touching it */
};

struct event {
    enum event_kind kind;
    uint32_t key;
    char text[EVENT_TEXT_SIZE];
    int row, column, rows;
};

struct terminal_options {
    bool ascii; /* even where UTF-8 would do */
    bool mouse;
    bool kiosk; /* no key makes a signal, and signals that ask to stop or to end are of no effect but
                   SIGTERM */
    enum theme theme;
};

/* Starts. TK_UNAVAILABLE with a sentence when this terminal cannot show the counter. */
enum tk_code terminal_open(const struct terminal_options *options, struct tk_error *error);
void terminal_close(void);
/* After EVENT_HANGUP: frees, and writes only when the terminal is still there. */
void terminal_abandon(void);

void terminal_size(int *rows, int *columns);
/* Whether only ASCII may be drawn. */
bool terminal_is_ascii(void);
/* Whether it shows no colours, or is told to show none. */
bool terminal_is_colourless(void);

/* Shows the canvas; only cells that changed are sent, in one flush. */
void terminal_show(const struct canvas *canvas);
/* Forgets what stands on the screen: the next show sends everything. */
void terminal_redraw(void);

/* Beeps at a pitch for so long on a Linux console, with the bell elsewhere. Does not wait. */
void terminal_tone(int hz, int ms);

/* The next event; waits up to timeout_ms (0: only what is there already). */
void terminal_read(struct event *event, int timeout_ms);
/* Forgets presses of a key that were typed ahead. */
void terminal_forget_key(uint32_t key);
/* Whether anything was typed that terminal_read will give. */
bool terminal_has_typed(void);
/* Whether Esc was typed; other keys typed meanwhile are kept for terminal_read. */
bool terminal_was_escaped(void);

#endif
