#include "ui/http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>

#define HOST_MAX 256

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    struct sockaddr_un local;
    struct sockaddr_storage storage;
};

/* --- what is written --- */

/* The path of a Unix socket; NULL: the address is not of that kind. */
static const char *local_path(const char *address)
{
    if (strncmp(address, "unix:", 5) == 0)
        return address + 5;
    return *address == '/' ? address : NULL;
}

/* Takes "HOST:PORT" or "[HOST]:PORT" apart. */
static bool split_address(const char *address, char *host, size_t size, const char **port)
{
    const char *colon = strrchr(address, ':');
    size_t length, digits;

    if (!colon || colon == address)
        return false;
    *port = colon + 1;
    digits = strspn(*port, "0123456789");
    if (!digits || digits > 5 || (*port)[digits] || strtol(*port, NULL, 10) > 65535)
        return false;
    length = (size_t)(colon - address);
    if (*address == '[' && colon[-1] == ']') {
        address++;
        length -= 2;
    } else if (memchr(address, ':', length)) {
        return false; /* an IPv6 address wants its brackets */
    }
    if (!length || length >= size)
        return false;
    memcpy(host, address, length);
    host[length] = '\0';
    return true;
}

/* --- what went wrong, in words --- */

static enum tk_code fail_listen(struct tk_error *error, const char *address, int problem)
{
    switch (problem) {
    case EADDRINUSE:
        return tk_fail(error, TK_UNAVAILABLE,
                       "Another program listens on %s already: stop it or choose another port.",
                       address);
    case EACCES:
    case EPERM:
        return tk_fail(error, TK_UNAVAILABLE,
                       "It is not allowed to listen on %s: choose a port above 1023 or a folder "
                       "that is yours.",
                       address);
    case EADDRNOTAVAIL:
        return tk_fail(error, TK_UNAVAILABLE, "%s is not an address of this machine.", address);
    case ENOENT:
    case ENOTDIR:
        return tk_fail(error, TK_UNAVAILABLE, "The folder of %s does not exist.", address);
    default:
        return tk_fail(error, TK_UNAVAILABLE, "The service cannot listen on %s: %s.", address,
                       strerror(problem));
    }
}

static enum tk_code fail_address(struct tk_error *error, const char *address)
{
    return tk_fail(error, TK_USAGE,
                   "“%s” is not an address to listen on: write 127.0.0.1:8477, [::1]:8477, *:8477 "
                   "or unix:/run/ticketly.sock.",
                   address);
}

/* --- Unix sockets --- */

#define LOCAL_PATH_MAX (sizeof((struct sockaddr_un *)NULL)->sun_path - 1) /* bytes */

static enum tk_code fill_local(const char *path, struct sockaddr_un *to)
{
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (!*path || strlen(path) > LOCAL_PATH_MAX)
        return TK_USAGE;
    memcpy(to->sun_path, path, strlen(path) + 1);
    return TK_OK;
}

/* Removes a socket file that nobody listens to. */
static void remove_stale(const struct sockaddr_un *where)
{
    struct stat status;
    int fd;

    if (lstat(where->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)where, sizeof *where) != 0 && errno == ECONNREFUSED)
        unlink(where->sun_path);
    close(fd);
}

/* Binds with the file closed to others from its first moment: bind() gives it the mode of the
   socket, so far as the umask leaves it. */
static int bind_local(const struct sockaddr_un *where)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int problem;

    if (fd < 0)
        return -1;
    if (fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
        bind(fd, (const struct sockaddr *)where, sizeof *where) == 0 &&
        chmod(where->sun_path, S_IRUSR | S_IWUSR) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

static enum tk_code open_local(const char *address, const char *path, int *fd,
                               struct tk_error *error)
{
    struct sockaddr_un where;
    struct stat status;

    if (strlen(path) > LOCAL_PATH_MAX)
        return tk_fail(error, TK_USAGE,
                       "%.300s is too long: a socket's path has at most %zu bytes.", address,
                       LOCAL_PATH_MAX);
    if (fill_local(path, &where))
        return fail_address(error, address);
    remove_stale(&where);
    if (lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode))
        return tk_fail(error, TK_UNAVAILABLE, "%s is a %s, not a socket: choose another name.", path,
                       S_ISDIR(status.st_mode) ? "folder" : "file");
    *fd = bind_local(&where);
    return *fd < 0 ? fail_listen(error, address, errno) : TK_OK;
}

