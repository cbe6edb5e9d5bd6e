/*
 * copy: a whole box office from one store into another, row by row, whatever engines they are of.
 *
 * Both engines have the same tables and columns (data/postgres/schema.c), so that a copy is their rows, read and
 * written in the order of their keys, a page of them in a transaction:
 *
 *   nothing ── mark ──▶ unfinished ── pages ──▶ compared ── settle ──▶ verified ── finish ──▶ a box office
 *                        ▲      │ killed, lost, full
 *                        └──────┘ copied again: goes on after the greatest key of each table
 *
 * Invariants
 * 1. What is copied into is no box office until `finish`: until then both engines refuse to open it as a store.
 * 2. Only what has no box office, or an unfinished copy, is written to.
 * 3. Rows are read as of one moment, the same that was verified; when the source has changed before all is
 *    copied, the copy stays unfinished and begins anew the next time.
 * 4. It is finished only when all rows, read again on both sides, are the same, and verify finds nothing.
 * 5. The copy is the same box office (its uuid) in a new era, with numbers far above all that were given out.
 *    Tills notice as they notice a backup that was put back.
 *
 * The journal's chains go on: they are of a writer and a device, and its hashes know neither seq nor writer. A
 * file is one writer more; in the copy all writers of the source are finished ones, and their heads are what was
 * signed (core/seal), as the copy has the same uuid. A file numbers its entries 1,
 * 2, 3 …, so what comes from elsewhere gets such numbers there, in the same order; and from a file into a database
 * the entries of each writer get the first numbers of his block, which is what they had if they come from one.
 *
 * Threading: an end belongs to one thread.
 */
#ifndef TK_DATA_COPY_COPY_H
#define TK_DATA_COPY_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/id.h"
#include "core/store.h"

/* X(constant, name, columns, types, keys): keys: how many of the first columns are the key. Types: n number, N
   number where 0 and NULL are the same, t text, b bytes. Rows come after those that they refer to.
   Of `writer` only what has an end, voided is a table in one engine only, device_access changes while devices
   only ask, so that it is copied last and from the beginning each time. */
#define COPY_TABLES(X)                                                                             \
    X(COPY_SLOT, "slot",                                                                           \
      "id, name, description, screen, starts_at, ends_at, type, genre, capacity, available, "      \
      "allotted, sold, lost, expired_at, expired_seq, archived_at, seq, name_key, admitted, "      \
      "key_generation",                                                                            \
      "ntttnnnnnnnnnnnnntnn", 1)                                                                   \
    X(COPY_CUSTOMER, "customer", "number, name, phone, tickets, created_at, erased_at", "nttnnn",  \
      1)                                                                                           \
    X(COPY_CUSTOMER_KEY, "customer_key", "key, customer", "tn", 2)                                 \
    X(COPY_TICKET, "ticket",                                                                       \
      "number, slot_id, customer, status, booked_at, changed_at, canceled_at, replaces, "          \
      "replaced_by, sale, sale_position, sale_size, seq, admitted_at, admitted_by, prints, "       \
      "seller",                                                                                    \
      "nnNnnnnNNnnnnntnn", 1)                                                                      \
    X(COPY_WRITER, "writer", "id, first, count, entries, hash, head", "nnnnbb", 1)                 \
    X(COPY_JOURNAL, "journal",                                                                     \
      "seq, writer, device, device_seq, op_id, kind, actor, at, recorded_at, body, outcome, "      \
      "digest, hash",                                                                              \
      "nntnbttnnttbb", 1)                                                                          \
    X(COPY_VOIDED, "voided", "op_id", "b", 1)                                                      \
    X(COPY_ALLOTMENT, "allotment",                                                                 \
      "slot_id, holder, granted, sold, returned, written_off, granted_at, changed_at, "            \
      "written_off_at, written_off_by",                                                            \
      "ntnnnnnnnt", 2)                                                                             \
    X(COPY_NUMBER_BLOCK, "number_block", "first, count, next, holder, granted_at, written_off_at", \
      "nnntnn", 1)                                                                                 \
    X(COPY_REPLICA, "replica", "device, id, joined_at, seq, hash, dismissed_at, quarantined_at",   \
      "tbnnbnn", 1)                                                                                \
    X(COPY_EARLY_ADMISSION, "early_admission", "number, slot_id, admitted_at, admitted_by",        \
      "nnnt", 1)                                                                                   \
    X(COPY_DISPUTE, "dispute",                                                                     \
      "op_id, kind, device, actor, at, code, slot_id, ticket, count, customer_name, "              \
      "customer_phone, found_at, other, other_at, closed_at, closed_by, reason",                   \
      "btttntnNnttntnntt", 1)                                                                      \
    X(COPY_RECORD, "record", "key, seq, changed_at, value", "tnnt", 1)                             \
    X(COPY_TALLY, "tally",                                                                         \
      "span_at, actor, device, genre, writer, sales, sold, canceled, reissued, admitted", "nttnnnnnnn", 5)  \
    X(COPY_DEVICE_ACCESS, "device_access",                                                         \
      "name, role, token_hash, enrolled_at, revoked_at, used_at", "ttbnnn", 1)

