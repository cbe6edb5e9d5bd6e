/*
 * lined_till: the counter on a till's box office whose line to a centre is a stand-in.
 *
 * The counter runs as a program of its own (this one, started again). How its line is stands in a file
 * that the test writes and the counter reads at every look. What is sold while the line is away is noted as
 * waiting, and may be no more than what the file says is held of Skyfall, of no other showing anything.
 */
#ifndef TK_TESTS_KIOSK_LINED_TILL_H
#define TK_TESTS_KIOSK_LINED_TILL_H

#include "tests/kiosk/till.h"

struct lined_till {
    struct till till;
    char path[192]; /* of the file */
};

void lined_till_init(struct lined_till *lined);
/* "online=1 waiting=0 …": words that set the members of struct sync_status, away_since in minutes ago, and
   here (of Skyfall), allotted (of every showing, with those here), drop=1 (the line breaks at the next
   change), shown (how many disputes there are), refuse=1 (every change needs the centre). What is not said
   is 0, but for online, which is 1. */
void lined_till_set(const struct lined_till *lined, const char *words);
/* Opens the counter. */
bool lined_till_counter(const struct lined_till *lined, struct term *term, int rows, int columns,
                        const char *const *env, const char *option);

#endif
