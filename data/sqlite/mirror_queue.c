/* mirror_queue: what is done here while the centre cannot be asked, and waits to be told. */
#include "data/sqlite/mirror_internal.h"

#include <string.h>

#include "core/text.h"

#define OPERATION_TEXT_MAX (64u << 10)

/* The same for all tills, so that a ticket that several of them saw is told once. */
static const struct op_id lost_ticket = {{0x54, 0x6b, 0x74, 0x79, 0x6c, 0x6f, 0x73, 0x74, 0x2d,
                                          0x74, 0x69, 0x63, 0x6b, 0x65, 0x74, 0x73}};

/* --- entries --- */

static enum tk_code insert_entry(struct sqlite_store *store, const struct mirror_state *state,
                                 const struct operation *operation, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_QUEUE_INSERT);
    struct buffer text;
    enum tk_code code;

    buffer_init(&text, OPERATION_TEXT_MAX);
    operation_print(&text, operation, OP_PRINT_WHOLE);
    if (text.failed) {
        code = tk_fail_code(error, TK_NO_MEMORY);
        goto out;
    }
    sqlite3_bind_int64(s, 1, state->seq);
    sqlite3_bind_blob(s, 2, operation->id.bytes, sizeof operation->id.bytes, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, text.data, (int)text.length, SQLITE_STATIC);
    sqlite3_bind_blob(s, 4, state->hash, sizeof state->hash, SQLITE_STATIC);
    code = statement_run(store, s, error);
out:
    buffer_release(&text);
    return code;
}

static enum tk_code note_slot(struct sqlite_store *store, int64_t slot_id, int64_t seq,
                              struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_QUEUE_SLOT_INSERT);

    if (!slot_id)
        return TK_OK;
    sqlite3_bind_int64(s, 1, slot_id);
    sqlite3_bind_int64(s, 2, seq);
    return statement_run(store, s, error);
}

/* A reissue touches the slot of the old ticket as well. */
static enum tk_code note_old_slot(struct sqlite_store *store, uint64_t ticket_id, int64_t seq,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_TICKET);
    int64_t slot_id = 0;
    enum tk_code code;
    bool row;

    sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, ticket_id));
    code = statement_step(store, s, &row, error);
    if (!code && row)
        slot_id = sqlite3_column_int64(s, 1);
    statement_done(s);
    return code ? code : note_slot(store, slot_id, seq, error);
}

/* None of a block's numbers makes an id that is none, so those of a sale follow one another. */
static enum tk_code note_tickets(struct sqlite_store *store, uint64_t first, int64_t count,
                                 int64_t seq, struct tk_error *error)
{
    int64_t number = (int64_t)ticket_number(store, first);
    enum tk_code code = TK_OK;

    for (int64_t i = 0; !code && i < count; i++) {
        sqlite3_stmt *s = statement_take(store, SQL_QUEUE_TICKET_INSERT);

        sqlite3_bind_int64(s, 1, number + i);
        sqlite3_bind_int64(s, 2, seq);
        code = statement_run(store, s, error);
    }
    return code;
}

/* Puts what was done into the queue, with what it touched. */
static enum tk_code queue_add(struct sqlite_store *store, struct mirror_row *row,
                              const struct operation *operation, const struct outcome *outcome,
                              struct tk_error *error)
{
    struct mirror_state *state = &row->state;
    enum tk_code code = mirror_chain(state->hash, state->seq + 1, operation, state->hash);

    if (code)
        return tk_fail_code(error, code);
    state->seq++;
    code = insert_entry(store, state, operation, error);
    if (!code)
        code = note_slot(store, outcome->slot_id, state->seq, error);
    if (code)
        return code;
    if (operation->kind == OP_BOOK)
        return note_tickets(store, outcome->ticket_id, outcome->count, state->seq, error);
    if (operation->kind != OP_REISSUE)
        return TK_OK;
    code = note_old_slot(store, operation->reissue.ticket_id, state->seq, error);
    return code ? code : note_tickets(store, outcome->ticket_id, 1, state->seq, error);
}

