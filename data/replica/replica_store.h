/*
 * replica_store: a till's store that wraps two: its own copy and the centre.
 *
 * What is asked is answered from the copy, however the line is. Changes go to the centre and come back
 * with its answer; while it is away they are done here as core/sync says. A thread of its own keeps the
 * copy up to date and empties the queue; it has a handle of its own on the same file and a line of its
 * own, so that nothing it does is waited for.
 *
 *   caller's thread                 thread
 *   replica_store ── link ───────── rounds, with a pause between them
 *     │        └─ line ─▶ centre ◀─ line ─┘
 *     └─ mirror ─▶ file ◀─ mirror ──┘
 *
 * Records of staff and limits are the copy's (and have no verifiers); all others are asked of the centre.
 * What no till keeps (journal, devices, backups, imports, verify of the centre) is asked of the centre, and
 * is TK_NEEDS_CENTRE while it is away. Disputes that are closed are asked of it as well, and are what the
 * copy has of them while it is away.
 *
 * Threading: as a store; status and poke from any thread. With a background the ports are asked from both
 * threads at once.
 */
#ifndef TK_DATA_REPLICA_REPLICA_STORE_H
#define TK_DATA_REPLICA_REPLICA_STORE_H

#include "core/sync.h"

struct replica_options {
    /* The copy: opened twice with a background (taken: closed with the store). */
    enum tk_code (*open_mirror)(void *context, struct mirror **mirror, struct store **store,
                                struct tk_error *error);
    /* A line to the centre; likewise. Opening must not wait for the centre. */
    enum tk_code (*open_line)(void *context, struct sync_line **line, struct tk_error *error);
    void *context;
    struct office_ports ports;
    char device[DEVICE_SIZE];
    int64_t ahead;       /* as sync_till */
    bool holds;          /* as sync_till */
    bool background;     /* keep up by a thread: for what runs for long */
    const char *centre;  /* its address, for sentences; copied */
};

/* Opens the copy; without a background, and when it is nobody's copy yet, one round is tried first.
   TK_UNAVAILABLE when the copy is empty and the centre cannot be asked. Fails as sqlite_store_open. */
enum tk_code replica_store_open(const struct replica_options *options, struct store **store,
                                struct tk_error *error);
void replica_store_status(struct store *store, struct sync_status *status);
/* One round now, by the caller's thread; a TK_UNAVAILABLE and its like cut the line off. The first one
   reports what opening moved, too. */
enum tk_code replica_store_sync(struct store *store, struct sync_report *report,
                                struct tk_error *error);
/* Before the store is closed: what is in the background ends first, or it would ask for places again. Takes
   a second or so at most; TK_NEEDS_CENTRE while the line is cut. */
enum tk_code replica_store_give_back(struct store *store, struct sync_report *report,
                                     struct tk_error *error);
/* What the centre says of a scan of which the copy can tell nothing: a line_port's admit, with the store as
   context. TK_NEEDS_CENTRE while the line is cut, and where the centre knows no more than the copy. */
enum tk_code replica_store_admit(void *store, const struct admission_request *request,
                                 struct admission *admission, struct tk_error *error);
/* Keeps a record of this till's own, or forgets it: as mirror's keep_record. */
enum tk_code replica_store_keep(struct store *store, const struct record *record,
                                struct tk_error *error);
/* One round for somebody who waits: what the centre knows by now is here then. TK_NEEDS_CENTRE when it is
   away, which cuts the line. */
enum tk_code replica_store_catch_up(struct store *store, struct tk_error *error);
/* Asks the centre's own store something, which may take a few seconds; by the caller's thread. What `ask`
   returns, but TK_NEEDS_CENTRE while the line is cut, or when it is by that. */
enum tk_code replica_store_ask(struct store *store,
                               enum tk_code (*ask)(void *context, struct store *centre,
                                                   struct tk_error *error),
                               void *context, struct tk_error *error);
/* Has the thread look now. */
void replica_store_poke(struct store *store);
/* The key of a slot, from the copy; TK_NEEDS_CENTRE when it is not there yet. For a key_ring. */
enum tk_code replica_store_slot_key(void *store, int64_t slot_id, int64_t generation,
                                    struct crypto_key *key, struct tk_error *error);
/* The centre's clock, as far as it is known: for office_ports.now, with the store as context. */
int64_t replica_store_now(void *store);
struct plan_rules replica_store_rules(const struct store *store);
/* What the centre calls this till; "" before it was asked. */
const char *replica_store_device(const struct store *store);

#endif