enum copy_table_id {
#define X(id, name, columns, types, keys) id,
    COPY_TABLES(X)
#undef X
        COPY_TABLE_COUNT,
    COPY_RESTLESS = COPY_DEVICE_ACCESS
};

struct copy_table {
    enum copy_table_id id;
    const char *name, *columns, *types;
    int keys;
};

extern const struct copy_table copy_tables[COPY_TABLE_COUNT];

#define COPY_PAGE_ROWS 1000
#define COPY_PAGE_BYTES (4 * 1024 * 1024) /* a page ends with the row that passes this */
#define COPY_AHEAD (INT64_C(1) << 30)     /* numbers that the source may give out after it was copied */

/* --- rows: the same bytes whatever engine they came from ---
 * A value is 8 bytes, big-endian: the number, or the length of what follows. */

struct copy_page {
    struct buffer bytes;
    size_t count; /* rows */
    size_t key_at, key_length; /* where the last row's key stands in bytes */
};

void copy_page_init(struct copy_page *page);
void copy_page_release(struct copy_page *page);
void copy_page_clear(struct copy_page *page);
/* Whether no more rows belong to it. */
bool copy_page_is_full(const struct copy_page *page);

/* Of a number, or of text (not ended by NUL) or bytes, which are borrowed. */
struct copy_value {
    int64_t number;
    const char *bytes;
    size_t size;
};

/* Appends a row, asking for the columns in their order; `keys`: just its key. */
void copy_put_row(struct copy_page *page, const struct copy_table *table, bool keys,
                  void (*get)(const void *row, int column, char type, struct copy_value *value),
                  const void *row);

/* Values one after another. */
struct copy_reader {
    const char *at, *end;
};

/* The next value, of this type. False at the end. */
bool copy_read(struct copy_reader *reader, char type, struct copy_value *value);
/* The writer of the journal's row that begins at the reader, which is moved on; another seq for it. */
bool copy_next_entry(struct copy_reader *reader, int64_t *writer);
void copy_set_seq(struct copy_page *page, size_t row_at, int64_t seq);

/* --- an end --- */

/* What a store knows of itself, besides its rows. */
struct copy_facts {
    struct op_id uuid;
    int64_t era, key_generation;
    int64_t floor; /* numbers from here on were given to nobody */
    /* journal entries from this seq on have digests of the key at hand; the same counted as a file does */
    int64_t digest_since; /* as a database has it */
    int64_t digest_since_counted;
    struct id_key id_key;
    struct crypto_key digest_key; /* what the key is recognised by */
};

/* Which copy an unfinished one is of. */
struct copy_mark {
    struct op_id uuid;
    uint64_t version;
};

#define COPY_MARK_SIZE 24 /* in the meta of both engines: uuid, version in big-endian */

void copy_mark_print(uint8_t bytes[COPY_MARK_SIZE], const struct copy_mark *mark);
bool copy_mark_parse(struct copy_mark *mark, const void *bytes, size_t size);

