/* The till's half of sync: operations, at the centre or, while it is away, here. */
#include <stdlib.h>
#include <string.h>

#include "core/sync_internal.h"
#include "core/text.h"

/* Steps of op_id_derive: what is done in place of an operation has an id that follows from it. */
enum { STEP_CUT_OFF = 1, STEP_AGAIN, STEP_VOID };

#define TELL_SOLD TIME_MINUTE

/* --- online --- */

/* One exchange with operations; *done: they were decided. */
static enum tk_code exchange(struct sync_till *till, const struct operation *operations,
                             size_t count, struct outcome *outcomes, bool *done, bool *kept,
                             struct tk_error *error)
{
    struct sync_report report = {0};
    struct sync_request request;
    struct sync_reply reply = {0};
    int64_t sent_at = till->ports.now(till->ports.context);
    enum tk_code code = sync_make(till, SYNC_SALE, operations, count, &request, error);

    *done = false;
    if (code)
        return code;
    code = till->line->ops->exchange(till->line, &request, &reply, SYNC_ANSWER_MS, error);
    sync_withdraw(till, &request, code);
    if (!code && count && reply.outcome_count == count && request.operations.count == count) {
        memcpy(outcomes, reply.outcomes, count * sizeof *outcomes);
        *done = true;
    }
    if (!code)
        code = sync_take(till, &request, &reply, sent_at, till->ports.now(till->ports.context),
                         &report, error);
    *kept = report.mirror.kept > 0;
    sync_reply_release(&reply);
    sync_request_release(&request);
    return code;
}

/* What was decided there and cannot be written here must not look as if it had failed. */
static enum tk_code fail_copy(const struct tk_error *why, struct tk_error *error)
{
    return tk_fail(error, TK_UNKNOWN,
                   "This was saved by the box office, but this till's own copy cannot be written "
                   "(%s). Look before you try again.",
                   tk_code_name(why->code));
}

/* How busy the till is tells how much it should hold. It is noted now and then: that costs a write, and
   to lose it does no harm. */
static void note_sold(struct sync_till *till, const struct operation *operations, size_t count,
                      const struct outcome *outcomes)
{
    int64_t now = till->ports.now(till->ports.context);

    for (size_t i = 0; i < count; i++)
        if (operations[i].kind == OP_BOOK && !outcomes[i].code && !outcomes[i].replayed)
            till->sold += outcomes[i].count;
    if (!till->holds || !till->sold || (now >= till->told_at && now - till->told_at < TELL_SOLD))
        return;
    till->mirror->ops->count_sold(till->mirror, till->sold, now, NULL);
    till->sold = 0;
    till->told_at = now;
}

static void note_sent(struct sync_till *till, const struct operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        till->sent[till->sent_count++ % SYNC_SENT_KEPT] = operations[i].id;
}

/* A copy that had to be made anew on the way asks twice. */
static enum tk_code apply_online(struct sync_till *till, const struct operation *operations,
                                 size_t count, struct outcome *outcomes, bool *decided,
                                 struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code = TK_OK;
    bool kept = false;

    *decided = false;
    for (int i = 0; !code && !*decided && i < 3; i++)
        code = exchange(till, operations, count, outcomes, decided, &kept, &why);
    if (*decided || code == TK_UNKNOWN || code == TK_INTERRUPTED)
        note_sent(till, operations, count);
    if (!code && kept) /* something of these slots was done here meanwhile: its rows come with it */
        exchange(till, NULL, 0, NULL, &(bool){false}, &kept, NULL);
    if (!code && !*decided)
        code = tk_fail(&why, TK_UNAVAILABLE, "The box office answers, but not what was asked.");
    if (*decided)
        note_sold(till, operations, count, outcomes);
    if (*decided)
        return code ? fail_copy(&why, error) : TK_OK;
    if (code && error)
        *error = why;
    return code;
}

static enum tk_code give_up(struct sync_till *till, const struct operation *operations,
                            size_t count, struct outcome *outcomes, struct tk_error *error);

/* What this till holds of a slot goes back to the common stock where that alone did not suffice: online it
   needs none. The sale is asked for once more then, as another one. */
static enum tk_code pool_places(struct sync_till *till, const struct operation *operation,
                                struct outcome *outcome, struct tk_error *error)
{
    struct slot_ref ref = {.id = outcome->slot_id};
    struct operation again = *operation;
    struct slot_list slots = {0};
    int64_t returned = 0;
    bool decided, short_of = outcome->code == TK_SOLD_OUT || outcome->code == TK_NOT_ENOUGH_PLACES;
    enum tk_code code = TK_OK;

