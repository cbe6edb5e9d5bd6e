#include "data/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_PATH_SIZE 4096

bool file_write_whole(int file, const void *data, size_t size)
{
    const char *next = data;

    while (size) {
        ssize_t put = write(file, next, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put == 0)
            errno = EIO;
        if (put <= 0)
            return false;
        next += put;
        size -= (size_t)put;
    }
    return true;
}

bool file_read_whole(int file, void *data, size_t size, size_t *got)
{
    char *next = data;

    *got = 0;
    while (*got < size) {
        ssize_t part = read(file, next + *got, size - *got);

        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return false;
        if (part == 0)
            break;
        *got += (size_t)part;
    }
    return true;
}

bool file_sync_folder(const char *path)
{
    char copy[FILE_PATH_SIZE];
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

enum tk_code file_code(int failure)
{
    return failure == ENOSPC || failure == EDQUOT || failure == EFBIG ? TK_DISK_FULL : TK_IO;
}
