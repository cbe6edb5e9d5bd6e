/*
 * replica: what the files of a till's store share; replica_store.h says what it is.
 *
 *   replica_store.c    opening, and what is beside the port
 *   replica_port.c     the port
 *   replica_round.c    one round with the centre, and what it came to
 *   replica_thread.c   rounds in the background
 *
 * Each thread has a side of its own; what both know lies under `lock`, which nobody holds while he asks
 * the centre or the file.
 */
#ifndef TK_DATA_REPLICA_REPLICA_INTERNAL_H
#define TK_DATA_REPLICA_REPLICA_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "data/replica/replica_store.h"

#define REPLICA_FIRST_MS 10000 /* for what brings a lot: the first copy, and what a person asked for */
#define REPLICA_GIVE_BACK_MS 1000

/* What one thread works with. */
struct replica_side {
    struct store *file; /* owned, with the mirror over it */
    struct sync_till till; /* its line is owned */
};

/* What is known of line and copy. */
struct replica_known {
    struct sync_link link;
    struct tk_error trouble; /* the centre answers, and will have nothing to do with this till; code TK_OK: no */
    int64_t trouble_since;   /* UTC µs */
    struct mirror_state state;
    int64_t disputes;
    uint64_t taken; /* rises whenever something was taken over by this program */
};

struct replica_store {
    struct store store; /* first */
    char centre[200];
    char device[DEVICE_SIZE];
    struct replica_side caller;
    struct sync_report opening;  /* what opening moved, until replica_store_sync told it */
    struct store_watch watch;    /* the caller's */
    int64_t key_next_ms;         /* monotonic: when a round may be made for a key again */
    int64_t give_up_ms;          /* monotonic: whoever calls does not wait beyond it; 0: no bound */

    struct replica_side keeper;  /* the thread's */
    pthread_t thread;
    bool runs;
    atomic_bool hurry;           /* the thread breaks off what it waits for */

    pthread_mutex_t lock;        /* of what follows */
    pthread_cond_t wake, ended;  /* monotonic clock */
    struct replica_known known;
    bool poked, closing, has_ended;
};

/* --- replica_port.c --- */

extern const struct store_ops replica_ops;
/* TK_NEEDS_CENTRE, with the centre's address. */
enum tk_code replica_refuse_away(const struct replica_store *replica, struct tk_error *error);
/* The centre's own store, unless it is known to be away; by the caller's thread. */
enum tk_code replica_centre(struct store *store, struct store **centre, struct tk_error *error);

/* --- replica_round.c --- */

int64_t replica_clock_ms(void); /* monotonic */
struct replica_known replica_known(struct replica_store *replica);
/* Looks at the copy again, by one side. */
void replica_look(struct replica_store *replica, struct replica_side *side);
/* Notes what an answer of the centre, or that there was none, says of the line. */
void replica_note(struct replica_store *replica, const struct replica_side *side, enum tk_code code,
                  const struct tk_error *why);
/* One sync_round by one side, noted, and the copy looked at. */
enum tk_code replica_round(struct replica_store *replica, struct replica_side *side, enum sync_what what,
                           int exchanges, int timeout_ms, struct sync_report *report,
                           struct tk_error *error);

/* --- replica_thread.c --- */

/* Starts the thread on its side, which is open. TK_NO_MEMORY. */
enum tk_code replica_thread_start(struct replica_store *replica, struct tk_error *error);
/* Ends it: what it is at may take so long, then it is broken off. Fine when it does not run. */
void replica_thread_stop(struct replica_store *replica, int patience_ms);

#endif
