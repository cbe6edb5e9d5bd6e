#include "ui/http/idempotency.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

#define RUNNING_PLACES 1024

/* A key in hand, in the list of its place. */
struct running_key {
    struct op_id id;
    uint8_t digest[CRYPTO_HASH_SIZE];
    struct running_key *next;
};

/* A request that is over; `next` and the places count from 1. */
struct remembered_key {
    struct op_id id;
    uint8_t digest[CRYPTO_HASH_SIZE];
    uint32_t next;
    bool used;
};

struct idempotency {
    pthread_mutex_t lock;
    struct running_key *running[RUNNING_PLACES];
    uint32_t places[IDEMPOTENCY_REMEMBERED];
    struct remembered_key remembered[IDEMPOTENCY_REMEMBERED]; /* a ring */
    uint32_t oldest;
};

struct idempotency *idempotency_new(void)
{
    struct idempotency *table = calloc(1, sizeof *table);

    if (table)
        pthread_mutex_init(&table->lock, NULL);
    return table;
}

void idempotency_free(struct idempotency *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < RUNNING_PLACES; i++)
        while (table->running[i]) {
            struct running_key *next = table->running[i]->next;

            free(table->running[i]);
            table->running[i] = next;
        }
    pthread_mutex_destroy(&table->lock);
    free(table);
}

/* --- keys --- */

