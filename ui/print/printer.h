/*
 * printer: bytes to a printer, within a time.
 *
 * Where a printer is, is one text:
 *
 *     /dev/usb/lp0            a device: a printer's, a serial line, a pipe
 *     tcp:HOST, tcp:HOST:PORT or HOST:PORT
 *                             a printer in the network; its port is 9100 unless said; an IPv6 address
 *                             stands in brackets
 *     file:PATH               a file that is written anew each time, for a spooler: beside its place
 *                             first, mode 0600, then renamed
 *
 * Where the printer answers, it is asked for its paper before the job and behind it (DLE EOT 4, the
 * paper sensor: bits 5 and 6; source as in receipt.h). One that gives no answer within PRINTER_ANSWER_MS,
 * or any other than that one byte, is given the job all the same.
 *
 * Invariants
 * 1. No call takes longer than its time and PRINTER_ANSWER_MS: whatever is opened does not block, and
 *    every wait is a poll() until a deadline, that for a host's name too. Files (file:PATH) are the
 *    exception: a disk is waited for.
 * 2. A plain file, a folder and a disk (block device) are never written as devices.
 * 3. When TK_OK is returned all bytes were taken: a device took them, a host confirmed them. It is not
 *    known whether they are on paper.
 *
 * Any thread. SIGPIPE must be ignored or blocked.
 */
#ifndef TK_UI_PRINT_PRINTER_H
#define TK_UI_PRINT_PRINTER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

#define PRINTER_PORT "9100"
#define PRINTER_CONNECT_MS 2000 /* for the name and the connection, at most */
#define PRINTER_ANSWER_MS 300
#define PRINTER_WHERE_SIZE 512 /* bytes with the NUL */

struct printer_job {
    const char *where;
    const void *bytes;
    size_t size;
    int timeout_ms; /* for the whole job */
    int pause_ms;   /* one that takes nothing for so long has stopped */
};

/* Whether `where` is written as above: TK_CONFIG with a sentence when not. Nothing is opened. */
enum tk_code printer_check(const char *where, struct tk_error *error);
/* TK_CONFIG as printer_check; TK_DISK_FULL and TK_NO_MEMORY; else TK_PRINTER. The sentence says what a
   clerk can do about it and begins with "The printer" or "The file". */
enum tk_code printer_print(const struct printer_job *job, struct tk_error *error);

#endif
