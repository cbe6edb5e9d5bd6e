/* list: growth for the {items, count, capacity} lists. */
#ifndef TK_CORE_LIST_H
#define TK_CORE_LIST_H

#include <stddef.h>

#include "core/status.h"

/* Makes room for one more item of `size` bytes in *items. TK_NO_MEMORY leaves all as it was. */
enum tk_code list_reserve(void **items, size_t count, size_t *capacity, size_t size);

/* Defines static list_add for a list type: appends a copy of *item. */
#define LIST_ADD(list, item)                                                                       \
    (list_reserve((void **)&(list)->items, (list)->count, &(list)->capacity,                       \
                  sizeof *(list)->items)                                                           \
         ? TK_NO_MEMORY                                                                            \
         : ((list)->items[(list)->count++] = *(item), TK_OK))

#endif
