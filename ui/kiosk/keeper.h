/*
 * keeper: starts the counter of a kiosk, and starts it again whenever it ends.
 *
 *             start                       a crash, a hang-up, a signal: the terminal is put back,
 *   keeper ──────────▶ counter (a child) ──────────────────────────────────────────▶ start, after a
 * while │ a manager leaves, or SIGTERM came └──────────────────▶ the terminal is put back, the end
 *
 * Invariants
 * 1. Of the signals that can be ignored the keeper heeds SIGTERM alone; no key makes one for it.
 * 2. While no counter runs, what is typed is neither shown nor kept.
 * 3. Neither keeper nor counter runs another program: the counter could not
 * (keeper_forbid_programs).
 * 4. A counter does not outlive its keeper.
 */
#ifndef TK_UI_KIOSK_KEEPER_H
#define TK_UI_KIOSK_KEEPER_H

#include <stdbool.h>

/* Runs `counter` in children on the terminal that is standard input and output until one returns 0
   or SIGTERM comes. Each returns its exit status; 0: it was left by somebody who may. Returns the
   exit status of the whole: 0, or 69 when the terminal is gone for good. */
int keeper_keep(int (*counter)(void *context), void *context);

/* From now on this process can start no other program. False where the kernel does not know how. */
bool keeper_forbid_programs(void);

#endif
