/* The server's promises over real sockets; what is in doubt is in test_framing.c. */
#include "tests/http/echo.h"
#include "tests/support/test.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void answers_in_order(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    int fd;

    CU_ASSERT_FATAL(echo_start(&echo));
    fd = echo_connect(&echo);
    echo_say(fd, GET("/echo?1") GET("/later?2") "POST /echo HTTP/1.1\r\nHost: a\r\n"
                                                "Content-Length: 2\r\n\r\n33" GET("/later?4")
                                                    GET("/shared") GET("/no"));
    echo_hear(fd, &answer, false);
    CU_ASSERT_STRING_EQUAL(answer.body, "GET /echo?1");
    echo_hear(fd, &answer, false);
    CU_ASSERT_STRING_EQUAL(answer.body, "GET /later?2");
    echo_hear(fd, &answer, false);
    CU_ASSERT_STRING_EQUAL(answer.body, "33");
    echo_hear(fd, &answer, false);
    CU_ASSERT_STRING_EQUAL(answer.body, "GET /later?4");
    echo_hear(fd, &answer, false);
    CU_ASSERT_STRING_EQUAL(answer.body, "shared bytes");
    /* refused by admit() without a body to come: the connection goes on */
    echo_hear(fd, &answer, false);
    CU_ASSERT_EQUAL(answer.status, 403);
    echo_say(fd, GET("/file"));
    echo_hear(fd, &answer, false);
    CU_ASSERT_EQUAL(answer.body_length, ECHO_FILE_SIZE);
    CU_ASSERT_EQUAL(http_server_connections(echo.server), 1);
    close(fd);
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.sent, 7);
    CU_ASSERT_EQUAL(echo.untimely, 0);
}

static void head_has_no_body(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 1}};
    int fd;

    CU_ASSERT_FATAL(echo_start(&echo));
    fd = echo_connect(&echo);
    echo_say(fd, "HEAD /shared HTTP/1.1\r\nHost: a\r\n\r\n" GET("/echo"));
    echo_hear(fd, &answer, true);
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.head, "Content-Length: 12\r\n"));
    echo_hear(fd, &answer, false);
    CU_ASSERT_STRING_EQUAL(answer.body, "GET /echo");
    close(fd);
    echo_stop(&echo);
}

static void continues(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    int fd;

    CU_ASSERT_FATAL(echo_start(&echo));
    fd = echo_connect(&echo);
    echo_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                 "Content-Length: 3\r\n\r\n");
    echo_hear(fd, &answer, true);
    CU_ASSERT_EQUAL(answer.status, 100);
    echo_say(fd, "abc");
    echo_hear(fd, &answer, false);
    CU_ASSERT_STRING_EQUAL(answer.body, "abc");
    /* refused before anything is sent */
    echo_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                 "Content-Length: 300000\r\n\r\n");
    echo_hear(fd, &answer, false);
    CU_ASSERT_EQUAL(answer.status, 413);
    CU_ASSERT_TRUE(echo_ends(fd, 5000));
    close(fd);
    echo_stop(&echo);
}

/* Sends a byte every few ms until the other side ends it; the bytes it took. */
static size_t dribble(int fd, const char *text, int pause_ms, int most_ms)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    size_t sent = 0;

    for (int spent = 0; spent < most_ms; spent += pause_ms) {
        if (!text[sent] || !echo_send(fd, text + sent++, 1))
            return sent;
        if (poll(&one, 1, pause_ms) > 0)
            return sent;
    }
    return SIZE_MAX;
}

#define LONG_PATH \
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_BODY \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void cuts_off_the_slow(void)
{
    static const char *const slow[] = {
        "GET " LONG_PATH " HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " LONG_BODY "\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 80\r\n\r\n" LONG_BODY,
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" LONG_BODY};
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2, .request_ms = 150, .idle_ms = 200}};
    size_t sent;

    CU_ASSERT_FATAL(echo_start(&echo));
    for (int kept = 0; kept < 2; kept++)
        for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
            int fd = echo_connect(&echo);

            if (kept) {
                echo_say(fd, GET("/echo"));
                echo_hear(fd, &answer, false);
                CU_ASSERT_EQUAL(answer.status, 200);
            }
            sent = dribble(fd, slow[i], 20, 5000);
            CU_ASSERT_TRUE(sent < strlen(slow[i]));
            CU_ASSERT_TRUE(echo_ends(fd, 5000));
            close(fd);
        }
    CU_ASSERT_EQUAL(echo.handled, 4);
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.sent + echo.unsent, echo.admitted);
}

