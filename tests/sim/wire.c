/* wire: what a message holds: the text that goes over a real line, and is read again; or, of a
   share of them that the seed decides (it takes a third of the time), what that text would say. */
#include "tests/sim/world.h"

#include "core/text.h"

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static struct letter *letter_new(void)
{
    struct letter *letter = must(calloc(1, sizeof *letter));

    letter->users = 1;
    return letter;
}

struct letter *letter_share(struct letter *letter)
{
    if (letter)
        letter->users++;
    return letter;
}

void letter_drop(struct letter *letter)
{
    if (!letter || --letter->users)
        return;
    sync_request_release(&letter->request);
    sync_reply_release(&letter->reply);
    free(letter->text);
    free(letter);
}

/* Takes what was printed. */
static void take_text(struct letter *letter, struct buffer *buffer)
{
    if (buffer->failed)
        abort();
    letter->text = buffer->data;
    letter->length = buffer->length;
}

static bool is_written(struct world *world)
{
    return dice_chance(&world->dice, world->odds.wire);
}

/* --- requests --- */

static void *copy_items(const void *items, size_t count, size_t size)
{
    void *copy = count ? must(malloc(count * size)) : NULL;

    if (count)
        memcpy(copy, items, count * size);
    return copy;
}

#define COPY_LIST(list)                                                           \
    ((list).items = copy_items((list).items, (list).count, sizeof *(list).items), \
     (list).capacity = (list).count)

static void copy_request(const struct sync_request *from, struct sync_request *request)
{
    *request = *from;
    COPY_LIST(request->entries);
    COPY_LIST(request->operations);
    COPY_LIST(request->cursors);
    COPY_LIST(request->keys);
}

/* As a service does when it knows whose token it is. */
static void sign(const struct node *node, struct sync_request *request)
{
    text_copy(request->device, sizeof request->device, node->name);
    request->role = node->role;
}

struct letter *letter_of_request(struct node *node, const struct sync_request *request)
{
    struct letter *letter = letter_new();
    struct buffer buffer;

    if (!is_written(node->world)) {
        copy_request(request, &letter->request);
        sign(node, &letter->request);
        return letter;
    }
    buffer_init(&buffer, SYNC_REQUEST_MAX);
    sync_request_print(&buffer, request);
    take_text(letter, &buffer);
    return letter;
}

const struct sync_request *letter_request(struct node *node, struct letter *letter)
{
    struct tk_error error = {0};
    struct json *json = NULL;
    enum tk_code code;

    if (!letter->text)
        return &letter->request;
    sync_request_release(&letter->request);
    code = json_read(letter->text, letter->length, &json, &error);
    if (!code)
        code = sync_request_read(json, &letter->request, &error);
    json_free(json);
    if (code)
        world_fail(node->world, "a request of %s cannot be read: %s", node->name, error.message);
    sign(node, &letter->request);
    return code ? NULL : &letter->request;
}

/* --- replies --- */

struct letter *letter_of_reply(struct world *world, struct sync_reply *reply)
{
    struct letter *letter = letter_new();
    struct buffer buffer;

    if (!is_written(world)) {
        letter->reply = *reply;
        *reply = (struct sync_reply){0};
        return letter;
    }
    buffer_init(&buffer, SYNC_REPLY_MAX);
    sync_reply_print(&buffer, reply, NULL);
    take_text(letter, &buffer);
    return letter;
}

static bool read_reply(struct node *node, const struct letter *letter, struct sync_reply *reply)
{
    struct tk_error error = {0};
    struct json *json = NULL;
    enum tk_code code = json_read(letter->text, letter->length, &json, &error);

    *reply = (struct sync_reply){0};
    if (!code)
        code = sync_reply_read(json, reply, &error);
    json_free(json);
    if (code)
        world_fail(node->world, "a reply to %s cannot be read: %s", node->name, error.message);
    return !code;
}

const struct sync_reply *letter_reply(struct node *node, struct letter *letter)
{
    if (!letter->text)
        return &letter->reply;
    sync_reply_release(&letter->reply);
    return read_reply(node, letter, &letter->reply) ? &letter->reply : NULL;
}

bool letter_take_reply(struct node *node, struct letter *letter, struct sync_reply *reply)
{
    struct buffer buffer;

    if (!letter->text && letter->users > 1) { /* it comes again */
        buffer_init(&buffer, SYNC_REPLY_MAX);
        sync_reply_print(&buffer, &letter->reply, NULL);
        take_text(letter, &buffer);
        sync_reply_release(&letter->reply);
    }
    if (letter->text)
        return read_reply(node, letter, reply);
    *reply = letter->reply;
    letter->reply = (struct sync_reply){0};
    return true;
}
