/*
 * Heads of requests: what ui/http/http_gate.h lets through leaves no doubt about where the request
 * ends, by a reading of its own.
 *
 * An input is a head as text: its first byte says whether it is intact, its first line is "METHOD
 * TARGET VERSION", every further line a header, cut at its first colon.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <strings.h>

#include "ui/http/http_gate.h"
#include "ui/http/server.h"

#define FIELDS 80

struct input {
    char *text; /* owned */
    struct http_gate_field fields[FIELDS];
    struct http_gate_head head;
};

/* Cuts at the next '\n'; a line may hold NULs. */
static char *cut_line(char **at, const char *end, size_t *length)
{
    char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));

    *length = stop ? (size_t)(stop - line) : (size_t)(end - line);
    *at = line + *length + (stop != NULL);
    line[*length] = '\0'; /* over the line's end, or the NUL of the text */
    return line;
}

static const char *cut_word(char **at)
{
    char *word = *at;
    size_t length = strcspn(word, " ");

    *at = word + length + (word[length] == ' ');
    word[length] = '\0';
    return word;
}

static void read_input(struct input *input, const uint8_t *data, size_t size)
{
    char *at = input->text = fuzz_text(data, size), *end = at + size, *line;
    size_t length;

    input->head = (struct http_gate_head){.fields = input->fields, .intact = size && data[0] < 128};
    at += size > 0;
    line = cut_line(&at, end, &length);
    input->head.method = cut_word(&line);
    input->head.target = cut_word(&line);
    input->head.version = line;
    while (at < end && input->head.field_count < FIELDS) {
        struct http_gate_field *field = &input->fields[input->head.field_count++];
        char *colon;

        line = cut_line(&at, end, &length);
        colon = memchr(line, ':', length);
        *field = (struct http_gate_field){line, "", colon ? (size_t)(colon - line) : length, 0};
        if (colon) {
            *colon = '\0';
            field->value = colon + 1;
            field->value_length = length - field->name_length - 1;
        }
    }
}

static size_t count_fields(const struct http_gate_head *head, const char *name,
                           const struct http_gate_field **last)
{
    size_t count = 0;

    for (size_t i = 0; i < head->field_count; i++)
        if (strlen(head->fields[i].name) == head->fields[i].name_length &&
            strcasecmp(head->fields[i].name, name) == 0) {
            *last = &head->fields[i];
            count++;
        }
    return count;
}

static void check_fields(const struct http_gate_head *head)
{
    for (size_t i = 0; i < head->field_count; i++) {
        const struct http_gate_field *field = &head->fields[i];

        FUZZ_REQUIRE(field->name_length > 0, "A header without a name is let through.");
        for (size_t j = 0; j < field->name_length; j++)
            FUZZ_REQUIRE(isgraph((unsigned char)field->name[j]) &&
                             !strchr("()<>@,;:\\\"/[]?={}", field->name[j]),
                         "A header's name that is no token is let through.");
        for (size_t j = 0; j < field->value_length; j++)
            FUZZ_REQUIRE((unsigned char)field->value[j] >= ' ' || field->value[j] == '\t',
                         "A control character is let through.");
    }
}

/* Content-Length as C reads it, when it is nothing but digits. */
static uint64_t length_of(const struct http_gate_field *field)
{
    const char *digits = field->value + strspn(field->value, " \t");
    size_t count = strspn(digits, "0123456789");

    FUZZ_REQUIRE(count && !digits[count + strspn(digits + count, " \t")],
                 "A Content-Length that is no number is let through.");
    return strtoull(digits, NULL, 10);
}

static void check_framing(const struct http_gate_head *head, uint64_t length, bool chunked)
{
    const struct http_gate_field *host = NULL, *size = NULL, *coding = NULL;
    size_t hosts = count_fields(head, "Host", &host);
    size_t sizes = count_fields(head, "Content-Length", &size);
    size_t codings = count_fields(head, "Transfer-Encoding", &coding);
    bool old = strcmp(head->version, "HTTP/1.0") == 0;

    FUZZ_REQUIRE(hosts == 1 || (old && !hosts), "No Host, or more than one, is let through.");
    FUZZ_REQUIRE(sizes + codings <= 1, "It is not clear where the body ends.");
    FUZZ_REQUIRE(chunked == (codings == 1) && !(old && codings), "A coding is not as it was sent.");
    FUZZ_REQUIRE(!coding || strcasestr(coding->value, "chunked"), "A coding was made up.");
    FUZZ_REQUIRE(length == (sizes ? length_of(size) : 0), "The length is not as it was sent.");
}

/* Whether nothing can be said against it, however strictly one reads: such a head must pass. */
static bool is_plain(const struct http_gate_head *head)
{
    bool plain = head->intact && strcmp(head->method, "GET") == 0 &&
                 strcmp(head->version, "HTTP/1.1") == 0 && head->target[0] == '/' &&
                 strlen(head->target) < 1000 && head->field_count < 20;
    size_t hosts = 0;

    for (const char *c = head->target; plain && *c; c++)
        plain = isalnum((unsigned char)*c) || *c == '/' || *c == '?' || *c == '=';
    for (size_t i = 0; plain && i < head->field_count; i++) {
        const struct http_gate_field *field = &head->fields[i];

        if (field->name_length == 4 && strcmp(field->name, "Host") == 0 && ++hosts)
            plain = strcmp(field->value, " localhost") == 0 && field->value_length == 10;
        else
            plain = field->name_length == 6 && strcmp(field->name, "Accept") == 0 &&
                    strspn(field->value, " */") == field->value_length;
    }
    return plain && hosts == 1;
}

void fuzz_gate(const uint8_t *data, size_t size)
{
    struct input input;
    uint64_t length = 7;
    bool chunked = true;
    const char *why = NULL;
    enum tk_code code;

    read_input(&input, data, size);
    code = http_gate_check(&input.head, &length, &chunked, &why);
    if (code) {
        FUZZ_REQUIRE(code == TK_BAD_REQUEST || code == TK_NOT_IMPLEMENTED ||
                         code == TK_URI_TOO_LONG || code == TK_HEADERS_TOO_LARGE,
                     "This code is not said.");
        FUZZ_REQUIRE(why && *why, "A refusal says nothing.");
        FUZZ_REQUIRE(!is_plain(&input.head), "A plain request is refused.");
    } else {
        FUZZ_REQUIRE(input.head.intact, "A head that was cut is let through.");
        FUZZ_REQUIRE(input.head.field_count <= HTTP_FIELDS_MAX, "There are too many headers.");
        check_fields(&input.head);
        check_framing(&input.head, length, chunked);
    }
    free(input.text);
}