static void cuts_off_the_idle(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2, .request_ms = 100, .idle_ms = 100}};
    int silent, idle, held;

    CU_ASSERT_FATAL(echo_start(&echo));
    silent = echo_connect(&echo);
    idle = echo_connect(&echo);
    held = echo_connect(&echo);
    echo_say(held, GET("/hold"));
    echo_say(idle, GET("/echo"));
    echo_hear(idle, &answer, false);
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_TRUE(echo_ends(silent, 5000));
    CU_ASSERT_TRUE(echo_ends(idle, 5000));
    /* a request at work is not cut off */
    CU_ASSERT_FALSE(echo_ends(held, 300));
    echo_release(&echo);
    echo_hear(held, &answer, false);
    CU_ASSERT_EQUAL(answer.status, 200);
    close(silent);
    close(idle);
    close(held);
    echo_stop(&echo);
}

static void hears_of_the_gone(void)
{
    struct echo echo = {.options = {.threads = 2}};
    const struct timespec moment = {.tv_nsec = 20000000};
    const struct linger reset = {1, 0};
    int fd, other;

    CU_ASSERT_FATAL(echo_start(&echo));
    fd = echo_connect(&echo);
    other = echo_connect(&echo);
    echo_say(fd, GET("/hold"));
    echo_say(other, GET("/hold"));
    CU_ASSERT_TRUE(echo_wait(&echo.handled, 2));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    close(other);
    nanosleep(&moment, NULL);
    CU_ASSERT_EQUAL(echo.sent + echo.unsent, 0);
    CU_ASSERT_EQUAL(http_server_in_hand(echo.server), 2);
    while (echo_held(&echo) < 2)
        nanosleep(&moment, NULL);
    echo_release(&echo);
    for (int i = 0; i < 500 && echo.sent + echo.unsent < 2; i++)
        nanosleep(&moment, NULL);
    CU_ASSERT_EQUAL(echo.sent + echo.unsent, 2);
    CU_ASSERT_TRUE(echo.unsent >= 1); /* that whose client reset it */
    CU_ASSERT_EQUAL(http_server_in_hand(echo.server), 0);
    /* gone in the middle of its body: never handed over */
    fd = echo_connect(&echo);
    echo_say(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    CU_ASSERT_TRUE(echo_wait(&echo.admitted, 3));
    close(fd);
    for (int i = 0; i < 500 && echo.sent + echo.unsent < 3; i++)
        nanosleep(&moment, NULL);
    CU_ASSERT_EQUAL(echo.handled, 2);
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.sent + echo.unsent, 3);
    CU_ASSERT_EQUAL(echo.untimely, 0);
}

static void closes_beyond_the_limit(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 3, .connections_max = 8}};
    const struct timespec moment = {.tv_nsec = 1000000};
    int fds[40], open = 0;

    CU_ASSERT_FATAL(echo_start(&echo));
    for (int i = 0; i < 40; i++)
        fds[i] = echo_connect(&echo);
    for (int i = 0; i < 40; i++) {
        echo_say(fds[i], GET("/echo"));
        echo_hear(fds[i], &answer, false);
        open += answer.status == 200;
    }
    CU_ASSERT_EQUAL(open, 8);
    CU_ASSERT_EQUAL(http_server_connections(echo.server), 8);
    for (int i = 0; i < 40; i++)
        close(fds[i]);
    for (int i = 0; i < 10000 && http_server_connections(echo.server); i++)
        nanosleep(&moment, NULL);
    CU_ASSERT_EQUAL(http_server_connections(echo.server), 0);
    for (int i = 0; i < 8; i++) {
        bool ended;

        CU_ASSERT_EQUAL(echo_ask(&echo, GET("/echo"), strlen(GET("/echo")), &answer, &ended), 200);
    }
    echo_stop(&echo);
}

static bool allow_files(rlim_t count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    if (limit.rlim_cur >= count)
        return true;
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= count;
}

/* The connections that send a request at once, wait for all answers, and do it again. */
static void lock_step(const char *request, int connections, int rounds)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    int fds[512], answered = 0;

    CU_ASSERT_FATAL(echo_start(&echo));
    for (int i = 0; i < connections; i++)
        fds[i] = echo_connect(&echo);
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < connections; i++)
            echo_say(fds[i], request);
        for (int i = 0; i < connections; i++) {
            echo_hear(fds[i], &answer, false);
            answered += answer.status == 200;
        }
    }
    CU_ASSERT_EQUAL(answered, connections * rounds);
    for (int i = 0; i < connections; i++)
        close(fds[i]);
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.sent, (size_t)(connections * rounds));
    CU_ASSERT_EQUAL(echo.untimely, 0);
}

