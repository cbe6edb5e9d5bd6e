/*
 * world: a simulated box office: one centre, tills and doors with a copy of it, their clocks, disks and
 * the network between them, in one thread, from one seed. README.md in this folder tells what for.
 *
 *   run.c      one world from its seed to its last check
 *   world.c    machines: what they have open, crashes, images
 *   net.c      messages: lost, late, twice
 *   wire.c     what they hold, printed and read again
 *   clerk.c    what is done at tills and doors
 *   trouble.c  what goes wrong, and what a manager does about it
 *   ledger.c   what the clerks were told
 *   check.c    whether the databases bear it out (the invariants of the design by number);
 *              check_told.c: what the clerks were told
 *   disk.c     the disk of a machine
 *
 * Nothing here reads a clock or makes a chance of its own. Memory that cannot be had aborts.
 */
#ifndef TK_TESTS_SIM_WORLD_H
#define TK_TESTS_SIM_WORLD_H

#include "core/map.h"
#include "core/sync.h"
#include "data/sqlite/sqlite_store.h"
#include "tests/sim/dice.h"
#include "tests/sim/disk.h"

#define WORLD_NODES 9
#define WORLD_BATCH 128
#define WORLD_HOUSE_BATCH (4 * WORLD_BATCH)
#define WORLD_ASKED 8
#define WORLD_START INT64_C(1795370400000000) /* 2026-11-22 18:00 UTC */
#define CENTRE 0

struct world;
struct node;

/* What is done; each seed weighs them anew. X(constant, name, weight at most) */
#define ACT_TABLE(X)                                                                               \
    X(ACT_BOOK, book, 60)                                                                          \
    X(ACT_CANCEL, cancel, 12)                                                                      \
    X(ACT_REISSUE, reissue, 10)                                                                    \
    X(ACT_PRINT, print, 8)                                                                         \
    X(ACT_ADMIT, admit, 25)                                                                        \
    X(ACT_UNADMIT, unadmit, 4)                                                                     \
    X(ACT_AGAIN, again, 10)                                                                        \
    X(ACT_HOUSE, house, 24)                                                                        \
    X(ACT_GIVE_BACK, give_back, 1)                                                                 \
    X(ACT_SCHEDULE, schedule, 3)                                                                   \
    X(ACT_UPKEEP, upkeep, 2)                                                                       \
    X(ACT_CLOSE, close_dispute, 2)                                                                 \
    X(ACT_PAUSE, pause, 2)

enum act {
#define X(act, name, weight) act,
    ACT_TABLE(X)
#undef X
        ACT_COUNT
};

/* What a seed decides. Chances are in 10000, of each message or of each step. */
struct odds {
    int tills, doors;
    int weights[ACT_COUNT];
    int64_t latency, pace, round; /* µs, about */
    int drop, twice, late, slow;  /* of messages */
    int cut, mend, refuse;        /* of lines; refuse: a cut one says so at once */
    int crash, cut_short, image, image_back, centre_back, full, io, jump, drift; /* of machines */
    int write_off, revoke;
    int wire;     /* of messages: written and read again */
    int batch;    /* operations in one call, at most; at the house's own counter four times as many */
    int capacity; /* of a showing, at most */
    struct allotment_rule allotment;
};

/* One of the two that work at a till, each with the file open for himself. */
struct actor {
    struct sync_line line; /* first */
    struct node *node;
    bool counter; /* else the worker */
    struct store *store; /* owned; NULL while the machine is off */
    struct sync_till till;
};

/* Asked for before, to be asked for again. */
struct done_before {
    struct operation operation;
    struct outcome outcome;
    struct op_id replica; /* of the till's copy then */
    uint64_t boot;
    bool unknown;
};

