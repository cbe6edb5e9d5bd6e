#include "data/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "data/file.h"
#include "data/secret_file.h"

#define KEYFILE_HEAD "ticketly-site-key "
#define KEYFILE_HEAD_SIZE (sizeof KEYFILE_HEAD - 1 + 2) /* with "1\n" for one key, "2\n" for more \
                                                         */
#define KEYFILE_DIGITS ((size_t)2 * CRYPTO_KEY_SIZE)
#define KEYFILE_LINE (KEYFILE_DIGITS + 1)
#define KEYFILE_MAX (KEYFILE_HEAD_SIZE + SITE_KEYS_MAX * KEYFILE_LINE)
#define KEYFILE_DRAFT ".new"

static enum tk_code refuse(struct tk_error *error, const char *path, const char *why)
{
    return secret_file_refuse("key", path, why, error);
}

/* Reads the file's text, without a newline at its end; it is cut in lines on the way. */
static bool parse_keys(char *text, size_t size, struct site_keys *keys)
{
    size_t lines = size > KEYFILE_HEAD_SIZE ? (size + 1 - KEYFILE_HEAD_SIZE) / KEYFILE_LINE : 0;
    char version = lines == 1 ? '1' : '2';

    if (lines < 1 || lines > SITE_KEYS_MAX ||
        size + 1 != KEYFILE_HEAD_SIZE + lines * KEYFILE_LINE ||
        memcmp(text, KEYFILE_HEAD, sizeof KEYFILE_HEAD - 1) != 0 ||
        text[KEYFILE_HEAD_SIZE - 2] != version || text[KEYFILE_HEAD_SIZE - 1] != '\n')
        return false;
    for (size_t i = 0; i < lines; i++) {
        char *line = text + KEYFILE_HEAD_SIZE + i * KEYFILE_LINE;

        if (line[KEYFILE_DIGITS] != (i + 1 < lines ? '\n' : '\0'))
            return false;
        line[KEYFILE_DIGITS] = '\0';
        if (!hex_parse(keys->keys[i].bytes, sizeof keys->keys[i].bytes, line))
            return false;
    }
    keys->count = (int)lines;
    return true;
}

static enum tk_code read_keys(int file, const char *path, struct site_keys *keys,
                              struct tk_error *error)
{
    char text[KEYFILE_MAX + 2];
    struct site_keys found = {0};
    size_t size;
    enum tk_code code = secret_file_check(file, "key", path, error);

    if (code)
        return code;
    if (!file_read_whole(file, text, sizeof text - 1, &size)) {
        code =
            tk_fail(error, TK_IO, "The key file %.300s cannot be read: %s.", path, strerror(errno));
        goto out;
    }
    if (size && text[size - 1] == '\n')
        size--;
    text[size] = '\0';
    if (!parse_keys(text, size, &found))
        code = refuse(error, path,
                      "is damaged: put it back from where you keep it. Only when it is lost for "
                      "good, move this one away and start once with --new-key: all passes printed "
                      "before then show as not genuine.");
    else
        *keys = found;
out:
    crypto_wipe(text, sizeof text);
    crypto_wipe(&found, sizeof found);
    return code;
}

/* Returns its length. */
static size_t print_keys(char text[KEYFILE_MAX + 1], const struct site_keys *keys)
{
    size_t size = KEYFILE_HEAD_SIZE;

    memcpy(text, KEYFILE_HEAD, sizeof KEYFILE_HEAD - 1);
    text[size - 2] = keys->count == 1 ? '1' : '2';
    text[size - 1] = '\n';
    for (int i = 0; i < keys->count; i++) {
        hex_print(text + size, keys->keys[i].bytes, sizeof keys->keys[i].bytes);
        size += KEYFILE_LINE;
        text[size - 1] = '\n';
    }
    return size;
}

/* All of the keys to an open file, and to the disk. */
static bool write_keys(int file, const struct site_keys *keys)
{
    char text[KEYFILE_MAX + 1];
    size_t size = print_keys(text, keys);
    bool done = file_write_whole(file, text, size) && fsync(file) == 0;

    crypto_wipe(text, sizeof text);
    return done;
}

static enum tk_code fail_to_write(struct tk_error *error, const char *path, int failure)
{
    return tk_fail(error, file_code(failure), "The key file %.300s cannot be made: %s.", path,
                   strerror(failure));
}

/* Writes a key under a name of its own and links it to `path`: whoever links first has made the
   key, and nobody ever sees half a file. */
static enum tk_code make_key(const char *path,
                             void (*random)(void *context, void *data, size_t size), void *context,
                             struct tk_error *error)
{
    char draft[KEYFILE_PATH_SIZE + 8];
    struct site_keys keys = {.count = 1};
    bool done;
    int file, failure;

    snprintf(draft, sizeof draft, "%s.XXXXXX", path);
    file = mkostemp(draft, O_CLOEXEC); /* mode 0600 */
    if (file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "The key file %.300s cannot be made: %s.", path,
                       strerror(errno));
    random(context, keys.keys[0].bytes, sizeof keys.keys[0].bytes);
    done = write_keys(file, &keys) && (link(draft, path) == 0 || errno == EEXIST);
    failure = errno;
    close(file);
    unlink(draft);
    crypto_wipe(&keys, sizeof keys);
    if (done && !file_sync_folder(path)) {
        done = false;
        failure = errno;
    }
    return done ? TK_OK : fail_to_write(error, path, failure);
}

enum tk_code keyfile_beside(struct keyfile *key, const char *database, struct tk_error *error)
{
    size_t size = sizeof key->path;

