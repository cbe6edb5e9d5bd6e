/* backup: a copy of the file as of one moment, while others work. */
#include "data/sqlite/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"

#define PAGES_A_STEP 1024
#define FLUSH_BYTES (128 << 10) /* brought to the disk, then a rest … */
#define REST_TIMES 4            /* … so many times as long, so that sales have most of the disk */
#define REST_MAX_US 50000

static int64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/*
 * Brings the copy to the disk. While pages are copied the log of those who sell only grows, so that is
 * done as fast as memory goes, without a sync; the disk gets the copy afterwards in small portions,
 * because each sale's sync waits behind whatever stands in the disk's queue.
 */
static enum tk_code flush(int file, struct tk_error *error)
{
    const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                         SYNC_FILE_RANGE_WAIT_AFTER;
    struct stat info;
    int failed = fstat(file, &info);

    for (off_t at = 0; !failed && at < info.st_size; at += FLUSH_BYTES) {
        int64_t begun = clock_us(), took;

        failed = sync_file_range(file, at, FLUSH_BYTES, all);
        took = (clock_us() - begun) * REST_TIMES;
        nanosleep(&(struct timespec){.tv_nsec = (took < REST_MAX_US ? took : REST_MAX_US) * 1000},
                  NULL);
    }
    /* a file system that knows no ranges does all of it now */
    if (fsync(file))
        return tk_fail(error, errno == ENOSPC ? TK_DISK_FULL : TK_IO,
                       "The copy cannot be saved: %s.", strerror(errno));
    return TK_OK;
}

static enum tk_code copy_pages(struct sqlite_store *store, sqlite3 *target,
                               void (*progress)(void *context, int64_t done, int64_t total),
                               void *context, struct tk_error *error)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", store->db, "main");
    int result;

    if (!backup)
        return tk_fail(error, TK_IO, "The copy cannot be made: %s.", sqlite3_errmsg(target));
    do {
        result = sqlite3_backup_step(backup, PAGES_A_STEP);
        if (progress)
            progress(context, sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup),
                     sqlite3_backup_pagecount(backup));
    } while (result == SQLITE_OK);
    sqlite3_backup_finish(backup);
    if (result == SQLITE_DONE)
        return TK_OK;
    return tk_fail(error, sqlite_code(result), "The copy failed: %s.", sqlite3_errstr(result));
}

/* Copies into the open file `temporary` and makes a store of its own of it. */
static enum tk_code copy_store(struct sqlite_store *store, const char *temporary,
                               void (*progress)(void *context, int64_t done, int64_t total),
                               void *context, struct tk_error *error)
{
    sqlite3 *target = NULL;
    enum tk_code code = TK_OK;

    if (sqlite3_open_v2(temporary, &target, SQLITE_OPEN_READWRITE, store->options.vfs))
        code = tk_fail(error, TK_CANNOT_CREATE, "%s cannot be written: %s.", temporary,
                       sqlite3_errmsg(target));
    if (!code)
        sqlite3_exec(target, SQL_COPY_SETTINGS, NULL, NULL, NULL);
    if (!code && sqlite3_exec(store->db, SQL_BEGIN_READ, NULL, NULL, NULL))
        code = sqlite_fail(store, sqlite3_errcode(store->db), error);
    if (!code)
        code = copy_pages(store, target, progress, context, error);
    if (!sqlite3_get_autocommit(store->db))
        statement_run(store, statement_take(store, SQL_COMMIT), NULL);
    if (!code && sqlite3_exec(target, SQL_MARK_COPY, NULL, NULL, NULL))
        code = tk_fail(error, TK_IO, "The copy cannot be finished: %s.", sqlite3_errmsg(target));
    sqlite3_close_v2(target);
    return code;
}

/* Gives the finished file its name, which must be free, and makes that last. */
static enum tk_code name_copy(const char *temporary, const char *path, struct tk_error *error)
{
    char folder[4096], *slash;
    int file;

    if (link(temporary, path))
        return tk_fail(error, TK_CANNOT_CREATE, "%s cannot be written: %s.", path,
                       strerror(errno));
    text_copy(folder, sizeof folder, path);
    slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    file = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0 || fsync(file)) {
        if (file >= 0)
            close(file);
        return tk_fail(error, TK_IO, "The folder of %s cannot be saved: %s.", path,
                       strerror(errno));
    }
    close(file);
    return TK_OK;
}

enum tk_code sqlite_backup(struct store *base, const char *path,
                           void (*progress)(void *context, int64_t done, int64_t total),
                           void *context, struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    char temporary[4096];
    enum tk_code code = connection_require(store, error);
    int file;

    if (code)
        return code;
    if (access(path, F_OK) == 0)
        return tk_fail(error, TK_CANNOT_CREATE, "%s is there already: choose another name.", path);
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return tk_fail(error, TK_CANNOT_CREATE, "The path of the backup is too long.");
    file = mkstemp(temporary);
    if (file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "%s cannot be written: %s.", path,
                       strerror(errno));
    code = copy_store(store, temporary, progress, context, error);
    if (!code)
        code = flush(file, error);
    close(file);
    if (!code)
        code = name_copy(temporary, path, error);
    unlink(temporary);
    return code;
}
