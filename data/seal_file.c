#include "data/seal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/list.h"
#include "core/text.h"
#include "data/file.h"

#define HEAD "ticketly-seals 1 "
#define FILE_MAX (1u << 20)
#define PATH_MAX_SIZE (4096 + 16)

static enum tk_code fail(enum tk_code code, const char *path, struct tk_error *error)
{
    return tk_fail(error, code, "The seals in %.300s cannot be kept: %s.", path, strerror(errno));
}

static enum tk_code refuse(const char *path, struct tk_error *error)
{
    return tk_fail(
        error, TK_CORRUPT,
        "The seals in %.300s cannot be understood: put the file back from where you keep "
        "copies, or move it away and check the journal by a shift report.",
        path);
}

static bool print_path(char path[PATH_MAX_SIZE], const char *key_path, const char *ending)
{
    return *key_path && snprintf(path, PATH_MAX_SIZE, "%s%s", key_path, ending) < PATH_MAX_SIZE;
}

/* The text of the file; "" where there is none. */
static enum tk_code read_text(const char *path, char *text, struct tk_error *error)
{
    size_t size = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool read;

    text[0] = '\0';
    if (file < 0 && errno == ENOENT)
        return TK_OK;
    read = file >= 0 && file_read_whole(file, text, FILE_MAX - 1, &size);
    if (file >= 0)
        close(file);
    if (!read)
        return tk_fail(error, TK_IO, "The seals in %.300s cannot be read: %s.", path,
                       strerror(errno));
    text[size] = '\0';
    return size == FILE_MAX - 1 || strlen(text) != size ? refuse(path, error) : TK_OK;
}

/* Takes the file's text apart. *ours: it is of that box office. */
static enum tk_code parse_text(char *text, const char *uuid, struct seal_list *list, bool *ours)
{
    char *line = strsep(&text, "\n");
    enum tk_code code = TK_OK;

    if (strncmp(line, HEAD, sizeof HEAD - 1) != 0)
        return TK_CORRUPT;
    *ours = strcmp(line + sizeof HEAD - 1, uuid) == 0;
    while (!code && text && *ours && *text) {
        struct record record = {.seq = 0};
        struct seal seal;

        line = strsep(&text, "\n");
        if (!text || !text_copy(record.value, sizeof record.value, line))
            return TK_CORRUPT;
        code = seal_read(&record, &seal);
        if (!code && LIST_ADD(list, &seal))
            code = TK_NO_MEMORY;
    }
    return code;
}

static enum tk_code read_file(const char *path, const char *uuid, struct seal_list *list,
                              struct tk_error *error)
{
    char *text = malloc(FILE_MAX);
    bool ours = false;
    enum tk_code code = text ? read_text(path, text, error) : tk_fail_code(error, TK_NO_MEMORY);

    if (!code && text[0]) {
        code = parse_text(text, uuid, list, &ours);
        if (code)
            code = code == TK_CORRUPT ? refuse(path, error) : tk_fail_code(error, code);
    }
    free(text);
    return code;
}

enum tk_code seal_file_read(const char *key_path, const char *uuid, struct seal_list *list,
                            struct tk_error *error)
{
    char path[PATH_MAX_SIZE];

    return print_path(path, key_path, ".seals") ? read_file(path, uuid, list, error) : TK_OK;
}

/* Whether it is news to what is kept; then it is put there. */
static enum tk_code take_seal(struct seal_list *kept, const struct seal *seal, bool *news)
{
    for (size_t i = 0; i < kept->count; i++)
        if (kept->items[i].writer == seal->writer) {
            if (kept->items[i].entries >= seal->entries)
                return TK_OK;
            kept->items[i] = *seal;
            *news = true;
            return TK_OK;
        }
    *news = true;
    return LIST_ADD(kept, seal);
}

static bool print_file(struct buffer *text, const char *uuid, const struct seal_list *seals)
{
    buffer_init(text, FILE_MAX);
    buffer_addf(text, HEAD "%s\n", uuid);
    for (size_t i = 0; i < seals->count; i++) {
        struct record record;

        if (seal_print(&seals->items[i], &record))
            return false;
        buffer_addf(text, "%s\n", record.value);
    }
    return !text->failed;
}

static enum tk_code write_file(const char *path, const char *draft, const char *uuid,
                               const struct seal_list *seals, struct tk_error *error)
{
    struct buffer text;
    enum tk_code code = TK_OK;
    int file = -1;

    if (!print_file(&text, uuid, seals)) {
        code = tk_fail_code(error, TK_NO_MEMORY);
        goto out;
    }
    file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        code = fail(TK_CANNOT_CREATE, draft, error);
    else if (!file_write_whole(file, text.data, text.length) || fdatasync(file) ||
             rename(draft, path) || !file_sync_folder(path))
        code = fail(file_code(errno), path, error);
out:
    if (file >= 0)
        close(file);
    buffer_release(&text);
    return code;
}

static enum tk_code keep_locked(const char *path, const char *draft, const char *uuid,
                                const struct seal_list *seals, struct tk_error *error)
{
    struct seal_list kept = {0};
    bool news = false;
    enum tk_code code = read_file(path, uuid, &kept, error);

    for (size_t i = 0; !code && i < seals->count; i++)
        if (take_seal(&kept, &seals->items[i], &news))
            code = tk_fail_code(error, TK_NO_MEMORY);
    if (!code && news)
        code = write_file(path, draft, uuid, &kept, error);
    seal_list_release(&kept);
    return code;
}

/* The key file is what they wait at: it is always there, and never replaced while somebody keeps
 * seals. */
enum tk_code seal_file_keep(const char *key_path, const char *uuid, const struct seal_list *seals,
                            struct tk_error *error)
{
    char path[PATH_MAX_SIZE], draft[PATH_MAX_SIZE];
    enum tk_code code;
    int lock;

    if (!seals->count || !print_path(path, key_path, ".seals") ||
        !print_path(draft, key_path, ".seals.new"))
        return TK_OK;
    lock = open(key_path, O_RDONLY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX)) {
        code = fail(TK_IO, path, error);
        if (lock >= 0)
            close(lock);
        return code;
    }
    code = keep_locked(path, draft, uuid, seals, error);
    close(lock);
    return code;
}
