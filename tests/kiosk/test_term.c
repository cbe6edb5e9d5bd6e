/* The terminal that the counter is tested on must itself be right: shown with small programs. */
#include "tests/support/decode.h"
#include "tests/support/render.h"
#include "tests/support/term.h"
#include "tests/support/test.h"

#include <signal.h>
#include <sys/wait.h>

#include <qrencode.h>

#define SHORT_MS 5000
#define PASS "7K3QF9XW2MAB3DE12345"

static bool start_shell(struct term *term, int rows, int columns, const char *script)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};

    return term_start(term, rows, columns, NULL, argv);
}

/* ---- running a program ---- */

static void shows_what_is_printed(void)
{
    struct term term = {0};
    int status = -1, row = -1, column = -1;

    CU_ASSERT_FATAL(start_shell(&term, 5, 40, "printf 'one  \\n  zwei ✓ 日本 two\\n'; exit 3"));
    CU_ASSERT(term_wait(&term, "one\n  zwei", SHORT_MS));
    CU_ASSERT(term_wait(&term, "two", SHORT_MS));
    CU_ASSERT_STRING_EQUAL(term_text(&term, 1), "  zwei ✓ 日本 two");
    CU_ASSERT(term_find(&term, "two", &row, &column));
    CU_ASSERT_EQUAL(row, 1);
    CU_ASSERT_EQUAL(column, 14); /* each of 日本 takes two cells */
    CU_ASSERT(!term_find(&term, "three", NULL, NULL));
    CU_ASSERT(term_wait_exit(&term, &status, SHORT_MS));
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CU_ASSERT_EQUAL(term_stop(&term), status);
    CU_ASSERT_STRING_EQUAL(term_text(&term, 0), "one");
    term_release(&term);
}

static void last_bytes_are_not_lost(void)
{
    struct term term = {0};
    size_t length;

    CU_ASSERT_FATAL(start_shell(&term, 24, 80, "seq 1 20000; printf END"));
    CU_ASSERT(term_wait_exit(&term, NULL, 20000));
    CU_ASSERT(term_find(&term, "END", NULL, NULL));
    CU_ASSERT(term_log_has(&term, 0, "\r\n1\r\n") || term_log_has(&term, 0, "1\r\n2\r\n"));
    term_log(&term, 0, &length);
    CU_ASSERT_EQUAL(length, 108894 + 20000 + 3); /* seq's bytes, a CR a line, END */
    term_release(&term);
}

static void environment_is_clean(void)
{
    static const char *const env[] = {"HOME=/tmp/x", "XDG_DATA_HOME=/tmp/y", "LANG", "TERM=vt100",
                                      NULL};
    static const char *const argv[] = {"/usr/bin/env", NULL};
    struct term term = {0};

    setenv("TICKETLY_TILL_NAME", "not for the program", 1);
    CU_ASSERT_FATAL(term_start(&term, 24, 200, env, argv));
    unsetenv("TICKETLY_TILL_NAME");
    CU_ASSERT(term_wait_exit(&term, NULL, SHORT_MS));
    CU_ASSERT(term_find(&term, "HOME=/tmp/x", NULL, NULL));
    CU_ASSERT(term_find(&term, "XDG_DATA_HOME=/tmp/y", NULL, NULL));
    CU_ASSERT(term_find(&term, "TERM=vt100", NULL, NULL));
    CU_ASSERT(!term_find(&term, "LANG", NULL, NULL));
    CU_ASSERT(!term_find(&term, "TICKETLY", NULL, NULL));
    term_release(&term);
}

static void missing_program_says_so(void)
{
    static const char *const argv[] = {"/no/such/program", NULL};
    struct term term = {0};
    int status;

    CU_ASSERT_FATAL(term_start(&term, 5, 60, NULL, argv));
    CU_ASSERT(term_wait_exit(&term, &status, SHORT_MS));
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 127);
    CU_ASSERT(term_find(&term, "/no/such/program", NULL, NULL));
    term_release(&term);
}

static void stop_kills(void)
{
    struct term term = {0};
    int status;

    CU_ASSERT_FATAL(
        start_shell(&term, 5, 40, "trap '' HUP INT TERM; echo on; while :; do read x; done"));
    CU_ASSERT(term_wait(&term, "on", SHORT_MS));
    status = term_stop(&term);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CU_ASSERT(!term_send(&term, "x"));
    term_release(&term);
    term_release(&term);
}

