#include "data/door_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/list.h"
#include "core/text.h"
#include "data/file.h"
#include "data/secret_file.h"

#define SUM_LENGTH 16
#define SUM_SIZE (SUM_LENGTH + 1)
#define SUM_PURPOSE "tkdoor01"
#define FIRST_SUM "0000000000000000"
#define ENTRY_MAX 8192 /* bytes of an operation */
#define PATH_SIZE 4096

struct record_file {
    struct door_record record;
    int file;
    off_t length;       /* of what is good in the file */
    char sum[SUM_SIZE]; /* of the last line */
    bool broken;        /* it could not be brought back to what it was */
    char path[PATH_SIZE];
    struct operation *items; /* owned; those from `next` on wait */
    size_t count, capacity, next;
};

static struct record_file *file_of(struct door_record *record)
{
    return (struct record_file *)record;
}

/* --- lines --- */

static bool make_sum(char sum[SUM_SIZE], const char before[SUM_SIZE], const char *entry,
                     size_t length)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[2 * CRYPTO_HASH_SIZE + 1];
    struct buffer all;
    bool made;

    buffer_init(&all, DOOR_RECORD_MAX + sizeof SUM_PURPOSE + SUM_SIZE);
    buffer_add_text(&all, SUM_PURPOSE);
    buffer_add(&all, before, SUM_LENGTH);
    buffer_add(&all, entry, length);
    made = !all.failed;
    if (made) {
        crypto_digest(hash, NULL, all.data, all.length);
        hex_print(hex, hash, sizeof hash);
        memcpy(sum, hex, SUM_LENGTH);
        sum[SUM_LENGTH] = '\0';
    }
    buffer_release(&all);
    return made;
}

static enum tk_code fail(const struct record_file *file, int failure, const char *what,
                         struct tk_error *error)
{
    return tk_fail(error, file_code(failure), "The door's record %.300s cannot be %s: %s.",
                   file->path, what, strerror(failure));
}

/* The file as it was before a write that failed. */
static void take_back(struct record_file *file)
{
    if (ftruncate(file->file, file->length) || fsync(file->file))
        file->broken = true;
}

/* Appends one line durably. */
static enum tk_code append(struct record_file *file, const struct buffer *entry,
                           struct tk_error *error)
{
    struct buffer line;
    char sum[SUM_SIZE] = "";
    enum tk_code code = TK_OK;

    if (file->broken)
        return tk_fail(error, TK_IO, "The door's record %.300s can no longer be written.",
                       file->path);
    buffer_init(&line, ENTRY_MAX + SUM_SIZE + 2);
    if (entry->failed || !make_sum(sum, file->sum, buffer_text(entry), entry->length))
        line.failed = true;
    buffer_add_text(&line, sum);
    buffer_add_char(&line, ' ');
    buffer_add(&line, buffer_text(entry), entry->length);
    buffer_add_char(&line, '\n');
    if (line.failed) {
        code = tk_fail_code(error, TK_NO_MEMORY);
    } else if (!file_write_whole(file->file, line.data, line.length) || fsync(file->file)) {
        code = fail(file, errno, "written", error);
        take_back(file);
    } else {
        file->length += (off_t)line.length;
        memcpy(file->sum, sum, sizeof sum);
    }
    buffer_release(&line);
    return code;
}

/* --- what a door asks for --- */

static enum tk_code record_add(struct door_record *record, const struct operation *operation,
                               struct tk_error *error)
{
    struct record_file *file = file_of(record);
    struct buffer entry, json;
    enum tk_code code = list_reserve((void **)&file->items, file->count, &file->capacity,
                                     sizeof *file->items);

