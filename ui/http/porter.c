#include "ui/http/porter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LINGER_MAX 64
#define LINGER_US 2000000
#define ACCEPT_BURST 64
#define SHORTAGE_US 100000 /* how long nobody is let in when there are no file numbers left */

struct lingering {
    int fd;
    int64_t until_us;
};

struct porter {
    struct porter_options options;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below but the porter's own */
    pthread_cond_t closed;
    struct porter_line **by_fd; /* owned array, index: the socket */
    size_t by_fd_size, count;
    struct lingering lingering[LINGER_MAX];
    size_t lingering_count;
    int listener; /* -1: closed */
    bool door_open, quiesce, stop;
    int wake;               /* eventfd */
    int64_t short_until_us; /* the porter's own */
};

int64_t porter_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void porter_until(struct porter_line *line, int64_t until_us)
{
    atomic_store_explicit(&line->until_us, until_us, memory_order_relaxed);
}

static void wake(struct porter *porter)
{
    uint64_t one = 1;
    ssize_t written = write(porter->wake, &one, sizeof one);

    (void)written; /* full: it is awake already */
}

/* --- lines: under the lock --- */

static bool room_for(struct porter *porter, int fd)
{
    size_t size = porter->by_fd_size ? porter->by_fd_size : 64;
    struct porter_line **grown;

    if ((size_t)fd < porter->by_fd_size)
        return true;
    while (size <= (size_t)fd)
        size *= 2;
    grown = realloc(porter->by_fd, size * sizeof(void *));
    if (!grown)
        return false;
    for (size_t i = porter->by_fd_size; i < size; i++)
        grown[i] = NULL;
    porter->by_fd = grown;
    porter->by_fd_size = size;
    return true;
}

/* Takes the line of a socket out; NULL: there was none. */
static struct porter_line *take_out(struct porter *porter, int fd)
{
    struct porter_line *line = NULL;

    if ((size_t)fd < porter->by_fd_size)
        line = porter->by_fd[fd];
    if (line) {
        porter->by_fd[fd] = NULL;
        porter->count--;
    }
    return line;
}

static bool enter(struct porter *porter, struct porter_line *line)
{
    bool fits;

    pthread_mutex_lock(&porter->lock);
    fits = room_for(porter, line->fd);
    if (fits) {
        porter->by_fd[line->fd] = line;
        porter->count++;
    }
    pthread_mutex_unlock(&porter->lock);
    return fits;
}

/* A server without memory closes a connection and tells nobody; its number coming back tells. */
static void forget_lost(struct porter *porter, int fd)
{
    struct porter_line *lost;

    pthread_mutex_lock(&porter->lock);
    lost = take_out(porter, fd);
    pthread_mutex_unlock(&porter->lock);
    if (lost)
        porter->options.drop(porter->options.context, lost);
}

struct porter_line *porter_begin(struct porter *porter, int fd)
{
    struct porter_line *line = NULL;

    pthread_mutex_lock(&porter->lock);
    if (fd >= 0 && (size_t)fd < porter->by_fd_size)
        line = porter->by_fd[fd];
    if (line)
        line->begun = true;
    pthread_mutex_unlock(&porter->lock);
    return line;
}

size_t porter_count(struct porter *porter)
{
    size_t count;

    pthread_mutex_lock(&porter->lock);
    count = porter->count;
    pthread_mutex_unlock(&porter->lock);
    return count;
}

/* Whether the client may still be sending: then closing would reset the connection. */
static bool is_talking(int fd, bool refused)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got > 0 || (refused && got < 0 && errno == EAGAIN);
}

