#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/http/watch.h"

#define FIRST_FD 3 /* sd_listen_fds(3): SD_LISTEN_FDS_START */
#define FDS_MAX 64
#define TRIES 10
#define TRY_MS 100

/* sd_notify(3): a path, or with an @ for the NUL in front a name of the abstract namespace. */
static bool socket_address(const char *name, struct sockaddr_un *address, socklen_t *length)
{
    size_t size = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof address->sun_path)
        return false;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, size);
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    else
        ++*length; /* the NUL after a path */
    return true;
}

void notify_systemd(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t length;
    int out;

    if (!name || !socket_address(name, &address, &length))
        return;
    out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out < 0)
        return;
    for (int i = 0; i < TRIES; i++) {
        if (sendto(out, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length) >=
                0 ||
            (errno != EAGAIN && errno != EINTR && errno != ENOBUFS))
            break;
        poll(NULL, 0, TRY_MS); /* systemd reads late: a poll of this end would not tell */
    }
    close(out);
}

/* A number from the environment; 0 when there is none. */
static int64_t environment_number(const char *name)
{
    const char *text = getenv(name);
    int64_t number = 0;

    return text && text_parse_int(text, &number) && number > 0 ? number : 0;
}

int64_t notify_watchdog_us(void)
{
    int64_t limit = environment_number("WATCHDOG_USEC");

    if (getenv("WATCHDOG_PID") && environment_number("WATCHDOG_PID") != getpid())
        return 0;
    return limit / 2;
}

static bool is_listener(int fd)
{
    int listens = 0;
    socklen_t size = sizeof listens;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

int notify_listener(void)
{
    int64_t count = environment_number("LISTEN_FDS");
    int found = -1;

    if (environment_number("LISTEN_PID") != getpid())
        count = 0;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    for (int fd = FIRST_FD; fd < FIRST_FD + FDS_MAX && fd < FIRST_FD + count; fd++) {
        if (found >= 0 || !is_listener(fd)) {
            close(fd);
            continue;
        }
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        found = fd;
    }
    return found;
}
