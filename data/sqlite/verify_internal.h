/* verify_internal: what the files of verify share. */
#ifndef TK_DATA_SQLITE_VERIFY_INTERNAL_H
#define TK_DATA_SQLITE_VERIFY_INTERNAL_H

#include "core/seal.h"
#include "data/sqlite/internal.h"

/* A seal of the journal, and whether the entry was met up to which it signs. */
struct known_seal {
    struct seal seal;
    bool met;
};

/* By writer, then entries: the order of their keys. */
struct known_seals {
    struct known_seal *items; /* owned */
    size_t count, capacity;
};

/* Whether each record can be read by the module that has it; adds the seals among them. */
enum tk_code sqlite_verify_records(struct sqlite_store *store, struct known_seals *seals,
                                   struct verify_report *report, struct tk_error *error);
/* Whether the journal is whole: one pass over its entries. */
enum tk_code sqlite_verify_journal(struct sqlite_store *store, struct known_seals *seals,
                                   struct verify_report *report, struct tk_error *error);

#endif
