/*
 * spooler: prints beside the counter, so that no key waits for a printer.
 *
 *   spooler_add ──▶ waiting ──▶ at the printer ──▶ ended ──▶ spooler_poll
 *                   (the spooler's thread)
 *
 * Invariants
 * 1. Jobs are printed one after another, in the order in which they came; each ends once, and is told
 *    once by spooler_poll, in that order.
 * 2. No call but spooler_end waits for a printer, and that for SPOOLER_END_MS at most. A job that is
 *    at the printer then is left alone with what it needs; those behind it are dropped and counted.
 * 3. At most SPOOLER_JOBS_MAX jobs are there, those not told yet included.
 *
 * All calls from one thread. The spooler's own thread takes no signals.
 */
#ifndef TK_UI_PRINT_SPOOLER_H
#define TK_UI_PRINT_SPOOLER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"
#include "ui/print/printer.h"

#define SPOOLER_JOBS_MAX 32
#define SPOOLER_END_MS 2000
#define SPOOLER_NAME_SIZE 64

struct spooler;

struct spooler_job {
    char where[PRINTER_WHERE_SIZE];
    char name[SPOOLER_NAME_SIZE]; /* for messages: "TKT…", "3 tickets" */
    int timeout_ms, pause_ms; /* as for printer_print */
    struct buffer bytes; /* owned by whoever holds the job */
};

struct spooler_result {
    enum tk_code code; /* TK_OK: printed */
    char name[SPOOLER_NAME_SIZE];
    struct tk_error error; /* when not */
};

/* Starts the thread. TK_NO_MEMORY. */
enum tk_code spooler_new(struct spooler **spooler, struct tk_error *error);
/* TK_PRINTER when SPOOLER_JOBS_MAX jobs are there: ask before a copy is counted. */
enum tk_code spooler_check_room(struct spooler *spooler, struct tk_error *error);
/* Takes the job and its bytes, which are the spooler's from now on and NULL in *job; as
   spooler_check_room, and the bytes stay the caller's then. */
enum tk_code spooler_add(struct spooler *spooler, struct spooler_job *job, struct tk_error *error);
/* The oldest job that ended and was not told yet; false when there is none. Never waits. */
bool spooler_poll(struct spooler *spooler, struct spooler_result *result);
/* Waits a moment for the jobs that are left and lets go of the spooler (NULL: nothing to do). Returns
   how many of them were not printed, or are not known to be. */
int spooler_end(struct spooler *spooler);

#endif
