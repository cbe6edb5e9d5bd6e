/* Moving about in the counter: panes, filter, help, messages, mouse, paste, sizes, colours. */
#include "tests/kiosk/till.h"
#include "tests/support/test.h"
#include "ui/kiosk/keys.h"

#include <stdio.h>
#include <string.h>

static void open_at(struct till *till, struct term *term, int rows, int columns)
{
    till_init(till);
    CU_ASSERT_FATAL(till_counter(till, term, rows, columns, NULL, NULL));
}

static void leave(struct term *term)
{
    int status = -1;

    CU_ASSERT(term_send(term, "q"));
    CU_ASSERT(term_wait_exit(term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(term_is_restored(term));
    term_release(term);
}

/* Sends keys and waits for the row selected then. */
static void moves(struct term *term, const char *keys, const char *selected)
{
    CU_ASSERT(term_keys(term, keys));
    SEE(term, selected);
}

/* --- the programme --- */

static void arrows_and_letters_move(void)
{
    struct till till;
    struct term term = {0};

    open_at(&till, &term, 24, 80);
    moves(&term, "j", "▌20:00 The Lives of Others");
    moves(&term, "k", "▌19:45 Skyfall");
    moves(&term, "Down Down", "▌20:15 Spirited Away");
    moves(&term, "Up", "▌20:00 The Lives of Others");
    moves(&term, "G", "▌14:00 Evening 40");
    moves(&term, "Down", "▌14:00 Evening 40");
    moves(&term, "g", "▌18:00 Full House");
    moves(&term, "k", "▌18:00 Full House");
    moves(&term, "End", "▌14:00 Evening 40");
    moves(&term, "Home", "▌18:00 Full House");
    moves(&term, "PgDn", "▌18:00 Evening 06");
    moves(&term, "PgDn", "▌18:00 Evening 18");
    moves(&term, "PgUp PgUp", "▌18:00 Full House");
    moves(&term, "PgDn PgDn PgDn PgDn PgDn PgDn", "▌14:00 Evening 40");
    leave(&term);
}

static void panes_and_genres(void)
{
    struct till till;
    struct term term = {0};

    open_at(&till, &term, 24, 80);
    SEE(&term, "All               47"); /* Full House too: it may get a place back */
    SEE(&term, "Drama              2");
    moves(&term, "1", "▌Action");
    SEE_GONE(&term, "Lives of Others");
    SEE(&term, "▌19:45 Skyfall");
    moves(&term, "9", "▌Horror");
    SEE(&term, "No open showing here.");
    moves(&term, "Enter", "No showing is selected.");
    moves(&term, "t", "No showing is selected.");
    moves(&term, "0", "▌All");
    SEE(&term, "▌19:45 Skyfall");
    moves(&term, "h j j j", "▌Comedy");
    SEE(&term, "▌10:30 Paddington");
    moves(&term, "G", "▌Animation");
    SEE(&term, "▌20:15 Spirited Away");
    moves(&term, "l Enter", "20 of 20 places left");
    moves(&term, "Esc", "▌Animation");
    moves(&term, "Esc", "▌All");
    moves(&term, "Left End", "▌Animation");
    moves(&term, "Home", "▌All");
    moves(&term, "Down", "▌Action");
    moves(&term, "Tab Down", "▌19:45 Skyfall"); /* the other pane: one showing only */
    SEE(&term, "▌Action");
    moves(&term, "BackTab Up", "▌All");
    moves(&term, "Enter Down", "▌20:00 The Lives of Others"); /* Enter goes to the showings */
    leave(&term);
}

static void filter_works_as_it_is_typed(void)
{
    struct till till;
    struct term term = {0};

    open_at(&till, &term, 24, 80);
    CU_ASSERT(term_keys(&term, "/ e"));
    SEE_GONE(&term, "Skyfall · ");
    SEE(&term, "Filter /");
    SEE(&term, "Evening 01");
    CU_ASSERT(term_keys(&term, "vening"));
    SEE_GONE(&term, "Lives");
    CU_ASSERT(term_keys(&term, "Space 1 7"));
    SEE_GONE(&term, "Evening 01");
    SEE(&term, "Evening 17");
    CU_ASSERT(term_keys(&term, "Backspace"));
    SEE(&term, "Evening 12");
    CU_ASSERT(term_keys(&term, "Ctrl-U"));
    CU_ASSERT(term_send(&term, "AMELIE")); /* case and accents do not matter */
    SEE(&term, "▌11:00 Amélie");
    CU_ASSERT(term_send(&term, "x"));
    SEE(&term, "No open showing has this in its name.");
    CU_ASSERT(term_keys(&term, "Backspace"));
    SEE(&term, "▌11:00 Amélie");
    CU_ASSERT(term_keys(&term, "Enter Enter"));
    SEE(&term, "Sell  Amélie");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "Filter / AMELIE");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "▌19:45 Skyfall");
    leave(&term);
}

