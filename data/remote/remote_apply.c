/* Changes: operations in batches, which go out as often as it takes, with the same ids. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/crypto.h"
#include "core/text.h"
#include "data/remote/remote.h"

#define BODY_HEAD "{\"operations\":["
#define BODY_TAIL "]}"
#define OPERATIONS "/v1/operations"
#define IMPORT_ID_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"

static void begin_body(struct remote *remote)
{
    buffer_clear(&remote->body);
    buffer_add_text(&remote->body, BODY_HEAD);
}

static enum tk_code end_body(struct remote *remote, struct tk_error *error)
{
    buffer_add_text(&remote->body, BODY_TAIL);
    return remote->body.failed ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

/* False, and the body as it was, when the operation does not fit any more. */
static bool add_to_body(struct remote *remote, const struct operation *operation)
{
    struct buffer *body = &remote->body;
    size_t before = body->length;

    operation_print(body, operation, OP_PRINT_WHOLE);
    if (!body->failed && body->length + strlen(BODY_TAIL) <= REMOTE_BODY_MAX)
        return true;
    body->length = before;
    body->failed = false;
    return false;
}

/* Whether it is about a showing that is not named. */
static bool misses_showing(const struct operation *operation)
{
    const struct slot_ref *ref = operation->kind == OP_BOOK      ? &operation->book.slot
                                 : operation->kind == OP_REISSUE ? &operation->reissue.slot
                                                                 : NULL;

    return ref && !ref->id && !(ref->name[0] && ref->starts_at);
}

/* What no wire carries as it is, texts that are not clean and choices that do not exist, has the
   outcome here that plan() would give it there. TK_OK for all else, wrong numbers too. */
static enum tk_code check_sendable(const struct operation *operation)
{
    enum tk_code code = operation_check(operation);

    switch (code) {
    case TK_OK:
        return misses_showing(operation) ? TK_SLOT_NOT_FOUND : TK_OK;
    case TK_BAD_COUNT:
    case TK_BAD_CAPACITY:
    case TK_BAD_TIME:
    case TK_END_BEFORE_START:
    case TK_TOO_LONG:
        return operation->kind == OP_SCHEDULE && (!slot_type_name(operation->schedule.type) ||
                                                  !genre_name(operation->schedule.genre))
                   ? code
                   : TK_OK;
    default:
        return code;
    }
}

/* Fills remote->body with the first operations, as many as fit and are in order; *taken counts
   them. */
static enum tk_code fill_body(struct remote *remote, const struct operation *operations,
                              size_t count, size_t *taken, struct tk_error *error)
{
    begin_body(remote);
    *taken = 0;
    while (*taken < count && !check_sendable(&operations[*taken]) &&
           add_to_body(remote, &operations[*taken]))
        ++*taken;
    return *taken ? end_body(remote, error) : tk_fail_code(error, TK_NO_MEMORY);
}

