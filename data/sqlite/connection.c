/* connection: opening a file with everything that a fresh one needs, and closing it. */
#include "data/sqlite/internal.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "core/text.h"
#include "data/sqlite/schema.h"

#define CHECKPOINT_PAGES 1000 /* as SQLite has it */
#define ROOM_EVERY_MS 1000
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
    char copy[4096], *directory;
    struct statfs filesystem;
    struct stat info;

    if (stat(store->path, &info)) {
        if (store->options.must_exist || store->options.look_only)
            return tk_fail(error, TK_NO_INPUT, "%s cannot be opened: %s.", store->path,
                           strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        return tk_fail(error, TK_NOT_A_STORE, "%s is not a file.", store->path);
    }
    if (store->options.look_only)
        return TK_OK;
    if (!text_copy(copy, sizeof copy, store->path))
        return tk_fail(error, TK_CONFIG, "The path of the box office file is too long.");
    directory = dirname(copy);
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

enum tk_code connection_identify(struct sqlite_store *store, int64_t *version,
                                 struct tk_error *error)
{
    int64_t application = 0, tables = 0;
    enum tk_code code;

    code = read_pragma(store, SQL_APPLICATION_GET, &application, error);
    if (!code)
        code = read_pragma(store, SQL_VERSION_GET, version, error);
    if (!code)
        code = read_pragma(store, SQL_TABLES_COUNT, &tables, error);
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

/* A blob, or with blob NULL the number `size`. The statements need not be prepared yet. */
static enum tk_code put_meta(struct sqlite_store *store, const char *key, const void *blob,
                             size_t size, struct tk_error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, sql_texts[SQL_META_PUT], -1, &statement, NULL);

    if (result == SQLITE_OK) {
        bind_text(statement, 1, key);
        if (blob)
            sqlite3_bind_blob(statement, 2, blob, (int)size, SQLITE_STATIC);
        else
            sqlite3_bind_int64(statement, 2, (sqlite3_int64)size);
        result = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return sqlite_fail(store, result, error);
}

/* Tells keys apart without telling anything about them. */
static struct crypto_key key_fingerprint(const struct sqlite_store *store)
{
    return crypto_derive(&store->options.digest_key, "fingerpr", 0);
}

/* What a new store is given once: its name among stores, and the key of its ids. */
static enum tk_code name_store(struct sqlite_store *store, struct tk_error *error)
{
    const struct sqlite_options *options = &store->options;
    struct id_key key;
    uint8_t noise[10];
    struct crypto_key fingerprint = key_fingerprint(store);
    struct op_id uuid;
    enum tk_code code;

    options->random(options->context, key.bytes, sizeof key.bytes);
    options->random(options->context, noise, sizeof noise);
    uuid = op_id_make(options->now(options->context) / 1000, noise);
    code = put_meta(store, "uuid", uuid.bytes, sizeof uuid.bytes, error);
    if (!code)
        code = put_meta(store, "era", NULL, 1, error);
    if (!code)
        code = put_meta(store, "number_floor", NULL, 1, error);
    if (!code)
        code = put_meta(store, "id_key", key.bytes, sizeof key.bytes, error);
    if (!code)
        code = put_meta(store, "digest_key", fingerprint.bytes, sizeof fingerprint.bytes, error);
    return code ? code : put_meta(store, "digest_since", NULL, 1, error);
}

static enum tk_code migrate(struct sqlite_store *store, int64_t version, struct tk_error *error)
{
    char sql[128];
    enum tk_code code;

    if (version == schema_version)
        return TK_OK;
    code = run(store, sql_texts[SQL_BEGIN_WRITE], error);
    for (int64_t step = version; !code && step < schema_version; step++)
        code = run(store, schema_steps[step], error);
    if (!code && version == 0)
        code = name_store(store, error);
    else if (!code && version < SCHEMA_HEADS)
        code = heads_make(store, error);
    snprintf(sql, sizeof sql, SQL_VERSION_PUT,
             SCHEMA_APPLICATION_ID, schema_version);
    if (!code)
        code = run(store, sql, error);
    if (!code)
        code = run(store, sql_texts[SQL_COMMIT], error);
    if (code)
        run(store, sql_texts[SQL_ROLLBACK], NULL);
    return code;
}

/* Reads a blob of exactly `size` bytes, or with blob NULL a number. */
static enum tk_code get_meta(struct sqlite_store *store, const char *key, void *blob, size_t size,
                             int64_t *number, struct tk_error *error)
{
    sqlite3_stmt *get = statement_take(store, SQL_META_GET);
    bool row;
    enum tk_code code;

    bind_text(get, 1, key);
    code = statement_step(store, get, &row, error);
    if (!code && (!row || (blob && sqlite3_column_bytes(get, 0) != (int)size)))
        code = tk_fail(error, TK_CORRUPT, "%s has lost its “%s”. Put back a backup.", store->path,
                       key);
    if (!code && blob)
        memcpy(blob, sqlite3_column_blob(get, 0), size);
    else if (!code)
        *number = sqlite3_column_int64(get, 0);
    statement_done(get);
    return code;
}

enum tk_code connection_read_meta(struct sqlite_store *store, struct tk_error *error)
{
    struct op_id uuid;
    enum tk_code code = get_meta(store, "uuid", uuid.bytes, sizeof uuid.bytes, NULL, error);

    if (!code)
        op_id_print(store->uuid, &uuid);
    if (!code)
        code = get_meta(store, "era", NULL, 0, &store->era, error);
    if (!code)
        code = get_meta(store, "writer", NULL, 0, &store->writer, error);
    if (!code)
        code = get_meta(store, "digest_since", NULL, 0, &store->digest_since, error);
    if (!code)
        code = get_meta(store, "id_key", store->id_key.bytes, sizeof store->id_key.bytes, NULL,
                        error);
    return code;
}

/* From now on with another key: what the journal has so far is known by id alone. */
static enum tk_code change_key(struct sqlite_store *store, const struct crypto_key *fingerprint,
                               struct tk_error *error)
{
    enum tk_code code = run(store, sql_texts[SQL_BEGIN_WRITE], error);
    int64_t last = 0;

    if (!code)
        code = read_pragma(store, sql_texts[SQL_MAX_JOURNAL], &last, error);
    if (!code)
        code = put_meta(store, "digest_key", fingerprint->bytes, sizeof fingerprint->bytes, error);
    if (!code)
        code = put_meta(store, "digest_since", NULL, (size_t)last + 1, error);
    if (!code)
        code = run(store, sql_texts[SQL_COMMIT], error);
    if (code)
        run(store, sql_texts[SQL_ROLLBACK], NULL);
    else
        store->digest_since = last + 1;
    return code;
}

/* It lacks what was not copied yet; nothing of it may be sold. */
enum tk_code connection_check_finished(struct sqlite_store *store, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_UNFINISHED);
    enum tk_code code;
    bool row, unfinished;

    code = statement_step(store, s, &row, error);
    unfinished = !code && sqlite3_column_int(s, 0);
    statement_done(s);
    if (code || !unfinished || store->options.copying)
        return code;
    return tk_fail(error, TK_CONFIG,
                   "A copy into this box office file (%s) was not finished: run the same `ticketly admin "
                   "copy` again.",
                   store->path);
}

/* A wrong key would make passes that no door knows: it is refused. */
static enum tk_code check_key(struct sqlite_store *store, struct tk_error *error)
{
    struct crypto_key fingerprint = key_fingerprint(store), known;
    enum tk_code code;

    if (store->options.copying)
        return TK_OK;
    code = get_meta(store, "digest_key", known.bytes, sizeof known.bytes, NULL, error);
    if (code || crypto_equal(&known, &fingerprint, sizeof known))
        return code;
    if (store->options.new_key)
        return change_key(store, &fingerprint, error);
    return tk_fail(error, TK_CONFIG,
                   "%s.key is not the key that this box office was made with: put the right one "
                   "back from where you keep it. Only when that is lost for good, start once with "
                   "--new-key: all passes printed before then show as not genuine.",
                   store->path);
}

enum tk_code connection_prepare(struct sqlite_store *store, enum sql first, enum sql end,
                                struct tk_error *error)
{
    for (enum sql i = first; i < end; i++) {
        int result;

        if (store->statements[i])
            continue;
        result = sqlite3_prepare_v3(store->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &store->statements[i], NULL);

        if (result != SQLITE_OK)
            return sqlite_fail(store, result, error);
    }
    return TK_OK;
}

/* Each command opens the file, so that it does not pay for what it has no use for. */
enum tk_code connection_prepare_all(struct sqlite_store *store, struct tk_error *error)
{
    enum tk_code code = connection_prepare(store, SQL_BEGIN_WRITE, SQL_VERIFY_FIRST, error);

    return code || !store->options.mirror
               ? code
               : connection_prepare(store, SQL_MIRROR_FIRST, SQL_COUNT, error);
}

/* SQLite answers the mode that it took, which is another one where WAL cannot be had. */
static enum tk_code require_wal(struct sqlite_store *store, struct tk_error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, SQL_WAL, -1, &statement, NULL);
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

/*
 * After each commit, told how many pages the log has: SQLite's own checkpointing, but not again with
 * every commit while somebody reads an old state (a backup). Each try sorts what is in the log, so
 * that commits got slower by the page until the reader was done.
 */
static int on_logged(void *context, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *store = context;
    int wanted = store->options.checkpoint_pages ? store->options.checkpoint_pages : CHECKPOINT_PAGES;
    int logged = 0, moved = 0;

    if (pages < store->log_pages) /* it began anew */
        store->log_next = wanted;
    store->log_pages = pages;
    if (pages < store->log_next)
        return SQLITE_OK;
    sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, &logged, &moved);
    store->log_next = pages + (moved < logged && pages / 8 > wanted ? pages / 8 : wanted);
    return SQLITE_OK; /* what could not be moved stays in the log, and is as safe there */
}

