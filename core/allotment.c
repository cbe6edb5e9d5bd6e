#include "core/allotment.h"

#include <stdlib.h>

#include "core/list.h"

int32_t allotment_held(const struct allotment *allotment)
{
    return allotment->granted - allotment->sold - allotment->returned - allotment->written_off;
}

enum tk_code allotment_list_add(struct allotment_list *list, const struct allotment *allotment)
{
    return LIST_ADD(list, allotment);
}

void allotment_list_release(struct allotment_list *list)
{
    free(list->items);
    *list = (struct allotment_list){0};
}

enum tk_code number_block_list_add(struct number_block_list *list,
                                   const struct number_block *block)
{
    return LIST_ADD(list, block);
}

void number_block_list_release(struct number_block_list *list)
{
    free(list->items);
    *list = (struct number_block_list){0};
}

bool number_block_has(const struct number_block *block, uint64_t number)
{
    return number >= block->first && number - block->first < (uint64_t)block->count;
}

enum tk_code replica_list_add(struct replica_list *list, const struct replica *replica)
{
    return LIST_ADD(list, replica);
}

void replica_list_release(struct replica_list *list)
{
    free(list->items);
    *list = (struct replica_list){0};
}

int32_t allotment_wanted(const struct allotment_rule *rule, int32_t held, int32_t left,
                         int64_t busiest)
{
    int64_t share = ((int64_t)left + held) * rule->share_percent / 100;
    int64_t busy = busiest < ALLOTMENT_BUSY_LEAST  ? ALLOTMENT_BUSY_LEAST
                   : busiest > ALLOTMENT_BUSY_MOST ? ALLOTMENT_BUSY_MOST
                                                   : busiest;
    int64_t target = busy * rule->busy_times < share ? busy * rule->busy_times : share;
    int64_t wanted = target - held;

    if (held * 2 >= target)
        return 0;
    return (int32_t)(wanted < left ? wanted : left);
}
