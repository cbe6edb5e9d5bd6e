#include "data/door_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
#define ADD_MAX (DOOR_RECORD_MAX / 4) /* bytes of the file; beyond, only answers are added */
#define CONFLICT_MAX (TK_MESSAGE_MAX + 128) /* bytes of a refusal's line */
#define TIDY_AT 65536 /* bytes of what is over, at which a file with refusals is written anew */

struct record_file {
    struct door_record record;
    int file;
    off_t length;       /* of what is good in the file */
    char sum[SUM_SIZE]; /* of the last line */
    bool broken;        /* it could not be brought back to what it was */
    char path[PATH_SIZE];
    struct operation *items; /* owned; those from `next` on wait */
    size_t count, capacity, next;
    struct {
        struct door_conflict *items; /* owned; not dealt with */
        size_t count, capacity;
    } conflicts;
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

/* Appends one line, durably unless it is `part` of what is made durable as a whole. */
static enum tk_code append(struct record_file *file, const struct buffer *entry, bool part,
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
    } else if (!file_write_whole(file->file, line.data, line.length) ||
               (!part && fsync(file->file))) {
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
    if ((size_t)file->length > ADD_MAX)
        return tk_fail(error, TK_DISK_FULL, "The door's record %.300s is full.", file->path);
    buffer_init(&json, ENTRY_MAX - 1);
    buffer_init(&entry, ENTRY_MAX);
    operation_print(&json, operation, OP_PRINT_WHOLE);
    buffer_add_char(&entry, '+');
    buffer_add(&entry, buffer_text(&json), json.length);
    entry.failed |= json.failed;
    code = append(file, &entry, false, error);
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

static enum tk_code record_list_conflicts(struct door_record *record,
                                          void (*each)(void *context,
                                                       const struct door_conflict *conflict),
                                          void *context, struct tk_error *error)
{
    const struct record_file *file = file_of(record);

    (void)error;
    for (size_t i = 0; i < file->conflicts.count; i++)
        each(context, &file->conflicts.items[i]);
    return TK_OK;
}

/* --- what is over leaves the file --- */

/* Nothing is left. Where that is not durable, what waited is sent once more after a power cut, to no
   effect, and told once more; but nothing may be written behind it. */
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

/* "!id ticket time sentence"; what would end the line is none. */
static void put_conflict(struct buffer *entry, const struct door_conflict *conflict)
{
    char id[OP_ID_TEXT_MAX], ticket[ID_TEXT_MAX];

    op_id_print(id, &conflict->id);
    id_print(ticket, ID_TICKET, conflict->ticket_id);
    buffer_addf(entry, "!%s %s %lld ", id, ticket, (long long)conflict->admitted_at);
    for (const char *c = conflict->message; *c; c++)
        buffer_add_char(entry, (unsigned char)*c < ' ' ? ' ' : *c);
}

static enum tk_code write_conflicts(struct record_file *made, const struct record_file *file)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < file->conflicts.count; i++) {
        struct buffer entry;

        buffer_init(&entry, ENTRY_MAX);
        put_conflict(&entry, &file->conflicts.items[i]);
        code = append(made, &entry, true, NULL);
        buffer_release(&entry);
    }
    return !code && fsync(made->file) ? TK_IO : code;
}

/* The refusals alone in a new file, which takes the place of the one that is there. Where that fails
   all stays as it is. */