static enum tk_code list_entries(struct sqlite_store *store, int64_t after, size_t limit,
                                 struct mirror_entry_list *list, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_QUEUE_LIST);
    enum tk_code code;
    bool row;

    sqlite3_bind_int64(s, 1, after);
    sqlite3_bind_int64(s, 2, query_limit(limit));
    while ((code = statement_step(store, s, &row, error)) == TK_OK && row) {
        struct mirror_entry entry = {.seq = sqlite3_column_int64(s, 0)};
        const char *text = (const char *)sqlite3_column_text(s, 1);

        if (!text || operation_parse(text, (size_t)sqlite3_column_bytes(s, 1), &entry.operation,
                                     NULL))
            code = sqlite_fail(store, SQLITE_CORRUPT, error);
        else if (mirror_entry_list_add(list, &entry))
            code = tk_fail_code(error, TK_NO_MEMORY);
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

enum tk_code mirror_list_queue(struct mirror *mirror, int64_t after, size_t limit,
                               struct mirror_entry_list *list, struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    enum tk_code code = connection_require(store, error);

    return code ? code : list_entries(store, after, limit, list, error);
}

enum tk_code mirror_hash_at(struct mirror *mirror, int64_t seq, uint8_t hash[CRYPTO_HASH_SIZE],
                            struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row known;
    sqlite3_stmt *s;
    bool row = false;
    enum tk_code code = connection_require(store, error);

    if (!code)
        code = mirror_read(store, &known, error);
    if (code)
        return code;
    if (seq == known.state.taken_seq) {
        memcpy(hash, known.state.taken_hash, CRYPTO_HASH_SIZE);
        return TK_OK;
    }
    s = statement_take(store, SQL_QUEUE_HASH);
    sqlite3_bind_int64(s, 1, seq);
    code = statement_step(store, s, &row, error);
    if (!code && row && sqlite3_column_bytes(s, 0) == CRYPTO_HASH_SIZE)
        memcpy(hash, sqlite3_column_blob(s, 0), CRYPTO_HASH_SIZE);
    else if (!code)
        code = tk_fail_code(error, TK_NOT_FOUND);
    statement_done(s);
    return code;
}

static enum tk_code move_entry(struct sqlite_store *store, const struct mirror_entry *entry,
                               const struct mirror_state *state, struct tk_error *error)
{
    static const enum sql parts[] = {SQL_QUEUE_SLOT_MOVE, SQL_QUEUE_TICKET_MOVE, SQL_QUEUE_MOVE};
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < sizeof parts / sizeof parts[0]; i++) {
        sqlite3_stmt *s = statement_take(store, parts[i]);

        sqlite3_bind_int64(s, 1, entry->seq);
        sqlite3_bind_int64(s, 2, state->seq);
        if (parts[i] == SQL_QUEUE_MOVE)
            sqlite3_bind_blob(s, 3, state->hash, sizeof state->hash, SQLITE_STATIC);
        code = statement_run(store, s, error);
    }
    return code;
}

/* An entry never gets a higher number than it had, so none is in the way of another. */
enum tk_code queue_chain_anew(struct sqlite_store *store, struct mirror_row *row,
                              struct tk_error *error)
{
    struct mirror_state *state = &row->state;
    struct mirror_entry_list list = {0};
    enum tk_code code;
    int64_t after = 0;

    state->seq = state->taken_seq = 0;
    memset(state->hash, 0, sizeof state->hash);
    memset(state->taken_hash, 0, sizeof state->taken_hash);
    do {
        list.count = 0;
        code = list_entries(store, after, OP_BATCH_MAX, &list, error);
        for (size_t i = 0; !code && i < list.count; i++) {
            after = list.items[i].seq;
            if (mirror_chain(state->hash, state->seq + 1, &list.items[i].operation, state->hash))
                code = tk_fail_code(error, TK_NO_MEMORY);
            state->seq++;
            if (!code)
                code = move_entry(store, &list.items[i], state, error);
        }
    } while (!code && list.count);
    mirror_entry_list_release(&list);
    return code;
}

enum tk_code mirror_find_done(struct mirror *mirror, const struct op_id *id, bool *found,
                              struct outcome *outcome, struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct seen_operation seen = {0};
    enum tk_code code = connection_require(store, error);

    if (!code)
        code = load_seen(store, id, &seen, error);
    *found = !code && seen.found && seen.kind != OP_KIND_COUNT; /* that is one that was voided */
    if (*found)
        *outcome = seen.outcome;
    return code;
}

/* The first entry up to `last` that was never offered; 0: none. */
static enum tk_code find_unoffered(struct sqlite_store *store, int64_t last, int64_t *from,
                                   struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_QUEUE_UNOFFERED);
    enum tk_code code;
    bool row;

    sqlite3_bind_int64(s, 1, last);
    code = statement_step(store, s, &row, error);
    *from = !code && row ? sqlite3_column_int64(s, 0) : 0;
    statement_done(s);
    return code;
}

enum tk_code mirror_offer(struct mirror *mirror, int64_t last, int64_t *from,
                          struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = connection_require(store, error);

    if (!code)
        code = find_unoffered(store, last, from, error);
    if (code || !*from)
        return code;
    code = mirror_begin(store, MIRROR_SYNCED, &row, error);
    if (!code)
        code = mirror_end(store, mirror_run(store, SQL_QUEUE_OFFER, last, error), NULL, error);
    return code;
}

