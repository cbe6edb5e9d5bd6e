/* session_copy: a whole box office from one place to another, a file or a database. */
#ifndef TK_UI_SESSION_COPY_H
#define TK_UI_SESSION_COPY_H

#include "ui/session.h"

/* What was copied. */
struct session_copied {
    int64_t slots, tickets, customers, entries; /* rows */
    int64_t rows, tables;                       /* all of them */
    int64_t era;                                /* of the copy */
    bool went_on; /* from where a copy stopped before */
    bool anew;    /* what a copy had done before was of no use */
    bool into_database;
    char from_key[SESSION_PATH_SIZE], into_key[SESSION_PATH_SIZE]; /* key files; into: where one is looked for */
};

/* Copies from one place to another, each as --db has it, as data/copy says; a file's key is copied beside it.
   `progress` is told after each page of a table's rows; false stops with TK_INTERRUPTED. Opens none of the session's own. */
enum tk_code session_copy(struct session *session, const char *from, const char *into,
                          bool (*progress)(void *context, const char *table, bool comparing,
                                           int64_t done, int64_t total),
                          void *context, struct session_copied *copied, struct tk_error *error);

#endif
