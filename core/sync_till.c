/* The till's half of sync: requests and replies. Rounds of them are in sync_round.c, operations in sync_apply.c. */
#include "core/sync.h"

#include <stdlib.h>
#include <string.h>

#include "core/sync_internal.h"
#include "core/text.h"

#define KEYS_MAX 256
#define ID_TIME_BYTES 6 /* UUID version 7: milliseconds */
#define QUEUE_LOOKS 100 /* at a queue that others empty meanwhile */

int64_t sync_now(const struct sync_till *till, const struct mirror_state *state)
{
    return till->ports.now(till->ports.context) - state->clock_ahead;
}

struct op_id sync_make_id(const struct sync_till *till)
{
    uint8_t random[10];

    till->ports.random(till->ports.context, random, sizeof random);
    return op_id_make(till->ports.now(till->ports.context) / 1000, random);
}

/* --- the line --- */

bool sync_means_away(enum tk_code code)
{
    switch (code) {
    case TK_UNAVAILABLE:
    case TK_UNKNOWN:
    case TK_OVERLOADED:
    case TK_DRAINING:
    case TK_RATE_LIMITED:
    case TK_BUSY:
    case TK_IO:
    case TK_DISK_FULL:
    case TK_READ_ONLY:
    case TK_NO_INPUT:
    case TK_CORRUPT:
        return true;
    default:
        return false;
    }
}

void sync_link_failed(struct sync_link *link, int64_t now, uint32_t noise,
                      const struct tk_error *why)
{
    int64_t bound = SYNC_PAUSE_LEAST;

    for (int i = 0; i < link->failures && bound < SYNC_PAUSE_MOST; i++)
        bound *= 2;
    if (bound > SYNC_PAUSE_MOST)
        bound = SYNC_PAUSE_MOST;
    link->failures++;
    if (!link->away_since)
        link->away_since = now;
    link->next_at = now + bound * (int64_t)(noise >> 8) / (UINT32_MAX >> 8);
    if (why)
        link->why = *why;
}

void sync_link_answered(struct sync_link *link)
{
    *link = (struct sync_link){0};
}

/* --- making a request --- */

static enum tk_code numbers_left(const struct sync_till *till, const struct mirror_state *state,
                                 int64_t *left, struct tk_error *error)
{
    struct store *store = till->mirror->store;
    struct number_block_list blocks = {0};
    enum tk_code code = store->ops->list_blocks(store, state->device, false, &blocks, error);

    *left = 0;
    for (size_t i = 0; !code && i < blocks.count; i++) {
        const struct number_block *block = &blocks.items[i];

        if (!block->written_off_at && strcmp(block->holder, state->device) == 0)
            *left += (int64_t)(block->first + (uint64_t)block->count - block->next);
    }
    number_block_list_release(&blocks);
    return code;
}

/* Everything: what is known, and what is wanted. */
static enum tk_code fill_round(struct sync_till *till, const struct mirror_state *state,
                               struct sync_request *request, struct tk_error *error)
{
    int64_t now = sync_now(till, state);
    int64_t until = !role_reads(state->role, ROLE_CLERK) ? now + state->rules.admit_before + SYNC_DOOR_AHEAD
                                             : INT64_MAX;
    enum tk_code code = till->mirror->ops->list_cursors(till->mirror, NULL, 0, &request->cursors,
                                                        error);

    request->all = true;
    request->from = now - SYNC_KEEP;
    request->to = now + till->ahead;
    request->version = state->version;
    if (!code)
        code = till->mirror->ops->list_keyless(till->mirror, until, KEYS_MAX, &request->keys,
                                               error);
    if (!code)
        code = till->mirror->ops->record_seq(till->mirror, &request->record_seq, error);
    if (!code && request->review)
        code = numbers_left(till, state, &request->numbers_left, error);
    return code;
}

/* Once, however many operations touch it. */
static enum tk_code add_id(struct id_list *ids, int64_t id, struct tk_error *error)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->items[i] == id)
            return TK_OK;
    return id_list_add(ids, id) ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

static enum tk_code add_slots_named(const struct sync_till *till, const struct slot_ref *ref,
                                    struct id_list *ids, struct tk_error *error)
{
    struct store *store = till->mirror->store;
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list slots = {0};
    enum tk_code code;