struct node {
    struct world *world;
    int index;
    char name[DEVICE_SIZE];
    enum role role;
    char folder[160], path[180], mark[190];
    struct disk disk;
    int64_t clock_offset; /* µs */
    int64_t up_at;        /* 0: it is up */
    uint64_t boot;        /* how often it was started */
    bool cut_out, cut_in, refuses; /* its line: requests, replies; a cut one says so at once */
    int64_t cut_since;
    bool let_in;   /* its token is good */
    int token;     /* which one: after a revoke it gets another */
    bool was_put_back; /* an old image of its disk, or a new disk, ever */
    struct actor counter, worker;
    struct op_id known_replica; /* up to where its queue was looked at */
    int64_t known_seq;
    struct sync_link link;
    /* the worker's exchange under way */
    uint64_t waiting; /* 0: none */
    int64_t give_up_at, next_at, review_at;
    /* the counter's */
    uint64_t asking, sent, failed; /* sent, failed: how many requests in all, and of them had an error */
    struct message *answer; /* owned */
    struct disk_image image;
    struct done_before asked[WORLD_ASKED]; /* what was done cut off, or not known to be done: a ring */
    size_t asked_count;
    /* the centre's */
    struct store *store;
    struct box_office office;
};

/* What a message holds. */
struct letter {
    char *text; /* owned; NULL: it was not written, and what it says stands below */
    size_t length;
    struct sync_request request; /* owned, as the reply */
    struct sync_reply reply;
    int users;
};

struct message {
    int64_t due;
    uint64_t serial, exchange, boot;
    int node, token;
    bool counter, reply;
    int64_t sent_at; /* by the sender's clock */
    struct letter *request, *answer; /* owned; answer: of a reply that is none of a failure */
    enum tk_code code;
};

struct slot_note {
    int64_t id, starts_at, ends_at;
    const char *name;
    int32_t capacity;
    int32_t live;    /* tickets that somebody was told he sold, and not that they were canceled */
    int32_t written; /* places that were written off */
    int32_t twice;   /* … or taken back by two, of whom one was cut off */
    bool loose; /* a machine was put back to an old state: what was told may not hold */
};

/* A ticket that a clerk was told of. */
struct told {
    uint64_t ticket;
    struct op_id operation; /* as the clerk asked for it */
    size_t slot; /* in world->slots */
    int node;
    bool canceled;       /* he was told so … */
    bool canceled_cut_off; /* … by a till that was cut off */
    bool maybe_canceled; /* somebody asked for it and learnt nothing */
    bool loose;          /* a machine was put back to an old state, and this was in what it lost */
    bool twice;          /* told by two tills */
    int in, out;         /* doors told that he is in, or out again */
    int door;            /* the last that let him in … */
    unsigned doors;      /* … and all that ever did: bits by index */
    bool maybe_in;
};

/* An operation that stood in a till's queue. */
struct queued {
    struct op_id id, voided; /* voided: of the kind void, what it is about */
    int node;
    enum op_kind kind;
    bool cut_off, lost;
};

struct world {
    uint64_t seed, dice;
    int64_t now; /* UTC µs; the true time */
    struct odds odds;
    struct node nodes[WORLD_NODES]; /* the centre first */
    int node_count;
    struct message **messages; /* owned */
    size_t message_count, message_capacity;
    uint64_t serial;

    struct slot_note *slots; /* owned, as the lists below */
    size_t slot_count, slot_capacity;
    struct told *told;
    size_t told_count, told_capacity;
    struct queued *queued;
    size_t queued_count, queued_capacity;
    struct map slot_index, told_index, queued_index;
    struct map unknown;  /* operations of which somebody learnt nothing … */
    struct map known;    /* … and those of which somebody did, be it later */
    struct map voided;   /* operations that a till gave up … */
    struct map unvoided; /* … and then lost that it did */
    struct map excused; /* tickets that the centre had before it was put back */
    struct done_before again[64]; /* decided at the centre, to be sent again */
    size_t again_count;
    bool centre_was_put_back;
    struct operation *made; /* owned: of one call … */
    struct outcome *outcomes;     /* … and what became of them */
    struct id_key id_key;
    struct crypto_key site_key, digest_key;
    struct plan_rules rules;

    uint64_t step, operations, events, hash;
    bool healing; /* nothing goes wrong any more */
    bool failed, trace;
    char wrong[700];
};

