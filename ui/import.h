/*
 * import: a programme from a CSV file (RFC 4180) into the store, all or nothing.
 *
 * Columns by header, in any order: slotName, startTime, endTime, slotType, genre; optional
 * slotDescription, capacity (20), screen. Times as time_parse reads them, "today+3 19:45" too.
 * A UTF-8 BOM, CRLF and quotes are fine. What is wrong is named by line and column, and nothing is
 * imported. The same row imported again is known already: its operation id is made from it. So is
 * a row of an export when the showing with its slotId has the same name, start and screen.
 */
#ifndef TK_UI_IMPORT_H
#define TK_UI_IMPORT_H

#include "core/box_office.h"

struct import_result {
    size_t added, known; /* rows */
};

/* Told now and then; `checked` counts rows read in the first pass, `applied` in the second. */
typedef void import_progress(void *context, size_t checked, size_t applied);

/* Reads path ("-": standard input is not allowed here) and applies it. dry_run: all the same, but
   the store undoes it in the end. */
enum tk_code import_programme(struct box_office *office, const char *path, bool dry_run,
                              import_progress *progress, void *context,
                              struct import_result *result, struct tk_error *error);

/* Where the sample programme lies: beside the program (assets/programme.csv) or as installed.
   False when it is nowhere. */
bool import_find_sample(char *path, size_t size);
/* Imports it; TK_NO_INPUT when it is nowhere. */
enum tk_code import_sample(struct box_office *office, struct import_result *result,
                           struct tk_error *error);

#endif
