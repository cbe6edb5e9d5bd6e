/* Staff on the command line: who signs on, who may do what, cell by cell, and what an approval is
 * good for. */
#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/operation.h"
#include "tests/admin/world.h"

#define ADA_PIN "482913"
#define PIN "771204"

/* Of each role there is one, with the same PIN but the administrator's. */
static const struct {
    const char *number, *name;
    enum role role;
} people[] = {{"1", "Ada", ROLE_ADMIN},    {"11", "Ursa", ROLE_USHER},
              {"12", "Bob", ROLE_CLERK},   {"13", "Sue", ROLE_SUPERVISOR},
              {"14", "Max", ROLE_MANAGER}, {"15", "Olga", ROLE_AUDITOR},
              {"16", "Cleo", ROLE_CLERK}};
#define PEOPLE (sizeof people / sizeof people[0])

struct house {
    struct world w;
    char ada[256], pin[256], wrong[256]; /* files with a PIN */
};

static void put_secret(struct house *house, char path[256], const char *name, const char *secret)
{
    char line[200];

    snprintf(line, sizeof line, "%s\n", secret);
    snprintf(path, 256, "%s", world_file(&house->w, name, line, strlen(line)));
    CU_ASSERT_EQUAL_FATAL(chmod(path, 0600), 0);
}

static void house_init(struct house *house)
{
    world_init(&house->w);
    put_secret(house, house->ada, "ada", ADA_PIN);
    put_secret(house, house->pin, "pin", PIN);
    put_secret(house, house->wrong, "wrong", "771205");
}

static int sign_on(struct house *house, const char *number)
{
    return RUN(&house->w, "sign-on", number, "--secret-file",
               strcmp(number, "1") == 0 ? house->ada : house->pin, "--json");
}

/* The house with everybody in it; the administrator is signed on. */
static void hire(struct house *house)
{
    house_init(house);
    for (size_t i = 0; i < PEOPLE; i++) {
        RUN_OK(&house->w, "staff", "add", "--number", people[i].number, "--name", people[i].name,
               "--role", role_name(people[i].role), "--secret-file", i ? house->pin : house->ada);
        if (i == 0)
            CU_ASSERT_EQUAL_FATAL(sign_on(house, "1"), 0);
    }
}

static const char *code_of(const struct world *world)
{
    return member_text(json_object_get(world->refusal, "error"), "code");
}

static bool says(const struct world *world, const char *text)
{
    return strstr(world->run.err, text) != NULL;
}

/* The arguments end with NULL. */
static int run_json(struct world *w, const char *const *arguments)
{
    const char *a[12] = {NULL};
    int count = 0;

    for (; arguments[count]; count++)
        a[count] = arguments[count];
    a[count] = "--json";
    return RUN(w, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10]);
}

/* --- the first one --- */

static void test_first(void)
{
    struct house h;

    house_init(&h);
    RUN_OK(&h.w, "staff", "list");
    CU_ASSERT_PTR_NOT_NULL(strstr(h.w.run.out, "Nobody is on the staff"));
    REFUSED(&h.w, "staff_not_found", 1, "sign-on", "1", "--secret-file", h.ada);
    REFUSED(&h.w, "bad_role", 1, "staff", "add", "--number", "12", "--name", "Bob", "--role",
            "clerk", "--secret-file", h.pin);
    REFUSED(&h.w, "bad_role", 1, "staff", "add", "--number", "1", "--name", "Ada", "--role", "door",
            "--secret-file", h.ada);
    /* without a PIN nobody could sign on ever after */
    REFUSED(&h.w, "usage", 2, "staff", "add", "--number", "1", "--name", "Ada", "--role", "admin");
    put_secret(&h, h.wrong, "weak", "123456");
    REFUSED(&h.w, "bad_pin", 1, "staff", "add", "--number", "1", "--name", "Ada", "--role", "admin",
            "--secret-file", h.wrong);
    RUN_OK(&h.w, "staff", "list", "--json");
    CU_ASSERT_EQUAL(json_array_size(h.w.json), 0);
    CU_ASSERT_EQUAL(chmod(h.ada, 0644), 0);
    REFUSED(&h.w, "config", 78, "staff", "add", "--number", "1", "--name", "Ada", "--role", "admin",
            "--secret-file", h.ada);
    CU_ASSERT_EQUAL(chmod(h.ada, 0600), 0);
    RUN_OK(&h.w, "staff", "add", "--number", "1", "--name", "Ada", "--role", "admin",
           "--secret-file", h.ada, "--json");
    CU_ASSERT_EQUAL(member_number(h.w.json, "number"), 1);
    CU_ASSERT_STRING_EQUAL(member_text(h.w.json, "role"), "admin");
    REFUSED(&h.w, "sign_on_required", 77, "staff", "add", "--number", "12", "--name", "Bob",
            "--role", "clerk");
    CU_ASSERT_EQUAL(sign_on(&h, "1"), 0);
    CU_ASSERT_STRING_EQUAL(member_text(h.w.json, "name"), "Ada");
    REFUSED(&h.w, "bad_staff_number", 1, "staff", "add", "--number", "1", "--name", "Bob", "--role",
            "clerk");
    REFUSED(&h.w, "own_role", 1, "staff", "change", "--number", "1", "--role", "clerk");
    REFUSED(&h.w, "own_role", 1, "staff", "leave", "--number", "1");
    CU_ASSERT(world_adds_up(&h.w));
    world_release(&h.w);
}