static void escape_leads_back(void)
{
    static const struct {
        const char *keys, *seen;
    } views[] = {{"Enter", "Sell  Skyfall"},     {"t", "Tickets for Skyfall"},
                 {"f", "the latest tickets"},    {"F3", "the latest tickets"},
                 {"a", "Schedule a showing"},    {"?", "All keys"},
                 {"F1", "All keys"},             {"m", "Messages, latest first"},
                 {"/", "Filter /"},              {"Enter F1", "All keys"},
                 {"a F3", "the latest tickets"}, {"f F1", "All keys"}};
    struct till till;
    struct term term = {0};

    open_at(&till, &term, 24, 80);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        CU_ASSERT(term_keys(&term, views[i].keys));
        SEE(&term, views[i].seen);
        CU_ASSERT(term_keys(&term, "Esc"));
        SEE_GONE(&term, views[i].seen);
        if (strchr(views[i].keys, ' '))
            CU_ASSERT(term_keys(&term, "Esc"));
        SEE(&term, "▌19:45 Skyfall");
    }
    for (int i = 0; i < 3; i++) { /* q leaves a view, not the program */
        static const char *const keys[] = {"t", "?", "m"};
        static const char *const seen[] = {"Tickets for", "All keys", "Messages,"};

        CU_ASSERT(term_keys(&term, keys[i]));
        SEE(&term, seen[i]);
        CU_ASSERT(term_keys(&term, "q"));
        SEE(&term, "▌19:45 Skyfall");
    }
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sell  Skyfall");
    CU_ASSERT(term_keys(&term, "Tab Tab q")); /* here it is a letter */
    SEE(&term, "Name  q");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&term);
}

/* --- help and messages --- */

static void help_tells_every_key(void)
{
    struct till till;
    struct term term = {0};
    char line[200];

    open_at(&till, &term, 320, 80);
    CU_ASSERT(term_keys(&term, "?"));
    SEE(&term, "All keys");
    for (int i = 0; i < key_binding_count; i++) {
        if (!key_bindings[i].help || !(key_bindings[i].groups & ~(unsigned)GROUP_DOORS))
            continue;
        snprintf(line, sizeof line, "    %-12s %s", key_bindings[i].shown, key_bindings[i].help);
        SEE(&term, line);
    }
    for (unsigned group = 1; group < GROUP_ANY; group <<= 1) {
        if (group & GROUP_DOORS)
            continue;
        snprintf(line, sizeof line, "\n  %s\n", key_group_name(group));
        SEE(&term, line);
    }
    CU_ASSERT(!term_find(&term, "…\n", NULL, NULL)); /* nothing is cut */
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&term);
}

static void help_scrolls(void)
{
    static const int sizes[][2] = {{18, 60}, {24, 80}};

    for (int i = 0; i < 2; i++) {
        struct till till;
        struct term term = {0};

        open_at(&till, &term, sizes[i][0], sizes[i][1]);
        CU_ASSERT(term_keys(&term, "?"));
        SEE(&term, "\n  Programme\n"); /* of the view that it was asked from first */
        CU_ASSERT(term_keys(&term, "End"));
        SEE(&term, "Ctrl-L");
        SEE_GONE(&term, "  Programme\n");
        CU_ASSERT(term_keys(&term, "PgUp Home"));
        SEE(&term, "\n  Programme\n");
        CU_ASSERT(term_keys(&term, "PgDn"));
        SEE_GONE(&term, "\n  Programme\n");
        CU_ASSERT(term_keys(&term, "Esc"));
        SEE(&term, "q quit");
        leave(&term);
    }
}

static void messages_are_kept(void)
{
    struct till till;
    struct term term = {0};

    open_at(&till, &term, 18, 60);
    CU_ASSERT(term_keys(&term, "Up Enter"));
    SEE(&term, "is sold out.");
    for (int i = 0; i < 12; i++)
        CU_ASSERT(term_keys(&term, "u"));
    CU_ASSERT(term_keys(&term, "m"));
    SEE(&term, "Messages, latest first");
    SEE(&term, "There is no sale to undo at this till. Find");
    SEE(&term, "the ticket (f) and cancel it."); /* long ones take two lines */
    CU_ASSERT(term_keys(&term, "End"));
    SEE(&term, "Full House, Sat"); /* the first can be reached */
    CU_ASSERT(term_keys(&term, "Home"));
    SEE_GONE(&term, "Full House, Sat");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&term);
}

