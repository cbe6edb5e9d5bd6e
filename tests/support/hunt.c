#include "tests/support/hunt.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/crypto.h"

#define TEXT_MAX 1024
#define WATCH_MS 2
#define MAPPING_MAX ((size_t)256 << 20)

static void *allocate(size_t size)
{
    void *memory = malloc(size + 1);

    if (!memory)
        abort();
    return memory;
}

/* --- the secrets and their forms --- */

void hunt_init(struct hunt *hunt)
{
    *hunt = (struct hunt){.count = 0};
    pthread_mutex_init(&hunt->lock, NULL);
}

void hunt_release(struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->count; i++)
        for (int form = 0; form < hunt->secrets[i].form_count; form++)
            free(hunt->secrets[i].forms[form].bytes);
    pthread_mutex_destroy(&hunt->lock);
}

static void add_form(struct hunted *secret, const void *bytes, size_t length)
{
    struct hunt_form *form = &secret->forms[secret->form_count];

    for (int i = 0; i < secret->form_count; i++)
        if (secret->forms[i].length == length && memcmp(secret->forms[i].bytes, bytes, length) == 0)
            return;
    if (secret->form_count == HUNT_FORMS || length < 4)
        abort();
    form->bytes = allocate(length);
    memcpy(form->bytes, bytes, length);
    form->length = length;
    secret->form_count++;
}

static void add_hex(struct hunted *secret, const uint8_t *bytes, size_t length)
{
    char text[2 * TEXT_MAX + 1];

    hex_print(text, bytes, length);
    add_form(secret, text, 2 * length);
    for (char *c = text; *c; c++)
        if (*c >= 'a')
            *c = (char)(*c - 32);
    add_form(secret, text, 2 * length);
}

/* The characters that depend on the secret alone, wherever in a group of three bytes it begins. */
static void add_base64(struct hunted *secret, const uint8_t *bytes, size_t length)
{
    uint8_t shifted[TEXT_MAX + 2] = {0};
    char text[2 * TEXT_MAX];

    for (size_t shift = 0; shift < 3; shift++) {
        size_t first = (8 * shift + 5) / 6, last = 8 * (shift + length) / 6;

        memcpy(shifted + shift, bytes, length);
        base64_print(text, sizeof text, shifted, shift + length);
        add_form(secret, text + first, last - first);
        for (char *c = text; *c; c++)
            *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
        add_form(secret, text + first, last - first);
    }
}

static void add_quoted(struct hunted *secret, const char *text)
{
    struct buffer quoted, coded;

    buffer_init(&quoted, 8 * TEXT_MAX);
    buffer_init(&coded, 8 * TEXT_MAX);
    json_put_text(&quoted, NULL, text);
    add_form(secret, quoted.data + 1, quoted.length - 2);
    for (const char *c = text; *c; c++)
        if (strchr("-_.~", *c) || (*c >= '0' && *c <= '9') ||
            ((*c | 32) >= 'a' && (*c | 32) <= 'z'))
            buffer_add_char(&coded, *c);
        else
            buffer_addf(&coded, "%%%02X", (unsigned char)*c);
    add_form(secret, coded.data, coded.length);
    buffer_release(&quoted);
    buffer_release(&coded);
}

void hunt_add(struct hunt *hunt, enum hunt_kind kind, const char *name, const void *bytes,
              size_t length)
{
    struct hunted *secret;

    pthread_mutex_lock(&hunt->lock);
    secret = &hunt->secrets[hunt->count];
    if (hunt->count == HUNT_SECRETS || length > TEXT_MAX)
        abort();
    *secret = (struct hunted){.kind = kind};
    snprintf(secret->name, sizeof secret->name, "%s", name);
    add_form(secret, bytes, length);
    add_hex(secret, bytes, length);
    add_base64(secret, bytes, length);
    hunt->count++;
    pthread_mutex_unlock(&hunt->lock);
}

void hunt_add_text(struct hunt *hunt, enum hunt_kind kind, const char *name, const char *text)
{
    hunt_add(hunt, kind, name, text, strlen(text));
    pthread_mutex_lock(&hunt->lock);
    add_quoted(&hunt->secrets[hunt->count - 1], text);
    pthread_mutex_unlock(&hunt->lock);
}

/* --- looking --- */

static bool lies_there(const struct hunted *secret, const void *data, size_t size)
{
    for (int form = 0; form < secret->form_count; form++)
        if (memmem(data, size, secret->forms[form].bytes, secret->forms[form].length))
            return true;
    return false;
}

size_t hunt_look(struct hunt *hunt, unsigned allowed, const char *where, const void *data,
                 size_t size)
{
    size_t found = 0;

    pthread_mutex_lock(&hunt->lock);
    hunt->looked++;
    for (size_t i = 0; i < hunt->count; i++) {
        const struct hunted *secret = &hunt->secrets[i];

        if (secret->kind & allowed || !size || !lies_there(secret, data, size))
            continue;
        printf("\n    %s lies in %s\n", secret->name, where);
        found++;
    }
    hunt->found += found;
    pthread_mutex_unlock(&hunt->lock);
    return found;
}

