/*
 * door_look: the one table of how each answer of a door looks and sounds. Word, glyph, colours and
 * tone are each answer's own, so that any one of them tells it.
 */
#ifndef TK_UI_KIOSK_DOOR_LOOK_H
#define TK_UI_KIOSK_DOOR_LOOK_H

#include "core/admission.h"
#include "ui/kiosk/canvas.h"
#include "ui/kiosk/tone.h"

/* An answer is a verdict, or one of these. */
enum door_answer {
    ANSWER_NOT_CHECKED = VERDICT_COUNT, /* no verdict could be had */
    ANSWER_WAIT,                        /* too many wrong passes: a moment */
    ANSWER_TAKEN_BACK,                  /* an admission was undone */
    ANSWER_READY,                       /* nothing was scanned yet */
    ANSWER_COUNT
};

struct door_look {
    const char *word;                /* in large letters; NULL: the verdict's */
    const char *glyph, *glyph_ascii; /* one cell each */
    enum style panel, ink;           /* around the letters, and of the letters */
    struct tone tone;
};

const struct door_look *door_look_of(int answer);
const char *door_look_word(int answer);
const char *door_look_glyph(int answer, bool ascii);

#endif
