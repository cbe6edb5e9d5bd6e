/*
 * generator: random operations for tests that hold one store against another.
 *
 * Ids are those of the model, over which it looks for what is worth asking. Pools are small, so that
 * sold-out houses, second cancellations, resent and changed operations, slots of one name and start,
 * customers who are forgotten and come back, and tills that are cut off all happen often.
 */
#ifndef TK_TESTS_MODEL_GENERATOR_H
#define TK_TESTS_MODEL_GENERATOR_H

#include "tests/model/model_store.h"

#define GENERATOR_RECENT 48
#define GENERATOR_TILLS 3

struct generator {
    uint64_t random;
    int64_t now;
    struct plan_rules rules;
    const struct store *model;
    struct operation recent[GENERATOR_RECENT]; /* the last ones, to send again */
    size_t made;
    uint64_t seen_ticket;
    uint64_t handed[GENERATOR_TILLS]; /* the last number that each till issued */
    struct op_id voided[8]; /* ids that were given up, to be sent after all */
    size_t void_count;
    struct op_invite invited; /* the last one */
};

int64_t generator_now(void *generator);
void generator_make(struct generator *g, struct operation *operation);
void generator_move_clock(struct generator *g);
struct plan_rules generator_rules(struct generator *g);

/* Between the files of the generator. */
int64_t generator_slot(struct generator *g);
void generator_device(struct generator *g, char name[DEVICE_SIZE]);
/* One of the kinds that tills and those who look after them need; id, actor, device and time are set. */
void generator_make_till(struct generator *g, struct operation *operation);
/* One of the kinds that people who work here need; the same. */
void generator_make_staff(struct generator *g, struct operation *operation);
/* Whether enough people work here for something to happen. */
bool generator_has_staff(const struct generator *g);
/* At times a member of staff, with or without approval, in the place of whoever stands there. */
void generator_pick_actor(struct generator *g, struct operation *operation);
/* Makes of an operation one that a till or door did while it was cut off. */
void generator_cut_off(struct generator *g, struct operation *operation);

#endif
