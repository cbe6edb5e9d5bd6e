/*
 * The view of a door (ui/kiosk/view_door.c): the real program on a terminal, at a box office file
 * and at a service. The large letters are read back from the cells of the screen.
 */
#include "tests/door/entrance.h"
#include "tests/kiosk/till.h"
#include "tests/support/term.h"
#include "ui/kiosk/bigtype.h"
#include "ui/kiosk/door_look.h"
#include "ui/kiosk/keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/id.h"
#include "core/text.h"

#define NEVER_SOLD UINT64_C(0x2345678901234)
#define WORD_SIZE 32
#define STAFF 8 /* tickets of the large sale */

/* --- reading large letters --- */

/* Ink is a # or a blank whose two colours are one. */
static bool is_ink(struct term *term, int row, int column)
{
    struct term_cell cell;

    if (!term_cell(term, row, column, &cell))
        return false;
    if (strcmp(cell.text, "#") == 0)
        return true;
    return strcmp(cell.text, " ") == 0 && !cell.background.is_default &&
           cell.foreground.red == cell.background.red &&
           cell.foreground.green == cell.background.green &&
           cell.foreground.blue == cell.background.blue;
}

static bool has_ink(struct term *term, int row)
{
    for (int column = 0; column < term->columns; column++)
        if (is_ink(term, row, column))
            return true;
    return false;
}

/* The tallest run of rows with ink. */
static int find_rows(struct term *term, int *top)
{
    int tallest = 0, height = 0;

    for (int row = 0; row <= term->rows; row++) {
        if (row < term->rows && has_ink(term, row)) {
            height++;
            continue;
        }
        if (height > tallest) {
            tallest = height;
            *top = row - height;
        }
        height = 0;
    }
    return tallest;
}

/* The shortest run of ink across in these rows: the width of a block. */
static int block_width(struct term *term, int top, int rows)
{
    int shortest = term->columns, run;

    for (int row = top; row < top + rows; row++) {
        run = 0;
        for (int column = 0; column <= term->columns; column++) {
            if (is_ink(term, row, column)) {
                run++;
                continue;
            }
            if (run && run < shortest)
                shortest = run;
            run = 0;
        }
    }
    return shortest;
}

/* Every cell of every block is as the letter has it. */
static bool is_letter(struct term *term, int top, int left, struct bigtype type, char letter)
{
    int width = bigtype_columns(type, letter);
    bool any = false;

    for (int y = 0; y < BIGTYPE_ROWS * type.down; y++)
        for (int x = 0; x < width * type.across; x++) {
            bool inked = bigtype_is_inked(type, letter, y / type.down, x / type.across);

            if (inked != is_ink(term, top + y, left + x))
                return false;
            any = any || inked;
        }
    return any || letter == ' ';
}

/* Reads from `left` until there is no ink any more; false when something is no letter. */
static bool read_word(struct term *term, int top, int left, int end, struct bigtype type,
                      char *word)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ";
    size_t count = 0;

    while (left < end && count + 1 < WORD_SIZE) {
        const char *letter = letters;

        while (*letter && !is_letter(term, top, left, type, *letter))
            letter++;
        if (!*letter)
            return false;
        word[count++] = *letter;
        left += (bigtype_columns(type, *letter) + 1) * type.across;
    }
    word[count] = '\0';
    return count > 0;
}

/* The large word on the screen, "" when there is none; *type (may be NULL) is its size. */
static void big_word(struct term *term, char word[WORD_SIZE], struct bigtype *type)
{
    int top = 0, rows = find_rows(term, &top), left = term->columns, end = 0;
    struct bigtype tried = {0};

    word[0] = '\0';
    if (rows < BIGTYPE_ROWS || rows % BIGTYPE_ROWS)
        return;
    tried.down = rows / BIGTYPE_ROWS;
    tried.across = block_width(term, top, rows);
    for (int row = top; row < top + rows; row++)
        for (int column = 0; column < term->columns; column++)
            if (is_ink(term, row, column)) {
                left = column < left ? column : left;
                end = column + 1 > end ? column + 1 : end;
            }
    for (int i = 0; i < 4; i++) { /* the first letter may begin with an empty column */
        tried.narrow = i & 1;
        if (read_word(term, top, left - (i >> 1) * tried.across, end, tried, word)) {
            if (type)
                *type = tried;
            return;
        }
        word[0] = '\0';
    }
}

static bool wait_word(struct term *term, const char *wanted)
{
    char word[WORD_SIZE] = "";

    for (int i = 0; i < 1000 && strcmp(word, wanted) != 0; i++) {
        if (i > 0)
            term_wait_idle(term, 10, 40);
        term_screen(term);
        big_word(term, word, NULL);
    }
    if (strcmp(word, wanted) != 0) {
        fprintf(stderr, "In large letters: “%s”, not “%s”.\n", word, wanted);
        term_dump(term, stderr);
    }
    return strcmp(word, wanted) == 0;
}

#define SEE_WORD(term, word) CU_ASSERT(wait_word(term, word))

/* Whether the next row that is not blank, from `row` on, is one of glyphs. */
static bool is_glyph_row(struct term *term, int row, int step, const char *glyph)
{
    const char *text = "";

    while (row > 0 && row < term->rows && !*text) {
        text = term_text(term, row);
        text += strspn(text, " ");
        row += step;
    }
    return strncmp(text, glyph, strlen(glyph)) == 0 && strlen(text) > 4 * strlen(glyph) &&
           strncmp(text + strlen(glyph), "  ", 2) == 0;
}

/* The rows of glyphs above and below the large word are this answer's. */
static bool has_glyphs(struct term *term, int answer, bool ascii)
{
    const char *glyph = door_look_glyph(answer, ascii);
    int top = 0, rows = find_rows(term, &top);

    return is_glyph_row(term, top - 1, -1, glyph) && is_glyph_row(term, top + rows, 1, glyph);
}

/* --- a door on a terminal --- */

struct booth {
    struct entrance entrance;
    struct term term;
    int64_t slot;
    bool has_copy; /* it works on a copy of the box office */
};

