#include "ui/print/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/print/printer.h"

static enum tk_code fail_file(const char *path, int number, struct tk_error *error)
{
    bool full = number == ENOSPC || number == EDQUOT;

    return tk_fail(error, full ? TK_DISK_FULL : TK_PRINTER, "The file %.300s cannot be written: %s.",
                   path, full ? "the disk is full" : strerror(number));
}

static bool write_whole(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t put = write(fd, bytes, size);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            bytes += put;
            size -= (size_t)put;
        }
    }
    return fsync(fd) == 0;
}

enum tk_code print_file(const char *path, const void *bytes, size_t size, struct tk_error *error)
{
    char beside[PRINTER_WHERE_SIZE + 8];
    struct stat info;
    int number = 0, fd;

    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return tk_fail(error, TK_PRINTER, "The file %.300s is %s.", path,
                       S_ISDIR(info.st_mode) ? "a folder"
                                             : "a device: name it without file: in front");
    snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return fail_file(path, errno, error);
    if (!write_whole(fd, bytes, size))
        number = errno;
    if (close(fd) != 0 && !number)
        number = errno;
    if (!number && rename(beside, path) != 0)
        number = errno;
    if (!number)
        return TK_OK;
    unlink(beside);
    return fail_file(path, number, error);
}
