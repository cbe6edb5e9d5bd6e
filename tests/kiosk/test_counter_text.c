/* Names that would do harm or break the picture. They are written into the file behind the
   program's back: what comes in by its own ways is cleaned already. */
#include "tests/kiosk/till.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static const char harmful[] =
    "UPDATE slot SET name = 'Sky' || char(27) || ']0;owned' || char(7) || 'fall' WHERE id = 100001;"
    "UPDATE slot SET name = char(8238) || 'live' || char(8203) || 's' || char(13, 10) || 'x'"
    " WHERE id = 100002;"
    "UPDATE slot SET name = '千と千尋の神隠しと千と千尋の神隠し' WHERE id = 100003;"
    "UPDATE slot SET name = 'Stoe' || char(769, 769, 769) || 'p' || char(155) || '31m',"
    " screen = char(27) || '[31mS' WHERE id = 100004;"
    "UPDATE slot SET name = CAST(X'50FFFEC3' AS TEXT), description = 'a' || char(27) || 'cb'"
    " WHERE id = 100005;"
    "UPDATE slot SET name = '👨‍👩‍👧‍👦 🇩🇪 ﷽' WHERE id = 100006;"
    "UPDATE customer SET name = char(27) || 'P1;1|17/abc' || char(27) || '\\Eve' || char(8294);";

static const char *const banned[] = {"\033]0;", "\033P",        "\033c",        "\xE2\x80\xAE",
                                     "\xC2\x9B", "\xE2\x80\x8B", "\xE2\x81\xA6", "\xFF",
                                     "\xFE",     "\033[31mS"};

static void check_log(struct term *term)
{
    for (size_t i = 0; i < sizeof banned / sizeof banned[0]; i++) {
        CU_ASSERT(!term_log_has(term, 0, banned[i]));
        if (term_log_has(term, 0, banned[i]))
            fprintf(stderr, "banned bytes %zu\n", i);
    }
}

/* Every showing's row: the rule, the bar and the number stand where the titles say. */
static void check_columns(struct term *term, int columns)
{
    struct term_cell cell;
    int rows = 0;

    for (int row = 2; row < 12; row++) {
        if (!term_cell(term, row, columns - 2, &cell) || cell.text[0] < '0' || cell.text[0] > '9')
            continue;
        rows++;
        CU_ASSERT(term_cell(term, row, 22, &cell));
        CU_ASSERT_STRING_EQUAL(cell.text, "│");
        CU_ASSERT(term_cell(term, row, columns - 15, &cell));
        CU_ASSERT(strcmp(cell.text, "░") == 0 || strcmp(cell.text, "█") == 0);
        CU_ASSERT(term_cell(term, row, columns - 16, &cell));
        CU_ASSERT_STRING_EQUAL(cell.text, " ");
    }
    CU_ASSERT(rows >= 5);
}

static void harmful_names_reach_no_terminal(void)
{
    static const int sizes[][2] = {{24, 80}, {18, 60}, {40, 120}};

    for (int i = 0; i < 3; i++) {
        struct till till;
        struct term term = {0};

        till_init(&till);
        CU_ASSERT(till_book(&till, TILL_SKYFALL, 1, "Eve", "+491234567"));
        CU_ASSERT_FATAL(till_sql(&till, harmful));
        CU_ASSERT_FATAL(till_counter(&till, &term, sizes[i][0], sizes[i][1], NULL, NULL));
        SEE(&term, "▌19:45 Sky");
        check_columns(&term, sizes[i][1]);
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, "places left");
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, "in this sale");
        CU_ASSERT(term_keys(&term, "Enter t"));
        SEE(&term, "Tickets for");
        CU_ASSERT(term_keys(&term, "f"));
        SEE(&term, "the latest tickets");
        CU_ASSERT(term_keys(&term, "Esc Esc Down Down Down Down Down"));
        SEE(&term, "20 of 20 left");
        check_log(&term);
        term_release(&term);
    }
}

static void typed_names_are_cleaned(void)
{
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r\t0301234567\t"));
    CU_ASSERT(term_paste(&term, "E\xE2\x80\xAEv\033]0;x\007e\xE2\x80\x8B 日本\r"));
    SEE(&term, "日本");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sold: 1 ticket");
    SEE(&term, "日本");
    check_log(&term);
    term_release(&term);
}

SUITE(counter_text, {"harmful names reach no terminal", harmful_names_reach_no_terminal},
      {"typed names are cleaned", typed_names_are_cleaned})
