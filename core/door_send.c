/* The door: telling the box office what was done while it was away. */
#include <stdlib.h>
#include <string.h>

#include "core/door_internal.h"
#include "core/text.h"

#define BATCH 64 /* operations sent in one step: a scan waits no longer than that takes */
#define SAME_ADMISSION TIME_MINUTE /* how far two clocks may be apart on one moment */

struct batch {
    struct operation operations[BATCH];
    struct outcome outcomes[BATCH];
    size_t count, limit;
};

static void collect(void *context, const struct operation *operation)
{
    struct batch *batch = context;

    if (batch->count < batch->limit)
        batch->operations[batch->count++] = *operation;
}

static void add_conflict(struct door *door, const struct operation *operation, const char *why)
{
    struct door_conflict conflict = {.ticket_id = door_ticket_of(operation),
                                     .admitted_at = operation->kind == OP_ADMIT
                                                        ? operation->admit.admitted_at
                                                        : operation->at};

    text_copy(conflict.message, sizeof conflict.message, why);
    for (size_t i = 0; i < door->conflict_count; i++) /* its settling failed: it was sent again */
        if (door->conflicts[i].ticket_id == conflict.ticket_id &&
            door->conflicts[i].admitted_at == conflict.admitted_at)
            return;
    if (door->conflict_count == DOOR_CONFLICTS_KEPT) {
        door->conflict_count--;
        door->conflicts_told -= door->conflicts_told > 0;
        memmove(door->conflicts, door->conflicts + 1,
                door->conflict_count * sizeof *door->conflicts);
    }
    door->conflicts[door->conflict_count++] = conflict;
}

/* Whether the box office has this ticket in by this very admission: an answer that was lost on the way
   before the door went on by itself. */
static enum tk_code is_ours(struct door *door, const struct operation *operation, bool *ours,
                            struct tk_error *error)
{
    struct ticket_view view = {0};
    enum tk_code code = office_ticket(door->office, operation->admit.ticket_id, &view, error);
    int64_t apart = view.ticket.admitted_at - operation->admit.admitted_at;

    *ours = !code && view.ticket.admitted_at && apart >= -SAME_ADMISSION &&
            apart <= SAME_ADMISSION && strcmp(view.ticket.admitted_by, door->name) == 0;
    return code == TK_TICKET_NOT_FOUND ? TK_OK : code;
}

/* What the box office says to an operation of the record, if a person has to be told. */
static enum tk_code judge_refusal(struct door *door, const struct operation *operation,
                                  const struct outcome *outcome, struct tk_error *error)
{
    const struct own_ticket *own = door_own(door, door_ticket_of(operation));
    struct tk_error why = {0};
    bool ours = false;
    enum tk_code code = TK_OK;

    /* nobody is in by an admission that was taken back, or that was refused before */
    if (operation->kind == OP_ADMIT ? own && !own->in : outcome->code != TK_UNDO_TOO_LATE)
        return TK_OK;
    if (outcome->code == TK_ALREADY_ADMITTED || outcome->code == TK_ID_REUSED)
        code = is_ours(door, operation, &ours, error);
    if (code || ours)
        return code;
    office_refuse(door->office, operation, outcome, &why);
    add_conflict(door, operation, why.message);
    return TK_OK;
}

static enum tk_code settle(struct door *door, const struct operation *operation,
                           const struct outcome *outcome, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (outcome->code)
        code = judge_refusal(door, operation, outcome, error);
    if (!code)
        code = door->record->ops->settle(door->record, &operation->id, error);
    if (code)
        return code;
    if (!outcome->code && operation->kind == OP_ADMIT && !door->named_by) {
        door->named_by = operation->admit.ticket_id;
        door->named_at = operation->admit.admitted_at;
    }
    /* whatever was answered, this door has let it in: it does not do so again */
    door_note_admitted(door, door_ticket_of(operation), door_slot_of(door, operation),
                       operation->kind == OP_ADMIT ? operation->admit.admitted_at : 0);
    door_note_sent(door, operation);
    return TK_OK;
}

/* A batch was refused as a whole. Sent one by one, it is known which one stands in the way of the rest:
   a person is told of it. */
static enum tk_code settle_unsendable(struct door *door, const struct batch *batch,
                                      const struct tk_error *why, struct tk_error *error)
{
    enum tk_code code;

    if (!tk_code_is_refusal(why->code) || why->code == TK_KEY_RUNNING)
        return tk_fail(error, why->code, "%s", why->message);
    if (batch->count > 1) {
        door->one_by_one = true;
        return TK_OK;
    }
    add_conflict(door, &batch->operations[0], why->message);
    code = door->record->ops->settle(door->record, &batch->operations[0].id, error);
    if (!code)
        door_note_sent(door, &batch->operations[0]);
    return code;
}

static enum tk_code send_batch(struct door *door, struct batch *batch, struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code;

    batch->limit = door->one_by_one ? 1 : BATCH;
    code = door->record->ops->list(door->record, collect, batch, error);
    if (code || !batch->count)
        return code;
    code = store_apply(door->office->store, batch->operations, batch->count, batch->outcomes,
                       &why);
    if (code)
        return settle_unsendable(door, batch, &why, error);
    for (size_t i = 0; !code && i < batch->count; i++)
        code = settle(door, &batch->operations[i], &batch->outcomes[i], error);
    return code;
}

static enum tk_code reserve_conflicts(struct door *door, struct tk_error *error)
{
    if (!door->conflicts)
        door->conflicts = calloc(DOOR_CONFLICTS_KEPT, sizeof *door->conflicts);
    return door->conflicts ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);
}

enum tk_code door_reach(struct door *door, bool *done, bool *changed, struct tk_error *error)
{
    struct batch *batch;
    uint64_t version;
    enum tk_code code = office_version(door->office, &version, error);

    *done = false;
    if (!code && door->waiting) {
        batch = calloc(1, sizeof *batch);
        code = batch ? reserve_conflicts(door, error) : tk_fail_code(error, TK_NO_MEMORY);
        if (!code)
            code = send_batch(door, batch, error);
        free(batch);
        *changed = true;
    }
    *done = !code && !door->waiting;
    if (*done)
        door->one_by_one = false;
    return code;
}