static bool open_door(struct booth *booth, int rows, int columns, const char *setting,
                      const char *const *arguments)
{
    char home[200], copy[200], central[PROCESS_PATH_SIZE + 40];
    const char *env[8] = {home, "TICKETLY_STORE_WAIT_SECONDS=1", "TICKETLY_TILL_NAME=Door 1"};
    const char *argv[12] = {test_program(), "--db",
                            booth->has_copy ? copy : booth->entrance.place, "door"};
    int count = 3;

    snprintf(home, sizeof home, "HOME=%s", booth->entrance.door_home);
    snprintf(copy, sizeof copy, "%s/copy.db", booth->entrance.door_home);
    snprintf(central, sizeof central, "TICKETLY_CENTRAL_ADDRESS=%s", booth->entrance.place);
    if (booth->has_copy)
        env[count++] = central;
    if (booth->entrance.token[0])
        env[count++] = booth->entrance.token;
    if (setting)
        env[count++] = setting;
    for (int i = 0; arguments && arguments[i] && i < 7; i++)
        argv[4 + i] = arguments[i];
    return term_start(&booth->term, rows, columns, env, argv) &&
           term_wait(&booth->term, "F10 leave", TILL_WAIT_MS);
}

/* A showing that is open, tickets in one sale. */
static void set_up(struct booth *booth, bool served, size_t count, struct entrance_ticket *tickets)
{
    *booth = (struct booth){0};
    entrance_init(&booth->entrance, served);
    booth->slot =
        entrance_schedule(&booth->entrance, "Skyfall", -10 * TIME_MINUTE, 2 * TIME_HOUR);
    if (count)
        entrance_book(&booth->entrance, booth->slot, count, tickets);
}

