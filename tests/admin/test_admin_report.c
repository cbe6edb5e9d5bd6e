/* ticketly admin report: what was sold, as text, drawings and numbers. */
#include <sys/stat.h>
#include <time.h>

#include "tests/admin/world.h"
#include "tests/support/term.h"

#define WAIT_MS 10000

static const json_t *row_of(const struct world *world, size_t at)
{
    return json_array_get(json_object_get(world->json, "rows"), at);
}

static const json_t *totals(const struct world *world)
{
    return json_object_get(world->json, "totals");
}

static size_t rows(const struct world *world)
{
    return json_array_size(json_object_get(world->json, "rows"));
}

/* 3 tickets and 2 for a showing of 20, one of them taken back, and a showing nobody goes to. */
static const char *some_sales(struct world *world)
{
    static char slot[32];

    world_schedule(world, "Heat & <Dust>", "10");
    snprintf(slot, sizeof slot, "%s", world_schedule(world, "=Skyfall", "20"));
    world_book(world, slot, "3", "Ada Lovelace", "+442079460000");
    world_book(world, slot, "2", NULL, NULL);
    RUN_OK(world, "cancel", world->id, "--json");
    return slot;
}

static void test_day(void)
{
    int64_t sold = 0;
    struct world w;

    world_init(&w);
    some_sales(&w);
    RUN_OK(&w, "report", "day", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "report"), "day");
    CU_ASSERT(rows(&w) >= 23 && rows(&w) <= 25);
    for (size_t i = 0; i < rows(&w); i++)
        sold += member_number(row_of(&w, i), "sold");
    CU_ASSERT_EQUAL(sold, 5);
    CU_ASSERT_EQUAL(member_number(totals(&w), "sold"), 5);
    CU_ASSERT_EQUAL(member_number(totals(&w), "sales"), 2);
    CU_ASSERT_EQUAL(member_number(totals(&w), "canceled"), 1);
    RUN_OK(&w, "report", "day", "--from", "2020-01-01", "--json");
    CU_ASSERT_EQUAL(member_number(totals(&w), "sold"), 0);
    RUN_OK(&w, "report", "week", "--json");
    CU_ASSERT_EQUAL(rows(&w), 7);
    CU_ASSERT_EQUAL(member_number(row_of(&w, 6), "sold"), 5);
    world_release(&w);
}

static void test_slot(void)
{
    const char *slot;
    struct world w;

    world_init(&w);
    slot = some_sales(&w);
    RUN_OK(&w, "report", "slot", "--from", "today", "--to", "today+5", "--json");
    CU_ASSERT_EQUAL(rows(&w), 2);
    RUN_OK(&w, "report", "slot", "--slot", slot, "--json");
    CU_ASSERT_EQUAL(rows(&w), 1);
    CU_ASSERT_EQUAL(member_number(row_of(&w, 0), "places"), 20);
    CU_ASSERT_EQUAL(member_number(row_of(&w, 0), "sold"), 5);
    CU_ASSERT_EQUAL(member_number(row_of(&w, 0), "canceled"), 1);
    CU_ASSERT_EQUAL(member_number(row_of(&w, 0), "taken"), 4);
    CU_ASSERT_EQUAL(json_real_value(json_object_get(row_of(&w, 0), "occupancy")), 20.0);
    REFUSED(&w, "slot_not_found", 1, "report", "slot", "--slot", "999999");
    REFUSED(&w, "usage", 2, "report", "genre", "--slot", slot);
    REFUSED(&w, "usage", 2, "report", "slot", "--slot", slot, "--from", "today");
    world_release(&w);
}

static void test_kinds(void)
{
    static const char *const kinds[] = {"genre", "clerk", "till", "shift"};
    struct world w;

    world_init(&w);
    some_sales(&w);
    for (size_t i = 0; i < 4; i++) {
        RUN_OK(&w, "report", kinds[i], "--json");
        CU_ASSERT_EQUAL(rows(&w), i < 3);
        RUN_OK(&w, "report", kinds[i]);
    }
    RUN_OK(&w, "report", "genre", "--json");
    CU_ASSERT_STRING_EQUAL(member_text(row_of(&w, 0), "genre"), "Drama");
    REFUSED(&w, "usage", 2, "report", "moon");
    REFUSED(&w, "bad_time", 1, "report", "day", "--from", "2026-02-02", "--to", "2026-02-01");
    REFUSED(&w, "bad_time", 1, "report", "day", "--from", "soon");
    world_release(&w);
}

static char *file_text(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "rb");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;

    text[length] = '\0';
    if (file)
        fclose(file);
    return text;
}

