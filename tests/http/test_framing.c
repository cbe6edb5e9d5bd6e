/* Requests whose framing is in doubt, as raw bytes over a real socket. */
#include "tests/http/echo.h"
#include "tests/support/test.h"

#include <unistd.h>

#define LINE "GET /echo HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define POST "POST /echo HTTP/1.1\r\n" HOST

struct attack {
    const char *what;
    const char *bytes;
    size_t length;
    int status;
    bool by_parser; /* libmicrohttpd answers it, and 0.9.75 says so twice in a row */
};

#define RAW(bytes) bytes, sizeof(bytes) - 1

static const struct attack attacks[] = {
    {"no Host", RAW(LINE "\r\n"), 400, false},
    {"two Hosts", RAW(LINE HOST "Host: b\r\n\r\n"), 400, false},
    {"two equal Hosts", RAW(LINE HOST HOST "\r\n"), 400, false},
    {"a Host with a blank", RAW(LINE "Host: a b\r\n\r\n"), 400, false},
    {"a Host with a user", RAW(LINE "Host: u@a\r\n\r\n"), 400, false},
    {"a space before the colon", RAW(LINE HOST "X : y\r\n\r\n"), 400, false},
    {"a space before the Host's colon", RAW(LINE "Host : a\r\n\r\n"), 400, false},
    {"a tab before the colon", RAW(LINE HOST "X\t: y\r\n\r\n"), 400, false},
    {"no name", RAW(LINE HOST ": y\r\n\r\n"), 400, false},
    {"no colon", RAW(LINE HOST "X y\r\n\r\n"), 400, false},
    {"a name with a bracket", RAW(LINE HOST "X(y): z\r\n\r\n"), 400, false},
    {"differing lengths", RAW(POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400,
     false},
    {"equal lengths", RAW(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400, false},
    {"a list of lengths", RAW(POST "Content-Length: 3, 3\r\n\r\nabc"), 400, true},
    {"a negative length", RAW(POST "Content-Length: -3\r\n\r\nabc"), 400, true},
    {"a length with a plus", RAW(POST "Content-Length: +3\r\n\r\nabc"), 400, true},
    {"a length in hex", RAW(POST "Content-Length: 0x3\r\n\r\nabc"), 400, true},
    {"a length with letters after it", RAW(POST "Content-Length: 3a\r\n\r\nabc"), 400, true},
    {"an empty length", RAW(POST "Content-Length:\r\n\r\n"), 400, true},
    {"a length and chunks",
     RAW(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, false},
    {"chunks and a length",
     RAW(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), 400, false},
    {"an unknown coding", RAW(POST "Transfer-Encoding: gzip\r\n\r\n"), 501, false},
    {"two codings in one", RAW(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501,
     false},
    {"chunked twice",
     RAW(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400,
     false},
    {"chunked twice in one", RAW(POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), 501,
     false},
    {"a coding in HTTP/1.0",
     RAW("POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, false},
    {"a coding with a control",
     RAW(POST "Transfer-Encoding: \x0B"
              "chunked\r\n\r\n0\r\n\r\n"),
     400, false},
    {"an unknown method", RAW("BREW /echo HTTP/1.1\r\n" HOST "\r\n"), 501, false},
    {"a method with a bracket", RAW("GE(T /echo HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a bare CR in a value", RAW(LINE HOST "X: a\rb\r\n\r\n"), 400, false},
    {"a bare CR in a name", RAW(LINE HOST "X\ry: b\r\n\r\n"), 400, false},
    {"a bare CR in the target", RAW("GET /e\rcho HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"two CRs", RAW(LINE HOST "X: a\r\r\n\r\n"), 400, false},
    {"a bare LF after the request line", RAW("GET /echo HTTP/1.1\n" HOST "\r\n"), 400, false},
    {"a bare LF after the first header", RAW(LINE "Host: a\nX: y\r\n\r\n"), 400, false},
    {"a bare LF after the last header", RAW(LINE HOST "X: y\n\r\n"), 400, false},
    {"a bare LF at the end", RAW(LINE HOST "X: y\r\n\n"), 400, false},
    {"bare LFs only", RAW("GET /echo HTTP/1.1\nHost: a\n\n"), 400, false},
    {"a NUL in a value", RAW(LINE HOST "X: a\0b\r\n\r\n"), 400, false},
    {"a NUL in a value, more after it", RAW(LINE "X: a\0b\r\n" HOST "\r\n"), 400, false},
    {"a NUL at a value's end", RAW(LINE HOST "X: a\0\r\n\r\n"), 400, false},
    {"a NUL at a value's end, more after it", RAW(LINE "X: a\0\r\n" HOST "\r\n"), 400, false},
    {"a NUL at a value's beginning", RAW(LINE HOST "X: \0a\r\n\r\n"), 400, false},
    {"a NUL in a name", RAW(LINE HOST "X\0y: a\r\n\r\n"), 400, false},
    {"a NUL at a name's end", RAW(LINE HOST "X\0: a\r\n\r\n"), 400, false},
    {"a NUL in the target", RAW("GET /e\0cho HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a NUL at the target's end", RAW("GET /echo\0 HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a NUL in the query", RAW("GET /echo?a=b\0c HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a NUL in the method", RAW("GE\0T /echo HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a NUL hiding a length",
     RAW(POST "Content-Length: 3\0"
              "0\r\n\r\nabc"),
     400, false},
    {"a folded value", RAW(LINE HOST "X: a\r\n b\r\n\r\n"), 400, false},
    {"a folded value, more after it", RAW(LINE "X: a\r\n b\r\n" HOST "\r\n"), 400, false},
    {"a value folded with a tab", RAW(LINE HOST "X: a\r\n\tb\r\n\r\n"), 400, false},
    {"a value folded with blanks alone", RAW(LINE HOST "X: a\r\n  \r\n\r\n"), 400, false},
    {"a fold before the first header", RAW(LINE " X: a\r\n" HOST "\r\n"), 400, false},
    {"a folded coding", RAW(POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), 400, false},
    {"a blank in the target", RAW("GET /ec ho HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a tab in the target", RAW("GET /ec\tho HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"two blanks before the target", RAW("GET  /echo HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a target that is no path", RAW("GET echo HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"a fragment in the target", RAW("GET /echo#x HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {"no version", RAW("GET /echo\r\n" HOST "\r\n"), 400, false},
    {"a version in small letters", RAW("GET /echo http/1.1\r\n" HOST "\r\n"), 400, false},
    {"a blank after the version", RAW("GET /echo HTTP/1.1 \r\n" HOST "\r\n"), 400, false},
    {"version 2", RAW("GET /echo HTTP/2.0\r\n" HOST "\r\n"), 505, false},
};

static void refuses_doubt(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    bool ended;

    CU_ASSERT_FATAL(echo_start(&echo));
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        const struct attack *one = &attacks[i];
        int status = echo_ask(&echo, one->bytes, one->length, &answer, &ended);

        if (status != one->status || !ended || !strstr(answer.head, "Connection: close"))
            printf("\n    %s: %d, %s", one->what, status, ended ? "closed" : "left open");
        CU_ASSERT_EQUAL(status, one->status);
        CU_ASSERT_TRUE(ended);
        CU_ASSERT_PTR_NOT_NULL(strstr(answer.head, "Connection: close"));
        /* one answer, not two in a row */
        CU_ASSERT_TRUE(one->by_parser || !strstr(answer.body, "HTTP/1.1"));
    }
    CU_ASSERT_EQUAL(atomic_load(&echo.handled), 0);
    echo_stop(&echo);
    CU_ASSERT_EQUAL(echo.admitted, 0);
    CU_ASSERT_EQUAL(echo.refused, echo.sent + echo.unsent);
}

/* However the bytes are cut on their way. */
static void refuses_doubt_in_pieces(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    uint64_t state = test_seed();

    CU_ASSERT_FATAL(echo_start(&echo));
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        const struct attack *one = &attacks[i];
        size_t cut = test_random_below(&state, one->length), sent;
        int fd = echo_connect(&echo);

        CU_ASSERT_FATAL(fd >= 0);
        echo_send(fd, one->bytes, cut);
        sent = cut + test_random_below(&state, one->length - cut);
        usleep(300); /* the pieces may arrive as one: then this round tries what the last did */
        echo_send(fd, one->bytes + cut, sent - cut);
        usleep(300);
        echo_send(fd, one->bytes + sent, one->length - sent);
        echo_hear(fd, &answer, false);
        if (answer.status != one->status)
            printf("\n    %s, cut at %zu and %zu: %d", one->what, cut, sent, answer.status);
        CU_ASSERT_EQUAL(answer.status, one->status);
        close(fd);
    }
    CU_ASSERT_EQUAL(atomic_load(&echo.handled), 0);
    echo_stop(&echo);
}

struct fair {
    const char *what, *bytes, *body;
};

static const struct fair fairs[] = {
    {"plain", LINE HOST "\r\n", "GET /echo"},
    {"a query", "GET /echo?a=%41&b=+&&?=%zz HTTP/1.1\r\n" HOST "\r\n",
     "GET /echo?a=%41&b=+&&?=%zz"},
    {"an empty query", "GET /echo? HTTP/1.1\r\n" HOST "\r\n", "GET /echo?"},
    {"an escaped path", "GET /e%63ho%00%2F HTTP/1.1\r\n" HOST "\r\n", "GET /e%63ho%00%2F"},
    {"a whole address", "GET http://a:80/echo?x HTTP/1.1\r\n" HOST "\r\n", "GET /echo?x"},
    {"a whole address without a path", "GET http://a?x HTTP/1.1\r\n" HOST "\r\n", "GET /?x"},
    {"an empty line before", "\r\n" LINE HOST "\r\n", "GET /echo"},
    {"an empty Host", LINE "Host:\r\n\r\n", "GET /echo"},
    {"an IPv6 Host", LINE "Host: [::1]:8477\r\n\r\n", "GET /echo"},
    {"no blank after the colon", LINE "Host:a\r\nX:y\r\n\r\n", "GET /echo"},
    {"blanks around values", LINE "Host: \t a \t\r\nX:  y  \r\nZ:\t \r\n\r\n", "GET /echo"},
    {"colons in values", LINE HOST "X: a: b: c\r\n\r\n", "GET /echo"},
    {"values above ASCII", LINE HOST "X: \xC3\xA4\r\n\r\n", "GET /echo"},
    {"cookies", LINE HOST "Cookie: a=b; c=\"d\"; e\r\n\r\n", "GET /echo"},
    {"PATCH", "PATCH /echo HTTP/1.1\r\n" HOST "\r\n", "PATCH /echo"},
    {"a body", POST "Content-Length: 3\r\n\r\nabc", "abc"},
    {"a body of none", POST "Content-Length: 0\r\n\r\n", "POST /echo"},
    {"a length with zeros", POST "Content-Length: 003\r\n\r\nabc", "abc"},
    {"chunks",
     POST "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrail: er\r\n\r\n",
     "abcde"},
};

static void takes_what_is_fair(void)
{
    static struct answer answer;
    struct echo echo = {.options = {.threads = 2}};
    bool ended;

    CU_ASSERT_FATAL(echo_start(&echo));
    for (size_t i = 0; i < sizeof fairs / sizeof fairs[0]; i++) {
        const struct fair *one = &fairs[i];
        int status = echo_ask(&echo, one->bytes, strlen(one->bytes), &answer, &ended);

        if (status != 200)
            printf("\n    %s: %d %s", one->what, status, answer.body);
        CU_ASSERT_EQUAL(status, 200);
        CU_ASSERT_STRING_EQUAL(answer.body, one->body);
        /* after chunks nothing more is read: their ends are not beyond doubt */
        CU_ASSERT_EQUAL(ended, strcmp(one->what, "chunks") == 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(answer.head, "\r\nDate: "));
        CU_ASSERT_PTR_NULL(strstr(answer.head, "Set-Cookie"));
    }
    CU_ASSERT_EQUAL(echo_ask(&echo, RAW("GET /echo HTTP/1.0\r\n\r\n"), &answer, &ended), 200);
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(echo.refused, 0);
    echo_stop(&echo);
}

/* A head of `count` headers, or a target of `target` bytes. */
static int ask_large(struct echo *echo, size_t target, size_t count, size_t value, bool *ended)
{
    static struct answer answer;
    struct buffer head;
    int status;

    buffer_init(&head, 1 << 20);
    buffer_add_text(&head, "GET /");
    for (size_t i = 1; i < target; i++)
        buffer_add_char(&head, 'a');
    buffer_add_text(&head, " HTTP/1.1\r\n" HOST);
    for (size_t i = 0; i < count; i++)
        buffer_addf(&head, "X-%zu: %0*d\r\n", i, (int)value, 0);
    buffer_add_text(&head, "\r\n");
    status = echo_ask(echo, head.data, head.length, &answer, ended);
    buffer_release(&head);
    return status;
}

static void refuses_what_is_large(void)
{
    struct echo echo = {.options = {.threads = 2}};
    bool ended;

    CU_ASSERT_FATAL(echo_start(&echo));
    CU_ASSERT_EQUAL(ask_large(&echo, 1, 10000, 1, &ended), 431);
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(ask_large(&echo, 1, HTTP_FIELDS_MAX, 1, &ended), 431); /* and the Host */
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(ask_large(&echo, 1, HTTP_FIELDS_MAX - 1, 1, &ended), 200);
    CU_ASSERT_EQUAL(ask_large(&echo, 1, 1, 20000, &ended), 431);
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(ask_large(&echo, 20000, 0, 0, &ended), 414);
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(ask_large(&echo, 200000, 0, 0, &ended), 414);
    CU_ASSERT_EQUAL(ask_large(&echo, 8000, 0, 0, &ended), 200);
    CU_ASSERT_EQUAL(ask_large(&echo, 1, 10, 800, &ended), 200);
    CU_ASSERT_EQUAL(ask_large(&echo, 1, 10, 1300, &ended), 431);
    CU_ASSERT_EQUAL(ask_large(&echo, 1, 60, 170, &ended), 200);
    CU_ASSERT_EQUAL(ask_large(&echo, 12500, 0, 0, &ended), 431);
    /* where the answer's head hardly finds room, the connection ends at worst */
    for (size_t size = 15000; size < 17000; size += 7) {
        int status = ask_large(&echo, 1, 1, size, &ended);

        CU_ASSERT_TRUE((status == 0 || status == 431) && ended);
    }
    CU_ASSERT_EQUAL(ask_large(&echo, 1, 1, 1, &ended), 200);
    echo_stop(&echo);
}

static void refuses_large_bodies(void)
{
    static struct answer answer;
    static char bytes[300000];
    struct echo echo = {.options = {.threads = 2}};
    size_t length;
    bool ended;

    CU_ASSERT_FATAL(echo_start(&echo));
    /* by length, before it comes, and while it comes */
    CU_ASSERT_EQUAL(echo_ask(&echo, RAW(POST "Content-Length: 4097\r\n\r\n"), &answer, &ended),
                    413);
    CU_ASSERT_TRUE(ended);
    length = (size_t)snprintf(bytes, sizeof bytes, POST "Content-Length: 200000\r\n\r\n");
    memset(bytes + length, 'x', 200000);
    CU_ASSERT_EQUAL(echo_ask(&echo, bytes, length + 200000, &answer, &ended), 413);
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(
        echo_ask(&echo, RAW(POST "Content-Length: 99999999999999999999\r\n\r\n"), &answer, &ended),
        413);
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(echo_ask(&echo,
                             RAW("POST /stingy HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na"),
                             &answer, &ended),
                    413);
    /* by chunks */
    length = (size_t)snprintf(bytes, sizeof bytes, POST "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                              200000);
    memset(bytes + length, 'x', 200000);
    length += 200000;
    length += (size_t)snprintf(bytes + length, sizeof bytes - length, "\r\n0\r\n\r\n");
    CU_ASSERT_EQUAL(echo_ask(&echo, bytes, length, &answer, &ended), 413);
    CU_ASSERT_TRUE(ended);
    CU_ASSERT_EQUAL(echo.handled, 0);
    /* and just fits */
    length = (size_t)snprintf(bytes, sizeof bytes, POST "Content-Length: 4096\r\n\r\n");
    memset(bytes + length, 'x', 4096);
    CU_ASSERT_EQUAL(echo_ask(&echo, bytes, length + 4096, &answer, &ended), 200);
    CU_ASSERT_EQUAL(answer.body_length, 4096);
    echo_stop(&echo);
}

/* Else the kernel resets the connection, and a client that is still sending never reads why. */
static void hears_the_refused_out(void)
{
    static struct answer answer;
    static char bytes[1000];
    const struct timespec moment = {.tv_nsec = 2000000};
    struct echo echo = {.options = {.threads = 2}};
    int fd;

    CU_ASSERT_FATAL(echo_start(&echo));
    fd = echo_connect(&echo);
    echo_say(fd, POST "Content-Length: 200000\r\n\r\n");
    echo_hear(fd, &answer, false);
    CU_ASSERT_EQUAL(answer.status, 413);
    CU_ASSERT_TRUE(echo_ends(fd, 5000));
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_TRUE(echo_send(fd, bytes, sizeof bytes));
        nanosleep(&moment, NULL);
    }
    CU_ASSERT_EQUAL(http_server_connections(echo.server), 0);
    close(fd);
    echo_stop(&echo);
}

SUITE(framing, {"what is in doubt is refused, once, and the connection ends", refuses_doubt},
      {"… however it is cut on its way", refuses_doubt_in_pieces},
      {"what is fair is taken as it was sent", takes_what_is_fair},
      {"too long an address is 414, too many headers are 431", refuses_what_is_large},
      {"too large a body is 413, by length and by chunks", refuses_large_bodies},
      {"who is refused while sending is not reset", hears_the_refused_out});
