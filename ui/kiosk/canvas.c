#include "ui/kiosk/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static const struct {
    const char *utf8, *ascii;
} signs[SIGN_COUNT] = {
    [SIGN_VERTICAL] = {"│", "|"}, [SIGN_HORIZONTAL] = {"─", "-"}, [SIGN_TEE_DOWN] = {"┬", "+"},
    [SIGN_TEE_UP] = {"┴", "+"},   [SIGN_BAR] = {"█", "#"},        [SIGN_BAR_FREE] = {"░", "."},
    [SIGN_HALF] = {"▀", "\""},    [SIGN_MORE] = {"…", "~"},       [SIGN_DOT] = {"·", "-"},
    [SIGN_LOWER_HALF] = {"▄", "_"},
    [SIGN_ONLINE] = {"●", "*"},   [SIGN_OFFLINE] = {"○", "o"},
    [SIGN_POINTER] = {"▌", ">"},    [SIGN_DASH] = {"–", "-"},
    [SIGN_BULLET] = {"•", "*"},
};

enum tk_code canvas_init(struct canvas *canvas, int rows, int columns, bool ascii)
{
    *canvas = (struct canvas){.rows = rows, .columns = columns, .ascii = ascii};
    canvas->cells = calloc((size_t)rows * (size_t)columns, sizeof *canvas->cells);
    if (!canvas->cells)
        return TK_NO_MEMORY;
    canvas_clear(canvas);
    return TK_OK;
}

void canvas_release(struct canvas *canvas)
{
    free(canvas->cells);
    *canvas = (struct canvas){0};
}

const char *canvas_sign(const struct canvas *canvas, enum sign sign)
{
    return canvas->ascii ? signs[sign].ascii : signs[sign].utf8;
}

static struct cell *cell_at(struct canvas *canvas, int row, int column)
{
    if (row < 0 || column < 0 || row >= canvas->rows || column >= canvas->columns)
        return NULL;
    return &canvas->cells[(size_t)row * (size_t)canvas->columns + (size_t)column];
}

static void put_cell(struct canvas *canvas, int row, int column, enum style style,
                     const char *text, size_t length)
{
    struct cell *cell = cell_at(canvas, row, column);

    if (!cell)
        return;
    if (length >= CELL_TEXT_SIZE)
        length = 0; /* a pile of marks: show nothing rather than a part */
    memcpy(cell->text, text, length);
    cell->text[length] = '\0';
    cell->style = (uint8_t)style;
}

void canvas_clear(struct canvas *canvas)
{
    canvas_fill(canvas, (struct area){0, 0, canvas->rows, canvas->columns}, STYLE_NORMAL);
    canvas->cursor_row = canvas->cursor_column = -1;
}

void canvas_fill(struct canvas *canvas, struct area area, enum style style)
{
    for (int row = area.row; row < area.row + area.rows; row++)
        for (int column = area.column; column < area.column + area.columns; column++)
            put_cell(canvas, row, column, style, " ", 1);
}

/* Writes characters until `cells` are used; returns the cells used. */
static int put_run(struct canvas *canvas, int row, int column, int cells, enum style style,
                   const char *text)
{
    int used = 0, width;
    size_t length;

    while ((length = text_next(text, &width)) > 0 && used + width <= cells) {
        if (width > 0) {
            put_cell(canvas, row, column + used, style, text, length);
            if (width == 2)
                put_cell(canvas, row, column + used + 1, style, "", 0);
        }
        used += width;
        text += length;
    }
    return used;
}

int canvas_put(struct canvas *canvas, int row, int column, int width, enum style style,
               const char *text)
{
    char plain[1024];
    int used;

    if (width > canvas->columns - column)
        width = canvas->columns - column;
    if (width <= 0)
        return 0;
    if (canvas->ascii) {
        text_to_ascii(plain, sizeof plain, text);
        text = plain;
    }
    if (text_width(text) <= width)
        return put_run(canvas, row, column, width, style, text);
    used = put_run(canvas, row, column, width - 1, style, text);
    return used + put_run(canvas, row, column + used, 1, style, canvas_sign(canvas, SIGN_MORE));
}

void canvas_put_right(struct canvas *canvas, int row, int column, int width, enum style style,
                      const char *text)
{
    char plain[1024];
    int used;

    if (canvas->ascii) {
        text_to_ascii(plain, sizeof plain, text);
        text = plain;
    }
    used = text_width(text);
    if (used < width) {
        column += width - used;
        width = used;
    }
    canvas_put(canvas, row, column, width, style, text);
}

int canvas_putf(struct canvas *canvas, int row, int column, int width, enum style style,
                const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return canvas_put(canvas, row, column, width, style, text);
}

/* Bytes of the next line of at most `width` cells, broken at the last space that fits. */
static size_t line_length(const char *text, int width)
{
    size_t fit = text_fit(text, width), at = fit;

    if (!text[fit])
        return fit;
    if (text[fit] == ' ')
        return fit;
    while (at > 0 && text[at - 1] != ' ')
        at--;
    if (at > 0)
        return at;
    return fit > 0 ? fit : 1;
}

int canvas_put_wrapped(struct canvas *canvas, struct area area, enum style style,
                       const char *text)
{
    char line[1024];
    int row = 0;

    for (; *text && row < area.rows; row++) {
        size_t length = line_length(text, area.columns);

        if (row + 1 == area.rows || length >= sizeof line) {
            canvas_put(canvas, area.row + row, area.column, area.columns, style, text);
            return row + 1;
        }
        memcpy(line, text, length);
        line[length] = '\0';
        canvas_put(canvas, area.row + row, area.column, area.columns, style, line);
        text += length;
        text += strspn(text, " ");
    }
    return row;
}

void canvas_rule(struct canvas *canvas, int row, int column, int width)
{
    const char *sign = canvas_sign(canvas, SIGN_HORIZONTAL);

    for (int i = 0; i < width; i++)
        put_cell(canvas, row, column + i, STYLE_RULE, sign, strlen(sign));
}

void canvas_rule_down(struct canvas *canvas, int row, int column, int height)
{
    const char *sign = canvas_sign(canvas, SIGN_VERTICAL);

    for (int i = 0; i < height; i++)
        put_cell(canvas, row + i, column, STYLE_RULE, sign, strlen(sign));
}

void canvas_cursor(struct canvas *canvas, int row, int column)
{
    canvas->cursor_row = row;
    canvas->cursor_column = column;
}