    if (operation->kind != OP_BOOK || !short_of || !ref.id)
        return TK_OK;
    if (sync_find_slots(till, &ref, &slots, NULL) == TK_OK && slots.count &&
        slots.items[0].here > 0 && slots.items[0].here + outcome->available >= operation->book.count)
        sync_return(till, SYNC_RETURN_ALL, ref.id, &returned, NULL);
    slot_list_release(&slots);
    if (!returned && !outcome->replayed) /* it may have been asked for before */
        return TK_OK;
    again.id = op_id_derive(&operation->id, STEP_AGAIN);
    code = apply_online(till, &again, 1, outcome, &decided, error);
    if (code && !decided && sync_means_away(code)) /* what was refused stands: nothing is sold */
        return give_up(till, &again, 1, outcome, NULL) == TK_UNKNOWN ? tk_fail_code(error, TK_UNKNOWN)
                                                                     : TK_OK;
    return code;
}

/* --- cut off --- */

/* Why this till may not sell by itself; TK_OK when it may. */
static enum tk_code check_seller(const struct sync_till *till, const struct mirror_state *state)
{
    if (!state->adopted)
        return TK_NEEDS_CENTRE;
    if (state->suspect || state->standing == STANDING_STRANGER)
        return TK_SAME_TILL;
    if (state->standing == STANDING_DISMISSED)
        return TK_DISMISSED;
    if (state->standing != STANDING_GOOD)
        return TK_QUARANTINED;
    return sync_now(till, state) < state->latest - SYNC_CLOCK_WARN ? TK_CLOCK : TK_OK;
}

static bool is_open(const struct mirror_state *state, const struct slot *slot, int64_t now)
{
    return plan_check_open(slot, &state->rules, now) == TK_OK;
}

/* The slot that a reference means: of several the first of which this till holds enough, else the first
   one that is open, else the first. */
static enum tk_code choose_slot(const struct sync_till *till, const struct mirror_state *state,
                                int64_t count, struct slot_ref *ref, struct tk_error *error)
{
    struct slot_list slots = {0};
    const struct slot *best = NULL;
    int best_rank = -1;
    enum tk_code code = sync_find_slots(till, ref, &slots, error);

    for (size_t i = 0; !code && i < slots.count; i++) {
        const struct slot *slot = &slots.items[i];
        int rank = is_open(state, slot, sync_now(till, state)) + (slot->here >= count);

        if (rank > best_rank)
            best = slot;
        best_rank = rank > best_rank ? rank : best_rank;
    }
    if (best)
        *ref = (struct slot_ref){.id = best->id};
    slot_list_release(&slots);
    return code ? code : best ? TK_OK : TK_SLOT_NOT_FOUND;
}

/* Cancel and reissue: of what was issued here and is not known at the centre. */
static enum tk_code check_unsent(const struct sync_till *till, uint64_t ticket_id,
                                 struct tk_error *error)
{
    bool unsent = false;
    enum tk_code code = till->mirror->ops->is_unsent(till->mirror, ticket_id, &unsent, error);

    return code ? code : unsent ? TK_OK : TK_NEEDS_CENTRE;
}

/* Makes of an operation what is done here in its place. A code that is a refusal, or TK_NEEDS_CENTRE, is
   its outcome. */
static enum tk_code convert(const struct sync_till *till, const struct mirror_state *state,
                            int64_t now, struct operation *operation, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (!state->adopted) /* it has no name yet to do anything in */
        return TK_NEEDS_CENTRE;
    operation->id = op_id_derive(&operation->id, STEP_CUT_OFF);
    operation->cut_off = true;
    operation->at = now;
    text_copy(operation->device, sizeof operation->device, state->device);
    switch (operation->kind) {
    case OP_BOOK:
        code = check_seller(till, state);
        return code ? code
                    : choose_slot(till, state, operation->book.count, &operation->book.slot,
                                  error);
    case OP_REISSUE:
        code = check_seller(till, state);
        if (!code)
            code = check_unsent(till, operation->reissue.ticket_id, error);
        return code ? code : choose_slot(till, state, 1, &operation->reissue.slot, error);
    case OP_CANCEL:
        code = check_seller(till, state);
        return code ? code : check_unsent(till, operation->cancel.ticket_id, error);
    case OP_ADMIT:
        if (!operation->admit.admitted_at)
            operation->admit.admitted_at = now;
        return TK_OK;
    case OP_UNADMIT:
    case OP_PRINT:
    case OP_SIGN:
        return TK_OK;
    default:
        return TK_NEEDS_CENTRE;
    }
}

