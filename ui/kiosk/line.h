/*
 * line: a counter's line to its centre, where it has one (core/sync): what the header says of it, what
 * is said when it comes and goes, and how many places there are meanwhile.
 *
 *   online ── line_look: "The box office is away …" ──▶ cut off
 *      ◀───── line_look: "The box office is back …" ─────┘
 */
#ifndef TK_UI_KIOSK_LINE_H
#define TK_UI_KIOSK_LINE_H

#include "ui/kiosk/view.h"

#define LINE_TEXT_SIZE 240

/* Whether this counter is a till with a centre. */
bool line_is_there(const struct counter *counter);
/* Whether it is one, and its centre is away. */
bool line_is_cut(const struct counter *counter);
/* Asks how the line is, and says what changed; never waits. Before a message that shall be seen after
   those. */
void line_look(struct counter *counter);
/* "OFFLINE since 19:42 · 3 waiting · 2 disputes": the most important first, the last `dropped` counted
   only. Returns how many of the parts can be dropped. */
int line_print(const struct counter *counter, const struct canvas *canvas, int dropped, char *text,
               size_t size);
/* Whether something of what it says has to be looked after. */
bool line_is_troubled(const struct counter *counter);
/* Whether what this till did a moment ago was done by itself; `before`: waiting in the queue then. */
bool line_did_alone(const struct counter *counter, int64_t before);

/* Places that can be sold here now: while it is cut off only those that this till holds. */
int32_t line_room(const struct counter *counter, const struct slot *slot);
/* The same, and what can be sold again when the centre is back. */
int32_t line_room_anywhere(const struct counter *counter, const struct slot *slot);
/* "12 of 20 left", or cut off "3 here, 9 elsewhere", together as many; `what`: "" or " places". */
void line_print_places(const struct counter *counter, const struct slot *slot, const char *what,
                       char *text, size_t size);
/* Cut off, where there is little room: "3 here +9", "none here". */
void line_print_shortly(const struct slot *slot, char *text, size_t size);
/* "of them 3 held by this till"; cut off "as of 19:41"; "" when there is nothing to add. */
void line_print_held(const struct counter *counter, const struct slot *slot, char *text,
                     size_t size);

#endif
