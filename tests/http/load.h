/*
 * load: many sellers at a service, what each of them was told, and what the box office file says.
 *
 * Every sale is one ticket for one slot under an Idempotency-Key of its own, so that what became of
 * it can be asked again at any time by sending it again.
 */
#ifndef TK_TESTS_HTTP_LOAD_H
#define TK_TESTS_HTTP_LOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/http.h"
#include "tests/support/service.h"

#define SALE_KEY_SIZE 48
#define TICKET_SIZE 14

enum sale_state {
    SALE_UNKNOWN, /* no answer, or one that leaves it open (503) */
    SALE_SOLD,
    SALE_REFUSED, /* by the rules: sold out */
    SALE_WRONG    /* an answer that should not be */
};

struct sale {
    char key[SALE_KEY_SIZE];
    char ticket[TICKET_SIZE]; /* "" unless sold */
    enum sale_state state;
    int status; /* HTTP; 0: no answer */
};

struct sale_list {
    struct sale *items; /* owned */
    size_t count, capacity;
};

/* Sells under a key on an open connection. */
void sale_send(struct client *client, int64_t slot, struct sale *sale);
/* The request alone: what sale_send sends. False when it cannot be sent. */
bool sale_ask(struct client *client, int64_t slot, const char *key);
/* Fills a sale from the answer to it. */
void sale_read(struct sale *sale, struct answer *answer);
/* The first ticket's number in a text; false when there is none. */
bool find_ticket(const char *text, char ticket[TICKET_SIZE]);

struct crowd;

struct seller_thread {
    pthread_t thread;
    struct crowd *crowd;
    unsigned number;
    struct sale_list sales;
};

#define CROWD_MAX 64

/* Sellers, each a thread with a connection of its own, until crowd_join or the service goes away. */
struct crowd {
    char address[PROCESS_PATH_SIZE];
    int64_t slot;
    char name[16]; /* begins its keys; no two crowds of one file share it */
    unsigned count;
    bool persists; /* connects again when the connection ends, rather than stopping */
    atomic_bool ends;
    atomic_size_t answered;
    struct seller_thread sellers[CROWD_MAX];
};

void crowd_start(struct crowd *crowd, const char *address, int64_t slot, const char *name,
                 unsigned count);
/* Waits until so many sales were answered. False when that takes too long. */
bool crowd_wait(struct crowd *crowd, size_t answered, int timeout_ms);
/* Waits for all to end by themselves. */
void crowd_join(struct crowd *crowd);
/* Tells them to end after the answer they wait for, and waits. */
void crowd_stop(struct crowd *crowd);
void crowd_release(struct crowd *crowd);
size_t crowd_count(const struct crowd *crowd, enum sale_state state);
/* Sends every sale that is unknown again, until none is; returns how many there were. */
size_t crowd_resolve(struct crowd *crowd, const char *address);

/* Puts a showing into the programme of a service that runs; 0 when that failed. */
int64_t load_schedule(struct process *process, const char *name, unsigned capacity);

/* What the box office file says of a slot. */
struct stock {
    char (*tickets)[TICKET_SIZE]; /* owned; sorted */
    size_t count;
    bool adds_up; /* `admin verify` */
};
void stock_read(struct stock *stock, struct process *process, int64_t slot);
void stock_release(struct stock *stock);
/* How many of the sold are not there, or there under two keys. */
size_t stock_count_missing(const struct stock *stock, const struct crowd *crowd);

#endif
