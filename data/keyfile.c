#include "data/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/secret_file.h"

#define KEYFILE_HEAD "ticketly-site-key 1\n"
#define KEYFILE_SIZE (sizeof KEYFILE_HEAD - 1 + (size_t)2 * CRYPTO_KEY_SIZE + 1)
#define KEYFILE_PATH_SIZE 4096

static enum tk_code refuse(struct tk_error *error, const char *path, const char *why)
{
    return secret_file_refuse("key", path, why, error);
}

/* The whole of a short file; SIZE_MAX when reading failed. */
static size_t read_whole(int file, char *text, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t got = read(file, text + used, size - used);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return SIZE_MAX;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    return used;
}

static enum tk_code read_key(int file, const char *path, struct crypto_key *key,
                             struct tk_error *error)
{
    char text[KEYFILE_SIZE + 2], *digits = text + sizeof KEYFILE_HEAD - 1;
    struct crypto_key found;
    size_t size;
    enum tk_code code = secret_file_check(file, "key", path, error);

    if (code)
        return code;
    size = read_whole(file, text, sizeof text - 1);
    if (size == SIZE_MAX) {
        code =
            tk_fail(error, TK_IO, "The key file %.300s cannot be read: %s.", path, strerror(errno));
        goto out;
    }
    if (size && text[size - 1] == '\n')
        size--;
    text[size] = '\0';
    if (size != KEYFILE_SIZE - 1 || memcmp(text, KEYFILE_HEAD, sizeof KEYFILE_HEAD - 1) != 0 ||
        !hex_parse(found.bytes, sizeof found.bytes, digits))
        code = refuse(error, path,
                      "is damaged: put it back from where you keep it. Only when it is lost for "
                      "good, move this one away and start once with --new-key: all passes printed "
                      "before then show as not genuine.");
    else
        *key = found;
out:
    crypto_wipe(text, sizeof text);
    crypto_wipe(&found, sizeof found);
    return code;
}

static bool write_whole(int file, const char *text, size_t size)
{
    while (size) {
        ssize_t put = write(file, text, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        text += put;
        size -= (size_t)put;
    }
    return true;
}

static bool sync_folder(const char *path)
{
    char copy[KEYFILE_PATH_SIZE];
    bool done;
    int file;

    snprintf(copy, sizeof copy, "%s", path);
    file = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return false;
    done = fsync(file) == 0;
    close(file);
    return done;
}

/* Writes a key under a name of its own and links it to `path`: whoever links first has made the
   key, and nobody ever sees half a file. */
static enum tk_code make_key(const char *path,
                             void (*random)(void *context, void *data, size_t size), void *context,
                             struct tk_error *error)
{
    char draft[KEYFILE_PATH_SIZE + 8], text[KEYFILE_SIZE + 1] = KEYFILE_HEAD;
    struct crypto_key key;
    bool done;
    int file, failure;

    snprintf(draft, sizeof draft, "%s.XXXXXX", path);
    file = mkostemp(draft, O_CLOEXEC); /* mode 0600 */
    if (file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "The key file %.300s cannot be made: %s.", path,
                       strerror(errno));
    random(context, key.bytes, sizeof key.bytes);
    hex_print(text + sizeof KEYFILE_HEAD - 1, key.bytes, sizeof key.bytes);
    text[KEYFILE_SIZE - 1] = '\n';
    done = write_whole(file, text, KEYFILE_SIZE) && fsync(file) == 0 &&
           (link(draft, path) == 0 || errno == EEXIST);
    failure = errno;
    close(file);
    unlink(draft);
    crypto_wipe(text, sizeof text);
    crypto_wipe(&key, sizeof key);
    if (done && !sync_folder(path)) {
        done = false;
        failure = errno;
    }
    if (!done)
        return tk_fail(error, failure == ENOSPC || failure == EDQUOT ? TK_DISK_FULL : TK_IO,
                       "The key file %.300s cannot be made: %s.", path, strerror(failure));
    return TK_OK;
}

static bool database_exists(const char *database)
{
    struct stat info;

    return stat(database, &info) == 0 && info.st_size > 0;
}

/* O_NONBLOCK: a pipe of that name must not hold us up. */
static int open_key(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

enum tk_code keyfile_load(const char *database, bool make_new,
                          void (*random)(void *context, void *data, size_t size), void *context,
                          struct crypto_key *key, struct tk_error *error)
{
    char path[KEYFILE_PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s.key", database), file;
    enum tk_code code;

    if (length < 0 || (size_t)length >= sizeof path)
        return tk_fail(error, TK_CONFIG, "The path of the box office file is too long.");
    file = open_key(path);
    /* looked for again: another program may just have made both, and the key comes first */
    if (file < 0 && errno == ENOENT && database_exists(database) && !make_new) {
        file = open_key(path);
        if (file < 0 && errno == ENOENT)
            return refuse(error, path,
                          "is not there: put it beside the box office file from where you keep "
                          "it. Only when it is lost for good, start once with --new-key: all passes "
                          "printed before then show as not genuine.");
    }
    if (file < 0 && errno == ENOENT) {
        code = make_key(path, random, context, error);
        if (code)
            return code;
        file = open_key(path);
    }
    if (file < 0)
        return tk_fail(error, TK_CONFIG, "The key file %.300s cannot be read: %s.", path,
                       strerror(errno));
    code = read_key(file, path, key, error);
    close(file);
    return code;
}
