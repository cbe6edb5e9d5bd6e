/* The centre's half of sync: what of a request is to be applied. What is answered is in sync_reply.c. */
#include "core/sync.h"

#include <stdlib.h>
#include <string.h>

#include "core/staff.h"
#include "core/text.h"

#define HELD_MAX 256 /* slots of which a copy that is followed by another may hold places */

/* --- what is to be applied --- */

/* What a queue may hold. It was done under the role that the device had then: a lesser one now is no reason
   to refuse it, and who never was a till holds no places to have sold. */
static bool may_queue(const struct operation *operation)
{
    switch (operation->kind) {
    case OP_BOOK:
    case OP_REISSUE:
    case OP_CANCEL:
    case OP_PRINT:
    case OP_ADMIT:
    case OP_UNADMIT:
    case OP_SIGN:
        return operation->cut_off;
    case OP_RETURN:
    case OP_VOID:
        return true;
    default:
        return false;
    }
}

static bool is_members(const struct operation *operation)
{
    int64_t number, approver;

    return actor_parse(operation->actor, &number, &approver);
}

/* A till speaks for itself alone, and of what its role allows. A PIN is given by a person, or by an
   administrator's machine. */
static enum tk_code check_operation(const struct sync_request *request,
                                    const struct operation *operation, bool queued,
                                    struct tk_error *error)
{
    if (strcmp(operation->device, request->device) != 0)
        return tk_fail(error, TK_FORBIDDEN,
                       "This till's token is that of “%s”, but something that waits was done as “%s”: "
                       "put the token of that name back until it is sent.",
                       request->device, operation->device);
    if (operation->kind == OP_PIN && request->role != ROLE_ADMIN) /* a till's token is no person's word for it */
        return tk_fail(error, TK_FORBIDDEN,
                       "A PIN is changed at the box office, not at a till with a copy of its own.");
    if (queued ? may_queue(operation)
               : !operation->cut_off && role_may(request->role, operation->kind))
        return TK_OK;
    return tk_fail(error, TK_FORBIDDEN, "The role %s may not send “%s” %s.",
                   role_name(request->role), op_kind_name(operation->kind),
                   queued ? "in a queue" : "here");
}

/* Where people sign on, nobody who has not may have something done now; a sale that the centre had lost is
   told by the till itself. What waited is judged by plan: it was done, and is in dispute when refused. */
static enum tk_code check_signed_on(const struct sync_request *request, struct tk_error *error)
{
    for (size_t i = 0; request->attended && i < request->operations.count; i++) {
        const struct operation *operation = &request->operations.items[i];
        bool told = operation->kind == OP_BOOK && operation->book.first_ticket;

        if (operation_is_peoples(operation->kind) && !is_members(operation) && !told)
            return tk_fail_code(error, TK_SIGN_ON);
    }
    return TK_OK;
}

static enum tk_code check_request(const struct sync_request *request, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (!role_does(request->role, ROLE_DOOR))
        return tk_fail_code(error, TK_FORBIDDEN);
    if (!request->device[0] || request->entries.count > SYNC_ENTRIES_MAX ||
        request->operations.count > SYNC_OPERATIONS_MAX ||
        (!request->all && request->cursors.count > SYNC_TOUCHED_MAX))
        return tk_fail(error, TK_BAD_OPERATION,
                       "The request has no device, or too many operations or slots.");
    for (size_t i = 0; !code && i < request->entries.count; i++) {
        code = check_operation(request, &request->entries.items[i].operation, true, error);
        if (!code && request->entries.items[i].seq != request->base_seq + 1 + (int64_t)i)
            code = tk_fail(error, TK_BAD_OPERATION, "The entries of the queue have a gap.");
    }
    for (size_t i = 0; !code && i < request->operations.count; i++)
        code = check_operation(request, &request->operations.items[i], false, error);
    return code ? code : check_signed_on(request, error);
}

/* What a request is served with. */
struct begin {
    const struct sync_centre *centre;
    const struct sync_request *request;
    struct sync_serving *serving;
    struct store *store;
    struct replica replica; /* of the device; device "" when there is none */
    bool ours;     /* it is this very copy's */
    bool follows;  /* it is that of what this copy was before */
    bool joins;
};

