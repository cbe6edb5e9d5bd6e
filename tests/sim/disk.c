#include "tests/sim/disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "core/text.h"
#include "tests/sim/dice.h"

#define SECTOR 512

struct handle {
    sqlite3_file base; /* first */
    struct disk *disk;
    struct disk_file *file;
    int level;
    bool shm;
    uint16_t shm_shared, shm_exclusive;
};

static struct {
    sqlite3_vfs vfs, *before;
    const int64_t *now;
    uint64_t *dice;
    struct disk *disks;
} sim;

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void bytes_grow(struct disk_bytes *bytes, size_t size)
{
    if (size > bytes->capacity) {
        bytes->capacity = size + size / 2 + 4096;
        bytes->data = must(realloc(bytes->data, bytes->capacity));
    }
}

static void bytes_resize(struct disk_bytes *bytes, size_t size)
{
    bytes_grow(bytes, size);
    if (size > bytes->size)
        memset(bytes->data + bytes->size, 0, size - bytes->size);
    bytes->size = size;
}

static void bytes_put(struct disk_bytes *bytes, size_t at, const void *data, size_t size)
{
    if (at + size > bytes->size)
        bytes_resize(bytes, at + size);
    memcpy(bytes->data + at, data, size);
}

static void bytes_copy(struct disk_bytes *to, const struct disk_bytes *from)
{
    bytes_resize(to, from->size);
    if (from->size)
        memcpy(to->data, from->data, from->size);
}

static void bytes_release(struct disk_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct disk_bytes){0};
}

/* --- files --- */

static void file_free(struct disk_file *file)
{
    bytes_release(&file->now);
    bytes_release(&file->durable);
    bytes_release(&file->pending);
    for (size_t i = 0; i < DISK_SHM_MAX; i++)
        free(file->shm[i]);
    free(file->writes);
    free(file);
}

static struct disk_file **find_file(struct disk *disk, const char *name)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        if (disk->files[i] && strcmp(disk->files[i]->name, name) == 0)
            return &disk->files[i];
    return NULL;
}

static struct disk_file *make_file(struct disk *disk, const char *name)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        if (!disk->files[i]) {
            disk->files[i] = must(calloc(1, sizeof *disk->files[i]));
            text_copy(disk->files[i]->name, sizeof disk->files[i]->name, name);
            return disk->files[i];
        }
    abort();
}

static void drop_file(struct disk_file **file)
{
    if ((*file)->opened)
        (*file)->unlinked = true;
    else
        file_free(*file);
    *file = NULL;
}

static struct disk_write *add_write(struct disk_file *file)
{
    if (file->write_count == file->write_capacity) {
        file->write_capacity = 2 * file->write_capacity + 16;
        file->writes = must(realloc(file->writes, file->write_capacity * sizeof *file->writes));
    }
    return &file->writes[file->write_count++];
}

static void forget_writes(struct disk_file *file)
{
    file->write_count = 0;
    file->pending.size = 0;
}

/* Brings a write to the medium; of part of it only some sectors. */
static void land(struct disk_file *file, const struct disk_write *write, uint64_t *torn)
{
    if (write->truncate) {
        bytes_resize(&file->durable, (size_t)write->at);
        return;
    }
    for (size_t done = 0, part; done < write->size; done += part) {
        size_t at = (size_t)write->at + done;

        part = torn ? SECTOR - at % SECTOR : write->size;
        if (part > write->size - done)
            part = write->size - done;
        if (!torn || dice_below(torn, 2))
            bytes_put(&file->durable, at, file->pending.data + write->bytes + done, part);
    }
}

static void land_all(struct disk_file *file)
{
    for (size_t i = 0; i < file->write_count; i++)
        land(file, &file->writes[i], NULL);
    forget_writes(file);
}

/* Writes between two truncations reach the medium in any order. */
static void shuffle(struct disk_file *file, uint64_t *dice)
{
    for (size_t i = file->write_count; i > 1; i--) {
        size_t other = (size_t)dice_below(dice, (int64_t)i);
        struct disk_write kept = file->writes[other];

        if (kept.truncate || file->writes[i - 1].truncate)
            return;
        file->writes[other] = file->writes[i - 1];
        file->writes[i - 1] = kept;
    }
}

