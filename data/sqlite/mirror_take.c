/*
 * mirror_take: takes over what the centre has, and its answers for the queue.
 *
 * What a till may sell must never rise by an answer that comes late, twice or out of order. What it holds
 * of a slot stands in rows that come with the slot's own and are taken over with it or not at all:
 *
 *   1. not while an entry of the queue touches the slot: the centre may not have counted it;
 *   2. not when the slot's seq is below that of the row that was taken over last: each change of what is
 *      held raises it (the centre reads the row first, so that what comes with it is newer, never older);
 *   3. an entry that was done at the centre leaves the queue only with a row of its slot that passes 2,
 *      which was read after it was done: from then on 2 keeps out all that were read before;
 *   4. nothing is taken that was asked for as another replica, whose entries have other numbers.
 *
 * A power cut may take all this (MIRROR_QUICK), with the cursors: then the entries are in the queue again
 * and the slots under 1.
 */
#include "data/sqlite/mirror_internal.h"

#include <string.h>

#include "core/map.h"

struct take {
    struct sqlite_store *store;
    struct mirror_row *row;
    const struct mirror_rows *rows;
    const struct mirror_answer_list *answers;
    struct map slots; /* places in rows->slots, of those that are not older than what is here */
    struct map taken; /* of those that are taken over */
    struct mirror_report report;
};

/* How far a slot is known here; all 0 when it never was, seq 0 when it is to be pulled whole. */
struct pulled {
    uint64_t seq, ticket; /* ticket: the number, 0: all of seq */
    uint64_t row_seq;
};

static enum tk_code read_pulled(struct sqlite_store *store, int64_t slot_id, struct pulled *pulled,
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

static enum tk_code put_slot(struct sqlite_store *store, const struct slot *slot,
                             struct tk_error *error)
{
    struct slot_row row = {.slot = *slot, .expired_seq = slot->expired_at ? slot->seq : 0};
    enum tk_code code = mirror_run(store, SQL_MIRROR_SLOT_DELETE, slot->id, error);

    row.slot.here = 0; /* comes with the till's allotment */
    return code ? code : insert_slot(store, &row, error);
}

static enum tk_code read_own(struct take *take, int64_t slot_id, struct allotment *own,
                             struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(take->store, SQL_ALLOTMENT);
    enum tk_code code;
    bool row;

    *own = (struct allotment){0};
    sqlite3_bind_int64(s, 1, slot_id);
    bind_text(s, 2, take->row->state.device);
    code = statement_step(take->store, s, &row, error);
    if (!code && row)
        read_allotment(s, own);
    statement_done(s);
    return code;
}

static int32_t greater(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* What the centre told of the till's own once is so for good (allotment.h): it may be newer than its slot's
   row, so that it is not by the row's seq alone that an older one is known. */
static struct allotment merge_own(const struct allotment *own, const struct allotment *came)
{
    struct allotment merged = *came;
    int32_t below, over;

    merged.granted = greater(came->granted, own->granted);
    merged.returned = greater(came->returned, own->returned);
    merged.written_off = greater(came->written_off, own->written_off);
    if (own->written_off_at > came->written_off_at) {
        merged.written_off_at = own->written_off_at;
        memcpy(merged.written_off_by, own->written_off_by, sizeof merged.written_off_by);
    }
    below = greater(-allotment_held(&merged), 0); /* it was sold in between: nothing is held then */
    over = merged.written_off - came->written_off;
    merged.written_off -= below < over ? below : over;
    merged.returned -= below < over ? 0 : below - over;
    return merged;
}

static enum tk_code put_allotments(struct take *take, int64_t slot_id, struct tk_error *error)
{
    const struct allotment_list *list = &take->rows->allotments;
    struct allotment own, merged;
    enum tk_code code = read_own(take, slot_id, &own, error);

    if (!code)
        code = mirror_run(take->store, SQL_MIRROR_ALLOTMENTS_DELETE, slot_id, error);
    for (size_t i = 0; !code && i < list->count; i++) {
        bool is_own = strcmp(list->items[i].holder, take->row->state.device) == 0;

        if (list->items[i].slot_id != slot_id)
            continue;
        merged = is_own ? merge_own(&own, &list->items[i]) : list->items[i];
        code = write_allotment(take->store, &merged, error);
    }
    return code;
}

/*
 * How far the slot is known then. What is no part of what went before (there is a gap when nothing is
 * known, for a till asks for changes from its cursor on) leaves it to be pulled whole.
 */
static void advance(const struct take *take, const struct mirror_slot *came, struct pulled *pulled)
{
    uint64_t ticket = ticket_number(take->store, came->through_id);

    pulled->row_seq = came->slot.seq;
    if (!came->whole && !pulled->seq)
        return;
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
        code = put_slot(store, &came->slot, error);
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

/* --- tickets and customers --- */

static enum tk_code take_ticket(struct take *take, const struct ticket *ticket,
                                struct tk_error *error)
{
    static const enum sql known[] = {SQL_MIRROR_TICKET_DELETE, SQL_EARLY_DELETE, SQL_LOST_DELETE};
    int64_t number = (int64_t)ticket_number(take->store, ticket->id);
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < sizeof known / sizeof known[0]; i++)
        code = mirror_run(take->store, known[i], number, error);
    take->report.tickets++;
    return code ? code : insert_ticket(take->store, ticket, error);
}

static enum tk_code take_tickets(struct take *take, struct tk_error *error)
{
    const struct ticket_list *list = &take->rows->tickets;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < list->count; i++)
        if (map_find(&take->taken, (uint64_t)list->items[i].slot_id) != MAP_NONE)
            code = take_ticket(take, &list->items[i], error);
    return code;
}

/* What is here of a customer under this number, or *found false. */
static enum tk_code find_customer(struct sqlite_store *store, sqlite3_stmt *s,
                                  struct customer *customer, bool *found, struct tk_error *error)
{
    enum tk_code code = statement_step(store, s, found, error);

    if (!code && *found)
        read_customer(store, s, customer);
    statement_done(s);
    return code;
}

static enum tk_code delete_customer(struct sqlite_store *store, int64_t number,
                                    struct tk_error *error)
{
    enum tk_code code = mirror_run(store, SQL_KEYS_DELETE, number, error);

    return code ? code : mirror_run(store, SQL_MIRROR_CUSTOMER_DELETE, number, error);
}

/* One who bought here while the till was cut off got a number of this till; the centre knows the same
   person under its own, which is taken over for all of his tickets. */
static enum tk_code join_customers(struct sqlite_store *store, const struct customer *customer,
                                   struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_CUSTOMER_KNOWN);
    struct customer other = {0};
    int64_t number;
    bool found;
    enum tk_code code;

    bind_text(s, 1, customer->phone);
    bind_text(s, 2, customer->name);
    code = find_customer(store, s, &other, &found, error);
    if (code || !found || other.id == customer->id)
        return code;
    number = (int64_t)customer_number(store, other.id);
    s = statement_take(store, SQL_MIRROR_CUSTOMER_MOVE);
    sqlite3_bind_int64(s, 1, number);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)customer_number(store, customer->id));
    code = statement_run(store, s, error);
    return code ? code : delete_customer(store, number, error);
}