static struct operation *add_operation(struct begin *b, enum op_kind kind)
{
    struct operation *operation = &b->serving->operations[b->serving->count++];

    *operation = (struct operation){0};
    office_stamp(b->centre->office, kind, operation);
    operation->id = office_make_id(b->centre->office);
    text_copy(operation->device, sizeof operation->device, b->request->device);
    return operation;
}

static enum tk_code find_replica(struct begin *b, struct tk_error *error)
{
    struct replica_list list = {0};
    enum tk_code code =
        b->store->ops->list_replicas(b->store, b->request->device, &list, error);

    if (!code && list.count)
        b->replica = list.items[0];
    replica_list_release(&list);
    b->ours = b->replica.device[0] && op_id_equal(&b->replica.id, &b->request->replica);
    b->follows = b->replica.device[0] && !b->replica.dismissed_at &&
                 op_id_equal(&b->replica.id, &b->request->previous);
    return code;
}

static enum tk_code list_held(struct begin *b, struct allotment_list *list, struct tk_error *error)
{
    struct allotment_query query = {.holder = b->request->device, .held = true,
                                    .limit = HELD_MAX + 1};

    return b->store->ops->list_allotments(b->store, &query, list, error);
}

/* A copy that is a newer one of the same till does not know what its older one held, and what that sold since
   may be told yet: after its queue all of it goes back. */
static enum tk_code take_back_held(struct begin *b, struct tk_error *error)
{
    struct allotment_list held = {0};
    enum tk_code code = list_held(b, &held, error);

    for (size_t i = 0; !code && i < held.count; i++)
        add_operation(b, OP_RETURN)->give_back =
            (struct op_give_back){.slot_id = held.items[i].slot_id, .returned = INT32_MAX};
    allotment_list_release(&held);
    return code;
}

/* How the copy stands, before its queue is looked at. */
static enum tk_code judge_copy(struct begin *b, struct tk_error *error)
{
    struct allotment_list held = {0};
    enum tk_code code = find_replica(b, error);

    if (code)
        return code;
    if (b->ours) {
        b->serving->standing = b->replica.dismissed_at     ? STANDING_DISMISSED
                               : b->replica.quarantined_at ? STANDING_QUARANTINED
                               : b->request->seq < b->replica.seq ? STANDING_BEHIND
                                                                  : STANDING_GOOD;
        return TK_OK;
    }
    if (b->replica.device[0] && !b->replica.dismissed_at)
        code = list_held(b, &held, error);
    b->joins = !code && (!b->replica.device[0] || b->replica.dismissed_at ||
                         (b->follows && held.count <= HELD_MAX) ||
                         (!held.count && memcmp(&b->request->replica, &b->replica.id,
                                                sizeof b->replica.id) > 0));
    if (!code && !b->joins)
        b->serving->standing = STANDING_STRANGER;
    allotment_list_release(&held);
    return code;
}

/* Whether the entries follow on what was taken: wherever both are known the chain has one hash. */
static enum tk_code check_chain(const struct begin *b, bool *broken, struct tk_error *error)
{
    const struct sync_request *request = b->request;
    uint8_t hash[CRYPTO_HASH_SIZE];
    int64_t seq = request->base_seq;

    *broken = false;
    memcpy(hash, request->base_hash, sizeof hash);
    for (size_t i = 0;; i++, seq++) {
        if (seq == b->replica.seq && memcmp(hash, b->replica.hash, sizeof hash) != 0)
            *broken = true;
        if (i == request->entries.count || *broken)
            return TK_OK;
        if (mirror_chain(hash, seq + 1, &request->entries.items[i].operation, hash))
            return tk_fail_code(error, TK_NO_MEMORY);
    }
}

/* The hash of the chain after all entries. */
static enum tk_code end_of_chain(const struct sync_request *request, uint8_t *hash,
                                 struct tk_error *error)
{
    memcpy(hash, request->base_hash, CRYPTO_HASH_SIZE);
    for (size_t i = 0; i < request->entries.count; i++)
        if (mirror_chain(hash, request->entries.items[i].seq, &request->entries.items[i].operation,
                         hash))
            return tk_fail_code(error, TK_NO_MEMORY);
    return TK_OK;
}

