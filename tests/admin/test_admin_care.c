/* What keeps from mistakes: questions, messages, and what is taken as meant. */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/admin/world.h"
#include "tests/support/term.h"

#define WAIT_MS 10000

/* Runs `expire --at today+9` at a terminal and answers; returns the exit status. */
static int expire_at_terminal(struct world *world, const char *answer)
{
    char *program = realpath(test_program(), NULL), home[200];
    const char *const argv[] = {program, "--db",  world->store,    "admin",
                                "expire", "--at", "today+9 12:00", NULL};
    const char *const env[] = {home, "TZ=UTC", NULL};
    struct term term = {0};
    int status = -1;

    snprintf(home, sizeof home, "HOME=%s", world->home);
    CU_ASSERT_FATAL(term_start(&term, 24, 100, env, argv));
    CU_ASSERT(term_wait(&term, "1 showing that is not over yet would be closed", WAIT_MS));
    CU_ASSERT(term_send(&term, answer) && term_key(&term, "Enter"));
    CU_ASSERT(term_wait_exit(&term, &status, WAIT_MS));
    term_release(&term);
    free(program);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_expire_asks(void)
{
    struct world w;

    world_init(&w);
    world_schedule(&w, "Skyfall", "3");
    CU_ASSERT_EQUAL(expire_at_terminal(&w, "y"), 1);
    CU_ASSERT_EQUAL(expire_at_terminal(&w, ""), 1);
    RUN_OK(&w, "slots", "--open", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    CU_ASSERT_EQUAL(expire_at_terminal(&w, "yes"), 0);
    RUN_OK(&w, "slots", "--open", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    world_release(&w);
}

static void test_expire_tells(void)
{
    struct world w;

    world_init(&w);
    world_schedule(&w, "Skyfall", "3");
    world_schedule(&w, "Heat", "3");
    RUN_OK(&w, "expire");
    CU_ASSERT_STRING_EQUAL(w.run.err, "");
    RUN_OK(&w, "expire", "--at", "today+9 12:00", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "slots"), 2);
    CU_ASSERT_STRING_EQUAL(w.run.err, "2 showings were not over yet: closed for good.\n");
    RUN_OK(&w, "expire", "--at", "today+9 12:00");
    CU_ASSERT_STRING_EQUAL(w.run.err, "");
    world_release(&w);
}

static void check_import(struct world *world, const char *path, int added, int known)
{
    RUN_OK(world, "import", path, "--dry-run", "--json");
    CU_ASSERT_EQUAL(member_number(world->json, "added"), added);
    CU_ASSERT_EQUAL(member_number(world->json, "known"), known);
    RUN_OK(world, "import", path, "--json");
    CU_ASSERT_EQUAL(member_number(world->json, "added"), added);
    CU_ASSERT_EQUAL(member_number(world->json, "known"), known);
}

static void test_own_export(void)
{
    struct world w, other;
    char path[256];

    world_init(&w);
    world_init(&other);
    world_schedule(&w, "Skyfall", "3");
    world_schedule(&w, "Skyfall", "3");
    world_schedule(&w, "=Heat", "3");
    world_schedule(&other, "Roma", "3");
    snprintf(path, sizeof path, "%s/out.csv", w.home);
    RUN_OK(&w, "export", "slots", "--output", path);
    check_import(&w, path, 0, 3);
    /* the number 100000 is another showing there, and two that are alike are two */
    check_import(&other, path, 3, 0);
    check_import(&other, path, 0, 3);
    RUN_OK(&other, "slots", "--json");
    CU_ASSERT_EQUAL(json_array_size(other.json), 4);
    CU_ASSERT(world_adds_up(&w) && world_adds_up(&other));
    world_release(&w);
    world_release(&other);
}

static void test_new_store_told(void)
{
    struct world w;
    char path[300], home[200];
    const char *environment[] = {home, NULL};

    world_init(&w);
    RUN_OK(&w, "slots");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "A new box office was made: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, w.store));
    RUN_OK(&w, "slots");
    CU_ASSERT_STRING_EQUAL(w.run.err, "");
    /* the home folder, as a shell has it */
    snprintf(path, sizeof path, "%s/below.db", w.home);
    snprintf(home, sizeof home, "TICKETLY_STORE_FILE=~/below.db");
    snprintf(w.store, sizeof w.store, "~/below.db");
    w.options.environment = environment;
    RUN_OK(&w, "slots");
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    RUN_OK(&w, "config", "--json");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, path));
    world_release(&w);
}

