/* connection: opening a file with everything that a fresh one needs, and closing it. */
#include "data/sqlite/internal.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "core/text.h"
#include "data/sqlite/schema.h"

#define PROGRESS_STEPS 20000 /* virtual machine steps between looks at the watch */

static const char *const sql_texts[SQL_COUNT] = {
#define X(name, text) [name] = text,
    SQL_TABLE(X)
#undef X
};

bool sqlite_is_network_filesystem(long type)
{
    static const long network[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
                                   SMB2_SUPER_MAGIC, CODA_SUPER_MAGIC, AFS_SUPER_MAGIC,
                                   AFS_FS_MAGIC, CEPH_SUPER_MAGIC, V9FS_MAGIC, NCP_SUPER_MAGIC};

    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++)
        if ((unsigned int)network[i] == (unsigned int)type)
            return true;
    return false;
}

/* Looks at the file before SQLite does, for the clearest sentence. */
enum tk_code connection_check_path(const struct sqlite_store *store, struct tk_error *error)
{
    char directory[4096], *slash;
    struct statfs filesystem;
    struct stat info;

    if (stat(store->path, &info)) {
        if (store->options.must_exist)
            return tk_fail(error, TK_NO_INPUT, "%s cannot be opened: %s.", store->path,
                           strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        return tk_fail(error, TK_NOT_A_STORE, "%s is not a file.", store->path);
    }
    if (!text_copy(directory, sizeof directory, store->path))
        return tk_fail(error, TK_CONFIG, "The path of the box office file is too long.");
    slash = strrchr(directory, '/');
    text_copy(slash ? slash + (slash == directory) : directory, 2, slash ? "" : ".");
    if (slash == directory)
        text_copy(directory, sizeof directory, "/");
    if (statfs(directory, &filesystem))
        return tk_fail(error, TK_CANNOT_CREATE, "The folder %s cannot be used: %s.", directory,
                       strerror(errno));
    if (sqlite_is_network_filesystem((long)filesystem.f_type))
        return tk_fail(error, TK_CONFIG,
                       "%s is on a network file system, where a box office file is not safe: "
                       "keep it on a disk of this machine.",
                       store->path);
    return TK_OK;
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int on_progress(void *context)
{
    struct sqlite_store *store = context;

    return store->watch.give_up && store->watch_since_ms &&
           store->watch.give_up(store->watch.context, clock_ms() - store->watch_since_ms);
}

static enum tk_code run(struct sqlite_store *store, const char *sql, struct tk_error *error)
{
    return sqlite_fail(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL), error);
}

static enum tk_code read_pragma(struct sqlite_store *store, const char *sql, int64_t *value,
                                struct tk_error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
        *value = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    }
    sqlite3_finalize(statement);
    return sqlite_fail(store, result, error);
}

static enum tk_code check_identity(struct sqlite_store *store, int64_t *version,
                                   struct tk_error *error)
{
    int64_t application = 0, tables = 0;
    enum tk_code code;

    code = read_pragma(store, "PRAGMA application_id", &application, error);
    if (!code)
        code = read_pragma(store, "PRAGMA user_version", version, error);
    if (!code)
        code = read_pragma(store, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (code)
        return code;
    if (application != SCHEMA_APPLICATION_ID && (application || tables || *version))
        return tk_fail(error, TK_NOT_A_STORE, "%s is the database of another program.",
                       store->path);
    if (*version < 0)
        return sqlite_fail(store, SQLITE_CORRUPT, error);
    if (*version > schema_version)
        return tk_fail(error, TK_NEWER_VERSION,
                       "%s was written by a newer version of this program (schema %lld; this one "
                       "knows %d). Update this program.",
                       store->path, (long long)*version, schema_version);
    return TK_OK;
}

static enum tk_code put_meta(struct sqlite_store *store, const char *key, const char *text,
                             const void *blob, size_t size, struct tk_error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, "INSERT INTO meta (key, value) VALUES (?1, ?2)", -1,
                                    &statement, NULL);

    if (result == SQLITE_OK) {
        bind_text(statement, 1, key);
        if (blob)
            sqlite3_bind_blob(statement, 2, blob, (int)size, SQLITE_STATIC);
        else
            bind_text(statement, 2, text);
        result = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return sqlite_fail(store, result, error);
}

/* What a new store is given once: its name among stores, and the key of its ids. */
static enum tk_code name_store(struct sqlite_store *store, struct tk_error *error)
{
    const struct sqlite_options *options = &store->options;
    struct id_key key;
    uint8_t noise[10];
    struct op_id uuid;
    char text[OP_ID_TEXT_MAX];
    enum tk_code code;

    options->random(options->context, key.bytes, sizeof key.bytes);
    options->random(options->context, noise, sizeof noise);
    uuid = op_id_make(options->now(options->context) / 1000, noise);
    op_id_print(text, &uuid);
    code = put_meta(store, "uuid", text, NULL, 0, error);
    if (!code)
        code = put_meta(store, "era", "1", NULL, 0, error);
    if (!code)
        code = put_meta(store, "id_key", NULL, key.bytes, sizeof key.bytes, error);
    return code;
}

static enum tk_code migrate(struct sqlite_store *store, int64_t version, struct tk_error *error)
{
    char sql[128];
    enum tk_code code;

