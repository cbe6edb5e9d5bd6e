/* nodes: several stores on one database at the same moment, each in a thread of its own, as many nodes have them. */
#ifndef TK_TESTS_POSTGRES_NODES_H
#define TK_TESTS_POSTGRES_NODES_H

#include "core/store.h"
#include "tests/support/postgres.h"
#include "tests/support/test.h"

#define NODES_MAX 8

struct node {
    struct store *store; /* owned */
    struct nodes *nodes;
    int number; /* 0, 1, 2 … */
    uint64_t random, made;
    void (*work)(struct node *node);
    int64_t count, others; /* for the work to count in */
};

struct nodes {
    char uri[POSTGRES_URI_SIZE];
    struct node items[NODES_MAX];
    int count;
    int64_t now; /* every node's clock */
    void *context;
};

/* Makes a database with that many stores on it. The test fails for good when it cannot. */
void nodes_open(struct nodes *nodes, int count);
void nodes_close(struct nodes *nodes);
/* Runs `work` at each at the same time, and waits for all. */
void nodes_run(struct nodes *nodes, void (*work)(struct node *node));
/* One more store on the database. */
struct store *nodes_open_store(struct nodes *nodes, struct node *node);

/* An operation of its own, by this node's till. */
struct operation node_make(struct node *node, enum op_kind kind);
struct operation node_make_sale(struct node *node, int64_t slot, int64_t count);
/* Applies one: that the store could is asserted. */
struct outcome node_apply(struct node *node, const struct operation *operation);
int64_t node_schedule(struct node *node, const char *name, int64_t capacity);
/* What verify finds, printed. */
int64_t nodes_verify(struct nodes *nodes);

/* A standby of that name is waited for by every commit ("": none), though there is none. */
void nodes_set_standby(const struct nodes *nodes, const char *name);
/* A thread that cancels those waits until the first node's `others` is not 0; context: the nodes. */
void *nodes_cancel_waits(void *context);

#endif