static void leave(struct booth *booth)
{
    int status = -1;

    CU_ASSERT(term_key(&booth->term, "F10"));
    CU_ASSERT(term_wait_exit(&booth->term, &status, TILL_WAIT_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(term_is_restored(&booth->term));
    term_release(&booth->term);
    entrance_release(&booth->entrance);
}

static void see_id(struct term *term, uint64_t ticket_id)
{
    char id[ID_TEXT_MAX];

    id_print(id, ID_TICKET, ticket_id);
    SEE(term, id);
}

/* As a scanner that sends Enter. */
static void scan(struct booth *booth, const char *code)
{
    char burst[SCAN_TEXT_MAX];

    snprintf(burst, sizeof burst, "%s\r", code);
    CU_ASSERT(term_send(&booth->term, burst));
}

/* A scan shows this verdict with all that belongs to it. */
static void check_scan(struct booth *booth, const char *code, enum verdict verdict, bool ascii)
{
    struct term *term = &booth->term;
    char advice[31]; /* it may be broken into two lines */

    scan(booth, code);
    SEE_WORD(term, verdict_word(verdict));
    snprintf(advice, sizeof advice, "%s", verdict_advice(verdict));
    SEE(term, advice);
    CU_ASSERT(has_glyphs(term, (int)verdict, ascii));
}

/* --- every verdict --- */

struct queue {
    struct entrance_ticket good, early, over, old, canceled, replaced, nobody, denied;
    char training[PASS_SIZE], forged[PASS_SIZE];
};

/* A number that a till was given which was written off since. */
static uint64_t issue_denied(struct box_office *office)
{
    struct operation operations[3] = {{.join = {.replica = office_make_id(office)}},
                                      {.block = {.holder = "Lost till"}},
                                      {.write_off = {.holder = "Lost till"}}};
    struct outcome outcomes[3];

    for (int i = 0; i < 3; i++) {
        operations[i].id = office_make_id(office);
        office_stamp(office, (const enum op_kind[]){OP_JOIN, OP_BLOCK, OP_WRITE_OFF}[i],
                     &operations[i]);
        text_copy(operations[i].device, sizeof operations[i].device, "Lost till");
        CU_ASSERT_EQUAL(store_apply(office->store, &operations[i], 1, &outcomes[i], NULL), TK_OK);
        CU_ASSERT_EQUAL(outcomes[i].code, TK_OK);
    }
    return outcomes[1].ticket_id;
}

static void form_queue(struct booth *booth, struct queue *queue)
{
    struct entrance *entrance = &booth->entrance;
    struct op_reissue reissue = {.slot = {.id = booth->slot}};
    struct ticket_view view, other;
    struct upkeep_result result;

    *queue = (struct queue){.nobody = {.id = NEVER_SOLD}};
    entrance_book(entrance, booth->slot, 1, &queue->good);
    entrance_book(entrance, booth->slot, 1, &queue->canceled);
    entrance_book(entrance, booth->slot, 1, &queue->replaced);
    entrance_book(entrance, entrance_schedule(entrance, "Tomorrow", TIME_DAY, TIME_HOUR), 1,
                  &queue->early);
    entrance_book(entrance, entrance_schedule(entrance, "Over", -3 * TIME_HOUR, 2 * TIME_HOUR), 1,
                  &queue->over);
    entrance_book(entrance, entrance_schedule(entrance, "Old", -5 * TIME_HOUR, 2 * TIME_HOUR), 1,
                  &queue->old);
    reissue.ticket_id = queue->replaced.id;
    CU_ASSERT_EQUAL(office_cancel(entrance->office, queue->canceled.id, NULL, &view, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_reissue(entrance->office, &reissue, NULL, &view, &other, NULL), TK_OK);
    CU_ASSERT_EQUAL(office_expire(entrance->office, office_now(entrance->office) + 6 * TIME_HOUR,
                                  &result, NULL),
                    TK_OK);
    entrance_pass_of_nobody(entrance, booth->slot, NEVER_SOLD, queue->nobody.pass);
    queue->denied.id = issue_denied(entrance->office);
    entrance_pass_of_nobody(entrance, booth->slot, queue->denied.id, queue->denied.pass);
    pass_make_training(queue->training, queue->good.id);
    text_copy(queue->forged, sizeof queue->forged, queue->good.pass);
    queue->forged[PASS_LENGTH - 1] = queue->forged[PASS_LENGTH - 1] == '7' ? '8' : '7';
}

static void scan_all(struct booth *booth, const struct queue *queue, bool ascii)
{
    struct term *term = &booth->term;

    SEE_WORD(term, "READY");
    SEE(term, "Ready to scan.");
    check_scan(booth, queue->good.pass, VERDICT_ADMITTED, ascii);
    see_id(term, queue->good.id);
    SEE(term, "Skyfall");
    check_scan(booth, queue->over.pass, VERDICT_OVER, ascii);
    check_scan(booth, queue->early.pass, VERDICT_TOO_EARLY, ascii);
    check_scan(booth, queue->canceled.pass, VERDICT_CANCELED, ascii);
    check_scan(booth, queue->old.pass, VERDICT_EXPIRED, ascii);
    check_scan(booth, queue->replaced.pass, VERDICT_REPLACED, ascii);
    check_scan(booth, queue->training, VERDICT_TRAINING, ascii);
    check_scan(booth, queue->forged, VERDICT_NOT_GENUINE, ascii);
    check_scan(booth, "NOPASSATALL", VERDICT_UNREADABLE, ascii);
}

/* What only a door at one showing says. */
static void scan_rest(struct booth *booth, const struct queue *queue, bool ascii)
{
    check_scan(booth, queue->good.pass, VERDICT_ALREADY, ascii);
    see_id(&booth->term, queue->good.id);
    check_scan(booth, queue->early.pass, VERDICT_WRONG_SLOT, ascii);
    SEE(&booth->term, "Tomorrow");
    check_scan(booth, queue->nobody.pass, VERDICT_UNKNOWN, ascii);
    check_scan(booth, queue->denied.pass, VERDICT_DENIED, ascii);
}

static void see_all_verdicts(bool served, int rows, int columns, const char *setting, bool ascii)
{
    struct booth booth;
    struct queue queue;
    char slot[24];
    const char *const one[] = {"--slot", slot, NULL};
    int status = -1;

    set_up(&booth, served, 0, NULL);
    form_queue(&booth, &queue);
    CU_ASSERT_FATAL(open_door(&booth, rows, columns, setting, NULL));
    scan_all(&booth, &queue, ascii);
    CU_ASSERT(term_key(&booth.term, "F10"));
    CU_ASSERT(term_wait_exit(&booth.term, &status, TILL_WAIT_MS));
    term_release(&booth.term);
    booth.term = (struct term){0};
    snprintf(slot, sizeof slot, "%lld", (long long)booth.slot);
    CU_ASSERT_FATAL(open_door(&booth, rows, columns, setting, one));
    scan_rest(&booth, &queue, ascii);
    leave(&booth);
}

static void every_verdict_at_a_file(void)
{
    see_all_verdicts(false, 24, 80, NULL, false);
}

static void every_verdict_at_a_service(void)
{
    see_all_verdicts(true, 24, 80, NULL, false);
}

static void every_verdict_on_the_smallest_screen(void)
{
    see_all_verdicts(false, 18, 60, NULL, false);
}

static void every_verdict_on_a_large_screen(void)
{
    see_all_verdicts(false, 60, 200, NULL, false);
}

static void every_verdict_in_ascii(void)
{
    see_all_verdicts(false, 24, 80, "TICKETLY_COUNTER_ASCII=yes", true);
}

static void every_verdict_without_colour(void)
{
    see_all_verdicts(false, 24, 80, "NO_COLOR=1", false);
}

/* No two answers share a word, a glyph, colours or a tone. */
static void answers_are_told_apart(void)
{
    for (int a = 0; a < ANSWER_COUNT; a++)
        for (int b = 0; b < a; b++) {
            const struct door_look *one = door_look_of(a), *other = door_look_of(b);

            CU_ASSERT_STRING_NOT_EQUAL(door_look_word(a), door_look_word(b));
            CU_ASSERT_STRING_NOT_EQUAL(one->glyph, other->glyph);
            CU_ASSERT_STRING_NOT_EQUAL(one->glyph_ascii, other->glyph_ascii);
            CU_ASSERT_NOT_EQUAL(one->panel, other->panel);
            CU_ASSERT(!one->tone.notes[0].hz || !other->tone.notes[0].hz ||
                      memcmp(&one->tone, &other->tone, sizeof one->tone) != 0);
        }
}

/* Larger screens have larger letters. */
static void letters_grow(void)
{
    static const struct {
        int rows, columns, across, down;
    } sizes[] = {{18, 60, 1, 1}, {24, 80, 1, 1}, {50, 160, 3, 3}, {60, 200, 4, 4}};
    struct booth booth;
    struct entrance_ticket ticket;
    char word[WORD_SIZE];

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    check_scan(&booth, ticket.pass, VERDICT_ADMITTED, false);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bigtype type = {0};

        CU_ASSERT(term_resize(&booth.term, sizes[i].rows, sizes[i].columns));
        for (int turn = 0; turn < 500 && type.across != sizes[i].across; turn++) {
            term_wait_idle(&booth.term, 10, 40);
            big_word(&booth.term, word, &type);
        }
        CU_ASSERT_STRING_EQUAL(word, "ADMITTED");
        CU_ASSERT_EQUAL(type.across, sizes[i].across);
        CU_ASSERT_EQUAL(type.down, sizes[i].down);
    }
    CU_ASSERT(term_resize(&booth.term, 17, 60));
    SEE(&booth.term, "Too small");
    CU_ASSERT(term_resize(&booth.term, 24, 80));
    SEE_WORD(&booth.term, "ADMITTED");
    leave(&booth);
}

/* --- scanning and typing --- */

static void scans_need_no_enter(void)
{
    struct booth booth;
    struct entrance_ticket tickets[3];

    set_up(&booth, false, 3, tickets);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    SEE(&booth.term, "0 of 3 in");
    CU_ASSERT(term_send(&booth.term, tickets[0].pass));
    SEE_WORD(&booth.term, "ADMITTED");
    SEE(&booth.term, "1 of 3 in");
    CU_ASSERT(term_keys(&booth.term, "F1")); /* whichever view has the keys */
    SEE(&booth.term, "All keys");
    CU_ASSERT(term_send(&booth.term, tickets[1].pass));
    SEE(&booth.term, "2 of 3 in");
    CU_ASSERT(term_keys(&booth.term, "F2"));
    SEE(&booth.term, "Look up");
    CU_ASSERT(term_send(&booth.term, tickets[2].pass));
    SEE(&booth.term, "3 of 3 in");
    SEE_WORD(&booth.term, "ADMITTED");
    SEE_GONE(&booth.term, "Look up");
    leave(&booth);
}

/* A person's pace: each character is there before the next. */
static void typed_slowly(void)
{
    struct booth booth;
    struct entrance_ticket ticket;
    char so_far[PASS_SIZE + 8] = "Code  ";

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    for (int i = 0; i < PASS_LENGTH; i++) {
        char key[2] = {ticket.pass[i], '\0'};

        so_far[6 + i] = ticket.pass[i];
        CU_ASSERT(term_send(&booth.term, key));
        SEE(&booth.term, so_far);
        term_wait_idle(&booth.term, 70, 200); /* slower than any scanner */
    }
    SEE_WORD(&booth.term, "READY"); /* nothing is judged before Enter */
    SEE(&booth.term, "Enter check");
    CU_ASSERT(term_keys(&booth.term, "Enter"));
    SEE_WORD(&booth.term, "ADMITTED");
    SEE_GONE(&booth.term, so_far);
    CU_ASSERT(term_keys(&booth.term, "7"));
    SEE(&booth.term, "Code  7");
    CU_ASSERT(term_keys(&booth.term, "Esc"));
    SEE_GONE(&booth.term, "Code  7");
    leave(&booth);
}

/* What a French keyboard makes of what an American scanner types. */
static void azerty_burst(void)
{
    static const char *const digits[] = {"à", "&", "é", "\"", "'", "(", "-", "è", "_", "ç"};
    struct booth booth;
    struct entrance_ticket ticket;
    char burst[PASS_LENGTH * 2 + 1] = "";
    size_t used = 0;

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    for (int i = 0; i < PASS_LENGTH; i++) {
        char c = ticket.pass[i], swapped[2] = {0};
        const char *from = "AQWZM", *to = "qazw,", *at = strchr(from, c);

        swapped[0] = at ? to[at - from] : (char)(c | 0x20);
        used += (size_t)snprintf(burst + used, sizeof burst - used, "%s",
                                 c >= '0' && c <= '9' ? digits[c - '0'] : swapped);
    }
    scan(&booth, burst);
    SEE_WORD(&booth.term, "ADMITTED");
    see_id(&booth.term, ticket.id);
    leave(&booth);
}

/* The commands that are characters never act on a scan that begins with them. */
static void posters_are_no_commands(void)
{
    static const char *const posters[] = {"upi://pay?to=someone@example", "/menu/of/the/day/2026",
                                          "+49301234567890", "?q=what-is-this-code"};
    struct booth booth;
    struct entrance_ticket tickets[4];

    set_up(&booth, false, 4, tickets);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    for (size_t i = 0; i < sizeof posters / sizeof posters[0]; i++) {
        scan(&booth, tickets[i].pass);
        SEE_WORD(&booth.term, "ADMITTED");
        scan(&booth, posters[i]);
        SEE_WORD(&booth.term, "NOT READABLE");
        SEE(&booth.term, "may be typed"); /* nothing of it stands in the field */
        CU_ASSERT(!term_find(&booth.term, "taken back", NULL, NULL));
        CU_ASSERT(entrance_is_in(&booth.entrance, &tickets[i]));
    }
    SEE(&booth.term, "4 of 4 in");
    leave(&booth);
}

/* --- commands --- */

static void undo_takes_back(void)
{
    static const char *const keys[] = {"F4", "F4"};
    struct booth booth;
    struct entrance_ticket ticket;

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    CU_ASSERT(term_keys(&booth.term, "F4"));
    SEE_WORD(&booth.term, "READY");
    for (int i = 0; i < 2; i++) {
        scan(&booth, ticket.pass);
        SEE_WORD(&booth.term, "ADMITTED");
        SEE(&booth.term, "1 of 1 in");
        CU_ASSERT(term_keys(&booth.term, keys[i]));
        SEE_WORD(&booth.term, "TAKEN BACK");
        SEE(&booth.term, "is not in any more.");
        SEE(&booth.term, "0 of 1 in");
        SEE(&booth.term, "taken back");
        CU_ASSERT_FALSE(entrance_is_in(&booth.entrance, &ticket));
        if (i == 0)
            term_wait_idle(&booth.term, 2100, 2200); /* the same code is another scan then */
    }
    leave(&booth);
}

static void groups_come_in(void)
{
    struct booth booth;
    struct entrance_ticket tickets[STAFF];

    set_up(&booth, false, STAFF, tickets);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    CU_ASSERT(term_keys(&booth.term, "F3"));
    SEE(&booth.term, "Scan a ticket of the sale first");
    scan(&booth, tickets[2].pass);
    SEE_WORD(&booth.term, "ADMITTED");
    SEE(&booth.term, "7 more of this sale may come in – F3 lets them in");
    CU_ASSERT(term_keys(&booth.term, "F3"));
    SEE(&booth.term, "How many more? 1–7, Enter for all");
    CU_ASSERT(term_keys(&booth.term, "Esc"));
    SEE_GONE(&booth.term, "How many more?");
    CU_ASSERT(term_keys(&booth.term, "F3"));
    SEE(&booth.term, "How many more?");
    CU_ASSERT(term_keys(&booth.term, "9"));
    SEE(&booth.term, "7 more of this sale can be let in: 1 to 7.");
    CU_ASSERT(term_keys(&booth.term, "3")); /* one digit is enough */
    SEE(&booth.term, "4 of 8 in");
    SEE(&booth.term, "4 more of this sale may come in");
    CU_ASSERT(term_keys(&booth.term, "F3"));
    SEE(&booth.term, "1–4, Enter for all");
    CU_ASSERT(term_keys(&booth.term, "Enter"));
    SEE(&booth.term, "8 of 8 in");
    CU_ASSERT_EQUAL(entrance_admitted(&booth.entrance, booth.slot), STAFF);
    CU_ASSERT(term_keys(&booth.term, "F3"));
    SEE(&booth.term, "All of this sale are in.");
    leave(&booth);
}

/* A pass that lies under the scanner is shown again: F3 means that one; F4 the last that came in. */
static void keys_mean_what_is_shown(void)
{
    struct booth booth;
    struct entrance_ticket one[3], other[3];

    set_up(&booth, false, 3, one);
    entrance_book(&booth.entrance, booth.slot, 3, other);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    scan(&booth, one[0].pass);
    SEE_WORD(&booth.term, "ADMITTED");
    scan(&booth, other[0].pass);
    SEE(&booth.term, "2 of 6 in");
    scan(&booth, one[0].pass);
    SEE(&booth.term, "the same scan again");
    CU_ASSERT(term_keys(&booth.term, "F3"));
    SEE(&booth.term, "How many more? 1–2");
    CU_ASSERT(term_keys(&booth.term, "Enter"));
    SEE(&booth.term, "4 of 6 in");
    for (int i = 0; i < 3; i++)
        CU_ASSERT(entrance_is_in(&booth.entrance, &one[i]));
    CU_ASSERT_FALSE(entrance_is_in(&booth.entrance, &other[1]));
    CU_ASSERT(term_keys(&booth.term, "F4"));
    SEE(&booth.term, "and 1 more of its sale are not in any more.");
    SEE(&booth.term, "2 of 6 in");
    scan(&booth, one[0].pass);
    SEE_WORD(&booth.term, "ADMITTED");
    CU_ASSERT(term_keys(&booth.term, "F4"));
    SEE_WORD(&booth.term, "TAKEN BACK");
    CU_ASSERT_FALSE(entrance_is_in(&booth.entrance, &other[0]));
    SEE(&booth.term, "1 of 6 in");
    see_id(&booth.term, other[0].id); /* the ticket that was taken back, not the one before */
    leave(&booth);
}

static void looked_up_by_name(void)
{
    struct booth booth;
    struct op_book book = {.count = 1};
    struct ticket_view_list list = {0};
    struct entrance_ticket other;

    set_up(&booth, false, 1, &other);
    book.slot.id = booth.slot;
    text_copy(book.customer_name, sizeof book.customer_name, "Ada Lovelace");
    text_copy(book.customer_phone, sizeof book.customer_phone, "+441234567890");
    CU_ASSERT_EQUAL_FATAL(office_book(booth.entrance.office, &book, NULL, &list, NULL, NULL),
                          TK_OK);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    CU_ASSERT(term_keys(&booth.term, "F2"));
    SEE(&booth.term, "Look up");
    for (const char *at = "lovel"; *at; at++) {
        char key[2] = {*at, '\0'};

        CU_ASSERT(term_send(&booth.term, key));
        term_wait_idle(&booth.term, 60, 200);
    }
    SEE(&booth.term, "Ada Lovelace");
    SEE_GONE(&booth.term, "walk-up");
    CU_ASSERT(!term_find(&booth.term, "1234567890", NULL, NULL));
    CU_ASSERT(term_keys(&booth.term, "Enter"));
    SEE_WORD(&booth.term, "ADMITTED");
    see_id(&booth.term, list.items[0].ticket.id);
    SEE(&booth.term, "Ada Lovelace");
    CU_ASSERT(term_keys(&booth.term, "F2"));
    SEE(&booth.term, "Look up");
    CU_ASSERT(term_keys(&booth.term, "Esc"));
    SEE_WORD(&booth.term, "ADMITTED");
    ticket_view_list_release(&list);
    leave(&booth);
}

static void help_is_the_doors(void)
{
    struct booth booth;
    char line[200];

    set_up(&booth, false, 0, NULL);
    CU_ASSERT_FATAL(open_door(&booth, 120, 80, NULL, NULL));
    CU_ASSERT(term_keys(&booth.term, "F1"));
    SEE(&booth.term, "All keys");
    for (int i = 0; i < key_binding_count; i++) {
        if (!key_bindings[i].help || !(key_bindings[i].groups & GROUP_DOORS))
            continue;
        snprintf(line, sizeof line, "    %-12s %s", key_bindings[i].shown, key_bindings[i].help);
        SEE(&booth.term, line);
    }
    CU_ASSERT(!term_find(&booth.term, "Programme", NULL, NULL));
    CU_ASSERT(term_keys(&booth.term, "Esc F5"));
    SEE(&booth.term, "Nothing was refused.");
    CU_ASSERT(term_keys(&booth.term, "Esc"));
    SEE_WORD(&booth.term, "READY");
    CU_ASSERT(term_keys(&booth.term, "Ctrl-Q"));
    CU_ASSERT(term_wait_exit(&booth.term, NULL, TILL_WAIT_MS));
    term_release(&booth.term);
    entrance_release(&booth.entrance);
}

/* What came in is seen at the counters, too. */
static void counters_see_who_is_in(void)
{
    struct booth booth;
    struct entrance_ticket tickets[2];
    int status = -1;

    set_up(&booth, false, 2, tickets);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    scan(&booth, tickets[0].pass);
    SEE(&booth.term, "1 of 2 in");
    CU_ASSERT(term_key(&booth.term, "F10"));
    CU_ASSERT(term_wait_exit(&booth.term, &status, TILL_WAIT_MS));
    term_release(&booth.term);
    {
        char home[200];
        const char *const env[] = {home, NULL};
        const char *const argv[] = {test_program(), "--db", booth.entrance.place, NULL};

        snprintf(home, sizeof home, "HOME=%s", booth.entrance.door_home);
        CU_ASSERT_FATAL(term_start(&booth.term, 24, 80, env, argv) &&
                        term_wait(&booth.term, "q quit", TILL_WAIT_MS));
    }
    SEE(&booth.term, " · 1 in");
    CU_ASSERT(term_keys(&booth.term, "t"));
    SEE(&booth.term, " in ");
    SEE(&booth.term, "Booked");
    CU_ASSERT(term_keys(&booth.term, "End Enter")); /* the oldest */
    SEE(&booth.term, "1 of 2 in this sale");
    see_id(&booth.term, tickets[0].id);
    SEE(&booth.term, "in since ");
    SEE(&booth.term, ", Door 1");
    CU_ASSERT(term_keys(&booth.term, "n"));
    SEE(&booth.term, "2 of 2 in this sale");
    CU_ASSERT(!term_find(&booth.term, "in since", NULL, NULL));
    CU_ASSERT(term_keys(&booth.term, "Enter q"));
    CU_ASSERT(term_wait_exit(&booth.term, &status, TILL_WAIT_MS));
    term_release(&booth.term);
    entrance_release(&booth.entrance);
}

/* Its passes are told apart, and no frame is without the words. */
static void training_is_told(void)
{
    static const char *const settings[] = {NULL, "NO_COLOR=1", "TICKETLY_COUNTER_ASCII=yes"};

    for (int i = 0; i < 3; i++) {
        struct booth booth;
        struct entrance_ticket ticket;
        char home[200];
        const char *env[] = {home, "TICKETLY_STORE_WAIT_SECONDS=1", settings[i], NULL};
        int status = -1;

        set_up(&booth, false, 1, &ticket);
        snprintf(home, sizeof home, "HOME=%s", booth.entrance.door_home);
        {
            const char *const argv[] = {test_program(), "--train", "--db", booth.entrance.place,
                                        "door", NULL};

            CU_ASSERT_FATAL(term_start(&booth.term, 24, 80, env, argv) &&
                            term_wait(&booth.term, "F10 leave", TILL_WAIT_MS));
        }
        SEE(&booth.term, i == 2 ? "TRAINING - nothing here is real"
                                : "TRAINING – nothing here is real");
        CU_ASSERT(term_keys(&booth.term, "F2"));
        SEE(&booth.term, "Look up");
        SEE(&booth.term, "nothing here is real");
        for (int row = 1, letters = 0; row < 24; row++) {
            struct term_cell left, right;

            CU_ASSERT(term_cell(&booth.term, row, 0, &left));
            CU_ASSERT(term_cell(&booth.term, row, 79, &right));
            CU_ASSERT_STRING_EQUAL(left.text, right.text);
            letters += strcmp(left.text, " ") != 0;
            CU_ASSERT(left.reverse || !left.background.is_default);
            CU_ASSERT(row < 23 || letters == 8);
        }
        CU_ASSERT(term_keys(&booth.term, "Esc"));
        SEE_GONE(&booth.term, "Look up");
        CU_ASSERT(term_key(&booth.term, "F10"));
        CU_ASSERT(term_wait_exit(&booth.term, &status, TILL_WAIT_MS));
        CU_ASSERT_EQUAL(status, 0);
        term_release(&booth.term);
        CU_ASSERT_FALSE(entrance_is_in(&booth.entrance, &ticket));
        entrance_release(&booth.entrance);
    }
}

/* --- trouble --- */

/* Too many wrong passes: each waits, and none is dropped. */
static void wrong_passes_are_slow(void)
{
    struct booth booth;
    struct entrance_ticket ticket;
    char forged[PASS_SIZE];

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    text_copy(forged, sizeof forged, ticket.pass);
    for (int i = 0; i < WRONG_PASSES_FREE + 2; i++) {
        forged[PASS_LENGTH - 2] = "0123456789ABCDEF"[i];
        forged[PASS_LENGTH - 1] = ticket.pass[PASS_LENGTH - 1] == '7' ? '8' : '7';
        scan(&booth, forged);
    }
    SEE(&booth.term, "Too many wrong passes: a moment …");
    SEE_WORD(&booth.term, "WAIT");
    scan(&booth, ticket.pass);
    SEE_WORD(&booth.term, "ADMITTED");
    SEE(&booth.term, "wrong passes: 12");
    CU_ASSERT(entrance_is_in(&booth.entrance, &ticket));
    leave(&booth);
}

/* The store cannot be asked: no verdict, and the next scan has one. */
static void not_checked(void)
{
    struct booth booth;
    struct entrance_ticket ticket;
    struct till till = {0};
    int gate;

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    text_copy(till.store, sizeof till.store, booth.entrance.store);
    gate = till_hold_gate(&till);
    scan(&booth, ticket.pass);
    SEE_WORD(&booth.term, "NOT CHECKED");
    SEE(&booth.term, "Scan again.");
    close(gate);
    scan(&booth, ticket.pass);
    SEE_WORD(&booth.term, "ADMITTED");
    leave(&booth);
}

static void away(struct booth *booth)
{
    process_kill(&booth->entrance.service);
    SEE(&booth->term, "OFFLINE since");
    SEE(&booth->term, "0 waiting");
}

static void back(struct booth *booth)
{
    CU_ASSERT_FATAL(process_start_again(&booth->entrance.service));
    CU_ASSERT(term_wait_gone(&booth->term, "OFFLINE", 40000));
    SEE(&booth->term, "ONLINE");
    SEE_GONE(&booth->term, "waiting");
}

/* It is the same whether the box office is away or not. */
static void on_its_own_and_back(void)
{
    struct booth booth;
    struct entrance_ticket tickets[3];

    set_up(&booth, true, 3, tickets);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    SEE(&booth.term, "ONLINE");
    SEE(&booth.term, "0 of 3 in");
    scan(&booth, tickets[0].pass);
    SEE_WORD(&booth.term, "ADMITTED");
    away(&booth);
    scan(&booth, tickets[1].pass);
    SEE(&booth.term, "1 waiting");
    SEE(&booth.term, "not sent yet");
    SEE_WORD(&booth.term, "ADMITTED");
    SEE(&booth.term, "2 of 3 in");
    CU_ASSERT(term_keys(&booth.term, "F10"));
    SEE(&booth.term, "1 admission waits to be sent");
    CU_ASSERT(term_keys(&booth.term, "Enter"));
    SEE_GONE(&booth.term, "Leave?");
    CU_ASSERT(term_keys(&booth.term, "F10"));
    SEE(&booth.term, "Leave?");
    scan(&booth, tickets[2].pass); /* a question does not keep a scan waiting */
    SEE(&booth.term, "2 waiting");
    SEE_GONE(&booth.term, "Leave?");
    back(&booth);
    CU_ASSERT(entrance_is_in(&booth.entrance, &tickets[1]));
    leave(&booth);
}

/* What a door of this name told late of a ticket that was in already. */
static void make_dispute(struct booth *booth, const struct entrance_ticket *ticket,
                         struct dispute_list *list)
{
    struct box_office *office = booth->entrance.office;
    struct dispute_query query = {.open = true};
    struct operation operation = {.cut_off = true};
    struct outcome outcome;
    struct tk_error error = {0};

    for (int i = 0; i < 2; i++) {
        operation.id = office_make_id(office);
        operation.admit = (struct op_admit){ticket->id, ticket->slot, office_now(office)};
        office_stamp(office, OP_ADMIT, &operation);
        text_copy(operation.device, sizeof operation.device, i ? "Door 1" : "Door 2");
        CU_ASSERT_EQUAL(store_apply(office->store, &operation, 1, &outcome, &error), TK_OK);
    }
    CU_ASSERT_EQUAL(office_disputes(office, &query, list, &error), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list->count, 1);
}

static struct dispute look_at(struct booth *booth, const struct op_id *id)
{
    struct dispute_query query = {.id = id};
    struct dispute_list list = {0};
    struct dispute found = {0};

    CU_ASSERT_EQUAL(office_disputes(booth->entrance.office, &query, &list, NULL), TK_OK);
    if (list.count)
        found = list.items[0];
    dispute_list_release(&list);
    return found;
}

/* A dispute about an admission of this door is told, and closed where somebody has dealt with it. */
static void disputes_are_closed(void)
{
    struct booth booth;
    struct entrance_ticket ticket;
    struct dispute_list list = {0};
    char id[ID_TEXT_MAX];

    set_up(&booth, false, 1, &ticket);
    booth.has_copy = true;
    make_dispute(&booth, &ticket, &list);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    SEE(&booth.term, "(F5 lists all that were");
    id_print(id, ID_TICKET, ticket.id);
    CU_ASSERT(term_keys(&booth.term, "F5"));
    SEE(&booth.term, id);
    SEE(&booth.term, "Door 2");
    CU_ASSERT(term_keys(&booth.term, "Enter"));
    SEE(&booth.term, "closes this dispute");
    CU_ASSERT(term_keys(&booth.term, "y"));
    SEE(&booth.term, "Nothing was refused.");
    CU_ASSERT(look_at(&booth, &list.items[0].id).closed_at != 0);
    CU_ASSERT_STRING_EQUAL(look_at(&booth, &list.items[0].id).reason, "Seen at the door.");
    CU_ASSERT(term_keys(&booth.term, "Esc"));
    dispute_list_release(&list);
    leave(&booth);
}

static void leave_for_now(struct booth *booth)
{
    CU_ASSERT(term_keys(&booth->term, "Esc F10"));
    CU_ASSERT(term_wait_exit(&booth->term, NULL, TILL_WAIT_MS));
    term_release(&booth->term);
    booth->term = (struct term){0};
}

/* The older one of two, then the other. */
static void deal_with(struct booth *booth, const char *older, const char *newer)
{
    struct term *term = &booth->term;

    CU_ASSERT(term_keys(term, "F5"));
    SEE(term, "Enter: seen and dealt with");
    CU_ASSERT(term_keys(term, "Down Enter"));
    SEE(term, "dealt with?");
    CU_ASSERT(term_keys(term, "n"));
    SEE_GONE(term, "dealt with?");
    SEE(term, older);
    CU_ASSERT(term_keys(term, "Enter"));
    SEE(term, "dealt with?");
    CU_ASSERT(term_keys(term, "y"));
    SEE_GONE(term, older);
    SEE(term, newer);
    CU_ASSERT(term_keys(term, "Enter"));
    SEE(term, "dealt with?");
    CU_ASSERT(term_keys(term, "y"));
    SEE(term, "Nothing was refused.");
}

/* It was canceled meanwhile: a person is told, and can look it up later. */
static void conflicts_are_shown(void)
{
    struct booth booth;
    struct entrance_ticket tickets[2];
    struct ticket_view view;
    char ids[2][ID_TEXT_MAX];
    int rows[2] = {0};

    set_up(&booth, true, 2, tickets);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    SEE(&booth.term, "0 of 2 in");
    away(&booth);
    for (int i = 0; i < 2; i++) {
        id_print(ids[i], ID_TICKET, tickets[i].id);
        CU_ASSERT_EQUAL(office_cancel(booth.entrance.office, tickets[i].id, NULL, &view, NULL),
                        TK_OK);
        scan(&booth, tickets[i].pass);
        SEE(&booth.term, i ? "2 waiting" : "1 waiting");
        SEE_WORD(&booth.term, "ADMITTED");
    }
    back(&booth);
    SEE(&booth.term, "(F5 lists all that were");
    CU_ASSERT(term_keys(&booth.term, "F5"));
    SEE(&booth.term, "refused by the box office later");
    CU_ASSERT(till_find(&booth.term, ids[0], &rows[0], NULL));
    CU_ASSERT(till_find(&booth.term, ids[1], &rows[1], NULL));
    CU_ASSERT(rows[1] < rows[0]); /* the latest first */
    leave_for_now(&booth);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL)); /* nobody has dealt with them yet */
    SEE(&booth.term, "(F5 lists all that were");
    deal_with(&booth, ids[0], ids[1]);
    CU_ASSERT(term_keys(&booth.term, "Esc"));
    SEE_WORD(&booth.term, "READY");
    leave(&booth);
}