    if (version == schema_version)
        return TK_OK;
    code = run(store, "BEGIN IMMEDIATE", error);
    for (int64_t step = version; !code && step < schema_version; step++)
        code = run(store, schema_steps[step], error);
    if (!code && version == 0)
        code = name_store(store, error);
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             SCHEMA_APPLICATION_ID, schema_version);
    if (!code)
        code = run(store, sql, error);
    if (!code)
        code = run(store, "COMMIT", error);
    if (code)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

static enum tk_code read_meta(struct sqlite_store *store, struct tk_error *error)
{
    sqlite3_stmt *get = statement_take(store, SQL_META_GET);
    bool row;
    enum tk_code code;

    bind_text(get, 1, "uuid");
    code = statement_step(store, get, &row, error);
    if (!code)
        read_text(get, 0, store->uuid, sizeof store->uuid);
    statement_done(get);
    if (code)
        return code;
    bind_text(get, 1, "era");
    code = statement_step(store, get, &row, error);
    if (!code)
        store->era = sqlite3_column_int64(get, 0);
    statement_done(get);
    if (code)
        return code;
    bind_text(get, 1, "id_key");
    code = statement_step(store, get, &row, error);
    if (!code && row && sqlite3_column_bytes(get, 0) == (int)sizeof store->id_key.bytes)
        memcpy(store->id_key.bytes, sqlite3_column_blob(get, 0), sizeof store->id_key.bytes);
    else if (!code)
        code = tk_fail(error, TK_CORRUPT, "%s has lost the key of its ids.", store->path);
    statement_done(get);
    return code;
}

static enum tk_code prepare_all(struct sqlite_store *store, struct tk_error *error)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        int result = sqlite3_prepare_v3(store->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &store->statements[i], NULL);

        if (result != SQLITE_OK)
            return sqlite_fail(store, result, error);
    }
    return TK_OK;
}

/* SQLite answers the mode that it took, which is another one where WAL cannot be had. */
static enum tk_code require_wal(struct sqlite_store *store, struct tk_error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
    bool wal = false;
    enum tk_code code;

    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
        wal = result == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == 3 &&
              memcmp(sqlite3_column_blob(statement, 0), "wal", 3) == 0;
    }
    sqlite3_finalize(statement);
    code = sqlite_fail(store, result, error);
    if (!code && !wal)
        code = tk_fail(error, TK_CONFIG,
                       "%s cannot keep a write-ahead log here: keep it on a disk of this machine.",
                       store->path);
    return code;
}

static enum tk_code configure(struct sqlite_store *store, struct tk_error *error)
{
    static const char settings[] =
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;"
        "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON";
    enum tk_code code;

    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_progress_handler(store->db, PROGRESS_STEPS, on_progress, store);
    code = require_wal(store, error);
    return code ? code : run(store, settings, error);
}

enum tk_code connection_empty_log(struct sqlite_store *store, struct tk_error *error)
{
    int result =
        sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return sqlite_fail(store, result, error);
}

/* The log of a program that was killed, or whose disk failed, may hold commits that were never
   synced: nothing may be answered from them before they are. Whoever reads meanwhile has the log
   open, so that it was not left behind, and is not waited for. */
static enum tk_code settle_log(struct sqlite_store *store, struct tk_error *error)
{
    struct tk_error failure;
    enum tk_code code;

    sqlite3_busy_timeout(store->db, 0);
    code = connection_empty_log(store, &failure);
    sqlite3_busy_timeout(store->db, store->gate.timeout_ms);
    if (code == TK_BUSY)
        return TK_OK;
    if (code && error)
        *error = failure;
    return code;
}

enum tk_code connection_open(struct sqlite_store *store, struct tk_error *error)
{
    int64_t version = 0;
    enum tk_code code;
    int result;

    code = gate_enter(&store->gate, error);
    if (code)
        return code;
    result = sqlite3_open_v2(store->path, &store->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX |
                                 (store->options.must_exist ? 0 : SQLITE_OPEN_CREATE),
                             NULL);
    code = sqlite_fail(store, result, error);
    /* another till may be recovering the log of one that was killed */
    if (!code)
        sqlite3_busy_timeout(store->db, store->gate.timeout_ms);
    if (!code && sqlite3_db_readonly(store->db, "main") == 1)
        code = sqlite_fail(store, SQLITE_READONLY, error);
    if (!code)
        code = check_identity(store, &version, error);
    if (!code)
        code = configure(store, error);
    if (!code)
        code = migrate(store, version, error);
    if (!code)
        code = prepare_all(store, error);
    if (!code)
        code = read_meta(store, error);
    if (!code)
        code = settle_log(store, error);
    store->own_changes++; /* whatever was read before is to be read again */
    if (code)
        connection_close(store);
    else
        store->doubtful = false;
    gate_leave(&store->gate);
    return code;
}

/* The last connection to close checkpoints, so closing goes through the gate as well. When the gate
   cannot be had the log is left for the next who opens. */
void connection_close(struct sqlite_store *store)
{
    bool inside;

    if (!store->db)
        return;
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    inside = gate_enter(&store->gate, NULL) == TK_OK;
    if (!inside)
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close_v2(store->db);
    if (inside)
        gate_leave(&store->gate);
    store->db = NULL;
}

enum tk_code connection_require(struct sqlite_store *store, struct tk_error *error)
{
    int moved = 0;

    if (!store->db)
        return connection_open(store, error);
    /* with a log, SQLite itself goes on writing into a file that nobody will find again */
    sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved)
        return tk_fail(error, TK_UNAVAILABLE,
                       "%s was removed or replaced while in use: put it back, or start again.",
                       store->path);
    return TK_OK;
}
