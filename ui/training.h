/*
 * training: a box office file that is there only while programs practise on it.
 *
 * All who practise at the same time share one copy: the first makes it, the last removes it, with all
 * that SQLite and its key put beside it. Who takes part holds COPY.shared with a shared flock(2); who
 * makes or removes the copy holds it alone.
 *
 *   training_join ─ nobody else ─▶ make() ─▶ taking part ─ training_leave, nobody else ─▶ removed
 *        └───────── others take part ──────────▶ ┘  └───── others take part ─────────▶ left alone
 *
 * Invariants
 * 1. A copy that is there has COPY.shared beside it: one without is somebody's own file, and is
 *    neither used nor removed.
 * 2. A copy that was left behind (its programs were killed) is never used: the next one makes it anew.
 *
 * Threading: one thread.
 */
#ifndef TK_UI_TRAINING_H
#define TK_UI_TRAINING_H

#include "core/error.h"

#define TRAINING_PATH_SIZE 4096

struct training {
    char copy[TRAINING_PATH_SIZE]; /* the box office file; "" while not taking part */
    int lock;                      /* the open COPY.shared, while taking part */
};

/* Takes part on `copy`. `make` is called when there is nobody else: it makes the file `copy`, which is
   not there then. TK_CANNOT_CREATE, TK_IO, or as `make` fails: then nothing is left. */
enum tk_code training_join(struct training *training, const char *copy,
                           enum tk_code (*make)(void *context, const char *copy,
                                                struct tk_error *error),
                           void *context, struct tk_error *error);
/* Fine when not taking part. Whatever was opened on the copy is closed before. */
void training_leave(struct training *training);

#endif