/* --- TCP --- */

static int bind_one(const struct addrinfo *one)
{
    int fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    int yes = 1, no = 0, problem;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (one->ai_family == AF_INET6) /* so that *:PORT takes IPv4 as well */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(fd, one->ai_addr, one->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

/* Of what a name stands for: IPv6 first for "*", where it takes both; else the system's order. */
static int bind_any(const struct addrinfo *list, bool everywhere)
{
    int fd = -1, problem = EADDRNOTAVAIL;

    for (int pass = everywhere ? 0 : 1; pass < 2 && fd < 0; pass++)
        for (const struct addrinfo *one = list; one && fd < 0; one = one->ai_next) {
            if (pass == 0 && one->ai_family != AF_INET6)
                continue;
            fd = bind_one(one);
            if (fd < 0)
                problem = errno;
        }
    errno = problem;
    return fd;
}

static enum tk_code open_tcp(const char *address, int *fd, struct tk_error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    char host[HOST_MAX];
    const char *port;
    bool everywhere;

    if (!split_address(address, host, sizeof host, &port))
        return fail_address(error, address);
    everywhere = strcmp(host, "*") == 0;
    if (strcmp(host, "localhost") == 0) /* one address, the same on every machine */
        memcpy(host, "127.0.0.1", sizeof "127.0.0.1");
    if (getaddrinfo(everywhere ? NULL : host, port, &hints, &list) != 0)
        return tk_fail(error, TK_UNAVAILABLE, "There is no machine called “%s”.", host);
    *fd = bind_any(list, everywhere);
    freeaddrinfo(list);
    return *fd < 0 ? fail_listen(error, address, errno) : TK_OK;
}

/* --- the door --- */

static bool name_of(int fd, union address *name)
{
    socklen_t length = sizeof *name;

    memset(name, 0, sizeof *name);
    return getsockname(fd, &name->any, &length) == 0;
}

void listen_name(int fd, char *shown, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    union address name;

    if (!name_of(fd, &name)) {
        snprintf(shown, size, "a socket");
    } else if (name.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &name.four.sin_addr, host, sizeof host);
        snprintf(shown, size, "http://%s:%u", host, ntohs(name.four.sin_port));
    } else if (name.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &name.six.sin6_addr, host, sizeof host);
        snprintf(shown, size, "http://[%s]:%u", host, ntohs(name.six.sin6_port));
    } else {
        snprintf(shown, size, "unix:%.*s", (int)sizeof name.local.sun_path, name.local.sun_path);
    }
}

enum tk_code listen_open(const char *address, int *fd, char *shown, size_t size,
                         struct tk_error *error)
{
    const char *path = local_path(address);
    enum tk_code code;
    int opened = -1;

    code = path ? open_local(address, path, &opened, error) : open_tcp(address, &opened, error);
    if (code)
        return code;
    *fd = opened;
    listen_name(opened, shown, size);
    return TK_OK;
}

void listen_forget(const char *address)
{
    const char *path = local_path(address);
    struct sockaddr_un where;

    if (path && !fill_local(path, &where))
        remove_stale(&where);
}

bool listen_is_local(int fd)
{
    union address name;

    if (!name_of(fd, &name))
        return false;
    switch (name.any.sa_family) {
    case AF_UNIX:
        return true;
    case AF_INET:
        return ntohl(name.four.sin_addr.s_addr) >> 24 == 127;
    case AF_INET6:
        return IN6_IS_ADDR_LOOPBACK(&name.six.sin6_addr) ||
               (IN6_IS_ADDR_V4MAPPED(&name.six.sin6_addr) && name.six.sin6_addr.s6_addr[12] == 127);
    default:
        return false;
    }
}
