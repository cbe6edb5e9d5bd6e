/*
 * mirror_take: takes over what the centre has, and its answers for the queue.
 *
 * What a till may sell must never rise by an answer that comes late, twice or out of order. What it holds
 * of a slot stands in rows that come with the slot's own and are taken over with it, as they are, or not at
 * all:
 *
 *   1. not while an entry of the queue touches the slot: the centre may not have counted it;
 *   2. not when the slot's seq is below that of the row that was taken over last. Each change of what is
 *      held raises it, and the centre tells a slot's row and what is held of it as of one moment
 *      (core/sync_reply.c): of two answers with the same seq both hold the same, so that none can bring
 *      back what was written off, and what is new in one of them is never held up;
 *   3. an entry that was done at the centre leaves the queue only with a row of its slot that passes 2,
 *      which was read after it was done: from then on 2 keeps out all that were read before;
 *   4. nothing is taken that was asked for as another replica, whose entries have other numbers.
 *
 * Tickets come from a cursor on. Where that lies beyond what is known here (another process of this till
 * asked, before a refusal made the slot to be pulled anew) there is a gap: the row is taken, for 2 is all
 * that it has to pass, and the cursor stays. Whenever something was left to be pulled again, `version` is 0,
 * so that the next round looks through the whole window and not only at what the centre changes.
 *
 * A power cut may take all this (MIRROR_QUICK), with the cursors: then the entries are in the queue again
 * and the slots under 1.
 */
#include "data/sqlite/mirror_take.h"

#include <string.h>

enum tk_code read_pulled(struct sqlite_store *store, int64_t slot_id, struct pulled *pulled,
                         struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_PULLED);
    enum tk_code code;
    bool row;

    *pulled = (struct pulled){0};
    sqlite3_bind_int64(s, 1, slot_id);
    code = statement_step(store, s, &row, error);
    if (!code && row)
        *pulled = (struct pulled){.seq = (uint64_t)sqlite3_column_int64(s, 0),
                                  .ticket = (uint64_t)sqlite3_column_int64(s, 1),
                                  .row_seq = (uint64_t)sqlite3_column_int64(s, 2)};
    statement_done(s);
    return code;
}

static enum tk_code write_pulled(struct sqlite_store *store, int64_t slot_id,
                                 const struct pulled *pulled, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_PULLED_PUT);

    sqlite3_bind_int64(s, 1, slot_id);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)pulled->seq);
    sqlite3_bind_int64(s, 3, (sqlite3_int64)pulled->ticket);
    sqlite3_bind_int64(s, 4, (sqlite3_int64)pulled->row_seq);
    return statement_run(store, s, error);
}

/* --- answers --- */

static const struct mirror_answer *find_answer(const struct mirror_answer_list *answers,
                                               int64_t seq)
{
    for (size_t i = 0; answers && i < answers->count; i++)
        if (answers->items[i].seq == seq)
            return &answers->items[i];
    return NULL;
}

/* Rule 3. */
static bool may_leave(const struct take *take, const struct outcome *outcome)
{
    return outcome->code || !outcome->slot_id ||
           map_find(&take->slots, (uint64_t)outcome->slot_id) != MAP_NONE;
}

/* What a refused entry sold is canceled here, and what it touched is as the centre says. */
static enum tk_code undo_refused(struct take *take, int64_t seq, struct tk_error *error)
{
    struct sqlite_store *store = take->store;
    sqlite3_stmt *s = statement_take(store, SQL_TICKETS_REFUSED);
    enum tk_code code;

    sqlite3_bind_int64(s, 1, seq);
    sqlite3_bind_int64(s, 2, take->row->state.latest);
    code = statement_run(store, s, error);
    take->report.refused++;
    take->again = true;
    return code ? code : mirror_run(store, SQL_PULLED_DIRTY_OF, seq, error);
}