/* --- tones --- */

/* As many bells as the pattern has beeps, none of them waited for. */
static void bells_ring(void)
{
    struct booth booth;
    struct entrance_ticket ticket;
    char forged[PASS_SIZE];
    int beeps = 0, rung;

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, NULL, NULL));
    for (int i = 0; i < TONE_NOTES; i++)
        beeps += door_look_of(VERDICT_NOT_GENUINE)->tone.notes[i].hz > 0;
    CU_ASSERT_EQUAL(beeps, 4);
    rung = booth.term.bells;
    text_copy(forged, sizeof forged, ticket.pass);
    forged[PASS_LENGTH - 1] = forged[PASS_LENGTH - 1] == '7' ? '8' : '7';
    check_scan(&booth, forged, VERDICT_NOT_GENUINE, false);
    for (int i = 0; i < 100 && booth.term.bells < rung + beeps; i++)
        term_wait_idle(&booth.term, 20, 50);
    CU_ASSERT_EQUAL(booth.term.bells, rung + beeps);
    scan(&booth, ticket.pass);
    SEE_WORD(&booth.term, "ADMITTED");
    term_wait_idle(&booth.term, 200, 400);
    CU_ASSERT_EQUAL(booth.term.bells, rung + beeps + 1);
    leave(&booth);
}