static void signals_and_hangup_arrive(void)
{
    struct term term = {0};
    int status;

    CU_ASSERT_FATAL(start_shell(&term, 5, 40,
                                "trap 'echo got USR1' USR1; trap 'exit 7' HUP; echo on;"
                                "while :; do read x; done"));
    CU_ASSERT(term_wait(&term, "on", SHORT_MS));
    CU_ASSERT(term_signal(&term, SIGUSR1));
    CU_ASSERT(term_wait(&term, "got USR1", SHORT_MS));
    term_hangup(&term);
    CU_ASSERT(term_wait_exit(&term, &status, SHORT_MS));
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    term_release(&term);
}

static void keyboard_stops_and_interrupts(void)
{
    struct term term = {0};
    int status;

    CU_ASSERT_FATAL(start_shell(&term, 5, 40, "echo on; read x; echo \"read $x\"; read y"));
    CU_ASSERT(term_wait(&term, "on", SHORT_MS));
    CU_ASSERT(term_key(&term, "Ctrl-Z"));
    CU_ASSERT(term_wait_stopped(&term, SHORT_MS));
    CU_ASSERT(term_signal(&term, SIGCONT));
    CU_ASSERT(term_keys(&term, "some Enter"));
    CU_ASSERT(term_wait(&term, "read some", SHORT_MS));
    CU_ASSERT(term_key(&term, "Ctrl-C"));
    CU_ASSERT(term_wait_exit(&term, &status, SHORT_MS));
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    term_release(&term);
}

static void resize_is_seen(void)
{
    struct term term = {0};

    CU_ASSERT_FATAL(
        start_shell(&term, 24, 80, "trap 'stty size' WINCH; stty size; while :; do read x; done"));
    CU_ASSERT(term_wait(&term, "24 80", SHORT_MS));
    CU_ASSERT(term_resize(&term, 3, 10));
    CU_ASSERT(term_wait(&term, "3 10", SHORT_MS));
    CU_ASSERT(term_resize(&term, 60, 200));
    CU_ASSERT(term_wait(&term, "60 200", SHORT_MS));
    term_release(&term);
}

/* ---- keys ---- */

/* Name here, name in terminfo. */
static const char *const capabilities[][2] = {
    {"Up", "kcuu1"},     {"Down", "kcud1"},   {"Left", "kcub1"},   {"Right", "kcuf1"},
    {"Home", "khome"},   {"End", "kend"},     {"PgUp", "kpp"},     {"PgDn", "knp"},
    {"Delete", "kdch1"}, {"Insert", "kich1"}, {"BackTab", "kcbt"}, {"Backspace", "kbs"},
    {"F1", "kf1"},       {"F2", "kf2"},       {"F3", "kf3"},       {"F4", "kf4"},
    {"F5", "kf5"},       {"F6", "kf6"},       {"F7", "kf7"},       {"F8", "kf8"},
    {"F9", "kf9"},       {"F10", "kf10"},     {"F11", "kf11"},     {"F12", "kf12"},
};

/* Reads that many bytes in raw mode and says whether they are the capability's. */
static const char key_script[] =
    "stty raw -echo; tput smkx; for c in %s; do printf 'ready %%s\\r\\n' $c;"
    "want=$(tput $c | od -An -tx1); n=$(tput $c | wc -c);"
    "got=$(dd bs=1 count=$n 2>/dev/null | od -An -tx1);"
    "[ \"$want\" = \"$got\" ] && word=same || word=\"WRONG $got\";"
    "printf '%%s %%s\\r\\n' \"$word\" $c;"
    "done; tput rmkx; stty sane; echo end";

static void keys_are_those_of_terminfo(void)
{
    char names[512] = "", script[1024], expected[32];
    struct term term = {0};
    size_t count = sizeof capabilities / sizeof *capabilities, used = 0;

    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s ", capabilities[i][1]);
    snprintf(script, sizeof script, key_script, names);
    CU_ASSERT_FATAL(start_shell(&term, 60, 80, script));
    for (size_t i = 0; i < count; i++) {
        snprintf(expected, sizeof expected, "ready %s\n", capabilities[i][1]);
        CU_ASSERT_FATAL(term_wait(&term, expected, SHORT_MS));
        CU_ASSERT(term_key(&term, capabilities[i][0]));
        snprintf(expected, sizeof expected, "same %s\n", capabilities[i][1]);
        CU_ASSERT(term_wait(&term, expected, SHORT_MS));
    }
    CU_ASSERT(term_wait_exit(&term, NULL, SHORT_MS));
    CU_ASSERT(!term_mode(&term, 0) && !term_mode(&term, 1));
    term_release(&term);
}

