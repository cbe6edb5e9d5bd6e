/* `ticketly admin journal` and `journal verify`, with the real program on a real file, which
 * somebody changes. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/admin/world.h"

#define SHOWINGS 1200

/* More than a thousand entries, so that there is a seal. */
static void import_many(struct world *world)
{
    static char text[SHOWINGS * 80];
    size_t used =
        (size_t)snprintf(text, sizeof text, "slotName,startTime,endTime,slotType,genre\n");

    for (int i = 0; i < SHOWINGS; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "Show %d,2031-01-%02d 20:00,2031-01-%02d 22:00,Movie,Drama\n", i,
                                 1 + i % 28, 1 + i % 28);
    RUN_OK(world, "import", world_file(world, "many.csv", text, used));
}

/* Does as somebody does who may write the file; the first error is returned. */
static int tamper(const struct world *world, bool unlocked, const char *sql)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open(world->store, &db);

    if (!code && unlocked)
        code = sqlite3_exec(db,
                            "DROP TRIGGER journal_keep_update; DROP TRIGGER IF EXISTS "
                            "journal_keep_delete;",
                            NULL, NULL, NULL);
    if (!code || unlocked)
        code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

static void copy_file(const char *from, const char *to)
{
    char command[2000];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t got;

    CU_ASSERT_FATAL(in && out);
    while ((got = fread(command, 1, sizeof command, in)) > 0)
        CU_ASSERT_EQUAL(fwrite(command, 1, got, out), got);
    fclose(in);
    fclose(out);
}

static void test_refused(void)
{
    struct world world;

    world_init(&world);
    world_schedule(&world, "Solaris", "5");
    CU_ASSERT_NOT_EQUAL(tamper(&world, false, "UPDATE journal SET actor = 'Tom'"), 0);
    CU_ASSERT_NOT_EQUAL(tamper(&world, false, "DELETE FROM journal"), 0);
    RUN_OK(&world, "journal", "verify", "--json");
    CU_ASSERT_EQUAL(member_number(world.json, "entries"), 1);
    world_release(&world);
}

/* As a shift report has it, and as the screen shows it. */
static void see_short_heads(struct world *world, const char *head)
{
    const char *hex = strchr(head, ':') + 1;
    int entries = (int)(hex - head);
    char text[100];

    snprintf(text, sizeof text, "%.*s%.16s", entries, head, hex);
    RUN_OK(world, "journal", "verify", "--head", text);
    snprintf(text, sizeof text, "%.*s %.8s %.8s %.8s %.8s", entries, head, hex, hex + 8, hex + 16,
             hex + 24);
    RUN_OK(world, "journal", "verify", "--head", text);
    snprintf(text, sizeof text, "%.*s%.17s", entries, head, hex);
    RUN_OK(world, "journal", "verify", "--head", text);
    text[entries + 16] = text[entries + 16] == '0' ? '1' : '0';
    CU_ASSERT_EQUAL(RUN(world, "journal", "verify", "--head", text), 1);
    snprintf(text, sizeof text, "%.*s%.15s", entries, head, hex);
    CU_ASSERT_EQUAL(RUN(world, "journal", "verify", "--head", text), 2);
}

/* Lines that fit a screen, and a reader who leaves. */
static void test_lines(void)
{
    struct world world;
    const char *line;

    world_init(&world);
    world_schedule(&world, "A showing with a name that is long enough to be cut somewhere", "5");
    RUN_OK(&world, "journal");
    for (line = world.run.out; *line; line = strchr(line, '\n') + 1) {
        char text[400];

        snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
        CU_ASSERT(text_width(text) <= 115);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(world.run.out, "…"));
    world_release(&world);
}

