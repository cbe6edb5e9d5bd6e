/* The seals that are kept beside the key file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/list.h"
#include "core/seal.h"
#include "data/seal_file.h"
#include "tests/support/test.h"

static const char uuid[] = "01980000-0000-7000-8000-000000000001";
static const char other[] = "01980000-0000-7000-8000-000000000002";

static struct seal make(int64_t writer, int64_t entries)
{
    static const struct crypto_key seed = {{3}};
    struct seal seal = {.writer = writer, .entries = entries, .made_at = entries, .why = "entries"};
    struct record record;

    CU_ASSERT_EQUAL_FATAL(seal_make(&seal, uuid, &seed, &record), TK_OK);
    return seal;
}

static void keep(const char *key, const char *of, int64_t writer, int64_t entries)
{
    struct seal seal = make(writer, entries);
    struct seal_list list = {.items = &seal, .count = 1};

    CU_ASSERT_EQUAL(seal_file_keep(key, of, &list, NULL), TK_OK);
}

/* How many entries the kept seal of a writer is for; -1: there is none. */
static int64_t kept(const char *key, const char *of, int64_t writer)
{
    struct seal_list list = {0};
    int64_t entries = -1;

    CU_ASSERT_EQUAL(seal_file_read(key, of, &list, NULL), TK_OK);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].writer == writer) {
            struct seal same = make(writer, list.items[i].entries);

            entries = list.items[i].entries;
            CU_ASSERT_EQUAL(memcmp(same.signature, list.items[i].signature, sizeof same.signature),
                            0);
        }
    seal_list_release(&list);
    return entries;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    CU_ASSERT_FATAL(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void make_place(char key[160], char path[200])
{
    char folder[128];

    test_folder(folder, sizeof folder);
    snprintf(key, 160, "%s/box.db.key", folder);
    snprintf(path, 200, "%s.seals", key);
    write_file(key, "a key\n");
}

static void test_kept(void)
{
    char key[160], path[200];
    struct stat info;

    make_place(key, path);
    CU_ASSERT_EQUAL(kept(key, uuid, 0), -1);
    keep(key, uuid, 0, 1000);
    keep(key, uuid, 7, 20);
    CU_ASSERT(kept(key, uuid, 0) == 1000 && kept(key, uuid, 7) == 20);
    keep(key, uuid, 0, 900); /* a box office whose end was cut off makes no new ones of the old */
    CU_ASSERT_EQUAL(kept(key, uuid, 0), 1000);
    keep(key, uuid, 0, 2000);
    CU_ASSERT(kept(key, uuid, 0) == 2000 && kept(key, uuid, 7) == 20);
    CU_ASSERT(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    CU_ASSERT_EQUAL(kept(key, other, 0), -1);
    keep(key, other, 0, 5); /* another box office has taken its place */
    CU_ASSERT(kept(key, other, 0) == 5 && kept(key, uuid, 0) == -1);
}

static void test_damaged(void)
{
    static const char *const damaged[] = {"x", "ticketly-seals 2\n", "ticketly-seals 1 %s\n{}\n",
                                          "ticketly-seals 1 %s\nnot JSON\n",
                                          "ticketly-seals 1 %s\n{\"writer\":0"};
    char key[160], path[200], text[300];
    struct seal seal = make(0, 5);
    struct seal_list list = {.items = &seal, .count = 1}, read = {0};

    make_place(key, path);
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        const char *mark = strstr(damaged[i], "%s");

        snprintf(text, sizeof text, "%.*s%s%s", mark ? (int)(mark - damaged[i]) : 100, damaged[i],
                 mark ? uuid : "", mark ? mark + 2 : "");
        write_file(path, text);
        CU_ASSERT_EQUAL(seal_file_read(key, uuid, &read, NULL), TK_CORRUPT);
        CU_ASSERT_EQUAL(seal_file_keep(key, uuid, &list, NULL),
                        TK_CORRUPT); /* and not written over */
        seal_list_release(&read);
    }
}

SUITE(seal_file, {"the newest seal of each writer is kept, and never an older one", test_kept},
      {"what cannot be understood is said, and not written over", test_damaged})
