/*
 * watch: what a counter looks after beside its keys: what others changed, upkeep, the minute, the
 * printer, messages that have been read, and who stands here.
 *
 * A store that fails is told of once, and again when it answers; a service that is away is asked
 * ever more seldom, and never while somebody types.
 */
#ifndef TK_UI_KIOSK_WATCH_H
#define TK_UI_KIOSK_WATCH_H

#include "ui/kiosk/view.h"

#define WATCH_TICK_MS 200 /* between looks at what others changed in a file */

/* Looks for what others changed, now. */
void watch_look(struct counter *counter);
/* Does whatever is due; at least every WATCH_TICK_MS. */
void watch_tick(struct counter *counter);

#endif