/* --- signing on and off --- */

static void test_required(void)
{
    static const char *const changes[][7] = {{"book", "--slot", "100001", "--count", "1"},
                                             {"cancel", "TKT0000000000"},
                                             {"limit", "set", "sale-tickets", "--value", "3"},
                                             {"pin", "12"},
                                             {"token", "revoke", "--name", "x"},
                                             {"keys", "rotate"}};
    static const char *const reads[][3] = {{"find", "a"},           {"ticket", "TKT0000000000"},
                                           {"export", "customers"}, {"staff", "list"},
                                           {"token", "list"},       {"export", "journal"}};
    struct house h;

    hire(&h);
    RUN_OK(&h.w, "sign-off", "--json");
    CU_ASSERT_EQUAL(member_number(h.w.json, "number"), 1);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        CU_ASSERT_EQUAL(run_json(&h.w, changes[i]), 77);
        CU_ASSERT_STRING_EQUAL(code_of(&h.w), "sign_on_required");
    }
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        CU_ASSERT_EQUAL(RUN(&h.w, reads[i][0], reads[i][1], "--json"), 77);
        CU_ASSERT_STRING_EQUAL(code_of(&h.w), "sign_on_required");
    }
    /* what looks after the box office needs nobody */
    RUN_OK(&h.w, "expire");
    RUN_OK(&h.w, "archive");
    RUN_OK(&h.w, "verify");
    RUN_OK(&h.w, "config");
    RUN_OK(&h.w, "roles");
    RUN_OK(&h.w, "slots");
    RUN_OK(&h.w, "limits");
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 0);
    RUN_OK(&h.w, "find", "a");
    RUN_OK(&h.w, "sign-off");
    RUN_OK(&h.w, "sign-off");
    CU_ASSERT_STRING_EQUAL(h.w.run.out, "Nobody was signed on.\n");
    CU_ASSERT(world_adds_up(&h.w));
    world_release(&h.w);
}

static void test_wrong(void)
{
    struct house h;

    hire(&h);
    for (int i = 0; i < 2; i++) {
        REFUSED(&h.w, "sign_on_failed", 77, "sign-on", "12", "--secret-file", h.wrong);
        REFUSED(&h.w, "sign_on_failed", 77, "sign-on", "4711", "--secret-file", h.wrong);
    }
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 0); /* forgets two of four */
    for (int i = 0; i < 4; i++)
        REFUSED(&h.w, "sign_on_failed", 77, "sign-on", "12", "--secret-file", h.wrong);
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 75);
    CU_ASSERT_STRING_EQUAL(code_of(&h.w), "sign_on_wait");
    CU_ASSERT(says(&h.w, "wait"));
    /* whoever was signed on still is */
    RUN_OK(&h.w, "find", "a");
    world_release(&h.w);
}

/* As if eleven tries had failed two hours ago. */
static void fail_before(struct house *house)
{
    char text[400], path[300];

    snprintf(
        text, sizeof text,
        "{\"ticketlySignOnTries\":1,\"devices\":[{\"device\":\"Box office 1\",\"enrolled\":true,"
        "\"lockedAt\":0,\"triedAt\":0,\"failures\":[{\"number\":12,\"count\":11,\"lastAt\":"
        "%" PRId64 "}]}]}",
        ((int64_t)time(NULL) - 7200) * 1000000);
    snprintf(path, sizeof path, "%s.key.tries", house->w.store);
    remove(path);
    CU_ASSERT_PTR_NOT_NULL(world_file(&house->w, "office.db.key.tries", text, strlen(text)));
}

