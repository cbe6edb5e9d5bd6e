#include "ui/admin/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"

#define OUTPUT_LIMIT ((size_t)64 * 1024 * 1024)
#define OUTPUT_SPILL 65536
#define FIELD_WIDTH 13

void output_init(struct output *output)
{
    *output = (struct output){.fd = STDOUT_FILENO};
    buffer_init(&output->text, OUTPUT_LIMIT);
}

static enum tk_code fail_write(int number, const char *path, enum tk_code code,
                               struct tk_error *error)
{
    if (number == ENOSPC || number == EDQUOT)
        code = TK_DISK_FULL;
    if (!*path)
        return tk_fail(error, code, "The answer cannot be written: %s.", strerror(number));
    return tk_fail(error, code, "%.300s cannot be written: %s.", path, strerror(number));
}

/* A fresh file in the folder where the file shall lie: renaming needs the same file system. */
static int open_temporary(struct output *output)
{
    int length = snprintf(output->temporary, sizeof output->temporary, "%s.XXXXXX", output->path);
    int fd;

    if (length < 0 || (size_t)length >= sizeof output->temporary) {
        output->temporary[0] = '\0';
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(output->temporary, O_CLOEXEC);
    if (fd < 0)
        output->temporary[0] = '\0';
    return fd;
}

enum tk_code output_open(struct output *output, const char *path, struct tk_error *error)
{
    struct stat info;
    bool straight;

    output_init(output);
    if (!text_copy(output->path, sizeof output->path, path))
        return fail_write(ENAMETOOLONG, path, TK_CANNOT_CREATE, error);
    straight = stat(path, &info) == 0 && !S_ISREG(info.st_mode);
    output->fd = straight ? open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY) : open_temporary(output);
    if (output->fd < 0)
        return fail_write(errno, path, TK_CANNOT_CREATE, error);
    return TK_OK;
}

bool output_flush(struct output *output)
{
    const char *data = buffer_text(&output->text);
    size_t left = output->text.length;

    output->no_memory |= output->text.failed;
    while (left && !output->failure && !output->no_memory) {
        ssize_t written = write(output->fd, data, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            output->failure = errno;
            break;
        }
        data += written;
        left -= (size_t)written;
    }
    buffer_clear(&output->text);
    return !output->failure && !output->no_memory;
}

bool output_spill(struct output *output)
{
    return output->text.length < OUTPUT_SPILL && !output->text.failed ? true
                                                                       : output_flush(output);
}

/* Puts the finished file into its place, or removes it. */
static void finish_temporary(struct output *output, bool failed)
{
    if (!failed && rename(output->temporary, output->path) != 0)
        output->failure = errno;
    if (failed || output->failure)
        unlink(output->temporary);
}

enum tk_code output_end(struct output *output, bool failed, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (output->fd >= 0)
        output_flush(output);
    failed |= output->no_memory || output->failure;
    if (*output->temporary && !failed && fsync(output->fd) != 0)
        output->failure = errno;
    if (*output->path && output->fd >= 0 && close(output->fd) != 0 && !output->failure)
        output->failure = errno;
    if (*output->temporary)
        finish_temporary(output, failed || output->failure);
    if (output->failure)
        code = fail_write(output->failure, output->path, TK_IO, error);
    else if (output->no_memory)
        code = tk_fail_code(error, TK_NO_MEMORY);
    buffer_release(&output->text);
    output->fd = -1;
    return code;
}

bool output_is_terminal(const struct output *output)
{
    return isatty(output->fd);
}

/* --- tables --- */

void table_init(struct table *table, const char *const *heads)
{
    *table = (struct table){.heads = heads};
    buffer_init(&table->cells, OUTPUT_LIMIT);
    for (; heads[table->columns]; table->columns++) {
        assert(table->columns < TABLE_COLUMNS_MAX);
        table->widths[table->columns] =
            text_width(heads[table->columns] + (*heads[table->columns] == '>'));
    }
}

void table_release(struct table *table)
{
    buffer_release(&table->cells);
}

void table_add(struct table *table, const char *cell)
{
    int column = (int)(table->count++ % (size_t)table->columns);
    int width = text_width(cell);

    if (width > TABLE_CELLS_MAX && !table->whole)
        width = TABLE_CELLS_MAX;
    if (width > table->widths[column])
        table->widths[column] = width;
    buffer_add(&table->cells, cell, strlen(cell) + 1);
}

void table_addf(struct table *table, const char *format, ...)
{
    char cell[256];
    va_list args;

    va_start(args, format);
    vsnprintf(cell, sizeof cell, format, args);
    va_end(args);
    table_add(table, cell);
}

static void put_cell(struct buffer *out, const char *cell, int width, bool right, bool last)
{
    bool is_long = text_width(cell) > width;
    size_t length = is_long ? text_fit(cell, width - 2) : strlen(cell);
    int pad = is_long ? 0 : width - text_width(cell);

    if (right)
        buffer_addf(out, "%*s", pad, "");
    buffer_add(out, cell, length);
    if (is_long)
        buffer_add_text(out, "..");
    if (!last)
        buffer_addf(out, "%*s  ", right ? 0 : pad, "");
}

void table_print(struct table *table, struct buffer *out)
{
    const char *cell = buffer_text(&table->cells);
    int columns = table->columns;

    for (int i = 0; !table->has_head && i < columns; i++) {
        bool right = *table->heads[i] == '>';

        put_cell(out, table->heads[i] + right, table->widths[i], right, i + 1 == columns);
    }
    if (!table->has_head)
        buffer_add_char(out, '\n');
    table->has_head = true;
    out->failed |= table->cells.failed;
    for (size_t i = 0; !out->failed && i < table->count; i++) {
        int column = (int)(i % (size_t)columns);

        put_cell(out, cell, table->widths[column], *table->heads[column] == '>',
                 column + 1 == columns);
        if (column + 1 == columns)
            buffer_add_char(out, '\n');
        cell += strlen(cell) + 1;
    }
    buffer_clear(&table->cells);
    table->count = 0;
}

void put_field(struct buffer *out, const char *name, const char *format, ...)
{
    char value[TK_MESSAGE_MAX * 4];
    va_list args;

    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    buffer_addf(out, "%-*s%s\n", FIELD_WIDTH, name, value);
}

const char *path_shown(const char *path, char place[OUTPUT_PATH_SIZE])
{
    if (text_is_clean(path))
        return path;
    text_display(place, OUTPUT_PATH_SIZE, path);
    return place;
}

/* --- progress --- */

void progress_show(const char *format, ...)
{
    va_list args;

    if (!isatty(STDERR_FILENO))
        return;
    fputs("\r", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("   ", stderr);
    fflush(stderr);
}

void progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%*s\r", 70, "");
}
