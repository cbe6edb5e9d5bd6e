/* Every operation that the counter offers × every role of people: core/role says what has to
 * happen, and what may not leaves the store as it was. */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "core/box_office_staff.h"
#include "core/text.h"
#include "tests/kiosk/staffed.h"
#include "tests/support/fake_printer.h"
#include "tests/support/test.h"
#include "ui/session.h"

struct member {
    int number;
    const char *name, *pin;
    enum role role;
};

static const struct member members[] = {
    {4001, "Uma", "824613", ROLE_USHER},       {PRIYA, "Priya", PRIYA_PIN, ROLE_CLERK},
    {MAYA, "Maya", MAYA_PIN, ROLE_SUPERVISOR}, {NORA, "Nora", NORA_PIN, ROLE_MANAGER},
    {9001, "Ada", "613590", ROLE_ADMIN},       {5001, "Otto", "260974", ROLE_AUDITOR},
};

#define MEMBERS (sizeof members / sizeof members[0])

/* --- the house --- */

static void must(enum tk_code code, const struct tk_error *error)
{
    if (code)
        fprintf(stderr, "%s\n", error->message);
    CU_ASSERT_EQUAL_FATAL(code, TK_OK);
}

/* A ticket that somebody can do this with: found by the name "Cancel Uma". */
static void book_for(struct box_office *office, const char *what, const struct member *member)
{
    struct op_book book = {.slot.id = TILL_SPIRITED, .count = 1};
    struct ticket_view_list tickets = {0};
    struct outcome outcome;
    struct tk_error error = {0};

    snprintf(book.customer_name, sizeof book.customer_name, "%s %s", what, member->name);
    snprintf(book.customer_phone, sizeof book.customer_phone, "555%07d", member->number);
    must(office_book(office, &book, NULL, &tickets, &outcome, &error), &error);
    ticket_view_list_release(&tickets);
}

/* One dispute for each of them to close. */
static void add_disputes(const struct till *till)
{
    char sql[500];

    for (size_t i = 0; i < MEMBERS; i++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO dispute VALUES (x'%032zx', 'book', 'Box office 2', 'till', 1, "
                 "'%s', %d, NULL, 2, '', '', %zu, '', 0, 0, '', '')",
                 i + 1, tk_code_name(TK_SOLD_OUT), TILL_SKYFALL, i + 1);
        CU_ASSERT_FATAL(till_sql(till, sql));
    }
}

static void prepare(struct till *till, const char *settings)
{
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};

    staffed_init(till, settings);
    staffed_add(till, members[0].number, members[0].name, ROLE_USHER, members[0].pin);
    staffed_add(till, members[5].number, members[5].name, ROLE_AUDITOR, members[5].pin);
    must(session_init(&session, till->config, till->store, NULL, &error), &error);
    must(session_office(&session, &office, &error), &error);
    for (size_t i = 0; i < MEMBERS; i++) {
        book_for(office, "Cancel", &members[i]);
        book_for(office, "Reissue", &members[i]);
        book_for(office, "Print", &members[i]);
    }
    session_release(&session);
    add_disputes(till);
}

/* A number that every row of these has a part in. */
static uint64_t rows_of(sqlite3 *db, const char *sql)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    sqlite3_stmt *rows = NULL;

    CU_ASSERT_FATAL(sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            const unsigned char *bytes = sqlite3_column_blob(rows, i);

            for (int k = sqlite3_column_bytes(rows, i); k-- > 0;)
                sum = (sum ^ bytes[k]) * UINT64_C(1099511628211);
            sum = (sum ^ 0x100) * UINT64_C(1099511628211);
        }
    sqlite3_finalize(rows);
    return sum;
}

/* Of all that the box office knows but its journal, which notes refusals too. */
static uint64_t store_now(const struct till *till)
{
    static const char *const tables[] = {
        "SELECT * FROM slot ORDER BY 1",
        "SELECT * FROM customer ORDER BY 1",
        "SELECT * FROM ticket ORDER BY 1",
        "SELECT * FROM dispute ORDER BY 1",
        "SELECT * FROM early_admission ORDER BY 1",
        "SELECT * FROM tally ORDER BY 1, 2, 3, 4",
        "SELECT * FROM record ORDER BY 1",
    };
    sqlite3 *db = NULL;
    uint64_t sum = 0;

    CU_ASSERT_FATAL(sqlite3_open(till->store, &db) == SQLITE_OK);
    sqlite3_busy_timeout(db, TILL_WAIT_MS);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        sum = sum * 31 + rows_of(db, tables[i]);
    sqlite3_close(db);
    return sum;
}

