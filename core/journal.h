/*
 * journal: whether the journal is what was written.
 *
 * A journal is fed to a check entry by entry, with the seals that vouch for it (core/seal), and the
 * check says what was done to it: each problem names an entry, or the first and the last of
 * several. The hashes chain the entries of a device to one another; which entries there were in
 * all, and in which order, the seals know.
 *
 *   changed    an entry is not what its hash was made of
 *   removed    entries are not there any more
 *   inserted   an entry that nobody wrote there
 *   swapped    two entries that stand in each other's places
 *   repeated   an entry that is there once more
 *   cut        the end is not there: a seal, or somebody who noted a head, knows of more
 *   rewritten  each entry fits the one before it, but these are not those that were signed, or a
 *              digest is not, which only the head covers
 *   forged     a seal that was not signed with the house's key
 *   unsealed   a seal that was kept elsewhere is not in the box office any more
 *
 * Invariants
 * 1. A journal that nobody touched has no problem, whatever its seals and writers are.
 * 2. What was done to entries before the last seal, or to the chain of a device that goes on, is
 *    found. What was written after the last seal can be written anew by whoever may write the
 *    database: how much that may be is what SEAL_EVERY and the seals of each shift are for.
 * 3. After a problem the check goes on: what was done to one entry does not accuse those after it.
 *
 * No I/O, no clock. An entry that fits costs two hashes; the check keeps some 40 bytes for each, to
 * know its id again.
 */
#ifndef TK_CORE_JOURNAL_H
#define TK_CORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/seal.h"
#include "core/store.h"

#define JOURNAL_PROBLEMS_KEPT 1000
#define JOURNAL_PROBLEM_TEXT 320

#define JOURNAL_FAULT_TABLE(X)        \
    X(JOURNAL_CHANGED, "changed")     \
    X(JOURNAL_REMOVED, "removed")     \
    X(JOURNAL_INSERTED, "inserted")   \
    X(JOURNAL_SWAPPED, "swapped")     \
    X(JOURNAL_REPEATED, "repeated")   \
    X(JOURNAL_CUT, "cut")             \
    X(JOURNAL_REWRITTEN, "rewritten") \
    X(JOURNAL_FORGED, "forged")       \
    X(JOURNAL_UNSEALED, "unsealed")

enum journal_fault {
#define X(fault, name) fault,
    JOURNAL_FAULT_TABLE(X)
#undef X
        JOURNAL_FAULT_COUNT
};

const char *journal_fault_name(enum journal_fault fault);

struct journal_problem {
    enum journal_fault fault;
    int64_t writer; /* -1: not known, as of a head that somebody noted */
    int64_t seq,
        last_seq; /* the entry, or the first and last of several; swapped: the two; removed: where
                     they stood. forged, unsealed: how many entries the seal was for */
    char device[DEVICE_SIZE]; /* whose it is; "": not known, or several */
    int64_t device_seq;       /* 0: not known */
    int64_t device_last;      /* removed: the last of its numbers that are missing */
    struct op_id id;          /* zero: not known */
};

/* A sentence that says what was done to what. */
void journal_problem_print(const struct journal_problem *problem, char text[JOURNAL_PROBLEM_TEXT]);

/* How far a writer's part goes. */
struct journal_head {
    int64_t writer;
    int64_t entries;
    uint8_t head[CRYPTO_HASH_SIZE];
    bool known; /* nothing is wrong since the last seal: it is the true one */
};

struct journal_check;

/* `uuid` of the store and `public_key` of the house, both copied: seals that were not signed so are
   forged. NULL: signatures are not looked at. NULL when there is no memory. */
struct journal_check *journal_check_new(const char *uuid, const uint8_t *public_key);
/* NULL is fine. */
void journal_check_free(struct journal_check *check);

/* Before the first entry, in any order: the seals that the box office has, and (`apart`) those that
   were kept elsewhere, which must be among them. TK_NO_MEMORY. */
enum tk_code journal_check_seal(struct journal_check *check, const struct seal *seal, bool apart);
/* The same for a head that somebody noted, as a shift report tells it: some writer must have had
   one that begins with so many hexadecimal digits of it, the rest zeros. */
enum tk_code journal_check_head(struct journal_check *check, int64_t entries,
                                const uint8_t head[CRYPTO_HASH_SIZE], size_t digits);
/* The same for what the store itself notes of the end: so many entries of that writer, and the head
   that they had. It is not signed: it tells where an end was cut that no seal covers yet. */
enum tk_code journal_check_note(struct journal_check *check, int64_t writer, int64_t entries,
                                const uint8_t head[CRYPTO_HASH_SIZE]);
/* The next entry of its writer, of which all come in the order in which they are listed. Borrowed.
 * TK_NO_MEMORY. */
enum tk_code journal_check_entry(struct journal_check *check, const struct journal_entry *entry);
/* That was all. TK_NO_MEMORY. */
enum tk_code journal_check_end(struct journal_check *check);

int64_t journal_check_entries(const struct journal_check *check);
int64_t journal_check_seals(const struct journal_check *check); /* that were signed by the house */
/* How many problems there are; of them the first JOURNAL_PROBLEMS_KEPT are told, in the order in
   which they were found. Borrowed. */
int64_t journal_check_found(const struct journal_check *check);
size_t journal_check_kept(const struct journal_check *check);
const struct journal_problem *journal_check_problem(const struct journal_check *check, size_t at);
/* How far each writer came, as met; false after the last. */
bool journal_check_writer(const struct journal_check *check, size_t at, struct journal_head *head);

#endif
