#include "tests/bench/bare.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/tally.h"
#include "core/text.h"
#include "data/sqlite/sql.h"

struct bare {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    int32_t *available, *sold; /* of each slot */
    size_t slots;
    int64_t next_ticket, next_customer, device_seq;
    struct journal_entry model;
    uint8_t digest[CRYPTO_HASH_SIZE];
    uint64_t random;
};

static const char *const sql_texts[SQL_COUNT] = {
#define X(name, text) [name] = text,
    SQL_TABLE(X)
#undef X
};

static enum tk_code check(const struct bare *bare, int result, struct tk_error *error)
{
    if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE)
        return TK_OK;
    return tk_fail(error, TK_INTERNAL, "The bare loop: %s.", sqlite3_errmsg(bare->db));
}

static enum tk_code run(struct bare *bare, enum sql sql, struct tk_error *error)
{
    enum tk_code code = check(bare, sqlite3_step(bare->statements[sql]), error);

    sqlite3_reset(bare->statements[sql]);
    return code;
}

static int64_t number_of(struct bare *bare, enum sql sql)
{
    sqlite3_stmt *s = bare->statements[sql];
    int64_t number = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;

    sqlite3_reset(s);
    return number;
}

/* The same as the engine's own, see data/sqlite/connection.c. */
static int configure(struct bare *bare)
{
    return sqlite3_exec(bare->db,
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                        "PRAGMA cell_size_check = ON; PRAGMA cache_size = -8000;"
                        "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;"
                        "PRAGMA secure_delete = ON",
                        NULL, NULL, NULL);
}

static enum tk_code read_places(struct bare *bare, struct tk_error *error)
{
    for (size_t i = 0; i < bare->slots; i++) {
        sqlite3_stmt *s = bare->statements[SQL_SLOT];

        sqlite3_bind_int64(s, 1, SLOT_ID_FIRST + (int64_t)i);
        if (sqlite3_step(s) != SQLITE_ROW)
            return tk_fail(error, TK_INTERNAL, "The bare loop finds no slot %zu.", i);
        bare->available[i] = sqlite3_column_int(s, 9);
        bare->sold[i] = sqlite3_column_int(s, 11);
        sqlite3_reset(s);
    }
    return TK_OK;
}

static enum tk_code prepare(struct bare *bare, struct tk_error *error)
{
    enum tk_code code = check(bare, configure(bare), error);

    for (int i = 0; !code && i < SQL_COUNT; i++)
        code = check(bare,
                     sqlite3_prepare_v3(bare->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &bare->statements[i], NULL),
                     error);
    if (code)
        return code;
    bare->next_ticket = number_of(bare, SQL_MAX_TICKET) + 1;
    bare->next_customer = number_of(bare, SQL_MAX_CUSTOMER) + 1;
    return read_places(bare, error);
}

enum tk_code bare_open(struct bare **result, const char *path, size_t slots,
                       const struct journal_entry *model, struct tk_error *error)
{
    struct bare *bare = calloc(1, sizeof *bare);
    enum tk_code code = TK_NO_MEMORY;

    if (!bare)
        return tk_fail_code(error, TK_NO_MEMORY);
    bare->slots = slots;
    bare->available = calloc(slots + 1, sizeof *bare->available);
    bare->sold = calloc(slots + 1, sizeof *bare->sold);
    if (model) {
        bare->model = *model;
        bare->model.body = strdup(model->body);
        bare->model.outcome = strdup(model->outcome);
        bare->device_seq = model->device_seq;
    }
    if (bare->available && bare->sold)
        code = check(bare, sqlite3_open(path, &bare->db), error);
    if (!code)
        code = prepare(bare, error);
    if (code)
        bare_close(bare);
    else
        *result = bare;
    return code;
}

void bare_close(struct bare *bare)
{
    if (!bare)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(bare->statements[i]);
    sqlite3_close(bare->db);
    free(bare->available);
    free(bare->sold);
    free(bare->model.body);
    free(bare->model.outcome);
    free(bare);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static enum tk_code update_slot(struct bare *bare, size_t slot, struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_SLOT_UPDATE];

    bare->available[slot]--;
    bare->sold[slot]++;
    sqlite3_bind_int64(s, 1, SLOT_ID_FIRST + (int64_t)slot);
    sqlite3_bind_int(s, 2, bare->available[slot]);
    sqlite3_bind_int(s, 3, 0);
    sqlite3_bind_int(s, 4, bare->sold[slot]);
    sqlite3_bind_int(s, 5, 0);
    sqlite3_bind_int64(s, 6, bare->sold[slot] + 1);
    sqlite3_bind_int(s, 7, 0);
    sqlite3_bind_int64(s, 8, 1);
    return run(bare, SQL_SLOT_UPDATE, error);
}

