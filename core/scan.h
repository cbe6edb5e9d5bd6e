/*
 * scan: what a scanner typed, read as the passes that it may be.
 *
 * A scanner is a keyboard with a US layout. Where the computer has another one, letters and digits
 * arrive changed: QWERTZ swaps Y and Z; AZERTY swaps A and Q, W and Z, sends M as , or ? and digits as
 * & é " ' ( - è _ ç à unless the shift is locked. No reading can be told from another by its letters
 * alone; a pass has a MAC, so all readings are tried by it.
 *
 * In any reading case, spaces, dashes (but AZERTY's 6), O for 0 and I and L for 1 are tolerated.
 *
 * Every function here is pure.
 */
#ifndef TK_CORE_SCAN_H
#define TK_CORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pass.h"

#define SCAN_TEXT_MAX 256 /* bytes of a code that is looked at; longer ones are none */

enum scan_layout { SCAN_US, SCAN_QWERTZ, SCAN_AZERTY, SCAN_LAYOUT_COUNT };

struct scan_reading {
    enum scan_layout layout;
    uint64_t ticket_id; /* that the pass claims */
    char pass[PASS_SIZE];
};

/* The readings of a code, each another pass; returns how many, 0 when it is none in any layout. The
   plainest comes first. `text` is what arrived, UTF-8 or not. */
size_t scan_read(const char *text, struct scan_reading readings[SCAN_LAYOUT_COUNT]);
/* Whether a character may be part of a scanned code under some layout. */
bool scan_is_symbol(uint32_t character);

#endif
