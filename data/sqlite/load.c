/* load: brings what a batch touches into the working set, as plan.h lists it. */
#include "data/sqlite/internal.h"

#include <string.h>

/* Steps through the rows of a statement, adding each slot. */
static enum tk_code add_slots(struct sqlite_store *store, sqlite3_stmt *statement,
                              struct tk_error *error)
{
    struct slot slot;
    enum tk_code code;
    bool row;

    for (;;) {
        code = statement_step(store, statement, &row, error);
        if (code || !row)
            break;
        read_slot(statement, &slot);
        if (!slot_is_balanced(&slot)) { /* slot.h, 1: nothing is sold from a damaged row */
            code = sqlite_fail(store, SQLITE_CORRUPT, error);
            break;
        }
        code = working_set_add_slot(&store->set, &slot);
        if (code) {
            tk_fail_code(error, code);
            break;
        }
    }
    statement_done(statement);
    return code;
}

enum tk_code load_slot(struct sqlite_store *store, int64_t id, struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_SLOT);

    if (working_set_slot(&store->set, id))
        return TK_OK;
    sqlite3_bind_int64(statement, 1, id);
    return add_slots(store, statement, error);
}

/* Many sales one after another mean the same slot. */
static bool ref_is_loaded(const struct sqlite_store *store, const struct slot_ref *ref)
{
    const struct slot_ref *last = store->last_ref;

    return last && last->starts_at == ref->starts_at && strcmp(last->name, ref->name) == 0;
}

static enum tk_code load_ref(struct sqlite_store *store, const struct slot_ref *ref,
                             struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_SLOTS_NAMED);

    if (ref->id)
        return load_slot(store, ref->id, error);
    if (ref_is_loaded(store, ref))
        return TK_OK;
    store->last_ref = ref;
    bind_text(statement, 1, ref->name);
    sqlite3_bind_int64(statement, 2, ref->starts_at);
    return add_slots(store, statement, error);
}

static enum tk_code add_customer(struct sqlite_store *store, sqlite3_stmt *statement,
                                 struct tk_error *error)
{
    struct customer customer;
    enum tk_code code;
    bool row;

    code = statement_step(store, statement, &row, error);
    if (!code && row) {
        read_customer(store, statement, &customer);
        code = working_set_add_customer(&store->set, &customer);
        if (code)
            tk_fail_code(error, code);
    }
    statement_done(statement);
    return code;
}

enum tk_code load_customer(struct sqlite_store *store, uint64_t id, struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_CUSTOMER);

    if (!id || working_set_customer(&store->set, id))
        return TK_OK;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)customer_number(store, id));
    return add_customer(store, statement, error);
}

static enum tk_code load_customer_known(struct sqlite_store *store, const struct op_book *book,
                                        struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_CUSTOMER_KNOWN);

    if (!book->customer_name[0])
        return TK_OK;
    bind_text(statement, 1, book->customer_phone);
    bind_text(statement, 2, book->customer_name);
    return add_customer(store, statement, error);
}

enum tk_code load_ticket(struct sqlite_store *store, uint64_t id, struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_TICKET);
    struct ticket ticket = {0};
    enum tk_code code;
    bool row;

    if (working_set_ticket(&store->set, id))
        return TK_OK;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)ticket_number(store, id));
    code = statement_step(store, statement, &row, error);
    if (!code && row)
        read_ticket(store, statement, &ticket);
    statement_done(statement);
    if (code || !row)
        return code;
    if (working_set_add_ticket(&store->set, &ticket))
        return tk_fail_code(error, TK_NO_MEMORY);
    code = load_slot(store, ticket.slot_id, error);
    return code ? code : load_customer(store, ticket.customer_id, error);
}

static enum tk_code load_unarchived(struct sqlite_store *store, const struct op_archive *archive,
                                 struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_TICKETS_UNARCHIVED);
    struct ticket ticket;
    enum tk_code code;
    bool row;

    code = load_slot(store, archive->slot_id, error);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, archive->slot_id);
    for (;;) {
        code = statement_step(store, statement, &row, error);
        if (code || !row)
            break;
        read_ticket(store, statement, &ticket);
        code = working_set_add_ticket(&store->set, &ticket);
        if (code) {
            tk_fail_code(error, code);
            break;
        }
        code = load_customer(store, ticket.customer_id, error);
        if (code)
            break;
    }
    statement_done(statement);
    return code;
}

