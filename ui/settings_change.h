/*
 * settings_change: puts values into a settings file, whose other lines stay as they are.
 *
 * A key that is there gets the new value in its line, one that is not comes behind its section's
 * header, and a section that is not there behind all else. The file is the old or the new one,
 * whole, whatever happens; it is read back before it takes the old one's place.
 */
#ifndef TK_UI_SETTINGS_CHANGE_H
#define TK_UI_SETTINGS_CHANGE_H

#include "ui/settings.h"

struct settings_change {
    enum setting setting;
    const char *value;
};

/* TK_CONFIG for a value that a settings file cannot hold, or a file that is none; TK_CANNOT_CREATE,
   TK_IO. Folders must be there. */
enum tk_code settings_change(const char *path, const struct settings_change *changes, size_t count,
                             struct tk_error *error);

#endif
