/*
 * door_record: what a door did on its own while the box office was away, until that has answered, and
 * what it refused then, until a person has dealt with it.
 *
 * An append-only text file of mode 0600, one entry a line:
 *
 *     file  = *line
 *     line  = sum SP entry LF
 *     entry = "+" operation        it is done, and the box office does not know it yet
 *           | "-" id               the box office has answered for the first one that waits
 *           | "!" id SP ticket SP time SP sentence
 *                                  the same, and it has refused it: when it was let in here (UTC µs),
 *                                  and why. Where nothing waits it stands for itself: the file was
 *                                  written anew without what is over.
 *           | "=" id               a person has dealt with that refusal
 *     operation: one JSON object (operation_print, OP_PRINT_WHOLE); id: the operation's
 *     sum   = the first 16 hexadecimal digits of
 *             BLAKE2b-256("tkdoor01" || sum of the line before ("0" * 16 at first) || entry)
 *
 * Invariants
 * 1. Whatever add, settle or acknowledge did is on the disk when it returns TK_OK; when it fails, the
 *    file is as it was before.
 * 2. A last line that was written in part (a power cut) is cut off: nobody was told of it. Any other
 *    line that is not as it was written is TK_CORRUPT, and the file is left alone.
 * 3. One process has the file, by flock(2).
 * 4. When nothing waits any more and every refusal was dealt with the file is empty.
 *
 * No names and no phones stand in it. Threading: one thread.
 */
#ifndef TK_DATA_DOOR_RECORD_H
#define TK_DATA_DOOR_RECORD_H

#include "core/door.h"

#define DOOR_RECORD_MAX ((size_t)256 << 20) /* bytes of the file */

/* Opens the file, making it when it is not there; its folder must be. TK_BUSY while another process
   has it, TK_CORRUPT, TK_CONFIG (not a file of this user's alone), TK_CANNOT_CREATE, TK_IO,
   TK_DISK_FULL. */
enum tk_code door_record_open(const char *path, struct door_record **record,
                              struct tk_error *error);
/* NULL is fine. */
void door_record_close(struct door_record *record);

#endif
