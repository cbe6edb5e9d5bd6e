/*
 * load: brings what a batch touches into the working set, as plan.h lists it, with its rows locked.
 *
 * What every counter does all day is asked for in one flush, of all operations together; the rest by one question
 * after another (load_tills.c). What was read is put into the set by load_rows.c.
 */
#include "data/postgres/internal.h"

#include <string.h>

/* What the batch names. What is not well-formed (it may not even be text) plan refuses unseen. */
struct wanted {
    const struct operation *items[OP_BATCH_MAX];
    size_t count;
    bool refs, tickets, customers, records;
    struct pg_records_sent sent;
};

static bool op_is_rare(const struct operation *operation)
{
    if (operation->cut_off)
        return true;
    switch (operation->kind) {
    case OP_BOOK:
        return operation->book.first_ticket != 0;
    case OP_REISSUE:
        return operation->reissue.new_ticket != 0;
    case OP_CANCEL:
    case OP_ADMIT:
    case OP_UNADMIT:
    case OP_PRINT:
    case OP_EXPIRE:
        return false;
    default:
        return true;
    }
}

bool pg_load_is_rare(const struct operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (op_is_rare(&operations[i]))
            return true;
    return false;
}

/* The slot that an operation names; NULL: none. */
static const struct slot_ref *ref_of(const struct operation *operation, struct slot_ref *own)
{
    *own = (struct slot_ref){0};
    switch (operation->kind) {
    case OP_BOOK:
        return &operation->book.slot;
    case OP_REISSUE:
        return &operation->reissue.slot;
    case OP_EXPIRE:
        own->id = operation->expire.slot_id;
        return own;
    case OP_ARCHIVE:
        own->id = operation->archive.slot_id;
        return own;
    case OP_ADMIT:
        own->id = operation->admit.slot_id;
        return own;
    case OP_GRANT:
        own->id = operation->grant.slot_id;
        return own;
    case OP_RETURN:
        own->id = operation->give_back.slot_id;
        return own;
    case OP_WRITE_OFF:
        own->id = operation->write_off.slot_id;
        return own;
    default:
        return NULL;
    }
}

static enum tk_code add_seen(struct postgres_store *store, const struct operation *operations,
                             size_t count, const PGresult *result, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    struct op_id id;

    for (int row = 0; !code && row < PQntuples(result); row++) {
        if (!row_bytes(result, row, 0, id.bytes, sizeof id.bytes))
            continue;
        for (size_t i = 0; !code && i < count; i++)
            if (op_id_equal(&operations[i].id, &id))
                code = pg_load_read_seen(store, result, row, &store->set.seen[i], error);
    }
    return code;
}

/* --- asking for all of a batch --- */

static void put_numbers(struct postgres_store *store, const struct wanted *wanted,
                        uint64_t (*number)(const struct operation *operation))
{
    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < wanted->count; i++)
        if (number(wanted->items[i]))
            rows_number(&store->rows,
                        (int64_t)pg_ticket_number(store, number(wanted->items[i])));
    rows_put(&store->rows, &store->params);
}

static uint64_t slot_id_of(const struct operation *operation)
{
    struct slot_ref own;
    const struct slot_ref *ref = ref_of(operation, &own);

    return ref ? (uint64_t)ref->id : 0;
}

/* Ids of slots; many operations one after another mean the same one. */
static void put_slot_ids(struct postgres_store *store, const struct wanted *wanted)
{
    uint64_t last = 0;

    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < wanted->count; i++) {
        uint64_t id = slot_id_of(wanted->items[i]);

        if (id && id != last)
            rows_number(&store->rows, (int64_t)id);
        last = id;
    }
    rows_put(&store->rows, &store->params);
}

/* Slots that are named by name and start. */
static void put_refs(struct postgres_store *store, const struct wanted *wanted)
{
    const struct slot_ref *last = NULL;

    rows_begin(&store->rows, "tn");
    for (size_t i = 0; i < wanted->count; i++) {
        struct slot_ref own;
        const struct slot_ref *ref = ref_of(wanted->items[i], &own);

        if (!ref || ref->id || ref == &own ||
            (last && last->starts_at == ref->starts_at && strcmp(last->name, ref->name) == 0))
            continue;
        rows_text(&store->rows, ref->name);
        rows_number(&store->rows, ref->starts_at);
        last = ref;
    }
    rows_put(&store->rows, &store->params);
}

/* The customer that an operation names; 0: none. */
static uint64_t customer_of(const struct operation *operation)
{
    return operation->kind == OP_TIER    ? operation->tier.customer_id
           : operation->kind == OP_ERASE ? operation->erase.customer_id
                                         : 0;
}

