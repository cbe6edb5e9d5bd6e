/*
 * mirror_internal: what the files of a till's copy share.
 *
 *   mirror.c        the one row that says whose copy it is; adopting, renewing, forgetting
 *   mirror_queue.c  what was done here and waits
 *   mirror_take.c   rows and answers of the centre: slots and what is held of them
 *   mirror_people.c tickets, customers and the rest that comes with them
 *   mirror_known.c  how far slots are known, and their keys
 *   mirror_records.c who works in the house, limits, and this till's own records
 */
#ifndef TK_DATA_SQLITE_MIRROR_INTERNAL_H
#define TK_DATA_SQLITE_MIRROR_INTERNAL_H

#include "data/sqlite/internal.h"

#define HALF_HOUR (30 * TIME_MINUTE)

/* The row, with what stands in it for this engine alone. */
struct mirror_row {
    struct mirror_state state;
    int64_t half_hour, half_hour_sold; /* tickets that were sold in the half hour that begins then */
};

struct sqlite_store *mirror_store(struct mirror *mirror);

/* How hard a transaction is on the disk. */
enum mirror_care {
    MIRROR_SYNCED, /* it is there after a power cut */
    MIRROR_QUICK   /* a power cut may take it, and all since the last one that was synced */
};

/* Enters the gate, begins a transaction and reads the row. After a failure there is nothing to end. */
enum tk_code mirror_begin(struct sqlite_store *store, enum mirror_care care,
                          struct mirror_row *row, struct tk_error *error);
/* Commits, or with `code` undoes, what was begun; leaves the gate. `probe` (may be NULL): an operation whose
   journal entry tells whether it was committed. Returns code, or why the commit failed. */
enum tk_code mirror_end(struct sqlite_store *store, enum tk_code code,
                        const struct operation *probe, struct tk_error *error);
/* The same after entries were queued, which the mark beside the file tells before the gate is left, so that
   it is never older than that of another process that came after. */
enum tk_code mirror_end_queued(struct sqlite_store *store, const struct mirror_row *row,
                               enum tk_code code, const struct operation *probe,
                               struct tk_error *error);
/* Reads the row; `suspect` as it was found at open. */
enum tk_code mirror_read(struct sqlite_store *store, struct mirror_row *row,
                         struct tk_error *error);
/* Writes it; changed: whoever shows the copy is to look again. */
enum tk_code mirror_save(struct sqlite_store *store, const struct mirror_row *row, bool changed,
                         struct tk_error *error);
/* Notes tickets that this till sold now. */
void mirror_count_sold(struct mirror_row *row, int64_t count, int64_t now);
/* Runs a statement whose first parameter, if it has one, is a number. */
enum tk_code mirror_run(struct sqlite_store *store, enum sql sql, int64_t number,
                        struct tk_error *error);
/* Whether a statement with a number for its parameter gives a row. */
enum tk_code mirror_has(struct sqlite_store *store, enum sql sql, int64_t number, bool *has,
                        struct tk_error *error);

/* Numbers the queue from 1 on and chains it anew; the row gets seq, hash and what was taken. */
enum tk_code queue_chain_anew(struct sqlite_store *store, struct mirror_row *row,
                              struct tk_error *error);

enum tk_code mirror_apply(struct mirror *mirror, struct operation *operations, size_t count,
                          int64_t now, struct outcome *outcomes, struct tk_error *error);
enum tk_code mirror_list_queue(struct mirror *mirror, int64_t after, size_t limit,
                               struct mirror_entry_list *list, struct tk_error *error);
enum tk_code mirror_hash_at(struct mirror *mirror, int64_t seq, uint8_t hash[CRYPTO_HASH_SIZE],
                            struct tk_error *error);
enum tk_code mirror_find_done(struct mirror *mirror, const struct op_id *id, bool *found,
                              struct outcome *outcome, struct tk_error *error);
enum tk_code mirror_offer(struct mirror *mirror, int64_t last, int64_t *from,
                          struct tk_error *error);
enum tk_code mirror_withdraw(struct mirror *mirror, int64_t from, int64_t last,
                             struct tk_error *error);
enum tk_code mirror_is_unsent(struct mirror *mirror, uint64_t ticket_id, bool *unsent,
                              struct tk_error *error);
enum tk_code mirror_list_lost(struct mirror *mirror, size_t limit, struct mirror_entry_list *list,
                              struct tk_error *error);
enum tk_code mirror_forget_lost(struct mirror *mirror, const struct mirror_entry_list *told,
                                struct tk_error *error);
enum tk_code mirror_record_seq(struct mirror *mirror, int64_t *seq, struct tk_error *error);
enum tk_code mirror_keep_record(struct mirror *mirror, const struct record *record,
                                struct tk_error *error);
enum tk_code mirror_take(struct mirror *mirror, const struct mirror_rows *rows,
                         const struct mirror_answer_list *answers,
                         const struct mirror_state *state, struct mirror_report *report,
                         struct tk_error *error);
enum tk_code mirror_list_cursors(struct mirror *mirror, const int64_t *slot_ids, size_t count,
                                 struct mirror_cursor_list *list, struct tk_error *error);
enum tk_code mirror_list_keyless(struct mirror *mirror, int64_t until, size_t limit,
                                 struct id_list *list, struct tk_error *error);
enum tk_code mirror_slot_key(struct mirror *mirror, int64_t slot_id, int64_t generation,
                             struct crypto_key *key, struct tk_error *error);

#endif
