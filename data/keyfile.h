/*
 * keyfile: the site key, from which all passes are made.
 *
 * A text file of mode 0600 beside the box office file (PATH.key), made at first use and never
 * copied into the database, a backup or a log:
 *
 *     ticketly-site-key 1
 *     <64 hexadecimal digits>
 */
#ifndef TK_DATA_KEYFILE_H
#define TK_DATA_KEYFILE_H

#include <stdbool.h>

#include "core/crypto.h"
#include "core/error.h"

/*
 * Reads the key beside `database`, making it when the database is not there yet (or empty), or
 * when make_new is set. Two programs that start at once get the same key. Fails with TK_CONFIG
 * when the key of an existing database is missing, malformed, or can be read by others.
 */
enum tk_code keyfile_load(const char *database, bool make_new,
                          void (*random)(void *context, void *data, size_t size), void *context,
                          struct crypto_key *key, struct tk_error *error);

#endif
