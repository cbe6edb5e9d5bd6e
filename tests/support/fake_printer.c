#include "tests/support/fake_printer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 10
#define KEPT_MAX (1u << 20)

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    perror(what);
    abort();
}

static int listen_somewhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int small = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    require(fd >= 0, "socket");
    /* as little as a printer holds; taken over by what is accepted */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    require(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    require(listen(fd, 8) == 0, "listen");
    require(getsockname(fd, (struct sockaddr *)&address, &size) == 0, "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

int fake_printer_free_port(void)
{
    int port;

    close(listen_somewhere(&port));
    return port;
}

/* False when it is to stop. */
static bool wait_for(struct fake_printer *printer, int fd, short events)
{
    struct pollfd waits[2] = {{printer->stop[0], POLLIN, 0}, {fd, events, 0}};

    while (poll(waits, 2, -1) < 0 && errno == EINTR)
        ;
    return !waits[0].revents;
}

/* Keeps what is no question; returns whether one was asked. A question comes in one piece. */
static bool keep(struct fake_printer *printer, const char *bytes, size_t size)
{
    bool asked = size >= 3 && memcmp(bytes, "\x10\x04\x04", 3) == 0;

    if (asked) {
        bytes += 3;
        size -= 3;
    }
    if (size >= 3 && memcmp(bytes + size - 3, "\x10\x04\x04", 3) == 0) {
        asked = true;
        size -= 3;
    }
    pthread_mutex_lock(&printer->lock);
    buffer_add(&printer->bytes, bytes, size);
    pthread_mutex_unlock(&printer->lock);
    return asked;
}

static void answer(int fd, enum manner manner, bool has_job)
{
    bool out = manner == PRINTER_NO_PAPER || (manner == PRINTER_RUNS_OUT && has_job);

    if (manner == PRINTER_TALKS)
        (void)!send(fd, "@PJL ready", 10, MSG_NOSIGNAL);
    else if (manner != PRINTER_SILENT)
        (void)!send(fd, out ? "\x72" : "\x12", 1, MSG_NOSIGNAL);
}

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void serve(struct fake_printer *printer, int fd, enum manner manner)
{
    char bytes[4096];
    bool has_job = false;
    ssize_t got;

    if (manner == PRINTER_STUCK) {
        wait_for(printer, fd, 0); /* until it hangs up */
        return;
    }
    while (wait_for(printer, fd, POLLIN) && (got = read(fd, bytes, sizeof bytes)) > 0) {
        if (manner == PRINTER_BREAKS) {
            reset(fd);
            return;
        }
        has_job |= got > 3;
        if (keep(printer, bytes, (size_t)got))
            answer(fd, manner, has_job);
    }
}

static void count(struct fake_printer *printer, int *counter, enum manner *manner)
{
    pthread_mutex_lock(&printer->lock);
    ++*counter;
    *manner = printer->manner;
    pthread_cond_broadcast(&printer->changed);
    pthread_mutex_unlock(&printer->lock);
}

static void *run(void *context)
{
    struct fake_printer *printer = context;
    enum manner manner;

    while (wait_for(printer, printer->listener, POLLIN)) {
        int fd = accept4(printer->listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0)
            continue;
        count(printer, &printer->taken, &manner);
        serve(printer, fd, manner);
        close(fd);
        count(printer, &printer->jobs, &manner);
    }
    return NULL;
}

void fake_printer_start(struct fake_printer *printer, enum manner manner)
{
    *printer = (struct fake_printer){.manner = manner};
    buffer_init(&printer->bytes, KEPT_MAX);
    pthread_mutex_init(&printer->lock, NULL);
    pthread_cond_init(&printer->changed, NULL);
    printer->listener = listen_somewhere(&printer->port);
    snprintf(printer->where, sizeof printer->where, "tcp:127.0.0.1:%d", printer->port);
    require(pipe(printer->stop) == 0, "pipe");
    require(pthread_create(&printer->thread, NULL, run, printer) == 0, "pthread_create");
}

void fake_printer_stop(struct fake_printer *printer)
{
    (void)!write(printer->stop[1], "", 1);
    pthread_join(printer->thread, NULL);
    close(printer->listener);
    close(printer->stop[0]);
    close(printer->stop[1]);
    buffer_release(&printer->bytes);
    pthread_cond_destroy(&printer->changed);
    pthread_mutex_destroy(&printer->lock);
}

void fake_printer_behave(struct fake_printer *printer, enum manner manner)
{
    pthread_mutex_lock(&printer->lock);
    printer->manner = manner;
    pthread_mutex_unlock(&printer->lock);
}

static bool wait_count(struct fake_printer *printer, const int *counter, int wanted)
{
    struct timespec until;
    bool reached;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&printer->lock);
    while (*counter < wanted &&
           pthread_cond_timedwait(&printer->changed, &printer->lock, &until) != ETIMEDOUT)
        ;
    reached = *counter >= wanted;
    pthread_mutex_unlock(&printer->lock);
    return reached;
}

bool fake_printer_wait_taken(struct fake_printer *printer, int taken)
{
    return wait_count(printer, &printer->taken, taken);
}

bool fake_printer_wait(struct fake_printer *printer, int jobs)
{
    return wait_count(printer, &printer->jobs, jobs);
}
