/* secret_file: whether a file that holds a secret is kept as one. */
#ifndef TK_DATA_SECRET_FILE_H
#define TK_DATA_SECRET_FILE_H

#include "core/error.h"

/* TK_CONFIG with "The WHAT file PATH …" unless the open file is a plain one of this user's that
   nobody else can read. `what`: "key", "token". */
enum tk_code secret_file_check(int file, const char *what, const char *path,
                               struct tk_error *error);
/* The same sentence with another end. */
enum tk_code secret_file_refuse(const char *what, const char *path, const char *why,
                                struct tk_error *error);

#endif
