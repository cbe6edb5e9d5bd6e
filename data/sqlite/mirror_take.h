/*
 * mirror_take: what the files that take over a reply share.
 *
 *   mirror_take.c    answers, slots and what is held of them
 *   mirror_people.c  tickets, customers, and what belongs to no slot
 *   mirror_records.c records that tills keep
 *   mirror_known.c   how far slots are known
 */
#ifndef TK_DATA_SQLITE_MIRROR_TAKE_H
#define TK_DATA_SQLITE_MIRROR_TAKE_H

#include "core/map.h"
#include "data/sqlite/mirror_internal.h"

struct take {
    struct sqlite_store *store;
    struct mirror_row *row;
    const struct mirror_rows *rows;
    const struct mirror_answer_list *answers;
    struct map slots; /* places in rows->slots, of those that are not older than what is here */
    struct map taken; /* of those that are taken over */
    bool again;       /* something was left to be pulled again */
    struct mirror_report report;
};

/* How far a slot is known here; all 0 when it never was, seq 0 when it is to be pulled whole. */
struct pulled {
    uint64_t seq, ticket; /* ticket: the number, 0: all of seq */
    uint64_t row_seq;
};

enum tk_code read_pulled(struct sqlite_store *store, int64_t slot_id, struct pulled *pulled,
                         struct tk_error *error);
/* Tickets of the slots that are taken over, and customers. */
enum tk_code take_people(struct take *take, struct tk_error *error);
/* Keys, numbers and disputes. */
enum tk_code take_rest(struct take *take, struct tk_error *error);
/* Records that tills keep; and what was counted here is forgotten when nothing waits any more. */
enum tk_code take_records(struct take *take, struct tk_error *error);

#endif
