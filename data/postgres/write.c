/* write: sends what plan decided, each sort of change as one statement, with a journal entry for each outcome. */
#include "data/postgres/internal.h"

#include <string.h>

#include "core/text.h"

enum tk_code pg_send_rows(struct postgres_store *store, enum pg_sql sql, bool all, int *sent,
                          struct tk_error *error)
{
    int32_t count = rows_count(&store->rows);
    enum tk_code code;

    if (!count)
        return TK_OK;
    rows_put(&store->rows, pg_params(store));
    if (all)
        params_number(&store->params, count);
    code = pg_send(store, sql, &store->params, error);
    if (!code)
        ++*sent;
    return code;
}

/* --- slots --- */

static void add_new_slot(struct pg_rows *rows, const struct slot_row *row)
{
    const struct slot *slot = &row->slot;
    char name_key[SLOT_NAME_SIZE * 4];

    text_fold(name_key, sizeof name_key, slot->name);
    rows_number(rows, slot->id);
    rows_text(rows, slot->name);
    rows_text(rows, slot->description);
    rows_text(rows, slot->screen);
    rows_number(rows, slot->starts_at);
    rows_number(rows, slot->ends_at);
    rows_number(rows, (int64_t)slot->type);
    rows_number(rows, (int64_t)slot->genre);
    rows_number(rows, slot->capacity);
    rows_number(rows, slot->available);
    rows_number(rows, slot->allotted);
    rows_number(rows, slot->sold);
    rows_number(rows, slot->lost);
    rows_number(rows, slot->expired_at);
    rows_number(rows, slot->archived_at);
    rows_number(rows, (int64_t)slot->seq);
    rows_number(rows, slot->admitted);
    rows_number(rows, slot->key_generation);
    rows_text(rows, name_key);
    rows_number(rows, (int64_t)row->expired_seq);
}

static void add_slot(struct pg_rows *rows, const struct slot_row *row)
{
    const struct slot *slot = &row->slot;

    rows_number(rows, slot->id);
    rows_number(rows, (int64_t)row->loaded_seq);
    rows_number(rows, slot->available);
    rows_number(rows, slot->allotted);
    rows_number(rows, slot->sold);
    rows_number(rows, slot->lost);
    rows_number(rows, (int64_t)slot->seq);
    rows_number(rows, slot->admitted);
    rows_number(rows, slot->key_generation);
    rows_number(rows, slot->expired_at);
    rows_number(rows, slot->archived_at);
    rows_number(rows, (int64_t)row->expired_seq);
}

static enum tk_code write_slots(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code;

    rows_begin(&store->rows, "ntttnnnnnnnnnnnnnntn");
    for (size_t i = 0; i < set->slot_count; i++)
        if (set->slots[i].state == ROW_NEW)
            add_new_slot(&store->rows, &set->slots[i]);
    code = pg_send_rows(store, PG_SLOTS_INSERT, false, sent, error);
    if (code)
        return code;
    rows_begin(&store->rows, "nnnnnnnnnnnn");
    for (size_t i = 0; i < set->slot_count; i++)
        if (set->slots[i].state == ROW_CHANGED)
            add_slot(&store->rows, &set->slots[i]);
    return pg_send_rows(store, PG_SLOTS_UPDATE, true, sent, error);
}

/* --- customers --- */

static void add_new_customer(struct postgres_store *store, const struct customer *customer)
{
    rows_number(&store->rows, (int64_t)pg_customer_number(store, customer->id));
    rows_text(&store->rows, customer->name);
    rows_text(&store->rows, customer->phone);
    rows_number(&store->rows, customer->tickets);
    rows_number(&store->rows, customer->created_at);
    rows_number(&store->rows, customer->erased_at);
}

struct key_sink {
    struct pg_rows *rows;
    int64_t number;
};

static enum tk_code add_key(void *context, const char *key)
{
    struct key_sink *sink = context;

    rows_text(sink->rows, key);
    rows_number(sink->rows, sink->number);
    return TK_OK;
}

static enum tk_code write_keys(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code;

    rows_begin(&store->rows, "tn");
    for (size_t i = 0; i < set->customer_count; i++) {
        const struct customer *customer = &set->customers[i].customer;
        struct key_sink sink = {&store->rows, (int64_t)pg_customer_number(store, customer->id)};

        if (set->customers[i].state == ROW_NEW)
            customer_keys(customer->name, customer->phone, add_key, &sink);
    }
    code = pg_send_rows(store, PG_KEYS_INSERT, false, sent, error);
    if (code)
        return code;
    rows_begin(&store->rows, "n");
    for (size_t i = 0; i < set->customer_count; i++)
        if (set->customers[i].state == ROW_CHANGED && set->customers[i].customer.erased_at)
            rows_number(&store->rows,
                        (int64_t)pg_customer_number(store, set->customers[i].customer.id));
    return pg_send_rows(store, PG_KEYS_DELETE, false, sent, error);
}

static enum tk_code update_customers(struct postgres_store *store, int *sent,
                                     struct tk_error *error)
{
    const struct working_set *set = &store->set;