    if (code)
        return tk_fail_code(error, code);
    if ((size_t)file->length > DOOR_RECORD_MAX - ENTRY_MAX)
        return tk_fail(error, TK_DISK_FULL, "The door's record %.300s is full.", file->path);
    buffer_init(&json, ENTRY_MAX - 1);
    buffer_init(&entry, ENTRY_MAX);
    operation_print(&json, operation, OP_PRINT_WHOLE);
    buffer_add_char(&entry, '+');
    buffer_add(&entry, buffer_text(&json), json.length);
    entry.failed |= json.failed;
    code = append(file, &entry, error);
    if (!code)
        file->items[file->count++] = *operation;
    buffer_release(&json);
    buffer_release(&entry);
    return code;
}

static enum tk_code record_first(struct door_record *record, struct operation *operation,
                                 bool *found, struct tk_error *error)
{
    const struct record_file *file = file_of(record);

    (void)error;
    *found = file->next < file->count;
    if (*found)
        *operation = file->items[file->next];
    return TK_OK;
}

static enum tk_code record_list(struct door_record *record,
                                void (*each)(void *context, const struct operation *operation),
                                void *context, struct tk_error *error)
{
    const struct record_file *file = file_of(record);

    (void)error;
    for (size_t i = file->next; i < file->count; i++)
        each(context, &file->items[i]);
    return TK_OK;
}

/* Nothing waits any more. Where that is not durable, what waited is sent once more after a power cut,
   to no effect; but nothing may be written behind it. */
static bool empty(struct record_file *file)
{
    if (ftruncate(file->file, 0))
        return false;
    file->broken = fsync(file->file) != 0;
    file->length = 0;
    file->count = file->next = 0;
    memcpy(file->sum, FIRST_SUM, SUM_SIZE);
    return true;
}

static enum tk_code record_settle(struct door_record *record, const struct op_id *id,
                                  struct tk_error *error)
{
    struct record_file *file = file_of(record);
    struct buffer entry;
    char text[OP_ID_TEXT_MAX];
    enum tk_code code;

    if (file->next >= file->count || !op_id_equal(&file->items[file->next].id, id))
        return tk_fail(error, TK_INTERNAL, "The door's record is not settled in its order.");
    if (file->next + 1 == file->count && !file->broken && empty(file))
        return TK_OK;
    buffer_init(&entry, ENTRY_MAX);
    op_id_print(text, id);
    buffer_add_char(&entry, '-');
    buffer_add_text(&entry, text);
    code = append(file, &entry, error);
    if (!code)
        file->next++;
    buffer_release(&entry);
    return code;
}

static void record_close(struct door_record *record)
{
    struct record_file *file = file_of(record);

    if (file->file >= 0)
        close(file->file);
    free(file->items);
    free(file);
}

void door_record_close(struct door_record *record)
{
    if (record)
        record->ops->close(record);
}

/* --- reading it at the beginning --- */

static enum tk_code read_entry(struct record_file *file, const char *entry, size_t length)
{
    struct operation operation = {0};
    char text[OP_ID_TEXT_MAX];
    struct op_id id;
    enum tk_code code;

    if (length && *entry == '+') {
        code = operation_parse(entry + 1, length - 1, &operation, NULL);
        if (!code)
            code = LIST_ADD(file, &operation);
        return code;
    }
    if (!length || *entry != '-' || length - 1 != sizeof text - 1)
        return TK_CORRUPT;
    memcpy(text, entry + 1, length - 1);
    text[length - 1] = '\0';
    if (!op_id_parse(&id, text) || file->next >= file->count ||
        !op_id_equal(&file->items[file->next].id, &id))
        return TK_CORRUPT;
    file->next++;
    return TK_OK;
}

/* Reads one line, without its end. */
static enum tk_code read_line(struct record_file *file, const char *line, size_t length)
{
    const char *entry = line + SUM_SIZE;
    char sum[SUM_SIZE];
    enum tk_code code;

    if (length < SUM_SIZE || line[SUM_LENGTH] != ' ')
        return TK_CORRUPT;
    if (!make_sum(sum, file->sum, entry, length - SUM_SIZE))
        return TK_NO_MEMORY;
    if (memcmp(sum, line, SUM_LENGTH) != 0)
        return TK_CORRUPT;
    code = read_entry(file, entry, length - SUM_SIZE);
    if (code)
        return code == TK_NO_MEMORY ? code : TK_CORRUPT;
    memcpy(file->sum, sum, sizeof sum);
    file->length += (off_t)length + 1;
    return TK_OK;
}