    if (ref->id)
        return add_id(ids, ref->id, error);
    query.name = ref->name;
    query.starts_at_given = true;
    query.starts_at = ref->starts_at;
    code = store->ops->list_slots(store, &query, &slots, error);
    for (size_t i = 0; !code && i < slots.count; i++)
        code = add_id(ids, slots.items[i].id, error);
    slot_list_release(&slots);
    return code;
}

static enum tk_code add_slot_of(const struct sync_till *till, uint64_t ticket_id,
                                struct id_list *ids, struct tk_error *error)
{
    struct ticket ticket;
    bool found;
    enum tk_code code = sync_find_ticket(till, ticket_id, &ticket, &found, error);

    return !code && found ? add_id(ids, ticket.slot_id, error) : code;
}

/* The slots whose rows an operation may change, as far as this copy tells. */
static enum tk_code add_touched(const struct sync_till *till, const struct operation *operation,
                                struct id_list *ids, struct tk_error *error)
{
    enum tk_code code;

    switch (operation->kind) {
    case OP_BOOK:
        return add_slots_named(till, &operation->book.slot, ids, error);
    case OP_REISSUE:
        code = add_slot_of(till, operation->reissue.ticket_id, ids, error);
        return code ? code : add_slots_named(till, &operation->reissue.slot, ids, error);
    case OP_CANCEL:
        return add_slot_of(till, operation->cancel.ticket_id, ids, error);
    case OP_ADMIT:
        return add_slot_of(till, operation->admit.ticket_id, ids, error);
    case OP_UNADMIT:
        return add_slot_of(till, operation->unadmit.ticket_id, ids, error);
    case OP_PRINT:
        return add_slot_of(till, operation->copy.ticket_id, ids, error);
    default:
        return TK_OK;
    }
}

/* A pass can be shown as soon as its ticket is sold: the key comes with the first one. */
static enum tk_code ask_keys(const struct sync_till *till, const struct id_list *ids,
                             struct id_list *keys, struct tk_error *error)
{
    struct crypto_key key;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < ids->count && keys->count < KEYS_MAX; i++) {
        code = till->mirror->ops->slot_key(till->mirror, ids->items[i], 0, &key, NULL);
        if (code == TK_NOT_FOUND)
            code = id_list_add(keys, ids->items[i]);
        crypto_wipe(&key, sizeof key);
    }
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* Operations for now, with what is known of the slots that they and the queue touch. */
static enum tk_code fill_sale(struct sync_till *till, const struct operation *operations,
                              size_t count, struct sync_request *request, struct tk_error *error)
{
    struct id_list ids = {0};
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++) {
        struct operation operation = operations[i];

        text_copy(operation.device, sizeof operation.device, request->device);
        code = operation_list_add(&request->operations, &operation);
        code = code ? tk_fail_code(error, code) : add_touched(till, &operation, &ids, error);
    }
    for (size_t i = 0; !code && i < request->entries.count; i++)
        code = add_touched(till, &request->entries.items[i].operation, &ids, error);
    if (!code && ids.count)
        code = till->mirror->ops->list_cursors(till->mirror, ids.items, ids.count,
                                               &request->cursors, error);
    if (!code)
        code = ask_keys(till, &ids, &request->keys, error);
    id_list_release(&ids);
    return code;
}

/* Where the queue stands, with its first entries, which count as sent from here on: what is added behind them
   later must not rest on the centre's not knowing them. Another program of this till may take some away
   between the looks: then all is looked at again. */
static enum tk_code look_at_queue(struct sync_till *till, struct mirror_state *state,
                                  struct sync_request *request, struct tk_error *error)
{
    const struct mirror_ops *ops = till->mirror->ops;
    struct mirror_entry_list *entries = &request->entries;

    for (int i = 0; i < QUEUE_LOOKS; i++) {
        enum tk_code code = ops->state(till->mirror, state, error);
        int64_t most = state->taken_seq + SYNC_ENTRIES_MAX;
        int64_t last = state->seq < most ? state->seq : most;

        mirror_entry_list_release(entries);
        if (code || !state->adopted || last == state->taken_seq)
            return code;
        code = ops->offer(till->mirror, last, &request->offered_from, error);
        if (!code)
            code = ops->list_queue(till->mirror, state->taken_seq,
                                   (size_t)(last - state->taken_seq), entries, error);
        if (code || !entries->count || entries->items[0].seq == state->taken_seq + 1)
            return code;
    }
    return tk_fail(error, TK_CORRUPT, "What this till has yet to send has a gap.");
}

