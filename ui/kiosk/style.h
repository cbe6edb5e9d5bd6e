/* style: the themes; what each role of canvas.h looks like in each. */
#ifndef TK_UI_KIOSK_STYLE_H
#define TK_UI_KIOSK_STYLE_H

#include <stdbool.h>

#include "ui/kiosk/canvas.h"

/* Colours 0 to 7 as terminals number them; -1: the terminal's own. */
struct look {
    signed char foreground, background;
    bool bold, reverse, dim, underline;
};

/* In the order of the setting counter.theme. */
enum theme { THEME_DARK, THEME_LIGHT, THEME_CONTRAST, THEME_MONO, THEME_COUNT };

/* The QR's roles are the same in each: black on white, or reversed in THEME_MONO. */
struct look style_look(enum theme theme, enum style style);

#endif
