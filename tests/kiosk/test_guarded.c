/* What a counter knows stays in it: no core file, no other program of the same user, no PIN in
 * memory that was tried. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/box_office_staff.h"
#include "tests/kiosk/staffed.h"
#include "tests/support/hunt.h"
#include "tests/support/test.h"
#include "ui/guarded.h"
#include "ui/kiosk/terminal.h"
#include "ui/session.h"

#define LONG_PIN "840273951628"
#define OTHER_PIN "719402863517"
#define NOBODY 65534
#define NOBODY_TEXT "65534"
#define ARGUMENTS_MAX 24
#define QUIET_MS 1000

/* --- no core file --- */

/* A till that an ordinary user works at: only then the owner of /proc/PID tells. */
static void till_of_nobody(struct till *till)
{
    struct dirent *entry;
    char path[400];
    DIR *entries;

    staffed_init(till, NULL);
    entries = opendir(till->folder);
    while (geteuid() == 0 && entries && (entry = readdir(entries))) {
        snprintf(path, sizeof path, "%s/%.200s", till->folder, entry->d_name);
        CU_ASSERT_EQUAL(
            strcmp(entry->d_name, "..") ? chown(path, NOBODY, NOBODY) : chmod(path, 0711), 0);
    }
    if (entries)
        closedir(entries);
}

/* In the till's folder, so that a core file would lie there, and not as root. */
static bool start_in_folder(const struct till *till, struct term *term, const char *const *words)
{
    static const char *const change[] = {"setpriv", "--reuid",   NOBODY_TEXT,
                                         "--regid", NOBODY_TEXT, "--clear-groups"};
    char *program = realpath(test_program(), NULL);
    const char *const env[] = {till->home, NULL};
    const char *argv[ARGUMENTS_MAX] = {"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", till->folder};
    int count = 4;
    bool started;

    for (size_t i = 0; geteuid() == 0 && i < sizeof change / sizeof *change; i++)
        argv[count++] = change[i];
    argv[count++] = program;
    argv[count++] = "--config";
    argv[count++] = till->config;
    argv[count++] = "--db";
    argv[count++] = till->store;
    while (*words)
        argv[count++] = *words++;
    started = term_start(term, 24, 80, env, argv);
    free(program);
    return started;
}

/* Cores as large as they come, for what is started until the other one is called. */
static void allow_cores(struct rlimit *before)
{
    struct rlimit most;

    CU_ASSERT_EQUAL(getrlimit(RLIMIT_CORE, before), 0);
    most = (struct rlimit){before->rlim_max, before->rlim_max};
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_CORE, &most), 0);
    if (!before->rlim_max)
        test_skip("no core files are allowed here: that there is none says little");
}

static void forbid_cores(const struct rlimit *before)
{
    setrlimit(RLIMIT_CORE, before);
}

static int count_cores(const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    int count = 0;

    while (entries && (entry = readdir(entries)))
        count += strncmp(entry->d_name, "core", 4) == 0;
    if (entries)
        closedir(entries);
    return count;
}

/* A word that is "0", and behind it. */
static bool is_zero(const char **at)
{
    *at += strspn(*at, " ");
    return *(*at)++ == '0' && **at == ' ';
}

/* Whether both limits of "Max core file size  SOFT  HARD  bytes" are 0. */
static bool no_core_is_allowed(pid_t pid)
{
    static const char name[] = "Max core file size";
    char path[64], line[200];
    const char *at;
    bool none = false;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, name, sizeof name - 1) != 0)
            continue;
        at = line + sizeof name - 1;
        none = is_zero(&at) && is_zero(&at);
    }
    if (file)
        fclose(file);
    return none;
}

/* proc(5): what is about a process that is not dumpable is root's. */
static bool is_dumpable(pid_t pid)
{
    struct stat info;
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    return stat(path, &info) != 0 || info.st_uid != 0;
}

static void check_guarded(struct term *term, const struct till *till)
{
    int status = 0;

    CU_ASSERT(no_core_is_allowed(term->program));
    CU_ASSERT(!is_dumpable(term->program));
    CU_ASSERT(term_signal(term, SIGSEGV));
    CU_ASSERT(term_wait_exit(term, &status, TILL_WAIT_MS));
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    CU_ASSERT(!WCOREDUMP(status));
    CU_ASSERT_EQUAL(count_cores(till->folder), 0);
}

static bool is_guarded_build(void)
{
    if (!guarded_is_built())
        test_skip("a build with sanitizers is not guarded, and keeps what it freed");
    return guarded_is_built();
}

static void counter_leaves_no_core(void)
{
    static const char *const counter[] = {NULL};
    struct till till;
    struct term term = {0};
    struct rlimit before;

    if (!is_guarded_build())
        return;
    till_of_nobody(&till);
    allow_cores(&before);
    CU_ASSERT_FATAL(start_in_folder(&till, &term, counter));
    forbid_cores(&before);
    SEE(&term, "Sign on");
    CU_ASSERT(term_send(&term, "1042"));
    CU_ASSERT(term_key(&term, "Tab"));
    CU_ASSERT(term_paste(&term, LONG_PIN)); /* it is in its memory now */
    SEE(&term, "••••••••••••");
    check_guarded(&term, &till);
    term_release(&term);
}