static void test_locked(void)
{
    struct house h;

    hire(&h);
    fail_before(&h);
    REFUSED(&h.w, "sign_on_locked", 77, "sign-on", "4711", "--secret-file", h.wrong);
    CU_ASSERT_EQUAL(sign_on(&h, "13"), 0); /* a supervisor opens it */
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 0);
    fail_before(&h);
    REFUSED(&h.w, "sign_on_locked", 77, "sign-on", "4711", "--secret-file", h.wrong);
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 77); /* a clerk does not, and his try counts */
    CU_ASSERT_STRING_EQUAL(code_of(&h.w), "sign_on_locked");
    CU_ASSERT_EQUAL(sign_on(&h, "13"), 77);
    CU_ASSERT(says(&h.w, "15 minutes"));
    world_release(&h.w);
}

static void test_left(void)
{
    struct house h;

    hire(&h);
    CU_ASSERT_EQUAL(sign_on(&h, "1"), 0);
    RUN_OK(&h.w, "staff", "leave", "--number", "16");
    RUN_OK(&h.w, "staff", "list", "--json");
    CU_ASSERT_EQUAL(json_array_size(h.w.json), PEOPLE);
    CU_ASSERT_EQUAL(sign_on(&h, "16"), 77);
    CU_ASSERT_STRING_EQUAL(code_of(&h.w), "sign_on_failed");
    RUN_OK(&h.w, "staff", "change", "--number", "16", "--name", "Cleo Marsh");
    CU_ASSERT_EQUAL(sign_on(&h, "16"), 0); /* works here again */
    world_release(&h.w);
}

static void test_pins(void)
{
    char next[256], word[256];
    struct house h;

    hire(&h);
    put_secret(&h, next, "next", "905172");
    put_secret(&h, word, "word", "correct horse battery");
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 0);
    REFUSED(&h.w, "not_permitted", 77, "pin", "13", "--secret-file", next);
    REFUSED(&h.w, "bad_pin", 1, "pin", "12", "--password", "--secret-file", next);
    RUN_OK(&h.w, "pin", "12", "--secret-file", next);
    RUN_OK(&h.w, "pin", "12", "--password", "--secret-file", word);
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 77); /* the old one */
    RUN_OK(&h.w, "sign-on", "12", "--secret-file", next);
    RUN_OK(&h.w, "sign-on", "12", "--secret-file", word);
    CU_ASSERT_EQUAL(sign_on(&h, "1"), 0);
    RUN_OK(&h.w, "pin", "12", "--secret-file", h.pin);
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 0);
    REFUSED(&h.w, "usage", 2, "pin", "12"); /* there is no terminal here */
    CU_ASSERT_EQUAL(sign_on(&h, "1"), 0);
    /* and nothing tells any of them */
    RUN_OK(&h.w, "export", "journal");
    CU_ASSERT_PTR_NULL(strstr(h.w.run.out, "$argon2"));
    CU_ASSERT_PTR_NULL(strstr(h.w.run.out, "905172"));
    RUN_OK(&h.w, "staff", "list", "--json");
    CU_ASSERT_PTR_NULL(strstr(h.w.run.out, "argon2"));
    CU_ASSERT(world_adds_up(&h.w));
    world_release(&h.w);
}

static void test_rescue(void)
{
    char next[256];
    struct house h;

    hire(&h);
    RUN_OK(&h.w, "sign-off");
    put_secret(&h, next, "next", "905172");
    REFUSED(&h.w, "bad_role", 1, "staff", "rescue", "--number", "12", "--secret-file", next);
    REFUSED(&h.w, "staff_not_found", 1, "staff", "rescue", "--number", "99", "--secret-file", next);
    RUN_OK(&h.w, "staff", "rescue", "--number", "1", "--secret-file", next);
    CU_ASSERT_EQUAL(sign_on(&h, "1"), 77);
    RUN_OK(&h.w, "sign-on", "1", "--secret-file", next);
    RUN_OK(&h.w, "export", "journal", "--format", "jsonl");
    /* in the name of who could read the key file, not of a member */
    CU_ASSERT_PTR_NOT_NULL(strstr(h.w.run.out, "\"pin\""));
    world_release(&h.w);
}

