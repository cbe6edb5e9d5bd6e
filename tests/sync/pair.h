/* pair: a centre and its tills in one process, joined by lines that do as they are told. */
#ifndef TK_TESTS_SYNC_PAIR_H
#define TK_TESTS_SYNC_PAIR_H

#include "core/sync.h"
#include "tests/support/fixture.h"

enum pair_manner {
    PAIR_OPEN,
    PAIR_CUT,        /* nothing arrives: TK_UNAVAILABLE */
    PAIR_LOSE_REPLY, /* it is done, and nobody hears of it: TK_UNKNOWN */
    PAIR_HOLD,       /* it is under way and arrives when pair_deliver says so: TK_UNKNOWN */
    PAIR_TWICE       /* it arrives twice */
};

struct pair_till {
    struct sync_line line; /* first */
    struct fixture *centre; /* borrowed */
    enum pair_manner manner;
    enum role role;
    bool attended; /* the centre's guard knows that people sign on at it */
    enum tk_code refusal; /* what the centre's guard says; TK_OK: come in */
    struct buffer held;   /* the request that is under way */
    int exchanges;
    char path[200];
    int64_t clock_off; /* µs that this machine's clock is ahead */
    struct store *store; /* owned */
    struct sync_till till;
    struct sync_link link;
    struct allotment_rule rule; /* the centre's, for this till */
};

/* Opens a till of that name on a fresh copy in the centre's folder. Aborts the program when it cannot. */
void pair_open(struct pair_till *till, struct fixture *centre, const char *name);
/* Opens the same copy once more, after its store was closed. */
void pair_open_again(struct pair_till *till);
void pair_close(struct pair_till *till);
/* Rounds until nothing is left; returns the code. */
enum tk_code pair_sync(struct pair_till *till, enum sync_what what, struct sync_report *report);
/* Makes, sends and takes one sale; *first gets its first ticket. */
enum tk_code pair_book(struct pair_till *till, int64_t slot, int64_t count, uint64_t *first);
/* One operation as store_apply would do it; returns the outcome's code, or that of the call. */
enum tk_code pair_apply(struct pair_till *till, struct operation *operation,
                        struct outcome *outcome);
/* A fresh operation of this till. */
struct operation pair_operation(struct pair_till *till, enum op_kind kind);
/* What was held arrives now. */
void pair_deliver(struct pair_till *till);
struct mirror_state pair_state(struct pair_till *till);
/* A slot as the till's copy has it; id 0 when it is not there. */
struct slot pair_slot(struct pair_till *till, int64_t id);
struct ticket pair_ticket(struct store *store, uint64_t id);
/* Tickets of a slot that are not canceled in a store. */
int64_t pair_count_real(struct store *store, int64_t slot);
int64_t pair_open_disputes(struct store *store);

#endif
