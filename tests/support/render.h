/*
 * render: the screen as pixels, the way terminals draw it, for reading a QR code back.
 *
 * A cell is 8 pixels wide and 16 x line_height high. Its background fills all of it. Block
 * characters come from the font and are 16 pixels high, so with a line height above 1.0 the
 * background shows between the rows. Only blank, block characters and # are drawn as they look;
 * other characters are patches of about the right size.
 */
#ifndef TK_TESTS_SUPPORT_RENDER_H
#define TK_TESTS_SUPPORT_RENDER_H

#include "tests/support/term.h"

struct image { /* grey, row by row, 0 black to 255 white */
    int width, height;
    uint8_t *pixels; /* owned */
};

/* The terminal's own colours (grey) for what the program leaves at the default. */
struct render_theme {
    const char *name;
    uint8_t foreground, background;
    bool inverted; /* the whole picture afterwards, as with a screen inverted for the eyes */
    bool reversed; /* ink and paper of each cell, the set ones too, as reverse video (DECSCNM) of some */
};

enum { THEME_DARK, THEME_LIGHT, THEME_INVERTED, THEME_COUNT };
extern const struct render_theme render_themes[THEME_COUNT];

/* Draws the screen, a margin of `margin` pixels in the terminal's background around it. False
   without memory. */
bool term_render(struct term *term, const struct render_theme *theme, double line_height,
                 int margin, struct image *image);
void image_release(struct image *image);
/* Writes a PNG file. */
bool image_write(const struct image *image, const char *path);

#endif
