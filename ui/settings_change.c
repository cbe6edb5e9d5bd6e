#include "ui/settings_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/text.h"

#define FILE_MAX (1u << 20) /* bytes of a settings file */
#define BLANKS " \t"

/* The file as it is rewritten. */
struct rewriting {
    const struct settings_change *changes;
    size_t count;
    bool done[SETTING_COUNT];
    char section[64]; /* that of the lines at hand */
    struct buffer out;
};

static void put_change(struct rewriting *r, const struct settings_change *change)
{
    buffer_addf(&r->out, "%s = %s\n", setting_key(change->setting), change->value);
    r->done[change->setting] = true;
}

/* Whether the line is that key's. */
static bool is_key(const char *line, size_t length, const char *key)
{
    size_t blanks = strspn(line, BLANKS), size = strlen(key);

    if (blanks + size >= length || memcmp(line + blanks, key, size) != 0)
        return false;
    blanks += size;
    blanks += strspn(line + blanks, BLANKS);
    return blanks < length && (line[blanks] == '=' || line[blanks] == ':');
}

/* Those of the section that its lines did not have, at its end. */
static void end_section(struct rewriting *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (!r->done[r->changes[i].setting] &&
            strcmp(setting_section(r->changes[i].setting), r->section) == 0)
            put_change(r, &r->changes[i]);
}

static void begin_section(struct rewriting *r, const char *line, size_t length)
{
    const char *name = line + strspn(line, BLANKS) + 1;
    const char *end = memchr(name, ']', length - (size_t)(name - line));

    snprintf(r->section, sizeof r->section, "%.*s", end ? (int)(end - name) : 0, name);
}

static void rewrite_line(struct rewriting *r, const char *line, size_t length)
{
    const char *first = line + strspn(line, BLANKS);

    if (first < line + length && *first == '[') {
        end_section(r);
        begin_section(r, line, length);
    }
    for (size_t i = 0; i < r->count; i++) {
        enum setting setting = r->changes[i].setting;

        if (strcmp(setting_section(setting), r->section) == 0 &&
            is_key(line, length, setting_key(setting))) {
            put_change(r, &r->changes[i]);
            return;
        }
    }
    buffer_add(&r->out, line, length);
    buffer_add_char(&r->out, '\n');
}

/* A last line without its end is one as well. */
static void rewrite(struct rewriting *r, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        rewrite_line(r, text, length);
        text += length + (text[length] == '\n');
    }
    end_section(r);
    for (size_t i = 0; i < r->count; i++) {
        if (r->done[r->changes[i].setting])
            continue;
        text_copy(r->section, sizeof r->section, setting_section(r->changes[i].setting));
        buffer_addf(&r->out, "%s[%s]\n", r->out.length ? "\n" : "", r->section);
        end_section(r);
    }
}

/* *text is "" when there is no such file; the caller frees it. */
static enum tk_code read_file(const char *path, struct buffer *text, struct tk_error *error)
{
    char block[4096];
    FILE *file = fopen(path, "re");
    size_t length;

    buffer_init(text, FILE_MAX);
    if (!file)
        return errno == ENOENT ? TK_OK
                               : tk_fail(error, TK_NO_INPUT, "%.300s cannot be read: %s.", path,
                                         strerror(errno));
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        buffer_add(text, block, length);
    fclose(file);
    return text->failed ? tk_fail(error, TK_CONFIG, "%.300s is no settings file.", path) : TK_OK;
}

/* Whether what was written is what is read. */
static enum tk_code read_back(const char *path, const struct rewriting *r, struct tk_error *error)
{
    struct settings settings;
    struct tk_error why = {0};

    settings_init(&settings);
    if (settings_read(&settings, path, &why))
        return tk_fail(error, TK_CONFIG, "%s", why.message);
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(settings_text(&settings, r->changes[i].setting), r->changes[i].value) != 0)
            return tk_fail(error, TK_CONFIG, "A settings file cannot hold the value “%.200s”.",
                           r->changes[i].value);
    return TK_OK;
}

static enum tk_code write_whole(int file, const char *path, const struct buffer *out,
                                struct tk_error *error)
{
    size_t done = 0;

    while (done < out->length) {
        ssize_t written = write(file, out->data + done, out->length - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return tk_fail(error, TK_IO, "%.300s cannot be written: %s.", path, strerror(errno));
        done += (size_t)written;
    }
    return fsync(file) ? tk_fail(error, TK_IO, "%.300s cannot be saved: %s.", path, strerror(errno))
                       : TK_OK;
}

static enum tk_code replace(const char *path, const struct rewriting *r, struct tk_error *error)
{
    char temporary[4096];
    struct stat info;
    enum tk_code code;
    int file;

    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return tk_fail(error, TK_CANNOT_CREATE, "The path of the settings file is too long.");
    file = mkostemp(temporary, O_CLOEXEC);
    if (file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "%.300s cannot be written: %s.", path,
                       strerror(errno));
    if (stat(path, &info) == 0 && fchmod(file, info.st_mode & 0777))
        code = tk_fail(error, TK_IO, "%.300s cannot be written: %s.", path, strerror(errno));
    else
        code = write_whole(file, path, &r->out, error);
    close(file);
    if (!code)
        code = read_back(temporary, r, error);
    if (!code && rename(temporary, path))
        code = tk_fail(error, TK_CANNOT_CREATE, "%.300s cannot be written: %s.", path,
                       strerror(errno));
    if (code)
        unlink(temporary);
    return code;
}

enum tk_code settings_change(const char *path, const struct settings_change *changes, size_t count,
                             struct tk_error *error)
{
    struct rewriting r = {.changes = changes, .count = count};
    struct buffer text;
    enum tk_code code = read_file(path, &text, error);

    buffer_init(&r.out, FILE_MAX);
    if (!code) {
        rewrite(&r, buffer_text(&text));
        code = r.out.failed ? tk_fail_code(error, TK_NO_MEMORY) : replace(path, &r, error);
    }
    buffer_release(&text);
    buffer_release(&r.out);
    return code;
}
