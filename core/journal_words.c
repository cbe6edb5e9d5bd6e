/* What was done to the journal, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/journal.h"

static const char *const names[JOURNAL_FAULT_COUNT] = {
#define X(fault, name) [fault] = name,
    JOURNAL_FAULT_TABLE(X)
#undef X
};

const char *journal_fault_name(enum journal_fault fault)
{
    return (unsigned)fault < JOURNAL_FAULT_COUNT ? names[fault] : NULL;
}

#define ENTRY_NAME_SIZE 200

/* "Entry 512 (number 40 of till-1, 0199…)". */
static void name_entry(const struct journal_problem *p, char name[ENTRY_NAME_SIZE])
{
    char id[OP_ID_TEXT_MAX] = "";
    int used;

    used = snprintf(name, ENTRY_NAME_SIZE, "Entry %" PRId64, p->seq);
    if (!p->device_seq)
        return;
    if (!op_id_is_zero(&p->id))
        op_id_print(id, &p->id);
    snprintf(name + used, ENTRY_NAME_SIZE - (size_t)used, " (number %" PRId64 " of %s%s%s)",
             p->device_seq, p->device[0] ? p->device : "no device", *id ? ", " : "", id);
}

static void print_removed(const struct journal_problem *p, char *text)
{
    char of[DEVICE_SIZE + 60] = "";

    if (p->device_seq && p->device_last > p->device_seq)
        snprintf(of, sizeof of, ", numbers %" PRId64 " to %" PRId64 " of %s", p->device_seq,
                 p->device_last, p->device[0] ? p->device : "no device");
    else if (p->device_seq)
        snprintf(of, sizeof of, ", number %" PRId64 " of %s", p->device_seq,
                 p->device[0] ? p->device : "no device");
    if (p->seq == p->last_seq)
        snprintf(text, JOURNAL_PROBLEM_TEXT, "Entry %" PRId64 "%s was removed.", p->seq, of);
    else
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "Entries were removed from %" PRId64 " to %" PRId64 "%s.", p->seq, p->last_seq,
                 of);
}

static void print_cut(const struct journal_problem *p, char *text)
{
    if (p->writer < 0)
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "No part of the journal has the head that was noted after %" PRId64
                 " entries: entries were changed, or cut off.",
                 p->seq);
    else
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "The end is cut off: a seal vouches for the entries from %" PRId64 " to %" PRId64
                 ", which are not there.",
                 p->seq, p->last_seq);
}

void journal_problem_print(const struct journal_problem *p, char text[JOURNAL_PROBLEM_TEXT])
{
    char entry[ENTRY_NAME_SIZE];

    name_entry(p, entry);
    switch (p->fault) {
    case JOURNAL_CHANGED:
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "%s is not what was written: it was changed, or the one before it.", entry);
        break;
    case JOURNAL_REMOVED:
        print_removed(p, text);
        break;
    case JOURNAL_INSERTED:
        snprintf(text, JOURNAL_PROBLEM_TEXT, "%s was inserted: nobody wrote it there.", entry);
        break;
    case JOURNAL_SWAPPED:
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "Entries %" PRId64 " and %" PRId64 " stand in each other's places.", p->seq,
                 p->last_seq);
        break;
    case JOURNAL_REPEATED:
        snprintf(text, JOURNAL_PROBLEM_TEXT, "%s is there once more.", entry);
        break;
    case JOURNAL_CUT:
        print_cut(p, text);
        break;
    case JOURNAL_REWRITTEN:
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "Entries %" PRId64 " to %" PRId64
                 " are not those that were signed: they were written anew, or their digests "
                 "were changed.",
                 p->seq, p->last_seq);
        break;
    case JOURNAL_FORGED:
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "The seal after %" PRId64 " entries was not signed with the key of this house.",
                 p->seq);
        break;
    default:
        snprintf(text, JOURNAL_PROBLEM_TEXT,
                 "The seal after %" PRId64
                 " entries, which was kept beside the key file, is not in the box office any more.",
                 p->seq);
    }
}