void sync_withdraw(struct sync_till *till, const struct sync_request *request, enum tk_code code)
{
    if (code && code != TK_UNKNOWN && code != TK_INTERRUPTED && request->offered_from)
        till->mirror->ops->withdraw(till->mirror, request->offered_from,
                                    request->base_seq + (int64_t)request->entries.count, NULL);
}

enum tk_code sync_make(struct sync_till *till, enum sync_what what,
                       const struct operation *operations, size_t count,
                       struct sync_request *request, struct tk_error *error)
{
    struct mirror_state state;
    enum tk_code code;

    *request = (struct sync_request){.busiest = -1, .role = ROLE_ADMIN, .record_seq = -1};
    code = look_at_queue(till, &state, request, error);
    if (code)
        goto out;
    text_copy(request->device, sizeof request->device,
              state.adopted ? state.device : till->device);
    if (!state.adopted)
        return TK_OK; /* first of all: who are you? */
    text_copy(request->centre, sizeof request->centre, state.centre);
    request->era = state.era;
    request->replica = state.replica;
    request->previous = state.previous;
    request->seq = state.seq;
    request->base_seq = state.taken_seq;
    memcpy(request->base_hash, state.taken_hash, sizeof request->base_hash);
    request->review = what == SYNC_REVIEWED;
    if (till->holds && !state.suspect)
        request->busiest = state.busiest;
    if (what == SYNC_SALE && state.seq - state.taken_seq > SYNC_ENTRIES_MAX)
        code = tk_fail(error, TK_BUSY, "Much of what was done before is still being sent.");
    else
        code = what == SYNC_SALE ? fill_sale(till, operations, count, request, error)
                                 : fill_round(till, &state, request, error);
out:
    if (code)
        sync_request_release(request);
    return code;
}

/* --- taking a reply --- */

/* How far this machine's clock is ahead: the centre told its time somewhere between the two. What is
   within the error of that is no news. */
static int64_t measure(const struct mirror_state *state, int64_t told, int64_t sent_at,
                       int64_t answered_at)
{
    int64_t half = (answered_at - sent_at) / 2;
    int64_t ahead = sent_at + half - told;
    int64_t off = ahead - state->clock_ahead;

    if (half < 0) /* the clock was set meanwhile */
        return state->contact_at ? state->clock_ahead : answered_at - told;
    return state->contact_at && (off < 0 ? -off : off) <= half ? state->clock_ahead : ahead;
}

/* Ids rise, also where the clock was set back meanwhile: the centre tells by them which copy is newer. */
static struct op_id make_replica(const struct sync_till *till, const struct mirror_state *state)
{
    struct op_id id = sync_make_id(till);

    if (state->adopted && memcmp(id.bytes, state->replica.bytes, ID_TIME_BYTES) <= 0) {
        memcpy(id.bytes, state->replica.bytes, ID_TIME_BYTES);
        for (int i = ID_TIME_BYTES - 1; i >= 0 && ++id.bytes[i] == 0; i--)
            ;
    }
    return id;
}

static enum tk_code adopt(struct sync_till *till, const struct mirror_state *state,
                          const struct mirror_identity *identity, struct sync_report *report,
                          struct tk_error *error)
{
    struct op_id replica = make_replica(till, state);
    enum tk_code code = till->mirror->ops->adopt(till->mirror, identity, &replica, &state->replica,
                                                 error);

    report->adopted = !code || report->adopted;
    report->more = true;
    return code;
}

/* The centre answers for another box office, another name or another era. *done: nothing of the rest is
   for this copy. */
