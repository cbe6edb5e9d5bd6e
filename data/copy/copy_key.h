/* copy_key: the site's keys of a box office that is copied into a file, beside which they lie. */
#ifndef TK_DATA_COPY_COPY_KEY_H
#define TK_DATA_COPY_COPY_KEY_H

#include "data/keyfile.h"

/* Copies the key file, mode 0600, durably, before there is anything that needs it. TK_CONFIG when another key is
   there already; the same one is fine. Else fails as keyfile_read does, or TK_CANNOT_CREATE, TK_IO, TK_DISK_FULL. */
enum tk_code copy_key(const struct keyfile *from, const struct keyfile *into,
                      struct tk_error *error);

#endif
