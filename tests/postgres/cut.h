/*
 * cut: a line to PostgreSQL that breaks at a chosen message. It knows where messages end (the
 * protocol's "Message Formats": a byte for the sort, four for the length), so that it can break
 * between any two of them, or in the middle of one. One thread moves the bytes of all connections.
 */
#ifndef TK_TESTS_POSTGRES_CUT_H
#define TK_TESTS_POSTGRES_CUT_H

#include <stdbool.h>
#include <stddef.h>

enum cut_side {
    CUT_REQUESTS, /* counts what goes to the server */
    CUT_ANSWERS
};

enum cut_manner {
    CUT_RESET, /* both ends are reset, and who comes is, too, until cut_mend */
    CUT_HANG /* carries nothing more, either way; what is open stays so until cut_mend; who comes is
                reset */
};

/* Carries `after` more messages of one side and (half) the first half of the next, and breaks when
 * there is more. */
struct cut_plan {
    enum cut_side side;
    enum cut_manner manner;
    int after;
    size_t least; /* bytes: shorter messages are not counted */
    bool half;
};

struct cut;

/* A line to a port of 127.0.0.1; NULL when it cannot be made. */
struct cut *cut_new(int target_port);
int cut_port(const struct cut *cut);
void cut_arm(struct cut *cut, const struct cut_plan *plan);
/* Whether it broke since it was armed. */
bool cut_is_broken(struct cut *cut);
/* Carries all again; what hung is reset. */
void cut_mend(struct cut *cut);
/* Ends the thread and closes all. NULL is fine. */
void cut_free(struct cut *cut);

#endif
