#include "tests/http/echo.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "ui/http/listen.h"

#define WAIT_MS 10000

/* --- the handler --- */

static size_t echo_admit(void *context, struct http_request *request)
{
    struct echo *echo = context;

    atomic_fetch_add(&echo->admitted, 1);
    if (strcmp(request->path, "/no") == 0) {
        request->response.status = 403;
        request->response.content_type = "text/plain";
    }
    return strcmp(request->path, "/stingy") == 0 ? 0 : ECHO_BODY_MAX;
}

static void fill(struct echo *echo, struct http_request *request)
{
    struct http_response *response = &request->response;

    response->status = 200;
    response->content_type = "text/plain";
    http_response_field(response, "X-Echo", "%zu", request->field_count);
    http_response_field(response, "X-Bad", "a\r\nSet-Cookie: b");
    if (strcmp(request->path, "/shared") == 0) {
        response->shared = http_shared_take(echo->shared);
        return;
    }
    if (strcmp(request->path, "/file") == 0) {
        response->file = memfd_create("echo", MFD_CLOEXEC);
        response->file_length = ECHO_FILE_SIZE;
        if (ftruncate(response->file, ECHO_FILE_SIZE) != 0)
            response->status = 500;
        return;
    }
    buffer_init(&response->body, 65536);
    if (request->body)
        buffer_add(&response->body, request->body, request->body_length);
    else
        buffer_addf(&response->body, "%s %s%s%s", request->method, request->path,
                    request->query ? "?" : "", request->query ? request->query : "");
}

static void echo_handle(void *context, struct http_request *request)
{
    struct echo *echo = context;

    atomic_fetch_add(&echo->handled, 1);
    request->user = echo;
    fill(echo, request);
    if (strcmp(request->path, "/later") == 0) {
        pthread_mutex_lock(&echo->lock);
        echo->queue[echo->queued++] = request;
        pthread_cond_signal(&echo->there);
        pthread_mutex_unlock(&echo->lock);
    } else if (strncmp(request->path, "/hold", 5) == 0) {
        pthread_mutex_lock(&echo->lock);
        echo->held[echo->held_count++] = request;
        pthread_mutex_unlock(&echo->lock);
    } else {
        request->user = NULL;
        http_server_answer(request);
    }
}

static void echo_refuse(void *context, struct http_request *request, enum tk_code code)
{
    struct echo *echo = context;

    atomic_fetch_add(&echo->refused, 1);
    request->response.status = tk_code_http(code);
    request->response.content_type = "text/plain";
    buffer_init(&request->response.body, 1024);
    buffer_add_text(&request->response.body, tk_code_sentence(code));
}

/* user is set from handle() to the answer. */
static void echo_over(void *context, struct http_request *request, bool sent)
{
    struct echo *echo = context;

    if (request->user)
        atomic_fetch_add(&echo->untimely, 1);
    atomic_fetch_add(sent ? &echo->sent : &echo->unsent, 1);
}

static void answer_now(struct http_request *request)
{
    request->user = NULL;
    http_server_answer(request);
}

static void *help(void *context)
{
    struct echo *echo = context;
    struct http_request *request;

    pthread_mutex_lock(&echo->lock);
    while (!echo->ends || echo->queued) {
        if (!echo->queued) {
            pthread_cond_wait(&echo->there, &echo->lock);
            continue;
        }
        request = echo->queue[--echo->queued];
        pthread_mutex_unlock(&echo->lock);
        request->user = NULL;
        http_server_answer(request);
        pthread_mutex_lock(&echo->lock);
    }
    pthread_mutex_unlock(&echo->lock);
    return NULL;
}

bool echo_start(struct echo *echo)
{
    struct tk_error error = {0};

    if (listen_open(echo->address[0] ? echo->address : "127.0.0.1:0", &echo->options.listener,
                    echo->shown, sizeof echo->shown, &error)) {
        printf("\n    %s\n", error.message);
        return false;
    }
    echo->options.handler =
        (struct http_handler){echo_admit, echo_handle, echo_refuse, echo_over, echo};
    echo->shared = http_shared_new("shared bytes", 12);
    pthread_mutex_init(&echo->lock, NULL);
    pthread_cond_init(&echo->there, NULL);
    if (!echo->shared || http_server_start(&echo->options, &echo->server, &error)) {
        printf("\n    %s\n", error.message);
        return false;
    }
    for (int i = 0; i < ECHO_HELPERS; i++)
        pthread_create(&echo->helpers[i], NULL, help, echo);
    return true;
}

