#include "ui/http/connection.h"

#include <netinet/in.h>

#include <arpa/inet.h>

#define BODY_FIRST 1024

static void show_peer(struct connection *connection, const struct sockaddr *address)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    struct in_addr four = {0};

    if (address->sa_family == AF_INET) {
        four = ((const struct sockaddr_in *)(const void *)address)->sin_addr;
    } else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        memcpy(&four, &six->sin6_addr.s6_addr[12], sizeof four);
    } else if (address->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &six->sin6_addr, connection->peer, sizeof connection->peer);
        connection->is_local = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
        return;
    } else {
        memcpy(connection->peer, "unix", sizeof "unix");
        connection->is_local = true;
        return;
    }
    inet_ntop(AF_INET, &four, connection->peer, sizeof connection->peer);
    connection->is_local = ntohl(four.s_addr) >> 24 == 127;
}

struct connection *connection_new(struct http_server *server, const struct sockaddr *address)
{
    struct connection *connection = calloc(1, sizeof *connection);

    if (!connection)
        return NULL;
    connection->server = server;
    connection->request.response.file = -1;
    show_peer(connection, address);
    return connection;
}

void connection_free(struct connection *connection)
{
    free(connection->target);
    free(connection->body);
    free(connection);
}

struct connection *connection_of_line(struct porter_line *line)
{
    return (struct connection *)(void *)line;
}

struct connection *connection_of_request(struct http_request *request)
{
    return (struct connection *)(void *)((char *)request - offsetof(struct connection, request));
}

bool connection_keep_target(struct connection *connection, const char *target)
{
    size_t length = target ? strlen(target) : 0;
    char *grown;

    if (length >= connection->target_size) {
        grown = realloc(connection->target, length + 1);
        if (!grown)
            return false;
        connection->target = grown;
        connection->target_size = length + 1;
    }
    if (length)
        memcpy(connection->target, target, length);
    connection->target[length] = '\0';
    connection->target_length = length;
    connection->raw_target = target;
    return true;
}

void connection_fill(struct connection *connection, const char *method,
                     const struct field_list *list)
{
    struct http_request *request = &connection->request;
    size_t count = list->count < HTTP_FIELDS_MAX ? list->count : HTTP_FIELDS_MAX;

    request->method = method;
    request->path = "/";
    request->query = NULL;
    for (size_t i = 0; i < count; i++)
        request->fields[i] = (struct http_field){list->fields[i].name, list->fields[i].value};
    request->field_count = count;
    memcpy(request->peer, connection->peer, sizeof request->peer);
    request->peer_is_local = connection->is_local;
    request->began_us = porter_now_us();
}

/* A whole address, as proxies send it, loses its host. */
void connection_split_target(struct connection *connection)
{
    struct http_request *request = &connection->request;
    char *target = connection->target, *mark;

    if (*target != '/') {
        target = strstr(target, "//") + 2;
        target += strcspn(target, "/?");
    }
    mark = strchr(target, '?');
    if (mark)
        *mark++ = '\0';
    request->path = *target ? target : "/";
    request->query = mark;
}

/* Room for so much body; grows as it comes, so that an announcement alone costs nothing. */
static bool body_grow(struct connection *connection, size_t need)
{
    size_t capacity = connection->body_capacity ? connection->body_capacity : BODY_FIRST;
    char *grown;

    if (need <= connection->body_capacity)
        return true;
    while (capacity < need)
        capacity *= 2;
    if (capacity > connection->allowed)
        capacity = connection->allowed;
    grown = realloc(connection->body, capacity);
    if (!grown)
        return false;
    connection->body = grown;
    connection->body_capacity = capacity;
    return true;
}

bool connection_gather(struct connection *connection, const char *data, size_t length)
{
    struct http_request *request = &connection->request;

    if (!body_grow(connection, request->body_length + length))
        return false;
    memcpy(connection->body + request->body_length, data, length);
    request->body = connection->body;
    request->body_length += length;
    return true;
}

void connection_drop_body(struct connection *connection)
{
    free(connection->body);
    connection->body = NULL;
    connection->body_capacity = 0;
    connection->request.body = NULL;
    connection->request.body_length = 0;
}

void connection_clear(struct connection *connection)
{
    struct http_request *request = &connection->request;

    http_response_release(&request->response);
    request->response = (struct http_response){.file = -1};
    request->user = NULL;
    connection_drop_body(connection);
    connection->phase = PHASE_LINE;
    connection->at_work = connection->in_hand = false;
    connection->again = NULL;
    connection->chunked = false;
    connection->surplus = 0;
}
