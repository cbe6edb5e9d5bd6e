/* The code on the screen, read back by zbar and zxing-cpp in each form it is drawn in. */
#include "tests/kiosk/till.h"
#include "tests/support/decode.h"
#include "tests/support/render.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define HEIGHTS_MAX 4

struct reading {
    const char *name;
    int rows, columns;
    const char *env[3];
    bool large;           /* v */
    unsigned themes;      /* a bit for each render theme that it must be read in */
    double heights[HEIGHTS_MAX]; /* 0 ends */
};

#define DARK (1u << THEME_DARK)
#define LIGHT (1u << THEME_LIGHT)
#define WIDE_HEIGHTS {1.0, 1.1, 1.2, 1.3}
#define HALF_HEIGHTS {1.0, 1.1}

/* Without colour the code is reversed blanks: black on white on a dark screen only. */
static const struct reading readings[] = {
    {"wide, 256 colours", 60, 200, {NULL}, false, DARK | LIGHT, WIDE_HEIGHTS},
    {"wide, 256 colours, 40 rows", 40, 120, {NULL}, false, DARK | LIGHT, WIDE_HEIGHTS},
    {"wide, 8 colours", 40, 120, {"TERM=linux"}, false, DARK | LIGHT, WIDE_HEIGHTS},
    {"wide, no colour", 40, 120, {"NO_COLOR=1"}, false, DARK, WIDE_HEIGHTS},
    {"wide, vt100", 40, 120, {"TERM=vt100"}, false, DARK, {1.0, 1.2}},
    {"wide, ASCII", 40, 120, {"LANG=C"}, false, DARK | LIGHT, WIDE_HEIGHTS},
    {"wide, ASCII, no colour", 40, 120, {"LANG=C", "NO_COLOR=1"}, false, DARK, {1.0, 1.2}},
    {"wide, light theme", 40, 120, {"TICKETLY_COUNTER_THEME=light"}, false, DARK | LIGHT,
     {1.0, 1.3}},
    {"wide, contrast", 40, 120, {"TICKETLY_COUNTER_THEME=contrast"}, false, DARK | LIGHT,
     {1.0, 1.3}},
    {"half, 256 colours", 24, 80, {NULL}, false, DARK | LIGHT, HALF_HEIGHTS},
    {"half, smallest", 18, 60, {NULL}, false, DARK | LIGHT, HALF_HEIGHTS},
    {"half, 8 colours", 24, 80, {"TERM=linux"}, false, DARK | LIGHT, HALF_HEIGHTS},
    {"half, 8 colours of xterm", 24, 80, {"TERM=xterm"}, false, DARK | LIGHT, HALF_HEIGHTS},
    {"half, no colour", 24, 80, {"NO_COLOR=1"}, false, DARK, HALF_HEIGHTS},
    {"half, light theme", 24, 80, {"TICKETLY_COUNTER_THEME=light"}, false, DARK | LIGHT,
     HALF_HEIGHTS},
    {"large, 256 colours", 24, 80, {NULL}, true, DARK | LIGHT, {1.0, 1.3}},
    {"large by itself, ASCII", 24, 80, {"LANG=C"}, false, DARK | LIGHT, {1.0, 1.3}},
};

static bool is_read(struct term *term, const char *folder, const char *pass,
                    const struct render_theme *theme, double height)
{
    struct image image = {0};
    char path[200], zbar[128] = "", zxing[128] = "";
    bool read;

    snprintf(path, sizeof path, "%s/screen.png", folder);
    CU_ASSERT_FATAL(term_render(term, theme, height, 16, &image));
    CU_ASSERT_FATAL(image_write(&image, path));
    read = qr_read_zbar(&image, zbar, sizeof zbar) == DECODED && strcmp(zbar, pass) == 0 &&
           qr_read_zxing(path, zxing, sizeof zxing) == DECODED && strcmp(zxing, pass) == 0;
    if (!read)
        fprintf(stderr, "\n    %s, line height %.1f: zbar “%s”, zxing “%s”, the pass is %s\n",
                theme->name, height, zbar, zxing, pass);
    image_release(&image);
    return read;
}

static void read_back(const struct reading *reading)
{
    struct till till;
    struct term term = {0};
    char pass[21];

    till_init(&till);
    CU_ASSERT_FATAL(
        till_counter(&till, &term, reading->rows, reading->columns, reading->env, NULL));
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "in this sale");
    SEE(&term, "\n Enter done"); /* the last row: all of it is drawn */
    if (reading->large) {
        CU_ASSERT(term_keys(&term, "v"));
        SEE_GONE(&term, "▀");
        CU_ASSERT(term_wait_idle(&term, 30, TILL_WAIT_MS)); /* nothing in words tells its end */
    }
    till_pass(&term, pass);
    CU_ASSERT_EQUAL(strlen(pass), 20);
    for (int theme = 0; theme < THEME_COUNT; theme++)
        for (int i = 0; i < HEIGHTS_MAX && reading->heights[i] > 0; i++)
            if (reading->themes & (1u << theme)) {
                bool read = is_read(&term, till.folder, pass, &render_themes[theme],
                                    reading->heights[i]);

                if (!read)
                    fprintf(stderr, "    not read: %s\n", reading->name);
                CU_ASSERT(read);
            }
    term_release(&term);
}

static void code_is_read_in_each_form(void)
{
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++)
        read_back(&readings[i]);
}

/* The pass is the one that the command line prints for the ticket. */
static void pass_is_that_of_the_ticket(void)
{
    struct till till;
    struct term term = {0};
    struct buffer out;
    char pass[21], id[16];
    const char *const words[] = {"ticket", id, "--json", NULL};

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r\r"));
    SEE(&term, "Sold: 1 ticket");
    till_pass(&term, pass);
    snprintf(id, sizeof id, "TKT%.10s", pass);
    buffer_init(&out, 1u << 16);
    CU_ASSERT_EQUAL(till_admin(&till, &out, words), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&out), pass));
    buffer_release(&out);
    term_release(&term);
}

static void dead_ticket_has_no_code(void)
{
    static const int sizes[][2] = {{24, 80}, {60, 200}};

    for (int i = 0; i < 2; i++) {
        struct till till;
        struct term term = {0};
        struct image image = {0};
        char pass[21], text[128];

        till_init(&till);
        CU_ASSERT_FATAL(till_counter(&till, &term, sizes[i][0], sizes[i][1], NULL, NULL));
        CU_ASSERT(term_send(&term, "\r\rcy"));
        SEE(&term, "is canceled");
        SEE(&term, "no pass");
        till_pass(&term, pass);
        CU_ASSERT_STRING_EQUAL(pass, "");
        CU_ASSERT(term_render(&term, &render_themes[THEME_DARK], 1.0, 16, &image));
        CU_ASSERT_EQUAL(qr_read_zbar(&image, text, sizeof text), DECODED_NONE);
        image_release(&image);
        term_release(&term);
    }
}

SUITE(counter_qr, {"the code is read in each form", code_is_read_in_each_form},
      {"the pass is that of the ticket", pass_is_that_of_the_ticket},
      {"a dead ticket has no code", dead_ticket_has_no_code})
