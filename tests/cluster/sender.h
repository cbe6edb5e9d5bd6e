/*
 * sender: sends operations to a service until each has an answer that stands, and writes down what
 * was sent and told (history.h).
 *
 * An answer that does not come, or leaves open whether it was done, is asked for by sending the
 * same operations with the same ids again, on a new connection, which a balancer may lead to
 * another node.
 *
 * A request that is refused as wrong (400, 401, 403, 422 …) is told on stderr and stays open:
 * nobody here sends such.
 *
 * A sender is for one thread; the history may be shared.
 */
#ifndef TK_TESTS_CLUSTER_SENDER_H
#define TK_TESTS_CLUSTER_SENDER_H

#include "data/remote/http_client.h"
#include "tests/cluster/history.h"

#define SENDER_BATCH 128      /* operations sent at a time, at most */
#define SENDER_TRY_MS 9000    /* for one answer: longer than a node itself tries */
#define SENDER_PATIENCE_S 120 /* until an operation is given up, and left open in the history */

struct sender {
    const struct http_client_options *service; /* borrowed */
    struct history *history;
    uint64_t dice;
    struct http_client *client; /* NULL: no connection */
    struct buffer answer;
    bool wrong; /* what was sent cannot be right: it is not sent again */
};

void sender_init(struct sender *sender, const struct http_client_options *service,
                 struct history *history, uint64_t seed);
void sender_release(struct sender *sender);

/* An operation of that kind with a new id and nothing else in it. */
struct operation sender_operation(struct sender *sender, enum op_kind kind);
/* Sends up to SENDER_BATCH new operations, again and again; their places in the history. True when
   all were answered. */
bool sender_send(struct sender *sender, const struct operation *operations, size_t count,
                 size_t *places);
/* Sends once more what was answered, and writes down what is told now. */
void sender_repeat(struct sender *sender, const struct operation *operation, size_t place);

#endif
