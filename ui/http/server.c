#include "ui/http/server.h"

#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include <microhttpd.h>

#include "ui/http/connection.h"
#include "ui/http/intact.h"

/*
 * Built on libmicrohttpd as Debian 12 has it, 0.9.75, whose source this file was held against:
 *
 * - Poll mode, since its epoll mode stalls when hundreds of connections are ready at once.
 * - It is given connections by the porter and listens to nothing itself: so the limit counts all
 *   threads together, and the listener can be closed without a thread still accepting on it.
 * - A response queued in the handler's first call closes the connection; so only requests that are
 *   refused with a body still to come are answered there.
 * - Its parser is lax; intact.h and http_gate.h say what is done about that. Parsers from 1.0 on
 *   refuse NULs, bare CRs, bare LFs and folding by themselves, and lay out their memory otherwise.
 * - Its reader of chunks takes a bare LF for a line's end, which cannot be seen from here; so a
 *   connection ends with the answer to a chunked request, and what follows is never read.
 * - It notices the end of a suspended connection only when that is resumed.
 */
#define IDLE_MS 60000
#define REQUEST_MS 15000
#define CONNECTIONS_MAX 1024
#define THREADS_MAX 8
/* A client has this long to take an answer's first bytes and then a quarter of a millisecond for
   each, 4 kB/s. */
#define TAKING_US_PER_BYTE 250
/* Of a body in chunks that is too large, so much more is read and forgotten, so that its client
   comes to read the refusal. */
#define SURPLUS_MAX (1024 * 1024)
/* A connection's memory also holds a record for each header and then the answer's head, which must
   not fail for want of it: so the head may take three quarters. */
#define HEAD_SHARE_MAX (HTTP_HEAD_MAX / 4 * 3)
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct http_server {
    struct http_handler handler;
    struct MHD_Daemon *daemon;
    struct porter *porter;
    int64_t idle_us, request_us;
    bool secure, is_lax;
    bool starting;
    char complaint[256]; /* what the library said at the start */
    atomic_bool quiescing, stopping;
    atomic_size_t in_hand;
    atomic_size_t at_work; /* handed over, and the answer is not out */
    atomic_size_t resuming; /* threads inside http_server_answer, which wake the daemon */
};

/* --- connections --- */

static struct porter_line *take_connection(void *context, int fd, const struct sockaddr *address,
                                           socklen_t length)
{
    struct connection *connection = connection_new(context, address);

    (void)fd;
    (void)length;
    return connection ? &connection->line : NULL;
}

static void drop_connection(void *context, struct porter_line *line)
{
    (void)context;
    connection_free(connection_of_line(line));
}

static bool admit_connection(void *context, struct porter_line *line,
                             const struct sockaddr *address, socklen_t length)
{
    struct http_server *server = context;

    return MHD_add_connection(server->daemon, line->fd, address, length) == MHD_YES;
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = context;
    struct connection *connection = *socket_context;
    const union MHD_ConnectionInfo *info;
    struct porter_line *line;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        line = porter_begin(server->porter, info->connect_fd);
        connection = line ? connection_of_line(line) : NULL;
        if (connection)
            connection->mhd = mhd;
        *socket_context = connection;
    } else if (connection) {
        *socket_context = NULL;
        porter_leave(server->porter, &connection->line, connection->cut_short);
    }
}

static void allow_us(struct connection *connection, int64_t time_us)
{
    porter_until(&connection->line, porter_now_us() + time_us);
}

/* --- a request's beginning --- */

