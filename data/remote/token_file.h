/* token_file: the token by which this machine uses a service, in a file of its own. */
#ifndef TK_DATA_REMOTE_TOKEN_FILE_H
#define TK_DATA_REMOTE_TOKEN_FILE_H

#include <stddef.h>

#include "core/error.h"

#define TOKEN_FILE_SIZE 256 /* bytes of a token with the NUL */

/* Reads the one line of the file, which must belong to this user and be for him alone. TK_CONFIG
   with a sentence that says what to do. Wipe the token after use. */
enum tk_code token_file_read(const char *path, char token[TOKEN_FILE_SIZE],
                             struct tk_error *error);

#endif
