#include "ui/training.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"

#define SHARED ".shared"
/* how often others may end or begin in between before it is given up */
#define JOIN_TRIES 1000

/* What belongs to a copy; the file itself comes last. */
static const char *const endings[] = {"-wal", "-shm", "-journal", ".lock", ".key", ".key.new", ""};

static void name_lock(const char *copy, char path[TRAINING_PATH_SIZE + sizeof SHARED])
{
    snprintf(path, TRAINING_PATH_SIZE + sizeof SHARED, "%s" SHARED, copy);
}

static bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static void remove_copy(const char *copy)
{
    char path[TRAINING_PATH_SIZE + 16];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s%s", copy, endings[i]);
        unlink(path);
    }
}

static bool take_lock(int file, int how)
{
    int result;

    while ((result = flock(file, how)) != 0 && errno == EINTR)
        ;
    return result == 0;
}

/* Whether the open file still has the name: the last one who left takes it away. */
static bool is_named(int file, const char *path)
{
    struct stat ours, named;

    return fstat(file, &ours) == 0 && stat(path, &named) == 0 && ours.st_dev == named.st_dev &&
           ours.st_ino == named.st_ino;
}

static enum tk_code open_lock(const char *copy, int *file, struct tk_error *error)
{
    char path[TRAINING_PATH_SIZE + sizeof SHARED];

    name_lock(copy, path);
    if (!is_there(path) && is_there(copy) && !is_there(path))
        return tk_fail(error, TK_CANNOT_CREATE,
                       "%.300s is there, and was not made for training: move it away.", copy);
    *file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "%.300s cannot be made: %s.", path,
                       strerror(errno));
    return TK_OK;
}

/* Takes the lock alone when nobody has it, makes the copy then, and shares it. *joined: whether the
   copy is there and ours to use. */
static enum tk_code try_to_join(int file, const char *copy,
                                enum tk_code (*make)(void *context, const char *copy,
                                                     struct tk_error *error),
                                void *context, bool *joined, struct tk_error *error)
{
    char path[TRAINING_PATH_SIZE + sizeof SHARED];
    enum tk_code code = TK_OK;

    name_lock(copy, path);
    if (take_lock(file, LOCK_EX | LOCK_NB) && is_named(file, path)) {
        remove_copy(copy);
        code = make(context, copy, error);
        if (code) {
            remove_copy(copy);
            unlink(path);
            return code;
        }
    }
    /* for a moment nobody holds it: another one may make the copy anew, or take all away */
    if (!take_lock(file, LOCK_SH))
        return tk_fail(error, TK_IO, "%.300s cannot be locked: %s.", path, strerror(errno));
    *joined = is_named(file, path) && is_there(copy);
    return TK_OK;
}

enum tk_code training_join(struct training *training, const char *copy,
                           enum tk_code (*make)(void *context, const char *copy,
                                                struct tk_error *error),
                           void *context, struct tk_error *error)
{
    enum tk_code code = TK_OK;
    bool joined = false;
    int file = -1;

    if (strlen(copy) >= sizeof training->copy)
        return tk_fail(error, TK_CONFIG, "The path of the box office file is too long.");
    for (int tries = 0; !code && !joined && tries < JOIN_TRIES; tries++) {
        code = open_lock(copy, &file, error);
        if (code)
            return code;
        code = try_to_join(file, copy, make, context, &joined, error);
        if (!joined)
            close(file);
    }
    if (!code && !joined)
        code = tk_fail(error, TK_BUSY, "%.300s is made and removed all the time: try again.", copy);
    if (code)
        return code;
    text_copy(training->copy, sizeof training->copy, copy);
    training->lock = file;
    return TK_OK;
}

void training_leave(struct training *training)
{
    char path[TRAINING_PATH_SIZE + sizeof SHARED];

    if (!training->copy[0])
        return;
    name_lock(training->copy, path);
    /* whoever fails here has let go, so of two that leave at once one finds nobody */
    if (take_lock(training->lock, LOCK_EX | LOCK_NB) && is_named(training->lock, path)) {
        remove_copy(training->copy);
        unlink(path);
    }
    close(training->lock);
    training->copy[0] = '\0';
}
