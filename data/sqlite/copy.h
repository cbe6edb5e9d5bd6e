/* copy: a box office file as an end of data/copy. */
#ifndef TK_DATA_SQLITE_COPY_H
#define TK_DATA_SQLITE_COPY_H

#include "data/copy/copy.h"
#include "data/sqlite/sqlite_store.h"

/* Opens a file to copy from, which must be there, or to copy into, which is made where there is none and held
   against other programs until it is closed. Fails as sqlite_store_open does; a till's copy is refused
   (TK_NOT_A_STORE). *end is to be closed with copy_end_close. */
enum tk_code sqlite_copy_open(const struct sqlite_options *options, enum copy_role role,
                              struct copy_end **end, struct tk_error *error);

#endif
