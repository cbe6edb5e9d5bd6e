/* The till's half of sync: what this copy knows, and what the till holds, given back. */
#include <stdlib.h>

#include "core/sync_internal.h"
#include "core/text.h"

/* --- what this copy knows --- */

enum tk_code sync_find_ticket(const struct sync_till *till, uint64_t ticket_id,
                              struct ticket *ticket, bool *found, struct tk_error *error)
{
    struct store *store = till->mirror->store;
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    enum tk_code code;

    query.ids = &ticket_id;
    query.id_count = 1;
    code = store->ops->list_tickets(store, &query, &list, error);
    *found = !code && list.count;
    if (*found)
        *ticket = list.items[0];
    ticket_list_release(&list);
    return code;
}

enum tk_code sync_find_slots(const struct sync_till *till, const struct slot_ref *ref,
                             struct slot_list *slots, struct tk_error *error)
{
    struct store *store = till->mirror->store;
    struct slot_query query = SLOT_QUERY_ALL;

    if (ref->id) {
        query.ids = &ref->id;
        query.id_count = 1;
    } else {
        query.name = ref->name;
        query.starts_at_given = true;
        query.starts_at = ref->starts_at;
    }
    return store->ops->list_slots(store, &query, slots, error);
}

/* --- what a till holds, given back --- */

static bool is_needed(const struct slot *slot)
{
    return slot->available > 0 && !slot->expired_at;
}

/* Whether a slot's places go back now. */
static enum tk_code returns(const struct sync_till *till, const struct allotment *own,
                            enum sync_return which, bool *yes, struct tk_error *error)
{
    struct slot_ref ref = {.id = own->slot_id};
    struct slot_list slots = {0};
    enum tk_code code = TK_OK;

    *yes = which == SYNC_RETURN_ALL;
    if (!*yes)
        code = sync_find_slots(till, &ref, &slots, error);
    if (slots.count)
        *yes = !is_needed(&slots.items[0]);
    slot_list_release(&slots);
    return code;
}

static void make_return(const struct sync_till *till, const struct mirror_state *state,
                        const struct allotment *own, struct operation *operation)
{
    *operation = (struct operation){.kind = OP_RETURN,
                                    .id = sync_make_id(till),
                                    .at = sync_now(till, state),
                                    .give_back = {.slot_id = own->slot_id,
                                                  .returned = own->returned + allotment_held(own)}};
    text_copy(operation->device, sizeof operation->device, state->device);
    text_copy(operation->actor, sizeof operation->actor, state->device);
}

/* In one transaction, however many slots they are of. */
static enum tk_code return_listed(struct sync_till *till, const struct mirror_state *state,
                                  const struct allotment_list *own, enum sync_return which,
                                  int64_t *returned, struct tk_error *error)
{
    struct operation *operations = calloc(own->count, sizeof *operations);
    struct outcome *outcomes = calloc(own->count, sizeof *outcomes);
    enum tk_code code = operations && outcomes ? TK_OK : TK_NO_MEMORY;
    size_t count = 0;
    bool yes;

    if (code)
        tk_fail_code(error, code);
    for (size_t i = 0; !code && i < own->count; i++) {
        code = returns(till, &own->items[i], which, &yes, error);
        if (!code && yes)
            make_return(till, state, &own->items[i], &operations[count++]);
    }
    if (!code && count)
        code = till->mirror->ops->apply(till->mirror, operations, count, sync_now(till, state),
                                        outcomes, error);
    for (size_t i = 0; !code && i < count; i++)
        *returned += outcomes[i].code ? 0 : outcomes[i].count;
    free(operations);
    free(outcomes);
    return code;
}

enum tk_code sync_return(struct sync_till *till, enum sync_return which, int64_t slot_id,
                         int64_t *returned, struct tk_error *error)
{
    struct store *store = till->mirror->store;
    struct mirror_state state;
    struct allotment_query query = {.held = true, .slot_id = slot_id, .limit = OP_BATCH_MAX};
    struct allotment_list own = {0};
    enum tk_code code = till->mirror->ops->state(till->mirror, &state, error);

    if (code || !state.adopted || state.standing != STANDING_GOOD)
        return code;
    query.holder = state.device;
    code = store->ops->list_allotments(store, &query, &own, error);
    if (!code && own.count)
        code = return_listed(till, &state, &own, which, returned, error);
    allotment_list_release(&own);
    return code;
}
