/*
 * disk: the disk of one simulated machine, as an SQLite VFS whose files are in memory.
 *
 * What was written is seen at once by whoever reads; what survives a power cut is what was synced, and
 * of the rest whatever the dice leave of it: each write whole, not at all or in part (sectors of 512
 * bytes), one before the other or after it. A sync that failed may have forgotten what it was to save, as
 * Linux does (https://wiki.postgresql.org/wiki/Fsync_Errors). Creating and deleting files lasts at once.
 *
 * Only SQLite goes through it. PATH.lock and PATH.mark are real files in a folder of the run, beside an
 * empty one at PATH itself, which data/mark looks at: the lock has nothing to lose; of the mark disk_image
 * keeps the bytes that the file has. A power cut leaves the mark as it is, which is what data/mark syncs for.
 *
 * Names lead to a disk by the folder that they begin with. One thread.
 */
#ifndef TK_TESTS_SIM_DISK_H
#define TK_TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_FILES_MAX 16
#define DISK_SHM_MAX 64   /* parts of 32 kB */
#define DISK_VFS_NAME "simulated"

struct disk_bytes {
    uint8_t *data; /* owned */
    size_t size, capacity;
};

struct disk_write {
    int64_t at;
    size_t size, bytes; /* where its bytes stand in the file's `pending` */
    bool truncate;      /* to `at` */
};

struct disk_file {
    char name[200];
    struct disk_bytes now, durable;
    struct disk_write *writes; /* owned; since the last sync */
    size_t write_count, write_capacity;
    struct disk_bytes pending;
    int opened;
    bool unlinked;
    void *shared, *reserved, *exclusive; /* lock owners; shared counts */
    int shared_count;
    uint8_t *shm[DISK_SHM_MAX]; /* owned */
    int shm_users, shm_shared[8];
    void *shm_exclusive[8];
};

struct disk {
    char folder[160];
    struct disk_file *files[DISK_FILES_MAX]; /* owned */
    uint64_t *dice; /* borrowed */
    bool dead;      /* the power is off: nothing works */
    bool full;      /* no file grows */
    int64_t cut_in; /* writes and syncs until the power goes; 0: it stays */
    int64_t fail_in; /* … until one of them fails; 0: none does */
    int64_t failed, cuts; /* of those */
    struct disk *next;
};

/* What is on the disk for good, with the real files beside it. */
struct disk_image {
    struct {
        char name[200];
        struct disk_bytes bytes;
    } files[DISK_FILES_MAX];
    size_t count;
    struct disk_bytes mark; /* data NULL: there is none */
    bool taken;
};

/* Becomes SQLite's default; *now is its clock (UTC µs), *dice its randomness. */
void disk_install(const int64_t *now, uint64_t *dice);
void disk_remove(void);

void disk_mount(struct disk *disk, const char *folder, uint64_t *dice);
void disk_unmount(struct disk *disk);
/* Once all that had files open has let go: what was not synced is gone, in part. The power is back. */
void disk_crash(struct disk *disk);
/* The image of a disk is that of a power cut now that loses all it may. */
void disk_image_take(const struct disk *disk, const char *mark_path, struct disk_image *image);
/* Puts the files back; those that were not there then are gone. with_mark: the mark, too. */
void disk_image_put(struct disk *disk, const struct disk_image *image, const char *mark_path,
                    bool with_mark);
void disk_image_release(struct disk_image *image);

#endif
