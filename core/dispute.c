#include "core/dispute.h"

#include <stdlib.h>

#include "core/list.h"

enum tk_code dispute_list_add(struct dispute_list *list, const struct dispute *dispute)
{
    return LIST_ADD(list, dispute);
}

void dispute_list_release(struct dispute_list *list)
{
    free(list->items);
    *list = (struct dispute_list){0};
}
