#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <png.h>
#include <zbar.h>

#include "ui/qr/qr.h"

#define PASS "7K3QF9XW2MAB3DE12345"

/* What zbar reads from a grey picture, "" for nothing. */
static void read_picture(const uint8_t *pixels, unsigned side, char *text, size_t size)
{
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();
    const zbar_symbol_t *symbol;

    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, side, side);
    zbar_image_set_data(image, pixels, (unsigned long)side * side, NULL);
    zbar_scan_image(scanner, image);
    symbol = zbar_image_first_symbol(image);
    snprintf(text, size, "%s", symbol ? zbar_symbol_get_data(symbol) : "");
    zbar_image_destroy(image);
    zbar_image_scanner_destroy(scanner);
}

static void read_png(const struct buffer *file, char *text, size_t size)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t *pixels;

    text[0] = '\0';
    if (!png_image_begin_read_from_memory(&image, file->data, file->length))
        return;
    image.format = PNG_FORMAT_GRAY;
    pixels = malloc(PNG_IMAGE_SIZE(image));
    CU_ASSERT_EQUAL(image.width, image.height);
    if (pixels && png_image_finish_read(&image, NULL, pixels, 0, NULL))
        read_picture(pixels, image.width, text, size);
    png_image_free(&image);
    free(pixels);
}

