/*
 * lines: a door without a screen: one code a line in, one JSON object a line out, for `zbarcam --raw`,
 * serial scanners and gates.
 *
 *     {"verdict":"admitted","message":"…","ticketId":"TKT…","slotId":100001,"at":"2026-…"}
 *
 * A line ends with LF, CR or both, or where the input ends; empty ones are passed over. One of more than
 * LINE_MAX_BYTES, or with a NUL in it, is a code that cannot be read. When no verdict can be given, such
 * as on a full disk, "verdict" is null and the message says why.
 *
 * Invariants
 * 1. Each line that is not empty gets one object, in the order of the lines, and nothing is dropped:
 *    while wrong passes are slowed down the input waits.
 * 2. An object is written after what it says is recorded, and is flushed before the next line is judged.
 * 3. Once an object cannot be written no further code is judged.
 *
 * What the box office refused of admissions that it was told later, and whether it is away, goes to
 * standard error, a line each.
 */
#ifndef TK_UI_DOOR_LINES_H
#define TK_UI_DOOR_LINES_H

#include "core/door.h"

#define LINE_MAX_BYTES 4096

/* Works from standard input to standard output until the input ends, or SIGTERM, SIGINT or SIGHUP
   comes: then the line in hand is answered first. Returns the exit status: 0; that of the first code for
   which no verdict could be given; that of TK_IO at once when the output is closed or full. */
int lines_run(struct door *door, const struct box_office *office);

#endif
