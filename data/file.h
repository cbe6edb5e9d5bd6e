/* file: what whoever writes a file durably needs. */
#ifndef TK_DATA_FILE_H
#define TK_DATA_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

/* Writes all of it; false with errno when that is not possible, part of it may be written then. */
bool file_write_whole(int file, const void *data, size_t size);
/* Reads as much as there is, up to `size` bytes, into data; false with errno. */
bool file_read_whole(int file, void *data, size_t size, size_t *got);
/* Makes a new name in the folder of `path` durable; false with errno. */
bool file_sync_folder(const char *path);
/* What an errno of a write means: TK_DISK_FULL when there is no room (or more than is allowed), TK_IO
   for the rest. */
enum tk_code file_code(int failure);

#endif