static enum tk_code insert_key(struct bare *bare, char mark, const char *text, size_t length,
                               int64_t customer, struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_KEY_INSERT];
    char key[CUSTOMER_NAME_SIZE + 1];

    snprintf(key, sizeof key, "%c%.*s", mark, (int)length, text);
    bind_text(s, 1, key);
    sqlite3_bind_int64(s, 2, customer);
    return run(bare, SQL_KEY_INSERT, error);
}

/* A customer of two words, with the three keys by which it is found. */
static enum tk_code insert_customer(struct bare *bare, const struct bare_customer *customer,
                                    int64_t number, int64_t now, struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_CUSTOMER_INSERT];
    const char *last = strchr(customer->name, ' ') + 1;
    enum tk_code code;

    sqlite3_bind_int64(s, 1, number);
    bind_text(s, 2, customer->name);
    bind_text(s, 3, customer->phone);
    sqlite3_bind_int(s, 4, 1);
    sqlite3_bind_int64(s, 5, now);
    sqlite3_bind_int(s, 6, 0);
    code = run(bare, SQL_CUSTOMER_INSERT, error);
    if (!code)
        code = insert_key(bare, 'n', customer->name, (size_t)(last - customer->name) - 1, number,
                          error);
    if (!code)
        code = insert_key(bare, 'n', last, strlen(last), number, error);
    return code ? code
                : insert_key(bare, 'p', customer->phone, strlen(customer->phone), number, error);
}

static enum tk_code insert_ticket(struct bare *bare, size_t slot, int64_t customer, int64_t now,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_TICKET_INSERT];
    int64_t number = bare->next_ticket++;

    sqlite3_bind_int64(s, 1, number);
    sqlite3_bind_int64(s, 2, SLOT_ID_FIRST + (int64_t)slot);
    if (customer)
        sqlite3_bind_int64(s, 3, customer);
    else
        sqlite3_bind_null(s, 3);
    sqlite3_bind_int(s, 4, TICKET_BOOKED);
    sqlite3_bind_int64(s, 5, now);
    sqlite3_bind_int64(s, 6, now);
    sqlite3_bind_int64(s, 7, 0);
    sqlite3_bind_null(s, 8);
    sqlite3_bind_null(s, 9);
    sqlite3_bind_int64(s, 10, number);
    sqlite3_bind_int(s, 11, 1);
    sqlite3_bind_int(s, 12, 1);
    sqlite3_bind_int64(s, 13, bare->sold[slot] + 1);
    sqlite3_bind_int64(s, 14, 0);
    bind_text(s, 15, "");
    sqlite3_bind_int(s, 16, 0);
    sqlite3_bind_int64(s, 17, 0);
    return run(bare, SQL_TICKET_INSERT, error);
}

static struct op_id make_id(struct bare *bare, int64_t now)
{
    uint8_t noise[10];

    for (size_t i = 0; i < sizeof noise; i++) {
        bare->random = bare->random * UINT64_C(6364136223846793005) + 1442695040888963407;
        noise[i] = (uint8_t)(bare->random >> 56);
    }
    return op_id_make(now / 1000, noise);
}

static enum tk_code insert_entry(struct bare *bare, int64_t now, struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_JOURNAL_INSERT];
    struct op_id id = make_id(bare, now);

    bind_text(s, 1, bare->model.device);
    sqlite3_bind_int64(s, 2, ++bare->device_seq);
    sqlite3_bind_blob(s, 3, id.bytes, sizeof id.bytes, SQLITE_STATIC);
    bind_text(s, 4, op_kind_name(bare->model.kind));
    bind_text(s, 5, bare->model.actor);
    sqlite3_bind_int64(s, 6, now);
    sqlite3_bind_int64(s, 7, now);
    bind_text(s, 8, bare->model.body);
    bind_text(s, 9, bare->model.outcome);
    sqlite3_bind_blob(s, 10, bare->digest, sizeof bare->digest, SQLITE_STATIC);
    sqlite3_bind_blob(s, 11, bare->model.hash, sizeof bare->model.hash, SQLITE_STATIC);
    sqlite3_bind_int64(s, 12, 0);
    return run(bare, SQL_JOURNAL_INSERT, error);
}

