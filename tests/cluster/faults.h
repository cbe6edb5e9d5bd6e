/*
 * faults: the table of what is done to a site while it sells.
 *
 * A fault strikes, lasts, and leaves the site hurt; site_heal puts all right that is not yet. It
 * counts how often it hit, so that a fault that did not come about is no proof.
 */
#ifndef TK_TESTS_CLUSTER_FAULTS_H
#define TK_TESTS_CLUSTER_FAULTS_H

#include "tests/cluster/site.h"

/* X(function, name, rounds of FAULT_DECK, also of one node alone) */
#define FAULT_TABLE(X)                                               \
    X(node_killed, "node killed", 6, true)                           \
    X(node_stopped, "node stopped and continued", 5, true)           \
    X(primary_killed, "primary killed", 4, false)                    \
    X(primary_frozen, "primary frozen and thawed", 3, false)         \
    X(standby_gone, "standby gone", 4, false)                        \
    X(standbys_gone, "both standbys gone", 3, false)                 \
    X(etcd_gone, "etcd gone", 2, false)                              \
    X(reset_after_commit, "connection reset after COMMIT", 7, false) \
    X(wait_cancelled, "synchronous wait cancelled", 3, false)        \
    X(serialization, "40001 storm", 5, false)                        \
    X(deadlocks, "40P01 storm", 5, false)                            \
    X(disk_full, "disk full", 3, false)

#define FAULT_DECK 50

enum {
#define X(...) +1
    FAULT_COUNT = 0 FAULT_TABLE(X)
#undef X
};

struct trouble {
    struct site *site;
    struct history *history;
    size_t from; /* the round's first record */
    uint64_t *dice;
    int seconds;          /* how long something that lasts does */
    const int64_t *slots; /* showings that are sold, in the order of their ids */
    size_t slot_count;
    struct findings *findings;
    int64_t hits; /* how often it hit */
};

struct fault {
    const char *name;
    int cards; /* rounds out of FAULT_DECK */
    bool single;
    /* What it cannot do is an error; what the box office does wrong meanwhile is a finding. */
    enum tk_code (*strike)(struct trouble *trouble, struct tk_error *error);
};

extern const struct fault faults[FAULT_COUNT];

/* The storms, in faults_sql.c. */
enum tk_code strike_reset_after_commit(struct trouble *trouble, struct tk_error *error);
enum tk_code strike_wait_cancelled(struct trouble *trouble, struct tk_error *error);
enum tk_code strike_serialization(struct trouble *trouble, struct tk_error *error);
enum tk_code strike_deadlocks(struct trouble *trouble, struct tk_error *error);

/* For faults: waits so long. */
void trouble_wait(int milliseconds);
/* The primary; waits for one, and for another than `before` unless that is NULL. */
enum tk_code trouble_primary(struct trouble *trouble, const char *before,
                             char name[SITE_ANSWER_SIZE], struct tk_error *error);
/* Both standbys, those in step first. TK_UNAVAILABLE when there are not two. */
enum tk_code trouble_standbys(struct trouble *trouble, char first[16], char second[16],
                              struct tk_error *error);
/* A finding for operations that were sent since then and done: both standbys were gone all the
 * time. */
void trouble_none_done(struct trouble *trouble, int64_t since);

#endif