static enum tk_code configure(struct sqlite_store *store, struct tk_error *error)
{
    enum tk_code code;

    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_progress_handler(store->db, PROGRESS_STEPS, on_progress, store);
    store->log_pages = INT_MAX; /* so that the first is a beginning */
    sqlite3_wal_hook(store->db, on_logged, store);
    code = require_wal(store, error);
    if (!code)
        code = run(store, SQL_SETTINGS, error);
    return code || !(store->options.mirror || store->options.copying)
               ? code
               : run(store, SQL_COPY_OF_A_PART, error);
}

enum tk_code connection_empty_log(struct sqlite_store *store, struct tk_error *error)
{
    int result =
        sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return sqlite_fail(store, result, error);
}

enum tk_code connection_try_empty_log(struct sqlite_store *store, struct tk_error *error)
{
    enum tk_code code;

    sqlite3_busy_timeout(store->db, 0);
    code = connection_empty_log(store, error);
    sqlite3_busy_timeout(store->db, store->gate.timeout_ms);
    return code;
}

void connection_make_room(struct sqlite_store *store)
{
    int64_t now = clock_ms();

    if (!store->db || now - store->room_tried_ms < ROOM_EVERY_MS)
        return;
    store->room_tried_ms = now;
    connection_try_empty_log(store, NULL);
}