/* Starts a program that says "raw" and shows each byte as a number until q. */
static bool start_bytes(struct term *term, const char *modes)
{
    char script[512];

    snprintf(script, sizeof script,
             "stty raw -echo opost onlcr; printf '%sraw\\n'; while :; do"
             " b=$(dd bs=1 count=1 2>/dev/null | od -An -tu1 | tr -d ' ');"
             " printf '%%s ' $b; [ $b = 113 ] && break; done; stty sane",
             modes);
    return start_shell(term, 24, 200, script) && term_wait(term, "raw", SHORT_MS);
}

static void keys_without_keypad_mode(void)
{
    struct term term = {0};

    CU_ASSERT_FATAL(start_bytes(&term, ""));
    CU_ASSERT(term_keys(&term, "Up Enter Esc Tab Ctrl-C Ctrl-\\ Alt-a hj"));
    CU_ASSERT(term_key(&term, "q"));
    CU_ASSERT(term_wait(&term, "27 91 65 13 27 9 3 28 27 97 104 106 113", SHORT_MS));
    CU_ASSERT(term_wait_exit(&term, NULL, SHORT_MS));
    term_release(&term);
}

static void mouse_and_paste_when_asked_for(void)
{
    struct term term = {0};

    CU_ASSERT_FATAL(start_bytes(&term, ""));
    CU_ASSERT(!term_click(&term, 0, 4, 9));
    CU_ASSERT(term_paste(&term, "aq"));
    CU_ASSERT(term_wait(&term, "97 113", SHORT_MS));
    term_release(&term);
    CU_ASSERT_FATAL(start_bytes(&term, "\\033[?1006;1000h\\033[?2004h"));
    CU_ASSERT(term_click(&term, 0, 4, 9)); /* row 5, column 10: ESC [ < 0 ; 10 ; 5 M, … m */
    CU_ASSERT(
        term_wait(&term, "27 91 60 48 59 49 48 59 53 77 27 91 60 48 59 49 48 59 53 109", SHORT_MS));
    CU_ASSERT(term_click(&term, 64, 0, 0));
    CU_ASSERT(term_wait(&term, "27 91 60 54 52 59 49 59 49 77", SHORT_MS));
    CU_ASSERT(term_paste(&term, "aq"));
    CU_ASSERT(term_wait(&term, "27 91 50 48 48 126 97 113", SHORT_MS));
    term_release(&term);
}

static void queries_are_answered(void)
{
    struct term term = {0};

    CU_ASSERT_FATAL(start_bytes(&term, "x\\033[6n"));
    CU_ASSERT(term_wait(&term, "27 91 49 59 50 82", SHORT_MS)); /* row 1, column 2 */
    term_release(&term);
}

/* ---- cells, modes, log ---- */

static void cells_have_colors_and_attributes(void)
{
    struct term term = {0};
    struct term_cell cell;

    CU_ASSERT_FATAL(start_shell(
        &term, 5, 40,
        "printf 'a\\033[1;4;7mb\\033[0;38;5;231;48;5;16mc\\033[0;31;42md\\033[m é\\033[1;1He'"));
    CU_ASSERT(term_wait_exit(&term, NULL, SHORT_MS));
    CU_ASSERT(term_cell(&term, 0, 0, &cell));
    CU_ASSERT_STRING_EQUAL(cell.text, "e");
    CU_ASSERT(cell.foreground.is_default && cell.background.is_default && !cell.bold);
    CU_ASSERT(term_cell(&term, 0, 1, &cell));
    CU_ASSERT(cell.bold && cell.underline && cell.reverse && cell.width == 1);
    CU_ASSERT(term_cell(&term, 0, 2, &cell));
    CU_ASSERT(!cell.bold && !cell.foreground.is_default && !cell.background.is_default);
    CU_ASSERT(cell.foreground.red == 255 && cell.foreground.blue == 255);
    CU_ASSERT(cell.background.red == 0 && cell.background.green == 0);
    CU_ASSERT(term_cell(&term, 0, 3, &cell));
    CU_ASSERT(cell.foreground.red > 100 && cell.foreground.green < 50);
    CU_ASSERT(cell.background.green > 100 && cell.background.red < 50);
    CU_ASSERT(term_cell(&term, 0, 5, &cell));
    CU_ASSERT_STRING_EQUAL(cell.text, "é");
    CU_ASSERT(term_cell(&term, 4, 39, &cell));
    CU_ASSERT_STRING_EQUAL(cell.text, " ");
    CU_ASSERT(!term_cell(&term, 5, 0, &cell) && !term_cell(&term, 0, 40, &cell));
    term_release(&term);
}

