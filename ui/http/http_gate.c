#include "ui/http/http_gate.h"

#include <string.h>
#include <strings.h>

#include "ui/http/server.h"

/* What the headers say about where the body ends, gathered in one pass. */
struct framing {
    unsigned hosts, lengths, codings;
    uint64_t length;
    bool chunked;
    const char *why;
};

/* RFC 9110, 5.6.2 */
static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_token_char((unsigned char)text[i]))
            return false;
    return length > 0;
}

/* RFC 9110, 5.5: visible characters, blanks, tabs and bytes above ASCII. */
static bool is_value(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c < ' ' && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

static bool name_is(const struct http_gate_field *field, const char *name)
{
    return field->name_length == strlen(name) &&
           strncasecmp(field->name, name, field->name_length) == 0;
}

/* The value without the blanks around it. */
static void trim(const struct http_gate_field *field, const char **text, size_t *length)
{
    const char *begin = field->value, *end = field->value + field->value_length;

    while (begin < end && (*begin == ' ' || *begin == '\t'))
        begin++;
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *text = begin;
    *length = (size_t)(end - begin);
}

/* A host with an optional port, RFC 3986, 3.2.2 and 3.2.3: what can stand in an address, no user
   part, no blank, and nothing after the port's digits. */
static bool is_host(const char *text, size_t length)
{
    const char *end = text + length, *at = text;

    if (at < end && *at == '[') {
        for (at++; at < end && *at != ']'; at++)
            if (!strchr("0123456789abcdefABCDEF:.%", *at) || !*at)
                return false;
        if (at++ == end)
            return false;
    } else {
        while (at < end && *at != ':' && *at && !strchr("/?#@[]\\ \t,\"<>^`{|}", *at) &&
               (unsigned char)*at < 0x7F)
            at++;
    }
    if (at < end && *at == ':')
        for (at++; at < end && *at >= '0' && *at <= '9';)
            at++;
    return at == end;
}

static enum tk_code take_host(struct framing *framing, const char *text, size_t length)
{
    if (framing->hosts++) {
        framing->why = "There is more than one Host header.";
        return TK_BAD_REQUEST;
    }
    if (!is_host(text, length)) {
        framing->why = "The Host header does not name a host.";
        return TK_BAD_REQUEST;
    }
    return TK_OK;
}

static enum tk_code take_length(struct framing *framing, const char *text, size_t length)
{
    uint64_t value = 0;

    if (framing->lengths++) {
        framing->why = "There is more than one Content-Length header.";
        return TK_BAD_REQUEST;
    }
    framing->why = "The Content-Length is not a number.";
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || value > (INT64_MAX - 9) / 10)
            return TK_BAD_REQUEST;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    if (!length)
        return TK_BAD_REQUEST;
    framing->length = value;
    return TK_OK;
}

static enum tk_code take_coding(struct framing *framing, const char *text, size_t length)
{
    if (framing->codings++) {
        framing->why = "There is more than one Transfer-Encoding header.";
        return TK_BAD_REQUEST;
    }
    if (length != strlen("chunked") || strncasecmp(text, "chunked", length) != 0) {
        framing->why = "The only transfer coding known here is chunked.";
        return TK_NOT_IMPLEMENTED;
    }
    framing->chunked = true;
    return TK_OK;
}

static enum tk_code take_field(struct framing *framing, const struct http_gate_field *field)
{
    const char *text;
    size_t length;

    if (!is_token(field->name, field->name_length)) {
        framing->why = "A header's name holds a character that none may have.";
        return TK_BAD_REQUEST;
    }
    if (!is_value(field->value, field->value_length)) {
        framing->why = "A header's value holds a control character.";
        return TK_BAD_REQUEST;
    }
    trim(field, &text, &length);
    if (name_is(field, "Host"))
        return take_host(framing, text, length);
    if (name_is(field, "Content-Length"))
        return take_length(framing, text, length);
    if (name_is(field, "Transfer-Encoding"))
        return take_coding(framing, text, length);
    return TK_OK;
}

/* RFC 9112, 3.2: a path, or the whole address, which proxies send. */
static bool is_target(const char *target)
{
    const unsigned char *at = (const unsigned char *)target;

    if (*at != '/' && strncasecmp(target, "http://", 7) != 0 &&
        strncasecmp(target, "https://", 8) != 0)
        return false;
    while (*at > ' ' && *at != 0x7F && *at != '#')
        at++;
    return !*at;
}

static bool is_known_method(const char *method)
{
    static const char *const known[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                        "CONNECT", "OPTIONS", "TRACE", "PATCH"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(method, known[i]) == 0)
            return true;
    return false;
}

static enum tk_code check_line(const struct http_gate_head *head, const char **why)
{
    *why = "The request line is not well-formed.";
    if (!head->intact) {
        *why = "The head holds a NUL, a folded line, or a line that does not end with CR and LF.";
        return TK_BAD_REQUEST;
    }
    if (strncmp(head->version, "HTTP/1.", 7) != 0 || head->version[7] < '0' ||
        head->version[7] > '9' || head->version[8] || !is_token(head->method, strlen(head->method)))
        return TK_BAD_REQUEST;
    if (strlen(head->target) >= HTTP_HEAD_MAX)
        return TK_URI_TOO_LONG;
    if (head->field_count > HTTP_FIELDS_MAX) {
        *why = "There are too many headers.";
        return TK_HEADERS_TOO_LARGE;
    }
    if (!is_known_method(head->method)) {
        *why = "This method is not known to HTTP.";
        return TK_NOT_IMPLEMENTED;
    }
    return is_target(head->target) ? TK_OK : TK_BAD_REQUEST;
}

static enum tk_code check_framing(const struct http_gate_head *head, struct framing *framing)
{
    bool is_1_0 = strcmp(head->version, "HTTP/1.0") == 0;

    if (!framing->hosts && !is_1_0) {
        framing->why = "There is no Host header.";
        return TK_BAD_REQUEST;
    }
    if (framing->codings && framing->lengths) {
        framing->why = "There are both a Content-Length and a Transfer-Encoding.";
        return TK_BAD_REQUEST;
    }
    if (framing->codings && is_1_0) {
        framing->why = "HTTP/1.0 has no transfer codings.";
        return TK_BAD_REQUEST;
    }
    return TK_OK;
}

enum tk_code http_gate_check(const struct http_gate_head *head, uint64_t *length, bool *chunked,
                             const char **why)
{
    struct framing framing = {0};
    enum tk_code code = check_line(head, &framing.why), unknown = TK_OK;

    /* Doubt about the framing weighs more than a coding that is not known. */
    for (size_t i = 0; !code && i < head->field_count; i++) {
        code = take_field(&framing, &head->fields[i]);
        if (code == TK_NOT_IMPLEMENTED) {
            unknown = code;
            code = TK_OK;
        }
    }
    if (!code)
        code = check_framing(head, &framing);
    if (!code && unknown) {
        framing.why = "The only transfer coding known here is chunked.";
        code = unknown;
    }
    if (code) {
        *why = framing.why;
        return code;
    }
    *length = framing.length;
    *chunked = framing.chunked;
    return TK_OK;
}
