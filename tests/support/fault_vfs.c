#include "tests/support/fault_vfs.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <sqlite3.h>

struct fault_file {
    sqlite3_file base;  /* first */
    sqlite3_file *real; /* in the same block, behind this */
};

static struct {
    sqlite3_vfs vfs, *real;
    struct fault_plan plan;
    atomic_bool armed, struck;
    atomic_llong counts[FAULT_KIND_COUNT];
} fault;

static const struct {
    const char *name;
    int result;
} kinds[FAULT_KIND_COUNT] = {
    [FAULT_ANY] = {"any", SQLITE_IOERR},
    [FAULT_OPEN] = {"open", SQLITE_CANTOPEN},
    [FAULT_READ] = {"read", SQLITE_IOERR_READ},
    [FAULT_WRITE] = {"write", SQLITE_IOERR_WRITE},
    [FAULT_SYNC] = {"sync", SQLITE_IOERR_FSYNC},
    [FAULT_TRUNCATE] = {"truncate", SQLITE_IOERR_TRUNCATE},
    [FAULT_DELETE] = {"delete", SQLITE_IOERR_DELETE},
    [FAULT_LOCK] = {"lock", SQLITE_IOERR_LOCK},
    [FAULT_SHM] = {"shm", SQLITE_IOERR_SHMMAP},
};

const char *fault_kind_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

static bool is_due(enum fault_kind kind, int64_t count)
{
    return kind == fault.plan.kind &&
           (fault.plan.forever ? count >= fault.plan.n : count == fault.plan.n);
}

/* Counts a call; SQLITE_OK when it may go on to the real disk. */
static int meet(enum fault_kind kind)
{
    int64_t of_kind, of_any;
    bool due;

    if (!fault.armed)
        return SQLITE_OK;
    of_kind = ++fault.counts[kind];
    of_any = ++fault.counts[FAULT_ANY];
    due = is_due(kind, of_kind) || is_due(FAULT_ANY, of_any);
    if (!due)
        return SQLITE_OK;
    fault.struck = true;
    return fault.plan.result ? fault.plan.result : kinds[kind].result;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

/* --- a file's calls --- */

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
    int result = meet(FAULT_READ);

    return result ? result : real_of(file)->pMethods->xRead(real_of(file), data, size, at);
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
    int result = meet(FAULT_WRITE);

    return result ? result : real_of(file)->pMethods->xWrite(real_of(file), data, size, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int result = meet(FAULT_TRUNCATE);

    return result ? result : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    int result = meet(FAULT_SYNC);

    return result ? result : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    int result = meet(FAULT_LOCK);

    return result ? result : real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *reserved)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), reserved);
}

static int file_control(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    int result = meet(FAULT_SHM);

    return result ? result
                  : real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    /* giving a lock back does not fail */
    int result = flags & SQLITE_SHM_UNLOCK ? SQLITE_OK : meet(FAULT_LOCK);

    return result ? result : real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* --- the VFS's own calls --- */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *used)
{
    struct fault_file *file = (struct fault_file *)base;
    int result = meet(FAULT_OPEN);

    (void)vfs;
    file->base.pMethods = NULL;
    file->real = (sqlite3_file *)(file + 1);
    if (!result)
        result = fault.real->xOpen(fault.real, name, file->real, flags, used);
    if (!result)
        file->base.pMethods = &file_methods;
    return result;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    int result = meet(FAULT_DELETE);

    (void)vfs;
    return result ? result : fault.real->xDelete(fault.real, name, sync_folder);
}

void fault_vfs_install(void)
{
    fault.real = sqlite3_vfs_find(NULL);
    fault.vfs = *fault.real;
    fault.vfs.iVersion = 1;
    fault.vfs.pNext = NULL;
    fault.vfs.zName = "fault";
    fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
    fault.vfs.xOpen = vfs_open;
    fault.vfs.xDelete = vfs_delete;
    fault.armed = false;
    sqlite3_vfs_register(&fault.vfs, 1);
}

void fault_vfs_remove(void)
{
    fault.armed = false;
    sqlite3_vfs_unregister(&fault.vfs);
    sqlite3_vfs_register(fault.real, 1);
}

void fault_vfs_arm(const struct fault_plan *plan)
{
    for (size_t i = 0; i < FAULT_KIND_COUNT; i++)
        fault.counts[i] = 0;
    fault.plan = *plan;
    fault.struck = false;
    fault.armed = true;
}

bool fault_vfs_disarm(void)
{
    fault.armed = false;
    return fault.struck;
}

int64_t fault_vfs_count(enum fault_kind kind)
{
    return fault.counts[kind];
}
