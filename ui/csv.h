/*
 * csv: rows of a CSV file (RFC 4180), one at a time.
 *
 * Fields are separated by commas; by semicolons or tabs when the first line has those and no comma.
 * A UTF-8 BOM at the start, CRLF or LF, and quotes with commas, quotes and newlines inside are
 * fine. Empty lines are skipped. Everything else that is not CSV is an error that names the line:
 * a quote in the middle of a field, text after a closing quote, a quote that is never closed, a
 * NUL byte, a field over CSV_FIELD_MAX bytes, a row of more than CSV_COLUMNS_MAX fields.
 */
#ifndef TK_UI_CSV_H
#define TK_UI_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/error.h"

#define CSV_FIELD_MAX 16384 /* bytes of text */
#define CSV_COLUMNS_MAX 64

struct csv {
    FILE *file;       /* borrowed */
    const char *name; /* borrowed; how errors call the file */
    long long line;   /* the one that is read */
    char separator;   /* as the first line has it */
    char *text;       /* owned: the row's fields, each with its NUL */
    size_t used, size;
    /* the row */
    size_t count;
    size_t starts[CSV_COLUMNS_MAX];   /* of each field in text */
    long long lines[CSV_COLUMNS_MAX]; /* where each field begins */
};

void csv_init(struct csv *csv, FILE *file, const char *name);
void csv_release(struct csv *csv);
/* Goes back to the start of the file, which must be a regular one. TK_IO. */
enum tk_code csv_rewind(struct csv *csv, struct tk_error *error);
/* Reads the next row; *end is set when there is none. TK_BAD_DATA, TK_IO, TK_NO_MEMORY. */
enum tk_code csv_read(struct csv *csv, bool *end, struct tk_error *error);
/* A field of the row, "" beyond its end; borrowed until the next row. */
const char *csv_field(const struct csv *csv, size_t column);

#endif
