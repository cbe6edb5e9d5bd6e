/*
 * staff: who works here.
 *
 * A member has a number, a name, a role and one or two secrets: a PIN, which is good on an enrolled
 * device, and a password for elsewhere. Of secrets only a verifier is kept: Argon2id over the
 * secret's digest under the house's pepper (core/sign_on), which is not in the database.
 *
 * Who did something stands in an operation's actor: "#1042" for a member, "#1042+#2001" where 2001
 * approved it. No other actor begins with '#'.
 *
 * Invariants
 * 1. While there is a member, people sign on (staff_is_used).
 * 2. A number is one person's for good: who left keeps it.
 * 3. Verifiers leave the core towards stores only: no list, journal, export or wire of people shows
 * them.
 */
#ifndef TK_CORE_STAFF_H
#define TK_CORE_STAFF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/operation.h"
#include "core/record.h"
#include "core/role.h"

#define STAFF_PREFIX "staff/"
#define STAFF_NUMBER_MAX 99999999

struct staff {
    int64_t number; /* 1 to STAFF_NUMBER_MAX; 0: nobody */
    char name[STAFF_NAME_SIZE];
    enum role role;
    char pin[VERIFIER_SIZE], password[VERIFIER_SIZE]; /* "": has none */
    int64_t since;                                    /* UTC µs */
    int64_t left_at;                                  /* UTC µs; 0: works here */
};

struct staff_list {
    struct staff *items; /* owned; wiped when released */
    size_t count, capacity;
};

void staff_key(char key[RECORD_KEY_SIZE], int64_t number);
/* TK_NO_MEMORY; the value of a record, without key and seq. */
enum tk_code staff_print(const struct staff *staff, struct record *record);
/* TK_CORRUPT when it is not one. */
enum tk_code staff_read(const struct record *record, struct staff *staff);

/* Takes the verifiers out of a member's record, whatever leaves the house's stores; other records stay as they
   are. TK_CORRUPT, TK_NO_MEMORY: then the value is empty. */
enum tk_code staff_blank(struct record *record);

/* Whether the actor is a member's; *approver is 0 when nobody approved it. */
bool actor_parse(const char *actor, int64_t *number, int64_t *approver);
void actor_print(char actor[ACTOR_SIZE], int64_t number, int64_t approver);
/* Whether it may stand in an operation: text that does not begin with '#', or a member's. */
bool actor_is_clean(const char *actor);
/* The same without who approved it: "#1042". */
void actor_doer(char doer[ACTOR_SIZE], const char *actor);

enum tk_code staff_list_add(struct staff_list *list, const struct staff *staff);
void staff_list_release(struct staff_list *list);

#endif
