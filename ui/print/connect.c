/* connect: a connection to a host, and its name looked up within a time. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/print/channel.h"
#include "ui/print/detached.h"

#define HOST_SIZE 256
#define PORT_SIZE 8

/* getaddrinfo cannot be given a time. So a thread asks; when it takes too long it is left alone with
   what it shares with us, and whoever is last frees that. */
struct lookup {
    char host[HOST_SIZE], port[PORT_SIZE];
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done, left; /* the thread is through; we went */
    int result;
    struct addrinfo *addresses;
};

static void lookup_free(struct lookup *lookup)
{
    if (lookup->addresses)
        freeaddrinfo(lookup->addresses);
    pthread_cond_destroy(&lookup->ended);
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

static int look_up(const char *host, const char *port, int flags, struct addrinfo **addresses)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | flags};

    return getaddrinfo(host, port, &hints, addresses);
}

static void *run_lookup(void *context)
{
    struct lookup *lookup = context;
    struct addrinfo *addresses = NULL;
    int result = look_up(lookup->host, lookup->port, 0, &addresses);
    bool left;

    pthread_mutex_lock(&lookup->lock);
    lookup->result = result;
    lookup->addresses = addresses;
    lookup->done = true;
    left = lookup->left;
    pthread_cond_signal(&lookup->ended);
    pthread_mutex_unlock(&lookup->lock);
    if (left)
        lookup_free(lookup);
    return NULL;
}

static struct lookup *lookup_new(const char *host, const char *port)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    pthread_condattr_t attributes;

    if (!lookup)
        return NULL;
    text_copy(lookup->host, sizeof lookup->host, host);
    text_copy(lookup->port, sizeof lookup->port, port);
    pthread_mutex_init(&lookup->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lookup->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    return lookup;
}

/* Waits for the thread; returns false when the time was over first, and the lookup is the thread's. */
static bool lookup_wait(struct lookup *lookup, int64_t deadline)
{
    struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
    bool done;

    pthread_mutex_lock(&lookup->lock);
    while (!lookup->done &&
           pthread_cond_timedwait(&lookup->ended, &lookup->lock, &until) != ETIMEDOUT)
        ;
    done = lookup->done;
    lookup->left = !done;
    pthread_mutex_unlock(&lookup->lock);
    return done;
}

/* 0, or as getaddrinfo; EAI_AGAIN when it takes too long. The addresses are the caller's. */
static int find_addresses(const char *host, const char *port, int64_t deadline,
                          struct addrinfo **addresses)
{
    struct lookup *lookup;
    int result = look_up(host, port, AI_NUMERICHOST, addresses);

    if (result == 0)
        return 0;
    lookup = lookup_new(host, port);
    if (!lookup)
        return EAI_MEMORY;
    if (!detached_start(run_lookup, lookup)) {
        lookup_free(lookup);
        return EAI_MEMORY;
    }
    if (!lookup_wait(lookup, deadline))
        return EAI_AGAIN;
    result = lookup->result;
    *addresses = lookup->addresses;
    lookup->addresses = NULL;
    lookup_free(lookup);
    return result;
}

/* A connection, or -1 with errno. */
static int connect_to(const struct addrinfo *address, int64_t deadline)
{
    int failure = 0, fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof failure;

    if (fd < 0)
        return -1;
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    failure = errno;
    if (failure == EINPROGRESS) {
        int ready;

        do
            ready = poll(&wait, 1, channel_left(deadline));
        while (ready < 0 && errno == EINTR);
        if (ready <= 0)
            failure = ETIMEDOUT;
        else
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
    }
    if (!failure)
        return fd;
    close(fd);
    errno = failure;
    return -1;
}

static enum tk_code refuse_name(const char *host, int result, struct tk_error *error)
{
    if (result == EAI_MEMORY)
        return tk_fail_code(error, TK_NO_MEMORY);
    return tk_fail(error, TK_PRINTER,
                   "The printer “%.200s” is not known in this network: is its name right?", host);
}

static enum tk_code refuse_connection(const char *host, const char *port, int number,
                                      struct tk_error *error)
{
    if (number == ECONNREFUSED)
        return tk_fail(error, TK_PRINTER,
                       "The printer at %.200s takes nothing on port %s: is that the printer, and is "
                       "it ready?",
                       host, port);
    return tk_fail(error, TK_PRINTER,
                   "The printer at %.200s does not answer: is it switched on and in the network?",
                   host);
}

enum tk_code channel_connect(struct channel *channel, const char *host, const char *port,
                             int64_t deadline, struct tk_error *error)
{
    struct addrinfo *addresses = NULL;
    int number = ETIMEDOUT, fd = -1;
    int result = find_addresses(host, port, deadline, &addresses);

    if (result)
        return refuse_name(host, result, error);
    for (const struct addrinfo *address = addresses; address && fd < 0; address = address->ai_next) {
        fd = connect_to(address, deadline);
        number = errno;
    }
    freeaddrinfo(addresses);
    if (fd < 0)
        return refuse_connection(host, port, number, error);
    *channel = (struct channel){.fd = fd, .answers = true, .is_host = true};
    return TK_OK;
}