enum tk_code mirror_withdraw(struct mirror *mirror, int64_t from, int64_t last,
                             struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = mirror_begin(store, MIRROR_QUICK, &row, error);
    sqlite3_stmt *s;

    if (code)
        return code;
    s = statement_take(store, SQL_QUEUE_WITHDRAW);
    sqlite3_bind_int64(s, 1, from);
    sqlite3_bind_int64(s, 2, last);
    return mirror_end(store, statement_run(store, s, error), NULL, error);
}

enum tk_code mirror_is_unsent(struct mirror *mirror, uint64_t ticket_id, bool *unsent,
                              struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    enum tk_code code = connection_require(store, error);

    return code ? code
                : mirror_has(store, SQL_QUEUE_TICKET, (int64_t)ticket_number(store, ticket_id),
                             unsent, error);
}

/* --- doing --- */

/* Why nothing may be sold here, whatever is held: another copy may have sold it. */
static enum tk_code check_standing(const struct mirror_state *state)
{
    switch (state->standing) {
    case STANDING_GOOD:
        return state->adopted && !state->suspect ? TK_OK : TK_NOT_ALLOTTED;
    case STANDING_STRANGER:
        return TK_SAME_TILL;
    case STANDING_QUARANTINED:
        return TK_QUARANTINED;
    case STANDING_DISMISSED:
        return TK_DISMISSED;
    default:
        return TK_NOT_ALLOTTED;
    }
}

/* Where an operation has the number of its first new ticket; NULL when it makes none. */
static uint64_t *number_of(struct operation *operation)
{
    if (operation->kind == OP_BOOK)
        return &operation->book.first_ticket;
    return operation->kind == OP_REISSUE ? &operation->reissue.new_ticket : NULL;
}

static enum tk_code next_number(struct sqlite_store *store, const struct mirror_state *state,
                                const struct operation *operation, uint64_t *id,
                                struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_BLOCK_OWN);
    struct number_block block;
    enum tk_code code;
    bool row;

    bind_text(s, 1, state->device);
    sqlite3_bind_int64(s, 2, operation->kind == OP_BOOK ? operation->book.count : 1);
    code = statement_step(store, s, &row, error);
    if (!code && row) {
        read_block(s, &block);
        *id = id_make(&store->id_key, ID_TICKET, block.next);
    }
    statement_done(s);
    return code;
}

/*
 * Sees to it that what is sold has a number. *refusal: why it may not be sold here at all. What was done
 * before has the number that it got then.
 */
static enum tk_code number(struct sqlite_store *store, const struct mirror_state *state,
                           struct operation *operation, enum tk_code *refusal,
                           struct tk_error *error)
{
    uint64_t *id = number_of(operation);
    struct seen_operation seen;
    enum tk_code code;

    *refusal = TK_OK;
    if (!id)
        return TK_OK;
    code = load_seen(store, &operation->id, &seen, error);
    if (code)
        return code;
    if (seen.found) {
        if (!*id && !seen.outcome.code)
            *id = seen.outcome.ticket_id;
        return TK_OK;
    }
    *refusal = check_standing(state);
    if (*refusal || *id)
        return TK_OK;
    code = next_number(store, state, operation, id, error);
    if (!code && !*id)
        *refusal = TK_NOT_ALLOTTED;
    return code;
}

/* What is taken back here must be what the centre cannot know: another may have taken it back there. */
static enum tk_code check_unsent(struct sqlite_store *store, const struct operation *operation,
                                 enum tk_code *refusal, struct tk_error *error)
{
    uint64_t ticket = operation->kind == OP_CANCEL    ? operation->cancel.ticket_id
                      : operation->kind == OP_REISSUE ? operation->reissue.ticket_id
                                                      : 0;
    struct seen_operation seen;
    bool unsent = true;
    enum tk_code code = ticket ? load_seen(store, &operation->id, &seen, error) : TK_OK;

    if (code || !ticket || seen.found)
        return code;
    code = mirror_has(store, SQL_QUEUE_TICKET, (int64_t)ticket_number(store, ticket), &unsent,
                      error);
    if (!unsent)
        *refusal = TK_NEEDS_CENTRE;
    return code;
}

/* One after another, so that each finds the numbers and places that those before it left. */
static enum tk_code apply_one(struct sqlite_store *store, struct mirror_row *row,
                              struct operation *operation, int64_t now, struct outcome *outcome,
                              struct tk_error *error)
{
    uint64_t *id = number_of(operation), given = id ? *id : 0;
    enum tk_code refusal, code = number(store, &row->state, operation, &refusal, error);

