#include "data/copy/copy_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"

#define TEXT_MAX 8192 /* of a file with all keys there may be */

static bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 || errno != ENOENT;
}

static enum tk_code check_same(const struct site_keys *keys, const struct keyfile *into,
                               struct tk_error *error)
{
    struct site_keys there = {0};
    enum tk_code code = keyfile_read(into, &there, error);

    if (!code && (there.count != keys->count ||
                  !crypto_equal(there.keys, keys->keys, sizeof keys->keys)))
        code = tk_fail(error, TK_CONFIG,
                       "%.300s is there already and is another key: nothing was done. Choose another name for the "
                       "copy.",
                       into->path);
    crypto_wipe(&there, sizeof there);
    return code;
}

static bool read_text(const char *path, char *text, size_t size, size_t *got)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool done = file >= 0 && file_read_whole(file, text, size, got);

    if (file >= 0)
        close(file);
    return done;
}

/* Under a name of its own first, so that nobody ever sees half a file. */
static bool write_text(const char *path, const char *text, size_t size)
{
    char draft[KEYFILE_PATH_SIZE + 8];
    int file, failure;
    bool done;

    snprintf(draft, sizeof draft, "%s.XXXXXX", path);
    file = mkostemp(draft, O_CLOEXEC); /* mode 0600 */
    if (file < 0)
        return false;
    done = file_write_whole(file, text, size) && fsync(file) == 0 && link(draft, path) == 0;
    failure = errno;
    close(file);
    unlink(draft);
    errno = failure;
    return done && file_sync_folder(path);
}

enum tk_code copy_key(const struct keyfile *from, const struct keyfile *into,
                      struct tk_error *error)
{
    struct site_keys keys = {0};
    char text[TEXT_MAX];
    size_t size = 0;
    enum tk_code code = keyfile_read(from, &keys, error);

    if (!code && is_there(into->path)) {
        code = check_same(&keys, into, error);
    } else if (!code) {
        if (!read_text(from->path, text, sizeof text, &size) ||
            !write_text(into->path, text, size))
            code = tk_fail(error, file_code(errno), "The key file %.300s cannot be made: %s.",
                           into->path, strerror(errno));
    }
    crypto_wipe(text, sizeof text);
    crypto_wipe(&keys, sizeof keys);
    return code;
}