static void put_customers(struct postgres_store *store, const struct wanted *wanted)
{
    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < wanted->count; i++)
        if (customer_of(wanted->items[i]))
            rows_number(&store->rows,
                        (int64_t)pg_customer_number(store, customer_of(wanted->items[i])));
    rows_put(&store->rows, &store->params);
}

static void look_through(const struct operation *operations, size_t count, struct wanted *wanted)
{
    wanted->count = 0;
    wanted->refs = wanted->tickets = wanted->customers = wanted->records = false;
    for (size_t i = 0; i < count; i++) {
        const struct operation *o = &operations[i];
        struct slot_ref own;
        const struct slot_ref *ref = ref_of(o, &own);

        if (operation_check(o))
            continue;
        wanted->items[wanted->count++] = o;
        wanted->tickets = wanted->tickets || operation_ticket(o);
        wanted->refs = wanted->refs || (ref && ref != &own && !ref->id);
        wanted->customers = wanted->customers || o->kind == OP_REISSUE || customer_of(o) ||
                            (o->kind == OP_BOOK && o->book.customer_name[0]);
        wanted->records = wanted->records || pg_records_any(o);
    }
}

static enum tk_code send_slots(struct postgres_store *store, const struct wanted *wanted,
                               struct tk_error *error)
{
    pg_params(store);
    put_slot_ids(store, wanted);
    if (!wanted->refs && !wanted->tickets)
        return pg_send(store, PG_SLOTS_BY_ID, &store->params, error);
    put_numbers(store, wanted, operation_ticket);
    put_refs(store, wanted);
    return pg_send(store, PG_SLOTS_LOCK, &store->params, error);
}

static uint64_t reissued_of(const struct operation *operation)
{
    return operation->kind == OP_REISSUE ? operation->reissue.ticket_id : 0;
}


static enum tk_code send_customers(struct postgres_store *store, const struct wanted *wanted,
                                   struct tk_error *error)
{
    pg_params(store);
    put_customers(store, wanted);
    put_numbers(store, wanted, reissued_of);
    rows_begin(&store->rows, "tt");
    for (size_t i = 0; i < wanted->count; i++) {
        const struct operation *o = wanted->items[i];

        if (o->kind != OP_BOOK || !o->book.customer_name[0])
            continue;
        rows_text(&store->rows, o->book.customer_phone);
        rows_text(&store->rows, o->book.customer_name);
    }
    rows_put(&store->rows, &store->params);
    return pg_send(store, PG_CUSTOMERS_LOCK, &store->params, error);
}

static enum tk_code send_seen(struct postgres_store *store, const struct operation *operations,
                              size_t count, struct tk_error *error)
{
    rows_begin(&store->rows, "b");
    for (size_t i = 0; i < count; i++)
        rows_bytes(&store->rows, operations[i].id.bytes, sizeof operations[i].id.bytes);
    rows_put(&store->rows, pg_params(store));
    return pg_send(store, PG_SEEN, &store->params, error);
}

/* In the order in which the rows are locked (postgres_store.h, 1); what is known already last, when nobody else can
   be at work on the same slots any more. */
static enum tk_code send_all(struct postgres_store *store, const struct operation *operations,
                             size_t count, struct wanted *wanted, bool rare, bool begin,
                             struct tk_error *error)
{
    enum tk_code code = begin ? pg_send(store, PG_BEGIN, NULL, error) : TK_OK;

    if (!code && rare && begin)
        code = pg_send(store, PG_RARE, NULL, error);
    if (!code)
        code = pg_send(store, PG_META, NULL, error);
    if (!code)
        code = send_slots(store, wanted, error);
    if (!code && wanted->tickets) {
        pg_params(store);
        put_numbers(store, wanted, operation_ticket);
        code = pg_send(store, PG_TICKETS, &store->params, error);
    }
    if (!code && wanted->customers)
        code = send_customers(store, wanted, error);
    if (!code && wanted->records)
        code = pg_records_send(store, wanted->items, wanted->count, &wanted->sent, error);
    if (!code)
        code = send_seen(store, operations, count, error);
    return code ? code : pg_flush(store, error);
}

/* Another program may have upgraded the database since this one connected. */
static enum tk_code take_meta(struct postgres_store *store, const PGresult *result,
                              struct tk_error *error)
{
    if (row_number(result, 0, 0) != store->schema)
        return tk_fail_code(error, TK_NEWER_VERSION);
    store->set.ids.key_generation = row_number(result, 0, 1);
    return TK_OK;
}

/* Takes one result and hands it to what adds it. */
static enum tk_code take_rows(struct postgres_store *store,
                              enum tk_code (*add)(struct postgres_store *store,
                                                  const PGresult *result, struct tk_error *error),
                              struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code = pg_take(store, &result, error);

    if (!code)
        code = add(store, result, error);
    PQclear(result);
    return code;
}

