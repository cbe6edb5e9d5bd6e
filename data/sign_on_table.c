#include "data/sign_on_table.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/json.h"
#include "core/record_json.h"
#include "core/text.h"
#include "data/file.h"
#include "data/sign_on_file.h"

#define PLACES 64 /* devices that can be tried at at once */
#define PATH_SIZE 4096
#define FILE_MAX (4 << 20)

struct entry {
    char device[DEVICE_SIZE];
    bool enrolled;
    struct sign_on_guard guard;
};

struct sign_on_table {
    char path[PATH_SIZE]; /* "": in memory alone */
    int lock;             /* KEYFILE.tries.lock; -1: there is none */
    pthread_mutex_t places[PLACES];
    pthread_mutex_t mutex; /* guards what follows, with byte 0 of the lock */
    bool ahead;            /* the file could not be written: what is here is newer */
    struct entry entries[SIGN_ON_DEVICES];
    size_t count;
};

/* --- locks --- */

/* A file system that has no locks leaves it to the mutexes. */
static void set_lock(const struct sign_on_table *table, int place, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};

    while (table->lock >= 0 && fcntl(table->lock, F_OFD_SETLKW, &lock) != 0 && errno == EINTR)
        ;
}

/* The name as it is kept. */
static void name_device(char name[DEVICE_SIZE], const char *device)
{
    text_display(name, DEVICE_SIZE, device);
}

int sign_on_table_hold(struct sign_on_table *table, const char *device)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char name[DEVICE_SIZE];
    int place;

    name_device(name, device);
    crypto_digest(hash, NULL, name, strlen(name));
    place = hash[0] % PLACES;
    pthread_mutex_lock(&table->places[place]);
    set_lock(table, 1 + place, F_WRLCK);
    return place;
}

void sign_on_table_give(struct sign_on_table *table, int held)
{
    set_lock(table, 1 + held, F_UNLCK);
    pthread_mutex_unlock(&table->places[held]);
}

struct sign_on_table *sign_on_table_open(const char *path)
{
    struct sign_on_table *table = calloc(1, sizeof *table);
    char lock[PATH_SIZE + 16];

    if (!table)
        return NULL;
    table->lock = -1;
    if (*path &&
        (size_t)snprintf(table->path, sizeof table->path, "%s.tries", path) < sizeof table->path) {
        snprintf(lock, sizeof lock, "%s.lock", table->path);
        table->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    } else {
        table->path[0] = '\0';
    }
    for (int i = 0; i < PLACES; i++)
        pthread_mutex_init(&table->places[i], NULL);
    pthread_mutex_init(&table->mutex, NULL);
    return table;
}

void sign_on_table_close(struct sign_on_table *table)
{
    if (!table)
        return;
    for (int i = 0; i < PLACES; i++)
        pthread_mutex_destroy(&table->places[i]);
    pthread_mutex_destroy(&table->mutex);
    if (table->lock >= 0)
        close(table->lock);
    free(table);
}

/* --- the file --- */

static bool read_failures(const struct json *list, struct sign_on_guard *guard)
{
    if (json_count(list) > SIGN_ON_NUMBERS)
        return false;
    for (size_t i = 0, put = 1; i < json_count(list); i++) {
        const struct json *item = json_item(list, i);
        struct sign_on_failures read;

        if (!json_whole(json_member(item, "number"), &read.number) ||
            !json_whole(json_member(item, "count"), &read.count) ||
            !json_whole(json_member(item, "lastAt"), &read.last_at) || read.count < 0 ||
            read.count > INT32_MAX || (read.number && put >= SIGN_ON_NUMBERS))
            return false;
        guard->items[read.number ? put++ : 0] = read; /* items[0] is that of nobody */
    }
    return true;
}

static bool read_entry(const struct json *object, struct entry *entry)
{
    *entry = (struct entry){0};
    return json_copy(object, "device", entry->device, sizeof entry->device) &&
           json_boolean(json_member(object, "enrolled"), &entry->enrolled) &&
           json_whole(json_member(object, "lockedAt"), &entry->guard.locked_at) &&
           json_whole(json_member(object, "triedAt"), &entry->guard.tried_at) &&
           read_failures(json_member(object, "failures"), &entry->guard);
}

/* What is no such file says nothing: who can write it has the keys beside it, too. */
static void parse(struct sign_on_table *table, const char *text, size_t length)
{
    struct json *document = NULL;
    const struct json *devices;
    int64_t version = 0;

    table->count = 0;
    if (json_read(text, length, &document, NULL))
        return;
    devices = json_member(document, "devices");
    if (json_whole(json_member(document, "ticketlySignOnTries"), &version) && version == 1)
        for (size_t i = 0; i < json_count(devices) && table->count < SIGN_ON_DEVICES; i++)
            if (read_entry(json_item(devices, i), &table->entries[table->count]))
                table->count++;
    json_free(document);
}