static enum tk_code take_customer(struct take *take, const struct customer *customer,
                                  struct tk_error *error)
{
    struct sqlite_store *store = take->store;
    int64_t number = (int64_t)customer_number(store, customer->id);
    sqlite3_stmt *s = statement_take(store, SQL_CUSTOMER);
    struct customer known = {0};
    bool found;
    enum tk_code code;

    sqlite3_bind_int64(s, 1, number);
    code = find_customer(store, s, &known, &found, error);
    if (code || (found && known.erased_at && !customer->erased_at)) /* who is forgotten stays so */
        return code;
    if (found && !known.erased_at && customer->erased_at)
        store->forgetting = true;
    if (!customer->erased_at)
        code = join_customers(store, customer, error);
    if (!code)
        code = delete_customer(store, number, error);
    take->report.customers++;
    return code ? code : insert_customer(store, customer, error);
}

static enum tk_code take_customers(struct take *take, struct tk_error *error)
{
    const struct customer_list *list = &take->rows->customers;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < list->count; i++)
        code = take_customer(take, &list->items[i], error);
    return code;
}

/* --- the rest --- */

static enum tk_code take_key(struct sqlite_store *store, const struct mirror_key *key,
                             struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_MIRROR_KEY_PUT);

    sqlite3_bind_int64(s, 1, key->slot_id);
    sqlite3_bind_int64(s, 2, key->generation);
    sqlite3_bind_blob(s, 3, key->key.bytes, sizeof key->key.bytes, SQLITE_STATIC);
    return statement_run(store, s, error);
}

/* Numbers that were used, and blocks that were written off, stay so; and none is ever given back, so that
   what is not among all of them comes from an older answer. */
static enum tk_code take_block(struct sqlite_store *store, const struct number_block *block,
                               struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_MIRROR_BLOCK_PUT);

    sqlite3_bind_int64(s, 1, (sqlite3_int64)block->first);
    sqlite3_bind_int64(s, 2, block->count);
    sqlite3_bind_int64(s, 3, (sqlite3_int64)block->next);
    bind_text(s, 4, block->holder);
    sqlite3_bind_int64(s, 5, block->granted_at);
    sqlite3_bind_int64(s, 6, block->written_off_at);
    return statement_run(store, s, error);
}

static enum tk_code take_dispute(struct sqlite_store *store, const struct dispute *dispute,
                                 struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_MIRROR_DISPUTE_DELETE);
    enum tk_code code;

    sqlite3_bind_blob(s, 1, dispute->id.bytes, sizeof dispute->id.bytes, SQLITE_STATIC);
    code = statement_run(store, s, error);
    return code ? code : insert_dispute(store, dispute, error);
}

