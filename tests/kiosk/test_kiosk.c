/* The locked kiosk, driven by whoever wants out of it: keys, signals, the mouse, pastes, sizes, a
 * hang-up. */
#include "core/buffer.h"
#include "tests/kiosk/staffed.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMES_BACK_MS 20000 /* patience for a counter that is started again */

static void pause_typing(void)
{
    poll(NULL, 0, 130);
}

static bool press(struct term *term, const char *key)
{
    pause_typing();
    return term_key(term, key);
}

static bool start(const struct till *till, struct term *term)
{
    return till_start(till, term, 24, 80, NULL, "--kiosk");
}

/* The counter that the keeper runs; 0 when there is none. */
static pid_t child_of(const struct term *term)
{
    char path[64], text[64] = "";
    FILE *file;
    size_t got;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)term->program,
             (int)term->program);
    file = fopen(path, "r");
    if (!file)
        return 0;
    got = fread(text, 1, sizeof text - 1, file);
    text[got] = '\0';
    fclose(file);
    return (pid_t)strtol(text, NULL, 10);
}

/* A line of /proc/PID/status. */
static bool status_has(pid_t pid, const char *line)
{
    char path[64], text[4096];
    FILE *file;
    size_t got;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    file = fopen(path, "r");
    if (!file)
        return false;
    got = fread(text, 1, sizeof text - 1, file);
    text[got] = '\0';
    fclose(file);
    return strstr(text, line) != NULL;
}

/* Whether the counter has started anything itself. */
static bool has_children(pid_t pid)
{
    char path[64], byte;
    FILE *file;
    bool any;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    file = fopen(path, "r");
    if (!file)
        return false;
    any = fread(&byte, 1, 1, file) == 1;
    fclose(file);
    return any;
}

static void end(struct till *till, struct term *term)
{
    int status = -1;

    CU_ASSERT(kill(term->program, SIGTERM) == 0);
    CU_ASSERT(term_wait_exit(term, &status, COMES_BACK_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(term_is_restored(term));
    CU_ASSERT(till_is_sound(till));
    term_release(term);
}

/* Whether the same counter is still there and answers: help comes and goes. */
static bool still_there(struct term *term, pid_t counter)
{
    return !term->ended && !term->stopped && term_resize(term, 24, 80) &&
           term_send(term, "n\033\033\033\033\033\033\033\033\033") &&
           term_wait(term, "q quit", TILL_WAIT_MS) && term_send(term, "?") &&
           term_wait(term, "All keys", TILL_WAIT_MS) && term_send(term, "\033") &&
           term_wait(term, "q quit", TILL_WAIT_MS) && child_of(term) == counter &&
           !has_children(counter);
}

/* --- keys --- */

static void no_control_key_leads_out(void)
{
    struct till till;
    struct term term = {0};
    pid_t counter;

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    CU_ASSERT(counter > 0);
    CU_ASSERT(status_has(counter, "Seccomp:\t2"));
    CU_ASSERT(status_has(counter, "NoNewPrivs:\t1"));
    for (int byte = 0; byte < 0x20; byte++) {
        char key = (char)byte;

        pause_typing();
        CU_ASSERT(term_send_bytes(&term, &key, 1));
        CU_ASSERT(term_wait_idle(&term, 20, TILL_WAIT_MS));
        CU_ASSERT_FATAL(still_there(&term, counter));
    }
    CU_ASSERT(term_send_bytes(&term, "\x7f", 1));
    CU_ASSERT(term_send_bytes(&term, "\xff\xfe\x80", 3));
    CU_ASSERT(press(&term, "Ctrl-\\"));
    CU_ASSERT_FATAL(still_there(&term, counter));
    end(&till, &term);
}

static void quit_says_how_it_is_left(void)
{
    struct till till;
    struct term term = {0};
    pid_t counter;

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    CU_ASSERT(press(&term, "q"));
    SEE(&term, "This counter is not left by a key.");
    CU_ASSERT_FATAL(still_there(&term, counter));
    end(&till, &term);
}

static void only_a_manager_leaves_it(void)
{
    struct till till;
    struct term term = {0};
    int status = -1;

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "Sign on");
    CU_ASSERT(press(&term, "F10"));
    SEE(&term, "Leave the counter");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "Sign on");
    CU_ASSERT(press(&term, "Ctrl-Q"));
    SEE(&term, "Leave the counter");
    CU_ASSERT(staffed_fill(&term, PRIYA, PRIYA_PIN)); /* a clerk */
    SEE(&term, "Only a manager or an administrator may leave it.");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "Sign on");
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "No shift of yours");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "s sign off");
    CU_ASSERT(press(&term, "q"));
    SEE(&term, "Leave the counter");
    CU_ASSERT(staffed_fill(&term, MAYA, MAYA_PIN)); /* a supervisor neither */
    SEE(&term, "Only a manager or an administrator may leave it.");
    CU_ASSERT(press(&term, "Esc"));
    SEE(&term, "s sign off"); /* the clerk is still there */
    CU_ASSERT(press(&term, "q"));
    SEE(&term, "Leave the counter");
    CU_ASSERT(staffed_fill(&term, NORA, NORA_PIN));
    CU_ASSERT(term_wait_exit(&term, &status, COMES_BACK_MS));
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(term_is_restored(&term));
    term_release(&term);
    CU_ASSERT(till_is_sound(&till));
}

