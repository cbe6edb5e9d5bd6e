/* The rows that a batch touches: lists with an index by id. */
#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/text.h"

void working_set_clear(struct working_set *set)
{
    set->slot_count = set->ticket_count = set->customer_count = set->device_count = 0;
    set->allotment_count = set->block_count = set->replica_count = set->early_count = 0;
    set->dispute_count = set->void_count = set->tally_count = 0;
    for (size_t i = 0; i < set->record_count; i++)
        free(set->records[i].parsed);
    set->record_count = 0;
    set->seal = NULL;
    map_clear(&set->slot_index);
    map_clear(&set->ticket_index);
    map_clear(&set->customer_index);
    map_clear(&set->operation_index);
}

void working_set_release(struct working_set *set)
{
    working_set_clear(set);
    free(set->records);
    free(set->tallies);
    free(set->slots);
    free(set->tickets);
    free(set->customers);
    free(set->devices);
    free(set->allotments);
    free(set->blocks);
    free(set->replicas);
    free(set->earlies);
    free(set->disputes);
    free(set->voids);
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
    set->slots[set->slot_count++] = (struct slot_row){.slot = *slot, .loaded_seq = slot->seq};
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

/* --- the small ones --- */

#define ROOM(set, rows, count, capacity)                                                           \
    list_reserve((void **)&(set)->rows, (set)->count, &(set)->capacity, sizeof *(set)->rows)

enum tk_code working_set_add_allotment(struct working_set *set, const struct allotment *allotment)
{
    if (working_set_allotment(set, allotment->slot_id, allotment->holder))
        return TK_OK;
    if (ROOM(set, allotments, allotment_count, allotment_capacity))
        return TK_NO_MEMORY;
    set->allotments[set->allotment_count++] = (struct allotment_row){.allotment = *allotment};
    return TK_OK;
}

enum tk_code working_set_add_block(struct working_set *set, const struct number_block *block)
{
    if (working_set_block(set, block->first))
        return TK_OK;
    if (ROOM(set, blocks, block_count, block_capacity))
        return TK_NO_MEMORY;
    set->blocks[set->block_count++] = (struct block_row){.block = *block};
    return TK_OK;
}

enum tk_code working_set_add_replica(struct working_set *set, const struct replica *replica)
{
    if (working_set_replica(set, replica->device))
        return TK_OK;
    if (ROOM(set, replicas, replica_count, replica_capacity))
        return TK_NO_MEMORY;
    set->replicas[set->replica_count++] = (struct replica_row){.replica = *replica};
    return TK_OK;
}

enum tk_code working_set_add_early(struct working_set *set, const struct early_admission *early)
{
    if (working_set_early(set, early->ticket_id))
        return TK_OK;
    if (ROOM(set, earlies, early_count, early_capacity))
        return TK_NO_MEMORY;
    set->earlies[set->early_count++] = (struct early_row){.early = *early};
    return TK_OK;
}

enum tk_code working_set_add_dispute(struct working_set *set, const struct dispute *dispute)
{
    if (working_set_dispute(set, &dispute->id))
        return TK_OK;
    if (ROOM(set, disputes, dispute_count, dispute_capacity))
        return TK_NO_MEMORY;
    set->disputes[set->dispute_count++] = (struct dispute_row){.dispute = *dispute};
    return TK_OK;
}

enum tk_code working_set_add_void(struct working_set *set, const struct op_id *operation,
                                  const struct seen_operation *seen)
{
    if (working_set_void(set, operation))
        return TK_OK;
    if (ROOM(set, voids, void_count, void_capacity))
        return TK_NO_MEMORY;
    set->voids[set->void_count++] = (struct void_row){.operation = *operation, .seen = *seen};
    return TK_OK;
}

struct allotment_row *working_set_allotment(const struct working_set *set, int64_t slot_id,
                                            const char *holder)
{
    for (size_t i = 0; i < set->allotment_count; i++)
        if (set->allotments[i].allotment.slot_id == slot_id &&
            strcmp(set->allotments[i].allotment.holder, holder) == 0)
            return &set->allotments[i];
    return NULL;
}

struct block_row *working_set_block(const struct working_set *set, uint64_t number)
{
    for (size_t i = 0; i < set->block_count; i++)
        if (number_block_has(&set->blocks[i].block, number))
            return &set->blocks[i];
    return NULL;
}

struct replica_row *working_set_replica(const struct working_set *set, const char *device)
{
    for (size_t i = 0; i < set->replica_count; i++)
        if (strcmp(set->replicas[i].replica.device, device) == 0)
            return &set->replicas[i];
    return NULL;
}

/* One that is gone may come again in the same batch, and is the same row then. */
struct early_row *working_set_early(const struct working_set *set, uint64_t ticket_id)
{
    for (size_t i = 0; i < set->early_count; i++)
        if (set->earlies[i].early.ticket_id == ticket_id)
            return &set->earlies[i];
    return NULL;
}

struct dispute_row *working_set_dispute(const struct working_set *set, const struct op_id *id)
{
    for (size_t i = 0; i < set->dispute_count; i++)
        if (op_id_equal(&set->disputes[i].dispute.id, id))
            return &set->disputes[i];
    return NULL;
}

struct void_row *working_set_void(const struct working_set *set, const struct op_id *operation)
{
    for (size_t i = 0; i < set->void_count; i++)
        if (op_id_equal(&set->voids[i].operation, operation))
            return &set->voids[i];
    return NULL;
}

enum tk_code working_set_add_record(struct working_set *set, const struct record *record)
{
    if (working_set_record(set, record->key))
        return TK_OK;
    if (ROOM(set, records, record_count, record_capacity))
        return TK_NO_MEMORY;
    set->records[set->record_count++] = (struct record_row){.record = *record};
    return TK_OK;
}

enum tk_code working_set_miss_record(struct working_set *set, const char *key)
{
    struct record record = {.seq = 0};
    size_t before = set->record_count;

    text_copy(record.key, sizeof record.key, key);
    if (working_set_add_record(set, &record))
        return TK_NO_MEMORY;
    if (set->record_count > before)
        set->records[before].absent = true;
    return TK_OK;
}

struct record_row *working_set_record(const struct working_set *set, const char *key)
{
    for (size_t i = 0; i < set->record_count; i++)
        if (strcmp(set->records[i].record.key, key) == 0)
            return &set->records[i];
    return NULL;
}

static bool is_same_tally(const struct tally *a, const struct tally *b)
{
    return a->span_at == b->span_at && a->genre == b->genre && strcmp(a->actor, b->actor) == 0 &&
           strcmp(a->device, b->device) == 0;
}

enum tk_code working_set_add_tally(struct working_set *set, const struct tally *tally)
{
    for (size_t i = set->tally_count; i > 0; i--) {
        struct tally *known = &set->tallies[i - 1].tally;

        if (!is_same_tally(known, tally))
            continue;
#define X(member, name, help) known->member += tally->member;
        TALLY_TABLE(X)
#undef X
        return TK_OK;
    }
    if (ROOM(set, tallies, tally_count, tally_capacity))
        return TK_NO_MEMORY;
    set->tallies[set->tally_count++] = (struct tally_row){*tally};
    return TK_OK;
}