/* What is done here for a batch: voids of what the centre may have got, and what can be done in its place. */
struct stand_in {
    struct operation *operations; /* owned, as all here */
    struct outcome *outcomes;
    size_t *places; /* of the batch's operations, by those above; SIZE_MAX: a void */
    size_t count;
};

static void stand_in_release(struct stand_in *in)
{
    free(in->operations);
    free(in->outcomes);
    free(in->places);
    *in = (struct stand_in){0};
}

static bool stand_in_init(struct stand_in *in, size_t count)
{
    *in = (struct stand_in){
        .operations = calloc(2 * count, sizeof *in->operations),
        .outcomes = calloc(2 * count, sizeof *in->outcomes),
        .places = calloc(2 * count, sizeof *in->places),
    };
    return in->operations && in->outcomes && in->places;
}

/* The till's own, whoever asked for what is voided: no role of a person may do that. */
static void add_void(struct stand_in *in, const struct sync_till *till,
                     const struct mirror_state *state, const struct operation *operation)
{
    struct operation *made = &in->operations[in->count];

    *made = (struct operation){.kind = OP_VOID,
                               .id = op_id_derive(&operation->id, STEP_VOID),
                               .at = sync_now(till, state),
                               .void_ = {.operation = operation->id}};
    text_copy(made->actor, sizeof made->actor, state->device);
    text_copy(made->device, sizeof made->device, state->device);
    in->places[in->count++] = SIZE_MAX;
}

static bool is_answer(enum tk_code code)
{
    return tk_code_is_refusal(code) || code == TK_NEEDS_CENTRE;
}

/* Whether the centre may have got it before, whatever was told then. */
static bool was_sent(const struct sync_till *till, const struct op_id *id)
{
    size_t kept = till->sent_count < SYNC_SENT_KEPT ? till->sent_count : SYNC_SENT_KEPT;

    for (size_t i = 0; i < kept; i++)
        if (op_id_equal(&till->sent[i], id))
            return true;
    return false;
}

static enum tk_code fill_stand_in(struct stand_in *in, const struct sync_till *till,
                                  const struct mirror_state *state,
                                  const struct operation *operations, size_t count, bool unknown,
                                  bool voids_alone, struct outcome *outcomes,
                                  struct tk_error *error)
{
    int64_t now = sync_now(till, state); /* one moment for all: who goes in together is known by it */

    /* a copy that is nobody's yet asks who it is, and nothing else */
    for (size_t i = 0; state->adopted && i < count; i++)
        if (unknown || was_sent(till, &operations[i].id))
            add_void(in, till, state, &operations[i]);
    for (size_t i = 0; !voids_alone && i < count; i++) {
        struct operation *made = &in->operations[in->count];
        enum tk_code code;

        *made = operations[i];
        code = convert(till, state, now, made, error);
        if (code && !is_answer(code))
            return code;
        outcomes[i] = (struct outcome){.code = code};
        if (!code)
            in->places[in->count++] = i;
    }
    return TK_OK;
}

/* Does a batch here. unknown: the centre may have got it, or may get it yet. voids_alone: nothing is done in
   its place. */
static enum tk_code apply_here(struct sync_till *till, const struct operation *operations,
                               size_t count, bool unknown, bool voids_alone,
                               struct outcome *outcomes, struct tk_error *error)
{
    struct mirror_state state;
    struct stand_in in = {0};
    enum tk_code code = till->mirror->ops->state(till->mirror, &state, error);

    if (!code && !stand_in_init(&in, count)) {
        code = TK_NO_MEMORY;
        tk_fail_code(error, code);
    }
    if (!code)
        code = fill_stand_in(&in, till, &state, operations, count, unknown, voids_alone, outcomes,
                             error);
    if (!code && in.count)
        code = till->mirror->ops->apply(till->mirror, in.operations, in.count,
                                        sync_now(till, &state), in.outcomes, error);
    for (size_t i = 0; !code && i < in.count; i++)
        if (in.places[i] != SIZE_MAX)
            outcomes[in.places[i]] = in.outcomes[i];
    stand_in_release(&in);
    return code;
}

static uint32_t make_noise(const struct sync_till *till)
{
    uint32_t noise;

    till->ports.random(till->ports.context, &noise, sizeof noise);
    return noise;
}

