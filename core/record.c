#include "core/record.h"

#include <stdlib.h>
#include <string.h>

#include "core/limit.h"
#include "core/list.h"
#include "core/staff.h"

bool record_is_shared(const char *key)
{
    return strncmp(key, STAFF_PREFIX, sizeof STAFF_PREFIX - 1) == 0 || strcmp(key, LIMITS_KEY) == 0;
}

enum tk_code record_list_add(struct record_list *list, const struct record *record)
{
    return LIST_ADD(list, record);
}

void record_list_release(struct record_list *list)
{
    free(list->items);
    *list = (struct record_list){0};
}