/* --- mouse and paste --- */

static void mouse_selects(void)
{
    struct till till;
    struct term term = {0};
    int row = 0;

    open_at(&till, &term, 24, 80);
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT(term_click(&term, 65, 10, 40));
    SEE(&term, "▌20:00 The Lives of Others");
    CU_ASSERT(term_click(&term, 65, 10, 40));
    CU_ASSERT(term_click(&term, 64, 10, 40));
    CU_ASSERT(term_click(&term, 64, 10, 40));
    CU_ASSERT(term_click(&term, 64, 10, 40));
    SEE(&term, "▌18:00 Full House");
    CU_ASSERT(term_click(&term, 0, 3, 5)); /* the genre under the pointer */
    SEE(&term, "▌Action");
    CU_ASSERT(term_keys(&term, "End"));
    SEE(&term, "▌Animation");
    CU_ASSERT(till_find(&term, "Saga", &row, NULL)); /* in a list that was scrolled */
    CU_ASSERT(term_click(&term, 0, row, 5));
    SEE(&term, "▌Saga");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT(till_find(&term, "Spirited", &row, NULL));
    CU_ASSERT(term_click(&term, 0, row, 40)); /* a showing */
    SEE(&term, "▌20:15 Spirited");
    CU_ASSERT(till_find(&term, "Paddington", &row, NULL)); /* below another day's heading */
    CU_ASSERT(term_click(&term, 0, row, 40));
    SEE(&term, "▌10:30 Paddington");
    leave(&term);
    till_add_settings(&till, "[counter]\nmouse = no\n");
    CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, NULL, NULL));
    CU_ASSERT(!term_mode(&term, 1000) && !term_mode(&term, 1002) && !term_mode(&term, 1003));
    leave(&term);
}

static void paste_never_sells(void)
{
    struct till till;
    struct term term = {0};

    open_at(&till, &term, 24, 80);
    CU_ASSERT(term_mode(&term, 2004));
    CU_ASSERT(term_paste(&term, "\r\rq\r\ra\n"));
    CU_ASSERT(term_keys(&term, "m"));
    SEE(&term, "Messages, latest first");
    CU_ASSERT(term_keys(&term, "Esc Enter Tab Tab"));
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_paste(&term, "Ann\nMarie\r\033[31m\033OB\tKühn\r\n"));
    SEE(&term, "Name  Ann Marie");
    SEE(&term, "Kühn");
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    CU_ASSERT(term_keys(&term, "c")); /* what comes after is typed as ever */
    SEE(&term, "Kühnc");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "q quit");
    leave(&term);
}

/* --- sizes --- */

static void every_size_sells(void)
{
    static const int sizes[][2] = {{18, 60}, {24, 80}, {40, 120}, {60, 200}, {18, 200}, {60, 60}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct till till;
        struct term term = {0};
        char pass[21];

        open_at(&till, &term, sizes[i][0], sizes[i][1]);
        SEE(&term, "▌19:45 Skyfall");
        CU_ASSERT(strstr(term_text(&term, 0), "Ticketly") != NULL);
        CU_ASSERT(strstr(term_text(&term, sizes[i][0] - 1), "Enter sell") != NULL);
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, "5 of 5 places left");
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, "Sold: 1 ticket");
        till_pass(&term, pass);
        CU_ASSERT_EQUAL(strlen(pass), 20);
        SEE(&term, "1 of 1 in this sale");
        CU_ASSERT(term_keys(&term, "Esc"));
        SEE(&term, "4 of 5 left");
        leave(&term);
    }
}

static void long_words_stay_in_their_rows(void)
{
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT(till_sql(&till, "UPDATE slot SET name = 'The Very Long Tale of a Tinker and a Tailor "
                              "and a Soldier and a Sailor' WHERE id IN (100001, 100002)"));
    CU_ASSERT_FATAL(till_counter(&till, &term, 18, 60, NULL, NULL));
    CU_ASSERT(term_send(&term, "\r1\t0301234567\tMaximiliane von und zu Hohenlohe-Waldenburg\r"));
    SEE(&term, "in this sale");
    CU_ASSERT(term_keys(&term, "r"));
    SEE(&term, "choose the new");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "replaces TKT");
    SEE(&term, "Reissued: ");
    CU_ASSERT(term_keys(&term, "r"));
    SEE(&term, "choose the new");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Reissued: ");
    CU_ASSERT(term_keys(&term, "o")); /* replaced, and itself a replacement */
    SEE(&term, "replaced by TKT");
    CU_ASSERT(term_keys(&term, "F1")); /* a key clears the message line */
    SEE(&term, "All keys");
    CU_ASSERT(term_keys(&term, "Esc"));
    SEE(&term, "\n Enter done");
    CU_ASSERT_STRING_EQUAL(term_text(&term, 16), "");
    CU_ASSERT(strncmp(term_text(&term, 17), " Enter done", 11) == 0);
    CU_ASSERT(strstr(term_text(&term, 17), "pass") == NULL);
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "q quit");
    leave(&term);
}