static enum tk_code take_identity(struct sync_till *till, const struct mirror_state *state,
                                  const struct sync_request *request,
                                  const struct sync_reply *reply, struct sync_report *report,
                                  bool *done, struct tk_error *error)
{
    const struct mirror_identity *identity = &reply->identity;
    bool same = state->adopted && strcmp(identity->centre, state->centre) == 0;

    *done = true;
    if (same && identity->era == state->era && strcmp(identity->device, state->device) == 0) {
        *done = !op_id_equal(&request->replica, &state->replica); /* it was asked as another one */
        report->more = report->more || *done;
        return TK_OK;
    }
    if (state->adopted && strcmp(request->centre, state->centre) != 0)
        return TK_OK; /* an answer from before it was adopted */
    if (state->adopted && request->era != state->era)
        return TK_OK;
    if (state->adopted && !same)
        return tk_fail(error, TK_CONFIG,
                       "What answers is another box office than the one that this till's copy is "
                       "of. Call whoever runs the box office.");
    if (state->adopted && strcmp(identity->device, state->device) != 0)
        return tk_fail(error, TK_CONFIG,
                       "This till's token is that of “%.64s”, but its copy was made as “%.64s”. "
                       "Call whoever runs the box office.",
                       identity->device, state->device);
    return adopt(till, state, identity, report, error);
}

enum tk_code sync_renew(struct sync_till *till, const struct mirror_state *state,
                        struct sync_report *report, struct tk_error *error)
{
    struct op_id replica = make_replica(till, state);

    report->more = true;
    return till->mirror->ops->renew(till->mirror, &replica, &state->replica, error);
}

/* Whether the centre knows this very copy no more, or not as it is: then it begins a chain anew. */
static bool must_renew(const struct mirror_state *state, const struct sync_request *request,
                       const struct sync_reply *reply)
{
    switch (reply->standing) {
    case STANDING_DISMISSED:
        return true;
    case STANDING_BEHIND:
        return reply->taken_seq > state->seq;
    case STANDING_GOOD: /* it lacks what has left the queue */
        return reply->taken_seq < request->base_seq;
    default:
        return false;
    }
}

static void add_report(struct sync_report *sum, const struct mirror_report *report)
{
    sum->mirror.slots += report->slots;
    sum->mirror.tickets += report->tickets;
    sum->mirror.customers += report->customers;
    sum->mirror.records += report->records;
    sum->mirror.answered += report->answered;
    sum->mirror.refused += report->refused;
    sum->mirror.kept += report->kept;
    sum->pushed += report->answered;
}

static enum tk_code take_rest(struct sync_till *till, const struct mirror_state *state,
                              const struct sync_request *request, const struct sync_reply *reply,
                              int64_t sent_at, int64_t answered_at, struct sync_report *report,
                              struct tk_error *error)
{
    struct mirror_state next = *state;
    struct mirror_report taken = {0};
    enum tk_code code;

    next.role = reply->identity.role;
    next.standing = reply->standing == STANDING_BEHIND ? state->standing : reply->standing;
    next.rules = reply->rules;
    next.key_generation = reply->key_generation;
    next.clock_ahead = measure(state, reply->now, sent_at, answered_at);
    next.contact_at = reply->now;
    next.latest = reply->now;
    next.version = request->all ? reply->version : MIRROR_VERSION_KEPT;
    code = till->mirror->ops->take(till->mirror, &reply->rows, &reply->answers, &next, &taken,
                                   error);
    if (code)
        return code;
    add_report(report, &taken);
    if (role_reads(state->role, ROLE_CLERK) && !role_reads(next.role, ROLE_CLERK)) /* names and keys are not for it any more */
        code = till->mirror->ops->wipe(till->mirror, error);
    report->granted += reply->granted;
    report->standing = next.standing;
    report->more = report->more || reply->more ||
                   (next.standing == STANDING_GOOD &&
                    state->seq > request->base_seq + (int64_t)request->entries.count);
    return code;
}

enum tk_code sync_take(struct sync_till *till, const struct sync_request *request,
                       const struct sync_reply *reply, int64_t sent_at, int64_t answered_at,
                       struct sync_report *report, struct tk_error *error)
{
    struct mirror_state state;
    bool done = false;
    enum tk_code code = till->mirror->ops->state(till->mirror, &state, error);

    report->more = false;
    if (!code)
        code = take_identity(till, &state, request, reply, report, &done, error);
    if (code || done)
        return code;
    if (must_renew(&state, request, reply))
        return sync_renew(till, &state, report, error);
    return take_rest(till, &state, request, reply, sent_at, answered_at, report, error);
}