/* --- limits and approvals --- */

static void test_approvals(void)
{
    char slot[32], hers[32], his[32];
    struct house h;

    hire(&h);
    snprintf(slot, sizeof slot, "%s", world_schedule(&h.w, "Stalker", "50"));
    RUN_OK(&h.w, "limit", "set", "sale-tickets", "--value", "2");
    RUN_OK(&h.w, "limit", "set", "own-cancels", "--value", "1");
    RUN_OK(&h.w, "limit", "set", "shift-cancels", "--value", "1");
    REFUSED(&h.w, "bad_limit", 1, "limit", "set", "own-cancels", "--value", "2");
    CU_ASSERT_EQUAL(sign_on(&h, "16"), 0);
    world_book(&h.w, slot, "1", NULL, NULL);
    snprintf(hers, sizeof hers, "%s", h.w.id);
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 0);
    REFUSED(&h.w, "sale_limit", 1, "book", "--slot", slot, "--count", "3");
    CU_ASSERT(says(&h.w, "up to 2 tickets") &&
              says(&h.w, "a supervisor can approve it: --approved-by NUMBER."));
    REFUSED(&h.w, "sign_on_failed", 77, "book", "--slot", slot, "--count", "3", "--approved-by",
            "13", "--secret-file", h.wrong);
    REFUSED(&h.w, "not_approved", 77, "book", "--slot", slot, "--count", "3", "--approved-by", "16",
            "--secret-file", h.pin);
    REFUSED(&h.w, "usage", 2, "book", "--slot", slot, "--count", "1", "--secret-file", h.pin);
    RUN_OK(&h.w, "book", "--slot", slot, "--count", "3", "--approved-by", "13", "--secret-file",
           h.pin, "--json");
    snprintf(his, sizeof his, "%s", member_text(json_array_get(h.w.json, 0), "ticketId"));
    REFUSED(&h.w, "sale_limit", 1, "book", "--slot", slot, "--count", "3"); /* once */
    REFUSED(&h.w, "not_own_sale", 1, "cancel", hers);
    CU_ASSERT(says(&h.w, "Cleo (16)") && says(&h.w, hers));
    RUN_OK(&h.w, "cancel", his);
    world_book(&h.w, slot, "1", NULL, NULL);
    REFUSED(&h.w, "cancel_limit", 1, "cancel", h.w.id);
    CU_ASSERT(says(&h.w, "1 ticket in this shift"));
    RUN_OK(&h.w, "cancel", hers, "--approved-by", "13", "--secret-file", h.pin);
    REFUSED(&h.w, "cancel_limit", 1, "cancel", h.w.id);
    CU_ASSERT(says(&h.w, "2 tickets in this shift, and may cancel 1 by yourself"));
    CU_ASSERT_EQUAL(sign_on(&h, "13"), 0); /* a supervisor has no limits */
    RUN_OK(&h.w, "book", "--slot", slot, "--count", "5");
    CU_ASSERT_EQUAL(sign_on(&h, "1"), 0);
    RUN_OK(&h.w, "export", "journal");
    CU_ASSERT_PTR_NOT_NULL(strstr(h.w.run.out, "#12+#13"));
    CU_ASSERT(world_adds_up(&h.w));
    world_release(&h.w);
}

/* --- every command × every role --- */

/* What the rules say of it: an operation, or a role that it takes to do it, or to read it. */
struct cell {
    const char *arguments[10];
    int kind;        /* -1: none */
    enum role does;  /* ROLE_READER: anybody */
    enum role reads; /* likewise */
};

