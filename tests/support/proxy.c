#include "tests/support/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE 16384
#define SLOW_MS 3000
#define DRIP_MS 40
#define TURN_MS 10

static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 41\r\n\r\n"
                           "<html><body>Please log in.</body></html>\n";

/* One direction: what was read and not yet written. */
struct flow {
    char data[PIECE];
    size_t length, sent;
    int64_t due_ms; /* of what stands in data */
};

struct connection {
    int client, server; /* -1: closed */
    int line;
    struct flow up, down;
    size_t answered; /* bytes of answers that were carried */
};

struct proxy {
    struct proxy_line lines[PROXY_LINES_MAX];
    int line_count;
    struct connection *connections; /* PROXY_CONNECTIONS_MAX; client < 0: free */
    pthread_t thread;
    atomic_bool ends;
    bool runs;
};

const char *proxy_manner_text(enum proxy_manner manner)
{
    static const char *const texts[] = {
#define X(manner, what) [manner] = what,
        PROXY_MANNER_TABLE(X)
#undef X
    };

    return texts[manner];
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in address_of(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static bool line_open(struct proxy_line *line, int target)
{
    struct sockaddr_in address = address_of(0);
    socklen_t size = sizeof address;

    line->target = target;
    line->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->listener < 0 || bind(line->listener, (struct sockaddr *)&address, size) ||
        listen(line->listener, 64) ||
        getsockname(line->listener, (struct sockaddr *)&address, &size))
        return false;
    line->port = ntohs(address.sin_port);
    return true;
}

struct proxy *proxy_new(int count, int target_port)
{
    struct proxy *proxy = calloc(1, sizeof *proxy);
    bool ok = proxy != NULL;

    if (ok) {
        proxy->connections = calloc(PROXY_CONNECTIONS_MAX, sizeof *proxy->connections);
        ok = proxy->connections != NULL;
    }
    for (int i = 0; ok && i < PROXY_CONNECTIONS_MAX; i++)
        proxy->connections[i].client = proxy->connections[i].server = -1;
    for (int i = 0; ok && i < count; i++) {
        ok = line_open(&proxy->lines[i], target_port);
        proxy->line_count++;
    }
    if (!ok) {
        proxy_free(proxy);
        proxy = NULL;
    }
    return proxy;
}

int proxy_port(const struct proxy *proxy, int line)
{
    return proxy->lines[line].port;
}

void proxy_set(struct proxy *proxy, int line, enum proxy_manner manner)
{
    atomic_store(&proxy->lines[line].manner, manner);
}

/* --- connections --- */

static void connection_close(struct connection *connection, bool reset)
{
    struct linger now = {1, 0};

    if (reset && connection->client >= 0)
        setsockopt(connection->client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    if (connection->client >= 0)
        close(connection->client);
    if (connection->server >= 0)
        close(connection->server);
    connection->client = connection->server = -1;
}

static void take_client(struct proxy *proxy, int line)
{
    struct sockaddr_in address = address_of(proxy->lines[line].target);
    int client = accept4(proxy->lines[line].listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct connection *free_one = NULL;

    if (client < 0)
        return;
    for (int i = 0; i < PROXY_CONNECTIONS_MAX && !free_one; i++)
        if (proxy->connections[i].client < 0)
            free_one = &proxy->connections[i];
    if (!free_one) {
        close(client);
        return;
    }
    *free_one = (struct connection){.client = client, .line = line};
    free_one->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(free_one->server, (struct sockaddr *)&address, sizeof address))
        connection_close(free_one, true);
    else
        fcntl(free_one->server, F_SETFL, O_NONBLOCK);
}

/* Reads when there is room; false at the end of the stream. */
static bool flow_fill(struct flow *flow, int from, int64_t delay_ms)
{
    ssize_t got;

    if (flow->length)
        return true;
    got = read(from, flow->data, sizeof flow->data);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    flow->length = (size_t)got;
    flow->sent = 0;
    flow->due_ms = clock_ms() + delay_ms;
    return true;
}

static bool flow_empty(struct flow *flow, int to, size_t most)
{
    size_t left = flow->length - flow->sent;
    ssize_t put;

    if (!flow->length || clock_ms() < flow->due_ms)
        return true;
    put = send(to, flow->data + flow->sent, left < most ? left : most, MSG_NOSIGNAL);
    if (put < 0)
        return errno == EAGAIN || errno == EINTR;
    flow->sent += (size_t)put;
    if (most < sizeof flow->data)
        flow->due_ms = clock_ms() + DRIP_MS;
    if (flow->sent == flow->length)
        flow->length = flow->sent = 0;
    return true;
}

/* What is asked is answered without being carried. */
static bool answer_with_page(struct connection *connection)
{
    struct flow *up = &connection->up;

    if (!flow_fill(up, connection->client, 0))
        return false;
    if (up->length && send(connection->client, page, sizeof page - 1, MSG_NOSIGNAL) < 0)
        return false;
    up->length = up->sent = 0;
    return true;
}

static void connection_turn(struct connection *connection, enum proxy_manner manner)
{
    int64_t delay = manner == PROXY_SLOW ? SLOW_MS : 0;
    size_t most = manner == PROXY_DRIP ? 1 : PIECE;
    bool alive = true;

    if (manner == PROXY_REFUSE) {
        connection_close(connection, true);
        return;
    }
    if (manner == PROXY_HANG)
        return;
    if (manner == PROXY_PAGE) {
        if (!answer_with_page(connection))
            connection_close(connection, false);
        return;
    }
    alive = flow_fill(&connection->up, connection->client, delay) &&
            flow_empty(&connection->up, connection->server, PIECE) &&
            flow_fill(&connection->down, connection->server, delay);
    if (alive && manner == PROXY_ONE_WAY)
        connection->down.length = 0;
    if (alive && manner == PROXY_RESET && connection->down.length > 1) {
        flow_empty(&connection->down, connection->client, connection->down.length / 2);
        alive = false;
    }
    if (alive)
        alive = flow_empty(&connection->down, connection->client, most);
    if (!alive)
        connection_close(connection, manner == PROXY_RESET);
}

static void wait_for_bytes(struct proxy *proxy)
{
    struct pollfd polls[PROXY_LINES_MAX + 2 * PROXY_CONNECTIONS_MAX];
    nfds_t count = 0;

    for (int i = 0; i < proxy->line_count; i++)
        polls[count++] = (struct pollfd){.fd = proxy->lines[i].listener, .events = POLLIN};
    for (int i = 0; i < PROXY_CONNECTIONS_MAX; i++) {
        struct connection *c = &proxy->connections[i];
        int manner = c->client < 0 ? PROXY_HANG : atomic_load(&proxy->lines[c->line].manner);

        if (c->client < 0 || manner == PROXY_HANG)
            continue;
        polls[count++] = (struct pollfd){.fd = c->client, .events = c->up.length ? 0 : POLLIN};
        polls[count++] = (struct pollfd){.fd = c->server, .events = c->down.length ? 0 : POLLIN};
    }
    poll(polls, count, TURN_MS);
}

static void *carry(void *context)
{
    struct proxy *proxy = context;

    while (!atomic_load(&proxy->ends)) {
        wait_for_bytes(proxy);
        for (int i = 0; i < proxy->line_count; i++)
            take_client(proxy, i);
        for (int i = 0; i < PROXY_CONNECTIONS_MAX; i++) {
            struct connection *c = &proxy->connections[i];

            if (c->client >= 0)
                connection_turn(c, (enum proxy_manner)atomic_load(&proxy->lines[c->line].manner));
        }
    }
    return NULL;
}

bool proxy_run(struct proxy *proxy)
{
    proxy->runs = pthread_create(&proxy->thread, NULL, carry, proxy) == 0;
    return proxy->runs;
}

void proxy_free(struct proxy *proxy)
{
    if (!proxy)
        return;
    atomic_store(&proxy->ends, true);
    if (proxy->runs)
        pthread_join(proxy->thread, NULL);
    for (int i = 0; proxy->connections && i < PROXY_CONNECTIONS_MAX; i++)
        connection_close(&proxy->connections[i], false);
    for (int i = 0; i < proxy->line_count; i++)
        if (proxy->lines[i].listener >= 0)
            close(proxy->lines[i].listener);
    free(proxy->connections);
    free(proxy);
}