void porter_leave(struct porter *porter, struct porter_line *line, bool refused)
{
    int kept = -1;

    if (is_talking(line->fd, refused))
        kept = fcntl(line->fd, F_DUPFD_CLOEXEC, 0);
    if (kept >= 0)
        shutdown(kept, SHUT_WR); /* the client sees the end at once */
    pthread_mutex_lock(&porter->lock);
    take_out(porter, line->fd);
    if (kept >= 0 && porter->lingering_count < LINGER_MAX && !porter->stop) {
        porter->lingering[porter->lingering_count++] =
            (struct lingering){kept, porter_now_us() + LINGER_US};
        kept = -1;
        wake(porter);
    }
    pthread_mutex_unlock(&porter->lock);
    if (kept >= 0)
        close(kept);
    porter->options.drop(porter->options.context, line);
}

/* --- the thread --- */

static void let_in(struct porter *porter, int fd, const struct sockaddr *address, socklen_t length)
{
    const struct porter_options *options = &porter->options;
    struct porter_line *line = NULL;

    forget_lost(porter, fd);
    if (porter_count(porter) < options->lines_max)
        line = options->take(options->context, fd, address, length);
    if (!line) {
        close(fd);
        return;
    }
    line->fd = fd;
    porter_until(line, porter_now_us() + (int64_t)options->first_ms * 1000);
    if (!enter(porter, line)) {
        options->drop(options->context, line);
        close(fd);
    } else if (!options->admit(options->context, line, address, length)) {
        forget_lost(porter, fd);
    }
}

