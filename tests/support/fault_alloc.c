#include "tests/support/fault_alloc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sqlite3.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

/* of the thread that armed it: others, such as one that reads a log, are left in peace */
static _Thread_local struct {
    bool armed, forever, struck;
    int64_t left; /* requests until the one that fails */
} fault;

static sqlite3_mem_methods sqlite; /* its own */

static bool is_refused(void)
{
    if (!fault.armed || fault.left < 1)
        return false;
    if (--fault.left > 0)
        return false;
    if (fault.forever)
        fault.left = 1;
    fault.struck = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_refused() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : __real_strdup(text);
}

static void *sqlite_malloc(int size)
{
    return is_refused() ? NULL : sqlite.xMalloc(size);
}

static void *sqlite_realloc(void *memory, int size)
{
    return is_refused() ? NULL : sqlite.xRealloc(memory, size);
}

static void *jansson_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

static void jansson_free(void *memory)
{
    free(memory);
}

void fault_alloc_install(void)
{
    sqlite3_mem_methods methods;

    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite);
    methods = sqlite;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_initialize();
    json_set_alloc_funcs(jansson_malloc, jansson_free);
}

void fault_alloc_remove(void)
{
    fault.armed = false;
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &sqlite);
    sqlite3_initialize();
    json_set_alloc_funcs(malloc, free);
}

void fault_alloc_arm(int64_t n, bool forever)
{
    fault.left = n;
    fault.forever = forever;
    fault.struck = false;
    fault.armed = true;
}

bool fault_alloc_disarm(void)
{
    fault.armed = false;
    return fault.struck;
}