/* The log of a program that was killed, or whose disk failed, may hold commits that were never
   synced: nothing may be answered from them before they are. Whoever reads meanwhile has the log
   open, so that it was not left behind, and is not waited for. */
static enum tk_code settle_log(struct sqlite_store *store, struct tk_error *error)
{
    struct tk_error failure;
    enum tk_code code = connection_try_empty_log(store, &failure);

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

    if (store->options.look_only)
        return look_open(store, error);
    code = gate_enter(&store->gate, error);
    if (code)
        return code;
    result = sqlite3_open_v2(store->path, &store->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX |
                                 (store->options.must_exist ? 0 : SQLITE_OPEN_CREATE),
                             store->options.vfs);
    code = sqlite_fail(store, result, error);
    /* another till may be recovering the log of one that was killed */
    if (!code)
        sqlite3_busy_timeout(store->db, store->gate.timeout_ms);
    if (!code && sqlite3_db_readonly(store->db, "main") == 1)
        code = sqlite_fail(store, SQLITE_READONLY, error);
    if (!code)
        code = connection_identify(store, &version, error);
    if (!code)
        code = mirror_check_kind(store, version, error);
    if (!code)
        code = configure(store, error);
    if (!code)
        code = migrate(store, version, error);
    if (!code)
        code = connection_prepare_all(store, error);
    if (!code)
        code = connection_check_finished(store, error);
    if (!code)
        code = connection_read_meta(store, error);
    if (!code)
        code = settle_log(store, error);
    if (!code)
        code = check_key(store, error);
    if (!code)
        code = mirror_open(store, error);
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