/* Lets in who waits at the listener, at most `most`. */
static void accept_some(struct porter *porter, int most)
{
    struct sockaddr_storage address;
    socklen_t length;
    int fd;

    while (most-- > 0) {
        length = sizeof address;
        memset(&address, 0, sizeof address);
        fd = accept4(porter->listener, (struct sockaddr *)&address, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            let_in(porter, fd, (struct sockaddr *)&address, length);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            porter->short_until_us = porter_now_us() + SHORTAGE_US;
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* Shuts down what is late; its server then finds it ended. */
static void cut_off(struct porter *porter, int64_t now_us)
{
    pthread_mutex_lock(&porter->lock);
    for (size_t fd = 0; fd < porter->by_fd_size; fd++) {
        struct porter_line *line = porter->by_fd[fd];

        if (line && line->begun &&
            atomic_load_explicit(&line->until_us, memory_order_relaxed) < now_us) {
            shutdown((int)fd, SHUT_RDWR);
            porter_until(line, PORTER_NEVER);
        }
    }
    pthread_mutex_unlock(&porter->lock);
}

/* Reads what comes and forgets it. False: there will be no more. */
static bool read_off(int fd)
{
    char waste[16384];
    ssize_t got = 1;

    for (int i = 0; i < 16 && got > 0; i++)
        got = recv(fd, waste, sizeof waste, MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void linger(struct porter *porter, int64_t now_us)
{
    size_t kept = 0;

    pthread_mutex_lock(&porter->lock);
    for (size_t i = 0; i < porter->lingering_count; i++) {
        struct lingering *one = &porter->lingering[i];

        if (!porter->stop && now_us < one->until_us && read_off(one->fd))
            porter->lingering[kept++] = *one;
        else
            close(one->fd);
    }
    porter->lingering_count = kept;
    pthread_mutex_unlock(&porter->lock);
}

static void shut_door(struct porter *porter)
{
    int listener = porter->listener;

    while (porter->short_until_us <= porter_now_us()) {
        struct pollfd one = {.fd = listener, .events = POLLIN};

        if (poll(&one, 1, 0) <= 0 || !(one.revents & POLLIN))
            break;
        accept_some(porter, ACCEPT_BURST);
    }
    close(listener);
    pthread_mutex_lock(&porter->lock);
    porter->listener = -1;
    pthread_cond_broadcast(&porter->closed);
    pthread_mutex_unlock(&porter->lock);
}

/* What to wait for, and how long. */
static size_t prepare(struct porter *porter, struct pollfd *polls, int64_t now_us, int *timeout_ms,
                      bool *listens)
{
    size_t count = 0;

    polls[count++] = (struct pollfd){.fd = porter->wake, .events = POLLIN};
    pthread_mutex_lock(&porter->lock);
    *listens = porter->door_open && porter->listener >= 0 && porter->short_until_us <= now_us;
    if (*listens)
        polls[count++] = (struct pollfd){.fd = porter->listener, .events = POLLIN};
    for (size_t i = 0; i < porter->lingering_count; i++)
        polls[count++] = (struct pollfd){.fd = porter->lingering[i].fd, .events = POLLIN};
    *timeout_ms = porter->count || porter->lingering_count || porter->short_until_us > now_us
                      ? (int)porter->options.tick_ms
                      : -1;
    pthread_mutex_unlock(&porter->lock);
    return count;
}

static bool is_set(struct porter *porter, const bool *flag)
{
    bool value;

    pthread_mutex_lock(&porter->lock);
    value = *flag;
    pthread_mutex_unlock(&porter->lock);
    return value;
}

static void *porter_run(void *context)
{
    struct porter *porter = context;
    struct pollfd polls[2 + LINGER_MAX];
    int64_t next_us = 0;
    uint64_t waste;

    while (!is_set(porter, &porter->stop)) {
        int64_t now_us = porter_now_us();
        int timeout_ms;
        bool listens;
        size_t count = prepare(porter, polls, now_us, &timeout_ms, &listens);

        poll(polls, count, timeout_ms);
        if (polls[0].revents & POLLIN && read(porter->wake, &waste, sizeof waste) < 0)
            continue; /* somebody else was faster: nobody is */
        if (listens && polls[1].revents)
            accept_some(porter, ACCEPT_BURST);
        if (porter->listener >= 0 && is_set(porter, &porter->quiesce))
            shut_door(porter);
        now_us = porter_now_us();
        linger(porter, now_us);
        if (now_us < next_us)
            continue;
        cut_off(porter, now_us);
        next_us = now_us + (int64_t)porter->options.tick_ms * 1000;
    }
    linger(porter, porter_now_us());
    return NULL;
}

enum tk_code porter_open(const struct porter_options *options, struct porter **result,
                         struct tk_error *error)
{
    struct porter *porter = calloc(1, sizeof *porter);
    int flags = fcntl(options->listener, F_GETFL);

    if (porter)
        porter->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!porter || porter->wake < 0) {
        close(options->listener);
        free(porter);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    porter->options = *options;
    porter->listener = options->listener;
    pthread_mutex_init(&porter->lock, NULL);
    pthread_cond_init(&porter->closed, NULL);
    if (flags < 0 || fcntl(porter->listener, F_SETFL, flags | O_NONBLOCK) < 0 ||
        pthread_create(&porter->thread, NULL, porter_run, porter) != 0) {
        pthread_mutex_destroy(&porter->lock);
        pthread_cond_destroy(&porter->closed);
        close(porter->wake);
        close(porter->listener);
        free(porter);
        return tk_fail(error, TK_UNAVAILABLE, "The service cannot listen: %s.", strerror(errno));
    }
    *result = porter;
    return TK_OK;
}

static void set(struct porter *porter, bool *flag)
{
    pthread_mutex_lock(&porter->lock);
    *flag = true;
    pthread_mutex_unlock(&porter->lock);
    wake(porter);
}

void porter_open_door(struct porter *porter)
{
    set(porter, &porter->door_open);
}

void porter_quiesce(struct porter *porter)
{
    set(porter, &porter->quiesce);
    pthread_mutex_lock(&porter->lock);
    while (porter->listener >= 0)
        pthread_cond_wait(&porter->closed, &porter->lock);
    pthread_mutex_unlock(&porter->lock);
}

void porter_close(struct porter *porter)
{
    if (!porter)
        return;
    set(porter, &porter->stop);
    pthread_join(porter->thread, NULL);
    for (size_t fd = 0; fd < porter->by_fd_size; fd++)
        forget_lost(porter, (int)fd);
    if (porter->listener >= 0)
        close(porter->listener);
    close(porter->wake);
    free(porter->by_fd);
    pthread_mutex_destroy(&porter->lock);
    pthread_cond_destroy(&porter->closed);
    free(porter);
}