void echo_stop(struct echo *echo)
{
    echo_release(echo);
    http_server_stop(echo->server);
    pthread_mutex_lock(&echo->lock);
    echo->ends = true;
    pthread_cond_broadcast(&echo->there);
    pthread_mutex_unlock(&echo->lock);
    for (int i = 0; i < ECHO_HELPERS; i++)
        pthread_join(echo->helpers[i], NULL);
    http_shared_drop(echo->shared);
    pthread_mutex_destroy(&echo->lock);
    pthread_cond_destroy(&echo->there);
    listen_forget(echo->shown);
}

void echo_release(struct echo *echo)
{
    pthread_mutex_lock(&echo->lock);
    while (echo->held_count) {
        struct http_request *request = echo->held[--echo->held_count];

        if (strcmp(request->path, "/hold/again") == 0) {
            http_server_again(request, answer_now);
            continue;
        }
        request->user = NULL;
        http_server_answer(request);
    }
    pthread_mutex_unlock(&echo->lock);
}

size_t echo_held(struct echo *echo)
{
    size_t count;

    pthread_mutex_lock(&echo->lock);
    count = echo->held_count;
    pthread_mutex_unlock(&echo->lock);
    return count;
}

/* --- the client --- */

int echo_connect(const struct echo *echo)
{
    struct sockaddr_in there = {.sin_family = AF_INET};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    bool is_local = strncmp(echo->shown, "unix:", 5) == 0;
    int fd = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed;

    if (is_local) {
        snprintf(local.sun_path, sizeof local.sun_path, "%s", echo->shown + 5);
        failed = connect(fd, (struct sockaddr *)&local, sizeof local);
    } else {
        there.sin_port = htons((uint16_t)strtol(strrchr(echo->shown, ':') + 1, NULL, 10));
        there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        failed = connect(fd, (struct sockaddr *)&there, sizeof there);
    }
    if (failed) {
        close(fd);
        return -1;
    }
    return fd;
}

bool echo_send(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

bool echo_say(int fd, const char *text)
{
    return echo_send(fd, text, strlen(text));
}

/* Reads up to `most` bytes; 0 at the end or when it takes too long. */
static size_t read_some(int fd, char *to, size_t most)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    ssize_t got;

    if (poll(&one, 1, WAIT_MS) <= 0)
        return 0;
    got = recv(fd, to, most, 0);
    return got > 0 ? (size_t)got : 0;
}

/* Byte for byte, so that the next answer stays in the socket. */
static bool read_head(int fd, char *head, size_t size)
{
    size_t length = 0;

    head[0] = '\0';
    while (length + 1 < size && read_some(fd, head + length, 1)) {
        head[++length] = '\0';
        if (length >= 4 && strcmp(head + length - 4, "\r\n\r\n") == 0)
            return true;
    }
    return false;
}

void echo_hear(int fd, struct answer *answer, bool head_only)
{
    const char *length;
    size_t expected = 0;

    answer->status = 0;
    answer->body_length = 0;
    answer->body[0] = '\0';
    if (!read_head(fd, answer->head, sizeof answer->head))
        return;
    length = strstr(answer->head, "\r\nContent-Length: ");
    if (length && !head_only)
        expected = strtoul(length + 18, NULL, 10);
    while (answer->body_length < expected && expected < sizeof answer->body) {
        size_t got =
            read_some(fd, answer->body + answer->body_length, expected - answer->body_length);

        if (!got)
            return;
        answer->body_length += got;
    }
    answer->body[answer->body_length] = '\0';
    answer->status = (int)strtol(answer->head + strlen("HTTP/1.1 "), NULL, 10);
}

bool echo_ends(int fd, int wait_ms)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    char waste[4096];

    while (poll(&one, 1, wait_ms) > 0)
        if (recv(fd, waste, sizeof waste, 0) <= 0)
            return true;
    return false;
}

int echo_ask(const struct echo *echo, const void *bytes, size_t length, struct answer *answer,
             bool *ended)
{
    int fd = echo_connect(echo);

    answer->status = 0;
    *ended = true;
    if (fd < 0)
        return 0;
    echo_send(fd, bytes, length); /* may be cut short by a refusal */
    echo_hear(fd, answer, strncmp(bytes, "HEAD", 4) == 0);
    *ended = !answer->status || echo_ends(fd, strstr(answer->head, "close") ? WAIT_MS : 20);
    close(fd);
    return answer->status;
}

bool echo_wait(atomic_size_t *count, size_t least)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    for (int i = 0; i < WAIT_MS && atomic_load(count) < least; i++)
        nanosleep(&moment, NULL);
    return atomic_load(count) >= least;
}