static enum tk_code add_device(struct sqlite_store *store, sqlite3_stmt *statement,
                               struct tk_error *error)
{
    struct device device;
    enum tk_code code;
    bool row;

    code = statement_step(store, statement, &row, error);
    if (!code && row && !read_device(statement, &device))
        code = sqlite_fail(store, SQLITE_CORRUPT, error);
    else if (!code && row && working_set_add_device(&store->set, &device))
        code = tk_fail_code(error, TK_NO_MEMORY);
    statement_done(statement);
    return code;
}

static enum tk_code load_device(struct sqlite_store *store, const char *name,
                                struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_ACCESS_NAMED);

    bind_text(statement, 1, name);
    return add_device(store, statement, error);
}

static enum tk_code load_enrol(struct sqlite_store *store, const char *name,
                               const uint8_t token[CRYPTO_HASH_SIZE], struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_ACCESS_TOKEN);
    enum tk_code code = load_device(store, name, error);

    if (code)
        return code;
    sqlite3_bind_blob(statement, 1, token, CRYPTO_HASH_SIZE, SQLITE_STATIC);
    return add_device(store, statement, error);
}

/* A row of the journal, or of those that were voided: then without an outcome of its own. */
static enum tk_code read_seen(const struct sqlite_store *store, sqlite3_stmt *row,
                              struct seen_operation *seen, struct tk_error *error)
{
    const char *outcome = (const char *)sqlite3_column_text(row, 1);
    int length = sqlite3_column_bytes(row, 1);
    const char *kind = (const char *)sqlite3_column_text(row, 3);
    enum tk_code code;

    seen->digest_lost = sqlite3_column_int64(row, 2) < store->digest_since;
    seen->kind = OP_KIND_COUNT;
    if (!kind) {
        seen->outcome = (struct outcome){.code = TK_VOIDED};
        return TK_OK;
    }
    op_kind_parse(kind, &seen->kind);
    read_text(row, 4, seen->device, sizeof seen->device);
    if (sqlite3_column_bytes(row, 0) == CRYPTO_HASH_SIZE)
        memcpy(seen->digest, sqlite3_column_blob(row, 0), CRYPTO_HASH_SIZE);
    code = outcome_parse(outcome ? outcome : "", (size_t)length, &seen->outcome);
    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    return code ? tk_fail(error, TK_CORRUPT, "The journal has an outcome that cannot be read.")
                : TK_OK;
}

enum tk_code load_seen(struct sqlite_store *store, const struct op_id *id,
                       struct seen_operation *seen, struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, SQL_SEEN);
    enum tk_code code;

    seen->found = false;
    sqlite3_bind_blob(statement, 1, id->bytes, sizeof id->bytes, SQLITE_STATIC);
    code = statement_step(store, statement, &seen->found, error);
    if (!code && seen->found)
        code = read_seen(store, statement, seen, error);
    statement_done(statement);
    return code;
}

static enum tk_code load_max(struct sqlite_store *store, enum sql sql, int64_t *value,
                             struct tk_error *error)
{
    sqlite3_stmt *statement = statement_take(store, sql);
    bool row;
    enum tk_code code = statement_step(store, statement, &row, error);

    if (!code)
        *value = sqlite3_column_int64(statement, 0);
    statement_done(statement);
    return code;
}

static enum tk_code load_common(struct sqlite_store *store, const struct operation *operation,
                                struct tk_error *error)
{
    enum tk_code code;

    switch (operation->kind) {
    case OP_BOOK:
        code = load_ref(store, &operation->book.slot, error);
        return code ? code : load_customer_known(store, &operation->book, error);
    case OP_REISSUE:
        code = load_ticket(store, operation->reissue.ticket_id, error);
        return code ? code : load_ref(store, &operation->reissue.slot, error);
    case OP_CANCEL:
        return load_ticket(store, operation->cancel.ticket_id, error);
    case OP_ADMIT:
        return load_ticket(store, operation->admit.ticket_id, error);
    case OP_UNADMIT:
        return load_ticket(store, operation->unadmit.ticket_id, error);
    case OP_PRINT:
        return load_ticket(store, operation->copy.ticket_id, error);
    case OP_EXPIRE:
        return load_slot(store, operation->expire.slot_id, error);
    case OP_ARCHIVE:
        return load_unarchived(store, &operation->archive, error);
    case OP_ENROL:
        return load_enrol(store, operation->enrol.name, operation->enrol.token_hash, error);
    case OP_REVOKE:
        return load_device(store, operation->revoke.name, error);
    case OP_INVITE:
        return load_device(store, operation->invite.name, error);
    case OP_REDEEM:
        return load_enrol(store, operation->redeem.name, operation->redeem.token_hash, error);
    case OP_TIER:
        return load_customer(store, operation->tier.customer_id, error);
    case OP_ERASE:
        return load_customer(store, operation->erase.customer_id, error);
    case OP_STAFF:
    case OP_PIN:
    case OP_LIMIT:
        return load_max(store, SQL_RECORD_SEQ, &store->set.ids.record_seq, error);
    default:
        return TK_OK;
    }
}