#define SLOT "@slot"
#define TICKET "@ticket" /* one that is booked */
#define SOMEBODY "@who"
static const struct cell cells[] = {
    {{"schedule", "--name", "A", "--description", "B", "--start", "today+9 20:00", "--end",
      "today+9 22:00"}, /* what is missing is put in below */
     OP_SCHEDULE,
     ROLE_READER,
     ROLE_READER},
    {{"book", "--slot", SLOT, "--count", "1"}, OP_BOOK, ROLE_READER, ROLE_READER},
    {{"reissue", TICKET, "--slot", SLOT}, OP_REISSUE, ROLE_READER, ROLE_READER},
    {{"cancel", TICKET}, OP_CANCEL, ROLE_READER, ROLE_READER},
    {{"print", TICKET, "--output", "@out"}, OP_PRINT, ROLE_READER, ROLE_READER},
    {{"token", "add", "--name", SOMEBODY, "--role", "reader"}, OP_ENROL, ROLE_READER, ROLE_READER},
    {{"token", "revoke", "--name", "nobody's"}, OP_REVOKE, ROLE_READER, ROLE_READER},
    {{"device", "add", "--name", SOMEBODY, "--role", "clerk"}, OP_INVITE, ROLE_READER, ROLE_READER},
    {{"device", "revoke", "--name", "nobody's"}, OP_REVOKE, ROLE_READER, ROLE_READER},
    {{"allotment", "write-off", "nobody's", "--yes"}, OP_WRITE_OFF, ROLE_READER, ROLE_READER},
    {{"staff", "change", "--number", "16", "--name", "Cleo"}, OP_STAFF, ROLE_READER, ROLE_READER},
    {{"limit", "set", "gold-tickets", "--value", "13"}, OP_LIMIT, ROLE_READER, ROLE_READER},
    {{"customer", "tier", "@customer", "--tier", "Gold", "--reason", "x"},
     OP_TIER,
     ROLE_READER,
     ROLE_READER},
    {{"pin", "16", "--secret-file", "@pin"}, OP_STAFF, ROLE_READER, ROLE_READER},
    {{"keys", "rotate"}, OP_ROTATE, ROLE_READER, ROLE_READER},
    {{"keys", "make"}, -1, ROLE_ADMIN, ROLE_READER},
    {{"slots"}, -1, ROLE_READER, ROLE_READER},
    {{"limits"}, -1, ROLE_READER, ROLE_READER},
    {{"find", "a"}, -1, ROLE_READER, ROLE_CLERK},
    {{"ticket", TICKET}, -1, ROLE_READER, ROLE_CLERK},
    {{"tickets", "--slot", SLOT}, -1, ROLE_READER, ROLE_CLERK},
    {{"customer", "--ticket", TICKET}, -1, ROLE_READER, ROLE_CLERK},
    {{"disputes"}, -1, ROLE_READER, ROLE_CLERK},
    {{"export", "customers"}, -1, ROLE_READER, ROLE_MANAGER},
    {{"export", "tickets"}, -1, ROLE_READER, ROLE_MANAGER},
    {{"export", "journal"}, -1, ROLE_READER, ROLE_MANAGER},
    {{"report", "day"}, -1, ROLE_READER, ROLE_MANAGER},
    {{"staff", "list"}, -1, ROLE_READER, ROLE_MANAGER},
    {{"token", "list"}, -1, ROLE_READER, ROLE_MANAGER},
    {{"device", "list"}, -1, ROLE_READER, ROLE_MANAGER},
    {{"keys", "list"}, -1, ROLE_READER, ROLE_MANAGER},
};
#define CELLS (sizeof cells / sizeof cells[0])

static bool may(const struct cell *cell, enum role role)
{
    if (cell->kind >= 0)
        return role_may(role, (enum op_kind)cell->kind);
    return cell->does != ROLE_READER ? role_does(role, cell->does) : role_reads(role, cell->reads);
}

struct stage {
    struct house h;
    char slot[32], tickets[64][32], customer[32], out[256];
    int next;
};

static const char *place(struct stage *stage, const char *text, const char *who)
{
    if (!text || *text != '@')
        return text;
    return strcmp(text, SLOT) == 0       ? stage->slot
           : strcmp(text, TICKET) == 0   ? stage->tickets[stage->next++]
           : strcmp(text, SOMEBODY) == 0 ? who
           : strcmp(text, "@pin") == 0   ? stage->h.pin
           : strcmp(text, "@out") == 0   ? stage->out
                                         : stage->customer;
}

