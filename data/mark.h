/*
 * mark: the high-water mark beside a till's copy: which file it is, and how long its queue was.
 *
 * The file of a copy may be put back from a backup, or copied to a second machine: it then sells places
 * and numbers that were sold before. The mark is not part of it, so that it tells: PATH.mark names the
 * replica, its newest entry, the file (device and inode) and the machine. It is one short text of always
 * the same length, written over itself and synced, so that a power cut leaves the old one or the new
 * one; whatever else is found counts as none.
 *
 * Threading: whoever writes holds the gate of the copy.
 */
#ifndef TK_DATA_MARK_H
#define TK_DATA_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/id.h"

/* Writes the mark of the copy at `path`. TK_IO, TK_DISK_FULL, TK_CANNOT_CREATE. */
enum tk_code mark_write(const char *path, const struct op_id *replica, int64_t seq,
                        struct tk_error *error);
/* Whether the copy at `path`, of this replica with so many entries, may not be the newest one. `used`:
   there is something to lose, an entry or a place that is held; without it a mark that is missing or of
   another replica means nothing. */
bool mark_doubts(const char *path, const struct op_id *replica, int64_t seq, bool used);

#endif
