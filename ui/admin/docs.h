/* docs: what the files that print documentation share. */
#ifndef TK_UI_ADMIN_DOCS_H
#define TK_UI_ADMIN_DOCS_H

#include "ui/admin/command.h"

/* The options before `admin`, and those of `serve` and `door`; each ends with a NULL name. */
extern const struct option program_options[], serve_options[], door_options[];

struct exit_meaning {
    int exit;
    const char *meaning;
};
/* Ends with a NULL meaning. */
extern const struct exit_meaning exit_meanings[];

/* Appends the codes with an exit status, each between before and after. */
void put_codes(struct buffer *out, int exit, const char *before, const char *after);

/* The keys of the counter; a key that does the same in several views is one row. */
#define KEY_ROWS_MAX 128
#define KEY_VIEWS_SIZE 320

struct key_rows {
    struct key_row {
        const char *keys, *help;
        char views[KEY_VIEWS_SIZE]; /* "Sale, Ticket" */
    } rows[KEY_ROWS_MAX];
    int count;
};

void key_rows_list(struct key_rows *all);

/* docs_man.c, docs_completion.c */
void print_man(struct buffer *out);
void print_completion(struct buffer *out);

#endif