static enum tk_code take_hash(struct take *take, int64_t seq, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(take->store, SQL_QUEUE_HASH);
    struct mirror_state *state = &take->row->state;
    enum tk_code code;
    bool row;

    sqlite3_bind_int64(s, 1, seq);
    code = statement_step(take->store, s, &row, error);
    if (!code && (!row || sqlite3_column_bytes(s, 0) != CRYPTO_HASH_SIZE))
        code = sqlite_fail(take->store, SQLITE_CORRUPT, error);
    if (!code) {
        memcpy(state->taken_hash, sqlite3_column_blob(s, 0), CRYPTO_HASH_SIZE);
        state->taken_seq = seq;
    }
    statement_done(s);
    return code;
}

static enum tk_code take_answer(struct take *take, const struct mirror_answer *answer,
                                struct tk_error *error)
{
    static const enum sql parts[] = {SQL_QUEUE_SLOT_DELETE, SQL_QUEUE_TICKET_DELETE,
                                     SQL_QUEUE_DELETE};
    enum tk_code code = take_hash(take, answer->seq, error);

    if (!code && answer->outcome.code)
        code = undo_refused(take, answer->seq, error);
    for (size_t i = 0; !code && i < sizeof parts / sizeof parts[0]; i++)
        code = mirror_run(take->store, parts[i], answer->seq, error);
    take->report.answered++;
    return code;
}

static enum tk_code take_answers(struct take *take, struct tk_error *error)
{
    struct mirror_state *state = &take->row->state;
    const struct mirror_answer *answer;
    enum tk_code code = TK_OK;

    while (!code && state->taken_seq < state->seq &&
           (answer = find_answer(take->answers, state->taken_seq + 1)) != NULL &&
           may_leave(take, &answer->outcome))
        code = take_answer(take, answer, error);
    return code;
}

/* --- slots --- */

/* Whether a cursor is no further than what came: (seq, ticket), where no ticket means all of seq. */
static bool reaches(const struct pulled *pulled, uint64_t seq, uint64_t ticket)
{
    if (seq != pulled->seq)
        return seq > pulled->seq;
    return !ticket || (pulled->ticket && ticket >= pulled->ticket);
}

/* Rule 2: which of the slots that came are not older than what is here. */
static enum tk_code find_fresh(struct take *take, struct tk_error *error)
{
    const struct mirror_slot_list *slots = &take->rows->slots;
    struct pulled pulled;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < slots->count; i++) {
        const struct slot *slot = &slots->items[i].slot;

        code = read_pulled(take->store, slot->id, &pulled, error);
        if (!code && slot->seq >= pulled.row_seq &&
            map_find(&take->slots, (uint64_t)slot->id) == MAP_NONE &&
            map_add(&take->slots, (uint64_t)slot->id, i))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    return code;
}

static enum tk_code read_known_slot(struct sqlite_store *store, int64_t slot_id,
                                    struct slot *known, bool *found, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_SLOT);
    enum tk_code code;

    sqlite3_bind_int64(s, 1, slot_id);
    code = statement_step(store, s, found, error);
    if (!code && *found)
        read_slot(s, known);
    statement_done(s);
    return code;
}

/* Whether a slot's row differs in nothing but what a sale, a grant or somebody let in changes. */
static bool is_same_showing(const struct slot *a, const struct slot *b)
{
    return a->starts_at == b->starts_at && a->ends_at == b->ends_at && a->type == b->type &&
           a->genre == b->genre && a->capacity == b->capacity && !a->expired_at &&
           !b->expired_at && !a->archived_at && !b->archived_at && strcmp(a->name, b->name) == 0 &&
           strcmp(a->description, b->description) == 0 && strcmp(a->screen, b->screen) == 0;
}

