#include "core/wiped.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"

void wiped_free(void *memory)
{
    if (memory)
        crypto_wipe(memory, malloc_usable_size(memory));
    free(memory);
}

void *wiped_realloc(void *memory, size_t size)
{
    size_t before = memory ? malloc_usable_size(memory) : 0;
    void *moved;

    if (memory && !size) {
        wiped_free(memory);
        return NULL;
    }
    moved = malloc(size);
    if (!moved)
        return NULL;
    if (memory)
        memcpy(moved, memory, before < size ? before : size);
    wiped_free(memory);
    return moved;
}