static enum tk_code fail_unknown(struct tk_error *error)
{
    return tk_fail(error, TK_UNKNOWN,
                   "The box office did not answer in time: it is not known whether this was done. It "
                   "is not done later: look when the line is back.");
}

static bool is_taken_back(enum op_kind kind)
{
    return kind == OP_BOOK || kind == OP_ADMIT;
}

static enum tk_code give_up(struct sync_till *till, const struct operation *operations,
                            size_t count, struct outcome *outcomes, struct tk_error *error)
{
    if (apply_here(till, operations, count, true, true, outcomes, NULL))
        return tk_fail_code(error, TK_UNKNOWN);
    return tk_fail(error, TK_INTERRUPTED,
                   is_taken_back(operations->kind)
                       ? "This was given up: if the box office has done it, it takes it back."
                       : "This was given up: look whether the box office has done it.");
}

/* What could not be done here instead, and is not taken back, may have been done all the same. */
static enum tk_code tell_unknown(const struct operation *operations, size_t count,
                                 struct outcome *outcomes, struct tk_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (outcomes[i].code && !is_taken_back(operations[i].kind)) {
            if (count == 1)
                return fail_unknown(error);
            outcomes[i] = (struct outcome){.code = TK_UNKNOWN};
        }
    return TK_OK;
}

/* One part of a batch, as many as one request takes. */
static enum tk_code apply_part(struct sync_till *till, struct sync_link *link,
                               const struct operation *operations, size_t count,
                               struct outcome *outcomes, struct tk_error *error)
{
    struct tk_error why = {0};
    enum tk_code code = TK_OK;
    bool unknown = false, decided;

    if (!link->away_since) {
        code = apply_online(till, operations, count, outcomes, &decided, &why);
        if (code == TK_INTERRUPTED && !decided)
            return give_up(till, operations, count, outcomes, error);
        if (!code && count == 1)
            code = pool_places(till, operations, outcomes, &why);
        if (!code || decided || !sync_means_away(code)) {
            if (code && error)
                *error = why;
            return code;
        }
        unknown = code == TK_UNKNOWN;
        sync_link_failed(link, till->ports.now(till->ports.context), make_noise(till), &why);
    }
    code = apply_here(till, operations, count, unknown, false, outcomes, error);
    if (code)
        return unknown ? tk_fail_code(error, TK_UNKNOWN) : code;
    return unknown ? tell_unknown(operations, count, outcomes, error) : TK_OK;
}

/* What was done here under the derived id is what is answered, should the same be asked once more. */
static enum tk_code find_done(struct sync_till *till, const struct operation *operation, bool *done,
                              struct outcome *outcome, struct tk_error *error)
{
    struct op_id id = op_id_derive(&operation->id, STEP_CUT_OFF);
    enum tk_code code = till->mirror->ops->find_done(till->mirror, &id, done, outcome, error);

    *done = !code && *done && !outcome->code;
    if (*done)
        outcome->replayed = true;
    return code;
}

/* A part of which something was done before goes one by one. */
static enum tk_code apply_asked_again(struct sync_till *till, struct sync_link *link,
                                      const struct operation *operations, size_t count,
                                      struct outcome *outcomes, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    bool done;

    for (size_t i = 0; !code && i < count; i++) {
        code = find_done(till, &operations[i], &done, &outcomes[i], error);
        if (!code && !done)
            code = apply_part(till, link, &operations[i], 1, &outcomes[i], error);
    }
    return code;
}

static enum tk_code apply_some(struct sync_till *till, struct sync_link *link,
                               const struct operation *operations, size_t count,
                               struct outcome *outcomes, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    bool done = false;

    for (size_t i = 0; !code && !done && i < count; i++)
        code = find_done(till, &operations[i], &done, &outcomes[i], error);
    if (code)
        return code;
    return done ? apply_asked_again(till, link, operations, count, outcomes, error)
                : apply_part(till, link, operations, count, outcomes, error);
}

enum tk_code sync_apply(struct sync_till *till, struct sync_link *link,
                        const struct operation *operations, size_t count,
                        struct outcome *outcomes, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t at = 0; !code && at < count; at += SYNC_OPERATIONS_MAX) {
        size_t part = count - at < SYNC_OPERATIONS_MAX ? count - at : SYNC_OPERATIONS_MAX;

        code = apply_some(till, link, operations + at, part, outcomes + at, error);
        if (code && at)
            code = tk_fail(error, TK_UNKNOWN,
                           "%zu of %zu changes were made, then this failed: look before you try "
                           "again.", at, count);
    }
    return code;
}
