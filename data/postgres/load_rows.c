/* load_rows: rows into the working set, as they were read, and those that are asked for one at a time. */
#include "data/postgres/internal.h"

#include <string.h>

/* --- what was read --- */

enum tk_code pg_load_add_slots(struct postgres_store *store, const PGresult *result,
                            struct tk_error *error)
{
    struct slot slot;

    for (int i = 0; i < PQntuples(result); i++) {
        row_slot(result, i, &slot);
        if (!slot_is_balanced(&slot)) /* slot.h, 1: nothing is sold from a damaged row */
            return tk_fail(error, TK_CORRUPT, "Showing %lld does not add up: nothing was done.",
                           (long long)slot.id);
        if (working_set_add_slot(&store->set, &slot))
            return tk_fail_code(error, TK_NO_MEMORY);
    }
    return TK_OK;
}

/* A ticket whose slot is not here was sold since the slots were locked: all is to be read again. */
enum tk_code pg_load_add_tickets(struct postgres_store *store, const PGresult *result,
                                struct tk_error *error)
{
    struct ticket ticket;

    for (int i = 0; i < PQntuples(result); i++) {
        row_ticket(store, result, i, &ticket);
        if (!working_set_slot(&store->set, ticket.slot_id)) {
            store->again = true;
            return tk_fail_code(error, TK_BUSY);
        }
        if (working_set_add_ticket(&store->set, &ticket))
            return tk_fail_code(error, TK_NO_MEMORY);
    }
    return TK_OK;
}

enum tk_code pg_load_add_customers(struct postgres_store *store, const PGresult *result,
                                  struct tk_error *error)
{
    struct customer customer;

    for (int i = 0; i < PQntuples(result); i++) {
        row_customer(store, result, i, &customer);
        if (working_set_add_customer(&store->set, &customer))
            return tk_fail_code(error, TK_NO_MEMORY);
    }
    return TK_OK;
}

/* A row of PG_SEEN. What was voided has neither kind nor outcome. */
enum tk_code pg_load_read_seen(const struct postgres_store *store, const PGresult *result, int row,
                              struct seen_operation *seen, struct tk_error *error)
{
    const char *kind = PQgetvalue(result, row, 1);
    enum tk_code code;

    *seen = (struct seen_operation){.found = true, .kind = OP_KIND_COUNT};
    seen->digest_lost = row_number(result, row, 5) < store->digest_since;
    if (!*kind) {
        seen->digest_lost = true;
        seen->outcome = (struct outcome){.code = TK_VOIDED};
        return TK_OK;
    }
    op_kind_parse(kind, &seen->kind);
    row_text(result, row, 2, seen->device, sizeof seen->device);
    row_bytes(result, row, 3, seen->digest, sizeof seen->digest);
    code = outcome_parse(PQgetvalue(result, row, 4), (size_t)PQgetlength(result, row, 4),
                         &seen->outcome);
    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    return code ? tk_fail(error, TK_CORRUPT, "The journal has an outcome that cannot be read.")
                : TK_OK;
}

enum tk_code pg_load_seen(struct postgres_store *store, const struct op_id *id,
                       struct seen_operation *seen, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code;

    *seen = (struct seen_operation){.found = false};
    rows_begin(&store->rows, "b");
    rows_bytes(&store->rows, id->bytes, sizeof id->bytes);
    rows_put(&store->rows, pg_params(store));
    code = pg_ask(store, PG_SEEN, &store->params, &result, error);
    if (!code && PQntuples(result))
        code = pg_load_read_seen(store, result, 0, seen, error);
    PQclear(result);
    return code;
}

/* --- one at a time --- */

enum tk_code pg_load_slot(struct postgres_store *store, int64_t id, struct tk_error *error)
{
    PGresult *result = NULL;
    enum tk_code code;

    if (!id || working_set_slot(&store->set, id))
        return TK_OK;
    rows_begin(&store->rows, "n");
    rows_number(&store->rows, id);
    rows_put(&store->rows, pg_params(store));
    code = pg_ask(store, PG_SLOTS_BY_ID, &store->params, &result, error);
    if (!code)
        code = pg_load_add_slots(store, result, error);
    PQclear(result);
    return code;
}

enum tk_code pg_load_customer(struct postgres_store *store, uint64_t id, struct tk_error *error)
{
    static const char *const others[] = {"n", "tt"}; /* nobody by ticket, nobody by name */
    PGresult *result = NULL;
    enum tk_code code;

    if (!id || working_set_customer(&store->set, id))
        return TK_OK;
    rows_begin(&store->rows, "n");
    rows_number(&store->rows, (int64_t)pg_customer_number(store, id));
    rows_put(&store->rows, pg_params(store));
    for (int i = 0; i < 2; i++) {
        rows_begin(&store->rows, others[i]);
        rows_put(&store->rows, &store->params);
    }
    code = pg_ask(store, PG_CUSTOMERS_LOCK, &store->params, &result, error);
    if (!code)
        code = pg_load_add_customers(store, result, error);
    PQclear(result);
    return code;
}

/* The slots of the tickets of a result, locked; then the tickets as they are now. */
static enum tk_code add_with_slots(struct postgres_store *store, const PGresult *found,
                                   struct tk_error *error)
{
    enum tk_code code = TK_OK;
    struct ticket ticket;

    for (int i = 0; !code && i < PQntuples(found); i++) {
        row_ticket(store, found, i, &ticket);
        code = pg_load_slot(store, ticket.slot_id, error);
    }
    return code;
}

enum tk_code pg_load_tickets(struct postgres_store *store, uint64_t number, int64_t count,
                          struct tk_error *error)
{
    struct working_set *set = &store->set;
    size_t at = set->ticket_count;
    PGresult *found = NULL, *locked = NULL;
    struct pg_params *params = pg_params(store);
    enum tk_code code;

    params_number(params, (int64_t)number);
    params_number(params, (int64_t)number + count - 1);
    code = pg_ask(store, PG_TICKETS_RANGE, params, &found, error);
    if (code || !PQntuples(found))
        goto out;
    code = add_with_slots(store, found, error);
    if (code)
        goto out;
    params = pg_params(store);
    params_number(params, (int64_t)number);
    params_number(params, (int64_t)number + count - 1);
    code = pg_ask(store, PG_TICKETS_RANGE, params, &locked, error);
    if (!code)
        code = pg_load_add_tickets(store, locked, error);
    for (; !code && at < set->ticket_count; at++)
        code = pg_load_customer(store, set->tickets[at].ticket.customer_id, error);
out:
    PQclear(found);
    PQclear(locked);
    return code;
}