/* Runs ZXingReader on a file; its output has the text. */
static void read_with_zxing(const char *path, char *output, size_t size)
{
    int out[2], status = 0;
    size_t used = 0;
    ssize_t got;
    pid_t child;

    CU_ASSERT_EQUAL_FATAL(pipe(out), 0);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        execlp("ZXingReader", "ZXingReader", path, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    while (used + 1 < size && (got = read(out[0], output + used, size - used - 1)) > 0)
        used += (size_t)got;
    output[used] = '\0';
    close(out[0]);
    waitpid(child, &status, 0);
    CU_ASSERT_TRUE(WIFEXITED(status));
    CU_ASSERT_NOT_EQUAL(WEXITSTATUS(status), 127); /* zxing-cpp-tools is missing */
}

static void draw(const char *text, enum qr_form form, int quiet, struct qr *qr, struct buffer *out)
{
    struct tk_error error = {0};

    buffer_init(out, 1024 * 1024);
    CU_ASSERT_EQUAL_FATAL(qr_make(qr, text, &error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(qr_draw(qr, form, quiet, out, &error), TK_OK);
}

static void test_version_one(void)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t random = test_seed();
    struct qr qr;

    for (int i = 0; i < 500; i++) {
        char pass[21] = "";

        /* runs of digits are where mixing modes would pay or cost */
        for (int j = 0; j < 20; j++)
            pass[j] = digits[test_random_below(&random, i % 2 ? 32 : 11)];
        CU_ASSERT_EQUAL(qr_make(&qr, pass, NULL), TK_OK);
        CU_ASSERT_EQUAL(qr.size, 21);
    }
    /* format information: level M has the bits 00 before the mask 101010000010010 */
    CU_ASSERT_TRUE(qr_is_dark(&qr, 8, 0));
    CU_ASSERT_FALSE(qr_is_dark(&qr, 8, 1));
    CU_ASSERT_FALSE(qr_is_dark(&qr, -1, 0));
    CU_ASSERT_FALSE(qr_is_dark(&qr, 0, 21));
}

static void test_png(void)
{
    char folder[128], path[160], text[256], output[1024];
    struct buffer out;
    struct qr qr;
    FILE *file;

    draw(PASS, QR_PNG, 4, &qr, &out);
    read_png(&out, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, PASS);
    test_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/pass.png", folder);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(out.data, 1, out.length, file), out.length);
    fclose(file);
    read_with_zxing(path, output, sizeof output);
    CU_ASSERT_PTR_NOT_NULL(strstr(output, PASS));
    buffer_release(&out);
}

static void test_other_texts(void)
{
    static const char *const texts[] = {"a", "https://example.org/?q=u", "12345"};
    char text[256], longest[600];
    struct tk_error error = {0};
    struct buffer out;
    struct qr qr;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        draw(texts[i], QR_PNG, 4, &qr, &out);
        read_png(&out, text, sizeof text);
        CU_ASSERT_STRING_EQUAL(text, texts[i]);
        buffer_release(&out);
    }
    snprintf(longest, sizeof longest, "%0590d", 1);
    CU_ASSERT_EQUAL(qr_make(&qr, longest, &error), TK_BAD_TEXT);
    CU_ASSERT_EQUAL(qr_make(&qr, "", &error), TK_BAD_TEXT);
}

/* The picture that a terminal would show of a text form, 6 pixels a module: what stands in the
   escape sequences is taken at its word. */
static unsigned render(const char *drawn, const struct qr *qr, int quiet, bool half,
                       uint8_t *pixels)
{
    unsigned modules = (unsigned)(qr->size + 2 * quiet), side = modules * 6, x = 0, y = 0;
    int front = -1, back = -1;

    memset(pixels, 128, (size_t)side * side);
    for (const char *p = drawn; *p; p++) {
        int upper = back, lower = back;

        if (*p == '\n') {
            CU_ASSERT_EQUAL(back, -1); /* reset before the line ends */
            CU_ASSERT_EQUAL(x, half ? modules : 2 * modules);
            x = 0;
            y += half ? 2 : 1;
            continue;
        }
        if (*p == '\x1b') {
            int a, b;

            p += 2;
            if (memcmp(p, "0m", 2) == 0) {
                front = back = -1;
            } else if (memcmp(p, "38;5;", 5) == 0) {
                a = (int)strtol(p + 5, (char **)&p, 10);
                b = (int)strtol(p + 6, (char **)&p, 10);
                front = a;
                back = b;
            } else {
                back = (int)strtol(p + 5, (char **)&p, 10);
            }
            p = strchr(p, 'm');
            continue;
        }
        if (*p != ' ') {
            bool low = memcmp(p, "▄", 3) == 0;

            CU_ASSERT(low || memcmp(p, "▀", 3) == 0);
            p += 2;
            *(low ? &lower : &upper) = front;
        }
        CU_ASSERT_TRUE((upper == 16 || upper == 231) && (lower == 16 || lower == 231));
        for (unsigned i = 0; i < 36; i++) {
            unsigned column = half ? x : x / 2;

            if (column < modules && y < modules)
                pixels[(y * 6 + i / 6) * side + column * 6 + i % 6] = upper == 16 ? 0 : 255;
            if (half && column < modules && y + 1 < modules)
                pixels[((y + 1) * 6 + i / 6) * side + column * 6 + i % 6] = lower == 16 ? 0 : 255;
        }
        x++;
    }
    CU_ASSERT_TRUE(y == modules || (half && y == modules + 1));
    return side;
}

static void check_terminal_form(enum qr_form form, int quiet)
{
    struct buffer out;
    struct qr qr;
    char text[256];
    uint8_t *pixels = calloc(1, 400 * 400);
    unsigned side;

    CU_ASSERT_PTR_NOT_NULL_FATAL(pixels);
    draw(PASS, form, quiet, &qr, &out);
    side = render(buffer_text(&out), &qr, quiet, form == QR_HALF, pixels);
    read_picture(pixels, side, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, PASS);
    buffer_release(&out);
    free(pixels);
}

static void test_terminal_forms(void)
{
    check_terminal_form(QR_WIDE, 4);
    check_terminal_form(QR_WIDE, 2);
    check_terminal_form(QR_HALF, 4);
    check_terminal_form(QR_HALF, 2);
}

static void test_ascii(void)
{
    struct buffer out;
    struct qr qr;
    int rows = 0;

    draw(PASS, QR_ASCII, 4, &qr, &out);
    for (const char *line = buffer_text(&out); *line; line = strchr(line, '\n') + 1, rows++) {
        CU_ASSERT_EQUAL((int)strcspn(line, "\n"), qr_columns(&qr, QR_ASCII, 4));
        for (int column = 0; column < qr.size + 8; column++)
            CU_ASSERT_EQUAL(
                memcmp(line + 2 * column, qr_is_dark(&qr, rows - 4, column - 4) ? "##" : "  ", 2),
                0);
    }
    CU_ASSERT_EQUAL(rows, qr_rows(&qr, QR_ASCII, 4));
    CU_ASSERT_EQUAL(qr_rows(&qr, QR_HALF, 4), 15);
    CU_ASSERT_EQUAL(qr_columns(&qr, QR_HALF, 2), 25);
    buffer_release(&out);
}

/* Counts the area that the path of the SVG paints: as many modules as are dark. */
static void test_svg(void)
{
    struct buffer out;
    struct qr qr;
    int dark = 0, painted = 0;

    draw(PASS, QR_SVG, 4, &qr, &out);
    for (int i = 0; i < qr.size * qr.size; i++)
        dark += qr_is_dark(&qr, i / qr.size, i % qr.size);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), "viewBox=\"0 0 29 29\""));
    for (const char *p = strstr(buffer_text(&out), " d=\""); p && (p = strchr(p, 'M'));) {
        int column = (int)strtol(p + 1, (char **)&p, 10), row = (int)strtol(p, (char **)&p, 10);
        int run = (int)strtol(p + 1, (char **)&p, 10);

        for (int i = 0; i < run; i++)
            CU_ASSERT_TRUE(qr_is_dark(&qr, row - 4, column - 4 + i));
        painted += run;
    }
    CU_ASSERT_EQUAL(painted, dark);
    buffer_release(&out);
}