/* --- the keys --- */

static void go(struct term *term, const char *key, const char *text)
{
    CU_ASSERT(term_key(term, key));
    SEE(term, text);
}

/* Waits for a frame that has this or that at its bottom; whether it is this. */
static bool is_seen(struct term *term, const char *this, const char *that)
{
    for (int i = 0;
         i < 100 && !term_find(term, this, NULL, NULL) && !term_find(term, that, NULL, NULL); i++)
        term_wait_idle(term, 50, TILL_WAIT_MS);
    return term_find(term, this, NULL, NULL);
}

/* Back to the programme, from wherever it is. */
static void go_home(struct term *term)
{
    for (int i = 0; i < 8; i++) {
        term_wait_idle(term, 60, TILL_WAIT_MS);
        if (term_find(term, "s sign off", NULL, NULL))
            return;
        term_key(term, "Esc");
    }
    CU_FAIL("the programme is not reached");
}

static void open_ticket(struct term *term, const char *what, const struct member *member)
{
    char name[40];

    snprintf(name, sizeof name, "%s %s", what, member->name);
    go(term, "f", "the latest tickets");
    CU_ASSERT(term_paste(term, name));
    go(term, "Enter", "1 of 1 in this sale");
    SEE(term, name);
}

static void try_shift_open(struct term *term, const struct member *member)
{
    (void)member;
    if (is_seen(term, "Esc not now", "s sign off"))
        term_key(term, "Enter");
}

static void try_sale(struct term *term, const struct member *member)
{
    (void)member;
    go(term, "Enter", "places left");
    term_key(term, "Enter");
}

static void try_undo(struct term *term, const struct member *member)
{
    (void)member;
    term_key(term, "u");
}

static void try_cancel(struct term *term, const struct member *member)
{
    open_ticket(term, "Cancel", member);
    go(term, "c", "Cancel TKT");
    term_key(term, "y");
}

static void try_reissue(struct term *term, const struct member *member)
{
    open_ticket(term, "Reissue", member);
    go(term, "r", "Enter reissue");
    term_key(term, "Enter");
}

static void try_print(struct term *term, const struct member *member)
{
    open_ticket(term, "Print", member);
    term_key(term, "p");
}

static void try_print_sale(struct term *term, const struct member *member)
{
    open_ticket(term, "Print", member);
    term_key(term, "P");
}

static void try_schedule(struct term *term, const struct member *member)
{
    go(term, "a", "Schedule a showing");
    CU_ASSERT(term_paste(term, "Late "));
    CU_ASSERT(term_paste(term, member->name));
    term_key(term, "Enter");
}

static void try_close(struct term *term, const struct member *member)
{
    go(term, "d", "Disputes:");
    go(term, "Enter", "c close");
    go(term, "c", "Enter close");
    CU_ASSERT(term_paste(term, "Seen to by "));
    CU_ASSERT(term_paste(term, member->name));
    term_key(term, "Enter");
}

static void try_shift_close(struct term *term, const struct member *member)
{
    (void)member;
    term_key(term, "F9");
    if (is_seen(term, "Enter close", "F10 quit"))
        term_key(term, "Enter");
}

/* --- the cells --- */

/* What the counter offers, in the order in which one after the other can be tried. */
static const struct attempt {
    enum op_kind kind;
    void (*make)(struct term *term, const struct member *member);
    const char *done;
    const char *refused; /* NULL: somebody else's approval is asked for */
} attempts[] = {
    {OP_SHIFT_OPEN, try_shift_open, "Your shift is open,", "is signed on."},
    {OP_BOOK, try_sale, "Sold: 1 ticket", NULL},
    {OP_CANCEL, try_undo, "Undone: 1 ticket", "There is no sale to undo"},
    {OP_CANCEL, try_cancel, "is canceled;", NULL},
    {OP_REISSUE, try_reissue, "Reissued: TKT", NULL},
    {OP_PRINT, try_print, "Printed TKT", NULL},
    {OP_PRINT, try_print_sale, "Printed 1 ticket", "who may not print tickets again"},
    {OP_CLOSE, try_close, "The dispute is closed", NULL},
    {OP_SCHEDULE, try_schedule, "Scheduled: Late", NULL},
    {OP_SHIFT_CLOSE, try_shift_close, "is closed", "nobody"},
};

