/* Every input that is kept, through its target: what was found once is not lost again. */
#include "tests/support/test.h"

#include <dirent.h>
#include <stdio.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX ((size_t)1 << 20) /* bytes */

static size_t replay(const char *path, void (*target)(const uint8_t *data, size_t size))
{
    uint8_t *data = malloc(INPUT_MAX);
    FILE *file = fopen(path, "rb");
    size_t size;

    CU_ASSERT_FATAL(data && file);
    size = fread(data, 1, INPUT_MAX, file);
    fclose(file);
    target(data, size);
    free(data);
    return 1;
}

static void replay_folder(const char *name, void (*target)(const uint8_t *data, size_t size))
{
    char folder[64], path[sizeof folder + 256];
    const struct dirent *entry;
    size_t count = 0;
    DIR *files;

    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name);
    files = opendir(folder);
    CU_ASSERT_FATAL(files != NULL);
    while ((entry = readdir(files))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            count += replay(path, target);
    }
    closedir(files);
    target((const uint8_t *)"", 0);
    CU_ASSERT(count > 0);
}

#define X(name, help)                                                                              \
    static void test_##name(void)                                                                  \
    {                                                                                              \
        replay_folder(#name, fuzz_##name);                                                         \
    }
FUZZ_TABLE(X)
#undef X

#define X(name, help) {"the corpus of " #name " holds: " help, test_##name},
SUITE(fuzz_corpus, FUZZ_TABLE(X){NULL, NULL})
#undef X
