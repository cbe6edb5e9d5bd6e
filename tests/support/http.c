#include "tests/support/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- connecting --- */

union place {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

static socklen_t parse_unix(const char *path, union place *place)
{
    place->local.sun_family = AF_UNIX;
    if (snprintf(place->local.sun_path, sizeof place->local.sun_path, "%s", path) >=
        (int)sizeof place->local.sun_path)
        return 0;
    return sizeof place->local;
}

static socklen_t parse_inet(const char *address, union place *place)
{
    const char *colon = strrchr(address, ':');
    char host[64];
    long port;

    if (!colon)
        return 0;
    port = strtol(colon + 1, NULL, 10);
    if (port < 1 || port > 65535)
        return 0;
    if (*address == '[')
        snprintf(host, sizeof host, "%.*s", (int)(colon - address - 2), address + 1);
    else
        snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
    if (inet_pton(AF_INET, host, &place->v4.sin_addr) == 1) {
        place->v4.sin_family = AF_INET;
        place->v4.sin_port = htons((uint16_t)port);
        return sizeof place->v4;
    }
    if (inet_pton(AF_INET6, host, &place->v6.sin6_addr) == 1) {
        place->v6.sin6_family = AF_INET6;
        place->v6.sin6_port = htons((uint16_t)port);
        return sizeof place->v6;
    }
    return 0;
}

static bool wait_for(int fd, short events, int64_t until)
{
    for (;;) {
        struct pollfd end = {.fd = fd, .events = events};
        int64_t left = until - now_ms();
        int ready = poll(&end, 1, left > 0 ? (int)left : 0);

        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

bool client_open(struct client *client, const char *address, int timeout_ms)
{
    union place place = {0};
    int error = 0, on = 1;
    socklen_t length, error_size = sizeof error;

    *client = (struct client){.fd = -1, .timeout_ms = timeout_ms};
    buffer_init(&client->in, HTTP_ANSWER_MAX);
    if (strncmp(address, "http://", 7) == 0)
        address += 7;
    length = strncmp(address, "unix:", 5) == 0 ? parse_unix(address + 5, &place)
                                               : parse_inet(address, &place);
    if (!length)
        return false;
    client->fd = socket(place.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (client->fd < 0)
        return false;
    if (connect(client->fd, &place.any, length) == 0 ||
        (errno == EINPROGRESS && wait_for(client->fd, POLLOUT, now_ms() + timeout_ms) &&
         getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0 && !error)) {
        if (place.any.sa_family != AF_UNIX)
            setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return true;
    }
    client_close(client);
    return false;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->taken = 0;
    buffer_release(&client->in);
}

/* --- sending --- */

bool client_send_bytes(struct client *client, const char *bytes, size_t length)
{
    int64_t until = now_ms() + client->timeout_ms;

    while (length) {
        ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL);

        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (errno == EAGAIN) {
            if (!wait_for(client->fd, POLLOUT, until))
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool client_send_text(struct client *client, const char *text)
{
    return client_send_bytes(client, text, strlen(text));
}

static bool has_header(const char *const *headers, const char *name)
{
    size_t length = strlen(name);

    for (; headers && *headers; headers++)
        if (strncasecmp(*headers, name, length) == 0 && (*headers)[length] == ':')
            return true;
    return false;
}

bool client_send(struct client *client, const char *method, const char *target,
                 const char *const *headers, const char *body)
{
    struct buffer request;
    bool sent;

    buffer_init(&request, HTTP_ANSWER_MAX);
    buffer_addf(&request, "%s %s HTTP/1.1\r\n", method, target);
    if (!has_header(headers, "Host"))
        buffer_add_text(&request, "Host: 127.0.0.1\r\n");
    if (body && !has_header(headers, "Content-Type"))
        buffer_add_text(&request, "Content-Type: application/json\r\n");
    if (body)
        buffer_addf(&request, "Content-Length: %zu\r\n", strlen(body));
    for (const char *const *header = headers; header && *header; header++)
        buffer_addf(&request, "%s\r\n", *header);
    buffer_add_text(&request, "\r\n");
    if (body)
        buffer_add_text(&request, body);
    sent = !request.failed && client_send_bytes(client, request.data, request.length);
    buffer_release(&request);
    return sent;
}

/* --- reading --- */

enum arrival { ARRIVED, ENDED, LATE, FAILED };

/* Waits for more bytes. */
static enum arrival read_more(struct client *client, int64_t until)
{
    char bytes[65536];
    ssize_t count;

    if (client->fd < 0)
        return FAILED;
    for (;;) {
        count = recv(client->fd, bytes, sizeof bytes, 0);
        if (count > 0) {
            buffer_add(&client->in, bytes, (size_t)count);
            return client->in.failed ? FAILED : ARRIVED;
        }
        if (count == 0)
            return ENDED;
        if (errno != EAGAIN && errno != EINTR)
            return FAILED;
        if (errno == EAGAIN && !wait_for(client->fd, POLLIN, until))
            return LATE;
    }
}

/* What was read and not yet used. */
static const char *pending(const struct client *client, size_t *length)
{
    *length = client->in.length - client->taken;
    return buffer_text(&client->in) + client->taken;
}

static bool need(struct client *client, size_t bytes, int64_t until)
{
    while (client->in.length - client->taken < bytes)
        if (read_more(client, until) != ARRIVED)
            return false;
    return true;
}

/* The bytes up to and with `mark`; 0 when they do not come. */
static size_t need_until(struct client *client, const char *mark, int64_t until)
{
    for (;;) {
        size_t length, size = strlen(mark);
        const char *text = pending(client, &length), *found = memmem(text, length, mark, size);

        if (found)
            return (size_t)(found - text) + size;
        if (read_more(client, until) != ARRIVED)
            return 0;
    }
}

/* Forgets what was used. */
static void compact(struct client *client)
{
    size_t left = client->in.length - client->taken;

    if (client->taken) {
        memmove(client->in.data, client->in.data + client->taken, left);
        client->in.length = left;
        client->in.data[left] = '\0';
        client->taken = 0;
    }
}

static char *copy_bytes(const char *bytes, size_t length)
{
    char *copy = malloc(length + 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static bool read_head(struct client *client, struct answer *answer, int64_t until)
{
    size_t length = need_until(client, "\r\n\r\n", until), left;
    const char *text = pending(client, &left);

    if (!length)
        return false;
    free(answer->head);
    answer->head = copy_bytes(text, length);
    client->taken += length;
    if (strncmp(answer->head, "HTTP/1.", 7) != 0 || answer->head[8] != ' ')
        return false;
    answer->status = (int)strtol(answer->head + 9, NULL, 10);
    return answer->status >= 100 && answer->status < 600;
}

static bool read_sized(struct client *client, struct answer *answer, const char *size,
                       int64_t until)
{
    char *end;
    unsigned long long length = strtoull(size, &end, 10);
    size_t left;

    if (!isdigit((unsigned char)*size) || *end || length > HTTP_ANSWER_MAX ||
        !need(client, (size_t)length, until))
        return false;
    answer->body = copy_bytes(pending(client, &left), (size_t)length);
    answer->body_length = (size_t)length;
    client->taken += (size_t)length;
    return true;
}

/* One chunk onto `body`; *last when it was the empty one and all trailers were read. */
static bool read_chunk(struct client *client, struct buffer *body, bool *last, int64_t until)
{
    size_t left, line = need_until(client, "\r\n", until);
    unsigned long long length;
    const char *text = pending(client, &left);

    if (!line || !isxdigit((unsigned char)*text))
        return false;
    length = strtoull(text, NULL, 16);
    client->taken += line;
    *last = length == 0;
    while (*last) {
        line = need_until(client, "\r\n", until);
        client->taken += line;
        if (line <= 2)
            return line == 2;
    }
    if (length > HTTP_ANSWER_MAX || !need(client, (size_t)length + 2, until))
        return false;
    text = pending(client, &left);
    buffer_add(body, text, (size_t)length);
    client->taken += (size_t)length + 2;
    return memcmp(text + length, "\r\n", 2) == 0 && !body->failed;
}

static bool read_chunks(struct client *client, struct answer *answer, int64_t until)
{
    struct buffer body;
    bool last = false, good = true;

    answer->chunked = true;
    buffer_init(&body, HTTP_ANSWER_MAX);
    while (good && !last)
        good = read_chunk(client, &body, &last, until);
    answer->body = copy_bytes(buffer_text(&body), body.length);
    answer->body_length = body.length;
    buffer_release(&body);
    return good;
}

static bool read_to_end(struct client *client, struct answer *answer, int64_t until)
{
    enum arrival arrival;
    const char *text;

    answer->closes = true;
    do
        arrival = read_more(client, until);
    while (arrival == ARRIVED);
    text = pending(client, &answer->body_length);
    answer->body = copy_bytes(text, answer->body_length);
    client->taken += answer->body_length;
    return arrival == ENDED;
}

static bool read_body(struct client *client, struct answer *answer, int64_t until)
{
    const char *coding = answer_header(answer, "Transfer-Encoding");

    if (coding)
        return strcasecmp(coding, "chunked") == 0 && read_chunks(client, answer, until);
    if (answer_header_count(answer, "Content-Length") > 1)
        return false;
    if (answer_header(answer, "Content-Length"))
        return read_sized(client, answer, answer->found, until);
    return read_to_end(client, answer, until);
}

static bool read_answer(struct client *client, struct answer *answer, bool to_head)
{
    int64_t until = now_ms() + client->timeout_ms;
    const char *connection;
    bool good;

    *answer = (struct answer){0};
    compact(client);
    do
        good = read_head(client, answer, until);
    while (good && answer->status < 200);
    if (!good)
        return false;
    connection = answer_header(answer, "Connection");
    answer->closes = connection && strcasecmp(connection, "close") == 0;
    if (!to_head && answer->status != 204 && answer->status != 304)
        good = read_body(client, answer, until);
    if (!answer->body)
        answer->body = copy_bytes("", 0);
    return good;
}

bool client_read(struct client *client, struct answer *answer)
{
    return read_answer(client, answer, false);
}

bool client_read_head_only(struct client *client, struct answer *answer)
{
    return read_answer(client, answer, true);
}

bool client_call(struct client *client, const char *method, const char *target,
                 const char *const *headers, const char *body, struct answer *answer)
{
    bool sent = client_send(client, method, target, headers, body);

    /* who refuses a request early answers before it was sent as a whole */
    return read_answer(client, answer, strcmp(method, "HEAD") == 0) && (sent || answer->status);
}

bool client_wait_end(struct client *client, int timeout_ms)
{
    enum arrival arrival = read_more(client, now_ms() + timeout_ms);

    return arrival == ENDED || arrival == FAILED; /* a reset ends it as well */
}

bool http_call(const char *address, const char *method, const char *target,
               const char *const *headers, const char *body, struct answer *answer)
{
    struct client client;
    bool called;

    *answer = (struct answer){0};
    called = client_open(&client, address, HTTP_CALL_MS) &&
             client_call(&client, method, target, headers, body, answer);
    client_close(&client);
    return called;
}