static void what_is_left_behind_is_seen(void)
{
    static const char *const bad[] = {"tput smcup",
                                      "tput civis",
                                      "tput smkx",
                                      "stty -echo",
                                      "printf '\\033[?2004h'",
                                      "printf '\\033[?1006;1000h'",
                                      "tput setaf 1",
                                      "tput rev"};
    struct term term = {0};

    CU_ASSERT_FATAL(start_shell(&term, 24, 80,
                                "old=$(stty -g); stty raw -echo; tput smcup; tput civis; tput smkx;"
                                "printf '\\033[?1006;1000h\\033[?2004h'; tput setaf 1; echo in;"
                                "read x; printf '\\033[?2004l\\033[?1006;1000l'; tput sgr0;"
                                "tput rmkx; tput cnorm; tput rmcup; stty $old"));
    CU_ASSERT(term_wait(&term, "in", SHORT_MS));
    CU_ASSERT(term_mode(&term, 1049) && term_mode(&term, 1000) && term_mode(&term, 1006));
    CU_ASSERT(term_mode(&term, 2004) && term_mode(&term, 0) && !term_mode(&term, 25));
    CU_ASSERT(term_send(&term, "\n"));
    CU_ASSERT(term_wait_exit(&term, NULL, SHORT_MS));
    CU_ASSERT(term_is_restored(&term));
    CU_ASSERT(term_log_has(&term, 0, "\033[?1049l"));
    CU_ASSERT(!term_find(&term, "in", NULL, NULL)); /* it stood on the other screen */
    term_release(&term);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_FATAL(start_shell(&term, 24, 80, bad[i]));
        term.quiet = true;
        CU_ASSERT(term_wait_exit(&term, NULL, SHORT_MS));
        CU_ASSERT(!term_is_restored(&term));
        term_release(&term);
    }
}

static void log_keeps_the_end(void)
{
    struct term term = {0};
    size_t mark, length;

    CU_ASSERT_FATAL(start_shell(&term, 24, 80,
                                "echo begin; read x; head -c 9000000 /dev/zero | tr '\\0' '\\07';"
                                "echo end"));
    CU_ASSERT(term_wait(&term, "begin", SHORT_MS));
    mark = term_log_mark(&term);
    CU_ASSERT(!term_log_has(&term, mark, "begin") && term_log_has(&term, 0, "begin"));
    CU_ASSERT(term_key(&term, "Enter"));
    CU_ASSERT(term_wait_log(&term, mark, "end\r\n", 60000));
    CU_ASSERT(term.bells == 9000000);
    term_log(&term, 0, &length);
    CU_ASSERT(length >= TERM_LOG_LIMIT / 2 && length <= TERM_LOG_LIMIT);
    term_release(&term);
}

static void reply_is_measured(void)
{
    struct term term = {0};

    CU_ASSERT_FATAL(start_shell(&term, 24, 80,
                                "stty -echo; echo on; read x; printf 12345; sleep 0.3;"
                                "printf 678; read x"));
    CU_ASSERT(term_wait(&term, "on", SHORT_MS));
    CU_ASSERT(term_key(&term, "Enter"));
    CU_ASSERT_EQUAL(term.reply.bytes, 0);
    CU_ASSERT_EQUAL(term.reply.first_us, -1);
    CU_ASSERT(term_wait(&term, "12345678", SHORT_MS));
    CU_ASSERT_EQUAL(term.reply.bytes, 8);
    CU_ASSERT_EQUAL(term.reply.bursts, 2);
    CU_ASSERT(term.reply.first_us >= 0 && term.reply.last_us - term.reply.first_us > 100000);
    CU_ASSERT(term_wait_idle(&term, 20, SHORT_MS));
    term_release(&term);
}

