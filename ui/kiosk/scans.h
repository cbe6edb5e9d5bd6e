/*
 * scans: codes that a scanner types while a view has the keys.
 *
 * The first characters of a burst cannot be told from typing, so they are acted on. When the burst
 * shows, that is taken back: views that they opened are closed, a form has the text it had, the
 * programme its place. What could not be taken back (to leave the program, to undo a sale, to print, to
 * say yes) is kept for CAPTURE_SILENCE before it is done, with what is typed behind it, and dropped when
 * it was part of a scan.
 *
 * Invariants
 * 1. A key is a scan's, or acted on once; those that are acted on are so in the order of typing.
 * 2. A key is kept for CAPTURE_SILENCE, and while others follow so fast that they may yet be a scan: for
 *    SCANS_HELD_MOST at most.
 */
#ifndef TK_UI_KIOSK_SCANS_H
#define TK_UI_KIOSK_SCANS_H

#include "ui/kiosk/view.h"

#define SCANS_HELD_MOST (CAPTURE_PACE * (PASS_LENGTH - 2) + CAPTURE_SILENCE) /* µs */

/* Looks at a key before anybody acts on it; true when it is a scan's, or kept for later. A whole code is
   given to counter->scanned. */
bool scans_take_key(struct counter *counter, uint32_t key);
/* Takes out what was kept for long enough, or must go before `key` (0: none) is acted on: the number of
   keys in held, in order. Codes that ended by silence are given to counter->scanned. */
int scans_look(struct counter *counter, uint32_t key, uint32_t held[SCANS_HELD_MAX]);
/* ms until scans_look has something to do, at most `most`. */
int scans_wait_ms(const struct counter *counter, int most);
/* What a counter does with a code: opens its ticket, or says why not. */
void scans_open_ticket(struct counter *counter, const char *code);

#endif
