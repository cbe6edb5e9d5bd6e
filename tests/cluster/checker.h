/*
 * checker: holds what a box office stored against what it told (history.h). Pure: it reads both and
 * asks nobody.
 *
 * It finds whatever breaks one of these:
 *  1. Every operation that was sent has one answer.
 *  2. Every answer is in the journal, once, with the kind that was sent and the outcome that was
 * told.
 *  3. Nothing is in the journal, and no ticket or showing is there, that nobody sent. (Devices are
 * let in beside the history: journal entries of that kind are passed over.)
 *  4. Every sale has all its tickets once, each of its showing and customer; what was canceled,
 *     reissued or let in is so, what was not is not, and nothing of it was done twice.
 *  5. sold <= capacity, and what a showing counts is what its tickets and what the answers come to.
 */
#ifndef TK_TESTS_CLUSTER_CHECKER_H
#define TK_TESTS_CLUSTER_CHECKER_H

#include "core/buffer.h"
#include "core/ticket.h"
#include "tests/cluster/history.h"

struct stored_entry {
    struct op_id id;
    char kind[16];
    struct outcome outcome;
    bool unreadable; /* the outcome was not one */
};

struct stored_slot {
    int64_t id, capacity, available, allotted, sold, lost, admitted;
};

struct stored_ticket {
    uint64_t id, customer_id, replaces, replaced_by, sale_id;
    int64_t slot_id;
    int32_t status; /* enum ticket_status, or what else stood there */
    int32_t sale_position, sale_size;
    bool admitted;
};

/* What lies in the store: of a round its showings, their tickets and (at least) its part of the
   journal; or all of it. */
struct stored {
    struct stored_entries {
        struct stored_entry *items; /* owned */
        size_t count, capacity;
    } entries;
    struct stored_slots {
        struct stored_slot *items; /* owned */
        size_t count, capacity;
    } slots;
    struct stored_tickets {
        struct stored_ticket *items; /* owned */
        size_t count, capacity;
    } tickets;
};

void stored_release(struct stored *stored);

#define FINDINGS_TOLD 20

/* What is wrong, a sentence a line; the first FINDINGS_TOLD of them. */
struct findings {
    size_t count;
    struct buffer text;
};

void findings_init(struct findings *findings);
void findings_release(struct findings *findings);
void findings_add(struct findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Checks the records from place `from` on; showings and tickets that they do not concern must not
   be in `stored`. No thread may write the history meanwhile. TK_NO_MEMORY; what it found is in
   *findings. */
enum tk_code checker_run(struct history *history, size_t from, const struct stored *stored,
                         struct findings *findings);

#endif