static void wait_says_no(void)
{
    struct term term = {0};

    CU_ASSERT_FATAL(start_shell(&term, 3, 20, "echo here; read x"));
    CU_ASSERT(term_wait(&term, "here", SHORT_MS));
    term.quiet = true;
    CU_ASSERT(!term_wait(&term, "there", 20));
    CU_ASSERT(!term_wait_gone(&term, "here", 20));
    CU_ASSERT(term_wait_gone(&term, "there", 20));
    term_release(&term);
}

/* ---- QR codes on the screen ---- */

enum look {
    LOOK_BLACK_ON_WHITE, /* both colours set */
    LOOK_INVERTED,       /* both colours set, white on black */
    LOOK_DEFAULT         /* the terminal's own colours: dark modules in its foreground */
};

struct drawing {
    const char *name;
    bool half; /* ▀ for two modules; else two cells a module */
    enum look look;
    int quiet;
};

static bool module_is_dark(const QRcode *code, int row, int column)
{
    return row >= 0 && row < code->width && column >= 0 && column < code->width &&
           (code->data[row * code->width + column] & 1);
}

/* A cell whose upper and lower half are dark or not. */
static void draw_cell(FILE *file, const struct drawing *drawing, bool upper, bool lower)
{
    static const char *const glyphs[] = {" ", "▄", "▀", "█"};
    int dark = drawing->look == LOOK_INVERTED ? 231 : 16, light = 247 - dark;

    if (drawing->look == LOOK_DEFAULT)
        fprintf(file, "%s", glyphs[upper * 2 + lower]);
    else if (drawing->half)
        fprintf(file, "\033[38;5;%d;48;5;%dm▀", upper ? dark : light, lower ? dark : light);
    else
        fprintf(file, "\033[48;5;%dm ", upper ? dark : light);
}

static void draw_code(FILE *file, const struct drawing *drawing, const QRcode *code)
{
    int step = drawing->half ? 2 : 1, quiet = drawing->quiet;

    for (int row = -quiet; row < code->width + quiet; row += step) {
        for (int column = -quiet; column < code->width + quiet; column++) {
            bool upper = module_is_dark(code, row, column);
            bool lower = drawing->half ? module_is_dark(code, row + 1, column) : upper;

            draw_cell(file, drawing, upper, lower);
            if (!drawing->half)
                draw_cell(file, drawing, upper, lower);
        }
        fprintf(file, "\033[m\n");
    }
}

/* Shows the drawing on a terminal, as `cat` does. */
static bool show(struct term *term, const char *folder, const struct drawing *drawing)
{
    char path[256];
    const char *const argv[] = {"/bin/cat", path, NULL};
    QRcode *code = QRcode_encodeString8bit(PASS, 0, QR_ECLEVEL_M);
    FILE *file;
    bool shown = false;

    snprintf(path, sizeof path, "%s/code", folder);
    file = fopen(path, "w");
    if (code && file) {
        fprintf(file, "\033[?25l");
        draw_code(file, drawing, code);
    }
    if (file)
        shown = fclose(file) == 0 && code;
    QRcode_free(code);
    return shown && term_start(term, 36, 80, NULL, argv) && term_wait_exit(term, NULL, SHORT_MS);
}

/* Bit 0: zbar read the pass, bit 1: zxing-cpp did. */
static int read_screen(struct term *term, const char *folder, const struct render_theme *theme,
                       double line_height)
{
    struct image image = {0};
    char path[256], text[256];
    enum decoded answer;
    int readers = 0;

    snprintf(path, sizeof path, "%s/screen.png", folder);
    CU_ASSERT_FATAL(term_render(term, theme, line_height, 16, &image));
    CU_ASSERT_FATAL(image_write(&image, path));
    if (qr_read_zbar(&image, text, sizeof text) == DECODED && strcmp(text, PASS) == 0)
        readers |= 1;
    answer = qr_read_zxing(path, text, sizeof text);
    CU_ASSERT(answer != DECODED_FAILED);
    if (answer == DECODED && strcmp(text, PASS) == 0)
        readers |= 2;
    image_release(&image);
    return readers;
}

static const char *const reader_names[] = {"-", "zbar", "zxing", "both"};
static const double line_heights[] = {1.0, 1.1, 1.2, 1.3};

/* Reads the drawing in a theme at every line height; bits 2n and 2n + 1 are those of
   line_heights[n]. Prints what was found. */