static void test_forms(void)
{
    struct buffer out;
    struct qr qr;
    enum qr_form form = QR_AUTO;

    for (int i = 0; i < QR_FORM_COUNT; i++)
        CU_ASSERT_TRUE(qr_form_parse(qr_form_name((enum qr_form)i), &form) && (int)form == i);
    CU_ASSERT_FALSE(qr_form_parse("round", &form));
    CU_ASSERT_EQUAL(qr_make(&qr, PASS, NULL), TK_OK);
    buffer_init(&out, 100);
    CU_ASSERT_EQUAL(qr_draw(&qr, QR_WIDE, 4, &out, NULL), TK_NO_MEMORY);
    CU_ASSERT_EQUAL(qr_draw(&qr, QR_ASCII, QR_QUIET_MAX + 1, &out, NULL), TK_INTERNAL);
    buffer_release(&out);
}

/* A column of QR_HALF from top to bottom, where lines are higher than the font: of each cell a line
   of its paper, the upper half, the lower one, and a line of its paper again. Lines are 1 high, halves
   LINES. Returns the height. */
#define LINES 8
static int stack_column(const struct qr *qr, int quiet, int column, bool *dark)
{
    int y = 0;

    for (int row = -quiet; row < qr->size + quiet; row += 2) {
        bool low = qr_half_is_lower(qr, row, column);
        bool paper = qr_is_dark(qr, row + !low, column);

        dark[y++] = paper;
        for (int i = 0; i < 2 * LINES; i++)
            dark[y++] = qr_is_dark(qr, row + i / LINES, column);
        dark[y++] = paper;
    }
    return y;
}

/* Within the corner squares no run of one colour is broken by a line of the other one. */
static void test_lines(void)
{
    static const char *const texts[] = {PASS, "00000000000000000000", "ZZZZZZZZZZZZZZZZZZZZ",
                                        "TKT-EXAMPLE-OF-A-LONGER-TEXT-THAT-NEEDS-MORE-MODULES"};
    static bool dark[2000];
    struct qr qr;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CU_ASSERT_EQUAL_FATAL(qr_make(&qr, texts[i], NULL), TK_OK);
        for (int quiet = 1; quiet <= 4; quiet++)
            for (int column = 0; column < qr.size; column++) {
                int height = stack_column(&qr, quiet, column, dark), run = 1;

                for (int y = 1; y < height; y++) {
                    /* the module that this pixel is of, counted from the code's upper edge */
                    int row = y / (2 * LINES + 2) * 2 - quiet + (y % (2 * LINES + 2) > LINES);
                    bool left = column < 7, right = column >= qr.size - 7;
                    bool inside = (row > 0 && row < 6 && (left || right)) ||
                                  (row > qr.size - 7 && row < qr.size - 1 && left);

                    if (dark[y] == dark[y - 1]) {
                        run++;
                        continue;
                    }
                    CU_ASSERT(!inside || run >= LINES - 1);
                    run = 1;
                }
            }
    }
}

SUITE(qr, {"a pass is version 1, level M", test_version_one},
      {"a PNG is read by zbar and zxing-cpp", test_png},
      {"other texts are encoded, what is too long is refused", test_other_texts},
      {"the terminal forms are read back by zbar", test_terminal_forms},
      {"the ASCII form has the modules in their places", test_ascii},
      {"the SVG paints the dark modules and nothing else", test_svg},
      {"forms have names, limits are kept", test_forms},
      {"where lines are high, no thin line crosses a corner square of the half form", test_lines})
