/* heads: what the heads of journals are that were written before heads were kept (schema.c, version
 * 6). */
#include "data/sqlite/internal.h"

#include <string.h>

#include "core/seal.h"

static enum tk_code save_head(struct sqlite_store *store, const char *sql, int64_t writer,
                              const struct journal_end *end, struct tk_error *error)
{
    sqlite3_stmt *s = NULL;
    int result = sqlite3_prepare_v2(store->db, sql, -1, &s, NULL);

    if (result == SQLITE_OK) {
        sqlite3_bind_int64(s, 1, writer);
        sqlite3_bind_int64(s, 2, end->entries);
        sqlite3_bind_blob(s, 3, end->head, sizeof end->head, SQLITE_STATIC);
        result = sqlite3_step(s);
    }
    sqlite3_finalize(s);
    return sqlite_fail(store, result, error);
}

/* A writer is this file's own, or has a row. */
static enum tk_code save_end(struct sqlite_store *store, int64_t writer,
                             const struct journal_end *end, struct tk_error *error)
{
    enum tk_code code = end->entries ? save_head(store, SQL_HEAD_OWN, writer, end, error) : TK_OK;

    return code || !end->entries ? code : save_head(store, SQL_HEAD_OTHER, writer, end, error);
}

enum tk_code heads_make(struct sqlite_store *store, struct tk_error *error)
{
    struct journal_end end = {0};
    int64_t writer = 0;
    sqlite3_stmt *s = NULL;
    enum tk_code code =
        sqlite_fail(store, sqlite3_prepare_v2(store->db, SQL_HEADS_OF, -1, &s, NULL), error);

    while (!code) {
        bool row;

        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        if (sqlite3_column_int64(s, 0) != writer) {
            code = save_end(store, writer, &end, error);
            end = (struct journal_end){0};
            writer = sqlite3_column_int64(s, 0);
        }
        if (sqlite3_column_bytes(s, 1) != CRYPTO_HASH_SIZE ||
            sqlite3_column_bytes(s, 2) != CRYPTO_HASH_SIZE)
            code = sqlite_fail(store, SQLITE_CORRUPT, error);
        else
            seal_head_add(end.head, sqlite3_column_blob(s, 1), sqlite3_column_blob(s, 2));
        end.entries++;
    }
    sqlite3_finalize(s);
    return code ? code : save_end(store, writer, &end, error);
}
