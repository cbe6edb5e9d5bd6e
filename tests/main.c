/* Runs the registered suites. Usage: run-tests [PART-OF-A-SUITE'S-NAME …] */
#include "tests/support/test.h"

#include <ftw.h>
#include <sys/random.h>
#include <unistd.h>

#include <CUnit/Basic.h>

static struct suite *suites;
static uint64_t seed;
static char folder[64];
static int folders, skipped;

void suite_register(struct suite *suite)
{
    struct suite **at = &suites;

    while (*at && strcmp((*at)->name, suite->name) < 0)
        at = &(*at)->next;
    suite->next = *at;
    *at = suite;
}

bool test_is_long(void)
{
    const char *value = getenv("TICKETLY_LONG");

    return value && *value == '1';
}

uint64_t test_seed(void)
{
    const char *given = getenv("TICKETLY_SEED");

    if (!seed && given)
        seed = strtoull(given, NULL, 0);
    if (!seed && getrandom(&seed, sizeof seed, 0) != sizeof seed)
        seed = 1;
    return seed;
}

uint64_t test_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t test_random_below(uint64_t *state, uint64_t bound)
{
    return test_random(state) % bound;
}

void test_skip(const char *why)
{
    skipped++;
    printf("\n    SKIPPED: %s\n", why);
}

const char *test_program(void)
{
    const char *program = getenv("TICKETLY");

    return program ? program : "./ticketly";
}

void test_folder(char *path, size_t size)
{
    char name[sizeof folder + 16];

    snprintf(name, sizeof name, "%s/%d", folder, ++folders);
    if (snprintf(path, size, "%s", name) >= (int)size)
        abort();
    /* plain mkdir: the folder above is ours alone */
    if (access(name, F_OK) != 0) {
        char made[sizeof name + 8];

        snprintf(made, sizeof made, "%s.XXXXXX", name);
        if (!mkdtemp(made) || rename(made, name))
            abort();
    }
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]))
            return true;
    return argc < 2;
}

static bool add_suite(const struct suite *suite)
{
    CU_pSuite added = CU_add_suite(suite->name, NULL, NULL);

    for (const struct test *test = suite->tests; added && test->name; test++)
        if (!CU_add_test(added, test->name, test->run))
            return false;
    return added != NULL;
}

/* The settings, data and variables of whoever runs the tests are not theirs. */
static void hide_user(void)
{
    static const char *const own[] = {"TICKETLY", "TICKETLY_LONG", "TICKETLY_SEED"};
    char name[80];

    for (char **entry = environ; *entry;) {
        bool ours = false;

        snprintf(name, sizeof name, "%.*s", (int)strcspn(*entry, "="), *entry);
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            ours |= strcmp(name, own[i]) == 0;
        /* the next one takes its place */
        if (strncmp(name, "TICKETLY_", 9) != 0 || ours || unsetenv(name))
            entry++;
    }
    setenv("HOME", folder, 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_DATA_HOME");
}

int main(int argc, char **argv)
{
    unsigned int failed, run;

    snprintf(folder, sizeof folder, "%s/ticketly-test.XXXXXX",
             getenv("TMPDIR") && strlen(getenv("TMPDIR")) < 30 ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(folder) || CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    hide_user();
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %llu (TICKETLY_SEED=… repeats it)\n", (unsigned long long)test_seed());
    for (struct suite *suite = suites; suite; suite = suite->next)
        if (is_wanted(suite->name, argc, argv) && !add_suite(suite))
            return 1;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
    if (run == 0)
        failed = run = 1;
    CU_cleanup_registry();
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    printf("%u passed, %u failed", run - failed, failed);
    if (skipped)
        printf(", %d skipped", skipped);
    putchar('\n');
    return failed ? 1 : 0;
}