static enum tk_code update_counts(struct take *take, const struct slot *slot,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(take->store, SQL_SLOT_UPDATE);
    enum tk_code code;

    sqlite3_bind_int64(s, 1, slot->id);
    sqlite3_bind_int(s, 2, slot->available);
    sqlite3_bind_int(s, 3, slot->allotted);
    sqlite3_bind_int(s, 4, slot->sold);
    sqlite3_bind_int(s, 5, slot->lost);
    sqlite3_bind_int64(s, 6, (sqlite3_int64)slot->seq);
    sqlite3_bind_int(s, 7, slot->admitted);
    sqlite3_bind_int64(s, 8, slot->key_generation);
    code = statement_run(take->store, s, error);
    if (code)
        return code;
    s = statement_take(take->store, SQL_SLOT_HERE);
    sqlite3_bind_int64(s, 1, slot->id);
    bind_text(s, 2, take->row->state.device);
    sqlite3_bind_int(s, 3, 0);
    return statement_run(take->store, s, error);
}

/* Its row, of which this till holds nothing: that comes with the till's allotment. After most sales only its
   counts are new, and the row's many indexes stay as they are. */
static enum tk_code put_slot(struct take *take, const struct slot *slot, struct tk_error *error)
{
    struct slot_row row = {.slot = *slot, .expired_seq = slot->expired_at ? slot->seq : 0};
    struct slot known;
    bool found;
    enum tk_code code = read_known_slot(take->store, slot->id, &known, &found, error);

    if (!code && found && is_same_showing(&known, slot))
        return update_counts(take, slot, error);
    if (!code)
        code = mirror_run(take->store, SQL_MIRROR_SLOT_DELETE, slot->id, error);
    row.slot.here = 0;
    return code ? code : insert_slot(take->store, &row, error);
}

static enum tk_code put_allotments(struct take *take, int64_t slot_id, struct tk_error *error)
{
    const struct allotment_list *list = &take->rows->allotments;
    enum tk_code code =
        mirror_run(take->store, SQL_MIRROR_ALLOTMENTS_DELETE, slot_id, error);

    for (size_t i = 0; !code && i < list->count; i++)
        if (list->items[i].slot_id == slot_id)
            code = write_allotment(take->store, &list->items[i], error);
    return code;
}

/* How far the slot is known then. */
static void advance(struct take *take, const struct mirror_slot *came, struct pulled *pulled)
{
    const struct pulled from = {.seq = came->from_seq,
                                .ticket = ticket_number(take->store, came->from_id)};
    uint64_t ticket = ticket_number(take->store, came->through_id);

    pulled->row_seq = came->slot.seq;
    if (!came->whole && !reaches(&from, pulled->seq, pulled->ticket)) {
        take->again = true; /* a gap */
        return;
    }
    if (!reaches(pulled, came->through_seq, ticket))
        return;
    pulled->seq = came->through_seq;
    pulled->ticket = ticket;
}

static enum tk_code take_slot(struct take *take, size_t at, struct tk_error *error)
{
    const struct mirror_slot *came = &take->rows->slots.items[at];
    struct sqlite_store *store = take->store;
    struct pulled pulled;
    enum tk_code code = read_pulled(store, came->slot.id, &pulled, error);

    if (!code && came->whole &&
        reaches(&pulled, came->through_seq, ticket_number(store, came->through_id)))
        code = mirror_run(store, SQL_MIRROR_TICKETS_DELETE, came->slot.id, error);
    if (!code)
        code = put_slot(take, &came->slot, error);
    if (!code)
        code = put_allotments(take, came->slot.id, error);
    advance(take, came, &pulled);
    if (!code)
        code = write_pulled(store, came->slot.id, &pulled, error);
    if (!code && map_add(&take->taken, (uint64_t)came->slot.id, at))
        code = tk_fail_code(error, TK_NO_MEMORY);
    take->report.slots++;
    return code;
}

/* Rule 1. Its cursor stays, so that what came comes again; that the row is known to be this far keeps out
   older ones. */
static enum tk_code keep_slot(struct take *take, const struct slot *slot, struct tk_error *error)
{
    struct pulled pulled;
    enum tk_code code = read_pulled(take->store, slot->id, &pulled, error);

    pulled.row_seq = slot->seq;
    take->report.kept++;
    take->again = true;
    return code ? code : write_pulled(take->store, slot->id, &pulled, error);
}

static enum tk_code take_slots(struct take *take, struct tk_error *error)
{
    const struct mirror_slot_list *slots = &take->rows->slots;
    enum tk_code code = TK_OK;
    bool waits;

