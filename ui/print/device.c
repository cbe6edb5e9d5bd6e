/* device: opens what stands in /dev. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/print/channel.h"

#define BUSY_PAUSE_MS 20 /* between looks at a device that another program holds */

static enum tk_code refuse_kind(const char *path, mode_t mode, struct tk_error *error)
{
    if (S_ISREG(mode))
        return tk_fail(error, TK_PRINTER,
                       "The printer %.200s is a plain file: to write one, say file:%.200s.", path,
                       path);
    return tk_fail(error, TK_PRINTER, "The printer %.300s is %s: name the printer's own device.",
                   path,
                   S_ISDIR(mode)   ? "a folder"
                   : S_ISBLK(mode) ? "a disk"
                                   : "no device");
}

static enum tk_code refuse_open(const char *path, int number, struct tk_error *error)
{
    switch (number) {
    case ENOENT:
        return tk_fail(error, TK_PRINTER,
                       "The printer %.300s is not there: is it plugged in and switched on?", path);
    case ENXIO:
    case ENODEV:
        return tk_fail(error, TK_PRINTER,
                       "The printer %.300s is not ready: is it switched on, and does its spooler run?",
                       path);
    case EACCES:
    case EPERM:
        return tk_fail(error, TK_PRINTER,
                       "The printer %.300s may not be used by this user: add him to its group.",
                       path);
    case EBUSY:
        return tk_fail(error, TK_PRINTER,
                       "The printer %.300s is in use by another program: try again in a moment.",
                       path);
    default:
        return tk_fail(error, TK_PRINTER, "The printer %.300s cannot be opened: %s.", path,
                       strerror(number));
    }
}

/* For reading too where that is allowed. A pipe is for writing alone: opened for both it would take a
   job that nobody reads. */
static int open_once(const char *path, mode_t kind)
{
    int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = S_ISFIFO(kind) ? -1 : open(path, O_RDWR | flags);

    if (fd < 0 && (S_ISFIFO(kind) || errno == EACCES || errno == EROFS || errno == EINVAL))
        fd = open(path, O_WRONLY | flags);
    return fd;
}

/* A printer's driver lets one program in at a time. */
static int open_patiently(const char *path, mode_t kind, int64_t deadline)
{
    int fd = open_once(path, kind);

    while (fd < 0 && (errno == EBUSY || errno == EINTR) && channel_left(deadline) > 0) {
        poll(NULL, 0, BUSY_PAUSE_MS);
        fd = open_once(path, kind);
    }
    return fd;
}

/* A serial line gets the bytes as they are, and does not echo the printer's answers. */
static void set_line(struct channel *channel)
{
    struct termios raw;

    if (tcgetattr(channel->fd, &channel->before) != 0)
        return;
    channel->is_line = true;
    raw = channel->before;
    cfmakeraw(&raw);
    tcsetattr(channel->fd, TCSANOW, &raw);
}

enum tk_code channel_open_device(struct channel *channel, const char *path, int64_t deadline,
                                 struct tk_error *error)
{
    struct stat info, opened;

    if (stat(path, &info) != 0)
        return refuse_open(path, errno, error);
    if (!S_ISCHR(info.st_mode) && !S_ISFIFO(info.st_mode))
        return refuse_kind(path, info.st_mode, error);
    *channel = (struct channel){.fd = open_patiently(path, info.st_mode, deadline)};
    if (channel->fd < 0)
        return refuse_open(path, errno, error);
    if (fstat(channel->fd, &opened) != 0 ||
        (opened.st_mode & S_IFMT) != (info.st_mode & S_IFMT)) { /* another one meanwhile */
        close(channel->fd);
        return refuse_open(path, ENXIO, error);
    }
    channel->answers = S_ISCHR(info.st_mode) &&
                       (fcntl(channel->fd, F_GETFL) & O_ACCMODE) == O_RDWR;
    if (S_ISCHR(info.st_mode))
        set_line(channel);
    return TK_OK;
}