static enum tk_code take_all(struct postgres_store *store, const struct operation *operations,
                             size_t count, const struct wanted *wanted, bool rare, bool begin,
                             struct tk_error *error)
{
    PGresult *seen = NULL;
    enum tk_code code = begin ? pg_skip(store, error) : TK_OK;

    if (!code && rare && begin)
        code = pg_skip(store, error);
    if (!code)
        code = take_rows(store, take_meta, error);
    if (!code)
        code = take_rows(store, pg_load_add_slots, error);
    if (!code && wanted->tickets)
        code = take_rows(store, pg_load_add_tickets, error);
    if (!code && wanted->customers)
        code = take_rows(store, pg_load_add_customers, error);
    if (!code && wanted->records)
        code = pg_records_take(store, wanted->items, wanted->count, &wanted->sent, error);
    if (!code)
        code = pg_take(store, &seen, error);
    if (!code)
        code = add_seen(store, operations, count, seen, error);
    PQclear(seen);
    return code;
}

/* --- the batch --- */

static enum tk_code make_digests(struct postgres_store *store, const struct operation *operations,
                                 size_t count, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++) {
        store->set.seen[i] = (struct seen_operation){.found = false};
        code = operation_digest(&operations[i], &store->options.digest_key, store->set.digests[i]);
    }
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* Numbers come from the writer; of slots and of what others may have given out the database is asked. */
static enum tk_code load_ids(struct postgres_store *store, bool rare, struct tk_error *error)
{
    struct id_supply *ids = &store->set.ids;
    PGresult *slot = NULL, *next = NULL;
    enum tk_code code = TK_OK;

    ids->key = &store->id_key;
    ids->next_ticket = (uint64_t)store->writer.next_ticket;
    ids->next_customer = (uint64_t)store->writer.next_customer;
    if (!rare)
        return TK_OK;
    code = pg_ask(store, PG_MAX_SLOT, NULL, &slot, error);
    if (!code)
        code = pg_ask(store, PG_NEXT_NUMBER, NULL, &next, error);
    if (!code) {
        ids->next_slot = row_number(slot, 0, 0) < SLOT_ID_FIRST ? SLOT_ID_FIRST
                                                               : row_number(slot, 0, 0) + 1;
        ids->floor = (uint64_t)row_number(next, 0, 0);
        ids->given = (uint64_t)row_number(next, 0, 1);
    }
    PQclear(slot);
    PQclear(next);
    return code;
}

/* Whether there may be more to a ticket that is not there: one that was sold by a till that is cut off. */
static bool misses_ticket(const struct working_set *set, const struct operation *operations,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!set->seen[i].found && operation_ticket(&operations[i]) &&
            !working_set_ticket(set, operation_ticket(&operations[i])) && !operation_check(&operations[i]))
            return true;
    return false;
}

static enum tk_code load_rest(struct postgres_store *store, const struct operation *operations,
                              size_t count, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < count; i++)
        if (!store->set.seen[i].found && !operation_check(&operations[i]))
            code = pg_load_tills(store, &operations[i], error);
    return code ? code : pg_load_tills_after(store, operations, count, error);
}

static enum tk_code load(struct postgres_store *store, const struct operation *operations,
                         size_t count, bool *rare, bool begin, struct tk_error *error)
{
    struct wanted wanted;
    enum tk_code code, end;

    look_through(operations, count, &wanted);
    working_set_clear(&store->set);
    store->set.partial = false;
    store->set.ids = (struct id_supply){.key = &store->id_key};
    code = make_digests(store, operations, count, error);
    if (code)
        return code;
    code = send_all(store, operations, count, &wanted, *rare, begin, error);
    if (!code)
        code = take_all(store, operations, count, &wanted, *rare, begin, error);
    if (!store->conn)
        return code;
    end = pg_end(store, code ? NULL : error);
    code = code ? code : end;
    if (!code && !*rare && misses_ticket(&store->set, operations, count)) {
        *rare = store->again = true;
        code = tk_fail_code(error, TK_BUSY);
    }
    if (!code)
        code = load_ids(store, *rare, error);
    if (!code && *rare)
        code = pg_records_load_seq(store, operations, count, error);
    return code || !*rare ? code : load_rest(store, operations, count, error);
}

enum tk_code pg_load_batch(struct postgres_store *store, const struct operation *operations,
                        size_t count, bool *rare, struct tk_error *error)
{
    return load(store, operations, count, rare, true, error);
}

enum tk_code pg_load_more(struct postgres_store *store, const struct operation *operations,
                       size_t count, struct tk_error *error)
{
    bool rare = true;

    return load(store, operations, count, &rare, false, error);
}