/* What is there to copy into. */
struct copy_state {
    bool unfinished; /* a copy of `mark` */
    struct copy_mark mark;
    bool used; /* a box office in which something was done */
    struct op_id uuid;
};

struct copy_end;

struct copy_end_ops {
    bool counts_journal; /* its entries are 1, 2, 3 … */
    /* A number that changes with each change. */
    enum tk_code (*version)(struct copy_end *end, uint64_t *version, struct tk_error *error);
    enum tk_code (*verify)(struct copy_end *end, struct verify_report *report,
                           struct tk_error *error);
    /* Of a source: all that is read until release is as of now. */
    enum tk_code (*hold)(struct copy_end *end, struct copy_facts *facts, struct tk_error *error);
    void (*release)(struct copy_end *end);
    /* Rows after a key (empty: from the first on) until the page is full. A source's own writer is among its
       writers; a destination's is not. */
    enum tk_code (*read)(struct copy_end *end, const struct copy_table *table, const char *after,
                         size_t after_size, struct copy_page *page, struct tk_error *error);
    enum tk_code (*count)(struct copy_end *end, const struct copy_table *table, int64_t *count,
                          struct tk_error *error);
    /* A page with the greatest key of a table alone, empty when it has no rows. */
    enum tk_code (*last)(struct copy_end *end, const struct copy_table *table,
                         struct copy_page *page, struct tk_error *error);
    /* seq of the n-th entry of the journal, n from 1. */
    enum tk_code (*journal_seq)(struct copy_end *end, int64_t n, int64_t *seq,
                                struct tk_error *error);
    /* Where the block of a writer begins; of a file alone. */
    enum tk_code (*writer_first)(struct copy_end *end, int64_t writer, int64_t *first,
                                 struct tk_error *error);
    /* Of a destination */
    enum tk_code (*state)(struct copy_end *end, struct copy_state *state, struct tk_error *error);
    /* Makes it an unfinished copy, in one transaction: all rows are removed, or those of COPY_RESTLESS alone. */
    enum tk_code (*mark)(struct copy_end *end, const struct copy_mark *mark, bool all,
                         struct tk_error *error);
    /* In one transaction. */
    enum tk_code (*write)(struct copy_end *end, const struct copy_table *table,
                          const struct copy_page *page, struct tk_error *error);
    /* Gives it what a store knows of itself: the source's facts, one era later, numbers COPY_AHEAD of all. What
       records count on from is the highest seq of them. */
    enum tk_code (*settle)(struct copy_end *end, const struct copy_facts *facts,
                           struct tk_error *error);
    /* The mark goes: it is a box office. */
    enum tk_code (*finish)(struct copy_end *end, struct tk_error *error);
    void (*close)(struct copy_end *end);
};

/* The first member of each engine's own. */
struct copy_end {
    const struct copy_end_ops *ops;
};

enum copy_role { COPY_FROM, COPY_INTO };

/* NULL is fine. */
void copy_end_close(struct copy_end *end);

/* --- the whole of it --- */

struct copy_progress {
    const char *table;
    bool comparing;
    int64_t done, total; /* rows of the table */
};

struct copy_options {
    /* Told after each page; false stops with TK_INTERRUPTED. May be NULL. */
    bool (*progress)(void *context, const struct copy_progress *progress);
    void *context;
};

struct copy_result {
    int64_t rows[COPY_TABLE_COUNT];
    bool went_on; /* from where a copy stopped before */
    bool anew;    /* what a copy had done before was of no use: the source had changed since, or is another */
    int64_t era;  /* of the copy */
};

/*
 * Copies. TK_NOT_VERIFIED: one side does not add up, or they are not the same; TK_CONFIG: the destination has a
 * box office; TK_BUSY: the source changed meanwhile; else as reading and writing fail (TK_UNAVAILABLE, TK_DISK_FULL,
 * TK_IO, TK_BUSY …), with a sentence that says to run the same again.
 */
enum tk_code copy_run(struct copy_end *from, struct copy_end *into,
                      const struct copy_options *options, struct copy_result *result,
                      struct tk_error *error);

#endif