static void load(struct sign_on_table *table)
{
    char *text;
    size_t size = 0;
    int file;

    if (!*table->path || table->ahead)
        return;
    file = open(table->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (file < 0) {
        if (errno == ENOENT)
            table->count = 0; /* whoever keeps the keys took it away */
        return;
    }
    text = malloc(FILE_MAX);
    if (text && file_read_whole(file, text, FILE_MAX, &size))
        parse(table, text, size);
    free(text);
    close(file);
}

static void print_entry(struct buffer *json, const struct entry *entry)
{
    json_put_open(json, NULL, '{');
    json_put_text(json, "device", entry->device);
    json_put_bool(json, "enrolled", entry->enrolled);
    json_put_int(json, "lockedAt", entry->guard.locked_at);
    json_put_int(json, "triedAt", entry->guard.tried_at);
    json_put_open(json, "failures", '[');
    for (int i = 0; i < SIGN_ON_NUMBERS; i++) {
        const struct sign_on_failures *failures = &entry->guard.items[i];

        if (!failures->count)
            continue;
        json_put_open(json, NULL, '{');
        json_put_int(json, "number", failures->number);
        json_put_int(json, "count", failures->count);
        json_put_int(json, "lastAt", failures->last_at);
        json_put_close(json, '}');
    }
    json_put_close(json, ']');
    json_put_close(json, '}');
}

/* Under another name, which it gives up for its own: it is the old one or the new one, whole. */
static bool replace_file(const struct sign_on_table *table, const struct buffer *json)
{
    char draft[PATH_SIZE + 16];
    int file;
    bool done;

    snprintf(draft, sizeof draft, "%s.draft", table->path);
    file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return false;
    done = file_write_whole(file, json->data, json->length) && fdatasync(file) == 0 &&
           rename(draft, table->path) == 0;
    close(file);
    if (!done)
        unlink(draft);
    return done;
}

static void save(struct sign_on_table *table)
{
    struct buffer json;

    if (!*table->path)
        return;
    buffer_init(&json, FILE_MAX - 1);
    json_put_open(&json, NULL, '{');
    json_put_int(&json, "ticketlySignOnTries", 1);
    json_put_open(&json, "devices", '[');
    for (size_t i = 0; i < table->count; i++)
        print_entry(&json, &table->entries[i]);
    json_put_close(&json, ']');
    json_put_close(&json, '}');
    table->ahead = json.failed || !replace_file(table, &json);
    buffer_release(&json);
}

/* --- entries --- */

static struct entry *find(struct sign_on_table *table, const char *device)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->entries[i].device, device) == 0)
            return &table->entries[i];
    return NULL;
}

/* How dear an entry is: the least one goes when there is no room. */
static int64_t worth(const struct entry *entry, int64_t now)
{
    const int64_t dear = INT64_C(1) << 61; /* above any time */
    int64_t last_at = 0;

    for (int i = 0; i < SIGN_ON_NUMBERS; i++)
        if (entry->guard.items[i].count && entry->guard.items[i].last_at > last_at)
            last_at = entry->guard.items[i].last_at;
    if (last_at > now)
        last_at = now;
    return last_at + (entry->enrolled ? dear : 0) + (entry->guard.locked_at ? dear : 0);
}

static struct entry *make_room(struct sign_on_table *table, int64_t now)
{
    size_t least = 0;

    if (table->count < SIGN_ON_DEVICES)
        return &table->entries[table->count++];
    for (size_t i = 1; i < table->count; i++)
        if (worth(&table->entries[i], now) < worth(&table->entries[least], now))
            least = i;
    return &table->entries[least];
}

static bool is_blank(const struct sign_on_guard *guard)
{
    for (int i = 0; i < SIGN_ON_NUMBERS; i++)
        if (guard->items[i].count)
            return false;
    return !guard->locked_at;
}

static void put(struct sign_on_table *table, const char *device, bool enrolled,
                const struct sign_on_guard *guard, int64_t now)
{
    struct entry *entry = find(table, device);

    if (is_blank(guard)) {
        if (entry)
            *entry = table->entries[--table->count];
        return;
    }
    if (!entry)
        entry = make_room(table, now);
    *entry = (struct entry){.enrolled = enrolled, .guard = *guard};
    text_copy(entry->device, sizeof entry->device, device);
}

static void begin(struct sign_on_table *table)
{
    pthread_mutex_lock(&table->mutex);
    set_lock(table, 0, F_WRLCK);
    load(table);
}

static void end(struct sign_on_table *table)
{
    set_lock(table, 0, F_UNLCK);
    pthread_mutex_unlock(&table->mutex);
}

void sign_on_table_read(struct sign_on_table *table, const char *device,
                        struct sign_on_guard *guard)
{
    char name[DEVICE_SIZE];
    const struct entry *entry;

    name_device(name, device);
    begin(table);
    entry = find(table, name);
    *guard = entry ? entry->guard : (struct sign_on_guard){0};
    end(table);
}

void sign_on_table_write(struct sign_on_table *table, const char *device, bool enrolled,
                         const struct sign_on_guard *guard, int64_t now)
{
    char name[DEVICE_SIZE];

    name_device(name, device);
    begin(table);
    put(table, name, enrolled, guard, now);
    save(table);
    end(table);
}
