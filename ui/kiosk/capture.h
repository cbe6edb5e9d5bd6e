/*
 * capture: finds the codes of a scanner among the keys, wherever they are typed.
 *
 * A scanner types 20 characters within a moment; some send Enter or Tab after them, some nothing. A
 * person types slower. A run is a row of characters with less than CAPTURE_SILENCE between each two; it
 * is a burst when it has `least` characters or more and took CAPTURE_PACE for each at most. It ends with
 *
 *     its 20th symbol      when it reads as a pass: CAPTURED_CODE at once; an Enter or Tab right behind
 *                          it belongs to it, and what else follows without a pause is dropped, as the
 *                          rest of a longer code, unless it is a whole one again. With dashes where
 *                          a pass in groups of five has them, and nowhere else: its 23rd character,
 *                          for a dash is a digit, too, in one layout
 *     Enter or Tab         CAPTURED_CODE, whatever it is
 *     CAPTURE_SILENCE      the same, told by capture_silence
 *
 * Keys that were typed ahead while the program was busy come as fast as a scanner's. So where letters are
 * commands a burst has CAPTURE_VARIETY different characters, too; and where people write texts least is
 * 0: there nothing but what reads as a pass, without spaces and with a digit, is a code.
 *
 * Nothing here waits or keeps a key back: whoever asks acts on keys as they come, and takes back what
 * the first of a run did (capture_begins) when it turns out to be a burst.
 */
#ifndef TK_UI_KIOSK_CAPTURE_H
#define TK_UI_KIOSK_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/scan.h"
#include "core/time.h"

#define CAPTURE_SILENCE (100 * TIME_MILLISECOND)
#define CAPTURE_PACE (50 * TIME_MILLISECOND) /* a character, on average */
#define CAPTURE_LEAST_DOOR 6     /* where nobody writes texts */
#define CAPTURE_LEAST_COMMANDS 10 /* where letters are commands … */
#define CAPTURE_VARIETY 5        /* … of which so many are different */
#define CAPTURE_DASHED (PASS_LENGTH + 3) /* characters of a pass in groups of five */

enum captured {
    CAPTURED_NOTHING, /* typing, or too early to tell */
    CAPTURED_PART,    /* this key belongs to a burst: it is no command and no text */
    CAPTURED_CODE     /* … and ends it: capture_code */
};

struct capture {
    int least; /* see above; may change between keys */
    char text[SCAN_TEXT_MAX]; /* UTF-8 of the run so far, with a NUL; cut when too long */
    char code[SCAN_TEXT_MAX]; /* of the last CAPTURED_CODE */
    size_t length;
    int characters, symbols; /* of the run; symbols: what may count for a pass */
    bool spaced, digits; /* it has a space, a digit */
    int64_t began_at, last_at; /* UTC µs */
    int different;  /* characters of the run … */
    uint64_t known; /* … by their last six bits */
    bool strange; /* it has what no layout makes of a pass */
    bool dashed;  /* dashes stand between groups of five so far, and nowhere else */
    bool tail;    /* a code just ended by its length */
};

/* Whether a character that comes now would be the first of a run. */
bool capture_begins(const struct capture *capture, int64_t now);
/* One key: a character, KEY_ENTER_ or KEY_TAB_; any other ends the run. */
enum captured capture_key(struct capture *capture, uint32_t key, int64_t now);
/* When no key came: whether a burst has ended by silence. */
enum captured capture_silence(struct capture *capture, int64_t now);
/* Whether a run that is no burst yet may become one. */
bool capture_may_come(const struct capture *capture, int64_t now);
/* Forgets the run: a code that was given is none after all, and what follows is typing. */
void capture_clear(struct capture *capture);
/* ms until capture_silence has something to tell; -1: nothing is under way. */
int capture_wait_ms(const struct capture *capture, int64_t now);

#endif