static struct connection *connection_of_mhd(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

/* The request line came: its target is as sent now, and never again. */
static void *on_request_line(void *context, const char *uri, struct MHD_Connection *mhd)
{
    struct connection *connection = connection_of_mhd(mhd);

    (void)context;
    if (!connection || !connection_keep_target(connection, uri))
        return NULL;
    allow_us(connection, connection->server->request_us);
    return connection;
}

static enum MHD_Result add_field(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t name_length, const char *value, size_t value_length)
{
    struct field_list *list = context;

    (void)kind;
    if (list->count < HTTP_FIELDS_MAX)
        list->fields[list->count] =
            (struct http_gate_field){name, value ? value : "", name_length, value_length};
    list->count++;
    return MHD_YES;
}

static size_t head_length(struct connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info ? info->header_size : 0;
}

static bool is_intact(struct connection *connection, const char *method, const char *version,
                      const struct field_list *list)
{
    struct intact_head head = {
        .method = method,
        .target = connection->raw_target,
        .version = version,
        .target_length = connection->target_length,
        .fields = list->fields,
        .field_count = list->count,
        .length = head_length(connection),
    };

    return !connection->server->is_lax || list->count > HTTP_FIELDS_MAX || intact_check(&head);
}

static void take_in_hand(struct connection *connection)
{
    if (!connection->in_hand)
        atomic_fetch_add_explicit(&connection->server->in_hand, 1, memory_order_relaxed);
    connection->in_hand = true;
}

/* --- answers --- */

static void drop_shared(void *shared)
{
    http_shared_drop(shared);
}

/* The body of an answer, handed over without a copy. */
static struct MHD_Response *wrap_body(struct http_response *response, uint64_t *length)
{
    struct MHD_Response *wrapped;

    if (response->file >= 0) {
        *length = response->file_length;
        wrapped = MHD_create_response_from_fd64(response->file_length, response->file);
        if (wrapped)
            response->file = -1;
        return wrapped;
    }
    if (response->shared) {
        *length = response->shared->length;
        wrapped = MHD_create_response_from_buffer_with_free_callback_cls(
            response->shared->length, response->shared->data, drop_shared, response->shared);
        if (wrapped)
            http_shared_take(response->shared);
        return wrapped;
    }
    *length = response->body.length;
    wrapped = MHD_create_response_from_buffer(response->body.length, response->body.data,
                                              response->body.length ? MHD_RESPMEM_MUST_FREE
                                                                    : MHD_RESPMEM_PERSISTENT);
    if (wrapped && response->body.length)
        response->body.data = NULL; /* its length stays, for whoever counts */
    return wrapped;
}

static bool add_headers(struct MHD_Response *wrapped, const struct http_response *response,
                        bool close)
{
    bool added = true;

    if (response->content_type)
        added = MHD_add_response_header(wrapped, "Content-Type", response->content_type);
    for (size_t i = 0; added && i < response->field_count; i++)
        added =
            MHD_add_response_header(wrapped, response->fields[i].name, response->fields[i].value);
    if (added && close)
        added = MHD_add_response_header(wrapped, "Connection", "close");
    return added;
}

/* Sends the response. MHD_NO closes the connection. */
static enum MHD_Result send_answer(struct connection *connection)
{
    struct http_server *server = connection->server;
    struct http_response *response = &connection->request.response;
    enum MHD_Result queued = MHD_NO;
    uint64_t length = 0;
    bool close = response->close || connection->chunked ||
                 atomic_load_explicit(&server->quiescing, memory_order_relaxed);
    struct MHD_Response *wrapped = wrap_body(response, &length);

    if (!wrapped)
        return MHD_NO;
    allow_us(connection,
             server->idle_us + (int64_t)(length > INT64_MAX / 1000 ? INT64_MAX / 2
                                                                   : length * TAKING_US_PER_BYTE));
    if (add_headers(wrapped, response, close))
        queued = MHD_queue_response(connection->mhd, (unsigned)response->status, wrapped);
    MHD_destroy_response(wrapped);
    return queued;
}

static void refuse(struct connection *connection, enum tk_code code)
{
    struct http_handler *handler = &connection->server->handler;

    take_in_hand(connection);
    handler->refuse(handler->context, &connection->request, code);
    connection->request.response.close = true;
    if (!connection->request.response.status)
        connection->request.response.status = tk_code_http(code);
}

/* --- the phases --- */

static enum MHD_Result on_head(struct connection *connection, const char *method,
                               const char *version)
{
    struct http_server *server = connection->server;
    struct http_request *request = &connection->request;
    struct http_gate_head head = {
        .method = method, .target = connection->target, .version = version};
    struct field_list list;
    uint64_t length = 0;
    enum tk_code code;
    const char *why;

    list.count = 0;
    MHD_get_connection_values_n(connection->mhd, MHD_HEADER_KIND, add_field, &list);
    head.fields = list.fields;
    head.field_count = list.count;
    head.intact = is_intact(connection, method, version, &list);
    connection_fill(connection, method, &list);
    request->secure = server->secure;
    code = http_gate_check(&head, &length, &connection->chunked, &why);
    if (!code && head_length(connection) > HEAD_SHARE_MAX)
        code = TK_HEADERS_TOO_LARGE;
    if (!code) {
        connection_split_target(connection);
        take_in_hand(connection);
        connection->allowed = server->handler.admit(server->handler.context, request);
        if (length > connection->allowed && !request->response.status)
            code = TK_BODY_TOO_LARGE;
    }
    if (code)
        refuse(connection, code);
    connection->phase = request->response.status ? PHASE_REFUSED : PHASE_BODY;
    if (!request->response.status || (!code && !length && !connection->chunked))
        return MHD_YES;
    connection->cut_short = true;
    return send_answer(connection);
}

static enum MHD_Result on_body(struct connection *connection, const char *data, size_t *size)
{
    struct http_request *request = &connection->request;
    size_t length = *size;

    *size = 0;
    if (connection->phase == PHASE_BODY && length > connection->allowed - request->body_length) {
        connection_drop_body(connection);
        connection->phase = PHASE_SURPLUS;
    }
    if (connection->phase == PHASE_SURPLUS) {
        connection->surplus += length;
        return connection->surplus > SURPLUS_MAX ? MHD_NO : MHD_YES;
    }
    if (connection->phase != PHASE_BODY)
        return MHD_YES;
    return connection_gather(connection, data, length) ? MHD_YES : MHD_NO;
}

/* False when the server is about to stop: what has not begun by then does not begin. */
static bool take_to_work(struct connection *connection)
{
    struct http_server *server = connection->server;

    atomic_fetch_add(&server->at_work, 1);
    connection->at_work = !atomic_load(&server->stopping);
    if (!connection->at_work)
        atomic_fetch_sub(&server->at_work, 1);
    return connection->at_work;
}

/* Calls handle(), or what is to be called again, and suspends the connection unless that answered at
   once. */
static enum MHD_Result hand_over(struct connection *connection)
{
    struct http_server *server = connection->server;
    void (*again)(struct http_request *request) = connection->again;

    if (!again && !take_to_work(connection))
        return MHD_NO;
    atomic_store_explicit(&connection->turn, TURN_AT_WORK, memory_order_relaxed);
    connection->again = NULL;
    if (again)
        again(&connection->request);
    else
        server->handler.handle(server->handler.context, &connection->request);
    if (atomic_load_explicit(&connection->turn, memory_order_acquire) == TURN_ANSWERED)
        return connection->again ? hand_over(connection) : send_answer(connection);
    MHD_suspend_connection(connection->mhd);
    if (atomic_exchange(&connection->turn, TURN_SUSPENDED) == TURN_ANSWERED) {
        /* it came meanwhile */
        atomic_store(&connection->turn, TURN_ANSWERED);
        MHD_resume_connection(connection->mhd);
    }
    return MHD_YES;
}

static enum MHD_Result on_whole(struct connection *connection)
{
    if (connection->phase == PHASE_SURPLUS)
        refuse(connection, TK_BODY_TOO_LARGE);
    if (connection->phase != PHASE_BODY)
        return send_answer(connection);
    connection->phase = PHASE_ANSWER;
    porter_until(&connection->line, PORTER_NEVER);
    return hand_over(connection);
}

void http_server_answer(struct http_request *request)
{
    struct connection *connection = connection_of_request(request);
    struct http_server *server = connection->server;

    /* the answer may be out, and the connection gone, before this thread has come back */
    atomic_fetch_add(&server->resuming, 1);
    if (atomic_exchange(&connection->turn, TURN_ANSWERED) == TURN_SUSPENDED)
        MHD_resume_connection(connection->mhd);
    atomic_fetch_sub(&server->resuming, 1);
}

void http_server_again(struct http_request *request, void (*again)(struct http_request *request))
{
    connection_of_request(request)->again = again;
    http_server_answer(request);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **request_context)
{
    struct connection *connection = *request_context;

    (void)context;
    (void)mhd;
    (void)url;
    if (!connection)
        return MHD_NO;
    if (connection->phase == PHASE_LINE)
        return on_head(connection, method, version);
    if (*size)
        return on_body(connection, data, size);
    if (connection->phase != PHASE_ANSWER)
        return on_whole(connection);
    if (atomic_load_explicit(&connection->turn, memory_order_acquire) == TURN_ANSWERED)
        return connection->again ? hand_over(connection) : send_answer(connection);
    return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct connection *connection = *request_context;
    struct http_server *server = context;
    struct http_request *request;

    (void)mhd;
    if (!connection)
        return;
    *request_context = NULL;
    request = &connection->request;
    if (connection->in_hand) {
        server->handler.over(server->handler.context, request,
                             code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
        atomic_fetch_sub_explicit(&server->in_hand, 1, memory_order_release);
    }
    if (connection->at_work)
        atomic_fetch_sub(&server->at_work, 1); /* only now may the server be stopped */
    connection_clear(connection);
    allow_us(connection, server->idle_us);
}

/* --- start and stop --- */

__attribute__((format(printf, 2, 0))) static void on_complaint(void *context, const char *format,
                                                               va_list args)
{
    struct http_server *server = context;

    if (!server->starting || server->complaint[0])
        return;
    vsnprintf(server->complaint, sizeof server->complaint, format, args);
    for (size_t length = strlen(server->complaint);
         length && strchr(".\n", server->complaint[length - 1]); length--)
        server->complaint[length - 1] = '\0';
}

static unsigned threads_of(const struct http_server_options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = options->threads;

    if (!threads)
        threads = processors > THREADS_MAX ? THREADS_MAX
                  : processors > 0         ? (unsigned)processors
                                           : 1;
    return threads;
}

static enum tk_code start_daemon(struct http_server *server,
                                 const struct http_server_options *options, unsigned connections,
                                 struct tk_error *error)
{
    unsigned threads = threads_of(options);
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem items[8];
    int count = 0;

    if (threads > 1)
        items[count++] =
            (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)threads, NULL};
    if (server->secure) {
        flags |= MHD_USE_TLS;
        items[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)options->tls_certificate};
        items[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)options->tls_key};
        items[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES};
    }
    items[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    server->starting = true;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_complaint, server,
        /* each thread alone could take all: the porter counts */
        MHD_OPTION_CONNECTION_LIMIT, connections * threads, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_HEAD_MAX, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    server->starting = false;
    if (server->daemon)
        return TK_OK;
    if (server->secure)
        return tk_fail(error, TK_CONFIG, "The TLS certificate or its key cannot be used: %s.",
                       server->complaint[0] ? server->complaint : "they are not understood");
    return tk_fail(error, TK_UNAVAILABLE, "The HTTP service cannot start: %s.",
                   server->complaint[0] ? server->complaint : "there is no memory");
}