static void see_refused(struct term *term, const struct attempt *attempt)
{
    char sentence[80];

    if (attempt->refused) {
        SEE(term, attempt->refused);
        return;
    }
    SEE(term, role_may(ROLE_SUPERVISOR, attempt->kind) ? "A supervisor can approve"
                                                       : "A manager can approve");
    snprintf(sentence, sizeof sentence, "may not %s.", office_op_words(attempt->kind));
    SEE(term, sentence);
    go(term, "Esc", "Not approved: nothing was changed.");
}

static void try_cell(const struct till *till, struct term *term, const struct member *member,
                     const struct attempt *attempt)
{
    bool may = role_may(member->role, attempt->kind);
    uint64_t before = store_now(till);
    char actor[ACTOR_SIZE];
    int count;

    snprintf(actor, sizeof actor, "#%d", member->number);
    count = staffed_journal_count(till, actor, op_kind_name(attempt->kind));
    attempt->make(term, member);
    if (!may)
        see_refused(term, attempt);
    else
        CU_ASSERT(term_wait(term, attempt->done, TILL_WAIT_MS));
    if (may != (store_now(till) != before))
        fprintf(stderr, "%s: %s %s\n", role_name(member->role), op_kind_name(attempt->kind),
                may ? "changed nothing" : "changed something");
    CU_ASSERT_EQUAL(store_now(till) != before, may);
    if (may)
        CU_ASSERT_EQUAL(staffed_journal_count(till, actor, op_kind_name(attempt->kind)), count + 1);
}

static void each_role_does_what_its_column_says(void)
{
    struct till till;
    struct term term = {0};
    struct fake_printer printer;
    char settings[200];

    fake_printer_start(&printer, PRINTER_PRINTS);
    snprintf(settings, sizeof settings, "[printer]\nwhere = %s\n", printer.where);
    prepare(&till, settings);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    for (size_t m = 0; m < MEMBERS; m++) {
        CU_ASSERT_FATAL(staffed_type(&term, members[m].number, members[m].pin));
        SEE(&term, members[m].name);
        for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
            if (i)
                go_home(&term);
            try_cell(&till, &term, &members[m], &attempts[i]);
        }
        if (!is_seen(&term, "F10 quit", "Enter sign off"))
            go(&term, "Enter", "F10 quit");
    }
    CU_ASSERT(till_is_sound(&till));
    term_release(&term);
    fake_printer_stop(&printer);
}

/* --- who may approve it --- */

/* What an usher may not. */
static const struct attempt approvals[] = {
    {OP_BOOK, try_sale, "Sold: 1 ticket", NULL},
    {OP_SCHEDULE, try_schedule, "Scheduled: Late", NULL},
};

static void try_approval(const struct till *till, struct term *term, const struct attempt *attempt,
                         const struct member *approver)
{
    bool may = role_approves(approver->role) && role_may(approver->role, attempt->kind);
    uint64_t before = store_now(till);
    char actor[ACTOR_SIZE];

    snprintf(actor, sizeof actor, "#%d+#%d", members[0].number, approver->number);
    attempt->make(term, approver);
    SEE(term, "can approve");
    CU_ASSERT(store_now(till) == before);
    CU_ASSERT(staffed_fill(term, approver->number, approver->pin));
    SEE(term, may ? attempt->done : "cannot approve this.");
    CU_ASSERT_EQUAL(store_now(till) != before, may);
    CU_ASSERT_EQUAL(staffed_journal_count(till, actor, op_kind_name(attempt->kind)), may);
    SEE(term, members[0].name); /* is signed on still */
}

static void each_role_approves_what_its_column_says(void)
{
    struct till till;
    struct term term = {0};

    prepare(&till, NULL);
    CU_ASSERT_FATAL(staffed_counter(&till, &term, members[0].number, members[0].pin));
    for (size_t m = 1; m < MEMBERS; m++)
        for (size_t i = 0; i < sizeof approvals / sizeof approvals[0]; i++) {
            go_home(&term);
            try_approval(&till, &term, &approvals[i], &members[m]);
        }
    go_home(&term);
    try_sale(&term, &members[0]); /* each was for one action alone */
    SEE(&term, "can approve");
    CU_ASSERT(till_is_sound(&till));
    term_release(&term);
}

SUITE(counter_roles, {"each role does what its column says", each_role_does_what_its_column_says},
      {"each role approves what its column says", each_role_approves_what_its_column_says})