    if (!code && !refusal)
        code = check_unsent(store, operation, &refusal, error);
    if (!code)
        code = load_batch(store, operation, 1, error);
    if (code)
        return code;
    /* refused before, it has no number now by which to tell that it is the same */
    if (id && !*id && store->set.seen[0].found)
        store->set.seen[0].digest_lost = true;
    *outcome = (struct outcome){.code = refusal};
    if (!refusal)
        code = plan(operation, 1, &store->set, &row->state.rules, now, outcome);
    if (code)
        return tk_fail_code(error, code);
    code = write_batch(store, operation, 1, outcome, now, error);
    if (id && outcome->code)
        *id = given;
    if (code || outcome->code || outcome->replayed)
        return code;
    if (operation->kind == OP_BOOK)
        mirror_count_sold(row, outcome->count, now);
    return queue_add(store, row, operation, outcome, error);
}

static bool may_queue(const struct operation *operation)
{
    switch (operation->kind) {
    case OP_BOOK:
    case OP_REISSUE:
    case OP_CANCEL:
    case OP_ADMIT:
    case OP_UNADMIT:
    case OP_PRINT:
    case OP_SIGN:
        return operation->cut_off;
    default:
        return operation->kind == OP_RETURN || operation->kind == OP_VOID;
    }
}

static const struct operation *find_new(const struct operation *operations, size_t count,
                                        const struct outcome *outcomes)
{
    for (size_t i = 0; i < count; i++)
        if (!outcomes[i].replayed)
            return &operations[i];
    return NULL;
}

enum tk_code mirror_apply(struct mirror *mirror, struct operation *operations, size_t count,
                          int64_t now, struct outcome *outcomes, struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code;
    int64_t before;

    for (size_t i = 0; i < count; i++)
        if (!may_queue(&operations[i]))
            return tk_fail(error, TK_BAD_OPERATION, "Only the box office itself can do this.");
    code = mirror_begin(store, MIRROR_SYNCED, &row, error);
    if (code)
        return code;
    before = row.state.seq;
    memset(outcomes, 0, count * sizeof *outcomes);
    for (size_t i = 0; !code && i < count; i++)
        code = apply_one(store, &row, &operations[i], now, &outcomes[i], error);
    if (row.state.latest < now)
        row.state.latest = now;
    if (!code)
        code = mirror_save(store, &row, true, error);
    if (row.state.seq == before)
        return mirror_end(store, code, find_new(operations, count, outcomes), error);
    return mirror_end_queued(store, &row, code, find_new(operations, count, outcomes), error);
}

/* --- sales that the centre lost --- */

static void read_lost(const struct sqlite_store *store, sqlite3_stmt *row,
                      struct mirror_entry *entry)
{
    struct operation *operation = &entry->operation;
    uint64_t number = (uint64_t)sqlite3_column_int64(row, 0);

    *entry = (struct mirror_entry){.operation = {.kind = OP_BOOK}};
    operation->id = op_id_derive(&lost_ticket, number);
    operation->book.count = 1;
    operation->book.first_ticket = id_make(&store->id_key, ID_TICKET, number);
    operation->book.slot.id = sqlite3_column_int64(row, 1);
    read_text(row, 2, operation->book.customer_name, sizeof operation->book.customer_name);
    read_text(row, 3, operation->book.customer_phone, sizeof operation->book.customer_phone);
}

enum tk_code mirror_list_lost(struct mirror *mirror, size_t limit, struct mirror_entry_list *list,
                              struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row known;
    sqlite3_stmt *s;
    bool row;
    enum tk_code code = connection_require(store, error);

    if (!code)
        code = mirror_read(store, &known, error);
    if (code || !known.state.version) /* it may still come */
        return code;
    s = statement_take(store, SQL_LOST_LIST);
    sqlite3_bind_int64(s, 1, query_limit(limit));
    while ((code = statement_step(store, s, &row, error)) == TK_OK && row) {
        struct mirror_entry entry;

        read_lost(store, s, &entry);
        if (mirror_entry_list_add(list, &entry)) {
            code = tk_fail_code(error, TK_NO_MEMORY);
            break;
        }
    }
    statement_done(s);
    return code;
}

enum tk_code mirror_forget_lost(struct mirror *mirror, const struct mirror_entry_list *told,
                                struct tk_error *error)
{
    struct sqlite_store *store = mirror_store(mirror);
    struct mirror_row row = {0};
    enum tk_code code = mirror_begin(store, MIRROR_QUICK, &row, error);

    if (code)
        return code;
    for (size_t i = 0; !code && i < told->count; i++)
        code = mirror_run(
            store, SQL_LOST_DELETE,
            (int64_t)ticket_number(store, told->items[i].operation.book.first_ticket), error);
    store->forgetting = true;
    return mirror_end(store, code, NULL, error);
}
