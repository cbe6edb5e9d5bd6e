/*
 * output: where a command's data goes, with every write checked; tables for people; progress.
 *
 * Data is gathered in `text` and written by output_flush, so that a full disk or a closed pipe is
 * found out: the first failure is kept and told by output_end.
 */
#ifndef TK_UI_ADMIN_OUTPUT_H
#define TK_UI_ADMIN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"

#define OUTPUT_PATH_SIZE 4096

struct output {
    struct buffer text; /* not written yet */
    int fd;
    int failure;                      /* errno of the first failure; 0: none */
    bool no_memory;                   /* the text did not fit */
    char path[OUTPUT_PATH_SIZE];      /* "" for stdout */
    char temporary[OUTPUT_PATH_SIZE]; /* written first, then renamed; "" when written straight */
};

/* Standard output. */
void output_init(struct output *output);
/* A file, written beside its place (mode 0600) and renamed by output_end; what is there and is not
   a plain file, such as a device, is written straight. TK_CANNOT_CREATE, TK_DISK_FULL. */
enum tk_code output_open(struct output *output, const char *path, struct tk_error *error);
/* Writes what has gathered. False after a failure. */
bool output_flush(struct output *output);
/* Flushes when much has gathered, for long output. */
bool output_spill(struct output *output);
/* Flushes, moves a file into its place unless `failed`, and tells the first failure: TK_IO,
   TK_DISK_FULL, TK_NO_MEMORY. Releases the output. */
enum tk_code output_end(struct output *output, bool failed, struct tk_error *error);
/* Whether it goes to a terminal. */
bool output_is_terminal(const struct output *output);

/* Rows of cells, as wide as the widest in terminal cells. Made for pages: widths only grow. What
   is wider than TABLE_CELLS_MAX is cut, and marked so, unless `whole`. */
#define TABLE_COLUMNS_MAX 16
#define TABLE_CELLS_MAX 48

struct table {
    const char *const *heads; /* NULL-terminated; one beginning with '>' stands to the right */
    int columns;
    int widths[TABLE_COLUMNS_MAX];
    bool has_head; /* was written */
    bool whole;
    struct buffer cells; /* each ends with NUL */
    size_t count;        /* cells */
};

void table_init(struct table *table, const char *const *heads);
void table_release(struct table *table);
void table_add(struct table *table, const char *cell);
void table_addf(struct table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends the rows so far to `out`, the heads first the first time, and empties the table. */
void table_print(struct table *table, struct buffer *out);

/* "Name        value" for showing one thing. */
void put_field(struct buffer *out, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A path as it may be shown: itself when it is clean text, else made so in `place`. */
const char *path_shown(const char *path, char place[OUTPUT_PATH_SIZE]);

/* On stderr, over itself, and only when that is a terminal. progress_end wipes it away. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress_end(void);

#endif
