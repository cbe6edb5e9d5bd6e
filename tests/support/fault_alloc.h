/*
 * fault_alloc: memory that runs out on the n-th request.
 *
 * Covers what our own objects ask for (the Makefile links the tests with --wrap=malloc and its
 * kin), SQLite (SQLITE_CONFIG_MALLOC) and jansson (json_set_alloc_funcs). Passes everything on
 * until armed, for the thread that armed it.
 */
#ifndef TK_TESTS_SUPPORT_FAULT_ALLOC_H
#define TK_TESTS_SUPPORT_FAULT_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

/* Takes over SQLite's and jansson's memory, and gives it back. No connection may be open. */
void fault_alloc_install(void);
void fault_alloc_remove(void);
/* Fails the n-th request from here on (1 is the next), once or, when `forever`, all from it on. */
void fault_alloc_arm(int64_t n, bool forever);
/* Everything works again. Returns whether a request was failed since fault_alloc_arm. */
bool fault_alloc_disarm(void);

#endif