static void consoles_have_pitches(void)
{
    struct booth booth;
    struct entrance_ticket ticket;
    size_t mark;

    set_up(&booth, false, 1, &ticket);
    CU_ASSERT_FATAL(open_door(&booth, 24, 80, "TERM=linux", NULL));
    mark = term_log_mark(&booth.term);
    scan(&booth, ticket.pass);
    CU_ASSERT(term_wait_log(&booth.term, mark, "\033[10;1320]\033[11;150]\a", TILL_WAIT_MS));
    mark = term_log_mark(&booth.term);
    CU_ASSERT(term_key(&booth.term, "F10"));
    CU_ASSERT(term_wait_exit(&booth.term, NULL, TILL_WAIT_MS));
    CU_ASSERT(term_log_has(&booth.term, mark, "\033[10]\033[11]"));
    term_release(&booth.term);
    entrance_release(&booth.entrance);
}

static void wav_is_a_wav(void)
{
    struct buffer wav;
    const struct tone *tone = &door_look_of(VERDICT_CANCELED)->tone;
    size_t samples = (size_t)tone_length_ms(tone) * (TONE_RATE / 1000);
    int loud = 0;

    buffer_init(&wav, 1u << 20);
    CU_ASSERT_EQUAL_FATAL(tone_wav(tone, &wav), TK_OK);
    CU_ASSERT_EQUAL_FATAL(wav.length, 44 + 2 * samples);
    CU_ASSERT_EQUAL(memcmp(wav.data, "RIFF", 4), 0);
    CU_ASSERT_EQUAL(memcmp(wav.data + 8, "WAVEfmt ", 8), 0);
    CU_ASSERT_EQUAL(memcmp(wav.data + 36, "data", 4), 0);
    CU_ASSERT_EQUAL((uint8_t)wav.data[40] | (uint8_t)wav.data[41] << 8, (int)(2 * samples & 0xFFFF));
    for (size_t i = 0; i < samples; i++) {
        int sample = (int16_t)((uint8_t)wav.data[44 + 2 * i] | (uint8_t)wav.data[45 + 2 * i] << 8);

        loud = sample > loud ? sample : loud;
    }
    CU_ASSERT(loud > 8000 && loud < 32000);
    buffer_release(&wav);
}