static void test_days_alone(void)
{
    struct world w;

    world_init(&w);
    world_schedule(&w, "Skyfall", "3"); /* today+2 20:00 */
    RUN_OK(&w, "slots", "--after", "tomorrow", "--before", "today+3", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    RUN_OK(&w, "slots", "--before", "today+2", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 0);
    RUN_OK(&w, "slots", "--after", "today", "--before", "9999-12-01", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 1);
    REFUSED(&w, "bad_time", 1, "slots", "--after", "2026-02-30");
    REFUSED(&w, "bad_time", 1, "slots", "--after", "someday");
    REFUSED(&w, "bad_time", 1, "expire", "--at", "tomorrow");
    /* the clocks of Beirut went from 00:00 to 01:00 that night */
    w.options.environment = (const char *const[]){"TICKETLY_VENUE_ZONE=Asia/Beirut", NULL};
    RUN_OK(&w, "slots", "--after", "2026-03-29", "--json");
    world_release(&w);
}

static void test_form_from_ending(void)
{
    struct world w;
    char path[256], head[8] = "";
    FILE *file;

    world_init(&w);
    world_book(&w, world_schedule(&w, "Skyfall", "3"), "1", NULL, NULL);
    snprintf(path, sizeof path, "%s/q.svg", w.home);
    RUN_OK(&w, "qr", w.id, "--output", path, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "form"), "svg");
    snprintf(path, sizeof path, "%s/q.PNG", w.home);
    RUN_OK(&w, "qr", w.id, "--output", path, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "form"), "png");
    file = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT(fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, "\x89PNG", 4) == 0);
    fclose(file);
    RUN_OK(&w, "qr", w.id, "--output", path, "--form", "svg", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "form"), "svg");
    world_release(&w);
}

/* The program itself, without --db. */
static void run_plain(struct world *world, const char *option)
{
    char *program = realpath(test_program(), NULL);
    const char *const argv[] = {program, option, NULL};

    run_release(&world->run);
    run_program(&world->run, &world->options, argv);
    free(program);
}

static void test_program_options(void)
{
    struct world w;
    char folder[300];
    FILE *file;

    world_init(&w);
    run_plain(&w, "-h");
    CU_ASSERT_EQUAL(w.run.status, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "--first-run"));
    RUN_OK(&w, "docs", "man");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "first"));
    RUN_OK(&w, "docs", "completion");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "--first-run"));
    /* the demonstration is the same whatever is set */
    snprintf(folder, sizeof folder, "%s/config", w.home);
    mkdir(folder, 0700);
    snprintf(folder, sizeof folder, "%s/config/ticketly", w.home);
    mkdir(folder, 0700);
    snprintf(folder, sizeof folder, "%s/config/ticketly/ticketly.ini", w.home);
    file = fopen(folder, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("[nonsense\n", file);
    fclose(file);
    w.options.environment = (const char *const[]){"TICKETLY_SALES_CLOSE_AT=never", NULL};
    run_plain(&w, "--first-run");
    if (strstr(w.run.err, "programme.csv")) {
        test_skip("the program was built where it has no sample programme");
    } else {
        CU_ASSERT_EQUAL(w.run.status, 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "Reissued"));
    }
    world_release(&w);
}

SUITE(admin_care, {"expire asks at a terminal before it closes what is to come", test_expire_asks},
      {"expire tells what it closed before its end", test_expire_tells},
      {"an own export is known, another's is imported", test_own_export},
      {"a box office that is made is told, and ~ is the home folder", test_new_store_told},
      {"a day alone is its beginning", test_days_alone},
      {"a code's form follows the file's ending", test_form_from_ending},
      {"options of the program, and the demonstration", test_program_options})
