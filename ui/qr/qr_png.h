/* qr_png: a QR code as a PNG picture, black on white; the one user of libpng. */
#ifndef TK_UI_QR_QR_PNG_H
#define TK_UI_QR_QR_PNG_H

#include "ui/qr/qr.h"

#define QR_PNG_SCALE 8 /* pixels a module */

/* Appends the bytes of the file. TK_NO_MEMORY. */
enum tk_code qr_png_draw(const struct qr *qr, int quiet, struct buffer *out,
                         struct tk_error *error);

#endif