static void keeps_step(void)
{
    if (!allow_files(1200)) {
        test_skip("a process may not open 1200 files here");
        return;
    }
    lock_step(GET("/echo"), 128, 20);
    lock_step(GET("/echo"), 512, 10);
    lock_step(GET("/later"), 256, 10);
    lock_step(GET("/later"), 512, 10);
}

struct caller {
    const struct echo *echo;
    pthread_t thread;
    int requests, wrong;
};

static void *call(void *context)
{
    struct caller *caller = context;
    struct answer *answer = malloc(sizeof *answer);
    char request[256], expected[64];
    int fd = echo_connect(caller->echo);

    for (int i = 0; answer && i < caller->requests; i++) {
        snprintf(expected, sizeof expected, "GET /later?%p-%d", context, i);
        snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: a\r\n\r\n", expected);
        echo_say(fd, request);
        echo_hear(fd, answer, false);
        caller->wrong += strcmp(answer->body, expected) != 0;
    }
    close(fd);
    free(answer);
    return NULL;
}

static void answers_from_anywhere(void)
{
    struct echo echo = {.options = {.threads = 2}};
    struct caller callers[64] = {0};

    CU_ASSERT_FATAL(echo_start(&echo));
    for (int i = 0; i < 64; i++) {
        callers[i] = (struct caller){.echo = &echo, .requests = test_is_long() ? 2000 : 100};
        pthread_create(&callers[i].thread, NULL, call, &callers[i]);
    }
    for (int i = 0; i < 64; i++) {
        pthread_join(callers[i].thread, NULL);
        CU_ASSERT_EQUAL(callers[i].wrong, 0);
    }
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.sent, (size_t)callers[0].requests * 64);
    CU_ASSERT_EQUAL(echo.untimely, 0);
}

static void *call_until_gone(void *context)
{
    const struct caller *caller = context;
    struct answer *answer = calloc(1, sizeof *answer);
    int fd = -1;

    for (bool alive = answer != NULL; alive;) {
        if (fd < 0)
            fd = echo_connect(caller->echo);
        alive = fd >= 0;
        if (alive && echo_say(fd, GET("/later")))
            echo_hear(fd, answer, false);
        if (alive && (!answer->status || strstr(answer->head, "close"))) {
            close(fd);
            fd = -1;
        }
    }
    free(answer);
    return NULL;
}

/* What was handed over is answered, however soon the stop comes after that. */
static void stop_waits_for_answers(void)
{
    static struct answer answer;
    int fds[16];

    for (int round = 0; round < 20; round++) {
        struct echo echo = {.options = {.threads = 2}};

        CU_ASSERT_FATAL(echo_start(&echo));
        for (int i = 0; i < 16; i++) {
            fds[i] = echo_connect(&echo);
            echo_say(fds[i], i % 2 ? GET("/hold/again") : GET("/hold"));
        }
        while (echo_held(&echo) < 16)
            sched_yield();
        echo_stop(&echo);
        for (int i = 0; i < 16; i++) {
            echo_hear(fds[i], &answer, false);
            CU_ASSERT_EQUAL(answer.status, 200);
            close(fds[i]);
        }
        CU_ASSERT_EQUAL(echo.sent, 16);
        CU_ASSERT_EQUAL(echo.untimely, 0);
    }
}

/* The callers go on sending on the connections they have. */
static void stops_under_load(void)
{
    struct caller callers[16] = {0};

    for (int round = 0; round < 10; round++) {
        struct echo echo = {.options = {.threads = 2}};

        CU_ASSERT_FATAL(echo_start(&echo));
        for (int i = 0; i < 16; i++) {
            callers[i].echo = &echo;
            pthread_create(&callers[i].thread, NULL, call_until_gone, &callers[i]);
        }
        CU_ASSERT_TRUE(echo_wait(&echo.handled, 200));
        echo_stop(&echo);
        for (int i = 0; i < 16; i++)
            pthread_join(callers[i].thread, NULL);
        CU_ASSERT_EQUAL(echo.sent + echo.unsent, echo.admitted);
        CU_ASSERT_EQUAL(echo.untimely, 0);
    }
}

