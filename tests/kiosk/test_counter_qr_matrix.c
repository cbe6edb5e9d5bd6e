/*
 * The code on the screen, in each form that the counter draws, at each line height, on each kind of
 * terminal, read by zbar and by zxing-cpp. Where the code is promised to be read, both must read it;
 * what comes of the rest is told in a table and judged by nobody.
 *
 * "Inverted" may mean three things. With the default colours swapped (a light theme, xterm -rv) the code
 * stays as it is, for all its colours are set: it must be read. With ink and paper of every cell
 * swapped (reverse video of Konsole and the Linux console), or the picture as a whole inverted for
 * the eyes, no program can keep a code black on white: neither reads it.
 */
#include "tests/kiosk/till.h"
#include "tests/support/decode.h"
#include "tests/support/render.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static const double heights[] = {1.0, 1.1, 1.2, 1.3};
#define HEIGHTS (sizeof heights / sizeof heights[0])
#define WIDE_MOST 1.3 /* the highest line at which the form is read */
#define HALF_MOST 1.1

/* What a terminal makes of the colours. */
static const struct kind {
    struct render_theme theme;
    bool keeps_set; /* colours that are set are as they are set */
    bool is_dark;   /* blanks are dark, and reversed blanks are light */
} kinds[] = {
    {{.name = "dark", .foreground = 208, .background = 16}, true, true},
    {{.name = "light", .foreground = 32, .background = 250}, true, false},
    {{.name = "dark, defaults swapped", .foreground = 16, .background = 208}, true, false},
    {{.name = "light, defaults swapped", .foreground = 250, .background = 32}, true, true},
    {{.name = "dark, all cells swapped", .foreground = 208, .background = 16, .reversed = true},
     false, false},
    {{.name = "light, all cells swapped", .foreground = 32, .background = 250, .reversed = true},
     false, true},
    {{.name = "dark, picture inverted", .foreground = 208, .background = 16, .inverted = true},
     false, false},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static const struct form {
    const char *name;
    int rows, columns;
    const char *env[3];
    bool large;      /* v */
    const char *has, *lacks; /* a sign of the form: in the drawing, and not in it; NULL: none */
    double most;
    bool in_colour;  /* black and white are set; else the code is of blanks and reversed blanks */
} forms[] = {
    {"wide, 256 colours", 40, 120, {NULL}, false, NULL, "▀", WIDE_MOST, true},
    {"wide, 8 colours", 40, 120, {"TERM=linux"}, false, NULL, "▀", WIDE_MOST, true},
    {"wide, whole screen", 24, 80, {NULL}, true, NULL, "▀", WIDE_MOST, true},
    {"half, 256 colours", 24, 80, {NULL}, false, "▀", NULL, HALF_MOST, true},
    {"half, 8 colours", 24, 80, {"TERM=linux"}, false, "▀", NULL, HALF_MOST, true},
    {"ASCII", 40, 120, {"LANG=C"}, false, NULL, "▀", WIDE_MOST, true},
    {"ASCII, no colour", 40, 120, {"LANG=C", "NO_COLOR=1"}, false, NULL, "▀", WIDE_MOST, false},
    {"half, no colour", 24, 80, {"NO_COLOR=1"}, false, "▀", NULL, HALF_MOST, false},
};

static bool is_promised(const struct form *form, const struct kind *kind, double height)
{
    if (height > form->most)
        return false;
    return form->in_colour ? kind->keeps_set : kind->is_dark;
}

enum { READ_ZBAR = 1, READ_ZXING = 2, READ_BOTH = 3 };

/* Which readers read the pass from the screen. */
static int read_screen(struct term *term, const char *folder, const char *pass,
                       const struct render_theme *theme, double height)
{
    struct image image = {0};
    char path[200], text[128] = "";
    int read = 0;

    snprintf(path, sizeof path, "%s/screen.png", folder);
    CU_ASSERT_FATAL(term_render(term, theme, height, 16, &image));
    CU_ASSERT_FATAL(image_write(&image, path));
    if (qr_read_zbar(&image, text, sizeof text) == DECODED && strcmp(text, pass) == 0)
        read |= READ_ZBAR;
    if (qr_read_zxing(path, text, sizeof text) == DECODED && strcmp(text, pass) == 0)
        read |= READ_ZXING;
    image_release(&image);
    return read;
}

/* Sells a ticket and shows its code in that form. */
static void show_code(const struct form *form, struct till *till, struct term *term, char pass[21])
{
    till_init(till);
    CU_ASSERT_FATAL(till_counter(till, term, form->rows, form->columns, form->env, NULL));
    CU_ASSERT(term_keys(term, "Enter"));
    SEE(term, "5 of 5 places left");
    CU_ASSERT(term_keys(term, "Enter"));
    SEE(term, "in this sale");
    SEE(term, "\n Enter done"); /* the last row: all of it is drawn */
    if (form->large)
        CU_ASSERT(term_keys(term, "v"));
    if (form->has)
        SEE(term, form->has);
    if (form->lacks)
        SEE_GONE(term, form->lacks);
    CU_ASSERT(term_wait_idle(term, 30, TILL_WAIT_MS)); /* nothing in words tells its end */
    till_pass(term, pass);
    CU_ASSERT_EQUAL_FATAL(strlen(pass), 20);
}

/* One line of the table; false when a promise is broken in it. */
static bool read_kind(struct term *term, const struct till *till, const char *pass,
                      const struct form *form, const struct kind *kind)
{
    static const char *const words[] = {"neither", "zbar", "zxing", "both"};
    bool kept = true;

    printf("    %-20s %-24s", form->name, kind->theme.name);
    for (size_t i = 0; i < HEIGHTS; i++) {
        bool promised = is_promised(form, kind, heights[i]);
        int read = read_screen(term, till->folder, pass, &kind->theme, heights[i]);
        bool broken = promised && read != READ_BOTH;

        printf(" %.1f %-7s%s", heights[i], words[read],
               broken     ? " BROKEN"
               : promised ? "*"
                          : " ");
        kept = kept && !broken;
    }
    printf("\n");
    return kept;
}

static void test_matrix(void)
{
    printf("\n    read by, at each line height (* promised)\n");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct till till;
        struct term term = {0};
        char pass[21];

        show_code(&forms[i], &till, &term, pass);
        for (size_t k = 0; k < KINDS; k++)
            CU_ASSERT_TRUE(read_kind(&term, &till, pass, &forms[i], &kinds[k]));
        term_release(&term);
    }
}

SUITE(counter_qr_matrix,
      {"each form is read where it is promised, on each terminal at each line height", test_matrix})