/* --- signals --- */

static bool may_be_ignored(int number)
{
    static const int not [] = {SIGKILL, SIGSTOP, SIGTERM, SIGHUP, SIGSEGV, SIGBUS, SIGFPE,
                               SIGILL,  SIGABRT, SIGTRAP, SIGSYS, SIGCHLD, SIGCONT};

    for (size_t i = 0; i < sizeof not / sizeof not [0]; i++)
        if (not [i] == number)
            return false;
    return true;
}

static void signals_do_nothing(void)
{
    struct till till;
    struct term term = {0};
    pid_t counter;

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    for (int number = 1; number <= SIGRTMAX; number++)
        if (may_be_ignored(number) && (number < 32 || number >= SIGRTMIN))
            CU_ASSERT(term_signal(&term, number)); /* to keeper and counter */
    CU_ASSERT_FATAL(still_there(&term, counter));
    CU_ASSERT(kill(counter, SIGSTOP) == 0); /* it is made to go on */
    CU_ASSERT_FATAL(still_there(&term, counter));
    end(&till, &term);
}

/* Whether another counter than this one comes, and can be used. */
static bool comes_back(struct term *term, pid_t before)
{
    for (int i = 0; i < 300; i++) {
        pid_t now = child_of(term);

        if (now && now != before)
            return term_wait_idle(term, 300, COMES_BACK_MS) &&
                   term_wait(term, "q quit", COMES_BACK_MS) && !term->ended;
        poll(NULL, 0, 50);
    }
    return false;
}

static void crash_brings_it_back(void)
{
    static const int deaths[] = {SIGKILL, SIGSEGV, SIGABRT, SIGTERM, SIGHUP};
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        pid_t counter = child_of(&term);
        size_t mark = term_log_mark(&term);

        CU_ASSERT(press(&term, "Enter"));
        SEE(&term, "places left");
        CU_ASSERT(kill(counter, deaths[i]) == 0);
        CU_ASSERT_FATAL(term_wait_log(&term, mark, "starts again", COMES_BACK_MS));
        CU_ASSERT(term_send(&term, "\003\032\034\004id\r")); /* meant for a shell */
        CU_ASSERT_FATAL(comes_back(&term, counter));
        CU_ASSERT(!term_log_has(&term, mark, "uid="));
        CU_ASSERT(!term_log_has(&term, mark, "^C"));
    }
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    end(&till, &term);
}

static void what_sales_took_outlives_a_crash(void)
{
    struct till till;
    struct term term = {0};
    pid_t counter;
    size_t mark;

    staffed_init(&till, NULL);
    CU_ASSERT_FATAL(start(&till, &term));
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "No shift of yours");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Your shift is open, Priya.");
    CU_ASSERT(press(&term, "Enter") && press(&term, "2") && press(&term, "Enter")); /* 3 keys */
    SEE(&term, "Sold: 2 tickets");
    counter = child_of(&term);
    mark = term_log_mark(&term);
    CU_ASSERT(kill(counter, SIGKILL) == 0);
    CU_ASSERT_FATAL(term_wait_log(&term, mark, "starts again", COMES_BACK_MS));
    CU_ASSERT_FATAL(term_wait(&term, "F10 quit", COMES_BACK_MS));
    CU_ASSERT(staffed_type(&term, PRIYA, PRIYA_PIN));
    SEE(&term, "Priya is signed on.");
    CU_ASSERT(press(&term, "Enter") && press(&term, "Enter")); /* 2 keys */
    SEE(&term, "Sold: 1 ticket");
    CU_ASSERT(press(&term, "F9"));
    SEE(&term, "Your shift is open since");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "3 in 2 sales");
    SEE(&term, "2 in the middle, 95 of 100 up to 3");
    end(&till, &term);
}

