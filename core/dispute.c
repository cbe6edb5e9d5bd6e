#include "core/dispute.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"

void dispute_hide_customer(struct dispute *dispute)
{
    memset(dispute->customer_name, 0, sizeof dispute->customer_name);
    memset(dispute->customer_phone, 0, sizeof dispute->customer_phone);
}

enum tk_code dispute_list_add(struct dispute_list *list, const struct dispute *dispute)
{
    return LIST_ADD(list, dispute);
}

void dispute_list_release(struct dispute_list *list)
{
    free(list->items);
    *list = (struct dispute_list){0};
}