/* Each change of a copy of the file is found, and its entry named. */
static void test_tampered(void)
{
    static const struct {
        const char *sql, *problem, *entry;
    } changes[] = {
        {"UPDATE journal SET actor = actor || 'x' WHERE seq = 7", "changed", "Entry 7 "},
        {"UPDATE journal SET body = replace(body, 'Show 41', 'Show 42') WHERE seq = 42", "changed",
         "Entry 42 "},
        {"UPDATE journal SET at = at + 1 WHERE seq = 900", "changed", "Entry 900 "},
        {"UPDATE journal SET hash = zeroblob(32) WHERE seq = 3", "changed", "Entry 3 "},
        {"UPDATE journal SET outcome = '{}' WHERE seq = 1200", "changed", "Entry 1200 "},
        /* this one no entry's hash knows, but the head does */
        {"UPDATE journal SET digest = zeroblob(32) WHERE seq = 42", "rewritten", "Entries 1 to 1"},
        {"DELETE FROM journal WHERE seq = 55", "removed", "Entry 55,"},
        {"DELETE FROM journal WHERE seq BETWEEN 55 AND 57", "removed", "from 55 to 57"},
        {"DELETE FROM journal WHERE seq > 400", "cut", "from 401 to"},
        {"UPDATE journal SET seq = 9999 WHERE seq = 8; UPDATE journal SET seq = 8 WHERE seq = 9;"
         "UPDATE journal SET seq = 9 WHERE seq = 9999",
         "swapped", "Entries 8 and 9 "},
        /* the end after the last seal: the store's own note knows … */
        {"DELETE FROM journal WHERE seq > 1100", "cut", "from 1101 to 1200"},
        {"DELETE FROM record WHERE key LIKE 'seal/%'; DELETE FROM journal WHERE seq > 400", "cut",
         "from 401 to"},
        /* … until it was changed, too: then only whoever noted the head */
        {"DELETE FROM record WHERE key LIKE 'seal/%'; DELETE FROM journal WHERE seq > 400;"
         "UPDATE meta SET value = 0 WHERE key = 'journal_entries'",
         NULL, NULL},
    };
    struct world world;
    char kept[300], head[100];

    world_init(&world);
    import_many(&world);
    RUN_OK(&world, "journal", "verify", "--json");
    CU_ASSERT(member_number(world.json, "seals") >= 1 &&
              json_is_true(json_object_get(world.json, "ok")));
    snprintf(head, sizeof head, "%d:%s", SHOWINGS,
             member_text(json_array_get(json_object_get(world.json, "heads"), 0), "head"));
    RUN_OK(&world, "journal", "verify", "--head", head);
    see_short_heads(&world, head);
    snprintf(kept, sizeof kept, "%.250s.kept", world.store);
    copy_file(world.store, kept);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const json_t *problem;

        copy_file(kept, world.store);
        CU_ASSERT_EQUAL(tamper(&world, true, changes[i].sql), 0);
        CU_ASSERT_NOT_EQUAL(changes[i].problem
                                ? RUN(&world, "journal", "verify", "--json")
                                : RUN(&world, "journal", "verify", "--json", "--head", head),
                            0);
        problem = json_array_get(json_object_get(world.json, "problems"), 0);
        if (!changes[i].problem) { /* only whoever noted the head knows */
            CU_ASSERT_STRING_EQUAL(member_text(problem, "problem"), "cut");
            continue;
        }
        CU_ASSERT_STRING_EQUAL(member_text(problem, "problem"), changes[i].problem);
        CU_ASSERT_PTR_NOT_NULL(strstr(member_text(problem, "text"), changes[i].entry));
        if (!strstr(member_text(problem, "text"), changes[i].entry))
            printf("\n    %s: %s\n", changes[i].sql, member_text(problem, "text"));
    }
    world_release(&world);
}

static void test_key(void)
{
    struct world world;
    char key[100];

    world_init(&world);
    world_schedule(&world, "Solaris", "5");
    RUN_OK(&world, "journal", "verify", "--json");
    snprintf(key, sizeof key, "%s", member_text(world.json, "key"));
    RUN_OK(&world, "journal", "verify", "--key", key);
    key[0] = key[0] == '0' ? '1' : '0';
    REFUSED(&world, "not_verified", 1, "journal", "verify", "--key", key);
    CU_ASSERT_EQUAL(RUN(&world, "journal", "verify", "--key", "12"), 2);
    CU_ASSERT_EQUAL(RUN(&world, "journal", "verify", "--head", "12"), 2);
    CU_ASSERT_EQUAL(RUN(&world, "journal", "verify", "--head", "0:00"), 2);
    world_release(&world);
}

/* A ticket's entries are its sale, what it became, and not what became of the others of its sale.
 */
static void test_ticket(void)
{
    struct world world;
    char slot[32], first[32], second[32];

    world_init(&world);
    snprintf(slot, sizeof slot, "%s", world_schedule(&world, "Solaris", "9"));
    RUN_OK(&world, "book", "--slot", slot, "--count", "2", "--json");
    snprintf(first, sizeof first, "%s", member_text(json_array_get(world.json, 0), "ticketId"));
    snprintf(second, sizeof second, "%s", member_text(json_array_get(world.json, 1), "ticketId"));
    RUN_OK(&world, "book", "--slot", slot, "--count", "1");
    RUN_OK(&world, "reissue", second, "--slot", slot, "--json");
    RUN_OK(&world, "cancel", first);
    RUN_OK(&world, "journal", "--ticket", second, "--json");
    CU_ASSERT_EQUAL_FATAL(json_array_size(world.json), 2);
    CU_ASSERT_STRING_EQUAL(member_text(json_array_get(world.json, 0), "kind"), "book");
    CU_ASSERT_STRING_EQUAL(member_text(json_array_get(world.json, 1), "kind"), "reissue");
    RUN_OK(&world, "journal", "--kind", "book", "--limit", "1", "--json");
    CU_ASSERT_EQUAL(json_array_size(world.json), 1);
    RUN_OK(&world, "journal", "--person", "nobody", "--json");
    CU_ASSERT_EQUAL(json_array_size(world.json), 0);
    RUN_OK(&world, "journal", "--to", "2001-01-01", "--json");
    CU_ASSERT_EQUAL(json_array_size(world.json), 0);
    CU_ASSERT_EQUAL(RUN(&world, "journal", "--kind", "refund"), 2);
    world_release(&world);
}

SUITE(admin_journal, {"the file refuses to have its journal changed", test_refused},
      {"who changes it all the same is found, and the entry named", test_tampered},
      {"the listing fits a screen", test_lines},
      {"the house's key can be given, and must be the one", test_key},
      {"a ticket's entries are its sale and what it became", test_ticket})