    rows_begin(&store->rows, "nttnn");
    for (size_t i = 0; i < set->customer_count; i++) {
        const struct customer *customer = &set->customers[i].customer;

        if (set->customers[i].state != ROW_CHANGED)
            continue;
        rows_number(&store->rows, (int64_t)pg_customer_number(store, customer->id));
        rows_text(&store->rows, customer->name);
        rows_text(&store->rows, customer->phone);
        rows_number(&store->rows, customer->tickets);
        rows_number(&store->rows, customer->erased_at);
    }
    return pg_send_rows(store, PG_CUSTOMERS_UPDATE, true, sent, error);
}

/* Who is forgotten goes first: somebody of the same name and phone may come in the same batch. */
static enum tk_code write_customers(struct postgres_store *store, int *sent,
                                    struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code = update_customers(store, sent, error);

    if (code)
        return code;
    rows_begin(&store->rows, "nttnnn");
    for (size_t i = 0; i < set->customer_count; i++)
        if (set->customers[i].state == ROW_NEW)
            add_new_customer(store, &set->customers[i].customer);
    code = pg_send_rows(store, PG_CUSTOMERS_INSERT, false, sent, error);
    return code ? code : write_keys(store, sent, error);
}

/* --- tickets --- */

/* Expired is kept in the slot (see sql.h). */
static int64_t kept_status(const struct ticket *ticket)
{
    return (int64_t)(ticket->status == TICKET_EXPIRED ? TICKET_BOOKED : ticket->status);
}

static void add_new_ticket(struct postgres_store *store, const struct ticket *ticket)
{
    struct pg_rows *rows = &store->rows;

    rows_number(rows, (int64_t)pg_ticket_number(store, ticket->id));
    rows_number(rows, ticket->slot_id);
    rows_number_or_null(rows, (int64_t)pg_customer_number(store, ticket->customer_id));
    rows_number(rows, kept_status(ticket));
    rows_number(rows, ticket->booked_at);
    rows_number(rows, ticket->changed_at);
    rows_number(rows, ticket->canceled_at);
    rows_number_or_null(rows, (int64_t)pg_ticket_number(store, ticket->replaces));
    rows_number_or_null(rows, (int64_t)pg_ticket_number(store, ticket->replaced_by));
    rows_number(rows, (int64_t)pg_ticket_number(store, ticket->sale_id));
    rows_number(rows, ticket->sale_position);
    rows_number(rows, ticket->sale_size);
    rows_number(rows, (int64_t)ticket->seq);
    rows_number(rows, ticket->admitted_at);
    rows_text(rows, ticket->admitted_by);
    rows_number(rows, ticket->prints);
    rows_number(rows, ticket->seller);
}

static void add_ticket(struct postgres_store *store, const struct ticket *ticket)
{
    struct pg_rows *rows = &store->rows;

    rows_number(rows, ticket->slot_id);
    rows_number(rows, (int64_t)pg_ticket_number(store, ticket->id));
    rows_number(rows, kept_status(ticket));
    rows_number(rows, ticket->changed_at);
    rows_number(rows, ticket->canceled_at);
    rows_number_or_null(rows, (int64_t)pg_ticket_number(store, ticket->replaced_by));
    rows_number(rows, (int64_t)ticket->seq);
    rows_number(rows, ticket->prints);
    rows_number(rows, ticket->admitted_at);
    rows_text(rows, ticket->admitted_by);
}

static enum tk_code write_tickets(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct working_set *set = &store->set;
    enum tk_code code;

    rows_begin(&store->rows, "nnnnnnnnnnnnnntnn");
    for (size_t i = 0; i < set->ticket_count; i++)
        if (set->tickets[i].state == ROW_NEW)
            add_new_ticket(store, &set->tickets[i].ticket);
    code = pg_send_rows(store, PG_TICKETS_INSERT, false, sent, error);
    if (code)
        return code;
    rows_begin(&store->rows, "nnnnnnnnnt");
    for (size_t i = 0; i < set->ticket_count; i++)
        if (set->tickets[i].state == ROW_CHANGED)
            add_ticket(store, &set->tickets[i].ticket);
    return pg_send_rows(store, PG_TICKETS_UPDATE, true, sent, error);
}

/* --- journal --- */

/* Prints what an entry tells; its texts are borrowed from the buffers. */
static enum tk_code make_entry(const struct operation *operation, const struct outcome *outcome,
                               const struct pg_chain *chain, struct buffer *body, struct buffer *result,
                               struct journal_entry *entry)
{
    buffer_clear(body);
    buffer_clear(result);
    operation_print(body, operation, OP_PRINT_JOURNAL);
    outcome_print(result, outcome);
    if (body->failed || result->failed)
        return TK_NO_MEMORY;
    entry->id = operation->id;
    entry->kind = operation->kind;
    entry->at = operation->at;
    text_copy(entry->device, sizeof entry->device, operation->device);
    text_copy(entry->actor, sizeof entry->actor, operation->actor);
    pg_repair_text(entry->device); /* what is kept is what is hashed */
    pg_repair_text(entry->actor);
    entry->device_seq = chain->seq + 1;
    entry->body = body->data;
    entry->outcome = result->data;
    return journal_hash(entry, chain->hash, entry->hash);
}

