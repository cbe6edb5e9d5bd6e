/*
 * canvas: a grid of cells on which views paint, kept apart from the terminal.
 *
 * Painting is pure: it changes the canvas and nothing else, so a screen can be tested without a
 * terminal. Text is cut at the width given and never leaves the canvas. With `ascii` set every
 * character that reaches a cell is ASCII.
 */
#ifndef TK_UI_KIOSK_CANVAS_H
#define TK_UI_KIOSK_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

/* The panels of a door's answers: X(name, colour of the panel, colour of its large letters). They are
   the same in every theme, as an answer has to be known by its colour anywhere. */
#define PANEL_STYLES(X)                                                                            \
    X(ADMITTED, GREEN, BLACK)                                                                      \
    X(ALREADY, YELLOW, BLACK)                                                                      \
    X(WRONG_SLOT, BLUE, WHITE)                                                                     \
    X(TOO_EARLY, CYAN, BLACK)                                                                      \
    X(OVER, WHITE, BLACK)                                                                          \
    X(CANCELED, RED, WHITE)                                                                        \
    X(REPLACED, BLUE, YELLOW)                                                                      \
    X(EXPIRED, WHITE, RED)                                                                         \
    X(UNKNOWN, MAGENTA, WHITE)                                                                     \
    X(DENIED, MAGENTA, BLACK)                                                                      \
    X(NOT_GENUINE, RED, YELLOW)                                                                    \
    X(UNREADABLE, BLACK, WHITE)                                                                    \
    X(TRAINING_PASS, MAGENTA, YELLOW)                                                              \
    X(NOT_CHECKED, BLACK, YELLOW)                                                                  \
    X(WAITING, BLACK, CYAN)                                                                        \
    X(TAKEN_BACK, CYAN, BLUE)                                                                      \
    X(READY, OWN, GREEN)

/* What a cell means; ui/kiosk/style.c gives the colours of each theme. */
enum style {
    STYLE_NORMAL,
    STYLE_MUTED,       /* less important */
    STYLE_STRONG,      /* headings, what is looked for first */
    STYLE_HEADER,      /* the bar on top */
    STYLE_HEADER_NOTE, /* a state in the bar on top */
    STYLE_HEADER_WARNING, /* one that has to be looked after */
    STYLE_SELECTED,    /* the row in hand */
    STYLE_SELECTED_IDLE, /* the selected row of the other pane */
    STYLE_RULE,        /* lines between panes */
    STYLE_KEY,         /* a key in the hint bar */
    STYLE_HINT,        /* its meaning */
    STYLE_FIELD,       /* a field to type in */
    STYLE_FIELD_ACTIVE,
    STYLE_FIELD_DEFAULT, /* text that the first character typed replaces */
    STYLE_BAR,         /* places sold */
    STYLE_BAR_FREE,    /* places left */
    STYLE_GOOD,
    STYLE_WARNING,
    STYLE_BAD,
    STYLE_TRAINING,    /* the frame of a program in which nothing is real */
#define X(name, panel, ink) STYLE_##name, STYLE_##name##_INK,
    PANEL_STYLES(X)
#undef X
    STYLE_QR_LIGHT,       /* both halves light */
    STYLE_QR_DARK,        /* both halves dark */
    STYLE_QR_DARK_LIGHT,  /* dark ink on light paper, of one half */
    STYLE_QR_LIGHT_DARK,
    STYLE_COUNT
};

#define CELL_TEXT_SIZE 24

struct cell {
    char text[CELL_TEXT_SIZE]; /* one character as people see it; "" behind a wide one */
    uint8_t style;
};

struct canvas {
    struct cell *cells; /* owned; rows * columns */
    int rows, columns;
    int cursor_row, cursor_column; /* -1: no cursor */
    bool ascii;
    bool colourless; /* styles tell by bold and reverse only: large letters are drawn with # */
};

/* A part of a canvas. */
struct area {
    int row, column, rows, columns;
};

/* Signs with an ASCII form. */
enum sign {
    SIGN_VERTICAL,
    SIGN_HORIZONTAL,
    SIGN_TEE_DOWN,
    SIGN_TEE_UP,
    SIGN_BAR,
    SIGN_BAR_FREE,
    SIGN_HALF,
    SIGN_LOWER_HALF,
    SIGN_MORE,   /* text was cut */
    SIGN_DOT,    /* between parts of a line */
    SIGN_ONLINE,
    SIGN_OFFLINE,
    SIGN_POINTER, /* the selected row */
    SIGN_DASH,
    SIGN_BULLET,  /* a character that is not shown */
    SIGN_COUNT
};

enum tk_code canvas_init(struct canvas *canvas, int rows, int columns, bool ascii);
void canvas_release(struct canvas *canvas);
void canvas_clear(struct canvas *canvas);
const char *canvas_sign(const struct canvas *canvas, enum sign sign);

/* Writes text in at most `width` cells, cutting with a sign; returns the cells used. */
int canvas_put(struct canvas *canvas, int row, int column, int width, enum style style,
               const char *text);
/* The same, flush right in `width` cells. */
void canvas_put_right(struct canvas *canvas, int row, int column, int width, enum style style,
                      const char *text);
int canvas_putf(struct canvas *canvas, int row, int column, int width, enum style style,
                const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Writes text in lines of `width`, broken at spaces; returns the rows used (at most `rows`). */
int canvas_put_wrapped(struct canvas *canvas, struct area area, enum style style,
                       const char *text);
/* Fills with spaces of a style. */
void canvas_fill(struct canvas *canvas, struct area area, enum style style);
void canvas_rule(struct canvas *canvas, int row, int column, int width);
void canvas_rule_down(struct canvas *canvas, int row, int column, int height);
void canvas_cursor(struct canvas *canvas, int row, int column);

#endif
