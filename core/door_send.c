/* The door: telling the box office what was done while it was away. */
#include <stdlib.h>

#include "core/door_internal.h"
#include "core/list.h"
#include "core/text.h"

#define BATCH 64 /* operations sent in one step: a scan waits no longer than that takes */

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

/* The operation has its answer; `why` (NULL: none) goes to a person. */
static enum tk_code end(struct door *door, const struct operation *operation, const char *why,
                        struct tk_error *error)
{
    struct door_conflict conflict = {.id = operation->id,
                                     .ticket_id = door_ticket_of(operation),
                                     .admitted_at = operation->kind == OP_ADMIT
                                                        ? operation->admit.admitted_at
                                                        : operation->at};
    struct conflict_list *list = &door->conflicts;
    enum tk_code code = TK_OK;

    if (why)
        text_display(conflict.message, sizeof conflict.message, why);
    if (why && list_reserve((void **)&list->items, list->count, &list->capacity,
                            sizeof *list->items))
        return tk_fail_code(error, TK_NO_MEMORY);
    code = door->record->ops->settle(door->record, &operation->id, why ? &conflict : NULL, error);
    if (code)
        return code;
    if (why)
        list->items[list->count++] = conflict;
    door_note_sent(door, operation);
    return TK_OK;
}

/*
 * Whether the box office let this ticket in by this very operation, sent as a scan whose answer was
 * lost before the door went on by itself. Its id says that it came there, and the same scan sent again
 * has the answer that it had, and no effect.
 */
static enum tk_code is_ours(struct door *door, const struct operation *operation, bool *ours,
                            struct tk_error *error)
{
    struct operation scan = *operation;
    struct outcome outcome = {0};
    enum tk_code code;

    scan.admit.admitted_at = 0; /* then it was the box office's to say */
    code = store_apply(door->office->store, &scan, 1, &outcome, error);
    *ours = !code && outcome.code == TK_OK;
    return code;
}

/* What the box office says to an operation of the record, if a person has to be told; else *why is "". */
static enum tk_code judge_refusal(struct door *door, const struct operation *operation,
                                  const struct outcome *outcome, struct tk_error *why,
                                  struct tk_error *error)
{
    const struct own_ticket *own = door_own(door, door_ticket_of(operation));
    bool ours = false;
    enum tk_code code = TK_OK;

    /* nobody is in by an admission that was taken back, or that was refused before */
    if (operation->kind == OP_ADMIT ? own && !own->in : outcome->code != TK_UNDO_TOO_LATE)
        return TK_OK;
    if (operation->kind == OP_ADMIT && outcome->code == TK_ID_REUSED)
        code = is_ours(door, operation, &ours, error);
    if (!code && !ours)
        office_refuse(door->office, operation, outcome, why);
    return code;
}

static enum tk_code settle(struct door *door, const struct operation *operation,
                           const struct outcome *outcome, struct tk_error *error)
{
    struct tk_error why = {0};
    bool in = operation->kind == OP_ADMIT;
    int64_t slot_id = door_slot_of(door, operation);
    enum tk_code code = TK_OK;

    if (outcome->code)
        code = judge_refusal(door, operation, outcome, &why, error);
    if (!code)
        code = end(door, operation, why.code ? why.message : NULL, error);
    if (code)
        return code;
    if (!outcome->code && in && !door->named_by) {
        door->named_by = operation->admit.ticket_id;
        door->named_at = operation->admit.admitted_at;
    }
    /* whatever was answered, this door has let it in: it does not do so again */
    door_note_admitted(door, door_ticket_of(operation), slot_id,
                       in ? operation->admit.admitted_at : 0);
    return TK_OK;
}

/* A batch was refused as a whole. Sent one by one, it is known which one stands in the way of the rest:
   a person is told of it. */
static enum tk_code settle_unsendable(struct door *door, const struct batch *batch,
                                      const struct tk_error *why, struct tk_error *error)
{
    if (!tk_code_is_refusal(why->code) || why->code == TK_KEY_RUNNING)
        return tk_fail(error, why->code, "%s", why->message);
    if (batch->count > 1) {
        door->one_by_one = true;
        return TK_OK;
    }
    return end(door, &batch->operations[0], why->message, error);
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

enum tk_code door_reach(struct door *door, bool *done, bool *changed, struct tk_error *error)
{
    struct batch *batch;
    uint64_t version;
    enum tk_code code = office_version(door->office, &version, error);

    *done = false;
    if (!code && door->waiting) {
        batch = calloc(1, sizeof *batch);
        code = batch ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);
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