static enum tk_code load_record(struct sqlite_store *store, const char *key,
                                struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_RECORD);
    struct record record;
    enum tk_code code;
    bool row;

    bind_text(s, 1, key);
    code = statement_step(store, s, &row, error);
    if (!code && row)
        read_record(s, &record);
    statement_done(s);
    if (code)
        return code;
    code = row ? working_set_add_record(&store->set, &record)
               : working_set_miss_record(&store->set, key);
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* What it is decided with of what the house knows by name. */
static enum tk_code load_records(struct sqlite_store *store, const struct operation *operation,
                                 struct tk_error *error)
{
    char keys[OPERATION_RECORDS_MAX][RECORD_KEY_SIZE];
    size_t count = operation_records(operation, keys);
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++)
        if (!working_set_record(&store->set, keys[i]))
            code = load_record(store, keys[i], error);
    return code;
}

static enum tk_code load_operation(struct sqlite_store *store, const struct operation *operation,
                                   struct tk_error *error)
{
    enum tk_code code = load_common(store, operation, error);

    if (!code)
        code = load_records(store, operation, error);
    return code ? code : load_tills(store, operation, error);
}

/* Numbers go on from the last one given, but never below the floor: a restored copy begins above
   all that the lost original may have given out since (see SQL_MARK_COPY). */
static enum tk_code load_ids(struct sqlite_store *store, struct tk_error *error)
{
    int64_t slot = 0, ticket = 0, customer = 0, floor = 1, generation = 1;
    enum tk_code code = load_max(store, SQL_MAX_SLOT, &slot, error);

    if (!code)
        code = load_max(store, SQL_MAX_TICKET, &ticket, error);
    if (!code)
        code = load_max(store, SQL_MAX_CUSTOMER, &customer, error);
    if (!code)
        code = load_max(store, SQL_NUMBER_FLOOR, &floor, error);
    if (!code)
        code = load_max(store, SQL_KEY_GENERATION, &generation, error);
    store->set.ids = (struct id_supply){
        .key = &store->id_key,
        .next_ticket = (uint64_t)(ticket < floor ? floor : ticket + 1),
        .next_customer = (uint64_t)(customer < floor ? floor : customer + 1),
        .floor = (uint64_t)floor,
        .next_slot = slot < SLOT_ID_FIRST ? SLOT_ID_FIRST : slot + 1,
        .key_generation = generation,
    };
    return code;
}

enum tk_code load_batch(struct sqlite_store *store, const struct operation *operations,
                        size_t count, struct tk_error *error)
{
    enum tk_code code;

    working_set_clear(&store->set);
    store->set.partial = store->options.mirror;
    store->last_ref = NULL;
    code = load_ids(store, error);
    for (size_t i = 0; !code && i < count; i++) {
        code = operation_digest(&operations[i], &store->options.digest_key, store->set.digests[i]);
        if (code)
            return tk_fail_code(error, code);
        code = load_seen(store, &operations[i].id, &store->set.seen[i], error);
        if (!code && !store->set.seen[i].found)
            code = load_operation(store, &operations[i], error);
    }
    return code ? code : load_tills_after(store, operations, count, error);
}

enum tk_code load_journal_end(struct sqlite_store *store, struct journal_end *end,
                              struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_META_GET);
    enum tk_code code;
    bool row;

    bind_text(s, 1, "journal_head");
    code = statement_step(store, s, &row, error);
    if (!code && (!row || sqlite3_column_bytes(s, 0) != CRYPTO_HASH_SIZE))
        code = sqlite_fail(store, SQLITE_CORRUPT, error);
    if (!code)
        memcpy(end->head, sqlite3_column_blob(s, 0), CRYPTO_HASH_SIZE);
    statement_done(s);
    return code ? code : load_max(store, SQL_JOURNAL_ENTRIES, &end->entries, error);
}
