/*
 * sqlite_store: the box office in one SQLite file.
 *
 * Always synchronous=FULL in WAL mode, behind a gate (gate.h). Files: PATH, PATH-wal, PATH-shm and
 * PATH.lock. Network file systems are refused: they do not keep the promises that WAL needs.
 *
 * A failed COMMIT is neither done nor undone until looked at: the connection is thrown away, the
 * file opened again, the log forced into the database, and the operations looked up by id. When
 * even that fails the answer is TK_UNKNOWN and the next call tries again.
 */
#ifndef TK_DATA_SQLITE_SQLITE_STORE_H
#define TK_DATA_SQLITE_SQLITE_STORE_H

#include "core/crypto.h"
#include "core/mirror.h"
#include "core/plan.h"
#include "core/store.h"

struct sqlite_options {
    const char *path;
    struct plan_rules rules;
    struct crypto_key digest_key; /* keys the digests of operation bodies */
    /* what the journal is signed with (core/seal: seal_seed); zero: no seals are made, and those that are
       there are not checked for whose they are */
    struct crypto_key seal_seed;
    int64_t (*now)(void *context); /* UTC µs */
    void (*random)(void *context, void *data, size_t size);
    void *context;
    int busy_timeout_ms; /* how long to wait for other programs; 0: 5000 */
    /* pages in the log after which a commit moves them into the database; 0: 1000. Fewer for one who
       commits many times a second, whose callers all wait meanwhile. */
    int checkpoint_pages;
    bool must_exist;
    /* To read alone: the file stays as it is, byte for byte, nothing is made beside it unless others
       have it in use, and neither its key nor the kind of its disk matters. It must exist. */
    bool look_only;
    bool new_key; /* take another digest_key than the store was made with */
    bool copying; /* for data/copy alone: a copy into it need not be finished, its key is not looked at */
    bool mirror;  /* it is a till's copy (core/mirror): sqlite_store_mirror */
    const char *vfs; /* SQLite's name of a file system, borrowed until store_close; NULL: the default one */
};

/* Opens, making and upgrading as needed; *store is to be closed with store_close. Fails with
   TK_NOT_A_STORE, TK_NEWER_VERSION, TK_CORRUPT, TK_READ_ONLY, TK_BUSY, TK_NO_INPUT (must_exist),
   TK_CONFIG (a network file system; look_only: of an older version; a copy into it was not finished), TK_DISK_FULL, TK_IO,
   TK_NO_MEMORY. What is refused as TK_NOT_A_STORE gets no file beside it. */
enum tk_code sqlite_store_open(const struct sqlite_options *options, struct store **store,
                               struct tk_error *error);

/* The mirror over a store that was opened as one; borrowed until store_close. PATH.mark beside it is its
   high-water mark: which file, how long its queue was. TK_NOT_A_STORE is what opening a file as a mirror
   fails with that is none, and the other way round. */
struct mirror *sqlite_store_mirror(struct store *store);

/* Whether statfs(2)'s f_type is that of a network file system. */
bool sqlite_is_network_filesystem(long type);

#endif
