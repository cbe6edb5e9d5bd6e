/*
 * sign_on_table: what devices have failed, in a file and in memory; see sign_on_file.h, whose part
 * it is.
 *
 * A device is held by one at a time: by a mutex among threads, by a lock on a byte of
 * KEYFILE.tries.lock (fcntl(2), F_OFD_SETLKW) among programs. Byte 0 is held while the file is read
 * or written.
 */
#ifndef TK_DATA_SIGN_ON_TABLE_H
#define TK_DATA_SIGN_ON_TABLE_H

#include "core/sign_on.h"

struct sign_on_table;

/* "": in memory alone. NULL without memory. */
struct sign_on_table *sign_on_table_open(const char *path);
void sign_on_table_close(struct sign_on_table *table);

/* Waits until nobody else tries at the device (or at one that shares its place); what it returns is
   for sign_on_table_give. */
int sign_on_table_hold(struct sign_on_table *table, const char *device);
void sign_on_table_give(struct sign_on_table *table, int held);
/* What is known of a device that is held; all zeros when nothing is. */
void sign_on_table_read(struct sign_on_table *table, const char *device,
                        struct sign_on_guard *guard);
void sign_on_table_write(struct sign_on_table *table, const char *device, bool enrolled,
                         const struct sign_on_guard *guard, int64_t now);

#endif