static unsigned tick_of(int64_t idle_us, int64_t request_us)
{
    int64_t tick = (idle_us < request_us ? idle_us : request_us) / 8000;

    return tick < 5 ? 5 : tick > 250 ? 250 : (unsigned)tick;
}

static enum tk_code start_parts(struct http_server *server,
                                const struct http_server_options *options, struct tk_error *error)
{
    unsigned connections = options->connections_max ? options->connections_max : CONNECTIONS_MAX;
    struct porter_options porter = {
        .listener = options->listener,
        .lines_max = connections,
        .first_ms = (unsigned)(server->request_us / 1000),
        .tick_ms = tick_of(server->idle_us, server->request_us),
        .take = take_connection,
        .admit = admit_connection,
        .drop = drop_connection,
        .context = server,
    };
    enum tk_code code = start_daemon(server, options, connections, error);

    if (code) {
        close(options->listener);
        return code;
    }
    code = porter_open(&porter, &server->porter, error);
    if (code)
        MHD_stop_daemon(server->daemon);
    else
        porter_open_door(server->porter);
    return code;
}

enum tk_code http_server_start(const struct http_server_options *options,
                               struct http_server **result, struct tk_error *error)
{
    struct http_server *server = calloc(1, sizeof *server);
    sigset_t all, before;
    enum tk_code code;

    if (!server) {
        close(options->listener);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    server->handler = options->handler;
    server->idle_us = (int64_t)(options->idle_ms ? options->idle_ms : IDLE_MS) * 1000;
    server->request_us = (int64_t)(options->request_ms ? options->request_ms : REQUEST_MS) * 1000;
    server->secure = options->tls_certificate != NULL;
    server->is_lax = strncmp(MHD_get_version(), "0.", 2) == 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    code = start_parts(server, options, error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code) {
        free(server);
        return code;
    }
    *result = server;
    return TK_OK;
}

void http_server_quiesce(struct http_server *server)
{
    atomic_store(&server->quiescing, true);
    porter_quiesce(server->porter);
}

size_t http_server_connections(const struct http_server *server)
{
    return porter_count(server->porter);
}

size_t http_server_in_hand(const struct http_server *server)
{
    return atomic_load(&server->in_hand);
}

void http_server_stop(struct http_server *server)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    if (!server)
        return;
    http_server_quiesce(server);
    atomic_store(&server->stopping, true);
    while (atomic_load(&server->at_work) || atomic_load(&server->resuming))
        nanosleep(&moment, NULL);
    MHD_stop_daemon(server->daemon);
    porter_close(server->porter);
    free(server);
}