static enum tk_code take_rest(struct take *take, struct tk_error *error)
{
    const struct mirror_rows *rows = take->rows;
    struct sqlite_store *store = take->store;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < rows->keys.count; i++)
        code = take_key(store, &rows->keys.items[i], error);
    for (size_t i = 0; !code && i < rows->blocks.count; i++)
        code = take_block(store, &rows->blocks.items[i], error);
    if (!code && rows->all_disputes)
        code = mirror_run(store, SQL_MIRROR_DISPUTES_DELETE, 0, error);
    for (size_t i = 0; !code && i < rows->disputes.count; i++)
        code = take_dispute(store, &rows->disputes.items[i], error);
    return code;
}

/* Bad news is taken at once, good news only from an answer that is no older than the last one. */
static enum tk_code take_state(struct take *take, const struct mirror_state *state,
                               struct tk_error *error)
{
    struct mirror_state *own = &take->row->state;
    sqlite3_stmt *s = statement_take(take->store, SQL_META_PUT);

    if (state->standing != STANDING_GOOD || state->contact_at >= own->contact_at)
        own->standing = state->standing;
    own->rules = state->rules;
    own->key_generation = state->key_generation;
    own->clock_ahead = state->clock_ahead;
    own->contact_at = state->contact_at;
    own->version = state->version;
    if (own->latest < state->latest)
        own->latest = state->latest;
    if (state->key_generation < 1)
        return TK_OK;
    bind_text(s, 1, "key_generation");
    sqlite3_bind_int64(s, 2, state->key_generation);
    return statement_run(take->store, s, error);
}

static bool changed_anything(const struct take *take)
{
    const struct mirror_report *report = &take->report;

    return report->slots || report->tickets || report->customers || report->answered ||
           take->rows->keys.count || take->rows->disputes.count || take->rows->all_disputes;
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
        code = take_customers(take, error);
    if (!code)
        code = take_tickets(take, error);
    if (!code)
        code = take_rest(take, error);
    if (!code && state)
        code = take_state(take, state, error);
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
    struct mirror_row row;
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

/* --- what is known --- */

static enum tk_code add_cursor(const struct sqlite_store *store, int64_t slot_id,
                               const struct pulled *pulled, struct mirror_cursor_list *list,
                               struct tk_error *error)
{
    struct mirror_cursor cursor = {.slot_id = slot_id, .seq = pulled->seq};

    if (pulled->ticket)
        cursor.ticket_id = id_make(&store->id_key, ID_TICKET, pulled->ticket);
    return mirror_cursor_list_add(list, &cursor) ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

static enum tk_code list_all_cursors(struct sqlite_store *store, struct mirror_cursor_list *list,
                                     struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_PULLED_ALL);
    enum tk_code code;
    bool row;

    while ((code = statement_step(store, s, &row, error)) == TK_OK && row) {
        struct pulled pulled = {.seq = (uint64_t)sqlite3_column_int64(s, 1),
                                .ticket = (uint64_t)sqlite3_column_int64(s, 2)};

        code = add_cursor(store, sqlite3_column_int64(s, 0), &pulled, list, error);
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

enum tk_code mirror_list_cursors(struct mirror *mirror, const int64_t *slot_ids, size_t count,
                                 struct mirror_cursor_list *list, struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct pulled pulled;
    enum tk_code code = connection_require(store, error);

    if (!code && !slot_ids)
        return list_all_cursors(store, list, error);
    for (size_t i = 0; !code && i < count; i++) {
        code = read_pulled(store, slot_ids[i], &pulled, error);
        if (!code)
            code = add_cursor(store, slot_ids[i], &pulled, list, error);
    }
    return code;
}

enum tk_code mirror_list_keyless(struct mirror *mirror, int64_t until, size_t limit,
                                 struct id_list *list, struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row known;
    sqlite3_stmt *s;
    bool row;
    enum tk_code code = connection_require(store, error);

    if (!code)
        code = mirror_read(store, &known, error);
    if (code)
        return code;
    s = statement_take(store, SQL_MIRROR_KEYLESS);
    sqlite3_bind_int64(s, 1, known.state.role >= ROLE_CLERK ? INT64_MAX : until);
    sqlite3_bind_int64(s, 2, query_limit(limit));
    while ((code = statement_step(store, s, &row, error)) == TK_OK && row)
        if (id_list_add(list, sqlite3_column_int64(s, 0))) {
            code = tk_fail_code(error, TK_NO_MEMORY);
            break;
        }
    statement_done(s);
    return code;
}

enum tk_code mirror_slot_key(struct mirror *mirror, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    sqlite3_stmt *s;
    bool row = false;
    enum tk_code code = connection_require(store, error);

    if (code)
        return code;
    s = statement_take(store, SQL_MIRROR_KEY);
    sqlite3_bind_int64(s, 1, slot_id);
    sqlite3_bind_int64(s, 2, generation);
    code = statement_step(store, s, &row, error);
    if (!code && row && sqlite3_column_bytes(s, 0) == sizeof key->bytes)
        memcpy(key->bytes, sqlite3_column_blob(s, 0), sizeof key->bytes);
    else if (!code)
        code = tk_fail_code(error, TK_NOT_FOUND);
    statement_done(s);
    return code;
}
