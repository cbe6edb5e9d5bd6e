/*
 * keyfile: the site's keys, from which all passes are made.
 *
 * A text file of mode 0600 beside the box office file (PATH.key), made at first use and never
 * copied into the database, a backup or a log:
 *
 *     ticketly-site-key 1
 *     <64 hexadecimal digits>
 *
 * With more than one generation there is a line for each, oldest first:
 *
 *     ticketly-site-key 2
 *     <64 hexadecimal digits>      generation 1
 *     <64 hexadecimal digits>      generation 2 …
 *
 * Invariants
 * 1. A generation never changes and never goes: a pass is good as long as its slot.
 * 2. Whenever a program is killed or the power fails, the file is the old or the new one, whole.
 * 3. Programs that make or add a key at once get the same one.
 *
 * The first generation is also the root of what else needs a key (the digests of operations).
 */
#ifndef TK_DATA_KEYFILE_H
#define TK_DATA_KEYFILE_H

#include <stdbool.h>

#include "core/crypto.h"
#include "core/error.h"

#define SITE_KEYS_MAX 64

/* To be wiped by whoever holds it. */
struct site_keys {
    struct crypto_key keys[SITE_KEYS_MAX]; /* keys[0] is generation 1 */
    int count;
};

/*
 * Reads the keys beside `database`, making the first one when the database is not there yet (or
 * empty), or when make_new is set. Fails with TK_CONFIG when the key file of an existing database is
 * missing, malformed, or can be read by others.
 */
enum tk_code keyfile_load(const char *database, bool make_new,
                          void (*random)(void *context, void *data, size_t size), void *context,
                          struct site_keys *keys, struct tk_error *error);
/* The same, making nothing. */
enum tk_code keyfile_read(const char *database, struct site_keys *keys, struct tk_error *error);
/* Adds the generation after `known`, unless somebody has done so already; either way it is durable
   then, and *keys are all there are. TK_CONFIG when the file has fewer than `known`, or
   SITE_KEYS_MAX. */
enum tk_code keyfile_add(const char *database, int known,
                         void (*random)(void *context, void *data, size_t size), void *context,
                         struct site_keys *keys, struct tk_error *error);

#endif