/* All of a file, one of /proc too. False when it cannot be read. */
static bool read_all(const char *path, char **data, size_t *size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t room = 65536;
    ssize_t got = -1;

    *data = allocate(room);
    *size = 0;
    while (file >= 0 && (got = read(file, *data + *size, room - *size)) > 0) {
        *size += (size_t)got;
        if (*size == room && !(*data = realloc(*data, room *= 2)))
            abort();
    }
    if (file >= 0)
        close(file);
    return file >= 0 && got == 0;
}

size_t hunt_look_file(struct hunt *hunt, unsigned allowed, const char *path)
{
    char *data;
    size_t size, found = 1;

    if (read_all(path, &data, &size))
        found = hunt_look(hunt, allowed, path, data, size);
    else
        printf("\n    %s cannot be read\n", path);
    free(data);
    return found;
}

/* nftw takes no context. */
static struct {
    struct hunt *hunt;
    unsigned (*may_lie)(const char *path);
    size_t found;
} walk;

static int walk_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)ftw;
    walk.found += hunt_look(walk.hunt, 0, "a file's name", path, strlen(path));
    if (type == FTW_F && S_ISREG(info->st_mode))
        walk.found += hunt_look_file(walk.hunt, walk.may_lie(path), path);
    return 0;
}

size_t hunt_look_folder(struct hunt *hunt, const char *folder,
                        unsigned (*may_lie)(const char *path))
{
    walk.hunt = hunt;
    walk.may_lie = may_lie;
    walk.found = 0;
    if (nftw(folder, walk_entry, 20, FTW_PHYS))
        walk.found++;
    return walk.found;
}

/* --- processes --- */

/* The parent by /proc/PID/stat, whose second field may hold anything; 0: gone. */
static pid_t parent_of(pid_t pid)
{
    char path[64], *text;
    const char *after;
    size_t size;
    pid_t parent = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_all(path, &text, &size)) {
        text[size] = '\0';
        after = strrchr(text, ')');
        if (after && strlen(after) > 4)
            parent = (pid_t)strtol(after + 4, NULL, 10);
    }
    free(text);
    return parent;
}

static bool is_ours(pid_t pid)
{
    for (int depth = 0; pid > 1 && depth < 20; depth++) {
        pid = parent_of(pid);
        if (pid == getpid())
            return true;
    }
    return false;
}

/* Only of the program itself: others, such as the openssl of a test, are none of its business. */
static void look_at_process(struct hunt *hunt, pid_t pid, const char *program)
{
    char path[64], *data;
    size_t size;
    bool wanted;

    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    wanted = read_all(path, &data, &size) && size && memmem(data, size, program, strlen(program));
    if (wanted) {
        hunt->processes++;
        hunt_look(hunt, HUNT_CODE, "a command line", data, size);
    }
    free(data);
    if (!wanted)
        return;
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    if (read_all(path, &data, &size) && size) {
        hunt->environments++;
        hunt_look(hunt, 0, "an environment", data, size);
    }
    free(data);
}

static void look_at_all(struct hunt *hunt, const char *program)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && is_ours(pid))
            look_at_process(hunt, pid, program);
    }
    if (folder)
        closedir(folder);
}

static const char *watched;

static void *watch(void *context)
{
    struct hunt *hunt = context;

    while (!hunt->ends) {
        look_at_all(hunt, watched);
        poll(NULL, 0, WATCH_MS);
    }
    return NULL;
}

void hunt_watch(struct hunt *hunt, const char *program)
{
    watched = program;
    if (pthread_create(&hunt->watcher, NULL, watch, hunt))
        abort();
    hunt->watching = true;
}

size_t hunt_watch_end(struct hunt *hunt)
{
    hunt->ends = true;
    if (hunt->watching)
        pthread_join(hunt->watcher, NULL);
    hunt->watching = false;
    return hunt->found;
}

/* --- memory --- */

static bool lies_spread(const char *data, size_t size, const char *text, size_t stride)
{
    size_t length = strlen(text), span = (length - 1) * stride + 1;
    const char *at = data;

    while ((size_t)(at - data) + span <= size &&
           (at = memchr(at, text[0], size - span + 1 - (size_t)(at - data)))) {
        size_t same = 1;

        while (same < length && at[same * stride] == text[same])
            same++;
        if (same == length)
            return true;
        at++;
    }
    return false;
}

int hunt_memory(pid_t pid, const char *text, size_t stride, char place[200])
{
    char path[64], line[600], *end;
    uint64_t from, to;
    FILE *maps;
    int memory, found = 0;

    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    memory = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    maps = fopen(path, "r");
    while (memory >= 0 && maps && !found && fgets(line, sizeof line, maps)) {
        char *data;
        ssize_t got;

        from = strtoull(line, &end, 16);
        to = *end == '-' ? strtoull(end + 1, &end, 16) : from;
        if (to <= from || end[0] != ' ' || end[1] != 'r' || end[2] != 'w' ||
            to - from > MAPPING_MAX)
            continue;
        data = allocate(to - from);
        got = pread(memory, data, to - from, (off_t)from);
        found = got > 0 && lies_spread(data, (size_t)got, text, stride);
        free(data);
        if (found && place)
            snprintf(place, 200, "%.150s", line);
    }
    if (memory < 0 || !maps)
        found = -1;
    if (maps)
        fclose(maps);
    if (memory >= 0)
        close(memory);
    return found;
}
