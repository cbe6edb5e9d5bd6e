/* Keys: a new generation, from the file to the pass, while others are at work. */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/admin/world.h"
#include "tests/support/term.h"

#define KEY_LINE 65
#define WAIT_MS 20000

/* A showing that has sold a ticket: its number, and the pass. */
struct sold {
    char slot[32];
    char pass[24];
};

static void sell(struct world *w, struct sold *sold, const char *name)
{
    snprintf(sold->slot, sizeof sold->slot, "%s", world_schedule(w, name, "9"));
    world_book(w, sold->slot, "1", NULL, NULL);
    snprintf(sold->pass, sizeof sold->pass, "%s", member_text(json_array_get(w->json, 0), "pass"));
    CU_ASSERT_EQUAL(strlen(sold->pass), 20);
}

/* Whether the pass is taken for that of a ticket. */
static bool is_good(struct world *w, const struct sold *sold)
{
    return RUN(w, "ticket", sold->pass) == 0;
}

static json_int_t generation_of(struct world *w, const char *slot)
{
    size_t i;
    json_t *item;

    RUN_OK(w, "slots", "--json");
    json_array_foreach(w->json, i, item)
    {
        char number[32];

        snprintf(number, sizeof number, "%lld", (long long)member_number(item, "slotId"));
        if (strcmp(number, slot) == 0)
            return member_number(item, "keyGeneration");
    }
    return -1;
}

/* The key file as text; its length. */
static size_t read_keys(const struct world *w, char *text, size_t size)
{
    char path[300];
    FILE *file;
    size_t length;

    snprintf(path, sizeof path, "%s.key", w->store);
    file = fopen(path, "r");
    length = file ? fread(text, 1, size - 1, file) : 0;
    text[length] = '\0';
    if (file)
        fclose(file);
    return length;
}

static void write_keys(const struct world *w, const char *text)
{
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s.key", w->store);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
    chmod(path, 0600);
}

/* Nothing of a key stands in what was printed. */
static bool is_silent(const struct world *w)
{
    char text[8192];
    size_t length = read_keys(w, text, sizeof text);

    for (size_t at = 20; at + KEY_LINE <= length; at += KEY_LINE) {
        text[at + 16] = '\0';
        if (strstr(w->run.out, text + at) || strstr(w->run.err, text + at))
            return false;
    }
    return length > 20;
}

static void test_rotate(void)
{
    struct sold old, new, later;
    char text[8192];
    struct world w;

    world_init(&w);
    sell(&w, &old, "Old");
    RUN_OK(&w, "keys", "list", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "current"), 1);
    CU_ASSERT_EQUAL(member_number(w.json, "slotsWithoutTickets"), 0);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(w.json, "keys")), 1);
    CU_ASSERT(is_silent(&w));
    snprintf(later.slot, sizeof later.slot, "%s", world_schedule(&w, "Later", "9"));
    RUN_OK(&w, "keys", "rotate", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "generation"), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(member_text(w.json, "file"), "office.db.key"));
    CU_ASSERT(is_silent(&w));
    CU_ASSERT_EQUAL(read_keys(&w, text, sizeof text), 20 + 2 * KEY_LINE);
    sell(&w, &new, "New");
    world_book(&w, later.slot, "1", NULL, NULL);
    world_book(&w, old.slot, "1", NULL, NULL);
    CU_ASSERT_EQUAL(generation_of(&w, old.slot), 1);
    CU_ASSERT_EQUAL(generation_of(&w, new.slot), 2);
    CU_ASSERT_EQUAL(generation_of(&w, later.slot), 2);
    CU_ASSERT(is_good(&w, &old) && is_good(&w, &new));
    world_schedule(&w, "Unsold", "9");
    RUN_OK(&w, "keys", "list", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "current"), 2);
    CU_ASSERT_EQUAL(member_number(w.json, "slotsWithoutTickets"), 1);
    for (int i = 0; i < 2; i++) {
        const json_t *key = json_array_get(json_object_get(w.json, "keys"), (size_t)i);

        CU_ASSERT_EQUAL(member_number(key, "generation"), i + 1);
        CU_ASSERT_EQUAL(member_number(key, "slots"), i + 1);
        CU_ASSERT_EQUAL(json_is_true(json_object_get(key, "current")), i == 1);
    }
    RUN_OK(&w, "keys", "rotate");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "Key 3 is in use now"));
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "office.db.key apart and safe"));
    RUN_OK(&w, "keys", "list");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "as long as its showings"));
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "1 showing is without tickets."));
    CU_ASSERT(is_silent(&w));
    RUN(&w, "doctor");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "Passes are made with key 3; the file has 3."));
    CU_ASSERT(is_silent(&w));
    RUN_OK(&w, "export", "journal");
    CU_ASSERT(is_silent(&w));
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