/* --- run.c --- */

/* Runs one world; folder is one of its own, on a real disk, for locks and marks. False: it failed. */
bool sim_world_run(struct world *world, uint64_t seed, const char *folder, int steps, bool trace);

/* --- world.c --- */

void sim_world_init(struct world *world, uint64_t seed, const char *folder, bool trace);
void sim_world_release(struct world *world);
/* Notes the first thing that is wrong. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails for codes that nothing here may lead to. */
void world_look_at(struct world *world, const char *where, enum tk_code code,
                   const struct tk_error *error);
/* Something that happened: part of the hash, printed with trace. */
void world_event(struct world *world, const char *what, int node, int64_t a, int64_t b);
int64_t node_now(void *node); /* by its own clock */
void node_random(void *world, void *data, size_t size);
bool node_is_up(const struct node *node);
void node_start(struct node *node);
/* The power goes, and comes again after a while. */
void node_crash(struct node *node, int64_t off_for);
/* When a call met the end of the power: crashes for good. True: it did. */
bool node_has_died(struct node *node);
/* Puts an image of its disk back (the centre: as a backup, in another era); an image that was not taken is
   an empty disk. */
void node_put_back(struct node *node, bool with_mark);

/* --- net.c --- */

extern const struct sync_line_ops net_line;
/* Delivers what is due up to a time, at its time, and has workers work. */
void net_advance(struct world *world, int64_t until);
void net_clear(struct world *world);
void net_worker_round(struct node *node);

/* --- wire.c --- */

struct letter *letter_of_request(struct node *node, const struct sync_request *request);
/* Takes the reply. */
struct letter *letter_of_reply(struct world *world, struct sync_reply *reply);
struct letter *letter_share(struct letter *letter);
void letter_drop(struct letter *letter);
/* What it says, borrowed; NULL: it cannot be read, and the world has failed. */
const struct sync_request *letter_request(struct node *node, struct letter *letter);
const struct sync_reply *letter_reply(struct node *node, struct letter *letter);
/* The same, for the caller to release. */
bool letter_take_reply(struct node *node, struct letter *letter, struct sync_reply *reply);

/* --- clerk.c --- */

void clerk_act(struct world *world, enum act act);
struct operation clerk_operation(struct node *node, enum op_kind kind);
/* Asks once more for what was asked before. */
void clerk_ask_again(struct world *world);
/* A whole round of the worker, who waits for it. */
enum tk_code clerk_round(struct node *node, enum sync_what what, struct sync_report *report);

/* --- trouble.c --- */

void trouble_step(struct world *world);
void trouble_write_off(struct world *world, struct node *node);
void trouble_act(struct world *world, enum act act); /* a manager's */
void trouble_schedule(struct world *world);
/* All lines and machines work, clocks are right, what a manager has to settle is settled. */
void trouble_end(struct world *world);

/* --- ledger.c --- */

struct slot_note *ledger_slot(struct world *world, int64_t slot_id);
struct told *ledger_ticket(const struct world *world, uint64_t ticket_id);
/* core/sync_apply.c: the steps that make the ids of what is done here instead, and of what is asked for once
   more when places were given back. */
enum { LEDGER_CUT_OFF = 1, LEDGER_AGAIN = 2 };
/* What became of an operation, as the clerk was told; unknown: he was told nothing. */
void ledger_tell(struct node *node, const struct operation *operation,
                 const struct outcome *outcome, bool unknown);
/* Notes what is new in a till's queue. */
void ledger_learn_queue(struct node *node);
/* Around putting a machine back: what it knew, and what of that is gone. */
void ledger_before(struct node *node, struct map *tickets, struct map *operations);
void ledger_after(struct node *node, struct map *tickets, struct map *operations);
uint64_t ledger_key(const struct op_id *id);

/* --- check.c --- */

void check_now(struct world *world);
/* After the end of all trouble; at last with `verify`. */
void check_whole(struct world *world, bool last);

#endif
