#include "ui/qr/qr.h"

#include <errno.h>
#include <string.h>

#include <qrencode.h>

#include "ui/qr/qr_png.h"

#define LIGHT 231 /* of 256 colours: white */
#define DARK 16   /* black */
#define CORNER 7  /* modules a side of the squares in three corners */

static const char *const form_names[QR_FORM_COUNT] = {
#define X(form, name) [form] = name,
    QR_FORM_TABLE(X)
#undef X
};

const char *qr_form_name(enum qr_form form)
{
    return (unsigned)form < QR_FORM_COUNT ? form_names[form] : NULL;
}

bool qr_form_parse(const char *name, enum qr_form *form)
{
    for (int i = 0; i < QR_FORM_COUNT; i++)
        if (strcmp(form_names[i], name) == 0) {
            *form = (enum qr_form)i;
            return true;
        }
    return false;
}

/* One segment in the densest mode that holds the whole text: what the library chooses by itself
   mixes modes, and a pass must never need more than version 1. */
static QRcode *encode(const char *text)
{
    size_t length = strlen(text);
    const unsigned char *bytes = (const unsigned char *)text;
    QRencodeMode mode = QR_MODE_8;
    QRinput *input;
    QRcode *code = NULL;

    if (length == 0 || length > 1024) {
        errno = ERANGE;
        return NULL;
    }
    if (QRinput_check(QR_MODE_AN, (int)length, bytes) == 0)
        mode = QR_MODE_AN;
    input = QRinput_new2(0, QR_ECLEVEL_M);
    if (input && QRinput_append(input, mode, (int)length, bytes) == 0)
        code = QRcode_encodeInput(input);
    QRinput_free(input);
    return code;
}

enum tk_code qr_make(struct qr *qr, const char *text, struct tk_error *error)
{
    QRcode *code = encode(text);

    if (!code && errno == ENOMEM)
        return tk_fail_code(error, TK_NO_MEMORY);
    if (!code || code->width > QR_SIZE_MAX) {
        QRcode_free(code);
        return tk_fail(error, TK_BAD_TEXT, "A text of %zu bytes does not fit into a QR code.",
                       strlen(text));
    }
    *qr = (struct qr){.size = code->width};
    for (int row = 0; row < qr->size; row++)
        for (int column = 0; column < qr->size; column++)
            qr->dark[row][column] = code->data[row * qr->size + column] & 1;
    QRcode_free(code);
    return TK_OK;
}

bool qr_is_dark(const struct qr *qr, int row, int column)
{
    return row >= 0 && column >= 0 && row < qr->size && column < qr->size && qr->dark[row][column];
}

int qr_rows(const struct qr *qr, enum qr_form form, int quiet)
{
    int side = qr->size + 2 * quiet;

    switch (form) {
    case QR_WIDE:
    case QR_ASCII:
        return side;
    case QR_HALF:
        return (side + 1) / 2;
    default:
        return 0;
    }
}

int qr_columns(const struct qr *qr, enum qr_form form, int quiet)
{
    int side = qr->size + 2 * quiet;

    switch (form) {
    case QR_WIDE:
    case QR_ASCII:
        return 2 * side;
    case QR_HALF:
        return side;
    default:
        return 0;
    }
}

/* The colours are set anew only where they change. */
static void draw_wide(const struct qr *qr, int quiet, struct buffer *out)
{
    for (int row = -quiet; row < qr->size + quiet; row++) {
        int last = -1;

        for (int column = -quiet; column < qr->size + quiet; column++) {
            int colour = qr_is_dark(qr, row, column) ? DARK : LIGHT;

            if (colour != last)
                buffer_addf(out, "\x1b[48;5;%dm", colour);
            buffer_add_text(out, "  ");
            last = colour;
        }
        buffer_add_text(out, "\x1b[0m\n");
    }
}

