/*
 * mirror_people: takes over tickets and customers, and what comes beside the slots: keys, numbers, disputes.
 */
#include "data/sqlite/mirror_take.h"

#include <string.h>

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

enum tk_code take_people(struct take *take, struct tk_error *error)
{
    enum tk_code code = take_customers(take, error);

    return code ? code : take_tickets(take, error);
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

/* A guest is out of the file when the log is, as soon as his dispute is not told of any more. */
static enum tk_code look_for_guest(struct sqlite_store *store, sqlite3_stmt *row, void *list)
{
    const struct dispute_list *disputes = list;
    const void *id = sqlite3_column_blob(row, 0);
    bool named = false;

    for (size_t i = 0; !named && i < disputes->count; i++)
        named = disputes->items[i].customer_name[0] &&
                memcmp(disputes->items[i].id.bytes, id, sizeof disputes->items[i].id.bytes) == 0;
    store->forgetting |= !named;
    return TK_OK;
}

static enum tk_code drop_disputes(struct sqlite_store *store, const struct mirror_rows *rows,
                                  struct tk_error *error)
{
    struct dispute_list told = rows->disputes;
    enum tk_code code = statement_each(store, statement_take(store, SQL_MIRROR_DISPUTES_NAMED),
                                       look_for_guest, &told, error);

    return code ? code : mirror_run(store, SQL_MIRROR_DISPUTES_DELETE, 0, error);
}

enum tk_code take_rest(struct take *take, struct tk_error *error)
{
    const struct mirror_rows *rows = take->rows;
    struct sqlite_store *store = take->store;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < rows->keys.count; i++)
        code = take_key(store, &rows->keys.items[i], error);
    for (size_t i = 0; !code && i < rows->blocks.count; i++)
        code = take_block(store, &rows->blocks.items[i], error);
    if (!code && rows->all_disputes)
        code = drop_disputes(store, rows, error);
    for (size_t i = 0; !code && i < rows->disputes.count; i++)
        code = take_dispute(store, &rows->disputes.items[i], error);
    return code;
}