    if (!text_copy(key->database, sizeof key->database, database) ||
        (size_t)snprintf(key->path, size, "%s.key", database) >= size)
        return tk_fail(error, TK_CONFIG, "The path of the box office file is too long.");
    return TK_OK;
}

enum tk_code keyfile_of_node(struct keyfile *key, const char *path, struct tk_error *error)
{
    key->database[0] = '\0';
    if (!*path || !text_copy(key->path, sizeof key->path, path))
        return tk_fail(error, TK_CONFIG, "There is no place for the key file: set store.key_file.");
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

static enum tk_code fail_to_open(const struct keyfile *key, struct tk_error *error)
{
    if (errno != ENOENT)
        return tk_fail(error, TK_CONFIG, "The key file %.300s cannot be read: %s.", key->path,
                       strerror(errno));
    if (!*key->database)
        return refuse(error, key->path,
                      "is not there: copy it from another node, with mode 600. Only when it is lost on all "
                      "of them, `ticketly admin migrate --new-key` makes one: all passes printed before "
                      "then show as not genuine.");
    return refuse(error, key->path,
                  "is not there: put it beside the box office file from where you keep "
                  "it. Only when it is lost for good, start once with --new-key: all passes "
                  "printed before then show as not genuine.");
}

/* Reads an open file (-1: it could not be opened) and closes it. */
static enum tk_code read_and_close(int file, const struct keyfile *key, struct site_keys *keys,
                                   struct tk_error *error)
{
    enum tk_code code;

    if (file < 0)
        return fail_to_open(key, error);
    code = read_keys(file, key->path, keys, error);
    close(file);
    return code;
}

enum tk_code keyfile_load(const struct keyfile *key, bool make_new,
                          void (*random)(void *context, void *data, size_t size), void *context,
                          struct site_keys *keys, struct tk_error *error)
{
    int file = open_key(key->path);
    bool missing = file < 0 && errno == ENOENT;
    enum tk_code code;

    /* looked for again: another program may just have made both, and the key comes first */
    if (missing && !make_new && (!*key->database || database_exists(key->database)))
        return read_and_close(open_key(key->path), key, keys, error);
    if (missing) {
        code = make_key(key->path, random, context, error);
        if (code)
            return code;
        file = open_key(key->path);
    }
    return read_and_close(file, key, keys, error);
}

enum tk_code keyfile_read(const struct keyfile *key, struct site_keys *keys, struct tk_error *error)
{
    return read_and_close(open_key(key->path), key, keys, error);
}

/* --- one more generation --- */

/* Opens the key file and holds it: the one that has the name now, for a new one may have taken its
   place while we waited. */
static int hold_key(const char *path)
{
    for (;;) {
        int file = open_key(path), held, failure;
        struct stat ours, named;

        if (file < 0)
            return -1;
        while ((held = flock(file, LOCK_EX)) != 0 && errno == EINTR)
            ;
        if (!held && fstat(file, &ours) == 0 && stat(path, &named) == 0 &&
            ours.st_dev == named.st_dev && ours.st_ino == named.st_ino)
            return file;
        failure = errno;
        close(file);
        errno = failure;
        if (held)
            return -1;
    }
}

/* Writes all keys beside the file, and gives them its name. */
static enum tk_code replace_keys(const char *path, const struct site_keys *keys,
                                 struct tk_error *error)
{
    char draft[KEYFILE_PATH_SIZE + sizeof KEYFILE_DRAFT];
    int file, failure;
    bool done;

    snprintf(draft, sizeof draft, "%s" KEYFILE_DRAFT, path);
    unlink(draft); /* of one who was killed: whoever is here holds the key file */
    file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "The key file %.300s cannot be made: %s.", path,
                       strerror(errno));
    done = write_keys(file, keys) && rename(draft, path) == 0;
    failure = errno;
    close(file);
    if (done)
        return TK_OK;
    unlink(draft);
    return fail_to_write(error, path, failure);
}

/* The file is held. */
static enum tk_code add_key(const char *path, int known, struct site_keys *keys,
                            void (*random)(void *context, void *data, size_t size), void *context,
                            struct tk_error *error)
{
    struct crypto_key *added = &keys->keys[keys->count < SITE_KEYS_MAX ? keys->count : 0];

    if (keys->count < known)
        return tk_fail(
            error, TK_CONFIG,
            "The key file %.300s has keys 1 to %d, but %d are in use: put the newest one "
            "back from where you keep it.",
            path, keys->count, known);
    if (keys->count > known)
        return TK_OK;
    if (keys->count == SITE_KEYS_MAX)
        return tk_fail(error, TK_CONFIG,
                       "The key file %.300s has %d keys: there is no room for more.", path,
                       SITE_KEYS_MAX);
    random(context, added->bytes, sizeof added->bytes);
    keys->count++;
    return replace_keys(path, keys, error);
}

enum tk_code keyfile_add(const struct keyfile *key, int known,
                         void (*random)(void *context, void *data, size_t size), void *context,
                         struct site_keys *keys, struct tk_error *error)
{
    char path[PATH_MAX];
    struct site_keys found = {0};
    enum tk_code code;
    int file = -1;

    /* the file itself is replaced, not a link to it */
    if (!realpath(key->path, path) || (file = hold_key(path)) < 0)
        return fail_to_open(key, error);
    code = read_keys(file, path, &found, error);
    if (!code)
        code = add_key(path, known, &found, random, context, error);
    /* what another one added may not be on the disk yet */
    if (!code && !file_sync_folder(path))
        code = fail_to_write(error, path, errno);
    if (!code)
        *keys = found;
    close(file);
    crypto_wipe(&found, sizeof found);
    return code;
}
