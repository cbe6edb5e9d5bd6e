/* ticketly admin customer …: who comes again, and forgetting it. */
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/admin/world.h"
#include "tests/support/term.h"

#define WAIT_MS 10000

/* Two of Ada's and one of Björk's, for a showing whose number is returned. */
static const char *two_customers(struct world *world)
{
    static char slot[32];

    snprintf(slot, sizeof slot, "%s", world_schedule(world, "Skyfall", "20"));
    world_book(world, slot, "1", "Björk", "+354 5550123");
    world_book(world, slot, "2", "Ada Lovelace", "+442079460000");
    return slot;
}

/* All that was booked is over. */
static void end_all(struct world *world)
{
    RUN_OK(world, "expire", "--at", "today+9 12:00", "--json");
}

static void test_show(void)
{
    char id[64];
    struct world w;

    world_init(&w);
    two_customers(&w);
    RUN_OK(&w, "customer", "show", "0000", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "userName"), "Ada Lovelace");
    CU_ASSERT_EQUAL(member_number(w.json, "visits"), 0);
    CU_ASSERT_EQUAL(member_number(w.json, "tickets"), 2);
    CU_ASSERT_EQUAL(member_number(w.json, "ticketsUsedInYear"), 0);
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "tier"), "Silver");
    CU_ASSERT(json_is_null(json_object_get(w.json, "tierChosen")));
    CU_ASSERT(json_is_null(json_object_get(w.json, "lastVisitAt")));
    CU_ASSERT(strlen(member_text(w.json, "createdAt")) > 10);
    snprintf(id, sizeof id, "%s", member_text(w.json, "userId"));
    RUN_OK(&w, "customer", "show", id, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "userId"), id);
    RUN_OK(&w, "customer", "show", w.id, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "userId"), id);
    RUN_OK(&w, "customer", "show", "love", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "userId"), id);
    RUN_OK(&w, "customer", "--ticket", w.id, "--json"); /* as it always was */
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "userId"), id);
    RUN_OK(&w, "customer", "show", "bjork");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "Silver, by the tickets used in the last year"));
    REFUSED(&w, "customer_not_found", 1, "customer", "show", "nobody");
    REFUSED(&w, "customer_not_found", 1, "customer", "show", "4711");
    REFUSED(&w, "customer_not_found", 1, "customer", "show", "U0000000000");
    world_release(&w);
}

static void test_several(void)
{
    const char *slot;
    struct world w;

    world_init(&w);
    slot = two_customers(&w);
    world_book(&w, slot, "1", "Ada Byron", "+442079461111");
    REFUSED(&w, "bad_id", 1, "customer", "show", "ada");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "Ada Byron"));
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "Ada Lovelace"));
    world_book(&w, slot, "1", NULL, NULL);
    REFUSED(&w, "no_customer", 1, "customer", "show", w.id);
    world_release(&w);
}

static void test_history(void)
{
    struct world w;

    world_init(&w);
    two_customers(&w);
    RUN_OK(&w, "cancel", w.id, "--json");
    RUN_OK(&w, "customer", "history", "0000", "--json");
    CU_ASSERT_EQUAL(json_array_size(w.json), 2);
    CU_ASSERT_STRING_EQUAL(member_text(json_array_get(w.json, 1), "ticketStatus"), "Canceled");
    RUN_OK(&w, "customer", "history", "0000");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "Skyfall"));
    world_release(&w);
}

static void test_tier(void)
{
    const json_t *chosen;
    struct world w;

    world_init(&w);
    two_customers(&w);
    RUN_OK(&w, "customer", "tier", "0000", "--tier", "Gold", "--reason", "a friend", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "tier"), "Gold");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "tierCounted"), "Silver");
    chosen = json_object_get(w.json, "tierChosen");
    CU_ASSERT_STRING_EQUAL(member_text(chosen, "reason"), "a friend");
    CU_ASSERT(strlen(member_text(chosen, "by")) > 0);
    RUN_OK(&w, "customer", "tier", "0000", "--tier", "counted", "--reason", "no more", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "tier"), "Silver");
    CU_ASSERT(json_is_null(json_object_get(w.json, "tierChosen")));
    REFUSED(&w, "usage", 2, "customer", "tier", "0000", "--tier", "Gold");
    REFUSED(&w, "usage", 2, "customer", "tier", "0000", "--tier", "Lead", "--reason", "x");
    REFUSED(&w, "bad_reason", 1, "customer", "tier", "0000", "--tier", "Gold", "--reason", " ");
    world_release(&w);
}