static void write_anew(struct record_file *file)
{
    struct record_file made = {.sum = FIRST_SUM};
    char path[PATH_SIZE + 8];

    snprintf(path, sizeof path, "%s.new", file->path);
    made.file = open(path, O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (made.file < 0)
        return;
    if (flock(made.file, LOCK_EX | LOCK_NB) || write_conflicts(&made, file) ||
        rename(path, file->path)) {
        unlink(path);
        close(made.file);
        return;
    }
    close(file->file);
    file->file = made.file;
    file->length = made.length;
    memcpy(file->sum, made.sum, SUM_SIZE);
    file->broken = !file_sync_folder(file->path);
}

/* Where nothing waits any more. */
static void drop_what_is_over(struct record_file *file)
{
    if (file->next < file->count)
        return;
    file->count = file->next = 0;
    if (!file->conflicts.count)
        empty(file); /* else the next one does it */
    else if ((size_t)file->length > TIDY_AT + file->conflicts.count * CONFLICT_MAX)
        write_anew(file);
}

static enum tk_code append_id(struct record_file *file, char kind, const struct op_id *id,
                              struct tk_error *error)
{
    struct buffer entry;
    char text[OP_ID_TEXT_MAX];
    enum tk_code code;

    buffer_init(&entry, ENTRY_MAX);
    op_id_print(text, id);
    buffer_add_char(&entry, kind);
    buffer_add_text(&entry, text);
    code = append(file, &entry, false, error);
    buffer_release(&entry);
    return code;
}

static enum tk_code settle_refused(struct record_file *file, const struct door_conflict *conflict,
                                   struct tk_error *error)
{
    struct buffer entry;
    enum tk_code code = list_reserve((void **)&file->conflicts.items, file->conflicts.count,
                                     &file->conflicts.capacity, sizeof *file->conflicts.items);

    if (code)
        return tk_fail_code(error, code);
    buffer_init(&entry, ENTRY_MAX);
    put_conflict(&entry, conflict);
    code = append(file, &entry, false, error);
    if (!code)
        file->conflicts.items[file->conflicts.count++] = *conflict;
    buffer_release(&entry);
    return code;
}

static enum tk_code record_settle(struct door_record *record, const struct op_id *id,
                                  const struct door_conflict *conflict, struct tk_error *error)
{
    struct record_file *file = file_of(record);
    enum tk_code code;

    if (file->next >= file->count || !op_id_equal(&file->items[file->next].id, id) ||
        (conflict && !op_id_equal(&conflict->id, id)))
        return tk_fail(error, TK_INTERNAL, "The door's record is not settled in its order.");
    if (!conflict && !file->conflicts.count && file->next + 1 == file->count && !file->broken &&
        empty(file))
        return TK_OK;
    code = conflict ? settle_refused(file, conflict, error) : append_id(file, '-', id, error);
    if (code)
        return code;
    file->next++;
    drop_what_is_over(file);
    return TK_OK;
}

/* The place of a refusal; count: it is not there. */
static size_t find_conflict(const struct record_file *file, const struct op_id *id)
{
    size_t at = 0;

    while (at < file->conflicts.count && !op_id_equal(&file->conflicts.items[at].id, id))
        at++;
    return at;
}

static void forget_conflict(struct record_file *file, size_t at)
{
    file->conflicts.count--;
    memmove(file->conflicts.items + at, file->conflicts.items + at + 1,
            (file->conflicts.count - at) * sizeof *file->conflicts.items);
}

static enum tk_code record_acknowledge(struct door_record *record, const struct op_id *id,
                                       struct tk_error *error)
{
    struct record_file *file = file_of(record);
    size_t at = find_conflict(file, id);
    enum tk_code code;

    if (at == file->conflicts.count)
        return TK_OK;
    code = append_id(file, '=', id, error);
    if (code)
        return code;
    forget_conflict(file, at);
    drop_what_is_over(file);
    return TK_OK;
}

static void record_close(struct door_record *record)
{
    struct record_file *file = file_of(record);

    if (file->file >= 0)
        close(file->file);
    free(file->items);
    free(file->conflicts.items);
    free(file);
}

void door_record_close(struct door_record *record)
{
    if (record)
        record->ops->close(record);
}

/* --- reading it at the beginning --- */

/* What settles the first that waits. */
static enum tk_code read_settled(struct record_file *file, const struct op_id *id)
{
    if (file->next >= file->count || !op_id_equal(&file->items[file->next].id, id))
        return TK_CORRUPT;
    file->next++;
    return TK_OK;
}

/* Ends the first word of a text, and returns what follows; NULL: nothing does. */
static char *cut_word(char *text)
{
    char *end = strchr(text, ' ');

    if (!end)
        return NULL;
    *end = '\0';
    return end + 1;
}

/* "id ticket time sentence" */
static enum tk_code read_conflict(struct record_file *file, char *text)
{
    struct door_conflict conflict = {0};
    char *ticket = cut_word(text), *at = ticket ? cut_word(ticket) : NULL;
    char *message = at ? cut_word(at) : NULL;
    enum tk_code code = TK_OK;

    if (!message || !op_id_parse(&conflict.id, text) ||
        !id_parse(ID_TICKET, ticket, &conflict.ticket_id) ||
        !text_parse_int(at, &conflict.admitted_at) ||
        !text_copy(conflict.message, sizeof conflict.message, message))
        return TK_CORRUPT;
    if (file->next < file->count)
        code = read_settled(file, &conflict.id);
    if (!code)
        code = LIST_ADD(&file->conflicts, &conflict);
    return code;
}

static enum tk_code read_entry(struct record_file *file, const char *entry, size_t length)
{
    struct operation operation = {0};
    char text[ENTRY_MAX];
    struct op_id id;
    size_t at;
    enum tk_code code;

    if (length && *entry == '+') {
        code = operation_parse(entry + 1, length - 1, &operation, NULL);
        if (!code)
            code = LIST_ADD(file, &operation);
        return code;
    }
    if (!length || length >= sizeof text || memchr(entry, '\0', length))
        return TK_CORRUPT;
    memcpy(text, entry + 1, length - 1);
    text[length - 1] = '\0';
    if (*entry == '!')
        return read_conflict(file, text);
    if (!op_id_parse(&id, text))
        return TK_CORRUPT;
    if (*entry == '-')
        return read_settled(file, &id);
    at = find_conflict(file, &id);
    if (*entry != '=' || at == file->conflicts.count)
        return TK_CORRUPT;
    forget_conflict(file, at);
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

/* Cuts off what is not good at the end, or all when nothing is left. */
static enum tk_code tidy(struct record_file *file, size_t size, struct tk_error *error)
{
    if (file->next == file->count && !file->conflicts.count)
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

/* Whether the path still leads to the open file. */
static bool is_in_place(const struct record_file *file)
{
    struct stat there, here;

    return !lstat(file->path, &there) && !fstat(file->file, &here) &&
           there.st_ino == here.st_ino && there.st_dev == here.st_dev;
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
    if (!is_in_place(file)) /* another door has just written it anew */
        return tk_fail(error, TK_BUSY, "The door's record %.300s is in use: try again.",
                       file->path);
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
                                               .list_conflicts = record_list_conflicts,
                                               .acknowledge = record_acknowledge,
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
