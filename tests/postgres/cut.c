#include "tests/postgres/cut.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINKS_MAX 16
#define TICK_MS 20

/* One direction of a connection: what was read and not yet carried. */
struct stream {
    uint8_t data[64 * 1024];
    size_t length;
    size_t left;  /* of the message that is carried at the moment */
    bool started; /* past the start-up message, which has no sort */
};

struct link {
    int client, server; /* -1: free */
    struct stream streams[2];
};

struct cut {
    pthread_t thread;
    pthread_mutex_t mutex;
    int listener, port, target;
    bool stop, armed, broken;
    struct cut_plan plan;
    struct link links[LINKS_MAX];
};

static void link_close(struct link *link)
{
    struct linger now = {1, 0};

    if (link->client < 0)
        return;
    setsockopt(link->client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    setsockopt(link->server, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(link->client);
    close(link->server);
    link->client = link->server = -1;
}

static void close_all(struct cut *cut)
{
    for (int i = 0; i < LINKS_MAX; i++)
        link_close(&cut->links[i]);
}

static void take_client(struct cut *cut)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)cut->target)};
    int client = accept(cut->listener, NULL, NULL), server, one = 1;
    struct link *link = cut->links;

    if (client < 0)
        return;
    while (link < cut->links + LINKS_MAX && link->client >= 0)
        link++;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link == cut->links + LINKS_MAX || server < 0 ||
        connect(server, (struct sockaddr *)&address, sizeof address)) {
        close(client);
        if (server >= 0)
            close(server);
        return;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *link = (struct link){.client = client, .server = server};
    link->streams[CUT_ANSWERS].started = true;
    if (cut->broken)
        link_close(link);
}

static bool put_all(int to, const uint8_t *data, size_t length)
{
    while (length) {
        ssize_t put = send(to, data, length, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        data += put;
        length -= (size_t)put;
    }
    return true;
}

static size_t number_at(const uint8_t *data)
{
    return (size_t)data[0] << 24 | (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
}

/* Of the message that begins here; 0: not enough of it is there to tell. */
static size_t message_length(const struct stream *stream, size_t at)
{
    size_t sort = stream->started ? 1 : 0;

    return stream->length - at < sort + 4 ? 0 : sort + number_at(stream->data + at + sort);
}

/* Where the line breaks: how much of the next message is still carried. */
static size_t last_part(struct cut *cut, size_t length)
{
    cut->broken = true;
    cut->armed = false;
    return cut->plan.half ? length / 2 : 0;
}

/* How much of what was read may be carried on. */
static size_t carried(struct cut *cut, struct stream *stream, enum cut_side side)
{
    size_t at = 0, part;

    while (at < stream->length && !cut->broken) {
        if (!stream->left) {
            size_t length = message_length(stream, at);

            if (!length)
                break;
            if (cut->armed && side == cut->plan.side && length >= cut->plan.least &&
                cut->plan.after-- == 0) {
                part = last_part(cut, length);
                return at + (part < stream->length - at ? part : stream->length - at);
            }
            stream->left = length;
            stream->started = true;
        }
        part = stream->left < stream->length - at ? stream->left : stream->length - at;
        stream->left -= part;
        at += part;
    }
    return at;
}

static bool move(struct cut *cut, struct link *link, enum cut_side side)
{
    struct stream *stream = &link->streams[side];
    int from = side == CUT_REQUESTS ? link->client : link->server;
    int to = side == CUT_REQUESTS ? link->server : link->client;
    ssize_t got = recv(from, stream->data + stream->length, sizeof stream->data - stream->length,
                       MSG_DONTWAIT);
    size_t go;

    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (!got)
        return false;
    stream->length += (size_t)got;
    go = carried(cut, stream, side);
    if (!put_all(to, stream->data, go))
        return false;
    stream->length -= go;
    memmove(stream->data, stream->data + go, stream->length);
    return true;
}

static void serve(struct cut *cut, const struct pollfd *polled)
{
    if (polled[0].revents)
        take_client(cut);
    for (int i = 0; i < LINKS_MAX; i++) {
        struct link *link = &cut->links[i];
        bool open = link->client >= 0;

        if (!open || cut->broken)
            continue;
        if (polled[1 + 2 * i].revents)
            open = move(cut, link, CUT_REQUESTS);
        if (open && !cut->broken && polled[2 + 2 * i].revents)
            open = move(cut, link, CUT_ANSWERS);
        if (!open)
            link_close(link);
    }
    if (cut->broken && cut->plan.manner == CUT_RESET)
        close_all(cut);
}

static void *run(void *context)
{
    struct cut *cut = context;
    struct pollfd polled[1 + 2 * LINKS_MAX];
    bool stop = false;

    while (!stop) {
        pthread_mutex_lock(&cut->mutex);
        polled[0] = (struct pollfd){.fd = cut->listener, .events = POLLIN};
        for (int i = 0; i < LINKS_MAX; i++) {
            bool deaf = cut->broken; /* what hangs is not even listened to */

            polled[1 + 2 * i] =
                (struct pollfd){.fd = deaf ? -1 : cut->links[i].client, .events = POLLIN};
            polled[2 + 2 * i] =
                (struct pollfd){.fd = deaf ? -1 : cut->links[i].server, .events = POLLIN};
        }
        pthread_mutex_unlock(&cut->mutex);
        poll(polled, 1 + 2 * LINKS_MAX, TICK_MS);
        pthread_mutex_lock(&cut->mutex);
        serve(cut, polled);
        stop = cut->stop;
        pthread_mutex_unlock(&cut->mutex);
    }
    return NULL;
}

struct cut *cut_new(int target_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    struct cut *cut = calloc(1, sizeof *cut);

    if (!cut)
        return NULL;
    cut->target = target_port;
    pthread_mutex_init(&cut->mutex, NULL);
    for (int i = 0; i < LINKS_MAX; i++)
        cut->links[i].client = cut->links[i].server = -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cut->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (cut->listener < 0 || bind(cut->listener, (struct sockaddr *)&address, size) ||
        listen(cut->listener, 16) ||
        getsockname(cut->listener, (struct sockaddr *)&address, &size) ||
        pthread_create(&cut->thread, NULL, run, cut)) {
        if (cut->listener >= 0)
            close(cut->listener);
        free(cut);
        return NULL;
    }
    cut->port = ntohs(address.sin_port);
    return cut;
}

int cut_port(const struct cut *cut)
{
    return cut->port;
}

void cut_arm(struct cut *cut, const struct cut_plan *plan)
{
    pthread_mutex_lock(&cut->mutex);
    cut->plan = *plan;
    cut->armed = true;
    cut->broken = false;
    pthread_mutex_unlock(&cut->mutex);
}

bool cut_is_broken(struct cut *cut)
{
    bool broken;

    pthread_mutex_lock(&cut->mutex);
    broken = cut->broken;
    pthread_mutex_unlock(&cut->mutex);
    return broken;
}

void cut_mend(struct cut *cut)
{
    pthread_mutex_lock(&cut->mutex);
    if (cut->broken)
        close_all(cut);
    cut->armed = cut->broken = false;
    pthread_mutex_unlock(&cut->mutex);
}

void cut_free(struct cut *cut)
{
    if (!cut)
        return;
    pthread_mutex_lock(&cut->mutex);
    cut->stop = true;
    pthread_mutex_unlock(&cut->mutex);
    pthread_join(cut->thread, NULL);
    close_all(cut);
    close(cut->listener);
    pthread_mutex_destroy(&cut->mutex);
    free(cut);
}