static void small_windows_say_so(void)
{
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT_FATAL(till_start(&till, &term, 3, 10, NULL, NULL));
    SEE(&term, "Too small");
    SEE(&term, "need 60x18");
    SEE(&term, "have 10x3");
    CU_ASSERT(term_keys(&term, "Enter Enter")); /* nothing is sold unseen */
    CU_ASSERT(term_resize(&term, 3, 11)); /* drawn once the keys are answered */
    SEE(&term, "have 11x3");
    CU_ASSERT(term_resize(&term, 24, 80));
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    CU_ASSERT(term_resize(&term, 17, 59));
    SEE(&term, "need 60x18");
    CU_ASSERT(term_resize(&term, 18, 60));
    SEE(&term, "▌19:45 Skyfall");
    CU_ASSERT(term_resize(&term, 1, 1));
    SEE(&term, "…");
    CU_ASSERT(term_key(&term, "Ctrl-C")); /* even then it can be left */
    CU_ASSERT(term_wait_exit(&term, NULL, TILL_WAIT_MS));
    term_release(&term);
}

static void resizes_keep_what_was_typed(void)
{
    struct till till;
    struct term term = {0};
    uint64_t random = test_seed();
    size_t mark;

    open_at(&till, &term, 24, 80);
    CU_ASSERT(term_send(&term, "\r3\t0301234567\tGrace"));
    SEE(&term, "Grace");
    for (int i = 0; i < 50; i++) {
        int rows = i % 10 == 3   ? 3
                   : i % 10 == 7 ? 1
                                 : 1 + (int)test_random_below(&random, 100);
        int columns = i % 10 == 3 ? 10 : i % 10 == 7 ? 1 : 1 + (int)test_random_below(&random, 250);

        CU_ASSERT(term_resize(&term, rows, columns));
        if (i % 5 == 0)
            SEE(&term, columns < 3 ? "" : "T"); /* some are drawn, others come in a storm */
    }
    CU_ASSERT(term_resize(&term, 24, 80));
    SEE(&term, "Name  Grace");
    SEE(&term, "Places  3");
    SEE(&term, "Phone  0301234567");
    SEE(&term, "Enter sell");
    CU_ASSERT(till_wait_cursor(&term, "Name"));
    CU_ASSERT(term_wait_idle(&term, 300, TILL_WAIT_MS)); /* and then it is still: no redraw spins */
    mark = term_log_mark(&term);
    term_wait_idle(&term, 300, 400);
    CU_ASSERT_EQUAL(term_log_mark(&term), mark);
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "Sold: 3 tickets");
    CU_ASSERT(term_keys(&term, "Enter"));
    SEE(&term, "q quit");
    leave(&term);
}

/* --- colours and signs --- */

static bool is_all_ascii(struct term *term)
{
    for (const char *p = term_screen(term); *p; p++)
        if ((unsigned char)*p >= 0x80) {
            term_dump(term, stderr);
            return false;
        }
    return true;
}

static void ascii_where_asked_for(void)
{
    static const char *const env_c[] = {"LANG=C", NULL};
    static const char *const env_own[] = {"TICKETLY_COUNTER_ASCII=yes", NULL};
    static const char *const env_none[] = {"LANG", NULL};
    static const struct {
        const char *const *env;
        const char *option;
    } ways[] = {{env_c, NULL}, {NULL, "--ascii"}, {env_own, NULL}, {env_none, NULL}};
    static const char *const keys[] = {"t", "Esc f", "Esc a", "Esc ?", "Esc m", "Esc Enter"};
    static const char *const seen[] = {"Tickets for", "the latest tickets", "Schedule a showing",
                                       "All keys",    "Messages,",          "Sell  Skyfall"};

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct till till;
        struct term term = {0};

        till_init(&till);
        CU_ASSERT(till_book(&till, TILL_SKYFALL, 1, "José Ñúñez", "+34911234567"));
        CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, ways[i].env, ways[i].option));
        SEE(&term, ">19:45 Skyfall");
        SEE(&term, "Amelie");
        CU_ASSERT(is_all_ascii(&term));
        for (int k = 0; k < 6; k++) {
            CU_ASSERT(term_keys(&term, keys[k]));
            SEE(&term, seen[k]);
            CU_ASSERT(is_all_ascii(&term));
        }
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, "Sold: 1 ticket");
        CU_ASSERT(is_all_ascii(&term));
        CU_ASSERT(term_keys(&term, "Enter f"));
        SEE(&term, "Jose Nunez");
        SEE(&term, "**4567");
        CU_ASSERT(is_all_ascii(&term));
        CU_ASSERT(term_keys(&term, "Esc"));
        SEE(&term, "q quit");
        leave(&term);
    }
}

