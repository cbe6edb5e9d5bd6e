/*
 * look: opening a file for reading alone, with nothing made beside it.
 *
 * A file that nobody has open, a backup above all, is opened as immutable: SQLite then takes no
 * lock and makes no log and no index of one. Beside a log it may not, for the newest changes are in
 * there.
 */
#include "data/sqlite/internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "data/sqlite/schema.h"

#define URI_SIZE (3 * 4096 + 32)

static bool has_beside(const char *path, const char *suffix)
{
    char beside[4096 + 16];

    return snprintf(beside, sizeof beside, "%s%s", path, suffix) < (int)sizeof beside &&
           access(beside, F_OK) == 0;
}

/* The path as SQLite takes it apart again (https://www.sqlite.org/uri.html). False: too long. */
static bool print_uri(char *uri, size_t size, const char *path, bool immutable)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    size_t used = (size_t)snprintf(uri, size, "file:");
    int tail;

    /* "file://x/…" would name a machine */
    while (path[0] == '/' && path[1] == '/')
        path++;
    for (; *path && used + 4 < size; path++)
        used += (size_t)snprintf(uri + used, size - used, strchr(plain, *path) ? "%c" : "%%%02X",
                                 (unsigned char)*path);
    tail = snprintf(uri + used, size - used, "?mode=ro%s", immutable ? "&immutable=1" : "");
    return !*path && used + (size_t)tail < size;
}

/* Opens the database alone; whoever calls closes it, after a failure as well. */
static enum tk_code open_database(struct sqlite_store *store, struct tk_error *error)
{
    bool in_use = has_beside(store->path, "-wal") || has_beside(store->path, "-journal");
    char uri[URI_SIZE];
    enum tk_code code;

    if (!print_uri(uri, sizeof uri, store->path, !in_use))
        return tk_fail(error, TK_CONFIG, "The path of the box office file is too long.");
    code = sqlite_fail(store,
                       sqlite3_open_v2(uri, &store->db,
                                       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
                                           SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX,
                                       store->options.vfs),
                       error);
    if (!code)
        sqlite3_busy_timeout(store->db, store->options.busy_timeout_ms);
    return code;
}

/* Looking changes nothing, so what needs to be changed first cannot be looked at. */
static enum tk_code check_version(const struct sqlite_store *store, int64_t version,
                                  struct tk_error *error)
{
    if (version == schema_version)
        return TK_OK;
    if (!version)
        return tk_fail(error, TK_NOT_A_STORE, "%s is empty.", store->path);
    return tk_fail(
        error, TK_CONFIG,
        "%s was written by an older version (schema %lld; this one has %d), and looking at "
        "it changes nothing. Copy it, put its key file beside the copy, open that once, "
        "such as with `admin slots`, and look again.",
        store->path, (long long)version, schema_version);
}

enum tk_code look_open(struct sqlite_store *store, struct tk_error *error)
{
    int64_t version = 0;
    enum tk_code code = open_database(store, error);

    if (!code)
        code = connection_identify(store, &version, error);
    if (!code)
        code = check_version(store, version, error);
    if (!code)
        code = sqlite_fail(store, sqlite3_exec(store->db, SQL_SETTINGS, NULL, NULL, NULL), error);
    if (!code)
        code = mirror_check_kind(store, version, error);
    if (!code)
        code = connection_prepare_all(store, error);
    if (!code)
        code = connection_check_finished(store, error);
    if (!code)
        code = connection_read_meta(store, error);
    if (!code)
        code = mirror_open(store, error);
    if (code)
        connection_close(store);
    return code;
}

enum tk_code look_before_gate(struct sqlite_store *store, struct tk_error *error)
{
    struct tk_error reason = {0};
    struct stat info;
    int64_t version;
    enum tk_code code;

    if (stat(store->path, &info) || !info.st_size || has_beside(store->path, ".lock"))
        return TK_OK; /* new, or was let in before */
    code = open_database(store, &reason);
    if (!code)
        code = connection_identify(store, &version, &reason);
    if (!code)
        code = mirror_check_kind(store, version, &reason);
    connection_close(store);
    return code == TK_NOT_A_STORE ? tk_fail(error, code, "%s", reason.message) : TK_OK;
}
