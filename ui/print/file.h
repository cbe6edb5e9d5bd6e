/* file: what is printed into a file, for printer.c. */
#ifndef TK_UI_PRINT_FILE_H
#define TK_UI_PRINT_FILE_H

#include <stddef.h>

#include "core/error.h"

/* Writes the file anew, mode 0600: beside its place first, then renamed. TK_DISK_FULL, else TK_PRINTER
   with a sentence; what stood there before stays then. */
enum tk_code print_file(const char *path, const void *bytes, size_t size, struct tk_error *error);

#endif
