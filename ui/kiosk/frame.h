/* frame: what stands around every view (header, messages, questions, hints), and the picture as a
   whole. */
#ifndef TK_UI_KIOSK_FRAME_H
#define TK_UI_KIOSK_FRAME_H

#include "ui/kiosk/view.h"

/* Makes the canvas follow the size of the terminal; false when there is no memory for it. */
bool frame_size(struct counter *counter);
/* Whether only a page fits that says what size is needed. */
bool frame_is_too_small(const struct canvas *canvas);
/* Paints all and shows it, in one flush. */
void frame_paint(struct counter *counter);
/* For store_watch: shows how long a store has waited, and whether Esc was typed. */
bool frame_give_up(void *counter, int64_t waited_ms);

#endif
