#include "ui/kiosk/door_look.h"

/* What lets in rises, what does not falls or stays; the number of beeps and their distances tell
   the answers apart even on a bell of one pitch. */
/* clang-format off */
#define PAUSE(ms) {0, ms}
#define LOOK(name) STYLE_##name, STYLE_##name##_INK

static const struct door_look looks[ANSWER_COUNT] = {
    [VERDICT_ADMITTED]    = {NULL, "✓", "+", LOOK(ADMITTED), {{{1320, 150}}}},
    [VERDICT_ALREADY]     = {NULL, "≡", "=", LOOK(ALREADY),
                             {{{440, 150}, PAUSE(80), {440, 150}}}},
    [VERDICT_WRONG_SLOT]  = {NULL, "→", ">", LOOK(WRONG_SLOT),
                             {{{660, 120}, PAUSE(250), {880, 120}}}},
    [VERDICT_TOO_EARLY]   = {NULL, "◄", "<", LOOK(TOO_EARLY),
                             {{{880, 120}, PAUSE(350), {660, 120}}}},
    [VERDICT_OVER]        = {NULL, "■", "|", LOOK(OVER),
                             {{{330, 500}, PAUSE(100), {330, 120}}}},
    [VERDICT_CANCELED]    = {NULL, "×", "X", LOOK(CANCELED),
                             {{{440, 150}, PAUSE(80), {370, 150}, PAUSE(80), {294, 150}}}},
    [VERDICT_REPLACED]    = {NULL, "↔", "~", LOOK(REPLACED),
                             {{{660, 120}, PAUSE(80), {440, 120}, PAUSE(250), {660, 120}}}},
    [VERDICT_EXPIRED]     = {NULL, "▼", "v", LOOK(EXPIRED),
                             {{{330, 120}, PAUSE(100), {330, 500}}}},
    [VERDICT_UNKNOWN]     = {NULL, "?", "?", LOOK(UNKNOWN),
                             {{{440, 120}, PAUSE(250), {554, 120}, PAUSE(250), {740, 120}}}},
    [VERDICT_DENIED]      = {NULL, "▲", "^", LOOK(DENIED),
                             {{{370, 150}, PAUSE(250), {330, 150}, PAUSE(80), {294, 150}}}},
    [VERDICT_NOT_GENUINE] = {NULL, "!", "!", LOOK(NOT_GENUINE),
                             {{{220, 150}, PAUSE(60), {220, 150}, PAUSE(60), {220, 150}, PAUSE(60),
                               {220, 150}}}},
    [VERDICT_UNREADABLE]  = {NULL, "░", "%", LOOK(UNREADABLE), {{{220, 300}}}},
    [VERDICT_TRAINING]    = {NULL, "♦", "*", LOOK(TRAINING_PASS),
                             {{{880, 80}, PAUSE(80), {880, 80}, PAUSE(250), {880, 80}, PAUSE(80),
                               {880, 80}}}},
    [ANSWER_NOT_CHECKED]  = {"NOT CHECKED", "○", "o", LOOK(NOT_CHECKED),
                             {{{220, 120}, PAUSE(80), {220, 120}, PAUSE(80), {220, 500}}}},
    [ANSWER_WAIT]         = {"WAIT", "·", ".", LOOK(WAITING), {{{0, 0}}}},
    [ANSWER_TAKEN_BACK]   = {"TAKEN BACK", "←", "-", LOOK(TAKEN_BACK),
                             {{{880, 100}, PAUSE(80), {440, 200}}}},
    [ANSWER_READY]        = {"READY", " ", " ", LOOK(READY), {{{0, 0}}}},
};
/* clang-format on */

const struct door_look *door_look_of(int answer)
{
    return &looks[answer];
}

const char *door_look_word(int answer)
{
    return looks[answer].word ? looks[answer].word : verdict_word((enum verdict)answer);
}

const char *door_look_glyph(int answer, bool ascii)
{
    return ascii ? looks[answer].glyph_ascii : looks[answer].glyph;
}
