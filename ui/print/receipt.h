/*
 * receipt: a ticket as the bytes that an ESC/POS printer understands.
 *
 * Source of the commands: Epson, "ESC/POS Application Programming Guide" and the command reference at
 * https://download4.epson.biz/sec_pubs/pos/reference_en/escpos/ - those used are
 *
 *     ESC @             set back to what it is after power on
 *     ESC R 0           ASCII as it is, without a country's letters for # and the like
 *     FS .              bytes above 127 are letters, not halves of Chinese signs
 *     ESC t n           code page: 0 PC437 (of which ASCII is used alone), 16 WPC1252, 19 PC858
 *     ESC a n           to the left (0), in the middle (1)
 *     ESC E n           bold off, on
 *     GS ! n            size: 0x00 plain, 0x11 double width and height
 *     GS ( k            QR: function 165 model 2, 167 dots a module, 169 level M, 180 store, 181 print
 *     GS v 0            a raster picture: bytes a row, rows, bits with 1 for black
 *     ESC d n           print, and feed n lines
 *     GS V 66 0         feed to the knife, and cut, leaving a point uncut
 *
 * Invariants
 * 1. Between commands stand printable characters of the code page and LF only: no text, whoever wrote
 *    it, holds a byte below 0x20 or 0x7F ("ESC p" opens the drawer). Text is cleaned (core/text);
 *    characters that the code page lacks are written with ASCII letters or '?'.
 * 2. No line is longer than the paper is wide, double width counting twice; lines break between
 *    words, and inside a word only when it alone is longer.
 * 3. A QR has a quiet zone of 4 modules at least, and 4 dots a module or more.
 *
 * Pure.
 */
#ifndef TK_UI_PRINT_RECEIPT_H
#define TK_UI_PRINT_RECEIPT_H

#include <stdbool.h>

#include "core/box_office.h"
#include "core/buffer.h"

#define RECEIPT_BYTES_MAX ((size_t)16 * 1024) /* of one receipt, the QR as a picture included */
#define RECEIPT_COLUMNS_LEAST 32

/* In the order of the setting's choices. */
enum receipt_charset { RECEIPT_ASCII, RECEIPT_CP858, RECEIPT_CP1252 };

struct receipt_format {
    int columns; /* characters a line: 32 on paper of 58 mm, 42 or 48 on 80 mm */
    enum receipt_charset charset;
    bool raster; /* the QR as a picture, for printers without a QR command */
    bool cut;
};

struct receipt {
    const struct ticket_view *ticket;
    const char *pass;  /* of PASS_LENGTH */
    const char *venue; /* UTF-8 */
    const struct time_zone *zone;
    int copy; /* 1: the first on paper; more: it says so */
    bool training;
};

/* Appends one receipt; the buffer needs RECEIPT_BYTES_MAX bytes of room. TK_BAD_PASS when the pass
   is none, TK_NO_MEMORY also when the buffer's limit is met. */
enum tk_code receipt_put(struct buffer *out, const struct receipt *receipt,
                         const struct receipt_format *format, struct tk_error *error);

/* Copies text as it goes to the printer: cleaned, and a byte of the code page for each character. Cut
   to fit. */
void receipt_encode(char *dst, size_t size, const char *text, enum receipt_charset charset);

#endif
