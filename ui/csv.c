#include "ui/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void csv_init(struct csv *csv, FILE *file, const char *name)
{
    *csv = (struct csv){.file = file, .name = name, .line = 1, .separator = ','};
}

void csv_release(struct csv *csv)
{
    free(csv->text);
    *csv = (struct csv){0};
}

const char *csv_field(const struct csv *csv, size_t column)
{
    return column < csv->count ? csv->text + csv->starts[column] : "";
}

static enum tk_code fail_io(const struct csv *csv, struct tk_error *error)
{
    return tk_fail(error, TK_IO, "%s cannot be read: %s.", csv->name, strerror(errno));
}

static enum tk_code fail_at(const struct csv *csv, long long line, const char *sentence,
                            struct tk_error *error)
{
    return tk_fail(error, TK_BAD_DATA, "%s:%lld: %s", csv->name, line, sentence);
}

enum tk_code csv_rewind(struct csv *csv, struct tk_error *error)
{
    if (fseek(csv->file, 0, SEEK_SET))
        return fail_io(csv, error);
    csv->line = 1;
    csv->count = 0;
    return TK_OK;
}

static enum tk_code put_char(struct csv *csv, char c, struct tk_error *error)
{
    if (csv->used == csv->size) {
        size_t size = csv->size ? csv->size * 2 : 4096;
        char *text = realloc(csv->text, size);

        if (!text)
            return tk_fail_code(error, TK_NO_MEMORY);
        csv->text = text;
        csv->size = size;
    }
    csv->text[csv->used++] = c;
    return TK_OK;
}

/* Adds a byte of the file to the field that is read. */
static enum tk_code take_char(struct csv *csv, int c, struct tk_error *error)
{
    if (c == '\0')
        return fail_at(csv, csv->line,
                       "There is a NUL byte: this is not a text file, or not UTF-8. Save it as "
                       "UTF-8.",
                       error);
    if (csv->used - csv->starts[csv->count - 1] >= CSV_FIELD_MAX)
        return fail_at(csv, csv->lines[csv->count - 1],
                       "A field is longer than 16384 bytes; a quote may be missing.", error);
    return put_char(csv, (char)c, error);
}

static enum tk_code begin_field(struct csv *csv, struct tk_error *error)
{
    if (csv->count == CSV_COLUMNS_MAX)
        return fail_at(csv, csv->line, "There are more than 64 columns.", error);
    csv->starts[csv->count] = csv->used;
    csv->lines[csv->count] = csv->line;
    csv->count++;
    return TK_OK;
}

/* CR LF is one newline; a CR alone is left to the caller. */
static int next_char(struct csv *csv)
{
    int c = getc_unlocked(csv->file);

    if (c == '\r') {
        int after = getc_unlocked(csv->file);

        if (after == '\n')
            return '\n';
        if (after != EOF)
            ungetc(after, csv->file);
    }
    return c;
}

/* Reads what follows an opening quote, up to the closing one. */
static enum tk_code read_quoted(struct csv *csv, struct tk_error *error)
{
    long long opened = csv->line;
    enum tk_code code = TK_OK;

    while (!code) {
        int c = next_char(csv);

        if (c == EOF)
            return ferror(csv->file)
                       ? fail_io(csv, error)
                       : fail_at(csv, opened, "The quote that opens here is never closed.", error);
        csv->line += c == '\n';
        if (c == '"') {
            int after = getc_unlocked(csv->file);

            if (after != '"') {
                if (after != EOF)
                    ungetc(after, csv->file);
                return TK_OK;
            }
        }
        code = take_char(csv, c, error);
    }
    return code;
}

/* Reads one field; *stop is what ended it: a comma, a newline or EOF. */
static enum tk_code read_field(struct csv *csv, int *stop, struct tk_error *error)
{
    enum tk_code code = begin_field(csv, error);
    bool quoted = false;

    while (!code) {
        int c = *stop = next_char(csv);

        if (c == csv->separator || c == '\n' || c == EOF)
            break;
        if (c == '"' && !quoted && csv->used == csv->starts[csv->count - 1]) {
            quoted = true;
            code = read_quoted(csv, error);
        } else if (quoted) {
            code = fail_at(csv, csv->line, "There is text after a closing quote.", error);
        } else if (c == '"') {
            code = fail_at(csv, csv->line,
                           "There is a quote inside a field: put the field into quotes and write "
                           "the quote twice.",
                           error);
        } else {
            code = take_char(csv, c, error);
        }
    }
    return code ? code : put_char(csv, '\0', error);
}

static enum tk_code read_row(struct csv *csv, int *stop, struct tk_error *error)
{
    enum tk_code code;

    csv->used = csv->count = 0;
    do
        code = read_field(csv, stop, error);
    while (!code && *stop == csv->separator);
    if (code)
        return code;
    csv->line += *stop == '\n';
    return ferror(csv->file) ? fail_io(csv, error) : TK_OK;
}

static enum tk_code skip_mark(struct csv *csv, struct tk_error *error)
{
    char first[3];
    size_t got = fread(first, 1, sizeof first, csv->file);

    if (got >= 2 && (memcmp(first, "\xFF\xFE", 2) == 0 || memcmp(first, "\xFE\xFF", 2) == 0))
        return fail_at(csv, 1, "This file is in UTF-16: save it as UTF-8.", error);
    if (got < sizeof first || memcmp(first, "\xEF\xBB\xBF", sizeof first) != 0)
        rewind(csv->file);
    return TK_OK;
}

/* Looks at the first line that is not empty: where a comma is the decimal sign, spreadsheets write
   another separator. */
static enum tk_code find_separator(struct csv *csv, struct tk_error *error)
{
    long start = ftell(csv->file);
    bool quoted = false, text = false, comma = false;
    char other = '\0';
    int c;

    while ((c = getc_unlocked(csv->file)) != EOF && (c != '\n' || quoted || !text)) {
        text |= c != '\n' && c != '\r';
        quoted ^= c == '"';
        comma |= c == ',' && !quoted;
        if ((c == ';' || c == '\t') && !quoted && !other)
            other = (char)c;
    }
    csv->separator = ',';
    if (other && !comma)
        csv->separator = other;
    return fseek(csv->file, start, SEEK_SET) ? fail_io(csv, error) : TK_OK;
}

enum tk_code csv_read(struct csv *csv, bool *end, struct tk_error *error)
{
    int stop = 0;
    enum tk_code code = TK_OK;

    *end = false;
    if (csv->line == 1 && ftell(csv->file) == 0) {
        code = skip_mark(csv, error);
        if (!code)
            code = find_separator(csv, error);
        if (code)
            return code;
    }
    do
        code = read_row(csv, &stop, error);
    while (!code && stop != EOF && csv->count == 1 && !csv->text[0]);
    if (!code && stop == EOF && csv->count == 1 && !csv->text[0])
        *end = true;
    return code;
}
