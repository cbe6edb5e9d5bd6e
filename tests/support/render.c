#include "tests/support/render.h"

#include <png.h>

#define CELL_WIDTH 8
#define FONT_HEIGHT 16

const struct render_theme render_themes[THEME_COUNT] = {
    {.name = "dark", .foreground = 208, .background = 16},
    {.name = "light", .foreground = 32, .background = 250},
    {.name = "inverted", .foreground = 208, .background = 16, .inverted = true},
};

/* Part of a cell, in 16ths of the font's box. */
struct block {
    const char *text;
    int top, left, bottom, right;
};

static const struct block blocks[] = {
    {"▀", 0, 0, 8, 16},  {"▄", 8, 0, 16, 16}, {"█", 0, 0, 16, 16}, {"▌", 0, 0, 16, 8},
    {"▐", 0, 8, 16, 16}, {"#", 2, 1, 14, 15}, {"▘", 0, 0, 8, 8},   {"▝", 0, 8, 8, 16},
    {"▖", 8, 0, 16, 8},  {"▗", 8, 8, 16, 16}, {"■", 4, 2, 12, 14},
};

struct place {
    int x, y; /* pixels: the cell's upper left corner */
    int height;
};

static uint8_t grey_of(const struct term_color *color, uint8_t standard)
{
    if (color->is_default)
        return standard;
    return (uint8_t)((299 * color->red + 587 * color->green + 114 * color->blue + 500) / 1000);
}

static void fill(struct image *image, int x, int y, int width, int height, uint8_t grey)
{
    for (int row = y; row < y + height && row < image->height; row++)
        for (int column = x; column < x + width && column < image->width; column++)
            image->pixels[(size_t)row * (size_t)image->width + (size_t)column] = grey;
}

static void draw_block(struct image *image, const struct place *place, const struct block *block,
                       uint8_t grey)
{
    int y = place->y + (place->height - FONT_HEIGHT) / 2;
    int left = block->left * CELL_WIDTH / 16, right = block->right * CELL_WIDTH / 16;

    fill(image, place->x + left, y + block->top, right - left, block->bottom - block->top, grey);
}

/* A pattern of 3 x 5 patches that follows from the character. */
static void draw_patch(struct image *image, const struct place *place, const char *text,
                       uint8_t grey)
{
    int y = place->y + (place->height - FONT_HEIGHT) / 2 + 3;
    uint32_t pattern = 2166136261u;

    for (; *text; text++)
        pattern = (pattern ^ (uint8_t)*text) * 16777619u;
    for (int i = 0; i < 15; i++)
        if (pattern >> i & 1)
            fill(image, place->x + 1 + i % 3 * 2, y + i / 3 * 2, 2, 2, grey);
}

static void draw_cell(struct image *image, const struct place *place, const struct term_cell *cell,
                      const struct render_theme *theme)
{
    uint8_t ink = grey_of(&cell->foreground, theme->foreground);
    uint8_t paper = grey_of(&cell->background, theme->background);

    if (cell->reverse != theme->reversed) {
        uint8_t swap = ink;

        ink = paper;
        paper = swap;
    }
    fill(image, place->x, place->y, CELL_WIDTH, place->height, paper);
    if (strcmp(cell->text, " ") == 0 || !cell->text[0])
        return;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (strcmp(blocks[i].text, cell->text) == 0) {
            draw_block(image, place, &blocks[i], ink);
            return;
        }
    draw_patch(image, place, cell->text, ink);
}

bool term_render(struct term *term, const struct render_theme *theme, double line_height,
                 int margin, struct image *image)
{
    int height = (int)(FONT_HEIGHT * line_height + 0.5);
    struct image drawn = {.width = term->columns * CELL_WIDTH + 2 * margin,
                          .height = term->rows * height + 2 * margin};
    size_t size = (size_t)drawn.width * (size_t)drawn.height;

    drawn.pixels = malloc(size);
    if (!drawn.pixels)
        return false;
    memset(drawn.pixels, theme->reversed ? theme->foreground : theme->background, size);
    for (int row = 0; row < term->rows; row++)
        for (int column = 0; column < term->columns; column++) {
            struct place place = {margin + column * CELL_WIDTH, margin + row * height, height};
            struct term_cell cell;

            if (term_cell(term, row, column, &cell))
                draw_cell(&drawn, &place, &cell, theme);
        }
    for (size_t i = 0; theme->inverted && i < size; i++)
        drawn.pixels[i] = (uint8_t)(255 - drawn.pixels[i]);
    *image = drawn;
    return true;
}

void image_release(struct image *image)
{
    free(image->pixels);
    *image = (struct image){0};
}

bool image_write(const struct image *image, const char *path)
{
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)image->width,
                     .height = (png_uint_32)image->height,
                     .format = PNG_FORMAT_GRAY};

    return png_image_write_to_file(&png, path, 0, image->pixels, 0, NULL) != 0;
}