static void check_cell(struct stage *stage, const struct cell *cell, enum role role)
{
    const char *a[16] = {NULL};
    bool refused, schedules = strcmp(cell->arguments[0], "schedule") == 0;
    struct world *w = &stage->h.w;

    for (int i = 0; i < 10; i++)
        a[i] = place(stage, cell->arguments[i], role_name(role));
    if (schedules)
        RUN(w, "schedule", "--name", role_name(role), a[3], a[4], a[5], a[6], a[7], a[8], "--type",
            "Movie", "--genre", "Drama", "--json");
    else
        run_json(w, a);
    refused = strcmp(code_of(w), "not_permitted") == 0;
    if (refused == may(cell, role))
        printf("    %s %s as %s: %s\n", cell->arguments[0],
               cell->arguments[1] ? cell->arguments[1] : "", role_name(role), w->run.err);
    CU_ASSERT_EQUAL(refused, !may(cell, role));
    CU_ASSERT_NOT_EQUAL(strcmp(code_of(w), "usage"), 0);
    CU_ASSERT_NOT_EQUAL(strcmp(code_of(w), "sign_on_required"), 0);
}

static void test_table(void)
{
    static struct stage stage;
    struct house *h = &stage.h;

    stage.next = 0;
    hire(h);
    snprintf(stage.slot, sizeof stage.slot, "%s", world_schedule(&h->w, "Stalker", "200"));
    RUN_OK(&h->w, "book", "--slot", stage.slot, "--count", "64", "--name", "Ann", "--phone", "5551",
           "--json");
    for (int i = 0; i < 64; i++)
        snprintf(stage.tickets[i], sizeof stage.tickets[i], "%s",
                 member_text(json_array_get(h->w.json, (size_t)i), "ticketId"));
    RUN_OK(&h->w, "customer", "--ticket", stage.tickets[63], "--json");
    snprintf(stage.customer, sizeof stage.customer, "%s", member_text(h->w.json, "userId"));
    snprintf(stage.out, sizeof stage.out, "%s/printed", h->w.home);
    for (size_t i = 0; i + 1 < PEOPLE; i++) {
        CU_ASSERT_EQUAL_FATAL(sign_on(h, people[i].number), 0);
        for (size_t k = 0; k < CELLS; k++)
            check_cell(&stage, &cells[k], people[i].role);
    }
    CU_ASSERT(world_adds_up(&h->w));
    world_release(&h->w);
}

/* The printed table is the one that the rules go by. */
static void test_roles(void)
{
    const json_t *operations, *item;
    struct world w;

    world_init(&w);
    RUN_OK(&w, "roles", "--json");
    operations = json_object_get(w.json, "operations");
    CU_ASSERT_EQUAL_FATAL(json_array_size(operations), OP_KIND_COUNT);
    for (size_t kind = 0; kind < OP_KIND_COUNT; kind++) {
        const json_t *roles;
        size_t count = 0;

        item = json_array_get(operations, kind);
        roles = json_object_get(item, "roles");
        CU_ASSERT_STRING_EQUAL(member_text(item, "operation"), op_kind_name((enum op_kind)kind));
        for (int role = 0; role < ROLE_COUNT; role++) {
            bool listed = false;

            for (size_t i = 0; i < json_array_size(roles); i++)
                listed |= strcmp(json_string_value(json_array_get(roles, i)),
                                 role_name((enum role)role)) == 0;
            count += listed;
            CU_ASSERT_EQUAL(listed, role_may((enum role)role, (enum op_kind)kind));
        }
        CU_ASSERT_EQUAL(count, json_array_size(roles));
    }
    RUN_OK(&w, "roles");
    CU_ASSERT(strncmp(w.run.out, "Operation", 9) == 0);
    world_release(&w);
}

static void test_devices(void)
{
    struct house h;

    hire(&h);
    RUN_OK(&h.w, "device", "add", "--name", "till-1", "--role", "clerk", "--attended", "--url",
           "https://box.example:8477", "--json");
    CU_ASSERT_EQUAL(strlen(member_text(h.w.json, "code")), 11);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(member_text(h.w.json, "text"), "TICKETLY ENROL https://box.example:8477 "));
    CU_ASSERT(json_is_true(json_object_get(h.w.json, "attended")));
    RUN_OK(&h.w, "device", "add", "--name", "till-2", "--role", "clerk");
    CU_ASSERT(strstr(h.w.run.out, "Code") && strstr(h.w.run.out, "##"));
    RUN_OK(&h.w, "token", "add", "--name", "program", "--role", "reader");
    REFUSED(&h.w, "device_known", 1, "device", "add", "--name", "program", "--role", "clerk");
    RUN_OK(&h.w, "device", "list", "--json");
    CU_ASSERT_EQUAL(json_array_size(h.w.json), 1); /* who has not come yet is none */
    CU_ASSERT(json_is_false(json_object_get(json_array_get(h.w.json, 0), "attended")));
    RUN_OK(&h.w, "device", "revoke", "--name", "program");
    REFUSED(&h.w, "usage", 2, "device", "list", "--name", "x");
    REFUSED(&h.w, "usage", 2, "device", "revoke", "--name", "x", "--role", "clerk");
    CU_ASSERT(world_adds_up(&h.w));
    world_release(&h.w);
}

