/*
 * fault_vfs: a disk that fails on the n-th call.
 *
 * A shim over SQLite's default VFS. While installed it is the default itself and passes everything
 * on; armed, it fails calls of one kind. Any thread may make calls; one arms and disarms.
 */
#ifndef TK_TESTS_SUPPORT_FAULT_VFS_H
#define TK_TESTS_SUPPORT_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_ANY,
    FAULT_OPEN,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_DELETE,
    FAULT_LOCK, /* of the file or of a part of the shared memory */
    FAULT_SHM,  /* mapping shared memory */
    FAULT_KIND_COUNT
};

struct fault_plan {
    enum fault_kind kind;
    int64_t n;    /* the call that fails; 1 is the next of its kind */
    bool forever; /* all from it on, otherwise once */
    int result;   /* SQLite's result code; 0: the usual one of the call (SQLITE_IOERR_READ …) */
};

const char *fault_kind_name(enum fault_kind kind);

/* Becomes the default VFS; connections opened from here on go through it. */
void fault_vfs_install(void);
/* All connections made meanwhile must be closed. */
void fault_vfs_remove(void);
/* Counts from zero and fails as planned. */
void fault_vfs_arm(const struct fault_plan *plan);
/* Everything works again. Returns whether a call was failed since fault_vfs_arm. */
bool fault_vfs_disarm(void);
/* Calls of a kind since fault_vfs_arm. */
int64_t fault_vfs_count(enum fault_kind kind);

#endif