/* Adds the entries of the queue with a mark of how far it is taken then. */
static enum tk_code add_entries(struct begin *b, struct tk_error *error)
{
    const struct sync_request *request = b->request;
    struct sync_serving *serving = b->serving;
    int64_t last = request->base_seq + (int64_t)request->entries.count;
    struct operation *mark;

    serving->entries = serving->count;
    for (size_t i = 0; i < request->entries.count; i++)
        serving->operations[serving->count++] = request->entries.items[i].operation;
    serving->taken_seq = last > serving->taken_seq ? last : serving->taken_seq;
    if (serving->standing == STANDING_STRANGER || (b->ours && last <= b->replica.seq) || !last)
        return TK_OK;
    mark = add_operation(b, OP_MARK);
    mark->mark.replica = request->replica;
    mark->mark.seq = last;
    return end_of_chain(request, mark->mark.hash, error);
}

/* Takes the queue, as far as it can be taken. */
static enum tk_code take_queue(struct begin *b, struct tk_error *error)
{
    const struct sync_request *request = b->request;
    struct sync_serving *serving = b->serving;
    bool broken = false, taken;
    enum tk_code code = TK_OK;

    serving->taken_seq = b->ours ? b->replica.seq : request->base_seq;
    taken = serving->standing == STANDING_GOOD || serving->standing == STANDING_STRANGER;
    if (taken && b->ours && request->base_seq > b->replica.seq)
        taken = false; /* a part is missing: it is asked for by taken_seq */
    if (taken && b->ours)
        code = check_chain(b, &broken, error);
    if (broken) {
        taken = false;
        serving->standing = STANDING_QUARANTINED;
        text_copy(add_operation(b, OP_QUARANTINE)->quarantine.holder, DEVICE_SIZE,
                  request->device);
    }
    return code || !taken ? code : add_entries(b, error);
}

static void add_operations(struct begin *b)
{
    struct sync_serving *serving = b->serving;

    serving->first_operation = serving->count;
    serving->operation_count = b->request->operations.count;
    for (size_t i = 0; i < b->request->operations.count; i++)
        serving->operations[serving->count++] = b->request->operations.items[i];
}

/* --- what a till should hold --- */

static const struct allotment *find_allotment(const struct allotment_list *list, int64_t slot_id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].slot_id == slot_id)
            return &list->items[i];
    return NULL;
}

static void add_grant(struct begin *b, const struct slot *slot, const struct allotment *own)
{
    int32_t wanted = allotment_wanted(&b->centre->allotment, own ? allotment_held(own) : 0,
                                      slot->available, b->request->busiest);
    struct op_grant *grant;

    if (wanted <= 0)
        return;
    grant = &add_operation(b, OP_GRANT)->grant;
    grant->slot_id = slot->id;
    text_copy(grant->holder, sizeof grant->holder, b->request->device);
    grant->granted = (own ? own->granted : 0) + wanted;
}

static enum tk_code add_grants(struct begin *b, struct tk_error *error)
{
    struct box_office *office = b->centre->office;
    struct allotment_query held = {.holder = b->request->device};
    struct slot_query query = SLOT_QUERY_ALL;
    struct allotment_list own = {0};
    struct slot_list slots = {0};
    size_t before = b->serving->count;
    enum tk_code code;

    office_query_open(office, &query);
    query.to = office_now(office) + b->centre->allotment.ahead;
    query.with_room = true;
    code = office_slots(office, &query, &slots, error);
    if (!code)
        code = b->store->ops->list_allotments(b->store, &held, &own, error);
    for (size_t i = 0; !code && i < slots.count; i++)
        if (b->serving->count - before < SYNC_GRANTS_MAX)
            add_grant(b, &slots.items[i], find_allotment(&own, slots.items[i].id));
    allotment_list_release(&own);
    slot_list_release(&slots);
    return code;
}

