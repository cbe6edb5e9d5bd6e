/*
 * record: small things of the house that the rules look up by name: who works here and what they
 * have signed on for, limits, invitations of devices, tiers of customers, seals of the journal.
 *
 * A record is a key and a text (JSON, by the module that owns the keys). A store keeps records
 * without knowing what they mean; operation_records says which ones an operation is decided with,
 * plan changes them. What they mean is in core/staff, core/limit, core/shift, core/loyalty,
 * core/invite and core/seal.
 *
 * Keys
 *   staff/NUMBER         a member of staff (core/staff); kept by tills as well
 *   limits               what clerks may (core/limit); kept by tills as well
 *   duty/NUMBER          the shift that a member has open, and what it was used up of (core/shift)
 *   shift/NUMBER/OPENED  a shift that was closed (core/shift): OPENED is UTC µs in 16 digits
 *   invite/HASH          a one-time code for a device (core/invite), by its BLAKE2b-256 in
 *                        hexadecimal digits
 *   device/NAME          what is said of a device beyond its token (core/invite)
 *   tier/CUSTOMER        a customer's tier that a person chose (core/loyalty)
 *   seal/WRITER/ENTRIES  a signed checkpoint of the journal (core/seal); both numbers in 16 digits
 *   local/NUMBER         by what a till knows a member while it is cut off; in its copy alone
 *                        (core/mirror), on no wire
 *
 * Invariants
 * 1. Keys and values are clean text; a key names one record.
 * 2. A record is never deleted: one that is of no use any more has an empty value ("gone"). (A
 * till's copy forgets what it need not keep.)
 * 3. Records that tills keep as well have a seq, which rises with each change of any of them;
 * others have 0.
 */
#ifndef TK_CORE_RECORD_H
#define TK_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define RECORD_KEY_SIZE 96 /* bytes with the NUL, as the next */
#define RECORD_VALUE_SIZE 3072

struct record {
    char key[RECORD_KEY_SIZE];
    int64_t seq;                   /* 0: tills do not keep it */
    int64_t changed_at;            /* UTC µs */
    char value[RECORD_VALUE_SIZE]; /* JSON; "": gone */
};

struct record_list {
    struct record *items; /* owned */
    size_t count, capacity;
};

/* Which records, by key as bytes; those that are gone are left out but with after_seq. */
struct record_query {
    const char *key;    /* just this one; NULL: not so */
    const char *prefix; /* those whose keys begin so; NULL: all */
    bool descending;    /* from the last key on */
    bool by_seq; /* those with a seq above after_seq, in its order, gone ones too; looks at no other
                    but limit */
    int64_t after_seq;
    const char *after_key; /* continue after this one; NULL: from the beginning */
    size_t limit;          /* 0: STORE_LIST_MAX */
};

#define RECORD_LOCAL_PREFIX "local/"

/* Whether tills keep records of this key as the centre has them. */
bool record_is_shared(const char *key);

enum tk_code record_list_add(struct record_list *list, const struct record *record);
void record_list_release(struct record_list *list);

#endif
