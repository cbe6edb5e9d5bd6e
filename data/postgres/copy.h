/* copy: a box office in a PostgreSQL database as an end of data/copy. */
#ifndef TK_DATA_POSTGRES_COPY_H
#define TK_DATA_POSTGRES_COPY_H

#include "data/copy/copy.h"
#include "data/postgres/postgres_store.h"

/* Connects to a database to copy from, or to copy into, where tables are made when there are none. Of two copies
   into one database at once the first fails. Fails as postgres_store_open and postgres_migrate do. *end is to be
   closed with copy_end_close. */
enum tk_code postgres_copy_open(const struct postgres_options *options, enum copy_role role,
                                struct copy_end **end, struct tk_error *error);

#endif
