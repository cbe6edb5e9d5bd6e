/* The gate as a table of heads, without a socket; and the memory of heads that are not intact. */
#include "tests/support/test.h"

#include "ui/http/http_gate.h"
#include "ui/http/intact.h"
#include "ui/http/server.h"

/* "name:value" lines, a line each ending with '\n'; the value begins right after the colon. */
struct gate_case {
    const char *line; /* METHOD TARGET VERSION */
    const char *headers;
    enum tk_code code;
    uint64_t length;
    bool chunked;
};

#define G "GET / HTTP/1.1"
#define H "Host:a\n"

static const struct gate_case cases[] = {
    {G, H, TK_OK, 0, false},
    {"GET / HTTP/1.0", "", TK_OK, 0, false},
    {"GET / HTTP/1.0", H H, TK_BAD_REQUEST, 0, false},
    {"GET / HTTP/1.2", H, TK_OK, 0, false},
    {"GET / HTTP/2.0", H, TK_BAD_REQUEST, 0, false},
    {"GET / HTTP/1.11", H, TK_BAD_REQUEST, 0, false},
    {"GET / HTTP/1.", H, TK_BAD_REQUEST, 0, false},
    {"GET / http/1.1", H, TK_BAD_REQUEST, 0, false},
    {"get / HTTP/1.1", H, TK_NOT_IMPLEMENTED, 0, false},
    {"G@T / HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {"PATCH / HTTP/1.1", H, TK_OK, 0, false},
    {"OPTIONS * HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {"CONNECT a:80 HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {"GET a HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {"GET HTTPS://a HTTP/1.1", H, TK_OK, 0, false},
    {"GET ftp://a HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {"GET /\x7F HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {"GET /\x01 HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {"GET /\xC3\xA4 HTTP/1.1", H, TK_OK, 0, false},
    {"GET /#a HTTP/1.1", H, TK_BAD_REQUEST, 0, false},
    {G, "", TK_BAD_REQUEST, 0, false},
    {G, "Host:\n", TK_OK, 0, false},
    {G, "hOST:a\n", TK_OK, 0, false},
    {G, H "HOST:a\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:a.example-1.com:8477\n", TK_OK, 0, false},
    {G, "Host:[2001:db8::1]:8477\n", TK_OK, 0, false},
    {G, "Host:[2001:db8::1\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:[2001:db8::1]x\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:[x]\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:a:b\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:a:80:80\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:a,b\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:a/b\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:a@b\n", TK_BAD_REQUEST, 0, false},
    {G, "Host:\xC3\xA4\n", TK_BAD_REQUEST, 0, false},
    {G, H "X :a\n", TK_BAD_REQUEST, 0, false},
    {G, H " X:a\n", TK_BAD_REQUEST, 0, false},
    {G, H ":a\n", TK_BAD_REQUEST, 0, false},
    {G, H "X\xC3:a\n", TK_BAD_REQUEST, 0, false},
    {G, H "X\":a\n", TK_BAD_REQUEST, 0, false},
    {G, H "!#$%&'*+-.^_`|~9:a\n", TK_OK, 0, false},
    {G, H "X:a\rb\n", TK_BAD_REQUEST, 0, false},
    {G, H "X:a\x01\n", TK_BAD_REQUEST, 0, false},
    {G, H "X:a\x7F\n", TK_BAD_REQUEST, 0, false},
    {G, H "X:a\tb\xFF\n", TK_OK, 0, false},
    {G, H "Content-Length:0\n", TK_OK, 0, false},
    {G, H "Content-Length: \t17 \n", TK_OK, 17, false},
    {G, H "Content-Length:9223372036854775807\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:922337203685477579\n", TK_OK, 922337203685477579, false},
    {G, H "Content-Length:99999999999999999999999999\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:18446744073709551617\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:-1\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:+1\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:1.0\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:1 2\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:1,1\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:1\nContent-Length:1\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:1\ncontent-length:2\n", TK_BAD_REQUEST, 0, false},
    {G, H "Transfer-Encoding:chunked\n", TK_OK, 0, true},
    {G, H "Transfer-Encoding: CHUNKED \n", TK_OK, 0, true},
    {G, H "Transfer-Encoding:\n", TK_NOT_IMPLEMENTED, 0, false},
    {G, H "Transfer-Encoding:identity\n", TK_NOT_IMPLEMENTED, 0, false},
    {G, H "Transfer-Encoding:chunked;a=b\n", TK_NOT_IMPLEMENTED, 0, false},
    {G, H "Transfer-Encoding:gzip\nTransfer-Encoding:chunked\n", TK_BAD_REQUEST, 0, false},
    {G, H "Transfer-Encoding:gzip\nContent-Length:1\n", TK_BAD_REQUEST, 0, false},
    {G, H "Content-Length:0\nTransfer-Encoding:chunked\n", TK_BAD_REQUEST, 0, false},
    {"GET / HTTP/1.0", H "Transfer-Encoding:chunked\n", TK_BAD_REQUEST, 0, false},
    {G, "Transfer-Encoding:gzip\n", TK_BAD_REQUEST, 0, false},
};

/* Takes a case apart. */
static void parse(const struct gate_case *one, char line[128], struct http_gate_field *fields,
                  struct http_gate_head *head)
{
    const char *at = one->headers;
    char *target, *version;

    snprintf(line, 128, "%s", one->line);
    target = strchr(line, ' ');
    *target++ = '\0';
    version = strrchr(target, ' ');
    *version++ = '\0';
    *head = (struct http_gate_head){line, target, version, fields, 0, true};
    while (*at) {
        const char *colon = strchr(*at == ':' ? at : at + 1, ':'), *end = strchr(at, '\n');

        fields[head->field_count++] = (struct http_gate_field){at, colon + 1, (size_t)(colon - at),
                                                               (size_t)(end - colon - 1)};
        at = end + 1;
    }
}

static void tells_heads_apart(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct gate_case *one = &cases[i];
        struct http_gate_field fields[8];
        struct http_gate_head head;
        uint64_t length = 0;
        bool chunked = false;
        const char *why = NULL;
        char line[128];
        enum tk_code code;

        parse(one, line, fields, &head);
        code = http_gate_check(&head, &length, &chunked, &why);
        if (code != one->code)
            printf("\n    %s | %s: %s", one->line, one->headers, tk_code_name(code));
        CU_ASSERT_EQUAL(code, one->code);
        CU_ASSERT_EQUAL(length, one->length);
        CU_ASSERT_EQUAL(chunked, one->chunked);
        CU_ASSERT_EQUAL(why != NULL, code != TK_OK);
        head.intact = false;
        CU_ASSERT_EQUAL(http_gate_check(&head, &length, &chunked, &why), TK_BAD_REQUEST);
    }
}

static void tells_the_large(void)
{
    static struct http_gate_field fields[HTTP_FIELDS_MAX + 1];
    static char target[HTTP_HEAD_MAX + 2];
    struct http_gate_head head = {"GET", "/", "HTTP/1.1", fields, HTTP_FIELDS_MAX, true};
    uint64_t length = 0;
    bool chunked = false;
    const char *why;

    fields[0] = (struct http_gate_field){"Host", "a", 4, 1};
    for (size_t i = 1; i <= HTTP_FIELDS_MAX; i++)
        fields[i] = (struct http_gate_field){"X", "y", 1, 1};
    CU_ASSERT_EQUAL(http_gate_check(&head, &length, &chunked, &why), TK_OK);
    head.field_count++;
    CU_ASSERT_EQUAL(http_gate_check(&head, &length, &chunked, &why), TK_HEADERS_TOO_LARGE);
    head.field_count--;
    memset(target, '/', sizeof target - 1);
    head.target = target;
    CU_ASSERT_EQUAL(http_gate_check(&head, &length, &chunked, &why), TK_URI_TOO_LONG);
}

/* --- the memory of a head: as a parser leaves it that works in place --- */

#define MEMORY "GET\0/e\0HTTP/1.1\0\0Host\0 a\0\0X\0bc \0\0\0\0"
#define MEMORY_LENGTH (sizeof MEMORY - 1)

static void place(char *memory, struct intact_head *head, struct http_gate_field fields[2])
{
    memcpy(memory, MEMORY, MEMORY_LENGTH);
    fields[0] = (struct http_gate_field){memory + 17, memory + 23, 4, 1};
    fields[1] = (struct http_gate_field){memory + 26, memory + 28, 1, 3};
    *head = (struct intact_head){.method = memory,
                                 .target = memory + 4,
                                 .version = memory + 7,
                                 .target_length = 2,
                                 .fields = fields,
                                 .field_count = 2,
                                 .length = MEMORY_LENGTH};
}

static void knows_an_intact_head(void)
{
    struct http_gate_field fields[2];
    struct intact_head head;
    char *memory = malloc(MEMORY_LENGTH); /* so that a byte too far is noticed */

    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    place(memory, &head, fields);
    CU_ASSERT_TRUE(intact_check(&head));
    fields[1].value_length = 2; /* the blanks at its end were cut off */
    CU_ASSERT_TRUE(intact_check(&head));
    place(memory, &head, fields);
    memory[4] = '?'; /* the target is changed in place */
    CU_ASSERT_TRUE(intact_check(&head));
    /* no header at all */
    place(memory, &head, fields);
    memory[17] = memory[18] = '\0';
    head.field_count = 0;
    head.length = 19;
    CU_ASSERT_TRUE(intact_check(&head));
    free(memory);
}

/* Any other length, pointer or byte between the parts is told. */
static void knows_a_broken_head(void)
{
    static const size_t between[] = {3, 6, 15, 16, 21, 24, 25, 27, 31, 32, 33, 34};
    char *memory = malloc(MEMORY_LENGTH);
    struct http_gate_field fields[2];
    struct intact_head head;

    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    for (size_t length = 0; length < MEMORY_LENGTH; length++) {
        place(memory, &head, fields);
        head.length = length;
        CU_ASSERT_FALSE(intact_check(&head));
    }
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        place(memory, &head, fields);
        memory[between[i]] = 'x';
        CU_ASSERT_FALSE(intact_check(&head));
    }
    for (int by = -1; by <= 1; by += 2)
        for (int which = 0; which < 6; which++) {
            place(memory, &head, fields);
            head.target += which == 0 ? by : 0;
            head.version += which == 1 ? by : 0;
            head.target_length += (size_t)(which == 2 ? by : 0);
            fields[0].name += which == 3 ? by : 0;
            fields[1].name += which == 4 ? by : 0;
            fields[1].value += which == 5 ? by : 0;
            CU_ASSERT_FALSE(intact_check(&head));
        }
    place(memory, &head, fields);
    fields[1].name = "X"; /* moved elsewhere, as a folded header's is */
    CU_ASSERT_FALSE(intact_check(&head));
    free(memory);
}

SUITE(http_gate, {"each head is judged as the table says", tells_heads_apart},
      {"too much is told from what fits", tells_the_large},
      {"an intact head is known", knows_an_intact_head},
      {"a head with a gap or an overlap is known", knows_a_broken_head});