/* Whether any cell has a colour of its own. */
static bool has_colours(struct term *term)
{
    struct term_cell cell;

    for (int row = 0; row < term->rows; row++)
        for (int column = 0; column < term->columns; column++)
            if (term_cell(term, row, column, &cell) &&
                !(cell.foreground.is_default && cell.background.is_default))
                return true;
    return false;
}

static void colours_only_where_wanted(void)
{
    static const char *const none[] = {"NO_COLOR=1", NULL};
    static const char *const empty[] = {"NO_COLOR=", NULL}; /* counts as not set */
    static const char *const mono[] = {"TICKETLY_COUNTER_THEME=mono", NULL};
    static const char *const vt100[] = {"TERM=vt100", NULL};
    static const char *const linux_8[] = {"TERM=linux", /* of which curses keeps a piece */
                                          "LSAN_OPTIONS=detect_leaks=0", NULL};
    static const char *const xterm_8[] = {"TERM=xterm", NULL};
    static const char *const light[] = {"TICKETLY_COUNTER_THEME=light", NULL};
    static const char *const contrast[] = {"TICKETLY_COUNTER_THEME=contrast", NULL};
    static const struct {
        const char *const *env;
        bool coloured;
    } ways[] = {{none, false},   {mono, false},   {vt100, false}, {empty, true},   {NULL, true},
                {linux_8, true}, {xterm_8, true}, {light, true},  {contrast, true}};

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct till till;
        struct term term = {0};

        till_init(&till);
        CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, ways[i].env, NULL));
        SEE(&term, "▌19:45 Skyfall"); /* seen without colour too */
        CU_ASSERT_EQUAL(has_colours(&term), ways[i].coloured);
        CU_ASSERT(term_keys(&term, "Enter Enter"));
        SEE(&term, "Sold: 1 ticket");
        CU_ASSERT_EQUAL(has_colours(&term), ways[i].coloured);
        CU_ASSERT(term_keys(&term, "Enter"));
        SEE(&term, "4 of 5 left");
        leave(&term);
    }
}

static void themes_differ(void)
{
    static const char *const themes[] = {"TICKETLY_COUNTER_THEME=dark",
                                         "TICKETLY_COUNTER_THEME=light",
                                         "TICKETLY_COUNTER_THEME=contrast"};
    struct term_cell cells[3];

    for (int i = 0; i < 3; i++) {
        const char *const env[] = {themes[i], NULL};
        struct till till;
        struct term term = {0};
        int row = 0, column = 0;

        till_init(&till);
        CU_ASSERT_FATAL(till_counter(&till, &term, 24, 80, env, NULL));
        CU_ASSERT(till_find(&term, "20:00 The Lives", &row, &column));
        CU_ASSERT(term_cell(&term, row, column, &cells[i]));
        leave(&term);
    }
    CU_ASSERT(cells[0].background.is_default);
    CU_ASSERT(cells[1].background.red > 150);  /* light: black on white */
    CU_ASSERT(cells[2].background.red < 50 && !cells[2].background.is_default);
}

SUITE(counter_views, {"arrows and letters move", arrows_and_letters_move},
      {"panes and genres", panes_and_genres},
      {"the filter works as it is typed", filter_works_as_it_is_typed},
      {"Esc leads back from everywhere", escape_leads_back},
      {"help tells every key", help_tells_every_key}, {"help scrolls", help_scrolls},
      {"messages are kept", messages_are_kept}, {"the mouse selects", mouse_selects},
      {"a paste never sells", paste_never_sells}, {"every size sells", every_size_sells},
      {"long words stay in their rows", long_words_stay_in_their_rows},
      {"small windows say so", small_windows_say_so},
      {"resizes keep what was typed", resizes_keep_what_was_typed},
      {"ASCII where it is asked for", ascii_where_asked_for},
      {"colours only where they are wanted", colours_only_where_wanted},
      {"themes differ", themes_differ})