/* The same key for the same body at the same address, and for no other. */
static void make_key(char key[OP_ID_TEXT_MAX], const char *path, const struct buffer *body)
{
    uint8_t parts[2][CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    struct op_id id;

    crypto_digest(parts[0], NULL, path, strlen(path));
    crypto_digest(parts[1], NULL, body->data, body->length);
    crypto_digest(hash, NULL, parts, sizeof parts);
    memcpy(id.bytes, hash, sizeof id.bytes);
    op_id_print(key, &id);
}

/* A key for something that is to happen each time. */
static bool make_fresh_key(char key[OP_ID_TEXT_MAX])
{
    struct op_id id;

    if (getrandom(id.bytes, sizeof id.bytes, 0) != (ssize_t)sizeof id.bytes)
        return false;
    op_id_print(key, &id);
    return true;
}

/* An outcome carries no words: of a batch of which the service let nothing in it is the whole that
   fails, with what the service says to the first. */
static enum tk_code refuse_all(const struct json *document, size_t count,
                               const struct outcome *outcomes, struct tk_error *error)
{
    const struct json *items = json_member(document, "outcomes");
    const char *message = json_text(json_member(json_item(items, 0), "message"));
    char sentence[TK_MESSAGE_MAX];

    for (size_t i = 0; i < count; i++)
        if (outcomes[i].code != TK_FORBIDDEN)
            return TK_OK;
    text_display(sentence, sizeof sentence, message ? message : tk_code_sentence(TK_FORBIDDEN));
    return tk_fail(error, TK_FORBIDDEN, "%s", sentence);
}

static bool read_outcomes(const struct json *document, size_t count, struct outcome *outcomes)
{
    const struct json *items = json_member(document, "outcomes");

    if (!json_is_array(items) || json_count(items) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct json *item = json_item(items, i);
        bool replayed = false;

        if (outcome_read(item, &outcomes[i]))
            return false;
        if (json_boolean(json_member(item, "replayed"), &replayed))
            outcomes[i].replayed = replayed;
    }
    return true;
}

/* Sends remote->body, which changes, and reads the answer. After a success that cannot be read it
   is not known what was done. */
static enum tk_code post_approved(struct remote *remote, const char *path, const char *key,
                                  const char *approval, int timeout_ms, struct json **document,
                                  struct tk_error *error)
{
    struct http_call call = {.method = "POST",
                             .path = path,
                             .body = remote->body.length ? remote->body.data : NULL,
                             .body_length = remote->body.length,
                             .key = key,
                             .approval = approval,
                             .timeout_ms = timeout_ms,
                             .file = -1,
                             .answer = &remote->answer};
    enum tk_code code;

    code = remote_call(remote, &call, true, error);
    if (!code && json_read(buffer_text(call.answer), call.answer->length, document, NULL))
        code = tk_fail(error, TK_UNKNOWN,
                       "It is not known whether this was done: look before you try again. "
                       "(What answers at %.200s is no box office.)",
                       http_client_url(remote->client));
    return code;
}

static enum tk_code post(struct remote *remote, const char *path, const char *key, int timeout_ms,
                         struct json **document, struct tk_error *error)
{
    return post_approved(remote, path, key, NULL, timeout_ms, document, error);
}

/* Whether somebody approved one of them: the approval is for it, and for nothing else that is sent. */
static bool is_approved(const struct operation *operations, size_t count)
{
    int64_t number, approver;

    for (size_t i = 0; i < count; i++)
        if (actor_parse(operations[i].actor, &number, &approver) && approver)
            return true;
    return false;
}

static enum tk_code apply_part(struct remote *remote, const struct operation *operations,
                               size_t count, struct outcome *outcomes, struct tk_error *error)
{
    const char *approval = is_approved(operations, count) ? remote->approval : NULL;
    struct json *document = NULL;
    char key[OP_ID_TEXT_MAX];
    enum tk_code code;

    make_key(key, OPERATIONS, &remote->body);
    code = post_approved(remote, OPERATIONS, key, approval, 0, &document, error);
    if (!code && !read_outcomes(document, count, outcomes))
        code = tk_fail(error, TK_UNKNOWN,
                       "It is not known whether this was done: look before you try again. "
                       "(The answer of %.200s cannot be read.)",
                       http_client_url(remote->client));
    else if (!code)
        code = refuse_all(document, count, outcomes, error);
    json_free(document);
    return code;
}

enum tk_code remote_apply(struct store *store, const struct operation *operations, size_t count,
                          struct outcome *outcomes, struct tk_error *error)
{
    struct remote *remote = (struct remote *)store;
    enum tk_code code = TK_OK;
    size_t done = 0, taken = 0, sent = 0;

    while (!code && done < count) {
        outcomes[done] = (struct outcome){.code = check_sendable(&operations[done])};
        if (outcomes[done].code) {
            done++;
            continue;
        }
        code = fill_body(remote, operations + done, count - done, &taken, error);
        if (!code)
            code = apply_part(remote, operations + done, taken, outcomes + done, error);
        if (code)
            break;
        done += taken;
        sent += taken;
    }
    if (!code || !sent)
        return code;
    return tk_fail(error, TK_UNKNOWN,
                   "%zu of %zu changes were made, then the service failed: look before you try "
                   "again.", sent, count);
}

/* --- all or none: gathered by the service first, then applied --- */

struct import {
    struct remote *remote;
    const struct operation_source *source;
    char path[64]; /* of the import */
    struct operation next; /* taken from the source, not yet sent */
    bool has_next, ended;
    size_t sent;
};

static enum tk_code begin_import(struct import *import, struct tk_error *error)
{
    struct remote *remote = import->remote;
    struct json *document = NULL;
    char key[OP_ID_TEXT_MAX];
    const char *id;
    enum tk_code code;

    if (!make_fresh_key(key))
        return tk_fail_code(error, TK_INTERNAL);
    buffer_clear(&remote->body);
    code = post(remote, "/v1/imports", key, 0, &document, error);
    id = json_text(json_member(document, "importId"));
    if (!code && (!id || strspn(id, IMPORT_ID_CHARACTERS) != strlen(id) || strlen(id) > 40))
        code = remote_fail_form(remote, error);
    if (!code)
        snprintf(import->path, sizeof import->path, "/v1/imports/%s", id);
    json_free(document);
    return code == TK_UNKNOWN ? TK_UNAVAILABLE : code; /* nothing is changed yet */
}

static enum tk_code take_next(struct import *import, struct tk_error *error)
{
    enum tk_code code;

    if (import->has_next || import->ended)
        return TK_OK;
    code = import->source->next(import->source->context, &import->next, &import->ended, error);
    import->has_next = !code && !import->ended;
    return code;
}

/* Sends as many operations as one body takes. */
static enum tk_code send_part(struct import *import, struct tk_error *error)
{
    struct remote *remote = import->remote;
    struct json *document = NULL;
    char path[96], key[OP_ID_TEXT_MAX];
    size_t taken = 0;
    enum tk_code code;

    begin_body(remote);
    do {
        code = take_next(import, error);
        if (code || !import->has_next || !add_to_body(remote, &import->next))
            break;
        import->has_next = false;
    } while (++taken < OP_BATCH_MAX);
    if (!code && !taken && import->has_next)
        code = tk_fail_code(error, TK_NO_MEMORY);
    if (code || !taken)
        return code;
    code = end_body(remote, error);
    snprintf(path, sizeof path, "%s/operations?at=%zu", import->path, import->sent);
    make_key(key, path, &remote->body);
    if (!code)
        code = post(remote, path, key, 0, &document, error);
    json_free(document);
    if (!code)
        import->sent += taken;
    if (!code && import->source->progress)
        import->source->progress(import->source->context, import->sent);
    return code == TK_UNKNOWN ? TK_UNAVAILABLE : code;
}

static enum tk_code commit_import(struct import *import, size_t *applied, size_t *replayed,
                                  struct tk_error *error)
{
    struct remote *remote = import->remote;
    struct json *document = NULL;
    char path[96], key[OP_ID_TEXT_MAX];
    int64_t done = 0, known = 0;
    enum tk_code code;

    buffer_clear(&remote->body);
    snprintf(path, sizeof path, "%s/commit%s", import->path,
             import->source->dry_run ? "?dryRun=true" : "");
    make_key(key, path, &remote->body);
    code = post(remote, path, key, REMOTE_LONG_MS, &document, error);
    if (!code && (!json_whole(json_member(document, "applied"), &done) ||
                  !json_whole(json_member(document, "replayed"), &known)))
        code = tk_fail(error, TK_UNKNOWN,
                       "It is not known whether this was done: look before you try again. "
                       "(The answer of %.200s cannot be read.)",
                       http_client_url(remote->client));
    if (code && tk_code_is_refusal(code)) /* the answer says how many went before it */
        json_read(buffer_text(&remote->answer), remote->answer.length, &document, NULL);
    json_whole(json_member(document, "applied"), &done);
    if (!code || tk_code_is_refusal(code)) {
        *applied = (size_t)done;
        *replayed = (size_t)known;
    }
    json_free(document);
    return code == TK_UNKNOWN && import->source->dry_run ? TK_UNAVAILABLE : code;
}

/* What was gathered is not wanted any more; the service forgets it by itself, too. */
static void drop_import(struct import *import)
{
    struct remote *remote = import->remote;
    char key[OP_ID_TEXT_MAX];
    struct http_call call = {.method = "DELETE",
                             .path = import->path,
                             .key = key,
                             .file = -1,
                             .answer = &remote->answer};

    buffer_clear(&remote->body);
    make_key(key, import->path, &remote->body);
    if (import->path[0])
        http_client_call(remote->client, &call, NULL);
}

enum tk_code remote_apply_all(struct store *store, const struct operation_source *source,
                              size_t *applied, size_t *replayed, struct tk_error *error)
{
    struct import import = {.remote = (struct remote *)store, .source = source};
    enum tk_code code;
    bool gathered;

    *applied = *replayed = 0;
    code = begin_import(&import, error);
    while (!code && !import.ended)
        code = send_part(&import, error);
    gathered = !code;
    if (gathered)
        code = commit_import(&import, applied, replayed, error);
    if (!gathered || source->dry_run)
        drop_import(&import);
    return code;
}