/* Numbers that the till has left as far as is known here: it may have fewer, and what it used is told with
   its queue. A copy that was made anew uses none of the older one's. */
static enum tk_code add_block(struct begin *b, struct tk_error *error)
{
    struct number_block_list blocks = {0};
    int64_t left = 0, since = b->joins ? INT64_MAX : b->replica.joined_at;
    enum tk_code code =
        b->store->ops->list_blocks(b->store, b->request->device, false, &blocks, error);

    for (size_t i = 0; i < blocks.count; i++)
        if (!blocks.items[i].written_off_at && blocks.items[i].granted_at >= since)
            left += (int64_t)(blocks.items[i].first + (uint64_t)blocks.items[i].count -
                              blocks.items[i].next);
    if (!code && left < SYNC_NUMBERS_LOW)
        text_copy(add_operation(b, OP_BLOCK)->block.holder, DEVICE_SIZE, b->request->device);
    number_block_list_release(&blocks);
    return code;
}

/* Places and numbers are for who may sell. */
static enum tk_code add_holdings(struct begin *b, struct tk_error *error)
{
    const struct sync_request *request = b->request;
    enum tk_code code = TK_OK;

    if (!request->review || request->busiest < 0 || b->serving->standing != STANDING_GOOD ||
        !role_may(request->role, OP_BOOK))
        return TK_OK;
    if (request->numbers_left < SYNC_NUMBERS_LOW)
        code = add_block(b, error);
    return !code && b->centre->allotment.ahead > 0 ? add_grants(b, error) : code;
}

static enum tk_code serve_known(struct begin *b, struct tk_error *error)
{
    enum tk_code code = judge_copy(b, error);

    if (!code && b->joins)
        add_operation(b, OP_JOIN)->join =
            (struct op_join){.replica = b->request->replica, .replaces = b->request->previous};
    if (!code)
        code = take_queue(b, error);
    if (!code && b->joins && b->follows)
        code = take_back_held(b, error);
    if (!code) /* whoever may not sell by himself sells here all the same */
        add_operations(b);
    return code ? code : add_holdings(b, error);
}

enum tk_code sync_serve_begin(const struct sync_centre *centre, const struct sync_request *request,
                              struct sync_serving *serving, struct tk_error *error)
{
    struct begin b = {.centre = centre, .request = request, .serving = serving,
                      .store = centre->office->store};
    struct store_facts *facts = &serving->facts;
    enum tk_code code;

    *serving = (struct sync_serving){.standing = STANDING_GOOD};
    code = check_request(request, error);
    if (!code)
        code = office_facts(centre->office, facts, error);
    if (code)
        return code;
    serving->stranger = strcmp(facts->uuid, request->centre) != 0 || facts->era != request->era;
    if (serving->stranger)
        return TK_OK;
    serving->operations = calloc(OP_BATCH_MAX, sizeof *serving->operations);
    serving->outcomes = calloc(OP_BATCH_MAX, sizeof *serving->outcomes);
    code = serving->operations && serving->outcomes ? serve_known(&b, error)
                                                    : tk_fail_code(error, TK_NO_MEMORY);
    if (code)
        sync_serving_release(serving);
    return code;
}

void sync_serving_release(struct sync_serving *serving)
{
    free(serving->operations);
    free(serving->outcomes);
    *serving = (struct sync_serving){0};
}

enum tk_code sync_serve(const struct sync_centre *centre, const struct sync_request *request,
                        struct sync_reply *reply, struct tk_error *error)
{
    struct sync_serving serving;
    enum tk_code code = sync_serve_begin(centre, request, &serving, error);

    if (code)
        return code;
    if (serving.count)
        code = store_apply(centre->office->store, serving.operations, serving.count,
                           serving.outcomes, error);
    if (!code) {
        code = sync_serve_end(centre, request, &serving, reply, error);
        /* what was applied must not look as if it had not been */
        if (code && serving.count)
            code = tk_fail(error, TK_UNKNOWN,
                           "This was saved, but cannot be shown (%s). Look before you try again.",
                           tk_code_name(code));
    }
    sync_serving_release(&serving);
    return code;
}
