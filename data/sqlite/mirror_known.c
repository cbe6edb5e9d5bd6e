/* mirror_known: how far a till knows the centre's slots, and the keys of them that it has. */
#include "data/sqlite/mirror_take.h"

#include <string.h>

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
    struct mirror_row known = {0};
    sqlite3_stmt *s;
    bool row;
    enum tk_code code = connection_require(store, error);

    if (!code)
        code = mirror_read(store, &known, error);
    if (code)
        return code;
    s = statement_take(store, SQL_MIRROR_KEYLESS);
    sqlite3_bind_int64(s, 1, role_reads(known.state.role, ROLE_CLERK) ? INT64_MAX : until);
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
