/*
 * test: suites register themselves; tests/main.c runs them all, or those whose name contains an
 * argument (`make test-quick SUITE=plan`).
 */
#ifndef TK_TESTS_SUPPORT_TEST_H
#define TK_TESTS_SUPPORT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <CUnit/CUnit.h>

struct test {
    const char *name; /* a sentence: what holds */
    void (*run)(void);
};

struct suite {
    const char *name;
    const struct test *tests; /* ends with {0} */
    struct suite *next;
};

void suite_register(struct suite *suite);

#define SUITE(id, ...)                                                                             \
    static const struct test id##_tests[] = {__VA_ARGS__, {NULL, NULL}};                           \
    static struct suite id##_suite = {#id, id##_tests, NULL};                                      \
    __attribute__((constructor)) static void id##_register(void)                                   \
    {                                                                                              \
        suite_register(&id##_suite);                                                               \
    }

/* Whether the long forms are wanted (TICKETLY_LONG=1, `make faults`). */
bool test_is_long(void);
/* The seed of this run: TICKETLY_SEED or a new one; printed at the start. */
uint64_t test_seed(void);
/* A fast generator for tests (SplitMix64); *state is the seed. */
uint64_t test_random(uint64_t *state);
uint64_t test_random_below(uint64_t *state, uint64_t bound);
/* Says aloud that a check was left out and why; counted at the end. */
void test_skip(const char *why);
/* The program under test: $TICKETLY, else ./ticketly. */
const char *test_program(void);
/* A fresh folder of this run, removed at its end; `path` gets its name. */
void test_folder(char *path, size_t size);

#endif
