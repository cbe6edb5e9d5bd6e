/* paper: what an ESC/POS printer would make of bytes; the reader knows the commands that the header of
   ui/print/receipt.h lists, and nothing of the code that writes them. */
#ifndef TK_TESTS_SUPPORT_PAPER_H
#define TK_TESTS_SUPPORT_PAPER_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/support/render.h"

#define PAPER_TEXT_MAX 65536

struct paper {
    char text[PAPER_TEXT_MAX];  /* the lines, each with its LF, as bytes of the code page */
    char large[PAPER_TEXT_MAX]; /* those in double size */
    char qr[64];                /* stored for the printer's own code, when it was printed */
    struct image picture;       /* the last raster; owned */
    int codes, pictures, cuts, resets, page, module;
    int widest;    /* columns of the widest line */
    bool is_sound; /* nothing but these commands, printable bytes and LF */
    char wrong[80]; /* the first thing that was not */
};

/* *paper must be zeroed or read before. */
void paper_read(struct paper *paper, const void *bytes, size_t size);
void paper_release(struct paper *paper);

#endif