static void sale_is_whole_or_none_when_it_is_killed(void)
{
    int rounds = test_is_long() ? 6 : 3; /* the pauses before the next one grow */
    uint64_t random = test_seed();
    struct till till;
    struct term term = {0};

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    for (int i = 0; i < rounds; i++) {
        pid_t counter = child_of(&term);

        CU_ASSERT(press(&term, "End"));
        CU_ASSERT(press(&term, "Enter"));
        SEE(&term, "places left");
        CU_ASSERT(press(&term, "3"));
        pause_typing();
        CU_ASSERT(term_send(&term, "\r"));
        poll(NULL, 0, (int)test_random_below(&random, 8));
        kill(counter, SIGKILL);
        CU_ASSERT_FATAL(comes_back(&term, counter));
        CU_ASSERT(till_sold(&till) % 3 == 0);
        CU_ASSERT(till_is_sound(&till));
    }
    end(&till, &term);
}

static void ends_with_its_keeper(void)
{
    struct till till;
    struct term term = {0};
    pid_t counter;

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    CU_ASSERT(kill(term.program, SIGKILL) == 0);
    CU_ASSERT(term_wait_exit(&term, NULL, TILL_WAIT_MS));
    for (int i = 0; i < 100 && kill(counter, 0) == 0 && !status_has(counter, "State:\tZ"); i++)
        poll(NULL, 0, 50);
    CU_ASSERT(kill(counter, 0) != 0 || status_has(counter, "State:\tZ"));
    term_release(&term);
    CU_ASSERT(till_is_sound(&till));
}

/* --- the terminal --- */

static void comes_back_after_a_hang_up(void)
{
    struct till till;
    struct term term = {0};
    char name[64] = "";
    pid_t counter;
    int line;

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    CU_ASSERT(term_signal(&term, SIGHUP)); /* told so, and the terminal is there still */
    CU_ASSERT_FATAL(comes_back(&term, counter));
    counter = child_of(&term);
    CU_ASSERT_FATAL(ptsname_r(term.master, name, sizeof name) == 0);
    line = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CU_ASSERT_FATAL(line >= 0);
    if (ioctl(line, TIOCVHANGUP)) {
        test_skip("only root can hang a terminal up that stays");
    } else {
        CU_ASSERT_FATAL(comes_back(&term, counter));
        CU_ASSERT(press(&term, "Enter"));
        CU_ASSERT(press(&term, "Enter"));
        SEE(&term, "Sold: 1 ticket");
    }
    close(line);
    kill(term.program, SIGTERM);
    CU_ASSERT(term_wait_exit(&term, NULL, COMES_BACK_MS));
    term_release(&term);
    CU_ASSERT(till_is_sound(&till));
}

static void storm_of_sizes_does_no_harm(void)
{
    static const int sizes[][2] = {{24, 80}, {1, 1}, {60, 200}, {18, 60}, {3, 10}, {50, 132}};
    int count = test_is_long() ? 5000 : 200;
    uint64_t random = test_seed();
    struct till till;
    struct term term = {0};
    pid_t counter;

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    for (int i = 0; i < count; i++) {
        const int *size = sizes[test_random_below(&random, 6)];

        CU_ASSERT(term_resize(&term, size[0], size[1]));
        CU_ASSERT(term_click(&term, i % 3 ? 0 : 64 + i % 2, i % 24, i % 80) || true);
        if (i % 50 == 49)
            CU_ASSERT_FATAL(still_there(&term, counter));
    }
    CU_ASSERT_FATAL(still_there(&term, counter));
    end(&till, &term);
}

/* Sends bytes as fast as they are taken, reading what comes meanwhile. */
static bool pour(struct term *term, const char *bytes, size_t length)
{
    while (length) {
        size_t part = length < 4000 ? length : 4000;

        if (!term_send_bytes(term, bytes, part) || term->ended)
            return false;
        bytes += part;
        length -= part;
    }
    return true;
}