/* Whether the module belongs to one of the three corner squares. */
static bool is_in_corner(const struct qr *qr, int row, int column)
{
    bool top = row >= 0 && row < CORNER, left = column >= 0 && column < CORNER;
    bool bottom = row < qr->size && row >= qr->size - CORNER;
    bool right = column < qr->size && column >= qr->size - CORNER;

    return (top && (left || right)) || (bottom && left);
}

bool qr_half_is_lower(const struct qr *qr, int row, int column)
{
    bool upper = qr_is_dark(qr, row, column), above = qr_is_dark(qr, row - 1, column);

    if (upper == qr_is_dark(qr, row + 1, column) || !is_in_corner(qr, row, column))
        return false;
    if (upper == above) /* the line over ▀ would part them */
        return is_in_corner(qr, row - 1, column);
    return qr_half_is_lower(qr, row - 2, column); /* that one's line is below it: not two in a row */
}

/* Two rows at once: ▀ in the upper one's colour on the lower one's, or ▄ the other way about; a space
   where both are alike, so that no seam shows in fonts that do not fill the cell. */
static void draw_half(const struct qr *qr, int quiet, struct buffer *out)
{
    for (int row = -quiet; row < qr->size + quiet; row += 2) {
        int last_ink = -1, last_paper = -1;

        for (int column = -quiet; column < qr->size + quiet; column++) {
            bool low = qr_half_is_lower(qr, row, column);
            int ink = qr_is_dark(qr, row + low, column) ? DARK : LIGHT;
            int paper = qr_is_dark(qr, row + !low, column) ? DARK : LIGHT;

            if (ink != last_ink || paper != last_paper)
                buffer_addf(out, "\x1b[38;5;%d;48;5;%dm", ink, paper);
            buffer_add_text(out, ink == paper ? " " : low ? "▄" : "▀");
            last_ink = ink;
            last_paper = paper;
        }
        buffer_add_text(out, "\x1b[0m\n");
    }
}

static void draw_ascii(const struct qr *qr, int quiet, struct buffer *out)
{
    for (int row = -quiet; row < qr->size + quiet; row++) {
        for (int column = -quiet; column < qr->size + quiet; column++)
            buffer_add_text(out, qr_is_dark(qr, row, column) ? "##" : "  ");
        buffer_add_char(out, '\n');
    }
}

/* One path of horizontal runs; crisp, so that no light lines show between modules. */
static void draw_svg(const struct qr *qr, int quiet, struct buffer *out)
{
    int side = qr->size + 2 * quiet;

    buffer_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">\n"
                "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"",
                side * QR_PNG_SCALE, side * QR_PNG_SCALE, side, side, side, side);
    for (int row = 0; row < qr->size; row++)
        for (int column = 0, run; column < qr->size; column += run) {
            bool dark = qr_is_dark(qr, row, column);

            for (run = 1; column + run < qr->size && qr_is_dark(qr, row, column + run) == dark;)
                run++;
            if (dark)
                buffer_addf(out, "M%d %dh%dv1h-%dz", column + quiet, row + quiet, run, run);
        }
    buffer_add_text(out, "\"/>\n</svg>\n");
}

enum tk_code qr_draw(const struct qr *qr, enum qr_form form, int quiet, struct buffer *out,
                     struct tk_error *error)
{
    if (quiet < 0 || quiet > QR_QUIET_MAX)
        return tk_fail_code(error, TK_INTERNAL);
    switch (form) {
    case QR_WIDE:
        draw_wide(qr, quiet, out);
        break;
    case QR_HALF:
        draw_half(qr, quiet, out);
        break;
    case QR_ASCII:
        draw_ascii(qr, quiet, out);
        break;
    case QR_SVG:
        draw_svg(qr, quiet, out);
        break;
    case QR_PNG:
        return qr_png_draw(qr, quiet, out, error);
    default:
        return tk_fail_code(error, TK_INTERNAL);
    }
    return out->failed ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}
