/* The service's log: what stands in it, what never does, and what a reader that stalls may cost. */
#include "ui/http/watch.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/support/test.h"

#define THREADS 4
#define ROUNDS 5000

static const struct route some_routes[] = {
    {.method = "GET", .path = "/v1/slots/{slotId}", .flags = 0},
    {.method = "POST", .path = "/v1/tickets", .flags = ROUTE_CHANGES},
};

/* Everything that comes out of a pipe until its end; the caller frees it. */
static char *read_all(int fd)
{
    struct buffer text;
    char bytes[65536];
    ssize_t count;

    buffer_init(&text, 64 << 20);
    while ((count = read(fd, bytes, sizeof bytes)) > 0)
        buffer_add(&text, bytes, (size_t)count);
    CU_ASSERT_FALSE(text.failed);
    return text.data ? text.data : strdup("");
}

/* Lines that have a part; a line at a time: sanitizers look at all of a text that strstr gets. */
static size_t count_of(const char *text, const char *part)
{
    const char *end = text + strlen(text), *next;
    size_t count = 0;

    for (; (next = memchr(text, '\n', (size_t)(end - text))); text = next + 1)
        count += memmem(text, (size_t)(next - text), part, strlen(part)) != NULL;
    return count;
}

static bool lines_are_json(char *text)
{
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n")) && *line) {
        struct json *json = NULL;

        if (json_read(line, strlen(line), &json, NULL)) {
            fprintf(stderr, "not JSON: %s\n", line);
            return false;
        }
        json_free(json);
    }
    return line != NULL;
}

static struct exchange *some_exchange(struct http_request *request)
{
    static struct exchange x;

    *request = (struct http_request){.method = "GET",
                                     .path = "/v1/slots/100001",
                                     .query = "userName=Ada+Lovelace&userPhoneNumber=4912345678",
                                     .peer = "192.0.2.7"};
    request->response = (struct http_response){.status = 200, .file = -1};
    x = (struct exchange){.request = request, .route = &some_routes[0], .has_device = true};
    x.device = (struct device){.name = "till-1"};
    snprintf(x.variables[0], sizeof x.variables[0], "100001");
    snprintf(x.request_id, sizeof x.request_id, "r-1");
    snprintf(x.traceparent, sizeof x.traceparent,
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    return &x;
}

/* What a log of that level says about one request. */
static char *log_one(enum log_level level, const struct exchange *x, bool sent)
{
    struct service_log *log;
    char *text;
    int ends[2];

    CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
    log = service_log_open(ends[1], level);
    CU_ASSERT_PTR_NOT_NULL_FATAL(log);
    service_log_request(log, x, sent, 1234);
    service_log_close(log);
    close(ends[1]);
    text = read_all(ends[0]);
    close(ends[0]);
    return text;
}

static void test_log_request(void)
{
    struct http_request request;
    struct exchange *x = some_exchange(&request);
    char *text = log_one(LOG_ALL, x, true);

    CU_ASSERT(text[0] == '{' && strncmp(text, "{\"time\":\"20", 11) == 0 && text[32] == 'Z');
    CU_ASSERT_STRING_EQUAL(
        strchr(text, ',') + 1,
        "\"level\":\"info\",\"event\":\"request\",\"method\":\"GET\","
        "\"route\":\"/v1/slots/{slotId}\","
        "\"path\":\"/v1/slots/100001\",\"status\":200,\"code\":\"ok\",\"ms\":1.234,\"bytes\":0,"
        "\"device\":\"till-1\",\"peer\":\"192.0.2.7\",\"requestId\":\"r-1\","
        "\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"b7ad6b7169203331\"}\n");
    free(text);
}

static void test_log_keeps_silent(void)
{
    struct http_request request;
    struct exchange *x = some_exchange(&request);
    char *text;

    snprintf(x->variables[0], sizeof x->variables[0], "Ada Lovelace");
    text = log_one(LOG_ALL, x, true);
    CU_ASSERT_PTR_NULL(strstr(text, "Ada"));
    CU_ASSERT_PTR_NULL(strstr(text, "4912345678"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"path\":\"/v1/slots/{slotId}\""));
    free(text);
    x->route = NULL;
    request.path = "/Ada/4912345678";
    text = log_one(LOG_ALL, x, true);
    CU_ASSERT_PTR_NULL(strstr(text, "Ada"));
    CU_ASSERT_PTR_NULL(strstr(text, "4912345678"));
    free(text);
}

static void test_log_cleans(void)
{
    struct http_request request;
    struct exchange *x = some_exchange(&request);
    char *text;

    snprintf(x->request_id, sizeof x->request_id, "a\x1b[2J\r\nb\xff\"\\");
    request.method = "G\nET\x01";
    x->route = NULL;
    text = log_one(LOG_ALL, x, true);
    for (const char *at = text; at[0] && at[1]; at++)
        CU_ASSERT((unsigned char)*at >= 0x20);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"requestId\":\"a[2J b\xEF\xBF\xBD\\\"\\\\\""));
    CU_ASSERT_TRUE(lines_are_json(text));
    free(text);
}