static void large_paste_does_no_harm(void)
{
    size_t size = test_is_long() ? 10u << 20 : 300u << 10;
    static const char nasty[] = "rm -rf / \r\n\003\032\034\004!sh\t;$(id)";
    char *text = malloc(size + 16);
    struct till till;
    struct term term = {0};
    pid_t counter;

    CU_ASSERT_FATAL(text != NULL);
    snprintf(text, 7, "\033[200~");
    for (size_t i = 0; i < size; i++)
        text[6 + i] = nasty[i % (sizeof nasty - 1)];
    snprintf(text + 6 + size, 7, "\033[201~");
    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    CU_ASSERT(press(&term, "f"));
    SEE(&term, "Find");
    CU_ASSERT(pour(&term, text, size + 12));
    CU_ASSERT(term_wait_idle(&term, 300, 60000));
    CU_ASSERT_FATAL(still_there(&term, counter));
    CU_ASSERT_EQUAL(till_sold(&till), 0);
    end(&till, &term);
    free(text);
}

static void random_keys_lead_nowhere(void)
{
    static const char *const keys[] = {
        "Enter",  "Enter",  "Esc",       "Esc",    "Tab",    "BackTab", "Up",     "Down",
        "Left",   "Right",  "PgUp",      "PgDn",   "Home",   "End",     "F1",     "F3",
        "F9",     "F10",    "F12",       "Ctrl-C", "Ctrl-Z", "Ctrl-\\", "Ctrl-D", "Ctrl-Q",
        "Ctrl-S", "Ctrl-]", "q",         "q",      "s",      "y",       "n",      "a",
        "c",      "d",      "f",         "m",      "o",      "p",       "P",      "r",
        "t",      "u",      "v",         "/",      "?",      "!",       ":",      "1",
        "3",      "0",      "Backspace", "Alt-x",  "Ctrl-R", "Ctrl-X"};
    int count = test_is_long() ? 100000 : 5000;
    uint64_t random = test_seed();
    struct till till;
    struct term term = {0};
    pid_t counter;

    till_init(&till);
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "q quit");
    counter = child_of(&term);
    for (int i = 0; i < count; i++) {
        CU_ASSERT(term_key(&term, keys[test_random_below(&random, sizeof keys / sizeof *keys)]));
        if (i % 250 == 249)
            CU_ASSERT_FATAL(still_there(&term, counter));
    }
    CU_ASSERT_FATAL(still_there(&term, counter));
    end(&till, &term);
    CU_ASSERT(till_tickets(&till, "") >= 1);
}

/* --- what is on --- */

static void attract_screen_comes_and_goes(void)
{
    struct till till;
    struct term term = {0};

    till_init(&till);
    till_add_settings(&till, "[counter]\nattract_seconds = 1\n");
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "Press any key to begin.");
    SEE(&term, "Skyfall");
    CU_ASSERT(!term_find(&term, "Full House", NULL, NULL)); /* sold out */
    CU_ASSERT(press(&term, "q"));                           /* for the attract screen alone */
    SEE(&term, "q quit");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "5 of 5 places left");
    CU_ASSERT(press(&term, "4"));
    SEE(&term, "Press any key to begin.");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "5 of 5 places left"); /* as it was left */
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Sold: 4 tickets");
    end(&till, &term);
}

static void attract_screen_stands_before_the_lock(void)
{
    struct till till;
    struct term term = {0};

    staffed_init(&till, "[counter]\nidle_lock_seconds = 1\nattract_seconds = 2\n");
    CU_ASSERT_FATAL(start(&till, &term));
    SEE(&term, "Sign on");
    SEE(&term, "Press any key to begin.");
    CU_ASSERT(press(&term, "Enter"));
    SEE(&term, "Sign on");
    CU_ASSERT(!term_find(&term, "Skyfall", NULL, NULL));
    end(&till, &term);
}

SUITE(kiosk, {"no control key leads out", no_control_key_leads_out},
      {"quit says how it is left", quit_says_how_it_is_left},
      {"only a manager leaves it", only_a_manager_leaves_it},
      {"signals do nothing", signals_do_nothing}, {"a crash brings it back", crash_brings_it_back},
      {"what sales took outlives a crash", what_sales_took_outlives_a_crash},
      {"a sale is whole or none when it is killed", sale_is_whole_or_none_when_it_is_killed},
      {"it ends with its keeper", ends_with_its_keeper},
      {"it comes back after a hang-up", comes_back_after_a_hang_up},
      {"a storm of sizes does no harm", storm_of_sizes_does_no_harm},
      {"a large paste does no harm", large_paste_does_no_harm},
      {"random keys lead nowhere", random_keys_lead_nowhere},
      {"the attract screen comes and goes", attract_screen_comes_and_goes},
      {"the attract screen stands before the lock", attract_screen_stands_before_the_lock})
