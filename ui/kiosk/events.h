/*
 * events: what a key, a paste, a click or a new size does: a question is answered, a scan is taken,
 * an action is done here or by the view on top.
 *
 * Invariants
 * 1. While a question stands every character answers it and nothing else is acted on.
 * 2. A view that has come has its data before the next key reaches it.
 */
#ifndef TK_UI_KIOSK_EVENTS_H
#define TK_UI_KIOSK_EVENTS_H

#include "ui/kiosk/view.h"

/* Answers one event that is neither EVENT_NONE nor EVENT_HANGUP. */
void events_handle(struct counter *counter, const struct event *event);
/* Acts on keys that were kept and turned out to be no scan's, before `key` (0: none). */
void events_handle_held(struct counter *counter, uint32_t key);
/* Has the view on top get its data when that is due. */
void events_refresh(struct counter *counter);

#endif