    for (size_t i = 0; !code && i < slots->count; i++) {
        const struct slot *slot = &slots->items[i].slot;

        if (map_find(&take->slots, (uint64_t)slot->id) != i)
            continue;
        code = mirror_has(take->store, SQL_QUEUE_SLOT_WAITS, slot->id, &waits, error);
        if (!code)
            code = waits ? keep_slot(take, slot, error) : take_slot(take, i, error);
    }
    return code;
}

/*
 * `latest` says that a clock was set back since something was done. What waits was done at a time that the
 * centre has not seen, so that then it only rises. Once nothing waits, the centre knows of all that was done
 * here, and the time that it tells is the only one that counts: had its clock been ahead when `latest` was
 * raised, the till would else refuse to sell until that time has come. An answer that comes late may leave
 * it lower by as much as it was late, until the next one.
 */
static void take_latest(struct mirror_state *own, const struct mirror_state *state)
{
    bool told = state->contact_at != own->contact_at && own->taken_seq == own->seq;

    if (told || own->latest < state->latest)
        own->latest = state->latest;
}

/* Bad news is taken at once, good news only from an answer that is no older than the last one. */
static enum tk_code take_state(struct take *take, const struct mirror_state *state,
                               struct tk_error *error)
{
    struct mirror_state *own = &take->row->state;
    sqlite3_stmt *s = statement_take(take->store, SQL_META_PUT);

    if (state->standing != STANDING_GOOD || state->contact_at >= own->contact_at)
        own->standing = state->standing;
    take_latest(own, state);
    own->role = state->role;
    own->rules = state->rules;
    own->key_generation = state->key_generation;
    own->clock_ahead = state->clock_ahead;
    own->contact_at = state->contact_at;
    if (state->version != MIRROR_VERSION_KEPT)
        own->version = state->version;
    if (state->key_generation < 1)
        return TK_OK;
    bind_text(s, 1, "key_generation");
    sqlite3_bind_int64(s, 2, state->key_generation);
    return statement_run(take->store, s, error);
}

static bool changed_anything(const struct take *take)
{
    const struct mirror_report *report = &take->report;

    return report->slots || report->tickets || report->customers || report->records ||
           report->answered || take->rows->keys.count || take->rows->disputes.count || take->rows->all_disputes;
}

static enum tk_code take_all(struct take *take, const struct mirror_state *state,
                             struct tk_error *error)
{
    enum tk_code code = find_fresh(take, error);

    if (!code)
        code = take_answers(take, error);
    if (!code)
        code = take_slots(take, error);
    if (!code)
        code = take_people(take, error);
    if (!code)
        code = take_rest(take, error);
    if (!code)
        code = take_records(take, error);
    if (!code && state)
        code = take_state(take, state, error);
    if (take->again)
        take->row->state.version = 0;
    return code ? code : mirror_save(take->store, take->row, changed_anything(take), error);
}

/* Rule 4. */
static bool is_ours(const struct mirror_state *own, const struct mirror_state *asked_as)
{
    return !asked_as || op_id_is_zero(&asked_as->replica) ||
           op_id_equal(&asked_as->replica, &own->replica);
}

enum tk_code mirror_take(struct mirror *mirror, const struct mirror_rows *rows,
                         const struct mirror_answer_list *answers,
                         const struct mirror_state *state, struct mirror_report *report,
                         struct tk_error *error)
{
    static const struct mirror_rows none;
    struct mirror_row row = {0};
    struct take take = {.store = mirror_store(mirror), .row = &row, .rows = rows ? rows : &none,
                        .answers = answers};
    enum tk_code code = mirror_begin(take.store, MIRROR_QUICK, &row, error);

    if (code)
        return code;
    if (is_ours(&row.state, state))
        code = take_all(&take, state, error);
    code = mirror_end(take.store, code, NULL, error);
    map_release(&take.slots);
    map_release(&take.taken);
    if (!code && report)
        *report = take.report;
    return code;
}
