/*
 * seal_file: the latest seals of the journal, kept beside the key file.
 *
 * Whoever can write the database can cut off the end of the journal together with the seals that
 * vouch for it. So those that are the newest are kept here as well, where only the programs of the
 * house write: KEYFILE.seals, a text of mode 0600 with a line that names the box office and one for
 * each writer, the value of its seal's record:
 *
 *     ticketly-seals 1 <uuid>
 *     {"writer":0,"entries":4711,…}
 *
 * Invariants
 * 1. A seal is replaced by one for more entries only.
 * 2. Whenever a program is killed or the power fails, the file is the old or the new one, whole.
 *
 * Threading: any; programs that keep seals at once wait for one another.
 */
#ifndef TK_DATA_SEAL_FILE_H
#define TK_DATA_SEAL_FILE_H

#include "core/box_office_staff.h"
#include "core/error.h"

/* Appends those that are kept beside this key file for that box office: none where there is no
   file, or another's. TK_CORRUPT when it cannot be understood, TK_IO, TK_NO_MEMORY. */
enum tk_code seal_file_read(const char *key_path, const char *uuid, struct seal_list *list,
                            struct tk_error *error);
/* Keeps these; does nothing when they are kept already. `signature` of each is its own: they are
   not signed again. TK_IO, TK_DISK_FULL, TK_CANNOT_CREATE, TK_CORRUPT, TK_NO_MEMORY. */
enum tk_code seal_file_keep(const char *key_path, const char *uuid, const struct seal_list *seals,
                            struct tk_error *error);

#endif