static void commands_leave_no_core(void)
{
    static const char *const words[] = {"admin", "sign-on", "1042", NULL};
    struct till till;
    struct term term = {0};
    struct rlimit before;

    if (!is_guarded_build())
        return;
    till_of_nobody(&till);
    allow_cores(&before);
    CU_ASSERT_FATAL(start_in_folder(&till, &term, words));
    forbid_cores(&before);
    SEE(&term, "PIN of 1042:");
    CU_ASSERT(term_send(&term, LONG_PIN));
    check_guarded(&term, &till);
    term_release(&term);
}

static void service_leaves_no_core(void)
{
    static const char *const serve[] = {"serve", "--listen", "127.0.0.1:0", NULL};
    struct till till;
    struct term term = {0};
    struct rlimit before;

    if (!is_guarded_build())
        return;
    till_of_nobody(&till);
    allow_cores(&before);
    CU_ASSERT_FATAL(start_in_folder(&till, &term, serve));
    forbid_cores(&before);
    SEE(&term, "http://127.0.0.1:");
    check_guarded(&term, &till);
    term_release(&term);
}

/* --- no PIN in memory --- */

/* How a PIN may lie there: as text, as curses' and our keys, each in a queue of their own. */
static const struct {
    const char *what;
    size_t stride;
} layouts[] = {{"text", 1},
               {"UTF-16", 2},
               {"wide characters", 4},
               {"64-bit words", 8},
               {"the queue of keys", sizeof(struct event)}};

static int count_in_memory(pid_t pid, const char *pin)
{
    char place[200];
    int count = 0; /* without its front, which a NUL in its place would hide */

    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        int found = hunt_memory(pid, pin + 3, layouts[i].stride, place);

        if (found < 0)
            return -1;
        if (found)
            printf("\n    as %s in %s", layouts[i].what, place);
        count += found;
    }
    return count;
}

static void put_long_pin(struct till *till)
{
    struct session session;
    struct box_office *office;
    struct tk_error error = {0};

    staffed_init(till, NULL);
    if (session_init(&session, till->config, till->store, NULL, &error) ||
        session_office(&session, &office, &error) ||
        office_set_secrets(office, PRIYA, LONG_PIN, NULL, &error))
        abort();
    session_release(&session);
}

/* Typed, or all of it at once as by somebody who did not wait, and a check that it would be found.
   False where memory cannot be read. */
static bool type_pin(struct term *term, const char *pin, bool at_once)
{
    int count;

    SEE(term, "Sign on");
    CU_ASSERT(term_send(term, "1042"));
    CU_ASSERT(term_key(term, "Tab"));
    for (const char *digit = pin; *digit && !at_once; digit++)
        CU_ASSERT(term_send_bytes(term, digit, 1) && term_wait_idle(term, 20, TILL_WAIT_MS));
    if (at_once)
        CU_ASSERT(term_send(term, pin));
    SEE(term, "••••••••••••");
    printf("\n    (typed, it lies there:)");
    count = count_in_memory(term->program, pin);
    if (count < 0)
        test_skip("the memory of another process cannot be read here");
    CU_ASSERT(count != 0);
    return count > 0;
}

static void is_forgotten(struct term *term, const char *pin)
{
    CU_ASSERT(term_wait_idle(term, QUIET_MS, TILL_WAIT_MS));
    printf("\n    (and afterwards:)");
    CU_ASSERT_EQUAL(count_in_memory(term->program, pin), 0);
}

static void pin_is_forgotten_after_sign_on(void)
{
    for (int at_once = 0; at_once < 2 && is_guarded_build(); at_once++) {
        struct till till;
        struct term term = {0};

        put_long_pin(&till);
        CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
        if (type_pin(&term, LONG_PIN, at_once)) {
            CU_ASSERT(term_key(&term, "Enter"));
            SEE(&term, "No shift of yours");
            is_forgotten(&term, LONG_PIN);
        }
        term_release(&term);
    }
}

static void pin_is_forgotten_when_given_up(void)
{
    struct till till;
    struct term term = {0};

    if (!is_guarded_build())
        return;
    put_long_pin(&till);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    if (type_pin(&term, OTHER_PIN, true)) {
        CU_ASSERT(term_key(&term, "Enter"));
        SEE(&term, "do not belong together");
        CU_ASSERT(term_key(&term, "Esc"));
        SEE_GONE(&term, "••••••");
        is_forgotten(&term, OTHER_PIN);
    }
    term_release(&term);
}

static void pasted_pin_is_forgotten(void)
{
    struct till till;
    struct term term = {0};

    if (!is_guarded_build())
        return;
    put_long_pin(&till);
    CU_ASSERT_FATAL(till_start(&till, &term, 24, 80, NULL, NULL));
    SEE(&term, "Sign on");
    CU_ASSERT(term_send(&term, "1042"));
    CU_ASSERT(term_key(&term, "Tab"));
    CU_ASSERT(term_paste(&term, LONG_PIN));
    SEE(&term, "••••••••••••");
    if (count_in_memory(term.program, LONG_PIN) > 0) {
        CU_ASSERT(term_key(&term, "Enter"));
        SEE(&term, "No shift of yours");
        is_forgotten(&term, LONG_PIN);
    } else {
        test_skip("the memory of another process cannot be read here");
    }
    term_release(&term);
}

SUITE(secrets_kept, {"a counter that dies leaves no core", counter_leaves_no_core},
      {"nor does a command", commands_leave_no_core},
      {"nor does the service", service_leaves_no_core},
      {"a PIN is forgotten after the sign-on", pin_is_forgotten_after_sign_on},
      {"a wrong one when it is given up", pin_is_forgotten_when_given_up},
      {"and a pasted one", pasted_pin_is_forgotten})