static void test_export(void)
{
    char path[256];
    struct stat info;
    json_t *held;
    struct world w;

    world_init(&w);
    two_customers(&w);
    RUN_OK(&w, "customer", "tier", "0000", "--tier", "Gold", "--reason", "a friend", "--json");
    snprintf(path, sizeof path, "%s/ada.json", w.home);
    RUN_OK(&w, "customer", "export", "0000", "--output", path, "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "file"), path);
    CU_ASSERT_EQUAL(stat(path, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0600);
    held = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    CU_ASSERT_STRING_EQUAL(member_text(json_object_get(held, "customer"), "phoneNumber"),
                           "+442079460000");
    CU_ASSERT_STRING_EQUAL(member_text(json_object_get(held, "loyalty"), "tier"), "Gold");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(held, "tickets")), 2);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(held, "disputes")), 0);
    json_decref(held);
    RUN_OK(&w, "customer", "export", "0000");
    CU_ASSERT_PTR_NOT_NULL(w.json);
    CU_ASSERT_PTR_NULL(strstr(w.run.out, "\"pass\""));
    CU_ASSERT_PTR_NULL(strstr(w.run.out, "Bj"));
    world_release(&w);
}

static void test_erase(void)
{
    char id[64];
    struct world w;

    world_init(&w);
    two_customers(&w);
    REFUSED(&w, "customer_expected", 1, "customer", "erase", "0000", "--reason", "asked", "--yes");
    end_all(&w);
    REFUSED(&w, "usage", 2, "customer", "erase", "0000", "--reason", "asked");
    REFUSED(&w, "usage", 2, "customer", "erase", "0000", "--yes");
    RUN_OK(&w, "customer", "erase", "0000", "--reason", "asked", "--yes", "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "ticketsKept"), 2);
    snprintf(id, sizeof id, "%s", member_text(w.json, "userId"));
    REFUSED(&w, "customer_not_found", 1, "customer", "show", "0000");
    REFUSED(&w, "customer_not_found", 1, "customer", "show", "lovelace");
    RUN_OK(&w, "customer", "show", id, "--json");
    CU_ASSERT(json_is_null(json_object_get(w.json, "userName")));
    CU_ASSERT(strlen(member_text(w.json, "erasedAt")) > 10);
    REFUSED(&w, "customer_not_found", 1, "customer", "erase", id, "--reason", "x", "--yes");
    RUN_OK(&w, "export", "journal");
    CU_ASSERT_PTR_NULL(strstr(w.run.out, "Lovelace"));
    CU_ASSERT(world_adds_up(&w));
    world_release(&w);
}

/* Runs `customer erase` at a terminal and answers; returns the exit status. */
static int erase_at_terminal(struct world *world, const char *answer)
{
    char *program = realpath(test_program(), NULL), home[200];
    const char *const argv[] = {program, "--db", world->store, "admin",     "customer",
                                "erase", "0000", "--reason",   "asked for", NULL};
    const char *const env[] = {home, "TZ=UTC", NULL};
    struct term term = {0};
    int status = -1;

    snprintf(home, sizeof home, "HOME=%s", world->home);
    CU_ASSERT_FATAL(term_start(&term, 24, 100, env, argv));
    CU_ASSERT(term_wait(&term, "(Ada Lovelace) go for good", WAIT_MS));
    CU_ASSERT(term_wait(&term, "2 tickets stay", WAIT_MS));
    CU_ASSERT(term_wait(&term, "Type yes to go on", WAIT_MS));
    CU_ASSERT(term_send(&term, answer) && term_key(&term, "Enter"));
    CU_ASSERT(term_wait_exit(&term, &status, WAIT_MS));
    term_release(&term);
    free(program);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_erase_asks(void)
{
    struct world w;

    world_init(&w);
    two_customers(&w);
    end_all(&w);
    CU_ASSERT_EQUAL(erase_at_terminal(&w, "y"), 75);
    RUN_OK(&w, "customer", "show", "0000");
    CU_ASSERT_EQUAL(erase_at_terminal(&w, "yes"), 0);
    CU_ASSERT(RUN(&w, "customer", "show", "0000") != 0);
    world_release(&w);
}

SUITE(admin_customer, {"show", test_show}, {"several fit", test_several}, {"history", test_history},
      {"tier", test_tier}, {"export", test_export}, {"erase", test_erase},
      {"erase asks", test_erase_asks})
