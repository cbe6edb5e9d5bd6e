/*
 * tone: short patterns of beeps, played beside all else.
 *
 * Nothing here waits: a player is asked at each turn of a loop (tone_tick) and says when next
 * (tone_wait_ms). It beeps by the terminal's bell, which knows pitches on a Linux console only, or
 * hands a WAV file to a program's standard input: one at a time, in no shell, its output nowhere,
 * and ended when it takes longer than TONE_PROGRAM_MAX. A newer tone replaces what is still to
 * come.
 */
#ifndef TK_UI_KIOSK_TONE_H
#define TK_UI_KIOSK_TONE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buffer.h"
#include "core/time.h"

#define TONE_NOTES 7    /* four beeps and the pauses between them */
#define TONE_RATE 16000 /* samples a second */
#define TONE_PROGRAM_MAX (5 * TIME_SECOND)

struct note {
    int hz; /* 0: a pause */
    int ms; /* 0: none, and none follows */
};

struct tone {
    struct note notes[TONE_NOTES];
};

/* In the order of the setting door.sound. */
enum tone_way { TONE_BELL, TONE_PROGRAM, TONE_OFF };

struct tone_player {
    enum tone_way way;
    const char *program;     /* borrowed; its words are split at spaces */
    const struct tone *tone; /* under way, borrowed; NULL: none */
    int note;                /* the next one */
    int64_t due;             /* UTC µs, when */
    pid_t child;             /* 0: none */
    int64_t child_since;
    bool broken; /* the program could not be started: the bell does instead */
};

/* Starts a tone; it sounds at the next tone_tick. */
void tone_play(struct tone_player *player, const struct tone *tone, int64_t now);
void tone_tick(struct tone_player *player, int64_t now);
/* Ends a program that still plays. */
void tone_release(struct tone_player *player);
/* ms until tone_tick has something to do; -1: nothing is under way. */
int tone_wait_ms(const struct tone_player *player, int64_t now);

/* Milliseconds from the first note to the end of the last. */
int tone_length_ms(const struct tone *tone);
/* Appends the tone as a WAV file: PCM, mono, 16 bits, TONE_RATE. TK_NO_MEMORY. */
enum tk_code tone_wav(const struct tone *tone, struct buffer *wav);

#endif
