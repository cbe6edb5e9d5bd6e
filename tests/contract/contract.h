/* contract: what the tests of the store port (core/store.h) share. */
#ifndef TK_TESTS_CONTRACT_CONTRACT_H
#define TK_TESTS_CONTRACT_CONTRACT_H

#include "core/plan.h"
#include "core/store.h"
#include "data/group_commit.h"
#include "tests/support/test.h"

/* Where a store under test lives. */
struct home {
    struct store *store;
    const struct maker *maker;
    char path[160];
    int64_t now;
    uint64_t random;
    uint64_t made; /* operations so far */
    struct group_commit *groups[4]; /* closed after the stores on them */
    size_t group_count;
};

struct maker {
    const char *name;
    struct store *(*open)(struct home *home, const char *path);
    bool lasting; /* what is at a path is there again, for a second store too */
    bool no_backup; /* backups of it are made with other tools */
    bool leaves_use; /* touch_device does nothing: who keeps the records sees who comes */
    bool no_tills; /* nothing of tills is asked of it: they speak to it by core/sync */
    bool leaps; /* opened anew it goes on with other numbers, which are not the next ones */
};

/* What all of them are opened with. */
extern const struct plan_rules contract_rules;

/* Runs a check on a fresh one of each store. */
void contract_on_each_store(void (*check)(struct home *home));
/* The same without those with no_tills. */
void contract_on_each_centre(void (*check)(struct home *home));

#define CONTRACT(name)                        \
    static void name##_on(struct home *home); \
    static void name(void)                    \
    {                                         \
        contract_on_each_store(name##_on);             \
    }                                         \
    static void name##_on(struct home *home)

/* An operation of its own, by Priya at till-1, now. */
struct operation home_make(struct home *home, enum op_kind kind);
/* Applies one; that the store could is asserted. */
struct outcome home_apply(struct home *home, const struct operation *operation);
struct operation home_make_schedule(struct home *home, const char *name, int64_t starts_in,
                                    int64_t capacity);
int64_t home_schedule(struct home *home, const char *name, int64_t starts_in, int64_t capacity);
struct operation home_make_book(struct home *home, int64_t slot, int64_t count, const char *name,
                                const char *phone);
struct outcome home_book(struct home *home, int64_t slot, int64_t count, const char *name,
                         const char *phone);
struct outcome home_cancel(struct home *home, uint64_t ticket);
struct outcome home_reissue(struct home *home, uint64_t ticket, int64_t slot);
struct outcome home_expire(struct home *home, int64_t slot, int64_t as_of);
struct outcome home_archive(struct home *home, int64_t slot, int64_t before);
/* That it is there is asserted. */
struct slot home_get_slot(struct home *home, int64_t id);
struct ticket home_get_ticket(struct home *home, uint64_t id);
struct customer home_get_customer(struct home *home, uint64_t id);

#endif
