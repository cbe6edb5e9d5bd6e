/*
 * JSON: what core/json.h accepts is JSON by a grammar of its own (RFC 8259), and what is an
 * operation or an outcome stays the same when it is written and read again.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#include "core/operation.h"

/* --- the grammar; each takes what it names from the front, or returns NULL --- */

struct text {
    const char *at, *end;
};

static bool take_value(struct text *text, int depth);

static void skip_space(struct text *text)
{
    while (text->at < text->end && *text->at && strchr(" \t\n\r", *text->at))
        text->at++;
}

static bool take_char(struct text *text, char c)
{
    bool there = text->at < text->end && *text->at == c;

    text->at += there;
    return there;
}

static bool take_word(struct text *text, const char *word)
{
    while (*word)
        if (!take_char(text, *word++))
            return false;
    return true;
}

static bool take_digits(struct text *text)
{
    const char *from = text->at;

    while (text->at < text->end && isdigit((unsigned char)*text->at))
        text->at++;
    return text->at > from;
}

static bool take_number(struct text *text)
{
    take_char(text, '-');
    if (!take_char(text, '0') && !take_digits(text))
        return false;
    if (take_char(text, '.') && !take_digits(text))
        return false;
    if (take_char(text, 'e') || take_char(text, 'E')) {
        if (!take_char(text, '+'))
            take_char(text, '-');
        return take_digits(text);
    }
    return true;
}

static bool take_escape(struct text *text)
{
    if (take_char(text, 'u')) {
        for (int i = 0; i < 4; i++, text->at++)
            if (text->at >= text->end || !isxdigit((unsigned char)*text->at))
                return false;
        return true;
    }
    return text->at < text->end && *text->at && strchr("\"\\/bfnrt", *text->at++);
}

static bool take_string(struct text *text)
{
    if (!take_char(text, '"'))
        return false;
    while (text->at < text->end) {
        unsigned char c = (unsigned char)*text->at++;

        if (c == '"')
            return true;
        if (c < 0x20 || (c == '\\' && !take_escape(text)))
            return false;
    }
    return false;
}

static bool take_member(struct text *text, int depth)
{
    skip_space(text);
    if (!take_string(text))
        return false;
    skip_space(text);
    return take_char(text, ':') && take_value(text, depth);
}

static bool take_list(struct text *text, char close, int depth,
                      bool (*take_item)(struct text *text, int depth))
{
    skip_space(text);
    if (take_char(text, close))
        return true;
    do
        if (!take_item(text, depth))
            return false;
    while (take_char(text, ','));
    return take_char(text, close);
}

static bool take_bare(struct text *text, int depth)
{
    if (take_char(text, '{'))
        return depth < 64 && take_list(text, '}', depth + 1, take_member);
    if (take_char(text, '['))
        return depth < 64 && take_list(text, ']', depth + 1, take_value);
    if (text->at < text->end && *text->at == '"')
        return take_string(text);
    if (text->at < text->end && *text->at && strchr("tfn", *text->at))
        return take_word(text, *text->at == 't' ? "true" : *text->at == 'f' ? "false" : "null");
    return take_number(text);
}

static bool take_value(struct text *text, int depth)
{
    bool good;

    skip_space(text);
    good = take_bare(text, depth);
    skip_space(text);
    return good;
}

static bool is_json(const char *bytes, size_t size)
{
    struct text text = {bytes, bytes + size};

    return take_value(&text, 0) && text.at == text.end;
}

/* --- what is read --- */

static void check_document(const char *text, size_t size)
{
    struct tk_error error = {0};
    struct json *document = NULL;
    enum tk_code code = json_read(text, size, &document, &error);

    if (code) {
        FUZZ_REQUIRE(code == TK_BAD_DATA && !document, "A refusal is not as it should be.");
        FUZZ_REQUIRE(error.message[0], "A refusal says nothing.");
        return;
    }
    FUZZ_REQUIRE(is_json(text, size), "This is not JSON, and was accepted.");
    json_free(document);
}

static void print_whole(struct buffer *out, const struct operation *operation)
{
    buffer_init(out, (size_t)1 << 20);
    operation_print(out, operation, OP_PRINT_WHOLE);
    FUZZ_REQUIRE(!out->failed, "An operation is not written.");
}

static void check_same(const struct operation *one, const struct operation *two)
{
    static const struct crypto_key key = {{1}};
    uint8_t left[CRYPTO_HASH_SIZE], right[CRYPTO_HASH_SIZE];

    FUZZ_REQUIRE(operation_digest(one, &key, left) == TK_OK &&
                     operation_digest(two, &key, right) == TK_OK &&
                     memcmp(left, right, sizeof left) == 0,
                 "An operation means something else after it was written and read.");
}

static void check_operation(const char *text, size_t size)
{
    struct operation operation = {0}, again = {0};
    struct tk_error error = {0};
    struct buffer first, second;

    if (operation_parse(text, size, &operation, &error)) {
        FUZZ_REQUIRE(error.message[0], "A refusal says nothing.");
        return;
    }
    FUZZ_REQUIRE(operation.kind < OP_KIND_COUNT, "There is no such kind.");
    FUZZ_REQUIRE(memchr(operation.actor, '\0', sizeof operation.actor) &&
                     memchr(operation.device, '\0', sizeof operation.device),
                 "A text has no end.");
    print_whole(&first, &operation);
    FUZZ_REQUIRE(operation_parse(first.data, first.length, &again, &error) == TK_OK,
                 "What was written is not read.");
    print_whole(&second, &again);
    FUZZ_REQUIRE(strcmp(first.data, second.data) == 0, "It is written otherwise the second time.");
    check_same(&operation, &again);
    if (operation_check(&operation) == TK_OK) {
        FUZZ_REQUIRE(operation_clean(&again, &error) == TK_OK, "What is clean cannot be cleaned.");
        check_same(&operation, &again);
    }
    buffer_release(&first);
    buffer_release(&second);
}

static void check_outcome(const char *text, size_t size)
{
    struct outcome outcome = {0}, again = {0};
    struct buffer out;

    if (outcome_parse(text, size, &outcome))
        return;
    buffer_init(&out, (size_t)1 << 20);
    outcome_print(&out, &outcome);
    FUZZ_REQUIRE(!out.failed && outcome_parse(out.data, out.length, &again) == TK_OK,
                 "An outcome that was written is not read.");
    FUZZ_REQUIRE(again.code == outcome.code && again.replayed == outcome.replayed &&
                     again.slot_id == outcome.slot_id && again.ticket_id == outcome.ticket_id &&
                     again.count == outcome.count && again.available == outcome.available &&
                     again.old_ticket_id == outcome.old_ticket_id &&
                     again.customer_id == outcome.customer_id,
                 "An outcome changes on its way.");
    buffer_release(&out);
}

void fuzz_json(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    check_document(text, size);
    check_operation(text, size);
    check_outcome(text, size);
    free(text);
}
