#include "core/list.h"

#include <stdint.h>
#include <stdlib.h>

enum tk_code list_reserve(void **items, size_t count, size_t *capacity, size_t size)
{
    size_t wanted;
    void *grown;

    if (count < *capacity)
        return TK_OK;
    wanted = *capacity ? *capacity * 2 : 8;
    if (wanted > SIZE_MAX / size)
        return TK_NO_MEMORY;
    grown = realloc(*items, wanted * size);
    if (!grown)
        return TK_NO_MEMORY;
    *items = grown;
    *capacity = wanted;
    return TK_OK;
}
