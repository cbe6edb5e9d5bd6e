/* What a person would see on the terminal that tests use, and what a program left behind. */
#include "tests/support/term.h"

#include <vterm.h>

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | (c >> 18 & 7));
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Writes the cell's characters as UTF-8; an empty cell is a blank. Returns the bytes. */
static size_t cell_text(const VTermScreenCell *cell, char *text)
{
    size_t length = 0;

    if (cell->chars[0] == UINT32_MAX) /* the right half of a wide character */
        return 0;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
        length += put_utf8(text + length, cell->chars[i]);
    if (length == 0)
        text[length++] = ' ';
    return length;
}

static void add_row(struct term *term, int row)
{
    size_t start = term->text.length, end;
    char text[TERM_CELL_TEXT];

    for (int column = 0; column < term->columns; column++) {
        VTermScreenCell cell = {0};

        vterm_screen_get_cell(term->screen, (VTermPos){row, column}, &cell);
        buffer_add(&term->text, text, cell_text(&cell, text));
    }
    for (end = term->text.length; end > start && term->text.data[end - 1] == ' '; end--)
        continue;
    if (term->text.data) {
        term->text.length = end;
        term->text.data[end] = '\0';
    }
}

const char *term_text(struct term *term, int row)
{
    buffer_clear(&term->text);
    if (term->vterm && row >= 0 && row < term->rows)
        add_row(term, row);
    return buffer_text(&term->text);
}

const char *term_screen(struct term *term)
{
    buffer_clear(&term->text);
    for (int row = 0; term->vterm && row < term->rows; row++) {
        add_row(term, row);
        buffer_add_char(&term->text, '\n');
    }
    return buffer_text(&term->text);
}

/* The column of the cell that holds this byte of the row. */
static int column_at(struct term *term, int row, size_t byte)
{
    char text[TERM_CELL_TEXT];
    int column;

    for (column = 0; column < term->columns; column++) {
        VTermScreenCell cell = {0};
        size_t length;

        vterm_screen_get_cell(term->screen, (VTermPos){row, column}, &cell);
        length = cell_text(&cell, text);
        if (byte < length)
            break;
        byte -= length;
    }
    return column;
}

bool term_find(struct term *term, const char *text, int *row, int *column)
{
    for (int at = 0; at < term->rows; at++) {
        const char *line = term_text(term, at), *found = strstr(line, text);

        if (!found)
            continue;
        if (row)
            *row = at;
        if (column)
            *column = column_at(term, at, (size_t)(found - line));
        return true;
    }
    return false;
}

void term_dump(struct term *term, FILE *file)
{
    int row, column;

    term_cursor(term, &row, &column);
    fprintf(file, "    +-- %d x %d, cursor %d,%d %s\n", term->columns, term->rows, row, column,
            term_mode(term, 25) ? "" : "(hidden)");
    for (row = 0; row < term->rows; row++)
        fprintf(file, "    |%s\n", term_text(term, row));
    fprintf(file, "    +--\n");
}

static struct term_color color_of(const struct term *term, VTermColor color)
{
    bool is_default = VTERM_COLOR_IS_DEFAULT_FG(&color) || VTERM_COLOR_IS_DEFAULT_BG(&color);

    vterm_screen_convert_color_to_rgb(term->screen, &color);
    return (struct term_color){is_default, color.rgb.red, color.rgb.green, color.rgb.blue};
}

bool term_cell(struct term *term, int row, int column, struct term_cell *out)
{
    VTermScreenCell cell = {0};

    if (!term->vterm || row < 0 || row >= term->rows || column < 0 || column >= term->columns)
        return false;
    vterm_screen_get_cell(term->screen, (VTermPos){row, column}, &cell);
    *out = (struct term_cell){
        .width = cell.width,
        .foreground = color_of(term, cell.fg),
        .background = color_of(term, cell.bg),
        .bold = cell.attrs.bold,
        .underline = cell.attrs.underline != 0,
        .reverse = cell.attrs.reverse,
        .italic = cell.attrs.italic,
        .blink = cell.attrs.blink,
    };
    cell_text(&cell, out->text);
    return true;
}

void term_cursor(struct term *term, int *row, int *column)
{
    VTermPos at = {0};

    if (term->vterm)
        vterm_state_get_cursorpos(vterm_obtain_state(term->vterm), &at);
    *row = at.row;
    *column = at.col;
}

/* ---- what is left behind ---- */

static bool pen_is_plain(struct term *term)
{
    static const VTermAttr attributes[] = {VTERM_ATTR_BOLD, VTERM_ATTR_UNDERLINE,
                                           VTERM_ATTR_REVERSE, VTERM_ATTR_BLINK};
    VTermState *state = vterm_obtain_state(term->vterm);
    VTermValue value = {0};

    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (vterm_state_get_penattr(state, attributes[i], &value) && value.number)
            return false;
    vterm_state_get_penattr(state, VTERM_ATTR_FOREGROUND, &value);
    if (!VTERM_COLOR_IS_DEFAULT_FG(&value.color))
        return false;
    vterm_state_get_penattr(state, VTERM_ATTR_BACKGROUND, &value);
    return VTERM_COLOR_IS_DEFAULT_BG(&value.color);
}

static bool line_is_same(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static bool left(const struct term *term, const char *what, int number)
{
    if (!term->quiet)
        fprintf(stderr, "    term: left behind: %s %d\n", what, number);
    return false;
}

bool term_is_restored(struct term *term)
{
    bool restored = true;

    for (int i = 0; i < TERM_MODES; i++)
        if (term->modes[i] != (term_modes[i] == 25))
            restored = left(term, "mode changed,", term_modes[i]);
    if (term->vterm && !pen_is_plain(term))
        restored = left(term, "colours or attributes set,", 1);
    if (term->has_after && !line_is_same(&term->before, &term->after))
        restored = left(term, "line settings changed, c_lflag", (int)term->after.c_lflag);
    return restored;
}
