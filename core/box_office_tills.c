/* The box office: tills that sell while they are cut off, and what came of it. */
#include "core/box_office.h"

#include <stdlib.h>
#include <string.h>

#include "core/box_office_internal.h"
#include "core/text.h"

enum tk_code office_allotments(struct box_office *office, const struct allotment_query *query,
                               struct allotment_list *list, struct tk_error *error)
{
    return office->store->ops->list_allotments(office->store, query, list, error);
}

enum tk_code office_disputes(struct box_office *office, const struct dispute_query *query,
                             struct dispute_list *list, struct tk_error *error)
{
    return office->store->ops->list_disputes(office->store, query, list, error);
}

static enum tk_code make_write_off(const struct box_office *office, const char *holder,
                                   int64_t slot_id, struct operation *operation,
                                   struct tk_error *error)
{
    *operation = (struct operation){.write_off = {.slot_id = slot_id}};
    if (!text_copy(operation->write_off.holder, sizeof operation->write_off.holder, holder))
        return tk_fail_code(error, TK_BAD_NAME);
    return office_make(office, OP_WRITE_OFF, NULL, operation, error);
}

/* Applies a batch and adds up what was moved; the first refusal is told. */
static enum tk_code apply_write_offs(struct box_office *office, const struct operation *operations,
                                     struct outcome *outcomes, size_t count, int64_t *places,
                                     struct tk_error *error)
{
    enum tk_code code = store_apply(office->store, operations, count, outcomes, error);

    for (size_t i = 0; !code && i < count; i++) {
        if (outcomes[i].code)
            code = office_refuse(office, &operations[i], &outcomes[i], error);
        *places += outcomes[i].count;
    }
    return code;
}

/* The next batch: slots of which the holder has places. */
static enum tk_code write_off_more(struct box_office *office, const char *holder,
                                   struct operation *operations, struct outcome *outcomes,
                                   size_t *found, int64_t *places, struct tk_error *error)
{
    struct allotment_query query = {.holder = holder, .held = true, .limit = OP_BATCH_MAX};
    struct allotment_list list = {0};
    enum tk_code code = office_allotments(office, &query, &list, error);

    *found = list.count;
    for (size_t i = 0; !code && i < list.count; i++)
        code = make_write_off(office, holder, list.items[i].slot_id, &operations[i], error);
    if (!code && list.count)
        code = apply_write_offs(office, operations, outcomes, list.count, places, error);
    allotment_list_release(&list);
    return code;
}

enum tk_code office_write_off(struct box_office *office, const char *holder, int64_t slot_id,
                              int64_t *places, struct tk_error *error)
{
    struct operation *operations = calloc(OP_BATCH_MAX, sizeof *operations);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    enum tk_code code = operations && outcomes ? TK_OK : TK_NO_MEMORY;
    size_t found = 0;

    *places = 0;
    if (code)
        tk_fail_code(error, code);
    if (!code)
        code = make_write_off(office, holder, slot_id, &operations[0], error);
    if (!code) /* of all: it is dismissed first, so that it is granted no more */
        code = apply_write_offs(office, operations, outcomes, 1, places, error);
    while (!code && !slot_id) {
        code = write_off_more(office, holder, operations, outcomes, &found, places, error);
        if (found < OP_BATCH_MAX)
            break;
    }
    if (code != TK_UNKNOWN && office->approver.kind == OP_WRITE_OFF)
        office_disapprove(office);
    free(operations);
    free(outcomes);
    return code;
}

enum tk_code office_close_dispute(struct box_office *office, const struct op_id *dispute,
                                  const char *reason, const struct op_id *id,
                                  struct tk_error *error)
{
    struct operation operation = {.settle = {.dispute = *dispute}};
    struct outcome outcome;

    if (!text_copy(operation.settle.reason, sizeof operation.settle.reason, reason))
        return tk_fail_code(error, TK_BAD_REASON);
    return office_submit(office, OP_CLOSE, id, &operation, &outcome, error);
}
