/*
 * keyfile: the site's keys, from which all passes are made.
 *
 * A text file of mode 0600, made at first use and never copied into the database, a backup or a log. It lies
 * beside the box office file (PATH.key); of a box office in a database server every node has the same file,
 * copied from the one where it was made.
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
#define KEYFILE_PATH_SIZE 4096

/* Which one. */
struct keyfile {
    char path[KEYFILE_PATH_SIZE];
    char database[KEYFILE_PATH_SIZE]; /* the box office file that it lies beside; "": it is a node's */
};

/* To be wiped by whoever holds it. */
struct site_keys {
    struct crypto_key keys[SITE_KEYS_MAX]; /* keys[0] is generation 1 */
    int count;
};

/* The file beside a box office file; a node's at a path. TK_CONFIG when it is too long. */
enum tk_code keyfile_beside(struct keyfile *file, const char *database, struct tk_error *error);
enum tk_code keyfile_of_node(struct keyfile *file, const char *path, struct tk_error *error);
/*
 * Reads the keys, making the first one when the database that it lies beside is not there yet (or
 * empty), or when make_new is set. Fails with TK_CONFIG when it is missing otherwise, malformed, or can be
 * read by others.
 */
enum tk_code keyfile_load(const struct keyfile *file, bool make_new,
                          void (*random)(void *context, void *data, size_t size), void *context,
                          struct site_keys *keys, struct tk_error *error);
/* The same, making nothing. */
enum tk_code keyfile_read(const struct keyfile *file, struct site_keys *keys, struct tk_error *error);
/* Adds the generation after `known`, unless somebody has done so already; either way it is durable
   then, and *keys are all there are. TK_CONFIG when the file has fewer than `known`, or
   SITE_KEYS_MAX. */
enum tk_code keyfile_add(const struct keyfile *file, int known,
                         void (*random)(void *context, void *data, size_t size), void *context,
                         struct site_keys *keys, struct tk_error *error);

#endif