static enum tk_code read_lines(struct record_file *file, const char *text, size_t size,
                               struct tk_error *error)
{
    enum tk_code code = TK_OK;
    size_t at = 0, line = 0;

    while (!code && at < size) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;

        line++;
        if (!end) /* the last line was written in part */
            break;
        code = read_line(file, text + at, length);
        /* a block of the last line that never reached the disk reads as zeros */
        if (code == TK_CORRUPT && at + length + 1 == size && memchr(text + at, '\0', length)) {
            code = TK_OK;
            break;
        }
        at += length + 1;
    }
    if (code == TK_CORRUPT)
        return tk_fail(error, TK_CORRUPT,
                       "The door's record %.300s is damaged in line %zu: keep a copy of it, let "
                       "somebody look at who was let in, and move it away.",
                       file->path, line);
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* Cuts off what is not good at the end, or all when nothing waits. */
static enum tk_code tidy(struct record_file *file, size_t size, struct tk_error *error)
{
    if (file->next == file->count)
        return !size || empty(file) ? TK_OK : fail(file, errno, "written", error);
    if ((size_t)file->length == size)
        return TK_OK;
    return ftruncate(file->file, file->length) || fsync(file->file)
               ? fail(file, errno, "written", error)
               : TK_OK;
}

static enum tk_code read_file(struct record_file *file, struct tk_error *error)
{
    struct stat info;
    char *text;
    size_t size = 0;
    enum tk_code code;

    if (fstat(file->file, &info))
        return fail(file, errno, "looked at", error);
    if ((uintmax_t)info.st_size > DOOR_RECORD_MAX)
        return tk_fail(error, TK_CORRUPT, "The door's record %.300s is too long to be one.",
                       file->path);
    text = malloc((size_t)info.st_size + 1);
    if (!text)
        return tk_fail_code(error, TK_NO_MEMORY);
    code = file_read_whole(file->file, text, (size_t)info.st_size, &size)
               ? TK_OK
               : fail(file, errno, "read", error);
    if (!code)
        code = read_lines(file, text, size, error);
    if (!code)
        code = tidy(file, size, error);
    free(text);
    return code;
}

static enum tk_code open_file(struct record_file *file, struct tk_error *error)
{
    file->file = open(file->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
                                O_NOCTTY,
                      0600);
    if (file->file < 0)
        return tk_fail(error, TK_CANNOT_CREATE, "The door's record %.300s cannot be opened: %s.",
                       file->path, strerror(errno));
    if (flock(file->file, LOCK_EX | LOCK_NB))
        return errno == EWOULDBLOCK
                   ? tk_fail(error, TK_BUSY,
                             "The door's record %.300s is in use: another door of this name runs "
                             "on this machine.", file->path)
                   : fail(file, errno, "locked", error);
    if (!file_sync_folder(file->path))
        return fail(file, errno, "saved", error);
    return secret_file_check(file->file, "record", file->path, error);
}

enum tk_code door_record_open(const char *path, struct door_record **record,
                              struct tk_error *error)
{
    static const struct door_record_ops ops = {.add = record_add,
                                               .first = record_first,
                                               .list = record_list,
                                               .settle = record_settle,
                                               .close = record_close};
    struct record_file *file = calloc(1, sizeof *file);
    enum tk_code code;

    if (!file)
        return tk_fail_code(error, TK_NO_MEMORY);
    file->record.ops = &ops;
    file->file = -1;
    memcpy(file->sum, FIRST_SUM, SUM_SIZE);
    code = text_copy(file->path, sizeof file->path, path)
               ? open_file(file, error)
               : tk_fail(error, TK_CONFIG, "The path of the door's record is too long.");
    if (!code)
        code = read_file(file, error);
    if (code)
        record_close(&file->record);
    else
        *record = &file->record;
    return code;
}