static void quiesces(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    int held, kept, late;

    CU_ASSERT_FATAL(echo_start(&echo));
    held = echo_connect(&echo);
    kept = echo_connect(&echo);
    echo_say(held, GET("/hold"));
    echo_say(kept, GET("/echo"));
    echo_hear(kept, &answer, false);
    CU_ASSERT_PTR_NULL(strstr(answer.head, "Connection: close"));
    CU_ASSERT_TRUE(echo_wait(&echo.handled, 2));
    late = echo_connect(&echo); /* connected by the kernel, perhaps not by the server yet */
    http_server_quiesce(echo.server);
    CU_ASSERT_EQUAL(echo_connect(&echo), -1);
    CU_ASSERT_EQUAL(errno, ECONNREFUSED);
    /* an answer may be heard before the server has put its request away */
    for (int i = 0; i < 5000 && http_server_in_hand(echo.server) != 1; i++)
        usleep(1000);
    CU_ASSERT_EQUAL(http_server_in_hand(echo.server), 1);
    echo_release(&echo);
    for (int i = 0; i < 3; i++) {
        int fd = i == 0 ? held : i == 1 ? kept : late;

        if (i)
            echo_say(fd, GET("/echo"));
        echo_hear(fd, &answer, false);
        CU_ASSERT_EQUAL(answer.status, 200);
        CU_ASSERT_PTR_NOT_NULL(strstr(answer.head, "Connection: close"));
        CU_ASSERT_TRUE(echo_ends(fd, 5000));
        close(fd);
    }
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.sent, 4);
}

static void works_on_a_unix_socket(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    char folder[64];
    bool ended;

    test_folder(folder, sizeof folder);
    snprintf(echo.address, sizeof echo.address, "unix:%s/s", folder);
    CU_ASSERT_FATAL(echo_start(&echo));
    CU_ASSERT_STRING_EQUAL(echo.shown, echo.address);
    CU_ASSERT_EQUAL(echo_ask(&echo, GET("/echo"), strlen(GET("/echo")), &answer, &ended), 200);
    CU_ASSERT_FALSE(ended);
    CU_ASSERT_EQUAL(echo_ask(&echo, GET("/file"), strlen(GET("/file")), &answer, &ended), 200);
    CU_ASSERT_EQUAL(answer.body_length, ECHO_FILE_SIZE);
    echo_stop(&echo);
    CU_ASSERT_NOT_EQUAL(access(echo.shown + 5, F_OK), 0);
}

static size_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size, resident = 0;
    char line[128] = "";
    char *end;

    if (file && fgets(line, sizeof line, file)) {
        size = strtoul(line, &end, 10);
        resident = strtoul(end, NULL, 10);
        (void)size;
    }
    if (file)
        fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Whose memory is not ours alone then. */
static bool is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
    return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
    return false;
#endif
}

/* What a connection may cost: its head's memory, its body so far, and what is kept about it. */
#define HALF_OPEN_MAX (HTTP_HEAD_MAX + ECHO_BODY_MAX + 8192)

static void half_open_is_bounded(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2, .connections_max = 1000}};
    size_t before, used;
    bool ended;
    int fds[1000];

    if (!allow_files(2200)) {
        test_skip("a process may not open 2200 files here");
        return;
    }
    CU_ASSERT_FATAL(echo_start(&echo));
    echo_ask(&echo, GET("/echo"), strlen(GET("/echo")), &answer, &ended);
    before = resident_bytes();
    for (int i = 0; i < 1000; i++) {
        fds[i] = echo_connect(&echo);
        if (i % 2)
            echo_say(fds[i],
                     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\n\r\n" LONG_BODY);
        else
            echo_say(fds[i], "GET /echo HTTP/1.1\r\nHost: a\r\nX: " LONG_BODY);
    }
    CU_ASSERT_TRUE(echo_wait(&echo.admitted, 500));
    used = resident_bytes() - before;
    printf("\n    a half-open request takes %zu bytes ", used / 1000);
    CU_ASSERT_TRUE(is_sanitized() || used <= 1000 * (size_t)HALF_OPEN_MAX);
    for (int i = 0; i < 1000; i++)
        close(fds[i]);
    echo_stop(&echo);
}

SUITE(server, {"answers come in the order of the requests", answers_in_order},
      {"HEAD has no body", head_has_no_body}, {"100-continue", continues},
      {"who dribbles is cut off, also on a kept connection", cuts_off_the_slow},
      {"who idles is cut off, who waits for an answer is not", cuts_off_the_idle},
      {"a client that is gone is heard of once, after the answer", hears_of_the_gone},
      {"connections beyond the limit are closed, the server goes on", closes_beyond_the_limit},
      {"128, 256 and 512 connections in lock step", keeps_step},
      {"answers from any thread", answers_from_anywhere}, {"stopped under load", stops_under_load},
      {"a stop waits for answers", stop_waits_for_answers},
      {"quiesced: nobody new, what is in hand is answered", quiesces},
      {"a Unix socket", works_on_a_unix_socket},
      {"half-open requests stay below their bound", half_open_is_bounded});
