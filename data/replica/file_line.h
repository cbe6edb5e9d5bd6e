/*
 * file_line: the line to a centre that is a box office file of this machine: sync_serve, called.
 *
 * The file is opened at the first exchange, and again after it failed, so that a centre that is not
 * there (its disk is not mounted, it is being replaced) is away, and no error for good. An exchange that
 * the file does not answer within its time (another program holds the gate, or SQLite's lock) is TK_BUSY. Whoever uses the
 * line expires and archives, too: a batch after an exchange without operations, once a minute.
 */
#ifndef TK_DATA_REPLICA_FILE_LINE_H
#define TK_DATA_REPLICA_FILE_LINE_H

#include "core/sync.h"

struct file_line_options {
    /* Opens the centre's store and its keys; *keys live as long as *store. Called again after a failure.
       timeout_ms (SYNC_ANSWER_MS) is how long the store waits for other programs from then on. */
    enum tk_code (*open)(void *context, int timeout_ms, struct store **store,
                         struct key_ring *keys, struct tk_error *error);
    /* After store_close, for what belonged to the keys; may be NULL. */
    void (*closed)(void *context);
    void *context;
    struct office_ports ports;
    struct plan_rules rules;
    struct allotment_rule allotment;
    int64_t archive_after; /* µs, as office_upkeep: nobody else looks after a file; 0: nothing is archived */
};

enum tk_code file_line_open(const struct file_line_options *options, struct sync_line **line,
                            struct tk_error *error);

#endif
