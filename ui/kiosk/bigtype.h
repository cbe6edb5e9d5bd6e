/*
 * bigtype: words in letters of 5 x 5 blocks, to be read from afar.
 *
 * A block is so many cells wide and high as there is room for. It is a background-coloured space,
 * or # where there is no colour and in ASCII: no font is asked for anything. Letters stand one
 * block apart, words four. Where the width is short letters are of 4 x 5 blocks: a word of twelve
 * takes 56 cells then, and 68 else.
 */
#ifndef TK_UI_KIOSK_BIGTYPE_H
#define TK_UI_KIOSK_BIGTYPE_H

#include "ui/kiosk/canvas.h"

#define BIGTYPE_ROWS 5

struct bigtype {
    int across, down; /* cells of a block; 0: nothing fits */
    bool narrow;
};

/* Blocks that a character takes, without what stands between two. */
int bigtype_columns(struct bigtype type, char letter);
/* Whether a block of a letter is inked. A to Z, 0 to 9; all else is blank. */
bool bigtype_is_inked(struct bigtype type, char letter, int row, int column);
/* Cells that a word takes. */
int bigtype_width(const char *word, struct bigtype type);
/* The largest type for a word in a space of cells. A block is about square (a cell is twice as high
   as wide), or narrower where the width is short. */
struct bigtype bigtype_fit(const char *word, int rows, int columns);
/* Writes only inked blocks. */
void bigtype_put(struct canvas *canvas, int row, int column, struct bigtype type, enum style ink,
                 const char *word);

#endif