/* A program of the settings gets the file, word for word, in no shell, and the door never waits. */
static void programs_play(void)
{
    struct booth booth;
    struct entrance_ticket ticket;
    char script[200], out[200], setting[500];
    struct stat info = {0};
    FILE *file;

    set_up(&booth, false, 1, &ticket);
    snprintf(script, sizeof script, "%s/play", booth.entrance.home);
    snprintf(out, sizeof out, "%s/played", booth.entrance.home);
    snprintf(setting, sizeof setting, "TICKETLY_DOOR_SOUND_PROGRAM=%s  $HOME;x %s", script, out);
    file = fopen(script, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("#!/bin/sh\necho on the screen\nprintf '%s' \"$1\" >\"$2.word\"\ncat >\"$2.part\"\n"
          "mv \"$2.part\" \"$2\"\nexec sleep 60\n",
          file);
    fclose(file);
    CU_ASSERT_EQUAL(chmod(script, 0700), 0);
    {
        const char *const argv[] = {test_program(), "--db", booth.entrance.place, "door", NULL};
        const char *const env[] = {"HOME=/nonexistent", "TICKETLY_DOOR_SOUND=program", setting,
                                   NULL};

        CU_ASSERT_FATAL(term_start(&booth.term, 24, 80, env, argv) &&
                        term_wait(&booth.term, "F10 leave", TILL_WAIT_MS));
    }
    scan(&booth, ticket.pass);
    SEE_WORD(&booth.term, "ADMITTED");
    for (int i = 0; i < 200 && stat(out, &info) != 0; i++)
        term_wait_idle(&booth.term, 20, 30);
    CU_ASSERT_EQUAL(info.st_size,
                    44 + 2 * (TONE_RATE / 1000) *
                             tone_length_ms(&door_look_of(VERDICT_ADMITTED)->tone));
    snprintf(script, sizeof script, "%s.word", out);
    file = fopen(script, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_PTR_NOT_NULL(fgets(setting, sizeof setting, file));
    CU_ASSERT_STRING_EQUAL(setting, "$HOME;x");
    fclose(file);
    CU_ASSERT(!term_find(&booth.term, "on the screen", NULL, NULL));
    CU_ASSERT_EQUAL(booth.term.bells, 0);
    check_scan(&booth, "NOPASSATALL", VERDICT_UNREADABLE, false); /* while it still runs */
    leave(&booth);
}

SUITE(door_view, {"every verdict, at a box office file", every_verdict_at_a_file},
      {"every verdict, at a service", every_verdict_at_a_service},
      {"every verdict on the smallest screen", every_verdict_on_the_smallest_screen},
      {"every verdict on a large screen", every_verdict_on_a_large_screen},
      {"every verdict in ASCII", every_verdict_in_ascii},
      {"every verdict without colour", every_verdict_without_colour},
      {"each answer has word, glyph, colours and tone of its own", answers_are_told_apart},
      {"larger screens have larger letters", letters_grow},
      {"a scan needs no Enter and no focus", scans_need_no_enter},
      {"a code that is typed is judged at Enter", typed_slowly},
      {"a scanner at a French keyboard", azerty_burst},
      {"a code that begins as a command is none", posters_are_no_commands},
      {"the last admission is taken back", undo_takes_back},
      {"more of a sale are let in", groups_come_in},
      {"F3 means the ticket that is shown", keys_mean_what_is_shown},
      {"a ticket is found by name and let in", looked_up_by_name},
      {"the help page has the door's keys", help_is_the_doors},
      {"counters see who is in", counters_see_who_is_in},
      {"training is told by every frame", training_is_told},
      {"too many wrong passes wait, and none is dropped", wrong_passes_are_slow},
      {"without a store nothing is judged, and the next scan is", not_checked},
      {"a door goes on by itself and comes back", on_its_own_and_back},
      {"what was refused later is shown", conflicts_are_shown},
      {"the bell rings each pattern", bells_ring},
      {"a Linux console has pitches", consoles_have_pitches},
      {"disputes are shown, and closed", disputes_are_closed},
      {"a tone as a WAV file", wav_is_a_wav},
      {"a program plays the tones", programs_play})