static enum tk_code put_device(struct bare *bare, struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_DEVICE_PUT];

    bind_text(s, 1, bare->model.device);
    sqlite3_bind_int64(s, 2, bare->device_seq);
    sqlite3_bind_blob(s, 3, bare->model.hash, sizeof bare->model.hash, SQLITE_STATIC);
    return run(bare, SQL_DEVICE_PUT, error);
}

/* What is counted for reports, and where the journal ends. */
static enum tk_code put_counts(struct bare *bare, size_t count, struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_TALLY_ADD];
    enum tk_code code;

    sqlite3_bind_int64(s, 1, tally_span(now_us()));
    bind_text(s, 2, bare->model.actor);
    bind_text(s, 3, bare->model.device);
    sqlite3_bind_int(s, 4, 0);
    sqlite3_bind_int64(s, 5, (sqlite3_int64)count);
    sqlite3_bind_int64(s, 6, (sqlite3_int64)count);
    for (int i = 7; i <= 9; i++)
        sqlite3_bind_int64(s, i, 0);
    code = run(bare, SQL_TALLY_ADD, error);
    s = bare->statements[SQL_JOURNAL_END_PUT];
    sqlite3_bind_int64(s, 1, bare->device_seq);
    sqlite3_bind_blob(s, 2, bare->model.hash, sizeof bare->model.hash, SQLITE_STATIC);
    return code ? code : run(bare, SQL_JOURNAL_END_PUT, error);
}

static enum tk_code sell_one(struct bare *bare, size_t slot, const struct bare_customer *customer,
                             struct tk_error *error)
{
    int64_t now = now_us(), number = customer ? bare->next_customer++ : 0;
    enum tk_code code = update_slot(bare, slot, error);

    if (!code && customer)
        code = insert_customer(bare, customer, number, now, error);
    if (!code)
        code = insert_ticket(bare, slot, number, now, error);
    return code ? code : insert_entry(bare, now, error);
}

enum tk_code bare_sell(struct bare *bare, const size_t *slots, size_t count,
                       const struct bare_customer *customers, struct tk_error *error)
{
    enum tk_code code = run(bare, SQL_BEGIN_WRITE, error);

    for (size_t i = 0; !code && i < count; i++)
        code = sell_one(bare, slots[i], customers ? &customers[i] : NULL, error);
    if (!code)
        code = put_device(bare, error);
    if (!code)
        code = put_counts(bare, count, error);
    return code ? code : run(bare, SQL_COMMIT, error);
}

enum tk_code bare_expire(struct bare *bare, int64_t *tickets, struct tk_error *error)
{
    sqlite3_stmt *s = NULL;
    enum tk_code code = check(bare,
                              sqlite3_prepare_v2(bare->db,
                                                 "UPDATE ticket SET status = 1, changed_at = ?1,"
                                                 " seq = seq + 1 WHERE status = 0",
                                                 -1, &s, NULL),
                              error);

    if (!code) {
        sqlite3_bind_int64(s, 1, now_us());
        code = check(bare, sqlite3_step(s), error);
    }
    *tickets = sqlite3_changes64(bare->db);
    sqlite3_finalize(s);
    return code;
}

enum tk_code bare_page(struct bare *bare, const struct slot_query *query, size_t *rows,
                       struct tk_error *error)
{
    sqlite3_stmt *s = bare->statements[SQL_SLOTS_GENRE];
    int result;

    sqlite3_bind_int(s, 1, -1);
    sqlite3_bind_int64(s, 2, 0);
    sqlite3_bind_int64(s, 3, query->ends_after);
    sqlite3_bind_int(s, 4, 0);
    bind_text(s, 5, "");
    sqlite3_bind_int64(s, 6, (sqlite3_int64)query->limit);
    sqlite3_bind_int64(s, 7, query->after_given ? query->after_starts_at : 0);
    sqlite3_bind_int64(s, 8, query->after_given ? query->after_id : -1);
    sqlite3_bind_int64(s, 9, INT64_MAX);
    sqlite3_bind_int(s, 10, query->genre);
    for (*rows = 0; (result = sqlite3_step(s)) == SQLITE_ROW; ++*rows)
        for (int column = 0; column < sqlite3_column_count(s); column++)
            sqlite3_column_value(s, column);
    sqlite3_reset(s);
    return check(bare, result, error);
}
