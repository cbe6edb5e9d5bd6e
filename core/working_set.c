/* The rows that a batch touches: lists with an index by id. */
#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"

void working_set_clear(struct working_set *set)
{
    set->slot_count = set->ticket_count = set->customer_count = set->device_count = 0;
    map_clear(&set->slot_index);
    map_clear(&set->ticket_index);
    map_clear(&set->customer_index);
    map_clear(&set->operation_index);
}

void working_set_release(struct working_set *set)
{
    free(set->slots);
    free(set->tickets);
    free(set->customers);
    free(set->devices);
    map_release(&set->slot_index);
    map_release(&set->ticket_index);
    map_release(&set->customer_index);
    map_release(&set->operation_index);
    *set = (struct working_set){0};
}

enum tk_code working_set_add_slot(struct working_set *set, const struct slot *slot)
{
    if (working_set_slot(set, slot->id))
        return TK_OK;
    if (list_reserve((void **)&set->slots, set->slot_count, &set->slot_capacity,
                     sizeof *set->slots) ||
        map_add(&set->slot_index, (uint64_t)slot->id, set->slot_count))
        return TK_NO_MEMORY;
    set->slots[set->slot_count++] = (struct slot_row){.slot = *slot};
    return TK_OK;
}

enum tk_code working_set_add_ticket(struct working_set *set, const struct ticket *ticket)
{
    if (working_set_ticket(set, ticket->id))
        return TK_OK;
    if (list_reserve((void **)&set->tickets, set->ticket_count, &set->ticket_capacity,
                     sizeof *set->tickets) ||
        map_add(&set->ticket_index, ticket->id, set->ticket_count))
        return TK_NO_MEMORY;
    set->tickets[set->ticket_count++] = (struct ticket_row){.ticket = *ticket};
    return TK_OK;
}

enum tk_code working_set_add_customer(struct working_set *set, const struct customer *customer)
{
    if (working_set_customer(set, customer->id))
        return TK_OK;
    if (list_reserve((void **)&set->customers, set->customer_count, &set->customer_capacity,
                     sizeof *set->customers) ||
        map_add(&set->customer_index, customer->id, set->customer_count))
        return TK_NO_MEMORY;
    set->customers[set->customer_count++] = (struct customer_row){.customer = *customer};
    return TK_OK;
}

enum tk_code working_set_add_device(struct working_set *set, const struct device *device)
{
    if (working_set_device(set, device->name))
        return TK_OK;
    if (list_reserve((void **)&set->devices, set->device_count, &set->device_capacity,
                     sizeof *set->devices))
        return TK_NO_MEMORY;
    set->devices[set->device_count++] = (struct device_row){.device = *device};
    return TK_OK;
}

struct slot_row *working_set_slot(const struct working_set *set, int64_t id)
{
    size_t at = map_find(&set->slot_index, (uint64_t)id);

    return at == MAP_NONE ? NULL : &set->slots[at];
}

struct ticket_row *working_set_ticket(const struct working_set *set, uint64_t id)
{
    size_t at = map_find(&set->ticket_index, id);

    return at == MAP_NONE ? NULL : &set->tickets[at];
}

struct customer_row *working_set_customer(const struct working_set *set, uint64_t id)
{
    size_t at = map_find(&set->customer_index, id);

    return at == MAP_NONE ? NULL : &set->customers[at];
}

struct device_row *working_set_device(const struct working_set *set, const char *name)
{
    for (size_t i = 0; i < set->device_count; i++)
        if (strcmp(set->devices[i].device.name, name) == 0)
            return &set->devices[i];
    return NULL;
}
