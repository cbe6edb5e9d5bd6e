#include "ui/kiosk/style.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, OWN = -1 };

/* clang-format off */
#define QR_LOOKS                                                                                   \
    [STYLE_QR_LIGHT]      = {BLACK, WHITE, 0, 0, 0, 0},                                            \
    [STYLE_QR_DARK]       = {WHITE, BLACK, 0, 0, 0, 0},                                            \
    [STYLE_QR_DARK_LIGHT] = {BLACK, WHITE, 0, 0, 0, 0},                                            \
    [STYLE_QR_LIGHT_DARK] = {WHITE, BLACK, 0, 0, 0, 0}

#define X(name, panel, ink)                                                                        \
    [STYLE_##name] = {ink, panel, 1, 0, 0, 0}, [STYLE_##name##_INK] = {ink, ink, 0, 0, 0, 0},
#define PANEL_LOOKS PANEL_STYLES(X)
#define MONO(name, panel, ink)                                                                     \
    [STYLE_##name] = {OWN, OWN, 1, 0, 0, 0}, [STYLE_##name##_INK] = {OWN, OWN, 1, 1, 0, 0},
#define PANEL_LOOKS_MONO PANEL_STYLES(MONO)

static const struct look looks[THEME_COUNT][STYLE_COUNT] = {
    [THEME_DARK] = {
        [STYLE_NORMAL]        = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_MUTED]         = {OWN, OWN, 0, 0, 1, 0},
        [STYLE_STRONG]        = {OWN, OWN, 1, 0, 0, 0},
        [STYLE_HEADER]        = {WHITE, BLUE, 1, 0, 0, 0},
        [STYLE_HEADER_NOTE]   = {CYAN, BLUE, 1, 0, 0, 0},
        [STYLE_HEADER_WARNING] = {YELLOW, BLUE, 1, 0, 0, 0},
        [STYLE_SELECTED]      = {BLACK, CYAN, 0, 0, 0, 0},
        [STYLE_SELECTED_IDLE] = {CYAN, OWN, 1, 0, 0, 0},
        [STYLE_RULE]          = {OWN, OWN, 0, 0, 1, 0},
        [STYLE_KEY]           = {CYAN, OWN, 1, 0, 0, 0},
        [STYLE_HINT]          = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_FIELD]         = {OWN, OWN, 0, 0, 0, 1},
        [STYLE_FIELD_ACTIVE]  = {BLACK, WHITE, 0, 0, 0, 0},
        [STYLE_FIELD_DEFAULT] = {BLUE, WHITE, 0, 0, 0, 0},
        [STYLE_BAR]           = {YELLOW, OWN, 0, 0, 0, 0},
        [STYLE_BAR_FREE]      = {GREEN, OWN, 0, 0, 0, 0},
        [STYLE_GOOD]          = {GREEN, OWN, 1, 0, 0, 0},
        [STYLE_WARNING]       = {YELLOW, OWN, 1, 0, 0, 0},
        [STYLE_BAD]           = {WHITE, RED, 1, 0, 0, 0},
        [STYLE_TRAINING]      = {BLACK, YELLOW, 0, 0, 0, 0},
        PANEL_LOOKS
        QR_LOOKS,
    },
    [THEME_LIGHT] = {
        [STYLE_NORMAL]        = {BLACK, WHITE, 0, 0, 0, 0},
        [STYLE_MUTED]         = {BLUE, WHITE, 0, 0, 0, 0},
        [STYLE_STRONG]        = {BLACK, WHITE, 1, 0, 0, 0},
        [STYLE_HEADER]        = {WHITE, BLUE, 1, 0, 0, 0},
        [STYLE_HEADER_NOTE]   = {CYAN, BLUE, 1, 0, 0, 0},
        [STYLE_HEADER_WARNING] = {YELLOW, BLUE, 1, 0, 0, 0},
        [STYLE_SELECTED]      = {WHITE, BLUE, 0, 0, 0, 0},
        [STYLE_SELECTED_IDLE] = {BLUE, WHITE, 1, 0, 0, 0},
        [STYLE_RULE]          = {BLUE, WHITE, 0, 0, 0, 0},
        [STYLE_KEY]           = {BLUE, WHITE, 1, 0, 0, 0},
        [STYLE_HINT]          = {BLACK, WHITE, 0, 0, 0, 0},
        [STYLE_FIELD]         = {BLACK, WHITE, 0, 0, 0, 1},
        [STYLE_FIELD_ACTIVE]  = {BLACK, CYAN, 0, 0, 0, 0},
        [STYLE_FIELD_DEFAULT] = {BLUE, CYAN, 0, 0, 0, 0},
        [STYLE_BAR]           = {RED, WHITE, 0, 0, 0, 0},
        [STYLE_BAR_FREE]      = {GREEN, WHITE, 0, 0, 0, 0},
        [STYLE_GOOD]          = {GREEN, WHITE, 1, 0, 0, 0},
        [STYLE_WARNING]       = {MAGENTA, WHITE, 1, 0, 0, 0},
        [STYLE_BAD]           = {WHITE, RED, 1, 0, 0, 0},
        [STYLE_TRAINING]      = {YELLOW, MAGENTA, 1, 0, 0, 0},
        PANEL_LOOKS
        QR_LOOKS,
    },
    [THEME_CONTRAST] = {
        [STYLE_NORMAL]        = {WHITE, BLACK, 1, 0, 0, 0},
        [STYLE_MUTED]         = {WHITE, BLACK, 0, 0, 0, 0},
        [STYLE_STRONG]        = {YELLOW, BLACK, 1, 0, 0, 0},
        [STYLE_HEADER]        = {BLACK, YELLOW, 0, 0, 0, 0},
        [STYLE_HEADER_NOTE]   = {BLACK, YELLOW, 0, 0, 0, 0},
        [STYLE_HEADER_WARNING] = {YELLOW, BLACK, 1, 0, 0, 0},
        [STYLE_SELECTED]      = {BLACK, YELLOW, 0, 0, 0, 0},
        [STYLE_SELECTED_IDLE] = {YELLOW, BLACK, 1, 0, 0, 1},
        [STYLE_RULE]          = {WHITE, BLACK, 0, 0, 0, 0},
        [STYLE_KEY]           = {YELLOW, BLACK, 1, 0, 0, 0},
        [STYLE_HINT]          = {WHITE, BLACK, 1, 0, 0, 0},
        [STYLE_FIELD]         = {WHITE, BLACK, 1, 0, 0, 1},
        [STYLE_FIELD_ACTIVE]  = {BLACK, WHITE, 0, 0, 0, 0},
        [STYLE_FIELD_DEFAULT] = {BLACK, YELLOW, 0, 0, 0, 0},
        [STYLE_BAR]           = {WHITE, BLACK, 1, 0, 0, 0},
        [STYLE_BAR_FREE]      = {WHITE, BLACK, 0, 0, 0, 0},
        [STYLE_GOOD]          = {GREEN, BLACK, 1, 0, 0, 0},
        [STYLE_WARNING]       = {YELLOW, BLACK, 1, 0, 0, 0},
        [STYLE_BAD]           = {WHITE, RED, 1, 0, 0, 0},
        [STYLE_TRAINING]      = {WHITE, MAGENTA, 1, 0, 0, 0},
        PANEL_LOOKS
        QR_LOOKS,
    },
    [THEME_MONO] = {
        [STYLE_NORMAL]        = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_MUTED]         = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_STRONG]        = {OWN, OWN, 1, 0, 0, 0},
        [STYLE_HEADER]        = {OWN, OWN, 1, 1, 0, 0},
        [STYLE_HEADER_NOTE]   = {OWN, OWN, 0, 1, 0, 0},
        [STYLE_HEADER_WARNING] = {OWN, OWN, 1, 1, 0, 1},
        [STYLE_SELECTED]      = {OWN, OWN, 0, 1, 0, 0},
        [STYLE_SELECTED_IDLE] = {OWN, OWN, 1, 0, 0, 1},
        [STYLE_RULE]          = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_KEY]           = {OWN, OWN, 1, 0, 0, 0},
        [STYLE_HINT]          = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_FIELD]         = {OWN, OWN, 0, 0, 0, 1},
        [STYLE_FIELD_ACTIVE]  = {OWN, OWN, 0, 1, 0, 0},
        [STYLE_FIELD_DEFAULT] = {OWN, OWN, 0, 1, 0, 1},
        [STYLE_BAR]           = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_BAR_FREE]      = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_GOOD]          = {OWN, OWN, 1, 0, 0, 0},
        [STYLE_WARNING]       = {OWN, OWN, 1, 0, 0, 0},
        [STYLE_BAD]           = {OWN, OWN, 1, 1, 0, 0},
        [STYLE_TRAINING]      = {OWN, OWN, 1, 1, 0, 0},
        PANEL_LOOKS_MONO
        [STYLE_QR_LIGHT]      = {OWN, OWN, 0, 1, 0, 0},
        [STYLE_QR_DARK]       = {OWN, OWN, 0, 0, 0, 0},
        [STYLE_QR_DARK_LIGHT] = {OWN, OWN, 0, 1, 0, 0},
        [STYLE_QR_LIGHT_DARK] = {OWN, OWN, 0, 0, 0, 0},
    },
};
/* clang-format on */

struct look style_look(enum theme theme, enum style style)
{
    return looks[theme][style];
}