static int read_all_heights(struct term *term, const char *folder, const struct drawing *drawing,
                            const struct render_theme *theme)
{
    int found = 0;

    printf("    %-34s %-8s", drawing->name, theme->name);
    for (int i = 0; i < 4; i++) {
        int readers = read_screen(term, folder, theme, line_heights[i]);

        printf("  %.1f %-5s", line_heights[i], reader_names[readers]);
        found |= readers << (2 * i);
    }
    printf("\n");
    return found;
}

static void read_drawing(const struct drawing *drawing, int found[THEME_COUNT])
{
    char folder[128];
    struct term term = {0};

    test_folder(folder, sizeof folder);
    CU_ASSERT_FATAL(show(&term, folder, drawing));
    for (int theme = 0; theme < THEME_COUNT; theme++)
        found[theme] = read_all_heights(&term, folder, drawing, &render_themes[theme]);
    term_release(&term);
}

static void wide_code_is_read_everywhere(void)
{
    static const struct drawing drawings[] = {
        {"wide, black on white", false, LOOK_BLACK_ON_WHITE, 4},
        {"wide, black on white, quiet 2", false, LOOK_BLACK_ON_WHITE, 2}};
    int found[THEME_COUNT];

    printf("\n");
    for (int i = 0; i < 2; i++) {
        read_drawing(&drawings[i], found);
        CU_ASSERT_EQUAL(found[THEME_DARK], 0xff);
        CU_ASSERT_EQUAL(found[THEME_LIGHT], 0xff);
    }
}

static void half_code_is_read_on_close_lines(void)
{
    static const struct drawing drawing = {"half, black on white", true, LOOK_BLACK_ON_WHITE, 4};
    int found[THEME_COUNT];

    printf("\n");
    read_drawing(&drawing, found);
    CU_ASSERT_EQUAL(found[THEME_DARK] & 0x3, 0x3); /* line height 1.0 */
    CU_ASSERT_EQUAL(found[THEME_LIGHT] & 0x3, 0x3);
}

static void inverted_code_is_never_read(void)
{
    static const struct drawing drawings[] = {{"wide, white on black", false, LOOK_INVERTED, 4},
                                              {"half, white on black", true, LOOK_INVERTED, 4},
                                              {"half, default colours", true, LOOK_DEFAULT, 4}};
    int found[THEME_COUNT];

    printf("\n");
    for (int i = 0; i < 3; i++) {
        read_drawing(&drawings[i], found);
        CU_ASSERT_EQUAL(found[THEME_DARK], 0);
    }
}

static void code_without_quiet_zone_is_missed(void)
{
    static const struct drawing drawings[] = {
        {"wide, black on white, no quiet", false, LOOK_BLACK_ON_WHITE, 0},
        {"half, black on white, no quiet", true, LOOK_BLACK_ON_WHITE, 0}};
    int found[THEME_COUNT];

    printf("\n");
    for (int i = 0; i < 2; i++) {
        read_drawing(&drawings[i], found);
        /* zbar may; a code that one of two readers misses is not good enough to show */
        CU_ASSERT_EQUAL(found[THEME_DARK] & 0xaa, 0);
    }
}

SUITE(term, {"the screen shows what a program prints", shows_what_is_printed},
      {"the last bytes of a program are not lost", last_bytes_are_not_lost},
      {"the environment is clean", environment_is_clean},
      {"a missing program says so", missing_program_says_so},
      {"stopping kills what does not want to end", stop_kills},
      {"signals and a hang-up arrive", signals_and_hangup_arrive},
      {"Ctrl-Z stops, Ctrl-C interrupts", keyboard_stops_and_interrupts},
      {"a new size is seen", resize_is_seen},
      {"keys send what terminfo says", keys_are_those_of_terminfo},
      {"keys without keypad mode", keys_without_keypad_mode},
      {"mouse and paste marks come when asked for", mouse_and_paste_when_asked_for},
      {"queries are answered", queries_are_answered},
      {"cells have colours and attributes", cells_have_colors_and_attributes},
      {"what a program leaves changed is seen", what_is_left_behind_is_seen},
      {"the log keeps the end", log_keeps_the_end},
      {"bytes, bursts and times of a reply are counted", reply_is_measured},
      {"a wait that fails says so", wait_says_no},
      {"a wide code is read at every line height", wide_code_is_read_everywhere},
      {"a half code is read where lines are close", half_code_is_read_on_close_lines},
      {"an inverted code is not read on a dark terminal", inverted_code_is_never_read},
      {"zxing-cpp misses a code without quiet zone on a dark terminal",
       code_without_quiet_zone_is_missed})