static off_t size_of(const char *path)
{
    struct stat info = {0};

    CU_ASSERT_EQUAL(stat(path, &info), 0);
    return info.st_size;
}

/* Whoever may not do it leaves no trace of it behind. */
static void test_before(void)
{
    char key[300], copy[300];
    struct stat info;
    struct house h;
    off_t size;

    hire(&h);
    snprintf(key, sizeof key, "%s.key", h.w.store);
    snprintf(copy, sizeof copy, "%s/copy.db", h.w.home);
    size = size_of(key);
    for (size_t i = 1; i < PEOPLE; i++) {
        CU_ASSERT_EQUAL_FATAL(sign_on(&h, people[i].number), 0);
        REFUSED(&h.w, "not_permitted", 77, "keys", "rotate");
        REFUSED(&h.w, "not_permitted", 77, "keys", "make");
        REFUSED(&h.w, "not_permitted", 77, "backup", copy);
        CU_ASSERT(size_of(key) == size && stat(copy, &info) != 0);
    }
    RUN_OK(&h.w, "sign-off");
    REFUSED(&h.w, "sign_on_required", 77, "keys", "rotate");
    CU_ASSERT_EQUAL(size_of(key), size);
    RUN_OK(&h.w, "backup", copy); /* as of a timer */
    world_release(&h.w);
}

/* What is said names people and things as people do. */
static void test_words(void)
{
    struct house h;

    hire(&h);
    REFUSED(&h.w, "bad_role", 1, "staff", "add", "--number", "17", "--name", "Eva", "--role",
            "reader");
    CU_ASSERT(says(&h.w, "reader is for devices: a member is usher, clerk, supervisor, manager, "
                         "admin or auditor."));
    REFUSED(&h.w, "bad_role", 1, "staff", "change", "--number", "12", "--role", "boss");
    CU_ASSERT(says(&h.w, "“boss”: a member is usher, clerk,"));
    RUN_OK(&h.w, "limit", "set", "own-cancels", "--value", "1");
    CU_ASSERT_PTR_NOT_NULL(strstr(h.w.run.out, "own-cancels is 1 (1: clerks cancel"));
    RUN_OK(&h.w, "device", "add", "--help");
    CU_ASSERT_PTR_NOT_NULL(strstr(h.w.run.out, "supervisor"));
    /* a PIN in the place of the number is kept nowhere */
    REFUSED(&h.w, "sign_on_failed", 77, "sign-on", "66554433", "--secret-file", h.wrong);
    RUN_OK(&h.w, "export", "journal");
    CU_ASSERT_PTR_NULL(strstr(h.w.run.out, "66554433"));
    CU_ASSERT_EQUAL(sign_on(&h, "12"), 0);
    REFUSED(&h.w, "not_permitted", 77, "staff", "leave", "--number", "16");
    CU_ASSERT(says(&h.w, "Bob (12) is clerk, who may not change the staff."));
    world_release(&h.w);
}

SUITE(admin_staff, {"the first member is an administrator with a PIN", test_first},
      {"where people sign on nobody changes or sees customers without", test_required},
      {"wrong tries are counted over all of them, and have to wait", test_wrong},
      {"a locked device stays so until a supervisor signs on", test_locked},
      {"who left cannot sign on", test_left}, {"PINs are one's own, and told nowhere", test_pins},
      {"an administrator is rescued by whoever has the key file", test_rescue},
      {"limits hold clerks, and an approval is for one operation", test_approvals},
      {"every command does for every role what the table says", test_table},
      {"the table is printed as it is", test_roles},
      {"nothing is touched before it is permitted", test_before},
      {"refusals are in words that people know", test_words},
      {"a device gets a code that is shown once", test_devices})
