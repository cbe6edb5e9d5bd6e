/*
 * JSON: what core/json.h accepts is JSON by a grammar of its own (RFC 8259), and what is an
 * operation, an outcome, a request of sync or its reply stays the same when it is written and read
 * again.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

#include "core/operation.h"
#include "core/sync.h"

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

/* --- sync --- */

static void print_request(struct buffer *out, const struct sync_request *request)
{
    buffer_init(out, (size_t)64 << 20);
    sync_request_print(out, request);
    FUZZ_REQUIRE(!out->failed, "A request is not written.");
}

static struct json *read_again(const struct buffer *text)
{
    struct json *document = NULL;

    FUZZ_REQUIRE(json_read(text->data, text->length, &document, NULL) == TK_OK,
                 "What was written is not JSON.");
    return document;
}

static void check_request_again(const struct sync_request *request)
{
    struct sync_request again = {0};
    struct tk_error error = {0};
    struct buffer first, second;
    struct json *document;

    FUZZ_REQUIRE(request->entries.count <= SYNC_ENTRIES_MAX &&
                     request->operations.count <= SYNC_OPERATIONS_MAX &&
                     request->cursors.count <= SYNC_CURSORS_MAX,
                 "A list is longer than it may be.");
    FUZZ_REQUIRE(request->era >= 0 && request->base_seq >= 0 && request->base_seq <= request->seq,
                 "A number is out of its range.");
    print_request(&first, request);
    document = read_again(&first);
    FUZZ_REQUIRE(sync_request_read(document, &again, &error) == TK_OK,
                 "A request that was written is not read.");
    print_request(&second, &again);
    FUZZ_REQUIRE(strcmp(first.data, second.data) == 0, "A request changes on its way.");
    json_free(document);
    sync_request_release(&again);
    buffer_release(&first);
    buffer_release(&second);
}

static void check_reply_again(const struct sync_reply *reply)
{
    struct sync_reply again = {0};
    struct tk_error error = {0};
    struct json *document;
    struct buffer text;

    buffer_init(&text, (size_t)64 << 20);
    sync_reply_print(&text, reply, NULL);
    document = read_again(&text);
    FUZZ_REQUIRE(sync_reply_read(document, &again, &error) == TK_OK,
                 "A reply that was written is not read.");
    FUZZ_REQUIRE(again.rows.tickets.count == reply->rows.tickets.count &&
                     again.outcome_count == reply->outcome_count,
                 "A reply changes on its way.");
    json_free(document);
    sync_reply_release(&again);
    buffer_release(&text);
}

static void check_sync(const char *text, size_t size)
{
    struct tk_error asked_error = {0}, told_error = {0};
    struct json *document = NULL;
    struct sync_request asked = {0};
    struct sync_reply told = {0};

    if (json_read(text, size, &document, NULL))
        return;
    if (sync_request_read(document, &asked, &asked_error))
        FUZZ_REQUIRE(asked_error.message[0], "A refusal says nothing.");
    else
        check_request_again(&asked);
    if (sync_reply_read(document, &told, &told_error))
        FUZZ_REQUIRE(told_error.message[0], "A refusal says nothing.");
    else
        check_reply_again(&told);
    sync_request_release(&asked);
    sync_reply_release(&told);
    json_free(document);
}

void fuzz_json(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    check_document(text, size);
    check_operation(text, size);
    check_outcome(text, size);
    check_sync(text, size);
    free(text);
}
