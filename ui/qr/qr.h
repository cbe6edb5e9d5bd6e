/*
 * qr: a text as a QR code, drawn as cells of a terminal, PNG or SVG.
 *
 * The only module that knows libqrencode and libpng. Codes are level M; a pass (20 characters of
 * the alphanumeric set) is version 1, 21 x 21 modules. Dark modules are black on white whatever
 * the terminal's colours, with a quiet zone of 4 modules (2 where rows are short): inverted codes
 * and codes without quiet zone are not read by scanners.
 */
#ifndef TK_UI_QR_QR_H
#define TK_UI_QR_QR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"

#define QR_SIZE_MAX 57 /* modules a side: version 10 is plenty */
#define QR_QUIET_MAX 16

struct qr {
    int size;                                 /* modules a side */
    bool dark[QR_SIZE_MAX][QR_SIZE_MAX];      /* [row][column] */
};

#define QR_FORM_TABLE(X)                                                                           \
    X(QR_AUTO, "auto")   /* wide where it fits, else half; ascii where there is no terminal */      \
    X(QR_WIDE, "wide")   /* two spaces a module, colours by escape sequences */                     \
    X(QR_HALF, "half")   /* one ▀ or ▄ for two modules, colours by escape sequences */              \
    X(QR_ASCII, "ascii") /* ## for dark, for paper */                                               \
    X(QR_PNG, "png")                                                                               \
    X(QR_SVG, "svg")

enum qr_form {
#define X(form, name) form,
    QR_FORM_TABLE(X)
#undef X
        QR_FORM_COUNT
};

const char *qr_form_name(enum qr_form form);
bool qr_form_parse(const char *name, enum qr_form *form);

/* Encodes; TK_BAD_TEXT when the text does not fit. */
enum tk_code qr_make(struct qr *qr, const char *text, struct tk_error *error);
/* Whether the module is dark; outside (the quiet zone) it is light. */
bool qr_is_dark(const struct qr *qr, int row, int column);

/* Whether the cell of QR_HALF for the modules `row` and row + 1 is to be ▄ on the upper one's colour
   rather than ▀ on the lower one's. Where lines are higher than the font, the cell's background shows
   above and below the sign as a thin line; the three corner squares, by which a code is found, are
   drawn so that none of these lines crosses them in another colour. */
bool qr_half_is_lower(const struct qr *qr, int row, int column);

/* Terminal cells that a form takes with a quiet zone of `quiet` modules; 0 for png and svg. */
int qr_rows(const struct qr *qr, enum qr_form form, int quiet);
int qr_columns(const struct qr *qr, enum qr_form form, int quiet);

/* Appends the code in a form other than QR_AUTO; png is bytes, 8 pixels a module. `quiet` is 0 to
   QR_QUIET_MAX modules. Rows of a terminal end with a reset and a newline. TK_NO_MEMORY also when
   the buffer's limit is met. */
enum tk_code qr_draw(const struct qr *qr, enum qr_form form, int quiet, struct buffer *out,
                     struct tk_error *error);

#endif