static void test_plot(void)
{
    static const char *const begins[][2] = {
        {"a.svg", "<svg "}, {"b.CSV", "slotId,"}, {"c.json", "{\"report\":\"slot\""}};
    char path[256];
    struct stat info;
    struct world w;

    world_init(&w);
    some_sales(&w);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", w.home, begins[i][0]);
        RUN_OK(&w, "report", "slot", "--from", "today", "--to", "today+5", "--plot", path);
        CU_ASSERT_EQUAL(strncmp(file_text(path), begins[i][1], strlen(begins[i][1])), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "Showings, "));
        CU_ASSERT_PTR_NOT_NULL(strstr(w.run.err, "Drawn to "));
        CU_ASSERT_EQUAL(stat(path, &info), 0);
        CU_ASSERT_EQUAL(info.st_mode & 0777, 0600);
    }
    snprintf(path, sizeof path, "%s/a.svg", w.home);
    CU_ASSERT_PTR_NOT_NULL(strstr(file_text(path), "Heat &amp; &lt;Dust&gt;"));
    CU_ASSERT_PTR_NULL(strstr(file_text(path), "<Dust>"));
    snprintf(path, sizeof path, "%s/b.CSV", w.home);
    CU_ASSERT_PTR_NOT_NULL(strstr(file_text(path), ",'=Skyfall,"));
    REFUSED(&w, "usage", 2, "report", "day", "--plot", "drawing.png");
    REFUSED(&w, "cannot_create", 73, "report", "day", "--plot", "/no/such/folder/a.svg");
    world_release(&w);
}

static void test_output(void)
{
    char path[256];
    struct world w;

    world_init(&w);
    some_sales(&w);
    snprintf(path, sizeof path, "%s/out", w.home);
    RUN_OK(&w, "report", "till", "--format", "csv", "--output", path, "--json");
    CU_ASSERT_EQUAL(member_number(w.json, "rows"), 1);
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "file"), path);
    CU_ASSERT_EQUAL(strncmp(file_text(path), "deviceName,sales,sold,", 22), 0);
    RUN_OK(&w, "report", "till", "--output", path);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.run.out, "Written to "));
    CU_ASSERT_PTR_NOT_NULL(strstr(file_text(path), "Sales by till"));
    RUN_OK(&w, "report", "till", "--format", "csv");
    CU_ASSERT_EQUAL(strncmp(w.run.out, "deviceName,", 11), 0);
    world_release(&w);
}

/* Days of 23 and 25 hours, wherever the program runs. */
static void test_zones(void)
{
    static const char *const berlin[] = {"TICKETLY_VENUE_ZONE=Europe/Berlin", NULL};
    struct world w;

    world_init(&w);
    w.options.environment = berlin;
    RUN_OK(&w, "report", "day", "--from", "2026-03-29", "--json");
    CU_ASSERT_EQUAL(rows(&w), 23);
    CU_ASSERT_STRING_EQUAL(member_text(w.json, "to"), "2026-03-30T00:00:00+02:00");
    RUN_OK(&w, "report", "day", "--from", "2026-10-25", "--json");
    CU_ASSERT_EQUAL(rows(&w), 25);
    CU_ASSERT_EQUAL(member_number(row_of(&w, 2), "hour"), 2);
    CU_ASSERT_EQUAL(member_number(row_of(&w, 3), "hour"), 2);
    CU_ASSERT_STRING_EQUAL(member_text(row_of(&w, 24), "to"), "2026-10-26T00:00:00+01:00");
    RUN_OK(&w, "report", "week", "--from", "2026-10-22", "--json");
    CU_ASSERT_EQUAL(rows(&w), 7);
    CU_ASSERT_STRING_EQUAL(member_text(row_of(&w, 4), "from"), "2026-10-26T00:00:00+01:00");
    world_release(&w);
}

/* At a terminal the bars are as wide as there is room, and ASCII where it has nothing else. */
static void test_terminal(void)
{
    static const char *const locales[] = {"LC_ALL=C.UTF-8", "LC_ALL=C"};

    for (size_t i = 0; i < 2; i++) {
        char *program = realpath(test_program(), NULL), home[200];
        struct world w;
        const char *argv[] = {program, "--db", NULL, "admin", "report", "day", NULL};
        const char *const env[] = {home, "TZ=UTC", locales[i], "NO_COLOR=1", NULL};
        struct term term = {0};
        int status = -1;

        world_init(&w);
        some_sales(&w);
        argv[2] = w.store;
        snprintf(home, sizeof home, "HOME=%s", w.home);
        CU_ASSERT_FATAL(term_start(&term, 24, 80, env, argv));
        CU_ASSERT(term_wait(&term, i ? "##########" : "██████████", WAIT_MS));
        CU_ASSERT(term_wait(&term, "Total      2     5         1", WAIT_MS));
        CU_ASSERT(term_wait_exit(&term, &status, WAIT_MS));
        CU_ASSERT_EQUAL(status, 0);
        term_release(&term);
        free(program);
        world_release(&w);
    }
}

SUITE(admin_report, {"hours and days", test_day}, {"showings", test_slot},
      {"genres, clerks, tills and shifts", test_kinds}, {"--plot", test_plot},
      {"--output and --format", test_output}, {"days of 23 and 25 hours", test_zones},
      {"at a terminal", test_terminal})