static void lose_writes(struct disk_file *file, uint64_t *dice)
{
    int64_t fate = dice_below(dice, 8); /* 0 … 2 all lost, 3 all there, else some of them */

    if (fate > 3 && dice_below(dice, 2))
        shuffle(file, dice);
    for (size_t i = 0; fate > 2 && i < file->write_count; i++) {
        int64_t way = fate == 3 ? 0 : dice_below(dice, 3);

        if (way < 2)
            land(file, &file->writes[i], way ? dice : NULL);
    }
    forget_writes(file);
    bytes_copy(&file->now, &file->durable);
}

void disk_crash(struct disk *disk)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        if (disk->files[i])
            lose_writes(disk->files[i], disk->dice);
    disk->dead = disk->full = false;
    disk->cut_in = disk->fail_in = 0;
}

/* --- trouble --- */

/* SQLITE_OK when a write or sync may be done. */
static int meet(struct disk *disk, int failure)
{
    if (!disk->dead && disk->cut_in && --disk->cut_in == 0) {
        disk->dead = true;
        disk->cuts++;
    }
    if (disk->dead)
        return failure;
    if (!disk->fail_in || --disk->fail_in)
        return SQLITE_OK;
    disk->failed++;
    return failure;
}

/* --- a file's calls --- */

static struct handle *handle_of(sqlite3_file *base)
{
    return (struct handle *)base;
}

static int file_unlock(sqlite3_file *base, int level)
{
    struct handle *h = handle_of(base);
    struct disk_file *file = h->file;

    if (h->level <= level)
        return SQLITE_OK;
    if (file->exclusive == h)
        file->exclusive = NULL;
    if (file->reserved == h)
        file->reserved = NULL;
    if (level == SQLITE_LOCK_NONE)
        file->shared_count--;
    h->level = level;
    return SQLITE_OK;
}

static int file_shm_unmap(sqlite3_file *base, int remove)
{
    struct handle *h = handle_of(base);

    (void)remove;
    if (!h->shm)
        return SQLITE_OK;
    for (int i = 0; i < 8; i++) {
        h->file->shm_shared[i] -= h->shm_shared >> i & 1;
        if (h->shm_exclusive >> i & 1)
            h->file->shm_exclusive[i] = NULL;
    }
    h->shm_shared = h->shm_exclusive = 0;
    h->shm = false;
    if (--h->file->shm_users)
        return SQLITE_OK;
    for (size_t i = 0; i < DISK_SHM_MAX; i++) {
        free(h->file->shm[i]);
        h->file->shm[i] = NULL;
    }
    return SQLITE_OK;
}