/* Stopped after the key was in the file and before the store knew: the next one goes on with it. */
static void test_halfway(void)
{
    char before[8192], after[8192];
    struct sold old, new;
    struct world w;
    size_t length;

    world_init(&w);
    sell(&w, &old, "Old");
    length = read_keys(&w, before, sizeof before - 100);
    before[18] = '2';
    snprintf(before + length, 100, "%064d\n", 42);
    write_keys(&w, before);
    RUN_OK(&w, "keys", "list", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "current"), 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(w.json, "keys")), 2);
    RUN_OK(&w, "keys", "list");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "keys rotate goes on with it"));
    RUN_OK(&w, "keys", "rotate", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "generation"), 2);
    read_keys(&w, after, sizeof after);
    CU_ASSERT_STRING_EQUAL(after, before);
    sell(&w, &new, "New");
    CU_ASSERT_EQUAL(generation_of(&w, new.slot), 2);
    CU_ASSERT(is_good(&w, &old) && is_good(&w, &new));
    world_release(&w);
}

/* An older copy of the key file, and none at all. */
static void test_lost_keys(void)
{
    char first[8192], both[8192];
    struct sold old, new, newer;
    char path[300];
    struct world w;

    world_init(&w);
    snprintf(path, sizeof path, "%s.key", w.store);
    sell(&w, &old, "Old");
    read_keys(&w, first, sizeof first);
    RUN_OK(&w, "keys", "rotate");
    read_keys(&w, both, sizeof both);
    sell(&w, &new, "New");
    write_keys(&w, first);
    REFUSED(&w, "config", 78, "slots");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(w.run.err, "office.db.key has no key 2: put the newest one back"));
    REFUSED(&w, "config", 78, "keys", "rotate");
    write_keys(&w, both);
    CU_ASSERT(is_good(&w, &old) && is_good(&w, &new));
    for (int lost = 0; lost < 2; lost++) {
        const char *argv[] = {test_program(), "--db", w.store, "--new-key", "admin", "slots", NULL};
        struct run run = {0};

        if (lost)
            unlink(path);
        else
            write_keys(&w, first);
        run_program(&run, &w.options, argv);
        CU_ASSERT_EQUAL(run.status, 0);
        run_release(&run);
        RUN_OK(&w, "keys", "list", "--json");
        CU_ASSERT_EQUAL(member_number(w.json, "current"), 2);
        CU_ASSERT_EQUAL(json_array_size(json_object_get(w.json, "keys")), 2);
        CU_ASSERT_EQUAL(is_good(&w, &old), !lost);
        CU_ASSERT(!is_good(&w, &new));
        sell(&w, &newer, lost ? "Newer" : "Newest");
        CU_ASSERT(is_good(&w, &newer));
    }
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_at_once(void)
{
    enum { ROTATORS = 6 };
    int status, done = 0;
    struct world w;

    world_init(&w);
    RUN_OK(&w, "keys", "list");
    fflush(stdout);
    for (int i = 0; i < ROTATORS; i++)
        if (fork() == 0)
            _exit(RUN(&w, "keys", "rotate"));
    for (int i = 0; i < ROTATORS; i++) {
        CU_ASSERT(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        done += status == 0;
    }
    CU_ASSERT(done >= 1);
    RUN_OK(&w, "keys", "list", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "current"), 1 + done);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(w.json, "keys")), (size_t)(1 + done));
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

static void test_usage(void)
{
    struct world w;

    world_init(&w);
    REFUSED(&w, "usage", 2, "keys");
    REFUSED(&w, "usage", 2, "keys", "show");
    REFUSED(&w, "usage", 2, "keys", "list", "rotate");
    REFUSED(&w, "usage", 2, "keys", "rotate", "--yes");
    CU_ASSERT_NOT_EQUAL(access(w.store, F_OK), 0);
    world_release(&w);
}

/* Who sits at a terminal is told what it means. */
static void test_asked(void)
{
    static const char *const answers[] = {"no\r", "yes\r"};
    struct world w;

    world_init(&w);
    RUN_OK(&w, "keys", "list");
    for (int i = 0; i < 2; i++) {
        const char *argv[] = {test_program(), "--db", w.store, "admin", "keys", "rotate", NULL};
        struct term term = {0};
        int status = -1;

        CU_ASSERT_FATAL(term_start(&term, 24, 80, NULL, argv));
        CU_ASSERT(term_wait(&term, "Type yes to go on:", WAIT_MS));
        CU_ASSERT(term_find(&term, "stay good", NULL, NULL));
        CU_ASSERT(term_send(&term, answers[i]));
        CU_ASSERT(term_wait_exit(&term, &status, WAIT_MS));
        CU_ASSERT_EQUAL(WEXITSTATUS(status), i ? 0 : 75);
        term_release(&term);
        RUN_OK(&w, "keys", "list", "--json");
        CU_ASSERT_EQUAL(member_number(w.json, "current"), 1 + i);
    }
    world_release(&w);
}

SUITE(admin_keys, {"a new key is for showings without tickets, old passes stay good", test_rotate},
      {"a rotation that was stopped half-way is gone on with", test_halfway},
      {"a key file that lacks a key is refused, and made whole by --new-key", test_lost_keys},
      {"programs that rotate at once make a key each, or none", test_at_once},
      {"list and rotate are all there is", test_usage},
      {"at a terminal it is asked for", test_asked})
