#include "ui/kiosk/bigtype.h"

#include <string.h>

#define WIDE 5
#define NARROW 4

/* Row by row from the top, the leftmost block first. */
/* clang-format off */
static const struct {
    char letter;
    char rows[BIGTYPE_ROWS][WIDE + 1];
} letters[] = {
    {'A', {" ### ", "#   #", "#####", "#   #", "#   #"}},
    {'B', {"#### ", "#   #", "#### ", "#   #", "#### "}},
    {'C', {" ####", "#    ", "#    ", "#    ", " ####"}},
    {'D', {"#### ", "#   #", "#   #", "#   #", "#### "}},
    {'E', {"#####", "#    ", "#### ", "#    ", "#####"}},
    {'F', {"#####", "#    ", "#### ", "#    ", "#    "}},
    {'G', {" ####", "#    ", "#  ##", "#   #", " ####"}},
    {'H', {"#   #", "#   #", "#####", "#   #", "#   #"}},
    {'I', {" ### ", "  #  ", "  #  ", "  #  ", " ### "}},
    {'J', {"  ###", "    #", "    #", "#   #", " ### "}},
    {'K', {"#   #", "#  # ", "###  ", "#  # ", "#   #"}},
    {'L', {"#    ", "#    ", "#    ", "#    ", "#####"}},
    {'M', {"#   #", "## ##", "# # #", "#   #", "#   #"}},
    {'N', {"#   #", "##  #", "# # #", "#  ##", "#   #"}},
    {'O', {" ### ", "#   #", "#   #", "#   #", " ### "}},
    {'P', {"#### ", "#   #", "#### ", "#    ", "#    "}},
    {'Q', {" ### ", "#   #", "# # #", "#  # ", " ## #"}},
    {'R', {"#### ", "#   #", "#### ", "#  # ", "#   #"}},
    {'S', {" ####", "#    ", " ### ", "    #", "#### "}},
    {'T', {"#####", "  #  ", "  #  ", "  #  ", "  #  "}},
    {'U', {"#   #", "#   #", "#   #", "#   #", " ### "}},
    {'V', {"#   #", "#   #", "#   #", " # # ", "  #  "}},
    {'W', {"#   #", "#   #", "# # #", "## ##", "#   #"}},
    {'X', {"#   #", " # # ", "  #  ", " # # ", "#   #"}},
    {'Y', {"#   #", " # # ", "  #  ", "  #  ", "  #  "}},
    {'Z', {"#####", "   # ", "  #  ", " #   ", "#####"}},
    {'0', {" ### ", "#  ##", "# # #", "##  #", " ### "}},
    {'1', {"  #  ", " ##  ", "  #  ", "  #  ", " ### "}},
    {'2', {"#### ", "    #", " ### ", "#    ", "#####"}},
    {'3', {"#### ", "    #", " ### ", "    #", "#### "}},
    {'4', {"#  # ", "#  # ", "#####", "   # ", "   # "}},
    {'5', {"#####", "#    ", "#### ", "    #", "#### "}},
    {'6', {" ### ", "#    ", "#### ", "#   #", " ### "}},
    {'7', {"#####", "   # ", "  #  ", " #   ", " #   "}},
    {'8', {" ### ", "#   #", " ### ", "#   #", " ### "}},
    {'9', {" ### ", "#   #", " ####", "    #", " ### "}},
};
/* clang-format on */

/* A narrow letter is a wide one without its middle column, or without the one before where the
   middle is all there is. */
static int wide_column(char letter, int column)
{
    int left_out = strchr("ITVXY1", letter) ? 1 : 2;

    return column + (column >= left_out);
}

int bigtype_columns(struct bigtype type, char letter)
{
    if (letter == ' ')
        return type.narrow ? 1 : 2;
    return type.narrow ? NARROW : WIDE;
}

bool bigtype_is_inked(struct bigtype type, char letter, int row, int column)
{
    if (letter == ' ' || row < 0 || row >= BIGTYPE_ROWS || column < 0 ||
        column >= bigtype_columns(type, letter))
        return false;
    if (type.narrow)
        column = wide_column(letter, column);
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].letter == letter)
            return letters[i].rows[row][column] == '#';
    return false;
}

static int blocks_of(const char *word, struct bigtype type)
{
    int blocks = -1;

    for (; *word; word++)
        blocks += bigtype_columns(type, *word) + 1;
    return blocks;
}

int bigtype_width(const char *word, struct bigtype type)
{
    return *word ? blocks_of(word, type) * type.across : 0;
}

struct bigtype bigtype_fit(const char *word, int rows, int columns)
{
    struct bigtype type = {0};

    type.narrow = columns < blocks_of(word, type);
    if (!*word || rows < BIGTYPE_ROWS || columns < blocks_of(word, type))
        return type;
    type.down = rows / BIGTYPE_ROWS;
    type.across = columns / blocks_of(word, type);
    if (type.across > 2 * type.down)
        type.across = 2 * type.down;
    if (type.down > type.across + type.across / 2)
        type.down = type.across + type.across / 2;
    return type;
}

static void put_letter(struct canvas *canvas, struct area area, struct bigtype type, enum style ink,
                       char letter)
{
    const char *block = canvas->ascii || canvas->colourless ? "#" : " ";

    for (int y = 0; y < area.rows; y++)
        for (int x = 0; x < area.columns; x++)
            if (bigtype_is_inked(type, letter, y / type.down, x / type.across))
                canvas_put(canvas, area.row + y, area.column + x, 1, ink, block);
}

void bigtype_put(struct canvas *canvas, int row, int column, struct bigtype type, enum style ink,
                 const char *word)
{
    for (; *word; word++) {
        int width = bigtype_columns(type, *word) * type.across;

        put_letter(canvas, (struct area){row, column, BIGTYPE_ROWS * type.down, width}, type, ink,
                   *word);
        column += width + type.across;
    }
}