static int file_close(sqlite3_file *base)
{
    struct handle *h = handle_of(base);

    file_shm_unmap(base, 0);
    file_unlock(base, SQLITE_LOCK_NONE);
    if (--h->file->opened == 0 && h->file->unlinked)
        file_free(h->file);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *data, int size, sqlite3_int64 at)
{
    const struct handle *h = handle_of(base);
    const struct disk_bytes *bytes = &h->file->now;
    size_t there = (size_t)at < bytes->size ? bytes->size - (size_t)at : 0;

    if (h->disk->dead)
        return SQLITE_IOERR_READ;
    if (there >= (size_t)size) {
        memcpy(data, bytes->data + at, (size_t)size);
        return SQLITE_OK;
    }
    if (there)
        memcpy(data, bytes->data + at, there);
    memset((char *)data + there, 0, (size_t)size - there);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 at)
{
    struct handle *h = handle_of(base);
    struct disk_file *file = h->file;
    int result = meet(h->disk, SQLITE_IOERR_WRITE);

    if (result)
        return result;
    if (h->disk->full && (size_t)at + (size_t)size > file->now.capacity / 4096 * 4096 &&
        (size_t)at + (size_t)size > file->now.size)
        return SQLITE_FULL;
    *add_write(file) =
        (struct disk_write){.at = at, .size = (size_t)size, .bytes = file->pending.size};
    bytes_put(&file->pending, file->pending.size, data, (size_t)size);
    bytes_put(&file->now, (size_t)at, data, (size_t)size);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct handle *h = handle_of(base);

    if (meet(h->disk, SQLITE_IOERR_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    *add_write(h->file) = (struct disk_write){.at = size, .truncate = true};
    bytes_resize(&h->file->now, (size_t)size);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
    struct handle *h = handle_of(base);

    (void)flags;
    if (meet(h->disk, SQLITE_IOERR_FSYNC)) {
        if (!h->disk->dead && dice_below(h->disk->dice, 2))
            forget_writes(h->file); /* the next sync says it is fine */
        return SQLITE_IOERR_FSYNC;
    }
    land_all(h->file);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    const struct handle *h = handle_of(base);

    *size = (sqlite3_int64)h->file->now.size;
    return h->disk->dead ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
    struct handle *h = handle_of(base);
    struct disk_file *file = h->file;

    if (h->disk->dead)
        return SQLITE_IOERR_LOCK;
    if (level <= h->level)
        return SQLITE_OK;
    if (file->exclusive && file->exclusive != h)
        return SQLITE_BUSY;
    if (h->level == SQLITE_LOCK_NONE) {
        file->shared_count++;
        h->level = SQLITE_LOCK_SHARED;
    }
    if (level >= SQLITE_LOCK_RESERVED) {
        if (file->reserved && file->reserved != h)
            return SQLITE_BUSY;
        file->reserved = h;
    }
    if (level >= SQLITE_LOCK_EXCLUSIVE) {
        if (file->shared_count > 1)
            return SQLITE_BUSY;
        file->exclusive = h;
    }
    h->level = level;
    return SQLITE_OK;
}

static int file_check_lock(sqlite3_file *base, int *reserved)
{
    *reserved = handle_of(base)->file->reserved != NULL;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int what, void *argument)
{
    (void)base;
    if (what != SQLITE_FCNTL_POWERSAFE_OVERWRITE)
        return SQLITE_NOTFOUND;
    *(int *)argument = 1;
    return SQLITE_OK;
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return 4096;
}

static int file_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_shm_map(sqlite3_file *base, int part, int size, int extend, void volatile **memory)
{
    struct handle *h = handle_of(base);

    *memory = NULL;
    if (h->disk->dead || part >= DISK_SHM_MAX)
        return SQLITE_IOERR_SHMMAP;
    if (!h->shm) {
        h->shm = true;
        h->file->shm_users++;
    }
    if (!h->file->shm[part] && extend)
        h->file->shm[part] = must(calloc(1, (size_t)size));
    *memory = h->file->shm[part];
    return SQLITE_OK;
}

static bool shm_is_free(const struct handle *h, int at, bool exclusive)
{
    const struct disk_file *file = h->file;

    if (file->shm_exclusive[at] && file->shm_exclusive[at] != h)
        return false;
    return !exclusive || file->shm_shared[at] - (h->shm_shared >> at & 1) == 0;
}

static int file_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
    struct handle *h = handle_of(base);
    bool exclusive = flags & SQLITE_SHM_EXCLUSIVE;

    if (h->disk->dead && flags & SQLITE_SHM_LOCK)
        return SQLITE_IOERR_SHMLOCK;
    for (int i = first; flags & SQLITE_SHM_LOCK && i < first + count; i++)
        if (!shm_is_free(h, i, exclusive))
            return SQLITE_BUSY;
    for (int i = first; i < first + count; i++) {
        uint16_t bit = (uint16_t)(1u << i);
        uint16_t *own = exclusive ? &h->shm_exclusive : &h->shm_shared;
        bool had = *own & bit, has = flags & SQLITE_SHM_LOCK;

        *own = (uint16_t)(has ? *own | bit : *own & ~bit);
        if (exclusive)
            h->file->shm_exclusive[i] = has ? h : NULL;
        else
            h->file->shm_shared[i] += has - had;
    }
    return SQLITE_OK;
}

static void file_shm_barrier(sqlite3_file *base)
{
    (void)base;
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

static struct disk *find_disk(const char *name)
{
    for (struct disk *disk = sim.disks; disk; disk = disk->next)
        if (name && strncmp(name, disk->folder, strlen(disk->folder)) == 0)
            return disk;
    return NULL;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *used)
{
    struct handle *h = handle_of(base);
    struct disk *disk = find_disk(name);
    struct disk_file **found;

    (void)vfs;
    memset(h, 0, sizeof *h);
    if (!disk || disk->dead)
        return SQLITE_CANTOPEN;
    found = find_file(disk, name);
    if (!found && !(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
    h->disk = disk;
    h->file = found ? *found : make_file(disk, name);
    h->file->opened++;
    if (used)
        *used = flags;
    h->base.pMethods = &file_methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk *disk = find_disk(name);
    struct disk_file **file = disk ? find_file(disk, name) : NULL;

    (void)vfs, (void)sync_folder;
    if (!file)
        return SQLITE_IOERR_DELETE_NOENT;
    if (disk->dead)
        return SQLITE_IOERR_DELETE;
    drop_file(file);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    struct disk *disk = find_disk(name);
    struct disk_file **file = disk ? find_file(disk, name) : NULL;

    (void)vfs;
    *result = file && (flags != SQLITE_ACCESS_EXISTS || (*file)->now.size > 0);
    return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *full)
{
    (void)vfs;
    return text_copy(full, (size_t)size, name) ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *data)
{
    (void)vfs;
    for (int i = 0; i < size; i++)
        data[i] = (char)dice_roll(sim.dice);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int vfs_now(sqlite3_vfs *vfs, sqlite3_int64 *ms)
{
    (void)vfs;
    *ms = INT64_C(210866760000000) + *sim.now / 1000; /* since noon of 24 November -4713 */
    return SQLITE_OK;
}

static int vfs_day(sqlite3_vfs *vfs, double *days)
{
    sqlite3_int64 ms;

    vfs_now(vfs, &ms);
    *days = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs, (void)size, (void)text;
    return 0;
}

void disk_install(const int64_t *now, uint64_t *dice)
{
    sim.now = now;
    sim.dice = dice;
    sim.before = sqlite3_vfs_find(NULL);
    sim.vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(struct handle),
        .mxPathname = 200,
        .zName = DISK_VFS_NAME,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_name,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_day,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_now,
    };
    sqlite3_vfs_register(&sim.vfs, 1);
    sqlite3_randomness(0, NULL); /* its generator begins anew, from our dice */
}

void disk_remove(void)
{
    sqlite3_vfs_unregister(&sim.vfs);
    sqlite3_vfs_register(sim.before, 1);
    sqlite3_randomness(0, NULL);
}

void disk_mount(struct disk *disk, const char *folder, uint64_t *dice)
{
    *disk = (struct disk){.dice = dice, .next = sim.disks};
    text_copy(disk->folder, sizeof disk->folder, folder);
    sim.disks = disk;
}

void disk_unmount(struct disk *disk)
{
    struct disk **at = &sim.disks;

    while (*at && *at != disk)
        at = &(*at)->next;
    if (*at)
        *at = disk->next;
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        if (disk->files[i])
            drop_file(&disk->files[i]);
}

/* --- images --- */

static void mark_read(const char *path, struct disk_bytes *bytes)
{
    FILE *file = fopen(path, "rb");
    char part[512];
    size_t count;

    bytes_release(bytes);
    if (!file)
        return;
    while ((count = fread(part, 1, sizeof part, file)) > 0)
        bytes_put(bytes, bytes->size, part, count);
    fclose(file);
}

static void mark_write(const char *path, const struct disk_bytes *bytes)
{
    FILE *file;

    unlink(path);
    if (!bytes->data)
        return;
    file = must(fopen(path, "wb"));
    if (fwrite(bytes->data, 1, bytes->size, file) != bytes->size)
        abort();
    fclose(file);
}

void disk_image_take(const struct disk *disk, const char *mark_path, struct disk_image *image)
{
    image->count = 0;
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        if (!disk->files[i])
            continue;
        text_copy(image->files[image->count].name, sizeof image->files[0].name,
                  disk->files[i]->name);
        bytes_copy(&image->files[image->count++].bytes, &disk->files[i]->durable);
    }
    mark_read(mark_path, &image->mark);
    image->taken = true;
}

void disk_image_put(struct disk *disk, const struct disk_image *image, const char *mark_path,
                    bool with_mark)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        if (disk->files[i])
            drop_file(&disk->files[i]);
    for (size_t i = 0; i < image->count; i++) {
        struct disk_file *file = make_file(disk, image->files[i].name);

        bytes_copy(&file->now, &image->files[i].bytes);
        bytes_copy(&file->durable, &image->files[i].bytes);
    }
    if (with_mark)
        mark_write(mark_path, &image->mark);
}

void disk_image_release(struct disk_image *image)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        bytes_release(&image->files[i].bytes);
    bytes_release(&image->mark);
    image->taken = false;
}