static void test_log_levels(void)
{
    static const struct {
        enum log_level level;
        int status;
        size_t route, operations;
        bool sent, logged;
    } cases[] = {
        {LOG_ALL, 200, 0, 0, true, true},       {LOG_CHANGES, 200, 0, 0, true, false},
        {LOG_CHANGES, 201, 1, 0, true, true},   {LOG_CHANGES, 200, 0, 1, true, true},
        {LOG_PROBLEMS, 201, 1, 1, true, false}, {LOG_PROBLEMS, 500, 0, 0, true, true},
        {LOG_PROBLEMS, 401, 0, 0, true, true},  {LOG_PROBLEMS, 404, 0, 0, true, false},
        {LOG_PROBLEMS, 200, 0, 0, false, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request;
        struct exchange *x = some_exchange(&request);
        char *text;

        request.response.status = cases[i].status;
        x->route = &some_routes[cases[i].route];
        x->operation_count = cases[i].operations;
        text = log_one(cases[i].level, x, cases[i].sent);
        CU_ASSERT_EQUAL(text[0] != '\0', cases[i].logged);
        free(text);
    }
}

static void *say_much(void *log)
{
    for (int i = 0; i < ROUNDS; i++)
        service_log_say(log, "info", "much", "line %d of a length that lets lines be cut", i);
    return NULL;
}

struct reading {
    int fd;
    char *text;
};

static void *read_in_thread(void *argument)
{
    struct reading *reading = argument;

    reading->text = read_all(reading->fd);
    return NULL;
}

/* Someone reads: nothing is lost, and no line is torn. */
static void test_log_threads(void)
{
    pthread_t threads[THREADS], reader;
    struct service_log *log;
    struct reading reading;
    int ends[2];

    CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
    reading = (struct reading){.fd = ends[0]};
    log = service_log_open(ends[1], LOG_ALL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(log);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, read_in_thread, &reading), 0);
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, say_much, log), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    service_log_close(log);
    close(ends[1]);
    pthread_join(reader, NULL);
    close(ends[0]);
    CU_ASSERT(count_of(reading.text, "\"event\":\"much\"") == (size_t)THREADS * ROUNDS ||
              strstr(reading.text, "log_lost"));
    CU_ASSERT_TRUE(lines_are_json(reading.text));
    free(reading.text);
}

/* Nobody reads: whoever logs goes on; what does not fit is counted, and told when one reads. */
static void test_log_stalled(void)
{
    struct service_log *log;
    struct reading reading;
    pthread_t reader;
    uint64_t lost;
    size_t said = 0;
    int ends[2];

    CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
    reading = (struct reading){.fd = ends[0]};
    log = service_log_open(ends[1], LOG_ALL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(log);
    for (; !service_log_lost(log) && said < 1000000; said++)
        service_log_say(log, "info", "said", "%0303d", 0); /* leaves room for a short one */
    /* two buffers and the pipe hold what was said, no more */
    CU_ASSERT(said > 1000 && said < 10000);
    service_log_say(log, "info", "said", "Short."); /* not before the loss is told */
    CU_ASSERT_EQUAL(service_log_lost(log), 2);
    said++;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, read_in_thread, &reading), 0);
    do {
        lost = service_log_lost(log);
        service_log_say(log, "info", "said", "Again.");
        said++;
    } while (service_log_lost(log) != lost);
    service_log_close(log);
    close(ends[1]);
    pthread_join(reader, NULL);
    close(ends[0]);
    CU_ASSERT_EQUAL(count_of(reading.text, "\"event\":\"log_lost\""), 1);
    CU_ASSERT_EQUAL(count_of(reading.text, "\"event\":\"said\"") + lost, said);
    /* the loss is told where it happened */
    CU_ASSERT(strstr(reading.text, "Again.") > strstr(reading.text, "log_lost"));
    CU_ASSERT_TRUE(lines_are_json(reading.text));
    free(reading.text);
}

/* Nobody will ever read: the end comes all the same. */
static void test_log_end(void)
{
    struct service_log *log;
    int ends[2];

    CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
    log = service_log_open(ends[1], LOG_ALL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(log);
    while (!service_log_lost(log))
        service_log_say(log, "info", "early", "line");
    service_log_close(log);
    close(ends[0]);
    log = service_log_open(ends[1], LOG_ALL); /* a closed pipe: no signal either */
    CU_ASSERT_PTR_NOT_NULL_FATAL(log);
    service_log_say(log, "info", "late", "line");
    service_log_close(log);
    close(ends[1]);
    service_log_close(NULL);
    service_log_say(NULL, "info", "none", "line");
}

SUITE(log, {"the log has one line with everything about a request", test_log_request},
      {"the log names no person, phone or query string", test_log_keeps_silent},
      {"what clients send is cleaned before it is logged", test_log_cleans},
      {"the log's level chooses the requests", test_log_levels},
      {"threads log whole lines", test_log_threads},
      {"a reader that stalls loses lines and holds up nobody", test_log_stalled},
      {"the log ends even when nobody reads", test_log_end})
