#include "tests/http/line.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/text.h"

/* Waits until there is something to read. False when the line is to end. */
static bool wait_for(struct line *line, int fd)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = line->wake[0], .events = POLLIN}};

    while (poll(fds, 2, -1) < 0)
        ;
    return fds[1].revents == 0;
}

static size_t body_length(const char *head)
{
    const char *field = strcasestr(head, "\r\nContent-Length:");

    return field ? strtoul(field + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* Reads one request into `seen`. */
static bool read_request(struct line *line, int fd, char seen[LINE_SEEN_SIZE])
{
    size_t length = 0, wanted = SIZE_MAX;

    while (length < wanted) {
        char *end, rest[4096];
        bool fits = length < LINE_SEEN_SIZE - 1;
        ssize_t got;

        if (!wait_for(line, fd))
            return false;
        got = fits ? read(fd, seen + length, LINE_SEEN_SIZE - 1 - length)
                   : read(fd, rest, sizeof rest);
        if (got <= 0)
            return false;
        length += (size_t)got;
        if (fits)
            seen[length] = '\0';
        end = wanted == SIZE_MAX ? strstr(seen, "\r\n\r\n") : NULL;
        if (end)
            wanted = (size_t)(end - seen) + 4 + body_length(seen);
    }
    return true;
}

static void flood(struct line *line, int fd)
{
    static char much[65536];
    struct pollfd wake = {.fd = line->wake[0], .events = POLLIN};

    memset(much, 'x', sizeof much);
    while (poll(&wake, 1, 0) == 0 && send(fd, much, sizeof much, MSG_NOSIGNAL) > 0)
        ;
}

static void reply_to(struct line *line, int fd, const struct line_reply *reply)
{
    char rest[256];

    if (reply->text && send(fd, reply->text, strlen(reply->text), MSG_NOSIGNAL) < 0)
        return;
    if (reply->manner == LINE_FLOOD)
        flood(line, fd);
    if (reply->manner == LINE_SILENT)
        while (wait_for(line, fd) && read(fd, rest, sizeof rest) > 0)
            ;
}

static void *serve(void *argument)
{
    struct line *line = argument;
    char seen[LINE_SEEN_SIZE];

    while (wait_for(line, line->listener)) {
        int fd = accept(line->listener, NULL, NULL);

        seen[0] = '\0';
        if (fd >= 0 && read_request(line, fd, seen)) {
            size_t at = atomic_load(&line->asked);

            text_copy(at ? line->last : line->first, LINE_SEEN_SIZE, seen);
            atomic_store(&line->asked, at + 1);
            reply_to(line, fd, &line->replies[at < line->count ? at : line->count - 1]);
        }
        close(fd);
    }
    return NULL;
}

void line_start(struct line *line, const struct line_reply *replies, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    memset(line, 0, sizeof *line);
    line->replies = replies;
    line->count = count;
    line->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->listener < 0 || bind(line->listener, (struct sockaddr *)&address, length) ||
        listen(line->listener, 16) ||
        getsockname(line->listener, (struct sockaddr *)&address, &length) || pipe(line->wake))
        abort();
    snprintf(line->url, sizeof line->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    if (pthread_create(&line->thread, NULL, serve, line))
        abort();
}

void line_stop(struct line *line)
{
    if (write(line->wake[1], "", 1) != 1)
        abort();
    pthread_join(line->thread, NULL);
    close(line->listener);
    close(line->wake[0]);
    close(line->wake[1]);
}
