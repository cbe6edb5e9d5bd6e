/* copy: a till's copy by hand, beside the centre that it is of: requests and replies are values. */
#ifndef TK_TESTS_SYNC_COPY_H
#define TK_TESTS_SYNC_COPY_H

#include "core/mirror.h"
#include "tests/support/fixture.h"

#define COPY_DEVICE "till-7"

struct copy {
    struct fixture centre;
    char path[200];
    struct store *store; /* owned */
    struct mirror *mirror;
    struct op_id replica; /* the last one that it took */
    uint64_t steps;       /* ids are made of it */
};

/* The answer to one exchange, to be taken once, twice, late or never. */
struct copy_reply {
    struct mirror_rows rows;
    struct mirror_answer_list answers;
    struct mirror_state state;
};

/* A centre and an empty copy. Aborts the program when they cannot be had. */
void copy_init(struct copy *copy);
void copy_release(struct copy *copy);
struct sqlite_options copy_options(struct copy *copy);
/* Opens the copy's file, again after copy_close. */
enum tk_code copy_open(struct copy *copy, struct tk_error *error);
void copy_close(struct copy *copy);

struct op_id copy_id(struct copy *copy);
/* Adopts the centre as it is now, joins it there and gets numbers; TK_OK, or what went wrong. */
enum tk_code copy_adopt(struct copy *copy);
enum tk_code copy_renew(struct copy *copy);
/* The centre gives it places of a slot, up to this total. */
void copy_grant(struct copy *copy, int64_t slot, int64_t total);
/* Does one operation at the centre; returns its code. */
enum tk_code copy_at_centre(struct copy *copy, const struct operation *operation);

/* What the centre says now: with `push` it is sent the queue first. A slot of 0: none; whole: from its
   beginning, else from the cursor on. */
void copy_ask(struct copy *copy, bool push, int64_t slot, bool whole, struct copy_reply *reply);
enum tk_code copy_take(struct copy *copy, const struct copy_reply *reply,
                       struct mirror_report *report);
void copy_reply_release(struct copy_reply *reply);
/* Both at once, of a slot, twice where the first only settled the queue. */
void copy_sync(struct copy *copy, int64_t slot);

/* A sale cut off; the outcome's code, or that of the call. */
enum tk_code copy_sell(struct copy *copy, int64_t slot, int64_t count, uint64_t *first);
enum tk_code copy_apply(struct copy *copy, struct operation *operation, struct outcome *outcome);
struct operation copy_operation(struct copy *copy, enum op_kind kind);

struct mirror_state copy_state(struct copy *copy);
/* What it holds of a slot. */
int32_t copy_held(struct copy *copy, int64_t slot);
/* Whether it has a ticket, and how. */
bool copy_ticket(struct copy *copy, uint64_t id, struct ticket *ticket);
struct mirror_cursor copy_cursor(struct copy *copy, int64_t slot);
size_t copy_waiting(struct copy *copy);
/* Problems that verify finds in the copy; prints them. */
int64_t copy_verify(struct copy *copy);

#endif
