#include "core/tally.h"

#include <stdlib.h>

#include "core/list.h"

enum tk_code tally_list_add(struct tally_list *list, const struct tally *tally)
{
    return LIST_ADD(list, tally);
}

void tally_list_release(struct tally_list *list)
{
    free(list->items);
    *list = (struct tally_list){0};
}

int64_t tally_span(int64_t at)
{
    int64_t rest = at % TALLY_SPAN;

    return at - (rest < 0 ? rest + TALLY_SPAN : rest);
}