static void add_entry(struct pg_rows *rows, const struct journal_entry *entry)
{
    const char *kind = op_kind_name(entry->kind);

    rows_number(rows, entry->seq);
    rows_number(rows, entry->writer);
    rows_text(rows, entry->device);
    rows_number(rows, entry->device_seq);
    rows_bytes(rows, entry->id.bytes, sizeof entry->id.bytes);
    rows_text(rows, kind ? kind : "unknown");
    rows_text(rows, entry->actor);
    rows_number(rows, entry->at);
    rows_number(rows, entry->recorded_at);
    rows_text(rows, entry->body);
    rows_text(rows, entry->outcome);
    rows_bytes(rows, entry->digest, sizeof entry->digest);
    rows_bytes(rows, entry->hash, sizeof entry->hash);
}

static enum tk_code add_entries(struct postgres_store *store, const struct operation *operations,
                                size_t count, const struct outcome *outcomes, int64_t now)
{
    struct pg_writer *writer = &store->writer;
    struct journal_entry entry = {.writer = writer->id, .recorded_at = now};
    struct buffer body, result;
    enum tk_code code = TK_OK;

    buffer_init(&body, 16 * 1024);
    buffer_init(&result, 4 * 1024);
    for (size_t i = 0; !code && i < count; i++) {
        struct pg_chain *chain;

        if (outcomes[i].replayed)
            continue;
        chain = writer_chain(writer, operations[i].device);
        if (!chain) {
            code = TK_NO_MEMORY;
            break;
        }
        entry.seq = writer->next_entry++;
        code = make_entry(&operations[i], &outcomes[i], chain, &body, &result, &entry);
        if (code)
            break;
        memcpy(entry.digest, store->set.digests[i], sizeof entry.digest);
        add_entry(&store->rows, &entry);
        writer_move(writer, chain, &entry);
    }
    buffer_release(&body);
    buffer_release(&result);
    return code;
}

/* What was used is the writer's own (postgres_store.h, 5). */
static bool writer_is_within(const struct pg_writer *writer)
{
    return writer->next_ticket <= writer->end && writer->next_customer <= writer->end &&
           writer->next_entry <= writer->end;
}

/* The writer's own row is written in any case (postgres_store.h, 2). */
static enum tk_code write_journal(struct postgres_store *store, const struct operation *operations,
                                  size_t count, const struct outcome *outcomes, int64_t now,
                                  int *sent, struct tk_error *error)
{
    struct pg_writer *writer = &store->writer;
    int64_t entries = writer->entries;
    struct pg_params *params;
    enum tk_code code;

    rows_begin(&store->rows, "nntnbttnnttbb");
    code = add_entries(store, operations, count, outcomes, now);
    if (code)
        return tk_fail_code(error, code);
    if (!writer_is_within(writer))
        return tk_fail(error, TK_INTERNAL, "These are too many at once for one node's numbers: nothing was "
                                           "done. Send them in parts.");
    code = pg_send_rows(store, PG_JOURNAL_INSERT, false, sent, error);
    if (!code)
        code = pg_seal_own(store, entries, now, sent, error);
    if (code)
        return code;
    params = pg_params(store);
    params_number(params, writer->id);
    params_number(params, writer->entries);
    params_bytes(params, writer->hash, sizeof writer->hash);
    params_number(params, now);
    params_number(params, entries);
    params_bytes(params, writer->head, sizeof writer->head);
    code = pg_send(store, PG_WRITER_WRITE, params, error);
    if (!code)
        ++*sent;
    return code;
}

/* Numbers that were used; and of what is rare what all writers have in common. */
static enum tk_code write_ids(struct postgres_store *store, int *sent, struct tk_error *error)
{
    const struct id_supply *ids = &store->set.ids;
    enum tk_code code = TK_OK;

    store->writer.next_ticket = (int64_t)ids->next_ticket;
    store->writer.next_customer = (int64_t)ids->next_customer;
    if (ids->rotated) {
        params_text(pg_params(store), "key_generation");
        params_number(&store->params, ids->key_generation);
        code = pg_send(store, PG_META_PUT, &store->params, error);
        *sent += !code;
    }
    if (!code && ids->raised) {
        params_number(pg_params(store), (int64_t)ids->floor);
        code = pg_send(store, PG_NEXT_NUMBER_RAISE, &store->params, error);
        *sent += !code;
    }
    return code;
}

enum tk_code pg_write_batch(struct postgres_store *store, const struct operation *operations,
                         size_t count, const struct outcome *outcomes, int64_t now, int *sent,
                         struct tk_error *error)
{
    enum tk_code code = pg_seal_others(store, now, sent, error);

    if (!code)
        code = write_slots(store, sent, error);
    if (!code)
        code = write_customers(store, sent, error);
    if (!code)
        code = write_tickets(store, sent, error);
    if (!code)
        code = pg_write_tills(store, sent, error);
    if (!code)
        code = pg_write_records(store, sent, error);
    if (!code)
        code = write_ids(store, sent, error);
    return code ? code
                : write_journal(store, operations, count, outcomes, now, sent, error);
}
