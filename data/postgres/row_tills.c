/* row_tills: columns of a result as what tills hold and what the centre refused them. */
#include "data/postgres/internal.h"

void row_allotment(const PGresult *result, int row, struct allotment *allotment)
{
    *allotment = (struct allotment){.slot_id = row_number(result, row, 0)};
    row_text(result, row, 1, allotment->holder, sizeof allotment->holder);
    allotment->granted = (int32_t)row_number(result, row, 2);
    allotment->sold = (int32_t)row_number(result, row, 3);
    allotment->returned = (int32_t)row_number(result, row, 4);
    allotment->written_off = (int32_t)row_number(result, row, 5);
    allotment->granted_at = row_number(result, row, 6);
    allotment->changed_at = row_number(result, row, 7);
    allotment->written_off_at = row_number(result, row, 8);
    row_text(result, row, 9, allotment->written_off_by, sizeof allotment->written_off_by);
}

void row_block(const PGresult *result, int row, struct number_block *block)
{
    *block = (struct number_block){.first = (uint64_t)row_number(result, row, 0)};
    block->count = row_number(result, row, 1);
    block->next = (uint64_t)row_number(result, row, 2);
    row_text(result, row, 3, block->holder, sizeof block->holder);
    block->granted_at = row_number(result, row, 4);
    block->written_off_at = row_number(result, row, 5);
}

void row_early(const struct postgres_store *store, const PGresult *result, int row,
               struct early_admission *early)
{
    *early =
        (struct early_admission){.ticket_id = pg_id(store, ID_TICKET, row_number(result, row, 0))};
    early->slot_id = row_number(result, row, 1);
    early->admitted_at = row_number(result, row, 2);
    row_text(result, row, 3, early->admitted_by, sizeof early->admitted_by);
}

bool row_replica(const PGresult *result, int row, struct replica *replica)
{
    *replica = (struct replica){.joined_at = row_number(result, row, 2)};
    row_text(result, row, 0, replica->device, sizeof replica->device);
    replica->seq = row_number(result, row, 3);
    replica->dismissed_at = row_number(result, row, 5);
    replica->quarantined_at = row_number(result, row, 6);
    return row_bytes(result, row, 1, replica->id.bytes, sizeof replica->id.bytes) &&
           row_bytes(result, row, 4, replica->hash, sizeof replica->hash);
}

bool row_dispute(const struct postgres_store *store, const PGresult *result, int row,
                 struct dispute *dispute)
{
    char kind[24], code[40];

    *dispute = (struct dispute){.at = row_number(result, row, 4)};
    row_text(result, row, 1, kind, sizeof kind);
    row_text(result, row, 2, dispute->device, sizeof dispute->device);
    row_text(result, row, 3, dispute->actor, sizeof dispute->actor);
    row_text(result, row, 5, code, sizeof code);
    dispute->code = tk_code_parse(code);
    dispute->slot_id = row_number(result, row, 6);
    dispute->ticket_id = pg_id(store, ID_TICKET, row_number(result, row, 7));
    dispute->count = (int32_t)row_number(result, row, 8);
    dispute->found_at = row_number(result, row, 9);
    row_text(result, row, 10, dispute->other, sizeof dispute->other);
    dispute->other_at = row_number(result, row, 11);
    dispute->closed_at = row_number(result, row, 12);
    row_text(result, row, 13, dispute->closed_by, sizeof dispute->closed_by);
    row_text(result, row, 14, dispute->reason, sizeof dispute->reason);
    row_text(result, row, 15, dispute->customer_name, sizeof dispute->customer_name);
    row_text(result, row, 16, dispute->customer_phone, sizeof dispute->customer_phone);
    return row_bytes(result, row, 0, dispute->id.bytes, sizeof dispute->id.bytes) &&
           op_kind_parse(kind, &dispute->kind) && dispute->code != TK_CODE_COUNT;
}