/* The text inside a quoted string; false when it is not well-formed. */
static bool unquote(char *text, size_t size, const char *quoted)
{
    size_t used = 0;

    for (quoted++; *quoted && *quoted != '"'; quoted++) {
        if (*quoted == '\\' && *++quoted != '"' && *quoted != '\\')
            return false;
        if (used + 1 >= size)
            return false;
        text[used++] = *quoted;
    }
    text[used] = '\0';
    return quoted[0] == '"' && !quoted[1];
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

static bool is_uuid7(const struct op_id *id)
{
    return id->bytes[6] >> 4 == 7 && id->bytes[8] >> 6 == 2;
}

enum tk_code idempotency_id(const char *key, const char *device, struct op_id *id,
                            struct tk_error *error)
{
    char text[IDEMPOTENCY_KEY_MAX + 1], mixed[DEVICE_SIZE + sizeof text];
    uint8_t hash[CRYPTO_HASH_SIZE];
    struct op_id made = {{0}};
    size_t kept = 0, length;

    if (!(*key == '"' ? unquote(text, sizeof text, key) : text_copy(text, sizeof text, key)) ||
        !*text || !is_printable(text))
        return tk_fail(error, TK_BAD_REQUEST,
                       "An Idempotency-Key has 1 to %d printable ASCII characters.",
                       IDEMPOTENCY_KEY_MAX);
    if (op_id_parse(&made, text) && is_uuid7(&made)) {
        op_id_print(text, &made); /* whatever the case of its letters */
        kept = 8;
    }
    /* the name ends with its NUL, so that no two pairs are written alike */
    length = strlen(device) + 1;
    memcpy(mixed, device, length);
    memcpy(mixed + length, text, strlen(text) + 1);
    crypto_digest(hash, NULL, mixed, length + strlen(text));
    memcpy(made.bytes + kept, hash, sizeof made.bytes - kept);
    made.bytes[6] = (uint8_t)(0x70 | (made.bytes[6] & 0x0f));
    made.bytes[8] = (uint8_t)(0x80 | (made.bytes[8] & 0x3f));
    *id = made;
    return TK_OK;
}

/* --- requests --- */

static void add_part(struct buffer *out, const char *text, size_t length)
{
    buffer_addf(out, "%zu:", length);
    if (text)
        buffer_add(out, text, length);
}

/* A digest of what is asked: method, address and body. */
static enum tk_code digest_request(const struct http_request *request,
                                   uint8_t digest[CRYPTO_HASH_SIZE])
{
    struct buffer head;
    uint8_t parts[2 * CRYPTO_HASH_SIZE];
    enum tk_code code = TK_OK;

    buffer_init(&head, 2 * HTTP_HEAD_MAX);
    add_part(&head, request->method, strlen(request->method));
    add_part(&head, request->path, strlen(request->path));
    add_part(&head, request->query, request->query ? strlen(request->query) : 0);
    if (head.failed)
        code = TK_NO_MEMORY;
    crypto_digest(parts, NULL, buffer_text(&head), head.length);
    crypto_digest(parts + CRYPTO_HASH_SIZE, NULL, request->body ? request->body : "",
                  request->body_length);
    crypto_digest(digest, NULL, parts, sizeof parts);
    buffer_release(&head);
    return code;
}

static size_t place_of(const struct op_id *id, size_t places)
{
    uint64_t tail;

    memcpy(&tail, id->bytes + 8, sizeof tail); /* the end is a hash in any case */
    return (size_t)((tail >> 8) % places);
}

static const struct remembered_key *find_remembered(const struct idempotency *table,
                                                    const struct op_id *id)
{
    uint32_t at = table->places[place_of(id, IDEMPOTENCY_REMEMBERED)];

    while (at && !op_id_equal(&table->remembered[at - 1].id, id))
        at = table->remembered[at - 1].next;
    return at ? &table->remembered[at - 1] : NULL;
}

static void forget(struct idempotency *table, uint32_t index)
{
    struct remembered_key *key = &table->remembered[index];
    uint32_t *link = &table->places[place_of(&key->id, IDEMPOTENCY_REMEMBERED)];

    while (*link && *link != index + 1)
        link = &table->remembered[*link - 1].next;
    if (*link)
        *link = key->next;
    key->used = false;
}

static void remember(struct idempotency *table, const struct running_key *running)
{
    uint32_t index = table->oldest, *first;

    if (find_remembered(table, &running->id))
        return;
    if (table->remembered[index].used)
        forget(table, index);
    first = &table->places[place_of(&running->id, IDEMPOTENCY_REMEMBERED)];
    table->remembered[index].id = running->id;
    memcpy(table->remembered[index].digest, running->digest, CRYPTO_HASH_SIZE);
    table->remembered[index].next = *first;
    table->remembered[index].used = true;
    *first = index + 1;
    table->oldest = (index + 1) % IDEMPOTENCY_REMEMBERED;
}

/* Under the lock: puts the key among those in hand, unless something speaks against it. */
static enum tk_code take(struct idempotency *table, struct running_key *running,
                         struct tk_error *error)
{
    struct running_key **first = &table->running[place_of(&running->id, RUNNING_PLACES)];
    const struct remembered_key *before = find_remembered(table, &running->id);

    for (const struct running_key *other = *first; other; other = other->next)
        if (op_id_equal(&other->id, &running->id))
            return tk_fail_code(error, TK_KEY_RUNNING);
    if (before && memcmp(before->digest, running->digest, CRYPTO_HASH_SIZE) != 0)
        return tk_fail(error, TK_ID_REUSED,
                       "This Idempotency-Key was used for another request: a new one needs a new "
                       "key.");
    running->next = *first;
    *first = running;
    return TK_OK;
}

static bool has_one_key(const struct http_request *request)
{
    size_t count = 0;

    for (size_t i = 0; i < request->field_count; i++)
        count += strcasecmp(request->fields[i].name, "Idempotency-Key") == 0;
    return count <= 1;
}

/* Whose key it is: the device's, or a member's who came without one. */
static const char *name_of(const struct exchange *x, char owner[ACTOR_SIZE])
{
    if (x->has_device)
        return x->device.name;
    if (!x->office.member.number)
        return "";
    actor_print(owner, x->office.member.number, 0);
    return owner;
}

enum tk_code idempotency_begin(struct idempotency *table, struct exchange *x, const char *key,
                               struct tk_error *error)
{
    struct running_key *running;
    char owner[ACTOR_SIZE];
    enum tk_code code;

    if (!has_one_key(x->request))
        return tk_fail(error, TK_BAD_REQUEST, "There is more than one Idempotency-Key.");
    code = idempotency_id(key, name_of(x, owner), &x->key_id, error);
    if (code)
        return code;
    running = calloc(1, sizeof *running);
    if (!running || digest_request(x->request, running->digest)) {
        free(running);
        return tk_fail_code(error, TK_NO_MEMORY);
    }
    running->id = x->key_id;
    pthread_mutex_lock(&table->lock);
    code = take(table, running, error);
    pthread_mutex_unlock(&table->lock);
    if (code)
        free(running);
    else
        x->running = running;
    return code;
}

/* Whether the request may have changed something: then its key means just this from now on. */
static bool has_effect(const struct exchange *x)
{
    int status = x->request->response.status;
    bool decided = x->entry.done && x->operation_count && (!x->code || x->code == TK_UNKNOWN);

    return decided || (status >= 200 && status < 300);
}

void idempotency_end(struct idempotency *table, struct exchange *x)
{
    struct running_key **link;

    if (!x->running)
        return;
    pthread_mutex_lock(&table->lock);
    link = &table->running[place_of(&x->running->id, RUNNING_PLACES)];
    while (*link && *link != x->running)
        link = &(*link)->next;
    if (*link)
        *link = x->running->next;
    if (has_effect(x))
        remember(table, x->running);
    pthread_mutex_unlock(&table->lock);
    free(x->running);
    x->running = NULL;
}
